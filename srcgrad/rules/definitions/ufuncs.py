"""The methods of ufuncs; `self` is the ufunc."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, first_axes
from srcgrad.rules.definitions.rows import rows_along
from srcgrad.rules.registry import definition


@definition("np.ufunc.reduce")
def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False, initial="identity", where=True):
    array = np.array(array) if dtype is None else np.array(array, dtype)
    axes = axes_of(axis, np.ndim(array)) if np.ndim(array) > 0 else ()  # of a number, NumPy takes axis 0
    rows = rows_along(np.moveaxis(array, axes, first_axes(len(axes))), len(axes))
    start = initial
    if isinstance(initial, str):
        # What begins with -inf gives the same, but has no slope where all is -inf.
        start = self.identity if self.identity == 0 or where is not True else None
    if start is not None:
        y = start + np.zeros(np.shape(rows)[1:], rows.dtype)
    elif where is not True:
        raise TypeError("no initial value where elements are left out")
    elif self.identity is None or len(rows) > 0:
        y = rows[0]
    else:
        y = self.identity + np.zeros(np.shape(rows)[1:], rows.dtype)
    if where is not True:
        kept = np.moveaxis(np.array(np.broadcast_to(where, np.shape(array))), axes, first_axes(len(axes)))
        kept = rows_along(kept, len(axes))
        for i in range(len(rows)):
            y = np.where(kept[i], self(y, rows[i]), y)
    else:
        for i in range(0 if start is not None else 1, len(rows)):
            y = self(y, rows[i])
    return np.expand_dims(y, axes) if keepdims else y


@definition("np.ufunc.accumulate")
def accumulate(self, array, axis=0, dtype=None, out=None):
    array = np.array(array) if dtype is None else np.array(array, dtype)
    rows = np.moveaxis(array, axis, 0)
    y = np.zeros_like(rows)
    y[:1] = rows[:1]
    for i in range(1, len(rows)):
        y[i] = self(y[i - 1], rows[i])
    return np.moveaxis(y, 0, axis)


@definition("np.ufunc.reduceat")
def reduceat(self, array, indices, axis=0, dtype=None, out=None):
    array = np.array(array) if dtype is None else np.array(array, dtype)
    rows = np.moveaxis(array, axis, 0)
    edges = np.concatenate([np.asarray(indices, int), [len(rows)]])
    y = np.zeros((len(edges) - 1, *np.shape(rows)[1:]), rows.dtype)
    for i in range(len(edges) - 1):
        y[i] = rows[edges[i]]
        for j in range(edges[i] + 1, edges[i + 1]):
            y[i] = self(y[i], rows[j])
    return np.moveaxis(y, 0, axis)
