"""What do the helpers of generated code give that take values apart: zeros in their structure, attributes, new objects?

Where it is known what a value holds, `zeros_like(value)` is the display of its zeros.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Collection
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import (
    FLOAT,
    Array,
    Bottom,
    Cell,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Row,
    Size,
    Tuple,
    Unknown,
    dtype_of,
    has_known_keys,
    is_among_arrays,
    is_exact,
    is_memory,
    is_number,
    is_scalar,
    items_at,
    join_all,
    members_of,
    options,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.collections_calls import Collections
from srcgrad.analysis.specialize.session import name_node, only_varied, plain
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.tree import is_place
from srcgrad.runtime.structures import add_to, like


def is_tree(kind: Kind, above: frozenset[int] = frozenset()) -> bool:
    """Is all that a value holds known, and does nothing hold itself?  What is held in two places is taken twice."""
    if isinstance(kind, Tuple):
        return all(is_tree(k, above) for k in kind.items)
    if isinstance(kind, (List, Dict, Object)):
        cell = kind.cell
        if isinstance(kind, List):
            known = cell.items is not None
        elif isinstance(kind, Dict):
            known = has_known_keys(kind)
        else:
            # All attributes of an argument have been read if it varies.
            known = cell.read is None or varied(kind)
        members = [*(cell.items or ()), *cell.keys.values()]
        return id(cell) not in above and known and all(is_tree(k, above | {id(cell)}) for k in members)
    kind = number_if_any(kind)
    return is_number(kind) and (not isinstance(kind, Array) or kind.sizes is not None) or isinstance(kind, Const)


def number_if_any(kind: Kind) -> Kind:
    """Of a scalar or None, the scalar: there is no harm in a zero for None."""
    if isinstance(kind, OneOf):
        others = [k for k in kind.options if k != Const(None)]
        if len(others) == 1 and is_scalar(others[0]):
            return others[0]
    return kind


def has_members(bar: Kind, kind: Kind) -> bool:
    """Has an adjoint all the members that a value of this kind has?"""
    if isinstance(kind, (Tuple, List)):
        items = kind.items if isinstance(kind, Tuple) else kind.cell.items or []
        found = bar.items if isinstance(bar, Tuple) else bar.cell.items if isinstance(bar, List) else None
        return found is not None and len(found) == len(items) and all(map(has_members, found, items))
    if isinstance(kind, Dict):
        keys = kind.cell.keys
        return isinstance(bar, Dict) and all(
            k in bar.cell.keys and has_members(bar.cell.keys[k], keys[k]) for k in keys
        )
    if isinstance(kind, Object):
        keys = kind.cell.keys
        return isinstance(bar, Object) and all(
            k in bar.cell.keys and has_members(bar.cell.keys[k], keys[k]) for k in keys
        )
    return not is_number(kind) or dtype_of(kind).kind not in "fc" or is_number(bar)  # type: ignore[union-attr]


def are_of_one_structure(total: Kind, part: Kind) -> bool:
    """May these two be added, as far as it is known what they are?"""
    known = [all(test(k) for k in options(part)) for test in (is_number, lambda k: isinstance(k, (List, Dict, Object)))]
    if is_number(total):
        return not known[1]
    return not isinstance(total, (List, Dict, Object)) or not known[0]


def sums(total: str, part: str, kind: Kind, added: Kind, above: tuple[int, ...]) -> list[str] | None:
    """`total[0] += part[0]` for every number; None where that can't be told."""
    if is_number(kind) and is_number(added) and not isinstance(kind, Const):
        return [f"{total} += {part}"]
    if isinstance(added, Const) and added.value is None:
        return []
    if is_scalar(kind) and is_scalar(added):
        return [f"{total} += {part}"]
    if kind == Const(None) and is_number(added):
        return [f"{total} = {part}" if is_scalar(added) else f"{total} = {part}.copy()"]
    if not isinstance(kind, (List, Dict, Object)) or id(kind.cell) in above:
        return None
    above = (*above, id(kind.cell))
    pairs: list[tuple[str, Kind, Kind]] = []
    if isinstance(kind, List):
        members = added.items if isinstance(added, Tuple) else added.cell.items if isinstance(added, List) else None
        if members is None or kind.cell.items is None or len(members) != len(kind.cell.items):
            i = f"i{len(above)}"
            if members is None and not isinstance(added, List):
                return None
            item = added.item if isinstance(added, List) else join_all(list(members or ()))
            inner = sums(f"{total}[{i}]", f"{part}[{i}]", kind.item, item, above)
            return [f"for {i} in range(len({part})):", *indented(inner)] if inner else inner
        pairs = [(f"[{i}]", k, b) for i, (k, b) in enumerate(zip(kind.cell.items, members))]
    else:
        if type(added) is not type(kind) or isinstance(added, Dict) and not has_known_keys(added):
            return None
        spelled = "[{!r}]" if isinstance(kind, Dict) else ".{}"
        pairs = [(spelled.format(key), kind.cell.keys.get(key, Const(None)), b) for key, b in added.cell.keys.items()]
    lines: list[str] = []
    for place, k, b in pairs:
        found = sums(total + place, part + place, k, b, above)
        if found and isinstance(kind, Object):
            found = if_there(f"{total}{place}", f"{part}{place}", kind, added, b, found)
        if found is None:
            return None
        lines += found
    return lines


