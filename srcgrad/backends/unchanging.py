"""Which lists hold nothing but one parameter, again and again?  What is taken from them is that parameter.

Before: p_saved = []                          After: for t in range(n):
        for t in range(n):                               ...
            p_saved.append(p)                        for t in range(n):
        for t in range(n):                               a_bar = v * p
            a_bar = v * p_saved.pop()

Where functions are written out, their saved arguments become such lists.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.sites import is_append, is_call_of, is_empty_list, rebuilt
from srcgrad.lang import tree


def without_lists_of_one(function: gast.FunctionDef) -> gast.FunctionDef:
    nodes = [n for statement in function.body for n in gast.walk(statement)]
    names = [n for n in nodes if isinstance(n, gast.Name)]
    bound = {n.id for n in names if not isinstance(n.ctx, gast.Load)}
    params = {a.id for a in function.args.args} - bound
    changes: dict[int, Any] = {}
    for name in {n.targets[0].id for n in nodes if is_empty_list(n)}:
        made = [n for n in nodes if is_empty_list(n) and n.targets[0].id == name]
        added = [n for n in nodes if is_append(n, name)]
        taken = [n for n in nodes if is_call_of(n, name, "pop") and not n.args]
        held = {tree.text(n.value.args[0]) for n in added}
        if len(held) == 1 and held <= params and sum(n.id == name for n in names) == len([*made, *added, *taken]):
            changes |= {id(statement): [] for statement in (*made, *added)}
            changes |= {id(pop): tree.name(*held) for pop in taken}
    if not changes:
        return function
    result = copy.copy(function)
    result.body = rebuilt(function.body, changes)
    return result
