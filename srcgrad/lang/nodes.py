"""Which nodes are in a tree?  Those that stand for a piece of text: contexts and operators are left out.

This is asked all the time, so it is made quick: the fields that may hold nodes are found once for each class.
"""

from __future__ import annotations

from typing import Any

import gast

NO_NODES = {"ctx", "op", "ops", "id", "attr", "kind", "type_comment"}
_fields: dict[type, tuple[str, ...]] = {gast.Constant: ()}


def fields_of(kind: type) -> tuple[str, ...]:
    """The fields that may hold nodes, of nodes of this class."""
    if kind not in _fields:
        _fields[kind] = tuple(f for f in kind._fields if f not in NO_NODES)  # type: ignore[attr-defined]
    return _fields[kind]


def children(node: gast.AST) -> list[gast.AST]:
    """The nodes right inside a node, in the order of its fields."""
    found: list[gast.AST] = []
    values = node.__dict__
    for field in fields_of(node.__class__):
        value = values.get(field)
        if value is None:
            continue
        if value.__class__ is list:
            found += [v for v in value if isinstance(v, gast.AST)]
        elif isinstance(value, gast.AST):
            found.append(value)
    return found


def nodes_in(*trees: Any) -> list[Any]:
    """All nodes of trees, the outer before the inner ones."""
    found = list(trees)
    for node in found:
        values, kind = node.__dict__, node.__class__
        for field in _fields[kind] if kind in _fields else fields_of(kind):
            value = values.get(field)
            if value is None:
                continue
            if value.__class__ is list:
                found += [v for v in value if isinstance(v, gast.AST)]
            elif isinstance(value, gast.AST):
                found.append(value)
    return found
