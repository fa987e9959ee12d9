"""Sizes that have to be reasoned out: moving windows, parts of equal arrays, reshapes; and values read where they were stored."""

import math

import numpy as np

from tests.programs import normal, positive, program


@program(normal(2, 2), normal(4, 5))
def convolved(kernel, image):
    k = len(kernel)
    rows, columns = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = np.zeros((rows, columns))
    for i in range(k):
        for j in range(k):
            out = out + kernel[i, j] * image[i : i + rows, j : j + columns]
    return np.sum(np.tanh(out) ** 2)


@program(normal(7), normal(3))
def moving_window(x, w):
    total = 0.0
    for i in range(len(x) - len(w) + 1):
        window = x[i : i + len(w)]
        total += np.sum(window * w) ** 2
    return total


@program(normal(7), normal(3))
def window_that_leaves_the_array(x, w):
    """The last windows have one element, which is broadcast."""
    total = 0.0
    for i in range(4, len(x)):
        window = x[i : i + 3] if i != 5 else x[i : i + 1]
        total += np.sum(window[:1] * w) ** 2
    return total


@program(normal(7), normal(7), normal(7), 3)
def batches(x, y, w, size):
    loss = 0.0
    for start in range(0, len(x), size):
        part = np.tanh(x[start : start + size] * w[start : start + size])
        loss += np.sum((part - y[start : start + size]) ** 2)
    return loss


@program(normal(6), normal(5))
def batches_of_unequal_arrays(x, y):
    """The last part of y has one element, and that of x two."""
    loss = 0.0
    for start in range(0, len(x), 2):
        loss += np.sum((x[start : start + 2] - y[start : start + 2]) ** 2)
    return loss


@program(normal(6), 1)
def slices_whose_ends_cross(x, n):
    """`x[i - n : i]` is empty while i < n, and counts from the end for a negative end."""
    total = 0.0
    for i in range(len(x)):
        total += np.sum(x[i - n : i]) * x[i] + np.sum(x[n - i : 2] ** 2)
    return total


@program(normal(5, 4), normal(4, 4), normal(4, 4), normal(4, 4))
def heads(x, A, B, C):
    T, D = x.shape
    n = 2
    q = (x @ A).reshape(T, n, D // n).transpose(1, 0, 2)
    k = (x @ B).reshape(T, n, D // n).transpose(1, 0, 2)
    v = (x @ C).reshape(T, n, -1).transpose(1, 0, 2)
    s = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(D // n))
    return np.sum((s @ v).transpose(1, 0, 2).reshape(T, D) ** 2)


@program(normal(3, 2, 4), normal(8))
def flattened(x, w):
    y = x.reshape(len(x), -1)
    return np.sum((y * w + y @ w[:, None]) ** 2)


@program(normal(6), normal(4))
def half_a_spectrum(x, w):
    n = len(x) + len(w) - 1
    y = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(w, n), n)
    return np.sum(y**3)


@program(normal(5, 3), np.array([2, 0, 1, 1, 2]))
def one_in_each_row(scores, labels):
    logs = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(logs[np.arange(len(labels)), labels])


@program(normal(5, 3), np.array([[2, 0, 1, 1, 2], [2, 0, 0, 1, 1]]))
def one_in_each_row_twice(scores, labels):
    """The index has a second axis: rows are selected twice."""
    return np.sum(scores[np.arange(labels.shape[1]), labels] ** 2)


@program(normal(3), normal(4, 3), normal(3, 3))
def states_in_an_array(h0, xs, W):
    h = np.zeros((len(xs) + 1, len(h0)))
    h[0] = h0
    for t in range(len(xs)):
        h[t + 1] = np.tanh(W @ h[t] + xs[t])
    return np.sum(h[1:] ** 2)


@program(normal(3), normal(4, 3))
def states_that_are_stored_twice(h0, xs):
    h = np.zeros((2, len(h0)))
    h[0] = h0
    for t in range(len(xs)):
        h[(t + 1) % 2] = np.tanh(h[t % 2] * xs[t])
    return np.sum(h**3)


@program(positive(5))
def roots_in_place(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = np.sqrt(y[i] + y[i - 1])
    return np.sum(y**2)


@program(positive(5), positive(5))
def quotients_in_place(x, y):
    z = x.copy()
    for i in range(len(z)):
        z[i] /= y[i]
        z[i] /= 1 + z[i - 1] ** 2
    z[1:] /= z[:-1] + y[1:]
    return np.sum(z**3)


@program(positive(4))
def stored_and_changed(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = math.exp(x[i])
        y[0] += y[i] ** 2
    return np.sum(y**2)


@program(normal(7, 8), 1.2)
def neighbourhoods(image, s):
    h, w = image.shape
    k = 2
    total = np.zeros((h - 2 * k, w - 2 * k))
    centre = image[k : h - k, k : w - k]
    for i in range(2 * k + 1):
        for j in range(2 * k + 1):
            part = image[i : i + h - 2 * k, j : j + w - 2 * k]
            total += np.exp(-((part - centre) ** 2) / (2 * s**2)) * part
    return np.mean(total**2)


@program(normal(5, 4), normal(4))
def means_of_selected_rows(table, v):
    words = np.arange(6).reshape(2, 3) * 3 % 5
    return np.sum(np.tanh(np.mean(table[words], axis=1) * v))


@program(normal(5), 0.7, 1.3)
def numbers_among_the_factors_of_sums(x, a, b):
    y = a * x * b + a / b
    return np.sum(np.sin(y) * (a - x) * b) + np.mean(y / a) * np.sum(b * x / (a * 2))

@program(normal(2, 2), normal(4, 5), wrt=(0, 1))
def square_kernel(kernel, image):
    size = kernel.shape[0]
    high, wide = image.shape[0] - size + 1, image.shape[1] - size + 1
    out = np.empty((high, wide))
    for i in range(high):
        for j in range(wide):
            out[i, j] = np.sum(image[i : i + size, j : j + size] * kernel)
    return np.sum(out**2)
