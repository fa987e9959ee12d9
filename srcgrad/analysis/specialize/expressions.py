"""What kind has each expression, and what stands for it in core form?

`evaluate` gives the kind of an expression and the expression to use in its place: the user's own tree wherever that
can stay, a name where something had to become statements of its own.
"""

from __future__ import annotations

import builtins
import itertools
import types
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import CannotTell, NoValue, Slice
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    Array,
    Bottom,
    Cell,
    Closure,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Text,
    Tuple,
    Unknown,
    has_known_keys,
    holds_text,
    is_container,
    is_inexact,
    is_number,
    is_scalar,
    join_all,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.frame import Frame, LocalFunction
from srcgrad.analysis.specialize.lift import lift
from srcgrad.analysis.specialize.session import constant_node, is_function_value, name_node
from srcgrad.errors import NotDifferentiable, SrcgradError
from srcgrad.lang import core
from srcgrad.lang.desugar.cells import UNSET
from srcgrad.rules import registry

BINARY = {
    gast.Add: "+", gast.Sub: "-", gast.Mult: "*", gast.Div: "/", gast.FloorDiv: "//", gast.Mod: "%", gast.Pow: "**",
    gast.MatMult: "@", gast.LShift: "<<", gast.RShift: ">>", gast.BitAnd: "&", gast.BitOr: "|", gast.BitXor: "^",
}  # fmt: skip
UNARY = {gast.USub: "-", gast.UAdd: "+", gast.Invert: "~", gast.Not: "not"}
COMPARE = {
    gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">=", gast.Is: "is",
    gast.IsNot: "is not",
}  # fmt: skip
METHODS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
REFLECTED = {"==": "eq", "!=": "ne", "<": "gt", "<=": "ge", ">": "lt", ">=": "le"}

MOST_LEVELS = 5

Value = tuple[Kind, gast.expr]


