"""What does a call give?  User functions are specialised in turn, library functions are matched with their rules."""

from __future__ import annotations

import enum
import functools
import inspect
import math
import types
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.draws import is_global_source, is_source, sources
from srcgrad.analysis.kinds import (
    INT,
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
    holds_text,
    is_empty,
    is_number,
    varied,
    widen,
)
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.definitions import (
    LocalFunction,
    Super,
    is_derivative,
    is_function_like,
    plain_function,
)
from srcgrad.analysis.specialize.iterating import ITERATORS, is_iterator
from srcgrad.analysis.specialize.lazily import EXHAUSTING, EXHAUSTING_METHODS
from srcgrad.analysis.specialize.library import hashable, is_library, is_plain, static_value
from srcgrad.analysis.specialize.lift import guard_module, lift
from srcgrad.analysis.specialize.made_functions import Frozen
from srcgrad.analysis.specialize.matching import choose, no_rule_fits
from srcgrad.analysis.specialize.object_choices import ObjectChoices
from srcgrad.analysis.specialize.session import Capture, constant_node, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry
from srcgrad.rules.definitions.nothing import is_nothing

FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type(np.sum))
SPECIAL = {abs: "__abs__", float: "__float__", round: "__round__", divmod: "__divmod__", pow: "__pow__"}


def is_of_numpy(value: Any) -> bool:
    """A function of NumPy, which takes a tuple for an array."""
    return isinstance(value, np.ufunc) or isinstance(value, FUNCTIONS) and str(value.__module__).startswith("numpy")


