"""Arguments that are dicts or objects: compiled code is given their members, and what is returned is put together outside.

Before: def f_grad(p, x):                    After: def f_grad_of_members(p_w, x):
            p_bar = {"w": x * p["w"]}                   p_bar_w = x * p_w
            return result, p_bar                        return result, p_bar_w

                                                    def f_grad(p, x):
                                                        result, p_bar_w = f_grad_of_members(p["w"], x)
                                                        return result, {"w": p_bar_w}
"""

from __future__ import annotations

import copy
import re
from typing import Any

import gast

from srcgrad.analysis.kinds import (
    Array,
    Dict,
    Kind,
    List,
    Object,
    Tuple,
    Unknown,
    dtype_of,
    has_known_keys,
    is_container,
)
from srcgrad.backends.members import Apart, Parts, has_plain_blocks, prepared, without_unread
from srcgrad.backends.unrolled import unrolled
from srcgrad.backends.webs import with_names_apart
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

SUFFIX = "_of_members"


def with_arguments_apart(
    function: gast.FunctionDef, kinds: list[Kind]
) -> tuple[gast.FunctionDef, list[Kind], gast.FunctionDef | None]:
    """The function to compile, the kinds of what it is given, and the function around it, if there is need for one."""
    names = [a.id for a in function.args.args]
    copied = {n for n, k in zip(names, kinds) if isinstance(k, (List, Tuple))}
    last = function.body[-1]
    structured = isinstance(last, gast.Return) and any(
        tree.is_call(n, "tuple") or (tree.is_call(n, "like") and tree.root(n.args[0]) in copied) for n in nodes_in(last)
    )
    needed = structured or any(isinstance(members(k), Parts) for k in kinds)
    if not needed or not has_plain_blocks(function):
        return function, kinds, None
    return Outside(function, kinds).taken_apart() or (function, kinds, None)


def members(kind: Kind) -> Parts | None:
    """How the members of an argument are told apart; None if compiled code can be given the whole."""
    if isinstance(kind, Dict):
        return Parts(list(kind.cell.keys), "dict") if has_known_keys(kind) and kind.cell.keys else None
    if isinstance(kind, Object):
        return Parts([], "object")
    if isinstance(kind, Tuple):
        items: list[Kind] | None = list(kind.items)
        if kind.cls is not None:
            return Parts(list(range(len(kind.items))), "list")
    else:
        items = kind.cell.items if isinstance(kind, List) else None
    if items and (any(map(is_container, items)) or isinstance(kind, List) and len(set(map(typed, items))) > 1):
        return Parts(list(range(len(items))), "list")
    return None


def typed(kind: Kind) -> Any:
    """What compiled code takes for one type, so that it may be in a list with others of it."""
    return type(kind), dtype_of(kind), len(kind.sizes) if isinstance(kind, Array) and kind.sizes is not None else None


def member_kind(kind: Any, key: Any) -> Kind | None:
    if isinstance(kind, Tuple):
        return kind.items[key]
    if isinstance(kind, List):
        return kind.cell.items[key] if kind.cell.items else None
    return kind.cell.attribute(key) if isinstance(kind, Object) else kind.cell.keys.get(key)


