"""Jacobians and Hessians, as plain functions over `vjp` and `jvp`.

Of complex numbers: an entry of a Jacobian is the number c of `dy = c dx`, for a complex y; where y is real and x complex,
that of `dy = Re(c dx)`, which is what `grad` gives.  A complex function of complex numbers must be holomorphic for there
to be such a number, and is refused if it is not.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from srcgrad import told
from srcgrad.analysis.specialize.derivatives import TOOLS
from srcgrad.api import grad, name_of, vjp
from srcgrad.callables import as_function, bind, parameters_of, parameters_shown, positional
from srcgrad.errors import ArgumentError, NotDifferentiable
from srcgrad.forward_api import jvp
from srcgrad.kinds_of_arguments import Place, check_floats, resolve_argnums
from srcgrad.trees import each, filled, is_float, leaves, mapped, size_of, unit, with_leaves

Positions = int | str | Sequence[int | str]


class Derived:
    """What the functions here give: called as f is, with f's name, parameters and documentation; it can be pickled.

    A differentiated function that calls it follows what is told of it in `told.py`.
    """

    def __init__(self, remade: tuple[Any, ...], what: str, function: Any, argnums: Positions, shown: Any) -> None:
        """remade: what to call, and with what, to have this again.  function: that of which `way` takes derivatives."""
        self._remade, self._what = remade, what
        self._function, self._shown = function, shown
        self._parameters = parameters_of(function)
        wanted = resolve_argnums(argnums, self._parameters, name_of(shown), parameters_shown(function))
        self._places, self._single = wanted.places, wanted.single
        self._forms: dict[Any, Any] = {}
        self.__wrapped__ = shown
        self.__name__ = self.__qualname__ = f"{name_of(shown)}_{what}"
        self.__module__ = getattr(shown, "__module__", None) or "srcgrad"
        self.__doc__ = getattr(shown, "__doc__", None)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise NotImplementedError("each of the functions here has its own")

    def given(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, tuple[Any, ...], list[list[int]]]:
        """A function of positions alone, its arguments, and the positions of those asked for."""
        self._parameters = parameters_of(self._function)  # whose defaults may have been set anew
        values = bind(self._parameters, args, keywords, self.__name__)
        form = tuple(len(v) if p.kind == "args" else tuple(v) if p.kind == "kwargs" else 1
                     for p, v in zip(self._parameters, values))  # fmt: skip
        if form not in self._forms:
            self._forms[form] = positional(self._function, self._parameters, values)
        flat: list[Any] = []
        starts: list[int] = []
        for parameter, value in zip(self._parameters, values):
            starts.append(len(flat))
            flat += value if parameter.kind == "args" else value.values() if parameter.kind == "kwargs" else [value]
        asked = [self._positions(place, starts, values) for place in self._places]
        for position, key in self._places:
            value = values[position] if key is None else values[position][key]
            name = self._parameters[position].name if key is None else key
            check_floats(value, name, name_of(self._shown))
        return self._forms[form], tuple(flat), asked

    def _positions(self, place: Place, starts: list[int], values: list[Any]) -> list[int]:
        position, key = place
        parameter, value = self._parameters[position], values[position]
        if parameter.kind not in ("args", "kwargs"):
            return [starts[position]]
        members = list(range(len(value))) if parameter.kind == "args" else list(value)
        if key is None:
            return [starts[position] + i for i in range(len(members))]
        if key not in members:
            raise missing(self._shown, key)
        return [starts[position] + members.index(key)]

    def chosen(self, parts: list[Any], asked: list[list[int]], keywords: dict[str, Any]) -> Any:
        """The parts, one for each position asked for, as `argnums` asked for them."""
        rest = iter(parts)
        found: list[Any] = []
        for (position, key), places in zip(self._places, asked):
            mine = [next(rest) for _ in places]
            kind = self._parameters[position].kind if key is None else "plain"
            named = [k for k in keywords if k not in {p.name for p in self._parameters}]
            found.append(tuple(mine) if kind == "args" else dict(zip(named, mine)) if kind == "kwargs" else mine[0])
        return found[0] if self._single else tuple(found)

    def asked_of(self) -> tuple[Any, Any, Any]:
        """What a call inside a differentiated function follows: the function here, the one it is given, argnums."""
        maker, (function, _) = self._remade
        places = [p if key is None else p + key if isinstance(key, int) else key for p, key in self._places]
        return maker, function, places[0] if self._single else tuple(places)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    def __repr__(self) -> str:
        return f"<{self._what} of {name_of(self._shown)}>"

    def __reduce__(self) -> Any:
        return self._remade


class Jacobian(Derived):
    """A Jacobian, taken one of the two ways."""

    def __init__(self, way: Callable[..., Any], *options: Any) -> None:
        super().__init__(*options)
        self._way = way

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        function, flat, asked = self.given(args, keywords)
        positions = tuple(i for places in asked for i in places)
        parts = self._way(function, flat, positions)
        return _each(lambda leaf: self.chosen(leaf, asked, keywords), parts)


class VectorProduct(Derived):
    """The product of a Hessian with a vector, which comes after f's arguments."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if len(args) < 2:
            raise ArgumentError("E508", f"{self.__name__} takes arguments and a vector after them")
        *primals, vector = args
        function, flat, asked = self.given(tuple(primals), keywords)
        tangents: list[Any] = [None] * len(flat)
        for (position, key), places, part in zip(self._places, asked, [vector] if self._single else vector):
            kind = self._parameters[position].kind if key is None else "plain"
            members = part if kind == "args" else part.values() if kind == "kwargs" else [part]
            for i, member in zip(places, members):
                tangents[i] = member
        return jvp(function, flat, tuple(tangents))[1]

    @property
    def __signature__(self) -> inspect.Signature:
        found = list(inspect.signature(self._function).parameters.values())
        plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        before = [p.replace(default=p.empty, kind=plain[0]) for p in found if p.kind in plain]
        vector = inspect.Parameter("vector", plain[0])
        return inspect.Signature([*before, vector, *(p for p in found if p.kind not in plain)])


