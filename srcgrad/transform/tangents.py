"""How does a tangent come up an expression?  The user's tree is read again, with tangents in the places of values."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Const,
    Dict,
    Kind,
    List,
    Object,
    Tuple,
    Unknown,
    dtype_of,
    is_container,
    is_memory,
    is_number,
    is_scalar,
    varied,
)
from srcgrad.analysis.twins import Twins
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry
from srcgrad.rules.objects import resolve
from srcgrad.rules.texts import RuleError, names_in, path_of
from srcgrad.transform.product import (
    Factor,
    Term,
    number,
    product,
    signed_sum,
    simplified,
    split_product,
    split_sign,
)
from srcgrad.transform.program import Program
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.template import fill

Parts = list[tuple[int, gast.expr]]  # a sum: sign and product
BY_LAYOUT = (np.reshape, np.ravel, np.asarray, np.asanyarray)
VIEWS = {f.__name__: f for f in (np.reshape, np.ravel, np.transpose, np.swapaxes, np.squeeze, np.diagonal)} | {
    f.__name__: f for f in (np.asarray, np.expand_dims, np.moveaxis, np.atleast_1d, np.atleast_2d)
}
ALLOCATIONS = (np.zeros, np.ones, np.empty)


class Tangents:
    """Tangents of the expressions of one function."""

    def __init__(self, program: Program, twins: Twins, function: core.Function) -> None:
        self.program, self.twins, self.function = program, twins, function
        self.dots: dict[str, str] = {}
        self.names_of: dict[str, str] = {}  # x_dot -> x
        self.begin(0, "result", {})

    def begin(self, lineno: int, base: str, results: dict[int, list[str]]) -> None:
        """A new step; `results`: expressions whose values have names when the tangent is computed."""
        self.lineno, self.base, self.results = lineno, base, results
        self.result_nodes: set[int] = set()
        self.before: list[gast.stmt] = []  # lines that the tangent reads, next to it

    def kind(self, node: Any) -> Kind:
        kind = self.program.kinds.of(node)
        if isinstance(kind, Unknown) and isinstance(node, gast.Name):
            return self.program.kind_of_name(node.id) if node.id in self.program.definitions else kind
        return kind

    def record(self, node: Any, kind: Kind) -> Any:
        return self.program.kinds.record(node, kind)

    def refuse(self, code: str, message: str, advice: str = "") -> Refusal:
        return Refusal(code, message, self.lineno, advice)

    # Names

    def dot(self, name: str) -> str:
        if name not in self.dots:
            self.dots[name] = self.program.names.fresh(names.dot(name))
            self.names_of[self.dots[name]] = name
        return self.dots[name]

    def has_tangent(self, name: str | None) -> bool:
        return name is not None and self.twins.has_tangent(self.function, name)

    def dot_of(self, node: gast.Name) -> gast.Name:
        kind = self.kind(node)
        return self.record(tree.name(self.dot(node.id)), kind)

    def dot_place(self, place: gast.expr) -> gast.expr:
        """`x_dot[i].a` for `x[i].a`."""
        if isinstance(place, gast.Name):
            return self.dot_of(place)
        inner = self.dot_place(place.value)  # type: ignore[attr-defined]
        if isinstance(place, gast.Subscript):
            result: gast.expr = tree.subscript(inner, place.slice)
        else:
            result = tree.attribute(inner, place.attr)  # type: ignore[attr-defined]
        return self.record(result, self.kind(place))

    # Does it vary?

    def is_active(self, node: gast.expr) -> bool:
        kind = self.kind(node)
        if varied(kind):
            return True
        return is_memory(kind) and self.shares_tangent(node)

    def shares_tangent(self, node: gast.expr) -> bool:
        """Is the value part of memory that has a tangent, and into which varied values are stored?"""
        behind = self.twins.names_behind(self.function, node)
        held = [n for n in behind if self.has_tangent(n)]
        return bool(held) and self.twins.must_share(self.function, held)

    # Up the tree

    def parts(self, node: gast.expr) -> Parts:
        """The tangent as a sum of signed terms; nothing if it is zero."""
        if not self.is_active(node):
            return []
        match = self.function.matches.get(id(node))
        if match is not None:
            return self.by_rule(node, match)
        if self.is_place(node):
            root = tree.root(node)
            if not self.has_tangent(root):
                raise self.refuse("E301", f"the tangent of `{tree.text(node)}` is lost")
            return [(1, self.dot_place(node))]
        if isinstance(node, gast.Subscript):
            inner = self.bound(node.value)
            part = self.record(tree.subscript(inner, node.slice), self.kind(node))
            return [(1, part)]
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, (gast.USub, gast.UAdd)):
            sign = -1 if isinstance(node.op, gast.USub) else 1
            return [(sign * s, e) for s, e in self.numeric(node.operand)]
        if isinstance(node, gast.BinOp) and is_number(self.kind(node)):
            if isinstance(node.op, (gast.Add, gast.Sub)):
                sign = 1 if isinstance(node.op, gast.Add) else -1
                right = [(sign * s, e) for s, e in self.numeric(node.right)]
                return [*self.numeric(node.left), *right]
            if isinstance(node.op, (gast.Mult, gast.Div)):
                return self.chain(node)
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return [(1, self.display(node))]
        if isinstance(node, gast.IfExp):
            branches = [self.bound(node.body), self.bound(node.orelse)]
            made = gast.IfExp(node.test, *branches)
            return [(1, self.record(made, self.kind(node)))]
        if isinstance(node, gast.Call) and not varied(self.kind(node)):
            return [(1, self.view(node))]
        raise self.refuse("E201", f"no derivative is known for `{tree.text(node)}`")

    def view(self, node: gast.Call) -> gast.expr:
        """`a_dot.reshape(2, 3)` for a view of memory that does not vary yet."""
        made: gast.expr | None = None
        function = self.kind(node.func)
        if isinstance(function, Const) and node.args:
            if any(function.value is f for f in VIEWS.values()):
                args = [self.bound(node.args[0]), *node.args[1:]]
                made = gast.Call(node.func, args, node.keywords)
        elif isinstance(node.func, gast.Attribute) and node.func.attr in VIEWS:
            if isinstance(self.kind(node.func.value), Array):
                inner = tree.attribute(self.bound(node.func.value), node.func.attr)
                made = gast.Call(inner, node.args, node.keywords)
        if made is None:
            raise self.refuse("E403", f"what `{tree.text(node)}` refers to is not known")
        return self.record(made, self.kind(node))

    def numeric(self, node: gast.expr) -> Parts:
        """The tangent of an operand of arithmetic: of a list too, as an array."""
        parts = self.parts(node)
        if parts and is_container(self.kind(node)):
            return [(s, self.program.numpy("array", e)) for s, e in parts]
        return parts

    def is_place(self, node: gast.expr) -> bool:
        matches = self.function.matches
        while isinstance(node, (gast.Subscript, gast.Attribute)):
            if id(node) in matches:
                return False
            node = node.value
        return isinstance(node, gast.Name)

    def total(self, parts: Parts) -> gast.expr:
        """`b - a` rather than `-a + b`."""
        if parts[0][0] < 0:
            at = next((i for i, (sign, _) in enumerate(parts) if sign > 0), 0)
            parts = [parts[at], *parts[:at], *parts[at + 1 :]]
        return signed_sum(parts)

    # Products

    def chain(self, node: gast.BinOp) -> Parts:
        """A product of any length: each factor that varies is replaced by its tangent, in its place."""
        factors = self.factors(node)
        found: Parts = []
        for i, (op, factor) in enumerate(factors):
            if not self.is_active(factor):
                continue
            parts = self.numeric(factor)
            if not parts:
                continue
            sign, value = split_sign(self.total(parts))
            others = factors[:i] + factors[i + 1 :]
            if op == "*":
                base, inner = split_product(value)
                if isinstance(base, gast.BinOp):
                    base, inner = value, []
                whole = [*factors[:i], ("*", base), *inner, *factors[i + 1 :]]
            elif id(node) in self.results:
                sign = -sign
                result = self.result(node)
                whole = [*self.as_factors(value), ("*", result), ("/", factor)]
            else:
                sign = -sign
                square = tree.binary(factor, "**", tree.constant(2))
                others = [f for f in others if number(f[1]) != 1 or f[0] == "/"]
                split = [f for f in others if f[0] == "*"]
                rest = [f for f in others if f[0] == "/"]
                whole = [*self.as_factors(value), *split, *rest, ("/", square)]
            found.append((sign, self.multiplied(whole)))
        return found

    def as_factors(self, value: gast.expr) -> list[Factor]:
        base, inner = split_product(value)
        return [("*", base), *inner]

    def factors(self, node: gast.expr) -> list[Factor]:
        """The factors along the left spine, in the user's order."""
        found: list[Factor] = []
        while (
            isinstance(node, gast.BinOp)
            and isinstance(node.op, (gast.Mult, gast.Div))
            and id(node) not in self.function.matches
        ):
            symbol = "*" if isinstance(node.op, gast.Mult) else "/"
            found.append((symbol, node.right))
            node = node.left
        return [("*", node), *found[::-1]]

    def multiplied(self, factors: list[Factor]) -> gast.expr:
        """The product, without literals whose product is one."""
        kept = simplified(factors)
        if not any(op == "*" for op, _ in kept):
            kept = [("*", tree.constant(1)), *kept]
        first = next(i for i, (op, _) in enumerate(kept) if op == "*")
        result = kept[first][1]
        for op, factor in [*kept[:first], *kept[first + 1 :]]:
            result = tree.binary(result, op, factor)
        return result

    # Rules

    def by_rule(self, node: gast.expr, match: core.Match) -> Parts:
        rule = match.rule
        if isinstance(rule.target, type) and issubclass(rule.target, tuple):
            members = [self.bound(match.operands[p.name]) for p in rule.parameters]
            return [(1, tree.call(node.func, *members))]  # type: ignore[attr-defined]
        if rule.elementwise and rule.partials:
            return self.by_partials(node, match)
        values = self.by_text(node, match)
        if len(values) == 1:
            return summands(values[0])
        return [(1, self.record(tree.display(values), self.kind(node)))]

    def active_operands(self, match: core.Match) -> list[str]:
        operands = match.operands
        return [p for p in match.rule.operands if p in operands and self.is_active(operands[p])]

    def by_partials(self, node: gast.expr, match: core.Match) -> Parts:
        rule = match.rule
        found: Parts = []
        for operand in self.active_operands(match):
            partial = rule.partials.get(operand)
            if partial is None:
                raise self.refuse(
                    "E201",
                    f"`{tree.text(node)}` has no derivative with respect to {operand}",
                )
            parts = self.numeric(match.operands[operand])
            if not parts:
                continue
            filled = self.filled(partial, self.mapping(node, match, [partial]))
            if number(filled) == 0:
                continue
            sign, filled = split_sign(filled)
            base, rest = split_product(filled)
            inner, value = split_sign(self.total(parts))
            first, own = split_product(value)
            term = Term(1, first, self.kind(node), own).times([("*", base), *rest])
            found.append((sign * inner * term.sign, product(term)))
        return found

    def by_text(self, node: gast.expr, match: core.Match) -> list[gast.expr]:
        """The tangents of a rule's outputs."""
        rule = match.rule
        try:
            statements = rule.tangent_of(self.active_operands(match))
        except RuleError as error:
            raise self.refuse("E201", str(error)) from None
        mapping = self.mapping(node, match, statements)
        for operand in self.active_operands(match):
            self.put_tangent(operand, match.operands[operand], statements, mapping)
        defaults = {id(p.default) for p in rule.parameters if p.default is not None}
        dots = [names.dot(output) for output in rule.outputs]
        found: dict[str, gast.expr] = {}
        for statement in statements:
            target = statement.targets[0].id  # type: ignore[attr-defined]
            value = self.filled(statement.value, mapping)  # type: ignore[attr-defined]
            value = self.without_defaults(value, rule.target, defaults)
            if target in dots:
                found[target] = value
                if self.is_read_later(target, statement, statements):
                    mapping[target] = self.named(target, value)
                    found[target] = mapping[target]
            else:
                mapping[target] = self.named(target, value)
        values = []
        for i, dot in enumerate(dots):
            if dot not in found:
                found[dot] = self.zero_output(node, i, len(dots))
            values.append(found[dot])
        return values

    def is_read_later(self, name: str, statement: gast.stmt, all_: list[gast.stmt]) -> bool:
        later = all_[all_.index(statement) + 1 :]
        return any(name in names_in(s.value) for s in later)  # type: ignore[attr-defined]

    def zero_output(self, node: gast.expr, position: int, count: int) -> gast.expr:
        if count == 1:
            return self.zero(node)
        kind = self.kind(node)
        assert isinstance(kind, Tuple), "a rule with several outputs gives a tuple"
        part = tree.subscript(node, tree.constant(position))
        return self.zero(self.record(part, kind.items[position]))

    def put_tangent(
        self,
        operand: str,
        value: gast.expr,
        statements: list[gast.stmt],
        mapping: dict[str, gast.expr],
    ) -> None:
        """`x_dot` in a rule's text is the tangent in the operand's full shape; named if it is read twice."""
        dot = names.dot(operand)
        uses = sum(
            isinstance(n, gast.Name) and n.id == dot
            for s in statements
            for n in nodes_in(s.value)  # type: ignore[attr-defined]
        )
        if not uses:
            return
        tangent = self.with_zeros(self.bound(value, copied=False), value)
        if uses > 1 and not tree.is_place(tangent):
            tangent = self.named(names.dot(names.term(self.base)), tangent)
        mapping[dot] = tangent

    def with_zeros(self, tangent: gast.expr, value: gast.expr) -> gast.expr:
        """A rule joins the members of a list: those that are not floats have zeros for tangents."""
        if not isinstance(tangent, (gast.List, gast.Tuple)) or not isinstance(value, (gast.List, gast.Tuple)):
            return tangent
        for i, (part, member) in enumerate(zip(tangent.elts, value.elts)):
            if isinstance(part, gast.Constant) and part.value is None:
                tangent.elts[i] = self.program.numpy("zeros", self.ask(member, "shape"))
        return tangent

    def named(self, base: str, value: gast.expr) -> gast.expr:
        name = self.program.placeholder(base)
        self.before.append(tree.assign(name, value))
        return self.record(tree.name(name), self.kind(value))

    def mapping(self, node: gast.expr, match: core.Match, text: Any) -> dict[str, gast.expr]:
        """What stands for the names in a rule's text: operands, and the result."""
        used = {n.id for part in text for n in nodes_in(part) if isinstance(n, gast.Name)}
        found = dict(match.operands)
        outputs = match.rule.outputs
        for i, output in enumerate(outputs):
            if output in used and output not in match.operands:
                found[output] = self.result(node, i if len(outputs) > 1 else None)
        return found

    def result(self, node: gast.expr, position: int | None = None) -> gast.expr:
        """What stands for the value of an expression: the name it has, else the expression once more."""
        held = self.results.get(id(node))
        kind = self.kind(node)
        part = kind
        if position is not None:
            assert isinstance(kind, Tuple), "a rule with several outputs gives a tuple"
            part = kind.items[position]
        if held is None or (position is not None and len(held) == 1):
            whole = node
            if held is not None:
                whole = self.record(tree.name(held[0]), kind)
                self.result_nodes.add(id(whole))
            if position is None:
                return whole
            return self.record(tree.subscript(whole, tree.constant(position)), part)
        name = self.record(tree.name(held[position or 0]), part)
        self.result_nodes.add(id(name))
        return name

    def filled(self, text: Any, mapping: dict[str, gast.expr]) -> Any:
        return fill(text, mapping, self.ask, self.program.modules)

    def without_defaults(self, value: gast.expr, target: Any, defaults: set[int]) -> gast.expr:
        """`np.array(x_dot, None)` -> `np.array(x_dot)`: arguments that the user left out stay out."""
        if not isinstance(value, gast.Call):
            return value
        path = path_of(value.func)
        try:
            if not path or resolve(path) is not target:
                return value
        except RuleError:
            return value
        keywords = [k for k in value.keywords if id(k.value) not in defaults]
        args = list(value.args)
        while args and id(args[-1]) in defaults:
            args.pop()
        return gast.Call(value.func, args, keywords)

    # Shapes

    def ask(self, node: gast.expr, attr: str) -> gast.expr:
        """The shape, size, ... of an expression."""
        program, kind = self.program, self.kind(node)
        if attr == "dtype":
            dtype = dtype_of(kind)
            if dtype is not None:
                return tree.attribute(program.np, dtype.name)
            return tree.attribute(node, attr)
        sizes = program.sizes(kind)
        if sizes is not None and attr == "ndim":
            return tree.constant(len(sizes))
        if sizes == ():
            return tree.constant(1) if attr == "size" else tree.display([])
        if tree.is_place(node) and isinstance(kind, Array) and sizes is not None:
            return tree.attribute(node, attr)
        if sizes is not None and not any(s.symbol == "*" for s in sizes):
            for inner in tree.name_nodes(node):
                other = self.kind(inner)
                if isinstance(other, Array) and program.sizes(other) == sizes:
                    return tree.attribute(inner, attr)
        return program.numpy(attr, node)

    def same_sizes(self, a: gast.expr, b: gast.expr) -> bool:
        x, y = (self.program.sizes(self.kind(e)) for e in (a, b))
        return x is not None and x == y and not any(s.symbol == "*" for s in x)

    def is_small(self, node: gast.expr, value: gast.expr | None = None) -> bool:
        """May the tangent have a smaller shape than the value, because it was not broadcast?"""
        kind = self.kind(node)
        if is_scalar(kind) or not is_number(kind):
            return False
        if value is not None and self.same_sizes(node, value):
            return False
        match = self.function.matches.get(id(node))
        if match is not None:
            return self.is_small_by_rule(node, match)
        if isinstance(node, gast.UnaryOp):
            return self.is_small(node.operand)
        if isinstance(node, gast.BinOp):
            operands = [node.left, node.right]
            active = [o for o in operands if self.is_active(o)]
            if isinstance(node.op, (gast.Add, gast.Sub)):
                if any(self.is_small(o) for o in active):
                    return True
                missing = [o for o in operands if o not in active]
                return not all(is_scalar(self.kind(o)) or self.same_sizes(active[0], node) for o in missing)
            factors = [f for _, f in self.factors(node) if self.is_active(f)]
            return len(factors) == 1 and self.is_small(factors[0])
        return False

    def is_small_by_rule(self, node: gast.expr, match: core.Match) -> bool:
        rule = match.rule
        if not (rule.elementwise and rule.partials):
            return False
        active = self.active_operands(match)
        if any(self.is_small(match.operands[p]) for p in active):
            return True
        mentioned: set[str] = set()
        for operand in active:
            mentioned |= names_in(rule.partials[operand])
        if mentioned & set(rule.outputs):
            return False
        rest = [
            e for p, e in match.operands.items() if p not in active and p not in mentioned and is_number(self.kind(e))
        ]
        full = [match.operands[p] for p in active]
        return not all(is_scalar(self.kind(e)) or any(self.same_sizes(f, node) for f in full) for e in rest)

    # Values to be kept

    def bound(
        self,
        node: gast.expr,
        target: gast.Name | None = None,
        holder: str | None = None,
        copied: bool = True,
    ) -> gast.expr:
        """The tangent as a value of its own: in full shape and precision, sharing memory only where the value does.

        target: the name that the value is bound to, if it may be asked for its shape.  holder: what it is put into.
        copied: the tangent is kept; else only read.
        """
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return self.display(node, holder)
        if not self.is_active(node) or is_new_object(node):
            if copied and self.is_place(node) and is_memory(self.kind(node)):
                if self.has_tangent(tree.root(node)) and self.is_held(node):
                    return self.dot_place(node)
            return self.zero(node, target)
        parts = self.parts(node)
        if not parts:
            return self.zero(node, target)
        value = self.total(parts)
        kind = self.kind(node)
        if self.is_small(node, value):
            return self.record(self.grown(node, value, target, copied), kind)
        if copied and isinstance(kind, Array) and kind.sizes != ():
            value = self.owned(node, self.converted(value, kind), target, holder)
        if not isinstance(self.kind(value), (Array,)) and not is_number(self.kind(value)):
            self.record(value, kind)
        return value

    def is_held(self, place: gast.expr) -> bool:
        """Does the twin of a place that does not vary exist?"""
        while isinstance(place, (gast.Subscript, gast.Attribute)):
            place = place.value
            if is_container(self.kind(place)) and not varied(self.kind(place)):
                return False
        return True

    def grown(
        self,
        node: gast.expr,
        value: gast.expr,
        target: gast.Name | None,
        copied: bool,
    ) -> gast.expr:
        """The tangent in the shape of the value."""
        program = self.program
        if target is not None:
            return program.numpy("full_like", self.result_name(target), value)
        shape = self.ask(node, "shape")
        if not copied:
            return program.numpy("broadcast_to", value, shape)
        dtype = dtype_of(self.kind(node))
        extra = []
        if dtype is not None and dtype.name != "float64":
            extra = [tree.attribute(program.np, dtype.name)]
        return program.numpy("full", shape, value, *extra)

    def result_name(self, target: gast.Name) -> gast.Name:
        node = self.record(tree.name(target.id), self.kind(target))
        self.result_nodes.add(id(node))
        return node

    def converted(self, value: gast.expr, kind: Array) -> gast.expr:
        """The tangent in the dtype of the value."""
        found = self.kind(value)
        if isinstance(found, Array) and found.dtype != kind.dtype:
            dtype = tree.attribute(self.program.np, np.dtype(kind.dtype).name)
            if found.dtype.kind == "c" and kind.dtype.kind == "f":
                value = tree.attribute(value, "real")
            return self.record(tree.method(value, "astype", dtype), kind)
        return value

    def owned(
        self,
        node: gast.expr,
        value: gast.expr,
        target: gast.Name | None,
        holder: str | None,
    ) -> gast.expr:
        """A copy, if the value has memory of its own, the tangent has not, and it is stored into."""
        shown = {self.names_of[n] for n in tree.names_read(value) if n in self.names_of}
        behind = self.twins.names_behind(self.function, node)
        involved = shown | behind | {n for n in (holder,) if n}
        involved |= {target.id} if target is not None else set()
        if not self.twins.is_stored(self.function, involved):
            return value
        if behind:
            self.check_view(node)
            return value
        if self.twins.layout_matters(self.function, involved):
            return self.laid_out(node, value, target)
        if self.may_share(value):
            return self.record(tree.method(value, "copy"), self.kind(node))
        return value

    def laid_out(self, node: gast.expr, value: gast.expr, target: gast.Name | None) -> gast.expr:
        """The tangent in memory that lies as the value's does."""
        if target is None:
            raise self.refuse(
                "E401",
                f"how `{tree.text(node)}` lies in memory decides what is a view of it",
                "give it a new name of its own",
            )
        made = self.program.numpy("full_like", self.result_name(target), value)
        return self.record(made, self.kind(node))

    def may_share(self, value: gast.expr) -> bool:
        """May a generated expression be a view of a tangent?"""
        if isinstance(value, gast.Name):
            return True
        if isinstance(value, (gast.Subscript, gast.Attribute)):
            return self.may_share(value.value)
        if isinstance(value, gast.IfExp):
            return self.may_share(value.body) or self.may_share(value.orelse)
        if not isinstance(value, gast.Call):
            return False
        path = path_of(value.func)
        if not path and isinstance(value.func, gast.Attribute):
            return value.func.attr not in ("copy", "astype")
        base = {v: k for k, v in self.program.modules.items()}
        first, _, rest = path.partition(".")
        path = f"{base.get(first, first)}.{rest}" if rest else first
        try:
            found = resolve(path)
        except RuleError:
            return isinstance(value.func, gast.Attribute) and value.func.attr not in (
                "copy",
                "astype",
            )
        rules = registry.rules_for(found)
        return rules is None or any(r.shares for r in rules)

    def check_view(self, node: gast.expr) -> None:
        """Is the tangent a view where the value is?  A rule that says perhaps must ask the same function."""
        for inner in nodes_in(node):
            match = self.function.matches.get(id(inner))
            if match is None or not (match.rule.shares or "").endswith("?"):
                continue
            if not any(match.rule.target is f for f in BY_LAYOUT):
                raise self.refuse(
                    "E401",
                    f"whether `{tree.text(inner)}` is a copy can't be told, and it is stored into",
                    "take a copy first",
                )

    # Displays and zeros

    def display(self, node: Any, holder: str | None = None) -> gast.expr:
        """A tuple, list or dict of tangents."""
        members = node.values if isinstance(node, gast.Dict) else node.elts
        if any(isinstance(m, gast.Starred) for m in members):
            raise self.refuse("E201", f"a star in `{tree.text(node)}`")
        found = [self.bound(m, None, holder) for m in members]
        if isinstance(node, gast.Dict):
            if any(k is None for k in node.keys):
                raise self.refuse("E201", f"`**` in `{tree.text(node)}`")
            made: gast.expr = gast.Dict(list(node.keys), found)
        elif isinstance(node, gast.Tuple):
            made = tree.display(found)
        else:
            made = gast.List(found, gast.Load())
        return self.record(made, self.kind(node))

    def zero(self, node: gast.expr, target: gast.Name | None = None) -> gast.expr:
        """Zero in the structure of a value; None for what is no number."""
        program, kind = self.program, self.kind(node)
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return self.display(node)
        if is_scalar(kind) and not isinstance(kind, Array):
            return self.record(tree.constant(0.0), kind)
        if isinstance(kind, Const):
            return tree.constant(None)
        if isinstance(kind, Bottom) and any(isinstance(n, gast.Call) for n in nodes_in(node)):
            raise self.refuse("E301", f"the value of `{tree.text(node)}` is not known")
        if isinstance(kind, Object) and is_new_object(node):
            made = tree.call(tree.attribute(self.types, "SimpleNamespace"))
            return self.record(made, kind)
        value = node if target is None else self.result_name(target)
        if isinstance(kind, Array) and kind.dtype.kind not in "fc":
            if kind.sizes is None or target is None:
                return tree.constant(None)
            return self.record(program.numpy("zeros", self.ask(value, "shape")), kind)
        if isinstance(kind, Array) and kind.sizes is not None:
            allocated = self.allocation(node) if target is None else None
            if allocated is not None:
                return self.record(allocated, kind)
            return self.record(program.numpy("zeros_like", value), kind)
        if isinstance(kind, Tuple):
            return self.zero_tuple(value, kind)
        if isinstance(kind, (Array, List, Dict, Object)) or varied(kind):
            return self.record(program.helper("zeros_like", value), kind)
        if is_container(kind) or is_memory(kind):
            return self.record(program.helper("zeros_like", value), kind)
        return tree.constant(None)

    def zero_tuple(self, value: gast.expr, kind: Tuple) -> gast.expr:
        members = []
        for i, item in enumerate(kind.items):
            part = self.record(tree.subscript(value, tree.constant(i)), item)
            members.append(self.zero(part))
        if kind.cls is None:
            return self.record(tree.display(members), kind)
        made = tree.call(tree.call("type", value), *members)
        return self.record(made, kind)

    def allocation(self, node: gast.expr) -> gast.expr | None:
        """`np.zeros(n)` for the tangent of `np.ones(n)`, unless its shape is asked of a name."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
            return None
        function = self.kind(node.func)
        if not isinstance(function, Const):
            return None
        if not any(function.value is f for f in ALLOCATIONS):
            return None
        if any(isinstance(n, gast.Call) for a in node.args for n in nodes_in(a)):
            return None
        zeros = tree.attribute(self.program.np, "zeros")
        return gast.Call(zeros, node.args, node.keywords)

    @property
    def types(self) -> gast.Name:
        return tree.name(self.program.modules["types"])


def summands(value: gast.expr) -> Parts:
    """`a - b + c` -> +a, -b, +c."""
    found: Parts = []
    while isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub)):
        sign, right = split_sign(value.right)
        found.insert(0, (sign if isinstance(value.op, gast.Add) else -sign, right))
        value = value.left
    return [split_sign(value), *found]


def is_new_object(node: gast.expr) -> bool:
    """`Class.__new__(Class)`, which `Class(...)` begins with."""
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
        return False
    return node.func.attr == "__new__"


__all__ = ["Tangents"]
