"""The transforms of signals with a real spectrum, by those of real signals."""

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
