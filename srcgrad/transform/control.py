"""What must be recorded of control flow?  Tests, counts of iterations and bounds become ordinary steps, where needed.

Before: while t < 1.0:            After: loops = 0
            if y > 1.0: ...              while t < 1.0:
                                             test = y > 1.0
                                             if test: ...
                                             loops += 1
"""

from __future__ import annotations

import gast

from srcgrad.analysis.alias import Alias, touched
from srcgrad.analysis.kinds import BOOL, INT, Kind, is_memory
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.reads import value_reads
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.program import Program, blocks_of, bound_names, walk

ASKED_AGAIN = {"len", "isinstance"}


class Changes:
    """What changes in a function: where its names are bound, and whose memory is stored into."""

    def __init__(self, steps: list[core.Step], alias: Alias, stable: set[str]) -> None:
        self.alias = alias
        self.stable = stable  # names whose shape is always the same
        self.sites: dict[str, list[tuple[core.Step, tuple[core.Step, ...]]]] = {}  # the binding steps, with their loops
        self.touched: set[str | None] = set()
        for step, loops in walk_inside(steps):
            for name in {n.id for n in bound_names(step)}:
                self.sites.setdefault(name, []).append((step, loops))
            self.touched |= self.touched_by(step)

    def touched_by(self, step: core.Step) -> set[str | None]:
        """The names through which the memory that a step changes may be seen."""
        if id(step) not in self.alias.before:
            return set()
        return {n for nodes, place, _ in touched(step, self.alias) for n in (tree.root(place), *(m for m, _ in nodes))}


