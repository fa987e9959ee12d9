"""The derivatives of scipy.fft.  Its Fourier transforms are NumPy's; cosine and sine transforms that are scaled to be
orthogonal are undone by their transposes, and others are those in other scales."""

from __future__ import annotations

import re

import numpy as np
import scipy.fft

from srcgrad.rules.definitions.fft import other_way
from srcgrad.rules.registry import constant, definition, rule, texts_of


def said_of_scipy(text: str) -> str:
    """The text of a rule of NumPy, for SciPy's function, of which the operand is called x."""
    return re.sub(r"\ba(_dot|_bar)?\b", r"x\1", text.replace("np.fft.", "scipy.fft."))


for name in ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "rfft", "irfft", "rfft2", "irfft2", "rfftn", "irfftn"):
    for text, when, tangent, adjoint, at in texts_of(getattr(np.fft, name)):
        rule(
            said_of_scipy(text),
            when=when and said_of_scipy(when),
            tangent=said_of_scipy(tangent),
            adjoint=said_of_scipy(adjoint),
            at=at,
        )


@definition("scipy.fft.hfft")
def hfft(x, n=None, axis=-1, norm=None):
    return scipy.fft.irfft(np.conj(x), n, axis, other_way(norm))


@definition("scipy.fft.ihfft")
def ihfft(x, n=None, axis=-1, norm=None):
    return np.conj(scipy.fft.rfft(x, n, axis, other_way(norm)))


@definition("scipy.fft.fftshift")
def fftshift(x, axes=None):
    return np.fft.fftshift(x, axes)


@definition("scipy.fft.ifftshift")
def ifftshift(x, axes=None):
    return np.fft.ifftshift(x, axes)


for name, inverse in (("dct", "idct"), ("idct", "dct"), ("dst", "idst"), ("idst", "dst")):
    rule(
        f"y = scipy.fft.{name}(x, type=2, n=None, axis=-1, norm=None)",
        when="norm == 'ortho' and n is None",
        tangent=f"y_dot = scipy.fft.{name}(x_dot, type, axis=axis, norm='ortho')",
        adjoint=f"x_bar += scipy.fft.{inverse}(y_bar, type, axis=axis, norm='ortho')",
        at=tuple(f"A(3, 4), {type}, norm='ortho', axis={axis}" for type in (1, 2, 3, 4) for axis in (0, -1)),
    )
    rule(
        f"y = scipy.fft.{name}n(x, type=2, s=None, axes=None, norm=None)",
        when="norm == 'ortho' and s is None",
        tangent=f"y_dot = scipy.fft.{name}n(x_dot, type, axes=axes, norm='ortho')",
        adjoint=f"x_bar += scipy.fft.{inverse}n(y_bar, type, axes=axes, norm='ortho')",
        at=("A(3, 4), norm='ortho'", "A(3, 4), 3, None, (0,), 'ortho'"),
    )


@definition("scipy.fft.dct")
def dct(x, type=2, *, axis=-1, norm=None):
    if norm is not None and norm != "backward" or type not in (2, 3, 4):
        raise TypeError(f"no derivative is known for the type {type} and the norm {norm!r}")
    x = np.moveaxis(x, axis, -1)
    count = x.shape[-1]
    first = np.where(np.arange(count) == 0, np.sqrt(2), 1.0)
    if type == 3:
        y = scipy.fft.dct(x / first, 3, norm="ortho")
    else:
        y = scipy.fft.dct(x, type, norm="ortho") * (first if type == 2 else 1.0)
    return np.moveaxis(np.sqrt(2 * count) * y, -1, axis)


@definition("scipy.fft.idct")
def idct(x, type=2, *, axis=-1, norm=None):
    if norm is not None and norm != "backward" or type not in (2, 3, 4):
        raise TypeError(f"no derivative is known for the type {type} and the norm {norm!r}")
    return scipy.fft.dct(x, 5 - type if type != 4 else 4, axis=axis) / (2 * x.shape[axis])


constant("scipy.fft.fftfreq", "scipy.fft.rfftfreq", "scipy.fft.next_fast_len")
