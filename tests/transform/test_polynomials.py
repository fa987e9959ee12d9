"""Is the slope of a polynomial written as one, and only of what is a polynomial in one array?"""

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient

X = np.random.default_rng(0).normal(size=5)


def nested(x):
    return np.sum(0.3 + x * (0.1 + x * (-0.2 + x * 0.1)))


def powers(x):
    return np.sum(0.3 + 0.5 * x - x**2 / 4 + 2 * x**3)


def without_some_powers(x):
    return np.sum(x * (1 + x**2 * (3 - 0.5 * x**3)))


def negative(x):
    return np.sum(-(x**2) - 3 * x)


CASES = {
    nested: "x_bar = result_bar * (0.1 + x * (-0.4 + 0.3 * x))",
    powers: "x_bar = result_bar * (0.5 - 0.5 * x + 6 * x ** 2)",
    without_some_powers: "x_bar = result_bar * (1 + x ** 2 * (9 - 3.0 * x ** 3))",
    negative: "x_bar = result_bar * (-3 - 2 * x)",
}


@pytest.mark.parametrize("function", CASES, ids=lambda f: f.__name__)
def test_slopes(function):
    check_gradient(function, (X,), (0,))
    df = srcgrad.grad(function)
    df(X)
    assert f"    {CASES[function]}\n" in df.source


def two_arrays(x, y):
    return np.sum(x * (1 + y * (2 + x)))


def two_sums(x):
    return np.sum((1 - x) * (2 + x))


def rebound(x):
    for _ in range(3):
        x = 0.5 + x - 0.2 * x**2
    return np.sum(x)


def in_single_precision(x):
    return np.sum(0.1 * x + 0.7 * x**2)


def of_complex_numbers(x):
    z = x * (1 + 0.5j)
    return np.sum(np.abs(0.3 * z + z**2))


@pytest.mark.parametrize("function", [two_sums, rebound, of_complex_numbers], ids=lambda f: f.__name__)
def test_others(function):
    check_gradient(function, (X,), (0,))


def test_several_arguments():
    check_gradient(two_arrays, (X, X**2), (0, 1))


def test_single_precision_stays():
    assert srcgrad.grad(in_single_precision)(X.astype(np.float32)).dtype == np.float32


def test_second_order():
    second = srcgrad.hessian(nested)(X)
    np.testing.assert_allclose(np.diag(second), -0.4 + 0.6 * X)
