"""On an array without elements nothing depends: its gradient has no elements, whatever the formula divides by."""

import warnings

import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.stats

import srcgrad

NOTHING = np.zeros(0)
ROWS = np.zeros((0, 3))
EXAMPLES = {
    "mean": (lambda x: np.mean(x), NOTHING),
    "mean of squares, and a sum": (lambda x: np.mean(x * x) + np.sum(x), NOTHING),
    "mean of rows": (lambda x: np.sum(np.mean(x, axis=0)), ROWS),
    "average": (lambda x: np.average(x), NOTHING),
    "by the number of elements": (lambda x: np.sum(x) / len(x), NOTHING),
    "filter": (lambda x: np.sum(scipy.ndimage.maximum_filter(x, 3)), ROWS),
    "median filter": (lambda x: np.sum(scipy.ndimage.median_filter(x, 3)), NOTHING),
    "shift": (lambda x: np.sum(scipy.ndimage.shift(x, 0.5)), ROWS),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_made_of_nothing_has_a_gradient_without_elements(name):
    f, x = EXAMPLES[name]
    assert srcgrad.grad(f)(x).shape == x.shape
    value, pullback = srcgrad.vjp(f, x)
    assert pullback(1.0)[0].shape == pullback(1.0)[0].shape == x.shape
    assert np.shape(srcgrad.jvp(f, (x,), (x,))[1]) == ()
    assert srcgrad.hessian(f)(x).shape == (*x.shape, *x.shape)


@pytest.mark.filterwarnings("ignore")
def test_the_range_of_no_quartiles():
    assert srcgrad.grad(lambda x: scipy.stats.iqr(x))(NOTHING).shape == (0,)
    assert srcgrad.hessian(lambda x: scipy.stats.iqr(x))(NOTHING).shape == (0, 0)


OF_TWO = {
    "convolution": (lambda x, y: np.sum(scipy.signal.convolve2d(x, y)), ROWS, 0.0),
    "correlation": (lambda x, y: np.sum(scipy.signal.correlate2d(x, y, "same")), ROWS, 0.0),
    "matrix function": (lambda x, y: np.sum(scipy.linalg.expm(x)) + np.sum(y), np.zeros((0, 2, 2)), 1.0),
    "test of means": (lambda x, y: scipy.stats.ttest_ind(x, y[0])[0], NOTHING, np.nan),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_TWO)
def test_the_other_operand_beside_one_of_nothing(name):
    f, x, slope = OF_TWO[name]
    y = np.ones((2, 3))
    for_x, for_y = srcgrad.grad(f, (0, 1))(x, y)
    assert for_x.shape == x.shape
    np.testing.assert_array_equal(for_y[0], np.full(3, slope))
    assert np.shape(srcgrad.jvp(f, (x, y), (x, y))[1]) == ()


def test_the_gradient_of_a_mean_serves_arrays_with_and_without_elements():
    df = srcgrad.grad(lambda x, y: np.mean(x) * y)
    for _ in range(2):
        np.testing.assert_array_equal(df(np.ones(4), 2.0), np.full(4, 0.5))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert df(NOTHING, 2.0).shape == (0,)


def test_other_arguments_keep_their_gradients():
    def f(x, y):
        return np.mean(x[:0]) * 0 + np.sum(y**2) if x.size else np.sum(y**2) + np.sum(x) / len(y)

    def g(x, y):
        return np.where(x.size > 0, np.sum(x) / (x.size + (x.size == 0)), 0.0) + np.sum(y**2)

    y = np.array([1.0, 2.0])
    for h in (f, g):
        for_x, for_y = srcgrad.grad(h, (0, 1))(NOTHING, y)
        assert for_x.shape == (0,)
        np.testing.assert_array_equal(for_y, 2 * y)


def test_the_functions_own_error_is_raised():
    def f(x):
        if x.size == 0:
            raise ValueError("nothing given")
        return np.sum(x)

    with pytest.raises(ValueError, match="nothing given"):
        srcgrad.grad(f)(NOTHING)
