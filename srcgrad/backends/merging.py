"""Which loops over all elements become one?  Neighbours over the same range, where no element is read before its time.

Before: for i in range(n):            After: for i in range(n):
            y[i] = x[i] + 1                      y[i] = x[i] + 1
        for i in range(n):                       z[i] = 2 * y[i]
            z[i] = 2 * y[i]
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.analysis.kinds import Size
from srcgrad.backends.effects import Nest, Sharing, accesses, loops_in, nest
from srcgrad.backends.liveness import is_copy, renamed
from srcgrad.lang import tree
from srcgrad.lang.printer import Blank, Comment

WINDOW = 60  # statements looked back over for a loop to join


class Merging:
    """The loops of one function."""

    def __init__(self, sharing: Sharing, same: Callable[[Size], Size]) -> None:
        self.sharing = sharing
        self.depth = 0  # of the loops for array statements that we are in
        self.same = same  # the size that stands for all that are equal to one

    def block(self, statements: list[Any]) -> list[Any]:
        """The statements, with their loops merged: first the outer ones, then those inside."""
        done: list[Any] = []
        for statement in statements:
            if isinstance(statement, Nest):
                self.join(statement, done)
            else:
                done.append(self.inside(statement))
        idle = {id(c) for c in idle_comments(statements)}
        done = [self.inside(s) if isinstance(s, Nest) else s for s in done]
        return tidied(done, {id(c) for c in idle_comments(done)} - idle)

    def inside(self, statement: Any) -> Any:
        if not isinstance(statement, (gast.For, gast.While, gast.If)):
            return statement
        result = copy.copy(statement)
        self.depth += isinstance(statement, Nest)
        result.body = self.block(statement.body)
        self.depth -= isinstance(statement, Nest)
        if isinstance(statement, gast.If):
            result.orelse = self.block(statement.orelse)
        return result

    def join(self, given: Nest, done: list[Any]) -> None:
        """Put a loop behind the statements that are done, or into one of them: one that it depends on, if it can."""
        before: list[Any] = []  # what has to come before the loop, and so before the one it joins
        after: list[Any] = []  # what may come after both
        found, loop = [*done, given], given
        joined = False
        for place in range(len(done) - 1, max(len(done) - WINDOW, -1), -1):
            other = done[place]
            if self.sharing.effects(other).ends:
                break
            apart = all(self.sharing.swappable(other, s) for s in (*before, loop))
            if self.may_join(other, loop) and all(self.sharing.swappable(other, s) for s in before):
                if not (apart and joined):
                    comment = next((s for s in reversed(done) if isinstance(s, Comment)), None)
                    merged = self.merged(other, loop, [c for c in after if c is comment])
                    found, joined = [*done[:place], *before, merged, *after], True
                if not apart:
                    break
            if apart or isinstance(other, (Comment, Blank)):
                after.insert(0, other)
                continue
            changed = [renamed(s, other) for s in (*before, loop)] if is_copy(other) else []
            ours = {n for s in before for n in self.sharing.effects(s).binds}
            if changed and not ours & names_in(other) and all(self.sharing.swappable(other, s) for s in changed):
                *before, loop = changed
                after.insert(0, other)
            else:
                before.insert(0, other)
        done[:] = found

    def merged(self, first: Nest, second: Nest, comments: list[Any]) -> Nest:
        last = [s for s in first.body if isinstance(s, Comment)][-1:]
        inner = [*first.body, *(c for c in comments if c not in last), *second.body]
        return nest(first.target, first.iter, inner, first.size, first.alone & second.alone)

    def may_join(self, first: Any, second: Nest) -> bool:
        """May pass i of the second loop run before pass i + 1 of the first?"""
        if (
            not isinstance(first, Nest)
            or self.same(first.size) != self.same(second.size)
            or first.target.id != second.target.id
        ):
            return False
        if not self.numbers_apart(first, second):
            return False
        index = first.target.id
        inner = {loop.target.id for s in (first, second) for loop in loops_in(s)} - {index}
        mine, theirs = ([a for s in loop.body for a in accesses(s)] for loop in (first, second))
        for a, at, how in mine:
            for b, there, how_there in theirs:
                if how == how_there and how in "r+" or not self.sharing.may_share(a, b, first, second):
                    continue
                if a != b or not self.in_time(at, there, index, inner):
                    return False
        return bool(inner) or not self.depth or not self.shifts(mine, theirs)

    def shifts(self, mine: list[Any], theirs: list[Any]) -> bool:
        """Is an array stored to at other elements by one loop than by the other?

        The processor runs such a loop one element at a time; two loops over a row cost less.
        """
        return any(
            a == b and "r" not in (how, how_there) and [tree.text(x) for x in at] != [tree.text(x) for x in there]
            for a, at, how in mine
            for b, there, how_there in theirs
        )

    def in_time(self, first: list[Any], second: list[Any], index: str, inner: set[str]) -> bool:
        """Is the element that the second loop meets in pass i one that the first met in pass i or before, or never?

        inner: the indices of loops inside, which may have any values.
        """
        for a, b in zip(first, second):
            mine, theirs = self.sharing.from_start(a), self.sharing.from_start(b)
            if mine is None or theirs is None or mine[0] != theirs[0] or mine[0].keys() & inner:
                continue
            if mine[0].get(index) == 1 and mine[1] >= theirs[1]:
                return True
            if index not in mine[0] and mine[1] != theirs[1]:
                return True
        return False

    def numbers_apart(self, first: Any, second: Any) -> bool:
        """Is no number that one loop binds read by the other, but after it was bound anew in the same pass?"""
        one, other = self.sharing.effects(first), self.sharing.effects(second)
        shared = (one.binds & (other.binds | other.reads)) | (other.binds & one.reads)
        return all(bound_first(first.body, name) and bound_first(second.body, name) for name in shared)


def bound_first(body: list[Any], name: str) -> bool:
    """Is a number bound in each pass before it is read?"""
    for statement in body:
        if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name) and statement.targets[0].id == name:  # fmt: skip
            return name not in tree.names_read(statement.value)
        if any(isinstance(n, gast.Name) and n.id == name for n in gast.walk(statement)):
            return isinstance(statement, gast.For) and bound_first(statement.body, name) and not read_after(body, statement, name)  # fmt: skip
    return False


def read_after(body: list[Any], statement: Any, name: str) -> bool:
    rest = body[body.index(statement) + 1 :]
    return any(isinstance(n, gast.Name) and n.id == name for s in rest for n in gast.walk(s))


def names_in(statement: Any) -> set[str]:
    return {n.id for n in gast.walk(statement) if isinstance(n, gast.Name)}


def idle_comments(statements: list[Any]) -> list[Any]:
    """Those that nothing follows which they may speak of."""
    following = [*statements[1:], Blank()]
    return [
        s for s, after in zip(statements, following) if isinstance(s, Comment) and isinstance(after, (Comment, Blank))
    ]


def tidied(statements: list[Any], dropped: set[int]) -> list[Any]:
    """Without some comments, and without empty lines that stand together."""
    kept: list[Any] = []
    for statement in statements:
        if id(statement) in dropped or (isinstance(statement, Blank) and kept and isinstance(kept[-1], Blank)):
            continue
        kept.append(statement)
    while kept and isinstance(kept[-1], Blank):
        kept.pop()
    return kept
