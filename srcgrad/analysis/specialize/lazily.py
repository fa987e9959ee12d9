"""Which loops run over what is made while they run?

It is made here at once, before the loop, which is the same as long as the loop does not change what it is made of.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import gast

from srcgrad.analysis.specialize.writes import EFFECT, walk_steps, written
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in

LAZY = (
    map, filter, itertools.accumulate, itertools.chain, itertools.chain.from_iterable, itertools.cycle,
    itertools.dropwhile, itertools.filterfalse, itertools.islice, itertools.pairwise, itertools.starmap,
    itertools.takewhile, itertools.zip_longest,
)  # fmt: skip
PASSING_ON = (zip, enumerate)
EXHAUSTING = (sum, list, tuple, set, frozenset, sorted, max, min, dict, len)  # which run over what they are given, to its end
EXHAUSTING_METHODS = ("extend", "join", "update")
VIEWS = {"reshape", "ravel", "transpose", "swapaxes", "view", "squeeze", "diagonal"}


def is_lazy(node: gast.expr, function_of: Callable[[gast.expr], Any]) -> bool:
    """Are the members of a value made one after another, when their turn comes?"""
    if isinstance(node, gast.GeneratorExp):
        return True
    if not isinstance(node, gast.Call) or not isinstance(node.func, (gast.Name, gast.Attribute)):
        return False
    function = function_of(node.func)
    if any(function is f for f in PASSING_ON):
        return any(is_lazy(a, function_of) for a in node.args)
    return any(function is f or function == f for f in LAZY)


def stored_into(steps: list[core.Step]) -> set[str]:
    """The names of what these steps change, functions that they call included."""
    found: set[str | None] = set()
    for step in walk_steps(steps):
        if isinstance(step, core.Store):
            found.add(tree.root(step.target))
        elif isinstance(step, core.ListOp):
            found.add(tree.root(step.place))
        elif isinstance(step, core.Call):
            found |= {tree.root(step.args[i]) for i in written(step.callee) - {EFFECT}}
    return {name for name in found if name is not None}


def with_views(names: Iterable[str], function: gast.FunctionDef) -> set[str]:
    """These names, and others that are bound to what they name or to a view of it, somewhere in the function."""
    found = set(names)
    pairs = [
        (t.id, owner)
        for node in nodes_in(function)
        if isinstance(node, gast.Assign) and (owner := viewed(node.value)) is not None
        for t in node.targets
        if isinstance(t, gast.Name)
    ]
    while more := {n for pair in pairs if found & set(pair) for n in pair} - found:
        found |= more
    return found


def viewed(value: gast.expr) -> str | None:
    """The name of what a value is a view of, or is itself."""
    while isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr in VIEWS:
        value = value.func.value
    return tree.root(value)
