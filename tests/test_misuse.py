"""Is every misuse of the API a clear error, with nothing left half-done?"""

import copy
import ctypes
import json
import math

import numpy as np
import pytest

import srcgrad
from srcgrad import SrcgradError, grad, value_and_grad, vjp


def square(x):
    return x * x


def total(v, k=1.0):
    return k * np.sum(v * v)


def scaled(v, k):
    return k * v


def has_words(error):
    assert isinstance(error, SrcgradError)
    assert len(str(error)) > 20, "an error without words"
    return str(error)


# -- results that have no gradient ----------------------------------------------------


def boolean_result(x):
    return x > 0.5


def integer_result(x):
    return int(x * 10)


def complex_result(x):
    return x * 1j


def none_result(x):
    x = x * x


def string_result(x):
    return f"{x}"


def tuple_result(x):
    return x, x * x


def list_result(x):
    return [x, x * x]


def array_result(x):
    return x * np.ones(3)


def numpy_boolean_result(x):
    return np.sum(x) > 0.5


def integer_array_result(x):
    return np.argmax(np.array([x, 0.1]))


@pytest.mark.parametrize("function", [
    boolean_result, integer_result, complex_result, none_result, string_result,
    tuple_result, list_result, array_result, numpy_boolean_result,
    integer_array_result,
])  # fmt: skip
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_result_without_gradient(transform, function):
    with pytest.raises(SrcgradError) as caught:
        transform(function)(0.7)
    assert isinstance(caught.value, TypeError)
    assert function.__name__ in has_words(caught.value)


def perhaps_a_list(x, n):
    return x if n > 2 else [x]


def number_of_unknown_kind(x, text):
    return 3 * (x * json.loads(text)["rate"])


def updated_by_what_is_unknown(x, text):
    x *= json.loads(text)
    return x


@pytest.mark.parametrize(("function", "args", "words"), [
    (none_result, (0.7,), ["returns None", "a `return` was forgotten?"]),
    (perhaps_a_list, (0.7, 3), ["a number or a list"]),
    (complex_result, (0.7,), [".real"]),
    (square, ([1, 2],), ["a list of int", "1.0 for 1"]),
    (square, (np.arange(3),), ["an array of int", "x.astype(float)"]),
    (number_of_unknown_kind, (1.0, '{"rate": 2}'), ['`json.loads(text)["rate"]`', "float(...)", "np.array(["]),
    (updated_by_what_is_unknown, (1.0, "2"), ["`json.loads(text)`"]),
    (updated_by_what_is_unknown, (np.ones(1), "2"), ["`json.loads(text)`"]),
    (lambda v: np.sum(v.byteswap()), (np.ones(3),), ["make a new array"]),
    (lambda x, a: a(x), (1.0, ctypes.CFUNCTYPE(ctypes.c_double)(abs)), ["`a`, a CFunctionType,", "srcgrad.rule"]),
])  # fmt: skip
def test_messages_say_what_and_what_to_do(function, args, words):
    with pytest.raises(SrcgradError) as caught:
        grad(function)(*args)
    assert caught.value.advice
    for word in words:
        assert word.replace('"', "'") in str(caught.value).replace('"', "'")


def test_vector_result():
    with pytest.raises(TypeError) as caught:
        grad(scaled)(np.arange(3.0), 2.0)
    has_words(caught.value)


def test_result_of_one_element_is_a_scalar():
    got = grad(scaled)(np.array([3.0]), 2.0)
    np.testing.assert_array_equal(got, [2.0])
    got = grad(scaled)(np.array([[3.0]]), 2.0)
    np.testing.assert_array_equal(got, [[2.0]])


# -- arguments that cannot be differentiated ------------------------------------------


@pytest.mark.parametrize("value", [
    3, True, "text", None, b"bytes", np.int64(3), np.bool_(True), np.arange(3),
    np.array([True, False]), np.array(["a"]), range(3), math.sin, print, {1, 2},
], ids=repr)  # fmt: skip
def test_argument_without_gradient(value):
    def f(weights, scale):
        return scale * scale

    with pytest.raises(SrcgradError) as caught:
        grad(f)(value, 0.5)
    assert isinstance(caught.value, TypeError)
    assert "weights" in has_words(caught.value)


