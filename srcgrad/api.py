"""The public functions of reverse mode: grad, value_and_grad, vjp."""

from __future__ import annotations

import copy
import functools
import inspect
import types
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import Dict, Number, Tuple
from srcgrad.analysis.passes import Optimize, Passes, passes_of
from srcgrad.analysis.specialize.definitions import plain_function
from srcgrad.analysis.specialize.lift import guard_defaults
from srcgrad.analysis.specialize.session import Session
from srcgrad.callables import (
    Parameter,
    as_function,
    bind,
    binding_of,
    called,
    called_by_reference,
    is_called_as_before,
    parameters_of,
    parameters_shown,
    same_parameters,
)
from srcgrad.dispatch import Dispatcher, Entry
from srcgrad.errors import ArgumentError, NotDifferentiable, SrcgradError
from srcgrad.guess import example_arguments
from srcgrad.kinds_of_arguments import Wanted, chosen_kinds, may_gain_members, mixed_precision, resolve_argnums
from srcgrad.lang.compile import annotate
from srcgrad.lang.names import derived
from srcgrad.lang.source import source_of
from srcgrad.pipeline import Generated, generate
from srcgrad.read_back import check_read_back
from srcgrad.rules import registry
from srcgrad.runtime.structures import attributes, like

Argnums = int | str | Sequence[int | str]


class Derivative:
    """What `grad` and `value_and_grad` give: a function with the parameters of `f`, made when it is first called.

    df.source: the text generated for the latest kinds of arguments.

    Each is of a class of its own, of which `__call__` is the generated function that tests the guards.
    """

    def __new__(cls, *options: Any) -> Derivative:
        return object.__new__(type(cls.__name__, (cls,), {"__module__": cls.__module__}))

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: Argnums,
        has_aux: bool,
        mode: str,
        backend: str = "numpy",
        optimize: Optimize = True,
    ) -> None:
        if registry.rules_for(function) is None:
            function = plain_function(function)
        self._options = (function, argnums, has_aux, mode, backend, optimize)
        # of what is compiled, the compiler lets go
        self._passes = passes_of(optimize) if backend == "numpy" else passes_of(optimize).without("free")
        self.__wrapped__ = function
        self._function = as_function(function)
        self._parameters = parameters_of(self._function)
        self._wanted = resolve_argnums(
            argnums, self._parameters, name_of(function), parameters_shown(self._function)
        )
        self.__name__ = derived(name_of(function), "grad")
        self.__qualname__ = self.__name__
        self.__module__ = getattr(function, "__module__", None) or "srcgrad"
        self.__doc__ = f"Gradient of {name_of(function)}."
        self._dispatcher = Dispatcher(self.__name__, self._parameters, self._build, self._plain, self._be_called)

    def _plain(self, values: list[Any]) -> Any:
        return called(self._function, self._parameters, values)

    def _be_called(self, call: Callable[..., Any]) -> None:
        type(self).__call__ = staticmethod(call)  # type: ignore[method-assign, assignment]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise NotImplementedError("each derivative has a call of its own")

    def _build(self, values: list[Any], of_nothing: bool = False) -> Entry:
        _, _, has_aux, mode, backend, _ = self._options
        self._check_parameters()
        try:
            session, generated, entry = build(
                self._function, self._parameters, self._wanted, values, mode, has_aux, self._passes, of_nothing
            )
        except SrcgradError as error:
            raise_users_own(self._function, self._parameters, values, error)
            raise
        guard_defaults(session, self.__wrapped__)
        entry.guards = list(session.facts.guards)
        if backend != "numpy":
            compile_entry(entry, generated, session, self._parameters, values, backend)
            entry.finish = of_numpys_types(entry.finish, generated.specialized.result, mode, has_aux)
        return entry

    def _check_parameters(self) -> None:
        """Where a function was given other defaults or parameters (autoreload), they are known from the next call on."""
        if not same_parameters(parameters_of(as_function(self.__wrapped__)), self._parameters):
            type(self).__init__(self, *self._options)
            raise ArgumentError(
                "E508",
                f"the parameters of {name_of(self.__wrapped__)}, or their defaults, are others than at the last call",
                advice="call the gradient again: it has the new ones now",
            )

    @property
    def function(self) -> Any:
        """The Python function that is differentiated."""
        return self._function

    def asked_inside(self) -> tuple[Any, Argnums, str, bool]:
        """What a call inside a differentiated function asks for: function, argnums, mode, has_aux."""
        function, argnums, has_aux, mode, *_ = self._options
        return function, argnums, mode, has_aux

    @property
    def source(self) -> str:
        """The generated source, of the latest specialisation."""
        entries = self._dispatcher.entries
        if not entries:
            return self._guessed()
        return entries[0].source

    def _guessed(self) -> str:
        """The source for arguments of the likely kinds, before any call; it is not kept."""
        _, _, has_aux, mode, *_ = self._options
        try:
            values = example_arguments(source_of(self._function).tree, self._function, self._parameters)
            _, generated, _ = build(self._function, self._parameters, self._wanted, values, mode, has_aux, self._passes)
        except Exception as error:
            raise SrcgradError(
                "E508", f"which arguments {name_of(self.__wrapped__)} takes can't be guessed",
                advice="call the gradient once, or use df.specialize(*args)",
            ) from error  # fmt: skip
        return generated.source

    def specialize(self, *args: Any, **keywords: Any) -> Callable[..., Any]:
        """The generated function for arguments of these kinds, without guards; f itself is not run."""
        values = bind(self._parameters, args, keywords, self.__name__)
        entry = self._dispatcher.entry(values)
        if not entry.extra and entry.finish is None:
            return entry.function
        return functools.wraps(entry.function)(entry.run)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return self.source if self._dispatcher.entries else repr(self)

    def __repr__(self) -> str:
        return f"<gradient of {name_of(self.__wrapped__)}>"

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def __reduce__(self) -> Any:
        return Derivative, self._options

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def name_of(function: Any) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return "lambda_" if name == "<lambda>" else str(name)


