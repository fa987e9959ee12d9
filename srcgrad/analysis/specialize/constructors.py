"""What does making an object give?"""

from __future__ import annotations

import builtins
import copy
import dataclasses
import enum
import functools
import inspect
import types
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Cell, Const, Object, Text, Tuple, Unknown, holds_text, varied
from srcgrad.analysis.specialize.calls import Calls
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.syntax import free_names, rename_in_place, stored_names
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry

MISSING = object()


def possible_types(kind: Any) -> list[type]:
    """The types that a number may have where numbers of several types meet, or become an array."""
    import numpy as np

    from srcgrad.analysis.kinds import Number

    numbers: list[type] = [bool, int, float, complex]
    if isinstance(kind, Number):
        found = numbers[: 1 + "biufc".replace("u", "").index(kind.dtype.kind.replace("u", "i"))]
        return found if kind.weak else [*found, kind.dtype.type]
    return [*numbers, kind.dtype.type, np.ndarray]


def is_generated(found: Any) -> bool:
    """A method that has no source of its own, such as the __init__ of a dataclass."""
    code = getattr(found, "__code__", None)
    return code is None or code.co_filename == "<string>"


def residual_method(frame: Any, cls: type, name: str, node: gast.AST) -> gast.expr:
    """`Class.method`, by which generated code calls a method whose object is passed as an argument."""
    text = name_node(frame.global_name(cls.__name__, cls), node)
    frame.record(text, Const(cls))
    method = gast.copy_location(gast.Attribute(text, name, gast.Load()), node)
    if isinstance(inspect.getattr_static(cls, name, None), property):
        part = "fset" if isinstance(node, gast.stmt) else "fget"
        method = gast.copy_location(gast.Attribute(method, part, gast.Load()), node)
    return frame.keep(method)


@functools.cache
def record_rule(cls: type, count: int) -> Any:
    """The rule of a NamedTuple's constructor: each member's adjoint is a member of the adjoint."""
    names = [f"a{i}" for i in range(count)]
    registry.rule(
        f"y = {cls.__name__}({', '.join(names)})",
        tangent=f"y_dot = {cls.__name__}({', '.join(n + '_dot' for n in names)})",
        adjoint=[f"{n}_bar += y_bar[{i}]" for i, n in enumerate(names)],
        functions={cls.__name__: cls},
    )
    rules = registry.rules_for(cls)
    assert rules is not None, "it has just been entered"
    return rules[-1]


