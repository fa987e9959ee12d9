"""How does an adjoint go down an expression?  The user's tree is walked with the adjoint in print form."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.kinds import (
    Array,
    Const,
    Tuple,
    dtype_of,
    is_array,
    is_container,
    is_number,
    is_scalar,
    rank,
    varied,
)
from srcgrad.analysis.reads import active_reads
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Add, Block, Let
from srcgrad.transform.fitting import Fitting
from srcgrad.transform.polynomials import slope_of_polynomial
from srcgrad.transform.product import Factor, Term, is_bare, number, product, split_product, split_sign
from srcgrad.transform.program import Program
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.selections import is_advanced
from srcgrad.transform.singular import discarded_in_part, divided_by, indexed, is_summand, singular_in, without_zeros
from srcgrad.transform.template import fill, own_names, respelled


class Walker(Fitting):
    """Adds to a block what one expression's adjoint gives to the names in it."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.discarded: tuple[set[str], set[str]] | None = None  # by masks and stores; by any index
        self.skipped: set[int] = set()  # members of displays that share their memory and its adjoint
        self.results: dict[int, list[str]] = {}  # expression -> names that hold its value after the step

    def begin(self, block: Block, base: str, results: dict[int, list[str]]) -> None:
        self.block, self.base, self.results = block, base, results

    def refuse(self, code: str, message: str, advice: str = "") -> Refusal:
        return Refusal(code, message, self.block.step.lineno, advice)

    def is_active(self, node: gast.expr) -> bool:
        return bool(active_reads(self.program.function, node, self.program.kinds))

    # Down the tree

    def back(self, node: gast.expr, term: Term) -> None:
        """Give `term`, the adjoint of this expression, to the names it is made of."""
        if not varied(self.kind(node)) or not self.is_active(node):
            return
        match = self.program.function.matches.get(id(node))
        if match is not None:
            self.by_rule(node, match, term)
        elif self.is_part_of_number(node):
            self.down(node.value, term, node)  # type: ignore[attr-defined]
        elif isinstance(node, gast.Subscript) and (axes := self.new_axes(node)):
            self.back(node.value, self.without_axes(term, node, axes))
        elif isinstance(node, (gast.Name, gast.Subscript, gast.Attribute)):
            self.leaf(node, term)
        elif isinstance(node, gast.UnaryOp):
            self.down(node.operand, term.negated(), node)
        elif is_array(self.kind(node)) and (polynomial := slope_of_polynomial(node)):
            variable, slope = polynomial
            first, others = split_product(slope)
            self.down(variable, term.times([("*", first), *others], self.kind(node)), node)
        elif isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub)):
            self.sum(node, term)
        elif isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
            self.chain(node, term)
        elif isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            self.display(node, term)
        else:
            raise self.refuse("E201", f"no derivative is known for `{tree.text(node)}`")

    def is_part_of_number(self, node: gast.expr) -> bool:
        """`z[...]`, `z[()]`, `z[None]` of an array without axes whose adjoint is a number: as `z`, broadcast."""
        return (
            isinstance(node, gast.Subscript)
            and rank(self.kind(node.value)) == 0
            and tree.root(node) not in self.program.shadows
        )

    def new_axes(self, node: gast.Subscript) -> tuple[int, ...]:
        """The axes that `x[:, None]` has and x has not, if that is all the difference; none if it is another index."""
        items = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        new = tuple(i for i, item in enumerate(items) if self.kind(item) == Const(None))
        if len(new) + sum(tree.is_full_slice(item) for item in items) < len(items):
            return ()
        return new if is_number(self.kind(node.value)) and rank(self.kind(node.value)) is not None else ()

    def without_axes(self, term: Term, node: gast.Subscript, axes: tuple[int, ...]) -> Term:
        """The adjoint of x, from that of `x[:, None]`."""
        program, kind = self.program, self.kind(node.value)
        if program.sizes(self.kind(product(term))) == ():
            return replace(term, nominal=kind)
        value = product(self.solid(term, node))
        if summed := kept_sum(value, axes):
            value = program.numpy("sum", summed, axis=tree.axis_of(axes))
        else:
            value = tree.at_axes(value, axes, tree.constant(0))
        return Term(term.sign, program.kinds.record(value, kind), kind)

    def down(self, operand: gast.expr, term: Term, parent: gast.expr) -> None:
        if self.is_active(operand):
            self.back(operand, self.fit(term, operand, parent))

    def sum(self, node: gast.BinOp, term: Term) -> None:
        if self.is_active(node.left) and self.is_active(node.right):
            term = self.shared(term, node)
        self.down(node.left, term, node)
        self.down(node.right, term if isinstance(node.op, gast.Add) else term.negated(), node)

    def chain(self, node: gast.BinOp, term: Term) -> None:
        """A product of any length is one operation: a factor's adjoint is the term times the other factors.

        Of a quotient, it is first divided: with `u_bar = z_bar / y`, z = x / y gives `x_bar += u_bar; y_bar -= u_bar * z`.
        """
        factors = self.factors(node)
        active = [i for i, (_, f) in enumerate(factors) if self.is_active(f)]
        below = [f for f in factors if f[0] == "/"] if len(active) > 1 else []
        discarded = any(op == "/" for op, _ in factors) and self.is_discarded(node, by_masks=True)

        def read(these: list[Factor]) -> list[Factor]:
            """What the adjoint is multiplied by; where it is zero, not by what may be infinite there."""
            found = self.mentioned(these)
            if discarded:
                found = [(op, without_zeros(self.program, f, term) if op == "/" else f) for op, f in found]
            return found

        def result() -> Factor:
            value = self.result(node)
            return "*", without_zeros(self.program, value, term) if discarded else value

        if len(active) > 1:
            shared = self.shared(term.times(read(below), self.kind(node)) if below else term, node)
        else:
            shared = term
        for i in active:
            op, factor = factors[i]
            others = [f for f in factors[:i] + factors[i + 1 :] if f not in below]
            if below and op == "/":
                named = id(node) in self.results and len(below) == 1
                rest = [result()] if named else read([*others, ("/", factor)])
                self.down(factor, shared.negated().times(rest, self.kind(node)), node)
            elif op == "*":
                self.down(factor, shared.times(read(others), self.kind(node)), node)
            elif self.program.speed and id(node) in self.results and len(factors) == 2 and number(factors[0][1]) == 1:
                self.down(factor, shared.negated().times([result(), result()]), node)
            elif id(node) in self.results:
                self.down(factor, shared.negated().times([result(), *read([("/", factor)])]), node)
            elif any(m is node for m in self.block.mentions) and not discarded:
                self.down(factor, shared.negated().times(read([("*", node), ("/", factor)])), node)
            else:
                self.down(factor, shared.negated().times(read([*factors, ("/", factor)]), self.kind(node)), node)

    def factors(self, node: gast.expr) -> list[Factor]:
        """The factors along the left spine, in the user's order."""
        found: list[Factor] = []
        while (
            isinstance(node, gast.BinOp)
            and isinstance(node.op, (gast.Mult, gast.Div))
            and id(node) not in self.program.function.matches
        ):
            found.append(("*" if isinstance(node.op, gast.Mult) else "/", node.right))
            node = node.left
        return [("*", node), *found[::-1]]

    def mentioned(self, factors: list[Factor]) -> list[Factor]:
        return [(op, self.mention(f)) for op, f in factors]

    def display(self, node: Any, term: Term) -> None:
        """A tuple, list or dict: each member has its part of the adjoint."""
        parts = self.slices_of(node, term)
        if parts is not None:
            for member, part in zip(node.elts, parts):
                self.down(member, Term(term.sign, part, self.kind(member), term.factors), node)
            return
        if not is_bare(term):
            term = self.shared(term)
        dictionary = isinstance(node, gast.Dict)
        members = node.values if dictionary else node.elts
        for i, member in enumerate(members):
            if id(member) in self.skipped or not self.is_active(member):
                continue
            part = tree.subscript(term.base, self.mention(node.keys[i]) if dictionary else tree.constant(i))
            if not is_number(self.kind(part)):
                whole = term.base.args[0] if tree.is_call(term.base, self.program.modules["split_like"]) else term.base  # type: ignore[attr-defined]
                self.program.kinds.record(part, self.as_complex(self.kind(member), whole))
            nominal = self.kind(member) if is_container(self.kind(member)) else self.kind(part)
            given = Term(term.sign, part, nominal)
            if self.program.speed and is_scalar(nominal) and len(active_reads_of(member, self)) > 1:
                given = self.named(given)  # an element is read once
            self.down(member, given, node)

    def slices_of(self, node: Any, term: Term) -> list[gast.expr] | None:
        """`split_like(y, (a, b))` -> `y[:len(a)]`, `y[len(a):]`; `y[0]`, `y[1]` where the members lack the axis."""
        call = term.base
        if not tree.is_call(call, self.program.modules["split_like"]) or isinstance(node, gast.Dict):
            return None
        whole, _, *rest = call.args  # type: ignore[attr-defined]
        axis = self.kind(rest[0]) if rest else Const(0)
        known = rank(self.kind(whole))
        if not known or not isinstance(axis, Const) or not isinstance(axis.value, int):
            return None
        # One that lacks the axis is joined as one of many along it, another stands for a part of the axis.
        single = [rank(self.kind(n)) == known - 1 for n in node.elts]
        if not all(s or rank(self.kind(n)) == known and isinstance(self.kind(n), Array) for s, n in zip(single, node.elts)):
            return None
        place = axis.value % known
        if sum(map(self.is_active, node.elts)) > 1:
            whole = self.shared(Term(1, whole, self.kind(whole))).base
        sizes: list[gast.expr] = []
        ones = 0
        parts: list[gast.expr] = []
        for member, one in zip(node.elts, single):
            start = position(sizes, ones)
            if one:
                ones += 1
            elif member is not node.elts[-1]:
                sizes.append(tree.subscript(self.ask(member, "shape"), tree.constant(place)))
            stop = None if member is node.elts[-1] else position(sizes, ones)
            index = (start or tree.constant(0)) if one else gast.Slice(start, stop, None)
            part = tree.at_axes(whole, [place], index)
            parts.append(self.program.kinds.record(part, self.as_complex(self.kind(member), whole)))
        return parts

    def leaf(self, place: gast.expr, term: Term) -> None:
        """A contribution to a name or a part of it."""
        inner = place.value if isinstance(place, (gast.Subscript, gast.Attribute)) else None
        if isinstance(place, gast.Subscript) and (
            not self.is_place(inner) or self.copies(inner) or self.has_axes_of_number(inner)
        ):
            self.scatter(place, term)
            return
        if not self.is_place(place):
            raise self.refuse("E201", f"no derivative is known for `{tree.text(place)}`")
        for index in tree.indices(place):
            self.mention(index)
        self.block.items.append(Add(place, term))

    def is_place(self, node: Any) -> bool:
        matches = self.program.function.matches
        while isinstance(node, (gast.Subscript, gast.Attribute)) and id(node) not in matches:
            node = node.value
        return isinstance(node, gast.Name)

    def copies(self, place: Any) -> bool:
        """Does a subscript in this place make a copy, so that what is added to it is lost?"""
        while isinstance(place, (gast.Subscript, gast.Attribute)):
            if (
                isinstance(place, gast.Subscript)
                and is_advanced(self.kind(place.slice))
                and is_number(self.kind(place.value))
            ):
                return True
            place = place.value
        return False

    def has_axes_of_number(self, place: Any) -> bool:
        """`z[None]` in a place, where the adjoint of z is a number, which has no parts."""
        while isinstance(place, (gast.Subscript, gast.Attribute)):
            if self.is_part_of_number(place):
                return True
            place = place.value
        return False

    def scatter(self, place: gast.Subscript, term: Term) -> None:
        """`f(x)[i]`: an adjoint for f(x), zero but at i."""
        inner = place.value
        kind = self.kind(inner)
        zeros = self.program.kinds.record(self.zeros(inner), kind)
        name = self.program.placeholder(names.bar(names.term(self.base)))
        self.block.items.append(Let(name, None, zeros, fixed=True))
        local = self.program.kinds.record(tree.name(name), kind)
        self.mention(place.slice)
        self.block.items.append(Add(tree.subscript(local, place.slice), term, local=True))
        self.program.kinds.record(self.block.items[-1].place, self.kind(place))  # type: ignore[attr-defined]
        self.back(inner, Term(1, local, kind))

    # By rule

    def by_rule(self, node: gast.expr, match: core.Match, term: Term) -> None:
        rule = match.rule
        if rule.elementwise and rule.partials:
            self.by_partials(node, match, term)
        else:
            outputs = rule.outputs
            if len(outputs) == 1:
                self.by_text(node, match, {outputs[0]: term})
                return
            if not is_bare(term):
                term = self.shared(term)
            parts = {}
            for i, output in enumerate(outputs):
                part = tree.subscript(term.base, tree.constant(i))
                kind = self.kind(node)
                assert isinstance(kind, Tuple), "a rule with several outputs gives a tuple"
                self.program.kinds.record(part, kind.items[i])
                parts[output] = Term(term.sign, part, kind.items[i])
            self.by_text(node, match, parts)

    def active_operands(self, match: core.Match) -> list[str]:
        return [p for p in match.rule.operands if p in match.operands and self.is_active(match.operands[p])]

    def by_partials(self, node: gast.expr, match: core.Match, term: Term) -> None:
        rule = match.rule
        active = self.active_operands(match)
        if len(active) > 1:
            term = self.shared(term, node)
        for operand in active:
            partial = rule.partials.get(operand)
            if partial is None:
                raise self.refuse("E201", f"`{tree.text(node)}` has no derivative with respect to {operand}")
            mapping = self.with_results(match.operands, rule.outputs, node, partial)
            if self.is_discarded(node):
                singular = singular_in(partial) & mapping.keys()
                if not self.is_discarded(node, by_masks=True):
                    singular = divided_by(partial) & set(rule.outputs)  # an infinite slope of what is not infinite
                mapping |= {n: without_zeros(self.program, mapping[n], term) for n in singular}
            filled = self.filled(partial, mapping)
            if number(filled) == 0:
                continue
            sign, filled = split_sign(filled)
            first, rest = split_product(filled)
            outer = term if sign > 0 else term.negated()
            self.down(match.operands[operand], outer.times([("*", first), *rest], self.kind(node)), node)

    def is_discarded(self, node: gast.expr, by_masks: bool = False) -> bool:
        """Is this the value of a name, of which a part is discarded somewhere: overwritten, by a mask, or by any index?"""
        step = self.block.step
        if not isinstance(step, core.Assign) or len(step.targets) != 1 or not is_summand(node, step.value):
            return False
        if self.discarded is None:
            self.discarded = discarded_in_part(self.program), indexed(self.program)
        masked, other = self.discarded
        return step.targets[0].id in (masked if by_masks else masked | other)

    def with_results(
        self, operands: dict[str, gast.expr], outputs: tuple[str, ...], node: gast.expr, text: Any
    ) -> dict[str, gast.expr]:
        """Operands, and what stands for the result if the text mentions it."""
        parts = text if isinstance(text, (list, tuple)) else [text]
        used = {n.id for part in parts for n in nodes_in(part) if isinstance(n, gast.Name)}
        mapping = dict(operands)
        for expression in operands.values():
            self.mention(expression)
        for i, output in enumerate(outputs):
            if output in used and output not in operands:
                mapping[output] = self.result(node, i if len(outputs) > 1 else None)
        return mapping

    def result(self, node: gast.expr, position: int | None = None) -> gast.expr:
        """What stands for the value of an expression: the name it was given, else the expression once more."""
        held = self.results.get(id(node))
        if held is None:
            self.mention(node)
            if position is None:
                return node
            kind = self.kind(node)
            assert isinstance(kind, Tuple), "a rule with several outputs gives a tuple"
            return self.program.kinds.record(tree.subscript(node, tree.constant(position)), kind.items[position])
        kind = self.kind(node)
        if position is not None and isinstance(kind, Tuple):
            kind = kind.items[position]
        if position is not None and len(held) == 1:
            whole = self.program.kinds.record(tree.name(held[0]), self.kind(node))
            self.block.new_nodes.add(id(whole))
            return self.program.kinds.record(tree.subscript(whole, tree.constant(position)), kind)
        name = self.program.kinds.record(tree.name(held[position or 0]), kind)
        self.block.new_nodes.add(id(name))
        return name

    def filled(self, text: Any, mapping: dict[str, gast.expr]) -> Any:
        modules = {**self.program.modules, **own_names(text, self.program.names)}
        return respelled(fill(text, mapping, self.ask, modules), self.program.kinds)

    def by_text(self, node: gast.expr, match: core.Match, terms: dict[str, Term]) -> None:
        """A rule's statements, with the operands and the adjoints of its outputs put in."""
        rule = match.rule
        active = self.active_operands(match)
        statements = needed(rule.adjoint, {names.bar(p) for p in active})
        mapping = self.with_results(match.operands, rule.outputs, node, statements)
        single = self.plain_contribution(rule, statements, active, terms)
        if single is not None and self.same_shape(node, match.operands[active[0]]):
            sign, term = single
            term = self.as_number(term, match.operands[active[0]])
            self.down(match.operands[active[0]], term if sign > 0 else term.negated(), node)
            return
        signs = {}
        constants: list[Factor] = []  # what a rule's text makes of an adjoint is proportional to it, by real numbers
        # What is given on as a container has no sign of its own: the sign goes into its members.
        containers = any(not is_number(self.kind(match.operands[p])) for p in active)
        for output, term in terms.items():
            bar = names.bar(output)
            uses = sum(n.id == bar for s in statements for n in nodes_in(s) if isinstance(n, gast.Name))
            if not uses:
                continue
            number_only = not containers and self.program.sizes(self.kind(product(term))) == ()
            if not (number_only and all(spreads(s.value, bar) for s in statements)):
                term = self.solid(term, node if len(terms) == 1 else None)
            one = uses == 1 and len(terms) == 1
            term = term if one else self.shared(term)
            if one and not containers:
                constants = [f for f in term.factors if isinstance(number(f[1]), (int, float))]
                term = replace(term, factors=[f for f in term.factors if f not in constants])
            signs[output] = term.sign
            value = product(term)
            if (len(terms) > 1 or containers) and term.sign < 0:
                value, signs[output] = tree.negative(value), 1
            mapping[bar] = self.keep_kind(value, term)
        sign = min(signs.values(), default=1)
        for statement in statements:
            if isinstance(statement, gast.Assign):
                target = statement.targets[0]
                assert isinstance(target, gast.Name), "rules assign names only"
                name = self.program.placeholder(target.id)
                self.block.items.append(Let(name, None, self.filled(statement.value, mapping), fixed=True))
                local = tree.name(name)
                self.program.kinds.record(local, self.kind(self.block.items[-1].value))  # type: ignore[attr-defined]
                mapping[target.id] = local
                continue
            operand = match.operands[statement.target.id.removesuffix("_bar")]  # type: ignore[attr-defined]
            minus = isinstance(statement.op, gast.Sub)  # type: ignore[attr-defined]
            value = self.filled(statement.value, mapping)  # type: ignore[attr-defined]
            inner, value = split_sign(value)
            if isinstance(self.kind(operand), Array) and not is_number(self.kind(value)):
                # An array given as a sequence, `np.concatenate(x)`, or a value of which nothing is known: its parts may
                # be complex if the result is.
                kind, whole = self.kind(operand), dtype_of(self.kind(node))
                assert isinstance(kind, Array), "it was asked above"
                if whole is not None and whole.kind == "c":
                    kind = replace(kind, dtype=whole)
                value = self.program.kinds.record(self.program.numpy("array", value), kind)
            base, factors = split_product(value)
            if has_shape_of_operand(statement.value) and not rule.elementwise:  # type: ignore[attr-defined]
                self.give_shape(base, operand)
            found = Term(sign * inner * (-1 if minus else 1), base, self.kind(operand)).times([*factors, *constants])
            if rule.elementwise:
                found = Term(found.sign, found.base, self.kind(node), found.factors)
                self.down(operand, found, node)
            else:
                self.back(operand, self.as_number(self.real(found, self.kind(operand), node), operand))

    def plain_contribution(
        self, rule: Any, statements: list[Any], active: list[str], terms: dict[str, Term]
    ) -> tuple[int, Term] | None:
        """`x_bar += y_bar`: the adjoint goes on as it is."""
        if len(statements) != 1 or len(active) != 1 or len(terms) != 1 or not isinstance(statements[0], gast.AugAssign):
            return None
        value = statements[0].value
        if not (isinstance(value, gast.Name) and value.id == names.bar(rule.outputs[0])):
            return None
        return (-1 if isinstance(statements[0].op, gast.Sub) else 1), terms[rule.outputs[0]]


