"""What does the backward pass do, and what must be saved for it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from srcgrad.analysis.alias import Alias, saved_name
from srcgrad.analysis.inline import Copier, block_of, calls_itself, inline, read_as
from srcgrad.analysis.kinds import Dict, Tuple, Unknown, holds_array_without_axes, is_memory, rank
from srcgrad.analysis.live import Live
from srcgrad.analysis.reads import part_reads, value_reads
from srcgrad.analysis.record import Reads, Recorder, Saves
from srcgrad.analysis.sharing import shares_of
from srcgrad.analysis.survives import Reference
from srcgrad.analysis.touched import overlapping
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.bars import root_node
from srcgrad.transform.block import Add, Birth, Item, Let, Mark, Put, Zero, expressions, read_trees
from srcgrad.transform.control import Changes, Control
from srcgrad.transform.early_terms import EarlyTerms
from srcgrad.transform.elements import LONGEST, merge_elements
from srcgrad.transform.overlaps import view_without_shadow
from srcgrad.transform.preparation import Preparation
from srcgrad.transform.program import Program, blocks_of, bound_names, walk
from srcgrad.transform.recompute import Recompute
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse import Reverse
from srcgrad.transform.shadows import ADVICE, Shadows, conflicts, group_of, without_derivative
from srcgrad.transform.shapes import answer_questions
from srcgrad.transform.stored import Places
from srcgrad.transform.terms import Naming, nodes_of, replace_in_block

MOST_STEPS = 8  # of a function that is written out where it is called, for speed


def roots_changed(item: Item) -> list[str]:
    """The names whose adjoints an item changes."""
    places: list[gast.expr] = []
    if isinstance(item, Add) and not item.local:
        places = [item.place]
    elif isinstance(item, Put):
        places = item.places
    elif isinstance(item, Zero):
        places = [item.place]
    return [r for r in (tree.root(p) for p in places) if r]


def index_parts(index: gast.expr) -> list[gast.expr]:
    if isinstance(index, gast.Slice):
        return [p for p in (index.lower, index.upper, index.step) if p is not None]
    if isinstance(index, gast.Tuple):
        return [p for e in index.elts for p in index_parts(e)]
    return [index]


def with_values(program: Program, place: gast.expr, terms: dict[str, gast.expr]) -> gast.expr:
    """A place, in which names that a block gave to parts of an index are what they stand for."""
    changes = {id(n): terms[n.id] for n in nodes_in(place) if isinstance(n, gast.Name) and n.id in terms}
    return with_values(program, program.kinds.replace(place, changes), terms) if changes else place


def unguarded(step: core.Try) -> list[core.Step]:
    """The steps of a try statement of which it is not known whether they were done."""
    if step.leaves:
        return []
    handled = [s for _, _, body in step.handlers for s in body]
    return [*(s for s in step.body if not isinstance(s, core.Guarded)), *handled, *step.orelse, *step.finalbody]


def is_small(function: core.Function) -> bool:
    """A function of a few assignments: a pair of it costs more time than it saves text."""
    plain = all(isinstance(s, (core.Assign, core.Return)) for s in function.steps)
    record = isinstance(function.result, Tuple) and function.result.cls is not None  # which is made where it is returned
    return plain and not record and len(function.steps) <= MOST_STEPS


class Planning(Preparation):
    """Blocks, shadows, saves and control, in the order in which they depend on each other."""

    alias: Alias
    stable: set[str]
    saves: Saves

    def plan(self, exit_live: set[str], wanted: list[str], given: Sequence[str] = ()) -> None:
        """Blocks for all steps, and what must be saved for them.

        given: parameters whose adjoint is the caller's, to be brought up to date.
        """
        program, function, family = self.program, self.function, self.family
        if family.passes.speed:
            for call in [s for s in walk(function.steps) if isinstance(s, core.Call) and is_small(s.callee)]:
                # sizes go by the same symbols in all ways of one function
                if call.callee.source is not function.source:
                    self.write_out(call)
        alias = self.find_shadows(exit_live)
        shadows = self.shadows
        live = self.live_with(exit_live, shadows.group if shadows is not None else set())
        if shadows is not None:
            exit_live = exit_live | shadows.group
            shadows.insert(function.steps)
            program.shadows |= shadows.group
            # What these hold in the end is asked of the containers that they were in the beginning.
            read = [*wanted, *(p for p in given if program.is_container(p))]
            if read:
                function.steps.insert(len(shadows.params), self.final_read([p for p in read if p in shadows.group]))
        self.live = live
        reverse = Reverse(program, live, alias, family.signature, shadows)
        born = reverse.plan(function.steps, set(exit_live))
        missing = [p for p in wanted if p not in born]
        if missing:
            mark = reverse.mark(function.steps[0].lineno if function.steps else 0, set(missing))
            function.steps.insert(0, mark)
        self.blocks = reverse.blocks
        self.reversed_calls = {id(s) for s in walk(function.steps) if isinstance(s, core.Call) and id(s) in self.blocks}
        for step in walk(function.steps):
            if isinstance(step, core.Call):
                program.define_only(saved_name(step), Unknown())
        answer_questions(program, self.blocks)
        stores = any(
            isinstance(s, (core.Store, core.ListOp, core.Effect))
            or (isinstance(s, core.Call) and bool(family.summaries[id(s.callee)].writes))
            for s in walk(function.steps)
        )
        self.control = Control(program)
        if self.shadows is not None:
            self.control.records |= self.shadows.twins
        places = Places(program, reverse.stored)
        if places.kept:
            places.settle(lambda: self.recorder().run())
        naming = Naming(program, self.blocks, "terms" in family.passes, stores, self.result)
        self.is_fixed = lambda value: naming.is_fixed(value) and naming.is_pure(value)
        naming.share(function.steps)
        naming.run(function.steps)
        naming.share_lets()
        if "hoist" in family.passes:
            EarlyTerms(program, naming, alias).bring_out(function.steps, {p.id for p in function.params})
        for block in self.blocks.values() if "fold" in family.passes else ():
            merge_elements(program, block, 400 if family.passes.speed else LONGEST)
        naming.bring_forward(function.steps)
        naming.share(function.steps)
        changes = self.settle_saves(places)
        if "recompute" in family.passes:
            self.recompute(places, changes)
        for step in walk(function.steps):
            if isinstance(step, core.Try) and self.saves.any_in(unguarded(step), blocks_of):
                raise Refusal(
                    "E305", "variables that the derivative needs change inside try", step.lineno, "move them out"
                )

    def settle_saves(self, places: Places, found: Saves | None = None) -> Changes:
        """What must be saved, with all that is recorded of control flow for that; `found`: what is known to be saved."""
        steps = self.function.steps
        while True:
            self.saves = found or places.settle(lambda: self.recorder().run())
            found = None
            if self.name_indices(steps):
                continue
            changes = Changes(steps, self.alias, self.stable)
            if not self.control.enable(steps, self.working(steps), changes):
                self.control.find_done_again(self.saves.locals, changes)
                return changes

    def recompute(self, places: Places, changes: Changes) -> None:
        """Compute again what need not be saved, if less is saved then."""
        again = Recompute(self.program, self.blocks, self.control, self.saves, changes)
        again.insert(again.candidates())
        if not again.made:
            return
        self.computed_again, known = again.names, (self.alias, self.stable, len(places.kept))
        found = places.settle(lambda: self.recorder().run())
        if again.weight(found) < again.weight(self.saves):
            self.settle_saves(places, found)
            return
        again.take_back()
        self.computed_again = set()
        self.alias, self.stable, count = known
        if len(places.kept) < count:
            self.settle_saves(places)

    def recorder(self) -> Recorder:
        function = self.function
        self.alias = Alias(function, function.steps, self.family.summaries, self.program.kinds)
        self.stable = self.program.stable_names()
        read: dict[int, Reads] = {}

        def reads(step: core.Step) -> Reads:
            if id(step) not in read:
                read[id(step)] = self.reads(step)
            return read[id(step)]

        recorder = Recorder(self.alias, function.steps, reads, blocks_of, bound_names, lambda step: step.counted)
        if self.shadows is not None:
            recorder.undone = {
                id(s) for s in walk(function.steps) if id(s) in self.shadows.twins and isinstance(s, core.ListOp)
            }
        return recorder

    def find_shadows(self, exit_live: set[str]) -> Alias:
        """The names whose adjoints must share memory as they do; calls that can't be told from outside are written out."""
        program, function, summaries = self.program, self.function, self.family.summaries
        while True:
            alias = Alias(function, function.steps, summaries, program.kinds)
            found, group = self.conflicting(exit_live, alias)
            calls = [s for s in walk(function.steps) if isinstance(s, core.Call) and id(s) in alias.before]
            tangled = next((s for s in calls if overlapping(s, alias)), None)
            if tangled is not None and calls_itself(tangled.callee):
                text = "a function stores into one of two arguments that may share memory"
                raise Refusal("E401", text, tangled.lineno, ADVICE)
            self.shadows = None
            rebound = self.rebound_by_layout(group)
            if rebound is not None:
                self.name_what_is_rebound(rebound)
                continue
            if self.name_positions(group):
                continue
            if found:
                other, (step, root) = next(iter(found.items()))
                for name in sorted(group):
                    if any(holds_array_without_axes(k) for k in program.definitions.get(name, ())):
                        text = f"{name!r} holds an array without axes, and shares memory with what is changed in place"
                        raise Refusal("E401", text, step.lineno, "give numbers instead of arrays without axes")
                self.shadows = Shadows(program, alias, summaries, group, (step, root, other), self.family.repeatable)
                tangled = tangled or next((s for s in calls if not self.shadows.is_followed(s)), None)
                if tangled is not None and calls_itself(tangled.callee):
                    raise self.shadows.refuse(tangled)
            if tangled is not None:
                self.write_out(tangled)
                continue
            view = view_without_shadow(function, group, self.result)
            if view is None:
                break
            program.kinds.alive.append(read_as(function, view.targets[0].id, view.value))
        for name in sorted(group):
            program.bar(name)
        return alias

    def rebound_by_layout(self, group: set[str]) -> core.Assign | None:
        """`x = np.asarray(x)`: whether that is x itself can't be asked afterwards."""
        for step in walk(self.function.steps):
            match = self.function.matches.get(id(step.value)) if isinstance(step, core.Assign) else None
            if isinstance(step, core.Assign) and match is not None and "?" in shares_of(match):
                if step.targets[0].id in group & tree.names_read(step.value) and len(step.targets) == 1:
                    return step
        return None

    def name_what_is_rebound(self, step: core.Assign) -> None:
        """Before: x = np.asarray(x)        After: x_given = x; x = np.asarray(x_given)"""
        program, function, name = self.program, self.function, step.targets[0].id
        own = next(n for n in nodes_in(step.value) if isinstance(n, gast.Name) and n.id == name)
        target = program.kinds.record(tree.target(self.names.fresh(f"{name}_given")), program.kinds.of(own))
        program.define(target)
        block = block_of(function.steps, step)
        block.insert(tree.index_of(block, step), core.Assign(step.lineno, [target], own))
        copier = Copier(function, function)
        copier.names[name] = target.id
        step.value = copier.tree(step.value)
        program.kinds.alive.append(copier)

    def name_positions(self, group: set[str]) -> bool:
        """Where a list of the group is changed, at a place that asks a list: its twin follows when that has been changed.

        Before: rows.pop(len(rows) // 2)        After: place = len(rows) // 2; rows.pop(place)
        """
        program, function = self.program, self.function
        for step in walk(function.steps):
            if not isinstance(step, core.ListOp) or step.method not in ("insert", "pop") or tree.root(step.place) not in group:
                continue
            if isinstance(program.kinds.of(step.place), Dict) or len(step.args) == (step.method == "insert"):
                continue
            position = step.args[0]
            if isinstance(position, gast.Name):
                continue
            if any(is_memory(program.kind_of_name(n)) for n in tree.names_read(position) if n in program.definitions):
                target = program.kinds.record(tree.target(self.names.fresh("place")), program.kinds.of(position))
                program.define(target)
                block = block_of(function.steps, step)
                at = tree.index_of(block, step)
                block.insert(at, core.Assign(step.lineno, [target], position))
                named = program.kinds.record(tree.name(target.id), program.kinds.of(position))
                step.args = [named, *step.args[1:]]
                return True
        return False

    def live_with(self, exit_live: set[str], group: set[str]) -> Live:
        """Whose adjoint matters where, if that of each name of a group does everywhere."""
        program, function, summaries = self.program, self.function, self.family.summaries
        return Live(function, function.steps, exit_live | group, summaries, program.kinds, group)

    def conflicting(self, exit_live: set[str], alias: Alias) -> tuple[dict[str, tuple[core.Step, str]], set[str]]:
        """The names in conflict, and all that must share memory for that."""
        program = self.program
        found = {**conflicts(program, self.live_with(exit_live, set()), alias), **self.numbers_in_memory(alias)}
        group = group_of(found, alias) if found else set()
        more = group
        while more:
            # What is stored through one name of the group is live under all: there may be other conflicts.
            found = {**found, **conflicts(program, self.live_with(exit_live, group), alias)}
            more = group_of(found, alias) - group
            group |= more
        return found, group - without_derivative(group, program, alias)

    def write_out(self, call: core.Call) -> None:
        """The steps of a function instead of a call of it."""
        program = self.program
        known = {id(s) for s in walk(self.function.steps)}
        _, copier = inline(self.function, call, self.names, program.bars.values())
        program.kinds.alive.append(copier)
        self.hoist_displays(self.function.steps)
        for step in walk(self.function.steps):
            for node in bound_names(step) if id(step) not in known else ():
                program.define(node)

    def numbers_in_memory(self, alias: Alias) -> dict[str, tuple[core.Step, str]]:
        """Arrays of rank 0 that a callee stores into: their adjoints, else numbers, must be memory too."""
        found: dict[str, tuple[core.Step, str]] = {}
        kinds = self.program.kinds
        for step in walk(self.program.function.steps):
            if isinstance(step, core.Store) and isinstance(step.target, gast.Name) and rank(kinds.of(step.target)) == 0:
                name = step.target.id
                if any(level and "·" not in other for other, level in alias.holders(step, name)):
                    text = f"{name!r} is an array without axes that a container holds, and is changed in place"
                    raise Refusal("E401", text, step.lineno, f"write `{name} = {name} + ...`, or give it as a number")
            if not isinstance(step, core.Call):
                continue
            for i in self.family.summaries[id(step.callee)].active_writes:
                name = tree.root(step.args[i])
                if name is not None and rank(kinds.of(step.args[i])) == 0:
                    found[name] = (step, name)
        return found

    def final_read(self, params: list[str]) -> Mark:
        """The adjoints that are asked for are those of the arguments, not of what their names stand for later."""
        step = Mark(0)
        self.program.kinds.alive.append(step)
        self.final_reads = (step, {self.program.bar(p) for p in params})
        return step

    def working(self, steps: list[core.Step]) -> set[int]:
        """The compound steps with something to do in the backward pass."""
        found: set[int] = set()
        for step in steps:
            inner = [s for b in blocks_of(step) for s in b]
            for block in blocks_of(step):
                found |= self.working(block)
            busy = any(id(s) in found or self.is_busy(s) for s in inner)
            busy = busy or any(self.saves.locals.get(id(b)) for b in blocks_of(step))
            if busy:
                found.add(id(step))
        return found

    def is_busy(self, step: core.Step) -> bool:
        block = self.blocks.get(id(step))
        if id(step) in self.saves.permuted:
            return True
        return bool(
            (block is not None and block.items) or self.saves.names.get(id(step)) or self.saves.memory.get(id(step))
        )

    def name_indices(self, steps: list[core.Step]) -> bool:
        """An index that reads what the store overwrites is named before it, if the old contents go back."""
        added = False
        for step in list(steps):
            for block in blocks_of(step):
                added |= self.name_indices(block)
            if not isinstance(step, core.Store) or not self.saves.memory.get(id(step)):
                continue
            root = tree.root(step.target)
            shared = self.alias.sharing(step, root or "") | {root}
            place: Any = step.target
            while isinstance(place, (gast.Subscript, gast.Attribute)):
                for part in index_parts(place.slice) if isinstance(place, gast.Subscript) else []:
                    if isinstance(part, gast.Name) or not tree.names_read(part) & shared:
                        continue
                    self.name_before(steps, step, part)
                    return True
                place = place.value
        return added

    def name_before(self, steps: list[core.Step], step: core.Store, part: gast.expr) -> None:
        program = self.program
        name = program.placeholder(names.term(tree.root(step.target) or "index"))
        kind = program.kinds.of(part)
        node, target = (program.kinds.record(tree.name(name), kind), program.kinds.record(tree.target(name), kind))
        program.define(target)
        at = tree.index_of(steps, step)
        steps.insert(at, core.Assign(step.lineno, [target], part))
        changes = {id(part): node}
        step.target = program.kinds.replace(step.target, changes)
        block = self.blocks.get(id(step))
        if block is not None:
            text = tree.text(part)
            changes |= {id(n): node for item in block.items for t in expressions(item) for n in nodes_of(t, text)}
            replace_in_block(program, block, changes)

    def may_be_saved(self, name: str | None) -> bool:
        """Is it a variable of the program, of which the value is not computed again?"""
        return name in self.program.definitions and name not in self.computed_again

    def reads(self, step: core.Step) -> Reads:
        """What the step's block reads of the program's variables."""
        program = self.program
        stable = self.stable
        found = Reads()
        block = self.blocks.get(id(step))
        if block is not None:
            terms = {i.name: i.value for i in block.items if isinstance(i, Let) and i.fixed and i.value is not None}
            for item in block.items:
                for t in read_trees(item):
                    read, parts = part_reads(t, program.kinds, stable, block.new_nodes)
                    parts = [with_values(program, p, terms) for p in parts]
                    found.parts += [Reference(step, p, id(root_node(p)) in block.new_nodes) for p in parts]
                    found.old |= {program.bar(r) for r in roots_changed(item) if r in program.shadows}
                    if isinstance(item, Birth):
                        found.new |= read
                    else:
                        found.old |= read
                    apart = {id(root_node(p)) for p in parts} if isinstance(step, core.Store) else set()
                    new = [n for n in nodes_in(t) if isinstance(n, gast.Name) and id(n) in block.new_nodes]
                    found.new |= {n.id for n in new if id(n) not in apart}
                if isinstance(item, Birth) and program.is_container(item.name):
                    found.new.add(item.name)
        if id(step) in self.control.settled:
            if isinstance(step, core.If):
                found.old |= value_reads(step.test, stable)
            elif isinstance(step, (core.For, core.While)):
                counter = self.control.loops.get(id(step))
                if counter is not None:
                    found.old.add(counter)
                if isinstance(step, core.For) and step.counted:
                    found.old |= value_reads(step.iterable, stable)
            elif isinstance(step, core.With) and step.replay:
                for item in step.items:
                    found.old |= value_reads(item.context_expr, stable)
        if step is self.final_reads[0]:
            found.old |= self.final_reads[1]
        found.old = set(filter(self.may_be_saved, found.old))
        found.new = set(filter(self.may_be_saved, found.new))
        bound = {n.id for n in bound_names(step)}
        parts, found.parts = [p for p in found.parts if self.may_be_saved(tree.root(p.node))], []
        for part in parts:
            if bound & {n for i in tree.indices(part.node) for n in tree.names_read(i)}:
                (found.new if part.new else found.old).add(tree.root(part.node) or "")  # the index changes meanwhile
            else:
                found.parts.append(part)
        return found