class Outside:
    """One function, and what is known of the function around it."""

    def __init__(self, function: gast.FunctionDef, kinds: list[Kind]) -> None:
        self.function = self.core = function
        names = [a.id for a in function.args.args]
        self.kinds: dict[str, Kind] = dict(zip(names, kinds))
        self.texts: dict[str, gast.expr] = {n: tree.name(n) for n in names}  # parameter -> how it is read outside
        self.result: Any = None  # what is returned outside, of names for what is returned inside
        self.slots: list[str] = []

    def taken_apart(self) -> tuple[gast.FunctionDef, list[Kind], gast.FunctionDef] | None:
        self.function = unrolled(self.function, self.given())
        if not self.with_flat_result():
            return None
        while True:
            given = self.given()
            self.core = with_names_apart(unrolled(self.core, given))
            apart = Apart(prepared(self.core, set(given)), given, returned=True)
            made = apart.told_apart()
            if given.keys() - apart.parts.keys():
                return None  # something is used as a whole
            if made is None:
                break
            self.core = self.with_members_for(apart, made)
        count = len(self.kinds)
        return self.core, [self.kinds[a.id] for a in self.core.args.args[:count]], self.around()

    def given(self) -> dict[str, Parts]:
        return {n: p for n, k in self.kinds.items() if (p := members(k)) is not None}

    def with_flat_result(self) -> bool:
        """Compiled code returns one tuple of values, each with a name outside."""
        returns = [n for n in nodes_in(*self.function.body) if isinstance(n, gast.Return)]
        if len(returns) != 1 or returns[0] is not self.function.body[-1] or returns[0].value is None:
            return False
        flat: list[gast.expr] = []

        def outside(value: Any) -> gast.expr:
            if isinstance(value, gast.Tuple):
                return tree.display([outside(v) for v in value.elts])
            if tree.is_call(value, "like") and isinstance(value.args[0], gast.Name) and value.args[0].id in self.kinds:
                return tree.call("like", value.args[0], outside(value.args[1]))
            if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.keywords:
                # an object that is told by its attributes
                return tree.call(value.func, *value.args, **{k.arg: outside(k.value) for k in value.keywords})
            if isinstance(value, gast.Call) and len(value.args) == 1 and isinstance(value.args[0], gast.Starred):
                return tree.call(value.func, gast.Starred(outside(value.args[0].value), gast.Load()))
            if isinstance(value, gast.List):
                return gast.List([outside(v) for v in value.elts], gast.Load())
            if tree.is_call(value, "tuple"):
                return tree.call("tuple", outside(value.args[0]))
            told = isinstance(value, (gast.Name, gast.Attribute)) and tree.text(value) not in self.texts
            name = re.sub(r"\W+", "_", tree.text(value)) if told else f"part_{len(flat)}"
            self.slots.append(name if name not in self.slots else f"{name}_{len(flat)}")
            flat.append(value)
            return tree.name(self.slots[-1])

        self.result = outside(returns[0].value)
        self.core = copy.copy(self.function)
        self.core.body = [*self.function.body[:-1], gast.Return(tree.display(flat))]
        return True

    def with_members_for(self, apart: Apart, made: gast.FunctionDef) -> gast.FunctionDef:
        """Parameters and results for members, instead of containers."""
        made, fresh = copy.copy(made), apart.fresh
        read = {n.id for n in nodes_in(*made.body) if isinstance(n, gast.Name)}
        parameters: list[Any] = []
        for parameter in made.args.args:
            name = parameter.id
            if name not in apart.given:
                parameters.append(parameter)
                continue
            kind, text, parts = self.kinds.pop(name), self.texts.pop(name), apart.parts[name]
            for key in parts.keys:
                if fresh[name, key] in read:
                    found = member_kind(kind, key) or Unknown()
                    parameters.append(gast.Name(fresh[name, key], gast.Param(), None, None))
                    self.kinds[fresh[name, key]] = found
                    self.texts[fresh[name, key]] = read_member(text, key, parts.form)
        made.args = copy.copy(made.args)
        made.args.args = parameters
        returned: Any = made.body[-1]
        flat, slots, changes = [], [], {}
        for name, value in zip(self.slots, returned.value.elts):
            if isinstance(value, gast.Name) and value.id in apart.parts:
                parts = apart.parts[value.id]
                inner = [fresh[value.id, k] for k in parts.keys]
                changes[name] = put_together(parts, inner)
                slots += inner
                flat += [tree.name(n) for n in inner]
            else:
                slots.append(name)
                flat.append(value)
        self.slots = slots
        nodes = [n for n in nodes_in(self.result) if isinstance(n, gast.Name) and n.id in changes]
        self.result = tree.replace(self.result, {id(n): changes[n.id] for n in nodes})
        self.result = plainly(self.result)
        made.body = [*made.body[:-1], gast.Return(tree.display(flat))]
        return without_unread(made, set(fresh.values()))

    def around(self) -> gast.FunctionDef:
        """The function that is called from outside."""
        self.core.name = self.function.name + SUFFIX
        arguments = [self.texts[a.id] for a in self.core.args.args]
        called = tree.call(self.core.name, *arguments)
        taken = gast.Assign([tree.as_store(tree.display([tree.name(s) for s in self.slots]))], called, None)
        first = self.function.body[:1]
        about = first if isinstance(getattr(first[0], "value", None), gast.Constant) else []
        body = [*about, taken, gast.Return(self.result)]
        return gast.FunctionDef(self.function.name, self.function.args, body, [], None, None, [])


def read_member(container: gast.expr, key: Any, form: str) -> gast.expr:
    return tree.attribute(container, key) if form == "object" else tree.subscript(container, tree.constant(key))


def plainly(value: gast.expr) -> gast.expr:
    """`Pair(a, b)` for `Pair(*[a, b])`, `(a, b)` for `tuple([a, b])`."""
    changes: dict[int, gast.expr] = {}
    for call in nodes_in(value):
        given = call.args[-1] if isinstance(call, gast.Call) and call.args else None
        if isinstance(given, gast.Starred) and isinstance(given.value, gast.List):
            changes[id(call)] = tree.call(call.func, *map(plainly, given.value.elts))
        elif tree.is_call(call, "tuple") and isinstance(given, gast.List):
            changes[id(call)] = tree.display([plainly(v) for v in given.elts])
    return tree.replace(value, changes)  # type: ignore[no-any-return]


def put_together(parts: Parts, names: list[str]) -> gast.expr:
    values = [tree.name(n) for n in names]
    if parts.form == "dict":
        return gast.Dict([tree.constant(k) for k in parts.keys], values)
    if parts.form == "list":
        return gast.List(values, gast.Load())
    made = tree.attribute(tree.name("types"), "SimpleNamespace")
    return tree.call(made, **dict(zip(parts.keys, values)))


def is_around(function: Any, functions: list[Any]) -> bool:
    """Is this the function around a compiled one?"""
    return any(f.name == function.name + SUFFIX for f in functions)
