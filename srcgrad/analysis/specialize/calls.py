"""What does a call give?  User functions are specialised in turn, library functions are matched with their rules."""

from __future__ import annotations

import builtins
import copy
import functools
import importlib
import inspect
import math
import operator
import sys
import types
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import OPERATORS, CannotTell
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
    Number,
    Object,
    OneOf,
    Size,
    Text,
    Tuple,
    Unknown,
    has_known_keys,
    holds_text,
    is_container,
    is_memory,
    is_number,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.expressions import Value
from srcgrad.analysis.specialize.frame import (
    Definition,
    LocalFunction,
    Super,
    is_function_like,
    stored_names,
    written,
)
from srcgrad.analysis.specialize.lift import guard_code, lift
from srcgrad.analysis.specialize.loops import Loops
from srcgrad.analysis.specialize.matching import choose
from srcgrad.analysis.specialize.session import (
    Capture,
    Variant,
    constant_node,
    is_function_value,
    name_node,
)
from srcgrad.errors import SrcgradError
from srcgrad.lang import core
from srcgrad.lang.desugar import desugar
from srcgrad.lang.desugar.cells import CannotShare, share_cells
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.source import Source, source_of
from srcgrad.rules import registry
from srcgrad.rules.language import BindError

SPECIAL = {
    abs: "__abs__",
    float: "__float__",
    round: "__round__",
    divmod: "__divmod__",
    pow: "__pow__",
}
RANDOM = (np.random.Generator, np.random.RandomState)
TAKES_LISTS = (
    np.array,
    np.asarray,
    np.ascontiguousarray,
    np.asanyarray,
    np.asfortranarray,
)
DATA_SIZED = {
    np.unique, np.nonzero, np.flatnonzero, np.argwhere, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
    np.bincount, np.trim_zeros, np.extract, np.compress, np.delete, np.repeat, np.insert,
}  # fmt: skip
LIBRARIES = (
    "numpy",
    "scipy",
    "math",
    "cmath",
    "builtins",
    "operator",
    "itertools",
    "functools",
    "collections",
    "random",
)
WATCHED = (
    "print",
    "warn",
    "debug",
    "info",
    "warning",
    "error",
    "critical",
    "log",
    "exception",
    "write",
    "flush",
)


@functools.cache
def method_caller(name: str) -> Any:
    return lambda x, *args, **keywords: getattr(x, name)(*args, **keywords)


