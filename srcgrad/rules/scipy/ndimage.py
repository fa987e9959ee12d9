"""The derivatives of the linear filters of scipy.ndimage.

A filter that looks the same from both sides is its own transpose, if what it sees beyond the edges are mirror images
of the elements (reflect), the elements again (wrap) or a constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage
import scipy.signal

from srcgrad.rules.definitions.axes import axes_of
from srcgrad.rules.registry import definition, rule, static
from srcgrad.rules.scipy.along import linear_along

EDGES = "mode in ('reflect', 'wrap', 'constant', 'grid-wrap', 'grid-mirror', 'grid-constant')"
# Of an even size, a window is not the same from both sides.
ODD = "size in (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21)"
for call, passed, when, at in (
    ("gaussian_filter(input, sigma, order=0, *, mode='reflect', cval=0.0, truncate=4.0)", "sigma, mode=mode, truncate=truncate",
     "order == 0", ("A(4, 5), 0.8", "A(6), 1.2, mode='constant', cval=0.4", "A(4, 5), 0.7, mode='wrap'")),
    ("gaussian_filter1d(input, sigma, axis=-1, order=0, *, mode='reflect', cval=0.0, truncate=4.0)",
     "sigma, axis, mode=mode, truncate=truncate", "order == 0", ("A(4, 5), 0.8", "A(6, 2), 1.2, 0, mode='constant'")),
    ("uniform_filter(input, size=3, *, mode='reflect', cval=0.0)", "size, mode=mode", ODD,
     ("A(4, 5)", "A(6), 5, mode='constant', cval=0.4")),
    ("uniform_filter1d(input, size, axis=-1, *, mode='reflect', cval=0.0)", "size, axis, mode=mode", ODD,
     ("A(4, 5), 3", "A(6, 2), 3, 0, mode='wrap'")),
):  # fmt: skip
    name = call.partition("(")[0]
    rule(
        f"y = scipy.ndimage.{call}",
        when=f"{when} and {EDGES}",
        tangent=f"y_dot = scipy.ndimage.{name}(input_dot, {passed})",
        adjoint=f"input_bar += scipy.ndimage.{name}(y_bar, {passed})",
        at=at,
    )


@static
def opposite(origins):
    return tuple(-o for o in origins)


@static
def padding_of(mode):
    """What NumPy calls the way in which SciPy goes on beyond the edges."""
    mode = {"grid-mirror": "reflect", "grid-wrap": "wrap", "grid-constant": "constant"}.get(mode, mode)
    return {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge"}.get(mode, mode)


def padded(input, weights, mode, cval, origins, late):
    """What windows see; of an even size the middle is after the half, or before it if they are late."""
    m = weights.shape[0]
    top = (m - late) // 2 + origins[0]
    widths: Any = (top, m - 1 - top)
    if np.ndim(weights) == 2:
        n = weights.shape[1]
        left = (n - late) // 2 + origins[1]
        widths = ((top, m - 1 - top), (left, n - 1 - left))
    if np.ndim(weights) > 2:
        raise TypeError("more than two axes")
    if padding_of(mode) == "constant":
        return np.pad(input, widths, constant_values=cval)
    return np.pad(input, widths, padding_of(mode))


@definition("scipy.ndimage.correlate")
def correlate(input, weights, *, mode="reflect", cval=0.0, origin=0):
    origins = for_each(origin, np.ndim(input))
    return scipy.signal.correlate(padded(input, weights, mode, cval, origins, 0), weights, mode="valid")


@definition("scipy.ndimage.convolve")
def convolve(input, weights, *, mode="reflect", cval=0.0, origin=0):
    origins = opposite(for_each(origin, np.ndim(input)))
    return scipy.signal.convolve(padded(input, weights, mode, cval, origins, 1), weights, mode="valid")


@definition("scipy.ndimage.correlate1d")
def correlate1d(input, weights, axis=-1, *, mode="reflect"):
    rows = np.reshape(np.moveaxis(input, axis, -1), (-1, input.shape[axis]))
    n = len(weights)
    padded = np.pad(rows, ((0, 0), (n // 2, (n - 1) // 2)), padding_of(mode))
    found = scipy.signal.correlate(padded, np.reshape(np.asarray(weights), (1, n)), mode="valid")
    return np.moveaxis(np.reshape(found, np.shape(np.moveaxis(input, axis, -1))), -1, axis)


@definition("scipy.ndimage.convolve1d")
def convolve1d(input, weights, axis=-1, *, mode="reflect"):
    rows = np.reshape(np.moveaxis(input, axis, -1), (-1, input.shape[axis]))
    n = len(weights)
    padded = np.pad(rows, ((0, 0), ((n - 1) // 2, n // 2)), padding_of(mode))
    found = scipy.signal.convolve(padded, np.reshape(np.asarray(weights), (1, n)), mode="valid")
    return np.moveaxis(np.reshape(found, np.shape(np.moveaxis(input, axis, -1))), -1, axis)


# Filters put together from those along an axis

linear_along(
    "scipy.ndimage.spline_filter1d(input, order=3, axis=-1, *, mode='mirror')", "input",
    at=("A(6)", "A(6, 2), 3, 0, mode='reflect'"),
)  # fmt: skip
linear_along(
    "scipy.ndimage.gaussian_filter1d(input, sigma, axis=-1, order=0, *, mode='reflect', cval=0.0, truncate=4.0, radius=None)",
    "input", without="cval", at=("A(6), 0.8, order=1", "A(6, 2), 0.8, 0, 2, mode='nearest'"),
)  # fmt: skip
linear_along(
    "scipy.ndimage.correlate1d(input, weights, axis=-1, *, mode='reflect', cval=0.0, origin=0)",
    "input", without="cval", at=("A(6), [0.5, 0.2, 0.1]", "A(6, 2), [0.5, 0.2], 0, mode='nearest'"),
)  # fmt: skip
linear_along(
    "scipy.ndimage.convolve1d(input, weights, axis=-1, *, mode='reflect', cval=0.0, origin=0)",
    "input", without="cval", at=("A(6), [0.5, 0.2, 0.1]", "A(6, 2), [0.5, 0.2], 0, mode='nearest'"),
)  # fmt: skip
linear_along(
    "scipy.ndimage.uniform_filter1d(input, size, axis=-1, *, mode='reflect', cval=0.0, origin=0)",
    "input", without="cval", at=("A(6), 2", "A(6, 2), 4, 0, mode='nearest', origin=1"),
)  # fmt: skip


@definition("scipy.ndimage.spline_filter")
def spline_filter(input, order=3, *, mode="mirror"):
    for axis in range(np.ndim(input)):
        input = scipy.ndimage.spline_filter1d(input, order, axis, mode=mode)
    return input


@static
def for_each(value, rank):
    """One number, or one for each axis."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


