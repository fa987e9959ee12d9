"""What arrays are the ranges in the subscripts of `np.mgrid`, `np.ogrid`, `np.r_` and `np.c_`?"""

from __future__ import annotations

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Kind, Number, widen
from srcgrad.lang import tree

GRIDS = {type(np.mgrid): False, type(np.ogrid): True}  # class -> is it sparse?
JOINED = (type(np.r_), type(np.c_))


def numpy_call(function: str, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
    return tree.call(tree.attribute(tree.name("np"), function), *args, **keywords)


def of_type(kinds: list[Kind], letters: str) -> bool:
    return all(isinstance(k, Number) and k.dtype.kind in letters for k in map(widen, kinds))


def bounds(index: gast.Slice) -> list[gast.expr]:
    return [part for part in (index.lower, index.upper, index.step) if part is not None]


def counts_up(index: gast.Slice) -> bool:
    """Is it `:n` or `0:n`?"""
    from_zero = index.lower is None or isinstance(index.lower, gast.Constant) and index.lower.value == 0
    return from_zero and index.upper is not None and index.step is None


def array_text(index: gast.Slice, kinds: list[Kind], floating: bool) -> gast.expr:
    """`np.arange(a, b, c)` for `a:b:c`, `np.linspace(a, b, n)` for `a:b:nj`."""
    if not of_type(kinds, "iufc"):
        raise CannotTell("the type of the bounds of a range")
    start = index.lower or tree.constant(0)
    stop = index.upper or start
    if index.step is not None and of_type(kinds[-1:], "c"):
        size = tree.call("int", tree.call("abs", index.step))
        return numpy_call("linspace", start, stop, size)
    parts = [start, stop, index.step] if index.step is not None else [start, stop] if index.lower else [stop]
    keywords = {"dtype": tree.name("float")} if floating and of_type(kinds, "iu") else {}
    return numpy_call("arange", *parts, **keywords)


def standing_for(cls: type, index: gast.expr, kinds: dict[int, Kind]) -> gast.expr | None:
    """The grids, or the index of arrays alone, that ranges in a subscript stand for; None if this class has no such.

    kinds: of the bounds of the ranges.
    """
    parts = index.elts if isinstance(index, gast.Tuple) else [index]
    inside = {id(p): [kinds[id(b)] for b in bounds(p)] for p in parts if isinstance(p, gast.Slice)}
    if cls in JOINED:
        return tree.replace(index, {id(p): array_text(p, inside[id(p)], False) for p in parts if id(p) in inside})
    if cls not in GRIDS or len(inside) < len(parts):
        return None
    # The grids are all of one type.
    floating = not all(of_type(k, "iu") for k in inside.values())
    arrays = [array_text(p, inside[id(p)], floating) for p in parts]
    if not isinstance(index, gast.Tuple):
        return arrays[0]
    if not floating and all(counts_up(p) for p in parts) and not GRIDS[cls]:
        return numpy_call("indices", tree.display([p.upper for p in parts]))
    if GRIDS[cls]:
        return numpy_call("meshgrid", *arrays, indexing=tree.constant("ij"), sparse=tree.constant(True))
    return numpy_call("stack", numpy_call("meshgrid", *arrays, indexing=tree.constant("ij")))
