"""Which names made on the way does nobody need?  Copies of them, and those used once, in the next statement.

Before: items = []                       After: rows = []
        for i in range(len(A)):                 for i in range(len(A)):
            value = A[i]                            rows.append(A[i])
            items.append(value)
        rows = items
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad.lang import core, tree
from srcgrad.lang.names import identifiers
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import Rewriting, count_names, renamed


def without_temporaries(function: core.Function) -> list[Any]:
    """The function does without them; the nodes that must stay alive."""
    alive: list[Any] = []
    own = own_names(function)
    while True:
        counts = count_names(function.steps)
        folded = fold(function, own, counts)
        alive += folded
        if not folded:
            joined = join_copies(function, own, counts)
            alive += joined
            if not joined:
                return alive


def own_names(function: core.Function) -> set[str]:
    """The names of parameters, and those in the user's text: they stay as they are."""
    return {p.id for p in function.params} | set(identifiers(function.source.tree))


def blocks(steps: list[core.Step]) -> Iterator[list[core.Step]]:
    """A block and those inside it; not those of a try statement, which may be left anywhere."""
    yield steps
    for step in steps:
        if not isinstance(step, core.Try):
            for block in core.blocks_of(step):
                yield from blocks(block)


# Used once, in the next statement


def fold(function: core.Function, own: set[str], counts: Counter[str]) -> list[Any]:
    pairs: dict[str, list[tuple[core.Assign, gast.expr]]] = {}
    for block in blocks(function.steps):
        for step, following in zip(block, block[1:]):
            if (
                not isinstance(step, core.Assign)
                or len(step.targets) != 1
                or step.augmented
                or step.printed is not None
            ):
                continue
            name = step.targets[0].id
            if name in own or count_names([step, following])[name] != 2:
                continue
            use = sole_use(following, name) or joined_at_once(step.value, following, name)
            if use is not None and may_move(step.value, following):
                pairs.setdefault(name, []).append((step, use))
    changes: dict[int, Any] = {}
    dropped: set[int] = set()
    returned = function.steps[-1] if function.steps else None
    for name, found in pairs.items():
        if 2 * len(found) != counts[name] or any(tree.contains(s.value, set(changes)) for s, _ in found):
            continue
        changes |= {id(use): step.value for step, use in found}
        dropped |= {id(step) for step, _ in found}
        if isinstance(returned, core.Return) and returned.value in [use for _, use in found]:
            returned.lineno = found[-1][0].lineno  # of several returns, the one that is left
    if not changes:
        return []
    drop(function, dropped)
    rewriting = Rewriting(function, changes)
    rewriting.apply()
    return [*rewriting.made.values(), *rewriting.alive]


def sole_use(step: core.Step, name: str) -> gast.expr | None:
    """The node, if all of what a step assigns, adds up, stores, appends or returns is this name."""
    values: list[gast.expr] = []
    if isinstance(step, core.Assign) and step.printed is None:
        values = [step.value]
        if isinstance(step.value, gast.BinOp) and isinstance(step.value.left, gast.Name):
            values = [step.value.right]
    elif isinstance(step, (core.Store, core.Return)):
        values = [step.value]
    elif isinstance(step, core.ListOp) and step.method == "append":
        values = step.args
    return next((v for v in values if isinstance(v, gast.Name) and v.id == name), None)


def joined_at_once(value: gast.expr, step: core.Step, name: str) -> gast.expr | None:
    """The node, if this name of a display is the first thing that a function is given: `np.stack(t, -1)`."""
    call = step.value if isinstance(step, core.Assign) and step.printed is None else None
    if not isinstance(value, (gast.Tuple, gast.List)) or not isinstance(call, gast.Call) or not call.args:
        return None
    first = call.args[0]
    return first if isinstance(first, gast.Name) and first.id == name else None


def may_move(value: gast.expr, step: core.Step) -> bool:
    """Is nothing that the value reads, or does, seen by what the step evaluates before it?"""
    if isinstance(step, core.Store) and step.op:
        return not any(isinstance(n, gast.Call) for n in nodes_in(value))
    return True


def drop(function: core.Function, steps: set[int]) -> None:
    for block in blocks(function.steps):
        block[:] = [s for s in block if id(s) not in steps]


# Copies


def join_copies(function: core.Function, own: set[str], counts: Counter[str]) -> list[Any]:
    """`y = t`, where t is needed no more: what is t is called y from the start."""
    names: dict[str, str] = {}
    dropped: set[int] = set()
    params = {p.id for p in function.params}
    for block in blocks(function.steps):
        if not any(map(copy_of, block)):
            continue
        inside = [count_names([s]) for s in block]
        for at, step in enumerate(block):
            copied = copy_of(step)
            if copied is None:
                continue
            old, new = copied
            if old in own or new in params or {old, new} & {*names, *names.values()}:
                continue
            first = next(i for i, c in enumerate(inside) if c[old])
            span = inside[first : at + 1]
            begins = block[first]
            if sum(c[old] for c in span) != counts[old] or not is_definition(begins, old):
                continue
            mentions = sum(c[new] for c in span[:-1])
            if isinstance(begins, (core.Assign, core.Call)) and all(t.id != new for t in begins.targets):
                mentions -= inside[first][new]
            if not mentions:
                names[old] = new
                dropped.add(id(step))
    if not names:
        return []
    drop(function, dropped)
    return renamed(function, names)


def copy_of(step: core.Step) -> tuple[str, str] | None:
    """The names t and y of `y = t`."""
    if isinstance(step, core.Assign) and len(step.targets) == 1 and isinstance(step.value, gast.Name):
        if not step.augmented and step.printed is None and step.value.id != step.targets[0].id:
            return step.value.id, step.targets[0].id
    return None


def is_definition(step: core.Step, name: str) -> bool:
    """Is the name bound here, on every way through the step that goes on?"""
    if isinstance(step, core.If) and not isinstance(step, core.Guarded):
        return all(any(is_definition(s, name) for s in b) or leaves(b) for b in (step.body, step.orelse))
    if isinstance(step, (core.Assign, core.Call)):
        return any(t.id == name for t in step.targets)
    return isinstance(step, core.ListOp) and step.target is not None and step.target.id == name


def leaves(block: list[core.Step]) -> bool:
    last = block[-1] if block else None
    return isinstance(last, core.Effect) and isinstance(last.statement, gast.Raise)
