"""Where do statements stand, and what do they say?  Statements with those around them, and lists that are filled and emptied."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in


@dataclass
class Site:
    """A statement that names a tape, and the statements around it, the outer ones first."""

    statement: Any
    around: tuple[Any, ...]


def sites(block: list[Any], around: tuple[Any, ...]) -> Iterator[Site]:
    for statement in block:
        yield Site(statement, around)
        for inner in tree.blocks_of(statement):
            yield from sites(inner, (*around, statement))


def blocks(block: list[Any]) -> Iterator[list[Any]]:
    yield block
    for statement in block:
        for inner in tree.blocks_of(statement):
            yield from blocks(inner)


def own_nodes(statement: Any) -> list[Any]:
    """The nodes of a statement, without those of the blocks inside it."""
    if isinstance(statement, (gast.For, gast.While, gast.If)):
        heads = (statement.target, statement.iter) if isinstance(statement, gast.For) else (statement.test,)
        return nodes_in(*heads)
    return nodes_in(statement)


def rebuilt(block: list[Any], changes: dict[int, Any]) -> list[Any]:
    """The statements with some replaced by lists of others, and some expressions by others."""
    result: list[Any] = []
    for statement in block:
        for new in changes.get(id(statement), [statement]):
            if isinstance(new, (gast.For, gast.While, gast.If)):
                new = copy.copy(new)
                for head in ("target", "iter", "test"):
                    if hasattr(new, head):
                        setattr(new, head, tree.replace(getattr(new, head), changes))
                new.body, new.orelse = rebuilt(new.body, changes), rebuilt(new.orelse, changes)
            elif new is statement or id(statement) in changes:
                new = tree.replace(new, {k: v for k, v in changes.items() if not isinstance(v, list)})
            result.append(new)
    return result


def same(some: Any, others: Any) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others))


def comes_before(block: list[Any], first: Any, second: Any) -> bool:
    """Are both statements of this block, in this order?"""
    places = [k for statement in (first, second) for k, s in enumerate(block) if s is statement]
    return len(places) == 2 and places[0] < places[1]


def is_empty_list(statement: Any) -> bool:
    """`x = []`"""
    return (
        isinstance(statement, gast.Assign)
        and isinstance(statement.targets[0], gast.Name)
        and isinstance(statement.value, gast.List)
        and not statement.value.elts
    )


def is_call_of(node: Any, name: str, method: str) -> bool:
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == method
        and isinstance(node.func.value, gast.Name)
        and node.func.value.id == name
    )


def is_append(statement: Any, name: str) -> bool:
    return isinstance(statement, gast.Expr) and is_call_of(statement.value, name, "append")


def is_plain(statement: Any) -> bool:
    """`x = ...`"""
    return isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name)


def is_copy(node: Any) -> bool:
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "copy" and not node.args  # fmt: skip
