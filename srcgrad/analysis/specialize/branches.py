"""What is known in the branches of an `if`, and after it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import gast

from srcgrad.analysis.kinds import Array, Bottom, Const, Kind, OneOf, is_number, widen
from srcgrad.analysis.specialize.stores import Stores
from srcgrad.lang import core


@dataclass
class Reached:
    """What is known where a statement of a try body has raised: of any of them."""

    statement: gast.Try
    env: dict[str, Kind]


def is_test_of_class(test: gast.expr) -> TypeGuard[gast.Call]:
    named = isinstance(test, gast.Call) and isinstance(test.func, gast.Name)
    return named and test.func.id == "isinstance" and len(test.args) == 2


def is_test_of_none(test: gast.expr) -> TypeGuard[gast.Compare]:
    if not isinstance(test, gast.Compare) or len(test.ops) > 1 or not isinstance(test.ops[0], (gast.Is, gast.IsNot)):
        return False
    return isinstance(test.comparators[0], gast.Constant) and test.comparators[0].value is None


class Branches(Stores):
    """Branches, and what their tests say of kinds."""

    def do_If(self, statement: gast.If) -> None:
        kind, test = self.evaluate(statement.test)
        truth = self.truth(kind)
        if truth is not None:
            self.narrow(statement.test, truth)
            self.execute(statement.body if truth else statement.orelse)
            return
        body, env_body, dead_body = self.branch(statement.body, statement.test, True)
        orelse, env_else, dead_else = self.branch(statement.orelse, statement.test, False)
        met = env_body.keys() & env_else.keys() if not (dead_body or dead_else) else set()
        if self.is_asked_for(kind, [(env_body[name], env_else[name]) for name in met]):
            return self.do_If(statement)
        self.emit(core.If(statement.lineno, test, body, orelse))
        if dead_body and dead_else:
            self.dead = True
        elif dead_body:
            self.env = env_else
        elif dead_else:
            self.env = env_body
        else:
            self.env = self.join_env(env_body, env_else, id(statement))

    def branch(
        self, statements: list[gast.stmt], test: gast.expr, holds: bool
    ) -> tuple[list[core.Step], dict[str, Kind], bool]:
        block, env, dead = self.block, self.env, self.dead
        self.block, self.env = [], dict(env)
        self.narrow(test, holds)
        self.execute(statements)
        result = self.block, self.env, self.dead
        self.block, self.env, self.dead = block, env, dead
        return result

    def join_env(self, a: dict[str, Kind], b: dict[str, Kind], *owner: Any) -> dict[str, Kind]:
        result = {}
        for name in {**a, **b}:
            x, y = a.get(name, Bottom()), b.get(name, Bottom())
            self.note_grown(name, x, y)
            result[name] = self.session.joined(x, y, *owner, name, self.copies)
        return result

    def note_reached(self) -> None:
        """After each statement: what is known now may be what a handler meets."""
        for reached in self.tried:
            reached.env = self.join_env(reached.env, self.env, id(reached.statement), "reached")

    def note_grown(self, name: str, a: Kind, b: Kind) -> None:
        """Remember names that are a number on one way and an array on another."""
        kinds = [k for k in (a, b) if is_number(k)]
        if len(kinds) == 2 and sum(isinstance(widen(k), Array) for k in kinds) == 1:
            self.session.grown.setdefault(self.copies, set()).add(name)

    def narrow(self, test: gast.expr, holds: bool) -> None:
        """What is known of the variables where a test holds, or does not."""
        if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
            self.narrow(test.operand, not holds)
        elif isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And if holds else gast.Or):
            for value in test.values:
                self.narrow(value, holds)
        elif isinstance(test, gast.BoolOp):  # where `a and b` does not hold, and a does, b does not
            left = [v for v in test.values if not self.surely(v, not holds)]
            if len(left) == 1:
                self.narrow(left[0], holds)
        elif is_test_of_none(test):
            self.keep_options(test.left, lambda k: k == Const(None), isinstance(test.ops[0], gast.Is) is holds)
        elif is_test_of_class(test):
            kind, _ = self.aside(lambda: self.evaluate(test.args[1]))[:2]
            self.keep_options(test.args[0], lambda k: self.is_instance(k, kind) is not (not holds), True)
        elif isinstance(test, gast.Name):
            self.keep_options(test, lambda k: self.truth(k) is not (not holds), True)

    def surely(self, test: gast.expr, holds: bool) -> bool:
        """Is it known that an isinstance or `is None` holds, or that it does not?"""
        asked = is_test_of_class(test) or is_test_of_none(test)
        return asked and self.truth(self.aside(lambda: self.evaluate(test))[0]) is holds

    def keep_options(self, node: gast.expr, condition: Any, holds: bool) -> None:
        if isinstance(node, gast.Name) and isinstance(self.env.get(node.id), OneOf):
            kept = [k for k in self.env[node.id].options if bool(condition(k)) is holds]  # type: ignore[attr-defined]
            if kept:
                self.env[node.id] = kept[0] if len(kept) == 1 else OneOf(tuple(kept))

    def narrowed_away(self, name: str) -> None:
        """A name gets a new value."""
