"""Which parameters do functions of the rule book do without?  Those that nobody reads, and those whose value is known.

Before: def quantile(a, q, axis, method):            After: def quantile(a, q):
            ...  # axis is None
        p = quantile(x, 0.3, None, "linear")                p = quantile(x, 0.3)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.inline import calls_itself, read_as
from srcgrad.analysis.kinds import Const
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.calls import calls_of, of_rule_book
from srcgrad.optimize.rewriting import count_names

LITERALS = (type(None), bool, int, float, str)


def with_few_parameters(function: core.Function) -> list[Any]:
    """The function, and those it calls, call others that have the parameters they need; the nodes that must stay alive.

    Those are copies: the functions themselves may be called again, by what is not specialised yet.
    """
    alive: list[Any] = []
    made: dict[int, core.Function] = {}
    todo, seen = [function], {id(function)}
    while todo:
        for call in calls_of(todo.pop()):
            if of_rule_book(call.callee) and id(call.callee) not in seen and not calls_itself(call.callee):
                if id(call.callee) not in made:
                    made[id(call.callee)] = with_known_values(call.callee, alive)
                    alive.append(call.callee)
                call.callee = made[id(call.callee)]
            if id(call.callee) not in seen:
                seen.add(id(call.callee))
                todo.append(call.callee)
    calls = [call for one in core.all_functions(function) for call in calls_of(one)]
    for callee in made.values():
        own = [call for call in calls if call.callee is callee]
        idle = idle_parameters(callee, own)
        callee.params = [p for i, p in enumerate(callee.params) if i not in idle]
        for call in own:
            call.args = [a for i, a in enumerate(call.args) if i not in idle]
    return alive


def with_known_values(function: core.Function, alive: list[Any]) -> core.Function:
    """A copy of the function, in which parameters that are literals are written as such."""
    found = replace(function, steps=core.copy_steps(function.steps))
    bound = {n.id for s in core.walk(found.steps) for n in core.bound_names(s)}
    for param in function.params:
        kind = function.kinds[id(param)]
        if isinstance(kind, Const) and type(kind.value) in LITERALS and param.id not in bound:
            literal = tree.constant(kind.value)
            function.kinds[id(literal)] = kind
            alive += [literal, read_as(found, param.id, literal)]
    return found


def idle_parameters(function: core.Function, calls: list[core.Call]) -> set[int]:
    """The places of the parameters that are not read, and are given nothing that does more than to be read."""
    counts = count_names(function.steps)
    idle = {i for i, param in enumerate(function.params) if not counts[param.id]}
    given = {i: [n for call in calls for n in nodes_in(call.args[i])] for i in idle}
    return {i for i, nodes in given.items() if not any(isinstance(n, gast.Call) for n in nodes)}
