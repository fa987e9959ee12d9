"""Which loops may run on several cores at once?  Those whose passes do not meet each other; only where it is asked for.

Before: for i in range(x.shape[0]):        After: for i in prange(x.shape[0]):
            y[i] = np.sin(x[i])                       y[i] = np.sin(x[i])

In a pass, an array that is stored to is met at the index of the loop alone, and a number is bound before it is read, or
added to and not read.  A scatter, `y[places[i]] += v`, is left as it is.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad.backends.contraction import is_allocation, items_of
from srcgrad.backends.effects import PURE, Effects, add_effects, linear
from srcgrad.backends.liveness import Later, binds, first_use
from srcgrad.backends.merging import bound_first
from srcgrad.backends.ranges import is_step
from srcgrad.backends.turns import plus_one
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in

SIMPLE = (gast.Assign, gast.AugAssign, gast.For, gast.If)


def with_parallel_loops(function: gast.FunctionDef, groups: dict[str, str]) -> gast.FunctionDef:
    """The function with `prange` in its outermost independent loops.  groups: of the variables that may share memory."""
    made = copy.copy(function)
    made.body = Parallel(function, groups).block(function.body, Later())
    return without_names_of_versions(made)


def without_names_of_versions(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function with `total2` for `total_2`, which in parallel loops is Numba's name for what `total` is bound to second."""
    used, given = Names.of(function).used, {a.id for a in function.args.args}
    others: dict[str, str] = {}
    bound = {n.id for n in nodes_in(*function.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    for name in sorted(bound - given):
        found = re.fullmatch(r"(\w+)_(\d+)", name)
        if found:
            other = found[1] + found[2]
            while other in used:
                other += "b"
            used.add(other)
            others[name] = other
    made = copy.copy(function)
    changes: dict[int, Any] = {
        id(n): gast.Name(others[n.id], n.ctx, None, None)
        for n in nodes_in(*function.body)
        if isinstance(n, gast.Name) and n.id in others
    }
    made.body = [tree.replace(s, changes) for s in function.body]
    return made


class Parallel:
    """The loops of one function."""

    def __init__(self, function: gast.FunctionDef, groups: dict[str, str]) -> None:
        self.names, self.groups = Names.of(function), groups

    def block(self, statements: list[Any], later: Later) -> list[Any]:
        result: list[Any] = []
        for place, statement in enumerate(statements):
            rest = statements[place + 1 :]
            if isinstance(statement, gast.For) and self.is_independent(statement, Later(((True, rest), *later.lists))):
                result.append(self.parallel(statement))
                continue
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                inner = later.inside(statement, rest)
                statement = copy.copy(statement)
                statement.body = self.block(statement.body, inner)
                statement.orelse = self.block(statement.orelse, inner)
            result.append(statement)
        return result

    def parallel(self, loop: Any) -> Any:
        """Numba's index has no sign, so that a number less than it may be none: it gets its own name."""
        index = self.names.fresh(f"{loop.target.id}_part")
        args = loop.iter.args
        if len(args) == 3 and is_step(args[2], -1):
            first = [] if is_step(args[1], -1) else [plus_one(args[1])]
            args = [*first, plus_one(args[0])]
        signed = tree.call(tree.attribute(tree.name("np"), "int64"), tree.name(index))
        body = [tree.assign(loop.target.id, signed), *loop.body]
        return gast.For(tree.target(index), tree.call("prange", *args[:2]), body, [], None)

    def is_independent(self, loop: Any, later: Later) -> bool:
        if not isinstance(loop.target, gast.Name) or not tree.is_call(loop.iter, "range"):
            return False
        args, index = loop.iter.args, loop.target.id
        if len(args) == 3 and not (is_step(args[2], 1) or is_step(args[2], -1)):
            return False
        inside = [n for n in nodes_in(*loop.body) if isinstance(n, gast.stmt)]
        if not all(isinstance(s, SIMPLE) or type(s).__name__ in ("Comment", "Blank") for s in inside):
            return False
        if any(not is_plain_call(n) for n in nodes_in(*loop.body) if isinstance(n, gast.Call)) or binds_in(loop, index):
            return False
        return self.arrays_apart(loop, index) and numbers_apart(loop, later) and not later_reads(later, index)

    def arrays_apart(self, loop: Any, index: str) -> bool:
        """Is every array that is stored to met at this index of one axis only, or made anew in each pass?"""
        own = {s.targets[0].id for s in loop.body if is_allocation(s)}
        own = {n for n in own if bound_first(loop.body, n)}
        effects = Effects()
        for statement in loop.body:
            add_effects(statement, effects)
        stored = {n for n in effects.stores if n not in own}
        met = {n.id for n in nodes_in(*loop.body) if isinstance(n, gast.Name)} - {"np", "math"}
        alone: frozenset[str] = getattr(loop, "alone", frozenset())
        for name in stored - alone:
            if any(n != name and self.groups.get(n, n) == self.groups.get(name, name) for n in met - alone):
                return False
        return all(self.is_apart(name, loop, index) for name in stored)

    def is_apart(self, name: str, loop: Any, index: str) -> bool:
        """Is an array met at this index of one axis only?"""
        axes = [axes_at(items, index) for items in elements(name, loop.body)]
        return bool(axes) and bool(set.intersection(*axes))


def axes_at(items: list[Any] | None, index: str) -> set[int]:
    """The axes at which an element stands at the index of a loop, or always as far from it."""
    found = set()
    for axis, item in enumerate(items or []):
        parts = linear(item)
        if parts is not None and parts[0] == {index: 1} and parts[1] == 0:
            found.add(axis)
        elif isinstance(item, (gast.Slice, gast.Constant)) and not (
            isinstance(item, gast.Constant) and type(item.value) is int
        ):
            break  # axes after this one may be others
    return found


def elements(name: str, statements: list[Any]) -> Iterator[list[Any] | None]:
    """The indices at which an array is met; None where it is used as a whole."""
    parts = [n for n in nodes_in(*statements) if isinstance(n, gast.Subscript) and isinstance(n.value, gast.Name)]
    own = [n for n in parts if n.value.id == name]
    shapes = [
        n for n in nodes_in(*statements)
        if isinstance(n, gast.Attribute) and n.attr == "shape" and isinstance(n.value, gast.Name) and n.value.id == name
    ]  # fmt: skip
    count = sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*statements))
    yield from (items_of(n) for n in own)
    if count != len(own) + len(shapes):
        yield None


