"""Does check_grads notice every way in which a derivative can be wrong?  Wrong rules are entered and must be caught."""

from __future__ import annotations

import collections
import functools
import itertools

import numpy as np
import pytest

import srcgrad
from srcgrad import check_grads, check_rule, checking

X = np.array([0.3, 0.7, 1.1])
numbers = itertools.count()


def function_with(entry, **fields):
    """A function x**3 of its own, with a rule that may be wrong."""

    def cube(x):
        return x**3

    cube.__name__ = f"cube_{next(numbers)}"
    entry(f"y = {cube.__name__}(x)", functions={cube.__name__: cube, "stop_gradient": srcgrad.stop_gradient}, **fields)
    return cube


RIGHT = dict(tangent="y_dot = 3 * x ** 2 * x_dot", adjoint=["x_bar += 3 * y_bar * x ** 2"])


def test_the_right_rule_passes():
    check_rule(function_with(srcgrad.rule, **RIGHT), X)
    check_rule(function_with(srcgrad.elementwise, dx="3 * x ** 2"), X)


WRONG = {
    "sign of the adjoint": ("rev", {"adjoint": ["x_bar -= 3 * y_bar * x ** 2"]}),
    "sign of the tangent": ("fwd", {"tangent": "y_dot = -3 * x ** 2 * x_dot"}),
    "factor of the adjoint": ("rev", {"adjoint": ["x_bar += 3.001 * y_bar * x ** 2"]}),
    "factor of the tangent": ("fwd", {"tangent": "y_dot = 2.999 * x ** 2 * x_dot"}),
    "adjoint in another order": ("rev", {"adjoint": ["x_bar += (3 * y_bar * x ** 2)[::-1]"]}),
    "one element lost": ("rev", {"adjoint": ["x_bar += 3 * y_bar * x ** 2 * (x != x[1])"]}),
    "mean for every element": ("fwd", {"tangent": "y_dot = np.full(x.shape, np.mean(3 * x ** 2 * x_dot))"}),
    "zero adjoint": ("rev", {"adjoint": ["x_bar += 0 * y_bar"]}),
    "not a number": ("rev", {"adjoint": ["x_bar += 3 * y_bar * x ** 2 + np.log(-1 * x)"]}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", WRONG)
def test_wrong_rules(what):
    mode, fields = WRONG[what]
    cube = function_with(srcgrad.rule, **{**RIGHT, **fields})
    with pytest.raises(AssertionError, match=rf"{mode}: the .* of lambda_ .* argument 0 \('x'\)"):
        check_grads(lambda x: cube(x), (X,), order=1)
    with pytest.raises(AssertionError):
        check_grads(lambda x: cube(x), (X,), order=1, modes=(mode,))
    other = "fwd" if mode == "rev" else "rev"
    check_grads(lambda x: cube(x), (X,), order=1, modes=(other,))


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_wrong_second_derivatives(mode):
    cube = function_with(srcgrad.elementwise, dx="3 * stop_gradient(x) ** 2")
    check_grads(lambda x: cube(x), (X,), order=1, modes=(mode,))
    with pytest.raises(AssertionError, match="the (gradient|tangent) of the (gradient|tangent) of"):
        check_grads(lambda x: cube(x), (X,), order=2, modes=(mode,))


def test_wrong_third_derivatives():
    cube = function_with(srcgrad.elementwise, dx="3 * x * x + 0 * x", )
    check_grads(lambda x: cube(x), (0.7,), order=3)
    wrong = function_with(srcgrad.elementwise, dx="6 * stop_gradient(x) * x - 3 * stop_gradient(x) ** 2")
    check_grads(lambda x: wrong(x), (0.7,), order=2)
    with pytest.raises(AssertionError):
        check_grads(lambda x: wrong(x), (0.7,), order=3)


def test_the_wrong_argument_is_named():
    def weighed(a, b, c):
        return a * b * c

    srcgrad.elementwise(
        "y = weighed(a, b, c)", da="b * c", db="-a * c", dc="a * b", functions={"weighed": weighed}
    )
    for modes in (("fwd",), ("rev",)):
        with pytest.raises(AssertionError, match=r"argument 1 \('b'\)"):
            check_grads(lambda a, b, c: weighed(a, b, c), (X, X + 1, 2.0), order=1, modes=modes)
    with pytest.raises(AssertionError, match=r"argument 2 \('b'\)"):
        check_grads(lambda n, a, b, c: weighed(a, b, c), (3, X, X + 1, 2.0), order=1)


# What the rules can't spoil, since the derivatives are brought into form after them, is spoilt here.


class Spoilt:
    """A pullback of which the gradients are changed."""

    def __init__(self, pullback, change):
        self.pullback, self.change = pullback, change

    def __call__(self, cotangent):
        return self.change(self.pullback(cotangent), cotangent)


def spoil(monkeypatch, change, change_value=lambda v: v):
    vjp = srcgrad.vjp

    def spoilt(f, *primals):
        value, pullback = vjp(f, *primals)
        return change_value(value), Spoilt(pullback, change)

    monkeypatch.setattr(checking, "vjp", spoilt)


def change_cotangent(bars, cotangent):
    cotangent += 1.0
    return bars


CHANGES = {
    "dtype": (lambda bars, _: (bars[0].astype(np.float32),), "has the dtype float32, not float64"),
    "complex": (lambda bars, _: (bars[0] + 0j,), "has the dtype complex128, not float64"),
    "shape": (lambda bars, _: (bars[0][None],), r"has the shape \(1, 3\), not \(3,\)"),
    "list for an array": (lambda bars, _: (list(bars[0]),), "of 3, not of type ndarray"),
    "none": (lambda bars, _: (None,), "of type NoneType, not of type ndarray"),
    "count": (lambda bars, _: (*bars, None), "has 2 gradients, not 1"),
    "cotangent": (change_cotangent, "has changed its cotangent"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_wrong_form_of_a_gradient(what, monkeypatch):
    change, message = CHANGES[what]
    spoil(monkeypatch, change)
    with pytest.raises(AssertionError, match=message):
        check_grads(np.sin, (X,), order=1)


def test_gradients_that_differ_the_second_time(monkeypatch):
    calls = []
    spoil(monkeypatch, lambda bars, _: calls.append(0) or ((bars[0] * len(calls)),))
    with pytest.raises(AssertionError, match="the second time"):
        check_grads(np.sin, (X,), order=1)


def test_wrong_value(monkeypatch):
    spoil(monkeypatch, lambda bars, _: bars, lambda value: value + 1)
    with pytest.raises(AssertionError, match="rev: the value of sin"):
        check_grads(np.sin, (X,), order=1)


Pair = collections.namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: [b["w"], b["k"]], "is a list of 2, not a dict"),
        (lambda b: {"w": b["w"]}, r"keys \['w'\], not a dict with the keys \['w', 'k'\]"),
        (lambda b: {**b, "w": b["w"][0]}, r"at \['w'\],"),
        (lambda b: {"k": b["k"], "w": b["w"]}, "keys"),
    ],
)
def test_wrong_structure_of_a_gradient(change, message, monkeypatch):
    spoil(monkeypatch, lambda bars, _: (change(bars[0]),))
    with pytest.raises(AssertionError, match=message):
        check_grads(lambda p: p["w"] * p["k"], ({"w": X, "k": 2.0},), order=1)


def test_wrong_form_of_a_tangent(monkeypatch):
    jvp = srcgrad.jvp
    for change in (lambda t: t.astype(np.float32), lambda t: t[:2], lambda t: None, lambda t: tuple(t)):
        monkeypatch.setattr(checking, "jvp", lambda *given, c=change: (lambda v, t: (v, c(t)))(*jvp(*given)))
        with pytest.raises(AssertionError, match="fwd: the tangent of sin"):
            check_grads(np.sin, (X,), order=1)


# What it takes


def test_complex_functions():
    Z = X[:2] + 1j * X[1:]
    check_grads(lambda z: z**2 * np.conj(z), (Z,))
    check_grads(lambda z, x: np.sum(np.abs(z) ** 2) * x, (Z, 0.3))
    check_grads(lambda x: np.exp(1j * x), (X,))

    def mirrored(z):
        return np.conj(z)

    srcgrad.rule("y = mirrored(z)", tangent="y_dot = z_dot", adjoint="z_bar += y_bar", functions={"mirrored": mirrored})
    for modes in (("fwd",), ("rev",)):
        with pytest.raises(AssertionError):
            check_grads(lambda z: mirrored(z), (Z,), order=1, modes=modes)


def test_containers():
    check_grads(lambda d: {"s": d["a"] * d["b"][0], 1: (d["b"][1],)}, ({"a": X, "b": [2.0, 0.5]},))
    check_grads(lambda p: Pair(p.a * p.b, p.b), (Pair(X, 0.5),))
    check_grads(lambda xs, n: [xs[0] ** n, None, "text", n, xs[1] > 0], ([X, X + 1], 2))
    check_grads(lambda x: [], (X,)), check_grads(lambda x: (x, ()), (X,))
    check_grads(lambda x: x > 0.5, (X,)), check_grads(lambda x: np.argsort(x), (X,))
    check_grads(lambda x: 3.0, (X,)), check_grads(lambda x, n: n * 1.0, (X, 3))


def test_precisions():
    for dtype in (np.float32, np.longdouble):
        check_grads(lambda x: np.sin(x) * x, (X.astype(dtype),))
        check_grads(lambda x, y: np.sin(x) * y, (X, dtype(0.5)))
    check_grads(lambda x: np.sin(x) * x, (X.astype(np.float16),), order=1)


def test_options():
    cube = function_with(srcgrad.rule, **{**RIGHT, "adjoint": ["x_bar += 3.001 * y_bar * x ** 2"]})
    check_grads(lambda x: cube(x), (X,), order=1, rtol=1e-2)
    check_grads(lambda x: cube(x), (X,), order=1, modes="fwd")
    check_grads(lambda x: cube(x), (X,), order=1, atol=0.1)
    with pytest.raises(AssertionError):
        check_grads(lambda x: cube(x), (X,), order=1, modes=["rev"], eps=1e-4)
    check_grads(lambda x: np.abs(x), (np.array([1e-5]),), order=1, eps=1e-7)
    for wrong in ({"order": 0}, {"modes": ()}, {"modes": ("back",)}):
        with pytest.raises(srcgrad.ArgumentError):
            check_grads(np.sin, (X,), **wrong)
    with pytest.raises(srcgrad.ArgumentError):
        check_grads(np.sin, X)


def test_functions_of_every_form():
    check_grads(np.sin, (X,))
    check_grads(functools.partial(np.power, 2.0), (X,))
    check_grads(srcgrad.grad(lambda x: np.sum(x**3)), (X,))
    check_grads(lambda *xs: xs[0] * xs[1], (X, 0.3))
    check_grads(lambda x, k=2.0, *, p=3: k * x**p, (X,))
