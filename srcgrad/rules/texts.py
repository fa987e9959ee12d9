"""How is the text of a rule parsed?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import gast

from srcgrad.errors import SrcgradError
from srcgrad.lang.nodes import nodes_in

BINARY = {
    gast.Add: "+",
    gast.Sub: "-",
    gast.Mult: "*",
    gast.Div: "/",
    gast.FloorDiv: "//",
    gast.Mod: "%",
    gast.Pow: "**",
    gast.MatMult: "@",
}
UNARY = {gast.USub: "unary -", gast.UAdd: "unary +"}
OPERATORS = {*BINARY.values(), *UNARY.values()}
CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)$", re.DOTALL)


class RuleError(SrcgradError):
    """The text of a rule is not in the rule language."""

    def __init__(self, message: str) -> None:
        super().__init__("E209", message, advice="see docs/writing-rules.md for the form of rules")
        self.args = (message,)  # what pickle calls the class with


@dataclass(frozen=True)
class Parameter:
    """`kind`: "positional" (by position only), "standard", "keyword" (by keyword only), "variadic" (`*xs`)."""

    name: str
    default: gast.expr | None = None
    kind: str = "standard"


def expression(text: str) -> gast.expr:
    return gast.parse(text.strip(), mode="eval").body


def parse_signature(text: str) -> tuple[Parameter, ...]:
    """The parameters of `x, axis=None, *, keepdims=False`."""
    arguments = expression(f"lambda {text}: 0").args
    parameters = []
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    for i, name in enumerate([*arguments.posonlyargs, *arguments.args]):
        default = arguments.defaults[i - required] if i >= required else None
        kind = "positional" if i < len(arguments.posonlyargs) else "standard"
        parameters.append(Parameter(name.id, default, kind))
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.id, None, "variadic"))
    for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        parameters.append(Parameter(name.id, default, "keyword"))
    return tuple(parameters)


def split(text: str) -> tuple[tuple[str, ...], str]:
    """Outputs and right-hand side: "q, r = divmod(x, y)" -> (("q", "r"), "divmod(x, y)")."""
    left, equals, right = text.partition("=")
    if not equals or right.startswith("="):
        raise RuleError(f"a rule reads `y = f(x)`: {text!r}")
    return tuple(name.strip() for name in left.split(",") if name.strip()), right.strip()


def callee(right: str) -> str | None:
    """The dotted name of the function in a right-hand side; None if it is an operator."""
    found = CALL.match(right)
    return found.group(1) if found else None


def pattern(right: str) -> tuple[str | None, tuple[Parameter, ...]]:
    """The operator (None for a call) and the parameters of a right-hand side."""
    found = CALL.match(right)
    if found:
        return None, parse_signature(found.group(2))
    tree = expression(right)
    if isinstance(tree, gast.BinOp) and isinstance(tree.left, gast.Name) and isinstance(tree.right, gast.Name):
        names = (tree.left.id, tree.right.id)
        return BINARY[type(tree.op)], tuple(Parameter(n, None, "positional") for n in names)
    if isinstance(tree, gast.UnaryOp) and isinstance(tree.operand, gast.Name):
        return UNARY[type(tree.op)], (Parameter(tree.operand.id, None, "positional"),)
    raise RuleError(f"a rule is about one call or one operator: {right!r}")


def statements(text: str | Iterable[str]) -> tuple[gast.stmt, ...]:
    """The statements of a rule; `a, b = c, d` is two."""
    lines = [text] if isinstance(text, str) else list(text)
    return tuple(one for line in lines for statement in gast.parse(line).body for one in _single(statement))


def _single(statement: gast.stmt) -> list[gast.stmt]:
    if isinstance(statement, gast.Assign):
        target, value = statement.targets[0], statement.value
        if isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple) and len(target.elts) == len(value.elts):
            return [gast.Assign([t], v, None) for t, v in zip(target.elts, value.elts)]
    return [statement]


def path_of(tree: gast.expr) -> str:
    """`np.linalg.inv` as text; "" if the tree is no dotted name."""
    if isinstance(tree, gast.Name):
        return tree.id
    inner = path_of(tree.value) if isinstance(tree, gast.Attribute) else ""
    return f"{inner}.{tree.attr}" if inner else ""


def names_in(tree: gast.AST) -> set[str]:
    return {node.id for node in nodes_in(tree) if isinstance(node, gast.Name)}


def operator_of(right: str) -> str:
    """The operator of a right-hand side that is not a call, without parsing."""
    words = right.split()
    if len(words) == 3:
        return words[1]
    return f"unary {right[0]}"
