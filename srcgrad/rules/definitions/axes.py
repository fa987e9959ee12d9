"""Which axes are meant?  Called when generating: what they give stands in the text as numbers."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import static


@static
def axes_of(axis, rank):
    """The axes that an argument `axis` names, as a tuple."""
    if axis is None:
        return tuple(range(rank))
    axes = (axis,) if np.ndim(axis) == 0 else axis
    for i in axes:
        if not -rank <= i < rank:
            raise np.exceptions.AxisError(i, rank)
    found = tuple(int(i) % rank for i in axes)
    if len(set(found)) < len(found):
        raise ValueError("duplicate value in 'axis'")
    return found


@static
def order_of(axes):
    """Which of the axes comes first, second, ..."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


@static
def rest_of(axes, rank):
    """The other axes."""
    return tuple(i for i in range(rank) if i not in axes)


@static
def shifted(axes, by):
    """The same axes, after so many more in front."""
    return tuple(i + by for i in axes)


@static
def first_axes(count):
    """So many axes, from the first one."""
    return tuple(range(count))


@static
def ones(count):
    """The shape of so many axes of length one."""
    return (1,) * max(count, 0)


@static
def every_other(start, count):
    return tuple(range(start, start + 2 * count, 2))


@static
def grid_axes(count, indexing):
    """For each coordinate of a grid, the axes along which it does not vary."""
    own = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else range(count)
    return tuple(tuple(i for i in range(count) if i != k) for k in own)


@static
def rolled_to(axis, start, rank):
    """Where np.rollaxis puts an axis."""
    axis, start = axis % rank, start + rank if start < 0 else start
    return start - 1 if axis < start else start


@static
def pairs(widths, rank):
    """A pair of numbers for each axis, from the short forms that np.pad takes."""
    if widths is None or isinstance(widths, int):
        return ((widths, widths),) * rank
    if isinstance(widths, dict):
        given = {axis % rank: width for axis, width in widths.items()}
        return tuple(pairs(given.get(axis, 0), 1)[0] for axis in range(rank))
    widths = tuple(widths)
    if len(widths) == 2 and all(isinstance(w, int) for w in widths):
        return (widths,) * rank
    if len(widths) == 1:
        return pairs(widths[0], rank)
    return tuple(tuple(w) * (3 - len(w)) if not isinstance(w, int) else (w, w) for w in widths)
