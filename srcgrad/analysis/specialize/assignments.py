"""What does an assignment become?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Object,
    Tuple,
    Unknown,
    but_for_none,
    is_array,
    is_inexact,
    is_memory,
    is_number_or_array,
    is_scalar,
    rank,
    varied,
    widen,
)
from srcgrad.analysis.specialize.expressions import Expressions
from srcgrad.analysis.specialize.operators import BINARY
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.syntax import changed_names
from srcgrad.analysis.specialize.values import Operand, Value
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import children, nodes_in
from srcgrad.lang.tree import root

INPLACE = {op: f"__i{name[2:-2]}__" for op, name in {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "**": "__pow__", "@": "__matmul__",
}.items()}  # fmt: skip

CHANGE_OF_SET = {
    "|": "update", "&": "intersection_update", "-": "difference_update", "^": "symmetric_difference_update",
}  # fmt: skip


class Assignments(Expressions):
    """Assignments to names, tuples and, augmented, to anything."""

    def do_Assign(self, statement: gast.Assign) -> None:
        target = statement.targets[0]
        if isinstance(target, gast.Name) and isinstance(statement.value, gast.Lambda):
            self.define(target.id, statement.value)
            return
        if isinstance(target, gast.Tuple):
            self.assign_tuple(target, statement)
            return
        if isinstance(target, gast.Name):
            self.check_view(statement.value)
            before = len(self.block)
            kind, residual = self.evaluate(statement.value)
            self.bind(target, kind, residual, statement, before)
            return
        kind, residual = self.evaluate(statement.value)
        self.store(target, "", kind, residual, statement)

    def check_view(self, value: gast.expr) -> None:
        """`values = d.values()` goes on to show what d holds, which is taken here as it is now."""
        called = value.func if isinstance(value, gast.Call) else None
        if not isinstance(called, gast.Attribute) or called.attr not in ("keys", "values", "items"):
            return
        owner = root(called.value)
        if owner in changed_names(self.tree) and isinstance(self.env.get(owner or ""), Dict):
            raise self.refusal("E305", f"a view of {owner!r}, which is changed here", value, "make it a list")

    def bind(self, target: gast.Name, kind: Kind, residual: gast.expr, statement: gast.AST, before: int) -> None:
        """`name = value`; a call that was given a name of its own just now takes the target's."""
        name = self.local_text(target.id)
        self.narrowed_away(target.id)
        if self.is_one_with(target.id, kind, residual):
            self.env[target.id] = kind
            self.one_with[target.id] = residual.id  # type: ignore[attr-defined]
            return
        kind = self.as_mask(target, getattr(statement, "value", None), self.as_it_varies(target.id, kind))
        node = self.target(target, name, kind)
        self.env[target.id] = kind
        if isinstance(residual, gast.Name) and len(self.block) > before:
            last = self.block[-1]
            call = (
                isinstance(last, (core.Call, core.Assign))
                and len(last.targets) == 1
                and last.targets[0].id == residual.id
            )
            if call and residual.id not in self.tree_names() and residual.id != name:
                last.targets = [node]  # type: ignore[attr-defined]
                return
            if isinstance(last, core.ListOp) and last.target is not None and last.target.id == residual.id:
                last.target = node
                return
        self.link(name, kind, [residual])
        self.emit(core.Assign(statement.lineno, [node], residual))

    def target(self, node: gast.Name, name: str, kind: Kind) -> gast.Name:
        if name != node.id:
            node = self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
        self.record(node, kind)
        return node

    def assign_tuple(self, target: gast.Tuple, statement: gast.Assign) -> None:
        before = len(self.block)
        kind, residual = self.evaluate(statement.value)
        names: list[gast.Name] = target.elts
        kind, residual = self.iterated((kind, residual), statement)
        if isinstance(kind, Dict):
            kind, residual = self.listed((kind, residual), statement)
        if (
            isinstance(kind, Tuple)
            and len(kind.items) != len(names)
            and not any(isinstance(n, gast.Starred) for n in names)
        ):
            raise CannotTell(f"{len(kind.items)} values for {len(names)} names")
        if isinstance(kind, Bottom):
            self.env.update({n.id: Bottom() for n in names if isinstance(n, gast.Name)})
            raise NoValue("what is unpacked has no value")
        known = isinstance(kind, Tuple)
        if known and any(isinstance(k, Closure) or self.is_function(k) for k in kind.items):  # type: ignore[attr-defined, union-attr]
            members = self.members(kind, residual)
            held = []
            for i, (k, r) in enumerate(members):
                # All values are there before the first name is bound: `f, g = g, f`.
                kept = isinstance(k, Const) or isinstance(r, gast.Name)
                early = {n.id for n in names[:i]} & set(tree.names_read(r))
                held.append(r if kept and not early else self.hoist(k, r, "value"))
            for node, (k, _), r in zip(names, members, held):
                self.bind(node, k, r, statement, len(self.block))
            return
        # A statement with one target takes the whole value: `x, = t` is `x = t[0]`.
        alone = len(names) == 1
        if known and not alone:
            kinds = list(kind.items)  # type: ignore[attr-defined, union-attr]
            nodes = []
            for node, k in zip(names, kinds):
                self.narrowed_away(node.id)
                nodes.append(self.target(node, self.local_text(node.id), k))
                self.env[node.id] = k
            last = self.block[-1] if len(self.block) > before else None
            if isinstance(last, core.Call) and isinstance(residual, gast.Name) and len(last.targets) == 1:
                if last.targets[0].id == residual.id and residual.id not in self.tree_names():
                    last.targets = nodes
                    return
            self.emit(core.Assign(statement.lineno, nodes, residual))
            return
        passive = isinstance(kind, Unknown) or (isinstance(kind, Const) and not varied(kind))
        if passive and not alone:
            nodes = []
            for node in names:
                self.narrowed_away(node.id)
                self.env[node.id] = part = self.passive_element(kind)
                nodes.append(self.target(node, self.local_text(node.id), part))
            self.emit(core.Assign(statement.lineno, nodes, residual))
            return
        place = (
            self.place(kind, residual, "items")
            if isinstance(residual, gast.Name)
            else self.hoist(kind, residual, "items")
        )
        if isinstance(place, gast.Name) and place.id in {n.id for n in names}:
            place = (
                self.hoist(kind, place, "items")
                if not isinstance(residual, gast.Name)
                else self.alias(kind, place, statement)
            )
        for i, node in enumerate(names):
            index = self.memo(("index", id(node)), lambda i=i: constant_node(i, statement))
            self.record(index, Const(i))
            part = self.memo(
                ("part", id(node), getattr(place, "id", "")),
                lambda i=index: gast.copy_location(gast.Subscript(place, i, gast.Load()), statement),
            )
            k = self.passive_element(kind) if passive else self.element(kind, Const(i), part)
            self.record(part, k)
            self.bind(node, k, part, statement, len(self.block))

    def alias(self, kind: Kind, node: gast.Name, like: gast.AST) -> gast.Name:
        name = self.temporary(like, "items")
        self.emit(self.assign(name, node, kind, like))
        self.env[name] = kind
        result = self.keep(name_node(name, like))
        self.record(result, kind)
        return result

    def is_function(self, kind: Kind) -> bool:
        return isinstance(kind, Const) and callable(kind.value)

    def do_AugAssign(self, statement: gast.AugAssign) -> None:
        op = BINARY[type(statement.op)]
        target = statement.target
        if not isinstance(target, gast.Name):
            if isinstance(target, gast.Subscript) and any(isinstance(n, gast.Call) for n in nodes_in(target.value)):
                target = self.held_target(target, statement)
            before = len(self.block)
            kind, residual = self.evaluate(statement.value)
            if len(self.block) > before:
                load = self.memo(("read first", id(target)), lambda: self.as_load(target))
                # A number is read before the value is evaluated; of an array in a container, that array is taken.
                old, text, steps = self.aside(lambda: self.evaluate(load))
                base, *_ = self.aside(lambda: self.evaluate(load.value))  # type: ignore[attr-defined]
                taken = isinstance(old, Array) and isinstance(base, (List, Dict, Object))
                added = self.block[before:]
                if is_scalar(old) and not taken and not steps and self.disturbs(added, load):
                    self.check_order(added, children(load), statement.value)
                    first = self.taken_before((old, text), before, statement)
                    kind, residual = self.updated(first, op, (kind, residual), statement)
                    op = ""
                self.check_order(self.block[before:], [load] if op else children(load), statement.value, taken)
            self.store(target, op, kind, residual, statement)
            return
        old, text = self.use_name(target.id)
        old = but_for_none(old)
        load = self.memo(("load", id(target)), lambda: name_node(text, target))
        self.record(load, old)
        # A number is read before the value is evaluated; of an array it is the array itself that is taken.
        kind, residual = self.evaluate_after(statement.value, [] if is_memory(old) else [load])
        if isinstance(old, Object) and self.has_method(old, INPLACE.get(op, "")):
            before = len(self.block)
            result, residual = self.call_method(old, load, INPLACE[op], [(kind, residual)], {}, statement)
            self.bind(target, result, residual, statement, before)
            return
        if isinstance(old, Iterable) and old.is_set and op in CHANGE_OF_SET:
            self.change_set(old, load, CHANGE_OF_SET[op], (kind, residual), statement)
            return
        if isinstance(old, Dict) and op == "|":
            self.update(old, load, [(kind, residual)], {}, statement)
            return
        if isinstance(old, List) and op == "+":
            self.extend(old, load, kind, residual, statement)
            return
        if isinstance(old, List) and op == "*" and is_scalar(kind) and not is_inexact(kind):
            self.repeat(old, load, kind, residual, statement)
            return
        if is_array(old) and not self.grown(target.id, old):
            if op in ("@", "//"):
                self.store_whole(load, old, op, kind, residual, statement)
                return
            self.store_check(old, kind, op, statement)
            self.at(statement)
            self.operation(op, old, kind, statement)
            self.emit(core.Store(statement.lineno, load, op, residual))
            if varied(kind) and not varied(old):
                self.make_varied(load, statement)
            return
        if isinstance(old, Array) and old.sizes == ():
            seen = self.escapes(target.id) or self.takes_memory(target.id)
            if is_number_or_array(old) and seen and (varied(old) or varied(kind)):
                raise self.number_or_array(statement)
            self.store_check(old, kind, op, statement)
            if rank(widen(kind)) == 0 and not self.maybe_number(target.id):
                self.emit(core.Store(statement.lineno, load, op, residual))
                if varied(kind):
                    self.make_varied(load, statement)
                return
        node = self.memo(
            ("augmented", id(statement)),
            lambda: gast.copy_location(gast.BinOp(load, statement.op, residual), statement),
        )
        if node.right is not residual:
            node = self.keep(gast.copy_location(gast.BinOp(load, statement.op, residual), statement))
        before = len(self.block)
        result, value = self.binary(op, old, load, kind, residual, node)
        self.record(value, result)
        self.bind(target, result, value, statement, before)
        if (
            self.block
            and isinstance(self.block[-1], core.Assign)
            and self.block[-1].value is node
            and not is_array(old)
        ):
            self.block[-1].augmented = op

    def held_target(self, target: gast.Subscript, statement: gast.AugAssign) -> gast.Subscript:
        """`f(x)[i] += e`: Python calls f before it evaluates e."""
        before = len(self.block)
        kind, base = self.evaluate(target.value)
        if len(self.block) == before or not isinstance(base, gast.Name):
            return target
        operand = self.operand(statement, "target base", (kind, base))
        return self.memo(
            ("held target", id(statement)),
            lambda: gast.copy_location(gast.Subscript(operand, target.slice, gast.Store()), target),
        )

    def operand(self, statement: gast.stmt, name: str, value: Value) -> Operand:
        """A value that has been evaluated, in the text of a statement."""
        made = self.memo(("operand", id(statement), name), lambda: gast.copy_location(Operand(), statement))
        made.kind, made.residual = value
        return made

    def change_set(self, old: Iterable, load: gast.expr, method: str, other: Value, statement: gast.AugAssign) -> None:
        """`s |= t` changes the set itself, as `s.update(t)` does."""
        if method in ("update", "symmetric_difference_update"):
            self.session.put_item(old.cell, self.session.loosen_all(self.member_kind(other[0])))
        func = self.keep(gast.copy_location(gast.Attribute(load, method, gast.Load()), statement))
        call = self.keep(gast.copy_location(gast.Call(func, [other[1]], []), statement))
        for part in (func, call):
            self.record(part, Unknown())
        self.emit(core.Effect(statement.lineno, self.keep(gast.copy_location(gast.Expr(call), statement))))

    def store_whole(
        self, load: gast.Name, old: Kind, op: str, kind: Kind, residual: gast.expr, statement: gast.AugAssign
    ) -> None:
        """`x @= e` is `x[...] = x @ e`."""
        kind, value = self.spelled_out(old, load, op, kind, residual, statement)
        index = self.memo(("everything", id(statement)), lambda: constant_node(..., statement))
        self.record(index, Const(...))
        base = self.keep(name_node(load.id, load))
        self.record(base, old)
        place = self.keep(gast.copy_location(gast.Subscript(base, index, gast.Store()), statement))
        assert isinstance(old, Array), "an array is stored into"
        self.store_element(old, base, Const(...), place, "", kind, value, statement)

    def repeat(self, old: List, load: gast.expr, kind: Kind, residual: gast.expr, statement: gast.AugAssign) -> None:
        """`xs *= n` changes the list itself."""
        text = "size = len(a)\nfor k in range(n - 1):\n    for i in range(size): a.append(a[i])\nif n < 1: a.clear()"
        self.template(statement, text, "a", a=(old, load), n=(kind, residual))

    def grown(self, name: str, kind: Kind) -> bool:
        """Did this array start as a number, so that `+=` made a new one the first time?"""
        if not self.maybe_number(name):
            return False
        if self.escapes(name):
            raise self.refusal(
                "E305", f"{name!r} starts as a number and becomes an array, and other names may refer to it", self.tree,
                f"start {name!r} from np.zeros(...), or write `{name} = {name} + ...`",
            )  # fmt: skip
        return True

    def maybe_number(self, name: str) -> bool:
        return name in self.session.grown.get(self.copies, set())

    def takes_memory(self, name: str) -> bool:
        """Is the name ever bound to what may be another name's, or a container's?"""
        for node in nodes_in(self.tree):
            if isinstance(node, gast.Assign):
                targets, value = node.targets, node.value
            elif isinstance(node, (gast.For, gast.comprehension)):
                targets, value = [node.target], node.iter
            else:
                continue
            new = isinstance(value, (gast.BinOp, gast.UnaryOp, gast.Constant))
            bound = [n for t in targets for n in nodes_in(t) if isinstance(n, gast.Name) and n.id == name]
            if bound and not new:
                return True
        return False

    def escapes(self, name: str) -> bool:
        """Is the name's value given to another name or container as it is?"""
        for node in nodes_in(self.tree):
            parts: list[Any] = []
            if isinstance(node, gast.Assign):
                parts = [node.value]
            elif isinstance(node, (gast.Tuple, gast.List)) and isinstance(node.ctx, gast.Load):
                parts = node.elts
            elif isinstance(node, gast.Call):
                parts = (
                    node.args
                    if isinstance(node.func, gast.Attribute) and node.func.attr in ("append", "insert")
                    else []
                )
            if any(isinstance(p, gast.Name) and p.id == name for p in parts):
                return True
        return False
