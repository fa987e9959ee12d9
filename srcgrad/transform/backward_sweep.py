"""What is the backward pass?  The blocks in reverse, each under the user's line, with what was saved put back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.alias import is_array_like, saved_name
from srcgrad.analysis.kinds import Dict, has_known_keys, holds_itself, is_scalar
from srcgrad.analysis.live import is_whole
from srcgrad.analysis.record import Saves, permutation
from srcgrad.analysis.touched import touched
from srcgrad.lang import core, tree
from srcgrad.lang.accumulate import Accumulate
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.transform.attributes import put
from srcgrad.transform.block import Add, Birth, Block, Do, Item, Let, Mark, Put, Unpack, Zero, expressions
from srcgrad.transform.control import Control
from srcgrad.transform.forward_sweep import ForwardSweep
from srcgrad.transform.indices import as_object
from srcgrad.transform.positions import inserted_at, popped_from
from srcgrad.transform.program import Program, bound_names, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.scatter import scattered
from srcgrad.transform.selections import may_select_twice
from srcgrad.transform.terms import replace_in_block, replace_in_item


@dataclass
class Scope:
    """The backward pass, or the body of a reversed loop: zeros of names that it never assigns stand at its top."""

    written: set[str]
    zeros: dict[str, gast.stmt] = field(default_factory=dict)


class BackwardSweep:
    """Writes the backward pass."""

    def __init__(
        self,
        program: Program,
        blocks: dict[int, Block],
        saves: Saves,
        control: Control,
        forward: ForwardSweep,
        alias: Any,
    ) -> None:
        self.program, self.blocks, self.saves, self.control = (program, blocks, saves, control)
        self.forward, self.alias = forward, alias
        self.scopes: list[Scope] = []
        self.restored: list[tuple[core.Step, gast.expr]] = []
        self.undo: str | None = None  # the log of what was put back into memory, if it must be taken back
        self.twins: set[int] = set()  # steps that bind shadows
        self.calls_seen: set[int] = set()  # nodes that stand for a call's record
        self.lineno = 0  # of the step at hand

    def run(self, steps: list[core.Step]) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """Zeros at the top, and the blocks."""
        written = {n.id for s in walk(steps) for n in bound_names(s)} | self.changed(steps)
        self.scopes.append(Scope(written))
        body = self.block(steps, False)
        scope = self.scopes.pop()
        return self.sorted_zeros(scope), body

    def changed(self, steps: list[core.Step]) -> set[str]:
        """Containers changed in place, and arrays stored into as a whole: their zeros belong where they are needed."""
        found: set[str] = set()
        for step in walk(steps):
            if is_whole(step, self.program.kinds):
                found.add(tree.root(step.target) or "")  # type: ignore[attr-defined]
            if id(step) in self.alias.before:
                for nodes, place, _ in touched(step, self.alias):
                    found |= {
                        n for n in {m for m, _ in nodes} | {tree.root(place) or ""} if self.program.is_container(n)
                    }
        return found

    def sorted_zeros(self, scope: Scope) -> list[gast.stmt]:
        return [scope.zeros[n] for n in sorted(scope.zeros, key=self.program.position.__getitem__)]

    # Blocks

    def block(self, steps: list[core.Step], in_loop: bool, last: int | None = None) -> list[gast.stmt]:
        """`last`: the user's line that the text before is about."""
        result = [self.forward.plain(step) for step in self.control.done_again.get(id(steps), ())]
        for name in self.saves.locals.get(id(steps), []):
            if name.startswith("saved·") or name in self.control.tests.values():
                continue
            if self.control.is_bound_again(steps, name):
                continue
            result.append(tree.assign(name, self.pop(steps, name)))
        held: list[gast.stmt] = []
        for step in reversed(steps):
            self.lineno = step.lineno
            statements = self.step(step, steps, in_loop)
            if id(step) in self.twins:
                held += statements
                continue
            statements = [*held, *statements]
            held = []
            if not statements:
                continue
            heading = self.program.heading(step)
            if isinstance(step, core.If) and holds_its_line(step):
                result += [Blank()] if result else []
                last = None
            elif (
                heading and not isinstance(step, Mark) and id(step) not in self.control.records and step.lineno != last
            ):
                result += [Blank(), Comment(heading)]
                last = step.lineno
            result += statements
        return [*result, *held]

    def pop(self, owner: Any, text: str) -> gast.expr:
        """What was saved: `y_saved.pop()` in loops, `y_saved` outside."""
        key = (id(owner), text)
        name = tree.name(self.forward.slots.names[key])
        return tree.method(name, "pop") if self.forward.slots.in_loop[key] else name

    # Steps

    def step(self, step: core.Step, steps: list[core.Step], in_loop: bool) -> list[gast.stmt]:
        if isinstance(step, core.If):
            return self.if_(step, steps, in_loop)
        if isinstance(step, (core.For, core.While)):
            return self.loop(step)
        if isinstance(step, core.With):
            body = self.block(step.body, in_loop, step.lineno)
            if not body or not step.replay:
                return [*body, *self.rebound(step)]
            return [gast.With(step.items, body, None), *self.rebound(step)]
        if isinstance(step, core.Try):
            return self.block(step.body, in_loop, step.lineno)
        return self.simple(step, steps)

    def if_(self, step: core.If, steps: list[core.Step], in_loop: bool) -> list[gast.stmt]:
        last = None if holds_its_line(step) else step.lineno
        body, orelse = self.block(step.body, in_loop, last), self.block(step.orelse, in_loop, last)
        if not body and not orelse:
            return []
        test: gast.expr = step.test
        name = self.control.tests.get(id(step))
        if name is not None and name in self.saves.locals.get(id(steps), []):
            test = self.pop(steps, name)
        if not body:
            return [gast.If(gast.UnaryOp(gast.Not(), test), orelse, [])]
        return [gast.If(test, body, orelse)]

    def loop(self, step: Any) -> list[gast.stmt]:
        written = {n.id for s in walk([step]) for n in bound_names(s)} | self.changed(step.body)
        self.scopes.append(Scope(written))
        body = self.block(step.body, True, step.lineno)
        scope = self.scopes.pop()
        if not body and not scope.zeros:
            return self.rebound(step)
        at = 0
        while at < len(body) and not isinstance(body[at], Blank):
            at += 1
        body[at:at] = self.sorted_zeros(scope)
        counter = self.control.loops.get(id(step))
        unread = isinstance(step, core.For) and not any(step.target.id in tree.names_read(s) for s in body)
        if isinstance(step, core.For) and step.counted and (counter is None or not unread):
            iterable = step.iterable
            if counter is not None:
                iterable = first_of(iterable, tree.name(counter))
            loop = gast.For(tree.target(step.target.id), backwards(iterable), body, [], None)
        else:
            times = tree.call("range", tree.name(counter or "loops"))
            loop = gast.For(tree.target(self.program.unread), times, body, [], None)
        return [loop, *self.rebound(step)]

    def rebound(self, step: core.Step) -> list[gast.stmt]:
        """Names that the step assigned get their old values."""
        moved = permutation(step) if id(step) in self.saves.permuted else None
        if moved is not None:
            old, new = ([tree.name(n) for n in moved.values()], [tree.name(n) for n in moved])
            return [tree.assign(tree.display(old), tree.display(new))]
        return [tree.assign(n, self.pop(step, n)) for n in self.saves.names.get(id(step), [])]

    def simple(self, step: core.Step, steps: list[core.Step]) -> list[gast.stmt]:
        block = self.blocks.get(id(step)) or Block(step)
        names_back = self.rebound(step)
        memory_back = [s for p in self.saves.memory.get(id(step), []) for s in self.put_back(step, p)]
        items = self.prepared(block, step, steps)
        births = [i for i in items if isinstance(i, Birth) or (isinstance(i, Let) and i.first)]
        if births and items[: len(births)] == births and not isinstance(step, core.Call):
            # Zeros have the structure that containers have before the step is undone.
            items = items[len(births) :]
            first = self.all(births)  # type: ignore[arg-type]
        else:
            first = []
        return [*first, *self.undone(block, step, items, names_back, memory_back)]

    def undone(
        self,
        block: Block,
        step: core.Step,
        items: list[Item],
        names_back: list[gast.stmt],
        memory_back: list[gast.stmt],
    ) -> list[gast.stmt]:
        """The items, with the old values put back where they are needed."""
        if not names_back and not memory_back:
            return [s for item in items for s in self.statements(item)]
        called = -1
        if isinstance(step, core.Call):
            called = max((i for i, item in enumerate(items) if self.is_call(item, step)), default=-1)
        cut, renamed = self.cut(block, items, [t.id for t in bound_names(step)]) if names_back else (0, [])
        result = list(renamed)
        for i, item in enumerate(items):
            result += names_back if i == cut else []
            result += memory_back if i == called + 1 else []
            result += self.statements(item)
        result += names_back if cut >= len(items) else []
        result += memory_back if called + 1 >= len(items) else []
        return result

    def all(self, items: list[Item]) -> list[gast.stmt]:
        return [s for item in items for s in self.statements(item)]

    def is_call(self, item: Item, step: core.Step) -> bool:
        return any(id(n) in self.calls_seen for t in expressions(item) for n in nodes_in(t))

    def prepared(self, block: Block, step: core.Step, steps: list[core.Step]) -> list[Item]:
        """The items, with the name of a call's record put in."""
        if not isinstance(step, core.Call):
            return block.items
        text = saved_name(step)
        if text in self.saves.locals.get(id(steps), []):
            value = self.pop(steps, text)
        else:
            value = tree.name(self.forward.saved_variable(id(step)))
        self.calls_seen = {id(value)}
        changes = {
            id(n): value
            for item in block.items
            for t in expressions(item)
            for n in nodes_in(t)
            if isinstance(n, gast.Name) and n.id == text
        }
        replace_in_block(self.program, block, changes)
        return block.items

    def cut(self, block: Block, items: list[Item], bound: list[str]) -> tuple[int, list[gast.stmt]]:
        """How many items come before the old values are put back: those that read the new ones."""
        last = -1
        for i, item in enumerate(items):
            if any(id(n) in block.new_nodes for t in expressions(item) for n in nodes_in(t)):
                last = i
        early = items[: last + 1]
        reads_old = any(
            isinstance(n, gast.Name) and n.id in bound and isinstance(n.ctx, gast.Load) and id(n) not in block.new_nodes
            for item in early
            for t in [*expressions(item)]
            for n in nodes_in(t)
        )
        if not reads_old:
            return last + 1, []
        renamed: list[gast.stmt] = []
        changes: dict[int, gast.expr] = {}
        fresh: dict[str, str] = {}
        for item in items:
            for t in expressions(item):
                for n in nodes_in(t):
                    if isinstance(n, gast.Name) and id(n) in block.new_nodes and n.id in bound:
                        if n.id not in fresh:
                            fresh[n.id] = self.program.placeholder(f"{n.id}_new")
                            renamed.append(tree.assign(fresh[n.id], tree.name(n.id)))
                        changes[id(n)] = tree.name(fresh[n.id])
        for item in items:
            replace_in_item(self.program.kinds.replace, item, changes)
        return 0, renamed

    # Memory

    def put_back(self, step: core.Step, place: gast.expr) -> list[gast.stmt]:
        """What the step overwrote goes back into the same memory."""
        self.restored.append((step, place))
        kind = self.program.kinds.of(place)
        text = f"{tree.text(place)} of {type(step).__name__}"
        if id(place) in self.saves.bound:
            return [self.set_attribute(place, self.pop(step, text))]  # type: ignore[arg-type]
        place = tree.as_load(place)
        everything = gast.Slice(None, None, None)
        if isinstance(step, core.ListOp):
            if step.method == "append":
                return self.change_list(place, tree.method(place, "pop"))
            if step.method == "insert":
                return self.change_list(place, tree.method(place, "pop", inserted_at(place, step.args[0])))
            if step.method == "reverse":
                return self.change_list(place, tree.method(place, "reverse"))
            if step.method == "pop":
                saved = self.pop(step, text)
                if not step.args:
                    return self.change_list(place, tree.method(place, "append", saved))
                position: gast.expr = step.args[0]
                if isinstance(kind, Dict):
                    return [self.set(place, position, saved)]
                return self.change_list(place, tree.method(place, "insert", popped_from(place, position), saved))
            return [self.set(place, everything, self.pop(step, text))]
        saved = self.pop(step, text)
        if isinstance(step, core.Store) and not isinstance(place, gast.Name):
            container = self.program.kinds.of(place.value)  # type: ignore[attr-defined]
            if step.op and is_array_like(kind) and not is_scalar(kind) and not is_array_like(container):
                return [self.set(place, tree.constant(Ellipsis), saved)]
            if isinstance(place, gast.Attribute):
                return [self.set_attribute(place, saved)]
            if isinstance(container, Dict) and not has_known_keys(container):
                back = self.program.helper("give_back", place.value, place.slice, saved)  # type: ignore[attr-defined]
                return self.change_list(place.value, back)  # type: ignore[attr-defined]
            return [self.set(place.value, place.slice, saved)]  # type: ignore[attr-defined]
        if is_array_like(kind):
            return [self.set(place, tree.constant(Ellipsis), saved)]
        if self.undo is None:
            return [tree.statement(self.program.helper("put_back", saved))]
        return [tree.statement(self.program.helper("put_all", tree.name(self.undo), saved))]

    def change_list(self, place: gast.expr, change: gast.expr) -> list[gast.stmt]:
        if self.undo is None:
            return [tree.statement(change)]
        log = self.program.helper("remember", tree.name(self.undo), place)
        return [tree.statement(log), tree.statement(change)]

    def set(self, container: gast.expr, index: gast.expr, value: gast.expr) -> gast.stmt:
        if self.undo is None:
            return tree.assign(gast.Subscript(container, index, gast.Load()), value)
        return tree.statement(self.program.helper("put", tree.name(self.undo), container, as_object(index), value))

    def set_attribute(self, place: gast.Attribute, value: gast.expr) -> gast.stmt:
        if self.undo is None:
            return put(self.program, place, value)
        return tree.statement(
            self.program.helper("put_attribute", tree.name(self.undo), place.value, tree.constant(place.attr), value)
        )

    # Items

    def statements(self, item: Item) -> list[gast.stmt]:
        program = self.program
        if isinstance(item, Let):
            assert item.value is not None, "terms have been settled"
            return [*self.remembered(item.changes), tree.assign(item.name, item.value)]
        if isinstance(item, Unpack):
            return [tree.assign(tree.display([tree.name(n) for n in item.names]), item.value)]
        if isinstance(item, Add):
            return [self.add(item)]
        if isinstance(item, Put):
            places = [self.in_place(p) for p in item.places]
            if len(places) == 1:
                return [tree.assign(places[0], item.values[0])]
            return [tree.assign(tree.display(places), tree.display(item.values))]
        if isinstance(item, Zero):
            value = item.value
            if value is None:
                value = tree.constant(0)
            return [tree.assign(self.bars(item.place), value)]
        if isinstance(item, Birth):
            assert item.value is not None, "a zero has a value"
            statement = tree.assign(program.bar(item.name), item.value)
            if item.name in program.shadows:
                return []
            if item.name not in self.scopes[-1].written:
                self.scopes[-1].zeros.setdefault(item.name, statement)
                return []
            return [statement]
        assert isinstance(item, Do), "every kind of item has been named"
        return [*self.remembered(item.changes), item.statement]

    def is_own_array(self, place: gast.expr) -> bool:
        """Is this an array by itself, not a part of one: a name, or a slot of a container?"""
        kinds = self.program.kinds
        if isinstance(place, gast.Name):
            return is_array_like(kinds.of(place))
        if is_scalar(kinds.of(place)) or not is_array_like(kinds.of(place)):
            return False
        return not is_array_like(kinds.of(place.value))  # type: ignore[attr-defined]

    def remembered(self, place: gast.expr | None) -> list[gast.stmt]:
        """A list of adjoints is about to be changed, which is to be undone."""
        if place is None or self.undo is None:
            return []
        return [tree.statement(self.program.helper("remember", tree.name(self.undo), place))]

    def in_place(self, place: gast.expr) -> gast.expr:
        """Where an adjoint is put: into its memory, if that is shared with others, else the name is bound anew."""
        if tree.root(place) in self.program.shadows and self.is_own_array(place):
            return gast.Subscript(self.bars(place), tree.constant(Ellipsis), gast.Store())
        return self.bars(place)

    def bars(self, place: gast.expr) -> gast.expr:
        root = tree.root(place)
        assert root is not None, "contributions go to places"
        return tree.rebase(place, tree.name(self.program.bar(root)))

    def add(self, item: Add) -> gast.stmt:
        assert item.value is not None, "terms have been settled"
        kinds = self.program.kinds
        place = item.place if item.local else self.bars(item.place)
        if self.program.takes_structures(item.place, item.local):
            # What may be a container at one time, and a number at another, gets a sign as a number only.
            value = item.value if item.sign > 0 else tree.negative(item.value)
            if holds_itself(kinds.of(item.value)):
                raise Refusal(
                    "E303", "a differentiable value is handed on by what holds itself", self.lineno,
                    "keep the parts in variables of their own",
                )  # fmt: skip
            return tree.assign(place, self.program.helper("add_to", place, value))
        if (
            isinstance(item.place, gast.Subscript)
            and is_array_like(kinds.of(item.place.value))
            and may_select_twice(self.program, item.place.slice)
        ):
            value = item.value if item.sign > 0 else tree.negative(item.value)
            return scattered(self.program, item.place, place, value)
        return Accumulate(tree.as_store(place), "+" if item.sign > 0 else "-", item.value)


def holds_its_line(step: core.If) -> bool:
    """A branch that is not the user's: what follows a loop that may have been left.  Its line is that of its first step."""
    lines = {s.lineno for s in step.body if not isinstance(s, Mark)}
    return step.lineno in lines and len(lines) > 1


def backwards(iterable: gast.expr) -> gast.expr:
    """`reversed(r)`; of `reversed(r)`, r."""
    if tree.is_call(iterable, "reversed"):
        return iterable.args[0]  # type: ignore[attr-defined]
    return tree.call("reversed", iterable)


def first_of(iterable: gast.expr, count: gast.expr) -> gast.expr:
    """`r[:count]`; of `reversed(r)`, which has no parts, `r[::-1][:count]`."""
    if tree.is_call(iterable, "reversed"):
        turned = gast.Slice(None, None, tree.negative(tree.constant(1)))
        iterable = gast.Subscript(iterable.args[0], turned, gast.Load())  # type: ignore[attr-defined]
    return gast.Subscript(iterable, gast.Slice(None, count, None), gast.Load())
