"""Which lists, dicts and objects may a value be, and hold?  Those of different places of creation are never one.

Inference gives a cell to every place of creation, and makes one of two cells as soon as one name or one container may
have either (Steensgaard 1996), so that memory is told apart by cells.  Arrays have no cells: each may be any other.
"""

from __future__ import annotations

from srcgrad.analysis.examples import is_data
from srcgrad.analysis.kinds import Array, Closure, Holder, Kind, OneOf, Row, Tuple, Unknown, Word

Places = frozenset[object]
ARRAY, TUPLE, FUNCTION = "array", "tuple", "function"
ANY: Places = frozenset({"any"})


def itself(kind: Kind) -> Places:
    """The places at which what the value itself is may have been made."""
    if isinstance(kind, OneOf):
        return frozenset().union(*map(itself, kind.options))
    if isinstance(kind, Array):
        return frozenset({ARRAY})
    if isinstance(kind, Tuple):
        return frozenset({TUPLE})
    if isinstance(kind, Closure):
        return frozenset({FUNCTION})
    if isinstance(kind, Unknown) and not isinstance(kind, (Word, Row)):
        return ANY
    if is_data(kind):
        return frozenset({ARRAY})  # a sparse matrix is changed by what changes its data
    return frozenset({kind.cell}) if isinstance(kind, Holder) else frozenset()


def inside(kind: Kind, seen: Places = frozenset()) -> Places:
    """And those of all that can be reached in it."""
    if isinstance(kind, OneOf):
        return frozenset().union(*(inside(k, seen) for k in kind.options))
    if isinstance(kind, Unknown) or is_data(kind):
        return itself(kind)
    members: list[Kind] = []
    if isinstance(kind, Tuple):
        members = list(kind.items)
    elif isinstance(kind, Closure):
        members = [k for _, k in kind.captured]
    elif isinstance(kind, Holder) and kind.cell not in seen:
        members, seen = kind.cell.members(), seen | {kind.cell}
    return frozenset().union(*(itself(k) | inside(k, seen) for k in members))


def may_meet(a: Places, b: Places) -> bool:
    """May something be of both?"""
    return bool(a and b) and (ANY <= a or ANY <= b or not a.isdisjoint(b))
