"""Ordered dicts, and dicts with defaults, as arguments and as results."""

from collections import OrderedDict, defaultdict

import numpy as np
import pytest

import srcgrad


def product(p):
    return p["a"] * np.sum(p["b"] ** 2)


def all_members(p):
    return sum(np.sum(v**2) * len(k) for k, v in p.items())


def filled_in(p):
    square, extra = p["a"] ** 2, p["c"]
    p["total"] += square
    return (p["total"] + extra) * p["a"]


def copied(p):
    q = p.copy()
    q["a"] = q["a"] * p["a"]
    q["d"] = p["a"] * 3
    return sum(np.sum(v) * i for i, v in enumerate(q.values()))


@pytest.mark.parametrize("function", [product, all_members, copied])
@pytest.mark.parametrize("made", [dict, OrderedDict, lambda **members: defaultdict(float, members)])
def test_gradients_have_the_class_of_the_argument(function, made):
    given = made(a=1.5, b=np.array([0.5, -1.0]))
    found = srcgrad.grad(function)(given)
    assert type(found) is type(given)
    assert list(found) == list(given) == ["a", "b"]
    expected = srcgrad.grad(function)(dict(given))
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key])
    srcgrad.check_grads(function, (given,), order=1 if function is copied else 2)


def test_what_is_missing_comes_from_the_factory():
    given = defaultdict(float, a=2.0)
    found = srcgrad.grad(filled_in)(given)
    assert found["a"] == 12.0
    assert found.default_factory is float


def test_another_class_is_another_entry():
    df = srcgrad.grad(product)
    for made in (dict, OrderedDict, dict):
        assert type(df(made(a=1.0, b=np.ones(2)))) is made


def both(x):
    return OrderedDict(u=np.sin(x), v=2 * x)


def test_results_of_such_a_class():
    value, pullback = srcgrad.vjp(both, 0.5)
    assert type(value) is OrderedDict
    assert pullback(OrderedDict(u=1.0, v=1.0))[0] == pytest.approx(np.cos(0.5) + 2)
    _, tangent = srcgrad.jvp(both, (0.5,), (1.0,))
    assert type(tangent) is OrderedDict
    assert tangent["v"] == 2.0
