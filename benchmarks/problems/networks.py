"""Networks: layers, recurrences in time, a convolution by slices, attention."""

import numpy as np

from benchmarks.problems import problem


def mlp(w1, b1, w2, b2, x, y):
    h = np.tanh(x @ w1 + b1)
    out = h @ w2 + b2
    return np.mean((out - y) ** 2)


def mlp_adjoint(w1, b1, w2, b2, x, y):
    h = np.tanh(x @ w1 + b1)
    out_bar = 2 / y.size * (h @ w2 + b2 - y)
    z_bar = out_bar @ w2.T * (1 - h * h)
    return x.T @ z_bar, z_bar.sum(axis=0), h.T @ out_bar, out_bar.sum(axis=0)


def mlp_by_loops(w1, b1, w2, b2, x, y):
    h = x @ w1
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            h[i, j] = np.tanh(h[i, j] + b1[j])
    out_bar = h @ w2
    b2_bar = np.zeros_like(b2)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            out_bar[i, j] = 2 / y.size * (out_bar[i, j] + b2[j] - y[i, j])
            b2_bar[j] += out_bar[i, j]
    z_bar = out_bar @ w2.T
    b1_bar = np.zeros_like(b1)
    for i in range(h.shape[0]):
        for j in range(h.shape[1]):
            z_bar[i, j] *= 1 - h[i, j] * h[i, j]
            b1_bar[j] += z_bar[i, j]
    return x.T @ z_bar, b1_bar, h.T @ out_bar, b2_bar


problem(
    mlp, lambda rng: tuple(0.3 * rng.normal(size=s) for s in [(20, 50), (50,), (50, 5), (5,), (500, 20), (500, 5)]),
    (0, 1, 2, 3), mlp_adjoint, mlp_by_loops,
)  # fmt: skip


def rnn(w, u, b, x):
    h = np.zeros((x.shape[1], w.shape[0]))
    for t in range(len(x)):
        h = np.tanh(h @ w + x[t] @ u + b)
    return np.sum(h**2)


def rnn_adjoint(w, u, b, x):
    h = np.zeros((len(x) + 1, x.shape[1], w.shape[0]))
    for t in range(len(x)):
        h[t + 1] = np.tanh(h[t] @ w + x[t] @ u + b)
    w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    h_bar = 2 * h[-1]
    for t in range(len(x) - 1, -1, -1):
        z_bar = h_bar * (1 - h[t + 1] ** 2)
        w_bar += h[t].T @ z_bar
        u_bar += x[t].T @ z_bar
        b_bar += z_bar.sum(axis=0)
        h_bar = z_bar @ w.T
    return w_bar, u_bar, b_bar


def rnn_by_loops(w, u, b, x):
    steps, batch, n = len(x), x.shape[1], len(b)
    h = np.zeros((steps + 1, batch, n))
    for t in range(steps):
        a, c = h[t] @ w, x[t] @ u
        for i in range(batch):
            for j in range(n):
                h[t + 1, i, j] = np.tanh(a[i, j] + c[i, j] + b[j])
    w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    h_bar = 2 * h[steps]
    for t in range(steps - 1, -1, -1):
        for i in range(batch):
            for j in range(n):
                h_bar[i, j] *= 1 - h[t + 1, i, j] * h[t + 1, i, j]
                b_bar[j] += h_bar[i, j]
        w_bar += h[t].T @ h_bar
        u_bar += x[t].T @ h_bar
        h_bar = h_bar @ w.T
    return w_bar, u_bar, b_bar


problem(
    rnn, lambda rng: (0.2 * rng.normal(size=(32, 32)), rng.normal(size=(8, 32)), rng.normal(size=32), rng.normal(size=(50, 16, 8))),
    (0, 1, 2), rnn_adjoint, rnn_by_loops,
)  # fmt: skip


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(w, b, x):
    n = len(b) // 4
    h = np.zeros(n)
    c = np.zeros(n)
    for t in range(len(x)):
        z = np.concatenate((x[t], h)) @ w + b
        forget = sigmoid(z[:n])
        write = sigmoid(z[n : 2 * n])
        new = np.tanh(z[2 * n : 3 * n])
        c = forget * c + write * new
        h = sigmoid(z[3 * n :]) * np.tanh(c)
    return np.sum(h**2)


