"""Objects that are polynomials: `np.poly1d`, and the series of `np.polynomial`.

One that the program is given is data; one that it makes of differentiable coefficients is told by a stand-in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from srcgrad.rules.definitions.polynomials import trimmed
from srcgrad.rules.registry import data_class, definition, stand_in


@data_class("np.poly1d", fields="coeffs")
def poly1d_like(cls, coeffs):
    return cls(np.arange(1.0, len(coeffs) + 1))


@definition("np.poly1d.__call__")
def poly1d_at(self, val):
    return np.polyval(self.coeffs, val)


@definition("np.poly1d.__add__", "np.poly1d.__radd__")
def poly1d_plus(self, other):
    return Powers(np.polyadd(self.coeffs, coefficients(other)))


@definition("np.poly1d.__sub__")
def poly1d_minus(self, other):
    return Powers(np.polysub(self.coeffs, coefficients(other)))


@definition("np.poly1d.__rsub__")
def minus_poly1d(self, other):
    return Powers(np.polysub(coefficients(other), self.coeffs))


@definition("np.poly1d.__mul__", "np.poly1d.__rmul__")
def poly1d_times(self, other):
    return Powers(np.convolve(self.coeffs, coefficients(other)))


@stand_in
class Powers(NamedTuple):
    """Of coefficients from the highest power down."""

    given: Any

    @property
    def coeffs(self):
        return trimmed(self.given)

    @property
    def coef(self):
        return trimmed(self.given)

    @property
    def c(self):
        return trimmed(self.given)

    @property
    def order(self):
        return len(trimmed(self.given)) - 1

    def __call__(self, val):
        return np.polyval(self.given, val)

    def __getitem__(self, val):
        return self.given[len(self.given) - 1 - val] if 0 <= val < len(self.given) else 0.0

    def deriv(self, m=1):
        return Powers(np.polyder(self.given, m))

    def integ(self, m=1, k=0):
        return Powers(np.polyint(self.given, m, k))

    def __neg__(self):
        return Powers(-self.given)

    def __add__(self, other):
        return Powers(np.polyadd(self.given, coefficients(other)))

    def __radd__(self, other):
        return Powers(np.polyadd(coefficients(other), self.given))

    def __sub__(self, other):
        return Powers(np.polysub(self.given, coefficients(other)))

    def __rsub__(self, other):
        return Powers(np.polysub(coefficients(other), self.given))

    def __mul__(self, other):
        return Powers(np.convolve(self.given, coefficients(other)))

    def __rmul__(self, other):
        return Powers(np.convolve(coefficients(other), self.given))

    def __pow__(self, val):
        found = np.ones(1, self.given.dtype)
        for _ in range(val):
            found = np.convolve(found, self.given)
        return Powers(found)

    def __truediv__(self, other):
        return Powers(self.given / other)


def coefficients(p):
    if isinstance(p, Powers):
        return p.given
    return p.coeffs if isinstance(p, np.poly1d) else np.atleast_1d(p)


@definition("np.poly1d")
def poly1d(c_or_r, r=False, variable=None):
    return Powers(np.poly(c_or_r) if r else np.atleast_1d(c_or_r) + 0.0)


# Series: `basis_name` tells the six classes apart.
@data_class("np.polynomial.Polynomial", "np.polynomial.Chebyshev", "np.polynomial.Legendre", "np.polynomial.Hermite",
            "np.polynomial.HermiteE", "np.polynomial.Laguerre", fields="coef domain window basis_name")  # fmt: skip
def series_like(cls, coef, domain, window, basis_name):
    return cls(np.arange(1.0, len(coef) + 1))


@definition("np.polynomial.Polynomial.__call__")
def series_at(self, arg):
    return summed_series(self.basis_name, self.coef, mapped(arg, self.domain, self.window))


@stand_in
class Series(NamedTuple):
    """Of coefficients from the constant up; without a domain and a window the argument is taken as it is."""

    coef: Any
    outer: Any
    inner: Any
    basis_name: Any

    def __call__(self, arg):
        return summed_series(self.basis_name, self.coef, mapped(arg, self.outer, self.inner))

    def deriv(self, m=1):
        if self.basis_name is not None or self.outer is not None:
            raise TypeError("the derivative of this series")
        return Series(np.polynomial.polynomial.polyder(self.coef, m), None, None, None)

    def __neg__(self):
        return Series(-self.coef, self.outer, self.inner, self.basis_name)


def mapped(x, outer, inner):
    """The window stands for the domain."""
    if outer is None:
        return x
    scale = (inner[1] - inner[0]) / (outer[1] - outer[0])
    return inner[0] + scale * (x - outer[0])


def summed_series(name, coef, x):
    if name is None:
        return np.polynomial.polynomial.polyval(x, coef)
    if name == "T":
        return np.polynomial.chebyshev.chebval(x, coef)
    if name == "P":
        return np.polynomial.legendre.legval(x, coef)
    if name == "L":
        return np.polynomial.laguerre.lagval(x, coef)
    if name == "H":
        return np.polynomial.hermite.hermval(x, coef)
    return np.polynomial.hermite_e.hermeval(x, coef)


def series(basis_name, default, coef, domain, window):
    if domain is None and window is None:
        return Series(np.atleast_1d(coef) + 0.0, None, None, basis_name)
    inner = default if window is None else window
    return Series(np.atleast_1d(coef) + 0.0, default if domain is None else domain, inner, basis_name)


@definition("np.polynomial.Polynomial")
def polynomial(coef, domain=None, window=None, symbol="x"):
    return series(None, (-1.0, 1.0), coef, domain, window)


@definition("np.polynomial.Chebyshev")
def chebyshev(coef, domain=None, window=None, symbol="x"):
    return series("T", (-1.0, 1.0), coef, domain, window)


@definition("np.polynomial.Legendre")
def legendre(coef, domain=None, window=None, symbol="x"):
    return series("P", (-1.0, 1.0), coef, domain, window)


@definition("np.polynomial.Laguerre")
def laguerre(coef, domain=None, window=None, symbol="x"):
    return series("L", (0.0, 1.0), coef, domain, window)


@definition("np.polynomial.Hermite")
def hermite(coef, domain=None, window=None, symbol="x"):
    return series("H", (-1.0, 1.0), coef, domain, window)


@definition("np.polynomial.HermiteE")
def hermite_e(coef, domain=None, window=None, symbol="x"):
    return series("He", (-1.0, 1.0), coef, domain, window)
