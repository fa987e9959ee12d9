"""Functions that exchange what the caller's lists, dicts and objects hold: adjoints go back to where it was."""

import copy

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient


def rows_exchanged(g):
    g[0], g[1] = g[1], g[0]
    g[0][0] *= g[1][1]
    return g[0][0]


def exchanged_twice(g):
    y = rows_exchanged(g)
    y += rows_exchanged(g)
    return y * g[0][0] + 3 * g[1][0]


def through_another(g):
    return rows_exchanged(g) + rows_exchanged(g)


def exchanged_deeper(g):
    return through_another(g) * g[1][1] + g[0][0]


def rows_of_arrays(g):
    return rows_exchanged(g) * np.sum(g[0]) + 3 * g[1][0]


def keys_exchanged(d):
    d["a"], d["b"] = d["b"], d["a"]
    d["a"][0] = d["a"][0] * d["b"][1]
    return d["a"][0]


def of_a_dict(d):
    y = keys_exchanged(d)
    return y + 2 * d["b"][0] + d["a"][1]


class Pair:
    def __init__(self, u, v):
        self.u, self.v = u, v

    def exchange(self):
        self.u, self.v = self.v, self.u
        self.u[0] *= self.v[1]
        return self.u[0]


def of_an_object(x):
    p = Pair([x[0], x[1]], [x[2], x[0] * x[1]])
    y = p.exchange()
    return y * p.u[0] + 3 * p.v[0] + p.u[1]


def pivoted(a, n):
    for i in range(n - 1):
        if abs(a[i][i]) < abs(a[i + 1][i]):
            a[i], a[i + 1] = a[i + 1], a[i]
        m = a[i + 1][i] / a[i][i]
        for j in range(n):
            a[i + 1][j] -= m * a[i][j]


def of_a_factorisation(a):
    pivoted(a, 3)
    return a[0][1] * a[2][2] + a[1][2] * a[0][0]


ROWS = [[1.0, 2.0], [3.0, 4.0]]
CASES = [
    (exchanged_twice, ROWS),
    (exchanged_deeper, ROWS),
    (rows_of_arrays, [np.array(row) for row in ROWS]),
    (of_a_dict, {"a": [1.0, 2.0], "b": [3.0, 4.0]}),
    (of_an_object, np.array([1.0, 2.0, 3.0])),
    (of_a_factorisation, [[1.0, 2.0, 3.0], [4.0, 1.0, 0.5], [2.0, 3.0, 7.0]]),
]


@pytest.mark.parametrize("f, x", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_gradient(f, x):
    check_gradient(f, (copy.deepcopy(x),), (0,))
    check_gradient(lambda z: 1.0 * f(z), (copy.deepcopy(x),), (0,))


def test_gradient_of_a_tangent():
    direction = [[0.3, -0.2], [0.5, 0.7]]

    def slope(g):
        return srcgrad.jvp(exchanged_twice, (g,), (direction,))[1]

    check_gradient(slope, (copy.deepcopy(ROWS),), (0,))
