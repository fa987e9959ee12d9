"""Objects that a program makes and fills: nothing was there before, and nothing is saved or put back."""

import pytest

from srcgrad import grad


class Log:
    def __init__(self, v):
        self.v = v
        self.rows = [v, 2 * v]
        self.v = self.v * self.rows[1]


def filled_in_a_loop(x):
    total = 0.0
    for i in range(3):
        log = Log(x * i)
        total += log.v * log.rows[0]
    return total


def test_new_objects_are_filled_without_saving():
    gradient = grad(filled_in_a_loop)
    assert gradient(0.7) == pytest.approx(2 * 3 * 9 * 0.7**2)
    assert "getattr(log" not in gradient.source


class Account:
    def __init__(self, v):
        self.v = v

    def grow(self, k):
        self.v = self.v * self.v * k


def grown(x):
    account = Account(x)
    for k in range(1, 3):
        account.grow(k)
    return account.v


def test_an_attribute_that_is_read_is_there():
    gradient = grad(grown)
    assert gradient(0.7) == pytest.approx(8 * 0.7**3)
    assert "self_saved = self.v" in gradient.source
