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


def fixed_names(tree: gast.FunctionDef) -> set[str]:
    """The local variables of a function that are bound once in a call of it."""
    found = [a.id for a in all_arguments(tree.args)]
    again: set[str] = set()

    def visit(node: gast.AST, repeated: bool) -> None:
        names: list[str] = []
        if isinstance(node, gast.Nonlocal):
            again.update(node.names)
        elif isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            names = [node.name]
        elif isinstance(node, (gast.Import, gast.ImportFrom)):
            names = [(a.asname or a.name).split(".")[0] for a in node.names]
        elif isinstance(node, gast.ExceptHandler) and isinstance(node.name, str):
            names = [node.name]
        elif isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            names = [node.id]
        found.extend(names)
        again.update(names if repeated else ())
        if isinstance(node, (gast.FunctionDef, gast.Lambda)):
            again.update(n for s in nodes_in(node) if isinstance(s, gast.Nonlocal) for n in s.names)
            return
        for child in children(node):
            visit(child, repeated or isinstance(node, (gast.For, gast.While)))

    for statement in tree.body:
        visit(statement, False)
    return {name for name in found if found.count(name) == 1 and name not in again}


def bindings_of(tree: gast.FunctionDef, name: str) -> int:
    """How often is a local variable of a function bound in its text?"""
    count = sum(a.id == name for a in all_arguments(tree.args))
    stack: list[gast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            count += node.name == name
        elif isinstance(node, gast.Name):
            count += node.id == name and not isinstance(node.ctx, gast.Load)
        elif not isinstance(node, gast.Lambda):
            stack += children(node)
    return count


def free_names(tree: gast.FunctionDef) -> list[str]:
    """The names that a function reads or stores into and that are not its own, in the order of the text."""
    found: dict[str, None] = {}

    def visit(node: gast.AST, hidden: frozenset[str]) -> None:
        if isinstance(node, (gast.FunctionDef, gast.Lambda)):
            for default in [*node.args.defaults, *node.args.kw_defaults, *getattr(node, "decorator_list", [])]:
                if default is not None:
                    visit(default, hidden)
            body = node.body if isinstance(node, gast.FunctionDef) else [node.body]
            own = {a.id for a in all_arguments(node.args)}
            own |= stored_names(node) if isinstance(node, gast.FunctionDef) else set()
            for statement in body:
                visit(statement, hidden | own)
        elif isinstance(node, (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)):
            # the first iterable is evaluated outside, where the comprehension's own variables do not exist
            visit(node.generators[0].iter, hidden)
            own = {n.id for g in node.generators for n in nodes_in(g.target) if isinstance(n, gast.Name)}
            first = node.generators[0].iter
            for child in children(node):
                for part in children(child) if isinstance(child, gast.comprehension) else [child]:
                    if part is not first:
                        visit(part, hidden | own)
        elif isinstance(node, gast.Name):
            if node.id not in hidden:
                found[node.id] = None
        else:
            for child in children(node):
                visit(child, hidden)

    for statement in tree.body:
        visit(statement, frozenset(stored_names(tree)))
    return list(found)


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
