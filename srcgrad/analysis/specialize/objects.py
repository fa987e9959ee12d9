"""What do objects, their attributes and methods give?"""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import types
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import UNLIKE, Bottom, Closure, Const, Kind, Object, Tuple, Unknown, is_scalar, varied
from srcgrad.analysis.specialize.constructors import (
    MISSING,
    is_generated,
    possible_types,
    residual_method,
)
from srcgrad.analysis.specialize.data_objects import DataObjects
from srcgrad.analysis.specialize.definitions import Super
from srcgrad.analysis.specialize.lift import guard_member, lift
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.rules import registry

PLAIN = (object.__setattr__, types.SimpleNamespace.__setattr__, MISSING)  # an assignment is no more than that


class Objects(DataObjects):
    """Attributes, methods, properties, constructors."""

    def class_attribute(self, cls: type, name: str) -> Any:
        found = inspect.getattr_static(cls, name, MISSING)
        if isinstance(found, (types.FunctionType, property, staticmethod, classmethod)):
            guard_member(self.session, cls, name)
        return found

    def has_method(self, kind: Kind, name: str) -> bool:
        cls = type(kind.value) if isinstance(kind, Const) and isinstance(kind.value, enum.Enum) else None
        cls = kind.cls if isinstance(kind, (Object, Tuple)) else cls
        found = self.class_attribute(cls, name) if cls is not None and name else None
        return isinstance(found, (types.FunctionType, staticmethod, classmethod)) and not is_generated(found)

    def stored_attribute(self, kind: Object, name: str) -> Kind | None:
        """The attribute an object holds itself; None if it has none."""
        cell = kind.cell
        if cell.read is not None:
            found = cell.read(name)
            if found is not None and name not in cell.keys:
                cell.keys[name] = found
        return cell.keys.get(name)

    def object_attribute(self, kind: Any, base: gast.expr, name: str, node: gast.expr) -> Value:
        cls = kind.cls
        if self.is_data(kind):
            return self.data_attribute(kind, base, name, node)
        same = isinstance(node, gast.Attribute) and base is node.value
        residual = node if same else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        found = self.class_attribute(cls, name)
        if isinstance(found, property):
            if found.fget is None:
                raise CannotTell(f"the property {name!r} can't be read")
            result = self.call_function(
                found.fget,  # type: ignore[arg-type]
                residual_method(self, cls, name, node),
                [(kind, base)],
                {},
                node,
            )
            return self.not_raised(cls, name, result, node)
        cached = isinstance(found, functools.cached_property) and isinstance(kind, Object)
        # Generated code has computed it by a statement of its own, and reads what is held.
        if cached and not self.definition_of_frame.generated:
            base = self.fill_cached(kind, base, name, found, node)
            residual = self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        if isinstance(kind, Object):
            held = self.stored_attribute(kind, name)
            if held is not None:
                self.check_not_computed(kind, name, node)
                if varied(held) or isinstance(held, Object):
                    place = self.place(kind, base, "part")
                    if place is not base:
                        residual = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
                return self.session.told_apart(held, id(node), self.copies), residual
        if cached:
            return Bottom(), residual
        if name == "__class__":
            return Const(cls), residual
        if name == "__dict__":
            self.check_own(kind, node)
        if found is MISSING:
            if self.class_attribute(cls, "__getattr__") is not MISSING and isinstance(kind, Object):
                self.session.computed.append((kind, name))
                asked = (Const(name), self.constant(name, node))
                return self.call_method(kind, base, "__getattr__", [asked], {}, node)
            if isinstance(kind, Object) and kind.cell.read is None:
                return Bottom(), residual
            raise CannotTell(f"the attribute {name!r} of {cls.__name__}")
        if isinstance(found, staticmethod):
            return Const(found.__func__), residual_method(self, cls, name, node)
        if isinstance(found, classmethod):
            return Const(self.session.shared_memo((cls, name), lambda: getattr(cls, name))), residual
        if isinstance(found, types.FunctionType):
            return self.method_value((kind, base), name, node)
        if isinstance(found, (types.MemberDescriptorType, types.GetSetDescriptorType)):
            return Unknown(), residual
        path = f"{self.facts.name_value(cls, cls.__name__)}.{name}"
        if not hasattr(cls, name):
            raise CannotTell(f"the attribute {name!r} of {cls.__name__}, which is computed")
        value = lift(self.session, getattr(cls, name), path)
        return value, residual

    def fill_cached(
        self, kind: Object, base: gast.expr, name: str, found: functools.cached_property[Any], node: gast.expr
    ) -> gast.expr:
        """The first one who reads a cached property computes it, and it is an attribute from then on."""
        place = self.place(kind, base, "part")
        text = name_node(self.global_name(kind.cls.__name__, kind.cls), node)
        method = self.keep(gast.copy_location(gast.Attribute(text, name, gast.Load()), node))
        function = self.keep(gast.copy_location(gast.Attribute(method, "func", gast.Load()), node))
        self.record(function, Const(found.func))
        target = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Store()), node))

        def compute() -> Value:
            value = self.call_constant(found.func, function, [(kind, place)], {}, node)
            self.session.put_key(kind.cell, name, value[0])
            self.record(target, kind.cell.keys[name])
            self.emit(core.Store(node.lineno, target, "", value[1]))
            return value

        _, _, steps = self.aside(compute)
        called = gast.Call(name_node("vars", node), [place], [])
        test = gast.Compare(self.constant(name, node), [gast.NotIn()], [called])
        for part in (called, test):
            self.record(self.keep(gast.copy_location(part, node)), Unknown())
        self.emit(core.If(node.lineno, test, steps, []))
        return place

    def check_own(self, kind: Kind, node: gast.AST, asked: str | None = None) -> None:
        """What an object holds itself (or does it hold `asked`?) differs by the defaults of its class that fill it."""
        name = next((n for one, n in self.session.filled if kind == one and asked in (None, n)), None)
        if name is not None and not self.definition_of_frame.generated:
            raise self.refusal(
                "E302",
                f"a question for the attributes that an object holds itself, of which {name!r} has a default in its class",
                node,
                f"set {name!r} in __init__",
            )

    def check_not_computed(self, kind: Object, name: str, node: gast.AST) -> None:
        """An attribute that __getattr__ computes until it is set would have to be asked for when the program runs."""
        if any(name == other and kind == one for one, other in self.session.computed):
            raise self.refusal(
                "E302",
                f"{kind.cls.__name__} computes its attribute {name!r}, until it is set",
                node,
                "set it when the object is made, or pass its value",
            )

    def setter(self, kind: Object, name: str) -> Any:
        if self.class_attribute(kind.cls, "__setattr__") not in PLAIN:
            found = self.class_attribute(kind.cls, "__setattr__")
            if not (dataclasses.is_dataclass(kind.cls) and is_generated(found)):
                raise CannotTell(f"what {kind.cls.__name__}.__setattr__ does")
        found = self.class_attribute(kind.cls, name)
        return found if isinstance(found, property) else None

    def call_property_setter(self, kind: Object, base: gast.expr, name: str, value: Value, statement: gast.AST) -> None:
        found = self.class_attribute(kind.cls, name)
        if found.fset is None:
            raise CannotTell(f"the property {name!r} can't be set")
        self.call_function(
            found.fset, residual_method(self, kind.cls, name, statement), [(kind, base), value], {}, statement
        )  # type: ignore[arg-type]
        self.drop_target()

    def drop_target(self) -> None:
        """The result of the call just made is not used; one that holds differentiable memory keeps its name."""
        call = self.block[-1] if self.block else None
        if isinstance(call, core.Call) and len(call.targets) == 1:
            kind = self.function.kinds[id(call.targets[0])]
            if is_scalar(kind) or not varied(kind):
                call.targets = []

    def call_method(
        self, kind: Any, base: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        cls = kind.cls
        if self.is_data(kind):
            return self.data_method(kind, base, name, args, keywords, node)
        if isinstance(kind, Object):
            # an object's own attribute comes before a method; operators are asked of the class
            special = name.startswith("__") and name.endswith("__")
            found = self.class_attribute(cls, name)
            own = not special and not isinstance(found, property)
            held = self.stored_attribute(kind, name) if own or found is MISSING else None
            if held is not None:
                part = self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
                self.record(part, held)
                return self.call_value(held, part, args, keywords, node)
        found = self.class_attribute(cls, name)
        if isinstance(kind, Tuple) and found is not MISSING and name in ("_replace", "_asdict", "index", "count"):
            return self.namedtuple_method(kind, base, name, args, keywords, node)
        if found is MISSING:
            raise CannotTell(f"{cls.__name__} has no attribute {name!r}")
        if name == "__call__" and not isinstance(found, types.FunctionType):
            return self.passive_call(base, args, keywords, node, f"a {cls.__name__}")
        return self.call_found(found, cls, (kind, base), name, args, keywords, node)

    def call_found(
        self,
        found: Any,
        cls: type,
        receiver: Value,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        if isinstance(found, staticmethod):
            return self.call_constant(found.__func__, residual_method(self, cls, name, node), args, keywords, node)
        if isinstance(found, classmethod):
            text = name_node(self.global_name(cls.__name__, cls), node)
            self.record(text, Const(cls))
            return self.call_constant(
                found.__func__, residual_method(self, cls, name, node), [(Const(cls), text), *args], keywords, node
            )
        if isinstance(found, property):
            kind, residual = self.call_constant(
                found.fget, residual_method(self, cls, name, node), [receiver], {}, node
            )
            return self.call_value(kind, residual, args, keywords, node)
        if isinstance(found, types.FunctionType) or callable(found):
            receiver = (receiver[0], self.place(receiver[0], receiver[1], "self_object"))
            result = self.call_constant(
                found, residual_method(self, cls, name, node), [receiver, *args], keywords, node
            )
            return self.not_raised(cls, name, result, node)
        kind, residual = self.object_attribute(receiver[0], receiver[1], name, node)
        return self.call_value(kind, residual, args, keywords, node)

    def not_raised(self, cls: type, name: str, result: Value, node: gast.expr) -> Value:
        """What an object that stands for a library's gives; where it raises, the library's need not."""
        if registry.is_stand_in(cls) and isinstance(result[0], Bottom):
            raise self.refusal(
                "E202", f"{name!r} of an object made of differentiable values: a derivative is not known for this", node,
                "write the operation another way",
            )  # fmt: skip
        return result

    def call_of_class(
        self, cls: type, name: str, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """`Class.method(...)`."""
        found = self.class_attribute(cls, name)
        if name == "_make" and issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self.make_namedtuple(cls, args, residual, node)
        if isinstance(found, classmethod):
            text = name_node(self.global_name(cls.__name__, cls), node)
            self.record(text, Const(cls))
            function = self.behind(residual, node)
            return self.call_constant(found.__func__, function, [(Const(cls), text), *args], keywords, node)
        if isinstance(found, staticmethod):
            found = found.__func__
        return self.call_constant(found, residual, args, keywords, node)

    def call_super(
        self, receiver: Super, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value:
        owner, found = self.found_above(receiver, name)
        if owner is object:
            if name == "__init__":
                return Const(None), self.keep(constant_node(None, node))
            raise CannotTell(f"object.{name}")
        return self.call_found(found, owner, self.own_object(node), name, args, keywords, node)

    def found_above(self, receiver: Super, name: str) -> tuple[type, Any]:
        """Which class above has the attribute, and what it is there."""
        kind = receiver.receiver
        cls = kind.cls if isinstance(kind, (Object, Tuple)) else kind.value if isinstance(kind, Const) else None
        if cls is None:
            raise CannotTell("what super() refers to")
        order = list(cls.__mro__)
        for owner in order[order.index(receiver.owner) + 1 :]:
            if name in vars(owner):
                guard_member(self.session, owner, name)
                return owner, vars(owner)[name]
        raise CannotTell(f"{name!r} is not found above {receiver.owner.__name__}")

    def own_object(self, node: gast.AST) -> Value:
        """`self`, whatever the method calls it."""
        first = self.tree.args.args[0].id
        return self.evaluate(self.memo(("self", id(node)), lambda: name_node(first, node)))

    def super_attribute(self, receiver: Super, name: str, node: gast.expr) -> Value:
        """`super().name`: a property of a class above, or what it holds itself."""
        owner, found = self.found_above(receiver, name)
        if isinstance(found, property):
            return self.call_constant(
                found.fget, residual_method(self, owner, name, node), [self.own_object(node)], {}, node
            )
        if isinstance(found, (types.FunctionType, staticmethod, classmethod)):
            raise self.refusal(
                "E302", f"the method {name!r} is used as a value", node, "call it, or wrap it in a lambda"
            )
        text = name_node(self.global_name(owner.__name__, owner), node)
        return self.constant_attribute(
            Const(owner), text, name, self.keep(gast.copy_location(gast.Attribute(text, name, gast.Load()), node)), node
        )

    def is_instance(self, kind: Kind, types_: Kind) -> bool | None:
        """What `isinstance` gives, if it is known."""
        import numpy as np

        from srcgrad.analysis.kinds import Array, Dict, List, Number, OneOf, is_exact

        if isinstance(types_, Tuple):
            answers = [self.is_instance(kind, k) for k in types_.items]
            return True if True in answers else None if None in answers else False
        if not isinstance(types_, Const):
            return None
        asked = types_.value if isinstance(types_.value, tuple) else (types_.value,)
        if isinstance(kind, OneOf):
            found = {self.is_instance(k, types_) for k in kind.options}
            return found.pop() if len(found) == 1 else None
        if isinstance(kind, Closure):
            return issubclass(kind.definition.cls, asked)
        if isinstance(kind, Const):
            return isinstance(kind.value, asked)
        if not is_exact(kind):
            answers = {issubclass(cls, asked) for cls in possible_types(kind)}  # type: ignore[assignment]
            return answers.pop() if len(answers) == 1 else None
        cls: type | None = None
        if isinstance(kind, Number):
            cls = (
                {"i": int, "u": int, "b": bool, "f": float, "c": complex}[kind.dtype.kind]
                if kind.weak
                else kind.dtype.type
            )
        elif isinstance(kind, Array) and kind.sizes is not None:
            cls = np.ndarray
        elif isinstance(kind, (List, Dict)):
            cls = kind.cell.made_as or (list if isinstance(kind, List) else dict)
            if cls is UNLIKE:
                return None
        elif isinstance(kind, Tuple):
            cls = kind.cls or tuple
        elif isinstance(kind, Object):
            cls = kind.cls
        return None if cls is None else issubclass(cls, asked)
