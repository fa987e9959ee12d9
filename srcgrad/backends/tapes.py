"""Which values may lie in an array until the backward pass reads them?  Those that are saved once in each pass of counted loops.

Before: y_saved = []                  After: y_saved = np.empty(max(n, 0))
        for i in range(n):                   for i in range(n):
            y_saved.append(y)                    y_saved[i] = y
            ...                                  ...
        for i in range(n - 1, -1, -1):       for i in range(n - 1, -1, -1):
            y = y_saved.pop()                    y = y_saved[i]

An array that is made anew in each pass and saved is made as a part of the whole.  A number that is computed from what
no pass changes is computed again, if that is cheap, or once for each place, before the loops.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Kind, List, Number, Size, widen
from srcgrad.backends.contraction import is_allocation, is_element, items_of, sizes_of, uses
from srcgrad.backends.effects import Effects, add_effects, linear
from srcgrad.backends.fuse import plus_number
from srcgrad.backends.ranges import forwards, is_step
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in

LOOPS = (gast.For, gast.While)
CHEAP = 8  # about as many operations as it takes to store a number and to load it again
COSTS: dict[type, int] = {gast.BinOp: 1, gast.UnaryOp: 1, gast.Compare: 1, gast.BoolOp: 1}
FAR = 4  # places that may be left unused before the first one


@dataclass
class Site:
    """A statement that names a tape, and the statements around it, the outer ones first."""

    statement: Any
    around: tuple[Any, ...]


@dataclass
class Turn:
    """A counted loop of the forward pass, its mirror, and where its passes have their places."""

    loop: Any
    mirror: Any
    index: str
    place: gast.expr
    size: gast.expr
    ragged: bool  # whether the number of passes differs with those of the loops around it
    before: list[Any] = field(default_factory=list)  # what comes before the loop


class Tapes:
    """The lists of one function in which values are saved.

    kinds: of all that is bound to a variable.  groups: of the variables that may share memory.
    """

    def __init__(
        self,
        function: gast.FunctionDef,
        kinds: Callable[[str], Kind | None],
        groups: dict[str, str],
        canonical: Callable[[Size], Size],
        fixed: Callable[[Size], bool],
        narrowed: set[str],
    ) -> None:
        self.function, self.kinds, self.groups = function, kinds, groups
        self.canonical, self.fixed = canonical, fixed
        self.narrowed = narrowed  # the arrays that have fewer axes than their kinds tell
        self.names = Names.of(function)
        self.params = {a.id for a in function.args.args}

    def placed(self) -> gast.FunctionDef:
        """The function with arrays for those lists that can be arrays."""
        for again in (True, True, False):  # a test may be asked again once what it reads is computed again
            for statement in nodes_in(*self.function.body):
                if is_empty_list(statement):
                    self.look_round()
                    self.place(statement.targets[0].id, again)
        return self.function

    def look_round(self) -> None:
        """How often variables are bound, and by what; what the function stores to."""
        self.sites: dict[str, list[Site]] = {}
        self.binders: dict[str, list[Site]] = {}
        self.order: dict[int, int] = {}
        for site in sites(self.function.body, ()):
            self.order[id(site.statement)] = len(self.order)
            for node in own_nodes(site.statement):
                if isinstance(node, gast.Name):
                    known = self.sites.setdefault(node.id, [])
                    known.append(site)
                    if not isinstance(node.ctx, gast.Load):
                        self.binders.setdefault(node.id, []).append(site)
        effects = Effects()
        for statement in self.function.body:
            add_effects(statement, effects)
        stored = (effects.stores | effects.changes) - {"np", "math"}
        self.stored = stored | {
            n for n, leader in self.groups.items() if leader in {self.groups.get(s) for s in stored}
        }

    def place(self, name: str, again: bool) -> None:
        """Make this list an array, if it is bound, added to and taken from in one place each.

        again: only if what it holds can be computed again, and leave it out.
        """
        if len(self.sites[name]) != 3:
            return
        made, added, taken = self.sites[name]
        pop = next((n for n in own_nodes(taken.statement) if is_call_of(n, name, "pop")), None)
        if not is_empty_list(made.statement) or pop is None or pop.args or not is_append(added.statement, name):
            return
        loops = added.around[len(made.around) :]
        self.start = self.order[id(loops[0])] if loops else 0  # what is bound before is bound where the list is made
        turns = self.turns(made, added, taken)
        kind = self.kinds(name)
        item = widen(kind.cell.item) if isinstance(kind, List) else None
        value = added.statement.value.args[0]
        if not turns or sum(t.ragged for t in turns) > 1:
            return
        changes: dict[int, Any] = {id(made.statement): []}
        if again:
            computed = self.computed_again(added.statement, turns, taken.statement)
            if computed is not None:
                changes |= {id(added.statement): [], id(pop): computed}
                self.function = copy.copy(self.function)
                self.function.body = rebuilt(self.function.body, changes)
            return
        if isinstance(item, Number) and item.dtype.kind in "fiubc":
            table = self.table(name, added.statement, turns, changes)
            kept = turns if table is None else table[1]
            there = element_of(name, [t.place for t in kept])
            made_first = [self.allocated(name, [t.size for t in kept], item.dtype)]
            if table is not None:
                made_first += table[0]
            else:
                changes[id(added.statement)] = [tree.assign(there, value)]
        elif isinstance(item, Array) and item.sizes and item.dtype.kind in "fiubc":
            there = element_of(name, [t.place for t in turns])
            sizes = self.row(value, item, turns, added, there, changes)
            if sizes is None:
                return
            made_first = [self.allocated(name, [*(t.size for t in turns), *sizes], item.dtype)]
        else:
            return
        changes[id(pop)] = there
        first = turns[0].loop
        changes[id(first)] = [*made_first, *turns[0].before, first]
        for turn in turns:
            if turn.loop.target.id != turn.index:
                changes[id(turn.loop.target)] = changes[id(turn.mirror.target)] = tree.target(turn.index)
        self.function = copy.copy(self.function)
        self.function.body = rebuilt(self.function.body, changes)
        if isinstance(item, Array):
            self.look_round()
            parts = {s.targets[0].id for s in nodes_in(*self.function.body) if is_plain(s) and is_part_of(s, name)}
            for part in sorted(parts):
                self.read_in_the_whole(name, part, len(turns))

    # Places

    def turns(self, made: Site, added: Site, taken: Site) -> list[Turn]:
        """The loops round what is added, each with its mirror; none if the places of passes can't be told."""
        depth = len(made.around)
        if not same(added.around[:depth], made.around):
            return []
        loops = added.around[depth:]
        mirrors = taken.around[len(taken.around) - len(loops) :]
        outer = [s for s in taken.around[: len(taken.around) - len(loops)] if isinstance(s, LOOPS)]
        if not loops or not same(outer, [s for s in made.around if isinstance(s, LOOPS)]):
            return []
        if any(leaves_early(s) for s in (loops[0], mirrors[0])):
            return []
        found: list[Turn] = []
        for loop, mirror in zip(loops, mirrors):
            turn = self.turn(loop, mirror, found) if is_mirror(mirror, loop) else None
            if turn is None:
                return []
            found.append(turn)
        return found if len({t.index for t in found}) == len(found) else []

    def turn(self, loop: Any, mirror: Any, around: list[Turn]) -> Turn | None:
        index = loop.target.id
        if any(binds_within(s, index) for s in (loop, mirror)):
            return None
        if index == "_":
            index = self.names.fresh("turn")
        args, i = loop.iter.args, tree.name(index)
        start = args[0] if len(args) > 1 else tree.constant(0)
        if len(args) < 3 or is_step(args[2], 1):
            stop = self.highest(args[-1 if len(args) < 3 else 1], around)
            ragged = stop is not None and stop[1]
            if stop is None:
                return None
            if is_number(start) and 0 <= start.value <= FAR:
                return Turn(loop, mirror, index, i, size_of(stop[0]), ragged)
            if self.is_fixed(start):
                return Turn(loop, mirror, index, minus(i, start), size_of(minus(stop[0], start)), ragged)
            if self.is_nonneg(start, around):
                return Turn(loop, mirror, index, i, size_of(stop[0]), True)
        elif is_step(args[2], -1) and (is_step(args[1], -1) or self.is_nonneg(args[1], around)):
            top = self.highest(start, around)
            if top is not None:
                ragged = top[1] or not (is_step(args[1], -1) or is_number(args[1]))
                return Turn(loop, mirror, index, i, size_of(plus_one(top[0])), ragged)
        return None

    def highest(self, bound: Any, around: list[Turn]) -> tuple[gast.expr, bool] | None:
        """What a bound is at most, and whether it changes: `n` for itself, `n - 1 + 1` for `i + 1` where i is below n."""
        if self.is_fixed(bound):
            return bound, False
        parts = linear(bound)
        for turn in around:
            if parts is not None and parts[0] == {turn.index: 1}:
                return plus(turn.size, parts[1] - 1), True
        return None

    def is_nonneg(self, node: Any, around: list[Turn]) -> bool:
        """Is this a loop's index, all of whose values are zero or more, or that and something?"""
        parts = linear(node)
        if parts is None or parts[1] < 0:
            return False
        return all(c > 0 and any(t.index == n and tree.text(t.place) == n for t in around) for n, c in parts[0].items())

    def is_fixed(self, node: Any) -> bool:
        """Has this integer one value all through the function, from before all loops on?"""
        if isinstance(node, gast.Constant):
            return type(node.value) is int
        if isinstance(node, gast.Name):
            return self.is_bound_once(node.id)
        if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Attribute) and node.value.attr == "shape":
            array, axis = node.value.value, node.slice
            return isinstance(array, gast.Name) and is_number(axis) and self.has_fixed_size(array.id, axis.value)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and not node.keywords:
            if node.func.id == "len" and isinstance(node.args[0], gast.Name):
                return self.has_fixed_size(node.args[0].id, 0)
            return node.func.id in ("min", "max") and all(map(self.is_fixed, node.args))
        if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub, gast.Mult, gast.FloorDiv)):
            return self.is_fixed(node.left) and self.is_fixed(node.right)
        return False

    def is_bound_once(self, name: str) -> bool:
        binders = self.binders.get(name, [])
        if name in self.params:
            return not binders
        if len(binders) != 1 or any(isinstance(s, (gast.If, *LOOPS)) for s in binders[0].around):
            return False
        return self.order[id(binders[0].statement)] < self.start

    def has_fixed_size(self, name: str, axis: int) -> bool:
        kind = self.kinds(name)
        if self.is_bound_once(name) and isinstance(kind, Array):
            return True
        if name not in self.params and all(
            any(isinstance(s, LOOPS) for s in b.around) for b in self.binders.get(name, [])
        ):
            return False  # there is none before the loops
        return (
            isinstance(kind, Array)
            and kind.sizes is not None
            and axis < len(kind.sizes)
            and self.fixed(kind.sizes[axis])
        )

    # What is saved

    def allocated(self, name: str, sizes: list[gast.expr], dtype: np.dtype[Any]) -> Any:
        args: list[gast.expr] = [sizes[0] if len(sizes) == 1 else tree.display(sizes)]
        if dtype != np.float64:
            args.append(tree.attribute(tree.name("np"), "bool_" if dtype.kind == "b" else dtype.name))
        return tree.assign(name, tree.call(tree.attribute(tree.name("np"), "empty"), *args))

    def row(
        self, value: Any, kind: Array, turns: list[Turn], added: Site, there: gast.expr, changes: dict[int, Any]
    ) -> list[gast.expr] | None:
        """The sizes of an array that is saved, if it is made in each pass or copied; what becomes of these lines."""
        assert kind.sizes is not None, "arrays of unknown rank are not saved in arrays"
        rank, body = len(kind.sizes), turns[-1].loop.body
        if isinstance(value, gast.Name):
            state = self.state(value.id, kind, turns, added, there, changes)
            if state is not None:
                return state
            binders = [s for s in self.binders.get(value.id, []) if any(a is turns[-1].loop for a in s.around)]
            made = binders[0].statement if len(binders) == 1 else None
            if made is None or not is_allocation(made) or not comes_before(body, made, added.statement):
                return None
            texts = sizes_of(made.value, rank)
            if texts is None:
                return None
            sizes = [t if self.is_fixed(t) else self.size_text(s) for t, s in zip(texts, kind.sizes)]
            if any(s is None for s in sizes):
                return None
            start = {"zeros": 0.0, "ones": 1.0}.get(made.value.func.attr.removesuffix("_like"))
            changes[id(made)] = [tree.assign(value.id, there)]
            if start is not None:
                whole = tree.subscript(tree.name(value.id), tree.constant(...))
                changes[id(made)].append(tree.assign(whole, tree.constant(start)))
            changes[id(added.statement)] = []
            return [size_of(s) for s in sizes if s is not None]
        if is_copy(value):
            sizes = [self.size_text(s) for s in kind.sizes]  # type: ignore[misc]
            if any(s is None for s in sizes):
                return None
            changes[id(added.statement)] = [tree.assign(there, value.func.value)]
            return sizes
        return None

    def state(
        self, name: str, kind: Array, turns: list[Turn], added: Site, there: gast.expr, changes: dict[int, Any]
    ) -> list[gast.expr] | None:
        """The sizes of an array that each pass makes for the next one, which saves it: the pass makes the row after its own.

        The array that there is before the loop is copied into the first row.  None where it may be seen by another name.
        """
        turn, body, tape = turns[0], turns[0].loop.body, added.statement.value.func.value.id
        args = turn.loop.iter.args
        if len(args) > 2 or not same(added.around, [turn.loop]):
            return None
        within = [s for s in self.binders.get(name, []) if any(a is turn.loop for a in s.around)]
        if len(within) != 1 or len(within) == len(self.binders[name]) and name not in self.params:
            return None
        made = bound = within[0].statement
        if is_plain(bound) and isinstance(bound.value, gast.Name):  # `x = x_2`
            makers = [s.statement for s in self.binders.get(bound.value.id, [])]
            if len(makers) != 1 or not comes_before(body, makers[0], bound):
                return None
            made = makers[0]
        if not is_allocation(made) or made.value.func.attr not in ("empty", "empty_like"):
            return None
        if not comes_before(body, added.statement, bound) or not self.is_own_state(name, made, turn, tape):
            return None
        shape = tree.attribute(tree.name(name), "shape")  # of the array before the loop, where the tape is made
        texts = [tree.subscript(shape, tree.constant(k)) if self.fixed(s) else None for k, s in enumerate(kind.sizes or ())]
        sizes = [self.size_text(s) or text for s, text in zip(kind.sizes or (), texts)]
        if any(s is None for s in sizes):
            return None
        first = args[0] if len(args) > 1 and tree.text(turn.place) == turn.index else tree.constant(0)
        row = tree.subscript(tree.name(tape), first)
        next_row = tree.subscript(row.value, plus_one(turn.place))
        turn.before = [tree.assign(row, tree.name(name)), tree.assign(name, row)]
        turn.size = plus_one(turn.size)
        changes[id(made)] = [tree.assign(made.targets[0].id, next_row)]
        changes[id(added.statement)] = []
        return [s for s in sizes if s is not None]

    def is_own_state(self, name: str, made: Any, turn: Turn, tape: str) -> bool:
        """Is what a variable was before the loop stored to by nobody, and what it is in it only where it is made?"""
        group = self.groups.get(name, name)
        for other, sites_of in self.sites.items():
            if self.groups.get(other, other) != group or other == tape:
                continue
            for site in sites_of:
                if other not in self.stored_by(site.statement):
                    continue
                if not any(a is turn.loop for a in site.around):
                    if self.order[id(site.statement)] > self.order[id(turn.loop)]:
                        return False
                    continue
                top = next(s for s in (*site.around, site.statement) if any(s is b for b in turn.loop.body))
                if not comes_before(turn.loop.body, made, top):
                    return False
        return True

    def stored_by(self, statement: Any) -> set[str]:
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            return set()
        effects = Effects()
        add_effects(statement, effects)
        return effects.stores | effects.changes

    def size_text(self, size: Size) -> gast.expr | None:
        """A size as that of an array that is bound once, or as a number that is."""
        size = self.canonical(size)
        if size.symbol is None:
            return tree.constant(size.offset)
        for name in sorted(self.params) + sorted(self.binders):
            kind = self.kinds(name)
            if isinstance(kind, Number) and kind.size is not None and self.canonical(kind.size) == size:
                if self.is_bound_once(name):
                    return tree.name(name)
            if isinstance(kind, Array) and kind.sizes is not None and name not in self.narrowed and self.is_bound_once(name):
                for axis, other in enumerate(map(self.canonical, kind.sizes)):
                    if other == size:
                        return tree.subscript(tree.attribute(tree.name(name), "shape"), tree.constant(axis))
        return None

    def read_in_the_whole(self, name: str, part: str, depth: int) -> None:
        """`saved[i, k]` for `part[k]`, where nothing else is done with a part of the array."""
        self.look_round()
        binders = [s.statement for s in self.binders[part]]
        if not all(is_part_of(s, name) and not isinstance(s.value.slice, gast.Constant) for s in binders):
            return
        changes: dict[int, Any] = {}
        count = len(binders)
        for binder in binders:
            block = next(b for b in blocks(self.function.body) if any(s is binder for s in b))
            first = next(k for k, s in enumerate(block) if s is binder)
            place = items_of(binder.value)
            changes[id(binder)] = []
            found = [u for statement in block[first + 1 :] for u in uses(part, statement)]
            count += len(found)
            for use, axis in found:
                if axis is not None:
                    whole = tree.attribute(tree.name(name), "shape")
                    changes[id(use)] = tree.subscript(whole, tree.constant(axis + depth))
            for use, axis in reversed(found):  # those inside an index first
                if axis is None and isinstance(use, gast.Subscript) and self.is_element_or_all(use, part):
                    index: list[Any] = [*place, *(tree.replace(i, changes) for i in items_of(use))]
                    changes[id(use)] = gast.Subscript(tree.name(name), tree.display(index), use.ctx)
                elif axis is None:
                    return
        if count != len(self.sites[part]):
            return  # it is used elsewhere too
        self.function = copy.copy(self.function)
        self.function.body = rebuilt(self.function.body, changes)

    def is_element_or_all(self, use: gast.Subscript, part: str) -> bool:
        all_of_it = isinstance(use.slice, gast.Constant) and use.slice.value is ...
        return all_of_it or (is_element(use) and is_whole_index(use, self.kinds(part)))

    # What is computed again

    def computed_again(self, added: Any, turns: list[Turn], taken: Any) -> gast.expr | None:
        """The text that gives a number again in the mirrored pass, if it is cheap."""
        value = added.value.args[0]
        body, mirror = turns[-1].loop.body, turns[-1].mirror.body
        stop = next((k for k, s in enumerate(mirror) if s is taken), 0)
        there = {s.targets[0].id: tree.text(s.value) for s in mirror[:stop] if is_plain(s)}
        found = self.told_again(value, added, body, turns, there)
        return found if found is not None and cost(found) <= CHEAP else None

    def told_again(
        self, node: Any, before: Any, body: list[Any], turns: list[Turn], there: dict[str, str]
    ) -> gast.expr | None:
        """An expression with names that mean the same in the mirrored pass, or that say how they were computed."""
        indices = {t.index for t in turns}
        changes: dict[int, Any] = {}
        for name in tree.name_nodes(node):
            if self.is_constant(name, indices) or name.id in ("np", "math") or name.id in self.params - self.stored:
                continue
            if isinstance(self.kinds(name.id), Array):
                continue  # its elements are looked at as a whole
            binders = [s for s in self.binders.get(name.id, []) if any(a is turns[0].loop for a in s.around)]
            if len(binders) != 1 or not is_plain(binders[0].statement):
                return None
            bound = binders[0].statement
            if not comes_before(body, bound, before):
                return None
            inner = self.told_again(bound.value, bound, body, turns, there)
            if inner is None:
                return None
            mirrored = [s for s in self.binders[name.id] if any(a is turns[0].mirror for a in s.around)]
            if not (there.get(name.id) == tree.text(bound.value) and len(mirrored) == 1):
                changes[id(name)] = inner
        told = tree.replace(node, changes) if changes else node
        own = {n.id for n in tree.name_nodes(told) if n.id in there and not isinstance(self.kinds(n.id), Array)}
        return told if self.is_constant(told, indices | own) else None

    # Tables

    def table(
        self, name: str, added: Any, turns: list[Turn], changes: dict[int, Any]
    ) -> tuple[list[Any], list[Turn]] | None:
        """The loops that compute all values that are saved, before the others, and the loops that tell their places."""
        value = added.value.args[0]
        if not isinstance(value, gast.Name):
            return None
        binders = [s for s in self.binders.get(value.id, []) if any(a is turns[0].loop for a in s.around)]
        bound = binders[0].statement if len(binders) == 1 else None
        if bound is None or not comes_before(turns[-1].loop.body, bound, added):
            return None
        if not isinstance(bound, gast.Assign) or not isinstance(bound.targets[0], gast.Name):
            return None
        indices = {t.index for t in turns}
        if not self.is_constant(bound.value, indices):
            return None
        read = tree.names_read(bound.value)
        kept = [t for t in turns if t.index in read]
        left = [t for t in turns if t.index not in read]
        if not kept or not left or any(t.ragged for t in turns):
            return None
        there = element_of(name, [t.place for t in kept])
        loops: list[Any] = [tree.assign(there, bound.value)]
        for turn in reversed(kept):
            loops = [gast.For(tree.target(turn.index), turn.loop.iter, loops, [], None)]
        tests = [goes_round(t.loop.iter) for t in left]
        test = tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)
        changes[id(bound)] = [tree.assign(value.id, there)]
        changes[id(added)] = []
        return [gast.If(test, loops, [])], kept

    def is_constant(self, node: Any, indices: set[str]) -> bool:
        """Is this the same in all passes with the same indices?"""
        if isinstance(node, gast.Name):
            return node.id in indices or (self.is_bound_once(node.id) and isinstance(self.kinds(node.id), Number))
        if isinstance(node, gast.Subscript):
            if not isinstance(node.value, gast.Name) or not is_element(node) or node.value.id in self.stored:
                return False
            array = self.kinds(node.value.id)
            if not isinstance(array, Array) or not self.is_bound_once(node.value.id) or not is_whole_index(node, array):
                return False
            return all(self.is_constant(i, indices) for i in items_of(node))
        if isinstance(node, gast.Call):
            plain = tree.root(node.func) in ("np", "math") and not node.keywords
            return plain and all(self.is_constant(a, indices) for a in node.args)
        if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.Compare, gast.BoolOp)):
            return all(self.is_constant(p, indices) for p in gast.iter_child_nodes(node) if isinstance(p, gast.expr))
        return isinstance(node, gast.Constant)


