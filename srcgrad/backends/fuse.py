"""How is an array expression computed element by element?  Its element at given indices, and the loops round it.

Before: u_bar[1:] += 2 * c * w           After: for i in range(w.shape[0]):
                                                    u_bar[i + 1] += 2 * c * w[i]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import is_elementwise
from srcgrad.analysis.kinds import ONE, Array, Const, Kind, Number, Size, Slice, is_exact, is_scalar
from srcgrad.backends import rolling
from srcgrad.backends.effects import nest
from srcgrad.backends.flow import Flow
from srcgrad.backends.places import places_of
from srcgrad.lang import tree
from srcgrad.lang.names import Names

INDICES = "ijklmn"
ARITHMETIC = (np.add, np.multiply, np.maximum, np.minimum)


class NotElementwise(Exception):
    """This expression, or a size in it, can't be told element by element."""


class Elements:
    """The elements of array expressions.  `emit` takes the statements that have to come before the loops."""

    def __init__(self, flow: Flow, names: Names, emit: Callable[[Any], None]) -> None:
        self.flow, self.names, self.emit = flow, names, emit
        self.nonneg: set[str] = set()  # variables that are zero or more
        self.always: list[str] = []  # parameters: variables that always have a value
        self.indices: list[str] = []  # the names of indices, by depth
        self.views: dict[str, gast.Subscript] = {}  # names for parts of arrays -> which part
        self.rolled: dict[int, int] = {}  # id of a call of np.roll that is read element by element -> its axis
        self.named_parts: dict[str, tuple[gast.expr, str]] = {}  # text of a part that was given a name -> it, the name

    # Kinds

    def shape(self, kind: Kind) -> tuple[Size, ...] | None:
        if isinstance(kind, Array) and is_exact(kind) and kind.sizes is not None and kind.dtype.kind in "fiub":
            return tuple(map(self.flow.infer.facts.canonical, kind.sizes))
        return () if is_scalar(kind) else None

    def is_array(self, node: gast.expr) -> bool:
        return bool(self.shape(self.flow.of(node)))

    def is_chain(self, node: Any) -> bool:
        """Is this computed from elements, and worth a loop?"""
        if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare)):
            return not (isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult))
        return isinstance(node, gast.Call) and (self.elementwise_call(node) is not None or rolling.is_rolled(self, node))

    def elementwise_call(self, node: gast.Call) -> Any:
        """The function, if it works element by element; np.where, np.outer and copies do too."""
        if node.keywords:
            return None
        if isinstance(node.func, gast.Attribute) and node.func.attr == "copy" and not node.args:
            return "copy"
        function = self.flow.of(node.func)
        if not isinstance(function, Const):
            return None
        if is_elementwise(function.value):
            return function.value
        if function.value is np.where and len(node.args) == 3:
            return np.where
        return function.value if function.value is np.outer else None

    def is_view(self, place: Any) -> bool:
        """Does this stand for a part of an array's own memory, so that it may be stored to through another name?"""
        while isinstance(place, gast.Subscript):
            items = place.slice.elts if isinstance(place.slice, gast.Tuple) else [place.slice]
            for item in items:
                kind = self.flow.of(item) if not isinstance(item, gast.Slice) else Const(None)
                integer = isinstance(kind, Number) and kind.dtype.kind in "iu"
                if not integer and not (isinstance(kind, Const) and type(kind.value) in (int, type(None), type(...))):
                    return False
            place = place.value
            if not isinstance(self.flow.of(place), Array):
                return False
        return isinstance(place, gast.Name)

    def forget(self, bound: set[str]) -> None:
        """These variables have other values now."""
        for name, view in list(self.views.items()):
            if name in bound or bound & tree.names_read(view):
                del self.views[name]
        for text, (part, name) in list(self.named_parts.items()):
            if name in bound or bound & tree.names_read(part):
                del self.named_parts[text]

    # Elements

    def element(self, node: Any, at: list[gast.expr], shape: tuple[Size, ...]) -> gast.expr:
        """The element of a value that is broadcast to `shape`, at these indices."""
        kind = self.flow.of(node)
        own = self.shape(kind)
        if own is None or len(own) > len(shape):
            raise NotElementwise
        if not own:
            return self.scalar(node)
        at, shape = at[len(at) - len(own) :], shape[len(shape) - len(own) :]
        for axis, (mine, whole) in enumerate(zip(own, shape)):
            if mine == ONE and whole != ONE:
                at = [*at[:axis], tree.constant(0), *at[axis + 1 :]]
            elif mine != whole and self.is_chain(node) and id(node) not in self.rolled:
                own = (*own[:axis], whole, *own[axis + 1 :])  # its operands are told apart, each for itself
            elif mine != whole and not self.flow.infer.facts.equal(mine, whole):
                at = [
                    *at[:axis],
                    self.index_if_many(at[axis], self.extent(mine, (node,), len(own) - axis)),
                    *at[axis + 1 :],
                ]
        return self.part(node, at, own)

    def index_if_many(self, index: gast.expr, size: gast.expr) -> gast.expr:
        """The index along an axis of which only the running program knows whether it has one element."""
        return gast.IfExp(gast.Compare(size, [gast.Gt()], [tree.constant(1)]), index, tree.constant(0))

    def scalar(self, node: Any) -> gast.expr:
        """A number, computed before the loops."""
        if isinstance(node, (gast.Name, gast.Constant)):
            return node
        if isinstance(node, gast.UnaryOp) and isinstance(node.operand, gast.Constant):
            return node
        number = number_of(node)
        if number is not None:
            return tree.constant(number) if number >= 0 else tree.negative(tree.constant(-number))
        return self.named(node, "s")

    def named(self, node: Any, base: str) -> gast.Name:
        name = self.names.fresh(base)
        self.emit(tree.assign(name, node))
        return tree.name(name)

    def named_part(self, node: gast.expr) -> gast.Name:
        """A name for `x[i:j]`, or for `x[i:j][...]`, the same one until something in it changes."""
        while isinstance(node, gast.Subscript) and is_constant(node.slice, ...) and self.is_array(node.value):
            node = node.value
        if isinstance(node, gast.Name):
            return node
        if not self.is_view(node):
            return self.named(node, "part")
        text = tree.text(node)
        if text not in self.named_parts:
            name = self.named(node, "view")
            self.named_parts[text] = node, name.id
            self.flow.bind(tree.target(name.id), self.flow.of(node))
        return tree.name(self.named_parts[text][1])

    def part(self, node: Any, at: list[gast.expr], own: tuple[Size, ...]) -> gast.expr:
        """The element of an array of this shape."""
        if isinstance(node, gast.Name):
            found = self.through(self.views[node.id], at) if node.id in self.views else None
            return found or element_of(node, at)
        if isinstance(node, gast.BinOp) and not isinstance(node.op, gast.MatMult):
            left, right = self.element(node.left, at, own), self.element(node.right, at, own)
            if self.is_truth(node):
                return combined(node.op, left, right)
            return power(left, right) if isinstance(node.op, gast.Pow) else gast.BinOp(left, node.op, right)
        if isinstance(node, gast.UnaryOp):
            operand = self.element(node.operand, at, own)
            if isinstance(node.op, gast.Invert) and self.is_truth(node):
                return gast.UnaryOp(gast.Not(), operand)
            return gast.UnaryOp(node.op, operand)
        if isinstance(node, gast.Compare) and len(node.ops) == 1:
            parts = [self.element(p, at, own) for p in (node.left, node.comparators[0])]
            return gast.Compare(parts[0], node.ops, [parts[1]])
        if isinstance(node, gast.Subscript):
            return self.subscripted(node, at)
        if isinstance(node, gast.Attribute) and node.attr == "T" and len(own) == 2:
            return self.element(node.value, at[::-1], own[::-1])
        if isinstance(node, gast.Call):
            return self.called(node, at, own)
        return element_of(self.named(node, "part"), at)

    def is_truth(self, node: gast.expr) -> bool:
        kind = self.flow.of(node)
        return isinstance(kind, Array) and kind.dtype.kind == "b"

    def called(self, node: gast.Call, at: list[gast.expr], own: tuple[Size, ...]) -> gast.expr:
        if id(node) in self.rolled:
            return rolling.element(self, node, at, own)
        function = self.elementwise_call(node)
        if function == "copy":
            return self.element(node.func.value, at, own)  # type: ignore[attr-defined]
        if function is np.where:
            test, yes, no = (self.element(a, at, own) for a in node.args)
            return gast.IfExp(test, yes, no)
        if function is np.outer and all(self.is_row(a) for a in node.args):
            left, right = (self.in_row(a, i) for a, i in zip(node.args, at))
            return gast.BinOp(left, gast.Mult(), right)
        if function in ARITHMETIC and self.is_truth(node):
            raise NotElementwise
        if function is not None and function is not np.outer:
            return gast.Call(node.func, [self.element(a, at, own) for a in node.args], [])
        known = self.flow.of(node.func)
        value = known.value if isinstance(known, Const) else None
        if self.is_row_again(node):
            return self.in_row(node.args[0], next((i for i, s in zip(at, own) if s != ONE), tree.constant(0)))
        if value is np.expand_dims and all(number_of(a) is not None for a in elements_of(node.args[1])):
            axes = {number_of(a) % len(own) for a in elements_of(node.args[1])}
            left = [a for a in range(len(own)) if a not in axes]
            return self.element(node.args[0], [at[a] for a in left], tuple(own[a] for a in left))
        if value is np.broadcast_to:
            return self.element(node.args[0], at, own)
        if value in (np.zeros_like, np.ones_like, np.zeros, np.ones) and not node.keywords:
            return tree.constant(0.0 if value in (np.zeros_like, np.zeros) else 1.0)
        if value is np.arange and len(node.args) == 1 and self.is_index(node) and not node.keywords:
            return at[0]
        if value is np.full and not node.keywords and self.shape(self.flow.of(node.args[1])) == ():
            return self.scalar(node.args[1])
        return element_of(self.named(node, "part"), at)

    def is_row(self, node: gast.expr) -> bool:
        """Has it more than one element along one axis at most?"""
        shape = self.shape(self.flow.of(node))
        return bool(shape) and sum(s != ONE for s in shape or ()) <= 1

    def is_row_again(self, node: Any) -> bool:
        """`np.ravel(x)`, `np.reshape(x, y.shape)` that leaves the elements in one row."""
        if not isinstance(node, gast.Call) or node.keywords or not node.args or not isinstance(node.func, gast.Attribute):
            return False
        if tree.text(node.func) not in ("np.ravel", "np.reshape") or not all(map(self.is_row, (node, node.args[0]))):
            return False
        sizes = [[s for s in self.shape(self.flow.of(n)) or () if s != ONE] for n in (node, node.args[0])]
        return sizes[0] == sizes[1]

    def in_row(self, node: gast.expr, index: gast.expr) -> gast.expr:
        """The element of such a value, by its place along the axis that has several."""
        shape = self.shape(self.flow.of(node)) or ()
        return self.element(node, [index if s != ONE else tree.constant(0) for s in shape], shape)

    def subscripted(self, node: gast.Subscript, at: list[gast.expr]) -> gast.expr:
        """The element of `x[1:-1, None, k]`, by its index where that is plain, else through a name for the view."""
        if is_constant(node.slice, ...):
            return self.element(node.value, at, self.shape(self.flow.of(node.value)) or ())
        found = self.through(node, at) or self.taken(node, at)
        if found is not None:
            return found
        return element_of(self.named_part(node), at)

    def taken(self, node: gast.Subscript, at: list[gast.expr]) -> gast.expr | None:
        """`x[k[i], j]` for an element of `x[k]`, of `x[k, :]`; `x[k[i], l[i]]` for one of `x[k, l]`."""
        places = places_of(self, node) if isinstance(node.value, gast.Name) else None
        return element_of(node.value, places.index(self, at)) if places is not None else None

    def is_index(self, node: gast.expr) -> bool:
        """Is this an array of integers?"""
        kind = self.flow.of(node)
        return bool(self.shape(kind)) and isinstance(kind, Array) and kind.dtype.kind in "iu"

    def through(self, node: gast.Subscript, at: list[gast.expr]) -> gast.expr | None:
        """`x[i + 1, j]` for an element of `x[1:, :]`."""
        sizes = self.shape(self.flow.of(node.value))
        if not sizes or not isinstance(node.value, gast.Name):
            return None
        items = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
        index: list[gast.expr] = []
        if len(items) == 1 and is_constant(items[0], ...):
            return element_of(node.value, at)
        left = list(at)
        for item in items:
            if isinstance(item, gast.Slice):
                if not left:
                    return None
                if number_of(item.step) == -1 and item.lower is item.upper is None:
                    size = tree.subscript(tree.attribute(node.value, "shape"), tree.constant(len(index)))
                    index.append(gast.BinOp(plus_number(size, -1), gast.Sub(), left.pop(0)))
                    continue
                if item.step is not None and not is_constant(item.step, 1):
                    return None
                i = left.pop(0)
                if item.lower is None or is_constant(item.lower, 0):
                    index.append(i)
                elif self.is_nonneg(item.lower):
                    index.append(plus(i, item.lower))
                else:
                    return None
            elif isinstance(item, gast.Constant) and item.value is None:
                left.pop(0)
            elif isinstance(self.flow.of(item), (Number, Const)) and not isinstance(self.flow.of(item), Slice):
                kind = self.flow.of(item)
                if isinstance(kind, Const) and not isinstance(kind.value, int) or isinstance(kind, Number) and kind.dtype.kind not in "iu":  # fmt: skip
                    return None
                index.append(item)
            else:
                return None
        if len(index) + len(left) != len(sizes):
            return None
        return element_of(node.value, [*index, *left])

    def is_nonneg(self, node: Any) -> bool:
        """Is this integer surely zero or more?"""
        if isinstance(node, gast.Constant):
            return isinstance(node.value, int) and node.value >= 0
        if isinstance(node, gast.Name):
            return node.id in self.nonneg
        if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Mult, gast.FloorDiv)):
            return self.is_nonneg(node.left) and self.is_nonneg(node.right)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "len":
            return True
        inner = node.value if isinstance(node, gast.Subscript) else node
        return isinstance(inner, gast.Attribute) and inner.attr in ("shape", "size", "ndim")

    # Loops

    def loops(
        self,
        shape: tuple[Size, ...],
        extents: list[gast.expr],
        body: Callable[[list[gast.expr]], Any],
        around: Callable[[list[Any]], list[Any]] | None = None,
        outer: int = 0,
    ) -> list[Any]:
        """Loops over all elements; the body is made before the loops are, since it may name parts.

        around: puts statements around the loops over the axes from `outer` on.
        """
        while len(self.indices) < len(shape):
            depth = len(self.indices)
            self.indices.append(self.names.fresh(INDICES[depth] if depth < len(INDICES) else "index"))
        names = self.indices[: len(shape)]
        self.nonneg |= set(names)
        made = body([tree.constant(0) if s == ONE else tree.name(n) for n, s in zip(names, shape)])
        statements = made if isinstance(made, list) else [made]
        for axis in range(len(shape) - 1, -1, -1):
            if shape[axis] != ONE:
                iterable = tree.call("range", extents[axis])
                statements = [nest(tree.target(names[axis]), iterable, statements, shape[axis])]
            if around is not None and axis == outer:
                statements = around(statements)
        return statements

    def agree(self, node: Any) -> bool:
        """May the parts `x[:i]` and `l[i, :i]` be taken to have one size?  If their arrays have in this call.

        The equality becomes a guard.
        """
        seen: dict[str, Size] = {}
        facts, found = self.flow.infer.facts, False
        for part in gast.walk(node):
            if not isinstance(part, gast.Subscript) or not isinstance(part.value, gast.Name):
                continue
            sizes = self.shape(self.flow.of(tree.as_load(part.value))) or ()
            items = list(part.slice.elts) if isinstance(part.slice, gast.Tuple) else [part.slice]
            if any(isinstance(i, gast.Constant) and not isinstance(i.value, int) for i in items):
                continue
            for item, size in zip(items, sizes):
                if isinstance(item, gast.Slice) and (item.lower is not None or item.upper is not None):
                    other = seen.setdefault(tree.text(item), size)
                    if facts.canonical(other) != facts.canonical(size):
                        found = facts.equal(other, size) or found
        return found

    def extents(self, shape: tuple[Size, ...], *nodes: Any) -> list[gast.expr]:
        """Text for the sizes: constants, or sizes of the arrays in the expressions."""
        return [
            tree.constant(s.offset) if s.symbol is None else self.extent(s, nodes, len(shape) - axis)
            for axis, s in enumerate(shape)
        ]

    def extent(self, size: Size, nodes: tuple[Any, ...], axis: int = 0) -> gast.expr:
        """The text for a size; axis: from the last one backwards, of the common shape of the expressions."""
        parts = [p for node in nodes for p in self.arrays_in(node)]
        names = [p for p in parts if isinstance(p, gast.Name)]
        names += [p.value for p in parts if isinstance(p, gast.Subscript) and isinstance(p.value, gast.Name)]
        names += [i for p in parts if isinstance(p, gast.Subscript) for i in tree.name_nodes(p.slice) if self.is_index(i)]
        names = [*(tree.name(n) for n in self.always if n in self.flow.env), *names]
        for offset_too in (False, True):
            for name in names:
                for place, other in enumerate(self.shape(self.flow.of(name)) or ()):
                    if other == size or (offset_too and other == Size(size.symbol, 0)):
                        text = tree.subscript(tree.attribute(name, "shape"), tree.constant(place))
                        return plus_number(text, size.offset - other.offset)
        for part in parts:
            sizes = self.shape(self.flow.of(part)) or ()
            if isinstance(part, gast.Subscript) and size in sizes:
                text = self.length_of_part(part, sizes.index(size))
                if text is not None:
                    return text
                whole = tree.attribute(self.named_part(part), "shape")
                return tree.subscript(whole, tree.constant(sizes.index(size)))
        found = [s for node in nodes for s in self.sizes_at(node, axis, size)] if axis else []
        if not found:
            raise NotElementwise
        if len(found) == 1:
            return found[0]
        total = found[0]
        for other in found[1:]:
            total = tree.call("common_size", total, other)
        return self.named(total, "size")

    def sizes_at(self, node: Any, axis: int, size: Size) -> list[gast.expr]:
        """The sizes of the operands along an axis where only the running program knows which is the common one."""
        if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare)) and self.is_chain(node):
            parts = [n for n in gast.iter_child_nodes(node) if isinstance(n, gast.expr)]
        elif isinstance(node, gast.Call) and self.elementwise_call(node) not in (None, "copy", np.outer):
            parts = list(node.args)
        elif isinstance(node, gast.Call) and self.flow.of(node.func) == Const(np.broadcast_to):
            return self.sizes_in_shape(node.args[1])[-axis:][:1]
        else:
            return []
        found: dict[str, gast.expr] = {}
        for part in parts:
            own = self.shape(self.flow.of(part))
            if own is None:
                raise NotElementwise
            if len(own) < axis or own[-axis] == ONE:
                continue
            texts = self.sizes_at(part, axis, size) if own[-axis] == size else [self.extent(own[-axis], (part,), axis)]
            found |= {tree.text(t): t for t in texts}
        return list(found.values())

    def sizes_in_shape(self, node: Any) -> list[gast.expr]:
        """The sizes that the text of a shape lists."""
        if isinstance(node, gast.Tuple):
            return list(node.elts)
        if isinstance(node, gast.Attribute) and node.attr == "shape":
            sizes = self.shape(self.flow.of(node.value))
            if sizes and isinstance(node.value, gast.Name):
                return [tree.subscript(node, tree.constant(axis)) for axis in range(len(sizes))]
            if sizes:
                return self.extents(sizes, node.value)
        return []

    def length_of_part(self, node: gast.Subscript, axis: int) -> gast.expr | None:
        """`x.shape[0] - 1` for x[1:], `min(i, x.shape[0])` for x[:i]; less than zero stands for zero."""
        if not isinstance(node.value, gast.Name) or not self.is_view(node):
            return None
        items = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
        along = 0  # the axis of the array
        for item in items:
            if isinstance(item, gast.Constant) and item.value is None:
                axis -= 1
            elif not isinstance(item, gast.Slice):
                if isinstance(item, gast.Constant) and not isinstance(item.value, int):
                    return None
                along += 1
            elif axis == 0:
                break
            else:
                axis, along = axis - 1, along + 1
        else:
            return None
        lower, upper = item.lower, item.upper
        if item.step is not None or not (lower is None or self.is_nonneg(lower)):
            return None
        whole = tree.subscript(tree.attribute(node.value, "shape"), tree.constant(along))
        if upper is None:
            end: gast.expr = whole
        elif self.is_nonneg(upper):
            end = tree.call("min", upper, whole)
        elif isinstance(upper, gast.UnaryOp) and isinstance(upper.op, gast.USub) and isinstance(upper.operand, gast.Constant):  # fmt: skip
            end = plus_number(whole, -upper.operand.value)
        else:
            return None
        return end if lower is None or is_constant(lower, 0) else gast.BinOp(end, gast.Sub(), lower)

    def arrays_in(self, node: Any) -> list[Any]:
        """The arrays that a chain is made of."""
        if isinstance(node, (gast.Name, gast.Subscript)):
            return [node] if self.is_array(node) else []
        if isinstance(node, gast.Attribute) and node.attr == "T":
            return self.arrays_in(node.value)
        if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.Call)):
            parts = [n for n in gast.iter_child_nodes(node) if isinstance(n, gast.expr)]
            if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute):
                parts[0] = node.func.value
            return [a for p in parts if self.is_array(p) for a in self.arrays_in(p)]
        return []