def kept_sum(value: gast.expr, axes: tuple[int, ...]) -> gast.expr | None:
    """x, if the value is `np.sum(x, axis=axes, keepdims=True)`."""
    keywords = {k.arg: tree.text(k.value) for k in getattr(value, "keywords", [])}
    if not isinstance(value, gast.Call) or keywords != {"axis": tree.text(tree.axis_of(axes)), "keepdims": "True"}:
        return None
    return value.args[0] if getattr(value.func, "attr", "") == "sum" else None


def has_shape_of_operand(value: gast.expr) -> bool:
    """Is a rule's adjoint a product of matrices or vectors?  It has the shape of the operand, without broadcasting."""
    if isinstance(value, gast.UnaryOp):
        return has_shape_of_operand(value.operand)
    name = tree.text(value.func) if isinstance(value, gast.Call) else ""
    return isinstance(value, gast.BinOp) and isinstance(value.op, gast.MatMult) or name in ("np.outer", "np.correlate")


def spreads(text: gast.expr, bar: str) -> bool:
    """Does a rule's text only broadcast an adjoint, so that one number may stand for an array full of it?"""
    if isinstance(text, gast.Name) or bar not in tree.names_read(text):
        return True
    if isinstance(text, gast.BinOp) and isinstance(text.op, (gast.Mult, gast.Div)):
        return spreads(text.left, bar) and spreads(text.right, bar)
    if isinstance(text, gast.Call) and getattr(text.func, "attr", "") == "expand_dims":
        return isinstance(text.args[0], gast.BinOp) and spreads(text.args[0], bar)
    return False


def active_reads_of(node: gast.expr, walker: Walker) -> list[gast.Name]:
    """The names in an expression, as often as they are read, to which an adjoint goes."""
    return [n for n in tree.name_nodes(node) if varied(walker.kind(n))]


def needed(statements: Any, bars: set[str]) -> list[Any]:
    """The statements of a rule that give to these adjoints, and the temporaries those use."""
    kept: list[Any] = []
    wanted = set(bars)
    for statement in reversed(statements):
        if isinstance(statement, gast.AugAssign):
            target: Any = statement.target
        else:
            target = statement.targets[0]
        if target.id in wanted:
            kept.insert(0, statement)
            wanted |= {n.id for n in nodes_in(statement.value) if isinstance(n, gast.Name)}
    return kept


def position(sizes: list[gast.expr], ones: int) -> gast.expr | None:
    """`len(a) + len(b) + 2`; None for the first position."""
    parts = [*sizes, *([tree.constant(ones)] if ones else [])]
    return functools.reduce(lambda a, b: tree.binary(a, "+", b), parts) if parts else None
