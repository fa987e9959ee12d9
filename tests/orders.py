"""Is a second derivative right?  Four ways to the product of the Hessian with a direction, against differences of the gradient."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import srcgrad
from srcgrad.lang.compile import compile_source
from tests import programs
from tests.check import at_path, float_leaves, rebuild, single

MIXES = ("forward over reverse", "reverse over reverse", "reverse over forward", "forward over forward")
Directions = dict[tuple, Any]  # (argument, *path) of a float leaf -> the direction in which it moves


class SecondOrder:
    """A program, a direction, and the slopes of its gradient along that by differences."""

    def __init__(self, case: programs.Program, step: float = 1e-5) -> None:
        self.case = case
        rng = np.random.default_rng(5)
        args = case.make_args()
        self.leaves = {(i, *path): leaf for i in case.wrt for path, leaf in float_leaves(args[i])}
        self.directions: Directions = {
            at: rng.normal(size=np.shape(leaf)) if np.ndim(leaf) else float(rng.normal())
            for at, leaf in self.leaves.items()
        }
        self.gradient = srcgrad.grad(case.function, case.wrt)
        value = self.numbers(self.gradient(*args))
        up, down = (self.numbers(self.gradient(*self.moved(sign * step))) for sign in (1, -1))
        self.slopes = {at: (up[at] - down[at]) / (2 * step) for at in up}
        coarse = any(single(leaf) for leaf in self.leaves.values())
        largest, before = (max((np.max(np.abs(v), initial=0.0) for v in d.values()), default=0.0) for d in (self.slopes, value))
        self.allowed = (2e-3 if coarse else 2e-5) * (largest + 0.1 * before + 0.1)

    def check(self, mix: str) -> None:
        """Assert that one mix of the modes gives these slopes."""
        found = {
            "forward over reverse": self.forward_over_reverse,
            "reverse over reverse": lambda: self.reverse(self.made("slope_of_gradient")),
            "reverse over forward": lambda: self.reverse(self.made("slope")),
            "forward over forward": self.forward_over_forward,
        }[mix]()
        if mix == "forward over forward":
            expected = sum(float(np.sum(self.directions[at] * s)) for at, s in self.slopes.items())
            size = sum(np.size(s) for s in self.slopes.values())
            assert abs(found - expected) <= self.allowed * size, f"{mix}: {found}, differences give {expected}"
            return
        for at, slope in self.slopes.items():
            wrong = np.max(np.abs(found[at] - slope), initial=0.0)
            assert wrong <= self.allowed, f"{mix}, at {at}: {found[at]}, differences give {slope}"

    def forward_over_reverse(self) -> Directions:
        return self.numbers(srcgrad.jvp(self.gradient, self.case.make_args(), self.tangents())[1])

    def reverse(self, f: Callable) -> Directions:
        return self.numbers(srcgrad.grad(f, self.case.wrt)(*self.case.make_args()))

    def forward_over_forward(self) -> float:
        return float(np.sum(srcgrad.jvp(self.made("slope"), self.case.make_args(), self.tangents())[1]))

    def made(self, name: str) -> Callable:
        """The slope along the direction, by the gradient or by a tangent, as a function of the program's arguments."""
        args = self.case.make_args()
        params = ", ".join(f"x{i}" for i in range(len(args)))
        weights = {f"w{k}": self.directions[at] for k, at in enumerate(self.leaves)}
        products = [
            f"np.sum(w{k} * g[{self.case.wrt.index(at[0])}]{access(args[at[0]], at[1:])})" for k, at in enumerate(self.leaves)
        ]
        dots = self.tangents()
        given = ", ".join("None" if dot is None else f"t{i}" for i, dot in enumerate(dots))
        text = (
            f"def slope_of_gradient({params}):\n    g = gradient({params})\n    return {' + '.join(products)}\n\n"
            f"def slope({params}):\n    return jvp(f, ({params},), ({given},))[1]\n"
        )
        space = {"np": np, "gradient": self.gradient, "jvp": srcgrad.jvp, "f": self.case.function, **weights}
        space |= {f"t{i}": dot for i, dot in enumerate(dots)}
        return compile_source(text, space, name)[name]

    def tangents(self) -> tuple:
        """The direction, in the structure of the arguments; None for those that do not move."""

        def change(at: tuple, leaf: Any) -> Any:
            direction = self.directions.get(at)
            if isinstance(leaf, np.ndarray):
                return np.zeros_like(leaf) if direction is None else np.asarray(direction, leaf.dtype)
            return type(leaf)(direction or 0.0)

        args = rebuild(self.case.make_args(), (), change, {})
        return tuple(without_words(a) if i in self.case.wrt else None for i, a in enumerate(args))

    def moved(self, step: float) -> tuple:
        def change(at: tuple, leaf: Any) -> Any:
            direction = self.directions.get(at)
            if isinstance(leaf, np.ndarray):
                found = leaf.astype(np.float64)  # in place, so that the order in memory stays that of the original
                found += 0.0 if direction is None else step * direction
                return found
            wide = np.float64(leaf) if isinstance(leaf, np.floating) else leaf
            return wide if direction is None else wide + step * direction

        return rebuild(self.case.make_args(), (), change, {})

    def numbers(self, gradients: Any) -> Directions:
        return {
            at: np.asarray(at_path(gradients[self.case.wrt.index(at[0])], at[1:]), np.float64) for at in self.leaves
        }


def access(value: Any, path: tuple) -> str:
    """The text that selects a leaf: `["a"][0].b`."""
    text = ""
    for key in path:
        inside = isinstance(value, (dict, list, tuple))
        text += f"[{key!r}]" if inside else f".{key}"
        value = value[key] if inside else getattr(value, key)
    return text


def without_words(value: Any) -> Any:
    """A tangent has None where a value is text."""
    if isinstance(value, dict):
        return {k: without_words(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_words(v) for v in value]
    return None if isinstance(value, (str, bytes)) else value


def outcomes(case: programs.Program) -> Iterator[tuple[str, str]]:
    """For each mix: "" if it is right, what is wrong, or the code of the refusal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        second = SecondOrder(case)
        for mix in MIXES:
            try:
                copy.copy(second).check(mix)
                yield mix, ""
            except srcgrad.SrcgradError as refusal:
                yield mix, refusal.code
            except AssertionError as error:
                yield mix, f"wrong: {error}"
