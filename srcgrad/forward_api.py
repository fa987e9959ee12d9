"""The public function of forward mode: jvp."""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import Kind, Tuple
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.session import Session
from srcgrad.analysis.specialize.writes import EFFECT, written
from srcgrad.callables import (
    Parameter,
    as_function,
    bind,
    binding_of,
    called_by_reference,
    is_called_as_before,
    parameters_of,
)
from srcgrad.dispatch import Dispatcher, Entry
from srcgrad.errors import ArgumentError
from srcgrad.kinds_of_arguments import Wanted, chosen_kinds
from srcgrad.lang.compile import annotate, compile_source
from srcgrad.module import line_map, print_file
from srcgrad.pipeline import Generated, check_pair, made_plain, readable, specialize_accepted
from srcgrad.read_back import check_read_back
from srcgrad.runtime.structures import attributes, like
from srcgrad.transform.forward import tangent
from srcgrad.transform.refusal import Refusal, users_error

# by function, without and with has_aux
_dispatchers: tuple[weakref.WeakKeyDictionary[Any, Dispatcher], ...] = (
    weakref.WeakKeyDictionary(),
    weakref.WeakKeyDictionary(),
)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool = False) -> Any:
    """f's value at the primals, and its derivative along the tangents: one for each primal, of the same structure.

    None, or 0, stands for the tangent of a primal without floats; None for one that is zero.  The tangent of a boolean or
    an integer in the value is a zero, of an array of those zeros; of what is no number it is None.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)

    has_aux: f returns a pair, of which the first is the value; the second comes third, and is not differentiated.

    >>> jvp(lambda x: (x * x, {"x": x}), (3.0,), (1.0,), has_aux=True)
    (9.0, 6.0, {'x': 3.0})
    """
    primals, tangents = checked(f, primals, tangents)
    return forward(f, primals, has_aux).call(*primals)(tangents)


def jvp_source(f: Callable[..., Any], *primals: Any) -> str:
    """The text of the function that `jvp` runs for primals of these kinds."""
    dispatcher = forward(f, primals)
    return dispatcher.entry(bind(dispatcher.parameters, primals, {}, name_of(f))).source


