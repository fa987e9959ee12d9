"""Is a derivative right?  Both modes against central differences, and then the derivative's own derivative."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.api import grad, name_of, shape_of, vjp
from srcgrad.callables import as_function, parameters_of
from srcgrad.errors import ArgumentError
from srcgrad.forward_api import jvp
from srcgrad.kinds_of_arguments import has_floats
from srcgrad.lang.compile import compile_source
from srcgrad.rules import registry
from srcgrad.runtime import attributes


def check_rule(f: Callable[..., Any], *args: Any, order: int = 2) -> None:
    """Is the rule of a function right at these arguments?  AssertionError where it is not.

    f: a function for which `rule`, `elementwise` or `constant` was called, or one of a library that has a rule.
    args: its arguments; those made of floats are differentiated, in both modes, `order` times.

    >>> check_rule(np.hypot, np.array([0.3, 0.7]), 0.4)
    """
    if not registry.rules_for(f) and not registry.is_constant(f) and registry.definition_for(f) is None:
        raise ArgumentError("E510", f"{name_of(f)} has no rule", advice="enter one with srcgrad.rule or elementwise")

    # A function of the floats alone: what is not made of floats is a constant of it.
    floats = [f"x{i}" for i, a in enumerate(args) if has_floats(a)]
    given = ", ".join(f"x{i}" for i in range(len(args)))
    space = {"f": f, **{f"x{i}": a for i, a in enumerate(args)}}
    space = compile_source(f"def by_rule({', '.join(floats)}):\n    return f({given})\n", space, "by_rule")
    check_grads(space["by_rule"], [a for a in args if has_floats(a)], order)


def check_grads(
    f: Callable[..., Any], args: Sequence[Any], order: int = 2, modes: Sequence[str] = ("fwd", "rev"),
    *, rtol: float = 1e-5, atol: float = 1e-6, eps: float = 1e-6,
) -> None:  # fmt: skip
    """Compare f's derivatives with central differences along random directions; AssertionError where they differ.

    f: any function of floats, arrays and containers of them.  Its result may be of any shape.
    order: with 2, the gradient of a weighted sum of f's result is checked in the same way.
    modes: "fwd" for `jvp`, "rev" for `vjp`.
    Structure, shapes and dtypes of gradients and tangents are compared as well.

    >>> check_grads(lambda x: np.sin(x) ** 2, (0.7,))
    """
    if order < 1 or not set(modes) <= {"fwd", "rev"}:
        raise ArgumentError("E510", "check_grads takes an order of 1 or more, and the modes 'fwd' and 'rev'")
    rng = np.random.default_rng(0)
    args = tuple(args)
    function, name = as_function(f), name_of(f)
    value = f(*copy.deepcopy(args))
    weights = random_like(value, rng)
    directions = [tuple(random_like(a, rng) for a in args) for _ in range(4)]
    slopes = [difference(f, args, direction, eps) for direction in directions]
    if "rev" in modes:
        _, pullback = vjp(function, *copy.deepcopy(args))
        gradients = pullback(weights)
        for gradient, arg in zip(gradients, args):
            check_structure(gradient, arg, f"a gradient of {name}")
        for direction, slope in zip(directions, slopes):
            found = sum(inner(g, d) for g, d in zip(gradients, direction))
            expected = inner(weights, slope)
            assert np.allclose(found, expected, rtol=rtol, atol=atol), (
                f"the gradient of {name} gives the slope {found}, and differences give {expected}"
            )
    if "fwd" in modes:
        for direction, slope in zip(directions, slopes):
            _, tangent = jvp(function, copy.deepcopy(args), direction)
            check_structure(tangent, value, f"the tangent of {name}")
            assert close(tangent, slope, rtol, atol), (
                f"the tangent of {name} is {tangent}, and differences give {slope}"
            )
    if order > 1:
        for place, leaf in places(weights):
            scalar = sum_of(f, len(args), place, leaf)
            for i, direction in enumerate(directions[0]):
                if size(direction):
                    # Differences of a derivative are less exact.
                    check_grads(
                        grad(scalar, i), args, order - 1, modes, rtol=max(rtol, 1e-4), atol=max(atol, 1e-4), eps=eps
                    )


def places(weights: Any, place: str = "") -> list[tuple[str, Any]]:
    """The floats in a value, each with the text that selects it: `[0]['a']`."""
    if isinstance(weights, (list, tuple)):
        return [found for i, w in enumerate(weights) for found in places(w, f"{place}[{i}]")]
    if isinstance(weights, dict):
        return [found for k, w in weights.items() for found in places(w, f"{place}[{k!r}]")]
    return [(place, weights)] if size(weights) else []


def sum_of(function: Any, count: int, place: str, weights: Any) -> Any:
    """The weighted sum of one part of a function's result, as a function of the same arguments."""
    name = name_of(function)
    names = [p.name for p in parameters_of(as_function(function)) if p.kind == "plain"][:count]
    parameters = ", ".join([*names, *(f"x{i}" for i in range(len(names), count))])
    text = f"def {name}({parameters}):\n    return np.sum(np.real(weights * part({parameters}){place}))\n"
    space = compile_source(text, {"np": np, "weights": weights, "part": function}, name)
    return space[name]