class Control:
    """Adds records to steps that are reversed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.tests: dict[int, str | None] = {}  # if -> the name that holds its test, None if the test is asked again
        self.loops: dict[int, str] = {}  # loop -> the name that counts its iterations
        self.counters: dict[int, int] = {}  # step `loops = 0` -> its loop
        self.records: set[int] = set()  # steps made here
        self.settled: set[int] = set()

    def enable(
        self, steps: list[core.Step], works: set[int], changes: Changes, path: tuple[core.Step, ...] = ()
    ) -> bool:
        """Record what is needed to reverse the steps in `works`; True if there were any."""
        added = False
        for step in list(steps):
            inner = (*path, step)
            for block in blocks_of(step):
                added |= self.enable(block, works, changes, inner)
            if id(step) not in works or id(step) in self.settled:
                continue
            self.settled.add(id(step))
            added = True
            if isinstance(step, core.If):
                self.record_test(steps, step, changes, path)
            elif isinstance(step, (core.For, core.While)):
                if isinstance(step, core.For) and step.counted:
                    self.record_bounds(steps, step, changes)
                if not (isinstance(step, core.For) and self.is_counted(step)):
                    self.count(steps, step)
        return added

    def is_counted(self, step: core.For) -> bool:
        return step.counted and not has_break(step.body)

    # Tests

    def record_test(self, steps: list[core.Step], step: core.If, changes: Changes, path: tuple[core.Step, ...]) -> bool:
        # the flag of a guarded step is set after it, so it is kept like any variable
        if isinstance(step, core.Guarded) or self.can_ask_again(step.test, changes, path):
            self.tests[id(step)] = None
            return False
        kind = self.program.kinds.of(step.test)
        value = step.test
        if is_memory(kind) or not isinstance(kind, type(BOOL)):
            value = tree.call("bool", value)
        name = self.name("test", BOOL)
        self.insert_before(steps, step, self.assign(step.lineno, name, value, BOOL))
        step.test = self.program.kinds.record(tree.name(name), BOOL)
        self.tests[id(step)] = name
        return True

    def can_ask_again(self, test: gast.expr, changes: Changes, path: tuple[core.Step, ...]) -> bool:
        """Would the test give the same answer in the backward pass?"""
        for node in nodes_in(test):
            if isinstance(node, gast.Call) and not (isinstance(node.func, gast.Name) and node.func.id in ASKED_AGAIN):
                return False
        return all(self.is_lasting(n, changes, path) for n in tree.names_read(test) if n in self.program.definitions)

    def is_lasting(self, name: str, changes: Changes, path: tuple[core.Step, ...]) -> bool:
        """Has the name, in the backward pass, the value it had here, without being saved?"""
        program = self.program
        if program.is_memory(name) and name in changes.touched:
            return False
        sites = changes.sites.get(name, [])
        if program.is_parameter(name):
            return not sites
        if len(sites) != 1:
            return False
        site, loops = sites[0]
        if isinstance(site, core.For) and self.is_counted(site):
            return any(s is site for s in path)
        return not loops and not isinstance(site, (core.For, core.While))

    # Loops

    def count(self, steps: list[core.Step], step: core.For | core.While) -> None:
        name = self.name("loops", INT)
        self.loops[id(step)] = name
        start = self.assign(step.lineno, name, tree.constant(0), INT)
        self.counters[id(start)] = id(step)
        self.insert_before(steps, step, start)
        more = tree.binary(self.program.kinds.record(tree.name(name), INT), "+", tree.constant(1))
        add = self.assign(step.lineno, name, more, INT)
        add.augmented = "+"
        if has_break(step.body):
            step.body.insert(0, add)
        else:
            step.body.append(add)

    def record_bounds(self, steps: list[core.Step], step: core.For, changes: Changes) -> bool:
        """Bounds that the loop changes are remembered."""
        names = value_reads(step.iterable, changes.stable)
        written = {n.id for s in walk([step]) for n in bound_names(s)}
        calls = [n for n in nodes_in(step.iterable) if isinstance(n, gast.Call)]
        kinds, matches = self.program.kinds, self.program.function.matches
        changed = any(n in written for n in names) or any(not is_pure(c, kinds, matches) for c in calls)
        changed = changed or any(names & changes.touched_by(inner) for inner in walk(step.body))
        if changed:
            kind = kinds.of(step.iterable)
            name = self.name("bounds", kind)
            backwards = tree.is_call(step.iterable, "reversed")
            # `reversed(r)` can be gone through once only: its range is kept.
            kept = step.iterable.args[0] if backwards else step.iterable  # type: ignore[attr-defined]
            self.insert_before(steps, step, self.assign(step.lineno, name, kept, kind))
            held = kinds.record(tree.name(name), kind)
            step.iterable = kinds.record(tree.call("reversed", held), kind) if backwards else held
        return changed

    # Making steps

    def name(self, base: str, kind: Kind) -> str:
        name = self.program.placeholder(base)
        self.program.define_only(name, kind)
        return name

    def assign(self, lineno: int, name: str, value: gast.expr, kind: Kind) -> core.Assign:
        target = self.program.kinds.record(tree.target(name), kind)
        step = core.Assign(lineno, [target], value)
        self.records.add(id(step))
        self.program.kinds.alive.append(step)
        return step

    def insert_before(self, steps: list[core.Step], step: core.Step, new: core.Step) -> None:
        steps.insert(next(i for i, s in enumerate(steps) if s is step), new)


def has_break(steps: list[core.Step]) -> bool:
    """Is there a break out of the loop whose body this is?"""
    for step in steps:
        if isinstance(step, core.Break):
            return True
        if not isinstance(step, (core.For, core.While)) and any(has_break(b) for b in blocks_of(step)):
            return True
    return False


def walk_inside(
    steps: list[core.Step], loops: tuple[core.Step, ...] = ()
) -> list[tuple[core.Step, tuple[core.Step, ...]]]:
    """All steps, with the loops each is in."""
    found = []
    for step in steps:
        found.append((step, loops))
        inner = (*loops, step) if isinstance(step, (core.For, core.While)) else loops
        for block in blocks_of(step):
            found += walk_inside(block, inner)
    return found
