"""Loops over the members of a list that are told apart are written out: `f(p[0])`, `f(p[1])`.

Before: for i in range(len(p)):                 After: W, b = p[0]
            W, b = p[i]                                x = x @ W + b
            x = x @ W + b                              W, b = p[1]
                                                       x = x @ W + b
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.members import Parts, unshared
from srcgrad.backends.sites import rebuilt
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

MOST = 200  # statements that are written for one loop


def unrolled(function: gast.FunctionDef, given: dict[str, Parts]) -> gast.FunctionDef:
    """The function with loops over the members of what it is given, and lists of something of each, written out."""
    keys = {n: p.keys for n, p in given.items()}
    made = copy.copy(function)
    while True:
        changes = comprehensions(made.body, keys)
        made.body = rebuilt(made.body, changes)
        new = lists_by_member(made.body, keys)
        if not new.keys() - keys.keys():
            break
        keys |= new
    counts = {n: len(k) for n, k in keys.items() if n not in given or given[n].form == "list"}
    made.body = written_out(made.body, made.body, counts)
    lengths = [n for n in nodes_in(*made.body) if tree.is_call(n, "len") and name_of(n.args[0]) in counts]
    made.body = rebuilt(made.body, {id(n): tree.constant(counts[n.args[0].id]) for n in lengths})
    return made


def comprehensions(block: list[Any], keys: dict[str, list[Any]]) -> dict[int, Any]:
    """`[f(p[0]), f(p[1])]` for `[f(v) for v in p]`"""
    changes: dict[int, Any] = {}
    for node in nodes_in(*block):
        if not isinstance(node, gast.ListComp) or len(node.generators) != 1 or node.generators[0].ifs:
            continue
        loop = node.generators[0]
        if isinstance(loop.target, gast.Name) and name_of(loop.iter) in keys:
            items = [tree.subscript(loop.iter, tree.constant(k)) for k in keys[loop.iter.id]]
            changes[id(node)] = gast.List([with_name(node.elt, loop.target.id, item) for item in items], gast.Load())
    return changes


def lists_by_member(block: list[Any], keys: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The lists that are made once, as a display, and are used by their members alone."""
    bound: dict[str, list[Any]] = {}
    for statement in block:
        if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
            bound.setdefault(statement.targets[0].id, []).append(statement.value)
    names = [n for n in nodes_in(*block) if isinstance(n, gast.Name)]
    members = {id(n.value) for n in nodes_in(*block) if isinstance(n, gast.Subscript)}
    members |= {id(g.iter) for n in nodes_in(*block) if isinstance(n, gast.ListComp) for g in n.generators}
    members |= {id(n.args[0]) for n in nodes_in(*block) if tree.is_call(n, "len")}
    found = {}
    for name, values in bound.items():
        uses = [n for n in names if n.id == name]
        stores = [n for n in uses if isinstance(n.ctx, gast.Store)]
        if len(values) == len(stores) == 1 and isinstance(values[0], gast.List) and values[0].elts:
            if all(id(n) in members for n in uses if n not in stores):
                found[name] = list(range(len(values[0].elts)))
    return found


def written_out(block: list[Any], whole: list[Any], counts: dict[str, int]) -> list[Any]:
    result: list[Any] = []
    for statement in block:
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            statement = copy.copy(statement)
            statement.body = written_out(statement.body, whole, counts)
            statement.orelse = written_out(statement.orelse, whole, counts)
        count = passes_of(statement, counts)
        if count is None or not may_be_written_out(statement, whole, len(count)):
            result.append(statement)
            continue
        for k in count:
            index = tree.constant(k)
            result += [with_name(unshared(s), statement.target.id, index) for s in statement.body]
    return result


def passes_of(statement: Any, counts: dict[str, int]) -> range | None:
    """The passes of `for i in range(len(p))`, or `reversed(...)` of these."""
    if not isinstance(statement, gast.For) or not isinstance(statement.target, gast.Name) or statement.orelse:
        return None
    backwards = tree.is_call(statement.iter, "reversed")
    called: Any = statement.iter.args[0] if backwards else statement.iter
    if not tree.is_call(called, "range") or len(called.args) != 1 or not tree.is_call(called.args[0], "len"):
        return None
    count = counts.get(name_of(called.args[0].args[0]))
    if count is None:
        return None
    return range(count - 1, -1, -1) if backwards else range(count)


def may_be_written_out(loop: gast.For, whole: list[Any], count: int) -> bool:
    """It is short, has no exits, and its position is of no use elsewhere, nor set in it."""
    inside = list(nodes_in(*loop.body))
    exits = (gast.Break, gast.Continue, gast.Return)
    if any(isinstance(n, exits) for n in inside) or count * sum(isinstance(n, gast.stmt) for n in inside) > MOST:
        return False
    name = loop.target.id  # type: ignore[attr-defined]
    reads = [n for n in nodes_in(*whole) if isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Load)]
    heads = [n.target for n in nodes_in(*whole) if isinstance(n, gast.For) and name_of(n.target) == name]
    bodies = [n.body for n in nodes_in(*whole) if isinstance(n, gast.For) and name_of(n.target) == name]
    within = {id(n) for body in bodies for n in nodes_in(*body)}
    stores = [n for n in inside if isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)]
    return bool(heads) and not stores and all(id(n) in within for n in reads)


def with_name(node: Any, name: str, value: gast.expr) -> Any:
    """The tree with something else for each read of a name."""
    reads = [n for n in nodes_in(node) if isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Load)]
    return tree.replace(node, {id(n): value for n in reads})


def name_of(node: Any) -> str:
    return node.id if isinstance(node, gast.Name) else ""
