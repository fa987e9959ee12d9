"""What does an attribute give?"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Object,
    OneOf,
    Text,
    Tuple,
    Unknown,
    is_number,
    set_varied,
    varied,
)
from srcgrad.analysis.specialize.definitions import Super
from srcgrad.analysis.specialize.lift import guard_member, guard_module, lift
from srcgrad.analysis.specialize.masks import Masks
from srcgrad.analysis.specialize.session import constant_node
from srcgrad.rules import registry

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.values import Value


class Attributes(Masks):
    """The visitor of attributes."""

    def visit_Attribute(self, node: gast.Attribute) -> Value:
        kind, base = self.evaluate(node.value)
        return self.attribute(kind, base, node.attr, node)

    def attribute(self, kind: Kind, base: gast.expr, name: str, node: gast.expr) -> Value:
        if isinstance(kind, Object):
            return self.object_attribute(kind, base, name, node)
        if isinstance(kind, Super):
            return self.super_attribute(kind, name, node)
        if isinstance(kind, OneOf):
            objects = [k for k in kind.options if isinstance(k, (Object, Tuple))]
            if len(objects) == 1:
                return self.attribute(objects[0], base, name, node)
            if objects:
                return self.attribute_of_each(kind, base, name, node)
            numbers = [k for k in kind.options if is_number(k)]
            if len(numbers) == 1:
                return self.attribute(numbers[0], base, name, node)
        if isinstance(kind, Tuple) and kind.cls is not None:
            if name in kind.cls._fields:  # type: ignore[attr-defined]
                position = kind.cls._fields.index(name)  # type: ignore[attr-defined]
                index = self.keep(constant_node(position, node))
                self.record(index, Const(position))
                place = self.place(kind, base, "part")
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                return kind.items[position], part
            return self.object_attribute(kind, base, name, node)
        same = isinstance(node, gast.Attribute) and base is node.value
        residual = node if same else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        if isinstance(kind, Const):
            return self.constant_attribute(kind, base, name, residual, node)
        if isinstance(kind, Closure):
            return self.attribute_of_function(kind, base, name, node)
        if (
            isinstance(kind, (List, Dict))
            and name != "__getitem__"
            and hasattr(list if isinstance(kind, List) else dict, name)
        ):
            return self.method_value((kind, base), name, node)
        if is_number(kind):
            return self.number_attribute(kind, base, name, residual, node)
        if isinstance(kind, Bottom):
            return Bottom(), residual
        if isinstance(kind, Iterable) and name in ("start", "stop", "step"):
            return INT, residual
        if isinstance(kind, Unknown) or name == "__getitem__":
            return (kind if isinstance(kind, Text) else Unknown()), residual
        raise CannotTell(f"the attribute {name!r} of this")

    def attribute_of_each(self, kind: OneOf, base: gast.expr, name: str, node: gast.expr) -> Value:
        """An attribute of one of a few objects: all may hold it, or their classes compute it in their own ways."""
        held = [self.stored_attribute(k, name) if isinstance(k, Object) else None for k in self.able(kind)]
        computed = any(
            isinstance(self.class_attribute(k.cls, name), property) for k in kind.options if isinstance(k, Object)
        )
        if None in held or computed:
            return self.of_each(kind, base, node, lambda o, place, way: self.attribute(o, place, name, way))
        place = self.place(kind, base, "part")
        part = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
        return self.session.told_apart(
            self.session.together([k for k in held if k is not None]), id(node), self.copies
        ), part

    def number_attribute(self, kind: Kind, base: gast.expr, name: str, residual: gast.expr, node: gast.expr) -> Value:
        self.at(node)
        result = self.infer.attribute(kind, name)
        if result is None and isinstance(kind, Array) and callable(getattr(np.ndarray, name, None)):
            return self.method_value((kind, base), name, node)
        if result is None:
            if varied(kind) and name != "flags":
                raise self.no_attribute_rule(name, node)
            return Unknown(), residual
        if not varied(kind) or name in ("shape", "ndim", "size", "dtype", "nbytes", "itemsize"):
            return set_varied(result, False), residual
        if varied(result):
            rewriting = registry.attribute_for(np.ndarray, name)
            if rewriting is None:
                raise self.no_attribute_rule(name, node)
            self.match_method(residual, rewriting, (kind, base), [], {}, node, f"the attribute {name!r}")
        return result, residual

    def no_attribute_rule(self, name: str, node: gast.expr) -> Exception:
        advice = "compute with the array itself, or use srcgrad.stop_gradient(...) on it"
        return self.refusal("E204", f"the attribute {name!r} of an array has no derivative rule", node, advice)

    def constant_attribute(
        self, kind: Const, base: gast.expr, name: str, residual: gast.expr, node: gast.expr
    ) -> Value:
        value = kind.value
        try:
            found = getattr(value, name)
        except AttributeError as error:
            raise CannotTell(str(error)) from error
        if isinstance(value, type):
            guard_member(self.session, value, name)
        if isinstance(value, types.ModuleType):
            guard_module(self.session, value, name)
        if isinstance(found, (types.ModuleType, type)) or callable(found) or found is np.s_ or found is np.index_exp:
            return Const(found), residual
        if (
            isinstance(value, types.ModuleType)
            and isinstance(found, (int, float, complex))
            and value.__name__ in ("math", "numpy", "cmath")
        ):
            return Const(found), residual
        if isinstance(value, (types.ModuleType, type)):
            if isinstance(value, type) and isinstance(found, property):
                return Unknown(), residual
            path = f"{self.facts.name_value(value, getattr(value, '__name__', 'module').replace('.', '_'))}.{name}"
            return lift(self.session, found, path), residual
        if isinstance(found, (int, float, complex, str, bool, type(None), np.dtype)):
            return Const(found), residual
        return Unknown(), residual
