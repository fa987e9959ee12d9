"""Which pairs are plain functions?  Those of which no backward half is called, and whose forward half keeps nothing.

Before: def f_forward(x):                            After: def f(x):
            y = x ** 2                                          y = x ** 2
            return y, ()                                        return y
        def f_backward(saved):
            pass
        t, _ = f_forward(x)                                     t = f(x)
"""

from __future__ import annotations

import re
from typing import Any

import gast

from srcgrad.lang import names, tree
from srcgrad.lang.nodes import nodes_in


def with_plain_functions(functions: list[gast.FunctionDef], keep: tuple[str, ...]) -> list[gast.FunctionDef]:
    """keep: the functions that were asked for, which are no pairs of those that are called."""
    halves = [f for f in functions if f.name not in keep]
    if not halves:
        return functions
    read = {n.id for f in functions for n in nodes_in(f) if isinstance(n, gast.Name)}
    kept = {n for f in functions for n in recorded_calls(f)}
    taken = names.Names({f.name for f in functions} | {n for f in functions for n in names.identifiers(f)})
    plain: dict[str, str] = {}
    dropped: set[str] = set()
    for forward, backward in zip(halves[::2], halves[1::2]):
        if backward.name not in read and forward.name not in kept and is_record_empty(forward.body[-1]):
            plain[forward.name] = taken.fresh(re.sub(r"_forward(_\d+)?$", "", forward.name))
            dropped.add(backward.name)
    return [with_plain_calls(f, plain) for f in functions if f.name not in dropped] if plain else functions


def recorded_calls(function: gast.FunctionDef) -> set[str]:
    """The functions that it calls otherwise than in `result, _ = f_forward(x)`."""
    found = [n for n in nodes_in(function) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)]
    unrecorded = {id(s.value.func) for s in nodes_in(function) if is_unrecorded(s)}
    return {n.id for n in found if id(n) not in unrecorded}


def is_unrecorded(statement: Any) -> bool:
    if not isinstance(statement, gast.Assign) or not isinstance(statement.value, gast.Call):
        return False
    target = statement.targets[0]
    is_pair = isinstance(target, gast.Tuple) and len(target.elts) == 2
    return is_pair and isinstance(target.elts[1], gast.Name) and target.elts[1].id == "_"


def is_record_empty(last: Any) -> bool:
    """Is it `return result, ()`?"""
    value = last.value if isinstance(last, gast.Return) else None
    if not isinstance(value, gast.Tuple) or len(value.elts) != 2:
        return False
    return isinstance(value.elts[1], gast.Tuple) and not value.elts[1].elts


def with_plain_calls(function: gast.FunctionDef, plain: dict[str, str]) -> gast.FunctionDef:
    """The function, which is plain if its name is one of these, calling those by their plain names."""
    changes: dict[int, Any] = {}
    for statement in nodes_in(function):
        if is_unrecorded(statement) and getattr(statement.value.func, "id", None) in plain:
            call = tree.call(plain[statement.value.func.id], *statement.value.args)
            target = statement.targets[0].elts[0]
            unread = isinstance(target, gast.Name) and target.id == "_"
            changes[id(statement)] = tree.statement(call) if unread else gast.Assign([target], call, None)
    result = tree.replace(function, changes)
    if function.name not in plain:
        return result  # type: ignore[no-any-return]
    made = gast.FunctionDef(**dict(gast.iter_fields(result)))
    made.name = plain[function.name]
    *body, last = made.body[1:]
    value = last.value.elts[0]
    if body and isinstance(body[-1], gast.Assign) and tree.text(body[-1].targets[0]) == tree.text(value):
        value = body.pop().value  # type: ignore[attr-defined]
    made.body = [*body, gast.Return(value)]
    return made
