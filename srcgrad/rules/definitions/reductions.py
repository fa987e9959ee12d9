"""Sums, extremes and spreads over chosen elements, with an initial value, or along several axes."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, ones, rest_of, shifted
from srcgrad.rules.registry import definition


@definition("np.sum")
def masked_sum(a, axis=None, *, keepdims=False, initial=0, where=True):
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) + initial


@definition("np.prod")
def masked_prod(a, axis=None, *, keepdims=False, initial=1, where=True):
    return np.prod(np.where(where, a, 1), axis=axis, keepdims=keepdims) * initial


@definition("np.mean")
def masked_mean(a, axis=None, *, keepdims=False, where=True):
    count = np.sum(np.where(where, np.ones_like(a), 0), axis=axis, keepdims=keepdims)
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) / count


@definition("np.max", "np.amax")
def masked_max(a, axis=None, *, keepdims=False, initial=-np.inf, where=True):
    largest = np.max(np.where(where, a, -np.inf), axis=axis, keepdims=keepdims)
    return np.maximum(largest, initial)


@definition("np.min", "np.amin")
def masked_min(a, axis=None, *, keepdims=False, initial=np.inf, where=True):
    smallest = np.min(np.where(where, a, np.inf), axis=axis, keepdims=keepdims)
    return np.minimum(smallest, initial)


@definition("np.var")
def masked_var(a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    count = np.sum(np.where(where, np.ones_like(a), 0), axis=axis, keepdims=True)
    deviation = np.where(where, a - np.sum(np.where(where, a, 0), axis=axis, keepdims=True) / count, 0)
    spread = np.sum(np.real(deviation * np.conj(deviation)), axis=axis, keepdims=True)
    spread = spread / (count - (ddof if correction is None else correction))
    return spread if keepdims else np.sum(spread, axis=axis)


@definition("np.std")
def masked_std(a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    freedom = ddof if correction is None else correction
    return np.sqrt(np.var(a, axis=axis, ddof=freedom, keepdims=keepdims, where=where))


@definition("np.ptp")
def range_of_values(a, axis=None, *, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@definition("np.average")
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        weights = np.ones_like(a)
    if np.ndim(weights) != np.ndim(a):
        weights = np.expand_dims(np.asarray(weights), rest_of(axes_of(axis, np.ndim(a)), np.ndim(a)))
    scale = np.sum(weights * np.ones_like(a), axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
    return (mean, scale) if returned else mean


@definition("np.median")
def median(a, axis=None, *, keepdims=False):
    return np.quantile(a, 0.5, axis=axis, keepdims=keepdims)


@definition("np.percentile")
def percentile(a, q, axis=None, *, method="linear", keepdims=False):
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    return np.quantile(a, q / 100, axis=axis, method=method, keepdims=keepdims)


@definition("np.quantile")
def quantile(a, q, axis=None, *, method="linear", keepdims=False):
    axes = axes_of(axis, np.ndim(a))
    values = np.moveaxis(a, axes, axes_of(None, len(axes)))
    values = np.sort(np.reshape(values, (-1, *np.shape(values)[len(axes) :])), axis=0)
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    place = q * (len(values) - 1)
    if method == "lower":
        place = np.floor(place)
    elif method == "higher":
        place = np.ceil(place)
    elif method == "nearest":
        place = np.rint(place)
    elif method != "linear" and method != "midpoint":
        raise TypeError(f"the method {method!r}")
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    part = 0.5 * (low < high) if method == "midpoint" else place - low
    part = float(part) if np.ndim(q) == 0 else np.reshape(part, (*np.shape(q), *ones(np.ndim(a) - len(axes))))
    found = values[low] + part * (values[high] - values[low])
    return np.expand_dims(found, shifted(axes, np.ndim(q))) if keepdims else found
