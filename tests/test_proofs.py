"""Does the design carry what is to come?  Second order, and generated text compiled by Numba."""

import re

import numpy as np
import pytest

from srcgrad import grad


def line(x):
    return np.sum(np.sin(x) * x**2)


def loop(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x
    return y


def branching(x):
    y = x
    k = 0
    while k < 4:
        if y > 0.5:
            y = y * y
        else:
            y = y + 0.3 * x
        k += 1
    return y * x


def inner(a, b):
    return a * np.sin(b)


def calling(x):
    return inner(x, x * x) + inner(x * 2, 3.0)


def stencil(x, n):
    u = np.zeros(4)
    u[0] = x
    u[1] = x * x
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


SCALAR = [(line, ()), (loop, (3,)), (loop, (0,)), (branching, ()), (calling, ()), (stencil, (3,)), (stencil, (0,))]


@pytest.mark.parametrize(("f", "args"), SCALAR, ids=lambda p: getattr(p, "__name__", str(p)))
def test_gradient_of_a_gradient(f, args):
    x, h = 0.7, 1e-5
    first = grad(f)
    second = grad(first)
    differences = (first(x + h, *args) - first(x - h, *args)) / (2 * h)
    assert second(x, *args) == pytest.approx(differences, rel=1e-6)
    assert second(x, *args) == second(x, *args)


def test_gradient_inside_a_function():
    slope = grad(loop)

    def squared_slope(x):
        return slope(x, 2) ** 2

    x, h = 0.4, 1e-6
    differences = (squared_slope(x + h) - squared_slope(x - h)) / (2 * h)
    assert grad(squared_slope)(x) == pytest.approx(differences, rel=1e-6)


def swapped(u, nu, n):
    u = u.copy()
    u_new = u.copy()
    for _ in range(n):
        u_new[1:-1] = u[1:-1] + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, u_new = u_new, u
    return np.sum(u**2) + np.sum(u_new[::2])


def diffused(u, nu, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1] += nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


U = np.linspace(-1.0, 1.3, 9) ** 3
COMPILED = [
    (line, (U,), 0),
    (loop, (0.7, 3), 0),
    (branching, (0.7,), 0),
    (calling, (0.7,), 0),
    (diffused, (U, 0.2, 5), (0, 1)),
    (swapped, (U, 0.2, 5), (0, 1)),
]


@pytest.mark.parametrize(("f", "args", "argnums"), COMPILED, ids=lambda p: getattr(p, "__name__", ""))
def test_generated_text_compiles_with_numba(f, args, argnums):
    numba = pytest.importorskip("numba")
    df = grad(f, argnums)
    expected = df(*args)
    text = re.sub(r"reversed\(range\((\w+)\)\)", r"range(\1 - 1, -1, -1)", df.source)
    space: dict = {}
    exec(compile(text, "generated", "exec"), space)
    names = re.findall(r"^def (\w+)", text, flags=re.M)
    for name in names:
        space[name] = numba.njit(space[name])
    found = space[names[-1]](*args, 1.0)
    for a, b in zip(
        np.atleast_1d(found) if argnums == 0 else found, np.atleast_1d(expected) if argnums == 0 else expected
    ):
        np.testing.assert_allclose(a, b, rtol=1e-12)
