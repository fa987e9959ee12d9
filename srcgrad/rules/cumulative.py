"""The derivatives of running sums and products, of differences, and of one-dimensional filters."""

from __future__ import annotations

from srcgrad.rules.registry import rule

rule(
    "y = np.cumsum(a, axis=None)",
    when="a.ndim == 1",
    tangent="y_dot = np.cumsum(a_dot)",
    adjoint="a_bar += np.cumsum(y_bar[::-1])[::-1]",
    at=("A(4)", "A(4), axis=0"),
)
rule(
    "y = np.cumsum(a, axis=None)",
    when="axis is None or a.ndim == 0",
    tangent="y_dot = np.cumsum(a_dot)",
    adjoint="a_bar += np.reshape(np.cumsum(y_bar[::-1])[::-1], np.shape(a))",
    at=("A(2, 3)", "F()", "F(), 0"),
)
rule(
    "y = np.cumsum(a, axis=None)",
    when="axis is not None",
    tangent="y_dot = np.cumsum(a_dot, axis)",
    adjoint="a_bar += np.flip(np.cumsum(np.flip(y_bar, axis), axis), axis)",
    at=("A(2, 3), 0", "A(2, 3), axis=1", "A(2, 3, 4), -2"),
)
rule(
    "y = np.cumprod(a, axis=None)",
    when="axis is None or a.ndim == 0",
    tangent="y_dot = cumprod_tangent(np.ravel(a), np.ravel(a_dot), 0)",
    adjoint="a_bar += cumprod_adjoint(a, y_bar)",
    at=("A(4)", "A(2, 3)", "np.array([0.3, 0.0, 0.7, 0.0, 0.2])"),
)
rule(
    "y = np.cumprod(a, axis=None)",
    when="axis is not None",
    tangent="y_dot = cumprod_tangent(a, a_dot, axis)",
    adjoint="a_bar += cumprod_adjoint(a, y_bar, axis)",
    at=("A(4), 0", "A(2, 3), 1", "A(2, 3, 4), axis=-2"),
)
rule(
    "y = np.diff(a, n=1, axis=-1)",
    when="n == 1",
    tangent="y_dot = np.diff(a_dot, axis=axis)",
    adjoint="a_bar -= np.diff(y_bar, axis=axis, prepend=0, append=0)",
    at=("A(4)", "A(2, 3)", "A(2, 3), axis=0"),
)
# The share of each sample is the part of the interval that is nearest to it.
rule(
    "z = np.trapezoid(y, x=None, dx=1.0)",
    "z = np.trapz(y, x=None, dx=1.0)",
    when="y.ndim == 1 and x is None and np.ndim(dx) == 0",
    tangent="z_dot = dx * np.sum(y_dot[1:] + y_dot[:-1]) / 2 + np.sum(y[1:] + y[:-1]) / 2 * dx_dot",
    adjoint=[
        "y_bar += z_bar * dx * np.diff(np.clip(np.arange(y.size + 1) - 0.5, 0, y.size - 1))",
        "dx_bar += z_bar * np.sum(y[1:] + y[:-1]) / 2",
    ],
    at=("A(4)", "A(4), dx=0.2", "A(2)"),
)
rule(
    "z = np.trapezoid(y, x=None)",
    "z = np.trapz(y, x=None)",
    when="y.ndim == 1 and x is not None",
    tangent="z_dot = np.sum(np.diff(x) * (y_dot[1:] + y_dot[:-1])) / 2 + np.sum(np.diff(x_dot) * (y[1:] + y[:-1])) / 2",
    adjoint=[
        "y_bar += z_bar * (np.diff(x, prepend=x[:1]) + np.diff(x, append=x[-1:])) / 2",
        "x_bar -= z_bar * np.diff(y[1:] + y[:-1], prepend=0, append=0) / 2",
    ],
    at=("A(4), A(4)", "A(2), A(2)"),
)
rule(
    "z = np.convolve(a, v, mode='full')",
    when="mode == 'full' and a.ndim == 1 and v.ndim == 1 and not np.iscomplexobj(a) and not np.iscomplexobj(v)",
    tangent="z_dot = np.convolve(a_dot, v) + np.convolve(a, v_dot)",
    adjoint=["a_bar += np.correlate(z_bar, v, 'valid')", "v_bar += np.correlate(z_bar, a, 'valid')"],
    at=("A(5), A(3)", "A(2), A(4)"),
)
rule(
    "z = np.convolve(a, v, mode='full')",
    when="mode == 'full' and a.ndim == 1 and v.ndim == 1",
    tangent="z_dot = np.convolve(a_dot, v) + np.convolve(a, v_dot)",
    adjoint=["a_bar += np.correlate(z_bar, np.conj(v), 'valid')", "v_bar += np.correlate(z_bar, np.conj(a), 'valid')"],
    at=("C(5), C(3)", "C(2), A(4)"),
)
# Between points that coincide, or of one point alone, there is no slope.
INTERP = [
    "i = np.clip(np.searchsorted(xp, x, side='right'), 1, len(xp) - 1)",
    "apart = np.where(xp[i] > xp[i - 1], xp[i] - xp[i - 1], np.inf)",
    "part = np.where(x < xp[i], np.clip((x - xp[i - 1]) / apart, 0, 1), 1)",
    "slope = (fp[i] - fp[i - 1]) / apart * ((x >= xp[0]) & (x <= xp[-1]))",
]
rule(
    "z = np.interp(x, xp, fp)",
    tangent=[
        *INTERP,
        "z_dot = slope * x_dot - slope * ((1 - part) * xp_dot[i - 1] + part * xp_dot[i])"
        " + (1 - part) * fp_dot[i - 1] + part * fp_dot[i]",
    ],
    adjoint=[
        *INTERP,
        "x_bar += z_bar * slope",
        "xp_bar -= untake(z_bar * slope * (1 - part), i - 1, None, np.shape(xp))"
        " + untake(z_bar * slope * part, i, None, np.shape(xp))",
        "fp_bar += untake(z_bar * (1 - part), i - 1, None, np.shape(fp)) + untake(z_bar * part, i, None, np.shape(fp))",
    ],
    at=(
        "np.array([0.3, 1.4, 2.6]), np.array([0.0, 1.0, 2.0, 3.0]), A(4)",
        "0.7, np.array([0.0, 1.0, 2.0]), A(3)",
        "np.array([-0.3, 1.4, 3.6]), np.array([0.0, 1.0, 2.0, 3.0]), A(4)",
    ),
)
