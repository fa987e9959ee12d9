"""Which arrays are needed no more once loops are merged?  An element that lives in one pass only is a number.

Before: t = np.empty(n)               After: for i in range(n):
        for i in range(n):                       t = 2 * x[i]
            t[i] = 2 * x[i]                      y[i] = t + 1
            y[i] = t[i] + 1

An array that is left is made before the loops that use it over and over, not in them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad.backends.effects import Nest
from srcgrad.backends.liveness import BOUND, Later, binds, first_use, leaves, use
from srcgrad.lang import tree
from srcgrad.lang.nodes import children, nodes_in

FILLED = {"zeros": 0.0, "zeros_like": 0.0, "ones": 1.0, "ones_like": 1.0}


class Contraction:
    """The arrays of one function."""

    def __init__(self, function: Any) -> None:
        self.counts: dict[str, int] = {}
        self.bound: dict[str, int] = {}
        self.narrowed: set[str] = set()  # arrays that have fewer axes than before, or are numbers
        self.recount([], [function])

    def block(self, statements: list[Any], later: Later) -> list[Any]:
        statements = list(statements)
        for made in [s for s in statements if is_allocation(s)][::-1]:
            place = next(k for k, s in enumerate(statements) if is_allocation(s) and s.targets[0] is made.targets[0])
            self.narrow(place, statements, later)
        result: list[Any] = []
        for place, statement in enumerate(statements):
            if self.is_idle(statement):
                self.recount([statement], [])
                continue
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                inner = later.inside(statement, statements[place + 1 :])
                statement = copy.copy(statement)
                statement.body = self.block(statement.body, inner)
                if isinstance(statement, gast.If):
                    statement.orelse = self.block(statement.orelse, inner)
                else:
                    result += self.lifted(statement, Later(((True, statements[place + 1 :]), *later.lists)))
            result.append(statement)
        return result

    def is_idle(self, statement: Any) -> bool:
        """A name for a part of an array that is read as part of the whole."""
        if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Name):
            return False
        return isinstance(statement.value, gast.Subscript) and self.counts[statement.targets[0].id] == 1

    def narrow(self, first: int, statements: list[Any], later: Later) -> None:
        """One index fewer for an array, if all its elements are used at the index of one loop."""
        made = statements[first]
        name = made.targets[0].id
        stop = next((k for k, s in enumerate(statements) if k > first and use(s, name) == BOUND), None)
        users = [k for k, s in enumerate(statements[:stop]) if k > first and names(name, s)]
        if any(binds(statements[k], name) for k in users) or (stop is None and later.reads(name)):
            return
        if any(map(leaves, statements[first:stop])):
            return
        found = {k: list(uses(name, statements[k])) for k in users}
        loops = [k for k, parts in found.items() if any(axis is None for _, axis in parts)]
        if len(loops) != 1 or not isinstance(statements[loops[0]], Nest):
            return
        loop = statements[loops[0]]
        elements = [p for parts in found.values() for p, axis in parts if axis is None]
        shapes = [(p, axis) for parts in found.values() for p, axis in parts if axis is not None]
        if not all(isinstance(p, gast.Subscript) for p in elements):
            return
        rank = len(items_of(elements[0]))
        sizes = sizes_of(made.value, rank)
        ones = [a for a in range(rank) if all(is_zero(items_of(p), a, rank) for p in elements)]
        axes = [a for a in range(rank) if all(is_index(items_of(p), a, rank, loop.target.id) for p in elements)]
        if sizes is None or not axes or any(type(axis) is not int or axis >= rank for _, axis in shapes):
            return
        old = [made, *(statements[k] for k in users)]
        read = {n for size in sizes for n in tree.names_read(size)}
        between = statements[first + 1 : max(users) + 1]
        if any(
            isinstance(n, gast.Name) and n.id in read and not isinstance(n.ctx, gast.Load) for n in nodes_in(*between)
        ):
            return
        dropped = sorted([axes[0], *ones], reverse=True)
        changes: dict[int, Any] = {id(p): sizes[axis] for p, axis in shapes}
        for k in users:
            statements[k] = tree.replace(statements[k], changes)
        loop = statements[loops[0]] = copy.copy(statements[loops[0]])
        elements = [p for p, axis in uses(name, loop) if axis is None]
        loop.body = [tree.replace(s, {id(p): without(p, dropped) for p in elements}) for s in loop.body]
        for axis in dropped:
            del sizes[axis]
        start = FILLED.get(made.value.func.attr)
        again = allocated(made, sizes, start)
        loop.body[:0] = again
        self.recount(old, [statements[k] for k in users])
        self.narrowed.add(name)
        del statements[first]

    def recount(self, old: list[Any], new: list[Any]) -> None:
        """How often variables are named and bound, once some statements have become others."""
        for statements, sign in ((old, -1), (new, 1)):
            for node in nodes_in(*statements):
                if isinstance(node, gast.Name):
                    self.counts[node.id] = self.counts.get(node.id, 0) + sign
                    if not isinstance(node.ctx, gast.Load):
                        self.bound[node.id] = self.bound.get(node.id, 0) + sign

    def lifted(self, loop: Any, after: Later) -> list[Any]:
        """The allocations that a loop does not have to repeat, taken out of it."""
        bound = {n.id for n in nodes_in(loop) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        taken: list[Any] = []
        body: list[Any] = []
        for statement in loop.body:
            if is_allocation(statement) and self.is_scratch(statement, loop, bound, after):
                name, function = statement.targets[0].id, statement.value.func.attr
                start = FILLED.get(function)
                taken.append(statement if start is None else emptied(statement))
                if start is not None:
                    whole = tree.subscript(tree.name(name), gast.Slice(None, None, None))
                    body.append(tree.assign(whole, tree.constant(start)))
                    self.recount([], body[-1:])
            else:
                body.append(statement)
        loop.body = body
        return taken

    def is_scratch(self, made: Any, loop: Any, bound: set[str], after: Later) -> bool:
        """Is this array used in each pass for itself, only by its elements, and of the same size in all passes?"""
        name = made.targets[0].id
        if sum(binds(s, name) for s in loop.body) != 1 or first_use(loop.body, name) != BOUND or after.reads(name):
            return False
        if made.value.func.attr.endswith("_like") or any(bound & tree.names_read(a) for a in made.value.args):
            return False
        users = [s for s in loop.body if s is not made]
        return all(isinstance(p, gast.Subscript) and is_element(p) or axis is not None for s in users for p, axis in uses(name, s))  # fmt: skip


def is_allocation(statement: Any) -> bool:
    """`t = np.empty(n)`"""
    return (
        isinstance(statement, gast.Assign)
        and isinstance(statement.targets[0], gast.Name)
        and isinstance(statement.value, gast.Call)
        and isinstance(statement.value.func, gast.Attribute)
        and tree.root(statement.value.func) == "np"
        and (statement.value.func.attr in FILLED or statement.value.func.attr in ("empty", "empty_like"))
    )


def sizes_of(call: gast.Call, rank: int) -> list[Any] | None:
    """The sizes of an array that is made, as text; None where its type is not that of the loops."""
    if call.keywords or (len(call.args) > 1 and call.func.attr.endswith("_like")):
        return None
    shape = call.args[0]
    if call.func.attr.endswith("_like"):
        if not isinstance(shape, gast.Name):
            return None
        whole = tree.attribute(shape, "shape")
        return [tree.subscript(whole, tree.constant(axis)) for axis in range(rank)]
    sizes = list(shape.elts) if isinstance(shape, gast.Tuple) else [shape]
    return sizes if len(sizes) == rank else None


def allocated(made: Any, sizes: list[Any], start: float | None) -> list[Any]:
    """What makes the narrower array, or the number, anew."""
    name, call = made.targets[0].id, made.value
    if not sizes:
        whole = len(call.args) > 1 and "int" in tree.text(call.args[1])
        return [] if start is None else [tree.assign(name, tree.constant(int(start) if whole else start))]
    function = tree.attribute(tree.name("np"), call.func.attr.removesuffix("_like"))
    shape = sizes[0] if len(sizes) == 1 else tree.display(sizes)
    return [tree.assign(name, tree.call(function, shape, *call.args[1:]))]


def emptied(made: Any) -> Any:
    call = made.value
    return tree.assign(made.targets[0].id, tree.call(tree.attribute(tree.name("np"), "empty"), *call.args))


def names(name: str, node: Any) -> int:
    """How many times is a variable named?"""
    return sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(node))


def uses(name: str, node: Any) -> Iterator[tuple[Any, int | None]]:
    """Where an array is used: its elements, its sizes with their axes, or as a whole."""
    if isinstance(node, gast.Name):
        if node.id == name:
            yield node, None
        return
    if isinstance(node, gast.Subscript):
        inner = node.value
        if isinstance(inner, gast.Name) and inner.id == name:
            yield node, None
            yield from uses(name, node.slice)
            return
        if isinstance(inner, gast.Attribute) and inner.attr == "shape" and isinstance(node.slice, gast.Constant):
            if isinstance(inner.value, gast.Name) and inner.value.id == name:
                yield node, node.slice.value
                return
    for child in children(node):
        yield from uses(name, child)


def items_of(element: gast.Subscript) -> list[Any]:
    return list(element.slice.elts) if isinstance(element.slice, gast.Tuple) else [element.slice]


def is_index(items: list[Any], axis: int, rank: int, index: str) -> bool:
    return len(items) == rank and isinstance(items[axis], gast.Name) and items[axis].id == index


def is_element(node: gast.Subscript) -> bool:
    """Not a part that is an array: that might be kept."""
    return not any(isinstance(i, gast.Slice) or (isinstance(i, gast.Constant) and not isinstance(i.value, int)) for i in items_of(node))  # fmt: skip


def is_zero(items: list[Any], axis: int, rank: int) -> bool:
    return len(items) == rank and isinstance(items[axis], gast.Constant) and items[axis].value == 0


def without(element: gast.Subscript, axes: list[int]) -> Any:
    """`t[j]` for `t[i, j]`, `t` for `t[i]`."""
    items = items_of(element)
    for axis in axes:
        del items[axis]
    if not items:
        return gast.Name(element.value.id, element.ctx, None, None)
    return gast.Subscript(element.value, items[0] if len(items) == 1 else tree.display(items), element.ctx)
