"""What is computed again rather than saved?"""

import math

import numpy as np
import pytest

import srcgrad
from tests.programs import recomputed

X = np.random.default_rng(0).normal(size=(4, 2))


def source_of(function, *args, optimize=True):
    df = srcgrad.grad(function, optimize=optimize)
    df(*args)
    return df.source


def test_what_is_larger_than_what_it_is_made_of():
    source = source_of(recomputed.pairs_of_points, X, X[:, 0] ** 2, 3)
    assert source.count("d = x[None, :, :] - x[:, None, :]") == 3  # one of them is a heading
    assert source.count("saved = []") == 1 and "x_saved.append(x)" in source
    assert "d_saved" in source_of(recomputed.pairs_of_points, X, X[:, 0] ** 2, 3, optimize={"recompute": False})


def test_cheap_numbers():
    source = source_of(recomputed.scalars_again, 0.4, 0.7, 5)
    assert source.count("s = math.sin(x)") == 3 and source.count("saved = []") == 1


def test_not_where_something_has_changed():
    assert "d_saved" in source_of(recomputed.pairs_of_what_is_bound_between, X[0], 3)
    assert "d_saved" in source_of(recomputed.pairs_of_what_is_stored_into, X[:3, 0], 3)


def added_to_rows(x, rows):
    total = 0.0
    for _ in range(2):
        y = x * 1.5
        y[rows] += x[rows[::-1]] ** 2
        total = total + np.sum(np.tanh(y[rows]) * y)
    return total


def stored_through_a_view(x, rows):
    total = 0.0
    for _ in range(2):
        y = x * 1.5
        part = y[1:]
        part[0] = x[rows[0]] ** 2
        total = total + np.sum(np.tanh(y) * y)
    return total


def double_first(y):
    y[0] = y[1] * 2


def stored_by_a_helper(x, rows):
    total = 0.0
    for _ in range(2):
        y = x * 1.5
        double_first(y)
        total = total + np.sum(np.tanh(y) * y[rows[0]])
    return total


@pytest.mark.parametrize("function", [added_to_rows, stored_through_a_view, stored_by_a_helper])
def test_what_is_made_and_then_stored_into_is_not_made_again_without_that(function):
    rows = np.array([0, 2, 3, 1])
    srcgrad.check_grads(function, (X, rows), order=1)


def products(W, x):
    for _ in range(3):
        y = W @ x
        x = np.sin(y) * y
    return np.sum(x)


def test_costly_values_are_saved():
    assert "y_saved.append(y)" in source_of(products, X @ X.T, X[:, 0])


def test_a_pullback_computes_again_each_time():
    _, pullback = srcgrad.vjp(recomputed.one_turn, X[:, 0], 3)
    first, second = pullback(np.ones(4))[0], pullback(np.ones(4))[0]
    np.testing.assert_array_equal(first, second)


def nearest_distance(x, y, v):
    nearest, slope = x, y
    for _ in range(4):
        r2 = x * x + y * y
        d2 = x * y + v * y
        r = math.sqrt(r2)
        d = d2 * 0.5 / r
        v = v + (d2 * r + r2 * d) * 0.1 * x / (r2 * r) ** 2
        x, y = x + 0.1 * v, y + 0.2 * x
        if r < nearest:
            nearest, slope = r, d
    return nearest * v + slope


def test_values_made_of_one_another_are_made_again_in_their_order():
    # both are last read in the branch, before which they are computed again: r, then d, which reads it
    srcgrad.check_grads(nearest_distance, (1.0, 0.2, 0.3), order=1)
    text = source_of(nearest_distance, 1.0, 0.2, 0.3).split("# Backward pass")[1]
    assert text.index("r = math.sqrt(r2)") < text.index("d = d2 * 0.5 / r")