class Elementwise(Derived):
    """The gradient of the sum of a result."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        function, flat, asked = self.given(args, keywords)
        value, pullback = vjp(function, *flat)
        check_result(value, self._shown, "elementwise_grad")
        bars, turned = pullback(filled(value, 1)), None
        if any(map(np.iscomplexobj, leaves(value))):
            turned = pullback(filled(value, 1j))
        parts = []
        for i in (i for places in asked for i in places):
            rows = leaves(bars[i])
            if turned is not None:
                rows = [complex_row(a, b, arg) for a, b, arg in zip(rows, leaves(turned[i]), leaves(flat[i]))]
            parts.append(with_leaves(flat[i], rows))
        return self.chosen(parts, asked, keywords)


def missing(f: Any, key: Any) -> Exception:
    return ArgumentError("E504", f"{name_of(f)} was not given the argument {key!r}")


def jacrev(f: Callable[..., Any], argnums: Positions = 0) -> Any:
    """The Jacobian of f, by one pullback for each element of its result.

    f: returns a number, an array, or any nesting of tuples, lists and dicts of them.
    argnums: as for `grad`.
    The Jacobian has the structure of the result, with that of the argument at each leaf; an entry has the shape of the
    result's leaf followed by that of the argument's.  Integers and booleans beside floats in a result have zeros.

    >>> jacrev(lambda x: x ** 2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])

    Raises SrcgradError that is a TypeError too if there are no floats in the result or the argument, and if a complex
    result of complex arguments is not holomorphic.
    """
    return _jacobian(jacrev, f, argnums, _by_pullbacks)


def jacfwd(f: Callable[..., Any], argnums: Positions = 0) -> Any:
    """The Jacobian of f, by one tangent for each element of the arguments; otherwise as `jacrev`."""
    return _jacobian(jacfwd, f, argnums, _by_tangents)


def jacobian(f: Callable[..., Any], argnums: Positions = 0) -> Any:
    """The Jacobian of f, in the mode that takes fewer passes for the arguments at hand; otherwise as `jacrev`.

    >>> jacobian(lambda x, y: x * y)(2.0, 3.0)
    3.0
    """
    return _jacobian(jacobian, f, argnums, _by_shape)


def _jacobian(maker: Any, f: Any, argnums: Positions, way: Any) -> Jacobian:
    return Jacobian(way, (maker, (f, argnums)), "jacobian", as_function(f), argnums, f)


def hessian(f: Callable[..., Any], argnums: Positions = 0) -> Any:
    """The matrix of second derivatives of a function that returns a number: the Jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    remade = hessian, (f, argnums)
    return Jacobian(_by_tangents, remade, "hessian", as_function(grad(f, argnums)), argnums, f)


