"""What does each statement do to the environment, and which core statements stand for it?"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import CannotTell, NoValue, Slice
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Tuple,
    Unknown,
    holds_text,
    is_array,
    is_inexact,
    is_memory,
    is_number,
    is_scalar,
    rank,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.expressions import (
    BINARY,
    OPERATOR_NODES,
    Expressions,
    Value,
)
from srcgrad.analysis.specialize.frame import EFFECT, LocalFunction, walk_steps, written
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in

INPLACE = {op: f"__i{name[2:-2]}__" for op, name in {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "**": "__pow__", "@": "__matmul__",
}.items()}  # fmt: skip
REPLAYED = {np.errstate}


class Statements(Expressions):
    """Visitors of statements."""

    def execute(self, statements: list[gast.stmt]) -> None:
        for statement in statements:
            if self.dead:
                return
            method = getattr(self, f"do_{type(statement).__name__}", None)
            if method is None:
                raise self.refusal(
                    "E101",
                    f"{type(statement).__name__} statements can't be differentiated",
                    statement,
                )
            try:
                method(statement)
            except NoValue:
                continue
            except CannotTell as error:
                raise self.refusal("E301", f"what this does can't be told: {error}", statement) from error

    def run_statements(self, statements: list[gast.stmt], target: str, node: gast.AST) -> Value:
        self.execute(statements)
        kind = self.env.get(target, Bottom())
        return kind, self.keep(name_node(target, node))

    # Assignments

    def do_Assign(self, statement: gast.Assign) -> None:
        target = statement.targets[0]
        if isinstance(target, gast.Name) and isinstance(statement.value, gast.Lambda):
            self.define(target.id, statement.value)
            return
        if isinstance(target, gast.Tuple):
            self.assign_tuple(target, statement)
            return
        if isinstance(target, gast.Name):
            before = len(self.block)
            kind, residual = self.evaluate(statement.value)
            self.bind(target, kind, residual, statement, before)
            return
        kind, residual = self.evaluate(statement.value)
        self.store(target, "", kind, residual, statement)

    def bind(
        self,
        target: gast.Name,
        kind: Kind,
        residual: gast.expr,
        statement: gast.AST,
        before: int,
    ) -> None:
        """`name = value`; a call that was given a name of its own just now takes the target's."""
        name = self.local_text(target.id)
        self.narrowed_away(target.id)
        kind = self.as_it_varies(target.id, kind)
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
        if isinstance(kind, Dict):
            kind, residual = self.listed((kind, residual), statement)
        if (
            isinstance(kind, Tuple)
            and len(kind.items) != len(names)
            and not any(isinstance(n, gast.Starred) for n in names)
        ):
            raise CannotTell(f"{len(kind.items)} values for {len(names)} names")
        if isinstance(kind, Bottom):
            raise NoValue("what is unpacked has no value")
        known = isinstance(kind, Tuple)
        if known and any(isinstance(k, Closure) or self.is_function(k) for k in kind.items):  # type: ignore[attr-defined, union-attr]
            members = self.members(kind, residual)
            held = [
                self.hoist(k, r, "value") if not isinstance(r, gast.Name) and not isinstance(k, Const) else r
                for k, r in members
            ]
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
            kind, residual = self.evaluate(statement.value)
            self.store(target, op, kind, residual, statement)
            return
        old, text = self.use_name(target.id)
        load = self.memo(("load", id(target)), lambda: name_node(text, target))
        self.record(load, old)
        kind, residual = self.evaluate(statement.value)
        if isinstance(old, Object) and self.has_method(old, INPLACE.get(op, "")):
            before = len(self.block)
            result, residual = self.call_method(old, load, INPLACE[op], [(kind, residual)], {}, statement)
            self.bind(target, result, residual, statement, before)
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
            self.store_check(old, kind, op, statement)
            self.at(statement)
            self.infer.binary(op, old, kind)
            self.emit(core.Store(statement.lineno, load, op, residual))
            if varied(kind) and not varied(old):
                self.make_varied(load, statement)
            return
        if isinstance(old, Array) and old.sizes == ():
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
        return name in self.session.__dict__.setdefault("_grown", {}).get(self.copies, set())

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

    # Stores

    def store(
        self,
        target: gast.expr,
        op: str,
        kind: Kind,
        residual: gast.expr,
        statement: gast.stmt,
    ) -> None:
        if isinstance(target, gast.Attribute):
            self.store_attribute(target, op, kind, residual, statement)
            return
        assert isinstance(target, gast.Subscript), "other targets have been desugared"
        before = len(self.block)
        base_kind, base = self.evaluate(target.value)
        if isinstance(base_kind, Object):
            index_kind, index = self.evaluate(target.slice)
            if op:
                old, current = self.call_method(base_kind, base, "__getitem__", [(index_kind, index)], {}, statement)
                kind, residual = self.binary(
                    op,
                    old,
                    current,
                    kind,
                    residual,
                    self.keep(
                        gast.copy_location(
                            gast.BinOp(current, OPERATOR_NODES[op](), residual),
                            statement,
                        )
                    ),
                )
                self.record(residual, kind)
            self.call_method(
                base_kind,
                base,
                "__setitem__",
                [(index_kind, index), (kind, residual)],
                {},
                statement,
            )
            return
        index_kind, index = self.index(target.slice)
        if len(self.block) > before:
            self.check_order(self.block[before:], [residual], statement)
        if isinstance(base_kind, (Array, List, Dict, OneOf)):
            base = self.place(base_kind, base, "part")
        same = base is target.value and index is target.slice
        place = target if same else self.keep(gast.copy_location(gast.Subscript(base, index, gast.Store()), target))
        self.at(statement)
        if isinstance(base_kind, OneOf):
            choices = [k for k in base_kind.options if isinstance(k, (Array, List, Dict))]
            if len(choices) != 1:
                raise CannotTell("what is stored into")
            base_kind = choices[0]
        if isinstance(base_kind, Array):
            self.store_element(base_kind, base, index_kind, place, op, kind, residual, statement)
        elif isinstance(base_kind, List) and isinstance(index_kind, Slice):
            if op == "+":
                load = self.keep(self.as_load(place))
                old = self.part_of_list(base_kind, base, index_kind, index, load)
                kind, residual = self.binary("+", *old, kind, residual, load)
            elif op:
                raise CannotTell(f"a slice of a list updated by {op}=")
            self.store_slice(base_kind, base, index_kind, index, (kind, residual), statement)
        elif isinstance(base_kind, List) and not isinstance(index_kind, Slice):
            old = self.element(base_kind, index_kind, target)
            kind, residual, op = self.combined(old, place, op, kind, residual, statement)
            position = index_kind.value if isinstance(index_kind, Const) and type(index_kind.value) is int else None
            if base_kind.cell.items is not None and position is None:
                for i in range(len(base_kind.cell.items)):
                    self.session.put_item(base_kind.cell, kind, i)
            else:
                self.session.put_item(base_kind.cell, kind, position)
            self.record(place, self.element(base_kind, index_kind, target))
            self.emit(core.Store(statement.lineno, place, op, residual))
        elif isinstance(base_kind, Dict):
            self.check_key(index_kind, statement)
            if op:
                kind, residual, op = self.combined(
                    self.element(base_kind, index_kind, target),
                    place,
                    op,
                    kind,
                    residual,
                    statement,
                )
            if isinstance(index_kind, Const):
                self.session.put_new_key(base_kind.cell, index_kind.value, kind)
            else:
                self.session.put_item(base_kind.cell, kind)
            self.record(place, self.element(base_kind, index_kind, target))
            self.emit(core.Store(statement.lineno, place, op, residual))
        else:
            if varied(kind) or varied(base_kind) or holds_text(kind):
                raise self.refusal(
                    "E403",
                    "a differentiable value is stored into something srcgrad can't follow",
                    statement,
                )
            self.record(place, Unknown())
            self.emit(core.Effect(statement.lineno, self.rebuilt_store(statement, place, op, residual)))

    def rebuilt_store(self, statement: gast.stmt, place: gast.expr, op: str, residual: gast.expr) -> gast.stmt:
        if op:
            return self.keep(gast.copy_location(gast.AugAssign(place, OPERATOR_NODES[op](), residual), statement))
        return self.keep(gast.copy_location(gast.Assign([place], residual, None), statement))

    def combined(
        self,
        old: Kind,
        place: gast.expr,
        op: str,
        kind: Kind,
        residual: gast.expr,
        statement: gast.stmt,
    ) -> tuple[Kind, gast.expr, str]:
        """The kind that an element has after `s[i] op= e`."""
        if not op:
            return kind, residual, op
        if is_array(old):
            return (set_varied(old, True) if varied(kind) else old), residual, op
        if is_number(old) and is_number(kind):
            self.at(statement)
            return self.infer.binary(op, old, kind), residual, op
        load = self.memo(("load", id(statement)), lambda: self.as_load(place))
        self.record_places(place, load)
        self.record(load, old)
        node = self.keep(gast.copy_location(gast.BinOp(load, OPERATOR_NODES[op](), residual), statement))
        kind, value = self.binary(op, old, load, kind, residual, node)
        self.record(value, kind)
        return kind, value, ""

    def as_load(self, place: gast.expr) -> gast.expr:
        result = copy.copy(place)
        result.ctx = gast.Load()  # type: ignore[attr-defined]
        return result

    def record_places(self, place: gast.AST, load: gast.AST) -> None:
        for a, b in zip(nodes_in(place), nodes_in(load)):
            if id(a) in self.function.kinds:
                self.function.kinds[id(b)] = self.function.kinds[id(a)]

    def store_check(self, base: Kind, kind: Kind, op: str, node: gast.AST) -> None:
        if isinstance(base, Array) and base.dtype.kind not in "fc" and varied(kind):
            raise self.refusal(
                "E206", f"a differentiable value is stored into an array of {base.dtype}, where its derivative is lost",
                node, "make the array one of floats",
            )  # fmt: skip

    def store_element(
        self,
        base_kind: Array,
        base: gast.expr,
        index: Kind,
        place: gast.expr,
        op: str,
        kind: Kind,
        residual: gast.expr,
        statement: gast.stmt,
    ) -> None:
        self.store_check(base_kind, kind, op, statement)
        old = self.infer.subscript(base_kind, index)
        if isinstance(kind, Bottom):
            raise NoValue("what is stored has no value")
        if not (is_number(kind) or isinstance(kind, (Unknown, List, Tuple))):
            raise CannotTell(f"storing a {type(kind).__name__.lower()} into an array")
        if isinstance(kind, (List, Tuple)) and varied(kind):
            raise self.refusal(
                "E302",
                "a sequence of differentiable values is stored into an array",
                statement,
                "use np.array([...])",
            )
        if op:
            self.infer.binary(op, old, kind)
        elif is_number(kind):
            self.infer.broadcast([widen(old), widen(kind)])
        if varied(kind) and (not varied(base_kind) or self.is_held(base)):
            self.make_varied(base, statement)
            old = set_varied(old, True)
        self.record(place, old)
        self.emit(core.Store(statement.lineno, place, op, residual))

    def is_held(self, base: Any) -> bool:
        """Is the array one of several in a list, dict or object, some of which may vary and others not?"""
        while isinstance(base, (gast.Subscript, gast.Attribute)):
            base = base.value
            if isinstance(self.function.kinds.get(id(base)), (List, Dict, Object)):
                return True
        return False

    def make_varied(self, base: gast.expr, statement: gast.AST) -> None:
        """An array varies from now on: the name or the container that holds it, and names bound to views of it."""
        root: gast.expr = base
        if isinstance(root, gast.Name):
            kind = self.env.get(root.id) or next(
                (k for n, k in self.env.items() if self.local_text(n) == root.id),
                Bottom(),
            )
            parameters = {p.id for p in self.function.params}
            for name in self.sharing(root.id):
                if name in self.env:
                    self.env[name] = self.varying(self.env[name])
                if self.local_text(name) in parameters:
                    self.variant.varied_params.add(name)
            self.record(root, set_varied(kind, True))
            return
        holder: Any = root.value  # type: ignore[attr-defined]
        kind = self.function.kinds[id(holder)]
        if isinstance(root, gast.Subscript) and isinstance(kind, Array):
            self.make_varied(holder, statement)
            self.record(root, set_varied(self.function.kinds[id(root)], True))
            return
        if isinstance(kind, (List, Dict, Object)):
            cell = kind.cell
            index = self.function.kinds.get(id(root.slice)) if isinstance(root, gast.Subscript) else Const(root.attr)  # type: ignore[attr-defined]
            known = isinstance(index, Const)
            if isinstance(kind, List):
                position = index.value if known and type(index.value) is int else None  # type: ignore[union-attr]
                positions = [position] if position is not None or cell.items is None else list(range(len(cell.items)))
                for p in positions:
                    old = cell.items[p] if cell.items is not None and p is not None else cell.item
                    self.session.put_item(cell, self.varying(old), p)
            else:
                for key in [index.value] if known else list(cell.keys):  # type: ignore[union-attr]
                    if key in cell.keys:
                        self.session.put_key(cell, key, self.varying(cell.keys[key]))
            self.record(root, self.varying(self.function.kinds[id(root)]))
            return
        if isinstance(kind, Tuple):
            self.make_varied(holder, statement)
            return
        raise self.refusal(
            "E403",
            "a differentiable value is stored into an array that can't be followed",
            statement,
        )

    def varying(self, kind: Kind, seen: frozenset[int] = frozenset()) -> Kind:
        """The kind of a value of which an array, perhaps deep inside, has been stored into."""
        if isinstance(kind, (List, Dict, Object)):
            cell = kind.cell
            if id(cell) in seen:
                return kind
            seen = seen | {id(cell)}
            for i, member in enumerate(cell.items or []):
                self.session.put_item(cell, self.varying(member, seen), i) if is_memory(member) else None
            for key, member in list(cell.keys.items()):
                self.session.put_key(cell, key, self.varying(member, seen)) if is_memory(member) else None
            if is_memory(cell.item):
                self.session.put_item(cell, self.varying(cell.item, seen))
            return kind
        if isinstance(kind, Tuple):
            return replace(kind, items=tuple(self.varying(k, seen) for k in kind.items))
        if isinstance(kind, OneOf):
            return OneOf(tuple(self.varying(k, seen) for k in kind.options))
        return set_varied(kind, True) if isinstance(kind, Array) else kind

    def sharing(self, name: str) -> set[str]:
        """The names that may share memory with this one, by any assignment in the function (a coarse superset)."""
        groups = self.memo(("sharing",), dict)
        links: dict[str, set[str]] = groups.setdefault("links", share_links(self.tree))
        made = self.memo(("links made here",), dict)
        found, stack = {name}, [name]
        while stack:
            name_ = stack.pop()
            for other in {*links.get(name_, ()), *made.get(name_, ())}:
                if other not in found:
                    found.add(other)
                    stack.append(other)
        return found

    def store_attribute(
        self,
        target: gast.Attribute,
        op: str,
        kind: Kind,
        residual: gast.expr,
        statement: gast.stmt,
    ) -> None:
        base_kind, base = self.evaluate(target.value)
        if isinstance(base_kind, OneOf):
            objects = [k for k in base_kind.options if isinstance(k, Object)]
            base_kind = objects[0] if len(objects) == 1 else base_kind
        if not isinstance(base_kind, Object):
            if varied(kind) or varied(base_kind) or holds_text(kind):
                raise self.refusal(
                    "E403",
                    "a differentiable value is stored into an attribute srcgrad can't follow",
                    statement,
                )
            self.emit(core.Effect(statement.lineno, statement))
            return
        base = self.place(base_kind, base, "part")
        place = (
            target
            if base is target.value
            else self.keep(gast.copy_location(gast.Attribute(base, target.attr, gast.Store()), target))
        )
        if self.setter(base_kind, target.attr) is not None:
            if op:
                old, current = self.attribute(
                    base_kind,
                    base,
                    target.attr,
                    self.keep(gast.copy_location(gast.Attribute(base, target.attr, gast.Load()), target)),
                )
                self.record(current, old)
                kind, residual = self.binary(
                    op,
                    old,
                    current,
                    kind,
                    residual,
                    self.keep(
                        gast.copy_location(
                            gast.BinOp(current, OPERATOR_NODES[op](), residual),
                            statement,
                        )
                    ),
                )
                self.record(residual, kind)
            self.call_property_setter(base_kind, base, target.attr, (kind, residual), statement)
            return
        old = self.stored_attribute(base_kind, target.attr)
        if op and old is not None:
            if is_array(old):
                self.store_check(old, kind, op, statement)
            kind, residual, op = self.combined(old, place, op, kind, residual, statement)
        self.session.put_key(base_kind.cell, target.attr, kind)
        self.session.stored.add(target.attr)
        self.record(place, base_kind.cell.keys[target.attr])
        self.emit(core.Store(statement.lineno, place, op, residual))

    def do_Delete(self, statement: gast.Delete) -> None:
        for target in statement.targets:
            if isinstance(target, gast.Name):
                self.env.pop(target.id, None)
                continue
            if isinstance(target, gast.Subscript):
                self.delete_part(target, statement)
                continue
            raise self.refusal("E302", "`del` of a part of a differentiable value", target)

    # Control flow

    def do_If(self, statement: gast.If) -> None:
        kind, test = self.evaluate(statement.test)
        truth = self.truth(kind)
        if truth is not None:
            self.narrow(statement.test, truth)
            self.execute(statement.body if truth else statement.orelse)
            return
        body, env_body, dead_body = self.branch(statement.body, statement.test, True)
        orelse, env_else, dead_else = self.branch(statement.orelse, statement.test, False)
        self.emit(core.If(statement.lineno, test, body, orelse))
        if dead_body and dead_else:
            self.dead = True
        elif dead_body:
            self.env = env_else
        elif dead_else:
            self.env = env_body
        else:
            self.env = self.join_env(env_body, env_else, id(statement))

    def branch(
        self, statements: list[gast.stmt], test: gast.expr, holds: bool
    ) -> tuple[list[core.Step], dict[str, Kind], bool]:
        block, env, dead = self.block, self.env, self.dead
        self.block, self.env = [], dict(env)
        self.narrow(test, holds)
        self.execute(statements)
        result = self.block, self.env, self.dead
        self.block, self.env, self.dead = block, env, dead
        return result

    def join_env(self, a: dict[str, Kind], b: dict[str, Kind], *owner: Any) -> dict[str, Kind]:
        result = {}
        for name in {**a, **b}:
            x, y = a.get(name, Bottom()), b.get(name, Bottom())
            self.note_grown(name, x, y)
            result[name] = self.session.joined(x, y, *owner, name, self.copies)
        return result

    def note_grown(self, name: str, a: Kind, b: Kind) -> None:
        """Remember names that are a number on one way and an array on another."""
        kinds = [k for k in (a, b) if is_number(k)]
        if len(kinds) == 2 and sum(isinstance(widen(k), Array) for k in kinds) == 1:
            self.session.__dict__.setdefault("_grown", {}).setdefault(self.copies, set()).add(name)

    def narrow(self, test: gast.expr, holds: bool) -> None:
        """What is known of the variables where a test holds, or does not."""
        if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
            self.narrow(test.operand, not holds)
        elif isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And if holds else gast.Or):
            for value in test.values:
                self.narrow(value, holds)
        elif isinstance(test, gast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (gast.Is, gast.IsNot)):
            other = test.comparators[0]
            if isinstance(other, gast.Constant) and other.value is None:
                self.keep_options(
                    test.left,
                    lambda k: k == Const(None),
                    isinstance(test.ops[0], gast.Is) is holds,
                )
        elif (
            isinstance(test, gast.Call)
            and isinstance(test.func, gast.Name)
            and test.func.id == "isinstance"
            and len(test.args) == 2
        ):
            kind, _ = self.aside(lambda: self.evaluate(test.args[1]))[:2]
            self.keep_options(test.args[0], lambda k: self.is_instance(k, kind) is not (not holds), True)
        elif isinstance(test, gast.Name):
            self.keep_options(test, lambda k: self.truth(k) is not (not holds), True)

    def keep_options(self, node: gast.expr, condition: Any, holds: bool) -> None:
        if isinstance(node, gast.Name) and isinstance(self.env.get(node.id), OneOf):
            kept = [k for k in self.env[node.id].options if bool(condition(k)) is holds]  # type: ignore[attr-defined]
            if kept:
                self.env[node.id] = kept[0] if len(kept) == 1 else OneOf(tuple(kept))

    def narrowed_away(self, name: str) -> None:
        """A name gets a new value."""

    def do_With(self, statement: gast.With) -> None:
        replay = True
        items = []
        for item in statement.items:
            kind, context = self.evaluate(item.context_expr)
            called = item.context_expr.func if isinstance(item.context_expr, gast.Call) else item.context_expr
            called_kind = self.function.kinds.get(id(called))
            replay &= isinstance(called_kind, Const) and called_kind.value in REPLAYED
            variable = item.optional_vars
            if isinstance(variable, gast.Name):
                if isinstance(kind, Object):
                    kind = self.entered(kind)
                if varied(kind):
                    raise self.refusal(
                        "E302",
                        "a differentiable value bound by `with`",
                        item.context_expr,
                    )
                self.env[variable.id] = kind
                self.record(variable, kind)
            items.append(item if context is item.context_expr else self.keep(gast.withitem(context, variable)))
        block, self.block = self.block, []
        self.execute(statement.body)
        body, self.block = self.block, block
        self.emit(core.With(statement.lineno, items, body, replay))

    def entered(self, kind: Object) -> Kind:
        return Unknown() if not varied(kind) else kind

    def do_Try(self, statement: gast.Try) -> None:
        """The body is tried; handlers note that they were entered, and their statements come after, in branches."""
        if not statement.handlers:
            self.execute(statement.body)
            if not self.dead:
                self.execute(statement.finalbody)
            return
        caught = self.temporary(statement, "caught")
        self.local_names.add(caught)
        zero = self.constant(0, statement)
        self.emit(self.assign(caught, zero, INT, statement))
        self.env[caught] = INT
        block, self.block = self.block, []
        reached = dict(self.env)
        steps: list[core.Step] = []
        for i, inner in enumerate(statement.body):
            self.block = []
            self.execute([inner])
            for step in self.block:
                steps.append(self.guarded(step, block))
            reached = self.join_env(reached, self.env, id(statement), i)
        after_body, dead_body = self.env, self.dead
        self.block, self.dead = block, False
        handlers = []
        names: list[str | None] = []
        for i, handler in enumerate(statement.handlers):
            self.env = dict(reached)
            kind_node = self.evaluate(handler.type)[1] if handler.type is not None else None
            number = self.constant(i + 1, handler)
            inside: list[core.Step] = [self.assign(caught, number, INT, handler)]
            name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
            kept = None
            if name is not None:
                kept = self.temporary(handler, "error")
                load = self.keep(name_node(name, handler))
                self.record(load, Unknown())
                inside.append(self.assign(kept, load, Unknown(), handler))
            names.append(kept)
            handlers.append((kind_node, name, inside))
        self.emit(core.Try(statement.lineno, steps, handlers, [], []))
        self.after_try(statement, caught, names, reached, (after_body, dead_body))

    def guarded(self, step: core.Step, before: list[core.Step]) -> core.Step:
        """A statement that is undone only if it was done; its flag is set in the forward pass when it is."""
        if not self.is_moving(step):
            return step
        if not isinstance(step, (core.Assign, core.Store, core.ListOp, core.Call)):
            raise self.refusal_at("E308", "a compound statement on differentiable values inside try", step.lineno)
        if isinstance(step, core.Call) and written(step.callee) - {EFFECT}:
            raise self.refusal_at("E308", "a call inside try that stores into its arguments", step.lineno)
        flag = self.names.fresh("done")
        yes, no = self.keep(gast.Constant(True, None)), self.keep(gast.Constant(False, None))
        self.record(yes, Const(True))
        target = self.keep(gast.Name(flag, gast.Store(), None, None))
        self.record(target, BOOL)
        before.append(core.Assign(step.lineno, [target], yes, printed=no))
        test = self.keep(gast.Name(flag, gast.Load(), None, None))
        self.record(test, BOOL)
        return core.Guarded(step.lineno, test, [step], [], flag)

    def is_moving(self, step: core.Step) -> bool:
        """Is there anything in a step that varies?"""
        for inner in walk_steps([step]):
            trees: list[Any] = [*getattr(inner, "targets", []), *getattr(inner, "args", [])]
            trees += [t for n in ("value", "target", "place") if (t := getattr(inner, n, None)) is not None]
            if any(varied(self.function.kinds.get(id(t), Bottom())) for t in trees):
                return True
        return False

    def refusal_at(self, code: str, message: str, lineno: int) -> Any:
        node = next(n for n in nodes_in(self.tree) if isinstance(n, gast.stmt) and n.lineno == lineno)
        return self.refusal(code, message, node, "move it out of the try statement")

    def after_try(
        self, statement: gast.Try, caught: str, names: list[str | None], reached: dict[str, Kind], body: Any
    ) -> None:
        """`if caught == 1: first handler, else: ...`, then what comes in any case."""
        branches = []
        for handler, kept in zip(statement.handlers, names):
            self.env, self.dead, self.block, block = dict(reached), False, [], self.block
            self.env[caught] = INT
            statements = handler.body
            if handler.name is not None and kept is not None:
                name = handler.name.id if isinstance(handler.name, gast.Name) else handler.name
                self.env[name] = self.env[kept] = Unknown()
                load = self.keep(name_node(kept, handler))
                self.emit(self.assign(name, load, Unknown(), handler))
                statements = self.memo(("raised", id(handler)), lambda: [reraised(s, kept) for s in handler.body])  # noqa: B023
            self.execute(statements)
            branches.append((self.block, self.env, self.dead))
            self.block = block
        block, self.block = self.block, []
        self.env, self.dead = dict(body[0]), body[1]
        if not self.dead:
            self.execute(statement.orelse)
        steps, ends = self.block, [] if self.dead else [self.env]
        for i, (inner, env, dead) in reversed(list(enumerate(branches, 1))):
            load = self.keep(name_node(caught, statement))
            test = self.keep(
                gast.copy_location(gast.Compare(load, [gast.Eq()], [self.constant(i, statement)]), statement)
            )
            self.record(load, INT)
            self.record(test, BOOL)
            steps = [core.If(statement.lineno, test, inner, steps)]
            if not dead:
                ends.append(env)
        self.block = block
        for step in steps:
            self.emit(step)
        self.dead = not ends
        if ends:
            self.env = ends[0]
            for i, end in enumerate(ends[1:]):
                self.env = self.join_env(self.env, end, id(statement), "end", i)
            self.execute(statement.finalbody)

    def do_Return(self, statement: gast.Return) -> None:
        kind, residual = (
            self.evaluate(statement.value)
            if statement.value is not None
            else (Const(None), constant_node(None, statement))
        )
        if isinstance(kind, (Closure, LocalFunction)) or self.is_function(kind):
            pass
        self.record(residual, kind)
        self.returned = kind
        self.emit(core.Return(statement.lineno, residual))

    def do_Break(self, statement: gast.Break) -> None:
        self.emit(core.Break(statement.lineno))
        self.breaks[-1].append(dict(self.env))
        self.dead = True

    # Statements without a derivative

    def do_Pass(self, statement: gast.Pass) -> None:
        pass

    def do_Nonlocal(self, statement: gast.Nonlocal) -> None:
        pass

    def do_Global(self, statement: gast.Global) -> None:
        pass

    def do_Import(self, statement: gast.Import) -> None:
        for alias in statement.names:
            module = __import__(alias.name)
            if alias.asname is not None and "." in alias.name:
                import importlib

                module = importlib.import_module(alias.name)
            name = alias.asname or alias.name.split(".")[0]
            self.import_name(name, module)

    def do_ImportFrom(self, statement: gast.ImportFrom) -> None:
        import importlib

        package = self.definition_of_frame.globals.get("__package__") if statement.level else None
        module = importlib.import_module("." * (statement.level or 0) + (statement.module or ""), package)
        for alias in statement.names:
            value = getattr(module, alias.name)
            self.import_name(alias.asname or alias.name, value)

    def import_name(self, name: str, value: Any) -> None:
        text = self.global_name(name, value)
        if text != name:
            raise self.refusal(
                "E305",
                f"the import of {name!r} clashes with another use of that name",
                self.tree,
            )
        self.env[name] = Const(value)

    def do_Raise(self, statement: gast.Raise) -> None:
        for node in (statement.exc, statement.cause):
            if node is not None:
                for name in self.names_in(node):
                    self.use_name(name)
        self.emit(core.Effect(statement.lineno, self.renamed_statement(statement)))
        self.dead = True

    def do_Assert(self, statement: gast.Assert) -> None:
        kind, test = self.evaluate(statement.test)
        if statement.msg is not None:
            for name in self.names_in(statement.msg):
                self.use_name(name)
        self.narrow(statement.test, True)
        same = test is statement.test
        kept = statement if same else self.keep(gast.copy_location(gast.Assert(test, statement.msg), statement))
        self.emit(core.Effect(statement.lineno, kept))

    def do_Expr(self, statement: gast.Expr) -> None:
        if isinstance(statement.value, gast.Constant):
            return
        if isinstance(statement.value, gast.Call) and self.statement_call(statement.value, statement):
            return
        before = len(self.block)
        kind, residual = self.evaluate(statement.value)
        if isinstance(residual, gast.Name) and len(self.block) > before:
            return
        if isinstance(residual, (gast.Name, gast.Constant, gast.Attribute, gast.Subscript)):
            return
        same = residual is statement.value
        kept = statement if same else self.keep(gast.copy_location(gast.Expr(residual), statement))
        self.emit(core.Effect(statement.lineno, kept))

    def renamed_statement(self, statement: gast.stmt) -> gast.stmt:
        changes = {}
        for name in self.names_in(statement):
            _, text = self.use_name(name)
            if text != name:
                changes[name] = text
        if not changes:
            return statement
        from srcgrad.analysis.specialize.frame import rename

        return self.memo(("renamed", id(statement)), lambda: rename(statement, changes))  # type: ignore[arg-type]

    def do_FunctionDef(self, statement: gast.FunctionDef) -> None:
        if statement.decorator_list:
            raise self.refusal(
                "E302",
                "a decorated function inside a differentiated one",
                statement,
                "define it outside",
            )
        self.define(statement.name, statement)

    def define(self, name: str, node: Any) -> None:
        """`def name(...)` or `name = lambda ...`: the function is known by its name."""
        definition = self.definition(node)
        self.evaluate_defaults(definition, node, name)
        self.env[name] = LocalFunction(definition)

    def evaluate_defaults(self, definition: Any, node: Any, name: str) -> None:
        """Defaults are evaluated where the function is made."""
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults))
        pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None]
        for parameter, default in pairs:
            if not isinstance(default, gast.Constant):
                kind, residual = self.evaluate(default)
                temporary = self.temporary(default, f"{name}_{parameter.id}")
                self.emit(self.assign(temporary, residual, kind, default))
                self.env[temporary] = kind
                definition.default_names[parameter.id] = temporary


