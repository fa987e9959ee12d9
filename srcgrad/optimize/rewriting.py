"""What is a function with other nodes in some places?  Its steps, where what is rebuilt keeps its kind and its rule."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad.lang import core
from srcgrad.lang.names import identifiers
from srcgrad.lang.nodes import changed_fields, nodes_in, with_fields


def trees_of(step: core.Step) -> list[Any]:
    """All trees of a step itself, blocks left out."""
    found: list[Any] = []
    for part, value in vars(step).items():
        if part in core.BLOCKS or part == "lineno":
            continue
        if part == "handlers":
            found += [kind for kind, _, _ in value if kind is not None]
        elif isinstance(value, list):
            found += value
        elif isinstance(value, gast.AST):
            found.append(value)
    return found


def names_of(step: core.Step) -> list[str]:
    """Every occurrence of a variable in a step itself, blocks left out."""
    found = [name for top in trees_of(step) for name in identifiers(top)]
    if isinstance(step, core.Guarded):
        found.append(step.flag)
    if isinstance(step, core.Try):
        found += [name for _, name, _ in step.handlers if name is not None]
    return found


def count_names(steps: list[core.Step]) -> Counter[str]:
    """How often each variable occurs in steps and all that is inside them."""
    return Counter(name for step in core.walk(steps) for name in names_of(step))


class Rewriting:
    """Replaces nodes, given by identity, or with `everything` all others too.

    A node that is found in two places stays one node.
    """

    def __init__(self, function: core.Function, changes: dict[int, Any], everything: bool = False) -> None:
        self.function, self.everything = function, everything
        self.made: dict[int, Any] = dict(changes)
        self.alive: list[Any] = []  # what was replaced: facts are told apart by identity

    def apply(self) -> None:
        """The function gets steps of its own."""
        self.function.params = [self.of(p) for p in self.function.params]
        self.function.steps = core.copy_steps(self.function.steps)
        for step in core.walk(self.function.steps):
            self.step(step)

    def step(self, step: core.Step) -> None:
        for part, value in vars(step).items():
            if part in core.BLOCKS:
                continue
            if part == "handlers":
                step.handlers = [(k and self.of(k), name, body) for k, name, body in value]  # type: ignore[attr-defined]
            elif isinstance(value, list):
                setattr(step, part, [self.of(v) for v in value])
            elif isinstance(value, gast.AST):
                setattr(step, part, self.of(value))

    def of(self, node: Any) -> Any:
        if id(node) in self.made:
            return self.made[id(node)]
        fields = changed_fields(node, self.of)
        result = node
        if fields or self.everything:
            result = with_fields(node, fields)
            self.hand_on(node, result)
        self.made[id(node)] = result
        self.alive.append(node)
        return result

    def hand_on(self, node: Any, result: Any) -> None:
        """What is known of a node is known of the one that takes its place."""
        function = self.function
        if id(node) in function.kinds:
            function.kinds[id(result)] = function.kinds[id(node)]
        match = function.matches.get(id(node))
        if match is not None:
            operands = {name: self.of(operand) for name, operand in match.operands.items()}
            function.matches[id(result)] = core.Match(match.rule, operands)


def renamed(function: core.Function, names: dict[str, str]) -> list[Any]:
    """Variables get other names; the nodes that must stay alive."""
    changes: dict[int, Any] = {}
    alive: list[Any] = []
    tops = [*function.params, *(t for s in core.walk(function.steps) for t in trees_of(s))]
    tops += [o for m in function.matches.values() for o in m.operands.values()]
    for node in nodes_in(*tops):
        if isinstance(node, gast.Name) and node.id in names and id(node) not in changes:
            new = with_fields(node, {"id": names[node.id]})
            changes[id(node)] = new
            alive.append(node)
    if not changes:
        return []
    rewriting = Rewriting(function, changes)
    for old in alive:
        if id(old) in function.kinds:
            function.kinds[id(changes[id(old)])] = function.kinds[id(old)]
    rewriting.apply()
    for step in core.walk(function.steps):
        if isinstance(step, core.Guarded):
            step.flag = names.get(step.flag, step.flag)
        elif isinstance(step, core.Try):
            step.handlers = [(kind, name and names.get(name, name), body) for kind, name, body in step.handlers]
    return [*alive, *rewriting.made.values(), *rewriting.alive]
