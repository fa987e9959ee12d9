"""Is a term that the backward pass alone reads, once, computed there?"""

import numpy as np

import srcgrad
from tests.check import check_gradient

A = np.random.default_rng(0).normal


def source_of(function, args, **options):
    check_gradient(function, args, tuple(range(len(args))))
    df = srcgrad.grad(function, tuple(range(len(args))), **options)
    df(*args)
    return df.source


def discounted(x, rate):
    return np.sum(x * x) * np.exp(-rate)


def rescaled(x, rate):
    y = x * np.sum(x)
    y[0] = rate * np.sum(y * y)
    return np.sum(y * y) * np.sum(x * x)


def test_terms_stand_where_they_are_read():
    line = "rate_bar = -result_bar * np.sum(x * x) * result_term"
    assert line in source_of(discounted, (A(size=3), 0.5))
    assert line not in source_of(discounted, (A(size=3), 0.5), optimize={"defer": False})


def test_what_is_stored_into_is_read_before():
    assert "y_term_2 = np.sum(y * y)" in source_of(rescaled, (A(size=3), 0.5))
