"""Jacobians, Hessians and their kin, against closed forms and each other."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

from srcgrad import (
    NotDifferentiable,
    SrcgradError,
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacfwd,
    jacobian,
    jacrev,
)

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


# Complex numbers

Z = np.array([0.3 + 0.2j, 0.7 - 0.4j])


@EVERY
def test_of_holomorphic_functions(mode):
    np.testing.assert_allclose(mode(lambda z: z**2)(Z), np.diag(2 * Z))
    assert mode(lambda z: z * z)(1 + 2j) == 2 + 4j
    assert mode(lambda z: z * z)(Z.astype(np.complex64)).dtype == np.complex64


@EVERY
def test_of_complex_results_of_real_arguments(mode):
    found = mode(lambda x: np.exp(1j * x) * x[0])(X)
    expected = np.diag(1j * np.exp(1j * X) * X[0])
    expected[:, 0] += np.exp(1j * X)
    np.testing.assert_allclose(found, expected)
    of_sum = mode(lambda x: (np.sum(x), np.sum(x * 1j)))(X)
    assert of_sum[0].dtype == float and np.all(of_sum[1] == 1j)
    assert mode(lambda x: x * 1j)(np.float32(2.0)).dtype == np.complex64


@EVERY
def test_of_real_results_of_complex_arguments(mode):
    """As `grad` gives them: dy = Re(c dz)."""
    np.testing.assert_allclose(mode(lambda z: np.abs(z) ** 2)(Z), np.diag(2 * np.conj(Z)))
    of_x, of_z = mode(lambda x, z: np.real(z) * x, (0, 1))(X[:2], Z)
    np.testing.assert_allclose(of_x, np.diag(Z.real))
    np.testing.assert_allclose(of_z, np.diag(X[:2] + 0j))


@EVERY
def test_what_is_not_holomorphic_is_refused(mode):
    for f in (np.conj, lambda z: z * np.abs(z), lambda z: np.real(z) + 0j):
        with pytest.raises(NotDifferentiable, match="holomorphic"):
            mode(f)(Z)
    with pytest.raises(NotDifferentiable, match="holomorphic"):
        elementwise_grad(np.conj)(Z)
    with pytest.raises(NotDifferentiable, match="holomorphic"):
        hessian(lambda z: np.sum(np.abs(z) ** 2))(Z)


def test_elementwise_grad_of_complex_numbers():
    np.testing.assert_allclose(elementwise_grad(np.exp)(Z), np.exp(Z))
    np.testing.assert_allclose(elementwise_grad(lambda x: np.exp(1j * x))(X), 1j * np.exp(1j * X))


# Results without floats


@EVERY
def test_results_without_floats(mode):
    for f in (lambda x: x > 1, lambda x: np.argsort(x), lambda x: 3, lambda x: "a", lambda x: None):
        with pytest.raises(NotDifferentiable):
            mode(f)(X)
    found = mode(lambda x: {"y": x, "order": np.argsort(x), "n": 3, "name": "a", "none": None})(X)
    np.testing.assert_array_equal(found["y"], np.eye(3))
    np.testing.assert_array_equal(found["order"], np.zeros((3, 3)))
    np.testing.assert_array_equal(found["n"], np.zeros(3))
    assert found["name"] is None and found["none"] is None
    assert mode(lambda x: [])(X) == [] and mode(lambda x: ())(X) == () and mode(lambda x: {})(X) == {}
    with pytest.raises(NotDifferentiable):
        elementwise_grad(lambda x: x > 1)(X)
    for argument in (3, True, np.arange(3), "a", None, [1, 2]):
        with pytest.raises(NotDifferentiable):
            mode(lambda x: 1.0)(argument)


# Calls as of the function itself


def scaled(x, k=2.0, *rest, power=2, **more):
    return k * x**power + sum(rest) * x + more.get("shift", 0.0) * x


TOOLS = [jacrev, jacfwd, jacobian, hessian, elementwise_grad, hessian_vector_product]


@EVERY
def test_keywords_and_defaults(mode):
    np.testing.assert_allclose(mode(scaled)(X), np.diag(4 * X))
    np.testing.assert_allclose(mode(scaled)(x=X, power=3), np.diag(6 * X**2))
    np.testing.assert_allclose(mode(scaled)(X, 1.0, 5.0, 6.0, shift=1.0), np.diag(2 * X + 12))
    np.testing.assert_allclose(mode(scaled, "k")(X), X**2)
    np.testing.assert_allclose(mode(scaled, "power")(X, power=2.0), 2 * X**2 * np.log(X))
    np.testing.assert_allclose(mode(scaled, ("shift", 2))(X, 1.0, 5.0, shift=1.0), (X, X))
    of_rest, of_more = mode(scaled, ("rest", "more"))(X, 1.0, 5.0, 6.0, shift=1.0)
    np.testing.assert_allclose(of_rest, (X, X))
    np.testing.assert_allclose(of_more["shift"], X)
    with pytest.raises(SrcgradError, match="E504"):
        mode(scaled, "shift")(X)
    with pytest.raises(TypeError):
        mode(scaled)(X, 1.0, x=X)


def test_keywords_of_hessians_and_the_rest():
    def total(x, k=2.0, *, power=2):
        return k * np.sum(x**power)

    np.testing.assert_allclose(hessian(total)(X, power=3), np.diag(12 * X))
    np.testing.assert_allclose(hessian_vector_product(total)(X, X, power=3), 12 * X * X)
    np.testing.assert_allclose(hessian_vector_product(total, "k")(X, 1.0, 3.0), 0.0)
    by_x, by_k = hessian_vector_product(total, (0, "k"))(X, 1.0, (X, 0.5))
    np.testing.assert_allclose(by_x, 2 * X + X)
    np.testing.assert_allclose(by_k, 2 * np.sum(X * X))
    np.testing.assert_allclose(elementwise_grad(scaled, "x")(X, power=3), 6 * X**2)
    np.testing.assert_allclose(elementwise_grad(scaled, -1)(X, 2.0), np.sum(X**2))
    for tool in (hessian_vector_product, elementwise_grad):
        for argnum in (5, "y", 1.5, ()):
            with pytest.raises(SrcgradError):
                tool(total, argnum)


def cubed(x, k=1.0):
    """Cubes."""
    return k * np.sum(x**3)


@pytest.mark.parametrize("tool", TOOLS)
def test_name_signature_and_pickle(tool):
    made = tool(cubed)
    assert made.__name__.startswith("cubed_") and made.__doc__ == "Cubes." and made.__wrapped__ is cubed
    assert "cubed" in repr(made)
    assert [p for p in inspect.signature(made).parameters if p != "vector"] == ["x", "k"]
    args = (X, 2.0, X) if tool is hessian_vector_product else (X, 2.0)
    again = pickle.loads(pickle.dumps(made))
    np.testing.assert_array_equal(again(*args), made(*args))


def test_hessian_of_containers():
    found = hessian(lambda d: np.sum(d["a"] ** 3) * d["b"] ** 2)({"a": X, "b": 0.5})
    np.testing.assert_allclose(found["a"]["a"], np.diag(6 * X * 0.25))
    np.testing.assert_allclose(found["a"]["b"], 3 * X**2)
    np.testing.assert_allclose(found["b"]["a"], 3 * X**2)
    np.testing.assert_allclose(found["b"]["b"], 2 * np.sum(X**3))


@pytest.mark.parametrize("outer", [jacrev, jacfwd, jacobian])
@EVERY
def test_of_a_jacobian(mode, outer):
    found = outer(mode(lambda x: np.sin(x) * x[0]))(X[:2])
    np.testing.assert_allclose(found[0, 0, 0], 2 * np.cos(1.0) - np.sin(1.0))
    np.testing.assert_allclose(found[1], [[0.0, np.cos(2.0)], [np.cos(2.0), -np.sin(2.0)]], atol=1e-14)


def test_precision_is_that_of_the_argument():
    for dtype in (np.float16, np.float32, np.longdouble):
        for mode in (jacrev, jacfwd, jacobian, elementwise_grad):
            assert mode(lambda x: x * np.ones(3))(X.astype(dtype)).dtype == dtype
            assert mode(lambda x: x * x)(dtype(2.0)).dtype == dtype
            assert mode(lambda x: x * x)(np.array(2.0, dtype)).dtype == dtype
