"""np.pad, one axis after another."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import pairs
from srcgrad.rules.registry import definition


@definition("np.pad")
def pad(array, pad_width, mode="constant", *, constant_values=0, end_values=0, stat_length=None):
    if stat_length is not None or isinstance(pad_width, (dict, np.ndarray)) or mode == "empty":
        raise TypeError("a part of each axis, widths by axis, or what is not set")
    if mode == "constant":
        ends = pairs_of_values(constant_values, np.ndim(array))
    elif mode == "linear_ramp":
        ends = pairs_of_values(end_values, np.ndim(array))
    else:
        ends = ((0, 0),) * np.ndim(array)
    return padded(array, pairs(pad_width, np.ndim(array)), mode, ends, 0)


def pairs_of_values(values, rank):
    if not isinstance(values, (list, tuple)):
        return ((values, values),) * rank
    if not isinstance(values[0], (list, tuple)):
        return ((values[0], values[-1]),) * rank
    return values if len(values) == rank else (values[0],) * rank


def padded(y, widths, mode, ends, axis):
    if axis == np.ndim(y):
        return y
    rows = np.moveaxis(y, axis, 0)
    before, after = widths[axis]
    parts = [block(rows, before, mode, ends[axis][0], False), rows, block(rows, after, mode, ends[axis][1], True)]
    return padded(np.moveaxis(np.concatenate(parts), 0, axis), widths, mode, ends, axis + 1)


def block(rows, width, mode, end, last):
    if mode == "constant":
        return np.full((width, *np.shape(rows)[1:]), end, dtype=rows.dtype)
    if mode == "linear_ramp":
        part = np.reshape(np.arange(width) / max(width, 1), (width, *(1,) * (np.ndim(rows) - 1)))
        return np.flip(end + (rows[-1] - end) * part, 0) if last else end + (rows[0] - end) * part
    return np.repeat(np.expand_dims(statistic(rows, mode), 0), width, axis=0)


def statistic(rows, mode):
    if mode == "mean":
        return np.mean(rows, axis=0)
    if mode == "maximum":
        return np.max(rows, axis=0)
    if mode == "minimum":
        return np.min(rows, axis=0)
    if mode == "median":
        return np.median(rows, axis=0)
    raise TypeError(f"the mode {mode!r}")
