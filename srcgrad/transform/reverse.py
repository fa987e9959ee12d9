"""What is the adjoint of every step?  One block per step, from the last to the first."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.alias import Alias, Summary, saved_name
from srcgrad.analysis.kinds import (
    Array,
    Dict,
    Kind,
    List,
    is_number,
    is_scalar,
    varied,
)
from srcgrad.analysis.live import Live
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Add, Birth, Block, Do, Item, Let, Mark, Unpack, Zero
from srcgrad.transform.finish import (
    finish_assignment,
    finish_births,
    finish_store,
    fold_lets,
    merge_equal,
)
from srcgrad.transform.indices import as_object
from srcgrad.transform.product import Term
from srcgrad.transform.program import Program, blocks_of
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.shadows import Shadows
from srcgrad.transform.walk import Walker, may_repeat


class Reverse:
    """Plans the backward pass; `blocks` has the block of every step that has one."""

    def __init__(
        self,
        program: Program,
        live: Live,
        alias: Alias,
        signatures: Any,
        shadows: Shadows | None,
    ) -> None:
        self.program, self.live, self.alias, self.signatures = (
            program,
            live,
            alias,
            signatures,
        )
        self.shadows = shadows
        self.walker = Walker(program)
        self.walker.skipped = shadows.skipped if shadows is not None else set()
        self.blocks: dict[int, Block] = dict(shadows.blocks) if shadows is not None else {}

    def kind(self, node: gast.expr) -> Kind:
        return self.program.kinds.of(node)

    # Steps, backwards; `born` are the names whose adjoint exists

    def plan(self, steps: list[core.Step], born: set[str]) -> set[str]:
        for step in reversed(list(steps)):
            if isinstance(step, Mark) or (self.shadows is not None and id(step) in self.shadows.twins):
                continue
            after, before = self.live.after[id(step)], self.live.before[id(step)]
            if isinstance(step, (core.If, core.For, core.While, core.With, core.Try)):
                born = self.plan_compound(steps, step, born, before)
            else:
                block = self.simple(step, after, before)
                if block is not None:
                    finish_births(self, block, born, before)
                    self.blocks[id(self.given_by(step))] = block
                born = set(before)
        return born

    def plan_compound(self, steps: list[core.Step], step: Any, born: set[str], before: set[str]) -> set[str]:
        if isinstance(step, core.If):
            branches = [step.body, step.orelse]
            starts = [self.start_of(branch, self.live.after[id(step)]) for branch in branches]
            first = {n for n in before - born if any(n not in start for start in starts)}
            self.mark_after(steps, step, first)
            for branch in branches:
                reached = self.plan(branch, born | first)
                self.mark_start(branch, step, before - reached)
            return set(before)
        if isinstance(step, (core.For, core.While)):
            self.mark_after(steps, step, before - born)
            reached = self.plan(step.body, born | before)
            self.mark_start(step.body, step, before - reached)
            return set(before)
        if isinstance(step, core.With):
            return self.plan(step.body, born)
        assert isinstance(step, core.Try), "the compound steps are five"
        if any(isinstance(s, core.Guarded) for s in step.body):
            return self.plan(step.body, born)
        if before - self.live.after[id(step)] or any(self.live.before[id(s)] & before for s in self.inside(step)):
            self.plan_try(step, born, before)
        return set(before)

    def plan_try(self, step: core.Try, born: set[str], before: set[str]) -> None:
        blocks = dict(self.blocks)
        for block in blocks_of(step):
            self.plan(block, born | before)
        added = [b for k, b in self.blocks.items() if k not in blocks and b.items]
        if added:
            raise Refusal(
                "E305",
                "differentiable statements inside try",
                added[0].step.lineno,
                "move them out of the try statement",
            )

    def inside(self, step: core.Step) -> list[core.Step]:
        return [s for block in blocks_of(step) for s in block]

    def start_of(self, steps: list[core.Step], after: set[str]) -> set[str]:
        return self.live.before[id(steps[0])] if steps else after

    def mark_after(self, steps: list[core.Step], step: core.Step, names_: set[str]) -> None:
        if names_:
            steps.insert(index_of(steps, step) + 1, self.mark(step.lineno, names_))

    def mark_start(self, steps: list[core.Step], step: core.Step, names_: set[str]) -> None:
        if names_:
            steps.insert(0, self.mark(step.lineno, names_))

    def mark(self, lineno: int, names_: set[str]) -> Mark:
        step = Mark(lineno)
        order = sorted(names_, key=self.program.position.__getitem__)
        items: list[Item] = [Birth(n, self.zero_of(n)) for n in order]
        self.blocks[id(step)] = Block(step, items)
        return step

    # Zeros

    def zero_of(self, name: str) -> gast.expr:
        program = self.program
        kind = program.kind_of_name(name)
        if program.is_scalar(name):
            return program.kinds.record(tree.constant(0.0), kind)
        if isinstance(kind, Array) and all(isinstance(k, Array) for k in program.definitions[name]):
            node = program.kinds.record(tree.name(name), kind)
            return program.kinds.record(program.numpy("zeros_like", node), kind)
        return program.kinds.record(program.helper("zeros_like", tree.name(name)), kind)

    def slot_zero(self, place: gast.expr) -> gast.expr | None:
        """What a slot's adjoint becomes after its value was replaced; None stands for a plain 0."""
        kind = self.kind(place)
        if isinstance(place, gast.Name) or is_number(self.kind(place.value)):  # type: ignore[attr-defined]
            return None
        if is_scalar(kind):
            return tree.constant(0.0)
        container = place.value  # type: ignore[attr-defined]
        if isinstance(place, gast.Attribute):
            old: gast.expr = tree.call("getattr", container, tree.constant(place.attr), tree.constant(None))
        elif isinstance(self.kind(container), Dict):
            old = tree.method(container, "get", place.slice)  # type: ignore[attr-defined]
        else:
            old = tree.as_load(place)
        return self.program.helper("zeros_like", old)

    def bar_of(self, name: str, kind: Kind) -> gast.Name:
        return self.program.kinds.record(tree.name(self.program.bar(name)), kind)

    def bar_place(self, place: gast.expr, kind: Kind | None = None) -> gast.expr:
        root = tree.root(place)
        assert root is not None, "a place begins with a name"
        base = self.bar_of(root, self.kind(root_node(place)))
        result = tree.rebase(place, base)
        if result is not base:
            self.program.kinds.record(result, kind or self.kind(place))
        return result

    # Simple steps

    def simple(self, step: core.Step, after: set[str], before: set[str]) -> Block | None:
        block = Block(step)
        if isinstance(step, core.Assign):
            return self.assign(step, block, after)
        if isinstance(step, core.Store) and tree.root(step.target) in after:
            return self.store(step, block)
        if isinstance(step, core.ListOp):
            return self.list_operation(step, block, after, before)
        if isinstance(step, core.Call) and self.live.is_reversed(step, after):
            return self.call(step, block, after)
        return None

    def adjoint_of(self, step: core.Step, target: gast.Name) -> gast.expr:
        """The adjoint of what a step assigns to a name."""
        text = self.shadows.taken.get((id(step), target.id)) if self.shadows is not None else None
        if text is None:
            return self.bar_of(target.id, self.kind(target))
        return self.program.kinds.record(tree.name(text), self.kind(target))

    def given_by(self, step: core.Step) -> core.Step:
        """The step at whose place the block of a step is done: itself, unless that depends on a test."""
        return self.shadows.given_by.get(id(step), step) if self.shadows is not None else step

    def is_shared(self, step: core.Step, name: str) -> bool:
        """Is the name bound to memory whose shadow is that of another name, so that nothing is to be given on?"""
        return self.shadows is not None and name in self.shadows.shared.get(id(step), set())

    def own_targets(self, targets: list[gast.Name]) -> list[gast.Name]:
        """The targets whose adjoints are values of their own."""
        return [t for t in targets if self.shadows is None or t.id not in self.shadows.group]

    def assign(self, step: core.Assign, block: Block, after: set[str]) -> Block | None:
        live = [t for t in step.targets if t.id in after and varied(self.kind(t)) and not self.is_shared(step, t.id)]
        if not live:
            return None
        ids = [t.id for t in step.targets]
        value = step.value
        walker = self.walker
        if len(ids) == 1:
            walker.begin(block, ids[0], {id(value): ids})
            walker.back(value, Term(1, self.adjoint_of(step, step.targets[0]), self.kind(value)))
        elif isinstance(value, (gast.Tuple, gast.List)) and len(value.elts) == len(ids):
            results = {} if set(ids) & tree.names_read(value) else {id(e): [n] for n, e in zip(ids, value.elts)}
            for target, member in zip(step.targets, value.elts):
                if target in live:
                    walker.begin(block, target.id, results)
                    walker.back(
                        member,
                        Term(1, self.adjoint_of(step, target), self.kind(member)),
                    )
        else:
            self.unpack(step, block, live)
        fold_lets(block)
        merge_equal(block)
        finish_assignment(self, block, self.own_targets(step.targets))
        return block

    def unpack(self, step: core.Assign, block: Block, live: list[gast.Name]) -> None:
        """`a, b = e` where e is one tuple."""
        value, ids = step.value, [t.id for t in step.targets]
        match = self.program.function.matches.get(id(value))
        self.walker.begin(block, ids[0], {id(value): ids})
        if match is not None:
            outputs = match.rule.outputs
            terms = {}
            for output, target in zip(outputs, step.targets):
                node = self.adjoint_of(step, target)
                if target not in live:
                    node = self.zero_like_new(target, block)
                terms[output] = Term(1, node, self.kind(target))
            if len(outputs) == 1:
                raise Refusal(
                    "E201",
                    f"`{tree.text(value)}` can't be unpacked",
                    step.lineno,
                    "index its result",
                )
            self.walker.by_text(value, match, terms)
            return
        if not tree.is_place(value):
            raise Refusal(
                "E201",
                f"`{tree.text(value)}` can't be unpacked",
                step.lineno,
                "give it a name first",
            )
        for i, target in enumerate(step.targets):
            if target in live:
                part = tree.subscript(value, tree.constant(i))
                self.program.kinds.record(part, self.kind(target))
                self.program.function.kinds[id(part)] = self.kind(target)
                self.program.kinds.alive.append(part)
                block.items.append(Add(part, Term(1, self.adjoint_of(step, target), self.kind(target))))

    def zero_like_new(self, target: gast.Name, block: Block) -> gast.expr:
        """Zeros in the shape of a variable's new value."""
        kind = self.kind(target)
        if is_scalar(kind):
            return self.program.kinds.record(tree.constant(0.0), kind)
        node = self.program.kinds.record(tree.name(target.id), kind)
        block.new_nodes.add(id(node))
        made = (
            self.program.numpy("zeros_like", node)
            if isinstance(kind, Array)
            else self.program.helper("zeros_like", node)
        )
        return self.program.kinds.record(made, kind)

    def store(self, step: core.Store, block: Block) -> Block | None:
        place, value, op = step.target, step.value, step.op
        if isinstance(place, gast.Subscript) and is_scalar(self.kind(place.value)):
            place = place.value  # the adjoint of an array without axes is a number
        slot = self.kind(place)
        root = tree.root(place)
        assert root is not None, "stores go into places"
        walker, program = self.walker, self.program
        walker.begin(block, root, {})
        if self.is_shared(step, ""):
            return None
        if self.shadows is not None and (id(step), "") in self.shadows.taken:
            taken = self.program.kinds.record(tree.name(self.shadows.taken[id(step), ""]), slot)
            walker.down(value, Term(1, taken, slot), place)
            fold_lets(block)
            merge_equal(block)
            return block
        base = self.bar_place(place)
        for index in tree.indices(place):
            walker.mention(index)
        active = walker.is_active(value)
        if isinstance(place, gast.Subscript) and is_number(self.kind(place.value)):
            if walker.copies(place.value):
                raise Refusal(
                    "E402",
                    "a store through two subscripts, of which the first makes a copy",
                    step.lineno,
                )
            if may_repeat(self.kind(place.slice)) and (active or op not in ("", "+", "-")):
                if op not in ("", "+", "-"):
                    raise Refusal(
                        "E402",
                        "an update of elements that may be selected twice",
                        step.lineno,
                        "use np.multiply.at, or a loop",
                    )
                inner = self.bar_place(place.value)
                base = program.kinds.record(program.helper("last_stored", inner, as_object(place.slice)), slot)
        if not walker.is_place(place):
            raise Refusal(
                "E402",
                f"srcgrad can't follow a store into `{tree.text(place)}`",
                step.lineno,
            )
        term = Term(1, base, slot)
        parent = place
        if op in ("", "+", "-"):
            if active:
                walker.down(value, term if op != "-" else term.negated(), parent)
        elif op in ("*", "/"):
            self.scale(step, place, term, active)
        else:
            self.update_by_rule(step, term)
        fold_lets(block)
        merge_equal(block)
        finish_store(self, block, step, place, base)
        return block

    def scale(self, step: core.Store, slot: gast.expr, term: Term, active: bool) -> None:
        """`x[i] *= e` and `x[i] /= e`."""
        walker, value = self.walker, step.value
        place = as_read(self.program, step.target)
        walker.mention(value)
        if active:
            if step.op == "*":
                walker.down(value, term.times([("*", place)]), slot)
            else:
                walker.down(
                    value,
                    term.negated().times([("*", place), ("/", value), ("/", value)]),
                    slot,
                )
        walker.block.items.append(Add(slot, term.times([(step.op, value)])))

    def update_by_rule(self, step: core.Store, term: Term) -> None:
        """`x[i] **= e` and the like, by the rule of the operator."""
        from srcgrad.rules import registry  # noqa: PLC0415 - the only rule that no match was found for beforehand

        place = as_read(self.program, step.target)
        rules = [r for r in registry.operator_rules(step.op) or () if r.elementwise and len(r.parameters) == 2]
        if not rules:
            raise Refusal(
                "E402",
                f"an update by {step.op}= of a differentiable array",
                step.lineno,
                "write x = x op e",
            )
        rule = rules[0]
        node = tree.binary(place, step.op, step.value)
        self.program.kinds.record(node, self.kind(step.target))
        operands = dict(zip((p.name for p in rule.parameters), (place, step.value)))
        self.program.function.kinds[id(node)] = self.kind(step.target)
        self.program.function.matches[id(node)] = core.Match(rule, operands)
        self.walker.back(node, term)

    # Lists

    def list_operation(self, step: core.ListOp, block: Block, after: set[str], before: set[str]) -> Block | None:
        place, walker = step.place, self.walker
        root = tree.root(place)
        if root not in before:
            return None
        walker.begin(block, root, {})
        for index in tree.indices(place):
            walker.mention(index)
        if self.is_shared(step, ""):
            return None
        if self.shadows is not None and (id(step), "") in self.shadows.taken:
            value = step.args[-1]
            taken = self.program.kinds.record(tree.name(self.shadows.taken[id(step), ""]), self.kind(value))
            walker.back(value, Term(1, taken, self.kind(value)))
            fold_lets(block)
            merge_equal(block)
            return block
        bars = self.bar_place(place)
        # Born as long as the list is after the step; what follows brings it to its length before.
        block.items.append(Birth(root, self.zero_of(root)))
        if step.method in ("append", "insert"):
            value = step.args[-1]
            if step.method == "insert":
                popped = tree.method(bars, "pop", self.position(step, walker.mention(step.args[0])))
            else:
                popped = tree.method(bars, "pop")
            if walker.is_active(value):
                self.program.kinds.record(popped, self.kind(value))
                name = self.program.placeholder(names.bar(names.term(root)))
                node = self.program.kinds.record(tree.name(name), self.kind(value))
                block.items.append(Let(name, None, popped, fixed=True))
                walker.back(value, Term(1, node, self.kind(value)))
                onto_itself = any(isinstance(i, Add) and tree.root(i.place) == root for i in block.items)
                fold_lets(block, also="" if onto_itself else name)
                merge_equal(block)
            else:
                block.items.append(Do(tree.statement(popped)))
        elif step.method == "pop":
            given: gast.expr
            if step.target is not None and step.target.id in after and varied(self.kind(step.target)):
                given = self.bar_of(step.target.id, self.kind(step.target))
            elif step.target is not None and varied(self.kind(step.target)):
                given = self.zero_like_new(step.target, block)
            else:
                kind = self.kind(place)
                number = step.target is None and isinstance(kind, List) and is_scalar(kind.item) and varied(kind.item)
                given = tree.constant(0.0 if number else None)
            position = step.args[0] if step.args else None
            if isinstance(self.kind(place), Dict):
                block.items.append(Do(tree.assign(tree.subscript(bars, walker.mention(step.args[0])), given)))
            elif position is None or is_minus_one(position):
                block.items.append(Do(tree.statement(tree.method(bars, "append", given))))
            else:
                walker.mention(position)
                if not (isinstance(position, gast.Constant) and position.value >= 0):
                    length = tree.binary(tree.call("len", bars), "+", tree.constant(1))
                    position = tree.binary(position, "%", length)
                block.items.append(Do(tree.statement(tree.method(bars, "insert", position, given))))
        elif step.method == "reverse":
            block.items.append(Do(tree.statement(tree.method(bars, "reverse"))))
        elif step.method == "clear":
            whole = gast.Subscript(bars, gast.Slice(None, None, None), gast.Load())
            block.items.append(Do(tree.assign(whole, self.program.helper("zeros_like", place))))
        else:
            raise Refusal(
                "E302",
                f"the list method {step.method!r} of a list of differentiable values",
                step.lineno,
            )
        if self.shadows is not None and root in self.shadows.group:
            # The list of adjoints outlives this call of the backward pass: its length is put back at the end.
            for item in block.items:
                if isinstance(item, (Do, Let)):
                    item.changes = bars
        return block

    def position(self, step: core.ListOp, position: gast.expr) -> gast.expr:
        if isinstance(position, gast.Constant) and position.value == 0:
            return position
        bars = self.bar_place(step.place)
        rest = tree.binary(tree.call("len", bars), "-", tree.constant(1))
        where = tree.method(tree.call("slice", position, tree.constant(None)), "indices", rest)
        return tree.subscript(where, tree.constant(0))

    # Calls

    def call(self, step: core.Call, block: Block, after: set[str]) -> Block:
        program, walker = self.program, self.walker
        signature = self.signatures(step.callee)
        summary = self.live.summaries.get(id(step.callee), Summary())
        base = step.targets[0].id if step.targets else step.callee.name
        walker.begin(block, base, {})
        args: list[gast.expr] = [tree.name(saved_name(step))]
        block.new_nodes.add(id(args[0]))
        roots: list[str] = []
        for i in signature.shadows:
            arg = step.args[i]
            if not (varied(self.kind(arg)) or i in summary.active_writes):
                args.append(tree.constant(None))
                continue
            if not walker.is_place(arg) or walker.copies(arg):
                raise Refusal(
                    "E303",
                    f"`{tree.text(arg)}` is updated by the function it is given to",
                    step.lineno,
                    "give it a name first",
                )
            for index in tree.indices(arg):
                walker.mention(index)
            roots.append(tree.root(arg) or "")
            args.append(self.bar_place(arg))
        if signature.has_result:
            args.append(self.result_bar(step, block, after))
        own = {t.id for t in step.targets}
        for root in dict.fromkeys(roots):
            if root in own and (self.shadows is None or root not in self.shadows.group):
                self.renew(block, root, args)
            else:
                block.items.append(Birth(root, self.zero_of(root)))
        called = tree.call(signature.backward, *args)
        outs: list[tuple[str, gast.expr]] = []
        for i in signature.returned:
            arg = step.args[i]
            text = names.bar(f"{base}_{arg.id}") if isinstance(arg, gast.Name) else names.bar(names.term(base))
            outs.append((program.placeholder(text), arg))
        if len(outs) == 1:
            program.kinds.record(called, self.kind(outs[0][1]))
            block.items.append(Let(outs[0][0], None, called, fixed=True))
        elif outs:
            block.items.append(Unpack([n for n, _ in outs], called))
        else:
            block.items.append(Do(tree.statement(called)))
        for name, arg in outs:
            node = program.kinds.record(tree.name(name), self.kind(arg))
            walker.back(arg, Term(1, node, self.kind(arg)))
        # `t_bar[i] += g_backward(saved, t_bar)` would read t_bar[i] before the call changes it.
        early = bool(roots) and any(isinstance(i, Add) and not isinstance(i.place, gast.Name) for i in block.items)
        fold_lets(block, also=outs[0][0] if len(outs) == 1 and not early else "")
        merge_equal(block)
        finish_assignment(self, block, self.own_targets(step.targets))
        return block

    def renew(self, block: Block, name: str, args: list[gast.expr]) -> None:
        """`s = g(s)` where g updates the adjoint of its argument in place: that of the result is kept under another name."""
        kind = self.program.kind_of_name(name)
        text = self.program.placeholder(names.bar(names.term(name)))
        block.items.append(Let(text, None, self.bar_of(name, kind), fixed=True))
        taken = self.program.kinds.record(tree.name(text), kind)
        last = args[-1]
        bar = self.program.bar(name)
        changes = {id(n): taken for n in nodes_in(last) if isinstance(n, gast.Name) and n.id == bar}
        args[-1] = self.program.kinds.replace(last, changes)
        block.items.append(Zero(tree.name(name), self.zero_of(name)))
        block.kept.add(name)

    def result_bar(self, step: core.Call, block: Block, after: set[str]) -> gast.expr:
        parts: list[gast.expr] = []
        for target in step.targets:
            if not varied(self.kind(target)):
                parts.append(tree.constant(None))
            elif target.id in after and not self.is_shared(step, target.id):
                parts.append(self.adjoint_of(step, target))
            else:
                parts.append(self.zero_like_new(target, block))
        if not step.targets:
            kind = step.callee.result
            if kind is None or not is_scalar(kind):
                raise Refusal(
                    "E303",
                    "a differentiable result is thrown away",
                    step.lineno,
                    "give the result a name",
                )
            return tree.constant(0.0)
        if len(parts) == 1:
            return parts[0]
        return tree.display(parts)


def root_node(place: gast.expr) -> gast.expr:
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        place = place.value
    return place


def as_read(program: Program, place: gast.expr) -> gast.expr:
    """A place that is stored into, as an operand."""
    if isinstance(place.ctx, gast.Load):  # type: ignore[attr-defined]
        return place
    node = tree.as_load(place)
    program.function.kinds[id(node)] = program.kinds.of(place)
    program.kinds.record(node, program.kinds.of(place))
    return node


def is_minus_one(node: gast.expr) -> bool:
    return (
        isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and getattr(node.operand, "value", None) == 1
    )


def index_of(steps: list[core.Step], step: core.Step) -> int:
    return next(i for i, s in enumerate(steps) if s is step)
