"""Which loops that go backwards may go forwards?  Inner ones whose passes may come in any order: they run faster.

Before: for j in range(n - 1, -1, -1):        After: for j in range(n):
            w_bar[j] += y_bar[i] * x[i + j]              w_bar[j] += y_bar[i] * x[i + j]
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.effects import accesses
from srcgrad.backends.liveness import Later
from srcgrad.backends.parallel import Parallel
from srcgrad.backends.ranges import is_step
from srcgrad.backends.turns import plus_one
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in


def with_ascending_loops(function: gast.FunctionDef, groups: dict[str, str]) -> gast.FunctionDef:
    """groups: of the variables that may share memory."""
    made = copy.copy(function)
    made.body = Ascending(function, groups).block(function.body, Later())
    return made


class Ascending(Parallel):
    """The loops of one function."""

    def block(self, statements: list[Any], later: Later) -> list[Any]:
        result: list[Any] = []
        for place, statement in enumerate(statements):
            rest = statements[place + 1 :]
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                if is_inner(statement) and self.is_independent(statement, Later(((True, rest), *later.lists))):
                    statement = ascending(statement)
                inner = later.inside(statement, rest)
                statement = copy.copy(statement)
                statement.body = self.block(statement.body, inner)
                statement.orelse = self.block(statement.orelse, inner)
            result.append(statement)
        return result

    def is_apart(self, name: str, loop: Any, index: str) -> bool:
        """Is an array met at this index of one axis only, or only added to?"""
        if super().is_apart(name, loop, index):
            return True
        met = [how for statement in loop.body for other, _, how in accesses(statement) if other == name]
        return all(how == "+" for how in met)


def is_inner(loop: Any) -> bool:
    """A loop backwards, with none in it."""
    if not isinstance(loop, gast.For) or not tree.is_call(loop.iter, "range") or len(loop.iter.args) != 3:
        return False
    return is_step(loop.iter.args[2], -1) and not any(isinstance(n, (gast.For, gast.While)) for n in nodes_in(*loop.body))


def ascending(loop: Any) -> Any:
    last, before, _ = loop.iter.args
    first = [] if is_step(before, -1) else [plus_one(before)]
    return gast.For(loop.target, tree.call("range", *first, plus_one(last)), loop.body, [], None)
