"""How is a loop specialised?  To a fixed point of the environment at its head; over unlike members, by unrolling."""

from __future__ import annotations

import enum
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import INT, Array, Bottom, Closure, Const, Dict, Kind, Number, Tuple, Unknown, varied
from srcgrad.analysis.specialize.definitions import is_prange
from srcgrad.analysis.specialize.iterating import is_iterator
from srcgrad.analysis.specialize.iteration import Iteration
from srcgrad.analysis.specialize.lazily import is_lazy, stored_into, with_views
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.syntax import changed_names
from srcgrad.analysis.specialize.unrolling import UNROLL
from srcgrad.analysis.specialize.zipping import ast_key
from srcgrad.errors import SrcgradError
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in


class Loops(Iteration):
    """Visitors of loops."""

    def fixed_point(self, node: Any, run: Any) -> None:
        """Run a loop body until the environment at its head no longer changes; the last pass counts."""
        entry = dict(self.env)
        seen = self.memo(("head", id(node)), dict)
        block, outer = self.block, self.deferred
        for _ in range(40):
            head = {}
            self.deferred = []
            self.facts.scopes.append((id(node), self.copies))
            for name in {**entry, **seen}:
                old, new = entry.get(name, Bottom()), seen.get(name, Bottom())
                if name in entry or not isinstance(new, Bottom):
                    self.note_grown(name, old, new)
                    head[name] = self.session.joined_again(old, new, "head", id(node), name, self.copies)
            version = self.session.version
            self.env, self.dead, self.block = dict(head), False, []
            self.breaks.append([])
            run()
            ends = self.breaks.pop()
            if not self.dead:
                ends.append(self.env)
            self.facts.scopes.pop()
            for reached in self.tried:
                reached.env = {n: self.carried(node, n, kind) for n, kind in reached.env.items()}
            steps = self.block
            changed = False
            for end in ends:
                for name, kind in end.items():
                    kind = self.carried(node, name, kind)
                    old = seen.get(name, Bottom())
                    new = self.session.joined(old, kind, "head", id(node), name, self.copies)
                    if new != old:
                        seen[name] = new
                        changed = True
            if not changed and version == self.session.version:
                break
        else:
            raise self.refusal(
                "E303",
                "the kinds of values in this loop do not settle",
                node,
                "give the variables their final form before the loop",
            )
        self.settle(outer)
        self.block, self.dead = block, False
        after = dict(head)
        for end in ends:
            after = self.join_env(after, end, id(node), "after")
        self.env = after
        self.loop_steps = steps

    def settle(self, outer: list[SrcgradError] | None) -> None:
        """What the last pass over a loop's body refuses is refused, unless a loop around it goes on."""
        found, self.deferred = self.deferred or [], outer
        if outer is not None:
            outer += found
        elif found:
            raise found[0]

    def carried(self, node: gast.AST, name: str, kind: Kind) -> Kind:
        """The kind of a variable as it leaves a turn of a loop."""
        return self.session.escaping(kind, (id(node), self.copies), "carried", id(node), name, self.copies)

    def do_While(self, statement: gast.While) -> None:
        def run() -> None:
            nonlocal test, always  # type: ignore[misc]
            kind, test = self.evaluate(statement.test)
            truth = self.truth(kind)
            always = truth is True
            if truth is False and not self.block:
                self.dead = True
                return
            if self.block:
                # The test takes statements of its own: `while True: ...; if not test: break`
                steps, self.block = self.block, []
                self.breaks[-1].append(dict(self.env))
                self.narrow(statement.test, True)
                self.execute(statement.body)
                leave: list[core.Step] = [core.Break(statement.lineno)]
                self.block = [*steps, core.If(statement.lineno, test, self.block, leave)]
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
        before = len(self.block)
        if isinstance(statement.iter, gast.IfExp):
            statement = self.over_chosen(statement, statement.iter)
        self.for_loop(statement)
        if len(self.block) > before and is_lazy(statement.iter, self.known_function):
            self.check_lazy(statement, self.block[-1])

    def over_chosen(self, statement: gast.For, chosen: gast.IfExp) -> gast.For:
        """`for k in a if test else b`, where the outcome of the test is known."""
        kind, _, steps = self.aside(lambda: self.evaluate(chosen.test))
        truth = None if steps else self.truth(kind)
        if truth is None:
            return statement
        way = chosen.body if truth else chosen.orelse

        def make() -> gast.For:
            return gast.copy_location(gast.For(statement.target, way, statement.body, statement.orelse, None), statement)

        return self.memo(("over", id(statement), truth), make)  # type: ignore[no-any-return]

    def known_function(self, node: gast.expr) -> Any:
        kind = self.aside(lambda: self.evaluate(node))[0]
        return kind.value if isinstance(kind, Const) else None

    def check_lazy(self, statement: gast.For, loop: core.Step) -> None:
        """What an iterator is made of must not change while it is run over: its members have all been made before."""
        read = {n.id for n in nodes_in(statement.iter) if isinstance(n, gast.Name)}
        for kind in [self.env.get(name) for name in read]:
            if isinstance(kind, Closure):
                read |= {name for name, _ in kind.captured}
        if isinstance(loop, (core.For, core.While)):
            changed = stored_into([loop])
        else:  # a loop that was written out
            changed = {self.local_text(name) for name in changed_names(statement)}
        seen = {name for name in with_views(read, self.tree) if self.local_text(name) in changed}
        if seen:
            raise self.refusal(
                "E305", f"an iterator over {min(seen).removesuffix('_cell')!r}, which is changed in the loop", statement.iter,
                "run over a list of what it gives: list(...)",
            )  # fmt: skip

    def for_loop(self, statement: gast.For) -> None:
        iterable = self.without_prange(statement.iter)
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Name):
            kind, _ = self.use_name(iterable.func.id)
            if isinstance(kind, Const):
                handler = {
                    id(range): self.for_range, id(enumerate): self.for_enumerate, id(zip): self.for_zip,
                    id(reversed): self.for_reversed, id(map): self.for_map, id(filter): self.for_filter,
                }.get(id(kind.value))  # fmt: skip
                plain = not iterable.keywords and not any(isinstance(a, gast.Starred) for a in iterable.args)
                strict = handler == self.for_zip and [k.arg for k in iterable.keywords] == ["strict"]
                if handler is not None and (plain or strict or handler == self.for_enumerate):
                    handler(statement, iterable)
                    return
                if plain and len(iterable.args) == 1 and any(kind.value is f for f in (list, tuple, sorted)):
                    if self.for_listed_keys(statement, iterable.args[0], kind.value is sorted):
                        return
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Attribute) and not iterable.args:
            name = iterable.func.attr
            if name in ("items", "keys", "values"):
                kind, residual = self.evaluate(iterable.func.value)
                if isinstance(kind, Dict):
                    self.for_dict(statement, kind, residual, name)
                    return
        if isinstance(iterable, gast.Attribute) and iterable.attr == "flat":
            self.for_flat(statement, iterable)
            return
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Attribute) and len(iterable.args) == 1:
            function = self.aside(lambda: self.evaluate(iterable.func))[0]
            if function == Const(np.ndenumerate):
                self.for_elements(statement, iterable.args[0])
                return
        if isinstance(iterable, gast.Call) and isinstance(iterable.func, gast.Name) and len(iterable.args) == 1:
            if self.use_name(iterable.func.id)[0] == Const(iter):
                iterable = iterable.args[0]
        if self.for_slice(statement, iterable):
            return
        kind, residual = self.evaluate(iterable)
        if is_iterator(kind) and not self.is_used_once(iterable):
            self.for_iterator(statement, iterable)
            return
        self.for_members(statement, kind, residual)

    def without_prange(self, iterable: gast.expr) -> gast.expr:
        """`range(n)` for Numba's `prange(n)`: which loops may run in parallel is asked of the generated ones."""
        function = iterable.func if isinstance(iterable, gast.Call) else None
        if isinstance(function, gast.Name):
            kind = self.use_name(function.id)[0]
        elif isinstance(function, gast.Attribute) and function.attr == "prange":
            kind = self.aside(lambda: self.evaluate(function))[0]
        else:
            return iterable
        if not is_prange(kind):
            return iterable

        def plain() -> gast.expr:
            call = gast.Call(name_node("range", iterable), iterable.args, iterable.keywords)
            return gast.copy_location(call, iterable)

        return self.memo(("range", id(iterable)), plain)

    def for_iterator(self, statement: gast.For, iterable: gast.expr) -> None:
        """`while it: target = it.pop(0)`: what the loop leaves remains."""

        def take() -> list[gast.stmt]:
            call = gast.Call(gast.Attribute(iterable, "pop", gast.Load()), [gast.Constant(0, None)], [])
            test = gast.Call(name_node("len", statement), [iterable], [])
            loop = gast.While(test, [gast.Assign([statement.target], call, None), *statement.body], [])
            for child in nodes_in(loop):
                if isinstance(child, (gast.expr, gast.stmt)) and not hasattr(child, "lineno"):
                    gast.copy_location(child, statement)
            first = self.normal(loop.body[0]) if not isinstance(statement.target, gast.Name) else [loop.body[0]]
            loop.body[:1] = first
            return [gast.copy_location(loop, statement)]

        self.execute(self.memo(("iterator", id(statement)), take))

    def for_flat(self, statement: gast.For, iterable: gast.Attribute) -> None:
        """`for v in a.flat`: over its elements, as they are when their turn comes."""
        kind = self.aside(lambda: self.evaluate(iterable.value))[0]
        if isinstance(kind, Array) and kind.sizes:
            self.for_elements(statement, iterable.value, pairs=False)
        else:
            self.for_members(statement, *self.evaluate(iterable))

    def for_elements(self, statement: gast.For, operand: gast.expr, pairs: bool = True) -> None:
        """`for index in np.ndindex(a.shape): target = index, a[index]`"""
        kind, residual = self.sequence(operand, statement)
        if not isinstance(kind, Array) or kind.sizes is None:
            raise CannotTell("the elements of this")
        name = self.temporary(statement, "index")
        self.local_names.add(name)
        shape = self.keep(gast.copy_location(gast.Attribute(residual, "shape", gast.Load()), statement))
        function = self.memo(("ndindex", id(statement)), lambda: gast.parse("np.ndindex", mode="eval").body)
        self.global_name("np", np)
        for child in nodes_in(function):
            if isinstance(child, gast.expr):
                gast.copy_location(child, statement)
        call = self.keep(gast.copy_location(gast.Call(function, [shape], []), statement))
        self.record(call, Unknown())

        def take() -> list[gast.stmt]:
            value: gast.expr = gast.Subscript(residual, name_node(name, statement), gast.Load())
            if pairs:
                value = gast.Tuple([name_node(name, statement), value], gast.Load())
            for child in nodes_in(value):
                if isinstance(child, gast.expr):
                    gast.copy_location(child, statement)
            return self.desugared([gast.copy_location(gast.Assign([statement.target], value, None), statement)])

        body = [*self.memo(("elements", id(statement), ast_key(residual)), take), *statement.body]
        target = self.memo(("index of", id(statement)), lambda: name_node(name, statement, store=True))
        shell = self.memo(
            ("shell", id(statement)), lambda: gast.copy_location(gast.For(target, call, body, [], None), statement)
        )
        shell.body = body
        self.loop(shell, Tuple((INT,) * len(kind.sizes)), call, False)

    def for_range(self, statement: gast.For, call: gast.Call) -> None:
        values = [self.evaluate(a) for a in call.args]
        same = all(r is a for (_, r), a in zip(values, call.args))
        residual = (
            call if same else self.keep(gast.copy_location(gast.Call(call.func, [r for _, r in values], []), call))
        )
        self.record(residual, Unknown())
        constants = [k.value for k, _ in values if isinstance(k, Const)]
        if self.wants_unrolling(statement) and len(constants) == len(values) and len(range(*constants)) <= UNROLL:
            self.unroll(statement, [(Const(i), self.constant(i, statement)) for i in range(*constants)])
            return
        self.loop(statement, INT, residual, True, bounds=[k for k, _ in values])

    def constant(self, value: Any, node: gast.AST) -> gast.expr:
        result = self.memo(("constant", id(node), repr(value)), lambda: self.written(value, node))
        self.record(result, Const(value))
        return result

    def written(self, value: Any, node: gast.AST) -> gast.expr:
        if not isinstance(value, enum.Enum) or value.name not in type(value).__members__:
            return constant_node(value, node)
        cls = type(value)
        text = name_node(self.global_name(cls.__name__, cls), node)
        self.record(text, Const(cls))
        return gast.copy_location(gast.Attribute(text, value.name, gast.Load()), node)

    def loop(
        self, statement: gast.For, kind: Kind, iterable: gast.expr, counted: bool, before: list[gast.stmt] | None = None,
        bounds: list[Kind] | None = None,
    ) -> None:  # fmt: skip
        """`for target in iterable`, with statements that come first in the body; bounds: what a range is given."""
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
            else self.memo(("loop target", id(target)), lambda: name_node(self.local_text(name), target, store=True))
        )

        def run() -> None:
            k = kind
            if isinstance(kind, Number) and kind.dtype.kind == "i":
                size = self.facts.fresh("loop", id(statement), self.copies)
                k = Number(kind.dtype, size=self.facts.signed(size, *self.infer.in_range(size, bounds or [])))
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