# Statements and where they stand


def sites(block: list[Any], around: tuple[Any, ...]) -> Iterator[Site]:
    for statement in block:
        yield Site(statement, around)
        for inner in tree.blocks_of(statement):
            yield from sites(inner, (*around, statement))


def blocks(block: list[Any]) -> Iterator[list[Any]]:
    yield block
    for statement in block:
        for inner in tree.blocks_of(statement):
            yield from blocks(inner)


def own_nodes(statement: Any) -> list[Any]:
    """The nodes of a statement, without those of the blocks inside it."""
    if isinstance(statement, (gast.For, gast.While, gast.If)):
        heads = (statement.target, statement.iter) if isinstance(statement, gast.For) else (statement.test,)
        return nodes_in(*heads)
    return nodes_in(statement)


def rebuilt(block: list[Any], changes: dict[int, Any]) -> list[Any]:
    """The statements with some replaced by lists of others, and some expressions by others."""
    result: list[Any] = []
    for statement in block:
        for new in changes.get(id(statement), [statement]):
            if isinstance(new, (gast.For, gast.While, gast.If)):
                new = copy.copy(new)
                for head in ("target", "iter", "test"):
                    if hasattr(new, head):
                        setattr(new, head, tree.replace(getattr(new, head), changes))
                new.body, new.orelse = rebuilt(new.body, changes), rebuilt(new.orelse, changes)
            elif new is statement or id(statement) in changes:
                new = tree.replace(new, {k: v for k, v in changes.items() if not isinstance(v, list)})
            result.append(new)
    return result


