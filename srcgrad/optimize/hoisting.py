"""What is the same in all passes of a reversed loop?  It is computed once, before the loop.

Before: for i in reversed(range(n)):                After: theta_term = np.cos(theta)
            theta_bar += y_bar[i] * np.cos(theta)          for i in reversed(range(n)):
                                                               theta_bar += y_bar[i] * theta_term

The loops of the forward pass stay as the user wrote them, but for terms that the backward pass reads too (early_terms).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.analysis.definite import bound_at_end, stored_in
from srcgrad.analysis.harmless import Harmless
from srcgrad.analysis.kinds import is_array
from srcgrad.lang import names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.touching import Touching

Statements = list[gast.stmt]


class Hoisting:
    """Of the loops of one backward pass.

    named: a new name, near to the one given, of what an expression is.
    shared: the names of adjoints that are views of others.
    arithmetic: is arithmetic with numbers worth a name too?
    """

    def __init__(
        self, harmless: Harmless, named: Callable[[str, gast.expr], str], touching: Touching, shared: set[str],
        arithmetic: bool,
    ) -> None:  # fmt: skip
        self.harmless, self.named, self.touching = harmless, named, touching
        self.shared, self.arithmetic = shared, arithmetic

    def run(self, forward: Statements, backward: Statements, given: set[str]) -> Statements:
        """The backward pass, with such lines before its loops.  given: the names that have a value before the forward pass."""
        bound = bound_at_end(forward, given, set())
        return self.block(backward, bound, stored_in([*forward, *backward]) | bound)

    def block(self, statements: Statements, bound: set[str], local: set[str]) -> Statements:
        result: Statements = []
        for statement in statements:
            inner = bound
            if isinstance(statement, (gast.For, gast.While)):
                before, statement = self.out_of(statement, bound, local)
                result += before
                bound = bound | stored_in(before)
                counters = [statement.target] if isinstance(statement, gast.For) else []
                inner = bound | stored_in(counters)
            result.append(tree.with_blocks(statement, lambda block, given=inner: self.block(block, given, local)))  # type: ignore[misc]
            bound = bound_at_end([statement], bound, set())
        return result

    def out_of(self, loop: Any, bound: set[str], local: set[str]) -> tuple[Statements, Any]:
        """What is computed before a loop, and the loop without it."""
        if any(isinstance(n, (gast.Break, gast.Continue, gast.Return)) for n in nodes_in(loop)):
            return [], loop
        varying = stored_in([loop]) | self.touching.by([loop]) | (local - bound) | self.shared
        made: dict[str, gast.stmt] = {}  # the name of an expression -> the line that gives it
        known: dict[str, str] = {}  # its text -> its name
        changes: dict[int, gast.expr] = {}
        for statement in unconditional(loop.body):
            place = statement.targets[0] if isinstance(statement, gast.Assign) else statement.target
            # what a name is bound to might be updated in place
            taken = isinstance(statement, gast.AugAssign) or isinstance(place, gast.Subscript)
            inside: set[int] = set()
            for node in self.harmless.operands(statement.value, taken):
                if id(node) in inside or tree.names_read(node) & varying:
                    continue
                if self.is_costly(node) and self.harmless.is_harmless(node):
                    text = tree.text(node)
                    if text not in known:
                        read = tree.names_read(node) - set(self.harmless.known)
                        known[text] = self.named(base_of(read, place), node)
                        made[known[text]] = tree.assign(known[text], node)
                    changes[id(node)] = tree.name(known[text])
                    inside |= {id(n) for n in nodes_in(node)}
        return list(made.values()), tree.replace(loop, changes) if changes else loop

    def is_costly(self, node: Any) -> bool:
        """Is there more to do than to read it, or (unless for speed) than arithmetic with numbers?"""
        if not tree.names_read(node) - set(self.harmless.known):
            return False
        arithmetic = gast.BinOp if self.arithmetic else ()
        return any(
            isinstance(n, (gast.Call, arithmetic))
            or (isinstance(n, (gast.BinOp, gast.UnaryOp)) and is_array(self.harmless.kind(n)))
            for n in nodes_in(node)
        )


def unconditional(statements: Statements) -> list[Any]:
    """The assignments that every pass of a loop comes to, with those of loops inside it."""
    found: list[Any] = []
    for statement in statements:
        if isinstance(statement, (gast.For, gast.With)):
            found += unconditional(statement.body)
        elif isinstance(statement, (gast.Assign, gast.AugAssign)):
            found.append(statement)
    return found


def base_of(read: set[str], place: Any) -> str:
    """`theta_term` for what is made of theta alone, else a term of what the statement is about."""
    base = next(iter(read)) if len(read) == 1 else tree.root(place) or "loop"
    return names.term(base.partition("·")[0].removesuffix("_bar").removesuffix("_term"))
