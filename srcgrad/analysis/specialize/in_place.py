"""What does NumPy's in-place API mean?  Ordinary stores: `np.add(a, b, out=x[1:])` is `x[1:] = np.add(a, b)`.

One table says which statement stands for a function or method that changes an array; `out=` and a ufunc's `where=`
are the same for all functions.  The value of such a call is the array stored into.
"""

from __future__ import annotations

import copy
import functools
import inspect
import operator
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Kind,
    List,
    Tuple,
    but_for_none,
    is_number,
    is_scalar,
    rank,
    selects_by_arrays,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.library_calls import LibraryCalls
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.values import Operand, Value
from srcgrad.lang import core, tree
from srcgrad.lang.names import Names
from srcgrad.runtime.arrays import add_at


@dataclass(frozen=True)
class Change:
    """`parameters` of a function, the first of which is changed, and the statement that does it, if `when` holds.

    `only`: parameters of which no other value is known.  `when` is asked of the kinds of the parameters.
    """

    parameters: str
    statement: str
    only: tuple[tuple[str, Any], ...] = ()
    when: Any = None
    gives_array: bool = False  # else None


def number(name: str) -> Any:
    return lambda kinds: is_scalar(widen(kinds[name]))


def nothing(name: str) -> Any:
    """Is it a list or tuple without members?  NumPy's functions that put values in places leave the array as it is then."""

    def test(kinds: dict[str, Kind]) -> bool:
        kind = kinds[name]
        items = kind.cell.items if isinstance(kind, List) else kind.items if isinstance(kind, Tuple) else None
        return items is not None and len(items) == 0

    return test


def axes(count: int, axis: int) -> Any:
    return lambda kinds: rank(kinds["a"]) == count and kinds["axis"] in (Const(axis), Const(axis - count))


