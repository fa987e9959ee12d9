"""What adds nothing but zeros, unless a branch was taken, is done in that branch.

Before: cand_bar = 0.0                    After: if test_saved[t, k]:
        if test_saved[t, k]:                         cand_bar = best_bar
            cand_bar += best_bar                     best_bar = 0.0
            best_bar = 0.0                           v_bar[k] += cand_bar
        v_bar[k] += cand_bar                         A_bar[k, s] += cand_bar
        A_bar[k, s] += cand_bar

Where a loop looks for the least of many, all but few passes are left out in this way; and once `best_bar` is zero, so that nothing
is left to be done, the loop is left.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.effects import Sharing, bound_in
from srcgrad.backends.liveness import BOUND, Later, first_use, leaves
from srcgrad.backends.scalars import is_sum, is_zero, times_named
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

PLAIN = {"abs", "float", "int", "min", "max"}
SUMS = (gast.Add, gast.Sub)


class Sinking:
    """The blocks of one function."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing

    def block(self, statements: list[Any], later: Later) -> list[Any]:
        statements = list(statements)
        for branch in [s for s in statements if isinstance(s, gast.If)]:
            for taken in (False, True):
                statements, branch = self.sunk(statements, branch, taken, later)
        result = []
        for place, statement in enumerate(statements):
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                inner = later.inside(statement, statements[place + 1 :])
                statement = copy.copy(statement)
                statement.body = self.block(statement.body, inner)
                statement.orelse = self.block(statement.orelse, inner)
            if isinstance(statement, gast.For):
                statement = left_when_done(statement, Later(((True, statements[place + 1 :]), *later.lists)))
            result.append(statement)
        return result

    def sunk(self, statements: list[Any], branch: Any, taken: bool, later: Later) -> tuple[list[Any], Any]:
        """The block, in which what is zero where a branch is taken, or not taken, is done on the other way; the branch."""
        place = tree.index_of(statements, branch)
        own, other = (branch.body, branch.orelse) if taken else (branch.orelse, branch.body)
        zeros = zeros_after(own, other, statements[:place])
        if not zeros or leaves(branch) or any(isinstance(n, gast.Return) for n in nodes_in(branch)):
            return statements, branch
        pinned: set[int] = set()
        while True:
            moved = self.movable(statements[place + 1 :], zeros, pinned)
            kept = [s for s in statements[place + 1 :] if not any(s is m for m in moved)]
            beyond = Later(((True, kept), *later.lists))
            lost = {id(s) for s in moved if isinstance(s, gast.Assign) and beyond.reads(s.targets[0].id)}
            lost |= {id(s) for s in moved if isinstance(s, gast.For) and any(map(beyond.reads, assigned_in(s)))}
            if not lost:
                break
            pinned |= lost
        if not any(isinstance(s, (gast.AugAssign, gast.For)) for s in moved):
            return statements, branch
        before, own, other = statements[:place], list(own), [*other, *moved]
        for name in sorted(zeros):
            if not beyond.reads(name) and not times_named(name, [tree.statement(branch.test)]):
                start = next(s for s in (*own[::-1], *before[::-1]) if is_zero(s) and s.targets[0].id == name)
                if any(start is s for s in before):
                    if times_named(name, own):
                        continue
                    del before[tree.index_of(before, start)]
                    other = begun(name, other)
                else:
                    del own[tree.index_of(own, start)]
        test = branch.test
        if not own and taken:
            test, taken = inverse(test), False
        made = gast.If(test, *((own, other) if taken else (other, own)))
        return [*before, made, *kept], made

    def movable(self, statements: list[Any], zeros: set[str], pinned: set[int]) -> list[Any]:
        """The statements that do nothing where these variables are zero, and may be done before the others."""
        moved: list[Any] = []
        kept: list[Any] = []
        zeros = set(zeros)
        waiting: list[Any] = []  # comments on what comes next
        for statement in statements:
            if isinstance(statement, (Comment, Blank)):
                waiting.append(statement)
                continue
            if leaves(statement) or isinstance(statement, gast.Return):
                break
            now = zeros_kept(statement, zeros) if id(statement) not in pinned else None
            if now is not None and all(self.sharing.swappable(s, statement) for s in kept):
                zeros = now
                moved += [*(w for w in waiting if isinstance(w, Comment)), statement]
            else:
                zeros -= bound_in(statement)
                kept.append(statement)
            waiting = []
        return moved


