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
    tangent="y_dot = y * np.trace(np.linalg.solve(a, a_dot))",
    adjoint="a_bar += y_bar * y * np.linalg.inv(a).T",
    at="P(3)",
    source="Giles 2.2.4",
)
rule(
    "y = np.linalg.det(a)",
    tangent="y_dot = y * np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)",
    adjoint="a_bar += (y_bar * y)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)",
    at="np.stack([P(3), P(3)])",
)
rule(
    "sign, logdet = np.linalg.slogdet(a)",
    when="a.ndim == 2",
    tangent=["sign_dot = np.zeros_like(sign)", "logdet_dot = np.trace(np.linalg.solve(a, a_dot))"],
    adjoint="a_bar += logdet_bar * np.linalg.inv(a).T",
    at="P(3)",
)
rule(
    "sign, logdet = np.linalg.slogdet(a)",
    tangent=["sign_dot = np.zeros_like(sign)", "logdet_dot = np.trace(np.linalg.solve(a, a_dot), axis1=-2, axis2=-1)"],
    adjoint="a_bar += logdet_bar[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)",
    at="np.stack([P(3), P(3)])",
)
# NumPy reads the lower triangle only, and so the adjoint has only that.
rule(
    "L = np.linalg.cholesky(a, /)",
    when="a.ndim == 2",
    tangent=[
        "lower_dot = np.tril(a_dot)",
        "inner_dot = np.linalg.solve(L, np.linalg.solve(L, lower_dot + np.tril(lower_dot, -1).T).T)",
        "L_dot = L @ (np.tril(inner_dot) - 0.5 * np.diag(np.diag(inner_dot)))",
    ],
    adjoint=[
        "inner_bar = np.tril(L.T @ L_bar)",
        "both_bar = np.linalg.solve(L.T, np.linalg.solve(L.T, inner_bar + np.tril(inner_bar, -1).T).T)",
        "a_bar += np.tril(both_bar) - 0.5 * np.diag(np.diag(both_bar))",
    ],
    at="P(3)",
    source="I. Murray, Differentiation of the Cholesky decomposition (2016), eq. 10",
)
# NumPy reads the lower triangle only.
rule(
    "w, v = np.linalg.eigh(a)",
    when="a.ndim == 2 and not np.iscomplexobj(a)",
    tangent=[
        "lower_dot = np.tril(a_dot)",
        "inner_dot = v.T @ (lower_dot + np.tril(lower_dot, -1).T) @ v",
        "gaps = w - w[:, None] + np.eye(len(w))",
        "w_dot = np.diag(inner_dot)",
        "v_dot = v @ ((inner_dot - np.diag(np.diag(inner_dot))) / gaps)",
    ],
    adjoint=[
        "gaps = w - w[:, None] + np.eye(len(w))",
        "inner_bar = v @ (np.diag(w_bar) + (1 - np.eye(len(w))) * (v.T @ v_bar) / gaps) @ v.T",
        "a_bar += np.tril(inner_bar) + np.triu(inner_bar, 1).T",
    ],
    at="P(3)",
    source="Giles 3.1",
)
rule(
    "w = np.linalg.eigvalsh(a)",
    when="a.ndim == 2 and not np.iscomplexobj(a)",
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

# Singular values and triangular factors of a real matrix with at least as many rows as columns, or the reverse.
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
    when="not compute_uv and not np.iscomplexobj(a)",
    tangent=[
        "factors = np.linalg.svd(a, full_matrices=False)",
        "s_dot = np.einsum('...ji,...jk,...ik->...i', factors[0], a_dot, factors[2])",
    ],
    adjoint=[
        "factors = np.linalg.svd(a, full_matrices=False)",
        "a_bar += factors[0] * s_bar[..., None, :] @ factors[2]",
    ],
    at="A(2, 3, 2), compute_uv=False",
)
rule(
    "u, s, vh = np.linalg.svd(a, full_matrices=True, compute_uv=True)",
    when="compute_uv and not full_matrices and a.ndim == 2 and not np.iscomplexobj(a)",
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
        "inner_bar = u_turn_bar * s + s[:, None] * v_turn_bar + np.diag(s_bar)",
        "u_rest_bar = (u_bar - u @ (u.T @ u_bar)) / s",
        "v_rest_bar = (vh_bar - vh_bar @ vh.T @ vh) / s[:, None]",
        "a_bar += u @ inner_bar @ vh + u_rest_bar @ vh + u @ v_rest_bar",
    ],
    at=("A(3, 3), False", "A(4, 3), full_matrices=False", "A(2, 4), full_matrices=False"),
    source="J. Townsend, Differentiating the singular value decomposition (2016)",
)
rule(
    "q, r = np.linalg.qr(a, mode='reduced')",
    when="mode == 'reduced' and a.ndim == 2 and a.shape[0] >= a.shape[1] and not np.iscomplexobj(a)",
    tangent=[
        "scaled_dot = np.linalg.solve(r.T, a_dot.T).T",
        "inner_dot = q.T @ scaled_dot",
        "turn_dot = np.tril(inner_dot, -1) - np.tril(inner_dot, -1).T",
        "q_dot = q @ turn_dot + scaled_dot - q @ inner_dot",
        "r_dot = (inner_dot - turn_dot) @ r",
    ],
    adjoint=[
        "inner_bar = r @ r_bar.T - q_bar.T @ q",
        "scaled_bar = q_bar + q @ (np.tril(inner_bar) + np.tril(inner_bar, -1).T)",
        "a_bar += np.linalg.solve(r, scaled_bar.T).T",
    ],
    at=("A(3, 3)", "A(4, 3)"),
    source="S. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions (2010)",
)
rule(
    "y = np.linalg.pinv(a)",
    when="a.ndim == 2 and not np.iscomplexobj(a)",
    tangent="y_dot = -y @ a_dot @ y + y @ y.T @ a_dot.T @ (np.eye(len(a)) - a @ y)"
    " + (np.eye(len(y)) - y @ a) @ a_dot.T @ y.T @ y",
    adjoint=[
        "a_bar += (np.eye(len(a)) - a @ y) @ y_bar.T @ y @ y.T + y.T @ y @ y_bar.T @ (np.eye(len(y)) - y @ a)",
        "a_bar -= y.T @ y_bar @ y.T",
    ],
    at=("A(3, 2)", "A(2, 4)", "P(3)"),
    source="G. Golub and V. Pereyra, The differentiation of pseudo-inverses (1973)",
)

