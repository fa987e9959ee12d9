"""Do the public functions keep their promises, apart from the numbers?"""

import copy
import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import srcgrad
from srcgrad import check_grads, grad, stop_gradient, value_and_grad, vjp

SCALE = 2.0
TABLE = np.array([1.0, 2.0, 3.0])


def square(x):
    """The square of x."""
    return x * x


def loss(w, x, y=1.0, *, power=2):
    residual = x @ w - y
    return np.mean(residual**power)


def uses_globals(v):
    return SCALE * np.sum(TABLE * v * v)


def march(u, nu, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] += nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(np.exp(-u) * u)


def branchy(x, k):
    y = x
    while y < 3.0:
        if y < 1.0:
            y = y * (1.2 + k)
        else:
            y = y + helper(y, k)
    return y


def helper(y, k):
    return k * y * math.sin(y) + 0.3


class Model:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def predict(self, x):
        return np.tanh(self.w * x + self.b)

    def __call__(self, x):
        return np.sum(self.predict(x) ** 2)

    @staticmethod
    def cost(x):
        return x**3

    @classmethod
    def doubled(cls, x):
        return 2 * x


class Pair(NamedTuple):
    a: float
    b: np.ndarray


@dataclass
class Params:
    w: np.ndarray
    rate: float
    steps: int = 3
    name: str = "model"


W = np.array([0.3, -0.2, 0.5])
X = np.array([[1.0, 2.0, -1.0], [0.5, 0.3, 0.8]])
W_GRADIENT = 2 * X.T @ (X @ W - 1.0) / 2

# -- grad and value_and_grad ----------------------------------------------------------


def test_grad():
    got = grad(square)(3.0)
    assert got == 6.0
    assert type(got) is float


def test_value_and_grad():
    value, gradient = value_and_grad(square)(3.0)
    assert (value, gradient) == (9.0, 6.0)


def test_as_a_decorator():
    @grad
    def slope(x):
        return x**3

    @functools.partial(value_and_grad, argnums=1)
    def both(a, b):
        return a * b * b

    assert slope(2.0) == 12.0
    assert both(3.0, 2.0) == (12.0, 12.0)


@pytest.mark.parametrize("argnums", [0, "w", -3])
def test_argnums_for_one(argnums):
    def f(w, x, y):
        return np.mean((x @ w - y) ** 2)

    np.testing.assert_allclose(grad(f, argnums)(W, X, 1.0), W_GRADIENT)
    value, got = value_and_grad(f, argnums)(W, X, 1.0)
    np.testing.assert_allclose(got, W_GRADIENT)
    assert value == pytest.approx(f(W, X, 1.0))


@pytest.mark.parametrize("argnums", [
    (0, 2), ("a", "c"), (0, "c"), (-3, -1), [0, 2], ["a", -1],
])  # fmt: skip
def test_argnums_for_several(argnums):
    def f(a, b, c):
        return a * b * c * c

    got = grad(f, argnums)(2.0, 3.0, 5.0)
    assert tuple(got) == (75.0, 60.0)
    value, got = value_and_grad(f, argnums)(2.0, 3.0, 5.0)
    assert value == 150.0
    assert tuple(got) == (75.0, 60.0)


def test_argnums_order_is_the_order_of_the_result():
    def f(a, b):
        return a * a * b

    assert grad(f, (1, 0))(2.0, 3.0) == (4.0, 12.0)
    assert grad(f, ("b", "a"))(2.0, 3.0) == (4.0, 12.0)


def test_tuple_of_one_gives_a_tuple_of_one():
    got = grad(square, (0,))(3.0)
    assert got == (6.0,)
    assert isinstance(got, tuple)


def test_unused_argument_has_zeros():
    def f(a, v, unused):
        return a * a

    got = grad(f, (0, 1, 2))(2.0, np.ones(3), [1.0, np.ones(2)])
    assert got[0] == 4.0
    np.testing.assert_array_equal(got[1], np.zeros(3))
    assert got[2][0] == 0.0
    np.testing.assert_array_equal(got[2][1], np.zeros(2))


