"""The problems with loops or stores, as JAX wants them written."""

from jax import lax
from jax import numpy as np


def heat_2d(u, n):
    def step(u, _):
        inside = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
        return u.at[1:-1, 1:-1].set(inside), None

    return np.sum(lax.scan(step, u, None, n)[0] ** 2)


def burgers_3d(u, n):
    def step(u, _):
        middle = u[1:-1, 1:-1, 1:-1]
        a, b = u[2:, 1:-1, 1:-1], u[:-2, 1:-1, 1:-1]
        around = a + b + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1] + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2]
        return u.at[1:-1, 1:-1, 1:-1].add(0.05 * (around - 6 * middle - middle * (a - b))), None

    return np.sum(lax.scan(step, u, None, n)[0] ** 2)


def fdtd(eps, source, n):
    rows, columns = eps.shape

    def step(state, pulse):
        ez, hx, hy = state
        hx = hx - 0.5 * (ez[:, 1:] - ez[:, :-1])
        hy = hy + 0.5 * (ez[1:, :] - ez[:-1, :])
        curl = hy[1:, 1:-1] - hy[:-1, 1:-1] - hx[1:-1, 1:] + hx[1:-1, :-1]
        ez = ez.at[1:-1, 1:-1].add(0.5 / eps[1:-1, 1:-1] * curl)
        return (ez.at[rows // 2, columns // 2].add(pulse), hx, hy), None

    start = np.zeros((rows, columns)), np.zeros((rows, columns - 1)), np.zeros((rows - 1, columns))
    return np.sum(lax.scan(step, start, source)[0][0] ** 2)


def rnn(w, u, b, x):
    def step(h, x):
        return np.tanh(h @ w + x @ u + b), None

    return np.sum(lax.scan(step, np.zeros((x.shape[1], w.shape[0])), x)[0] ** 2)


def lstm(w, b, x):
    n = len(b) // 4

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def step(state, x):
        h, c = state
        z = np.concatenate((x, h)) @ w + b
        c = sigmoid(z[:n]) * c + sigmoid(z[n : 2 * n]) * np.tanh(z[2 * n : 3 * n])
        return (sigmoid(z[3 * n :]) * np.tanh(c), c), None

    return np.sum(lax.scan(step, (np.zeros(n), np.zeros(n)), x)[0][0] ** 2)


def rk4(y, a, b, n):
    def slope(y):
        return np.array([a * y[0] - b * y[0] * y[1], b * y[0] * y[1] - y[1]])

    def step(y, _):
        k1 = slope(y)
        k2 = slope(y + 0.025 * k1)
        k3 = slope(y + 0.025 * k2)
        k4 = slope(y + 0.05 * k3)
        return y + 0.05 / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    return np.sum(lax.scan(step, y, None, n)[0] ** 2)


def n_body(x, v, m, n):
    def step(state, _):
        x, v = state
        d = x[None, :, :] - x[:, None, :]
        r2 = np.sum(d**2, axis=2) + 0.01
        v = v + 0.01 * np.sum((m * r2**-1.5)[:, :, None] * d, axis=1)
        return (x + 0.01 * v, v), None

    v = lax.scan(step, (x, v), None, n)[0][1]
    return 0.5 * np.sum(m * np.sum(v**2, axis=1))


def recurrence(x, a, n):
    def step(x, _):
        return a * np.sin(x) + 0.1 * x * x, None

    return lax.scan(step, x, None, n)[0]


def mixture_loops(weights, means, log_scales, x):
    scaled = (x[:, None, :] - means) * np.exp(-log_scales)
    log_p = weights - np.sum(log_scales, axis=1) - 0.5 * np.sum(scaled**2, axis=2)
    largest = np.max(log_p, axis=1)
    likelihood = largest + np.log(np.sum(np.exp(log_p - largest[:, None]), axis=1))
    return np.sum(likelihood) - len(x) * np.log(np.sum(np.exp(weights)))


def triangular_solve(l, b):
    def step(x, i):
        # Rows below have zeros in x still, so that the whole row may be read.
        return x.at[i].set((b[i] - l[i] @ x) / l[i, i]), None

    return np.sum(lax.scan(step, np.zeros(len(b)), np.arange(len(b)))[0] ** 2)
