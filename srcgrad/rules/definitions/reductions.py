"""Sums, extremes and spreads over chosen elements, with an initial value, or along several axes."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, first_axes, ones, order_of, rest_of, shifted
from srcgrad.rules.definitions.rows import rows_along
from srcgrad.rules.registry import definition, static
from srcgrad.runtime.structures import stop_gradient


@definition("np.sum")
def masked_sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is not True:
        a = np.where(where, a, 0)
    total = np.sum(a, axis=axis, keepdims=keepdims)
    return total if initial is None else total + initial


@definition("np.prod")
def masked_prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is not True:
        a = np.where(where, a, 1)
    if initial is None:
        initial = 1
    if axis is None or not isinstance(axis, tuple):
        return np.prod(a, axis=axis, keepdims=keepdims) * initial
    axes = axes_of(axis, np.ndim(a))
    rows = rows_along(np.moveaxis(a, axes, first_axes(len(axes))), len(axes))
    y = np.prod(rows, axis=0) * initial
    return np.expand_dims(y, axes) if keepdims else y


@definition("np.mean")
def masked_mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    if dtype is not None:
        a = np.array(a, dtype)
    if where is True:
        return np.mean(a, axis=axis, keepdims=keepdims)
    count = np.sum(np.where(where, np.ones_like(a), 0), axis=axis, keepdims=keepdims)
    return np.sum(np.where(where, a, 0), axis=axis, keepdims=keepdims) / count


@definition("np.max", "np.amax")
def masked_max(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    if initial is None:
        return np.max(a, axis=axis, keepdims=keepdims)
    return np.max(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.min", "np.amin")
def masked_min(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    if initial is None:
        return np.min(a, axis=axis, keepdims=keepdims)
    return np.min(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.var")
def masked_var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    if dtype is not None:
        if np.iscomplexobj(a):
            raise TypeError("complex numbers in another precision")
        a = np.array(a, dtype)
    freedom = ddof if correction is None else correction
    if where is True and mean is None and not np.iscomplexobj(a):
        return np.var(a, axis=axis, ddof=freedom, keepdims=keepdims)
    ones_of_a = np.ones_like(np.real(a))
    if mean is None:
        chosen = np.sum(np.where(where, ones_of_a, 0), axis=axis, keepdims=True)
        mean = np.sum(np.where(where, a, 0), axis=axis, keepdims=True) / chosen
    deviation = np.where(where, a - mean, 0)
    squares = np.sum(np.real(deviation * np.conj(deviation)), axis=axis, keepdims=keepdims)
    spread = squares / np.maximum(np.sum(np.where(where, ones_of_a, 0), axis=axis, keepdims=keepdims) - freedom, 0)
    return spread if dtype is None else np.array(spread, dtype)[()]


@definition("np.std")
def masked_std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    if dtype is not None:
        if np.iscomplexobj(a):
            raise TypeError("complex numbers in another precision")
        a = np.array(a, dtype)
    freedom = ddof if correction is None else correction
    if where is True and mean is None and not np.iscomplexobj(a):
        return np.std(a, axis=axis, ddof=freedom, keepdims=keepdims)
    if mean is None:
        spread = np.var(a, axis=axis, ddof=freedom, keepdims=keepdims, where=where)
    else:
        spread = np.var(a, axis=axis, ddof=freedom, keepdims=keepdims, where=where, mean=mean)
    spread = spread if dtype is None else np.array(spread, dtype)[()]
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
    weights = np.ones_like(a) if weights is None else np.asarray(weights)
    if np.ndim(weights) != np.ndim(a):
        axes = axes_of(axis, np.ndim(a))
        weights = np.transpose(weights, order_of(axes))
        weights = np.expand_dims(weights, rest_of(axes, np.ndim(a)))
    scale = np.sum(weights * np.ones_like(a), axis=axis, keepdims=keepdims)
    if np.any(scale == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / scale
    return (mean, scale) if returned else mean


# What `overwrite_input` allows to happen to the argument does not happen.
@definition("np.median")
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    axes = axes_of(axis, np.ndim(a))
    rows = rows_along(np.moveaxis(np.asarray(a), axes, first_axes(len(axes))), len(axes))
    found = np.median(rows, axis=0)
    return np.expand_dims(found, axes) if keepdims else found


@definition("np.percentile")
def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
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


def place_among(q, count, method):
    """Where the quantile stands among so many sorted values, counted from 0; a fraction lies between two."""
    constants = interpolation(method)
    if constants is not None:
        alpha, beta = constants
        return np.clip(count * q + (alpha + q * (1 - alpha - beta)) - 1, 0, count - 1)
    if method == "lower":
        return np.floor(q * (count - 1))
    if method == "higher":
        return np.ceil(q * (count - 1))
    if method == "nearest":
        return np.rint(q * (count - 1))
    if method == "midpoint":
        return (np.floor(q * (count - 1)) + np.ceil(q * (count - 1))) / 2
    if method == "inverted_cdf":
        return np.maximum(np.ceil(q * count) - 1, 0)
    if method == "averaged_inverted_cdf":
        return np.clip((np.ceil(q * count) + np.floor(q * count + 1)) / 2 - 1, 0, count - 1)
    if method == "closest_observation":
        return np.maximum(np.rint(q * count) - 1, 0)
    raise TypeError(f"the method {method!r}")


@definition("np.quantile")
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    a = np.asarray(a)
    axes = axes_of(axis, np.ndim(a))
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    if weights is not None:
        if method != "inverted_cdf":
            raise TypeError("weights with another method")
        found = weighted_quantile(a, np.asarray(q), axes, np.asarray(stop_gradient(weights)))
        return np.expand_dims(found, shifted(axes, np.ndim(q))) if keepdims else found
    values = rows_along(np.moveaxis(a, axes, first_axes(len(axes))), len(axes))
    values = np.sort(values, axis=0)
    place = place_among(q, len(values), method)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    part = place - low
    part = float(part) if np.ndim(q) == 0 else np.reshape(part, (*np.shape(q), *ones(np.ndim(a) - len(axes))))
    found = values[low] + part * (values[high] - values[low])
    found = np.where(np.isnan(values[-1]), np.nan, found)  # what is not a number is sorted last
    if np.ndim(found) == 0 and not keepdims:
        return found[()]
    return np.expand_dims(found, shifted(axes, np.ndim(q))) if keepdims else found


def weighted_quantile(a, q, axes, weights):
    """The first of the sorted values up to which there is this share of the weights."""
    if np.ndim(weights) != np.ndim(a):
        weights = np.expand_dims(np.transpose(weights, order_of(axes)), rest_of(axes, np.ndim(a)))
    values, weights = np.moveaxis(a, axes, first_axes(len(axes))), np.broadcast_to(weights, np.shape(a))
    weights = np.moveaxis(weights, axes, first_axes(len(axes)))
    values, weights = rows_along(values, len(axes)), rows_along(weights, len(axes))
    order = np.argsort(stop_gradient(values), axis=0)
    shares = np.cumsum(np.take_along_axis(weights, order, 0), axis=0)
    shares = shares / shares[-1]
    q = np.reshape(q, (*np.shape(q), 1, *ones(np.ndim(a) - len(axes))))
    places = np.sum(shares < q, axis=np.ndim(q) - np.ndim(shares))
    places = np.minimum(np.maximum(places, np.sum(shares <= 0, axis=0)), len(values) - 1)
    values = np.take_along_axis(values, order, 0)
    flat = np.reshape(places, (np.size(q), *np.shape(values)[1:]))
    found = np.reshape(np.take_along_axis(values, flat, 0), np.shape(places))
    return np.where(np.isnan(values[-1]), np.nan, found)
