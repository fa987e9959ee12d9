"""Whose is each variable of a function and of the functions inside it, and when is it bound?  One walk over the text."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.lang.desugar.build import walk_own
from srcgrad.lang.nodes import nodes_in

COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
AT_ONCE = (sorted, min, max, functools.reduce)  # these call the function they are given before they return
LAZY = (map, filter)  # these call it while what they return is consumed, which these do:
CONSUME = (list, tuple, set, dict, sum, sorted, min, max, any, all, functools.reduce)


def among(value: Any, functions: tuple[Any, ...]) -> bool:
    """Is it one of the functions?  By identity: it may be an array, which is compared element by element."""
    return any(value is function for function in functions)


@dataclass(eq=False)
class Place:
    """Where something happens: its turn in the order of the text, the loops around it, and the scope."""

    turn: int
    loops: tuple[gast.AST, ...]
    scope: Scope
    node: gast.AST


@dataclass(eq=False)
class Scope:
    """A function, lambda or comprehension, where it stands, and the bindings of the variables that are its own."""

    node: Any
    place: Place | None = None
    name: str | None = None  # that a `def`, or an assignment of a lambda, gives it
    escapes: bool = False  # it may be called later, otherwise than by its name
    bindings: dict[str, list[Place]] = field(default_factory=dict)
    nonlocals: set[str] = field(default_factory=set)

    @property
    def outer(self) -> Scope | None:
        return self.place.scope if self.place is not None else None

    def owner(self, name: str) -> Scope | None:
        """The scope that a name belongs to here; None for what is outside of the whole function."""
        scope: Scope | None = self
        while scope is not None and (name not in scope.bindings or name in scope.nonlocals):
            scope = scope.outer
        return scope

    def inside(self, other: Scope) -> bool:
        scope: Scope | None = self
        while scope is not None and scope is not other:
            scope = scope.outer
        return scope is not None


class Scopes(gast.NodeVisitor):
    """The scopes of a function and of all that is inside it, in the order of the text; `outside` are its globals."""

    def __init__(self, function: gast.FunctionDef, outside: dict[str, Any]) -> None:
        self.outside = outside
        self.bound = {n.id for n in nodes_in(function) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        self.turn = 0
        self.loops: tuple[gast.AST, ...] = ()
        self.uses: list[tuple[gast.Name, Scope]] = []
        self.lazy: list[Place] = []  # generators, and calls of map and filter
        self.consumed: set[int] = set()  # values that are used up where they stand, by identity
        self.harmless: set[int] = set()  # functions, and names of functions, that are only called here, by identity
        self.given: set[int] = set()  # those among them that are given to a function that calls them
        self.scope = Scope(function)
        self.all = [self.scope]
        self.body(function)

    # In the order in which things happen

    def place(self, node: gast.AST) -> Place:
        self.turn += 1
        return Place(self.turn, self.loops, self.scope, node)

    def bind(self, name: str, node: gast.AST) -> None:
        self.scope.bindings.setdefault(name, []).append(self.place(node))

    def visit_all(self, nodes: Iterable[gast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def body(self, node: Any) -> None:
        statements = node.body if isinstance(node.body, list) else [node.body]
        for part in walk_own(statements):
            if isinstance(part, gast.Nonlocal):
                self.scope.nonlocals |= set(part.names)
        args = node.args
        for param in [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]:
            if param is not None:
                self.bind(param.id, param)
                self.uses.append((param, self.scope))
        self.visit_all(statements)

    def function(self, node: Any, name: str | None, escapes: bool) -> None:
        self.visit_all([*node.args.defaults, *node.args.kw_defaults, *getattr(node, "decorator_list", [])])
        self.enter(Scope(node, self.place(node), name, escapes), self.body)

    def enter(self, scope: Scope, walk: Any) -> None:
        outer, loops = self.scope, self.loops
        self.all.append(scope)
        self.scope, self.loops = scope, ()
        walk(scope.node)
        self.scope, self.loops = outer, loops

    def visit_FunctionDef(self, node: gast.FunctionDef) -> None:
        self.function(node, node.name, bool(node.decorator_list))
        self.bind(node.name, node)

    def visit_Lambda(self, node: gast.Lambda) -> None:
        self.function(node, None, id(node) not in self.harmless)

    def visit_Assign(self, node: gast.Assign) -> None:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, gast.Name) and isinstance(node.value, gast.Lambda):
            self.function(node.value, target.id, False)
        else:
            if any(isinstance(t, (gast.Tuple, gast.List)) for t in node.targets):
                self.use_up(node.value)
            self.visit(node.value)
        self.visit_all(node.targets)

    def visit_AugAssign(self, node: gast.AugAssign) -> None:
        self.visit_all([node.value, node.target])

    def visit_AnnAssign(self, node: gast.AnnAssign) -> None:
        if node.value is not None:
            self.visit_all([node.value, node.target])

    def visit_For(self, node: gast.For) -> None:
        self.consumed.add(id(node.iter))
        self.visit(node.iter)
        self.loop(node, [node.target, *node.body])
        self.visit_all(node.orelse)

    def visit_While(self, node: gast.While) -> None:
        self.loop(node, [node.test, *node.body])
        self.visit_all(node.orelse)

    def loop(self, node: gast.AST, parts: list[gast.AST]) -> None:
        self.loops = (*self.loops, node)
        self.visit_all(parts)
        self.loops = self.loops[:-1]

    def generic_visit(self, node: gast.AST) -> None:
        if isinstance(node, COMPREHENSIONS):
            self.consumed |= {id(g.iter) for g in node.generators}
            self.visit(node.generators[0].iter)
            self.enter(Scope(node, self.place(node)), self.comprehension)
            if isinstance(node, gast.GeneratorExp):
                self.lazy.append(self.place(node))
            return
        super().generic_visit(node)

    def comprehension(self, node: Any) -> None:
        parts = []
        for i, generator in enumerate(node.generators):
            parts += [generator.iter] if i else []
            parts += [generator.target, *generator.ifs]
        self.loop(node, [*parts, *([node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt])])

    def visit_Starred(self, node: gast.Starred) -> None:
        self.consumed.add(id(node.value))
        self.visit(node.value)

    def visit_Name(self, node: gast.Name) -> None:
        self.uses.append((node, self.scope))
        if not isinstance(node.ctx, gast.Load):
            self.bind(node.id, node)

    def visit_ExceptHandler(self, node: gast.ExceptHandler) -> None:
        if node.name is not None:
            self.bind(node.name.id if isinstance(node.name, gast.Name) else node.name, node)
        self.visit_all([node.type, *node.body])

    def visit_alias(self, node: gast.alias) -> None:
        self.bind((node.asname or node.name).split(".")[0], node)

    def visit_MatchAs(self, node: gast.MatchAs) -> None:
        if node.name:
            self.bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchStar(self, node: gast.MatchStar) -> None:
        if node.name:
            self.bind(node.name, node)

    def visit_MatchMapping(self, node: gast.MatchMapping) -> None:
        if node.rest:
            self.bind(node.rest, node)
        self.generic_visit(node)

    def visit_Call(self, node: gast.Call) -> None:
        self.harmless.add(id(node.func))
        called = self.meaning(node.func)
        given = [*node.args, *(k.value for k in node.keywords)]
        self.consumed |= {id(a) for a in given}
        if among(called, AT_ONCE):
            self.give(given)
        if among(called, CONSUME):
            for value in given:
                self.use_up(value)
        self.generic_visit(node)
        if among(called, LAZY):
            self.lazy.append(self.place(node))

    def use_up(self, value: gast.expr) -> None:
        """All of the value is taken here; so the functions that `map` and `filter` are given are called here."""
        self.consumed.add(id(value))
        if isinstance(value, gast.Call) and among(self.meaning(value.func), LAZY):
            self.give(value.args)

    def give(self, values: list[gast.expr]) -> None:
        self.harmless |= {id(a) for a in values}
        self.given |= {id(a) for a in values}

    def meaning(self, node: gast.expr) -> Any:
        """The function outside that is called, if it is one by its name."""
        if isinstance(node, gast.Attribute) and isinstance(node.value, gast.Name) and node.value.id not in self.bound:
            return getattr(self.outside.get(node.value.id), node.attr, None)
        if isinstance(node, gast.Name) and node.id not in self.bound:
            return self.outside.get(node.id, getattr(builtins, node.id, None))
        return None