def same(some: Any, others: Any) -> bool:
    return len(some) == len(others) and all(a is b for a, b in zip(some, others))


def comes_before(block: list[Any], first: Any, second: Any) -> bool:
    """Are both statements of this block, in this order?"""
    places = [k for statement in (first, second) for k, s in enumerate(block) if s is statement]
    return len(places) == 2 and places[0] < places[1]


def is_empty_list(statement: Any) -> bool:
    """`x = []`"""
    return (
        isinstance(statement, gast.Assign)
        and isinstance(statement.targets[0], gast.Name)
        and isinstance(statement.value, gast.List)
        and not statement.value.elts
    )


def is_call_of(node: Any, name: str, method: str) -> bool:
    return (
        isinstance(node, gast.Call)
        and isinstance(node.func, gast.Attribute)
        and node.func.attr == method
        and isinstance(node.func.value, gast.Name)
        and node.func.value.id == name
    )


def is_append(statement: Any, name: str) -> bool:
    return isinstance(statement, gast.Expr) and is_call_of(statement.value, name, "append")


def is_plain(statement: Any) -> bool:
    """`x = ...`"""
    return isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name)


def is_copy(node: Any) -> bool:
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "copy" and not node.args  # fmt: skip


def is_part_of(statement: Any, name: str) -> bool:
    """`part = whole[i, j]`"""
    return (
        is_plain(statement)
        and isinstance(statement.value, gast.Subscript)
        and isinstance(statement.value.value, gast.Name)
        and statement.value.value.id == name
    )


