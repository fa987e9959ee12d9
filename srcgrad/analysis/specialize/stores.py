"""What does a store into an array, a container or an object become?"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Const,
    Dict,
    Kind,
    List,
    Object,
    OneOf,
    Slice,
    Tuple,
    Unknown,
    holds_text,
    is_array,
    is_frozen,
    is_memory,
    is_number,
    options,
    selects_by_arrays,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.assignments import Assignments
from srcgrad.analysis.specialize.operators import OPERATOR_NODES
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.subscripts import as_argument
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in


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


class Stores(Assignments):
    """Stores, and what they make of the kinds of what is stored into."""

    def store(self, target: gast.expr, op: str, kind: Kind, residual: gast.expr, statement: gast.stmt) -> None:
        if isinstance(target, gast.Attribute):
            self.store_attribute(target, op, kind, residual, statement)
            return
        assert isinstance(target, gast.Subscript), "other targets have been desugared"
        before = len(self.block)
        base_kind, base = self.evaluate(target.value)
        if isinstance(base_kind, Object):
            index_kind, index = self.evaluate(self.memo(("index", id(target)), lambda: as_argument(target.slice)))
            if op:
                got = self.call_method(base_kind, base, "__getitem__", [(index_kind, index)], {}, statement)
                kind, residual = self.updated(got, op, (kind, residual), statement)
            self.call_method(base_kind, base, "__setitem__", [(index_kind, index), (kind, residual)], {}, statement)
            return
        index_kind, index = self.index(target.slice)
        index_kind = self.asked_position(base_kind, index_kind)
        if len(self.block) > before:
            self.check_order(self.block[before:], [residual], statement)
        if isinstance(base_kind, (Array, List, Dict, OneOf)):
            base = self.place(base_kind, base, "part")
        if isinstance(base_kind, Array) and varied(kind) and not self.is_part(base):
            base = self.hoist(base_kind, base, "part")  # it varies from now on, and what it is a view of
        choices = [k for k in options(base_kind) if isinstance(k, (Array, List, Dict))]
        if isinstance(base_kind, OneOf) and len(choices) == 1:
            base_kind, base = choices[0], self.narrowed_to(choices[0], base)
        same = base is target.value and index is target.slice
        place = target if same else self.keep(gast.copy_location(gast.Subscript(base, index, gast.Store()), target))
        self.at(statement)
        if isinstance(base_kind, OneOf):
            raise CannotTell("what is stored into")
        if isinstance(base_kind, Array):
            self.store_element(base_kind, base, index_kind, place, op, kind, residual, statement)
        elif isinstance(base_kind, List) and isinstance(index_kind, Slice):
            if op == "+":
                load = self.keep(self.as_load(place))
                part = self.part_of_list(base_kind, base, index_kind, index, load)
                kind, residual = self.binary("+", *part, kind, residual, load)
            elif op:
                raise CannotTell(f"a slice of a list updated by {op}=")
            self.store_slice(base_kind, base, index_kind, index, (kind, residual), statement)
        elif isinstance(base_kind, List) and not isinstance(index_kind, Slice):
            old = self.element(base_kind, index_kind, target)
            if self.changed_itself(old, place, op, (kind, residual), statement):
                return
            kind, residual, op = self.combined(old, place, op, kind, residual, statement)
            position = index_kind.value if isinstance(index_kind, Const) and type(index_kind.value) is int else None
            if base_kind.cell.items is not None and position is None:
                for i in range(len(base_kind.cell.items)):
                    self.session.put_item(base_kind.cell, kind, i)
            else:
                self.session.put_item(base_kind.cell, kind, position)
            self.record(place, self.target_of(self.element(base_kind, index_kind, target), op))
            self.emit(core.Store(statement.lineno, place, op, residual))
        elif isinstance(base_kind, Dict):
            self.check_key(index_kind, statement)
            if op and base_kind.cell.factory is not None:
                self.fill_missing(base_kind, base, (index_kind, index), statement)
            if op:
                old = self.element(base_kind, index_kind, target)
                if self.changed_itself(old, place, op, (kind, residual), statement):
                    return
                kind, residual, op = self.combined(old, place, op, kind, residual, statement)
            if isinstance(index_kind, Const):
                self.session.put_new_key(base_kind.cell, index_kind.value, kind)
            else:
                self.session.put_item(base_kind.cell, kind, key=index_kind)
            self.record(place, self.target_of(self.element(base_kind, index_kind, target), op))
            self.emit(core.Store(statement.lineno, place, op, residual))
        else:
            if varied(kind) or varied(base_kind) or holds_text(kind):
                raise self.refusal(
                    "E403",
                    "a differentiable value is stored into something srcgrad can't follow",
                    statement,
                    "store into what the program makes or is given, or return the value",
                )
            self.record(place, Unknown())
            self.emit(core.Effect(statement.lineno, self.rebuilt_store(statement, place, op, residual)))

    def is_part(self, base: gast.expr) -> bool:
        """A name, a member of a container, an attribute of an object, or what an index selects: no view made by a call or `.T`."""
        while not isinstance(base, gast.Name):
            if not isinstance(base, (gast.Subscript, gast.Attribute)):
                return False
            if isinstance(base, gast.Attribute) and is_number(self.function.kinds.get(id(base.value), Unknown())):
                return False
            base = base.value
        return True

    def updated(self, got: Value, op: str, other: Value, statement: gast.stmt) -> Value:
        """What is set after `m[i] op= e`, where a method gave m[i]: of an array or a list it is that itself, changed."""
        kind, residual = got
        if not is_memory(kind):
            node = self.keep(gast.copy_location(gast.BinOp(residual, OPERATOR_NODES[op](), other[1]), statement))
            kind, residual = self.binary(op, kind, residual, *other, node)
            self.record(residual, kind)
            return kind, residual
        name = self.hoist(kind, residual, "part")
        operand = self.operand(statement, "updated", other)
        update = gast.AugAssign(name_node(name.id, statement, store=True), OPERATOR_NODES[op](), operand)
        self.do_AugAssign(self.memo(("update", id(statement), name.id), lambda: gast.copy_location(update, statement)))
        return self.evaluate(self.memo(("updated", id(statement), name.id), lambda: name_node(name.id, statement)))

    def rebuilt_store(self, statement: gast.stmt, place: gast.expr, op: str, residual: gast.expr) -> gast.stmt:
        if op:
            return self.keep(gast.copy_location(gast.AugAssign(place, OPERATOR_NODES[op](), residual), statement))
        return self.keep(gast.copy_location(gast.Assign([place], residual, None), statement))

    def target_of(self, kind: Kind, op: str) -> Kind:
        """What is stored into: what is changed by `op=` is not None, of which that raises an error."""
        able = self.able(kind)
        return able[0] if op and len(able) == 1 else kind

    def changed_itself(self, old: Kind, place: gast.expr, op: str, value: Value, statement: gast.stmt) -> bool:
        """Is it a list that `d[k] += more` changes, so that nothing is stored?"""
        able = self.able(old)
        if not op or len(able) != 1 or not isinstance(able[0], List):
            return False
        load = self.memo(("load", id(statement)), lambda: self.as_load(place))
        self.record_places(place, load)
        self.record(load, able[0])
        self.updated((able[0], load), op, value, statement)
        return True

    def combined(
        self, old: Kind, place: gast.expr, op: str, kind: Kind, residual: gast.expr, statement: gast.stmt
    ) -> tuple[Kind, gast.expr, str]:
        """The kind that an element has after `s[i] op= e`."""
        if not op:
            return kind, residual, op
        able = self.able(old)
        old = able[0] if len(able) == 1 else old  # of None an error is raised
        if isinstance(old, OneOf) and any(map(is_memory, able)):
            raise CannotTell("what is changed in place here")
        if isinstance(old, Array) and old.sizes == ():
            text = "an array without axes in a container or an object is changed in place"
            raise self.refusal("E401", text, statement, "keep a number there, float(x), or write `a = a + b`")
        if isinstance(old, Array):
            return (set_varied(old, True) if varied(kind) else old), residual, op
        if is_number(old) and is_number(kind):
            self.at(statement)
            return self.infer.binary(op, old, kind), residual, op
        return *self.spelled_out(old, place, op, kind, residual, statement), ""

    def number_or_array(self, statement: gast.stmt) -> Exception:
        text = "what is changed in place here may be a number or an array without axes"
        return self.refusal("E401", text, statement, "keep numbers only here, or arrays only: float(x), np.array(x)")

    def spelled_out(
        self, old: Kind, place: gast.expr, op: str, kind: Kind, residual: gast.expr, statement: gast.stmt
    ) -> Value:
        """The value of `place op e`, which is stored instead of `place op= e`."""
        load = self.memo(("load", id(statement)), lambda: self.as_load(place))
        self.record_places(place, load)
        self.record(load, old)
        node = self.keep(gast.copy_location(gast.BinOp(load, OPERATOR_NODES[op](), residual), statement))
        kind, value = self.binary(op, old, load, kind, residual, node)
        self.record(value, kind)
        return kind, value

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
        able = [k for k in self.able(kind) if is_number(k)]
        if isinstance(kind, OneOf) and len(able) == 1:
            kind, residual = able[0], self.narrowed_to(able[0], residual)  # to store anything else raises an error
        if not (is_number(kind) or isinstance(kind, (Unknown, List, Tuple))):
            raise CannotTell(f"storing a {type(kind).__name__.lower()} into an array")
        if isinstance(kind, (List, Tuple)) and varied(kind):
            kind, residual = self.as_array((kind, residual), statement, "stored")
        if op in ("@", "//") or op not in ("", "+", "-") and selects_by_arrays(index, masks=False):
            kind, residual = self.spelled_out(old, place, op, kind, residual, statement)
            op = ""
        if op:
            self.infer.binary(op, old, kind)
        elif is_number(kind):
            self.infer.broadcast([widen(old), widen(kind)])
        if varied(kind) and (not varied(base_kind) or self.is_held(base)):
            self.make_varied(base, statement)
            old = set_varied(old, True)
        self.record(place, old)
        self.emit(core.Store(statement.lineno, place, op, residual))

    def make_varied(self, base: gast.expr, statement: gast.AST) -> None:
        """An array varies from now on: the name or the container that holds it, and names bound to views of it."""
        root: gast.expr = base
        if isinstance(root, gast.Name):
            kind = self.env.get(root.id) or next(
                (k for n, k in self.env.items() if self.local_text(n) == root.id), Bottom()
            )
            parameters = {p.id for p in self.function.params}
            for name in self.sharing(root.id):
                # of an object of a library it is found out later, by what shares memory with its parts
                if name in self.env and not self.is_data(self.env[name]):
                    self.env[name] = self.varying(self.env[name])
                held = self.env.get(name, Unknown())
                if self.local_text(name) in parameters and is_memory(held) and varied(held):
                    self.variant.varied_params.add(name)
            self.record(root, set_varied(kind, True))
            return
        holder: Any = root.value  # type: ignore[attr-defined]
        kind = self.function.kinds[id(holder)]
        if isinstance(root, gast.Subscript) and isinstance(kind, Array):
            self.make_varied(holder, statement)
            self.record(root, set_varied(self.function.kinds[id(root)], True))
            return
        if isinstance(kind, Object) and self.is_data(kind):
            raise self.stored_into_data(kind, statement)
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
            "store into an array that the program makes or is given",
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
                self.session.put_item(cell, self.varying(cell.item, seen), key=cell.key)
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
        self, target: gast.Attribute, op: str, kind: Kind, residual: gast.expr, statement: gast.stmt
    ) -> None:
        base_kind, base = self.evaluate(target.value)
        self.check_not_frozen(base_kind, target.attr, statement)
        self.set_attribute(base_kind, base, target, op, kind, residual, statement)

    def check_not_frozen(self, kind: Kind, name: str, node: gast.AST) -> None:
        if is_frozen(kind):
            raise self.refusal(
                "E302", f"{name!r} of a frozen dataclass is assigned, which raises an error", node,
                "use dataclasses.replace(...)",
            )  # fmt: skip

    def set_attribute(
        self,
        base_kind: Kind,
        base: gast.expr,
        target: gast.Attribute,
        op: str,
        kind: Kind,
        residual: gast.expr,
        statement: gast.stmt,
    ) -> None:
        if isinstance(base_kind, OneOf):
            objects = [k for k in base_kind.options if isinstance(k, Object)]
            base_kind = objects[0] if len(objects) == 1 else base_kind
            if len(objects) > 1 and len(objects) == len(self.able(base_kind)):
                self.set_attribute_of_each(objects, base_kind, base, target, op, (kind, residual), statement)
                return
        if not isinstance(base_kind, Object):
            if varied(kind) or varied(base_kind) or holds_text(kind):
                raise self.refusal(
                    "E403",
                    "a differentiable value is stored into an attribute srcgrad can't follow",
                    statement,
                    "store into what the program makes or is given, or return the value",
                )
            self.emit(core.Effect(statement.lineno, statement))
            return
        if self.is_data(base_kind):
            raise self.refusal(
                "E204", f"the attribute {target.attr!r} of a {base_kind.cls.__name__} is assigned", statement,
                "make another one, of the changed parts",
            )  # fmt: skip
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
                kind, residual = self.updated((old, current), op, (kind, residual), statement)
            self.call_property_setter(base_kind, base, target.attr, (kind, residual), statement)
            return
        old = self.stored_attribute(base_kind, target.attr)
        if op and old is not None:
            if is_array(old):
                self.store_check(old, kind, op, statement)
            if self.changed_itself(old, place, op, (kind, residual), statement):
                return
            kind, residual, op = self.combined(old, place, op, kind, residual, statement)
        self.session.put_key(base_kind.cell, target.attr, kind)
        self.session.stored.add(target.attr)
        self.record(place, self.target_of(base_kind.cell.keys[target.attr], op))
        self.emit(core.Store(statement.lineno, place, op, residual))

    def set_attribute_of_each(
        self, objects: list[Object], whole: Kind, base: gast.expr, target: gast.Attribute, op: str, value: Value,
        statement: gast.stmt,
    ) -> None:  # fmt: skip
        """`p.x = e` where p is one of several objects, each of which just holds it."""
        for one in objects:
            self.check_not_frozen(one, target.attr, statement)
            if self.setter(one, target.attr) is not None:
                raise CannotTell(f"what setting {target.attr!r} does")
        kind, residual = value
        place = self.keep(
            gast.copy_location(gast.Attribute(self.place(whole, base, "part"), target.attr, gast.Store()), target)
        )
        if op:
            old = [k for one in objects if (k := self.stored_attribute(one, target.attr)) is not None]
            kind, residual, op = self.combined(self.session.together(old), place, op, kind, residual, statement)
        for one in objects:
            self.session.put_key(one.cell, target.attr, kind)
        self.session.stored.add(target.attr)
        self.record(place, self.target_of(self.session.together([one.cell.keys[target.attr] for one in objects]), op))
        self.emit(core.Store(statement.lineno, place, op, residual))

    def do_Delete(self, statement: gast.Delete) -> None:
        for target in statement.targets:
            if isinstance(target, gast.Name):
                self.env.pop(target.id, None)
                continue
            if isinstance(target, gast.Subscript):
                self.delete_part(target, statement)
                continue
            raise self.refusal("E302", "`del` of a part of a differentiable value", target, "make a new one without it")
