"""Which facts about the arguments does the generated code rely on?  Symbols for sizes, and the guards that were asked.

Every fact that is used is written down as a test on arguments, in Python text; the tests are the guards of an entry.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from srcgrad.analysis.affine import Affine, Conditions, contradictory, variable
from srcgrad.analysis.kinds import Size

# Each symbol grows by its own step in the second example; sums and multiples of a few of these are not among them.
STEPS = [3, 7, 13, 29, 53, 97, 151, 211, 307, 401, 503, 613, 727, 829, 941]
ANY = Size("*", 0)  # in a cell: the elements differ in this size; it is told apart where an element is read
LARGE = 300  # sizes above this are shrunk in examples that have more than MOST elements
MOST = 1_000_000


class Facts:
    """The facts one generated entry relies on."""

    def __init__(self) -> None:
        self.guards: dict[str, None] = {}
        self.values: dict[str, Any] = {}  # names in guards -> objects
        self.reserved: set[str] = set()  # the names of parameters
        self.paths: dict[str, str] = {}  # symbol -> text that gives it from the arguments
        self.actual: dict[str, int] = {"*": 3}  # symbol -> its value in this call, or a stand-in
        self.scope_of: dict[str, tuple[Any, ...]] = {}
        self.of_nothing = False  # are arrays without elements known as such?
        self.sessions = 0  # how many specialisations rely on these facts: one, and those of inner derivatives
        self.scopes: list[Any] = []  # the loops and calls being analysed, innermost last
        self._same: dict[str, Size] = {}
        self._step: dict[str, int] = {"*": 1013}
        self._memo: dict[Any, Size] = {}
        self._shrunk: dict[int, int] = {}
        self._forms: dict[str, Affine] = {}  # symbol -> the sum of other symbols that it is
        self._of_sum: dict[Any, Size] = {}  # such a sum -> the size that it is
        self._bounds: dict[
            str, tuple[Affine, ...]
        ] = {}  # symbol that may be negative -> sums of which it is known that they are not
        self._known: list[Affine] = []  # differences that are asked of the arguments, and not negative
        self._parts: dict[str, tuple[Size, Any]] = {}  # symbol of `x[a:b]` -> the size of x, and the slice
        self._near: dict[str | None, int] = {}  # symbol -> its step, while one operation is probed
        self._shrinks = True
        self._dense = False  # are the steps so near one another that what two sizes have together is not told?

    def guard(self, text: str) -> None:
        self.guards[text] = None

    def name_value(self, value: Any, base: str) -> str:
        """A name for an object that a guard mentions."""
        for name, known in self.values.items():
            if known is value:
                return name
        base = re.sub(r"\W", "_", base)  # the dtype ">f8" is no name
        count = len(self.values)
        while f"{base}_{count}" in self.values or f"{base}_{count}" in self.reserved:
            count += 1
        self.values[f"{base}_{count}"] = value
        return f"{base}_{count}"

    def symbol(self, actual: int, path: str) -> Size:
        """The symbol of a size that the arguments have."""
        key = ("path", path)
        if key not in self._memo:
            self._memo[key] = self._new(actual, ())
            self.paths[self._memo[key].symbol or ""] = path
        return self._memo[key]

    def derived(self, path: str, actual: int) -> Size | None:
        """The symbol of a size made of the arguments' sizes; None where it is none."""
        return self.symbol(actual, path) if 0 <= actual < 10**6 and len(path) < 200 else None

    def fresh(self, *key: Any, actual: int = 3) -> Size:
        """A size of which nothing is known, the same one each time it is asked for with this key."""
        if key not in self._memo:
            self._memo[key] = self._new(actual, tuple(self.scopes))
        return self._memo[key]

    def _new(self, actual: int, scope: tuple[Any, ...]) -> Size:
        name = f"d{len(self.actual)}"
        self.actual[name] = actual
        self.scope_of[name] = scope
        count = len(self._step)
        self._step[name] = STEPS[count] if count < len(STEPS) else 1009 + 2 * count * count
        return Size(name, 0)

    def canonical(self, size: Size) -> Size:
        while size.symbol in self._same:
            size = self._same[size.symbol] + size.offset
        return size

    def value(self, size: Size) -> int:
        return size.offset + (self.actual[size.symbol] if size.symbol else 0)

    def example(self, size: Size, which: int) -> int:
        """A number for this size; 0: as in this call, if not large; 1: each symbol moved by its own step; 2: small."""
        size = self.canonical(size)
        if size.symbol is None:
            return size.offset
        actual = self.actual[size.symbol]
        if which == 2:
            return max(3 + size.offset, 0)
        if actual > LARGE and self._shrinks:
            actual = self._shrunk.setdefault(actual, LARGE + 2 * len(self._shrunk))
        step = self._near.get(size.symbol) or self._step[size.symbol]
        return max(actual + (step if which else 0) + size.offset, 0)

    def bring_near(self, sizes: list[Size], elements: int) -> None:
        """The symbols of one operation take the first steps, so that its examples are small."""
        self._shrinks = elements > MOST
        symbols = dict.fromkeys(self.canonical(s).symbol for s in sizes)
        found = sorted((s for s in symbols if s is not None), key="*".__eq__)  # sizes that differ are the last
        self._near = dict(zip(found, STEPS)) if len(found) <= len(STEPS) else {}
        self._dense = False

    def bring_nearer(self) -> None:
        """The steps n to 2 n - 1, for arrays of many axes: no step is a sum of others, though two sums may be one."""
        count = len(self._near)
        self._near = dict(zip(self._near, range(count, 2 * count)))
        self._dense = True

    def explain(self, first: int, second: int, sizes: list[Size]) -> Size | None:
        """The size that is `first` in example 0 and `second` in example 1, out of those given; None if there is none."""
        if first == second:
            return Size(None, first)
        found = {self.canonical(s).symbol for s in sizes} - {None}
        for symbol in sorted(s for s in found if s):
            size = Size(symbol, 0)
            offset = first - self.example(size, 0)
            if second - self.example(size, 1) == offset and abs(offset) < 100:
                return Size(symbol, offset)
        return self._sum_of_two(first, second, sizes) or self._half_of_one(first, second, sizes)

    def _half_of_one(self, first: int, second: int, sizes: list[Size]) -> Size | None:
        """What is left of n coefficients that come in pairs: n // 2 + 1."""
        for size in dict.fromkeys(map(self.canonical, sizes)):
            text = self.text(size)
            if text is not None and all(
                self.example(size, which) // 2 + 1 == half for which, half in ((0, first), (1, second))
            ):
                whole = f"({text})" if " " in text else text
                return (self.derived(f"{whole} // 2", self.value(size) // 2) or size) + 1
        return None

    def _sum_of_two(self, first: int, second: int, sizes: list[Size]) -> Size | None:
        """What two arrays have together, joined along an axis."""
        if self._dense:
            return None
        found = dict.fromkeys(map(self.canonical, sizes))
        for a, b in itertools.combinations_with_replacement(found, 2):
            texts = self.text(a), self.text(b)
            if None not in texts and all(
                self.example(a, which) + self.example(b, which) == total for which, total in ((0, first), (1, second))
            ):
                return self.derived(" + ".join(map(str, texts)), self.value(a) + self.value(b))
        return None

    def text(self, size: Size) -> str | None:
        """The size as text over the arguments, if it can be said."""
        if size.symbol is None:
            return str(size.offset)
        path = self.paths.get(size.symbol)
        if path is None:
            return None
        return path if not size.offset else f"{path} {'+' if size.offset > 0 else '-'} {abs(size.offset)}"

    def equal(self, a: Size, b: Size) -> bool:
        """Are two sizes equal in every call that this entry serves?  Asked of the arguments, and guarded."""
        a, b = self.canonical(a), self.canonical(b)
        if a == b:
            return True
        left, right = self.text(a), self.text(b)
        if a.symbol != b.symbol and (left is None or right is None):
            return self._are_equal_parts(a, b)
        if a.symbol == b.symbol or self.value(a) != self.value(b):
            return False
        self.guard(f"{left} == {right}")
        if a.symbol is None or (b.symbol is not None and len(self.paths[b.symbol]) > len(self.paths[a.symbol])):
            a, b = b, a  # the one that is said in fewer words stands for both
        self._same[a.symbol or ""] = b + -a.offset
        return True

    # Sums

    def form(self, size: Size) -> Affine:
        """The size as a sum of symbols that are no sums themselves."""
        size = self.canonical(size)
        if size.symbol is None:
            return Affine((), size.offset)
        known = self._forms.get(size.symbol)
        if known is None:
            return variable(size.symbol) + size.offset
        return sum((self.form(Size(v, 0)) * f for v, f in known.terms), Affine((), known.constant + size.offset))

    def of_form(self, form: Affine) -> Size | None:
        """The size that is this sum, if there is one."""
        if not form.terms:
            return Size(None, form.constant)
        ((symbol, factor), *rest) = form.terms
        if not rest and factor == 1:
            return Size(symbol, form.constant)
        known = self._of_sum.get(form.terms)
        return None if known is None else self.canonical(known) + form.constant

    def note_sum(self, size: Size, form: Affine) -> Size:
        """The size is this sum from now on."""
        if (
            size.symbol is not None
            and size.symbol not in self._forms
            and form.terms
            and size.symbol not in dict(form.terms)
        ):
            self._forms[size.symbol] = form - size.offset
            self._of_sum.setdefault(form.terms, size + -form.constant)
        return size

    def not_less(self, a: Size, b: Size) -> None:
        """The first of two sizes is not the smaller one: guarded."""
        self.guard(f"{self.text(a)} >= {self.text(b)}")
        self._known.append(self.form(a) - self.form(b))

    def signed(self, size: Size, *least: Affine) -> Size:
        """The size is an integer that may be negative; but these sums are not."""
        self._bounds[size.symbol or ""] = least
        return size

    def is_positive(self, form: Affine) -> bool:
        """Is it certain that this sum is not negative?"""
        if not form.terms:
            return form.constant >= 0
        known: dict[str, tuple[Affine, ...]] = {}
        found = [symbol for sum_ in (form, *self._known) for symbol, _ in sum_.terms]
        while found:
            symbol = found.pop()
            if symbol not in known and symbol != "*":
                known[symbol] = self._bounds.get(symbol, (variable(symbol),))
                found += [s for bound in known[symbol] for s, _ in bound.terms]
        every = (*self._known, *(bound for bounds in known.values() for bound in bounds))
        return contradictory(Conditions(positive=(*every, form * -1 + -1)))

    def part(self, size: Size, cut: Any, actual: int) -> Size:
        """The size of a slice of which it is not known where it ends; equal slices of equal arrays are equal."""
        found = self.fresh("part", size, cut, actual=actual)
        self._parts[found.symbol or ""] = size, cut
        return found

    def _are_equal_parts(self, a: Size, b: Size) -> bool:
        first, second = self._parts.get(a.symbol or ""), self._parts.get(b.symbol or "")
        if first is None or second is None or a.offset != b.offset or first[1] != second[1]:
            return False
        if not self.equal(first[0], second[0]):
            return False
        self._same[a.symbol or ""] = Size(b.symbol, 0)
        return True

    def met(self, a: Size, b: Size) -> Size | None:
        """The one size of two that are known to be equal by now, else None."""
        a, b = self.canonical(a), self.canonical(b)
        return a if a == b else None

    def asked_for_one(self, a: Size, b: Size) -> Size | None:
        """The same; where the arguments can be asked whether they are equal, they are."""
        return self.canonical(a) if self.equal(a, b) else None

    def is_one(self, size: Size) -> bool:
        return self.equal(size, Size(None, 1))

    def owned_by(self, size: Size, scope: Any = None) -> bool:
        """Was this size first seen inside the loop or call (or any), so that it may differ from one pass to the next?"""
        size = self.canonical(size)
        if size.symbol is None or size.symbol == "*":
            return False
        return scope in self.scope_of[size.symbol] if scope is not None else bool(self.scope_of[size.symbol])
