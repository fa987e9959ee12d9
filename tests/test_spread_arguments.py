"""An array spread over the parameters of what is called: `Model(*p)`."""

import collections
import typing
from dataclasses import dataclass

import numpy as np
import pytest

from srcgrad import check_grads, grad


class Model:
    def __init__(self, a, b, c):
        self.a, self.b, self.c = a, b, c

    def at(self, u, v, w):
        return self.a * u + self.b * v * w

    def __call__(self, u, *rest, scale=1.0):
        return self.at(u, *rest) * scale

    @staticmethod
    def product(u, v, w):
        return u * v * w

    @classmethod
    def made(cls, u, v, w):
        return cls(u, v, w)


@dataclass
class Rates:
    a: float
    b: float
    c: float


Row = collections.namedtuple("Row", "a b c")


class Typed(typing.NamedTuple):
    a: float
    b: float
    c: float


def value(o):
    return o.a * o.b + o.c


def of_a_class(p):
    return value(Model(*np.exp(p)))


def of_a_dataclass(p):
    return value(Rates(*np.exp(p)))


def of_a_namedtuple(p):
    return value(Row(*np.exp(p)))


def after_another(p):
    return value(Typed(p[0], *np.exp(p[1:])))


def of_a_method(p):
    return Model(1.0, 2.0, 3.0).at(*p)


def of_a_static_method(p):
    return Model.product(*p)


def of_a_class_method(p):
    return value(Model.made(*p))


def of_a_method_through_the_class(p):
    return Model.at(Model(1.0, 2.0, 3.0), *p)


def by_make(p):
    return value(Row._make(p * p))


def of_an_object(p):
    return Model(1.0, 2.0, 3.0)(p[0], *p[1:], scale=p[2])


@pytest.mark.parametrize(
    "f",
    [
        of_a_class, of_a_dataclass, of_a_namedtuple, after_another, of_a_method, of_a_static_method, of_a_class_method,
        of_a_method_through_the_class, by_make, of_an_object,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_spread(f):
    check_grads(f, (np.array([0.5, -0.5, -1.0]),), order=2)


def test_too_many_members():
    with pytest.raises(TypeError):
        grad(of_a_dataclass)(np.ones(4))
    with pytest.raises(TypeError):
        grad(of_a_class)(np.ones(2))
