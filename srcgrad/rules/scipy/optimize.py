"""Roots, fixed points and minima, differentiated by the implicit function theorem.

SciPy finds the point x; one step of Newton's method from there, of which x and the slopes are held, moves it by nothing
and has the derivative that x has as a function of the parameters.  In that derivative's own text x is found by the same call again, so that
every order is exact.  What is held is told from what is not: a bound that varies is refused, since nothing holds it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.optimize

import srcgrad
from srcgrad.rules.registry import constant, definition
from srcgrad.runtime.structures import held


class Root(NamedTuple):
    """What a root finder gives, as far as it is known here."""

    root: Any
    converged: Any
    iterations: Any


class Solution(NamedTuple):
    """What a solver of equations gives, as far as it is known here."""

    x: Any
    success: Any


class Minimum(NamedTuple):
    """What a minimiser gives, as far as it is known here."""

    x: Any
    fun: Any
    success: Any


class Fit(NamedTuple):
    """What a method of least squares gives, as far as it is known here."""

    x: Any
    cost: Any
    fun: Any
    success: Any


def inside(x, bounds):
    """Which elements of x are not at their bounds."""
    if isinstance(bounds, scipy.optimize.Bounds):
        return (x > bounds.lb) & (x < bounds.ub)
    ends = np.array(bounds, dtype=float)
    return ~((x <= ends[:, 0]) | (x >= ends[:, 1]))  # None is NaN, and no end


constant("scipy.optimize.linear_sum_assignment")
constant("inside", functions={"inside": inside})


def slopes_of(f, x):
    """The matrix of the derivatives of a vector f(x)."""
    slopes = np.zeros((np.size(x), np.size(x)))
    for i in range(np.size(x)):
        unit = np.zeros(np.size(x))
        unit[i] = 1.0
        slopes[:, i] = np.ravel(srcgrad.jvp(f, (x,), (np.reshape(unit, np.shape(x)),))[1])
    return slopes


def root_near(f, x):
    """The root x of a function of one number; of each element, where that is an array."""
    slope = srcgrad.jvp(held(f), (x,), (np.ones_like(x),))[1]
    step = f(x) / slope
    return x - (step - held(step))


def root_of_vectors(f, x):
    """The root x of a function that gives as many numbers as it takes."""
    slopes = slopes_of(held(f), x)
    step = np.linalg.solve(slopes, np.ravel(f(x)))
    return x - np.reshape(step - held(step), np.shape(x))


def minimum_near(f, x, free):
    """Where the gradient of f vanishes, in the elements that are free; x is less exact than a root is, and made so."""
    exact = x - newton_step(held(f), held(f), x, free)
    step = newton_step(f, held(f), exact, free)
    return x - (step - held(step))


def newton_step(f, fixed, x, free):
    slopes = slopes_of(srcgrad.grad(fixed), x)
    slopes = np.where(free[:, None] & free, slopes, np.eye(len(x)))
    return np.linalg.solve(slopes, np.where(free, srcgrad.grad(f)(x), 0.0))


def bracketed(name: str) -> None:
    """What a solver gives of a root between two ends."""
    solver = getattr(scipy.optimize, name)

    def root_between(f, a, b, args=(), xtol=2e-12, rtol=8.881784197001252e-16, maxiter=100, *, disp=True):
        args = args if isinstance(args, tuple) else (args,)
        x = float(solver(held(f), held(a), held(b), held(args), xtol, rtol, maxiter))
        return root_near(lambda z: f(z, *args), x)

    definition(f"scipy.optimize.{name}")(root_between)


for name in ("brentq", "brenth", "bisect", "ridder"):
    bracketed(name)


@definition("scipy.optimize.toms748")
def toms748(f, a, b, args=(), k=1, xtol=2e-12, rtol=8.881784197001252e-16, maxiter=100, *, disp=True):
    args = args if isinstance(args, tuple) else (args,)
    x = float(scipy.optimize.toms748(held(f), held(a), held(b), held(args), k, xtol, rtol, maxiter))
    return root_near(lambda z: f(z, *args), x)


@definition("scipy.optimize.newton")
def newton(func, x0, fprime=None, args=(), tol=1.48e-08, maxiter=50, fprime2=None, x1=None, rtol=0.0, *, disp=True):
    args = args if isinstance(args, tuple) else (args,)
    f, first, second, start = held(func), held(fprime), held(fprime2), held(x1)
    found = scipy.optimize.newton(f, held(x0), first, held(args), tol, maxiter, second, start, rtol)
    if np.ndim(x0) == 0:
        return root_near(lambda z: func(z, *args), float(found))
    x = np.zeros_like(x0, dtype=float)
    x[...] = found
    return root_near(lambda z: func(z, *args), x)


@definition("scipy.optimize.root_scalar")
def root_scalar(
    f, args=(), method=None, bracket=None, fprime=None, fprime2=None, x0=None, x1=None, xtol=None, rtol=None,
    maxiter=None, options=None,
):  # fmt: skip
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.root_scalar(
        held(f), held(args), method, held(bracket), held(fprime), held(fprime2), held(x0), held(x1), xtol, rtol,
        maxiter, options,
    )  # fmt: skip
    x = root_near(lambda z: f(z, *args), float(found.root))
    return Root(x, bool(found.converged), int(found.iterations))


@definition("scipy.optimize.fixed_point")
def fixed_point(func, x0, args=(), xtol=1e-08, maxiter=500, method="del2"):
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.fixed_point(held(func), held(x0), held(args), xtol, maxiter, method)
    if np.ndim(x0) == 0:
        return root_near(lambda z: func(z, *args) - z, float(found))
    x = np.zeros_like(x0, dtype=float)
    x[...] = found
    return root_of_vectors(lambda z: func(z, *args) - z, x)


@definition("scipy.optimize.fsolve")
def fsolve(func, x0, args=(), fprime=None, *, xtol=1.49012e-08, maxfev=0):
    args = args if isinstance(args, tuple) else (args,)
    x = np.zeros_like(np.ravel(x0), dtype=float)
    x[:] = scipy.optimize.fsolve(held(func), held(x0), held(args), held(fprime), xtol=xtol, maxfev=maxfev)
    return root_of_vectors(lambda z: func(z, *args), x)


@definition("scipy.optimize.root")
def root(fun, x0, args=(), method="hybr", jac=None, tol=None, callback=None, options=None):
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.root(held(fun), held(x0), held(args), method, held(jac), tol, callback, options)
    x = np.zeros_like(np.atleast_1d(x0), dtype=float)
    x[...] = found.x
    if isinstance(jac, bool) and jac:
        x = root_of_vectors(lambda z: fun(z, *args)[0], x)
    else:
        x = root_of_vectors(lambda z: fun(z, *args), x)
    return Solution(x, bool(found.success))


@definition("scipy.optimize.minimize")
def minimize(fun, x0, args=(), method=None, jac=None, hess=None, hessp=None, bounds=None, tol=None, options=None):
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.minimize(
        held(fun), held(x0), held(args), method, held(jac), held(hess), held(hessp), bounds, tol=tol, options=options
    )
    x = np.zeros_like(np.ravel(x0), dtype=float)
    x[:] = found.x
    free = np.ones_like(x, dtype=bool)
    if bounds is not None:
        free[:] = inside(held(x), bounds)
    if isinstance(jac, bool) and jac:
        return minimum(lambda z: fun(z, *args)[0], x, free, found)
    return minimum(lambda z: fun(z, *args), x, free, found)


def minimum(f, x, free, found):
    x = minimum_near(f, x, free)
    return Minimum(x, f(x), bool(found.success))


def stationary_near(f, x):
    fixed, slope = held(f), srcgrad.grad(f)
    exact = x - srcgrad.grad(fixed)(x) / srcgrad.jvp(srcgrad.grad(fixed), (x,), (1.0,))[1]
    step = slope(exact) / srcgrad.jvp(srcgrad.grad(fixed), (exact,), (1.0,))[1]
    return x - (step - held(step))


@definition("scipy.optimize.minimize_scalar")
def minimize_scalar(fun, bracket=None, bounds=None, args=(), method=None, tol=None, options=None):
    args = args if isinstance(args, tuple) else (args,)
    found = scipy.optimize.minimize_scalar(held(fun), bracket, bounds, held(args), method, tol, options)
    x = stationary_near(lambda z: fun(z, *args), float(found.x))
    return Minimum(x, fun(x, *args), bool(found.success))


def half_of_squares(values):
    return 0.5 * np.sum(np.asarray(values) ** 2)


@definition("scipy.optimize.least_squares")
def least_squares(fun, x0, jac="2-point", *, method="trf", ftol=1e-8, xtol=1e-8, gtol=1e-8, max_nfev=None, args=()):
    found = scipy.optimize.least_squares(
        held(fun), held(x0), held(jac), method=method, ftol=ftol, xtol=xtol, gtol=gtol, max_nfev=max_nfev, args=held(args)
    )
    x = np.zeros_like(np.atleast_1d(x0), dtype=float)
    x[:] = found.x
    free = np.ones_like(x, dtype=bool)
    x = minimum_near(lambda z: half_of_squares(fun(z, *args)), x, free)
    values = np.asarray(fun(x, *args))
    return Fit(x, half_of_squares(values), values, bool(found.success))


@definition("scipy.optimize.leastsq")
def leastsq(func, x0, args=(), Dfun=None, *, ftol=1.49012e-08, xtol=1.49012e-08, gtol=0.0, maxfev=0):
    if not isinstance(args, tuple):
        args = (args,)
    found = scipy.optimize.leastsq(
        held(func), held(x0), held(args), held(Dfun), ftol=ftol, xtol=xtol, gtol=gtol, maxfev=maxfev
    )
    x = np.zeros_like(np.atleast_1d(x0), dtype=float)
    x[:] = found[0]
    free = np.ones_like(x, dtype=bool)
    return minimum_near(lambda z: half_of_squares(func(z, *args)), x, free), int(found[1])


@definition("scipy.optimize.curve_fit")
def curve_fit(f, xdata, ydata, p0=None, sigma=None, absolute_sigma=False, *, method=None, jac=None):
    found = scipy.optimize.curve_fit(
        held(f), held(xdata), held(ydata), held(p0), held(sigma), absolute_sigma, method=method, jac=held(jac)
    )
    x = np.zeros(len(found[0]))
    x[:] = found[0]

    def misfits(p):
        difference = f(xdata, *p) - ydata
        if sigma is None:
            return difference
        return difference / sigma

    free = np.ones_like(x, dtype=bool)
    x = minimum_near(lambda p: half_of_squares(misfits(p)), x, free)
    slopes = np.zeros((len(ydata), len(x)))
    for i in range(len(x)):
        unit = np.zeros(len(x))
        unit[i] = 1.0
        slopes[:, i] = srcgrad.jvp(misfits, (x,), (unit,))[1]
    covariance = np.linalg.inv(slopes.T @ slopes)
    if not absolute_sigma:
        covariance = covariance * np.sum(misfits(x) ** 2) / (len(ydata) - len(x))
    solved = np.zeros((len(x), len(x)))
    solved[:] = found[1]
    return x, solved + (covariance - held(covariance))
