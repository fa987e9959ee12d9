"""The functions over `vjp`, `jvp` and `grad`, told once more in the Python that is accepted: these are followed where one is
called inside a differentiated function, of numbers and arrays, and of a function that gives a number or an array.

There, `vjp` takes keywords, which are constants of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.api import grad, vjp
from srcgrad.forward_api import jvp


def jacobian(f: Any, argnums: Any = 0) -> Any:
    places = (argnums,) if isinstance(argnums, int) else argnums

    def found(*args: Any, **keywords: Any) -> Any:
        value, pullback = vjp(f, *args, **keywords)
        parts = []
        for i in places:
            rows = []
            for k in range(np.size(value)):
                unit = np.zeros(np.size(value))
                unit[k] = 1.0
                unit = np.reshape(unit, np.shape(value))
                row = pullback(unit)[i]
                if np.iscomplexobj(value) and not np.iscomplexobj(args[i]):
                    row = row - 1j * pullback(1j * unit)[i]
                rows.append(row)
            parts.append(np.reshape(np.stack(rows), np.shape(value) + np.shape(args[i])))
        return parts[0] if isinstance(argnums, int) else tuple(parts)

    return found


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
        value, pullback = vjp(f, *args, **keywords)
        return pullback(np.ones_like(value))[argnum]

    return gradient
