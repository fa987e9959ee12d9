"""Which captured variables change while a function that captured them lives on?  They are kept in one-element lists."""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang.desugar.build import assign, constant, load, located, subscript, walk_own
from srcgrad.lang.desugar.scopes import COMPREHENSIONS, Place, Scope, Scopes
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in

UNSET = "unset"  # the kind of the constant that a cell holds before its variable is assigned
Variable = tuple[Scope, str]


class CannotShare(Exception):
    """A captured variable changes in a way that can't be followed."""

    def __init__(self, name: str, node: gast.AST, reader: str = "a function") -> None:
        super().__init__(f"{name!r} is captured by {reader}, and changes after that in a way that can't be followed")
        self.name, self.node = name, node


def share_cells(function: gast.FunctionDef, names: Names, outside: dict[str, Any]) -> gast.FunctionDef:
    """The function with a cell, a list of one element, for each captured variable that changes after it was captured.

    before                        after
        k = x                         k_cell = [x]
        f = [lambda t: k * t]         f = [lambda t: k_cell[0] * t]
        k = x * y                     k_cell[0] = x * y

    A function that is only called by its name sees its variables as they are then, and needs no cell.
    """
    inner = (gast.Lambda, gast.FunctionDef, gast.GeneratorExp)
    if not any(isinstance(n, inner) for n in nodes_in(function) if n is not function):
        return function
    function = copy.deepcopy(function)
    scopes = Scopes(function, outside)
    refuse_lazy(scopes)
    shared = changing(scopes)
    for variable in shared:
        Cell(scopes, variable, names.fresh(f"{variable[1]}_cell")).introduce()
    return function


# Which variables


def changing(scopes: Scopes) -> list[Variable]:
    """The variables that change after a function that may be called later has captured them."""
    known = known_functions(scopes)
    captured = {scope: captures(scopes, scope) for scope in scopes.all if not isinstance(scope.node, COMPREHENSIONS)}
    mark_escaping(scopes, known, captured)
    found: dict[Variable, int] = {}
    for scope in captured:
        if scope.escapes:
            for owner, name in captured[scope]:
                if (owner, name) not in known and changes(scopes, owner, name, scope.place):
                    found[owner, name] = min(p.turn for p in bindings(scopes, owner, name))
    return sorted(found, key=lambda variable: found[variable])


def refuse_lazy(scopes: Scopes) -> None:
    """What a generator or `map` reads must not change before they are used up, since srcgrad does that at once."""
    known = known_functions(scopes)
    for place in scopes.lazy:
        if id(place.node) in scopes.consumed:
            continue
        inside = {id(n) for n in gast.walk(place.node)}
        pending = [(scope.owner(n.id), n.id) for n, scope in scopes.uses if id(n) in inside]
        for owner, name in pending:
            if owner is None or not place.scope.inside(owner):
                continue
            if (owner, name) in known:
                pending += [v for v in captures(scopes, known[owner, name]) if v not in pending]
            elif changes(scopes, owner, name, place):
                raise CannotShare(name, place.node, "a generator or map that is not used up where it stands")


def known_functions(scopes: Scopes) -> dict[Variable, Scope]:
    """The names that always mean one function."""
    found = {}
    for scope in scopes.all:
        if scope.name is not None and scope.outer is not None:
            owner = scope.outer.owner(scope.name)
            if owner is not None and len(bindings(scopes, owner, scope.name)) == 1:
                found[owner, scope.name] = scope
            else:
                scope.escapes = True
    return found


def mark_escaping(scopes: Scopes, known: dict[Variable, Scope], captured: dict[Scope, list[Variable]]) -> None:
    for node, scope in scopes.uses:
        owner = scope.owner(node.id)
        if isinstance(node.ctx, gast.Load) and owner is not None and (owner, node.id) in known:
            function = known[owner, node.id]
            # One that assigns to variables around it does so under its name only.
            assigns = id(node) in scopes.given and bool(function.nonlocals)
            if id(node) not in scopes.harmless or assigns:
                function.escapes = True
    pending = [scope for scope in captured if scope.escapes]
    while pending:
        # A function that one calls by its name goes where that one goes.
        for variable in captured[pending.pop()]:
            if variable in known and not known[variable].escapes:
                known[variable].escapes = True
                pending.append(known[variable])


def bindings(scopes: Scopes, owner: Scope, name: str) -> list[Place]:
    """Where a variable is bound: in its own scope, and in functions that declare it nonlocal."""
    found = list(owner.bindings[name])
    for scope in scopes.all:
        if name in scope.nonlocals and scope.owner(name) is owner:
            found += scope.bindings.get(name, [])
    return found


def captures(scopes: Scopes, function: Scope) -> list[Variable]:
    """The variables of scopes around a function that are used in it."""
    found: dict[Variable, None] = {}
    for node, scope in scopes.uses:
        if scope.inside(function):
            owner = scope.owner(node.id)
            if owner is not None and not owner.inside(function):
                found[owner, node.id] = None
    return list(found)


