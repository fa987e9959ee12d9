"""The derivatives of what chooses between values: at a tie each gets half, as in JAX."""

from __future__ import annotations

from srcgrad.rules.registry import constant, elementwise, rule

elementwise(
    "z = np.where(condition, x, y)",
    when="np.ndim(condition) == 0 and np.ndim(x) == 0 and np.ndim(y) == 0",
    tangent="z_dot = np.where(condition, x_dot, y_dot)",
    adjoint=["x_bar += z_bar if condition else 0.0", "y_bar += 0.0 if condition else z_bar"],
    at=("True, 0.3, 0.2", "False, 0.3, 0.2"),
)
elementwise(
    "z = np.where(condition, x, y)",
    tangent="z_dot = np.where(condition, x_dot, y_dot)",
    adjoint=["x_bar += np.where(condition, z_bar, 0)", "y_bar += np.where(condition, 0, z_bar)"],
    at=("A(3) > 0.5, A(3), A(3)", "A(2, 3) > 0.5, A(3), 0.4"),
)
# Complex numbers are in an order for NumPy, but not for Python.
for name in ("maximum", "minimum", "fmax", "fmin"):
    elementwise(
        f"z = np.{name}(x, y)",
        when="np.iscomplexobj(x) or np.iscomplexobj(y)",
        dx="(x == z) - 0.5 * (x == y)",
        dy="(y == z) - 0.5 * (x == y)",
        at=("C(3), C(3)", "C(), C()", "A(3), C(3)"),
    )
elementwise("z = np.maximum(x, y)", dx="(x > y) + 0.5 * (x == y)", dy="(y > x) + 0.5 * (x == y)")
elementwise("z = np.minimum(x, y)", dx="(x < y) + 0.5 * (x == y)", dy="(y < x) + 0.5 * (x == y)")
elementwise(
    "z = np.fmax(x, y)", dx="(x > y) + 0.5 * (x == y) + np.isnan(y)", dy="(y > x) + 0.5 * (x == y) + np.isnan(x)"
)
elementwise(
    "z = np.fmin(x, y)", dx="(x < y) + 0.5 * (x == y) + np.isnan(y)", dy="(y < x) + 0.5 * (x == y) + np.isnan(x)"
)

# np.clip(a, low, high) is np.minimum(np.maximum(a, low), high).
CLIP = "y = np.clip(a, a_min=None, a_max=None)"
elementwise(
    CLIP,
    when="a_max is None and a_min is not None",
    da="(a > a_min) + 0.5 * (a == a_min)",
    da_min="(a < a_min) + 0.5 * (a == a_min)",
    at=("A(4), 0.5, None", "A(2, 4), A(4), None"),
)
elementwise(
    CLIP,
    when="a_min is None and a_max is not None",
    da="(a < a_max) + 0.5 * (a == a_max)",
    da_max="(a > a_max) + 0.5 * (a == a_max)",
    at=("A(4), None, 0.5", "A(2, 4), None, A(4)"),
)
elementwise(
    CLIP,
    when="a_min is not None and a_max is not None",
    da="((a > a_min) + 0.5 * (a == a_min)) * ((a < a_max) + 0.5 * (a == a_max))",
    da_min="((a < a_min) + 0.5 * (a == a_min)) * ((a_min < a_max) + 0.5 * (a_min == a_max))",
    da_max="(np.maximum(a, a_min) > a_max) + 0.5 * (np.maximum(a, a_min) == a_max)",
    at=("A(5), 0.4, 0.6", "A(2, 5), A(5) - 0.3, A(5) + 0.2", "A(5), 0.6, A(5) / 10"),
)
elementwise("z = np.heaviside(x, h)", dx="0", dh="x == 0", at="A(3), 0.3")

