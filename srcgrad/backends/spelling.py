"""How is an operation said so that Numba has it?  Other words for the same thing, where kinds are known."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, Kind, List, Number, Tuple
from srcgrad.backends.flow import Flow
from srcgrad.lang import tree

DTYPES = {"bool": "bool_", "float": "float64", "int": "int64", "complex": "complex128"}
MAKERS = (
    "zeros",
    "ones",
    "empty",
    "full",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "array",
    "asarray",
    "arange",
    "astype",
)
JOINERS = ("concatenate", "stack", "vstack", "hstack", "column_stack", "dstack")


def spelled(node: Any, flow: Flow) -> Any:
    """The expression in Numba's words; itself where there is nothing to change."""
    if isinstance(node, gast.Subscript):
        return subscript(node, flow)
    if tree.is_call(node, "bool") and isinstance(flow.of(node.args[0]), Tuple) and flow.of(node.args[0]).items:  # type: ignore[attr-defined]
        return gast.Compare(node.args[0], [gast.IsNot()], [tree.constant(None)])  # Numba takes None for a tuple else
    if tree.is_call(node, "reversed") and is_sequence(flow.of(node.args[0])):
        return tree.subscript(node.args[0], gast.Slice(None, None, tree.negative(tree.constant(1))))
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
        return from_members(node, flow)
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
        return node
    name, args = node.func.attr, node.args
    if name == "pop" and args and holds_arrays(flow.of(node.func.value)):
        return tree.call("taken_out", node.func.value, *args)
    if name in ("copy", "conj") and not args and is_number(flow.of(node.func.value)):
        return node.func.value
    if name == "zeros_like" and len(args) == 1 and not node.keywords and isinstance(args[0], gast.Name):
        sizes = fixed_sizes(flow.of(args[0]), flow)
        if sizes:
            return tree.call(
                tree.attribute(tree.name("np"), "zeros"), sizes[0] if len(sizes) == 1 else tree.display(sizes)
            )
    if name in MAKERS:
        return with_dtypes(node)
    if name in JOINERS and args and tree.root(node.func) == "np":
        return joined(node, flow)
    if name == "diagonal" and not node.keywords and is_matrix(node, flow):
        return tree.call(
            tree.attribute(tree.name("np"), "diag"), args[0] if tree.root(node.func) == "np" else node.func.value
        )
    if flow.of(node.func) == Const(np.prod) and len(args) == 1 and isinstance(args[0], gast.Attribute) and args[0].attr == "shape":  # fmt: skip
        if isinstance(flow.of(args[0].value), Array) and not node.keywords:
            return tree.attribute(args[0].value, "size")
    if flow.of(node.func) == Const(np.expand_dims) and len(args) == 2:
        return expanded(node, flow)
    return node


def from_members(node: gast.Call, flow: Flow) -> gast.Call:
    """`State(s_bar[0], s_bar[1])` for `State(*s_bar)`: Numba spreads no lists."""
    cls = flow.of(node.func)
    spread = node.args[0].value if len(node.args) == 1 and isinstance(node.args[0], gast.Starred) else None
    if not isinstance(spread, gast.Name) or not isinstance(cls, Const) or not hasattr(cls.value, "_fields"):
        return node
    return tree.call(node.func, *(tree.subscript(spread, tree.constant(k)) for k in range(len(cls.value._fields))))


def truth(test: Any, flow: Flow) -> Any:
    """A test in which a variable that is a tuple, or None, is asked whether it is None: Numba takes it for a tuple else."""
    if isinstance(test, gast.BoolOp):
        return gast.BoolOp(test.op, [truth(v, flow) for v in test.values])
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return gast.UnaryOp(test.op, truth(test.operand, flow))
    kind = flow.of(test) if isinstance(test, gast.Name) else None
    if isinstance(kind, Tuple) and kind.items:
        return gast.Compare(test, [gast.IsNot()], [tree.constant(None)])
    return test


def joined(node: gast.Call, flow: Flow) -> gast.Call:
    """`np.concatenate((a, b), axis=1)` for `np.concatenate([a, b], axis=-1)`: Numba joins what is in a tuple, along an axis
    that is counted from the first.
    """
    changes: dict[int, Any] = {}
    array = node.args[0]
    if isinstance(array, gast.List) and array.elts and not any(isinstance(e, gast.Starred) for e in array.elts):
        changes[id(array)] = tree.display(list(array.elts))
    kind = flow.of(node)
    axes = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "axis")]
    axis = flow.of(axes[0]) if axes else None
    if isinstance(kind, Array) and kind.sizes is not None and isinstance(axis, Const) and type(axis.value) is int and axis.value < 0:  # fmt: skip
        changes[id(axes[0])] = tree.constant(axis.value + len(kind.sizes))
    return tree.replace(node, changes) if changes else node  # type: ignore[no-any-return]


