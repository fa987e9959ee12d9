"""The reductions that pass over what is not a number."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, first_axes, ones, shifted
from srcgrad.rules.definitions.reductions import place_among
from srcgrad.rules.definitions.rows import rows_along
from srcgrad.rules.registry import definition


@definition("np.nansum")
def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    a = np.where(np.isnan(a), 0, a)
    return np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@definition("np.nanprod")
def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    a = np.where(np.isnan(a), 1, a)
    return np.prod(a, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@definition("np.nanmax")
def nanmax(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    missing = np.isnan(a)
    a = np.where(missing, -np.inf, a)
    if initial is None:
        of_none = np.where(np.all(missing, axis=axis, keepdims=keepdims), np.nan, 0).astype(a.dtype)
        return np.max(a, axis=axis, keepdims=keepdims) + of_none
    return np.max(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.nanmin")
def nanmin(a, axis=None, out=None, keepdims=False, initial=None, where=True):
    missing = np.isnan(a)
    a = np.where(missing, np.inf, a)
    if initial is None:
        of_none = np.where(np.all(missing, axis=axis, keepdims=keepdims), np.nan, 0).astype(a.dtype)
        return np.min(a, axis=axis, keepdims=keepdims) + of_none
    return np.min(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.nanmean")
def nanmean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    kept = np.logical_and(where, ~np.isnan(a))
    return np.mean(np.where(np.isnan(a), 0, a), axis=axis, dtype=dtype, keepdims=keepdims, where=kept)


@definition("np.nanvar")
def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    kept = np.logical_and(where, ~np.isnan(a))
    a = np.where(np.isnan(a), 0, a)
    freedom = ddof if correction is None else correction
    if mean is None:
        return np.var(a, axis=axis, dtype=dtype, ddof=freedom, keepdims=keepdims, where=kept)
    return np.var(a, axis=axis, dtype=dtype, ddof=freedom, keepdims=keepdims, where=kept, mean=mean)


@definition("np.nanstd")
def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    kept = np.logical_and(where, ~np.isnan(a))
    a = np.where(np.isnan(a), 0, a)
    freedom = ddof if correction is None else correction
    if mean is None:
        return np.std(a, axis=axis, dtype=dtype, ddof=freedom, keepdims=keepdims, where=kept)
    return np.std(a, axis=axis, dtype=dtype, ddof=freedom, keepdims=keepdims, where=kept, mean=mean)


@definition("np.nancumsum")
def nancumsum(a, axis=None, dtype=None, out=None):
    return np.cumsum(np.where(np.isnan(a), 0, a), axis, dtype)


@definition("np.nancumprod")
def nancumprod(a, axis=None, dtype=None, out=None):
    return np.cumprod(np.where(np.isnan(a), 1, a), axis, dtype)


@definition("np.nanmedian")
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return np.nanquantile(a, 0.5, axis=axis, keepdims=keepdims)


@definition("np.nanpercentile")
def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    return np.nanquantile(a, q / 100, axis=axis, method=method, keepdims=keepdims, weights=weights)


@definition("np.nanquantile")
def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    if weights is not None:
        raise TypeError("weights")
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    a = np.asarray(a)
    axes = axes_of(axis, np.ndim(a))
    values = rows_along(np.moveaxis(a, axes, first_axes(len(axes))), len(axes))
    count = np.sum(np.where(np.isnan(values), 0, np.ones_like(values)), axis=0)
    # What is not a number is sorted last; below it stands the quantile of nothing.
    values = np.concatenate([np.sort(values, axis=0), np.full((1, *np.shape(values)[1:]), np.nan, values.dtype)])
    if np.ndim(q) > 0:
        q = np.reshape(q, (*np.shape(q), *ones(np.ndim(a) - len(axes))))
    place = place_among(q, count, method)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    flat = (-1 if np.ndim(count) == 0 else np.size(q), *np.shape(count))
    before = np.reshape(np.take_along_axis(values, np.reshape(low, flat), 0), np.shape(low))
    after = np.reshape(np.take_along_axis(values, np.reshape(high, flat), 0), np.shape(high))
    found = before + (place - np.floor(place)) * (after - before)
    return np.expand_dims(found, shifted(axes, np.ndim(place) - np.ndim(count))) if keepdims else found
