"""What does a try statement around loops and branches do?  It becomes one around each run of simple statements in it.

before                      after
    try:                        caught = 0
        for i in range(n):      for i in range(n):
            y = f(y)                try:
        z = y                           y = f(y)
    except ValueError:              except ValueError:
        z = 0.0                         caught = 1
                                    if caught != 0:
                                        break
                                if caught == 0:
                                    z = y
                                if caught == 1:
                                    z = 0.0
"""

from __future__ import annotations

import copy

import gast

from srcgrad.lang.desugar.build import Block, assign, branch, constant, load, located, replaced, store, walk_own
from srcgrad.lang.names import Names

COMPOUND = (gast.If, gast.For, gast.While, gast.With, gast.Try)
SIMPLE = (gast.Assign, gast.AugAssign, gast.Expr, gast.Delete, gast.Raise, gast.Assert, gast.Import, gast.ImportFrom)


class Single(gast.Try):
    """A try statement whose handlers only note what was caught."""


def is_splittable(statement: gast.Try) -> bool:
    """Are there loops or branches in the body, and nothing that can't be told apart?"""
    inside = list(walk_own(statement.body))
    known = (*COMPOUND, *SIMPLE, gast.Pass, gast.Break)
    return any(isinstance(s, COMPOUND) for s in statement.body) and all(
        isinstance(n, known) for n in inside if isinstance(n, gast.stmt)
    )


def split(statement: gast.Try, names: Names) -> Block:
    """Statements that do the same."""
    return Split(statement, names).statements()


