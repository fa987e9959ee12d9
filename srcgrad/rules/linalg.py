"""The derivatives of linear algebra.

Derivations: M. Giles, An extended collection of matrix derivative results for forward and reverse mode (2008).
"""

from __future__ import annotations

from srcgrad.rules.registry import rule

rule(
    "x = np.linalg.solve(a, b)",
    when="a.ndim == 2 and b.ndim == 1",
    tangent="x_dot = np.linalg.solve(a, b_dot - a_dot @ x)",
    adjoint=["b_term_bar = np.linalg.solve(a.T, x_bar)", "b_bar += b_term_bar", "a_bar -= np.outer(b_term_bar, x)"],
    at="P(3), A(3)",
    source="Giles 2.3.1",
)
rule(
    "x = np.linalg.solve(a, b)",
    when="a.ndim == 2 and b.ndim == 2",
    tangent="x_dot = np.linalg.solve(a, b_dot - a_dot @ x)",
    adjoint=["b_term_bar = np.linalg.solve(a.T, x_bar)", "b_bar += b_term_bar", "a_bar -= b_term_bar @ x.T"],
    at="P(3), A(3, 2)",
    source="Giles 2.3.1",
)
rule(
    "x = np.linalg.solve(a, b)",
    when="a.ndim > 2 and b.ndim >= 2",
    tangent="x_dot = np.linalg.solve(a, b_dot - a_dot @ x)",
    adjoint=[
        "b_term_bar = np.linalg.solve(np.swapaxes(a, -1, -2), x_bar)",
        "b_bar += unbroadcast(b_term_bar, b.shape)",
        "a_bar -= unbroadcast(b_term_bar @ np.swapaxes(x, -1, -2), a.shape)",
    ],
    at="np.stack([P(3), P(3)]), A(2, 3, 4)",
)
rule(
    "y = np.linalg.inv(a)",
    when="a.ndim == 2",
    tangent="y_dot = -y @ a_dot @ y",
    adjoint="a_bar -= y.T @ y_bar @ y.T",
    at="P(3)",
    source="Giles 2.2.3",
)
rule(
    "y = np.linalg.inv(a)",
    tangent="y_dot = -y @ a_dot @ y",
    adjoint="a_bar -= np.swapaxes(y, -1, -2) @ y_bar @ np.swapaxes(y, -1, -2)",
    at="np.stack([P(3), P(3)])",
)
rule(
    "y = np.linalg.det(a)",
    when="a.ndim == 2",
    tangent="y_dot = np.sum(cofactors(a) * a_dot)",
    adjoint="a_bar += y_bar * cofactors(a)",
    at=("P(3)", "P(3) * np.array([1.0, 1.0, 0.0])", "C(3, 3)"),
    source="Jacobi's formula: the derivative of a determinant is the matrix of cofactors",
)
rule(
    "y = np.linalg.det(a)",
    tangent="y_dot = np.sum(cofactors(a) * a_dot, axis=(-2, -1))",
    adjoint="a_bar += y_bar[..., None, None] * cofactors(a)",
    at=("np.stack([P(3), P(3)])", "np.stack([P(3), P(3) * np.array([1.0, 1.0, 0.0])])"),
)
rule(
    "sign, logdet = np.linalg.slogdet(a)",
    when="a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=["sign_dot = np.zeros_like(sign)", "logdet_dot = np.trace(np.linalg.solve(a, a_dot))"],
    adjoint="a_bar += logdet_bar * np.linalg.inv(a).T",
    at="P(3)",
)
rule(
    "sign, logdet = np.linalg.slogdet(a)",
    when="not np.iscomplexobj(a)",
    tangent=["sign_dot = np.zeros_like(sign)", "logdet_dot = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)"],
    adjoint="a_bar += logdet_bar[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)",
    at="np.stack([P(3), P(3)])",
)
rule(
    "sign, logdet = np.linalg.slogdet(a)",
    tangent=[
        "growth = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)",
        "sign_dot = 1j * sign * np.imag(growth)",
        "logdet_dot = np.real(growth)",
    ],
    adjoint=[
        "growth_bar = logdet_bar + 1j * np.imag(sign_bar * sign)",
        "a_bar += np.asarray(growth_bar)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)",
    ],
    at=("C(3, 3)", "C(2, 3, 3)"),
)
# NumPy reads the lower triangle only, and so the adjoint has only that.
rule(
    "L = np.linalg.cholesky(a, /)",
    when="a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=[
        "lower_dot = np.tril(a_dot)",
        "inner_dot = np.linalg.solve(L, np.linalg.solve(L, lower_dot + np.tril(lower_dot, -1).T).T)",
        "L_dot = L @ (np.tril(inner_dot) - 0.5 * np.diag(np.diag(inner_dot)))",
    ],
    adjoint=[
        "inverse = np.linalg.inv(L)",
        "inner_bar = np.tril(L.T @ L_bar)",
        "both_bar = inverse.T @ (inner_bar + np.tril(inner_bar, -1).T) @ inverse",
        "a_bar += np.tril(both_bar) - 0.5 * np.diag(np.diag(both_bar))",
    ],
    at="P(3)",
    source="I. Murray, Differentiation of the Cholesky decomposition (2016), eq. 10",
)
rule(
    "L = np.linalg.cholesky(a, /)",
    tangent=[
        "half = np.tri(a.shape[-1]) - 0.5 * np.eye(a.shape[-1])",
        "scaled_dot = np.conj(np.swapaxes(np.linalg.solve(L, from_lower(a_dot)), -1, -2))",
        "L_dot = L @ (half * np.linalg.solve(L, scaled_dot))",
    ],
    adjoint=[
        "half = np.tri(a.shape[-1]) - 0.5 * np.eye(a.shape[-1])",
        "inverse = np.linalg.inv(L)",
        "inner_bar = half * (np.swapaxes(L, -1, -2) @ L_bar)",
        "a_bar += to_lower(np.swapaxes(inverse, -1, -2) @ inner_bar @ np.conj(inverse))",
    ],
    at=("np.stack([P(3), P(3)])", "H(3)"),
)
# NumPy reads the lower triangle only.  Of equal eigenvalues the vectors have no derivative.
rule(
    "w, v = np.linalg.eigh(a, UPLO='L')",
    when="UPLO == 'L' and a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=[
        "lower_dot = np.tril(a_dot)",
        "inner_dot = v.T @ (lower_dot + np.tril(lower_dot, -1).T) @ v",
        "gaps = w - w[:, None] + np.eye(len(w))",
        "w_dot = np.diag(inner_dot)",
        "v_dot = v @ ((inner_dot - np.diag(np.diag(inner_dot))) / gaps)",
    ],
    adjoint=[
        "gaps = w - w[:, None] + np.eye(len(w))",
        "inner_bar = v @ (np.eye(len(w)) * w_bar + (1 - np.eye(len(w))) * (v.T @ v_bar) / gaps) @ v.T",
        "a_bar += np.tril(inner_bar) + np.triu(inner_bar, 1).T",
    ],
    at="P(3)",
    source="Giles 3.1",
)
rule(
    "w = np.linalg.eigvalsh(a, UPLO='L')",
    when="UPLO == 'L' and a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=[
        "v = np.linalg.eigh(a)[1]",
        "lower_dot = np.tril(a_dot)",
        "w_dot = np.diag(v.T @ (lower_dot + np.tril(lower_dot, -1).T) @ v)",
    ],
    adjoint=[
        "v = np.linalg.eigh(a)[1]",
        "inner_bar = v * w_bar @ v.T",
        "a_bar += np.tril(inner_bar) + np.triu(inner_bar, 1).T",
    ],
    at="P(3)",
)