rule(
    "y = np.take(a, indices, axis=None, *, mode='raise')",
    when="mode == 'raise'",
    tangent="y_dot = np.take(a_dot, indices, axis)",
    adjoint="a_bar += untake(y_bar, indices, axis, a.shape)",
    at=("A(4), [0, 2, 0]", "A(3, 4), 5", "A(3, 4), [1, 1, 3], axis=1", "A(3, 4), np.array([[0], [2]]), 0"),
)
rule(
    "y = np.take(a, indices, axis=None, *, mode='raise')",
    when="axis is None",
    tangent="y_dot = np.take(a_dot, indices, mode=mode)",
    adjoint="a_bar += untake(y_bar, np.take(np.arange(a.size), indices, mode=mode), None, a.shape)",
    at="A(2, 2), [0, 5], mode='clip'",
)
rule(
    "y = np.take(a, indices, axis=None, *, mode='raise')",
    when="axis is not None",
    tangent="y_dot = np.take(a_dot, indices, axis, mode=mode)",
    adjoint="a_bar += untake(y_bar, np.take(np.arange(a.shape[axis]), indices, mode=mode), axis, a.shape)",
    at="A(3, 4), [-1, 6], 1, mode='wrap'",
)
rule(
    "y = np.take_along_axis(arr, indices, axis)",
    when="axis is None",
    tangent="y_dot = np.ravel(arr_dot)[indices]",
    adjoint="arr_bar += untake(y_bar, indices, None, arr.shape)",
    at="A(3, 4), np.array([3, 3, 7]), None",
)
rule(
    "y = np.take_along_axis(arr, indices, axis)",
    when="axis is not None",
    tangent="y_dot = np.take_along_axis(arr_dot, indices, axis)",
    adjoint=[
        "places = np.take_along_axis(np.reshape(np.arange(arr.size), arr.shape), indices, axis)",
        "arr_bar += untake(y_bar, places, None, arr.shape)",
    ],
    at=("A(3, 4), np.array([[0, 0], [1, 3], [2, 1]]), 1", "A(4), np.array([2, 2]), 0"),
)
rule(
    "y = np.compress(condition, a, axis=None)",
    tangent="y_dot = np.compress(condition, a_dot, axis)",
    adjoint="a_bar += untake(y_bar, np.flatnonzero(condition), axis, a.shape)",
    sizes="data",
    at=("[True, False, True], A(3)", "[False, True], A(3, 2), axis=1"),
)
rule(
    "y = np.extract(condition, arr)",
    tangent="y_dot = np.extract(condition, arr_dot)",
    adjoint="arr_bar += untake(y_bar, np.flatnonzero(condition), None, arr.shape)",
    sizes="data",
    at=("[True, False, True], A(3)", "np.array([[False, True], [True, True]]), A(2, 2)"),
)
rule(
    "y = np.sort(a, axis=-1, kind=None, order=None, *, stable=None)",
    when="axis is not None",
    tangent="y_dot = np.take_along_axis(a_dot, np.argsort(a, axis), axis)",
    adjoint="a_bar += np.take_along_axis(y_bar, np.argsort(np.argsort(a, axis), axis), axis)",
    at=("A(4)", "A(3, 4)", "A(3, 4), 0"),
)
rule(
    "y = np.sort(a, axis=-1, kind=None, order=None, *, stable=None)",
    when="axis is None",
    tangent="y_dot = np.ravel(a_dot)[np.argsort(a, None)]",
    adjoint="a_bar += np.reshape(y_bar[np.argsort(np.argsort(a, None))], a.shape)",
    at="A(3, 4), None",
)
# Elements of equal rank among those of a and of y are the same element.
rule(
    "y = np.partition(a, kth, axis=-1, kind='introselect', order=None)",
    when="axis is not None",
    tangent=[
        "order = np.take_along_axis(np.argsort(a, axis), np.argsort(np.argsort(y, axis), axis), axis)",
        "y_dot = np.take_along_axis(a_dot, order, axis)",
    ],
    adjoint=[
        "order = np.take_along_axis(np.argsort(y, axis), np.argsort(np.argsort(a, axis), axis), axis)",
        "a_bar += np.take_along_axis(y_bar, order, axis)",
    ],
    at=("A(6), 2", "A(3, 5), (1, 3)", "A(5, 3), -2, axis=0"),
)
rule(
    "y = np.choose(a, choices, *, mode='raise')",
    tangent="y_dot = np.choose(a, choices_dot, mode=mode)",
    adjoint=[
        "chosen = np.choose(a, np.arange(len(choices)), mode=mode)",
        "choices_bar += [unbroadcast(np.where(chosen == i, y_bar, 0)[()], np.shape(v)) for i, v in enumerate(choices)]",
    ],
    sequences=("choices",),
    at=("[0, 1, 0], [A(3), A(3)]", "[[0], [1]], (A(2, 3), A(3))", "[0, 5, 1], [A(3), 0.3], mode='clip'"),
)
rule(
    "y = np.select(condlist, choicelist, default=0)",
    tangent=[
        "chosen = np.select(condlist, np.arange(len(condlist)), -1)",
        "y_dot = np.select(condlist, choicelist_dot) + np.where(chosen == -1, default_dot, 0)",
    ],
    adjoint=[
        "chosen = np.select(condlist, np.arange(len(condlist)), -1)",
        "choicelist_bar += ["
        "unbroadcast(np.where(chosen == i, y_bar, 0)[()], np.shape(v)) for i, v in enumerate(choicelist)]",
        "default_bar += unbroadcast(np.where(chosen == -1, y_bar, 0)[()], np.shape(default))",
    ],
    sequences=("choicelist",),
    at=("[X3 > 0.6, X3 > 0.4], [A(3), A(3)], 0.3", "[X3 > 0.6, X3 > 0.4], [A(3), 0.2], A(3)"),
)

constant("np.argsort", "np.argmax", "np.argmin", "np.argpartition", "np.nonzero", "np.flatnonzero", "np.argwhere")
constant("np.ravel_multi_index", "np.mask_indices")
constant("np.searchsorted", "np.digitize", "np.nanargmax", "np.nanargmin", "np.lexsort")
