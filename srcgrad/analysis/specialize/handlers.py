"""What do try statements, raise and assert become?"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.analysis.kinds import BOOL, INT, Kind, Text
from srcgrad.analysis.specialize.branches import Branches, Reached
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.tries import Tried
from srcgrad.lang import core
from srcgrad.lang.desugar.build import assign, branch, constant, load, located, store, walk_own
from srcgrad.lang.nodes import nodes_in

CAUGHT = Text()  # it may have been made of differentiable values


class Handlers(Branches):
    """Exceptions."""

    def do_Try(self, statement: gast.Try) -> None:
        """The body is tried; handlers note that they were entered, and their statements come after, in branches."""
        if statement.finalbody:
            self.execute(
                self.memo(("finally", id(statement), bool(self.tried)), lambda: self.without_finally(statement))
            )
        elif not self.tried and all(isinstance(h.body[-1], gast.Raise) for h in statement.handlers):
            self.leaving_try(statement)
        else:
            self.noting_try(statement)

    def without_finally(self, statement: gast.Try) -> list[gast.stmt]:
        """The statements of `finally` follow the others; where an exception passes, they are done first.

        Inside another try body, every statement is done or not, and the exception waits till the statements are done.
        """
        inner: list[gast.stmt] = statement.body
        if statement.handlers:
            inner = [located(gast.Try(statement.body, statement.handlers, statement.orelse, []), statement)]
        last = statement.finalbody
        every = load("BaseException")
        if not self.tried:
            body = [*copy.deepcopy(last), gast.Raise(None, None)]
            return [located(gast.Try(inner, [gast.ExceptHandler(every, None, body)], [], []), statement), *last]
        failed, error, kept = self.caught_names()
        body = [assign(failed, constant(True), statement), assign(kept, load(error), statement)]
        handler = gast.ExceptHandler(every, store(error), body)
        again = branch(load(failed), [gast.Raise(load(kept), None)], [], statement)
        tried = located(gast.Try(inner, [handler], [], []), statement)
        return [assign(failed, constant(False), statement), tried, *last, again]

    def caught_names(self) -> tuple[str, str, str]:
        """Names for: did an exception come, as what was it caught, and what stands for it afterwards?"""
        failed, error, kept = (self.names.fresh(n) for n in ("failed", "error", "kept"))
        self.local_names |= {failed, error, kept}
        self.noted |= {error, kept}
        return failed, error, kept

    def noting_try(self, statement: gast.Try) -> None:
        caught = self.temporary(statement, "caught")
        self.local_names.add(caught)
        zero = self.constant(0, statement)
        self.emit(self.assign(caught, zero, INT, statement))
        self.env[caught] = INT
        steps, reached = self.tried_body(statement)
        after_body, dead_body = self.env, self.dead
        self.dead = False
        handlers = []
        names: list[str | None] = []
        for i, handler in enumerate(statement.handlers):
            self.env = dict(reached)
            kind_node = self.evaluate(handler.type)[1] if handler.type is not None else None
            number = self.constant(i + 1, handler)
            inside: list[core.Step] = [self.assign(caught, number, INT, handler)]
            name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
            kept = None
            if needs_error(handler):
                kept = self.temporary(handler, "error")
                self.noted.add(kept)
                name = self.memo(("raised as", id(handler)), lambda: self.names.fresh("raised"))
                node = self.keep(name_node(name, handler))
                self.record(node, CAUGHT)
                inside.append(self.assign(kept, node, CAUGHT, handler))
            names.append(kept)
            handlers.append((kind_node, name, inside))
        for step in Tried(self, statement, caught, handlers).sequence(steps, []):
            self.emit(step)
        self.after_try(statement, caught, names, reached, (after_body, dead_body))

    def leaving_try(self, statement: gast.Try) -> None:
        """A try statement whose handlers all raise: after it, all of its body has been done."""
        before = dict(self.env)
        block, self.block = self.block, []
        self.execute(statement.body)
        steps, after, dead = self.block, self.env, self.dead
        reached = self.join_env(before, after, id(statement), "reached")
        handlers = []
        for handler in statement.handlers:
            self.env, self.dead, self.block = dict(reached), False, []
            kind_node = self.evaluate(handler.type)[1] if handler.type is not None else None
            name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
            if name is not None:
                self.env[name] = CAUGHT
            self.execute(handler.body)
            handlers.append((kind_node, name, self.block))
        self.block, self.env, self.dead = block, after, dead
        self.emit(core.Try(statement.lineno, steps, handlers, [], [], leaves=True))
        if not dead:
            self.execute(statement.orelse)

    def tried_body(self, statement: gast.Try) -> tuple[list[core.Step], dict[str, Kind]]:
        """The body, each statement of which may not be done; what is known when any of them has raised."""
        block, self.block = self.block, []
        self.tried.append(Reached(statement, dict(self.env)))
        self.execute(statement.body)
        steps, self.block = self.block, block
        return steps, self.tried.pop().env

    def refusal_at(self, code: str, message: str, lineno: int) -> Any:
        node = next(n for n in nodes_in(self.tree) if isinstance(n, gast.stmt) and n.lineno == lineno)
        return self.refusal(code, message, node, "move it out of the try statement")

    def after_try(
        self, statement: gast.Try, caught: str, names: list[str | None], reached: dict[str, Kind], body: Any
    ) -> None:
        """`if caught == 1: first handler, else: ...`, then what comes in any case."""
        branches = []
        for handler, kept in zip(statement.handlers, names):
            self.env, self.dead, self.block, block = dict(reached), False, [], self.block
            self.env[caught] = INT
            statements = handler.body
            if kept is not None:
                self.env[kept] = CAUGHT
                if handler.name is not None:
                    name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
                    self.env[name] = CAUGHT
                    node = self.keep(name_node(kept, handler))
                    self.emit(self.assign(name, node, CAUGHT, handler))
                statements = self.memo(("raised", id(handler)), lambda: [reraised(s, kept) for s in handler.body])  # noqa: B023
            self.execute(statements)
            branches.append((self.block, self.env, self.dead))
            self.block = block
        block, self.block = self.block, []
        self.env, self.dead = dict(body[0]), body[1]
        if not self.dead:
            self.execute(statement.orelse)
        steps, ends = self.block, [] if self.dead else [self.env]
        for i, (inner, env, dead) in reversed(list(enumerate(branches, 1))):
            load = self.keep(name_node(caught, statement))
            test = self.keep(
                gast.copy_location(gast.Compare(load, [gast.Eq()], [self.constant(i, statement)]), statement)
            )
            self.record(load, INT)
            self.record(test, BOOL)
            steps = [core.If(statement.lineno, test, inner, steps)]
            if not dead:
                ends.append(env)
        self.block = block
        for step in steps:
            self.emit(step)
        self.dead = not ends
        if ends:
            self.env = ends[0]
            for i, end in enumerate(ends[1:]):
                self.env = self.join_env(self.env, end, id(statement), "end", i)
            self.execute(statement.finalbody)

    def do_Raise(self, statement: gast.Raise) -> None:
        for node in (statement.exc, statement.cause):
            if node is not None:
                for name in self.names_in(node):
                    self.use_name(name)
        self.emit(core.Effect(statement.lineno, self.renamed_statement(statement)))
        self.dead = True

    def do_Assert(self, statement: gast.Assert) -> None:
        kind, test = self.evaluate(statement.test)
        if statement.msg is not None:
            for name in self.names_in(statement.msg):
                self.use_name(name)
        self.narrow(statement.test, True)
        same = test is statement.test
        kept = statement if same else self.keep(gast.copy_location(gast.Assert(test, statement.msg), statement))
        self.emit(core.Effect(statement.lineno, kept))


def needs_error(handler: gast.ExceptHandler) -> bool:
    return handler.name is not None or any(isinstance(n, gast.Raise) and n.exc is None for n in walk_own(handler.body))


def reraised(statement: gast.stmt, error: str) -> gast.stmt:
    """A handler's statement, with `raise` naming the error, since it is run after the handler."""
    result = copy.deepcopy(statement)
    for node in walk_own([result]):
        if isinstance(node, gast.Raise) and node.exc is None:
            node.exc = located(load(error), node)
    return result
