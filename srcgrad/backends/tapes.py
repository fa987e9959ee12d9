"""Which values may lie in an array until the backward pass reads them?  Those that are saved once in each pass of counted loops.

Before: y_saved = []                  After: y_saved = np.empty(max(n, 0))
        for i in range(n):                   for i in range(n):
            y_saved.append(y)                    y_saved[i] = y
            ...                                  ...
        for i in range(n - 1, -1, -1):       for i in range(n - 1, -1, -1):
            y = y_saved.pop()                    y = y_saved[i]

What only some passes save is counted: `y_saved[y_count] = y`, `y_count += 1`, so that no place is touched that is not of use.
An array that is made anew in each pass and saved is made as a part of the whole.  A number that is computed from what
no pass changes is computed again, if that is cheap, or once for each place, before the loops.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Kind, List, Number, Size, widen
from srcgrad.backends.contraction import is_allocation, is_element, items_of, sizes_of, uses
from srcgrad.backends.effects import Effects, add_effects
from srcgrad.backends.ranges import is_step
from srcgrad.backends.sites import (
    Site,
    blocks,
    comes_before,
    is_append,
    is_call_of,
    is_copy,
    is_empty_list,
    is_plain,
    own_nodes,
    rebuilt,
    same,
)
from srcgrad.backends.turns import (
    Turn,
    Turns,
    counted_down,
    has_break,
    is_number,
    is_short,
    plus_one,
    size_of,
)
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

CHEAP = 8  # about as many operations as it takes to store a number and to load it again
COSTS: dict[type, int] = {gast.BinOp: 1, gast.UnaryOp: 1, gast.Compare: 1, gast.BoolOp: 1}


class Tapes(Turns):
    """The lists of one function in which values are saved.

    kinds: of all that is bound to a variable.  groups: of the variables that may share memory.
    """

    def placed(self) -> gast.FunctionDef:
        """The function with arrays for those lists that can be arrays."""
        for again in (True, True, False):  # a test may be asked again once what it reads is computed again
            for statement in nodes_in(*self.function.body):
                if is_empty_list(statement):
                    self.look_round()
                    self.place(statement.targets[0].id, again)
        return self.function

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
        self.start = self.order[id(loops[0])] if loops else 0
        turns = self.turns(made, added, taken)
        kind = self.kinds(name)
        item = widen(kind.cell.item) if isinstance(kind, List) else None
        value = added.statement.value.args[0]
        if not turns or sum(t.ragged for t in turns) > 1:
            return
        sometimes = any(isinstance(s, gast.If) for s in loops)
        if isinstance(item, Array) and any(has_break(t.loop) and not is_short(t.loop) for t in turns):
            return  # most places may be left unused
        count = self.names.fresh(f"{name.removesuffix('_saved')}_count") if sometimes and not again else None
        places = [tree.name(count)] if count else [t.place for t in turns]
        changes: dict[int, Any] = {id(made.statement): []}
        if again:
            computed = self.computed_again(added.statement, turns, taken.statement)
            if computed is not None:
                changes |= {id(added.statement): [], id(pop): computed}
                self.function = copy.copy(self.function)
                self.function.body = rebuilt(self.function.body, changes)
            return
        if isinstance(item, Number) and item.dtype.kind in "fiubc":
            left = sometimes or any(has_break(t.loop) for t in turns)
            table = None if left else self.table(name, added.statement, turns, changes)
            if table is not None:
                turns = table[1]
                places = [t.place for t in turns]
            there = element_of(name, places)
            made_first = [self.allocated(name, room(turns, count), item.dtype)]
            if table is not None:
                made_first += table[0]
            else:
                changes[id(added.statement)] = [tree.assign(there, value)]
        elif isinstance(item, Array) and item.sizes and item.dtype.kind in "fiubc":
            there = element_of(name, places)
            if count and len(turns) > 1:
                return
            sizes = self.row(value, item, turns, added, there, changes)
            if sizes is None:
                return
            made_first = [self.allocated(name, [*room(turns, count), *sizes], item.dtype)]
        else:
            return
        changes[id(pop)] = there
        if count:
            made_first.append(tree.assign(count, tree.constant(0)))
            changes[id(added.statement)] = [*changes[id(added.statement)], tree.augment(count, "+", tree.constant(1))]
            changes[id(taken.statement)] = [tree.augment(count, "-", tree.constant(1)), taken.statement]
        first = loops[0]
        changes[id(first)] = [*made_first, *turns[0].before, first]
        for turn in turns:
            if turn.is_left:
                changes[id(turn.mirror.target)] = tree.target(turn.index)
                changes[id(turn.mirror.iter)] = counted_down(turn.index)
            elif turn.loop.target.id != turn.index:
                changes[id(turn.loop.target)] = changes[id(turn.mirror.target)] = tree.target(turn.index)
        self.function = copy.copy(self.function)
        self.function.body = rebuilt(self.function.body, changes)
        if isinstance(item, Array) and not count:
            self.look_round()
            parts = {s.targets[0].id for s in nodes_in(*self.function.body) if is_plain(s) and is_part_of(s, name)}
            for part in sorted(parts):
                self.read_in_the_whole(name, part, len(turns))

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
        rank = len(kind.sizes)
        body = next(b for b in tree.blocks_of(added.around[-1]) if any(s is added.statement for s in b))
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


def element_of(name: str, places: list[gast.expr]) -> gast.expr:
    return tree.subscript(tree.name(name), places[0] if len(places) == 1 else tree.display(list(places)))


def room(turns: list[Turn], count: str | None) -> list[gast.expr]:
    """The sizes of an array with a place for each pass: on one axis if they are counted."""
    sizes = [t.size for t in turns]
    return [functools.reduce(lambda a, b: tree.binary(a, "*", b), sizes)] if count else sizes


def goes_round(call: Any) -> gast.expr:
    """Has a range any numbers?"""
    args = call.args
    start = args[0] if len(args) > 1 else tree.constant(0)
    if len(args) == 3 and is_step(args[2], -1):
        start, stop = args[1], args[0]
    else:
        stop = args[0] if len(args) == 1 else args[1]
    return gast.Compare(stop, [gast.Gt()], [start])
