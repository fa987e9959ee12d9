"""Which nodes are in a tree?  Those that stand for a piece of text: contexts and operators are left out.

This is asked all the time, so it is made quick: the fields that may hold nodes are found once for each class.
"""

from __future__ import annotations

from typing import Any

import gast

NO_NODES = {"ctx", "op", "ops", "id", "attr", "kind", "type_comment"}
_fields: dict[type, tuple[str, ...]] = {}


def fields_of(node: gast.AST) -> tuple[str, ...]:
    """The fields of a node that may hold nodes."""
    kind = node.__class__
    if kind not in _fields:
        _fields[kind] = tuple(f for f in kind._fields if f not in NO_NODES)
    return _fields[kind]


def children(node: gast.AST) -> list[gast.AST]:
    """The nodes right inside a node, in the order of its fields."""
    found: list[gast.AST] = []
    _add_children(node, found)
    return found


def nodes_in(*trees: Any) -> list[Any]:
    """All nodes of trees, the outer before the inner ones."""
    found = list(trees)
    for node in found:
        _add_children(node, found)
    return found


def _add_children(node: gast.AST, found: list[Any]) -> None:
    values = node.__dict__
    for field in _fields.get(node.__class__) or fields_of(node):
        value = values.get(field)
        if value is None:
            continue
        if value.__class__ is list:
            found += [v for v in value if isinstance(v, gast.AST)]
        elif isinstance(value, gast.AST):
            found.append(value)