# The upper triangle is the lower one of the conjugate transpose.
for triangle, lower_dot, a_bar in (
    ("L", "from_lower(a_dot)", "to_lower({})"),
    ("U", "from_lower(np.conj(np.swapaxes(a_dot, -1, -2)))", "np.conj(np.swapaxes(to_lower({}), -1, -2))"),
):
    rule(
        "w, v = np.linalg.eigh(a, UPLO='L')",
        when=f"UPLO == {triangle!r}",
        tangent=[
            "others = 1 - np.eye(a.shape[-1])",
            f"inner_dot = np.conj(np.swapaxes(v, -1, -2)) @ {lower_dot} @ v",
            "w_dot = np.real(np.diagonal(inner_dot, 0, -2, -1))",
            "v_dot = v @ (others * inner_dot / (w[..., None, :] - w[..., None] + 1 - others))",
        ],
        adjoint=[
            "others = 1 - np.eye(a.shape[-1])",
            "turn_bar = others * (np.swapaxes(v, -1, -2) @ v_bar) / (w[..., None, :] - w[..., None] + 1 - others)",
            "inner_bar = (1 - others) * w_bar[..., None] + turn_bar",
            f"a_bar += {a_bar.format('np.conj(v) @ inner_bar @ np.swapaxes(v, -1, -2)')}",
        ],
        at=f"np.stack([P(3), P(3) @ P(3)]), {triangle!r}",
    )
    rule(
        "w = np.linalg.eigvalsh(a, UPLO='L')",
        when=f"UPLO == {triangle!r}",
        tangent=[
            "v = np.linalg.eigh(a, UPLO)[1]",
            f"w_dot = np.real(np.einsum('...ji,...jk,...ki->...i', np.conj(v), {lower_dot}, v))",
        ],
        adjoint=[
            "v = np.linalg.eigh(a, UPLO)[1]",
            f"a_bar += {a_bar.format('np.conj(v) * w_bar[..., None, :] @ np.swapaxes(v, -1, -2)')}",
        ],
        at=(f"np.stack([P(3), P(3) @ P(3)]), {triangle!r}", f"H(3), {triangle!r}"),
    )
