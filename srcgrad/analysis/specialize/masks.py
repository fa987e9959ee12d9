"""Which masks surely stay what they are?  What one of them selects, of whatever array, has one size: x[good], y[good].

A mask stays as it is if its name is only read for its elements: as an index, by operators, and by functions that make
something new.  Else it might be stored into through another name.
"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import gast

from srcgrad.analysis.kinds import Array, Const, Kind
from srcgrad.analysis.sharing import makes_memory
from srcgrad.analysis.specialize.subscripts import Subscripts
from srcgrad.lang import tree
from srcgrad.lang.nodes import children

OPERATIONS = (gast.BinOp, gast.UnaryOp, gast.Compare)
ASKED = {"shape", "size", "ndim", "dtype"}
ASKING_METHODS = {"sum", "any", "all", "mean", "nonzero", "argmax", "astype"}


class Masks(Subscripts):
    """How many elements masks select."""

    def as_mask(self, name: gast.Name, value: gast.AST | None, kind: Kind) -> Kind:
        """The kind of what a name is bound to; of a new mask, with a size for what it selects from now on."""
        if not is_mask(kind):
            return kind
        made = isinstance(value, OPERATIONS) or self.asks_function(value)
        stays = made and name.id in self.memo(("masks",), self.only_asked)
        return replace(kind, selects=self.facts.fresh("selects", id(name), self.copies) if stays else None)  # type: ignore[type-var]

    def as_given_mask(self, name: str, kind: Kind) -> Kind:
        """The kind of an argument of the function that was asked for, which shares no memory with what is stored into."""
        if not is_mask(kind) or name not in self.memo(("masks",), self.only_asked):
            return kind
        return replace(kind, selects=self.facts.fresh("selects", name, self.copies))  # type: ignore[type-var]

    def only_asked(self) -> set[str]:
        """The local names that are read for their elements only."""
        kept: set[str] = set()

        def visit(node: Any, asked: bool) -> None:
            if isinstance(node, gast.Name):
                if not asked and isinstance(node.ctx, gast.Load):
                    kept.add(node.id)
            elif isinstance(node, tree.SCOPES):
                kept.update(n.id for n in tree.name_nodes(node))
            elif isinstance(node, gast.AugAssign):
                visit(tree.as_load(node.target), False)
                visit(node.value, False)
            elif isinstance(node, gast.Subscript):
                visit(node.value, False)
                for index in node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]:
                    visit(index, True)
            elif isinstance(node, gast.Attribute) and node.attr in ASKED:
                visit(node.value, True)
            elif isinstance(node, gast.Call) and self.asks_method(node.func):
                visit(node.func.value, True)  # type: ignore[attr-defined]
                for child in [*node.args, *node.keywords]:
                    visit(child, False)
            else:
                asks = isinstance(node, OPERATIONS) or self.asks_function(node)
                for child in children(node):
                    visit(child, asks)

        for statement in self.tree.body:
            visit(statement, isinstance(statement, gast.Return))
        return self.local_names - kept

    def asks_method(self, function: gast.expr) -> bool:
        """`mask.sum`"""
        if not isinstance(function, gast.Attribute) or function.attr not in ASKING_METHODS:
            return False
        return isinstance(function.value, gast.Name) and function.value.id in self.local_names

    def asks_function(self, call: Any) -> bool:
        """Is it a call of a function that makes something new of arrays: `np.sum(mask)`?"""
        function = call.func if isinstance(call, gast.Call) else None
        if not isinstance(function, gast.Attribute) or not isinstance(function.value, gast.Name) or call.keywords:
            return False
        if function.value.id in self.local_names:
            return False
        kind, _ = self.use_name(function.value.id)
        if not isinstance(kind, Const) or not isinstance(kind.value, ModuleType):
            return False
        found = getattr(kind.value, function.attr, None)
        return found is not None and makes_memory(found) and len(call.args) <= getattr(found, "nin", 3)


def is_mask(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dtype.kind == "b" and bool(kind.sizes)