def changes(scopes: Scopes, owner: Scope, name: str, place: Place | None) -> bool:
    """Is a variable bound after a function was made at this place, or in the same turn of a loop?"""
    while place is not None and place.scope is not owner:
        place = place.scope.place
    assert place is not None, "a function is inside the scopes whose variables it captures"
    return any(
        p.scope is not owner or p.turn > place.turn or any(loop in place.loops for loop in p.loops)
        for p in bindings(scopes, owner, name)
    )


# What becomes of them


class Cell:
    """One variable, and the name of the list that holds its value."""

    def __init__(self, scopes: Scopes, variable: Variable, name: str) -> None:
        self.owner, self.variable = variable
        self.name = name
        nodes = [n for n, scope in scopes.uses if n.id == self.variable and scope.owner(n.id) is self.owner]
        self.nodes = {id(n) for n in nodes}
        self.params = {id(n) for n in nodes if isinstance(n.ctx, gast.Param)}
        self.scopes = [s for s in scopes.all if s.owner(self.variable) is self.owner]
        places = bindings(scopes, self.owner, self.variable)
        self.functions = {id(p.node) for p in places if isinstance(p.node, gast.FunctionDef)}
        for place in places:
            if not isinstance(place.node, (gast.Name, gast.FunctionDef)):
                raise CannotShare(self.variable, place.node)

    def introduce(self) -> None:
        node = self.owner.node
        if isinstance(node, COMPREHENSIONS):
            self.in_comprehension(node)
        else:
            self.in_function(node)
        for scope in self.scopes:
            for part in walk_own(scope.node.body if isinstance(scope.node, gast.FunctionDef) else []):
                if isinstance(part, gast.Nonlocal):
                    part.names = [n for n in part.names if n != self.variable]
        Replaced(self).visit(node)

    def in_function(self, function: gast.FunctionDef) -> None:
        """The list is made where the variable first gets a value, or else before it is first mentioned."""
        if self.params:
            function.body.insert(0, assign(self.name, gast.List([load(self.variable)], gast.Load()), function.body[0]))
            return
        position = next(i for i, s in enumerate(function.body) if self.mentioned(s))
        first = function.body[position]
        if isinstance(first, gast.Assign) and len(first.targets) == 1 and not self.mentioned(first.value):
            target = first.targets[0]
            if isinstance(target, gast.Name) and id(target) in self.nodes:
                self.nodes.discard(id(target))
                target.id = self.name
                first.value = located(gast.List([first.value], gast.Load()), first.value)
                return
        function.body.insert(position, assign(self.name, gast.List([unset()], gast.Load()), first))

    def in_comprehension(self, node: Any) -> None:
        """`[... for k in v]` is `[... for k_cell in [[None]] for k_cell[0] in v]`."""
        first = node.generators[0]
        own = {n.id for g in node.generators for n in nodes_in(g.target) if isinstance(n, gast.Name)}
        if own & {n.id for n in nodes_in(first.iter) if isinstance(n, gast.Name)}:
            raise CannotShare(self.variable, node)
        display = gast.List([gast.List([unset()], gast.Load())], gast.Load())
        made = gast.comprehension(gast.Name(self.name, gast.Store(), None, None), display, [], 0)
        node.generators.insert(0, made)
        located(made.target, node)
        located(display, node)

    def mentioned(self, tree: gast.AST) -> bool:
        return any(id(n) in self.nodes or id(n) in self.functions for n in nodes_in(tree))

    def filled(self, name: str, at: gast.AST) -> gast.Assign:
        """`k_cell[0] = k`, after what can only bind a name."""
        place = subscript(load(self.name), 0)
        place.ctx = gast.Store()
        return assign(place, load(name), at)

    def place(self, node: gast.Name) -> gast.Subscript:
        result = subscript(load(self.name), 0)
        result.ctx = node.ctx
        return located(result, node)


def unset() -> gast.Constant:
    result = constant(None)
    result.kind = UNSET
    return result


class Replaced(gast.NodeTransformer):
    """The places of a variable become those of its cell."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def visit_Name(self, node: gast.Name) -> gast.expr:
        if id(node) not in self.cell.nodes or id(node) in self.cell.params:
            return node
        if isinstance(node.ctx, gast.Del):
            raise CannotShare(node.id, node)
        return self.cell.place(node)

    def visit_Nonlocal(self, node: gast.Nonlocal) -> gast.stmt:
        return node if node.names else located(gast.Pass(), node)

    def visit_NamedExpr(self, node: Any) -> gast.expr:
        if id(node.target) in self.cell.nodes:
            raise CannotShare(node.target.id, node)
        return self.generic_visit(node)

    def visit_withitem(self, node: gast.withitem) -> gast.withitem:
        if node.optional_vars is not None and id(node.optional_vars) in self.cell.nodes:
            raise CannotShare(self.cell.variable, node.context_expr)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: gast.FunctionDef) -> Any:
        self.generic_visit(node)
        return [node, self.cell.filled(node.name, node)] if id(node) in self.cell.functions else node

    def visit_For(self, node: gast.For) -> gast.For:
        bound = isinstance(node.target, gast.Name) and id(node.target) in self.cell.nodes
        if bound:
            self.cell.nodes.discard(id(node.target))
        self.generic_visit(node)
        if bound:
            node.body.insert(0, self.cell.filled(node.target.id, node))
        return node
