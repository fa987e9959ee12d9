"""Which adjoints are broadcast only to meet arrays that have the whole shape?  They stay as they are.

Before: o_bar = np.broadcast_to(p_bar[:, None], o.shape)      After: z_bar = p_bar[:, None] * mask
        z_bar = o_bar * mask
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.harmless import only_adds_axes
from srcgrad.analysis.kinds import ONE, Array, Const, Kind, dtype_of
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.optimize.deferring import named
from srcgrad.optimize.folding import name_of

Statements = list[gast.stmt]
ELEMENTWISE = (gast.Add, gast.Sub, gast.Mult, gast.Div)


class Spreading:
    """kind: of an expression.  sizes: those of a kind, if all are known."""

    def __init__(self, kind: Callable[[gast.expr], Kind], sizes: Callable[[Kind], Any]) -> None:
        self.kind, self.sizes = kind, sizes

    def run(self, statements: Statements, read: set[str]) -> Statements:
        """The statements without such broadcasts.  read: the names that are read after them."""
        self.counts = Counter(n.id for n in nodes_in(*statements) if isinstance(n, gast.Name))
        self.counts.update(read)
        self.handed_on = set().union(*map(handed_on, tree.statements_in(statements)))
        return self.block(statements)

    def block(self, statements: Statements) -> Statements:
        result = [tree.with_blocks(s, self.block) for s in statements]
        for i in reversed(range(len(result))):
            whole, name = assigned(result[i]), name_of(result[i])
            small = None if whole is None else self.small(whole)
            if whole is None or small is None or name is None:
                continue
            uses = [(k, n) for k in range(i + 1, len(result)) for n in named([result[k]], name)]
            if not uses or len(uses) + 1 != self.counts[name]:
                continue
            if not isinstance(self.kind(small), Array):
                uses = [(k, with_new_axes(result[k], n)) for k, n in uses]
            if not all(self.meets(result[k], n, whole) for k, n in uses):
                continue
            if isinstance(self.kind(small), Array):
                if not self.stays(small, result[i + 1 : uses[-1][0] + 1]):
                    continue
                for k, n in uses:
                    result[k] = tree.replace(result[k], {id(n): small})
                result[i] = gast.Pass()
                continue
            result[i] = tree.assign(name, small)
            for k, n in uses:
                result[k] = tree.replace(result[k], {id(n): tree.name(name)})
        return [s for s in result if not isinstance(s, gast.Pass)]

    def small(self, whole: gast.expr) -> gast.expr | None:
        """What is broadcast: a part of an adjoint, or a number, be it under new axes."""
        call = whole.value if isinstance(whole, gast.Subscript) and only_adds_axes(whole) else whole
        if not isinstance(call, gast.Call) or len(call.args) != 2 or call.keywords:
            return None
        function = self.kind(call.func)
        if function == Const(np.full):
            return call.args[1] if self.sizes(self.kind(call.args[1])) == () else None
        spread = function == Const(np.broadcast_to) and call is whole and tree.is_place(call.args[0])
        return call.args[0] if spread else None

    def meets(self, statement: Any, use: gast.expr, whole: gast.expr) -> bool:
        """Is what is broadcast, or a view of it, combined with something of its shape and type before all else?"""
        kind = self.kind(whole)
        sizes = self.sizes(kind if isinstance(use, gast.Name) else self.kind(use))
        if sizes is None or not isinstance(statement, (gast.Assign, gast.AugAssign)):
            return False

        def is_whole(other: gast.expr) -> bool:
            found, dtype = dtype_of(self.kind(other)), dtype_of(kind)
            if found is None or dtype is None or any(s.symbol == "*" for s in sizes):
                return False
            wide = self.sizes(self.kind(other))
            fits = wide == sizes or wide and len(wide) == len(sizes) and all(b in (a, ONE) for a, b in zip(wide, sizes))
            return bool(fits) and np.promote_types(found, dtype) == found

        above = {id(child): node for node in nodes_in(statement.value) for child in gast.iter_child_nodes(node)}
        node: Any = use
        while id(node) in above:
            parent = above[id(node)]
            if isinstance(parent, gast.BinOp) and isinstance(parent.op, ELEMENTWISE):
                other = parent.right if node is parent.left else parent.left
                if is_whole(other):
                    return True
                if self.sizes(self.kind(other)) != ():
                    return False
            elif isinstance(parent, gast.Call) and self.kind(parent.func) == Const(np.where) and len(parent.args) == 3:
                condition, *values = (a for a in parent.args if a is not node)
                return self.sizes(self.kind(condition)) == sizes and all(isinstance(self.kind(v), Const) for v in values)
            elif not isinstance(parent, gast.UnaryOp):
                return False
            node = parent
        return isinstance(statement, gast.AugAssign) and is_whole(statement.target)

    def stays(self, small: gast.expr, statements: Statements) -> bool:
        """Is a part of an adjoint the same after these statements?"""
        names = tree.names_read(small)
        if names & self.handed_on:
            return False
        for statement in statements:
            if isinstance(statement, (Blank, Comment)):
                continue
            if not isinstance(statement, (gast.Assign, gast.AugAssign)):
                return False
            targets = [statement.target] if isinstance(statement, gast.AugAssign) else statement.targets
            if names & {n.id for t in targets for n in tree.name_nodes(t)}:
                return False
            calls = [n for n in nodes_in(statement.value) if isinstance(n, gast.Call) and isinstance(n.func, gast.Name)]
            if names & {n for call in calls for n in tree.names_read(call)}:
                return False
        return True


def assigned(statement: Any) -> gast.expr | None:
    """What a statement assigns, without the copy that is made of it."""
    value = statement.value if isinstance(statement, gast.Assign) else None
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr == "copy":
        value = value.func.value
    return value


def handed_on(statement: Any) -> set[str]:
    """The names of adjoints that get other names, or places in lists, by which they may be changed."""
    value = getattr(statement, "value", None)
    values = value.elts if isinstance(value, gast.Tuple) else [value]
    if isinstance(statement, gast.Expr) and isinstance(value, gast.Call):
        values = value.args
    return {root for v in values if v is not None and tree.is_place(v) and (root := tree.root(v)) is not None}


def with_new_axes(statement: Any, use: gast.Name) -> gast.expr:
    """`x_bar[:, None]` where the statement has that of the name, which is of a number; else the name."""
    for node in nodes_in(statement.value) if isinstance(statement, (gast.Assign, gast.AugAssign)) else ():
        if isinstance(node, gast.Subscript) and node.value is use and only_adds_axes(node):
            return node  # type: ignore[no-any-return]
    return use