def combined(op: Any, left: gast.expr, right: gast.expr) -> gast.expr:
    """NumPy's `a + b` and `a * b` of truth values are `a or b` and `a and b`; Numba would count."""
    if isinstance(op, (gast.BitAnd, gast.Mult)):
        return gast.BoolOp(gast.And(), [left, right])
    if isinstance(op, (gast.BitOr, gast.Add)):
        return gast.BoolOp(gast.Or(), [left, right])
    if isinstance(op, gast.BitXor):
        return gast.Compare(left, [gast.NotEq()], [right])
    raise NotElementwise


def number_of(node: Any) -> Any:
    """The number that text made of numbers alone stands for: `-1.5 - 1`."""
    if isinstance(node, gast.Constant):
        return node.value if type(node.value) in (int, float) else None
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        inner = number_of(node.operand)
        return None if inner is None else -inner
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub, gast.Mult)):
        left, right = number_of(node.left), number_of(node.right)
        if left is not None and right is not None:
            return left * right if isinstance(node.op, gast.Mult) else left + right if isinstance(node.op, gast.Add) else left - right  # fmt: skip
    return None


def power(base: gast.expr, exponent: gast.expr) -> gast.expr:
    """`x ** -1.5` as `1 / (x * np.sqrt(x))`: a power takes many times as long as a root."""
    number = number_of(exponent)
    if number is not None and tree.is_place(base) and 2 * number in (-5, -3, -1, 1, 3, 5):
        root = tree.call(tree.attribute(tree.name("np"), "sqrt"), base)
        for _ in range(int(abs(number))):
            root = tree.binary(base, "*", root)
        return root if number > 0 else tree.binary(tree.constant(1), "/", root)
    if isinstance(number, float) and number == int(number) and abs(number) < 64:
        whole = tree.constant(int(abs(number)))
        exponent = whole if number >= 0 else tree.negative(whole)
    return gast.BinOp(base, gast.Pow(), exponent)


def element_of(base: gast.expr, at: list[gast.expr]) -> gast.expr:
    return tree.subscript(base, at[0] if len(at) == 1 else tree.display(list(at)))


def elements_of(node: Any) -> list[Any]:
    return list(node.elts) if isinstance(node, gast.Tuple) else [node]


def is_constant(node: Any, value: Any) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is type(value) and node.value == value


def plus(index: gast.expr, offset: gast.expr) -> gast.expr:
    return offset if is_constant(index, 0) else gast.BinOp(index, gast.Add(), offset)


def plus_number(node: gast.expr, number: int) -> gast.expr:
    if number == 0:
        return node
    return tree.binary(node, "+" if number > 0 else "-", tree.constant(abs(number)))
