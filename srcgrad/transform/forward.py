"""What is the text of a function's tangent?  Forward mode: beside every statement, the same statement on tangents.

Before: def f(x, k):             After: def f_jvp(x, k, x_dot):
            y = np.exp(k * x)               y = np.exp(k * x)
            y *= x                          y_dot = k * x_dot * y
            return np.sum(y)                y_dot[...] = y_dot * x + y * x_dot
                                            y *= x
                                            ...
                                            return result, result_dot
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

import gast

from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import Array, Dict, OneOf, is_scalar, varied
from srcgrad.analysis.twins import RESULT
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.common_terms import Terms
from srcgrad.transform.product import signed_sum
from srcgrad.transform.refusal import Refusal, refused_in
from srcgrad.transform.spelling import spell
from srcgrad.transform.tangent_dead import DeadTangents
from srcgrad.transform.tangent_family import ARGUMENTS, Tangent, is_generated, merge_equal, new_family, ordered
from srcgrad.transform.tangent_stores import TangentStores
from srcgrad.transform.writing import docstring, listed


def tangent(function: core.Function, wrt: Iterable[str], *, infer: Inference, has_aux: bool = False) -> Tangent:
    """`f_jvp(x, ..., x_dot, ...) -> result, result_dot`, with a tangent for each parameter named; of a pair with has_aux
    `value, value_dot, aux`."""
    family = new_family(function, infer)
    made: list[gast.FunctionDef] = []
    for one in ordered(function):
        copy = family.copies[id(one)]
        main = one is function
        if main or is_generated(copy, family.twins, family.unwritten):
            with refused_in(copy):
                made.append(Maker(copy, family, list(wrt) if main else None).make(has_aux and main))
    name = family.names[id(family.copies[id(function)])]
    return Tangent(merge_equal(made, name), family.globals, name)


def return_apart(function: core.Function) -> None:
    """`result = value, aux; return result` returns the pair at once: then what is in the rest alone has no tangent."""
    if len(function.steps) < 2:
        return
    made, last = function.steps[-2:]
    if isinstance(made, core.Assign) and isinstance(made.value, gast.Tuple) and isinstance(last, core.Return):
        if isinstance(last.value, gast.Name) and [t.id for t in made.targets] == [last.value.id]:
            function.steps[-2:] = [core.Return(last.lineno, made.value)]


def part_of(pair: gast.expr, i: int) -> gast.expr:
    """A member of a pair, which may be written out."""
    return pair.elts[i] if isinstance(pair, gast.Tuple) else tree.subscript(pair, tree.constant(i))


class Maker(TangentStores):
    """Generates the tangent of one function; `wrt` if it is the one that was asked for."""

    def make(self, has_aux: bool = False) -> gast.FunctionDef:
        function, twins = self.function, self.twins
        params = [p.id for p in function.params]
        given = [params[i] for i in twins.tangent_params(function)]
        if self.wrt is not None:
            given = list(self.wrt)
        dots = [self.tangents.dot(p) for p in given]
        body: list[gast.stmt] = []
        for param in function.params:
            if self.tangents.has_tangent(param.id) and param.id not in given:
                self.tangents.begin(0, param.id, {})
                node = self.tangents.record(tree.name(param.id), self.kind(param))
                zero = self.tangents.zero(node)
                body.append(tree.assign(self.tangents.dot(param.id), zero))
        if has_aux:
            return_apart(function)
        body += self.block([s for s in function.steps if not isinstance(s, core.Return)])
        body += self.final(has_aux)
        body = self.without_dead(body, given)
        text = f"{self.call_text()}, and its derivative along {listed(dots)}."
        if not dots:
            text = f"{self.call_text()}."
        body = [docstring(text, self.call_text()), *body]
        return self.definition(self.family.names[id(function)], [*params, *dots], body)

    def final(self, has_aux: bool) -> list[gast.stmt]:
        last = self.function.steps[-1] if self.function.steps else None
        if not isinstance(last, core.Return):
            return []
        value = last.value
        wanted = self.wrt is not None or self.twins.has_result(self.function)
        if not wanted:
            return [gast.Return(value)]
        self.tangents.begin(last.lineno, "result", {})
        self.tangents.holders = self.function, [RESULT]
        dot = self.tangents.bound(value)
        if has_aux:
            first, dot, aux = part_of(value, 0), part_of(dot, 0), part_of(value, 1)
            return [gast.Return(tree.display([first, dot, aux]))]
        return [gast.Return(tree.display([value, dot]))]

    def call_text(self) -> str:
        return f"{self.function.name}({', '.join(p.id for p in self.function.params)})"

    def definition(self, name: str, params: list[str], body: list[gast.stmt]) -> gast.FunctionDef:
        nodes = [gast.Name(p, gast.Param(), None, None) for p in params]
        arguments = gast.arguments(nodes, [], None, [], [], None, [])
        spelled = spell(body, set(self.program.names.used) | set(params))
        self.collect_globals(spelled, set(params))
        return gast.FunctionDef(name, arguments, spelled, [], None, None, [])

    def collect_globals(self, body: list[gast.stmt], params: set[str]) -> None:
        bound = params | {
            n.id for s in body for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }  # fmt: skip
        handlers = [h for s in body for h in nodes_in(s) if isinstance(h, gast.ExceptHandler)]
        bound |= {h.name.id for h in handlers if h.name is not None}
        read = {n for s in body for n in tree.names_read(s)} - bound
        spaces = [self.program.globals, self.function.namespace, self.program.namespace]
        for name in sorted(read - set(self.family.names.values())):
            space = next((s for s in spaces if s.get(name) is not None), None)
            if space is None:
                if not hasattr(builtins, name):
                    raise Refusal("E301", f"{name!r} is not known in generated code", 0)
                continue
            known = self.family.globals.setdefault(name, space[name])
            if known is not space[name]:
                raise Refusal("E306", f"{name!r} means different things in two functions", 0, "rename one of them")

    def without_dead(self, body: list[gast.stmt], given: list[str]) -> list[gast.stmt]:
        """Without tangents that nothing reads."""
        tangents = self.tangents
        outside = {p for p in given if self.program.is_memory(p)}
        callers = {n for p in outside for n in self.twins.same_memory(self.function, p)}

        def group(dot: str) -> set[str]:
            name = tangents.names_of.get(dot)
            if name is None:
                return set()
            same = self.twins.same_memory(self.function, name)
            seen = {tangents.dots[n] for n in same if n in tangents.dots}
            return seen | ({ARGUMENTS} if same & callers else set())

        dead = DeadTangents(self.is_pure_call, group, set(tangents.names_of))
        while True:
            kept, _ = dead.block(body, {ARGUMENTS})
            if len(nodes_in(*kept)) == len(nodes_in(*body)):
                return kept
            body = kept

    def block(self, steps: list[core.Step]) -> list[gast.stmt]:
        return [s for step in steps for s in self.step(step)]

    def step(self, step: core.Step) -> list[gast.stmt]:
        if isinstance(step, core.Assign):
            return self.assign(step)
        if isinstance(step, core.Store):
            return self.store(step)
        if isinstance(step, core.ListOp):
            return self.list_operation(step)
        if isinstance(step, core.Call):
            return self.call(step)
        if isinstance(step, core.Guarded):
            return self.block(step.body)
        if isinstance(step, core.If):
            return [gast.If(step.test, self.block(step.body) or [gast.Pass()], self.block(step.orelse))]
        if isinstance(step, core.For):
            return self.for_(step)
        if isinstance(step, core.While):
            return [gast.While(step.test, self.block(step.body) or [gast.Pass()], [])]
        if isinstance(step, core.With):
            return [gast.With(step.items, self.block(step.body) or [gast.Pass()], None)]
        if isinstance(step, core.Try):
            return [self.try_(step)]
        if isinstance(step, core.Effect):
            return [step.statement]
        assert isinstance(step, core.Break), "every kind of step has been named"
        return [gast.Break()]

    def for_(self, step: core.For) -> list[gast.stmt]:
        target: gast.expr = tree.target(step.target.id)
        iterable = step.iterable
        body = self.block(step.body)
        if self.tangents.has_tangent(step.target.id):
            self.tangents.begin(step.lineno, step.target.id, {})
            dot = self.tangents.dot(step.target.id)
            if varied(self.kind(step.target)):
                if isinstance(self.kind(iterable), (Dict, OneOf)) or not varied(self.kind(iterable)):
                    raise self.refuse(step, "E201", f"a loop over `{tree.text(iterable)}`")
                inner = self.tangents.bound(iterable)
                iterable = tree.call("zip", iterable, inner)
                target = tree.as_store(tree.display([tree.name(step.target.id), tree.name(dot)]))
            else:
                node = self.tangents.record(tree.name(step.target.id), self.kind(step.target))
                body.insert(0, tree.assign(dot, self.tangents.zero(node)))
        return [gast.For(target, iterable, body or [gast.Pass()], [], None)]

    def try_(self, step: core.Try) -> gast.stmt:
        outer, self.guarded = self.guarded, True
        body = self.block(step.body) or [gast.Pass()]
        self.guarded = outer
        handlers = []
        for kind, name, inner in step.handlers:
            target = tree.target(name) if name else None
            handlers.append(gast.ExceptHandler(kind, target, self.block(inner) or [gast.Pass()]))
        return gast.Try(body, handlers, self.block(step.orelse), self.block(step.finalbody))

    def assign(self, step: core.Assign) -> list[gast.stmt]:
        live = [t for t in step.targets if self.tangents.has_tangent(t.id)]
        if not live:
            return [self.plain(step, step.value)]
        ids = [t.id for t in step.targets]
        value = step.value
        display = isinstance(value, (gast.Tuple, gast.List)) and 1 < len(ids) == len(value.elts)
        if display:
            results = {id(e): [n] for n, e in zip(ids, value.elts)}  # type: ignore[attr-defined]
        else:
            results = {id(value): ids}
        for named in (results, {}):
            self.tangents.begin(step.lineno, ids[0], named)
            targets, values = self.tangents_of_assignment(step, live, display, bool(named))
            terms = Terms(self.program, ids[0], self.is_pure_call)
            done = [*self.tangents.before, *values]
            early = self.reads_any(done, set(ids))
            (primal,), done = terms.name_common([value], done)
            self.check_repeat(step, terms)
            if not (early and named):
                break
        before, values = (done[: len(done) - len(values)], done[len(done) - len(values) :])
        own = self.plain(step, primal)
        line = self.tangent_line(targets, values, step)
        if self.guarded:
            self.check_safe(step, [primal], done)
            if early:
                places = [*(tree.name(i) for i in ids), *(tree.name(t) for t in targets)]
                parts = list(primal.elts) if display else [primal]
                if len(ids) > 1 and not display:
                    raise self.refuse(step, "E308", "this assignment inside try", "move it out of the try statement")
                both = tree.assign(tree.display(places), tree.display([*parts, *values]))
                return [*terms.lets, *before, both]
        tail = [*before, *line]
        return [*terms.lets, *tail, own] if early else [*terms.lets, own, *tail]

    def tangent_line(self, targets: list[str], values: list[gast.expr], step: core.Assign) -> list[gast.stmt]:
        if len(targets) == 1:
            (target,), (value,) = targets, values
            if isinstance(value, gast.Name) and value.id == target:
                return []
            more = self.added(value, target, step)
            if more is not None:
                return [more]
            return [tree.assign(target, value)]
        if len(values) == 1:
            return [tree.assign(tree.display([tree.name(t) for t in targets]), values[0])]
        return [tree.assign(tree.display([tree.name(t) for t in targets]), tree.display(values))]

    def added(self, value: gast.expr, target: str, step: core.Assign) -> gast.stmt | None:
        """`t_dot = t_dot + e` as `t_dot += e`, for numbers: they have no memory that others may see."""
        kind = self.kind(step.targets[0])
        if not step.augmented or not is_scalar(kind) or isinstance(kind, Array):
            return None
        parts: list[tuple[int, gast.expr]] = []
        while isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub)):
            parts.insert(0, (1 if isinstance(value.op, gast.Add) else -1, value.right))
            value = value.left
        if not parts or not isinstance(value, gast.Name) or value.id != target:
            return None
        sign = parts[0][0]
        rest = signed_sum([(sign * s, e) for s, e in parts])
        return tree.augment(target, "+" if sign > 0 else "-", rest)

    def tangents_of_assignment(
        self, step: core.Assign, live: list[gast.Name], display: bool, late: bool
    ) -> tuple[list[str], list[gast.expr]]:
        """The names and the tangents that are bound to them; one tangent for several names is unpacked."""
        tangents, value = self.tangents, step.value
        ids = [t.id for t in step.targets]
        if display:
            found = []
            for target, member in zip(step.targets, value.elts):  # type: ignore[attr-defined]
                if target in live:
                    tangents.holders = self.function, [target.id]
                    found.append(tangents.bound(member, target if late else None))
            return [tangents.dot(t.id) for t in live], found
        tangents.holders = self.function, ids
        if len(ids) == 1:
            return [tangents.dot(ids[0])], [tangents.bound(value, step.targets[0] if late else None)]
        match = self.function.matches.get(id(value))
        if match is not None and len(match.rule.outputs) == len(ids) and tangents.is_active(value):
            parts = tangents.by_text(value, match)
            chosen = [p for t, p in zip(step.targets, parts) if t in live]
            return [tangents.dot(t.id) for t in live], chosen
        if not tangents.is_active(value):
            return [tangents.dot(t.id) for t in live], [self.zero_of_target(t, late) for t in live]
        whole = tangents.bound(value)
        if len(live) == len(ids):
            return [tangents.dot(i) for i in ids], [whole]
        if not tree.is_place(whole):
            whole = tangents.named(f"{ids[0]}_term_dot", whole)
        chosen = [tree.subscript(whole, tree.constant(i)) for i, t in enumerate(step.targets) if t in live]
        return [tangents.dot(t.id) for t in live], chosen

    def zero_of_target(self, target: gast.Name, late: bool) -> gast.expr:
        if not late and not is_scalar(self.kind(target)):
            raise Refusal(
                "E301", f"{target.id!r} is unpacked here and has no tangent", self.tangents.lineno, "index it instead"
            )
        node = self.tangents.result_name(target)
        return self.tangents.zero(node)

    def plain(self, step: core.Assign, value: gast.expr) -> gast.stmt:
        if step.augmented and isinstance(value, gast.BinOp) and len(step.targets) == 1:
            return tree.augment(step.targets[0].id, step.augmented, value.right)
        if len(step.targets) == 1:
            return tree.assign(step.targets[0].id, value)
        return tree.assign(tree.display([tree.name(t.id) for t in step.targets]), value)

    def reads_any(self, trees: list[Any], names: set[str]) -> bool:
        """Is the value of one of these names read, other than the one it gets here?"""
        known = self.tangents.result_nodes
        for node in trees:
            for inner in tree.name_nodes(node):
                if inner.id in names and id(inner) not in known:
                    return True
        return False

    def call(self, step: core.Call) -> list[gast.stmt]:
        tangents, twins = self.tangents, self.twins
        targets: list[gast.expr] = [tree.name(t.id) for t in step.targets]
        live = [t for t in step.targets if tangents.has_tangent(t.id)]
        base = step.targets[0].id if step.targets else step.callee.name
        tangents.begin(step.lineno, base, {})
        if not twins.is_called_with_tangents(step.callee):
            made = step.text
            if made is None:
                made = tree.call(self.family.names[id(step.callee)], *step.args)
            own: gast.stmt = tree.statement(made)
            if targets:
                own = tree.assign(targets[0] if len(targets) == 1 else tree.display(targets), made)
            zeros = [tree.assign(tangents.dot(t.id), self.zero_of_target(t, True)) for t in live]
            return [own, *zeros]
        wanted = twins.tangent_params(step.callee)
        dots = []
        for i in wanted:
            tangents.holders = step.callee, [step.callee.params[i].id]
            dots.append(tangents.bound(step.args[i]))
        terms = Terms(self.program, base, self.is_pure_call)
        done = [*tangents.before, *dots]
        args, done = terms.name_common(list(step.args), done)
        self.check_repeat(step, terms)
        before, dots = done[: len(done) - len(dots)], done[len(done) - len(dots) :]
        if self.guarded:
            self.check_safe(step, args, done)
        made = tree.call(self.family.names[id(step.callee)], *args, *dots)
        head = [*terms.lets, *before]
        if not twins.has_result(step.callee):
            zeros = [tree.assign(tangents.dot(t.id), self.zero_of_target(t, True)) for t in live]
            if not targets:
                return [*head, tree.statement(made), *zeros]
            whole = targets[0] if len(targets) == 1 else tree.display(targets)
            return [*head, tree.assign(whole, made), *zeros]
        if not targets:
            return [*head, tree.statement(made)]
        names = [tree.name(tangents.dot(t.id) if t in live else self.program.unread) for t in step.targets]
        if len(targets) == 1:
            return [*head, tree.assign(tree.display([targets[0], names[0]]), made)]
        first = tree.display(targets)
        second: gast.expr = tree.display(list(names)) if live else tree.name(self.program.unread)
        return [*head, tree.assign(tree.display([first, second]), made)]
