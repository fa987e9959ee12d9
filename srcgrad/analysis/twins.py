"""Which names have a tangent beside them?  Those that vary somewhere, and those through which such memory is seen.

A tangent shares memory with another as the values do, so where a varied value is stored into an array, every name that
may share the array's memory has a tangent too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gast

from srcgrad.analysis.alias import Alias
from srcgrad.analysis.kinds import (
    Array,
    Closure,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Tuple,
    is_memory,
    is_scalar,
    varied,
)
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in

Key = tuple[int, str]
RESULT = "@result"


class Groups:
    """Sets that are joined: union and find."""

    def __init__(self) -> None:
        self.parent: dict[Key, Key] = {}

    def find(self, key: Key) -> Key:
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def join(self, a: Key, b: Key) -> None:
        self.parent[self.find(a)] = self.find(b)


class Twins:
    """The answer, for all functions of a family together."""

    def __init__(
        self, functions: list[core.Function], kinds: dict[int, Any], walk: Callable[[list[core.Step]], list[core.Step]]
    ) -> None:
        self.functions, self.kinds, self.walk = functions, kinds, walk
        self.groups = Groups()
        self.active: dict[int, set[str]] = {}
        self.memory: dict[int, set[str]] = {}
        self.sources: dict[int, Alias] = {}
        self.attributes: set[str] = set()  # attributes that vary in some object
        varied_stores: list[Key] = []
        all_stores: list[Key] = []
        for function in functions:
            self.sources[id(function)] = Alias(function, [], {}, kinds[id(function)])
            self.look(function)
        for function in functions:
            self.link(function, varied_stores, all_stores)
        self.mixed = {self.groups.find(k) for k in varied_stores}
        self.stored = {self.groups.find(k) for k in all_stores}
        self.by_layout: set[Key] = set()
        for function in functions:
            self.note_layout(function)
        for function in functions:
            for name in self.memory[id(function)]:
                if self.groups.find((id(function), name)) in self.mixed:
                    self.active[id(function)].add(name)

    # Questions

    def has_tangent(self, function: core.Function, name: str) -> bool:
        return name in self.active[id(function)]

    def must_share(self, function: core.Function, names: Iterable[str]) -> bool:
        """Is a varied value stored into memory that one of these names may refer to?"""
        return any(self.groups.find((id(function), n)) in self.mixed for n in names)

    def is_stored(self, function: core.Function, names: Iterable[str]) -> bool:
        """Is anything stored into an array that one of these names may refer to?"""
        return any(self.groups.find((id(function), n)) in self.stored for n in names)

    def layout_matters(self, function: core.Function, names: Iterable[str]) -> bool:
        """Is it the layout of this memory that decides what is a view of it, and is it stored into?"""
        return any(self.groups.find((id(function), n)) in self.by_layout for n in names)

    def same_memory(self, function: core.Function, name: str) -> set[str]:
        """The names that may share memory with this one, and itself."""
        root = self.groups.find((id(function), name))
        names = self.memory[id(function)]
        return {name} | {n for n in names if self.groups.find((id(function), n)) == root}

    def tangent_params(self, function: core.Function) -> list[int]:
        """The parameters whose tangents are given."""
        found = []
        for i, param in enumerate(function.params):
            kind = self.kinds[id(function)].of(param)
            shared = param.id in self.active[id(function)] and is_memory(kind)
            if varied(kind) or (shared and self.must_share(function, [param.id])):
                found.append(i)
        return found

    def has_result(self, function: core.Function) -> bool:
        """Does the function return a tangent?"""
        if function.result is None or not may_vary(function.result):
            return False
        last = function.steps[-1] if function.steps else None
        if varied(function.result):
            return True
        if isinstance(last, core.Return) and varied(self.kinds[id(function)].of(last.value)):
            return True
        return is_memory(function.result) and self.must_share(function, [RESULT])

    def is_called_with_tangents(self, function: core.Function) -> bool:
        return bool(self.tangent_params(function)) or self.has_result(function)

    def names_behind(self, function: core.Function, node: gast.expr) -> set[str]:
        """The names whose memory an expression's value may be, or hold."""
        source = self.sources[id(function)].source(node)
        return {name for name, _ in source.self | source.inner}

    # Looking

    def look(self, function: core.Function) -> None:
        active: set[str] = set()
        memory: set[str] = set()

        def note(node: gast.AST) -> None:
            kind = function.kinds.get(id(node))
            if kind is None:
                return
            if isinstance(node, gast.Name):
                if varied(kind):
                    active.add(node.id)
                if is_memory(kind) and may_vary(kind):
                    memory.add(node.id)
            elif isinstance(node, gast.Attribute) and varied(kind):
                self.attributes.add(node.attr)

        for param in function.params:
            note(param)
        for step in self.walk(function.steps):
            for node in trees_of(step):
                for inner in nodes_in(node):
                    note(inner)
        self.active[id(function)], self.memory[id(function)] = active, memory

    def note_layout(self, function: core.Function) -> None:
        """`np.reshape(a, shape)` is a view for some layouts of a, and a copy for others."""
        for step in self.walk(function.steps):
            for node in (n for t in trees_of(step) for n in nodes_in(t)):
                if not isinstance(node, gast.expr) or not depends_on_layout(function, node):
                    continue
                behind = self.names_behind(function, node)
                if self.is_stored(function, behind):
                    found = {self.groups.find((id(function), n)) for n in behind}
                    self.by_layout |= found

    # Linking

    def link(self, function: core.Function, varied_stores: list[Key], all_stores: list[Key]) -> None:
        kinds = self.kinds[id(function)]
        me = id(function)

        def join_all(name: str, others: Iterable[str]) -> None:
            for other in others:
                self.groups.join((me, name), (me, other))

        for step in self.walk(function.steps):
            if isinstance(step, core.Assign):
                display = isinstance(step.value, (gast.Tuple, gast.List))
                if display and 1 < len(step.targets) == len(step.value.elts):
                    pairs = list(zip(step.targets, step.value.elts))
                else:
                    pairs = [(t, step.value) for t in step.targets]
                for target, value in pairs:
                    if is_memory(kinds.of(target)):
                        join_all(target.id, self.names_behind(function, value))
            elif isinstance(step, core.Store):
                root = tree.root(step.target)
                if root is None:
                    continue
                if into_array(step, kinds):
                    all_stores.append((me, root))
                    if varied(kinds.of(step.value)):
                        varied_stores.append((me, root))
                elif is_memory(kinds.of(step.value)):
                    join_all(root, self.names_behind(function, step.value))
            elif isinstance(step, core.ListOp):
                root = tree.root(step.place)
                if root is None:
                    continue
                for arg in step.args:
                    if is_memory(kinds.of(arg)):
                        join_all(root, self.names_behind(function, arg))
                if step.target is not None and is_memory(kinds.of(step.target)):
                    join_all(step.target.id, [root])
            elif isinstance(step, core.For):
                if is_memory(kinds.of(step.target)):
                    join_all(step.target.id, self.names_behind(function, step.iterable))
            elif isinstance(step, core.Call):
                self.link_call(function, step, kinds)
            elif isinstance(step, core.Return) and is_memory(kinds.of(step.value)):
                join_all(RESULT, self.names_behind(function, step.value))

    def link_call(self, function: core.Function, step: core.Call, kinds: Any) -> None:
        me, callee = id(function), id(step.callee)
        for param, arg in zip(step.callee.params, step.args):
            if is_memory(kinds.of(arg)):
                for name in self.names_behind(function, arg):
                    self.groups.join((callee, param.id), (me, name))
        for target in step.targets:
            if is_memory(kinds.of(target)):
                self.groups.join((callee, RESULT), (me, target.id))


