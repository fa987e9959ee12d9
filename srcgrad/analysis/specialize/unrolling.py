"""Which loops are written out, once for each member?"""

from __future__ import annotations

import copy
from collections.abc import Callable

import gast

from srcgrad.analysis.kinds import (
    Array,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Object,
    OneOf,
    Tuple,
    is_array,
    is_scalar,
    join_all,
    widen,
)  # fmt: skip
from srcgrad.analysis.specialize.statements import Statements
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.lang.desugar.build import assign, constant, load, located, map_blocks, map_statements, negation
from srcgrad.lang.nodes import nodes_in

UNROLL = 24


def own_nodes(statement: gast.AST) -> list[gast.AST]:
    """The nodes of a statement outside loops within it."""
    found = [statement]
    if not isinstance(statement, (gast.For, gast.While)):
        for child in gast.iter_child_nodes(statement):
            found += own_nodes(child)
    return found


def without_break(statement: gast.stmt, left: str) -> list[gast.stmt]:
    """`left = True` for a break out of the loop around; nothing follows it in its branch, nor after that."""
    if isinstance(statement, gast.Break):
        return [assign(left, constant(True), statement)]
    if isinstance(statement, (gast.For, gast.While)):
        return [statement]
    return [map_blocks(statement, lambda block: map_statements(block, lambda s: without_break(s, left)))]


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
        if any(map(is_scalar, kinds)) and any(map(is_array, kinds)):
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
                and self.holds_unlike(self.kind_of_place(node.value))
            ):
                return True
        return False

    def holds_unlike(self, kind: Kind | None) -> bool:
        if isinstance(kind, Tuple):
            return self.unlike(list(kind.items))
        if isinstance(kind, List):
            return kind.cell.items is not None and self.unlike(kind.cell.items)
        return isinstance(kind, Dict) and kind.cell.whole and self.unlike(list(kind.cell.keys.values()))

    def kind_of_place(self, node: gast.expr) -> Kind | None:
        """What a name, or an attribute of an object, holds here; None where that takes more than a look."""
        if isinstance(node, gast.Name):
            if node.id not in self.env and node.id not in self.local_names:
                return self.use_name(node.id)[0]
            return self.env.get(node.id)
        if isinstance(node, gast.Attribute):
            owner = self.kind_of_place(node.value)
            return owner.cell.keys.get(node.attr) if isinstance(owner, Object) else None
        return None

    def unroll(self, statement: gast.For, values: list[Value]) -> None:
        """The loop body once for each member; after a break, under a flag that says whether the loop was left."""
        found = self.gathered.get(id(statement))
        if found is not None:
            found += [self.written_out(statement, value, i) for i, value in enumerate(values)]
            return
        breaks = any(isinstance(n, gast.Break) for s in statement.body for n in own_nodes(s))
        left = self.memo(("left", id(statement)), lambda: self.names.fresh("left")) if breaks else ""
        if left and values:
            self.local_names.add(left)
            self.execute(self.memo(("stays", id(statement)), lambda: [assign(left, constant(False), statement)]))
        self.unroll_from(statement, values, 0, left)

    def unroll_from(self, statement: gast.For, values: list[Value], first: int, left: str) -> None:
        for i in range(first, len(values)):
            if self.dead:
                return
            self.set_target(statement, *values[i], i)
            self.execute(self.memo(("copy", id(statement), i), lambda: self.copied_body(statement, i, left)))  # noqa: B023
            if left and not self.dead and i + 1 < len(values):
                test = self.memo(("stayed", id(statement), i), lambda: located(negation(load(left)), statement))
                kind, residual = self.evaluate(test)
                truth = self.truth(kind)
                if truth is not True:
                    if truth is None:
                        self.branch_on(residual, statement, i, lambda: self.unroll_from(statement, values, i + 1, left))  # noqa: B023
                    return

    def branch_on(self, test: gast.expr, statement: gast.For, at: int, run: Callable[[], None]) -> None:
        """`if test:` what the function writes."""
        block, env, self.block, self.env = self.block, self.env, [], dict(self.env)
        run()
        body, inner, dead = self.block, self.env, self.dead
        self.block, self.env, self.dead = block, env, False
        self.emit(core.If(statement.lineno, test, body, []))
        if not dead:
            self.env = self.join_env(inner, env, id(statement), "left", at)

    def copied_body(self, statement: gast.For, at: int, left: str) -> list[gast.stmt]:
        """The body for one member: the first has the statements themselves, if there is no break among them."""
        body = statement.body if at == 0 and not left else copy.deepcopy(statement.body)
        return map_statements(body, lambda s: without_break(s, left)) if left else body
