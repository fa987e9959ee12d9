"""Which names are surely bound where?  Saving a variable that may be unbound needs a first value for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment


def bound_at_end(
    statements: list[Any],
    bound: set[str],
    exposed: set[str],
    only: set[int] | None = None,
    loops: dict[str, set[str]] | None = None,
) -> set[str]:
    """The names surely bound after the statements.  `exposed` gets those read when they may be unbound, by all
    statements or by those in `only`.

    loops: what is bound after a pass through each loop, by the text of what it goes through, or of what counts its passes
    (`loops += 1`; its first statement, if it may be left in its middle: what is bound then too).  A loop through the same
    in reverse is entered only if that loop was.
    """
    bound = set(bound)
    loops = {} if loops is None else loops

    def read(node: Any, statement: Any) -> None:
        if only is None or id(statement) in only:
            exposed.update(tree.names_read(node) - bound)

    for statement in statements:
        if isinstance(statement, (Blank, Comment)):
            continue
        if isinstance(statement, gast.Assign):
            read(statement.value, statement)
            for target in statement.targets:
                names = target.elts if isinstance(target, gast.Tuple) else [target]
                for name in names:
                    if isinstance(name, gast.Name):
                        bound.add(name.id)
                    else:
                        read_place(name, statement, read)
        elif isinstance(statement, gast.AugAssign):
            read(statement.value, statement)
            read_place(statement.target, statement, read)
        elif isinstance(statement, gast.If):
            read(statement.test, statement)
            ends = [bound_at_end(b, bound, exposed, only, loops) for b in (statement.body, statement.orelse)]
            bound = ends[0] & ends[1]
        elif isinstance(statement, gast.For):
            read(statement.iter, statement)
            inner = bound | {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
            if tree.is_call(statement.iter, "reversed"):
                inner |= loops.get(tree.text(statement.iter.args[0]), set())
            inner |= {n for counter in tree.names_read(statement.iter) for n in loops.get(f"{counter} += 1", ())}
            end = bound_at_end(statement.body, inner, exposed, only, loops)
            note_end(loops, tree.text(statement.iter), statement, end)
        elif isinstance(statement, gast.While):
            read(statement.test, statement)
            note_end(loops, None, statement, bound_at_end(statement.body, bound, exposed, only, loops))
        elif isinstance(statement, gast.With):
            for item in statement.items:
                read(item.context_expr, statement)
                if item.optional_vars is not None:
                    bound |= {n.id for n in nodes_in(item.optional_vars) if isinstance(n, gast.Name)}
            bound = bound_at_end(statement.body, bound, exposed, only, loops)
        elif isinstance(statement, gast.Try):
            end = bound_at_end(statement.body, bound, exposed, only, loops)
            for handler in statement.handlers:
                bound_at_end(handler.body, bound, exposed, only, loops)
            if all(handler.body and isinstance(handler.body[-1], gast.Raise) for handler in statement.handlers):
                bound = end
            bound = bound_at_end(statement.finalbody, bound, exposed, only, loops)
        else:
            read(statement, statement)
            bound |= {n.id for n in nodes_in(statement) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}
    return bound


def note_end(loops: dict[str, set[str]], text: str | None, loop: gast.For | gast.While, end: set[str]) -> None:
    """What is bound when a turn of a loop ends, also where it is left: by what it runs over, or what counts its turns."""
    for at, statement in enumerate(loop.body):
        if isinstance(statement, gast.AugAssign) and isinstance(statement.target, gast.Name):
            if at == 0 or "·" in statement.target.id:  # a counter of our own; last, where nothing leaves the loop
                text = tree.text(statement)
                break
    if text is not None:
        loops[text] = end & loops.get(text, end)


def read_place(place: Any, statement: Any, read: Any) -> None:
    """What a store reads: the name it begins with, and its indices."""
    if isinstance(place, gast.Name):
        read(tree.name(place.id), statement)
        return
    read(tree.as_load(place), statement)


def zeros_of_unbound(forward: list[gast.stmt], backward: list[gast.stmt], bound: set[str]) -> dict[int, str]:
    """Calls `zeros_like(p)` of the backward pass whose p may be unbound, since it is set in a branch: id -> p."""
    zeros = {
        id(s): (id(s.value), name)
        for s in tree.statements_in(backward)
        if isinstance(s, gast.Assign) and (name := zeros_of(s.value)) is not None
    }
    if not zeros:
        return {}
    exposed: set[str] = set()
    loops: dict[str, set[str]] = {}
    bound_at_end(backward, bound_at_end(forward, bound, set(), loops=loops), exposed, set(zeros), loops)
    exposed &= stored_in(forward)
    return {call: name for call, name in zeros.values() if name in exposed}


def zeros_of(value: gast.expr) -> str | None:
    """The p of `zeros_like(p)` and `np.zeros(p.shape)`."""
    if not isinstance(value, gast.Call) or len(value.args) != 1:
        return None
    function, given = value.func, value.args[0]
    called = function.attr if isinstance(function, gast.Attribute) else getattr(function, "id", "")
    if called == "zeros" and isinstance(given, gast.Attribute) and given.attr == "shape":
        called, given = "zeros_like", given.value
    return given.id if called == "zeros_like" and isinstance(given, gast.Name) else None


def stored_in(statements: list[gast.stmt]) -> set[str]:
    return {n.id for s in statements for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)}


def saved_unbound(statements: list[gast.stmt], bound: set[str], saving: set[int]) -> set[str]:
    """The variables that are saved where they may be unbound."""
    exposed: set[str] = set()
    bound_at_end(statements, bound, exposed, saving)
    return exposed


def with_initial_values(
    statements: list[gast.stmt], bound: Iterable[str], lists: set[str], saving: set[int],
    is_integer: Callable[[str], bool], also: Iterable[str] = (),
) -> list[gast.stmt]:  # fmt: skip
    """`s = None` first, for variables that are saved where they may be unbound, and those in `also`.

    Lists are empty, and integers 0: an index that may be None would be read as one that adds an axis.
    """
    found = sorted((saved_unbound(statements, set(bound), saving) | set(also)) & stored_in(statements))

    def initial(name: str) -> gast.expr:
        return gast.List([], gast.Load()) if name in lists else tree.constant(0 if is_integer(name) else None)

    return [*(tree.assign(n, initial(n)) for n in found), *statements]
