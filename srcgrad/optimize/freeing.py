"""Which arrays does a function hold that it reads no more?  For speed, they are let go of: their memory is at hand for the next.

Before: t_bar = p_bar * q            After: t_bar = p_bar * q
        x_bar = np.cos(x) * t_bar           x_bar = np.cos(x) * t_bar
        ...                                 del t_bar
                                            ...
"""

from __future__ import annotations

from collections.abc import Callable

import gast

from srcgrad.analysis.kinds import Const, Kind, Number
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

Statements = list[gast.stmt]
OPERATIONS = (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Call)


def freed(body: Statements, kind: Callable[[gast.expr], Kind]) -> Statements:
    """The body of a function, with such lines between its statements; what is made in loops is bound anew there anyway.

    kind: of an expression.
    """
    uses: dict[str, list[int]] = {}  # name -> the first and the last statement with it
    for at, statement in enumerate(body):
        for node in nodes_in(statement):
            if isinstance(node, gast.Name):
                uses.setdefault(node.id, [at, at])[1] = at
    arrays = {name: at for name, (first, at) in uses.items() if is_made(body[first], name, kind)}
    last = max((at for at, s in enumerate(body) if makes_arrays(s, kind)), default=-1)
    result: Statements = []
    for at, statement in enumerate(body):
        result.append(statement)
        gone = [name for name, end in arrays.items() if end == at < last]
        if gone:
            result.append(gast.Delete([gast.Name(name, gast.Del(), None, None) for name in gone]))
    return result


def is_made(statement: gast.stmt, name: str, kind: Callable[[gast.expr], Kind]) -> bool:
    """Is it `name = ...`, of what may be a new array?"""
    if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Name):
        return False
    return statement.targets[0].id == name and may_be_new(statement.value, kind)


def makes_arrays(statement: gast.stmt, kind: Callable[[gast.expr], Kind]) -> bool:
    """Does it take more memory?"""
    if isinstance(statement, (Blank, Comment, gast.Return)):
        return False
    return any(may_be_new(n, kind) for n in nodes_in(statement))


def may_be_new(value: gast.AST, kind: Callable[[gast.expr], Kind]) -> bool:
    return isinstance(value, OPERATIONS) and not isinstance(kind(value), (Number, Const))
