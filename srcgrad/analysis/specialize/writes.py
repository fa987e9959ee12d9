"""Which arguments does a function in core form store into?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import gast

from srcgrad.analysis.kinds import Array, Const, Holder, Kind, OneOf, Tuple, Unknown, is_memory, is_value
from srcgrad.analysis.sharing import is_copying, makes_memory, shares_of
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import children


def walk_steps(steps: list[core.Step]) -> list[core.Step]:
    """All steps, those inside others included."""
    found = []
    for step in steps:
        found.append(step)
        for part in ("body", "orelse", "finalbody"):
            found += walk_steps(getattr(step, part, []))
        for _, _, body in getattr(step, "handlers", []):
            found += walk_steps(body)
    return found


EFFECT = -1  # among the positions of written arguments: something that is seen outside, such as a print


@dataclass
class Memory:
    """What a function does to the memory of its arguments, by position."""

    written: set[int] = field(default_factory=set)
    returned: set[int] = field(default_factory=set)  # the result may share memory with these
    keeping: set[int] = field(default_factory=set)  # these may hold memory of others afterwards


def written(function: core.Function) -> set[int]:
    """Which arguments of a function does it store into, or into a part of?  By position; EFFECT for what else is seen."""
    inside: dict[int, Memory] = {}
    functions = [function]
    for one in functions:  # those found on the way too
        if id(one) not in inside:
            inside[id(one)] = Memory()
            functions += [s.callee for s in walk_steps(one.steps) if isinstance(s, core.Call)]
    # Functions that call one another are looked at again until nothing more is found.
    pending = True
    while pending:
        pending = False
        for one in reversed(functions):
            found = memory_of(one, inside)
            pending = pending or found != inside[id(one)]
            inside[id(one)] = found
    return inside[id(function)].written


def memory_of(function: core.Function, inside: dict[int, Memory]) -> Memory:
    """The same of one function, from what those that it calls do."""
    positions = {p.id: {i} for i, p in enumerate(function.params)}
    steps = walk_steps(function.steps)
    reaching = [found for step in steps for found in reached(step, function, inside)]
    before: dict[str, set[int]] = {}
    while before != positions:
        before = dict(positions)
        for name, values, _ in reaching:
            positions[name] = positions.get(name, set()).union(*(sources(v, positions, function) for v in values))
    arrays = {i for i, p in enumerate(function.params) if isinstance(function.kinds.get(id(p)), Array)}
    result = Memory()
    for name, values, is_put in reaching:
        given = set().union(*(sources(v, positions, function) for v in values))
        result.keeping |= {i for i in positions.get(name, ()) if is_put and given - {i}}
    for step in steps:
        if isinstance(step, (core.Store, core.ListOp)):
            place = owner(step.target) if isinstance(step, core.Store) else step.place
            found = sources(place, positions, function)
            # A list that holds an array is changed, and the array is not.
            result.written |= found - arrays if is_holder(function.kinds.get(id(place))) else found
        elif isinstance(step, core.Call):
            callee = inside[id(step.callee)]
            result.written |= callee.written & {EFFECT}
            for i in callee.written - {EFFECT}:
                result.written |= sources(step.args[i], positions, function)
        elif isinstance(step, core.Effect) and not isinstance(step.statement, (gast.Raise, gast.Assert)):
            result.written.add(EFFECT)
        elif isinstance(step, core.Return):
            result.returned |= sources(step.value, positions, function)
    return result


def bound_anew_at_first(function: core.Function) -> set[str]:
    """The parameters that are something of the function's own before anything is stored: `y = y.copy()`."""
    positions = {p.id: {i} for i, p in enumerate(function.params)}
    found: set[str] = set()
    for step in function.steps:
        if not isinstance(step, core.Assign) or sources(step.value, positions, function):
            break
        found |= {t.id for t in step.targets if isinstance(t, gast.Name)} & positions.keys()
    return found


def reached(
    step: core.Step, function: core.Function, inside: dict[int, Memory]
) -> Iterator[tuple[str, list[gast.expr], bool]]:
    """The names through which memory of these values may be reached after a step; is it put into what the name holds?"""
    if isinstance(step, core.Assign):
        yield from ((t.id, [step.value], False) for t in step.targets)
    elif isinstance(step, core.For):
        yield step.target.id, [step.iterable], False
    elif isinstance(step, core.Call):
        callee = inside[id(step.callee)]
        yield from ((t.id, [step.args[i] for i in callee.returned], False) for t in step.targets)
        keeping = [a for i, a in enumerate(step.args) if i in callee.keeping]
        yield from ((root, step.args, True) for a in keeping if (root := tree.root(a)) and holds_memory(function, a))
    elif isinstance(step, core.ListOp):
        root = tree.root(step.place)
        kept = [a for a in step.args if is_memory(function.kinds.get(id(a), Unknown()))]
        if root is not None and kept:
            yield root, kept, True
        if step.target is not None:
            yield step.target.id, [step.place], False
    elif isinstance(step, core.Store) and not isinstance(step.target, gast.Name):
        root = tree.root(step.target)
        if root is not None and holds_memory(function, step.target.value):  # type: ignore[attr-defined]
            if is_memory(function.kinds.get(id(step.value), Unknown())):
                yield root, [step.value], True


def is_holder(kind: Kind | None) -> bool:
    """Is it certain that what is put there is a member, not an element of an array?"""
    return isinstance(kind, Holder) or isinstance(kind, OneOf) and all(map(is_holder, kind.options))


def holds_memory(function: core.Function, node: gast.expr) -> bool:
    """May what is put there be changed through it afterwards?"""
    kind = function.kinds.get(id(node), Unknown())
    return is_memory(kind) and not isinstance(kind, Array)


def owner(place: gast.expr) -> gast.expr:
    """Whose memory is written by a store into a place."""
    return place.value if isinstance(place, (gast.Subscript, gast.Attribute)) else place


def sources(node: gast.expr, positions: dict[str, set[int]], function: core.Function) -> set[int]:
    """The parameters whose memory a value may share: those named in it, but for numbers and what is made anew."""
    kind = function.kinds.get(id(node), Unknown())
    if is_number(kind):
        return set()
    if isinstance(node, gast.Name):
        return positions.get(node.id, set())
    if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Constant)):
        return set()
    if isinstance(node, gast.Call) and is_made_anew(node, function):
        return set()
    parts = [c for c in children(node) if isinstance(c, gast.expr)]
    if isinstance(node, gast.Subscript):
        copied = isinstance(function.kinds.get(id(node.value)), Array) and is_copying(function.kinds.get(id(node.slice)))
        parts = [] if copied else [node.value]
    if isinstance(node, gast.Call):
        parts += [k.value for k in node.keywords]
    return set().union(*(sources(c, positions, function) for c in parts)) if parts else set()


def is_number(kind: Kind) -> bool:
    return is_value(kind) or (isinstance(kind, Tuple) and all(is_number(k) for k in kind.items))


def is_made_anew(call: gast.Call, function: core.Function) -> bool:
    match = function.matches.get(id(call))
    if match is not None:
        return not shares_of(match)
    callee = function.kinds.get(id(call.func))
    kinds = [function.kinds.get(id(a), Unknown()) for a in call.args]
    return is_allocation(call) or (isinstance(callee, Const) and makes_memory(callee.value, kinds))


ALLOCATIONS = {
    "copy",
    "zeros",
    "ones",
    "empty",
    "full",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "arange",
    "linspace",
    "eye",
    "__new__",
}


def is_allocation(call: gast.Call) -> bool:
    return isinstance(call.func, gast.Attribute) and call.func.attr in ALLOCATIONS
