"""Which axes are meant?  Called when generating: what they give stands in the text as numbers."""

from __future__ import annotations

from srcgrad.rules.registry import static


@static
def axes_of(axis, rank):
    """The axes that an argument `axis` names, as a tuple."""
    if axis is None:
        return tuple(range(rank))
    return tuple(i % rank for i in ((axis,) if isinstance(axis, int) else axis))


@static
def rest_of(axes, rank):
    """The other axes."""
    return tuple(i for i in range(rank) if i not in axes)


@static
def shifted(axes, by):
    """The same axes, after so many more in front."""
    return tuple(i + by for i in axes)


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
