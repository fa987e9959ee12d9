"""What is the heading of each line of a function: the comment over what undoes it?"""

from __future__ import annotations

import gast

from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import heading


def note_headings(function: core.Function) -> None:
    """The function knows its headings, besides those of what has been written out in it."""
    for lineno, text in headings_of(function).items():
        function.headings.setdefault(lineno, text)


def headings_of(function: core.Function) -> dict[int, str]:
    """The first line of every statement; of a function on one line, that of its body; `a = 1; b = 2` in full."""
    lines: dict[int, list[gast.stmt]] = {}
    for node in nodes_in(function.source.tree):
        if isinstance(node, gast.stmt):
            lines.setdefault(node.lineno, []).append(node)
    found = {}
    for lineno, statements in lines.items():
        inside = [n for n in statements if not isinstance(n, gast.FunctionDef)] or statements
        joined = inside if not hasattr(inside[0], "body") else inside[:1]
        found[lineno] = "; ".join(heading(n) for n in joined)
    return found
