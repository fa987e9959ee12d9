"""The derivatives of scipy.linalg for matrices of a structure: banded ones, Toeplitz matrices, blocks on a diagonal."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from srcgrad.rules.registry import definition, rule
from srcgrad.runtime.structures import held

# Banded matrices
# Row r of a banded matrix holds its elements a[j + r - u, j], where u is l_and_u[1].
for axes, beside, pad, pads, total, at in (
    (1, "", "(r, low + up - r)", "(up, low)", "{}",
     ("(1, 1), A(3, 4) + np.array([[0.0], [2.0], [0.0]]), A(4)", "(2, 1), A(4, 5) + np.array([[0], [3], [0], [0]]), A(5)")),
    (2, "[:, None]", "((r, low + up - r), (0, 0))", "((up, low), (0, 0))", "np.sum({}, axis=1)",
     "(1, 1), A(3, 4) + np.array([[0.0], [2.0], [0.0]]), A(4, 2)"),
):  # fmt: skip
    given = total.format("padded[r:r + len(x)] * x")
    rule(
        "x = scipy.linalg.solve_banded(l_and_u, ab, b, *, check_finite=True)",
        when=f"ab.ndim == 2 and b.ndim == {axes}",
        tangent=[
            "low, up = l_and_u[0], l_and_u[1]",
            f"moved_dot = np.sum([np.pad(ab_dot[r]{beside} * x, {pad}) for r in range(low + up + 1)], axis=0)",
            "x_dot = scipy.linalg.solve_banded(l_and_u, ab, b_dot - moved_dot[up:up + len(x)])",
        ],
        adjoint=[
            "low, up = l_and_u[0], l_and_u[1]",
            "transposed = np.array([np.roll(ab[r], r - up) for r in reversed(range(low + up + 1))])",
            "b_term_bar = scipy.linalg.solve_banded((up, low), transposed, x_bar)",
            "b_bar += b_term_bar",
            f"padded = np.pad(b_term_bar, {pads})",
            f"ab_bar -= np.array([{given} for r in range(low + up + 1)])",
        ],
        at=at,
    )


def triangle_of_bands(ab, lower):
    """The triangle of a matrix of which its bands are given, that of the diagonal first if it is the lower one."""
    u, n = ab.shape[0] - 1, ab.shape[1]
    whole = np.zeros_like(ab[:1]) * np.zeros((n, 1), ab.dtype)
    for k in range(u + 1):
        whole = whole + (np.diag(ab[k, : n - k], -k) if lower else np.diag(ab[u - k, k:], k))
    return whole


@definition("scipy.linalg.solveh_banded")
def solveh_banded(ab, b, *, lower=False, check_finite=True):
    """The bands that are not given are the others, conjugated and moved along; of the diagonal the real part is read."""
    u = ab.shape[0] - 1
    if lower:
        middle = np.real(ab[:1])
        others = [np.roll(np.conj(ab[k : k + 1]), k, 1) for k in range(u, 0, -1)]
        return scipy.linalg.solve_banded((u, u), np.concatenate([*others, middle, ab[1:]]), b)
    middle = np.real(ab[u:])
    others = [np.roll(np.conj(ab[u - k : u - k + 1]), -k, 1) for k in range(1, u + 1)]
    return scipy.linalg.solve_banded((u, u), np.concatenate([ab[:u], middle, *others]), b)


@definition("scipy.linalg.cholesky_banded")
def cholesky_banded(ab, *, lower=False, check_finite=True):
    """What is not part of the factor is left as it was."""
    u, n = ab.shape[0] - 1, ab.shape[1]
    factor = scipy.linalg.cholesky(triangle_of_bands(ab, lower), lower=lower)
    if lower:
        return np.stack([np.concatenate([np.diagonal(factor, -k), ab[k, n - k :]]) for k in range(u + 1)])
    return np.stack([np.concatenate([ab[u - k, :k], np.diagonal(factor, k)]) for k in range(u, -1, -1)])


@definition("scipy.linalg.cho_solve_banded")
def cho_solve_banded(cb_and_lower, b, *, check_finite=True):
    cb, lower = cb_and_lower
    return scipy.linalg.cho_solve((triangle_of_bands(cb, lower), lower), b)


@definition("scipy.linalg.eigvals_banded")
def eigvals_banded(a_band, lower=False, *, check_finite=True):
    return scipy.linalg.eigvalsh(triangle_of_bands(a_band, lower), lower=lower)


@definition("scipy.linalg.eig_banded")
def eig_banded(a_band, lower=False, eigvals_only=False, *, check_finite=True):
    if eigvals_only:
        return scipy.linalg.eigvals_banded(a_band, lower)
    if np.iscomplexobj(a_band):
        raise TypeError("the vectors of complex matrices")
    w, v = scipy.linalg.eigh(triangle_of_bands(a_band, lower), lower=lower)
    return w, directed(v, scipy.linalg.eig_banded(held(a_band), lower)[1])


@definition("scipy.linalg.eigvalsh_tridiagonal")
def eigvalsh_tridiagonal(d, e, *, check_finite=True):
    return scipy.linalg.eigvalsh(np.diag(d) + np.diag(e, -1))


@definition("scipy.linalg.eigh_tridiagonal")
def eigh_tridiagonal(d, e, eigvals_only=False, *, check_finite=True):
    if eigvals_only:
        return scipy.linalg.eigvalsh_tridiagonal(d, e)
    w, v = scipy.linalg.eigh(np.diag(d) + np.diag(e, -1))
    return w, directed(v, scipy.linalg.eigh_tridiagonal(held(d), held(e))[1])


def directed(v, found):
    """Eigenvectors, of which only the direction is theirs, with the signs of those that were found."""
    return v * np.sign(np.sum(found * held(v), axis=0))


# Matrices by indices into what they are made of
def vector(c):
    if np.ndim(c) != 1:
        raise TypeError("several matrices")
    return np.asarray(c)


@definition("scipy.linalg.toeplitz")
def toeplitz(c, r=None):
    c = vector(c)
    r = np.conj(c) if r is None else vector(r)
    whole = np.concatenate([np.flip(c), r[1:]])
    return whole[len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))]


@definition("scipy.linalg.circulant")
def circulant(c):
    c = vector(c)
    return c[(np.arange(len(c))[:, None] - np.arange(len(c))) % len(c)]


@definition("scipy.linalg.hankel")
def hankel(c, r=None):
    c = vector(c)
    r = np.zeros_like(c) if r is None else vector(r)
    whole = np.concatenate([c, r[1:]])
    return whole[np.arange(len(c))[:, None] + np.arange(len(r))]


@definition("scipy.linalg.convolution_matrix")
def convolution_matrix(a, n, mode="full"):
    if mode != "full":
        raise TypeError("another mode")
    a = vector(a)
    zeros = np.zeros_like(a[:1]).repeat(n - 1)
    return scipy.linalg.toeplitz(np.concatenate([a, zeros]), np.concatenate([a[:1], zeros]))


@definition("scipy.linalg.companion")
def companion(a):
    a = vector(a)
    return np.concatenate([np.reshape(-a[1:] / a[0], (1, -1)), np.eye(len(a) - 2, len(a) - 1, dtype=a.dtype)])


@definition("scipy.linalg.leslie")
def leslie(f, s):
    return np.concatenate([np.reshape(f, (1, -1)), np.diag(s) @ np.eye(len(s), len(s) + 1, dtype=s.dtype)])


@definition("scipy.linalg.khatri_rao")
def khatri_rao(a, b):
    return np.reshape(a[:, None] * b, (a.shape[0] * b.shape[0], a.shape[1]))


@definition("scipy.linalg.solve_toeplitz")
def solve_toeplitz(c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        return scipy.linalg.solve(scipy.linalg.toeplitz(*c_or_cr), b)
    return scipy.linalg.solve(scipy.linalg.toeplitz(c_or_cr), b)


@definition("scipy.linalg.solve_circulant")
def solve_circulant(c, b):
    return scipy.linalg.solve(scipy.linalg.circulant(c), b)


@definition("scipy.linalg.matmul_toeplitz")
def matmul_toeplitz(c_or_cr, x, check_finite=False, workers=None):
    if isinstance(c_or_cr, tuple):
        return scipy.linalg.toeplitz(*c_or_cr) @ x
    return scipy.linalg.toeplitz(c_or_cr) @ x


@definition("scipy.linalg.block_diag")
def block_diag(*arrs):
    blocks = [np.atleast_2d(a) for a in arrs]
    width = sum([a.shape[1] for a in blocks])
    rows, before = [], 0
    for a in blocks:
        left, right = np.zeros((len(a), before), a.dtype), np.zeros((len(a), width - before - a.shape[1]), a.dtype)
        rows.append(np.concatenate([left, a, right], axis=1))
        before += a.shape[1]
    return np.concatenate(rows)
