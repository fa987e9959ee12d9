"""Are tangents right, and is their text what a colleague would have written?"""

import copy
import functools
import math
import types
import typing

import numpy as np
import pytest

from srcgrad.errors import SrcgradError
from srcgrad.forward_api import jvp, jvp_source
from tests import check, programs
from tests.test_programs import REFUSED_TODAY

programs.load()
CASES = {case.name: case for case in programs.PROGRAMS}
CHOSEN = [
    "straight", "loops", "whiles", "branches", "calls", "closures", "classes", "containers", "stores", "memory",
    "assign", "exits", "names", "numerics", "ownership", "pitfalls", "statements", "arrays",
]  # fmt: skip
# What the front end does not accept yet.
REFUSED_ELSEWHERE = ("E1", "E2", "E3", "E4")


# Programs against differences


def direction(value, rng):
    """A random tangent, laid out as the value, with None for what has no floats."""

    def change(path, leaf):
        if isinstance(leaf, np.ndarray):
            found = np.empty_like(leaf)
            found[...] = rng.normal(size=leaf.shape)
            return found
        return type(leaf)(rng.normal())

    return without_atoms(check.rebuild(value, (), change, {}))


def without_atoms(value):
    if check.is_float_leaf(value):
        return value
    if isinstance(value, list):
        return [without_atoms(v) for v in value]
    if isinstance(value, tuple):
        parts = [without_atoms(v) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {k: without_atoms(v) for k, v in value.items()}
    if value is None or isinstance(value, (*check.ATOMS, np.ndarray)):
        return None
    return value


def moved(args, number, tangent, step):
    steps = {(number, *p): check.at_path(tangent, p) for p, _ in check.float_leaves(args[number])}

    def change(path, leaf):
        leaf = check.widened(leaf)
        if path in steps and isinstance(leaf, np.ndarray):
            leaf += step * steps[path]  # in place: an array without axes stays an array
            return leaf
        return leaf + step * steps[path] if path in steps else leaf

    return check.rebuild(args, (), change, {})


def check_tangents(f, args, wrt, h=1e-6):
    """Assert that jvp gives f's value and slopes, leaves arguments as f does, and gives the same again."""
    rng = np.random.default_rng(7)
    tangents = [direction(a, rng) for a in args]
    after = copy.deepcopy(args)
    expected = f(*after)
    coarse = any(check.single(leaf) for a in args for _, leaf in check.float_leaves(a))
    rtol = 1e-3 if coarse else 3e-5
    for number in wrt:
        chosen = tuple(t if i == number else None for i, t in enumerate(tangents))
        before = copy.deepcopy(chosen)
        given = copy.deepcopy(args)
        value, dot = jvp(f, given, chosen)
        check.assert_close(value, expected, "value")
        check.assert_arguments(given, args, after)
        assert all(
            check.same(a, b)
            for (_, a), (_, b) in zip(check.float_leaves(chosen), check.float_leaves(before), strict=True)
        ), "a tangent was changed"
        ends = [check.float_of(f(*moved(args, number, tangents[number], s * h))) for s in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * h)
        assert abs(float(np.asarray(dot).reshape(())) - slope) <= rtol * (
            abs(slope) + 0.01 * (1 + abs(check.float_of(value)))
        ), f"argument {number}: tangent {dot}, difference {slope}"
        again = jvp(f, copy.deepcopy(args), chosen)
        assert check.same(again, (value, dot)), "a second call gives another tangent"


@pytest.mark.parametrize("name", sorted(CASES))
def test_program(name):
    case = CASES[name]
    try:
        jvp_source(case.function, *case.make_args())
    except SrcgradError as error:
        if error.code.startswith(REFUSED_ELSEWHERE):
            pytest.skip(error.code)
        raise
    check_tangents(case.function, case.make_args(), case.wrt)


def test_few_programs_are_refused():
    """Of those that the reverse mode takes."""
    count = 0
    for case in CASES.values():
        if case.name in REFUSED_TODAY:
            continue
        try:
            jvp_source(case.function, *case.make_args())
        except SrcgradError:
            count += 1
    assert count <= 0.05 * len(CASES)


# Text


def text_of(f, *args):
    """The generated function, without the docstring."""
    lines = jvp_source(f, *args).rstrip("\n").split("\n")
    start = max(i for i, line in enumerate(lines) if line.startswith("def "))
    return "\n".join([lines[start], *lines[start + 2 :]])


def logistic_loss(w, X, y):
    z = X @ w
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def test_text_straight_line():
    labels = np.array([True, False])
    assert (
        text_of(logistic_loss, np.ones(3), np.ones((2, 3)), labels.astype(int))
        == """\
def logistic_loss_jvp(w, X, y, w_dot, X_dot):
    z = X @ w
    z_dot = X_dot @ w + X @ w_dot
    p_term = np.exp(-z)
    p = 1 / (1 + p_term)
    p_dot = z_dot * p_term * p / (1 + p_term)
    result = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    result_dot = -np.mean(y * p_dot / p - (1 - y) * p_dot / (1 - p))
    return result, result_dot"""
    )


def heat(u, nu, n):
    u = u.copy()
    for t in range(n):
        u[1:-1] += nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def test_text_stencil_in_place():
    assert (
        text_of(heat, np.ones(5), 0.1, 3)
        == """\
def heat_jvp(u, nu, n, u_dot, nu_dot):
    u = u.copy()
    u_dot = np.copy(u_dot)
    for t in range(n):
        u_term = u[2:] - 2 * u[1:-1] + u[:-2]
        u_dot[1:-1] += nu_dot * u_term + nu * (u_dot[2:] - 2 * u_dot[1:-1] + u_dot[:-2])
        u[1:-1] += nu * u_term
    result = np.sum(u ** 2)
    result_dot = np.sum(u_dot * 2 * u)
    return result, result_dot"""
    )


def cool(x, k):
    y = x
    t = 0.0
    while t < 1.0:
        if y > 1.0:
            y = y - 0.1 * k * y**2
        else:
            y = y - 0.1 * k * y
        t += 0.1
    return y


def test_text_while_with_a_branch():
    assert (
        text_of(cool, 3.0, 2.0)
        == """\
def cool_jvp(x, k, x_dot, k_dot):
    y = x
    y_dot = x_dot
    t = 0.0
    while t < 1.0:
        if y > 1.0:
            y_dot = y_dot - 0.1 * k_dot * y ** 2 - 0.1 * k * y_dot * 2 * y
            y = y - 0.1 * k * y ** 2
        else:
            y_dot = y_dot - 0.1 * k_dot * y - 0.1 * k * y_dot
            y = y - 0.1 * k * y
        t += 0.1
    return y, y_dot"""
    )


def stretch(d, rest):
    return np.sqrt((d - rest) ** 2 + 1.0)


def chain_energy(x, rest, k):
    e = 0.0
    for i in range(len(x) - 1):
        s = stretch(x[i + 1] - x[i], rest)
        e += k * s**2
    return e


def test_text_calls():
    assert (
        text_of(chain_energy, np.ones(3), 0.5, 2.0)
        == """\
def chain_energy_jvp(x, rest, k, x_dot, rest_dot, k_dot):
    e = 0.0
    e_dot = 0.0
    for i in range(len(x) - 1):
        s, s_dot = stretch_jvp(x[i + 1] - x[i], rest, x_dot[i + 1] - x_dot[i], rest_dot)
        e += k * s ** 2
        e_dot += k_dot * s ** 2 + k * s_dot * 2 * s
    return e, e_dot"""
    )


def swap(u, n):
    u = u.copy()
    v = np.zeros(len(u))
    for _ in range(n):
        v[1:] = u[:-1] * u[0]
        u, v = v, u
    return np.sum(u)


def test_text_swap_of_buffers():
    assert (
        text_of(swap, np.ones(3), 2)
        == """\
def swap_jvp(u, n, u_dot):
    u = u.copy()
    u_dot = np.copy(u_dot)
    v = np.zeros(len(u))
    v_dot = np.zeros_like(v)
    for _ in range(n):
        v_dot[1:] = u_dot[:-1] * u[0] + u[:-1] * u_dot[0]
        v[1:] = u[:-1] * u[0]
        u, v = v, u
        u_dot, v_dot = v_dot, u_dot
    result = np.sum(u)
    result_dot = np.sum(u_dot)
    return result, result_dot"""
    )


def lists_and_dicts(x, y):
    s = [x, 2.0]
    s.append(x * y)
    d = {"last": s.pop(), "count": len(s)}
    d["last"] *= d["last"]
    return d["last"] + s[1]


def test_text_lists_and_dicts():
    assert (
        text_of(lists_and_dicts, 0.5, 0.7)
        == """\
def lists_and_dicts_jvp(x, y, x_dot, y_dot):
    s = [x, 2.0]
    s_dot = [x_dot, 0.0]
    s.append(x * y)
    s_dot.append(x_dot * y + x * y_dot)
    popped = s.pop()
    popped_dot = s_dot.pop()
    d = {"last": popped, "count": len(s)}
    d_dot = {"last": popped_dot, "count": 0.0}
    d_dot["last"] = d_dot["last"] * d["last"] + d["last"] * d_dot["last"]
    d["last"] *= d["last"]
    result = d["last"] + s[1]
    result_dot = d_dot["last"] + s_dot[1]
    return result, result_dot"""
    )


def one_path(x, flag):
    if flag > 0:
        y = np.sin(x)
    else:
        y = np.ones(3)
    return np.sum(y * 2.0)


def test_text_varied_on_one_path():
    assert (
        text_of(one_path, np.ones(3), 1)
        == """\
def one_path_jvp(x, flag, x_dot):
    if flag > 0:
        y = np.sin(x)
        y_dot = x_dot * np.cos(x)
    else:
        y = np.ones(3)
        y_dot = np.zeros_like(y)
    result = np.sum(y * 2.0)
    result_dot = np.sum(y_dot * 2.0)
    return result, result_dot"""
    )


# Memory


def shared_only_as_values_are(x, c):
    y = x + c
    z = x * 1.0
    y[0] = 3.0
    z += c
    y[1:] *= z[1:]
    return np.sum(x**2) + np.sum(y * z)


def view_stored_through(x, n):
    a = np.zeros(n)
    b = a[1:]
    e = b[::2]
    a[2] = x[0] ** 2
    e *= x[1]
    b[0] += x[2]
    return np.sum(a**2) + np.sum(e)


def fill(into, x):
    part = into[1:]
    part[0] = np.sum(x**2)
    return part


def filled_by_a_callee(x):
    buffer = np.zeros(4)
    last = fill(buffer, x)
    last[1] = x[0] * buffer[1]
    return np.sum(buffer**2)


def list_holds_the_array(x):
    a = np.zeros(3)
    held = [a, a[1:]]
    held[1][0] = x[1] ** 2
    a[2] = x[0]
    held.append(x + 1.0)
    held[2][0] = 0.0
    return np.sum(a) * np.sum(held[0] * x) + np.sum(held[2])


def flip_of_what_is_stored(y, alpha):
    y = y.copy()
    y[:2] += alpha * np.flip(y[:2])
    return np.sum(y**3)


def flattened_in_another_order(A):
    B = A * 2.0
    rows = B.reshape(-1)
    rows[1] = A[0, 0] ** 2
    return np.sum(B**2) + np.sum(rows)


def small_tangents_grow(X, b, c):
    z = X + b
    w = np.maximum(X, c)
    v = z * 1.0 - c
    return np.sum((X + c) ** 2) + np.sum(z) + np.sum(w[0]) + np.mean(v, axis=0)[1] * np.sum(X - b)


def mixed_precision(x, y):
    z = np.zeros(3, np.float32)
    z[:] = x * y
    return np.sum(z * x)


def number_then_array(x, n):
    total = 0
    for i in range(n):
        total = total + x * i
    return np.sum(total**2)


def table_of_repeated_zeros(x, n):
    table = [0] * (n + 1)
    table[0] = x[0]
    for i in range(1, n + 1):
        table[i] = table[i - 1] * x[i % 2] + table[i // 2]
    rows = [[0.0] * 2 for _ in range(2)]
    rows[1][0] = table[-1] * x[1]
    twice = [x * 1.0] * 2
    twice[0][1] *= 3.0
    return rows[1][0] ** 2 + np.sum(twice[1])


@pytest.mark.parametrize(
    "f, args",
    [
        (shared_only_as_values_are, (np.array([0.3, 0.7, 1.1]), 0.5)),
        (view_stored_through, (np.array([0.3, 0.7, 1.1]), 4)),
        (filled_by_a_callee, (np.array([0.3, 0.7]),)),
        (list_holds_the_array, (np.array([0.3, 0.7, 1.1]),)),
        (flip_of_what_is_stored, (np.array([0.3, 0.7, 1.1]), 0.4)),
        (flattened_in_another_order, (np.array([[0.3, 0.7], [1.1, 0.2]]),)),
        (flattened_in_another_order, (np.array([[0.3, 0.7], [1.1, 0.2]]).T,)),
        (flattened_in_another_order, (np.arange(12.0).reshape(4, 3)[::2, ::2],)),
        (small_tangents_grow, (np.array([[0.3, 0.7], [1.1, 0.2]]), np.array([0.1, 0.4]), 0.5)),
        (mixed_precision, (np.array([0.3, 0.7, 1.1], np.float32), 0.5)),
        (number_then_array, (np.array([0.3, 0.7]), 3)),
        (table_of_repeated_zeros, (np.array([0.3, 0.7]), 4)),
    ],
)
def test_memory_and_shapes(f, args):
    wrt = programs.float_arguments(args)
    check_tangents(f, args, wrt, 1e-3 if f is mixed_precision else 1e-6)


def test_dtype_of_tangents():
    x = np.array([0.3, 0.7], np.float32)
    value, dot = jvp(lambda x: np.sin(x) * 2.0 + x, (x,), (np.ones(2, np.float32),))
    assert value.dtype == dot.dtype == np.float32


# Exceptions


def raises_in_the_middle(x, d, key):
    y = x
    try:
        y = y * x + d[key]
        y = y * 2.0
    except KeyError:
        y = y * 3.0
    return y


@pytest.mark.parametrize("key", ["a", "b"])
def test_exception_leaves_value_and_tangent_together(key):
    check_tangents(raises_in_the_middle, (0.7, {"a": 0.4}, key), (0,))


def divides_by_zero(x):
    try:
        y = math.sqrt(x)
    except ArithmeticError:
        y = 5.0 * x
    return y


def test_tangent_that_may_raise_inside_try_is_refused():
    with pytest.raises(SrcgradError) as caught:
        jvp(divides_by_zero, (0.0,), (1.0,))
    assert caught.value.code == "E308"


# The API


class Pair(typing.NamedTuple):
    a: float
    b: float


class Point:
    def __init__(self, x, y):
        self.x, self.y, self.name = x, y, "point"


def test_structures_in_and_out():
    def f(point, pair, data, n):
        return {"sum": point.x * pair.a + n, "list": [data["v"] * point.y, n], "pair": Pair(pair.b, 1.0)}

    given = (Point(2.0, 3.0), Pair(0.5, 0.25), {"v": np.ones(2), "name": "v"}, 4)
    dots = (types.SimpleNamespace(x=1.0, y=0.0), (0.0, 1.0), {"v": np.array([1.0, 2.0]), "name": None}, None)
    value, dot = jvp(f, given, dots)
    assert value["sum"] == 5.0 and dot["sum"] == 0.5
    np.testing.assert_array_equal(dot["list"][0], [3.0, 6.0])
    assert dot["list"][1] == 0.0
    assert dot["pair"] == Pair(1.0, 0.0)


def test_result_without_derivative():
    assert jvp(lambda x: len(x), (np.ones(3),), (np.ones(3),)) == (3, 0.0)
    assert jvp(lambda x: 2.0, (1.0,), (1.0,)) == (2.0, 0.0)


def test_defaults_and_star():
    def f(x, *more, k=2.0):
        return x * k + sum(more)

    assert jvp(f, (1.0, 2.0, 3.0), (1.0, 1.0, 0.5)) == (7.0, 3.5)


def test_functions_without_source_and_partial():
    assert jvp(np.exp, (0.0,), (2.0,)) == (1.0, 2.0)
    assert jvp(functools.partial(math.pow, 3.0), (2.0,), (1.0,))[0] == 9.0


def test_closure_over_an_array():
    weights = np.array([1.0, 2.0])

    def f(x):
        return np.sum(weights * x)

    assert jvp(f, (np.ones(2),), (np.ones(2),)) == (3.0, 3.0)


def test_tangents_of_a_view_may_be_stored_into():
    def f(x):
        x[0] = x[1] ** 2
        return np.sum(x)

    x, x_dot = np.array([1.0, 3.0]), np.array([5.0, 1.0])
    assert jvp(f, (x,), (x_dot,)) == (12.0, 7.0)
    np.testing.assert_array_equal(x, [9.0, 3.0])
    np.testing.assert_array_equal(x_dot, [5.0, 1.0])


@pytest.mark.parametrize(
    "primals, tangents",
    [
        ((1.0,), (1.0, 2.0)),
        ((1.0,), 1.0),
        ((np.ones(3),), (np.ones(2),)),
        ((1.0,), (np.ones(2),)),
        ((1.0,), (1j,)),
        (([1.0, 2.0],), ([1.0],)),
        (({"a": 1.0},), ({"b": 1.0},)),
        ((1.0, 2), (1.0, 3)),
    ],
)
def test_structures_are_checked(primals, tangents):
    with pytest.raises(SrcgradError) as caught:
        jvp(lambda x, *rest: x, primals, tangents)
    assert caught.value.code == "E509"
