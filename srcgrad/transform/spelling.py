"""How are the names made here spelled?  `u_term·7` becomes `u_term`, or `u_term_2` where that is taken."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree


def spell(statements: list[gast.stmt], used: set[str]) -> list[gast.stmt]:
    """The statements with placeholders replaced.  Two of one base share a name if one ends before the other begins."""
    spans: dict[str, list[int]] = {}
    fixed = set(used)
    for position, node in enumerate(in_order(statements)):
        if "·" in node.id:
            spans.setdefault(node.id, [position, position])[1] = position
        else:
            fixed.add(node.id)
    taken: dict[str, list[tuple[int, int]]] = {}
    chosen: dict[str, str] = {}
    for name, (first, last) in spans.items():
        base = name.partition("·")[0]
        candidate, count = base, 1
        while candidate in fixed or any(a <= last and first <= b for a, b in taken.get(candidate, [])):
            count += 1
            candidate = f"{base}_{count}"
        taken.setdefault(candidate, []).append((first, last))
        chosen[name] = candidate
    changes: dict[int, gast.expr] = {}
    for node in in_order(statements):
        if node.id in chosen:
            changes[id(node)] = gast.Name(chosen[node.id], node.ctx, None, None)
    return [tree.replace(s, changes) for s in statements]


def in_order(statements: list[Any]) -> list[gast.Name]:
    """All names, in the order of the text; an assignment's value before its targets."""
    found: list[gast.Name] = []

    def visit(node: Any) -> None:
        if isinstance(node, gast.Name):
            found.append(node)
        elif isinstance(node, gast.Assign):
            visit(node.value)
            for target in node.targets:
                visit(target)
        else:
            for child in tree.children(node):
                visit(child)

    for statement in statements:
        visit(statement)
    return found
