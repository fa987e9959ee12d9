"""Programs around scipy.optimize: implicit layers, hyperparameters, equilibria, with what is solved made in the program."""

import functools

import numpy as np
import scipy.optimize
from scipy.optimize import brentq, fixed_point, fsolve, minimize, minimize_scalar, root, root_scalar, toms748

from tests.programs import program, refused


class Beam:
    def __init__(self, load, stiffness):
        self.load, self.stiffness = load, stiffness

    def excess(self, x):
        return self.stiffness * x + x**3 - self.load


@program(0.8, 1.3)
def root_of_a_lambda(p, q):
    return brentq(lambda x: x**3 + p * x - q, 0.0, 5.0) ** 2


@program(0.8, 1.3)
def root_of_a_function_defined_inside(p, q):
    def excess(x):
        return x**3 + p * x - scaled(q)

    def scaled(v):
        return 2.0 * v

    return toms748(excess, 0.0, 5.0, k=2) * q


@program(0.8, 1.3)
def root_of_a_partial(p, q):
    def excess(p, x, q):
        return x**3 + p * x - q

    return scipy.optimize.ridder(functools.partial(excess, p), 0.0, 5.0, args=q)


@program(0.8, 1.3)
def root_of_a_method(load, stiffness):
    beam = Beam(load, stiffness)
    return scipy.optimize.newton(beam.excess, 0.5, tol=1e-13)


@program(0.8, 1.3)
def result_of_root_scalar(p, q):
    found = root_scalar(lambda x, q: x**3 + p * x - q, args=(q,), bracket=(0.0, 5.0), method="brenth")
    return np.sin(found.root) if found.converged else 0.0


@program(lambda rng: (rng.uniform(0.5, 1.0, size=3), 0.4))
def roots_of_each_element(p, q):
    return np.sum(scipy.optimize.newton(lambda x: x**3 + p * x - q, np.ones(3), tol=1e-13) ** 2)


@program(lambda rng: (0.3 * rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)))
def equilibrium_layer(W, x, b):
    def settled(z):
        return np.tanh(W @ z + x + b)

    return np.sum(fixed_point(settled, np.zeros(3), xtol=1e-13, method="iteration") ** 2)


@program(lambda rng: (rng.uniform(0.5, 1.5, size=2),))
def reaction(k):
    found = root(lambda c: [c[0] ** 2 + k[0] * c[1] - 1.0, c[0] - k[1] * c[1] ** 2], [0.6, 0.6], tol=1e-13)
    return found.x @ k


@program(0.7, 1.2)
def circuit(resistance, voltage):
    def currents(v):
        return np.array([(voltage - v[0]) / resistance - np.expm1(v[0]), v[0] - v[1] - v[1] ** 3])

    v = fsolve(currents, np.array([0.3, 0.2]), xtol=1e-13)
    return v[0] * v[1]


@program(lambda rng: (rng.normal(size=(6, 2)), rng.normal(size=6), 0.3))
def hyperparameter(X, y, penalty):
    def loss(w):
        return np.sum((X @ w - y) ** 2) + penalty * np.sum(w**2)

    def slope(w):
        return 2 * X.T @ (X @ w - y) + 2 * penalty * w

    found = minimize(loss, np.zeros(2), jac=slope, tol=1e-12)
    return np.sum((X @ found.x - y) ** 2)


@program(1.4)
def least_value(p):
    def loss(w, p):
        return (w[0] - p) ** 4 + p * w[0] ** 2

    found = minimize(loss, np.array([0.5]), args=(p,), method="Nelder-Mead", tol=1e-10)
    return found.fun


@program(1.4, 0.5)
def minimum_at_a_bound(p, q):
    def loss(w):
        return np.sum((w - p) ** 2) + q * w[0] * w[1]

    found = minimize(loss, np.ones(2), bounds=[(0.0, 0.8), (None, 5.0)], tol=1e-12)
    return found.fun


@program(1.4)
def minimum_of_one_number(p):
    return minimize_scalar(lambda w: np.exp(w) - p * w, tol=1e-10).fun


@program(0.4)
def assignment(p):
    cost = np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]]) + p
    rows, columns = scipy.optimize.linear_sum_assignment(cost)
    return np.sum(cost[rows, columns] ** 2)


@program(0.4)
def solved_without_what_varies(p):
    scale = 2.0
    x = brentq(lambda t: t * scale - 3.0, 0.0, 5.0)
    return p * x


@refused("E", 0.4)
def bounds_that_vary(p):
    return minimize(lambda w: np.sum((w - 1.0) ** 2), np.ones(1), bounds=[(0.0, p)]).fun


@refused("E", 0.4)
def constraints(p):
    limits = {"type": "eq", "fun": lambda w: w[0] - 1.0}
    return minimize(lambda w: np.sum((w - p) ** 2), np.ones(1), constraints=limits).fun


@refused("E304", 0.4)
def solver_calls_what_stores(p):
    seen = []

    def excess(x):
        seen.append(x)
        return x - p

    return brentq(excess, 0.0, 1.0)


@program(0.7, 1.4)
def least_cost(p, q):
    found = scipy.optimize.least_squares(lambda w, q: np.array([w[0] - p, w[0] * q - 1.0]), np.ones(1), args=(q,))
    return found.cost + 0.5 * np.sum(found.fun**2)