class Constructors(Calls):
    """Objects, dataclasses and named tuples as they are made."""

    def construct(
        self, cls: type, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        if issubclass(cls, BaseException):
            values = [k for k, _ in [*args, *keywords.values()]]
            made = Text() if any(varied(k) or holds_text(k) for k in values) else Unknown()
            return made, self.rebuilt_call(node, residual, args, keywords)
        if issubclass(cls, enum.Enum):
            return self.enum_member(cls, residual, args, keywords, node)
        text = self.canonical(cls, residual, node)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self.construct_record(
                cls, text, args, keywords, node, list(cls._fields), dict(getattr(cls, "_field_defaults", {}))
            )
        if self.class_attribute(cls, "__new__") is not object.__new__:
            raise CannotTell(f"how {cls.__name__} is made: it defines __new__")
        init = self.class_attribute(cls, "__init__")
        if dataclasses.is_dataclass(cls) and is_generated(init):
            return self.construct_dataclass(cls, text, args, keywords, node)
        kind, place = self.new_object(cls, text, node)
        definition = self.definition_of(init) if isinstance(init, types.FunctionType) else None
        self.fill_defaults(kind, place, assigned_at_once(definition), node)
        if definition is not None:
            if self.can_inline(definition):
                self.inline(definition, [(kind, place), *args], keywords, node)
                return kind, place
            before = len(self.block)
            method = residual_method(self, cls, "__init__", node)
            self.call_function(init, method, [(kind, place), *args], keywords, node)
            if len(self.block) > before:
                self.drop_target()
        elif args or keywords:
            raise CannotTell(f"how {cls.__name__} is made")
        return kind, place

    def fill_defaults(self, kind: Object, place: gast.Name, assigned: set[str], node: gast.expr) -> None:
        """A default in the class of what is assigned somewhere is the object's own from the start.

        Before: class Sum: total = 0.0 ... s = Sum(); s.total += x
        After:  s = Sum.__new__(Sum); s.total = 0.0; s.total += x
        """
        for name in [n for n in kind.cell.keys if n not in assigned]:
            found = self.class_attribute(kind.cls, name)
            if found is MISSING or hasattr(type(found), "__get__"):
                continue  # methods, properties and slots
            path = f"{self.facts.name_value(kind.cls, kind.cls.__name__)}.{name}"
            self.put_attribute(kind, place, name, self.outside_value(found, path, name, node), node)
            self.session.filled.append((kind, name))

    def new_object(self, cls: type, text: gast.expr, node: gast.expr) -> tuple[Object, gast.Name]:
        """`p = P.__new__(P)`, or `types.SimpleNamespace()`: an object that holds nothing yet."""
        kind = Object(cls, self.session.cell("object", id(node), self.copies))
        attribute = self.keep(gast.copy_location(gast.Attribute(text, "__new__", gast.Load()), node))
        call = gast.Call(text, [], []) if cls is types.SimpleNamespace else gast.Call(attribute, [text], [])
        made = self.memo(("new", id(node)), lambda: gast.copy_location(call, node))
        made = self.keep(made)
        self.record(made, Object(cls, Cell()))
        self.record(text, Const(cls))
        self.record(attribute, Unknown())
        name = self.temporary(node, cls.__name__.lower())
        self.emit(self.assign(name, made, kind, node))
        self.env[name] = kind
        place = self.keep(name_node(name, node))
        self.record(place, kind)
        return kind, place

    def put_attribute(self, kind: Object, place: gast.Name, name: str, value: Value, node: gast.AST) -> None:
        """`p.x = value`, of an object that is being made."""
        slot = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Store()), node))
        self.session.put_key(kind.cell, name, value[0])
        self.record(slot, kind.cell.keys[name])
        self.emit(core.Store(node.lineno, slot, "", value[1]))

    def can_inline(self, definition: Definition) -> bool:
        """Is a function a list of assignments that mean the same here?"""
        *body, last = definition.tree.body
        plain = all(isinstance(s, (gast.Assign, gast.AugAssign, gast.Expr, gast.Pass)) for s in body)
        returns = isinstance(last, gast.Return) and (last.value is None or isinstance(last.value, gast.Constant))
        if not plain or not returns or definition.tree.args.vararg or definition.tree.args.kwarg:
            return False
        nodes = [n for s in body for n in nodes_in(s)]
        if any(
            isinstance(n, (gast.Lambda, gast.ListComp, gast.DictComp, gast.GeneratorExp, gast.SetComp)) for n in nodes
        ):
            return False
        if any(isinstance(n, gast.Name) and n.id in ("super", "__class__") for n in nodes):
            return False
        here = self.definition_of_frame
        taken = {*definition.globals, *here.globals, *here.cells, *self.local_names}
        same = definition.globals is here.globals or not any(
            name in taken or not hasattr(builtins, name) for name in free_names(definition.tree)
        )
        return same and not definition.cells

    def inline(self, definition: Definition, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> None:
        """The assignments of a function in place of its call; its variables get names of their own."""
        bound = self.bind_arguments(definition, {}, args, keywords, node)
        names = stored_names(definition.tree)
        changes = self.memo(("inline", id(node)), lambda: {n: self.names.fresh(n) for n in sorted(names)})
        for name, (kind, residual) in bound:
            if isinstance(residual, gast.Name) and residual.id in self.env:
                changes[name] = residual.id
                continue
            self.emit(self.assign(changes[name], residual, kind, node))
            self.env[changes[name]] = kind
            self.local_names.add(changes[name])

        def copied() -> list[gast.stmt]:
            body = copy.deepcopy(definition.tree.body[:-1])
            for statement in body:
                rename_in_place(statement, changes)
                for part in nodes_in(statement):
                    if hasattr(part, "lineno"):
                        gast.copy_location(part, node)
            return body

        self.local_names |= set(changes.values())
        self.execute(self.memo(("inlined", id(node), tuple(changes.items())), copied))

    def construct_record(
        self,
        cls: type,
        text: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        fields: list[str],
        defaults: dict[str, Any],
    ) -> Value:
        """A NamedTuple: a tuple with names."""
        bound = self.bound_fields(cls, fields, bool(defaults), args, keywords, node)
        for field in fields:
            if field not in bound:
                if field not in defaults:
                    raise CannotTell(f"{cls.__name__} needs {field!r}")
                name = self.facts.name_value(cls, cls.__name__)
                bound[field] = self.outside_value(defaults[field], f"{name}._field_defaults[{field!r}]", field, node)
        kind = Tuple(tuple(bound[f][0] for f in fields), cls)
        if registry.is_stand_in(cls):
            return kind, self.keep(gast.copy_location(gast.Tuple([bound[f][1] for f in fields], gast.Load()), node))
        call = self.keep(gast.copy_location(gast.Call(text, [bound[f][1] for f in fields], []), node))
        self.record(self.keep(text), Const(cls))
        if varied(kind):
            rule = record_rule(cls, len(fields))
            self.function.matches[id(call)] = core.Match(rule, {f"a{i}": bound[f][1] for i, f in enumerate(fields)})
        return kind, call

    def bound_fields(
        self,
        cls: type,
        fields: list[str],
        open_ended: bool,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> dict[str, Value]:
        if any(isinstance(r, gast.Starred) for _, r in args):
            args, _ = self.spread(cls.__name__, fields, open_ended or bool(keywords), None, args, node)
        return {**dict(zip(fields, args)), **keywords}

    def construct_dataclass(
        self, cls: type, text: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        fields = [f for f in dataclasses.fields(cls) if f.init]
        plain = all(f.default is f.default_factory is dataclasses.MISSING and not f.kw_only for f in fields)
        bound = self.bound_fields(cls, [f.name for f in fields], not plain, args, keywords, node)
        cell = self.session.cell("object", id(node), self.copies)
        kind = Object(cls, cell)
        name = self.facts.name_value(cls, cls.__name__)
        for field in fields:
            if field.name not in bound:
                if field.default is dataclasses.MISSING:
                    if field.default_factory is dataclasses.MISSING:
                        raise CannotTell(f"{cls.__name__} needs {field.name!r}")
                    factory = self.keep(constant_node(None, node))
                    bound[field.name] = self.call_constant(field.default_factory, factory, [], {}, node)
                    continue
                path = f"{name}.__dataclass_fields__[{field.name!r}].default"
                bound[field.name] = self.outside_value(field.default, path, field.name, node)
        _, place = self.new_object(cls, text, node)
        self.fill_defaults(kind, place, set(bound), node)
        for field in fields:
            self.put_attribute(kind, place, field.name, bound[field.name], node)
        post = self.class_attribute(cls, "__post_init__")
        if isinstance(post, types.FunctionType):
            before = len(self.block)
            self.call_function(post, residual_method(self, cls, "__post_init__", node), [(kind, place)], {}, node)
            if len(self.block) > before:
                self.drop_target()
        return kind, place


def assigned_at_once(init: Definition | None) -> set[str]:
    """The attributes that `__init__` sets whatever else it does."""
    if init is None:
        return set()
    own = [a.id for a in init.tree.args.args[:1]]
    targets = [t for s in init.tree.body if isinstance(s, gast.Assign) for t in s.targets]
    targets += [s.target for s in init.tree.body if isinstance(s, gast.AnnAssign) and s.value is not None]
    attributes = [t for t in targets if isinstance(t, gast.Attribute) and isinstance(t.value, gast.Name)]
    return {t.attr for t in attributes if [t.value.id] == own}
