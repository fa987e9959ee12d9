"""How are attributes read and assigned, where the class does more than that, or forbids it?"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Object, is_cached, is_frozen
from srcgrad.lang import tree
from srcgrad.lang.accept import COMPREHENSIONS
from srcgrad.lang.nodes import children
from srcgrad.transform.program import Program


def put(program: Program, place: gast.expr, value: gast.expr) -> gast.stmt:
    """`place = value`, or `object.__setattr__(owner, "name", value)`."""
    if isinstance(place, gast.Attribute) and is_frozen(program.kinds.of(place.value)):
        own = tree.attribute(tree.name("object"), "__setattr__")
        return tree.statement(tree.call(own, tree.as_load(place.value), tree.constant(place.attr), value))
    return tree.assign(place, value)


def attributes_read(value: gast.expr) -> list[gast.Attribute]:
    """The attributes that an expression reads, whatever else is the case."""
    if isinstance(value, (gast.IfExp, gast.BoolOp)):
        return attributes_read(value.test if isinstance(value, gast.IfExp) else value.values[0])
    if isinstance(value, (gast.Lambda, *COMPREHENSIONS)):
        return []
    inner = [a for child in children(value) for a in attributes_read(child)]
    return [value, *inner] if isinstance(value, gast.Attribute) else inner


def held(program: Program, place: gast.Attribute, beside: gast.expr | None = None) -> gast.expr:
    """What an object holds under a name; None, without computing anything, if it holds nothing.

    beside: an expression about to be evaluated, which may tell that it holds something.
    """
    kind, name = program.kinds.of(place.value), tree.constant(place.attr)
    cls = kind.cls if isinstance(kind, Object) else object
    if is_cached(cls, place.attr) or hasattr(cls, "__getattr__"):
        there = gast.Compare(name, [gast.In()], [tree.call("vars", place.value)])
        return gast.IfExp(there, tree.as_load(place), tree.constant(None))
    if beside is not None and tree.text(place) in map(tree.text, attributes_read(beside)):
        return tree.as_load(place)
    return tree.call("getattr", place.value, name, tree.constant(None))
