"""What do try statements, raise and assert become?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.kinds import BOOL, INT, Bottom, Const, Kind, Unknown, varied
from srcgrad.analysis.specialize.branches import Branches
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.writes import EFFECT, walk_steps, written
from srcgrad.lang import core
from srcgrad.lang.desugar.tries import Single, is_splittable, reraised, split
from srcgrad.lang.nodes import nodes_in


class Handlers(Branches):
    """Exceptions."""

    def do_Try(self, statement: gast.Try) -> None:
        """The body is tried; handlers note that they were entered, and their statements come after, in branches."""
        if not statement.handlers:
            self.execute(statement.body)
            if not self.dead:
                self.execute(statement.finalbody)
            return
        if not statement.finalbody and all(isinstance(h.body[-1], gast.Raise) for h in statement.handlers):
            self.leaving_try(statement)
            return
        if is_splittable(statement):
            self.execute(self.memo(("split", id(statement)), lambda: self.desugared(split(statement, self.names))))
            return
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
            if name is not None:
                kept = self.temporary(handler, "error")
                load = self.keep(name_node(name, handler))
                self.record(load, Unknown())
                inside.append(self.assign(kept, load, Unknown(), handler))
            names.append(kept)
            handlers.append((kind_node, name, inside))
        self.emit(core.Try(statement.lineno, steps, handlers, [], []))
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
                self.env[name] = Unknown()
            self.execute(handler.body)
            handlers.append((kind_node, name, self.block))
        self.block, self.env, self.dead = block, after, dead
        self.emit(core.Try(statement.lineno, steps, handlers, [], [], leaves=True))
        if not dead:
            self.execute(statement.orelse)

    def tried_body(self, statement: gast.Try) -> tuple[list[core.Step], dict[str, Kind]]:
        """The body, each statement of which may not be done; what is known when any of them has raised."""
        block = self.block
        reached = dict(self.env)
        steps: list[core.Step] = []
        for i, inner in enumerate(statement.body):
            self.block = []
            self.execute([inner])
            for step in self.block:
                steps.append(self.guarded(step, block))
            reached = self.join_env(reached, self.env, id(statement), i)
        self.block = block
        return steps, reached

    def do_Single(self, statement: Single) -> None:
        """A try statement whose handlers only note what was caught."""
        self.local_names |= {
            n.id for n in nodes_in(statement) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        steps, reached = self.tried_body(statement)
        after_body, dead_body = self.env, self.dead
        handlers = []
        ends = [] if dead_body else [after_body]
        for handler in statement.handlers:
            self.env, self.dead, self.block, block = dict(reached), False, [], self.block
            kind_node = self.evaluate(handler.type)[1] if handler.type is not None else None
            name = handler.name.id if isinstance(handler.name, gast.Name) else None
            if name is not None:
                self.env[name] = Unknown()
            self.execute(handler.body)
            handlers.append((kind_node, name, self.block))
            ends.append(self.env)
            self.block = block
        self.emit(core.Try(statement.lineno, steps, handlers, [], []))
        self.env, self.dead = dict(ends[0]), False
        for i, end in enumerate(ends[1:]):
            self.env = self.join_env(self.env, end, id(statement), "end", i)

    def guarded(self, step: core.Step, before: list[core.Step]) -> core.Step:
        """A statement that is undone only if it was done; its flag is set in the forward pass when it is."""
        if not self.is_moving(step) and not isinstance(step, core.Assign):
            return step
        if not isinstance(step, (core.Assign, core.Store, core.ListOp, core.Call)):
            raise self.refusal_at("E308", "a compound statement on differentiable values inside try", step.lineno)
        if isinstance(step, core.Call) and written(step.callee) - {EFFECT}:
            raise self.refusal_at("E308", "a call inside try that stores into its arguments", step.lineno)
        flag = self.names.fresh("done")
        yes, no = self.keep(gast.Constant(True, None)), self.keep(gast.Constant(False, None))
        self.record(yes, Const(True))
        target = self.keep(gast.Name(flag, gast.Store(), None, None))
        self.record(target, BOOL)
        before.append(core.Assign(step.lineno, [target], yes, printed=no))
        test = self.keep(gast.Name(flag, gast.Load(), None, None))
        self.record(test, BOOL)
        return core.Guarded(step.lineno, test, [step], [], flag)

    def is_moving(self, step: core.Step) -> bool:
        """Is there anything in a step that varies?"""
        for inner in walk_steps([step]):
            trees: list[Any] = [*getattr(inner, "targets", []), *getattr(inner, "args", [])]
            trees += [t for n in ("value", "target", "place") if (t := getattr(inner, n, None)) is not None]
            if any(varied(self.function.kinds.get(id(t), Bottom())) for t in trees):
                return True
        return False

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
            if handler.name is not None and kept is not None:
                name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
                self.env[name] = self.env[kept] = Unknown()
                load = self.keep(name_node(kept, handler))
                self.emit(self.assign(name, load, Unknown(), handler))
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
