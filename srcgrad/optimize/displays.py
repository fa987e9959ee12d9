"""Which lists are made only to be taken apart?  Their members are read where they are used.

Before: sequence = [self.layers[0], self.layers[1]]    After: layer = self.layers[0]
        layer = sequence[0]                                   x = layer.forward(x)
        x = layer.forward(x)                                  layer = self.layers[1]
        layer = sequence[1]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from srcgrad.analysis.kinds import Const, Unknown, is_container, is_number
from srcgrad.analysis.pure import is_pure_function
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import Rewriting, count_names, trees_of
from srcgrad.optimize.temporaries import blocks, drop, own_names


def without_displays(function: core.Function) -> list[Any]:
    """The function does without them; the nodes that must stay alive."""
    own, counts = own_names(function), count_names(function.steps)
    changes: dict[int, Any] = {}
    dropped: set[int] = set()
    for block in blocks(function.steps):
        for at, step in enumerate(block):
            members = members_of(step)
            if not members or step.targets[0].id in own:  # type: ignore[attr-defined]
                continue
            name = step.targets[0].id  # type: ignore[attr-defined]
            uses = {i: list(uses_of(s, name)) for i, s in enumerate(block[at + 1 :], at + 1)}
            found = [u for used in uses.values() for u in used]
            last = max((i for i, used in uses.items() if used), default=at)
            once = len({u.slice.value for u in found}) == len(found) == counts[name] - 1
            if (
                once
                and all(u.slice.value < len(members) for u in found)
                and lasting(members, block[at + 1 : last + 1], function)
            ):
                changes |= {id(u): members[u.slice.value] for u in found}
                dropped.add(id(step))
    if not dropped:
        return []
    drop(function, dropped)
    rewriting = Rewriting(function, changes)
    rewriting.apply()
    return [*rewriting.made.values(), *rewriting.alive]


def members_of(step: core.Step) -> list[Any]:
    """What a display holds, if all of that can be read again."""
    if not isinstance(step, core.Assign) or len(step.targets) != 1 or step.printed is not None:
        return []
    value = step.value
    members = value.elts if isinstance(value, (gast.List, gast.Tuple)) else []
    return members if all(is_part(m) for m in members) else []


def is_part(member: gast.expr) -> bool:
    """An attribute or a member by a constant index; these say by themselves whether something is changed."""
    return tree.is_place(member) and all(isinstance(i, gast.Constant) for i in tree.indices(member))


def uses_of(step: core.Step, name: str) -> Iterator[Any]:
    """Reads of a member by a constant index, in a step and all that is inside it."""
    for inner in core.walk([step]):
        for node in nodes_in(*trees_of(inner)):
            if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and node.value.id == name:
                index = node.slice
                if isinstance(index, gast.Constant) and isinstance(index.value, int) and index.value >= 0:
                    yield node


def lasting(members: list[gast.expr], steps: list[core.Step], function: core.Function) -> bool:
    """Do the members stay what they are while the steps are done?"""
    names = {n for m in members for n in tree.names_read(m)}
    bound = {n.id for s in core.walk(steps) for n in core.bound_names(s)}
    return not names & bound and not changes_containers(steps, function, set())


def changes_containers(steps: list[core.Step], function: core.Function, seen: set[int]) -> bool:
    """May they change what a list, a dict or an object holds?"""
    for step in core.walk(steps):
        if isinstance(step, (core.ListOp, core.With, core.Try)):
            return True
        if isinstance(step, core.Effect) and not isinstance(step.statement, (gast.Raise, gast.Assert)):
            return True
        read = step.args if isinstance(step, core.Call) else trees_of(step)  # a call's text is what its callee does
        if any(is_given_one(n, function) for n in nodes_in(*read) if isinstance(n, gast.Call)):
            return True
        if isinstance(step, core.Store) and not isinstance(step.target, gast.Name):
            holder = function.kinds.get(id(step.target.value))  # type: ignore[attr-defined]
            if holder is None or not is_number(holder):
                return True
        if isinstance(step, core.Call) and id(step.callee) not in seen:
            seen.add(id(step.callee))
            if changes_containers(step.callee.steps, step.callee, seen):
                return True
    return False


def is_given_one(call: gast.Call, function: core.Function) -> bool:
    """Is a container, or what is not known, given to a function of which there is no rule?"""
    called = function.kinds.get(id(call.func))
    if id(call) in function.matches or (isinstance(called, Const) and is_pure_function(called.value)):
        return False
    kinds = [function.kinds.get(id(n)) for n in nodes_in(call) if isinstance(n, gast.Name)]
    return any(k is not None and (is_container(k) or isinstance(k, Unknown)) for k in kinds)
