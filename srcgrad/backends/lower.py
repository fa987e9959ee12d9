"""How does generated NumPy code become code for Numba?  Array statements as fused loops, other forms as Numba has them.

Before: w_bar = np.sum(r[:, None] * X, axis=0)      After: w_bar = np.zeros(X.shape[1])
                                                            for i in range(X.shape[0]):
                                                                for j in range(X.shape[1]):
                                                                    w_bar[j] += r[i] * X[i, j]
"""

from __future__ import annotations

import dataclasses
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import ONE, Array, Bottom, Const, Kind, List, Number, Size
from srcgrad.backends.ascending import with_ascending_loops
from srcgrad.backends.contraction import Contraction
from srcgrad.backends.effects import Sharing, plain
from srcgrad.backends.expressions import at_of, axes_of_one, numpy
from srcgrad.backends.flow import Callee, Flow, is_none
from srcgrad.backends.fuse import NotElementwise
from srcgrad.backends.invariants import Invariants
from srcgrad.backends.liveness import Later, times_bound, without_copies
from srcgrad.backends.memory import groups_of, kept_in
from srcgrad.backends.merging import Merging
from srcgrad.backends.parallel import with_parallel_loops
from srcgrad.backends.places import is_gathered, is_truth, items_of, places_of, with_plain_index
from srcgrad.backends.products import Products
from srcgrad.backends.ranges import below, forwards, is_step
from srcgrad.backends.reals import Reals
from srcgrad.backends.scalars import with_scalars
from srcgrad.backends.sinking import Sinking
from srcgrad.backends.spelling import holds_arrays, spelled, truth
from srcgrad.backends.tapes import Tapes
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.runtime.arrays import add_at


def lowered(flow: Flow, callee: Callee, disjoint: bool, parallel: bool = False) -> gast.FunctionDef:
    """The function for Numba, for the kinds of arguments that it has been followed with."""
    lowering = Lowering(flow, callee, disjoint)
    made = lowering.function()
    return with_parallel_loops(made, lowering.sharing(made)) if parallel else made


