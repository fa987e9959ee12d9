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
import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Dict,
    List,
    Number,
    Object,
    OneOf,
    is_memory,
    is_number,
    is_scalar,
    varied,
)
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.twins import Twins, may_vary
from srcgrad.lang import core, tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import print_module
from srcgrad.optimize.dead import Dead
from srcgrad.rules import registry
from srcgrad.transform.adjoint import (
    copy_function,
    docstring,
    listed,
    reachable,
    renamed_function,
)
from srcgrad.transform.common_terms import Terms
from srcgrad.transform.product import signed_sum, split_sign
from srcgrad.transform.program import Program, bound_names, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.spelling import spell
from srcgrad.transform.tangents import Tangents

ARGUMENTS = "@arguments"


@dataclass
class Tangent:
    """Functions, those that are called before those that call them, and the names they use that they do not define."""

    functions: list[gast.FunctionDef]
    globals: dict[str, Any]
    name: str


@dataclass
class Family:
    """All functions generated together."""

    infer: Inference
    twins: Twins
    copies: dict[int, core.Function]  # by the function, and by the copy itself
    programs: dict[int, Program]
    names: dict[int, str]
    guarded: set[int]  # functions that may be called inside a try statement
    unwritten: set[int]  # functions that the user's text can't call from where it will stand
    globals: dict[str, Any] = field(default_factory=dict)


def tangent(function: core.Function, wrt: Iterable[str], *, infer: Inference) -> Tangent:
    """`f_jvp(x, ..., x_dot, ...) -> result, result_dot`, with a tangent for each parameter named."""
    family = new_family(function, infer)
    made: list[gast.FunctionDef] = []
    for one in ordered(function):
        copy = family.copies[id(one)]
        main = one is function
        if main or is_generated(copy, family.twins, family.unwritten):
            made.append(Maker(copy, family, list(wrt) if main else None).make())
    name = family.names[id(family.copies[id(function)])]
    return Tangent(merge_equal(made, name), family.globals, name)


def merge_equal(functions: list[gast.FunctionDef], keep: str) -> list[gast.FunctionDef]:
    """Functions that read the same but for their own names are one."""
    while True:
        known: dict[str, str] = {}
        renamed: dict[str, str] = {}
        for function in functions:
            if function.name == keep:
                continue
            text = print_module([renamed_function(function, {function.name: "f_jvp"})])
            if text in known:
                renamed[function.name] = known[text]
            known.setdefault(text, function.name)
        if not renamed:
            return functions
        functions = [renamed_function(f, renamed) for f in functions if f.name not in renamed]


def new_family(function: core.Function, infer: Inference) -> Family:
    functions = reachable(function)
    used = {n for f in functions for n in (f.names.used if f.names is not None else ())}
    namespace: dict[str, Any] = {}
    for f in functions:
        used |= {n.id for s in walk(f.steps) for n in bound_names(s)} | set(f.namespace)
        namespace |= f.namespace
    copies = {id(f): copy_function(f) for f in functions}
    for f in functions:
        for step in walk(copies[id(f)].steps):
            if isinstance(step, core.Call):
                step.callee = copies[id(step.callee)]
    copies |= {id(c): c for c in list(copies.values())}
    files = Names(used)
    own = [copies[id(f)] for f in functions]
    programs = {}
    for f in own:
        name_result(f, Names(files.used))
        local = Names(files.used | {n.id for s in walk(f.steps) for n in bound_names(s)})
        programs[id(f)] = Program(f, infer, local, namespace=namespace)
    twins = Twins(own, {k: p.kinds for k, p in programs.items()}, walk)
    calls = [s for f in own for s in walk(f.steps) if isinstance(s, core.Call)]
    unwritten = {id(s.callee) for s in calls if s.text is None}
    names = {}
    for f in own:
        has_tangent = f is own[0] or twins.is_called_with_tangents(f)
        names[id(f)] = files.fresh(f"{f.name}_jvp" if has_tangent else f.name)
    return Family(infer, twins, copies, programs, names, guarded_functions(own), unwritten)


def is_generated(function: core.Function, twins: Twins, unwritten: set[int]) -> bool:
    return twins.is_called_with_tangents(function) or id(function) in unwritten


