"""Does check_grads pass what is right, and fail what is wrong, in both modes and at second order?"""

from __future__ import annotations

import numpy as np
import pytest

import srcgrad
from srcgrad import check_grads, stop_gradient

X = np.array([1.0, 2.0, 3.0])


def two_results(A, b, k):
    return np.linalg.solve(A, b), (np.sum(A) * k,)


@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev")])
def test_right(modes):
    check_grads(lambda x: np.sin(x) ** 2, (X,), modes=modes)
    check_grads(np.linalg.inv, (np.eye(3) + 0.1,), modes=modes)
    check_grads(two_results, (np.eye(3) + 0.1, X, 2.0), order=1, modes=modes)
    check_grads(lambda d: d["a"] * d["b"], ({"a": X, "b": 2.0},), order=1, modes=modes)


def test_any_number_of_arguments():
    check_grads(lambda *args, **options: np.sum(args[0] * np.sin(args[1])), (X, 2 * X), order=2)


def test_orders():
    check_grads(lambda x: np.sin(x) * x, (0.7,), order=2)
    with pytest.raises(srcgrad.ArgumentError):
        check_grads(np.sin, (X,), order=0)
    with pytest.raises(srcgrad.ArgumentError):
        check_grads(np.sin, (X,), modes=("backward",))


@pytest.mark.parametrize("modes", [("fwd",), ("rev",)])
def test_wrong(modes):
    with pytest.raises(AssertionError, match="differences give"):
        check_grads(lambda x: x * stop_gradient(x), (X,), order=1, modes=modes)


def test_wrong_at_second_order_only():
    def slope(x):
        return np.sum(x**2 - 2 * x * stop_gradient(x) + 2 * stop_gradient(x) * x)

    check_grads(slope, (X,), order=1)
    check_grads(slope, (X,), order=2)

    srcgrad.elementwise(
        "y = cubed(x)", dx="stop_gradient(3 * x ** 2)", functions={"cubed": cubed, "stop_gradient": stop_gradient}
    )
    check_grads(lambda x: cubed(x), (X,), order=1)
    with pytest.raises(AssertionError):
        check_grads(lambda x: cubed(x), (X,), order=2)


def cubed(x):
    return x**3


class Spring:
    def __init__(self, stiffness, rest):
        self.stiffness, self.rest = stiffness, rest


def test_results_that_are_objects():
    def stretched(k, x):
        return Spring(k * x, np.sum(x) * stop_gradient(k))

    check_grads(lambda k, x: Spring(k * x, np.sum(x) * k), (2.0, X), order=1, modes=("fwd",))
    with pytest.raises(AssertionError, match="differences give"):
        check_grads(stretched, (2.0, X), order=1, modes=("fwd",))
