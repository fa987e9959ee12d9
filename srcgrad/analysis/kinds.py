"""What can be known of a value before the program runs?  The lattice of kinds.

Bottom < Const(v) < Number < Array; Tuple by member; List, Dict and Object refer to a Cell, one per place of creation,
whose content only grows; OneOf (a few alternatives) < Unknown.  A kind says whether its value *varies* with a
differentiated argument, so activity is part of it.
"""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Size:
    """A size: `symbol + offset`, or the constant `offset` if there is no symbol."""

    symbol: str | None
    offset: int

    def __add__(self, n: int) -> Size:
        return Size(self.symbol, self.offset + n)


ONE = Size(None, 1)
NONE = Size(None, 0)
DIFFERING = Size("*", 0)  # two values differ in this size; it is told apart where one of them is read


class Kind:
    """The base of all kinds."""


@dataclass(frozen=True)
class Bottom(Kind):
    """No value: code that is not reached, the element of an empty list."""


@dataclass(frozen=True)
class Unknown(Kind):
    """Any value whatsoever, but not one that varies."""


@dataclass(frozen=True)
class Text(Unknown):
    """Text made of differentiable values, or something made of that: read back as a number, it has lost its derivative."""


@dataclass(frozen=True)
class Word(Unknown):
    """A string, of which only the run tells which."""


@dataclass(frozen=True)
class Row(Unknown):
    """A tuple of numbers or texts that do not vary, all of this kind, of which only the run tells how many."""

    item: Kind


@dataclass(frozen=True, eq=False)
class Const(Kind):
    """A value known when generating: None, a number in the text, a module, a function, a class, a string."""

    value: Any

    def key(self) -> Any:
        simple = isinstance(self.value, (int, float, complex, str, bytes, bool, type(None)))
        return (type(self.value), repr(self.value)) if simple else id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())


@dataclass(frozen=True)
class Number(Kind):
    """A scalar: bool, int, float, complex.  `weak` is a Python number, else a NumPy scalar of `dtype`."""

    dtype: np.dtype
    weak: bool = True
    varied: bool = False
    size: Size | None = None
    exact: bool = True  # False: it may be of another type, since values of two types meet here


@dataclass(frozen=True)
class Array(Kind):
    """An ndarray.  `sizes` is None if its rank is not known (it may then be a scalar too)."""

    dtype: np.dtype
    sizes: tuple[Size, ...] | None
    varied: bool = False
    exact: bool = True  # False: it may be a number, the start of a sum that grows into an array, or one of integers
    selects: Size | None = None  # of a mask that stays as it is: how many elements it selects


@dataclass(frozen=True)
class Tuple(Kind):
    """A tuple, member by member; `cls` for a NamedTuple."""

    items: tuple[Kind, ...]
    cls: type | None = None


@dataclass(eq=False)
class Cell:
    """What is known of the lists, dicts or objects created at one place: it only grows, and holds for the whole run.

    Where a variable or a container may hold what was created at either of two places, the two cells become one.
    """

    items: list[Kind] | None = None  # by position, while they are told apart
    keys: dict[Any, Kind] = field(default_factory=dict)  # by key or attribute
    item: Kind = Bottom()  # of every element not told apart
    key: Kind = Bottom()  # of the keys of these, if it is known of all of them
    length: Size | None = None
    read: Any = None  # how an attribute not yet read is looked up
    whole: bool = True  # a list may be told apart by position; a dict has exactly these keys, in this order
    made_as: type | None = None  # what the user made, where a list stands for a deque, or a dict is of another class
    factory: Kind | None = None  # what a defaultdict calls for a new key
    inserts: bool = True  # and whether that is put into it
    limit: int | None = None  # how long a deque may become
    display: bool = False  # made of its members at once, which were there before it
    linked: bool = False  # and afterwards something that holds others was put into it
    clock: list[int] = field(default_factory=lambda: [0])  # goes on at every change, of all cells of a session
    into: Cell | None = None  # the cell that this one has become part of

    def root(self) -> Cell:
        cell = self
        while cell.into is not None:
            cell = cell.into
        return cell

    def attribute(self, name: str) -> Kind | None:
        """What an object from outside, or made by a library, has under this name."""
        found = self.keys.get(name)
        return self.read(name) if found is None and self.read is not None else found

    def members(self) -> list[Kind]:
        return [*(self.items or []), *self.keys.values(), self.item]

    def any_key(self) -> Kind:
        """The kind of every key of a dict."""
        known = join_all([widen(Const(k)) for k in self.keys])
        if isinstance(self.item, Bottom):
            return known
        kinds = {kind_of_key(widen(Const(k))) for k in self.keys} | {kind_of_key(self.key)}
        return kinds.pop() if len(kinds) == 1 else Unknown()


