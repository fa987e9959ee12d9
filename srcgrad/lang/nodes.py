"""Which nodes are in a tree?  Those that stand for a piece of text: contexts and operators are left out.

This is asked all the time, so it is made quick: the fields that may hold nodes are found once for each class.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not
from typing import Any

from gast import AST, BinOp, Constant, Name

NO_NODES = {"ctx", "op", "ops", "id", "attr", "kind", "type_comment"}


class Fields(dict[type, tuple[str, ...]]):
    """The fields that may hold nodes, of nodes of each class."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        self[kind] = tuple(f for f in kind._fields if f not in NO_NODES)  # type: ignore[attr-defined]
        return self[kind]


FIELDS = Fields({Constant: ()})


def is_leaf(node: Any) -> bool:
    """Is there no node inside?  Most nodes are names and constants."""
    kind = node.__class__
    return kind is Constant or (kind is Name and node.annotation is None)


def children(node: Any) -> list[Any]:
    """The nodes right inside a node, in the order of its fields."""
    if node.__class__ is BinOp:
        return [node.left, node.right]
    if is_leaf(node):
        return []
    found: list[Any] = []
    values = node.__dict__
    for field in FIELDS[node.__class__]:
        value = values.get(field)
        if value.__class__ is list:
            found += [v for v in value if isinstance(v, AST)]
        elif isinstance(value, AST):
            found.append(value)
    return found


def nodes_in(*trees: Any) -> list[Any]:
    """All nodes of trees, the outer before the inner ones."""
    found = list(trees)
    add, fields = found.append, FIELDS
    for node in found:
        kind = node.__class__
        if kind is BinOp:
            add(node.left)
            add(node.right)
            continue
        if kind is Constant or kind is Name and node.annotation is None:
            continue
        values = node.__dict__
        for field in fields[kind]:
            value = values.get(field)
            if value is None:
                continue
            if value.__class__ is list:
                for member in value:
                    if isinstance(member, AST):
                        add(member)
            elif isinstance(value, AST):
                add(value)
    return found


def changed_fields(node: Any, change: Callable[[Any], Any]) -> dict[str, Any]:
    """The fields that are others once every node right inside is changed."""
    changed: dict[str, Any] = {}
    if is_leaf(node):
        return changed
    values = node.__dict__
    for field in FIELDS[node.__class__]:
        value = values.get(field)
        if value.__class__ is list:
            members = [change(v) if isinstance(v, AST) else v for v in value]
            if any(map(is_not, members, value)):
                changed[field] = members
        elif isinstance(value, AST):
            new = change(value)
            if new is not value:
                changed[field] = new
    return changed


def with_fields(node: Any, fields: dict[str, Any]) -> Any:
    """A node like this one, but for some fields."""
    result = node.__class__.__new__(node.__class__)
    result.__dict__.update(node.__dict__)
    result.__dict__.update(fields)
    return result
