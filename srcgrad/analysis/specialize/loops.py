"""How is a loop specialised?  To a fixed point of the environment at its head; over unlike members, by unrolling."""

from __future__ import annotations

import copy
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import CannotTell, NoValue
from srcgrad.analysis.kinds import (
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Text,
    Tuple,
    Unknown,
    is_scalar,
    join_all,
    varied,
    widen,
)
from srcgrad.analysis.specialize.expressions import Value
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.statements import Statements
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in

UNROLL = 24


class Loops(Statements):
    """Visitors of loops."""

    def fixed_point(self, node: Any, run: Any) -> None:
        """Run a loop body until the environment at its head no longer changes; the last pass counts."""
        entry = dict(self.env)
        seen = self.memo(("head", id(node)), dict)
        block = self.block
        for _ in range(40):
            head = {}
            self.facts.scopes.append((id(node), self.copies))
            for name in {**entry, **seen}:
                old, new = entry.get(name, Bottom()), seen.get(name, Bottom())
                if name in entry or not isinstance(new, Bottom):
                    self.note_grown(name, old, new)
                    head[name] = self.session.joined(old, new, "head", id(node), name, self.copies)
            version = self.session.version
            self.env, self.dead, self.block = dict(head), False, []
            self.breaks.append([])
            run()
            ends = self.breaks.pop()
            if not self.dead:
                ends.append(self.env)
            self.facts.scopes.pop()
            steps = self.block
            changed = False
            for end in ends:
                for name, kind in end.items():
                    kind = self.session.escaping(
                        kind,
                        (id(node), self.copies),
                        "carried",
                        id(node),
                        name,
                        self.copies,
                    )
                    old = seen.get(name, Bottom())
                    new = self.session.joined(old, kind, "head", id(node), name, self.copies)
                    if new != old:
                        seen[name] = new
                        changed = True
            if not changed and version == self.session.version:
                break
        else:
            raise self.refusal("E303", "the kinds of values in this loop do not settle", node)
        self.block, self.dead = block, False
        after = dict(head)
        for end in ends:
            after = self.join_env(after, end, id(node), "after")
        self.env = after
        self.loop_steps = steps

    def do_While(self, statement: gast.While) -> None:
        def run() -> None:
            nonlocal test, always  # type: ignore[misc]
            kind, test = self.evaluate(statement.test)
            truth = self.truth(kind)
            always = truth is True
            if truth is False:
                self.dead = True
                return
            if self.block:
                # The test takes statements of its own: `while True: ...; if not test: break`
                steps, self.block = self.block, []
                self.breaks[-1].append(dict(self.env))
                self.narrow(statement.test, True)
                self.execute(statement.body)
                leave: list[core.Step] = [core.Break(statement.lineno)]
                self.block = [
                    *steps,
                    core.If(statement.lineno, test, self.block, leave),
                ]
                test = self.memo(("true", id(statement)), lambda: constant_node(True, statement))
                self.record(test, Const(True))
                return
            self.narrow(statement.test, True)
            self.execute(statement.body)

        test: gast.expr = statement.test
        always = False
        dead = self.dead
        self.fixed_point(statement, run)
        self.emit(core.While(statement.lineno, test, self.loop_steps))
        self.dead = dead

    def do_For(self, statement: gast.For) -> None:
        iterable = statement.iter
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Name):
            kind, _ = self.use_name(iterable.func.id)
            if isinstance(kind, Const):
                handler = {
                    id(range): self.for_range, id(enumerate): self.for_enumerate, id(zip): self.for_zip,
                    id(reversed): self.for_reversed, id(map): self.for_map, id(filter): self.for_filter,
                }.get(id(kind.value))  # fmt: skip
                plain = not iterable.keywords and not any(isinstance(a, gast.Starred) for a in iterable.args)
                if handler is not None and (plain or handler == self.for_enumerate):
                    handler(statement, iterable)
                    return
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Attribute) and not iterable.args:
            name = iterable.func.attr
            if name in ("items", "keys", "values"):
                kind, residual = self.evaluate(iterable.func.value)
                if isinstance(kind, Dict):
                    self.for_dict(statement, kind, residual, name)
                    return
        kind, residual = self.evaluate(iterable)
        self.for_members(statement, kind, residual)

    # The kinds of loops

    def for_range(self, statement: gast.For, call: gast.Call) -> None:
        values = [self.evaluate(a) for a in call.args]
        same = all(r is a for (_, r), a in zip(values, call.args))
        residual = (
            call if same else self.keep(gast.copy_location(gast.Call(call.func, [r for _, r in values], []), call))
        )
        self.record(residual, Unknown())
        constants = [k.value for k, _ in values if isinstance(k, Const)]
        if self.wants_unrolling(statement) and len(constants) == len(values) and len(range(*constants)) <= UNROLL:
            self.unroll(
                statement,
                [(Const(i), self.constant(i, statement)) for i in range(*constants)],
            )
            return
        self.loop(statement, INT, residual, True)

    def constant(self, value: Any, node: gast.AST) -> gast.expr:
        result = self.memo(("constant", id(node), repr(value)), lambda: constant_node(value, node))
        self.record(result, Const(value))
        return result

    def loop(
        self,
        statement: gast.For,
        kind: Kind,
        iterable: gast.expr,
        counted: bool,
        before: list[gast.stmt] | None = None,
    ) -> None:
        """`for target in iterable`, with statements that come first in the body."""
        target = statement.target
        simple = isinstance(target, gast.Name) and not self.differentiated_elsewhere(statement)
        name = target.id if simple else self.temporary(target, "item")
        body = list(statement.body)
        if not simple:
            unpack = self.memo(
                ("unpack", id(target)),
                lambda: gast.copy_location(gast.Assign([target], name_node(name, target), None), statement),
            )
            body = [*self.normal(unpack), *body]
        body = [*(before or []), *body]
        node = (
            target
            if simple and self.local_text(name) == name
            else self.memo(
                ("loop target", id(target)),
                lambda: name_node(self.local_text(name), target, store=True),
            )
        )

        def run() -> None:
            k = kind
            if isinstance(kind, Number) and kind.dtype.kind == "i":
                k = Number(
                    kind.dtype,
                    size=self.facts.fresh("loop", id(statement), self.copies),
                )
            self.env[name] = k
            self.record(node, k)
            self.execute(body)

        self.fixed_point(statement, run)
        self.emit(core.For(statement.lineno, node, iterable, self.loop_steps, counted))

    def differentiated_elsewhere(self, statement: gast.For) -> bool:
        """Is the loop variable's name also that of a value that varies?  Then the loop has a counter of its own."""
        name = statement.target.id
        assigned = any(
            isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Store)
            for inner in statement.body
            for n in nodes_in(inner)
        )
        return assigned or varied(self.env.get(name, Bottom()))

    def normal(self, assignment: gast.Assign) -> list[gast.stmt]:
        """An assignment to nested or starred targets, in normal form."""
        return self.memo(("normal", id(assignment)), lambda: self.desugared([assignment]))

    def desugared(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        raise NotImplementedError

    def for_index(
        self,
        statement: gast.For,
        sequences: list[Value],
        rest: Any,
        backwards: bool = False,
        index_name: str | None = None,
    ) -> None:
        """Loop over positions: `for i in range(len(s))`, with `rest(i)` the statements that set the user's targets."""
        index = index_name or self.temporary(statement, "i")
        self.local_names.add(index)
        lengths = [self.length(kind, residual) for kind, residual in sequences]
        if len(lengths) > 1 and self.same_lengths(sequences):
            lengths = lengths[:1]
        key = (id(statement), "range", tuple(id(r) for _, r in sequences))

        def make() -> gast.expr:
            stop = lengths[0] if len(lengths) == 1 else gast.Call(name_node("min", statement), lengths, [])
            call: gast.expr = gast.Call(name_node("range", statement), [stop], [])
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
                gast.For(name_node(index, statement, store=True), iterable, body, [], None),
                statement,
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
        kind, residual = self.evaluate(node)
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
            part = gast.copy_location(
                gast.Subscript(sequence, name_node(index, statement), gast.Load()),
                statement,
            )
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
        if isinstance(kind, Object) and self.has_method(kind, "__iter__"):
            self.for_members(
                statement,
                *self.call_method(kind, residual, "__iter__", [], {}, statement.iter),
            )
            return
        if isinstance(kind, (Tuple, List)):
            members = self.known_members(kind, residual)
            if members is not None and (
                self.unlike([k for k, _ in members]) or isinstance(kind, Tuple) and varied(kind)
            ):
                if len(members) <= UNROLL:
                    self.check_unchanged(kind, residual, statement)
                    self.unroll(
                        statement,
                        self.known_members(*self.held(kind, residual, statement)) or members,
                    )
                    return
        iterable_array = isinstance(kind, Array) and kind.sizes
        if (iterable_array or isinstance(kind, List)) and (varied(kind) or iterable_array or self.holds_memory(kind)):
            self.check_unchanged(kind, residual, statement)
            kind, residual = self.held(kind, residual, statement)
            self.for_index(
                statement,
                [(kind, residual)],
                lambda i: self.set_element(statement.target, residual, i, statement),
            )
            return
        if varied(kind) or isinstance(kind, (Array, Object)):
            raise CannotTell("a loop over this")
        self.loop(
            statement,
            self.passive_element(kind),
            residual,
            self.can_ask_again(residual, statement),
        )

    def holds_memory(self, kind: Kind) -> bool:
        return isinstance(kind, List) and any(
            not is_scalar(k) and not isinstance(k, (Const, Bottom)) for k in kind.cell.members()
        )

    def passive_element(self, kind: Kind) -> Kind:
        if isinstance(kind, Tuple):
            return widen_all(join_all([widen(k) for k in kind.items]))
        if isinstance(kind, List):
            return widen_all(self.session.loosen_all(join_all([widen(k) for k in kind.cell.members()])))
        if isinstance(kind, Const):
            try:
                found = join_all([widen(Const(v)) for v in kind.value])
            except TypeError as error:
                raise CannotTell(str(error)) from error
            return INT if isinstance(kind.value, range) else widen_all(found)
        if isinstance(kind, Iterable):
            return self.session.told_apart(kind.item, "member", self.infer.site)
        if isinstance(kind, Text):
            return kind
        if isinstance(kind, Dict) and isinstance(kind.cell.item, Bottom):
            return widen_all(join_all([widen(Const(k)) for k in kind.cell.keys]))
        return Unknown()

    def can_ask_again(self, residual: gast.expr, statement: gast.For) -> bool:
        """Will the sequence be the same when the loop is reversed?"""
        return isinstance(residual, (gast.Tuple, gast.List, gast.Constant)) and all(
            isinstance(
                n,
                (
                    gast.Tuple,
                    gast.List,
                    gast.Constant,
                    gast.expr_context,
                    gast.UnaryOp,
                    gast.USub,
                ),
            )
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
                        "E305",
                        "this loop changes the list it runs over",
                        node,
                        "loop over a copy of it",
                    )

    def known_members(self, kind: Kind, residual: gast.expr) -> list[Value] | None:
        try:
            return self.members(kind, residual)
        except CannotTell:
            return None

    def unlike(self, kinds: list[Kind]) -> bool:
        """Members that one loop body can't serve: functions, or values of different nature.

        What tells a library function is about few operands and axes: its loops are followed member by member.
        """
        if self.session.telling or any(
            isinstance(k, Closure) or (isinstance(k, Const) and callable(k.value)) for k in kinds
        ):
            return True
        if any(
            isinstance(k, Tuple) and self.unlike(list(k.items)) and not all(is_scalar(i) for i in k.items)
            for k in kinds
        ):
            if any(
                isinstance(i, Closure) or (isinstance(i, Const) and callable(i.value))
                for k in kinds
                if isinstance(k, Tuple)
                for i in k.items
            ):
                return True
        whole = join_all([self.session.loosen_all(widen(k)) for k in kinds])
        return self.mixed(whole)

    def mixed(self, kind: Kind) -> bool:
        if isinstance(kind, OneOf):
            return True
        if isinstance(kind, Array):
            return kind.sizes is None
        if isinstance(kind, Tuple):
            return any(self.mixed(k) for k in kind.items)
        return False

    def wants_unrolling(self, statement: gast.For) -> bool:
        """Is the loop variable used to pick among unlike things?"""
        if self.session.telling:
            return True
        if not isinstance(statement.target, gast.Name):
            return False
        name = statement.target.id
        for node in [n for s in statement.body for n in nodes_in(s)]:
            if (
                isinstance(node, gast.Subscript)
                and isinstance(node.slice, gast.Name)
                and node.slice.id == name
                and isinstance(node.value, gast.Name)
            ):
                kind = self.env.get(node.value.id)
                if kind is None and node.value.id not in self.local_names:
                    kind, _ = self.use_name(node.value.id)
                if isinstance(kind, Tuple) and self.unlike(list(kind.items)):
                    return True
                if isinstance(kind, List) and kind.cell.items is not None and self.unlike(kind.cell.items):
                    return True
        return False

    def for_dict(self, statement: gast.For, kind: Dict, residual: gast.expr, view: str) -> None:
        known = isinstance(kind.cell.item, Bottom)
        kinds = list(kind.cell.keys.values())
        if view != "keys" and kind.cell.whole and known and self.unlike(kinds):
            place = self.held(kind, residual, statement)[1]
            items = []
            for key in kind.cell.keys:
                part = self.keep(
                    gast.copy_location(
                        gast.Subscript(place, self.constant(key, statement), gast.Load()),
                        statement,
                    )
                )
                self.record(part, kind.cell.keys[key])
                value: Value = (kind.cell.keys[key], part)
                if view == "items":
                    pair = self.keep(
                        gast.copy_location(
                            gast.Tuple([self.constant(key, statement), part], gast.Load()),
                            statement,
                        )
                    )
                    value = (Tuple((Const(key), kind.cell.keys[key])), pair)
                items.append(value)
            self.unroll(statement, items)
            return
        kind_held, place = self.held(kind, residual, statement)
        keys = self.memo(("keys", id(statement)), lambda: self.temporary(statement, "key"))
        call = self.keep(gast.copy_location(gast.Call(name_node("list", statement), [place], []), statement))
        self.record(call, Unknown())
        element = join_all([widen(Const(k)) for k in kind.cell.keys]) if known else Unknown()
        element = widen_all(element)
        if view == "keys":
            self.loop(statement, element, call, self.keys_unchanged(residual, statement))
            return
        target = statement.target

        def make() -> list[gast.stmt]:
            part = gast.copy_location(
                gast.Subscript(place, name_node(keys, statement), gast.Load()),
                statement,
            )
            value: gast.expr = part
            if view == "items":
                value = gast.copy_location(
                    gast.Tuple([name_node(keys, statement), part], gast.Load()),
                    statement,
                )
            return self.desugared([gast.copy_location(gast.Assign([target], value, None), statement)])

        before = self.memo(("dict", id(statement)), make)
        self.local_names.add(keys)
        shell = self.memo(
            ("shell", id(statement)),
            lambda: gast.copy_location(
                gast.For(
                    name_node(keys, statement, store=True),
                    call,
                    [*before, *statement.body],
                    [],
                    None,
                ),
                statement,
            ),
        )
        self.loop(shell, element, call, self.keys_unchanged(residual, statement))

    def keys_unchanged(self, residual: gast.expr, statement: gast.For) -> bool:
        return (
            isinstance(residual, gast.Name)
            and residual.id
            not in {
                n.id
                for s in statement.body
                for n in nodes_in(s)
                if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
            }
            and False
        )

    def for_enumerate(self, statement: gast.For, call: gast.Call) -> None:
        kind, residual = self.sequence_of(call.args[0], statement)
        start = call.args[1] if len(call.args) > 1 else call.keywords[0].value if call.keywords else None
        start_kind, start_node = self.evaluate(start) if start is not None else (Const(0), None)
        target = statement.target
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
                        gast.Tuple(
                            [self.constant(i + start_kind.value, statement), r],
                            gast.Load(),
                        ),
                        statement,
                    )
                )
                items.append((Tuple((Const(i + start_kind.value), k)), pair))
            self.unroll(statement, items)  # type: ignore[arg-type]
            return
        if not self.indexable(kind):
            whole = self.evaluate(call)
            self.loop(statement, Unknown(), whole[1], False)
            return
        self.check_unchanged(kind, residual, statement)
        pair_target = (
            isinstance(target, (gast.Tuple, gast.List))
            and len(target.elts) == 2
            and isinstance(target.elts[0], gast.Name)
        )
        if pair_target and start is None and not self.stored_in(target.elts[0].id, statement.body):
            self.for_index(
                statement, [(kind, residual)], lambda i: self.set_element(target.elts[1], residual, i, statement),
                index_name=target.elts[0].id,
            )  # fmt: skip
            return

        def rest(index: str) -> list[gast.stmt]:
            def make() -> list[gast.stmt]:
                count: gast.expr = name_node(index, statement)
                if start_node is not None:
                    count = gast.BinOp(count, gast.Add(), start_node)
                part = gast.Subscript(residual, name_node(index, statement), gast.Load())
                pair = gast.Tuple([count, part], gast.Load())
                for node in (count, part, pair):
                    gast.copy_location(node, statement)
                return self.desugared([gast.copy_location(gast.Assign([target], pair, None), statement)])

            return self.memo(("enumerate", id(statement)), make)

        self.for_index(statement, [(kind, residual)], rest)

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
            if isinstance(kind, Const) and kind.value in (
                zip,
                enumerate,
                map,
                filter,
                reversed,
            ):
                node = self.memo(
                    ("listed", id(node)),
                    lambda: gast.copy_location(gast.Call(name_node("list", node), [node], []), node),
                )
        return self.sequence(node, statement)

    def for_zip(self, statement: gast.For, call: gast.Call) -> None:
        sequences = [self.sequence_of(a, statement) for a in call.args]
        known = [self.known_members(k, r) if not isinstance(k, Array) else None for k, r in sequences]
        if all(m is not None for m in known) and sequences:
            count = min(len(m) for m in known if m is not None)
            if count <= UNROLL and any(
                self.unlike([k for k, _ in m[:count]]) or isinstance(s[0], Tuple)
                for m, s in zip(known, sequences)
                if m is not None
            ):
                items = []
                for i in range(count):
                    parts = [m[i] for m in known if m is not None]
                    pair = self.keep(gast.copy_location(gast.Tuple([r for _, r in parts], gast.Load()), statement))
                    items.append((Tuple(tuple(k for k, _ in parts)), pair))
                self.unroll(statement, items)  # type: ignore[arg-type]
                return
        if not all(self.indexable(k) and not isinstance(k, Tuple) for k, _ in sequences):
            if any(varied(k) for k, _ in sequences):
                fixed: list[Value] = []
                for (k, r), a in zip(sequences, call.args):
                    fixed.append((k, r) if self.indexable(k) and not isinstance(k, Tuple) else self.as_list(k, r, a))
                sequences = fixed
            else:
                whole = self.evaluate(call)
                self.loop(statement, Unknown(), whole[1], False)
                return
        for k, r in sequences:
            self.check_unchanged(k, r, statement)

        def rest(index: str) -> list[gast.stmt]:
            def make() -> list[gast.stmt]:
                parts = [
                    gast.copy_location(
                        gast.Subscript(r, name_node(index, statement), gast.Load()),
                        statement,
                    )
                    for _, r in sequences
                ]
                pair = gast.copy_location(gast.Tuple(parts, gast.Load()), statement)
                return self.desugared([gast.copy_location(gast.Assign([statement.target], pair, None), statement)])

            return self.memo(("zip", id(statement), tuple(ast_key(r) for _, r in sequences)), make)

        self.for_index(statement, sequences, rest)

    def as_list(self, kind: Kind, residual: gast.expr, node: gast.expr) -> Value:
        """A passive iterable, or a tuple, as a list that can be indexed."""
        if isinstance(kind, Tuple):
            display = self.list_display(
                self.members(kind, residual),
                self.memo(("as list", id(node)), lambda: copy.copy(node)),
            )
            return display[0], self.hoist(*display, "items")
        if varied(kind) or isinstance(kind, Iterable) and kind.endless:
            raise CannotTell("a loop over this")
        call = self.keep(gast.copy_location(gast.Call(name_node("list", node), [residual], []), node))
        cell = self.session.cell("listed", id(node), self.copies)
        self.session.put_item(cell, self.passive_element(kind))
        self.record(call, List(cell))
        return List(cell), self.hoist(List(cell), call, "items")

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

    def unroll(self, statement: gast.For, values: list[Value]) -> None:
        """The loop body once for each member."""
        if any(isinstance(n, gast.Break) for s in statement.body for n in own_nodes(s)):
            self.unroll_with_break(statement, values)
            return
        for i, (kind, residual) in enumerate(values):
            if self.dead:
                return
            self.set_target(statement, kind, residual, i)
            body = (
                statement.body
                if i == 0
                else self.memo(("copy", id(statement), i), lambda: copy.deepcopy(statement.body))
            )
            self.execute(body)

    def unroll_with_break(self, statement: gast.For, values: list[Value]) -> None:
        """A break leaves the rest of the members out: each body stands inside a loop that runs once, under a flag."""
        raise self.refusal(
            "E305", "`break` in a loop over members of different kinds", statement,
            "make the members of one kind, or take the functions apart before the loop",
        )  # fmt: skip

    def set_target(self, statement: gast.For, kind: Kind, residual: gast.expr, i: int) -> None:
        target = (
            statement.target
            if i == 0
            else self.memo(
                ("target copy", id(statement), i),
                lambda: copy.deepcopy(statement.target),
            )
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


def own_nodes(statement: gast.AST) -> list[gast.AST]:
    """The nodes of a statement outside loops within it."""
    found = [statement]
    if not isinstance(statement, (gast.For, gast.While)):
        for child in gast.iter_child_nodes(statement):
            found += own_nodes(child)
    return found


def ast_key(node: gast.AST) -> str:
    return gast.dump(node)


def widen_all(kind: Kind) -> Kind:
    """Strings of which one is not known are not known at all."""
    kind = widen(kind)
    if (
        isinstance(kind, OneOf)
        and all(isinstance(k, Const) for k in kind.options)
        and not any(callable(k.value) for k in kind.options)  # type: ignore[attr-defined]
    ):  # type: ignore[attr-defined]
        return Unknown()
    return kind


__all__ = ["Loops", "np"]