def lstm_adjoint(w, b, x):
    n = len(b) // 4
    h, c = np.zeros(n), np.zeros(n)
    tape = []
    for t in range(len(x)):
        joined = np.concatenate((x[t], h))
        z = joined @ w + b
        gates = 1 / (1 + np.exp(-z))
        new = np.tanh(z[2 * n : 3 * n])
        before = c
        c = gates[:n] * c + gates[n : 2 * n] * new
        bent = np.tanh(c)
        h = gates[3 * n :] * bent
        tape.append((joined, gates, new, before, bent))
    w_bar, b_bar = np.zeros_like(w), np.zeros_like(b)
    h_bar, c_bar = 2 * h, np.zeros(n)
    z_bar = np.empty(4 * n)
    for t in range(len(x) - 1, -1, -1):
        joined, gates, new, before, bent = tape[t]
        c_bar = c_bar + h_bar * gates[3 * n :] * (1 - bent * bent)
        slopes = gates * (1 - gates)
        z_bar[:n] = c_bar * before * slopes[:n]
        z_bar[n : 2 * n] = c_bar * new * slopes[n : 2 * n]
        z_bar[2 * n : 3 * n] = c_bar * gates[n : 2 * n] * (1 - new * new)
        z_bar[3 * n :] = h_bar * bent * slopes[3 * n :]
        c_bar = c_bar * gates[:n]
        w_bar += np.outer(joined, z_bar)
        b_bar += z_bar
        h_bar = w[len(x[t]) :] @ z_bar
    return w_bar, b_bar


def lstm_by_loops(w, b, x):
    steps, features, n = len(x), x.shape[1], len(b) // 4
    joined = np.zeros((steps + 1, features + n))
    gates, c, bent = np.empty((steps, 4 * n)), np.zeros((steps + 1, n)), np.empty((steps, n))
    for t in range(steps):
        joined[t, :features] = x[t]
        z = joined[t] @ w + b
        for j in range(n):
            gates[t, j] = 1 / (1 + np.exp(-z[j]))
            gates[t, n + j] = 1 / (1 + np.exp(-z[n + j]))
            gates[t, 2 * n + j] = np.tanh(z[2 * n + j])
            gates[t, 3 * n + j] = 1 / (1 + np.exp(-z[3 * n + j]))
            c[t + 1, j] = gates[t, j] * c[t, j] + gates[t, n + j] * gates[t, 2 * n + j]
            bent[t, j] = np.tanh(c[t + 1, j])
            joined[t + 1, features + j] = gates[t, 3 * n + j] * bent[t, j]
    w_bar, b_bar = np.zeros_like(w), np.zeros_like(b)
    h_bar, c_bar, z_bar = 2 * joined[steps, features:], np.zeros(n), np.empty(4 * n)
    for t in range(steps - 1, -1, -1):
        for j in range(n):
            forget, write = gates[t, j], gates[t, n + j]
            new, out = gates[t, 2 * n + j], gates[t, 3 * n + j]
            c_bar[j] += h_bar[j] * out * (1 - bent[t, j] * bent[t, j])
            z_bar[j] = c_bar[j] * c[t, j] * forget * (1 - forget)
            z_bar[n + j] = c_bar[j] * new * write * (1 - write)
            z_bar[2 * n + j] = c_bar[j] * write * (1 - new * new)
            z_bar[3 * n + j] = h_bar[j] * bent[t, j] * out * (1 - out)
            c_bar[j] *= forget
        for i in range(features + n):
            for k in range(4 * n):
                w_bar[i, k] += joined[t, i] * z_bar[k]
        b_bar += z_bar
        h_bar = w[features:] @ z_bar
    return w_bar, b_bar


