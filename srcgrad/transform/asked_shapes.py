"""Which values are made only to be asked for their shape?  Another of that shape is asked, and they need not be made.

Before: z = X @ w                               After: z = X @ w
        log_p = z - np.log(np.sum(np.exp(z)))          log_p_bar = np.zeros_like(z)
        log_p_bar = np.zeros_like(log_p)

Where no other has its shape, a vector's length is asked: `np.full(len(X), c)` for `np.full(loss.shape, c)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array
from srcgrad.analysis.reads import SHAPE_ATTRIBUTES
from srcgrad.lang import tree
from srcgrad.lang.nodes import children, nodes_in
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
        asking = [] if name in values else shapes.get(name, [])
        if asking and (other := other_of_shape(program, name, inside[name])):
            answers = {id(node): tree.replace(node, {id(asked_of(node)): tree.name(other)}) for node in asking}
        else:
            answers = lengths(program, name, inside[name], asking)
        if not answers:
            values |= inside[name]
            continue
        changes |= answers
        for answer in answers.values():
            for node in reads(answer)[1]:
                shapes.setdefault(asked_of(node).id, []).append(node)  # type: ignore[union-attr]
    if not changes:
        return None
    return [settled(s, changes) for s in forward], [settled(s, changes) for s in backward]


def settled(statement: gast.stmt, changes: dict[int, gast.expr]) -> gast.stmt:
    """The statement with the questions asked of others, and of others again."""
    before = statement
    while (new := tree.replace(statement, changes)) is not statement:
        statement = new
    if statement is before:
        return statement
    filled = [n for n in nodes_in(statement) if isinstance(n, gast.Call) and getattr(n.func, "attr", "") == "full"]
    shapes = [n.args[0] for n in filled if isinstance(n.args[0], gast.Tuple) and len(n.args[0].elts) == 1]
    return tree.replace(statement, {id(shape): shape.elts[0] for shape in shapes})


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
    return name not in program.rebound and has_one_shape(program, name)


def has_one_shape(program: Program, name: str) -> bool:
    """Is it always an array of one shape and dtype, however often it is bound?"""
    kind = program.kind_of_name(name) if name in program.definitions and program.is_stable(name) else None
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


def others(program: Program, name: str, inside: set[str]) -> list[tuple[str, Array]]:
    """What the value is made of, then the arguments, where they are arrays of one shape and dtype."""
    names = [n for n in program.definitions if n in inside] + [p.id for p in program.function.params]
    return [(n, program.kind_of_name(n)) for n in names if n != name and has_one_shape(program, n)]  # type: ignore[misc]


def other_of_shape(program: Program, name: str, inside: set[str]) -> str | None:
    """Another array of the same shape and dtype."""
    kind = program.kind_of_name(name)
    assert isinstance(kind, Array), "shapes are those of arrays"
    same = (
        other
        for other, own in others(program, name, inside)
        if own.dtype == kind.dtype and program.sizes(own) == program.sizes(kind)
    )
    return next(same, None)


def lengths(program: Program, name: str, inside: set[str], asking: list[Any]) -> dict[int, gast.expr]:
    """The questions for the shape of a vector, asked as the length of an axis of another array; {} if one can't be."""
    kind = program.kind_of_name(name)
    assert isinstance(kind, Array), "shapes are those of arrays"
    sizes = program.sizes(kind)
    if sizes is None or len(sizes) != 1:
        return {}
    found = (
        (other, axis)
        for other, own in others(program, name, inside)
        for axis, size in enumerate(program.sizes(own) or ())
        if size == sizes[0]
    )
    other, axis = next(found, (None, 0))
    if other is None:
        return {}
    answers: dict[int, gast.expr] = {}
    for node in asking:
        array = tree.name(other)
        shape = tree.attribute(array, "shape")
        length = tree.call("len", array) if axis == 0 else gast.Subscript(shape, tree.constant(axis), gast.Load())
        if isinstance(node, gast.Attribute) and node.attr == "shape":
            answers[id(node)] = gast.Tuple([length], gast.Load())
        elif tree.is_call(node, "len") or isinstance(node, gast.Attribute) and node.attr == "size":
            answers[id(node)] = length
        elif isinstance(node, gast.Call) and node.func.attr == "zeros_like" and kind.dtype == np.float64:  # type: ignore[attr-defined]
            answers[id(node)] = program.numpy("zeros", length)
        else:
            return {}
    return answers
