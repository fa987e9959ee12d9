"""How is an index passed as an argument?"""

from __future__ import annotations

import gast

from srcgrad.lang import tree


def as_object(index: gast.expr) -> gast.expr:
    """`1:-1` as `slice(1, -1)`."""
    if isinstance(index, gast.Slice):
        none = tree.constant(None)
        parts = [index.lower or none, index.upper or none]
        if index.step is not None:
            parts.append(index.step)
        elif index.lower is None and index.upper is None:
            parts = [none]
        elif index.lower is None:
            parts = [index.upper or none]
        return tree.call("slice", *parts)
    if isinstance(index, gast.Tuple):
        return tree.display([as_object(e) for e in index.elts])
    return index
