"""The derivatives of what joins arrays and takes them apart; the operands are members of a list or tuple.

What is contributed to a list of operands is a sequence: member i of it is the contribution to operand i.
"""

from __future__ import annotations

from srcgrad.rules.registry import rule

PAIRS = ("[A(3), A(2)]", "(A(2, 3), A(1, 3), A(2, 3))")

rule(
    "y = np.stack(arrays, axis=0, *, dtype=None, casting='same_kind')",
    when="axis == 0 and (dtype is None or floating(dtype))",
    tangent="y_dot = np.stack(arrays_dot)",
    adjoint="arrays_bar += y_bar",
    sequences=("arrays",),
    at=("[A(3), A(3)]", "[F(), F(), F()]", "(A(2, 3), A(2, 3)), 0"),
)
rule(
    "y = np.stack(arrays, axis=0, *, dtype=None, casting='same_kind')",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.stack(arrays_dot, axis)",
    adjoint="arrays_bar += np.moveaxis(y_bar, axis, 0)",
    sequences=("arrays",),
    at=("[A(3), A(3)], 1", "[A(2, 3), A(2, 3)], axis=-1"),
)
rule(
    "y = np.concatenate(arrays, /, axis=0, *, dtype=None, casting='same_kind')",
    "y = np.concat(arrays, /, axis=0, *, dtype=None, casting='same_kind')",
    when="axis == 0 and (dtype is None or floating(dtype))",
    tangent="y_dot = np.concatenate(arrays_dot)",
    adjoint="arrays_bar += split_like(y_bar, arrays)",
    sequences=("arrays",),
    at=(*PAIRS, "[A(3)]"),
)
rule(
    "y = np.concatenate(arrays, /, axis=0, *, dtype=None, casting='same_kind')",
    "y = np.concat(arrays, /, axis=0, *, dtype=None, casting='same_kind')",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.concatenate(arrays_dot, axis)",
    adjoint="arrays_bar += split_like(y_bar, arrays, axis)",
    sequences=("arrays",),
    at=("[A(2, 3), A(2, 1)], 1", "[A(2, 3), A(2, 1)], axis=-1", "[A(2, 3), A(2)], None"),
)
rule(
    "y = np.vstack(tup, *, dtype=None, casting='same_kind')",
    "y = np.row_stack(tup, *, dtype=None, casting='same_kind')",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.vstack(tup_dot)",
    adjoint="tup_bar += split_like(y_bar, tup)",
    sequences=("tup",),
    at=("[A(3), A(3)]", "[A(2, 3), A(3)]", "[F(), F()]"),
)
rule(
    "y = np.hstack(tup, *, dtype=None, casting='same_kind')",
    when="dtype is None or floating(dtype)",
    tangent="y_dot = np.hstack(tup_dot)",
    adjoint="tup_bar += split_like(y_bar, tup, min(y_bar.ndim - 1, 1))",
    sequences=("tup",),
    at=("[A(3), A(2)]", "[F(), A(2), F()]", "[A(2, 3), A(2, 2)]", "[A(2, 3, 4), A(2, 1, 4)]"),
)
rule(
    "y = np.dstack(tup)",
    tangent="y_dot = np.dstack(tup_dot)",
    adjoint="tup_bar += split_like(y_bar, tup, 2)",
    sequences=("tup",),
    at=("[A(3), A(3)]", "[A(2, 3), A(2, 3)]", "[A(2, 3, 4), A(2, 3, 1)]"),
)
rule(
    "y = np.column_stack(tup)",
    tangent="y_dot = np.column_stack(tup_dot)",
    adjoint="tup_bar += split_like(y_bar, tup, 1)",
    sequences=("tup",),
    at=("[A(3), A(3)]", "[A(2, 3), A(2)]"),
)
rule(
    "y = np.append(arr, values, axis=None)",
    when="axis is None",
    tangent="y_dot = np.append(arr_dot, values_dot)",
    adjoint=[
        "arr_bar += np.reshape(y_bar[:np.size(arr)], np.shape(arr))",
        "values_bar += np.reshape(y_bar[np.size(arr):], np.shape(values))",
    ],
    at=("A(3), F()", "A(2, 3), A(2)"),
)
rule(
    "y = np.append(arr, values, axis=None)",
    when="axis is not None",
    tangent="y_dot = np.append(arr_dot, values_dot, axis)",
    adjoint=[
        "parts_bar = split_like(y_bar, [arr, values], axis)",
        "arr_bar += parts_bar[0]",
        "values_bar += parts_bar[1]",
    ],
    at="A(2, 3), A(1, 3), 0",
)

for name in ("split", "array_split"):
    rule(
        f"ys = np.{name}(ary, indices_or_sections, axis=0)",
        tangent=f"ys_dot = np.{name}(ary_dot, indices_or_sections, axis)",
        adjoint="ary_bar += np.concatenate(ys_bar, axis)",
        shares="ary",
        at=("A(4), 2", "A(5), [1, 3]", "A(2, 4), 2, axis=1"),
        lists=True,
    )
for name, axis in (("vsplit", 0), ("dsplit", 2)):
    rule(
        f"ys = np.{name}(ary, indices_or_sections)",
        tangent=f"ys_dot = np.{name}(ary_dot, indices_or_sections)",
        adjoint=f"ary_bar += np.concatenate(ys_bar, {axis})",
        shares="ary",
        at="A(2, 3, 4), 2",
        lists=True,
    )
rule(
    "ys = np.hsplit(ary, indices_or_sections)",
    tangent="ys_dot = np.hsplit(ary_dot, indices_or_sections)",
    adjoint="ary_bar += np.hstack(ys_bar)",
    shares="ary",
    at=("A(4), 2", "A(3, 4), [1]"),
    lists=True,
)
rule(
    "ys = np.unstack(x, /, *, axis=0)",
    tangent="ys_dot = np.unstack(x_dot, axis=axis)",
    adjoint="x_bar += np.stack(ys_bar, axis)",
    shares="x",
    at=("A(3)", "A(2, 3), axis=1"),
    lists=True,
)
rule(
    "y = np.delete(arr, obj, axis=None)",
    when="axis is not None",
    tangent="y_dot = np.delete(arr_dot, obj, axis)",
    adjoint="arr_bar += untake(y_bar, np.delete(np.arange(arr.shape[axis]), obj), axis, arr.shape)",
    at=("A(4), 1, 0", "A(2, 4), [0, 2], axis=1"),
)
rule(
    "y = np.delete(arr, obj, axis=None)",
    when="axis is None",
    tangent="y_dot = np.delete(arr_dot, obj)",
    adjoint="arr_bar += untake(y_bar, np.delete(np.arange(arr.size), obj), None, arr.shape)",
    at=("A(4), 1", "A(2, 2), [0, 3]"),
)
rule(
    "ys = np.meshgrid(*xi, indexing='xy')",
    tangent="ys_dot = np.meshgrid(*xi_dot, indexing=indexing)",
    adjoint=[
        "axes = list(range(len(xi))) if indexing == 'ij' or len(xi) < 2 else [1, 0, *range(2, len(xi))]",
        "xi_bar += ["
        "np.reshape(np.sum(y_bar, axis=tuple(k for k in range(len(xi)) if k != i)), np.shape(x)) "
        "for i, y_bar, x in zip(axes, ys_bar, xi)]",
    ],
    sequences=("xi",),
    at=("A(3), A(2)", "A(3), A(2), indexing='ij'", "A(3)", "A(3), A(2), A(4)"),
    lists=True,
)
