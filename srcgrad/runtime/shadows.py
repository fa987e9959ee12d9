"""Adjoints that share memory as their variables do."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from srcgrad.runtime.structures import attributes, zeros_like


def shadow(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Zeros in the structure of a value, which share what the value shares; those of a view are a view."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, (list, tuple)):
        zeros: Any = []
        memo[id(value)] = zeros
        zeros.extend([shadow(v, memo) for v in value])
    elif isinstance(value, dict):
        zeros = memo[id(value)] = {}
        zeros.update({k: shadow(v, memo) for k, v in value.items()})
    elif isinstance(value, np.ndarray):
        zeros = memo[id(value)] = shadow_of_array(value, memo)
    elif type(value).__module__ == "builtins" or isinstance(value, (type, np.generic, np.ufunc)):
        zeros = zeros_like(value)
    else:
        zeros = memo[id(value)] = types.SimpleNamespace()
        for name, v in attributes(value).items():
            setattr(zeros, name, shadow(v, memo))
    return zeros


def shadow_of_array(x: Any, memo: dict[int, Any]) -> Any:
    """Zeros like x, at x's place in zeros like all that x is a view of."""
    owner = x
    while getattr(owner, "base", None) is not None:
        owner = owner.base
    if x.dtype.kind not in "fc" or not isinstance(owner, np.ndarray) or not x.flags.writeable:
        return zeros_like(x)
    if id(owner) not in memo:
        memo[id(owner)] = zeros_like(owner)
    start = [a.__array_interface__["data"][0] for a in (owner, x)]
    return np.ndarray(x.shape, x.dtype, np.ravel(memo[id(owner)], "K"), start[1] - start[0], x.strides)


def note(shadows: dict[int, Any], value: Any) -> None:
    """Remember an adjoint, and all that it holds now, so that `reset` finds it."""
    if id(value) in shadows:
        return
    if isinstance(value, (np.ndarray, list, dict, types.SimpleNamespace)):
        shadows[id(value)] = value
    held = vars(value) if isinstance(value, types.SimpleNamespace) else value
    if isinstance(held, (list, dict)):
        for v in list(held.values()) if isinstance(held, dict) else held:
            note(shadows, v)


def reset(value: Any, seen: set[int] | None = None) -> None:
    """All numbers in an adjoint become zero, in place."""
    if isinstance(value, np.ndarray):
        value[...] = 0
        return
    held = vars(value) if isinstance(value, types.SimpleNamespace) else value
    seen = set() if seen is None else seen
    if not isinstance(held, (list, dict)) or id(held) in seen:
        return
    seen.add(id(held))
    for k, v in list(held.items() if isinstance(held, dict) else enumerate(held)):
        if isinstance(v, (float, complex, np.inexact)):
            held[k] = 0.0
        else:
            reset(v, seen)


def assign_to(target: Any, source: Any) -> None:
    """One adjoint gets the content of another of its structure, in the same memory.

    What is found twice in the target gets the sum, what is found twice in the source is taken once, and so are views of it.
    """
    if target is None:  # that of what has no derivative
        return
    emptied: list[Any] = []
    content = taken(source, emptied, set())
    for array, value in reversed(emptied):
        array[...] = value
    fill(target, content, False)
    fill(target, content, True)


def taken(source: Any, emptied: list[Any], seen: set[int], again: bool = False) -> Any:
    """A copy of an adjoint; what has been taken is zero where it is found again."""
    if isinstance(source, np.ndarray):
        found = source.copy()
        emptied.append((source, found))
        source[...] = 0
        return found
    if isinstance(source, types.SimpleNamespace):
        return types.SimpleNamespace(**taken(vars(source), emptied, seen))
    if isinstance(source, (float, complex, np.inexact)):
        return 0 * source if again else source
    if not isinstance(source, (list, dict)):
        return source
    again = id(source) in seen
    seen.add(id(source))
    if isinstance(source, dict):
        return {k: taken(v, emptied, seen, again) for k, v in source.items()}
    return [taken(v, emptied, seen, again) for v in source]


def fill(target: Any, content: Any, adding: bool) -> None:
    """What `target` holds is made zero, in the structure of `content`, or this is added to it."""
    if isinstance(target, np.ndarray):
        mask = np.asarray(content).dtype.kind == "b"  # which has no derivative, so it has no sum, either
        target[...] = target + content if adding and not mask else 0
        return
    held: Any = vars(target) if isinstance(target, types.SimpleNamespace) else target
    given: Any = vars(content) if isinstance(content, types.SimpleNamespace) else content
    if isinstance(held, list):
        fit(held, given)
    for k, v in given.items() if isinstance(given, dict) else enumerate(given):
        old = held.get(k) if isinstance(held, dict) else held[k]
        if v is None:
            if not adding:
                held[k] = None
        elif isinstance(old, (np.ndarray, list, dict, types.SimpleNamespace)):
            fill(old, v, adding)
        elif not adding:
            held[k] = zeros_like(v)
        elif zeros_like(v) is not None:  # what has no derivative has no sum, either
            held[k] = v if old is None else old + v


def fit(held: list[Any], given: list[Any]) -> None:
    """A list of adjoints gets the length of another."""
    while len(held) > len(given):
        held.pop()
    for v in given[len(held) :]:
        held.append(zeros_like(v))
