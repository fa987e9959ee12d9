"""Which places have the passes of loops, in the forward pass and in its mirror?

A loop that may be left by a break counts its passes:

Before: for k in range(1, n):             After: for k in range(1, n):
            loops += 1                               loops += 1
            s_saved.append(s)                        s_saved[loops - 1] = s
            ...                                      ...
        for _ in range(loops):                   for loops in range(loops, 0, -1):
            s = s_saved.pop()                        s = s_saved[loops - 1]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.kinds import Array, Kind, Size
from srcgrad.backends.effects import Effects, add_effects, linear
from srcgrad.backends.fuse import plus_number
from srcgrad.backends.ranges import forwards, is_step
from srcgrad.backends.sites import Site, own_nodes, same, sites
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

LOOPS = (gast.For, gast.While)
SHORT = 256  # passes of a loop that may be left before, for each of which a whole array has a place
FOREVER = 1_000_000  # passes
FAR = 4  # places that may be left unused before the first one


@dataclass
class Turn:
    """A counted loop of the forward pass, its mirror, and where its passes have their places.

    A loop that may be left by a break counts its passes: that number, less one, is the place in both.
    """

    loop: Any
    mirror: Any
    index: str
    place: gast.expr
    size: gast.expr
    ragged: bool  # whether the number of passes differs with those of the loops around it
    before: list[Any] = field(default_factory=list)  # what comes before the loop
    is_left: bool = False  # whether its passes are counted, and gone through by that count


class Turns:
    """The loops of one function.

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
        self.start = 0  # where the loops begin that are looked at: what is bound before is bound where the list is made

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

    def turns(self, made: Site, added: Site, taken: Site) -> list[Turn]:
        """The loops round what is added, each with its mirror; none if the places of passes can't be told."""
        depth = len(made.around)
        if not same(added.around[:depth], made.around):
            return []
        loops, mirrors = ([s for s in around if isinstance(s, LOOPS)] for around in (added.around[depth:], taken.around))
        outer, mirrors = mirrors[: len(mirrors) - len(loops)], mirrors[len(mirrors) - len(loops) :]
        if not loops or added.around[depth] is not loops[0] or not same(outer, [s for s in made.around if isinstance(s, LOOPS)]):
            return []
        if any(isinstance(n, (gast.Return, gast.Continue)) for n in nodes_in(loops[0], mirrors[0])):
            return []
        found: list[Turn] = []
        for loop, mirror in zip(loops, mirrors):
            if has_break(loop):
                turn = self.turn_left(loop, mirror)
            else:
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
        elif is_number(args[2]) and args[2].value > 1 and is_number(start) and start.value == 0 and self.is_fixed(args[1]):
            last = gast.BinOp(plus(args[1], args[2].value - 1), gast.FloorDiv(), args[2])
            return Turn(loop, mirror, index, gast.BinOp(i, gast.FloorDiv(), args[2]), size_of(last), False)
        elif is_step(args[2], -1) and (is_step(args[1], -1) or self.is_nonneg(args[1], around)):
            top = self.highest(start, around)
            if top is not None:
                ragged = top[1] or not (is_step(args[1], -1) or is_number(args[1]))
                return Turn(loop, mirror, index, i, size_of(plus_one(top[0])), ragged)
        return None

    def turn_left(self, loop: Any, mirror: Any) -> Turn | None:
        """A loop that may be left by a break, and one that goes through its passes from the last to the first."""
        if not isinstance(loop, gast.For) or not isinstance(mirror, gast.For) or not tree.is_call(loop.iter, "range"):
            return None
        if not all(is_step(a, -1) or self.is_fixed(a) for a in loop.iter.args) or has_break(mirror):
            return None
        args = loop.iter.args
        if any(is_number(a) and a.value > FOREVER for a in args):
            return None  # a bound that is meant to be never reached
        size = size_of(args[0]) if len(args) == 1 else tree.call("len", loop.iter)
        first = next((s for s in loop.body if not isinstance(s, (Comment, Blank))), None)
        if not isinstance(first, gast.AugAssign) or not isinstance(first.op, gast.Add) or tree.text(first.value) != "1":
            return None
        counter = tree.text(first.target)
        if len(args) == 1 and isinstance(loop.target, gast.Name) and loop.target.id == tree.text(mirror.target) != "_":
            if tree.text(mirror.iter) == f"range(min({tree.text(args[0])}, {counter}) - 1, -1, -1)":
                index = loop.target.id
                if not any(binds_within(s, index) for s in (loop, mirror)):
                    return Turn(loop, mirror, index, tree.name(index), size, False)
        plain = tree.text(mirror.target) == "_" and tree.text(mirror.iter) == f"range({counter})"
        again = tree.text(mirror.target) == counter and tree.text(mirror.iter) == tree.text(counted_down(counter))
        if not (plain or again) or any(n.id == "_" for n in nodes_in(*mirror.body) if isinstance(n, gast.Name)):
            return None
        if self.is_count_of(counter, first, loop, mirror):
            return Turn(loop, mirror, counter, minus(tree.name(counter), tree.constant(1)), size, False, is_left=True)
        return None

    def is_count_of(self, counter: str, first: Any, loop: Any, mirror: Any) -> bool:
        """Is this variable the number of passes of a loop, and of use in it and its mirror alone?"""
        binders = [s.statement for s in self.binders[counter] if s.statement is not mirror]
        starts = [s for s in binders if s is not first]
        if len(binders) != 2 or len(starts) != 1 or not isinstance(starts[0], gast.Assign):
            return False
        if tree.text(starts[0].value) != "0":
            return False
        own = (starts[0], first, mirror)
        return all(
            any(s.statement is o for o in own) or any(a is loop or a is mirror for a in s.around)
            for s in self.sites[counter]
        )

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


def is_mirror(mirror: Any, loop: Any) -> bool:
    """Does one counted loop go through the numbers of the other from the last to the first?"""
    if not all(isinstance(s, gast.For) and isinstance(s.target, gast.Name) and tree.made_of_range(s.iter) for s in (loop, mirror)):  # fmt: skip
        return False
    if not tree.is_call(loop.iter, "range") or loop.target.id != mirror.target.id:
        return False
    return tree.text(forwards(tree.call("reversed", loop.iter))) == tree.text(mirror.iter)


def leaves_early(loop: Any) -> bool:
    return any(isinstance(n, (gast.Break, gast.Continue, gast.Return)) for n in nodes_in(loop))


def has_break(loop: Any) -> bool:
    """May this loop be left before its end, and not only one inside it?"""
    waiting = list(loop.body)
    for statement in waiting:
        if isinstance(statement, gast.Break):
            return True
        if not isinstance(statement, LOOPS):
            waiting += [s for block in tree.blocks_of(statement) for s in block]
    return False


def is_short(loop: Any) -> bool:
    """Is it known to have few passes?"""
    return len(loop.iter.args) == 1 and is_number(loop.iter.args[0]) and loop.iter.args[0].value <= SHORT


def counted_down(counter: str) -> gast.expr:
    """The numbers of the passes, from the last to the first."""
    return tree.call("range", tree.name(counter), tree.constant(0), tree.constant(-1))


def binds_within(loop: Any, name: str) -> bool:
    """Is a loop's index bound, or `_` read, inside the loop?"""
    inside = [n for n in nodes_in(*loop.body) if isinstance(n, gast.Name) and n.id == name]
    return any(name == "_" or not isinstance(n.ctx, gast.Load) for n in inside)


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
