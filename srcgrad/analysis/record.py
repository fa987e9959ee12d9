"""What must be saved before it is overwritten, because the backward pass still reads it (to be recorded, TBR)?

Forward over the steps goes the set of what some earlier block needs: `x`, the present value of a name, `&x`, the memory
that can be reached from it, and `x[3]`, what of its array is read by the reference of this number; `x[]` is the name, of
which no element is read.  Rebinding a needed name saves the reference, storing into needed memory the contents, unless
what was read of it surely survives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.alias import Alias, saved_name
from srcgrad.analysis.kinds import Array, Object, Unknown
from srcgrad.analysis.pairs import Pairs
from srcgrad.analysis.survives import Reference, Survival
from srcgrad.analysis.touched import reshaped, touched
from srcgrad.lang import core, tree

Needed = set[str]


@dataclass
class Reads:
    """What a step's block reads: values before and after the step, and parts of arrays."""

    old: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)
    parts: list[Reference] = field(default_factory=list)

    def exposed(self, new: bool) -> set[str]:
        """All names that must be bound, before the step or after it."""
        return (self.new if new else self.old) | {tree.root(p.node) or "" for p in self.parts if p.new == new}


@dataclass
class Saves:
    """What is saved before each step, and at the end of each block."""

    names: dict[int, list[str]] = field(default_factory=dict)  # step -> rebound names, saved by reference
    memory: dict[int, list[gast.expr]] = field(default_factory=dict)  # step -> places, saved by contents
    locals: dict[int, list[str]] = field(default_factory=dict)  # block -> names, saved at its end
    permuted: set[int] = field(default_factory=set)  # steps like `a, b = b, a`, undone by themselves
    bound: set[int] = field(default_factory=set)  # places that are attributes which a call binds anew

    def any_in(self, steps: list[core.Step], blocks_of: Callable[[core.Step], list[list[core.Step]]]) -> bool:
        if self.locals.get(id(steps)):
            return True
        return any(
            self.names.get(id(s))
            or self.memory.get(id(s))
            or id(s) in self.permuted
            or any(self.any_in(b, blocks_of) for b in blocks_of(s))
            for s in steps
        )