ITERATOR: type = type(iter([]))  # what is run over once: here, a list that is used up


class UNLIKE:
    """The class of what was made as one of several, whose methods do not do the same."""


class Holder(Kind):
    """A list, a dict or an object; two are the same kind if they have one cell."""

    made: Cell  # where it was made

    @property
    def cell(self) -> Cell:
        return self.made.root()

    @property
    def item(self) -> Kind:
        """The join over all elements."""
        return join_all(self.cell.members())

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.cell is self.cell  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(type(self))  # cells may become one


@dataclass(frozen=True, eq=False)
class Iterable(Unknown, Holder):
    """A range, a set, an iterator: no member varies, and their kind is known."""

    made: Cell
    endless: bool = False
    is_set: bool = False

    __eq__, __hash__ = Holder.__eq__, Holder.__hash__


@dataclass(frozen=True, eq=False)
class List(Holder):
    made: Cell


@dataclass(frozen=True, eq=False)
class Dict(Holder):
    made: Cell


@dataclass(frozen=True, eq=False)
class Object(Holder):
    cls: type
    made: Cell


@dataclass(frozen=True)
class Closure(Kind):
    """A function made inside the differentiated program: its definition and what it captures."""

    definition: Any
    captured: tuple[tuple[str, Kind], ...] = ()


@dataclass(frozen=True)
class OneOf(Kind):
    options: tuple[Kind, ...]


BOOL, INT, FLOAT, COMPLEX = (Number(np.dtype(t)) for t in (np.bool_, np.int64, np.float64, np.complex128))
PYTHON = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}


def python_number(value: Any) -> Number | None:
    """The kind of a Python number, members of enums of numbers included."""
    if type(value) in PYTHON:
        return PYTHON[type(value)]
    base = next((t for t in PYTHON if isinstance(value, t)), None) if isinstance(value, enum.Enum) else None
    return PYTHON[base] if base is not None else None


def varied(kind: Kind, seen: frozenset[int] = frozenset()) -> bool:
    """Does a float in this value depend on a differentiated argument?"""
    if isinstance(kind, (Number, Array)):
        return kind.varied
    if isinstance(kind, Tuple):
        return any(varied(k, seen) for k in kind.items)
    if isinstance(kind, (List, Dict, Object)):
        if id(kind.cell) in seen:
            return False
        seen = seen | {id(kind.cell)}
        return any(varied(k, seen) for k in kind.cell.members())
    if isinstance(kind, Closure):
        return any(varied(k, seen) for _, k in kind.captured)
    if isinstance(kind, OneOf):
        return any(varied(k, seen) for k in kind.options)
    return False


def is_text(kind: Kind) -> bool:
    """Is this a text that is known?"""
    return isinstance(kind, Const) and isinstance(kind.value, str)


def has_known_keys(kind: Dict) -> bool:
    """Has this dict exactly the keys that are told apart, in that order?"""
    return kind.cell.whole and isinstance(kind.cell.item, Bottom)


def holds(kind: Kind, question: Callable[[Kind], bool], seen: frozenset[int] = frozenset()) -> bool:
    """Is the answer yes for this value, or for something inside it?"""
    inner: Sequence[Kind] = ()
    if isinstance(kind, Tuple):
        inner = kind.items
    elif isinstance(kind, OneOf):
        inner = kind.options
    elif isinstance(kind, Closure):
        inner = [k for _, k in kind.captured]
    elif isinstance(kind, Holder) and id(kind.cell) not in seen:
        inner, seen = kind.cell.members(), seen | {id(kind.cell)}
    return question(kind) or any(holds(k, question, seen) for k in inner)