def is_whole_index(node: gast.Subscript, kind: Kind | None) -> bool:
    """Is there an index for each axis?"""
    return isinstance(kind, Array) and kind.sizes is not None and len(items_of(node)) == len(kind.sizes)


def is_mirror(mirror: Any, loop: Any) -> bool:
    """Does one counted loop go through the numbers of the other from the last to the first?"""
    if not all(isinstance(s, gast.For) and isinstance(s.target, gast.Name) and tree.made_of_range(s.iter) for s in (loop, mirror)):  # fmt: skip
        return False
    if not tree.is_call(loop.iter, "range") or loop.target.id != mirror.target.id:
        return False
    return tree.text(forwards(tree.call("reversed", loop.iter))) == tree.text(mirror.iter)


def leaves_early(loop: Any) -> bool:
    return any(isinstance(n, (gast.Break, gast.Continue, gast.Return)) for n in nodes_in(loop))


def binds_within(loop: Any, name: str) -> bool:
    """Is a loop's index bound, or `_` read, inside the loop?"""
    inside = [n for n in nodes_in(*loop.body) if isinstance(n, gast.Name) and n.id == name]
    return any(name == "_" or not isinstance(n.ctx, gast.Load) for n in inside)


def cost(node: Any) -> int:
    """How many additions take about as long?"""
    parts = sum(cost(p) for p in gast.iter_child_nodes(node) if isinstance(p, gast.expr))
    if isinstance(node, gast.Call):
        return parts + (4 if tree.text(node.func) in ("np.sqrt", "math.sqrt", "np.abs", "abs") else 100)
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Div, gast.FloorDiv, gast.Mod)):
        return parts + 4
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Pow):
        small = is_number(node.right) and node.right.value <= 4  # type: ignore[attr-defined]
        return parts + (2 if small else 100)
    return parts + COSTS.get(type(node), 0)


