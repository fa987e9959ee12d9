"""How does an adjoint get the shape, the name and the type that its operand asks for?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.kinds import ONE, Array, Kind, Number, OneOf, dtype_of, is_container, is_number
from srcgrad.lang import core, names, tree
from srcgrad.transform.block import Block, Let
from srcgrad.transform.product import Term, is_bare, product, simplified
from srcgrad.transform.program import Program, Question
from srcgrad.transform.sums import sum_of_all


class Fitting:
    """Terms under names, and in the shapes of what they belong to."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.block = Block(core.Step(0))
        self.base = "result"

    def kind(self, node: gast.expr) -> Kind:
        return self.program.kinds.of(node)

    def mention(self, node: gast.expr) -> gast.expr:
        self.block.mentions.append(node)
        return node

    # Names

    def shared(self, term: Term, parent: gast.expr | None = None) -> Term:
        """The term as something that may be used twice: a name, unless it is one already."""
        if is_bare(term):
            return term
        if self.program.sizes(term.nominal) is None and self.program.sizes(self.kind(product(term))) is None:
            term = self.solid(term, parent)
        return self.named(term)

    def named(self, term: Term) -> Term:
        name = self.program.placeholder(names.bar(names.term(self.base)))
        self.block.items.append(Let(name, term))
        node = self.program.kinds.record(tree.name(name), self.kind(product(term)))
        return Term(1, node, term.nominal)

    # Types and shapes

    def same_shape(self, a: gast.expr, b: gast.expr) -> bool:
        x, y = self.program.sizes(self.kind(a)), self.program.sizes(self.kind(b))
        return x is not None and x == y and not any(s.symbol == "*" for s in x)

    def give_shape(self, value: gast.expr, operand: gast.expr) -> None:
        """The value is known to have the shape of the operand, where the sizes of both say less."""
        sizes, kind = self.program.sizes(self.kind(operand)), self.kind(value)
        found = self.program.sizes(kind)
        if isinstance(kind, Array) and sizes is not None and found is not None and len(found) == len(sizes):
            self.program.kinds.record(value, replace(kind, sizes=sizes))

    def as_number(self, term: Term, operand: gast.expr) -> Term:
        """The adjoint of a number is a number, where a rule's text gives an array without axes."""
        kind = self.kind(operand)
        if not isinstance(kind, Number):
            return term
        value, factors = term.base, term.factors
        fitted = isinstance(value, gast.Call) and tree.text(value.func).endswith(("reshape", "unbroadcast"))
        helped = fitted and tree.text(value.func).endswith("unbroadcast")  # type: ignore[attr-defined]
        if isinstance(self.kind(product(term)), Number):
            if helped and not isinstance(self.kind(value.args[0]), Number):  # type: ignore[attr-defined]
                summed = self.program.kinds.record(self.program.numpy("sum", value.args[0]), kind)  # type: ignore[attr-defined]
                return Term(term.sign, summed, kind, factors)
            return term
        if not factors and fitted:
            value = value.args[0]  # type: ignore[attr-defined]
        whole = product(Term(1, value, kind, factors))
        return Term(term.sign, self.program.kinds.record(self.program.numpy("sum", whole), kind), kind)

    def keep_kind(self, value: gast.expr, term: Term) -> gast.expr:
        if not is_number(self.kind(value)):
            self.program.kinds.record(value, term.nominal)
        return value

    def real(self, term: Term, kind: Kind, parent: gast.expr) -> Term:
        """A real operand has a real adjoint, also of a complex value."""
        wanted = dtype_of(kind)
        if self.is_real(term):
            return term
        dtype = dtype_of(self.kind(product(term))) or dtype_of(self.kind(parent))
        if dtype is not None and wanted is not None and dtype.kind == "c" and wanted.kind == "f":
            return Term(term.sign, self.program.numpy("real", product(term)), term.nominal)
        return term

    def is_real(self, term: Term) -> bool:
        """Is it made of real numbers only?  Told without asking for the kind of the product."""
        found = [dtype_of(self.kind(part)) for part in (term.base, *(f for _, f in term.factors))]
        return all(dtype is not None and dtype.kind in "biuf" for dtype in found)

    def as_complex(self, kind: Kind, whole: gast.expr) -> Kind:
        """What a part of a complex adjoint is, which belongs to a member that may be real."""
        dtype = dtype_of(self.kind(whole))
        if dtype is not None and dtype.kind == "c" and isinstance(kind, (Array, Number)):
            return replace(kind, dtype=dtype)
        return kind

    def fit(self, term: Term, operand: gast.expr, parent: gast.expr) -> Term:
        """The adjoint of an operand that was broadcast: summed to the operand's shape."""
        program, kind = self.program, self.kind(operand)
        if isinstance(kind, OneOf) and any(is_number(k) for k in kind.options) and is_number(term.nominal):
            whole = product(self.solid(term, parent))  # what shape the operand has is asked when the program runs
            return Term(term.sign, program.helper("unbroadcast", whole, program.numpy("shape", self.mention(operand))), kind)
        if is_container(kind) or not is_number(kind):
            return Term(term.sign, term.base, kind, term.factors)
        term = self.real(term, kind, parent)
        nominal, wanted = program.sizes(term.nominal), program.sizes(kind)
        if nominal is not None and nominal == wanted and not any(s.symbol == "*" for s in nominal):
            return Term(term.sign, term.base, kind, term.factors)
        actual = program.sizes(self.kind(product(term)))
        if wanted == ():
            if nominal is not None and actual == ():
                return Term(term.sign, term.base, kind, [*term.factors, ("*", self.ask(parent, "size"))])
            return sum_of_all(program, self.solid(term, parent), kind)
        whole = product(self.solid(term, parent))
        extra, ones = leading(nominal, wanted), widened(nominal, wanted)
        if extra:
            summed: gast.expr = program.numpy("sum", whole, axis=tree.axis_of(range(extra)))
        elif ones:
            summed = program.numpy("sum", whole, axis=tree.axis_of(ones), keepdims=tree.constant(True))
        else:
            summed = program.helper("unbroadcast", whole, self.ask(operand, "shape"))
        return Term(term.sign, program.kinds.record(summed, kind), kind)

    def solid(self, term: Term, parent: gast.expr | None) -> Term:
        """The term in the full shape it stands for."""
        program = self.program
        value = product(term)
        nominal, actual = program.sizes(term.nominal), program.sizes(self.kind(value))
        if parent is not None and program.is_grown(value) and nominal != ():
            return Term(term.sign, self.filled_up(value, False, term.nominal, self.ask(parent, "shape")), term.nominal)
        if nominal == actual and nominal is not None or is_container(term.nominal) or not is_number(self.kind(value)):
            return term
        if parent is None or (actual is None and (nominal is not None or self.is_full(term))):
            return term
        if actual and program.sizes(self.kind(term.base)) == nominal:
            return term  # what an adjoint of the full shape is multiplied by has no more elements
        return Term(
            term.sign, self.filled_up(value, actual == (), term.nominal, self.ask(parent, "shape")), term.nominal
        )

    def is_full(self, term: Term) -> bool:
        """A product of a number and something of unknown rank may be smaller than what it is the adjoint of."""
        return not simplified(term.factors) or self.program.sizes(self.kind(term.base)) is None

    def filled_up(self, value: gast.expr, is_number_: bool, nominal: Kind, shape: gast.expr) -> gast.expr:
        program = self.program
        if is_number_:
            dtype = dtype_of(nominal)
            extra = (
                [tree.attribute(program.np, dtype.name)]
                if dtype is not None and dtype.name in ("float32", "float16")
                else []
            )
            full: gast.expr = program.numpy("full", shape, value, *extra)
        else:
            full = program.numpy("broadcast_to", value, shape)
        return program.kinds.record(full, nominal)

    def zeros(self, node: gast.expr) -> gast.expr:
        """Zeros in the shape of an expression."""
        dtype = dtype_of(self.kind(node))
        extra = [tree.attribute(self.program.np, dtype.name)] if dtype is not None and dtype.name != "float64" else []
        return self.program.numpy("zeros", self.ask(node, "shape"), *extra)

    def ask(self, node: gast.expr, attr: str) -> gast.expr:
        """The shape, size, ... of an expression, asked of some name that has that shape."""
        program, kind = self.program, self.kind(node)
        if attr == "dtype":
            dtype = dtype_of(kind)
            return tree.attribute(program.np, dtype.name) if dtype is not None else tree.attribute(node, attr)
        sizes = program.sizes(kind)
        if sizes is not None and attr == "ndim":
            return tree.constant(len(sizes))
        if sizes == ():
            return tree.constant(1) if attr == "size" else tree.display([])
        grown = program.is_grown(node)
        exact = isinstance(kind, Array) and kind.exact  # else it may be a number
        if sizes is None or any(s.symbol == "*" for s in sizes) or not exact or grown:
            self.mention(node)
            return program.numpy(attr, node)
        if attr == "shape" and self.is_product_of_matrices(node) and not program.has_name_of(sizes):
            rows, columns = self.ask(node.left, "shape"), self.ask(node.right, "shape")  # type: ignore[attr-defined]
            return tree.display([tree.subscript(rows, tree.constant(0)), tree.subscript(columns, tree.constant(1))])
        name = f"?{len(program.questions)}"
        program.questions[name] = Question(kind, node)
        return tree.attribute(program.kinds.record(tree.name(name), kind), attr)

    def is_product_of_matrices(self, node: gast.expr) -> bool:
        if not isinstance(node, gast.BinOp) or not isinstance(node.op, gast.MatMult):
            return False
        return all(len(self.program.sizes(self.kind(n)) or ()) == 2 for n in (node.left, node.right))


def leading(nominal: Any, wanted: Any) -> int:
    """How many axes were added in front, if that is all the difference there is."""
    if nominal is None or wanted is None or len(nominal) <= len(wanted):
        return 0
    extra = len(nominal) - len(wanted)
    return extra if nominal[extra:] == wanted and not any(s.symbol == "*" for s in wanted) else 0


def widened(nominal: Any, wanted: Any) -> list[int]:
    """The axes of size one that were made longer, if that is all the difference there is."""
    if nominal is None or wanted is None or len(nominal) != len(wanted):
        return []
    found = [i for i, size in enumerate(wanted) if size == ONE and nominal[i] != ONE]
    rest = [(nominal[i], size) for i, size in enumerate(wanted) if i not in found]
    return found if all(a == b and a.symbol != "*" for a, b in rest) else []
