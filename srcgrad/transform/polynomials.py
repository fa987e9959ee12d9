"""Which expressions are polynomials in one array?  Their slope is one too, with coefficients known when generating.

    y = 0.3 + x * (0.5 + x * (0.2 + x * 0.1))           x_bar = y_bar * (0.5 + x * (0.4 + 0.3 * x))
    y = 0.3 + 0.5 * x - 0.2 * x ** 2                    x_bar = y_bar * (0.5 - 0.4 * x)

Only such forms count, in which the coefficients are the user's: a product of two sums is not multiplied out.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.product import number

Coefficients = dict[int, float]  # of the powers, none of which is 0
PLAIN = (gast.BinOp, gast.UnaryOp, gast.Name, gast.Constant)
HIGHEST = 12


def slope_of_polynomial(node: gast.expr) -> tuple[gast.Name, gast.expr] | None:
    """The variable of a polynomial of which several powers are added up, and the slope."""
    nodes = nodes_in(node)
    names = [n for n in nodes if isinstance(n, gast.Name)]
    if len(names) < 2 or len({n.id for n in names}) > 1 or not all(isinstance(n, PLAIN) for n in nodes):
        return None
    found = coefficients(node)
    if found is None or max(found, default=0) > HIGHEST:
        return None
    slope = {power - 1: short(power * value) for power, value in found.items() if power}
    if len(slope) < 2:
        return None  # one power is a product like any other
    nested = any(is_times(n) and is_sum(n.right) or is_times(n) and is_sum(n.left) for n in nodes)
    return names[0], nest(slope, names[0]) if nested else power_sum(slope, names[0])


def is_sum(node: Any) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub))


def is_times(node: Any) -> bool:
    return isinstance(node, gast.BinOp) and isinstance(node.op, gast.Mult)


def coefficients(node: Any) -> Coefficients | None:
    """None where it is no polynomial, or not one of which the coefficients can be read."""
    if isinstance(node, gast.Name):
        return {1: 1}
    value = number(node)
    if value is not None:
        return None if isinstance(value, complex) else {0: value} if value else {}
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        found = coefficients(node.operand)
        return None if found is None else {p: -c for p, c in found.items()}
    if not isinstance(node, gast.BinOp):
        return None
    if isinstance(node.op, gast.Pow):
        power = number(node.right)
        plain = isinstance(node.left, gast.Name) and type(power) is int and power > 0
        return {power: 1} if plain else None  # type: ignore[dict-item]
    left, right = coefficients(node.left), coefficients(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, (gast.Add, gast.Sub)):
        sign = 1 if isinstance(node.op, gast.Add) else -1
        if set(left) & set(right):
            return None
        return {**left, **{p: sign * c for p, c in right.items()}}
    if isinstance(node.op, gast.Mult) and min(len(left), len(right)) <= 1:
        return {p + q: short(a * b) for p, a in left.items() for q, b in right.items()}
    if isinstance(node.op, gast.Div) and set(right) == {0}:
        return {p: short(c / right[0]) for p, c in left.items()}
    return None


def short(value: float) -> float:
    """The number without a digit that is due to rounding: `3 * 0.1` is 0.3."""
    near = float(f"{value:.15g}") if isinstance(value, float) else value
    return near if abs(near - value) <= 2.3e-16 * abs(value) else value


def nest(powers: Coefficients, name: gast.Name) -> gast.expr:
    """`a + x * (b + x * c)`"""
    lowest = min(powers)
    if len(powers) < 3 and (lowest == 0 or len(powers) == 1):
        return power_sum(powers, name)
    if lowest:
        rest = nest({p - lowest: c for p, c in powers.items()}, name)
        return times(power_of(name, lowest), rest)
    return tree.binary(tree.constant(powers[0]), "+", nest({p: c for p, c in powers.items() if p}, name))


def power_sum(powers: Coefficients, name: gast.Name) -> gast.expr:
    """`a - b * x + c * x ** 2`"""
    result: gast.expr | None = None
    for power, value in sorted(powers.items()):
        if result is None:
            result = times(tree.constant(value), power_of(name, power)) if power else tree.constant(value)
        else:
            part = times(tree.constant(abs(value)), power_of(name, power))
            result = tree.binary(result, "+" if value > 0 else "-", part)
    assert result is not None, "there is a power"
    return result


def power_of(name: gast.Name, power: int) -> gast.expr:
    return name if power == 1 else tree.binary(name, "**", tree.constant(power))


def times(left: gast.expr, right: gast.expr) -> gast.expr:
    if number(left) == 1:
        return right
    return left if number(right) == 1 else tree.binary(left, "*", right)
