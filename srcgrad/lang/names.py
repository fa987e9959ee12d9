"""Which names are free, and how are generated names spelled?  The only place that spells them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator

import gast

from srcgrad.lang.nodes import nodes_in

RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins))


def bar(name: str, order: int = 1) -> str:
    """The adjoint of a variable."""
    return _with_order(f"{name}_bar", order)


def dot(name: str, order: int = 1) -> str:
    """The tangent of a variable."""
    return _with_order(f"{name}_dot", order)


def saved(name: str, order: int = 1) -> str:
    """The remembered values of a variable."""
    return _with_order(f"{name}_saved", order)


def term(name: str) -> str:
    """A named part of the right-hand side that defines a variable."""
    return f"{name}_term"


def plain(function: str) -> str:
    """The name of a function as a part of other names: `call` of `__call__`."""
    return function.strip("_") or "call"


def derived(function: str, what: str) -> str:
    """The name of a derivative: `loss_grad`, and `call_grad` of `__call__`."""
    return f"{plain(function) if function.endswith('_') else function}_{what}"


def without_number(name: str) -> str:
    """`y` of `y_2`."""
    return re.sub(r"(?<=.)_\d+$", "", name)


def _with_order(name: str, order: int) -> str:
    return name if order == 1 else f"{name}{order}"


NAMELESS = {gast.Constant, gast.BinOp, gast.Attribute, gast.Call, gast.Subscript, gast.Assign, gast.UnaryOp}  # most nodes


def identifiers(tree: gast.AST) -> Iterator[str]:
    """Every occurrence of a variable's name in a tree, bound or read; attributes and keywords are no variables."""
    for node in nodes_in(tree):
        kind = node.__class__
        if kind is gast.Name:
            yield node.id
        elif kind in NAMELESS:
            continue
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            yield node.name
        elif isinstance(node, (gast.Global, gast.Nonlocal)):
            yield from node.names
        elif isinstance(node, gast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, (gast.MatchAs, gast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, gast.MatchMapping) and node.rest:
            yield node.rest
        elif isinstance(node, gast.ExceptHandler) and isinstance(node.name, str):
            yield node.name


class Names:
    """The names in use in one function, or one file."""

    def __init__(self, used: Iterable[str] = ()) -> None:
        self.used = set(used)

    @classmethod
    def of(cls, tree: gast.AST) -> Names:
        """The names that occur in a tree."""
        return cls(identifiers(tree))

    def fresh(self, base: str) -> str:
        """`base`, or `base_2`, `base_3`, ...: the first that is free; it is taken from now on."""
        name, count = base, 1
        while name in self.used or name in RESERVED:
            count += 1
            name = f"{base}_{count}"
        self.used.add(name)
        return name
