"""Which names does nobody read?  They are not bound: `member = members[0]`, of a loop that only looked at kinds."""

from __future__ import annotations

import gast

from srcgrad.lang import core
from srcgrad.optimize.rewriting import count_names
from srcgrad.optimize.temporaries import drop

PARTS = (gast.Name, gast.Constant, gast.Subscript, gast.Attribute)


def without_unread(function: core.Function) -> None:
    """The function without bindings of such names to parts of others, which read and change nothing else."""
    counts = count_names(function.steps)
    found: dict[str, list[core.Step]] = {}
    for step in core.walk(function.steps):
        if isinstance(step, core.Assign) and len(step.targets) == 1 and step.printed is None and not step.augmented:
            if isinstance(step.value, PARTS):
                found.setdefault(step.targets[0].id, []).append(step)
    params = {p.id for p in function.params}
    unread = {id(s) for name, steps in found.items() if len(steps) == counts[name] and name not in params for s in steps}
    if unread:
        drop(function, unread)
