"""Is what is generated a function and a text that may be printed, pickled, run alone and debugged?"""

import inspect
import math
import os
import pickle
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import srcgrad
from srcgrad import grad, value_and_grad, vjp
from tests.test_api import TABLE, Model, W, X, branchy, loss, march, square, uses_globals

# -- df as an object ------------------------------------------------------------------


def test_name_doc_signature_and_wrapped():
    df = grad(square)
    assert "square" in df.__name__
    assert df.__wrapped__ is square
    assert df.__doc__
    assert list(inspect.signature(grad(loss)).parameters) == ["w", "x", "y", "power"]


@pytest.mark.parametrize("f", [square, branchy, uses_globals, Model.cost])
def test_pickle(f):
    df = grad(f)
    again = pickle.loads(pickle.dumps(df))
    args = {"square": (3.0,), "branchy": (0.5, 0.2), "uses_globals": (TABLE,), "cost": (3.0,)}[f.__name__]
    np.testing.assert_array_equal(again(*args), df(*args))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(df))(*args), df(*args))


def test_pickle_keeps_the_options():
    df = pickle.loads(pickle.dumps(value_and_grad(branchy, ("k", 0))))
    value, gradients = df(0.5, 0.2)
    assert value == branchy(0.5, 0.2)
    assert gradients == grad(branchy, (1, 0))(0.5, 0.2)


def test_source_before_and_after_a_call():
    df = grad(march)
    assert "def march_grad" in df.source
    df(np.ones(5), 0.1, 3)
    assert "def march_grad" in df.source
    assert "# Backward pass" in df.source
    assert "def march_grad" in str(df)


def test_print(capsys):
    df = grad(square)
    df(3.0)
    print(df)
    assert "def square_grad" in capsys.readouterr().out
    assert "square" in repr(df)


def test_specialize():
    u = np.linspace(0, 1, 6)
    bare = grad(march).specialize(u, 0.1, 3)
    assert callable(bare)
    np.testing.assert_array_equal(bare(u, 0.1, 3), grad(march)(u, 0.1, 3))


def test_specialize_does_not_run_the_function():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    try:
        grad(f).specialize(3.0)
    except srcgrad.SrcgradError:
        pytest.skip("a write to a captured list is refused")
    assert calls == []


def test_generated_function_has_source():
    bare = grad(march).specialize(np.ones(5), 0.1, 3)
    text = inspect.getsource(bare)
    assert text.startswith("def march_grad")
    assert "# Backward pass" in text


CASES = [(square, (3.0,)), (march, (np.linspace(0.0, 1.0, 6), 0.1, 3)), (branchy, (0.5, 0.2)), (loss, (W, X))]
CASE_NAMES = [f.__name__ for f, _ in CASES]


@pytest.mark.parametrize(("f", "args"), CASES, ids=CASE_NAMES)
def test_source_stands_alone(f, args):
    df = grad(f)
    expected = df(*args)
    namespace = {}
    exec(compile(df.source, "standalone", "exec"), namespace)
    alone = namespace[f"{f.__name__}_grad"]
    np.testing.assert_array_equal(alone(*args), expected)
    assert "srcgrad" not in df.source


