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
