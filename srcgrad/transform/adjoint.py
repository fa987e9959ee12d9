"""What is the text of a function's adjoint, and of those it calls?  The reverse pass from core form to functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.analysis.alias import Alias, Summary, overlapping, saved_name, summarise, touched
from srcgrad.analysis.definite import bound_at_end, with_initial_values
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Kind,
    Tuple,
    Unknown,
    is_container,
    is_memory,
    is_number,
    is_scalar,
    varied,
)
from srcgrad.analysis.live import Live
from srcgrad.analysis.owners import Owners
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.reads import part_reads, value_reads
from srcgrad.analysis.record import Reads, Recorder
from srcgrad.analysis.survives import Reference
from srcgrad.lang import core, names, tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment, print_module
from srcgrad.optimize.dead import Dead, without_empty_headings
from srcgrad.transform.backward_sweep import BackwardSweep
from srcgrad.transform.block import (
    Add,
    Birth,
    Item,
    Let,
    Mark,
    Put,
    Zero,
    expressions,
    read_trees,
)
from srcgrad.transform.control import Control
from srcgrad.transform.forward_sweep import ForwardSweep
from srcgrad.transform.program import Program, blocks_of, bound_names, copy_steps, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse import Reverse, root_node
from srcgrad.transform.reverse_kinds import may_differentiate
from srcgrad.transform.shadows import ADVICE, Shadows, conflicts, group_of
from srcgrad.transform.shapes import answer_questions
from srcgrad.transform.spelling import spell
from srcgrad.transform.terms import name_terms, nodes_of, replace_in_block


@dataclass
class Signature:
    """How a function's pair is called; parameters by position."""

    forward: str
    backward: str
    shadows: list[int]  # adjoints passed in and updated in place: containers, and arrays that are stored into
    returned: list[int]  # adjoints returned
    has_result: bool


@dataclass
class Family:
    """All functions generated together."""

    infer: Inference
    names: Names
    repeatable: bool = False  # f_backward may be called again with the same record
    summaries: dict[int, Summary] = field(default_factory=dict)
    signatures: dict[int, Signature] = field(default_factory=dict)
    wanted: list[core.Function] = field(default_factory=list)
    globals: dict[str, Any] = field(default_factory=dict)
    namespace: dict[str, Any] = field(default_factory=dict)

    def signature(self, function: core.Function) -> Signature:
        """Names are given before the function is generated, so that it may call itself."""
        if id(function) not in self.signatures:
            summary = self.summaries[id(function)]
            kinds = [function.kinds[id(p)] for p in function.params]
            shadows, returned = [], []
            for i, kind in enumerate(kinds):
                if i in summary.active_writes or (varied(kind) and not is_number(kind)):
                    shadows.append(i)
                elif varied(kind):
                    returned.append(i)
            base = function.name
            pair = (
                self.names.fresh(f"{base}_forward"),
                self.names.fresh(f"{base}_backward"),
            )
            has_result = function.result is not None and varied(function.result)
            self.signatures[id(function)] = Signature(*pair, shadows, returned, has_result)
            self.wanted.append(function)
        return self.signatures[id(function)]


@dataclass
class Adjoint:
    """Functions, those that are called before those that call them, and the names they use that they do not define."""

    functions: list[gast.FunctionDef]
    globals: dict[str, Any]
    name: str  # of the function asked for, or of the forward half of the pair
    names: list[str]  # of what is public: one function, or the two of a pair


def adjoint(
    function: core.Function,
    wrt: Iterable[str],
    *,
    mode: str,
    infer: Inference,
    has_aux: bool = False,
) -> Adjoint:
    """mode "grad": `f_grad(x, ..., result_bar=1.0)` gives the adjoints of the parameters named; "value_and_grad": the result
    and those; "pair": `f_forward(x, ...) -> result, saved` and `f_backward(saved, result_bar)`, to be called many times."""
    family = new_family(function, infer)
    wrt = list(wrt)
    if mode == "pair":
        family.repeatable = True
        pair = (
            family.names.fresh(f"{function.name}_forward"),
            family.names.fresh(f"{function.name}_backward"),
        )
        kinds = {p.id: i for i, p in enumerate(function.params)}
        signature = Signature(*pair, [], [kinds[p] for p in wrt], True)
        own = Maker(function, family, pair=True, signature=signature).pair()
        return Adjoint(
            merge_equal([*pairs(family), *own], pair),
            family.globals,
            pair[0],
            list(pair),
        )
    name = family.names.fresh(f"{function.name}_grad")
    own = [Maker(function, family, pair=False).gradient(wrt, mode == "value_and_grad", has_aux, name)]
    return Adjoint(merge_equal([*pairs(family), *own], (name,)), family.globals, name, [name])


