"""Derivatives of special functions that no library has."""

from __future__ import annotations

from typing import Any

import numpy as np


def gamma_density(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative with respect to a of x ** (a - 1) * exp(-x) / gamma(a)."""
    from scipy.special import comb, digamma, gammaln, polygamma, xlogy  # noqa: PLC0415

    x = np.maximum(x, 0.0)
    with np.errstate(all="ignore"):
        slopes = [np.log(x) - digamma(a), *(-polygamma(k, a) for k in range(1, n))]
        found = [np.exp(xlogy(a - 1, x) - x - gammaln(a))]
        for k in range(1, n + 1):
            found.append(sum(comb(k - 1, j) * found[j] * slopes[k - j - 1] for j in range(k)))
    return np.where(np.isfinite(found[n]), found[n], 0.0)[()] if n else found[0]


def gamma_integral(a: Any, x: Any, n: int) -> Any:
    """The n-th derivative with respect to a of scipy.special.gammainc(a, x): over the side of x with less of it."""
    a, x = np.broadcast_arrays(np.asarray(a, float)[..., None], np.asarray(x, float)[..., None])
    # nodes that lie close at 0, and far out where the integrand has faded
    tau = np.arange(-72, 100) / 16
    s = np.exp(tau - np.exp(-tau))
    weights = s * (1 + np.exp(-tau)) / 16
    low = np.maximum(x, 0.0) * np.exp(-s / a)
    below = np.sum(weights / a * low * gamma_density(a, low, n), axis=-1)
    width = np.maximum(1.0, np.sqrt(a) / 4)
    above = np.sum(weights * width * gamma_density(a, x + s * width, n), axis=-1)
    return np.where(x[..., 0] < a[..., 0] + 1, below, -above)[()]


def beta_density(a: Any, b: Any, x: Any, n: int, m: int) -> Any:
    """A derivative of the density x ** (a - 1) * (1 - x) ** (b - 1) / beta(a, b): the n-th in a and m-th in b."""
    from scipy.special import betaln, comb, polygamma, xlog1py, xlogy  # noqa: PLC0415

    x = np.clip(x, 0.0, 1.0)
    with np.errstate(all="ignore"):
        found = {(0, 0): np.exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))}

        def slope(i: int, j: int) -> Any:
            both = polygamma(i + j - 1, a + b)
            alone = polygamma(i - 1, a) if j == 0 else polygamma(j - 1, b) if i == 0 else 0.0
            position = np.log(x) if (i, j) == (1, 0) else np.log1p(-x) if (i, j) == (0, 1) else 0.0
            return position - alone + both

        for i in range(n + 1):
            for j in range(m + 1):
                # one derivative is that of the logarithm, the others are of the product
                p, q = (i - 1, j) if i else (0, j - 1)
                if i or j:
                    found[i, j] = sum(
                        comb(p, k) * comb(q, r) * found[k, r] * slope(i - k, j - r)
                        for k in range(p + 1) for r in range(q + 1)
                    )  # fmt: skip
    return np.where(np.isfinite(found[n, m]), found[n, m], 0.0)[()] if n or m else found[0, 0]


def beta_integral(a: Any, b: Any, x: Any, n: int, m: int) -> Any:
    """A derivative of scipy.special.betainc(a, b, x), the n-th in a and m-th in b: over the side of x with less of it."""
    a, b, x = np.broadcast_arrays(*(np.asarray(v, float)[..., None] for v in (a, b, x)))
    x = np.clip(x, 0.0, 1.0)
    tau = np.arange(-72, 100) / 16
    s = np.exp(tau - np.exp(-tau))
    weights = s * (1 + np.exp(-tau)) / 16
    low, high = x * np.exp(-s / a), (1 - x) * np.exp(-s / b)
    below = np.sum(weights / a * low * beta_density(a, b, low, n, m), axis=-1)
    above = np.sum(weights / b * high * beta_density(b, a, high, m, n), axis=-1)
    return np.where(x[..., 0] * (a + b)[..., 0] < a[..., 0], below, -above)[()]


def digamma(x: float) -> float:
    """The derivative of math.lgamma."""
    if x <= 0.0:
        return digamma(1.0 - x) - np.pi / np.tan(np.pi * x)
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x = x + 1.0
    u = 1.0 / x**2
    series = u * (1 / 12 - u * (1 / 120 - u * (1 / 252 - u * (1 / 240 - u * (5 / 660 - u * 691 / 32760)))))
    return float(total + np.log(x) - 0.5 / x - series)


def bessel_i(n: int, x: Any) -> Any:
    """The modified Bessel function of the first kind, of order n.

    It is the mean of exp(x * cos(t)) * cos(n * t) over t.
    """
    count = 64 + 2 * int(np.max(np.abs(x), initial=0.0))
    total = np.zeros_like(x, dtype=float)
    for k in range(count):
        t = 2 * np.pi * k / count
        total = total + np.exp(x * np.cos(t)) * np.cos(n * t)
    return total / count


def sinc_slope(x: Any) -> Any:
    """The derivative of np.sinc, with all its own derivatives at 0 to a few orders."""
    u = np.pi * x
    near = np.abs(u) < 0.1
    v = np.where(near, 1.0, u)
    series = -u / 3 + u**3 / 30 - u**5 / 840 + u**7 / 45360
    return np.pi * np.where(near, series, (np.cos(v) - np.sin(v) / v) / v)
