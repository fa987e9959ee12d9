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


def taken_out(items: Any, index: int) -> Any:
    """`items.pop(index)`, which Numba gets wrong for lists of arrays: it lets go of what it hands out."""
    place = index if index >= 0 else index + len(items)
    item = items[place]
    for k in range(place + 1, len(items)):
        items[k - 1] = items[k]
    items.pop()
    return item


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


def other_products(x: Any, axis: int | None = None) -> Any:
    """For each element, the product of the others along the axis; x may have zeros."""
    count, step = x.size, 1
    if axis is not None:
        count = x.shape[axis]
        for k in range(x.ndim):
            if k > axis % x.ndim:
                step *= x.shape[k]
    values = x.ravel()
    products = np.ones_like(values)
    block = count * step
    for number in range(values.size):
        first = number // step * block + number % step  # of the elements that are multiplied
        if first >= values.size:
            break
        before = after = np.ones_like(values[:1])[0]
        for k in range(first, first + block, step):
            products[k] = before
            before = before * values[k]
        for k in range(first + block - step, first - 1, -step):
            products[k] = products[k] * after
            after = after * values[k]
    return products.reshape(x.shape)


def cofactors(a: Any) -> Any:
    """The derivative of np.linalg.det(a), of one matrix: its cofactors, of singular matrices too."""
    det = np.linalg.det(a)
    limits = np.finfo(a.dtype)
    if a.size and abs(det) > limits.tiny / limits.eps and np.isfinite(det):
        inverse = np.linalg.inv(a)
        if np.max(np.abs(a)) * np.max(np.abs(inverse)) < 1e4:
            return det * np.ascontiguousarray(inverse.T)
    # few digits of the inverse may be right
    u, s, vh = np.linalg.svd(a)
    scaled = np.conj(u)
    scaled[:] = scaled * np.linalg.det(u) * np.linalg.det(vh) * other_products(s)
    return scaled @ np.conj(vh)


def untake(y: Any, indices: Any, axis: int | None, shape: tuple[int, ...]) -> Any:
    """An array of zeros to which y is added where np.take(_, indices, axis) reads."""
    parts, places = np.asarray(y).ravel(), np.asarray(indices).ravel()
    x = np.zeros(shape, parts.dtype)
    values = x.reshape(-1)
    count, step = values.size, 1
    if axis is not None:
        count = shape[axis]
        for k in range(len(shape)):
            if k > axis % len(shape):
                step *= shape[k]
    block = places.size * step
    for number in range(parts.size):
        place = places[number % block // step] % count
        values[(number // block * count + place) * step + number % step] += parts[number]
    return x


def rolled(x: Any, shift: int, axis: int) -> Any:
    """np.roll(x, shift, axis)"""
    count, step = x.shape[axis], 1
    for k in range(axis + 1, x.ndim):
        step *= x.shape[k]
    values = x.ravel()
    moved = np.empty_like(values)
    for number in range(values.size):
        place = number // step % count
        moved[number + ((place + shift) % count - place) * step] = values[number]
    return moved.reshape(x.shape)


def order_of(values: Any, backwards: bool) -> Any:
    """sorted(range(len(values)), key=values.__getitem__, reverse=backwards)"""
    numbers = np.array(values)
    return list(np.argsort(-numbers if backwards else numbers, kind="mergesort"))


def sums_along(x: Any, axis: int) -> Any:
    """np.cumsum(x, axis)"""
    sums = x.copy()
    parts = np.swapaxes(sums, 0, axis)
    for i in range(1, len(parts)):
        parts[i] += parts[i - 1]
    return sums


def products_along(x: Any, axis: int) -> Any:
    """np.cumprod(x, axis)"""
    products = x.copy()
    parts = np.swapaxes(products, 0, axis)
    for i in range(1, len(parts)):
        parts[i] *= parts[i - 1]
    return products


def sorted_along(x: Any, axis: int) -> Any:
    """np.sort(x, axis) of an array with several axes"""
    whole = x.copy()
    rows = np.swapaxes(whole, axis, x.ndim - 1)
    for place in np.ndindex(rows.shape[:-1]):
        rows[place] = np.sort(rows[place])
    return whole


def order_along(x: Any, axis: int) -> Any:
    """np.argsort(x, axis) of an array with several axes"""
    order = np.empty(x.shape, np.int64)
    rows, values = np.swapaxes(order, axis, x.ndim - 1), np.swapaxes(x, axis, x.ndim - 1)
    for place in np.ndindex(rows.shape[:-1]):
        rows[place] = np.argsort(values[place])
    return order


def stacked(rows: Any) -> Any:
    """np.stack of the arrays in a list"""
    whole = np.empty((len(rows), *rows[0].shape), rows[0].dtype)
    for i in range(len(rows)):
        if rows[i].shape != rows[0].shape:
            raise ValueError("all input arrays must have the same shape")
        whole[i] = rows[i]
    return whole


def joined(parts: Any) -> Any:
    """np.concatenate of the arrays in a list"""
    count = 0
    for part in parts:
        if part.shape[1:] != parts[0].shape[1:]:
            raise ValueError("all the input array dimensions except for the concatenation axis must match exactly")
        count += len(part)
    whole = np.empty((count, *parts[0].shape[1:]), parts[0].dtype)
    count = 0
    for part in parts:
        whole[count : count + len(part)] = part
        count += len(part)
    return whole


def parts_like(y: Any, arrays: Any) -> Any:
    """The parts of y, of the sizes of the arrays that were joined along their first axes."""
    parts = []
    start = 0
    for x in arrays:
        parts.append(y[start : start + len(x)])
        start += len(x)
    return parts


def last_at(x_bar: Any, index: Any) -> Any:
    """The adjoint of v in `x[index] = v`: of what an index selects twice, only the last value was kept."""
    part = x_bar[index]
    winner = np.full(len(x_bar), -1)
    for k in range(len(index)):
        winner[index[k]] = k
    for k in range(len(index)):
        if winner[index[k]] != k:
            part[k] = 0
    return part


FUNCTIONS = (
    common_size,
    unbroadcast,
    cumprod_adjoint,
    other_products,
    cofactors,
    untake,
    rolled,
    order_of,
    sums_along,
    products_along,
    sorted_along,
    order_along,
    stacked,
    joined,
    parts_like,
    last_at,
    taken_out,
)
