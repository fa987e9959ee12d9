"""Where two live names see one store, how do their adjoints share memory as they do?  Twins in the forward pass.

Before: y = x[1:-1]        After: y = x[1:-1]
        y *= 2                    y_bar = x_bar[1:-1]
                                  y *= 2
Every name of the group has an adjoint made in the forward pass, bound as the name is, and only ever updated in place:
the shadow of a view is the view of the shadow.  Twins are ordinary steps, so that what of them the backward pass needs
is saved like anything else.  A binding that shares reverses to nothing; one of new memory gives on its shadow.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.alias import Alias, Summary, is_array_like
from srcgrad.analysis.kinds import (
    BOOL,
    Array,
    Const,
    Dict,
    Kind,
    List,
    Unknown,
    is_memory,
    is_number,
    is_scalar,
    is_value,
    options,
)
from srcgrad.analysis.live import Live
from srcgrad.analysis.sharing import shares_of
from srcgrad.analysis.touched import touched
from srcgrad.lang import core, names, tree
from srcgrad.transform.block import Block, Do, Let, Mark
from srcgrad.transform.positions import inserted_at, popped_from
from srcgrad.transform.program import Program, blocks_of, bound_names, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse_kinds import may_differentiate

ADVICE = "give it memory of its own, with .copy()"


def conflicts(program: Program, live: Live, alias: Alias) -> dict[str, tuple[core.Step, str]]:
    """Names whose adjoint matters after a store that they see through another name: name -> (the store, what is stored into)."""
    found: dict[str, tuple[core.Step, str]] = {}
    for step in walk(program.function.steps):
        if isinstance(step, (core.Assign, core.Effect)) or id(step) not in alias.before or id(step) not in live.after:
            continue
        for nodes, place, _ in touched(step, alias):
            root = tree.root(place) or ""
            if isinstance(step, core.Store) and not may_differentiate(program.kinds.of(step.target)):
                continue
            for name, level in sorted(nodes):
                other = name
                if name.startswith("@"):
                    other = name[1:] if name[1:] in program.shadows else ""
                # a store into one thing inside a container is seen through another that is the same
                twice = level == 1 and ((name, 1), (name, 1)) in alias.before[id(step)]
                if other == "" or (other == root and not twice) or "·" in other:
                    continue
                if other in live.after[id(step)] and may_differentiate(program.kind_of_name(other)):
                    found.setdefault(other, (step, root))
    return found


def group_of(found: dict[str, tuple[core.Step, str]], alias: Alias) -> set[str]:
    """The names that may share memory, at any time, with those in conflict."""
    links: dict[str, set[str]] = {}
    for (a, _), (b, _) in alias.ever:
        if a != b and not a.startswith(("@", "saved·")) and not b.startswith(("@", "saved·")):
            links.setdefault(a, set()).add(b)
            links.setdefault(b, set()).add(a)
    for bindings in alias.bindings.values():
        for bound, source in bindings:
            for name, _ in source.self | source.inner:
                if name != bound and not any(n.startswith(("@", "saved·")) for n in (name, bound)):
                    links.setdefault(bound, set()).add(name)
                    links.setdefault(name, set()).add(bound)
    group = set()
    stack = [n for name, (_, root) in found.items() for n in (name, root)]
    while stack:
        name = stack.pop()
        if name not in group:
            group.add(name)
            stack += links.get(name, ())
    return group


def without_derivative(group: set[str], program: Program, alias: Alias) -> set[str]:
    """Names of things of which nothing is known but that they do not vary, and through which nothing is changed."""
    steps = [s for s in walk(program.function.steps) if id(s) in alias.before]
    changed = {tree.root(place) for s in steps for _, place, _ in touched(s, alias)}
    kinds = {name: program.definitions.get(name, []) for name in group - changed}
    return {name for name, found in kinds.items() if found and all(isinstance(k, Unknown) for k in found)}


def may_be_float(kind: Kind) -> bool:
    """May something be a number, of which a derivative may be asked?"""
    return may_differentiate(kind) and (is_value(kind) or isinstance(kind, Array) and not kind.exact and kind.sizes is None)


class Shadows:
    """The twins of one group of names."""

    def __init__(
        self,
        program: Program,
        alias: Alias,
        summaries: dict[int, Summary],
        group: set[str],
        reason: tuple[core.Step, str, str],
        repeatable: bool = False,
    ) -> None:
        self.program, self.alias, self.summaries, self.group = (program, alias, summaries, group)
        self.reason = reason
        self.repeatable = repeatable  # the backward pass may be done again
        self.blocks: dict[int, Block] = {}
        self.twins: set[int] = set()
        self.taken: dict[tuple[int, str], str] = {}  # (step, target) -> the name of its shadow once it is overwritten
        self.shared: dict[int, set[str]] = {}  # step -> targets that are bound to shared memory
        self.made: list[int] = []  # twins that make memory
        self.skipped: set[int] = set()  # members that share memory
        self.given_by: dict[int, Mark] = {}  # step -> the place where its adjoint is given on, if it made new memory
        self.params: list[str] = []  # parameters that have shadows of their own

    def refuse(self, step: core.Step) -> Refusal:
        store, root, other = self.reason
        text = f"{root!r} and {other!r} share memory when it is changed, in a way that can't be followed"
        return Refusal("E401", text, step.lineno or store.lineno, ADVICE)

    def kind(self, node: gast.expr) -> Kind:
        return self.program.kinds.of(node)

    def share(self, step: core.Step, name: str, kind: Kind | None) -> None:
        """What a step binds, or puts into a container, has the shadow of what it is."""
        self.refuse_number(step, kind)
        self.shared.setdefault(id(step), set()).add(name)

    def refuse_number(self, step: core.Step, kind: Kind | None) -> None:
        """What is added to the shadow of a number under one name would not be seen under another."""
        if kind is not None and any(map(may_be_float, options(kind))):
            root = self.reason[1]
            text = f"what this hands on may be a number, or share memory with {root!r}, which is changed"
            raise Refusal("E401", text, step.lineno, ADVICE)

    def bar(self, name: str, kind: Kind | None = None) -> gast.Name:
        return self.program.kinds.record(tree.name(self.program.bar(name)), kind or self.program.kind_of_name(name))

    # Inserting twins

    def insert(self, steps: list[core.Step]) -> None:
        for param in reversed(self.program.function.params):
            if param.id in self.group:
                twin = self.assign(
                    steps[0].lineno if steps else 0,
                    [param.id],
                    [self.kind(param)],
                    self.zeros(param.id, self.kind(param)),
                )
                self.made.append(id(twin))
                self.params.insert(0, param.id)
                steps.insert(0, twin)
        self.block(steps)

    def block(self, steps: list[core.Step]) -> None:
        for step in list(steps):
            if id(step) in self.twins:
                continue
            for inner in blocks_of(step):
                self.block(inner)
            new = self.twins_of(step)
            at = tree.index_of(steps, step) + 1
            steps[at:at] = new

    def twins_of(self, step: core.Step) -> list[core.Step]:
        bound = [n for n in bound_names(step) if n.id in self.group]
        if isinstance(step, core.Assign):
            return self.of_assign(step) if bound else []
        if isinstance(step, core.ListOp):
            return self.of_list(step) if bound or tree.root(step.place) in self.group else []
        if isinstance(step, core.Store):
            return self.of_store(step) if tree.root(step.target) in self.group else []
        if isinstance(step, core.Call):
            return self.of_call(step)
        if bound and any(is_memory(self.kind(n)) for n in bound):
            raise self.refuse(step)
        return []

    def of_assign(self, step: core.Assign) -> list[core.Step]:
        value = step.value
        match = self.program.function.matches.get(id(value))
        if match is not None and len(step.targets) == 1 and "?" in shares_of(match) and self.alias.source(value).self:
            return self.by_layout(step, match)
        if len(step.targets) == 1:
            members = [value]
        elif isinstance(value, (gast.Tuple, gast.List)) and len(value.elts) == len(step.targets):
            members = list(value.elts)
        elif tree.is_place(value) and id(value) not in self.program.function.matches:
            members = []
            for i, target in enumerate(step.targets):
                part = self.program.kinds.record(tree.subscript(value, tree.constant(i)), self.kind(target))
                members.append(part)
        else:
            if self.alias.source(value).self or self.alias.source(value).inner:
                raise self.refuse(step)
            members = [gast.Constant(None, None)] * len(step.targets)
        ids, kinds, twins = [], [], []
        for target, member in zip(step.targets, members):
            if target.id not in self.group:
                continue
            ids.append(target.id)
            kinds.append(self.kind(target))
            twins.append(self.bound_to(step, target, member))
        rebound = {t.id for t in step.targets}
        for twin, name in zip(twins, ids):
            if name in self.shared.get(id(step), set()) and tree.names_read(twin) & rebound:
                raise self.refuse(step)
        whole = twins[0] if len(twins) == 1 else tree.display(twins)
        twin_step = self.assign(step.lineno, ids, kinds, whole)
        fresh = [n for n in ids if n not in self.shared.get(id(step), set())]
        if fresh:
            self.made.append(id(twin_step))
            self.take(step, twin_step, fresh)
        return [twin_step]

    def by_layout(self, step: core.Assign, match: core.Match) -> list[core.Step]:
        """`y = x.reshape(-1)` is a view or a copy: asked when it runs, and recorded like a test."""
        program, target = self.program, step.targets[0]
        operands = [match.operands[o] for o in match.rule.operands if o in match.operands]
        shared = [o for o in operands if self.alias.source(o).self]
        if len(shared) != 1 or not tree.is_place(shared[0]) or target.id in tree.names_read(step.value):
            raise self.refuse(step)
        kind = self.kind(target)
        name = program.placeholder("shared")
        bound = program.kinds.record(tree.target(name), BOOL)
        program.define(bound)
        asked = program.numpy("may_share_memory", tree.name(target.id), shared[0])
        ask = self.twin_step(core.Assign(step.lineno, [bound], program.kinds.record(asked, BOOL)))
        base = self.twin(shared[0], step)
        view = program.kinds.record(tree.replace(step.value, {id(shared[0]): base}), kind)
        same = self.assign(step.lineno, [target.id], [kind], program.helper("same_memory", view, base))
        new = self.assign(step.lineno, [target.id], [kind], self.zeros(target.id, kind))
        self.made.append(id(new))
        self.take(step, new, [target.id])
        given = self.twin_step(Mark(step.lineno))
        self.given_by[id(step)] = given
        test = program.kinds.record(tree.name(name), BOOL)
        return [ask, self.twin_step(core.If(step.lineno, test, [same], [given, new]))]

    def bound_to(self, step: core.Step, target: gast.Name, value: gast.expr) -> gast.expr:
        """What the target's shadow is bound to."""
        kind = self.kind(target)
        source = self.alias.source(value) if is_memory(kind) else None
        if source is not None and source.self:
            self.share(step, target.id, kind)
            return self.twin(value, step)
        if source is not None and (source.inner or isinstance(value, gast.List) and not value.elts):
            return self.holder(value, target, step)
        return self.zeros(target.id, kind)

    def assign(self, lineno: int, ids: list[str], kinds: list[Kind], value: gast.expr) -> core.Assign:
        targets = []
        for name, kind in zip(ids, kinds):
            target = self.program.kinds.record(tree.target(self.program.bar(name)), kind)
            self.program.define(target)
            targets.append(target)
        if len(kinds) == 1:
            self.program.kinds.record(value, kinds[0])
        return self.twin_step(core.Assign(lineno, targets, value))

    def twin_step(self, step: Any) -> Any:
        self.twins.add(id(step))
        self.program.kinds.alive.append(step)
        return step

    def take(self, step: core.Step, twin: core.Step, fresh: list[str]) -> None:
        """The shadows of new memory are given on under names of their own, before older shadows come back."""
        block = Block(twin)
        for name in fresh:
            node = self.bar(name)
            block.new_nodes.add(id(node))
            text = self.program.placeholder(names.bar(names.term(name)))
            block.items.append(Let(text, None, node, fixed=True))
            self.taken[id(step), name] = text
        self.blocks[id(twin)] = block

    # What a shadow is bound to

    def zeros(self, name: str, kind: Kind) -> gast.expr:
        program = self.program
        if is_value(kind):
            made: gast.expr = tree.constant(0.0)
        elif isinstance(kind, Array):
            made = program.zeros(program.kinds.record(tree.name(name), kind), kind)
        else:
            made = program.helper("shadow", program.kinds.record(tree.name(name), kind))
        return program.kinds.record(made, kind)

    def twin(self, node: Any, step: core.Step) -> gast.expr:
        """The same view of shadows."""
        kinds = self.program.kinds
        match = self.program.function.matches.get(id(node))
        if match is not None:
            shares = shares_of(match)
            if not shares or "?" in shares or "!" in shares:
                raise self.refuse(step)
            changes = {}
            for operand in match.rule.operands:
                given = match.operands.get(operand)
                if given is not None and self.alias.source(given).self:
                    changes[id(given)] = self.twin(given, step)
            result = tree.replace(node, changes)
        elif isinstance(node, gast.Name):
            if node.id not in self.group:
                raise self.refuse(step)
            result = self.bar(node.id, self.kind(node))
        elif isinstance(node, gast.Subscript):
            result = tree.subscript(self.twin(node.value, step), node.slice)
        elif isinstance(node, gast.Attribute):
            if is_array_like(self.kind(node.value)) and node.attr not in ("T", "mT", "real"):
                raise self.refuse(step)
            result = tree.attribute(self.twin(node.value, step), node.attr)
        elif isinstance(node, gast.IfExp):
            branches = []
            for branch in (node.body, node.orelse):
                if self.kind(branch) == Const(None):
                    branches.append(tree.constant(None))
                    continue
                if not self.alias.source(branch).self:
                    raise self.refuse(step)
                branches.append(self.twin(branch, step))
            result = gast.IfExp(node.test, *branches)
        else:
            raise self.refuse(step)
        return kinds.record(result, self.kind(node))

    def holder(self, value: Any, target: gast.Name, step: core.Step) -> gast.expr:
        """A new container of what may be shared."""
        if isinstance(value, (gast.Tuple, gast.List, gast.Dict)):
            return self.display(value, tree.name(target.id), step)
        self.share(step, target.id, self.kind(target))
        if (
            isinstance(value, gast.Call)
            and isinstance(value.func, gast.Name)
            and value.func.id in ("list", "tuple")
            and len(value.args) == 1
        ):
            return tree.call("list", self.twin(value.args[0], step))
        raise self.refuse(step)

    def display(self, value: Any, place: gast.expr, step: core.Step) -> gast.expr:
        """The shadow of a display, which is at this place."""
        keys = value.keys if isinstance(value, gast.Dict) else [tree.constant(i) for i in range(len(value.elts))]
        members = value.values if isinstance(value, gast.Dict) else value.elts
        twins = [self.member(m, tree.subscript(place, k), step) for k, m in zip(keys, members)]
        return gast.Dict(list(keys), twins) if isinstance(value, gast.Dict) else gast.List(twins, gast.Load())

    def member(self, member: gast.expr, place: gast.expr, step: core.Step) -> gast.expr:
        """The shadow of a member of a display, or of an argument of append."""
        kind = self.kind(member)
        if is_scalar(kind):
            return tree.constant(0.0)
        if is_memory(kind):
            source = self.alias.source(member)
            if source.self:
                self.refuse_number(step, kind)
                self.skipped.add(id(member))
                without = isinstance(member, gast.Name) and isinstance(kind, Unknown) and member.id not in self.group
                return tree.constant(None) if without else self.twin(member, step)
            if source.inner and isinstance(member, (gast.Tuple, gast.List, gast.Dict)):
                return self.display(member, place, step)
            if source.inner:
                raise self.refuse(step)
        self.program.kinds.record(place, kind)
        if isinstance(kind, Array):
            return self.program.zeros(place, kind)
        return self.program.helper("shadow", place)

    def is_shared(self, member: gast.expr) -> bool:
        return is_memory(self.kind(member)) and bool(self.alias.source(member).self)

    # Lists, slots, calls

    def of_list(self, step: core.ListOp) -> list[core.Step]:
        place = self.twin(step.place, step)
        method = step.method
        if method in ("append", "insert"):
            value = step.args[-1]
            own = tree.as_load(step.place)
            index = inserted_at(own, step.args[0]) if method == "insert" else tree.negative(tree.constant(1))
            added = self.member(value, tree.subscript(own, index), step)
            twin = self.twin_step(core.ListOp(step.lineno, place, method, [*step.args[:-1], added]))
            popped = tree.method(place, "pop", *([inserted_at(place, step.args[0])] if method == "insert" else []))
            block = Block(twin)
            if self.is_shared(value):
                block.items.append(Do(tree.statement(popped), place))
                self.share(step, "", self.kind(value))
            else:
                text = self.program.placeholder(names.bar(names.term(tree.root(step.place) or "value")))
                self.program.kinds.record(popped, self.kind(value))
                block.items.append(Let(text, None, popped, fixed=True, changes=place))
                self.taken[id(step), ""] = text
                self.made.append(id(twin))
            self.blocks[id(twin)] = block
            return [twin]
        if method == "reverse":
            twin = self.twin_step(core.ListOp(step.lineno, place, method, []))
            self.blocks[id(twin)] = Block(twin, [Do(tree.statement(tree.method(place, "reverse")), place)])
            self.share(step, "", None)
            return [twin]
        if method == "pop":
            return self.of_pop(step, place)
        raise self.refuse(step)

    def of_pop(self, step: core.ListOp, place: gast.expr) -> list[core.Step]:
        position = step.args[0] if step.args else None
        keyed = isinstance(self.kind(place), Dict)
        last = position is None or (
            not keyed and isinstance(position, gast.UnaryOp) and getattr(position.operand, "value", None) == 1
        )
        target = step.target
        if position is not None and target is not None and target.id in tree.names_read(position):
            raise self.refuse(step)
        args = [] if last or position is None else [position]
        if target is not None and not is_memory(self.kind(target)):
            return [self.twin_step(core.ListOp(step.lineno, place, "pop", args))]
        if target is not None:
            name = self.program.bar(target.id)
            kind = self.kind(target)
        else:
            name, kind = self.program.placeholder("popped"), self.kind(step.place)
        bound = self.program.kinds.record(tree.target(name), kind)
        self.program.define(bound)
        twin = self.twin_step(core.ListOp(step.lineno, place, "pop", args, bound))
        given = self.program.kinds.record(tree.name(name), kind)
        if keyed and position is not None:
            # not `d_bar[k] = given`, which would be a copy: it is the very shadow that others see
            back = tree.method(place, "update", gast.Dict([position], [given]))
        else:
            where = [] if last or position is None else [popped_from(place, position)]
            back = tree.method(place, "insert" if where else "append", *where, given)
        self.blocks[id(twin)] = Block(twin, [Do(tree.statement(back), place)], new_nodes={id(given)})
        self.share(step, "", kind)
        return [twin]

    def of_store(self, step: core.Store) -> list[core.Step]:
        target: Any = step.target
        if isinstance(target, gast.Name) or is_array_like(self.kind(target.value)):
            return []
        kind = self.kind(target)
        if is_number(kind) and step.op:
            return []
        place = self.twin(target.value, step)
        if is_scalar(kind):
            container = self.kind(target.value)
            if isinstance(container, List) and all(is_scalar(k) for k in container.cell.members()):
                return []
            return [self.twin_step(Mark(step.lineno, tree.assign(tree.rebase_top(target, place), tree.constant(0.0))))]
        slot = tree.rebase_top(target, place)
        self.program.kinds.record(slot, kind)
        value = self.member(step.value, tree.as_load(target), step)
        twin = self.twin_step(core.Store(step.lineno, tree.as_store(slot), "", value))
        self.program.kinds.record(twin.target, kind)
        if self.is_shared(step.value):
            self.share(step, "", self.kind(step.value))
            return [twin]
        text = self.program.placeholder(names.bar(names.term(tree.root(target) or "value")))
        self.blocks[id(twin)] = Block(twin, [Let(text, None, slot, fixed=True, first=True)])
        self.taken[id(step), ""] = text
        self.made.append(id(twin))
        return [twin]

    def is_followed(self, step: core.Call) -> bool:
        """Can it be told from outside what the call does to the memory of the group?"""
        summary = self.summaries[id(step.callee)]
        held = self.held(step)
        if len(held & summary.links) > 1 or held & summary.reshapes:
            return False
        if not self.memory_bound(step):
            return True
        if summary.tangled:
            return False  # parts of the result share memory with one another
        return not held & summary.shares or self.result_of(step) is not None

    def held(self, step: core.Call) -> set[int]:
        """The arguments that the group has a part in, by position."""
        return {i for i, a in enumerate(step.args) if is_memory(self.kind(a)) and self.roots(a) & self.group}

    def memory_bound(self, step: core.Call) -> list[gast.Name]:
        return [t for t in step.targets if t.id in self.group and is_memory(self.kind(t))]

    def of_call(self, step: core.Call) -> list[core.Step]:
        memory = self.memory_bound(step)
        if memory and self.held(step) & self.summaries[id(step.callee)].shares:
            value, target = self.result_of(step), memory[0]
            assert value is not None, "other calls have been written out"
            self.share(step, target.id, self.kind(target))
            return [self.assign(step.lineno, [target.id], [self.kind(target)], value)]
        bound = [t for t in step.targets if t.id in self.group]
        if not bound:
            return []
        kinds = [self.kind(t) for t in bound]
        values = [self.zeros(t.id, k) for t, k in zip(bound, kinds)]
        twin = self.assign(
            step.lineno, [t.id for t in bound], kinds, values[0] if len(values) == 1 else tree.display(values)
        )
        self.made.append(id(twin))
        self.take(step, twin, [t.id for t in bound])
        return [twin]

    def result_of(self, step: core.Call) -> gast.expr | None:
        """The shadow of `y = g(x)` where g returns its argument, or a part of it that can be told here."""
        place = result_place(step.callee)
        if place is None or len(step.targets) != 1:
            return None
        position = next(i for i, p in enumerate(step.callee.params) if p.id == tree.root(place))
        if not self.is_shared(step.args[position]):
            return None
        self.refuse_number(step, self.kind(step.args[position]))
        value = tree.rebase(place, self.twin(step.args[position], step))
        return None if tree.names_read(value) & {step.targets[0].id} else value

    def roots(self, node: gast.expr) -> set[str]:
        source = self.alias.source(node)
        return {n for n, _ in source.self | source.inner}


def result_place(function: core.Function) -> gast.expr | None:
    """What a function returns, if it is a parameter or a part of one that constants tell."""
    last = function.steps[-1] if function.steps else None
    if not isinstance(last, core.Return) or not tree.is_place(last.value):
        return None
    root = tree.root(last.value)
    if root not in {p.id for p in function.params}:
        return None
    if any(n.id == root for s in walk(function.steps) for n in bound_names(s)):
        return None
    place: gast.AST = last.value
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        if id(place) in function.matches:
            return None
        if isinstance(place, gast.Attribute) or tree.names_read(place.slice):
            return None
        place = place.value
    return last.value
