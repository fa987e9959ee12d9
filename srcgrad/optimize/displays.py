"""Which lists are made only to be taken apart?  Their members are read where they are used.

Before: sequence = [self.layers[0], self.layers[1]]    After: layer = self.layers[0]
        layer = sequence[0]                                   x = layer.forward(x)
        x = layer.forward(x)                                  layer = self.layers[1]
        layer = sequence[1]

Before: pair = (np.cos(x), y[0] * 2)                   After: pair = np.cos(x)
        z = pair[0] * pair[1]                                 pair_2 = y[0] * 2
                                                              z = pair * pair_2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad.analysis.kinds import Const, Unknown, is_container, is_number
from srcgrad.analysis.pure import is_pure_function
from srcgrad.lang import core, tree
from srcgrad.lang.names import Names, without_number
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import Rewriting, count_names, trees_of
from srcgrad.optimize.temporaries import blocks, drop, own_names


def without_displays(function: core.Function) -> list[Any]:
    """The function does without them; the nodes that must stay alive."""
    alive: list[Any] = []
    while found := taken_apart(function):
        alive += found
    return alive


def taken_apart(function: core.Function) -> list[Any]:
    """Some displays less: of those that are made of parts of others, the others."""
    own, counts = own_names(function), count_names(function.steps)
    names = Names(own | set(counts) | set(function.namespace))
    changes: dict[int, Any] = {}
    dropped: set[int] = set()
    for block in blocks(function.steps):
        inserted: list[tuple[core.Step, core.Step]] = []
        for at, step in enumerate(block):
            members = members_of(step)
            if not members or step.targets[0].id in own:  # type: ignore[attr-defined]
                continue
            name = step.targets[0].id  # type: ignore[attr-defined]
            uses = {i: list(uses_of(s, name)) for i, s in enumerate(block[at + 1 :], at + 1)}
            found = [u for used in uses.values() for u in used]
            if len(found) != counts[name] - 1 or any(u.slice.value >= len(members) for u in found):
                continue
            if any(tree.contains(m, set(changes)) for m in members):
                continue
            last = max((i for i, used in uses.items() if used), default=at)
            again = Counter(u.slice.value for u in found)
            needing = need_names(members, again, lasting(members, block[at + 1 : last + 1], function))
            if not all(is_number(function.kinds.get(id(members[i]), Unknown())) for i in needing):
                continue
            named = {i: names.fresh(without_number(name)) for i in needing}
            changes |= {id(u): member_at(u, members, named, function) for u in found}
            inserted += [(step, name_of(members[i], named[i], step, function)) for i in named]
            dropped.add(id(step))
        for display, named_member in inserted:
            block.insert(tree.index_of(block, display), named_member)
    if not changes and not dropped:
        return []
    drop(function, dropped)
    rewriting = Rewriting(function, changes)
    rewriting.apply()
    return [*rewriting.made.values(), *rewriting.alive]


def need_names(members: list[Any], times: Counter[int], stay: bool) -> list[int]:
    """Which members can't be written where they are used?  times: how often each is."""

    def is_written(i: int, member: Any) -> bool:
        return is_constant(member) or (is_part(member) and (times[i] == 0 or (times[i] == 1 and stay)))

    return [i for i, m in enumerate(members) if not is_written(i, m)]


def member_at(use: Any, members: list[Any], named: dict[int, str], function: core.Function) -> gast.expr:
    """What stands for `t[i]`: the member, or its name."""
    i = use.slice.value
    if i not in named:
        return members[i]  # type: ignore[no-any-return]
    read = tree.name(named[i])
    function.kinds[id(read)] = function.kinds[id(use)]
    return read


def name_of(member: Any, name: str, step: core.Step, function: core.Function) -> core.Assign:
    target = tree.target(name)
    function.kinds[id(target)] = function.kinds[id(member)]
    return core.Assign(step.lineno, [target], member)


def members_of(step: core.Step) -> list[Any]:
    """What a display holds."""
    if not isinstance(step, core.Assign) or len(step.targets) != 1 or step.printed is not None:
        return []
    value = step.value
    members = value.elts if isinstance(value, (gast.List, gast.Tuple)) else []
    return [] if any(isinstance(m, gast.Starred) for m in members) else list(members)


def is_part(member: gast.expr) -> bool:
    """An attribute or a member by a constant index; these say by themselves whether something is changed."""
    return tree.is_place(member) and all(isinstance(i, gast.Constant) for i in tree.indices(member))


def is_constant(member: gast.expr) -> bool:
    """A number, or numbers in tuples."""
    if isinstance(member, gast.Tuple):
        return all(map(is_constant, member.elts))
    return isinstance(member, gast.Constant)


def uses_of(step: core.Step, name: str) -> Iterator[Any]:
    """Reads of a member by a constant index, in a step and all that is inside it."""
    for inner in core.walk([step]):
        for node in nodes_in(*trees_of(inner)):
            if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and node.value.id == name:
                index = node.slice
                load = isinstance(node.ctx, gast.Load)
                if load and isinstance(index, gast.Constant) and isinstance(index.value, int) and index.value >= 0:
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
