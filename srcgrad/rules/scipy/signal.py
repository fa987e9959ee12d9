"""The derivatives of scipy.signal: what is linear in its operands, by its transpose."""

from __future__ import annotations

import numpy as np
import scipy.signal

from srcgrad.rules.registry import definition, rule

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
rule(
    "y = scipy.signal.lfilter(b, a, x, axis=-1)",
    when="x.ndim == 1",
    tangent="y_dot = scipy.signal.lfilter(b, a, x_dot) + scipy.signal.lfilter(b_dot, a, x) - scipy.signal.lfilter(a_dot, a, y)",
    adjoint=[
        "y_term_bar = np.flip(scipy.signal.lfilter([1.0], a, np.flip(y_bar)))",
        "x_bar += np.flip(scipy.signal.lfilter(b, [1.0], np.flip(y_term_bar)))",
        "b_bar += fitted(np.correlate(y_term_bar, x, 'full')[len(x) - 1:], b.shape)",
        "a_bar -= fitted(np.correlate(y_term_bar, y, 'full')[len(y) - 1:], a.shape)",
    ],
    at=("A(2), A(3) + np.array([1.0, 0.0, 0.0]), A(6)", "A(4), A(2) + np.array([1.0, 0.0]), A(3)"),
)
rule(
    "y = scipy.signal.detrend(data, axis=-1, type='linear')",
    tangent="y_dot = scipy.signal.detrend(data_dot, axis, type)",
    adjoint="data_bar += scipy.signal.detrend(y_bar, axis, type)",
    at=("A(5)", "A(5, 3), 0", "A(2, 4), type='constant'"),
)


@definition("scipy.signal.convolve")
def convolve(in1, in2, mode="full", method="auto"):
    whole = scipy.signal.convolve(in1, in2)
    if mode == "full":
        return whole
    for i in range(np.ndim(whole)):
        m, n = in1.shape[i], in2.shape[i]
        if mode == "same":
            whole = np.moveaxis(np.moveaxis(whole, i, 0)[(n - 1) // 2 : (n - 1) // 2 + m], 0, i)
        elif mode == "valid":
            whole = np.moveaxis(np.moveaxis(whole, i, 0)[min(m, n) - 1 : max(m, n)], 0, i)
        else:
            raise TypeError(f"the mode {mode!r}")
    return whole


@definition("scipy.signal.fftconvolve", "scipy.signal.oaconvolve")
def fftconvolve(in1, in2, mode="full"):
    return scipy.signal.convolve(in1, in2, mode)


@definition("scipy.signal.convolve2d")
def convolve2d(in1, in2, mode="full"):
    return scipy.signal.convolve(in1, in2, mode)


@definition("scipy.signal.correlate")
def correlate(in1, in2, mode="full", method="auto"):
    return scipy.signal.convolve(in1, np.flip(np.conj(in2)), mode)


@definition("scipy.signal.correlate2d")
def correlate2d(in1, in2, mode="full"):
    if mode != "same":
        return scipy.signal.convolve(in1, np.flip(np.conj(in2)), mode)
    whole = scipy.signal.convolve(in1, np.flip(np.conj(in2)))
    row, column = in2.shape[0] // 2, in2.shape[1] // 2
    return whole[row : row + in1.shape[0], column : column + in1.shape[1]]


@definition("scipy.signal.sosfilt")
def sosfilt(sos, x, axis=-1):
    for i in range(len(sos)):
        x = scipy.signal.lfilter(sos[i, :3], sos[i, 3:], x, axis)
    return x
