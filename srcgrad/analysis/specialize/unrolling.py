"""Which loops are written out, once for each member?"""

from __future__ import annotations

import copy

import gast

from srcgrad.analysis.kinds import Array, Closure, Const, Kind, List, OneOf, Tuple, is_scalar, join_all, widen
from srcgrad.analysis.specialize.statements import Statements
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.nodes import nodes_in

UNROLL = 24


def own_nodes(statement: gast.AST) -> list[gast.AST]:
    """The nodes of a statement outside loops within it."""
    found = [statement]
    if not isinstance(statement, (gast.For, gast.While)):
        for child in gast.iter_child_nodes(statement):
            found += own_nodes(child)
    return found


class Unrolling(Statements):
    """Loops over unlike members."""

    def unlike(self, kinds: list[Kind]) -> bool:
        """Members that one loop body can't serve: functions, or values of different nature.

        What tells a library function is about few operands and axes: its loops are followed member by member.
        """
        if self.session.telling or any(
            isinstance(k, Closure) or (isinstance(k, Const) and callable(k.value)) for k in kinds
        ):
            return True
        if any(
            isinstance(k, Tuple) and self.unlike(list(k.items)) and not all(is_scalar(i) for i in k.items)
            for k in kinds
        ):
            if any(
                isinstance(i, Closure) or (isinstance(i, Const) and callable(i.value))
                for k in kinds
                if isinstance(k, Tuple)
                for i in k.items
            ):
                return True
        whole = join_all([self.session.loosen_all(widen(k)) for k in kinds])
        return self.mixed(whole)

    def mixed(self, kind: Kind) -> bool:
        if isinstance(kind, OneOf):
            return True
        if isinstance(kind, Array):
            return kind.sizes is None
        if isinstance(kind, Tuple):
            return any(self.mixed(k) for k in kind.items)
        return False

    def wants_unrolling(self, statement: gast.For) -> bool:
        """Is the loop variable used to pick among unlike things?"""
        if self.session.telling:
            return True
        if not isinstance(statement.target, gast.Name):
            return False
        name = statement.target.id
        for node in [n for s in statement.body for n in nodes_in(s)]:
            if (
                isinstance(node, gast.Subscript)
                and isinstance(node.slice, gast.Name)
                and node.slice.id == name
                and isinstance(node.value, gast.Name)
            ):
                kind = self.env.get(node.value.id)
                if kind is None and node.value.id not in self.local_names:
                    kind, _ = self.use_name(node.value.id)
                if isinstance(kind, Tuple) and self.unlike(list(kind.items)):
                    return True
                if isinstance(kind, List) and kind.cell.items is not None and self.unlike(kind.cell.items):
                    return True
        return False

    def unroll(self, statement: gast.For, values: list[Value]) -> None:
        """The loop body once for each member."""
        if any(isinstance(n, gast.Break) for s in statement.body for n in own_nodes(s)):
            self.unroll_with_break(statement, values)
            return
        for i, (kind, residual) in enumerate(values):
            if self.dead:
                return
            self.set_target(statement, kind, residual, i)
            body = (
                statement.body
                if i == 0
                else self.memo(("copy", id(statement), i), lambda: copy.deepcopy(statement.body))
            )
            self.execute(body)

    def unroll_with_break(self, statement: gast.For, values: list[Value]) -> None:
        """A break leaves the rest of the members out: each body stands inside a loop that runs once, under a flag."""
        raise self.refusal(
            "E305", "`break` in a loop over members of different kinds", statement,
            "make the members of one kind, or take the functions apart before the loop",
        )  # fmt: skip
