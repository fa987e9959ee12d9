"""What kind has a generated expression?  Recorded kinds where there are any, else they are inferred from the operands."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.examples import is_data
from srcgrad.analysis.infer import Inference, is_elementwise
from srcgrad.analysis.kinds import (
    Array,
    Cell,
    Const,
    Kind,
    List,
    Number,
    Size,
    Slice,
    Tuple,
    Unknown,
    is_number,
    is_scalar,
    widen,
)
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import changed_fields, with_fields

COMPARE = {gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">="}


class Generated:
    """Kinds of expressions made of the user's nodes and of nodes made here."""

    def __init__(self, function: core.Function, infer: Inference, modules: dict[str, Any]) -> None:
        self.function = function
        self.infer = infer
        self.modules = modules
        self.lookup: Callable[[str], Kind | None] = lambda _: None  # of a variable, over all its definitions
        self.recorded: dict[int, Kind] = {}
        self.alive: list[Any] = []

    def record(self, node: Any, kind: Kind) -> Any:
        self.recorded[id(node)] = kind
        self.alive.append(node)
        return node

    def replace(self, node: Any, changes: dict[int, gast.expr]) -> Any:
        """`tree.replace`, where nodes that are rebuilt keep their kinds."""
        if id(node) in changes:
            return changes[id(node)]
        if not changes:
            return node
        fields = changed_fields(node, lambda inner: self.replace(inner, changes))
        if not fields:
            return node
        result = with_fields(node, fields)
        known = self.recorded.get(id(node)) or self.function.kinds.get(id(node))
        return result if known is None else self.record(result, known)

    def of(self, node: gast.expr) -> Kind:
        known = self.recorded.get(id(node)) or self.function.kinds.get(id(node))
        if known is not None:
            return known
        self.infer.site = ("generated", id(node))
        try:
            kind = self._find(node)
        except Exception:  # an operation that NumPy, asked by example, does not allow or we do not know
            kind = Unknown()
        self.record(node, kind)
        return kind

    def _find(self, node: gast.expr) -> Kind:
        infer = self.infer
        if isinstance(node, gast.Constant):
            return Const(node.value)
        if isinstance(node, gast.Name):
            known = self.lookup(node.id)
            if known is not None:
                return known
            if node.id in self.modules:
                return Const(self.modules[node.id])
            return Const(getattr(builtins, node.id)) if hasattr(builtins, node.id) else Unknown()
        if isinstance(node, gast.BinOp):
            left, right = self.of(node.left), self.of(node.right)
            infer.site = ("generated", id(node))
            return infer.binary(tree.SYMBOLS[type(node.op)], left, right)
        if isinstance(node, gast.UnaryOp):
            return infer.unary(tree.UNARY[type(node.op)], self.of(node.operand))
        if isinstance(node, gast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARE:
            left, right = self.of(node.left), self.of(node.comparators[0])
            return infer.binary(COMPARE[type(node.ops[0])], left, right)
        if isinstance(node, gast.BoolOp):
            kinds = [self.of(v) for v in node.values]
            return kinds[0] if all(isinstance(k, Number) and k.dtype.kind == "b" for k in kinds) else Unknown()
        if isinstance(node, gast.Attribute):
            base = self.of(node.value)
            if isinstance(base, Const):
                return Const(getattr(base.value, node.attr))
            return infer.attribute(base, node.attr) or Unknown()
        if isinstance(node, gast.Slice):
            return Slice(*(Const(None) if p is None else self.of(p) for p in (node.lower, node.upper, node.step)))
        if isinstance(node, gast.Subscript):
            return self._subscript(node)
        if isinstance(node, gast.Tuple):
            return self._tuple(node)
        if isinstance(node, gast.List):
            return List(Cell(items=[self.of(e) for e in node.elts], length=Size(None, len(node.elts))))
        if isinstance(node, gast.Call):
            return self._call(node)
        return Unknown()

    def _tuple(self, node: gast.Tuple) -> Kind:
        """`(*x.shape, 3)` too, if it is known what is spread."""
        items: list[Kind] = []
        for element in node.elts:
            spread = self.of(element.value) if isinstance(element, gast.Starred) else None
            if spread is not None and not isinstance(spread, Tuple):
                return Unknown()
            items += [self.of(element)] if spread is None else spread.items
        return Tuple(tuple(items))

    def _subscript(self, node: gast.Subscript) -> Kind:
        base, index = self.of(node.value), self.of(node.slice)
        if isinstance(base, Tuple) and isinstance(index, Const) and isinstance(index.value, int):
            return base.items[index.value]
        if isinstance(base, Tuple) and isinstance(index, Slice):
            return self.infer.probe(lambda x, i: x[i], [base, index], {})
        if isinstance(base, List) and base.cell.items is not None and isinstance(index, Const):
            return base.cell.items[index.value]
        if isinstance(base, Array):
            self.infer.site = ("generated", id(node))
            return self.infer.subscript(base, index)
        return Unknown()

    def _call(self, node: gast.Call) -> Kind:
        args = [self.of(a) for a in node.args]
        keywords = {k.arg: self.of(k.value) for k in node.keywords}
        if isinstance(node.func, gast.Attribute) and is_number(self.of(node.func.value)):
            base, attr = self.of(node.func.value), node.func.attr
            if attr in ("copy", "conj"):
                return base
            return self.infer.probe(lambda x, *a, **k: getattr(x, attr)(*a, **k), [base, *args], keywords)
        if isinstance(node.func, gast.Attribute) and is_data(self.of(node.func.value)):
            method = node.func.attr
            return self.infer.probe(
                lambda x, *a, **k: getattr(x, method)(*a, **k), [self.of(node.func.value), *args], keywords
            )
        function = self.of(node.func)
        if is_data(function):
            return self.infer.probe(lambda f, *a, **k: f(*a, **k), [function, *args], keywords)
        if not isinstance(function, Const):
            return Unknown()
        if is_elementwise(function.value) and not keywords:
            return self.infer.elementwise(function.value, args)
        if function.value is np.zeros_like and is_number(args[0]):
            return args[0]
        if function.value is np.full and isinstance(args[0], Tuple):
            sizes = tuple(
                k.size or Size(None, 0) if isinstance(k, Number) else Size(None, k.value)  # type: ignore[attr-defined]
                for k in args[0].items
            )
            return Array(np.dtype(float), sizes)
        return self.infer.probe(function.value, args, keywords)


def sizes_of(kind: Kind, infer: Inference) -> tuple[Size, ...] | None:
    """The sizes of a number's shape; None if its rank is not known, or it is no number."""
    wide = widen(kind)
    if is_scalar(wide):
        return ()
    if isinstance(wide, Array) and wide.sizes is not None:
        return tuple(infer.facts.canonical(s) for s in wide.sizes)
    return None


__all__ = ["Generated", "sizes_of"]
