"""Which values does one way alone need?  They are computed on that way.

Before: y = np.sqrt(x)                   After: if x < 0:
        if x < 0:                                   result = x ** 2
            result = x ** 2                     else:
        else:                                       y = np.sqrt(x)
            result = 3 * y                          result = 3 * y
The other way has then no adjoint of y: no zero is given on, which would meet a slope that is not finite where x is negative.
"""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import gast

from srcgrad.analysis.kinds import Unknown
from srcgrad.analysis.pure import is_pure
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import count_names, trees_of


def sink(function: core.Function) -> None:
    """Moves assignments before a branch into that of its blocks which alone reads what they bind."""
    for _ in range(len(function.steps)):
        counts = count_names(function.steps)
        if not Sinking(function, counts).block(function.steps):
            return


class Sinking:
    """`counts`: how often each name occurs in the function."""

    def __init__(self, function: core.Function, counts: Counter[str]) -> None:
        self.function, self.counts = function, counts
        self.kinds = SimpleNamespace(of=lambda node: function.kinds.get(id(node), Unknown()))
        self.params = {p.id for p in function.params}

    def block(self, block: list[core.Step]) -> bool:
        """Was something moved?"""
        moved = False
        for step in list(block):
            if type(step) is core.If:
                moved |= self.into(step, block)
            if not isinstance(step, core.Try):
                for inner in core.blocks_of(step):
                    moved |= self.block(inner)
        return moved

    def into(self, branch: core.If, block: list[core.Step]) -> bool:
        """From the last statement before the branch to the first: each is read by no statement between that stays."""
        at = tree.index_of(block, branch)
        inside = [count_names(b) for b in (branch.body, branch.orelse)]
        bound: set[str] = set()  # by the statements between
        moved = False
        for step in reversed(block[:at]):
            if not all(map(self.is_pure, core.walk([step]))):
                break
            to = self.only_reader(step, inside) if isinstance(step, core.Assign) else None
            if to is not None and not bound & set(count_names([step])):
                block.remove(step)
                (branch.body, branch.orelse)[to].insert(0, step)
                inside[to] += count_names([step])
                moved = True
            else:
                bound |= {n.id for s in core.walk([step]) for n in core.bound_names(s)}
        return moved

    def only_reader(self, step: core.Assign, inside: list[Counter[str]]) -> int | None:
        """The block that has all other occurrences of the one name that a differentiated step binds."""
        names = [t.id for t in step.targets]
        if (
            len(names) != 1
            or names[0] in self.params
            or not any(id(n) in self.function.matches for n in nodes_in(step.value))
        ):
            return None
        others = self.counts[names[0]] - count_names([step])[names[0]]
        return next((i for i, c in enumerate(inside) if others and c[names[0]] == others), None)

    def is_pure(self, step: core.Step) -> bool:
        """Does a step do nothing but bind names?"""
        if (
            not isinstance(step, (core.Assign, core.If, core.For, core.While))
            or getattr(step, "printed", None) is not None
        ):
            return False
        calls = [n for tree in trees_of(step) for n in nodes_in(tree) if isinstance(n, gast.Call)]
        return all(is_pure(call, self.kinds, self.function.matches) for call in calls)
