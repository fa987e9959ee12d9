"""Do the functions that generated code calls keep their word?"""

from __future__ import annotations

import dataclasses
import inspect
from collections import OrderedDict, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

from srcgrad.runtime import arrays, matrices, shadows, special, structures

Point = namedtuple("Point", "x y")


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: np.ndarray
    n: int


class Slots:
    __slots__ = ("a", "__b")

    def __init__(self):
        self.a, self.__b = 2.0, np.ones(2)


def same(a, b):
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool(np.all(a == b))
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(v, w) for v, w in zip(a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, SimpleNamespace):
        return same(vars(a), vars(b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize(
    ("x_shape", "shape"),
    [((2, 3), (3,)), ((2, 3), (2, 1)), ((2, 3), ()), ((4, 2, 3), (1, 3)), ((3,), (3,)), ((), ()), ((1, 3), (1, 3)),
     ((0, 3), (3,)), ((2, 1, 3), (1, 1, 1))],
)  # fmt: skip
def test_unbroadcast(x_shape, shape):
    x = np.random.default_rng(0).normal(size=x_shape)
    found = arrays.unbroadcast(x, shape)
    assert np.shape(found) == shape
    y = np.random.default_rng(1).normal(size=shape)
    np.testing.assert_allclose(np.sum(found * y), np.sum(x * np.broadcast_to(y, x_shape)), atol=1e-14)


def test_zeros_like():
    value = [1.5, 2, "a", None, (np.ones(2), np.arange(2)), {"k": np.float32(2), "n": True}, Frozen(np.ones(1), 3), 1j]
    expected = [0.0, 0.0, None, None, [np.zeros(2), np.zeros(2)], {"k": np.float32(0), "n": 0.0},
                SimpleNamespace(w=np.zeros(1), n=0.0), 0j]  # fmt: skip
    assert same(structures.zeros_like(value), expected)
    assert same(vars(structures.zeros_like(Slots())), {"a": 0.0, "_Slots__b": np.zeros(2)})
    for value in (len, np, int, np.sin, range(3), {1, 2}, lambda x: x):
        assert structures.zeros_like(value) is None or value is np.sin


def test_what_is_found_twice():
    shared = [1.0]
    zeros = structures.zeros_like([shared, shared])
    assert same(zeros, [[0.0], [0.0]])
    assert zeros[0] is not zeros[1]
    total = structures.add([shared, shared], [shared, shared])
    assert same(total, [[2.0], [2.0]])
    assert total[0] is not total[1]


def test_cyclic():
    node = SimpleNamespace(v=1.0)
    node.self = node
    zeros = structures.zeros_like(node)
    assert zeros.self is zeros
    total = structures.add(zeros, zeros)
    assert total.self is total and total.v == 0.0
    result = structures.like(node, SimpleNamespace(v=2.0, self=None))
    assert result.v == 2.0


def test_add():
    a = [1.0, None, {"k": np.ones(2)}, SimpleNamespace(w=1.0, n=None)]
    b = [2.0, 3.0, {"k": np.ones(2)}, SimpleNamespace(w=1.0, n=None)]
    total = structures.add(a, b)
    assert same(total, [3.0, 3.0, {"k": 2 * np.ones(2)}, SimpleNamespace(w=2.0, n=None)])
    assert same(a[2]["k"], np.ones(2))
    assert structures.add(None, a) is a


def test_like():
    x = {
        "p": Point(1.0, np.ones(2, np.float32)),
        "f": Frozen(np.ones(3), 2),
        "t": (np.float32(1), 2, "s"),
        "z": np.array(1.0),
    }
    bar = {"p": [np.float64(2.0), np.ones(2)], "f": SimpleNamespace(w=5.0, n=None), "t": [1.0, None, None], "z": 3.0}
    found = structures.like(x, bar)
    assert type(found["p"]) is Point and type(found["p"].x) is float and found["p"].y.dtype == np.float32
    assert type(found["f"]) is Frozen and same(found["f"].w, np.full(3, 5.0)) and found["f"].n is None
    assert same(found["t"], (np.float32(1), None, None))
    assert same(found["z"], np.array(3.0))
    assert same(structures.like([1.0, np.ones(2)], None), [0.0, np.zeros(2)])
    assert same(structures.like(OrderedDict(a=1.0), {"a": 2.0}), OrderedDict(a=2.0))
    assert type(structures.like(1.0, 2.0 + 0j)) is float


def test_other_products():
    x = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 4.0]])
    assert same(arrays.other_products(x, 1), np.array([[0.0, 6.0, 0.0], [0.0, 0.0, 0.0]]))
    assert arrays.other_products(x).shape == x.shape
    assert arrays.other_products(np.zeros((0, 2)), 0).shape == (0, 2)


@pytest.mark.parametrize(
    ("x", "expected"),
    [(1.0, -0.5772156649015329), (0.5, -1.9635100260214235), (12.3, 2.4683984003011386), (-0.5, 0.03648997397857652)],
)
def test_digamma(x, expected):
    assert abs(special.digamma(x) - expected) < 1e-12


def test_a_ufunc_holds_nothing():
    inspect.signature(np.tanh)  # NumPy may keep the answer in an attribute of the ufunc
    held = SimpleNamespace(weights=np.ones(2), activation=np.tanh)
    gradient = structures.like(held, structures.zeros_like(held))
    assert gradient.activation is None
    assert inspect.signature(np.tanh) is not None


def test_views_share_shadows():
    x = np.arange(6.0).reshape(2, 3)
    whole, part, again, backwards, fixed = shadows.shadow([x, x[1], x, x[::-1, 1:], np.broadcast_to(x, (2, 2, 3))])
    part[2] = 5.0
    np.testing.assert_array_equal(whole, [[0, 0, 0], [0, 0, 5]])
    assert again is whole and backwards[0, 1] == 5.0 and fixed.shape == (2, 2, 3) and not fixed.any()


def test_views_are_taken_once():
    x = np.ones((2, 3))
    source, apart = [x, x[1], 2.0], [np.full((2, 3), 7.0), np.zeros(3), 1.0]
    shadows.assign_to(apart, source)
    assert same(apart, [np.ones((2, 3)), np.zeros(3), 2.0]) and same(source, [np.ones((2, 3)), np.ones(3), 2.0])
    together = [x, x[1], 0.0]
    shadows.assign_to(together, [np.ones((2, 3)), np.ones(3), 3.0])
    assert same(together, [np.array([[1.0] * 3, [2.0] * 3]), np.full(3, 2.0), 3.0])


@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e200])
@pytest.mark.parametrize("shape", [(2, 2), (4, 3, 3), (0, 3, 3)])
def test_cofactors_by_the_inverse_and_without_it(shape, scale):
    a = np.random.default_rng(0).normal(size=shape) * scale
    minors = np.zeros(shape)
    rows = range(shape[-1])
    for i in rows:
        for j in rows:
            minor = a[..., [r for r in rows if r != i], :][..., [c for c in rows if c != j]]
            minors[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    with np.errstate(over="ignore"):
        assert np.all(np.isinf(minors)) or np.allclose(matrices.cofactors(a), minors, rtol=1e-9, atol=0)


def test_cofactors_of_matrices_that_are_nearly_singular():
    a = np.array([[1.0, 2.0], [0.5, 1.0 + 1e-13]])
    np.testing.assert_allclose(matrices.cofactors(a), [[1.0 + 1e-13, -0.5], [-2.0, 1.0]], rtol=1e-14)
    np.testing.assert_allclose(matrices.cofactors(np.ones((2, 2))), [[1.0, -1.0], [-1.0, 1.0]], rtol=1e-14)
