"""What is the tangent of a store, or of a list method?"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.kinds import (
    Array,
    Const,
    Dict,
    List,
    Number,
    Object,
    is_number,
    is_scalar,
    members_of,
    options,
    varied,
)
from srcgrad.analysis.pure import is_pure
from srcgrad.analysis.twins import may_vary
from srcgrad.analysis.updates import operation_of
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.attributes import put
from srcgrad.transform.common_terms import Terms
from srcgrad.transform.product import split_sign
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.tangents import Tangents

if TYPE_CHECKING:
    from srcgrad.transform.tangent_family import Family


class TangentStores:
    """Stores and lists."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The methods are spread over a few files, and call each other."""

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

    def check_repeat(self, step: core.Step, terms: Terms) -> None:
        if terms.refused is not None:
            raise self.refuse(step, "E306", f"`{terms.refused}` may not be evaluated twice", "give it a name first")

    def check_safe(self, step: core.Step, primal: list[gast.expr], tangent: list[Any]) -> None:
        """In a try statement, a tangent must not raise where the function does not."""
        own = {id(n) for t in primal for n in nodes_in(t)}
        divisors = set()
        for node in (n for t in primal for n in nodes_in(t)):
            if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Div):
                divisors.add(tree.text(node.right))
            elif isinstance(node, gast.Call) and getattr(node.func, "attr", "") in ("log", "log2", "log10"):
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

    def store(self, step: core.Store) -> list[gast.stmt]:
        tangents = self.tangents
        root = tree.root(step.target)
        if not self.has_twin(step.target):
            return [self.plain_store(step, step.target, step.value)]
        assert root is not None, "stores go into places"
        if not tangents.is_place(step.target):
            raise self.refuse(step, "E403", f"a store into `{tree.text(step.target)}` can't be followed")
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
        line = self.program.update(place, op, value) if op else tree.assign(place, value)
        if self.guarded:
            self.check_safe(step, [*primal], done)
            if early:
                if not op and not step.op:
                    both = (tree.display([primal[0], place]), tree.display([primal[1], value]))
                    return [*terms.lets, *before, tree.assign(*both)]
                raise self.refuse(step, "E308", "this update inside try", "move it out of the try statement")
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
            return self.program.update(place, step.op, value)
        return put(self.program, place, value)

    def tangent_store(self, step: core.Store, root: str) -> tuple[gast.expr, gast.expr | None, str]:
        """Where, what and how to store; None if the tangent stays as it is."""
        tangents, target, value = self.tangents, step.target, step.value
        place = tangents.dot_place(target)
        in_array = isinstance(target, gast.Name) or isinstance(target, gast.Subscript) and not all(
            isinstance(k, (List, Dict, Object)) for k in options(self.kind(target.value)) if k != Const(None)
        )
        if not step.op:
            if not in_array:
                tangents.holders = self.function, [root]
                return place, tangents.member(value, [self.kind(target)]), ""
            parts = tangents.numeric(value) if is_number(self.kind(value)) else []
            if not parts and tangents.is_active(value):
                message = "a sequence of differentiable values is stored into an array"
                raise self.refuse(step, "E302", message, "use np.array([...])")
            return place, tangents.total(parts) if parts else tree.constant(0.0), ""
        if step.op[:1] in ("+", "-"):
            parts = tangents.numeric(value)
            if not parts:
                return place, None, ""
            sign, total = split_sign(tangents.total(parts))
            op = step.op if sign > 0 else {"+": "-", "-": "+"}[step.op[0]] + step.op[1:]
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
        if step.op in ("*", "/"):
            node: gast.expr | None = tree.binary(load, step.op, step.value)
            program.kinds.record(node, kind)
            self.function.kinds[id(node)] = kind
        else:
            node = operation_of(self.function, load, step, program.kinds)
        if node is None:
            raise self.refuse(step, "E302", f"an update by {step.op}= of a differentiable array", "write x = x op e")
        return node

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
            return [own, tree.assign(tangents.dot(step.target.id), self.zero_of_target(step.target, True))]
        assert root is not None, "a place begins with a name"
        tangents.begin(step.lineno, base, {})
        tangents.holders = self.function, [root]
        args = list(step.args)
        if step.method == "append":
            args = [tangents.member(step.args[0], members_of(self.kind(place)))]
        elif step.method == "insert":
            args = [step.args[0], tangents.member(step.args[1], members_of(self.kind(place)))]
        terms = Terms(self.program, base, self.is_pure_call)
        done = [*tangents.before, *args]
        early = self.reads_any(done, self.twins.same_memory(self.function, root))
        primal, done = terms.name_common(list(step.args), done)
        self.check_repeat(step, terms)
        before, args = done[: len(done) - len(args)], done[len(done) - len(args) :]
        if self.guarded:
            self.check_safe(step, primal, done)
            if early:
                raise self.refuse(step, "E308", "this update of a list inside try", "move it out of the try statement")
        called = tree.method(place, step.method, *primal)
        own = tree.assign(step.target.id, called) if step.target is not None else tree.statement(called)
        mirrored = tree.method(tangents.dot_place(place), step.method, *args)
        line = tree.statement(mirrored)
        if tangents.has_tangent(target) and step.target is not None:
            line = tree.assign(tangents.dot(step.target.id), mirrored)
        if early:
            return [*terms.lets, *before, line, own]
        return [*terms.lets, own, *before, line]
