"""Derivatives through SciPy's solvers that are known in closed form, in both modes and at higher orders."""

import numpy as np
import pytest
import scipy.optimize as so
from scipy.integrate import odeint, quad, quad_vec, solve_ivp

from srcgrad import check_grads, grad, hessian, jvp

ROOTS = {
    "brentq": lambda p: so.brentq(lambda x: x * x - p, 0.0, 9.0),
    "args": lambda p: so.bisect(square_is, 0.0, 9.0, args=(p,)),
    "newton": lambda p: so.newton(lambda x: x * x - p, 1.0, fprime=lambda x: 2 * x, tol=1e-14),
    "root_scalar": lambda p: so.root_scalar(square_is, args=p, x0=1.0, x1=2.0).root,
    "fixed_point": lambda p: so.fixed_point(lambda x: (x + p / x) / 2, 1.0, xtol=1e-13),
    "fsolve": lambda p: so.fsolve(lambda x: x * x - p, [1.0], xtol=1e-13)[0],
    "root": lambda p: so.root(lambda x: [x[0] ** 2 - p], np.ones(1), tol=1e-13).x[0],
    "minimize": lambda p: so.minimize(lambda x: x[0] ** 3 / 3 - p * x[0], np.ones(1)).x[0],
    "minimize_scalar": lambda p: so.minimize_scalar(lambda x: x**3 / 3 - p * x, bounds=(0.0, 9.0)).x,
}


def square_is(x, p):
    return x * x - p


@pytest.mark.parametrize("name", ROOTS)
def test_root_of_a_square(name):
    """The root of x**2 = p, whose derivatives are those of p**0.5, however it is found."""
    f = ROOTS[name]
    p, exact = 1.3, 1e-5 if name.startswith("minimize") else 1e-9
    first, second = 0.5 * p**-0.5, -0.25 * p**-1.5
    assert np.isclose(grad(f)(p), first, rtol=exact)
    assert np.isclose(jvp(f, (p,), (2.0,))[1], 2.0 * first, rtol=exact)
    assert np.isclose(grad(grad(f))(p), second, rtol=exact)
    assert np.isclose(jvp(grad(f), (p,), (1.0,))[1], second, rtol=exact)


@pytest.mark.parametrize("name", ["args", "brentq"])
def test_fourth_derivative(name):
    def along(f):
        return lambda p: jvp(f, (p,), (1.0,))[1]

    f = along(along(along(along(ROOTS[name]))))
    assert np.isclose(f(1.3), -15 / 16 * 1.3**-3.5, rtol=1e-9)


def test_minimum_with_respect_to_a_vector():
    def best(p):
        return so.minimize(lambda w: np.sum(np.cosh(w - p)) + w[0] * w[1], np.zeros(2), tol=1e-9).x

    p = np.array([0.3, 0.8])
    w = best(p)
    curvature = np.diag(np.cosh(w - p))
    expected = np.linalg.solve(curvature + [[0.0, 1.0], [1.0, 0.0]], curvature)
    rows = np.array([grad(lambda p, i=i: best(p)[i])(p) for i in range(2)])
    np.testing.assert_allclose(rows, expected, rtol=1e-6)


def test_curvature_of_a_least_value():
    """The least value of |w - p|**2 + q |w|**2 is q/(1 + q) |p|**2."""

    def least(p):
        return so.minimize(lambda w: np.sum((w - p) ** 2) + 0.5 * np.sum(w**2), np.zeros(2), tol=1e-10).fun

    np.testing.assert_allclose(hessian(least)(np.array([0.3, 0.8])), 2 / 3 * np.eye(2), atol=1e-7)


def growth(y, t, rate):
    return rate * y


SOLUTIONS = {
    "odeint": lambda k, y0: odeint(growth, y0, np.array([0.0, 0.7]), args=(k,))[-1, 0],
    "closure": lambda k, y0: odeint(lambda y, t: k * y, [y0], [0.0, 0.7], rtol=1e-10, atol=1e-10)[-1, 0],
    "times": lambda k, y0: odeint(lambda y, t: y, np.array([y0]), np.array([0.0, 0.7 * k]))[-1, 0],
    "solve_ivp": lambda k, y0: solve_ivp(lambda t, y: k * y, (0.0, 0.7), [y0]).y[0, -1],
    "start": lambda k, y0: solve_ivp(lambda t, y, k: k * y, (0.0, 0.7), [y0], args=(k,), t_eval=[0.7]).y[0, 0],
}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_exponential_growth(name):
    """y' = k y gives y0 exp(0.7 k), to the tolerance that the replayed steps have, whatever that of the values is."""
    f = SOLUTIONS[name]
    k, y0 = 1.3, 0.8
    e = np.exp(0.7 * k)
    assert np.isclose(f(k, y0), y0 * e, rtol=1e-2)
    np.testing.assert_allclose(grad(f, (0, 1))(k, y0), (0.7 * y0 * e, e), rtol=1e-8)
    assert np.isclose(jvp(f, (k, y0), (1.0, 2.0))[1], 0.7 * y0 * e + 2 * e, rtol=1e-8)
    assert np.isclose(grad(grad(f))(k, y0), 0.49 * y0 * e, rtol=1e-8)
    assert np.isclose(jvp(grad(f), (k, y0), (0.0, 1.0))[1], 0.7 * e, rtol=1e-8)


