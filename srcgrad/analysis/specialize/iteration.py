"""How is a loop over a sequence put as a loop over positions?"""

from __future__ import annotations

import copy
import enum
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.kinds import (
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Holder,
    Iterable,
    Kind,
    List,
    Object,
    OneOf,
    Row,
    Text,
    Tuple,
    Unknown,
    Word,
    has_known_keys,
    is_scalar,
    is_text,
    join_all,
    varied,
    widen,
)
from srcgrad.analysis.specialize.iterating import is_iterator
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.unrolling import UNROLL
from srcgrad.analysis.specialize.values import Value
from srcgrad.analysis.specialize.zipping import Zipping, ast_key
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in


def widen_all(kind: Kind) -> Kind:
    """Of several strings, numbers or the like it is not known which."""
    kind = widen(kind)
    if (
        isinstance(kind, OneOf)
        and all(isinstance(k, Const) for k in kind.options)
        and not any(callable(k.value) for k in kind.options)  # type: ignore[attr-defined]
    ):  # type: ignore[attr-defined]
        return Word() if all(isinstance(k.value, str) for k in kind.options) else Unknown()  # type: ignore[attr-defined]
    return kind


def any_of(kinds: list[Kind]) -> Kind:
    """The kind of one of these, whichever."""
    if len(kinds) > 1 and all(is_text(k) for k in kinds):
        return Word()
    return widen_all(join_all([widen(k) for k in kinds]))


def ends(iterable: gast.expr) -> tuple[int, int] | None:
    """How many positions a slice leaves out at both ends: (1, 0) of `x[1:]`, (0, 1) of `x[:-1]`."""
    piece = iterable.slice if isinstance(iterable, gast.Subscript) else None
    if not isinstance(piece, gast.Slice) or piece.step is not None:
        return None
    found = []
    for bound, sign in ((piece.lower, 1), (piece.upper, -1)):
        value = bound.operand if isinstance(bound, gast.UnaryOp) and isinstance(bound.op, gast.USub) else bound
        count = 0 if value is None else getattr(value, "value", None)
        if type(count) is not int or value is not None and (count <= 0 or (value is bound) != (sign > 0)):
            return None
        found.append(count)
    return found[0], found[1]


def may_hold(kind: Kind, wanted: List, seen: set[int]) -> bool:
    """May the list be found in a value of this kind?"""
    if isinstance(kind, Unknown):
        return True
    if isinstance(kind, Holder):
        if kind.cell is wanted.cell:
            return True
        if id(kind.cell) in seen:
            return False
        seen.add(id(kind.cell))
        inside = list(kind.cell.members())
    elif isinstance(kind, Closure):
        inside = [k for _, k in kind.captured]
    else:
        inside = list(kind.items if isinstance(kind, Tuple) else kind.options if isinstance(kind, OneOf) else ())
    return any(may_hold(k, wanted, seen) for k in inside)