def ordered(function: core.Function) -> list[core.Function]:
    """Callees before callers."""
    found: list[core.Function] = []
    seen: set[int] = set()

    def visit(one: core.Function) -> None:
        if id(one) in seen:
            return
        seen.add(id(one))
        for step in walk(one.steps):
            if isinstance(step, core.Call):
                visit(step.callee)
        found.append(one)

    visit(function)
    return found


def guarded_functions(functions: list[core.Function]) -> set[int]:
    """The functions that are called, directly or not, in the body of a try statement."""
    queue = [
        s.callee
        for f in functions
        for t in walk(f.steps)
        if isinstance(t, core.Try)
        for s in walk(t.body)
        if isinstance(s, core.Call)
    ]
    found: set[int] = set()
    while queue:
        one = queue.pop()
        if id(one) not in found:
            found.add(id(one))
            queue += [s.callee for s in walk(one.steps) if isinstance(s, core.Call)]
    return found


def name_result(function: core.Function, names: Names) -> None:
    """`return e` -> `result = e; return result`."""
    last = function.steps[-1] if function.steps else None
    if not isinstance(last, core.Return) or isinstance(last.value, gast.Name):
        return
    kind = function.kinds.get(id(last.value))
    if kind is None or isinstance(kind, Const):
        return
    result = names.fresh("result")
    target, node = tree.target(result), tree.name(result)
    function.kinds[id(target)] = function.kinds[id(node)] = kind
    function.names = Names({*(function.names.used if function.names else ()), result})
    assign = core.Assign(last.lineno, [target], last.value)
    assign.kept = (target, node)  # type: ignore[attr-defined]
    function.steps[-1:] = [assign, core.Return(last.lineno, node)]


