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


@pytest.mark.parametrize("draws, parameters, below", [
    (lambda a, b: np.random.default_rng(1).beta(a, b, 3), (2.0, 3.0), scipy.special.betainc),
    (lambda n: np.random.default_rng(1).standard_t(n, 3), (4.0,), scipy.special.stdtr),
    (lambda m, n: np.random.default_rng(1).f(m, n, 3), (4.0, 6.0), scipy.special.fdtr),
])  # fmt: skip
def test_the_share_below_a_draw_is_held(draws, parameters, below):
    draw, step = draws(*parameters), 1e-6
    density = (below(*parameters, draw + step) - below(*parameters, draw - step)) / (2 * step)
    _, pullback = srcgrad.vjp(draws, *parameters)
    for i, found in enumerate(pullback(2 * draw)):
        up, down = ([p + h * (i == j) for j, p in enumerate(parameters)] for h in (step, -step))
        slope = -(below(*up, draw) - below(*down, draw)) / (2 * step) / density
        np.testing.assert_allclose(found, np.sum(2 * draw * slope), rtol=1e-5)
    assert np.isfinite(srcgrad.hessian(lambda *p: np.sum(draws(*p) ** 2))(*parameters))