def test_integer_argument_that_would_work_as_a_float():
    with pytest.raises(TypeError, match=r"int"):
        grad(square)(3)
    with pytest.raises(TypeError, match=r"int"):
        grad(total)(np.arange(3))
    assert grad(square)(3.0) == 6.0


def test_integer_argument_that_is_not_differentiated():
    assert grad(total)(np.array([1.0, 2.0]), 3) == pytest.approx([6.0, 12.0])
    with pytest.raises(TypeError):
        grad(total, argnums=1)(np.array([1.0, 2.0]), 3)


# -- argnums --------------------------------------------------------------------------


@pytest.mark.parametrize("argnums", [
    "w", "V", "", 2, 5, -3, (0, 2), ("v", "w"), (0, -3),
])  # fmt: skip
def test_unknown_argument(argnums):
    with pytest.raises(SrcgradError) as caught:
        grad(total, argnums)(np.ones(2), 2.0)
    message = has_words(caught.value)
    assert "total" in message or str(argnums) in message


@pytest.mark.parametrize("argnums", [1.0, None, {"v"}, object(), (0, 1.5)])
def test_argnums_of_the_wrong_type(argnums):
    with pytest.raises((SrcgradError, TypeError)):
        grad(total, argnums)(np.ones(2), 2.0)


@pytest.mark.parametrize("argnums", [(0, 0), (0, "v"), ("v", "v"), (0, -2)])
def test_argument_named_twice_is_refused_or_given_twice(argnums):
    try:
        got = grad(total, argnums)(np.ones(2), 2.0)
    except SrcgradError:
        return
    assert len(got) == 2
    for part in got:
        np.testing.assert_array_equal(part, [4.0, 4.0])


def test_unknown_name_says_which_names_there_are():
    with pytest.raises(SrcgradError, match=r"\bv\b"):
        grad(total, "weight")(np.ones(2))


# -- calls ----------------------------------------------------------------------------


@pytest.mark.parametrize(("args", "kwargs"), [
    ((), {}), ((1.0, 2.0), {}), ((1.0,), {"y": 2.0}), ((1.0,), {"x": 2.0}),
    ((), {"y": 1.0}),
])  # fmt: skip
def test_wrong_arguments_are_a_type_error(args, kwargs):
    for transform in (grad, value_and_grad):
        with pytest.raises(TypeError):
            transform(square)(*args, **kwargs)


@pytest.mark.parametrize("f", [3, None, "square", np.ones(2), [square], object()])
def test_what_is_not_callable(f):
    with pytest.raises((SrcgradError, TypeError)):
        grad(f)(1.0)


def test_vjp_with_a_wrong_number_of_arguments():
    with pytest.raises(TypeError):
        vjp(square)
    with pytest.raises(TypeError):
        vjp(square, 1.0, 2.0)


def test_has_aux_without_a_pair():
    with pytest.raises(SrcgradError) as caught:
        grad(square, has_aux=True)(1.0)
    assert isinstance(caught.value, TypeError)
    has_words(caught.value)


def test_has_aux_of_a_non_scalar():
    def f(x):
        return x * np.ones(2), "more"

    with pytest.raises(TypeError):
        grad(f, has_aux=True)(1.0)


def test_function_without_source_or_rule():
    with pytest.raises(SrcgradError) as caught:
        grad(print)(1.0)
    assert "print" in has_words(caught.value)
    namespace = {}
    exec("def hidden(x):\n    return x * x\n", namespace)
    with pytest.raises(SrcgradError, match="hidden"):
        grad(namespace["hidden"])(1.0)


# -- errors of the user's own ---------------------------------------------------------


