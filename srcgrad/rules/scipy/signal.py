"""The derivatives of scipy.signal: what is linear in its operands, by its transpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.ndimage
import scipy.signal

from srcgrad.rules.definitions.axes import axes_of
from srcgrad.rules.definitions.nothing import is_nothing
from srcgrad.rules.definitions.rows import rows_along
from srcgrad.rules.registry import definition, passive, rule
from srcgrad.rules.scipy.along import linear_along

for when, conj in (("not np.iscomplexobj(in1) and not np.iscomplexobj(in2)", "{}"), (None, "np.conj({})")):
    rule(
        "y = scipy.signal.convolve(in1, in2, mode='full', method='auto')",
        when=f"mode == 'full'{f' and {when}' if when else ''}",
        tangent="y_dot = scipy.signal.convolve(in1_dot, in2) + scipy.signal.convolve(in1, in2_dot)",
        adjoint=[
            f"in1_bar += scipy.signal.correlate(y_bar, {conj.format('in2')}, mode='valid')",
            f"in2_bar += scipy.signal.correlate(y_bar, {conj.format('in1')}, mode='valid')",
        ],
        at=("A(4), A(3)", "A(2), A(5)", "A(3, 4), A(2, 2)") if when else ("C(4), C(3)", "C(4), A(2)"),
    )
rule(
    "y = scipy.signal.lfilter(b, a, x, axis=-1)",
    when="x.ndim > 1",
    tangent="y_dot = scipy.signal.lfilter(b, a, x_dot, axis)",
    adjoint="x_bar += np.flip(scipy.signal.lfilter(b, a, np.flip(y_bar, axis), axis), axis)",
    at=("[0.5, 0.2], [1.0, -0.3, 0.1], A(3, 5)", "[0.5, 0.2], [1.0, -0.3, 0.1], A(5, 3), 0"),
)
REAL = "not np.iscomplexobj(b) and not np.iscomplexobj(a) and not np.iscomplexobj(x)"
for when, conj in ((f"x.ndim == 1 and {REAL}", "{}"), ("x.ndim == 1", "np.conj({})")):
    rule(
        "y = scipy.signal.lfilter(b, a, x, axis=-1)",
        when=when,
        tangent="y_dot = scipy.signal.lfilter(b, a, x_dot) + scipy.signal.lfilter(b_dot, a, x) - scipy.signal.lfilter(a_dot, a, y)",
        adjoint=[
            "y_term_bar = np.flip(scipy.signal.lfilter([1.0], a, np.flip(y_bar)))",
            "x_bar += np.flip(scipy.signal.lfilter(b, a, np.flip(y_bar)))",
            f"b_bar += np.correlate(np.pad(y_term_bar, (0, len(b))), np.append({conj.format('x')}, 0.0), 'valid')",
            f"a_bar -= np.correlate(np.pad(y_term_bar, (0, len(a))), np.append({conj.format('y')}, 0.0), 'valid')",
        ],
        at=("A(2), A(3) + np.array([1.0, 0.0, 0.0]), A(6)", "A(4), A(2) + np.array([1.0, 0.0]), A(3)"),
    )
rule(
    "y = scipy.signal.detrend(data, axis=-1, type='linear')",
    tangent="y_dot = scipy.signal.detrend(data_dot, axis, type)",
    adjoint="data_bar += scipy.signal.detrend(y_bar, axis, type)",
    at=("A(5)", "A(5, 3), 0", "A(2, 4), type='constant'"),
)


@definition("scipy.signal.lfilter")
def lfilter(b, a, x, axis=-1, zi=None):
    """Of several signals, or from an initial state, which is what comes of a signal before."""
    b, a, x = np.atleast_1d(b), np.atleast_1d(a), np.moveaxis(x, axis, -1)
    if zi is None:
        return np.moveaxis(filtered(b, a, x), -1, axis)
    b, a, zi = b / a[0], a / a[0], np.moveaxis(np.asarray(zi), axis, -1)
    count = np.shape(x)[-1]
    longer = np.concatenate([x, np.zeros_like(zi)], axis=-1)
    state = np.concatenate([zi, np.zeros_like(x)], axis=-1)
    y = filtered(b, a, longer) + filtered(np.ones(1, a.dtype), a, state)
    rest = filtered(a, np.ones(1, a.dtype), y[..., count:])  # where nothing more comes in, the state comes out
    return np.moveaxis(y[..., :count], -1, axis), np.moveaxis(rest, -1, axis)


def filtered(b, a, x):
    if np.ndim(x) == 1:
        return scipy.signal.lfilter(b, a, x)
    rows = rows_along(x, np.ndim(x) - 1)
    y = np.zeros_like(rows)
    for i in range(len(rows)):
        y[i] = scipy.signal.lfilter(b, a, rows[i])
    return np.reshape(y, np.shape(x))


@definition("scipy.signal.convolve")
def convolve(in1, in2, mode="full", method="auto"):
    return part_of(scipy.signal.convolve(in1, in2), in1, in2, mode, axes_of(None, np.ndim(in1)))


def part_of(whole, in1, in2, mode, axes):
    """What a mode shows of the whole convolution along these axes."""
    if mode == "full" or len(axes) == 0:
        return whole
    axis = axes[0]
    m, n = in1.shape[axis], in2.shape[axis]
    if mode == "same":
        rows = np.moveaxis(whole, axis, 0)[(n - 1) // 2 : (n - 1) // 2 + m]
    elif mode == "valid":
        rows = np.moveaxis(whole, axis, 0)[min(m, n) - 1 : max(m, n)]
    else:
        raise TypeError(f"the mode {mode!r}")
    return part_of(np.moveaxis(rows, 0, axis), in1, in2, mode, axes[1:])


@definition("scipy.signal.fftconvolve", "scipy.signal.oaconvolve")
def fftconvolve(in1, in2, mode="full", axes=None):
    if np.ndim(in1) == 1 and (in1.size == 0 or in2.size == 0):  # where convolve raises
        return np.array([])
    if axes is None:
        return scipy.signal.convolve(in1, in2, mode)
    whole = convolved(in1, in2, axes_of(axes, np.ndim(in1)))
    whole = whole if np.iscomplexobj(in1) or np.iscomplexobj(in2) else np.real(whole)
    return part_of(whole, in1, in2, mode, axes_of(axes, np.ndim(in1)))


def convolved(in1, in2, axes):
    """Along these axes; along others each with each."""
    if len(axes) == 0:
        return in1 * in2
    i, rest = axes[0], axes[1:]
    size = in1.shape[i] + in2.shape[i] - 1
    return np.fft.ifft(convolved(np.fft.fft(in1, size, i), np.fft.fft(in2, size, i), rest), axis=i)


def bordered(in1, in2, boundary, fillvalue):
    """The whole convolution, where beyond the edges of the first there is more than zeros."""
    rows, columns = in2.shape[0] - 1, in2.shape[1] - 1
    if boundary in ("fill", "pad"):
        whole = scipy.signal.convolve(in1, in2)
        if fillvalue is None:
            return whole
        outside = np.pad(np.zeros_like(in1), ((rows, rows), (columns, columns)), constant_values=1.0)
        return whole + fillvalue * scipy.signal.convolve(outside, in2, "valid")
    beyond: Any = "wrap" if boundary in ("wrap", "circular") else "symmetric"
    return scipy.signal.convolve(np.pad(in1, ((rows, rows), (columns, columns)), beyond), in2, "valid")


def of_nothing(in1, in2, mode):
    """What two matrices give of which one has no elements."""
    (m, k), (n, p) = in1.shape, in2.shape
    if mode == "same":
        return np.zeros((m, k))
    if mode == "valid":
        return np.zeros((abs(m - n) + 1, abs(k - p) + 1))
    return np.zeros((m + n - 1, k + p - 1))


@definition("scipy.signal.convolve2d")
def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=None):
    if is_nothing(in1) or is_nothing(in2):
        return of_nothing(in1, in2, mode)
    if mode == "valid":
        return scipy.signal.convolve(in1, in2, mode)
    whole = bordered(in1, in2, boundary, fillvalue)
    if mode == "full":
        return whole
    row, column = (in2.shape[0] - 1) // 2, (in2.shape[1] - 1) // 2
    return whole[row : row + in1.shape[0], column : column + in1.shape[1]]


@definition("scipy.signal.correlate")
def correlate(in1, in2, mode="full", method="auto"):
    return scipy.signal.convolve(in1, np.flip(np.conj(in2)), mode)


@definition("scipy.signal.correlate2d")
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=None):
    if is_nothing(in1) or is_nothing(in2):
        return of_nothing(in1, in2, mode)
    turned = np.flip(np.conj(in2))
    if mode == "valid":
        return scipy.signal.convolve(in1, turned, mode)
    whole = bordered(in1, turned, boundary, fillvalue)
    if mode == "full":
        return whole
    row, column = in2.shape[0] // 2, in2.shape[1] // 2
    return whole[row : row + in1.shape[0], column : column + in1.shape[1]]


# Beyond the edges are zeros.
@definition("scipy.signal.medfilt")
def medfilt(volume, kernel_size=3):
    return scipy.ndimage.median_filter(volume, kernel_size, mode="constant")


@definition("scipy.signal.medfilt2d")
def medfilt2d(input, kernel_size=3):
    return scipy.ndimage.median_filter(input, kernel_size, mode="constant")


@definition("scipy.signal.sosfilt")
def sosfilt(sos, x, axis=-1, zi=None):
    sos = np.asarray(sos)
    if zi is None:
        for i in range(len(sos)):
            x = scipy.signal.lfilter(sos[i, :3], sos[i, 3:], x, axis)
        return x
    states = np.zeros(np.shape(zi), np.result_type(sos, x, zi))
    for i in range(len(sos)):
        x, states[i] = scipy.signal.lfilter(sos[i, :3], sos[i, 3:], x, axis, zi[i])
    return x, states


# What is linear along an axis
linear_along(
    "scipy.signal.savgol_filter(x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode='interp', cval=0.0)", "x",
    without="cval", at=("A(7), 5, 2", "A(2, 7), 5, 3, 1", "A(7, 2), 3, 1, axis=0, mode='constant', cval=0.7"),
)  # fmt: skip
linear_along(
    "scipy.signal.filtfilt(b, a, x, axis=-1, padtype='odd', padlen=None)", "x",
    at=("[0.5, 0.2], [1.0, -0.3], A(12)", "[0.5, 0.2], [1.0, -0.3], A(12, 2), 0, 'even', 4"),
)  # fmt: skip
linear_along(
    "scipy.signal.sosfiltfilt(sos, x, axis=-1, padtype='odd', padlen=None)", "x", sizes="x",
    at="scipy.signal.butter(2, 0.3, output='sos'), A(2, 15)",
)  # fmt: skip
linear_along(
    "scipy.signal.resample(x, num, t=None, axis=0, window=None)", "x", when="t is None and not np.iscomplexobj(x)",
    at=("A(6), 4", "A(5, 2), 7", "A(2, 6), 9, None, 1"),
)  # fmt: skip
linear_along(
    "scipy.signal.resample_poly(x, up, down, axis=0, window=('kaiser', 5.0), padtype='constant')", "x",
    at=("A(8), 2, 3", "A(2, 8), 3, 2, 1, padtype='line'"),
)  # fmt: skip
linear_along(
    "scipy.signal.decimate(x, q, n=None, ftype='iir', axis=-1, zero_phase=True)", "x",
    at=("A(40), 2", "A(30, 2), 3, ftype='fir', axis=0"),
)  # fmt: skip
linear_along("scipy.signal.hilbert(x, N=None, axis=-1)", "x", at=("A(6)", "A(5, 2), axis=0", "A(5), 8"))
linear_along("scipy.signal.upfirdn(h, x, up=1, down=1, axis=-1)", "x", at=("[0.5, 0.2, 0.1], A(6), 2, 1", "[0.5, 0.2], A(6, 2), axis=0"))


# Windows and filters are designed from numbers of which no derivative is known: they are constants, or refused.
passive(*(f"scipy.signal.{name}" for name in (
    "get_window", "butter", "cheby1", "cheby2", "ellip", "bessel", "iirfilter", "iirnotch", "iirpeak", "firwin", "firwin2",
    "remez", "firls", "savgol_coeffs", "sosfilt_zi", "lfilter_zi", "tf2sos", "zpk2sos", "zpk2tf", "sos2tf", "tf2zpk",
)))  # fmt: skip


# Spectra: transforms of segments that overlap


def segments_of(x, nperseg, noverlap, window, detrend):
    """The segments of the last axis, with their mean taken off, in a window."""
    step = nperseg - noverlap
    starts = np.arange(0, np.shape(x)[-1] - nperseg + 1, step)
    parts = x[..., np.reshape(starts, (-1, 1)) + np.arange(nperseg)]
    if detrend == "constant":
        parts = parts - np.mean(parts, axis=-1, keepdims=True)
    return parts * window


def powers_of(x, fs, window, nperseg, noverlap, nfft, detrend, scaling):
    """The power of each segment at each frequency, of both signs in one."""
    if not (detrend is False or detrend == "constant") or np.iscomplexobj(x):
        raise TypeError("another trend, or complex samples")
    taper = scipy.signal.get_window(window, nperseg)
    nfft = nperseg if nfft is None else nfft
    found = np.fft.rfft(segments_of(x, nperseg, noverlap, taper, detrend), nfft)
    scale = 1 / (fs * np.sum(taper**2)) if scaling == "density" else 1 / np.sum(taper) ** 2
    twice = np.full(nfft // 2 + 1, 2.0)
    twice[0] = 1.0
    if nfft % 2 == 0:
        twice[-1] = 1.0
    return np.fft.rfftfreq(nfft, 1 / fs), (np.real(found) ** 2 + np.imag(found) ** 2) * (scale * twice)


@definition("scipy.signal.welch")
def welch(x, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", *, scaling="density"):
    length = min(256, np.shape(x)[-1]) if nperseg is None else nperseg
    overlap = length // 2 if noverlap is None else noverlap
    frequencies, powers = powers_of(x, fs, window, length, overlap, nfft, detrend, scaling)
    return frequencies, np.mean(powers, axis=-2)


@definition("scipy.signal.periodogram")
def periodogram(x, fs=1.0, window="boxcar", nfft=None, detrend="constant", *, scaling="density"):
    frequencies, powers = powers_of(x, fs, window, np.shape(x)[-1], 0, nfft, detrend, scaling)
    return frequencies, np.mean(powers, axis=-2)


@definition("scipy.signal.spectrogram")
def spectrogram(
    x, fs=1.0, window=("tukey", 0.25), nperseg=None, noverlap=None, nfft=None, detrend="constant", *, scaling="density"
):
    length = min(256, np.shape(x)[-1]) if nperseg is None else nperseg
    overlap = length // 8 if noverlap is None else noverlap
    frequencies, powers = powers_of(x, fs, window, length, overlap, nfft, detrend, scaling)
    times = (length / 2 + (length - overlap) * np.arange(np.shape(powers)[-2])) / fs
    return frequencies, times, np.swapaxes(powers, -1, -2)


@definition("scipy.signal.stft")
def stft(x, fs=1.0, window="hann", nperseg=256, noverlap=None, nfft=None):
    if np.iscomplexobj(x):
        raise TypeError("complex samples")
    noverlap = nperseg // 2 if noverlap is None else noverlap
    nfft = nperseg if nfft is None else nfft
    step, half = nperseg - noverlap, nperseg // 2
    count = np.shape(x)[-1] + 2 * half
    more = (-(count - nperseg) % step) % nperseg
    edges = np.zeros((*np.shape(x)[:-1], half))
    padded = np.concatenate([edges, x, edges, np.zeros((*np.shape(x)[:-1], more))], axis=-1)
    taper = scipy.signal.get_window(window, nperseg)
    found = np.fft.rfft(segments_of(padded, nperseg, noverlap, taper, False), nfft) / np.sum(taper)
    times = np.arange(half, count + more - half + 1, step) / fs - half / fs
    return np.fft.rfftfreq(nfft, 1 / fs), times, np.swapaxes(found, -1, -2)


@definition("scipy.signal.istft")
def istft(Zxx, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, *, boundary=True):
    """Segments added up where they overlap, by what their windows add up to."""
    whole = 2 * (np.shape(Zxx)[-2] - 1)
    nperseg = whole if nperseg is None else nperseg
    nfft = (nperseg if nperseg == whole + 1 else whole) if nfft is None else nfft
    step = nperseg - (nperseg // 2 if noverlap is None else noverlap)
    taper = scipy.signal.get_window(window, nperseg)
    parts = np.fft.irfft(np.swapaxes(Zxx, -1, -2), nfft)[..., :nperseg] * (np.sum(taper) * taper)
    count = np.shape(parts)[-2]
    x, weight = np.zeros((*np.shape(parts)[:-2], (count - 1) * step + nperseg)), np.zeros((count - 1) * step + nperseg)
    for i in range(count):
        x[..., i * step : i * step + nperseg] += parts[..., i, :]
        weight[i * step : i * step + nperseg] += taper**2
    if boundary:
        x, weight = x[..., nperseg // 2 : -(nperseg // 2)], weight[nperseg // 2 : -(nperseg // 2)]
    return np.arange(np.shape(x)[-1]) / fs, x / np.where(weight > 1e-10, weight, 1.0)
