"""Which arguments does a function in core form store into?"""

from __future__ import annotations

import gast

from srcgrad.lang import core
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
    changed = True
    while changed:
        changed = False
        for step in steps:
            if isinstance(step, (core.Assign, core.Call)):
                values = step.args if isinstance(step, core.Call) else [step.value]
                found = set().union(*(sources(v, positions) for v in values)) if values else set()
                for target in step.targets:
                    if not found <= positions.get(target.id, set()):
                        positions[target.id] = positions.get(target.id, set()) | found
                        changed = True
            elif isinstance(step, core.For):
                found = sources(step.iterable, positions)
                if not found <= positions.get(step.target.id, set()):
                    positions[step.target.id] = positions.get(step.target.id, set()) | found
                    changed = True
    result: set[int] = set()
    for step in steps:
        if isinstance(step, core.Store):
            result |= sources(step.target, positions)
        elif isinstance(step, core.ListOp):
            result |= sources(step.place, positions)
        elif isinstance(step, core.Call):
            inner = written(step.callee, seen)
            for i, arg in enumerate(step.args):
                if i in inner:
                    result |= sources(arg, positions)
            result |= inner & {EFFECT}
        elif isinstance(step, core.Effect) and not isinstance(step.statement, (gast.Raise, gast.Assert)):
            result.add(EFFECT)
    return result


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