class Iteration(Zipping):
    """Loops over sequences, and over zip, enumerate, reversed and dict views."""

    def for_index(
        self,
        statement: gast.For,
        sequences: list[Value],
        rest: Any,
        backwards: bool = False,
        index_name: str | None = None,
        left_out: tuple[int, int] = (0, 0),
    ) -> None:
        """Loop over positions: `for i in range(len(s))`, with `rest(i)` the statements that set the user's targets.

        left_out: how many positions at the beginning and at the end.
        """
        index = index_name or self.temporary(statement, "i")
        self.local_names.add(index)
        lengths = [self.length(kind, residual) for kind, residual in sequences]
        if len(lengths) > 1 and self.same_lengths(sequences):
            lengths = lengths[:1]
        key = (id(statement), "range", tuple(id(r) for _, r in sequences))

        def make() -> gast.expr:
            stop = lengths[0] if len(lengths) == 1 else gast.Call(name_node("min", statement), lengths, [])
            start, end = left_out
            if end:
                stop = gast.BinOp(stop, gast.Sub(), constant_node(end, statement))
            bounds = [constant_node(start, statement), stop] if start else [stop]
            call: gast.expr = gast.Call(name_node("range", statement), bounds, [])
            if backwards:
                call = gast.Call(name_node("reversed", statement), [call], [])
            for child in nodes_in(call):
                if isinstance(child, gast.expr) and not hasattr(child, "lineno"):
                    gast.copy_location(child, statement)
            return call

        iterable = self.keep(make()) if key else None
        self.record(iterable, Unknown())
        body = [*rest(index), *statement.body]
        shell = self.memo(
            ("shell", id(statement)),
            lambda: gast.copy_location(
                gast.For(name_node(index, statement, store=True), iterable, body, [], None), statement
            ),
        )
        shell.body = body
        self.loop(shell, INT, iterable, True)

    def length(self, kind: Kind, residual: gast.expr) -> gast.expr:
        node = self.keep(gast.copy_location(gast.Call(name_node("len", residual), [residual], []), residual))
        self.record(node, INT)
        return node

    def same_lengths(self, sequences: list[Value]) -> bool:
        sizes = []
        for kind, _ in sequences:
            if isinstance(kind, Array) and kind.sizes:
                sizes.append(kind.sizes[0])
            elif isinstance(kind, List) and kind.cell.length is not None:
                sizes.append(kind.cell.length)
            else:
                return False
        return all(self.facts.equal(sizes[0], s) for s in sizes[1:])

    def sequence(self, node: gast.expr, statement: gast.For) -> Value:
        """What a loop runs over, as a name that the loop does not rebind."""
        kind, residual = self.iterated(self.evaluate(node), node)
        if is_iterator(kind) and not self.is_used_once(node):
            raise CannotTell("a loop over parts of an iterator that is used in several places")
        return self.held(kind, residual, statement)

    def held(self, kind: Kind, residual: gast.expr, statement: gast.For) -> Value:
        rebound = {
            n.id
            for s in statement.body
            for n in nodes_in(s)
            if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        rebound |= {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
        inner = residual
        while isinstance(inner, (gast.Subscript, gast.Attribute)):
            inner = inner.value
        read = {n.id for n in nodes_in(residual) if isinstance(n, gast.Name)}
        stable = isinstance(residual, gast.Name) or isinstance(inner, gast.Name) and not isinstance(residual, gast.Call)
        if stable and not read & rebound:
            return kind, residual
        name = self.temporary(residual, "sequence")
        self.emit(self.assign(name, residual, kind, residual))
        self.env[name] = kind
        node = self.keep(name_node(name, residual))
        self.record(node, kind)
        return kind, node

    def set_element(self, target: gast.expr, sequence: gast.expr, index: str, statement: gast.AST) -> list[gast.stmt]:
        """`target = sequence[index]`."""

        def make() -> list[gast.stmt]:
            part = gast.copy_location(gast.Subscript(sequence, name_node(index, statement), gast.Load()), statement)
            return self.desugared([gast.copy_location(gast.Assign([target], part, None), statement)])

        return self.memo(("element", id(target), index, ast_key(sequence)), make)

    def for_members(self, statement: gast.For, kind: Kind, residual: gast.expr) -> None:
        """A loop over the members of a value."""
        if isinstance(kind, Bottom):
            raise NoValue("what the loop runs over has no value")
        if isinstance(kind, OneOf):
            choices = [k for k in kind.options if isinstance(k, (Array, List, Tuple, Dict))]
            if len(choices) == 1:
                kind = choices[0]
        if isinstance(kind, Dict):
            self.for_dict(statement, kind, residual, "keys")
            return
        if isinstance(kind, Const) and isinstance(kind.value, enum.EnumMeta):
            self.unroll(statement, self.enum_members(kind.value, statement))
            return
        if self.has_method(kind, "__iter__"):
            self.for_members(statement, *self.iterated((kind, residual), statement))
            return
        if isinstance(kind, (Tuple, List)):
            members = self.known_members(kind, residual)
            if members == []:
                return
            if members is not None and (
                self.unlike([k for k, _ in members])
                or isinstance(kind, Tuple) and varied(kind)
                or all(is_text(k) for k, _ in members) and self.wants_unrolling(statement)
            ):
                if len(members) <= UNROLL:
                    self.check_unchanged(kind, residual, statement)
                    self.unroll(statement, self.known_members(*self.held(kind, residual, statement)) or members)
                    return
        iterable_array = isinstance(kind, Array) and kind.sizes
        if (iterable_array or isinstance(kind, List)) and (varied(kind) or iterable_array or self.holds_memory(kind)):
            self.check_unchanged(kind, residual, statement)
            kind, residual = self.held(kind, residual, statement)
            self.for_index(
                statement, [(kind, residual)], lambda i: self.set_element(statement.target, residual, i, statement)
            )
            return
        if varied(kind) or isinstance(kind, (Array, Object)):
            raise CannotTell("a loop over this")
        self.loop(statement, self.passive_element(kind), residual, self.can_ask_again(residual, statement))

    def for_slice(self, statement: gast.For, iterable: gast.expr) -> bool:
        """`for layer in layers[:-1]`: by the positions of the whole, if nothing in the loop gets at a list that is sliced.

        A slice of a list is another list, of which the adjoints are not those of the whole.
        """
        left_out = ends(iterable)
        if left_out is None:
            return False
        kind, residual, steps = self.aside(lambda: self.evaluate(iterable.value))  # type: ignore[attr-defined]
        if steps or not isinstance(kind, (List, Array)) or isinstance(kind, Array) and not kind.sizes:
            return False
        members = self.known_members(kind, residual) if isinstance(kind, List) else None
        if not tree.is_place(residual):
            return False
        if members is not None and len(members) == 1 + sum(left_out):
            self.unroll(statement, members[left_out[0] : left_out[0] + 1])
            return True
        if members is not None and self.unlike([k for k, _ in members]):
            return False
        read = {n.id for s in statement.body for n in nodes_in(s) if isinstance(n, gast.Name)}
        if isinstance(kind, List) and any(may_hold(self.env.get(name, Bottom()), kind, set()) for name in read):
            return False
        kind, residual = self.held(kind, residual, statement)
        self.for_index(
            statement, [(kind, residual)], lambda i: self.set_element(statement.target, residual, i, statement),
            left_out=left_out,
        )  # fmt: skip
        return True

    def holds_memory(self, kind: Kind) -> bool:
        return isinstance(kind, List) and any(
            not is_scalar(k) and not isinstance(k, (Const, Bottom)) for k in kind.cell.members()
        )

    def passive_element(self, kind: Kind) -> Kind:
        if isinstance(kind, Tuple):
            return any_of(list(kind.items))
        if isinstance(kind, List):
            return widen_all(self.session.loosen_all(join_all([widen(k) for k in kind.cell.members()])))
        if isinstance(kind, Const):
            try:
                return INT if isinstance(kind.value, range) else any_of([Const(v) for v in kind.value])
            except TypeError as error:
                raise CannotTell(str(error)) from error
        if isinstance(kind, Iterable):
            return self.session.told_apart(kind.item, "member", self.infer.site)
        if isinstance(kind, Row):
            return kind.item
        if isinstance(kind, OneOf):
            members = [self.passive_element(k) for k in kind.options if k != Const(None)]
            return any_of([k for k in members if not isinstance(k, Bottom)])
        if isinstance(kind, Text):
            return kind
        if isinstance(kind, Dict) and isinstance(kind.cell.item, Bottom):
            return any_of([Const(k) for k in kind.cell.keys])
        if isinstance(kind, Dict):
            return kind.cell.any_key()
        return Unknown()

    def can_ask_again(self, residual: gast.expr, statement: gast.For) -> bool:
        """Will the sequence be the same when the loop is reversed?"""
        return isinstance(residual, (gast.Tuple, gast.List, gast.Constant)) and all(
            isinstance(n, (gast.Tuple, gast.List, gast.Constant, gast.expr_context, gast.UnaryOp, gast.USub))
            for n in nodes_in(residual)
        )

    def check_unchanged(self, kind: Kind, residual: gast.expr, statement: gast.For) -> None:
        """A list that its own loop makes longer or shorter can't be followed."""
        if not isinstance(kind, List) or not isinstance(residual, gast.Name):
            return
        for node in [n for s in statement.body for n in nodes_in(s)]:
            if (
                isinstance(node, gast.Call)
                and isinstance(node.func, gast.Attribute)
                and isinstance(node.func.value, gast.Name)
            ):
                if node.func.value.id == residual.id and node.func.attr in (
                    "append",
                    "pop",
                    "insert",
                    "remove",
                    "extend",
                    "clear",
                ):
                    raise self.refusal(
                        "E305", "this loop changes the list it runs over", node, "loop over a copy of it"
                    )

    def known_members(self, kind: Kind, residual: gast.expr) -> list[Value] | None:
        try:
            return self.members(kind, residual)
        except CannotTell:
            return None

    def for_dict(self, statement: gast.For, kind: Dict, residual: gast.expr, view: str) -> None:
        known = isinstance(kind.cell.item, Bottom)
        kinds = list(kind.cell.keys.values())
        if view != "keys" and kind.cell.whole and known and self.unlike(kinds):
            place = self.held(kind, residual, statement)[1]
            items = []
            for key in kind.cell.keys:
                part = self.keep(
                    gast.copy_location(gast.Subscript(place, self.constant(key, statement), gast.Load()), statement)
                )
                self.record(part, kind.cell.keys[key])
                value: Value = (kind.cell.keys[key], part)
                if view == "items":
                    pair = self.keep(
                        gast.copy_location(gast.Tuple([self.constant(key, statement), part], gast.Load()), statement)
                    )
                    value = (Tuple((Const(key), kind.cell.keys[key])), pair)
                items.append(value)
            self.unroll(statement, items)
            return
        if view == "keys" and self.picks_members(kind, statement):
            self.unroll(statement, [(Const(key), self.constant(key, statement)) for key in kind.cell.keys])
            return
        kind_held, place = self.held(kind, residual, statement)
        keys = self.memo(("keys", id(statement)), lambda: self.temporary(statement, "key"))
        call = self.keep(gast.copy_location(gast.Call(name_node("list", statement), [place], []), statement))
        self.record(call, Unknown())
        element = widen_all(kind.cell.any_key())
        if view == "keys":
            self.loop(statement, element, call, counted=False)
            return
        target = statement.target

        def make() -> list[gast.stmt]:
            part = gast.copy_location(gast.Subscript(place, name_node(keys, statement), gast.Load()), statement)
            value: gast.expr = part
            if view == "items":
                value = gast.copy_location(gast.Tuple([name_node(keys, statement), part], gast.Load()), statement)
            return self.desugared([gast.copy_location(gast.Assign([target], value, None), statement)])

        before = self.memo(("dict", id(statement)), make)
        self.local_names.add(keys)
        shell = self.memo(
            ("shell", id(statement)),
            lambda: gast.copy_location(
                gast.For(name_node(keys, statement, store=True), call, [*before, *statement.body], [], None), statement
            ),
        )
        self.loop(shell, element, call, counted=False)

    def picks_members(self, kind: Dict, statement: gast.For) -> bool:
        """Do the keys of this dict, which are known, pick among unlike things?"""
        if not has_known_keys(kind) or len(kind.cell.keys) > UNROLL:
            return False
        return varied(kind) and self.unlike(list(kind.cell.keys.values())) or self.wants_unrolling(statement)

    def for_listed_keys(self, statement: gast.For, listed: gast.expr, in_order: bool) -> bool:
        """A loop over the keys of a dict in a list, or sorted; False if it is another loop."""
        if isinstance(listed, gast.Call) and isinstance(listed.func, gast.Attribute) and listed.func.attr == "keys":
            listed = listed.func.value
        kind = self.kind_of_place(listed)
        if not isinstance(kind, Dict) or not self.picks_members(kind, statement):
            return False
        names = list(kind.cell.keys)
        if in_order:
            if not all(isinstance(name, str) for name in names):
                return False
            names.sort()
        self.unroll(statement, [(Const(name), self.constant(name, statement)) for name in names])
        return True

    def for_enumerate(self, statement: gast.For, call: gast.Call) -> None:
        start = call.args[1] if len(call.args) > 1 else call.keywords[0].value if call.keywords else None
        pairs = self.zipped(call.args[0], statement)
        if pairs is not None:
            start_node = self.evaluate(start)[1] if start is not None else None
            self.count_loop(statement, pairs, lambda i: self.pair_of(pairs, i, statement), start_node)
            return
        kind, residual = self.sequence_of(call.args[0], statement)
        start_kind, start_node = self.evaluate(start) if start is not None else (Const(0), None)
        members = self.known_members(kind, residual) if not isinstance(kind, Array) else None
        if (
            members is not None
            and self.unlike([k for k, _ in members])
            and len(members) <= UNROLL
            and isinstance(start_kind, Const)
        ):
            items = []
            for i, (k, r) in enumerate(members):
                pair = self.keep(
                    gast.copy_location(
                        gast.Tuple([self.constant(i + start_kind.value, statement), r], gast.Load()), statement
                    )
                )
                items.append((Tuple((Const(i + start_kind.value), k)), pair))
            self.unroll(statement, items)  # type: ignore[arg-type]
            return
        if not self.indexable(kind):
            whole = self.evaluate(call)
            self.loop(statement, self.passive_element(whole[0]), whole[1], False)
            return
        self.count_loop(
            statement, [(kind, residual)], lambda i: gast.Subscript(residual, name_node(i, statement), gast.Load()),
            start_node,
        )  # fmt: skip

    def count_loop(self, statement: gast.For, sequences: list[Value], part: Any, start: gast.expr | None) -> None:
        """Loop over positions, with `part(i)` the element at position i, and the count from `start` on beside it."""
        for kind, residual in sequences:
            self.check_unchanged(kind, residual, statement)
        target, key = statement.target, tuple(ast_key(r) for _, r in sequences)
        pair = list(target.elts) if isinstance(target, (gast.Tuple, gast.List)) and len(target.elts) == 2 else []
        if any(isinstance(t, gast.Starred) for t in pair):
            pair = []
        counter = pair[0].id if pair and start is None and isinstance(pair[0], gast.Name) else None
        if counter is not None and self.stored_in(counter, statement.body):
            counter = None

        def rest(index: str) -> list[gast.stmt]:
            def make() -> list[gast.stmt]:
                count: gast.expr = name_node(index, statement)
                if start is not None:
                    count = gast.BinOp(count, gast.Add(), start)
                element = part(index)
                values = [([target], gast.Tuple([count, element], gast.Load()))]
                if pair:
                    values = [([t], v) for t, v in zip(pair, (count, element))][counter is not None :]
                for node in (count, element, *(v for _, v in values)):
                    gast.copy_location(node, statement)
                return self.desugared([gast.copy_location(gast.Assign(t, v, None), statement) for t, v in values])

            return self.memo(("enumerate", id(statement), key), make)

        self.for_index(statement, sequences, rest, index_name=counter)

    def stored_in(self, name: str, body: list[gast.stmt]) -> bool:
        return any(
            isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Store)
            for s in body
            for n in nodes_in(s)
        )

    def indexable(self, kind: Kind) -> bool:
        return (isinstance(kind, Array) and bool(kind.sizes)) or isinstance(kind, (List, Tuple))

    def sequence_of(self, node: gast.expr, statement: gast.For) -> Value:
        """The operand of enumerate, zip or reversed; an iterator is made a list first."""
        if (
            isinstance(node, gast.Call)
            and isinstance(node.func, gast.Name)
            and node.func.id in ("zip", "enumerate", "map", "filter", "reversed")
        ):
            kind, _ = self.use_name(node.func.id)
            if isinstance(kind, Const) and kind.value in (zip, enumerate, map, filter, reversed):
                node = self.memo(
                    ("listed", id(node)),
                    lambda: gast.copy_location(gast.Call(name_node("list", node), [node], []), node),
                )
        return self.sequence(node, statement)

    def for_reversed(self, statement: gast.For, call: gast.Call) -> None:
        inner = call.args[0]
        if (
            isinstance(inner, gast.Call)
            and isinstance(inner.func, gast.Name)
            and inner.func.id == "range"
            and self.use_name("range")[0] == Const(range)
        ):
            values = [self.evaluate(a) for a in inner.args]
            same = all(r is a for (_, r), a in zip(values, inner.args))
            residual: gast.expr = call
            if not same:
                ranged = gast.copy_location(gast.Call(inner.func, [r for _, r in values], []), inner)
                residual = self.keep(gast.copy_location(gast.Call(call.func, [ranged], []), call))
            self.record(residual, Unknown())
            self.loop(statement, INT, residual, True)
            return
        kind, sequence = self.sequence_of(inner, statement)
        if isinstance(kind, Tuple) or (
            isinstance(kind, List) and kind.cell.items is not None and self.unlike(kind.cell.items)
        ):
            self.unroll(statement, list(reversed(self.members(kind, sequence))))
            return
        if not self.indexable(kind):
            if varied(kind):
                raise CannotTell("a loop over this")
            whole = self.evaluate(call)
            self.loop(statement, self.passive_element(kind), whole[1], False)
            return
        self.check_unchanged(kind, sequence, statement)
        self.for_index(
            statement,
            [(kind, sequence)],
            lambda i: self.set_element(statement.target, sequence, i, statement),
            backwards=True,
        )

    def for_map(self, statement: gast.For, call: gast.Call) -> None:
        kind, residual = self.evaluate(call)
        self.for_members(statement, kind, residual)

    def for_filter(self, statement: gast.For, call: gast.Call) -> None:
        kind, residual = self.evaluate(call)
        self.for_members(statement, kind, residual)

    def set_target(self, statement: gast.For, kind: Kind, residual: gast.expr, i: int) -> None:
        target = (
            statement.target
            if i == 0
            else self.memo(("target copy", id(statement), i), lambda: copy.deepcopy(statement.target))
        )
        if isinstance(target, gast.Name):
            self.bind(target, kind, residual, statement, len(self.block))
            return
        for part, (k, r) in zip(target.elts, self.members(kind, residual)):
            if isinstance(part, gast.Name):
                self.bind(part, k, r, statement, len(self.block))
            else:
                for inner, (ik, ir) in zip(part.elts, self.members(k, r)):
                    self.bind(inner, ik, ir, statement, len(self.block))
