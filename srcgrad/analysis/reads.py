"""Which names does an expression read: by value, for their shape only, with a derivative?"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.kinds import Array, Unknown, varied
from srcgrad.analysis.survives import base_of
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import children

SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype"}
SHAPE_CALLS = {"shape", "size", "ndim", "zeros_like", "ones_like", "empty_like", "full_like"}


def value_reads(node: gast.AST, stable: Container[str] = (), new: Container[int] = ()) -> set[str]:
    """Names whose value is read.  A question for the shape of a `stable` name, whose shape is always the same, is none."""
    reading = Reading(stable, new)
    reading.visit(node)
    return reading.names


def part_reads(
    node: gast.AST, kinds: Any, stable: Container[str] = (), new: Container[int] = ()
) -> tuple[set[str], list[gast.expr]]:
    """The same, but for arrays of which a part is read, `x[i]`; and these parts."""
    reading = Reading(stable, new, kinds)
    reading.visit(node)
    return reading.names, reading.parts


@dataclass
class Reading:
    """One search."""

    stable: Container[str]
    new: Container[int]
    kinds: Any = None
    names: set[str] = field(default_factory=set)
    parts: list[gast.expr] = field(default_factory=list)

    def visit(self, node: gast.AST) -> None:
        if isinstance(node, tree.SCOPES):
            self.names |= tree.names_read(node)
        elif isinstance(node, gast.Name):
            if isinstance(node.ctx, gast.Load) and id(node) not in self.new:
                self.names.add(node.id)
        elif isinstance(node, gast.Subscript) and self.is_part(node):
            self.parts.append(node)
            for index in tree.indices(node):
                self.visit(index)
        elif isinstance(node, gast.Attribute) and node.attr in SHAPE_ATTRIBUTES and self.is_stable(node.value):
            pass
        elif self.asks_shape(node):
            for other in [node.func, *node.args[1:], *node.keywords]:  # type: ignore[attr-defined]
                self.visit(other)
        else:
            for child in children(node):
                self.visit(child)

    def is_part(self, node: gast.expr) -> bool:
        base = base_of(node) if self.kinds is not None else None
        return base is not None and isinstance(self.kinds.of(base), Array)

    def asks_shape(self, node: gast.AST) -> bool:
        """`np.zeros_like(x)`, `len(x)`, where only the shape of x matters."""
        if not isinstance(node, gast.Call) or not node.args or not self.is_stable(node.args[0]):
            return False
        function = node.func
        if isinstance(function, gast.Name):
            return function.id in ("len", "zeros_like")
        called = isinstance(function, gast.Attribute) and function.attr in SHAPE_CALLS
        return called and tree.root(function) in ("np", "numpy")

    def is_stable(self, node: gast.AST) -> bool:
        return isinstance(node, gast.Name) and node.id in self.stable


def active_reads(function: core.Function, node: Any, kinds: Any) -> set[str]:
    """Names that the expression reads in a differentiable position."""
    if not varied(kinds.of(node)):
        assert id(node) in function.kinds or not loses_derivative(function, node, kinds), "every expression has a kind"
        return set()
    match = function.matches.get(id(node))
    if match is not None:
        found: set[str] = set()
        for operand in match.rule.operands:
            if operand in match.operands:
                found |= active_reads(function, match.operands[operand], kinds)
        return found
    if isinstance(node, gast.Name):
        return {node.id}
    if isinstance(node, (gast.Subscript, gast.Attribute)):
        return active_reads(function, node.value, kinds) or {n for n in [tree.root(node)] if n}
    if isinstance(node, gast.UnaryOp):
        return active_reads(function, node.operand, kinds)
    if isinstance(node, gast.BinOp):
        return active_reads(function, node.left, kinds) | active_reads(function, node.right, kinds)
    if isinstance(node, (gast.Tuple, gast.List)):
        return {n for e in node.elts for n in active_reads(function, e, kinds)}
    if isinstance(node, gast.Dict):
        return {n for e in node.values for n in active_reads(function, e, kinds)}
    return {n.id for n in tree.name_nodes(node) if varied(kinds.of(n))}


def loses_derivative(function: core.Function, node: Any, kinds: Any) -> bool:
    """Is the kind of this expression unknown, although it is made of values that vary?"""
    if not isinstance(kinds.of(node), Unknown):
        return False
    return any(varied(kinds.of(n)) for n in tree.name_nodes(node))
