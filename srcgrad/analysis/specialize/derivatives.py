"""What do calls of srcgrad itself become inside a differentiated program?

Only `vjp`, `jvp` and `grad` are known here; what else the API has is written in Python over them.  Each is the call of a
function generated for the kinds at hand, which is then followed like any other: order is nothing special.

    y, pullback = vjp(f, x)     y, saved = f_forward(x); the pullback is a function value that holds `saved`
    pullback(v)                 (f_backward(saved, v),)
    vjp(f, x)[1](v)             (f_vjp(x, v),)
    jvp(f, (x,), (v,))          f_jvp(x, v)
    grad(f)(x)                  f_grad(x)
    checkpoint(f)(x)            f(x), of a definition that says so
"""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    FLOAT,
    Array,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Tuple,
    dtype_of,
    is_container,
    is_empty,
    is_memory,
    is_number,
    is_scalar,
    rank,
    varied,
    widen,
)
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.copies import Copies
from srcgrad.analysis.specialize.definitions import Definition, LocalFunction, is_told_of, told_of
from srcgrad.analysis.specialize.made_functions import Made
from srcgrad.analysis.specialize.session import (
    Capture,
    Session,
    constant_node,
    content,
    is_function_value,
    name_node,
    only_varied,
    plain,
)
from srcgrad.analysis.specialize.values import Value
from srcgrad.runtime.structures import add_to, like, zeros_like, zeros_of


@dataclass
class Generated:
    """Functions generated for a derivative: one, or the two halves of a pair; and the data they need from outside."""

    functions: list[Any]
    captures: list[Capture]
    stores: bool  # do they change their arguments?
    result: Kind  # of the function itself


@dataclass
class Asked:
    """A function whose derivative is asked for, with the values that it is given."""

    definition: Definition
    bound: list[tuple[str, Value]]  # its parameters
    captured: list[tuple[str, Value]]
    primals: list[tuple[str, int | None]]  # of each positional argument: the parameter, and the place in `*args`
    hidden: int = 0  # the first parameters, which are no arguments: the function value itself

    def active(self) -> list[str]:
        """The parameters that have floats."""
        return [name for name, (kind, _) in self.bound[self.hidden :] if has_floats(kind)]


@dataclass
class Tools:
    """What the API puts here: it knows how derivatives are generated, which comes after all that is in this folder."""

    # (session, definition, parameters, wrt, mode, has_aux) -> Generated
    generate: Callable[..., Generated] = None  # type: ignore[assignment]
    as_function: Callable[[Any], Any] = None  # type: ignore[assignment]
    # a function of a function value and so many arguments, and keywords of these names, which calls it
    caller: Callable[..., Any] = None  # type: ignore[assignment]
    vjp: Any = None
    checkpoint: Any = None
    gradients: dict[Any, str] = field(default_factory=dict)  # the API's function -> mode
    told: dict[Any, Any] = field(default_factory=dict)  # the API's function -> one that tells it over these


TOOLS = Tools()


def has_floats(kind: Kind) -> bool:
    return varied(only_varied(kind, True))


def held_function(frame: Any, kind: Kind, captured: list[Value], node: gast.expr) -> Value:
    """The function that another holds, by what it captured: of these kinds now."""
    if isinstance(kind, Closure):
        display = frame.display_of(kind.definition, captured, node)
        held = Closure(kind.definition, tuple((n, k) for (n, _), (k, _) in zip(kind.captured, captured)))
        return frame.record(display, held), display
    assert isinstance(kind, Const), "a function that is held is known when generating"
    return kind, residual_of(frame, kind.value, node)