def depends_on_layout(function: core.Function, node: gast.expr) -> bool:
    match = function.matches.get(id(node))
    if match is not None:
        return (match.rule.shares or "").endswith("?")
    name = getattr(getattr(node, "func", None), "attr", "")
    return isinstance(node, gast.Call) and name in ("reshape", "ravel")


def into_array(step: core.Store, kinds: Any) -> bool:
    """Is an array's memory written, rather than a slot of a container bound anew?"""
    place = step.target
    if isinstance(place, gast.Name):
        return True
    if not isinstance(kinds.of(place.value), (List, Dict, Object)):  # type: ignore[attr-defined]
        return True
    return bool(step.op) and not is_scalar(kinds.of(place))


def may_vary(kind: Kind, seen: frozenset[int] = frozenset()) -> bool:
    """Can a value of this kind hold a float?"""
    if isinstance(kind, (Number, Array)):
        return kind.dtype.kind in "fc"
    if isinstance(kind, Tuple):
        return any(may_vary(k, seen) for k in kind.items)
    if isinstance(kind, (List, Dict, Object)):
        if id(kind.cell) in seen:
            return False
        seen = seen | {id(kind.cell)}
        return any(may_vary(k, seen) for k in kind.cell.members())
    if isinstance(kind, OneOf):
        return any(may_vary(k, seen) for k in kind.options)
    if isinstance(kind, Closure):
        return any(may_vary(k, seen) for _, k in kind.captured)
    return False


def trees_of(step: core.Step) -> Iterator[gast.AST]:
    """The trees of a step itself, without those of the blocks in it."""
    if isinstance(step, core.Assign):
        yield from step.targets
        yield step.value
    elif isinstance(step, core.Store):
        yield step.target
        yield step.value
    elif isinstance(step, core.ListOp):
        yield step.place
        yield from step.args
        if step.target is not None:
            yield step.target
    elif isinstance(step, core.Call):
        yield from step.targets
        yield from step.args
    elif isinstance(step, (core.If, core.While)):
        yield step.test
    elif isinstance(step, core.For):
        yield step.target
        yield step.iterable
    elif isinstance(step, core.With):
        for item in step.items:
            yield item.context_expr
    elif isinstance(step, core.Return):
        yield step.value


__all__ = ["RESULT", "Twins", "into_array", "may_vary", "trees_of"]
