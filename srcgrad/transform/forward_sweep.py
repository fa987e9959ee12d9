"""What is the forward pass?  The user's own statements, with what must be saved put between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.alias import is_array_like
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Object,
    OneOf,
    Tuple,
    has_known_keys,
    is_number,
    is_scalar,
    options,
)
from srcgrad.analysis.record import Saves
from srcgrad.lang import core, names, tree
from srcgrad.transform.attributes import held, put
from srcgrad.transform.block import Mark
from srcgrad.transform.control import Control
from srcgrad.transform.program import Program, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.selections import is_advanced
from srcgrad.transform.spelling import in_order


@dataclass
class Slots:
    """Where values are saved: `y_saved` outside loops, a list inside, by step and by what is saved."""

    names: dict[tuple[int, str], str] = field(default_factory=dict)
    in_loop: dict[tuple[int, str], bool] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)  # the name of a save -> the variables it may hold
    parts: set[str] = field(default_factory=set)  # the names of saves that hold what is inside these only
    lists: dict[str, str] = field(default_factory=dict)  # what is saved -> its list


class ForwardSweep:
    """Writes the forward pass."""

    def __init__(
        self, program: Program, saves: Saves, control: Control, reversed_calls: set[int], signatures: Any
    ) -> None:
        self.program, self.saves, self.control = program, saves, control
        self.reversed_calls, self.signatures = reversed_calls, signatures
        self.slots = Slots()
        self.saved_names: dict[int, str] = {}
        self.pending: list[str] = []  # lists to be made before the outermost loop
        self.saving: set[int] = set()  # statements that save, by identity
        self.made: set[int] = set()  # twins whose shadows are noted
        self.made_list = ""
        self.starts: set[int] = set()  # statements `loops = 0`
        self.callees = {id(s): s.callee.name for s in walk(program.function.steps) if isinstance(s, core.Call)}

    def noted(self, step: core.Step, statements: list[gast.stmt]) -> list[gast.stmt]:
        """The shadows that a twin made are noted, to be set to zero when the backward pass is run again."""
        if id(step) not in self.made:
            return statements
        if isinstance(step, core.Store):
            places = [tree.as_load(step.target)]
        elif isinstance(step, core.ListOp):
            places = [tree.subscript(step.place, tree.constant(0) if step.method == "insert" else negative_one())]
        else:
            places = [tree.name(t.id) for t in step.targets]  # type: ignore[attr-defined]
        return [
            *statements,
            *(tree.statement(self.program.helper("note", tree.name(self.made_list), p)) for p in places),
        ]

    # Blocks

    def block(
        self, steps: list[core.Step], in_loop: bool = False, tail: list[gast.stmt] | None = None
    ) -> list[gast.stmt]:
        """The statements of a block; `tail` is what follows it in the loop's body, and must come before a break."""
        ends = self.block_end(steps)
        result: list[gast.stmt] = []
        local = set(self.saves.locals.get(id(steps), []))
        opened = not in_loop
        for step in steps:
            rest: list[gast.stmt] = []
            if isinstance(step, core.If):
                test = self.control.tests.get(id(step))
                if test in local:
                    rest.append(self.append(self.list_for(steps, test or "", test or ""), tree.name(test or "")))
            statements = self.step(step, in_loop, [*rest, *ends, *(tail or [])])
            if opened and self.pending and (isinstance(step, (core.For, core.While))):
                order = [n.id for n in in_order(statements)]
                made = [tree.assign(n, gast.List([], gast.Load())) for n in sorted(self.pending, key=order.index)]
                self.pending = []
                at = len(result)
                while at and id(result[at - 1]) in self.starts:
                    at -= 1
                result[at:at] = made
            if opened:
                self.slots.lists.clear()
            result += statements
            if isinstance(step, core.If):
                test = self.control.tests.get(id(step))
                if test in local:
                    result.append(self.append(self.list_for(steps, test or "", test or ""), tree.name(test or "")))
        if not (steps and isinstance(steps[-1], core.Break)):
            result += ends
        return result

    def block_end(self, steps: list[core.Step]) -> list[gast.stmt]:
        """Locals of an iteration are appended at the end of the block that defines them; tests right after their `if`."""
        result = []
        tests = {self.control.tests.get(id(s)) for s in steps if isinstance(s, core.If)}
        for name in self.saves.locals.get(id(steps), []):
            if name in tests or self.control.is_bound_again(steps, name):
                continue
            value = name
            if name.startswith("saved·"):
                value = self.saved_variable(int(name.partition("·")[2]))
            result.append(self.append(self.list_for(steps, name, name), tree.name(value)))
        return result

    def list_for(self, owner: Any, name: str, text: str) -> str:
        """The list in which a variable is saved."""
        key = (id(owner), text)
        if key not in self.slots.names:
            if name.startswith("saved·"):
                known = self.program.names.fresh(names.saved(names.plain(self.callees[int(name.partition("·")[2])])))
                self.pending.append(known)
            elif text in self.slots.lists:
                known = self.slots.lists[text]
            else:
                known = self.program.names.fresh(names.saved(name.partition("·")[0]))
                self.slots.lists[text] = known
                self.pending.append(known)
            self.slots.names[key] = known
            self.slots.in_loop[key] = True
            self.slots.held.setdefault(known, set()).add(name)
        return self.slots.names[key]

    def single_for(self, step: core.Step, name: str, text: str) -> str:
        key = (id(step), text)
        if key not in self.slots.names:
            self.slots.names[key] = self.program.placeholder(names.saved(name.partition("·")[0]))
            self.slots.in_loop[key] = False
            self.slots.held.setdefault(self.slots.names[key], set()).add(name)
        return self.slots.names[key]

    def append(self, list_name: str, value: gast.expr) -> gast.stmt:
        statement = tree.statement(tree.method(tree.name(list_name), "append", value))
        self.saving.add(id(statement))
        self.program.kinds.alive.append(statement)
        return statement

    def saved_variable(self, step_id: int) -> str:
        if step_id not in self.saved_names:
            listed = any(f"saved·{step_id}" in local for local in self.saves.locals.values())
            base = "saved" if listed else names.saved(names.plain(self.callees[step_id]))
            self.saved_names[step_id] = self.program.placeholder(base)
            self.slots.held.setdefault(self.saved_names[step_id], set()).add(f"saved·{step_id}")
        return self.saved_names[step_id]

    # Saving

    def before(self, step: core.Step, in_loop: bool) -> list[gast.stmt]:
        result = []
        for place in self.saves.memory.get(id(step), []):
            value = self.contents(step, place)
            if value is not None:
                result.append(
                    self.save(
                        step, tree.root(place) or "", f"{tree.text(place)} of {type(step).__name__}", value, in_loop
                    )
                )
        for name in self.saves.names.get(id(step), []):
            result.append(self.save(step, name, name, tree.name(name), in_loop))
        return result

    def save(self, step: core.Step, name: str, text: str, value: gast.expr, in_loop: bool) -> gast.stmt:
        slot = self.list_for(step, name, text) if in_loop else self.single_for(step, name, text)
        if text != name:
            self.slots.parts.add(slot)
        if in_loop:
            return self.append(slot, value)
        statement = tree.assign(slot, value)
        self.saving.add(id(statement))
        self.program.kinds.alive.append(statement)
        return statement

    def contents(self, step: core.Step, place: gast.expr) -> gast.expr | None:
        """A copy of what a step is about to overwrite; None if undoing the step brings it back."""
        if id(place) in self.saves.bound:
            return held(self.program, place)  # type: ignore[arg-type]
        kind = self.program.kinds.of(place)
        place = tree.as_load(place)
        if isinstance(step, core.ListOp):
            if step.method == "pop":
                return tree.subscript(place, step.args[0] if step.args else negative_one())
            return tree.copied(place) if step.method not in ("append", "reverse", "insert") else None
        if isinstance(step, core.Store):
            if isinstance(place, gast.Name):
                return tree.copied(place)
            container = self.program.kinds.of(place.value)  # type: ignore[attr-defined]
            if is_array_like(container):
                return self.copied(place) if is_array_like(kind) else place
            if step.op and is_array_like(kind) and not is_scalar(kind):
                return tree.copied(place)
            return place if step.op and isinstance(place, gast.Attribute) else self.slot(place, container, step.value)
        return self.whole(place, kind, step)

    def copied(self, place: gast.expr) -> gast.expr:
        if isinstance(place, gast.Subscript) and is_advanced(self.program.kinds.of(place.slice)):
            return place
        return tree.copied(place)

    def slot(self, place: Any, container: Kind, value: gast.expr) -> gast.expr:
        if isinstance(container, Dict) and not has_known_keys(container):
            self.check_saved(place)
            return tree.method(place.value, "get", place.slice)
        if isinstance(place, gast.Attribute) and isinstance(container, Object):
            return held(self.program, place, value)
        return place

    def check_saved(self, place: Any) -> None:
        """None is saved for a key that is not there; a key that holds None would be taken for one."""
        kind = self.program.kinds.of(place)
        if Const(None) in (kind.options if isinstance(kind, OneOf) else (kind,)):
            raise Refusal(
                "E403",
                f"{tree.text(place)!r} may have held None before it is stored into, and its old content is needed",
                place.lineno,
                "use numbers only, or another dict",
            )

    def whole(self, place: gast.expr, kind: Kind, step: core.Step) -> gast.expr:
        if is_array_like(kind):
            return tree.copied(place)
        made = self.program.definitions.get(place.id, []) if isinstance(place, gast.Name) else []
        is_set = bool(made) and all(isinstance(k, Iterable) and k.is_set for k in made)
        able = [k for k in options(kind) if k != Const(None)]
        if not isinstance(step, core.With) and (
            is_set or all(isinstance(k, (Array, List, Dict, Object, Tuple)) or is_number(k) for k in able)
        ):
            return self.program.helper("contents", place)
        raise Refusal(
            "E403",
            f"what this does to {tree.text(place)!r} can't be undone, and its old content is needed",
            step.lineno,
            "work on a copy",
        )

    # Steps

    def step(self, step: core.Step, in_loop: bool, tail: list[gast.stmt]) -> list[gast.stmt]:
        result = self.before(step, in_loop)
        if isinstance(step, core.Break):
            return [*tail, gast.Break()]
        if isinstance(step, core.Assign):
            statement = self.plain(step)
            if id(step) in self.control.counters:
                self.starts.add(id(statement))
                self.program.kinds.alive.append(statement)
            return self.noted(step, [*result, statement])
        if isinstance(step, core.Store):
            if step.op:
                return [*result, self.program.update(step.target, step.op, step.value)]
            return self.noted(step, [*result, put(self.program, step.target, step.value)])
        if isinstance(step, core.ListOp):
            called = tree.method(step.place, step.method, *step.args)
            changed = tree.assign(step.target.id, called) if step.target is not None else tree.statement(called)
            return self.noted(step, [*result, changed])
        if isinstance(step, core.Call):
            return [*result, self.call(step)]
        if isinstance(step, core.Guarded):
            return [
                *result,
                *self.kept_if_done(self.block(step.body, in_loop)),
                tree.assign(step.flag, tree.constant(True)),
            ]
        if isinstance(step, core.If):
            body = self.block(step.body, in_loop, tail)
            orelse = self.block(step.orelse, in_loop, tail)
            return [*result, gast.If(step.test, body, orelse)]
        if isinstance(step, core.For):
            return [
                *result,
                gast.For(tree.target(step.target.id), step.iterable, self.block(step.body, True), [], None),
            ]
        if isinstance(step, core.While):
            return [*result, gast.While(step.test, self.block(step.body, True), [])]
        if isinstance(step, core.With):
            return [*result, gast.With(step.items, self.block(step.body, in_loop, tail), None)]
        if isinstance(step, core.Try):
            return [*result, self.try_(step, in_loop)]
        if isinstance(step, core.Effect):
            return [*result, step.statement]
        if isinstance(step, Mark) and step.statement is not None:
            return [*result, step.statement]
        return result

    def plain(self, step: core.Assign) -> gast.stmt:
        if step.augmented and isinstance(step.value, gast.BinOp) and len(step.targets) == 1:
            return tree.augment(step.targets[0].id, step.augmented, step.value.right)
        if len(step.targets) == 1:
            return tree.assign(step.targets[0].id, step.printed or step.value)
        return tree.assign(tree.display([tree.name(t.id) for t in step.targets]), step.value)

    def call(self, step: core.Call) -> gast.stmt:
        targets: list[gast.expr] = [tree.name(t.id) for t in step.targets]
        if id(step) not in self.reversed_calls and step.text is None:
            first = tree.name(self.program.unread) if not targets else targets[0] if len(targets) == 1 else tree.display(targets)
            return tree.assign(
                tree.display([first, tree.name(self.program.unread)]), tree.call(self.signatures(step.callee).forward, *step.args)
            )
        if id(step) not in self.reversed_calls:
            if not targets:
                return tree.statement(step.text)
            return tree.assign(targets[0] if len(targets) == 1 else tree.display(targets), step.text)
        saved = tree.name(self.saved_variable(id(step)))
        signature = self.signatures(step.callee)
        first = tree.name(self.program.unread) if not targets else targets[0] if len(targets) == 1 else tree.display(targets)
        return tree.assign(tree.display([first, saved]), tree.call(signature.forward, *step.args))

    def kept_if_done(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        """A statement that raises leaves nothing in a list: what it overwrites is appended when it is done.

        before                      after
            y_saved.append(y)           y_before = y
            y = f(y)                    y = f(y)
                                        y_saved.append(y_before)
        """
        first: list[gast.stmt] = []
        last: list[gast.stmt] = []
        for statement in statements:
            if id(statement) in self.saving and isinstance(statement, gast.Expr):
                call: Any = statement.value
                list_name = call.func.value.id
                before = self.program.names.fresh(list_name.replace("saved", "before"))
                first.append(tree.assign(before, call.args[0]))
                self.saving.add(id(first[-1]))
                call.args = [tree.name(before)]
                last.append(statement)
            else:
                first.append(statement)
        return first + last

    def try_(self, step: core.Try, in_loop: bool) -> gast.stmt:
        handlers = []
        for kind, name, body in step.handlers:
            target = tree.target(name) if name else None
            handlers.append(gast.ExceptHandler(kind, target, self.block(body, in_loop) or [gast.Pass()]))
        return gast.Try(
            self.block(step.body, in_loop) or [gast.Pass()],
            handlers,
            self.block(step.orelse, in_loop),
            self.block(step.finalbody, in_loop),
        )


def negative_one() -> gast.expr:
    return tree.negative(tree.constant(1))
