"""Is what the backward pass asks for computed once, and not where it cancels?"""

import numpy as np

import srcgrad
from tests.check import check_gradient

A = np.random.default_rng(0).normal


def source_of(function, *args):
    check_gradient(function, args, tuple(range(len(args))))
    df = srcgrad.grad(function, tuple(range(len(args))))
    df(*args)
    return df.source


def structure_factor(x, q):
    real = q @ np.cos(x)
    imaginary = q @ np.sin(x)
    return real**2 + imaginary**2


def test_terms_of_later_steps_are_known_to_earlier_ones():
    source = source_of(structure_factor, A(size=3), A(size=3))
    assert source.count("np.sin(x)") == source.count("# imaginary = q @ np.sin(x)") + 1


def scaled(x, s):
    return np.sum(x / np.exp(s))


def test_factors_cancel():
    assert "* result_term" not in source_of(scaled, A(size=3), 0.5)


def round_trip(x):
    return np.sum(np.log(np.exp(x)))


def test_what_cancels_leaves_the_shape():
    assert "x_bar = np.full(x.shape, result_bar)" in source_of(round_trip, A(size=3))


def quotient_by_its_old_value(x, y):
    x = y / x
    return np.sum(x**2)


def reciprocal_twice(x):
    x = 1 / (x * (1 + x))
    return x * x


def test_old_and_new_values_do_not_cancel():
    source_of(quotient_by_its_old_value, A(size=3) + 4, A(size=3))
    source_of(reciprocal_twice, 1.5)


def inverse_sixths(x, s):
    return np.sum((s * s / x) ** 3)


def test_equal_contributions_are_added_up():
    assert "* s + np.sum" not in source_of(inverse_sixths, A(size=3) + 4, 0.5)
