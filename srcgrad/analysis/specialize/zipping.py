"""How does a loop go over several things at once?  By a position in each; some go on for ever."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Array, Const, Iterable, Kind, List, Tuple, varied
from srcgrad.analysis.specialize.iterating import is_iterator
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.unrolling import UNROLL, Unrolling
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.tree import replace

ENDLESS = {itertools.count: "b + i * s", itertools.cycle: "a[i % len(a)]", itertools.repeat: "a"}


def ast_key(node: gast.AST) -> str:
    return gast.dump(node)


class Zipping(Unrolling):
    """Loops over zip."""

    def for_zip(self, statement: gast.For, call: gast.Call) -> None:
        kept = [a for a in call.args if not self.is_used_once(a)]
        if any(is_iterator(self.aside(lambda a=a: self.evaluate(a))[0]) for a in kept):  # type: ignore[misc]
            kind, residual = self.evaluate(call)
            self.for_members(statement, kind, residual)
            return
        endless = [self.endless(a, statement) for a in call.args]
        given = [a for a, e in zip(call.args, endless) if e is None]
        sequences = [self.sequence_of(a, statement) for a in given]
        if call.keywords:
            self.check_strict(self.evaluate(call.keywords[0].value)[0], sequences, statement)
        if len(given) < len(call.args):
            if not given or call.keywords:
                raise CannotTell("a loop that does not end")
            self.zip_loop(statement, [self.indexed(s, a) for s, a in zip(sequences, given)], endless)
            return
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
            if not any(varied(k) for k, _ in sequences):
                whole = self.evaluate(call)
                self.loop(statement, self.passive_element(whole[0]), whole[1], False)
                return
            sequences = [self.indexed(s, a) for s, a in zip(sequences, given)]
        self.zip_loop(statement, sequences, endless)

    def zipped(self, node: gast.expr, statement: gast.For) -> list[Value] | None:
        """The sequences of `zip(x, y)`, of which the elements at one position are pairs; None for all else."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or not node.args or node.keywords:
            return None
        if any(isinstance(a, gast.Starred) for a in node.args) or self.use_name(node.func.id)[0] != Const(zip):
            return None
        for arg in node.args:
            kind, residual, _ = self.aside(lambda a=arg: self.evaluate(a))  # type: ignore[misc]
            members = self.known_members(kind, residual) if isinstance(kind, List) else None
            alike = members is None or not self.unlike([k for k, _ in members])
            if not isinstance(kind, (Array, List)) or not self.indexable(kind) or is_iterator(kind) or not alike:
                return None
        return [self.sequence_of(a, statement) for a in node.args]

    def pair_of(self, sequences: list[Value], index: str, statement: gast.For) -> gast.expr:
        """`x[i], y[i]`"""
        parts = [gast.Subscript(r, name_node(index, statement), gast.Load()) for _, r in sequences]
        return gast.Tuple([gast.copy_location(p, statement) for p in parts], gast.Load())

    def check_strict(self, strict: Kind, sequences: list[Value], node: gast.AST) -> None:
        """`zip(a, b, strict=True)`: sequences that are not known to be of one length are looked at first."""
        if not isinstance(strict, Const):
            raise CannotTell("whether zip is strict")
        if not strict.value or len(sequences) < 2 or self.same_lengths(sequences):
            return
        others = " or ".join(f"len(a{i}) != len(a0)" for i in range(1, len(sequences)))
        text = f"if {others}:\n    raise ValueError('the sequences given to zip have different lengths')"
        self.perform(node, text, {f"a{i}": s for i, s in enumerate(sequences)})

    def indexed(self, value: Value, node: gast.expr) -> Value:
        """An operand as something that has positions."""
        kind, residual = value
        if self.indexable(kind) and not isinstance(kind, Tuple):
            return kind, residual
        return self.as_list(kind, residual, node)

    def zip_loop(
        self, statement: gast.For, sequences: list[Value], endless: list[Callable[[str], gast.expr] | None]
    ) -> None:
        """`for i in range(min(len(a), len(b))): target = a[i], b[i]`"""
        for k, r in sequences:
            self.check_unchanged(k, r, statement)

        def rest(index: str) -> list[gast.stmt]:
            def make() -> list[gast.stmt]:
                finite = iter(sequences)
                parts = []
                for element in endless:
                    if element is None:
                        part: gast.expr = gast.Subscript(next(finite)[1], name_node(index, statement), gast.Load())
                    else:
                        part = element(index)
                    parts.append(gast.copy_location(part, statement))
                pair = gast.copy_location(gast.Tuple(parts, gast.Load()), statement)
                return self.desugared([gast.copy_location(gast.Assign([statement.target], pair, None), statement)])

            return self.memo(("zip", id(statement), tuple(ast_key(r) for _, r in sequences)), make)

        self.for_index(statement, sequences, rest)

    def endless(self, node: gast.expr, statement: gast.For) -> Callable[[str], gast.expr] | None:
        """The element by its position of `count(start, step)`, `cycle(s)` or `repeat(x)`; None for what ends."""
        if not isinstance(node, gast.Call) or node.keywords or any(isinstance(a, gast.Starred) for a in node.args):
            return None
        if not isinstance(node.func, (gast.Name, gast.Attribute)):
            return None
        function = self.aside(lambda: self.evaluate(node.func))[0]
        value = function.value if isinstance(function, Const) else None
        if not any(value is f for f in ENDLESS) or value is itertools.repeat and len(node.args) > 1:
            return None
        names: dict[str, gast.expr] = {"b": self.constant(0, node), "s": self.constant(1, node)}
        for hole, arg in zip("bs" if value is itertools.count else "a", node.args):
            kind, residual = self.evaluate(arg)
            if value is itertools.cycle:
                kind, residual = self.indexed((kind, residual), arg)
            names[hole] = self.held(kind, self.simple(kind, residual), statement)[1]
        text = ENDLESS[value]  # type: ignore[index]

        def element(index: str) -> gast.expr:
            tree = gast.parse(text, mode="eval").body
            for child in nodes_in(tree):
                if isinstance(child, gast.expr):
                    gast.copy_location(child, node)
            holes = {**names, "i": name_node(index, node)}
            return replace(
                tree, {id(n): holes[n.id] for n in nodes_in(tree) if isinstance(n, gast.Name) and n.id in holes}
            )

        return element

    def as_list(self, kind: Kind, residual: gast.expr, node: gast.expr) -> Value:
        """A passive iterable, or a tuple, as a list that can be indexed."""
        if isinstance(kind, Tuple):
            display = self.list_display(
                self.members(kind, residual), self.memo(("as list", id(node)), lambda: copy.copy(node))
            )
            return display[0], self.hoist(*display, "items")
        if varied(kind) or isinstance(kind, Iterable) and kind.endless:
            raise CannotTell("a loop over this")
        call = self.keep(gast.copy_location(gast.Call(name_node("list", node), [residual], []), node))
        cell = self.session.cell("listed", id(node), self.copies)
        self.session.put_item(cell, self.passive_element(kind))
        self.record(call, List(cell))
        return List(cell), self.hoist(List(cell), call, "items")
