"""Which terms does the backward pass alone read, once?  They are computed there, and held no longer than needed.

Before: loss_term = np.exp(-rate * t)          After: x_bar = loss_bar * np.exp(-rate * t)
        ...
        x_bar = loss_bar * loss_term
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.folding import LONGEST, line, name_of

Statements = list[gast.stmt]


def deferred(
    forward: Statements, backward: Statements, is_term: Callable[[str], bool], is_fixed: Callable[[gast.expr], bool]
) -> tuple[Statements, Statements]:
    """Both passes, without such terms.

    is_fixed: has an expression the same value wherever it is asked?
    """
    forward, backward = list(forward), list(backward)
    for statement in reversed(forward):
        name = name_of(statement)
        if name is None or not is_term(name) or not is_fixed(statement.value):  # type: ignore[attr-defined]
            continue
        if len(named(forward, name)) > 1 or len(named(backward, name)) != 1:
            continue
        use = named(backward, name)[0]
        at = next(i for i, s in enumerate(backward) if tree.contains(s, {id(use)}))
        repeated = any(isinstance(n, tree.SCOPES) and tree.contains(n, {id(use)}) for n in nodes_in(backward[at]))
        if isinstance(backward[at], (gast.Assign, gast.AugAssign)) and not repeated:
            joined: Any = tree.replace(backward[at], {id(use): statement.value})  # type: ignore[attr-defined]
            if len(re.sub(r"·\d+", "", line(joined))) <= LONGEST:
                backward[at] = joined
                forward.remove(statement)
    return forward, backward


def named(statements: Statements, name: str) -> list[gast.Name]:
    return [n for n in nodes_in(*statements) if isinstance(n, gast.Name) and n.id == name]
