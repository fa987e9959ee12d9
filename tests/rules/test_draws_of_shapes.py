"""The derivative of a gamma draw in its shape is that of the quantile, where the share of the law below it is held."""

import numpy as np
import pytest
import scipy.special

import srcgrad

SHAPES = np.array([0.5, 1.3, 4.0])


def quantile(draw, before, after):
    return scipy.special.gammaincinv(after, scipy.special.gammainc(before, draw))


@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("shape, size", [(SHAPES, None), (0.7, None), (0.7, 5)])
def test_a_gamma_draw_moves_as_its_quantile(source, shape, size):
    def f(shape):
        return source(1).standard_gamma(shape, size)

    draw, step = f(shape), 1e-6
    slope = (quantile(draw, shape, shape + step) - quantile(draw, shape, shape - step)) / (2 * step)
    value, tangent = srcgrad.jvp(f, (shape,), (np.ones_like(shape),))
    np.testing.assert_array_equal(value, draw)
    np.testing.assert_allclose(tangent, slope, rtol=1e-6)
    value, pullback = srcgrad.vjp(f, shape)
    np.testing.assert_array_equal(value, draw)
    np.testing.assert_allclose(np.sum(pullback(np.ones_like(draw))[0]), np.sum(slope), rtol=1e-6)


def test_gamma_and_chi_square_draws_are_made_of_such():
    f = srcgrad.grad(lambda a, s: np.sum(np.random.default_rng(1).gamma(a, s)), (0, 1))
    g = srcgrad.grad(lambda a: np.sum(np.random.default_rng(1).standard_gamma(a)))
    h = srcgrad.grad(lambda n: np.sum(np.random.default_rng(1).chisquare(n)))
    np.testing.assert_allclose(f(SHAPES, 2.0)[0], 2 * g(SHAPES))
    np.testing.assert_allclose(h(2 * SHAPES), g(SHAPES))