def test_constant_function_has_zero():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(grad(lambda v: 3.0)(np.ones(2)), np.zeros(2))


def test_has_aux():
    def f(x):
        y = x * x
        return y, {"half": y / 2, "name": "square"}

    gradient, aux = grad(f, has_aux=True)(3.0)
    assert gradient == 6.0
    assert aux == {"half": 4.5, "name": "square"}
    (value, aux), gradient = value_and_grad(f, has_aux=True)(3.0)
    assert (value, gradient) == (9.0, 6.0)
    assert aux == {"half": 4.5, "name": "square"}


def test_what_comes_beside_the_value_has_no_adjoint():
    def f(x):
        if x[0] > 5.0:
            return x[0] * x[1], None
        r = x**2
        return np.sum(r), {"r": r}

    df = value_and_grad(f, has_aux=True)
    (value, aux), gradient = df(TABLE)
    assert value == np.sum(TABLE**2)
    np.testing.assert_array_equal(aux["r"], TABLE**2)
    np.testing.assert_array_equal(gradient, 2 * TABLE)
    assert "    r_bar = value_bar" in df.source
    assert "zeros_like(" not in df.source.replace("np.zeros_like(x)", "")


def test_has_aux_of_an_active_array():
    def f(v):
        r = v * v
        return np.sum(r), r

    gradient, aux = grad(f, has_aux=True)(TABLE)
    np.testing.assert_array_equal(gradient, 2 * TABLE)
    np.testing.assert_array_equal(aux, TABLE**2)


def test_has_aux_of_products_with_vectors():
    def f(x, k):
        x *= k
        history = [x.copy()]
        x *= x
        history.append(x.copy())
        return np.sin(x), (x, history)

    args, along = (TABLE, 2.0), (TABLE, 1.0)
    value, pullback = srcgrad.vjp(lambda x, k: f(x, k)[0], *copy.deepcopy(args))
    with_aux, pull, (x, history) = srcgrad.vjp(f, *copy.deepcopy(args), has_aux=True)
    for _ in range(2):
        np.testing.assert_array_equal(pull(np.cos(value))[0], pullback(np.cos(value))[0])
    np.testing.assert_array_equal(with_aux, value)
    np.testing.assert_array_equal([x, history[0]], [(2 * TABLE) ** 2, 2 * TABLE])
    expected = srcgrad.jvp(lambda x, k: f(x, k)[0], copy.deepcopy(args), along)
    value, dot, (x, history) = srcgrad.jvp(f, copy.deepcopy(args), along, has_aux=True)
    np.testing.assert_array_equal([value, dot], expected)
    np.testing.assert_array_equal([x, history[0]], [(2 * TABLE) ** 2, 2 * TABLE])
    for differentiate in (lambda: srcgrad.vjp(np.sum, TABLE, has_aux=True), lambda: srcgrad.jvp(np.sum, (TABLE,), (TABLE,), has_aux=True)):
        with pytest.raises(srcgrad.SrcgradError, match="must return a pair"):
            differentiate()


def test_a_wrapper_goes_by_the_name_of_what_it_wraps():
    def twice(f):
        @functools.wraps(f)
        def wrapper(x, y):
            return 2.0 * f(x, y)

        return wrapper

    @twice
    def power(x, y):
        return x**2 * y

    df = grad(power)
    assert df(2.0, 3.0) == 24.0
    assert "def power_grad(x, y, result_bar=1.0):" in df.source
    assert "Gradient of power(x, y) with respect to x." in df.source


