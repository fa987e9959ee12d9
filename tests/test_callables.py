"""May all kinds of callables be differentiated, with what they capture as it is when they are called?"""

import functools
import linecache
import math
import operator
import threading

import numpy as np
import pytest

import srcgrad
from srcgrad import grad, stop_gradient, vjp
from tests import test_api
from tests.test_api import TABLE, W_GRADIENT, Model, W, X, helper, loss, square, uses_globals

# -- what may be differentiated -------------------------------------------------------


def test_functions_of_numpy_math_and_operator():
    assert grad(np.sin)(0.5) == pytest.approx(math.cos(0.5))
    assert grad(math.exp)(0.5) == pytest.approx(math.exp(0.5))
    assert grad(operator.mul, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    np.testing.assert_array_equal(grad(np.sum)(TABLE), np.ones(3))
    np.testing.assert_array_equal(grad(np.dot)(TABLE, 2 * TABLE), 2 * TABLE)


def test_functions_are_called_by_their_names_in_generated_text():
    df = grad(np.tanh)
    df(0.3)
    assert "# return np.tanh(x)" in df.source and "function" not in df.source
    for f, text in ((np.linalg.norm, "np.linalg.norm(x)"), (operator.mul, "operator.mul(x, y)")):
        df = grad(f)
        df(*[np.ones(2)] * len(text.split(",")) if f is np.linalg.norm else (2.0, 3.0))
        assert f"# return {text}" in df.source


def test_methods_of_distributions():
    stats = pytest.importorskip("scipy.stats")
    by_x, by_loc, by_scale = grad(stats.norm.logpdf, (0, "loc", 2))(0.3, 0.1, 2.0)
    np.testing.assert_allclose((by_x, by_loc, by_scale), (-0.05, 0.05, -0.495))
    np.testing.assert_allclose(grad(stats.norm.logpdf)(0.3, scale=2.0), -0.075)
    np.testing.assert_allclose(grad(stats.norm(0.1, 2.0).logpdf)(0.3), -0.05)
    np.testing.assert_allclose(grad(stats.gamma.logpdf)(0.3, 2.0), 1 / 0.3 - 1)
    df = grad(stats.norm.logpdf)
    df(0.3)
    assert "# return scipy.stats.norm.logpdf(x, loc, scale)" in df.source


def test_callables_of_which_no_signature_tells():
    v = np.array([0.3, 0.7, 1.1])
    assert grad(max)([1.0, 3.0, 2.0]) == [0.0, 1.0, 0.0]
    assert grad(min, (0, 1))(2.0, 3.0) == (1.0, 0.0)
    np.testing.assert_allclose(grad(operator.itemgetter(1))(v), [0, 1, 0])
    np.testing.assert_allclose(grad(operator.methodcaller("sum"))(v), [1, 1, 1])
    np.testing.assert_allclose(grad(functools.partial(pow, 2.0))(0.5), np.sqrt(2) * np.log(2))
    np.testing.assert_allclose(grad(functools.partial(np.dot, v))(2 * v), v)
    np.testing.assert_allclose(grad(functools.partial(np.sum, axis=0))(v), [1, 1, 1])
    np.testing.assert_allclose(grad(np.multiply.reduce)(v), np.prod(v) / v)


def test_threads_that_transform_at_once():
    v, failed = np.array([0.3, 0.7, 1.1]), []
    shared = grad(lambda x, n: np.sum(x**n))

    def work():
        try:
            for x in (v, v.astype(np.float32), 0.5):
                for n in (2, 3):
                    np.testing.assert_allclose(shared(x, n), n * x ** (n - 1), rtol=1e-6)
            np.testing.assert_allclose(grad(lambda x: np.sum(np.sin(x)))(v), np.cos(v))
            np.testing.assert_allclose(vjp(lambda x: x * x, v)[1](v)[0], 2 * v * v)
            np.testing.assert_allclose(srcgrad.jvp(lambda x: x * x, (v,), (v,))[1], 2 * v * v)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_cells_of_a_notebook():
    """Their source is where IPython puts it; a function of a cell that is run again is another one."""
    space = {}

    def run(number, text):
        name = f"<ipython-input-{number}>"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), space)

    run(
        1,
        "import numpy as np\nimport srcgrad\n\ndef f(x):\n    return np.sum(x**2)\n\ndf = srcgrad.grad(lambda x: f(x))\n",
    )
    run(2, "first = df(np.ones(2))\n")
    run(3, "def f(x):\n    return np.sum(x**3)\n\nsecond = df(np.ones(2))\n")
    np.testing.assert_array_equal(space["first"], [2.0, 2.0])
    np.testing.assert_array_equal(space["second"], [3.0, 3.0])
    run(4, "def soft(x):\n    return np.logaddexp(x, 0.0)\n\nsrcgrad.elementwise('y = soft(x)', dx='1 - np.exp(-y)', "
           "functions={'soft': soft})\nsrcgrad.check_rule(soft, np.array([0.3]))\nthird = srcgrad.grad(soft)(0.0)\n")  # fmt: skip
    assert space["third"] == 0.5
    run(5, "def soft(x):\n    return 2 * x\n\nsrcgrad.elementwise('y = soft(x)', dx='2.0', functions={'soft': soft})\n"
           "fourth = srcgrad.grad(soft)(0.0)\n")  # fmt: skip
    assert space["fourth"] == 2.0
    run(6, "def level(x):\n    return np.floor(x)\n\nsrcgrad.constant('level', functions={'level': level})\n"
           "fifth = srcgrad.grad(lambda x: x * level(x))(2.5)\n")  # fmt: skip
    assert space["fifth"] == 2.0