class Maker:
    """Generates the tangent of one function; `wrt` if it is the one that was asked for."""

    def __init__(self, function: core.Function, family: Family, wrt: list[str] | None) -> None:
        self.function, self.family, self.wrt = function, family, wrt
        self.twins = family.twins
        self.program = family.programs[id(function)]
        used = self.program.names
        bound = self.program.function.namespace.get("types")
        free = bound is types or "types" not in used.used
        self.program.modules["types"] = "types" if free else used.fresh("types")
        self.program.globals[self.program.modules["types"]] = types
        self.tangents = Tangents(self.program, self.twins, function)
        self.guarded = id(function) in family.guarded

    def kind(self, node: Any) -> Any:
        return self.program.kinds.of(node)

    def refuse(self, step: core.Step, code: str, message: str, advice: str = "") -> Refusal:
        return Refusal(code, message, step.lineno, advice)

    def is_pure_call(self, call: gast.Call) -> bool:
        return is_pure(call, self.program.kinds, self.function.matches)

    # The function

    def make(self) -> gast.FunctionDef:
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
        body += self.block([s for s in function.steps if not isinstance(s, core.Return)])
        body += self.final()
        body = self.without_dead(body, given)
        text = f"{self.call_text()}, and its derivative along {listed(dots)}."
        if not dots:
            text = f"{self.call_text()}."
        body = [docstring(text), *body]
        return self.definition(self.family.names[id(function)], [*params, *dots], body)

    def final(self) -> list[gast.stmt]:
        last = self.function.steps[-1] if self.function.steps else None
        if not isinstance(last, core.Return):
            return []
        value = last.value
        wanted = self.wrt is not None or self.twins.has_result(self.function)
        if not wanted:
            return [gast.Return(value)]
        self.tangents.begin(last.lineno, "result", {})
        return [gast.Return(tree.display([value, self.tangents.bound(value)]))]

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
                raise Refusal(
                    "E306",
                    f"{name!r} means different things in two functions",
                    0,
                    "rename one of them",
                )

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

    # Steps

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
            return [
                gast.If(
                    step.test,
                    self.block(step.body) or [gast.Pass()],
                    self.block(step.orelse),
                )
            ]
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

    # Assignments

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
        before, values = (
            done[: len(done) - len(values)],
            done[len(done) - len(values) :],
        )
        own = self.plain(step, primal)
        line = self.tangent_line(targets, values, step)
        if self.guarded:
            self.check_safe(step, [primal], done)
            if early:
                places = [
                    *(tree.name(i) for i in ids),
                    *(tree.name(t) for t in targets),
                ]
                parts = list(primal.elts) if display else [primal]
                if len(ids) > 1 and not display:
                    raise self.refuse(
                        step,
                        "E308",
                        "this assignment inside try",
                        "move it out of the try statement",
                    )
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
                    found.append(tangents.bound(member, target if late else None))
            return [tangents.dot(t.id) for t in live], found
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
                "E301",
                f"{target.id!r} is unpacked here and has no tangent",
                self.tangents.lineno,
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

    def check_repeat(self, step: core.Step, terms: Terms) -> None:
        if terms.refused is not None:
            raise self.refuse(
                step,
                "E306",
                f"`{terms.refused}` may not be evaluated twice",
                "give it a name first",
            )

    def check_safe(self, step: core.Step, primal: list[gast.expr], tangent: list[Any]) -> None:
        """In a try statement, a tangent must not raise where the function does not."""
        own = {id(n) for t in primal for n in nodes_in(t)}
        divisors = set()
        for node in (n for t in primal for n in nodes_in(t)):
            if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Div):
                divisors.add(tree.text(node.right))
            elif isinstance(node, gast.Call) and getattr(node.func, "attr", "") in (
                "log",
                "log2",
                "log10",
            ):
                divisors |= {tree.text(a) for a in node.args}
        for node in (n for t in tangent for n in nodes_in(t)):
            if id(node) in own:
                continue
            risky = False
            if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Div, gast.Pow)):
                divisor = node.right
                while isinstance(divisor, gast.BinOp) and isinstance(divisor.op, gast.Pow):
                    divisor = divisor.left
                kind = self.kind(node)
                literal = isinstance(divisor, gast.Constant) and bool(divisor.value)
                weak = not isinstance(kind, Array) and not (isinstance(kind, Number) and not kind.weak)
                known = literal or tree.text(divisor) in divisors
                if isinstance(node.op, gast.Pow):
                    known = isinstance(node.right, gast.Constant) and node.right.value in (1, 2, 3)
                risky = weak and not known
            elif isinstance(node, gast.Call):
                root = tree.root(node.func)
                risky = root == self.program.modules["math"]
            if risky:
                raise self.refuse(
                    step, "E308", "the derivative of this may raise an error inside try that the function does not",
                    "move it out of the try statement",
                )  # fmt: skip

    # Stores

    def store(self, step: core.Store) -> list[gast.stmt]:
        tangents = self.tangents
        root = tree.root(step.target)
        if not self.has_twin(step.target):
            return [self.plain_store(step, step.target, step.value)]
        assert root is not None, "stores go into places"
        if not tangents.is_place(step.target):
            raise self.refuse(
                step,
                "E403",
                f"a store into `{tree.text(step.target)}` can't be followed",
            )
        tangents.begin(step.lineno, root, {})
        place, value, op = self.tangent_store(step, root)
        if value is None:
            return [self.plain_store(step, step.target, step.value)]
        terms = Terms(self.program, root, self.is_pure_call)
        done = [*tangents.before, place, value]
        written = self.twins.same_memory(self.function, root)
        early = self.reads_any([*tangents.before, value, *tree.indices(place)], written)
        primal, done = terms.name_common([step.target, step.value], done)
        self.check_repeat(step, terms)
        *before, place, value = done
        own = self.plain_store(step, *primal)
        line = tree.augment(place, op, value) if op else tree.assign(place, value)
        if self.guarded:
            self.check_safe(step, [*primal], done)
            if early:
                if not op and not step.op:
                    both = (
                        tree.display([primal[0], place]),
                        tree.display([primal[1], value]),
                    )
                    return [*terms.lets, *before, tree.assign(*both)]
                raise self.refuse(
                    step,
                    "E308",
                    "this update inside try",
                    "move it out of the try statement",
                )
        if early:
            return [*terms.lets, *before, line, own]
        return [*terms.lets, own, *before, line]

    def has_twin(self, place: gast.expr) -> bool:
        """Is there a tangent of what is stored into?"""
        if not self.tangents.has_tangent(tree.root(place)):
            return False
        inner = place
        while isinstance(inner, (gast.Subscript, gast.Attribute)):
            holder = inner.value
            kind = self.kind(holder)
            if isinstance(kind, Object) and isinstance(inner, gast.Attribute):
                if not varied(kind):
                    return False
                if not varied(self.kind(inner)) and inner.attr not in self.twins.attributes:
                    return False
                if not may_vary(self.kind(inner)) and not is_number(self.kind(inner)):
                    return False
            elif isinstance(kind, (List, Dict)) and not varied(kind):
                return False
            inner = holder
        return True

    def plain_store(self, step: core.Store, place: gast.expr, value: gast.expr) -> gast.stmt:
        if step.op:
            return tree.augment(place, step.op, value)
        return tree.assign(place, value)

    def tangent_store(self, step: core.Store, root: str) -> tuple[gast.expr, gast.expr | None, str]:
        """Where, what and how to store; None if the tangent stays as it is."""
        tangents, target, value = self.tangents, step.target, step.value
        place = tangents.dot_place(target)
        in_array = isinstance(target, gast.Name) or not isinstance(
            self.kind(target.value),  # type: ignore[attr-defined]
            (List, Dict, Object),
        )
        if not step.op:
            if not in_array:
                return place, tangents.bound(value, None, root), ""
            parts = tangents.numeric(value) if is_number(self.kind(value)) else []
            if not parts and tangents.is_active(value):
                message = "a sequence of differentiable values is stored into an array"
                raise self.refuse(step, "E302", message, "use np.array([...])")
            return place, tangents.total(parts) if parts else tree.constant(0.0), ""
        if step.op in ("+", "-"):
            parts = tangents.numeric(value)
            if not parts:
                return place, None, ""
            sign, total = split_sign(tangents.total(parts))
            op = step.op if sign > 0 else {"+": "-", "-": "+"}[step.op]
            return place, total, op
        if not tangents.is_active(value) and step.op in ("*", "/"):
            return place, value, step.op
        if not varied(self.kind(target)) and not tangents.is_active(value):
            return place, None, ""
        node = self.as_operation(step)
        parts = tangents.parts(node)
        if not parts:
            return place, None, ""
        total = tangents.total(parts)
        if isinstance(target, gast.Name) or (not in_array and not is_scalar(self.kind(target))):
            place = tree.subscript(place, tree.constant(Ellipsis))
        return place, total, ""

    def as_operation(self, step: core.Store) -> gast.expr:
        """`x[i] op= e` as the expression `x[i] op e`."""
        program = self.program
        kind = self.kind(step.target)
        load = tree.as_load(step.target)
        program.kinds.record(load, kind)
        self.function.kinds[id(load)] = kind
        node = tree.binary(load, step.op, step.value)
        program.kinds.record(node, kind)
        self.function.kinds[id(node)] = kind
        if step.op in ("*", "/"):
            return node
        rules = [r for r in registry.operator_rules(step.op) or () if r.elementwise and len(r.parameters) == 2]
        if not rules:
            raise self.refuse(
                step,
                "E302",
                f"an update by {step.op}= of a differentiable array",
                "write x = x op e",
            )
        operands = dict(zip((p.name for p in rules[0].parameters), (load, step.value)))
        self.function.matches[id(node)] = core.Match(rules[0], operands)
        return node

    # Lists

    def list_operation(self, step: core.ListOp) -> list[gast.stmt]:
        tangents, place = self.tangents, step.place
        called = tree.method(place, step.method, *step.args)
        own = tree.assign(step.target.id, called) if step.target is not None else tree.statement(called)
        root = tree.root(place)
        target = step.target.id if step.target is not None else None
        base = target or root or "value"
        if not (tangents.has_tangent(root) and varied(self.kind(place))):
            if not tangents.has_tangent(target):
                return [own]
            assert step.target is not None, "it has a tangent"
            tangents.begin(step.lineno, base, {})
            return [
                own,
                tree.assign(tangents.dot(step.target.id), self.zero_of_target(step.target, True)),
            ]
        assert root is not None, "a place begins with a name"
        tangents.begin(step.lineno, base, {})
        args = list(step.args)
        if step.method == "append":
            args = [tangents.bound(step.args[0], None, root)]
        elif step.method == "insert":
            args = [step.args[0], tangents.bound(step.args[1], None, root)]
        terms = Terms(self.program, base, self.is_pure_call)
        done = [*tangents.before, *args]
        early = self.reads_any(done, self.twins.same_memory(self.function, root))
        primal, done = terms.name_common(list(step.args), done)
        self.check_repeat(step, terms)
        before, args = done[: len(done) - len(args)], done[len(done) - len(args) :]
        if self.guarded:
            self.check_safe(step, primal, done)
            if early:
                raise self.refuse(
                    step,
                    "E308",
                    "this update of a list inside try",
                    "move it out of the try statement",
                )
        called = tree.method(place, step.method, *primal)
        own = tree.assign(step.target.id, called) if step.target is not None else tree.statement(called)
        mirrored = tree.method(tangents.dot_place(place), step.method, *args)
        line = tree.statement(mirrored)
        if tangents.has_tangent(target) and step.target is not None:
            line = tree.assign(tangents.dot(step.target.id), mirrored)
        if early:
            return [*terms.lets, *before, line, own]
        return [*terms.lets, own, *before, line]

    # Calls

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
        for i in wanted:
            param, arg = step.callee.params[i].id, step.args[i]
            fresh = is_memory(self.kind(arg)) and not twins.names_behind(self.function, arg)
            if fresh and twins.layout_matters(step.callee, [param]):
                message = f"how `{tree.text(arg)}` lies in memory decides what is a view of it"
                raise self.refuse(step, "E401", message, "give it a name first")
        dots = [tangents.bound(step.args[i]) for i in wanted]
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
        names = [tree.name(tangents.dot(t.id) if t in live else "_") for t in step.targets]
        if len(targets) == 1:
            return [*head, tree.assign(tree.display([targets[0], names[0]]), made)]
        first = tree.display(targets)
        second: gast.expr = tree.display(list(names)) if live else tree.name("_")
        return [*head, tree.assign(tree.display([first, second]), made)]