class Recorder:
    """One run over a function."""

    def __init__(
        self,
        alias: Alias,
        steps: list[core.Step],
        reads: Callable[[core.Step], Reads],
        blocks_of: Any,
        bound: Any,
        counted: Callable[[core.For], bool],
    ) -> None:
        self.alias, self.steps, self.reads, self.counted = alias, steps, reads, counted
        self.blocks_of, self.bound = blocks_of, bound
        self.saves = Saves()
        self.survival = Survival(alias.function, steps, alias.kinds)
        self.references: list[Reference] = []
        self.numbers: dict[tuple[int, str, bool], int] = {}  # reference -> its number; one of equal ones
        self.undone: set[int] = set()  # steps whose blocks undo what they change in memory
        self.parts_of: dict[tuple[int, str], gast.expr] = {}  # an object and the name of an attribute -> the attribute

    def run(self) -> Saves:
        self.block(self.steps, set())
        return self.saves

    # Flow

    def block(self, steps: list[core.Step], needed: Needed) -> Needed:
        for step in steps:
            needed = self.step(step, needed)
        return needed

    def step(self, step: core.Step, needed: Needed) -> Needed:
        reads = self.reads(step)
        if isinstance(step, core.If):
            needed = self.block(step.body, set(needed)) | self.block(step.orelse, set(needed))
            return needed | reads.old | reads.new
        if isinstance(step, (core.For, core.While)):
            return self.loop(step, needed) | reads.old | reads.new
        if isinstance(step, core.With):
            needed = self.block(step.body, self.rebind(step, self.change_memory(step, needed)))
            return self.change_memory(step, needed) | reads.old
        if isinstance(step, core.Try):
            reached = set(needed)
            for inner in step.body:
                needed = self.step(inner, needed)
                reached |= needed
            needed = self.block(step.orelse, needed)
            for _, _, body in step.handlers:
                needed |= set() if step.leaves else self.block(body, set(reached))
            return self.block(step.finalbody, needed)
        needed = self.change_memory(step, needed | reads.old | self.parts(reads, False))
        return self.rebind(step, needed) | reads.new | self.parts(reads, True)

    def parts(self, reads: Reads, new: bool) -> Needed:
        """References to arrays, as they are before or after the step."""
        found = set()
        for part in reads.parts:
            if part.new == new:
                key = (id(part.step), tree.text(part.node), new)
                number = self.numbers.setdefault(key, len(self.references))
                if number == len(self.references):
                    self.references.append(part)
                found.add(f"{tree.root(part.node)}[{number}]")
        return found

    def rebind(self, step: core.Step, needed: Needed) -> Needed:
        names = [n.id for n in self.bound(step)]
        needed = whole(needed, names)
        moved = permutation(step)
        if moved is not None:
            if any(n in needed or f"&{n}" in needed for n in names):
                self.saves.permuted.add(id(step))
            kept = {n for n in needed if n.lstrip("&") not in names}
            return kept | {m + new for new, old in moved.items() for m in ("", "&") if m + old in needed}
        if isinstance(step, core.Call):
            names.append(saved_name(step))
        saved = [n for n in names if n in needed]
        self.note(self.saves.names, step, saved)
        released = self.release(names, needed, self.alias.before.get(id(step), Pairs()))
        for name in names:
            if name in needed or f"&{name}" in needed:
                released |= {f"&{heir}" for heir in self.alias.heirs(step, name)}
        return released

    def release(self, names: list[str], needed: Needed, pairs: Pairs) -> Needed:
        """The names get other values: what they refer to is needed through the other names that share it."""
        result = set(needed)
        for name in names:
            if name in needed or f"&{name}" in needed:
                result |= {f"&{other}" for other in pairs.names_with(name) if other not in names}
        return result - set(names) - {f"&{n}" for n in names}

    def change_memory(self, step: core.Step, needed: Needed) -> Needed:
        for nodes, place, _ in [] if id(step) in self.undone else touched(step, self.alias):
            seen = {n for n, _ in nodes} | {tree.root(place)}
            if any(self.is_hit(n, step, place) for n in needed if name_in(n) in seen):
                known = self.saves.memory.setdefault(id(step), [])
                for part in self.attributes_of(step, place) or [place]:
                    if not any(k is part or tree.text(k) == tree.text(part) for k in known):
                        known.append(part)
                needed = needed | self.way_to(place)
                needed = needed | read_to_put_back(step, place)
        # An attribute may be another array now.
        return whole(needed, {n for n, _ in reshaped(step, self.alias)})

    def attributes_of(self, step: core.Step, place: gast.expr) -> list[gast.expr]:
        """Of an object of which a call does no more than bind attributes anew, these."""
        kind = self.alias.kinds.of(place)
        if not isinstance(step, core.Call) or type(kind) is not Object:
            return []
        summary = self.alias.summaries[id(step.callee)]
        position = next(i for i, a in enumerate(step.args) if a is place)
        names = summary.attributes.get(position, {""})
        if position in summary.deep_writes or "" in names:
            return []
        for name in sorted(names):
            if (id(place), name) not in self.parts_of:
                node = tree.attribute(tree.as_load(place), name)
                self.parts_of[id(place), name] = self.alias.kinds.record(node, kind.cell.attribute(name) or Unknown())
                self.saves.bound.add(id(node))
        return [self.parts_of[id(place), name] for name in sorted(names)]

    def way_to(self, place: gast.expr) -> Needed:
        """What must be as it was for contents to go back to a place: the array's name, or a whole container's."""
        root = tree.root(place)
        if root is None:
            return set()
        inner: Any = place
        while isinstance(inner, (gast.Subscript, gast.Attribute)):
            inner = inner.value
        return {f"{root}[]"} if isinstance(self.alias.kinds.of(inner), Array) else {root}

    def is_hit(self, need: str, step: core.Step, place: gast.expr) -> bool:
        """May the step change what is needed of a name that shares memory with the place?"""
        name, bracket, number = need.partition("[")
        if not bracket:
            return True
        return number != "]" and self.survival.may_be_hit(self.references[int(number[:-1])], step, place)

    def note(self, table: dict[int, list[str]], step: core.Step, saved: list[str]) -> None:
        known = table.setdefault(id(step), [])
        known += [n for n in saved if n not in known]

    # Loops

    def loop(self, step: Any, needed: Needed) -> Needed:
        variable = step.target.id if isinstance(step, core.For) else None
        if variable is not None:
            needed = whole(needed, [variable])
            self.note(self.saves.names, step, [variable] if variable in needed else [])
            needed = self.release([variable], needed, self.alias.before.get(id(step), Pairs()))
        entry = set(needed)
        head = set(needed)
        written = self.written(step.body)
        again = variable is not None and self.counted(step) and variable not in written
        if variable is not None and not again:
            written = written | {variable}
        before = whole(entry, written)
        while True:
            self.forget(step.body)
            end = whole(self.block(step.body, set(head)), written)
            exposed: set[str] = set()
            self.expose(step.body, {variable} if variable else set(), exposed)
            if again and variable:
                end -= {variable, f"&{variable}"}
            local = {v for v in end if v in written and v not in exposed and v not in before}
            pairs = self.alias.after[id(step.body[-1])] if step.body else Pairs()
            # A local is kept by reference, and its name goes on referring to the same memory.
            after = self.release(sorted(local), end, pairs) | {f"&{name}" for name in local}
            if after <= head:
                break
            head |= after
        by_block: dict[int, list[str]] = {}
        for name in self.in_order(step.body, local):
            holder = self.holder(step.body, name) if name != variable else step.body
            by_block.setdefault(id(holder), []).append(name)
        for block, found in by_block.items():
            known = self.saves.locals.setdefault(block, [])
            known += [n for n in found if n not in known]
        return head | after

    def forget(self, steps: list[core.Step]) -> None:
        """What an earlier round, which knew of fewer needs, found."""
        self.saves.locals.pop(id(steps), None)
        for step in steps:
            self.saves.names.pop(id(step), None)
            self.saves.memory.pop(id(step), None)
            self.saves.permuted.discard(id(step))
            for block in self.blocks_of(step):
                self.forget(block)

    def written(self, steps: list[core.Step]) -> set[str]:
        found: set[str] = set()
        for step in steps:
            found |= {n.id for n in self.bound(step)}
            if isinstance(step, core.Call):
                found.add(saved_name(step))
            for block in self.blocks_of(step):
                found |= self.written(block)
        return found

    def in_order(self, steps: list[core.Step], names: set[str]) -> list[str]:
        order: dict[str, None] = {}

        def visit(block: list[core.Step]) -> None:
            for step in block:
                for node in self.bound(step):
                    order.setdefault(node.id)
                if isinstance(step, core.Call):
                    order.setdefault(saved_name(step))
                for inner in self.blocks_of(step):
                    visit(inner)

        visit(steps)
        return [n for n in order if n in names] + sorted(n for n in names if n not in order)

    def holder(self, steps: list[core.Step], name: str) -> list[core.Step]:
        """The innermost block that holds all definitions of a name."""
        holders = []
        for step in steps:
            own = any(n.id == name for n in self.bound(step)) or (
                isinstance(step, core.Call) and saved_name(step) == name
            )
            if own and not isinstance(step, (core.For, core.While)):
                return steps
            if own:
                return steps
            for block in self.blocks_of(step):
                if name in self.written(block):
                    holders.append(block)
        return self.holder(holders[0], name) if len(holders) == 1 else steps

    def expose(self, steps: list[core.Step], defined: set[str], exposed: set[str]) -> set[str]:
        """Names that blocks read and that may not have been assigned before in this block."""
        defined = set(defined)
        for step in steps:
            reads = self.reads(step)
            blocks = self.blocks_of(step)
            if isinstance(step, core.If):
                ends = [self.expose(b, defined, exposed) for b in blocks]
                defined = set.intersection(*ends)
                exposed |= (reads.exposed(False) | reads.exposed(True)) - defined
                continue
            exposed |= reads.exposed(False) - defined
            for place in self.saves.memory.get(id(step), []):
                exposed |= (tree.names_read(place) | read_to_put_back(step, place)) - defined
            if permutation(step) is not None:
                exposed |= {n.id for n in self.bound(step)} - defined
            inner = defined | ({step.target.id} if isinstance(step, core.For) else set())
            for block in blocks:
                end = self.expose(block, inner, exposed)
                if isinstance(step, core.With):
                    inner = end
            if isinstance(step, core.With):
                defined = inner
            if not isinstance(step, core.For):
                defined |= {n.id for n in self.bound(step)}
            if isinstance(step, core.Call):
                defined.add(saved_name(step))
            exposed |= reads.exposed(True) - defined
        return defined


def name_in(need: str) -> str:
    return need.lstrip("&").partition("[")[0]


def whole(needed: Needed, names: Collection[str]) -> Needed:
    """Of these names, the value is needed where a part of it is."""
    return {name_in(n) if n.endswith("]") and name_in(n) in names else n for n in needed}


def read_to_put_back(step: core.Step, place: gast.expr) -> set[str]:
    """The names that say where in the memory of `place` its old contents belong."""
    where = list(tree.indices(place))
    if isinstance(step, core.ListOp) and step.method in ("pop", "insert"):
        where += step.args[:1] if step.args else []
    return {name for index in where for name in tree.names_read(index)}


def permutation(step: core.Step) -> dict[str, str] | None:
    """Of `a, b = b, a`: new name -> the name that held its value before."""
    if not isinstance(step, core.Assign) or len(step.targets) < 2 or not isinstance(step.value, gast.Tuple):
        return None
    new = [t.id for t in step.targets]
    old = [e.id for e in step.value.elts if isinstance(e, gast.Name)]
    return dict(zip(new, old)) if sorted(new) == sorted(old) and len(set(new)) == len(new) else None
