"""The derivatives of what makes arrays and numbers, and converts between them."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import constant, elementwise, rule

# Elements of a nested list are operands too: the contribution to `[x, [y, z]]` is indexed as the list is.
rule(
    "y = np.array(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0)",
    when="copy is not True and ndmin == 0 and (dtype is None or floating(dtype))",
    tangent="y_dot = np.array(object_dot, dtype)",
    adjoint="object_bar += y_bar",
    shares="object?",
    at=("A(2, 3), copy=None", "A(3), copy=None, order='C'"),
)
rule(
    "y = np.array(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0)",
    when="copy is True and ndmin == 0 and (dtype is None or floating(dtype))",
    tangent="y_dot = np.array(object_dot, dtype)",
    adjoint="object_bar += y_bar",
    at=("A(2, 3)", "[F(), F()]", "[A(3), A(3)]", "[[F(), 0.2], [F(), F()]]", "A(3), float", "F()"),
)
rule(
    "y = np.ascontiguousarray(a, dtype=None)",
    "y = np.asfortranarray(a, dtype=None)",
    when="a.ndim == 0 and (dtype is None or floating(dtype))",
    tangent="y_dot = np.reshape(a_dot, 1)",
    adjoint="a_bar += np.sum(y_bar)",
    at="F()",
)
rule(
    "y = np.asarray(a, dtype=None, order=None, *, copy=None)",
    "y = np.asanyarray(a, dtype=None, order=None, *, copy=None)",
    when="copy is not True and (dtype is None or floating(dtype))",
    tangent="y_dot = np.asarray(a_dot, dtype, order)",
    adjoint="a_bar += y_bar",
    shares="a?",
    at=("A(2, 3)", "[A(3), A(3)]", "A(3), np.float64", "A(2, 3), order='F'"),
)
for name in ("ascontiguousarray", "asfortranarray"):
    rule(
        f"y = np.{name}(a, dtype=None)",
        when="dtype is None or floating(dtype)",
        tangent=f"y_dot = np.{name}(a_dot, dtype)",
        adjoint="a_bar += y_bar",
        shares="a?",
        at=("A(2, 3)", "[A(3), A(3)]", "A(3), np.float64"),
    )
rule(
    "y = np.asarray_chkfinite(a, dtype=None, order=None)",
    "y = np.require(a, dtype=None, requirements=None)",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.asarray(a_dot, dtype)",
    adjoint="a_bar += y_bar",
    shares="a?",
    at=("A(2, 3)", "[A(3), A(3)]", "A(3), np.float64"),
)
if np.lib.NumpyVersion(np.__version__) >= "2.0.0":  # which knows copy=True
    rule(
        "y = np.asarray(a, dtype=None, order=None, *, copy=None)",
        "y = np.asanyarray(a, dtype=None, order=None, *, copy=None)",
        when="dtype is None or floating(dtype)",
        tangent="y_dot = np.array(a_dot, dtype)",
        adjoint="a_bar += y_bar",
        at="A(2, 3), copy=True",
    )
rule(
    "y = np.ndarray.astype(a, dtype, *, copy=True)",
    when="copy is True and floating(dtype)",
    tangent="y_dot = np.array(a_dot, dtype)",
    adjoint="a_bar += y_bar",
    at="A(2, 3), float",
)
rule(
    "y = np.ndarray.astype(a, dtype, *, copy=True)",
    when="floating(dtype)",
    tangent="y_dot = np.array(a_dot, dtype)",
    adjoint="a_bar += y_bar",
    shares="a?",
    at="A(2, 3), float, copy=False",
)
rule(
    "y = np.ndarray.item(a)",
    when="np.iscomplexobj(a)",
    tangent="y_dot = complex(np.sum(a_dot))",
    adjoint="a_bar += y_bar",
    at=("C(1)", "C(1, 1)"),
)
rule("y = np.ndarray.item(a)", tangent="y_dot = float(np.sum(a_dot))", adjoint="a_bar += y_bar", at=("A(1)", "A(1, 1)"))
rule(
    "y = np.ndarray.item(a, index)",
    tangent="y_dot = np.ndarray.item(a_dot, index)",
    adjoint="a_bar += untake(y_bar, np.ndarray.item(np.reshape(np.arange(a.size), a.shape), index), None, a.shape)",
    at=("A(3), 1", "A(2, 3), 4", "A(2, 3), (1, 2)"),
)
rule(
    "y = np.copy(a, order='K', subok=False)",
    tangent="y_dot = np.copy(a_dot)",
    adjoint="a_bar += y_bar",
    at=("A(2, 3)", "F()"),
)
rule(
    "y = copy.copy(x)",
    when="isinstance(x, (np.ndarray, float))",
    tangent="y_dot = np.copy(x_dot)",
    adjoint="x_bar += y_bar",
    at="A(2, 3)",
)
rule("y = copy.deepcopy(x)", tangent="y_dot = copy.deepcopy(x_dot)", adjoint="x_bar += y_bar", at="A(2, 3)")
rule("y = float(x, /)", tangent="y_dot = float(x_dot)", adjoint="x_bar += y_bar", at=("F()", "0.3"))
elementwise("y = np.float64(x)", "y = np.float32(x)", "y = np.complex128(x)", "y = np.longdouble(x)", dx="1")
elementwise("y = complex(x, /)", dx="1", at="0.3")
elementwise("z = complex(x, y, /)", dx="1", dy="1j", at="0.3, 0.2")
rule(
    "y = np.full(shape, fill_value, dtype=None)",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.full(shape, fill_value_dot)",
    adjoint="fill_value_bar += unbroadcast(y_bar, np.shape(fill_value))",
    at=("3, F()", "(2, 3), F()", "(2, 3), A(3)"),
)
rule(
    "y = np.full_like(a, fill_value, dtype=None)",
    when="dtype is None or floating(dtype)",
    tangent=["y_dot = np.full_like(a, fill_value_dot)"],
    adjoint="fill_value_bar += unbroadcast(y_bar, np.shape(fill_value))",
    at=("A(3), F()", "A(2, 3), A(3)"),
)
rule(
    "y = np.linspace(start, stop, num=50, endpoint=True)",
    when="np.ndim(start) == 0 and np.ndim(stop) == 0",
    tangent=["part = np.linspace(0.0, 1.0, num, endpoint)", "y_dot = (1 - part) * start_dot + part * stop_dot"],
    adjoint=[
        "part = np.linspace(0.0, 1.0, num, endpoint)",
        "start_bar += np.sum(y_bar * (1 - part))",
        "stop_bar += np.sum(y_bar * part)",
    ],
    at=("F(), 2.5, 5", "F(), 2.5, 4, endpoint=False", "F(), 2.5, num=1"),
)
rule(
    "y = np.arange(start, stop, step=1, /)",
    tangent="y_dot = start_dot + np.arange(len(y)) * step_dot",
    adjoint=["start_bar += np.sum(y_bar)", "step_bar += np.sum(y_bar * np.arange(len(y)))"],
    sizes="data",
    at=("0.3, 2.0, 0.25", "0.3, 4"),
)

constant("np.zeros", "np.ones", "np.empty", "np.zeros_like", "np.ones_like", "np.empty_like", "np.eye", "np.identity")
constant("np.tri", "np.indices", "np.tril_indices", "np.triu_indices", "np.diag_indices", "np.ndindex")
