"""The derivatives of those functions of scipy.special whose slopes NumPy can express."""

from __future__ import annotations

from srcgrad.rules.registry import elementwise, rule

elementwise("y = scipy.special.expit(x)", dx="y * (1 - y)")
elementwise("y = scipy.special.log_expit(x)", dx="1 - np.exp(y)")
elementwise("y = scipy.special.logit(x)", dx="1 / (x * (1 - x))")
elementwise("y = scipy.special.erf(x)", dx="2 / math.sqrt(math.pi) * np.exp(-x ** 2)")
elementwise("y = scipy.special.erfc(x)", dx="-2 / math.sqrt(math.pi) * np.exp(-x ** 2)")
elementwise("y = scipy.special.ndtr(x)", dx="np.exp(-x ** 2 / 2) / math.sqrt(2 * math.pi)")
elementwise("y = scipy.special.log_ndtr(x)", dx="np.exp(-x ** 2 / 2 - y) / math.sqrt(2 * math.pi)")
elementwise("y = scipy.special.entr(x)", dx="-(np.log(x) + 1)")
elementwise("y = scipy.special.exp10(x)", dx="y * math.log(10)")
elementwise("z = scipy.special.xlogy(x, y)", dx="np.log(y)", dy="x / y")
elementwise("z = scipy.special.xlog1py(x, y)", dx="np.log1p(y)", dy="x / (1 + y)")
elementwise("z = scipy.special.rel_entr(x, y)", dx="np.log(x / y) + 1", dy="-x / y")
elementwise("z = scipy.special.kl_div(x, y)", dx="np.log(x / y)", dy="1 - x / y")

rule(
    "y = scipy.special.logsumexp(a, axis=None, *, keepdims=False)",
    when="axis is None or keepdims",
    tangent="y_dot = np.sum(a_dot * np.exp(a - y), axis=axis, keepdims=keepdims)",
    adjoint="a_bar += y_bar * np.exp(a - y)",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1, keepdims=True", "A(2, 3), keepdims=True"),
)
rule(
    "y = scipy.special.logsumexp(a, axis=None, *, keepdims=False)",
    when="axis is not None and not keepdims",
    tangent="y_dot = np.sum(a_dot * np.exp(a - np.expand_dims(y, axis)), axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) * np.exp(a - np.expand_dims(y, axis))",
    at=("A(3), 0", "A(2, 3), axis=1", "A(2, 3, 4), (0, 2)"),
)
rule(
    "y = scipy.special.softmax(x, axis=None)",
    tangent="y_dot = y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))",
    adjoint="x_bar += y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1"),
)
rule(
    "y = scipy.special.log_softmax(x, axis=None)",
    tangent="y_dot = x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)",
    adjoint="x_bar += y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1"),
)
