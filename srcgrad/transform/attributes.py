"""How are attributes read and assigned, where the class does more than that, or forbids it?"""

from __future__ import annotations

import functools
import inspect

import gast

from srcgrad.analysis.kinds import Object, is_frozen
from srcgrad.lang import tree
from srcgrad.transform.program import Program


def put(program: Program, place: gast.expr, value: gast.expr) -> gast.stmt:
    """`place = value`, or `object.__setattr__(owner, "name", value)`."""
    if isinstance(place, gast.Attribute) and is_frozen(program.kinds.of(place.value)):
        own = tree.attribute(tree.name("object"), "__setattr__")
        return tree.statement(tree.call(own, tree.as_load(place.value), tree.constant(place.attr), value))
    return tree.assign(place, value)


def held(program: Program, place: gast.Attribute) -> gast.expr:
    """What an object holds under a name; None, without computing anything, if it holds nothing."""
    kind, name = program.kinds.of(place.value), tree.constant(place.attr)
    cls = kind.cls if isinstance(kind, Object) else object
    cached = isinstance(inspect.getattr_static(cls, place.attr, None), functools.cached_property)
    if cached or hasattr(cls, "__getattr__"):
        return tree.method(tree.call("vars", place.value), "get", name)
    return tree.call("getattr", place.value, name, tree.constant(None))
