"""Which names does a piece of source bind, and how is it renamed?"""

from __future__ import annotations

import copy

import gast

from srcgrad.lang.nodes import children, nodes_in
from srcgrad.lang.tree import root

COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


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


def bindings(tree: gast.FunctionDef) -> tuple[dict[str, int], set[str]]:
    """How often each name is bound in a function, the functions inside it included; those bound again and again, in loops."""
    found: dict[str, int] = {}
    for name in [a.id for a in all_arguments(tree.args)]:
        found[name] = 1
    repeated: set[str] = set()
    for node in [n for s in tree.body for n in nodes_in(s)]:
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            found[node.id] = found.get(node.id, 0) + 1
        elif isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            found[node.name] = found.get(node.name, 0) + 1
        if isinstance(node, (gast.For, gast.While)):
            repeated |= {n.id for n in nodes_in(node) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    return found, repeated


CHANGING = {
    "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "update", "setdefault", "popitem", "add",
    "discard", "fill", "resize", "appendleft", "popleft",
}  # fmt: skip


def changed_names(tree: gast.FunctionDef | gast.For) -> set[str]:
    """The names of what a function or a loop stores into, or calls a method of that changes it."""
    found: set[str | None] = set()
    for node in [n for s in tree.body for n in nodes_in(s)]:
        if isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            found.add(root(node))
        elif isinstance(node, gast.AugAssign):
            found.add(root(node.target))
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in CHANGING:
            found.add(root(node.func.value))
    return {n for n in found if n is not None}


def used_once(tree: gast.FunctionDef) -> dict[str, bool]:
    """Of each name that is read: is it read in one place, in the loops in which it is bound, and in no others?"""
    reads: dict[str, list[tuple[int, ...]]] = {}
    binds: dict[str, list[tuple[int, ...]]] = {a.id: [()] for a in all_arguments(tree.args)}

    def visit(node: gast.AST, loops: tuple[int, ...]) -> None:
        if isinstance(node, gast.Name):
            (reads if isinstance(node.ctx, gast.Load) else binds).setdefault(node.id, []).append(loops)
        if isinstance(node, COMPREHENSIONS):
            # the first iterable is evaluated outside, once
            visit(node.generators[0].iter, loops)
            for child in [c for g in node.generators for c in children(g)] + children(node):
                if not isinstance(child, gast.comprehension) and child is not node.generators[0].iter:
                    visit(child, (*loops, id(node)))
            return
        inner = isinstance(node, (gast.While, gast.FunctionDef, gast.Lambda))
        if isinstance(node, gast.For):
            visit(node.iter, loops)
        for child in children(node):
            if not (isinstance(node, gast.For) and child is node.iter):
                visit(child, (*loops, id(node)) if inner or isinstance(node, gast.For) else loops)

    for statement in tree.body:
        visit(statement, ())
    return {name: len(found) == 1 and binds.get(name) == found for name, found in reads.items()}


def taken_one_by_one(tree: gast.FunctionDef) -> set[str]:
    """The names bound once, by `it = iter(...)`, and else only asked for the next: no more is seen of these iterators."""
    binds: dict[str, int] = {}
    uses: dict[str, int] = {}
    nodes = list(nodes_in(tree))
    for node in nodes:
        if isinstance(node, gast.Name):
            uses[node.id] = uses.get(node.id, 0) + 1
        value = node.value if isinstance(node, gast.Assign) and len(node.targets) == 1 else None
        if is_call_of(value, "iter") and isinstance(node.targets[0], gast.Name):
            binds[node.targets[0].id] = binds.get(node.targets[0].id, 0) + 1
        if is_call_of(node, "next") and isinstance(node.args[0], gast.Name):
            uses[node.args[0].id] = uses.get(node.args[0].id, 0) - 1
    later = [n for n in nodes if isinstance(n, (gast.FunctionDef, gast.Lambda, gast.GeneratorExp)) and n is not tree]
    elsewhere = {n.id for one in later for n in nodes_in(one) if isinstance(n, gast.Name)}
    if "StopIteration" in uses:
        return set()
    return {name for name, count in binds.items() if count == uses[name] == 1} - elsewhere


def is_call_of(node: gast.AST | None, name: str) -> bool:
    """Is this a call of what has this name, of one argument?"""
    if not isinstance(node, gast.Call) or len(node.args) != 1 or node.keywords:
        return False
    return isinstance(node.func, gast.Name) and node.func.id == name


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
