"""Which loops over positions read as loops over elements?  Those of which the position does nothing else.

Before: for i in range(len(xs)):         After: for x in xs:
            x = xs[i]                                h = np.tanh(W @ h + x)
            h = np.tanh(W @ h + x)
        for i in reversed(range(len(xs))):          for x in reversed(xs):
            x = xs[i]
Loops are analysed by positions, which both passes can ask for; a user writes `for x in xs`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment


def over_elements(functions: list[gast.FunctionDef], own: set[str]) -> list[gast.FunctionDef]:
    """The functions with such loops.  `own`: the names in the user's text, where loops stay as they are."""
    return [changed(f, f, own) for f in functions]


def changed(node: Any, function: gast.FunctionDef, own: set[str]) -> Any:
    """The statement with the loops in it changed, itself if there are none."""
    fields = {}
    for field, value in gast.iter_fields(node):
        if isinstance(value, list) and any(isinstance(v, (gast.stmt, gast.ExceptHandler)) for v in value):
            fields[field] = [changed(v, function, own) if isinstance(v, (gast.stmt, gast.ExceptHandler)) else v for v in value]
    if fields and any(a is not b for field, made in fields.items() for a, b in zip(made, getattr(node, field))):
        node = type(node)(**{**dict(gast.iter_fields(node)), **fields})
    return loop_over_elements(node, function, own) if isinstance(node, gast.For) else node


def loop_over_elements(loop: gast.For, function: gast.FunctionDef, own: set[str]) -> gast.For:
    if not isinstance(loop.target, gast.Name) or loop.target.id in own or loop.orelse:
        return loop
    index, (sequences, backwards) = loop.target.id, run_over(loop.iter)
    if {"zip", "reversed"} & {n.id for n in nodes_in(function) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}:
        return loop
    targets: list[gast.expr] = []
    elements: list[gast.expr] = []
    for statement in loop.body:
        read = element(statement, index)
        if read is None:
            break
        targets.append(statement.targets[0])
        elements.append(read)
    body = loop.body[len(targets) :]
    texts = [tree.text(e) for e in elements]
    if not targets or not sequences or not set(sequences) <= set(texts) or len(set(texts)) < len(texts):
        return loop
    if backwards and len(texts) > 1:
        return loop
    if not is_alone(loop, len(elements), function) or not all(is_kept(e, body) and not is_bound(e, targets) for e in elements):
        return loop
    if not any(not isinstance(s, (Blank, Comment)) for s in body):
        return loop
    several = len(targets) > 1
    target = tree.display(targets) if several else targets[0]
    iterable = tree.call("zip", *elements) if several else tree.call("reversed", *elements) if backwards else elements[0]
    return gast.For(target, iterable, body, [], None)


def run_over(iterable: gast.expr) -> tuple[list[str], bool]:
    """What `range(len(xs))` runs over, as text, and whether it does so backwards."""
    backwards = tree.is_call(iterable, "reversed")
    inner: Any = iterable.args[0] if backwards else iterable  # type: ignore[attr-defined]
    if not tree.is_call(inner, "range") or len(inner.args) != 1:
        return [], backwards
    stop = inner.args[0]
    lengths = stop.args if tree.is_call(stop, "min") else [stop]
    if not all(tree.is_call(n, "len") for n in lengths):
        return [], backwards
    return [tree.text(n.args[0]) for n in lengths], backwards


def element(statement: Any, index: str) -> gast.expr | None:
    """`xs`, of `x = xs[i]`."""
    if not isinstance(statement, gast.Assign) or len(statement.targets) != 1 or not isinstance(statement.value, gast.Subscript):
        return None
    target, place = statement.targets[0], statement.value
    names = target.elts if isinstance(target, gast.Tuple) else [target]
    plain = all(isinstance(n, gast.Name) for n in names) and tree.is_place(place.value)
    read = isinstance(place.slice, gast.Name) and place.slice.id == index
    return place.value if plain and read and index not in tree.names_read(place.value) else None


def is_alone(loop: gast.For, elements: int, function: gast.FunctionDef) -> bool:
    """Is the position read nowhere but in so many elements at the beginning of the loop, and in other loops of its own?"""
    index = loop.target.id  # type: ignore[attr-defined]
    if Counter(n.id for n in nodes_in(loop) if isinstance(n, gast.Name))[index] != 1 + elements:
        return False
    loops = [n for n in nodes_in(function) if isinstance(n, gast.For) and getattr(n.target, "id", "") == index]
    counted = {id(n) for other in loops for n in nodes_in(other)}
    return all(id(n) in counted for n in nodes_in(function) if isinstance(n, gast.Name) and n.id == index)


def is_kept(sequence: gast.expr, body: list[gast.stmt]) -> bool:
    """Does the loop do no more with the sequence than to read elements of it, or nothing at all with what holds it?"""
    root = tree.root(sequence)
    mentions = [n for n in nodes_in(*body) if isinstance(n, gast.Name) and n.id == root]
    if not isinstance(sequence, gast.Name):
        return not mentions
    asked = {id(n.value) for n in nodes_in(*body) if isinstance(n, gast.Subscript) and isinstance(n.ctx, gast.Load)}
    return all(id(n) in asked for n in mentions)


def is_bound(sequence: gast.expr, targets: list[gast.expr]) -> bool:
    return tree.root(sequence) in {n.id for t in targets for n in nodes_in(t) if isinstance(n, gast.Name)}
