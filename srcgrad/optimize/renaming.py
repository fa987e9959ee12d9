"""Which numbered names need no number?  `k_2` is `k` where nothing else in the function is.

Before: for i_2 in range(len(xs)):      After: for i in range(len(xs)):
            items_3.append(xs[i_2])                 items.append(xs[i])
        return items_3                          return result
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import gast

from srcgrad.analysis.kinds import is_memory
from srcgrad.lang import core
from srcgrad.lang.names import RESERVED
from srcgrad.lang.tree import names_read
from srcgrad.optimize.rewriting import count_names, renamed
from srcgrad.optimize.temporaries import is_definition, own_names

NUMBERED = re.compile(r"(.+)_(\d+)")


def with_plain_names(function: core.Function, reserved: set[str]) -> list[Any]:
    """Names made on the way are spelled with the lowest numbers; the nodes that must stay alive."""
    own = own_names(function)
    counts = count_names(function.steps)
    taken = set(counts) | {p.id for p in function.params} | set(function.namespace) | reserved | RESERVED
    loops = local_names(function.steps, counts)
    # One name does not stand for a number here and there for what shares memory with others.
    memory = {n.id for s in core.walk(function.steps) for n in core.bound_names(s) if is_memory(function.kinds[id(n)])}
    changes: dict[str, str] = {}
    last = function.steps[-1] if function.steps else None
    if isinstance(last, core.Return) and isinstance(last.value, gast.Name) and last.value.id not in own:
        if "result" not in taken:
            changes[last.value.id] = "result"
            taken.add("result")
    for name in counts:
        match = NUMBERED.fullmatch(name)
        if match is None or name in own or name in changes or name in function.namespace:
            continue  # the number of a global tells it from that of another module
        base, number = match[1], int(match[2])
        for spelling in [base, *(f"{base}_{n}" for n in range(2, number))]:
            alike = {n in memory for n in (name, *(n for n in (*loops, *changes) if changes.get(n, n) == spelling))}
            if spelling not in taken or len(alike) == 1 and is_apart(name, spelling, loops, changes):
                changes[name] = spelling
                taken.add(spelling)
                break
    return renamed(function, changes) if changes else []


def local_names(steps: list[core.Step], counts: Counter[str]) -> dict[str, core.Step]:
    """The variables that mean something inside one turn of one loop only, each with its loop."""
    found: dict[str, core.Step] = {}
    for step in core.walk(steps):
        if not isinstance(step, (core.For, core.While)):
            continue
        inside = [(count_names([s]), s) for s in step.body]
        every = count_names([step])
        if isinstance(step, core.For) and step.counted:
            found[step.target.id] = step
        for name in {n for c, _ in inside for n in c if every[n] == counts[n]}:
            first = next((c, s) for c, s in inside if c[name])
            if every[name] == sum(c[name] for c, _ in inside) and is_definition(first[1], name):
                if not (isinstance(first[1], core.Assign) and name in names_read(first[1].value)):
                    found.setdefault(name, step)
    return {n: s for n, s in found.items() if count_names([s])[n] == counts[n]}


def is_apart(name: str, spelling: str, loops: dict[str, core.Step], changes: dict[str, str]) -> bool:
    """Are all that are spelled so variables of loops of which none is inside another?"""
    others = [n for n in (*loops, *changes) if changes.get(n, n) == spelling]
    if name not in loops or not others or any(n not in loops for n in others):
        return False
    own = core.walk([loops[name]])
    return all(loops[n] not in own and loops[name] not in core.walk([loops[n]]) for n in others)
