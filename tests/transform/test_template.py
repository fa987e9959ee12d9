"""What does a rule's text become when operands are put in?"""

import gast
import pytest

from srcgrad.lang import tree
from srcgrad.transform.template import fill


def expression(text):
    return gast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "operands", "filled"),
    [
        ("y * x ** (y - 1)", {"x": "u[1:]", "y": "2"}, "2 * u[1:]"),
        ("y * x ** (y - 1)", {"x": "u", "y": "1"}, "1"),
        ("y * x ** (y - 1)", {"x": "u", "y": "3"}, "3 * u ** 2"),
        ("np.cos(x)", {"x": "a + b"}, "np.cos(a + b)"),
        ("z_bar @ B.T", {"z_bar": "z_bar", "B": "C.T"}, "z_bar @ C"),
        ("y_bar / x.size", {"y_bar": "r", "x": "p * q"}, "r / <size of p * q>"),
        ("[np.shape(x) for x in xs]", {"xs": "parts", "x": "never"}, "[np.shape(x) for x in parts]"),
    ],
)
def test_fill(text, operands, filled):
    def ask(node, attr):
        return gast.Name(f"<{attr} of {tree.text(node)}>", gast.Load(), None, None)

    found = fill(expression(text), {k: expression(v) for k, v in operands.items()}, ask, {})
    assert tree.text(found) == filled


def test_operands_are_shared():
    operand = expression("a + b")
    found = fill(expression("1 - x ** 2"), {"x": operand}, lambda node, attr: node, {})
    assert any(node is operand for node in gast.walk(found))
