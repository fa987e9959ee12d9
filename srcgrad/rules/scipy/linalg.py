"""The derivatives of scipy.linalg.

Derivations: M. Giles, An extended collection of matrix derivative results for forward and reverse mode (2008), and
N. Higham, Functions of Matrices (2008).  `overwrite_a` and the like are not known to any rule: a call that sets one
is refused.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from srcgrad.rules.registry import definition, rule
from srcgrad.runtime import held

# Systems of equations
for product, of_b in (("np.outer({}, {})", 1), ("{} @ {}.T", 2)):
    rule(
        "x = scipy.linalg.solve(a, b, *, check_finite=True, assume_a='gen')",
        when=f"assume_a in ('gen', 'general', None) and a.ndim == 2 and b.ndim == {of_b}",
        tangent="x_dot = scipy.linalg.solve(a, b_dot - a_dot @ x)",
        adjoint=[
            "b_term_bar = scipy.linalg.solve(a.T, x_bar)",
            "b_bar += b_term_bar",
            f"a_bar -= {product.format('b_term_bar', 'x')}",
        ],
        at="P(3), A(3)" if of_b == 1 else "P(3), A(3, 2)",
        source="Giles 2.3.1",
    )
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

# Inverses and determinants
rule(
    "y = scipy.linalg.inv(a, *, check_finite=True)",
    when="a.ndim == 2",
    tangent="y_dot = -y @ a_dot @ y",
    adjoint="a_bar -= y.T @ y_bar @ y.T",
    at="P(3)",
    source="Giles 2.2.3",
)
rule(
    "y = scipy.linalg.det(a, *, check_finite=True)",
    when="a.ndim == 2",
    tangent="y_dot = np.sum(cofactors(a) * a_dot)",
    adjoint="a_bar += y_bar * cofactors(a)",
    at=("P(3)", "P(3) * np.array([1.0, 1.0, 0.0])"),
    source="Jacobi's formula: the derivative of a determinant is the matrix of cofactors",
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
rule(
    "y = scipy.linalg.sqrtm(A)",
    when="A.ndim == 2",
    tangent="y_dot = scipy.linalg.solve_sylvester(y, y, A_dot)",
    adjoint="A_bar += scipy.linalg.solve_sylvester(y.T, y.T, y_bar)",
    at="P(3)",
    source="Higham 6.1",
)
BLOCK = "np.block([[{0}, {1}], [np.zeros_like({0}), {0}]])"
for name, parameters in (
    ("logm", ""), ("sinm", ""), ("cosm", ""), ("tanm", ""), ("sinhm", ""), ("coshm", ""), ("tanhm", ""), ("signm", ""),
    ("fractional_matrix_power", ", t"),
):  # fmt: skip
    rule(
        f"y = scipy.linalg.{name}(A{parameters})",
        when="A.ndim == 2",
        tangent=f"y_dot = scipy.linalg.{name}({BLOCK.format('A', 'A_dot')}{parameters})[:len(A), len(A):]",
        adjoint=f"A_bar += scipy.linalg.{name}({BLOCK.format('A.T', 'y_bar')}{parameters})[:len(A), len(A):]",
        at=f"P(3){', 0.3' if parameters else ''}",
        source="Higham 3.6: the derivative is a block of the function of a block matrix",
    )


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
for lower, from_triangle, to_triangle in (
    ("lower", "from_lower({})", "to_lower({})"),
    ("not lower", "from_lower(np.conj({}.T))", "np.conj(to_lower({}).T)"),
):
    rule(
        "w, v = scipy.linalg.eigh(a, *, lower=True, check_finite=True)",
        when=f"{lower} and a.ndim == 2",
        tangent=[
            "others = 1 - np.eye(len(a))",
            f"inner_dot = np.conj(v.T) @ {from_triangle.format('a_dot')} @ v",
            "w_dot = np.real(np.diag(inner_dot))",
            "v_dot = v @ (others * inner_dot / (w - w[:, None] + 1 - others))",
        ],
        adjoint=[
            "others = 1 - np.eye(len(a))",
            "turn_bar = others * (v.T @ v_bar) / (w - w[:, None] + 1 - others)",
            f"a_bar += {to_triangle.format('np.conj(v) @ (np.diag(w_bar) + turn_bar) @ v.T')}",
        ],
        at=f"P(4), lower={lower == 'lower'}",
        source="Giles 3.1",
    )
rule(
    "u, s, vh = scipy.linalg.svd(a, full_matrices=True, *, check_finite=True)",
    when="a.ndim == 2 and (not full_matrices or a.shape[0] == a.shape[1]) and not np.iscomplexobj(a)",
    tangent=[
        "off = (1 - np.eye(len(s))) / (s ** 2 - s[:, None] ** 2 + np.eye(len(s)))",
        "inner_dot = u.T @ a_dot @ vh.T",
        "s_dot = np.diag(inner_dot)",
        "u_turn_dot = off * (inner_dot * s + s[:, None] * inner_dot.T)",
        "v_turn_dot = off * (s[:, None] * inner_dot + inner_dot.T * s)",
        "u_dot = u @ u_turn_dot + (a_dot @ vh.T - u @ inner_dot) / s",
        "vh_dot = v_turn_dot.T @ vh + (u.T @ a_dot - inner_dot @ vh) / s[:, None]",
    ],
    adjoint=[
        "off = (1 - np.eye(len(s))) / (s ** 2 - s[:, None] ** 2 + np.eye(len(s)))",
        "u_turn_bar = off * (u.T @ u_bar - u_bar.T @ u)",
        "v_turn_bar = off * (vh @ vh_bar.T - vh_bar @ vh.T)",
        "inner_bar = u_turn_bar * s + s[:, None] * v_turn_bar + np.diag(s_bar)",
        "u_rest_bar = (u_bar - u @ (u.T @ u_bar)) / s",
        "v_rest_bar = (vh_bar - vh_bar @ vh.T @ vh) / s[:, None]",
        "a_bar += u @ inner_bar @ vh + u_rest_bar @ vh + u @ v_rest_bar",
    ],
    at=("A(3, 3)", "A(4, 3), full_matrices=False", "A(2, 4), False"),
    source="J. Townsend, Differentiating the singular value decomposition (2016)",
)
# Where a has more columns than q, the rest of r follows from q.
for when, at in (
    ("mode == 'full' and a.shape[0] == a.shape[1]", "A(3, 3)"),
    ("mode == 'economic'", ("A(4, 3), mode='economic'", "A(2, 4), mode='economic'")),
):
    rule(
        "q, r = scipy.linalg.qr(a, *, mode='full', check_finite=True)",
        when=f"{when} and a.ndim == 2 and not np.iscomplexobj(a)",
        tangent=[
            "scaled_dot = a_dot[:, :len(r)] @ np.linalg.inv(r[:, :len(r)])",
            "inner_dot = q.T @ scaled_dot",
            "turn_dot = np.tril(inner_dot, -1) - np.tril(inner_dot, -1).T",
            "q_dot = q @ (turn_dot - inner_dot) + scaled_dot",
            "r_dot = q.T @ a_dot - turn_dot @ r",
        ],
        adjoint=[
            "turn_bar = q.T @ q_bar - r_bar @ r.T",
            "inner_bar = np.tril(turn_bar - turn_bar.T, -1)",
            "scaled_bar = q_bar + q @ (inner_bar - q.T @ q_bar)",
            "a_bar += q @ r_bar + fitted(scaled_bar @ np.linalg.inv(r[:, :len(r)]).T, a.shape)",
        ],
        at=at,
        source="S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions (2010)",
    )


@definition("scipy.linalg.solve")
def solve(a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False):
    if assume_a is not None and assume_a != "gen" and assume_a != "general":
        raise TypeError(f"no derivative is known for assume_a={assume_a!r}")
    return scipy.linalg.solve(a.T if transposed else a, b)


@definition("scipy.linalg.solve_triangular")
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    if unit_diagonal:
        a = (np.tril(a, -1) if lower else np.triu(a, 1)) + np.eye(len(a))
    if trans == 1 or trans == "T":
        return scipy.linalg.solve_triangular(a.T, b, lower=not lower)
    if trans == 2 or trans == "C":
        return scipy.linalg.solve_triangular(np.conj(a.T), b, lower=not lower)
    return scipy.linalg.solve_triangular(a, b, lower=lower)


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


@definition("scipy.linalg.lu_factor")
def lu_factor(a, *, check_finite=True):
    p, l, u = scipy.linalg.lu(a)
    return np.tril(l, -1) + u, scipy.linalg.lu_factor(held(a))[1]


@definition("scipy.linalg.lu_solve")
def lu_solve(lu_and_piv, b, trans=0, *, check_finite=True):
    lu, piv = lu_and_piv
    swaps = (np.eye(len(lu)), piv)  # a system of which the solution has the rows of b in their order
    if trans == 0:
        y = scipy.linalg.solve_triangular(lu, scipy.linalg.lu_solve(swaps, b), lower=True, unit_diagonal=True)
        return scipy.linalg.solve_triangular(lu, y)
    y = scipy.linalg.solve_triangular(lu, b, trans=trans)
    y = scipy.linalg.solve_triangular(lu, y, trans=trans, lower=True, unit_diagonal=True)
    return scipy.linalg.lu_solve(swaps, y, trans=1)


@definition("scipy.linalg.qr")
def qr(a, *, mode="full", check_finite=True):
    if mode == "r":
        return (np.linalg.qr(a)[1],)
    raise TypeError(f"no derivative is known for the mode {mode!r} of a matrix that is not square")


@definition("scipy.linalg.svdvals")
def svdvals(a, *, check_finite=True):
    return np.linalg.svd(a, compute_uv=False)


@definition("scipy.linalg.svd")
def svd(a, full_matrices=True, compute_uv=True, *, check_finite=True):
    if compute_uv:
        raise TypeError("no derivative is known of singular vectors that belong to no singular value")
    return np.linalg.svd(a, compute_uv=False)


@definition("scipy.linalg.eigvalsh")
def eigvalsh(a, b=None, *, lower=True, check_finite=True):
    if b is None:
        return np.linalg.eigvalsh(a, "L" if lower else "U")
    factor = scipy.linalg.cholesky(b, lower=True)
    if lower:
        whole = np.tril(a) + np.conj(np.tril(a, -1).T)
    else:
        whole = np.triu(a) + np.conj(np.triu(a, 1).T)
    half = scipy.linalg.solve_triangular(factor, whole, lower=True)
    return np.linalg.eigvalsh(scipy.linalg.solve_triangular(factor, np.conj(half.T), lower=True))


@definition("scipy.linalg.eigh")
def eigh(a, *, lower=True, eigvals_only=False, check_finite=True):
    if eigvals_only:
        return np.linalg.eigvalsh(a, "L" if lower else "U")
    return scipy.linalg.eigh(a, lower=lower)


@definition("scipy.linalg.pinv")
def pinv(a, *, check_finite=True):
    return np.linalg.pinv(a)


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


# Matrices of a structure, by indices into what they are made of
@definition("scipy.linalg.toeplitz")
def toeplitz(c, r=None):
    r = np.conj(c) if r is None else r
    whole = np.concatenate([np.flip(c), r[1:]])
    return whole[len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))]


@definition("scipy.linalg.circulant")
def circulant(c):
    return c[(np.arange(len(c))[:, None] - np.arange(len(c))) % len(c)]


@definition("scipy.linalg.hankel")
def hankel(c, r=None):
    r = np.zeros_like(c) if r is None else r
    whole = np.concatenate([c, r[1:]])
    return whole[np.arange(len(c))[:, None] + np.arange(len(r))]


@definition("scipy.linalg.solve_toeplitz")
def solve_toeplitz(c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        return scipy.linalg.solve(scipy.linalg.toeplitz(*c_or_cr), b)
    return scipy.linalg.solve(scipy.linalg.toeplitz(c_or_cr), b)


@definition("scipy.linalg.matmul_toeplitz")
def matmul_toeplitz(c_or_cr, x, check_finite=False, workers=None):
    if isinstance(c_or_cr, tuple):
        return scipy.linalg.toeplitz(*c_or_cr) @ x
    return scipy.linalg.toeplitz(c_or_cr) @ x


@definition("scipy.linalg.block_diag")
def block_diag(*arrs):
    blocks = [np.atleast_2d(a) for a in arrs]
    y = np.zeros((sum([len(a) for a in blocks]), sum([a.shape[1] for a in blocks])))
    row = column = 0
    for a in blocks:
        y[row : row + len(a), column : column + a.shape[1]] = a
        row += len(a)
        column += a.shape[1]
    return y


@definition("scipy.linalg.solveh_banded")
def solveh_banded(ab, b, *, lower=False, check_finite=True):
    """The rows that are not given are the others, conjugated and moved along."""
    u = ab.shape[0] - 1
    whole = np.zeros((2 * u + 1, ab.shape[1]), dtype=ab.dtype)
    if lower:
        whole[u:] = ab
        for k in range(1, u + 1):
            whole[u - k] = np.roll(np.conj(ab[k]), k)
    else:
        whole[: u + 1] = ab
        for k in range(1, u + 1):
            whole[u + k] = np.roll(np.conj(ab[u - k]), -k)
    return scipy.linalg.solve_banded((u, u), whole, b)


@definition("scipy.linalg.eigvals")
def eigvals(a, *, check_finite=True):
    if not np.iscomplexobj(a):
        raise TypeError("the eigenvalues of a real matrix are told apart by another order")
    return np.linalg.eigvals(a)


@definition("scipy.linalg.eig")
def eig(a, *, check_finite=True):
    if not np.iscomplexobj(a):
        raise TypeError("the eigenvalues of a real matrix are told apart by another order")
    values, vectors = np.linalg.eig(a)
    return values, vectors
