"""Of which names may the memory be changed by statements?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree


class Touching:
    """`groups`: names that may share memory.  `has_effect`: does an expression do more than give a value?

    modules: the names that stand for modules, which no call changes.
    """

    def __init__(
        self, groups: Callable[[str], set[str]], has_effect: Callable[[gast.AST], bool], modules: set[str]
    ) -> None:
        self.groups, self.has_effect, self.modules = groups, has_effect, modules

    def by(self, statements: list[Any], but: set[str] = frozenset()) -> set[str]:  # type: ignore[assignment]
        """The names, without those in `but`."""
        found: set[str] = set()
        for statement in tree.statements_in(statements):
            places: list[Any] = []
            if isinstance(statement, gast.Assign):
                parts = [e for t in statement.targets for e in (t.elts if isinstance(t, gast.Tuple) else [t])]
                places = [p for p in parts if not isinstance(p, gast.Name)]
            elif isinstance(statement, gast.AugAssign):
                places = [statement.target]
            found |= {root for p in places if (root := tree.root(p)) is not None}
            for expression in own_expressions(statement):
                if self.has_effect(expression):
                    found |= tree.names_read(expression)
        found -= self.modules
        return found.union(*map(self.groups, found)) - but


def own_expressions(statement: Any) -> list[gast.AST]:
    """The expressions of a statement that are not in statements inside it."""
    if isinstance(statement, (gast.If, gast.While)):
        return [statement.test]
    if isinstance(statement, gast.For):
        return [statement.iter]
    return [v for _, v in gast.iter_fields(statement) if isinstance(v, gast.expr)]
