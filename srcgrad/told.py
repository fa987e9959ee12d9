"""The functions over `vjp`, `jvp` and `grad`, told once more in the Python that is accepted: these are followed where one is
called inside a differentiated function, of numbers and arrays, and of a function that gives a number or an array.

There, `vjp` takes keywords, which are constants of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.api import grad, vjp
from srcgrad.forward_api import jvp


def jacobian(f: Any, argnums: Any = 0) -> Any:
    def found(*args: Any, **keywords: Any) -> Any:
        value, pullback = vjp(f, *args, **keywords)
        if isinstance(value, dict):
            return {key: jacobian(member(f, key), argnums)(*args, **keywords) for key in value}
        if isinstance(value, tuple):
            return tuple([jacobian(member(f, i), argnums)(*args, **keywords) for i in range(len(value))])
        if isinstance(value, list):
            return [jacobian(member(f, i), argnums)(*args, **keywords) for i in range(len(value))]
        if not isinstance(argnums, int):
            return tuple([jacobian(f, i)(*args, **keywords) for i in argnums])
        x = args[argnums]
        if isinstance(x, dict):
            return {key: jacobian(of_member(f, args, keywords, argnums, key))(x[key]) for key in x}
        if isinstance(x, tuple):
            return tuple([jacobian(of_member(f, args, keywords, argnums, i))(x[i]) for i in range(len(x))])
        if isinstance(x, list):
            return [jacobian(of_member(f, args, keywords, argnums, i))(x[i]) for i in range(len(x))]
        rows = []
        for k in range(np.size(value)):
            unit = np.zeros(np.size(value))
            unit[k] = 1.0
            unit = np.reshape(unit, np.shape(value))
            row = pullback(unit)[argnums]
            if np.iscomplexobj(value) and not np.iscomplexobj(x):
                row = row - 1j * pullback(1j * unit)[argnums]
            rows.append(row)
        return np.reshape(np.array(rows), np.shape(value) + np.shape(x))

    return found


def member(f: Any, key: Any) -> Any:
    """The function that gives one member of the result."""
    return lambda *xs, **keywords: f(*xs, **keywords)[key]


def of_member(f: Any, args: Any, keywords: Any, i: int, key: Any) -> Any:
    """The function of one member of a container among the arguments."""

    def function(x: Any) -> Any:
        if isinstance(args[i], dict):
            return f(*args[:i], {**args[i], key: x}, *args[i + 1 :], **keywords)
        changed = [*args[i][:key], x, *args[i][key + 1 :]]
        return f(*args[:i], tuple(changed) if isinstance(args[i], tuple) else changed, *args[i + 1 :], **keywords)

    return function


def hessian(f: Any, argnums: Any = 0) -> Any:
    gradient = grad(f, argnums)
    if isinstance(argnums, int):
        return jacobian(gradient, argnums)

    def row(i: int) -> Any:
        return jacobian(lambda *xs, **ks: gradient(*xs, **ks)[i], argnums)

    def found(*args: Any, **keywords: Any) -> Any:
        rows = []
        for i in range(len(argnums)):
            rows.append(row(i)(*args, **keywords))
        return tuple(rows)

    return found


def hessian_vector_product(f: Any, argnum: Any = 0) -> Any:
    gradient = grad(f, argnum)

    def product(*args: Any, **keywords: Any) -> Any:
        def along(x: Any) -> Any:
            return gradient(*args[:argnum], x, *args[argnum + 1 : -1], **keywords)

        return jvp(along, (args[argnum],), (args[-1],))[1]

    return product


def elementwise_grad(f: Any, argnum: Any = 0) -> Any:
    def gradient(*args: Any, **keywords: Any) -> Any:
        if not isinstance(argnum, int):
            return tuple([elementwise_grad(f, i)(*args, **keywords) for i in argnum])
        value, pullback = vjp(f, *args, **keywords)
        bar = pullback(np.ones_like(value))[argnum]
        if np.iscomplexobj(value) and not np.iscomplexobj(args[argnum]):
            bar = bar - 1j * pullback(1j * np.ones_like(value))[argnum]
        return bar

    return gradient
