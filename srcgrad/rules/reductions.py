"""The derivatives of sums, means, products, extremes and spreads."""

from __future__ import annotations

from srcgrad.rules.registry import rule

FULL = ("A(3)", "A(2, 3)", "A(2, 3, 4)", "F()")
ONE = ("A(3), axis=0", "A(2, 3), axis=1", "A(2, 3, 4), -2")
MANY = ("A(2, 3), axis=(0, 1)", "A(2, 3, 4), axis=(0, -1)")
KEPT = ("A(2, 3), keepdims=True", "A(2, 3), axis=1, keepdims=True", "A(2, 3, 4), axis=(0, -1), keepdims=True")
SIGNATURE = "(a, axis=None, *, keepdims=False)"

rule(
    f"y = np.sum{SIGNATURE}",
    when="axis is None and not keepdims",
    tangent="y_dot = np.sum(a_dot)",
    adjoint="a_bar += y_bar",
    at=FULL,
)
# Of an array without axes NumPy takes the axis 0 for granted.
rule(
    f"y = np.sum{SIGNATURE}",
    when="axis is not None and a.ndim == 0",
    tangent="y_dot = a_dot",
    adjoint="a_bar += y_bar",
    at="F(), axis=0",
)
rule(
    f"y = np.sum{SIGNATURE}",
    when="axis is not None and not keepdims",
    tangent="y_dot = np.sum(a_dot, axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis)",
    at=(*ONE, *MANY),
)
rule(
    f"y = np.sum{SIGNATURE}",
    when="keepdims",
    tangent="y_dot = np.sum(a_dot, axis=axis, keepdims=True)",
    adjoint="a_bar += y_bar",
    at=KEPT,
)

rule(f"y = np.mean{SIGNATURE}", when="a.ndim == 0", tangent="y_dot = a_dot", adjoint="a_bar += y_bar", at="F()")
rule(
    f"y = np.mean{SIGNATURE}",
    when="axis is None and not keepdims",
    tangent="y_dot = np.mean(a_dot)",
    adjoint="a_bar += y_bar / a.size",
    at=FULL[:3],
)
rule(
    f"y = np.mean{SIGNATURE}",
    when="isinstance(axis, int) and not keepdims",
    tangent="y_dot = np.mean(a_dot, axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) / a.shape[axis]",
    at=ONE,
)
rule(
    f"y = np.mean{SIGNATURE}",
    when="isinstance(axis, int) and keepdims",
    tangent="y_dot = np.mean(a_dot, axis=axis, keepdims=True)",
    adjoint="a_bar += y_bar / a.shape[axis]",
    at="A(2, 3), axis=1, keepdims=True",
)
rule(
    f"y = np.mean{SIGNATURE}",
    when="axis is not None and not keepdims",
    tangent="y_dot = np.mean(a_dot, axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) * np.size(y) / a.size",
    at=MANY,
)
rule(
    f"y = np.mean{SIGNATURE}",
    when="keepdims",
    tangent="y_dot = np.mean(a_dot, axis=axis, keepdims=True)",
    adjoint="a_bar += y_bar * np.size(y) / a.size",
    at=KEPT,
)

