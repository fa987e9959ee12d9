"""How is a call written out at its place?  Where what it does to memory can't be told from outside.

Before: r = first_row(B)        After: row = B[0]
                                       row += 1.0
                                       r = row
A function returns at its end and nowhere else, so its steps, with names and trees of their own, stand for the call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from srcgrad.lang import core, tree
from srcgrad.lang.core import blocks_of, bound_names, walk
from srcgrad.lang.names import Names
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


def inline(function: core.Function, call: core.Call, names: Names) -> Copy:
    """Puts the callee's steps in place of the call."""
    steps = block_of(function.steps, call)
    copy = Copy(function, call, names)
    at = next(i for i, s in enumerate(steps) if s is call)
    steps[at : at + 1] = copy.steps
    return copy


def block_of(steps: list[core.Step], step: core.Step) -> list[core.Step]:
    """The block that a step stands in."""
    blocks = [steps, *(b for s in walk(steps) for b in blocks_of(s))]
    return next(b for b in blocks if any(s is step for s in b))


class Copy:
    """The steps of a callee with the names of the caller."""

    def __init__(self, function: core.Function, call: core.Call, names: Names) -> None:
        self.function, self.call, self.callee = function, call, call.callee
        self.memo: dict[int, Any] = {}
        self.alive: list[Any] = []
        own = {p.id for p in function.params} | {n.id for s in walk(function.steps) for n in all_names(s)}
        inside = {n.id for s in walk(self.callee.steps) for n in all_names(s)}
        targets = {t.id for t in call.targets}
        bound = {n.id: None for s in walk(self.callee.steps) for n in bound_names(s)}
        bound |= {h[1]: None for s in walk(self.callee.steps) if isinstance(s, core.Try) for h in s.handlers if h[1]}
        self.names: dict[str, str] = {}
        self.given: dict[str, gast.expr] = {}
        self.constants: dict[str, Any] = {}
        for param, arg in zip(self.callee.params, call.args):
            if isinstance(arg, gast.Constant) and param.id not in bound:
                self.constants[param.id] = arg.value
                continue
            free = isinstance(arg, gast.Name) and (arg.id == param.id or arg.id not in inside) and arg.id not in targets
            if free and param.id not in bound:
                self.names[param.id] = arg.id  # type: ignore[attr-defined]
            else:
                self.given[param.id] = arg
        result = self.result_name()
        if result in bound and not targets & (inside | {n for a in call.args for n in tree.names_read(a)}):
            self.names[result] = call.targets[0].id  # type: ignore[index]
            del bound[result]  # type: ignore[arg-type]
        for name in [*self.given, *bound]:
            self.names[name] = names.fresh(name) if name in own | set(function.namespace) else name
            names.used.add(self.names[name])
            own.add(self.names[name])
        function.namespace.update(self.callee.namespace)
        self.steps = self.made()

    def result_name(self) -> str | None:
        """The variable that is returned, if it is one that takes the name of the call's target."""
        last = self.callee.steps[-1] if self.callee.steps else None
        value = last.value if isinstance(last, core.Return) else None
        return value.id if isinstance(value, gast.Name) and len(self.call.targets) == 1 else None

    def made(self) -> list[core.Step]:
        lineno = self.call.lineno
        found: list[core.Step] = []
        for param in self.callee.params:
            if param.id in self.given:
                target = self.tree(param)
                target.ctx = gast.Store()
                found.append(core.Assign(lineno, [target], self.given[param.id]))
        for step in self.callee.steps:
            if not isinstance(step, core.Return):
                found.append(self.step(step))
            elif self.call.targets and self.names.get(self.result_name() or "") != self.call.targets[0].id:
                found.append(core.Assign(lineno, self.call.targets, self.tree(step.value)))
        return found

    def step(self, step: core.Step) -> core.Step:
        changes: dict[str, Any] = {"lineno": self.call.lineno}
        for field, value in step.__dict__.items():
            if field in core.BLOCKS:
                changes[field] = [self.step(s) for s in value]
            elif field == "handlers":
                changes[field] = [
                    (self.tree(kind), name and self.names[name], [self.step(s) for s in body])
                    for kind, name, body in value
                ]
            elif field == "flag":
                changes[field] = self.names.get(value, value)
            elif isinstance(value, gast.AST):
                changes[field] = self.tree(value)
            elif isinstance(value, list):
                changes[field] = [self.tree(v) for v in value]
        return replace(step, **changes)

    def tree(self, node: Any) -> Any:
        """A copy with the names of the caller, which keeps kinds and rules."""
        if not isinstance(node, gast.AST):
            return node
        known = self.memo.get(id(node))
        if known is not None:
            return known
        if isinstance(node, gast.Name) and node.id in self.constants:
            made: gast.AST = tree.constant(self.constants[node.id])
            return self.kept(node, made)
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

    def kept(self, node: gast.AST, made: gast.AST) -> gast.AST:
        """The copy, with what is known of the node."""
        self.memo[id(node)] = made
        self.alive.append(node)
        table = self.callee
        if id(node) in table.kinds:
            self.function.kinds[id(made)] = table.kinds[id(node)]
        if id(node) in table.matches:
            match = table.matches[id(node)]
            operands = {name: self.tree(operand) for name, operand in match.operands.items()}
            self.function.matches[id(made)] = core.Match(match.rule, operands)
        return made


def all_names(step: core.Step) -> list[gast.Name]:
    """All names in the trees of a step, those in its blocks left out."""
    found: list[gast.Name] = []
    for field, value in step.__dict__.items():
        values = value if isinstance(value, list) and field not in (*core.BLOCKS, "handlers") else [value]
        found += [n for v in values if isinstance(v, gast.AST) for n in nodes_in(v) if isinstance(n, gast.Name)]
    return found


__all__ = ["Copy", "calls_itself", "inline"]
