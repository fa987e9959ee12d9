"""Which lists are only added to and taken from at their end?  Stacks of numbers, which lie in arrays that grow.

Before: x_saved = []               After: x_saved = np.empty(16)
        while ...:                        x_count = 0
            x_saved.append(x)             while ...:
                                              if x_count == x_saved.shape[0]:
                                                  x_saved = longer(x_saved)
                                              x_saved[x_count] = x
                                              x_count += 1
        x = x_saved.pop()                 x_count -= 1
                                          x = x_saved[x_count]

Numba's lists are several times as slow.  Where it is known how many there will be, `tapes` has made arrays before.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Kind, List, Number, widen
from srcgrad.backends.tapes import is_append, is_call_of, is_empty_list, own_nodes
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

ROOM = 16  # places at first


def with_stacks(function: Any, kinds: Callable[[str], Kind | None], fresh: Callable[[str], str]) -> Any:
    """The function with arrays for its stacks.  kinds: of all that is bound to a variable."""
    dtypes = stacks_of(function, kinds)
    if not dtypes:
        return function
    counts = {name: fresh(f"{name.removesuffix('_saved')}_count") for name in dtypes}
    made = copy.copy(function)
    made.body = []
    waiting = dict(dtypes)
    for statement in function.body:
        first = [n for n in waiting if any(isinstance(m, gast.Name) and m.id == n for m in nodes_in(statement))]
        made.body += [allocated(name, waiting.pop(name)) for name in first]
        made.body += block([statement], counts)
    return made


def stacks_of(function: Any, kinds: Callable[[str], Kind | None]) -> dict[str, np.dtype[Any]]:
    """The lists of numbers that are stacks, and the types of the numbers."""
    statements = tree.statements_in(function.body)
    empty = {s.targets[0].id for s in statements if is_empty_list(s)} - {a.id for a in function.args.args}
    found = {}
    for name in sorted(empty):
        kind = kinds(name)
        item = widen(kind.cell.item) if isinstance(kind, List) else None
        if isinstance(item, Number) and item.dtype.kind in "fiubc":
            if all(is_use_of_stack(s, name) for s in statements):
                found[name] = item.dtype
    return found


def is_use_of_stack(statement: Any, name: str) -> bool:
    """Does it name the list at most to empty it, to add a number, or to take one and do something with it?"""
    own = own_nodes(statement)
    named = sum(isinstance(n, gast.Name) and n.id == name for n in own)
    if named == 0 or (is_empty_list(statement) and statement.targets[0].id == name):
        return True
    if is_append(statement, name):
        return named == 1
    taken = [n for n in own if is_call_of(n, name, "pop") and not n.args]
    sometimes = [n for n in own if isinstance(n, (gast.IfExp, gast.BoolOp, *tree.SCOPES))]
    inside = {id(n) for part in sometimes for n in nodes_in(part)}
    return named == len(taken) == 1 and id(taken[0]) not in inside and not isinstance(statement, gast.While)


def block(statements: list[Any], counts: dict[str, str]) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        own = own_nodes(statement)
        taken = [n for n in own if isinstance(n, gast.Call) and any(is_call_of(n, name, "pop") for name in counts)]
        for pop in taken:
            made.append(tree.augment(counts[pop.func.value.id], "-", tree.constant(1)))
        changes = {id(p): top(p.func.value.id, counts) for p in taken}
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            statement = copy.copy(statement)
            for head in ("iter", "test"):
                if hasattr(statement, head):
                    setattr(statement, head, tree.replace(getattr(statement, head), changes))
            statement.body, statement.orelse = block(statement.body, counts), block(statement.orelse, counts)
            made.append(statement)
        elif is_empty_list(statement) and statement.targets[0].id in counts:
            made.append(tree.assign(counts[statement.targets[0].id], tree.constant(0)))
        elif isinstance(statement, gast.Expr) and any(is_append(statement, name) for name in counts):
            made += pushed(statement.value.func.value.id, tree.replace(statement.value.args[0], changes), counts)
        else:
            made.append(tree.replace(statement, changes))
    return made


def pushed(name: str, value: gast.expr, counts: dict[str, str]) -> list[Any]:
    room = tree.subscript(tree.attribute(tree.name(name), "shape"), tree.constant(0))
    is_full = gast.Compare(tree.name(counts[name]), [gast.Eq()], [room])
    return [
        gast.If(is_full, [tree.assign(name, tree.call("longer", tree.name(name)))], []),
        tree.assign(top(name, counts), value),
        tree.augment(counts[name], "+", tree.constant(1)),
    ]


def top(name: str, counts: dict[str, str]) -> gast.Subscript:
    return tree.subscript(tree.name(name), tree.name(counts[name]))


def allocated(name: str, dtype: np.dtype[Any]) -> Any:
    args: list[gast.expr] = [tree.constant(ROOM)]
    if dtype != np.float64:
        args.append(tree.attribute(tree.name("np"), "bool_" if dtype.kind == "b" else dtype.name))
    return tree.assign(name, tree.call(tree.attribute(tree.name("np"), "empty"), *args))
