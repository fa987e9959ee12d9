"""Which variables are known numbers wherever they are read?  The counters of loops that were written out.

Before: i = 0                          After: i = 0
        total += rows[i]                      total += rows[0]
        i = 1                                 i = 1
        total += rows[i]                      total += rows[1]
"""

from __future__ import annotations

import operator
from typing import Any

import gast

from srcgrad.analysis.kinds import Const, Number
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import Rewriting, trees_of

OPERATIONS: dict[type, Any] = {gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul}


def with_known_counters(function: core.Function) -> list[Any]:
    """The function reads their values; the nodes that must stay alive."""
    counters = known_counters(function)
    if not counters:
        return []
    tops = [t for s in core.walk(function.steps) for t in trees_of(s)]
    tops += [o for m in function.matches.values() for o in m.operands.values()]
    changes: dict[int, Any] = {}
    alive: list[Any] = []
    for node in nodes_in(*tops):
        if isinstance(node, gast.Name) and node.id in counters and isinstance(node.ctx, gast.Load):
            kind = function.kinds.get(id(node))
            if isinstance(kind, Const) and type(kind.value) is int and id(node) not in changes:
                changes[id(node)] = tree.constant(kind.value)
                function.kinds[id(changes[id(node)])] = kind
                alive.append(node)
    if not changes:
        return []
    for node in nodes_in(*tops):
        fold(node, changes, function)
    rewriting = Rewriting(function, changes)
    rewriting.apply()
    return [*alive, *rewriting.made.values(), *rewriting.alive]


def fold(node: Any, changes: dict[int, Any], function: core.Function) -> None:
    """`(0 + 1) * n` is n, and `0 * n` is 0, of integers, where a counter stood."""
    if not isinstance(node, gast.BinOp) or id(node) in changes or type(node.op) not in OPERATIONS:
        return
    for operand in (node.left, node.right):
        fold(operand, changes, function)
    if id(node.left) not in changes and id(node.right) not in changes:
        return
    operands = [changes.get(id(n), n) for n in (node.left, node.right)]
    values = [n.value if isinstance(n, gast.Constant) else None for n in operands]
    new = None
    if None not in values:
        new = tree.constant(OPERATIONS[type(node.op)](*values))
        function.kinds[id(new)] = Const(new.value)
    elif isinstance(node.op, gast.Mult) and all(is_integer(function.kinds.get(id(n))) for n in operands):
        factor, other = (values[0], operands[1]) if values[0] is not None else (values[1], operands[0])
        new = other if factor == 1 else operands[values.index(0)] if factor == 0 else None
    if new is not None:
        changes[id(node)] = new


def is_integer(kind: Any) -> bool:
    return isinstance(kind, Const) and type(kind.value) is int or isinstance(kind, Number) and kind.dtype.kind == "i"


def known_counters(function: core.Function) -> set[str]:
    """Variables that are only ever assigned integers, and more than one: what a user calls n = 3 stays n."""
    values: dict[str, set[int]] = {}
    others = {p.id for p in function.params}
    for step in core.walk(function.steps):
        for node in core.bound_names(step):
            value = step.value if isinstance(step, core.Assign) and len(step.targets) == 1 else None
            kind = function.kinds.get(id(value))
            if isinstance(kind, Const) and type(kind.value) is int and kind.value >= 0:
                values.setdefault(node.id, set()).add(kind.value)
            else:
                others.add(node.id)
    return {name for name, found in values.items() if len(found) > 1} - others
