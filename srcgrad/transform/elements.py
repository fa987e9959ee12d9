"""Which contributions to one element are written in one line?  Those of one block, while the line stays short.

Before: u_bar[0] += result_bar[0] * a          After: u_bar[0] += result_bar[0] * a - result_bar[0] * b * u[1]
        u_bar[0] -= result_bar[0] * b * u[1]
An element is read and written once then, which takes longer than the arithmetic.
"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import is_scalar
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Add, Block, Item, Let, Put, expressions
from srcgrad.transform.product import signed_sum
from srcgrad.transform.program import Program

LONGEST = 76  # characters of such a line, but for speed


def merge_elements(program: Program, block: Block, longest: int = LONGEST) -> None:
    for last in reversed([i for i in block.items if is_element(program, i)]):
        while last in block.items and (first := one_before(program, block, last, longest)) is not None:
            assert isinstance(last, Add), "it is a contribution"
            last.sign, last.value = together(first, last)
            block.items.remove(first)


def one_before(program: Program, block: Block, last: Item, longest: int) -> Add | None:
    """An earlier contribution to the element of this one, which may be given together with it."""
    assert isinstance(last, Add), "it is a contribution"
    between: list[Item] = []
    for first in reversed(block.items[: block.items.index(last)]):
        if isinstance(first, Add) and is_element(program, first) and are_alike(first, last):
            text = f"{tree.text(last.place)} += {tree.text(together(first, last)[1])}"
            return first if len(text) <= longest and may_wait(program, first, between) else None
        if not isinstance(first, (Add, Let, Put)):
            return None
        between.append(first)
    return None


def is_element(program: Program, item: Item) -> bool:
    """A contribution to an element of an array, of which a sum is no more than a number."""
    if not isinstance(item, Add) or not isinstance(item.place, gast.Subscript) or item.value is None:
        return False
    if any(isinstance(n, gast.Call) for n in nodes_in(item.place)) or program.takes_structures(item.place, item.local):
        return False
    return all(is_scalar(program.kinds.of(n)) for n in (item.place, item.value))


def are_alike(a: Add, b: Add) -> bool:
    return a.local == b.local and tree.text(a.place) == tree.text(b.place)


def together(first: Add, last: Add) -> tuple[int, gast.expr]:
    """Sign and value of both; a sum begins with a plus if it can."""
    parts = [part for a in (first, last) if a.value is not None for part in summands(a.sign, a.value)]
    parts.sort(key=lambda part: -part[0])
    sign = parts[0][0]
    return sign, signed_sum([(sign * s, value) for s, value in parts])


def summands(sign: int, value: gast.expr) -> list[tuple[int, gast.expr]]:
    """`a + b - c`, with the sign of each."""
    if isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub)):
        other = sign if isinstance(value.op, gast.Add) else -sign
        return [*summands(sign, value.left), (other, value.right)]
    return [(sign, value)]


def may_wait(program: Program, first: Add, between: list[Item]) -> bool:
    """Is the adjoint not read meanwhile, and what the contribution reads not changed?"""
    assert first.value is not None, "terms have been settled"
    root = tree.root(first.place) or ""
    own = root if first.local else program.bar(root)
    read = tree.names_read(first.value)
    for item in between:
        values = [item.value] if isinstance(item, (Add, Let)) and item.value is not None else list(expressions(item))
        if any(own in tree.names_read(v) for v in values):
            return False
        places = item.places if isinstance(item, Put) else [item.place] if isinstance(item, Add) else []
        roots = {tree.root(p) or "" for p in places}
        changed = roots if isinstance(item, Add) and item.local else set(map(program.bar, roots))
        if changed & read or (isinstance(item, Put) and own in changed):
            return False
        if isinstance(item, Let) and item.name in read:
            return False
    return True
