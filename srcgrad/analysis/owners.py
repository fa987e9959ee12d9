"""Which adjoints' memory is ours alone, so that they may be updated in place?

Flow over the backward text: an operation makes new memory; a bare name, a view or what a call returns is shared, and
then neither side may be updated in place.  `x_bar += t` on what is shared is written `x_bar = x_bar + t`; where an
element must be updated, the assignment that shared it makes a copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Const, is_container, is_number, is_scalar, is_value
from srcgrad.analysis.sharing import makes_memory, may_repeat
from srcgrad.lang import tree
from srcgrad.lang.accumulate import Accumulate
from srcgrad.lang.nodes import nodes_in

State = dict[str, frozenset[int]]  # name -> the statements that made its memory shared; empty: ours alone
UPDATES = {gast.Add: "+", gast.Sub: "-", gast.Mult: "*", gast.Div: "/"}
STRUCTURES = {"zeros_like", "add", "add_to"}


class Owners:
    """Decides the form of every contribution, and which assignments must copy."""

    def __init__(
        self,
        kinds: Any,
        is_tracked: Callable[[str], bool],
        copied: Callable[[gast.expr], gast.expr],
        scalars: set[str],
        shadows: set[str],
        updated: dict[str, int],
        sharing: Callable[[str], set[str]],
        fresh_results: Callable[[str], frozenset[int]],
    ) -> None:
        self.kinds, self.is_tracked, self.copied = kinds, is_tracked, copied
        self.scalars, self.shadows = scalars, shadows
        self.updated = updated  # f_backward -> how many of its arguments, after `saved`, it brings up to date in place
        self.sharing = sharing  # the shadows that may share memory with one
        self.fresh_results = fresh_results  # f_backward -> which of its results are new memory
        self.fresh: set[str] = set()  # the names whose memory is ours alone, at the end
        self.copying: set[int] = set()
        self.repeating: set[int] = set()  # statements that share what can't be updated, whoever else knows it
        self.in_place: set[int] = set()  # contributions that may be updates in place
        self.alone: dict[int, set[str]] = {}  # statement -> the names whose memory is ours alone before it
        self.open: set[int] = set()  # contributions that may not, in some state
        self.parameters: dict[str, int] = {}
        self.last_uses: set[int] = set()
        # The sizes of a kind, if `x_bar = x_bar * c` is to be written `x_bar *= c` where the memory is ours.
        self.sizes: Callable[[Any], Any] | None = None
        self.reads: Counter[str] = Counter()
        self.dead: set[str] = set()  # the names made in this block that neither this statement's successors nor others read

    def run(
        self, statements: list[gast.stmt], given: Iterable[str], returned: Iterable[str], read: Iterable[str] = ()
    ) -> tuple[list[gast.stmt], list[str]]:
        """The statements with contributions written out, and the given names to be copied first.

        returned: the names whose memory must be their own in the end.  read: those, and others that are read there.
        """
        given, returned = list(given), list(returned)
        self.reads = self.read_names(statements)
        self.reads.update({*returned, *read})
        self.parameters = {n: -i - 1 for i, n in enumerate(given)}
        while True:
            before = set(self.copying)
            self.in_place, self.open, self.alone = set(), set(), {}
            start: State = {n: frozenset({-i - 1}) for i, n in enumerate(given)}
            start |= {n: frozenset() for n in self.shadows}
            start = {n: frozenset() if s & self.copying else s for n, s in start.items()}
            end = self.block(statements, start)
            for name in returned:
                if name not in self.scalars:
                    self.copying |= end.get(name, frozenset())
            if self.copying == before:
                break
        self.fresh = {name for name, makers in end.items() if not makers}
        copied = [n for n in given if self.parameters[n] in self.copying]
        return self.written(statements), copied

    def read_names(self, statements: list[gast.stmt]) -> Counter[str]:
        """How often each adjoint is read, in statements and those inside them; what is added to, is read as well."""
        inside = list(nodes_in(*statements))
        names = [n for n in inside if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store)]
        names += [n.target for n in inside if isinstance(n, Accumulate) and isinstance(n.target, gast.Name)]
        return Counter(n.id for n in names if self.is_tracked(n.id))

    # Flow

    def block(self, statements: list[gast.stmt], state: State) -> State:
        seen: Counter[str] = Counter()
        made: set[str] = set()  # names made here that were not read before
        for statement in statements:
            seen += self.read_names([statement])
            self.dead = {name for name in made if seen[name] == self.reads[name]}
            state = self.step(statement, state)
            target = statement.targets[0] if isinstance(statement, gast.Assign) else None
            if isinstance(target, gast.Name) and self.is_tracked(target.id) and not seen[target.id]:
                made.add(target.id)
        return state

    def step(self, statement: gast.stmt, state: State) -> State:
        if isinstance(statement, gast.If):
            return merged(self.block(statement.body, dict(state)), self.block(statement.orelse, dict(state)))
        if isinstance(statement, (gast.For, gast.While)):
            while True:
                after = merged(state, self.block(statement.body, dict(state)))
                if after == state:
                    return state
                state = after
        if isinstance(statement, gast.With):
            return self.block(statement.body, state)
        alone = {name for name, makers in state.items() if not makers} - self.shadows - self.scalars
        self.alone[id(statement)] = self.alone.get(id(statement), alone) & alone
        for name in [*self.updated_by(statement), *taken_from(statement)]:
            self.copying |= state.get(name, frozenset())
        if isinstance(statement, Accumulate):
            return self.accumulate(statement, state)
        if isinstance(statement, gast.Assign):
            return self.assign(statement, state)
        if isinstance(statement, gast.Expr):
            return self.expression(statement, state)
        return state

    def is_alone(self, statement: gast.stmt, name: str) -> bool:
        """Is the memory of a name, before a statement, ours alone?"""
        return name in self.alone.get(id(statement), ())

    def updated_by(self, statement: gast.stmt) -> list[str]:
        """The adjoints that functions called in a statement change."""
        return [
            root
            for call in nodes_in(statement)
            if isinstance(call, gast.Call) and isinstance(call.func, gast.Name)
            for given in call.args[1 : 1 + self.updated.get(call.func.id, 0)]
            if (root := tree.root(given)) is not None and root not in self.scalars
        ]

    def accumulate(self, statement: Accumulate, state: State) -> State:
        name = tree.root(statement.target)
        assert name is not None, "contributions go to places"
        state = self.left_alone(name, state)
        if isinstance(statement.target, gast.Name):
            if name in self.shadows:
                self.copying |= state.get(name, frozenset())
            if name in self.scalars or name in self.shadows or not state.get(name):
                self.in_place.add(id(statement))
                return state
            self.open.add(id(statement))
            return {**state, name: frozenset()}
        self.copying |= state.get(name, frozenset())
        self.in_place.add(id(statement))
        return state

    def left_alone(self, name: str, state: State) -> State:
        """The state in which the memory is ours alone, if those it was shared with are names made here, and read no more.

        u_bar = t_bar * g           u_bar is read for the last time
        x_bar = u_bar               ...
                                    x_bar += v_bar
        """
        makers = state.get(name, frozenset())
        others = [n for n, own in state.items() if n != name and own & makers]
        alone = others and self.dead.issuperset(others) and not self.shadows.intersection([name, *others])
        if not alone or not all(state[n] <= makers for n in others) or any(m < 0 or m in self.repeating for m in makers):
            return state
        return {n: frozenset() if n == name else own for n, own in state.items() if n not in others}

    def assign(self, statement: gast.Assign, state: State) -> State:
        target = statement.targets[0]
        places = target.elts if isinstance(target, gast.Tuple) else [target]
        if not any(self.is_tracked(tree.root(p) or "") for p in places):
            return state
        if all(isinstance(p, gast.Name) and p.id in self.shadows for p in places):
            return state
        if (
            isinstance(target, gast.Tuple)
            and isinstance(statement.value, gast.Tuple)
            and len(target.elts) == len(statement.value.elts)
        ):
            found = dict(state)
            pairs = list(zip(target.elts, statement.value.elts))
            permuted = all(isinstance(v, gast.Name) for _, v in pairs) and sorted(v.id for _, v in pairs) == sorted(  # type: ignore[attr-defined]
                t.id for t, _ in pairs if isinstance(t, gast.Name)
            )
            for place, value in pairs:
                if permuted:
                    found[place.id] = state.get(value.id, frozenset())  # type: ignore[attr-defined]
                else:
                    found = self.give(statement, place, value, state, found)
            return found
        if isinstance(target, gast.Tuple):
            new = self.new_results(statement.value)
            shared = [tree.root(e) or "" for i, e in enumerate(target.elts) if i not in new]
            found = self.share(statement, shared, statement.value, state, dict(state)) if shared else dict(state)
            return found | {
                e.id: frozenset() for i, e in enumerate(target.elts) if i in new and isinstance(e, gast.Name)
            }
        if self.sizes and self.update(statement) is not None:
            state = self.left_alone(target.id, state)
            (self.open if state.get(target.id) else self.in_place).add(id(statement))
        return self.give(statement, target, statement.value, state, dict(state))

    def update(self, statement: gast.Assign) -> tuple[str, gast.expr] | None:
        """`x_bar = x_bar * c`, of an array that stays as large and of the type it has: by what it is changed, and how."""
        name, value = getattr(statement.targets[0], "id", None), statement.value
        op = UPDATES.get(type(value.op)) if isinstance(value, gast.BinOp) else None
        if name is None or op is None or name in self.shadows or name in self.scalars:
            return None
        pairs = [(value.left, value.right), (value.right, value.left)][: 2 if op in "+*" else 1]
        for old, other in pairs:
            if isinstance(old, gast.Name) and old.id == name and self.is_as_large(old, value):
                return op, other
        return None

    def is_as_large(self, old: gast.expr, new: gast.expr) -> bool:
        """Have two arrays one shape and one type?"""
        a, b = self.kinds.of(old), self.kinds.of(new)
        if not isinstance(a, Array) or not isinstance(b, Array) or not (a.exact and b.exact) or self.sizes is None:
            return False
        sizes = self.sizes(a)
        return bool(sizes) and a.dtype == b.dtype and sizes == self.sizes(b) and not any(s.symbol == "*" for s in sizes)

    def give(self, statement: gast.stmt, place: gast.expr, value: gast.expr, state: State, found: State) -> State:
        name = tree.root(place)
        assert name is not None, "assignments go to places"
        adds = isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id.startswith("add_to")
        if adds and isinstance(place, gast.Name):
            self.copying |= state.get(name, frozenset())
            return found
        if not isinstance(place, gast.Name):
            self.copying |= state.get(name, frozenset())
            if not self.is_fresh(value) and not (
                is_number(self.kinds.of(value)) and isinstance(self.kinds.of(place), Array)
            ):
                return self.share(statement, [name], value, state, found)
            return found
        if name in self.scalars and is_scalar(self.kinds.of(value)) and not self.is_fresh(value):
            self.copying.add(id(statement))  # a number's adjoint, that of an array without axes: `+=` would change both
        if id(statement) in self.copying or self.is_fresh(value):
            found[name] = frozenset()
            return found
        if id(value) in self.last_uses and not self.repeats(value):
            sources = tree.names_read(value) - self.scalars
            shared = [state.get(source, frozenset()) for source in sources]
            found[name] = frozenset().union(*shared)
            return found
        return self.share(statement, [name], value, state, found)

    def share(self, statement: gast.stmt, targets: list[str], value: gast.expr, state: State, found: State) -> State:
        if self.repeats(value):
            self.repeating.add(id(statement))
        if id(statement) in self.copying:
            for name in targets:
                found[name] = frozenset()
            return found
        sources = [n for n in tree.names_read(value) if n in state or n in self.parameters]
        culprit = frozenset({id(statement)}) if sources else frozenset()
        for source in sources:
            if source not in self.scalars:
                for one in (source, *self.sharing(source)) if source in self.shadows else (source,):
                    found[one] = found.get(one, frozenset()) | culprit
        for name in targets:
            found[name] = culprit
        return found

    def expression(self, statement: gast.Expr, state: State) -> State:
        """`s_bar.append(v_bar)` shares; calls of f_backward may keep what they are given."""
        value = statement.value
        if not isinstance(value, gast.Call):
            return state
        if isinstance(value.func, gast.Attribute) and value.func.attr in ("append", "insert") and value.args:
            given = value.args[-1]
            if tree.root(value.func.value) in self.shadows and tree.root(given) in self.shadows:
                return state  # a shadow goes back into a list of shadows as it is
            if isinstance(given, gast.Name) and given.id not in self.scalars and not is_scalar(self.kinds.of(given)):
                return self.share(statement, [], given, state, dict(state))
            return state
        found = dict(state)
        if isinstance(value.func, gast.Name):
            for name in tree.names_read(value):
                if name in state and name not in self.scalars:
                    found[name] = found[name] | {id(statement)} if name in found else frozenset({id(statement)})
        return found

    # Expressions

    def is_fresh(self, value: gast.expr) -> bool:
        """Is the value new memory, or no memory at all?"""
        kind = self.kinds.of(value)
        if isinstance(value, (gast.Constant, gast.List, gast.Dict)):
            return True
        if is_scalar(kind):
            # adjoints of arrays of rank 0 are numbers, but for those that share memory as the arrays do
            whole = isinstance(value, gast.Name)  # an array that is itself handed on to a number
            return tree.root(value) not in self.shadows or is_value(kind) and not whole
        if isinstance(value, (gast.BinOp, gast.UnaryOp)):
            return not is_container(kind)
        if isinstance(value, gast.Call):
            if isinstance(value.func, gast.Attribute) and value.func.attr in ("copy", "astype", "pop"):
                return True
            if self.new_results(value):
                return True
            if tree.is_call(value, "list"):
                return all(is_scalar_row(self.kinds.of(arg)) for arg in value.args)
            function = self.kinds.of(value.func)
            if isinstance(function, Const):
                found = function.value
                several = found is np.einsum and len(value.args) > 2  # of one operand, it may be a view
                return several or makes_memory(found) or getattr(found, "__name__", "") in STRUCTURES
        return False

    def repeats(self, value: gast.expr) -> bool:
        """May a part of the value hold elements several times, or be for reading only, so that even its own memory can't be
        updated?"""
        functions = [self.kinds.of(n.func) for n in nodes_in(value) if isinstance(n, gast.Call)]
        return any(not isinstance(f, Const) or may_repeat(f.value) for f in functions)

    def new_results(self, value: gast.expr) -> frozenset[int]:
        """Which of the results of a call of f_backward are new memory."""
        called = value.func if isinstance(value, gast.Call) else None
        return self.fresh_results(called.id) if isinstance(called, gast.Name) else frozenset()

    # Writing

    def written(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        result: list[gast.stmt] = []
        for statement in statements:
            if isinstance(statement, Accumulate):
                result.append(self.contribution(statement))
            elif tree.blocks_of(statement):
                result.append(tree.with_blocks(statement, self.written))
            elif id(statement) in self.copying:
                result += self.with_copy(statement)
            elif id(statement) in self.in_place - self.open and (update := self.update(statement)) is not None:
                result.append(tree.augment(tree.as_load(statement.targets[0]), *update))
            else:
                result.append(statement)
        return result

    def contribution(self, statement: Accumulate) -> gast.stmt:
        place = tree.as_load(statement.target)
        if id(statement) in self.open:
            return tree.assign(place, tree.binary(place, statement.op, statement.value))
        return tree.augment(place, statement.op, statement.value)

    def with_copy(self, statement: gast.stmt) -> list[gast.stmt]:
        if isinstance(statement, gast.Assign) and not isinstance(statement.targets[0], gast.Tuple):
            return [gast.Assign(statement.targets, self.copied(statement.value), None)]
        if isinstance(statement, gast.Assign) and isinstance(statement.value, gast.Tuple):
            values = [v if self.is_fresh(v) else self.copied(v) for v in statement.value.elts]
            return [gast.Assign(statement.targets, tree.display(values), None)]
        if isinstance(statement, gast.Assign):
            names = [tree.name(e.id) for e in statement.targets[0].elts if e.id not in self.scalars]
            return [statement, *(tree.assign(e.id, self.copied(e)) for e in names)]
        assert isinstance(statement, gast.Expr), "only assignments and appends share memory"
        called = statement.value
        if isinstance(called.func, gast.Attribute):
            return [tree.statement(gast.Call(called.func, [*called.args[:-1], self.copied(called.args[-1])], []))]
        return [statement]


def is_scalar_row(kind: Any) -> bool:
    """Is it an array whose members are numbers, which have no memory?"""
    return isinstance(kind, Array) and kind.sizes is not None and len(kind.sizes) == 1


def taken_from(statement: gast.stmt) -> list[str]:
    """The lists of adjoints that become shorter: `v_bar = items_bar.pop()`."""
    calls = [n.func for n in nodes_in(statement) if isinstance(n, gast.Call) and isinstance(n.func, gast.Attribute)]
    return [root for f in calls if f.attr == "pop" and (root := tree.root(f.value)) is not None]


def merged(a: State, b: State) -> State:
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in {**a, **b}}
