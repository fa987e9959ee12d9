"""Is the derivative right where values are read from the places they were stored in, and where what is stored into has no name?"""

import numpy as np
import pytest

import srcgrad

X = np.linspace(0.3, 1.2, 5)


def from_the_end(x):
    n = len(x)
    y = np.zeros(n + 1)
    for i in range(1, n):
        y[n - 1 - i] = np.tanh(x[i] * y[n - i] + x[0])
    return np.sum(y)


def columns_from_the_end(x):
    columns = np.ones((5, 5))
    for i in range(1, 4):
        columns[:, -i - 1] = np.tanh(x * 0.3)
    return np.sum(columns)


def below_the_diagonal(x):
    n = len(x)
    rows = np.outer(x, x)
    for i in range(1, n):
        rows[i, 2 * i - i - 1] = np.exp(rows[i - 1, 0] * x[i])
        rows[n - i, 0] = np.sin(x[i])
    return np.sum(rows)


@pytest.mark.parametrize("function", [from_the_end, columns_from_the_end, below_the_diagonal])
def test_places_with_arithmetic_in_the_index(function):
    srcgrad.check_grads(function, (X,), order=2)


def test_what_is_stored_from_the_end_is_not_saved():
    derivative = srcgrad.grad(from_the_end)
    derivative(X)
    assert "saved" not in derivative.source


def into_a_transpose(x):
    rows = np.zeros((5, 5))
    rows.T[0] = x
    rows[::-1].T[1][2:] += x[0] ** 2
    rows.reshape(25)[3] = x[2]
    np.asarray(rows)[4, 4] = x[1]
    for i in range(2):
        rows.T[i + 2] = x * x[i]
    return np.sum(rows**2 * np.arange(25.0).reshape(5, 5))


def into_a_member(x):
    held = {"rows": np.zeros((5, 5))}
    held["rows"].T[1] = x * x
    return np.sum(held["rows"] ** 3)


@pytest.mark.parametrize("function", [into_a_transpose, into_a_member])
def test_stores_into_views_without_a_name(function):
    srcgrad.check_grads(function, (X,), order=2)
