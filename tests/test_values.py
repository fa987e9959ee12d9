"""Which values go in and come out: precision, scalars, containers, results without a slope, infinite slopes."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import math

import numpy as np
import pytest

import srcgrad
from srcgrad import check_grads, elementwise_grad, grad, hessian, hessian_vector_product, jvp, value_and_grad, vjp
from tests.check import check_gradient

X = np.array([0.3, 0.7, 1.1])
Z = X[:2] + 1j * X[1:]
DTYPES = [np.float16, np.float32, np.float64, np.longdouble]


def forms(dtype):
    return X.astype(dtype), dtype(0.5), np.array(0.5, dtype)


def product(x, y):
    return np.sum(np.sin(x) * y)


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">c16"])
def test_bytes_in_the_other_order(dtype):
    x = X.astype(dtype)

    def f(x, y):
        z = np.zeros_like(x)
        z[1:] = x[:-1] * y[1:]
        return np.sum(np.abs(z) ** 2)

    found = grad(f, (0, 1))(x, X.astype(">f8"))
    expected = grad(f, (0, 1))(x.astype(x.dtype.newbyteorder("=")), X)
    assert [v.dtype for v in found] == [x.dtype, np.dtype(">f8")]
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-6)


def wave(x):
    return np.sin(x) * x


def dtypes(*values):
    return [np.asarray(v).dtype for v in values]


# Precision


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_gradient_has_the_dtype_of_its_argument(dtype):
    for x in forms(dtype):
        for seed in (1.0, 1, True, np.float32(1), np.float64(1), np.array(1.0), np.longdouble(1)):
            (bar,) = vjp(lambda x: np.sum(wave(x)), x)[1](seed)
            assert bar.dtype == dtype and np.shape(bar) == np.shape(x)
            np.testing.assert_allclose(bar.astype(float), np.cos(x) * x + np.sin(x), rtol=5e-3)
        for seed_dtype in DTYPES:
            (bar,) = vjp(wave, x)[1](np.ones_like(x, dtype=seed_dtype))
            assert bar.dtype == dtype
            value, tangent = jvp(wave, (x,), (np.ones_like(x, dtype=seed_dtype),))
            assert dtypes(value, tangent) == [dtype] * 2
        total = lambda x: np.sum(wave(x))  # noqa: E731
        assert dtypes(grad(total)(x), hessian(total)(x), elementwise_grad(wave)(x)) == [dtype] * 3
        assert dtypes(hessian_vector_product(total)(x, np.ones_like(x)), value_and_grad(total)(x)[1]) == [dtype] * 2


@pytest.mark.parametrize(("one", "other"), list(itertools.product(DTYPES, DTYPES)))
def test_precisions_mixed_in_one_call(one, other):
    df = grad(product, (0, 1))
    for x, y in itertools.product(forms(one), forms(other)):
        assert dtypes(*df(x, y)) == dtypes(x, y)
        value, pullback = vjp(product, x, y)
        assert dtypes(*pullback(1.0)) == dtypes(x, y) == dtypes(*pullback(np.float16(1)))
        assert dtypes(*jvp(product, (x, y), (np.ones_like(x), np.ones_like(y)))) == dtypes(value, value)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128, np.clongdouble])
def test_precision_of_complex_numbers(dtype):
    z = Z.astype(dtype)
    assert grad(lambda z: np.sum(np.abs(z) ** 2))(z).dtype == dtype
    assert grad(lambda z: np.abs(z) ** 2)(dtype(1 + 2j)) == 2 - 4j
    assert jvp(lambda z: z * z, (z,), (Z,))[1].dtype == dtype
    by_z, by_x = grad(lambda z, x: np.sum(np.real(z * x)), (0, 1))(z, X[:2].astype(np.float32))
    assert dtypes(by_z, by_x) == [dtype, np.float32]


def test_members_keep_their_dtypes():
    given = {"a": X.astype(np.float32), "b": [np.float16(2.0), 3.0, np.array(1.5, np.longdouble)], "c": Z}
    found = grad(lambda p: np.sum(p["a"]) * p["b"][0] * p["b"][1] * p["b"][2] * np.sum(np.abs(p["c"])))(given)
    assert found["a"].dtype == np.float32 and found["c"].dtype == complex
    assert dtypes(*found["b"]) == [np.float16, float, np.longdouble]


# One space


SCALARS = [0.5, np.float64(0.5), np.float32(0.5), np.array(0.5), np.array(0.5, np.float32)]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(range(5), range(5))))
def test_scalars_are_one_space(one, other):
    """Any may be given for any, in the next call of one gradient, as a tangent and as a cotangent."""
    x, y = SCALARS[one], SCALARS[other]
    df, slope = grad(wave), 0.5 * np.cos(0.5) + np.sin(0.5)
    for argument in (x, y, x):
        found = df(argument)
        np.testing.assert_allclose(found, slope, rtol=1e-6)
        assert np.shape(found) == () and np.asarray(found).dtype == np.asarray(argument).dtype
    np.testing.assert_allclose(vjp(wave, x)[1](y)[0], 0.5 * slope, rtol=1e-6)
    np.testing.assert_allclose(jvp(wave, (x,), (y,))[1], 0.5 * slope, rtol=1e-6)
    by_x, by_y = grad(lambda a, b: a * b, (0, 1))(x, y)
    assert by_x == by_y == 0.5
    assert grad(lambda a: a["k"][0] * a["k"][1])({"k": [x, y]})["k"] == [0.5, 0.5]


def test_integers_where_floats_are_expected():
    assert vjp(wave, 0.5)[1](2)[0] == 2 * vjp(wave, 0.5)[1](1.0)[0]
    assert jvp(wave, (0.5,), (2,))[1] == 2 * jvp(wave, (0.5,), (1.0,))[1]
    np.testing.assert_array_equal(vjp(lambda x: x * 2, X)[1](np.arange(3))[0], [0.0, 2.0, 4.0])
    np.testing.assert_array_equal(jvp(lambda x: x * 2, (X,), (np.arange(3),))[1], [0.0, 2.0, 4.0])


# Arguments without a gradient


@pytest.mark.parametrize("value", [1, np.int64(1), True, np.arange(3), np.array(1), "a", None, [1, 2], {"a": 1}])
def test_arguments_without_a_gradient(value):
    for tool in (grad, value_and_grad, elementwise_grad, srcgrad.jacobian, srcgrad.hessian):
        with pytest.raises(TypeError) as caught:
            tool(lambda x: 1.0)(value)
        assert isinstance(caught.value, srcgrad.SrcgradError)
        with pytest.raises(TypeError):
            tool(lambda x, y: 1.0, (0, 1))(1.0, value)
    assert vjp(lambda x: 1.0, value)[1](1.0) == (None,)
    assert jvp(lambda x: 1.0, (value,), (None,)) == (1.0, 0.0)
    # beside one that has
    assert grad(lambda x, y: x * x)(3.0, value) == 6.0
    assert grad(lambda y, x: x * x, 1)(value, 3.0) == 6.0
    assert vjp(lambda x, y: x * x, 3.0, value)[1](1.0) == (6.0, None)


# Results without a slope


RESULTS = [
    lambda x: x[0] > 0.5, lambda x: x > 0.5, lambda x: 3, lambda x: np.argmax(x), lambda x: np.argsort(x), lambda x: True,
    lambda x: np.sum(x) > 1 and x[0] < 1,
]  # fmt: skip


@pytest.mark.parametrize("f", RESULTS)
def test_results_without_a_slope(f):
    value, pullback = vjp(f, X)
    np.testing.assert_array_equal(value, f(X))
    for cotangent in (np.ones(np.shape(value)), value):
        np.testing.assert_array_equal(pullback(cotangent)[0], np.zeros(3))
    with pytest.raises(TypeError) as caught:
        grad(f)(X)
    assert isinstance(caught.value, srcgrad.SrcgradError)
    value, tangent = jvp(f, (X,), (X,))
    np.testing.assert_array_equal(tangent, np.zeros(np.shape(value)))
    assert np.asarray(tangent).dtype == float


def test_tangents_of_containers_with_what_has_no_slope():
    value, tangent = jvp(lambda x: [x, 3, (x > 0.5, None), {"s": "text", "n": np.argmax(x)}], (X,), (X,))
    np.testing.assert_array_equal(tangent[0], X)
    assert tangent[1] == 0.0 and tangent[2][1] is None and tangent[3] == {"s": None, "n": 0.0}
    np.testing.assert_array_equal(tangent[2][0], np.zeros(3))


def test_results_that_do_not_depend_on_the_arguments():
    argument = {"a": X, "b": (2.0, [np.float32(1)]), "n": 3, "z": Z, "e": []}
    for found in (
        grad(lambda p: 1.5)(argument),
        vjp(lambda p: np.ones(2), argument)[1](np.ones(2))[0],
        vjp(lambda p: {"c": 1.0}, argument)[1]({"c": 2.0})[0],
    ):
        np.testing.assert_array_equal(found["a"], np.zeros(3))
        np.testing.assert_array_equal(found["z"], np.zeros(2, complex))
        assert found["b"] == (0.0, [0.0]) and found["n"] is None and found["e"] == []
    value, tangent = jvp(lambda p: (np.ones(2), {"c": 1.0}, []), (argument,), ({**argument, "n": None},))
    np.testing.assert_array_equal(tangent[0], np.zeros(2))
    assert tangent[1] == {"c": 0.0} and tangent[2] == []
    np.testing.assert_array_equal(hessian(lambda x: np.sum(x))(X), np.zeros((3, 3)))


# Containers


Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    size: int = 3
    name: str = "layer"
    inner: object = None


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: float
    rest: tuple = ()


CONTAINERS = [
    (lambda p: np.sum(p.a * p.b), Pair(X, 2.0)),
    (lambda p: np.sum(p[0] * p[1]["k"]) * p[1][(1, 2)], [X, {"k": X + 1, (1, 2): 0.5, None: None, 3: 7}]),
    (lambda p: np.sum(p.w * p.size) * p.inner[0], Layer(X, inner=[2.0, "text", None])),
    (lambda p: p.a * p.rest[0] * p.rest[1].a, Frozen(0.5, (2.0, Frozen(3.0)))),
    (lambda p: p[0] * p[-1], (2.0, None, "text", 3, [], (), {}, 4.0)),
    (lambda p: sum(np.sum(v) for v in p), [X, 2.0, np.float32(3.0)]),
]


@pytest.mark.parametrize("case", range(len(CONTAINERS)))
def test_containers_as_arguments(case):
    f, argument = CONTAINERS[case]
    found = grad(f)(argument)
    assert type(found) is type(argument)
    check_grads(f, (argument,), order=1)
    assert type(vjp(f, argument)[1](1.0)[0]) is type(argument)
    # a tangent is built as the argument is
    value, tangent = jvp(f, (argument,), (without_constants(argument),))
    np.testing.assert_allclose(tangent, slope_along_itself(found, argument), rtol=1e-6)


def without_constants(value):
    """The floats of a value, and None for what is none, in its structure."""
    if isinstance(value, dict):
        return {k: without_constants(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        members = [without_constants(v) for v in value]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    if dataclasses.is_dataclass(value):
        return {f.name: without_constants(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return None if isinstance(value, (int, str)) else value


def slope_along_itself(bar, value):
    if bar is None:
        return 0.0
    if isinstance(value, dict):
        return sum(slope_along_itself(bar[k], v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return sum(map(slope_along_itself, bar, value))
    if dataclasses.is_dataclass(value):
        return sum(slope_along_itself(getattr(bar, f.name), getattr(value, f.name)) for f in dataclasses.fields(value))
    return np.sum(bar * value)


A = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])
LIBRARY = {
    "svd": (np.linalg.svd, A), "eigh": (np.linalg.eigh, A), "slogdet": (np.linalg.slogdet, A), "qr": (np.linalg.qr, A),
    "split": (lambda x: np.split(x, 3), X), "array_split": (lambda x: np.array_split(x, 2), X), "modf": (np.modf, X * 3),
    "gradient": (np.gradient, A), "meshgrid": (lambda x: np.meshgrid(x, x), X), "divmod": (lambda x: np.divmod(x, 0.4), X),
    "pair": (lambda x: Pair(x, x[0]), X), "nonzero": (lambda x: (np.nonzero(x), x), X), "list": (list, X),
    "empty": (lambda x: [], X), "empties": (lambda x: ((), {"a": {}}, [x]), X),
    "keys": (lambda x: {"a": x, 1: x[0], None: 2.0, (1, 2): x[1:]}, X),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARY)
def test_containers_as_results(name):
    f, x = LIBRARY[name]
    check_grads(f, (x,), order=1)
    value, tangent = jvp(f, (x,), (x,))
    assert type(tangent) is type(value) is type(f(x))


@pytest.mark.parametrize("empty", [[], (), {}])
def test_empty_containers(empty):
    assert grad(lambda p: 2.0)(empty) == empty
    assert value_and_grad(lambda p, x: x * 2.0, (0, 1))(empty, 3.0) == (6.0, (empty, 2.0))
    assert vjp(lambda p: 2.0, empty)[1](1.0) == (empty,)
    assert jvp(lambda p: 2.0, (empty,), (empty,)) == (2.0, 0.0)
    assert vjp(lambda x: empty, 2.0)[1](empty) == (0.0,)
    assert jvp(lambda x: empty, (2.0,), (1.0,)) == (empty, empty)
    assert grad(lambda p: p[0] * 2.0)([1.0, empty]) == [2.0, empty]


def test_forms_of_cotangents():
    _, pullback = vjp(lambda x: (x, {"y": 2 * x, "n": 3}), X)
    for given in ((X, {"y": X, "n": None}), [X, {"y": X, "n": 1.0}]):
        np.testing.assert_allclose(pullback(given)[0], 3 * X)
    np.testing.assert_allclose(pullback((None, {"y": X, "n": None}))[0], 2 * X)
    np.testing.assert_allclose(pullback((X, None))[0], X)
    for wrong in (X, (X,), (X, {"y": X}), (X, [X, 3]), (X[:2], None), {"y": X}, None):
        with pytest.raises(srcgrad.SrcgradError):
            pullback(wrong)
    for wrong in (A, 1.0, [1.0, 2.0, 3.0], None, "a"):
        with pytest.raises(srcgrad.SrcgradError):
            vjp(lambda x: x, X)[1](wrong)
        if wrong is not None and not isinstance(wrong, list):
            with pytest.raises(srcgrad.SrcgradError):
                jvp(lambda x: x, (X,), (wrong,))


def test_attributes_that_the_function_adds_are_not_in_the_gradient():
    class Box:
        pass

    def filled(box):
        box.twice = box.a * 2
        return np.sum(box.twice)

    box = Box()
    box.a = X.copy()
    found = grad(filled)(box)
    assert vars(found).keys() == {"a"}
    np.testing.assert_array_equal(found.a, [2.0, 2.0, 2.0])


# Complex numbers


def test_pullbacks_transpose_without_conjugation():
    c = 2 - 3j
    np.testing.assert_allclose(vjp(lambda z: c * z, Z)[1](np.ones(2) * 1j)[0], 1j * c * np.ones(2))
    np.testing.assert_allclose(vjp(np.conj, Z)[1](np.ones(2) * 1j)[0], -1j * np.ones(2))
    np.testing.assert_allclose(grad(lambda z: z.real * z.imag)(2 + 3j), 3 - 2j)
    np.testing.assert_allclose(grad(lambda z: np.sum(np.abs(z) ** 2))(Z), 2 * np.conj(Z))
    for f in (np.exp, np.conj, np.abs, np.real, lambda z: z * np.abs(z), lambda z: np.fft.fft(z), np.angle):
        check_grads(f, (Z,))


def test_numbers_of_python_do_not_widen_what_they_are_joined_to():
    for f in (lambda x: np.r_[x, 1.0], lambda x: np.r_[2, x], lambda x: np.c_[x, x], lambda x: np.r_[x[0], [1.0, 2.0]]):
        x = X.astype(np.float32)
        assert dtypes(*jvp(f, (x,), (x,))) == [f(x).dtype] * 2


def test_what_is_real_has_a_real_gradient():
    found = grad(lambda x: np.sum(np.abs(np.fft.fft(x * (1 + 2j))) ** 2))(X)
    assert found.dtype == float
    (bar,) = vjp(lambda x: x * (1 + 2j), X)[1](np.ones(3) * 1j)
    np.testing.assert_array_equal(bar, [-2.0, -2.0, -2.0])
    by_x, by_z = grad(lambda x, z: np.sum(np.real(x * z)), (0, 1))(X[:2], Z)
    assert dtypes(by_x, by_z) == [float, complex]
    assert isinstance(grad(lambda t: np.abs(np.exp(1j * t) + t))(0.5), float)
    for f in (lambda z: np.real(z) ** 2, lambda z: abs(z - z), lambda z: 2.0):  # nor is a complex one's gradient real
        assert isinstance(grad(f)(0.5 + 0.25j), complex)
    assert isinstance(grad(lambda zs: np.real(zs[0]))([0.5 + 0.25j])[0], complex)


def test_complex_results_and_seeds():
    with pytest.raises(TypeError):
        grad(lambda z: z * z)(1j)
    with pytest.raises(srcgrad.SrcgradError):
        vjp(np.abs, Z)[1](Z)
    with pytest.raises(srcgrad.SrcgradError):
        jvp(lambda x: x, (X[:2],), (Z,))
    np.testing.assert_allclose(vjp(lambda z: z * z, Z)[1](np.ones(2))[0], 2 * Z)  # a real seed of a complex result
    np.testing.assert_allclose(jvp(lambda z: z * z, (Z,), (np.ones(2),))[1], 2 * Z)


def real_and_then_imaginary(z):
    """Its adjoint begins real, and becomes complex."""
    w = np.exp(z)
    a = np.real(w * 1j)
    b = np.real(w)
    return np.sum(a) + np.sum(b * b)


def test_adjoints_that_begin_real():
    check_grads(real_and_then_imaginary, (Z,))
    check_grads(real_and_then_imaginary, (Z.astype(np.complex64),))


# Infinite slopes, and none


def restored(x):
    y = np.sqrt(x)
    y[x == 0] = 1.0
    return np.sum(y)


def root(x):
    return np.sqrt(x)


DISCARDED = {
    "where": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), x)), [1.0, 1.0, 0.25]),
    "where of a logarithm": (lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)), [0, 0, 0.25]),
    "where of a quotient": (lambda x: np.sum(np.where(x > 0, 1 / x, 0.0)), [0, 0, -1 / 16]),
    "where of a quotient of two": (lambda x: np.sum(np.where(x != 0, np.sin(x) / x, 1.0)), None),
    "where of a negative": (lambda x: np.sum(np.where(x > 0, -np.sqrt(x) / x, 0.0)), [0, 0, 1 / 16]),
    "where of an arc": (lambda x: np.sum(np.where(x > 1, 0.0, np.where(x < 0, 0.0, np.arccos(x)))), [0, -1.0, 0]),
    "where of a power": (lambda x: np.sum(np.where(x > 0, x**0.5, 0.0)), [0, 0, 0.25]),
    "the mask of a root": (lambda x: np.sum(np.sqrt(x)[x > 0]), [0, 0, 0.25]),
    "a root of the mask": (lambda x: np.sum(np.sqrt(x[x > 0])), [0, 0, 0.25]),
    "an index": (lambda x: np.sqrt(x)[2], [0, 0, 0.25]),
    "a slice": (lambda x: np.sum(np.sqrt(x)[2:]), [0, 0, 0.25]),
    "a part of a callee's result": (lambda x: root(x)[2] * 2, [0, 0, 0.5]),
    "a branch": (lambda x: np.sum(np.sqrt(x)) if x[0] > 0 else np.sum(x), [1, 1, 1]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", DISCARDED)
def test_what_is_discarded_gives_nothing_on(what):
    f, expected = DISCARDED[what]
    x = np.array([-1.0, 0.0, 4.0])
    found = grad(f)(x)
    assert np.all(np.isfinite(found))
    if expected is not None:
        np.testing.assert_allclose(found, expected, atol=1e-12)
    if "index" not in what and "part" not in what and "slice" not in what:
        np.testing.assert_allclose(jvp(f, (x,), (np.ones(3),))[1], np.sum(found), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_overwritten_and_unused():
    np.testing.assert_allclose(grad(restored)(np.array([0.0, 4.0])), [0.0, 0.25])
    for f in (np.sqrt, root, lambda x: root(x)):
        np.testing.assert_allclose(vjp(f, np.array([0.0, 4.0]))[1](np.array([0.0, 1.0]))[0], [0.0, 0.25])
        assert vjp(f, np.array([0.0, 4.0]))[1](np.ones(2))[0][0] == np.inf


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", [np.sqrt, root, np.cbrt])
def test_a_root_of_zero_with_a_zero_cotangent(f):
    assert vjp(f, 0.0)[1](0.0) == (0.0,) and vjp(f, np.array(0.0))[1](0.0)[0] == 0.0
    assert vjp(f, 0.0)[1](1.0) == (np.inf,)


@pytest.mark.filterwarnings("ignore")
def test_conventions_at_singular_points():
    assert grad(np.sqrt)(0.0) == np.inf
    np.testing.assert_array_equal(grad(np.linalg.norm)(np.zeros(2)), [0.0, 0.0])
    np.testing.assert_array_equal(grad(np.std)(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(grad(np.prod)(np.zeros(2)), [0.0, 0.0])
    assert grad(np.abs)(0.0) == 0.0
    assert grad(np.maximum, (0, 1))(1.0, 1.0) == (0.5, 0.5)
    np.testing.assert_array_equal(grad(np.max)(np.array([1.0, 1.0, 0.0])), [0.5, 0.5, 0.0])
    assert grad(lambda a, b: max(a, b), (0, 1))(1.0, 1.0) == (1.0, 0.0)


# What is discarded, sentence by sentence


def chosen_by_names(v):
    a = np.log(v)
    b = a * np.sqrt(v)
    return np.sum(np.where(v > 0, b / v, 0.0))


def left_out_before(v):
    return np.sum(np.log(v[v > 0]) / v[v > 0])


def left_out_by_a_branch(v):
    return sum([np.log(t) / t for t in v if t > 0])


def left_out_by_a_mask(v):
    y = np.log(v)
    z = 2.0 / v
    return np.sum(y[v > 0]) * np.sum(z[v > 0])


def overwritten_by_a_mask(v):
    y = np.log(v)
    y[v <= 0] = 0.0
    z = 2.0 / v
    z[:2] = 1.0
    return np.sum(y * z)


def part_of_a_root(v):
    return np.sum(np.sqrt(v)[2:]) + np.cbrt(v)[2]


@pytest.mark.parametrize(
    "f", [chosen_by_names, left_out_before, left_out_by_a_branch, left_out_by_a_mask, overwritten_by_a_mask, part_of_a_root]
)
def test_each_way_of_discarding(f):
    def of_the_positive(t):
        return f(np.array([-1.0, 0.0, t]))

    with np.errstate(all="ignore"):
        slope = (of_the_positive(4.0 + 1e-6) - of_the_positive(4.0 - 1e-6)) / 2e-6
        v = np.array([-1.0, 0.0, 4.0])
        np.testing.assert_allclose(grad(f)(v), [0.0, 0.0, slope], rtol=1e-6)
        tangents = [jvp(f, (v,), (e,))[1] for e in np.eye(3)]
    np.testing.assert_allclose(tangents, [0.0, 0.0, slope], rtol=1e-6)


@pytest.mark.parametrize("name", ["sqrtm", "logm", "fractional_matrix_power"])
def test_functions_of_real_matrices_that_are_complex(name):
    linalg = pytest.importorskip("scipy.linalg")
    function = getattr(linalg, name)
    powers = (0.3,) if name == "fractional_matrix_power" else ()

    def size(a):
        return np.sum(np.abs(function(a, *powers)) ** 2)

    real, complex_ = np.array([[3.0, 1.0], [0.5, 2.0]]), np.array([[1.0, 2.0], [3.0, -4.0]])
    check_grads(size, (real,), order=1)
    check_grads(size, (complex_ + 1j,), order=1)
    for call in (lambda: grad(size)(complex_), lambda: jvp(size, (complex_,), (real,))):
        with pytest.raises(ValueError, match="of this real matrix is complex"):
            call()


def test_a_sparse_matrix_times_an_array_without_axes():
    sparse = pytest.importorskip("scipy.sparse")
    matrix, v = sparse.diags([1.0, 2.0, 3.0]).tocsr(), np.array([0.5, -1.0, 2.0])

    def f(t):
        return np.sum((matrix * t) @ v) + np.sum((t * matrix) @ v)

    found = grad(f)(np.array(0.4))
    assert found.shape == ()
    np.testing.assert_allclose(found, 2 * np.sum(matrix @ v))


def times_if_given(t, c):
    return t if c is None else t * c


def given_a_number_an_array_or_nothing(x, which):
    total = 0.0
    for i in range(3):
        c = None if which[i] == 0 else x if which[i] == 1 else x[1]
        total += np.sum(times_if_given(x, c) ** 2)
    return total


def test_an_argument_that_is_a_number_an_array_or_nothing():
    # the adjoint of a number can't be added to in place
    check_gradient(given_a_number_an_array_or_nothing, (X.copy(), [0, 1, 2]), (0,))


class Vector:
    def __init__(self, w):
        self.w = w


def note_square(vector):
    vector.square = np.sum(vector.w**2)


def test_a_helper_adds_a_number_to_an_object_that_shares_memory():
    def f(w):
        vector = Vector(w)
        vector.w *= 2
        note_square(vector)
        return vector.square * np.sum(w)

    check_gradient(f, (X.copy(),), (0,))


def test_counters_copied_and_put_together():
    def f(x, word):
        counts = collections.Counter(word)
        kept = counts.copy()
        kept["a"] += 3
        counts.clear()
        counts.update(kept)
        return x ** counts["a"] * counts["b"]

    check_gradient(f, (0.7, "abacab"), (0,))

    def weighed(x, word):
        counts = collections.Counter(word)
        total = np.sum(x ** counts["a"])
        for _, n in counts.most_common(2):
            total = total * n
        return total

    slope = grad(weighed)
    expected = (slope(X + 1e-5, "abacab") - slope(X - 1e-5, "abacab")) / 2e-5
    np.testing.assert_allclose(jvp(slope, (X, "abacab"), (np.ones(3), None))[1], expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_infinite_slopes_at_pythons_floats():
    """As at NumPy's: what divides by zero is the derivative, not the function."""

    def f(x, k):
        return k * x**0.5 + np.log(k)

    assert srcgrad.grad(f)(0.0, 2.0) == srcgrad.vjp(f, 0.0, 2.0)[1](1.0)[0] == np.inf
    assert srcgrad.jvp(f, (0.0, 2.0), (1.0, 0.0))[1] == np.inf
    with pytest.raises(ZeroDivisionError):
        srcgrad.grad(lambda x: 1 / x)(0.0)
    with pytest.raises(srcgrad.SrcgradError, match="divides by zero, where the function has a value"):
        srcgrad.grad(lambda x: math.sqrt(x))(0.0)