class Lowering(Products):
    """One function."""

    def __init__(self, flow: Flow, callee: Callee, disjoint: bool) -> None:
        super().__init__(flow, callee)
        self.disjoint = disjoint
        self.groups = groups_of(callee.tree, disjoint, self.arrays(), self.numbers())
        self.sometimes_negative: set[str] = set()  # indices of loops, in some of them
        self.above: dict[str, str] = {}  # index of a loop -> the text of what it is always greater than

    def function(self) -> gast.FunctionDef:
        self.flow.env, self.flow.returned = self.flow.start(self.callee), Bottom()
        self.flow.within = self.callee.tree.name
        old = self.callee.tree
        made = gast.FunctionDef(old.name, old.args, self.block(old.body), [], None, None, [])
        made.body = without_copies(made.body, Later(), times_bound(made))
        sharing = Sharing(
            self.sharing(made),
            self.alone_at,
            set(self.elements.indices),
            self.elements.nonneg - self.sometimes_negative,
        )
        made.body = Merging(sharing, self.flow.infer.facts.canonical).block(made.body)
        contraction = Contraction(made)
        made.body = contraction.block(made.body, Later())
        made.body = plain(Invariants(sharing, self.names).block(made.body))
        made = self.with_places(made, contraction.narrowed)
        made.body = Contraction(made).block(made.body, Later())  # the arrays for what is saved in inner loops
        if self.is_of_doubles(made):
            made = with_scalars(made, Reals(made, self.is_real), self.names.fresh)
        groups = self.sharing(made)
        made.body = Sinking(Sharing(groups, {}, sharing.indices, sharing.nonneg)).block(made.body, Later())
        return with_ascending_loops(made, groups)

    def sharing(self, made: gast.FunctionDef) -> dict[str, str]:
        """The groups of variables that may share memory."""
        return groups_of(made, self.disjoint, self.arrays(), self.numbers() | set(self.elements.indices))

    def with_places(self, made: gast.FunctionDef, narrowed: set[str]) -> gast.FunctionDef:
        """The function with arrays for the lists that loops fill and empty."""
        own, facts = self.callee.tree.name, self.flow.infer.facts
        params = {a.id: k for a, k in zip(self.callee.tree.args.args, self.callee.params)}

        def kind(name: str) -> Kind | None:
            later = self.flow.later.get((own, name))
            return params.get(name) if later is None else self.flow.joined(params.get(name, later), later, name)

        return Tapes(
            made,
            kind,
            self.sharing(made),
            facts.canonical,
            lambda s: facts.text(facts.canonical(s)) is not None,
            narrowed,
        ).placed()

    def is_real(self, name: str) -> bool:
        """Is it a parameter that holds real numbers?"""
        return any(a.id == name and getattr(k, "dtype", None) == np.float64 for a, k in zip(self.callee.tree.args.args, self.callee.params))

    def is_of_doubles(self, made: Any) -> bool:
        """Are there no numbers but whole ones and real ones of double precision?"""
        dtypes = [getattr(k, "dtype", None) for k in self.callee.params]
        if any(isinstance(n, gast.Constant) and isinstance(n.value, complex) for n in nodes_in(made)):
            return False
        return all(d is None or d == np.float64 or d.kind in "biu" for d in dtypes)

    def block(self, statements: list[Any]) -> list[Any]:
        outer, self.out = self.out, []
        parts = dict(self.elements.named_parts)
        for statement in statements:
            self.statement(statement)
        result, self.out = self.out, outer
        now = self.elements.named_parts
        self.elements.named_parts = {text: part for text, part in parts.items() if text in now}
        return result

    # Statements

    def statement(self, statement: Any) -> None:
        self.flow.statement = id(statement)
        if isinstance(statement, (Comment, Blank)):
            self.put(statement)
        elif isinstance(statement, gast.If):
            test = self.value(truth(statement.test, self.flow))
            before, alone = dict(self.flow.env), set(self.alone)
            body = self.block(statement.body)
            after, self.flow.env = self.flow.env, before
            alone, self.alone = self.alone, alone
            self.elements.forget(stored_in(statement.body))
            orelse = self.block(statement.orelse)
            self.alone &= alone
            self.elements.forget(stored_in(statement.orelse))
            self.flow.env = self.flow.merged(after, self.flow.env, id(statement))
            self.put(gast.If(test, body, orelse))
        elif isinstance(statement, gast.For):
            self.for_(statement)
        elif isinstance(statement, gast.While):
            self.flow.to_head(statement)
            head, alone = dict(self.flow.env), self.at_head(statement)
            body = self.block(statement.body)
            self.alone = alone - self.kept(body)
            self.elements.forget(stored_in(statement.body))
            self.flow.env = self.flow.merged(head, self.flow.env, ("after", id(statement)))
            self.put(gast.While(truth(statement.test, self.flow), body, []))
        else:
            before = self.flow.env
            self.flow.env = dict(before)
            self.simple(statement)
            self.flow.env |= before  # `x = np.tanh(x @ w)`, where x is of another shape by now
            self.flow.step(statement)

    def for_(self, loop: gast.For) -> None:
        if self.is_range_backwards(loop.iter):
            loop = by_position(loop, self.names.fresh("turn"))
        self.flow.to_head(loop)
        head, alone = dict(self.flow.env), self.at_head(loop)
        iterable = loop.iter
        if tree.made_of_range(iterable):
            iterable = ascending = forwards(iterable)
            name = loop.target.id if isinstance(loop.target, gast.Name) else "_"
            changed = stored_in(loop.body)
            self.elements.nonneg.discard(name)
            if name not in changed:
                limit = below(ascending)
                if limit is not None and not changed & tree.names_read(limit):
                    self.above[name] = tree.text(limit)
                if self.counts_from_zero(ascending) and not self.is_rebound(name):
                    self.elements.nonneg.add(name)
            if name not in self.elements.nonneg:
                self.sometimes_negative.add(name)
            size = self.flow.infer.facts.fresh("loop", id(loop))
            self.flow.bind(loop.target, Number(np.dtype(np.int64), size=size))
        else:
            self.flow.loop_body(gast.For(loop.target, loop.iter, [], [], None), None)
            iterable = spelled(iterable, self.flow)
        body = self.block(loop.body)
        alone -= self.kept(body)
        self.alone = alone
        self.elements.forget(stored_in(loop.body))
        if isinstance(loop.target, gast.Name):
            self.above.pop(loop.target.id, None)
        self.flow.env = self.flow.merged(head, self.flow.env, ("after", id(loop)))
        made = gast.For(loop.target, iterable, body, [], None)
        made.alone = frozenset(alone)
        self.put(made)

    def is_range_backwards(self, iterable: Any) -> bool:
        """`reversed(bounds)`, where `bounds` is always a range?"""
        given = iterable.args[0] if tree.is_call(iterable, "reversed") else None
        if not isinstance(given, gast.Name):
            return False
        assigned = [s for s in gast.walk(self.callee.tree) if isinstance(s, gast.Assign)]
        values = [s.value for s in assigned if any(tree.text(t) == given.id for t in s.targets)]
        bound = [n for n in gast.walk(self.callee.tree) if isinstance(n, gast.Name) and n.id == given.id and not isinstance(n.ctx, gast.Load)]  # fmt: skip
        return len(bound) == len(values) > 0 and all(map(tree.made_of_range, values))

    def at_head(self, loop: Any) -> set[str]:
        """Forget what does not hold in all passes of a loop; which variables share no memory at its head and its end."""
        bound = stored_in([loop])
        self.alone -= bound | kept_in([loop], self.arrays(), self.numbers())
        self.elements.forget(bound)
        return set(self.alone)

    def kept(self, body: list[Any]) -> set[str]:
        """The variables that share memory with names that were given to parts of them in a loop's body."""
        return kept_in(body, self.arrays(), self.numbers())

    def counts_from_zero(self, call: Any) -> bool:
        """Are all numbers of this range zero or more?"""
        nonneg, args = self.elements.is_nonneg, call.args
        if len(args) == 1:
            return True
        if len(args) == 2 or is_step(args[2], 1):
            return nonneg(args[0])
        return is_step(args[2], -1) and (nonneg(args[1]) or is_step(args[1], -1))

    def simple(self, statement: Any, again: bool = True) -> None:
        """An assignment, an update, a return, an expression."""
        mark = self.mark()
        self.selected.clear()
        try:
            if isinstance(statement, gast.Assign) and len(statement.targets) == 1:
                self.assign(statement)
            elif isinstance(statement, gast.AugAssign):
                self.update(statement)
            elif isinstance(statement, gast.Return) and statement.value is not None:
                self.put(gast.Return(self.value(statement.value)))
            elif isinstance(statement, gast.Expr):
                self.expression(statement)
            elif isinstance(statement, gast.Delete) and len(statement.targets) == 1 and self.is_item(statement.targets[0]):
                place = statement.targets[0]
                self.put(tree.statement(tree.call("taken_out", place.value, place.slice)))
            else:
                self.put(statement)
        except NotElementwise:
            self.rewind(mark)
            if again and self.elements.agree(statement):
                self.simple(statement, again=False)
            else:
                self.put(statement)

    def is_item(self, place: Any) -> bool:
        """Is it one item of a list of anything but numbers?"""
        return isinstance(place, gast.Subscript) and not isinstance(place.slice, gast.Slice) and holds_arrays(self.flow.of(place.value))  # fmt: skip

    def assign(self, statement: gast.Assign) -> None:
        target, value = statement.targets[0], statement.value
        if tree.is_call(value, "add_to") and self.are_arrays(*value.args):
            total, part = value.args
            self.update(tree.augment(total, "+", part))
            if tree.text(total) != tree.text(target):
                self.put(gast.Assign([target], total, None))
        elif tree.is_call(value, "add_to") and self.are_lists(*value.args):
            total, part = value.args
            if not isinstance(total, gast.Name):
                made = self.value(total)
                total = made if isinstance(made, gast.Name) else self.elements.named(made, "sums")
            parts, i = self.elements.named(self.value(part), "parts"), tree.name(self.names.fresh("i"))
            added = tree.augment(tree.subscript(total, i), "+", tree.subscript(parts, i))
            self.put(gast.For(tree.target(i.id), tree.call("range", tree.call("len", parts)), [added], [], None))
            if tree.text(total) != tree.text(target):
                self.put(gast.Assign([target], total, None))
        elif isinstance(target, gast.Name):
            if is_none(value):
                self.elements.nonneg.discard(target.id)
                self.put(tree.assign(target, self.of_its_type(target.id, value)))
                return
            kind = self.flow.of(value)
            shape = self.elements.shape(kind)
            if shape and (self.elements.is_chain(value) or is_gathered(self.elements, value)):
                self.computed(target.id, value, kind, shape)
                return
            found = self.reduction(value, target.id)
            if found is None:
                found = self.value(value)
            if not (isinstance(found, gast.Name) and found.id == target.id):
                self.put(tree.assign(target, found))
                self.note_view(target.id, found)
            if isinstance(kind, (Number, Const)) and self.elements.is_nonneg(value) and self.assigned_once(target.id):
                self.elements.nonneg.add(target.id)
        elif isinstance(target, gast.Subscript):
            self.store(target, None, value)
        else:
            found = self.value(value)
            pairs = one_by_one(target, found)
            if pairs and any(isinstance(self.flow.of(v), Array) for v in getattr(value, "elts", ())):
                self.put(*(tree.assign(name, v) for name, v in pairs))
            else:
                self.put(gast.Assign(statement.targets, found, None))

    def are_arrays(self, total: gast.expr, part: gast.expr) -> bool:
        """May the second be added to the first in place?  What is None at first has the kind of what it is later."""
        kinds = self.flow.of(total), self.flow.of(part)
        nones = {s.targets[0] for s in gast.walk(self.callee.tree) if isinstance(s, gast.Assign) and is_none(s.value)}
        if tree.root(total) in {tree.text(n) for n in nones} or not isinstance(total, (gast.Name, gast.Subscript)):
            return False
        return all(isinstance(k, Array) and k.sizes and k.dtype.kind == "f" for k in kinds)

    def are_lists(self, total: gast.expr, part: gast.expr) -> bool:
        """Are the members of the second added to those of the first, which are numbers, or arrays that are changed in place?"""
        kind, other = self.flow.of(total), self.flow.of(part)
        fresh = tree.is_call(total, "zeros_like") and isinstance(other, List)
        if fresh:
            kind = other
        elif not isinstance(total, gast.Name) or not isinstance(kind, List) or not self.is_list(total.id):
            return False
        if not isinstance(other, List) and not tree.is_call(part, "split_like"):
            return False
        item = kind.item if isinstance(kind, List) else None
        return isinstance(item, (Number, Array)) and item.dtype.kind == "f" and getattr(item, "sizes", True) not in (None, ())

    def note_view(self, name: str, value: Any) -> None:
        """A name for a part of an array: its elements are read in the whole."""
        if isinstance(value, gast.Subscript) and self.elements.is_view(value) and isinstance(value.value, gast.Name):
            if name not in tree.names_read(value):
                self.elements.views[name] = value

    def of_its_type(self, name: str, none: gast.expr) -> gast.expr:
        """A value for a variable that is bound later: Numba wants it to have one type."""
        asked = any(
            isinstance(n, gast.Compare) and isinstance(n.ops[0], (gast.Is, gast.IsNot)) and tree.root(n.left) == name
            for n in gast.walk(self.callee.tree)
        )
        kind = self.flow.later.get((self.callee.tree.name, name))
        if asked or kind is None:
            return none
        if isinstance(kind, Array) and kind.sizes is not None and kind.dtype == np.float64:
            sizes: list[gast.expr] = [tree.constant(0)] * len(kind.sizes)
            return tree.call(numpy("zeros"), sizes[0] if len(sizes) == 1 else tree.display(sizes))
        return tree.constant(0.0) if isinstance(kind, Number) and kind.dtype == np.float64 else none

    def is_rebound(self, name: str) -> bool:
        """Is this index of a loop assigned to anywhere but by loops?"""
        loops = [n for n in gast.walk(self.callee.tree) if isinstance(n, gast.For)]
        by_loops = [n for n in loops if isinstance(n.target, gast.Name) and n.target.id == name]
        stores = [n for n in gast.walk(self.callee.tree) if isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)]  # fmt: skip
        return len(stores) > len(by_loops)

    def assigned_once(self, name: str) -> bool:
        stores = [
            n for n in gast.walk(self.callee.tree) if isinstance(n, gast.Name) and n.id == name and not isinstance(n.ctx, gast.Load)
        ]  # fmt: skip
        return len(stores) == 1

    def update(self, statement: gast.AugAssign) -> None:
        target, value = statement.target, statement.value
        if isinstance(target, gast.Name) and not self.elements.is_array(tree.as_load(target)):
            self.put(gast.AugAssign(target, statement.op, self.value(value)))
        else:
            self.store(target, statement.op, value)

    def expression(self, statement: gast.Expr) -> None:
        value = statement.value
        if isinstance(value, gast.Call):
            function = self.flow.of(value.func)
            if isinstance(function, Const) and function.value in (np.add.at, np.subtract.at, add_at):
                self.scatter("-" if function.value == np.subtract.at else "+", *value.args)
                return
            held = self.list_held_by(value.args[0]) if tree.is_call(value, "put_back") else None
            if held is not None:
                self.put(tree.assign(tree.subscript(held, gast.Slice(None, None, None)), value.args[0]))
                return
            self.put(gast.Expr(gast.Call(value.func, [self.value(a) for a in value.args], value.keywords)))
            return
        self.put(statement)

    def list_held_by(self, saved: Any) -> Any:
        """The list of numbers whose contents were given this name, in one place."""
        bound = [s for s in gast.walk(self.callee.tree) if isinstance(s, gast.Assign) and tree.text(s.targets[0]) == tree.text(saved)]  # fmt: skip
        if len(bound) != 1 or not isinstance(saved, gast.Name) or not tree.is_call(bound[0].value, "contents"):
            return None
        held = bound[0].value.args[0]
        return held if self.is_plain_list(held) else None

    # Loops for array statements

    def store(self, target: Any, op: Any, value: gast.expr) -> None:
        """`x[1:] = value`, `x += value`: loops over the elements stored to."""
        place = tree.as_load(target)
        shape = self.elements.shape(self.flow.of(place))
        if shape and is_gathered(self.elements, place):
            self.stored_at_places(place, op, value)
            return
        if not shape or not self.elements.is_view(place):
            value = self.value(value)
            target = spelled(target, self.flow)
            self.put(gast.AugAssign(target, op, value) if op is not None else gast.Assign([target], value, None))
            return
        if isinstance(op, (gast.Add, gast.Sub)) and self.sum_into(place, op, value, shape):
            return
        value = self.inner(value)
        extents = self.elements.extents(shape, place, value)
        if self.overlaps(place, value):
            kind = self.flow.of(value)
            own = self.elements.shape(kind)
            if own:
                part = self.names.fresh("part")
                own_extents = self.elements.extents(own, value)
                self.put(self.empty(part, kind, own_extents))
                self.fill(part, value, own, own_extents)
                self.flow.bind(tree.target(part), kind)
                value = tree.name(part)
        number = value

        def body(at: list[gast.expr]) -> Any:
            there = self.elements.element(place, at, shape)
            if not isinstance(there, gast.Subscript):
                raise NotElementwise
            element = self.elements.element(number, at, shape)
            return gast.AugAssign(tree.as_store(there), op, element) if op is not None else tree.assign(there, element)

        self.put(*self.elements.loops(shape, extents, body))

    def summands(self, value: Any) -> tuple[str, Any, set[int], set[int]]:
        """What is summed, over which axes, and which of them are kept, by `np.sum` or `unbroadcast`."""
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id == "unbroadcast":
            own, wanted = self.elements.shape(self.flow.of(value.args[0])), self.sizes_in(value.args[1])
            axes = axes_of_one(own, wanted) if own and wanted is not None else None
            if axes and own and wanted is not None:
                return "sum", value.args[0], axes, {i for i in axes if i >= len(own) - len(wanted)}
        return self.reduced_axes(value) if isinstance(value, gast.Call) else ("", None, set(), set())

    def sum_into(self, place: gast.expr, op: Any, value: Any, shape: tuple[Size, ...]) -> bool:
        """`x_bar += np.sum(v, axis=0)` without an array for the sum."""
        name, array, axes, kept = self.summands(value)
        own = self.elements.shape(self.flow.of(array)) if array is not None else None
        kind: Any = self.flow.of(array) if array is not None else None
        if name != "sum" or not own or kind.dtype.kind != "f" or axes == set(range(len(own) - len(axes), len(own))):
            return False  # over the last axes a number is enough
        array = self.inner(array)
        if self.overlaps(place, array):
            return False
        left = [a for a in range(len(own)) if a not in axes or a in kept]
        if tuple(ONE if a in axes else own[a] for a in left) != shape:
            return False

        def body(at: list[gast.expr]) -> Any:
            there = self.elements.element(place, [tree.constant(0) if a in axes else at[a] for a in left], shape)
            return gast.AugAssign(tree.as_store(there), op, self.elements.element(array, at, own))

        self.put(*self.elements.loops(own, self.elements.extents(own, array), body))
        return True

    def overlaps(self, place: gast.expr, value: gast.expr) -> bool:
        """May the value read what has been stored to by the time it is read?  Its own element at the same place is fine."""
        group = self.groups.get(tree.root(place) or "", tree.root(place))
        alone = tree.root(place) in self.alone
        text = tree.text(place)

        def reads(node: Any, text: str = text) -> bool:
            text = "" if id(node) in self.elements.rolled else text  # its elements are those of other places
            if isinstance(node, gast.expr) and tree.is_place(node) and not isinstance(node, gast.Call):
                root = tree.root(node)
                apart = alone or root in self.alone
                if self.groups.get(root or "", root) != group or (root != tree.root(place) and apart):
                    return isinstance(node, gast.Subscript) and any(reads(i, text) for i in tree.indices(node))
                kind = self.flow.of(node)
                if root == tree.root(place) and self.are_apart(node, place):
                    return False
                return not (tree.text(node) == text) and bool(self.elements.shape(kind) != ())
            return any(reads(child, text) for child in gast.iter_child_nodes(node))

        return reads(value)

    def are_apart(self, a: Any, b: Any) -> bool:
        """`x[i, ...]` and `x[k, ...]` of one array, where i is always greater than k, or the other way round."""
        if not (isinstance(a, gast.Subscript) and isinstance(b, gast.Subscript)):
            return False
        if not (isinstance(a.value, gast.Name) and isinstance(b.value, gast.Name)):
            return False
        for i, k in zip(plain_indices(a), plain_indices(b)):
            if isinstance(i, gast.Slice) or isinstance(k, gast.Slice):
                continue
            if isinstance(i, gast.Name) and self.above.get(i.id) == tree.text(k):
                return True
            if isinstance(k, gast.Name) and self.above.get(k.id) == tree.text(i):
                return True
        return False

    def scatter(self, op: str, array: Any, index: Any, value: Any) -> None:
        """`np.add.at(x, index, v)` as a loop over the places."""
        self.at_places(tree.subscript(array, index), lambda there, element: tree.augment(there, op, element), value)

    def at_places(self, place: Any, statement: Any, value: Any) -> None:
        """`statement(there, element)` for each place that an index by arrays selects, in order."""
        place = with_plain_index(self, place)
        places = places_of(self.elements, place)
        if places is None:
            raise NotElementwise
        value = self.inner(value)
        if self.overlaps(place.value, value):
            part = self.names.fresh("part")
            self.computed(part, value, self.flow.of(value), self.elements.shape(self.flow.of(value)) or ())
            value = tree.name(part)
        items = [i if isinstance(i, (gast.Name, gast.Slice, gast.Constant)) else self.bound(i, self.flow.of(i)) for i in places.items]
        found = dataclasses.replace(places, items=items)
        place = self.known(tree.subscript(place.value, items[0] if len(items) == 1 else tree.display(items)), place)
        extents = self.elements.extents(found.shape, place)

        def body(at: list[gast.expr]) -> Any:
            there = at_of(place.value, found.index(self.elements, at))
            return statement(there, self.elements.element(value, at, found.shape))

        self.put(*self.elements.loops(found.shape, extents, body))

    def stored_at_places(self, place: gast.Subscript, op: Any, value: gast.expr) -> None:
        """`x[rows, columns] = v`; of what is selected twice, the last value stays."""
        if op is not None and all(is_truth(self.flow.of(i)) for i in items_of(place) if not isinstance(i, gast.Slice)):
            self.at_places(place, lambda there, element: gast.AugAssign(tree.as_store(there), op, element), value)
            return
        if op is not None:
            new = gast.BinOp(place, op, value)
            part = self.names.fresh("part")
            self.computed(part, new, self.flow.of(new), self.elements.shape(self.flow.of(place)) or ())
            value = tree.name(part)
        self.at_places(place, lambda there, element: tree.assign(there, element), value)


