"""Adjoints and tangents of values that hold others: zeros, sums, and the types of what they belong to."""

from __future__ import annotations

import copy
import types
from typing import Any

import numpy as np


def zeros_like(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """Zeros in the structure of a value: lists for tuples, namespaces for objects.

    What has no derivative gets None, but integers get zeros: beside floats, in a list,
    they are treated as these are.  What is found twice gets zeros twice, one for each
    way to it; only what holds itself is followed once.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biu":
            return np.zeros(value.shape)
        return np.zeros_like(value) if value.dtype.kind in "fc" else None
    if isinstance(value, (float, complex, np.inexact)):
        return type(value)(0) if isinstance(value, np.inexact) else 0.0 * value if isinstance(value, complex) else 0.0
    if isinstance(value, (int, np.number, np.bool_)):
        return 0.0
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    zeros: Any
    if isinstance(value, (list, tuple)):
        zeros = memo[id(value)] = []
        zeros.extend([zeros_like(v, memo) for v in value])
    elif isinstance(value, dict):
        zeros = memo[id(value)] = {}
        zeros.update({k: zeros_like(v, memo) for k, v in value.items()})
    elif type(value).__module__ == "builtins" or isinstance(value, (type, np.generic, np.ufunc)):
        return None
    else:
        zeros = memo[id(value)] = types.SimpleNamespace()
        for name, v in attributes(value).items():
            setattr(zeros, name, zeros_like(v, memo))
    del memo[id(value)]
    return zeros


def zeros_of(x: Any) -> Any:
    """A tangent of x that is zero."""
    return like(x, zeros_like(x))


def attributes(value: Any) -> dict[str, Any]:
    """The attributes that an object holds itself, slots included."""
    found = dict(getattr(value, "__dict__", {}))
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{cls.__name__.lstrip('_')}{name}"
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


def with_attributes(x: Any, /, **values: Any) -> Any:
    """A copy of an object that has these attributes instead of its own."""
    result = copy.copy(x)
    for name, value in values.items():
        object.__setattr__(result, name, value)
    return result


def add(a: Any, b: Any, memo: dict[tuple[int, int], Any] | None = None) -> Any:
    """The sum of two adjoints of one structure; None adds nothing."""
    if a is None or b is None:
        return b if a is None else a
    if not isinstance(a, (list, tuple, dict, types.SimpleNamespace)):
        return a + b
    memo = {} if memo is None else memo
    both = id(a), id(b)
    if both in memo:
        return memo[both]
    if isinstance(a, (list, tuple)):
        total: Any = []
        memo[both] = total
        total.extend([add(v, w, memo) for v, w in zip(a, b)])
    elif isinstance(a, dict):
        total = memo[both] = {}
        total.update({k: add(a.get(k), b.get(k), memo) for k in {**a, **b}})
    else:
        total = memo[both] = types.SimpleNamespace()
        for name in {**vars(a), **vars(b)}:
            setattr(total, name, add(getattr(a, name, None), getattr(b, name, None), memo))
    del memo[both]
    return total


def add_to(total: Any, part: Any) -> Any:
    """`total` with an adjoint of its structure added, in place if it is no number."""
    if part is None:
        return total
    if total is None:
        total = zeros_like(part)
        if total is None:
            return None
    if isinstance(total, np.ndarray) and total.ndim:
        total += part if total.dtype.kind == "c" else np.real(part)
        return total
    if isinstance(total, list):
        for i, v in enumerate(part):
            total[i] = add_to(total[i], v)
        return total
    if isinstance(total, dict):
        for k, v in part.items():
            total[k] = add_to(total.get(k), v)
        return total
    if isinstance(total, types.SimpleNamespace):
        for name, v in vars(part).items():
            setattr(total, name, add_to(getattr(total, name, None), v))
        return total
    return total + part


def like(x: Any, x_bar: Any, memo: dict[tuple[int, int], Any] | None = None) -> Any:
    """An adjoint in the structure and the types of x; None if x has no derivative."""
    if isinstance(x, (np.ndarray, np.inexact)):
        if x.dtype.kind not in "fc":
            return None
        given = np.asarray(0.0 if x_bar is None else x_bar)
        found = given.real if given.dtype.kind == "c" and x.dtype.kind != "c" else given
        if isinstance(x, np.inexact):
            return found.astype(x.dtype)[()]
        if found.shape == x.shape:
            return found if found.dtype == x.dtype else found.astype(x.dtype)
        return np.array(np.broadcast_to(found, x.shape), x.dtype)
    if isinstance(x, float):
        return 0.0 if x_bar is None else float(np.real(x_bar))
    if isinstance(x, complex):
        return 0j if x_bar is None else complex(x_bar)
    memo = {} if memo is None else memo
    both = (id(x), id(x_bar))
    if both in memo:
        return memo[both]
    if isinstance(x, list):
        result: Any = []
        memo[both] = result
        result.extend([like(v, None if x_bar is None else x_bar[i], memo) for i, v in enumerate(x)])
        return result
    if isinstance(x, tuple):
        members = [like(v, None if x_bar is None else x_bar[i], memo) for i, v in enumerate(x)]
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    if isinstance(x, dict):
        result = x.copy()
        memo[both] = result
        result.update({k: like(v, None if x_bar is None else x_bar.get(k), memo) for k, v in x.items()})
        return result
    if type(x).__module__ == "builtins" or isinstance(x, (type, np.generic, np.ufunc)):
        return None
    result = copy.copy(x)
    memo[both] = result
    for name, v in attributes(x).items():
        object.__setattr__(result, name, like(v, getattr(x_bar, name, None), memo))
    return result


def stop_gradient(x: Any) -> Any:
    """x itself; inside a differentiated function its derivative is not followed.

    >>> stop_gradient(2.0)
    2.0
    """
    return x


def held(x: Any) -> Any:
    """x itself, for the definitions of library functions: the derivative at hand does not go through it, the next does."""
    return x
