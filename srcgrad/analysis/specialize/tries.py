"""What becomes of the body of a try statement?  Each run of simple statements is tried; loops and branches stand around it.

before                      after
    try:                        caught = 0
        for i in range(n):      for i in range(n):
            y = f(y)                try:
        z = y                           y = f(y)
    except ValueError:              except ValueError:
        ...                             caught = 1
                                    if caught != 0:
                                        break
                                if caught == 0:
                                    z = y
                                if caught == 1:
                                    ...

So every statement of a loop's turn is either done or not, and what tells which can be kept turn by turn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.inline import calls_itself, written_out
from srcgrad.analysis.kinds import BOOL, INT, Bottom, Const, Unknown, is_number, varied
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.writes import EFFECT, written
from srcgrad.lang import core, tree

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.handlers import Handlers

Steps = list[core.Step]
ALWAYS_GIVEN = {"range", "len", "reversed", "ndindex", "items", "keys", "values"}  # calls that raise nothing


class Tried:
    """Writes the steps of one try body.  `handlers` note in `caught` which of them was entered."""

    def __init__(self, frame: Handlers, statement: gast.Try, caught: str, handlers: list[Any]) -> None:
        self.frame, self.statement, self.caught, self.handlers = frame, statement, caught, handlers
        self.made = 0
        self.passing: set[int] = set()  # the try steps whose handlers are these

    def sequence(self, steps: Steps, leave: Steps) -> Steps:
        """Steps, of which the rest is left out once something was caught; `leave` is what is done then."""
        run = self.leading_run(steps)
        rest = steps[len(run) :]
        if run:
            return [*self.tried(run), *self.unless_caught(rest, leave, run[-1].lineno)]
        if not steps:
            return []
        first, rest = steps[0], steps[1:]
        if isinstance(first, core.Break) or self.is_harmless(first):
            return [first, *self.sequence(rest, leave)]
        head = self.head(first)
        if head is not None:
            return self.sequence([*head, *rest], leave)
        inner = self.compound(first, leave if not rest else [])
        if not any(id(s) in self.passing for s in core.walk([inner])):
            return [inner, *self.sequence(rest, leave)]
        passes_on = isinstance(inner, (core.If, core.With)) and not rest  # its blocks have left
        return [inner] if passes_on else [inner, *self.unless_caught(rest, leave, first.lineno)]

    def unless_caught(self, rest: Steps, leave: Steps, lineno: int) -> Steps:
        if not rest:
            return [core.If(lineno, self.test(gast.NotEq()), list(leave), [])] if leave else []
        return [core.If(lineno, self.test(gast.Eq()), self.sequence(rest, leave), list(leave))]

    def test(self, op: gast.cmpop) -> gast.expr:
        """`caught == 0`"""
        frame = self.frame
        load = frame.keep(name_node(self.caught, self.statement))
        zero = frame.keep(constant_node(0, self.statement))
        test = frame.keep(gast.copy_location(gast.Compare(load, [op], [zero]), self.statement))
        for node, kind in ((load, INT), (zero, Const(0)), (test, BOOL)):
            frame.record(node, kind)
        return test

    # Runs of simple steps

    def leading_run(self, steps: Steps) -> Steps:
        """The simple steps that come first; it begins with one that may raise something."""
        count = next((i for i, s in enumerate(steps) if not self.is_simple(s)), len(steps))
        return steps[:count] if any(not self.is_harmless(s) for s in steps[:1]) else []

    def is_simple(self, step: core.Step) -> bool:
        if isinstance(step, core.Assign) and step.printed is not None:
            return False  # the flag of a statement in a try block inside this one
        return not isinstance(step, core.Break) and not core.blocks_of(step) and not self.may_half_do(step)

    def may_half_do(self, step: core.Step) -> bool:
        """Is it a call that may raise when it has stored something into its arguments?"""
        return isinstance(step, core.Call) and self.is_moving(step) and bool(written(step.callee) - {EFFECT})

    def is_harmless(self, step: core.Step) -> bool:
        """Does a step raise nothing: a constant gets a name, or what we have noted gets one?"""
        if not isinstance(step, core.Assign):
            return False
        noted = isinstance(step.value, gast.Name) and step.value.id in self.frame.noted
        return noted or isinstance(step.value, gast.Constant)

    def tried(self, run: Steps) -> Steps:
        flags: Steps = []
        steps = [self.guarded(step, flags) for step in run]
        return [*flags, self.handed(core.Try(run[0].lineno, steps, [], [], []))]

    def handed(self, step: core.Try) -> core.Try:
        """A try step with our handlers for what its own do not catch."""
        if any(is_for_all(kind, self.frame.function) for kind, _, _ in step.handlers):
            return step
        ours = [(kind, name, core.copy_steps(body)) for kind, name, body in self.handlers]
        result = replace(step, handlers=[*step.handlers, *ours])
        self.passing.add(id(result))
        self.frame.keep(result)
        return result

    def guarded(self, step: core.Step, before: Steps) -> core.Step:
        """A step that is undone only if it was done; its flag is set in the forward pass when it is."""
        frame = self.frame
        if not isinstance(step, core.Assign) and not self.is_moving(step):
            return step
        self.made += 1
        flag = frame.memo(("done", id(self.statement), self.made), lambda: frame.names.fresh("done"))
        yes, no = frame.keep(gast.Constant(True, None)), frame.keep(gast.Constant(False, None))
        frame.record(yes, Const(True))
        target = frame.keep(gast.Name(flag, gast.Store(), None, None))
        frame.record(target, BOOL)
        before.append(core.Assign(step.lineno, [target], yes, printed=no))
        test = frame.keep(gast.Name(flag, gast.Load(), None, None))
        frame.record(test, BOOL)
        return core.Guarded(step.lineno, test, [step], [], flag)

    def is_moving(self, step: core.Step) -> bool:
        """Is there anything in a step that varies?"""
        trees: list[Any] = [*getattr(step, "targets", []), *getattr(step, "args", [])]
        trees += [t for n in ("value", "target", "place") if (t := getattr(step, n, None)) is not None]
        return any(varied(self.frame.function.kinds.get(id(t), Bottom())) for t in trees)

    # Loops and branches

    def head(self, step: core.Step) -> Steps | None:
        """The step with what it asks first in a step of its own, if that may raise something; a call written out."""
        if isinstance(step, core.Call):
            return self.written_out(step)
        if isinstance(step, core.If) and not self.is_safe(step.test):
            first, test = self.named(step.test, "test", step)
            return [first, core.If(step.lineno, test, step.body, step.orelse)]
        if isinstance(step, core.While) and not self.is_safe(step.test):
            first, test = self.named(step.test, "test", step)
            always = self.frame.keep(constant_node(True, self.statement))
            self.frame.record(always, Const(True))
            turn = core.If(step.lineno, test, step.body, [core.Break(step.lineno)])
            return [core.While(step.lineno, always, [first, turn])]
        if isinstance(step, core.For) and not self.is_safe(step.iterable):
            whole = step.iterable
            # a range that is run backwards can be read at any position, an iterator over it can't
            asked = whole.args[0] if tree.is_call(whole, "reversed") else whole  # type: ignore[attr-defined]
            first, items = self.named(asked, "items", step)
            if asked is not whole:
                kind = self.frame.function.kinds.get(id(whole), Unknown())
                items = self.frame.keep(tree.replace(whole, {id(asked): items}))
                self.frame.record(items, kind)
            return [first, core.For(step.lineno, step.target, items, step.body, step.counted)]
        return None

    def written_out(self, step: core.Call) -> Steps:
        frame = self.frame
        if calls_itself(step.callee) or any(v.function is step.callee for v in frame.session.stack):
            text = "a function that calls itself, and stores into its arguments, inside try"
            raise frame.refusal_at("E308", text, step.lineno)
        self.made += 1
        known = frame.memo(("written out", id(self.statement), self.made), dict)
        made, copier = written_out(frame.function, step, frame.names, set(frame.names.used), known)
        frame.keep((made, copier.alive))
        frame.local_names |= set(known.values())
        return made

    def named(self, value: gast.expr, base: str, step: core.Step) -> tuple[core.Step, gast.expr]:
        frame = self.frame
        self.made += 1
        name = frame.memo(("asked", id(self.statement), self.made), lambda: frame.names.fresh(base))
        kind = frame.function.kinds.get(id(value), Unknown())
        target = frame.keep(name_node(name, self.statement, store=True))
        load = frame.keep(name_node(name, self.statement))
        frame.record(target, kind)
        frame.record(load, kind)
        return core.Assign(step.lineno, [target], value), load

    def is_safe(self, value: gast.expr) -> bool:
        """Can evaluating it raise no exception: names, literals, comparisons and sums of numbers, sizes?"""
        if isinstance(value, (gast.Name, gast.Constant)):
            return True
        if isinstance(value, gast.Call):
            name = getattr(value.func, "id", getattr(value.func, "attr", ""))
            return name in ALWAYS_GIVEN and all(self.is_safe(a) for a in value.args)
        if isinstance(value, gast.Attribute):
            return value.attr in ("shape", "size", "ndim") and self.is_safe(value.value)
        if isinstance(value, gast.BoolOp):
            return all(map(self.is_safe, value.values))
        if isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.Not):
            return self.is_safe(value.operand)
        parts: list[Any] = []
        if isinstance(value, gast.Compare):
            parts = [value.left, *value.comparators]
        elif isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub, gast.Mult)):
            parts = [value.left, value.right]
        kinds = self.frame.function.kinds
        return bool(parts) and all(self.is_safe(p) and is_number(kinds.get(id(p), Bottom())) for p in parts)

    def compound(self, step: core.Step, leave: Steps) -> core.Step:
        """A loop or a branch whose simple steps are tried."""
        end: Steps = [core.Break(step.lineno)]
        if isinstance(step, (core.For, core.While)):
            return replace(step, body=self.sequence(step.body, end))
        if isinstance(step, core.With):
            return replace(step, body=self.sequence(step.body, leave))
        if isinstance(step, core.Try):
            if step.leaves:
                text = "a try statement whose handlers raise, in a function called inside try"
                raise self.frame.refusal_at("E308", text, step.lineno)
            return self.handed(step)
        assert isinstance(step, core.If), "the compound steps are five"
        return replace(step, body=self.sequence(step.body, leave), orelse=self.sequence(step.orelse, leave))


def is_for_all(kind: gast.expr | None, function: core.Function) -> bool:
    """Does a handler catch every exception?"""
    return kind is None or function.kinds.get(id(kind)) == Const(BaseException)
