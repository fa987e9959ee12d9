"""Expressions to differentiate, one a line in `forms/*.txt`: the letters in them are operands.

Statements are separated by `; `, and the last is a `return`.

`s t i` are floats, `g` a NumPy float, `z` an array without axes; `v w` have 3 elements, `u` 4, `x y` 5, `q` 6, `o` one,
`e` none, `n` both signs; `M N` have the shape (2, 3), `K` (3, 4), `S` (3, 3), `L` (4, 4), `r` (1, 3), `c` (2, 1),
`E` (0, 3); `T U` have (2, 3, 4), `B` (2, 3, 3); `P` is a well-conditioned matrix, `C` and `D` are complex.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import pathlib
import re
from typing import Any

import numpy as np
import pytest

import srcgrad

LIBRARY = re.compile(r"scipy\.\w+")
HEAD = "import functools\nimport math\nimport operator\n\nimport numpy as np\n\n"


def operands() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = dict(v=3, w=3, u=4, x=5, y=5, q=6, o=1, e=0, M=(2, 3), N=(2, 3), K=(3, 4), S=(3, 3), L=(4, 4), r=(1, 3),
                  c=(2, 1), E=(0, 3), T=(2, 3, 4), U=(2, 3, 4), B=(2, 3, 3))  # fmt: skip
    found: dict[str, Any] = {name: rng.uniform(0.25, 0.85, shape) for name, shape in shapes.items()}
    found |= dict(s=0.4, t=0.7, i=0.3, g=np.float64(0.62), z=np.array(0.55), n=rng.uniform(-1, 1, 5))
    matrix = rng.uniform(-1, 1, (3, 3))
    found["P"] = matrix @ matrix.T + 3 * np.eye(3) + 0.1 * rng.uniform(-1, 1, (3, 3))
    found["C"] = rng.normal(size=4) + 1j * rng.normal(size=4)
    found["D"] = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return found


OPERANDS = operands()


def forms(name: str) -> list[str]:
    lines = (pathlib.Path(__file__).parent / "forms" / f"{name}.txt").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def letters(form: str) -> list[str]:
    """The operands of an expression, in the order in which they come."""
    names = [n.id for n in ast.walk(ast.parse(body(form))) if isinstance(n, ast.Name)]
    return [name for name in dict.fromkeys(names) if name in OPERANDS]


def body(form: str) -> str:
    """The statements of a function."""
    return "\n    ".join(["def f():", *form.split("; ")]) if "return " in form else f"def f():\n    return {form}"


def module(form: str, path: pathlib.Path) -> Any:
    """A module with f, the form itself; g, a function of its elements; and h, their sum."""
    parameters = ", ".join(letters(form))
    imports = "".join(f"import {library}\n" for library in sorted(set(LIBRARY.findall(form))))
    if "return " in form:
        statements, called = body(form).partition("\n    ")[2], f"f({parameters})"
    else:
        statements, called = f"return {form}", form
    path.write_text(
        f"{HEAD}{imports}\ndef f({parameters}):\n    {statements}\n\n"
        f"\ndef g({parameters}):\n    y = {called}\n    return np.sum(np.sin(y) * y)\n\n"
        f"\ndef h({parameters}):\n    return np.sum({called})\n"
    )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def arguments(form: str, single: bool) -> list[Any]:
    values = [copy.deepcopy(OPERANDS[name]) for name in letters(form)]
    return [
        v.astype(np.float32) if single and isinstance(v, np.ndarray) and v.ndim and v.dtype.kind == "f" else v
        for v in values
    ]


def like(value: Any, rng: np.random.Generator) -> Any:
    """A random value of the same structure; None where there are no floats."""
    if isinstance(value, (list, tuple)):
        members = [like(v, rng) for v in value]
        return type(value)(*members) if hasattr(value, "_fields") else type(value)(members)
    kind = np.asarray(value).dtype.kind
    if kind not in "fc":
        return None
    drawn = rng.normal(size=np.shape(value))
    drawn = drawn + 1j * rng.normal(size=np.shape(value)) if kind == "c" else drawn
    return drawn.astype(value.dtype) if isinstance(value, np.ndarray) else type(value)(drawn)


def pairing(a: Any, b: Any) -> float:
    """The real part of the sum of products, without conjugation."""
    if isinstance(a, (list, tuple)):
        return sum(pairing(p, q) for p, q in zip(a, b))
    return 0.0 if a is None or b is None else float(np.sum(np.real(np.asarray(a) * np.asarray(b))))


def differences(f: Any, args: list[Any], directions: list[Any], step: float = 1e-6) -> Any:
    """The derivative of f along the directions."""
    wide = [a.astype(float) if getattr(a, "dtype", None) == np.float32 else a for a in args]
    ends = [f(*[a + sign * step * d for a, d in zip(wide, directions)]) for sign in (1, -1)]

    def slope(up: Any, down: Any) -> Any:
        if isinstance(up, (list, tuple)):
            return [slope(p, q) for p, q in zip(up, down)]
        return (np.asarray(up) - np.asarray(down)) / (2 * step) if np.asarray(up).dtype.kind in "fc" else None

    return slope(*ends)


def leaves(value: Any) -> list[Any]:
    return [p for v in value for p in leaves(v)] if isinstance(value, (list, tuple)) else [value]


def check_form(
    form: str, path: pathlib.Path, single: bool = False, whole: bool = True, forward: bool = True
) -> None:
    """vjp, jvp and, of the whole, grad of a form against differences; types, shapes and dtypes; a second call."""
    made, rng = module(form, path), np.random.default_rng(5)
    tolerance = dict(rtol=2e-3, atol=2e-3) if single else dict(rtol=2e-6, atol=2e-6)
    args = arguments(form, single)
    try:
        expected = made.f(*copy.deepcopy(args))
    except TypeError as error:
        if "unexpected keyword argument" not in str(error):
            raise
        pytest.skip("an argument that this version of NumPy does not have")
    value, pullback = srcgrad.vjp(made.f, *copy.deepcopy(args))
    for found, wanted in zip(leaves(value), leaves(expected), strict=True):
        assert np.asarray(found).dtype == np.asarray(wanted).dtype and np.shape(found) == np.shape(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-5 if single else 1e-11, atol=1e-6 if single else 1e-13)
    cotangent, directions = like(expected, rng), [like(a, rng) for a in args]
    slope = differences(made.f, args, directions)
    gradients = pullback(cotangent)
    check_gradients(gradients, args)
    total = sum(map(pairing, gradients, directions))
    np.testing.assert_allclose(total, pairing(cotangent, slope), **tolerance, err_msg="vjp")
    for one, two in zip(gradients, pullback(cotangent)):
        np.testing.assert_array_equal(one, two, err_msg="a second call of the pullback")
    tangent = srcgrad.jvp(made.f, tuple(copy.deepcopy(args)), tuple(directions))[1] if forward else slope
    for found, wanted, own in zip(leaves(tangent), leaves(slope), leaves(expected), strict=True):
        if wanted is not None:
            assert np.shape(found) == np.shape(own) and np.asarray(found).dtype == np.asarray(own).dtype
            np.testing.assert_allclose(found, wanted, **tolerance, err_msg="jvp")
    if whole and not isinstance(expected, (list, tuple)) and np.asarray(expected).dtype.kind == "f":
        for f in (made.g, made.h):
            gradients = srcgrad.grad(f, tuple(range(len(args))))(*copy.deepcopy(args))
            check_gradients(gradients, args)
            total = sum(map(pairing, gradients, directions))
            np.testing.assert_allclose(total, differences(f, args, directions), **tolerance, err_msg=f.__name__)


def check_gradients(gradients: Any, args: list[Any]) -> None:
    for gradient, arg in zip(gradients, args, strict=True):
        # a NumPy float and Python's are one space
        assert isinstance(gradient, (float if isinstance(arg, np.float64) else type(arg))) and np.shape(
            gradient
        ) == np.shape(arg)
        assert np.asarray(gradient).dtype == np.asarray(arg).dtype


def check_second_order(form: str, path: pathlib.Path) -> None:
    """The derivatives of the gradient of a nonlinear function of a form, in both modes; its pullback is called twice."""
    made, rng = module(form, path), np.random.default_rng(5)
    args = arguments(form, False)
    directions = [like(a, rng) for a in args]
    df = srcgrad.grad(made.g, tuple(range(len(args))))
    slope = differences(lambda *a: list(df(*a)), args, directions, 1e-5)
    _, tangent = srcgrad.jvp(df, tuple(copy.deepcopy(args)), tuple(directions))
    for found, wanted in zip(tangent, slope, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5, err_msg="jvp of grad")
    _, pullback = srcgrad.vjp(df, *copy.deepcopy(args))
    cotangent = tuple(like(a, rng) for a in args)
    for call in ("first", "second"):
        total = sum(map(pairing, pullback(cotangent), directions))
        expected = pairing(cotangent, slope)
        np.testing.assert_allclose(total, expected, rtol=1e-4, atol=1e-5, err_msg=f"pullback of grad, {call} call")
