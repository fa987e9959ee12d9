"""Is a derivative right?  Both modes against central differences, and then the derivative's own derivative."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcgrad.api import grad, name_of, vjp
from srcgrad.callables import as_function, parameters_of
from srcgrad.errors import ArgumentError
from srcgrad.forward_api import jvp
from srcgrad.kinds_of_arguments import has_floats
from srcgrad.lang.compile import compile_source
from srcgrad.rules import registry
from srcgrad.runtime.structures import attributes


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
    *, rtol: float | None = None, atol: float | None = None, eps: float = 1e-6,
) -> None:  # fmt: skip
    """Compare f's derivatives with central differences along random directions; AssertionError where they differ.

    f: any function of floats, complex numbers, arrays and containers of them.  Its result may be of any shape.
    args: its arguments, by position; those without floats are constants.
    order: with 2, the derivatives (f's tangent along a direction, its gradient weighted at random) are functions that are
    checked in the same way, in all modes; and so on.
    modes: "fwd" for `jvp`, "rev" for `vjp`.
    rtol, atol: what is equal; of what is least precise in the arguments, and a little more at higher orders.
    eps: the step of the differences, which are taken in double precision.
    Values, structure, shapes and dtypes are compared as well, pullbacks are called twice, and arguments and cotangents
    must stay as they are given.  The message says which argument, in which mode, of which derivative.

    >>> check_grads(lambda x: np.sin(x) ** 2, (0.7,))
    """
    if isinstance(modes, str):
        modes = (modes,)
    if order < 1 or not modes or not set(modes) <= {"fwd", "rev"}:
        raise ArgumentError("E510", "check_grads takes an order of 1 or more, and the modes 'fwd' and 'rev'")
    if not isinstance(args, (tuple, list)):
        raise ArgumentError("E509", f"the arguments are of type {type(args).__name__}", advice="give a tuple of them")
    close, near = tolerances(args)
    tolerance = (close if rtol is None else rtol, near if atol is None else atol)
    Check(f, tuple(args), tuple(modes), tolerance, eps, name_of(f)).run(order)


def tolerances(args: Any) -> tuple[float, float]:
    """What is equal, by the least precise float in the arguments."""
    coarsest = max((float(np.finfo(np.asarray(leaf).dtype).eps) for leaf in floats_in(args)), default=0.0)
    return (1e-5, 1e-6) if coarsest < 1e-10 else (1e-3, 1e-4) if coarsest < 1e-5 else (5e-2, 2e-2)


def expect(truth: Any, message: str) -> None:
    if not truth:
        raise AssertionError(message)


class Check:
    """The check of one function; `name` says which derivative it is."""

    def __init__(
        self, f: Any, args: tuple[Any, ...], modes: tuple[str, ...], tolerance: tuple[float, float], eps: float, name: str
    ) -> None:
        self.f, self.args, self.modes, self.tolerance, self.eps, self.name = f, args, modes, tolerance, eps, name
        self.function = as_function(f)
        names = [p.name for p in parameters_of(self.function) if p.kind == "plain"][: len(args)]
        self.names = [*names, *(f"x{i}" for i in range(len(names), len(args)))]
        rng = np.random.default_rng(0)
        self.value = f(*copy.deepcopy(args))
        self.weights = random_like(self.value, rng)
        if self.weights is None and isinstance(self.value, (bool, int, np.generic, np.ndarray)):
            self.weights = np.ones(np.shape(self.value))  # of which nothing may come
        self.active = [i for i, a in enumerate(args) if floats_in(a)]
        # Of each argument alone, so that it is known which is wrong; twice, since zeros may hide a part.
        self.directions = [(i, random_like(args[i], rng)) for i in self.active for _ in range(2)]

    def run(self, order: int) -> None:
        slopes = [difference(self.f, self.args, self.alone(i, d), self.eps) for i, d in self.directions]
        for mode in self.modes:
            (self.forward if mode == "fwd" else self.reverse)(slopes)
        if order > 1 and self.active and floats_in(self.value):
            for mode in self.modes:
                derivative, name = self.tangent_function() if mode == "fwd" else self.gradient_function()
                if derivative is not None:
                    args = tuple(self.args[i] for i in self.active)
                    looser = (max(self.tolerance[0], 1e-4), max(self.tolerance[1], 1e-4))
                    Check(derivative, args, self.modes, looser, self.eps, name).run(order - 1)

    def alone(self, i: int, direction: Any) -> tuple[Any, ...]:
        return tuple(direction if j == i else None for j in range(len(self.args)))

    def argument(self, i: int) -> str:
        return f"argument {i} ({self.names[i]!r})"

    def reverse(self, slopes: list[Any]) -> None:
        given, weights = copy.deepcopy(self.args), copy.deepcopy(self.weights)
        value, pullback = vjp(self.function, *given)
        expect(same(value, self.value), f"rev: the value of {self.name} is {value}, and a call gives {self.value}")
        gradients = pullback(weights)
        expect(same(weights, self.weights), f"rev: the pullback of {self.name} has changed its cotangent")
        again = pullback(copy.deepcopy(self.weights))
        expect(same(again, gradients), f"rev: the pullback of {self.name} gives something else the second time")
        expect(len(gradients) == len(self.args), f"rev: {self.name} has {len(gradients)} gradients, not {len(self.args)}")
        for i in self.active:
            check_structure(gradients[i], self.args[i], f"rev: the gradient of {self.name} by {self.argument(i)}")
        for (i, direction), slope in zip(self.directions, slopes):
            found, expected = inner(gradients[i], direction), inner(self.weights, slope)
            expect(
                self.close(found, expected),
                f"rev: the gradient of {self.name} by {self.argument(i)} gives the slope {found}, "
                f"and differences give {expected}",
            )

    def forward(self, slopes: list[Any]) -> None:
        for (i, direction), slope in zip(self.directions, slopes):
            given = copy.deepcopy(self.args)
            value, tangent = jvp(self.function, given, self.alone(i, direction))
            expect(same(value, self.value), f"fwd: the value of {self.name} is {value}, and a call gives {self.value}")
            what = f"fwd: the tangent of {self.name} along {self.argument(i)}"
            check_structure(tangent, self.value, what)
            expect(close(tangent, slope, *self.tolerance), f"{what} is {tangent}, and differences give {slope}")

    def close(self, found: Any, expected: Any) -> bool:
        return bool(np.allclose(found, expected, *self.tolerance))

    # The derivatives, as functions of the arguments that have floats

    def gradient_function(self) -> tuple[Any, str]:
        """The gradient of the weighted sum of the result."""
        terms = sums(self.value, self.weights, "value", space := dict[str, Any]())
        scalar = self.written(["value = part({})", f"return {' + '.join(terms)}"], space)
        places = tuple(range(len(self.active)))
        return grad(scalar, places if len(places) > 1 else 0), f"the gradient of {self.name}"

    def tangent_function(self) -> tuple[Any, str]:
        """The tangent along a direction, unless that is an object."""
        if any(holds_objects(self.args[i]) for i in self.active):
            return None, ""
        rng = np.random.default_rng(1)
        space = {f"d{i}": random_like(self.args[i], rng) for i in self.active}
        along = ", ".join(f"d{i}" if i in self.active else "None" for i in range(len(self.args)))
        lines = ["return jvp(part, ({},), (" + along + ",))[1]"]
        return self.written(lines, {**space, "jvp": jvp}), f"the tangent of {self.name}"

    def written(self, lines: list[str], space: dict[str, Any]) -> Any:
        """A function of the arguments that have floats; `{}` in the text stands for all of them."""
        name = name_of(self.f)
        constants = {f"c{i}": a for i, a in enumerate(self.args) if i not in self.active}
        given = ", ".join(f"a{i}" if i in self.active else f"c{i}" for i in range(len(self.args)))
        text = "".join(f"    {line.replace('{}', given)}\n" for line in lines)
        text = f"def {name}({', '.join(f'a{i}' for i in self.active)}):\n{text}"
        made = compile_source(text, {"np": np, "part": self.f, **space, **constants}, name)
        return made[name]


def sums(value: Any, weights: Any, place: str, space: dict[str, Any]) -> list[str]:
    """The texts of the weighted sums of the floats in a value; `space` gets what they name."""
    if isinstance(value, (list, tuple)):
        return [t for i, (v, w) in enumerate(zip(value, weights)) for t in sums(v, w, f"{place}[{i}]", space)]
    if isinstance(value, dict):
        found = []
        for key, v in value.items():
            text = repr(key) if isinstance(key, (str, int, float, tuple, type(None))) else f"key{len(space)}"
            space[f"key{len(space)}"] = key
            found += sums(v, weights[key], f"{place}[{text}]", space)
        return found
    if is_float(value):
        name = f"w{len(space)}"
        space[name] = weights
        return [f"np.sum(np.real({name} * {place}))"]
    if weights is None or not isinstance(weights, dict):
        return []
    return [t for k, w in weights.items() for t in sums(attributes(value)[k], w, f"{place}.{k}", space)]


def holds_objects(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(holds_objects, value))
    if isinstance(value, dict):
        return any(map(holds_objects, value.values()))
    return hasattr(value, "__dict__") and not callable(value)


def same(a: Any, b: Any) -> bool:
    """Are two values equal, but for rounding, and of one structure?"""
    if isinstance(b, (list, tuple)):
        return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(same(a[k], v) for k, v in b.items())
    if not is_float(b):
        return True
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=True))


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
    """A derivative is of the structure, the shapes and the dtypes of the value that it belongs to."""
    if isinstance(like, (list, tuple)):
        alike = isinstance(found, list if isinstance(like, list) else tuple) and len(found) == len(like)
        expect(alike, f"{what} is {described(found)}, not {described(like)}")
        for i, (part, member) in enumerate(zip(found, like)):
            check_structure(part, member, f"{what}, at [{i}],")
    elif isinstance(like, dict):
        alike = isinstance(found, dict) and list(found) == list(like)
        expect(alike, f"{what} is {described(found)}, not {described(like)}")
        for key, member in like.items():
            check_structure(found[key], member, f"{what}, at [{key!r}],")
    elif is_float(like):
        expect(is_float(found), f"{what} is {described(found)}, not {described(like)}")
        shape, dtype = np.shape(found), np.asarray(found).dtype
        expect(shape == np.shape(like), f"{what} has the shape {shape}, not {np.shape(like)}")
        expect(dtype == np.asarray(like).dtype, f"{what} has the dtype {dtype}, not {np.asarray(like).dtype}")
    elif floats_in(like):
        expect(type(found) is type(like), f"{what} is {described(found)}, not {described(like)}")
        for name, member in attributes(like).items():
            if floats_in(member):
                check_structure(getattr(found, name, None), member, f"{what}, attribute {name},")


def described(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a dict with the keys {list(value)}" if isinstance(value, dict) else f"of type {type(value).__name__}"


def floats_in(value: Any) -> list[Any]:
    """The floats and complex numbers in a value, arrays of them, and those of objects."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [leaf for v in value for leaf in floats_in(v)]
    if is_float(value):
        return [value]
    if hasattr(value, "__dict__") and not callable(value):
        return floats_in(list(attributes(value).values()))
    return []


def is_float(value: Any) -> bool:
    return isinstance(value, (float, complex, np.inexact, np.ndarray)) and np.asarray(value).dtype.kind in "fc"


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """A random direction in the space of a value; None where it has no floats."""
    if isinstance(value, (list, tuple)):
        members = [random_like(v, rng) for v in value]
        return members if isinstance(value, list) else tuple(members)
    if isinstance(value, dict):
        return with_members(value, {k: random_like(v, rng) for k, v in value.items()})
    if is_float(value):
        drawn = rng.normal(size=np.shape(value))
        if np.iscomplexobj(value):
            drawn = drawn + 1j * rng.normal(size=np.shape(value))
        return drawn.astype(value.dtype) if isinstance(value, np.ndarray) else type(value)(drawn)
    if hasattr(value, "__dict__") and not callable(value):
        return {k: random_like(v, rng) for k, v in attributes(value).items()}
    return None


def moved(value: Any, direction: Any, step: float) -> Any:
    """A value moved along a direction, or left where it is; single precision is widened."""
    if isinstance(value, (list, tuple)):
        given = [None] * len(value) if direction is None else direction
        parts = [moved(v, d, step) for v, d in zip(value, given)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        members = {k: moved(v, None if direction is None else direction[k], step) for k, v in value.items()}
        return with_members(value, members)
    if is_float(value):
        wide = value if isinstance(value, (float, complex)) else value.astype(np.result_type(value, np.float64))
        result = wide + step * direction if direction is not None else copy.copy(wide)
        return np.asarray(result) if isinstance(value, np.ndarray) else result  # without axes it is an array still
    if not floats_in(value):
        return copy.deepcopy(value)
    result = copy.copy(value)
    for name, part in attributes(value).items():
        object.__setattr__(result, name, moved(part, None if direction is None else direction[name], step))
    return result


def with_members(like: dict[Any, Any], members: dict[Any, Any]) -> dict[Any, Any]:
    """A dict of the same class with these members."""
    made = like.copy()
    made.update(members)
    return made


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
