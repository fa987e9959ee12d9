"""What do stores into `x.real`, `x.imag`, `x.flat` and `x.shape` mean?  Stores into x itself, and a name for it laid out anew."""

from __future__ import annotations

import copy
import types
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, Kind, is_scalar, rank, varied, widen
from srcgrad.analysis.specialize.in_place import FUNCTIONS, InPlace
from srcgrad.analysis.specialize.operators import OPERATOR_NODES
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.analysis.specialize.writes import is_allocation
from srcgrad.lang.nodes import nodes_in
from srcgrad.runtime.arrays import with_imag, with_real

SETTERS = {"real": with_real, "imag": with_imag}


class Parts(InPlace):
    """Stores into attributes of arrays, and reads of their elements one after another."""

    def store(self, target: gast.expr, op: str, kind: Kind, residual: gast.expr, statement: gast.stmt) -> None:
        part = target.value if isinstance(target, gast.Subscript) else target
        if isinstance(part, gast.Attribute) and part.attr in ("real", "imag", "flat", "shape"):
            if not any(isinstance(n, gast.Call) for n in nodes_in(target)):
                base = self.evaluate(part.value)[0]
                index = target.slice if isinstance(target, gast.Subscript) else None
                if isinstance(base, Array) and self.store_by_attribute(
                    part, index, base, op, (kind, residual), statement
                ):
                    return
        super().store(target, op, kind, residual, statement)

    def store_by_attribute(
        self, part: gast.Attribute, index: gast.expr | None, base: Array, op: str, value: Value, statement: gast.stmt
    ) -> bool:
        if part.attr == "shape":
            return index is None and not op and self.reshape_name(part, base, value, statement)
        if part.attr == "flat":
            if index is None and op:
                return False
            self.store_flat(part, index, base, op, value, statement)
            return True
        if base.dtype.kind == "c":
            self.store_half(part, index, op, value, statement)
            return True
        if part.attr == "imag":
            return False
        place = self.memo(("place", id(part)), lambda: self.element_of(part, index, statement, gast.Store()))
        super().store(place, op, *value, statement)
        return True

    def element_of(
        self, part: gast.Attribute, index: gast.expr | None, like: gast.AST, ctx: gast.expr_context | None = None
    ) -> gast.expr:
        """`x[i]`, for `x.real[i]`."""
        index = copy.deepcopy(index) if index is not None else constant_node(..., like)
        return gast.copy_location(gast.Subscript(copy.deepcopy(part.value), index, ctx or gast.Load()), like)

    def store_half(
        self, part: gast.Attribute, index: gast.expr | None, op: str, value: Value, statement: gast.stmt
    ) -> None:
        """`z.real[i] = v` is `z[i] = with_real(z[i], v)`."""
        setter = SETTERS[part.attr]
        name = self.global_name(setter.__name__, setter)
        function = self.operand(statement, name, (Const(setter), self.keep(name_node(name, statement))))
        stored = self.operand(statement, "value", value)

        def make() -> gast.stmt:
            new: gast.expr = stored
            if op:
                old = gast.Attribute(self.element_of(part, index, statement), part.attr, gast.Load())
                new = gast.BinOp(old, OPERATOR_NODES[op](), stored)
            whole = gast.Call(function, [self.element_of(part, index, statement), new], [])
            return located(gast.Assign([self.element_of(part, index, statement, gast.Store())], whole, None), statement)

        self.execute([self.memo(("half", id(statement), op), make)])

    def store_flat(
        self, part: gast.Attribute, index: gast.expr | None, base: Array, op: str, value: Value, statement: gast.stmt
    ) -> None:
        """`x.flat[i] = v`: the elements are counted along the last axis first; values that are too few begin again."""
        array = self.evaluate(part.value)
        holes = {"a": array, "v": value}
        scalar = is_scalar(widen(value[0]))
        if index is None:
            again = "v" if scalar else "np.reshape(np.ravel(v)[np.arange(a.size) % np.size(v)], a.shape)"
            self.perform(statement, f"a[...] = {again}", holes)
            return
        if rank(base) == 1 and (scalar or op):
            place = self.memo(("place", id(part)), lambda: self.element_of(part, index, statement, gast.Store()))
            super().store(place, op, *value, statement)
            return
        text = self.memo(("positions", id(statement)), lambda: self.positions(part, index, statement))
        self.global_name("np", np)
        kind, found = self.evaluate(text)
        holes["p"] = (kind, self.hoist(kind, found, "positions"))
        again = "v" if scalar or op else "np.ravel(v)[np.arange(np.size(p)) % np.size(v)]"
        self.perform(statement, f"a[np.unravel_index(p, a.shape)] {op}= {again}", holes)

    def positions(self, part: gast.Attribute, index: gast.expr, statement: gast.stmt) -> gast.expr:
        numbers = gast.parse("np.arange(a.size)", mode="eval").body
        numbers.args[0].value = copy.deepcopy(part.value)
        numbers.func.value = self.operand(statement, "np", (Const(np), self.keep(name_node("np", statement))))
        return located(gast.Subscript(numbers, copy.deepcopy(index), gast.Load()), statement)

    def reshape_name(self, part: gast.Attribute, base: Array, value: Value, statement: gast.stmt) -> bool:
        """`x.shape = s` where x is the only name of its array: x is bound to the array laid out anew."""
        name = part.value
        if not isinstance(name, gast.Name) or not self.is_only_name(name.id):
            if varied(base):
                raise self.refusal(
                    "E403", "the shape of an array is set that other names may refer to", statement,
                    "write x = x.reshape(...)",
                )  # fmt: skip
            return False
        np_ = self.operand(statement, "np", (Const(np), self.keep(name_node("np", statement))))
        self.global_name("np", np)
        shape = self.operand(statement, "shape", value)

        def make() -> gast.stmt:
            call = gast.Call(gast.Attribute(np_, "reshape", gast.Load()), [name_node(name.id, statement), shape], [])
            return located(gast.Assign([name_node(name.id, statement, store=True)], call, None), statement)

        self.execute([self.memo(("reshaped", id(statement)), make)])
        return True

    def is_only_name(self, name: str) -> bool:
        """Is a local name always bound to new arrays, and never given to anything that might keep them?"""
        if name in {a.id for a in self.tree.args.args} or name not in self.local_names or self.escapes(name):
            return False
        for node in nodes_in(self.tree):
            if isinstance(node, gast.Assign) and name in {
                n.id for t in node.targets for n in nodes_in(t) if isinstance(n, gast.Name)
            }:
                own = isinstance(node.targets[0], gast.Attribute)
                fresh = (
                    isinstance(node.value, gast.BinOp)
                    or isinstance(node.value, gast.Call)
                    and is_allocation(node.value)
                )
                plain = isinstance(node.targets[0], gast.Name) and fresh
                stored = isinstance(node.targets[0], gast.Subscript)
                if not (own or plain or stored):
                    return False
            elif isinstance(node, gast.Call) and not isinstance(node.func, gast.Attribute):
                if any(isinstance(a, gast.Name) and a.id == name for a in node.args):
                    return False
        return True

    # x.flat, where it is read

    def visit_Subscript(self, node: gast.Subscript) -> Value:
        self.may_read_flat(node.value)
        return super().visit_Subscript(node)

    def note_flat(self, node: gast.Call) -> None:
        """A library function reads its arguments."""
        if any(isinstance(a, gast.Attribute) and a.attr == "flat" for a in node.args) and self.is_library(node.func):
            for argument in node.args:
                self.may_read_flat(argument)

    def do_For(self, statement: gast.For) -> None:
        iterable = statement.iter
        self.may_read_flat(iterable)
        for argument in iterable.args if isinstance(iterable, gast.Call) else []:
            self.may_read_flat(argument)
        super().do_For(statement)

    def is_library(self, function: gast.expr) -> bool:
        """A built-in function, or one of NumPy's that changes nothing."""
        if isinstance(function, gast.Name):
            found = self.use_name(function.id)[0]
            return isinstance(found, Const) and isinstance(found.value, (types.BuiltinFunctionType, type))
        if isinstance(function, gast.Attribute) and isinstance(function.value, gast.Name):
            if self.use_name(function.value.id)[0] == Const(np):
                return getattr(np, function.attr, None) not in FUNCTIONS
        return False

    def may_read_flat(self, node: gast.expr) -> None:
        if isinstance(node, gast.Attribute) and node.attr == "flat":
            self.memo(("flat", id(node)), lambda: True)

    def number_attribute(self, kind: Kind, base: gast.expr, name: str, residual: gast.expr, node: gast.expr) -> Value:
        """`x.flat`, where it is only read, is `np.ravel(x)`."""
        if name != "flat" or not varied(kind) or ("flat", id(node), self.copies) not in self.session.memo:
            return super().number_attribute(kind, base, name, residual, node)
        operand = self.operand(node, "array", (kind, base))  # type: ignore[arg-type]
        np_ = self.operand(node, "np", (Const(np), self.keep(name_node("np", node))))  # type: ignore[arg-type]
        self.global_name("np", np)
        call = self.memo(
            ("ravel", id(node)),
            lambda: located(gast.Call(gast.Attribute(np_, "ravel", gast.Load()), [operand], []), node),
        )
        return self.evaluate(call)


def located(node: Any, like: gast.AST) -> Any:
    for child in gast.walk(node):
        if isinstance(child, (gast.expr, gast.stmt)):
            gast.copy_location(child, like)
    return node
