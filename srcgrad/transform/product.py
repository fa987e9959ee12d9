"""How is an adjoint written?  A product in print form: `-bar * f1 / f2`, with numbers that cancel left out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import gast

from srcgrad.analysis.kinds import Kind
from srcgrad.lang import tree

Factor = tuple[str, gast.expr]


@dataclass
class Term:
    """`sign * base * factors`.  It stands for an adjoint of kind `nominal`, and may be smaller: it is broadcast then."""

    sign: int
    base: gast.expr
    nominal: Kind
    factors: list[Factor] = field(default_factory=list)

    def times(self, factors: list[Factor], nominal: Kind | None = None) -> Term:
        sign, clean = self.sign, []
        for op, factor in factors:
            while isinstance(factor, gast.UnaryOp) and isinstance(factor.op, gast.USub):
                sign, factor = -sign, factor.operand
            clean.append((op, factor))
        return Term(sign, self.base, nominal or self.nominal, [*self.factors, *clean])

    def negated(self) -> Term:
        return replace(self, sign=-self.sign)

    def like(self, base: gast.expr, nominal: Kind) -> Term:
        """Another base with the same sign."""
        sign, base = split_sign(base)
        base, factors = split_product(base)
        return Term(self.sign * sign, base, nominal, []).times(factors)


def number(node: gast.AST) -> float | complex | None:
    if (
        isinstance(node, gast.Constant)
        and isinstance(node.value, (int, float, complex))
        and not isinstance(node.value, bool)
    ):
        return node.value
    return None


def split_sign(node: gast.expr) -> tuple[int, gast.expr]:
    """`-a * b` -> -1, `a * b`; signs are found at the left end of products."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        sign, inner = split_sign(node.operand)
        return -sign, inner
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
        sign, left = split_sign(node.left)
        if sign < 0:
            return sign, gast.BinOp(left, node.op, node.right)
    return 1, node


def split_product(node: gast.expr) -> tuple[gast.expr, list[Factor]]:
    """`a * b / c` -> a, [* b, / c]."""
    factors: list[Factor] = []
    while isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div)):
        factors.append(("*" if isinstance(node.op, gast.Mult) else "/", node.right))
        node = node.left
    return node, factors[::-1]


def simplified(factors: list[Factor]) -> list[Factor]:
    """Without numbers whose product is one; `3 * 2` is 6, and `/ (a / b) / b` is `/ a`."""
    factors = without_quotients(cancelled(factors))
    values = [(op, number(f)) for op, f in factors]
    product: float | complex = 1
    for op, value in values:
        if value is not None:
            product = product * value if op == "*" else (product / value if value else 0)
    if product == 1:
        return [f for f, (_, value) in zip(factors, values) if value is None]
    result: list[Factor] = []
    for op, factor in [f for f, (_, value) in zip(factors, values) if value != 1]:
        before, value = (number(result[-1][1]), number(factor)) if result else (None, None)
        if op == "*" and result and result[-1][0] == "*" and type(before) is type(value) is int:
            result[-1] = ("*", tree.constant(before * value))  # type: ignore[operator]
        else:
            result.append((op, factor))
    return result


def cancelled(factors: list[Factor]) -> list[Factor]:
    """A power and a divisor of one base are one: `/ x ** 3 * 2 * x ** 2` is `/ x * 2`.  (`* x / x` stays.)"""
    known = [power(f) for _, f in factors]
    for i, (op, _) in enumerate(factors):
        for j in range(i + 1, len(factors)):
            a, b = known[i], known[j]
            if factors[j][0] == op or a is None or b is None or tree.text(a[0]) != tree.text(b[0]) or a[1] == b[1]:
                continue
            stays, exponent = (op, a[1] - b[1]) if a[1] > b[1] else (factors[j][0], b[1] - a[1])
            raised = a[0] if exponent == 1 else tree.binary(a[0], "**", tree.constant(exponent))
            return cancelled([*factors[:i], (stays, raised), *factors[i + 1 : j], *factors[j + 1 :]])
    return factors


def power(factor: gast.expr) -> tuple[gast.expr, float] | None:
    """Base and exponent, if that is a positive number: of `x ** 3`, and of `x`."""
    if isinstance(factor, gast.BinOp) and isinstance(factor.op, gast.Pow) and tree.is_place(factor.left):
        exponent = number(factor.right)
        return (factor.left, exponent) if isinstance(exponent, (int, float)) and exponent > 0 else None
    return (factor, 1) if tree.is_place(factor) else None


def without_quotients(factors: list[Factor]) -> list[Factor]:
    """Divided by a quotient and by its denominator: divided by its numerator."""
    for i, (op, factor) in enumerate(factors):
        if op == "/" and isinstance(factor, gast.BinOp) and isinstance(factor.op, gast.Div):
            below = tree.text(factor.right)
            for j, (other, same) in enumerate(factors):
                if i != j and other == "/" and tree.text(same) == below:
                    rest = [f for k, f in enumerate(factors) if k != j]
                    rest[rest.index(factors[i])] = ("/", factor.left)
                    return without_quotients(rest)
    return factors


def product(term: Term) -> gast.expr:
    """The term as an expression, without its sign."""
    factors = simplified(term.factors)
    if len(factors) == 1 and factors[0][0] == "*" and number(factors[0][1]) is not None:
        return tree.binary(factors[0][1], "*", term.base)
    result = term.base
    for op, factor in factors:
        result = tree.binary(result, op, factor)
    return result


def is_bare(term: Term) -> bool:
    """A name, subscript or attribute, perhaps with a minus: it need not be named to be used twice."""
    return not simplified(term.factors) and tree.is_place(term.base)


def signed_sum(parts: list[tuple[int, gast.expr]]) -> gast.expr:
    """`a - b + c`; a sum without a plus negates its first product."""
    at = next((i for i, (sign, _) in enumerate(parts) if sign > 0), 0)
    (sign, first), *rest = [parts[at], *parts[:at], *parts[at + 1 :]]
    result = first if sign > 0 else minus(first)
    for sign, part in rest:
        result = tree.binary(result, "+" if sign > 0 else "-", part)
    return result


def minus(node: gast.expr) -> gast.expr:
    """`-a * b`, with the minus at the left end of the product."""
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Mult, gast.Div, gast.MatMult)):
        return gast.BinOp(minus(node.left), node.op, node.right)
    return tree.negative(node)