SORT = [Change("a, axis=-1, kind=None, order=None, stable=None", "a[...] = np.sort(a, axis)", only=(("order", None),))]
PARTITION = [Change("a, kth, axis=-1, kind='introselect'", "a[...] = np.partition(a, kth, axis)")]
CYCLED = "np.ravel(v)[np.arange({count}) % np.size(v)]"  # values that are fewer than their places are taken again
WRAPPED = "np.unravel_index(np.arange(0, a.size, a.shape[1] + 1), a.shape)"  # the diagonal begins anew below the square
PUT = [
    Change("a, i, v, mode='raise'", "pass", when=nothing("v")),
    Change("a, i, v, mode='raise'", "a[i] = v", (("mode", "raise"),), lambda k: rank(k["a"]) == 1 and number("v")(k)),
    Change("a, i, v, mode='raise'", "a[np.unravel_index(i, a.shape)] = v", (("mode", "raise"),), number("v")),
    Change(
        "a, i, v, mode='raise'",
        "a[i] = np.ravel(v)[np.arange(len(i)) % np.size(v)]",
        (("mode", "raise"),),
        lambda k: rank(k["a"]) == 1,
    ),
    Change(
        "a, i, v, mode='raise'",
        "a[np.unravel_index(i, a.shape)] = np.ravel(v)[np.arange(len(i)) % np.size(v)]",
        (("mode", "raise"),),
    ),
    *(
        Change("a, i, v, mode='raise'", f"a[np.unravel_index({places}, a.shape)] = {values}", (("mode", mode),), when)
        for mode, places in (("clip", "np.clip(i, 0, a.size - 1)"), ("wrap", "np.mod(i, a.size)"))
        for values, when in (("v", number("v")), (CYCLED.format(count="len(i)"), None))
    ),
]
OPERATORS = {"__iadd__": "+", "__isub__": "-", "__imul__": "*", "__itruediv__": "/", "__ipow__": "**"}
FUNCTIONS: dict[Any, list[Change]] = {
    np.copyto: [
        Change("a, v, casting='same_kind', where=True", "a[...] = v", only=(("where", True),)),
        Change("a, v, casting='same_kind', where=True", "a[...] = np.where(where, v, a)"),
    ],
    np.fill_diagonal: [
        Change("a, v, wrap=False", "a[np.diag_indices(min(a.shape), a.ndim)] = v", (("wrap", False),), number("v")),
        Change(
            "a, v, wrap=False",
            "a[np.diag_indices(min(a.shape), a.ndim)] = np.ravel(v)[np.arange(min(a.shape)) % np.size(v)]",
            (("wrap", False),),
        ),
        Change("a, v, wrap=False", f"a[{WRAPPED}] = v", when=lambda k: rank(k["a"]) == 2 and number("v")(k)),
        Change(
            "a, v, wrap=False",
            f"a[{WRAPPED}] = {CYCLED.format(count='len(range(0, a.size, a.shape[1] + 1))')}",
            when=lambda k: rank(k["a"]) == 2,
        ),
    ],
    np.put: PUT,
    np.place: [
        Change("a, mask, v", "pass", when=nothing("v")),
        Change("a, mask, v", "a[mask] = v", when=number("v")),
        Change("a, mask, v", "a[mask] = np.ravel(v)[np.arange(np.count_nonzero(mask)) % np.size(v)]"),
    ],
    np.putmask: [
        Change("a, mask, v", "pass", when=nothing("v")),
        Change("a, mask, v", "a[mask] = v", when=number("v")),
        Change("a, mask, v", "a[mask] = np.ravel(v)[np.arange(a.size).reshape(a.shape)[mask] % np.size(v)]"),
    ],
    np.put_along_axis: [
        Change("a, i, v, axis", "a[i] = v", when=axes(1, 0)),
        Change("a, i, v, axis", "a[i, np.arange(a.shape[1])] = v", when=axes(2, 0)),
        Change("a, i, v, axis", "a[np.arange(a.shape[0])[:, None], i] = v", when=axes(2, 1)),
    ],
    np.nan_to_num: [Change("a, copy=True", "a[...] = np.nan_to_num(a)", only=(("copy", False),), gives_array=True)],
}
METHODS = {
    "fill": [Change("a, v", "a[...] = v")],
    "sort": SORT,
    "partition": PARTITION,
    "put": PUT,
    "__setitem__": [Change("a, i, v", "a[i] = v")],
    **{name: [Change("a, v", f"a[...] {op}= v", gives_array=True)] for name, op in OPERATORS.items()},
}
FUNCTIONS |= {getattr(operator, name): METHODS[name] for name in [*OPERATORS, "__setitem__"]}
UPDATES = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.power: "**"}
# For any ufunc and any index: element by element of the array laid out flat.
UPDATES_OF_ANY = [
    """places = np.reshape(np.arange(a.size), a.shape)[i]
{values}flat = a.flatten()
place = np.ravel(places)
for k in range(len(place)): flat[place[k]] = f(flat[place[k]]{value})
a[...] = np.reshape(flat, a.shape)""".format(**parts)
    for parts in (
        {"values": "", "value": ""},
        {"values": "values = np.ravel(np.broadcast_to(v, np.shape(places)))\n", "value": ", values[k]"},
    )
]
IGNORED = {"casting", "order", "subok"}  # of calls with `out=`: they say nothing of the values stored


