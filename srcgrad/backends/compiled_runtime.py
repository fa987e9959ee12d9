"""Functions that lowered code may call, in the part of Python that Numba has."""

from __future__ import annotations

from typing import Any

import numpy as np


def common_size(a: int, b: int) -> int:
    """The size that two axes have together: they are equal, or one of them has one element."""
    if a != b and a != 1 and b != 1:
        raise ValueError("operands could not be broadcast together")
    return b if a == 1 else a


def unbroadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """Sum x over the axes along which something of this shape was broadcast."""
    total = np.zeros(shape, x.dtype)
    elements = total.reshape(-1)
    extra = x.ndim - len(shape)
    for index, value in np.ndenumerate(x):
        place = 0
        for axis in range(len(shape)):
            place *= shape[axis]
            if shape[axis] > 1:
                place += index[extra + axis]
        elements[place] += value
    return total


def cumprod_adjoint(x: Any, y_bar: Any, axis: int | None = None) -> Any:
    """The adjoint of x in y = np.cumprod(x, axis); x may have zeros."""
    count, step = x.size, 1
    if axis is not None:
        count = x.shape[axis]
        for k in range(x.ndim):
            if k > axis % x.ndim:
                step *= x.shape[k]
    values, bars = x.ravel(), y_bar.ravel()
    x_bar = np.zeros_like(values)
    block = count * step
    for number in range(values.size):
        first = number // step * block + number % step  # of the elements that are multiplied
        if first >= values.size:
            break
        product = np.ones_like(values[:1])[0]
        for k in range(first, first + block, step):
            x_bar[k] = product
            product = product * values[k]
        rest = 0 * product
        for k in range(first + block - step, first - 1, -step):
            rest = rest + bars[k]
            x_bar[k] = x_bar[k] * rest
            rest = rest * values[k]
    return x_bar.reshape(x.shape)


FUNCTIONS = (common_size, unbroadcast, cumprod_adjoint)
