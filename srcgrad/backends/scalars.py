"""Which arrays of a few elements are as many numbers?  Those of up to nine, of which only elements are met, at known places.

Before: y_bar = np.zeros(2)              After: y_bar_0 = 0.0
        y_bar[0] += a * k_bar                   y_bar_1 = 0.0
        for i in range(2):                      y_bar_0 += a * k_bar
            u_bar[i] += y_bar[i]                u_bar[0] += y_bar_0
                                                u_bar[1] += y_bar_1

The compiler keeps numbers in registers; an array lies in memory that is asked for while the program runs.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.backends.contraction import FILLED, is_allocation, items_of
from srcgrad.backends.liveness import READ, Later, first_use, is_copy, leaves
from srcgrad.backends.reals import Reals
from srcgrad.lang import tree
from srcgrad.lang.nodes import changed_fields, children, nodes_in, with_fields
from srcgrad.lang.printer import Blank, Comment

MOST = 4  # elements along an axis
ALL = 9  # elements of an array
LONGEST = 48  # statements that a loop is written out to

Shape = tuple[int, ...]


def with_scalars(function: Any, reals: Reals, fresh: Callable[[str], str]) -> Any:
    """The function with numbers for arrays of a few elements."""
    found = Meetings(function, few_elements(function))
    if not found.shapes:
        return function
    made = copy.copy(function)
    names = {
        n: {at: fresh("_".join([n, "".join(map(str, at))])) for at in itertools.product(*map(range, shape))}
        for n, shape in found.shapes.items()
    }
    made.body = Writing(names, found, reals).block(function.body)
    return made


def few_elements(function: Any) -> dict[str, Shape]:
    """The local arrays that are made with a known small number of elements, or are names for such."""
    bound: dict[str, int] = {}
    for node in nodes_in(function):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
    made: dict[str, list[Any]] = {}
    for statement in tree.statements_in(function.body):
        if is_allocation(statement):
            made.setdefault(statement.targets[0].id, []).append(shape_of(statement.value))
        elif is_copy(statement):
            made.setdefault(statement.targets[0].id, []).append(statement.value.id)
    made = {n: found for n, found in made.items() if len(found) == bound[n]}
    shapes: dict[str, Shape] = {}
    while True:
        for name, found in made.items():
            told = {shapes.get(s) if isinstance(s, str) else s for s in found} - {None}
            shape = told.pop() if len(told) == 1 else None
            if shape is not None:
                shapes.setdefault(name, shape)
        lost = {n for n in shapes if any((shapes.get(s) if isinstance(s, str) else s) != shapes[n] for s in made[n])}
        if not lost and not any(n not in shapes and all(s in shapes for s in found) for n, found in made.items()):
            return shapes
        for name in lost:
            del shapes[name], made[name]


def shape_of(call: Any) -> Shape | None:
    """The numbers of elements of a new array of real numbers along its axes, where they are small."""
    if call.keywords or len(call.args) != 1 or call.func.attr.endswith("_like"):
        return None
    given = call.args[0].elts if isinstance(call.args[0], gast.Tuple) else [call.args[0]]
    sizes = tuple(s.value for s in given if isinstance(s, gast.Constant) and type(s.value) is int)
    if len(sizes) < len(given) or len(sizes) > 2 or not all(1 <= size <= MOST for size in sizes):
        return None
    return sizes if math.prod(sizes) <= ALL else None


class Meetings:
    """Where the elements of these arrays are met: the arrays that can be numbers, and the loops to write out for that."""

    def __init__(self, function: Any, shapes: dict[str, Shape]) -> None:
        self.shapes = dict(shapes)
        self.function = function
        self.users: dict[str, set[int]] = {n: set() for n in shapes}  # the loops by whose counters elements are met
        self.loops: dict[int, Any] = {}
        self.copies: list[tuple[str, str]] = []
        if shapes:
            self.block(function.body, {}, Later())
        refused = {i for i, loop in self.loops.items() if not self.can_be_written_out(loop)}
        for name in [n for n in self.shapes if self.users[n] & refused]:
            del self.shapes[name]
        while lost := {n for pair in self.copies for n in pair if n in self.shapes and not self.shapes.keys() >= set(pair)}:
            for name in lost:
                del self.shapes[name]
        self.needed = {i: self.loops[i] for n in self.shapes for i in self.users[n]}

    def block(self, statements: list[Any], counters: dict[str, Any], later: Later) -> None:
        for place, statement in enumerate(statements):
            rest = statements[place + 1 :]
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                inner, counted = later.inside(statement, rest), counters
                self.walk(statement.iter if isinstance(statement, gast.For) else statement.test, counters)
                if isinstance(statement, gast.For):
                    bound = {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
                    counted = {n: loop for n, loop in counters.items() if n not in bound}
                    if passes_of(statement):
                        counted[statement.target.id] = self.loops[id(statement)] = statement
                self.block(statement.body, counted, inner)
                self.block(statement.orelse, counted, inner)
            elif is_copy(statement) and statement.targets[0].id in self.shapes:
                new, old = statement.targets[0].id, statement.value.id
                if Later(((True, rest), *later.lists)).reads(old):  # two names of one array
                    self.shapes.pop(new, None)
                    self.shapes.pop(old, None)
                self.copies.append((new, old))
            elif is_allocation(statement):
                self.walk(statement.value, counters)
            elif isinstance(statement, gast.Return):
                self.returned(statement.value, counters)
            elif not self.is_filled(statement):
                self.walk(statement, counters)

    def walk(self, node: Any, counters: dict[str, Any]) -> None:
        if isinstance(node, gast.Name):
            self.shapes.pop(node.id, None)
        elif isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and node.value.id in self.shapes:
            self.element(node, counters)
        elif not self.is_size(node):
            for child in children(node):
                self.walk(child, counters)

    def returned(self, node: Any, counters: dict[str, Any]) -> None:
        """What is returned as a whole is put together there."""
        if isinstance(node, gast.Tuple):
            for part in node.elts:
                self.returned(part, counters)
        elif node is not None and not isinstance(node, gast.Name):
            self.walk(node, counters)

    def is_filled(self, node: Any) -> bool:
        """`y_bar[:] = 0.0`"""
        place = node.targets[0] if isinstance(node, gast.Assign) else None
        if not isinstance(place, gast.Subscript) or tree.text(place.value) not in self.shapes:
            return False
        return is_all(place) and isinstance(node.value, gast.Constant)  # type: ignore[attr-defined]

    def is_size(self, node: Any) -> bool:
        """`y_bar.shape[0]`"""
        if not isinstance(node, gast.Subscript) or not isinstance(node.value, gast.Attribute):
            return False
        shape = self.shapes.get(tree.text(node.value.value))
        return node.value.attr == "shape" and shape is not None and tree.text(node.slice) in map(str, range(len(shape)))

    def element(self, node: gast.Subscript, counters: dict[str, Any]) -> None:
        name = node.value.id
        shape, items = self.shapes[name], items_of(node)
        used = set()
        for size, index in zip(shape, items):
            if isinstance(index, gast.Constant) and type(index.value) is int and 0 <= index.value < size:
                continue
            loop = counters.get(index.id) if isinstance(index, gast.Name) else None
            if loop is None or passes_of(loop) > size:
                break
            used.add(id(loop))
        else:
            if len(items) == len(shape):
                self.users[name] |= used
                return
        del self.shapes[name]

    def can_be_written_out(self, loop: Any) -> bool:
        """Is it short, left at its end alone, and its counter used in it and in others that bind it anew?"""
        counter = loop.target.id
        if length_of(loop) > LONGEST or leaves(loop):
            return False
        if any(isinstance(n, (gast.Return, *tree.SCOPES)) for n in nodes_in(*loop.body)):
            return False
        if any(isinstance(n, gast.Name) and n.id == counter and not isinstance(n.ctx, gast.Load) for n in nodes_in(*loop.body)):  # fmt: skip
            return False
        return not read_outside(self.function.body, counter)


def passes_of(loop: Any) -> int:
    """The number of passes of `for i in range(3)`; none of one that is long, or of which it is not known."""
    if not isinstance(loop.target, gast.Name) or not tree.is_call(loop.iter, "range") or len(loop.iter.args) != 1:
        return 0
    count = loop.iter.args[0].value if isinstance(loop.iter.args[0], gast.Constant) else None
    return count if type(count) is int and 1 <= count <= MOST else 0


def length_of(statement: Any) -> int:
    """The number of statements, with short loops written out."""
    inside = [s for block in tree.blocks_of(statement) for s in block if not isinstance(s, (Comment, Blank))]
    times = max(passes_of(statement), 1) if isinstance(statement, gast.For) else 1
    return max(1, times * sum(map(length_of, inside)))


def read_outside(node: Any, counter: str) -> bool:
    """Is a counter read where no loop binds it?"""
    if isinstance(node, list):
        return any(read_outside(part, counter) for part in node)
    if isinstance(node, gast.For) and isinstance(node.target, gast.Name) and node.target.id == counter:
        return read_outside(node.iter, counter)
    if isinstance(node, gast.Name):
        return node.id == counter
    return any(read_outside(child, counter) for child in children(node))


def is_all(place: gast.Subscript) -> bool:
    """`y_bar[:]` or `y_bar[...]`"""
    return tree.is_full_slice(place.slice) or (isinstance(place.slice, gast.Constant) and place.slice.value is ...)


class Writing:
    """The statements with numbers for elements."""

    def __init__(self, names: dict[str, dict[Shape, str]], found: Meetings, reals: Reals) -> None:
        self.names, self.needed, self.reals = names, dict(found.needed), reals
        self.counts = {name: times_named(name, found.function.body) for name in names}

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        starts: list[tuple[int, Any, bool]] = []
        for place, statement in enumerate(statements):
            if is_allocation(statement) and statement.targets[0].id in self.names:
                name = statement.targets[0].id
                alone = times_named(name, statements[place:]) == self.counts[name]
                starts.append((len(made), statement, alone))
            else:
                made += self.statement(statement)
        for place, statement, alone in starts[::-1]:
            later = made[place:]
            made[place:] = [*self.started(statement, later, alone), *later]
        return self.without_zeros(made)

    def statement(self, statement: Any) -> list[Any]:
        if isinstance(statement, gast.For) and id(statement) in self.needed:
            counter = statement.target.id
            body, turns = statement.body, range(passes_of(statement))
            copies = [[with_number(s, counter, turn) for s in body] for turn in turns]
            for made in copies:
                pairs = zip(tree.statements_in(body), tree.statements_in(made))
                self.needed |= {id(new): new for old, new in pairs if id(old) in self.needed}
            written = [self.block(made) for made in copies]
            return [*written[0], *(s for made in written[1:] for s in made if not isinstance(s, (Comment, Blank)))]
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            head = "iter" if isinstance(statement, gast.For) else "test"
            changes = {head: self.elements(getattr(statement, head)), "body": self.block(statement.body)}
            return [with_fields(statement, changes | {"orelse": self.block(statement.orelse)})]
        if isinstance(statement, gast.Return):
            whole = [n for n in nodes_in(statement) if isinstance(n, gast.Name) and n.id in self.names]
            made = [self.whole(name) for name in dict.fromkeys(n.id for n in whole if not self.is_inside(n, statement))]
            return [*made, self.elements(statement)]
        if is_copy(statement) and statement.targets[0].id in self.names:
            old, new = self.names[statement.value.id], self.names[statement.targets[0].id]
            return [tree.assign(new[at], tree.name(old[at])) for at in new]
        if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Subscript):
            place = statement.targets[0]
            if isinstance(place.value, gast.Name) and place.value.id in self.names:
                value = self.real(self.elements(statement.value))
                if is_all(place):
                    return [tree.assign(name, value) for name in self.names[place.value.id].values()]
                return [tree.assign(self.name_of(place), value)]
        return [self.elements(statement)]

    def is_inside(self, name: Any, statement: Any) -> bool:
        """Is it an element of the array that is named here, or its size?"""
        return any(isinstance(n, (gast.Subscript, gast.Attribute)) and n.value is name for n in nodes_in(statement))

    def started(self, made: Any, later: list[Any], alone: bool) -> list[Any]:
        """What the elements are at first, of those that are met before they are stored to.

        alone: whether nothing but what comes later names the array.
        """
        start = tree.constant(FILLED.get(made.value.func.attr, 0.0))
        uses = {name: first_use(later, name) for name in self.names[made.targets[0].id].values()}
        return [tree.assign(n, start) for n, use in uses.items() if use == READ or (use is None and not alone)]

    def without_zeros(self, statements: list[Any]) -> list[Any]:
        """`y_bar_0 = v` for `y_bar_0 = 0.0` and `y_bar_0 += v`."""
        numbers = {name for names in self.names.values() for name in names.values()}
        result = list(statements)
        for statement in statements:
            name = statement.targets[0].id if is_zero(statement) else ""
            if name in numbers:
                place = tree.index_of(result, statement)
                met = next((k for k in range(place + 1, len(result)) if times_named(name, [result[k]])), place)
                first = result[met]
                if is_sum(first, name) and not any(map(leaves, result[place:met])):
                    value = first.value if isinstance(first.op, gast.Add) else tree.negative(first.value)
                    result[met] = tree.assign(name, self.real(value))
                    del result[place]
        return result

    def whole(self, name: str) -> Any:
        names = self.names[name]
        rows: list[gast.expr] = []
        for _, row in itertools.groupby(names, lambda at: at[:-1]):
            rows.append(gast.List([tree.name(names[at]) for at in row], gast.Load()))
        items = rows[0] if len(next(iter(names))) == 1 else gast.List(rows, gast.Load())
        return tree.assign(name, tree.call(tree.attribute(tree.name("np"), "array"), items))

    def real(self, value: Any) -> Any:
        if isinstance(value, gast.Constant):
            return tree.constant(float(value.value))
        return value if self.reals.is_real(value) else tree.call("float", value)

    def name_of(self, place: Any) -> str:
        return self.names[place.value.id][tuple(i.value for i in items_of(place))]

    def elements(self, node: Any) -> Any:
        changes: dict[int, Any] = {}
        for part in nodes_in(node):
            if not isinstance(part, gast.Subscript):
                continue
            if isinstance(part.value, gast.Name) and part.value.id in self.names:
                name = self.name_of(part)
                self.reals.known.add(name)
                changes[id(part)] = gast.Name(name, part.ctx, None, None)
            elif isinstance(part.value, gast.Attribute) and tree.text(part.value.value) in self.names:
                shape = list(self.names[part.value.value.id])[-1]  # the place of the last element
                changes[id(part)] = tree.constant(shape[part.slice.value] + 1)
        return tree.replace(node, changes)


def times_named(name: str, statements: list[Any]) -> int:
    return sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*statements))


def is_zero(statement: Any) -> bool:
    """`y_bar_0 = 0.0`"""
    if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Name):
        return False
    return isinstance(statement.value, gast.Constant) and statement.value.value == 0.0


def is_sum(statement: Any, name: str) -> bool:
    """`y_bar_0 += v`"""
    if not isinstance(statement, gast.AugAssign) or not isinstance(statement.op, (gast.Add, gast.Sub)):
        return False
    return tree.text(statement.target) == name and not times_named(name, [statement.value])


def with_number(node: Any, counter: str, turn: int) -> Any:
    """A statement in which the counter of a loop is a number, as are sums of it with numbers."""
    if isinstance(node, gast.Name):
        return tree.constant(turn) if node.id == counter else node
    fields = changed_fields(node, lambda inner: with_number(inner, counter, turn))
    if not fields:
        return node
    made = with_fields(node, fields)
    if isinstance(made, gast.BinOp) and isinstance(made.op, (gast.Add, gast.Sub)):
        ends = [n.value for n in (made.left, made.right) if isinstance(n, gast.Constant) and type(n.value) is int]
        if len(ends) == 2:
            return tree.constant(ends[0] + ends[1] if isinstance(made.op, gast.Add) else ends[0] - ends[1])
    return made