class DeadTangents(Dead):
    """Only assignments to tangents are left out."""

    def __init__(self, is_pure: Any, groups: Any, dots: set[str]) -> None:
        super().__init__(is_pure, groups)
        self.dots = dots

    def statement(self, statement: Any, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        if isinstance(statement, gast.Assign):
            target = statement.targets[0]
            places = list(target.elts) if isinstance(target, gast.Tuple) else [target]
            places = [q for p in places for q in (p.elts if isinstance(p, gast.Tuple) else [p])]
            if not all(tree.root(p) in self.dots for p in places):
                bound = {p.id for p in places if isinstance(p, gast.Name)}
                read = {n for p in places if not isinstance(p, gast.Name) for n in names_of(p)}
                return statement, (live - bound) | tree.names_read(statement.value) | read
        elif isinstance(statement, gast.AugAssign):
            if tree.root(statement.target) not in self.dots:
                return statement, live | names_of(statement)
        elif isinstance(statement, gast.Expr):
            value = statement.value
            mirrored = isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute)
            if not mirrored or tree.root(value.func) not in self.dots:
                return statement, live | tree.names_read(statement)
        elif isinstance(statement, gast.If):
            body, first = self.block(statement.body, set(live))
            orelse, second = self.block(statement.orelse, set(live))
            made = gast.If(statement.test, body or [gast.Pass()], orelse)
            return made, first | second | tree.names_read(statement.test)
        elif isinstance(statement, gast.For):
            head = set(live)
            bound = {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
            while True:
                body, before = self.block(statement.body, set(head))
                if before - bound <= head:
                    break
                head |= before - bound
            made = gast.For(statement.target, statement.iter, body or [gast.Pass()], [], None)
            return made, head | tree.names_read(statement.iter)
        elif isinstance(statement, gast.With):
            body, live = self.block(statement.body, live)
            for item in statement.items:
                live = live | tree.names_read(item.context_expr)
            return gast.With(statement.items, body or [gast.Pass()], None), live
        return super().statement(statement, live)


def names_of(node: gast.AST) -> set[str]:
    return {n.id for n in nodes_in(node) if isinstance(n, gast.Name)}


__all__ = ["Tangent", "tangent"]