def holds_text(kind: Kind) -> bool:
    """Is there text made of differentiable values in this value?"""
    return holds(kind, lambda k: isinstance(k, Text))


def holds_array_without_axes(kind: Kind) -> bool:
    """Is there, in a container, an array of rank 0?"""
    return not isinstance(kind, Array) and holds(kind, lambda k: isinstance(k, Array) and k.sizes == ())


def is_frozen(kind: Kind) -> bool:
    """An object whose attributes can't be assigned in the usual way, once it is made: one of a frozen dataclass."""
    parameters = getattr(kind.cls, "__dataclass_params__", None) if isinstance(kind, Object) else None
    return parameters is not None and parameters.frozen


def is_cached(cls: type, name: str) -> bool:
    """A cached property: it seems to be there before it is computed, and to ask for it is to compute it."""
    return isinstance(inspect.getattr_static(cls, name, None), functools.cached_property)


def size_of(kind: Kind) -> Size | None:
    """What an integer is, as a size, if it can be asked for."""
    return kind.size if isinstance(kind, Number) and kind.dtype.kind != "b" else None


def is_scalar(kind: Kind) -> bool:
    """A number, or an array of rank 0."""
    if isinstance(kind, Const):
        return isinstance(kind.value, (bool, int, float, complex, np.number))
    return isinstance(kind, Number) or (isinstance(kind, Array) and kind.sizes == ())


def is_value(kind: Kind) -> bool:
    """A number that no store changes: not an array of rank 0, which `x += 1` changes for all its names."""
    return is_scalar(kind) and not isinstance(kind, Array)


def is_number_or_array(kind: Kind) -> bool:
    """A number, or an array of rank 0: which one is not known."""
    return isinstance(kind, Array) and kind.sizes == () and not kind.exact


def members_of(kind: Kind) -> list[Kind]:
    """The kinds of what a tuple or a container holds."""
    if isinstance(kind, Tuple):
        return list(kind.items)
    return list(kind.cell.members()) if isinstance(kind, (List, Dict)) else []


def items_at(kinds: Collection[Kind], i: int) -> list[Kind]:
    """The members at this position of those that are tuples."""
    return [k.items[i] for k in kinds if isinstance(k, Tuple) and i < len(k.items)]


def is_among_arrays(kind: Kind, members: Collection[Kind]) -> bool:
    """Is this an array of integers that an index may take for one of those beside it, which vary?"""
    integers = isinstance(kind, Array) and kind.dtype.kind in "biu"
    return integers and any(isinstance(k, Array) and k.varied for k in members)


def is_array(kind: Kind) -> bool:
    """An array of rank 1 or more, or of a rank that is not known."""
    return isinstance(kind, Array) and kind.sizes != ()


def is_number(kind: Kind) -> bool:
    return is_scalar(kind) or isinstance(kind, Array)


def but_for_none(kind: Kind) -> Kind:
    """Of one kind or None, that kind: what is done next raises an error for None."""
    found = [k for k in kind.options if k != Const(None)] if isinstance(kind, OneOf) else []
    return found[0] if len(found) == 1 else kind


def is_memory(kind: Kind) -> bool:
    """Can two names see one store into it?"""
    if isinstance(kind, (Array, List, Dict, Object)):
        return True
    if isinstance(kind, Tuple):
        return any(is_memory(k) for k in kind.items)
    if isinstance(kind, Closure):
        return any(is_memory(k) for _, k in kind.captured)
    if isinstance(kind, OneOf):
        return any(is_memory(k) for k in kind.options)
    return isinstance(kind, Unknown) and not isinstance(kind, (Word, Row))


def holds_itself(kind: Kind, above: tuple[Cell, ...] = ()) -> bool:
    """May there be a list, dict or object in this value that is found again inside itself?

    What a recursion returns may be of one kind at every depth; but of lists made of what was there before them, to which
    nothing is added, none holds itself.
    """
    if isinstance(kind, Holder):
        cell = kind.cell
        if cell in above:
            return any(not one.display or one.linked for one in above[above.index(cell) :])
        return any(holds_itself(k, (*above, cell)) for k in cell.members())
    inside = kind.items if isinstance(kind, Tuple) else options(kind) if isinstance(kind, OneOf) else ()
    if isinstance(kind, Closure):
        inside = tuple(k for _, k in kind.captured)
    return any(holds_itself(k, above) for k in inside)