def by_position(loop: gast.For, turn: str) -> gast.For:
    """`for turn in range(len(bounds) - 1, -1, -1): i = bounds.start + turn * bounds.step` for `for i in reversed(bounds)`."""
    numbers: Any = loop.iter.args[0]  # type: ignore[attr-defined]
    backwards = tree.call("reversed", tree.call("range", tree.call("len", numbers)))
    passed = gast.BinOp(tree.name(turn), gast.Mult(), tree.attribute(numbers, "step"))
    number = gast.BinOp(tree.attribute(numbers, "start"), gast.Add(), passed)
    return gast.For(tree.target(turn), backwards, [gast.Assign([loop.target], number, None), *loop.body], [], None)


def one_by_one(target: Any, value: Any) -> list[tuple[str, gast.expr]]:
    """The names and values of `a, b = part, product`, if it makes no difference that b is bound later; none else."""
    if not isinstance(target, gast.Tuple) or not isinstance(value, gast.Tuple) or len(target.elts) != len(value.elts):
        return []
    if not all(isinstance(t, gast.Name) for t in target.elts):
        return []
    pairs = [(t.id, v) for t, v in zip(target.elts, value.elts)]
    for place, (name, _) in enumerate(pairs):
        if any(name in tree.names_read(v) for _, v in pairs[place + 1 :]):
            return []
    return pairs


def stored_in(statements: list[Any]) -> set[str]:
    """The variables that the statements bind."""
    return {
        n.id for s in statements for n in gast.walk(s) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)
    }  # fmt: skip


def plain_indices(node: gast.Subscript) -> list[Any]:
    """The indices from the first axis on, up to one that stands for several axes or for none."""
    items = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
    found: list[Any] = []
    for item in items:
        if isinstance(item, gast.Constant) and not isinstance(item.value, int):
            break
        found.append(item)
    return found
