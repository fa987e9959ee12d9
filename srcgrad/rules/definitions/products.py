"""Products of every rank, and along chosen axes."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import every_other, ones
from srcgrad.rules.registry import definition


@definition("np.kron")
def kron(a, b):
    a, b = np.asarray(a), np.asarray(b)
    rank = max(np.ndim(a), np.ndim(b))
    a = np.reshape(a, (*ones(rank - np.ndim(a)), *np.shape(a)))
    b = np.reshape(b, (*ones(rank - np.ndim(b)), *np.shape(b)))
    blocks = np.expand_dims(a, every_other(1, rank)) * np.expand_dims(b, every_other(0, rank))
    for i in range(rank):
        shape = np.shape(blocks)
        blocks = np.reshape(blocks, (*shape[:i], shape[i] * shape[i + 1], *shape[i + 2 :]))
    return blocks


@definition("np.cross")
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    a, b = np.moveaxis(np.asarray(a), axisa, -1), np.moveaxis(np.asarray(b), axisb, -1)
    z = np.cross(a, b)
    return np.moveaxis(z, -1, axisc) if np.ndim(z) == max(np.ndim(a), np.ndim(b)) else z


@definition("np.trace")
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    if dtype is not None:
        a = np.array(a, dtype)
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@definition("np.vecdot")
def vecdot(x1, x2, axis=-1):
    return np.sum(np.conj(np.moveaxis(x1, axis, -1)) * np.moveaxis(x2, axis, -1), axis=-1)


@definition("np.matvec")
def matvec(x1, x2):
    return (x1 @ x2[..., None])[..., 0]


@definition("np.vecmat")
def vecmat(x1, x2):
    return (np.conj(x1)[..., None, :] @ x2)[..., 0, :]


@definition("np.linalg.multi_dot")
def multi_dot(arrays):
    product = arrays[0]
    for array in arrays[1:]:
        product = product @ array
    return product


@definition("np.einsum")
def einsum(*operands, out=None, dtype=None, order="K", casting="safe", optimize=False):
    if not isinstance(operands[0], str):
        raise TypeError("lists of axes with another precision or layout")
    terms = operands[1:] if dtype is None else converted(operands[1:], dtype)
    return np.einsum(operands[0], *terms, optimize=optimize)


def converted(arrays, dtype):
    return (np.array(arrays[0], dtype), *converted(arrays[1:], dtype)) if len(arrays) > 0 else ()


@definition("np.matmul")
def matmul(x1, x2, /, *, axes):
    first, second, result = axes
    y = np.moveaxis(x1, first, (-2, -1)) @ np.moveaxis(x2, second, (-2, -1))
    return np.moveaxis(y, (-2, -1), result)
