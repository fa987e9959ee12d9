"""The derivatives of scipy.linalg.

Derivations: M. Giles, An extended collection of matrix derivative results for forward and reverse mode (2008), and
N. Higham, Functions of Matrices (2008).  `overwrite_a` and the like are not known to any rule: a call that sets one
is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from srcgrad.rules.definitions.nothing import is_nothing
from srcgrad.rules.registry import definition, passive, rule, static
from srcgrad.rules.scipy.alike import alike
from srcgrad.rules.scipy.structured import directed
from srcgrad.runtime.matrices import from_lower, matrix_function, real_eig
from srcgrad.runtime.structures import held

# What NumPy has too
alike("scipy.linalg.solve(a, b, *, check_finite=True, assume_a=None)", "np.linalg.solve", when="assume_a in ('gen', 'general', None)")
alike("scipy.linalg.inv(a, *, check_finite=True)", "np.linalg.inv")
alike("scipy.linalg.det(a, *, check_finite=True)", "np.linalg.det")
# Of several matrices the factors are lists.
ONE = {"np.stack([P(3), P(3) @ P(3)])": "P(4)", "(2, 3, 3)": "(3, 3)", "(2, 3, 2)": "(3, 2)", "(2, 4, 3)": "(4, 3)"}
SVD = "scipy.linalg.svd(a, full_matrices=True, compute_uv=True, *, check_finite=True)"
alike(SVD, "np.linalg.svd", ONE, when="a.ndim == 2")
TRIANGLES = {
    "np.linalg.eigh(a, UPLO)": "np.linalg.eigh(a, 'L' if lower else 'U')", "UPLO == 'L'": "lower", "UPLO == 'U'": "not lower",
    "'L'": "lower=True", "'U'": "lower=False",
}  # fmt: skip
alike("scipy.linalg.eigh(a, *, lower=True, check_finite=True)", "np.linalg.eigh", {**ONE, **TRIANGLES}, when="a.ndim == 2")
alike("scipy.linalg.eigvalsh(a, *, lower=True, check_finite=True)", "np.linalg.eigvalsh", TRIANGLES)
SQUARE = {
    "mode == 'reduced'": "(mode == 'economic' or mode == 'full' and a.shape[0] == a.shape[1])",
    **{old: f"{new}, mode='economic'" for old, new in (
        ("(4, 3)", "(4, 3)"), ("(2, 4)", "(2, 4)"), ("(2, 4, 3)", "(4, 3)"), ("(5, 2, 3)", "(2, 3)"),
    )},
}  # fmt: skip
alike("scipy.linalg.qr(a, *, mode='full', check_finite=True)", "np.linalg.qr", SQUARE, when="a.ndim == 2")

# Systems of equations
for product, of_b in (("np.outer({}, {})", 1), ("{} @ {}.T", 2)):
    # The other triangle is not read.
    for condition, triangle, flag in (("lower", "np.tril", ", lower=True"), ("not lower", "np.triu", "")):
        rule(
            "x = scipy.linalg.solve_triangular(a, b, *, lower=False, check_finite=True)",
            when=f"{condition} and a.ndim == 2 and b.ndim == {of_b}",
            tangent=f"x_dot = scipy.linalg.solve_triangular(a, b_dot - {triangle}(a_dot) @ x{flag})",
            adjoint=[
                f"b_term_bar = scipy.linalg.solve_triangular(a, x_bar, trans=1{flag})",
                "b_bar += b_term_bar",
                f"a_bar -= {triangle}({product.format('b_term_bar', 'x')})",
            ],
            at=f"P(3), {'A(3)' if of_b == 1 else 'A(3, 2)'}{flag}",
            source="Giles 2.3.1",
        )
    rule(
        "x = scipy.linalg.cho_solve(c_and_lower, b, *, check_finite=True)",
        when=f"b.ndim == {of_b}",
        tangent="x_dot = scipy.linalg.cho_solve(c_and_lower, b_dot)",
        adjoint="b_bar += np.conj(scipy.linalg.cho_solve(c_and_lower, np.conj(x_bar)))",
        at=f"(np.linalg.cholesky(P(3)), True), {'A(3)' if of_b == 1 else 'A(3, 2)'}",
    )
for trans, back in ((0, ", trans=1"), (1, "")):
    way = ", trans=1" if trans else ""
    rule(
        "x = scipy.linalg.lu_solve(lu_and_piv, b, trans=0, *, check_finite=True)",
        when=f"trans == {trans}",
        tangent=f"x_dot = scipy.linalg.lu_solve(lu_and_piv, b_dot{way})",
        adjoint=f"b_bar += scipy.linalg.lu_solve(lu_and_piv, x_bar{back})",
        at=(f"scipy.linalg.lu_factor(P(3)), A(3){way}", f"scipy.linalg.lu_factor(P(3)), A(3, 2){way}"),
    )
rule(
    "x = scipy.linalg.solve_sylvester(a, b, q)",
    tangent="x_dot = scipy.linalg.solve_sylvester(a, b, q_dot - a_dot @ x - x @ b_dot)",
    adjoint=[
        "q_term_bar = scipy.linalg.solve_sylvester(a.T, b.T, x_bar)",
        "q_bar += q_term_bar",
        "a_bar -= q_term_bar @ x.T",
        "b_bar -= x.T @ q_term_bar",
    ],
    at="P(3), P(2), A(3, 2)",
)
rule(
    "x = scipy.linalg.solve_discrete_lyapunov(a, q, method=None)",
    when="not np.iscomplexobj(a) and not np.iscomplexobj(q)",
    tangent="x_dot = scipy.linalg.solve_discrete_lyapunov(a, q_dot + a_dot @ x @ a.T + a @ x @ a_dot.T)",
    adjoint=[
        "q_term_bar = scipy.linalg.solve_discrete_lyapunov(a.T, x_bar)",
        "q_bar += q_term_bar",
        "a_bar += q_term_bar @ a @ x.T + q_term_bar.T @ a @ x",
    ],
    at="A(3, 3) / 2, A(3, 3)",
)

# Functions of matrices
rule(
    "y = scipy.linalg.expm(A)",
    when="A.ndim == 2",
    tangent="y_dot = scipy.linalg.expm_frechet(A, A_dot, compute_expm=False)",
    adjoint="A_bar += scipy.linalg.expm_frechet(A.T, y_bar, compute_expm=False)",
    at=("P(3) / 4", "A(3, 3)"),
    source="Higham 10.6",
)
# Of a real matrix some of these give a real or a complex one, which the values decide: the derivative is that of a real.
EITHER = {"sqrtm": "", "logm": "", "fractional_matrix_power": ", 0.3"}
for name in [*EITHER, "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm", "signm"]:
    parameters = ", t" if name == "fractional_matrix_power" else ""
    tangent = f"scipy.linalg.{name}(np.block([[A, A_dot], [np.zeros_like(A), A]]){parameters})[:len(A), len(A):]"
    adjoint = f"scipy.linalg.{name}(np.block([[A.T, y_bar], [np.zeros_like(A.T), A.T]]){parameters})[:len(A), len(A):]"
    source = "Higham 3.6: the derivative is a block of the function of a block matrix"
    if name == "sqrtm":
        tangent, adjoint = "scipy.linalg.solve_sylvester(y, y, A_dot)", "scipy.linalg.solve_sylvester(y.T, y.T, y_bar)"
        source = "Higham 6.1"
    texts = [(f"scipy.linalg.{name}(A{parameters})", "A.ndim == 2", "P(3)")]
    if name in EITHER:
        given = EITHER[name]
        texts = [
            (f"scipy.linalg.{name}(A{parameters})", "A.ndim == 2 and np.iscomplexobj(A)", f"P(3) + 1j * A(3, 3){given}"),
            (f"matrix_function(name, A{parameters})", f"A.ndim == 2 and name == '{name}'", f"'{name}', P(3){given}"),
        ]
    for text, when, at in texts:
        rule(f"y = {text}", when=when, tangent=f"y_dot = {tangent}", adjoint=f"A_bar += {adjoint}", at=at, source=source)


@definition("scipy.linalg.fractional_matrix_power")
def fractional_matrix_power(A, t):
    return matrix_function("fractional_matrix_power", A, t)


def of_each(name: str) -> Any:
    """A function of several matrices: of one after another."""
    function = getattr(scipy.linalg, name)

    def of_matrices(A):
        if A.ndim == 2:
            return matrix_function(name, A)
        if is_nothing(A):
            return np.zeros(A.shape)
        flat = np.reshape(A, (-1, *A.shape[-2:]))
        return np.reshape(np.stack([function(flat[i]) for i in range(len(flat))]), A.shape)

    return definition(f"scipy.linalg.{name}")(of_matrices)


for name in ("expm", "sqrtm", "logm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm", "signm"):
    of_each(name)


@definition("scipy.linalg.expm_frechet")
def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    n = len(A)
    y = scipy.linalg.expm(np.block([[A, E], [np.zeros_like(A), A]]))
    return (y[:n, :n], y[:n, n:]) if compute_expm else y[:n, n:]


# Factors.  Only one triangle of a symmetric matrix is read.
for lower, tri, scaled, unscaled in (
    (
        "lower", "np.tril",
        "scipy.linalg.solve_triangular(y, scipy.linalg.solve_triangular(y, {}, lower=True).T, lower=True)",
        "scipy.linalg.solve_triangular(y, scipy.linalg.solve_triangular(y, {}, trans=1, lower=True).T, trans=1, lower=True)",
    ),
    (
        "not lower", "np.triu",
        "scipy.linalg.solve_triangular(y, scipy.linalg.solve_triangular(y, {}, trans=1).T, trans=1)",
        "scipy.linalg.solve_triangular(y, scipy.linalg.solve_triangular(y, {}).T)",
    ),
):  # fmt: skip
    strict = "-1" if lower == "lower" else "1"
    rule(
        "y = scipy.linalg.cholesky(a, lower=False, *, check_finite=True)",
        when=f"{lower} and a.ndim == 2 and not np.iscomplexobj(a)",
        tangent=[
            f"inner_dot = {scaled.format(f'{tri}(a_dot) + {tri}(a_dot, {strict}).T')}",
            f"half_dot = {tri}(inner_dot) - 0.5 * np.diag(np.diag(inner_dot))",
            f"y_dot = {'y @ half_dot' if lower == 'lower' else 'half_dot @ y'}",
        ],
        adjoint=[
            f"inner_bar = {tri}({'y.T @ y_bar' if lower == 'lower' else 'y_bar @ y.T'})",
            f"both_bar = {unscaled.format(f'inner_bar + {tri}(inner_bar, {strict}).T')}",
            f"a_bar += {tri}(both_bar) - 0.5 * np.diag(np.diag(both_bar))",
        ],
        at=f"P(3), {lower == 'lower'}",
        source="I. Murray, Differentiation of the Cholesky decomposition (2016), eq. 10",
    )
rule(
    "p, l, u = scipy.linalg.lu(a, *, check_finite=True)",
    when="a.ndim == 2 and a.shape[0] == a.shape[1]",
    tangent=[
        "left_dot = scipy.linalg.solve_triangular(l, p.T @ a_dot, lower=True)",
        "inner_dot = scipy.linalg.solve_triangular(u, left_dot.T, trans=1).T",
        "p_dot = np.zeros_like(p)",
        "l_dot = l @ np.tril(inner_dot, -1)",
        "u_dot = np.triu(inner_dot) @ u",
    ],
    adjoint=[
        "inner_bar = np.tril(l.T @ l_bar, -1) + np.triu(u_bar @ u.T)",
        "left_bar = scipy.linalg.solve_triangular(u, inner_bar.T).T",
        "a_bar += p @ scipy.linalg.solve_triangular(l, left_bar, trans=1, lower=True)",
    ],
    at="A(3, 3)",
    source="S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions (2010)",
)
@definition("scipy.linalg.solve")
def solve(a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False):
    """Of a matrix with a symmetry one triangle is read."""
    if assume_a in ("her", "hermitian", "pos", "positive definite"):
        a = from_lower(a if lower else np.conj(np.swapaxes(a, -1, -2)))
    elif assume_a in ("sym", "symmetric"):
        a = np.tril(a) + np.swapaxes(np.tril(a, -1), -1, -2) if lower else np.triu(a) + np.swapaxes(np.triu(a, 1), -1, -2)
    elif assume_a not in (None, "gen", "general"):
        raise TypeError(f"no derivative is known for assume_a={assume_a!r}")
    elif np.ndim(b) == 1 and np.ndim(a) > 2 or np.ndim(b) > np.ndim(a):
        return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)
    return scipy.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


@definition("scipy.linalg.solve_triangular")
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    if unit_diagonal:
        a = (np.tril(a, -1) if lower else np.triu(a, 1)) + np.eye(a.shape[-1], dtype=a.dtype)
    if trans == 1 or trans == "T":
        return scipy.linalg.solve_triangular(np.swapaxes(a, -1, -2), b, lower=not lower)
    if trans == 2 or trans == "C":
        return scipy.linalg.solve_triangular(np.conj(np.swapaxes(a, -1, -2)), b, lower=not lower)
    if np.ndim(a) > 2:
        return np.linalg.solve(np.tril(a) if lower else np.triu(a), b)
    return scipy.linalg.solve_triangular(a, b, lower=lower)


@definition("scipy.linalg.cholesky")
def cholesky(a, lower=False, *, check_finite=True):
    if lower:
        return np.linalg.cholesky(a)
    return np.conj(np.swapaxes(np.linalg.cholesky(np.conj(np.swapaxes(a, -1, -2))), -1, -2))


@definition("scipy.linalg.cho_factor")
def cho_factor(a, lower=False, *, check_finite=True):
    # What is not part of the factor is left as it was.
    rest = np.triu(a, 1) if lower else np.tril(a, -1)
    return scipy.linalg.cholesky(a, lower=lower) + rest, lower


@definition("scipy.linalg.cho_solve")
def cho_solve(c_and_lower, b, *, check_finite=True):
    c, lower = c_and_lower
    if lower:
        return scipy.linalg.solve_triangular(c, scipy.linalg.solve_triangular(c, b, lower=True), trans=2, lower=True)
    return scipy.linalg.solve_triangular(c, scipy.linalg.solve_triangular(c, b, trans=2))


@definition("scipy.linalg.lu")
def lu(a, permute_l=False, *, check_finite=True):
    """Of a matrix that is not square: where its rows stand is known, and the rest follows from a square part."""
    if a.ndim != 2:
        raise TypeError("the factors of several matrices")
    p = scipy.linalg.lu(held(a))[0]
    rows, (m, n) = p.T @ a, a.shape
    if m >= n:
        _, l, u = scipy.linalg.lu(np.reshape(rows[:n], (n, n)))
        l = np.concatenate([l, scipy.linalg.solve_triangular(u, rows[n:].T, trans=1).T])
    else:
        _, l, u = scipy.linalg.lu(np.reshape(rows[:, :m], (m, m)))
        u = np.concatenate([u, scipy.linalg.solve_triangular(l, rows[:, m:], lower=True)], axis=1)
    return (p @ l, u) if permute_l else (p, l, u)


@definition("scipy.linalg.lu_factor")
def lu_factor(a, *, check_finite=True):
    p, l, u = scipy.linalg.lu(a)
    return np.tril(l, -1) + u, scipy.linalg.lu_factor(held(a))[1]


@definition("scipy.linalg.lu_solve")
def lu_solve(lu_and_piv, b, trans=0, *, check_finite=True):
    lu, piv = lu_and_piv
    swaps = (np.eye(len(lu), dtype=lu.dtype), piv)  # a system of which the solution has the rows of b in their order
    if trans == 0:
        y = scipy.linalg.solve_triangular(lu, scipy.linalg.lu_solve(swaps, b), lower=True, unit_diagonal=True)
        return scipy.linalg.solve_triangular(lu, y)
    y = scipy.linalg.solve_triangular(lu, b, trans=trans)
    y = scipy.linalg.solve_triangular(lu, y, trans=trans, lower=True, unit_diagonal=True)
    return scipy.linalg.lu_solve(swaps, y, trans=1)


@definition("scipy.linalg.qr")
def qr(a, *, mode="full", pivoting=False, check_finite=True):
    if pivoting:
        p = scipy.linalg.qr(held(a), mode="r", pivoting=True)[1]
        return (*scipy.linalg.qr(np.reshape(a[:, p], a.shape), mode=mode), p)
    if mode == "r":
        r = np.linalg.qr(a)[1]
        below = a.shape[-2] - r.shape[-2]
        return (np.concatenate([r, np.zeros_like(r[..., :1, :]).repeat(below, -2)], axis=-2),)
    if mode not in ("full", "economic"):
        raise TypeError(f"the mode {mode!r}")
    q, r = np.linalg.qr(a, "complete" if mode == "full" else "reduced")
    return (q, r) if np.ndim(a) == 2 else [q, r]


@definition("scipy.linalg.svdvals")
def svdvals(a, *, check_finite=True):
    return scipy.linalg.svd(a, compute_uv=False)


@definition("scipy.linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, *, check_finite=True):
    if not compute_uv:
        return np.linalg.svd(a, compute_uv=False)
    u, s, vh = np.linalg.svd(a, full_matrices)
    return (u, s, vh) if np.ndim(a) == 2 else [u, s, vh]


def standard(a, factor, lower):
    """The matrix with the eigenvalues that a has beside factor @ factor^H."""
    whole = from_lower(a if lower else np.conj(np.swapaxes(a, -1, -2)))
    half = scipy.linalg.solve_triangular(factor, whole, lower=True)
    return scipy.linalg.solve_triangular(factor, np.conj(np.swapaxes(half, -1, -2)), lower=True)


@static
def chosen(subset):
    """The eigenvalues from the first to the last, both included."""
    return slice(None) if subset is None else slice(subset[0], subset[1] + 1)


@definition("scipy.linalg.eigvalsh")
def eigvalsh(a, b=None, *, lower=True, subset_by_index=None, check_finite=True):
    if b is not None:
        a, lower = standard(a, scipy.linalg.cholesky(from_lower(b if lower else np.conj(b.T)), lower=True), lower), True
    return scipy.linalg.eigvalsh(a, lower=lower)[..., chosen(subset_by_index)]


@definition("scipy.linalg.eigh")
def eigh(a, b=None, *, lower=True, eigvals_only=False, subset_by_index=None, check_finite=True):
    if eigvals_only:
        return scipy.linalg.eigvalsh(a, b, lower=lower, subset_by_index=subset_by_index)
    if np.ndim(a) > 2 and b is None and subset_by_index is None:
        w, v = np.linalg.eigh(a, "L" if lower else "U")
        return [w, v]
    if np.iscomplexobj(a) or np.ndim(a) > 2:
        raise TypeError("the vectors of several matrices, or of complex ones")
    found = scipy.linalg.eigh(held(a), held(b), lower=lower, subset_by_index=subset_by_index)[1]
    if b is None:
        w, v = scipy.linalg.eigh(a, lower=lower)
    else:
        factor = scipy.linalg.cholesky(from_lower(b if lower else b.T), lower=True)
        w, v = scipy.linalg.eigh(standard(a, factor, lower))
        v = scipy.linalg.solve_triangular(factor, v, trans=1, lower=True)
    return w[chosen(subset_by_index)], directed(v[:, chosen(subset_by_index)], found)


@definition("scipy.linalg.pinv")
def pinv(a, *, rtol=None, return_rank=False, check_finite=True):
    cutoff = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps) if rtol is None else rtol
    y = np.linalg.pinv(a, cutoff)
    return (y, int(np.linalg.matrix_rank(held(a), rtol=cutoff))) if return_rank else y


@definition("scipy.linalg.pinvh")
def pinvh(a, *, rtol=None, lower=True, check_finite=True):
    return scipy.linalg.pinv(from_lower(a if lower else np.conj(np.swapaxes(a, -1, -2))), rtol=rtol)


@definition("scipy.linalg.lstsq")
def lstsq(a, b, *, check_finite=True):
    fixed = scipy.linalg.lstsq(held(a), held(b))
    x = np.linalg.pinv(a) @ b
    # The residuals are given of more equations than unknowns.
    residuals = np.sum(np.abs(b - a @ x) ** 2, axis=0) if a.shape[0] > a.shape[1] else fixed[1]
    return x, residuals, fixed[2], np.linalg.svd(a, compute_uv=False)


@definition("scipy.linalg.norm")
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    return np.linalg.norm(a, ord, axis, keepdims)


@definition("scipy.linalg.polar")
def polar(a, side="right"):
    if side == "right":
        p = scipy.linalg.sqrtm(np.conj(a.T) @ a)
        return np.conj(scipy.linalg.solve(p, np.conj(a.T)).T), p
    p = scipy.linalg.sqrtm(a @ np.conj(a.T))
    return scipy.linalg.solve(p, a), p


@definition("scipy.linalg.solve_continuous_lyapunov", "scipy.linalg.solve_lyapunov")
def solve_continuous_lyapunov(a, q):
    return scipy.linalg.solve_sylvester(a, np.conj(a.T), q)


@definition("scipy.linalg.eigvals")
def eigvals(a, *, check_finite=True):
    return scipy.linalg.eig(a)[0]


@definition("scipy.linalg.eig")
def eig(a, *, check_finite=True):
    # Eigenvalues are complex in SciPy; of a real matrix, vectors are real where these are.
    if np.iscomplexobj(a):
        values, vectors = np.linalg.eig(a)
        return values, vectors
    values, vectors = real_eig(a)
    return values + 0j, vectors


@definition("scipy.linalg.funm")
def funm(A, func):
    """By the eigenvectors, which there are enough of but where eigenvalues coincide."""
    if not np.iscomplexobj(A):
        w, v = real_eig(A)
        return (v * func(w)) @ np.linalg.inv(v)
    w, v = np.linalg.eig(A)
    return (v * func(w)) @ np.linalg.inv(v)


# Matrices of a size: there is nothing to differentiate in them.
passive(*(f"scipy.linalg.{name}" for name in ("dft", "hadamard", "helmert", "hilbert", "invhilbert", "invpascal", "pascal")))
