"""How are arrays turned, repeated, sorted and summed along an axis?  By slices, by places along the axis, or by functions of ours.

Before: y = np.flip(np.cumsum(x, axis=1), 1)        After: y = sums_along(x, 1)[:, ::-1]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.analysis.kinds import ONE, Array, List, Number, Tuple
from srcgrad.backends.calls import constant, value_of
from srcgrad.backends.effects import stored_into
from srcgrad.backends.flow import is_integer
from srcgrad.backends.lacking import array, array_rank, axis_of, numpy, size
from srcgrad.backends.memory import views_in
from srcgrad.lang import tree

BACKWARDS = gast.Slice(None, None, tree.negative(tree.constant(1)))


def flipped(given: dict[Any, Any], lowering: Any) -> Any:
    rank = array_rank(given[0], lowering)
    node = given.get(1, given.get("axis"))
    found = value_of(lowering.flow.of(node)) if node is not None else tuple(range(rank))
    axes = found if isinstance(found, tuple) else (found,)
    if not rank or not set(given) <= {0, 1, "axis"} or not all(type(a) is int for a in axes):
        return None
    return backwards(lowering.value(given[0]), {a % rank for a in axes}, rank)


def backwards(x: gast.expr, axes: set[int], rank: int) -> gast.expr:
    items: list[Any] = [BACKWARDS if a in axes else gast.Slice(None, None, None) for a in range(rank)]
    return tree.subscript(x, items[0] if rank == 1 else tree.display(items))


def turned(given: dict[Any, Any], lowering: Any) -> Any:
    """np.rot90 of a matrix"""
    times = constant(given.get(1, given.get("k", tree.constant(1))), lowering)
    axes = value_of(lowering.flow.of(given.get(2, given.get("axes")))) if {2, "axes"} & set(given) else (0, 1)
    if type(times) is not int or axes != (0, 1) or array_rank(given[0], lowering) != 2:
        return None
    x = lowering.value(given[0])
    if times % 2 == 0:
        return backwards(x, {0, 1} if times % 4 else set(), 2)
    return backwards(tree.attribute(x, "T"), {0} if times % 4 == 1 else {1}, 2)


def repeated(given: dict[Any, Any], lowering: Any) -> Any:
    """Along an axis: of each place as many as are asked for."""
    rank = array_rank(given[0], lowering)
    axis = axis_of(given, 2, None, rank, lowering)
    if axis is None or not set(given) <= {0, 1, 2, "axis"}:
        return None
    x, _ = array(given[0], lowering)
    places = numpy("repeat", numpy("arange", size(x, axis)), lowering.value(given[1]))
    return numpy("take", x, places, tree.constant(axis))


def tiled(given: dict[Any, Any], lowering: Any) -> Any:
    rank, kind = array_rank(given[0], lowering), lowering.flow.of(given[1])
    counts = [given[1]] if is_integer(kind) else list(given[1].elts) if isinstance(given[1], gast.Tuple) else []
    if set(given) != {0, 1} or not rank or not 0 < len(counts) <= rank:
        return None
    x: Any = array(given[0], lowering)[0]
    for axis, count in zip(range(rank - len(counts), rank), counts):
        if constant(count, lowering) == 1:
            continue
        part = x if isinstance(x, gast.Name) else lowering.elements.named(x, "part")
        many = numpy("arange", gast.BinOp(size(part, axis), gast.Mult(), lowering.value(count)))
        x = numpy("take", part, gast.BinOp(many, gast.Mod(), size(part, axis)), tree.constant(axis))
    return tree.method(x, "copy") if isinstance(x, gast.Name) else x


def by_ours(name: str) -> Callable[[dict[Any, Any], Any], Any]:
    """A function along an axis that is given."""

    def change(given: dict[Any, Any], lowering: Any) -> Any:
        axis = axis_of(given, 1, None, array_rank(given[0], lowering), lowering)
        if axis is None or not set(given) <= {0, 1, "axis"} or lowering.flow.of(given[0]).dtype.kind != "f":
            return None
        return tree.call(name, lowering.value(given[0]), tree.constant(axis))

    return change


def argsorted(given: dict[Any, Any], lowering: Any) -> Any:
    """Numba's function has no axis, and sorts vectors."""
    rank = array_rank(given[0], lowering)
    if not rank or not set(given) <= {0, 1, "axis"}:
        return None
    x = lowering.value(given[0])
    if constant(given.get(1, given.get("axis")), lowering) is None:
        return numpy("argsort", tree.method(x, "ravel"))
    axis = axis_of(given, 1, -1, rank, lowering)
    if axis is None:
        return None
    return numpy("argsort", x) if rank == 1 else tree.call("order_along", x, tree.constant(axis))


