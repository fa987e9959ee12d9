"""Attributes that a class gives a default, and that its objects assign later or on one way only."""

import dataclasses
import typing

import numpy as np
import pytest

from srcgrad import SrcgradError, check_grads, grad


class Body:
    mass = 1.5


def read_and_set(x):
    p = Body()
    y = p.mass * x
    p.mass = x
    return y * p.mass


def set_on_one_way(x):
    p = Body()
    if x > 1:
        p.mass = 2 * x
    return p.mass * x


def set_in_a_loop(x):
    p = Body()
    for _ in range(3):
        p.mass = p.mass * x
    return p.mass


class Smallest:
    found = None

    def see(self, v):
        if self.found is None or v < self.found:
            self.found = v


def none_until_found(x):
    smallest = Smallest()
    for k in (3.0, 1.0, 2.0):
        smallest.see(k * x)
    return smallest.found**2


class Mode:
    name = "linear"


def text_that_decides(x):
    mode, y = Mode(), 0.0
    for k in range(3):
        y = y + (x * k if mode.name == "linear" else x**2 * k)
        mode.name = "square"
    return y


@dataclasses.dataclass
class Counted:
    start: float
    count: typing.ClassVar[int] = 0
    value = 1.5

    def step(self, v):
        self.count += 1
        self.value = self.value * v + self.start


def of_a_dataclass(x):
    c = Counted(x)
    for _ in range(3):
        c.step(x)
    return c.value * c.count


class Adam:
    m = 0.0
    v = 0.0
    t = 0

    def update(self, w, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.99 * self.v + 0.01 * g * g
        return w - 0.1 * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.99**self.t)) + 1e-8)


def steps_of_an_optimiser(w):
    adam = Adam()
    for _ in range(3):
        w = adam.update(w, 2 * w - 1)
    return np.sum(w**2)


class Grown:
    values: list = []
    pair = (1.0, 2.0)


def containers(x):
    grown = Grown()
    grown.values = grown.values + [x]
    grown.values = grown.values + [x * x]
    for _ in range(2):
        grown.pair = grown.pair[1] * x, grown.pair[0]
    return sum(grown.values) * grown.pair[0] + grown.pair[1]


@pytest.mark.parametrize(
    "f",
    [read_and_set, set_on_one_way, set_in_a_loop, none_until_found, text_that_decides, of_a_dataclass,
     steps_of_an_optimiser],
    ids=lambda f: f.__name__,
)  # fmt: skip
@pytest.mark.parametrize("x", [2.0, 0.75])
def test_defaults(f, x):
    check_grads(f, (x,), order=2)


def test_defaults_of_arrays_and_containers():
    check_grads(steps_of_an_optimiser, (np.array([0.3, 0.4]),), order=2)
    check_grads(containers, (2.0,), order=2)


def test_the_class_stays_what_it_was():
    grad(set_in_a_loop)(2.0)
    grad(containers)(2.0)
    assert Body.mass == 1.5 and vars(Body()) == {} and Grown.values == []


def test_a_default_set_anew(monkeypatch):
    df = grad(read_and_set)
    assert df(2.0) == 6.0
    monkeypatch.setattr(Body, "mass", 2.5)
    assert df(2.0) == 10.0


def asked_by_vars(x):
    p = Body()
    own = "mass" in vars(p)
    p.mass = 2 * x
    return p.mass * (3 if own else 5)


def counted_in_dict(x):
    p = Body()
    count = len(p.__dict__)
    p.mass = 2 * x
    return p.mass * (3 + count)


@pytest.mark.parametrize("f", [asked_by_vars, counted_in_dict])
def test_what_an_object_holds_itself_is_not_asked(f):
    with pytest.raises(SrcgradError, match="has a default in its class") as caught:
        grad(f)(2.0)
    assert caught.value.code == "E302"
