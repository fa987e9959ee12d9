"""How are array expressions computed before the statement they are in?  Chains and reductions by loops, into names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import ONE, Array, Const, Kind, List, Number, Size, Tuple, Unknown, is_value
from srcgrad.backends import rolling
from srcgrad.backends.effects import Nest, loops_in
from srcgrad.backends.flow import Callee, Flow
from srcgrad.backends.fuse import Elements, NotElementwise
from srcgrad.backends.memory import is_fresh, kept_in
from srcgrad.backends.otherwise import said_otherwise
from srcgrad.backends.places import is_gathered, places_of, with_plain_index
from srcgrad.backends.spelling import spelled
from srcgrad.backends.tapes import cost
from srcgrad.backends.written import filled, written_out
from srcgrad.lang import tree
from srcgrad.lang.names import Names

LAZY = (gast.IfExp, gast.BoolOp, gast.Lambda, gast.ListComp, gast.GeneratorExp, gast.DictComp, gast.SetComp)

OPERATORS = {"sum": "+", "product": "*"}
COSTLY = 4  # additions, which take about as long as a division
# Functions that have the same element everywhere along some axes; which of their arguments tells these axes.
SHAPES = {
    np.broadcast_to: 1, np.expand_dims: 1,
    np.full: 0, np.zeros: 0, np.ones: 0, np.zeros_like: 0, np.ones_like: 0,
}  # fmt: skip


class Expressions:
    """The expressions of one function.  Statements that have to come before are put into `out`."""

    def __init__(self, flow: Flow, callee: Callee) -> None:
        self.flow, self.callee = flow, callee
        self.names = Names.of(callee.tree)
        self.names.used |= {"np", "math"}
        self.out: list[Any] = []
        self.elements = Elements(flow, self.names, self.put)
        self.elements.always = [a.id for a in callee.tree.args.args]
        self.selected: dict[str, tuple[gast.Name, Kind]] = {}  # text of a mask in this statement -> the places it selects
        self.alone: set[str] = set()  # the variables that share memory with none other now
        self.alone_at: dict[int, frozenset[str]] = {}

    def put(self, *statements: Any) -> None:
        for statement in statements:
            for part in loops_in(statement) if isinstance(statement, Nest) else ():
                part.alone = frozenset(self.alone)
            self.alone_at[id(statement)] = frozenset(self.alone)
            self.out.append(statement)
            self.note_memory(statement)

    def mark(self) -> tuple[Any, ...]:
        """What to come back to if an expression can't be told element by element."""
        elements = self.elements
        known = dict(elements.views), dict(elements.named_parts), dict(self.selected)
        return len(self.out), set(self.names.used), set(self.alone), *known

    def rewind(self, mark: tuple[Any, ...]) -> None:
        count, self.names.used, self.alone, self.elements.views, self.elements.named_parts, self.selected = mark
        del self.out[count:]

    def note_memory(self, statement: Any) -> None:
        """Which variables share memory with none other after this."""
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            return
        self.alone -= kept_in([statement], self.arrays(), self.numbers())
        if isinstance(statement, gast.Assign):
            bound = names_bound(statement)
            self.alone -= bound
            if is_fresh(statement.value) and isinstance(statement.targets[0], gast.Name):
                self.alone |= bound
            self.elements.forget(bound)

    def arrays(self) -> set[str]:
        """The variables that are arrays of numbers wherever they are bound."""
        own = self.callee.tree.name
        kinds = {a.id: k for a, k in zip(self.callee.tree.args.args, self.callee.params)}
        for (function, name), kind in self.flow.later.items():
            if function == own:
                kinds[name] = kind if name not in kinds or isinstance(kinds[name], Array) else Unknown()
        return {name for name, kind in kinds.items() if isinstance(kind, Array)}

    def numbers(self) -> set[str]:
        """The variables that are numbers wherever they are bound."""
        own = self.callee.tree.name
        params = {a.id for a in self.callee.tree.args.args}
        return {n for (function, n), kind in self.flow.later.items() if function == own and is_value(kind)} - params

    def computed(self, name: str, value: gast.expr, kind: Kind, shape: tuple[Size, ...]) -> None:
        """`name = value` as an empty array and loops."""
        value = self.inner(value)
        shape = self.elements.shape(self.flow.of(value)) or shape
        place = self.names.fresh(name) if self.reads(value, name) else name
        extents = self.elements.extents(shape, value)
        self.put(self.empty(place, kind, extents))
        self.flow.bind(tree.target(place), kind)
        self.fill(place, value, shape, extents)
        if place != name:
            self.put(tree.assign(name, tree.name(place)))

    def fill(self, place: str, value: Any, shape: tuple[Size, ...], extents: list[gast.expr]) -> None:
        def body(at: list[gast.expr]) -> Any:
            return tree.assign(at_of(tree.name(place), at), self.elements.element(value, at, shape))

        self.put(*self.elements.loops(shape, extents, body))

    def empty(self, name: str, kind: Any, extents: list[gast.expr], function: str = "empty") -> gast.Assign:
        # A part of an array that is too short has no elements, not fewer than none.
        sizes = [tree.call("max", e, tree.constant(0)) if isinstance(e, gast.BinOp) else e for e in extents]
        args = [sizes[0] if len(sizes) == 1 else tree.display(sizes)]
        if kind.dtype != np.float64:
            args.append(tree.attribute(tree.name("np"), "bool_" if kind.dtype.kind == "b" else kind.dtype.name))
        return tree.assign(name, tree.call(tree.attribute(tree.name("np"), function), *args))

    def reads(self, node: Any, name: str) -> bool:
        return any(isinstance(n, gast.Name) and n.id == name for n in gast.walk(node))

    def value(self, node: Any) -> Any:
        """The expression for use as it stands: parts that are chains or reductions are computed by loops before it."""
        if isinstance(node, LAZY) or not isinstance(node, gast.AST):
            return node
        found = self.reduction(node, None)
        if found is not None:
            return found
        gathered = is_gathered(self.elements, node)
        if isinstance(node, gast.expr) and self.elements.is_array(node) and (self.elements.is_chain(node) or gathered):
            kind = self.flow.of(node)
            shape = self.elements.shape(kind)
            mark = self.mark()
            name = self.names.fresh("part")
            try:
                self.computed(name, node, kind, shape or ())
            except NotElementwise:
                self.rewind(mark)
                return self.rewritten(node)
            self.flow.bind(tree.target(name), kind)
            return tree.name(name)
        return self.rewritten(node)

    def inner(self, node: Any) -> Any:
        """A chain, with those parts computed before it that are not elementwise themselves."""
        if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare)) and self.elements.is_chain(node) and self.elements.is_array(node):  # fmt: skip
            whole = self.elements.shape(self.flow.of(node)) or ()
            return self.rebuilt(node, lambda part: self.value(part) if self.is_shared(part, whole) else self.inner(part))
        if rolling.is_rolled(self.elements, node):
            return rolling.rolled(self, node)
        if self.elements.is_row_again(node):
            return self.known(gast.Call(node.func, [self.inner(node.args[0]), *node.args[1:]], []), node)
        if isinstance(node, gast.Call) and self.elements.is_array(node):
            if self.elements.elementwise_call(node) is not None or self.is_filled(node):
                first = node.func
                if isinstance(first, gast.Attribute) and first.attr == "copy" and not node.args:
                    return self.known(
                        gast.Call(gast.Attribute(self.inner(first.value), "copy", first.ctx), [], []), node
                    )
                left = SHAPES.get(self.flow.of(first).value) if self.is_filled(node) else None  # type: ignore[attr-defined]
                args = [a if k == left else self.inner(a) for k, a in enumerate(node.args)]
                return self.known(gast.Call(first, args, node.keywords), node)
            made = self.value(node)
            if isinstance(made, gast.Name):
                return made
            return self.bound(made, self.flow.of(node))
        if is_gathered(self.elements, node):
            made = with_plain_index(self, node)
            if places_of(self.elements, made) is None:
                raise NotElementwise
            return made
        takes = any(isinstance(n, gast.Attribute) and n.attr == "pop" for n in gast.walk(node))
        if (takes or isinstance(node, gast.BinOp)) and self.elements.is_array(node):  # or a product of matrices
            return self.bound(self.value(node), self.flow.of(node))
        return self.value(node)

    def is_shared(self, node: Any, whole: tuple[Size, ...]) -> bool:
        """Is this costly, and used for many elements of what has the shape `whole`?  It is computed once, before them."""
        if not self.elements.is_array(node) or not self.elements.is_chain(node) or cost(node) < COSTLY:
            return False
        own = self.elements.shape(self.flow.of(node)) or ()
        return len(own) < len(whole) or any(a == ONE != b for a, b in zip(own, whole))

    def is_filled(self, node: gast.Call) -> bool:
        known = self.flow.of(node.func)
        return isinstance(known, Const) and callable(known.value) and any(known.value is f for f in SHAPES)

    def bound(self, node: Any, kind: Kind) -> gast.Name:
        name = self.elements.named(node, "part")
        self.flow.bind(tree.target(name.id), kind)
        return name

    def known(self, made: Any, node: Any) -> Any:
        self.flow.alive.append(made)
        return made

    def rewritten(self, node: Any) -> Any:
        """The same operation on rewritten operands, in a form that Numba has."""
        if isinstance(node, gast.Call):
            mark = self.mark()
            try:
                special = self.special(node)
            except NotElementwise:
                self.rewind(mark)
                special = None
            if special is not None:
                return special
        other = spelled(node, self.flow)
        return self.rebuilt(node, self.value) if other is node else self.value(self.known(other, node))

    def rebuilt(self, node: Any, change: Any) -> Any:
        changes: dict[int, Any] = {}
        for child in gast.iter_child_nodes(node):
            if isinstance(child, (gast.expr, gast.Slice, gast.keyword)) and not isinstance(child, gast.Name):
                new = self.rebuilt(child, change) if isinstance(child, (gast.keyword, gast.Slice)) else change(child)
                if new is not child:
                    changes[id(child)] = new
        return self.known(tree.replace(node, changes), node) if changes else node

    def special(self, node: gast.Call) -> Any:
        """Calls that Numba does not have, of kinds that are known."""
        name = node.func.id if isinstance(node.func, gast.Name) else ""
        if name in ("zeros_like", "shadow") and len(node.args) == 1:
            return self.zeros(node.args[0], shared=name == "shadow")
        if name == "add_to" and all(is_value(k) for k in map(self.flow.of, node.args)):
            return tree.binary(self.value(node.args[0]), "+", self.value(node.args[1]))
        if name == "contents" and self.is_plain_list(node.args[0]):
            return tree.method(node.args[0], "copy")
        if name == "unbroadcast":
            return self.unbroadcast(*node.args)
        if name == "split_like":
            return self.split(*node.args)
        if written_out(node) is not None:
            return filled(self, node)
        known = self.flow.of(node.func)
        function = known.value if isinstance(known, Const) else None
        if function in (np.shape, np.ndim, np.size) and self.elements.is_array(node.args[0]):
            return tree.attribute(self.value(node.args[0]), function.__name__)
        return said_otherwise(node, function, self)

    def zeros(self, value: Any, shared: bool) -> Any:
        """Zeros in the structure of a value: an array, a number, or a list of these.

        shared: what is in the list twice has one array of zeros.
        """
        kind = self.flow.of(value)
        alike = isinstance(kind, List) and (kind.cell.items is None or all(map(is_value, kind.cell.items)))
        item = kind.item if isinstance(kind, List) and alike else None
        shape = self.elements.shape(kind if item is None else item)
        if item is not None and shape is not None and tree.is_call(value, "list"):
            value = self.elements.named(self.value(value), "rows")
        if shape is None or not isinstance(value, gast.Name):
            return tree.call(numpy("zeros_like"), value) if shape else None
        if item is None:
            return tree.call(numpy("zeros_like"), value) if shape else tree.constant(0.0)
        if not self.is_list(value.id):
            return None
        if not shape:
            return tree.binary(gast.List([tree.constant(0.0)], gast.Load()), "*", tree.call("len", value))
        if shared:
            return None
        name, part = tree.name(self.names.fresh("zeros")), tree.name(self.names.fresh("part"))
        self.put(tree.assign(name.id, gast.List([], gast.Load())))
        added = tree.statement(tree.method(name, "append", tree.call(numpy("zeros_like"), part)))
        self.put(gast.For(tree.target(part.id), value, [added], [], None))
        return name

    def is_plain_list(self, value: Any) -> bool:
        """Is it a list of numbers that one variable stands for, always?"""
        kind = self.flow.of(value)
        if not isinstance(value, gast.Name) or not isinstance(kind, List) or not self.is_list(value.id):
            return False
        bound = [s for s in gast.walk(self.callee.tree) if isinstance(s, gast.Assign) and value.id in names_bound(s)]
        items = [kind.item] if kind.cell.items is None else kind.cell.items
        return len(bound) == 1 and all(map(is_value, items))

    def is_list(self, name: str, asked: frozenset[str] = frozenset()) -> bool:
        """Is this variable a list wherever it is bound, never None?"""
        if name in asked:
            return True
        params = {a.id: k for a, k in zip(self.callee.tree.args.args, self.callee.params)}
        if name in params and not isinstance(params[name], List):
            return False
        bound = [s for s in gast.walk(self.callee.tree) if isinstance(s, gast.Assign) and name in names_bound(s)]
        return all(self.is_new_list(s.value, asked | {name}) for s in bound)

    def is_new_list(self, value: Any, asked: frozenset[str]) -> bool:
        """Is it surely a list, if what these variables have been are lists?"""
        if isinstance(value, gast.BinOp) and isinstance(value.op, gast.Mult):
            return isinstance(value.left, gast.List)
        if tree.is_call(value, "add_to") and isinstance(value.args[0], gast.Name):
            return self.is_list(value.args[0].id, asked)
        return isinstance(value, gast.List) or is_sum_of_lists(value)

    def unbroadcast(self, value: Any, shape: Any) -> Any:
        """The sum over the axes along which there is one element."""
        own = self.elements.shape(self.flow.of(value))
        wanted = self.sizes_in(shape)
        if own is None or wanted is None or len(wanted) > len(own):
            return None
        if wanted == own:
            return self.value(value)
        axes = axes_of_one(own, wanted)
        if axes is None:
            return self.gathered(value, own, shape, len(own) - len(wanted))
        kept = {i for i in axes if i >= len(own) - len(wanted)}
        return self.summed(value, own, axes, kept, self.names.fresh("total"))

    def sizes_in(self, shape: Any) -> tuple[Size, ...] | None:
        """The sizes that the text of a shape stands for."""
        wanted = self.flow.of(shape)
        sizes = []
        for kind in wanted.items if isinstance(wanted, Tuple) else [None]:
            if isinstance(kind, Const):
                sizes.append(Size(None, kind.value))
            elif isinstance(kind, Number) and kind.size is not None:
                sizes.append(self.flow.infer.facts.canonical(kind.size))
            else:
                return None
        return tuple(sizes)

    def split(self, value: Any, arrays: Any, axis: Any = None) -> Any:
        """The parts of a joined array, as a tuple of views."""
        along = 0 if axis is None else getattr(self.flow.of(axis), "value", None)
        rank = len(self.elements.shape(self.flow.of(value)) or ())
        listed = self.flow.of(arrays)
        if isinstance(listed, List) and isinstance(arrays, gast.Name) and along == 0:
            alike = len(self.elements.shape(listed.item) or ()) == rank > 0
            return tree.call("parts_like", self.value(value), arrays) if alike else None
        shapes = [self.elements.shape(self.flow.of(a)) for a in getattr(arrays, "elts", [])]
        if type(along) is not int or not shapes or any(s is None or len(s) not in (rank, rank - 1) for s in shapes):
            return None
        along %= rank
        whole = self.bound(self.value(value), self.flow.of(value))
        parts: list[gast.expr] = []
        start: gast.expr | None = None
        for array, shape in zip(arrays.elts, shapes):
            one = len(shape or ()) < rank  # a vector that is joined as a row or a column
            size = tree.constant(1) if one else tree.subscript(tree.attribute(self.value(array), "shape"), tree.constant(along))
            stop = size if start is None else gast.BinOp(start, gast.Add(), size)
            index: list[Any] = [gast.Slice(None, None, None)] * rank
            index[along] = (start or tree.constant(0)) if one else gast.Slice(start, stop, None)
            parts.append(at_of(whole, index))
            start = stop
        return tree.display(parts)

    def gathered(self, value: Any, own: tuple[Size, ...], shape: Any, extra: int) -> gast.expr:
        """`unbroadcast` where only the running program knows along which axes there is one element."""
        value = self.inner(value)
        kind: Any = self.flow.of(value)
        extents = self.elements.extents(own, value)
        total = tree.name(self.names.fresh("total"))
        self.put(tree.assign(total.id, tree.call(numpy("zeros"), self.shape_of(shape))))
        self.flow.bind(tree.target(total.id), self.flow.of(tree.call(numpy("zeros"), shape)))

        def body(at: list[gast.expr]) -> Any:
            index = []
            for axis, i in enumerate(at[extra:]):
                size = tree.subscript(tree.attribute(total, "shape"), tree.constant(axis))
                index.append(self.elements.index_if_many(i, size))
            return tree.augment(at_of(total, index), "+", self.elements.element(value, at, own))

        if len(own) == extra or kind.dtype != np.float64:
            raise NotElementwise
        self.put(*self.elements.loops(own, extents, body))
        return total

    def shape_of(self, node: Any) -> Any:
        """The text of a shape, without computing the elements of what has it."""
        if isinstance(node, gast.Attribute) and not isinstance(node.value, gast.Name):
            sizes = self.elements.sizes_in_shape(node)
            return tree.display(sizes) if sizes else self.value(node)
        return self.value(node)

    # Reductions

    def reduction(self, node: Any, target: str | None) -> gast.expr | None:
        """A sum, mean, largest or smallest element by loops; the expression for its value."""
        if not isinstance(node, (gast.Call, gast.BinOp)):
            return None
        if isinstance(node, gast.Call) and self.is_scan(node):
            return self.scanned(node, target)
        name, array, axes, kept = self.reduced_axes(node)
        if array is None:
            return None
        own = self.elements.shape(self.flow.of(array)) or ()
        base, mark = {"sum": "total", "mean": "total", "product": "product"}.get(name, "best"), self.mark()
        if name == "mean" or target in tree.names_read(node):
            target = None
        try:
            array = self.inner(array)
            if name in ("sum", "mean"):
                total = self.summed(array, own, axes, kept, target or self.names.fresh(base))
                if name == "sum":
                    return total
                extents = self.elements.extents(tuple(own[a] for a in sorted(axes)), array)
                count: gast.expr = extents[0]
                for extent in extents[1:]:
                    count = gast.BinOp(count, gast.Mult(), extent)
                return gast.BinOp(total, gast.Div(), count)
            first = next((self.value(k.value) for k in node.keywords if k.arg == "initial"), None)
            return self.summed(array, own, axes, kept, target or self.names.fresh(base), name, first)
        except NotElementwise:
            self.rewind(mark)
            return None

    def is_scan(self, node: gast.Call) -> bool:
        """`np.cumsum(x)`, `np.cumprod(x)` of a vector"""
        function = self.flow.of(node.func)
        if not isinstance(function, Const) or len(node.args) != 1 or node.keywords:
            return False
        kind = self.flow.of(node.args[0])
        rank = len(self.elements.shape(kind) or ())
        return function.value in (np.cumsum, np.cumprod) and rank == 1 and getattr(kind, "dtype", None) == np.float64

    def scanned(self, node: Any, target: str | None) -> gast.expr | None:
        """A loop that keeps each sum or product on the way."""
        op, start = ("+", 0.0) if self.flow.of(node.func) == Const(np.cumsum) else ("*", 1.0)
        mark = self.mark()
        try:
            array = self.inner(node.args[0])
            kind: Any = self.flow.of(array)
            own = self.elements.shape(kind) or ()
            extents = self.elements.extents(own, array)
            free = target is not None and not self.reads(array, target)
            name = tree.name(target if free and target else self.names.fresh("sums" if op == "+" else "products"))
            running = self.names.fresh("running")
            self.put(self.empty(name.id, kind, extents), tree.assign(running, tree.constant(start)))
            self.flow.bind(tree.target(name.id), Array(np.dtype(np.float64), own))
            self.flow.bind(tree.target(running), Number(np.dtype(np.float64), weak=False))

            def body(at: list[gast.expr]) -> Any:
                added = tree.augment(running, op, self.elements.element(array, at, own))
                return [added, tree.assign(at_of(name, at), tree.name(running))]

            self.put(*self.elements.loops(own, extents, body))
            return name
        except NotElementwise:
            self.rewind(mark)
            return None

    def product_of_parts(self, node: Any) -> Any:
        """`l[i, :i] * x[:i]` for `l[i, :i] @ x[:i]`; whole vectors are left to the library, which is faster for long ones."""
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult):
            left, right = node.left, node.right
        elif isinstance(node, gast.Call) and self.flow.of(node.func) == Const(np.dot) and len(node.args) == 2:
            left, right = node.args
        else:
            return None
        shapes = [self.elements.shape(self.flow.of(side)) for side in (left, right)]
        if not any(isinstance(side, gast.Subscript) for side in (left, right)) or any(s is None or len(s) != 1 for s in shapes):  # fmt: skip
            return None
        if shapes[0] != shapes[1] and not self.elements.agree(node):
            return None
        product = gast.BinOp(left, gast.Mult(), right)
        return self.known(product, node) if self.elements.is_array(product) else None

    def reduced_axes(self, node: Any) -> tuple[str, Any, set[int], set[int]]:
        """How and what a call reduces, over which axes, and which of them are kept."""
        product = self.product_of_parts(node)
        if product is not None:
            return "sum", product, {0}, set()
        nothing: tuple[str, Any, set[int], set[int]] = "", None, set(), set()
        if not isinstance(node, gast.Call):
            return nothing
        name, array, rest, keywords = self.reduced(node)
        if array is None:
            return nothing
        own = self.elements.shape(self.flow.of(array))
        known = ("axis", "keepdims", "initial") if name in ("max", "min") else ("axis", "keepdims")
        if not own or any(k not in known for k in keywords) or len(rest) > 1:
            return nothing
        given = rest[0] if rest else keywords.get("axis")
        axis = self.flow.of(given) if given is not None else Const(None)
        keep = self.flow.of(keywords["keepdims"]) if "keepdims" in keywords else Const(False)
        axes = axes_of(axis, len(own))
        if axes is None or not isinstance(keep, Const):
            return nothing
        return name, array, axes, axes if keep.value else set()

    def reduced(self, node: gast.Call) -> tuple[str, Any, list[Any], dict[str, Any]]:
        """What is reduced, how, and the other arguments of the call."""
        keywords = {k.arg or "**": k.value for k in node.keywords}
        known = self.flow.of(node.func)
        names = {np.sum: "sum", np.mean: "mean", np.max: "max", np.min: "min", np.amax: "max", np.amin: "min", np.prod: "product"}
        if isinstance(known, Const) and callable(known.value) and node.args:
            for function, name in names.items():
                if known.value is function:
                    return name, node.args[0], node.args[1:], keywords
            return "", None, [], {}
        if isinstance(node.func, gast.Attribute) and node.func.attr in ("sum", "mean", "max", "min", "prod") and self.elements.is_array(node.func.value):  # fmt: skip
            name = "product" if node.func.attr == "prod" else node.func.attr
            return name, node.func.value, node.args, keywords
        return "", None, [], {}

    def summed(
        self,
        array: Any,
        own: tuple[Size, ...],
        axes: set[int],
        kept: set[int],
        name: str,
        how: str = "sum",
        first: gast.expr | None = None,
    ) -> gast.expr:
        """Loops that gather an array's elements over some axes, under this name.

        first: the number to begin with, if one is given.
        """
        array = self.inner(array)
        kind: Any = self.flow.of(array)
        dtype = np.dtype(np.int64) if how == "sum" and kind.dtype.kind in "bu" else kind.dtype
        if dtype.kind not in "fi" or (how != "sum" and dtype.kind != "f" and first is None):
            raise NotElementwise
        extents = self.elements.extents(own, array)
        start = first or start_of(how, dtype)
        return self.gather(
            lambda at: self.elements.element(array, at, own), own, extents, dtype, axes, kept, name, how, start
        )

    def gather(
        self,
        element: Callable[[list[gast.expr]], gast.expr],
        own: tuple[Size, ...],
        extents: list[gast.expr],
        dtype: np.dtype[Any],
        axes: set[int],
        kept: set[int],
        name: str,
        how: str = "sum",
        start: Any = None,
    ) -> gast.expr:
        """Loops that gather what `element` says over some axes, under this name."""
        total = tree.name(name)
        result = [tree.constant(1) if a in axes else e for a, e in enumerate(extents) if a not in axes or a in kept]
        sizes = tuple(ONE if a in axes else own[a] for a in range(len(own)) if a not in axes or a in kept)
        start = start or start_of(how, dtype)
        # Over the last axes a number is enough; it is stored when the inner loops are done.
        outer = len(own) - len(axes)
        running = tree.name(self.names.fresh("running")) if result and axes == set(range(outer, len(own))) else None
        if not result:
            self.put(tree.assign(total.id, start))
            self.flow.bind(tree.target(total.id), Number(dtype, weak=False))
        else:
            made = Array(dtype, sizes)
            self.put(self.empty(total.id, made, result, "zeros" if running is None else "empty"))
            if running is None and how != "sum":
                self.put(tree.statement(tree.method(total, "fill", start)))
            self.flow.bind(tree.target(total.id), made)

        if running is not None:
            self.flow.bind(tree.target(running.id), Number(dtype, weak=False))
        place: list[gast.expr] = []

        def body(at: list[gast.expr]) -> Any:
            index = [tree.constant(0) if a in axes else at[a] for a in range(len(own)) if a not in axes or a in kept]
            place.append(at_of(total, index) if index else total)
            there = running or place[0]
            if how in OPERATORS:
                return tree.augment(there, OPERATORS[how], element(at))
            return tree.assign(there, better(how, there, element(at)))

        def around(loops: list[Any]) -> list[Any]:
            assert running is not None
            return [tree.assign(running, start), *loops, tree.assign(place[0], running)]

        self.put(*self.elements.loops(own, extents, body, around if running is not None else None, outer))
        return total


