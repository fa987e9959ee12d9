"""Which arrays of a few elements are as many numbers?  Those of up to four, of which only elements are met, at known places.

Before: y_bar = np.zeros(2)              After: y_bar_0 = 0.0
        y_bar[0] += a * k_bar                   y_bar_1 = 0.0
        for i in range(2):                      y_bar_0 += a * k_bar
            u_bar[i] += y_bar[i]                u_bar[0] += y_bar_0
                                                u_bar[1] += y_bar_1

The compiler keeps numbers in registers; an array lies in memory that is asked for while the program runs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.backends.contraction import FILLED, is_allocation
from srcgrad.backends.liveness import READ, first_use, leaves
from srcgrad.backends.reals import Reals
from srcgrad.lang import tree
from srcgrad.lang.nodes import changed_fields, children, nodes_in, with_fields
from srcgrad.lang.printer import Blank, Comment

MOST = 4  # elements
LONGEST = 24  # statements that a loop is written out to


def with_scalars(function: Any, reals: Reals, fresh: Callable[[str], str]) -> Any:
    """The function with numbers for arrays of a few elements."""
    found = Meetings(function, few_elements(function))
    if not found.sizes:
        return function
    made = copy.copy(function)
    names = {n: [fresh(f"{n}_{k}") for k in range(size)] for n, size in found.sizes.items()}
    made.body = Writing(names, found.needed, reals, function).block(function.body)
    return made


def few_elements(function: Any) -> dict[str, int]:
    """The local arrays that are made with a known small number of elements, and bound in no other way."""
    bound: dict[str, int] = {}
    for node in nodes_in(function):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
    made: dict[str, list[int | None]] = {}
    for statement in tree.statements_in(function.body):
        if is_allocation(statement):
            made.setdefault(statement.targets[0].id, []).append(size_of(statement.value))
    return {n: found[0] for n, found in made.items() if len(found) == bound[n] and len(set(found)) == 1 and found[0]}


def size_of(call: Any) -> int | None:
    """The number of elements of a new array of real numbers, where it is small."""
    if call.keywords or len(call.args) != 1 or call.func.attr.endswith("_like"):
        return None
    size = call.args[0].value if isinstance(call.args[0], gast.Constant) else None
    return size if type(size) is int and 1 <= size <= MOST else None


class Meetings:
    """Where the elements of these arrays are met: the arrays that can be numbers, and the loops to write out for that."""

    def __init__(self, function: Any, sizes: dict[str, int]) -> None:
        self.sizes = dict(sizes)
        self.function = function
        self.users: dict[str, set[int]] = {n: set() for n in sizes}  # the loops by whose counters elements are met
        self.loops: dict[int, Any] = {}
        self.walk(function.body, {})
        refused = {i for i, loop in self.loops.items() if not self.can_be_written_out(loop)}
        self.sizes = {n: size for n, size in self.sizes.items() if not self.users[n] & refused}
        self.needed = {i: self.loops[i] for n in self.sizes for i in self.users[n]}

    def walk(self, node: Any, counters: dict[str, Any]) -> None:
        if isinstance(node, list):
            for part in node:
                self.walk(part, counters)
        elif isinstance(node, gast.For):
            self.walk(node.iter, counters)
            inner = {n: loop for n, loop in counters.items() if n not in tree.text(node.target)}
            if passes_of(node):
                inner[node.target.id] = self.loops[id(node)] = node
            self.walk(node.body, inner)
        elif is_allocation(node):
            self.walk(node.value, counters)
        elif isinstance(node, gast.Return):
            self.returned(node.value, counters)
        elif isinstance(node, gast.Assign) and self.is_filled(node):
            pass
        elif isinstance(node, gast.Name):
            self.sizes.pop(node.id, None)
        elif self.is_size(node):
            pass
        elif isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and node.value.id in self.sizes:
            self.element(node, counters)
        else:
            for child in children(node):
                self.walk(child, counters)

    def returned(self, node: Any, counters: dict[str, Any]) -> None:
        """What is returned as a whole is put together there."""
        if isinstance(node, gast.Tuple):
            for part in node.elts:
                self.returned(part, counters)
        elif node is not None and not isinstance(node, gast.Name):
            self.walk(node, counters)

    def is_filled(self, node: gast.Assign) -> bool:
        """`y_bar[:] = 0.0`"""
        place = node.targets[0]
        if not isinstance(place, gast.Subscript) or tree.text(place.value) not in self.sizes:
            return False
        return tree.is_full_slice(place.slice) and isinstance(node.value, gast.Constant)

    def is_size(self, node: Any) -> bool:
        """`y_bar.shape[0]`"""
        if not isinstance(node, gast.Subscript) or not isinstance(node.value, gast.Attribute):
            return False
        return node.value.attr == "shape" and tree.text(node.value.value) in self.sizes and tree.text(node.slice) == "0"

    def element(self, node: gast.Subscript, counters: dict[str, Any]) -> None:
        name = node.value.id
        size, index = self.sizes[name], node.slice
        if isinstance(index, gast.Constant) and type(index.value) is int and 0 <= index.value < size:
            return
        loop = counters.get(index.id) if isinstance(index, gast.Name) else None
        if loop is None or passes_of(loop) > size:
            del self.sizes[name]
        else:
            self.users[name].add(id(loop))

    def can_be_written_out(self, loop: Any) -> bool:
        """Is it short, left at its end alone, and its counter used in it and in others that bind it anew?"""
        counter = loop.target.id
        if len(tree.statements_in(loop.body)) * passes_of(loop) > LONGEST or leaves(loop):
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


def read_outside(node: Any, counter: str) -> bool:
    """Is a counter read where no loop binds it?"""
    if isinstance(node, list):
        return any(read_outside(part, counter) for part in node)
    if isinstance(node, gast.For) and isinstance(node.target, gast.Name) and node.target.id == counter:
        return read_outside(node.iter, counter)
    if isinstance(node, gast.Name):
        return node.id == counter
    return any(read_outside(child, counter) for child in children(node))


class Writing:
    """The statements with numbers for elements."""

    def __init__(self, names: dict[str, list[str]], needed: dict[int, Any], reals: Reals, function: Any) -> None:
        self.names, self.needed, self.reals = names, needed, reals
        self.counts = {name: times_named(name, function.body) for name in names}

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
        if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Subscript):
            place = statement.targets[0]
            if isinstance(place.value, gast.Name) and place.value.id in self.names:
                value = self.real(self.elements(statement.value))
                if tree.is_full_slice(place.slice):
                    return [tree.assign(name, value) for name in self.names[place.value.id]]
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
        uses = {name: first_use(later, name) for name in self.names[made.targets[0].id]}
        return [tree.assign(n, start) for n, use in uses.items() if use == READ or (use is None and not alone)]

    def without_zeros(self, statements: list[Any]) -> list[Any]:
        """`y_bar_0 = v` for `y_bar_0 = 0.0` and `y_bar_0 += v`."""
        numbers = {name for names in self.names.values() for name in names}
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
        items = gast.List([tree.name(n) for n in self.names[name]], gast.Load())
        return tree.assign(name, tree.call(tree.attribute(tree.name("np"), "array"), items))

    def real(self, value: Any) -> Any:
        if isinstance(value, gast.Constant):
            return tree.constant(float(value.value))
        return value if self.reals.is_real(value) else tree.call("float", value)

    def name_of(self, place: Any) -> str:
        return self.names[place.value.id][place.slice.value]

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
                changes[id(part)] = tree.constant(len(self.names[part.value.value.id]))
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
