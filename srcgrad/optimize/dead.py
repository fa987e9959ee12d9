"""Which statements change nothing that is used?  Backwards over the text, with the names that are still needed.

Before: result = np.sum(z)          After: (nothing, if neither result nor e is read)
        e += k * s
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

Pure = Callable[[gast.Call], bool]
Names = Callable[[str], set[str]]


class Dead:
    """`groups`: names that may share memory, so that a store through one is seen through another.

    `inside`: those of them that share only what a list holds, and do not see how the list itself grows and shrinks.
    `outside`: the names of memory that is seen even where an exception leaves the function.
    drops: False where every statement is to be kept.
    """

    def __init__(
        self, is_pure: Pure, groups: Names, outside: set[str], drops: bool = True, inside: Names = lambda name: set()
    ) -> None:
        self.is_pure, self.groups, self.outside, self.drops, self.inside = is_pure, groups, outside, drops, inside

    def clean(self, statements: list[gast.stmt], needed: set[str]) -> tuple[list[gast.stmt], set[str]]:
        """The statements that matter, and the names needed before them."""
        if not self.drops:
            return without_empty_headings(statements), needed.union(*map(tree.names_read, statements))
        kept, live = self.block(statements, set(needed))
        return without_empty_headings(kept), live

    def block(self, statements: list[gast.stmt], live: set[str]) -> tuple[list[gast.stmt], set[str]]:
        kept: list[gast.stmt] = []
        for statement in reversed(statements):
            if isinstance(statement, gast.Try):
                tried, live = self.try_(statement, live)
                kept += reversed(tried)
                continue
            result, live = self.statement(statement, live)
            if result is not None:
                kept.append(result)
        return with_finally(kept[::-1]), live

    def statement(self, statement: Any, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        if isinstance(statement, (Blank, Comment)):
            return statement, live
        if isinstance(statement, gast.Assign):
            return self.assign(statement, live)
        if isinstance(statement, gast.AugAssign):
            name = tree.root(statement.target)
            if (
                name is None
                or self.is_seen(name, isinstance(statement.target, gast.Name), live)
                or self.has_effect(statement)
            ):
                return statement, live | tree.names_read(statement.value) | names_in(statement.target)
            return None, live
        if isinstance(statement, gast.If):
            body, first = self.block(statement.body, set(live))
            orelse, second = self.block(statement.orelse, set(live))
            body, orelse = without_empty_headings(body), without_empty_headings(orelse)
            if not body and not orelse:
                if self.has_effect(statement.test):
                    return gast.Expr(statement.test), live | tree.names_read(statement.test)
                return None, live
            test = statement.test
            if not body:
                test, body, orelse = gast.UnaryOp(gast.Not(), test), orelse, []
            return gast.If(test, body, orelse), first | second | tree.names_read(test)
        if isinstance(statement, gast.For):
            return self.for_(statement, live)
        if isinstance(statement, gast.While):
            head = live | tree.names_read(statement.test)
            while True:
                body, before = self.block(statement.body, set(head))
                if before <= head:
                    break
                head |= before
            body = without_empty_headings(body) or [gast.Pass()]
            return gast.While(statement.test, body, []), head
        if isinstance(statement, gast.With):
            body, live = self.block(statement.body, live)
            body = without_empty_headings(body)
            if not body:
                return None, live
            for item in statement.items:
                live = live | tree.names_read(item.context_expr)
            return gast.With(statement.items, body, None), live
        if isinstance(statement, gast.Expr):
            return self.expression(statement, live)
        return statement, live | tree.names_read(statement)

    def try_(self, statement: gast.Try, live: set[str]) -> tuple[list[gast.stmt], set[str]]:
        """The body of a try statement stays, but for flags that are never asked; of handlers that raise, what is seen outside.  None is needed that does no more."""
        handlers = [self.handler(h) if leaves(h) else h for h in statement.handlers]
        if all(len(h.body) == 1 and isinstance(h.body[0], gast.Raise) and h.body[0].exc is None for h in handlers):
            return self.block([*statement.body, *statement.orelse, *statement.finalbody], live)
        asked = live | tree.names_read(statement)
        body = [s for s in statement.body if not is_unasked_flag(s, asked)] or [gast.Pass()]
        made = gast.Try(body, handlers, statement.orelse, statement.finalbody)
        return [made], live | names_in(made)

    def handler(self, handler: gast.ExceptHandler) -> gast.ExceptHandler:
        body, _ = self.block(handler.body, set(self.outside))
        return gast.ExceptHandler(handler.type, handler.name, body)

    def assign(self, statement: gast.Assign, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        target = statement.targets[0]
        names = [target] if not isinstance(target, gast.Tuple) else target.elts
        if all(isinstance(t, gast.Name) for t in names):
            ids = {t.id for t in names}
            if not ids & live and not self.has_effect(statement.value):
                return None, live
            same = (
                isinstance(target, gast.Name)
                and isinstance(statement.value, gast.Name)
                and statement.value.id == target.id
            )
            if same:
                return None, live
            return statement, live - ids | tree.names_read(statement.value)
        roots = [tree.root(t) for t in names]
        seen = any(r is None or self.is_seen(r, False, live) for r in roots)
        if seen or self.has_effect(statement.value):
            return statement, live | tree.names_read(statement.value) | names_in(target)
        return None, live

    def for_(self, statement: gast.For, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        head = set(live)
        bound = {n.id for n in nodes_in(statement.target) if isinstance(n, gast.Name)}
        while True:
            body, before = self.block(statement.body, set(head))
            before = before - bound
            if before <= head:
                break
            head |= before
        body = without_empty_headings(body)
        if not body or all(isinstance(s, (Blank, Comment)) for s in body):
            if bound & live or self.has_effect(statement.iter):
                return gast.For(statement.target, statement.iter, [gast.Pass()], [], None), head | tree.names_read(
                    statement.iter
                )
            return None, live
        return gast.For(statement.target, statement.iter, body, [], None), head | tree.names_read(statement.iter)

    def expression(self, statement: gast.Expr, live: set[str]) -> tuple[gast.stmt | None, set[str]]:
        value = statement.value
        if (
            isinstance(value, gast.Call)
            and isinstance(value.func, gast.Attribute)
            and value.func.attr in ("append", "pop")
        ):
            place = value.func.value
            name = tree.root(place)
            hidden = self.inside(place.id) if isinstance(place, gast.Name) else set()
            if name is not None and not self.is_seen(name, False, live - hidden):
                effects = [a for a in value.args if self.has_effect(a)]
                if not effects:
                    return None, live
                if effects == value.args[:1]:  # what another list gives was only moved here
                    return self.statement(gast.Expr(effects[0]), live)
        if not self.has_effect(value):
            return None, live
        return statement, live | tree.names_read(statement)

    def is_seen(self, name: str, rebinds: bool, live: set[str]) -> bool:
        """Is what is stored through this name seen later?"""
        return bool(({name} | self.groups(name)) & live)

    def has_effect(self, node: gast.AST) -> bool:
        return any(isinstance(n, gast.Call) and not self.is_pure(n) for n in nodes_in(node))


def is_unasked_flag(statement: gast.stmt, asked: set[str]) -> bool:
    """`done = True`, which says that a statement was done, where nobody wants to know."""
    if not isinstance(statement, gast.Assign) or not isinstance(statement.value, gast.Constant):
        return False
    return isinstance(statement.targets[0], gast.Name) and statement.targets[0].id not in asked


def leaves(handler: gast.ExceptHandler) -> bool:
    return bool(handler.body) and isinstance(handler.body[-1], gast.Raise)


def with_finally(statements: list[gast.stmt]) -> list[gast.stmt]:
    """What is done when an exception passes, and also when there is none, is said once.

    before                          after
        try:                            try:
            y = f(x)                        y = f(x)
        except BaseException:           finally:
            print("done")                   print("done")
            raise
        print("done")
    """
    result: list[gast.stmt] = []
    for statement in reversed(statements):
        result.insert(0, statement)
        if isinstance(statement, gast.Try) and len(statement.handlers) == 1 and not statement.finalbody:
            (handler,) = statement.handlers
            *last, end = handler.body
            count = len(last)
            every = isinstance(handler.type, gast.Name) and handler.type.id == "BaseException" and handler.name is None
            if not every or not isinstance(end, gast.Raise) or end.exc is not None or statement.orelse:
                continue
            if [tree.text(s) for s in last] == [tree.text(s) for s in result[1 : count + 1]]:
                result[: count + 1] = [gast.Try(statement.body, [], [], last)]
    return result


def names_in(node: gast.AST) -> set[str]:
    return {n.id for n in nodes_in(node) if isinstance(n, gast.Name)}


def without_empty_headings(statements: list[gast.stmt]) -> list[gast.stmt]:
    """Without comments that head nothing."""
    result: list[gast.stmt] = []
    for statement in statements:
        if isinstance(statement, Blank):
            while result and isinstance(result[-1], (Blank, Comment)):
                result.pop()
        result.append(statement)
    while result and isinstance(result[-1], (Blank, Comment)):
        result.pop()
    return result
