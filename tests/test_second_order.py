"""Second derivatives of programs whose adjoints are of several kinds, or are objects."""

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
