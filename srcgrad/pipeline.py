"""The steps from a user's function and the kinds of its arguments to compiled derivative code, in order."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Text,
    Tuple,
    dtype_of,
    is_number,
    widen,
)
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.matching import choose
from srcgrad.analysis.specialize.session import Session
from srcgrad.analysis.specialize.specializer import Specialized, specialize
from srcgrad.analysis.specialize.variants import definition_of
from srcgrad.analysis.specialize.writes import EFFECT, written
from srcgrad.errors import Location, NotDifferentiable
from srcgrad.lang import core
from srcgrad.lang.compile import compile_source
from srcgrad.lang.headings import note_headings
from srcgrad.lang.names import identifiers
from srcgrad.module import line_map, print_file
from srcgrad.optimize.calls import unwrapped
from srcgrad.optimize.iteration import over_elements
from srcgrad.optimize.tidy import tidy
from srcgrad.rules import registry
from srcgrad.transform.adjoint import Adjoint, adjoint
from srcgrad.transform.refusal import Refusal, users_error


@dataclass
class Generated:
    """Compiled derivative code: its functions by name, and the text they were compiled from."""

    names: list[str]  # of the main function, or of the two halves of a pair
    source: str
    functions: dict[str, Callable[..., Any]]
    specialized: Specialized
    stores: bool
    line_map: dict[str, dict[int, Location]] = field(default_factory=dict)
    trees: list[gast.FunctionDef] = field(default_factory=list)
    globals: dict[str, Any] = field(default_factory=dict)  # the names that the trees use and do not define

    @property
    def main(self) -> Callable[..., Any]:
        return self.functions[self.names[0]]


def generate(
    function: types.FunctionType | None,
    params: Callable[[Session], list[tuple[str, Kind]]],
    wrt: list[str],
    *,
    mode: str,
    session: Session | None = None,
    has_aux: bool = False,
    definition: Definition | None = None,
) -> Generated:
    """Derivative code for parameters of these kinds.

    mode: "grad" or "value_and_grad", a function like targets; "pair", the functions `f_forward` and `f_backward`; "vjp",
    a function of the parameters and the adjoint of the result, of whatever kind.
    definition: of the function, where it is called inside a program that is being specialised.
    """
    session = session or Session()
    specialized, definition = specialize_accepted(function, params, session, definition)
    if has_aux:
        check_pair(specialized, definition)
    if mode not in ("pair", "vjp"):
        if not has_aux:
            never_none(specialized, definition)
            sum_of_one(specialized, session)
        check_result(specialized, definition, has_aux)
    functions = made_plain(specialized)
    texts = {name: p.id for name, p in zip(specialized.parameters, specialized.function.params)}
    result = transformed(specialized.function, [texts[n] for n in wrt], mode, has_aux, session, functions)
    if mode != "pair" and function is not None:
        give_defaults(result.functions[-1], function, texts)
    shown, run, namespace = print_file(readable(result.functions, functions, session), result.globals)
    space = compile_source(shown, namespace, result.name, run)
    made = {f.name: space[f.name] for f in result.functions}
    lines = line_map(shown, made[result.name].__code__.co_filename, functions)
    stores = bool(written(specialized.function) - {EFFECT})
    return Generated(result.names, shown, made, specialized, stores, lines, result.functions, result.globals)


def specialize_accepted(
    function: types.FunctionType | None,
    params: Callable[[Session], list[tuple[str, Kind]]],
    session: Session,
    definition: Definition | None,
) -> tuple[Specialized, Definition]:
    """A function in core form; or one that is defined inside the program, without its parameters that are functions."""
    inside = definition is not None
    if definition is None:
        assert function is not None, "a function is given, or its definition"
        definition = definition_of(session, function)
    return specialize(function, params, session, definition, keep_all=not inside), definition


def made_plain(specialized: Specialized) -> list[core.Function]:
    """The function is tidied; it and those it calls or called, with their headings."""
    before, session = core.all_functions(specialized.function), specialized.session
    if "calls" in session.passes:
        specialized.function, alive = unwrapped(specialized.function)
        session.alive += alive
    session.alive += tidy(specialized.function, session.passes)
    functions = core.all_functions(specialized.function)
    functions += [f for f in before if not any(f is other for other in functions)]
    for function in functions:
        note_headings(function)
    return functions


def readable(trees: list[gast.FunctionDef], functions: list[core.Function], session: Session) -> list[gast.FunctionDef]:
    """The trees as they are printed; Numba's backend takes them as they were."""
    own = {name for f in functions for name in identifiers(f.source.tree)}
    return over_elements(trees, own) if "elements" in session.passes else trees


def give_defaults(tree: gast.FunctionDef, function: types.FunctionType, texts: dict[str, str]) -> None:
    """The user's defaults, where they are plain constants and nothing without a default comes after."""
    values = {p.name: p.default for p in inspect.signature(function, follow_wrapped=False).parameters.values()}
    own = {text: values.get(name, inspect.Parameter.empty) for name, text in texts.items()}
    count = len(tree.args.defaults)
    for argument in reversed(tree.args.args[: len(tree.args.args) - count]):
        default = own.get(argument.id, inspect.Parameter.empty)
        if type(default) not in (int, float, bool, str, type(None)):
            return
        tree.args.defaults.insert(0, gast.Constant(default, None))