@pytest.mark.skipif(
    shutil.which("ruff") is None and not os.path.exists(os.path.join(os.path.dirname(sys.executable), "ruff")),
    reason="no ruff",
)
@pytest.mark.parametrize(("f", "args"), CASES, ids=CASE_NAMES)
def test_source_is_clean(f, args, tmp_path):
    df = grad(f, tuple(range(len([a for a in args if not isinstance(a, int)]))))
    df(*args)
    path = tmp_path / "generated.py"
    path.write_text(df.source.rstrip() + "\n")
    ruff = shutil.which("ruff") or os.path.join(os.path.dirname(sys.executable), "ruff")
    done = subprocess.run(
        [ruff, "check", "--isolated", "--no-cache", "--line-length", "88",
         "--select", "E,W,F", "--ignore", "F401", str(path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + df.source


def test_same_source_in_every_process(tmp_path):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    script = textwrap.dedent("""
        import numpy as np
        from srcgrad import grad
        from tests.test_api import branchy, loss, march
        for f, args in [(march, (np.ones(6), 0.1, 3)), (branchy, (0.5, 0.2)),
                        (loss, (np.ones(3), np.ones((2, 3))))]:
            for argnums in [0, (0, 1)]:
                df = grad(f, argnums)
                df(*args)
                print(df.source)
    """)
    path = tmp_path / "sources.py"
    path.write_text(script)
    texts = set()
    for seed in ("0", "1", "77"):
        done = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    assert len(texts) == 1
    assert "def march_grad" in texts.pop()


# -- errors in generated code ---------------------------------------------------------


def notes_of(error):
    return "\n".join(getattr(error, "__notes__", []))


def test_exception_names_the_users_line():
    def f(v, k):
        w = v * 2
        return math.log(k) * np.sum(w)

    with pytest.raises(ValueError) as caught:
        grad(f)(np.ones(3), -1.0)
    notes = notes_of(caught.value)
    assert "test_generated.py" in notes
    assert "return math.log(k) * np.sum(w)" in notes
    assert caught.value.args == _error_of(lambda: math.log(-1.0)).args


def test_exception_in_a_callee_names_the_line_of_the_callee():
    def f(x):
        return checked(x) * x

    with pytest.raises(ZeroDivisionError) as caught:
        grad(f)(0.0)
    assert "return 1 / x" in notes_of(caught.value)


def checked(x):
    return 1 / x


def always_fails(x):
    raise LookupError("never")


@pytest.mark.parametrize("f", [always_fails, lambda x: always_fails(x) * x], ids=["itself", "in a callee"])
def test_function_that_always_raises(f):
    for derivative in (grad(f), value_and_grad(f), grad(grad(f)), lambda x: vjp(f, x)):
        with pytest.raises(LookupError, match="never"):
            derivative(0.5)


def test_finally_is_done_when_an_exception_leaves():
    def f(x, log, buffer):
        try:
            for k in range(3):
                buffer[k] = x * k
                try:
                    x = x * checked(x - k)
                finally:
                    log.append(k)
        except LookupError:
            x = x * 2
        finally:
            log.append("end")
            x = x * 3
        return x

    outcomes = []
    for call in (f, grad(f), value_and_grad(f)):
        log, buffer = [], np.zeros(3)
        with pytest.raises(ZeroDivisionError):
            call(1.0, log, buffer)
        outcomes.append((log, list(buffer)))
    assert outcomes == [([0, 1, "end"], [0.0, 1.0, 0.0])] * 3


def test_finally_is_printed_as_finally():
    def f(x):
        y = x
        try:
            y = checked(y) * x
        finally:
            print("done", end="")
        return y

    df = grad(f)
    df(0.5)
    assert "    finally:\n        print(" in df.source and "except" not in df.source


def _error_of(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("no error")


def test_spelled_as_by_hand():
    def rolled(x, first_coefficient, second_coefficient, third_coefficient):
        for i in range(9):
            if i > 2:
                break
            x = np.roll(x, -1) * first_coefficient + second_coefficient + third_coefficient
        return np.sum(x)

    df = grad(rolled, (0, 1, 2, 3))
    df(np.ones(3), 1.0, 2.0, 3.0)
    assert "np.roll(x_bar * first_coefficient, 1)" in df.source
    assert "for _ in range(loops):" in df.source
    text = '"""Gradient of rolled with respect to x, first_coefficient, second_coefficient and'
    assert text in df.source


def test_loops_over_slices_add_to_the_adjoint_of_the_whole():
    def network(layers, x):
        for weights, bias in layers[:-1]:
            x = np.tanh(x @ weights + bias)
        return np.sum(x @ layers[-1][0])

    df = grad(network)
    layers = [(np.eye(2), np.ones(2))] * 3
    df(layers, np.ones((1, 2)))
    assert "for i in range(len(layers) - 1):" in df.source and "layers_bar[i][0] += weights_bar" in df.source
    df(layers[:2], np.ones((1, 2)))
    assert "for " not in df.source.partition("# Backward pass")[0] and "layers_bar[0][0] += weights_bar" in df.source


def test_an_object_is_not_saved_for_a_call_that_cannot_reach_it():
    df = grad(ridge)
    x = np.array([0.1, -0.2])
    w = np.array([2.0, 3.0])
    assert df(Model(w, 0.5), x).b == pytest.approx(np.sum(1 - np.tanh(w * x + 0.5) ** 2) + 1.0)
    assert "put_back" not in df.source


def ridge(model, x):
    r = model.predict(x)
    return np.sum(r) + np.sum(steps_up(len(model.w)) * model.b)


def steps_up(n):
    return np.arange(n) * 1.0


def test_no_names_are_added_to_the_users_module():
    before = set(globals())
    grad(march)(np.ones(5), 0.1, 3)
    grad(branchy)(0.5, 0.2)
    assert set(globals()) == before


def in_a_single_buffer(x):
    y = np.zeros(3, np.float32)
    y[:] = x
    y *= x
    return np.sum(y)


def stored_and_read(x):
    y = np.zeros(3, np.float32)
    y[:] = x
    return np.sum(y * y)


@pytest.mark.parametrize("f", [in_a_single_buffer, stored_and_read])
def test_a_gradient_has_the_precision_of_its_argument(f):
    x = np.array([0.1, 0.2, 0.3])
    gradient = srcgrad.grad(f)(x)
    assert gradient.dtype == x.dtype
    np.testing.assert_allclose(gradient, 2 * x, rtol=1e-6)


def in_another_precision(x):
    x = x.astype(np.float32)
    return np.sum(x * x)


def test_gradient_has_the_precision_of_the_argument_where_its_name_takes_another():
    x = np.array([0.5, 0.25])
    gradient = srcgrad.grad(in_another_precision)(x)
    assert gradient.dtype == x.dtype
    np.testing.assert_array_equal(gradient, 2 * x)
