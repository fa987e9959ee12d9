"""Which arrays are written out, element by element?  `np.array([[a, b], [c, d]])`, for all that its text tells, `np.eye(2)`."""

from __future__ import annotations

import itertools
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Size
from srcgrad.lang import tree

Place = tuple[int, ...]


def written_out(node: Any) -> tuple[Place, list[tuple[Place, gast.expr]]] | None:
    """The shape, and the elements with their places; None if this is no such call, or its rows are of unlike lengths."""
    if not isinstance(node, gast.Call) or node.keywords or len(node.args) != 1:
        return None
    size = node.args[0].value if isinstance(node.args[0], gast.Constant) else None
    if tree.text(node.func) in ("np.eye", "np.identity") and type(size) is int and 1 <= size <= 3:
        places = itertools.product(range(size), range(size))
        return (size, size), [((i, j), tree.constant(1.0 if i == j else 0.0)) for i, j in places]
    if tree.text(node.func) != "np.array":
        return None
    rows: list[tuple[Place, Any]] = [((), node.args[0])]
    shape: Place = ()
    while all(isinstance(row, (gast.List, gast.Tuple)) for _, row in rows):
        lengths = {len(row.elts) for _, row in rows}
        if len(lengths) != 1 or 0 in lengths:
            return None
        shape = (*shape, lengths.pop())
        rows = [((*place, k), part) for place, row in rows for k, part in enumerate(row.elts)]
    if not shape or any(isinstance(part, (gast.List, gast.Tuple, gast.Starred)) for _, part in rows):
        return None
    return shape, rows


def filled(lowering: Any, node: gast.Call) -> gast.Name | None:
    """The array without lists, if it is one of doubles: its elements are stored one by one."""
    kind, written = lowering.flow.of(node), written_out(node)
    shape, elements = written or ((), [])
    if not isinstance(kind, Array) or kind.sizes != tuple(Size(None, n) for n in shape) or kind.dtype != np.float64:
        return None
    values = [(place, lowering.value(element)) for place, element in elements]
    made = tree.name(lowering.names.fresh("row" if len(shape) == 1 else "rows"))
    lowering.put(lowering.empty(made.id, kind, [tree.constant(n) for n in shape]))
    for place, value in values:
        at = [tree.constant(k) for k in place]
        lowering.put(tree.assign(tree.subscript(made, at[0] if len(at) == 1 else tree.display(at)), value))
    lowering.flow.bind(tree.target(made.id), kind)
    return made