def test_errors_of_the_function_stay_what_they_are():
    def f(x, kind):
        if kind == "bad":
            raise ValueError("unknown kind")
        return np.ones(2) @ x if kind == "shapes" else np.sum(x)

    df = grad(f)
    with pytest.raises(ValueError, match="unknown kind"):
        df(np.ones(2), "bad")
    # a refusal is as good: the sum's gradient alone would not notice the shapes
    with pytest.raises((ValueError, SrcgradError)):
        df(np.ones(3), "shapes")
    np.testing.assert_array_equal(df(np.ones(2), "shapes"), [1.0, 1.0])


def test_domain_errors_pass_through():
    df = value_and_grad(math.log)
    with pytest.raises(ValueError):
        df(-1.0)
    assert df(4.0) == (math.log(4.0), 0.25)
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 / x)(0.0)


# -- nothing half-cached --------------------------------------------------------------


def test_right_call_after_failed_calls():
    df = grad(total)
    for bad in (3, "text", None, np.arange(3), True):
        with pytest.raises(TypeError):
            df(bad)
        with pytest.raises(TypeError):
            df(bad)
    np.testing.assert_array_equal(df(np.array([1.0, 2.0])), [2.0, 4.0])
    assert df(3.0) == 6.0
    with pytest.raises(TypeError):
        df(3)
    np.testing.assert_array_equal(df(np.array([1.0, 2.0]), k=2.0), [4.0, 8.0])


def test_right_call_after_a_refusal_by_kind():
    def f(x, store):
        a = np.zeros(3, int) if store == "int" else np.zeros(3)
        a[1] = x * x
        return np.sum(a)

    df = grad(f)
    for _ in range(2):
        with pytest.raises(SrcgradError):
            df(1.5, "int")
    assert df(1.5, "float") == 3.0
    with pytest.raises(SrcgradError):
        df(1.5, "int")
    assert df(2.5, "float") == 5.0


def test_right_call_after_a_result_of_another_kind():
    def f(x, n):
        return x * n

    df = grad(f)
    with pytest.raises(TypeError):
        df(2.0, np.ones(3))
    assert df(2.0, 5.0) == 5.0
    with pytest.raises(TypeError):
        df(2.0, np.ones(3))


def test_refusal_is_the_same_each_time():
    def f(x):
        return eval("x * x")

    messages = set()
    for _ in range(3):
        with pytest.raises(SrcgradError) as caught:
            grad(f)(1.0)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_refusal_names_the_line():
    def f(x):
        y = x * x
        return np.sum(np.ma.array(y))

    with pytest.raises(SrcgradError) as caught:
        grad(f)(np.ones(2))
    message = str(caught.value)
    assert "np.ma" in message
    assert "test_misuse.py" in message
    assert "np.sum(np.ma.array(y))" in message
    assert "^" in message


def test_one_error_family():
    assert issubclass(SrcgradError, Exception)
    assert srcgrad.SrcgradError is SrcgradError


def test_cotangents_of_containers_are_left_as_they_were():
    for cotangent in ([1.0, 2.0, 3.0], (1.0, None, 3.0)):
        given = type(cotangent)(cotangent)
        _, pullback = srcgrad.vjp(lambda s, t: sorted([s, t, s * t]), 0.3, 0.7)
        first = pullback(cotangent)
        assert cotangent == given and pullback(cotangent) == first


def running_product(array, axis=0):
    rows = np.moveaxis(array, axis, 0)
    y = np.zeros_like(rows)
    y[0] = rows[0]
    for i in range(1, len(rows)):
        y[i] = y[i - 1] * rows[i]
    return np.moveaxis(y, 0, axis)


def test_a_complex_cotangent_of_what_is_real():
    for f, cotangent in ((lambda x: x * x, np.array([1j, 0.0])), (np.sum, 1j), (lambda x: (x, [x]), (1.0, [1j]))):
        pullback = srcgrad.vjp(f, np.ones(2) if not isinstance(cotangent, tuple) else 1.0)[1]
        with pytest.raises(srcgrad.SrcgradError, match="E509"):
            pullback(cotangent)


def test_a_callee_leaves_the_callers_cotangent_as_it_was():
    """Its adjoint is updated through a view of the cotangent."""
    seed = np.ones(3)
    _, pullback = srcgrad.vjp(lambda v: running_product(v), np.array([0.3, 0.5, 0.7]))
    first = pullback(seed)[0]
    np.testing.assert_array_equal(seed, np.ones(3))
    np.testing.assert_array_equal(pullback(seed)[0], first)


