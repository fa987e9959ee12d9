"""What do the helpers mean that save what an object contains, and put it back?  Reads and stores of its attributes.

saved = contents(a)     saved = a, {"x": a.x, "log": (a.log, a.log.copy())}
put_back(saved)         a.x = saved[1]["x"]
                        a.log = saved[1]["log"][0]
                        a.log[:] = saved[1]["log"][1]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import gast

from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Const,
    Dict,
    Kind,
    List,
    Object,
    OneOf,
    Tuple,
    is_cached,
    is_memory,
    options,
)
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.structures import Structures, indented
from srcgrad.analysis.specialize.values import Value
from srcgrad.runtime.undo import refill

Lines = list[str]
Has = Callable[[Object, str], bool]  # has an object an attribute for sure?


def is_flat(kind: Kind) -> bool:
    """An array, or a list or dict of things that no store changes."""
    return isinstance(kind, Array) or (isinstance(kind, (List, Dict)) and not is_memory(kind.item))


def taken(place: str, kind: Kind, has: Has, names: Iterator[str], above: tuple[int, ...]) -> tuple[Lines, str] | None:
    """Lines, and the text of what is to be kept of a value; None if it can't be told what it contains."""
    if not is_memory(kind):
        return [], f"({place},)" if Const(None) in options(kind) else place
    if is_flat(kind):
        return [], f"({place}, {place}.copy())"
    able = [k for k in options(kind) if k != Const(None)]
    if len(able) == 1 and len(options(kind)) == 2 and is_flat(able[0]):
        held = next(names)
        return [f"{held} = {place}", f"if {held} is not None:", f"    {held} = ({held}, {held}.copy())"], held
    if not isinstance(kind, Object) or id(kind.cell) in above:
        return None
    lines: Lines = []
    members = []
    for name, k in list(kind.cell.keys.items()):
        found = taken(f"{place}.{name}", k, has, names, (*above, id(kind.cell)))
        if found is None or not name.isidentifier():
            return None
        inner, text = found
        if not has(kind, name):
            held = next(names)
            text = text if is_memory(k) or text.startswith("(") else f"({text},)"  # None says that there was no attribute
            inner = [f"if {is_there(place, name, kind)}:", *indented([*inner, f"{held} = {text}"])]
            inner += ["else:", f"    {held} = None"]
            text = held
        lines += inner
        members.append(f"{name!r}: {text}")
    return lines, f"({place}, {{{', '.join(members)}}})"


def is_there(place: str, name: str, kind: Object) -> str:
    """The text of a test for an attribute, which computes nothing."""
    return f"{name!r} in vars({place})" if is_cached(kind.cls, name) else f"hasattr({place}, {name!r})"


def restored(place: str, saved: str, kind: Kind, names: Iterator[str], was: Kind) -> Lines | None:
    """Lines that put back into a place what `taken` has kept of it; `was`: what there may be in that place."""
    maybe = [k for k in options(kind) if k != Const(None)]
    if len(maybe) < len(options(kind)):
        held = next(names)
        inner = restored(place, held, maybe[0], names, was) if len(maybe) == 1 else None
        if inner is None:
            return None
        lines = [f"{held} = {saved}", f"if {held} is not None:", *indented(inner)]
        return [*lines, "else:", f"    {place} = None"] if Const(None) in options(was) and is_memory(was) else lines
    if isinstance(kind, Tuple) and len(kind.items) == 1:
        return [f"{place} = {saved}[0]"]
    if not isinstance(kind, Tuple) or len(kind.items) != 2:
        return None if is_memory(kind) else [f"{place} = {saved}"]
    own, kept = kind.items
    lines = [f"{place} = {saved}[0]"]
    if isinstance(own, Dict):
        return [*lines, f"{place}.clear()", f"{place}.update({saved}[1])"]
    if is_flat(own):
        return [*lines, f"{place}[{'...' if isinstance(own, Array) else ':'}] = {saved}[1]"]
    if not isinstance(own, Object) or not isinstance(kept, Dict):
        return None
    for name, k in kept.cell.keys.items():
        inner = restored(f"{place}.{name}", f"{saved}[1][{name!r}]", k, names, own.cell.keys.get(name, Bottom()))
        if inner is None:
            return None
        lines += inner
    return lines


class Snapshots(Structures):
    """Calls of `contents` and `put_back`."""

    def on_contents(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = args[0]
        if len(args) > 1 or keywords:
            return None
        names = (f"held{i}" for i in itertools.count())
        found = taken("a", kind, lambda owner, name: self.has_attribute(owner, name) == Const(True), names, ())
        if found is None:
            return None
        lines, text = found
        return self.template(node, "\n".join([*lines, f"t = {text}"]), "t", a=(kind, operand))  # type: ignore[no-any-return]

    def on_put_back(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = args[0]
        able = [k for k in options(kind) if isinstance(k, Tuple)]
        if isinstance(kind, OneOf) and len(able) == 1:
            kind, operand = able[0], self.narrowed_to(able[0], operand)
        names = (f"held{i}" for i in itertools.count())
        lines = restored("owner", "a", kind, names, Bottom()) if isinstance(kind, Tuple) and is_memory(kind) else None
        if lines is None:
            return None
        return self.template(node, "\n".join([*lines, "t = None"]), "t", a=(kind, operand))  # type: ignore[no-any-return]

    def on_refill(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """Of one of a few things with what it held: in a branch for each, where what was held is of its type too."""
        if keywords or len(args) != 2:
            return None
        (owner, place), (kept, saved) = args
        if not (isinstance(owner, OneOf) and isinstance(kept, OneOf) and isinstance(saved, gast.Name)):
            return None

        def ask(option: Kind, chosen: gast.expr, way: gast.expr) -> Value:
            wanted = type(option) if isinstance(option, (Array, List)) else Dict
            able = [k for k in options(kept) if isinstance(k, wanted)]
            kind = able[0] if len(able) == 1 else kept
            taken = self.keep(name_node(saved.id, node))
            self.record(taken, kind)
            return self.call_value(Const(refill), residual, [(option, chosen), (kind, taken)], {}, way)  # type: ignore[no-any-return]

        return self.of_each(owner, place, node, ask)  # type: ignore[no-any-return]
