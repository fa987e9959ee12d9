"""np.pad, one axis after another."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.definitions.axes import axes_of, pairs
from srcgrad.rules.registry import definition


@definition("np.pad")
def pad(
    array, pad_width, mode="constant", *, constant_values=0, end_values=0, stat_length=None, reflect_type="even"
):
    if isinstance(pad_width, np.ndarray) or mode == "empty":
        raise TypeError("widths that are not known when generating, or elements that are not set")
    widths, lengths = pairs(pad_width, np.ndim(array)), pairs(stat_length, np.ndim(array))
    if mode in ("edge", "wrap") or (mode in ("reflect", "symmetric") and reflect_type == "even"):
        return np.pad(array, widths, mode)
    if mode == "constant":
        ends = pairs_of_values(constant_values, np.ndim(array))
    elif mode == "linear_ramp":
        ends = pairs_of_values(end_values, np.ndim(array))
    else:
        ends = ((0, 0),) * np.ndim(array)
    return padded(array, widths, mode, ends, lengths, axes_of(None, np.ndim(array)))


def pairs_of_values(values, rank):
    if not isinstance(values, (list, tuple)):
        return ((values, values),) * rank
    if not isinstance(values[0], (list, tuple)):
        return ((values[0], values[-1]),) * rank
    return values if len(values) == rank else (values[0],) * rank


def padded(y, widths, mode, ends, lengths, axes):
    if len(axes) == 0:
        return y
    axis = axes[0]
    rows = np.moveaxis(y, axis, 0)
    before, after = widths[axis]
    first = block(rows, before, mode, ends[axis][0], lengths[axis][0], False)
    last = block(rows, after, mode, ends[axis][1], lengths[axis][1], True)
    y = np.moveaxis(np.concatenate([first, rows, last]), 0, axis)
    return padded(y, widths, mode, ends, lengths, axes[1:])


def block(rows, width, mode, end, length, last):
    """What stands before the rows, or after them."""
    if mode == "constant":
        return np.full((width, *np.shape(rows)[1:]), end, dtype=rows.dtype)
    if mode == "linear_ramp":
        part = np.reshape(np.arange(width) / max(width, 1), (width, *(1,) * (np.ndim(rows) - 1)))
        return np.flip(end + (rows[-1] - end) * part, 0) if last else end + (rows[0] - end) * part
    if mode == "reflect" or mode == "symmetric":
        if mode == "reflect" and len(rows) == 1:
            return np.repeat(rows, width, axis=0)
        places = np.arange(len(rows), len(rows) + width) if last else np.arange(-width, 0)
        return turned(rows, places, len(rows) - 1 if mode == "reflect" else len(rows))
    if length is not None:
        rows = rows[max(len(rows) - length, 0) :] if last else rows[:length]
    return np.repeat(np.expand_dims(statistic(rows, mode), 0), width, axis=0)


def turned(rows, places, period):
    """The rows go on beyond both ends turned by 180 degrees about the end, and so on."""
    turns = places // period
    among = places - turns * period
    turns = np.reshape(turns, (-1, *(1,) * (np.ndim(rows) - 1))).astype(rows.dtype)
    ahead, back = np.minimum(among, len(rows) - 1), len(rows) - 1 - among
    first, last = rows[0], rows[-1]
    return np.where(turns % 2 == 0, rows[ahead], first + last - rows[back]) + turns * (last - first)


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
