"""The derivatives of operators, of their ufuncs, and of the operator module."""

from __future__ import annotations

from srcgrad.rules.registry import constant, elementwise, rule

elementwise("z = x + y", "z = np.add(x, y)", "z = operator.add(x, y)", dx="1", dy="1")
elementwise("z = x - y", "z = np.subtract(x, y)", "z = operator.sub(x, y)", dx="1", dy="-1")
elementwise("z = x * y", "z = np.multiply(x, y)", "z = operator.mul(x, y)", dx="y", dy="x")
elementwise("z = x / y", "z = np.divide(x, y)", "z = operator.truediv(x, y)", dx="1 / y", dy="-z / y")
elementwise("y = -x", "y = np.negative(x)", "y = operator.neg(x)", dx="-1")
elementwise("y = +x", "y = np.positive(x)", "y = operator.pos(x)", dx="1")

# An exponent that is a literal other than 0 gives the formula of the books, the others one that holds at y == 0 also.
POWERS = ("z = x ** y", "z = np.power(x, y)", "z = np.float_power(x, y)", "z = operator.pow(x, y)", "z = pow(x, y)")
for text in (*POWERS, "z = math.pow(x, y)"):
    elementwise(text, when="isinstance(y, (int, float, complex)) and y != 0", dx="y * x ** (y - 1)", at="0.4, 3")
    elementwise(
        text,
        dx="y * x ** (y - (y != 0))",
        dy="z * np.log(x + (x == 0))",
        source="0 ** y has slope 0 in y, and x ** 0 has slope 0 in x, as in JAX",
    )

# z = x - (x // y) * y, and x // y is constant where it is continuous.
elementwise("z = x % y", "z = np.remainder(x, y)", "z = operator.mod(x, y)", dx="1", dy="-(x // y)")
elementwise("z = np.fmod(x, y)", "z = math.fmod(x, y)", dx="1", dy="-np.trunc(x / y)")
rule(
    "q, r = divmod(x, y)",
    "q, r = np.divmod(x, y)",
    tangent=["q_dot = np.zeros_like(q)", "r_dot = x_dot - q * y_dot"],
    adjoint=["x_bar += unbroadcast(r_bar, np.shape(x))", "y_bar -= unbroadcast(r_bar * q, np.shape(y))"],
    at=("2.3, 0.7", "A(3), A(2, 3)"),
)
rule(
    "r, q = np.modf(x, /)",
    "r, q = math.modf(x)",
    tangent=["r_dot = x_dot", "q_dot = np.zeros_like(q)"],
    adjoint="x_bar += r_bar",
    at="2.3",
)

constant("np.floor_divide", "operator.floordiv")
constant("np.equal", "np.not_equal", "np.less", "np.less_equal", "np.greater", "np.greater_equal")
constant("operator.eq", "operator.ne", "operator.lt", "operator.le", "operator.gt", "operator.ge", "operator.not_")
constant("np.logical_and", "np.logical_or", "np.logical_xor", "np.logical_not")
constant("np.bitwise_and", "np.bitwise_or", "np.bitwise_xor", "np.invert", "np.left_shift", "np.right_shift")

# The product of every pair of ranks: a stack of matrices is broadcast against the other operand.
MATMUL = ("z = A @ B", "z = np.matmul(A, B)", "z = operator.matmul(A, B)")
for text in MATMUL:
    rule(
        text,
        when="A.ndim == 2 and B.ndim == 2",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=["A_bar += z_bar @ B.T", "B_bar += A.T @ z_bar"],
        at="A(2, 3), A(3, 4)",
    )
    rule(
        text,
        when="A.ndim == 2 and B.ndim == 1",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=["A_bar += np.outer(z_bar, B)", "B_bar += A.T @ z_bar"],
        at="A(2, 3), A(3)",
    )
    rule(
        text,
        when="A.ndim == 1 and B.ndim == 2",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=["A_bar += B @ z_bar", "B_bar += np.outer(A, z_bar)"],
        at="A(3), A(3, 4)",
    )
    rule(
        text,
        when="A.ndim == 1 and B.ndim == 1",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=["A_bar += z_bar * B", "B_bar += z_bar * A"],
        at="A(3), A(3)",
    )
    rule(
        text,
        when="A.ndim >= 2 and B.ndim >= 2",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=[
            "A_bar += unbroadcast(z_bar @ np.swapaxes(B, -1, -2), A.shape)",
            "B_bar += unbroadcast(np.swapaxes(A, -1, -2) @ z_bar, B.shape)",
        ],
        at=("A(5, 2, 3), A(3, 4)", "A(2, 3), A(5, 3, 4)", "A(5, 1, 2, 3), A(6, 3, 4)"),
    )
    rule(
        text,
        when="A.ndim > 2 and B.ndim == 1",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=[
            "A_bar += z_bar[..., None] * B",
            "B_bar += unbroadcast(np.swapaxes(A, -1, -2) @ z_bar[..., None], (*B.shape, 1))[:, 0]",
        ],
        at="A(5, 2, 3), A(3)",
    )
    rule(
        text,
        when="A.ndim == 1 and B.ndim > 2",
        tangent="z_dot = A_dot @ B + A @ B_dot",
        adjoint=[
            "A_bar += unbroadcast(B @ z_bar[..., None], (*A.shape, 1))[:, 0]",
            "B_bar += A[:, None] * z_bar[..., None, :]",
        ],
        at="A(3), A(5, 3, 4)",
    )
