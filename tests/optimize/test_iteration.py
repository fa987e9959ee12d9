"""Are loops over positions printed as loops over elements where that says the same?"""

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.lang.printer import print_module
from srcgrad.optimize.iteration import over_elements


def printed(text, own=()):
    return print_module(over_elements(gast.parse(text).body, set(own)))


def in_function(*lines):
    return "def f(xs, ys, h):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(("before", "after"), [
    (["for i in range(len(xs)):", "    x = xs[i]", "    h += x"], ["for x in xs:", "    h += x"]),
    (["for i in reversed(range(len(xs))):", "    x = xs[i]", "    h += x"], ["for x in reversed(xs):", "    h += x"]),
    (["for i in range(len(xs)):", "    W, b = xs[i]", "    h = h @ W + b"], ["for W, b in xs:", "    h = h @ W + b"]),
    (
        ["for i in range(min(len(xs), len(ys))):", "    x = xs[i]", "    y = ys[i]", "    h += x * y"],
        ["for x, y in zip(xs, ys):", "    h += x * y"],
    ),
])  # fmt: skip
def test_elements(before, after):
    assert printed(in_function(*before)) == in_function(*after)


@pytest.mark.parametrize("lines", [
    ["for i in range(len(xs)):", "    x = xs[i]", "    h[i] += x"],
    ["for i in range(len(xs)):", "    x = xs[i]", "    h += x", "h += i"],
    ["for i in range(len(xs)):", "    x = xs[i]", "    h += x", "    y = ys[i]"],
    ["for i in range(len(xs)):", "    x = xs[i]", "    xs.append(x)"],
    ["for i in range(len(xs)):", "    x = xs[i]", "    xs = h"],
    ["for i in range(len(xs)):", "    xs = xs[i]", "    h += xs"],
    ["for i in range(len(xs)):", "    x = ys[i]", "    h += x"],
    ["for i in range(len(xs) - 1):", "    x = xs[i]", "    h += x"],
    ["for i in reversed(range(len(xs))):", "    x = xs[i]", "    y = ys[i]", "    h += x * y"],
])  # fmt: skip
def test_positions_stay(lines):
    assert printed(in_function(*lines)) == in_function(*lines)


def test_loops_of_the_user_stay():
    text = in_function("for i in range(len(xs)):", "    x = xs[i]", "    h += x")
    assert printed(text, own={"i"}) == text


def test_a_loop_over_rows():
    def recurrent(W, xs):
        h = np.zeros(2)
        for x in xs:
            h = np.tanh(W @ h + x)
        return np.sum(h)

    df = srcgrad.grad(recurrent)
    W, xs = np.array([[0.1, 0.2], [0.3, -0.4]]), np.array([[1.0, 0.5], [0.2, -0.3], [0.4, 0.1]])
    np.testing.assert_array_equal(df(W, xs), srcgrad.grad(recurrent, optimize={"elements": False})(W, xs))
    assert "    for x in xs:\n" in df.source and "range" not in df.source.replace("range(len(xs))):", "")
    srcgrad.check_grads(recurrent, (W, xs))