def reraised(statement: gast.stmt, error: str) -> gast.stmt:
    """A handler's statement, with `raise` naming the error, since it is run after the handler."""
    result = copy.deepcopy(statement)
    for node in nodes_in(result):
        if isinstance(node, gast.Raise) and node.exc is None:
            node.exc = name_node(error, node)
    return result


def share_links(tree: gast.AST) -> dict[str, set[str]]:
    """Pairs of names that one statement could make share memory: those on both sides of an assignment that is not arithmetic."""
    links: dict[str, set[str]] = {}

    def link(a: str, b: str) -> None:
        links.setdefault(a, set()).add(b)
        links.setdefault(b, set()).add(a)

    def sources(value: gast.AST) -> list[str]:
        if isinstance(value, gast.Name):
            return [value.id]
        if isinstance(value, (gast.Subscript, gast.Attribute, gast.Starred)):
            return sources(value.value)
        if isinstance(value, (gast.Tuple, gast.List, gast.Set)):
            return [s for e in value.elts for s in sources(e)]
        if isinstance(value, gast.Dict):
            return [s for e in value.values for s in sources(e)]
        if isinstance(value, gast.IfExp):
            return sources(value.body) + sources(value.orelse)
        if isinstance(value, gast.BoolOp):
            return [s for e in value.values for s in sources(e)]
        if isinstance(value, gast.Call):
            return [s for e in [value.func, *value.args, *(k.value for k in value.keywords)] for s in sources(e)]
        if isinstance(value, (gast.ListComp, gast.GeneratorExp)):
            return [s for e in [value.elt, *(g.iter for g in value.generators)] for s in sources(e)]
        return []

    for node in nodes_in(tree):
        if isinstance(node, gast.Assign):
            for target in node.targets:
                for a in sources(target):
                    for b in sources(node.value):
                        link(a, b)
        elif isinstance(node, gast.For):
            for a in sources(node.target):
                for b in sources(node.iter):
                    link(a, b)
        elif isinstance(node, gast.Call):
            found = sources(node)
            for a, b in zip(found, found[1:]):
                link(a, b)
    return links


__all__ = ["BOOL", "Number", "Statements", "share_links", "walk_steps"]
