"""What joins arrays, takes them apart, and makes them."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, grid_axes, ones, rest_of, rolled_to
from srcgrad.rules.registry import definition
from srcgrad.runtime.structures import held


@definition("np.split")
def split(ary, indices_or_sections, axis=0):
    n = np.shape(ary)[axis]
    if isinstance(indices_or_sections, int):
        size = n // indices_or_sections
        if size * indices_or_sections != n:
            raise ValueError("array split does not result in an equal division")
        edges = [i * size for i in range(indices_or_sections + 1)]
    else:
        edges = [0, *indices_or_sections, n]
    if axis == 0:
        return [ary[edges[i] : edges[i + 1]] for i in range(len(edges) - 1)]
    if axis in (-1, np.ndim(ary) - 1):
        return [ary[..., edges[i] : edges[i + 1]] for i in range(len(edges) - 1)]
    rows = np.moveaxis(ary, axis, 0)
    return [np.moveaxis(rows[edges[i] : edges[i + 1]], 0, axis) for i in range(len(edges) - 1)]


@definition("np.array_split")
def array_split(ary, indices_or_sections, axis=0):
    if not isinstance(indices_or_sections, int):
        return np.split(ary, indices_or_sections, axis)
    n, count = np.shape(ary)[axis], indices_or_sections
    edges = [i * (n // count) + min(i, n % count) for i in range(count + 1)]
    rows = np.moveaxis(ary, axis, 0)
    return [np.moveaxis(rows[edges[i] : edges[i + 1]], 0, axis) for i in range(count)]


@definition("np.vsplit")
def vsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 0)


@definition("np.hsplit")
def hsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@definition("np.dsplit")
def dsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 2)


@definition("np.unstack")
def unstack(x, /, *, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


@definition("np.broadcast_arrays")
def broadcast_arrays(*args):
    whole = np.zeros(())
    for x in args:
        whole = whole + held(x)
    return viewed(args, whole)


def viewed(args, whole):
    if len(args) == 0:
        return ()
    return (np.broadcast_to(args[0], np.shape(whole)), *viewed(args[1:], whole))


@definition("np.meshgrid")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    grids = turned(xi, grid_axes(len(xi), indexing))
    if sparse:
        return copied(grids) if copy else grids
    whole = np.zeros(())
    for grid in grids:
        whole = whole + held(grid)
    return copied(viewed(grids, whole))


def turned(xi, axes):
    if len(xi) == 0:
        return ()
    return (np.expand_dims(np.ravel(xi[0]), axes[0]), *turned(xi[1:], axes[1:]))


def copied(arrays):
    if len(arrays) == 0:
        return ()
    return (np.copy(arrays[0]), *copied(arrays[1:]))


@definition("np.block")
def block(arrays):
    if not isinstance(arrays, list):
        return np.array(arrays)
    if not isinstance(arrays[0], list):
        return np.concatenate([np.atleast_1d(a) for a in arrays], -1)
    if not isinstance(arrays[0][0], list):
        return np.concatenate([np.concatenate([np.atleast_2d(a) for a in row], -1) for row in arrays], -2)
    raise TypeError("blocks in more than two dimensions")


@definition("np.insert")
def insert(arr, obj, values, axis=None):
    if axis is None:
        arr, axis = np.ravel(arr), 0
    if isinstance(obj, slice):
        raise TypeError("insertion at the places of a slice")
    rows, places = np.moveaxis(arr, axis, 0), np.atleast_1d(np.asarray(obj))
    if places.dtype == bool:
        raise TypeError("what a mask means depends on the version of NumPy")
    places = np.where(places < 0, places + len(rows), places).astype(int)
    places = np.arange(len(rows) + 1)[places]  # an IndexError where there is no such place
    values = np.asarray(values).astype(rows.dtype)
    values = np.reshape(values, (*ones(np.ndim(arr) - np.ndim(values)), *np.shape(values)))
    # Along the axis there are as many values as there are places, or one for all; at one place there may be any number.
    values = values if np.ndim(obj) == 0 else np.moveaxis(values, axis, 0)
    count = len(values) if len(places) == 1 else len(places)
    new = np.broadcast_to(values, (count, *np.shape(rows)[1:]))
    order = np.argsort(np.concatenate([np.arange(len(rows)) + 0.5, np.broadcast_to(places, count)]), kind="stable")
    return np.moveaxis(np.concatenate([rows, new])[order], 0, axis)


@definition("np.linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    intervals = num - 1 if endpoint else num
    step = (stop - np.multiply(start, 1.0)) / max(intervals, 1)
    grid = start + np.reshape(np.arange(num), (num, *ones(np.ndim(step)))).astype(step.dtype) * step
    if axis != 0:
        grid = np.moveaxis(grid, 0, axis)
    if dtype is not None:
        grid = np.array(grid, dtype)
    if retstep:
        return grid, step if intervals > 0 else np.nan
    return grid


@definition("np.logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if np.ndim(base) > 0:
        start, stop = np.asarray(start) + np.zeros_like(base), np.asarray(stop) + np.zeros_like(base)
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


@definition("np.geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    start, stop = np.asarray(start) + np.float64(0), np.asarray(stop) + np.float64(0)
    powers = np.linspace(np.log10(start / start), np.log10(stop / start), num, endpoint, axis=axis)
    y = np.expand_dims(start + stop - stop, axis) * 10.0**powers  # both may be negative
    return y if dtype is None else y.astype(dtype)


@definition("np.full_like")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    return np.full(np.shape(a) if shape is None else shape, fill_value, a.dtype if dtype is None else dtype)


@definition("np.array")
def array_of_rank(object, dtype=None, *, copy=True, ndmin=0):
    x = np.array(object, dtype) if dtype is not None else np.array(object)
    return np.reshape(x, (*ones(ndmin - np.ndim(x)), *np.shape(x)))


@definition("np.astype")
def astype(x, dtype, /, *, copy=True):
    return x.astype(dtype, copy=copy)


@definition("np.rollaxis")
def rollaxis(a, axis, start=0):
    return np.moveaxis(a, axis, rolled_to(axis, start, np.ndim(a)))


def each(function, arrays):
    if len(arrays) == 0:
        return ()
    return (function(arrays[0]), *each(function, arrays[1:]))


@definition("np.atleast_1d")
def atleast_1d(*arys):
    return each(np.atleast_1d, arys)


@definition("np.atleast_2d")
def atleast_2d(*arys):
    return each(np.atleast_2d, arys)


@definition("np.atleast_3d")
def atleast_3d(*arys):
    return each(np.atleast_3d, arys)


@definition("np.ix_")
def ix_(*args):
    return turned(args, grid_axes(len(args), "ij"))


@definition("np.trim_zeros")
def trim_zeros(filt, trim="fb", axis=None):
    if isinstance(filt, (list, tuple)):
        raise TypeError("what remains of a list is a list")
    if np.ndim(filt) == 1:
        return trimmed(filt, filt != 0, trim.lower())
    for i in axes_of(axis, np.ndim(filt)):
        there = np.any(filt != 0, axis=rest_of((i,), np.ndim(filt)))
        filt = np.moveaxis(trimmed(np.moveaxis(filt, i, 0), there, trim.lower()), 0, i)
    return filt


def trimmed(rows, there, trim):
    """The rows from the first to the last in which something is; all of those at an end that is not trimmed."""
    places = np.flatnonzero(there)
    if len(places) == 0:
        return rows[:0]
    first = places[0] if "f" in trim else 0
    last = places[-1] + 1 if "b" in trim else len(rows)  # type: ignore[var-annotated]
    return rows[first:last]


@definition("np.ndarray.tolist")
def tolist(a):
    if np.ndim(a) == 0:
        return a.item()
    return nested(a)


def nested(a):
    if np.ndim(a) == 1:
        return [complex(v) for v in a] if np.iscomplexobj(a) else [float(v) for v in a]
    return [nested(row) for row in a]


@definition("np.fromfunction")
def fromfunction(function, shape, *, dtype=float):
    return function(*tuple(np.indices(shape, dtype=dtype)))


@definition("np.fromiter")
def fromiter(iter, dtype, count=-1):
    values = [v for v in iter]
    return np.array(values if count < 0 else values[:count], dtype)


@definition("np.asarray_chkfinite")
def asarray_chkfinite(a, dtype=None, order=None):
    a = np.asarray(a, dtype)
    if not np.all(np.isfinite(a)):
        raise ValueError("array must not contain infs or NaNs")
    return a


@definition("np.sort_complex")
def sort_complex(a):
    a = np.sort(np.asarray(a))
    return a if np.iscomplexobj(a) else a + np.complex128(0)


@definition("np.kaiser")
def kaiser(M, beta):
    if M == 1:
        return np.ones(1)
    n = np.arange(M)
    return np.i0(beta * np.sqrt(1 - ((n - (M - 1) / 2) / ((M - 1) / 2)) ** 2)) / np.i0(beta)
