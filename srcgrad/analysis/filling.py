"""Which stores fill an object that has just been made?  What they overwrite is nothing.

p = Point.__new__(Point)
p.x = a        fills
p.y = p.x * b  fills
p.x = c        does not
"""

from __future__ import annotations

import types

import gast

from srcgrad.analysis.generated import Generated
from srcgrad.analysis.inline import trees_of
from srcgrad.analysis.kinds import Kind, Object
from srcgrad.lang import core
from srcgrad.lang.core import blocks_of, bound_names
from srcgrad.lang.nodes import nodes_in


def filling(steps: list[core.Step], kinds: Generated) -> set[int]:
    """The stores of attributes that their object, of which nothing else knows yet, has not had before."""
    found: set[int] = set()
    attributes: dict[str, set[str]] = {}  # of a new object, those that it has
    for step in steps:
        if isinstance(step, core.Assign) and is_new_object(step.value, kinds.of(step.value)):
            attributes[step.targets[0].id] = set()
            continue
        for block in blocks_of(step):
            found |= filling(block, kinds)
            attributes = {}
        known = names_apart(step)
        attributes = {name: own for name, own in attributes.items() if name not in known}
        target = step.target if isinstance(step, core.Store) else None
        if isinstance(target, gast.Attribute) and isinstance(target.value, gast.Name) and target.value.id in attributes:
            own = attributes[target.value.id]
            if target.attr not in own:
                found.add(id(step))
            own.add(target.attr)
    return found


def is_new_object(value: gast.expr, kind: Kind) -> bool:
    """`Class.__new__(Class)`, which `Class(...)` begins with, or `types.SimpleNamespace()`."""
    if not isinstance(value, gast.Call) or not isinstance(kind, Object):
        return False
    made_empty = kind.cls is types.SimpleNamespace and not value.args and not value.keywords
    return made_empty or isinstance(value.func, gast.Attribute) and value.func.attr == "__new__"


def names_apart(step: core.Step) -> set[str]:
    """The names that a step binds, or reads otherwise than for an attribute."""
    nodes = nodes_in(*trees_of(step))
    owners = {id(n.value) for n in nodes if isinstance(n, gast.Attribute)}
    bound = {n.id for n in bound_names(step)}
    return bound | {n.id for n in nodes if isinstance(n, gast.Name) and id(n) not in owners}
