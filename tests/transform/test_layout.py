"""Forward mode: does a tangent lie in memory as its value does, where that decides what is a view?"""

import numpy as np
import pytest

import srcgrad

X = np.random.default_rng(3).normal(size=(4, 4))


def rebound_by_what_reads_it(x):
    out = np.zeros((4, 4))
    for i in range(4):
        out[i] = x[:, i] * x[i]
    out = np.maximum(out, 0.1 * out)
    blocks = out.reshape(2, 2, 2, 2)
    blocks[0, 1] *= 2.0
    return np.sum(out**2)


def members_of_an_array(u):
    rows = [u.T * k for k in range(3)]
    for row in rows:
        flat = row.reshape(16)
        flat[2] = flat[3] ** 2
    return np.sum(np.array(rows) ** 3)


def copied_to_another_order(x):
    x = x * 2.0
    y = np.asarray(x, order="F")
    y[0] = y[1] ** 2
    z = np.asarray(x.T, order="C")
    z[1] = 3.0
    return np.sum(x**2) + np.sum(y) + np.sum(z**3)


def contiguous_or_not(x):
    x = np.asfortranarray(x)
    for _ in range(2):
        x = np.sin(x) * x.T
        y = np.ascontiguousarray(x)
        y[0] *= y[1]
        z = np.asfortranarray(x)
        z[2] *= z[1]
        x = x + y
    return np.sum(x**2)


def test_what_copies_only_if_it_must():
    srcgrad.check_grads(contiguous_or_not, (X,), order=1)


@pytest.mark.parametrize("function", [rebound_by_what_reads_it, members_of_an_array, copied_to_another_order])
def test_tangents_are_views_where_values_are(function):
    srcgrad.check_grads(function, (X,), order=2)
