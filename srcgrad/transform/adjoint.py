"""What is the text of a function's adjoint, and of those it calls?  The reverse pass from core form to functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.definite import with_initial_values
from srcgrad.analysis.harmless import Harmless
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import Array, dtype_of, is_number_or_array
from srcgrad.analysis.passes import Passes
from srcgrad.lang import core, tree
from srcgrad.lang.names import derived
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.optimize.dead import names_in, without_empty_headings
from srcgrad.optimize.deferring import deferred
from srcgrad.optimize.delay import Delay
from srcgrad.optimize.hoisting import Hoisting
from srcgrad.optimize.touching import Touching
from srcgrad.transform.again import RunAgain
from srcgrad.transform.asked_shapes import asked_of_others
from srcgrad.transform.family import Signature, is_recursive, merge_equal, new_family, numbered
from srcgrad.transform.passive_pairs import with_plain_functions
from srcgrad.transform.program import bound_names, walk
from srcgrad.transform.refusal import refused_in
from srcgrad.transform.reverse_kinds import may_differentiate
from srcgrad.transform.writing import docstring, is_term, listed
from srcgrad.transform.zeros import given_back

if TYPE_CHECKING:
    from srcgrad.transform.family import Family


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
    passes: Passes | None = None,
) -> Adjoint:
    """mode "grad": `f_grad(x, ..., result_bar=1.0)` gives the adjoints of the parameters named; "value_and_grad": the result
    and those; "pair": `f_forward(x, ...) -> result, saved` and `f_backward(saved, result_bar)`, to be called many times;
    "vjp": `f_vjp(x, ..., result_bar)`, which gives the adjoints.
    has_aux: the result is a pair, of which the first alone is differentiated."""
    family = new_family(function, infer, passes or Passes())

    def make_pair(f: core.Function) -> list[gast.FunctionDef]:
        with refused_in(f):
            return Maker(f, family, pair=True).pair()

    family.makes = make_pair
    wrt = list(wrt)
    if mode == "pair":
        family.repeatable = True
        pair = (family.names.fresh(derived(function.name, "forward")), family.names.fresh(derived(function.name, "backward")))
        kinds = {p.id: i for i, p in enumerate(function.params)}
        signature = Signature(*pair, [], [kinds[p] for p in wrt], True)
        with refused_in(function):
            own = Maker(function, family, pair=True, signature=signature).pair(has_aux)
        return Adjoint(merged(family, own, pair), family.globals, pair[0], list(pair))
    name = family.names.fresh(derived(function.name, "vjp" if mode == "vjp" else "grad"))
    with refused_in(function):
        own = [Maker(function, family, pair=False).gradient(wrt, mode == "value_and_grad", has_aux, name)]
    return Adjoint(merged(family, own, (name,)), family.globals, name, [name])


def merged(family: Family, own: list[gast.FunctionDef], keep: tuple[str, ...]) -> list[gast.FunctionDef]:
    every = [*pairs(family), *own]
    functions = merge_equal(every, keep) if "merge" in family.passes else numbered(every, keep)
    return with_plain_functions(functions, keep)


def pairs(family: Family) -> list[gast.FunctionDef]:
    """The pairs asked for, those they call before them."""
    made: dict[int, list[gast.FunctionDef]] = {}
    calls: dict[int, list[int]] = {}
    queue = list(family.wanted)
    order = [id(f) for f in queue]
    while queue:
        function = queue.pop(0)
        made[id(function)] = family.pair(function)
        calls[id(function)] = [id(s.callee) for s in walk(function.steps) if isinstance(s, core.Call)]
        queue += [f for f in family.wanted if id(f) not in order]
        order = [id(f) for f in family.wanted]
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


class Maker(RunAgain):
    """Generates one function's gradient, or its pair."""

    def gradient(self, wrt: list[str], keep_result: bool, has_aux: bool, name: str) -> gast.FunctionDef:
        program, function = self.program, self.function
        aux = self.split_aux() if has_aux else None
        exit_live = (
            {self.result} if self.result is not None and may_differentiate(program.kind_of_name(self.result)) else set()
        )
        seed = program.bar(self.result) if self.result is not None else self.names.fresh("result_bar")
        for param in function.params:
            if param.id in wrt:
                program.bar(param.id)
        self.plan({n for n in exit_live if n}, wrt)
        self.sweeps(aux)
        bars = [program.bar(p) for p in wrt]
        copied = self.own([seed], [b for p, b in zip(wrt, bars) if not program.is_container(p)], bars)
        kept = self.result
        start = [*self.late, *(tree.assign(n, self.copied(tree.name(n))) for n in copied)]
        if self.result in program.shadows:
            # the memory of its shadow is known to other names too: the seed is put into it
            seed = self.names.fresh("result_bar")
            start.append(self.moved(self.result, program.bar(self.result), seed))
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
                kind = program.kind_of_name(self.result or "")
                if isinstance(kind, Array) and not is_number_or_array(kind):
                    value = tree.method(value, "copy")
                extra.append(tree.assign(kept, value))
        given = {p.id: p.id for p in function.params}
        bound = {n.id for s in walk(function.steps) for n in bound_names(s)}
        first: list[gast.stmt] = []
        restructured = self.restructured_arguments() & set(wrt)
        for p in function.params:
            if p.id in restructured:
                given[p.id] = program.placeholder(f"{p.id}_given")
                first.append(tree.assign(given[p.id], program.helper("like", tree.name(p.id), tree.name(p.id))))
                continue
            needed = p.id in self.kept_arguments or (p.id in wrt and program.is_container(p.id))
            if needed and p.id in bound:
                given[p.id] = program.placeholder(f"{p.id}_given")
                first.append(tree.assign(given[p.id], tree.name(p.id)))
        for p in self.kept_arguments:
            after = program.placeholder(f"{p}_after")
            start.append(tree.assign(after, tree.method(tree.name(given[p]), "copy")))
            end.append(
                tree.assign(gast.Subscript(tree.name(given[p]), tree.constant(Ellipsis), gast.Load()), tree.name(after))
            )
        results: list[gast.expr] = []
        for p, bar in zip(wrt, bars):
            value = tree.name(bar)
            results.append(self.given_back(p, given[p], value))
            if self.undo is not None and program.is_container(p) and (p not in restructured or p in program.shadows):
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
        backward, unbound = self.zeros_settled([*backward, *end])
        forward, _ = dead.clean(self.saving_once(forward), live | unbound)
        elsewhere = tree.names_read(answer) | self.memory_of_arguments() | unbound
        forward, backward = self.asked_of_others(forward, backward, elsewhere)
        backward = self.hoisted(forward, backward)
        if "delay" in self.family.passes:
            delay = Delay(self.touching())
            forward, backward = delay.run(forward, backward, tree.names_read(answer) | self.memory_of_arguments())
        if "defer" in self.family.passes:
            forward, backward = deferred(forward, backward, is_term, self.is_fixed)
        forward = with_initial_values(forward, {p.id for p in function.params}, self.lists, self.saving, self.program.is_integer, unbound)
        call = self.call_text()
        body: list[gast.stmt] = [docstring(f"Gradient of {call} with respect to {listed(wrt)}.", call)]
        if forward:
            body += [Blank(), Comment("Forward pass"), *forward]
        body += [Blank(), Comment("Backward pass"), *backward, Blank(), gast.Return(answer)]
        default = [tree.constant(1.0)] if self.result is None or self.is_one_number() else []
        return self.definition(name, [*(p.id for p in function.params), seed], default, body)

    def asked_of_others(
        self, forward: list[gast.stmt], backward: list[gast.stmt], kept: set[str]
    ) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """Both passes, without what is made only to be asked for its shape."""
        found = asked_of_others(self.program, forward, backward, kept) if "dead" in self.family.passes else None
        if found is None:
            return forward, backward
        forward, backward = found
        return self.dead().clean(forward, kept.union(*map(names_in, backward)))[0], backward

    def touching(self) -> Touching:
        dead = self.dead()
        return Touching(dead.groups, dead.has_effect, set(self.program.modules.values()))

    def hoisted(self, forward: list[gast.stmt], backward: list[gast.stmt]) -> list[gast.stmt]:
        """The backward pass, with what is the same in all passes of a loop before that loop."""
        program, passes = self.program, self.family.passes
        if "hoist" not in passes or not any(isinstance(s, (gast.For, gast.While)) for s in tree.statements_in(backward)):
            return backward

        def named(base: str, value: gast.expr) -> str:
            name = program.placeholder(base)
            program.kinds.record(tree.name(name), program.kinds.of(value))
            return name

        touching = self.touching()
        harmless = Harmless(program.kinds.of, program.globals, touching.has_effect)
        shared = {program.bar(n) for n in program.shadows}
        hoisting = Hoisting(harmless, named, touching, shared, passes.speed)
        return hoisting.run(forward, backward, {p.id for p in self.function.params})

    def given_back(self, param: str, given: str, bar: gast.expr) -> gast.expr:
        """The gradient of an argument: its adjoint, in the structure and the types of the argument."""
        program = self.program
        if not program.is_container(param):
            return self.as_real(param, bar)
        same = None
        if self.undo is None and param in self.unchanged_arguments():
            same = given_back(program, program.kind_of_name(param), bar, tree.name(given))
        elif self.undo is None and given != param and not self.is_pair and param in self.untouched_parameters():
            own = next(p for p in self.function.params if p.id == param)
            same = given_back(program, program.kinds.of(own), bar, tree.name(given))
        return program.helper("like", tree.name(given), bar) if same is None else same

    def as_real(self, param: str, bar: gast.expr) -> gast.expr:
        """The adjoint of a real argument is real, where its name has become that of a complex value."""
        own = next(self.program.kinds.of(p) for p in self.function.params if p.id == param)
        given, bound = dtype_of(own), dtype_of(self.program.kind_of_name(param))
        if given is None or bound is None or given.kind == "c" or bound.kind != "c":
            return bar
        return self.program.numpy("real", bar)

    def pair(self, has_aux: bool = False) -> list[gast.FunctionDef]:
        program, function, signature = self.program, self.function, self.signature
        assert signature is not None, "a pair has a signature"
        self.aux = self.split_aux() if has_aux else None
        shadows = [function.params[i].id for i in signature.shadows]
        returned = [function.params[i].id for i in signature.returned]
        seed = program.bar(self.result) if self.result is not None else ""
        exit_live = set(shadows)
        if signature.has_result and self.result is not None:
            exit_live.add(self.result)
        self.plan(exit_live, returned, shadows)
        self.sweeps(self.aux)
        bars = [program.bar(p) for p in returned]
        given = [seed] if signature.has_result else []
        unique = [b for p, b in zip(returned, bars) if self.public and not program.is_container(p)]
        copied, fresh = self.own(given, unique, bars), self.fresh
        start: list[gast.stmt] = [*self.late, *(tree.assign(n, self.copied(tree.name(n))) for n in copied)]
        end: list[gast.stmt] = []
        if self.undo is not None:
            start.append(tree.assign(self.undo, gast.List([], gast.Load())))
            end.append(tree.statement(program.helper("take_back", tree.name(self.undo))))
            for i, p in enumerate(returned):
                if p in program.shadows and program.is_container(p):
                    # what its shadow holds now, before the changes to that are made again
                    named = self.names.fresh(f"{p}_gradient")
                    end.insert(0, tree.assign(named, self.copied(tree.name(bars[i]))))
                    bars[i] = named
        answer: gast.expr | None = None
        if bars:
            values = [self.as_real(p, tree.name(b)) for p, b in zip(returned, bars)]
            answer = values[0] if len(bars) == 1 else tree.display(values)
        given_bars = {p: program.bar(p) for p in shadows}
        group = self.shadows.group if self.shadows is not None else set()
        for p in shadows:
            if p in group and not self.made_late:
                given_bars[p] = self.names.fresh(f"{program.bar(p)}_given")
                # an argument that another one keeps has two adjoints, since they were two before
                linked = [function.params[i].id for i in self.family.summaries[id(self.original)].links]
                given_to = self.added if p in linked else self.moved
                start.append(given_to(p, program.bar(p), given_bars[p]))
                end.insert(0, self.moved(p, given_bars[p], program.bar(p)))
        if self.result in group and signature.has_result:
            given_seed = self.names.fresh(f"{seed}_given")
            start.append(self.added(self.result or "", seed, given_seed))
        else:
            given_seed = seed
        if self.shadows is None:
            self.family.fresh[signature.backward] = frozenset(i for i, b in enumerate(bars) if b in fresh)
        if self.shadows is not None and self.family.repeatable and not self.made_late and not self.again:
            start.insert(0, tree.statement(program.helper("reset", tree.name(self.made_list))))
        dead = self.dead()
        live = (tree.names_read(answer) if answer is not None else set()) | self.memory_of_arguments()
        live |= set(given_bars.values())  # what is stored into them is the caller's
        backward, _ = dead.clean([*start, *self.backward, *end], live)
        backward, unbound = self.zeros_settled(backward)
        backward = self.hoisted(self.forward, backward)
        answered = [gast.Return(answer)] if answer is not None else []
        given_names = [*given_bars.values(), *([given_seed] if signature.has_result else [])]
        needed = (
            "its arguments, with which its backward pass runs it again"
            if self.again
            else "the values its backward pass needs"
        )
        halves = self.halves_run_again if self.again else self.halves
        forward, backward, saved = halves(backward, unbound, answered, set(given_names))
        record = tree.display([tree.name(n) for n in saved])
        unpack: list[gast.stmt] = [tree.assign(record, tree.name("saved"))] if saved else []
        body: list[gast.stmt] = [docstring(self.backward_docstring(shadows, returned), self.call_text()), *unpack, *backward]
        if answered:
            body += [Blank(), *answered]
        if len(body) == 1:
            body.append(gast.Pass())
        first = [docstring(f"{self.call_text()}, and {needed}.", self.call_text()), *forward]
        params = [p.id for p in function.params]
        return [
            self.definition(signature.forward, params, [], without_empty_headings(first)),
            self.definition(signature.backward, ["saved", *given_names], [], body),
        ]

    def halves(
        self, backward: list[gast.stmt], unbound: set[str], answered: list[gast.stmt], given: set[str]
    ) -> tuple[list[gast.stmt], list[gast.stmt], list[str]]:
        """The bodies of the forward and the backward half, and the names that one gives to the other."""
        dead = self.dead()
        if not self.again and self.result is not None:
            read = {*tree.names_read(self.whole_result()), *self.memory_of_arguments(), *unbound}
            _, backward = self.asked_of_others(self.forward, backward, read)
        saved = self.free_names([*backward, *answered], given)
        popped = self.popped(backward) & self.lists
        if self.family.repeatable and popped:
            backward = [*(tree.assign(n, tree.method(tree.name(n), "copy")) for n in saved if n in popped), *backward]
        result = self.whole_result()
        record: gast.expr = tree.display([tree.name(n) for n in saved])
        if saved and is_recursive(self.original):
            # Records within records, as deep as the recursion: of lists it is known that they are of one kind.
            record = gast.List(list(record.elts), gast.Load())  # type: ignore[attr-defined]
        final = gast.Return(tree.display([result, record]))
        forward, _ = dead.clean(
            self.saving_once(self.forward), {*saved, *tree.names_read(final), *self.memory_of_arguments()}
        )
        forward = with_initial_values(
            [*forward, final], {p.id for p in self.function.params}, self.lists, {*self.saving, id(final)},
            self.program.is_integer,
        )  # fmt: skip
        return forward, backward, saved