def build(
    function: Any,
    parameters: list[Parameter],
    wanted: Wanted,
    values: list[Any],
    mode: str,
    has_aux: bool,
    passes: Passes | None = None,
    of_nothing: bool = False,
) -> tuple[Session, Generated, Entry]:
    """Generate for these arguments, and note what was relied upon.

    of_nothing: arrays without elements are known as such, and nothing depends on them.
    """
    session = Session(passes=passes)
    session.facts.of_nothing = of_nothing
    session.facts.reserved = {p.name for p in parameters}
    names = [p.name for p in parameters]
    generated = generate(
        function, lambda s: chosen_kinds(s, names, values, wanted, name_of(function)), wanted.parameters(names),
        mode=mode, session=session, has_aux=has_aux,
    )  # fmt: skip
    mixed = any(map(mixed_precision, values))
    # What a dict or an object gets by the function is not in its gradient, and keys are in the order of before.
    settle = mixed or generated.specialized.has_other_types()
    settle = settle or generated.stores and any(map(may_gain_members, values))
    extra = [c.path for c in generated.specialized.captures]
    result = generated.specialized.result
    if mixed and mode != "pair" and isinstance(result, Number) and not result.weak:
        # A seed of the result's own dtype: a Python float would take that of each array it meets.
        extra.append(session.facts.name_value(result.dtype.type(1), "seed"))
    entry = Entry(
        guards=list(session.facts.guards),
        values=session.facts.values,
        function=generated.main,
        source=generated.source,
        extra=extra,
        finish=with_axes(wanted.selection(mode, has_aux, settle), generated.specialized.axes, mode),
        stores=generated.stores,
        line_map=generated.line_map,
    )
    return session, generated, entry


def with_axes(finish: Callable[..., Any] | None, axes: int, mode: str) -> Callable[..., Any] | None:
    """The value of a function that returns an array of one element is that array."""
    if not axes or mode != "value_and_grad":
        return finish

    def finished(result: Any, *args: Any) -> Any:
        value, gradient = result if finish is None else finish(result, *args)
        return np.reshape(value, (1,) * axes), gradient

    return finished


