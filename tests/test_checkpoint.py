"""Does a checkpointed function keep its arguments alone, and is its derivative that of the function, at every order?"""

import inspect

import numpy as np

import srcgrad
from srcgrad import checkpoint, grad

U = np.array([0.3, -0.7, 1.1])


def step(u, k):
    v = np.sin(k * u)
    for _ in range(2):
        v = np.sin(v * u) + k
    return u + v * v


def kept(u, k):
    for _ in range(3):
        u = step(u, k)
    return np.sum(u)


def again(u, k):
    for _ in range(3):
        u = checkpoint(step)(u, k)
    return np.sum(u)


def shrinking(u, k):
    u[0] *= k
    return u * u


def changed(u, k):
    v = u * 1.0
    return np.sum(checkpoint(shrinking)(v, k))


def test_the_forward_half_keeps_the_arguments():
    df = grad(again)
    df(U, 0.4)
    forward, _, backward = df.source.partition("def step_backward")
    assert "return result, (u, k)" in forward
    assert "saved" not in forward.replace('runs it again."""', "")
    assert "# Forward pass" in backward.partition("def again_grad")[0]


def test_one_that_changes_its_argument_has_an_ordinary_pair():
    df = grad(changed)
    df(U, 0.4)
    assert "runs it again" not in df.source


def test_second_order():
    w = np.arange(1.0, 4.0)
    found = grad(lambda u, k: np.sum(w * grad(again)(u, k)))(U, 0.4)
    np.testing.assert_allclose(found, grad(lambda u, k: np.sum(w * grad(kept)(u, k)))(U, 0.4), rtol=1e-10)


def test_forward_over_reverse():
    v = np.array([1.0, 2.0, -1.0])
    found, expected = (srcgrad.hessian_vector_product(f)(U, 0.4, v) for f in (again, kept))
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_by_itself():
    f = checkpoint(step)
    assert inspect.signature(f) == inspect.signature(step)
    np.testing.assert_array_equal(f(U, k=0.4), step(U, 0.4))
    np.testing.assert_allclose(grad(lambda u: np.sum(f(u, k=0.4)))(U), grad(lambda u: np.sum(step(u, 0.4)))(U))
    np.testing.assert_allclose(srcgrad.vjp(f, U, 0.4)[1](U)[0], srcgrad.vjp(step, U, 0.4)[1](U)[0])
    assert checkpoint(np.sum)(U) == np.sum(U)
