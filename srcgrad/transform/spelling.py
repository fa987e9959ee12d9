"""How are the names made here spelled?  `u_term·7` becomes `u_term`, or `u_term_2` where that is taken."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import children, nodes_in


def spell(statements: list[gast.stmt], used: set[str]) -> list[gast.stmt]:
    """The statements with placeholders replaced.  Two of one base share a name if one ends before the other begins; what is
    made before a loop and read in it, ends with the loop."""
    spans: dict[str, list[int]] = {}
    fixed = set(used)
    nodes = in_order(statements)
    loops = loops_in(statements, {id(node): at for at, node in enumerate(nodes)})
    for position, node in enumerate(nodes):
        if "·" in node.id:
            spans.setdefault(node.id, [position, position])[1] = position
        else:
            fixed.add(node.id)
    for span in spans.values():
        span[1] = max([span[1], *(end for begin, end in loops if span[0] < begin <= span[1] < end)])
    ends: dict[str, int] = {}  # of the spans given a spelling so far; spans come by their beginnings
    chosen: dict[str, str] = {}
    for name, (first, last) in spans.items():
        base = name.partition("·")[0]
        candidate, count = base, 1
        while candidate in fixed or first <= ends.get(candidate, -1):
            count += 1
            candidate = f"{base}_{count}"
        ends[candidate] = max(last, ends.get(candidate, -1))
        chosen[name] = candidate
    changes: dict[int, gast.expr] = {}
    for node in nodes:
        if node.id in chosen:
            changes[id(node)] = gast.Name(chosen[node.id], node.ctx, None, None)
    return [tree.replace(s, changes) for s in statements]


def loops_in(statements: list[Any], positions: dict[int, int]) -> list[tuple[int, int]]:
    """The first and the last position of the names in each loop."""
    found = []
    for loop in tree.statements_in(statements):
        if isinstance(loop, (gast.For, gast.While)):
            inside = [positions[id(n)] for n in nodes_in(loop) if isinstance(n, gast.Name)]
            found += [(min(inside), max(inside))] if inside else []
    return found


def in_order(statements: list[Any]) -> list[gast.Name]:
    """All names, in the order of the text; an assignment's value before its targets."""
    found: list[gast.Name] = []
    waiting = statements[::-1]
    while waiting:
        node = waiting.pop()
        if node.__class__ is gast.Name:
            found.append(node)
        elif node.__class__ is gast.Assign:
            waiting += [*node.targets[::-1], node.value]
        else:
            waiting += children(node)[::-1]
    return found
