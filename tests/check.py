"""Is a gradient right? The judge that every test asks: central differences."""

from __future__ import annotations

import copy
import dataclasses
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

ATOMS = (
    type(None), bool, int, complex, str, bytes, range, set, frozenset,
    np.integer, np.bool_, np.dtype, type, types.FunctionType,
    types.BuiltinFunctionType, types.ModuleType, types.MethodType, np.ufunc,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Slope:
    """How fast f grows along one direction of one float leaf of one argument."""

    argnum: int
    path: tuple
    direction: Any
    slope: float


def check_gradient(f: Callable, args: tuple, argnums: tuple[int, ...], rtol: float | None = None) -> None:
    """Assert that srcgrad's gradients of `f` at `args` are right in every respect.

    Value, gradient against differences, structure, dtypes, what becomes of the
    arguments, a second call, `grad` and `vjp` against `value_and_grad`.
    """
    import srcgrad

    expected_args = copy.deepcopy(args)
    expected = f(*expected_args)
    leaves = [leaf for argnum in argnums for leaf in float_leaves(args[argnum])]
    assert leaves, "there is nothing to differentiate"
    slopes = central_differences(f, args, argnums)

    df = srcgrad.value_and_grad(f, argnums)
    given = copy.deepcopy(args)
    value, gradients = df(*given)
    assert_close(value, expected, "value")
    assert len(gradients) == len(argnums)
    for argnum, gradient in zip(argnums, gradients, strict=True):
        assert_structure(gradient, args[argnum], f"gradient {argnum}")
    assert_slopes(dict(zip(argnums, gradients, strict=True)), args, slopes, value, rtol)
    assert_arguments(given, args, expected_args)

    again_value, again = df(*copy.deepcopy(args))
    assert same(again_value, value), "a second call gives another value"
    assert same(again, gradients), "a second call gives another gradient"

    given = copy.deepcopy(args)
    if len(argnums) == 1:
        alone = (srcgrad.grad(f, argnums[0])(*given),)
    else:
        alone = srcgrad.grad(f, argnums)(*given)
    coarse = any(single(leaf) for arg in args for _, leaf in float_leaves(arg))
    assert_multiple(alone, gradients, 1.0, "grad against value_and_grad", coarse)
    assert_arguments(given, args, expected_args)

    check_pullback(f, args, argnums, expected, gradients)


def check_pullback(f: Callable, args: tuple, argnums: tuple[int, ...], expected: Any, gradients: tuple) -> None:
    """Assert that the pullback is linear and may be called twice."""
    import srcgrad

    coarse = any(single(leaf) for arg in args for _, leaf in float_leaves(arg))
    value, pullback = srcgrad.vjp(f, *copy.deepcopy(args))
    assert_close(value, expected, "value of vjp")
    seed = 2.5 if np.ndim(expected) == 0 else np.full_like(expected, 2.5)
    for call in ("first", "second"):
        cotangents = pullback(seed)
        assert len(cotangents) == len(args), "one cotangent per primal"
        wanted = tuple(cotangents[argnum] for argnum in argnums)
        assert_multiple(wanted, gradients, 2.5, f"{call} call of the pullback", coarse)
    assert np.all(np.asarray(seed) == 2.5), "the pullback changed its seed"


def central_differences(f: Callable, args: tuple, argnums: tuple[int, ...], h: float = 1e-6) -> list[Slope]:
    """The slopes of `f` along each element of the float leaves of some arguments.

    A leaf of more than 20 elements is probed along six random directions. Arguments
    are copied for each evaluation; float32 leaves are widened, for accuracy.
    """
    rng = np.random.default_rng(1)
    slopes = []
    for argnum in argnums:
        for path, leaf in float_leaves(args[argnum]):
            step = h * max(1.0, float(np.max(np.abs(leaf), initial=0.0)))
            for direction in directions(leaf, rng):
                ends = []
                for sign in (1, -1):
                    shift = (argnum, path, sign * step * direction)
                    ends.append(float_of(f(*moved(args, shift))))
                slope = (ends[0] - ends[1]) / (2 * step)
                slopes.append(Slope(argnum, path, direction, slope))
    return slopes


def directions(leaf: Any, rng: np.random.Generator) -> Iterator[Any]:
    if np.ndim(leaf) == 0:
        yield 1.0
    elif leaf.size > 20:
        for _ in range(6):
            yield rng.normal(size=leaf.shape)
    else:
        for index in np.ndindex(leaf.shape):
            direction = np.zeros(leaf.shape)
            direction[index] = 1.0
            yield direction


def moved(args: tuple, shift: tuple) -> tuple:
    """A copy of the arguments, float32 widened, with one leaf shifted."""
    argnum, path, amount = shift

    def change(at: tuple, leaf: Any) -> Any:
        found = widened(leaf)
        if at != (argnum, *path):
            return found
        if isinstance(found, np.ndarray):
            found += amount  # in place, so that the order in memory stays that of the original
            return found
        return found + amount

    return rebuild(args, (), change, {})


def widened(leaf: Any) -> Any:
    """The leaf in double precision; a copy, in the memory order of the original."""
    if isinstance(leaf, np.ndarray):
        return leaf.astype(np.float64)
    return np.float64(leaf) if isinstance(leaf, np.floating) else leaf


def float_of(value: Any) -> float:
    value = np.asarray(value)
    assert value.size == 1, f"the program's result has shape {value.shape}"
    return float(value.reshape(()))


# -- containers ----------------------------------------------------------------------


def is_float_leaf(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return np.issubdtype(value.dtype, np.floating)
    return isinstance(value, float | np.floating)


def members(value: Any) -> list[tuple[Any, Any]]:
    """The (key, member) pairs of a container or an object; none for anything else."""
    if isinstance(value, ATOMS) or isinstance(value, np.ndarray | float | np.floating):
        return []
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    return list(attributes(value).items())


def attributes(value: Any) -> dict[str, Any]:
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = getattr(kind, "__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                found[slot] = getattr(value, slot)
    return found


def float_leaves(value: Any) -> Iterator[tuple[tuple, Any]]:
    """The float leaves, with the path of keys and attribute names to each."""

    def walk(value: Any, path: tuple, above: tuple) -> Iterator[tuple[tuple, Any]]:
        if is_float_leaf(value):
            yield path, value
        elif id(value) not in above:
            for key, member in members(value):
                yield from walk(member, (*path, key), (*above, id(value)))

    return walk(value, (), ())


def rebuild(value: Any, path: tuple, change: Callable, done: dict[int, Any]) -> Any:
    """A deep copy in which `change(path, leaf)` stands for every float leaf."""
    if id(value) in done:
        return done[id(value)][0]
    if is_float_leaf(value):
        # one array in two places becomes two: each place has a slope of its own
        return change(path, value)
    if isinstance(value, ATOMS) or isinstance(value, np.ndarray):
        return copy.deepcopy(value)

    def inside(key: Any, member: Any) -> Any:
        return rebuild(member, (*path, key), change, done)

    if isinstance(value, list):
        result = type(value)() if type(value) is list else copy.copy(value)
        done[id(value)] = (result, value)
        result[:] = [inside(i, member) for i, member in enumerate(value)]
        return result
    if isinstance(value, tuple):
        parts = [inside(i, member) for i, member in enumerate(value)]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        result = copy.copy(value)
        done[id(value)] = (result, value)
        for key, member in value.items():
            result[key] = inside(key, member)
        return result
    if not attributes(value):
        return copy.deepcopy(value)
    result = copy.copy(value)
    done[id(value)] = (result, value)
    for name, member in attributes(value).items():
        object.__setattr__(result, name, inside(name, member))
    return result


def at_path(value: Any, path: tuple) -> Any:
    for key in path:
        if isinstance(value, dict | list | tuple):
            value = value[key]
        else:
            value = getattr(value, key)
    return value


def same(a: Any, b: Any, above: tuple = ()) -> bool:
    """Are the two equal to the last bit, of one structure and one type?"""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            return False
        if a.dtype != b.dtype or a.shape != b.shape:
            return False
        return np.array_equal(a, b, equal_nan=np.issubdtype(a.dtype, np.inexact))
    if isinstance(a, float | np.floating) and isinstance(b, float | np.floating):
        return bool(a == b) or bool(a != a and b != b)
    if type(a) is not type(b):
        return False
    if isinstance(a, ATOMS):
        return a is b or bool(a == b)
    if id(a) in above:
        return True
    left, right = members(a), members(b)
    if [key for key, _ in left] != [key for key, _ in right]:
        return False
    return all(same(x, y, (*above, id(a))) for (_, x), (_, y) in zip(left, right, strict=True))


# -- assertions ----------------------------------------------------------------------


def assert_close(got: Any, expected: Any, what: str) -> None:
    np.testing.assert_allclose(
        np.asarray(got), np.asarray(expected), rtol=1e-6 if single(expected) else 1e-11,
        err_msg=what,
    )  # fmt: skip
    assert np.shape(got) == np.shape(expected), f"{what} has another shape"


def single(*values: Any) -> bool:
    return any(getattr(value, "dtype", None) == np.float32 for value in values)


def assert_structure(gradient: Any, argument: Any, what: str) -> None:
    """Assert that the gradient is built as the argument, with None for non-floats."""
    if isinstance(argument, np.ndarray) and is_float_leaf(argument):
        assert np.shape(gradient) == argument.shape, (
            f"{what}: shape {np.shape(gradient)}, the argument's is {argument.shape}"
        )
        if argument.ndim:
            assert isinstance(gradient, np.ndarray), f"{what}: {type(gradient)}"
        assert gradient.dtype == argument.dtype, f"{what}: dtype {gradient.dtype}, the argument's is {argument.dtype}"
    elif isinstance(argument, np.floating):
        assert np.shape(gradient) == (), f"{what}: shape {np.shape(gradient)}"
        assert np.asarray(gradient).dtype == argument.dtype, f"{what}: dtype"
    elif isinstance(argument, float):
        assert isinstance(gradient, float), f"{what}: {type(gradient)}, not float"
    elif isinstance(argument, ATOMS) or isinstance(argument, np.ndarray):
        assert gradient is None or not np.any(gradient), f"{what}: of a non-float"
    elif isinstance(argument, dict | list | tuple):
        assert type(gradient) is type(argument), f"{what}: {type(gradient)}"
        keys = [key for key, _ in members(argument)]
        assert [key for key, _ in members(gradient)] == keys, f"{what}: other keys"
        for key, member in members(argument):
            assert_structure(at_path(gradient, (key,)), member, f"{what}, at {key!r}")
    elif list(float_leaves(argument)):
        assert type(gradient) is type(argument), f"{what}: {type(gradient)}"
        for name, member in members(argument):
            if list(float_leaves(member)):
                inner = getattr(gradient, name)
                assert_structure(inner, member, f"{what}, attribute {name}")


def assert_slopes(
    gradients: dict[int, Any], args: tuple, slopes: list[Slope], value: Any, rtol: float | None = None
) -> None:
    """Assert that gradient times direction is the slope, for every slope."""
    coarse = any(single(leaf) for arg in args for _, leaf in float_leaves(arg))
    rtol = rtol if rtol is not None else 3e-4 if coarse else 1e-5
    largest: dict[tuple, float] = {}
    for s in slopes:
        key = (s.argnum, s.path)
        largest[key] = max(largest.get(key, 0.0), abs(s.slope))
    errors = []
    for s in slopes:
        leaf = np.asarray(at_path(gradients[s.argnum], s.path), np.float64)
        got = float(np.sum(leaf * s.direction))
        # the differences themselves are uncertain by about 1e-10 of the value
        allowed = rtol * abs(s.slope) + 0.01 * rtol * largest[s.argnum, s.path]
        allowed += 0.001 * rtol * (1 + abs(float_of(value)))
        if not abs(got - s.slope) <= allowed:
            errors.append(
                f"argument {s.argnum}{''.join(f'[{key!r}]' for key in s.path)}, "
                f"{position(s.direction)}: gradient {got:.9g}, difference {s.slope:.9g}"
            )
    assert not errors, "wrong gradient:\n" + "\n".join(errors[:12])


def position(direction: Any) -> str:
    if np.ndim(direction) == 0:
        return "a scalar"
    where = np.argwhere(direction)
    if len(where) == 1:
        return "element " + ", ".join(str(i) for i in where[0])
    return "along a random direction"


def assert_multiple(got: tuple, base: tuple, factor: float, what: str, coarse: bool) -> None:
    """Assert that `got` is `factor` times `base`, leaf by leaf."""
    leaves, base_leaves = list(float_leaves(got)), list(float_leaves(base))
    assert [p for p, _ in leaves] == [p for p, _ in base_leaves], f"{what}: structure"
    for (path, leaf), (_, base_leaf) in zip(leaves, base_leaves, strict=True):
        scale = factor * np.max(np.abs(base_leaf), initial=0.0)
        rtol = 1e-5 if coarse else 1e-10
        np.testing.assert_allclose(
            leaf, factor * base_leaf, rtol=rtol, atol=rtol * scale,
            err_msg=f"{what}, at {path}",
        )  # fmt: skip


def assert_arguments(given: tuple, before: tuple, after: tuple) -> None:
    """Assert that each argument is untouched, or as a plain call of f leaves it."""
    for number, argument in enumerate(given):
        untouched = same(argument, before[number])
        assert untouched or same(argument, after[number]), f"argument {number} was changed"
