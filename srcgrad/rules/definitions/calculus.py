"""Differences, integrals and running totals."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of
from srcgrad.rules.registry import definition
from srcgrad.runtime.structures import held


@definition("np.diff")
def diff(a, n=1, axis=-1, prepend=None, append=None):
    a = np.asarray(a)
    edge = np.shape(np.sum(a, axis=axis, keepdims=True))
    if prepend is not None:
        prepend = np.asarray(prepend)
        a = np.concatenate([np.full(edge, prepend) if np.ndim(prepend) == 0 else prepend, a], axis)
    if append is not None:
        append = np.asarray(append)
        a = np.concatenate([a, np.full(edge, append) if np.ndim(append) == 0 else append], axis)
    for _ in range(min(n, np.shape(a)[axis])):  # there are no differences of nothing
        a = np.diff(a, axis=axis)
    return a


@definition("np.ediff1d")
def ediff1d(ary, to_end=None, to_begin=None):
    steps = np.diff(np.ravel(ary))
    if to_begin is not None:
        steps = np.concatenate([np.ravel(np.asarray(to_begin).astype(steps.dtype)), steps])
    if to_end is not None:
        steps = np.concatenate([steps, np.ravel(np.asarray(to_end).astype(steps.dtype))])
    return steps


@definition("np.cumulative_sum")
def cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    x = np.asarray(x) if dtype is None else np.asarray(x, dtype)
    axis = 0 if axis is None else axis
    total = np.cumsum(x, axis)
    if include_initial:
        total = np.concatenate([np.zeros_like(np.sum(x, axis=axis, keepdims=True)), total], axis)
    return total


@definition("np.cumulative_prod")
def cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    x = np.asarray(x) if dtype is None else np.asarray(x, dtype)
    axis = 0 if axis is None else axis
    product = np.cumprod(x, axis)
    if include_initial:
        product = np.concatenate([np.ones_like(np.sum(x, axis=axis, keepdims=True)), product], axis)
    return product


@definition("np.trapezoid", "np.trapz")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return np.sum(areas_between(y, x, dx, axis), axis=-1)


def areas_between(y, x, dx, axis):
    """The areas of the trapezoids between samples, along the last axis."""
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1))
    elif np.ndim(dx) > 0:  # steps as the differences lie in the samples that were given
        steps = dx * np.ones_like(np.moveaxis(y[..., 1:], -1, axis))
        dx = np.moveaxis(steps, axis, -1)
    return dx * (y[..., 1:] + y[..., :-1]) / 2


@definition("np.gradient")
def gradient(f, *varargs, axis=None, edge_order=1):
    f = np.asarray(f)
    axes = axes_of(axis, np.ndim(f))
    if len(varargs) == 0:
        slopes = slopes_along(f, (1.0,) * len(axes), axes, edge_order)
    elif len(varargs) == 1:
        slopes = slopes_along(f, varargs * len(axes), axes, edge_order)
    else:
        slopes = slopes_along(f, varargs, axes, edge_order)
    return slopes[0] if len(axes) == 1 else slopes


def slopes_along(f, spacings, axes, edge_order):
    y = np.moveaxis(f, axes[0], -1)
    if np.shape(y)[-1] <= edge_order:
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.")
    if np.ndim(spacings[0]) == 0:
        slope = slope_on_even_grid(y, spacings[0], edge_order)
    else:
        slope = slope_on_grid(y, np.diff(spacings[0]).astype(f.dtype), edge_order)
    slope = np.moveaxis(slope, -1, axes[0])
    if len(axes) == 1:
        return (slope,)
    return (slope, *slopes_along(f, spacings[1:], axes[1:], edge_order))


def slope_on_even_grid(y, step, edge_order):
    inner = (y[..., 2:] - y[..., :-2]) / (2 * step)
    left, right = (y[..., 1:2] - y[..., :1]) / step, (y[..., -1:] - y[..., -2:-1]) / step
    if edge_order == 2:
        left = (-1.5 * y[..., :1] + 2 * y[..., 1:2] - 0.5 * y[..., 2:3]) / step
        right = (1.5 * y[..., -1:] - 2 * y[..., -2:-1] + 0.5 * y[..., -3:-2]) / step
    return np.concatenate([left, inner, right], -1)


def slope_on_grid(y, steps, edge_order):
    before, after = steps[:-1], steps[1:]
    inner = (
        y[..., 1:-1] * (after - before) / (before * after)
        + y[..., 2:] * before / (after * (before + after))
        - y[..., :-2] * after / (before * (before + after))
    )
    left = (y[..., 1:2] - y[..., :1]) / steps[0]
    right = (y[..., -1:] - y[..., -2:-1]) / steps[-1]
    if edge_order == 2:
        bend = (y[..., 2:3] - y[..., 1:2]) / steps[1] - left
        left = left - bend * steps[0] / (steps[0] + steps[1])
        bend = right - (y[..., -2:-1] - y[..., -3:-2]) / steps[-2]
        right = right + bend * steps[-1] / (steps[-1] + steps[-2])
    return np.concatenate([left, inner, right], -1)


@definition("np.unwrap")
def unwrap(p, discont=None, axis=-1, *, period=6.283185307179586):
    fixed, turn = held(p), held(period)
    return p + np.rint((np.unwrap(fixed, discont, axis, period=turn) - fixed) / turn) * period


@definition("np.convolve")
def convolve(a, v, mode="full"):
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    whole = np.convolve(a, v)
    small, large = min(len(a), len(v)), max(len(a), len(v))
    if mode == "full":
        return whole
    if mode == "same":
        start = (small - 1) // 2
        return whole[start : start + large]
    if mode == "valid":
        return whole[small - 1 : large]
    raise TypeError(f"the mode {mode!r}")


@definition("np.correlate")
def correlate(a, v, mode="valid"):
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if mode == "same" and len(v) > len(a):
        return np.conj(np.flip(np.convolve(np.flip(np.conj(a)), v, mode)))
    return np.convolve(a, np.flip(np.conj(v)), mode)


@definition("np.interp")
def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        xp, fp = np.asarray(xp) % period, np.asarray(fp)
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        return np.interp(x % period, xp, np.concatenate([fp[-1:], fp, fp[:1]]))
    y = np.interp(x, xp, fp)
    if left is not None:
        y = np.where(x < xp[0], left, y)
    if right is not None:
        y = np.where(x > xp[-1], right, y)
    return y