# Elements that share the extreme share the adjoint.
INITIAL = {
    "axis is None and not keepdims": ("A(2, 3), initial=0.5", "A(0), initial=0.5"),
    "not keepdims": ("A(2, 3, 4), axis=(0, 2), initial=0.45", "A(2, 3), axis=1, initial=0.3"),
    "keepdims": ("A(2, 3), axis=0, initial=0.4, keepdims=True", "A(2, 3), initial=0.4, keepdims=True"),
}
for name in ("max", "min", "amax", "amin"):
    rule(f"y = np.{name}{SIGNATURE}", when="a.ndim == 0", tangent="y_dot = a_dot", adjoint="a_bar += y_bar", at="F()")
    rule(
        f"y = np.{name}{SIGNATURE}",
        when="axis is None and not keepdims",
        tangent=["mask = a == y", "y_dot = np.sum(a_dot * mask) / np.sum(mask)"],
        adjoint=["mask = a == y", "a_bar += y_bar / np.sum(mask) * mask"],
        at=FULL[:3],
    )
    rule(
        f"y = np.{name}{SIGNATURE}",
        when="axis is not None and not keepdims",
        tangent=[
            "mask = a == np.expand_dims(y, axis)",
            "y_dot = np.sum(a_dot * mask, axis=axis) / np.sum(mask, axis=axis)",
        ],
        adjoint=[
            "mask = a == np.expand_dims(y, axis)",
            "a_bar += np.expand_dims(y_bar / np.sum(mask, axis=axis), axis) * mask",
        ],
        at=(*ONE, *MANY),
    )
    rule(
        f"y = np.{name}{SIGNATURE}",
        when="keepdims",
        tangent=[
            "mask = a == y",
            "y_dot = np.sum(a_dot * mask, axis=axis, keepdims=True) / np.sum(mask, axis=axis, keepdims=True)",
        ],
        adjoint=["mask = a == y", "a_bar += y_bar / np.sum(mask, axis=axis, keepdims=True) * mask"],
        at=KEPT,
    )
    for when, mask, summed, shared in (
        ("axis is None and not keepdims", "a == y", "", "share_bar"),
        ("not keepdims", "a == np.expand_dims(y, axis)", ", axis=axis", "np.expand_dims(share_bar, axis)"),
        ("keepdims", "a == y", ", axis=axis, keepdims=True", "share_bar"),
    ):
        rule(
            f"y = np.{name}(a, axis=None, *, initial, keepdims=False)",
            when=f"{when} and np.ndim(initial) == 0",
            tangent=[
                f"mask = {mask}",
                f"total_dot = np.sum(a_dot * mask{summed}) + initial_dot * (y == initial)",
                f"y_dot = total_dot / (np.sum(mask{summed}) + (y == initial))",
            ],
            adjoint=[
                f"mask = {mask}",
                f"share_bar = y_bar / (np.sum(mask{summed}) + (y == initial))",
                f"a_bar += {shared} * mask",
                "initial_bar += np.sum(share_bar * (y == initial))",
            ],
            at=INITIAL[when],
        )
    rule(
        f"y = np.{name}(a, axis=None, *, initial, keepdims=False, where=True)",
        tangent=[
            f"mask = np.logical_and(where, a == np.{name}(a, axis=axis, keepdims=True, initial=initial, where=where))",
            "total_dot = np.sum(a_dot * mask, axis=axis, keepdims=keepdims) + initial_dot * (y == initial)",
            "y_dot = total_dot / (np.sum(mask, axis=axis, keepdims=keepdims) + (y == initial))",
        ],
        adjoint=[
            f"mask = np.logical_and(where, a == np.{name}(a, axis=axis, keepdims=True, initial=initial, where=where))",
            "share_bar = y_bar / (np.sum(mask, axis=axis, keepdims=keepdims) + (y == initial))",
            "a_bar += np.reshape(share_bar, np.shape(np.sum(mask, axis=axis, keepdims=True))) * mask",
            "initial_bar += unbroadcast(share_bar * (y == initial), np.shape(initial))",
        ],
        at=(
            "A(2, 3), initial=0.5",
            "A(2, 3), axis=1, initial=0.4, where=np.array([True, False, True])",
            "A(2, 3, 4), axis=(0, 2), initial=0.45, keepdims=True",
        ),
    )

# `other_products` where y / a would do but for zeros.
rule(
    f"y = np.prod{SIGNATURE}",
    when="axis is None",
    tangent="y_dot = np.sum(a_dot * other_products(a), keepdims=keepdims)",
    adjoint="a_bar += y_bar * other_products(a)",
    at=(*FULL, KEPT[0], "np.array([0.3, 0.0, 0.7])", "np.array([[0.3, 0.0, 0.0]])"),
)
rule(
    f"y = np.prod{SIGNATURE}",
    when="axis is not None and a.ndim == 0",
    tangent="y_dot = a_dot",
    adjoint="a_bar += y_bar",
    at="F(), axis=0",
)
rule(
    f"y = np.prod{SIGNATURE}",
    when="isinstance(axis, int) and not keepdims",
    tangent="y_dot = np.sum(a_dot * other_products(a, axis), axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) * other_products(a, axis)",
    at=(*ONE, "np.array([[0.3, 0.0, 0.7], [0.0, 0.0, 0.2]]), axis=1"),
)
rule(
    f"y = np.prod{SIGNATURE}",
    when="isinstance(axis, int) and keepdims",
    tangent="y_dot = np.sum(a_dot * other_products(a, axis), axis=axis, keepdims=True)",
    adjoint="a_bar += y_bar * other_products(a, axis)",
    at=KEPT[1],
)

