"""The transforms of signals with a real spectrum, by those of real signals; those of several axes, one after another."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import definition, static


@static
def other_way(norm):
    """How a transform is scaled whose inverse is scaled like this."""
    return {None: "forward", "backward": "forward", "forward": "backward"}.get(norm, norm)


@definition("np.fft.hfft")
def hfft(a, n=None, axis=-1, norm=None):
    return np.fft.irfft(np.conj(a), n, axis, other_way(norm))


@definition("np.fft.ihfft")
def ihfft(a, n=None, axis=-1, norm=None):
    return np.conj(np.fft.rfft(a, n, axis, other_way(norm)))


@static
def axes_for(s, axes, rank):
    """The axes that are transformed: where there are sizes only, the last ones."""
    return tuple(axes if axes is not None else range(rank) if s is None else range(-len(s), 0))


@static
def has_one_twice(axes, rank):
    return len({axis % rank for axis in axes}) < len(axes)


@static
def all_but_last(s):
    return None if s is None else tuple(s[:-1])


@static
def last(s):
    return None if s is None or s[-1] == -1 else s[-1]


@definition("np.fft.fftn")
def fftn(a, s=None, axes=None, norm=None, out=None):
    return np.fft.fftn(a, s, axes_for(s, axes, np.ndim(a)), norm)


@definition("np.fft.ifftn")
def ifftn(a, s=None, axes=None, norm=None, out=None):
    return np.fft.ifftn(a, s, axes_for(s, axes, np.ndim(a)), norm)


@definition("np.fft.rfftn")
def rfftn(a, s=None, axes=None, norm=None, out=None):
    axes = axes_for(s, axes, np.ndim(a))
    if has_one_twice(axes, np.ndim(a)):
        raise TypeError("an axis that is transformed twice, of two sizes")
    y = np.fft.rfft(a, last(s), axes[-1], norm)
    return np.fft.fftn(y, all_but_last(s), axes[:-1], norm) if len(axes) > 1 else y


@definition("np.fft.rfft2")
def rfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return np.fft.rfftn(a, s, axes, norm)


@definition("np.fft.irfftn")
def irfftn(a, s=None, axes=None, norm=None, out=None):
    axes = axes_for(s, axes, np.ndim(a))
    if has_one_twice(axes, np.ndim(a)):
        raise TypeError("an axis that is transformed twice, of two sizes")
    y = np.fft.ifftn(a, all_but_last(s), axes[:-1], norm) if len(axes) > 1 else a
    return np.fft.irfft(y, np.shape(y)[axes[-1]] if s is not None and s[-1] == -1 else last(s), axes[-1], norm)


@definition("np.fft.irfft2")
def irfft2(a, s=None, axes=(-2, -1), norm=None, out=None):
    return np.fft.irfftn(a, s, axes, norm)


@definition("np.fft.fftfreq")
def fftfreq(n, d=1.0):
    return np.fft.fftfreq(n) / d


@definition("np.fft.rfftfreq")
def rfftfreq(n, d=1.0):
    return np.fft.rfftfreq(n) / d
