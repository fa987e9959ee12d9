"""What of an adjoint is zero because `np.where` has not chosen it?  It stays zero, where a slope is infinite too.

Before: y_bar = np.where(x > 0, z_bar, 0)        After: y_bar = np.where(x > 0, z_bar, 0)
        x_bar = y_bar * 0.5 / y                         x_bar = np.where(x > 0, y_bar * 0.5 / y, 0)
The slope of a root at zero is infinite, and that of what is not a number is none: 0 * inf would make the adjoint NaN of a
value that the program never uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

NOT_EVERYWHERE = {
    "sqrt", "log", "log2", "log10", "log1p", "arcsin", "arccos", "arccosh", "arctanh", "tan", "cbrt", "reciprocal", "divide",
    "power", "float_power", "true_divide", "exp", "sinh", "cosh", "square",
}  # fmt: skip
Choices = dict[str, Any]  # adjoint -> the np.where by which some of it is zero


def choose_last(
    forward: list[gast.stmt], backward: list[gast.stmt], is_zeros: Callable[[Any], bool]
) -> list[gast.stmt]:
    """The statements of a backward pass, in which what may be infinite, or no number, is multiplied before it is chosen.

    is_zeros: is this an expression for zeros in the structure of a container?
    """
    if not any(kept(n) for n in nodes_in(*backward)):
        return backward
    stored = {
        tree.root(n)
        for n in nodes_in(*backward)
        if isinstance(getattr(n, "ctx", None), gast.Store)
        and isinstance(n, (gast.Name, gast.Subscript, gast.Attribute))
    }
    return Choosing(doubtful_names([*forward, *backward]), stored, appended_to(backward, is_zeros)).block(backward, {})


def doubtful_names(statements: list[gast.stmt]) -> set[str]:
    """What is computed by division, by a power, or by a function that is not defined everywhere, and what comes of that."""
    found: set[str] = set()
    assigns = [s for s in tree.statements_in(statements) if isinstance(s, gast.Assign)]
    while True:
        new = {t.id for a in assigns if is_doubtful(a.value, found) for t in a.targets if isinstance(t, gast.Name)}
        if new <= found:
            return found
        found |= new


def is_doubtful(value: Any, doubtful: set[str]) -> bool:
    for node in nodes_in(value):
        if isinstance(node, gast.Name) and node.id in doubtful:
            return True
        if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Div, gast.Pow)):
            if not isinstance(node.right, gast.Constant) or node.right.value in (0, 0.5) or node.right.value < 0:
                return True
        if isinstance(node, gast.Call) and getattr(node.func, "attr", "") in NOT_EVERYWHERE:
            return True
    return False


class Choosing:
    """`doubtful`: names that may hold what is infinite or no number.  `stored`: names that the backward pass changes."""

    def __init__(self, doubtful: set[str], stored: set[str | None], to_come: dict[str, int]) -> None:
        self.doubtful, self.stored = doubtful, stored
        self.to_come = to_come  # list -> how many of the lines that append to it have not been seen yet
        self.pushed: Choices = {}  # list -> the choice of all that is appended to it

    def block(self, statements: list[gast.stmt], choices: Choices) -> list[gast.stmt]:
        result = []
        for statement in statements:
            if tree.blocks_of(statement):
                # what a loop or a branch is begun with may be gone in the next pass, or after it
                statement = tree.with_blocks(statement, lambda block: self.block(block, {}))
                choices.clear()
            elif isinstance(statement, (gast.Assign, gast.AugAssign)):
                statement = self.assignment(statement, choices)
            elif (pushed := appended(statement)) and pushed[0] in self.to_come:
                self.push(*pushed, choices)
            result.append(statement)
        return result

    def push(self, stack: str, value: gast.expr, choices: Choices) -> None:
        chosen = self.lasting(choice_of(value, choices))
        self.pushed[stack] = in_common(self.pushed[stack], chosen) if stack in self.pushed else chosen
        self.to_come[stack] -= 1

    def lasting(self, chosen: Any) -> Any:
        """A choice by what the backward pass does not change."""
        if chosen is None or tree.names_read(chosen.args[0]) & self.stored:
            return None
        content = chosen.args[kept(chosen)]
        return with_content(chosen, self.lasting(content if kept(content) else None) or tree.constant(1))

    def assignment(self, statement: Any, choices: Choices) -> gast.stmt:
        value = self.rewritten(statement.value, choices)
        target: Any = statement.targets[0] if isinstance(statement, gast.Assign) else statement.target
        if value is not statement.value:
            statement = type(statement)(**{**dict(gast.iter_fields(statement)), "value": value})
        stack = popped(value)
        chosen = self.pushed.get(stack) if self.to_come.get(stack) == 0 else choice_of(value, choices)
        before = choices.get(target.id) if isinstance(target, gast.Name) else None
        for name in tree.names_read(target) | {tree.root(target) or ""}:
            choices.pop(name, None)
        if isinstance(statement, gast.AugAssign):
            chosen = in_common(before, chosen)
        if isinstance(target, gast.Name) and (chosen := self.lasting(chosen)) is not None:
            choices[target.id] = chosen
        return statement  # type: ignore[no-any-return]

    def rewritten(self, value: Any, choices: Choices) -> Any:
        """An expression, in which such products are inside of the choice."""
        inner = value.operand if is_negative(value) else value
        if isinstance(inner, gast.BinOp) and isinstance(inner.op, (gast.Mult, gast.Div)):
            first = leftmost(value)
            chosen = choice_of(first, choices)
            if chosen is None or not is_doubtful(tree.replace(value, {id(first): tree.constant(1)}), self.doubtful):
                return value
            inside = tree.replace(value, {id(first): content_of(chosen)}) if first is chosen else value
            inside = self.rewritten(inside, {n: c for n, c in choices.items() if c is not chosen})
            return tree.replace(chosen, {id(content_of(chosen)): inside})
        changes = {}
        for part in gast.iter_child_nodes(value):
            new = self.rewritten(part, choices)
            if new is not part:
                changes[id(part)] = new
        return tree.replace(value, changes) if changes else value


def appended_to(backward: list[gast.stmt], is_zeros: Callable[[Any], bool]) -> dict[str, int]:
    """The lists that start empty or zero, and are only appended to and popped from, with the number of lines that append."""
    empty = {
        s.targets[0].id
        for s in backward
        if isinstance(s, gast.Assign) and isinstance(s.targets[0], gast.Name)
        if is_zeros(s.value) or isinstance(s.value, gast.List) and not s.value.elts
    }
    statements = list(tree.statements_in(backward))
    lines = Counter(pushed[0] for s in statements if (pushed := appended(s)))
    pops = Counter(popped(s.value) for s in statements if isinstance(s, gast.Assign))
    uses = Counter(n.id for n in nodes_in(*backward) if isinstance(n, gast.Name))
    return {n: lines[n] for n in sorted(empty) if uses[n] == 1 + lines[n] + pops[n]}


def appended(statement: gast.stmt) -> tuple[str, gast.expr] | None:
    """The list and the value of `list.append(value)`."""
    call = statement.value if isinstance(statement, gast.Expr) else None
    return (call.func.value.id, call.args[0]) if is_method(call, "append") else None  # type: ignore[union-attr]


def popped(value: Any) -> str:
    """The list of `list.pop()`."""
    return value.func.value.id if is_method(value, "pop") and not value.args else ""


def is_method(call: Any, name: str) -> bool:
    called = call.func if isinstance(call, gast.Call) else None
    return isinstance(called, gast.Attribute) and called.attr == name and isinstance(called.value, gast.Name)


def in_common(a: Any, b: Any) -> Any:
    """The choice, or the choices within one another, that leave the same elements zero in two values, and so in their sum."""
    if a is None or b is None or kept(a) != kept(b) or tree.text(a.args[0]) != tree.text(b.args[0]):
        return None
    inner = [c if kept(c) else None for c in (a.args[kept(a)], b.args[kept(b)])]
    return with_content(a, in_common(*inner) or tree.constant(1))


def with_content(chosen: Any, content: gast.expr) -> Any:
    return tree.replace(chosen, {id(chosen.args[kept(chosen)]): content})


def content_of(chosen: Any) -> Any:
    """x of `np.where(c, np.where(d, x, 0), 0)`"""
    while kept(chosen):
        chosen = chosen.args[kept(chosen)]
    return chosen


def leftmost(value: Any) -> Any:
    """The first factor of a product that is not a number, without its sign."""
    while is_negative(value) or isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Mult, gast.Div)):
        if is_negative(value):
            value = value.operand
            continue
        value = value.right if isinstance(value.left, gast.Constant) and isinstance(value.op, gast.Mult) else value.left
    return value


def is_negative(value: Any) -> bool:
    return isinstance(value, gast.UnaryOp) and isinstance(value.op, gast.USub)


def choice_of(value: Any, choices: Choices) -> Any:
    """`np.where(c, x, 0)`, or that by which a product's first factor is zero in places."""
    value = leftmost(value)
    if isinstance(value, gast.Name):
        return choices.get(value.id)
    return value if kept(value) else None


def kept(node: Any) -> int:
    """Which argument of `np.where(c, x, 0)` or `np.where(c, 0, x)` is x; 0 if it is neither."""
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr == "where":
        zeros = [isinstance(a, gast.Constant) and a.value == 0 for a in node.args[1:]]
        return zeros.index(False) + 1 if sorted(zeros) == [False, True] else 0
    return 0
