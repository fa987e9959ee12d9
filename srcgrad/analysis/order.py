"""Where does a step stand?  The loops around it, which of two steps comes first, and what a name stands for there."""

from __future__ import annotations

from typing import NamedTuple

from srcgrad.lang import core
from srcgrad.lang.core import blocks_of, bound_names, walk


class Place(NamedTuple):
    """A step is the `position`-th of a block of `owner`, a compound step; None if it is the function's own block."""

    block: list[core.Step]
    position: int
    owner: core.Step | None


class Order:
    """The places of all steps of a function."""

    def __init__(self, function: core.Function, steps: list[core.Step]) -> None:
        self.params = {p.id for p in function.params}
        self.places: dict[int, Place] = {}
        self.look(steps, None)

    def look(self, block: list[core.Step], owner: core.Step | None) -> None:
        for index, step in enumerate(block):
            self.places[id(step)] = Place(block, index, owner)
            for inner in blocks_of(step):
                self.look(inner, step)

    def path(self, step: core.Step) -> list[Place]:
        """The places of the step and of all around it, outermost first."""
        found = []
        at: core.Step | None = step
        while at is not None:
            place = self.places[id(at)]
            found.append(place)
            at = place.owner
        return found[::-1]

    def loops(self, step: core.Step) -> list[core.Step]:
        """The loops whose bodies the step is in, outermost first."""
        return [p.owner for p in self.path(step) if isinstance(p.owner, (core.For, core.While))]

    def may_follow(self, first: core.Step, second: core.Step) -> bool:
        """May the second step be done after the first, in one pass through all loops around both?"""
        if first is second:
            return False
        for a, b in zip(self.path(first), self.path(second)):
            if a.block is not b.block:
                return not isinstance(a.owner, core.If)
            if a.position != b.position:
                return a.position < b.position
        return True  # one is inside the other

    def binder(self, name: str, step: core.Step) -> core.Step | str | None:
        """The step that surely gave the name the value it has before this step; "" for a parameter's first value."""
        path = self.path(step)
        for place in reversed(path):
            for earlier in reversed(place.block[: place.position]):
                if binds(earlier, name):
                    return None if blocks_of(earlier) else earlier
            owner = place.owner
            if isinstance(owner, (core.For, core.While)) and any(binds(s, name) for s in owner.body):
                return None
            if isinstance(owner, core.For) and owner.target.id == name:
                return owner
            if isinstance(owner, (core.With, core.Try)) and binds(owner, name):
                return None
        return "" if name in self.params else None


def binds(step: core.Step, name: str) -> bool:
    """Does the step, or one inside it, bind the name?"""
    return any(n.id == name for s in walk([step]) for n in bound_names(s))


__all__ = ["Order", "Place"]
