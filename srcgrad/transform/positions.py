"""At which place of a list did `insert` put something, and where does what `pop` took belong?  Asked of the list afterwards."""

from __future__ import annotations

import gast

from srcgrad.lang import tree


def counts_from_start(index: gast.expr) -> bool:
    """Is this a number that is the place itself, in a list that is long enough?"""
    return isinstance(index, gast.Constant) and bool(index.value >= 0)


def inserted_at(place: gast.expr, index: gast.expr) -> gast.expr:
    """After `place.insert(index, v)`, which takes an index beyond either end for that end."""
    if isinstance(index, gast.Constant) and index.value == 0:
        return index
    rest = tree.binary(tree.call("len", place), "-", tree.constant(1))
    if counts_from_start(index):
        return tree.call("min", index, rest)
    where = tree.method(tree.call("slice", index, tree.constant(None)), "indices", rest)
    return tree.subscript(where, tree.constant(0))


def popped_from(place: gast.expr, index: gast.expr) -> gast.expr:
    """After `place.pop(index)`, where `insert` puts back what was there."""
    if counts_from_start(index):
        return index
    return tree.binary(index, "%", tree.binary(tree.call("len", place), "+", tree.constant(1)))
