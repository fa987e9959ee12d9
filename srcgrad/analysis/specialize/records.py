"""What do the functions of `dataclasses`, named tuples' own methods and calls of enums give?"""

from __future__ import annotations

import copy
import dataclasses
import enum
import types
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import INT, Array, Bottom, Const, Dict, Kind, List, Object, Tuple, has_known_keys
from srcgrad.analysis.specialize.dict_methods import DictMethods
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.values import Value


class Records(DictMethods):
    """Objects taken apart by their fields, and put together again."""

    def on_fields(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind = args[0][0]
        cls = kind.value if isinstance(kind, Const) else getattr(kind, "cls", None)
        if not dataclasses.is_dataclass(cls):
            raise CannotTell("the fields of this")
        found = Tuple(tuple(Const(f) for f in dataclasses.fields(cls)))
        return found, self.rebuilt_call(node, residual, args, keywords)

    def on_replace(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`replace(p, x=a)` is `P(a, p.y)`."""
        kind, base = args[0]
        cls, given = self.dataclass_of(kind), {}
        for field in dataclasses.fields(cls):
            if not field.init and field.name in keywords:
                raise CannotTell(f"the field {field.name!r} is not given when a {cls.__name__} is made")
            if field.init:
                known = keywords.get(field.name)
                given[field.name] = known or self.field(kind, base, field.name, node)
        if unknown := set(keywords) - set(given):
            raise CannotTell(f"{cls.__name__} has no field {min(unknown)!r}")
        text = name_node(self.global_name(cls.__name__, cls), node)
        return self.construct(cls, text, [], given, node)

    def on_asdict(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.outline(*args[0], node, (), True)

    def on_astuple(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.outline(*args[0], node, (), False)

    def dataclass_of(self, kind: Kind) -> Any:
        if not isinstance(kind, Object) or not dataclasses.is_dataclass(kind.cls):
            raise CannotTell("which dataclass this is")
        return kind.cls

    def field(self, kind: Kind, base: gast.expr, name: str, node: gast.AST) -> Value:
        """`base.name`, in place of the expression at hand."""
        shell = self.memo(("field", id(node), name), lambda: gast.copy_location(gast.Constant(name, None), node))
        found, part = self.attribute(kind, self.place(kind, base, "part"), name, shell)
        return self.record(part, found), part

    def outline(self, kind: Kind, residual: gast.expr, node: gast.expr, path: tuple[Any, ...], as_dict: bool) -> Value:
        """A dataclass as a dict or a tuple of its fields, and so are those in its fields; containers are taken anew."""
        found, made = self.outlined(kind, residual, node, path, as_dict)
        return self.record(made, found), made

    def outlined(self, kind: Kind, residual: gast.expr, node: gast.expr, path: tuple[Any, ...], as_dict: bool) -> Value:
        shell: Any = self.memo(("outline", id(node), path), lambda: copy.copy(node))
        cls = getattr(kind, "cls", None)
        if isinstance(kind, Object) and dataclasses.is_dataclass(cls):
            parts: dict[Any, Value] = {
                f.name: self.field(kind, residual, f.name, shell) for f in dataclasses.fields(cls)
            }
        elif isinstance(kind, Dict) and has_known_keys(kind):
            parts = self.parts(kind, residual, shell)
        elif isinstance(kind, Tuple) or isinstance(kind, List) and kind.cell.items is not None:
            parts = dict(enumerate(self.members(kind, residual)))
        elif isinstance(kind, (List, Dict, Array)):
            return self.on_copy(residual, [(kind, residual)], {}, shell) or (kind, residual)
        elif isinstance(kind, Object):
            raise CannotTell(f"a copy of a {kind.cls.__name__}")
        else:
            return kind, residual
        done = {key: self.outline(*value, shell, (*path, key), as_dict) for key, value in parts.items()}
        if isinstance(kind, Dict) or isinstance(kind, Object) and as_dict:
            return self.dict_display(done, shell)
        if isinstance(kind, List):
            return self.list_display(list(done.values()), shell)
        if cls is not None and isinstance(kind, Tuple):
            return self.construct(
                cls, name_node(self.global_name(cls.__name__, cls), node), list(done.values()), {}, shell
            )
        return self.display(list(done.values()), shell)

    def on_namespace(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`SimpleNamespace(x=a)`: an object, and its attributes."""
        if args:
            raise CannotTell("the attributes of this namespace")
        kind, place = self.new_object(types.SimpleNamespace, residual, node)
        for name, value in keywords.items():
            self.put_attribute(kind, place, name, value, node)
        return kind, place

    # Named tuples

    def namedtuple_method(
        self, kind: Tuple, base: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        cls: Any = kind.cls
        members = dict(zip(cls._fields, self.members(kind, base)))
        if name == "_replace":
            members.update(keywords)
            return self.construct(cls, name_node(self.global_name(cls.__name__, cls), node), [], members, node)
        if name == "_asdict":
            return self.dict_display(members, node)
        attribute = self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        return INT, self.rebuilt_call(node, attribute, args, keywords)

    def make_namedtuple(self, cls: type, args: list[Value], residual: gast.expr, node: gast.expr) -> Value:
        """`Point._make([x, y])`"""
        text = name_node(self.global_name(cls.__name__, cls), node)
        members = self.known_members(*args[0])
        if members is None:
            kind, items = self.listed(args[0], node)
            members = [(kind, self.keep(gast.copy_location(gast.Starred(items, gast.Load()), node)))]
        return self.construct(cls, text, members, {}, node)

    # Enums

    def enum_member(
        self, cls: type[enum.Enum], residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """`Color(1)`"""
        call = self.rebuilt_call(node, residual, args, keywords)
        if any(isinstance(k, Bottom) for k, _ in args):
            return Bottom(), call
        if len(args) != 1 or not isinstance(args[0][0], Const):
            raise CannotTell(f"which {cls.__name__} this is")
        try:
            return Const(cls(args[0][0].value)), call
        except ValueError as error:
            raise CannotTell(str(error)) from error

    def enum_members(self, cls: type[enum.Enum], node: gast.AST) -> list[Value]:
        """`Color.RED, Color.GREEN`, over which `for color in Color` runs."""
        text = name_node(self.global_name(cls.__name__, cls), node)
        self.record(text, Const(cls))
        found: list[Value] = []
        for member in cls:
            part = self.keep(gast.copy_location(gast.Attribute(text, member.name, gast.Load()), node))
            found.append((self.record(part, Const(member)), part))
        return found


HANDLERS: dict[Any, str] = {
    dataclasses.fields: "on_fields", dataclasses.replace: "on_replace", dataclasses.asdict: "on_asdict",
    dataclasses.astuple: "on_astuple", types.SimpleNamespace: "on_namespace",
}  # fmt: skip
