"""Which names does an expression read: by value, for their shape only, with a derivative?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from srcgrad.analysis.kinds import Unknown, varied
from srcgrad.lang import core, tree

SHAPE_ATTRIBUTES = {"shape", "size", "ndim", "dtype"}
SHAPE_CALLS = {
    "shape",
    "size",
    "ndim",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
}


def value_reads(node: gast.AST, stable: Iterable[str] = (), new: Iterable[int] = ()) -> set[str]:
    """Names whose value is read.  A question for the shape of a `stable` name, whose shape is always the same, is none."""
    found: set[str] = set()
    _value_reads(node, set(stable), set(new), found)
    return found


def _value_reads(node: gast.AST, stable: set[str], new: set[int], found: set[str]) -> None:
    if isinstance(node, tree.SCOPES):
        found |= tree.names_read(node)
        return
    if isinstance(node, gast.Name):
        if isinstance(node.ctx, gast.Load) and id(node) not in new:
            found.add(node.id)
        return
    if isinstance(node, gast.Attribute) and node.attr in SHAPE_ATTRIBUTES and _is_stable(node.value, stable):
        return
    if isinstance(node, gast.Call) and node.args and _is_stable(node.args[0], stable):
        function = node.func
        shape_call = (
            isinstance(function, gast.Attribute)
            and function.attr in SHAPE_CALLS
            and tree.root(function) in ("np", "numpy")
        )
        if shape_call or (isinstance(function, gast.Name) and function.id in ("len", "zeros_like")):
            for other in [function, *node.args[1:], *node.keywords]:
                _value_reads(other, stable, new, found)
            return
    for child in tree.children(node):
        _value_reads(child, stable, new, found)


def _is_stable(node: gast.AST, stable: set[str]) -> bool:
    return isinstance(node, gast.Name) and node.id in stable


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