# Of a real matrix NumPy gives real or complex eigenvalues, which the values decide: `real_eig` gives the real ones.
rule(
    "w = np.linalg.eigvals(a)",
    when="np.iscomplexobj(a)",
    tangent=["v = np.linalg.eig(a)[1]", "w_dot = np.diagonal(np.linalg.solve(v, a_dot @ v), 0, -2, -1)"],
    adjoint=["v = np.linalg.eig(a)[1]", "a_bar += np.swapaxes(v * w_bar[..., None, :] @ np.linalg.inv(v), -1, -2)"],
    at=("C(3, 3)", "C(2, 3, 3)"),
)
# Vectors have length one, and their largest component is real.
rule(
    "w, v = np.linalg.eig(a)",
    when="np.iscomplexobj(a)",
    tangent=[
        "others = 1 - np.eye(a.shape[-1])",
        "inner_dot = np.linalg.solve(v, a_dot @ v)",
        "w_dot = np.diagonal(inner_dot, 0, -2, -1)",
        "turned_dot = v @ (others * inner_dot / (w[..., None, :] - w[..., None] + 1 - others))",
        "pivot = np.where(np.abs(v) == np.max(np.abs(v), axis=-2, keepdims=True), 1 / v, 0)",
        "v_dot = turned_dot - v * np.real(np.sum(np.conj(v) * turned_dot, axis=-2, keepdims=True))"
        " - 1j * v * np.imag(np.sum(pivot * turned_dot, axis=-2, keepdims=True))",
    ],
    adjoint=[
        "others = 1 - np.eye(a.shape[-1])",
        "pivot = np.where(np.abs(v) == np.max(np.abs(v), axis=-2, keepdims=True), 1 / v, 0)",
        "overlap = np.sum(v_bar * v, axis=-2, keepdims=True)",
        "turned_bar = v_bar - np.conj(v) * np.real(overlap) - 1j * np.imag(overlap) * pivot",
        "turn_bar = others * (np.swapaxes(v, -1, -2) @ turned_bar) / (w[..., None, :] - w[..., None] + 1 - others)",
        "inner_bar = (1 - others) * w_bar[..., None] + turn_bar",
        "a_bar += np.swapaxes(v @ np.swapaxes(inner_bar, -1, -2) @ np.linalg.inv(v), -1, -2)",
    ],
    at=("C(3, 3)", "C(2, 3, 3)"),
)
rule(
    "w, v = real_eig(a)",
    tangent=[
        "others = 1 - np.eye(a.shape[-1])",
        "inner_dot = np.linalg.solve(v, a_dot @ v)",
        "w_dot = np.diagonal(inner_dot, 0, -2, -1)",
        "turned_dot = v @ (others * inner_dot / (w[..., None, :] - w[..., None] + 1 - others))",
        "v_dot = turned_dot - v * np.sum(v * turned_dot, axis=-2, keepdims=True)",
    ],
    adjoint=[
        "others = 1 - np.eye(a.shape[-1])",
        "turned_bar = v_bar - v * np.sum(v_bar * v, axis=-2, keepdims=True)",
        "turn_bar = others * (np.swapaxes(v, -1, -2) @ turned_bar) / (w[..., None, :] - w[..., None] + 1 - others)",
        "inner_bar = (1 - others) * w_bar[..., None] + turn_bar",
        "a_bar += np.swapaxes(v @ np.swapaxes(inner_bar, -1, -2) @ np.linalg.inv(v), -1, -2)",
    ],
    at=("P(3)", "np.stack([P(3), P(3) @ P(3)])"),
)

