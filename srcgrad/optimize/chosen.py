"""What of an adjoint is zero because `np.where` has not chosen it?  It stays zero, where a slope is infinite too.

Before: y_bar = np.where(x > 0, z_bar, 0)        After: y_bar = np.where(x > 0, z_bar, 0)
        x_bar = y_bar * 0.5 / y                         x_bar = np.where(x > 0, y_bar * 0.5 / y, 0)
The slope of a root at zero is infinite, and that of what is not a number is none: 0 * inf would make the adjoint NaN of a
value that the program never uses.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

NOT_EVERYWHERE = {
    "sqrt", "log", "log2", "log10", "log1p", "arcsin", "arccos", "arccosh", "arctanh", "tan", "cbrt", "reciprocal", "divide",
    "power", "float_power", "true_divide", "exp", "sinh", "cosh", "square",
}  # fmt: skip
Choices = dict[str, Any]  # adjoint -> the np.where by which some of it is zero


def choose_last(forward: list[gast.stmt], backward: list[gast.stmt]) -> list[gast.stmt]:
    """The statements of a backward pass, in which what may be infinite, or no number, is multiplied before it is chosen."""
    if not any(kept(n) for n in nodes_in(*backward)):
        return backward
    stored = {
        tree.root(n)
        for n in nodes_in(*backward)
        if isinstance(getattr(n, "ctx", None), gast.Store)
        and isinstance(n, (gast.Name, gast.Subscript, gast.Attribute))
    }
    return Choosing(doubtful_names(forward), stored).block(backward, {})


def doubtful_names(forward: list[gast.stmt]) -> set[str]:
    """What is computed by division, by a power, or by a function that is not defined everywhere, and what comes of that."""
    found: set[str] = set()
    assigns = [s for s in tree.statements_in(forward) if isinstance(s, gast.Assign)]
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

    def __init__(self, doubtful: set[str], stored: set[str | None]) -> None:
        self.doubtful, self.stored = doubtful, stored

    def block(self, statements: list[gast.stmt], choices: Choices) -> list[gast.stmt]:
        result = []
        for statement in statements:
            if tree.blocks_of(statement):
                # what a loop or a branch is begun with may be gone in the next pass, or after it
                statement = tree.with_blocks(statement, lambda block: self.block(block, {}))
                choices.clear()
            elif isinstance(statement, (gast.Assign, gast.AugAssign)):
                statement = self.assignment(statement, choices)
            result.append(statement)
        return result

    def assignment(self, statement: Any, choices: Choices) -> gast.stmt:
        value = self.rewritten(statement.value, choices)
        target: Any = statement.targets[0] if isinstance(statement, gast.Assign) else statement.target
        if value is not statement.value:
            statement = type(statement)(**{**dict(gast.iter_fields(statement)), "value": value})
        chosen = choice_of(value, choices)
        before = choices.get(target.id) if isinstance(target, gast.Name) else None
        for name in tree.names_read(target) | {tree.root(target) or ""}:
            choices.pop(name, None)
        if isinstance(statement, gast.AugAssign) and not are_alike(before, chosen):
            chosen = None
        if isinstance(target, gast.Name) and chosen is not None and not tree.names_read(chosen.args[0]) & self.stored:
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
            at = kept(chosen)
            inside = tree.replace(value, {id(first): chosen.args[at]}) if first is chosen else value
            inside = self.rewritten(inside, {n: c for n, c in choices.items() if c is not chosen})
            return tree.replace(chosen, {id(chosen.args[at]): inside})
        changes = {}
        for part in gast.iter_child_nodes(value):
            new = self.rewritten(part, choices)
            if new is not part:
                changes[id(part)] = new
        return tree.replace(value, changes) if changes else value


def are_alike(a: Any, b: Any) -> bool:
    """Do two choices leave the same elements zero?  Then so does their sum."""
    if a is None or b is None:
        return False
    return kept(a) == kept(b) and tree.text(a.args[0]) == tree.text(b.args[0])


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
