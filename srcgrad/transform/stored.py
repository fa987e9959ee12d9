"""Which values are read from where they were stored?  Those that are still there when the backward pass wants them.

Before: h_term = np.tanh(W @ h[t])              After: h[t + 1] = np.tanh(W @ h[t])
        h[t + 1] = h_term                              ...
        h_term_saved.append(h_term)                    h_term_bar = h_bar[t + 1] * (1 - h[t + 1] ** 2)
        ...
        h_term = h_term_saved.pop()
        h_term_bar = h_bar[t + 1] * (1 - h_term ** 2)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.analysis.kinds import Array, dtype_of, is_scalar
from srcgrad.analysis.record import Saves
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Block, expressions
from srcgrad.transform.program import Program
from srcgrad.transform.terms import replace_in_block

PLAIN = (
    gast.Name,
    gast.Constant,
    gast.Slice,
    gast.Tuple,
    gast.BinOp,
    gast.UnaryOp,
    gast.operator,
    gast.unaryop,
    gast.expr_context,
)


@dataclass(eq=False)
class Stored:
    """A name in a block's items that stands for what the step stores; `value`: how it is computed once more."""

    step: core.Store
    block: Block
    name: str
    value: gast.expr


def may_be_read(program: Program, place: gast.expr, value: gast.expr) -> bool:
    """Is what is found at the place, after the store, the very value?"""
    if not isinstance(place, gast.Subscript) or not isinstance(place.value, gast.Name):
        return False
    base, given = program.kinds.of(place.value), program.kinds.of(value)
    if not isinstance(base, Array) or base.dtype != dtype_of(given) or not base.exact:
        return False
    if not all(isinstance(n, PLAIN) for n in nodes_in(place.slice)):
        return False
    indices = place.slice.elts if isinstance(place.slice, gast.Tuple) else [place.slice]
    if not all(isinstance(i, gast.Slice) or is_scalar(program.kinds.of(i)) for i in indices):
        return False
    sizes = program.sizes(program.kinds.of(place))
    return sizes is not None and sizes == program.sizes(given) and not any(s.symbol == "*" for s in sizes)


class Places:
    """What was put for each of the names: first the place, wherever it may be read."""

    def __init__(self, program: Program, found: list[Stored]) -> None:
        self.program = program
        self.kept = [(one, put_place(program, one)) for one in found]

    def settle(self, record: Callable[[], Saves]) -> Saves:
        """What must be saved, when values are put for the places of which something would have to be saved."""
        while True:
            saves = record()
            changed = {tree.root(p) for saved in saves.memory.values() for p in saved}
            lost = [k for k in self.kept if saves.memory.get(id(k[0].step)) or tree.root(k[0].step.target) in changed]
            if not lost:
                return saves
            self.kept = [k for k in self.kept if k not in lost]
            for one, roots in lost:
                put_value(self.program, one, roots)


def put_place(program: Program, one: Stored) -> list[gast.expr]:
    """The names of the array in the places: what stands in an index may get another name meanwhile."""
    changes: dict[int, gast.expr] = {}
    roots: list[gast.expr] = []
    for item in one.block.items:
        for node in (n for t in expressions(item) for n in nodes_in(t)):
            if isinstance(node, gast.Name) and node.id == one.name:
                target: Any = one.step.target
                root = program.kinds.record(tree.name(target.value.id), program.kinds.of(target.value))
                one.block.new_nodes.add(id(root))
                roots.append(root)
                place = tree.subscript(root, target.slice)
                changes[id(node)] = program.kinds.record(place, program.kinds.of(target))
    replace_in_block(program, one.block, changes)
    return roots


def put_value(program: Program, one: Stored, roots: list[gast.expr]) -> None:
    trees = [t for item in one.block.items for t in expressions(item)]
    places = [n for t in trees for n in nodes_in(t) if isinstance(n, gast.Subscript) and any(n.value is r for r in roots)]
    if places:
        one.block.mentions.append(one.value)
        replace_in_block(program, one.block, {id(p): one.value for p in places})
