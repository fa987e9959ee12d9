"""On which maxima and minima does a function's result not depend?  Those taken out only to keep `exp` in its range.

In `m = np.max(z); return m + np.log(np.sum(np.exp(z - m)))` m cancels: `z - m` is something less m, `np.exp(z - m)`
something divided by exp(m), its sum too, and the logarithm of that something less m again.  So each value that is made
of m is followed as `rest + c * m` or `rest * exp(c * m)`, with the axes along which it has those of m.  If the values
that leave the block have c = 0, the slope with respect to m is zero whatever m is, and m is not differentiated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.generated import sizes_of
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import ONE, Const, Tuple, set_varied, varied
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.rewriting import count_names, trees_of
from srcgrad.rules import registry

EXTREMES = {"max", "min", "amax", "amin"}


class Depends(Exception):
    """The result may depend on the extreme."""


@dataclass(frozen=True)
class Shifted:
    """`rest + factor * m`; scaled: `rest * exp(factor * m)`.

    axes: of each axis of the value, the axis of m that lies along it; None where m is the same all along it.
    unit: numbers that m is multiplied with and divided by besides, "/temperature".
    """

    factor: float
    scaled: bool
    axes: tuple[int | None, ...]
    unit: tuple[str, ...] = ()

    def times(self, op: str, text: str) -> Shifted:
        undone = ("/" if op == "*" else "*") + text
        unit = self.unit[:-1] if self.unit[-1:] == (undone,) else (*self.unit, op + text)
        return replace(self, unit=unit)


@cache
def names_of_rules() -> dict[int, str]:
    """Rule -> what it is the rule of, for the functions that are followed."""
    functions = {name: [getattr(np, name)] for name in (*EXTREMES, "sum")}
    functions |= {name: [getattr(np, name), getattr(math, name)] for name in ("exp", "log")}
    return {id(r): name for name, fs in functions.items() for f in fs for r in registry.rules_for(f) or ()}


def without_extremes(function: core.Function, infer: Inference) -> None:
    """Extremes on which the result does not depend become constants of the function."""
    for block in blocks(function.steps):
        for at, step in enumerate(block):
            for node in nodes_of(step):
                match = function.matches.get(id(node))
                if match is None or names_of_rules().get(id(match.rule)) not in EXTREMES:
                    continue
                kind = function.kinds.get(id(node))
                if kind is not None and varied(kind) and Following(function, infer, node).cancels(block, at):
                    function.kinds[id(node)] = set_varied(kind, False)
                    del function.matches[id(node)]
                    if isinstance(step, core.Assign) and step.value is node and len(step.targets) == 1:
                        make_constant(function, step.targets[0].id)


def make_constant(function: core.Function, name: str) -> None:
    """The name of such an extreme, and parts of it, vary no more than it does."""
    steps = core.walk(function.steps)
    if sum(n.id == name for s in steps for n in core.bound_names(s)) > 1 or name in {p.id for p in function.params}:
        return
    for step in steps:
        for node in nodes_in(*trees_of(step)):
            if tree.root(node) == name and id(node) in function.kinds:
                function.kinds[id(node)] = set_varied(function.kinds[id(node)], False)


def blocks(steps: list[core.Step]) -> list[list[core.Step]]:
    """A block and those inside it; not those of a try statement, which may be left anywhere."""
    return [steps, *(b for s in steps if not isinstance(s, core.Try) for i in core.blocks_of(s) for b in blocks(i))]


def nodes_of(step: core.Step) -> list[Any]:
    if isinstance(step, (core.Assign, core.Return)):
        return nodes_in(step.value)
    return []


def way_to(steps: list[core.Step], block: list[core.Step]) -> list[tuple[list[core.Step], core.Step]]:
    """The steps around a block, with the blocks they stand in: the innermost first."""
    for step in steps:
        for inner in core.blocks_of(step):
            if inner is block:
                return [(steps, step)]
            found = way_to(inner, block)
            if found:
                return [*found, (steps, step)]
    return []


def first_use(name: str, steps: list[core.Step]) -> str | None:
    """What the first step that has the name does with it: "bound", without reading it, or "read", perhaps."""
    first = next((s for s in steps if count_names([s])[name]), None)
    if first is None:
        return None
    plain = isinstance(first, core.Assign) and name in {t.id for t in first.targets}
    return "bound" if plain and name not in tree.names_read(first.value) else "read"  # type: ignore[attr-defined]


class Following:
    """Follows one extreme through the block in which it is found."""

    def __init__(self, function: core.Function, infer: Inference, extreme: gast.expr) -> None:
        self.function, self.infer, self.extreme = function, infer, extreme
        self.known: dict[str, Shifted] = {}
        self.own: set[str] = set()  # names of arrays that no other name can see

    def cancels(self, block: list[core.Step], at: int) -> bool:
        """Does nothing depend on the extreme that is read beyond the block, or in its next pass?"""
        try:
            for step in block[at:]:
                self.step(step)
        except Depends:
            return False
        every, here = count_names(self.function.steps), count_names(block[at:])
        return all(every[name] == here[name] or self.is_bound_anew(name, block) for name in self.known)

    def is_bound_anew(self, name: str, block: list[core.Step]) -> bool:
        """Is the name bound again before it is read, after the block and when that is done again?"""
        for around, step in way_to(self.function.steps, block):
            if isinstance(step, core.While) and name in tree.names_read(step.test):
                return False
            if isinstance(step, (core.For, core.While)) and first_use(name, block) not in ("bound", None):
                return False
            later = first_use(name, around[tree.index_of(around, step) + 1 :])
            if later is not None:
                return later == "bound"
            block = around
        return True

    def step(self, step: core.Step) -> None:
        if isinstance(step, core.Assign):
            self.assign(step)
        elif isinstance(step, core.Return):
            if self.value(step.value) is not None:
                raise Depends
        elif isinstance(step, core.Store) and isinstance(step.target, gast.Name) and step.target.id in self.known:
            self.store(step, step.target.id)
        elif count_names([step]).keys() & self.known.keys():
            raise Depends

    def assign(self, step: core.Assign) -> None:
        values = [step.value]
        if len(step.targets) > 1:
            values = list(getattr(step.value, "elts", ()))
            if len(values) != len(step.targets):
                values = [step.value] * len(step.targets)
        found = [self.value(v) for v in values]
        for target, value, expression in zip(step.targets, found, values):
            self.own.discard(target.id)
            self.known.pop(target.id, None)
            if value is None:
                continue
            self.known[target.id] = value
            if isinstance(expression, gast.BinOp) or id(expression) in self.function.matches:
                self.own.add(target.id)
            else:
                self.own -= tree.names_read(expression)

    def store(self, step: core.Store, name: str) -> None:
        """`p /= s`, where nothing else is seen to change."""
        if name not in self.own or step.op not in ("+", "-", "*", "/"):
            raise Depends
        found = self.combined(step.op, self.known[name], self.value(step.value), step.target, step.value)
        if found is None:
            del self.known[name]
        elif len(found.axes) != len(self.known[name].axes):
            raise Depends
        else:
            self.known[name] = found

    # Values

    def value(self, node: Any) -> Shifted | None:
        """How an expression depends on the extreme; None if it does not."""
        if node is self.extreme:
            sizes = self.sizes(node)
            return Shifted(1, False, tuple(None if s == ONE else i for i, s in enumerate(sizes)))
        if not self.reads(node):
            return None
        if isinstance(node, gast.Name):
            return self.known.get(node.id)
        match = self.function.matches.get(id(node))
        if match is not None:
            return self.by_rule(names_of_rules().get(id(match.rule)), match, node)
        if isinstance(node, gast.BinOp) and type(node.op) in tree.SYMBOLS:
            left, right = self.value(node.left), self.value(node.right)
            return self.combined(tree.SYMBOLS[type(node.op)], left, right, node.left, node.right)
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
            inner = self.value(node.operand)
            return inner if inner is None or inner.scaled else replace(inner, factor=-inner.factor)
        if isinstance(node, gast.Subscript) and not self.reads(node.slice):
            return self.subscript(node, self.value(node.value))
        if isinstance(node, (gast.Tuple, gast.List)):
            self.independent(node.elts)
            return None
        raise Depends

    def independent(self, parts: list[gast.expr]) -> None:
        """Nothing that is made of these parts depends on the extreme."""
        if any(self.value(part) is not None for part in parts):
            raise Depends

    def reads(self, node: gast.AST) -> bool:
        return any(map(self.is_read, nodes_in(node)))

    def is_read(self, node: gast.AST) -> bool:
        return node is self.extreme or (isinstance(node, gast.Name) and node.id in self.known)

    def by_rule(self, name: str | None, match: core.Match, node: gast.expr) -> Shifted | None:
        operands = [v for v in match.operands.values() if self.reads(v)]
        if not all(any(tree.contains(v, {id(n)}) for v in operands) for n in nodes_in(node) if self.is_read(n)):
            raise Depends  # by what is no operand
        if len(operands) != 1 or name not in ("exp", "log", "sum"):
            self.independent(operands)
            return None
        inner = self.value(operands[0])
        if inner is None:
            return None
        if name == "sum":
            if not inner.scaled:
                raise Depends
            return self.summed(inner, match)
        if inner.scaled != (name == "log"):
            raise Depends
        return replace(inner, scaled=name == "exp")

    def summed(self, inner: Shifted, match: core.Match) -> Shifted:
        """A sum along axes on which the extreme is the same."""
        options = {n: self.constant(match.operands[n]) for n in ("axis", "keepdims") if n in match.operands}
        axis, keepdims = options.get("axis"), options.get("keepdims", False)
        every = range(len(inner.axes))
        given = every if axis is None else axis if isinstance(axis, tuple) else (axis,)
        places = {a % len(inner.axes) for a in given}
        if any(inner.axes[a] is not None for a in places):
            raise Depends
        return inner if keepdims else replace(inner, axes=tuple(inner.axes[a] for a in every if a not in places))

    def constant(self, node: gast.expr) -> Any:
        kind = self.function.kinds.get(id(node))
        if isinstance(node, gast.Constant):
            return node.value
        if isinstance(kind, Const):
            return kind.value
        if isinstance(kind, Tuple) and all(isinstance(k, Const) for k in kind.items):
            return tuple(k.value for k in kind.items)  # type: ignore[attr-defined]
        raise Depends

    def subscript(self, node: gast.Subscript, inner: Shifted | None) -> Shifted | None:
        """New axes, all of an axis, or one element of an axis on which the extreme is the same."""
        if inner is None:
            return None
        items = node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice]
        axes: list[int | None] = []
        rest = list(inner.axes)
        for item in items:
            if self.is_none(item):
                axes.append(None)
            elif tree.is_full_slice(item) and rest:
                axes.append(rest.pop(0))
            elif rest and rest[0] is None and isinstance(item, gast.Constant) and type(item.value) is int:
                rest.pop(0)
            else:
                raise Depends
        return replace(inner, axes=(*axes, *rest))

    def is_none(self, item: gast.expr) -> bool:
        return self.function.kinds.get(id(item)) == Const(None) or tree.text(item) in ("None", "np.newaxis")

    def combined(
        self, op: str, left: Shifted | None, right: Shifted | None, first: gast.expr, second: gast.expr
    ) -> Shifted | None:
        """What an operator makes of two values."""
        if left is None and right is None:
            return None
        rank = max(len(self.sizes(first)), len(self.sizes(second)))
        left, right = (side and replace(side, axes=(None,) * (rank - len(side.axes)) + side.axes) for side in (left, right))  # fmt: skip
        one = left or right
        assert one is not None, "one of them depends on the extreme"
        if not one.scaled and (op == "*" or (op == "/" and right is None)) and self.is_fixed(second if left else first):
            return one.times(op, tree.text(second if left else first))
        if op not in ("*", "/") if one.scaled else op not in ("+", "-"):
            return self.alike(op, left, right)
        if left is not None and right is not None and replace(left, factor=right.factor) != right:
            raise Depends
        sign = -1 if op in ("-", "/") else 1
        factor = (left.factor if left else 0) + sign * (right.factor if right else 0)
        return replace(one, factor=factor) if factor else None

    def is_fixed(self, node: gast.expr) -> bool:
        """A number that is the same throughout, and does not depend on the extreme."""
        bound = {n.id for step in core.walk(self.function.steps) for n in core.bound_names(step)}
        plain = all(isinstance(n, (gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp)) for n in nodes_in(node))
        return plain and not tree.names_read(node) & bound and self.sizes(node) == () and not self.reads(node)

    def alike(self, op: str, left: Shifted | None, right: Shifted | None) -> Shifted:
        """The sum of two values that are both divided by the same."""
        if left is None or left != right or not left.scaled or op not in ("+", "-"):
            raise Depends
        return left

    def sizes(self, node: gast.expr) -> Any:
        kind = self.function.kinds.get(id(node))
        sizes = None if kind is None else sizes_of(kind, self.infer)
        if sizes is None:
            raise Depends
        return sizes


__all__ = ["without_extremes"]
