"""What does generated code do with arrays that NumPy has no function for?"""

from __future__ import annotations

from typing import Any

import numpy as np


def with_real(z: Any, x: Any) -> Any:
    """A complex number or array with other real parts."""
    y = np.array(z)
    y.real = x
    return y[()]


def with_imag(z: Any, x: Any) -> Any:
    """A complex number or array with other imaginary parts."""
    y = np.array(z)
    y.imag = x
    return y[()]


def unbroadcast(x: Any, shape: tuple[int, ...]) -> Any:
    """Sum x over the axes along which something of this shape was broadcast."""
    if np.shape(x) == shape:
        # A broadcast array has no memory of its own for what is added to it.
        return x if not shape or x.flags.writeable else x.copy()
    extra = np.ndim(x) - len(shape)
    axes = tuple(i for i in range(np.ndim(x)) if i < extra or shape[i - extra] == 1)
    total = np.sum(x, axis=axes)
    return np.reshape(total, shape) if shape else total


def untake(y: Any, indices: Any, axis: int | None, shape: tuple[int, ...]) -> Any:
    """An array of zeros to which y is added where np.take(_, indices, axis) reads."""
    y = np.asarray(y)
    x = np.zeros(shape, y.dtype)
    if x.size == 0:
        return x
    if axis is None:
        np.add.at(np.ravel(x), indices, y)
        return x
    np.add.at(x, (slice(None),) * (axis % len(shape)) + (indices,), y)
    return x


def split_like(y: Any, arrays: Any, axis: int | None = 0) -> list[Any]:
    """The parts of y, in the shapes of the arrays that were joined along an axis."""
    rows = y if axis is None else np.moveaxis(y, axis, 0)
    parts = []
    start = 0
    for x in arrays:
        shape = np.shape(x)
        if axis is None:
            stop = start + np.size(x)
        else:
            # A vector joined as a row or a column has one axis less than the result.
            stop = start + (shape[axis] if len(shape) == np.ndim(y) else 1)
        part = rows[start:stop]
        if axis is not None:
            part = np.moveaxis(part, 0, axis)
        parts.append(np.reshape(part, shape) if shape else np.sum(part))
        start = stop
    return parts


def unpad(y: Any, pad_width: Any, shape: tuple[int, ...]) -> Any:
    """The part of y that np.pad was given."""
    first = np.broadcast_to(pad_width, (len(shape), 2))[:, 0]
    return y[tuple(slice(i, i + n) for i, n in zip(first, shape))]


def fitted(y: Any, shape: tuple[int, ...]) -> Any:
    """y in another shape: cut off, or filled up with zeros, at the end of each axis."""
    x = np.zeros(shape, y.dtype)
    common = tuple(slice(min(m, n)) for m, n in zip(y.shape, shape))
    x[common] = y[common]
    return x


def half_weights(y: Any, axis: int) -> Any:
    """How often each coefficient of np.fft.rfft(y) stands in the whole spectrum."""
    n = np.shape(y)[axis]
    k = np.arange(n // 2 + 1)
    weights = np.where((k == 0) | (2 * k == n), 1.0, 2.0)
    return np.reshape(weights, [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])


def other_products(x: Any, axis: Any = None) -> Any:
    """For each element, the product of the others along the axis; x may have zeros."""
    if np.ndim(x) == 0:
        return np.ones_like(x)
    if axis is None:
        return np.reshape(other_products(np.reshape(x, (-1,)), 0), np.shape(x))
    rows = np.moveaxis(x, axis, 0)
    before = np.cumprod(np.concatenate([np.ones_like(rows[:1]), rows[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([np.ones_like(rows[:1]), rows[:0:-1]]), axis=0)[::-1]
    return np.moveaxis(before * after, 0, axis)


def cumprod_adjoint(x: Any, y_bar: Any, axis: int | None = None) -> Any:
    """The adjoint of x in y = np.cumprod(x, axis); x may have zeros."""
    if axis is None:
        return np.reshape(cumprod_adjoint(np.reshape(x, (-1,)), y_bar, 0), np.shape(x))
    x = np.moveaxis(x, axis, 0)
    y_bar = np.moveaxis(y_bar, axis, 0)
    before = np.concatenate([np.ones_like(x[:1]), np.cumprod(x[:-1], axis=0)])
    x_bar = np.zeros_like(before * y_bar)
    rest = 0.0 * x_bar[0] if len(x) else 0.0
    for i in reversed(range(len(x))):
        rest = rest + y_bar[i]
        x_bar[i] = before[i] * rest
        rest = rest * x[i]
    return np.moveaxis(x_bar, 0, axis)


def cumprod_tangent(x: Any, x_dot: Any, axis: int) -> Any:
    """The tangent of np.cumprod(x, axis); x may have zeros."""
    x = np.moveaxis(x, axis, 0)
    x_dot = np.moveaxis(x_dot, axis, 0)
    y_dot = np.zeros_like(x * x_dot)
    before = 1.0
    rest = 0.0
    for i in range(len(x)):
        rest = rest * x[i] + before * x_dot[i]
        y_dot[i] = rest
        before = before * x[i]
    return np.moveaxis(y_dot, 0, axis)


def add_at(x: Any, index: Any, y: Any) -> None:
    """np.add.at(x, index, y), which is slow where the index does not select single elements of a vector."""
    if np.size(y) < 300:
        np.add.at(x, index, y)
    elif isinstance(index, np.ndarray) and x.ndim == 2 and x.shape[1] <= index.size:
        y = np.broadcast_to(y, index.shape + x.shape[1:])
        for column in range(x.shape[1]):
            np.add.at(x[:, column], index.ravel(), y[..., column].ravel())
    elif x.size < 8 * np.size(y) and x.flags.c_contiguous:
        places = np.arange(x.size).reshape(x.shape)[index]
        np.add.at(x.reshape(-1), places.ravel(), np.broadcast_to(y, places.shape).ravel())
    else:
        np.add.at(x, index, y)


def last_stored(x_bar: Any, index: Any) -> Any:
    """The adjoint of v in `x[index] = v`.

    Where the index selects an element twice, only the last value was kept.
    """
    part = x_bar[index]
    order = np.arange(np.size(part)).reshape(np.shape(part))
    winner = np.full(np.shape(x_bar), -1)
    winner[index] = order
    return np.where(winner[index] == order, part, 0)


def same_memory(view: Any, base: Any) -> Any:
    """An adjoint's view, where the variable's is one; never a silent copy."""
    if not np.may_share_memory(view, base):
        raise ValueError("the adjoint of a reshaped array is laid out differently from the array; reshape a copy")
    return view
