"""What does Numba lack of NumPy's functions?  What says the same in words that it has, for kinds that are known.

Before: d = np.diff(y, prepend=0, append=0)        After: d = np.zeros(y.shape[0] + 1)
                                                          d[:-1] = y
                                                          d[1:] -= y
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import ONE, Array, Const, List, Number, Size, Tuple, is_value
from srcgrad.backends.calls import constant, value_of
from srcgrad.backends.fuse import plus_number
from srcgrad.lang import tree


def array(node: Any, lowering: Any) -> tuple[Any, int]:
    """A name for an array, and its rank, which is 0 for all else."""
    kind = lowering.flow.of(node)
    if not isinstance(kind, Array) or not kind.sizes:
        return None, 0
    return (node if isinstance(node, gast.Name) else lowering.bound(lowering.value(node), kind)), len(kind.sizes)


def axis_of(given: dict[Any, Any], place: int, default: Any, rank: int, lowering: Any) -> int | None:
    """The axis that is given, counted from the first; None if it is no number that is known."""
    node = given.get("axis", given.get(place))
    axis = default if node is None else constant(node, lowering)
    return axis % rank if type(axis) is int and rank else None


def numpy(name: str, *args: Any, **keywords: Any) -> gast.Call:
    return tree.call(tree.attribute(tree.name("np"), name), *args, **keywords)


def size(x: gast.expr, axis: int) -> gast.expr:
    return tree.subscript(tree.attribute(x, "shape"), tree.constant(axis))


def along(x: gast.expr, axis: int, rank: int, part: gast.Slice) -> gast.expr:
    """`x[:, part]`"""
    items: list[Any] = [part if a == axis else gast.Slice(None, None, None) for a in range(rank)]
    return tree.subscript(x, items[0] if rank == 1 else tree.display(items))


def zeros(sizes: list[gast.expr], name: str, lowering: Any) -> gast.expr:
    made = tree.name(lowering.names.fresh(name))
    lowering.statement(tree.assign(made.id, numpy("zeros", sizes[0] if len(sizes) == 1 else tree.display(sizes))))
    return made


def rolled(given: dict[Any, Any], lowering: Any) -> Any:
    if set(given) not in ({0, 1, 2}, {0, 1, "axis"}):
        return None  # Numba rolls what has no axes to tell apart
    x, rank = array(given[0], lowering)
    axis = axis_of(given, 2, None, rank, lowering)
    if axis is None or not isinstance(lowering.flow.of(given[1]), (Const, Number)):
        return None
    return tree.call("rolled", x, lowering.value(given[1]), tree.constant(axis))


def differences(given: dict[Any, Any], lowering: Any) -> Any:
    rank = array_rank(given[0], lowering)
    axis = axis_of(given, 2, -1, rank, lowering)
    order = constant(given.get(1, given.get("n", tree.constant(1))), lowering)
    if axis is None or order != 1 or not set(given) <= {0, 1, 2, "n", "axis", "prepend", "append"}:
        return None
    x, _ = array(given[0], lowering)
    first, last = gast.Slice(None, tree.negative(tree.constant(1)), None), gast.Slice(tree.constant(1), None, None)
    ends = [constant(given[e], lowering) for e in ("prepend", "append") if e in given]
    if not ends:
        return gast.BinOp(along(x, axis, rank, last), gast.Sub(), along(x, axis, rank, first))
    if ends != [0, 0] or lowering.flow.of(x).dtype != np.float64:
        return None
    sizes = [plus_number(size(x, a), 1) if a == axis else size(x, a) for a in range(rank)]
    made = zeros(sizes, "differences", lowering)
    lowering.statement(gast.Assign([tree.as_store(along(made, axis, rank, first))], x, None))
    lowering.statement(gast.AugAssign(tree.as_store(along(made, axis, rank, last)), gast.Sub(), x))
    return made


def array_rank(node: Any, lowering: Any) -> int:
    kind = lowering.flow.of(node)
    return len(kind.sizes) if isinstance(kind, Array) and kind.sizes else 0


def padded(given: dict[Any, Any], lowering: Any) -> Any:
    """By zeros."""
    mode = constant(given.get(2, given.get("mode", tree.constant("constant"))), lowering)
    width = lowering.flow.of(given[1]) if 1 in given else None
    rank = array_rank(given[0], lowering)
    if not set(given) <= {0, 1, 2, "mode"} or mode != "constant" or not rank or width is None:
        return None
    widths = np.asarray(value_of(width), dtype=object)
    if not all(type(w) is int and w >= 0 for w in widths.ravel()) or lowering.flow.of(given[0]).dtype != np.float64:
        return None
    widths = np.broadcast_to(widths, (rank, 2))
    x, _ = array(given[0], lowering)
    sizes = [plus_number(size(x, a), int(sum(widths[a]))) if any(widths[a]) else size(x, a) for a in range(rank)]
    made = zeros(sizes, "padded", lowering)
    items: list[Any] = []
    for axis, (before, _) in enumerate(widths):
        first = tree.constant(int(before))
        items.append(gast.Slice(first, plus_number(size(x, axis), int(before)) if before else size(x, axis), None))
    place = tree.subscript(made, items[0] if rank == 1 else tree.display(items))
    lowering.statement(gast.Assign([tree.as_store(place)], x, None))
    return made


def variance(given: dict[Any, Any], lowering: Any) -> Any:
    """`np.sum((x - np.mean(x, axis=0, keepdims=True)) ** 2, axis=0) / n`"""
    rank = array_rank(given[0], lowering)
    axis = axis_of(given, 1, None, rank, lowering)
    kept = constant(given.get("keepdims", tree.constant(False)), lowering)
    fewer = constant(given.get("ddof", tree.constant(0)), lowering)
    if axis is None or type(kept) is not bool or type(fewer) is not int:
        return None
    if not set(given) <= {0, 1, "axis", "keepdims", "ddof"} or lowering.flow.of(given[0]).dtype != np.float64:
        return None
    x, _ = array(given[0], lowering)
    mean = numpy("mean", x, axis=tree.constant(axis), keepdims=tree.constant(True))
    squares = gast.BinOp(gast.BinOp(x, gast.Sub(), mean), gast.Pow(), tree.constant(2))
    total = numpy("sum", squares, axis=tree.constant(axis), keepdims=tree.constant(kept))
    count = gast.BinOp(size(x, axis), gast.Sub(), tree.constant(fewer)) if fewer else size(x, axis)
    return lowering.value(gast.BinOp(total, gast.Div(), count))


def deviation(given: dict[Any, Any], lowering: Any) -> Any:
    found = variance(given, lowering)
    return None if found is None else lowering.value(numpy("sqrt", found))


def norm(given: dict[Any, Any], lowering: Any) -> Any:
    """Of the rows or columns of a matrix, or of all of an array."""
    rank = array_rank(given[0], lowering)
    axis = axis_of(given, 2, None, rank, lowering)
    kept = constant(given.get("keepdims", tree.constant(False)), lowering)
    whole = set(given) == {0} or ("axis" in given and constant(given["axis"], lowering) is None and kept is False)
    if not rank or axis is None and not whole or type(kept) is not bool or not set(given) <= {0, "axis", "keepdims"}:
        return None
    if lowering.flow.of(given[0]).dtype != np.float64:
        return None
    x, _ = array(given[0], lowering)
    squares = gast.BinOp(x, gast.Pow(), tree.constant(2))
    if whole:
        return lowering.value(numpy("sqrt", numpy("sum", squares)))
    total = numpy("sum", squares, axis=tree.constant(axis), keepdims=tree.constant(kept))
    return lowering.value(numpy("sqrt", total))


def extreme(name: str) -> Callable[[dict[Any, Any], Any], Any]:
    """`np.max(x, axis=1, initial=0.0)` is `np.maximum(np.max(x, axis=1), 0.0)`: of nothing, loops begin with -inf."""

    def from_initial(given: dict[Any, Any], lowering: Any) -> Any:
        if "initial" not in given or not set(given) <= {0, 1, "axis", "keepdims", "initial"}:
            return None
        by_position = [given[i] for i in (0, 1) if i in given]
        named = {n: given[n] for n in ("axis", "keepdims") if n in given}
        return lowering.value(numpy(f"{name}imum", numpy(name, *by_position, **named), given["initial"]))

    return from_initial


def crossed(given: dict[Any, Any], lowering: Any) -> Any:
    """The product of two vectors of three elements, written out."""
    kinds = [lowering.elements.shape(lowering.flow.of(g)) for g in given.values()]
    if set(given) != {0, 1} or kinds != [(Size(None, 3),)] * 2:
        return None
    a, b = (array(g, lowering)[0] for g in given.values())
    pairs = [[(1, 2), (2, 1)], [(2, 0), (0, 2)], [(0, 1), (1, 0)]]
    products = [[tree.binary(element(a, i), "*", element(b, k)) for i, k in pair] for pair in pairs]
    row: Any = gast.List([tree.binary(first, "-", second) for first, second in products], gast.Load())
    return lowering.value(numpy("array", row))


def element(x: gast.expr, place: int) -> gast.expr:
    return tree.subscript(x, tree.constant(place))


def inner(given: dict[Any, Any], lowering: Any) -> Any:
    if set(given) != {0, 1} or [array_rank(g, lowering) for g in given.values()] != [1, 1]:
        return None
    return numpy("dot", *(lowering.value(g) for g in given.values()))


def clipped(given: dict[Any, Any], lowering: Any) -> Any:
    """Of a number."""
    if set(given) != {0, 1, 2} or not all(map(is_value, map(lowering.flow.of, given.values()))):
        return None
    x, least, most = (lowering.value(g) for g in given.values())
    return numpy("minimum", numpy("maximum", x, least), most)


def unpadded(given: dict[Any, Any], lowering: Any) -> Any:
    """The part of an array that np.pad was given."""
    rank, shape = array_rank(given[0], lowering), lowering.flow.of(given[2])
    widths = np.asarray(value_of(lowering.flow.of(given[1])), dtype=object)
    if not isinstance(shape, Tuple) or len(shape.items) != rank or not all(type(w) is int for w in widths.ravel()):
        return None
    y, sizes = lowering.value(given[0]), lowering.value(given[2])
    items: list[Any] = []
    for axis, (before, _) in enumerate(np.broadcast_to(widths, (rank, 2))):
        first, count = tree.constant(int(before)), tree.subscript(sizes, tree.constant(axis))
        items.append(gast.Slice(first, gast.BinOp(count, gast.Add(), first), None))
    return tree.subscript(y, items[0] if rank == 1 else tree.display(items))


def last(given: dict[Any, Any], lowering: Any) -> Any:
    """Of what is stored by an array of integers along the first axis."""
    index = tree.call(tree.attribute(tree.name("np"), "array"), given[1]) if isinstance(given[1], gast.List) else given[1]
    kind = lowering.flow.of(index)
    whole = isinstance(kind, Array) and kind.sizes is not None and len(kind.sizes) == 1 and kind.dtype.kind == "i"
    if not whole or not array_rank(given[0], lowering):
        return None
    return tree.call("last_at", lowering.value(given[0]), lowering.value(index))


def stacked(given: dict[Any, Any], lowering: Any) -> Any:
    """Arrays that are in a list as one array; its first axis is that of the list."""
    kind = lowering.flow.of(given[0])
    if set(given) != {0} or not isinstance(kind, List):
        return None
    item = kind.item
    if not isinstance(item, Array) or not item.sizes:
        return None
    if isinstance(given[0], gast.List):
        return numpy("stack", tree.display([lowering.value(e) for e in given[0].elts]))
    return tree.call("stacked", given[0]) if isinstance(given[0], gast.Name) else None


def made_array(given: dict[Any, Any], lowering: Any) -> Any:
    """np.array of the arrays in a list, or of one array."""
    if not isinstance(lowering.flow.of(given[0]), Array):
        return stacked(given, lowering)
    dtype = given.get(1, given.get("dtype"))
    if not array_rank(given[0], lowering) or not set(given) <= {0, 1, "dtype"}:
        return None
    x = lowering.value(given[0])
    return tree.method(x, "copy") if dtype is None else lowering.value(tree.method(x, "astype", dtype))


def joined(given: dict[Any, Any], lowering: Any) -> Any:
    """Arrays that are in a list, joined along their first axes."""
    kind = lowering.flow.of(given[0])
    if set(given) != {0} or not isinstance(kind, List) or not isinstance(given[0], gast.Name):
        return None
    return tree.call("joined", given[0]) if isinstance(kind.item, Array) and kind.item.sizes else None


def squeezed(given: dict[Any, Any], lowering: Any) -> Any:
    """By the axes that are given or known to have one element."""
    kind = lowering.flow.of(given[0])
    rank = array_rank(given[0], lowering)
    found = lowering.elements.shape(kind) or ()
    node = given.get(1, given.get("axis"))
    told = (value_of(lowering.flow.of(node)),) if node is not None else tuple(a for a in range(rank) if found[a] == ONE)
    axes = told[0] if told and isinstance(told[0], tuple) else told
    if not rank or not set(given) <= {0, 1, "axis"} or not all(type(a) is int for a in axes) or not axes:
        return None
    left = set(range(rank)) - {a % rank for a in axes}
    items: list[Any] = [gast.Slice(None, None, None) if a in left else tree.constant(0) for a in range(rank)]
    return tree.subscript(lowering.value(given[0]), items[0] if rank == 1 else tree.display(items))


# Statements


def without_silence(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function without `with np.errstate(all="ignore")`: compiled code tells of no infinite values anyway."""
    made = copy.copy(function)
    made.body = outside_silence(function.body)
    return made


def outside_silence(block: list[Any]) -> list[Any]:
    result: list[Any] = []
    for statement in block:
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            statement = copy.copy(statement)
            statement.body, statement.orelse = outside_silence(statement.body), outside_silence(statement.orelse)
        silent = isinstance(statement, gast.With) and all(map(is_silence, statement.items))
        result += outside_silence(statement.body) if silent else [statement]
    return result


def is_silence(item: gast.withitem) -> bool:
    call = item.context_expr
    if not isinstance(call, gast.Call) or tree.text(call.func) != "np.errstate" or item.optional_vars or call.args:
        return False
    return all(isinstance(k.value, gast.Constant) and k.value.value in ("ignore", "warn") for k in call.keywords)
