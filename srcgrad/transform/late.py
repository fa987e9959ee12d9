"""Which shadows can wait for the backward pass?  Those of a straight line, of which nothing is bound anew meanwhile.

Early: x = x.copy()                     Late: x = x.copy()
       x_bar = np.zeros_like(x)               y = x[1:]
       y = x[1:]                              y *= 2
       y_bar = x_bar[1:]                      # Backward pass
       y *= 2                                 x_bar = np.zeros_like(x)
                                              y_bar = x_bar[1:]
What shares memory in the forward pass does so from the start of the backward pass on; no adjoint is kept from one to
the other, and a function that is given the adjoint of an argument works on that itself.
"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Array, Const, Number, is_memory
from srcgrad.lang import core, tree
from srcgrad.lang.core import bound_names, walk
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.program import Program


def are_late(program: Program, steps: list[core.Step], twins: set[int]) -> bool:
    """Can all twins be made at the start of the backward pass?  What they are made of must mean there what it did."""
    found = [s for s in walk(steps) if id(s) in twins]
    if not all(isinstance(s, core.Assign) and any(s is top for top in steps) for s in found):
        return False
    bars = {t.id for s in found for t in bound_names(s)}
    bound: set[str] = set()
    for step in reversed(steps):
        if id(step) in twins and isinstance(step, core.Assign):
            if {t.id for t in step.targets} & bound or not lasts(program, step.value, bars, bound):
                return False
            bound |= {t.id for t in step.targets}
        else:
            bound |= {n.id for s in walk([step]) for n in bound_names(s)}
    return True


def lasts(program: Program, value: gast.expr, bars: set[str], bound: set[str]) -> bool:
    """Has what a shadow is made of the same meaning at the end of the forward pass, where `bound` is bound after it?"""
    names = {n for n in tree.names_read(value) - bars if program.is_local(n)}
    if names & bound or not all(isinstance(program.kind_of_name(n), (Array, Number, Const)) for n in names):
        return False
    indices = [n.slice for n in nodes_in(value) if isinstance(n, gast.Subscript)]
    told = {n for index in indices for n in tree.names_read(index) if program.is_local(n)}
    return not any(is_memory(program.kind_of_name(n)) for n in told)
