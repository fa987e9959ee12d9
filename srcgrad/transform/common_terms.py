"""Which parts of a user's expression are named, since the tangent reads them too?  Costly and unrepeatable ones.

Before: p = 1 / (1 + np.exp(-z))            After: p_term = np.exp(-z)
        p_dot = z_dot * np.exp(-z) * ...           p = 1 / (1 + p_term)
                                                   p_dot = z_dot * p_term * ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import gast

from srcgrad.analysis.kinds import Unknown, is_memory, is_scalar
from srcgrad.lang import tree
from srcgrad.lang.nodes import children, nodes_in

COMPOSED = (gast.BinOp, gast.UnaryOp, gast.Call, gast.Compare, gast.ListComp)
GUARDED = (gast.IfExp, gast.BoolOp, *tree.SCOPES)
ALLOCATIONS = {"zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like"}
CHEAP_CALLS = {"len", "range", "float", "isinstance", "shape", "size", "ndim", "slice"}


def cost(node: gast.AST) -> int:
    """Operations: one for arithmetic, two for a call or a matrix product; indexing and literals are free."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.operand, gast.Constant):
        return 0
    total = sum(cost(child) for child in children(node))
    if isinstance(node, gast.BinOp):
        return total + (2 if isinstance(node.op, gast.MatMult) else 1)
    if isinstance(node, (gast.UnaryOp, gast.Compare)):
        return total + 1
    if isinstance(node, gast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return total + (0 if name in CHEAP_CALLS else 2)
    return total + (2 if isinstance(node, gast.ListComp) else 0)


def composed(node: Any, guarded: bool = False) -> Iterator[tuple[gast.expr, bool]]:
    """The expressions in a tree that could be named, and whether it is certain that they are evaluated."""
    if isinstance(node, COMPOSED):
        yield node, guarded
    if isinstance(node, gast.keyword):
        node = node.value
        if isinstance(node, COMPOSED):
            yield node, guarded
    for child in children(node):
        yield from composed(child, guarded or isinstance(node, GUARDED))


def kept(node: Any) -> Iterator[gast.expr]:
    """The expressions whose values are bound or put into a container, each as memory of its own."""
    if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
        for member in node.values if isinstance(node, gast.Dict) else node.elts:
            yield from kept(member)
    elif isinstance(node, COMPOSED):
        yield node


class Terms:
    """Names for parts of one step's trees."""

    def __init__(self, program: Any, base: str, is_pure: Callable[[gast.Call], bool]) -> None:
        self.program, self.base, self.is_pure = program, base, is_pure
        self.lets: list[gast.stmt] = []
        self.refused: str | None = None  # an expression that can't be asked twice

    def name_common(self, primal: list[Any], tangent: list[Any]) -> tuple[list[Any], list[Any]]:
        """Both, with what is common to them named; the lines that do so are in `lets`."""
        while True:
            found = self.smallest(primal, tangent)
            if found is None:
                return primal, tangent
            text = tree.text(found)
            kind = self.program.kinds.of(found)
            name = self.program.placeholder(f"{self.base}_term")
            self.lets.append(tree.assign(name, found))
            if isinstance(kind, Unknown):
                node: gast.expr = tree.name(name)
            else:
                node = self.program.kinds.record(tree.name(name), kind)
            primal = [self.replaced(t, text, node) for t in primal]
            tangent = [self.replaced(t, text, node) for t in tangent]

    def smallest(self, primal: list[Any], tangent: list[Any]) -> gast.expr | None:
        """Of the largest expressions that both have, and that are worth a name, the cheapest."""
        held = Counter(tree.text(n) for t in [*primal, *tangent] for n in kept(t) if self.is_memory(n))
        texts: dict[str, tuple[gast.expr, bool]] = {}
        for node, guarded in (found for t in primal for found in composed(t)):
            known = texts.get(tree.text(node))
            if (known is None or known[1]) and held[tree.text(node)] < 2:
                texts[tree.text(node)] = (node, guarded)
        best: gast.expr | None = None
        for node in (found for t in tangent for found in self.largest(t, texts)):
            original, guarded = texts[tree.text(node)]
            if guarded:
                if not self.can_repeat(original):
                    self.refused = tree.text(original)
                continue
            if best is None or cost(original) < cost(best):
                best = original
        return best

    def largest(self, node: Any, texts: dict[str, tuple[gast.expr, bool]]) -> Iterator[gast.expr]:
        """The parts of a tangent that could be named and are in no larger such part."""
        if isinstance(node, COMPOSED):
            known = texts.get(tree.text(node))
            if known is not None and self.is_worth_a_name(known[0]):
                yield node
                return
        for child in children(node):
            yield from self.largest(child, texts)

    def is_memory(self, node: gast.expr) -> bool:
        kind = self.program.kinds.of(node)
        return is_memory(kind) and not is_scalar(kind)

    def is_worth_a_name(self, node: gast.expr) -> bool:
        if isinstance(node, gast.Call) and getattr(node.func, "attr", "") in ALLOCATIONS:
            return False  # each use has memory of its own
        return cost(node) >= 2 or not self.can_repeat(node)

    def can_repeat(self, node: gast.AST) -> bool:
        calls = [n for n in nodes_in(node) if isinstance(n, gast.Call)]
        return all(self.is_pure(c) for c in calls)

    def replaced(self, node: Any, text: str, name: gast.expr) -> Any:
        changes = {id(n): name for n in nodes_in(node) if isinstance(n, COMPOSED) and tree.text(n) == text}
        return self.program.kinds.replace(node, changes) if changes else node


__all__ = ["Terms", "cost"]
