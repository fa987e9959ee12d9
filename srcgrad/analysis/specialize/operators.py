"""What do operators, comparisons and tests give?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.asked import integers_in
from srcgrad.analysis.cannot_tell import CannotTell, UnknownOperand
from srcgrad.analysis.kinds import (
    BOOL,
    Array,
    Bottom,
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
    Word,
    has_known_keys,
    holds_text,
    is_container,
    is_inexact,
    is_number,
    is_scalar,
    is_text,
    join,
    options,
    rank,
    row_of,
    set_varied,
    varied,
)
from srcgrad.analysis.specialize.frame import Frame
from srcgrad.analysis.specialize.library import only_number
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.variants import holds_closure
from srcgrad.errors import SrcgradError
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.values import Value


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


def may_be_array(kind: Kind) -> bool:
    """Can a comparison with this give more than True or False?"""
    return any(isinstance(k, Array) or type(k) is Unknown for k in options(kind))


def is_numpy(kind: Kind) -> bool:
    """An array or a NumPy scalar, whose operators take lists for arrays."""
    return isinstance(kind, Array) or (isinstance(kind, Number) and not kind.weak)


OPERATOR_NODES: dict[str, Any] = {symbol: node for node, symbol in BINARY.items()}

SAY_WHAT_IT_IS = (
    "say what it is: float(...) round a number, np.array([float(t) for t in ...]) for a vector; or read it outside, "
    "and pass it as an argument"
)

def longer_row(left: Kind, right: Kind) -> Kind | None:
    """What `path + (v,)` gives, of a tuple of which it is not known how many members it has, or of texts."""
    if all(is_text(k) or isinstance(k, Word) for k in (left, right)):
        return Word()
    rows = row_of(left), row_of(right)
    return None if None in rows else row_of(OneOf((left, right)))


class Operators(Frame):
    """The visitors of operators."""

    def visit_BinOp(self, node: gast.BinOp) -> Value:
        first = [self.evaluate(node.left)]
        right, b = self.evaluate_next(node.right, first)
        left, a = first[0]
        op = BINARY[type(node.op)]
        return self.binary(op, left, a, right, b, node)

    def binary(self, op: str, left: Kind, a: gast.expr, right: Kind, b: gast.expr, node: gast.expr) -> Value:
        if isinstance(left, Bottom) or isinstance(right, Bottom):
            return Bottom(), node
        method = self.operator_method(op, left, a, right, b, node)
        if method is not None:
            return method
        (left, a), (right, b) = self.as_number((left, a)), self.as_number((right, b))
        if Const(None) in (left, right) and (is_number(left) or is_number(right)) and self.may_change(node, op):
            return Bottom(), node
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
        kind = self.operation(op, left, right, node)
        if op == "//":
            kind = set_varied(kind, False)
        if varied(kind) and isinstance(kind, OneOf) and any(is_container(k) for k in kind.options):
            raise CannotTell(f"{op} of values that may be numbers or containers")
        if varied(kind):
            if op not in ("+", "-", "*", "/"):
                self.match(
                    residual, registry.operator_rules(op), {}, [(left, a), (right, b)], node, f"the operator {op}"
                )
        return kind, residual

    def may_change(self, node: gast.AST, op: str) -> bool:
        """Is an operand None in the first pass over a loop's body only?  Else it is refused after the last one."""
        if self.deferred is None:
            return False
        self.deferred.append(self.refusal("E301", f"what this expression gives can't be told: {op} of None", node))
        return True

    def operation(self, op: str, left: Kind, right: Kind, node: gast.AST) -> Kind:
        """The kind of `left op right`; an operand of which that depends, and is not known, is named."""
        try:
            return self.infer.binary(op, left, right)
        except UnknownOperand as error:
            statement = self.statement
            if isinstance(statement, gast.AugAssign) and not any(n is node for n in nodes_in(statement.value)):
                ends = (statement.target, statement.value)
            elif isinstance(node, gast.BinOp):
                ends = (node.left, node.right)
            else:
                raise
            unknown = next(e for k, e in zip((left, right), ends) if any(isinstance(o, Unknown) for o in options(k)))
            raise CannotTell(f"the kind of `{tree.text(unknown)}` is not known", SAY_WHAT_IT_IS) from error

    def operator_method(
        self, op: str, left: Kind, a: gast.expr, right: Kind, b: gast.expr, node: gast.expr
    ) -> Value | None:
        """`a + b` where a or b is an object of a class that defines the operator."""
        name = METHODS.get(op)
        if name is None:
            return None
        for i, kind in enumerate((left, right)):
            if (
                isinstance(kind, OneOf)
                and any(isinstance(k, Object) for k in kind.options)
                and len(self.able(kind)) > 1
            ):
                other = (right, self.simple(right, b)) if i == 0 else (left, self.simple(left, a))

                def ask(option: Kind, place: gast.expr, way: Any, i: int = i, other: Value = other) -> Value:
                    pair = [(option, place), other] if i == 0 else [other, (option, place)]
                    return self.binary(op, *pair[0], *pair[1], way)

                return self.of_each(kind, (a, b)[i], node, ask)
        if self.is_data(left) or self.is_data(right):
            return self.data_operator(op, left, a, right, b, name, node)
        if self.has_method(left, f"__{name}__"):
            return self.call_method(left, a, f"__{name}__", [(right, b)], {}, node)
        reflected = REFLECTED.get(op, f"r{name}")
        if self.has_method(right, f"__{reflected}__"):
            return self.call_method(right, b, f"__{reflected}__", [(left, a)], {}, node)
        return None

    def sequence_operator(
        self, op: str, left: Kind, a: gast.expr, right: Kind, b: gast.expr, node: gast.expr
    ) -> Value | None:
        """`s + t` and `s * n` of lists and tuples."""
        if op == "*" and isinstance(right, (List, Tuple)):
            left, a, right, b = right, b, left, a
        if op == "+" and isinstance(left, Tuple) and isinstance(right, Tuple):
            return self.display([*self.members(left, a), *self.members(right, b)], node)
        if op == "*" and isinstance(left, Tuple) and isinstance(right, Const) and isinstance(right.value, int):
            return self.display(self.members(left, a) * right.value, node)
        if op == "+" and (row := longer_row(left, right)) is not None:
            return row, self.rebuilt(node, a, op, b)
        if not isinstance(left, List):
            return None
        if op == "+" and isinstance(right, List):
            if left.cell.items is not None and right.cell.items is not None and a is not b:
                members = [*self.members(left, a), *self.members(right, b)]
                if len(members) <= 16 and isinstance(left.cell.item, Bottom) and isinstance(right.cell.item, Bottom):
                    return self.list_display(members, node)
            if varied(left) or varied(right):
                return self.template(
                    node, "t = []\nfor v in a: t.append(v)\nfor v in b: t.append(v)", "t", a=(left, a), b=(right, b)
                )
            return self.plain_list([left, right], self.rebuilt(node, a, "+", b)), self.rebuilt(node, a, "+", b)
        if op == "*" and is_scalar(right) and not is_inexact(right):
            if varied(left):
                return self.template(
                    node, "t = []\nfor k in range(n):\n    for v in a: t.append(v)", "t", a=(left, a), n=(right, b)
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
        if op in "-+~":
            name = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}[op]
            if self.has_method(kind, name):
                return self.call_method(kind, operand, name, [], {}, node)
        residual = (
            node if operand is node.operand else self.keep(gast.copy_location(gast.UnaryOp(node.op, operand), node))
        )
        if op == "not":
            truth = self.truth(kind)
            return (self.infer.unary(op, kind) if truth is None else Const(not truth)), residual
        self.at(node)
        result = self.infer.unary(op, kind)
        if varied(result) and op != "-":
            self.match(
                residual, registry.operator_rules(f"unary {op}"), {}, [(kind, operand)], node, f"the operator {op}"
            )
        return result, residual

    def visit_Compare(self, node: gast.Compare) -> Value:
        if self.asks_for_attribute(node):
            return BOOL, self.renamed(node)
        values = self.evaluate_all([node.left, *node.comparators])
        if all(isinstance(op, (gast.Lt, gast.LtE, gast.Gt, gast.GtE)) for op in node.ops):
            values = [self.as_number(v) for v in values]  # of None an error is raised
        kinds, residuals = [k for k, _ in values], [r for _, r in values]
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
        if any(map(holds_closure, kinds)):
            raise self.function_compared(node)
        results = [self.compare_kinds(type(op), a, b) for op, a, b in zip(node.ops, kinds, kinds[1:])]
        if all(isinstance(k, Const) for k in results):
            return Const(all(k.value for k in results)), residual  # type: ignore[attr-defined]
        return (Unknown() if Unknown() in results else BOOL), residual

    def asks_for_attribute(self, node: gast.Compare) -> bool:
        """`"name" in vars(x)`: what x holds is not read."""
        asked = node.comparators[0]
        if not isinstance(node.ops[0], (gast.In, gast.NotIn)) or not isinstance(node.left, gast.Constant):
            return False
        named = isinstance(asked, gast.Call) and isinstance(asked.func, gast.Name) and asked.func.id == "vars"
        if not named or self.use_name("vars")[0] != Const(vars) or not isinstance(asked.args[0], gast.Name):
            return False
        self.check_own(self.use_name(asked.args[0].id)[0], node, node.left.value)
        return True

    def compare(self, node: gast.Compare, a: Kind, b: Kind) -> Kind:
        self.at(node)
        self.check_compared(node, a, b)
        return self.compare_kinds(type(node.ops[0]), a, b)

    def check_compared(self, node: gast.Compare, a: Kind, b: Kind) -> None:
        """Two functions made here are tuples in generated code, which may be equal where the functions are not."""
        if isinstance(node.ops[0], (gast.In, gast.NotIn)) and isinstance(b, Dict):
            return
        if any(holds_closure(x) and not self.equals_no_function(y) for x, y in ((a, b), (b, a))):
            raise self.function_compared(node)

    def function_compared(self, node: gast.AST) -> SrcgradError:
        return self.refusal(
            "E304", "a function made inside the program is compared", node, "compare with None, or keep a name of it"
        )

    def equals_no_function(self, kind: Kind) -> bool:
        """Does no function made here, and no tuple that stands for one, equal this?"""
        return isinstance(kind, (Const, Number, Array, Object, Bottom)) and not (
            isinstance(kind, Const) and isinstance(kind.value, tuple)
        )

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
        for x, y in ((a, only_number(b)), (b, only_number(a))):
            if isinstance(x, Array) and is_scalar(y):  # beside an array, a number and None give arrays of one shape
                a, b = x, y
        if is_number(a) and is_number(b):
            return set_varied(self.infer.binary(op, a, b), False)
        if op in ("==", "!=") and self.disjoint(a, b):
            return Const(op == "!=")
        return Unknown() if any(may_be_array(k) for k in (a, b)) else BOOL

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
            if isinstance(x, Const) and isinstance(x.value, bool) and isinstance(y, (Array, List, Tuple, Object)):
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
        if isinstance(member, Const) and isinstance(container, Dict) and container.cell.read is None:
            # a key that is put nowhere in the program is never there; one of those from the beginning, always
            if isinstance(container.cell.item, Bottom) and member.value not in container.cell.keys:
                return False
            if has_known_keys(container):
                return True
        if isinstance(member, Const) and isinstance(container, Const):
            try:
                return member.value in container.value
            except TypeError:
                return None
        return None

    def visit_IfExp(self, node: gast.IfExp) -> Value:
        test_kind, test = self.evaluate(node.test)
        truth = self.truth(test_kind)
        if truth is not None:
            return self.evaluate(node.body if truth else node.orelse)
        (first, a, before), (second, b, other) = (
            self.aside(lambda: self.evaluate(node.body), (node.test, True)),
            self.aside(lambda: self.evaluate(node.orelse), (node.test, False)),
        )
        if self.is_asked_for(test_kind, [(first, second)]):
            return self.visit_IfExp(node)
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
                    ("rest", id(node)), lambda: gast.copy_location(gast.BoolOp(node.op, node.values[1:]), node)
                )
            )
            return self.evaluate(rest)
        if len(node.values) == 1:
            return first, residual
        rest = (
            node.values[1]
            if len(node.values) == 2
            else self.memo(("rest", id(node)), lambda: gast.copy_location(gast.BoolOp(node.op, node.values[1:]), node))
        )
        second, other, steps = self.aside(lambda: self.evaluate(rest), (node.values[0], is_and))
        if not steps and not varied(first) and not varied(second):
            values = [
                residual,
                *(other.values if rest is not node.values[1] and isinstance(other, gast.BoolOp) else [other]),
            ]
            same = len(values) == len(node.values) and all(x is y for x, y in zip(values, node.values))
            whole = node if same else self.keep(gast.copy_location(gast.BoolOp(node.op, values), node))
            known = self.infer.logical("and" if is_and else "or", first, second)
            return known or self.session.joined(first, second, "bool", id(node)), whole
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

    def is_asked_for(self, test: Kind, kinds: list[tuple[Kind, Kind]]) -> bool:
        """May the arguments be asked which branch is taken, since the number of axes of a value hangs on it?"""
        numbers = [(a, b) for a, b in kinds if is_number(a) and is_number(b) and None not in (rank(a), rank(b))]
        return any(rank(join(a, b)) is None for a, b in numbers) and self.infer.ask_for(integers_in([test], "b"))

    def truth(self, kind: Kind) -> bool | None:
        """What `bool(...)` gives, if it is known when generating."""
        if isinstance(kind, Const):
            try:
                return bool(kind.value)
            except Exception:
                return None
        if isinstance(kind, Closure):
            return True
        if isinstance(kind, OneOf):
            for option in kind.options:
                if isinstance(option, Closure):
                    self.session.tag(option.definition)  # an empty tuple would be false
            answers = {self.truth(k) for k in kind.options}
            return answers.pop() if len(answers) == 1 else None
        if isinstance(kind, Number) and kind.dtype.kind == "b" and kind.size is not None:
            asked = self.facts.canonical(kind.size)
            return bool(asked.offset) if asked.symbol is None else None
        if isinstance(kind, Tuple) and kind.cls is None:
            return bool(kind.items)
        if isinstance(kind, Object) and not any(self.has_method(kind, n) for n in ("__bool__", "__len__")):
            return True
        return None