# Singular values, and triangular factors.
rule(
    "s = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="not compute_uv and a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=["factors = np.linalg.svd(a, full_matrices=False)", "s_dot = np.diag(factors[0].T @ a_dot @ factors[2].T)"],
    adjoint=["factors = np.linalg.svd(a, full_matrices=False)", "a_bar += factors[0] * s_bar @ factors[2]"],
    at=("A(3, 2), compute_uv=False", "A(2, 3), False, False"),
    source="Giles 3.2",
)
rule(
    "s = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="not compute_uv",
    tangent=[
        "factors = np.linalg.svd(a, full_matrices=False)",
        "s_dot = np.real(np.einsum('...ji,...jk,...ik->...i', np.conj(factors[0]), a_dot, np.conj(factors[2])))",
    ],
    adjoint=[
        "factors = np.linalg.svd(a, full_matrices=False)",
        "a_bar += np.conj(factors[0]) * s_bar[..., None, :] @ np.conj(factors[2])",
    ],
    at=("A(2, 3, 2), compute_uv=False", "C(3, 2), compute_uv=False"),
)
rule(
    "u, s, vh = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="compute_uv and a.ndim == 2 and (not full_matrices or a.shape[0] == a.shape[1]) and not np.iscomplexobj(a)",
    tangent=[
        "inner_dot = u.T @ a_dot @ vh.T",
        "gaps = s ** 2 - s[:, None] ** 2 + np.eye(len(s))",
        "s_dot = np.diag(inner_dot)",
        "u_turn_dot = (inner_dot * s + s[:, None] * inner_dot.T) / gaps",
        "v_turn_dot = (s[:, None] * inner_dot + inner_dot.T * s) / gaps",
        "u_dot = u @ (u_turn_dot - np.diag(np.diag(u_turn_dot))) + (a_dot @ vh.T - u @ inner_dot) / s",
        "vh_dot = (v_turn_dot - np.diag(np.diag(v_turn_dot))).T @ vh + (u.T @ a_dot - inner_dot @ vh) / s[:, None]",
    ],
    adjoint=[
        "off = (1 - np.eye(len(s))) / (s ** 2 - s[:, None] ** 2 + np.eye(len(s)))",
        "u_turn_bar = off * (u.T @ u_bar - u_bar.T @ u)",
        "v_turn_bar = off * (vh @ vh_bar.T - vh_bar @ vh.T)",
        "inner_bar = u_turn_bar * s + s[:, None] * v_turn_bar + np.eye(len(s)) * s_bar",
        "u_rest_bar = (u_bar - u @ (u.T @ u_bar)) / s",
        "v_rest_bar = (vh_bar - vh_bar @ vh.T @ vh) / s[:, None]",
        "a_bar += u @ inner_bar @ vh + u_rest_bar @ vh + u @ v_rest_bar",
    ],
    at=("A(3, 3)", "A(3, 3), False", "A(4, 3), full_matrices=False", "A(2, 4), full_matrices=False"),
    source="J. Townsend, Differentiating the singular value decomposition (2016)",
)
rule(
    "u, s, vh = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="compute_uv and (not full_matrices or a.shape[-1] == a.shape[-2]) and not np.iscomplexobj(a)",
    tangent=[
        "ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)",
        "row, column = s[..., None, :], s[..., None]",
        "off = (1 - np.eye(s.shape[-1])) / (row ** 2 - column ** 2 + np.eye(s.shape[-1]))",
        "inner_dot = ut @ a_dot @ v",
        "s_dot = np.diagonal(inner_dot, 0, -2, -1)",
        "u_turn_dot = off * (inner_dot * row + column * np.swapaxes(inner_dot, -1, -2))",
        "v_turn_dot = off * (column * inner_dot + np.swapaxes(inner_dot, -1, -2) * row)",
        "u_dot = u @ u_turn_dot + (a_dot @ v - u @ inner_dot) / row",
        "vh_dot = np.swapaxes(v_turn_dot, -1, -2) @ vh + (ut @ a_dot - inner_dot @ vh) / column",
    ],
    adjoint=[
        "ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vh, -1, -2)",
        "row, column = s[..., None, :], s[..., None]",
        "off = (1 - np.eye(s.shape[-1])) / (row ** 2 - column ** 2 + np.eye(s.shape[-1]))",
        "u_inner, v_inner = ut @ u_bar, vh @ np.swapaxes(vh_bar, -1, -2)",
        "u_turn_bar = off * (u_inner - np.swapaxes(u_inner, -1, -2))",
        "v_turn_bar = off * (v_inner - np.swapaxes(v_inner, -1, -2))",
        "inner_bar = u_turn_bar * row + column * v_turn_bar + np.eye(s.shape[-1]) * s_bar[..., None]",
        "u_rest_bar = (u_bar - u @ u_inner) / row",
        "v_rest_bar = (vh_bar - np.swapaxes(v_inner, -1, -2) @ vh) / column",
        "a_bar += u @ inner_bar @ vh + u_rest_bar @ vh + u @ v_rest_bar",
    ],
    at=("A(2, 3, 3)", "A(2, 4, 3), False"),
)
# The phases are free; they are those by which the vectors on the right keep theirs.
rule(
    "u, s, vh = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="compute_uv and (not full_matrices or a.shape[-1] == a.shape[-2])",
    tangent=[
        "uh, v = np.conj(np.swapaxes(u, -1, -2)), np.conj(np.swapaxes(vh, -1, -2))",
        "row, column, same = s[..., None, :], s[..., None], np.eye(s.shape[-1])",
        "off = (1 - same) / (row ** 2 - column ** 2 + same)",
        "inner_dot = uh @ a_dot @ v",
        "inner_dot_h = np.conj(np.swapaxes(inner_dot, -1, -2))",
        "s_dot = np.real(np.diagonal(inner_dot, 0, -2, -1))",
        "u_turn_dot = off * (inner_dot * row + column * inner_dot_h) + 1j * same * np.imag(inner_dot) / row",
        "v_turn_dot = off * (column * inner_dot + inner_dot_h * row)",
        "u_dot = u @ u_turn_dot + (a_dot @ v - u @ inner_dot) / row",
        "vh_dot = np.conj(np.swapaxes(v_turn_dot, -1, -2)) @ vh + (uh @ a_dot - inner_dot @ vh) / column",
    ],
    adjoint=[
        "row, column, same = s[..., None, :], s[..., None], np.eye(s.shape[-1])",
        "off = (1 - same) / (row ** 2 - column ** 2 + same)",
        "u_inner = np.swapaxes(u, -1, -2) @ u_bar",
        "v_inner = vh_bar @ np.swapaxes(vh, -1, -2)",
        "u_turn_bar = off * (u_inner - np.conj(np.swapaxes(u_inner, -1, -2)))",
        "v_turn_bar = off * (np.conj(np.swapaxes(v_inner, -1, -2)) - v_inner)",
        "inner_bar = u_turn_bar * row + column * v_turn_bar + same * (s_bar[..., None] + 1j * np.imag(u_inner) / row)",
        "u_rest_bar = (u_bar - np.conj(u) @ u_inner) / row",
        "v_rest_bar = (vh_bar - v_inner @ np.conj(vh)) / column",
        "a_bar += np.conj(u) @ inner_bar @ np.conj(vh) + u_rest_bar @ np.conj(vh) + np.conj(u) @ v_rest_bar",
    ],
    at=("A(3, 3)", "A(2, 4, 3), False"),
)
# The first columns of a, as many as q has, are q @ first; where a has more, the rest of r follows from q.
rule(
    "q, r = np.linalg.qr(a, mode='reduced')",
    when="mode == 'reduced' and not np.iscomplexobj(a)",
    tangent=[
        "size = r.shape[-2]",
        "scaled_dot = a_dot[..., :size] @ np.linalg.inv(r[..., :size])",
        "inner_dot = np.swapaxes(q, -1, -2) @ scaled_dot",
        "turn_dot = np.tril(inner_dot, -1) - np.swapaxes(np.tril(inner_dot, -1), -1, -2)",
        "q_dot = q @ (turn_dot - inner_dot) + scaled_dot",
        "r_dot = np.swapaxes(q, -1, -2) @ a_dot - turn_dot @ r",
    ],
    adjoint=[
        "size = r.shape[-2]",
        "turn_bar = np.swapaxes(q, -1, -2) @ q_bar - r_bar @ np.swapaxes(r, -1, -2)",
        "inner_bar = np.tril(turn_bar - np.swapaxes(turn_bar, -1, -2), -1)",
        "scaled_bar = q_bar + q @ (inner_bar - np.swapaxes(q, -1, -2) @ q_bar)",
        "first_bar = scaled_bar @ np.swapaxes(np.linalg.inv(r[..., :size]), -1, -2)",
        "a_bar += q @ r_bar + fitted(first_bar, a.shape)",
    ],
    at=("A(3, 3)", "A(4, 3)", "A(2, 4)", "A(2, 4, 3)", "A(5, 2, 3)"),
    source="S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions (2010)",
)
# The diagonal of r stays real.
rule(
    "q, r = np.linalg.qr(a, mode='reduced')",
    when="mode == 'reduced'",
    tangent=[
        "size = r.shape[-2]",
        "scaled_dot = a_dot[..., :size] @ np.linalg.inv(r[..., :size])",
        "inner_dot = np.conj(np.swapaxes(q, -1, -2)) @ scaled_dot",
        "below = np.tril(inner_dot, -1)",
        "turn_dot = below - np.conj(np.swapaxes(below, -1, -2)) + 1j * np.eye(size) * np.imag(inner_dot)",
        "q_dot = q @ (turn_dot - inner_dot) + scaled_dot",
        "r_dot = np.conj(np.swapaxes(q, -1, -2)) @ a_dot - turn_dot @ r",
    ],
    adjoint=[
        "size = r.shape[-2]",
        "turn_bar = np.swapaxes(q, -1, -2) @ q_bar - r_bar @ np.swapaxes(r, -1, -2)",
        "skew_bar = np.tril(turn_bar - np.conj(np.swapaxes(turn_bar, -1, -2)), -1)",
        "inner_bar = skew_bar + 1j * np.eye(size) * np.imag(turn_bar)",
        "scaled_bar = q_bar + np.conj(q) @ (inner_bar - np.swapaxes(q, -1, -2) @ q_bar)",
        "first_bar = scaled_bar @ np.swapaxes(np.linalg.inv(r[..., :size]), -1, -2)",
        "a_bar += np.conj(q) @ r_bar + fitted(first_bar, a.shape)",
    ],
    at=("C(3, 3)", "C(4, 3)", "C(2, 4)", "C(2, 4, 3)"),
)
PINV = "y = np.linalg.pinv(a, rcond=None, hermitian=False, *, rtol=None)"
rule(
    PINV,
    when="a.ndim == 2 and not hermitian and not np.iscomplexobj(a)",
    tangent="y_dot = -y @ a_dot @ y + y @ y.T @ a_dot.T @ (np.eye(len(a)) - a @ y)"
    " + (np.eye(len(y)) - y @ a) @ a_dot.T @ y.T @ y",
    adjoint=[
        "a_bar += (np.eye(len(a)) - a @ y) @ y_bar.T @ y @ y.T + y.T @ y @ y_bar.T @ (np.eye(len(y)) - y @ a)",
        "a_bar -= y.T @ y_bar @ y.T",
    ],
    at=("A(3, 2)", "A(2, 4)", "P(3)", "A(2, 4), 1e-10"),
    source="G. Golub and V. Pereyra, The differentiation of pseudo-inverses (1973)",
)
rule(
    PINV,
    when="not hermitian",
    tangent=[
        "yh, a_dot_h = np.conj(np.swapaxes(y, -1, -2)), np.conj(np.swapaxes(a_dot, -1, -2))",
        "y_dot = -y @ a_dot @ y + y @ yh @ a_dot_h @ (np.eye(a.shape[-2]) - a @ y)"
        " + (np.eye(a.shape[-1]) - y @ a) @ a_dot_h @ yh @ y",
    ],
    adjoint=[
        "yt, y_bar_h = np.swapaxes(y, -1, -2), np.conj(np.swapaxes(y_bar, -1, -2))",
        "a_bar += np.conj(np.eye(a.shape[-2]) - a @ y) @ y_bar_h @ np.conj(y) @ yt"
        " + yt @ np.conj(y) @ y_bar_h @ np.conj(np.eye(a.shape[-1]) - y @ a)",
        "a_bar -= yt @ y_bar @ yt",
    ],
    at=("A(2, 3, 4)", "C(3, 2)", "C(2, 4)"),
)

