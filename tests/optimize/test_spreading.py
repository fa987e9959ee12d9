"""Is an adjoint broadcast only where its whole shape is needed?"""

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient

A = np.random.default_rng(1).normal
X, C = A(size=(4, 3)), A(size=3)


def source_of(function, **options):
    check_gradient(function, (X, C), (0, 1))
    df = srcgrad.grad(function, (0, 1), **options)
    df(X, C)
    return df.source


def rectified(x, c):
    o = np.maximum(x * c, 0)
    p = np.sum(o, axis=1)
    return np.sum(p**2)


def huber(x, c):
    r = x - c
    a = np.abs(r)
    return np.mean(np.where(a <= 0.5, 0.5 * r**2, 0.5 * a - 0.125))


def mean_of_rows(x, c):
    return np.mean(np.sum(np.sin(x * c) - x**2, axis=-1))


@pytest.mark.parametrize("function", [rectified, huber, mean_of_rows])
def test_what_meets_a_whole_array_is_not_filled_up(function):
    filled = ("np.full(", "np.broadcast_to(")
    assert not any(name in source_of(function) for name in filled)
    assert any(name in source_of(function, optimize={"spread": False}) for name in filled)


def also_summed(x, c):
    o = x * c
    p = np.sum(o, axis=1)
    return np.sum(p**2) + np.sum(o[0] * np.sum(o, axis=0))


def changed_before_it_is_read(x, c):
    o = np.tanh(x * c)
    p = np.sum(o, axis=1)
    q = p
    q += 1.0
    return np.sum(np.sqrt(q**2 + o[:, 0] ** 2))


def summed_again(x, c):
    o = c * np.ones((4, 3))
    return np.sum(np.sum(o, axis=1) * x[:, 0])


@pytest.mark.parametrize("function", [also_summed, changed_before_it_is_read, summed_again])
def test_the_whole_shape_is_there_where_it_is_needed(function):
    check_gradient(function, (X, C), (0, 1))
    for name in ("float32", "float64"):
        single = X.astype(name), C.astype(name)
        found, expected = (srcgrad.grad(function, (0, 1), optimize=o)(*single) for o in (True, {"spread": False}))
        for a, b in zip(found, expected):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-5)