class PullbackOf(Made):
    """The pullback of a `vjp` in the program: it holds `saved`, and the primals that give a cotangent its structure."""

    def __init__(self, backward: Any, asked: Asked, active: list[str], result: Kind) -> None:
        self.backward, self.active, self.result = backward, active, result
        self.primals = asked.primals
        self.kept = [name for name, (kind, _) in asked.bound if name in active and needs_form(kind)]

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        if len(args) != 1 or keywords:
            raise CannotTell("a pullback takes one cotangent")
        saved, *kept = captured
        seed = frame.cotangent(args[0], self.result, node)
        bars = frame.call_generated(self.backward, [saved, seed], node)
        return frame.cotangents(bars, self.active, self.primals, dict(zip(self.kept, kept)), node)


class GradientOf(Made):
    """`grad(f)` of a function made in the program."""

    def __init__(self, function: Kind, places: Any, mode: str, has_aux: bool) -> None:
        self.function, self.places, self.mode, self.has_aux = function, places, mode, has_aux

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        chosen = isinstance(self.function, OneOf)
        function = captured[0] if chosen else held_function(frame, self.function, captured, node)
        return frame.gradient_call(function, self.places, self.mode, self.has_aux, args, keywords, node)


class CheckpointOf(Made):
    """`checkpoint(f)` of a method or another function value: a function that calls it runs again."""

    name = "checkpoint"

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        if keywords:
            raise CannotTell("keywords of a function value that runs again")
        caller = frame.memo(("caller", len(args)), lambda: TOOLS.caller(len(args)))
        return frame.call_again(caller, [*captured, *args], {}, node)