# Sizes


def element_of(name: str, places: list[gast.expr]) -> gast.expr:
    return tree.subscript(tree.name(name), places[0] if len(places) == 1 else tree.display(list(places)))


def is_number(node: Any) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) is int


def minus(node: gast.expr, other: Any) -> gast.expr:
    return plus_number(node, -other.value) if is_number(other) else gast.BinOp(node, gast.Sub(), other)


def plus(node: Any, number: int) -> gast.expr:
    if is_number(node):
        return tree.constant(node.value + number)
    if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Sub) and is_number(node.right):
        return plus_number(node.left, number - node.right.value)
    return plus_number(node, number)


def plus_one(node: gast.expr) -> gast.expr:
    return plus(node, 1)


def size_of(node: Any) -> gast.expr:
    """A number of places, which is not less than zero."""
    sure = (gast.Subscript, gast.Constant) if not isinstance(node, gast.Call) else gast.Call
    if isinstance(node, sure) and not tree.is_call(node, "min"):
        return node
    return tree.call("max", node, tree.constant(0))


def goes_round(call: Any) -> gast.expr:
    """Has a range any numbers?"""
    args = call.args
    start = args[0] if len(args) > 1 else tree.constant(0)
    if len(args) == 3 and is_step(args[2], -1):
        start, stop = args[1], args[0]
    else:
        stop = args[0] if len(args) == 1 else args[1]
    return gast.Compare(stop, [gast.Gt()], [start])