class Expressions(Frame):
    """Visitors of expressions."""

    def evaluate(self, node: gast.expr) -> Value:
        method = getattr(self, f"visit_{type(node).__name__}", None)
        if method is None:
            return self.opaque(node)
        try:
            kind, residual = method(node)
        except NoValue:
            kind, residual = Bottom(), node
        except CannotTell as error:
            if self.mentions_varied(node):
                raise self.refusal("E301", f"what this expression gives can't be told: {error}", node) from error
            return self.opaque(node)
        if type(kind) is Unknown and self.made_of_text(node):
            kind = Text()
        return self.record(residual, kind), residual

    def made_of_text(self, node: gast.AST) -> bool:
        return self.mentions_text(node) or any(
            isinstance(self.function.kinds.get(id(child)), Text) for child in gast.walk(node)
        )

    def passive(self, node: gast.expr) -> Value:
        """Evaluate where only the value matters, such as a test or a message."""
        kind, residual = self.evaluate(node)
        return kind, residual

    def opaque(self, node: gast.expr) -> Value:
        """An expression kept as it stands, of which only is known that it does not vary."""
        if self.mentions_varied(node):
            raise self.refusal(
                "E302",
                "srcgrad does not know how to differentiate this expression",
                node,
            )
        for name in self.names_in(node):
            self.use_name(name)
        residual = self.renamed(node)
        kind = self.text_of(node)
        self.record(residual, kind)
        return kind, residual

    # Leaves

    def visit_Constant(self, node: gast.Constant) -> Value:
        return (Bottom() if node.kind == UNSET else Const(node.value)), node

    def visit_JoinedStr(self, node: gast.JoinedStr) -> Value:
        for name in self.names_in(node):
            self.use_name(name)
        return self.text_of(node), self.renamed(node)

    def text_of(self, node: gast.AST) -> Kind:
        """The kind of text that an expression gives."""
        return Text() if self.mentions_varied(node) or self.mentions_text(node) else Unknown()

    def mentions_text(self, node: gast.AST) -> bool:
        return any(holds_text(self.env[n]) for n in self.names_in(node) if n in self.env)

    def visit_Lambda(self, node: gast.Lambda) -> Value:
        definition = self.definition(node)
        self.evaluate_defaults(definition, node, "lambda")
        return self.close(LocalFunction(definition), node)

    def visit_Name(self, node: gast.Name) -> Value:
        kind, text = self.use_name(node.id, node)
        if isinstance(kind, LocalFunction):
            return self.close(kind, node)
        if node.id in self.env and isinstance(kind, Const) and callable(kind.value):
            # a variable that is a function, or a class, need not exist when the program runs
            return kind, self.canonical(kind.value, node, node)
        if text != node.id:
            return kind, name_node(text, node)
        return kind, node

    def close(self, local: LocalFunction, node: gast.expr) -> Value:
        """A function made here, as a value: the tuple of what it captures."""
        captured, items = [], []
        if self.refers_to(local.definition, local.definition, set()):
            raise self.refusal(
                "E304",
                "a function that calls itself is used as a value",
                node,
                "define it at the top of a module",
            )
        for name in local.definition.captured:
            kind, residual = self.evaluate(name_node(name, node))
            captured.append((name, kind))
            # A function that is known when generating is no parameter: there is no variable to capture.
            items.append(self.keep(constant_node(None, node)) if is_function_value(kind) else residual)
        for name, default in local.definition.default_names.items():
            kind, residual = self.evaluate(name_node(default, node))
            captured.append((f"default {name}", kind))
            items.append(residual)
        display = self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), node))
        closure = Closure(local.definition, tuple(captured))
        if depth(closure) > MOST_LEVELS:
            raise self.refusal(
                "E304", "functions that hold functions, many levels deep", node, "keep them in a list, and call each"
            )
        return closure, display

    def refers_to(self, definition: Any, sought: Any, seen: set[str]) -> bool:
        """Does a function made here call another, or one that does?"""
        for name in definition.captured:
            inner = self.env.get(name)
            if name not in seen and isinstance(inner, LocalFunction):
                seen.add(name)
                if inner.definition is sought or self.refers_to(inner.definition, sought, seen):
                    return True
        return False

    # Operators

    def visit_BinOp(self, node: gast.BinOp) -> Value:
        left, a = self.evaluate(node.left)
        right, b = self.evaluate_after(node.right, [a])
        op = BINARY[type(node.op)]
        return self.binary(op, left, a, right, b, node)

    def binary(
        self,
        op: str,
        left: Kind,
        a: gast.expr,
        right: Kind,
        b: gast.expr,
        node: gast.expr,
    ) -> Value:
        if isinstance(left, Bottom) or isinstance(right, Bottom):
            return Bottom(), node
        method = self.operator_method(op, left, a, right, b, node)
        if method is not None:
            return method
        formats = op == "%" and isinstance(left, Const) and isinstance(left.value, str)
        if formats and (varied(right) or holds_text(right)) or isinstance(left, Text) or isinstance(right, Text):
            if not formats and (varied(left) or varied(right)):
                raise self.lost(node)
            return Text(), self.rebuilt(node, a, op, b)
        if isinstance(left, Iterable) and isinstance(right, Iterable):
            return self.iterable_of([left.item, right.item], "set", node), self.rebuilt(node, a, op, b)
        if op == "|" and isinstance(left, Dict) and isinstance(right, Dict):
            return self.merge([(left, a), (right, b)], node)
        containers = self.sequence_operator(op, left, a, right, b, node)
        if containers is not None:
            return containers
        for number, sequence in ((left, right), (right, left)):
            if is_numpy(number) and isinstance(sequence, (List, Tuple)) and (varied(number) or varied(sequence)):
                left, a = self.as_array((left, a), node, 0, True)
                right, b = self.as_array((right, b), node, 1, True)
                break
        same = isinstance(node, gast.BinOp) and a is node.left and b is node.right
        residual = node if same else self.keep(gast.copy_location(gast.BinOp(a, OPERATOR_NODES[op](), b), node))
        self.at(node)
        kind = self.infer.binary(op, left, right)
        if op == "//":
            kind = set_varied(kind, False)
        if varied(kind) and isinstance(kind, OneOf) and any(is_container(k) for k in kind.options):
            raise CannotTell(f"{op} of values that may be numbers or containers")
        if varied(kind):
            if op not in ("+", "-", "*", "/"):
                self.match(
                    residual,
                    registry.operator_rules(op),
                    {},
                    [(left, a), (right, b)],
                    node,
                    f"the operator {op}",
                )
        return kind, residual

    def operator_method(
        self,
        op: str,
        left: Kind,
        a: gast.expr,
        right: Kind,
        b: gast.expr,
        node: gast.expr,
    ) -> Value | None:
        """`a + b` where a or b is an object of a class that defines the operator."""
        name = METHODS.get(op)
        if name is None:
            return None
        if isinstance(left, Object) and self.has_method(left, f"__{name}__"):
            return self.call_method(left, a, f"__{name}__", [(right, b)], {}, node)
        reflected = REFLECTED.get(op, f"r{name}")
        if isinstance(right, Object) and self.has_method(right, f"__{reflected}__"):
            return self.call_method(right, b, f"__{reflected}__", [(left, a)], {}, node)
        return None

    def sequence_operator(
        self,
        op: str,
        left: Kind,
        a: gast.expr,
        right: Kind,
        b: gast.expr,
        node: gast.expr,
    ) -> Value | None:
        """`s + t` and `s * n` of lists and tuples."""
        if op == "*" and isinstance(right, (List, Tuple)):
            left, a, right, b = right, b, left, a
        if op == "+" and isinstance(left, Tuple) and isinstance(right, Tuple):
            return self.display([*self.members(left, a), *self.members(right, b)], node)
        if op == "*" and isinstance(left, Tuple) and isinstance(right, Const) and isinstance(right.value, int):
            return self.display(self.members(left, a) * right.value, node)
        if not isinstance(left, List):
            return None
        if op == "+" and isinstance(right, List):
            if left.cell.items is not None and right.cell.items is not None and a is not b:
                members = [*self.members(left, a), *self.members(right, b)]
                if len(members) <= 16 and isinstance(left.cell.item, Bottom) and isinstance(right.cell.item, Bottom):
                    return self.list_display(members, node)
            if varied(left) or varied(right):
                return self.template(
                    node,
                    "t = []\nfor v in a: t.append(v)\nfor v in b: t.append(v)",
                    "t",
                    a=(left, a),
                    b=(right, b),
                )
            return self.plain_list([left, right], self.rebuilt(node, a, "+", b)), self.rebuilt(node, a, "+", b)
        if op == "*" and is_scalar(right) and not is_inexact(right):
            if varied(left):
                return self.template(
                    node,
                    "t = []\nfor k in range(n):\n    for v in a: t.append(v)",
                    "t",
                    a=(left, a),
                    n=(right, b),
                )
            if isinstance(right, Const) and left.cell.items is not None and len(left.cell.items) * right.value <= 16:
                residual = self.rebuilt(node, a, "*", b)
                cell = self.session.cell("display", id(node), self.copies)
                if cell.items is None:
                    cell.items = [*left.cell.items * right.value]
                    cell.length = Size(None, len(cell.items))
                return List(cell), residual
            residual = self.rebuilt(node, a, "*", b)
            return self.plain_list([left], residual), residual
        return None

    def lost(self, node: gast.AST) -> SrcgradError:
        return NotDifferentiable(
            "E205", "the derivative of a value was lost when text was made of it",
            advice="compute with the value itself, or use srcgrad.stop_gradient(...) on it",
            where=self.definition_of_frame.source.location(node),
        )  # fmt: skip

    def rebuilt(self, node: gast.expr, a: gast.expr, op: str, b: gast.expr) -> gast.expr:
        if isinstance(node, gast.BinOp) and node.left is a and node.right is b:
            return node
        return self.keep(gast.copy_location(gast.BinOp(a, OPERATOR_NODES[op](), b), node))

    def plain_list(self, lists: list[Kind], node: gast.AST) -> List:
        """A new list that holds what these hold."""
        cell = self.session.cell("list", id(node), self.copies)
        for kind in lists:
            assert isinstance(kind, List), "only lists are joined to lists"
            self.session.put_item(cell, kind.item)
        return List(cell)

    def visit_UnaryOp(self, node: gast.UnaryOp) -> Value:
        kind, operand = self.evaluate(node.operand)
        op = UNARY[type(node.op)]
        if isinstance(kind, Object) and op in "-+~":
            name = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}[op]
            if self.has_method(kind, name):
                return self.call_method(kind, operand, name, [], {}, node)
        residual = (
            node if operand is node.operand else self.keep(gast.copy_location(gast.UnaryOp(node.op, operand), node))
        )
        if op == "not":
            truth = self.truth(kind)
            return (BOOL if truth is None else Const(not truth)), residual
        self.at(node)
        result = self.infer.unary(op, kind)
        if varied(result) and op != "-":
            self.match(
                residual,
                registry.operator_rules(f"unary {op}"),
                {},
                [(kind, operand)],
                node,
                f"the operator {op}",
            )
        return result, residual

    def visit_Compare(self, node: gast.Compare) -> Value:
        kinds, residuals = [], []  # type: ignore[var-annotated]
        for operand in [node.left, *node.comparators]:
            kind, residual = self.evaluate_after(operand, residuals)
            kinds.append(kind)
            residuals.append(residual)
        if len(kinds) == 2 and type(node.ops[0]) in COMPARE:
            op = COMPARE[type(node.ops[0])]
            method = (
                self.operator_method(op, kinds[0], residuals[0], kinds[1], residuals[1], node)
                if op in METHODS
                else None
            )
            if method is not None:
                return method
        same = residuals[0] is node.left and all(x is y for x, y in zip(residuals[1:], node.comparators))
        residual = (
            node if same else self.keep(gast.copy_location(gast.Compare(residuals[0], node.ops, residuals[1:]), node))
        )
        if len(kinds) == 2:
            return self.compare(node, kinds[0], kinds[1]), residual
        results = [self.compare_kinds(type(op), a, b) for op, a, b in zip(node.ops, kinds, kinds[1:])]
        if all(isinstance(k, Const) for k in results):
            return Const(all(k.value for k in results)), residual  # type: ignore[attr-defined]
        return BOOL, residual

    def compare(self, node: gast.Compare, a: Kind, b: Kind) -> Kind:
        self.at(node)
        return self.compare_kinds(type(node.ops[0]), a, b)

    def compare_kinds(self, operator: type, a: Kind, b: Kind) -> Kind:
        if operator in (gast.In, gast.NotIn):
            found = self.contains(a, b)
            return BOOL if found is None else Const(found is (operator is gast.In))
        op = COMPARE[operator]
        if op in ("is", "is not"):
            known = self.identical(a, b)
            return BOOL if known is None else Const(known is (op == "is"))
        if isinstance(a, Const) and isinstance(b, Const):
            return self.infer.binary(op, a, b)
        if is_number(a) and is_number(b):
            return set_varied(self.infer.binary(op, a, b), False)
        if op in ("==", "!=") and self.disjoint(a, b):
            return Const(op == "!=")
        array = isinstance(a, Array) or isinstance(b, Array)
        return Unknown() if array else BOOL

    def identical(self, a: Kind, b: Kind) -> bool | None:
        if isinstance(a, Const) and isinstance(b, Const):
            return (
                a.value is b.value
                if a != b or a.value is None or isinstance(a.value, (bool, type)) or callable(a.value)
                else None
            )
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Const) and (x.value is None or callable(x.value)):
                if not isinstance(y, (OneOf, Unknown, Const, Bottom)):
                    return False
                if isinstance(y, OneOf) and x not in y.options and not any(isinstance(k, Unknown) for k in y.options):
                    return False
        return None

    def disjoint(self, a: Kind, b: Kind) -> bool:
        """Can two values never be equal, by their types alone?"""
        text = [isinstance(k, Const) and (k.value is None or isinstance(k.value, str)) for k in (a, b)]
        return (text[0] and is_scalar(b)) or (text[1] and is_scalar(a))

    def contains(self, member: Kind, container: Kind) -> bool | None:
        if (
            isinstance(member, Const)
            and isinstance(container, Tuple)
            and all(isinstance(k, Const) for k in container.items)
        ):
            return member.value in [k.value for k in container.items]  # type: ignore[attr-defined]
        if isinstance(member, Const) and isinstance(container, Const):
            try:
                return member.value in container.value
            except TypeError:
                return None
        return None

    # Choices: a branch that needs statements, or differentiable alternatives, become statements

    def visit_IfExp(self, node: gast.IfExp) -> Value:
        test_kind, test = self.evaluate(node.test)
        truth = self.truth(test_kind)
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse)
        (first, a, before), (second, b, other) = (
            self.aside(lambda: self.evaluate(node.body), (node.test, True)),
            self.aside(lambda: self.evaluate(node.orelse), (node.test, False)),
        )
        if (
            not before
            and not other
            and not varied(first)
            and not varied(second)
            and not self.is_fresh_function(first, second)
        ):
            same = test is node.test and a is node.body and b is node.orelse
            residual = node if same else self.keep(gast.copy_location(gast.IfExp(test, a, b), node))
            return self.session.joined(first, second, "choice", id(node)), residual
        target = self.temporary(node, "choice")
        before.append(self.assign(target, a, first, node))
        other.append(self.assign(target, b, second, node))
        self.emit(core.If(node.lineno, test, before, other))
        kind = self.session.joined(first, second, "choice", id(node), self.copies)
        self.env[target] = kind
        return kind, name_node(target, node)

    def is_fresh_function(self, *kinds: Kind) -> bool:
        return any(isinstance(k, Closure) for k in kinds)

    def visit_BoolOp(self, node: gast.BoolOp) -> Value:
        is_and = isinstance(node.op, gast.And)
        first, residual = self.evaluate(node.values[0])
        truth = self.truth(first)
        if truth is not None:
            if truth is not is_and:
                return first, residual
            if len(node.values) == 1:
                return first, residual
            rest = (
                node.values[1]
                if len(node.values) == 2
                else self.memo(
                    ("rest", id(node)),
                    lambda: gast.copy_location(gast.BoolOp(node.op, node.values[1:]), node),
                )
            )
            return self.evaluate(rest)
        if len(node.values) == 1:
            return first, residual
        rest = (
            node.values[1]
            if len(node.values) == 2
            else self.memo(
                ("rest", id(node)),
                lambda: gast.copy_location(gast.BoolOp(node.op, node.values[1:]), node),
            )
        )
        second, other, steps = self.aside(lambda: self.evaluate(rest), (node.values[0], is_and))
        if not steps and not varied(first) and not varied(second):
            values = [
                residual,
                *(other.values if rest is not node.values[1] and isinstance(other, gast.BoolOp) else [other]),
            ]
            same = len(values) == len(node.values) and all(x is y for x, y in zip(values, node.values))
            whole = node if same else self.keep(gast.copy_location(gast.BoolOp(node.op, values), node))
            return self.session.joined(first, second, "bool", id(node)), whole
        target = self.temporary(node, "choice")
        self.emit(self.assign(target, residual, first, node))
        steps.append(self.assign(target, other, second, node))
        test: gast.expr = name_node(target, node)
        self.record(test, set_varied(first, False))
        if not is_and:
            test = self.keep(gast.copy_location(gast.UnaryOp(gast.Not(), test), node))
            self.record(test, BOOL)
        self.emit(core.If(node.lineno, test, steps, []))
        kind = self.session.joined(first, second, "bool", id(node), self.copies)
        self.env[target] = kind
        return kind, name_node(target, node)

    # Displays

    def visit_Tuple(self, node: gast.Tuple) -> Value:
        values = self.evaluate_all(node.elts)
        return self.display(values, node, node.elts)

    def display(
        self,
        values: list[Value],
        node: gast.expr,
        original: list[gast.expr] | None = None,
    ) -> Value:
        items = [residual for _, residual in values]
        same = (
            original is not None
            and isinstance(node, gast.Tuple)
            and all(x is y for x, y in zip(items, original))
            and len(items) == len(original)
        )
        residual = node if same else self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), node))
        return Tuple(tuple(kind for kind, _ in values)), residual

    def visit_List(self, node: gast.List) -> Value:
        values = self.evaluate_all(node.elts)
        if values is None:
            return self.opaque(node)
        return self.list_display(values, node, node.elts)

    def list_display(
        self,
        values: list[Value],
        node: gast.expr,
        original: list[gast.expr] | None = None,
    ) -> Value:
        items = [residual for _, residual in values]
        same = (
            isinstance(node, gast.List)
            and original is not None
            and len(items) == len(original)
            and all(x is y for x, y in zip(items, original))
        )
        residual = node if same else self.keep(gast.copy_location(gast.List(items, gast.Load()), node))
        fresh = ("display", id(node), self.copies) not in self.session._cells
        cell = self.session.cell("display", id(node), self.copies)
        if fresh:
            cell.items, cell.length = (
                [self.session.loosen(k) for k, _ in values],
                Size(None, len(values)),
            )
        else:
            for i, (kind, _) in enumerate(values):
                self.session.put_item(cell, kind, i)
        return List(cell), residual

    def visit_Dict(self, node: gast.Dict) -> Value:
        if None in node.keys:
            return self.dict_of_dicts(node)
        cell = self.session.cell("display", id(node), self.copies)
        keys, values = [], []  # type: ignore[var-annotated]
        for key, value in zip(node.keys, node.values):
            key_kind, key = self.evaluate(key)
            self.check_key(key_kind, node)
            kind, residual = self.evaluate_after(value, values)
            if isinstance(key_kind, Const):
                self.session.put_key(cell, key_kind.value, kind)
            else:
                self.session.put_item(cell, kind)
            keys.append(key)
            values.append(residual)
        same = all(x is y for x, y in zip([*keys, *values], [*node.keys, *node.values]))
        residual = node if same else self.keep(gast.copy_location(gast.Dict(keys, values), node))
        return Dict(cell), residual

    def dict_of_dicts(self, node: gast.Dict) -> Value:
        """`{**a, "k": v, **b}`"""
        dicts: list[Value] = []
        for key, group in itertools.groupby(zip(node.keys, node.values), key=lambda pair: pair[0] is None):
            pairs = list(group)
            if key:
                dicts += [self.evaluate_after(value, [r for _, r in dicts]) for _, value in pairs]
                continue
            shell = self.memo(
                ("display", id(node), id(pairs[0][1])),
                lambda p=pairs: gast.copy_location(gast.Dict([k for k, _ in p], [v for _, v in p]), node),
            )
            dicts.append(self.evaluate_after(shell, [r for _, r in dicts]))
        if not all(isinstance(kind, Dict) for kind, _ in dicts):
            raise CannotTell("`**` of something that is not a dict")
        return self.merge(dicts, node)

    def check_key(self, kind: Kind, node: gast.AST) -> None:
        if varied(kind):
            raise self.refusal(
                "E208", "a differentiable value as a key of a dict", node, "use a key that does not depend on it"
            )

    def visit_Set(self, node: gast.Set) -> Value:
        values = self.evaluate_all(node.elts)
        if any(varied(k) for k, _ in values):
            raise self.refusal("E208", "a differentiable value in a set", node, "use a list")
        same = len(values) == len(node.elts) and all(r is e for (_, r), e in zip(values, node.elts))
        display = node if same else self.keep(gast.copy_location(gast.Set([r for _, r in values]), node))
        return self.iterable_of([k for k, _ in values], "set", node), display

    def evaluate_all(self, nodes: list[gast.expr]) -> list[Value]:
        """Operands in order; `*s` is replaced by its members."""
        values: list[Value] = []
        for node in nodes:
            if isinstance(node, gast.Starred):
                kind, residual = self.evaluate_after(node.value, [v for _, v in values])
                values += self.members(kind, residual)
            else:
                values.append(self.evaluate_after(node, [v for _, v in values]))
        return values

    def evaluate_after(self, node: gast.expr, earlier: list[gast.expr]) -> Value:
        """Evaluate an operand; if that takes statements which may change what earlier operands read, refuse."""
        before = len(self.block)
        value = self.evaluate(node)
        if len(self.block) > before and earlier:
            self.check_order(self.block[before:], earlier, node)
        return value

    def members(self, kind: Kind, residual: gast.expr) -> list[Value]:
        """The members of a sequence of known length, one by one."""
        if isinstance(residual, (gast.Tuple, gast.List)) and isinstance(kind, (Tuple, List)):
            if not any(isinstance(e, gast.Starred) for e in residual.elts):
                kinds = list(kind.items) if isinstance(kind, Tuple) else kind.cell.items
                if kinds is not None and len(kinds) == len(residual.elts):
                    return list(zip(kinds, residual.elts))
        if isinstance(kind, Tuple):
            count = len(kind.items)
        elif isinstance(kind, List) and kind.cell.items is not None:
            count = len(kind.cell.items)
        elif isinstance(kind, Array) and kind.sizes and self.facts.canonical(kind.sizes[0]).symbol is None:
            count = self.facts.canonical(kind.sizes[0]).offset
        elif isinstance(kind, Dict) and has_known_keys(kind):
            return [(Const(key), constant_node(key, residual)) for key in kind.cell.keys]
        else:
            raise CannotTell("how many members this has")
        place = self.place(kind, residual, "items")
        values = []
        for i in range(count):
            index = constant_node(i, residual)
            part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), residual))
            values.append((self.record(part, self.element(kind, Const(i), part)), part))
            self.record(index, Const(i))
        return values

    # Places

    def place(self, kind: Kind, residual: gast.expr, base: str) -> gast.expr:
        """An expression that may be subscripted again: a name with subscripts and attributes, else a new name."""
        inner: gast.expr = residual
        while isinstance(inner, (gast.Subscript, gast.Attribute)) and id(inner) not in self.function.matches:
            inner = inner.value
        if isinstance(inner, gast.Name) and (inner.id in self.env or not varied(kind)):
            return residual
        if not varied(kind) and not isinstance(kind, (List, Dict, Object)):
            return residual
        return self.hoist(kind, residual, base)

    def visit_Subscript(self, node: gast.Subscript) -> Value:
        kind, base = self.evaluate(node.value)
        if isinstance(kind, Object):
            index_kind, index = self.evaluate(node.slice)
            return self.call_method(kind, base, "__getitem__", [(index_kind, index)], {}, node)
        index_kind, index = self.index(node.slice)
        if isinstance(kind, Tuple) and isinstance(index_kind, (Slice, Const)):
            part = self.part_of_tuple(kind, base, index_kind, node)
            if part is not None:
                return part
        if isinstance(kind, List) and isinstance(index_kind, Slice):
            return self.part_of_list(kind, base, index_kind, index, node)
        if varied(kind) or isinstance(kind, (List, Dict)):
            base = self.place(kind, base, "part")
        same = base is node.value and index is node.slice
        residual = node if same else self.keep(gast.copy_location(gast.Subscript(base, index, gast.Load()), node))
        self.at(node)
        return self.element(kind, index_kind, node), residual

    def index(self, node: gast.expr) -> Value:
        """An index: slices stay slices."""
        if isinstance(node, gast.Slice):
            parts = [
                self.evaluate(p) if p is not None else (Const(None), None) for p in (node.lower, node.upper, node.step)
            ]
            kind = Slice(*(k for k, _ in parts))
            same = all(r is p for (_, r), p in zip(parts, (node.lower, node.upper, node.step)))
            residual = node if same else self.keep(gast.copy_location(gast.Slice(*(r for _, r in parts)), node))
        elif isinstance(node, gast.Tuple):
            values = [self.index(e) for e in node.elts]
            kind = Tuple(tuple(k for k, _ in values))  # type: ignore[assignment]
            same = all(r is e for (_, r), e in zip(values, node.elts))
            residual = (
                node if same else self.keep(gast.copy_location(gast.Tuple([r for _, r in values], gast.Load()), node))
            )
        else:
            return self.evaluate(node)
        return self.record(residual, kind), residual

    def element(self, kind: Kind, index: Kind, node: gast.AST) -> Kind:
        """The kind of `base[index]`."""
        site = (id(node), self.copies)
        if isinstance(kind, Bottom):
            return kind
        if isinstance(kind, OneOf):
            found = []
            for option in kind.options:
                try:
                    found.append(self.element(option, index, node))
                except CannotTell:
                    continue
            if not found:
                raise CannotTell("a subscript of this")
            return join_all(found)
        if isinstance(kind, Tuple):
            if (
                isinstance(index, Const)
                and isinstance(index.value, int)
                and -len(kind.items) <= index.value < len(kind.items)
            ):
                return kind.items[index.value]
            if is_scalar(index) and kind.items:
                return self.session.told_apart(
                    self.session.loosen_all(join_all([widen(k) for k in kind.items])),
                    *site,
                )
            raise CannotTell("this index of a tuple")
        if isinstance(kind, List):
            items = kind.cell.items
            if (
                items is not None
                and isinstance(index, Const)
                and type(index.value) is int
                and -len(items) <= index.value < len(items)
            ):
                known = self.session.joined(items[index.value], kind.cell.item, "element", *site)
                return self.session.told_apart(known, *site)
            return self.one_of_many(kind.cell, site)
        if isinstance(kind, Dict):
            keys = kind.cell.keys
            if isinstance(index, Const) and index.value in keys:
                known = self.session.joined(keys[index.value], kind.cell.item, "element", *site)
                return self.session.told_apart(known, *site)
            return self.one_of_many(kind.cell, site)
        if isinstance(kind, Const) and isinstance(index, Const):
            try:
                value = kind.value[index.value]
            except Exception as error:
                raise CannotTell(str(error)) from error
            return Const(value)
        if isinstance(kind, Iterable):
            return self.session.told_apart(kind.item, *site) if is_scalar(index) else kind
        if isinstance(kind, (Unknown, Const)):
            return Text() if isinstance(kind, Text) else Unknown()
        self.infer.site = ("subscript", *site)
        return self.infer.subscript(kind, index)

    def one_of_many(self, cell: Cell, site: tuple[Any, ...]) -> Kind:
        members = cell.members()
        if len([k for k in members if not isinstance(k, Bottom)]) > 1:
            members = [self.session.loosen_all(widen(k)) for k in members]
        return self.session.told_apart(self.session.together(members), *site)

    def part_of_tuple(self, kind: Tuple, base: gast.expr, index: Kind, node: gast.Subscript) -> Value | None:
        if isinstance(index, Const):
            if isinstance(index.value, int) and isinstance(base, gast.Tuple) and len(base.elts) == len(kind.items):
                members = self.members(kind, base)
                if -len(members) <= index.value < len(members):
                    return members[index.value]
            return None
        parts = (index.lower, index.upper, index.step)  # type: ignore[attr-defined]
        if not all(isinstance(k, Const) for k in parts):
            raise CannotTell("a slice of a tuple with bounds that are not constant")
        members = self.members(kind, base)[slice(*(k.value for k in parts))]  # type: ignore[attr-defined]
        return self.display(members, node)

    def part_of_list(
        self,
        kind: List,
        base: gast.expr,
        index: Slice,
        residual: gast.expr,
        node: gast.Subscript,
    ) -> Value:
        parts = (index.lower, index.upper, index.step)
        if (
            kind.cell.items is not None
            and all(isinstance(k, Const) for k in parts)
            and isinstance(kind.cell.item, Bottom)
        ):
            members = self.members(kind, base)[slice(*(k.value for k in parts))]  # type: ignore[attr-defined]
            return self.list_display(members, node)
        if varied(kind):
            holes = {"a": (kind, base)}
            text = []
            for name, part, tree in zip("lus", parts, (residual.lower, residual.upper, residual.step)):  # type: ignore[attr-defined]
                if tree is None:
                    text.append("None")
                else:
                    holes[name] = (part, tree)  # type: ignore[assignment]
                    text.append(name)
            return self.template(
                node,
                f"t = []\nfor i in range(len(a))[slice({', '.join(text)})]: t.append(a[i])",
                "t",
                **holes,
            )
        whole = self.keep(gast.copy_location(gast.Subscript(base, residual, gast.Load()), node))
        cell = self.session.cell("part", id(node), self.copies)
        self.session.put_item(cell, kind.item)
        return List(cell), whole

    # Attributes

    def visit_Attribute(self, node: gast.Attribute) -> Value:
        kind, base = self.evaluate(node.value)
        return self.attribute(kind, base, node.attr, node)

    def attribute(self, kind: Kind, base: gast.expr, name: str, node: gast.expr) -> Value:
        if isinstance(kind, Object):
            return self.object_attribute(kind, base, name, node)
        if isinstance(kind, OneOf):
            objects = [k for k in kind.options if isinstance(k, Object)]
            if len(objects) == 1:
                return self.object_attribute(objects[0], base, name, node)
            numbers = [k for k in kind.options if is_number(k)]
            if len(numbers) == 1:
                return self.attribute(numbers[0], base, name, node)
        if isinstance(kind, Tuple) and kind.cls is not None:
            if name in kind.cls._fields:  # type: ignore[attr-defined]
                position = kind.cls._fields.index(name)  # type: ignore[attr-defined]
                index = self.keep(constant_node(position, node))
                self.record(index, Const(position))
                place = self.place(kind, base, "part")
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                return kind.items[position], part
            return self.object_attribute(kind, base, name, node)
        same = isinstance(node, gast.Attribute) and base is node.value
        residual = node if same else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        if isinstance(kind, Const):
            return self.constant_attribute(kind, base, name, residual, node)
        if is_number(kind):
            return self.number_attribute(kind, base, name, residual, node)
        if isinstance(kind, Bottom):
            return Bottom(), residual
        if isinstance(kind, Iterable) and name in ("start", "stop", "step"):
            return INT, residual
        if isinstance(kind, Unknown) or name == "__getitem__":
            return (kind if isinstance(kind, Text) else Unknown()), residual
        raise CannotTell(f"the attribute {name!r} of this")

    def number_attribute(
        self,
        kind: Kind,
        base: gast.expr,
        name: str,
        residual: gast.expr,
        node: gast.expr,
    ) -> Value:
        self.at(node)
        result = self.infer.attribute(kind, name)
        if result is None:
            if varied(kind):
                raise self.refusal(
                    "E204",
                    f"the attribute {name!r} of an array has no derivative rule",
                    node,
                )
            return Unknown(), residual
        if not varied(kind) or name in (
            "shape",
            "ndim",
            "size",
            "dtype",
            "nbytes",
            "itemsize",
        ):
            return set_varied(result, False), residual
        if varied(result):
            rewriting = registry.attribute_for(np.ndarray, name)
            if rewriting is None:
                raise self.refusal(
                    "E204",
                    f"the attribute {name!r} of an array has no derivative rule",
                    node,
                )
            self.match_method(
                residual,
                rewriting,
                (kind, base),
                [],
                {},
                node,
                f"the attribute {name!r}",
            )
        return result, residual

    def constant_attribute(
        self,
        kind: Const,
        base: gast.expr,
        name: str,
        residual: gast.expr,
        node: gast.expr,
    ) -> Value:
        value = kind.value
        try:
            found = getattr(value, name)
        except AttributeError as error:
            raise CannotTell(str(error)) from error
        if isinstance(found, (types.ModuleType, type)) or callable(found):
            return Const(found), residual
        if (
            isinstance(value, types.ModuleType)
            and isinstance(found, (int, float, complex))
            and value.__name__ in ("math", "numpy", "cmath")
        ):
            return Const(found), residual
        if isinstance(value, (types.ModuleType, type)):
            if isinstance(value, type) and isinstance(found, property):
                return Unknown(), residual
            path = f"{self.facts.name_value(value, getattr(value, '__name__', 'module').replace('.', '_'))}.{name}"
            return lift(self.session, found, path), residual
        if isinstance(found, (int, float, complex, str, bool, type(None), np.dtype)):
            return Const(found), residual
        return Unknown(), residual

    # Comprehensions

    def visit_ListComp(self, node: gast.ListComp) -> Value:
        return self.comprehension(node, "t = []", lambda t: f"{t}.append(v)")

    def visit_GeneratorExp(self, node: gast.GeneratorExp) -> Value:
        return self.comprehension(node, "t = []", lambda t: f"{t}.append(v)")

    def visit_SetComp(self, node: gast.SetComp) -> Value:
        shell = self.memo(
            ("members", id(node)), lambda: gast.copy_location(gast.ListComp(node.elt, node.generators), node)
        )
        statements, target = self.memo(("comprehension", id(shell)), lambda: self.comprehension_loop(shell))
        kind, residual, steps = self.aside(lambda: self.run_statements(statements, target, node))
        member = kind.item if isinstance(kind, List) else Bottom()
        if varied(member):
            raise self.refusal("E208", "a differentiable value in a set", node, "use a list")
        result = self.iterable_of([member], "set", node)
        if not self.has_calls(steps):
            for name in self.names_in(node):
                self.use_name(name)
            return result, self.renamed(node)
        for step in steps:
            self.emit(step)
        self.env[target] = kind
        call = self.memo(("set", id(node)), lambda: gast.copy_location(gast.Call(name_node("set", node), [], []), node))
        call.args = [residual]
        return result, call

    def visit_DictComp(self, node: gast.DictComp) -> Value:
        return self.comprehension(node, "t = {}", lambda t: f"{t}[k] = v")

    def comprehension(self, node: Any, start: str, add: Any) -> Value:
        """A comprehension becomes a loop if it is differentiated, or if it must be statements for another reason."""
        statements, target = self.memo(("comprehension", id(node)), lambda: self.comprehension_loop(node))
        kind, residual, steps = self.aside(lambda: self.run_statements(statements, target, node))
        if not varied(kind) and not self.has_calls(steps) and not isinstance(node, gast.GeneratorExp):
            for name in self.names_in(node):
                self.use_name(name)
            whole = self.renamed(node)
            if isinstance(kind, (List, Dict)) and not self.holds_functions(kind):
                return kind, whole
        for step in steps:
            self.emit(step)
        self.env[target] = kind
        return kind, residual

    def visit_Starred(self, node: gast.Starred) -> Value:
        raise self.refusal("E302", "a starred expression here", node)

    def visit_Slice(self, node: gast.Slice) -> Value:
        return self.index(node)

    def visit_NamedExpr(self, node: Any) -> Value:
        raise self.refusal(
            "E302",
            "an assignment expression in this position",
            node,
            "assign on a line of its own",
        )

    # Truth

    def truth(self, kind: Kind) -> bool | None:
        """What `bool(...)` gives, if it is known when generating."""
        if isinstance(kind, Const):
            try:
                return bool(kind.value)
            except Exception:
                return None
        if isinstance(kind, Closure):
            return True
        if isinstance(kind, Tuple) and kind.cls is None:
            return bool(kind.items)
        if isinstance(kind, Object) and not any(self.has_method(kind, n) for n in ("__bool__", "__len__")):
            return True
        return None


def depth(kind: Kind) -> int:
    """How many functions inside one another does a function value hold?"""
    if isinstance(kind, OneOf):
        return max(map(depth, kind.options))
    return 1 + max((depth(k) for _, k in kind.captured), default=0) if isinstance(kind, Closure) else 0


def is_numpy(kind: Kind) -> bool:
    """An array or a NumPy scalar, whose operators take lists for arrays."""
    return isinstance(kind, Array) or (isinstance(kind, Number) and not kind.weak)


OPERATOR_NODES: dict[str, Any] = {symbol: node for node, symbol in BINARY.items()}

__all__ = ["Expressions", "INT", "Number", "SrcgradError", "Value", "builtins"]