def start_of(how: str, dtype: np.dtype[Any]) -> gast.expr:
    """The number that changes nothing: of sums, products, the largest or the smallest."""
    if how in OPERATORS:
        number = int(how == "product")
        return tree.constant(float(number) if dtype.kind == "f" else number)
    return tree.negative(numpy("inf")) if how == "max" else numpy("inf")


def better(how: str, best: gast.expr, element: gast.expr) -> gast.expr:
    """The larger or the smaller of two numbers, or the one that is none, which differs from itself."""
    if not tree.is_place(element):
        return tree.call(numpy(f"{how}imum"), best, element)
    better = gast.Compare(element, [gast.Gt() if how == "max" else gast.Lt()], [best])
    none = gast.Compare(element, [gast.NotEq()], [element])
    return gast.IfExp(gast.BoolOp(gast.Or(), [better, none]), element, best)


def is_sum_of_lists(value: Any) -> bool:
    """`add_to(zeros_like(list(y)), list(z))`"""
    if not tree.is_call(value, "add_to"):
        return False
    total, part = value.args
    return tree.is_call(part, "list") and tree.is_call(total, "zeros_like") and tree.is_call(total.args[0], "list")


def names_bound(statement: Any) -> set[str]:
    return {
        n.id
        for t in statement.targets
        for n in gast.walk(t)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    }


