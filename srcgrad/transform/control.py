"""What must be recorded of control flow?  Tests, counts of iterations and bounds become ordinary steps, where needed.

Before: while t < 1.0:            After: loops = 0
            if y > 1.0: ...              while t < 1.0:
                                             test = y > 1.0
                                             if test: ...
                                             loops += 1
"""

from __future__ import annotations

import gast

from srcgrad.analysis.alias import Alias
from srcgrad.analysis.kinds import BOOL, INT, Kind, is_memory, is_scalar, selects_by_arrays
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.reads import value_reads
from srcgrad.analysis.touched import touched
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.program import Program, blocks_of, bound_names, walk

ASKED_AGAIN = {"len", "isinstance"}
CHEAP = 2  # operations on numbers that are done again rather than remembered
Path = tuple[core.Step, ...]  # the compound steps that something is in, the outermost first


class Changes:
    """What changes in a function: where its names are bound, and whose memory is stored into."""

    def __init__(self, steps: list[core.Step], alias: Alias, stable: set[str]) -> None:
        self.alias = alias
        self.stable = stable  # names whose shape is always the same
        self.sites: dict[str, list[tuple[core.Step, Path]]] = {}  # the binding steps, with what they are in
        self.touched: dict[str | None, int] = {}  # the last step of the function in which the memory of a name changes
        self.position = {id(step): i for i, step in enumerate(steps)}
        for step, path in walk_inside(steps):
            own = {n.id for n in bound_names(step)} | ({step.flag} if isinstance(step, core.Guarded) else set())
            for name in sorted(own):
                self.sites.setdefault(name, []).append((step, path))
            top = path[0] if path else step
            self.touched |= dict.fromkeys(self.touched_by(step), self.position[id(top)])

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
        self.done_again: dict[int, list[core.Assign]] = {}  # body of a loop -> the steps that are done again

    def enable(self, steps: list[core.Step], works: set[int], changes: Changes, path: Path = ()) -> bool:
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

    def record_test(self, steps: list[core.Step], step: core.If, changes: Changes, path: Path) -> bool:
        # the flag of a guarded step is set after it, so it is kept like any variable
        if isinstance(step, core.Guarded) or self.can_ask_again(step.test, changes, (*path, step)):
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

    def can_ask_again(self, test: gast.expr, changes: Changes, at: Path) -> bool:
        """Would the test give the same answer in the backward pass?"""
        for node in nodes_in(test):
            if isinstance(node, gast.Call) and not (isinstance(node.func, gast.Name) and node.func.id in ASKED_AGAIN):
                return False
        return all(self.is_lasting(n, changes, at) for n in tree.names_read(test) if n in self.program.definitions)

    def is_lasting(self, name: str, changes: Changes, at: Path) -> bool:
        """Has the name, in the backward pass, the value it has at this step, the last of `at`, without being saved?"""
        program = self.program
        if program.is_memory(name) and changes.touched.get(name, -1) >= changes.position.get(id(at[0]), 0):
            return False
        sites = changes.sites.get(name, [])
        if program.is_parameter(name):
            return not sites
        for loop in reversed([s for s in at[:-1] if isinstance(s, (core.For, core.While))]):
            inside = [site for site in sites if loop in (site[0], *site[1])]
            if inside:
                site, path = inside[0]
                if site is loop and len(inside) == 1:
                    return isinstance(loop, core.For) and self.is_counted(loop)
                return comes_before(site, loop, at) and self.is_done_again(name, loop, changes)
        return len(sites) == 1 and not any(isinstance(s, (core.For, core.While)) for s in (*sites[0][1], sites[0][0]))

    def is_done_again(self, name: str, loop: core.Step, changes: Changes) -> bool:
        """Is the name bound once in a turn of a loop, by something that is as well evaluated again: `v = xs[i]`?"""
        inside = [site for site in changes.sites.get(name, []) if loop in (site[0], *site[1])]
        if len(inside) != 1:
            return False
        site, path = inside[0]
        if not isinstance(site, core.Assign) or path[-1] is not loop or not isinstance(loop, (core.For, core.While)):
            return False
        if site.augmented or id(site) in self.records or not self.is_cheap(site.value):
            return False
        for target in site.targets:
            if sum(loop in other for _, other in changes.sites[target.id]) != 1:
                return False
        read = tree.names_read(site.value) & set(self.program.definitions)
        return name not in read and all(self.is_lasting(n, changes, (*path, site)) for n in read)

    def find_done_again(self, locals_: dict[int, list[str]], changes: Changes) -> None:
        """Of the names that would be saved at the end of a turn, those that are bound again instead."""
        self.done_again = {}
        for name, sites in changes.sites.items():
            for _, path in sites:
                if path and isinstance(path[-1], (core.For, core.While)):
                    if name in locals_.get(id(path[-1].body), ()) and self.is_done_again(name, path[-1], changes):
                        self.do_again(name, path[-1], changes)

    def do_again(self, name: str, loop: core.Step, changes: Changes) -> None:
        """The name is bound again in the reversed loop, and before it what that reads."""
        site, path = next(site for site in changes.sites[name] if loop in site[1])
        block = id(loop.body)  # type: ignore[attr-defined]
        if any(known is site for known in self.done_again.get(block, ())):
            return
        for read in sorted(tree.names_read(site.value) & set(changes.sites)):  # type: ignore[attr-defined]
            for outer in reversed([s for s in path if isinstance(s, (core.For, core.While))]):
                inside = [s for s in changes.sites[read] if outer in (s[0], *s[1])]
                if inside:
                    if inside[0][0] is not outer:
                        self.do_again(read, outer, changes)
                    break
        self.done_again.setdefault(block, []).append(site)  # type: ignore[arg-type]

    def is_bound_again(self, block: list[core.Step], name: str) -> bool:
        return any(t.id == name for step in self.done_again.get(id(block), ()) for t in step.targets)

    def is_cheap(self, value: gast.expr) -> bool:
        """A part of something, or a few operations on numbers."""
        kinds, operations = self.program.kinds, 0
        for node in nodes_in(value):
            if isinstance(node, (gast.BinOp, gast.UnaryOp)):
                operations += 1
                if not is_scalar(kinds.of(node)):
                    return False
            elif isinstance(node, gast.Subscript):
                if selects_by_arrays(kinds.of(node.slice)):
                    return False
            elif isinstance(node, gast.Call):
                if not tree.is_call(node, "len"):
                    return False
            elif not isinstance(node, (gast.Name, gast.Constant, gast.Attribute, gast.Tuple, gast.Slice)):
                return False
        return operations <= CHEAP

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
        steps.insert(tree.index_of(steps, step), new)


def comes_before(site: core.Step, loop: core.Step, at: Path) -> bool:
    """Is the step, of the body of this loop, done in the same turn before the last of `at`?"""
    inside = next((inner for outer, inner in zip(at, at[1:]) if outer is loop), None)
    order = [id(s) for s in loop.body]  # type: ignore[attr-defined]
    return inside is not None and id(site) in order and order.index(id(site)) < order.index(id(inside))


def has_break(steps: list[core.Step]) -> bool:
    """Is there a break out of the loop whose body this is?"""
    for step in steps:
        if isinstance(step, core.Break):
            return True
        if not isinstance(step, (core.For, core.While)) and any(has_break(b) for b in blocks_of(step)):
            return True
    return False


def walk_inside(steps: list[core.Step], path: Path = ()) -> list[tuple[core.Step, Path]]:
    """All steps, with what each is in."""
    found = []
    for step in steps:
        found.append((step, path))
        for block in blocks_of(step):
            found += walk_inside(block, (*path, step))
    return found
