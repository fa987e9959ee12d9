"""Which values of a turn of a loop are computed again rather than saved?  The cheap ones, and what is larger than what it is
made of.

Before: d = x[None, :] - x[:, None]         After: x_saved.append(x)
        x = x + np.sum(d ** 3, axis=1)             x = x + np.sum((x[None, :] - x[:, None]) ** 3, axis=1)
        d_saved.append(d)                          ...
        ...                                        x = x_saved.pop()
        d = d_saved.pop()                          d = x[None, :] - x[:, None]
        d_bar = x_bar * 3 * d ** 2                 d_bar = x_bar * 3 * d ** 2
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import is_elementwise
from srcgrad.analysis.kinds import Array, Const, Number, Size, is_scalar, selects_by_arrays
from srcgrad.analysis.record import Saves
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Birth, Block, Do, Item, Let, Mark, expressions
from srcgrad.transform.control import Changes, Control
from srcgrad.transform.program import Program, blocks_of, bound_names, walk

CHEAP = 3  # operations on Python's numbers that take no longer than to save the result and to take it back
REDUCTIONS = (np.sum, np.mean, np.where, np.concatenate, np.expand_dims, np.transpose)
LONG = (
    np.exp, np.expm1, np.log, np.log1p, np.log2, np.log10, np.logaddexp, np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh,
    np.tanh, np.power,
)  # fmt: skip
COMPOUND = (core.If, core.For, core.While, core.With, core.Try)
PLAIN = (gast.Name, gast.Constant, gast.Slice, gast.Tuple, gast.Attribute, gast.keyword, gast.List)


@dataclass(eq=False)
class Candidate:
    """`name = value`, in a turn of a loop, and the step before whose reversal it is computed again."""

    name: str
    site: core.Assign
    body: list[core.Step]
    before: core.Step | None = None


@dataclass(eq=False)
class Origin:
    """What something is made of: the sizes that are not constant, as often as the largest array has them, and how many."""

    symbols: Counter[str] = field(default_factory=Counter)
    count: int = 0

    @classmethod
    def of(cls, name: str, sizes: tuple[Size, ...]) -> Origin:
        found = Counter(f"{s.symbol}{name}" if s.symbol == "*" else s.symbol for s in sizes if s.symbol is not None)
        return cls(found, sum(found.values()))

    def add(self, other: Origin) -> None:
        self.symbols |= other.symbols
        self.count = max(self.count, other.count)


class Recompute:
    """One function, of which it is known what would be saved."""

    def __init__(
        self, program: Program, blocks: dict[int, Block], control: Control, saves: Saves, changes: Changes
    ) -> None:
        self.program, self.blocks, self.control, self.saves, self.changes = program, blocks, control, saves, changes
        self.loops: list[tuple[Any, tuple[core.Step, ...]]] = []
        self.made: list[tuple[Candidate, Item]] = []
        self.find_loops(program.function.steps, ())

    def find_loops(self, steps: list[core.Step], path: tuple[core.Step, ...]) -> None:
        for step in steps:
            if isinstance(step, (core.Try, core.With)):
                continue
            if isinstance(step, (core.For, core.While)):
                self.loops.append((step, path))
            for block in blocks_of(step):
                self.find_loops(block, (*path, step))

    def candidates(self) -> list[Candidate]:
        """In the order in which they are computed."""
        found: list[Candidate] = []
        for loop, path in self.loops:
            known = self.saves.locals.get(id(loop.body), [])
            grown: dict[str, tuple[Origin, Origin]] = {}  # of what is found here: of what that is saved, and of what at all
            mine: list[Candidate] = []
            for step in loop.body:
                if not isinstance(step, core.Assign) or len(step.targets) != 1 or step.augmented:
                    continue
                name = step.targets[0].id
                if name in self.program.rebound or id(step) in self.control.records:
                    continue
                if self.control.is_bound_again(loop.body, name) or not self.is_alone(name, loop):
                    continue
                if self.grows(step, (*path, loop, step), grown) or self.is_cheap(step.value):
                    mine.append(Candidate(name, step, loop.body))
            # What the last of them reads, others must have computed before.
            wanted: dict[str, int] = {}
            for one in reversed(mine):
                if one.name not in known and one.name not in wanted:
                    continue
                at = self.place(one, loop.body, wanted)
                if at is None:
                    grown.pop(one.name, None)
                    continue
                one.before = loop.body[at]
                for name in tree.names_read(one.site.value):
                    wanted[name] = max(wanted.get(name, -1), at)
                found.insert(0, one)
        return found

    # What is worth it

    def is_cheap(self, value: gast.expr) -> bool:
        """A few operations on Python's numbers, or one on arrays, and no division."""
        if isinstance(value, gast.BinOp) and isinstance(self.program.kinds.of(value), Array):
            simple = isinstance(value.op, (gast.Add, gast.Sub, gast.Mult))
            return simple and all(self.is_part(n) for n in (value.left, value.right))
        operations = 0
        for node in nodes_in(value):
            if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Call)):
                operations += 1
                kind = self.program.kinds.of(node)
                if not isinstance(kind, Number) or not kind.weak or not kind.exact:
                    return False
                if isinstance(node, gast.Call) and not self.is_of_math(node):
                    return False
            elif not isinstance(
                node, (gast.Name, gast.Constant, gast.Attribute, gast.operator, gast.unaryop, gast.expr_context)
            ):
                return False
        return 0 < operations <= CHEAP

    def is_part(self, node: gast.expr) -> bool:
        """A number, a name, or a part of its array that is no copy."""
        while isinstance(node, gast.Subscript):
            if selects_by_arrays(self.program.kinds.of(node.slice)):
                return False
            node = node.value
        return isinstance(node, (gast.Name, gast.Constant))

    def is_of_math(self, call: gast.Call) -> bool:
        function = self.program.kinds.of(call.func)
        return (
            isinstance(function, Const)
            and getattr(math, getattr(function.value, "__name__", ""), None) is function.value
        )

    def grows(self, step: core.Assign, at: tuple[core.Step, ...], grown: dict[str, tuple[Origin, Origin]]) -> bool:
        """Is it an array larger than all that has to be saved to compute it again; or, if that takes long, than all that it
        is made of?"""
        program = self.program
        kind = program.kinds.of(step.targets[0])
        if not isinstance(kind, Array) or not self.is_repeatable(step.value):
            return False
        own = self.symbols(kind)
        saved, sources = Origin(), Origin()
        read_here = {n.id: n for n in tree.name_nodes(step.value) if n.id in program.definitions}
        for name, node in read_here.items():
            if name in grown:
                saved.add(grown[name][0])
                sources.add(grown[name][1])
                continue
            lasting = self.control.is_lasting(name, self.changes, at)
            sizes = program.sizes(program.kinds.of(node))
            if sizes is None and not lasting:
                return False
            read = Origin.of(name, sizes or ())
            sources.add(read)
            if not lasting:
                saved.add(read)
        made_of = sources if self.is_long(step.value) else saved
        larger = own is not None and (
            any(own[s] > made_of.symbols[s] for s in own) or sum(own.values()) > made_of.count
        )
        if larger or self.is_cheap(step.value):
            grown[step.targets[0].id] = saved, sources
        return larger

    def is_long(self, value: gast.expr) -> bool:
        """Does it take functions that take longer than to save what they give and to take it back?"""
        calls = [self.program.kinds.of(n.func) for n in nodes_in(value) if isinstance(n, gast.Call)]
        return any(isinstance(k, Const) and k.value is function for k in calls for function in LONG)

    def symbols(self, kind: Any) -> Counter[str] | None:
        """The sizes that are not constant, as often as they are there."""
        sizes = self.program.sizes(kind)
        if sizes is None or any(s.symbol == "*" for s in sizes):
            return None
        return Counter(s.symbol for s in sizes if s.symbol is not None)

    def is_repeatable(self, value: gast.expr) -> bool:
        """Arithmetic, parts, sums along axes."""
        kinds = self.program.kinds
        for node in nodes_in(value):
            if isinstance(node, gast.BinOp):
                if isinstance(node.op, gast.MatMult):
                    return False
            elif isinstance(node, gast.Subscript):
                if selects_by_arrays(kinds.of(node.slice)):
                    return False
            elif isinstance(node, gast.Call):
                function = kinds.of(node.func)
                named = isinstance(function, Const) and (is_elementwise(function.value) or function.value in REDUCTIONS)
                method = isinstance(node.func, gast.Attribute) and node.func.attr in ("sum", "mean", "max", "min")
                if not named and not (method and isinstance(kinds.of(node.func.value), Array)):  # type: ignore[attr-defined]
                    return False
            elif not isinstance(
                node, (*PLAIN, gast.UnaryOp, gast.Compare, gast.operator, gast.unaryop, gast.cmpop, gast.expr_context)
            ):
                return False
        return True

    # Where

    def is_alone(self, name: str, loop: core.Step) -> bool:
        """Do only steps in this loop read it, in the backward pass?"""
        inside = {id(s) for s in walk([loop])}
        return not any(name in names_in(b) for k, b in self.blocks.items() if k not in inside)

    def place(self, one: Candidate, body: list[core.Step], wanted: dict[str, int]) -> int | None:
        """The last step of the loop's body that reads the name in the backward pass, if what is read is the same there."""
        start = body.index(one.site)
        uses = [
            i for i, step in enumerate(body) if any(one.name in names_in(self.blocks.get(id(s))) for s in walk([step]))
        ]
        at = max([*uses, wanted.get(one.name, -1)])
        if at <= start or isinstance(body[at], Mark):
            return None
        read = tree.names_read(one.site.value) & set(self.program.definitions)
        between = [s for step in body[start + 1 : at] for s in walk([step])]
        last = body[at]
        if isinstance(last, COMPOUND):
            between += list(walk([last]))
        elif id(last) not in self.blocks or read & self.changes.touched_by(last):
            return None
        for step in between:
            bound = {n.id for n in bound_names(step)} | ({step.target.id} if isinstance(step, core.For) else set())
            touched = self.changes.touched_by(step)
            if read & (bound | touched) or one.name in touched:
                return None
        return at

    # What it costs

    def weight(self, saves: Saves) -> float:
        """How much is saved, in numbers of one size; more counts what is saved in an inner loop."""
        total = 0.0
        for loop, path in self.loops:
            names = [n for n in saves.locals.get(id(loop.body), []) if not self.control.is_bound_again(loop.body, n)]
            names += [n for s in walk(loop.body) for n in saves.names.get(id(s), [])]
            copies = sum(len(saves.memory.get(id(s), [])) for s in walk(loop.body))
            scale = 1000.0 ** sum(isinstance(s, (core.For, core.While)) for s in path)
            total += scale * (sum(map(self.elements, names)) + 1000 * copies)
        return total

    def elements(self, name: str) -> float:
        kind = self.program.kind_of_name(name)
        sizes = () if is_scalar(kind) else self.program.sizes(kind)
        return 1000.0 if sizes is None else 10.0 ** (len(sizes) + sum(s.symbol is not None for s in sizes))

    # Doing it

    def insert(self, found: list[Candidate]) -> None:
        """Lines that compute the values again, those first that the others read."""
        marks: dict[int, Mark] = {}  # of the steps that hold others, one before each
        for one in reversed(found):
            item = Do(tree.assign(one.name, one.site.value))
            assert one.before is not None, "it has a place"
            if isinstance(one.before, COMPOUND):
                mark = marks.get(id(one.before))
                if mark is None:
                    mark = marks[id(one.before)] = Mark(one.before.lineno)
                    one.body.insert(one.body.index(one.before) + 1, mark)
                    self.blocks[id(mark)] = Block(mark)
                    self.program.kinds.alive.append(mark)
                self.blocks[id(mark)].items.insert(0, item)
            else:
                items = self.blocks[id(one.before)].items
                first = next((i for i, known in enumerate(items) if not is_early(known)), len(items))
                items.insert(first, item)
            self.made.append((one, item))

    def take_back(self) -> None:
        for one, item in self.made:
            for step in list(one.body):
                block = self.blocks.get(id(step))
                if block is not None and item in block.items:
                    block.items.remove(item)
                    if isinstance(step, Mark) and not block.items:
                        one.body.remove(step)
        self.made = []

    @property
    def names(self) -> set[str]:
        """What is not saved."""
        return {one.name for one, _ in self.made}


def is_early(item: Item) -> bool:
    return isinstance(item, Birth) or (isinstance(item, Let) and item.first)


def names_in(block: Block | None) -> set[str]:
    """The names that the items of a block read."""
    return (
        {n for item in block.items for t in expressions(item) for n in tree.names_read(t)}
        if block is not None
        else set()
    )