# By the implicit function theorem.  Of real coefficients NumPy gives real or complex roots, which the values decide.
rule(
    "r = np.roots(p)",
    when="np.iscomplexobj(p)",
    tangent="r_dot = -np.polyval(p_dot, r) / np.polyval(np.polyder(p), r)",
    adjoint="p_bar -= r_bar / np.polyval(np.polyder(p), r) @ np.vander(r, len(p))",
    sizes="data",
    at="C(4)",
)

# The slope of a norm at 0 is 0.
VECTOR = "(x, ord=None, axis=None, keepdims=False)"
EUCLIDEAN = "axis is None and (ord is None or ord == 'fro' or ord == 2 and x.ndim == 1) and not np.iscomplexobj(x)"
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{EUCLIDEAN} and not keepdims",
    tangent="y_dot = np.sum(x * x_dot) / (y + (y == 0))",
    adjoint="x_bar += y_bar * x / (y + (y == 0))",
    at=("A(3)", "A(2, 3)", "A(3), 2", "A(2, 3), 'fro'"),
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{EUCLIDEAN} and keepdims",
    tangent="y_dot = np.sum(x * x_dot, keepdims=True) / (y + (y == 0))",
    adjoint="x_bar += y_bar * x / (y + (y == 0))",
    at="A(2, 3), keepdims=True",
)
ALONG = (
    "axis is not None and not np.iscomplexobj(x)"
    " and (ord is None or ord == 2 and isinstance(axis, int) or ord == 'fro' and isinstance(axis, tuple))"
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{ALONG} and not keepdims",
    tangent="y_dot = np.sum(x * x_dot, axis=axis) / (y + (y == 0))",
    adjoint="x_bar += np.expand_dims(y_bar / (y + (y == 0)), axis) * x",
    at=("A(2, 3), axis=1", "A(2, 3), 2, 0", "A(2, 3, 4), axis=(0, 2)"),
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{ALONG} and keepdims",
    tangent="y_dot = np.sum(x * x_dot, axis=axis, keepdims=True) / (y + (y == 0))",
    adjoint="x_bar += y_bar / (y + (y == 0)) * x",
    at="A(2, 3), axis=1, keepdims=True",
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when="ord == 1 and x.ndim == 1 and axis is None and not keepdims and not np.iscomplexobj(x)",
    tangent="y_dot = np.sum(np.sign(x) * x_dot)",
    adjoint="x_bar += y_bar * np.sign(x)",
    at="A(3) - 0.5, 1",
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when="isinstance(axis, int) and ord == 1 and not keepdims and not np.iscomplexobj(x)",
    tangent="y_dot = np.sum(np.sign(x) * x_dot, axis=axis)",
    adjoint="x_bar += np.expand_dims(y_bar, axis) * np.sign(x)",
    at="A(2, 3) - 0.5, 1, axis=1",
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when="ord == np.inf and x.ndim == 1 and axis is None and not keepdims and not np.iscomplexobj(x)",
    tangent=["mask = np.abs(x) == y", "y_dot = np.sum(mask * np.sign(x) * x_dot) / max(np.sum(mask), 1)"],
    adjoint=["mask = np.abs(x) == y", "x_bar += y_bar / np.sum(mask) * mask * np.sign(x)"],
    at="A(3) - 0.5, np.inf",
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when="isinstance(ord, (int, float)) and ord > 1 and ord < 1e300 and x.ndim == 1 and axis is None and not keepdims"
    " and not np.iscomplexobj(x)",
    tangent="y_dot = np.sum((np.abs(x) / (y + (y == 0))) ** (ord - 1) * np.sign(x) * x_dot)",
    adjoint="x_bar += y_bar * (np.abs(x) / (y + (y == 0))) ** (ord - 1) * np.sign(x)",
    at=("A(3) - 0.5, 3", "A(3) - 0.5, 2.5"),
)
rule(
    "y = np.linalg.matrix_power(a, n)",
    when="n == 2 and a.ndim == 2",
    tangent="y_dot = a_dot @ a + a @ a_dot",
    adjoint="a_bar += y_bar @ a.T + a.T @ y_bar",
    at="A(3, 3), 2",
)
rule(
    "y = np.linalg.matrix_power(a, n)",
    when="a.ndim == 2",
    tangent="y_dot = matrix_power_tangent(a, a_dot, n)",
    adjoint="a_bar += matrix_power_tangent(a.T, y_bar, n)",
    at=("P(3), 3", "P(3), 1", "P(3), 0", "P(3), -2"),
)
rule(
    "y = np.linalg.matrix_power(a, n)",
    tangent="y_dot = matrix_power_tangent(a, a_dot, n)",
    adjoint="a_bar += matrix_power_tangent(np.swapaxes(a, -1, -2), y_bar, n)",
    at=("A(2, 3, 3), 2", "np.stack([P(3), P(3)]), -1"),
)
# As of a matrix: the first `ind` axes of a are its rows, those of y its columns.
rule(
    "y = np.linalg.tensorinv(a, ind=2)",
    tangent="y_dot = -np.tensordot(np.tensordot(y, a_dot, ind), y, a.ndim - ind)",
    adjoint=[
        "left = np.tensordot(y, y_bar, (tuple(range(a.ndim - ind)), tuple(range(a.ndim - ind))))",
        "a_bar -= np.tensordot(left, y, (tuple(range(ind, 2 * ind)), tuple(range(a.ndim - ind, a.ndim))))",
    ],
    at=("np.reshape(P(4), (2, 2, 2, 2))", "np.reshape(P(4), (4, 2, 2)), 1"),
)
