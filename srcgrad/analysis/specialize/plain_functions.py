"""What is a function made inside the program, where a library is to call it?

    brentq(lambda x: x**2 - a, 0.0, b)      brentq(partial(lambda_called, a), 0.0, b)

Below the gradient stands the function as the user wrote it, with what it captured as its first parameters:

    def lambda_called(a, x):
        return x ** 2 - a

It is only called: nothing in it is differentiated, and no derivative goes through what it captured.
"""

from __future__ import annotations

import builtins
import copy
import functools
from typing import Any

import gast

from srcgrad.analysis.kinds import Closure, Const, Kind, Unknown, is_container, is_memory
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.definitions import Definition, LocalFunction
from srcgrad.analysis.specialize.function_calls import FunctionCalls
from srcgrad.analysis.specialize.made_functions import BoundMethod, PartialOf
from srcgrad.analysis.specialize.session import is_function_value, name_node
from srcgrad.analysis.specialize.syntax import free_names, rename_in_place, stored_names
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import tree as trees
from srcgrad.lang.compile import compile_source
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import print_module

CHANGING = {
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "update",
    "add",
    "setdefault",
    "fill",
    "sort",
    "put",
}


class PlainFunctions(FunctionCalls):
    """Function values as Python's own."""

    def for_library(self, values: list[Value], name: str, node: gast.expr) -> list[Value]:
        """The arguments of a call that is not differentiated, with real functions among them."""
        return [self.plain_function(v, name, node) if isinstance(v[0], (Closure, LocalFunction)) else v for v in values]

    def plain_function(self, value: Value, name: str, node: gast.expr) -> Value:
        kind, residual = value
        if isinstance(kind, LocalFunction):
            kind, residual = self.evaluate(residual)
        if not isinstance(kind, Closure):
            return kind, residual
        definition = kind.definition
        captured = self.captured_values(kind, residual, node)
        if isinstance(definition, Definition):
            return self.lifted(definition, dict(captured), name, node)
        if isinstance(definition, PartialOf):
            function, args, keywords = definition.parts(self, [v for _, v in captured], node)
            return self.partial([function, *args], keywords, name, node)
        if isinstance(definition, BoundMethod):
            method = gast.Attribute(captured[0][1][1], definition.name, gast.Load())
            return self.real(self.keep(gast.copy_location(method, node)))
        raise self.refusal_of_function(name, node)

    def real(self, residual: gast.expr) -> Value:
        self.record(residual, Unknown())
        return Unknown(), residual

    def partial(self, args: list[Value], keywords: dict[str, Value], name: str, node: gast.expr) -> Value:
        """`partial(f, a, k=b)`; f alone if there is nothing to be given."""
        args = [self.given_to_partial(v, name, node) for v in args]
        keywords = {n: self.given_to_partial(v, name, node) for n, v in keywords.items()}
        if len(args) == 1 and not keywords:
            return args[0]
        function = name_node(self.global_name("partial", functools.partial), node)
        self.record(function, Const(functools.partial))
        pairs = [gast.keyword(n, r) for n, (_, r) in keywords.items()]
        call = gast.copy_location(gast.Call(function, [r for _, r in args], pairs), node)
        return self.real(self.keep(call))

    def given_to_partial(self, value: Value, name: str, node: gast.expr) -> Value:
        kind, residual = value
        if isinstance(kind, (Closure, LocalFunction)):
            return self.plain_function(value, name, node)
        if is_function_value(kind):
            return kind, residual_of(self, kind.value, node)  # type: ignore[attr-defined]
        return value

    def lifted(self, definition: Definition, captured: dict[str, Value], name: str, node: gast.expr) -> Value:
        """A function with source: one of its own in the text, which is given what it captured."""
        if definition.nonlocals:
            raise self.refusal_of_function(name, node)
        defaults = {n[8:]: captured.pop(n) for n in list(captured) if n.startswith("default ")}
        given: dict[str, Value] = {}
        space: dict[str, Any] = {}
        changes: dict[str, str] = {}
        for free in free_names(definition.tree):
            found = captured.get(free) or self.outside_of(definition, free, node)
            if found is None:
                continue
            kind, residual = found
            if isinstance(kind, LocalFunction):
                if kind.definition is definition:
                    raise self.refusal_of_function(name, node)
                given[free] = self.lifted(kind.definition, dict(captured), name, node)
            elif is_function_value(kind) and free not in captured:
                changes[free] = self.global_name(free, kind.value)  # type: ignore[attr-defined]
                space[changes[free]] = kind.value  # type: ignore[attr-defined]
            else:
                given[free] = found
        if stores_into(definition.tree, {n: k for n, (k, _) in given.items()}):
            raise self.refusal_of_function(name, node)
        key = ("lifted", id(definition), tuple(given), tuple(changes.items()))
        function = self.session.shared_memo(key, lambda: made_plain(definition, list(given), changes, space))
        spelled = function.__name__
        while spelled in self.local_names or spelled in self.env or spelled in self.tree_names():
            spelled += "_"
        known = name_node(self.global_name(spelled, function), node)
        self.record(known, Const(function))
        return self.partial([(Const(function), known), *given.values()], defaults, name, node)

    def outside_of(self, definition: Definition, name: str, node: gast.expr) -> Value | None:
        """What a name of a function means that it has not captured in the program; None if it is Python's own."""
        if name in definition.cells:
            cell = definition.cells[name]
            kind, text = self.outside(name, cell.cell_contents, f"{self.facts.name_value(cell, 'cell')}.cell_contents")
        elif name in definition.globals:
            path = f"{self.facts.name_value(definition.globals, 'globals')}[{name!r}]"
            kind, text = self.outside(name, definition.globals[name], path)
        else:
            assert hasattr(builtins, name) or name.startswith("_"), f"{name} is captured, global or built in"
            return None
        load = self.keep(name_node(text, node))
        self.record(load, kind)
        return kind, load


def stores_into(tree: gast.FunctionDef, captured: dict[str, Kind]) -> bool:
    """Does a function change what it captured?  A library would call it at times that are not known."""
    for node in nodes_in(tree):
        if isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, gast.Store):
            if trees.root(node) in captured:
                return True
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in CHANGING:
            kind = captured.get(trees.root(node.func.value) or "")
            if kind is not None and (is_container(kind) or is_memory(kind)):
                return True
    return False


def made_plain(definition: Definition, given: list[str], changes: dict[str, str], space: dict[str, Any]) -> Any:
    """The function with what it captured as parameters; `lifted` is its text for the files that call it."""
    tree = copy.deepcopy(definition.tree)
    rename_in_place(tree, changes)
    # No variable of the functions in whose text it is named should have this name.
    tree.name = f"{definition.name.rstrip('_')}_called"
    while tree.name in (*given, *stored_names(tree)):
        tree.name += "_"
    spec = tree.args
    spec.args = [*(gast.Name(n, gast.Param(), None, None) for n in given), *spec.posonlyargs, *spec.args]
    spec.posonlyargs = []
    # Defaults that are no literals were evaluated where the function was made: a partial gives them.
    spec.defaults = [d if isinstance(d, gast.Constant) else gast.Constant(None, None) for d in spec.defaults]
    spec.kw_defaults = [
        d if d is None or isinstance(d, gast.Constant) else gast.Constant(None, None) for d in spec.kw_defaults
    ]
    tree.decorator_list = []
    text = print_module([tree])
    function = compile_source(text, dict(space), tree.name)[tree.name]
    function.lifted = tree
    return function


__all__ = ["PlainFunctions"]