def sorted_(given: dict[Any, Any], lowering: Any) -> Any:
    rank = array_rank(given[0], lowering)
    axis = axis_of(given, 1, -1, rank, lowering)
    if axis is None or not set(given) <= {0, 1, "axis"}:
        return None
    x = lowering.value(given[0])
    return numpy("sort", x) if rank == 1 else tree.call("sorted_along", x, tree.constant(axis))


def order_of_numbers(given: dict[Any, Any], lowering: Any) -> Any:
    """`sorted(range(len(v)), key=v.__getitem__)`: Numba takes no method for a key."""
    key = given.get("key")
    if not isinstance(key, gast.Attribute) or key.attr != "__getitem__" or not set(given) <= {0, "key", "reverse"}:
        return None
    kind = lowering.flow.of(key.value)
    numbers = isinstance(kind, List) and isinstance(kind.item, Number) and kind.item.dtype.kind in "fi"
    if not numbers or tree.text(given[0]) != f"range(len({tree.text(key.value)}))":
        return None
    backwards = lowering.value(given["reverse"]) if "reverse" in given else tree.constant(False)
    return tree.call("order_of", lowering.value(key.value), backwards)


def reshaped(given: dict[Any, Any], lowering: Any) -> Any:
    """Numba gives another shape only to what lies in order; a copy is as good where nothing is stored into either."""
    kind = lowering.flow.of(given[0])
    if not all(type(k) is int for k in given) or not isinstance(kind, Array) or not kind.sizes:
        return None
    stored = {lowering.groups.get(n, n) for n in stored_into(lowering.callee.tree)}
    seen = {lowering.groups.get(n, n) for n in views_in(given[0])}
    if seen & stored and not is_turned(given[0], kind):
        return None
    x = lowering.value(given[0])
    if not lowering.elements.is_chain(given[0]) and not is_in_order(x):
        x = numpy("ascontiguousarray", x)
    sizes = [lowering.value(v) for k, v in given.items() if k]
    return numpy("reshape", x, sizes[0] if len(sizes) == 1 else tree.display(sizes))


def is_in_order(x: Any) -> bool:
    """Is this memory of its own, as Numba makes it?"""
    return isinstance(x, gast.Call) and tree.text(x.func) in ("np.arange", "np.zeros", "np.ones", "np.empty", "np.full")


def is_turned(node: Any, kind: Any) -> bool:
    """Is this an array whose elements NumPy copies when it gets another shape?"""
    last = node.attr if isinstance(node, gast.Attribute) else getattr(getattr(node, "func", None), "attr", "")
    return last in ("T", "transpose", "swapaxes") and len(kind.sizes) > 1 and ONE not in kind.sizes


def item(given: dict[Any, Any], lowering: Any) -> Any:
    """`x.item(i, j)`, `x.item((i, j))`"""
    if not array_rank(given[0], lowering) or not all(type(k) is int for k in given):
        return None
    x, index = lowering.value(given[0]), [lowering.value(v) for k, v in given.items() if k]
    if len(index) == 1 and isinstance(lowering.flow.of(given[1]), Tuple):
        return tree.subscript(x, index[0])
    if len(index) < 2:
        return tree.subscript(tree.attribute(x, "flat"), index[0] if index else tree.constant(0))
    return tree.subscript(x, tree.display(index))


def open_mesh(given: dict[Any, Any], lowering: Any) -> Any:
    """np.ix_: `a[:, None], b[None, :]`"""
    if not all(array_rank(g, lowering) == 1 and lowering.elements.is_index(g) for g in given.values()):
        return None
    parts: list[gast.expr] = []
    for axis, x in given.items():
        items: list[Any] = [gast.Slice(None, None, None) if a == axis else tree.constant(None) for a in range(len(given))]
        parts.append(tree.subscript(lowering.value(x), items[0] if len(items) == 1 else tree.display(items)))
    return tree.display(parts)


def spaced(given: dict[Any, Any], lowering: Any) -> Any:
    """np.linspace of as many numbers; Numba's own has no other arguments."""
    names = ("start", "stop", "num", "endpoint")
    start, stop, num, whole = (given.get(i, given.get(n)) for i, n in enumerate(names))
    if not set(given) <= {0, 1, 2, 3, *names} or set(given) <= {0, 1, 2} or start is None or stop is None:
        return None
    last = True if whole is None else constant(whole, lowering)
    if type(last) is not bool:
        return None
    count = tree.constant(50) if num is None else lowering.value(num)
    if last:
        return numpy("linspace", lowering.value(start), lowering.value(stop), count)
    more = numpy("linspace", lowering.value(start), lowering.value(stop), gast.BinOp(count, gast.Add(), tree.constant(1)))
    return tree.subscript(more, gast.Slice(None, tree.negative(tree.constant(1)), None))
