"""Which axes are so short that their length is written as a number?  The coordinates of points, `x.shape[1]` being 3.

Before: for k in range(x.shape[1]):          After: for k in range(3):
            d = x[j, k] - x[i, k]                       d = x[j, k] - x[i, k]

Numba writes such loops out, and keeps what they fill in registers.  The length is a fact of the arguments, and guarded.
"""

from __future__ import annotations

from srcgrad.analysis.facts import Facts
from srcgrad.analysis.kinds import Array, Kind, Size

FEW = range(2, 5)


def tell_few(kinds: list[Kind], facts: Facts) -> None:
    """The last axes of arrays of several axes that are given, if they have few elements, have as many in every call."""
    for kind in kinds:
        if not isinstance(kind, Array) or not kind.sizes or len(kind.sizes) < 2:
            continue
        size = facts.canonical(kind.sizes[-1])
        if size.symbol is not None and facts.text(size) is not None and facts.value(size) in FEW:
            facts.equal(size, Size(None, facts.value(size)))
