"""Norms, condition numbers and other things said by a decomposition."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, shifted
from srcgrad.rules.registry import definition
from srcgrad.runtime import held


@definition("np.linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    axes = axes_of(axis, np.ndim(x))
    if ord is None or ord == "fro" or (ord == 2 and len(axes) == 1):
        return np.sqrt(np.sum(np.real(np.conj(x) * x), axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        return norm_of_vectors(np.abs(x), axes, keepdims, ord)
    found = norm_of_matrices(np.moveaxis(x, axes, (-2, -1)), ord)
    return np.expand_dims(found, axes) if keepdims else found


def norm_of_vectors(sizes, axes, keepdims, ord):
    if ord == np.inf:
        return np.max(sizes, axis=axes, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(sizes, axis=axes, keepdims=keepdims)
    if ord == 1:
        return np.sum(sizes, axis=axes, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.where(sizes != 0, 1.0, 0.0), axis=axes, keepdims=keepdims)
    return np.sum(sizes**ord, axis=axes, keepdims=keepdims) ** (1 / ord)


def norm_of_matrices(x, ord):
    if ord == 1 or ord == -1:
        sums = np.sum(np.abs(x), axis=-2)
    elif ord == np.inf or ord == -np.inf:
        sums = np.sum(np.abs(x), axis=-1)
    else:
        sums = np.linalg.svd(x, compute_uv=False)
    if ord == "nuc":
        return np.sum(sums, axis=-1)
    if ord == 1 or ord == 2 or ord == np.inf:
        return np.max(sums, axis=-1)
    return np.min(sums, axis=-1)


@definition("np.linalg.vector_norm")
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    if ord == 2:
        return np.sqrt(np.sum(np.real(np.conj(x) * x), axis=axis, keepdims=keepdims))
    return norm_of_vectors(np.abs(x), axis, keepdims, ord)


@definition("np.linalg.matrix_norm")
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@definition("np.linalg.cond")
def cond(x, p=None):
    if p is None or p == 2:
        values = np.linalg.svd(x, compute_uv=False)
        return values[..., 0] / values[..., -1]
    if p == -2:
        values = np.linalg.svd(x, compute_uv=False)
        return values[..., -1] / values[..., 0]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


@definition("np.linalg.solve")
def solve(a, b):
    if np.ndim(b) == 1:
        return (np.linalg.inv(a) @ b[:, None])[..., 0]
    return np.linalg.inv(a) @ b


@definition("np.linalg.cholesky")
def cholesky(a, /, *, upper=False):
    if upper:
        return np.conj(np.swapaxes(np.linalg.cholesky(np.conj(np.swapaxes(a, -1, -2))), -1, -2))
    return np.linalg.cholesky(a)


@definition("np.linalg.qr")
def qr(a, mode="reduced"):
    if mode == "r":
        return np.linalg.qr(a)[1]
    if mode == "complete" and a.shape[-2] <= a.shape[-1]:
        return np.linalg.qr(a)
    raise TypeError(f"no derivative is known for the mode {mode!r} of a matrix of more rows than columns")


@definition("np.linalg.lstsq")
def lstsq(a, b, rcond=None):
    x = np.linalg.pinv(a) @ b
    fixed = np.linalg.lstsq(held(a), held(b), rcond)
    residuals = np.sum(np.abs(b - a @ x) ** 2, axis=0, keepdims=np.ndim(b) == 1)
    return x, residuals[: len(fixed[1])], fixed[2], np.linalg.svd(a, compute_uv=False)


@definition("np.linalg.tensorsolve")
def tensorsolve(a, b, axes=None):
    if axes is not None:
        a = np.moveaxis(a, axes, shifted(axes_of(None, len(axes)), np.ndim(a) - len(axes)))
    return np.tensordot(np.linalg.tensorinv(a, np.ndim(b)), b, np.ndim(b))