class Split:
    def __init__(self, statement: gast.Try, names: Names) -> None:
        self.statement, self.names = statement, names
        self.caught = names.fresh("caught")
        self.errors = [names.fresh("error") if needs_error(h) else None for h in statement.handlers]

    def statements(self) -> Block:
        at = self.statement
        made: Block = [assign(self.caught, constant(0), at), *self.sequence(at.body, False)]
        for i, handler in enumerate(at.handlers):
            body: Block = [reraised(s, self.errors[i] or "") for s in handler.body]
            if handler.name is not None:
                name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
                body.insert(0, assign(name, load(self.errors[i] or ""), handler))
            made.append(branch(self.test(gast.Eq(), i + 1), body, [], handler))
        if at.orelse:
            # what is raised here is not caught, and no handler is entered after it
            made.insert(len(made) - len(at.handlers), branch(self.test(gast.Eq(), 0), at.orelse, [], at))
        return [*made, *at.finalbody]

    def test(self, op: gast.cmpop, number: int) -> gast.expr:
        """`caught == 1`, which is ours, and raises nothing."""
        test = gast.Compare(load(self.caught), [op], [constant(number)])
        test.noted = True
        return test

    def sequence(self, statements: Block, in_loop: bool) -> Block:
        """Statements, of which the rest is left out once something was caught."""
        made: Block = []
        run: Block = []
        for i, statement in enumerate(statements):
            if isinstance(statement, SIMPLE) and not (is_safe_assignment(statement) and not run):
                run.append(statement)
                continue
            made += self.tried(run)
            if run:
                return made + self.unless_caught(statements[i:], in_loop, statement)
            if isinstance(statement, COMPOUND):
                made += self.compound(statement, in_loop)
                return made + self.unless_caught(statements[i + 1 :], in_loop, statement)
            made.append(statement)
        made += self.tried(run)
        return made + (self.unless_caught([], in_loop, run[-1]) if run else [])

    def unless_caught(self, rest: Block, in_loop: bool, at: gast.stmt) -> Block:
        if in_loop:
            leave = branch(self.test(gast.NotEq(), 0), [located(gast.Break(), at)], [], at)
            return [leave, *self.sequence(rest, True)]
        return [branch(self.test(gast.Eq(), 0), self.sequence(rest, False), [], at)] if rest else []

    def tried(self, run: Block) -> Block:
        if not run:
            return []
        handlers = []
        for i, handler in enumerate(self.statement.handlers):
            noted: Block = [assign(self.caught, constant(i + 1), handler)]
            name = None
            if self.errors[i] is not None:
                name = located(store(self.names.fresh("raised")), handler)
                noted.append(assign(self.errors[i] or "", load(name.id), handler))
            handlers.append(located(gast.ExceptHandler(handler.type, name, noted), handler))
        return [located(Single(list(run), handlers, [], []), run[0])]

    def held(self, value: gast.expr, base: str, at: gast.stmt) -> tuple[Block, gast.expr]:
        """A value that is found in a try statement of its own, and its name."""
        if is_safe(value):
            return [], value
        name = self.names.fresh(base)
        return self.tried([assign(name, value, at)]), load(name)

    def compound(self, statement: gast.stmt, in_loop: bool) -> Block:
        if isinstance(statement, gast.If):
            first, test = self.held(statement.test, "test", statement)
            made = replaced(
                statement,
                test=test,
                body=self.sequence(statement.body, in_loop),
                orelse=self.sequence(statement.orelse, in_loop),
            )
            return [*first, *self.after(first, [made], in_loop, statement)]
        if isinstance(statement, gast.For):
            plain = isinstance(statement.iter, gast.Call) and isinstance(statement.iter.func, gast.Name)
            counted = (
                plain
                and statement.iter.func.id == "range"
                and not any(isinstance(a, gast.Call) for a in statement.iter.args)
            )
            first, iterable = ([], statement.iter) if counted else self.held(statement.iter, "items", statement)
            made = replaced(statement, iter=iterable, body=self.sequence(statement.body, True))
            return [*first, *self.after(first, [made], in_loop, statement)]
        if isinstance(statement, gast.While):
            first, test = self.held(statement.test, "test", statement)
            leave = gast.BoolOp(gast.Or(), [self.test(gast.NotEq(), 0), gast.UnaryOp(gast.Not(), test)])
            start: Block = [*first, branch(leave, [located(gast.Break(), statement)], [], statement)]
            return [
                replaced(
                    statement,
                    test=located(constant(True), statement),
                    body=[*start, *self.sequence(statement.body, True)],
                )
            ]
        if isinstance(statement, gast.With):
            return [replaced(statement, body=self.sequence(statement.body, in_loop))]
        assert isinstance(statement, gast.Try), "the compound statements are five"
        if isinstance(statement, Single):
            both = [*statement.handlers, *self.tried([statement])[0].handlers]  # type: ignore[attr-defined]
            return [located(Single(statement.body, both, [], []), statement)]
        return self.sequence(split(statement, self.names), in_loop)

    def after(self, first: Block, rest: Block, in_loop: bool, at: gast.stmt) -> Block:
        """What follows a value that was found, or not."""
        if not first:
            return rest
        if in_loop:
            return [branch(self.test(gast.NotEq(), 0), [located(gast.Break(), at)], [], at), *rest]
        return [branch(self.test(gast.Eq(), 0), rest, [], at)]


def is_safe(value: gast.expr) -> bool:
    """Can evaluating it raise no exception: a name, a literal, a note of ours of what was caught?"""
    return isinstance(value, (gast.Name, gast.Constant)) or hasattr(value, "noted")


def is_safe_assignment(statement: gast.stmt) -> bool:
    return (
        isinstance(statement, gast.Assign)
        and isinstance(statement.targets[0], gast.Name)
        and isinstance(statement.value, gast.Constant)
    )


def needs_error(handler: gast.ExceptHandler) -> bool:
    return handler.name is not None or any(isinstance(n, gast.Raise) and n.exc is None for n in walk_own(handler.body))


def reraised(statement: gast.stmt, error: str) -> gast.stmt:
    """A handler's statement, with `raise` naming the error, since it is run after the handler."""
    result = copy.deepcopy(statement)
    for node in walk_own([result]):
        if isinstance(node, gast.Raise) and node.exc is None:
            node.exc = located(load(error), node)
    return result
