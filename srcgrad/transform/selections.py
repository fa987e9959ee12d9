"""What does an index select: a copy, and may it be one element twice?"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, Kind, List, Tuple, dtype_of, is_scalar
from srcgrad.lang import core
from srcgrad.transform.program import Program


def is_advanced(index: Kind) -> bool:
    """Does the index select by an array or a list, so that the result is a copy?"""
    items = index.items if isinstance(index, Tuple) else [index]
    return any(isinstance(k, List) or (isinstance(k, Array) and not is_scalar(k)) for k in items)


def may_repeat(index: Kind) -> bool:
    """May the index select an element twice?  Not if arrays in it are masks."""
    items = index.items if isinstance(index, Tuple) else [index]
    return any(
        isinstance(k, List) or (isinstance(k, Array) and not is_scalar(k) and k.dtype.kind != "b") for k in items
    )


def may_select_twice(program: Program, index: gast.expr) -> bool:
    """The same of an index as it is written: `(np.arange(n), y)`, where y has n elements, selects one in each row."""
    kinds = program.kinds
    if not may_repeat(kinds.of(index)):
        return False
    items = index.elts if isinstance(index, gast.Tuple) else [index]
    arrays = [
        i for i in items if not is_scalar(kinds.of(i)) and not isinstance(i, gast.Slice) and kinds.of(i) != Const(None)
    ]
    sizes = {program.sizes(kinds.of(i)) for i in arrays}
    alike = len(sizes) == 1 and all(s is not None and len(s) == 1 and s[0].symbol != "*" for s in sizes)
    return not alike or not any(is_counted(program, i) for i in arrays)


def is_counted(program: Program, node: gast.expr) -> bool:
    """`np.arange(n)`, or a name for it, where no array of integers is changed."""
    kinds = program.kinds
    if isinstance(node, gast.Name) and node.id in program.definitions and node.id not in program.rebound:
        steps = list(core.walk(program.function.steps))
        made = [s.value for s in steps if isinstance(s, core.Assign) and [t.id for t in s.targets] == [node.id]]
        return (
            len(made) == 1
            and isinstance(made[0], gast.Call)
            and is_counted(program, made[0])
            and not any(changes_integers(program, s) for s in steps)
        )
    called = isinstance(node, gast.Call) and len(node.args) == 1 and kinds.of(node.func) == Const(np.arange)
    return called and dtype_of(kinds.of(node)) == np.dtype(np.int64)


def changes_integers(program: Program, step: core.Step) -> bool:
    """May the step change an array of integers?"""
    if isinstance(step, (core.Effect, core.Call)):
        return True
    if not isinstance(step, core.Store):
        return False
    root: Any = step.target
    while isinstance(root, (gast.Subscript, gast.Attribute)):
        root = root.value
    dtype = dtype_of(program.kinds.of(root))
    return dtype is None or dtype.kind in "iu"
