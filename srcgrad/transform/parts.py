"""Where is the adjoint of a part the part of the adjoint?  Containers out of arguments, of which nothing is changed.

Before: layer_bar = zeros_like(layer)                    After: layer_bar = layers_bar[i]
        x_bar = call_backward(saved, layer_bar, x_bar)          x_bar = call_backward(saved, layer_bar, x_bar)
        layers_bar[i] = add_to(layers_bar[i], layer_bar)
Between the first line and the last nothing but additions is done to either adjoint, so that their order is of no matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

Block = list[gast.stmt]
PLAIN = (gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp, gast.operator, gast.unaryop, gast.expr_context)


def blocks_in(statements: Block) -> Iterator[Block]:
    yield statements
    for statement in statements:
        for block in tree.blocks_of(statement):
            yield from blocks_in(block)


class Parts:
    """`wholes`: adjoints of arguments of which nothing is changed.  `parts`: those of variables that hold containers.
    What became a part of a whole is a whole too.  `adds`: does a function, the backward half of a pair, only add to the adjoints it is given?"""

    def __init__(
        self, wholes: set[str], parts: set[str], adds: Callable[[str], bool], zeros_like: str, add_to: str
    ) -> None:
        self.wholes, self.parts, self.adds = wholes, parts, adds
        self.zeros_like, self.add_to = zeros_like, add_to  # the names of the helpers
        self.joined: dict[str, set[str]] = {}  # adjoint that became a part -> those it may be part of

    def join(self, backward: Block) -> tuple[Block, dict[str, set[str]]]:
        """The statements, and `joined`."""
        joined = self.joined
        while True:
            births: dict[int, gast.expr] = {}
            additions: set[int] = set()
            for name in sorted(self.parts - set(joined)):
                spans = [s for block in blocks_in(backward) for s in self.spans(block, name)]
                inside = sum(mentions([birth, *between, addition], name) for birth, between, addition, _ in spans)
                if spans and inside == mentions(backward, name):
                    births |= {id(birth): place for birth, _, _, place in spans}
                    additions |= {id(addition) for _, _, addition, _ in spans}
                    roots = {tree.root(place) or "" for _, _, _, place in spans}
                    joined[name] = roots.union(*(joined.get(r, set()) for r in roots))
                    break
            else:
                return backward, joined
            backward = rewritten(backward, births, additions)
            self.wholes = {*self.wholes, name}

    def spans(self, block: Block, name: str) -> Iterator[tuple[Any, Block, gast.stmt, gast.expr]]:
        """The statements of a block from the birth of an adjoint to its addition to a whole: birth, between, addition, place."""
        for end, addition in enumerate(block):
            place = self.whole_of(addition, name)
            start = max((i for i in range(end) if assigned(block[i]) == name), default=None)
            if place is None or start is None or not self.is_zeros(block[start]):
                continue
            between = block[start + 1 : end]
            whole, indices = tree.root(place), {n for i in tree.indices(place) for n in tree.names_read(i)}
            if indices & {
                n.id for n in nodes_in(*between) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
            }:
                continue
            plain = all(isinstance(n, PLAIN) for i in tree.indices(place) for n in nodes_in(i))
            if plain and all(self.only_adds(s, {name, whole}) for s in between):
                yield block[start], between, addition, place

    def is_zeros(self, birth: Any) -> bool:
        call = birth.value
        return isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and call.func.id == self.zeros_like

    def whole_of(self, statement: gast.stmt, name: str) -> gast.expr | None:
        """P, of `P = add_to(P, name)`, if that is part of a whole."""
        place, part = self.addition(statement)
        is_part = isinstance(part, gast.Name) and part.id == name and tree.root(place) in self.wholes
        return place if is_part and not isinstance(place, gast.Name) else None

    def addition(self, statement: gast.stmt) -> tuple[Any, Any]:
        """P and e of `P = add_to(P, e)`."""
        if isinstance(statement, gast.Assign) and isinstance(statement.value, gast.Call):
            call, target = statement.value, statement.targets[0]
            if isinstance(call.func, gast.Name) and call.func.id == self.add_to and tree.is_place(target):
                if tree.text(call.args[0]) == tree.text(target):
                    return call.args[0], call.args[1]
        return None, None

    def only_adds(self, statement: gast.stmt, adjoints: set[str | None]) -> bool:
        """Is nothing done to these adjoints but that something is added to them?"""
        blocks = tree.blocks_of(statement)
        if blocks:
            heads = [v for k, v in gast.iter_fields(statement) if k not in tree.BLOCKS and isinstance(v, gast.AST)]
            return not mentioned(heads, adjoints) and all(self.only_adds(s, adjoints) for b in blocks for s in b)
        if not mentioned([statement], adjoints):
            return True
        target, part = self.addition(statement)
        if isinstance(statement, gast.AugAssign) and isinstance(statement.op, (gast.Add, gast.Sub)):
            target, part = statement.target, statement.value
        if target is not None and not isinstance(target, gast.Name) and tree.is_place(target):
            return not self.reads([part, *tree.indices(target)], adjoints)
        value = getattr(statement, "value", None)
        if value is None or mentioned(targets_of(statement), adjoints):
            return False
        return assigned(statement) in self.joined or not self.reads([value], adjoints)

    def reads(self, trees: list[Any], adjoints: set[str | None]) -> bool:
        """Do they read these adjoints?  `f_backward(saved, x_bar, y_bar)` that only adds to x_bar reads y_bar."""
        return any(self.reads_one(t, adjoints) for t in trees)

    def reads_one(self, node: Any, adjoints: set[str | None]) -> bool:
        if isinstance(node, gast.Name):
            return node.id in adjoints
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and self.adds(node.func.id):
            return self.reads([a for a in node.args[:-1] if not tree.is_place(a)] + node.args[-1:], adjoints)
        return self.reads(list(gast.iter_child_nodes(node)), adjoints)


def targets_of(statement: Any) -> list[gast.expr]:
    if isinstance(statement, gast.Assign):
        return list(statement.targets)
    return [statement.target] if isinstance(statement, gast.AugAssign) else []


def mentions(statements: list[Any], name: str) -> int:
    return sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*statements))


def mentioned(trees: list[Any], names: set[str | None]) -> bool:
    return any(isinstance(n, gast.Name) and n.id in names for n in nodes_in(*trees))


def assigned(statement: gast.stmt) -> str | None:
    """The only name that a statement assigns."""
    target = statement.targets[0] if isinstance(statement, gast.Assign) else None
    return target.id if isinstance(target, gast.Name) else None


def rewritten(statements: Block, births: dict[int, gast.expr], additions: set[int]) -> Block:
    result: Block = []
    for statement in statements:
        if id(statement) in additions:
            continue
        if id(statement) in births:
            result.append(tree.assign(assigned(statement) or "", births[id(statement)]))
            continue
        if tree.blocks_of(statement):
            statement = tree.with_blocks(statement, lambda block: rewritten(block, births, additions))
        result.append(statement)
    return result
