"""What does a lowered statement bind, read and store to?  May two statements change places?"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.backends.compiled_runtime import FUNCTIONS
from srcgrad.lang import tree
from srcgrad.lang.nodes import children
from srcgrad.lang.printer import Blank, Comment

SHAPE = ("shape", "size", "ndim", "dtype")
PURE = {"range", "len", "max", "min", "abs", "float", "int", "bool", "round", "sum", "enumerate", "zip", "reversed"}
# Functions of ours, and methods of arrays, that store to nothing.
READING = {f.__name__ for f in FUNCTIONS} - {"taken_out"} | {"zeros_like", "stop_gradient"}
METHODS = {
    "copy", "sum", "mean", "max", "min", "prod", "std", "var", "dot", "trace", "cumsum", "cumprod", "argmax", "argmin",
    "argsort", "all", "any", "item", "astype", "ravel", "flatten", "reshape", "transpose", "take", "repeat", "conj",
}  # fmt: skip
ENDS = (gast.Return, gast.Break, gast.Continue, gast.Raise, gast.Assert, gast.With, gast.Try, gast.Delete)


class Nest(gast.For):  # type: ignore[misc]
    """A loop that was made for an array statement."""

    size: Any = None  # what it counts to
    alone: frozenset[str] = frozenset()  # the names that share memory with none other there


def nest(target: Any, iterable: Any, body: list[Any], size: Any, alone: frozenset[str] = frozenset()) -> Nest:
    made = Nest(target, iterable, body, [], None)
    made.size, made.alone = size, alone
    return made


def loops_in(statement: Any) -> list[Any]:
    found = [statement]
    for part in found:
        found += [s for s in part.body if isinstance(s, gast.For)]
    return found


def plain(statements: list[Any]) -> list[Any]:
    """The statements with ordinary loops."""
    result = []
    for statement in statements:
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            loop = isinstance(statement, Nest)
            made = gast.For(statement.target, statement.iter, [], [], None) if loop else copy.copy(statement)
            made.body, made.orelse = plain(statement.body), plain(statement.orelse)
            statement = made
        result.append(statement)
    return result


@dataclass
class Effects:
    """Names bound and read, and the names through which the contents of arrays and lists are loaded and stored."""

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)  # those stored to otherwise than element by element
    ends: bool = False  # what comes after may not be reached


class Sharing:
    """Which names may stand for the same memory?"""

    def __init__(
        self, groups: dict[str, str], alone: dict[int, frozenset[str]], indices: set[str], nonneg: set[str]
    ) -> None:
        self.groups = groups
        self.indices = indices  # of loops made for array statements: nobody reads them after
        self.nonneg = nonneg | indices  # variables that are never less than zero
        self.alone = alone  # id of a statement -> the names that share memory with none other there
        self._known: dict[int, tuple[Any, Effects]] = {}

    def effects(self, statement: Any) -> Effects:
        known = self._known.get(id(statement))
        if known is None:
            known = statement, Effects()
            add_effects(statement, known[1])
            known[1].stores |= known[1].changes
            known[1].binds -= self.indices
            known[1].reads -= self.indices
            self._known[id(statement)] = known
        return known[1]

    def alone_in(self, statement: Any) -> frozenset[str]:
        none: frozenset[str] = frozenset()
        return statement.alone if isinstance(statement, Nest) else self.alone.get(id(statement), none)

    def may_share(self, a: str, b: str, first: Any, second: Any) -> bool:
        """May the memory that `a` stands for in one statement be that of `b` in a later one?

        What is alone later was made for this name, and no other has had it.
        """
        if a == b:
            return True
        later = self.alone_in(second)
        if b in later or (a in later and a in self.alone_in(first)):
            return False
        return self.groups.get(a, a) == self.groups.get(b, b)

    def swappable(self, first: Any, second: Any) -> bool:
        """Does it make no difference which of two statements comes first?"""
        one, other = self.effects(first), self.effects(second)
        if one.ends or other.ends:
            return False
        if one.binds & (other.binds | other.reads) or other.binds & one.reads:
            return False
        shared = {
            (a, b)
            for ours, theirs in ((one.stores, other.loads | other.stores), (one.loads, other.stores))
            for a in ours
            for b in theirs
            if self.may_share(a, b, first, second)
        }
        names = {a for a, b in shared if a == b}
        if len(names) < len(shared) or names & (one.changes | other.changes):
            return False
        return self.elements_apart(first, second, names)

    def elements_apart(self, first: Any, second: Any, names: set[str]) -> bool:
        """Is no element that one statement stores to met by the other?  `a[k, i + k + 1]` and `a[i, k]` are two."""
        mine, theirs = list(accesses(first)), list(accesses(second))
        bound = [bound_in(s) for s in (first, second)]
        return all(
            how == how_there == "r" or any(self.differ(x, y, *bound) for x, y in zip(at, there))
            for a, at, how in mine
            for b, there, how_there in theirs
            if a == b and a in names
        )

    def from_start(self, index: Any) -> tuple[dict[str, int], int] | None:
        """An index as a sum, if it surely counts from the start of an axis, not from its end."""
        found = linear(index)
        if found is None or found[1] < 0 or any(c < 0 or t not in self.nonneg for t, c in found[0].items()):
            return None
        return found

    def differ(self, a: Any, b: Any, bound: set[str], bound_there: set[str]) -> bool:
        """Is one index always greater than the other?  What a statement binds is a number of its own."""
        one, other = self.from_start(a), self.from_start(b)
        if one is None or other is None:
            return False
        number, left = one[1] - other[1], Counter[tuple[str, bool]]()
        for (terms, _), own, sign in ((one, bound, 1), (other, bound_there, -1)):
            for term, count in terms.items():
                if term not in self.indices and term in bound | bound_there:
                    return False
                left[term, term in own and sign < 0] += sign * count
        counts = [count for (term, _), count in left.items() if count]
        if any(count and term not in self.indices for (term, _), count in left.items()):
            return False
        return (number > 0 and all(c > 0 for c in counts)) or (number < 0 and all(c < 0 for c in counts))


def bound_in(statement: Any) -> set[str]:
    return {n.id for n in gast.walk(statement) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}


def linear(node: Any) -> tuple[dict[str, int], int] | None:
    """An index as a sum of names and a number: `i + (k + 1)` is {i: 1, k: 1}, 1."""
    if isinstance(node, gast.Constant):
        return ({}, node.value) if type(node.value) is int else None
    if isinstance(node, gast.Name):
        return {node.id: 1}, 0
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        inner = linear(node.operand)
        return None if inner is None else ({t: -c for t, c in inner[0].items()}, -inner[1])
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub)):
        left, right = linear(node.left), linear(node.right)
        if left is None or right is None:
            return None
        sign = 1 if isinstance(node.op, gast.Add) else -1
        terms = Counter(left[0])
        for term, count in right[0].items():
            terms[term] += sign * count
        return {t: c for t, c in terms.items() if c}, left[1] + sign * right[1]
    if isinstance(node, (gast.Subscript, gast.Attribute)):
        return {tree.text(node): 1}, 0
    return None


def add_effects(node: Any, found: Effects) -> None:
    if isinstance(node, (Comment, Blank, gast.operator, gast.expr_context)):
        return
    if isinstance(node, gast.Name):
        if isinstance(node.ctx, gast.Load):
            found.reads.add(node.id)
            found.loads.add(node.id)
        else:
            found.binds.add(node.id)
        return
    if isinstance(node, ENDS):
        found.ends = True
    if isinstance(node, gast.AugAssign):
        if isinstance(node.target, gast.Name):
            found.reads.add(node.target.id)
            found.changes.add(node.target.id)  # where it is an array, in place
        else:
            add_effects(tree.as_load(node.target), found)
    if isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, gast.Store):
        (found.stores if isinstance(node, gast.Subscript) else found.changes).add(tree.root(node) or "")
        found.reads.add(tree.root(node) or "")
    if isinstance(node, gast.Attribute) and node.attr in SHAPE and isinstance(node.value, gast.Name):
        found.reads.add(node.value.id)
        return
    if isinstance(node, gast.Call):
        if tree.is_call(node, "len") and isinstance(node.args[0], gast.Name):
            found.reads.add(node.args[0].id)
            return
        add_call(node, found)
    for child in children(node):
        add_effects(child, found)


def add_call(node: gast.Call, found: Effects) -> None:
    """A function that is not known may store to whatever it is given."""
    given = {n for a in (*node.args, *(k.value for k in node.keywords)) for n in tree.names_read(a)}
    if isinstance(node.func, gast.Name):
        if node.func.id not in PURE | READING:
            found.changes |= given
    elif isinstance(node.func, gast.Attribute):
        root = tree.root(node.func)
        if root not in ("np", "math"):
            if node.func.attr not in METHODS:
                found.changes |= {root or ""} | (given if node.func.attr != "append" else set())
        elif node.func.attr == "at" or node.keywords:
            found.changes |= given
    else:
        found.changes |= given


def stored_into(function: gast.FunctionDef) -> set[str]:
    """The variables through which a function may change memory."""
    found = Effects()
    for statement in function.body:
        add_effects(statement, found)
    return found.stores | found.changes


def accesses(node: Any) -> Iterator[tuple[str, list[Any], str]]:
    """The elements that a loop reads and writes: array, indices, and `r`, `w` or `+` for an update by a sum.

    A name on its own has no indices.
    """
    if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
        yield node.id, [], "r"
        return
    if isinstance(node, gast.Attribute) and node.attr in SHAPE and isinstance(node.value, gast.Name):
        return
    if isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Subscript):
        how = "+" if isinstance(node.op, (gast.Add, gast.Sub)) else "w"
        yield from element(node.target, how)
        yield from accesses(node.value)
        return
    if isinstance(node, gast.Subscript):
        yield from element(node, "r" if isinstance(node.ctx, gast.Load) else "w")
        return
    for child in children(node):
        yield from accesses(child)


def element(node: gast.Subscript, how: str) -> Iterator[tuple[str, list[Any], str]]:
    items = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
    if isinstance(node.value, gast.Name):
        yield node.value.id, items, how
    else:
        for name, _, _ in accesses(node.value):
            yield name, [], how
    for item in items:
        yield from accesses(item)