# With d = a - mean: y = sum(d ** 2) / (n - ddof), and the mean of d is zero.  Where all elements are equal, the slope of
# a standard deviation is 0.
SPREAD = "(a, axis=None, *, ddof=0, keepdims=False)"
SPREADS = ("A(2, 3), ddof=1", *FULL[:3])
rule(
    f"y = np.var{SPREAD}",
    when="axis is None and not keepdims and not np.iscomplexobj(a)",
    tangent="y_dot = 2 * np.sum((a - np.mean(a)) * a_dot) / (a.size - ddof)",
    adjoint="a_bar += 2 * y_bar * (a - np.mean(a)) / (a.size - ddof)",
    at=SPREADS,
)
rule(
    f"y = np.var{SPREAD}",
    when="isinstance(axis, int) and not keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = 2 * np.sum(deviation * a_dot, axis=axis) / (a.shape[axis] - ddof)",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += 2 * np.expand_dims(y_bar, axis) * deviation / (a.shape[axis] - ddof)",
    ],
    at=(*ONE, "A(2, 3), axis=1, ddof=1"),
)
rule(
    f"y = np.var{SPREAD}",
    when="axis is not None and not keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = 2 * np.sum(deviation * a_dot, axis=axis) / (a.size / max(np.size(y), 1) - ddof)",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += 2 * np.expand_dims(y_bar, axis) * deviation / (a.size / max(np.size(y), 1) - ddof)",
    ],
    at=(*ONE, *MANY, "A(2, 3), axis=1, ddof=1"),
)
rule(
    f"y = np.var{SPREAD}",
    when="keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = 2 * np.sum(deviation * a_dot, axis=axis, keepdims=True) / (a.size / max(np.size(y), 1) - ddof)",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += 2 * y_bar * deviation / (a.size / max(np.size(y), 1) - ddof)",
    ],
    at=KEPT,
)
rule(
    f"y = np.std{SPREAD}",
    when="axis is None and not keepdims and not np.iscomplexobj(a)",
    tangent="y_dot = np.sum((a - np.mean(a)) * a_dot) / ((a.size - ddof) * (y + (y == 0)))",
    adjoint="a_bar += y_bar * (a - np.mean(a)) / ((a.size - ddof) * (y + (y == 0)))",
    at=SPREADS,
)
rule(
    f"y = np.std{SPREAD}",
    when="isinstance(axis, int) and not keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = np.sum(deviation * a_dot, axis=axis) / ((a.shape[axis] - ddof) * (y + (y == 0)))",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += np.expand_dims(y_bar / (y + (y == 0)), axis) * deviation / (a.shape[axis] - ddof)",
    ],
    at=(*ONE, "A(2, 3), axis=1, ddof=1"),
)
rule(
    f"y = np.std{SPREAD}",
    when="axis is not None and not keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = np.sum(deviation * a_dot, axis=axis) / ((a.size / max(np.size(y), 1) - ddof) * (y + (y == 0)))",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += np.expand_dims(y_bar / (y + (y == 0)), axis) * deviation / (a.size / max(np.size(y), 1) - ddof)",
    ],
    at=(*ONE, *MANY, "A(2, 3), axis=1, ddof=1"),
)
rule(
    f"y = np.std{SPREAD}",
    when="keepdims and not np.iscomplexobj(a)",
    tangent=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "y_dot = np.sum(deviation * a_dot, axis=axis, keepdims=True) / ((a.size / max(np.size(y), 1) - ddof) * (y + (y == 0)))",
    ],
    adjoint=[
        "deviation = a - np.mean(a, axis=axis, keepdims=True)",
        "a_bar += y_bar / (y + (y == 0)) * deviation / (a.size / max(np.size(y), 1) - ddof)",
    ],
    at=KEPT,
)
rule(
    "y = np.ptp(a, axis=None)",
    when="axis is None",
    tangent=[
        "top = a == np.max(a)",
        "bottom = a == np.min(a)",
        "y_dot = np.sum(a_dot * top) / np.sum(top) - np.sum(a_dot * bottom) / np.sum(bottom)",
    ],
    adjoint=[
        "top = a == np.max(a)",
        "bottom = a == np.min(a)",
        "a_bar += y_bar / np.sum(top) * top",
        "a_bar -= y_bar / np.sum(bottom) * bottom",
    ],
    at=FULL[:3],
)
rule(
    "y = np.average(a, axis=None, weights=None)",
    when="axis is None and weights is None",
    tangent="y_dot = np.mean(a_dot)",
    adjoint="a_bar += y_bar / np.size(a)",
    at=FULL,
)
rule(
    "y = np.average(a, axis=None, weights=None)",
    when="isinstance(axis, int) and weights is None",
    tangent="y_dot = np.mean(a_dot, axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) / a.shape[axis]",
    at=ONE,
)
rule(
    "y = np.average(a, axis=None, weights=None)",
    when="axis is None and weights is not None",
    tangent="y_dot = (np.sum(a_dot * weights) + np.sum((a - y) * weights_dot)) / np.sum(weights)",
    adjoint=["a_bar += y_bar * weights / np.sum(weights)", "weights_bar += y_bar * (a - y) / np.sum(weights)"],
    at=("A(3), weights=A(3)", "A(2, 3), weights=A(2, 3)"),
)
rule(
    "y = np.average(a, axis=None, weights=None)",
    when="isinstance(axis, int) and weights.ndim == 1",
    tangent=[
        "shift = np.moveaxis(a - np.expand_dims(y, axis), axis, -1)",
        "y_dot = (np.moveaxis(a_dot, axis, -1) @ weights + shift @ weights_dot) / np.sum(weights)",
    ],
    adjoint=[
        "rows_bar = np.moveaxis(np.expand_dims(y_bar, axis), axis, -1) / np.sum(weights)",
        "a_bar += np.moveaxis(rows_bar * weights, -1, axis)",
        "shift = np.moveaxis(a - np.expand_dims(y, axis), axis, -1)",
        "weights_bar += np.sum(np.reshape(rows_bar * shift, (-1, len(weights))), axis=0)",
    ],
    at=("A(3), 0, A(3)", "A(2, 3), axis=1, weights=A(3)", "A(2, 3, 4), axis=-2, weights=A(3)"),
)
rule(
    "y = np.median(a, axis=None)",
    when="axis is None",
    tangent=[
        "middle = np.argsort(a, None)[(a.size - 1) // 2:a.size // 2 + 1]",
        "y_dot = np.mean(np.ravel(a_dot)[middle])",
    ],
    adjoint=[
        "middle = np.argsort(a, None)[(a.size - 1) // 2:a.size // 2 + 1]",
        "a_bar += untake(np.full(middle.shape, y_bar / (2 - a.size % 2)), middle, None, a.shape)",
    ],
    at=("A(3)", "A(4)", "A(2, 4)", "A(3, 5)"),
)
rule(
    "y = np.median(a, axis=None)",
    when="isinstance(axis, int)",
    tangent=[
        "n = a.shape[axis]",
        "middle = np.take(np.argsort(a, axis), np.arange((n - 1) // 2, n // 2 + 1)[:n], axis)",
        "y_dot = np.mean(np.take_along_axis(a_dot, middle, axis), axis=axis)",
    ],
    adjoint=[
        "n = a.shape[axis]",
        "middle = np.take(np.argsort(a, axis), np.arange((n - 1) // 2, n // 2 + 1)[:n], axis)",
        "places = np.take_along_axis(np.reshape(np.arange(a.size), a.shape), middle, axis)",
        "parts_bar = np.broadcast_to(np.expand_dims(y_bar, axis) / (2 - n % 2), middle.shape)",
        "a_bar += untake(parts_bar, places, None, a.shape)",
    ],
    at=("A(3), 0", "A(3, 4), axis=1", "A(3, 4), 0", "A(2, 4, 3), axis=-2"),
)
