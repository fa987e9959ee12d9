"""How is added to what arrays of integers select, where they may select an element more than once?

Before: np.add.at(x_bar, i, d_bar)        After: add_at(x_bar, i, d_bar)
To a vector `np.add.at` adds as fast as a loop of C would; to rows, and to the elements of a matrix, several times more
slowly than the helper, which goes column by column, or through the array laid out flat.
"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Array
from srcgrad.lang import tree
from srcgrad.transform.indices import as_object
from srcgrad.transform.program import Program


def scattered(program: Program, place: gast.Subscript, target: gast.Subscript, value: gast.expr) -> gast.stmt:
    """place: as the user reads it; target: the same of its adjoint."""
    kind = program.kinds.of(place.value)
    vector = not isinstance(kind, Array) or (kind.sizes is not None and len(kind.sizes) < 2)
    if vector or not program.scatters:
        return program.update(target, "+at", value)
    return tree.statement(program.helper("add_at", target.value, as_object(target.slice), value))
