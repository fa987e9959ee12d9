"""Which elements does an index by arrays select?  `x[rows, :, columns]`, `x[mask]`, `x[np.ix_(a, b)]`, element by element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.analysis.kinds import ONE, Array, Const, Size, Slice, Tuple
from srcgrad.backends.flow import is_integer
from srcgrad.lang import tree


@dataclass
class Places:
    """What an index by arrays of integers stands for."""

    items: list[Any]  # for each axis of the array: an array, an integer or `:`
    common: tuple[Size, ...]  # the shape that the arrays have together
    first: int  # the axis of the result at which these stand
    shape: tuple[Size, ...]  # of the result

    def index(self, elements: Any, at: list[gast.expr]) -> list[gast.expr]:
        """The index of the element that is the result's at these indices."""
        count = len(self.common)
        there, others = at[self.first : self.first + count], [*at[: self.first], *at[self.first + count :]]
        found = []
        for item in self.items:
            if isinstance(item, gast.Slice):
                found.append(others.pop(0))
            else:
                found.append(elements.element(item, there, self.common))
        return found


def places_of(elements: Any, node: gast.Subscript) -> Places | None:
    """What `x[index]` selects, if the index is arrays of integers, integers and `:`."""
    sizes = elements.shape(elements.flow.of(node.value))
    items = items_of(node)
    if not sizes or len(items) > len(sizes):
        return None
    items += [gast.Slice(None, None, None)] * (len(sizes) - len(items))
    by_arrays = [k for k, item in enumerate(items) if not isinstance(item, gast.Slice)]
    shapes = [elements.shape(elements.flow.of(items[k])) or () for k in by_arrays]
    if not any(shapes) or not all(is_place(elements, i) for i in items):
        return None
    common = together(shapes)
    if common is None:
        return None
    others = [s for s, item in zip(sizes, items) if isinstance(item, gast.Slice)]
    apart = by_arrays[-1] - by_arrays[0] >= len(by_arrays)
    first = 0 if apart else by_arrays[0]
    return Places(items, common, first, (*others[:first], *common, *others[first:]))


def items_of(node: gast.Subscript) -> list[Any]:
    """What stands in the index, `:` for `slice(None)`."""
    items = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
    return [gast.Slice(None, None, None) if tree.text(i) == "slice(None)" else i for i in items]


def is_place(elements: Any, item: Any) -> bool:
    if isinstance(item, gast.Slice):
        return tree.is_full_slice(item)
    kind = elements.flow.of(item)
    return elements.is_index(item) or (is_integer(kind) and not isinstance(kind, Slice))


def together(shapes: list[tuple[Size, ...]]) -> tuple[Size, ...] | None:
    """The shape to which arrays of these shapes are broadcast; None if only the running program knows."""
    rank = max(map(len, shapes))
    found = []
    for axis in range(-rank, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {ONE}
        if len(sizes) > 1:
            return None
        found.append(sizes.pop() if sizes else ONE)
    return tuple(found)


def is_gathered(elements: Any, node: Any) -> bool:
    """Is this an index by several arrays, or by one of several axes, which Numba does not have?"""
    if not isinstance(node, gast.Subscript) or not isinstance(elements.flow.of(node.value), Array):
        return False
    if isinstance(elements.flow.of(node.slice), Tuple) and not isinstance(node.slice, gast.Tuple):
        return True
    ranks = [len(elements.shape(k) or ()) for k in map(elements.flow.of, items_of(node)) if is_selecting(k)]
    return len(ranks) > 1 or ranks > [1]


def is_selecting(kind: Any) -> bool:
    return isinstance(kind, Array) and kind.dtype.kind in "biu"


def is_truth(kind: Any) -> bool:
    return isinstance(kind, Array) and kind.dtype.kind == "b"


def with_plain_index(lowering: Any, node: gast.Subscript) -> gast.Subscript:
    """`x[rows, columns]` for `x[mask]` and for `x[pair]`, where the names stand for arrays of integers."""
    items: list[Any] = []
    for item in items_of(node):
        kind = lowering.flow.of(item) if not isinstance(item, gast.Slice) else None
        if isinstance(item, gast.List):
            item = tree.call(tree.attribute(tree.name("np"), "array"), item)
        if is_truth(kind):
            text = tree.text(item)
            if text not in lowering.selected:
                item = tree.call(tree.attribute(tree.name("np"), "nonzero"), item)
                kind = lowering.flow.of(item)
                lowering.selected[text] = lowering.bound(lowering.value(item), kind), kind
            item, kind = lowering.selected[text]
        if isinstance(kind, Tuple):
            pair = item if isinstance(item, gast.Name) else lowering.bound(lowering.value(item), kind)
            items += [lowering.bound(tree.subscript(pair, tree.constant(k)), part) for k, part in enumerate(kind.items)]
        elif isinstance(item, (gast.Name, gast.Slice, gast.Constant)) or isinstance(kind, Const):
            items.append(item)
        else:
            items.append(lowering.inner(item))
    array = node.value if isinstance(node.value, gast.Name) else part_of(lowering, node.value)
    made = gast.Subscript(array, items[0] if len(items) == 1 else tree.display(items), node.ctx)
    lowering.flow.alive.append(made)
    return made


def part_of(lowering: Any, array: gast.expr) -> gast.Name:
    """A name for the array that is indexed: a view, or what is computed."""
    if lowering.elements.is_view(array):
        return lowering.elements.named_part(array)  # type: ignore[no-any-return]
    return lowering.bound(lowering.value(array), lowering.flow.of(array))  # type: ignore[no-any-return]
