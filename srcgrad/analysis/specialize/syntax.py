"""Which names does a piece of source bind, and how is it renamed?"""

from __future__ import annotations

import copy

import gast

from srcgrad.lang.nodes import children, nodes_in


def stored_names(tree: gast.FunctionDef) -> set[str]:
    """The local variables of a function: what is assigned in it, outside functions defined inside it."""
    found = {a.id for a in all_arguments(tree.args)}
    outer: set[str] = set()
    stack: list[gast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)):
            continue
        if isinstance(node, (gast.Import, gast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
        if isinstance(node, (gast.Nonlocal, gast.Global)):
            outer |= set(node.names)
        if isinstance(node, gast.ExceptHandler) and node.name is not None:
            found.add(node.name.id if isinstance(node.name, gast.Name) else node.name)
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            found.add(node.id)
        stack += children(node)
    return found - outer


def all_arguments(args: gast.arguments) -> list[gast.Name]:
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [*found, *(a for a in (args.vararg, args.kwarg) if a is not None)]


def rename(node: gast.expr, changes: dict[str, str]) -> gast.expr:
    result = copy.deepcopy(node)
    rename_in_place(result, changes)
    return result


def rename_in_place(node: gast.AST, changes: dict[str, str]) -> None:
    for child in nodes_in(node):
        if isinstance(child, gast.Name) and child.id in changes:
            child.id = changes[child.id]