def raise_users_own(function: Any, parameters: list[Parameter], values: list[Any], error: SrcgradError) -> None:
    """If the function itself raises for these arguments, that is the error to show."""
    if not error.code.startswith("E3") or isinstance(error, NotDifferentiable):
        return
    try:
        values = copy.deepcopy(values)
    except Exception:
        return
    try:
        called(function, parameters, values)
    except SrcgradError:
        return
    except Exception as own:
        raise own from None


def grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    backend: str = "numpy",
    optimize: Optimize = True,
) -> Any:
    """The gradient of f with respect to one or more of its arguments, as a function with f's parameters.

    f: returns a real scalar (with `has_aux`, a pair of it and anything).
    argnums: position or name of an argument, or a sequence of those; then the gradient is a tuple.
    The gradient has the structure of the argument: a float, an array of the same shape and dtype, or a container
    with gradients at its leaves and None where a leaf is not a float.
    backend: "numpy"; "numba", explicit loops compiled by Numba; or "auto", the latter where Numba can compile it.
        Compiled code does not check that indices are in range.
    optimize: "speed" prefers speed to readability where they part ways; {"fold": False} leaves out single passes
    (docs/performance.md lists them), and False all of them.  With Numba, {"fastmath": True} lets sums be reordered and
    {"parallel": True} runs loops on all cores whose passes do not meet each other.

    >>> import numpy as np
    >>> def energy(x, k):
    ...     return k * np.sum(x ** 2)
    >>> grad(energy)(np.array([1.0, 2.0]), 3.0)
    array([ 6., 12.])
    >>> float(grad(energy, argnums="k")(np.array([1.0, 2.0]), 3.0))
    5.0

    Raises SrcgradError for what can't be differentiated; one that is a TypeError too if f's result is not a real
    scalar or the argument not made of floats.
    """
    check_backend(backend)
    return Derivative(f, argnums, has_aux, "grad", backend, optimize)


def value_and_grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    backend: str = "numpy",
    optimize: Optimize = True,
) -> Any:
    """f's value and its gradient; parameters as for `grad`.

    >>> value_and_grad(lambda x: x ** 3)(2.0)
    (8.0, 12.0)
    """
    check_backend(backend)
    return Derivative(f, argnums, has_aux, "value_and_grad", backend, optimize)


BACKENDS = ("numpy", "numba", "auto")


def check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        raise ArgumentError("E510", f"there is no backend {backend!r}", advice=f"use one of {', '.join(BACKENDS)}")


def compile_entry(
    entry: Entry, generated: Generated, session: Session, parameters: list[Parameter], values: list[Any], backend: str
) -> None:
    """The entry's function and source, in loops and compiled."""
    from srcgrad.backends import compiled, lowering

    refused_by = compiled.refusals()
    text = ""
    specialized = generated.specialized
    function = specialized.function

    def is_refused(error: BaseException) -> bool:
        """Is something run on NumPy, since Numba can't compile it?"""
        if not isinstance(error, refused_by):
            return False
        refused = compiled.refusal(error, function, text, generated.names[0])
        if backend == "numba":
            raise refused from error
        warnings.warn(f"{refused.message}; it runs on NumPy", stacklevel=3)
        return True

    try:
        given = entry.arguments(parameters, values)
        kinds = [function.kinds[id(p)] for p in function.params]
        requests = session.passes.requests
        trees = lowering.lower(generated.trees, kinds, given, session.infer, generated.globals, "parallel" in requests)
        text, own = compiled.decorated(trees, generated.globals, requests)
        entry.instead = entry.function
        entry.function = compiled.compiled(text, own, generated.names[0], given)
    except refused_by as error:
        is_refused(error)
        return
    # the user's own NotImplementedError is none of Numba's
    entry.refused = lambda error: not isinstance(error, NotImplementedError) and is_refused(error)
    entry.source = text
    entry.guards = list(session.facts.guards)