def new_family(function: core.Function, infer: Inference) -> Family:
    functions = reachable(function)
    used = {n for f in functions for n in (f.names.used if f.names is not None else ())}
    for f in functions:
        used |= {n.id for s in walk(f.steps) for n in bound_names(s)} | set(f.namespace)
    family = Family(infer, Names(used))
    for f in functions:
        family.namespace |= f.namespace

    def kinds_of(f: core.Function) -> Any:
        return Program(copy_function(f), infer, Names(used), namespace=family.namespace).kinds

    family.summaries = summarise(functions, kinds_of)
    return family


def reachable(function: core.Function) -> list[core.Function]:
    found: list[core.Function] = []
    stack = [function]
    while stack:
        f = stack.pop()
        if not any(f is g for g in found):
            found.append(f)
            stack += [s.callee for s in walk(f.steps) if isinstance(s, core.Call)]
    return found


def pairs(family: Family) -> list[gast.FunctionDef]:
    """The pairs asked for, those they call before them."""
    made: dict[int, list[gast.FunctionDef]] = {}
    calls: dict[int, list[int]] = {}
    queue = list(family.wanted)
    order = [id(f) for f in queue]
    while queue:
        function = queue.pop(0)
        known = len(family.wanted)
        made[id(function)] = Maker(function, family, pair=True).pair()
        calls[id(function)] = [id(s.callee) for s in walk(function.steps) if isinstance(s, core.Call)]
        queue += family.wanted[known:]
    result: list[gast.FunctionDef] = []
    done: set[int] = set()

    def visit(key: int) -> None:
        if key in done or key not in made:
            return
        done.add(key)
        for callee in calls[key]:
            visit(callee)
        result.extend(made[key])

    for key in order:
        visit(key)
    for key in made:
        visit(key)
    return result


def merge_equal(functions: list[gast.FunctionDef], keep: tuple[str, ...]) -> list[gast.FunctionDef]:
    """Pairs that read the same but for their own names are one."""
    while True:
        known: dict[str, tuple[str, str]] = {}
        renamed: dict[str, str] = {}
        halves = [f for f in functions if f.name not in keep]
        for first, second in zip(halves[::2], halves[1::2]):
            text = print_module(
                [renamed_function(f, {first.name: "f_forward", second.name: "f_backward"}) for f in (first, second)]
            )
            if text in known:
                renamed |= dict(zip((first.name, second.name), known[text]))
            known.setdefault(text, (first.name, second.name))
        if not renamed:
            return functions
        functions = [renamed_function(f, renamed) for f in functions if f.name not in renamed]


def renamed_function(function: gast.FunctionDef, changes: dict[str, str]) -> gast.FunctionDef:
    nodes = {
        id(n): tree.name(changes[n.id]) for n in nodes_in(function) if isinstance(n, gast.Name) and n.id in changes
    }
    result = gast.FunctionDef(**dict(gast.iter_fields(tree.replace(function, nodes))))
    result.name = changes.get(function.name, function.name)
    return result


def copy_function(function: core.Function) -> core.Function:
    """A function of our own: steps and tables may be changed, trees are shared."""
    return replace(
        function, params=list(function.params), steps=copy_steps(function.steps), kinds=dict(function.kinds),
        matches=dict(function.matches),
    )  # fmt: skip