def selects_by_arrays(index: Kind | None, masks: bool = True) -> bool:
    """An index by arrays or lists, which copies when read; without masks, one that may select an element twice."""
    if isinstance(index, Tuple):
        return any(selects_by_arrays(k, masks) for k in index.items)
    if isinstance(index, Array) and not is_scalar(index):
        return masks or index.dtype.kind != "b"
    return isinstance(index, List)


def is_container(kind: Kind) -> bool:
    return isinstance(kind, (Tuple, List, Dict, Object, Closure))


def rank(kind: Kind) -> int | None:
    """Number of axes; 0 for scalars; None if unknown."""
    if isinstance(kind, Array):
        return None if kind.sizes is None else len(kind.sizes)
    return 0 if is_scalar(kind) else None


def dtype_of(kind: Kind) -> np.dtype | None:
    if isinstance(kind, (Number, Array)):
        return kind.dtype
    if isinstance(kind, Const) and (wide := python_number(kind.value)) is not None:
        return wide.dtype
    if isinstance(kind, Const) and isinstance(kind.value, np.generic):
        return kind.value.dtype
    return None


def is_inexact(kind: Kind) -> bool:
    dtype = dtype_of(kind)
    return dtype is not None and dtype.kind in "fc"


def widen(kind: Kind) -> Kind:
    """A constant number as a number of its type: `1.0` -> a float."""
    if isinstance(kind, Const) and (wide := python_number(kind.value)) is not None:
        return wide
    if isinstance(kind, Const) and isinstance(kind.value, np.generic) and kind.value.dtype.kind in "biufc":
        return Number(kind.value.dtype, weak=False)
    return kind


def is_empty(kind: Kind) -> bool:
    """Is it known that this is an array without elements?  Nothing in it varies."""
    return isinstance(kind, Array) and kind.sizes is not None and NONE in kind.sizes


def set_varied(kind: Kind, flag: bool) -> Kind:
    """The kind with every float in it varied, or none; of containers, the immutable ones only."""
    if isinstance(kind, (Number, Array)):
        flag = flag and kind.dtype.kind in "fc"
        return kind if kind.varied is flag else replace(kind, varied=flag)
    if isinstance(kind, Const) and flag and is_inexact(kind):
        return set_varied(widen(kind), True)
    if isinstance(kind, Tuple):
        return replace(kind, items=tuple(set_varied(k, flag) for k in kind.items))
    if isinstance(kind, OneOf):
        return OneOf(tuple(set_varied(k, flag) for k in kind.options))
    return kind


def join_all(kinds: list[Kind]) -> Kind:
    result: Kind = Bottom()
    for kind in kinds:
        result = join(result, kind)
    return result


def join(a: Kind, b: Kind, fresh: Any = None) -> Kind:
    """The least kind above both.  `fresh(axis, x, y)` gives the joined size where two sizes look different."""
    if a == b or isinstance(b, Bottom):
        return a
    if isinstance(a, Bottom):
        return b
    if isinstance(a, OneOf) or isinstance(b, OneOf):
        return _one_of([*options(a), *options(b)], fresh)
    if fresh and _may_unite(a, b):
        unite(a.cell, b.cell)  # type: ignore[attr-defined]
        return replace(a, endless=True) if isinstance(a, Iterable) and b.endless else a  # type: ignore[attr-defined]
    if (isinstance(a, Text) or isinstance(b, Text)) and not (varied(a) or varied(b)):
        return Text()
    if isinstance(a, Row) or isinstance(b, Row):
        row = row_of(OneOf((a, b)))
        return row or Unknown() if not (varied(a) or varied(b)) else OneOf((a, b))
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Unknown() if not (varied(a) or varied(b)) else OneOf((a, b))
    if isinstance(a, Const) and isinstance(b, Const):
        wide = widen(a), widen(b)
        return join(*wide, fresh) if wide != (a, b) else _one_of([a, b], fresh)
    if is_number(a) and is_number(b):
        return _join_numbers(widen(a), widen(b), fresh)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items) and a.cls is b.cls:
        axes = [(lambda axis, x, y, n=n: fresh((n, axis), x, y)) if fresh else None for n in range(len(a.items))]
        return Tuple(tuple(join(x, y, f) for x, y, f in zip(a.items, b.items, axes)), a.cls)
    if isinstance(a, Closure) and isinstance(b, Closure) and a.definition is b.definition:
        pairs = zip(a.captured, b.captured)
        return Closure(a.definition, tuple((n, join(x, y, fresh)) for (n, x), (_, y) in pairs))
    return _one_of([a, b], fresh)


