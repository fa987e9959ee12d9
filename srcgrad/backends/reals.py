"""Which numbers of a lowered function are surely real, and not whole? Those that are computed from real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.backends.contraction import is_allocation
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

MADE = {
    "sqrt", "exp", "log", "log1p", "expm1", "log2", "log10", "exp2", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "asin", "acos", "atan", "atan2", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "hypot", "mean",
    "erf", "erfc", "gamma", "lgamma", "cbrt", "std", "var", "linspace",
}  # fmt: skip
KEPT = {"abs", "max", "min", "maximum", "minimum", "absolute", "fabs", "sum", "prod", "dot", "copy", "ravel", "reshape"}


class Reals:
    """The variables of a function that hold real numbers of double precision, or arrays of them."""

    def __init__(self, function: Any, is_given: Callable[[str], bool]) -> None:
        params = {a.id for a in function.args.args}
        self.known: set[str] = {n for n in params if is_given(n)}
        values: dict[str, list[Any]] = {}
        otherwise = params - self.known
        for statement in tree.statements_in(function.body):
            if isinstance(statement, gast.For):
                otherwise |= {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
            elif isinstance(statement, gast.Assign):
                for target in statement.targets:
                    if isinstance(target, gast.Name):
                        values.setdefault(target.id, []).append(statement.value)
                    elif isinstance(target, gast.Tuple):
                        otherwise |= {n.id for n in nodes_in(target) if isinstance(n, gast.Name)}
        self.known |= values.keys() - otherwise
        while True:
            lost = {n for n in self.known & values.keys() if not all(map(self.is_real, values[n]))}
            if not lost:
                break
            self.known -= lost

    def is_real(self, node: Any) -> bool:
        if isinstance(node, gast.Constant):
            return isinstance(node.value, float)
        if isinstance(node, gast.Name):
            return node.id in self.known
        if isinstance(node, gast.Subscript):
            return not isinstance(node.value, gast.Attribute) and self.is_real(node.value)
        if isinstance(node, gast.UnaryOp):
            return not isinstance(node.op, gast.Not) and self.is_real(node.operand)
        if isinstance(node, gast.BinOp):
            return isinstance(node.op, gast.Div) or self.is_real(node.left) or self.is_real(node.right)
        if isinstance(node, gast.IfExp):
            return self.is_real(node.body) and self.is_real(node.orelse)
        return isinstance(node, gast.Call) and self.is_made(node)

    def is_made(self, call: Any) -> bool:
        """By a function that gives real numbers, or those that it is given."""
        if tree.is_call(call, "float") or is_allocation(tree.assign("made", call)):
            return not call.keywords and len(call.args) == 1
        if not isinstance(call.func, gast.Attribute):
            return tree.text(call.func) in KEPT and any(map(self.is_real, call.args))
        if tree.root(call.func) in ("np", "math"):
            kept = call.func.attr in KEPT and any(map(self.is_real, call.args))
            return not call.keywords and (kept or call.func.attr in MADE)
        return call.func.attr in KEPT and self.is_real(call.func.value)
