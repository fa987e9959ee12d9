"""What kind does an operation give?  Operators, attributes and subscripts; of functions, NumPy is asked."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcgrad.analysis.affine import Affine
from srcgrad.analysis.asked import COMPARISONS, OPERATORS
from srcgrad.analysis.cannot_tell import CannotTell, UnknownOperand
from srcgrad.analysis.examples import Examples, is_data
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    ONE,
    Array,
    Const,
    Kind,
    List,
    Number,
    OneOf,
    Size,
    Slice,
    Tuple,
    Unknown,
    is_exact,
    is_number,
    is_scalar,
    join_all,
    set_varied,
    varied,
    widen,
)
from srcgrad.rules import registry

ANYTHING = "anything"


def is_elementwise(function: Any) -> bool:
    return isinstance(function, np.ufunc) and function.signature is None and function.nout == 1


class Inference(Examples):
    """Kinds of results."""

    def elementwise(self, function: Callable[..., Any], operands: list[Kind]) -> Kind:
        """An operation that broadcasts: its sizes are reasoned out, its dtype is NumPy's."""
        if not all(map(is_number, operands)):
            return self.probe(function, operands, {})
        moving = any(map(varied, operands))
        wide = list(map(widen, operands))
        if all(map(is_scalar, wide)):
            return set_varied(self.probe(function, list(operands), {}), moving)
        sizes = self.broadcast(wide)
        # Another function than NumPy's may take numbers that say which it is: an order, of which a large one takes long.
        told = wide if isinstance(function, np.ufunc) else [k if isinstance(k, Const) else w for k, w in zip(operands, wide)]
        try:
            dtype = self.dtype_given(function, told)
        except CannotTell:  # the examples of the others may be outside the domain of this one
            dtype = self.dtype_given(function, wide)
        if dtype.kind == "O":
            raise CannotTell("NumPy makes an array of objects here")
        return Array(dtype, sizes, moving and dtype.kind in "fc", all(map(is_exact, wide)))

    def dtype_given(self, function: Callable[..., Any], operands: list[Kind]) -> np.dtype:
        """The dtype of what an operation gives that broadcasts arrays of one element, asked once of the same dtypes."""
        key = (function, *(k.dtype if isinstance(k, Array) else k for k in operands))
        if key not in self._dtypes:
            tiny = [Array(k.dtype, (ONE,) * len(k.sizes or (ONE,))) if isinstance(k, Array) else k for k in operands]
            result = self.probe(function, list(tiny), {})
            self._dtypes[key] = result.dtype if isinstance(result, (Array, Number)) else np.dtype(object)
        return self._dtypes[key]

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

    def subscript(self, base: Kind, index: Kind) -> Kind:
        """An element or a part of an array; containers are the specialiser's."""
        if not isinstance(base, Array):
            raise CannotTell("a subscript of something that is not an array")
        items = list(index.items) if isinstance(index, Tuple) else [index]
        flag = base.varied
        if base.sizes is None or any(isinstance(k, Unknown) for k in items):
            if all(isinstance(k, Slice) for k in items) or items == [Const(Ellipsis)]:
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
        form = end - start
        if not all(map(self.facts.is_positive, (start, whole - end))) or not self._is_not_negative(form):
            return None
        return self.facts.of_form(form) or self.facts.note_sum(self.facts.fresh("inside", form), form)

    def _is_not_negative(self, form: Affine) -> bool:
        """Is it certain, or can the arguments be asked for it: `len(x) - 4`?"""
        size = self.facts.of_form(form)
        asks = size is not None and self.facts.text(size) is not None and self.facts.value(size) >= 0
        if asks and not self.facts.is_positive(form):
            self.facts.not_less(size, Size(None, 0))  # type: ignore[arg-type]
        return self.facts.is_positive(form)

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
        result = self.probe(operator.getitem, [base, index], {}, data=masked)
        masks = [(axis, k.selects) for axis, k in enumerate(items) if isinstance(k, Array) and k.selects is not None]
        alone = all(isinstance(k, (Array, Slice)) for k in items) and not others and sum(isinstance(k, Array) for k in items) == 1
        if masks and alone and isinstance(result, Array) and result.sizes:
            axis, selected = masks[0]
            result = replace(result, sizes=(*result.sizes[:axis], selected, *result.sizes[axis + 1 :]))
        return result

