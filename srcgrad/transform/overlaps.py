"""Which views can have no shadow?  Those in which an element is seen twice, or which NumPy lets no one store into.

Before: wide = np.broadcast_to(row, (2, 3))        After: row[1] = 5.0
        row[1] = 5.0                                      s = np.sum(np.broadcast_to(row, (2, 3)))
        s = np.sum(wide)
An adjoint can't be added up in such a view.  If what it is a view of is called the same wherever it is read, it is
taken anew there, which is the same memory, and its adjoint is a value.
"""

from __future__ import annotations

import gast

from srcgrad.analysis.inline import all_names, block_of
from srcgrad.analysis.sharing import shares_of
from srcgrad.lang import core, tree
from srcgrad.lang.core import bound_names, walk


def view_without_shadow(function: core.Function, group: set[str], result: str | None) -> core.Assign | None:
    """A binding in the group to such a view, if its reads can be replaced."""
    counts: dict[str, int] = {p.id: 1 for p in function.params}
    for step in walk(function.steps):
        for node in bound_names(step):
            counts[node.id] = counts.get(node.id, 0) + 1
    for step in walk(function.steps):
        if not isinstance(step, core.Assign) or len(step.targets) != 1 or step.targets[0].id not in group:
            continue
        match = function.matches.get(id(step.value))
        name = step.targets[0].id
        if match is None or "!" not in shares_of(match) or name == result or not is_read(function, step):
            continue
        if counts[name] == 1 and all(counts.get(n, 1) == 1 for n in tree.names_read(step.value)):
            if reads_follow(function, step) and not is_changed(function, name):
                return step
    return None


def is_read(function: core.Function, binding: core.Assign) -> bool:
    return any(binding.targets[0].id in all_names(s) for s in walk(function.steps) if s is not binding)


def reads_follow(function: core.Function, binding: core.Assign) -> bool:
    """Does every read come after the binding, in the same iteration of each loop?"""
    block = block_of(function.steps, binding)
    at = tree.index_of(block, binding)
    later = {id(s) for s in walk(block[at + 1 :])}
    name = binding.targets[0].id
    return all(id(s) in later or name not in all_names(s) for s in walk(function.steps) if s is not binding)


def is_changed(function: core.Function, name: str) -> bool:
    """Is it stored into, or given to a function that might?"""
    for step in walk(function.steps):
        if isinstance(step, core.Store) and tree.root(step.target) == name:
            return True
        if isinstance(step, core.Call) and any(isinstance(a, gast.Name) and a.id == name for a in step.args):
            return True
    return False