def axes_of_one(own: tuple[Size, ...], wanted: tuple[Size, ...]) -> set[int] | None:
    """The axes along which something of the wanted sizes was broadcast; None if only the running program knows."""
    extra = len(own) - len(wanted)
    if extra < 0 or any(s not in (ONE, o) for s, o in zip(wanted, own[extra:])):
        return None
    return {i for i in range(len(own)) if i < extra or wanted[i - extra] == ONE}


def axes_of(kind: Kind, rank: int) -> set[int] | None:
    """The axes that a reduction goes over."""
    if kind == Const(None):
        return set(range(rank))
    given = [kind] if isinstance(kind, Const) else list(kind.items) if isinstance(kind, Tuple) else None
    if given is None:
        return None
    axes = set()
    for one in given:
        values = (
            one.value if isinstance(one, Const) and isinstance(one.value, tuple) else (getattr(one, "value", None),)
        )
        for value in values:
            if type(value) is not int or not -rank <= value < rank:
                return None
            axes.add(value % rank)
    return axes


def at_of(base: gast.expr, at: list[gast.expr]) -> gast.expr:
    return tree.subscript(base, at[0] if len(at) == 1 else tree.display(list(at)))


def numpy(name: str) -> gast.expr:
    return tree.attribute(tree.name("np"), name)