def left_when_done(loop: gast.For, beyond: Later) -> gast.For:
    """The loop, left by a break where a branch at its end makes zero what all else is multiplied by."""
    done = [s for s in loop.body if not isinstance(s, (Comment, Blank))]
    branch = done[-1] if done and isinstance(done[-1], gast.If) and not done[-1].orelse else None
    if branch is None or leaves(loop) or any(isinstance(n, gast.Return) for n in nodes_in(loop)):
        return loop
    bound = {n.id for n in nodes_in(loop) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    for name in sorted(last_zeros(branch.body)):
        zeros = zeros_kept_by_all(loop.body, {name})
        if zeros is not None and name in zeros:
            changed = {n for n in bound - {name} if beyond.reads(n)}
            if not changed & (assigned_in(loop) | {n.id for n in nodes_in(loop.target) if isinstance(n, gast.Name)}):
                made = copy.copy(loop)
                last = gast.If(branch.test, [*branch.body, gast.Break()], [])
                made.body = [last if s is branch else s for s in loop.body]
                return made
    return loop


def zeros_kept_by_all(statements: list[Any], zeros: set[str]) -> set[str] | None:
    """Which variables are zero after statements that do nothing, where some are, but name what they read."""
    for statement in statements:
        if isinstance(statement, (Comment, Blank)):
            continue
        now = zeros_kept(statement, zeros)
        if now is None and isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
            if all(is_plain(n) for n in nodes_in(statement) if isinstance(n, gast.Call)):
                now = zeros - {statement.targets[0].id}
        if now is None and isinstance(statement, gast.If):
            ways = [zeros_kept_by_all(block, zeros) for block in (statement.body, statement.orelse)]
            if all(is_plain(n) for n in nodes_in(statement.test) if isinstance(n, gast.Call)) and None not in ways:
                now = set.intersection(*(way for way in ways if way is not None))
        if now is None:
            return None
        zeros = now
    return zeros


def zeros_after(own: list[Any], other: list[Any], before: list[Any]) -> set[str]:
    """The variables that are zero after one way of a branch: set to it there, or before, and then only on the other way."""
    bound_here, bound_there = ({n for s in way for n in bound_in(s)} for way in (own, other))
    found = last_zeros(own)
    return found | {n for n in last_zeros(before) if n in bound_there and n not in bound_here}


def last_zeros(statements: list[Any]) -> set[str]:
    """The variables that are set to zero here, and not named after that."""
    found, named = set(), set()
    for statement in statements[::-1]:
        if is_zero(statement) and statement.targets[0].id not in named:
            found.add(statement.targets[0].id)
        named |= {n.id for n in nodes_in(statement) if isinstance(n, gast.Name)}
    return found


def begun(name: str, statements: list[Any]) -> list[Any]:
    """The statements where a variable begins as zero: `x_bar = v` for the first of them, `x_bar += v`."""
    place = next((k for k, s in enumerate(statements) if times_named(name, [s])), None)
    if place is None:
        return statements
    first = statements[place]
    if is_sum(first, name):
        value = first.value if isinstance(first.op, gast.Add) else tree.negative(first.value)
        return [*statements[:place], tree.assign(name, value), *statements[place + 1 :]]
    if isinstance(first, gast.Assign) and first_use([first], name) == BOUND:
        return statements
    return [tree.assign(name, tree.constant(0.0)), *statements]


def inverse(test: Any) -> Any:
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    return gast.UnaryOp(gast.Not(), test)


def zeros_kept(statement: Any, zeros: set[str]) -> set[str] | None:
    """Which variables are zero after a statement that does nothing where some are; None if it does something."""
    if any(isinstance(n, gast.Call) and not is_plain(n) for n in nodes_in(statement)):
        return None
    if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
        return zeros | {statement.targets[0].id} if is_null(statement.value, zeros) else None
    if isinstance(statement, gast.AugAssign):
        if isinstance(statement.op, SUMS):
            return zeros if is_null(statement.value, zeros) else None
        factor = isinstance(statement.op, gast.Mult) and tree.text(statement.target) in zeros
        return zeros if factor else None
    if isinstance(statement, gast.For):
        inside = set(zeros)
        for inner in statement.body:
            if isinstance(inner, (Comment, Blank)):
                continue
            now = zeros_kept(inner, inside)
            if now is None:
                return None
            inside = now
        return zeros
    return None


def assigned_in(loop: Any) -> set[str]:
    """The variables that a loop binds, and does not only add to."""
    found = {n.id for n in nodes_in(loop.target) if isinstance(n, gast.Name)}
    return found | {s.targets[0].id for s in tree.statements_in(loop.body) if isinstance(s, gast.Assign)}


def is_plain(call: gast.Call) -> bool:
    """Does it change nothing?"""
    if isinstance(call.func, gast.Name):
        return call.func.id in PLAIN or call.func.id == "range"
    return isinstance(call.func, gast.Attribute) and tree.text(call.func.value) in ("np", "math") and not call.keywords


def is_null(node: Any, zeros: set[str]) -> bool:
    """Is it zero where these variables are?"""
    if isinstance(node, gast.Constant):
        return node.value == 0 and not isinstance(node.value, bool)
    if isinstance(node, gast.Name):
        return node.id in zeros
    if isinstance(node, gast.UnaryOp):
        return isinstance(node.op, gast.USub) and is_null(node.operand, zeros)
    if isinstance(node, gast.BinOp):
        if isinstance(node.op, gast.Mult):
            return is_null(node.left, zeros) or is_null(node.right, zeros)
        if isinstance(node.op, SUMS):
            return is_null(node.left, zeros) and is_null(node.right, zeros)
        return isinstance(node.op, gast.Div) and is_null(node.left, zeros)
    return tree.is_call(node, "float") and is_null(node.args[0], zeros)