def test_a_rule_of_a_compiled_function_is_taken():
    numba = pytest.importorskip("numba")

    @numba.njit
    def squared(x):
        return x * x

    assert grad(squared)(3.0) == 6.0
    srcgrad.elementwise("y = squared(x)", dx="7.0", functions={"squared": squared})
    assert grad(squared)(3.0) == grad(lambda x: squared(x))(3.0) == 7.0


def test_stop_gradient_by_keyword():
    assert grad(lambda x: stop_gradient(x=x) * x)(2.0) == 2.0


def test_bound_methods_and_callable_objects():
    model = Model(0.5, 0.1)
    x = 0.7
    p = math.tanh(0.5 * x + 0.1)
    assert grad(model.predict)(x) == pytest.approx(0.5 * (1 - p * p))
    assert grad(model)(x) == pytest.approx(p * (1 - p * p))
    model.w = 2.0
    p = math.tanh(2.0 * x + 0.1)
    assert grad(model.predict)(x) == pytest.approx(2.0 * (1 - p * p))
    assert grad(Model.cost)(x) == pytest.approx(3 * x * x)
    assert grad(model.doubled)(x) == 2.0


def test_what_is_made_of_a_callable_is_not_in_the_text():
    class Spring:
        k = 3.0

        def energy(self, x):
            return 0.5 * self.k * np.sum(x**2)

    df = srcgrad.grad(Spring().energy)
    np.testing.assert_array_equal(df(np.ones(2)), [3.0, 3.0])
    assert df.source.startswith("def energy_grad(x, self, result_bar=1.0):") and df.source.count("def ") == 1
    assert "# return 0.5 * self.k * np.sum(x ** 2)" in df.source
    slope = srcgrad.grad(srcgrad.grad(lambda x: x**3))
    assert slope(2.0) == 12.0
    assert slope.source.startswith("def lambda_grad_grad(x, x_bar_bar=1.0):") and slope.source.count("def ") == 1


def test_one_is_left_out_of_products_but_not_where_these_are_copies():
    def doubled(w, x):
        w_bar = srcgrad.grad(lambda v: np.sum(v * x))(w)
        w_bar[0] += w[0]  # into the gradient, and not into x
        return np.sum(w_bar * w) + np.sum(x)

    w, x = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_allclose(srcgrad.grad(doubled)(w, x), [5.0, 4.0])
    np.testing.assert_allclose(srcgrad.grad(doubled, 1)(w, x), [2.0, 3.0])
    np.testing.assert_allclose(srcgrad.jvp(srcgrad.grad(lambda w: np.sum(w * x)), (w,), (x,))[0], x)


