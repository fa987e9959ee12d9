"""Which functions call themselves, and hand on what has no type?  A forward pass whose saved values hold those of the next call.

    def f_forward(x, n):
        f_saved = None
        if n > 0:
            y, f_saved = f_forward(x, n - 1)
        return y, [x, n, f_saved]            # of as many levels as there are calls
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.tree import names_read


class Untyped(NotImplementedError):
    """Something of the generated code that has no type.  of: the generated function that it is in, or that is called."""

    def __init__(self, said: str, of: str) -> None:
        super().__init__(said)
        self.of = of


def recursive(functions: list[Any]) -> set[str]:
    """The functions that call themselves, or others that call them."""
    called = {f.name: names_read(f) for f in functions}
    reached = {name: set(read) & called.keys() for name, read in called.items()}
    for _ in called:
        reached = {name: found.union(*(reached[other] for other in found)) for name, found in reached.items()}
    return {name for name, found in reached.items() if name in found}


def check_saved(functions: list[Any]) -> None:
    """Numba looks for a type without an end for what holds, at each level, what the next one saved."""
    names = recursive(functions)
    for function in functions:
        if function.name in names and holds_its_own(function, names):
            raise Untyped("it has no type for what a recursive function saves, which holds what the next call saved", function.name)


def holds_its_own(function: gast.FunctionDef, names: set[str]) -> bool:
    """Is what such a call saves in what this one hands on, beside its value?"""
    saved: set[str] = set()
    count = -1
    while len(saved) > count:
        count = len(saved)
        for node in nodes_in(*function.body):
            if isinstance(node, gast.Assign):
                saved |= names_in_saved(node, names, saved)
            elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "append":
                if saved & names_read(node.args[0]):
                    saved.add(str(tree.root(node.func.value)))
    returned = [n.value for n in nodes_in(*function.body) if isinstance(n, gast.Return)]
    parts = [e for value in returned if isinstance(value, gast.Tuple) for e in value.elts[1:]]
    return any(saved & names_read(p) for p in parts)


def names_in_saved(statement: gast.Assign, names: set[str], saved: set[str]) -> set[str]:
    target, value = statement.targets[0], statement.value
    if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id in names:
        parts = target.elts[1:] if isinstance(target, gast.Tuple) else []
    else:
        parts = [target] if saved & names_read(value) else []
    return {n.id for p in parts for n in gast.walk(p) if isinstance(n, gast.Name)}
