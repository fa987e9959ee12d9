"""What do methods as values, getters, and the functions of the operator module give?"""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    BOOL,
    Array,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    Tuple,
    is_number,
    options,
    varied,
    widen,
)
from srcgrad.analysis.specialize.library import hashable
from srcgrad.analysis.specialize.made_functions import (
    EXPRESSIONS,
    GETTERS,
    SPECIAL_METHODS,
    UNCHANGED,
    BoundMethod,
    Getter,
    parts_of_getter,
)
from srcgrad.analysis.specialize.session import is_function_value, name_node
from srcgrad.analysis.specialize.syntax import fixed_names
from srcgrad.analysis.specialize.ufuncs import Ufuncs
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.source import LAMBDA

UNBOUND = (types.MethodDescriptorType, types.WrapperDescriptorType)
# What asks of a function what it is.  In generated code it is a tuple.
ASKS = (len, type, hasattr, id, hash, str, repr, list, tuple, set, iter, next, any, all, sum, float, int)
IN_PLACE = {getattr(operator, name) for name in dir(operator) if name[0] == "i" and hasattr(operator, f"__{name}__")}


class FunctionValues(Ufuncs):
    """Function values that are made of something else than a `def` or a lambda, and their calls."""

    def made(self, definition: Any, values: list[Value], node: gast.AST, name: str = "") -> Value:
        """A function value: the tuple of what it captures."""
        captured, items = [], []
        self.all_given(values)
        if definition.tag:
            items.append(self.constant(definition.tag, node))
        for i, (kind, residual) in enumerate(values):
            captured.append((name or f"argument {i}", kind))
            items.append(self.constant(None, node) if is_function_value(kind) else residual)
        return Closure(definition, tuple(captured)), self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), node))

    # Methods

    def method_value(self, receiver: Value, name: str, node: gast.expr) -> Value:
        """`b.f`, not called here."""
        kind, base = receiver
        base = self.place(kind, base, "self_object")
        fixed = (
            self.is_main
            and isinstance(base, gast.Name)
            and base.id in self.memo(("fixed",), lambda: fixed_names(self.tree))
        )
        variable = base.id if isinstance(base, gast.Name) and fixed else "self"
        outer = self.definition_of_frame if fixed else None
        definition = self.session.shared_memo(("method", name, variable, id(outer)), lambda: BoundMethod(name, outer))
        return self.made(definition, [(kind, base)], node, variable)

    def method_call(
        self, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A call of a method that is not written as one."""
        return self.expression_of(f"a.{name}", {"a": receiver}, args, keywords, node)

    def expression_of(
        self, function: str, holes: dict[str, Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """`function(...)`, with arguments that have been evaluated."""
        holes = {**holes, **{f"a{i}": v for i, v in enumerate(args)}, **{f"k{n}": v for n, v in keywords.items()}}
        given = [*(f"a{i}" for i in range(len(args))), *(f"{n}=k{n}" for n in keywords)]
        return self.expression(node, f"{function}({', '.join(given)})", holes)

    def special_method(self, receiver: Value, name: str, args: list[Value], node: gast.expr) -> Value | None:
        """`x.__add__(y)` of numbers; None if it is not known to give what `x + y` gives."""
        text = SPECIAL_METHODS.get(name)
        if text is None or len(args) != ("b" in text):
            return None
        kind, *others = [widen(k) for k, _ in [receiver, *args]]
        if name in ("__getitem__", "__contains__") and not isinstance(kind, Array):
            return None
        if isinstance(kind, Number) and not all(
            isinstance(k, Number) and k.weak and "biufc".index(k.dtype.kind) <= "biufc".index(kind.dtype.kind)
            for k in others
        ):
            return None
        return self.expression(node, text, dict(zip("ab", [receiver, *args])))

    # The operator module, and methods that are named by their class

    def call_as_expression(
        self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """A call of a function that stands for an expression; None if it is another one."""
        if isinstance(value, GETTERS):
            made, given, named = parts_of_getter(value)
            path = f"{self.facts.name_value(value, 'getter')}.__reduce__()"
            first = [self.outside_value(v, f"{path}[1][{i}]", f"argument_{i}", node) for i, v in enumerate(given)]
            if named:
                raise CannotTell("a getter made outside with keywords")
            return self.got(made, first, {}, args[0], node)
        own = args[0][0] if args else None
        inherited = isinstance(own, Object) and getattr(own.cls, getattr(value, "__name__", ""), None) is value
        if isinstance(value, UNBOUND) and args and not isinstance(own, Const) and not inherited:
            return self.method_call(args[0], value.__name__, args[1:], keywords, node)
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            found = self.as_other(value, args, keywords, node)
            if found is not None:
                return found
        if not hashable(value) or keywords:
            return None
        if value in IN_PLACE and args:
            found = self.changed_in_place(value, args, node)
            if found is not None:
                return found
        count, text = EXPRESSIONS.get(value, (0, ""))
        if count != len(args) or not text:
            return None
        return self.expression(node, text, dict(zip("ab", args)))

    def changed_in_place(self, value: Any, args: list[Value], node: gast.expr) -> Value | None:
        """`operator.iadd(a, b)` where a is no number."""
        kind = args[0][0]
        if is_number(kind) and not isinstance(kind, Array) or isinstance(kind, (Tuple, Const)):
            return None
        name = f"__{value.__name__}__"
        if isinstance(kind, Array):
            return self.in_place_call(value, name_node(value.__name__, node), args, {}, node)
        if isinstance(kind, Object) and not self.has_method(kind, name):
            return None
        if isinstance(kind, Object):
            return self.method_call(args[0], name, args[1:], {}, node)
        change = {operator.iadd: "extend", operator.iconcat: "extend", operator.ior: "update"}.get(value)
        if change is None or not isinstance(kind, Dict if change == "update" else List):
            raise CannotTell(f"what operator.{value.__name__} does to this")
        place = self.place(kind, args[0][1], "items")
        self.method_call((kind, place), change, args[1:], {}, node)
        return kind, self.again(kind, place)

    def on_getter(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function = self.function_of(residual)
        names = tuple(keywords)
        definition = self.memo(("getter", id(node), function), lambda: Getter(function, len(args), names))
        return self.made(definition, [*args, *keywords.values()], node)

    def on_wrapper(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`functools.cache(f)` is f, as is `update_wrapper(f, g)`; `functools.wraps(g)` gives what it is called with."""
        kind = args[0][0] if args and self.function_of(residual) is not functools.wraps else None
        if isinstance(kind, Closure) or kind is not None and is_function_value(kind):
            return args[0]
        return Closure(UNCHANGED), self.keep(gast.copy_location(gast.Tuple([], gast.Load()), node))

    def got(self, function: Any, given: list[Value], named: dict[str, Value], operand: Value, node: gast.expr) -> Value:
        """What a getter, made by `function(*given, **named)`, gives of an operand."""
        holes = {"a": (operand[0], operand[1] if len(given) == 1 else self.place(*operand, "part"))}
        if function is operator.itemgetter:
            holes |= {f"i{n}": index for n, index in enumerate(given)}
            parts = [f"a[i{n}]" for n in range(len(given))]
            return self.expression(node, parts[0] if len(parts) == 1 else f"({', '.join(parts)})", holes)
        names = [kind.value for kind, _ in given if isinstance(kind, Const) and isinstance(kind.value, str)]
        if not names or function is operator.attrgetter and len(names) < len(given):
            raise CannotTell("an attribute whose name is not known")
        if function is operator.methodcaller:
            return self.method_call(operand, names[0], given[1:], named, node)
        text = ", ".join(f"a.{name}" for name in names)
        return self.expression(node, text if len(names) == 1 else f"({text})", holes)

    # Questions about functions

    def check_functions(self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> None:
        """In generated code a function made here is a tuple: what asks of it what it is would be wrong."""
        if hashable(value) and value in ASKS:
            for kind, _ in [*args, *keywords.values()]:
                if any(isinstance(k, Closure) for k in options(kind)):
                    raise self.refusal(
                        "E304", f"{value.__name__} is asked of a function made inside the program", node,
                        "test `f is None`, or keep what tells the functions apart in a variable",
                    )  # fmt: skip

    def on_callable(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        answers = {self.is_callable(k) for k in options(args[0][0])}
        if len(answers) == 1 and None not in answers:
            return Const(answers.pop()), self.rebuilt_call(node, residual, args, keywords)
        if any(isinstance(k, Closure) for k in options(args[0][0])):
            raise self.refusal(
                "E304", "it depends on the data whether this is a function", node, "test `f is None`, or branch first"
            )
        return BOOL, self.rebuilt_call(node, residual, args, keywords)

    def is_callable(self, kind: Kind) -> bool | None:
        if isinstance(kind, Const):
            return callable(kind.value)
        if isinstance(kind, Object):
            return self.has_method(kind, "__call__") or None
        if isinstance(kind, Closure):
            return True
        return False if is_number(kind) or isinstance(kind, (Tuple, List, Dict)) else None

    def attribute_of_function(self, kind: Closure, base: gast.expr, name: str, node: gast.expr) -> Value:
        """`f.__name__`, and the parts of a partial."""
        definition = kind.definition
        if name in ("__name__", "__qualname__") and hasattr(definition, "tree"):
            found = "<lambda>" if definition.name == LAMBDA else definition.name
            return Const(found), self.constant(found, node)
        if hasattr(definition, "parts") and name in ("func", "args", "keywords"):
            function, args, keywords = definition.parts(
                self, [v for _, v in self.captured_values(kind, base, node)], node
            )
            if name == "func":
                return function
            if name == "args":
                shell = self.memo(("args", id(node)), lambda: gast.copy_location(gast.Tuple([], gast.Load()), node))
                return self.display(args, shell)
            return self.dict_display(keywords, node)
        raise CannotTell(f"the attribute {name!r} of a function")
