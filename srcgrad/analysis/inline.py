"""How is a call written out at its place?  Where what it does to memory can't be told from outside.

Before: r = first_row(B)        After: r = B[0]
                                       r += 1.0
A function returns at its end and nowhere else, so its steps, with names and trees of their own, stand for the call.
In the same way an expression stands for the reads of a name that is bound to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.kinds import Unknown, is_value, set_varied, varied
from srcgrad.lang import core, tree
from srcgrad.lang.core import blocks_of, bound_names, walk
from srcgrad.lang.names import Names, without_number
from srcgrad.lang.nodes import nodes_in


def calls_itself(function: core.Function) -> bool:
    seen: set[int] = set()
    stack = [s.callee for s in walk(function.steps) if isinstance(s, core.Call)]
    while stack:
        f = stack.pop()
        if f is function:
            return True
        if id(f) not in seen:
            seen.add(id(f))
            stack += [s.callee for s in walk(f.steps) if isinstance(s, core.Call)]
    return False


def block_of(steps: list[core.Step], step: core.Step) -> list[core.Step]:
    """The block that a step stands in."""
    blocks = [steps, *(b for s in walk(steps) for b in blocks_of(s))]
    return next(b for b in blocks if any(s is step for s in b))


def trees_of(step: core.Step) -> list[Any]:
    """The trees of a step, those in its blocks left out."""
    found = []
    for field, value in step.__dict__.items():
        values = value if isinstance(value, list) and field not in (*core.BLOCKS, "handlers") else [value]
        found += [v for v in values if isinstance(v, gast.AST)]
    return found


def all_names(step: core.Step) -> set[str]:
    return {n.id for t in trees_of(step) for n in nodes_in(t) if isinstance(n, gast.Name)}


class Copier:
    """Copies of trees and steps, with other names, that keep their kinds and rules."""

    def __init__(self, source: core.Function, to: core.Function) -> None:
        self.source, self.to = source, to
        self.names: dict[str, str] = {}
        self.expressions: dict[str, gast.expr] = {}  # what stands for a name that is read
        self.memo: dict[int, Any] = {}
        self.alive: list[Any] = []

    def step(self, step: core.Step, **changes: Any) -> core.Step:
        """A copy of a step, with all that is in it, which gets its line if that is given."""
        line = {part: value for part, value in changes.items() if part == "lineno"}
        for field, value in step.__dict__.items():
            if field in core.BLOCKS:
                changes[field] = [self.step(s, **line) for s in value]
            elif field == "handlers":
                changes[field] = [
                    (self.tree(kind), name and self.names.get(name, name), [self.step(s) for s in body])
                    for kind, name, body in value
                ]
            elif field == "flag":
                changes[field] = self.names.get(value, value)
        return replace(step, **self.trees(step), **changes)

    def trees(self, step: core.Step) -> dict[str, Any]:
        """Copies of a step's own trees, by field."""
        changes: dict[str, Any] = {}
        for field, value in step.__dict__.items():
            if isinstance(value, gast.AST):
                changes[field] = self.tree(value)
            elif isinstance(value, list) and field not in (*core.BLOCKS, "handlers"):
                changes[field] = [self.tree(v) for v in value]
        return changes

    def tree(self, node: Any) -> Any:
        if not isinstance(node, gast.AST):
            return node
        known = self.memo.get(id(node))
        if known is not None:
            return known
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id in self.expressions:
            made = Copier(self.to, self.to).tree(self.expressions[node.id])
            if varied(self.source.kinds.get(id(node), Unknown())):  # the text of an exception has no kinds
                self.vary(made)
            return self.kept(node, made)
        if isinstance(node, gast.BinOp):
            self.leave_out_one(node.left, inside=True)
            self.leave_out_one(node)
            if id(node) in self.memo:
                return self.memo[id(node)]
        fields = {}
        for field, value in gast.iter_fields(node):
            fields[field] = [self.tree(v) for v in value] if isinstance(value, list) else self.tree(value)
        made = type(node)(**fields)
        for attribute in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            if hasattr(node, attribute):
                setattr(made, attribute, getattr(node, attribute))
        if isinstance(made, gast.Name):
            made.id = self.names.get(made.id, made.id)
        return self.kept(node, made)

    def leave_out_one(self, product: gast.expr, inside: bool = False) -> None:
        """Of a product with 1.0 in place of a name, the other factor remains, if that is a float too: `x`, or `2.0` of 2.

        An array remains `inside` of an operation alone: elsewhere, the product is a copy.
        """
        if not isinstance(product, gast.BinOp) or not isinstance(product.op, gast.Mult):
            return
        one = self.expressions.get(product.left.id) if isinstance(product.left, gast.Name) else None
        kind, rest = self.source.kinds.get(id(product)), product.right
        if not isinstance(one, gast.Constant) or type(one.value) is not float or one.value != 1 or kind is None:
            return
        if isinstance(rest, gast.Constant) and type(rest.value) in (int, float):
            self.memo[id(product)] = made = tree.constant(float(rest.value))
            self.to.kinds[id(made)] = kind
            self.alive += [product, made]
        elif self.source.kinds.get(id(rest)) == kind and (inside or is_value(kind) or isinstance(rest, gast.BinOp)):
            self.memo[id(product)] = self.tree(rest)

    def vary(self, node: gast.AST) -> None:
        """A view varies where what it is a view of has come to vary since the view was taken."""
        kinds, match = self.to.kinds, self.to.matches.get(id(node))
        kinds[id(node)] = set_varied(kinds[id(node)], True)
        if match is not None:
            for name in match.rule.operands if match.rule.shares else ():
                if name in match.operands:
                    self.vary(match.operands[name])
        elif isinstance(node, (gast.Subscript, gast.Attribute)):
            self.vary(node.value)

    def kept(self, node: gast.AST, made: gast.AST) -> gast.AST:
        """The copy, with what is known of the node."""
        self.memo[id(node)] = made
        self.alive += [node, made]
        if id(node) in self.source.kinds:
            self.to.kinds[id(made)] = self.source.kinds[id(node)]
        match = self.source.matches.get(id(node))
        if match is not None:
            operands = {name: self.tree(operand) for name, operand in match.operands.items()}
            self.to.matches[id(made)] = core.Match(match.rule, operands)
        return made


