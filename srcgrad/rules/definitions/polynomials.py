"""Polynomials, by their coefficients from the highest power down."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import definition


@definition("np.polyval")
def polyval(p, x):
    p = np.asarray(p)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


@definition("np.polyder")
def polyder(p, m=1):
    p = np.asarray(p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@definition("np.polyint")
def polyint(p, m=1, k=None):
    p = np.asarray(p)
    for i in range(m):
        constant = 0.0 if k is None else np.ravel(np.asarray(k))[min(i, np.size(k) - 1)]
        p = np.append(p / np.arange(len(p), 0, -1), constant)
    return p


@definition("np.polydiv")
def polydiv(u, v):
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    count = max(len(u) - len(v) + 1, 1)
    quotient = np.zeros(count, u.dtype)
    rest = u.copy()
    for i in range(len(u) - len(v) + 1):
        quotient[i] = rest[i] / v[0]
        rest[i : i + len(v)] -= quotient[i] * v
    first = np.argmax(np.append(np.abs(rest[:-1]) > 1e-14, True))
    return quotient, rest[first:]


@definition("np.poly")
def poly(seq_of_zeros):
    zeros = np.atleast_1d(seq_of_zeros)
    if np.ndim(zeros) != 1:
        raise TypeError("a matrix")
    p = np.ones(1)
    for i in range(len(zeros)):
        p = np.convolve(p, np.stack([1.0, -zeros[i]]))
    return p


@definition("np.polynomial.polynomial.polyval")
def polyval_ascending(x, c, tensor=True):
    c = np.asarray(c)
    if np.ndim(c) != 1:
        raise TypeError("several polynomials")
    y = np.zeros_like(x)
    for i in range(len(c)):
        y = y * x + c[len(c) - 1 - i]
    return y


@definition("np.polyadd")
def polyadd(a1, a2):
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    longest = max(len(a1), len(a2))
    return np.pad(a1, (longest - len(a1), 0)) + np.pad(a2, (longest - len(a2), 0))


@definition("np.polysub")
def polysub(a1, a2):
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    longest = max(len(a1), len(a2))
    return np.pad(a1, (longest - len(a1), 0)) - np.pad(a2, (longest - len(a2), 0))


@definition("np.polymul")
def polymul(a1, a2):
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


@definition("np.vander")
def vander(x, N=None, increasing=False):
    count = len(x) if N is None else N
    powers = x[:, None] ** np.arange(count)
    return powers if increasing else powers[:, ::-1]


@definition("np.polyfit")
def polyfit(x, y, deg, *, w=None):
    powers, values = np.vander(x, deg + 1), y
    if w is not None:
        w = np.asarray(w)
        powers = powers * w[:, None]
        values = values * (w if np.ndim(y) == 1 else w[:, None])
    return np.linalg.pinv(powers) @ values
