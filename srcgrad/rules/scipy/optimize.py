"""Roots and fixed points, differentiated by the implicit function theorem.

SciPy finds the root; two steps of Newton's method from there do not move it, and have the derivatives, up to the third,
that it has as a function of the parameters.  The function is given its parameters by `args`: one that is made inside
the program, around values that vary, can't be handed to SciPy and is refused.
"""

from __future__ import annotations

import types

import numpy as np
import scipy.optimize

import srcgrad
from srcgrad.rules.registry import definition
from srcgrad.runtime import stop_gradient


def newton_step(f, x, args):
    value, slope = srcgrad.jvp(lambda z: f(z, *args), (x,), (1.0,))
    return x - value / slope


def newton_step_of_vectors(f, x, args):
    slopes = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        unit = np.zeros(len(x))
        unit[i] = 1.0
        slopes[:, i] = srcgrad.jvp(lambda z: f(z, *args), (x,), (unit,))[1]
    return x - np.linalg.solve(slopes, f(x, *args))


def moving(f, x, args):
    """The root x, as a function of the parameters."""
    if np.ndim(x) == 0:
        y = newton_step(f, newton_step(f, x, args), args)
    else:
        y = newton_step_of_vectors(f, newton_step_of_vectors(f, x, args), args)
    return x + (y - stop_gradient(y))


@definition("scipy.optimize.brentq")
def brentq(f, a, b, args=(), xtol=2e-12, rtol=8.881784197001252e-16, maxiter=100):
    args = args if isinstance(args, tuple) else (args,)
    fixed = stop_gradient(args)
    x = float(scipy.optimize.brentq(f, stop_gradient(a), stop_gradient(b), fixed, xtol, rtol, maxiter))
    return moving(f, x, args)


@definition("scipy.optimize.fsolve")
def fsolve(func, x0, args=(), *, xtol=1.49012e-08):
    args = args if isinstance(args, tuple) else (args,)
    x = np.zeros(np.size(x0))
    x[:] = scipy.optimize.fsolve(func, stop_gradient(x0), stop_gradient(args), xtol=xtol)
    return moving(func, x, args)


@definition("scipy.optimize.bisect")
def bisect(f, a, b, args=(), xtol=2e-12, rtol=8.881784197001252e-16, maxiter=100):
    args = args if isinstance(args, tuple) else (args,)
    fixed = stop_gradient(args)
    x = float(scipy.optimize.bisect(f, stop_gradient(a), stop_gradient(b), fixed, xtol, rtol, maxiter))
    return moving(f, x, args)


@definition("scipy.optimize.newton")
def newton(func, x0, fprime=None, args=(), tol=1.48e-08, maxiter=50):
    args = args if isinstance(args, tuple) else (args,)
    x = float(scipy.optimize.newton(func, stop_gradient(x0), fprime, stop_gradient(args), tol, maxiter))
    return moving(func, x, args)


@definition("scipy.optimize.fixed_point")
def fixed_point(func, x0, args=(), xtol=1e-08, maxiter=500, method="del2"):
    args = args if isinstance(args, tuple) else (args,)
    fixed = stop_gradient(args)
    if np.ndim(x0) == 0:
        point = float(scipy.optimize.fixed_point(func, stop_gradient(x0), fixed, xtol, maxiter, method))
        return moving(lambda z, *given: func(z, *given) - z, point, args)
    x = np.zeros(np.size(x0))
    x[:] = scipy.optimize.fixed_point(func, stop_gradient(x0), fixed, xtol, maxiter, method)
    return moving(lambda z, *given: func(z, *given) - z, x, args)


@definition("scipy.optimize.root")
def root(fun, x0, args=(), method="hybr", jac=None, tol=None):
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.root(fun, stop_gradient(x0), stop_gradient(args), method, jac, tol)
    x = np.zeros(np.size(x0))
    x[:] = found.x
    return types.SimpleNamespace(x=moving(fun, x, args), success=found.success)