def _may_unite(a: Kind, b: Kind) -> bool:
    """Two lists, two dicts, two objects of one class."""
    if isinstance(a, Object) and isinstance(b, Object):
        return a.cls is b.cls
    return isinstance(a, (List, Dict, Iterable)) and type(a) is type(b)


def join_keys(cell: Cell, key: Kind) -> Kind:
    """Of one more key by which something was put: integers, as indices are, or texts, or what is not known."""
    kind = kind_of_key(key)
    return kind if isinstance(cell.key, Bottom) or cell.key == kind else Unknown()


def kind_of_key(key: Kind) -> Kind:
    if isinstance(key, OneOf):
        found = {kind_of_key(k) for k in key.options}
        return found.pop() if len(found) == 1 else Unknown()
    if isinstance(key, Number) and key.dtype.kind == "i":
        return INT
    return Word() if isinstance(key, Word) or is_text(key) else Unknown()


def unite(a: Cell, b: Cell) -> None:
    """From now on two cells are one, which holds what either held."""
    a, b = a.root(), b.root()
    if a is b:
        return
    b.into = a
    a.clock[0] += 1

    def both(x: Kind, y: Kind) -> Kind:
        return join(x, y, lambda *_: DIFFERING)

    a.key = join_keys(a, b.key) if not isinstance(b.item, Bottom) else a.key

    one_length = a.items is not None and b.items is not None and len(a.items) == len(b.items)
    if one_length:
        a.items = [both(x, y) for x, y in zip(a.items, b.items)]  # type: ignore[arg-type]
    else:
        for member in [*(a.items or []), *(b.items or [])]:
            a.item = both(a.item, member)
        a.items = None
    a.item = both(a.item, b.item)
    a.length = a.length if one_length or a.length == b.length else None
    a.display, a.linked = a.display and b.display, a.linked or b.linked
    if (a.made_as, a.factory, a.limit) != (b.made_as, b.factory, b.limit):
        a.made_as = UNLIKE
    reads = [cell.read for cell in (a, b) if cell.read is not None]
    a.whole = a.whole and b.whole and list(a.keys) == list(b.keys) and (one_length or a.items is b.items is None)
    for name in [*b.keys, *(name for name in a.keys if name not in b.keys)]:
        found = [cell.keys[name] for cell in (a, b) if name in cell.keys]
        found += [kind for read in reads if (kind := read(name)) is not None]
        for kind in found:
            a.keys[name] = both(a.keys.get(name, Bottom()), kind)
    if len(reads) == 2:
        first, second = reads
        a.read = lambda name: _either(first(name), second(name), both)
    elif reads:
        a.read = reads[0]


def _either(a: Kind | None, b: Kind | None, both: Any) -> Kind | None:
    return b if a is None else a if b is None else both(a, b)


def options(kind: Kind) -> tuple[Kind, ...]:
    return kind.options if isinstance(kind, OneOf) else (kind,)


def _of_one_form(a: Kind, b: Kind) -> bool:
    """Tuples of one length, functions of one definition: those that `join` joins member by member."""
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.items) == len(b.items) and a.cls is b.cls
    return isinstance(a, Closure) and isinstance(b, Closure) and a.definition is b.definition


