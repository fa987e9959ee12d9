"""Functions applied to parts of arrays, and what chooses between values in rarer ways."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, ones, shifted
from srcgrad.rules.registry import definition, stand_in


@definition("np.clip")
def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    return np.clip(a, a_min if min is None else min, a_max if max is None else max)


@definition("np.partition")
def partition(a, kth, axis=-1, kind="introselect"):
    return np.partition(np.ravel(a), kth)


@definition("np.piecewise")
def piecewise(x, condlist, funclist, *args, **kw):
    shape = np.shape(x)
    x = np.atleast_1d(x)
    y = np.zeros_like(x)
    conditions = condlist if isinstance(condlist, (list, tuple)) else [condlist]
    if len(funclist) > len(conditions):
        outside = np.atleast_1d(~np.any(np.stack(conditions), axis=0))
        part = x[outside]
        y[outside] = value_of(funclist[-1], part, args, kw)
    for condition, f in zip(conditions, funclist):
        chosen = np.atleast_1d(condition)
        part = x[chosen]
        y[chosen] = value_of(f, part, args, kw)
    return np.reshape(y, shape)


def value_of(f, x, args, kw):
    return f(x, *args, **kw) if callable(f) else f


@definition("np.apply_along_axis")
def apply_along_axis(func1d, axis, arr, *args):
    results = along_last_axis(func1d, np.moveaxis(arr, axis, -1), args)
    added = np.ndim(results) - np.ndim(arr) + 1
    if added == 0:
        return results
    return np.moveaxis(results, shifted(axes_of(None, added), np.ndim(arr) - 1), shifted(axes_of(None, added), axis))


def along_last_axis(func1d, rows, args):
    if np.ndim(rows) == 1:
        return func1d(rows, *args)
    return np.array([along_last_axis(func1d, part, args) for part in rows])


@definition("np.apply_over_axes")
def apply_over_axes(func, a, axes):
    return over_axes(func, a, axes_of(axes, np.ndim(a)))


def over_axes(func, a, axes):
    if len(axes) == 0:
        return a
    found = func(a, axes[0])
    return over_axes(func, found if np.ndim(found) == np.ndim(a) else np.expand_dims(found, axes[0]), axes[1:])


@definition("np.vectorize.__call__")
def vectorized(self, *args):
    if self.signature is not None or self.excluded:
        raise TypeError("a signature, or arguments that are excluded")
    return one_by_one(self.pyfunc, self.otypes, args)


@stand_in
class Vectorized(NamedTuple):
    """A function of numbers that is made one of arrays inside the program."""

    pyfunc: Any
    otypes: Any

    def __call__(self, *args):
        return one_by_one(self.pyfunc, self.otypes, args)


@definition("np.vectorize", keeps=True)
def vectorize(pyfunc, otypes=None, *, cache=False):
    return Vectorized(pyfunc, otypes)


def one_by_one(f, otypes, args):
    arrays = np.broadcast_arrays(*args)
    if np.ndim(arrays[0]) == 0:
        return np.array(f(*args), None if otypes is None else otypes[0])
    flat = flattened(arrays)
    found = [f(*at(flat, i)) for i in range(len(flat[0]))]
    if isinstance(found[0], tuple):
        raise TypeError("several results")
    dtype = np.asarray(found[0]).dtype if otypes is None else otypes[0]  # the first result decides
    return np.reshape(np.array(found, dtype), np.shape(arrays[0]))


def flattened(arrays):
    if len(arrays) == 0:
        return ()
    return (np.ravel(arrays[0]), *flattened(arrays[1:]))


def at(arrays, i):
    if len(arrays) == 0:
        return ()
    return (arrays[0][i], *at(arrays[1:], i))


@definition("np.r_.__class__.__getitem__")
def joined_by_index(self, key):
    members = key if isinstance(key, tuple) else (key,)
    for member in members:
        if isinstance(member, (str, slice)):
            raise TypeError("directives as text, and ranges")
    if isinstance(self, Columns) and are_arrays(members):
        return np.stack(members, -1) if are_vectors(members) else np.concatenate([column(m) for m in members], -1)
    if not isinstance(self, Columns) and are_arrays(members):
        return np.concatenate(members)
    if not isinstance(self, Columns) and are_numbers_or_doubles(members):
        return np.concatenate([m if isinstance(m, np.ndarray) else np.array([m], float) for m in members])
    precision = np.result_type(*[precision_of(m) for m in members])
    if isinstance(self, Columns):
        return np.concatenate([as_columns(m) for m in members], -1, dtype=precision)
    return np.concatenate([np.atleast_1d(m) for m in members], 0, dtype=precision)


Columns = type(np.c_)


def are_arrays(members):
    for member in members:
        if np.ndim(member) == 0:
            return False
    return True


def are_vectors(members):
    for member in members:
        if np.ndim(member) != 1:
            return False
    return True


def are_numbers_or_doubles(members):
    """Numbers of Python, beside arrays of which the precision is the highest anyway."""
    arrays = 0
    for member in members:
        if isinstance(member, np.ndarray):
            if member.ndim == 0 or member.dtype != np.float64:
                return False
            arrays += 1
        elif not isinstance(member, (int, float)):
            return False
    return arrays > 0


def column(x):
    return x[:, None] if np.ndim(x) == 1 else x


def precision_of(member):
    """What decides on the result's: a number of Python's counts for less than an array or NumPy's."""
    return member if isinstance(member, (bool, int, float, complex)) else np.asarray(member).dtype


def as_columns(member):
    x = np.asarray(member)
    return np.reshape(x, (*np.shape(x), *ones(2 - np.ndim(x))))