def transformed(
    function: core.Function, wrt: list[str], mode: str, has_aux: bool, session: Session, functions: list[core.Function]
) -> Adjoint:
    """The trees of the derivative; a refusal gets the user's file and line."""
    try:
        return adjoint(function, wrt, mode=mode, infer=session.infer, has_aux=has_aux, passes=session.passes)
    except Refusal as refusal:
        raise users_error(refusal, functions) from None


def never_none(specialized: Specialized, definition: Definition) -> None:
    """A function that returns a number, but None on some way: that is an error when it happens."""
    function, kind = specialized.function, specialized.result
    last = function.steps[-1] if function.steps else None
    if not isinstance(kind, OneOf) or not isinstance(last, core.Return) or not isinstance(last.value, gast.Name):
        return
    numbers = [k for k in kind.options if is_number(k)]
    if len(numbers) != 1 or len(kind.options) != 2 or Const(None) not in kind.options:
        return
    name = last.value.id
    check = gast.parse(f"if {name} is None:\n    raise TypeError('{definition.name} returned None')").body[0]
    value = function.names.fresh("value")
    target, load = gast.Name(value, gast.Store(), None, None), gast.Name(value, gast.Load(), None, None)
    same = gast.Name(name, gast.Load(), None, None)
    for node in (target, load, same):
        function.kinds[id(node)] = numbers[0]
    specialized.session.alive += [target, load, same, check]
    function.steps[-1:] = [
        core.Effect(last.lineno, check),
        core.Assign(last.lineno, [target], same),
        core.Return(last.lineno, load),
    ]
    specialized.result = function.result = numbers[0]


def sum_of_one(specialized: Specialized, session: Session) -> None:
    """An array of one element, as a result, stands for its element."""
    function, kind = specialized.function, widen(specialized.result)
    last = function.steps[-1] if function.steps else None
    if not isinstance(kind, Array) or not kind.sizes or not isinstance(last, core.Return):
        return
    if not all(session.facts.value(s) == 1 and session.facts.is_one(s) for s in kind.sizes):
        return
    call = gast.parse("np.sum(x)", mode="eval").body
    call.args = [last.value]

    def default(node: gast.expr) -> tuple[Kind, gast.expr]:
        function.kinds[id(node)] = Const(getattr(node, "value", None))
        return function.kinds[id(node)], node

    rule, bound, _ = choose(registry.rules_for(np.sum) or (), [(kind, last.value)], {}, session.facts, default)
    specialized.result = Number(kind.dtype, weak=False, varied=kind.varied)
    specialized.axes = len(kind.sizes)
    function.namespace["np"] = np
    function.kinds[id(call)] = function.result = specialized.result
    function.matches[id(call)] = core.Match(rule, {name: node for name, (_, node) in bound.items()})
    function.steps[-1] = core.Return(last.lineno, call)


def check_pair(specialized: Specialized, definition: Definition) -> None:
    """With has_aux, the result is a pair."""
    kind, name = specialized.result, definition.name
    if not isinstance(kind, Tuple) or len(kind.items) != 2:
        raise NotDifferentiable(
            "E506", f"with has_aux, {name} must return a pair, its value and something else; it returns {said(kind)}",
            advice="a `return` was forgotten?" if kind == Const(None) else "write `return value, other`",
            where=definition.source.location(definition.source.tree),
        )  # fmt: skip


def check_result(specialized: Specialized, definition: Definition, has_aux: bool) -> None:
    """The gradient of what is not one real number is refused."""
    kind = specialized.result
    name = definition.name
    where = definition.source.location(definition.source.tree)
    advice = "a `return` was forgotten?" if kind == Const(None) else ""
    if has_aux:
        assert isinstance(kind, Tuple), "a pair"
        kind = kind.items[0]
    if isinstance(kind, Bottom):
        return
    if not is_number(kind):
        raise NotDifferentiable(
            "E501", f"grad needs a function that returns one number, and {name} returns {said(kind)}",
            advice=advice or "use srcgrad.vjp for other results, or has_aux=True for a pair", where=where,
        )  # fmt: skip
    wide = widen(kind)
    if isinstance(wide, Array) and wide.sizes != ():
        raise NotDifferentiable(
            "E501", f"grad needs a function that returns one number, and {name} returns an array",
            advice="return its sum, or use srcgrad.vjp", where=where,
        )  # fmt: skip
    dtype = dtype_of(wide)
    if dtype is not None and dtype.kind != "f":
        raise NotDifferentiable(
            "E502", f"grad needs a function that returns a real number, and {name} returns {dtype}",
            advice="return a float" if dtype.kind != "c" else "return its .real or .imag, or np.abs of it", where=where,
        )  # fmt: skip


def said(kind: Kind) -> str:
    """What a kind is called in messages."""
    if isinstance(kind, OneOf):
        return " or ".join(dict.fromkeys(map(said, kind.options)))
    if isinstance(kind, Const):
        return "None" if kind.value is None else f"a value of type {type(kind.value).__name__}"
    if isinstance(kind, Object):
        return f"an object of class {kind.cls.__name__}"
    if isinstance(kind, Closure):
        return "a function"
    if isinstance(kind, Text):
        return "text"
    if isinstance(kind, (List, Tuple, Dict)):
        return f"a {type(kind).__name__.lower()}"
    if is_number(kind):
        return "an array" if isinstance(kind, Array) else "a number"
    return "something else"


__all__ = ["Generated", "generate"]