def _one_of(options: list[Kind], fresh: Any) -> Kind:
    """Alternatives of different nature; those of one nature are joined."""
    kept: list[Kind] = []
    for option in options:
        for i, other in enumerate(kept):
            alike = (is_number(option) and is_number(other)) or _of_one_form(option, other)
            alike = alike or bool(fresh) and _may_unite(option, other)
            if option == other:
                break
            if alike:
                both = join(option, other, fresh)
                if not isinstance(both, OneOf):
                    kept[i] = both
                    break
        else:
            kept.append(option)
    if len(kept) == 1:
        return kept[0]
    if len(kept) > 6 and (row := row_of(OneOf(tuple(kept)))) is not None:
        return row
    if len(kept) > 6 and not any(varied(k) for k in kept):
        return Text() if any(holds_text(k) for k in kept) else Unknown()
    return OneOf(tuple(kept))


def row_of(kind: Kind) -> Row | None:
    """A tuple, or one of several, as one of which it is not known how many members it has; None for all else."""
    if isinstance(kind, Row):
        return kind
    if isinstance(kind, OneOf):
        rows = [row_of(k) for k in kind.options]
        items = [row.item for row in rows if row is not None]
        items = items if len(items) == len(rows) else [Unknown()]
    elif isinstance(kind, Tuple) and kind.cls is None:
        items = [Word() if is_text(k) else widen(k) for k in kind.items]
    else:
        return None
    if not all(isinstance(k, (Number, Word, Bottom)) and not varied(k) for k in items):
        return None
    item = join_all(items)
    return Row(replace(item, size=None) if isinstance(item, Number) else item) if type(item) is not Unknown else None


def _join_numbers(a: Kind, b: Kind, fresh: Any) -> Kind:
    assert isinstance(a, (Number, Array)) and isinstance(b, (Number, Array)), "numbers have been widened"
    moving = a.varied or b.varied
    if isinstance(a, Number) and isinstance(b, Number):
        weak = a.weak and b.weak
        dtype = np.promote_types(a.dtype, b.dtype)
        return Number(
            dtype,
            weak,
            moving and dtype.kind in "fc",
            a.size if a.size == b.size else None,
            a.exact and b.exact and a.weak == b.weak and a.dtype == b.dtype,
        )
    dtype = np.promote_types(a.dtype, b.dtype) if not (_weak(a) or _weak(b)) else _strong(a, b)
    if isinstance(a, Number) or isinstance(b, Number):
        number, array = (a, b) if isinstance(a, Number) else (b, a)
        # An accumulator that starts from a passive scalar has the kind it grows into.
        grows = not number.varied and isinstance(array, Array) and array.varied and array.sizes is not None
        return Array(dtype, array.sizes if grows or array.sizes == () else None, moving, exact=False)  # type: ignore[union-attr]
    real_or_complex = {kind if kind in "fc" else "" for kind in (a.dtype.kind, b.dtype.kind)}
    exact = a.exact and b.exact and len(real_or_complex) == 1
    if a.sizes is None or b.sizes is None or len(a.sizes) != len(b.sizes):
        return Array(dtype, None, moving, exact)
    sizes = []
    for axis, (x, y) in enumerate(zip(a.sizes, b.sizes)):
        sizes.append(x if x == y else fresh(axis, x, y) if fresh else DIFFERING)
    return Array(dtype, tuple(sizes), moving, exact)


def is_exact(kind: Kind) -> bool:
    """Is the type of this value known?"""
    return not isinstance(kind, (Number, Array)) or (
        kind.exact and not (isinstance(kind, Array) and kind.sizes is None)
    )


def of_one_type(result: Kind, operands: list[Kind]) -> Kind:
    """The kind of a result: its type is known only if those of the operands are."""
    if isinstance(result, (Number, Array)) and result.exact and not all(map(is_exact, operands)):
        return replace(result, exact=False)
    return result


def _weak(kind: Kind) -> bool:
    return isinstance(kind, Number) and kind.weak


def _strong(a: Number | Array, b: Number | Array) -> np.dtype:
    strong, weak = (b, a) if _weak(a) else (a, b)
    order = "biufc"
    if order.index(weak.dtype.kind.replace("u", "i")) <= order.index(strong.dtype.kind):
        return strong.dtype
    return np.promote_types(strong.dtype, np.complex64 if weak.dtype.kind == "c" else weak.dtype)


@dataclass(frozen=True)
class Slice(Kind):
    """`lower:upper:step` inside a subscript; Const(None) where absent."""

    lower: Kind
    upper: Kind
    step: Kind
