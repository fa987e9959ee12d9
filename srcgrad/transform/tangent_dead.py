"""Which tangents does nobody read?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.dead import Dead


class DeadTangents(Dead):
    """Only assignments to tangents are left out."""

    def __init__(self, is_pure: Any, groups: Any, dots: set[str]) -> None:
        super().__init__(is_pure, groups, dots)
        self.dots = dots

    def statement(self, statement: Any, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        if isinstance(statement, gast.Assign):
            target = statement.targets[0]
            places = list(target.elts) if isinstance(target, gast.Tuple) else [target]
            places = [q for p in places for q in (p.elts if isinstance(p, gast.Tuple) else [p])]
            if not all(tree.root(p) in self.dots for p in places):
                bound = {p.id for p in places if isinstance(p, gast.Name)}
                read = {n for p in places if not isinstance(p, gast.Name) for n in names_of(p)}
                return statement, (live - bound) | tree.names_read(statement.value) | read
        elif isinstance(statement, gast.AugAssign):
            if tree.root(statement.target) not in self.dots:
                return statement, live | names_of(statement)
        elif isinstance(statement, gast.Expr):
            value = statement.value
            mirrored = isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute)
            if not mirrored or tree.root(value.func) not in self.dots:
                return statement, live | tree.names_read(statement)
        elif isinstance(statement, gast.If):
            body, first = self.block(statement.body, set(live))
            orelse, second = self.block(statement.orelse, set(live))
            made = gast.If(statement.test, body or [gast.Pass()], orelse)
            return made, first | second | tree.names_read(statement.test)
        elif isinstance(statement, gast.For):
            head = set(live)
            bound = {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
            while True:
                body, before = self.block(statement.body, set(head))
                if before - bound <= head:
                    break
                head |= before - bound
            made = gast.For(statement.target, statement.iter, body or [gast.Pass()], [], None)
            return made, head | tree.names_read(statement.iter)
        elif isinstance(statement, gast.With):
            body, live = self.block(statement.body, live)
            for item in statement.items:
                live = live | tree.names_read(item.context_expr)
            return gast.With(statement.items, body or [gast.Pass()], None), live
        return super().statement(statement, live)


def names_of(node: gast.AST) -> set[str]:
    return {n.id for n in nodes_in(node) if isinstance(n, gast.Name)}
