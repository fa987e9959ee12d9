"""Does backend="numba" give what the NumPy backend gives, and refuse by name what Numba can't type?"""

import copy
import logging
import os
import pathlib
import subprocess
import sys
import warnings

import numpy as np
import pytest

import srcgrad
from srcgrad.backends import compiled
from tests import programs
from tests.check import float_leaves

numba = pytest.importorskip("numba")
programs.load()

# A few of each sort: a compilation takes seconds, and the loops themselves are run over all programs as Python.
COMPILED = [
    "ownership.list_appended_again", "choices.operand_of_and_calls_once",
    "loops.power_by_loop", "loops.range_forms[2]", "loops.descending", "loops.nested_two",
    "chosen_functions.loop_while_there_is_a_function", "records.record_made_anew_by_a_helper",
    "straight.columns_between_constants", "iteration.range_bound_from_a_value_that_changes",
    "in_place.copyto", "memory.helper_stores_and_returns_nothing", "containers.list_sort_in_place",
]  # fmt: skip


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SRCGRAD_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


def assert_same(found, expected):
    ours, theirs = list(float_leaves(found)), list(float_leaves(expected))
    assert [p for p, _ in ours] == [p for p, _ in theirs]
    for (path, a), (_, b) in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11, err_msg=str(path))


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_gives_the_same(name):
    case = next(c for c in programs.PROGRAMS if c.name == name)
    found = srcgrad.grad(case.function, case.wrt, backend="numba")(*case.make_args())
    assert_same(found, srcgrad.grad(case.function, case.wrt)(*case.make_args()))