@definition("scipy.ndimage.gaussian_filter")
def gaussian_filter(input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0, radius=None, axes=None):
    axes = axes_of(axes, np.ndim(input))
    orders, modes, reaches = for_each(order, len(axes)), for_each(mode, len(axes)), for_each(radius, len(axes))
    for i in range(len(axes)):
        width = sigma[i] if isinstance(sigma, (tuple, list)) else sigma
        input = scipy.ndimage.gaussian_filter1d(
            input, width, axes[i], orders[i], mode=modes[i], cval=cval, truncate=truncate, radius=reaches[i]
        )
    return input


@definition("scipy.ndimage.uniform_filter")
def uniform_filter(input, size=3, *, mode="reflect", cval=0.0, origin=0, axes=None):
    axes = axes_of(axes, np.ndim(input))
    sizes, modes, origins = for_each(size, len(axes)), for_each(mode, len(axes)), for_each(origin, len(axes))
    for i in range(len(axes)):
        input = scipy.ndimage.uniform_filter1d(input, sizes[i], axes[i], mode=modes[i], cval=cval, origin=origins[i])
    return input


def differences(input, axis, weights, mode):
    """The slope along an axis, and means along the others."""
    y = scipy.ndimage.correlate1d(input, [-1.0, 0.0, 1.0], axis, mode=mode)
    for other in range(np.ndim(input)):
        if other != axis % np.ndim(input):
            y = scipy.ndimage.correlate1d(y, weights, other, mode=mode)
    return y


@definition("scipy.ndimage.sobel")
def sobel(input, axis=-1, *, mode="reflect"):
    return differences(input, axis, [1.0, 2.0, 1.0], mode)


@definition("scipy.ndimage.prewitt")
def prewitt(input, axis=-1, *, mode="reflect"):
    return differences(input, axis, [1.0, 1.0, 1.0], mode)


