"""Lists are made by loops for Numba, beside whose comprehensions stores through views of arrays in lists are lost.

Before: zs = [np.zeros_like(v) for v in xs]        After: zs = []
                                                          for v in xs:
                                                              zs.append(np.zeros_like(v))
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.names import Names


def without_comprehensions(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function with loops for `x = [... for v in it]`; other comprehensions are left."""
    names = Names.of(function)
    body = block(function.body, names)
    return gast.FunctionDef(function.name, function.args, body, [], None, None, [])


def block(statements: list[Any], names: Names) -> list[Any]:
    result: list[Any] = []
    for statement in statements:
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            statement = copy.copy(statement)
            statement.body, statement.orelse = block(statement.body, names), block(statement.orelse, names)
        elif isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
            made = made_by_loop(statement.targets[0].id, statement.value, names)
            if made:
                result += made
                continue
        result.append(statement)
    return result


def made_by_loop(name: str, value: Any, names: Names) -> list[Any]:
    """A list that a comprehension makes, under a name that the comprehension does not read."""
    if not isinstance(value, gast.ListComp) or len(value.generators) != 1 or name in tree.names_read(value):
        return []
    loop = value.generators[0]
    if loop.ifs or not isinstance(loop.target, gast.Name):
        return []
    element = tree.name(names.fresh(loop.target.id))
    changes: dict[int, Any] = {
        id(n): element for n in gast.walk(value.elt) if isinstance(n, gast.Name) and n.id == loop.target.id
    }
    member = tree.replace(value.elt, changes)
    before: list[Any] = []
    if isinstance(member, gast.ListComp):
        inner = names.fresh(f"{name}_item")
        before = made_by_loop(inner, member, names)
        member = tree.name(inner)
        if not before:
            return []
    added = tree.statement(tree.method(tree.name(name), "append", member))
    body = [*before, added]
    return [tree.assign(name, gast.List([], gast.Load())), gast.For(tree.target(element.id), loop.iter, body, [], None)]