class Calls(Loops):
    """The visitor of calls, and what it needs."""

    def visit_Call(self, node: gast.Call) -> Value:
        func = node.func
        if isinstance(func, gast.Name):
            kind, text = self.use_name(func.id)
            if kind == Const(super) and self.owner is not None and not node.args:
                return Super(self.owner, self.env[self.tree.args.args[0].id]), node
            if isinstance(kind, LocalFunction):
                args, keywords = self.arguments(node)
                return self.call_local(kind, args, keywords, node)
        if isinstance(func, gast.Attribute):
            receiver, base = self.evaluate_receiver(func.value)
            args, keywords = self.arguments(node, base)
            return self.call_attribute(receiver, base, func, args, keywords, node)
        kind, residual = self.evaluate(func)
        args, keywords = self.arguments(node)
        return self.call_value(kind, residual, args, keywords, node)

    def evaluate_receiver(self, node: gast.expr) -> Value:
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "super":
            return self.visit_Call(node)
        return self.evaluate(node)

    def arguments(self, node: gast.Call, receiver: gast.expr | None = None) -> tuple[list[Value], dict[str, Value]]:
        earlier = [receiver] if receiver is not None else []
        args: list[Value] = []
        for arg in node.args:
            if isinstance(arg, gast.Starred):
                kind, residual = self.evaluate_after(arg.value, earlier)
                args += self.members(kind, residual)
            else:
                args.append(self.evaluate_after(arg, earlier))
            earlier = earlier + [args[-1][1]] if args else earlier
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            kind, residual = self.evaluate_after(keyword.value, earlier)
            if keyword.arg is not None:
                keywords[keyword.arg] = (kind, residual)
                continue
            if not isinstance(kind, Dict) or not has_known_keys(kind):
                raise CannotTell("`**` of something whose keys are not known")
            place = self.place(kind, residual, "options")
            for key, member in kind.cell.keys.items():
                index = self.keep(constant_node(key, node))
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                self.record(part, member)
                keywords[key] = (member, part)
        return args, keywords

    # By what is called

    def call_value(
        self,
        kind: Kind,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        if isinstance(kind, Bottom):
            return kind, node
        if isinstance(kind, LocalFunction):
            return self.call_local(kind, args, keywords, node)
        if isinstance(kind, Closure):
            return self.call_closure(kind, residual, args, keywords, node)
        if isinstance(kind, Const):
            return self.call_constant(kind.value, residual, args, keywords, node)
        if isinstance(kind, Object):
            return self.call_method(kind, residual, "__call__", args, keywords, node)
        if isinstance(kind, OneOf) and all(isinstance(k, Const) and is_function_value(k) for k in kind.options):
            return self.call_one_of(kind, residual, args, keywords, node)
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
        if isinstance(receiver, Super):
            return self.call_super(receiver, name, args, keywords, node)
        if isinstance(receiver, OneOf):
            able = [k for k in receiver.options if not isinstance(k, Const) or k.value is not None]
            if len(able) == 1:
                receiver = able[0]
        if isinstance(receiver, Object) and issubclass(receiver.cls, RANDOM):
            return self.random_call(receiver.cls, residual, name, args, keywords, node)
        if isinstance(receiver, Object) or (isinstance(receiver, Tuple) and receiver.cls is not None):
            return self.call_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, List):
            return self.list_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, Dict):
            return self.dict_method(receiver, base, name, args, keywords, node)
        if isinstance(receiver, Iterable):
            self.grow(receiver, name, args)
        if is_number(receiver) and not isinstance(receiver, Const):
            return self.array_method(receiver, base, residual, name, args, keywords, node)
        if isinstance(receiver, Const):
            value = receiver.value
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
            if isinstance(value, types.ModuleType) and isinstance(found, types.FunctionType):
                self.facts.guard(
                    f"{self.facts.name_value(value, 'module')}.{name} is {self.facts.name_value(found, name)}"
                ) if not is_library(found) else None
            return self.call_constant(found, residual, args, keywords, node)
        return self.passive_method(receiver, residual, name, args, keywords, node)

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
        values = [k for k, _ in [*args, *keywords.values()]]
        of_text = isinstance(receiver, Text) or isinstance(receiver, Const) and isinstance(receiver.value, str)
        if of_text and (
            isinstance(receiver, Text) or name == "format" and any(varied(k) or holds_text(k) for k in values)
        ):
            number = name in ("index", "find", "count")
            return (INT if number else Text()), self.rebuilt_call(node, residual, args, keywords)
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
        _, result = self.passive_call(residual, args, keywords, node, f"the method {name!r}")
        kind = INT if name in ("index", "find", "count") else Unknown()
        self.env[result.id] = kind  # type: ignore[attr-defined]
        return self.record(result, kind), result

    def grow(self, kind: Iterable, name: str, args: list[Value]) -> None:
        """What a method puts into a set."""
        if name == "add":
            self.session.put_item(kind.cell, widen(args[0][0]))
        elif name == "update":
            for member, _ in args:
                self.session.put_item(kind.cell, self.session.loosen_all(self.member_kind(member)))

    def call_one_of(
        self,
        kind: OneOf,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        """One of a few functions, known when the program runs: a chain of `if f is ...`."""
        if not any(varied(k) for k, _ in [*args, *keywords.values()]):
            return self.passive_call(residual, args, keywords, node, "a function that can't be told")
        args = [(k, self.simple(k, r)) for k, r in args]
        keywords = {n: (k, self.simple(k, r)) for n, (k, r) in keywords.items()}
        chosen = residual if isinstance(residual, gast.Name) else self.hoist(kind, residual, "function")
        target = self.temporary(node, "choice")
        result: Kind = Bottom()
        steps: list[core.Step] = []
        for i, option in enumerate(reversed(kind.options)):
            assert isinstance(option, Const), "only functions are chosen among"
            text = self.canonical(option.value, chosen, node)
            # each way is a call of its own, which makes objects of its own
            way = self.memo(("way", id(node), i), lambda: copy.copy(node))
            found, value, inner = self.aside(
                lambda o=option, t=text, n=way: self.call_constant(o.value, t, args, keywords, n)  # type: ignore[misc]
            )
            inner.append(self.assign(target, value, found, node))
            result = self.session.joined(result, found, "one of", id(node), self.copies)
            if i == 0:
                steps = inner
                continue
            test = self.keep(gast.copy_location(gast.Compare(chosen, [gast.Is()], [text]), node))
            self.record(test, Unknown())
            self.record(text, option)
            steps = [core.If(node.lineno, test, inner, steps)]
        for step in steps:
            self.emit(step)
        self.env[target] = result
        return result, self.keep(name_node(target, node))

    def simple(self, kind: Kind, residual: gast.expr) -> gast.expr:
        return residual if isinstance(residual, (gast.Name, gast.Constant)) else self.hoist(kind, residual, "argument")

    def canonical(self, value: Any, residual: gast.expr, node: gast.AST) -> gast.expr:
        """The text by which a function is known everywhere, if the user's is a variable."""
        if not self.is_variable(residual):
            return residual
        name = getattr(value, "__name__", None)
        text = None
        if getattr(builtins, str(name), None) is value:
            text = name
        for module, prefix in (
            (np, "np"),
            (math, "math"),
            (np.linalg, "np.linalg"),
            (np.fft, "np.fft"),
        ):
            if name and getattr(module, name, None) is value:
                self.global_name(prefix.split(".")[0], np if prefix.startswith("np") else math)
                text = text or f"{prefix}.{name}"
        if text is None:
            text = self.global_name(name if name and name.isidentifier() else "function", value)
        result = self.memo(("canonical", id(node), text), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(result):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return result

    def is_variable(self, residual: gast.expr) -> bool:
        inner = residual
        while isinstance(inner, (gast.Attribute, gast.Subscript)):
            if isinstance(inner, gast.Subscript):
                return True
            inner = inner.value
        return not isinstance(inner, gast.Name) or inner.id in self.env or inner.id in self.local_names

    def call_constant(
        self,
        value: Any,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
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
        if isinstance(value, operator.itemgetter) and len(value.__reduce__()[1]) == 1:
            index = (
                Const(value.__reduce__()[1][0]),
                self.constant(value.__reduce__()[1][0], node),
            )
            part = self.memo(
                ("item", id(node)),
                lambda: gast.copy_location(
                    gast.Subscript(self.place(*args[0], "part"), index[1], gast.Load()),
                    node,
                ),
            )
            return self.element(args[0][0], index[0], part), part
        found = self.static_call(value, args, keywords, node)
        if found is not None:
            return found
        handler = self.handler(value)
        if handler is not None:
            result = handler(residual, args, keywords, node)
            if result is not None:
                return result
        if hasattr(type(value), "specialize_inside"):
            return self.call_derivative(value, residual, args, keywords, node)
        if isinstance(value, functools.partial):
            return self.call_partial(value, residual, args, keywords, node)
        if isinstance(value, functools._lru_cache_wrapper):
            return self.call_constant(value.__wrapped__, residual, args, keywords, node)
        if isinstance(value, types.MethodType):
            receiver = value.__self__
            if isinstance(receiver, type):
                first: Value = (
                    Const(receiver),
                    name_node(self.global_name(receiver.__name__, receiver), node),
                )
            else:
                path = f"{self.facts.name_value(value, 'method')}.__self__"
                kind = lift(self.session, receiver, path)
                first = (
                    kind,
                    name_node(self.capture(Capture(path, kind, "self_object")), node),
                )
            self.record(first[1], first[0])
            return self.call_constant(value.__func__, self.behind(residual, node), [first, *args], keywords, node)
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            return self.construct(value, residual, args, keywords, node)
        rules = registry.rules_for(value)
        if rules is not None or registry.is_constant(value) or is_library(value):
            return self.library_call(value, rules, residual, args, keywords, node)
        if isinstance(value, type):
            return self.construct(value, residual, args, keywords, node)
        if isinstance(value, types.FunctionType):
            return self.call_function(value, residual, args, keywords, node)
        if hasattr(type(value), "__call__") and not is_function_like(value):  # noqa: B004
            if not any(varied(k) for k, _ in [*args, *keywords.values()]):
                raise CannotTell(f"what {type(value).__name__} does when called")
        return self.passive_call(residual, args, keywords, node, getattr(value, "__name__", "this function"))

    def static_call(self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value | None:
        """What a function of numbers of axes and the like gives, if all that it is given is known."""
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
        tree = self.memo(("static", id(node), text), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(tree):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return self.evaluate(tree)

    def behind(self, residual: gast.expr, node: gast.expr) -> gast.expr:
        """The function behind a bound method, which is given what the method is bound to."""
        return self.keep(gast.copy_location(gast.Attribute(residual, "__func__", gast.Load()), node))

    def handler(self, value: Any) -> Any:
        raise NotImplementedError

    def call_partial(
        self,
        value: Any,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        name = self.facts.name_value(value, "partial")
        first: list[Value] = [
            self.outside_value(v, f"{name}.args[{i}]", f"argument_{i}", node) for i, v in enumerate(value.args)
        ]
        more = {k: self.outside_value(v, f"{name}.keywords[{k!r}]", k, node) for k, v in value.keywords.items()}
        return self.call_constant(
            value.func,
            residual_of(self, value.func, node),
            [*first, *args],
            {**more, **keywords},
            node,
        )

    def call_derivative(
        self,
        value: Any,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        """A gradient called inside the program: its generated source is a function like any other."""
        definition = self.definition_of(value.function)
        bound = self.bind_arguments(definition, {}, args, keywords, node)
        kinds = [(name, kind) for name, (kind, _) in bound]
        table = self.session.__dict__.setdefault("_derivatives", {})
        key = (id(value), tuple(kinds))
        if key not in table:
            self.session.alive.append(value)
            table[key] = value.specialize_inside(self.session, kinds)
        function, captures = table[key]
        outside = [self.capture_again(c, node) for c in captures]
        name = name_node(self.global_name(function.__name__, function), node)
        self.record(name, Const(function))
        return self.call_function(function, name, [v for _, v in bound] + outside, {}, node)

    def outside_value(self, value: Any, path: str, name: str, node: gast.AST) -> Value:
        """A value from outside the program, such as a default: a constant in the text, or a parameter."""
        if (
            value is None
            or isinstance(value, (str, bool))
            or isinstance(value, (int, float))
            and not isinstance(value, np.generic)
        ):
            result: gast.expr = self.keep(constant_node(value, node))
            kind: Kind = Const(value)
            self.facts.guard(f"{path} == {value!r}" if value == value else f"{path} != {path}")
        elif isinstance(value, (type, types.ModuleType)) or is_function_like(value):
            kind = Const(value)
            self.facts.guard(f"{path} is {self.facts.name_value(value, 'value')}")
            result = residual_of(self, value, node)
        else:
            kind = lift(self.session, value, path)
            result = self.keep(name_node(self.capture(Capture(path, kind, name)), node))
        self.record(result, kind)
        return kind, result

    # Library functions

    def library_call(
        self,
        value: Any,
        rules: Any,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        name = library_name(value)
        args = [(only_number(k), r) for k, r in args]
        keywords = {n: (only_number(k), r) for n, (k, r) in keywords.items()}
        text = self.canonical(value, residual, node)
        definition = registry.definition_for(value)
        if not rules and self.is_told(definition, rules, args, keywords):
            return self.call_definition_of(definition, text, args, keywords, node)
        self.check_no_functions(args, keywords, name, node)
        call = self.rebuilt_call(node, text, args, keywords)
        if any(isinstance(k, Bottom) for k, _ in [*args, *keywords.values()]):
            return Bottom(), call
        if value is np.ndim and len(args) == 1:
            axes = number_of_axes(widen(args[0][0]))
            if axes is not None:
                return Const(axes), call
        if value in (np.shape, np.size) and len(args) == 1 and isinstance(args[0][0], Array):
            asked = self.infer.attribute(args[0][0], "shape" if value is np.shape else "size")
            if asked is not None:
                return set_varied(asked, False), call
        moving = any(varied(k) for k, _ in [*args, *keywords.values()])
        if not moving and any(holds_text(k) for k, _ in [*args, *keywords.values()]):
            return Text(), call
        if not moving:
            if isinstance(getattr(value, "__self__", None), RANDOM):
                return self.random_call(type(value.__self__), text, value.__name__, args, keywords, node)
            return self.passive_library(value, call, args, keywords, node)
        if registry.is_constant(value):
            kind = self.library_kind(
                value,
                args,
                keywords,
                node,
                value in DATA_SIZED if hashable(value) else True,
            )
            return set_varied(kind, False), call
        if rules is None:
            raise self.refusal(
                "E203", f"{name} has no derivative rule", node,
                "write the rule with srcgrad.rule(...), or use srcgrad.stop_gradient(...) on its arguments",
            )  # fmt: skip
        if value not in TAKES_LISTS and not any(rule.sequences for rule in rules):
            wrapped = [self.as_array(v, node, i) for i, v in enumerate(args)]
            if any(a is not b for a, b in zip(wrapped, args)):
                args = wrapped
                call = self.rebuilt_call(node, text, args, keywords)
        if self.is_told(definition, rules, args, keywords):
            return self.call_definition_of(definition, text, args, keywords, node)
        rule, bound = self.match(call, rules, keywords, args, node, name)
        if value not in TAKES_LISTS and not rule.sequences:
            # The rule computes with its operands: a list that does not vary is an array for it as well.
            operands = [bound[n][1] for n in rule.operands if n in bound]
            chosen = [any(r is o for o in operands) for _, r in args]
            wrapped = [self.as_array(v, node, i, True) if c else v for i, (v, c) in enumerate(zip(args, chosen))]
            listed = {
                n: self.as_array(v, node, n, True) if any(v[1] is o for o in operands) else v
                for n, v in keywords.items()
            }
            if any(a is not b for a, b in zip([*wrapped, *listed.values()], [*args, *keywords.values()])):
                args, keywords = wrapped, listed
                call = self.rebuilt_call(node, text, args, keywords)
                rule, bound = self.match(call, rules, keywords, args, node, name)
        return self.ruled_kind(value, rule, bound, args, keywords, node), call

    def is_told(self, definition: Any, rules: Any, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Is this active call one for the function's definition, since no rule fits?  None tells itself by itself."""
        if definition is None or definition in self.session.telling:
            return False
        if not any(varied(k) for k, _ in [*args, *keywords.values()]):
            return False
        try:
            inspect.signature(definition).bind(*args, **keywords)
        except TypeError:
            return False
        return not rules or choose(rules, args, keywords, self.facts, self.default_value)[0] is None

    def call_definition_of(
        self, definition: Any, text: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A call of a library function, followed as one of the function that tells it."""
        self.session.telling.append(definition)
        try:
            return self.call_function(definition, text, args, keywords, node)
        finally:
            self.session.telling.pop()

    def as_array(self, value: Value, node: gast.expr, i: int | str, passive: bool = False) -> Value:
        """A list of numbers where a rule takes an array: `np.sum([x, y])` is `np.sum(np.array([x, y]))`."""
        kind, residual = value
        if not isinstance(kind, (List, Tuple)) or not (varied(kind) or passive):
            return value
        func = self.memo(("np.array", id(node), i), lambda: gast.parse("np.array", mode="eval").body)
        self.global_name("np", np)
        for child in nodes_in(func):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        shell = self.memo(
            ("as array", id(node), i),
            lambda: gast.copy_location(gast.Call(func, [], []), node),
        )
        found, call = self.library_call(np.array, registry.rules_for(np.array), func, [value], {}, shell)
        self.record(call, found)
        return found, self.hoist(found, call, "array")

    def ruled_kind(
        self,
        value: Any,
        rule: Any,
        bound: dict[str, Value],
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Kind:
        self.at(node)
        kinds = [k for k, _ in args]
        if any(isinstance(k, Array) and k.sizes is None for k in kinds) and not rule.elementwise:
            kind = self.of_any_rank(value, args, keywords, node)
            return set_varied(kind, any(varied(bound[n][0]) for n in rule.operands if n in bound))
        if rule.elementwise and not keywords and all(is_number(k) for k in kinds):
            kind = self.infer.elementwise(value, kinds)
        else:
            kind = self.library_kind(value, args, keywords, node, rule.sizes == "data")
        operands = [bound[name][0] for name in rule.operands if name in bound]
        return set_varied(kind, any(varied(k) for k in operands))

    def of_any_rank(self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Kind:
        """The kind of a call whose operand has any number of axes, if that makes no difference, as for `np.sum(x)`."""
        unknown = CannotTell("the number of axes of an operand is not known")
        for rule in registry.rules_for(value) or ():
            if rule.when is not None and any(
                isinstance(n, gast.Attribute) and n.attr in ("ndim", "shape") for n in nodes_in(rule.when)
            ):
                raise unknown
        found = []
        for sizes in ((), (Size(None, 2),), (Size(None, 2), Size(None, 3))):
            tried = [(replace(k, sizes=sizes) if isinstance(k, Array) and k.sizes is None else k, r) for k, r in args]
            found.append(self.library_kind(value, tried, keywords, node, False))
        if not isinstance(found[0], Number) or any(k != found[0] for k in found):
            raise unknown
        return found[0]

    def library_kind(
        self,
        value: Any,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        data: bool,
    ) -> Kind:
        self.at(node)
        return self.infer.probe(value, [k for k, _ in args], {n: k for n, (k, _) in keywords.items()}, data)

    def passive_library(
        self,
        value: Any,
        call: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        known = registry.is_constant(value) or registry.rules_for(value) is not None
        pure = (
            known
            or (getattr(value, "__module__", None) or "").split(".")[0] in ("numpy", "math", "builtins", "operator")
            or isinstance(value, np.ufunc)
        )
        kind: Kind = Unknown()
        if pure and not isinstance(getattr(value, "__self__", None), RANDOM):
            data = not known or (hashable(value) and value in DATA_SIZED) or self.float_range(value, args)
            try:
                kind = set_varied(self.library_kind(value, args, keywords, node, data), False)
            except CannotTell:
                kind = Unknown()
        if not pure:
            return self.impure(kind, call)
        return kind, call

    def float_range(self, value: Any, args: list[Value]) -> bool:
        """`np.arange` of floats that are not known: its length is not."""
        return value is np.arange and any(isinstance(k, (Number, Array)) and k.dtype.kind not in "iu" for k, _ in args)

    def random_call(
        self,
        cls: type,
        residual: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        """A random draw: it is stored, never drawn again."""
        call = self.rebuilt_call(node, residual, args, keywords)
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            raise self.refusal(
                "E203",
                f"the random draw {name!r} has no derivative rule",
                node,
                "scale and shift a standard draw",
            )
        try:
            kind = self.infer.probe(
                draw(cls, name),
                [k for k, _ in args],
                {n: k for n, (k, _) in keywords.items()},
            )
        except CannotTell:
            kind = Unknown()
        return self.impure(kind, call)

    def impure(self, kind: Kind, call: gast.expr) -> Value:
        """A call that must be made once only: it gets a name."""
        self.record(call, kind)
        return kind, self.hoist(kind, call, "value")

    def passive_call(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        what: str,
    ) -> Value:
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            raise self.refusal(
                "E201",
                f"{what} is called with differentiable values, and has no derivative rule",
                node,
            )
        return self.impure(Unknown(), self.rebuilt_call(node, residual, args, keywords))

    def check_no_functions(self, args: list[Value], keywords: dict[str, Value], name: str, node: gast.AST) -> None:
        if any(isinstance(k, (Closure, LocalFunction)) for k, _ in [*args, *keywords.values()]):
            raise self.refusal(
                "E304",
                f"{name} is given a function made inside the program",
                node,
                "write the loop out",
            )

    def rebuilt_call(
        self,
        node: gast.expr,
        func: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
    ) -> gast.expr:
        """The call with its operands' core form; the user's own node if nothing changed."""
        residuals = [r for _, r in args]
        if isinstance(node, gast.Call) and func is node.func and len(residuals) == len(node.args):
            if all(a is b for a, b in zip(residuals, node.args)) and len(keywords) == len(node.keywords):
                if all(k.arg in keywords and keywords[k.arg][1] is k.value for k in node.keywords):
                    return node
        pairs = [gast.keyword(name, r) for name, (_, r) in keywords.items()]
        return self.keep(gast.copy_location(gast.Call(func, residuals, pairs), node))

    def match(
        self,
        residual: gast.expr,
        rules: Any,
        keywords: dict[str, Value],
        args: list[Value],
        node: gast.expr,
        what: str,
    ) -> tuple[Any, dict[str, Value]]:
        """Choose the rule for an active call, and note it."""
        if not rules:
            raise self.refusal("E203", f"{what} has no derivative rule", node)
        rule, bound, reason = choose(rules, args, keywords, self.facts, self.default_value)
        if rule is None:
            code = "E207" if "derivative with respect" in reason else "E202"
            raise self.refusal(
                code,
                f"{what}: {reason}",
                node,
                "leave that argument out, or write the operation another way",
            )
        self.function.matches[id(residual)] = core.Match(rule, {n: r for n, (_, r) in bound.items()})
        return rule, bound

    def default_value(self, default: gast.expr) -> Value:
        kind, residual = self.evaluate(default)
        return kind, residual

    def match_method(
        self,
        residual: gast.expr,
        rewriting: Any,
        receiver: Value,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        what: str,
    ) -> tuple[Any, dict[str, Value], Any]:
        """An ndarray method is differentiated as the function it stands for."""
        values = {id(r): v for v in [receiver, *args, *keywords.values()] for r in [v[1]]}
        try:
            function, trees, named = rewriting.rewrite(
                receiver[1],
                [r for _, r in args],
                {n: r for n, (_, r) in keywords.items()},
            )
        except BindError as error:
            raise self.refusal("E202", f"{what}: {error}", node) from error

        def value(tree: gast.expr) -> Value:
            if id(tree) in values:
                return values[id(tree)]
            if isinstance(tree, gast.Tuple):
                parts = [value(e) for e in tree.elts]
                return Tuple(tuple(k for k, _ in parts)), tree
            return self.evaluate(tree)

        function_args, function_keywords = (
            [value(t) for t in trees],
            {n: value(t) for n, t in named.items()},
        )
        rules = registry.rules_for(function)
        rule, bound = self.match(residual, rules, function_keywords, function_args, node, what)
        return rule, bound, function

    def array_method(
        self,
        receiver: Kind,
        base: gast.expr,
        residual: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        call = self.rebuilt_call(node, residual, args, keywords)
        moving = any(varied(k) for k, _ in [(receiver, base), *args, *keywords.values()])
        if name == "fill":
            return self.fill_method(receiver, base, args[0], node)
        if name in (
            "sort",
            "partition",
            "put",
            "resize",
            "itemset",
            "setflags",
            "setfield",
            "byteswap",
        ):
            if moving or isinstance(receiver, Array):
                raise self.refusal(
                    "E204",
                    f"the method {name!r} changes an array in place",
                    node,
                    f"use np.{name}(...), which returns a new array",
                )
        if not moving:
            try:
                self.at(node)
                kind = self.infer.probe(
                    method_caller(name),
                    [receiver, *(k for k, _ in args)],
                    {n: k for n, (k, _) in keywords.items()},
                    name in ("nonzero", "compress", "repeat"),
                )
            except CannotTell:
                kind = Unknown()
            return set_varied(kind, False), call
        rewriting = registry.method_for(np.ndarray, name)
        if rewriting is None:
            if name in CONSTANT_METHODS:
                self.at(node)
                return set_varied(
                    self.infer.probe(
                        method_caller(name),
                        [receiver, *(k for k, _ in args)],
                        {n: k for n, (k, _) in keywords.items()},
                    ),
                    False,
                ), call
            raise self.refusal(
                "E204",
                f"the derivative of a value would be lost in, or is not known for, the method {name!r}",
                node,
            )
        if registry.is_constant(getattr(np, name, None)):
            self.at(node)
            kind = self.infer.probe(
                method_caller(name),
                [receiver, *(k for k, _ in args)],
                {n: k for n, (k, _) in keywords.items()},
                True,
            )
            return set_varied(kind, False), call
        rule, _, _ = self.match_method(
            call,
            rewriting,
            (receiver, base),
            args,
            keywords,
            node,
            f"the method {name!r}",
        )
        self.at(node)
        if isinstance(receiver, Array) and receiver.sizes is None and not rule.elementwise:
            raise CannotTell("the number of axes of this array is not known")
        try:
            kind = self.infer.probe(
                method_caller(name),
                [receiver, *(k for k, _ in args)],
                {n: k for n, (k, _) in keywords.items()},
                rule.sizes == "data",
            )
        except CannotTell:
            if isinstance(receiver, Array) and receiver.sizes is None:
                kind = receiver
            else:
                raise
        return set_varied(kind, True), call

    def fill_method(self, receiver: Kind, base: gast.expr, value: Value, node: gast.Call) -> Value:
        """`x.fill(v)` is `x[...] = v`."""
        index = self.memo(("ellipsis", id(node)), lambda: constant_node(..., node))
        self.record(index, Const(...))
        base = self.place(receiver, base, "part")
        place = self.keep(gast.copy_location(gast.Subscript(base, index, gast.Store()), node))
        assert isinstance(receiver, Array), "only arrays have the method fill"
        statement = self.memo(("fill", id(node)), lambda: gast.copy_location(gast.Expr(node), node))
        self.store_element(receiver, base, Const(...), place, "", value[0], value[1], statement)
        return Const(None), self.keep(constant_node(None, node))

    # Functions with source

    def definition(self, node: Any) -> Definition:
        """The definition of a function made inside the program."""
        return self.memo(("definition", id(node)), lambda: self.make_definition(node))

    def make_definition(self, node: Any) -> Definition:
        outer = self.definition_of_frame
        if isinstance(node, gast.Lambda):
            returned = gast.copy_location(gast.Return(node.body), node)
            tree = gast.FunctionDef("lambda_", node.args, [returned], [], None, None, [])
            gast.copy_location(tree, node)
        else:
            tree = node
        nonlocals = [n for s in nodes_in(tree) if isinstance(s, gast.Nonlocal) for n in s.names]
        tree = desugar(tree, Names.of(tree))
        own = stored_names(tree) - set(nonlocals)
        skip = {id(n) for d in [*tree.args.defaults, *tree.args.kw_defaults] if d is not None for n in nodes_in(d)}
        read: dict[str, None] = {}
        for child in nodes_in(tree):
            if isinstance(child, gast.Name) and id(child) not in skip and child.id not in own:
                read[child.id] = None
        outer_names = self.local_names | set(outer.captured)
        captured = [n for n in read if n in outer_names] + [n for n in nonlocals if n not in read]
        return Definition(
            tree.name, tree, outer.source, outer.globals, outer.cells,
            captured, owner=self.owner, nonlocals=nonlocals,
            key=("inner", id(node), self.copies), line=node.lineno,
        )  # fmt: skip

    def call_local(
        self,
        local: LocalFunction,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        """A call by name: the captured variables are passed as they are now."""
        definition = local.definition
        captured: list[tuple[str, Value]] = []
        stack, seen = list(definition.captured), set()
        while stack:
            name = stack.pop(0)
            if name in seen:
                continue
            seen.add(name)
            kind = self.env.get(name)
            if isinstance(kind, LocalFunction):
                # A function it calls: that sees its own variables, which are handed on under their names.
                hidden = set(kind.definition.captured) & (stored_names(definition.tree) - set(definition.nonlocals))
                if hidden - {kind.definition.name} or kind.definition.nonlocals and kind.definition is not definition:
                    raise self.refusal(
                        "E304",
                        f"the function {name!r} is called from one with variables of the same name",
                        node,
                        "rename them",
                    )
                captured.append((name, (kind, name_node(name, node))))
                stack += kind.definition.captured
            elif name in self.local_names or name in self.env:
                load = self.memo(("captured", id(node), name), lambda n=name: name_node(n, node))
                captured.append((name, self.evaluate(load)))
        defaults = {}
        for parameter, temporary in definition.default_names.items():
            load = self.memo(("default", id(node), parameter), lambda t=temporary: name_node(t, node))
            defaults[parameter] = self.evaluate(load)
        return self.call_definition(definition, captured, defaults, args, keywords, node, None)

    def call_closure(
        self,
        kind: Closure,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        """A call of a function value: what it captured is taken out of it."""
        if kind.definition.nonlocals:
            raise self.refusal(
                "E304",
                "a function with `nonlocal` variables is called through a value",
                node,
                "call it by its name",
            )
        captured, defaults = [], {}
        place = (
            self.place(Tuple(tuple(k for _, k in kind.captured)), residual, "function")
            if not isinstance(residual, gast.Tuple)
            else residual
        )
        for i, (name, k) in enumerate(kind.captured):
            if isinstance(place, gast.Tuple):
                part = place.elts[i]
            else:
                index = self.memo(("index", id(node), i), lambda i=i: constant_node(i, node))
                self.record(index, Const(i))
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                self.record(part, k)
            if name.startswith("default "):
                defaults[name[8:]] = (k, part)
            else:
                captured.append((name, (k, part)))
        if isinstance(kind.definition, PartialOf):
            return kind.definition.call(self, [v for _, v in captured], args, keywords, node)
        return self.call_definition(kind.definition, captured, defaults, args, keywords, node, None)

    def call_function(
        self,
        function: types.FunctionType,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        owner: type | None = None,
    ) -> Value:
        """A call of a user's function."""
        moving = any(varied(k) for k, _ in [*args, *keywords.values()])
        try:
            definition = self.definition_of(function)
        except SrcgradError:
            if moving:
                raise
            return self.passive_call(residual, args, keywords, node, function.__name__)
        if moving:
            return self.call_definition(definition, [], {}, args, keywords, node, residual)
        block, length, env = self.block, len(self.block), dict(self.env)
        try:
            return self.call_definition(definition, [], {}, args, keywords, node, residual)
        except (SrcgradError, CannotTell):
            # Without differentiable arguments it need not be understood, unless it holds the values of others.
            self.block, self.env = block, env
            del self.block[length:]
            return self.passive_call(residual, args, keywords, node, function.__name__)

    def definition_of(self, function: types.FunctionType) -> Definition:
        table = self.session.__dict__.setdefault("_definitions", {})
        if id(function) not in table:
            self.session.alive.append(function)
            table[id(function)] = definition_of(self.session, function)
        return table[id(function)]

    def call_definition(
        self, definition: Definition, captured: list[tuple[str, Value]], defaults: dict[str, Value], args: list[Value],
        keywords: dict[str, Value], node: gast.expr, text: gast.expr | None,
    ) -> Value:  # fmt: skip
        bound = self.bind_arguments(definition, defaults, args, keywords, node)
        named = [
            *bound,
            *[(n, v) for n, v in captured if n not in {b for b, _ in bound}],
        ]
        variant = self.session_variant(definition, [(n, k) for n, (k, _) in named])
        result = self.session.escaping(variant.result, ("call", id(variant)), "result", id(node), self.copies)
        result = self.session.escaping(result, ("params", definition.key), "result", id(node), self.copies)
        values = [named[i] for i in variant.kept]
        outside = [self.capture_again(c, node) for c in list(variant.captures.values())]
        moving = varied(result) or any(varied(k) for _, (k, _) in named)
        pure = not written(variant.function) and not definition.nonlocals
        pure = pure and not (is_container(result) and is_memory(result))  # two members may share memory
        if (
            not varied(result)
            and pure
            and not holds_closure(result)
            and text is not None
            and not self.is_variable(text)
        ):
            if isinstance(result, Const) and is_function_value(result):
                return result, residual_of(self, result.value, node)
            call = self.rebuilt_call(node, text, args, keywords)
            return (result, call) if not moving or not is_memory(result) else self.impure(result, call)
        if variant.raises:
            self.dead_call = True
        residuals = [r for _, (_, r) in values] + [r for _, r in outside]
        for name, (kind, r) in values:
            if name in variant.varied_params and not varied(kind):
                if isinstance(r, (gast.Name, gast.Subscript, gast.Attribute)):
                    self.make_varied(r, node)
                else:
                    raise self.refusal(
                        "E305",
                        "a differentiable value is stored into an argument that can't be followed",
                        node,
                    )
        base = definition.name.strip("_") or "call"
        name = self.temporary(node, f"{base}_value")
        whole: gast.expr | None = None
        given = [k for k, _ in [*args, *keywords.values()]]
        if text is not None and not any(holds_closure(k) or isinstance(k, LocalFunction) for k in [result, *given]):
            whole = self.rebuilt_call(node, text, args, keywords)
            self.record(whole, result)
        if definition.nonlocals:
            return self.call_with_nonlocals(definition, variant, result, residuals, name, whole, node)
        target = self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
        self.record(target, result)
        self.emit(core.Call(node.lineno, [target], variant.function, residuals, whole))
        self.env[name] = result
        if isinstance(result, Const) and is_function_value(result):
            return result, residual_of(self, result.value, node)
        return result, self.keep(name_node(name, node))

    def call_with_nonlocals(
        self,
        definition: Definition,
        variant: Variant,
        result: Kind,
        residuals: list[gast.expr],
        name: str,
        whole: gast.expr | None,
        node: gast.expr,
    ) -> Value:
        """The function gives back, with its result, what it assigned to variables of this one."""
        if not isinstance(result, Tuple):
            return result, self.keep(constant_node(None, node))
        targets = []
        for target, kind in zip([name, *definition.nonlocals], result.items):
            store = self.memo(
                ("target", id(node), target),
                lambda t=target: name_node(self.local_text(t), node, store=True),
            )
            self.record(store, kind)
            targets.append(store)
            self.env[target] = kind
        self.emit(core.Call(node.lineno, targets, variant.function, residuals, whole))
        return result.items[0], self.keep(name_node(name, node))

    def capture_again(self, capture: Capture, node: gast.AST) -> Value:
        name = self.capture(Capture(capture.path, capture.kind, capture.name))
        load = self.keep(name_node(name, node))
        self.record(load, capture.kind)
        return capture.kind, load

    def bind_arguments(
        self,
        definition: Definition,
        defaults: dict[str, Value],
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> list[tuple[str, Value]]:
        """Parameters in order with their values, as Python binds them."""
        spec = definition.tree.args
        positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
        bound: dict[str, Value] = dict(zip(positional, args))
        extra = args[len(positional) :]
        if extra and spec.vararg is None:
            raise CannotTell(f"{definition.name} takes {len(positional)} arguments, and {len(args)} are given")
        named = [*positional[len(spec.posonlyargs) :], *(a.id for a in spec.kwonlyargs)]
        rest: dict[str, Value] = {}
        for name, value in keywords.items():
            if name in named and name not in bound:
                bound[name] = value
            elif spec.kwarg is not None and name not in named:
                rest[name] = value
            else:
                raise CannotTell(f"{definition.name} does not take the argument {name!r} here")
        trees = dict(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults))
        trees.update({a.id: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults) if d is not None})
        result: list[tuple[str, Value]] = []
        for name in [*positional, *(a.id for a in spec.kwonlyargs)]:
            if name not in bound:
                bound[name] = self.default(definition, defaults, name, trees, node)
            if name in positional:
                result.append((name, bound[name]))
        if spec.vararg is not None:
            shell = self.memo(
                ("varargs", id(node)),
                lambda: gast.copy_location(gast.Tuple([], gast.Load()), node),
            )
            kind, display = self.display(list(extra), shell, None)
            self.record(display, kind)
            result.append((spec.vararg.id, (kind, display)))
        result += [(a.id, bound[a.id]) for a in spec.kwonlyargs]
        if spec.kwarg is not None:
            cell = self.session.cell("kwargs", id(node), self.copies)
            keys = []
            for name, (kind, _) in rest.items():
                self.session.put_key(cell, name, kind)
                keys.append(self.keep(constant_node(name, node)))
                self.record(keys[-1], Const(name))
            display = self.keep(gast.copy_location(gast.Dict(keys, [r for _, r in rest.values()]), node))
            self.record(display, Dict(cell))
            result.append((spec.kwarg.id, (Dict(cell), display)))
        return result

    def default(
        self,
        definition: Definition,
        defaults: dict[str, Value],
        name: str,
        trees: dict[str, gast.expr],
        node: gast.expr,
    ) -> Value:
        if name in defaults:
            return defaults[name]
        if name in definition.defaults:
            path, value = definition.defaults[name]
            return self.outside_value(value, path, name, node)
        if name in trees and isinstance(trees[name], gast.Constant):
            constant = self.keep(constant_node(trees[name].value, node))  # type: ignore[attr-defined]
            self.record(constant, Const(constant.value))
            return Const(constant.value), constant
        raise CannotTell(f"{definition.name} needs the argument {name!r}")

    def callee_type(self) -> Any:
        raise NotImplementedError

    def session_variant(self, definition: Definition, params: list[tuple[str, Kind]]) -> Variant:
        return specialize_variant(self.session, self.callee_type(), definition, params)


class PartialOf:
    """`partial(f, a, k=b)` made inside the program: the function, and the names of the captured keywords."""

    nonlocals: tuple[()] = ()

    def __init__(self, function: Kind, count: int, names: tuple[str, ...]) -> None:
        self.function, self.count, self.names = function, count, names

    def call(
        self,
        frame: Calls,
        captured: list[Value],
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        first = captured[: self.count]
        more = dict(zip(self.names, captured[self.count : self.count + len(self.names)]))
        inner = captured[self.count + len(self.names) :]
        if isinstance(self.function, Closure):
            display = frame.keep(gast.copy_location(gast.Tuple([r for _, r in inner], gast.Load()), node))
            return frame.call_closure(self.function, display, [*first, *args], {**more, **keywords}, node)
        assert isinstance(self.function, Const), "a partial is of a known function"
        return frame.call_constant(
            self.function.value,
            residual_of(frame, self.function.value, node),
            [*first, *args],
            {**more, **keywords},
            node,
        )


CONSTANT_METHODS = {
    "argmax",
    "argmin",
    "argsort",
    "any",
    "all",
    "nonzero",
    "searchsorted",
    "argpartition",
}


def residual_of(frame: Calls, value: Any, node: gast.AST) -> gast.expr:
    """The text of a function in generated code."""
    variable = gast.Subscript(name_node("_", node), constant_node(0, node), gast.Load())
    return frame.canonical(value, variable, node)


def definition_of(session: Any, function: types.FunctionType) -> Definition:
    """The definition of a real function."""
    source = source_of(function)
    guard_code(session, function)
    closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    name = session.facts.name_value(function, function.__name__.strip("<>"))
    defaults = {}
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    for i, (parameter, value) in enumerate(zip(positional[len(positional) - len(values) :], values)):
        defaults[parameter] = (f"{name}.__defaults__[{i}]", value)
    for parameter, value in (function.__kwdefaults__ or {}).items():
        defaults[parameter] = (f"{name}.__kwdefaults__[{parameter!r}]", value)
    tree = normal_form(source, function.__globals__)
    owner = None
    if "__class__" in closure:
        owner = closure["__class__"].cell_contents
    return Definition(
        source.name,
        tree,
        source,
        function.__globals__,
        closure,
        defaults=defaults,
        owner=owner,
        key=("function", id(function)),
    )


def normal_form(source: Source, outside: dict[str, Any]) -> gast.FunctionDef:
    """The tree of a function, desugared, with the variables that its inner functions share in cells."""
    names = Names.of(source.tree)
    try:
        return desugar(share_cells(source.tree, names, outside), names)
    except CannotShare as error:
        raise SrcgradError(
            "E304",
            str(error),
            advice=f"give what {error.name!r} becomes another name",
            where=source.location(error.node),
        ) from None


def specialize_variant(
    session: Any,
    frame_type: Any,
    definition: Definition,
    params: list[tuple[str, Kind]],
) -> Variant:
    """The variant of a function for these kinds; made at its first use, and again while it is still growing."""
    under_way = [v for k, v in session.variants.items() if k[0] == definition.key and not v.done]
    if under_way and (definition.key, tuple(params)) not in session.variants:
        params = [(name, any_depth(session, kind, definition.key, name)) for name, kind in params]
    key = (definition.key, tuple(params))
    numbers = session.__dict__.setdefault("_numbers", {})
    number = numbers.setdefault(key, len(numbers))
    variant = session.variants.get(key)
    if variant is not None:
        if not variant.done:
            variant.recursive = True
            above = session.stack[session.stack.index(variant) + 1 :]
            for one in above:
                one.waits_for.append(variant)
        return variant
    if len(session.variants) >= 200 or len(under_way) >= 24:
        raise SrcgradError(
            "E307",
            f"{definition.name} is called with too many different kinds of arguments",
            advice="pass arrays of one kind",
        )
    previous = session.__dict__.setdefault("_previous", {}).get(key)
    function = core.Function(definition.name, names=Names.of(definition.tree), source=definition.source)
    variant = session.variants[key] = Variant(function)
    if previous is not None:
        variant.result, variant.captures = previous
    session.facts.scopes.append(("call", id(variant)))
    depth = len(session.facts.scopes)
    session.stack.append(variant)
    try:
        for _ in range(20):
            before = (variant.result, len(variant.captures), session.version)
            frame = frame_type(session, definition, variant, number)
            frame.run(params)
            if not variant.recursive or before == (
                variant.result,
                len(variant.captures),
                session.version,
            ):
                break
    finally:
        del session.facts.scopes[depth - 1 :]
        session.stack.pop()
    variant.done = True
    session.__dict__["_previous"][key] = (variant.result, variant.captures)
    if any(not other.done for other in variant.waits_for):
        # It has seen an unfinished result of a function that calls it: it is done again when that has grown.
        del session.variants[key]
    return variant


def number_of_axes(kind: Kind) -> int | None:
    if isinstance(kind, Number):
        return 0
    return len(kind.sizes) if isinstance(kind, Array) and kind.sizes is not None else None


def is_plain(value: Any) -> bool:
    """Can the value be written as a literal, to be read again as the same?"""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, str))


def static_value(kind: Kind) -> Any:
    """The value of a constant, or of a tuple of constants."""
    if isinstance(kind, Const):
        return kind.value
    if isinstance(kind, Tuple) and kind.cls is None:
        return tuple(static_value(k) for k in kind.items)
    if isinstance(kind, List) and kind.cell.items is not None and isinstance(kind.cell.item, Bottom):
        return [static_value(k) for k in kind.cell.items]
    raise CannotTell("a value that is not known")


def only_number(kind: Kind) -> Kind:
    """Of alternatives such as None or an array, the one that a numerical function takes without raising."""
    if isinstance(kind, OneOf):
        numbers = [k for k in kind.options if is_number(k)]
        others = [k for k in kind.options if not is_number(k)]
        if len(numbers) == 1 and all(k == Const(None) or isinstance(k, Object) for k in others):
            return numbers[0]
    return kind


def holds_closure(kind: Kind, seen: frozenset[int] = frozenset()) -> bool:
    """Does a value hold a function made inside the program, which generated code represents in its own way?"""
    if isinstance(kind, Closure):
        return True
    members = kind.items if isinstance(kind, Tuple) else kind.options if isinstance(kind, OneOf) else ()
    if isinstance(kind, (List, Dict)):
        if id(kind.cell) in seen:
            return False  # what a recursive function saves holds what it saved one call down
        seen |= {id(kind.cell)}
        members = tuple(kind.cell.members())
    return any(holds_closure(k, seen) for k in members)


def any_depth(session: Any, kind: Kind, *owner: Any) -> Kind:
    """A kind that serves every depth of a recursion: sizes and numbers that change from call to call are forgotten."""
    wide = widen(kind)
    if isinstance(wide, Number):
        return replace(wide, size=None)
    session.facts.scopes.append(("params", owner[0]))
    try:
        return session.map_sizes(
            wide,
            lambda size, path: size if size.symbol is None else session.facts.fresh("depth", *owner, path),
        )
    finally:
        session.facts.scopes.pop()


def draw(cls: type, name: str) -> Any:
    return _draws(cls, name)


@functools.cache
def _draws(cls: type, name: str) -> Any:
    generator = np.random.default_rng(0) if cls is np.random.Generator else np.random.RandomState(0)
    return lambda *args, **keywords: getattr(generator, name)(*args, **keywords)


def is_library(value: Any) -> bool:
    """Does a callable belong to a library that is not differentiated through its source?"""
    if isinstance(
        value,
        (
            np.ufunc,
            types.BuiltinFunctionType,
            types.MethodWrapperType,
            types.MethodDescriptorType,
        ),
    ):
        return True
    if isinstance(value, type):
        root = (value.__module__ or "").split(".")[0]
        return root in LIBRARIES or (root in sys.stdlib_module_names and root != "__main__")
    module = getattr(value, "__module__", None) or ""
    if module.split(".")[0] in sys.stdlib_module_names:
        return True
    return module.split(".")[0] in LIBRARIES or type(value).__module__.split(".")[0] in ("numpy", "operator")


def library_name(value: Any) -> str:
    module = (getattr(value, "__module__", None) or "").replace("numpy", "np")
    name = getattr(value, "__name__", type(value).__name__)
    if isinstance(value, np.ufunc):
        module = "np" if getattr(np, name, None) is value else "scipy.special"
    return f"{module}.{name}".replace("builtins.", "").lstrip(".")


def hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


__all__ = ["OPERATORS", "Calls", "importlib", "widen"]
