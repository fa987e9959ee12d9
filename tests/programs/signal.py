"""Whole programs of signals and learning: filters, transforms, networks, sequences."""

import numpy as np

from tests.programs import normal, positive, program, refused


@program(0.6, normal(4, 5))
def deriche(alpha, image):
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = a5 = k
    a2 = a6 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = a7 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = a8 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    c1 = c2 = 1
    w, h = image.shape
    y1 = np.empty_like(image)
    y1[:, 0] = a1 * image[:, 0]
    y1[:, 1] = a1 * image[:, 1] + a2 * image[:, 0] + b1 * y1[:, 0]
    for j in range(2, h):
        y1[:, j] = a1 * image[:, j] + a2 * image[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2 = np.empty_like(image)
    y2[:, -1] = 0.0
    y2[:, -2] = a3 * image[:, -1]
    for j in range(h - 3, -1, -1):
        y2[:, j] = a3 * image[:, j + 1] + a4 * image[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    out = c1 * (y1 + y2)
    y1[0, :] = a5 * out[0, :]
    y1[1, :] = a5 * out[1, :] + a6 * out[0, :] + b1 * y1[0, :]
    for i in range(2, w):
        y1[i, :] = a5 * out[i, :] + a6 * out[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]
    y2[-1, :] = 0.0
    y2[-2, :] = a7 * out[-1, :]
    for i in range(w - 3, -1, -1):
        y2[i, :] = a7 * out[i + 1, :] + a8 * out[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
    out = c2 * (y1 + y2)
    return np.sum(out**2)


@program(normal(4, 4), normal(4, 4))
def stockham_fft_of_reals(re, im):
    """The Stockham transform of radix 2 and length 16, on real and imaginary parts."""
    R, K = 2, 4
    N = R**K
    yr, yi = np.empty(N), np.empty(N)
    yr[:] = re.reshape(N)
    yi[:] = im.reshape(N)
    for i in range(K):
        left, right = R**i, R ** (K - i - 1)
        yr2 = np.reshape(yr, (R, N // R)).copy()
        yi2 = np.reshape(yi, (R, N // R)).copy()
        block = np.arange(N // R) // right
        angle = -2.0 * np.pi * block / (R * left)
        c, s = np.cos(angle), np.sin(angle)
        tr = c * yr2[1] - s * yi2[1]
        ti = s * yr2[1] + c * yi2[1]
        out_r, out_i = np.empty((left, R, right)), np.empty((left, R, right))
        out_r[:, 0] = np.reshape(yr2[0] + tr, (left, right))
        out_r[:, 1] = np.reshape(yr2[0] - tr, (left, right))
        out_i[:, 0] = np.reshape(yi2[0] + ti, (left, right))
        out_i[:, 1] = np.reshape(yi2[0] - ti, (left, right))
        yr[:] = np.reshape(np.transpose(out_r, (1, 0, 2)), N)
        yi[:] = out_i.transpose(1, 0, 2).reshape(N)
    weight = np.arange(N)
    return np.sum(weight * (yr**2 + yi**2)) + yr[1]


@program(normal(8), normal(8))
def fft_by_bit_reversal(re, im):
    re, im = re.copy(), im.copy()
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        for start in range(0, n, size):
            for k in range(size // 2):
                a = -2 * np.pi * k / size
                c, s = np.cos(a), np.sin(a)
                p, q = start + k, start + k + size // 2
                tr = c * re[q] - s * im[q]
                ti = s * re[q] + c * im[q]
                re[q] = re[p] - tr
                im[q] = im[p] - ti
                re[p] += tr
                im[p] += ti
        size *= 2
    return np.sum(re[1:] ** 2 * im[:-1])


@program(normal(7), normal(3), 0.2)
def convolution_by_windows(x, w, bias):
    out = np.empty(len(x) - len(w) + 1)
    for i in range(len(out)):
        out[i] = np.sum(x[i : i + len(w)] * w) + bias
    return np.sum(np.tanh(out))


def conv2d(x, weights):
    K = weights.shape[0]
    n, H, W = x.shape[0], x.shape[1] - K + 1, x.shape[2] - K + 1
    output = np.empty((n, H, W, weights.shape[3]))
    for i in range(H):
        for j in range(W):
            output[:, i, j, :] = np.sum(
                x[:, i : i + K, j : j + K, :, np.newaxis] * weights[np.newaxis, :, :, :],
                axis=(1, 2, 3),
            )
    return output


@program(normal(1, 4, 4, 2), normal(2, 2, 2, 3), normal(3))
def convolution_2d_with_bias(x, weights, bias):
    return np.sum((conv2d(x, weights) + bias) ** 2)


def maxpool2d(x):
    output = np.empty([x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]])
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            output[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return output


@program(normal(1, 6, 6, 1), normal(3, 3, 1, 2), normal(2), normal(8, 3), normal(3), normal(3, 2))
def small_cnn(image, conv, conv_bias, W1, b1, W2):
    x = np.maximum(conv2d(image, conv) + conv_bias, 0)
    x = maxpool2d(x)
    x = np.reshape(x, (x.shape[0], -1))
    x = np.maximum(x @ W1 + b1, 0)
    x = x @ W2
    x -= np.max(x, axis=-1, keepdims=True)
    x = np.exp(x)
    x /= np.sum(x, axis=-1, keepdims=True)
    return -np.sum(np.log(x[:, 0]))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@program(normal(3, 2), normal(12, 2), normal(12, 3), normal(12))
def lstm_states_in_place(X, W, U, b):
    h = np.zeros(3)
    c = np.zeros(3)
    z = np.empty(12)
    for t in range(len(X)):
        z[:] = W @ X[t]
        z += U @ h + b
        i, f, o, g = sigmoid(z[:3]), sigmoid(z[3:6]), sigmoid(z[6:9]), np.tanh(z[9:])
        c *= f
        c += i * g
        h[:] = o * np.tanh(c)
    return np.sum(h**2) + np.sum(c)


@program(normal(3, 2), normal(6, 2), normal(6, 3))
def gates_in_views_of_one_buffer(X, W, U):
    h = np.zeros(3)
    z = np.empty(6)
    update, fresh = z[:3], z[3:]
    for t in range(len(X)):
        z[:] = W @ X[t] + U @ h
        update[:] = sigmoid(update)
        fresh[:] = np.tanh(fresh)
        h = update * h + (1 - update) * fresh
    return np.sum(h**2) + np.sum(z)


@program(normal(4, 3), normal(3, 3), normal(3, 3))
def elman_with_history(X, W, U):
    H = np.zeros((len(X) + 1, 3))
    for t in range(len(X)):
        H[t + 1] = np.tanh(X[t] @ W + H[t] @ U)
    return np.sum(H[1:] ** 2)


@program(positive(3), positive(3, 3), positive(3, 2))
def forward_algorithm(start, move, emit):
    move = move / move.sum(axis=1, keepdims=True)
    observed = [0, 1, 1, 0]
    alpha = np.zeros((len(observed), 3))
    scale = np.zeros(len(observed))
    alpha[0] = start * emit[:, observed[0]]
    scale[0] = alpha[0].sum()
    alpha[0] /= scale[0]
    for t in range(1, len(observed)):
        alpha[t] = (alpha[t - 1] @ move) * emit[:, observed[t]]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.sum(np.log(scale))


@program(positive(3, 4))
def viterbi_score(score):
    best = np.zeros((3, 4))
    best[0] = score[0]
    for t in range(1, 3):
        for k in range(4):
            best[t, k] = score[t, k] + np.max(best[t - 1] - 0.3 * np.abs(np.arange(4) - k))
    return best[-1].max()


@program(normal(4), normal(5))
def dynamic_time_warping(a, b):
    D = np.full((len(a) + 1, len(b) + 1), np.inf)
    D[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[-1, -1]


@program(normal(6), 0.7, 0.2)
def biquad_filter(x, b0, a1):
    y = np.zeros_like(x)
    z = np.zeros(2)
    for n in range(len(x)):
        y[n] = b0 * x[n] + z[0]
        z[0] = z[1] - a1 * y[n]
        z[1] = 0.1 * x[n] - 0.05 * y[n]
    return np.sum(y**2)


@program(normal(9), 3)
def ring_buffer_average(x, size):
    ring = np.zeros(size)
    head = 0
    total = 0.0
    out = []
    for v in x:
        total += v - ring[head]
        ring[head] = v
        head = (head + 1) % size
        out.append(total / size)
    return np.sum(np.array(out) ** 2)


@program(normal(5), 3)
def delay_line_by_shifting(x, taps):
    line = np.zeros(taps)
    h = np.array([0.5, 0.3, -0.2])
    e = 0.0
    for n in range(len(x)):
        line[1:] = line[:-1]
        line[0] = x[n]
        e += np.dot(h, line) ** 2
    return e


@program(normal(8))
def haar_lifting(x):
    x = x.copy()
    n = len(x)
    while n > 1:
        even = x[:n:2].copy()
        odd = x[1:n:2].copy()
        odd -= even
        even += odd / 2
        x[: n // 2] = even
        x[n // 2 : n] = odd
        n //= 2
    return np.sum(x**2 * np.arange(8))


@program(normal(8))
def haar_lifting_on_strided_views(x):
    x = x.copy()
    step = 1
    while step < len(x):
        even, odd = x[:: 2 * step], x[step :: 2 * step]
        odd -= even
        even += 0.5 * odd
        step *= 2
    return np.sum(x**3)


@program(normal(6), 0.5, 0.3)
def exponential_smoothing(x, alpha, beta):
    level = np.empty(len(x))
    trend = np.empty(len(x))
    level[0], trend[0] = x[0], x[1] - x[0]
    for t in range(1, len(x)):
        level[t] = alpha * x[t] + (1 - alpha) * (level[t - 1] + trend[t - 1])
        trend[t] = beta * (level[t] - level[t - 1]) + (1 - beta) * trend[t - 1]
    return np.sum((x[1:] - level[:-1] - trend[:-1]) ** 2)


@program(normal(4, 2), normal(2), 0.1)
def adam(X, w, rate):
    m = np.zeros_like(w)
    v = np.zeros_like(w)
    for t in range(1, 4):
        g = X.T @ (X @ w - 1.0)
        m *= 0.9
        m += 0.1 * g
        v *= 0.99
        v += 0.01 * g**2
        w -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-6)
    return np.sum((X @ w) ** 2)


@program(normal(3, 4), positive(4), normal(4))
def batch_norm_running(X, gamma, beta):
    mean = np.zeros(4)
    var = np.ones(4)
    for x in X:
        mean[:] = 0.9 * mean + 0.1 * x
        var[:] = 0.9 * var + 0.1 * (x - mean) ** 2
    Y = X - mean
    Y /= np.sqrt(var + 1e-5)
    Y *= gamma
    Y += beta
    return np.sum(Y**2)


@program(normal(3, 4), normal(3, 4), normal(3, 4))
def attention_masked_in_place(Q, K, V):
    S = Q @ K.T / 2.0
    S[np.triu_indices(3, 1)] = -np.inf
    S -= S.max(axis=1, keepdims=True)
    np.exp(S, out=S)
    S /= S.sum(axis=1, keepdims=True)
    return np.sum((S @ V) ** 2)


@program(normal(2, 3), positive(3), normal(3))
def kalman_filter(Z, q, x0):
    x = x0.copy()
    P = np.ones(3)
    loss = 0.0
    for z in Z:
        P += q
        S = P + 0.5
        K = P / S
        innovation = z - x
        x += K * innovation
        P *= 1 - K
        loss += np.sum(innovation**2 / S + np.log(S))
    return loss


@refused("E202", normal(4))
def one_axis_transformed_twice(x):
    return np.sum(np.abs(np.fft.rfftn(x, axes=(-1, 0))) ** 2)
