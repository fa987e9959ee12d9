"""What do len, isinstance, getattr, type and conversions give?"""

from __future__ import annotations

import functools
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    UNLIKE,
    Array,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    Text,
    Tuple,
    Unknown,
    holds_text,
    is_cached,
    is_exact,
    is_number,
    is_scalar,
    set_varied,
    size_of,
    varied,
    widen,
)
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.changes import Changes
from srcgrad.analysis.specialize.session import constant_node, name_node, only_varied
from srcgrad.analysis.specialize.values import Value
from srcgrad.analysis.specialize.variants import holds_closure
from srcgrad.lang import core
from srcgrad.rules import registry
from srcgrad.runtime.structures import stop_gradient

LOST = ("str", "repr", "bytes", "format", "hash")


@functools.cache
def same_memory() -> Any:
    """The rule that says of what is not differentiated that it is x."""
    return registry.build("y = stop_gradient(x)", tangent="y_dot = x_dot", adjoint="x_bar += y_bar", shares="x")


def ast_name(node: gast.expr) -> str:
    return node.id if isinstance(node, gast.Name) else getattr(node, "attr", "this function")


class Inspection(Changes):
    """Builtins that ask of a value, or convert it."""

    def on_len(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        (kind, operand), *_ = args
        if isinstance(kind, Object):
            return self.call_method(kind, operand, "__len__", [], {}, node)
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Array) and kind.sizes:
            return self.infer.size_kind(kind.sizes[0]), call
        if isinstance(kind, Tuple):
            if registry.is_stand_in(kind.cls):
                raise CannotTell("the length of an object made of differentiable values")
            return Const(len(kind.items)), call
        if isinstance(kind, List):
            length = kind.cell.length
            return (self.infer.size_kind(length) if length is not None else INT), call
        if isinstance(kind, Const) and isinstance(kind.value, (str, tuple)):
            return Const(len(kind.value)), call
        return INT, call

    def on_isinstance(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        answer = self.is_instance(args[0][0], args[1][0])
        if answer is None:
            self.check_functions(type, args[:1], {}, node)
        return (BOOL if answer is None else Const(answer)), self.rebuilt_call(node, residual, args, keywords)

    def on_issubclass(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """Of a class that is known only when the program runs, such as that of an exception."""
        if not any(isinstance(kind, Unknown) for kind, _ in args):
            return None
        return BOOL, self.rebuilt_call(node, residual, args, keywords)

    def on_hasattr(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        (kind, _), (name, _) = args
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Object) and isinstance(name, Const):
            return self.has_attribute(kind, name.value), call
        if is_number(kind) and is_exact(kind) and isinstance(name, Const):
            sample = 1.0 if is_scalar(kind) and not isinstance(kind, Array) else np.zeros(1)
            return Const(hasattr(sample, name.value)), call
        return BOOL, call

    def has_attribute(self, kind: Object, name: str) -> Kind:
        """What a class or an argument has is known; what is set somewhere may or may not be there yet."""
        read = kind.cell.read
        if is_cached(kind.cls, name) and self.definition_of_frame.generated:
            return BOOL
        if hasattr(kind.cls, name) or (read is not None and read(name) is not None):
            return Const(True)
        return Const(False) if read is not None and name not in kind.cell.keys else BOOL

    def on_getattr(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        (kind, base), (name, _) = args[:2]
        if not isinstance(name, Const) or not isinstance(name.value, str):
            raise CannotTell("an attribute whose name is not known")
        part = self.memo(
            ("getattr", id(node)), lambda: gast.copy_location(gast.Attribute(base, name.value, gast.Load()), node)
        )
        if len(args) == 3 and isinstance(kind, Object) and name.value.isidentifier():
            known = self.has_attribute(kind, name.value)
            if not isinstance(known, Const):
                text = f"t = a.{name.value} if hasattr(a, {name.value!r}) else d"
                place = self.place(kind, base, "part")
                return self.template(node, text, "t", a=(kind, place), d=args[2])
            if not known.value:
                return args[2]
        if len(args) == 3:
            try:
                return self.attribute(kind, base, name.value, part)
            except CannotTell:
                return args[2]
        return self.attribute(kind, base, name.value, part)

    def on_setattr(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        (owner, base), (name, _), (kind, value) = args
        if not isinstance(name, Const):
            raise CannotTell("an attribute whose name is not known")
        target = self.memo(
            ("setattr", id(node)), lambda: gast.copy_location(gast.Attribute(base, name.value, gast.Store()), node)
        )
        statement = self.memo(
            ("setattr statement", id(node)), lambda: gast.copy_location(gast.Assign([target], value, None), node)
        )
        if self.function_of(residual) is not object.__setattr__:
            self.check_not_frozen(owner, name.value, node)
        self.set_attribute(owner, base, target, "", kind, value, statement)
        return Const(None), self.keep(constant_node(None, node))

    def on_type(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind = args[0][0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Object) or (isinstance(kind, Tuple) and kind.cls):
            return Const(kind.cls), call
        if not is_exact(kind):
            return Unknown(), call
        if isinstance(kind, Number) and kind.weak:
            return Const({"i": int, "b": bool, "f": float, "c": complex}[kind.dtype.kind]), call
        if isinstance(kind, Array):
            return Const(np.ndarray), call
        if isinstance(kind, (List, Dict)) and kind.cell.made_as is not UNLIKE:
            return Const(kind.cell.made_as or (list if isinstance(kind, List) else dict)), call
        if isinstance(kind, (Const, Tuple)):
            return Const(type(kind.value) if isinstance(kind, Const) else tuple), call
        if isinstance(kind, Number):
            return Const(kind.dtype.type), call
        return Unknown(), call

    def on_lost(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if ast_name(residual) in ("str", "repr", "format"):
            lossy = any(varied(k) or holds_text(k) for k, _ in args)
            return (Text() if lossy else Unknown()), self.rebuilt_call(node, residual, args, keywords)
        if any(varied(k) for k, _ in args):
            raise self.refusal(
                "E205", f"the derivative of this value would be lost in {ast_name(residual)}(...)", node,
                "use srcgrad.stop_gradient(...) on it if that is meant",
            )  # fmt: skip
        return Unknown(), self.rebuilt_call(node, residual, args, keywords)

    def on_int(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        call = self.rebuilt_call(node, residual, args, keywords)
        if args and holds_text(args[0][0]):
            raise self.lost(node)
        if len(args) == 1 and isinstance(args[0][0], Const) and isinstance(args[0][0].value, (int, float, str)):
            return Const(int(args[0][0].value)), call
        if args and size_of(args[0][0]) is not None:
            return args[0][0], call
        return INT, call

    def on_bool(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        truth = self.truth(args[0][0]) if args else False
        return (BOOL if truth is None else Const(truth)), self.rebuilt_call(node, residual, args, keywords)

    def on_round(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind = args[0][0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if len(args) == 1 and isinstance(widen(kind), Number) and widen(kind).weak:  # type: ignore[attr-defined, union-attr]
            return INT, call
        return set_varied(widen(kind), False), call

    def on_any_all(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if holds_closure(args[0][0]):
            raise self.refusal("E304", "the truth of functions made inside the program", node, "write the loop out")
        return BOOL, self.rebuilt_call(node, residual, args, keywords)

    def on_stop_gradient(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """It stays in the text, where the next derivative meets it."""
        given = [*args, *(v for name, v in keywords.items() if name == "x")]
        if len(given) != 1 or len(args) + len(keywords) != 1:
            raise CannotTell("stop_gradient takes one value")
        kind, operand = given[0]
        operand = operand if isinstance(operand, gast.Name) else self.hoist(kind, operand, "value")
        text = self.canonical(stop_gradient, residual_of(self, stop_gradient, node), node)
        call = self.rebuilt_call(node, text, [(kind, operand)], {})
        self.function.matches[id(call)] = core.Match(same_memory(), {"x": operand})
        return only_varied(kind, False), call

    def on_held(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """The value under its own name, which the next derivative goes through."""
        kind, operand = args[0]
        if isinstance(kind, Const):
            return kind, operand
        operand = operand if isinstance(operand, gast.Name) else self.hoist(kind, operand, "value")
        same = self.memo(("held", id(node)), lambda: name_node(operand.id, node))
        self.function.matches[id(same)] = core.Match(same_memory(), {"x": operand})
        return only_varied(kind, False), same

    def function_of(self, residual: gast.expr) -> Any:
        kind = self.function.kinds.get(id(residual))
        if kind is None:
            kind, _ = self.evaluate(residual)
        assert isinstance(kind, Const), "a handler is called for a known function"
        return kind.value

    def on_float(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if args and is_number(args[0][0]) and varied(args[0][0]):
            return None
        if args and holds_text(args[0][0]):
            raise self.lost(node)
        if args and isinstance(args[0][0], Const) and isinstance(args[0][0].value, str):
            return Const(float(args[0][0].value)), self.rebuilt_call(node, residual, args, keywords)
        return Number(np.dtype(np.float64)), self.rebuilt_call(node, residual, args, keywords)