def holds_arrays(kind: Kind) -> bool:
    """Is it a list, of anything but numbers?"""
    return isinstance(kind, List) and not isinstance(kind.item, Number)


def is_sequence(kind: Kind) -> bool:
    return isinstance(kind, (List, Tuple)) or (isinstance(kind, Const) and isinstance(kind.value, (str, tuple)))


def is_matrix(node: gast.Call, flow: Flow) -> bool:
    """`a.diagonal()` or `np.diagonal(a)` of two axes?"""
    of_numpy = tree.root(node.func) == "np"
    if len(node.args) != int(of_numpy):
        return False
    kind = flow.of(node.args[0] if of_numpy else node.func.value)  # type: ignore[attr-defined]
    return isinstance(kind, Array) and kind.sizes is not None and len(kind.sizes) == 2


def fixed_sizes(kind: Kind, flow: Flow) -> list[gast.expr]:
    """The sizes of an array of doubles, if they are always the same."""
    sizes = [flow.infer.facts.canonical(s) for s in kind.sizes or ()] if isinstance(kind, Array) else []
    if not isinstance(kind, Array) or kind.dtype != np.float64 or any(s.symbol is not None for s in sizes):
        return []
    return [tree.constant(s.offset) for s in sizes]


def is_number(kind: Kind) -> bool:
    return isinstance(kind, Number) or (isinstance(kind, Const) and isinstance(kind.value, (int, float, complex)))


def subscript(node: gast.Subscript, flow: Flow) -> Any:
    """`x[[0, 2]]` by an array; `s[...]` of a number is the number, and `x[...]` is `x[:]`."""
    index = node.slice
    if isinstance(index, gast.Constant) and index.value is ... and isinstance(node.ctx, gast.Load):
        kind = flow.of(node.value)
        if is_number(kind):
            return node.value
        if isinstance(kind, Array) and kind.sizes:
            return tree.subscript(node.value, gast.Slice(None, None, None))
    items = list(index.elts) if isinstance(index, gast.Tuple) else [index]
    if not any(isinstance(i, gast.List) and i.elts for i in items) or not isinstance(flow.of(node.value), Array):
        return node
    array = tree.attribute(tree.name("np"), "array")
    items = [tree.call(array, i) if isinstance(i, gast.List) else i for i in items]
    return gast.Subscript(node.value, items[0] if len(items) == 1 else tree.display(items), node.ctx)


def with_dtypes(node: gast.Call) -> gast.Call:
    """`np.bool_` for `bool`, which Numba does not take for a dtype."""
    changes: dict[int, Any] = {}
    for place in [*node.args, *(k.value for k in node.keywords if k.arg == "dtype")]:
        if isinstance(place, gast.Name) and place.id in DTYPES:
            changes[id(place)] = tree.attribute(tree.name("np"), DTYPES[place.id])
    return tree.replace(node, changes) if changes else node  # type: ignore[no-any-return]


def expanded(node: gast.Call, flow: Flow) -> Any:
    """`np.expand_dims(x, 1)` as `x[:, None]`."""
    kind, axis = flow.of(node), flow.of(node.args[1])
    if not isinstance(kind, Array) or kind.sizes is None:
        return node
    given = axis.items if isinstance(axis, Tuple) else (axis,)
    values = [v for k in given for v in (k.value if isinstance(k.value, tuple) else (k.value,))] if all(isinstance(k, Const) for k in given) else []  # type: ignore[attr-defined]  # fmt: skip
    if not values or not all(type(v) is int for v in values):
        return node
    rank = len(kind.sizes)
    axes = {v % rank for v in values}
    if len(axes) == rank:
        ones = [tree.constant(1)] * rank
        return tree.call(tree.attribute(tree.name("np"), "full"), tree.display(list(ones)), node.args[0])
    items: list[Any] = [tree.constant(None) if a in axes else gast.Slice(None, None, None) for a in range(rank)]
    return tree.subscript(node.args[0], items[0] if rank == 1 else tree.display(items))
