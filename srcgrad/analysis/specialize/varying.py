"""Which arrays begin to vary by a store that is seen through another name, a container or a choice?

Before: a = np.ones(3); rows = [a]; rows[0][0] = x; np.sum(a)        the load of `a` does not vary
After:  "a" is among the names found, and when the function is specialised again its value varies

While a function is specialised, a store makes vary what it is known to change.  What else shares that memory is known
when the function is done: this asks the pairs of names that may share memory, and looks for loads that miss it.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.alias import Alias, Summary
from srcgrad.analysis.generated import Generated
from srcgrad.analysis.kinds import Array, Closure, Dict, Kind, List, Object, OneOf, Tuple, varied
from srcgrad.analysis.touched import summarise, varying
from srcgrad.analysis.twins import trees_of
from srcgrad.lang import core, tree
from srcgrad.rules import registry


def begin_to_vary(functions: list[core.Function], infer: Any) -> dict[int, set[str]]:
    """For every function, by identity, the names whose loads should vary and do not."""
    if not any(stores_varied(f) for f in functions):
        return {}
    kinds = {id(f): Generated(f, infer, f.namespace) for f in functions}
    summaries = summarise(functions, lambda f: kinds[id(f)])
    found = {id(f): missed(f, summaries, kinds[id(f)]) for f in functions}
    return {key: names for key, names in found.items() if names}


def stores_varied(function: core.Function) -> bool:
    return any(
        isinstance(s, core.Store) and varied(function.kinds.get(id(s.target), Tuple(())))
        for s in core.walk(function.steps)
    )


def missed(function: core.Function, summaries: dict[int, Summary], kinds: Generated) -> set[str]:
    alias = Alias(function, function.steps, summaries, kinds)
    places = positions(function.steps)
    changed: dict[str, list[tuple[int, ...]]] = {}  # name -> where its memory begins to vary
    for step in core.walk(function.steps):
        if id(step) not in alias.before:
            continue
        for nodes, place in varying(step, alias):
            root = tree.root(place)
            told = isinstance(step, core.Store) and isinstance(kinds.of(root_node(place)), (Array, List, Dict, Object))
            for name in {n for n, _ in nodes} - ({root} if told else set()):
                if "·" not in name:
                    changed.setdefault(name, []).append(places[id(step)])
    found = set()
    for step in core.walk(function.steps):
        for node in (n for part in trees_of(step) for n in tree.name_nodes(part)):
            if node.id in changed and isinstance(node.ctx, gast.Load) and is_still(kinds.of(node)):
                if any(comes_after(places[id(step)], place) for place in changed[node.id]):
                    found.add(node.id)
    return found


def root_node(place: Any) -> gast.expr:
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        place = place.value
    return place


def positions(steps: list[core.Step], above: tuple[int, ...] = ()) -> dict[int, tuple[int, ...]]:
    """Where every step is: its place in each block around it, -1 marking the body of a loop."""
    found: dict[int, tuple[int, ...]] = {}
    for i, step in enumerate(steps):
        here = (*above, i)
        found[id(step)] = here
        inside = (*here, -1) if isinstance(step, (core.For, core.While)) else here
        for number, block in enumerate(core.blocks_of(step)):
            found |= positions(block, (*inside, number))
    return found


def comes_after(here: tuple[int, ...], there: tuple[int, ...]) -> bool:
    """May the step at `here` be done after the one at `there`?"""
    common = 0
    while common < min(len(here), len(there)) and here[common] == there[common]:
        common += 1
    return -1 in here[:common] or here >= there


def is_still(kind: Kind, seen: frozenset[int] = frozenset()) -> bool:
    """Does a value hold an array of floats that does not vary?"""
    if isinstance(kind, Array):
        return kind.dtype.kind in "fc" and not kind.varied
    if isinstance(kind, (Tuple, OneOf, Closure)):
        inside = kind.items if isinstance(kind, Tuple) else kind.options if isinstance(kind, OneOf) else ()
        if isinstance(kind, Closure):
            inside = tuple(k for _, k in kind.captured)
        return any(is_still(k, seen) for k in inside)
    if isinstance(kind, Object) and registry.data_class_of(kind.cls) is not None:
        return True
    if isinstance(kind, (List, Dict, Object)):
        if id(kind.cell) in seen:
            return False
        return any(is_still(k, seen | {id(kind.cell)}) for k in kind.cell.members())
    return False
