"""What does the backward pass do for one step?  Items in order, each a line or two, before they become statements."""

from __future__ import annotations

from dataclasses import dataclass, field

import gast

from srcgrad.lang import core, tree
from srcgrad.transform.product import Term


@dataclass(eq=False)
class Item:
    """One line of a block."""


@dataclass(eq=False)
class Let(Item):
    """`name = value`: a name of the block's own.  `fixed`: it is not folded into its use."""

    name: str
    term: Term | None
    value: gast.expr | None = None
    fixed: bool = False
    first: bool = False  # it reads memory that is put back next
    changes: gast.expr | None = None  # a list that computing the value changes


@dataclass(eq=False)
class Unpack(Item):
    """`a_bar, b_bar = f_backward(...)`."""

    names: list[str]
    value: gast.expr


@dataclass(eq=False)
class Add(Item):
    """`place_bar += term`; the place is the user's, or begins with a name of the block's own (`local`)."""

    place: gast.expr
    term: Term
    local: bool = False
    sign: int = 1
    value: gast.expr | None = None


@dataclass(eq=False)
class Put(Item):
    """`x_bar = e`, `x_bar[i] = e`, or `a_bar, b_bar = e, f`: each value is a sum."""

    places: list[gast.expr]
    sums: list[list[Add]]
    values: list[gast.expr] = field(default_factory=list)


@dataclass(eq=False)
class Zero(Item):
    """The adjoint of what was stored into becomes zero: `x_bar[i] = 0`."""

    place: gast.expr
    value: gast.expr | None = None


@dataclass(eq=False)
class Birth(Item):
    """`x_bar = 0`, because contributions to it follow that can't be its first value."""

    name: str
    value: gast.expr | None = None


@dataclass(eq=False)
class Do(Item):
    """A statement on adjoints that needs no further thought."""

    statement: gast.stmt
    changes: gast.expr | None = None  # a list that the statement changes


@dataclass(eq=False)
class Mark(core.Step):
    """A place between steps where adjoints are set to zero; or a statement on shadows, for the forward pass alone."""

    statement: gast.stmt | None = None


@dataclass(eq=False)
class Block:
    """The items of one step, and what they read."""

    step: core.Step
    items: list[Item] = field(default_factory=list)
    mentions: list[gast.expr] = field(default_factory=list)  # the user's trees that items read
    new_nodes: set[int] = field(default_factory=set)  # names in items that stand for values after the step
    old: set[str] = field(default_factory=set)  # names whose value before the step is read
    new: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # assigned names whose adjoint stays as it is


def read_trees(item: Item) -> list[gast.AST]:
    """The trees an item reads: of places, the indices only."""
    places: list[gast.expr] = []
    if isinstance(item, Add):
        places = [item.place]
    elif isinstance(item, Put):
        places = item.places
    elif isinstance(item, Zero):
        places = [item.place]
    rest = [t for t in expressions(item) if not any(t is p for p in places)]
    return [*rest, *(index for place in places for index in tree.indices(place))]


def expressions(item: Item) -> list[gast.AST]:
    """All trees of an item, places included."""
    if isinstance(item, Let):
        return [item.value] if item.value is not None else []
    if isinstance(item, Unpack):
        return [item.value]
    if isinstance(item, Add):
        return [item.place, *([item.value] if item.value is not None else [])]
    if isinstance(item, Put):
        return [*item.places, *item.values]
    if isinstance(item, (Zero, Birth)):
        places = [item.place] if isinstance(item, Zero) else []
        return [*places, *([item.value] if item.value is not None else [])]
    assert isinstance(item, Do), "every kind of item has been named"
    return [item.statement]