VECTOR = "(x, ord=None, axis=None, keepdims=False)"
EUCLIDEAN = "axis is None and (ord is None or ord == 'fro' or ord == 2 and x.ndim == 1) and not np.iscomplexobj(x)"
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{EUCLIDEAN} and not keepdims",
    tangent="y_dot = np.sum(x * x_dot) / y",
    adjoint="x_bar += y_bar * x / y",
    at=("A(3)", "A(2, 3)", "A(3), 2", "A(2, 3), 'fro'"),
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{EUCLIDEAN} and keepdims",
    tangent="y_dot = np.sum(x * x_dot, keepdims=True) / y",
    adjoint="x_bar += y_bar * x / y",
    at="A(2, 3), keepdims=True",
)
ALONG = "axis is not None and (ord is None or ord == 2 and isinstance(axis, int)) and not np.iscomplexobj(x)"
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{ALONG} and not keepdims",
    tangent="y_dot = np.sum(x * x_dot, axis=axis) / y",
    adjoint="x_bar += np.expand_dims(y_bar / y, axis) * x",
    at=("A(2, 3), axis=1", "A(2, 3), 2, 0", "A(2, 3, 4), axis=(0, 2)"),
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when=f"{ALONG} and keepdims",
    tangent="y_dot = np.sum(x * x_dot, axis=axis, keepdims=True) / y",
    adjoint="x_bar += y_bar / y * x",
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
    tangent=["mask = np.abs(x) == y", "y_dot = np.sum(mask * np.sign(x) * x_dot) / np.sum(mask)"],
    adjoint=["mask = np.abs(x) == y", "x_bar += y_bar / np.sum(mask) * mask * np.sign(x)"],
    at="A(3) - 0.5, np.inf",
)
rule(
    f"y = np.linalg.norm{VECTOR}",
    when="isinstance(ord, (int, float)) and ord > 1 and ord < 1e300 and x.ndim == 1 and axis is None and not keepdims"
    " and not np.iscomplexobj(x)",
    tangent="y_dot = np.sum((np.abs(x) / y) ** (ord - 1) * np.sign(x) * x_dot)",
    adjoint="x_bar += y_bar * (np.abs(x) / y) ** (ord - 1) * np.sign(x)",
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
