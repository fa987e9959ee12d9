"""What kind does an operation give?  NumPy itself is asked, on small examples of its operands.

Two examples are made of every operand, in which each unknown size has two different values; from the two results the
sizes of the result are read off.  So no shape function has to be written for any primitive.
"""

from __future__ import annotations

import contextlib
import math
import operator
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from srcgrad.analysis.affine import Affine
from srcgrad.analysis.facts import Facts
from srcgrad.analysis.kinds import (
    BOOL,
    DIFFERING,
    INT,
    ONE,
    PYTHON,
    Array,
    Bottom,
    Cell,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Tuple,
    Unknown,
    is_number,
    is_scalar,
    join_all,
    of_one_type,
    set_varied,
    size_of,
    varied,
    widen,
)
from srcgrad.rules import registry

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
ANYTHING = "anything"
COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}


class CannotTell(Exception):
    """The kind of a result can't be found out; `advice` is for the user, if it is refused for that."""

    def __init__(self, message: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UnknownOperand(CannotTell):
    """Of one of two operands the kind is not known."""


class NoValue(CannotTell):
    """An operand has no value: code not reached, or the result of a recursion not yet known."""


@dataclass(frozen=True)
class Slice(Kind):
    """`lower:upper:step` inside a subscript; Const(None) where absent."""

    lower: Kind
    upper: Kind
    step: Kind


def is_elementwise(function: Any) -> bool:
    return isinstance(function, np.ufunc) and function.signature is None and function.nout == 1


class KnownInteger(NamedTuple):
    """Text over the arguments, and what it is in this call."""

    text: str
    value: int

    def inside(self) -> str:
        """The text as an operand."""
        return f"({self.text})" if " " in self.text else self.text


def holds_unknown_integer(kind: Kind) -> bool:
    if isinstance(kind, Tuple):
        return any(map(holds_unknown_integer, kind.items))
    return isinstance(kind, Number) and kind.dtype.kind in "iu" and kind.size is None


def shapes_of(value: Any) -> Any:
    """The shapes of the arrays in the result of a function."""
    return [shapes_of(v) for v in value] if isinstance(value, (list, tuple)) else np.shape(value)


class Inference:
    """Kinds of results.  `site` identifies the expression at hand: sizes that depend on data belong to it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.site: Any = None
        self._probed: dict[Any, Kind] = {}
        self._integer, self._real = 2, 0.7  # the examples of numbers of which nothing is known
        self._indices = True  # are arrays of integers taken for indices?

    # Examples

    def example(self, kind: Kind, which: int) -> Any:
        if isinstance(kind, Const):
            return kind.value
        if isinstance(kind, Number):
            return self._number(kind, which)
        if isinstance(kind, Array) and kind.sizes is not None:
            shape = tuple(self.facts.example(s, which) for s in kind.sizes)
            if kind.dtype.kind in "iu" and not self._indices:
                return np.ones(shape, kind.dtype) * (1 if len(shape) < 2 else np.eye(*shape[-2:], dtype=kind.dtype))
            return _array(kind.dtype, shape)
        if isinstance(kind, Tuple):
            items = [self.example(k, which) for k in kind.items]
            return kind.cls(*items) if kind.cls else tuple(items)
        if isinstance(kind, List):
            if kind.cell.items is not None and isinstance(kind.cell.item, Bottom):
                return [self.example(k, which) for k in kind.cell.items]
            length = kind.cell.length or self.facts.fresh("length", id(kind.cell))
            item = kind.item
            if isinstance(item, Bottom):
                return []
            return [self.example(item, which) for _ in range(self.facts.example(length, which))]
        if isinstance(kind, Dict) and isinstance(kind.cell.item, Bottom):
            return {k: self.example(v, which) for k, v in kind.cell.keys.items()}
        if isinstance(kind, Object) and (data := registry.data_class_of(kind.cls)) is not None:
            return data.example(kind.cls, *(self.example(k, which) for k in self.fields(kind, data)))
        if isinstance(kind, Slice):
            return slice(*(self.example(k, which) for k in (kind.lower, kind.upper, kind.step)))
        if isinstance(kind, Bottom):
            raise NoValue("an operand has no value")
        raise CannotTell(f"no example of {type(kind).__name__.lower()}")

    def fields(self, kind: Object, data: registry.DataClass) -> list[Kind]:
        """The kinds of what is known of an object of a library."""
        found = [kind.cell.attribute(name) for name in data.fields]
        if None in found:
            raise CannotTell(f"what this {kind.cls.__name__} holds")
        return found  # type: ignore[return-value]

    def _number(self, kind: Number, which: int) -> Any:
        code = kind.dtype.kind
        if code in "iu":
            if kind.size is not None:
                value: Any = self.facts.example(kind.size, which)
            else:
                value = self._integer if which != 1 else 1021
        else:
            value = {"b": self._truth(kind, which), "f": self._real, "c": 0.7 + 0.2j}[code]
        return value if kind.weak else kind.dtype.type(value)

    def _truth(self, kind: Number, which: int) -> bool:
        """In the examples both truth values are met, if it is not known which it is."""
        if kind.size is None:
            return which != 1
        size = self.facts.canonical(kind.size)
        return bool(self.facts.value(size)) is not (which == 1 and size.symbol is not None)

    def sizes_in(self, kind: Kind) -> list[Size]:
        if isinstance(kind, Array):
            return list(kind.sizes or ())
        if isinstance(kind, Number):
            size = size_of(kind)
            return [size] if size else []
        if isinstance(kind, Tuple):
            return [s for k in kind.items for s in self.sizes_in(k)]
        if isinstance(kind, List):
            own = [kind.cell.length] if kind.cell.length else [self.facts.fresh("length", id(kind.cell))]
            return own + [s for k in kind.cell.members() for s in self.sizes_in(k)]
        if isinstance(kind, Object) and (data := registry.data_class_of(kind.cls)) is not None:
            return [s for k in self.fields(kind, data) for s in self.sizes_in(k)]
        return []

    def _elements(self, kind: Kind) -> int:
        """How many numbers its largest array has in this call; a large integer may be a size of the result."""
        if isinstance(kind, Array):
            return math.prod(self.facts.value(s) for s in kind.sizes or ())
        if isinstance(kind, Number) and kind.size is not None:
            return max(self.facts.value(kind.size), 0) ** 2
        if isinstance(kind, Tuple):
            return math.prod(max(self._elements(k), 1) for k in kind.items)
        if isinstance(kind, List):
            return sum(self._elements(k) for k in kind.cell.members())
        return 0

    # Calls

    def probe(
        self, function: Callable[..., Any], args: list[Kind], keywords: dict[str, Kind], data: bool = False
    ) -> Kind:
        """The kind of `function(*args, **keywords)`; `data`: its shape depends on values."""
        key: Any = None
        try:
            key = (id(function), tuple(args), tuple(keywords.items()), data and self.site)
            hash(key)
        except TypeError:
            key = None
        if key is not None and key in self._probed:
            return self._probed[key]
        operands = [*args, *keywords.values()]
        try:
            kind = self._probe(function, args, keywords, data)
        except CannotTell:
            if not self.ask_for(integers_in(operands)):
                raise
            kind = self._probe(function, args, keywords, data)
        parts = kind.items if isinstance(kind, Tuple) else (kind,)
        if any(isinstance(k, Array) and k.sizes is None for k in parts) and self.ask_for(integers_in(operands, "b")):
            kind = self._probe(function, args, keywords, data)
        kind = of_one_type(kind, operands)
        if key is not None and not any(isinstance(k, (List, Dict, Object)) for k in operands):
            self._probed[key] = kind
        return kind

    def _probe(self, function: Callable[..., Any], args: list[Kind], keywords: dict[str, Kind], data: bool) -> Kind:
        operands = [*args, *keywords.values()]
        if function in (np.reshape, np.broadcast_to) and len(args) == 2 and not keywords and isinstance(args[0], Array):
            asked = self.asked_for(args[1], args[0].sizes)
            if asked is not None:
                return Array(args[0].dtype, asked)
        if any(isinstance(k, Array) and k.sizes is None for k in operands):
            raise CannotTell("the number of axes of an operand is not known")
        sizes = [s for k in operands for s in self.sizes_in(k)]
        self.facts.bring_near(sizes, max(map(self._elements, operands), default=0))

        def run(which: int) -> Any:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return function(
                    *(self.example(k, which) for k in args), **{n: self.example(k, which) for n, k in keywords.items()}
                )

        reason: Exception | None = None
        for attempt in range(3):
            try:
                first = run(0)
            except CannotTell:
                raise
            except Exception as error:
                reason = error
                break
            try:
                second = run(1)
            except Exception as error:
                reason = error
                if attempt == 0 and self.ask_for(integers_in(operands, "b")) | self._unify([*sizes, *_numbers_in(operands)]):
                    continue
                self._check_integers(operands, run)
                return self._lift(first, None, sizes, data)
            return self._lift(first, second, sizes, data)
        if function is np.reshape and len(args) > 1 and isinstance(args[0], Array) and _is_told(args[1]):
            return Array(args[0].dtype, self.laid_out(args[1]))
        # An integer that is not known may be an axis, a number may be outside the domain: other examples may be possible.
        for which, integer, real in ((2, 2, 0.7), (0, 0, 0.7), (2, 0, 0.7), (0, 2, 1.7)):
            self._integer, self._real = integer, real
            try:
                found = run(which)
                self._check_integers(operands, run)
                return self._lift(found, None, sizes, data)
            except Exception as error:
                reason = error if isinstance(error, CannotTell) else reason or error
            finally:
                self._integer, self._real = 2, 0.7
        # Nor need arrays of integers be indices: those tried now are invertible, and have a sum.
        if self._indices and any(isinstance(k, Array) and k.dtype.kind in "iu" for k in operands):
            self._indices = False
            try:
                return self._probe(function, args, keywords, data)
            except CannotTell:
                pass
            finally:
                self._indices = True
        if function is np.reshape and len(args) > 1 and isinstance(args[0], Array):
            return Array(args[0].dtype, self.laid_out(args[1]))
        raise CannotTell(str(reason)) from reason

    def _check_integers(self, operands: list[Kind], run: Any) -> None:
        """An integer that is not known must not decide the shape: it may be an axis."""
        if not any(map(holds_unknown_integer, operands)):
            return
        before, shapes = self._integer, set()
        for self._integer in (0, 1, 2):
            with contextlib.suppress(Exception):
                shapes.add(repr(shapes_of(run(0))))
        self._integer = before
        if len(shapes) > 1:
            raise CannotTell("the shape depends on an integer that is not known, such as an axis")

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

    def _unify(self, sizes: list[Size]) -> bool:
        """Ask which sizes are equal or one, since NumPy needs some of them to be; True if anything was learnt."""
        learnt = False
        canonical = [self.facts.canonical(s) for s in sizes]
        for i, a in enumerate(canonical):
            if a.symbol is not None and self.facts.value(a) == 1:
                learnt |= self.facts.is_one(a)
            for b in canonical[:i]:
                if self.facts.canonical(a) != self.facts.canonical(b):
                    learnt |= self.facts.equal(a, b)
        return learnt

    def _lift(self, first: Any, second: Any, sizes: list[Size], data: bool, path: tuple[Any, ...] = ()) -> Kind:
        if isinstance(first, np.ndarray):
            if second is not None and (not isinstance(second, np.ndarray) or second.ndim != first.ndim):
                return Array(first.dtype, None)
            return Array(first.dtype, tuple(self._size(first, second, i, sizes, data, path) for i in range(first.ndim)))
        if isinstance(first, np.generic) and first.dtype.kind in "biufc":
            return Number(first.dtype, weak=False)
        if type(first) in PYTHON:
            return PYTHON[type(first)]
        if isinstance(first, (tuple, list)):
            others = second if second is not None and len(second) == len(first) else [None] * len(first)
            items = [self._lift(a, b, sizes, data, (*path, i)) for i, (a, b) in enumerate(zip(first, others))]
            if isinstance(first, tuple):
                cls = type(first) if hasattr(first, "_fields") else None
                return Tuple(tuple(items), cls)
            same = second is not None and len(second) == len(first) and not data
            return List(Cell(items=items, length=Size(None, len(items)))) if same else List(Cell(item=join_all(items)))
        if first is None or isinstance(first, (str, np.dtype, type)):
            return Const(first)
        known = registry.data_class_of(type(first))
        if known is not None:
            return Object(type(first), Cell(keys={n: self._field(first, second, n, sizes, data, path) for n in known.fields}))
        return Unknown()

    def _field(self, first: Any, second: Any, name: str, sizes: list[Size], data: bool, path: tuple[Any, ...]) -> Kind:
        """A field of an object of a library; in a shape, the sizes are told."""
        one, other = getattr(first, name), None if second is None else getattr(second, name)
        if isinstance(one, (bool, int, str)):
            return Const(one) if one == other else PYTHON.get(type(one), Unknown())
        if name != "shape":
            return self._lift(one, other, sizes, data, (*path, name))
        explained = [None if other is None or data else self.facts.explain(n, m, sizes) for n, m in zip(one, other or one)]
        return Tuple(tuple(
            self.size_kind(size or self.facts.fresh(self.site, (*path, name), i, actual=n))
            for i, (n, size) in enumerate(zip(one, explained))
        ))  # fmt: skip

    def _size(self, first: Any, second: Any, axis: int, sizes: list[Size], data: bool, path: tuple[Any, ...]) -> Size:
        actual = first.shape[axis]
        found = None if second is None or data else self.facts.explain(actual, second.shape[axis], sizes)
        return found if found and found != DIFFERING else self.facts.fresh(self.site, path, axis, actual=actual)

    # Operators

    def elementwise(self, function: Callable[..., Any], operands: list[Kind]) -> Kind:
        """An operation that broadcasts: its sizes are reasoned out, its dtype is NumPy's."""
        if not all(is_number(k) for k in operands):
            return self.probe(function, operands, {})
        moving = any(varied(k) for k in operands)
        wide = [widen(k) for k in operands]
        if all(is_scalar(k) for k in wide) or not any(isinstance(k, Array) for k in wide):
            return set_varied(self.probe(function, list(operands), {}), moving)
        sizes = self.broadcast(wide)
        tiny = [Array(k.dtype, (ONE,) * max(len(k.sizes or (ONE,)), 0)) if isinstance(k, Array) else k for k in wide]
        result = self.probe(function, list(tiny), {})
        dtype = result.dtype if isinstance(result, (Array, Number)) else np.dtype(object)
        if dtype.kind == "O":
            raise CannotTell("NumPy makes an array of objects here")
        return set_varied(of_one_type(Array(dtype, sizes), wide), moving)

    def broadcast(self, kinds: list[Kind]) -> tuple[Size, ...] | None:
        """The sizes of the operands' common shape, None if a rank is not known."""
        shapes = [k.sizes if isinstance(k, Array) else () for k in kinds]
        if any(s is None for s in shapes):
            return None
        known = [s for s in shapes if s is not None]
        result = []
        for axis in range(1, max(map(len, known)) + 1):
            found = [self.facts.canonical(s[-axis]) for s in known if len(s) >= axis]
            result.append(self._common(found, axis))
        return tuple(reversed(result))

    def _common(self, sizes: list[Size], axis: int) -> Size:
        size = ONE
        for other in sizes:
            if size == other or other == ONE:
                continue
            if size == ONE or self.facts.equal(size, other):
                size = self.facts.canonical(other)
            elif self.facts.is_one(other):
                continue
            elif self.facts.is_one(size):
                size = other
            else:
                return self.facts.fresh(self.site, "broadcast", axis, actual=self.facts.value(size))
        return size

    def binary(self, op: str, a: Kind, b: Kind) -> Kind:
        if isinstance(a, OneOf) or isinstance(b, OneOf):
            return self._alternatives(lambda x, y: self.binary(op, x, y), a, b)
        if isinstance(a, Const) and isinstance(b, Const):
            try:
                value = OPERATORS[op](a.value, b.value)
            except Exception as error:
                raise CannotTell(str(error)) from error
            simple = isinstance(value, (int, float, complex, str, bool, bytes, type(None), tuple))
            return Const(value) if simple else self._lift(value, None, [], False)
        sized = self._size_arithmetic(op, a, b)
        if sized is not None:
            return sized
        if is_data(a) or is_data(b):
            return self.probe(OPERATORS[op], [a, b], {})
        if op == "@":
            return self.matmul(a, b)
        if op in COMPARISONS and not (is_number(a) and is_number(b)):
            return (
                BOOL if not (isinstance(a, Array) or isinstance(b, Array)) else self.elementwise(OPERATORS[op], [a, b])
            )
        if op in ("is", "is not"):
            return BOOL
        if is_number(a) and is_number(b):
            return self.elementwise(OPERATORS[op], [a, b])
        if (
            isinstance(a, (List, Tuple))
            and isinstance(b, Array)
            or isinstance(b, (List, Tuple))
            and isinstance(a, Array)
        ):
            return set_varied(self.probe(OPERATORS[op], [a, b], {}), varied(a) or varied(b))
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            if varied(a) or varied(b):
                raise UnknownOperand("the kind of one operand is not known")
            return Unknown()
        if isinstance(a, Tuple) and isinstance(b, Tuple) and op == "+":
            return Tuple(a.items + b.items)
        if varied(a) or varied(b):
            raise CannotTell(f"{op} of these")
        return self.probe(OPERATORS[op], [a, b], {})

    def _alternatives(self, operation: Callable[[Kind, Kind], Kind], a: Kind, b: Kind) -> Kind:
        """Those alternatives for which the operation would raise can be left out."""
        results = []
        for x in a.options if isinstance(a, OneOf) else (a,):
            for y in b.options if isinstance(b, OneOf) else (b,):
                try:
                    results.append(operation(x, y))
                except CannotTell:
                    continue
        if not results:
            raise CannotTell("no alternative of the operands allows this operation")
        return join_all(results)

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

    def matmul(self, a: Kind, b: Kind) -> Kind:
        if isinstance(a, (List, Tuple)) or isinstance(b, (List, Tuple)):
            return set_varied(self.probe(operator.matmul, [a, b], {}), varied(a) or varied(b))
        if not isinstance(a, Array) or not isinstance(b, Array) or a.sizes is None or b.sizes is None:
            raise CannotTell("the number of axes of an operand of @ is not known")
        if not a.sizes or not b.sizes:
            raise CannotTell("@ needs arrays of at least one axis")
        moving = varied(a) or varied(b)
        inner = a.sizes[-1], b.sizes[-2 if len(b.sizes) > 1 else -1]
        if not self.facts.equal(*inner) and None not in map(self.facts.text, inner):
            lengths = " and ".join(str(self.facts.value(s)) for s in inner)
            raise CannotTell(f"the operands of @ do not fit: the axes that are summed over have the lengths {lengths}")
        dtype = np.matmul(np.zeros((1, 1), a.dtype), np.zeros((1, 1), b.dtype)).dtype
        batch = self.broadcast([Array(a.dtype, a.sizes[:-2]), Array(b.dtype, b.sizes[:-2])]) or ()
        rows = a.sizes[-2:-1] if len(a.sizes) > 1 else ()
        columns = b.sizes[-1:] if len(b.sizes) > 1 else ()
        sizes = (*batch, *rows, *columns)
        return set_varied(Array(dtype, sizes) if sizes else Number(dtype, weak=False), moving)

    def unary(self, op: str, a: Kind) -> Kind:
        if op == "not":
            flag = self._known_flag(a)
            return BOOL if flag is None else self._flag(f"not {flag.inside()}", not flag.value)
        if isinstance(a, OneOf):
            return self._alternatives(lambda x, _: self.unary(op, x), a, Const(None))
        if isinstance(a, Const):
            try:
                return Const(OPERATORS[f"unary {op}"](a.value))
            except TypeError as error:
                raise CannotTell(str(error)) from error
        if not is_number(a):
            if isinstance(a, Unknown):
                return a
            raise CannotTell(f"unary {op} of a {type(a).__name__.lower()}")
        return self.elementwise(OPERATORS[f"unary {op}"], [a])

    def attribute(self, kind: Kind, name: str) -> Kind | None:
        """An attribute of a number, an array or data of a library; None if it is a method or not known."""
        if is_data(kind):
            sized = name in registry.data_class_of(kind.cls).data_sized  # type: ignore[union-attr, attr-defined]
            return self.probe(lambda x: getattr(x, name), [kind], {}, sized)
        if not is_number(kind):
            return None
        wide = widen(kind)
        sizes = wide.sizes if isinstance(wide, Array) else ()
        if name == "shape":
            if sizes is None:
                return Unknown()
            return Tuple(tuple(self.size_kind(s) for s in sizes))
        if name == "ndim":
            return INT if sizes is None else Const(len(sizes))
        if name in ("size", "nbytes", "itemsize"):
            if name == "size" and sizes is not None and len(sizes) <= 1:
                return self.size_kind(sizes[0]) if sizes else Const(1)
            return INT
        if name == "dtype" and isinstance(wide, (Array, Number)):
            return Const(wide.dtype)
        if name in ("T", "mT", "real", "imag"):
            if sizes is None:
                return Array(wide.dtype, None, varied(wide))  # type: ignore[attr-defined, union-attr]
            if name == "T" and isinstance(wide, Array):
                return Array(wide.dtype, tuple(reversed(sizes)), wide.varied)
            return set_varied(self.probe(lambda x: getattr(x, name), [wide], {}), varied(wide))
        return None

    def size_kind(self, size: Size) -> Kind:
        size = self.facts.canonical(size)
        return Const(size.offset) if size.symbol is None else Number(np.dtype(np.int64), size=size)

    # Subscripts

    def subscript(self, base: Kind, index: Kind) -> Kind:
        """An element or a part of an array; containers are the specialiser's."""
        if not isinstance(base, Array):
            raise CannotTell("a subscript of something that is not an array")
        items = list(index.items) if isinstance(index, Tuple) else [index]
        flag = base.varied
        if base.sizes is None or any(isinstance(k, Unknown) for k in items):
            if all(isinstance(k, Slice) for k in items):
                return Array(base.dtype, None, flag)
            raise CannotTell("what this index selects depends on a number of axes that is not known")
        if any(isinstance(k, (Array, List)) and not is_scalar(k) for k in items):
            return set_varied(self._advanced(base, items), flag)
        used = sum(isinstance(k, Slice) or is_scalar(k) for k in items)
        axes = list(base.sizes)
        if used > len(axes):
            raise CannotTell("too many indices for this array")
        result: list[Size] = []
        for item in items:
            if isinstance(item, Const) and item.value is Ellipsis:
                keep = len(axes) - sum(isinstance(k, Slice) or is_scalar(k) for k in items[items.index(item) + 1 :])
                result += axes[:keep]
                del axes[:keep]
            elif isinstance(item, Const) and item.value is None:
                result.append(ONE)
            elif isinstance(item, Const) and isinstance(item.value, slice):
                result.append(
                    self._part(
                        axes.pop(0), Slice(*map(Const, (item.value.start, item.value.stop, item.value.step))), len(axes)
                    )
                )
            elif isinstance(item, Slice):
                result.append(self._part(axes.pop(0), item, len(axes)))
            elif is_scalar(item):
                wide = widen(item)
                if isinstance(wide, (Number, Array)) and wide.dtype.kind not in "iu":
                    raise CannotTell("an index that is not an integer")
                axes.pop(0)
            else:
                raise CannotTell(f"an index of kind {type(item).__name__.lower()}")
        sizes = (*result, *axes)
        if not sizes and not any(isinstance(k, Const) and k.value is Ellipsis for k in items):
            return Number(base.dtype, weak=False, varied=flag)
        return Array(base.dtype, sizes, flag)

    def _part(self, size: Size, part: Slice, axis: int) -> Size:
        size = self.facts.canonical(size)
        if all(isinstance(k, Const) for k in (part.lower, part.upper, part.step)):
            lower, upper, step = part.lower.value, part.upper.value, part.step.value  # type: ignore[attr-defined]
            if size.symbol is None:
                return Size(None, len(range(size.offset)[slice(lower, upper, step)]))
            if lower is None and upper is None and step in (None, 1, -1):
                return size
            if step in (None, 1) and (lower or 0) >= 0 and (upper is None or upper < 0):
                return size + ((upper or 0) - (lower or 0))
            if step is not None and step > 1 and (lower or 0) >= 0 and (upper is None or upper < 0):
                # x[1:-3:2] and x[2:-2:2] are as long as x[4::2]
                part = Slice(Const((lower or 0) - (upper or 0)), Const(None), part.step)
        known = self._part_of_known(size, part) or self._inside(size, part)
        if known is not None:
            return known
        actual = min(self.facts.value(size), 2)
        bounds = [self._bound(k) for k in (part.lower, part.upper, part.step)]
        if ANYTHING in bounds:
            return self.facts.fresh("part", self.site, axis, actual=actual)
        return self.facts.part(size, tuple(bounds), actual)

    def _bound(self, kind: Kind) -> Any:
        """What a bound of a slice is: a sum, None, or ANYTHING."""
        size = self._integer_size(kind)
        if size is None:
            return None if kind == Const(None) else ANYTHING
        return self.facts.form(size)

    def _inside(self, size: Size, part: Slice) -> Size | None:
        """The size of a slice of which both ends are certainly in the array: `x[i : i + k]`, where i + k <= len(x)."""
        lower, upper, step = (self._bound(k) for k in (part.lower, part.upper, part.step))
        if ANYTHING in (lower, upper) or step not in (None, Affine((), 1)):
            return None
        whole = self.facts.form(size)
        start = lower or Affine()
        end = upper or whole
        if not all(map(self.facts.is_positive, (start, end - start, whole - end))):
            return None
        form = end - start
        return self.facts.of_form(form) or self.facts.note_sum(self.facts.fresh("inside", form), form)

    def _part_of_known(self, size: Size, part: Slice) -> Size | None:
        """The size of a slice of which the arguments can be asked for all bounds."""
        whole = self.facts.text(size)
        if whole is None:
            return None
        texts, values = [], []
        for kind in (part.lower, part.upper, part.step):
            absent = kind == Const(None)
            known = None if absent else self._known_integer(kind)
            if not absent and known is None:
                return None
            texts.append(known.text if known else "")
            values.append(known.value if known else None)
        if values[2] == 0 or not (values[2] is None or isinstance(part.step, Const)):
            return None
        text = ":".join(texts if texts[2] else texts[:2])
        return self.facts.derived(f"len(range({whole})[{text}])", len(range(self.facts.value(size))[slice(*values)]))

    def _advanced(self, base: Array, items: list[Kind]) -> Kind:
        items = [Const(0) if isinstance(k, Number) and k.dtype.kind in "iu" else k for k in items]
        masked = any(isinstance(k, Array) and k.dtype.kind == "b" for k in items)
        # A mask beside other indices selects as many elements as they do.
        others = [k for k in items if isinstance(k, List) or isinstance(k, Array) and k.dtype.kind in "iu"]
        if masked and others:
            items = [
                others[0] if isinstance(k, Array) and k.dtype.kind == "b" and len(k.sizes or ()) == 1 else k
                for k in items
            ]
        index = Tuple(tuple(items)) if len(items) > 1 else items[0]
        return self.probe(operator.getitem, [base, index], {}, data=masked)


def is_data(kind: Kind) -> bool:
    """An object of a library of which what it gives can be asked."""
    return isinstance(kind, Object) and registry.data_class_of(kind.cls) is not None


def _is_told(shape: Kind) -> bool:
    """Are all sizes of a shape told, by numbers or by sizes of other arrays?"""
    items = shape.items if isinstance(shape, Tuple) else (shape,)
    return all(
        k.value >= 0 if isinstance(k, Const) and type(k.value) is int else isinstance(k, Number) and k.size is not None
        for k in items
    )


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


def _numbers_in(kinds: list[Kind]) -> list[Size]:
    """The integers in the shapes that a call is given: a size may have to be one of them."""
    items = [item for kind in kinds if isinstance(kind, Tuple) for item in kind.items]
    return [Size(None, k.value) for k in items if isinstance(k, Const) and type(k.value) is int and k.value >= 0]


def _array(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """An example array: numbers in a row increase, square matrices are positive definite, index arrays zero, masks true."""
    if dtype.kind in "iu":
        return np.zeros(shape, dtype)
    if dtype.kind not in "fc":
        return np.ones(shape, dtype) if dtype.kind == "b" else np.empty(shape, dtype)
    count = int(np.prod(shape))
    values = (0.3 + 0.5 * np.modf(np.arange(count) ** 2 * 0.6180339887)[0]).reshape(shape).astype(dtype)
    if len(shape) >= 2 and shape[-1] == shape[-2]:
        mirrored = np.swapaxes(values, -1, -2) if len(shape) == 2 else 0  # tensors are matrices in other ways
        values = values + mirrored + (shape[-1] + 1) * np.eye(shape[-1], dtype=dtype)
    return np.sort(values) if len(shape) == 1 else values
