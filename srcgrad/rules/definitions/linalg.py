"""Norms, condition numbers and other things said by a decomposition."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, shifted
from srcgrad.rules.registry import definition, static
from srcgrad.runtime.matrices import completing, from_lower, real_eig
from srcgrad.runtime.structures import held, stop_gradient

# The classes of the results, which NumPy does not name.
QR, SVD = type(np.linalg.qr(np.eye(1))), type(np.linalg.svd(np.eye(1)))
EIG = type(np.linalg.eig(np.eye(1)))


@definition("np.linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    axes = axes_of(axis, np.ndim(x))
    if ord is None or ord == "fro" or (ord == 2 and len(axes) == 1):
        return length(x, axes, keepdims)
    if len(axes) == 1:
        return norm_of_vectors(np.abs(x), axes, keepdims, ord)
    found = norm_of_matrices(np.moveaxis(x, axes, (-2, -1)), ord)
    return np.expand_dims(found, axes) if keepdims else found


# The slope of a norm at 0 is 0.
def length(x, axes, keepdims):
    squares = np.real(np.conj(x) * x) if np.iscomplexobj(x) else x * x
    total = np.sum(squares, axis=axes, keepdims=keepdims)
    return np.sqrt(total + (total == 0)) * (total != 0)


def norm_of_vectors(sizes, axes, keepdims, ord):
    if ord == np.inf:
        return np.max(sizes, axis=axes, keepdims=keepdims, initial=0.0)
    if ord == -np.inf:
        return np.min(sizes, axis=axes, keepdims=keepdims)
    if ord == 1:
        return np.sum(sizes, axis=axes, keepdims=keepdims)
    if ord == 0:
        return np.sum((sizes != 0).astype(sizes.dtype), axis=axes, keepdims=keepdims)
    total = np.sum(sizes**ord, axis=axes, keepdims=keepdims)
    if ord < 0:
        return total ** (1 / ord)
    return (total + (total == 0)) ** (1 / ord) * (total != 0)


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
        return np.max(sums, axis=-1, initial=0.0)
    return np.min(sums, axis=-1)


@definition("np.linalg.vector_norm")
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    ord = 2 if ord is None else ord
    if ord == 2 and (axis is None or isinstance(axis, int)):
        return np.linalg.norm(x, axis=axis, keepdims=keepdims)
    if ord == 2:
        return length(x, axis, keepdims)
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


def completed(q, columns):
    """The columns that are orthogonal to those of q, as they are already: their derivative is that of what they complete."""
    rest = columns - q @ (np.conj(np.swapaxes(q, -1, -2)) @ columns)
    return completing(rest / np.sqrt(np.sum(np.real(np.conj(rest) * rest), axis=-2, keepdims=True)))


@definition("np.linalg.qr")
def qr(a, mode="reduced"):
    if mode == "r":
        return np.linalg.qr(a)[1]
    if mode != "complete":
        raise TypeError(f"the mode {mode!r}")
    if a.shape[-2] <= a.shape[-1]:
        return np.linalg.qr(a)
    q, r = np.linalg.qr(a)
    columns = np.linalg.qr(stop_gradient(a), "complete")[0][..., a.shape[-1] :]
    below = np.zeros((*a.shape[:-2], a.shape[-2] - a.shape[-1], a.shape[-1]), r.dtype)
    return QR(np.concatenate([q, completed(q, columns)], axis=-1), np.concatenate([r, below], axis=-2))


@definition("np.linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    if hermitian:
        if not compute_uv:
            return np.linalg.svd(from_lower(a), compute_uv=False)
        w, v = np.linalg.eigh(a)
        order = np.argsort(np.abs(w))[..., ::-1]
        w, u = np.take_along_axis(w, order, -1), np.take_along_axis(v, order[..., None, :], -1)
        return SVD(u, np.abs(w), np.conj(np.swapaxes(u * np.sign(w)[..., None, :], -1, -2)))
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    if a.shape[-2] > a.shape[-1]:
        columns = np.linalg.svd(stop_gradient(a))[0][..., a.shape[-1] :]
        return SVD(np.concatenate([u, completed(u, columns)], axis=-1), s, vh)
    v = np.conj(np.swapaxes(vh, -1, -2))
    columns = np.conj(np.swapaxes(np.linalg.svd(stop_gradient(a))[2][..., a.shape[-2] :, :], -1, -2))
    return SVD(u, s, np.concatenate([vh, np.conj(np.swapaxes(completed(v, columns), -1, -2))], axis=-2))


@definition("np.linalg.pinv")
def pinv(a, rcond=None, hermitian=False, *, rtol=None):
    return np.linalg.pinv(from_lower(a) if hermitian else a, rcond, rtol=rtol)


@definition("np.linalg.eig")
def eig(a):
    w, v = real_eig(a)
    return EIG(w, v)


@definition("np.linalg.eigvals")
def eigvals(a):
    return real_eig(a)[0]


@static
def capital(letter):
    return letter.upper()


@definition("np.linalg.eigh")
def eigh(a, UPLO="L"):
    return np.linalg.eigh(a, capital(UPLO))


@definition("np.linalg.eigvalsh")
def eigvalsh(a, UPLO="L"):
    return np.linalg.eigvalsh(a, capital(UPLO))


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
