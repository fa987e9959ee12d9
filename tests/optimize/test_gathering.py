"""Are lists and tuples of NumPy's functions, as the rule book tells them, known member by member?"""

import numpy as np
import pytest

import srcgrad

X = np.array([0.3, 0.7, 1.2])


def rows(x):
    return np.sum(np.r_[x, x**2] ** 2)


def columns(x):
    return np.sum(np.c_[x, np.sin(x)] ** 2)


def rows_with_numbers(x):
    return np.sum(np.r_[1.0, x, x[0] * 2, 0] ** 2)


def columns_of_unlike_ranks(x):
    return np.sum(np.c_[np.outer(x, x), x] ** 3)


def grids(x):
    a, b, c = np.meshgrid(x, x**2, 2 * x)
    return np.sum(a * b + c**2)


def single_rows(x):
    return np.sum(np.r_[x, np.float32(1.0)] ** 2)


@pytest.mark.parametrize(
    "function", [rows, columns, rows_with_numbers, columns_of_unlike_ranks, grids, single_rows], ids=lambda f: f.__name__
)
def test_gradients(function):
    assert srcgrad.value_and_grad(function)(X)[0] == pytest.approx(function(X), rel=1e-12)
    srcgrad.check_grads(function, (X,))
    assert srcgrad.grad(function)(X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("function", "line"),
    [(rows, "np.concatenate((x, x ** 2))"), (columns, "np.stack((x, np.sin(x)), -1)")],
    ids=["rows", "columns"],
)
def test_written_out_in_the_users_function(function, line):
    df = srcgrad.grad(function)
    df(X)
    assert line in df.source
    assert "_forward" not in df.source
    assert "zeros_like" not in df.source


def test_a_grid_is_one_function():
    df = srcgrad.grad(grids)
    df(X)
    assert df.source.count("_forward(") == 2  # it is made, and called once
    assert "turned_forward" not in df.source
