"""Which variables of a generated function may share memory?  Without regard to order: groups that only grow."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.lang import tree

# What gives new memory; anything else may give a view of an operand.
FRESH = {
    "zeros", "zeros_like", "ones", "ones_like", "empty", "empty_like", "full", "full_like", "copy", "sum", "mean",
    "max", "min", "where", "outer", "arange", "linspace", "eye", "concatenate", "stack", "dot", "cumsum", "argmax",
    "argmin", "sort", "argsort", "cross", "add_at", "len", "range", "float", "int", "abs",
}  # fmt: skip


def groups_of(function: gast.FunctionDef, disjoint: bool, arrays: set[str]) -> dict[str, str]:
    """Variable -> the one that stands for its group.

    disjoint: the parameters share nothing with one another.  arrays: the variables that are always arrays of numbers, so
    that a store into them is a copy.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    def unite(names: set[str]) -> None:
        found = sorted({find(n) for n in names})
        for other in found[1:]:
            leader[other] = found[0]

    if not disjoint:
        unite({a.id for a in function.args.args})
    for node in gast.walk(function):
        if isinstance(node, gast.Assign):
            shared = views_in(node.value)
            targets = {
                n.id
                for t in node.targets
                if not (isinstance(t, gast.Subscript) and tree.root(t) in arrays)
                for n in gast.walk(t)
                if isinstance(n, gast.Name)
            }
            if shared and targets:
                unite(shared | targets)
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "append":
            unite({tree.root(node.func.value) or "", *views_in(node.args[0])})
        elif isinstance(node, gast.For):
            unite({n.id for t in (node.target, node.iter) for n in gast.walk(t) if isinstance(n, gast.Name)})
    return {name: find(name) for name in leader}


def views_in(node: Any) -> set[str]:
    """The variables of which the value of an expression may be a view."""
    if isinstance(node, gast.Name):
        return {node.id}
    if isinstance(node, (gast.Subscript, gast.Attribute, gast.Starred)):
        return views_in(node.value)
    if isinstance(node, (gast.Tuple, gast.List)):
        return {n for e in node.elts for n in views_in(e)}
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
