"""Trees of numbers and arrays: nested tuples, lists and dicts, as arguments and results of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from srcgrad.errors import ArgumentError


def is_float(value: Any) -> bool:
    """Is it a float or complex number, or an array of them?"""
    return isinstance(value, (float, complex, np.ndarray, np.inexact)) and np.asarray(value).dtype.kind in "fc"


def is_number(value: Any) -> bool:
    """Is it a number or an array of numbers, of any kind?"""
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "biufc"


def each(function: Callable[[Any], Any], tree: Any, leaf: type = np.ndarray) -> Any:
    """The tree with a function applied to what is no container; `leaf`: a type that is none here."""
    if isinstance(tree, dict) and not isinstance(tree, leaf):
        return {k: each(function, v, leaf) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)) and not isinstance(tree, leaf):
        members = [each(function, v, leaf) for v in tree]
        return type(tree)(*members) if hasattr(tree, "_fields") else type(tree)(members)
    return function(tree)


def mapped(function: Callable[[Any], Any], tree: Any, numbers: bool = False) -> Any:
    """The tree with a function applied to the floats in it, or to all numbers; None for what else there is."""

    def apply(leaf: Any) -> Any:
        if (is_number if numbers else is_float)(leaf):
            return function(leaf)
        if leaf is None or isinstance(leaf, (bool, int, str, bytes, np.generic, np.ndarray)):
            return None
        raise ArgumentError("E509", f"a Jacobian can't have the structure of {type(leaf).__name__}")

    return each(apply, tree)


def leaves(tree: Any, numbers: bool = False) -> list[Any]:
    """The floats in a tree, or all numbers."""
    found: list[Any] = []
    each(found.append, tree)
    return list(filter(is_number if numbers else is_float, found))


def size_of(tree: Any) -> int:
    """How many floats there are in a tree."""
    return sum(int(np.size(leaf)) for leaf in leaves(tree))


def filled(tree: Any, number: complex) -> Any:
    """The tree with one number in place of all floats; where that is complex, in the places of complex numbers only."""

    def fill(leaf: Any) -> Any:
        mine = 0 if isinstance(number, complex) and not np.iscomplexobj(leaf) else number
        return np.full_like(leaf, mine) if isinstance(leaf, np.ndarray) else type(leaf)(mine)

    return mapped(fill, tree)


def unit(tree: Any, k: int, number: complex = 1) -> Any:
    """Zeros in the structure of a tree, but for element k of all its floats."""
    counted = iter(range(size_of(tree)))

    def fill(leaf: Any) -> Any:
        ones = [number if next(counted) == k else 0 for _ in range(int(np.size(leaf)))]
        if isinstance(leaf, np.ndarray):
            return np.reshape(np.array(ones, leaf.dtype), leaf.shape)
        return type(leaf)(ones[0])

    return mapped(fill, tree)


def with_leaves(tree: Any, floats: list[Any]) -> Any:
    """The tree with these in the places of its floats."""
    rest = iter(floats)
    return mapped(lambda _: next(rest), tree)