def difference(f: Any, args: tuple[Any, ...], direction: tuple[Any, ...], eps: float) -> Any:
    up, down = (f(*[moved(a, d, sign * eps) for a, d in zip(args, direction)]) for sign in (1, -1))
    return between(up, down, 2 * eps)


def between(up: Any, down: Any, width: float) -> Any:
    """The slope from one value to another of the same structure; None where there are no floats."""
    if isinstance(up, (list, tuple)):
        return [between(u, d, width) for u, d in zip(up, down)]
    if isinstance(up, dict):
        return {k: between(v, down[k], width) for k, v in up.items()}
    if is_float(up):
        return (np.asarray(up) - np.asarray(down)) / width
    if hasattr(up, "__dict__") and not callable(up):
        return between(attributes(up), attributes(down), width)
    return None


def close(a: Any, b: Any, rtol: float, atol: float) -> bool:
    if b is None:
        return True
    if isinstance(b, list):
        return all(close(x, y, rtol, atol) for x, y in zip(a, b))
    if isinstance(b, dict):
        a = a if isinstance(a, dict) else attributes(a)
        return all(close(a[k], v, rtol, atol) for k, v in b.items())
    return bool(np.allclose(a, b, rtol=rtol, atol=atol))


def check_structure(found: Any, like: Any, what: str) -> None:
    if not isinstance(like, (list, tuple, dict, float, complex, np.ndarray, np.inexact)) or not size(like):
        return
    assert shape_of(found) == shape_of(like), f"{what} has the structure {shape_of(found)}, not {shape_of(like)}"
    if isinstance(like, np.ndarray) and like.dtype.kind in "fc":
        assert found.dtype == like.dtype, f"{what} has the dtype {found.dtype}, not {like.dtype}"


def is_float(value: Any) -> bool:
    return isinstance(value, (float, complex, np.inexact, np.ndarray)) and np.asarray(value).dtype.kind in "fc"


def size(value: Any) -> int:
    """How many floats are in a value, or in a direction."""
    if isinstance(value, (list, tuple)):
        return sum(map(size, value))
    if isinstance(value, dict):
        return sum(map(size, value.values()))
    return int(np.size(value)) if is_float(value) else 0


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """A random direction in the space of a value; None where it has no floats."""
    if isinstance(value, (list, tuple)):
        members = [random_like(v, rng) for v in value]
        return members if isinstance(value, list) else tuple(members)
    if isinstance(value, dict):
        return {k: random_like(v, rng) for k, v in value.items()}
    if is_float(value):
        drawn = rng.normal(size=np.shape(value))
        if np.iscomplexobj(value):
            drawn = drawn + 1j * rng.normal(size=np.shape(value))
        return drawn.astype(value.dtype) if isinstance(value, np.ndarray) else type(value)(drawn)
    if hasattr(value, "__dict__") and not callable(value):
        return {k: random_like(v, rng) for k, v in attributes(value).items()}
    return None


def moved(value: Any, direction: Any, step: float) -> Any:
    """A value moved along a direction; single precision is widened."""
    if direction is None:
        return copy.deepcopy(value)
    if isinstance(value, (list, tuple)):
        parts = [moved(v, d, step) for v, d in zip(value, direction)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        return {k: moved(v, direction[k], step) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        wide = np.complex128 if value.dtype.kind == "c" else np.float64
        return value.astype(wide) + step * direction
    if is_float(value):
        return value + step * direction
    result = copy.copy(value)
    for name, part in attributes(value).items():
        object.__setattr__(result, name, moved(part, direction[name], step))
    return result


def inner(a: Any, b: Any) -> Any:
    """The inner product of two values of one structure, without conjugation; its real part."""
    if a is None or b is None:
        return 0.0
    if isinstance(a, dict) or isinstance(b, dict):
        members = [x if isinstance(x, dict) else attributes(x) for x in (a, b)]
        return sum(inner(v, members[1].get(k)) for k, v in members[0].items())
    if isinstance(a, (list, tuple)):
        return sum(inner(x, y) for x, y in zip(a, b))
    if hasattr(a, "__dict__"):
        return inner(vars(a), b)
    return np.sum(np.real(np.asarray(a) * np.asarray(b)))


__all__ = ["check_grads"]
