"""Which elements are the same in all passes of a loop?  They are read once, before it.

Before: for j in range(U.shape[1]):               After: users_k = users[k]
            U_bar[users[k], j] += e * V[k, j]            for j in range(U.shape[1]):
                                                             U_bar[users_k, j] += e * V[k, j]

The compiler can't tell that what is stored to is not what is read.  This is done for loops of array statements alone:
NumPy reads these elements even where there is nothing to do with them.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.contraction import is_element, items_of
from srcgrad.backends.effects import Nest, Sharing, bound_in
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import children


class Invariants:
    """The loops of one function."""

    def __init__(self, sharing: Sharing, names: Names) -> None:
        self.sharing, self.names = sharing, names

    def block(self, statements: list[Any]) -> list[Any]:
        result: list[Any] = []
        known: dict[str, tuple[Any, str]] = {}  # text of an element that has a name -> it, the name
        for statement in statements:
            if isinstance(statement, Nest):
                changes: dict[int, Any] = {}
                for element in self.invariant(statement):
                    text = tree.text(element)
                    if text not in known:
                        known[text] = element, self.names.fresh(name_of(element))
                        result.append(tree.assign(known[text][1], element))
                    changes[id(element)] = tree.name(known[text][1])
                if changes:
                    statement = tree.replace(statement, changes)
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                statement = copy.copy(statement)
                statement.body, statement.orelse = self.block(statement.body), self.block(statement.orelse)
            known = {text: (e, name) for text, (e, name) in known.items() if self.stays(e, statement)}
            result.append(statement)
        return result

    def invariant(self, loop: Nest) -> list[Any]:
        """The elements that a loop reads over and over, if it stores to arrays; not those that others have in an index."""
        if not self.sharing.effects(loop).stores:
            return []
        found: list[Any] = []
        queue: list[Any] = list(loop.body)
        for node in queue:
            if is_read(node) and self.stays(node, loop):
                found.append(node)
            else:
                queue += children(node)
        return found

    def stays(self, element: Any, statement: Any) -> bool:
        """Is an element the same all through a statement?"""
        effects = self.sharing.effects(statement)
        read = tree.names_read(element)
        if read & bound_in(statement):
            return False
        return not any(self.sharing.may_share(a, b, statement, statement) for a in read for b in effects.stores)


def is_read(node: Any) -> bool:
    """`a[i, k]`, where it is read"""
    if not isinstance(node, gast.Subscript) or not isinstance(node.ctx, gast.Load) or not is_element(node):
        return False
    return isinstance(node.value, gast.Name)


def name_of(element: Any) -> str:
    """`users_k` for `users[k]`."""
    items = items_of(element)
    plain = all(isinstance(i, gast.Name) for i in items)
    return "_".join([element.value.id, *(i.id for i in items)]) if plain else element.value.id