class InPlace(LibraryCalls):
    """Visitors of calls that change an array they are given."""

    def visit_Operand(self, node: Operand) -> Value:
        return node.kind, self.again(node.kind, node.residual)

    def in_place_call(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """A call of a function that changes an argument, or is given `out=`; None if it is neither."""
        try:
            changes = FUNCTIONS.get(value)
        except TypeError:
            return None
        if changes is not None:
            named = next((n for n in ("a", "arr", "dst") if n in keywords and not args), None)
            if named is not None:
                args, keywords = [keywords[named]], {n: v for n, v in keywords.items() if n != named}
            if args and isinstance(args[0][0], Array):
                return self.change(changes, args, keywords, node)
        if value is add_at:
            return self.update_at(np.add, args, node)
        ufunc = getattr(value, "__self__", None)
        if isinstance(ufunc, np.ufunc) and value == getattr(ufunc, "at", None):
            return self.update_at(ufunc, args, node)
        out, args, keywords = self.given_out(value, 0, args, keywords, node)
        if out is None:
            return None
        if out[0] == Const(None) or isinstance(out[0], Tuple) and set(out[0].items) == {Const(None)}:
            return self.call_constant(value, residual, args, keywords, node)
        kept = {n: v for n, v in keywords.items() if n not in IGNORED}
        if isinstance(value, np.ufunc) and "where" in kept:
            where = kept.pop("where")
            kept = {n: v for n, v in kept.items() if n != "dtype" or v[0] != Const(None)}
            if where[0] != Const(True):
                return self.masked(value, residual, args, kept, where, out, node)
        if isinstance(out[0], Tuple) and len(out[0].items) > 1:
            return self.each_stored(out, self.call_constant(value, residual, args, kept, node), node)
        return self.stored(out, lambda: self.call_constant(value, residual, args, kept, node), node)

    def given_out(
        self, value: Any, bound: int, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> tuple[Value | None, list[Value], dict[str, Value]]:
        """What is given as `out`, by name or by position, and the arguments without it."""
        ufunc = value if isinstance(value, np.ufunc) else getattr(value, "__self__", None)
        library = (getattr(value, "__module__", None) or "").split(".")[0] == "numpy" or isinstance(ufunc, np.ufunc)
        if "out" in keywords and library:
            return keywords["out"], args, {n: v for n, v in keywords.items() if n != "out"}
        position = out_position(value)
        if position is None or len(args) <= position - bound:
            return None, args, keywords
        start = position - bound
        if isinstance(value, np.ufunc) and value.nout > 1:
            given = args[start:]
            kinds = [k for k, _ in given] + [Const(None)] * (value.nout - len(given))
            parts = [r for _, r in given] + [self.constant(None, node) for _ in range(value.nout - len(given))]
            together = self.keep(gast.copy_location(gast.Tuple(parts, gast.Load()), node))
            return (Tuple(tuple(kinds)), together), args[:start], keywords
        after = args[start + 1 :]
        if after and args[start][0] == Const(None):
            return None, args, keywords
        between: list[Value] = [(Const(None), self.constant(None, node))] if after else []
        return args[start], [*args[:start], *between, *after], keywords

    def in_place_method(
        self, receiver: Value, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value | None:
        """A method of an array that changes it, or is given `out=`."""
        if name in METHODS and isinstance(receiver[0], Array):
            return self.change(METHODS[name], [receiver, *args], keywords, node)
        out, args, keywords = self.given_out(getattr(np, name, None), 1, args, keywords, node)
        if out is None:
            return None
        func = self.keep(gast.copy_location(gast.Attribute(receiver[1], name, gast.Load()), node))
        shell = self.memo(("without out", id(node)), lambda: gast.copy_location(gast.Call(func, [], []), node))
        call = functools.partial(self.array_method, receiver[0], receiver[1], func, name, args, keywords, shell)
        return call() if out[0] == Const(None) else self.stored(out, call, node)

    # The table

    def change(
        self, changes: list[Change], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        for change in changes:
            holes = self.bound(change, args, keywords, node)
            if holes is None:
                continue
            kinds = {n: k for n, (k, _) in holes.items()}
            if any(kinds[n] != Const(v) for n, v in change.only if n in kinds):
                continue
            if change.when is None or change.when(kinds):
                holes["a"] = self.as_target(holes["a"], "array")
                if change.statement != "a[...] = v" or not self.store_part(holes["a"], holes["v"], node):
                    self.perform(node, change.statement, holes)
                if change.gives_array:
                    after = set_varied(kinds["a"], True) if "v" in kinds and varied(kinds["v"]) else kinds["a"]
                    return after, self.again(after, holes["a"][1])
                return Const(None), self.keep(constant_node(None, node))
        if changes is FUNCTIONS[np.nan_to_num]:
            return None  # a copy is made
        raise self.refusal(
            "E202",
            f"{tree.text(node)} changes an array in a way that is not known",
            node,
            "assign the result of the function to a new name",
        )

    def bound(
        self, change: Change, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> dict[str, Value] | None:
        names: dict[str, Any] = {}
        for part in change.parameters.split(", "):
            name, _, default = part.partition("=")
            names[name] = default
        given = dict(zip(names, args))
        spelled = {"values": "v", "src": "v", "val": "v", "value": "v", "vals": "v", "ind": "i", "indices": "i"}
        for name, value in keywords.items():
            name = name if name in names else spelled.get(name, name)
            if name not in names or name in given:
                return None
            given[name] = value
        for name, default in names.items():
            if name not in given:
                if not default:
                    return None
                constant = self.memo(("default", id(node), name), lambda d=default: constant_node(literal(d), node))
                given[name] = (Const(constant.value), constant)
        return given if len(args) <= len(names) else None

    def perform(self, node: gast.AST, text: str, holes: dict[str, Value]) -> None:
        """Execute statements that are written with operands already evaluated."""
        text_tree, operands, bound = self.memo(("in place", id(node), text), lambda: parsed(text, node, self.names))
        self.local_names |= bound
        self.global_name("np", np)
        holes = {"np": (Const(np), self.keep(name_node("np", node))), **holes}
        for name, uses in operands.items():
            if name not in holes:
                continue
            kind, residual = holes[name]
            if len(uses) > 1 and not is_fixed_place(residual) and not isinstance(residual, gast.Constant):
                residual = self.hoist(kind, residual, {"v": "values", "i": "indices"}.get(name, name))
            for use in uses:
                use.kind, use.residual = kind, residual
        self.execute(text_tree.body)

    def expression(self, node: gast.expr, text: str, holes: dict[str, Value]) -> Value:
        """What an expression gives that is written with operands already evaluated."""
        text_tree, operands, _ = self.memo(("expression", id(node), text), lambda: parsed(text, node, self.names))
        for name, uses in operands.items():
            for use in uses:
                use.kind, use.residual = holes[name]
        return self.evaluate(text_tree.body[0].value)  # type: ignore[attr-defined]

    # Stores

    def again(self, kind: Kind, residual: gast.expr) -> gast.expr:
        """A place once more, with nodes of its own: its kind may be another after a store."""
        if not is_fixed_place(residual) or any(id(n) in self.function.matches for n in gast.walk(residual)):
            return residual
        result = self.keep(copy.deepcopy(residual))
        for old, new in zip(gast.walk(residual), gast.walk(result)):
            if id(old) in self.function.kinds:
                self.function.kinds[id(new)] = self.function.kinds[id(old)]
        self.record(result, kind)
        return result

    def as_target(self, value: Value, base: str) -> Value:
        """An array stored into, as a place that can be named again."""
        kind, residual = value
        if is_fixed_place(residual):
            copied = isinstance(residual, gast.Subscript) and selects_by_arrays(
                self.function.kinds.get(id(residual.slice))
            )
            if not copied:
                return value
        return self.held_as(kind, residual, base)

    def stored(self, out: Value, call: Any, node: gast.expr) -> Value:
        """`out[...] = f(a)`, of which the value is `out`."""
        if isinstance(out[0], Tuple) and len(out[0].items) == 1:
            out = self.members(*out)[0]
        if not isinstance(out[0], Array):
            raise CannotTell("what `out` is")
        kind, value = call()
        self.record(value, kind)
        out = self.as_target(out, "out")
        if not self.store_part(out, (kind, value), node):
            self.perform(node, "out[...] = v", {"out": out, "v": (kind, value)})
        after = set_varied(out[0], True) if varied(kind) else out[0]
        return after, self.again(after, out[1])

    def each_stored(self, out: Value, results: Value, node: gast.expr) -> Value:
        """`a[...], b[...] = f(x)`, of which the value is `(a, b)`; where there is None, the result itself."""
        kind, call = results
        self.record(call, kind)
        parts = self.members(kind, self.hoist(kind, call, "results"))
        done = []
        for i, (target, part) in enumerate(zip(self.members(*out), parts)):
            mark = self.memo(("result", id(node), i), lambda: gast.copy_location(gast.Constant(None, None), node))
            done.append(part if target[0] == Const(None) else self.stored(target, lambda part=part: part, mark))
        together = self.keep(gast.copy_location(gast.Tuple([r for _, r in done], gast.Load()), node))
        return Tuple(tuple(k for k, _ in done)), together

    def store_part(self, out: Value, value: Value, node: gast.expr) -> bool:
        """`x[1:-1] = v`, where a part of an array is what is stored into; False if it is not."""
        part, kinds = out[1], self.function.kinds
        if not isinstance(part, gast.Subscript) or not rank(out[0]):
            return False
        base, index = kinds.get(id(part.value)), kinds.get(id(part.slice))
        if not isinstance(base, Array) or index is None:
            return False
        place: Any = self.again(out[0], part)
        place.ctx = gast.Store()
        statement = self.memo(("stored", id(node)), lambda: gast.copy_location(gast.Expr(node), node))
        self.store_element(base, place.value, index, place, "", *value, statement)
        return True

    def masked(
        self, value: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], where: Value, out: Value,
        node: gast.expr,
    ) -> Value:  # fmt: skip
        """`np.log(x, out=y, where=m)` is `y[m] = np.log(x[m])`: what is not stored is not computed."""
        if isinstance(out[0], Tuple) and len(out[0].items) == 1:
            out = self.members(*out)[0]
        if not isinstance(out[0], Array):
            raise CannotTell("what `out` is")
        out = self.as_target(out, "out")
        where = (where[0], self.hoist(*where, "where")) if not isinstance(where[1], gast.Name) else where
        holes = {"out": out, "where": where, "f": (Const(value), residual)}
        mask = "where" if self.same_shape(where[0], out[0]) else "np.broadcast_to(where, out.shape)"
        parts = []
        holes |= {f"k{name}": v for name, v in keywords.items()}
        for i, (kind, operand) in enumerate(args):
            holes[f"a{i}"] = (kind, operand)
            if is_scalar(widen(kind)):
                parts.append(f"a{i}")
            elif self.same_shape(kind, out[0]):
                parts.append(f"a{i}[{mask}]")
            else:
                parts.append(f"np.broadcast_to(a{i}, out.shape)[{mask}]")
        given = [*parts, *(f"{name}=k{name}" for name in keywords)]
        self.perform(node, f"out[{mask}] = f({', '.join(given)})", holes)
        moving = any(varied(k) for k, _ in args) or varied(out[0])
        return set_varied(out[0], moving), self.again(set_varied(out[0], moving), out[1])

    def same_shape(self, a: Kind, b: Kind) -> bool:
        if not isinstance(a, Array) or not isinstance(b, Array) or a.sizes is None or b.sizes is None:
            return False
        return len(a.sizes) == len(b.sizes) and all(self.facts.equal(x, y) for x, y in zip(a.sizes, b.sizes))

    def update_at(self, ufunc: np.ufunc, args: list[Value], node: gast.expr) -> Value:
        """`np.add.at(a, i, v)`: one update after another, for each element of i."""
        args = [(but_for_none(args[0][0]), args[0][1]), *args[1:]]
        if len(args) != ufunc.nin + 1 or not isinstance(args[0][0], Array):
            raise self.refusal("E203", f"np.{ufunc.__name__}.at has no derivative rule", node, "write the loop out")
        array, (index, indices), *values = args
        target = self.as_target(array, "array")
        values = [self.value_of_update(target[1], index, v, node) for v in values]
        done = Const(None), self.keep(constant_node(None, node))
        if ufunc in (np.add, np.subtract) and is_number(values[0][0]):
            self.accumulate(target, (index, indices), UPDATES[ufunc], values[0], node)
            return done
        listed = isinstance(index, List) or (isinstance(index, Array) and index.dtype.kind in "iu" and rank(index) == 1)
        op = UPDATES.get(ufunc)
        holes = {"a": target, "i": (index, indices), **dict(zip("v", values))}
        kind = values[0][0] if values else Const(None)
        if op and not listed and not selects_by_arrays(index):
            self.perform(node, f"a[i] {op}= v", holes)
        elif op and listed and is_scalar(widen(kind)):
            self.perform(node, f"for k in range(len(i)): a[i[k]] {op}= v", holes)
        elif op and listed and rank(kind) == rank(array[0]):
            self.perform(node, f"for k in range(len(i)): a[i[k]] {op}= v[k]", holes)
        else:
            function = name_node(self.global_name(ufunc.__name__, ufunc), node)
            self.perform(node, UPDATES_OF_ANY[len(values)], {**holes, "f": (Const(ufunc), function)})
        return done

    def value_of_update(self, target: gast.expr, index: Kind, given: Value, node: gast.expr) -> Value:
        """What an array is updated with, as it is before the update."""
        kind, value = given
        if isinstance(value, gast.Constant):
            return given
        overlaps = not is_scalar(widen(kind)) and self.may_overlap(target, value)
        value = self.copy_of(value, kind, node) if overlaps else value
        if overlaps or isinstance(value, gast.Subscript) and not selects_by_arrays(index):
            value = self.hoist(kind, value, "values", node)
        return kind, value

    def may_overlap(self, target: gast.expr, value: gast.expr) -> bool:
        """May the value share memory with what is stored into?"""
        shared = self.sharing(tree.root(target) or "")
        return isinstance(value, (gast.Name, gast.Subscript, gast.Attribute, gast.Call)) and any(
            n in shared for n in tree.names_read(value)
        )

    def accumulate(self, target: Value, index: Value, op: str, value: Value, node: gast.expr) -> None:
        """A store that adds to an element as often as the index selects it."""
        base_kind, base = target
        assert isinstance(base_kind, Array), "an array is added to"
        self.store_check(base_kind, value[0], op, node)
        old = self.infer.subscript(base_kind, index[0])
        self.infer.broadcast([widen(old), widen(value[0])])
        place = self.keep(gast.copy_location(gast.Subscript(self.again(base_kind, base), index[1], gast.Store()), node))
        if varied(value[0]) and (not varied(base_kind) or self.is_held(base)):
            self.make_varied(place.value, node)
            old = set_varied(old, True)
        self.record(place, old)
        self.emit(core.Store(node.lineno, place, f"{op}at", value[1]))

    def copy_of(self, value: gast.expr, kind: Kind, node: gast.expr) -> gast.expr:
        operand = self.memo(("copied", id(node)), Operand)
        call = self.memo(
            ("copy", id(node)),
            lambda: gast.copy_location(gast.Call(gast.Attribute(operand, "copy", gast.Load()), [], []), node),
        )
        operand.kind, operand.residual = kind, value
        gast.copy_location(operand, node)
        gast.copy_location(call.func, node)
        return self.evaluate(call)[1]


def parsed(text: str, node: gast.AST, names: Names) -> tuple[gast.Module, dict[str, list[Operand]], set[str]]:
    """Statements with an Operand for every name but the built-in functions, and those they bind, which are made new."""
    body = gast.parse(text)
    found = {n.id for n in gast.walk(body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    fresh = {name: names.fresh(name) for name in sorted(found)}
    for child in gast.walk(body):
        if isinstance(child, gast.Name):
            child.id = fresh.get(child.id, child.id)
    bound = set(fresh.values())
    operands: dict[str, list[Operand]] = {}
    changes: dict[int, gast.expr] = {}
    for child in gast.walk(body):
        if (
            isinstance(child, gast.Name)
            and isinstance(child.ctx, gast.Load)
            and child.id not in {*bound, "len", "range", "min", "ValueError"}
        ):
            changes[id(child)] = gast.copy_location(Operand(), node)
            operands.setdefault(child.id, []).append(changes[id(child)])  # type: ignore[arg-type]
    replaced = tree.replace(body, changes)
    for child in gast.walk(replaced):
        if isinstance(child, (gast.expr, gast.stmt)):
            gast.copy_location(child, node)
    return replaced, operands, bound


def out_position(value: Any) -> int | None:
    """The position of `out` among the arguments of a NumPy function."""
    if isinstance(value, np.ufunc):
        return value.nin
    if isinstance(getattr(value, "__self__", None), np.ufunc):
        return {"reduce": 3, "accumulate": 3, "reduceat": 4}.get(value.__name__)
    if value is np.dot:
        return 2
    if (getattr(value, "__module__", None) or "").split(".")[0] != "numpy":
        return None
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    for i, parameter in enumerate(parameters):
        if parameter.name == "out" and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            return i
    return None


def is_fixed_place(node: Any) -> bool:
    """A name, or parts of it selected by names and constants."""
    if isinstance(node, gast.Name):
        return True
    if isinstance(node, gast.Attribute):
        return is_fixed_place(node.value)
    if not isinstance(node, gast.Subscript) or not is_fixed_place(node.value):
        return False
    return all(
        isinstance(n, (gast.Name, gast.Constant, gast.Slice, gast.Tuple, gast.UnaryOp, gast.BinOp, gast.operator,
                       gast.unaryop, gast.expr_context))
        for n in gast.walk(node.slice)
    )  # fmt: skip


def literal(text: str) -> Any:
    return gast.literal_eval(text)