def if_there(
    total: str, part: str, kind: Object, added: Kind, member: Kind, lines: list[str]
) -> list[str] | None:
    """The lines that add an attribute, where not all objects of these kinds have it."""
    if not kind.cell.whole:
        if not is_number(member):
            return None
        new = part if is_scalar(member) else f"{part}.copy()"
        lines = [f"if {is_set(total)}:", *indented(lines), "else:", *indented([f"{total} = {new}"])]
    whole = isinstance(added, Object) and added.cell.whole
    return lines if whole else [f"if {is_set(part)}:", *indented(lines)]


def is_set(place: str) -> str:
    """`p.x` -> `hasattr(p, "x")`"""
    owner, _, name = place.rpartition(".")
    return f"hasattr({owner}, {name!r})"


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class Structures(Collections):
    """Calls of the helpers in `runtime`, and of what generated code makes objects with."""

    def on_zeros_like(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = args[0]
        if len(args) > 1 or keywords or is_number(kind) and is_exact(kind):
            return None
        if is_number(kind):  # a number or an array, which is told when the program runs
            return self.zeros_made(kind, residual, args, node)
        if isinstance(kind, Unknown):
            return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, List) and kind.cell.items is None and is_number(kind.item) and is_exact(kind.item):
            zero = "0.0" if isinstance(widen(kind.item), Number) else "np.zeros_like(v)"
            return self.template(node, f"t = [{zero} for v in a]", "t", a=(kind, operand))  # type: ignore[no-any-return]
        if not is_tree(kind):
            return self.zeros_made(kind, residual, args, node)
        return self.zeros(kind, self.place(kind, operand, "value"), node, ())

    def on_shadow(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if len(args) > 1 or keywords or is_number(args[0][0]):
            return None
        return self.zeros_made(args[0][0], residual, args, node)

    def zeros_made(self, kind: Kind, residual: gast.expr, args: list[Value], node: gast.expr) -> Value:
        """Zeros in the structure of a value of which not all is known: the call stays, and its result gets a name."""
        form = self.form_of_zeros(kind, node, (), {})
        call = self.keep(copy.copy(self.rebuilt_call(node, residual, args, {})))
        if not is_memory(form):
            return form, call
        named = self.held_as(form, call, "zeros", node)
        self.record(call, only_varied(form, False))  # nothing in it varies yet
        return named

    def form_of_zeros(self, kind: Kind, node: gast.expr, path: tuple[Any, ...], made: dict[int, Kind]) -> Kind:
        """The kind of zeros in the structure of a value of which not all is known.

        made: those of the containers around it, by the cells of these.
        """
        kind = plain(kind)
        numbers = [k for k in options(kind) if k != Const(None)]
        wide = widen(numbers[0] if len(numbers) == 1 else kind)  # of None there is none, and nothing is done to it
        if isinstance(wide, (Number, Array)):
            if wide.dtype.kind in "fc":
                zero = set_varied(wide, False)
                return self.session.together([zero, Const(None)]) if isinstance(kind, OneOf) else zero
            if isinstance(wide, Array):
                return Array(FLOAT.dtype, wide.sizes) if wide.dtype.kind in "biu" else Const(None)
            return Const(0.0)
        if isinstance(kind, OneOf):
            found = [self.form_of_zeros(k, node, (*path, i), made) for i, k in enumerate(kind.options)]
            return self.session.together(found)
        if isinstance(kind, Tuple):
            cell = self.session.cell("zeros", id(node), self.copies, path)
            cell.display = True
            self.put_all(cell, [self.form_of_zeros(k, node, (*path, i), made) for i, k in enumerate(kind.items)])
            return List(cell)
        if isinstance(kind, Row):
            cell = self.session.cell("zeros", id(node), self.copies, path)
            self.session.put_item(cell, self.form_of_zeros(kind.item, node, (*path, "item"), made))
            return List(cell)
        if not isinstance(kind, (List, Dict, Object)):
            return kind if isinstance(kind, (Bottom, Unknown)) else Const(None)
        old = kind.cell
        if id(old) in made:
            return made[id(old)]
        cell = self.session.cell("zeros", id(node), self.copies, id(old))
        cell.display = old.display and not old.linked
        made[id(old)] = Object(types.SimpleNamespace, cell) if isinstance(kind, Object) else type(kind)(cell)
        if old.items is not None:
            self.put_all(cell, [self.form_of_zeros(k, node, (*path, i), made) for i, k in enumerate(old.items)])
        elif isinstance(kind, List):
            self.session.merge_items(cell)
        for name, k in list(old.keys.items()):
            self.session.put_key(cell, name, self.form_of_zeros(k, node, (*path, name), made))
        if not old.whole:
            self.session.unsettle(cell)
        if not isinstance(old.item, Bottom):
            self.session.put_item(cell, self.form_of_zeros(old.item, node, (*path, "item"), made), key=old.key)
        return made[id(old)]

    def put_all(self, cell: Cell, kinds: list[Kind]) -> None:
        """A list of this place has these members, told apart while it is always as long."""
        if cell.items is None and cell.whole and isinstance(cell.item, Bottom):
            cell.items, cell.length = kinds, Size(None, len(kinds))
            cell.clock[0] += 1
            return
        if cell.items is not None and len(cell.items) != len(kinds):
            self.session.merge_items(cell)
        for i, kind in enumerate(kinds):
            self.session.put_item(cell, kind, i if cell.items is not None else None)

    def zeros(
        self, kind: Kind, place: gast.expr, node: gast.expr, path: tuple[Any, ...], others: Collection[Kind] = ()
    ) -> Value:
        """Zeros in the structure of what is at a place, beside others: lists for tuples, namespaces for objects."""
        way = self.memo(("zeros", id(node), path), lambda: copy.copy(node))
        wide = widen(number_if_any(kind))
        if isinstance(wide, Array) and wide.dtype.kind in "fc" or is_among_arrays(kind, others):
            return self.zeros_of_array(wide, place, node, path)
        if isinstance(wide, Number) and wide.dtype.kind != "b":
            return Const(0.0), self.constant(0.0, way)
        if isinstance(kind, (Tuple, List)):
            items = kind.items if isinstance(kind, Tuple) else kind.cell.items or []
            parts = [self.zeros_of_part(kind, place, i, k, node, path, others) for i, k in enumerate(items)]
            return self.kept(self.list_display(parts, way))
        if isinstance(kind, Dict):
            members = {
                key: self.zeros_of_part(kind, place, key, k, node, path, ()) for key, k in kind.cell.keys.items()
            }
            return self.kept(self.dict_display(members, way))
        if isinstance(kind, Object):
            zeros = self.namespace({}, way)
            for name, k in list(kind.cell.keys.items()):
                part = self.zeros(k, self.attribute_of(place, name, k, node), node, (*path, name))
                self.put_member(zeros, name, part, way)
            return zeros
        return Const(None), self.constant(None, way)

    def zeros_of_part(
        self, whole: Kind, place: gast.expr, key: Any, kind: Kind, node: gast.expr, path: tuple[Any, ...],
        others: Collection[Kind],
    ) -> Value:  # fmt: skip
        beside = [*members_of(whole), *items_at(others, key)]
        return self.zeros(kind, self.inside(place, key, kind, node), node, (*path, key), beside)

    def zeros_of_array(self, kind: Kind, place: gast.expr, node: gast.expr, path: tuple[Any, ...]) -> Value:
        """Zeros like an array; real ones where it may be one of integers."""
        like = is_exact(kind) and dtype_of(kind).kind in "fc"  # type: ignore[union-attr]
        text = "np.zeros_like(a)" if like else "np.zeros(np.shape(a))"
        way = self.memo(("array of zeros", id(node), path, gast.dump(place)), lambda: copy.copy(node))
        np_value = (Const(np), name_node(self.global_name("np", np), node))
        return self.expression(way, text, {"a": (set_varied(kind, False), place), "np": np_value})  # type: ignore[no-any-return]

    def on_like(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if len(args) != 2 or keywords or is_number(args[0][0]):
            return None
        (kind, operand), (given, bar) = args
        if isinstance(kind, List) and kind.cell.items is None and isinstance(given, List):
            if is_tree(kind.item, frozenset({id(kind.cell)})):
                name = self.global_name("like", like)
                self.env[name] = Const(like)
                text = f"t = [{name}(v, b[i]) for i, v in enumerate(a)]"
                return self.template(node, text, "t", a=args[0], b=args[1])  # type: ignore[no-any-return]
        if not is_tree(kind) or not has_members(given, kind):
            return None
        return self.formed(
            kind, self.place(kind, operand, "value"), given, self.place(given, bar, "adjoint"), node, (), residual
        )

    def formed(
        self, kind: Kind, place: gast.expr, given: Kind, bar: gast.expr, node: gast.expr, path: tuple[Any, ...],
        helper: gast.expr,
    ) -> Value:  # fmt: skip
        """An adjoint in the structure of what is at a place."""
        way = self.memo(("formed", id(node), path), lambda: copy.copy(node))
        if is_number(kind) and dtype_of(kind).kind in "fc":  # type: ignore[union-attr]
            wide, mine = widen(kind), widen(given)
            if isinstance(wide, Number) and isinstance(mine, Number) and wide.dtype == mine.dtype or wide == mine:
                return given, bar
            if isinstance(wide, Array) and isinstance(mine, Array) and wide.dtype == mine.dtype:
                if wide.sizes == mine.sizes is not None:
                    return given, bar
            return self.call_constant(like, helper, [(kind, place), (given, bar)], {}, way)  # type: ignore[no-any-return]
        if isinstance(kind, (Tuple, List)):
            items = kind.items if isinstance(kind, Tuple) else kind.cell.items or []
            members = given.items if isinstance(given, Tuple) else given.cell.items  # type: ignore[attr-defined]
            parts = [
                self.formed(
                    k, self.inside(place, i, k, node), b, self.inside(bar, i, b, node), node, (*path, i), helper
                )
                for i, (k, b) in enumerate(zip(items, members))
            ]
            if isinstance(kind, List):
                return self.kept(self.list_display(parts, way))
            if kind.cls is not None:
                name = name_node(self.global_name(kind.cls.__name__, kind.cls), node)
                return self.construct(kind.cls, name, parts, {}, way)  # type: ignore[no-any-return]
            return self.kept(self.display(parts, way))
        if isinstance(kind, Dict):
            found = {}
            for key, k in kind.cell.keys.items():
                b = given.cell.keys[key]  # type: ignore[attr-defined]
                found[key] = self.formed(
                    k, self.inside(place, key, k, node), b, self.inside(bar, key, b, node), node, (*path, key), helper
                )
            return self.kept(self.dict_display(found, way))
        if isinstance(kind, Object):
            made = self.object_made(kind.cls, way)
            for name, k in list(kind.cell.keys.items()):
                own = self.attribute_of(place, name, k, node)
                b = given.cell.keys[name]  # type: ignore[attr-defined]
                part = self.formed(k, own, b, self.attribute_of(bar, name, b, node), node, (*path, name), helper)
                self.put_member(made, name, part, way)
            return made
        return Const(None), self.constant(None, way)

    # Sums

    def on_add_to(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`add_to(total, part)` of containers: the sums of their members, in place."""
        if len(args) != 2 or keywords:
            return None
        total, part = args
        of_one = [k for k in options(total[0]) if k == Const(None) or are_of_one_structure(k, part[0])]
        if 0 < len(of_one) < len(options(total[0])) and is_place(total[1]):
            kind = of_one[0] if len(of_one) == 1 else OneOf(tuple(of_one))
            narrowed = kind, self.narrowed_to(kind, total[1])
            return self.call_value(Const(add_to), residual, [narrowed, part], {}, node)  # type: ignore[no-any-return]
        if not isinstance(total[0], (List, Dict, Object)):
            return None
        lines = sums("a", "b", args[0][0], args[1][0], ())
        if not lines:
            return None
        return self.template(node, "\n".join(lines), "a", a=args[0], b=args[1])  # type: ignore[no-any-return]

    # Objects

    def on_new(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`Class.__new__(Class)`"""
        kind = args[0][0] if args else None
        if len(args) != 1 or keywords or not isinstance(kind, Const) or not isinstance(kind.value, type):
            return None
        return self.object_made(kind.value, node)

    def on_with_attributes(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`with_attributes(x, a=v)`, which has all the attributes of x: what x is does not matter, but for its class."""
        kind = args[0][0] if len(args) == 1 else None
        if not isinstance(kind, Object) or not set(kind.cell.keys) <= set(keywords):
            return None
        made = self.object_made(kind.cls, node)
        for name, value in keywords.items():
            self.put_member(made, name, value, self.memo(("part", id(node), name), lambda: copy.copy(node)))
        return made

    def object_made(self, cls: type, node: gast.expr) -> Value:
        text = name_node(self.global_name(cls.__name__, cls), node)
        make = self.keep(gast.copy_location(gast.Attribute(text, "__new__", gast.Load()), node))
        self.record(text, Const(cls))
        return self.made_object(cls, gast.Call(make, [text], []), node)

    def made_object(self, cls: type, call: gast.expr, node: gast.expr) -> Value:
        """A new object without attributes, under a name."""
        kind = Object(cls, self.session.cell("object", id(node), self.copies))
        made = self.memo(("new", id(node)), lambda: gast.copy_location(call, node))
        self.record(made.func, Unknown())
        self.record(made, Object(cls, Cell()))
        name = self.temporary(node, cls.__name__.lower().lstrip("_"))
        self.emit(self.assign(name, made, kind, node))
        self.env[name] = kind
        return self.kept((kind, self.keep(name_node(name, node))))

    def namespace(self, values: dict[str, Value], node: gast.expr) -> Value:
        """`types.SimpleNamespace(a=x)`"""
        module = name_node(self.global_name("types", types), node)
        make = self.keep(gast.copy_location(gast.Attribute(module, "SimpleNamespace", gast.Load()), node))
        made = self.made_object(types.SimpleNamespace, gast.Call(make, [], []), node)
        for name, value in values.items():
            self.put_member(made, name, value, node)
        return made

    def put_member(self, owner: Value, name: str, value: Value, node: gast.expr) -> None:
        target = self.memo(
            ("set attribute", id(node), name),
            lambda: gast.copy_location(gast.Attribute(owner[1], name, gast.Store()), node),
        )
        statement = self.memo(
            ("attribute statement", id(node), name),
            lambda: gast.copy_location(gast.Assign([target], value[1], None), node),
        )
        self.store_attribute(target, "", *value, statement)

    def attribute_of(self, place: gast.expr, name: str, kind: Kind, node: gast.expr) -> gast.expr:
        part = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
        self.record(part, kind)
        return part

    def on_attributes(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`attributes(x)` of an object whose attributes are known."""
        kind, operand = args[0]
        self.check_own(kind, node)
        if not isinstance(kind, Object) or kind.cell.read is not None and not varied(kind):
            return None
        place = self.place(kind, operand, "owner")
        found = {name: (k, self.attribute_of(place, name, k, node)) for name, k in list(kind.cell.keys.items())}
        return self.kept(self.dict_display(found, node))

    def on_held_attributes(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`attributes(x)`: a number or an array has none."""
        if is_number(args[0][0]):
            return self.kept(self.dict_display({}, node))
        return self.on_attributes(residual, args, keywords, node)

    def kept(self, value: Value) -> Value:
        self.record(value[1], value[0])
        return value

    def inside(self, place: gast.expr, key: Any, kind: Kind, node: gast.expr) -> gast.expr:
        index = self.constant(key, node)
        part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
        self.record(part, kind)
        return part
