"""Sums, extremes and spreads over chosen elements, with an initial value, or along several axes."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, ones, order_of, rest_of, shifted
from srcgrad.rules.registry import definition, static


@definition("np.sum")
def masked_sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is True:
        return np.sum(a, axis=axis, keepdims=keepdims) + initial
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) + initial


@definition("np.prod")
def masked_prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is True:
        return np.prod(a, axis=axis, keepdims=keepdims) * initial
    return np.prod(np.where(where, a, 1), axis=axis, keepdims=keepdims) * initial


@definition("np.mean")
def masked_mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is True:
        return np.mean(a, axis=axis, keepdims=keepdims)
    count = np.sum(np.where(where, np.ones_like(a), 0), axis=axis, keepdims=keepdims)
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) / count


@definition("np.max", "np.amax")
def masked_max(a, axis=None, out=None, keepdims=False, initial=-np.inf, where=True):
    if where is True:
        return np.maximum(np.max(a, axis=axis, keepdims=keepdims), initial)
    return np.maximum(np.max(np.where(where, a, -np.inf), axis=axis, keepdims=keepdims), initial)


@definition("np.min", "np.amin")
def masked_min(a, axis=None, out=None, keepdims=False, initial=np.inf, where=True):
    if where is True:
        return np.minimum(np.min(a, axis=axis, keepdims=keepdims), initial)
    return np.minimum(np.min(np.where(where, a, np.inf), axis=axis, keepdims=keepdims), initial)


@definition("np.var")
def masked_var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, correction=None):
    if dtype is not None:
        a = np.array(a, dtype)
    freedom = ddof if correction is None else correction
    if where is True and not np.iscomplexobj(a):
        return np.var(a, axis=axis, ddof=freedom, keepdims=keepdims)
    count = np.sum(np.where(where, np.ones_like(np.real(a)), 0), axis=axis, keepdims=True)
    deviation = np.where(where, a - np.sum(np.where(where, a, 0), axis=axis, keepdims=True) / count, 0)
    spread = np.sum(np.real(deviation * np.conj(deviation)), axis=axis, keepdims=True) / (count - freedom)
    return spread if keepdims else np.sum(spread, axis=axis)


@definition("np.std")
def masked_std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, correction=None):
    if dtype is not None:
        a = np.array(a, dtype)
    freedom = ddof if correction is None else correction
    if where is True and not np.iscomplexobj(a):
        return np.std(a, axis=axis, ddof=freedom, keepdims=keepdims)
    spread = np.var(a, axis=axis, ddof=freedom, keepdims=keepdims, where=where)
    return np.sqrt(spread + (spread == 0)) * (spread != 0)  # of equal values the slope is zero, as without `where`


@definition("np.cumsum")
def converted_cumsum(a, axis=None, dtype=None):
    return np.cumsum(np.array(a, dtype), axis)


@definition("np.cumprod")
def converted_cumprod(a, axis=None, dtype=None):
    return np.cumprod(np.array(a, dtype), axis)


@definition("np.ptp")
def range_of_values(a, axis=None, out=None, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@definition("np.average")
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    if weights is None:
        weights = np.ones_like(a)
    if np.ndim(weights) != np.ndim(a):
        axes = axes_of(axis, np.ndim(a))
        weights = np.transpose(np.asarray(weights), order_of(axes))
        weights = np.expand_dims(weights, rest_of(axes, np.ndim(a)))
    scale = np.sum(weights * np.ones_like(a), axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
    return (mean, scale) if returned else mean


@definition("np.median")
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    if overwrite_input:
        raise TypeError("the argument is overwritten")
    return np.quantile(a, 0.5, axis=axis, keepdims=keepdims)


@definition("np.percentile")
def percentile(a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    return np.quantile(a, q / 100, axis=axis, method=method, keepdims=keepdims, weights=weights)


# The methods of Hyndman and Fan (1996) that interpolate: the place of q among n sorted values, counted from 1, is
# n * q + alpha + q * (1 - alpha - beta).
CONTINUOUS = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


@static
def interpolation(method):
    return CONTINUOUS.get(method)


@definition("np.quantile")
def quantile(a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    if weights is not None:
        raise TypeError("weights")
    axes = axes_of(axis, np.ndim(a))
    values = np.moveaxis(a, axes, axes_of(None, len(axes)))
    values = np.sort(np.reshape(values, (-1, *np.shape(values)[len(axes) :])), axis=0)
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    count = len(values)
    constants = interpolation(method)
    if constants is not None:
        alpha, beta = constants
        place = np.clip(count * q + (alpha + q * (1 - alpha - beta)) - 1, 0, count - 1)
    elif method == "lower":
        place = np.floor(q * (count - 1))
    elif method == "higher":
        place = np.ceil(q * (count - 1))
    elif method == "nearest":
        place = np.rint(q * (count - 1))
    elif method == "midpoint":
        place = (np.floor(q * (count - 1)) + np.ceil(q * (count - 1))) / 2
    elif method == "inverted_cdf":
        place = np.maximum(np.ceil(q * count) - 1, 0)
    elif method == "averaged_inverted_cdf":
        place = np.clip((np.ceil(q * count) + np.floor(q * count + 1)) / 2 - 1, 0, count - 1)
    elif method == "closest_observation":
        place = np.maximum(np.rint(q * count) - 1, 0)
    else:
        raise TypeError(f"the method {method!r}")
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    part = place - low
    part = float(part) if np.ndim(q) == 0 else np.reshape(part, (*np.shape(q), *ones(np.ndim(a) - len(axes))))
    found = values[low] + part * (values[high] - values[low])
    return np.expand_dims(found, shifted(axes, np.ndim(q))) if keepdims else found
