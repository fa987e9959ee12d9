"""What may be computed where nobody asks for it, before a loop that has no passes: what raises nothing, and is finite?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, Kind, is_number
from srcgrad.lang import tree
from srcgrad.lang.nodes import children

OPERATORS = (gast.Add, gast.Sub, gast.Mult, gast.MatMult)
# What has a value for arrays of nothing too, and everywhere a finite slope: where the program discards a value for its slope
# (the square root of what is negative, in a branch of np.where), that is told by the place where it is computed.
FUNCTIONS = (
    np.exp, np.exp2, np.expm1, np.sin, np.cos, np.sinh, np.cosh, np.tanh, np.arctan, np.arcsinh, np.abs, np.square,
    np.add, np.subtract, np.multiply, np.negative, np.maximum, np.minimum, np.matmul,
    np.sum, np.mean, np.prod, np.var, np.cumsum, np.cumprod, np.dot, np.vdot, np.inner, np.outer, np.where, np.clip,
)  # fmt: skip
ASKED = {"shape", "size", "ndim", "T"}


class Harmless:
    """kind: of an expression.  known: the names of modules, and those.  has_effect: does an expression do more than give a
    value?"""

    def __init__(self, kind: Callable[[gast.expr], Kind], known: dict[str, Any], has_effect: Callable[[gast.expr], bool]) -> None:
        self.kind, self.known, self.has_effect = kind, known, has_effect

    def is_harmless(self, node: Any) -> bool:
        """Is it arithmetic or a function of NumPy, of numbers and arrays, that warns at most?"""
        if isinstance(node, gast.Constant):
            return True
        if self.has_effect(node) or not is_number(self.kind(node)):
            return False
        if isinstance(node, gast.BinOp):
            return isinstance(node.op, OPERATORS) and self.is_harmless(node.left) and self.is_harmless(node.right)
        if isinstance(node, gast.UnaryOp):
            return isinstance(node.op, gast.USub) and self.is_harmless(node.operand)
        if isinstance(node, gast.Call):
            return self.makes_memory(node) and all(map(self.is_harmless, self.given(node)))
        if isinstance(node, gast.Attribute):
            return node.attr in ASKED and self.is_harmless(node.value)
        if isinstance(node, gast.Subscript):
            return only_adds_axes(node) and self.is_harmless(node.value)
        return isinstance(node, gast.Name)

    def operands(self, node: Any, taken: bool) -> list[Any]:
        """The parts of an expression of which only the value is read, to make something new; a part before what is inside it.

        taken: is the whole such a part?
        """
        found = [node] if taken else []
        if isinstance(node, tree.SCOPES):
            return found
        if self.makes_memory(node):
            return found + [part for child in self.given(node) for part in self.operands(child, True)]
        operates = isinstance(node, (gast.BinOp, gast.UnaryOp))
        return found + [part for child in children(node) for part in self.operands(child, operates)]

    def given(self, call: gast.Call) -> list[gast.expr]:
        """What a function is given, the array with it of which it is a method."""
        own = [call.func.value] if self.is_method(call.func) else []  # type: ignore[attr-defined]
        return [*own, *call.args, *(k.value for k in call.keywords)]

    def is_method(self, function: gast.expr) -> bool:
        return isinstance(function, gast.Attribute) and isinstance(self.kind(function.value), Array)

    def makes_memory(self, node: Any) -> bool:
        """Is it a call of what computes something new from arrays or numbers?"""
        if not isinstance(node, gast.Call) or any(k.arg == "out" for k in node.keywords):
            return False
        function = self.function(node.func)
        given = len(node.args) <= getattr(function, "nin", len(node.args))  # another argument would be `out`
        return given and any(function is one for one in FUNCTIONS)

    def function(self, node: Any) -> Any:
        """What `np.cos` stands for, in a user's text or in generated text; a method does what NumPy's function does."""
        if self.is_method(node):
            return getattr(np, node.attr, None)
        kind = self.kind(node)
        if isinstance(kind, Const):
            return kind.value
        if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name) and self.known.get(node.value.id) is np:
            return getattr(np, node.attr, None)
        return None


def only_adds_axes(part: gast.Subscript) -> bool:
    """`x[:, None]`"""
    items = part.slice.elts if isinstance(part.slice, gast.Tuple) else [part.slice]
    return all(isinstance(i, gast.Constant) and i.value is None or isinstance(i, gast.Slice) and tree.text(i) == ":" for i in items)
