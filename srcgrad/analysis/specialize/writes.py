"""Which arguments does a function in core form store into?"""

from __future__ import annotations

from collections.abc import Iterator

import gast

from srcgrad.analysis.kinds import Array, Unknown, is_memory
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


def written(function: core.Function, seen: frozenset[int] = frozenset()) -> set[int]:
    """Which arguments of a function does it store into, or into a part of?  By position; EFFECT for what else is seen."""
    if id(function) in seen:
        return set()
    seen = seen | {id(function)}
    positions = {p.id: {i} for i, p in enumerate(function.params)}
    steps = walk_steps(function.steps)
    callees = {id(step.callee): step.callee for step in steps if isinstance(step, core.Call)}
    inside = {key: written(callee, seen) for key, callee in callees.items()}
    reaching = [found for step in steps for found in reached(step, function, inside)]
    before: dict[str, set[int]] = {}
    while before != positions:
        before = dict(positions)
        for name, values in reaching:
            positions[name] = positions.get(name, set()).union(*(sources(v, positions) for v in values))
    result: set[int] = set()
    for step in steps:
        if isinstance(step, core.Store):
            result |= sources(step.target, positions)
        elif isinstance(step, core.ListOp):
            result |= sources(step.place, positions)
        elif isinstance(step, core.Call):
            for i, arg in enumerate(step.args):
                if i in inside[id(step.callee)]:
                    result |= sources(arg, positions)
            result |= inside[id(step.callee)] & {EFFECT}
        elif isinstance(step, core.Effect) and not isinstance(step.statement, (gast.Raise, gast.Assert)):
            result.add(EFFECT)
    return result


def bound_anew_at_first(function: core.Function) -> set[str]:
    """The parameters that are something of the function's own before anything is stored: `y = y.copy()`."""
    positions = {p.id: {i} for i, p in enumerate(function.params)}
    found: set[str] = set()
    for step in function.steps:
        if not isinstance(step, core.Assign) or sources(step.value, positions):
            break
        found |= {t.id for t in step.targets if isinstance(t, gast.Name)} & positions.keys()
    return found


def reached(
    step: core.Step, function: core.Function, inside: dict[int, set[int]]
) -> Iterator[tuple[str, list[gast.expr]]]:
    """The names through which memory of these values may be reached after a step."""
    if isinstance(step, core.Assign):
        yield from ((t.id, [step.value]) for t in step.targets)
    elif isinstance(step, core.For):
        yield step.target.id, [step.iterable]
    elif isinstance(step, core.Call):
        yield from ((t.id, step.args) for t in step.targets)
        keeping = [a for i, a in enumerate(step.args) if i in inside[id(step.callee)]]
        yield from ((root, step.args) for a in keeping if (root := tree.root(a)) and holds_memory(function, a))
    elif isinstance(step, core.ListOp):
        root = tree.root(step.place)
        kept = [a for a in step.args if is_memory(function.kinds.get(id(a), Unknown()))]
        if root is not None and kept:
            yield root, kept
        if step.target is not None:
            yield step.target.id, [step.place]
    elif isinstance(step, core.Store) and not isinstance(step.target, gast.Name):
        root = tree.root(step.target)
        if root is not None and holds_memory(function, step.target.value):  # type: ignore[attr-defined]
            if is_memory(function.kinds.get(id(step.value), Unknown())):
                yield root, [step.value]


def holds_memory(function: core.Function, node: gast.expr) -> bool:
    """May what is put there be changed through it afterwards?"""
    kind = function.kinds.get(id(node), Unknown())
    return is_memory(kind) and not isinstance(kind, Array)


def sources(node: gast.expr, positions: dict[str, set[int]]) -> set[int]:
    """The parameters whose memory a value may share: those named in it, outside arithmetic."""
    if isinstance(node, gast.Name):
        return positions.get(node.id, set())
    if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Constant)):
        return set()
    if isinstance(node, gast.Call) and is_allocation(node):
        return set()
    parts = [c for c in children(node) if isinstance(c, gast.expr)]
    if isinstance(node, gast.Subscript):
        parts = [node.value]
    if isinstance(node, gast.Call):
        parts += [k.value for k in node.keywords]
    return set().union(*(sources(c, positions) for c in parts)) if parts else set()


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