@definition("scipy.ndimage.laplace")
def laplace(input, *, mode="reflect", cval=0.0):
    y = scipy.ndimage.correlate1d(input, [1.0, -2.0, 1.0], 0, mode=mode, cval=cval)
    for axis in range(1, np.ndim(input)):
        y = y + scipy.ndimage.correlate1d(input, [1.0, -2.0, 1.0], axis, mode=mode, cval=cval)
    return y


@static
def second(axis, rank):
    return tuple(2 if i == axis else 0 for i in range(rank))


@static
def first(axis, rank):
    return tuple(1 if i == axis else 0 for i in range(rank))


@definition("scipy.ndimage.gaussian_laplace")
def gaussian_laplace(input, sigma, *, mode="reflect", cval=0.0):
    y = 0.0
    for axis in range(np.ndim(input)):
        y = y + scipy.ndimage.gaussian_filter(input, sigma, second(axis, np.ndim(input)), mode=mode, cval=cval)
    return y


@definition("scipy.ndimage.gaussian_gradient_magnitude")
def gaussian_gradient_magnitude(input, sigma, *, mode="reflect", cval=0.0):
    y = 0.0
    for axis in range(np.ndim(input)):
        y = y + scipy.ndimage.gaussian_filter(input, sigma, first(axis, np.ndim(input)), mode=mode, cval=cval) ** 2
    return np.sqrt(y)


# Values between the elements

MODES = ("constant", "mirror", "reflect", "nearest", "grid-wrap")


def weights_of(t, order):
    """Of the splines that reach a position, a row for each; t is how far it is from the element before."""
    if order == 1:
        return np.stack([1 - t, t])
    u = 1 - t
    return np.stack([u**3, 4 - 6 * t**2 + 3 * t**3, 4 - 6 * u**2 + 3 * u**3, t**3]) / 6


@static
def reach(order):
    """How far before and after a position there are elements that its value depends on."""
    return (0, 1) if order == 1 else (-1, 0, 1, 2)


def inside_of(places, n, mode):
    """The elements that stand for those beyond the edges."""
    if mode == "nearest":
        return np.clip(places, 0, n - 1)
    if mode == "reflect":
        turned = places % (2 * n)
        return np.where(turned < n, turned, 2 * n - 1 - turned)
    if mode == "grid-wrap":
        return places % n
    turned = places % max(2 * n - 2, 1)
    return np.where(turned < n, turned, 2 * n - 2 - turned)


def folded(x, n, mode):
    """A position beyond the edges, where it is seen again: which element is the nearest is asked then."""
    if mode == "reflect":
        return np.abs((x + 0.5 + n) % (2 * n) - n) - 0.5
    return x


@definition("scipy.ndimage.map_coordinates")
def map_coordinates(input, coordinates, *, order=3, mode="constant", cval=0.0, prefilter=True):
    if mode not in MODES or order not in (0, 1, 3):
        raise TypeError("another mode or order")
    if order == 0 and mode == "mirror" or order == 3 and mode == "nearest":
        raise TypeError("another mode for this order")
    if order == 3 and prefilter:
        input = scipy.ndimage.spline_filter(input, 3, mode="mirror" if mode == "constant" else mode)
    flat = np.ravel(input)
    at: Any = np.reshape(np.asarray(coordinates), (np.ndim(input), -1))
    # One row for each element around a position.
    places: Any = np.zeros((1, np.shape(at)[1]), int)
    weights: Any = np.ones((1, np.shape(at)[1]))
    outside: Any = np.zeros(np.shape(at)[1], bool)
    for axis in range(np.ndim(input)):
        n, x = np.shape(input)[axis], at[axis]
        if order == 0:
            places = places * n + inside_of(np.floor(folded(x, n, mode) + 0.5).astype(int), n, mode)
        else:
            low = np.floor(x).astype(int)
            around = inside_of(np.expand_dims(low, 0) + np.reshape(np.array(reach(order)), (-1, 1)), n, mode)
            spread = np.expand_dims(weights_of(x - low, order), 1) * weights
            places = np.reshape(np.expand_dims(around, 1) + places * n, (-1, np.shape(at)[1]))
            weights = np.reshape(spread, (-1, np.shape(at)[1]))
        outside = outside | (x < 0) | (x > n - 1)
    y = np.sum(weights * flat[places], axis=0)
    if mode == "constant":
        y = np.where(outside, cval, y)
    return np.reshape(y, np.shape(coordinates)[1:])


def grid_of(shape):
    """The positions of the elements of an array, an axis after the other."""
    return np.reshape(np.indices(shape), (len(shape), -1)) * 1.0