def read_as(function: core.Function, name: str, value: gast.expr) -> Copier:
    """Every read of a name becomes the expression."""
    copier = Copier(function, function)
    copier.expressions[name] = value
    for step in walk(function.steps):
        if name in all_names(step):
            for field, made in copier.trees(step).items():
                setattr(step, field, made)
    return copier


def inline(
    function: core.Function, call: core.Call, names: Names, adjoints: Iterable[str] = (), own_lines: bool = False
) -> tuple[list[core.Step], Copier]:
    """Puts the callee's steps, which it gives, in place of the call.

    adjoints: names that adjoints have already.
    own_lines: the steps stand for the lines of the callee that they come from, not for that of the call.
    """
    block = block_of(function.steps, call)
    taken = {p.id for p in function.params} | set(function.namespace) | set(adjoints)
    taken |= {n for s in walk(function.steps) for n in all_names(s)}
    made, copier = written_out(function, call, names, taken, {}, own_lines)
    at = tree.index_of(block, call)
    block[at : at + 1] = made
    return made, copier


def written_out(
    function: core.Function, call: core.Call, names: Names, taken: set[str], known: dict[str, str],
    own_lines: bool = False,
) -> tuple[list[core.Step], Copier]:  # fmt: skip
    """The callee's steps, as they do in the caller.  `known`: names in it that were given before, and will be again."""
    copier = Copier(call.callee, function)
    given = share_names(call, names, copier, taken, known)
    made: list[core.Step] = []
    for param, arg in given:
        target = copier.tree(param)
        target.ctx = gast.Store()
        made.append(core.Assign(call.lineno, [target], arg))
    result = result_name(call)
    for step in call.callee.steps:
        if not isinstance(step, core.Return):
            made.append(copier.step(step, **({} if own_lines else {"lineno": call.lineno})))
        elif call.targets and copier.names.get(result or "") != call.targets[0].id:
            lineno = step.lineno if own_lines else call.lineno
            made.append(core.Assign(lineno, call.targets, copier.tree(step.value)))
    function.namespace.update(call.callee.namespace)
    return made, copier


def result_name(call: core.Call) -> str | None:
    """The variable that is returned, if it is one and there is one target."""
    last = call.callee.steps[-1] if call.callee.steps else None
    value = last.value if isinstance(last, core.Return) else None
    return value.id if isinstance(value, gast.Name) and len(call.targets) == 1 else None


def share_names(
    call: core.Call, names: Names, copier: Copier, taken: set[str], known: dict[str, str]
) -> list[tuple[gast.Name, gast.expr]]:
    """Names in the caller for those of the callee; the parameters that must be bound there, with their values."""
    callee = call.callee
    inside = {n for s in walk(callee.steps) for n in all_names(s)}
    targets = {t.id for t in call.targets}
    bound = {n.id: None for s in walk(callee.steps) for n in bound_names(s)}
    bound |= {h[1]: None for s in walk(callee.steps) if isinstance(s, core.Try) for h in s.handlers if h[1]}
    given: list[tuple[gast.Name, gast.expr]] = []
    for param, arg in zip(callee.params, call.args):
        free = isinstance(arg, gast.Name) and (arg.id == param.id or arg.id not in inside) and arg.id not in targets
        if param.id in bound or not (free or isinstance(arg, gast.Constant)):
            given.append((param, arg))
        elif isinstance(arg, gast.Name):
            copier.names[param.id] = arg.id
        else:
            copier.expressions[param.id] = arg
    result = result_name(call)
    if result in bound and not targets & ((inside - {result}) | {n for a in call.args for n in tree.names_read(a)}):
        copier.names[result] = call.targets[0].id  # type: ignore[index]
    for name in [*(p.id for p, _ in given), *bound]:
        if name not in copier.names:
            if name not in known:
                known[name] = names.fresh(without_number(name)) if name in taken else name
            copier.names[name] = known[name]
            names.used.add(copier.names[name])
            taken.add(copier.names[name])
    return given


__all__ = ["Copier", "all_names", "block_of", "calls_itself", "inline", "read_as", "written_out"]
