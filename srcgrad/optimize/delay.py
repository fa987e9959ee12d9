"""Which loops do not need to be run before the backward pass?  Those whose iterations need nothing of each other.

Before: for i in range(n):               After: for i in reversed(range(n)):
            y = x[i] ** 2                           y = x[i] ** 2
            z = np.sin(y)                           z = np.sin(y)
            y_saved.append(y)                       y_bar = z_bar * np.cos(y)
        ...                                         x_bar[i] += y_bar * 2 * x[i]
        for i in reversed(range(n)):
            y = y_saved.pop()
            y_bar = z_bar * np.cos(y)
            x_bar[i] += y_bar * 2 * x[i]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.analysis.definite import bound_at_end, stored_in
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.optimize.touching import Touching, own_expressions

SIMPLE = (gast.Assign, gast.AugAssign, gast.Expr, gast.If, gast.For, gast.While, gast.Pass, Blank, Comment)


class Delay:
    """`touching`: whose memory is changed by what, and does an expression do more than give a value?"""

    def __init__(self, touching: Touching) -> None:
        self.touching, self.has_effect = touching, touching.has_effect

    def run(
        self, forward: list[gast.stmt], backward: list[gast.stmt], needed: set[str]
    ) -> tuple[list[gast.stmt], list[gast.stmt]]:
        """Both passes, with such loops of the forward pass in those of the backward pass.

        needed: the names that are read after both.
        """
        if not any(isinstance(s, gast.For) for s in forward):
            return forward, backward
        every = Counter(names_of([*forward, *backward]))
        names = {id(s): Counter(names_of([s])) for s in [*forward, *backward] if isinstance(s, gast.For)}
        for loop in reversed([s for s in forward if isinstance(s, gast.For)]):
            lists = lists_of(loop)
            candidates = [s for s in backward if isinstance(s, gast.For) and lists & names.get(id(s), Counter()).keys()]
            reverse = next((s for s in candidates if is_reverse(s, loop)), None)
            if reverse is None:
                continue
            at, to = tree.index_of(forward, loop), tree.index_of(backward, reverse)
            scratch = filled_anew(loop, forward[:at])
            if not self.is_closed(loop, lists, scratch):
                continue
            before = [s for s in forward[:at] if not is_empty_list(s, lists)]
            made = {n: sum(is_empty_list(s, {n}) for s in forward[:at]) for n in lists}
            if any(every[n] - names[id(loop)][n] - names[id(reverse)][n] > made[n] for n in lists):
                continue  # they are read elsewhere too
            between, rest = [*forward[at + 1 :], *backward[:to]], backward[to + 1 :]
            if scratch & needed or content_reads([*between, reverse, *rest]) & scratch:
                continue
            if not self.may_wait(loop, lists, between, reverse, rest, needed):
                continue
            forward = [*before, *forward[at + 1 :]]
            backward = [*backward[:to], joined(loop, lists, reverse, self.touching.by), *rest]
        return forward, backward

    def is_closed(self, loop: gast.For, lists: set[str], scratch: set[str]) -> bool:
        """Does an iteration read and change nothing that another one makes?  scratch: arrays that each one fills anew."""
        made = stored_in([loop]) - lists
        simple = all(self.is_simple(s, made | scratch, lists) for s in tree.statements_in(loop.body))
        return simple and not made & given_to(loop, lists)

    def may_wait(
        self, loop: gast.For, lists: set[str], between: list[gast.stmt], reverse: gast.For, rest: list[gast.stmt],
        needed: set[str],
    ) -> bool:  # fmt: skip
        """Is what the loop needs still the same when it is done later, and what it makes not read before?"""
        made = stored_in([loop]) - lists
        later: set[str] = set()
        given = bound_at_end(between, set(), later)
        bound_at_end(reverse.body, given | names_in([reverse.target]), later)
        bound_at_end(rest, given, later)
        changed = stored_in([*between, reverse]) - made | self.touching.by([*between, reverse], lists)
        return not made & (later | needed) and not given_to(loop, lists) & changed

    def is_simple(self, statement: Any, made: set[str], lists: set[str]) -> bool:
        """Does it change nothing but what the iteration itself makes, and the lists?"""
        if not isinstance(statement, SIMPLE):
            return False
        if is_append(statement):
            return tree.root(statement.value.func.value) in lists and not any(
                self.has_effect(a) for a in statement.value.args
            )
        return (
            not any(self.has_effect(e) for e in own_expressions(statement)) and self.touching.by([statement], lists) <= made
        )


def filled_anew(loop: gast.For, before: list[gast.stmt]) -> set[str]:
    """Arrays made before a loop, `a = np.zeros(n)`, that each iteration fills, `for j in range(n): a[j] = ...`, before it
    reads them."""
    found: set[str] = set()
    sizes = {s.targets[0].id: size for s in before if (size := size_made(s)) is not None}  # type: ignore[attr-defined]
    for name, size in sizes.items():
        assigned = [s for s in before if name in names_in([s])]
        changed = stored_in([*before[tree.index_of(before, assigned[0]) :], loop])
        first = next((s for s in loop.body if name in names_in([s])), None)
        changed |= lists_changed([*before, loop])
        if len(assigned) > 1 or tree.names_read(size) & (changed - {name}):
            continue
        if first is not None and fills(first, name, size):
            found.add(name)
    return found


def lists_changed(statements: list[Any]) -> set[str]:
    """The names of which a method that makes a list longer or shorter is called."""
    methods = {"append", "pop", "insert", "extend", "remove", "clear"}
    calls = [n.func for n in nodes_in(*statements) if isinstance(n, gast.Call) and isinstance(n.func, gast.Attribute)]
    return {tree.root(f.value) or "" for f in calls if f.attr in methods}


def size_made(statement: Any) -> gast.expr | None:
    """n, in `a = np.zeros(n)`, `a = np.empty(n)`, of one or more axes."""
    if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Name):
        return None
    value = statement.value
    if not isinstance(value, gast.Call) or getattr(value.func, "attr", "") not in ("zeros", "empty") or len(value.args) != 1:
        return None
    shape = value.args[0]
    if isinstance(shape, (gast.Tuple, gast.List)):
        return shape.elts[0] if shape.elts else None
    return shape


def fills(statement: Any, name: str, size: gast.expr) -> bool:
    """Is it `for j in range(n)`, with a store into a[j] in every pass, and no other use of a before that?"""
    if not isinstance(statement, gast.For) or not isinstance(statement.target, gast.Name):
        return False
    if tree.text(statement.iter) != f"range({tree.text(size)})":
        return False
    counter = statement.target.id
    if any(isinstance(s, (gast.Break, gast.Continue, gast.Return)) for s in tree.statements_in(statement.body)):
        return False
    if counter in stored_in(statement.body):
        return False
    uses = [s for s in statement.body if name in names_in([s])]
    if not uses or not isinstance(uses[0], gast.Assign) or tree.text(uses[0].targets[0]) != f"{name}[{counter}]":
        return False
    element = [n for s in uses for n in nodes_in(s) if isinstance(n, gast.Subscript) and tree.text(n) == f"{name}[{counter}]"]
    return names_of(uses).count(name) == len(element) and name not in tree.names_read(uses[0].value)


def content_reads(statements: list[Any]) -> set[str]:
    """The names read for more than their shape."""
    shapes = {
        id(n.args[0])
        for n in nodes_in(*statements)
        if isinstance(n, gast.Call) and getattr(n.func, "attr", "") == "zeros_like" and len(n.args) == 1
    }
    return {n.id for n in nodes_in(*statements) if isinstance(n, gast.Name) and id(n) not in shapes}


def is_reverse(statement: Any, loop: gast.For) -> bool:
    """`for i in reversed(range(n))`, of `for i in range(n)`."""
    return (
        isinstance(statement, gast.For)
        and tree.is_call(statement.iter, "reversed")
        and tree.is_call(loop.iter, "range")
        and tree.text(statement.iter.args[0]) == tree.text(loop.iter)  # type: ignore[attr-defined]
        and tree.text(statement.target) == tree.text(loop.target)
    )


def joined(loop: gast.For, lists: set[str], reverse: gast.For, touched: Callable[[list[Any]], set[str]]) -> gast.For:
    """The reverse loop, with each iteration run before it is reversed, and nothing computed twice.

    touched: the names whose memory statements may change.
    """
    first, second = list(loop.body), list(reverse.body)
    for name in sorted(lists):
        while at_hand(first, second, name):
            pass
        if name in names_in([*first, *second]):
            first.insert(0, tree.assign(name, gast.List([], gast.Load())))
    again = {tree.text(s.targets[0]): s for s in first if isinstance(s, gast.Assign)}
    for statement in [s for s in second if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name)]:
        known = again.get(statement.targets[0].id)
        if known is None or tree.text(known.value) != tree.text(statement.value):
            continue
        at = tree.index_of(second, statement)
        between = [*first[tree.index_of(first, known) + 1 :], *second[:at]]
        if not (stored_in(between) | touched(between)) & {statement.targets[0].id, *tree.names_read(statement.value)}:
            del second[at]
    while second and isinstance(second[0], Blank):
        second.pop(0)
    return gast.For(reverse.target, reverse.iter, [*first, Blank(), *second], [], None)


def at_hand(first: list[Any], second: list[Any], name: str) -> bool:
    """What is kept last in a list and then taken from it is not kept, if it is still there under its name."""
    push = next((s for s in reversed(first) if name in names_in([s])), None)
    use = next((s for s in second if name in names_in([s])), None)
    if push is None or use is None or not is_append(push) or not isinstance(push.value.args[0], gast.Name):  # type: ignore[attr-defined]
        return False
    value = push.value.args[0]  # type: ignore[attr-defined]
    taken = [n for e in own_expressions(use) for n in nodes_in(e) if isinstance(n, gast.Name) and n.id == name]
    pops = [n for e in own_expressions(use) for n in nodes_in(e) if is_pop(n, name)]
    between = [*first[tree.index_of(first, push) + 1 :], *second[: tree.index_of(second, use)]]
    if len(taken) != 1 or len(pops) != 1 or isinstance(use, gast.While) or value.id in stored_in(between):
        return False
    first.remove(push)
    second[tree.index_of(second, use)] = tree.replace(use, {id(pops[0]): value})
    second[:] = [s for s in second if not is_itself(s)]
    return True


def is_itself(statement: Any) -> bool:
    """`x = x`"""
    return isinstance(statement, gast.Assign) and tree.text(statement.value) == tree.text(statement.targets[0])


def is_empty_list(statement: Any, names: set[str]) -> bool:
    if not isinstance(statement, gast.Assign) or not isinstance(statement.value, gast.List) or statement.value.elts:
        return False
    return isinstance(statement.targets[0], gast.Name) and statement.targets[0].id in names


def is_append(statement: Any) -> bool:
    return isinstance(statement, gast.Expr) and is_method(statement.value, "append")


def is_pop(value: Any, name: str) -> bool:
    return is_method(value, "pop") and value.func.value.id == name and not value.args


def is_method(value: Any, attr: str) -> bool:
    return (
        isinstance(value, gast.Call)
        and isinstance(value.func, gast.Attribute)
        and value.func.attr == attr
        and isinstance(value.func.value, gast.Name)
    )


def lists_of(loop: gast.For) -> set[str]:
    """The lists that are appended to and not made in a loop."""
    found = {s.value.func.value.id for s in tree.statements_in(loop.body) if is_append(s)}  # type: ignore[union-attr]
    return found - stored_in([loop])


def given_to(loop: gast.For, lists: set[str]) -> set[str]:
    """The names whose values from before an iteration it reads."""
    exposed: set[str] = set()
    bound_at_end(loop.body, names_in([loop.target]), exposed)
    return (exposed | tree.names_read(loop.iter)) - lists


def names_of(nodes: list[Any]) -> list[str]:
    """Every occurrence of a name."""
    return [n.id for n in nodes_in(*nodes) if isinstance(n, gast.Name)]


def names_in(nodes: list[Any]) -> set[str]:
    return set(names_of(nodes))


__all__ = ["Delay"]