def test_arguments_of_a_wrapper_are_those_of_what_it_wraps():
    def twice(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return 2.0 * f(*args, **kwargs)

        return wrapper

    @twice
    def power(x, y=2.0, *rest, k=1.0, **more):
        return k * x**2 * y + sum(rest) * x + more.get("shift", 0.0) * x

    assert grad(power)(3.0, 1.0, k=2.0) == grad(power, "x")(3.0, 1.0, k=2.0) == 24.0
    assert grad(power, "y")(3.0, 1.0, k=2.0) == grad(power, -1)(3.0, 1.0, k=2.0) == 36.0
    assert grad(power, ("k", 0, "shift"))(3.0, 1.0, k=2.0, shift=1.0) == (18.0, 26.0, 6.0)
    assert grad(power, 2)(3.0, 1.0, 5.0, 6.0) == 6.0
    assert srcgrad.jacobian(power, "y")(3.0, 1.0, k=2.0) == 36.0
    with pytest.raises(srcgrad.SrcgradError, match="E504"):
        grad(power, "y")(3.0)
    with pytest.raises(srcgrad.SrcgradError, match="E504"):
        grad(twice(lambda x: x), "z")


# -- how it is called -----------------------------------------------------------------


def test_keywords_and_defaults():
    df = grad(loss)
    expected = df(W, X, 1.0)
    np.testing.assert_allclose(expected, W_GRADIENT)
    np.testing.assert_array_equal(df(W, X), expected)
    np.testing.assert_array_equal(df(W, x=X), expected)
    np.testing.assert_array_equal(df(x=X, w=W, y=1.0, power=2), expected)
    quartic = df(W, X, power=4)
    np.testing.assert_allclose(quartic, 4 * X.T @ (X @ W - 1.0) ** 3 / 2)


def test_gradient_of_an_argument_left_at_its_default():
    got = grad(loss, "y")(W, X)
    assert got == pytest.approx(float(-2 * np.mean(X @ W - 1.0)))


def test_gradient_of_a_keyword_only_argument():
    def f(x, *, k=3.0):
        return x * k * k

    assert grad(f, "k")(2.0, k=5.0) == 20.0
    assert grad(f, "k")(2.0) == 12.0
    assert grad(f, (0, "k"))(2.0) == (9.0, 12.0)


def test_star_args_and_kwargs():
    def f(x, *rest, **named):
        return x * sum(rest) * named["k"]

    assert grad(f)(2.0, 3.0, 4.0, k=5.0) == 35.0
    assert grad(f, 2)(2.0, 3.0, 4.0, k=5.0) == 10.0


def test_mutable_default_is_read_live():
    def f(x, table={"k": 2.0}):  # noqa: B006
        return table["k"] * x * x

    df = grad(f)
    assert df(3.0) == 12.0
    f.__defaults__[0]["k"] = 5.0
    assert df(3.0) == 30.0


def test_new_shapes_and_kinds_on_the_same_df():
    df = grad(lambda x: np.sum(x * x * x))
    assert df(2.0) == 12.0
    for shape in [(3,), (2, 2), (0,), (1,), (), (2, 1, 3)]:
        v = np.full(shape, 2.0)
        got = df(v)
        assert np.shape(got) == shape
        np.testing.assert_array_equal(got, np.full(shape, 12.0))
    assert df(2.0) == 12.0


def test_broadcasting_changes_between_calls():
    def f(a, b):
        return np.sum(a * b)

    df = grad(f, (0, 1))
    for left, right in [((3,), (3,)), ((2, 3), (3,)), ((1, 3), (2, 1)), ((3,), (1,)), ((), (3,)), ((1,), (3,))]:
        a, b = np.full(left, 2.0), np.full(right, 5.0)
        da, db = df(a, b)
        assert np.shape(da) == left and np.shape(db) == right
        size = np.broadcast(a, b).size
        np.testing.assert_array_equal(da, np.full(left, 5.0 * size / a.size))
        np.testing.assert_array_equal(db, np.full(right, 2.0 * size / b.size))


# -- dtypes and structure -------------------------------------------------------------


def test_float32_stays_float32():
    w, x = W.astype(np.float32), X.astype(np.float32)
    got = grad(loss)(w, x)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, W_GRADIENT, rtol=1e-5)
    assert grad(march)(np.ones(5, np.float32), 0.1, 2).dtype == np.float32


