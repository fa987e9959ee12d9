"""The derivatives of the functions of `runtime` that are not differentiated as text."""

from __future__ import annotations

from srcgrad.rules.registry import rule

rule(  # of a row (1, n) that was put into n elements
    "y = unbroadcast(x, shape)",
    when="x.ndim < len(shape)",
    tangent="y_dot = unbroadcast(x_dot, shape)",
    adjoint="x_bar += np.reshape(y_bar, shape[len(shape) - x.ndim :])",
    at=("A(3), (1, 3)", "A(3), (1, 1)"),
)
rule(
    "y = unbroadcast(x, shape)",
    tangent="y_dot = unbroadcast(x_dot, shape)",
    adjoint="x_bar += y_bar",
    at=("A(2, 3), (3,)", "A(2, 3), (2, 1)", "A(2, 3), ()", "A(3), (3,)"),
)
rule(
    "x = untake(y, indices, axis, shape)",
    tangent="x_dot = untake(y_dot, indices, axis, shape)",
    adjoint="y_bar += np.take(x_bar, indices, axis)",
    at=("A(3), [0, 2, 0], None, (4,)", "A(2, 3), [1, 1, 0], 1, (2, 4)", "A(2, 3), [1, 0], 0, (2, 3)"),
)
rule(
    "x = unpad(y, pad_width, shape)",
    tangent="x_dot = unpad(y_dot, pad_width, shape)",
    adjoint="y_bar += np.pad(x_bar, pad_width)",
    at="A(4, 5), ((1, 1), (2, 0)), (2, 3)",
)
rule(
    "y = with_real(z, x)",
    tangent="y_dot = with_real(z_dot, x_dot)",
    adjoint=["z_bar += with_real(y_bar, 0.0)", "x_bar += unbroadcast(np.real(y_bar), np.shape(x))"],
    at=("C(3), A(3)", "C(2, 3), A(3)", "C(3), 0.4"),
)
rule(
    "y = with_imag(z, x)",
    tangent="y_dot = with_imag(z_dot, x_dot)",
    adjoint=["z_bar += with_imag(y_bar, 0.0)", "x_bar -= unbroadcast(np.imag(y_bar), np.shape(x))"],
    at=("C(3), A(3)", "C(2, 3), A(3)", "C(3), 0.4"),
)
rule(
    "x = fitted(y, shape)",
    tangent="x_dot = fitted(y_dot, shape)",
    adjoint="y_bar += fitted(x_bar, y.shape)",
    at=("A(4), (3,)", "A(2, 3), (3, 2)"),
)
rule(
    "y = completing(x)",
    tangent="y_dot = completing_change(x_dot)",
    adjoint="x_bar += completing_adjoint(x, y_bar)",
    at="A(3, 1)",
)
rule(
    "s = from_lower(a)",
    tangent="s_dot = from_lower(a_dot)",
    adjoint="a_bar += to_lower(s_bar)",
    at=("A(3, 3)", "A(2, 3, 3)", "C(3, 3)"),
)
rule(
    "a = to_lower(s)",
    tangent="a_dot = to_lower(s_dot)",
    adjoint="s_bar += from_lower(a_bar)",
    at=("A(3, 3)", "A(2, 3, 3)", "C(3, 3)"),
)
rule(
    "y = cofactors(a)",
    tangent="y_dot = cofactor_change(a, a_dot)",
    adjoint="a_bar += cofactor_change(a, y_bar)",
    at=("P(3)", "np.stack([P(3), P(2 + 1)])", "P(3) * np.array([1.0, 0.0, 0.0])", "C(3, 3)"),
)
# The third derivative of a determinant is symmetric as well.
rule(
    "y = cofactor_change(a, b)",
    tangent="y_dot = cofactor_turn(a, b, a_dot) + cofactor_change(a, b_dot)",
    adjoint=["a_bar += cofactor_turn(a, b, y_bar)", "b_bar += cofactor_change(a, y_bar)"],
    at=("P(3), P(3)", "np.stack([P(3), P(2 + 1)]), A(2, 3, 3)", "C(3, 3), C(3, 3)"),
)