def numbers_apart(loop: Any, later: Later) -> bool:
    """Is each number that is bound a pass's own, or a sum that nobody reads on the way?"""
    bound = {n.id for n in nodes_in(*loop.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    for name in bound:
        if bound_first(without_loops_over(name, loop.body), name) or is_index_only(name, loop.body):
            if later_reads(later, name):
                return False
            continue
        sums = [n for n in nodes_in(*loop.body) if isinstance(n, gast.AugAssign) and is_sum_into(n, name)]
        count = sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*loop.body))
        if count != len(sums) or not all(any(s is n for s in loop.body) for n in sums):
            return False
    return True


def without_loops_over(name: str, statements: list[Any]) -> list[Any]:
    """The statements without loops that bind this name themselves."""
    return [s for s in statements if not (isinstance(s, gast.For) and binds(s.target, name))]


def is_index_only(name: str, statements: list[Any]) -> bool:
    """Is this only the index of loops, which nobody reads outside them?"""
    for statement in statements:
        if isinstance(statement, gast.For) and binds(statement.target, name):
            if any(binds(s, name) for s in statement.body) or name in tree.names_read(statement.iter):
                return False
        elif isinstance(statement, (gast.For, gast.If)):
            head = statement.iter if isinstance(statement, gast.For) else statement.test
            if name in tree.names_read(head) or not is_index_only(name, [*statement.body, *statement.orelse]):
                return False
        elif any(isinstance(n, gast.Name) and n.id == name for n in nodes_in(statement)):
            return False
    return True


def later_reads(later: Later, name: str) -> bool:
    return later.reads(name) or any(first_use(block, name) == "read" for _, block in later.lists)


def is_sum_into(node: gast.AugAssign, name: str) -> bool:
    return isinstance(node.target, gast.Name) and node.target.id == name and isinstance(node.op, gast.Add)


def is_plain_call(node: gast.Call) -> bool:
    """A function of numbers, or what makes an array."""
    if isinstance(node.func, gast.Name):
        return node.func.id in PURE
    return tree.root(node.func) in ("np", "math") and not node.keywords and getattr(node.func, "attr", "") != "at"


def binds_in(loop: Any, index: str) -> bool:
    return any(binds(s, index) for s in loop.body)