class Derivatives(Copies):
    """Calls of `vjp`, `jvp` and `grad`."""

    def call_constant(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        if isinstance(value, types.FunctionType) and hasattr(value, "checkpointed"):
            return self.call_again(value.checkpointed, args, keywords, node)
        if is_told_of(value):
            maker, function, argnums = value.asked_of()
            return self.call_value(*self.made_by_api(maker, function, argnums, node), args, keywords, node)  # type: ignore[no-any-return]
        if isinstance(value, types.FunctionType):
            told = TOOLS.told.get(value) or told_of(value)
            if value in TOOLS.told:
                args, keywords = self.by_position(args, keywords, node)
            if told is not None:
                value, residual = told, residual_of(self, told, node)
        return super().call_constant(value, residual, args, keywords, node)  # type: ignore[no-any-return]

    def made_by_api(self, maker: Any, function: Any, argnums: Any, node: gast.expr) -> Value:
        """What `jacobian` and its kin give, of a function that is known when generating."""
        key = ("made by api", id(maker), id(function), repr(argnums))
        way = self.memo(key, lambda: copy.copy(node))
        given = [(Const(function), residual_of(self, function, node)), self.told_value(argnums, way)]
        return self.call_constant(maker, residual_of(self, maker, node), given, {}, way)

    def told_value(self, argnums: Any, node: gast.expr) -> Value:
        if isinstance(argnums, tuple):
            return self.tuple_of([self.told_value(a, node) for a in argnums], node)
        return Const(argnums), self.keep(constant_node(argnums, node))

    def by_position(
        self, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> tuple[list[Value], dict[str, Value]]:
        """The options of `jacobian` and its kin, with names of arguments as positions."""
        options = [*args[1:], *(v for name, v in keywords.items() if name in ("argnums", "argnum"))]
        if not options or not is_told(options[0][0]):
            return args, {}
        asked = told(options[0][0])
        several = isinstance(asked, (tuple, list))
        kind = args[0][0]
        names: list[str] = []
        if isinstance(kind, Closure) and isinstance(kind.definition, Definition):
            spec = kind.definition.tree.args
            names = [a.id for a in [*spec.posonlyargs, *spec.args]]
        elif isinstance(kind, Const) and callable(kind.value):
            names = list(inspect.signature(self.python_function(kind.value), follow_wrapped=False).parameters)

        def position(one: Any) -> Any:
            if isinstance(one, str) and one in names:
                return names.index(one)
            return one + len(names) if isinstance(one, int) and one < 0 and names else one

        found = tuple(map(position, asked)) if several else position(asked)
        return [args[0], self.told_value(found, node)], {}

    # Functions that run again

    def on_checkpoint(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`checkpoint(f)`: a function value like f, of which the definition says that it runs again."""
        if len(args) != 1 or keywords:
            raise CannotTell("checkpoint takes a function")
        kind, text = args[0]
        if isinstance(kind, Const) and callable(kind.value):
            made = self.memo(("checkpoint", id(kind.value)), lambda: TOOLS.checkpoint(kind.value))
            return Const(made), residual_of(self, made, node)
        if isinstance(kind, Closure) and isinstance(kind.definition, Definition):
            return Closure(self.run_again(kind.definition), kind.captured), text
        return self.made(self.session.shared_memo(("checkpoint",), CheckpointOf), [args[0]], node)  # type: ignore[no-any-return]

    def run_again(self, definition: Definition) -> Definition:
        def make() -> Definition:
            self.session.alive.append(definition)
            return replace(definition, again=True, key=("again", definition.key))

        return self.session.shared_memo(("again", id(definition)), make)  # type: ignore[no-any-return]

    def call_again(
        self, function: types.FunctionType, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        residual = residual_of(self, function, node)
        if not any(varied(k) for k, _ in [*args, *keywords.values()]):
            return self.call_function(function, residual, args, keywords, node)  # type: ignore[no-any-return]
        definition = self.run_again(self.definition_of(function))
        return self.call_definition(definition, [], {}, args, keywords, node, residual)  # type: ignore[no-any-return]

    # What is asked for

    def asked(self, function: Value, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Asked:
        kind, residual = function
        captured: list[tuple[str, Value]] = []
        defaults: dict[str, Value] = {}
        if isinstance(kind, Closure) and isinstance(kind.definition, Definition):
            if kind.definition.nonlocals:
                raise self.refusal(
                    "E304",
                    "the derivative of a function with `nonlocal` variables",
                    node,
                    "return the value instead of assigning it",
                )
            definition = kind.definition
            for (name, _), value in zip(kind.captured, self.held_parts(kind, residual)):
                if name.startswith("default "):
                    defaults[name[8:]] = value
                else:
                    captured.append((name, value))
        elif isinstance(kind, Const) and callable(kind.value):
            definition = self.definition_of(self.python_function(kind.value))
        else:
            key = ("caller", len(args), *keywords)
            caller = self.memo(key, lambda: TOOLS.caller(len(args), tuple(keywords)))
            asked = self.asked((Const(caller), residual), [function, *args], keywords, node)
            asked.primals, asked.hidden = asked.primals[1:], 1
            return asked
        bound = self.bind_arguments(definition, defaults, args, keywords, node)
        spec = definition.tree.args
        positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
        primals: list[tuple[str, int | None]] = [(name, None) for name in positional[: len(args)]]
        primals += [(spec.vararg.id, i) for i in range(len(args) - len(positional))]
        return Asked(definition, bound, captured, primals)

    def held_parts(self, kind: Closure, residual: gast.expr) -> list[Value]:
        """What a function value captured; a tag that it begins with is none of that."""
        tag = (Const(kind.definition.tag),) if kind.definition.tag else ()
        return self.members(Tuple((*tag, *(k for _, k in kind.captured))), residual)[len(tag) :]  # type: ignore[no-any-return]

    def display_of(self, definition: Any, captured: list[Value], node: gast.expr) -> gast.expr:
        """The tuple that stands for a function value."""
        tag = [self.constant(definition.tag, node)] if definition.tag else []
        display = gast.Tuple([*tag, *(text for _, text in captured)], gast.Load())
        return self.keep(gast.copy_location(display, node))  # type: ignore[no-any-return]

    def python_function(self, value: Any) -> Any:
        table = self.session.derivatives
        if id(value) not in table:
            self.session.alive.append(value)
            table[id(value)] = TOOLS.as_function(value)
        return table[id(value)]

    def generated(
        self, asked: Asked, active: list[str], mode: str, node: gast.expr, has_aux: bool = False
    ) -> tuple[Generated, list[Value]]:
        """The derivative for these kinds, and what it is given of the values at hand and of data from outside."""
        named = [*asked.bound, *[(n, v) for n, v in asked.captured if n not in {b for b, _ in asked.bound}]]
        table = self.session.derivatives
        kinds = tuple((name, content(widen(k) if name in active else k)) for name, (k, _) in named)
        key = (asked.definition.key, mode, tuple(active), has_aux, kinds)
        if key not in table:
            # What is changed in place must be saved, and put back, when it is differentiated.
            inner = Session(self.facts, self.session.passes.without("reuse").without("free"))
            taken: dict[Any, Any] = {}
            params = [(n, only_varied(k, n in active and not is_empty(k), inner.clock, taken)) for n, (k, _) in named]
            # What it holds must live as long as it is told apart by its identity.
            self.session.alive += [asked.definition, params, named]
            inner.tags, known = self.session.tags, len(self.session.tags)
            table[key] = TOOLS.generate(inner, asked.definition, params, active, mode, has_aux)
            if len(self.session.tags) > known:
                self.session.clock[0] += 1  # function values made here begin with their tags from now on
        made = table[key]
        # Generated code takes a function as what it captured.
        kept = [(plain(kind), text) for _, (kind, text) in named if not is_function_value(kind)]
        if made.stores and sum(is_memory(k) for k, _ in kept) > 1 and not any(varied(k) for k, _ in kept):
            # Where something varies, the call is looked at as that of any function that stores into arguments.
            raise self.refusal(
                "E403", "the derivative of a function that changes its arguments, which may be one array", node,
                "copy the argument in that function before it is changed",
            )  # fmt: skip
        return made, kept + [self.capture_again(c, node) for c in made.captures]

    def call_generated(self, function: Any, args: list[Value], node: gast.expr, place: Any = 0) -> Value:
        """A call of a generated function, or of a helper, as of any function."""
        name = name_node(self.global_name(function.__name__, function), node)
        self.record(name, Const(function))
        way = self.memo(("derivative", id(node), function.__name__, place), lambda: copy.copy(node))
        return self.call_constant(function, self.keep(name), args, {}, way)  # type: ignore[no-any-return]

    def part(self, value: Value, i: int, node: gast.expr) -> Value:
        kind, residual = value
        if isinstance(residual, (gast.Tuple, gast.List)):
            return self.members(kind, residual)[i]
        index = self.keep(constant_node(i, node))
        self.record(index, Const(i))
        part = self.keep(
            gast.copy_location(gast.Subscript(self.place(kind, residual, "parts"), index, gast.Load()), node)
        )
        return self.record(part, self.element(kind, Const(i), part)), part

    def tuple_of(self, values: list[Value], node: gast.expr) -> Value:
        display = self.keep(gast.copy_location(gast.Tuple([r for _, r in values], gast.Load()), node))
        kind = Tuple(tuple(k for k, _ in values))
        self.record(display, kind)
        return kind, display

    # Reverse mode

    def visit_Call(self, node: gast.Call) -> Value:
        """`vjp(f, x)[1](v)` needs no record of what the pullback reads."""
        func = node.func
        if isinstance(func, gast.Subscript) and isinstance(func.value, gast.Call) and len(node.args) == 1:
            inner, index = func.value, func.slice
            if isinstance(index, gast.Constant) and index.value == 1 and not node.keywords and not inner.keywords:
                block, length, env = self.block, len(self.block), dict(self.env)
                if self.evaluate(inner.func)[0] == Const(TOOLS.vjp):
                    args, _ = self.arguments(inner)
                    if args and not isinstance(node.args[0], gast.Starred):
                        seed = self.evaluate_after(node.args[0], [r for _, r in args])
                        return self.pulled_back(args[0], args[1:], seed, node)
                self.block, self.env = block, env
                del self.block[length:]
        return super().visit_Call(node)  # type: ignore[no-any-return]

    def pulled_back(self, function: Value, primals: list[Value], seed: Value, node: gast.expr) -> Value:
        asked = self.asked(function, primals, {}, node)
        active = asked.active()
        made, given = self.generated(asked, active, "vjp", node)
        seed = self.cotangent(seed, made.result, node)
        bars = self.call_generated(made.functions[0], [*given, seed], node)
        return self.cotangents(bars, active, asked.primals, dict(asked.bound), node)

    def on_vjp(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if not args:
            raise CannotTell("vjp takes a function and its arguments, by position")
        function, *primals = args
        has_aux, keywords = asks_for_aux(keywords)
        asked = self.asked(function, primals, keywords, node)
        active = asked.active()
        made, given = self.generated(asked, active, "pair", node, has_aux)
        forward, backward = made.functions
        both = self.call_generated(forward, given, node)
        value, saved = self.part(both, 0, node), self.part(both, 1, node)
        rest = [self.part(value, 1, node)] if has_aux else []
        value = self.part(value, 0, node) if has_aux else value
        pullback = self.memo(
            ("pullback", id(node), backward.__code__), lambda: PullbackOf(backward, asked, active, value[0])
        )
        pullback.result = value[0]
        values = dict(asked.bound)
        held = [saved, *(values[name] for name in pullback.kept)]
        closure = Closure(pullback, tuple((f"part {i}", k) for i, (k, _) in enumerate(held)))
        display = self.display_of(pullback, held, node)
        self.record(display, closure)
        return self.tuple_of([value, (closure, display), *rest], node)

    def cotangent(self, seed: Value, result: Kind, node: gast.expr) -> Value:
        """A cotangent as a generated function takes it: of floats, in the structure of the result."""
        kind, residual = seed
        if not alike(kind, result):
            raise self.refusal(
                "E509",
                "the cotangent has not the structure of the function's value",
                node,
                "give a cotangent with the containers and shapes of the value",
            )
        if isinstance(kind, Const) and type(kind.value) in (int, bool):
            constant = self.keep(constant_node(float(kind.value), node))
            kind = Const(constant.value)
            self.record(constant, kind)
            return kind, constant
        if is_number(kind) and dtype_of(kind).kind in "iub":  # type: ignore[union-attr]
            return self.times_one(seed, node, "seed")
        return seed

    def named(self, value: Value, node: gast.expr, name: str) -> gast.Name:
        """The name that a value is given."""
        held = self.temporary(node, name)
        self.emit(self.assign(held, value[1], value[0], node))
        self.env[held] = value[0]
        return self.memo(("named", id(node), held), lambda: name_node(held, node))  # type: ignore[no-any-return]

    def times_one(self, value: Value, node: gast.expr, name: str) -> Value:
        """A number, or a new array, of floats."""
        held = self.named(value, node, name)
        product = self.memo(
            ("times one", id(node), held.id),
            lambda: gast.copy_location(gast.BinOp(constant_node(1.0, node), gast.Mult(), held), node),
        )
        return self.evaluate(product)  # type: ignore[no-any-return]

    def cotangents(
        self, bars: Value, active: list[str], primals: list[tuple[str, int | None]], values: dict[str, Value], node: gast.expr
    ) -> Value:  # fmt: skip
        """The tuple that a pullback gives: a cotangent for each primal, None for one without floats."""
        parts: dict[str, Value] = {}
        for i, name in enumerate(active):
            parts[name] = bars if len(active) == 1 else self.part(bars, i, node)
            if name in values and needs_form(values[name][0]):
                parts[name] = self.call_generated(like, [values[name], parts[name]], node, name)
        none = (Const(None), self.constant(None, node))
        found = []
        for name, place in primals:
            value = parts.get(name, none)
            found.append(value if place is None or name not in parts else self.part(value, place, node))
        return self.tuple_of(found, node)

    # Gradients

    def on_grad(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`grad(f)`: of a function that is known, made now, once."""
        kind, text = args[0]
        options = [*args[1:], *keywords.values()]
        if not all(is_told(k) for k, _ in options):
            raise CannotTell("the options of this derivative")
        maker = self.function_of(residual)
        values = [told(k) for k, _ in options]
        given = dict(zip(list(keywords), values[len(args) - 1 :]))
        first = values[: len(args) - 1]
        if isinstance(kind, LocalFunction):
            raise CannotTell("this function")
        if isinstance(kind, Const):
            key = ("made", id(maker), id(kind.value), repr(values), *keywords)
            made = self.memo(key, lambda: maker(kind.value, *first, **given))
            return Const(made), residual_of(self, made, node)
        places = {"argnums": 0, "has_aux": False, **dict(zip(["argnums"], first)), **given}
        key = ("gradient", id(node), repr(places))
        definition = self.memo(
            key, lambda: GradientOf(kind, places["argnums"], TOOLS.gradients[maker], places["has_aux"])
        )
        definition.function = kind
        if isinstance(kind, OneOf):  # which of several functions is known when the program runs
            closure = Closure(definition, (("function", kind),))
            text = self.display_of(definition, [(kind, text)], node)
            self.record(text, closure)
            return closure, text
        if not isinstance(kind, Closure):
            raise CannotTell("a derivative of this")
        closure = Closure(definition, kind.captured)
        if definition.tag or kind.definition.tag:
            text = self.display_of(definition, self.held_parts(kind, text), node)
            self.record(text, closure)
        return closure, text

    def call_derivative(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        function, argnums, mode, has_aux = value.asked_inside()
        text = name_node("_", node)
        return self.gradient_call((Const(function), text), argnums, mode, has_aux, args, keywords, node)

    def gradient_call(
        self, function: Value, argnums: Any, mode: str, has_aux: bool, args: list[Value], keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:  # fmt: skip
        asked = self.asked(function, args, keywords, node)
        values = dict(asked.bound)
        single = isinstance(argnums, (int, str, np.integer))
        places = [self.place_of(a, asked, values, node) for a in ([argnums] if single else argnums)]
        names = [name for name, _ in asked.bound if name in {n for n, _ in places}]
        for name, part in places:
            kind = self.part(values[name], part, node)[0] if part is not None else values[name][0]
            if not has_floats(kind):
                raise self.refusal(
                    "E503",
                    f"the argument {name!r} of an inner gradient has no gradient",
                    node,
                    "choose another with argnums, or make it of floats",
                )
        made, given = self.generated(asked, names, mode, node, has_aux)
        result = self.call_generated(made.functions[0], given, node)
        bars, rest = result, None
        if mode == "value_and_grad":
            rest, bars = self.part(result, 0, node), self.part(result, 1, node)
        elif has_aux:
            bars, rest = self.part(result, 0, node), self.part(result, 1, node)
        found = []
        for name, part in places:
            bar = bars if len(names) == 1 else self.part(bars, names.index(name), node)
            if needs_form(values[name][0]) and not is_container(values[name][0]):
                bar = self.call_generated(like, [values[name], bar], node, name)
            found.append(bar if part is None else self.part(bar, part, node))
        gradient = found[0] if single else self.tuple_of(found, node)
        if rest is None:
            return gradient
        return self.tuple_of([rest, gradient] if mode == "value_and_grad" else [gradient, rest], node)

    def place_of(self, argnum: Any, asked: Asked, values: dict[str, Value], node: gast.expr) -> tuple[str, int | None]:
        """The parameter that `argnums` means, and the place in it if that is `*args`."""
        if isinstance(argnum, str) and argnum in values:
            return argnum, None
        if isinstance(argnum, (int, np.integer)) and not isinstance(argnum, bool):
            spec = asked.definition.tree.args
            plain = [a.id for a in [*spec.posonlyargs, *spec.args]][asked.hidden :]
            position = int(argnum) + (len(plain) if argnum < 0 else 0)
            if 0 <= position < len(plain):
                return plain[position], None
            if spec.vararg is not None and position - len(plain) < len(asked.primals) - len(plain):
                return spec.vararg.id, position - len(plain)
        raise self.refusal(
            "E504", f"the function has no argument {argnum!r}", node, "argnums are positions or names of its parameters"
        )

    # Forward mode

    def on_jvp(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        has_aux, keywords = asks_for_aux(keywords)
        if len(args) != 3 or keywords:
            raise CannotTell("jvp takes a function, its primals and their tangents, by position")
        primals, tangents = (self.members(*value) for value in args[1:])
        if len(primals) != len(tangents):
            raise self.refusal(
                "E509",
                f"there are {len(primals)} primals, and {len(tangents)} tangents",
                node,
                "give one tangent for each primal",
            )
        asked = self.asked(args[0], primals, {}, node)
        moving = {name for (name, _), (kind, _) in zip(asked.primals, tangents) if kind != Const(None)}
        active = [name for name in asked.active() if name in moving]
        if not active:
            active = asked.active()
        made, given = self.generated(asked, active, "jvp", node, has_aux)
        dots: dict[str, list[Value]] = {name: [] for name in active}
        for i, ((name, _), primal, dot) in enumerate(zip(asked.primals, primals, tangents)):
            if name in dots:
                dots[name].append(self.tangent(primal, dot, made.stores, node, i))
        given += [
            self.tuple_of(dots[name], node) if any(n == name and p is not None for n, p in asked.primals) else dots[name][0]
            for name in active
        ]  # fmt: skip
        both = self.call_generated(made.functions[0], given, node)
        value, dot = self.part(both, 0, node), self.part(both, 1, node)
        if needs_form(value[0]):
            dot = self.call_generated(like, [value, dot], node)
        rest = [self.part(both, 2, node)] if has_aux else []
        return self.tuple_of([value, self.with_zeros(value, dot, node), *rest], node)

    def with_zeros(self, value: Value, dot: Value, node: gast.expr, place: int = 0) -> Value:
        """The tangent of a result: booleans and integers have zeros."""
        kind = value[0]
        if isinstance(kind, Tuple) and all_floats(kind) is False:
            parts = [(self.part(value, i, node), self.part(dot, i, node)) for i in range(len(kind.items))]
            return self.tuple_of([self.with_zeros(v, d, node, i) for i, (v, d) in enumerate(parts)], node)
        if isinstance(kind, (List, Dict)) and all_floats(kind) is False:
            keys = list(kind.cell.keys) if isinstance(kind, Dict) else list(range(len(kind.cell.items or ())))
            parts = [(self.part(value, key, node), self.part(dot, key, node)) for key in keys]
            members = [self.with_zeros(v, d, node, i) for i, (v, d) in enumerate(parts)]
            named = [self.named(member, node, f"tangent_{place}_{i}") for i, member in enumerate(members)]

            def display() -> gast.expr:
                if isinstance(kind, List):
                    return gast.copy_location(gast.List(named, gast.Load()), node)
                return gast.copy_location(gast.Dict([constant_node(k, node) for k in keys], named), node)

            return self.evaluate(self.memo(("tangents", id(node), place), display))  # type: ignore[no-any-return]
        if not is_number(kind) or has_floats(kind):
            return dot
        if not isinstance(widen(kind), Array):
            return Const(0.0), self.constant(0.0, node)
        return self.call_generated(zeros_beside, [value], node, place)

    def read_beside(self, kind: Kind, like: Kind) -> None:
        """Objects from outside are read where they are asked: here, for all that those beside them hold."""
        if isinstance(kind, Object) and isinstance(like, Object):
            for name, member in like.cell.keys.items():
                found = self.stored_attribute(kind, name)
                if found is not None:
                    self.read_beside(found, member)
        elif isinstance(kind, Dict) and isinstance(like, Dict):
            for key in kind.cell.keys.keys() & like.cell.keys.keys():
                self.read_beside(kind.cell.keys[key], like.cell.keys[key])
        elif isinstance(kind, (Tuple, List)) and isinstance(like, (Tuple, List)):
            members, others = (k.items if isinstance(k, Tuple) else k.cell.items or () for k in (kind, like))
            for one, other in zip(members, others):
                self.read_beside(one, other)

    def tangent(self, primal: Value, dot: Value, stores: bool, node: gast.expr, place: int) -> Value:
        """A tangent as a generated function takes it: of the primal's structure, and its own if it is changed."""
        kind, residual = primal
        if dot[0] == Const(None):
            return self.call_generated(zeros_of, [primal], node, place)
        if not alike(dot[0], kind):
            raise self.refusal(
                "E509",
                "a tangent has not the structure of its primal",
                node,
                "give a tangent with the containers and shapes of the primal",
            )
        if is_container(kind):
            if not stores:
                return dot
            self.read_beside(dot[0], kind)
            zeros = self.call_generated(zeros_like, [dot], node, (place, "zeros"))
            copied = self.call_generated(add_to, [zeros, dot], node, (place, "copied"))
            return self.call_generated(like, [primal, copied], node, place)
        dot = self.cotangent(dot, kind, node)
        if stores and isinstance(kind, Array):
            return self.times_one(dot, node, f"tangent_{place}")
        return dot


def asks_for_aux(keywords: dict[str, Value]) -> tuple[bool, dict[str, Value]]:
    """Is it of a function that returns a pair?  And the other keywords."""
    asked = keywords.get("has_aux", (Const(False), None))[0]
    if not isinstance(asked, Const):
        raise CannotTell("has_aux")
    return bool(asked.value), {name: value for name, value in keywords.items() if name != "has_aux"}


def all_floats(kind: Kind) -> bool | None:
    """Is a list or dict of known members made of floats, all through?  None where they are not known."""
    kind = widen(kind)
    if isinstance(kind, Tuple):
        members: Any = kind.items
    elif isinstance(kind, List):
        members = kind.cell.items
    elif isinstance(kind, Dict):
        members = kind.cell.keys.values()
    else:
        return has_floats(kind) or not is_number(kind)
    return None if members is None else all(all_floats(k) is not False for k in members)


def zeros_beside(value: Any) -> Any:
    """The tangent of an array of integers or booleans."""
    return np.zeros(np.shape(value))


def is_told(kind: Kind) -> bool:
    if isinstance(kind, List):
        return kind.cell.items is not None and all(map(is_told, kind.cell.items))
    return isinstance(kind, Const) or isinstance(kind, Tuple) and all(map(is_told, kind.items))


def told(kind: Kind) -> Any:
    if isinstance(kind, Const):
        return kind.value
    members = kind.cell.items if isinstance(kind, List) else kind.items  # type: ignore[attr-defined]
    return tuple(map(told, members or ()))


def needs_form(kind: Kind) -> bool:
    """Has an adjoint of such a value another form than the value: lists for tuples, double precision for single?"""
    kind = widen(kind)
    if isinstance(kind, (Number, Array)):
        return kind.dtype.kind in "fc" and kind.dtype != FLOAT.dtype
    return has_floats(kind)


def alike(kind: Kind, like: Kind) -> bool:
    """May a value of one kind be a tangent or cotangent of one of the other?"""
    kind, like = widen(kind), widen(like)
    if is_number(like):
        ranks = rank(kind), rank(like)
        return is_number(kind) and (None in ranks or ranks[0] == ranks[1] or is_scalar(kind) and is_scalar(like))
    if isinstance(like, (Tuple, List)) and isinstance(kind, (Tuple, List)):
        members = [k.items if isinstance(k, Tuple) else k.cell.items for k in (kind, like)]
        if None in members:
            return True
        return len(members[0]) == len(members[1]) and all(map(alike, *members))  # type: ignore[arg-type]
    if isinstance(like, Dict):
        return isinstance(kind, Dict) and set(kind.cell.keys) == set(like.cell.keys)
    return not is_number(kind) or not has_floats(like)
