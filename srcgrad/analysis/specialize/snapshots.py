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
    has_known_keys,
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


def of_one_type(kind: List | Dict) -> Kind | None:
    """Of what each member of a list or dict is, if one way to keep it does for all: so it does for arrays of any ranks."""
    kinds = [k for k in kind.cell.members() if k != Bottom()]
    alike = all(isinstance(k, Array) for k in kinds) or not any(is_memory(k) for k in kinds) or kinds.count(kinds[0]) == len(kinds)
    return kinds[0] if kinds and alike else None


def told_apart(kind: Kind) -> dict[str, Kind] | None:
    """By the texts of their indices, the members of a list or dict that has exactly these all the time."""
    if isinstance(kind, List) and kind.cell.items is not None and isinstance(kind.cell.item, Bottom):
        return {str(i): k for i, k in enumerate(kind.cell.items)}
    if isinstance(kind, Dict) and has_known_keys(kind) and all(type(key) in (str, int) for key in kind.cell.keys):
        return {repr(key): k for key, k in kind.cell.keys.items()}
    return None


def taken(place: str, kind: Kind, has: Has, names: Iterator[str], above: tuple[int, ...]) -> tuple[Lines, str] | None:
    """Lines, and the text of what is to be kept of a value; None if it can't be told what it contains."""
    if not is_memory(kind):
        return [], f"({place},)" if Const(None) in options(kind) else place
    if is_flat(kind):
        return [], f"({place}, {place}.copy())"
    able = [k for k in options(kind) if k != Const(None)]
    if len(able) == 1 and len(options(kind)) == 2:
        held = next(names)
        part = taken(held, able[0], has, names, above)
        inside = None if part is None else indented([*part[0], f"{held} = {part[1]}"])
        return None if inside is None else ([f"{held} = {place}", f"if {held} is not None:", *inside], held)
    if not isinstance(kind, (List, Dict, Object)) or id(kind.cell) in above:
        return None
    if isinstance(kind, (List, Dict)):
        return taken_of_each(place, kind, has, names, (*above, id(kind.cell)))
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


def taken_of_each(
    place: str, kind: List | Dict, has: Has, names: Iterator[str], above: tuple[int, ...]
) -> tuple[Lines, str] | None:
    """The same of what a list or dict holds, in a list or dict."""
    members = told_apart(kind)
    if members is not None:
        each = {key: taken(f"{place}[{key}]", k, has, names, above) for key, k in members.items()}
        known = {key: part for key, part in each.items() if part is not None}
        if len(known) < len(each):
            return None
        texts = [text if isinstance(kind, List) else f"{key}: {text}" for key, (_, text) in known.items()]
        whole = f"[{', '.join(texts)}]" if isinstance(kind, List) else f"{{{', '.join(texts)}}}"
        return [line for lines, _ in known.values() for line in lines], f"({place}, {whole})"
    one = of_one_type(kind)
    kept, key, member = next(names), next(names), next(names)
    found = None if one is None else taken(member, one, has, names, above)
    if found is None:
        return None
    lines, text = found
    if isinstance(kind, List):
        head, tail = f"for {member} in {place}:", f"{kept}.append({text})"
    else:
        head, tail = f"for {key}, {member} in {place}.items():", f"{kept}[{key}] = {text}"
    empty = "[]" if isinstance(kind, List) else "{}"
    return [f"{kept} = {empty}", head, *indented([*lines, tail])], f"({place}, {kept})"


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
    if isinstance(own, Dict) and is_flat(own):
        return [*lines, f"{place}.clear()", f"{place}.update({saved}[1])"]
    if isinstance(own, (List, Dict)) and not is_flat(own):
        return restored_of_each(lines, place, f"{saved}[1]", own, kept, names)
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


def restored_of_each(
    lines: Lines, place: str, saved: str, own: List | Dict, kept: Kind, names: Iterator[str]
) -> Lines | None:
    """What was kept of each that a list or dict held goes back into it."""
    members, there = told_apart(kept), told_apart(own)
    if members is not None and there is not None and members.keys() == there.keys():
        for key, k in members.items():
            part = restored(f"{place}[{key}]", f"{saved}[{key}]", k, names, there[key])
            if part is None:
                return None
            lines = [*lines, *part]
        return lines
    one = of_one_type(kept) if isinstance(kept, (List, Dict)) else None
    one_kept, key, member = next(names), next(names), next(names)
    inner = None if one is None else restored(member, one_kept, one, names, of_one_type(own) or Bottom())
    if inner is None:
        return None
    if isinstance(own, List):
        head, tail = f"for {one_kept} in {saved}:", f"{place}.append({member})"
    else:
        head, tail = f"for {key}, {one_kept} in {saved}.items():", f"{place}[{key}] = {member}"
    return [*lines, f"{place}.clear()", head, *indented([*inner, tail])]


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

    def on_fit(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """Lists whose members are told apart never change in length: if they have as many, there is nothing to do."""
        found = [k.cell.items for k, _ in args if isinstance(k, List) and k.cell.items is not None]
        if len(found) == 2 and len(found[0]) == len(found[1]):
            return Const(None), self.constant(None, node)
        return None
