"""Is what all passes of a loop compute alike computed once, and only where nothing can tell the difference?"""

import warnings

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient

X = np.random.default_rng(0).normal(size=4)
M = np.random.default_rng(1).normal(size=(4, 4))


def source_of(function, args, wrt, **options):
    check_gradient(function, args, wrt)
    df = srcgrad.grad(function, wrt, **options)
    df(*args)
    return df.source


def turned(theta, x):
    y = x[0]
    for i in range(len(x)):
        y = y * np.sin(theta) + x[i]
    return y


def test_a_term_is_named_before_the_loop_and_saved_in_no_list():
    source = source_of(turned, (0.3, X), (0, 1))
    assert "    y_term = np.sin(theta)\n" in source.partition("for i")[0]
    assert "    theta_term = np.cos(theta)\n    for i in reversed(range(len(x))):\n" in source
    assert "y_term_saved" not in source
    assert "y_term_saved" in source_of(turned, (0.3, X), (0, 1), optimize={"hoist": False})


def test_a_pullback_has_it_too_and_is_called_twice():
    value, pullback = srcgrad.vjp(turned, 0.3, X)
    first, second = pullback(1.0), pullback(1.0)
    assert value == turned(0.3, X)
    for a, b, c in zip(first, second, srcgrad.grad(turned, (0, 1))(0.3, X)):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)


def grown_in_turn(a, x):
    total = 0.0
    for i in range(3):
        total = total + np.exp(a) * np.sum(np.exp(x) * i)
        x[i] = x[i] * np.sin(a)
    return total


def seen_through_a_view(a, x):
    y = x * 1.0
    part = y[1:]
    total = 0.0
    for i in range(3):
        total = total + np.sum(np.exp(y)) * a
        part[i] = total * a
    return total


def bound_in_the_loop(a, x):
    total = 0.0
    for i in range(3):
        b = a * x[i]
        for j in range(2):
            total = total + np.exp(b) * x[j] + np.exp(a) * np.exp(b)
    return total


def on_one_way(a, x):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total = total + np.sqrt(a) * x[i]
        total = total * np.cos(a)
    return total


def stored_as_a_whole(a, x):
    rows = np.zeros((3, 4))
    for i in range(3):
        rows[i] = np.exp(x * a)
        rows[i] *= x
        y = np.exp(x * a)
        y[0] = i * a
        rows[i] += y
    return np.sum(rows**2)


def held_in_a_list(a, x):
    kept = []
    for i in range(3):
        y = np.exp(x) * a
        y += i
        kept.append(y)
    kept[0][1] = a
    return np.sum(kept[0] * kept[1] * kept[2])


def until_it_is_large(a, x):
    y = a
    while y < 5:
        y = y + np.exp(a) * np.sum(np.cosh(x))
    return y


def called_in_turn(a, x):
    def step(y):
        for _ in range(2):
            y = np.tanh(a) * y + np.sum(np.sin(x) * a)
        return y

    y = a
    for _ in range(3):
        y = step(y)
    return y


@pytest.mark.parametrize(
    "function",
    [
        turned, grown_in_turn, seen_through_a_view, bound_in_the_loop, on_one_way, stored_as_a_whole, held_in_a_list,
        until_it_is_large, called_in_turn,
    ],
)  # fmt: skip
def test_right_in_all_settings(function):
    expected = srcgrad.grad(function, (0, 1), optimize={"hoist": False})(0.3, X.copy())
    for optimize in (True, "speed", {"terms": False}, {"delay": False}):
        check_gradient(function, (0.3, X), (0, 1))
        found = srcgrad.grad(function, (0, 1), optimize=optimize)(0.3, X.copy())
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    srcgrad.check_grads(function, (0.3, X))


def shares_of_nothing(a, x):
    y = a
    for i in range(len(x)):
        y = y + x[i] / np.max(x) * np.sin(a / len(x)) * np.linalg.inv(np.outer(x, x))[0, 0]
    return y


def test_what_raises_is_not_asked_for_where_a_loop_has_no_passes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a_bar, x_bar = srcgrad.grad(shares_of_nothing, (0, 1))(2.0, np.zeros(0))
    assert a_bar == 1.0
    assert x_bar.shape == (0,)


def last_of_some(a, x):
    total = a
    for v in x:
        last = np.exp(v * a)
    for _ in range(len(x)):
        total = total + np.sin(last) * a
    return total


def test_what_may_be_unbound_is_not_read_before_the_loop():
    check_gradient(last_of_some, (0.3, X), (0, 1))
    assert srcgrad.grad(last_of_some)(0.3, np.zeros(0)) == 1.0


def drawn(a, x, rng):
    total = 0.0
    for _ in range(3):
        total = total + np.exp(a) * rng.normal(0.0, 1.0) * np.sum(x)
    return total


def test_draws_stay_in_the_loop():
    found = srcgrad.grad(drawn)(0.3, X, np.random.default_rng(3))
    assert found == pytest.approx(drawn(0.3, X, np.random.default_rng(3)))


def products(a, x, m):
    v = x
    for _ in range(3):
        v = np.exp(m * a) @ v
    return np.sum(v)


def test_matrices_too():
    source = source_of(products, (0.3, X, M), (0, 1, 2))
    assert source.count("= np.exp(m * a)\n") == 1
    assert "    v_term = np.exp(m * a)\n    v_saved = []\n" in source
