"""The functions over `vjp`, `jvp` and `grad`, told once more in the Python that is accepted: these are followed where one is
called inside a differentiated function, of one argument and of a function that gives a number or an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.api import grad, vjp
from srcgrad.forward_api import jvp


def jacobian(f: Any, argnums: Any = 0) -> Any:
    def found(*args: Any) -> Any:
        value, pullback = vjp(f, *args)
        rows = []
        for k in range(np.size(value)):
            unit = np.zeros(np.size(value))
            unit[k] = 1.0
            rows.append(pullback(np.reshape(unit, np.shape(value)))[argnums])
        return np.reshape(np.stack(rows), np.shape(value) + np.shape(args[argnums]))

    return found


def hessian(f: Any, argnums: Any = 0) -> Any:
    return jacobian(grad(f, argnums), argnums)


def hessian_vector_product(f: Any, argnum: Any = 0) -> Any:
    gradient = grad(f, argnum)

    def product(*args: Any) -> Any:
        def along(x: Any) -> Any:
            return gradient(*args[:argnum], x, *args[argnum + 1 : -1])

        return jvp(along, (args[argnum],), (args[-1],))[1]

    return product


def elementwise_grad(f: Any, argnum: Any = 0) -> Any:
    def gradient(*args: Any) -> Any:
        value, pullback = vjp(f, *args)
        return pullback(np.ones_like(value))[argnum]

    return gradient
