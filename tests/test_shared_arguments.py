"""May two arguments be one array?  Where the function stores into neither of them."""

import numpy as np
import pytest

import srcgrad
from srcgrad import SrcgradError, grad, hessian_vector_product, jvp


def product(x, y):
    return x * y


def by_rule(x, y):
    z = np.tanh(x)
    z[0] = 2 * y[1]
    return np.sum(z * z * y)


def joined(x, y):
    z = np.stack([x, y])
    z[0] = 2 * y[1]
    return np.sum(z * z * y)


def by_helper(x, y):
    z = product(x, y)
    z[0] = 2 * y[1]
    return np.sum(z * z * y)


def picked(x, y):
    z = x[[0, 1, 2]]
    z[0] = 2 * y[1]
    return np.sum(z * y)


def chosen(x, y):
    z = np.where(x > 0, x, y)
    z[0] = 2 * y[1]
    return np.sum(z * y)


def shaped_like(x, y):
    z = np.zeros(3)
    z[1] = 1.0
    z = np.reshape(z, np.shape(x))
    z[0] = y[1]
    return np.sum(z * x * y)


def jacobian_inside(x, y):
    return np.sum(srcgrad.jacobian(lambda a: np.tanh(a) * a[::-1] * y)(x))


@pytest.mark.parametrize(
    "f", [by_rule, joined, by_helper, picked, chosen, shaped_like, jacobian_inside], ids=lambda f: f.__name__
)
def test_one_array_twice(f):
    x = np.array([0.3, 0.4, 0.5])
    before = x.copy()
    once = grad(f, (0, 1))(x, x)
    for found, expected in zip(once, grad(f, (0, 1))(x, x.copy())):
        np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(x, before)
    direction = np.array([1.0, -0.5, 0.25])
    _, slope = jvp(f, (x, x), (direction, 2 * direction))
    np.testing.assert_allclose(slope, once[0] @ direction + 2 * (once[1] @ direction))


def returned(x):
    return x


def by_view(x, y):
    z = x.reshape(3, 1)
    z[0] = 2 * y[1]
    return np.sum(z * y)


def by_what_is_returned(x, y):
    z = returned(x)
    z[0] = 2 * y[1]
    return np.sum(z * y)


def exchanged(x, y, n):
    """Stores into each of the two in turn."""
    if n > 0:
        x[0] = y[1]
        exchanged(y, x, n - 1)
    return np.sum(x * y)


@pytest.mark.parametrize("f", [by_view, by_what_is_returned], ids=lambda f: f.__name__)
def test_what_is_stored_into_is_no_second_argument(f):
    x = np.array([0.3, 0.4, 0.5])
    with pytest.raises(SrcgradError) as caught:
        grad(f, (0, 1))(x, x)
    assert caught.value.code == "E402"


def test_stores_of_a_recursion_into_what_it_exchanges():
    x, y = np.array([0.3, 0.4, 0.5]), np.array([1.0, 2.0, 3.0])
    found = grad(exchanged, (0, 1))(x.copy(), y.copy(), 3)
    # x[0] = y[1], then y[0] = x[1]: the sum is y1 x1 + y1 x1 + x2 y2.
    np.testing.assert_allclose(found[0], [0, 2 * y[1], y[2]])
    np.testing.assert_allclose(found[1], [0, 2 * x[1], x[2]])
    with pytest.raises(SrcgradError) as caught:
        grad(exchanged, (0, 1))(x, x, 3)
    assert caught.value.code == "E402"


def kept_in_a_list(x, y):
    """Only the list is changed, not the arrays in it."""
    kept = [x]
    kept.append(y)
    kept[0] = kept[0] * kept[1]
    return np.sum(kept.pop() * kept.pop())


def changed_in_a_list(x, y):
    kept = [x]
    kept.append(y)
    kept[0][1] = 2.0
    return np.sum(x * y)


def looped(x, n):
    total = 0.0
    for _ in range(n):
        x = np.sin(x) * x
        total += np.sum(x**2)
    return total


def test_a_list_that_holds_an_argument_is_not_the_argument():
    x = np.array([0.3, 0.4, 0.5])
    x_bar, y_bar = grad(kept_in_a_list, (0, 1))(x, x)
    np.testing.assert_allclose(x_bar, x**2)  # of x y^2
    np.testing.assert_allclose(y_bar, 2 * x**2)
    with pytest.raises(SrcgradError) as caught:
        grad(changed_in_a_list, (0, 1))(x, x)
    assert caught.value.code == "E402"


def test_one_array_as_argument_and_direction_of_a_second_derivative():
    x = np.array([0.3, 0.4, 0.5])
    along = hessian_vector_product(looped)
    np.testing.assert_allclose(along(x, 2, x), along(x, 2, x.copy()))
