"""What does a subscript give?"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Cell,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Slice,
    Text,
    Tuple,
    Unknown,
    Word,
    dtype_of,
    has_known_keys,
    is_number,
    is_scalar,
    is_text,
    join_all,
    rank,
    row_of,
    size_of,
    varied,
    widen,
)
from srcgrad.analysis.specialize import ranges
from srcgrad.analysis.specialize.displays import Displays
from srcgrad.analysis.specialize.library import is_library
from srcgrad.analysis.specialize.session import constant_node
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.values import Value


class Subscripts(Displays):
    """The visitor of subscripts, and the members of containers."""

    def members(self, kind: Kind, residual: gast.expr) -> list[Value]:
        """The members of a sequence of known length, one by one."""
        if isinstance(residual, (gast.Tuple, gast.List)) and isinstance(kind, (Tuple, List)):
            if not any(isinstance(e, gast.Starred) for e in residual.elts):
                kinds = list(kind.items) if isinstance(kind, Tuple) else kind.cell.items
                if kinds is not None and len(kinds) == len(residual.elts):
                    return list(zip(kinds, residual.elts))
        if isinstance(kind, Tuple) and kind.cls is not None and registry.is_stand_in(kind.cls):
            raise CannotTell("the members of an object made of differentiable values")
        if isinstance(kind, Tuple):
            count = len(kind.items)
        elif isinstance(kind, List) and kind.cell.items is not None:
            count = len(kind.cell.items)
        elif isinstance(kind, Array) and kind.sizes and self.facts.canonical(kind.sizes[0]).symbol is None:
            count = self.facts.canonical(kind.sizes[0]).offset
        elif isinstance(kind, Dict) and has_known_keys(kind):
            return [(Const(key), self.constant(key, residual)) for key in kind.cell.keys]
        else:
            raise CannotTell("how many members this has")
        place = self.place(kind, residual, "items")
        values = []
        for i in range(count):
            index = constant_node(i, residual)
            part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), residual))
            values.append((self.record(part, self.element(kind, Const(i), part)), part))
            self.record(index, Const(i))
        return values

    def place(self, kind: Kind, residual: gast.expr, base: str) -> gast.expr:
        """An expression that may be subscripted again: a name with subscripts and attributes, else a new name."""
        inner: gast.expr = residual
        while isinstance(inner, (gast.Subscript, gast.Attribute)) and id(inner) not in self.function.matches:
            inner = inner.value
        if isinstance(inner, gast.Name) and (inner.id in self.env or not varied(kind)):
            return residual
        if not varied(kind) and not isinstance(kind, (List, Dict, Object)):
            return residual
        return self.hoist(kind, residual, base)

    def visit_Subscript(self, node: gast.Subscript) -> Value:
        kind, base = self.evaluate(node.value)
        if isinstance(kind, Object):
            if is_library(kind.cls) and any(isinstance(e, gast.Slice) for e in nodes_in(node.slice)):
                return self.of_ranges(kind, base, node)
            index_kind, index = self.evaluate(self.memo(("index", id(node)), lambda: as_argument(node.slice)))
            return self.call_method(kind, base, "__getitem__", [(index_kind, index)], {}, node)
        if isinstance(kind, Tuple) and kind.cls is not None and has_own_items(kind.cls):
            given = self.evaluate(self.memo(("index", id(node)), lambda: as_argument(node.slice)))
            return self.call_method(kind, base, "__getitem__", [given], {}, node)
        index_kind, index = self.index(node.slice)
        index_kind = self.asked_position(kind, index_kind)
        if rank(kind) == 0 and not (isinstance(kind, Number) and kind.weak) and is_number(index_kind):
            if getattr(dtype_of(widen(index_kind)), "kind", "") == "b":  # `z[z > 0]` of one element: all, or none
                return self.template(node, "t = np.ravel(a)[np.ravel(m)]", "t", a=(kind, base), m=(index_kind, index))
        if isinstance(kind, Number) and not kind.weak and varied(kind):  # NumPy takes its numbers for arrays
            kind, base = self.template(node, "t = np.asarray(a)", "t", a=(kind, base))
        if isinstance(kind, Tuple) and isinstance(index_kind, (Slice, Const)):
            part = self.part_of_tuple(kind, base, index_kind, node)
            if part is not None:
                return part
        if isinstance(kind, List) and isinstance(index_kind, Slice) and isinstance(index, gast.Slice):
            return self.part_of_list(kind, base, index_kind, index, node)
        if isinstance(kind, Dict):
            self.check_key(index_kind, node)
        if varied(kind) or isinstance(kind, (List, Dict)):
            base = self.place(kind, base, "part")
        if isinstance(kind, Dict) and kind.cell.factory is not None:
            if kind.cell.inserts:
                self.fill_missing(kind, base, (index_kind, index), node)
            elif varied(kind):
                raise CannotTell("a count, where there may be none")
        same = base is node.value and index is node.slice
        residual = node if same else self.keep(gast.copy_location(gast.Subscript(base, index, gast.Load()), node))
        self.at(node)
        if isinstance(kind, Const) and (kind.value is np.s_ or kind.value is np.index_exp):
            return index_kind, residual  # an index, made to be kept
        return self.element(kind, index_kind, node), residual

    def of_ranges(self, kind: Object, base: gast.expr, node: gast.Subscript) -> Value:
        """`np.mgrid[0:n, -1:1:5j]`, `np.r_[0:3, x]`."""
        bounds = [b for e in nodes_in(node.slice) if isinstance(e, gast.Slice) for b in ranges.bounds(e)]
        kinds = {id(b): self.aside(lambda b=b: self.evaluate(b))[0] for b in bounds}  # type: ignore[misc]
        self.global_name("np", np)

        def make() -> gast.expr | None:
            made = ranges.standing_for(kind.cls, node.slice, kinds)
            for child in nodes_in(made) if made is not None else ():
                if isinstance(child, gast.expr) and not hasattr(child, "lineno"):
                    gast.copy_location(child, node)
            return made

        made = self.memo(("ranges", id(node), *(widen(k) for k in kinds.values())), make)
        if made is None:
            raise self.refusal("E203", f"ranges in a subscript of a {kind.cls.__name__}", node, "use np.arange")
        if kind.cls in ranges.JOINED:
            return self.call_method(kind, base, "__getitem__", [self.evaluate(made)], {}, node)
        return self.evaluate(made)

    def index(self, node: gast.expr) -> Value:
        """An index: slices stay slices."""
        if isinstance(node, gast.Slice):
            parts = [
                self.evaluate(p) if p is not None else (Const(None), None) for p in (node.lower, node.upper, node.step)
            ]
            kind = Slice(*(k for k, _ in parts))
            same = all(r is p for (_, r), p in zip(parts, (node.lower, node.upper, node.step)))
            residual = node if same else self.keep(gast.copy_location(gast.Slice(*(r for _, r in parts)), node))
        elif isinstance(node, gast.Tuple):
            values = [self.index(e) for e in node.elts]
            kind = Tuple(tuple(k for k, _ in values))  # type: ignore[assignment]
            same = all(r is e for (_, r), e in zip(values, node.elts))
            residual = (
                node if same else self.keep(gast.copy_location(gast.Tuple([r for _, r in values], gast.Load()), node))
            )
        elif isinstance(node, gast.Call) and self.is_slice(node):
            parts = [a if not (isinstance(a, gast.Constant) and a.value is None) else None for a in node.args]
            parts = [None, *parts] if len(parts) == 1 else parts
            whole = (*parts, None)[:3]
            return self.index(self.memo(("slice", id(node)), lambda: gast.copy_location(gast.Slice(*whole), node)))
        else:
            kind, residual = self.evaluate(node)
            if isinstance(node, gast.Name) and node.id in self.local_names and is_text(kind):
                return kind, self.constant(kind.value, node)  # type: ignore[attr-defined]
            return kind, residual
        return self.record(residual, kind), residual

    def asked_position(self, kind: Kind, index: Kind) -> Kind:
        """An integer among the arguments that tells which member of a sequence of unlike members is meant: it is asked for."""
        members = kind.items if isinstance(kind, Tuple) else kind.cell.items if isinstance(kind, List) else None
        size = size_of(index)
        if size is None or len({(type(k), rank(k)) for k in members or ()}) < 2:
            return index
        value = self.facts.value(size)
        return Const(value) if self.facts.equal(size, Size(None, value)) else index

    def is_slice(self, node: gast.Call) -> bool:
        """`slice(start, stop, step)`, written where it is the index."""
        plain = not node.keywords and not any(isinstance(a, gast.Starred) for a in node.args)
        return plain and isinstance(node.func, gast.Name) and self.use_name(node.func.id)[0] == Const(slice)

    def element(self, kind: Kind, index: Kind, node: gast.AST) -> Kind:
        """The kind of `base[index]`."""
        site = (id(node), self.copies)
        if isinstance(kind, Bottom):
            return kind
        if isinstance(kind, OneOf):
            found = []
            for option in self.able(kind):
                try:
                    found.append(self.element(option, index, node))
                except CannotTell:
                    continue
            if not found:
                raise CannotTell("a subscript of this")
            return join_all(found)
        if isinstance(kind, Tuple):
            if (
                isinstance(index, Const)
                and isinstance(index.value, int)
                and -len(kind.items) <= index.value < len(kind.items)
            ):
                return kind.items[index.value]
            if is_scalar(index) and kind.items:
                return self.session.told_apart(self.session.loosen_all(join_all([widen(k) for k in kind.items])), *site)
            raise CannotTell("this index of a tuple")
        if isinstance(kind, List):
            items = kind.cell.items
            if (
                items is not None
                and isinstance(index, Const)
                and type(index.value) is int
                and -len(items) <= index.value < len(items)
            ):
                known = self.session.joined(items[index.value], kind.cell.item, "element", *site)
                return self.session.told_apart(known, *site)
            return self.one_of_many(kind.cell, site)
        if isinstance(kind, Dict):
            keys, index = kind.cell.keys, as_key(index)
            if isinstance(index, Const) and index.value in keys:
                known = self.session.joined(keys[index.value], kind.cell.item, "element", *site)
                return self.session.told_apart(known, *site)
            return self.one_of_many(kind.cell, site)
        if isinstance(kind, Const) and isinstance(index, Const):
            try:
                value = kind.value[index.value]
            except Exception as error:
                raise CannotTell(str(error)) from error
            return Const(value)
        if isinstance(kind, Iterable):
            return self.session.told_apart(kind.item, *site) if is_scalar(index) else kind
        row = row_of(kind)
        if row is not None:
            return row if isinstance(index, Slice) else row.item
        if isinstance(kind, Word) or isinstance(kind, Const) and isinstance(kind.value, str):
            return Word()
        if isinstance(kind, (Unknown, Const)):
            return Text() if isinstance(kind, Text) else Unknown()
        self.infer.site = ("subscript", *site)
        return self.infer.subscript(kind, index)

    def one_of_many(self, cell: Cell, site: tuple[Any, ...]) -> Kind:
        members = cell.members()
        if len([k for k in members if not isinstance(k, Bottom)]) > 1:
            members = [self.session.loosen_all(widen(k)) for k in members]
        return self.session.told_apart(self.session.together(members), *site)

    def part_of_tuple(self, kind: Tuple, base: gast.expr, index: Kind, node: gast.Subscript) -> Value | None:
        if isinstance(index, Const):
            if isinstance(index.value, int) and isinstance(base, gast.Tuple) and len(base.elts) == len(kind.items):
                members = self.members(kind, base)
                if -len(members) <= index.value < len(members):
                    return members[index.value]
            return None
        parts = (index.lower, index.upper, index.step)  # type: ignore[attr-defined]
        if not all(isinstance(k, Const) for k in parts):
            raise CannotTell("a slice of a tuple with bounds that are not constant")
        members = self.members(kind, base)[slice(*(k.value for k in parts))]  # type: ignore[attr-defined]
        return self.display(members, node)

    def part_of_list(
        self, kind: List, base: gast.expr, index: Slice, residual: gast.expr, node: gast.Subscript
    ) -> Value:
        parts = (index.lower, index.upper, index.step)
        if (
            kind.cell.items is not None
            and all(isinstance(k, Const) for k in parts)
            and isinstance(kind.cell.item, Bottom)
        ):
            members = self.members(kind, base)[slice(*(k.value for k in parts))]  # type: ignore[attr-defined]
            return self.list_display(members, node)
        if varied(kind):
            holes = {"a": (kind, base)}
            text = []
            for name, part, tree in zip("lus", parts, (residual.lower, residual.upper, residual.step)):  # type: ignore[attr-defined]
                if tree is None:
                    text.append("None")
                else:
                    holes[name] = (part, tree)  # type: ignore[assignment]
                    text.append(name)
            positions = positions_of(parts)
            if positions is not None:
                holes = {"a": (kind, base)}
            positions = positions or f"range(len(a))[slice({', '.join(text)})]"
            return self.template(node, f"t = []\nfor i in {positions}: t.append(a[i])", "t", **holes)
        whole = self.keep(gast.copy_location(gast.Subscript(base, residual, gast.Load()), node))
        cell = self.session.cell("part", id(node), self.copies)
        self.session.put_item(cell, kind.item)
        return List(cell), whole

    def visit_Slice(self, node: gast.Slice) -> Value:
        return self.index(node)


def positions_of(parts: tuple[Kind, ...]) -> str | None:
    """The positions `range(1, len(a))` of a part `a[1:]` of a list, for the usual constants."""
    if not all(isinstance(k, Const) for k in parts):
        return None
    lower, upper, step = (k.value for k in parts)  # type: ignore[attr-defined]
    if step not in (None, 1) or (lower or 0) < 0:
        return None
    stop = "len(a)" if upper is None else f"min({upper}, len(a))" if upper >= 0 else f"len(a) - {-upper}"
    return f"range({lower}, {stop})" if lower else f"range({stop})"


def has_own_items(cls: type) -> bool:
    """Is a subscript of this tuple something else than a field?  So it is where it stands for a matrix."""
    return registry.is_stand_in(cls) and isinstance(getattr(cls, "__getitem__", None), types.FunctionType)


def as_argument(index: gast.expr) -> gast.expr:
    """An index as `__getitem__` is given it: `slice(a, b, c)` for `a:b:c`."""
    if isinstance(index, gast.Tuple) and any(isinstance(e, gast.Slice) for e in index.elts):
        return gast.copy_location(gast.Tuple([as_argument(e) for e in index.elts], gast.Load()), index)
    if not isinstance(index, gast.Slice):
        return index
    parts = [p or constant_node(None, index) for p in (index.lower, index.upper, index.step)]
    name = gast.copy_location(gast.Name("slice", gast.Load(), None, None), index)
    return gast.copy_location(gast.Call(name, parts, []), index)


def as_key(index: Kind) -> Kind:
    """A key of a dict that is a tuple of constants is a constant."""
    if not isinstance(index, Tuple):
        return index
    items = [as_key(k) for k in index.items]
    return Const(tuple(k.value for k in items)) if all(isinstance(k, Const) for k in items) else index  # type: ignore[attr-defined]
