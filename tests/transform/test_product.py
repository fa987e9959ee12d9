"""Are adjoints written as one would by hand?"""

import gast
import pytest

from srcgrad.analysis.kinds import FLOAT
from srcgrad.lang import tree
from srcgrad.transform.product import Term, minus, product, signed_sum, split_product, split_sign


def expression(text):
    return gast.parse(text, mode="eval").body


def term(base, *factors):
    pairs = [(f[0], expression(f[1:])) for f in factors]
    return Term(1, expression(base), FLOAT).times(pairs)


@pytest.mark.parametrize(
    ("base", "factors", "sign", "text"),
    [
        ("y_bar", ["*2", "*u"], 1, "y_bar * 2 * u"),
        ("y_bar", ["*2"], 1, "2 * y_bar"),
        ("y_bar", ["*0.5", "/y", "*2", "*r"], 1, "y_bar / y * r"),
        ("y_bar", ["*1", "/y"], 1, "y_bar / y"),
        ("y_bar", ["*-x"], -1, "y_bar * x"),
        ("y_bar", ["*-x", "*-2"], 1, "y_bar * x * 2"),
        ("y_bar", ["*(a + b)", "/(c * d)"], 1, "y_bar * (a + b) / (c * d)"),
        ("u_bar[1:-1]", [], 1, "u_bar[1:-1]"),
        ("y_bar", ["*y", "/r ** 3", "*3", "*r ** 2"], 1, "y_bar * y / r * 3"),
        ("y_bar", ["/t ** 1.5", "*t ** 0.5"], 1, "y_bar / t"),
        ("y_bar", ["*x", "/x ** 3"], 1, "y_bar / x ** 2"),
        ("y_bar", ["*x", "/x", "/x"], 1, "y_bar * x / x / x"),
        ("y_bar", ["*f(x) ** 2", "/f(x)"], 1, "y_bar * f(x) ** 2 / f(x)"),
    ],
)
def test_product(base, factors, sign, text):
    found = term(base, *factors)
    assert found.sign == sign
    assert tree.text(product(found)) == text


def test_signs():
    sign, inner = split_sign(expression("-z / y * x"))
    assert (sign, tree.text(inner)) == (-1, "z / y * x")
    base, factors = split_product(inner)
    assert tree.text(base) == "z"
    assert [(op, tree.text(f)) for op, f in factors] == [("/", "y"), ("*", "x")]
    assert tree.text(minus(expression("a * b / c"))) == "-a * b / c"
    parts = [(-1, expression("a * b")), (1, expression("c")), (-1, expression("d"))]
    assert tree.text(signed_sum(parts)) == "c - a * b - d"
    assert tree.text(signed_sum(parts[::2])) == "-a * b - d"