def checked(f: Any, primals: Any, tangents: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    for what, value in (("primals", primals), ("tangents", tangents)):
        if not isinstance(value, (tuple, list)):
            raise ArgumentError(
                "E509", f"the {what} are of type {type(value).__name__}", advice="give a tuple, one for each argument"
            )
    if len(primals) != len(tangents):
        raise ArgumentError(
            "E509", f"{name_of(f)} has {len(primals)} primals, and {len(tangents)} tangents", advice="give one for each"
        )
    return tuple(primals), tuple(tangents)


def name_of(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "lambda_" if name == "<lambda>" else str(name)


def forward(f: Callable[..., Any], primals: Sequence[Any], has_aux: bool = False) -> Dispatcher:
    """What serves the calls of `jvp` for this function."""
    function = as_function(f)
    dispatcher = _dispatchers[has_aux].get(function)
    if dispatcher is None or not is_called_as_before(function, dispatcher.binding):  # type: ignore[attr-defined]
        parameters = parameters_of(function)
        build_one = functools.partial(build, weakref.ref(function), parameters, has_aux)
        plain = functools.partial(called_by_reference, weakref.ref(function), parameters)
        dispatcher = Dispatcher(name_of(f), parameters, build_one, plain)
        dispatcher.binding = binding_of(function)  # type: ignore[attr-defined]
        if function is f:
            _dispatchers[has_aux][function] = dispatcher
        else:
            dispatcher.kept = function  # type: ignore[attr-defined]
    try:
        bind(dispatcher.parameters, tuple(primals), {}, name_of(f))
    except TypeError as error:
        raise ArgumentError("E508", str(error)) from None
    return dispatcher


def build(
    function: Any, parameters: list[Parameter], has_aux: bool, values: list[Any], of_nothing: bool = False
) -> Entry:
    """The entry for primals of these kinds: it takes the primals and gives a function of the tangents."""
    function = function()
    wanted = Wanted.all_floats(parameters, values)
    names = [p.name for p in parameters]
    session = Session()
    session.facts.of_nothing = of_nothing
    session.facts.reserved = set(names)
    active = wanted.parameters(names)
    generated = generate_tangent(
        function, lambda s: chosen_kinds(s, names, values, wanted, name_of(function)), active, session, has_aux=has_aux
    )
    kind = generated.specialized.result
    kind = kind.items[0] if has_aux and isinstance(kind, Tuple) else kind
    places = [i for i, name in enumerate(names) if name in active]
    variadic = [p.kind == "args" for p in parameters]

    def hold(*args: Any) -> Any:
        return args

    def finish(args: tuple[Any, ...], *primals: Any) -> Any:
        def push(tangents: tuple[Any, ...]) -> tuple[Any, ...]:
            given = spread(list(tangents), variadic, len(primals))
            memo: dict[int, Any] = {}
            dots = []
            for i, primal in enumerate(primals):
                text = f"the tangent of {names[i]!r}"
                found = tangent_like(primal, given[i], text, memo)
                if i in places:
                    dots.append(found)
            try:
                value, dot, *aux = generated.main(*args, *dots)
                check_read_back(kind, value, name_of(function))
            except Exception as error:
                if entry.anew is not None and entry.may_run_anew(error, *primals):
                    return entry.anew(error, list(primals))(tangents)
                annotate(error, generated.line_map)
                raise
            return value, with_zeros(value, like(value, dot)), *aux

        return push

    entry = Entry(
        guards=list(session.facts.guards), values=session.facts.values, function=hold, source=generated.source,
        extra=[c.path for c in generated.specialized.captures], finish=finish, stores=generated.stores,
        line_map=generated.line_map,
    )  # fmt: skip
    return entry


def with_zeros(value: Any, dot: Any) -> Any:
    """The tangent of a result: booleans and integers have zeros, of double precision, as JAX's have its `float0`."""
    if isinstance(value, (list, tuple)):
        members = [with_zeros(v, d) for v, d in zip(value, dot)]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    if isinstance(value, dict):
        dot.update({k: with_zeros(v, dot[k]) for k, v in value.items()})
        return dot
    if dot is not None or not isinstance(value, (bool, int, np.generic, np.ndarray)):
        return dot
    if np.asarray(value).dtype.kind not in "biu":
        return None
    return np.zeros(value.shape) if isinstance(value, np.ndarray) else 0.0


def spread(tangents: list[Any], variadic: list[bool], count: int) -> list[Any]:
    """One tangent for each parameter; those of `*args` together, and none for defaults."""
    found: list[Any] = []
    for many in variadic:
        if many:
            found.append(tuple(tangents))
            tangents = []
        else:
            found.append(tangents.pop(0) if tangents else None)
    return [*found, *[None] * (count - len(found))]


def generate_tangent(
    function: types.FunctionType | None, params: Callable[[Session], list[tuple[str, Kind]]], wrt: list[str],
    session: Session, definition: Definition | None = None, has_aux: bool = False,
) -> Generated:  # fmt: skip
    """The compiled `f_jvp` for parameters of these kinds; options as for `generate`."""
    specialized, definition = specialize_accepted(function, params, session, definition)
    if has_aux:
        check_pair(specialized, definition)
    functions = made_plain(specialized)
    texts = {name: p.id for name, p in zip(specialized.parameters, specialized.function.params)}
    try:
        result = tangent(specialized.function, [texts[n] for n in wrt], infer=session.infer, has_aux=has_aux)
    except Refusal as refusal:
        raise users_error(refusal, functions) from None
    shown, run, namespace = print_file(readable(result.functions, functions, session), result.globals)
    space = compile_source(shown, namespace, result.name, run)
    made = {f.name: space[f.name] for f in result.functions}
    lines = line_map(shown, made[result.name].__code__.co_filename, functions)
    stores = bool(written(specialized.function) - {EFFECT})
    return Generated([result.name], shown, made, specialized, stores, lines)


def tangent_like(value: Any, tangent: Any, what: str, memo: dict[int, Any]) -> Any:
    """A tangent as generated code takes it: copied, in the types of the value; namespaces for objects."""
    if isinstance(value, np.ndarray):
        return array_tangent(value, tangent, what)
    if isinstance(value, (bool, int, np.integer, np.bool_)) or value is None or isinstance(value, (str, bytes)):
        if tangent is not None and not is_zero(tangent):
            raise ArgumentError(
                "E509", f"{what} must be None or 0, since that is of type {type(value).__name__}",
            )  # fmt: skip
        return 0.0 if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else None
    if isinstance(value, (float, complex, np.inexact)):
        return number_tangent(value, tangent, what)
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, (list, tuple)):
        return sequence_tangent(value, tangent, what, memo)
    if isinstance(value, dict):
        if tangent is not None and (not isinstance(tangent, dict) or set(tangent) != set(value)):
            raise ArgumentError("E509", f"{what} must be a dict with the keys {list(value)}")
        found: Any = {}
        memo[id(value)] = found
        for key, member in value.items():
            found[key] = tangent_like(member, None if tangent is None else tangent[key], f"{what}, at {key!r}", memo)
        return found
    if callable(value) and not getattr(value, "__dict__", None) or isinstance(value, (type, types.ModuleType)):
        return None
    return object_tangent(value, tangent, what, memo)


def is_zero(tangent: Any) -> bool:
    try:
        return not np.any(np.asarray(tangent, float))
    except (TypeError, ValueError):
        return False


def array_tangent(value: np.ndarray, tangent: Any, what: str) -> Any:
    if value.dtype.kind not in "fc":
        if tangent is not None and not is_zero(tangent):
            raise ArgumentError("E509", f"{what} must be None or 0, since that is an array of {value.dtype}")
        return None
    if tangent is None:
        return laid_out(value)
    if np.shape(tangent) != value.shape:
        raise ArgumentError("E509", f"{what} has the shape {np.shape(tangent)}, the primal {value.shape}")
    if np.iscomplexobj(tangent) and value.dtype.kind == "f":
        raise ArgumentError("E509", f"{what} is complex, the primal is real")
    found = laid_out(value)
    found[...] = tangent
    return found


def laid_out(value: np.ndarray) -> np.ndarray:
    """Zeros that lie in memory as an array does: what is a view of it depends on that."""
    found = np.zeros_like(value)
    if found.strides == value.strides or 0 in value.strides or not value.size:
        return found
    spans = [(n - 1) * s for n, s in zip(value.shape, value.strides)]
    low, high = sum(s for s in spans if s < 0), sum(s for s in spans if s > 0)
    buffer = bytearray(high - low + value.itemsize)
    return np.ndarray(value.shape, value.dtype, buffer, -low, value.strides)


def number_tangent(value: Any, tangent: Any, what: str) -> Any:
    if tangent is None:
        return type(value)(0)
    if not isinstance(tangent, (bool, int, float, complex, np.number, np.ndarray)) or np.shape(tangent) != ():
        raise ArgumentError("E509", f"{what} must be a number")
    if np.iscomplexobj(tangent) and not np.iscomplexobj(value):
        raise ArgumentError("E509", f"{what} is complex, the primal is real")
    return type(value)(tangent)


def sequence_tangent(value: Any, tangent: Any, what: str, memo: dict[int, Any]) -> Any:
    if tangent is not None and not (isinstance(tangent, (list, tuple)) and len(tangent) == len(value)):
        raise ArgumentError("E509", f"{what} must be a {type(value).__name__} of length {len(value)}")
    given = [None] * len(value) if tangent is None else tangent
    if isinstance(value, list):
        found: Any = []
        memo[id(value)] = found
        found.extend(tangent_like(v, t, f"{what}[{i}]", memo) for i, (v, t) in enumerate(zip(value, given)))
        return found
    members = [tangent_like(v, t, f"{what}[{i}]", memo) for i, (v, t) in enumerate(zip(value, given))]
    return type(value)(*members) if hasattr(value, "_fields") else tuple(members)


def object_tangent(value: Any, tangent: Any, what: str, memo: dict[int, Any]) -> Any:
    found = types.SimpleNamespace()
    memo[id(value)] = found
    for name, member in attributes(value).items():
        given = tangent.get(name) if isinstance(tangent, dict) else getattr(tangent, name, None)
        if given is member and not isinstance(member, (float, complex, np.inexact, np.ndarray)):
            given = None if tangent is not value else given
        setattr(found, name, tangent_like(member, given, f"{what}, attribute {name}", memo))
    return found


__all__ = ["jvp", "jvp_source"]
