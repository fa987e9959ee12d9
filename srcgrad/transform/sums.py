"""What is the adjoint of a number that was broadcast?  The sum of all elements; numbers among the factors are no part of it.

Before: a_bar = np.sum(y_bar * 0.5 * (x - y) * dt)        After: a_bar = 0.5 * np.sum(y_bar * (x - y)) * dt
"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Kind, is_scalar
from srcgrad.transform.product import Factor, Term, product
from srcgrad.transform.program import Program


def sum_of_all(program: Program, term: Term, kind: Kind) -> Term:
    """The sum of a term that has the full shape of what it stands for; kind: of the number."""
    kinds, factors = program.kinds, [("*", term.base), *term.factors]
    numbers: list[Factor] = []
    arrays: list[Factor] = []
    for op, factor in factors:
        named = isinstance(factor, gast.Name) and "·" in factor.id  # it may stand for what is stored
        plain = is_scalar(kinds.of(factor)) and not named and not program.is_grown(factor)
        (numbers if plain else arrays).append((op, factor))
    whole, first = product(term), arrays[0] if arrays else ("/", term.base)
    rest = product(Term(1, first[1], kind, arrays[1:]))
    sizes = program.sizes(kinds.of(whole))
    if not numbers or first[0] == "/" or sizes is None or sizes != program.sizes(kinds.of(rest)):
        numbers, rest = [], whole
    total = kinds.record(program.numpy("sum", rest), kind)
    if numbers and numbers[0][1] is term.base:
        return Term(term.sign, term.base, kind, [*numbers[1:], ("*", total)])
    return Term(term.sign, total, kind, numbers)