def hessian_vector_product(f: Callable[..., Any], argnum: Positions = 0) -> Any:
    """A function of f's arguments and a vector: the product of the Hessian with that, by one tangent of the gradient.

    argnum: as `argnums` of `grad`; of several arguments, the vector and the product are tuples.

    >>> hessian_vector_product(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    remade = hessian_vector_product, (f, argnum)
    return VectorProduct(remade, "hessian_vector_product", as_function(grad(f, argnum)), argnum, f)


def elementwise_grad(f: Callable[..., Any], argnum: Positions = 0) -> Any:
    """The gradient of the sum of f's result: for a function that acts on each element, its derivative there.

    >>> elementwise_grad(np.sin)(np.array([0.0]))
    array([1.])
    """
    return Elementwise((elementwise_grad, (f, argnum)), "grad", as_function(f), argnum, f)


# The two ways


def check_result(value: Any, f: Any, what: str) -> None:
    """There must be floats in a result, or nothing at all."""
    if leaves(value) or isinstance(value, (tuple, list, dict)) and not value:
        return
    kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a value of type {type(value).__name__}"
    raise NotDifferentiable(
        "E502", f"{what} needs a function that returns floats, and {name_of(f)} returns {kind}",
        advice="return a float, an array of floats, or a container of those",
    )  # fmt: skip


def not_holomorphic() -> NotDifferentiable:
    return NotDifferentiable(
        "E502", "a complex function that is not holomorphic has no complex derivative",
        advice="take the derivatives of its .real and .imag, or use srcgrad.vjp and srcgrad.jvp",
    )  # fmt: skip


def complex_row(one: Any, turned: Any, arg: Any) -> Any:
    """The derivative of a complex result, from its pullbacks of 1 and of 1j."""
    if not np.iscomplexobj(arg):
        return one - 1j * turned
    if not np.allclose(turned, 1j * np.asarray(one), rtol=1e-3, atol=1e-6 * np.max(np.abs(one), initial=0.0)):
        raise not_holomorphic()
    return one


def complex_column(one: Any, turned: Any, result: Any) -> Any:
    """The derivative with respect to a complex argument, from the tangents along 1 and 1j."""
    return one - 1j * turned if not np.iscomplexobj(result) else complex_row(one, turned, 1j)


def _by_shape(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value, _ = vjp(function, *args)
    fewer = size_of(value) <= sum(size_of(args[i]) for i in positions)
    return (_by_pullbacks if fewer else _by_tangents)(function, args, positions)


def _by_pullbacks(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value, pullback = vjp(function, *args)
    check_result(value, function, "jacobian")
    count = iter(range(size_of(value)))

    def rows_of(leaf: Any) -> Iterator[list[list[Any]]]:
        """For each element of a leaf of the result, and each argument, the derivatives by the leaves of that."""
        for _ in range(int(np.size(leaf))):
            place = next(count)
            bars = pullback(unit(value, place))
            rows = [leaves(bars[i]) for i in positions]
            if np.iscomplexobj(leaf):
                turned = pullback(unit(value, place, 1j))
                rows = [
                    [complex_row(*parts) for parts in zip(row, leaves(turned[i]), leaves(args[i]))]
                    for row, i in zip(rows, positions)
                ]
            yield rows

    def block(leaf: Any) -> _Leaf:
        if not is_float(leaf):
            return _Leaf(zeros(leaf, args[i]) for i in positions)
        rows = list(rows_of(leaf))
        return _Leaf(entries([row[j] for row in rows], args[i], leaf, 0) for j, i in enumerate(positions))

    return mapped(block, value, numbers=True)


def _by_tangents(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value: Any = None
    columns: dict[int, list[list[Any]]] = {}
    for i in positions:
        columns[i] = []
        turns = [np.iscomplexobj(leaf) for leaf in leaves(args[i]) for _ in range(int(np.size(leaf)))]
        for k, turn in enumerate(turns):
            value, column = tangent_along(function, args, i, unit(args[i], k))
            if turn:
                _, turned = tangent_along(function, args, i, unit(args[i], k, 1j))
                column = [complex_column(*parts) for parts in zip(column, turned, leaves(value))]
            columns[i].append(column)
    if not any(columns.values()):
        value, _ = vjp(function, *args)
    check_result(value, function, "jacobian")
    counted = iter(range(len(leaves(value))))

    def block(leaf: Any) -> _Leaf:
        if not is_float(leaf):
            return _Leaf(zeros(leaf, args[i]) for i in positions)
        place = next(counted)
        return _Leaf(entries(by_leaf([c[place] for c in columns[i]], args[i]), args[i], leaf, -1) for i in positions)

    return mapped(block, value, numbers=True)


def tangent_along(function: Any, args: tuple[Any, ...], i: int, direction: Any) -> tuple[Any, list[Any]]:
    tangents: list[Any] = [None] * len(args)
    tangents[i] = direction
    value, tangent = jvp(function, args, tuple(tangents))
    floats = [is_float(leaf) for leaf in leaves(value, numbers=True)]
    return value, [dot for dot, real in zip(leaves(tangent, numbers=True), floats) if real]


def by_leaf(columns: list[Any], arg: Any) -> list[list[Any]]:
    """The columns of one leaf of the result, as lists by the leaves of the argument, element by element."""
    rest = iter(columns)
    mine = [[next(rest) for _ in range(int(np.size(leaf)))] for leaf in leaves(arg)]
    longest = max(map(len, mine), default=0)
    return [[m[k] if k < len(m) else None for m in mine] for k in range(longest)]


def entries(rows: list[list[Any]], arg: Any, result: Any, axis: int) -> Any:
    """The Jacobian of one leaf of the result, in the structure of one argument.

    rows: for each element, of the result (axis 0) or of the argument (axis -1), the parts by the argument's leaves.
    """
    counted = iter(range(len(leaves(arg))))

    def join(leaf: Any) -> Any:
        place = next(counted)
        count = np.size(result) if axis == 0 else np.size(leaf)
        mine = [np.asarray(row[place]) for row in rows[: int(count)]]
        shape = (*np.shape(result), *np.shape(leaf))
        whole = np.reshape(np.stack(mine, axis), shape) if mine else np.zeros(shape)
        return typed(whole, leaf)

    return mapped(join, arg)


def typed(whole: np.ndarray, leaf: Any) -> Any:
    """In the precision of the argument; a number where the argument is one and the result too."""
    dtype = np.asarray(leaf).dtype
    if np.iscomplexobj(whole) and dtype.kind == "f":
        dtype = np.result_type(dtype, np.complex64)
    whole = whole.astype(dtype)
    if whole.shape or isinstance(leaf, np.ndarray):
        return whole
    return whole.item() if type(leaf) in (float, complex) else whole[()]


def zeros(result: Any, arg: Any) -> Any:
    """The Jacobian of what is no float."""
    return mapped(lambda leaf: typed(np.zeros((*np.shape(result), *np.shape(leaf))), leaf), arg)


class _Leaf(list[Any]):
    """What a Jacobian holds for one leaf of the result: a part for each argument."""


def _each(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to its `_Leaf`s."""
    return each(lambda leaf: function(leaf) if isinstance(leaf, _Leaf) else leaf, tree, _Leaf)


TOOLS.told.update({
    jacobian: told.jacobian, jacrev: told.jacobian, jacfwd: told.jacobian, hessian: told.hessian,
    hessian_vector_product: told.hessian_vector_product, elementwise_grad: told.elementwise_grad,
})  # fmt: skip

__all__ = ["elementwise_grad", "hessian", "hessian_vector_product", "jacfwd", "jacobian", "jacrev"]
