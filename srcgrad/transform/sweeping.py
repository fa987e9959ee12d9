"""What is the text of the two sweeps, with what is owned and what is dead?"""

from __future__ import annotations

import gast

from srcgrad.analysis.definite import saved_unbound, zeros_of, zeros_of_unbound
from srcgrad.analysis.kinds import Array, Dict, Kind, List, Object, Tuple, is_memory, is_number, is_scalar
from srcgrad.analysis.owners import Owners
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.touched import touched
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.chosen import choose_last
from srcgrad.optimize.dead import Dead
from srcgrad.optimize.reusing import in_place_of, named_at_once, taking_over
from srcgrad.optimize.spreading import Spreading
from srcgrad.transform.backward_sweep import BackwardSweep
from srcgrad.transform.block import Let, expressions
from srcgrad.transform.forward_sweep import ForwardSweep
from srcgrad.transform.late import are_late
from srcgrad.transform.parts import Parts
from srcgrad.transform.planning import Planning, roots_changed
from srcgrad.transform.program import bound_names, walk
from srcgrad.transform.terms import replace_in_block
from srcgrad.transform.zeros import is_zeros_call, written_zeros


class Sweeping(Planning):
    """The sweeps of a planned function."""

    again = False  # the backward half begins with the forward pass

    @property
    def keeps_memory(self) -> bool:
        """Does the backward pass find what the forward pass made, and must leave it so that it can be called again?"""
        return self.is_pair and not self.again

    def sweeps(self, aux: str | None = None) -> None:
        program, function = self.program, self.function
        forward = ForwardSweep(program, self.saves, self.control, self.reversed_calls, self.family.signature)
        self.made_list = program.placeholder("shadows")
        late = self.late_twins()
        if self.shadows is not None and self.keeps_memory and self.family.repeatable and not late:
            forward.made, forward.made_list = set(self.shadows.made), self.made_list
        steps = [s for s in function.steps if not isinstance(s, core.Return) and not any(s is t for t in late)]
        self.forward = forward.block(steps, False)
        if forward.made_list:
            self.forward.insert(0, tree.assign(self.made_list, gast.Dict([], [])))
        backward = BackwardSweep(program, self.blocks, self.saves, self.control, forward, self.alias)
        backward.twins = self.shadows.twins if self.shadows is not None else set()
        restoring = [s for s in walk(function.steps) if self.saves.memory.get(id(s))]
        self.kept_arguments: list[str] = []
        if self.keeps_memory:
            if self.family.repeatable and restoring:
                backward.undo = program.placeholder("undo")
            if self.family.repeatable and any(
                getattr(i, "changes", None) is not None for b in self.blocks.values() for i in b.items
            ):
                backward.undo = backward.undo or program.placeholder("undo")
        else:
            changed = self.restored_arguments(restoring)
            handed_out = aux is not None and program.is_memory(aux) and bool(restoring or self.reversed_calls)
            if not handed_out and all(
                isinstance(program.kinds.of(p), Array) for p in function.params if p.id in changed
            ):
                self.kept_arguments = sorted(changed, key=[p.id for p in function.params].index)
            else:
                backward.undo = program.placeholder("undo")
                self.family.repeatable = True
        self.simplify_taken()
        zeros, blocks = backward.run(function.steps)
        self.undo = backward.undo
        self.saving = forward.saving
        self.held, self.parts = forward.slots.held, forward.slots.parts
        self.lists = {v for k, v in forward.slots.names.items() if forward.slots.in_loop[k]}
        self.backward = [*zeros, *blocks]

    def late_twins(self) -> list[core.Assign]:
        """The twins that are made in the backward pass: all of them, or none."""
        shadows, steps = self.shadows, self.function.steps
        self.late: list[gast.stmt] = []  # the lines that make them; none for those that are given
        self.made_late = shadows is not None and are_late(self.program, steps, shadows.twins)
        if shadows is None or not self.made_late:
            return []
        found = [s for s in steps if id(s) in shadows.twins and isinstance(s, core.Assign)]
        positions = self.signature.shadows if self.signature is not None else []
        given = {self.program.bar(self.function.params[i].id) for i in positions}
        for step in found:
            names = [t.id for t in step.targets]
            if not (len(names) == 1 and names[0] in given):
                target = names[0] if len(names) == 1 else tree.display([tree.name(n) for n in names])
                self.late.append(tree.assign(target, step.value))
        return found

    def simplify_taken(self) -> None:
        """`y_term_bar = y_bar` is needed only if an older y_bar comes back."""
        shadows, program = self.shadows, self.program
        if shadows is None:
            return
        for step in walk(self.function.steps):
            block = self.blocks.get(id(step))
            if id(step) not in shadows.twins or block is None or self.saves.names.get(id(step)):
                continue
            if id(step) in self.saves.permuted:
                continue
            for let in [i for i in block.items if isinstance(i, Let) and isinstance(i.value, gast.Name)]:
                users = [
                    b
                    for b in self.blocks.values()
                    for i in b.items
                    for t in expressions(i)
                    for n in nodes_in(t)
                    if isinstance(n, gast.Name) and n.id == let.name
                ]
                if not users:
                    block.items.remove(let)
                    continue
                own = {program.bar(r) for i in users[0].items for r in roots_changed(i) if r in program.shadows}
                if let.value.id in own:  # type: ignore[union-attr]
                    continue
                nodes = [
                    n
                    for i in users[0].items
                    for t in expressions(i)
                    for n in nodes_in(t)
                    if isinstance(n, gast.Name) and n.id == let.name
                ]
                replace_in_block(program, users[0], {id(n): let.value for n in nodes})
                block.items.remove(let)

    def restored_arguments(self, restoring: list[core.Step]) -> set[str]:
        """Parameters whose memory the backward pass changes."""
        found: set[str] = set()
        calls = [s for s in walk(self.function.steps) if id(s) in self.reversed_calls]
        for step in [*restoring, *calls]:
            for nodes, _, _ in touched(step, self.alias):
                found |= {n[1:] for n, _ in nodes if n.startswith("@")}
        return found

    def scalars(self) -> set[str]:
        program = self.program
        known = {n for n in program.bars if n in program.definitions and program.is_scalar(n)}
        found = {program.bar(n) for n in known - program.shadows}
        return found | {name for name, kind in self.made_adjoints().items() if is_scalar(kind)}

    def made_adjoints(self) -> dict[str, Kind]:
        """The kinds of what the backward pass gives names of its own."""
        found: dict[str, Kind] = {}
        for statement in tree.statements_in(self.backward):
            if isinstance(statement, gast.Assign):
                target, kind = statement.targets[0], self.program.kinds.of(statement.value)
                targets, kinds = [target], [kind]
                if isinstance(target, gast.Tuple) and isinstance(kind, Tuple):
                    targets, kinds = target.elts, list(kind.items)
                found |= {t.id: k for t, k in zip(targets, kinds) if isinstance(t, gast.Name) and "·" in t.id}
        return found

    def own(self, given: list[str], returned: list[str], answer: list[str]) -> list[str]:
        program = self.program
        shadows = {program.bar(n) for n in program.shadows}
        bars = set(program.bars.values())

        def is_adjoint(name: str) -> bool:
            return name in bars or ("·" in name and name not in program.definitions)

        updated = {s.backward: len(s.shadows) for s in self.family.signatures.values()}
        groups = self.sharing()
        owners = Owners(
            program.kinds, is_adjoint, self.copied, self.scalars(), shadows, updated,
            lambda name: set(groups.get(name, ())) & shadows, self.family.fresh_results,
        )  # fmt: skip
        if "reuse" in self.family.passes:
            self.backward = named_at_once(self.backward, self.may_take_the_place)
            owners.sizes = program.sizes
        owners.last_uses = self.last_uses()
        self.backward, copied = owners.run(self.backward, given, returned, answer)
        passes, read = self.family.passes, {program.bar(p.id) for p in self.function.params}
        if "reuse" in passes:
            self.backward = taking_over(
                self.backward, read, owners.is_alone, owners.is_as_large,
                lambda factor: passes.speed or is_scalar(program.kinds.of(factor)),
            )  # fmt: skip
            if passes.speed:
                self.backward = in_place_of(self.backward, read, owners.is_alone, owners.is_as_large)
        self.fresh = owners.fresh
        self.join_parts()
        self.backward = choose_last(self.forward, self.backward, lambda node: is_zeros_call(self.program, node))
        self.write_zeros()
        if "spread" in passes:
            self.backward = Spreading(program.kinds.of, program.sizes).run(self.backward, read)
        return copied

    def may_take_the_place(self, target: gast.Name, made: gast.Name) -> bool:
        """May an adjoint be what takes its place as soon as that is made?"""
        kind, shadows = self.program.kinds.of(made), {self.program.bar(n) for n in self.program.shadows}
        return is_number(kind) and not shadows & {target.id, made.id}

    def join_parts(self) -> None:
        """The adjoint of a part is the part of the adjoint, where they are only added to."""
        program, family = self.program, self.family
        group = self.shadows.group if self.shadows is not None else set()
        wholes = {program.bar(p) for p in self.unchanged_parameters() - group if program.is_container(p)}
        parts = {program.bars[n] for n in set(program.bars) - group if self.is_only_container(n)}
        adding = {
            signature.backward
            for callee, signature in family.signatures.items()
            if not (family.summaries[callee].writes or family.summaries[callee].links)
        }
        joining = Parts(
            wholes, parts - wholes, adding.__contains__, program.modules["zeros_like"], program.modules["add_to"]
        )
        self.backward, self.joined = joining.join(self.backward)

    def is_only_container(self, name: str) -> bool:
        kinds = self.program.definitions.get(name, [])
        return bool(kinds) and all(isinstance(k, (Tuple, List, Dict, Object)) for k in kinds)

    def write_zeros(self) -> None:
        """Zeros of containers are written out, where their structure is simple and they surely exist."""
        program = self.program
        params = {p.id for p in self.function.params}
        unbound = set(zeros_of_unbound(self.forward, self.backward, params).values())
        unbound |= saved_unbound(self.forward, params, self.saving)
        given = self.unchanged_arguments()
        changes: dict[int, gast.expr] = {}
        for node in nodes_in(*self.backward):
            if isinstance(node, gast.Call) and zeros_of(node) in unbound and isinstance(node.args[0], gast.Attribute):
                changes[id(node)] = program.numpy("zeros_like", node.args[0].value)  # None has no shape, but zeros
            if is_zeros_call(program, node) and node.args[0].id not in unbound:
                made = written_zeros(program, node.args[0].id, given)
                if made is not None:
                    changes[id(node)] = made
        self.backward = [tree.replace(s, changes) for s in self.backward]

    def unchanged_arguments(self) -> set[str]:
        """Arguments of the function that was asked for, of which nothing is changed."""
        return set() if self.is_pair and not self.public else self.unchanged_parameters()

    def unchanged_parameters(self) -> set[str]:
        return self.untouched_parameters() - {n.id for s in walk(self.function.steps) for n in bound_names(s)}

    def untouched_parameters(self) -> set[str]:
        """Those into which nothing is stored; their names may be bound anew."""
        changed: set[str | None] = set()
        for step in walk(self.function.steps):
            if id(step) in self.alias.before:
                for nodes, place, _ in touched(step, self.alias):
                    changed |= {tree.root(place), *(n for n, _ in nodes)}
        return {p.id for p in self.function.params} - changed - {c[1:] for c in changed if c and c[0] == "@"}  # type: ignore[return-value]

    def restructured_arguments(self) -> set[str]:
        """Containers among the arguments that hold other members in the end, or members of other kinds."""
        found: set[str | None] = set()
        for step in walk(self.function.steps):
            if id(step) in self.alias.before and self.restructures(step, {id(self.function)}):
                for nodes, place, _ in touched(step, self.alias):
                    found |= {tree.root(place), *((n or "").lstrip("@") for n, _ in nodes)}
        return {p.id for p in self.function.params if p.id in found and self.program.is_container(p.id)}

    def restructures(self, step: core.Step, seen: set[int]) -> bool:
        """Does a list, a dict or an object get or lose members, or one of another kind?"""
        if isinstance(step, core.Call):
            known = id(step.callee) in seen
            return not known and any(self.restructures(s, seen | {id(step.callee)}) for s in walk(step.callee.steps))
        if not isinstance(step, core.Store) or isinstance(step.target, gast.Name):
            return isinstance(step, core.ListOp)
        kinds = self.program.kinds
        holder, slot = kinds.of(step.target.value), kinds.of(step.target)  # type: ignore[attr-defined]
        if not isinstance(holder, (List, Dict, Object)):
            return False
        return not (is_scalar(slot) if isinstance(holder, List) else step.op)

    def copied(self, value: gast.expr) -> gast.expr:
        """A copy of an adjoint, by its kind: that of the name it belongs to, if it is one's own."""
        program = self.program
        kind = program.kinds.of(value)
        if isinstance(value, gast.Name):
            owner = next((n for n, bar in program.bars.items() if bar == value.id and n in program.definitions), None)
            kind = program.kind_of_name(owner) if owner is not None else self.made_adjoints().get(value.id, kind)
        if is_scalar(kind):
            return program.numpy("copy", value)  # of an array without axes the adjoint may be a number
        if is_number(kind):
            return tree.copied(value)
        return program.helper("add_to", program.helper("zeros_like", value), value)

    def zeros_settled(self, backward: list[gast.stmt]) -> tuple[list[gast.stmt], set[str]]:
        """Zeros like a variable that may be unbound are those of None; the variables that need a first value for it.

        Nothing is added to such an adjoint but in the branches in which the variable is bound.
        """
        program = self.program
        found = zeros_of_unbound(self.forward, backward, {p.id for p in self.function.params})
        changes = {call: program.helper("zeros_like", tree.name(name)) for call, name in found.items()}
        return [tree.replace(s, changes) for s in backward], set(found.values())

    def last_uses(self) -> set[int]:
        """Values that are the only use of a variable's adjoint in the block that ends it."""
        program = self.program
        found: set[int] = set()
        for step in walk(self.function.steps):
            block = self.blocks.get(id(step))
            if block is None or not isinstance(step, core.Assign):
                continue
            trees = [t for item in block.items for t in expressions(item)]
            for bar in [program.bar(t.id) for t in step.targets if t.id not in self.live.before.get(id(step), ())]:
                if sum(isinstance(n, gast.Name) and n.id == bar for t in trees for n in nodes_in(t)) == 1:
                    found |= {id(t) for t in trees if bar in tree.names_read(t)}
        return found

    def sharing(self) -> dict[str, dict[str, set[tuple[int, int]]]]:
        """For each name, those that may share memory with it at some time: it itself (0) or what is inside it (1), the same of them."""
        found: dict[str, dict[str, set[tuple[int, int]]]] = {}
        for (a, i), (b, j) in self.alias.ever:
            found.setdefault(a, {}).setdefault(b, set()).add((i, j))
            found.setdefault(b, {}).setdefault(a, set()).add((j, i))
        return found

    def dead(self) -> Dead:
        program = self.program
        known = self.sharing()
        groups = {name: set(others) for name, others in known.items()}
        inside = {
            n: {o for o, levels in others.items() if o != n and all(i for i, _ in levels)}
            for n, others in known.items()
        }
        for slot, held in self.held.items():
            sharing = set(held).union(*(groups.get(n, set()) for n in held))
            for name in sharing:
                groups.setdefault(name, set()).add(slot)
                levels = {p for n in held for p in known.get(name, {}).get(n, ())} | {(0, 0) for n in held if n == name}
                if not any(i == 0 and (j == 1 or slot not in self.parts) for i, j in levels):
                    inside.setdefault(name, set()).add(slot)
            groups.setdefault(slot, set()).update(sharing)
            if slot in self.lists:
                inside.setdefault(slot, set()).update(sharing)
        for name in program.shadows:
            groups.setdefault(program.bar(name), set()).add(f"@{name}")
        for name, wholes in self.joined.items():
            groups.setdefault(name, set()).update(wholes)
        pure = set()
        for step in walk(self.function.steps):
            if isinstance(step, core.Call):
                summary = self.family.summaries[id(step.callee)]
                if not summary.effects and not summary.writes:
                    pure.add(id(step.text))

        def is_pure_call(call: gast.Call) -> bool:
            return id(call) in pure or is_pure(call, program.kinds, program.function.matches)

        outside, drops = self.memory_of_arguments(), "dead" in self.family.passes
        return Dead(is_pure_call, lambda n: groups.get(n, set()), outside, drops, inside=lambda n: inside.get(n, set()))

    def memory_of_arguments(self) -> set[str]:
        memory = {p.id for p in self.function.params if is_memory(self.program.kinds.of(p))}
        return {f"@{name}" for name in memory | self.program.shadows}
