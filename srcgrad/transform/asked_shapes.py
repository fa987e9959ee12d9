"""Which values are made only to be asked for their shape?  Another of that shape is asked, and they need not be made.

Before: z = X @ w                               After: z = X @ w
        log_p = z - np.log(np.sum(np.exp(z)))          log_p_bar = np.zeros_like(z)
        log_p_bar = np.zeros_like(log_p)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from srcgrad.analysis.kinds import Array
from srcgrad.analysis.reads import SHAPE_ATTRIBUTES
from srcgrad.lang import tree
from srcgrad.lang.nodes import children
from srcgrad.transform.program import Program

LIKE = {"zeros_like", "ones_like", "full_like", "empty_like"}
Statements = list[gast.stmt]


def asked_of_others(
    program: Program, forward: Statements, backward: Statements, kept: Iterable[str]
) -> tuple[Statements, Statements] | None:
    """Both passes, in which shapes are asked of what is there anyway; None where nothing changes.

    kept: names that are read elsewhere.
    """
    made = {id(s): s for s in forward if is_made_once(program, s)}
    if not made:
        return None
    values, shapes = set(kept), dict[str, list[Any]]()
    inside: dict[str, set[str]] = {}  # name -> what is read by value to make it
    for statement in [*forward, *backward]:
        names, asking = reads(statement)
        if id(statement) in made:
            inside[statement.targets[0].id] = names  # type: ignore[attr-defined]
        else:
            values |= names
        for node in asking:
            shapes.setdefault(asked_of(node).id, []).append(node)  # type: ignore[union-attr]
    changes: dict[int, gast.expr] = {}
    for statement in reversed(made.values()):
        name: str = statement.targets[0].id  # type: ignore[attr-defined]
        other = None if name in values or name not in shapes else other_of_shape(program, name, inside[name])
        if other is None:
            values |= inside[name]
            continue
        for node in shapes[name]:
            changes[id(node)] = tree.replace(node, {id(asked_of(node)): tree.name(other)})
        shapes.setdefault(other, []).extend(changes[id(node)] for node in shapes[name])
    if not changes:
        return None
    return [settled(s, changes) for s in forward], [settled(s, changes) for s in backward]


def settled(statement: gast.stmt, changes: dict[int, gast.expr]) -> gast.stmt:
    """The statement with the questions asked of others, and of others again."""
    while (new := tree.replace(statement, changes)) is not statement:
        statement = new
    return statement


def reads(statement: gast.stmt) -> tuple[set[str], list[Any]]:
    """The names that a statement reads by value, and its questions for shapes.  One node may stand in several places."""
    names, asking, waiting = set(), [], [statement]
    while waiting:
        node: Any = waiting.pop()
        if isinstance(node, gast.Name):
            if isinstance(node.ctx, gast.Load):
                names.add(node.id)
            continue
        inner, asked = children(node), asked_of(node)
        if asked is not None:
            asking.append(node)
            del inner[next(i for i, child in enumerate(inner) if child is asked)]
        waiting += inner
    return names, asking


def is_made_once(program: Program, statement: Any) -> bool:
    """Is it `y = ...`, of an array, where nothing else gives y a value?"""
    target = statement.targets[0] if isinstance(statement, gast.Assign) and len(statement.targets) == 1 else None
    if not isinstance(target, gast.Name) or isinstance(statement.value, gast.Name):
        return False
    return target.id not in program.shadows and is_plain(program, target.id)


def is_plain(program: Program, name: str) -> bool:
    """Is it an array of one shape and dtype, bound once?"""
    if name not in program.definitions or name in program.rebound or not program.is_stable(name):
        return False
    kind = program.kind_of_name(name)
    return isinstance(kind, Array) and kind.exact and bool(kind.sizes)


def asked_of(node: Any) -> gast.Name | None:
    """The x of `x.shape`, `np.zeros_like(x)` and `len(x)`."""
    if isinstance(node, gast.Attribute) and node.attr in SHAPE_ATTRIBUTES:
        inner = node.value
    elif isinstance(node, gast.Call) and node.args:
        function = node.func
        like = isinstance(function, gast.Attribute) and function.attr in LIKE
        inner = node.args[0] if like or tree.is_call(node, "len") else None
    else:
        return None
    return inner if isinstance(inner, gast.Name) else None


def other_of_shape(program: Program, name: str, inside: set[str]) -> str | None:
    """What the value is made of, or else an argument, of the same shape and dtype."""
    kind = program.kind_of_name(name)
    assert isinstance(kind, Array), "shapes are those of arrays"
    names = [n for n in program.definitions if n in inside] + [p.id for p in program.function.params]
    for other in names:
        if other != name and is_plain(program, other):
            own = program.kind_of_name(other)
            if own.dtype == kind.dtype and program.sizes(own) == program.sizes(kind):  # type: ignore[attr-defined]
                return other
    return None
