"""The derivatives of scipy.fft: its Fourier transforms are NumPy's, and cosine and sine transforms have transposes of their
kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft

from srcgrad.rules.definitions.fft import axes_for, other_way
from srcgrad.rules.registry import constant, definition, rule, same, static
from srcgrad.rules.scipy.alike import alike

WORDS = {"a": "x", "np.fft.": "scipy.fft."}
for name in ("fft", "ifft", "rfft", "irfft"):
    alike(f"scipy.fft.{name}(x, n=None, axis=-1, norm=None, *, workers=None)", f"np.fft.{name}", WORDS)
for name in ("fftshift", "ifftshift"):
    alike(f"scipy.fft.{name}(x, axes=None)", f"np.fft.{name}", WORDS)
for names, axes in ((("fft2", "ifft2", "rfft2", "irfft2"), (-2, -1)), (("fftn", "ifftn", "rfftn", "irfftn"), None)):
    for name in names:
        alike(f"scipy.fft.{name}(x, s=None, axes={axes}, norm=None, *, workers=None)", f"np.fft.{name}", WORDS)


def of_axes(name: str, default: tuple[int, ...] | None) -> Any:
    """A transform of several axes where no rule fits: one after another, as NumPy's."""
    transform = getattr(np.fft, name)

    def transformed(x, s=None, axes=default, norm=None, *, workers=None):
        return transform(x, s, axes, norm)

    return definition(f"scipy.fft.{name}")(transformed)


for name in ("fftn", "ifftn", "rfftn", "irfftn"):
    of_axes(name, None)
for name in ("rfft2", "irfft2"):
    of_axes(name, (-2, -1))


@definition("scipy.fft.hfft")
def hfft(x, n=None, axis=-1, norm=None, *, workers=None):
    return scipy.fft.irfft(np.conj(x), n, axis, other_way(norm))


@definition("scipy.fft.ihfft")
def ihfft(x, n=None, axis=-1, norm=None, *, workers=None):
    return np.conj(scipy.fft.rfft(x, n, axis, other_way(norm)))


# Cosine and sine transforms.  Scaled to be orthogonal, each is undone by its transpose.
for name, inverse in (("dct", "idct"), ("idct", "dct"), ("dst", "idst"), ("idst", "dst")):
    rule(
        f"y = scipy.fft.{name}(x, type=2, n=None, axis=-1, norm=None, *, workers=None)",
        when="norm == 'ortho' and n is None",
        tangent=f"y_dot = scipy.fft.{name}(x_dot, type, axis=axis, norm='ortho')",
        adjoint=f"x_bar += scipy.fft.{inverse}(y_bar, type, axis=axis, norm='ortho')",
        at=tuple(f"A(3, 4), {type}, norm='ortho', axis={axis}" for type in (1, 2, 3, 4) for axis in (0, -1)),
    )
    rule(
        f"y = scipy.fft.{name}n(x, type=2, s=None, axes=None, norm=None, *, workers=None)",
        when="norm == 'ortho' and s is None",
        tangent=f"y_dot = scipy.fft.{name}n(x_dot, type, axes=axes, norm='ortho')",
        adjoint=f"x_bar += scipy.fft.{inverse}n(y_bar, type, axes=axes, norm='ortho')",
        at=("A(3, 4), norm='ortho'", "A(3, 4), 3, None, (0,), 'ortho'"),
    )
# Otherwise those of types 2 and 3 are each other's transposes, and others their own, but for the coefficients at the
# ends, which stand for one term where the others stand for two.
FIRST, LAST, ENDS, NONE = "place == 0", "place == count - 1", "(place == 0) | (place == count - 1)", ""
for name, type, transposed, halved, before, after in (
    ("dct", 1, 1, ENDS, " / weights", "weights * "), ("dct", 2, 3, FIRST, " / weights", ""),
    ("dct", 3, 2, FIRST, "", "weights * "), ("dct", 4, 4, NONE, "", ""), ("dst", 1, 1, NONE, "", ""),
    ("dst", 2, 3, LAST, " / weights", ""), ("dst", 3, 2, LAST, "", "weights * "), ("dst", 4, 4, NONE, "", ""),
):  # fmt: skip
    weights = [
        "count = y.shape[axis]",
        "place = np.arange(count)",
        f"weights = np.where({halved}, 0.5, 1.0)",
    ]
    rule(
        f"y = scipy.fft.{name}(x, type=2, n=None, axis=-1, norm=None, *, workers=None)",
        when=f"type == {type} and n is None",
        tangent=f"y_dot = scipy.fft.{name}(x_dot, type, axis=axis, norm=norm)",
        adjoint=[
            *(weights if halved else []),
            f"moved = scipy.fft.{name}(np.moveaxis(y_bar, axis, -1){before}, {transposed}, norm=norm)",
            f"x_bar += np.moveaxis({after}moved, -1, axis)",
        ],
        at=(f"A(4), {type}", f"A(4, 3), {type}, axis=0, norm='forward'"),
        source="the definitions of the transforms in SciPy",
    )


@static
def undone(type, norm):
    """The type and the scale of the transform that is the inverse of one of this type and scale."""
    return {2: 3, 3: 2}.get(type, type), other_way(norm)


@static
def size_of(s, i):
    return None if s is None else s[i]


def fitted_along(x, n, axis):
    """x, with as many elements along an axis as the transform takes."""
    if n is None:
        return x
    count = x.shape[axis]
    if n <= count:
        return np.moveaxis(np.moveaxis(x, axis, 0)[:n], 0, axis)
    moved = np.moveaxis(x, axis, 0)
    return np.moveaxis(np.concatenate([moved, np.zeros((n - count, *moved.shape[1:]), x.dtype)]), 0, axis)


@definition("scipy.fft.dct")
def dct(x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    return scipy.fft.dct(fitted_along(x, n, axis), type, axis=axis, norm=norm)


@definition("scipy.fft.dst")
def dst(x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    return scipy.fft.dst(fitted_along(x, n, axis), type, axis=axis, norm=norm)


@definition("scipy.fft.idct")
def idct(x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    type, norm = undone(type, norm)
    return scipy.fft.dct(fitted_along(x, n, axis), type, axis=axis, norm=norm)


@definition("scipy.fft.idst")
def idst(x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    type, norm = undone(type, norm)
    return scipy.fft.dst(fitted_along(x, n, axis), type, axis=axis, norm=norm)


def along_axes(name: str) -> Any:
    """A cosine or sine transform of several axes: one after another."""
    transform = getattr(scipy.fft, name)

    def transformed(x, type=2, s=None, axes=None, norm=None, *, workers=None):
        axes = axes_for(s, axes, np.ndim(x))
        for i in range(len(axes)):
            x = transform(x, type, size_of(s, i), axes[i], norm)
        return x

    return definition(f"scipy.fft.{name}n")(transformed)


for name in ("dct", "idct", "dst", "idst"):
    along_axes(name)

same("scipy.fft.fftfreq(n, d=1.0)", "np.fft.fftfreq(n, d=d)")
same("scipy.fft.rfftfreq(n, d=1.0)", "np.fft.rfftfreq(n, d=d)")
constant("scipy.fft.next_fast_len", "scipy.fft.prev_fast_len")
