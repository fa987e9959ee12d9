"""Are contributions to one element joined, and only where nothing comes between?"""

import numpy as np

import srcgrad
from tests.transform.test_sizes import source_of


def slope(u, p):
    return u[0] * p + u[0] * u[1] - p * u[1]


def test_contributions_to_an_element_are_joined():
    u = np.array([0.3, 0.7])
    text = source_of(slope, u, 0.5)
    assert text.count("u_bar[0] +=") + text.count("u_bar[0] -=") == 1
    assert text.count("u_bar[1] +=") + text.count("u_bar[1] -=") == 1
    apart = srcgrad.grad(slope, optimize={"fold": False})
    np.testing.assert_allclose(srcgrad.grad(slope)(u, 0.5), apart(u, 0.5), rtol=1e-14)


def chained(x):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1] + x[0] * x[i - 1] + x[i] * x[0]
    return x[-1] ** 2


def test_stores_stay_in_order():
    x = np.array([0.3, 0.7, 1.1, 0.4])
    slopes = [(chained(x + 1e-6 * e) - chained(x - 1e-6 * e)) / 2e-6 for e in np.eye(4)]
    np.testing.assert_allclose(srcgrad.grad(chained)(x.copy()), slopes, rtol=1e-7)