class Maker:
    """Generates one function's gradient, or its pair."""

    def __init__(
        self,
        function: core.Function,
        family: Family,
        pair: bool,
        signature: Signature | None = None,
    ) -> None:
        self.original, self.family, self.is_pair = function, family, pair
        self.public = signature is not None
        self.function = copy_function(function)
        self.names = Names(set(family.names.used) | {n.id for s in walk(function.steps) for n in bound_names(s)})
        self.signature = signature or (family.signature(function) if pair else None)
        self.shadows: Shadows | None = None
        self.final_reads: tuple[core.Step | None, set[str]] = (None, set())
        self.prepare()
        self.program = Program(
            self.function,
            family.infer,
            self.names,
            pair=pair,
            namespace=family.namespace,
        )
        self.program.kinds.alive.append(function)
        if self.signature is not None:
            self.program.shadows = {self.function.params[i].id for i in self.signature.shadows}

    # Preparing

    def prepare(self) -> None:
        function = self.function
        last = function.steps[-1] if function.steps else None
        self.result: str | None = None
        params = {p.id for p in function.params}
        if isinstance(last, core.Return):
            value = last.value
            kind = function.kinds.get(id(value), Unknown())
            plain = (
                isinstance(value, gast.Name)
                and value.id not in params
                and any(n.id == value.id for s in walk(function.steps) for n in bound_names(s))
            )
            if plain:
                self.result = value.id
            elif not (isinstance(kind, Const) and kind.value is None):
                self.result = self.names.fresh("result")
                target, node = tree.target(self.result), tree.name(self.result)
                function.kinds[id(target)] = function.kinds[id(node)] = kind
                self.kept = (target, node)
                function.steps[-1:] = [
                    core.Assign(last.lineno, [target], value),
                    core.Return(last.lineno, node),
                ]
        if self.signature is not None:
            for i in self.signature.shadows:
                self.rename_if_assigned(i)
        for block in [function.steps]:
            self.hoist_displays(block)

    def rename_if_assigned(self, position: int) -> None:
        """A parameter whose adjoint is passed in keeps its name for itself: `p = p_given` comes first."""
        function = self.function
        param = function.params[position]
        if not any(n.id == param.id for s in walk(function.steps) for n in bound_names(s)):
            return
        given = self.names.fresh(f"{param.id}_given")
        target, value, new = tree.target(param.id), tree.name(given), tree.target(given)
        for node in (target, value, new):
            function.kinds[id(node)] = function.kinds[id(param)]
        function.params[position] = new
        lineno = function.steps[0].lineno if function.steps else 0
        function.steps.insert(0, core.Assign(lineno, [target], value))

    def hoist_displays(self, steps: list[core.Step]) -> None:
        """Arguments whose adjoints are updated in place have names."""
        function = self.function
        for step in list(steps):
            for block in blocks_of(step):
                self.hoist_displays(block)
            if not isinstance(step, core.Call):
                continue
            signature = self.family.summaries.get(id(step.callee))
            assert signature is not None, "all functions have been summarised"
            for i, arg in enumerate(step.args):
                kind = function.kinds.get(id(arg), Unknown())
                param = step.callee.kinds[id(step.callee.params[i])] if i < len(step.callee.params) else kind
                container = varied(param) and not is_number(param)
                if (container or i in signature.active_writes) and (
                    not tree.is_place(arg) or id(arg) in function.matches
                ):
                    name = self.names.fresh(f"{step.callee.name}_{step.callee.params[i].id}")
                    target, node = tree.target(name), tree.name(name)
                    function.kinds[id(target)] = function.kinds[id(node)] = kind
                    at = next(j for j, s in enumerate(steps) if s is step)
                    steps.insert(at, core.Assign(step.lineno, [target], arg))
                    step.args = [node if a is arg else a for a in step.args]
                    step.text = step.text and tree.replace(step.text, {id(arg): node})

    def split_aux(self) -> str:
        """`return value, aux`: the value alone is differentiated; the name of the rest."""
        function, program = self.function, self.program
        assert self.result is not None, "the result is a pair"
        kind = program.kind_of_name(self.result)
        assert isinstance(kind, Tuple), "the result is a pair"
        last = function.steps[-1]
        value, aux = self.names.fresh("value"), self.names.fresh("aux")
        for i, text in enumerate((value, aux)):
            node = program.kinds.record(tree.name(self.result), kind)
            function.kinds[id(node)] = kind
            part = program.kinds.record(tree.subscript(node, tree.constant(i)), kind.items[i])
            function.kinds[id(part)] = kind.items[i]
            target = program.kinds.record(tree.target(text), kind.items[i])
            program.define(target)
            program.certain.add(text)
            function.steps.insert(-1, core.Assign(last.lineno, [target], part))
        node = program.kinds.record(tree.name(value), kind.items[0])
        function.steps[-1] = core.Return(last.lineno, node)
        self.result = value
        return aux

    # The passes

    def plan(self, exit_live: set[str], wanted: list[str]) -> None:
        """Blocks for all steps, and what must be saved for them."""
        program, function, family = self.program, self.function, self.family
        alias = Alias(function, function.steps, family.summaries, program.kinds)
        live = Live(function, function.steps, exit_live, family.summaries, program.kinds, set())
        shadows = self.shadows = self.find_shadows(live, alias)
        if shadows is not None:
            exit_live = exit_live | shadows.group
            live = Live(
                function,
                function.steps,
                exit_live,
                family.summaries,
                program.kinds,
                shadows.group,
            )
            shadows.insert(function.steps)
            program.shadows |= shadows.group
            if wanted:
                function.steps.insert(
                    len(shadows.params),
                    self.final_read([p for p in wanted if p in shadows.group]),
                )
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
        name_terms(program, function.steps, self.blocks)
        self.control = Control(program)
        if self.shadows is not None:
            self.control.records |= self.shadows.twins
        while True:
            self.alias = Alias(function, function.steps, family.summaries, program.kinds)
            self.stable = program.stable_names()
            recorder = Recorder(
                self.alias, function.steps, self.reads, blocks_of, bound_names, lambda step: step.counted
            )
            if self.shadows is not None:
                recorder.undone = {
                    id(s) for s in walk(function.steps) if id(s) in self.shadows.twins and isinstance(s, core.ListOp)
                }
            self.saves = recorder.run()
            if self.name_indices(function.steps):
                continue
            if not self.control.enable(function.steps, self.working(function.steps), self.alias):
                break
        for step in walk(function.steps):
            if isinstance(step, core.Try) and self.saves.any_in(unguarded(step), blocks_of):
                raise Refusal(
                    "E305",
                    "variables that the derivative needs change inside try",
                    step.lineno,
                    "move them out",
                )

    def find_shadows(self, live: Live, alias: Alias) -> Shadows | None:
        """The names whose adjoints must share memory as they do."""
        for step in walk(self.program.function.steps):
            both = overlapping(step, alias) if isinstance(step, core.Call) and id(step) in alias.before else None
            if both is not None:
                raise Refusal(
                    "E401", "a function stores into one of two arguments that may share memory", step.lineno, ADVICE
                )
        found = conflicts(self.program, live, alias)
        if not found:
            return None
        other, (step, root) = next(iter(found.items()))
        group = group_of(found, alias)
        for name in sorted(group):
            self.program.bar(name)
        return Shadows(self.program, alias, self.family.summaries, group, (step, root, other))

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
        node, target = (
            program.kinds.record(tree.name(name), kind),
            program.kinds.record(tree.target(name), kind),
        )
        program.define(target)
        at = next(i for i, s in enumerate(steps) if s is step)
        steps.insert(at, core.Assign(step.lineno, [target], part))
        changes = {id(part): node}
        step.target = program.kinds.replace(step.target, changes)
        block = self.blocks.get(id(step))
        if block is not None:
            text = tree.text(part)
            changes |= {id(n): node for item in block.items for t in expressions(item) for n in nodes_of(t, text)}
            replace_in_block(program, block, changes)

    def reads(self, step: core.Step) -> Reads:
        """What the step's block reads of the program's variables."""
        program = self.program
        stable = self.stable
        found = Reads()
        block = self.blocks.get(id(step))
        if block is not None:
            for item in block.items:
                for t in read_trees(item):
                    read, parts = part_reads(t, program.kinds, stable, block.new_nodes)
                    found.parts += [Reference(step, p, id(root_node(p)) in block.new_nodes) for p in parts]
                    found.old |= {program.bar(r) for r in roots_changed(item) if r in program.shadows}
                    if isinstance(item, Birth):
                        found.new |= read
                    else:
                        found.old |= read
                    found.new |= {n.id for n in nodes_in(t) if isinstance(n, gast.Name) and id(n) in block.new_nodes}
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
        found.old &= set(program.definitions)
        found.new &= set(program.definitions)
        bound = {n.id for n in bound_names(step)}
        parts, found.parts = [p for p in found.parts if tree.root(p.node) in program.definitions], []
        for part in parts:
            if bound & {n for i in tree.indices(part.node) for n in tree.names_read(i)}:
                (found.new if part.new else found.old).add(tree.root(part.node) or "")  # the index changes meanwhile
            else:
                found.parts.append(part)
        return found

    # Sweeps

    def sweeps(self, aux: str | None = None) -> None:
        program, function = self.program, self.function
        forward = ForwardSweep(
            program,
            self.saves,
            self.control,
            self.reversed_calls,
            self.family.signature,
        )
        self.made_list = program.placeholder("shadows")
        if self.shadows is not None and self.is_pair and self.family.repeatable:
            forward.made, forward.made_list = set(self.shadows.made), self.made_list
        self.forward = forward.block([s for s in function.steps if not isinstance(s, core.Return)], False)
        if forward.made_list:
            self.forward.insert(0, tree.assign(self.made_list, gast.Dict([], [])))
        backward = BackwardSweep(program, self.blocks, self.saves, self.control, forward, self.alias)
        backward.twins = self.shadows.twins if self.shadows is not None else set()
        restoring = [s for s in walk(function.steps) if self.saves.memory.get(id(s))]
        self.kept_arguments: list[str] = []
        if self.is_pair:
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
        self.held = forward.slots.held
        self.lists = {v for k, v in forward.slots.names.items() if forward.slots.in_loop[k]}
        self.backward = [*zeros, *blocks]

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
        found = {program.bar(n) for n in program.bars if n in program.definitions and program.is_scalar(n)}
        for statement in nodes_in(*self.backward):
            if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
                name = statement.targets[0].id
                if "·" in name and is_scalar(program.kinds.of(statement.value)):
                    found.add(name)
        return found

    def own(self, given: list[str], returned: list[str]) -> list[str]:
        program = self.program
        shadows = {program.bar(n) for n in program.shadows}
        bars = set(program.bars.values())

        def is_adjoint(name: str) -> bool:
            return name in bars or ("·" in name and name not in program.definitions)

        owners = Owners(program.kinds, is_adjoint, self.copied, self.scalars(), shadows)
        owners.last_uses = self.last_uses()
        self.backward, copied = owners.run(self.backward, given, returned)
        return copied

    def copied(self, value: gast.expr) -> gast.expr:
        """A copy of an adjoint."""
        program = self.program
        kind = program.kinds.of(value)
        if isinstance(value, gast.Name) and value.id == program.bars.get(self.result or ""):
            kind = program.kind_of_name(self.result or "")
        if is_container(kind):
            return program.helper("add_to", program.helper("zeros_like", value), value)
        return tree.method(value, "copy")

    def last_uses(self) -> set[int]:
        """Values that are the only use of a variable's adjoint in the block that ends it."""
        program = self.program
        found: set[int] = set()
        for step in walk(self.function.steps):
            block = self.blocks.get(id(step))
            if block is None or not isinstance(step, core.Assign) or len(step.targets) != 1:
                continue
            if step.targets[0].id in self.live.before.get(id(step), ()):
                continue
            bar = program.bar(step.targets[0].id)
            trees = [t for item in block.items for t in expressions(item)]
            if sum(isinstance(n, gast.Name) and n.id == bar for t in trees for n in nodes_in(t)) == 1:
                found |= {id(t) for t in trees if bar in tree.names_read(t)}
        return found

    def dead(self) -> Dead:
        program = self.program
        pairs_ = [p for table in (self.alias.before, self.alias.after) for pairs_ in table.values() for p in pairs_]
        groups: dict[str, set[str]] = {}
        for a, b in pairs_:
            groups.setdefault(a[0], set()).add(b[0])
            groups.setdefault(b[0], set()).add(a[0])
        for slot, held in self.held.items():
            sharing = set(held).union(*(groups.get(n, set()) for n in held))
            for name in sharing:
                groups.setdefault(name, set()).add(slot)
            groups.setdefault(slot, set()).update(sharing)
        for name in program.shadows:
            groups.setdefault(program.bar(name), set()).add(f"@{name}")
        pure = set()
        for step in walk(self.function.steps):
            if isinstance(step, core.Call):
                summary = self.family.summaries[id(step.callee)]
                if not summary.effects and not summary.writes:
                    pure.add(id(step.text))

        def is_pure_call(call: gast.Call) -> bool:
            return id(call) in pure or is_pure(call, program.kinds, program.function.matches)

        return Dead(is_pure_call, lambda name: groups.get(name, set()))

    def memory_of_arguments(self) -> set[str]:
        memory = {p.id for p in self.function.params if is_memory(self.program.kinds.of(p))}
        return {f"@{name}" for name in memory | self.program.shadows}

    # The gradient

    def gradient(self, wrt: list[str], keep_result: bool, has_aux: bool, name: str) -> gast.FunctionDef:
        program, function = self.program, self.function
        aux = self.split_aux() if has_aux else None
        exit_live = (
            {self.result} if self.result is not None and may_differentiate(program.kind_of_name(self.result)) else set()
        )
        seed = program.bar(self.result or "result")
        for param in function.params:
            if param.id in wrt:
                program.bar(param.id)
        self.plan({n for n in exit_live if n}, wrt)
        self.sweeps(aux)
        bars = [program.bar(p) for p in wrt]
        copied = self.own([seed], [b for p, b in zip(wrt, bars) if not program.is_container(p)])
        kept = self.result
        start = [tree.assign(n, self.copied(tree.name(n))) for n in copied]
        end: list[gast.stmt] = []
        extra: list[gast.stmt] = []
        stored = {
            n.id
            for s in self.backward
            for n in nodes_in(s)
            if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        if keep_result and kept is not None:
            memory = program.is_memory(kept)
            if kept in stored or (memory and (self.kept_arguments or self.undo or any(self.saves.memory.values()))):
                kept = program.placeholder("result")
                value: gast.expr = tree.name(self.result or "")
                if isinstance(program.kind_of_name(self.result or ""), Array):
                    value = tree.method(value, "copy")
                extra.append(tree.assign(kept, value))
        given = {p.id: p.id for p in function.params}
        bound = {n.id for s in walk(function.steps) for n in bound_names(s)}
        first: list[gast.stmt] = []
        for p in function.params:
            needed = p.id in self.kept_arguments or (p.id in wrt and program.is_container(p.id))
            if needed and p.id in bound:
                given[p.id] = program.placeholder(f"{p.id}_given")
                first.append(tree.assign(given[p.id], tree.name(p.id)))
        for p in self.kept_arguments:
            after = program.placeholder(f"{p}_after")
            start.append(tree.assign(after, tree.method(tree.name(given[p]), "copy")))
            end.append(
                tree.assign(
                    gast.Subscript(tree.name(given[p]), tree.constant(Ellipsis), gast.Load()),
                    tree.name(after),
                )
            )
        results: list[gast.expr] = []
        for p, bar in zip(wrt, bars):
            value = tree.name(bar)
            results.append(program.helper("like", tree.name(given[p]), value) if program.is_container(p) else value)
            if self.undo is not None and program.is_container(p):
                # the gradient is built as the argument was given, before the changes to it are made again
                named = program.placeholder(f"{p}_gradient")
                end.append(tree.assign(named, results[-1]))
                results[-1] = tree.name(named)
        if self.undo is not None:
            start.append(tree.assign(self.undo, gast.List([], gast.Load())))
            end.append(tree.statement(program.helper("take_back", tree.name(self.undo))))
        answer: gast.expr = results[0] if len(results) == 1 else tree.display(results)
        value = tree.name(kept) if kept else tree.constant(None)
        if keep_result:
            answer = tree.display([tree.display([value, tree.name(aux)]) if aux else value, answer])
        elif aux:
            answer = tree.display([answer, tree.name(aux)])
        forward = [*first, *self.forward, *extra]
        live = tree.names_read(answer) | self.memory_of_arguments()
        live |= {n for statement in end for n in tree.names_read(statement)}
        dead = self.dead()
        backward, live = dead.clean([*start, *self.backward], live)
        backward += end
        forward, live = dead.clean(forward, live)
        forward = with_initial_values(forward, {p.id for p in function.params}, self.lists, self.saving)
        body: list[gast.stmt] = [docstring(f"Gradient of {self.call_text()} with respect to {listed(wrt)}.")]
        if forward:
            body += [Blank(), Comment("Forward pass"), *forward]
        body += [
            Blank(),
            Comment("Backward pass"),
            *backward,
            Blank(),
            gast.Return(answer),
        ]
        default = [tree.constant(1.0)] if self.result is None or is_scalar(self.result_kind()) else []
        return self.definition(name, [*(p.id for p in function.params), seed], default, body)

    # The pair

    def result_kind(self) -> Kind:
        """The kind of what is returned, not of all that its name stands for before."""
        last = self.function.steps[-1]
        assert isinstance(last, core.Return), "there is a result"
        return self.program.kinds.of(last.value)

    def pair(self) -> list[gast.FunctionDef]:
        program, function, signature = self.program, self.function, self.signature
        assert signature is not None, "a pair has a signature"
        shadows = [function.params[i].id for i in signature.shadows]
        returned = [function.params[i].id for i in signature.returned]
        seed = program.bar(self.result or "result")
        exit_live = set(shadows)
        if signature.has_result and self.result is not None:
            exit_live.add(self.result)
        self.plan(exit_live, returned)
        self.sweeps()
        bars = [program.bar(p) for p in returned]
        given = [seed] if signature.has_result else []
        unique = [b for p, b in zip(returned, bars) if self.public and not program.is_container(p)]
        copied = self.own(given, unique)
        start: list[gast.stmt] = [tree.assign(n, self.copied(tree.name(n))) for n in copied]
        end: list[gast.stmt] = []
        if self.undo is not None:
            start.append(tree.assign(self.undo, gast.List([], gast.Load())))
            end.append(tree.statement(program.helper("take_back", tree.name(self.undo))))
        answer: gast.expr | None = None
        if bars:
            answer = tree.name(bars[0]) if len(bars) == 1 else tree.display([tree.name(b) for b in bars])
        given_bars = {p: program.bar(p) for p in shadows}
        group = self.shadows.group if self.shadows is not None else set()
        for p in shadows:
            if p in group:
                given_bars[p] = self.names.fresh(f"{program.bar(p)}_given")
                start.append(self.moved(p, program.bar(p), given_bars[p]))
                end.insert(0, self.moved(p, given_bars[p], program.bar(p)))
        if self.result in group and signature.has_result:
            given_seed = self.names.fresh(f"{seed}_given")
            start.append(self.moved(self.result or "", seed, given_seed))
        else:
            given_seed = seed
        if self.shadows is not None and self.family.repeatable:
            start.insert(0, tree.statement(program.helper("reset", tree.name(self.made_list))))
        dead = self.dead()
        live = (tree.names_read(answer) if answer is not None else set()) | self.memory_of_arguments()
        live |= {f"@{given_bars[p]}" for p in shadows}
        backward, _ = dead.clean([*start, *self.backward, *end], live)
        saved = self.free_names(backward, {given_seed, *given_bars.values()})
        popped = self.popped(backward) & self.lists
        if self.family.repeatable and popped:
            backward = [
                *(tree.assign(n, tree.method(tree.name(n), "copy")) for n in saved if n in popped),
                *backward,
            ]
        result: gast.expr = tree.name(self.result) if self.result is not None else tree.constant(None)
        record = tree.display([tree.name(n) for n in saved])
        final = gast.Return(tree.display([result, record]))
        forward, _ = dead.clean(self.forward, {*saved, *tree.names_read(final), *self.memory_of_arguments()})
        forward = with_initial_values(
            [*forward, final],
            {p.id for p in function.params},
            self.lists,
            {*self.saving, id(final)},
        )
        params = [p.id for p in function.params]
        first = [
            docstring(f"{self.call_text()}, and the values its backward pass needs."),
            *forward,
        ]
        unpack: list[gast.stmt] = [tree.assign(record, tree.name("saved"))] if saved else []
        body: list[gast.stmt] = [
            docstring(self.backward_docstring(shadows, returned)),
            *unpack,
            *backward,
        ]
        if answer is not None:
            body += [Blank(), gast.Return(answer)]
        if len(body) == 1:
            body.append(gast.Pass())
        seeds = [given_seed] if signature.has_result else []
        given_names = ["saved", *given_bars.values(), *seeds]
        return [
            self.definition(signature.forward, params, [], without_empty_headings(first)),
            self.definition(signature.backward, given_names, [], body),
        ]

    def moved(self, param: str, target: str, source: str) -> gast.stmt:
        """The content of one adjoint becomes that of another, in the same memory."""
        if isinstance(self.program.kind_of_name(param), Array):
            return tree.assign(
                gast.Subscript(tree.name(target), tree.constant(Ellipsis), gast.Load()),
                tree.name(source),
            )
        return tree.statement(self.program.helper("assign_to", tree.name(target), tree.name(source)))

    def free_names(self, statements: list[gast.stmt], given: set[str]) -> list[str]:
        """The names of the forward pass that the backward pass reads: arguments first, the result last."""
        read: set[str] = set()
        for statement in statements:
            read |= {n.id for n in nodes_in(statement) if isinstance(n, gast.Name)}
        program = self.program
        known = {**dict.fromkeys(p.id for p in self.function.params)}
        for node in [
            n for s in self.forward for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        ]:
            known.setdefault(node.id)
        exposed = exposed_names(statements)
        found = [n for n in known if n in read and n in exposed and n not in given]
        if self.result in found and self.result is not None and not program.is_parameter(self.result):
            found = [n for n in found if n != self.result] + [self.result]
        return found

    def popped(self, statements: list[gast.stmt]) -> set[str]:
        return {
            n.func.value.id
            for s in statements
            for n in nodes_in(s)
            if isinstance(n, gast.Call)
            and isinstance(n.func, gast.Attribute)
            and n.func.attr == "pop"
            and isinstance(n.func.value, gast.Name)
        }

    def backward_docstring(self, shadows: list[str], returned: list[str]) -> str:
        text = ""
        if returned:
            text = f"Adjoints of {listed(returned)}, from the adjoint of {self.call_text()}"
            text = text.replace("Adjoints", "Adjoint") if len(returned) == 1 else text
            return text + (f"; that of {listed(shadows)} is updated in place." if shadows else ".")
        return (
            f"Bring the adjoint of {listed(shadows)} up to date for {self.call_text()}."
            if shadows
            else f"Undo {self.call_text()}."
        )

    def call_text(self) -> str:
        return f"{self.original.name}({', '.join(p.id for p in self.original.params)})"

    def definition(
        self,
        name: str,
        params: list[str],
        defaults: list[gast.expr],
        body: list[gast.stmt],
    ) -> gast.FunctionDef:
        arguments = gast.arguments(
            [gast.Name(p, gast.Param(), None, None) for p in params],
            [],
            None,
            [],
            [],
            None,
            defaults,
        )
        used = set(self.names.used) | set(params)
        spelled = spell(body, used)
        self.collect_globals(spelled, set(params))
        return gast.FunctionDef(name, arguments, spelled, [], None, None, [])

    def collect_globals(self, body: list[gast.stmt], params: set[str]) -> None:
        bound = params | {
            n.id for s in body for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        read = {n for s in body for n in tree.names_read(s)} - bound
        family = {n for s in self.family.signatures.values() for n in (s.forward, s.backward)}
        spaces = [self.program.globals, self.original.namespace]
        for name in sorted(read - family):
            value = next((space[name] for space in spaces if name in space), None)
            if value is None:
                continue
            known = self.family.globals.setdefault(name, value)
            if known is not value:
                raise Refusal(
                    "E306",
                    f"{name!r} means different things in two functions",
                    0,
                    "rename one of them",
                )


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


def unguarded(step: core.Try) -> list[core.Step]:
    """The steps of a try statement of which it is not known whether they were done."""
    handled = [s for _, _, body in step.handlers for s in body]
    return [
        *(s for s in step.body if not isinstance(s, core.Guarded)),
        *handled,
        *step.orelse,
        *step.finalbody,
    ]


def exposed_names(statements: list[gast.stmt]) -> set[str]:
    """Names that may be read before they are assigned."""
    exposed: set[str] = set()
    bound_at_end(statements, set(), exposed)
    return exposed


def docstring(text: str) -> gast.stmt:
    return gast.Expr(gast.Constant(text, None))


def listed(words: list[str]) -> str:
    """`x`, `x and y`, `x, y and z`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
