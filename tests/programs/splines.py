"""Programs that interpolate: by splines that are given, at positions that vary, and by those made of what varies."""

import numpy as np
import scipy.interpolate
from scipy.interpolate import CubicSpline, PchipInterpolator, interp1d, make_interp_spline

from tests.programs import normal, program, refused

KNOTS = np.array([0.0, 0.2, 0.5, 0.6, 0.9, 1.2, 1.5])
VALUES = np.sin(3 * KNOTS) + 0.2 * KNOTS
AT = np.array([0.13, 0.57, 0.98])
spline = CubicSpline(KNOTS, VALUES)
closed = CubicSpline(KNOTS, np.append(VALUES[:-1], VALUES[0]), bc_type="periodic")
curve = CubicSpline(KNOTS, np.stack([VALUES, VALUES**2], axis=1), bc_type="natural")
basis = make_interp_spline(KNOTS, VALUES, k=3)
smooth = scipy.interpolate.UnivariateSpline(KNOTS, VALUES, s=0)
table = interp1d(KNOTS, VALUES)
rows = interp1d(KNOTS, np.stack([VALUES, VALUES**2]), bounds_error=False, fill_value=(-1.0, 2.0))
steps = interp1d(KNOTS, VALUES, kind="previous", fill_value=0.0, bounds_error=False)
cubic = interp1d(KNOTS, VALUES, kind="cubic")
SIDE = np.array([0.0, 0.4, 0.7, 1.0])
HEIGHTS = np.cos(np.add.outer(2 * SIDE, 3 * KNOTS))
ground = scipy.interpolate.RegularGridInterpolator((SIDE, KNOTS), HEIGHTS)
surface = scipy.interpolate.RectBivariateSpline(SIDE, KNOTS, HEIGHTS)
layers = scipy.interpolate.RegularGridInterpolator(
    (SIDE, KNOTS), np.stack([HEIGHTS, HEIGHTS**2], axis=-1), bounds_error=False, fill_value=None
)


@program(AT)
def at_positions(x):
    return np.sum(spline(x) ** 2) + np.sum(x * spline(x, 1)) + np.sum(spline.derivative()(x) * basis(x))


@program(0.4, 1.1)
def between(a, b):
    area = spline.integrate(a, b) + basis.integrate(a, b) + spline.antiderivative()(b) - smooth.integral(a, b)
    return area * spline(a) + closed(2 * b) + smooth(a) ** 2


@program(AT)
def along_a_curve(t):
    points = curve(t)
    return np.sum(np.linalg.norm(points[1:] - points[:-1], axis=1)) + np.sum(curve(t, 1) ** 2)


@program(AT)
def looked_up(x):
    return np.sum(table(x) * cubic(x)) + np.sum(rows(2 * x - 0.5) ** 2) + np.sum(steps(x) * x)


@program(lambda rng: (rng.uniform(0.1, 0.9, size=(4, 2)),))
def on_the_ground(p):
    return np.sum(ground(p) ** 2) + np.sum(layers(1.2 * p) * layers(p))


@program(VALUES, AT)
def by_coefficients(y, x):
    tck = scipy.interpolate.splrep(KNOTS, y)
    return np.sum(scipy.interpolate.splev(x, tck) ** 2) + np.sum(scipy.interpolate.splev(x, tck, der=1) * x)


@program(VALUES)
def of_values(y):
    made = CubicSpline(KNOTS, y)
    return np.sum(made(AT) ** 2) + made(0.3, 1) + np.sum(make_interp_spline(KNOTS, y)(AT) ** 3)


@program(VALUES, 0.7)
def of_values_and_a_position(y, x):
    made = CubicSpline(KNOTS, y, bc_type="natural")
    return made(x) ** 2 + made.derivative()(x) + made.integrate(0.2, x)


@program(VALUES)
def other_ends(y):
    clamped = CubicSpline(KNOTS, y, bc_type=((1, 0.3), (2, -0.2)))
    around = CubicSpline(KNOTS, np.append(y[:-1], y[0]), bc_type="periodic")
    return np.sum(clamped(AT) ** 2) + np.sum(around(AT) ** 2)


@program(VALUES)
def shapes_kept(y):
    pchip, akima = PchipInterpolator(KNOTS, y), scipy.interpolate.Akima1DInterpolator(KNOTS, y)
    return np.sum(pchip(AT) ** 2) + np.sum(akima(AT) ** 2)


@program(VALUES, AT)
def a_table_that_varies(y, x):
    line = interp1d(KNOTS, y, kind="linear", fill_value="extrapolate")
    near = interp1d(KNOTS, y, kind="nearest")
    return np.sum(line(1.6 * x) ** 2) + np.sum(near(x) ** 2 * x)


@program(KNOTS[1:-1], VALUES)
def knots_that_vary(inner, y):
    x = np.concatenate([np.zeros(1), inner, np.full(1, 1.5)])
    return np.sum(CubicSpline(x, y)(AT) ** 2)


@program(normal(7, 2))
def several_at_once(y):
    return np.sum(CubicSpline(KNOTS, y)(AT) ** 2) + np.sum(make_interp_spline(KNOTS, y)(0.4))


@program(normal(7))
def given_coefficients(c):
    made = scipy.interpolate.BSpline(basis.t, c, 3)
    return np.sum(made(AT) ** 2) + made.integrate(0.1, 0.8) + np.sum(made.derivative()(AT))


@program(HEIGHTS, np.array([[0.3, 0.31], [0.55, 1.07]]))
def a_ground_that_varies(heights, p):
    made = scipy.interpolate.RegularGridInterpolator((SIDE, KNOTS), heights, bounds_error=False, fill_value=0.5)
    return np.sum(made(p) ** 2)


@program(0.31, 0.52)
def one_point_on_the_ground(x, y):
    return ground((x, y)) ** 2 + ground([x, y])[0] + ground(np.array([[x, y], [0.2, 0.3]]))[0] + surface.ev(x, y)


@program(np.array([0.31, 0.52]))
def second_slopes(u):
    return spline.derivative(2)(u[0]) + spline.antiderivative()(u[1])


@program(AT)
def one_after_the_other(x):
    return sum(map(spline, x)) + np.sum([basis(v) for v in x])


@refused("E204", AT)
def coefficients_changed(u):
    made = CubicSpline(KNOTS, VALUES)
    made.c[3, 0] = u[0]
    return made(0.1) + made(u[1])


@refused("E", HEIGHTS)
def smoother_than_linear(heights):
    return scipy.interpolate.RegularGridInterpolator((SIDE, KNOTS), heights, method="cubic")([[0.3, 0.3]])[0]


@refused("E", VALUES)
def smoothing(y):
    return scipy.interpolate.UnivariateSpline(KNOTS, y)(0.3)
