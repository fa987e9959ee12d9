"""The derivatives of the linear filters of scipy.ndimage.

A filter that looks the same from both sides is its own transpose, if what it sees beyond the edges are mirror images
of the elements (reflect), the elements again (wrap) or a constant.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import scipy.signal

from srcgrad.rules.registry import definition, rule, static

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
def padding_of(mode):
    """What NumPy calls the way in which SciPy goes on beyond the edges."""
    return {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap", "constant": "constant"}[
        mode
    ]


def padded(input, weights, mode, late):
    """What windows see; of an even size the middle is after the half, or before it if they are late."""
    m = weights.shape[0]
    top = (m - late) // 2
    if np.ndim(weights) == 1:
        return np.pad(input, (top, m - 1 - top), padding_of(mode))
    if np.ndim(weights) == 2:
        n = weights.shape[1]
        left = (n - late) // 2
        return np.pad(input, ((top, m - 1 - top), (left, n - 1 - left)), padding_of(mode))
    raise TypeError("more than two axes")


@definition("scipy.ndimage.correlate")
def correlate(input, weights, *, mode="reflect"):
    return scipy.signal.correlate(padded(input, weights, mode, 0), weights, mode="valid")


@definition("scipy.ndimage.convolve")
def convolve(input, weights, *, mode="reflect"):
    return scipy.signal.convolve(padded(input, weights, mode, 1), weights, mode="valid")


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
