"""Integrals of samples, told by sums."""

from __future__ import annotations

import numpy as np
import scipy.integrate

from srcgrad.rules.definitions import calculus
from srcgrad.rules.registry import definition
from srcgrad.rules.scipy import differential_equations, quadrature  # noqa: F401

definition("scipy.integrate.trapezoid")(calculus.trapezoid)


@definition("scipy.integrate.cumulative_trapezoid")
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    total = np.cumsum(calculus.areas_between(y, x, dx, axis), axis=-1)
    if initial is not None:
        total = np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1)
    return np.moveaxis(total, -1, axis)


@definition("scipy.integrate.simpson")
def simpson(y, x=None, *, dx=1.0, axis=-1):
    # It is linear in the samples: its weights are what it gives of unit vectors.
    y = np.moveaxis(y, axis, -1)
    if x is None:
        return y @ scipy.integrate.simpson(np.eye(y.shape[-1], dtype=y.dtype), axis=-1) * dx
    return y @ scipy.integrate.simpson(np.eye(y.shape[-1], dtype=y.dtype), x, axis=-1)


@definition("scipy.integrate.fixed_quad")
def fixed_quad(func, a, b, args=(), n=5):
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return (b - a) / 2 * np.sum(weights * func((b - a) * (nodes + 1) / 2 + a, *args), axis=-1), None


@definition("scipy.integrate.romb")
def romb(y, dx=1.0, axis=-1):
    y = np.moveaxis(y, axis, -1)
    return y @ scipy.integrate.romb(np.eye(y.shape[-1], dtype=y.dtype), axis=-1) * dx


@definition("scipy.integrate.cumulative_simpson")
def cumulative_simpson(y, *, x=None, dx=1.0, axis=-1, initial=None):
    y = np.moveaxis(y, axis, -1)
    if x is None:
        total = y @ scipy.integrate.cumulative_simpson(np.eye(y.shape[-1], dtype=y.dtype), axis=-1) * dx
    else:
        total = y @ scipy.integrate.cumulative_simpson(np.eye(y.shape[-1], dtype=y.dtype), x=x, axis=-1)
    if initial is not None:
        total = np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1) + initial
    return np.moveaxis(total, -1, axis)