def of_numpys_types(
    finish: Callable[..., Any] | None, result: Any, mode: str, has_aux: bool
) -> Callable[..., Any] | None:
    """Values as the function itself returns them, where compiled code gives a Python float or a dict of Numba's."""
    kind, aux = result.items if has_aux and isinstance(result, Tuple) else (result, None)
    single = mode == "value_and_grad" and isinstance(kind, Number) and not kind.weak and kind.dtype == np.float32
    if not single and not isinstance(aux, Dict):
        return finish

    def finished(result: Any, *args: Any) -> Any:
        first, second = result if finish is None else finish(result, *args)
        if mode == "grad":
            return first, dict(second)
        value, notes = first if has_aux else (first, {})
        value = np.float32(value) if single else value
        return (value, dict(notes) if isinstance(aux, Dict) else notes) if has_aux else value, second

    return finished


class Pullback:
    """Cotangents of the primals from a cotangent of the result; may be called any number of times."""

    def __init__(self, name: str, pull: Callable[[Any], tuple[Any, ...]], value: Any) -> None:
        self.name, self.pull = name, pull
        self.result = shape_of(value)
        self.dtype = value.dtype if isinstance(value, np.inexact) else None
        self.is_real = not holds_complex(value)
        self.count: int | None = None

    def __repr__(self) -> str:
        return f"<pullback of {self.name}>"

    def __call__(self, cotangent: Any) -> Any:
        if not fits(cotangent, self.result):
            raise ArgumentError(
                "E509",
                f"the result of {self.name} has the structure {self.result}, and the cotangent has {shape_of(cotangent)}",
                advice="give a cotangent with the containers and shapes of the result",
            )
        if self.is_real and holds_complex(cotangent):
            raise ArgumentError("E509", f"the result of {self.name} is real, and the cotangent complex")
        if self.dtype is not None:
            cotangent = self.dtype.type(cotangent)
        elif isinstance(self.result, (list, dict)):
            cotangent = owned(cotangent, self.result)
        return self.pull(cotangent)[: self.count]


class Attributes(dict[str, Any]):
    """The structure of an object."""


def shape_of(value: Any, above: tuple[int, ...] = ()) -> Any:
    """The structure of a value: nested containers and objects, with shapes at the leaves."""
    if isinstance(value, (list, tuple)):
        return [shape_of(v, above) for v in value]
    if isinstance(value, dict):
        return {k: shape_of(v, above) for k, v in value.items()}
    if is_plain_object(value) and id(value) not in above:
        return Attributes({k: shape_of(v, (*above, id(value))) for k, v in attributes(value).items()})
    return np.shape(value) if isinstance(value, (np.ndarray, np.generic, float, int, complex)) else type(value).__name__


def is_plain_object(value: Any) -> bool:
    """An object of a class of the user's, or a namespace."""
    own = type(value).__module__.split(".")[0] not in ("builtins", "numpy", "scipy")
    return own and not callable(value) and not isinstance(value, types.ModuleType) and bool(attributes(value))


def holds_complex(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict)):
        return any(map(holds_complex, value.values() if isinstance(value, dict) else value))
    return np.iscomplexobj(value)


def fits(cotangent: Any, structure: Any) -> bool:
    """Has a cotangent this structure?  None inside a container stands for zeros; of an object, a dict will do."""
    if isinstance(structure, Attributes):
        given = attributes_of(cotangent)
        return bool(given) and all(v is None or k in structure and fits(v, structure[k]) for k, v in given.items())
    if isinstance(cotangent, (list, tuple)):
        same = isinstance(structure, list) and len(cotangent) == len(structure)
        return same and all(v is None or fits(v, s) for v, s in zip(cotangent, structure))
    if isinstance(cotangent, dict):
        same = isinstance(structure, dict) and cotangent.keys() == structure.keys()
        return same and all(v is None or fits(v, structure[k]) for k, v in cotangent.items())
    return shape_of(cotangent) == structure


def attributes_of(cotangent: Any) -> dict[str, Any]:
    return cotangent if isinstance(cotangent, dict) else attributes(cotangent)


