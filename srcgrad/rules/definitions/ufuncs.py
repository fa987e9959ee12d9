"""The methods of ufuncs; `self` is the ufunc."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import ones
from srcgrad.rules.registry import definition


@definition("np.ufunc.outer")
def outer(self, A, B, /):
    A, B = np.asarray(A), np.asarray(B)
    return self(np.reshape(A, (*np.shape(A), *ones(np.ndim(B)))), B)


@definition("np.ufunc.reduce")
def reduce(self, array, axis=0, dtype=None, out=None, keepdims=False):
    if not isinstance(axis, int):
        raise TypeError("several axes")
    rows = np.moveaxis(array, axis, 0)
    y = rows[0]
    for i in range(1, len(rows)):
        y = self(y, rows[i])
    return np.expand_dims(y, axis) if keepdims else y


@definition("np.ufunc.accumulate")
def accumulate(self, array, axis=0):
    rows = np.moveaxis(array, axis, 0)
    y = np.zeros_like(rows)
    y[0] = rows[0]
    for i in range(1, len(rows)):
        y[i] = self(y[i - 1], rows[i])
    return np.moveaxis(y, 0, axis)


@definition("np.ufunc.reduceat")
def reduceat(self, array, indices, axis=0):
    rows = np.moveaxis(array, axis, 0)
    edges = np.concatenate([np.asarray(indices), [len(rows)]])
    y = np.zeros((len(edges) - 1, *np.shape(rows)[1:]))
    for i in range(len(edges) - 1):
        y[i] = rows[edges[i]]
        for j in range(edges[i] + 1, edges[i + 1]):
            y[i] = self(y[i], rows[j])
    return np.moveaxis(y, 0, axis)


@definition("np.add.reduce")
def add_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=0, where=True):
    if dtype is None and initial == 0 and where is True:
        return np.sum(array, axis=axis, keepdims=keepdims)
    return np.sum(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@definition("np.multiply.reduce")
def multiply_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=1, where=True):
    if dtype is None and initial == 1 and where is True:
        return np.prod(array, axis=axis, keepdims=keepdims)
    return np.prod(array, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=where)


@definition("np.maximum.reduce")
def maximum_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
    if initial is None:
        return np.max(array, axis=axis, keepdims=keepdims)
    return np.max(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.minimum.reduce")
def minimum_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True):
    if initial is None:
        return np.min(array, axis=axis, keepdims=keepdims)
    return np.min(array, axis=axis, keepdims=keepdims, initial=initial, where=where)


@definition("np.multiply.accumulate")
def multiply_accumulate(array, axis=0):
    return np.cumprod(array, axis)
