"""Can integers satisfy these linear conditions?  Sums like `i + 2 * j - 1`, and a search for a contradiction among them.

Before: i >= 0,  j >= i + 1,  j <= n - 1,  i == j        After: they contradict each other
Equations are solved for a variable with factor one; then a variable at a time is eliminated between the lower and the
upper bounds it has (Fourier and Motzkin).  What is not found to be contradictory may be possible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd
from typing import Any

MOST = 120  # conditions; a search that needs more is given up


@dataclass(frozen=True)
class Affine:
    """`constant` and the sum of `factor * variable`, as sorted pairs; no factor is zero.  Variables are anything that can be sorted."""

    terms: tuple[tuple[Any, int], ...] = ()
    constant: int = 0

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        sums = dict(self.terms)
        for variable, factor in other.terms:
            sums[variable] = sums.get(variable, 0) + factor
        return affine(sums, self.constant + other.constant)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + other * -1

    def __mul__(self, number: int) -> Affine:
        return affine({v: f * number for v, f in self.terms}, self.constant * number)

    def factor(self, variable: Any) -> int:
        return next((f for v, f in self.terms if v == variable), 0)


@dataclass(frozen=True)
class Conditions:
    """Sums that are zero, and sums that are zero or more."""

    zero: tuple[Affine, ...] = ()
    positive: tuple[Affine, ...] = ()

    def __add__(self, other: Conditions) -> Conditions:
        return Conditions(self.zero + other.zero, self.positive + other.positive)


def affine(terms: dict[Any, int], constant: int = 0) -> Affine:
    return Affine(tuple(sorted(((v, f) for v, f in terms.items() if f))), constant)


def variable(name: Any) -> Affine:
    return Affine(((name, 1),))


def contradictory(conditions: Conditions) -> bool:
    """Is it certain that no integers satisfy all conditions?"""
    solved = without_equations(conditions)
    if solved is None:
        return True
    bounds = tightened(solved)
    while bounds is not None:
        if len(bounds) > MOST:
            return False
        variables = {v for b in bounds for v, _ in b.terms}
        if not variables:
            return False
        bounds = tightened(without(cheapest(variables, bounds), bounds))
    return True


def without_equations(conditions: Conditions) -> list[Affine] | None:
    """The sums that are zero or more, after every equation is solved; None if one of them can't be."""
    zero, positive = list(conditions.zero), list(conditions.positive)
    while zero:
        equation = zero.pop()
        common = gcd(*(f for _, f in equation.terms))
        if not common:
            if equation.constant:
                return None
            continue
        if equation.constant % common:
            return None
        equation = Affine(tuple((v, f // common) for v, f in equation.terms), equation.constant // common)
        one = next((v for v, f in equation.terms if abs(f) == 1), None)
        if one is None:
            positive += [equation, equation * -1]
            continue
        value = equation * -equation.factor(one) + variable(one)
        zero = [put(value, one, z) for z in zero]
        positive = [put(value, one, p) for p in positive]
    return positive


def put(value: Affine, name: Any, into: Affine) -> Affine:
    """The sum with a value put in for a variable."""
    factor = into.factor(name)
    return into + (value - variable(name)) * factor if factor else into


def tightened(bounds: Iterable[Affine]) -> list[Affine] | None:
    """Of sums with the same terms the least; divided by what their factors share.  None if one is a negative number."""
    least: dict[Any, int] = {}
    for bound in bounds:
        common = gcd(*(f for _, f in bound.terms))
        if not common:
            if bound.constant < 0:
                return None
            continue
        terms, constant = tuple((v, f // common) for v, f in bound.terms), bound.constant // common
        least[terms] = min(least.get(terms, constant), constant)
    return [Affine(terms, constant) for terms, constant in least.items()]


def cheapest(variables: set[Any], bounds: list[Affine]) -> Any:
    def cost(name: Any) -> tuple[int, Any]:
        factors = [b.factor(name) for b in bounds]
        return sum(f > 0 for f in factors) * sum(f < 0 for f in factors), name

    return min(variables, key=cost)


def without(name: Any, bounds: list[Affine]) -> list[Affine]:
    """What the bounds say of the other variables."""
    result = [b for b in bounds if not b.factor(name)]
    lower = [b for b in bounds if b.factor(name) > 0]
    upper = [b for b in bounds if b.factor(name) < 0]
    return result + [a * -b.factor(name) + b * a.factor(name) for a in lower for b in upper]
