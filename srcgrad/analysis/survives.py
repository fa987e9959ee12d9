"""Does what a reference read stay as it was?  Can a later store into the same array hit one of the elements it read?

Before: for i in range(1, n):                After: x[i - 1] is read in pass i, and x[j] stored in a later one, j > i;
            x[i] = c * x[i - 1] ** 2                j = i - 1 contradicts that, so that nothing has to be saved
Subscripts, slices and the bounds of loops are linear conditions on the loops' variables, of which the reference and the
store have each their own.  For every loop around both there is one case: in all loops outside it the two are in the same
pass, in this one the store is in a later pass (none such where each pass binds the array's name anew before the store);
and one case more if the store may follow in the same pass of all.  If every case is contradictory, no store hits.  A
condition that can't be said is left out, which makes a region larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import gast

from srcgrad.analysis.affine import Affine, Conditions, contradictory
from srcgrad.analysis.generated import sizes_of
from srcgrad.analysis.integers import NONE, Instance, Integers, constant, is_integer
from srcgrad.analysis.kinds import Array, Size
from srcgrad.analysis.order import Order
from srcgrad.lang import core, tree


class Reference(NamedTuple):
    """An array's elements that a step's block reads; `new`: as they are after the step."""

    step: core.Step
    node: gast.expr
    new: bool = False


class Survival:
    """Answers for one function."""

    def __init__(self, function: core.Function, steps: list[core.Step], kinds: Any) -> None:
        self.order, self.kinds = Order(function, steps), kinds
        self.integers = Integers(self.order, kinds)
        self.known: dict[Any, bool] = {}

    def may_be_hit(self, read: Reference, step: core.Step, place: gast.expr) -> bool:
        """May the step change, after the reference was read, an element of it?  The array's name is not bound between."""
        array, other = base_of(read.node), base_of(place)
        if array is None or other is None or tree.text(array) != tree.text(other):
            return True
        if not all(isinstance(self.kinds.of(a), Array) for a in (array, other)):
            return True
        key = (id(read.step), id(read.node), read.new, id(step), id(place))
        if key not in self.known:
            self.known[key] = any(not contradictory(c) for c in self.cases(read, step, place))
        return self.known[key]

    def cases(self, read: Reference, step: core.Step, place: gast.expr) -> Iterator[Conditions]:
        """What holds if the step hits, case by case."""
        ours, theirs = self.order.loops(read.step), self.order.loops(step)
        common = [a for a, b in zip(ours, theirs) if a is b]
        binder = self.order.binder(tree.root(place) or "", step)
        anew = self.order.loops(binder) if isinstance(binder, core.Step) else []  # each of their passes binds the name
        for depth, loop in enumerate(common):
            if any(loop is one for one in anew):
                continue
            shared = frozenset(id(s) for s in common[:depth])
            first, second = Instance(read.step, "read", shared), Instance(step, "store", shared)
            yield self.meeting(read, first, place, second) + self.integers.later(loop, first, second)
        if self.order.may_follow(read.step, step) or (read.step is step and not read.new):
            shared = frozenset(id(s) for s in common)
            yield self.meeting(read, Instance(read.step, "read", shared), place, Instance(step, "store", shared))

    def meeting(self, read: Reference, first: Instance, place: gast.expr, second: Instance) -> Conditions:
        """One element is in both regions."""
        sizes = sizes_of(self.kinds.of(base_of(place)), self.kinds.infer) or ()
        element = [self.integers.number("element", axis) for axis in range(len(sizes))]
        found = self.integers.bounds(first) + self.integers.bounds(second)
        return found + self.region(read.node, first, element) + self.region(place, second, element)

    # Regions

    def region(self, place: gast.expr, instance: Instance, element: list[Affine]) -> Conditions:
        """What holds of the position of an element that the reference takes."""
        base: Any = base_of(place)
        sizes = sizes_of(self.kinds.of(base), self.kinds.infer) or ()
        found = NONE
        axis = 0
        for index in tree.indices(place):
            items = self.items(index, len(sizes) - axis)
            for item in items or ():
                length = self.length(base, axis, sizes[axis])
                found += Conditions(positive=(element[axis], length - element[axis] + -1))
                if isinstance(item, gast.Slice):
                    found += self.slice(item, instance, element[axis], length)
                else:
                    found += self.point(item, instance, element[axis], length)
                axis += 1
            if items is None or any(isinstance(i, gast.Slice) for i in items):
                break  # the next subscript is not one of the array itself
        return found

    def items(self, index: gast.expr, axes: int) -> list[gast.expr] | None:
        """Integers and slices, one for an axis; None if the index has anything else in it."""
        items = [i for i in (index.elts if isinstance(index, gast.Tuple) else [index]) if not is_literal(i, None)]
        result: list[gast.expr] = []
        for item in items:
            if is_literal(item, Ellipsis):
                result += [gast.Slice(None, None, None)] * (axes - len(items) + 1)
            elif isinstance(item, gast.Slice) or is_integer(self.kinds.of(item)):
                result.append(item)
            else:
                return None
        return result if len(result) <= axes else None

    def point(self, item: gast.expr, instance: Instance, element: Affine, length: Affine) -> Conditions:
        value, found = self.integers.value(item, instance)
        if value is None:
            return NONE
        sign = self.integers.sign(item, instance.step)
        if sign:
            found += Conditions(zero=(element - value if sign > 0 else element - value - length,))
        return found + Conditions(positive=(length - value + -1, value + length))

    def slice(self, item: gast.Slice, instance: Instance, element: Affine, length: Affine) -> Conditions:
        step = constant(item.step, self.kinds) if item.step is not None else 1
        if step is None or step < 1:
            return NONE
        first, found = self.end(item.lower, instance, length) if item.lower is not None else (Affine(), NONE)
        if first is not None:
            found += Conditions(positive=(element - first,))
            if step > 1 and (item.lower is None or self.integers.sign(item.lower, instance.step) > 0):
                count = self.integers.number("slice", id(item), instance.side)
                found += Conditions(zero=(element - first - count * step,))
        if item.upper is not None:
            last, facts = self.end(item.upper, instance, length)
            found += facts
            if last is not None:
                found += Conditions(positive=(last - element + -1,))
        return found

    def end(self, item: gast.expr, instance: Instance, length: Affine) -> tuple[Affine | None, Conditions]:
        """An end of a slice, counted from the front; None if it may be counted from either end."""
        value, facts = self.integers.value(item, instance)
        sign = self.integers.sign(item, instance.step)
        if value is None or not sign:
            return None, facts
        return (value if sign > 0 else value + length), facts

    def length(self, base: gast.expr, axis: int, size: Size) -> Affine:
        return self.integers.of_size(size) or self.integers.number("length", tree.text(base), axis)


def base_of(place: gast.AST) -> gast.expr | None:
    """The array in `x[i]`, `x[i][1:]`, `p.x[i]`: the name, or the attributes of one, that the subscripts follow."""
    while isinstance(place, gast.Subscript):
        place = place.value
    return place if tree.root(place) is not None and not list(tree.indices(place)) else None  # type: ignore[return-value]


def is_literal(node: gast.expr, value: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is value


__all__ = ["Reference", "Survival", "base_of"]