def test_second_order_against_differences():
    def flow(y, t, a, b):
        return -np.sqrt(t) - y + a - np.mean((y + b) ** 2)

    def f(y0, t, a, b):
        return np.sum(np.sin(odeint(flow, y0, t, (a, b), rtol=1e-11, atol=1e-11)))

    rng = np.random.default_rng(0)
    y0, a, b, t = rng.normal(size=3), rng.normal(size=3), rng.normal(size=3), np.linspace(0.1, 0.2, 4)
    check_grads(f, (y0, t, a, b), order=1)
    check_grads(lambda b: f(y0, t, a, b), (b,), order=2, modes=("rev",))


AREAS = {
    "closure": lambda a: quad(lambda x: np.exp(-a * x), 0.0, np.inf)[0],
    "args": lambda a: quad(lambda x, a: a**-2, 0.0, a, args=(a,))[0],
    "end": lambda a: quad(lambda x: -1 / x**2, 1e6, a)[0],
    "vector": lambda a: quad_vec(lambda x: np.array([0.0, np.exp(-a * x)]), 0.0, np.inf)[0][1],
}


@pytest.mark.parametrize("name", AREAS)
def test_area_of_one_over_a(name):
    f, a = AREAS[name], 1.3
    assert np.isclose(grad(f)(a), -(a**-2), rtol=1e-8)
    assert np.isclose(jvp(f, (a,), (2.0,))[1], -2 * a**-2, rtol=1e-8)
    assert np.isclose(grad(grad(f))(a), 2 * a**-3, rtol=1e-8)
    assert np.isclose(jvp(grad(f), (a,), (1.0,))[1], 2 * a**-3, rtol=1e-8)


def test_fits_of_a_line():
    """Least squares are linear in the samples, and the covariance is quadratic."""
    t = np.linspace(0.2, 2.0, 6)
    samples = np.exp(-1.3 * t)
    columns = np.stack([np.cos(t), t], axis=1)

    def fitted(y):
        return so.curve_fit(lambda t, a, b: a * np.cos(t) + b * t, t, y)

    slope = grad(lambda y: fitted(y)[0][1])(samples)
    np.testing.assert_allclose(slope, np.linalg.pinv(columns)[1], rtol=1e-6)
    rest = samples - columns @ np.linalg.lstsq(columns, samples, rcond=None)[0]
    variance = np.linalg.inv(columns.T @ columns)[0, 0]
    slope = grad(lambda y: fitted(y)[1][0, 0])(samples)
    np.testing.assert_allclose(slope, variance * 2 * rest / 4, rtol=1e-6, atol=1e-9)
    slope = grad(lambda y: so.leastsq(lambda w: columns @ w - y, np.zeros(2))[0][1])(samples)
    np.testing.assert_allclose(slope, np.linalg.pinv(columns)[1], rtol=1e-6)


def growth_with_parameters_in_a_dict(p):
    return solve_ivp(lambda t, y: p["k"] * y, (0.0, 0.7), np.ones(1), t_eval=[0.7], rtol=1e-8, atol=1e-8).y[0, 0]


def test_what_an_equation_captures_is_not_saved():
    """The solver changes nothing: the dict, and arrays in it, need no copies to be put back."""
    p = {"k": np.array([0.4])}
    gradient = grad(growth_with_parameters_in_a_dict)
    exact = np.exp(0.7 * 0.4)
    np.testing.assert_allclose(gradient(p)["k"], [0.7 * exact], rtol=1e-6)
    np.testing.assert_allclose(jvp(gradient, (p,), ({"k": np.ones(1)},))[1]["k"], [0.49 * exact], rtol=1e-6)
    assert "contents" not in gradient.source
