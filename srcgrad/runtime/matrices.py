"""Which helpers does the linear algebra of generated code need?"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.runtime.arrays import other_products


def cofactors(a: Any) -> Any:
    """The derivative of np.linalg.det(a): its cofactors, of singular matrices too."""
    det = np.linalg.det(a)
    limits = np.finfo(det.dtype)
    if np.size(a) and np.all((np.abs(det) > limits.tiny / limits.eps) & np.isfinite(det)):
        inverse = np.linalg.inv(a)
        if np.max(np.abs(a)) * np.max(np.abs(inverse)) < 1e4:
            return det[..., None, None] * np.swapaxes(inverse, -1, -2)
    # few digits of the inverse may be right
    u, s, vh = np.linalg.svd(a)
    scale = (np.linalg.det(u) * np.linalg.det(vh))[..., None] * other_products(s, -1)
    return np.conj(u) * scale[..., None, :] @ np.conj(vh)


def cofactor_change(a: Any, b: Any) -> Any:
    """The derivative of cofactors(a) along b, which is symmetric: the second one of the determinant."""
    u, s, vh = np.linalg.svd(a)
    equal = np.eye(s.shape[-1])
    inner = np.conj(np.swapaxes(u, -1, -2)) @ b @ np.conj(np.swapaxes(vh, -1, -2))
    # of all singular values but two
    products = other_products(np.where(equal, 1, s[..., None, :]), -1) * (1 - equal)
    diagonal = np.sum(products * np.diagonal(inner, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    change = equal * diagonal[..., None] - products * np.swapaxes(inner, -1, -2)
    scale = np.linalg.det(u) * np.linalg.det(vh)
    return scale[..., None, None] * (np.conj(u) @ change @ np.conj(vh))


def cofactor_turn(a: Any, b: Any, c: Any) -> Any:
    """The derivative of cofactor_change(a, b) along c, which is symmetric too; a is not singular."""
    inverse = np.linalg.inv(a)
    b, c = inverse @ b, inverse @ c
    b_trace = np.trace(b, axis1=-2, axis2=-1)[..., None, None]
    c_trace = np.trace(c, axis1=-2, axis2=-1)[..., None, None]
    both = b_trace * c_trace - np.trace(b @ c, axis1=-2, axis2=-1)[..., None, None]
    turned = both * np.eye(a.shape[-1]) - b_trace * c - c_trace * b + b @ c + c @ b
    return cofactors(a) @ np.swapaxes(turned, -1, -2)


def from_lower(a: Any) -> Any:
    """The Hermitian matrix that has the lower triangle of a."""
    strict = np.tril(a, -1)
    return strict + np.conj(np.swapaxes(strict, -1, -2)) + np.eye(a.shape[-1], dtype=a.dtype) * np.real(a)


def to_lower(s: Any) -> Any:
    """The transpose of `from_lower`: the upper triangle is added to the lower one."""
    both = s + np.conj(np.swapaxes(s, -1, -2))
    return np.tril(both, -1) + np.eye(s.shape[-1], dtype=s.dtype) * np.real(s)


def matrix_power_tangent(a: Any, a_dot: Any, n: int) -> Any:
    """The tangent of np.linalg.matrix_power(a, n).

    Given the transposed matrix and an adjoint, it is the adjoint of a.
    """
    if n < 0:
        a = np.linalg.inv(a)
        a_dot = -a @ a_dot @ a
    total = np.zeros_like(a_dot)
    power = np.broadcast_to(np.eye(a.shape[-1]), a.shape)
    for _ in range(abs(n)):
        total = a @ total + a_dot @ power
        power = a @ power
    return total


def matrix_function(name: str, a: Any, *parameters: Any) -> Any:
    """scipy.linalg's function of this name of a real matrix.

    It is complex or real as the values decide.  Derivatives are those of a real one.
    """
    from scipy import linalg  # noqa: PLC0415

    y = getattr(linalg, name)(a, *parameters)
    if np.iscomplexobj(y):
        raise ValueError(f"{name} of this real matrix is complex; to differentiate it, give it a complex matrix")
    return y


def real_eig(a: Any) -> Any:
    """The eigenvalues and eigenvectors of a real matrix that are real."""
    w, v = np.linalg.eig(a)
    if np.iscomplexobj(w):
        raise ValueError("eigenvalues of this real matrix are complex; to differentiate them, give the matrix as `a + 0j`")
    return w, v


def completing(x: Any) -> Any:
    """x itself: columns that complete a basis, of which, if there are several, only the span is determined."""
    return x


def completing_change(x_dot: Any) -> Any:
    """The change of columns that complete a basis, if there are not several."""
    if x_dot.shape[-1] > 1:
        raise ValueError("of several columns that complete a basis only the span is determined; leave them out: full_matrices=False")
    return x_dot


def completing_adjoint(x: Any, x_bar: Any) -> Any:
    """The adjoint of columns x that complete a basis; it must not tell one basis of their span from another."""
    inner = np.swapaxes(x_bar, -1, -2) @ x
    turn = np.abs(inner - np.conj(np.swapaxes(inner, -1, -2)))
    if x.shape[-1] > 1 and np.any(turn > 1e4 * np.finfo(x.dtype).eps * np.max(np.abs(x_bar), initial=0.0)):
        raise ValueError("of several columns that complete a basis only the span is determined; leave them out: full_matrices=False")
    return x_bar


def sparse_product(entries: Any, rows: Any, columns: Any, shape: tuple[int, int], x: Any) -> Any:
    """The product with x of the matrix that has these entries; those at one place are added up."""
    from scipy.sparse import coo_matrix  # noqa: PLC0415

    return coo_matrix((entries, (rows, columns)), shape) @ x


def sparse_solution(entries: Any, rows: Any, columns: Any, shape: tuple[int, int], b: Any) -> Any:
    """The x of which `sparse_product` is b."""
    from scipy.sparse import csc_matrix  # noqa: PLC0415
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415

    return spsolve(csc_matrix((entries, (rows, columns)), shape), b)
