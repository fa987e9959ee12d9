"""Which lists are made only to be gone through once?  What is done with each element is done where it is made.

Before: items = []                              After: total = 0
        for i in range(len(xs)):                       for i in range(len(xs)):
            items.append(xs[i] ** 2)                       value = xs[i] ** 2
        total = 0                                          total = total + value
        for i in range(len(items)):
            value = items[i]
            total = total + value
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import Rewriting, count_names
from srcgrad.optimize.temporaries import blocks, own_names

LONGEST = 4  # elements of a display that is written out


def fused(function: core.Function) -> list[Any]:
    """The function without such lists; the nodes that must stay alive."""
    alive: list[Any] = []
    own = own_names(function)
    counts = count_names(function.steps)
    for block in list(blocks(function.steps)):
        at = 0
        while at < len(block):
            name = made_list(block[at])
            if name is None or name in own or not fuse(function, block, at, name, counts, alive):
                at += 1
    return alive


def made_list(step: core.Step) -> str | None:
    """The name t of `t = [...]`."""
    if isinstance(step, core.Assign) and len(step.targets) == 1 and isinstance(step.value, gast.List):
        if not any(isinstance(e, gast.Starred) for e in step.value.elts):
            return step.targets[0].id
    return None


def fuse(
    function: core.Function, block: list[core.Step], at: int, name: str, counts: Counter[str], alive: list[Any]
) -> bool:
    """Do it, if the list that is made at this position is one of those."""
    made: Any = block[at]
    end = next((i for i, s in enumerate(block) if i > at and is_consumer(s, name)), None)
    if end is None or count_names(block[at : end + 1])[name] != counts[name]:
        return False
    loop: Any = block[end]
    filling = [i for i in range(at + 1, end) if count_names([block[i]])[name]]
    middle = filling[-1] + 1 if filling else at + 1
    region, between = block[at + 1 : middle], block[middle:end]
    appends = [s for s in core.walk(region) if is_append(s, name)]
    if len(appends) != count_names(region)[name] or (made.value.elts and len(made.value.elts) + len(appends) > LONGEST):
        return False
    if any(isinstance(s, core.Try) for s in core.walk(region)) or not all(is_start(s) for s in between):
        return False
    starts = {s.targets[0].id for s in between}  # type: ignore[attr-defined]
    own = starts | {n.id for s in core.walk(loop.body) for n in core.bound_names(s)}
    read = set(count_names(loop.body)) - {name, loop.target.id}
    outside = {n.id for s in between for n in nodes_in(s.value) if isinstance(n, gast.Name)}  # type: ignore[attr-defined]
    if read - own or (own | outside) & set(count_names(region)) or own & names_of_displays(made):
        return False
    element = loop.body[0].value

    def consumed(value: gast.expr) -> list[core.Step]:
        return copied(function, loop.body, {id(element): value}, alive)

    first = [s for value in made.value.elts for s in consumed(value)]
    replace_appends(region, {id(s) for s in appends}, consumed)
    block[at : end + 1] = [*between, *first, *region]
    counts.subtract({name: counts[name]})
    return True


def names_of_displays(made: core.Assign) -> set[str]:
    return {n.id for n in nodes_in(made.value) if isinstance(n, gast.Name)}


def is_consumer(step: core.Step, name: str) -> bool:
    """`for i in range(len(t)): v = t[i]; ...`, where the rest knows neither t nor i, and changes nothing but names."""
    if not isinstance(step, core.For) or not step.body or not isinstance(step.body[0], core.Assign):
        return False
    if tree.text(step.iterable) != f"range(len({name}))" or len(step.body[0].targets) != 1:
        return False
    if tree.text(step.body[0].value) != f"{name}[{step.target.id}]":
        return False
    rest = count_names(step.body[1:])
    plain = all(isinstance(s, (core.Assign, core.ListOp)) for s in step.body)
    return plain and not rest[name] and not rest[step.target.id]


def is_append(step: core.Step, name: str) -> bool:
    if not isinstance(step, core.ListOp) or step.method != "append" or step.target is not None:
        return False
    return isinstance(step.place, gast.Name) and step.place.id == name and name not in tree.names_read(step.args[0])


def is_start(step: core.Step) -> bool:
    """`t = 0`, `t = []`, `t = start`."""
    if not isinstance(step, core.Assign) or len(step.targets) != 1:
        return False
    value = step.value
    return isinstance(value, (gast.Constant, gast.Name)) or isinstance(value, gast.List) and not value.elts


def replace_appends(steps: list[core.Step], appends: set[int], consumed: Any) -> None:
    for i, step in reversed(list(enumerate(steps))):
        if id(step) in appends:
            steps[i : i + 1] = consumed(step.args[0])  # type: ignore[attr-defined]
        else:
            for block in core.blocks_of(step):
                replace_appends(block, appends, consumed)


def copied(
    function: core.Function, steps: list[core.Step], changes: dict[int, gast.expr], alive: list[Any]
) -> list[core.Step]:
    """The steps once more, with nodes of their own but for those given."""
    rewriting = Rewriting(function, changes, everything=True)
    result = core.copy_steps(steps)
    for step in core.walk(result):
        rewriting.step(step)
    alive += [*rewriting.made.values(), *rewriting.alive]
    return result