def owned(cotangent: Any, structure: Any) -> Any:
    """A cotangent that generated code may change: lists for tuples, namespaces for objects, arrays copied, zeros for None."""
    if isinstance(structure, Attributes):
        given = attributes_of(cotangent)
        return types.SimpleNamespace(**{k: owned(given.get(k), s) for k, s in structure.items()})
    if isinstance(structure, list):
        return [owned(v, s) for v, s in zip(cotangent or [None] * len(structure), structure)]
    if isinstance(structure, dict):
        return {k: owned((cotangent or {}).get(k), s) for k, s in structure.items()}
    if isinstance(structure, tuple) and cotangent is None:
        return np.zeros(structure) if structure else 0.0
    return cotangent.copy() if isinstance(cotangent, np.ndarray) else cotangent


# by function, without and with has_aux
_pairs: tuple[weakref.WeakKeyDictionary[Any, Dispatcher], ...] = weakref.WeakKeyDictionary(), weakref.WeakKeyDictionary()


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """f's value at the primals, and its pullback: cotangent of the value -> a tuple of cotangents, one for each primal.

    A cotangent has the structure of its primal; None stands for that of a primal without floats.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))

    has_aux: f returns a pair, of which the first is the value; the second comes third, and is not differentiated.

    >>> value, pullback, aux = vjp(lambda x: (x * x, {"x": x}), 3.0, has_aux=True)
    >>> value, pullback(1.0), aux
    (9.0, (6.0,), {'x': 3.0})
    """
    function = as_function(f)
    key = f if isinstance(f, type(as_function)) else function
    dispatcher = _pairs[has_aux].get(key)
    if dispatcher is None or not is_called_as_before(function, dispatcher.binding):  # type: ignore[attr-defined]
        parameters = parameters_of(function)
        dispatcher = Dispatcher(
            name_of(f), parameters, functools.partial(build_pair, weakref.ref(function), parameters, has_aux),
            functools.partial(called_by_reference, weakref.ref(function), parameters),
        )  # fmt: skip
        dispatcher.kept = function if key is not f else None  # type: ignore[attr-defined]
        dispatcher.binding = binding_of(function)  # type: ignore[attr-defined]
        _pairs[has_aux][key] = dispatcher
    try:
        bind(dispatcher.parameters, primals, {}, name_of(f))
    except TypeError as error:
        raise ArgumentError("E508", str(error)) from None
    found = dispatcher.call(*primals)
    found[1].count = len(primals)
    return found


def build_pair(
    function: Any, parameters: list[Parameter], has_aux: bool, values: list[Any], of_nothing: bool = False
) -> Entry:
    """The entry of a `vjp`: all primals with floats are active."""
    function = function()
    wanted = Wanted.all_floats(parameters, values)
    names = [p.name for p in parameters]
    try:
        _, generated, entry = build(function, parameters, wanted, values, "pair", has_aux, of_nothing=of_nothing)
    except SrcgradError as error:
        raise_users_own(function, parameters, values, error)
        raise
    backward = generated.functions[generated.names[1]]
    kind = generated.specialized.result
    kind = kind.items[0] if has_aux and isinstance(kind, Tuple) else kind
    active = wanted.parameters(names)
    variadic = [p.kind == "args" for p in parameters]

    def finish(result: Any, *primals: Any) -> Any:
        value, saved = result
        value, *aux = value if has_aux else (value,)
        check_read_back(kind, value, name_of(function))

        def pull(cotangent: Any) -> tuple[Any, ...]:
            try:
                bars = backward(saved, cotangent)
            except Exception as error:
                if entry.anew is None or not entry.may_run_anew(error, *primals):
                    annotate(error, entry.line_map)
                    raise
                return entry.anew(error, list(primals))[1](cotangent)  # type: ignore[no-any-return]
            found = dict(zip(active, bars if len(active) > 1 else (bars,)))
            cotangents: list[Any] = []
            for name, primal, many in zip(names, primals, variadic):
                bar = found.get(name)
                bar = None if bar is None else like(primal, bar)
                if many:
                    cotangents += bar if bar is not None else [None] * len(primal)
                else:
                    cotangents.append(bar)
            return tuple(cotangents)

        return value, Pullback(name_of(function), pull, value), *aux

    entry.finish = finish
    return entry