@definition("scipy.ndimage.affine_transform")
def affine_transform(input, matrix, offset=0.0, *, order=3, mode="constant", cval=0.0, prefilter=True):
    if np.ndim(matrix) != 2 or np.shape(matrix)[0] != np.shape(matrix)[1]:
        raise TypeError("another form of the matrix")
    start: Any = np.reshape(offset * np.ones(np.ndim(input)), (-1, 1))
    at = np.asarray(matrix) @ grid_of(np.shape(input)) + start
    at = np.reshape(at, (np.ndim(input), *np.shape(input)))
    return scipy.ndimage.map_coordinates(input, at, order=order, mode=mode, cval=cval, prefilter=prefilter)


@definition("scipy.ndimage.shift")
def shift(input, shift, *, order=3, mode="constant", cval=0.0, prefilter=True):
    at = grid_of(np.shape(input)) - np.reshape(shift * np.ones(np.ndim(input)), (-1, 1))
    at = np.reshape(at, (np.ndim(input), *np.shape(input)))
    return scipy.ndimage.map_coordinates(input, at, order=order, mode=mode, cval=cval, prefilter=prefilter)


@definition("scipy.ndimage.zoom")
def zoom(input, zoom, *, order=3, mode="constant", prefilter=True):
    # One axis after the other, each by the matrix that it is multiplied by.
    for axis in range(np.ndim(input)):
        by = zoom[axis] if isinstance(zoom, (tuple, list)) else zoom
        unit = np.eye(np.shape(input)[axis])
        matrix = scipy.ndimage.zoom(unit, (by, 1), order=order, mode=mode, prefilter=prefilter)
        input = np.moveaxis(np.tensordot(matrix, np.moveaxis(input, axis, 0), 1), 0, axis)
    return input


@definition("scipy.ndimage.rotate")
def rotate(input, angle, *, reshape=True, order=3, mode="constant", cval=0.0, prefilter=True):
    if reshape or np.ndim(input) != 2:
        raise TypeError("an image of another shape")
    turn = angle * (np.pi / 180)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    middle = (np.array(np.shape(input)) - 1) / 2
    return scipy.ndimage.affine_transform(
        input, matrix, middle - matrix @ middle, order=order, mode=mode, cval=cval, prefilter=prefilter
    )


# Regions, and ranks in a window


def chosen_of(input, labels, index):
    """For each label of the index, which elements have it."""
    if labels is None:
        raise TypeError("an index without labels")
    return np.ravel(np.broadcast_to(labels, np.shape(input))) == np.reshape(np.asarray(index), (-1, 1))


@definition("scipy.ndimage.sum", "scipy.ndimage.sum_labels")
def sum_labels(input, labels=None, index=None):
    if index is None:
        return np.sum(input) if labels is None else np.sum(input * (np.asarray(labels) > 0))
    found = chosen_of(input, labels, index) @ np.ravel(input)
    return np.reshape(found, np.shape(index)) if np.ndim(index) > 0 else found[0]


@definition("scipy.ndimage.mean")
def mean(input, labels=None, index=None):
    if index is None:
        return np.mean(input) if labels is None else np.mean(input[np.broadcast_to(labels, np.shape(input)) > 0])
    chosen = chosen_of(input, labels, index)
    found = chosen @ np.ravel(input) / np.sum(chosen, axis=1)
    return np.reshape(found, np.shape(index)) if np.ndim(index) > 0 else found[0]


@static
def around(size, rank):
    return tuple((n // 2, n - 1 - n // 2) for n in for_each(size, rank))


def windows_of(input, size, mode):
    padded = np.pad(input, around(size, np.ndim(input)), padding_of(mode))
    found = np.lib.stride_tricks.sliding_window_view(padded, for_each(size, np.ndim(input)))
    return np.reshape(found, (*np.shape(input), -1))


@definition("scipy.ndimage.maximum_filter")
def maximum_filter(input, size, *, mode="reflect"):
    return np.max(windows_of(input, size, mode), axis=-1)


@definition("scipy.ndimage.minimum_filter")
def minimum_filter(input, size, *, mode="reflect"):
    return np.min(windows_of(input, size, mode), axis=-1)


@definition("scipy.ndimage.median_filter")
def median_filter(input, size, *, mode="reflect"):
    found = np.sort(windows_of(input, size, mode), axis=-1)
    return found[..., np.shape(found)[-1] // 2]
