"""Are arrays let go of for speed, and only those that nobody reads any more?"""

import tracemalloc

import numpy as np

import srcgrad
from tests.check import check_gradient

X = np.random.default_rng(0).normal(size=5)


def chain(x, c):
    y = np.sin(x) * c
    z = np.exp(y) + y
    u = np.tanh(z * x)
    return np.sum(u**2)


def test_what_is_read_no_more_is_let_go_of():
    df = srcgrad.grad(chain, (0, 1), optimize="speed")
    df(X, 2.0)
    lines = [line.strip() for line in df.source.splitlines()]
    assert sum(line.startswith("del ") for line in lines) >= 2
    for at, line in enumerate(lines):
        if line.startswith("del "):
            gone = line[4:].split(", ")
            after = " ".join(line for line in lines[at + 1 :] if not line.startswith("#"))
            assert not set(gone) & set(after.replace("(", " ").replace(")", " ").replace(",", " ").split())
    assert "del " not in srcgrad_source(True)


def srcgrad_source(optimize):
    df = srcgrad.grad(chain, (0, 1), optimize=optimize)
    df(X, 2.0)
    return df.source


def test_of_the_memory_less_is_held_at_once():
    x = np.ones(100_000)
    peaks = []
    for optimize in (True, "speed"):
        df = srcgrad.grad(chain, optimize=optimize)
        df(x, 2.0)
        tracemalloc.start()
        df(x, 2.0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 0.9 * peaks[0]


def filled_in_loops(x, c):
    y = np.sin(x) * c
    total = 0.0
    for i in range(3):
        z = y * x[i]
        total = total + np.sum(z * z)
        y = y + z
    w = y * y
    return total + np.sum(w * c)


def test_right_at_second_order_and_in_compiled_code():
    for function in (chain, filled_in_loops):
        check_gradient(function, (X, 2.0), (0, 1))
        for backend in ("numpy", "numba"):
            found = srcgrad.grad(function, (0, 1), optimize="speed", backend=backend)(X, 2.0)
            for a, b in zip(found, srcgrad.grad(function, (0, 1))(X, 2.0)):
                np.testing.assert_allclose(a, b, rtol=1e-12)
        first = srcgrad.grad(function, optimize="speed")
        twice = srcgrad.grad(lambda x: np.sum(first(x, 2.0) ** 2), optimize="speed")(X)  # noqa: B023
        plain = srcgrad.grad(lambda x: np.sum(srcgrad.grad(function)(x, 2.0) ** 2))(X)  # noqa: B023
        np.testing.assert_allclose(twice, plain, rtol=1e-10)
