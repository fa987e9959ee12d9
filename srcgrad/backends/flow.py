"""What kinds have the variables of generated functions, statement by statement?  From the arguments, along the text."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.generated import Generated
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import (
    FLOAT,
    INT,
    Array,
    Bottom,
    Cell,
    Const,
    Kind,
    List,
    Number,
    Size,
    Tuple,
    Unknown,
    dtype_of,
    is_scalar,
    join,
)
from srcgrad.backends.memory import views_in
from srcgrad.backends.written import written_out
from srcgrad.lang import tree

Env = dict[str, Kind]
ROUNDS = 4


@dataclass
class Callee:
    """A generated function as its callers see it."""

    tree: gast.FunctionDef
    params: list[Kind] = field(default_factory=list)
    result: Kind = field(default_factory=Bottom)
    busy: bool = False


class Flow:
    """Follows the statements of generated functions; `visit` is told of each with the kinds before it."""

    def __init__(self, infer: Inference, functions: list[gast.FunctionDef], space: dict[str, Any]) -> None:
        self.infer = infer
        self.space = {"np": np, **space}
        self.callees = {f.name: Callee(f) for f in functions}
        self.lists: dict[int, List] = {}
        self.alive: list[Any] = []
        self.env: Env = {}
        self.returned: Kind = Bottom()
        self.steady: dict[str, set[str]] = {}  # function -> its variables that stand for one thing, which nothing changes
        self.statement = 0  # which one is followed
        self.within = ""  # the name of the function that is followed
        self.later: dict[tuple[str, str], Kind] = {}  # function and variable -> of all that is bound to it

    # Expressions

    def of(self, node: gast.expr) -> Kind:
        """The kind of an expression, with the variables as they are now."""
        self.alive.append(node)  # sizes that depend on data are told apart by the expression they are seen in
        generated = Generated(types.SimpleNamespace(kinds={}), self.infer, self.space)  # type: ignore[arg-type]
        generated.lookup = self.env.get
        self.note_calls(node, generated)
        return generated.of(node)

    def note_calls(self, node: Any, generated: Generated) -> None:
        """The results of calls of generated functions, of `pop` and of `[]`, the inner ones first."""
        for part in reversed(list(gast.walk(node))):
            if isinstance(part, gast.Call) and isinstance(part.func, gast.Name) and part.func.id in self.callees:
                kinds = [generated.of(a) for a in part.args]
                generated.record(part, self.call(self.callees[part.func.id], kinds))
            elif isinstance(part, gast.Call) and isinstance(part.func, gast.Name) and part.func.id == "len":
                array = generated.of(part.args[0])
                if isinstance(array, Array) and array.sizes:
                    generated.record(part, self.infer.size_kind(array.sizes[0]))
            elif tree.is_call(part, "unbroadcast") or tree.is_call(part, "untake"):
                first, shape = generated.of(part.args[0]), generated.of(part.args[-1])
                if isinstance(first, Array) and isinstance(shape, Tuple) and shape.items:
                    generated.record(part, Array(first.dtype, self.sizes_told(shape, part)))
            elif isinstance(part, gast.Call) and tree.text(part.func) in ("np.shape", "np.full", "np.zeros"):
                self.note_shape(part, generated)
            elif (written := written_out(part)) is not None:
                lengths, elements = written
                dtype = row_dtype([generated.of(e) for _, e in elements])
                if dtype is not None:
                    generated.record(part, Array(dtype, tuple(Size(None, n) for n in lengths)))
            elif isinstance(part, gast.Call) and tree.text(part.func) in ("np.nonzero", "np.where") and len(part.args) == 1:
                self.note_places(part, generated)
            elif isinstance(part, gast.Call) and isinstance(part.func, gast.Attribute) and part.func.attr == "pop":
                holder = generated.of(part.func.value)
                if isinstance(holder, List):
                    generated.record(part, self.apart(holder.item, ("pop", id(part))))
            elif isinstance(part, gast.Subscript) and not isinstance(part.slice, (gast.Slice, gast.Tuple)):
                holder = generated.of(part.value)
                if isinstance(holder, Array) and self.is_repeatable(part.slice):
                    self.note_selected(part, generated)
                if isinstance(holder, List) and holder.cell.items is None:
                    generated.record(part, self.apart(holder.item, ("item", id(part))))
            elif isinstance(part, gast.Compare) and not isinstance(part.ops[0], (gast.Is, gast.IsNot)):
                if any(isinstance(generated.of(side), Unknown) for side in (part.left, *part.comparators)):
                    generated.record(part, Unknown())  # an array of truth values, for all we know
            elif isinstance(part, gast.List):
                if id(part) not in self.lists:
                    self.lists[id(part)] = List(Cell())
                    self.alive.append(part)
                for element in part.elts:
                    self.put_in(self.lists[id(part)], generated.of(element))
                generated.record(part, self.lists[id(part)])

    def note_places(self, node: gast.Call, generated: Generated) -> None:
        """`np.nonzero(mask)`: as many rows as columns."""
        found, kind = generated.of(node), generated.of(node.args[0])
        if isinstance(found, Tuple) and found.items and isinstance(kind, Array):
            item: Kind = found.items[0]
            if isinstance(item, Array) and kind.dtype.kind == "b" and self.is_repeatable(node.args[0]):
                item = replace(item, sizes=(self.count_of(node.args[0]),))
            generated.record(node, replace(found, items=(item,) * len(found.items)))

    def note_selected(self, node: gast.Subscript, generated: Generated) -> None:
        """`x[mask]` has as many elements wherever it stands."""
        found, kind = generated.of(node), generated.of(node.slice)
        if isinstance(kind, Array) and kind.dtype.kind == "b" and isinstance(found, Array) and found.sizes:
            generated.record(node, replace(found, sizes=(self.count_of(node.slice), *found.sizes[1:])))

    def count_of(self, mask: gast.expr) -> Size:
        """How many places a mask selects: in this statement, or always."""
        text = tree.text(mask)
        return self.infer.facts.fresh("selected", self.within, text, None if self.is_steady(mask) else self.statement)

    def is_repeatable(self, mask: gast.expr) -> bool:
        """Does this select the same places each time it is met in a statement?"""
        return not isinstance(mask, (gast.Slice, gast.Tuple)) and not any(isinstance(n, gast.Call) for n in gast.walk(mask))

    def is_steady(self, mask: gast.expr) -> bool:
        """`m` or `~m`, where m is an array in which nothing ever changes?"""
        inner = mask.operand if isinstance(mask, gast.UnaryOp) and isinstance(mask.op, gast.Invert) else mask
        if not isinstance(inner, gast.Name) or self.within not in self.callees:
            return False
        if self.within not in self.steady:
            self.steady[self.within] = steady_names(self.callees[self.within].tree)
        return inner.id in self.steady[self.within]

    def note_shape(self, node: gast.Call, generated: Generated) -> None:
        """`np.shape(x)`, `np.full(shape, value)`, `np.zeros(shape)`, with the sizes that are known."""
        first = generated.of(node.args[0])
        if node.func.attr == "shape":  # type: ignore[attr-defined]
            found = self.infer.attribute(first, "shape")
            if found is not None:
                generated.record(node, found)
            return
        if not isinstance(first, Tuple) and not is_integer(first):
            return
        sizes = self.sizes_told(first, node)
        value = generated.of(node.args[1]) if node.func.attr == "full" else FLOAT  # type: ignore[attr-defined]
        dtype = dtype_of(value)
        if not node.keywords and dtype is not None and len(node.args) == (2 if node.func.attr == "full" else 1):  # type: ignore[attr-defined]
            generated.record(node, Array(dtype, sizes))

    def sizes_told(self, shape: Kind, node: gast.Call) -> tuple[Size, ...]:
        """The sizes in a shape; those of which nothing is known belong to the call that is given it."""
        sizes = []
        for axis, item in enumerate(shape.items if isinstance(shape, Tuple) else (shape,)):
            if isinstance(item, Const) and type(item.value) is int:
                sizes.append(Size(None, item.value))
            elif isinstance(item, Number) and item.size is not None:
                sizes.append(item.size)
            else:
                sizes.append(self.infer.facts.fresh("made", id(node), axis))
        return tuple(sizes)

    def apart(self, kind: Kind, key: Any) -> Kind:
        """Sizes of which the arguments can't be asked may be others than those of before."""
        if isinstance(kind, Array) and kind.sizes is not None:
            facts = self.infer.facts
            sizes = [
                s if facts.text(facts.canonical(s)) is not None else facts.fresh("apart", key, axis)
                for axis, s in enumerate(kind.sizes)
            ]
            return replace(kind, sizes=tuple(sizes))
        if isinstance(kind, Tuple):
            return replace(kind, items=tuple(self.apart(k, (key, i)) for i, k in enumerate(kind.items)))
        if isinstance(kind, Number) and kind.size is not None and self.infer.facts.text(kind.size) is None:
            return replace(kind, size=None)
        return kind

    def joined(self, a: Kind, b: Kind, key: Any) -> Kind:
        facts = self.infer.facts
        met = join(a, b, lambda axis, x, y: facts.asked_for_one(x, y) or facts.fresh("joined", key, axis))
        if isinstance(met, Number) and not met.exact and all(dtype_of(k) == FLOAT.dtype and is_scalar(k) for k in (a, b)):
            return replace(met, exact=True)  # Python's number and NumPy's are one type to Numba
        return met

    # Calls

    def call(self, callee: Callee, kinds: list[Kind]) -> Kind:
        """The kind of a call's result; the function is followed again if it is called in a new way."""
        if callee.busy:
            return callee.result
        old = callee.params or [Bottom()] * len(kinds)
        name = callee.tree.name
        params = [self.joined(a, b, (name, i)) for i, (a, b) in enumerate(zip(old, kinds))]
        if params != callee.params or isinstance(callee.result, Bottom):
            callee.params, callee.busy = params, True
            outer = self.env, self.returned, self.within
            self.env, self.returned, self.within = self.start(callee), Bottom(), name
            self.block(callee.tree.body)
            callee.result, callee.busy = self.joined(callee.result, self.returned, (name, "result")), False
            self.env, self.returned, self.within = outer
        return self.apart(callee.result, ("result", name)) if len(old) else callee.result

    def start(self, callee: Callee) -> Env:
        names = [a.id for a in callee.tree.args.args]
        return dict(zip(names, [*callee.params, *[FLOAT] * (len(names) - len(callee.params))]))

    # Statements

    def block(self, statements: list[Any], visit: Callable[[Any], None] | None = None) -> None:
        for statement in statements:
            if visit is not None:
                visit(statement)
            else:
                self.step(statement)

    def step(self, statement: Any) -> None:
        """The variables after a statement."""
        self.statement = id(statement)
        if isinstance(statement, gast.Assign):
            target, value = statement.targets[0], statement.value
            if isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple) and any(map(is_none, value.elts)):
                for part, kind in [(t, self.of(v)) for t, v in zip(target.elts, value.elts) if not is_none(v)]:
                    self.bind(part, kind)
            elif not is_none(value):  # a name for what is bound later
                self.bind(statement.targets[0], self.of(statement.value))
        elif isinstance(statement, gast.AugAssign):
            if isinstance(statement.target, gast.Name):
                value = gast.BinOp(tree.as_load(statement.target), statement.op, statement.value)
                kind, before = self.of(value), self.env.get(statement.target.id)
                if not (isinstance(before, Array) and before.sizes == ()):  # that is changed in place
                    self.bind(statement.target, kind)
            else:
                self.of(statement.value)
        elif isinstance(statement, gast.Expr):
            self.effect(statement.value)
        elif isinstance(statement, gast.Return):
            if statement.value is not None:
                self.returned = self.joined(self.returned, self.of(statement.value), "returned")
        elif isinstance(statement, gast.If):
            self.branches(statement, None)
        elif isinstance(statement, (gast.For, gast.While)):
            self.to_head(statement)
            self.loop_body(statement, None)

    def bind(self, target: Any, kind: Kind) -> None:
        if isinstance(target, gast.Name):
            self.env[target.id] = kind
            key = self.within, target.id
            self.later[key] = self.joined(self.later.get(key, Bottom()), kind, ("later", key))
        elif isinstance(target, (gast.Tuple, gast.List)):
            items = kind.items if isinstance(kind, Tuple) and len(kind.items) == len(target.elts) else None
            for i, part in enumerate(target.elts):
                self.bind(part, items[i] if items else row_of(kind))
        elif isinstance(target, gast.Subscript):
            holder = self.of(tree.as_load(target.value))
            if isinstance(holder, List):
                self.put_in(holder, kind)

    def effect(self, value: Any) -> None:
        """`names.append(v)`, `names.insert(0, v)`."""
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.args:
            holder = self.of(value.func.value)
            if isinstance(holder, List):
                self.put_in(holder, self.of(value.args[-1]))

    def put_in(self, holder: List, kind: Kind) -> None:
        """A list holds this, in whatever place."""
        held = holder.cell.item
        unlike = isinstance(held, Array) != isinstance(kind, Array) and not any(isinstance(k, Bottom) for k in (held, kind))
        holder.cell.item = Unknown() if unlike else self.joined(held, kind, ("list", id(holder.cell)))

    def branches(self, statement: gast.If, visit: Callable[[Any], None] | None) -> None:
        before = dict(self.env)
        self.block(statement.body, visit)
        after = self.env
        self.env = before
        self.block(statement.orelse, visit)
        self.env = self.merged(after, self.env, id(statement))

    def merged(self, a: Env, b: Env, key: Any) -> Env:
        return {
            n: self.joined(a.get(n, Bottom()), b.get(n, Bottom()), (key, n)) for n in dict.fromkeys([*a, *b])
        }  # fmt: skip

    def to_head(self, loop: Any) -> None:
        """The variables as they are at the head of a loop in any of its passes."""
        assigned = {
            n.id for s in loop.body for n in gast.walk(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        assigned |= {s.target.id for b in loop.body for s in gast.walk(b) if isinstance(s, gast.AugAssign) and isinstance(s.target, gast.Name)}  # fmt: skip

        def apart(env: Env) -> Env:
            return {n: self.apart(k, ("head", id(loop), n)) if n in assigned else k for n, k in env.items()}

        head = apart(self.env)
        for _ in range(ROUNDS):
            self.env = dict(head)
            self.loop_body(loop, None)
            before, head = head, apart(self.merged(head, self.env, ("head", id(loop))))
            self.env = head
            if head == before:
                return
        self.env = {n: Unknown() if n in assigned and head[n] != before.get(n) else k for n, k in head.items()}

    def element_of(self, node: Any, key: Any) -> Kind:
        """What a loop over this meets in each pass."""
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in ("zip", "enumerate"):
            if node.keywords or (node.func.id == "enumerate" and len(node.args) != 1):
                return Unknown()
            items = tuple(self.element_of(a, (key, i)) for i, a in enumerate(node.args))
            return Tuple(items) if node.func.id == "zip" else Tuple((Number(INT.dtype), *items))
        if tree.made_of_range(node):
            return Number(INT.dtype)
        over = self.of(node)
        return self.apart(over.item, ("item", key)) if isinstance(over, List) else row_of(over)

    def counter(self, loop: Any) -> Kind:
        """A number of a range, which slices such as `x[i : i + 3]` may be known to be inside an array by."""
        size = self.infer.facts.fresh("loop", id(loop))
        args = tree.range_of(loop.iter).args
        bounds = [] if any(isinstance(a, gast.Starred) for a in args) else [self.of(a) for a in args]
        return Number(INT.dtype, size=self.infer.facts.signed(size, *self.infer.in_range(size, bounds)))

    def loop_body(self, loop: Any, visit: Callable[[Any], None] | None) -> None:
        """One pass; the variables afterwards are those of the head again, or those of the pass's end."""
        head = dict(self.env)
        if isinstance(loop, gast.For):
            ranges = isinstance(loop.iter, gast.Call) and isinstance(loop.target, gast.Name)
            kind = self.counter(loop) if ranges and tree.made_of_range(loop.iter) else self.element_of(loop.iter, id(loop))
            self.bind(loop.target, kind)
        self.block(loop.body, visit)
        self.env = self.merged(head, self.env, ("after", id(loop)))


def row_of(kind: Kind) -> Kind:
    """An array at an index of its first axis."""
    if not isinstance(kind, Array) or not kind.sizes:
        return Unknown()
    return Array(kind.dtype, kind.sizes[1:]) if len(kind.sizes) > 1 else Number(kind.dtype, weak=False)


def is_integer(kind: Kind) -> bool:
    if isinstance(kind, Const):
        return type(kind.value) is int
    return isinstance(kind, Number) and kind.dtype.kind in "iu"


def steady_names(function: gast.FunctionDef) -> set[str]:
    """The variables that are bound once, outside loops and branches, never stored into and never given another name."""
    at_top = [s.targets[0] for s in function.body if isinstance(s, gast.Assign) and len(s.targets) == 1]
    stores = [n.id for n in gast.walk(function) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)]
    found = {t.id for t in at_top if isinstance(t, gast.Name) and stores.count(t.id) == 1}
    for node in gast.walk(function):
        if isinstance(node, gast.Assign) and not isinstance(node.value, (gast.BinOp, gast.UnaryOp, gast.Compare)):
            found -= views_in(node.value)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and not isinstance(node.ctx, gast.Load):
            found.discard(tree.root(node) or "")
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and tree.root(node.func) != "np":
            found -= {tree.root(node.func) or ""}
    return found


def row_dtype(kinds: list[Kind]) -> Any:
    """The dtype of an array of these numbers: doubles, integers or truth values; None if they are others."""
    dtypes = [dtype_of(k) for k in kinds if is_scalar(k)]
    if len(dtypes) < len(kinds) or not all(d is not None and d.kind in "fib" for d in dtypes):
        return None
    return next((d for d in (FLOAT.dtype, INT.dtype, np.dtype(bool)) if d in dtypes), None)


def is_none(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is None


__all__ = ["Callee", "Const", "Env", "Flow", "Size", "is_none"]
