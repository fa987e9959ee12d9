"""What tangent does a rule give?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.analysis.filling import is_new_object
from srcgrad.analysis.kinds import Array, List, Tuple, dtype_of, is_container, is_memory, is_number, is_scalar, varied
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules.objects import resolve
from srcgrad.rules.texts import RuleError, names_in, path_of
from srcgrad.transform.product import Term, number, product, split_product, split_sign
from srcgrad.transform.singular import discarded_in_part, singular_in, without_zeros
from srcgrad.transform.tangent_memory import TangentMemory, summands
from srcgrad.transform.template import fill, own_names

if TYPE_CHECKING:
    from srcgrad.transform.tangent_memory import Parts


class TangentRules(TangentMemory):
    """Tangents by the text of rules."""

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
                raise self.refuse("E201", f"`{tree.text(node)}` has no derivative with respect to {operand}")
            parts = self.numeric(match.operands[operand])
            if not parts:
                continue
            mapping = self.mapping(node, match, [partial])
            singular = singular_in(partial) & mapping.keys() if self.is_discarded(node) else ()
            if singular:
                moving = self.moving(parts, match.operands[operand])
                parts = [(1, moving.base)]
                mapping |= {n: without_zeros(self.program, mapping[n], moving) for n in singular}
            filled = self.filled(partial, mapping)
            if number(filled) == 0:
                continue
            sign, filled = split_sign(filled)
            base, rest = split_product(filled)
            inner, value = split_sign(self.total(parts))
            first, own = split_product(value)
            term = Term(1, first, self.kind(node), own).times([("*", base), *rest])
            found.append((sign * inner * term.sign, product(term)))
        return found

    def is_discarded(self, node: gast.expr) -> bool:
        """Is this the value of a name, of which a part is discarded somewhere?"""
        if id(node) not in self.results or not isinstance(self.kind(node), Array):
            return False
        if self.discarded is None:
            self.discarded = discarded_in_part(self.program)
        return self.results[id(node)][0] in self.discarded

    def moving(self, parts: Parts, operand: gast.expr) -> Term:
        """The tangent of an operand, under a name: where it is zero, it is not multiplied by what may be infinite."""
        value = self.total(parts)
        if not tree.is_place(value):
            value = self.named(names.dot(names.term(self.base)), value)
        return Term(1, self.record(value, self.kind(operand)), self.kind(operand))

    def by_text(self, node: gast.expr, match: core.Match) -> list[gast.expr]:
        """The tangents of a rule's outputs."""
        rule = match.rule
        try:
            statements = rule.tangent_of(self.active_operands(match))
        except RuleError as error:
            raise self.refuse("E209", error.message) from None
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
        self, operand: str, value: gast.expr, statements: list[gast.stmt], mapping: dict[str, gast.expr]
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
        kind = self.kind(value)
        items = kind.items if isinstance(kind, Tuple) else kind.cell.items if isinstance(kind, List) else None
        if tree.is_place(tangent) and tree.is_place(value) and items:
            whole = [isinstance(k, Array) and k.dtype.kind not in "fc" for k in items]
            if not any(whole):
                return tangent
            members = [self.record(tree.subscript(value, tree.constant(i)), k) for i, k in enumerate(items)]
            dots = [tree.subscript(tangent, tree.constant(i)) for i in range(len(items))]
            zeros = [self.program.numpy("zeros", self.ask(m, "shape")) for m in members]
            return gast.List([z if w else d for w, z, d in zip(whole, zeros, dots)], gast.Load())
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
        return fill(text, mapping, self.ask, {**self.program.modules, **own_names(text, self.program.names)})

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
        active = [p for p in self.active_operands(match) if number(rule.partials.get(p, match.operands[p])) != 0]
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

    def bound(self, node: gast.expr, target: gast.Name | None = None, copied: bool = True) -> gast.expr:
        """The tangent as a value of its own: in full shape and precision, sharing memory only where the value does.

        target: the name that the value is bound to, if it may be asked for its shape.
        copied: the tangent is kept; else only read.
        """
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return self.display(node)
        if not self.is_active(node) or is_new_object(node, self.kind(node)):
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
            value = self.owned(node, self.converted(value, kind), target)
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

    def grown(self, node: gast.expr, value: gast.expr, target: gast.Name | None, copied: bool) -> gast.expr:
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
