"""What kind does an operation give?  NumPy itself is asked, on small examples of its operands.

Two examples are made of every operand, in which each unknown size has two different values; from the two results the
sizes of the result are read off.  So no shape function has to be written for any primitive.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcgrad.analysis.asked import Asked, integers_in
from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.facts import MOST, Facts
from srcgrad.analysis.kinds import (
    DIFFERING,
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
    Size,
    Slice,
    Tuple,
    Unknown,
    Word,
    join_all,
    of_one_type,
    size_of,
)
from srcgrad.rules import registry
from srcgrad.runtime.arrays import unbroadcast, untake

# Which argument, the last, says the shape of what is given?
SHAPED = {id(np.reshape): 1, id(np.broadcast_to): 1, id(untake): 3}

ANY_RANK = [(), (Size(None, 2),), (Size(None, 2), Size(None, 3))]  # shapes that stand for those of any number of axes
# Functions whose result has a shape that depends on values.
DATA_SIZED = {
    np.unique, np.nonzero, np.flatnonzero, np.argwhere, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d,
    np.bincount, np.trim_zeros, np.extract, np.compress, np.delete, np.repeat, np.insert,
}  # fmt: skip


def is_data_sized(function: Any, args: list[Kind]) -> bool:
    """Does the shape of the result depend on values?  `np.arange` of floats that are not known is of any length."""
    if function is np.where:
        return len(args) == 1
    if function is np.arange:
        return any(isinstance(k, (Number, Array)) and k.dtype.kind not in "iu" for k in args)
    return any(function is known for known in DATA_SIZED)  # not all callables can be hashed


class Examples(Asked):
    """Kinds of what functions give, by examples of what they are given."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self._probed: dict[Any, Kind] = {}
        self._dtypes: dict[Any, np.dtype] = {}
        self._integer, self._real = 2, 0.7  # the examples of numbers of which nothing is known
        self._indices = True  # are arrays of integers taken for indices?

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

    def _elements(self, kind: Kind, value: Callable[[Size], int]) -> int:
        """How many numbers its largest array has; a large integer may be a size of the result."""
        if isinstance(kind, Array):
            return math.prod(value(s) for s in kind.sizes or ())
        if isinstance(kind, Number) and kind.size is not None:
            return max(value(kind.size), 0) ** 2
        if isinstance(kind, Tuple):
            return math.prod(max(self._elements(k, value), 1) for k in kind.items)
        if isinstance(kind, List):
            return sum(self._elements(k, value) for k in kind.cell.members())
        return 0

    def _takes_long(self, function: Callable[..., Any], operands: list[Kind], sizes: list[Size]) -> bool:
        """Has an example many axes, and many elements?  Of np.einsum: does it go through many of them?"""

        def other(size: Size) -> int:
            return self.facts.example(size, 1)

        if function is np.einsum:
            return math.prod(map(other, {self.facts.canonical(s) for s in sizes})) > 10 * MOST
        wide = [k for k in operands if isinstance(k, Array) and len(k.sizes or ()) > 4]
        return any(self._elements(k, other) > MOST for k in wide)

    def probe(
        self, function: Callable[..., Any], args: list[Kind], keywords: dict[str, Kind], data: bool = False
    ) -> Kind:
        """The kind of `function(*args, **keywords)`; `data`: its shape depends on values, as that of some functions does."""
        data = data or is_data_sized(function, args)
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
        if function is np.min_scalar_type:
            kind = Unknown()  # a type that depends on the value
        if key is not None and not any(isinstance(k, (List, Dict, Object)) for k in operands):
            self._probed[key] = kind
        return kind

    def _probe(self, function: Callable[..., Any], args: list[Kind], keywords: dict[str, Kind], data: bool) -> Kind:
        operands = [*args, *keywords.values()]
        shape = SHAPED.get(id(function))
        if shape is not None and len(args) == shape + 1 and not keywords and isinstance(args[0], Array):
            asked = self.asked_for(args[shape], args[0].sizes)
            if asked is not None:
                return Array(args[0].dtype, asked)
        if function in (np.broadcast_to, unbroadcast) and len(args) == 2 and type(args[1]) is Unknown:
            if not keywords and isinstance(args[0], (Array, Number)):
                return Array(args[0].dtype, None)
        if function is np.full and len(args) == 2 and type(args[0]) is Unknown and isinstance(args[1], Number):
            return Array(args[1].dtype, None)
        if any(isinstance(k, Array) and k.sizes is None for k in operands):
            return self._of_any_rank(function, args, keywords, data)
        # Integers grow least: they may be windows and positions in the arrays.
        sizes = [s for k in sorted(operands, key=holds_array) for s in self.sizes_in(k)]
        self.facts.bring_near(sizes, max((self._elements(k, self.facts.value) for k in operands), default=0))
        if self._takes_long(function, operands, sizes):
            self.facts.bring_nearer()

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
                if attempt == 0 and self.ask_for(integers_in(operands, "b")) | self._unify([*sizes, *self._numbers_in(operands)]):
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
        # How many elements there are, and that what was broadcast has these axes, is known to the program alone.
        if function in (np.reshape, unbroadcast) and len(args) > 1 and isinstance(args[0], Array):
            return Array(args[0].dtype, self.laid_out(args[1]))
        raise CannotTell(str(reason)) from reason

    def _of_any_rank(
        self, function: Callable[..., Any], args: list[Kind], keywords: dict[str, Kind], data: bool
    ) -> Kind:
        """Where one operand has any number of axes, and the result has as many, or is always a number."""
        unknown = [i for i, k in enumerate(args) if isinstance(k, Array) and k.sizes is None]
        if len(unknown) != 1 or any(isinstance(k, Array) and k.sizes is None for k in keywords.values()):
            raise CannotTell("the number of axes of an operand is not known")
        found = []
        for sizes in ANY_RANK:
            tried = [replace(k, sizes=sizes) if i in unknown else k for i, k in enumerate(args)]  # type: ignore[type-var]
            found.append(self._probe(function, tried, keywords, data))
        if [k.sizes if isinstance(k, Array) else None for k in found] == ANY_RANK:
            (result,) = {Array(k.dtype, None) for k in found}  # type: ignore[attr-defined]
            return result
        if not isinstance(found[0], Number) or any(k != found[0] for k in found):
            raise CannotTell("the number of axes of an operand is not known")
        return found[0]

    def _check_integers(self, operands: list[Kind], run: Any) -> None:
        """An integer that is not known must not decide how many axes there are; how long they are is not known either then."""
        arrays = [k for k in operands if isinstance(k, Array)]
        if arrays and all(size == ONE for k in arrays for size in k.sizes or ()):
            return  # of an operation that broadcasts, only the dtype is asked
        if not any(map(holds_unknown_integer, operands)):
            return
        before, found = self._integer, set()
        for self._integer in (0, 1, 2):
            with contextlib.suppress(Exception):
                found.add(repr(axes_of(run(0))))
        self._integer = before
        if len(found) > 1:
            raise CannotTell("the number of axes depends on an integer that is not known")

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

    def _numbers_in(self, kinds: list[Kind]) -> list[Size]:
        """The integers in the shapes that a call is given, or that a matrix of a library has: a size may have to be one of
        them."""
        kinds = [f for k in kinds for f in (self.fields(k, registry.data_class_of(k.cls)) if is_data(k) else [k])]  # type: ignore[attr-defined, arg-type]
        items = [item for kind in kinds if isinstance(kind, Tuple) for item in kind.items]
        return [Size(None, k.value) for k in items if isinstance(k, Const) and type(k.value) is int and k.value >= 0]

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
        if isinstance(first, str):
            return Word()  # which one, may depend on numbers that are not known
        if first is None or isinstance(first, (np.dtype, type)):
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


def holds_unknown_integer(kind: Kind) -> bool:
    if isinstance(kind, Tuple):
        return any(map(holds_unknown_integer, kind.items))
    return isinstance(kind, Number) and kind.dtype.kind in "iu" and kind.size is None


def holds_array(kind: Kind) -> bool:
    return isinstance(kind, Array) or any(map(holds_array, kind.items if isinstance(kind, Tuple) else ()))


def axes_of(value: Any) -> Any:
    """The numbers of axes of the arrays in the result of a function."""
    return [axes_of(v) for v in value] if isinstance(value, (list, tuple)) else np.ndim(value)


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