def test_a_rule_keeps_its_variables_apart_from_the_programs():
    """The text of the rule has a loop variable v, as the program has."""

    def chosen(v):
        return np.sum(np.select([v > 0.6, v > 0.4], [v**2, 1.0], default=0.5))

    np.testing.assert_allclose(srcgrad.grad(chosen)(np.array([0.3, 0.5, 0.7])), [0.0, 0.0, 1.4])


@pytest.mark.parametrize("w", [np.ones(1), np.ones(4), np.ones((4, 2))])
def test_operands_that_do_not_fit_are_an_error_of_the_users(w):
    def f(x, w):
        return np.sum(x @ w)

    with pytest.raises(ValueError, match="matmul"):
        srcgrad.grad(f)(np.ones(3), w)


class Holder:
    def __init__(self, **held):
        self.__dict__.update(held)


def test_absence_of_an_attribute_is_relied_upon():
    def f(o):
        return o.a * o.b if hasattr(o, "b") else o.a * getattr(o, "c", 3.0)

    df = srcgrad.grad(f)
    for held, slopes in [({"a": 2.0}, [3.0]), ({"a": 2.0, "b": 5.0}, [5.0, 2.0]), ({"a": 2.0, "c": 4.0}, [4.0, 2.0])] * 2:
        assert list(vars(df(Holder(**held))).values()) == slopes


def test_container_in_two_places_of_an_argument_is_not_changed():
    def scaled(pair):
        pair[0][0] = pair[0][0] * 3.0
        return pair[1][0] * pair[0][1]

    both = [1.0, 2.0]
    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.grad(scaled)([both, both])
    assert caught.value.code == "E401"
    assert srcgrad.grad(scaled)([both, both.copy()]) == [[0.0, 1.0], [2.0, 0.0]]


def of_a_definition(x):
    y = x * 2
    return np.sum(np.convolve(y, x, mode="twice"))


def of_a_derivative_inside(x):
    y = x * 2
    rows = srcgrad.elementwise_grad(lambda a: {"rows": a})(y)
    return np.sum(rows)


@pytest.mark.parametrize("f", [of_a_definition, of_a_derivative_inside])
def test_refusals_show_a_line_of_the_users(f):
    """Not one of srcgrad's own text in which a library function is told."""
    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.grad(f)(np.array([0.3, 0.7]))
    where = caught.value.where
    assert where.file == __file__ and where.line == f.__code__.co_firstlineno + 2
    assert "^^^" in str(caught.value)


class Found(Exception):
    def __init__(self, value):
        self.value = value


def found_by_an_exception(x):
    try:
        if x[0] > 0:
            raise Found(x[0] * 2)
        return x[1]
    except Found as error:
        return error.value**2


def number_of_an_exception(x):
    try:
        raise ValueError(x[0] * 2)
    except ValueError as error:
        return x[1] * float(error.args[0])


@pytest.mark.parametrize("f", [found_by_an_exception, number_of_an_exception])
def test_numbers_that_exceptions_hold_are_lost(f):
    x = np.array([0.3, 0.7])
    for differentiate in (srcgrad.grad(f), lambda x: srcgrad.vjp(f, x), lambda x: srcgrad.jvp(f, (x,), (x,))):
        with pytest.raises(srcgrad.SrcgradError, match="E501|E205"):
            differentiate(x)


def test_a_deep_copy_of_what_is_held_twice():
    def f(x):
        parts = [x * 2]
        parts.append(parts[0])
        kept = copy.deepcopy(parts)
        kept[0] *= 2
        return np.sum(kept[0] * kept[1])

    for differentiate in (srcgrad.grad(f), lambda x: srcgrad.jvp(f, (x,), (x,)), srcgrad.hessian(f)):
        with pytest.raises(srcgrad.SrcgradError, match="held in two places") as caught:
            differentiate(np.ones(2))
        assert caught.value.advice == "put a copy in one of them"
