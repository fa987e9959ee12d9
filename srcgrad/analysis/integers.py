"""What is an integer at a step, as a sum of variables?  The loops' variables, sizes, parameters, and names made of these.

Before: `n - 1 - i` in the body of `for i in range(n)`        After: n - 1 - i, where 0 <= i <= n - 1
"""

from __future__ import annotations

from typing import Any, NamedTuple

import gast

from srcgrad.analysis.affine import Affine, Conditions, contradictory, variable
from srcgrad.analysis.kinds import Const, Kind, Number, Size
from srcgrad.analysis.order import Order
from srcgrad.lang import core, tree

NONE = Conditions()


class Instance(NamedTuple):
    """One time that a step is done: `shared` are the loops in whose pass the other step of a pair is done too."""

    step: core.Step
    side: str
    shared: frozenset[int] = frozenset()


Value = tuple[Affine | None, Conditions]  # None if it can't be said; what is known of the variables in it


class Integers:
    """Answers for one function.  Each instance of a step has variables of its own, but for the loops that are shared."""

    def __init__(self, order: Order, kinds: Any) -> None:
        self.order, self.kinds = order, kinds
        self.numbers: dict[Any, int] = {}  # what a variable stands for -> its number
        self.signs: dict[tuple[int, int], int] = {}

    def number(self, *key: Any) -> Affine:
        """The variable that stands for this."""
        return variable(self.numbers.setdefault(key, len(self.numbers)))

    # Expressions

    def value(self, node: gast.expr, instance: Instance) -> Value:
        """An integer as it is before the instance's step."""
        kind = self.kinds.of(node)
        if not is_integer(kind):
            return None, NONE
        if isinstance(kind, Const):
            return Affine((), int(kind.value)), NONE
        if isinstance(kind, Number) and kind.size is not None:
            known = self.of_size(kind.size)
            if known is not None:
                return known, NONE
        if isinstance(node, gast.Name):
            return self.of_name(node.id, instance)
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
            value, facts = self.value(node.operand, instance)
            return (None if value is None else value * -1), facts
        if isinstance(node, gast.BinOp):
            return self.of_operation(tree.SYMBOLS[type(node.op)], node.left, node.right, instance)
        for name, function in (("min", min), ("max", max)):
            if is_call_of(node, function, self.kinds):
                args = node.args  # type: ignore[attr-defined]
                return self.of_operation(name, args[0], args[1], instance) if len(args) == 2 else (None, NONE)
        return None, NONE

    def of_name(self, name: str, instance: Instance) -> Value:
        binder = self.order.binder(name, instance.step)
        if binder is None:
            return None, NONE
        if isinstance(binder, str):
            return self.number("parameter", name), NONE
        if isinstance(binder, core.For):
            return self.loop_variable(binder, instance), NONE
        if isinstance(binder, core.Assign) and len(binder.targets) == 1:
            value, facts = self.value(binder.value, instance._replace(step=binder))
            if value is not None:
                return value, facts
        sides = tuple(self.side(loop, instance) for loop in self.order.loops(binder))
        return self.number("name", name, id(binder), sides), NONE

    def of_operation(self, op: str, left: gast.expr, right: gast.expr, instance: Instance) -> Value:
        a, facts = self.value(left, instance)
        b, more = self.value(right, instance)
        facts += more
        if a is None or b is None:
            return None, facts
        if op in ("+", "-"):
            return (a + b if op == "+" else a - b), facts
        if op == "*" and not (a.terms and b.terms):
            return (a * b.constant if not b.terms else b * a.constant), facts
        result = self.number(op, a, b)
        if op in ("min", "max"):
            sign = 1 if op == "max" else -1
            return result, facts + Conditions(positive=((result - a) * sign, (result - b) * sign))
        divisor = b.constant if not b.terms else 0
        if op in ("//", "%") and divisor > 0:
            rest = result if op == "%" else a - result * divisor
            facts += Conditions(positive=(rest, rest * -1 + divisor + -1))
        return (result if op in ("*", "//", "%") else None), facts

    def of_size(self, size: Size) -> Affine | None:
        facts = self.kinds.infer.facts
        form = facts.form(size)
        total = Affine((), form.constant)
        for symbol, factor in form.terms:
            if symbol == "*" or facts.owned_by(Size(symbol, 0)):
                return None
            total += self.number("size", symbol) * factor
        return total

    def sign(self, node: gast.expr, step: core.Step) -> int:
        """1 if the integer is surely zero or more whenever the step is done, -1 if it is surely negative, else 0."""
        key = (id(node), id(step))
        if key not in self.signs:
            self.signs[key] = 0
            alone = Instance(step, "alone")
            value, facts = self.value(node, alone)
            if value is not None:
                facts += self.bounds(alone)
                if contradictory(facts + Conditions(positive=(value * -1 + -1,))):
                    self.signs[key] = 1
                elif contradictory(facts + Conditions(positive=(value,))):
                    self.signs[key] = -1
        return self.signs[key]

    # Loops

    def side(self, loop: core.Step, instance: Instance) -> str:
        return "" if id(loop) in instance.shared else instance.side

    def loop_variable(self, loop: core.Step, instance: Instance) -> Affine:
        return self.number("loop", id(loop), self.side(loop, instance))

    def bounds(self, instance: Instance) -> Conditions:
        """What holds of the variables of all loops around a step."""
        found = NONE
        for loop in self.order.loops(instance.step):
            counted = self.counted(loop)
            if counted is not None:
                found += self.range_bounds(loop, *counted, instance)
        return found

    def range_bounds(self, loop: core.Step, arguments: list[gast.expr], step: int, instance: Instance) -> Conditions:
        outside = instance._replace(step=loop)
        low, found = self.value(arguments[0], outside) if len(arguments) > 1 else (Affine(), NONE)
        high, more = self.value(arguments[min(1, len(arguments) - 1)], outside)
        found += more
        at, sign = self.loop_variable(loop, instance), 1 if step > 0 else -1
        if low is not None:
            found += Conditions(positive=((at - low) * sign,))
            if abs(step) > 1:
                passes = self.number("passes", id(loop), self.side(loop, instance))
                found += Conditions(zero=(at - low - passes * step,))
        if high is not None:
            found += Conditions(positive=((high - at) * sign + -1,))
        return found

    def counted(self, loop: core.Step) -> tuple[list[gast.expr], int] | None:
        """The arguments of the `range` a loop goes through, forwards or backwards, and its step; None if it is no such loop."""
        if not isinstance(loop, core.For):
            return None
        iterable: Any = loop.iterable
        if is_call_of(iterable, reversed, self.kinds):
            iterable = iterable.args[0]
        if not is_call_of(iterable, range, self.kinds) or not iterable.args:
            return None
        step = constant(iterable.args[2], self.kinds) if len(iterable.args) > 2 else 1
        return (iterable.args, step) if step else None

    def later(self, loop: core.Step, first: Instance, second: Instance) -> Conditions:
        """What holds if the second instance is in a later pass of the loop than the first."""
        counted = self.counted(loop)
        if counted is None:
            return NONE
        step = counted[1]
        if is_call_of(loop.iterable, reversed, self.kinds):  # type: ignore[attr-defined]
            step = -step
        ahead = self.loop_variable(loop, second) - self.loop_variable(loop, first)
        return Conditions(positive=((ahead if step > 0 else ahead * -1) + -abs(step),))


def is_call_of(node: Any, function: Any, kinds: Any) -> bool:
    """`range(...)` and the like, with positional arguments alone."""
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or node.keywords:
        return False
    kind = kinds.of(node.func)
    return (
        isinstance(kind, Const) and kind.value is function and not any(isinstance(a, gast.Starred) for a in node.args)
    )


def constant(node: gast.expr, kinds: Any) -> int | None:
    kind = kinds.of(node)
    return int(kind.value) if isinstance(kind, Const) and is_integer(kind) else None


def is_integer(kind: Kind) -> bool:
    """A Python integer, or one as wide; an index that is True or False would be a mask."""
    if isinstance(kind, Const):
        return type(kind.value) is int
    return isinstance(kind, Number) and kind.dtype.kind == "i" and kind.dtype.itemsize == 8


__all__ = ["Instance", "Integers", "constant", "is_integer"]
