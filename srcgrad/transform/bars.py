"""How is the adjoint of a name or a place written, and what is its zero?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.alias import Alias
from srcgrad.analysis.filling import filling
from srcgrad.analysis.kinds import Array, Dict, Kind, is_number, is_scalar
from srcgrad.analysis.live import Live
from srcgrad.lang import core, tree
from srcgrad.transform.attributes import held
from srcgrad.transform.block import Block
from srcgrad.transform.program import Program
from srcgrad.transform.shadows import Shadows
from srcgrad.transform.stored import Stored
from srcgrad.transform.walk import Walker


def root_node(place: gast.expr) -> gast.expr:
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        place = place.value
    return place


def as_read(program: Program, place: gast.expr) -> gast.expr:
    """A place that is stored into, as an operand."""
    if isinstance(place.ctx, gast.Load):  # type: ignore[attr-defined]
        return place
    node = tree.as_load(place)
    program.function.kinds[id(node)] = program.kinds.of(place)
    program.kinds.record(node, program.kinds.of(place))
    return node


def is_minus_one(node: gast.expr) -> bool:
    return (
        isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and getattr(node.operand, "value", None) == 1
    )


class Bars:
    """Adjoints of names and places, and their zeros."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The methods are spread over a few files, and call each other."""

    def __init__(self, program: Program, live: Live, alias: Alias, signatures: Any, shadows: Shadows | None) -> None:
        self.program, self.live, self.alias, self.signatures = (program, live, alias, signatures)
        self.shadows = shadows
        self.walker = Walker(program)
        self.walker.skipped = shadows.skipped if shadows is not None else set()
        self.stored: list[Stored] = []
        self.filling = filling(program.function.steps, program.kinds)
        self.blocks: dict[int, Block] = dict(shadows.blocks) if shadows is not None else {}

    def kind(self, node: gast.expr) -> Kind:
        return self.program.kinds.of(node)

    def zero_of(self, name: str) -> gast.expr:
        program = self.program
        kind = program.kind_of_name(name)
        if program.is_scalar(name):
            return program.kinds.record(tree.constant(0.0), kind)
        if isinstance(kind, Array) and all(isinstance(k, Array) for k in program.definitions[name]):
            node = program.kinds.record(tree.name(name), kind)
            if program.speed and kind.exact and kind.dtype == float and name not in program.shadows:
                # np.zeros takes a quarter of the time of np.zeros_like
                return program.kinds.record(program.numpy("zeros", tree.attribute(node, "shape")), kind)
            return program.zeros(node, kind)
        return program.kinds.record(program.helper("zeros_like", tree.name(name)), kind)

    def slot_zero(self, place: gast.expr) -> gast.expr | None:
        """What a slot's adjoint becomes after its value was replaced; None stands for a plain 0."""
        kind = self.kind(place)
        if isinstance(place, gast.Name) or is_number(self.kind(place.value)):  # type: ignore[attr-defined]
            return None
        if is_scalar(kind):
            return tree.constant(0.0)
        container = place.value  # type: ignore[attr-defined]
        if isinstance(place, gast.Attribute):
            old: gast.expr = held(self.program, place)
        elif isinstance(self.kind(container), Dict):
            old = tree.method(container, "get", place.slice)  # type: ignore[attr-defined]
        else:
            old = tree.as_load(place)
        return self.program.helper("zeros_like", old)

    def bar_of(self, name: str, kind: Kind) -> gast.Name:
        return self.program.kinds.record(tree.name(self.program.bar(name)), kind)

    def bar_place(self, place: gast.expr, kind: Kind | None = None) -> gast.expr:
        root = tree.root(place)
        assert root is not None, "a place begins with a name"
        base = self.bar_of(root, self.kind(root_node(place)))
        result = tree.rebase(place, base)
        if result is not base:
            self.program.kinds.record(result, kind or self.kind(place))
        return result

    def zero_like_new(self, target: gast.Name, block: Block) -> gast.expr:
        """Zeros in the shape of a variable's new value."""
        kind = self.kind(target)
        if is_scalar(kind):
            return self.program.kinds.record(tree.constant(0.0), kind)
        node = self.program.kinds.record(tree.name(target.id), kind)
        block.new_nodes.add(id(node))
        made = (
            self.program.zeros(node, kind)
            if isinstance(kind, Array)
            else self.program.helper("zeros_like", node)
        )
        return self.program.kinds.record(made, kind)

    def adjoint_of(self, step: core.Step, target: gast.Name) -> gast.expr:
        """The adjoint of what a step assigns to a name."""
        text = self.shadows.taken.get((id(step), target.id)) if self.shadows is not None else None
        if text is None:
            return self.bar_of(target.id, self.kind(target))
        return self.program.kinds.record(tree.name(text), self.kind(target))

    def given_by(self, step: core.Step) -> core.Step:
        """The step at whose place the block of a step is done: itself, unless that depends on a test."""
        return self.shadows.given_by.get(id(step), step) if self.shadows is not None else step

    def is_shared(self, step: core.Step, name: str) -> bool:
        """Is the name bound to memory whose shadow is that of another name, so that nothing is to be given on?"""
        return self.shadows is not None and name in self.shadows.shared.get(id(step), set())

    def own_targets(self, targets: list[gast.Name]) -> list[gast.Name]:
        """The targets whose adjoints are values of their own."""
        return [t for t in targets if self.shadows is None or t.id not in self.shadows.group]
