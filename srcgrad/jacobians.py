"""Jacobians and Hessians, as plain functions over `vjp` and `jvp`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad import told
from srcgrad.analysis.specialize.derivatives import TOOLS
from srcgrad.api import check_backend, grad, name_of, vjp
from srcgrad.callables import as_function, parameters_of
from srcgrad.errors import ArgumentError, NotDifferentiable
from srcgrad.forward_api import jvp
from srcgrad.kinds_of_arguments import resolve_argnums

Positions = int | str | Sequence[int | str]


def jacrev(f: Callable[..., Any], argnums: Positions = 0, *, backend: str = "numpy") -> Callable[..., Any]:
    """The Jacobian of f, by one pullback for each element of its result.

    f: returns a number, an array, or any nesting of tuples, lists and dicts of them.
    The Jacobian has the structure of the result, with that of the argument at each leaf; an entry has the shape of the
    result's leaf followed by that of the argument's.

    >>> jacrev(lambda x: x ** 2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """
    check_backend(backend)
    return _made(f, argnums, _by_pullbacks, "jacobian")


def jacfwd(f: Callable[..., Any], argnums: Positions = 0, *, backend: str = "numpy") -> Callable[..., Any]:
    """The Jacobian of f, by one tangent for each element of the arguments; otherwise as `jacrev`."""
    check_backend(backend)
    return _made(f, argnums, _by_tangents, "jacobian")


def jacobian(f: Callable[..., Any], argnums: Positions = 0, *, backend: str = "numpy") -> Callable[..., Any]:
    """The Jacobian of f, in the mode that takes fewer passes for the arguments at hand; otherwise as `jacrev`.

    >>> jacobian(lambda x, y: x * y)(2.0, 3.0)
    3.0
    """
    check_backend(backend)
    return _made(f, argnums, _by_shape, "jacobian")


def hessian(f: Callable[..., Any], argnums: Positions = 0, *, backend: str = "numpy") -> Callable[..., Any]:
    """The matrix of second derivatives of a function that returns a number: the Jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    check_backend(backend)
    gradient = as_function(grad(f, argnums))
    return _made(gradient, argnums, _by_tangents, "hessian", of=f)


def hessian_vector_product(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A function of f's arguments and a vector: the product of the Hessian with that, by one tangent of the gradient.

    >>> hessian_vector_product(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    gradient = as_function(grad(f, argnum))

    def product(*args: Any) -> Any:
        *primals, vector = args
        tangents: list[Any] = [None] * len(primals)
        tangents[argnum] = vector
        return jvp(gradient, tuple(primals), tuple(tangents))[1]

    product.__name__ = f"{name_of(f)}_hessian_vector_product"
    product.told = told.hessian_vector_product(f, argnum)  # type: ignore[attr-defined]
    return product


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The gradient of the sum of f's result: for a function that acts on each element, its derivative there.

    >>> elementwise_grad(np.sin)(np.array([0.0]))
    array([1.])
    """
    function = as_function(f)

    def gradient(*args: Any) -> Any:
        value, pullback = vjp(function, *args)
        return pullback(_filled(value, 1))[argnum]

    gradient.__name__ = f"{name_of(f)}_grad"
    gradient.told = told.elementwise_grad(function, argnum)  # type: ignore[attr-defined]
    return gradient


# The two ways


def _made(f: Any, argnums: Positions, way: Callable[..., Any], what: str, of: Any = None) -> Callable[..., Any]:
    function = as_function(f)
    signature = inspect.signature(function)
    positions, single = _positions(function, argnums)

    @functools.wraps(f if of is None else of, updated=())
    def found(*args: Any, **keywords: Any) -> Any:
        if keywords:
            bound = signature.bind(*args, **keywords)
            bound.apply_defaults()
            if bound.kwargs:
                raise ArgumentError(
                    "E508", f"keyword-only arguments of {name_of(function)} can't be given to its {what}"
                )
            args = bound.args
        if max(positions) >= len(args):
            raise ArgumentError("E504", f"argument {max(positions)} of {name_of(function)} is not among those given")
        for i in positions:
            if not _size(args[i]) and isinstance(args[i], (bool, int, str, np.integer)):
                raise NotDifferentiable(
                    "E503", f"argument {i} of {name_of(function)} is not made of floats", advice="pass floats"
                )
        parts = way(function, args, positions)
        return _each(lambda leaf: leaf[0], parts) if single else _each(tuple, parts)

    found.__name__ = f"{name_of(f if of is None else of)}_{what}"
    if single:
        found.told = told.jacobian(function, positions[0])  # type: ignore[attr-defined]
    return found


def _positions(function: Any, argnums: Positions) -> tuple[tuple[int, ...], bool]:
    """The positions of the arguments asked for, and whether one was asked for by itself."""
    parameters = parameters_of(function)
    wanted = resolve_argnums(argnums, parameters, name_of(function))
    for position, member in wanted.places:
        if isinstance(member, str) or parameters[position].kind == "keyword":
            raise ArgumentError("E508", f"keyword-only arguments of {name_of(function)} have no position")
    return tuple(position + (member or 0) for position, member in wanted.places), wanted.single


def _by_shape(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value, _ = vjp(function, *args)
    fewer = _size(value) <= sum(_size(args[i]) for i in positions)
    return (_by_pullbacks if fewer else _by_tangents)(function, args, positions)


def _by_pullbacks(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value, pullback = vjp(function, *args)
    rows = [pullback(_unit(value, k)) for k in range(_size(value))]
    counted = iter(range(_size(value)))

    def block(leaf: Any) -> _Leaf:
        mine = [rows[next(counted)] for _ in range(_size(leaf))]
        return _Leaf(_stacked([row[i] for row in mine], args[i], np.shape(leaf)) for i in positions)

    return _map(block, value)


def _by_tangents(function: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> Any:
    value: Any = None
    columns: dict[int, list[Any]] = {}
    for i in positions:
        columns[i] = []
        for k in range(_size(args[i])):
            tangents: list[Any] = [None] * len(args)
            tangents[i] = _unit(args[i], k)
            value, tangent = jvp(function, args, tuple(tangents))
            columns[i].append(_leaves(tangent))
    if not any(columns.values()):
        value, _ = vjp(function, *args)
    counted = iter(range(len(_leaves(value))))

    def block(leaf: Any) -> _Leaf:
        place = next(counted)
        return _Leaf(_beside([c[place] for c in columns[i]], args[i], leaf) for i in positions)

    return _map(block, value)


class _Leaf(list[Any]):
    """What a Jacobian holds for one leaf of the result: a part for each argument."""


def _each(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to its `_Leaf`s."""
    if isinstance(tree, _Leaf):
        return function(tree)
    if isinstance(tree, dict):
        return {k: _each(function, v) for k, v in tree.items()}
    members = [_each(function, v) for v in tree]
    return type(tree)(*members) if hasattr(tree, "_fields") else type(tree)(members)


def _stacked(rows: list[Any], arg: Any, shape: tuple[int, ...]) -> Any:
    """Cotangents of one argument, one for each element of a result, as one of that structure with axes in front."""
    parts = [_leaves(row) for row in rows]
    counted = iter(range(len(_leaves(arg))))

    def join(leaf: Any) -> Any:
        place = next(counted)
        if not shape:
            return parts[0][place]
        size = (*shape, *np.shape(leaf))
        return np.reshape(np.array([part[place] for part in parts], np.asarray(leaf).dtype), size)

    return _map(join, arg)


def _beside(columns: list[Any], arg: Any, result: Any) -> Any:
    """Tangents of one leaf of the result, one for each element of an argument."""
    counted = iter(columns)

    def join(leaf: Any) -> Any:
        mine = [next(counted) for _ in range(_size(leaf))]
        if not np.shape(leaf):
            return mine[0]
        size = (*np.shape(result), *np.shape(leaf))
        if not mine:
            return np.zeros(size, np.asarray(result).dtype)
        return np.reshape(np.stack([np.asarray(column) for column in mine], -1), size)

    return _map(join, arg)


# Trees of numbers and arrays


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, complex, np.ndarray, np.inexact)) and np.asarray(value).dtype.kind in "fc"


def _map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to the floats in it; None for what is none."""
    if isinstance(tree, dict):
        return {k: _map(function, v) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        members = [_map(function, v) for v in tree]
        return type(tree)(*members) if hasattr(tree, "_fields") else type(tree)(members)
    if _is_float(tree):
        return function(tree)
    if tree is None or isinstance(tree, (bool, int, str, np.generic, np.ndarray)):
        return None
    raise ArgumentError("E509", f"a Jacobian can't have the structure of {type(tree).__name__}")


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for v in tree.values() for leaf in _leaves(v)]
    if isinstance(tree, (list, tuple)):
        return [leaf for v in tree for leaf in _leaves(v)]
    return [tree] if _is_float(tree) else []


def _size(tree: Any) -> int:
    return sum(int(np.size(leaf)) for leaf in _leaves(tree))


def _filled(tree: Any, number: float) -> Any:
    def fill(leaf: Any) -> Any:
        return np.full_like(leaf, number) if isinstance(leaf, np.ndarray) else type(leaf)(number)

    return _map(fill, tree)


def _unit(tree: Any, k: int) -> Any:
    """Zeros in the structure of a tree, but for element k of all its floats, which is one."""
    counted = iter(range(_size(tree)))

    def unit(leaf: Any) -> Any:
        ones = [float(next(counted) == k) for _ in range(int(np.size(leaf)))]
        if isinstance(leaf, np.ndarray):
            return np.reshape(np.array(ones, leaf.dtype), leaf.shape)
        return type(leaf)(ones[0])

    return _map(unit, tree)


TOOLS.told.update({
    jacobian: told.jacobian, jacrev: told.jacobian, jacfwd: told.jacobian, hessian: told.hessian,
    hessian_vector_product: told.hessian_vector_product, elementwise_grad: told.elementwise_grad,
})  # fmt: skip

__all__ = ["elementwise_grad", "hessian", "hessian_vector_product", "jacfwd", "jacobian", "jacrev"]
