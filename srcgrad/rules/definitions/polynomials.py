"""Polynomials, by their coefficients from the highest power down."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules.registry import definition


@definition("np.polyval")
def polyval(p, x):
    p = np.asarray(p)
    y = np.zeros_like(p[0]) if np.ndim(p) > 1 and np.ndim(x) == 0 else np.zeros_like(x)
    if np.ndim(y) == 0:
        y = y[()]
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
    p = np.ones(1, zeros.dtype)
    if np.ndim(zeros) == 2:  # Faddeev and Leverrier: a polynomial in the elements, whatever the eigenvalues are
        power, identity = np.zeros_like(zeros), np.eye(len(zeros), dtype=zeros.dtype)
        for i in range(len(zeros)):
            power = zeros @ (power + p[i] * identity)
            p = np.append(p, -np.trace(power) / (i + 1))
        return p
    for i in range(len(zeros)):
        p = np.convolve(p, np.concatenate([np.ones(1, zeros.dtype), -zeros[i : i + 1]]))
    return p


@definition("np.polynomial.polynomial.polyval")
def polyval_ascending(x, c, tensor=True):
    c = np.asarray(c)
    if np.ndim(c) != 1:
        raise TypeError("several polynomials")
    y = c[len(c) - 1] + x * 0
    for i in range(1, len(c)):
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
    return np.convolve(trimmed(a1), trimmed(a2))


def trimmed(p):
    """The coefficients from the first that is not 0 on; of nothing but zeros, the last."""
    p = np.pad(np.atleast_1d(p), (1, 0))
    return p[np.argmax(np.append(p[:-1] != 0, True)) :]


@definition("np.vander")
def vander(x, N=None, increasing=False):
    x = np.asarray(x)
    count = len(x) if N is None else N
    powers = x[:, None] ** np.arange(count)
    return powers if increasing else powers[:, ::-1]


@definition("np.polyfit")
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    powers, values = np.vander(np.asarray(x) + 0.0, deg + 1), np.asarray(y)
    if w is not None:
        w = np.asarray(w)
        powers = powers * w[:, None]
        values = values * (w if np.ndim(y) == 1 else w[:, None])
    cutoff = len(x) * float(np.finfo(powers.dtype).eps) if rcond is None else rcond
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.lstsq(powers / scale, values, cutoff)
    p = (found[0].T / scale).T
    if full:
        return p, found[1], found[2], found[3], cutoff
    if not cov:
        return p
    spread = np.linalg.inv(powers.T @ powers)
    if cov == "unscaled":
        return p, spread
    variance = found[1] / (len(x) - deg - 1)
    return p, spread * variance[0] if np.ndim(y) == 1 else spread[:, :, None] * variance


# Sums of orthogonal polynomials, which follow from the two before: p[n+1] = (a[n] x + b[n]) p[n] - c[n] p[n-1].
def summed(x, c, first, steps):
    c = np.asarray(c)
    if np.ndim(c) != 1:
        raise TypeError("several series")
    before, now = x**0, first
    y = c[0] * before
    for n in range(1, len(c)):
        y = y + c[n] * now
        a, b, back = steps(n)
        before, now = now, (a * x + b) * now - back * before
    return y


@definition("np.polynomial.chebyshev.chebval")
def chebval(x, c, tensor=True):
    return summed(x, c, x, lambda n: (2.0, 0.0, 1.0))


@definition("np.polynomial.legendre.legval")
def legval(x, c, tensor=True):
    return summed(x, c, x, lambda n: ((2 * n + 1) / (n + 1), 0.0, n / (n + 1)))


@definition("np.polynomial.hermite.hermval")
def hermval(x, c, tensor=True):
    return summed(x, c, 2 * x, lambda n: (2.0, 0.0, 2.0 * n))


@definition("np.polynomial.hermite_e.hermeval")
def hermeval(x, c, tensor=True):
    return summed(x, c, x, lambda n: (1.0, 0.0, 1.0 * n))


@definition("np.polynomial.laguerre.lagval")
def lagval(x, c, tensor=True):
    return summed(x, c, 1 - x, lambda n: (-1 / (n + 1), (2 * n + 1) / (n + 1), n / (n + 1)))


# Coefficients from the constant up
@definition("np.polynomial.polynomial.polymul")
def polymul_ascending(c1, c2):
    return np.flip(np.polymul(np.flip(np.atleast_1d(c1)), np.flip(np.atleast_1d(c2))))


@definition("np.polynomial.polynomial.polyder")
def polyder_ascending(c, m=1, scl=1, axis=0):
    c = np.moveaxis(np.asarray(c), axis, 0)
    for _ in range(m):
        powers: Any = np.reshape(np.arange(1, len(c)), (-1, *(1,) * (np.ndim(c) - 1)))
        c = c[1:] * powers.astype(c.dtype) * scl
    return np.moveaxis(c, 0, axis)