def smooth(u, c, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] = u[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def test_stencil_is_loops_that_can_be_read(caplog, monkeypatch):
    monkeypatch.setattr(compiled, "SLOW", 0.0)
    caplog.set_level(logging.INFO, "srcgrad")
    df = srcgrad.value_and_grad(smooth, (0, 1), backend="numba")
    args = np.linspace(0.0, 1.0, 9) ** 2, 0.1, 4
    assert_same(df(*args), srcgrad.value_and_grad(smooth, (0, 1))(*args))
    assert "u_2[i + 2]" in df.source and "@njit" in df.source
    assert "to compile smooth_grad" in caplog.text


@numba.njit
def energy(x, k):
    return k * np.sum(x**2)


def test_functions_that_numba_compiles_are_taken_and_given():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(srcgrad.grad(energy)(x, 3.0), [6.0, 12.0])
    gradient = srcgrad.grad(energy, backend="numba").specialize(x, 3.0)

    @numba.njit
    def descend(x):
        for _ in range(3):
            x = x - 0.1 * gradient(x, 1.0)
        return x

    np.testing.assert_allclose(descend(x), x * 0.8**3)


@numba.njit
def stiffened(x):
    x[0] = 3 * x[1]
    return energy(x, 2.0)


def with_compiled_functions(x):
    y = x * x
    return stiffened(y) + np.sum(y)


@numba.vectorize
def squared(x):
    return x * x


def test_functions_that_numba_compiles_are_followed_inside():
    x = np.array([1.0, 2.0])
    for backend in ("numpy", "numba"):
        # 2 (9 y1² + y1²) + 3 y1 + y1, with y1 = x1²
        gradient = srcgrad.grad(with_compiled_functions, backend=backend)(x)
        np.testing.assert_allclose(gradient, [0.0, (40 * x[1] ** 2 + 4) * 2 * x[1]])
    with pytest.raises(srcgrad.SrcgradError, match="E201: `squared` is called"):
        srcgrad.grad(lambda x: np.sum(squared(x)))(x)


@numba.njit(parallel=True, fastmath=True)
def in_any_order(x):
    total = 0.0
    for i in numba.prange(1, x.shape[0]):
        total += x[i] ** 2 * x[i - 1]
    return total


def test_loops_that_numba_may_run_in_parallel_are_loops():
    x = np.array([1.0, 2.0, 3.0])
    for backend in ("numpy", "numba"):
        np.testing.assert_allclose(srcgrad.grad(in_any_order, backend=backend)(x), [4.0, 13.0, 12.0])


def with_notes(x):
    return np.sum(x**2), {"doubled": 2 * x}


def test_values_are_of_the_types_that_the_function_gives():
    x = np.array([1.0, 2.0], np.float32)
    (value, notes), gradient = srcgrad.value_and_grad(with_notes, has_aux=True, backend="numba")(x)
    assert type(value) is np.float32 and type(notes) is dict and gradient.dtype == np.float32
    np.testing.assert_array_equal(notes["doubled"], gradient)


def gated(x, y):
    open_ = (x > 0) + (y > 0)
    return np.sum(open_ * x**2 + (x > 1) * (y > 1) * y)


def test_truth_values_are_not_counted():
    x, y = np.array([1.5, -1.0, 0.5]), np.array([2.0, 1.0, -1.0])
    assert_same(srcgrad.grad(gated, (0, 1), backend="numba")(x, y), srcgrad.grad(gated, (0, 1))(x, y))


def by_comprehension(x):
    squares = [v * v for v in x]
    return sum(squares) * squares[0]


def test_lists_of_comprehensions():
    x = np.array([1.0, 2.0])
    found = srcgrad.grad(by_comprehension, backend="numba")(x)
    np.testing.assert_allclose(found, [12.0, 4.0])  # of x0 ** 2 * (x0 ** 2 + x1 ** 2)


def of_a_dict(p):
    return np.sum(p["w"] ** 2) * p["b"]


def test_members_of_dicts_are_compiled():
    p = {"w": np.array([1.0, 2.0]), "b": 3.0}
    df = srcgrad.grad(of_a_dict, backend="numba")
    found = df(p)
    np.testing.assert_allclose(found["w"], [6.0, 12.0])
    assert list(found) == ["w", "b"] and found["b"] == 5.0
    assert "of_a_dict_grad_of_members(p_w, p_b" in df.source


def square_or_none(x, y):
    g = (lambda t: t * t) if x > y else None
    if g:
        return g(x) * y
    return x


def test_none_is_not_a_function():
    df = srcgrad.grad(square_or_none, (0, 1), backend="numba")
    assert df(2.0, 1.5) == (6.0, 4.0) and df(1.5, 2.0) == (1.0, 0.0)


def of_any_keys(p):
    return sum(np.sum(v**2) for v in p.values() if len(v) > 1)


def test_what_numba_cannot_type_is_refused_or_left_to_numpy():
    p = {"w": np.array([1.0, 2.0])}
    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.grad(of_any_keys, backend="numba")(p)
    assert caught.value.code == "E511" and "of_any_keys" in str(caught.value)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gradient = srcgrad.grad(of_any_keys, backend="auto")(p)
    np.testing.assert_allclose(gradient["w"], [2.0, 4.0])
    assert any("runs on NumPy" in str(w.message) for w in told)


def along_axes(x):
    y = np.sort(x, axis=0) + np.flip(np.cumsum(x, axis=1), axis=1) * np.prod(x, axis=1, keepdims=True)
    z = np.tile(np.repeat(y, 2, axis=1), (2, 1)) * np.linspace(0.0, 1.0, 8, endpoint=False)
    return np.sum(z.var(axis=0)) + np.sum(np.rot90(x) * np.arange(3)) + np.sum(np.cumprod(x, 1)) * x.item(1)


def selected(x):
    i = np.where(x[:, 0] > 5)[0]
    return np.sum(x[x > 0] ** 2) + np.sum(x[~(x > 5)]) + np.sum(x[np.array([0, 2]), np.array([1, 3])]) + np.sum(x[i, 1] * i)


@pytest.mark.parametrize("function", [along_axes, selected])
def test_what_numba_lacks_of_numpy_is_said_otherwise(function):
    x = np.random.default_rng(1).normal(size=(3, 4))
    assert_same(srcgrad.grad(function, backend="numba")(x), srcgrad.grad(function)(x))


def laid_out_by_numba(x):
    y = np.reshape(x, (2, 2))
    y[0] = 2 * y[1]
    return np.sum(y**2)


def test_what_cannot_be_compiled_for_another_layout_is_refused_or_left_to_numpy():
    x = np.arange(4.0)
    df = srcgrad.grad(laid_out_by_numba, backend="numba")
    df(x)
    with pytest.raises(srcgrad.SrcgradError, match="E511"):
        df(np.arange(8.0)[::2])
    df = srcgrad.grad(laid_out_by_numba, backend="auto")
    df(x)
    with pytest.warns(UserWarning, match="runs on NumPy"):
        np.testing.assert_allclose(df(np.arange(8.0)[::2]), [0.0, 0.0, 40.0, 60.0])


def reshaped(x):
    y = np.reshape(x, (2, 2)) * 3.0
    return np.sum(y[0] * y[1])


def test_an_array_of_any_layout_gets_another_shape():
    df = srcgrad.grad(reshaped, backend="numba")
    for x in (np.arange(4.0), np.arange(8.0)[::2], np.arange(4.0)[::-1]):
        assert_same(df(x), srcgrad.grad(reshaped)(x))


def kept_in_a_dict(x):
    d = {}
    for i in range(len(x)):
        d[i % 2] = d.get(i % 2, 0.0) + x[i] ** 2
    return d[0] * d[1]


def test_the_reason_is_said_in_words_of_the_users_program():
    with pytest.raises(srcgrad.SrcgradError, match="list, dict or object that is used as a whole"):
        srcgrad.grad(kept_in_a_dict, backend="numba")(np.array([1.0, 2.0]))


def of_a_diagonal(x):
    y = 2 * x
    places = np.diag_indices(len(x))
    return np.sum(np.outer(y, y)[places])


def test_the_line_is_named_that_numba_cannot_compile():
    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.grad(of_a_diagonal, backend="numba")(np.array([1.0, 2.0]))
    assert "places = np.diag_indices(len(x))" in str(caught.value) and "srcgrad_compiled" not in str(caught.value)


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def by_recursion(x, n):
    y = x + 1.0
    return power(y, n)


def of_a_list(x):
    y = x * 2
    parts = {}
    for v in y:
        parts[len(parts) % 2] = v
    return parts[0] * parts[1]


def with_a_named_error(x):
    try:
        y = x[0] * x[1]
        if y > 9:
            raise ValueError
    except ValueError:
        y = x[0]
    return y


@pytest.mark.parametrize(
    ("function", "args", "line"),
    [
        (by_recursion, (2.0, 3), "return power(y, n)"),  # looking for a type, Numba would never end
        (of_a_list, (np.array([1.0, 2.0, 3.0]),), "parts"),  # what fails is a helper that this is given
        (with_a_named_error, (np.array([1.0, 2.0]),), "try:"),
    ],
)
def test_the_line_is_named_where_something_has_no_type(function, args, line):
    with pytest.raises(srcgrad.SrcgradError, match="E511") as caught:
        srcgrad.grad(function, backend="numba")(*args)
    shown = str(caught.value).splitlines()[2]
    assert line in shown and "def " not in shown


SCRIPT = """
import logging, numpy as np, srcgrad
logging.basicConfig(level=logging.INFO)
def cube(x):
    y = x * x
    return np.sum(y * x)
df = srcgrad.grad(cube, backend="numba")
print(df(np.array([1.0, 2.0])), sum(df.specialize(np.array([1.0])).stats.cache_hits.values()))
"""


def run_script(folder):
    path = folder / "script.py"
    path.write_text(SCRIPT)
    root = str(pathlib.Path(srcgrad.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
    )
    return done.stdout.split(), done.stderr


def test_a_second_process_compiles_nothing_and_a_damaged_entry_is_made_anew(tmp_path):
    assert run_script(tmp_path)[0] == ["[", "3.", "12.]", "0"]
    assert run_script(tmp_path)[0] == ["[", "3.", "12.]", "1"]
    entries = [p for p in pathlib.Path(os.environ["SRCGRAD_CACHE_DIR"]).rglob("*.nb?")]
    assert entries
    for entry in entries:
        entry.write_bytes(b"damaged")
    printed, log = run_script(tmp_path)
    assert printed == ["[", "3.", "12.]", "0"] and "compiled again" in log
    assert run_script(tmp_path)[0] == ["[", "3.", "12.]", "1"]


def test_arguments_are_left_unchanged():
    u = np.linspace(0.0, 1.0, 9)
    before = copy.copy(u)
    srcgrad.grad(smooth, backend="numba")(u, 0.1, 3)
    np.testing.assert_array_equal(u, before)
    assert logging.getLogger("srcgrad").level == logging.NOTSET


def heated(x, places, w):
    y = np.exp(x) * w
    bins = np.zeros(4)
    for i in range(len(x)):
        bins[places[i]] += y[i] ** 2
    total = 0.0
    for i in range(len(x)):
        s = 0.0
        for j in range(3):
            s = s + np.sin(x[i] * j)
        total += s * s
    return np.sum(bins**3) + total


def test_fastmath_and_parallel_are_done_only_where_asked_for():
    rng = np.random.default_rng(0)
    args = rng.normal(size=1000), rng.integers(0, 4, 1000), rng.normal(size=1000)
    expected = srcgrad.grad(heated, (0, 2))(*args)
    sources = set()
    for optimize in (True, {"fastmath": True}, {"parallel": True, "fastmath": True}):
        df = srcgrad.grad(heated, (0, 2), backend="numba", optimize=optimize)
        for _ in range(3):
            for found, wanted in zip(df(*args), expected):
                np.testing.assert_allclose(found, wanted, rtol=1e-9)
        sources.add(df.source)
    assert len(sources) == 3
    scatter = df.source.index("bins[places[i]] +=")
    # Independent loops only: the scatter is not, nor is the sum that all passes add to.
    assert "prange(x.shape[0])" in df.source and "prange" not in df.source[:scatter].splitlines()[-2]
    with pytest.raises(srcgrad.SrcgradError, match="E510"):
        srcgrad.grad(heated, optimize={"fastmaths": True})


def rows_in_turn(X, w):
    total = 0.0
    for i in range(X.shape[0]):
        total += np.sum(np.tanh(X[i] * w))
    return total


def of_names_with_numbers(X, w):
    total_2 = total = 0.5
    for i in range(X.shape[0]):
        total += X[i, 0] * w[0]
        total_2 += X[i, 1] ** 2
    return total * total_2


@pytest.mark.parametrize("function", [rows_in_turn, of_names_with_numbers])
def test_sums_in_parallel_loops_have_names_that_numba_has_not(function):
    args = np.linspace(-1.0, 2.0, 200).reshape(50, 4), np.array([0.5, -1.0, 2.0, 0.1])
    df = srcgrad.value_and_grad(function, (0, 1), backend="numba", optimize={"parallel": True})
    for _ in range(3):
        assert_same(df(*args), srcgrad.value_and_grad(function, (0, 1))(*args))
    assert "in prange(" in df.source


def turned(x):
    rows = [x * 1.0, x**2, np.sin(x)]
    for _ in range(4):
        rows.append(rows.pop(0) * 2.0)
    return np.sum(rows[0] * rows[1]) + np.sum(rows[2])


def test_arrays_are_taken_out_of_the_front_of_a_list():
    x = np.array([0.3, -0.5, 0.7])
    compiled_gradient = srcgrad.grad(turned, backend="numba")
    for _ in range(20):  # memory that is given back twice is noticed later
        found = compiled_gradient(x)
    assert_same(found, srcgrad.grad(turned)(x))