def test_gradient_of_a_model_through_the_unbound_method():
    got = grad(Model.predict)(Model(0.5, 0.1), 0.7)
    p = math.tanh(0.45)
    assert got.w == pytest.approx(0.7 * (1 - p * p))
    assert got.b == pytest.approx(1 - p * p)


def test_partials():
    slow = functools.partial(loss, x=X, y=1.0)
    np.testing.assert_allclose(grad(slow)(W), W_GRADIENT)
    second = functools.partial(operator.mul, 3.0)
    assert grad(second)(2.0) == 3.0


def test_lambdas_on_one_line():
    f, g = grad(lambda x: x * x), grad(lambda x: x * x * x)
    assert f(2.0) == 4.0
    assert g(2.0) == 12.0


def test_wrapped_function_is_differentiated_with_its_wrapper():
    @functools.wraps(square)
    def tripled(x):
        return 3 * square(x)

    assert grad(tripled)(2.0) == 12.0


# -- closures, globals, caches --------------------------------------------------------


def make(k):
    def f(x):
        return np.sum(k * x * x)

    return f


def test_closures_share_code_but_not_data():
    gradients = [grad(make(float(k))) for k in range(1, 5)]
    for _ in range(2):
        assert [df(3.0) for df in gradients] == [6.0, 12.0, 18.0, 24.0]
    with_array = grad(make(np.array([1.0, 2.0])))
    np.testing.assert_array_equal(with_array(3.0), 18.0)
    assert gradients[0](3.0) == 6.0


def test_closures_over_functions_are_kept_apart():
    def composed(g):
        def f(x):
            return g(x) * 2

        return f

    sine, cube = grad(composed(math.sin)), grad(composed(lambda t: t**3))
    assert sine(0.5) == pytest.approx(2 * math.cos(0.5))
    assert cube(2.0) == 24.0
    assert sine(0.5) == pytest.approx(2 * math.cos(0.5))


def test_cells_are_read_at_call_time():
    k = 2.0

    def f(x):
        return k * x * x

    df = grad(f)
    assert df(3.0) == 12.0
    k = 5.0
    assert df(3.0) == 30.0
    k = np.array([1.0, 2.0])
    with pytest.raises(TypeError):
        df(3.0)
    k = 1.0
    assert df(3.0) == 6.0


def test_globals_are_read_at_call_time(monkeypatch):
    df = grad(uses_globals)
    np.testing.assert_array_equal(df(np.ones(3)), 4 * TABLE)
    monkeypatch.setitem(vars(test_api), "SCALE", 10.0)
    np.testing.assert_array_equal(df(np.ones(3)), 20 * TABLE)
    monkeypatch.setitem(vars(test_api), "TABLE", np.ones(3))
    np.testing.assert_array_equal(df(np.ones(3)), np.full(3, 20.0))


def test_callee_redefined_between_calls(monkeypatch):
    def f(x):
        return helper(x, 1.0)

    df = grad(f)
    first = df(0.5)
    monkeypatch.setitem(globals(), "helper", lambda y, k: k * y * y)
    assert df(0.5) == 1.0
    monkeypatch.undo()
    assert df(0.5) == first


def test_string_and_flag_arguments_choose_the_code():
    def f(x, kind, flag):
        if kind == "square" and flag:
            return x * x
        return x**3

    df = grad(f)
    assert df(2.0, "square", True) == 4.0
    assert df(2.0, "cube", True) == 12.0
    assert df(2.0, "square", False) == 12.0
    assert df(2.0, "square", True) == 4.0


def test_parameters_named_as_builtins_keep_their_defaults_and_names():
    def f(x, len=2.0, *, map=3.0):
        return x * len * map

    def g(list, *set, **dict):
        return sum(list) * set[0] * dict["k"]

    assert srcgrad.grad(f)(1.0) == 6.0
    assert srcgrad.grad(f, "len")(1.0, map=2.0) == 2.0
    assert srcgrad.grad(f, "map")(1.0, len=3.0) == 3.0
    assert srcgrad.grad(g)([1.0, 2.0], 3.0, k=2.0) == [6.0, 6.0]
