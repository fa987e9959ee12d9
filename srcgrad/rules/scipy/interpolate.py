"""The derivatives of scipy.interpolate.

A spline that the program is given is evaluated by itself, and so are its derivatives.  One that the program makes of
differentiable values is told in Python: what SciPy would keep (coefficients, knots), and how it is evaluated.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.interpolate
import scipy.linalg
import scipy.special

from srcgrad.rules.registry import data_class, definition, rule, stand_in, static

# Splines that the program is given


@data_class("scipy.interpolate.PPoly", "scipy.interpolate.BPoly", fields="c x axis extrapolate", data_sized="roots solve",
            changing="extend")  # fmt: skip
def pieces_like(cls, c, x, axis, extrapolate):
    return scipy.interpolate.PPoly.construct_fast(c, np.arange(c.shape[1] + 1.0), extrapolate, axis)


@data_class("scipy.interpolate.BSpline", fields="c t k axis extrapolate", changing="insert_knot")
def b_spline_like(cls, c, t, k, axis, extrapolate):
    c = np.resize(c, (max(len(c), k + 1), *c.shape[1:]))  # with fewer, it reads beyond its memory
    return cls.construct_fast(np.arange(len(c) + k + 1.0), c, k, extrapolate, axis)


@data_class("scipy.interpolate.UnivariateSpline", fields="", changing="set_smoothing_factor", data_sized="roots get_knots get_coeffs")
def smooth_like(cls):
    return scipy.interpolate.InterpolatedUnivariateSpline(np.arange(6.0), np.arange(6.0))


@data_class("scipy.interpolate.RectBivariateSpline", fields="")
def surface_like(cls):
    return cls(np.arange(5.0), np.arange(5.0), np.ones((5, 5)))


@data_class("scipy.interpolate.interp1d", fields="y axis bounds_error _kind _extrapolate")
def interp1d_like(cls, y, axis, *how):
    return cls(np.arange(float(y.shape[axis])), y, axis=axis, fill_value="extrapolate")


@data_class("scipy.interpolate.RegularGridInterpolator", fields="grid values bounds_error method")
def grid_like(cls, grid, values, *how):
    return cls(tuple(np.arange(float(n)) for n in values.shape[: len(grid)]), values, bounds_error=False)


A_SPLINE = {
    "PPoly": "scipy.interpolate.CubicSpline(np.arange(4.0) / 3, {})",
    "BSpline": "scipy.interpolate.make_interp_spline(np.arange(5.0) / 4, {})",
}
for name, axes in (("PPoly", 2), ("BSpline", 1)):
    count = {"PPoly": 4, "BSpline": 5}[name]
    one, two, three = (A_SPLINE[name].format(f"A({count}{more})") for more in ("", ", 2", ", 2, 3"))
    for passed, when in (("", " and extrapolate is None"), (", extrapolate", "")):
        # What it interpolates has further axes: they come after those of the positions, if they are along the first.
        for more, last, spline in ((0, "", one), (1, "-1", two), (2, "(-2, -1)", three)):
            slope = f"self(x, nu + 1{passed})"
            rule(
                f"y = scipy.interpolate.{name}.__call__(self, x, nu=0, extrapolate=None)",
                when=f"self.c.ndim == {axes + more}{when}{' and self.axis == 0' if more else ''}",
                tangent=f"y_dot = np.expand_dims(x_dot, {last}) * {slope}" if more else f"y_dot = x_dot * {slope}",
                adjoint=f"x_bar += np.sum(y_bar * {slope}, axis={last})" if more else f"x_bar += y_bar * {slope}",
                at=(f"{spline}, F()", f"{spline}, A(3)", f"{spline}, A(2, 3), 1"),
            )
    rule(
        f"y = scipy.interpolate.{name}.integrate(self, a, b, extrapolate=None)",
        when=f"self.c.ndim == {axes} and extrapolate is None",
        tangent="y_dot = b_dot * self(b) - a_dot * self(a)",
        adjoint=["b_bar += y_bar * self(b)", "a_bar -= y_bar * self(a)"],
        at=f"{one}, F(), F()",
    )
rule(
    "y = scipy.interpolate.UnivariateSpline.__call__(self, x, nu=0, ext=None)",
    tangent="y_dot = x_dot * self(x, nu + 1, ext)",
    adjoint="x_bar += y_bar * self(x, nu + 1, ext)",
    at="scipy.interpolate.UnivariateSpline(np.arange(7.0) / 6, A(7), k=4), A(3)",
)
rule(
    "y = scipy.interpolate.RectBivariateSpline.ev(self, xi, yi, dx=0, dy=0)",
    when="np.ndim(xi) == np.ndim(yi)",
    tangent="y_dot = xi_dot * self.ev(xi, yi, dx + 1, dy) + yi_dot * self.ev(xi, yi, dx, dy + 1)",
    adjoint=["xi_bar += y_bar * self.ev(xi, yi, dx + 1, dy)", "yi_bar += y_bar * self.ev(xi, yi, dx, dy + 1)"],
    at="scipy.interpolate.RectBivariateSpline(np.arange(6.0) / 5, np.arange(7.0) / 6, A(6, 7)), A(3), A(3)",
)
rule(
    "y = scipy.interpolate.UnivariateSpline.integral(self, a, b)",
    tangent="y_dot = b_dot * self(b) - a_dot * self(a)",
    adjoint=["b_bar += y_bar * self(b)", "a_bar -= y_bar * self(a)"],
    at="scipy.interpolate.UnivariateSpline(np.arange(7.0) / 6, A(7)), F(), F()",
)


@definition("scipy.interpolate.PPoly.__call__")
def call_of_pieces(self, x, nu=0, extrapolate=None):
    return Pieces(self.c, self.x, self.axis, self.extrapolate)(x, nu, extrapolate)


@definition("scipy.interpolate.BSpline.__call__")
def call_of_b_spline(self, x, nu=0, extrapolate=None):
    return Basis(self.t, self.c, self.k, self.axis, self.extrapolate)(x, nu, extrapolate)


@definition("scipy.interpolate.interp1d.__call__")
def call_of_interp1d(self, x):
    x = np.asarray(x)
    further = without_axis(np.shape(self.y), self.axis)
    if self._kind in ("linear", "nearest", "nearest-up", "previous", "next"):
        found = between_samples(self.x, np.reshape(self._y, (len(self.x), *further)), self._kind, x)
    else:
        found = np.reshape(self._spline(x), (*np.shape(x), *further))
    below, above = x < self.x[0], x > self.x[-1]
    if not self._extrapolate:
        if self.bounds_error and (np.any(below) or np.any(above)):
            raise ValueError("a position is outside the interpolation range")
        found = replaced(found, x, below, self._fill_value_below)
        found = replaced(found, x, above, self._fill_value_above)
    return to_axis(found, np.ndim(x), self.axis)


@definition("scipy.interpolate.RegularGridInterpolator.__call__")
def call_of_grid(self, xi, method=None):
    way = self.method if method is None else method
    if way not in ("linear", "nearest"):
        raise TypeError("another method")
    return Grid(self.grid, self.values, way, self.bounds_error, self.fill_value)(xi)


# Those that it makes


@static
def order_of_axes(ndim, count, axis):
    """How the axes of the positions, which come first, are brought to where the interpolated one was."""
    rest = list(range(count, ndim))
    return (*rest[:axis], *range(count), *rest[axis:])


@static
def positive_axis(axis, ndim):
    return axis % ndim


@static
def without_axis(shape, axis):
    return (*shape[:axis], *shape[axis + 1 :])


def to_axis(y, count, axis):
    return y if axis == 0 else np.transpose(y, order_of_axes(np.ndim(y), count, axis))


@static
def trailing(count):
    """The axes of what is interpolated, which come after those of the positions."""
    return tuple(range(-count, 0))


def first_axis(y, axis):
    return np.moveaxis(np.array(y, complex if np.iscomplexobj(y) else float), axis, 0)


@stand_in
class Pieces(NamedTuple):
    """A piecewise polynomial: coefficients by power (the highest first) and interval, and the ends of the intervals."""

    c: Any
    x: Any
    axis: Any
    extrapolate: Any

    def __call__(self, x, nu=0, extrapolate=None):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        more = np.ndim(self.c) - 2
        c = powers_of_derivative(self.c, nu)
        if extrapolate == "periodic":
            x = self.x[0] + (x - self.x[0]) % (self.x[-1] - self.x[0])
        places = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, len(self.x) - 2)
        t = np.expand_dims(x - self.x[places], trailing(more))
        y = evaluated(c, places, t)
        if extrapolate is False:
            y = np.where(np.expand_dims((x < self.x[0]) | (x > self.x[-1]), trailing(more)), np.nan, y)
        return to_axis(y, np.ndim(x), self.axis)

    def derivative(self, nu=1):
        return Pieces(powers_of_derivative(self.c, nu), self.x, self.axis, self.extrapolate)

    def antiderivative(self, nu=1):
        if nu != 1:
            raise TypeError("an integral of an integral")
        more = np.ndim(self.c) - 2
        c = self.c / np.expand_dims(np.arange(len(self.c), 0, -1.0), trailing(more + 1))
        whole, width = np.zeros_like(c[0]), np.expand_dims(np.diff(self.x), trailing(more))
        for k in range(len(c)):
            whole = (whole + c[k]) * width
        start = np.concatenate([np.zeros_like(whole[:1]), np.cumsum(whole, axis=0)[:-1]])
        extrapolate = False if self.extrapolate == "periodic" else self.extrapolate
        return Pieces(np.concatenate([c, np.expand_dims(start, 0)]), self.x, self.axis, extrapolate)

    def integrate(self, a, b, extrapolate=None):
        if self.extrapolate == "periodic" or extrapolate is not None:
            raise TypeError("an integral over periods")
        whole = self.antiderivative()
        return whole(b) - whole(a)


def evaluated(c, places, t):
    """The polynomials at these places of the table of coefficients."""
    y = c[0][places]
    if len(c) > 1:
        y = y * t + c[1][places]
    if len(c) > 2:
        y = y * t + c[2][places]
    if len(c) > 3:
        y = y * t + c[3][places]
    for k in range(4, len(c)):
        y = y * t + c[k][places]
    return y


def powers_of_derivative(c, nu):
    if nu == 0:
        return c
    if nu >= len(c):
        return np.zeros_like(c[:1])
    factors = scipy.special.poch(np.arange(len(c) - nu, 0.0, -1.0), nu)
    return c[: len(c) - nu] * np.expand_dims(factors, trailing(np.ndim(c) - 1))


def hermite(x, y, slopes, axis, extrapolate):
    """The cubic polynomials with these values and slopes at the ends."""
    width = np.expand_dims(np.diff(x), trailing(np.ndim(y) - 1))
    secant = np.diff(y, axis=0) / width
    bend = (slopes[:-1] + slopes[1:] - 2 * secant) / width
    cubic, square = bend / width, (secant - slopes[:-1]) / width - bend
    c = np.stack([cubic, square, slopes[:-1], y[:-1]])
    return Pieces(c, x, axis, extrapolate)


@definition("scipy.interpolate.CubicHermiteSpline")
def cubic_hermite_spline(x, y, dydx, axis=0, extrapolate=None):
    extrapolate = True if extrapolate is None else extrapolate
    return hermite(x, first_axis(y, axis), first_axis(dydx, axis), positive_axis(axis, np.ndim(y)), extrapolate)


@definition("scipy.interpolate.PPoly")
def piecewise(c, x, extrapolate=None, axis=0):
    if axis != 0:
        raise TypeError("another axis than the first")
    return Pieces(c, x, 0, True if extrapolate is None else extrapolate)


@static
def ends_of(bc_type):
    """The conditions at both ends: a name, or the order of the derivative that is 0."""
    named = {"clamped": 1, "natural": 2}
    return tuple(named.get(end, end) for end in ((bc_type, bc_type) if isinstance(bc_type, str) else bc_type))


def condition(end):
    """Order and value of the derivative at an end."""
    return (end, 0.0) if isinstance(end, int) else end


@definition("scipy.interpolate.CubicSpline")
def cubic_spline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    periodic = bc_type == "periodic"
    if extrapolate is None:
        extrapolate = "periodic" if periodic else True
    x, rows, axis = np.asarray(x), first_axis(y, axis), positive_axis(axis, np.ndim(y))
    if len(x) < 4:
        raise TypeError("fewer than four points")
    if periodic:
        return hermite(x, rows, periodic_slopes(x, rows), axis, extrapolate)
    ends = ends_of(bc_type) if isinstance(bc_type, str) else bc_type
    return hermite(x, rows, slopes_of_spline(x, rows, ends[0], ends[1]), axis, extrapolate)


def slopes_of_spline(x, y, start, end):
    """The slopes with which the second derivative is continuous, of a system with three diagonals."""
    n, more = len(x), np.ndim(y) - 1
    h = np.diff(x)
    width = np.expand_dims(h, trailing(more))
    secant = np.diff(y, axis=0) / width
    inner = 3 * (width[1:] * secant[:-1] + width[:-1] * secant[1:])
    if start == "not-a-knot":
        span = x[2] - x[0]
        first, above = h[1], span
        top = ((h[0] + 2 * span) * h[1] * secant[0] + h[0] ** 2 * secant[1]) / span
    else:
        order, value = condition(ends_of((start, start))[0])
        first, above = (1.0, 0.0 * h[0]) if order == 1 else (2 * h[0], h[0])
        top = value + 0.0 * y[0] if order == 1 else 3 * (y[1] - y[0]) - 0.5 * value * h[0] ** 2
    if end == "not-a-knot":
        span = x[-1] - x[-3]
        last, below = h[-2], span
        bottom = (h[-1] ** 2 * secant[-2] + (2 * span + h[-1]) * h[-2] * secant[-1]) / span
    else:
        order, value = condition(ends_of((end, end))[0])
        last, below = (1.0, 0.0 * h[-1]) if order == 1 else (2 * h[-1], h[-1])
        bottom = value + 0.0 * y[-1] if order == 1 else 3 * (y[-1] - y[-2]) + 0.5 * value * h[-1] ** 2
    bands = np.zeros((3, n)) + 0.0 * x[0]
    bands[0, 2:] = h[:-1]
    bands[1, 1:-1] = 2 * (h[:-1] + h[1:])
    bands[2, :-2] = h[1:]
    bands[0, 1], bands[1, 0], bands[1, -1], bands[2, -2] = above, first, last, below
    given = np.concatenate([np.expand_dims(top, 0), inner, np.expand_dims(bottom, 0)])
    if more == 0:
        return scipy.linalg.solve_banded((1, 1), bands, given)
    return np.reshape(scipy.linalg.solve_banded((1, 1), bands, np.reshape(given, (n, -1))), np.shape(y))


def periodic_slopes(x, y):
    n, h = len(x) - 1, np.diff(x)
    width = np.expand_dims(h, trailing(np.ndim(y) - 1))
    secant = np.diff(y, axis=0) / width
    before, secant_before = np.roll(h, 1), np.roll(secant, 1, axis=0)
    width_before = np.expand_dims(before, trailing(np.ndim(y) - 1))
    system = np.diag(2 * (h + before))
    system = system + np.eye(n)[np.arange(-1, n - 1)] * np.reshape(h, (n, 1))
    system = system + np.eye(n)[np.arange(1, n + 1) % n] * np.reshape(before, (n, 1))
    given = 3 * (width * secant_before + width_before * secant)
    slopes = np.tensordot(np.linalg.inv(system), given, 1)
    return np.concatenate([slopes, slopes[:1]])


@definition("scipy.interpolate.PchipInterpolator")
def pchip(x, y, axis=0, extrapolate=None):
    x, rows = np.asarray(x), first_axis(y, axis)
    if len(x) < 3:
        raise TypeError("fewer than three points")
    h = np.expand_dims(np.diff(x), trailing(np.ndim(rows) - 1))
    secant = np.diff(rows, axis=0) / h
    turns = np.sign(secant[1:]) * np.sign(secant[:-1]) <= 0
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    late, early = np.where(turns, 1.0, secant[1:]), np.where(turns, 1.0, secant[:-1])
    inner = np.where(turns, 0.0, (w1 + w2) / (w1 / early + w2 / late))
    first, last = end_slope(h[0], h[1], secant[0], secant[1]), end_slope(h[-1], h[-2], secant[-1], secant[-2])
    slopes = np.concatenate([np.expand_dims(first, 0), inner, np.expand_dims(last, 0)])
    return hermite(x, rows, slopes, positive_axis(axis, np.ndim(y)), True if extrapolate is None else extrapolate)


def end_slope(h0, h1, secant0, secant1):
    """Of three points, limited so that the shape is kept."""
    slope = ((2 * h0 + h1) * secant0 - h0 * secant1) / (h0 + h1)
    steep = (np.sign(secant0) != np.sign(secant1)) & (np.abs(slope) > 3 * np.abs(secant0))
    return np.where(np.sign(slope) != np.sign(secant0), 0.0, np.where(steep, 3 * secant0, slope))


@definition("scipy.interpolate.Akima1DInterpolator")
def akima(x, y, axis=0, *, method="akima", extrapolate=None):
    x, rows = np.asarray(x), first_axis(y, axis)
    if len(x) < 3:
        raise TypeError("fewer than three points")
    m = np.diff(rows, axis=0) / np.expand_dims(np.diff(x), trailing(np.ndim(rows) - 1))
    m = np.concatenate([3 * m[:1] - 2 * m[1:2], 2 * m[:1] - m[1:2], m, 2 * m[-1:] - m[-2:-1], 3 * m[-1:] - 2 * m[-2:-1]])
    change = np.abs(np.diff(m, axis=0))
    if method == "makima":
        change = change + 0.5 * np.abs(m[1:] + m[:-1])
    i = np.arange(len(x))
    after, before, low, high = change[i + 2], change[i], m[i + 1], m[i + 2]
    weight = after + before
    bends = weight > 1e-9 * np.max(weight)
    slopes = np.where(bends, low + before / np.where(bends, weight, 1.0) * (high - low), 0.5 * (m[i + 3] + m[i]))
    return hermite(x, rows, slopes, positive_axis(axis, np.ndim(y)), False if extrapolate is None else extrapolate)


@stand_in
class Basis(NamedTuple):
    """A B-spline, by knots and coefficients: the splines of its basis, weighted."""

    t: Any
    c: Any
    k: Any
    axis: Any
    extrapolate: Any

    def __call__(self, x, nu=0, extrapolate=None):
        basis = scipy.interpolate.BSpline(self.t, np.eye(len(self.c)), self.k, self.extrapolate)
        return to_axis(np.tensordot(basis(x, nu, extrapolate), self.c, 1), np.ndim(x), self.axis)

    def derivative(self, nu=1):
        basis = scipy.interpolate.BSpline(self.t, np.eye(len(self.c)), self.k, self.extrapolate).derivative(nu)
        return Basis(basis.t, np.tensordot(basis.c, self.c, 1), basis.k, self.axis, self.extrapolate)

    def antiderivative(self, nu=1):
        basis = scipy.interpolate.BSpline(self.t, np.eye(len(self.c)), self.k, self.extrapolate).antiderivative(nu)
        return Basis(basis.t, np.tensordot(basis.c, self.c, 1), basis.k, self.axis, self.extrapolate)

    def integrate(self, a, b, extrapolate=None):
        if self.extrapolate == "periodic" or extrapolate is not None:
            raise TypeError("an integral over periods")
        whole = self.antiderivative()
        return whole(b) - whole(a)


@definition("scipy.interpolate.BSpline")
def b_spline(t, c, k, extrapolate=True, axis=0):
    return Basis(t, first_axis(c, axis)[: len(t) - k - 1], k, positive_axis(axis, np.ndim(c)), extrapolate)


@definition("scipy.interpolate.make_interp_spline")
def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0):
    # It is linear in the values: its coefficients are those of unit vectors, weighted.
    rows = first_axis(y, axis)
    unit = scipy.interpolate.make_interp_spline(x, np.eye(len(rows)), k, t, bc_type)
    extrapolate = "periodic" if bc_type == "periodic" else True
    return Basis(unit.t, np.tensordot(unit.c, rows, 1), unit.k, positive_axis(axis, np.ndim(y)), extrapolate)


@definition("scipy.interpolate.splrep")
def splrep(x, y, k=3, *, s=0):
    if s != 0 or k % 2 == 0:
        raise TypeError("smoothing")
    unit = scipy.interpolate.make_interp_spline(x, np.eye(len(y)), k)
    return unit.t, np.concatenate([unit.c @ y, np.zeros(k + 1)]), k


@definition("scipy.interpolate.splev")
def splev(x, tck, der=0, ext=0):
    if ext != 0:
        raise TypeError("what is beyond the knots")
    return Basis(tck[0], tck[1][: len(tck[0]) - tck[2] - 1], tck[2], 0, True)(x, der)


def between_samples(x, y, kind, at):
    """The value at a position by those beside it, of samples along the first axis."""
    if kind == "linear":
        high = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
        share = (at - x[high - 1]) / (x[high] - x[high - 1])
        return y[high - 1] + np.expand_dims(share, trailing(np.ndim(y) - 1)) * (y[high] - y[high - 1])
    if kind == "nearest":
        return y[np.searchsorted((x[1:] + x[:-1]) / 2, at, side="left")]
    if kind == "nearest-up":
        return y[np.searchsorted((x[1:] + x[:-1]) / 2, at, side="right")]
    if kind == "previous":
        return y[np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 1)]
    if kind == "next":
        return y[np.clip(np.searchsorted(x, at, side="left"), 0, len(x) - 1)]
    raise TypeError("another kind")


def replaced(y, x, outside, value):
    return np.where(np.expand_dims(outside, trailing(np.ndim(y) - np.ndim(x))), value, y)


@stand_in
class Samples(NamedTuple):
    """Values between samples; those beyond them."""

    x: Any
    y: Any
    kind: Any
    axis: Any
    extrapolate: Any
    bounds_error: Any
    below: Any
    above: Any

    def __call__(self, x):
        x = np.asarray(x)
        y = between_samples(self.x, self.y, self.kind, x)
        if not self.extrapolate:
            below, above = x < self.x[0], x > self.x[-1]
            if self.bounds_error and (np.any(below) or np.any(above)):
                raise ValueError("a position is outside the interpolation range")
            y = replaced(replaced(y, x, below, self.below), x, above, self.above)
        return to_axis(y, np.ndim(x), self.axis)


@definition("scipy.interpolate.interp1d")
def interp1d(x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
    y = np.asarray(y)
    rows, axis = first_axis(y, axis), positive_axis(axis, np.ndim(y))
    if not assume_sorted:
        order = np.argsort(x, kind="mergesort")
        x, rows = np.asarray(x)[order], rows[order]
    extrapolate = isinstance(fill_value, str)
    if kind in ("linear", "nearest", "nearest-up", "previous", "next"):
        if extrapolate:
            if kind in ("previous", "next"):
                raise TypeError("steps that are extrapolated")
            return Samples(x, rows, kind, axis, True, False, 0.0, 0.0)
        if isinstance(fill_value, tuple):
            return Samples(x, rows, kind, axis, False, bool(bounds_error), fill_value[0], fill_value[1])
        if bounds_error is None:
            bounds_error = bool(fill_value != fill_value)
        return Samples(x, rows, kind, axis, False, bounds_error, fill_value, fill_value)
    degree = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}[kind] if isinstance(kind, str) else kind
    if not extrapolate and (isinstance(fill_value, tuple) or fill_value == fill_value):
        raise TypeError("a spline with values beyond its ends")
    spline = scipy.interpolate.make_interp_spline(x, rows, degree)
    return Basis(spline.t, spline.c, spline.k, axis, extrapolate)


@stand_in
class Grid(NamedTuple):
    """Values on a grid of points, for each of which the coordinates are given."""

    points: Any
    values: Any
    method: Any
    bounds_error: Any
    fill_value: Any

    def __call__(self, xi):
        count, coordinates = len(self.points), isinstance(xi, tuple)
        xi = together(xi) if coordinates else np.asarray(xi)
        at: Any = np.reshape(xi, (-1, count))
        flat = np.reshape(self.values, (-1, *np.shape(self.values)[count:]))
        # One row for each corner of the cell that a position is in.
        places: Any = np.zeros((1, len(at)), int)
        weights: Any = np.ones((1, len(at)))
        outside: Any = np.zeros(len(at), bool)
        for i, grid in enumerate(self.points):
            x, along = at[:, i], np.asarray(grid)
            low = np.clip(np.searchsorted(along, x, side="right") - 1, 0, len(along) - 2)
            share = (x - along[low]) / (along[low + 1] - along[low])
            places = places * len(along) + low
            if self.method == "linear":
                places = np.concatenate([places, places + 1])
                weights = np.concatenate([weights * (1 - share), weights * share])
            else:
                places = places + (share > 0.5)
            outside = outside | (x < along[0]) | (x > along[-1])
        if self.bounds_error and np.any(outside):
            raise ValueError("a position is outside the grid")
        y = np.sum(np.expand_dims(weights, trailing(np.ndim(flat) - 1)) * flat[places], axis=0)
        if self.fill_value is not None and not self.bounds_error:
            y = np.where(np.expand_dims(outside, trailing(np.ndim(y) - 1)), self.fill_value, y)
        if coordinates or np.ndim(xi) > 1:
            return np.reshape(y, (*np.shape(xi)[:-1], *np.shape(self.values)[count:]))
        return y


def together(coordinates):
    """The points of which these are the coordinates."""
    whole = 0.0
    for x in coordinates:
        whole = whole + 0.0 * x
    return np.stack([x + whole for x in coordinates], axis=-1)


@definition("scipy.interpolate.RegularGridInterpolator")
def regular_grid_interpolator(points, values, method="linear", bounds_error=True, fill_value=np.nan):
    if method not in ("linear", "nearest"):
        raise TypeError("another method")
    return Grid(points, values, method, bounds_error, fill_value)


@definition("scipy.interpolate.interpn")
def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    if method not in ("linear", "nearest"):
        raise TypeError("another method")
    return Grid(points, values, method, bounds_error, fill_value)(together(xi) if isinstance(xi, tuple) else xi)
