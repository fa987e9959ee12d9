"""Which loop is a comprehension?"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import gast

from srcgrad.lang.desugar.assign import Assignments
from srcgrad.lang.desugar.build import Block, assign, branch, call, constant, load, located, negation, replaced
from srcgrad.lang.names import Names, identifiers
from srcgrad.lang.nodes import nodes_in


class Comprehensions:
    """The comprehensions of one function, written as loops around the same expressions."""

    def __init__(self, function: gast.FunctionDef, names: Names) -> None:
        self.names = names
        self.count = Counter(identifiers(function))
        self.assignments = Assignments(function, names)

    def collection(self, value: Any) -> tuple[Block, gast.expr]:
        """A comprehension as the loop that fills its list, set or dict."""
        value = self.private(value)
        name = self.names.fresh("items")
        if isinstance(value, gast.DictComp):
            empty: gast.expr = gast.Dict([], [])
            key = self.names.fresh("key")
            place = gast.Subscript(load(name), load(key), gast.Store())
            inner = [assign(key, value.key, value), assign(place, value.value, value)]
        else:
            listed = isinstance(value, gast.ListComp)
            empty = gast.List([], gast.Load()) if listed else call("set")
            add = gast.Attribute(load(name), "append" if listed else "add", gast.Load())
            inner = [located(gast.Expr(call(add, value.elt)), value)]
        loop = self.loops(value.generators, inner, [], value)
        return [assign(name, empty, value), *loop], located(load(name), value)

    def search(self, value: gast.GeneratorExp, sought: bool) -> tuple[Block, gast.expr]:
        """`any(...)` and `all(...)` as the loop that stops at the first that is true, or is not."""
        value = self.private(value)
        name = self.names.fresh("found" if sought else "holds")
        leave = located(gast.Break(), value)
        test = value.elt if sought else negation(value.elt)
        inner = [branch(test, [assign(name, constant(sought), value), leave], [], value)]
        stopped = load(name) if sought else negation(load(name))
        after = [branch(stopped, [leave], [], value)]
        loop = self.loops(value.generators, inner, after, value)
        return [assign(name, constant(not sought), value), *loop], located(load(name), value)

    def loops(self, generators: list[gast.comprehension], body: Block, after: Block, at: gast.expr) -> Block:
        """The nested loops of a comprehension around `body`; `after` comes after each inner loop."""
        for index in reversed(range(len(generators))):
            generator = generators[index]
            for test in reversed(generator.ifs):
                body = [branch(test, body, [], at)]
            loop = located(gast.For(generator.target, generator.iter, body, [], None), at)
            body = [loop, *copy.deepcopy(after)] if index else [loop]
        return self.assignments.block(body)

    def private(self, value: Any) -> Any:
        """The comprehension with variables that mean nothing else in the function."""
        first = value.generators[0].iter
        inside = Counter(identifiers(value))
        inside.subtract(identifiers(first))
        bound = dict.fromkeys(name for part in value.generators for name in _bound(part.target))
        new = {name: self.names.fresh(name) for name in bound if self.count[name] > inside[name]}
        if not new:
            return value
        # The first iterable is evaluated outside, where the names mean something else.
        start = replaced(value.generators[0], iter=constant(None))
        renamed = copy.deepcopy(replaced(value, generators=[start, *value.generators[1:]]))
        renamed = _Renamed(new).visit(renamed)
        renamed.generators[0].iter = first
        return renamed


class _Renamed(gast.NodeTransformer):
    """A private copy of a tree with names changed."""

    def __init__(self, new: dict[str, str]) -> None:
        self.new = new

    def visit_Name(self, name: gast.Name) -> gast.Name:
        name.id = self.new.get(name.id, name.id)
        return name


def _bound(target: gast.expr) -> list[str]:
    names = [node for node in nodes_in(target) if isinstance(node, gast.Name)]
    return [name.id for name in names if isinstance(name.ctx, gast.Store)]
