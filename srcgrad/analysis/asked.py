"""Which integers and truth values can the arguments be asked for?  Those they hold, and what is computed of these."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from srcgrad.analysis.affine import Affine
from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.facts import Facts
from srcgrad.analysis.kinds import (
    BOOL,
    Const,
    Kind,
    List,
    Number,
    Size,
    Tuple,
    is_scalar,
    size_of,
)

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "unary -": operator.neg,
    "unary +": operator.pos,
    "unary ~": operator.invert,
    "not": operator.not_,
}
COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


class KnownInteger(NamedTuple):
    """Text over the arguments, and what it is in this call."""

    text: str
    value: int

    def inside(self) -> str:
        """The text as an operand."""
        return f"({self.text})" if " " in self.text else self.text


class Asked:
    """Arithmetic of sizes and flags.  `site` identifies the expression at hand: sizes that depend on data belong to it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.site: Any = None

    def asked_for(self, shape: Kind, sizes: tuple[Size, ...] | None) -> tuple[Size, ...] | None:
        """The sizes that `np.reshape` is asked for, if it is known which: what it gives has them, or it raises.

        sizes: of what is given; the place of -1 is taken by what else there is.
        """
        items = shape.items if isinstance(shape, Tuple) else (shape,)
        found = [self._integer_size(k) for k in items]
        wanted = [s for s in found if s is not None and s != Size(None, -1)]
        if None in found or not all(self.facts.is_positive(self.facts.form(s)) for s in wanted):
            return None
        if len(wanted) == len(found):
            return tuple(wanted)
        rest = [self.facts.canonical(s) for s in sizes or ()]
        if sizes is None or len(wanted) < len(found) - 1 or any(s == Size(None, 0) for s in wanted):
            return None
        divisor = 1
        for size in wanted:
            if size in rest:
                rest.remove(size)
            elif size.symbol is None:
                divisor *= size.offset
            else:
                return None
        left: Kind | None = Const(1)
        for size in rest:
            kind = self.size_kind(size)
            left = kind if left == Const(1) else None if left is None else self._size_arithmetic("*", left, kind)
        if left is not None and divisor > 1:
            left = self._size_arithmetic("//", left, Const(divisor))
        other = None if left is None else self._integer_size(left)
        return None if other is None else tuple(other if s == Size(None, -1) else s for s in found if s is not None)

    def ask_for(self, sizes: list[Size]) -> bool:
        """Ask for the values of integers and truth values; True if anything was learnt."""
        unknown = [s for s in sizes if self.facts.canonical(s).symbol is not None]
        return any([self.facts.equal(s, Size(None, self.facts.value(s))) for s in unknown])

    def laid_out(self, shape: Kind) -> tuple[Size, ...]:
        """The sizes of an array reshaped to a shape that is not known to fit its size."""
        items = shape.items if isinstance(shape, Tuple) else (shape,)
        sizes = []
        for axis, item in enumerate(items):
            if isinstance(item, Const) and isinstance(item.value, int) and item.value >= 0:
                sizes.append(Size(None, item.value))
            elif isinstance(item, Number) and item.dtype.kind in "iu" and item.size is not None:
                sizes.append(item.size)
            elif is_scalar(item):
                sizes.append(self.facts.fresh(self.site, "laid out", axis, actual=2))
            else:
                raise CannotTell("the shape to which this is reshaped")
        return tuple(sizes)

    def _size_arithmetic(self, op: str, a: Kind, b: Kind) -> Kind | None:
        """n + 1, n - k: sizes that stay sizes; 2 * n, n // 4, n > 2: what the arguments can be asked for."""
        first, second = self._integer_size(a), self._integer_size(b)
        if first is None or second is None:
            return None
        if op in COMPARISONS:
            return self._compared(op, first, second)
        if op not in ("+", "-", "*", "//", "%"):
            return None
        weak = all(isinstance(k, Const) or (isinstance(k, Number) and k.weak) for k in (a, b))
        form = self._sum(op, self.facts.form(first), self.facts.form(second))
        size = None if form is None else self.facts.of_form(form)
        if size is None:
            size = self._made_size(op, first, second)
            if size is not None and form is not None:
                self.facts.note_sum(size, form)
        return None if size is None else Number(np.dtype(np.int64), weak, size=size)

    def _integer_size(self, kind: Kind) -> Size | None:
        """An integer of which it is known which one it is."""
        if isinstance(kind, Const) and type(kind.value) is int:
            return Size(None, kind.value)
        size = size_of(kind)
        return None if size is None or size.symbol == "*" else self.facts.canonical(size)

    def _compared(self, op: str, a: Size, b: Size) -> Kind | None:
        left, right = (self._known_integer(self.size_kind(s)) for s in (a, b))
        if left is None or right is None:
            return None
        return self._flag(f"{left.inside()} {op} {right.inside()}", OPERATORS[op](left.value, right.value))

    def _sum(self, op: str, a: Affine, b: Affine) -> Affine | None:
        if op == "+":
            return a + b
        if op == "-":
            return a - b
        if op == "*" and not (a.terms and b.terms):
            return a * b.constant if a.terms else b * a.constant
        return None

    def _made_size(self, op: str, a: Size, b: Size) -> Size | None:
        """The symbol of what is made of two integers."""
        if op in ("//", "%") and (b.symbol is not None or b.offset <= 0):
            return None
        if a.symbol is None and b.symbol is None:
            return Size(None, OPERATORS[op](a.offset, b.offset))
        left, right = self.facts.text(a), self.facts.text(b)
        if left is None or right is None:
            return self.facts.signed(self.facts.fresh("integer", op, a, b))
        x, y = (KnownInteger(text, self.facts.value(size)) for text, size in ((left, a), (right, b)))
        size = self.facts.derived(f"{x.inside()} {op} {y.inside()}", OPERATORS[op](x.value, y.value))
        if op == "-" and size is not None:
            self.facts.not_less(a, b)
        return size

    def logical(self, op: str, a: Kind, b: Kind) -> Kind | None:
        """`a and b`, `a or b`, of truth values that the arguments can be asked for."""
        left, right = self._known_flag(a), self._known_flag(b)
        if left is None or right is None:
            return None
        value = (left.value and right.value) if op == "and" else (left.value or right.value)
        return self._flag(f"{left.inside()} {op} {right.inside()}", value)

    def _flag(self, text: str, value: int) -> Kind:
        """A truth value, that guards can ask for if it is said in few words."""
        return replace(BOOL, size=self.facts.derived(f"({text})", int(value)))

    def _known_flag(self, kind: Kind) -> KnownInteger | None:
        """A truth value of the text, or one that guards can ask the arguments for."""
        if isinstance(kind, Const) and type(kind.value) is bool:
            return KnownInteger(str(kind.value), kind.value)
        if isinstance(kind, Number) and kind.dtype.kind == "b" and kind.size is not None:
            text = self.facts.text(self.facts.canonical(kind.size))
            return None if text is None else KnownInteger(text, self.facts.value(kind.size))
        return None

    def _known_integer(self, kind: Kind) -> KnownInteger | None:
        """An integer of the text, or a size, if guards can ask the arguments for it."""
        if isinstance(kind, Const) and type(kind.value) is int:
            return KnownInteger(str(kind.value), kind.value)
        known = size_of(kind)
        if known is not None:
            size = self.facts.canonical(known)
            text = self.facts.text(size)
            return None if text is None else KnownInteger(text, self.facts.value(size))
        return None

    def in_range(self, size: Size, bounds: list[Kind]) -> list[Affine]:
        """What is not negative, of a variable that runs over `range(*bounds)`."""
        one = Affine((), 1)
        found: list[Affine | None] = []
        for kind in bounds:
            known = self._integer_size(kind)
            found.append(None if known is None else self.facts.form(known))
        if not found:
            return []
        start, stop, step = (Affine(), found[0], one) if len(found) == 1 else (*found, one)[:3]
        if step is None or step.terms:
            return []
        least, most = (start, stop) if step.constant > 0 else (stop, start)
        open_ends = (0, -1) if step.constant > 0 else (-1, 0)
        here = self.facts.form(size)
        sums = [] if least is None else [here - least + open_ends[0]]
        return sums if most is None else [*sums, most - here + open_ends[1]]

    def size_kind(self, size: Size) -> Kind:
        size = self.facts.canonical(size)
        return Const(size.offset) if size.symbol is None else Number(np.dtype(np.int64), size=size)


def integers_in(kinds: Iterable[Kind], types: str = "biu") -> list[Size]:
    """The integers and truth values that can be asked for, those in tuples and lists too."""
    found = []
    for kind in kinds:
        if isinstance(kind, Number) and kind.size is not None and kind.dtype.kind in types:
            found.append(kind.size)
        elif isinstance(kind, Tuple):
            found += integers_in(kind.items, types)
        elif isinstance(kind, List):
            found += integers_in(kind.cell.items or (), types)
    return found
