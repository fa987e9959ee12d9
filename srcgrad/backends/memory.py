"""Which variables of a generated function may share memory?  Without regard to order: groups that only grow."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.tree import SCOPES

# What gives new memory; anything else may give a view of an operand.
FRESH = {
    "zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like", "full", "full_like", "copy", "sum", "mean",
    "max", "min", "where", "outer", "arange", "linspace", "eye", "concatenate", "stack", "dot", "cumsum", "argmax",
    "argmin", "sort", "argsort", "cross", "add_at", "len", "range", "float", "int", "abs",
}  # fmt: skip


def groups_of(function: gast.FunctionDef, disjoint: bool, arrays: set[str], numbers: set[str]) -> dict[str, str]:
    """Variable -> the one that stands for its group.

    disjoint: the parameters share nothing with one another.  arrays: the variables that are always arrays of numbers, so
    that a store into them is a copy.  numbers: those that are always numbers.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    def unite(names: set[str]) -> None:
        found = sorted({find(n) for n in names - numbers})
        for other in found[1:]:
            leader[other] = found[0]

    if not disjoint:
        unite({a.id for a in function.args.args})
    for node in gast.walk(function):
        if isinstance(node, gast.Assign):
            shared = shared_by(node, arrays)
            targets = {
                n.id
                for t in node.targets
                if not (isinstance(t, gast.Subscript) and tree.root(t) in arrays)
                for n in gast.walk(t)
                if isinstance(n, gast.Name)
            }
            if shared and targets - numbers:  # a number computed from two arrays does not make them one
                unite(shared | targets)
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "append":
            unite({tree.root(node.func.value) or "", *views_in(node.args[0])})
        elif isinstance(node, gast.For) and not tree.made_of_range(node.iter):
            unite({n.id for t in (node.target, node.iter) for n in gast.walk(t) if isinstance(n, gast.Name)})
    return {name: find(name) for name in leader}


def shared_by(statement: gast.Assign, arrays: set[str]) -> set[str]:
    """The variables that share memory with what a statement binds; sums of lists hold what the lists do."""
    target, value = statement.targets[0], statement.value
    computed = isinstance(value, (gast.BinOp, gast.UnaryOp, gast.Compare))
    return set() if computed and isinstance(target, gast.Name) and target.id in arrays else views_in(value)


def is_fresh(node: Any) -> bool:
    """Does this give memory of its own?"""
    return isinstance(node, gast.Call) and not views_in(node)


def kept_in(statements: list[Any], arrays: set[str], numbers: set[str]) -> set[str]:
    """The variables whose memory may be reached by another name once the statements are done."""
    found: set[str] = set()
    for node in nodes_in(*statements):
        if isinstance(node, gast.Assign):
            target = node.targets[0]
            if not (isinstance(target, gast.Name) and target.id in numbers):
                found |= shared_by(node, arrays)
        elif isinstance(node, gast.For) and not tree.made_of_range(node.iter):
            found |= views_in(node.iter)
        elif isinstance(node, gast.Call) and tree.root(node.func) not in ("np", "math"):
            found |= {n for a in node.args for n in views_in(a)}
    return found


def views_in(node: Any) -> set[str]:
    """The variables of which the value of an expression may be a view."""
    if isinstance(node, gast.Name):
        return {node.id}
    if isinstance(node, (gast.Subscript, gast.Attribute, gast.Starred)):
        return views_in(node.value)
    if isinstance(node, (gast.Tuple, gast.List, gast.Set)):
        return {n for e in node.elts for n in views_in(e)}
    if isinstance(node, gast.Dict):
        return {n for e in node.values for n in views_in(e)}
    if isinstance(node, gast.BinOp):
        return views_in(node.left) | views_in(node.right)
    if isinstance(node, SCOPES):
        return tree.names_read(node)
    if isinstance(node, gast.IfExp):
        return views_in(node.body) | views_in(node.orelse)
    if isinstance(node, gast.Call):
        name = node.func.attr if isinstance(node.func, gast.Attribute) else getattr(node.func, "id", "")
        of_numpy = isinstance(node.func, gast.Attribute) and getattr(node.func.value, "id", "") == "np"
        if name in FRESH or (of_numpy and isinstance(getattr(np, name, None), np.ufunc)):
            return set()
        parts = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, gast.Attribute):
            parts.append(node.func.value)
        return {n for p in parts for n in views_in(p)} - {"np"}
    return set()
