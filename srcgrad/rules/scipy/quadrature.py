"""Integrals of functions, differentiated as sums over nodes.

The values are SciPy's.  Their derivatives are those of Gauss' rule with 21 nodes on intervals that are halved until it
gives 1e-12 of the whole, and then held, as parts of the whole range: its ends may vary, or be infinite.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate

from srcgrad.rules.registry import constant, definition
from srcgrad.runtime.structures import held


def nodes_between(f: Any, a: Any, b: Any) -> Any:
    """Nodes, as parts of the range or distances from its finite end, and their weights."""
    if a == np.inf or b == -np.inf:
        raise ValueError("the derivative of an integral from infinity: exchange its ends")
    places, weights = np.polynomial.legendre.leggauss(21)

    def placed(u: Any) -> Any:
        if np.isfinite(a) and np.isfinite(b):
            return u, np.ones_like(u), a + (b - a) * u
        if np.isfinite(a) or np.isfinite(b):
            v = u / (1 - u)
            return v, 1 / (1 - u) ** 2, a + v if np.isfinite(a) else b - v
        return u / (1 - u**2), (1 + u**2) / (1 - u**2) ** 2, u / (1 - u**2)

    def interval(low: Any, high: Any) -> Any:
        v, growth, x = placed(0.5 * (low + high) + 0.5 * (high - low) * places)
        w = 0.5 * (high - low) * weights * growth
        return v, w, sum(w_k * np.asarray(f(x_k)) for w_k, x_k in zip(w, x))

    ends = 0.0 if np.isfinite(a) or np.isfinite(b) else -1.0, 1.0
    pending = [(*ends, interval(*ends), 0)]
    size: Any = np.max(np.abs(pending[0][2][2]))
    done: list[Any] = []
    while pending:
        low, high, whole, depth = pending.pop()
        middle = 0.5 * (low + high)
        left, right = interval(low, middle), interval(middle, high)
        error: Any = np.max(np.abs(left[2] + right[2] - whole[2]))
        size = max(size, np.max(np.abs(left[2])), np.max(np.abs(right[2])))
        if error <= 1e-12 * size or depth > 100 or len(done) + len(pending) > 400:
            done += [left, right]
        else:
            pending += [(low, middle, left, depth + 1), (middle, high, right, depth + 1)]
    return np.stack([np.concatenate([part[i] for part in done]) for i in (0, 1)], axis=1)


constant("nodes_between", functions={"nodes_between": nodes_between})


def over_parts(f, a, b, args, points):
    """The integral as a sum over the parts between points where the function may have a kink: no node passes one when an
    end moves.
    """
    if points is None:
        return over_nodes(f, a, b, args)
    total = 0.0
    start = a
    for point in sorted(points, reverse=bool(held(a) > held(b))):
        total = total + over_nodes(f, start, point, args)
        start = point
    return total + over_nodes(f, start, b, args)


def over_nodes(f, a, b, args):
    """The integral as a sum."""
    given, fixed = held(args), held(f)
    found = nodes_between(lambda x: fixed(x, *given), held(a), held(b))
    nodes = np.zeros((len(found), 2))
    nodes[:] = found
    if np.isfinite(held(a)) and np.isfinite(held(b)):
        return (b - a) * weighted(f, a, b - a, nodes, args)
    if np.isfinite(held(a)):
        return weighted(f, a, 1.0, nodes, args)
    if np.isfinite(held(b)):
        return weighted(f, b, -1.0, nodes, args)
    return weighted(f, 0.0, 1.0, nodes, args)


def weighted(f, start, span, nodes, args):
    total = nodes[0, 1] * f(start + span * nodes[0, 0], *args)
    for k in range(1, len(nodes)):
        total = total + nodes[k, 1] * f(start + span * nodes[k, 0], *args)
    return total


@definition("scipy.integrate.quad")
def quad(func, a, b, args=(), *, epsabs=1.49e-08, epsrel=1.49e-08, limit=50, points=None):
    if not isinstance(args, tuple):
        args = (args,)
    found = scipy.integrate.quad(
        held(func), held(a), held(b), held(args), epsabs=epsabs, epsrel=epsrel, limit=limit, points=points
    )
    total = over_parts(func, a, b, args, points)
    return float(found[0]) + (total - held(total)), float(found[1])


@definition("scipy.integrate.quad_vec")
def quad_vec(f, a, b, epsabs=1e-200, epsrel=1e-08, *, args=()):
    if not isinstance(args, tuple):
        args = (args,)
    found = scipy.integrate.quad_vec(held(f), held(a), held(b), epsabs, epsrel, args=held(args))
    total = over_nodes(f, a, b, args)
    solved = np.zeros_like(total)
    solved[...] = found[0]
    return solved + (total - held(total)), float(found[1])


@definition("scipy.integrate.dblquad")
def dblquad(func, a, b, gfun, hfun, args=(), epsabs=1.49e-08, epsrel=1.49e-08):
    def inner(x):
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return scipy.integrate.quad(lambda y: func(y, x, *args), low, high, epsabs=epsabs, epsrel=epsrel)[0]

    return scipy.integrate.quad(inner, a, b, epsabs=epsabs, epsrel=epsrel)


@definition("scipy.integrate.tplquad")
def tplquad(func, a, b, gfun, hfun, qfun, rfun, args=(), epsabs=1.49e-08, epsrel=1.49e-08):
    def inner(x):
        return scipy.integrate.dblquad(
            lambda z, y: func(z, y, x, *args),
            gfun(x) if callable(gfun) else gfun,
            hfun(x) if callable(hfun) else hfun,
            lambda y: qfun(x, y) if callable(qfun) else qfun,
            lambda y: rfun(x, y) if callable(rfun) else rfun,
            epsabs=epsabs,
            epsrel=epsrel,
        )[0]

    return scipy.integrate.quad(inner, a, b, epsabs=epsabs, epsrel=epsrel)


@definition("scipy.integrate.nquad")
def nquad(func, ranges, args=()):
    """The first argument is the innermost."""
    if len(ranges) == 1:
        return scipy.integrate.quad(func, ranges[0][0], ranges[0][1], args)
    if len(ranges) != 2:
        raise TypeError("more than two variables")
    return scipy.integrate.dblquad(func, ranges[1][0], ranges[1][1], ranges[0][0], ranges[0][1], args)