def test_doubles_computed_with_in_single_precision():
    def f(s, v):
        y = np.float32(s) * np.concatenate([v, v], dtype=np.float32)
        return np.sum(np.sin(y))

    ds, dv = grad(f, (0, 1))(0.4, np.ones(3))
    assert type(ds) is float and dv.dtype == np.float64


def test_float32_beside_float64():
    def f(a, b):
        return np.sum(a * b * b)

    da, db = grad(f, (0, 1))(np.ones(3, np.float32), np.full(3, 2.0))
    assert (da.dtype, db.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(da, 4.0)


def test_zero_dimensional_arrays_and_numpy_floats():
    got = grad(square)(np.array(3.0))
    assert np.shape(got) == () and got == 6.0 and got.dtype == np.float64
    got = grad(square)(np.float64(3.0))
    assert got == 6.0
    got = grad(square)(np.float32(3.0))
    assert got == 6.0 and np.asarray(got).dtype == np.float32


def test_empty_array():
    got = grad(lambda v: np.sum(v * v))(np.zeros(0))
    assert got.shape == (0,)


def test_fortran_order_and_strided_arguments():
    def f(m):
        return np.sum(m**2 * np.arange(3.0))

    m = np.arange(12.0).reshape(4, 3)
    expected = 2 * m * np.arange(3.0)
    np.testing.assert_allclose(grad(f)(np.asfortranarray(m)), expected)
    np.testing.assert_allclose(grad(f)(m[::2]), expected[::2])
    np.testing.assert_allclose(grad(f)(m[::-1]), expected[::-1])


def test_structure_of_list_tuple_and_dict():
    def f(params):
        w, (b, c), named = params
        return np.sum(w) * b * c + named["k"] ** 2

    got = grad(f)([np.ones(2), (3.0, 4.0), {"k": 5.0}])
    assert isinstance(got, list)
    np.testing.assert_array_equal(got[0], [12.0, 12.0])
    assert got[1] == (8.0, 6.0) and isinstance(got[1], tuple)
    assert got[2] == {"k": 10.0}


def test_structure_of_a_namedtuple():
    got = grad(lambda p: p.a * np.sum(p.b))(Pair(2.0, np.ones(2)))
    assert isinstance(got, Pair)
    assert got.a == 2.0
    np.testing.assert_array_equal(got.b, [2.0, 2.0])


def test_structure_of_a_dataclass():
    def f(p):
        return p.rate * np.sum(p.w**2) * p.steps

    params = Params(np.array([1.0, 2.0]), 0.5)
    got = grad(f)(params)
    assert isinstance(got, Params)
    np.testing.assert_array_equal(got.w, [3.0, 6.0])
    assert got.rate == 15.0
    assert got.steps is None and got.name is None
    assert params.rate == 0.5 and params.name == "model"


def test_structure_of_an_object():
    model = Model(0.5, np.array([0.1, 0.2]))
    x = np.array([1.0, 2.0])
    got = grad(lambda m, x: np.sum(m.predict(x)))(model, x)
    assert isinstance(got, Model)
    slope = 1 - np.tanh(model.w * x + model.b) ** 2
    assert got.w == pytest.approx(float(np.sum(slope * x)))
    np.testing.assert_allclose(got.b, slope)
    assert model.w == 0.5


def test_leaves_that_are_not_floats_have_none():
    got = grad(lambda p: p["w"] * p["n"])({"w": 2.0, "n": 3, "kind": "a", "more": None})
    assert got == {"w": 3.0, "n": None, "kind": None, "more": None}


def test_one_array_in_two_places():
    a = np.array([1.0, 2.0])
    got = grad(lambda pair: np.sum(pair[0] * pair[1]))([a, a])
    np.testing.assert_array_equal(got[0], a)
    np.testing.assert_array_equal(got[1], a)
    assert got[0] is not got[1]


def test_gradients_are_arrays_of_their_own():
    def f(a, b):
        return np.sum(a + b)

    a, b = np.ones(3), np.ones(3)
    da, db = grad(f, (0, 1))(a, b)
    da += 1.0
    np.testing.assert_array_equal(db, np.ones(3))
    again, _ = grad(f, (0, 1))(a, b)
    np.testing.assert_array_equal(again, np.ones(3))
    gradient = grad(lambda v, w: np.sum(v * w))(a, b)
    gradient *= 0.0
    np.testing.assert_array_equal(b, np.ones(3))


def test_gradients_may_be_written_to():
    for f in [np.sum, np.mean, lambda v: np.sum(v.T), lambda v: np.sum(v[::-1])]:
        gradient = grad(f)(np.ones(4))
        gradient[0] = 5.0
        assert gradient[1] != 5.0


def test_arguments_are_left_alone():
    u = np.linspace(0, 1, 6)
    before = u.copy()
    grad(march)(u, 0.1, 3)
    np.testing.assert_array_equal(u, before)


# -- vjp, stop_gradient, check_grads --------------------------------------------------


def test_vjp_of_a_vector_function():
    def f(m, v):
        return np.tanh(m @ v)

    m, v = np.eye(2) * 0.5, np.array([1.0, -1.0])
    value, pullback = vjp(f, m, v)
    np.testing.assert_allclose(value, np.tanh([0.5, -0.5]))
    seed = np.array([1.0, 2.0])
    m_bar, v_bar = pullback(seed)
    inner = seed * (1 - value**2)
    np.testing.assert_allclose(m_bar, np.outer(inner, v))
    np.testing.assert_allclose(v_bar, m.T @ inner)
    np.testing.assert_array_equal(seed, [1.0, 2.0])
    np.testing.assert_allclose(pullback(2 * seed)[1], 2 * v_bar)
    np.testing.assert_allclose(pullback(seed)[1], v_bar)


def test_vjp_of_one_primal_gives_a_tuple():
    value, pullback = vjp(square, 3.0)
    assert value == 9.0
    assert pullback(2.0) == (12.0,)


def test_vjp_of_a_container_result():
    def f(x, y):
        return {"product": x * y, "both": (x, y * y)}

    value, pullback = vjp(f, 2.0, 3.0)
    assert value == {"product": 6.0, "both": (2.0, 9.0)}
    assert pullback({"product": 1.0, "both": (10.0, 100.0)}) == (13.0, 602.0)


def test_pullbacks_do_not_disturb_each_other():
    _, first = vjp(march, np.linspace(0, 1, 6), 0.1, 4)
    _, second = vjp(march, np.linspace(1, 3, 6), 0.2, 3)
    a = first(1.0)[0].copy()
    b = second(1.0)[0].copy()
    np.testing.assert_array_equal(first(1.0)[0], a)
    np.testing.assert_array_equal(second(1.0)[0], b)


def test_stop_gradient():
    def f(x):
        return x * stop_gradient(x * x)

    assert f(3.0) == 27.0
    assert stop_gradient(3.0) == 3.0
    assert value_and_grad(f)(3.0) == (27.0, 9.0)
    assert grad(grad(f))(3.0) == 0.0, "a constant in the second derivative too"


def test_stop_gradient_of_an_array_and_a_container():
    def f(v):
        p = stop_gradient({"w": v * v})
        return np.sum(p["w"] * v)

    np.testing.assert_array_equal(grad(f)(TABLE), TABLE**2)


def test_check_grads_passes_and_fails():
    check_grads(march, (np.linspace(0, 1, 6), 0.1, 4), order=1, modes=("rev",))
    check_grads(square, (3.0,), order=1, modes=("rev",))

    def wrong(x):
        return stop_gradient(x) * x

    with pytest.raises((AssertionError, srcgrad.SrcgradError)):
        check_grads(wrong, (3.0,), order=1, modes=("rev",))
