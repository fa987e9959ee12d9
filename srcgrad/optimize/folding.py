"""Which adjoints and terms are named only to be used once, in the next line?  They are written where they are used.

Between a term and its use there may be other terms.

Before: x_bar = 2 * out_bar.pop()       After: xs_bar[i] += 2 * out_bar.pop()
        xs_bar[i] += x_bar                     y_term = np.exp(-b * t)
        y_term = -b * t
        y_term_2 = np.exp(y_term)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

LONGEST = 76  # characters of a statement that holds what is folded into it
May = Callable[[str, gast.expr, Any, gast.Name], bool]  # may a name's value be where a statement uses the name?
Passes = Callable[[Any, Any], bool]  # may a statement come after the one that follows it?


def folded(
    statements: list[gast.stmt], is_adjoint: Callable[[str], bool], is_term: Callable[[str], bool]
) -> list[gast.stmt]:
    """The statements without such names."""
    counts = Counter(n.id for n in nodes_in(*statements) if isinstance(n, gast.Name))

    def adjoint(name: str, value: gast.expr, following: Any, use: gast.Name) -> bool:
        return counts[name] == 2 and is_adjoint(name) and (is_bare(value) or is_first(following, use, value))

    def term(name: str, value: gast.expr, following: Any, use: gast.Name) -> bool:
        targets = [t.id for t in getattr(following, "targets", []) if isinstance(t, gast.Name)]
        return counts[name] == 2 and is_term(name) and any(map(is_term, targets))

    def passes(statement: Any, following: Any) -> bool:
        """A term that is arithmetic alone may come after other terms, of functions of libraries, which change nothing."""
        names = [name_of(s) for s in (statement, following)]
        if not all(name is not None and is_term(name) for name in names):
            return False
        read = tree.names_read(statement.value)
        if names[1] in read or any(isinstance(n, gast.Call) for n in nodes_in(statement.value)):
            return False
        called = [n.func for n in nodes_in(following.value) if isinstance(n, gast.Call)]
        return all(isinstance(f, gast.Attribute) and tree.root(f) not in {None, *read} for f in called)

    return block(block(statements, adjoint, lambda *_: False), term, passes)


def name_of(statement: Any) -> str | None:
    """What the statement assigns to, if that is one name."""
    targets = statement.targets if isinstance(statement, gast.Assign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], gast.Name) else None


def block(statements: list[gast.stmt], may: May, passes: Passes) -> list[gast.stmt]:
    result: list[gast.stmt] = []  # from the last to the first
    for statement in reversed([tree.with_blocks(s, lambda inner: block(inner, may, passes)) for s in statements]):
        for at in reversed(range(len(result))):
            joined = into(statement, result[at], may)
            if joined is not None:
                result[at] = joined
                break
            if not passes(statement, result[at]):
                result.append(statement)
                break
        else:
            result.append(statement)
    return result[::-1]


def into(statement: gast.stmt, following: gast.stmt, may: May) -> gast.stmt | None:
    """The following statement with the value of this one in it; None if it does not belong there."""
    if not isinstance(statement, gast.Assign) or not isinstance(following, (gast.Assign, gast.AugAssign, gast.Expr)):
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, gast.Name) or target.id in tree.names_read(value):
        return None
    uses = [n for n in nodes_in(following.value) if isinstance(n, gast.Name) and n.id == target.id]
    if len(uses) != 1 or not may(target.id, value, following, uses[0]):
        return None
    joined: gast.stmt = tree.replace(following, {id(uses[0]): value})
    return joined if len(line(joined)) <= LONGEST else None


def is_bare(value: gast.expr) -> bool:
    """A name or a part of something, the same wherever in the statement it is read."""
    return not any(isinstance(n, gast.Call) for n in nodes_in(value)) and tree.is_place(value)


def is_first(following: Any, use: gast.Name, value: gast.expr) -> bool:
    """Is the name all that is evaluated, but for places that evaluating the value does not change?"""
    if following.value is not use or isinstance(following, gast.Expr):
        return False
    targets = [following.target] if isinstance(following, gast.AugAssign) else following.targets
    calls = any(isinstance(n, gast.Call) for n in nodes_in(value))
    return (
        not calls or isinstance(following, gast.Assign) or not {tree.root(t) for t in targets} & tree.names_read(value)
    )


def line(statement: Any) -> str:
    """About as long as the statement will be."""
    targets = [statement.target] if isinstance(statement, gast.AugAssign) else getattr(statement, "targets", [])
    return " += ".join(tree.text(part) for part in [*targets, statement.value])