class Calls(ObjectChoices):
    """The visitor of calls, and what it needs."""

    def visit_Call(self, node: gast.Call) -> Value:
        func = node.func
        self.note_flat(node)
        if isinstance(func, gast.Name):
            kind, text = self.use_name(func.id)
            if kind == Const(super) and self.owner is not None and not node.args:
                return Super(self.owner, self.env[self.tree.args.args[0].id]), node
            if isinstance(kind, LocalFunction):
                args, keywords = self.arguments(node, rest=True)
                args = self.run_over(Unknown(), args, node)
                return self.call_local(kind, args, keywords, node)
        if isinstance(func, gast.Attribute):
            receiver, base = self.evaluate_receiver(func.value)
            if receiver == Const(math) and func.attr == "hypot" and self.is_spread(node):
                holes = {"s": self.spread_members(node), "float": (Const(float), self.keep(name_node("float", node)))}
                holes["np"] = Const(np), self.keep(name_node(self.global_name("np", np), node))
                return self.expression(node, "float(np.linalg.norm(s))", holes)  # type: ignore[no-any-return]
            self.run_at_once.update(id(a) for a in node.args if func.attr in EXHAUSTING_METHODS)
            args, keywords = self.arguments(node, base, rest=self.is_method(receiver, func.attr))
            extended = isinstance(receiver, List) and func.attr == "extend"
            args = self.run_over(Const(list) if extended else Unknown(), args, node)
            return self.call_attribute(receiver, base, func, args, keywords, node)
        kind, residual = self.evaluate(func)
        if kind == Const(zip) and len(node.args) == 1 and isinstance(node.args[0], gast.Starred):
            rows = self.evaluate(node.args[0].value)
            if self.known_members(*rows) is None:
                return self.transposed(*rows, node)
        if isinstance(kind, Const) and (kind.value is max or kind.value is min) and self.is_spread(node):
            return self.call_value(kind, residual, [self.spread_members(node)], {}, node)
        if isinstance(kind, Const) and any(kind.value is f for f in EXHAUSTING):
            self.run_at_once.update(map(id, node.args))
        args, keywords = self.arguments(node, rest=self.is_users(kind))
        if kind == Const(zip) and any(
            is_iterator(k) and not self.is_used_once(a) for (k, _), a in zip(args, node.args)
        ):
            return self.zip_used_up(args, node)
        args = self.run_over(kind, args, node)
        return self.call_value(kind, residual, args, keywords, node)

    def is_spread(self, node: gast.Call) -> bool:
        """Is it `f(*s, x)`, where only the run can tell how many s stands for?"""
        return not node.keywords and any(isinstance(a, gast.Starred) and not self.is_counted(a.value) for a in node.args)

    def spread_members(self, node: gast.Call) -> Value:
        """The arguments of such a call as one sequence: `max(*s, x)` is `max([*s, x])`."""
        if len(node.args) == 1:
            return self.evaluate(node.args[0].value)  # type: ignore[attr-defined]
        shell = self.memo(("members", id(node)), lambda: gast.copy_location(gast.List(node.args, gast.Load()), node))
        return self.evaluate(shell)

    def is_users(self, kind: Kind) -> bool:
        """A function, class or object to call written in Python, whose text is followed."""
        if isinstance(kind, Object):
            return self.is_method(kind, "__call__")
        if isinstance(kind, Const) and isinstance(kind.value, type):
            cls = kind.value
            return hasattr(cls, "_fields") or isinstance(self.class_attribute(cls, "__init__"), types.FunctionType)
        if isinstance(kind, Const):
            return isinstance(kind.value, types.FunctionType) and not is_library(kind.value)
        return isinstance(kind, Closure)

    def is_method(self, receiver: Kind, name: str) -> bool:
        """A function written in Python, found in an object, a class or a module."""
        cls = receiver.cls if isinstance(receiver, Object) else getattr(receiver, "value", None)
        if isinstance(cls, type):
            found = self.class_attribute(cls, name)
            return isinstance(getattr(found, "__func__", found), types.FunctionType)
        module = isinstance(receiver, Const) and isinstance(receiver.value, types.ModuleType)
        return module and self.is_users(Const(getattr(receiver.value, name, None)))  # type: ignore[attr-defined]

    def evaluate_receiver(self, node: gast.expr) -> Value:
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "super":
            return self.visit_Call(node)
        return self.evaluate(node)

    def call_value(
        self, kind: Kind, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        if isinstance(kind, Bottom):
            return kind, node
        if isinstance(kind, LocalFunction):
            return self.call_local(kind, args, keywords, node)
        if isinstance(kind, Closure):
            return self.call_closure(kind, residual, args, keywords, node)
        if isinstance(kind, Const):
            return self.call_constant(kind.value, residual, args, keywords, node)
        if isinstance(kind, Object) or (isinstance(kind, Tuple) and kind.cls is not None):
            return self.call_method(kind, residual, "__call__", args, keywords, node)
        if isinstance(kind, OneOf):
            found = self.call_one_of(kind, residual, args, keywords, node)
            if found is not None:
                return found
        return self.passive_call(residual, args, keywords, node, "a function that can't be told")

    def call_attribute(
        self,
        receiver: Kind,
        base: gast.expr,
        func: gast.Attribute,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        name = func.attr
        residual = (
            func if base is func.value else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), func))
        )
        if isinstance(receiver, Bottom):
            return receiver, node
        if receiver == Const(object) and name == "__setattr__":
            self.record(residual, Const(object.__setattr__))
            return self.on_setattr(residual, args, keywords, node)  # type: ignore[no-any-return]
        if isinstance(receiver, Super):
            return self.call_super(receiver, name, args, keywords, node)
        if isinstance(receiver, OneOf):
            able = self.able(receiver)
            if len(able) > 1 and any(isinstance(k, Object) for k in able):
                return self.call_attribute_of_each(receiver, base, name, args, keywords, node)
            receiver = able[0] if len(able) == 1 else receiver
        if isinstance(receiver, Object) and issubclass(receiver.cls, sources()):
            return self.random_call(receiver.cls, (receiver, base), residual, name, args, keywords, node)
        if isinstance(receiver, Closure) and isinstance(receiver.definition, Frozen):
            captured = [v for _, v in self.captured_values(receiver, base, node)]
            return receiver.definition.call_method(self, captured, name, args, keywords, node)
        if isinstance(receiver, Closure):
            return self.call_value(*self.attribute_of_function(receiver, base, name, func), args, keywords, node)
        if isinstance(receiver, Object) or (isinstance(receiver, Tuple) and receiver.cls is not None):
            return self.call_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, List):
            return self.list_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, Dict):
            return self.dict_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, Iterable):
            self.grow(receiver, name, args)
        if is_number(receiver) and name.startswith("__") and not keywords:
            special = self.special_method((receiver, base), name, args, node)
            if special is not None:
                return special
        if is_number(receiver) and not isinstance(receiver, Const):
            return self.array_method(receiver, base, residual, name, args, keywords, node)
        if isinstance(receiver, Const):
            value = receiver.value
            if isinstance(value, enum.Enum) and self.has_method(receiver, name):
                method = self.class_attribute(type(value), name)
                return self.call_found(method, type(value), (receiver, base), name, args, keywords, node)
            if not isinstance(value, (types.ModuleType, type)) and not callable(value):
                return self.passive_method(receiver, residual, name, args, keywords, node)
            found = getattr(value, name, None)
            if found is None:
                raise CannotTell(f"{name!r} is not an attribute of {getattr(value, '__name__', value)}")
            if (
                isinstance(value, type)
                and value not in (np.ndarray, dict, list)
                and not isinstance(found, types.BuiltinFunctionType)
            ):
                return self.call_of_class(value, name, residual, args, keywords, node)
            if isinstance(value, types.ModuleType):
                guard_module(self.session, value, name)
            return self.call_constant(found, residual, args, keywords, node)
        return self.passive_method(receiver, residual, name, args, keywords, node)

    def call_attribute_of_each(
        self,
        receiver: OneOf,
        base: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        """A method of one of a few objects."""
        args = [(k, self.simple(k, r)) for k, r in args]
        keywords = {n: (k, self.simple(k, r)) for n, (k, r) in keywords.items()}

        def ask(option: Kind, place: gast.expr, way: Any) -> Value:
            func = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
            return self.call_attribute(option, place, func, args, keywords, way)

        return self.of_each(receiver, base, node, ask)

    def passive_method(
        self,
        receiver: Kind,
        residual: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        """A method of something that does not vary: text, a set."""
        if varied(receiver):
            raise self.refusal(
                "E201", f"the method {name!r} of a differentiable value that may be of several types", node,
                "branch on its type with isinstance, and call the method in each branch",
            )  # fmt: skip
        values = [k for k, _ in [*args, *keywords.values()]]
        of_text = isinstance(receiver, Text) or isinstance(receiver, Const) and isinstance(receiver.value, str)
        if of_text and (
            isinstance(receiver, Text) or name == "format" and any(varied(k) or holds_text(k) for k in values)
        ):
            number = name in ("index", "find", "count")
            return (INT if number else Text()), self.rebuilt_call(node, residual, args, keywords)
        if of_text and all(isinstance(k, Const) for k in values):
            known = self.known_text(receiver, name, args, keywords, node)
            if known is not None:
                return known
        if isinstance(receiver, Const) and not any(varied(k) for k in values):
            return (INT if name in ("index", "find", "count") else Unknown()), self.rebuilt_call(
                node, residual, args, keywords
            )
        if any(holds_text(k) for k in values):
            # What the method belongs to may keep the text.
            owner = node.func.value  # type: ignore[attr-defined]
            if not isinstance(owner, gast.Name) or owner.id not in self.env:
                raise self.lost(node)
            self.env[owner.id] = Text()
        _, result = self.passive_call(residual, args, keywords, node)
        kind = INT if name in ("index", "find", "count") else Unknown()
        self.env[result.id] = kind  # type: ignore[attr-defined]
        return self.record(result, kind), result

    def known_text(
        self, receiver: Any, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value | None:
        """What a method of a known text gives: a text, a number, or several texts."""
        try:
            found = getattr(receiver.value, name)(*(k.value for k, _ in args), **{n: k.value for n, (k, _) in keywords.items()})  # type: ignore[attr-defined]
        except Exception:  # it is the user's, and comes when the program runs
            return None
        if isinstance(found, (str, int)):
            return Const(found), self.constant(found, node)
        if not isinstance(found, list):
            return None
        return self.list_display([(Const(v), self.constant(v, node)) for v in found], node)

    def grow(self, kind: Iterable, name: str, args: list[Value]) -> None:
        """What a method puts into a set."""
        if name == "add":
            self.session.put_item(kind.cell, widen(args[0][0]))
        elif name == "update":
            for member, _ in args:
                self.session.put_item(kind.cell, self.session.loosen_all(self.member_kind(member)))

    def call_constant(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A call of an object that is known when generating."""
        if (
            args
            and isinstance(args[0][0], Object)
            and hashable(value)
            and value in SPECIAL
            and self.has_method(args[0][0], SPECIAL[value])
        ):
            return self.call_method(*args[0], SPECIAL[value], args[1:], keywords, node)
        if any(isinstance(k, Tuple) and registry.is_stand_in(k.cls) for k, _ in args) and is_of_numpy(value):
            raise CannotTell(f"what {value.__name__} gives of an object made of differentiable values")
        self.check_functions(value, args, keywords, node)
        found = self.call_as_expression(value, args, keywords, node)
        if found is not None:
            return found
        found = self.static_call(value, args, keywords, node)
        if found is None:
            found = self.in_place_call(value, residual, args, keywords, node)
        if found is not None:
            return found
        handler = self.handler(value)
        if handler is not None:
            result = handler(residual, args, keywords, node)
            if result is not None and (value in ITERATORS or getattr(value, "__module__", "") == "itertools"):
                return self.used_once(result)  # type: ignore[no-any-return]
            if result is not None:
                return result
        if is_derivative(value):
            return self.call_derivative(value, residual, args, keywords, node)
        if registry.freezes(value):
            frozen = self.memo(("frozen", id(node), value), lambda: Frozen(value, len(args), tuple(keywords)))
            return self.made(frozen, [*args, *keywords.values()], node)
        if isinstance(value, functools.partial):
            return self.call_partial(value, residual, args, keywords, node)
        if isinstance(value, functools._lru_cache_wrapper):
            return self.call_constant(value.__wrapped__, residual, args, keywords, node)
        if isinstance(value, types.BuiltinMethodType) and registry.data_class_of(type(value.__self__)) is not None:
            path = f"{self.facts.name_value(value, value.__name__)}.__self__"
            kind = lift(self.session, value.__self__, path)
            name = type(value.__self__).__name__.lower()
            place = self.keep(name_node(self.capture(Capture(path, kind, name)), node))
            return self.call_method(self.record(place, kind), place, value.__name__, args, keywords, node)
        draws = is_source(getattr(value, "__self__", None))
        if isinstance(value, types.MethodType) and is_library(value.__func__) and not draws:
            return self.library_call(value, registry.rules_for(value), residual, args, keywords, node)
        if isinstance(value, types.MethodType) or draws:  # before NumPy 2 the draws are no such methods
            receiver = value.__self__
            if is_global_source(receiver):
                first: Value = (Const(np.random), self.parsed("np.random", node))
            elif isinstance(receiver, type):
                first = (Const(receiver), name_node(self.global_name(receiver.__name__, receiver), node))
            else:
                path = f"{self.facts.name_value(value, 'method')}.__self__"
                kind = lift(self.session, receiver, path)
                first = (kind, name_node(self.capture(Capture(path, kind, "self_object")), node))
            self.record(first[1], first[0])
            if draws:
                text = self.canonical(value, residual, node)
                return self.random_call(type(receiver), first, text, value.__name__, args, keywords, node)
            return self.call_constant(value.__func__, self.behind(residual, node), [first, *args], keywords, node)
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            return self.construct(value, residual, args, keywords, node)
        rules = registry.rules_for(value)
        owner = getattr(value, "__self__", None)
        if isinstance(owner, np.ufunc) and rules is None and registry.definition_for(value) is None:
            if any(varied(k) for k, _ in [*args, *keywords.values()]):
                # What one method does is told for all ufuncs.
                told = residual.value if isinstance(residual, gast.Attribute) else residual_of(self, owner, node)
                value, args = getattr(np.ufunc, value.__name__), [(Const(owner), told), *args]
        if rules is None and registry.definition_for(type(value).__call__) is not None:
            value, args = type(value).__call__, [(Const(value), residual), *args]
        if rules is not None or registry.is_constant(value) or is_library(value):
            return self.library_call(value, rules, residual, args, keywords, node)
        if plain_function(value) is not value:
            return self.call_constant(plain_function(value), residual, args, keywords, node)
        if isinstance(value, type):
            return self.construct(value, residual, args, keywords, node)
        if isinstance(value, types.FunctionType):
            return self.call_function(value, residual, args, keywords, node)
        if hasattr(type(value), "__call__") and not is_function_like(value):  # noqa: B004
            if not any(varied(k) for k, _ in [*args, *keywords.values()]):
                raise CannotTell(f"what {type(value).__name__} does when called")
        return self.passive_call(residual, args, keywords, node)

    def static_call(self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value | None:
        """What a function of numbers of axes and the like gives, if all that it is given is known."""
        if value is is_nothing:
            return self.evaluate(self.memo(("nothing", id(node)), lambda: constant_node(is_empty(args[0][0]), node)))
        if not hashable(value) or not registry.is_static(value):
            return None
        try:
            given = [static_value(k) for k, _ in args]
            named = {n: static_value(k) for n, (k, _) in keywords.items()}
        except CannotTell:
            return None
        result = value(*given, **named)
        if not is_plain(result):
            return None
        text = repr(result)
        found = self.memo(("static", id(node), text), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(found):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return self.evaluate(found)

    def parsed(self, text: str, node: gast.expr) -> gast.expr:
        """The expression of this text, of a module of NumPy."""
        self.global_name("np", np)
        found = self.memo(("parsed", id(node), text), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(found):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return found

    def behind(self, residual: gast.expr, node: gast.expr) -> gast.expr:
        """The function behind a bound method, which is given what the method is bound to."""
        return self.keep(gast.copy_location(gast.Attribute(residual, "__func__", gast.Load()), node))

    def handler(self, value: Any) -> Any:
        raise NotImplementedError

    def call_partial(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        name = self.facts.name_value(value, "partial")
        if value.keywords:
            self.facts.guard(f"list({name}.keywords) == {list(value.keywords)}")
        first: list[Value] = [
            self.outside_value(v, f"{name}.args[{i}]", f"argument_{i}", node) for i, v in enumerate(value.args)
        ]
        more = {k: self.outside_value(v, f"{name}.keywords[{k!r}]", k, node) for k, v in value.keywords.items()}
        return self.call_constant(
            value.func, residual_of(self, value.func, node), [*first, *args], {**more, **keywords}, node
        )

    def is_told(self, definition: Any, rules: Any, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Is this active call one for the function's definition, since no rule fits?  None tells itself by itself."""
        if definition is None or definition in self.session.telling:
            return False
        moving = any(varied(k) for k, _ in [*args, *keywords.values()])
        changes = registry.is_changing(definition) and args and isinstance(args[0][0], List)
        if not (moving or changes or registry.is_keeping(definition)):
            return False
        try:
            inspect.signature(definition).bind(*args, **keywords)
        except TypeError:
            return False
        return not rules or choose(rules, args, keywords, self.facts, self.default_value)[0] is None

    def told(
        self, definition: Any, text: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        self.session.telling.append(definition)
        try:
            return self.call_function(definition, text, args, keywords, node)
        finally:
            self.session.telling.pop()

    def call_definition_of(
        self, definition: Any, text: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A call of a library function, followed as one of the function that tells it."""
        kind, call = self.with_known_options(lambda a, k: self.told(definition, text, a, k, node), args, keywords)
        if isinstance(kind, Bottom) and not any(isinstance(k, Bottom) for k, _ in [*args, *keywords.values()]):
            # It raises, though the function that it tells need not.
            raise self.refusal(
                "E202",
                f"{tree.text(text)}: {no_rule_fits(keywords)}",
                node,
                "leave that argument out, or write the operation another way",
            )
        return kind, call
