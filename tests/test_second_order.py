"""Second derivatives of programs whose adjoints are of several kinds, or are objects."""

import collections
import types
from dataclasses import dataclass

import numpy as np
import pytest

import srcgrad


def stages(y):
    for _ in range(2):
        slopes = []
        for row in [[], [0.5], [0.3, 0.2]]:
            at = y
            for a, slope in zip(row, slopes):
                at = at + a * slope
            slopes.append(np.sin(at))
        y = y + 0.1 * sum(w * slope for w, slope in zip([1, 2, 3], slopes))
    return np.sum(y**2)


def test_a_sum_that_begins_with_a_number():
    srcgrad.check_grads(stages, (np.array([0.3, 0.7]),), order=2)


@dataclass
class Ball:
    centre: np.ndarray
    radius: float


def weight(ball):
    return ball.radius**2 * np.sum(ball.centre**2)


def weights(balls):
    total = 0.0
    for ball in balls:
        total = total + weight(ball)
    return total


def moved(ball):
    found = Ball(ball.centre * 2, ball.radius**2)
    found.centre[0] = ball.radius
    return found


BALLS = [Ball(np.array([1.0, 2.0]), 0.5), Ball(np.array([1.0, -2.0]), 0.7)]


@pytest.mark.parametrize("function, args", [(weight, BALLS[0]), (weights, BALLS)])
def test_gradients_that_are_objects(function, args):
    srcgrad.check_grads(function, (args,), order=2)


def test_cotangents_of_objects():
    _, pullback = srcgrad.vjp(moved, BALLS[0])
    ones = Ball(np.ones(2), 1.0)
    for cotangent in (ones, types.SimpleNamespace(**vars(ones)), vars(ones), ones):
        (found,) = pullback(cotangent)
        assert isinstance(found, Ball) and found.radius == 2.0
        np.testing.assert_array_equal(found.centre, [0.0, 2.0])
    np.testing.assert_array_equal(ones.centre, [1.0, 1.0])
    np.testing.assert_array_equal(pullback(Ball(None, 1.0))[0].centre, [0.0, 0.0])
    for wrong in (Ball(np.ones(3), 1.0), 1.0, {"centre": np.ones(2), "length": 1.0}):
        with pytest.raises(srcgrad.ArgumentError):
            pullback(wrong)


NOISE = np.array([[0.3, -0.2], [1.4, 0.6], [-0.5, 0.9]])


def walk(p, steps=NOISE):
    x = p[:2]
    for d in steps:
        y = x + 0.5 * d
        if np.sum(y) > 0:
            x = y * x
    return np.sum(x * p[2:] * x)


def test_data_beside_what_a_loop_saves():
    """The lists from which the backward pass takes what was saved hold the data too, which does not vary for that."""
    srcgrad.check_grads(lambda q: walk(q), (np.array([0.5, 0.4, -1.0, 2.0]),), order=2)


State = collections.namedtuple("State", "mean cov")


def filtered(q, steps=NOISE):
    s = State(np.array([0.5, 1.0]), np.eye(2))
    total = 0
    for d in steps:
        gain = s.mean * q
        cov = s.cov * q
        s = s._replace(mean=s.mean + gain * d, cov=cov - np.outer(gain, gain @ cov))
        total -= q * np.sum(gain)
    return np.sum(s.cov) + total


def test_a_named_tuple_is_made_of_what_it_is_given():
    """It stores into nothing: what it is given was copied, and put back."""
    srcgrad.check_grads(lambda q: filtered(q), (0.3,), order=2)
    df = srcgrad.grad(filtered)
    df(0.3)
    assert ".copy()" not in df.source and "[...]" not in df.source


def rotated(v):
    a = v.reshape(3, 3)
    a = a + a.T
    for i in range(2):
        angle = 0.5 * np.arctan2(2 * a[i, i + 1], a[i, i] - a[i + 1, i + 1])
        turn = np.eye(3)
        turn[i, i] = turn[i + 1, i + 1] = np.cos(angle)
        turn[i, i + 1] = -np.sin(angle)
        turn[i + 1, i] = np.sin(angle)
        a = turn.T @ a @ turn
    return np.sort(np.diag(a))[-1]


def test_a_diagonal_matrix_is_memory_of_its_own():
    at = np.array([2.0, 0.3, -0.4, 0.1, 0.7, 0.5, 0.2, -0.3, -1.0])
    step = 1e-6 * np.arange(1.0, 10.0)
    change = srcgrad.grad(rotated)(at + step) - srcgrad.grad(rotated)(at - step)
    found = srcgrad.hessian_vector_product(lambda v: rotated(v))(at, 1e6 * step)
    np.testing.assert_allclose(found, change / 2e-6, rtol=1e-5, atol=1e-6)


def iterated(x, n):
    total = 0.0
    for _ in range(n):
        x = np.sin(x) * x
        total += np.sum(x**2)
    return total


def test_what_is_only_moved_from_list_to_list_is_not_saved():
    """The lists of the first derivative are popped; what they held is put back for nobody."""
    x, v = np.array([0.3, 0.7]), np.array([1.0, -0.5])
    second = srcgrad.grad(lambda x, v: np.sum(srcgrad.grad(iterated)(x, 3) * v))
    step = 1e-5 * v
    change = srcgrad.grad(iterated)(x + step, 3) - srcgrad.grad(iterated)(x - step, 3)
    np.testing.assert_allclose(second(x, v), change / 2e-5, rtol=1e-7)
    assert "saved_saved" not in second.source


class Momentum:
    def __init__(self, rate):
        self.rate = rate
        self.mean = None

    def step(self, p, slope):
        if self.mean is None:
            self.mean = np.zeros_like(p)
        self.mean = 0.9 * self.mean + slope
        return p - self.rate * self.mean


def trained(rate, p):
    momentum = Momentum(rate)
    for _ in range(3):
        p = momentum.step(p, 2 * p**3)
    return np.sum(p**2)


def test_attributes_that_a_method_binds_anew_are_saved_and_nothing_else_of_the_object():
    args = 0.1, np.array([0.3, 0.5])
    srcgrad.check_grads(trained, args, order=2)
    df = srcgrad.grad(trained, (0, 1))
    df(*args)
    assert "contents(" not in df.source


class Moving:
    def __init__(self, p):
        self.p, self.m = p, 1 * p

    def step(self):
        self.m += self.p
        self.p = self.p * self.m
        return self.p


def two_of_one_array(p):
    first, second = Moving(p), Moving(p)
    first.step()
    return np.sum(second.step() ** 2)


def test_adjoints_of_two_objects_are_changed_where_they_are():
    srcgrad.check_grads(two_of_one_array, (np.array([0.3, 0.4]),), order=2)


def powers_one_by_one(x):
    out = None
    for i in range(3):
        out = x * i if out is None else out + x**i
    return np.sum(out**2)


def test_a_value_that_is_none_at_first():
    srcgrad.check_grads(powers_one_by_one, (np.array([0.7, -0.3]),), order=2)
