"""Is the value that a variable has at some place read later?  And names that only stand for another name.

Before: t_2 = np.empty(n)             After: t_2 = np.empty(n)
        ...                                  ...
        t = t_2                              y[i] = t_2[i]
        y[i] = t[i]
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

READ, BOUND = "read", "bound"


def first_use(statements: list[Any], name: str) -> str | None:
    """Is a variable read before it is bound, or bound in any case?  None: neither."""
    for statement in statements:
        found = use(statement, name)
        if found is not None:
            return found
    return None


def use(statement: Any, name: str) -> str | None:
    if isinstance(statement, (Comment, Blank)):
        return None
    if leaves(statement):
        return READ  # by what comes after the loop, for all we know
    if isinstance(statement, (gast.For, gast.While)):
        head = statement.iter if isinstance(statement, gast.For) else statement.test
        if isinstance(statement, gast.For) and binds(statement.target, name):
            return READ if name in tree.names_read(head) else None  # in the loop it has the loop's own values
        inner = first_use(statement.body, name)
        return READ if name in tree.names_read(head) or inner == READ else None
    if isinstance(statement, gast.If):
        ways = {first_use(statement.body, name), first_use(statement.orelse, name)}
        if name in tree.names_read(statement.test) or READ in ways:
            return READ
        return BOUND if ways == {BOUND} else None
    if isinstance(statement, gast.Assign):
        if name in tree.names_read(statement):
            return READ
        return BOUND if binds(statement, name) else None
    return READ if any(isinstance(n, gast.Name) and n.id == name for n in nodes_in(statement)) else None


def leaves(statement: Any) -> bool:
    """May the rest of a block be left out?"""
    return any(isinstance(n, (gast.Break, gast.Continue)) for n in nodes_in(statement))


def binds(node: Any, name: str) -> bool:
    return any(isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load) for n in nodes_in(node))


class Later:
    """What comes after a block: the statements that follow it, those of a loop around it first."""

    def __init__(self, lists: tuple[tuple[bool, list[Any]], ...] = ()) -> None:
        self.lists = lists  # does it surely run, and the statements

    def inside(self, statement: Any, rest: list[Any]) -> Later:
        """After the blocks of a statement that others follow."""
        lists = ((True, rest), *self.lists)
        if isinstance(statement, gast.While):
            lists = ((True, [tree.statement(statement.test)]), (False, statement.body), *lists)
        elif isinstance(statement, gast.For):
            lists = ((False, statement.body), *lists)
        return Later(lists)

    def reads(self, name: str) -> bool:
        for surely, statements in self.lists:
            found = first_use(statements, name)
            if found == READ or (found == BOUND and surely):
                return found == READ
        return False


def without_copies(statements: list[Any], later: Later, counts: dict[str, int]) -> list[Any]:
    """`t = t_2` is left out, and t_2 read for t, where t is not read beyond this block.  counts: how often names are bound."""
    statements = list(statements)
    place = 0
    while place < len(statements):
        statement = statements[place]
        rest = statements[place + 1 :]
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            inner = later.inside(statement, rest)
            statement = statements[place] = copy.copy(statement)
            statement.body = without_copies(statement.body, inner, counts)
            statement.orelse = without_copies(statement.orelse, inner, counts)
        elif is_copy(statement):
            old, new = statement.targets[0].id, statement.value.id
            stop = next((k for k, s in enumerate(rest) if binds(s, old)), len(rest))
            over = stop == len(rest) and not later.reads(old) or stop < len(rest) and use(rest[stop], old) == BOUND
            if over and counts.get(new) == 1 and not any(map(leaves, rest[:stop])):
                changed = [renamed(s, statement) for s in rest[:stop]]
                statements[place:] = [*changed, *rest[stop:]]
                continue
        place += 1
    return statements


def is_copy(statement: Any) -> bool:
    """`a = b`"""
    return (
        isinstance(statement, gast.Assign)
        and isinstance(statement.targets[0], gast.Name)
        and isinstance(statement.value, gast.Name)
    )


def renamed(statement: Any, copied: Any) -> Any:
    """The statement from before `a = b`, where it reads b for a."""
    old, new = copied.targets[0].id, copied.value.id
    changes: dict[int, Any] = {id(n): tree.name(new) for n in tree.name_nodes(statement) if n.id == old}
    return tree.replace(statement, changes) if changes else statement


def times_bound(function: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in nodes_in(function):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            counts[node.id] = counts.get(node.id, 0) + 1
    return counts
