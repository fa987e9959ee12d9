"""The reductions that pass over what is not a number."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, ones, shifted
from srcgrad.rules.registry import definition


@definition("np.nansum")
def nansum(a, axis=None, *, keepdims=False):
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=keepdims)


@definition("np.nanprod")
def nanprod(a, axis=None, *, keepdims=False):
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, keepdims=keepdims)


@definition("np.nanmax")
def nanmax(a, axis=None, *, keepdims=False):
    return np.max(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)


@definition("np.nanmin")
def nanmin(a, axis=None, *, keepdims=False):
    return np.min(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)


@definition("np.nanmean")
def nanmean(a, axis=None, *, keepdims=False):
    count = np.sum(np.where(np.isnan(a), 0, np.ones_like(a)), axis=axis, keepdims=keepdims)
    return np.sum(np.where(np.isnan(a), 0, a), axis=axis, keepdims=keepdims) / count


@definition("np.nanvar")
def nanvar(a, axis=None, *, ddof=0, keepdims=False):
    return np.var(np.where(np.isnan(a), 0, a), axis=axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(a))


@definition("np.nanstd")
def nanstd(a, axis=None, *, ddof=0, keepdims=False):
    return np.std(np.where(np.isnan(a), 0, a), axis=axis, ddof=ddof, keepdims=keepdims, where=~np.isnan(a))


@definition("np.nancumsum")
def nancumsum(a, axis=None):
    return np.cumsum(np.where(np.isnan(a), 0, a), axis)


@definition("np.nancumprod")
def nancumprod(a, axis=None):
    return np.cumprod(np.where(np.isnan(a), 1, a), axis)


@definition("np.nanmedian")
def nanmedian(a, axis=None, *, keepdims=False):
    return np.nanquantile(a, 0.5, axis=axis, keepdims=keepdims)


@definition("np.nanpercentile")
def nanpercentile(a, q, axis=None, *, keepdims=False):
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    return np.nanquantile(a, q / 100, axis=axis, keepdims=keepdims)


@definition("np.nanquantile")
def nanquantile(a, q, axis=None, *, keepdims=False):
    if isinstance(q, (list, tuple)):
        q = np.asarray(q)
    axes = axes_of(axis, np.ndim(a))
    values = np.moveaxis(a, axes, axes_of(None, len(axes)))
    values = np.reshape(values, (-1, *np.shape(values)[len(axes) :]))
    count = np.sum(np.where(np.isnan(values), 0, np.ones_like(values)), axis=0)
    values = np.sort(np.where(np.isnan(values), np.inf, values), axis=0)
    if np.ndim(q) > 0:
        q = np.reshape(q, (*np.shape(q), *ones(np.ndim(a) - len(axes))))
    place = q * (count - 1)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    flat = (-1, *np.shape(count))
    before = np.reshape(np.take_along_axis(values, np.reshape(low, flat), 0), np.shape(low))
    after = np.reshape(np.take_along_axis(values, np.reshape(high, flat), 0), np.shape(high))
    found = before + (place - np.floor(place)) * (after - before)
    return np.expand_dims(found, shifted(axes, np.ndim(place) - np.ndim(count))) if keepdims else found
