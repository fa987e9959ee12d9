"""How is np.roll computed element by element?  An index that is less than zero counts from the end, as rolled elements do.

Before: w = u - np.roll(u, 1)            After: for i in range(u.shape[0]):
                                                    w[i] = u[i] - u[i - 1]
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import INT, Const
from srcgrad.backends.calls import arguments, constant, value_of
from srcgrad.backends.flow import is_integer
from srcgrad.lang import tree


def is_rolled(elements: Any, node: Any) -> bool:
    return isinstance(node, gast.Call) and (id(node) in elements.rolled or bool(turns_of(elements, node)))


def turns_of(elements: Any, node: gast.Call) -> list[tuple[Any, int]]:
    """By how much, and along which axis; nothing if this is another call, or one of which that is not known."""
    if not isinstance(node.func, gast.Attribute) or node.func.attr != "roll" or elements.flow.of(node.func) != Const(np.roll):
        return []
    given = arguments(node)
    own = elements.shape(elements.flow.of(given[0])) if given and 0 in given else None
    if given is None or not own:
        return []
    shift, along = given.get(1, given.get("shift")), given.get(2, given.get("axis"))
    axes = value_of(elements.flow.of(along)) if along is not None else 0
    if shift is None or (along is None and len(own) > 1):
        return []
    shifts = list(shift.elts) if isinstance(shift, gast.Tuple) else [shift]
    axes = axes if isinstance(axes, tuple) else (axes,)
    if len(shifts) != len(axes) or not all(type(a) is int and -len(own) <= a < len(own) for a in axes):
        return []
    if not all(is_integer(elements.flow.of(s)) for s in shifts):
        return []
    return [(s, a % len(own)) for s, a in zip(shifts, axes)]


def rolled(lowering: Any, node: gast.Call) -> Any:
    """The call for use in a chain: by 1 or -1, or by a number that has a name and lies inside the axis."""
    elements = lowering.elements
    array = base_of(lowering, node.args[0], {axis for _, axis in turns_of(elements, node)})
    for shift, axis in turns_of(elements, node):
        by = constant(shift, lowering)
        if by not in (1, -1):
            size = elements.extents(elements.shape(lowering.flow.of(array)), array)[axis]
            many = tree.call("max", size, tree.constant(1))
            by = elements.named(gast.BinOp(lowering.value(shift), gast.Mod(), many), "shift")
            lowering.flow.bind(tree.target(by.id), INT)
        array = gast.Call(node.func, [array, tree.constant(by) if isinstance(by, int) else by, tree.constant(axis)], [])
        lowering.known(array, node)
        elements.rolled[id(array)] = axis
    return array


def base_of(lowering: Any, array: Any, axes: set[int]) -> Any:
    """What is rolled: an array or a part of one, or what is rolled along other axes."""
    made = inner = lowering.inner(array)
    while id(inner) in lowering.elements.rolled:
        if lowering.elements.rolled[id(inner)] in axes:
            return lowering.value(array)
        inner = inner.args[0]
    if isinstance(inner, gast.Name) or lowering.elements.is_view(inner):
        return made
    found = lowering.value(array)
    return found if isinstance(found, gast.Name) else lowering.bound(found, lowering.flow.of(array))


def element(elements: Any, node: gast.Call, at: list[Any], own: Any) -> Any:
    """The element of what `rolled` has made."""
    array, shift, axis = node.args[0], node.args[1], elements.rolled[id(node)]
    if not (isinstance(at[axis], gast.Constant)):  # of one element, which stays where it is
        place = gast.BinOp(at[axis], gast.Sub(), shift)
        if isinstance(shift, gast.Constant) and shift.value == -1:
            size = elements.extents(own, array)[axis]
            place = gast.BinOp(gast.BinOp(at[axis], gast.Add(), tree.constant(1)), gast.Sub(), size)
        at = [*at[:axis], place, *at[axis + 1 :]]
    if id(array) in elements.rolled:
        return element(elements, array, at, own)
    if isinstance(array, gast.Subscript) and not has_slices(array):
        return elements.subscripted(array, at)
    if isinstance(array, gast.Subscript):  # where an index may count from the end of the part, not of the whole
        array = elements.named_part(array)
    return tree.subscript(array, at[0] if len(at) == 1 else tree.display(at))


def has_slices(node: gast.Subscript) -> bool:
    items = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
    return any(isinstance(i, (gast.Slice, gast.Constant)) and not isinstance(getattr(i, "value", None), int) for i in items)
