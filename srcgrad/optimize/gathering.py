"""Which lists are known member by member before anybody reads them?  They are displays.

Before: items = []                       After: item = np.reshape(x, (n, 1))
        items.append(np.reshape(x, (n, 1)))     item_2 = np.reshape(y, (n, 1))
        items.append(np.reshape(y, (n, 1)))     items = [item, item_2]
        z = np.concatenate(items, 1)            z = np.concatenate(items, 1)
Not those of the user's own text, which stay as they are.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import core, tree
from srcgrad.lang.names import Names
from srcgrad.optimize.fusion import is_append, made_list
from srcgrad.optimize.rewriting import count_names
from srcgrad.optimize.temporaries import blocks, own_names

MOST = 8  # members of a display that is made of them


def gathered(function: core.Function) -> list[Any]:
    """The function with such displays; the nodes that must stay alive."""
    alive: list[Any] = []
    own = own_names(function)
    names = Names(own | set(count_names(function.steps)) | set(function.namespace))
    for block in list(blocks(function.steps)):
        for made in list(block):
            name = made_list(made)
            if name is None or name in own or made.value.elts or made.printed is not None:  # type: ignore[attr-defined]
                continue
            later = block[tree.index_of(block, made) + 1 :]
            appends = appends_at_once(later, name)
            if 0 < len(appends) <= MOST:
                alive += display(function, block, made, appends, names)
    return alive


def appends_at_once(steps: list[core.Step], name: str) -> list[Any]:
    """The steps that fill a list, up to the first that does something else with it."""
    found: list[Any] = []
    for step in steps:
        if is_append(step, name):
            found.append(step)
        elif count_names([step])[name]:
            break
    return found


def display(function: core.Function, block: list[core.Step], made: Any, appends: list[Any], names: Names) -> list[Any]:
    """Puts a name in the place of each append, and the display in that of the last."""
    kinds, members, alive = function.kinds, [], [made.value, *(a.place for a in appends)]
    for append in appends:
        value = append.args[0]
        name = names.fresh("item")
        target, member = gast.Name(name, gast.Store(), None, None), gast.Name(name, gast.Load(), None, None)
        kinds[id(target)] = kinds[id(member)] = kinds[id(value)]
        members.append(member)
        block[tree.index_of(block, append)] = last = core.Assign(append.lineno, [target], value)
    whole = gast.List(members, gast.Load())
    kinds[id(whole)] = kinds[id(made.value)]
    block.remove(made)
    block.insert(tree.index_of(block, last) + 1, core.Assign(last.lineno, made.targets, whole))
    return [*alive, whole]