problem(
    lstm, lambda rng: (0.2 * rng.normal(size=(24, 64)), rng.normal(size=64), rng.normal(size=(60, 8))),
    (0, 1), lstm_adjoint, lstm_by_loops,
)  # fmt: skip


def convolution(kernel, image):
    k = len(kernel)
    rows, columns = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((rows, columns))
    for i in range(k):
        for j in range(k):
            out = out + kernel[i, j] * image[i : i + rows, j : j + columns]
    return np.sum(np.maximum(out, 0.0) ** 2)


def convolution_adjoint(kernel, image):
    k = len(kernel)
    rows, columns = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((rows, columns))
    for i in range(k):
        for j in range(k):
            out += kernel[i, j] * image[i : i + rows, j : j + columns]
    out_bar = 2 * np.maximum(out, 0.0)
    kernel_bar, image_bar = np.zeros_like(kernel), np.zeros_like(image)
    for i in range(k):
        for j in range(k):
            kernel_bar[i, j] = np.sum(out_bar * image[i : i + rows, j : j + columns])
            image_bar[i : i + rows, j : j + columns] += kernel[i, j] * out_bar
    return kernel_bar, image_bar


def convolution_by_loops(kernel, image):
    k = len(kernel)
    kernel_bar, image_bar = np.zeros_like(kernel), np.zeros_like(image)
    for r in range(image.shape[0] - k + 1):
        for c in range(image.shape[1] - k + 1):
            out = 0.0
            for i in range(k):
                for j in range(k):
                    out += kernel[i, j] * image[r + i, c + j]
            if out > 0:
                for i in range(k):
                    for j in range(k):
                        kernel_bar[i, j] += 2 * out * image[r + i, c + j]
                        image_bar[r + i, c + j] += 2 * out * kernel[i, j]
    return kernel_bar, image_bar


problem(convolution, lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=(200, 200))), (0, 1), convolution_adjoint, convolution_by_loops)  # fmt: skip


def attention(query, key, value, x):
    q, k, v = x @ query, x @ key, x @ value
    scores = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = p / np.sum(p, axis=1, keepdims=True)
    return np.sum((p @ v) ** 2)


def attention_adjoint(query, key, value, x):
    q, k, v = x @ query, x @ key, x @ value
    scale = 1 / np.sqrt(q.shape[1])
    scores = scale * (q @ k.T)
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    out_bar = 2 * (p @ v)
    p_bar = out_bar @ v.T
    s_bar = scale * p * (p_bar - np.sum(p * p_bar, axis=1, keepdims=True))
    return x.T @ (s_bar @ k), x.T @ (s_bar.T @ q), x.T @ (p.T @ out_bar)


def attention_by_loops(query, key, value, x):
    q, k, v = x @ query, x @ key, x @ value
    scale = 1 / np.sqrt(q.shape[1])
    p = q @ k.T
    rows, columns = p.shape
    for i in range(rows):
        largest, total = np.max(p[i]), 0.0
        for j in range(columns):
            p[i, j] = np.exp(scale * (p[i, j] - largest))
            total += p[i, j]
        for j in range(columns):
            p[i, j] /= total
    out_bar = 2 * (p @ v)
    s_bar = out_bar @ v.T
    for i in range(rows):
        mean = 0.0
        for j in range(columns):
            mean += p[i, j] * s_bar[i, j]
        for j in range(columns):
            s_bar[i, j] = scale * p[i, j] * (s_bar[i, j] - mean)
    return x.T @ (s_bar @ k), x.T @ (s_bar.T @ q), x.T @ (p.T @ out_bar)


problem(
    attention, lambda rng: tuple(0.3 * rng.normal(size=s) for s in [(32, 16), (32, 16), (32, 16), (128, 32)]),
    (0, 1, 2), attention_adjoint, attention_by_loops,
)  # fmt: skip
