"""Integrals of functions: ends and parameters that vary, infinite ranges, integrals inside integrals, running integrals."""

import numpy as np
from scipy import integrate
from scipy.integrate import dblquad, fixed_quad, quad, quad_vec

from tests.programs import normal, positive, program, refused


def bell(x, width):
    return np.exp(-((x / width) ** 2))


@program(0.7, 0.3, 1.6)
def between_ends(k, a, b):
    area, error = quad(lambda x: np.sin(k * x) / x, a, b)
    return area**2


@program(0.7, 0.4)
def over_all(width, shift):
    return quad(lambda x, w: bell(x - shift, w) * np.cos(x), -np.inf, np.inf, args=(width,))[0]


@program(0.7, 0.4)
def to_infinity(rate, start):
    return quad(lambda x: np.exp(-rate * x) * x, start, np.inf)[0] + quad(bell, -np.inf, start, args=rate)[0]


@program(0.4)
def singular_at_an_end(p):
    return quad(lambda x: x ** (p - 1.0) * np.cos(x), 0.0, 1.0)[0]


@program(0.4, 1.2)
def with_a_kink(p, b):
    return quad(lambda x: np.abs(x - 0.5) * p, 0.0, b, points=[0.5])[0]


@program(0.8, 1.1)
def root_of_an_integral(p, q):
    """The median of a density, inside whose equation stands an integral."""
    from scipy.optimize import brentq

    def excess(m):
        return quad(lambda x: np.exp(-p * x), 0.0, m)[0] - 0.5 * q

    return brentq(excess, 0.0, 5.0)


@program(positive(3))
def of_a_vector(k):
    total, error = quad_vec(lambda x: np.exp(-k * x) * k[0], 0.0, 1.0)
    return np.sum(total**2)


@program(0.7, 1.2)
def over_a_triangle(k, side):
    return dblquad(lambda y, x: np.exp(-k * x * y), 0.0, side, 0.0, lambda x: side - x)[0]


@program(0.7, 1.2)
def by_a_fixed_rule(k, b):
    return fixed_quad(lambda x: np.exp(-k * x**2), 0.0, b, n=7)[0]


@program(normal(9), 0.3)
def of_samples(y, dx):
    running = integrate.cumulative_simpson(y**2, dx=dx, initial=0.5)
    return integrate.romb(y**3, dx=dx) + np.sum(running**2)


@refused("E202", 0.7)
def with_a_weight(k):
    return quad(lambda x: np.exp(-k * x), 0.0, 1.0, weight="cos", wvar=2.0)[0]


@refused("E203", 0.7)
def boundary_values(k):
    found = integrate.solve_bvp(lambda x, y: k * y, lambda a, b: a + b - k, np.linspace(0, 1, 4), np.ones((1, 4)))
    return found.y[0, 0]
