"""Jacobians, Hessians and their kin, against closed forms and each other."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad import SrcgradError, elementwise_grad, grad, hessian, hessian_vector_product, jacfwd, jacobian, jacrev

X = np.array([1.0, 2.0, 3.0])
MATRIX = np.arange(6.0).reshape(2, 3)
EVERY = pytest.mark.parametrize("mode", [jacrev, jacfwd, jacobian])


def pair(x):
    return np.array([x[0] * x[1], np.sin(x[2])])


def product(A, x):
    return A @ x


def nested(x, k):
    return {"scaled": x * k, "rest": (np.sum(x), [x[0] * k])}


def steps(x, n):
    for _ in range(n):
        x = np.sin(x) * x
    return np.sum(x)


def filled(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2 + (y[i - 1] if i else 0.0)
    return y


@EVERY
def test_of_an_array(mode):
    np.testing.assert_allclose(mode(pair)(X), [[2, 1, 0], [0, 0, np.cos(3.0)]])


@EVERY
def test_of_two_arguments(mode):
    of_matrix, of_vector = mode(product, (0, 1))(MATRIX, X)
    np.testing.assert_allclose(of_vector, MATRIX)
    np.testing.assert_allclose(of_matrix, np.einsum("ij,k->ijk", np.eye(2), X))


@EVERY
def test_arguments_are_named_and_counted_as_in_grad(mode):
    for argnums in ("x", -1, np.int64(1)):
        np.testing.assert_allclose(mode(product, argnums)(MATRIX, X), MATRIX)
    assert [part.shape for part in mode(product, ("x", 0))(MATRIX, X)] == [(2, 3), (2, 2, 3)]
    for argnums in ("y", 2, 1.0, (), None, ("x", 1)):
        with pytest.raises(SrcgradError):
            mode(product, argnums)
    np.testing.assert_allclose(hessian(lambda k, x: k * np.sum(x**3), "x")(2.0, X), np.diag(12 * X))


@EVERY
def test_of_containers(mode):
    of_x, of_k = mode(nested)(X, 2.0), mode(nested, 1)(X, 2.0)
    np.testing.assert_allclose(of_x["scaled"], 2 * np.eye(3))
    np.testing.assert_allclose(of_x["rest"][0], np.ones(3))
    np.testing.assert_allclose(of_x["rest"][1][0], [2, 0, 0])
    np.testing.assert_allclose(of_k["scaled"], X)
    assert of_k["rest"][0] == 0.0 and of_k["rest"][1][0] == 1.0


@EVERY
def test_of_numbers_and_empty_arrays(mode):
    assert mode(lambda t: t**3)(2.0) == 12.0
    assert mode(lambda x: x * 2.0)(np.zeros(0)).shape == (0, 0)
    assert mode(lambda x: (x[0], ()))(X)[1] == ()
    assert mode(lambda x: x)(X.astype(np.float32)).dtype == np.float32


@EVERY
def test_of_stores(mode):
    np.testing.assert_allclose(mode(filled)(X), np.tril(2 * np.ones((3, 1)) * X))


@EVERY
def test_arguments(mode):
    np.testing.assert_allclose(mode(product, 1)(MATRIX, x=X), MATRIX)
    with pytest.raises(SrcgradError):
        mode(product, 2)(MATRIX, X)
    with pytest.raises(TypeError):
        mode(steps, 1)(X, 3)


def test_hessian():
    def energy(x):
        return np.sum(x**3) * x[0]

    found = hessian(energy)(X)
    np.testing.assert_allclose(found, [[12, 12, 27], [12, 12, 0], [27, 0, 18]])
    np.testing.assert_allclose(hessian_vector_product(energy)(X, X), found @ X)
    assert hessian(lambda t: t**3)(2.0) == 12.0


def test_hessian_of_two_arguments():
    (aa, ab), (ba, bb) = hessian(lambda a, b: np.sum(a * b * b), (0, 1))(X, 2 * X)
    np.testing.assert_allclose(aa, np.zeros((3, 3)))
    np.testing.assert_allclose(ab, np.diag(4 * X))
    np.testing.assert_allclose(ba, ab.T)
    np.testing.assert_allclose(bb, np.diag(2 * X))


def test_hessian_through_a_loop():
    found = hessian(steps)(X, 3)
    gradient, h = grad(steps), 1e-6
    expected = [(gradient(X + h * e, 3) - gradient(X - h * e, 3)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_elementwise_grad():
    np.testing.assert_allclose(elementwise_grad(np.tanh)(X), 1 - np.tanh(X) ** 2)
    np.testing.assert_allclose(elementwise_grad(lambda x, k: k * x**2, 1)(X, 2.0), np.sum(X**2))
