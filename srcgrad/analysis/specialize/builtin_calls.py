"""What do Python's own functions and the methods of lists and dicts give?  Those that take differentiable values apart
become loops and branches."""

from __future__ import annotations

import builtins
import copy
import functools
import operator
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import CannotTell
from srcgrad.analysis.kinds import (
    BOOL,
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Text,
    Tuple,
    Unknown,
    has_known_keys,
    holds_text,
    is_exact,
    is_memory,
    is_number,
    is_scalar,
    join_all,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.calls import WATCHED, PartialOf
from srcgrad.analysis.specialize.changes import Changes
from srcgrad.analysis.specialize.expressions import Value
from srcgrad.analysis.specialize.frame import LocalFunction
from srcgrad.analysis.specialize.iterators import HANDLERS as ITERATORS
from srcgrad.analysis.specialize.session import constant_node, name_node, only_varied
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.runtime import stop_gradient

LOST = ("str", "repr", "bytes", "format", "hash")


class BuiltinCalls(Changes):
    """Handlers: `handle(residual, args, keywords, node)` gives a value, or None to go the general way."""

    def handler(self, value: Any) -> Any:
        try:
            name = HANDLERS.get(value)
        except TypeError:
            return None
        return getattr(self, name) if name else None

    # Questions

    def on_len(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        (kind, operand), *_ = args
        if isinstance(kind, Object):
            return self.call_method(kind, operand, "__len__", [], {}, node)
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Array) and kind.sizes:
            return self.infer.size_kind(kind.sizes[0]), call
        if isinstance(kind, Tuple):
            return Const(len(kind.items)), call
        if isinstance(kind, List):
            length = kind.cell.length
            return (self.infer.size_kind(length) if length is not None else INT), call
        if isinstance(kind, Const) and isinstance(kind.value, (str, tuple)):
            return Const(len(kind.value)), call
        return INT, call

    def on_isinstance(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        answer = self.is_instance(args[0][0], args[1][0])
        return (BOOL if answer is None else Const(answer)), self.rebuilt_call(node, residual, args, keywords)

    def on_hasattr(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        (kind, _), (name, _) = args
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Object) and isinstance(name, Const):
            return self.has_attribute(kind, name.value), call
        if is_number(kind) and is_exact(kind) and isinstance(name, Const):
            sample = 1.0 if is_scalar(kind) and not isinstance(kind, Array) else np.zeros(1)
            return Const(hasattr(sample, name.value)), call
        return BOOL, call

    def has_attribute(self, kind: Object, name: str) -> Kind:
        """What a class or an argument has is known; what is set somewhere may or may not be there yet."""
        read = kind.cell.read
        if hasattr(kind.cls, name) or (read is not None and read(name) is not None):
            return Const(True)
        return Const(False) if read is not None and name not in kind.cell.keys else BOOL

    def on_getattr(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        (kind, base), (name, _) = args[:2]
        if not isinstance(name, Const) or not isinstance(name.value, str):
            raise CannotTell("an attribute whose name is not known")
        part = self.memo(
            ("getattr", id(node)),
            lambda: gast.copy_location(gast.Attribute(base, name.value, gast.Load()), node),
        )
        if len(args) == 3 and isinstance(kind, Object) and name.value.isidentifier():
            known = self.has_attribute(kind, name.value)
            if not isinstance(known, Const):
                text = f"t = a.{name.value} if hasattr(a, {name.value!r}) else d"
                place = self.place(kind, base, "part")
                return self.template(node, text, "t", a=(kind, place), d=args[2])
            if not known.value:
                return args[2]
        if len(args) == 3:
            try:
                return self.attribute(kind, base, name.value, part)
            except CannotTell:
                return args[2]
        return self.attribute(kind, base, name.value, part)

    def on_setattr(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        (_, base), (name, _), (kind, value) = args
        if not isinstance(name, Const):
            raise CannotTell("an attribute whose name is not known")
        target = self.memo(
            ("setattr", id(node)),
            lambda: gast.copy_location(gast.Attribute(base, name.value, gast.Store()), node),
        )
        statement = self.memo(
            ("setattr statement", id(node)),
            lambda: gast.copy_location(gast.Assign([target], value, None), node),
        )
        self.store_attribute(target, "", kind, value, statement)
        return Const(None), self.keep(constant_node(None, node))

    def on_type(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind = args[0][0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Object) or (isinstance(kind, Tuple) and kind.cls):
            return Const(kind.cls), call
        if not is_exact(kind):
            return Unknown(), call
        if isinstance(kind, Number) and kind.weak:
            return Const({"i": int, "b": bool, "f": float, "c": complex}[kind.dtype.kind]), call
        if isinstance(kind, Array):
            return Const(np.ndarray), call
        return Unknown(), call

    def on_lost(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        if ast_name(residual) in ("str", "repr", "format"):
            lossy = any(varied(k) or holds_text(k) for k, _ in args)
            return (Text() if lossy else Unknown()), self.rebuilt_call(node, residual, args, keywords)
        if any(varied(k) for k, _ in args):
            raise self.refusal(
                "E205", f"the derivative of this value would be lost in {ast_name(residual)}(...)", node,
                "use srcgrad.stop_gradient(...) on it if that is meant",
            )  # fmt: skip
        return Unknown(), self.rebuilt_call(node, residual, args, keywords)

    def on_int(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        call = self.rebuilt_call(node, residual, args, keywords)
        if args and holds_text(args[0][0]):
            raise self.lost(node)
        if len(args) == 1 and isinstance(args[0][0], Const) and isinstance(args[0][0].value, (int, float, str)):
            return Const(int(args[0][0].value)), call
        if args and isinstance(args[0][0], Number) and args[0][0].size is not None:
            return args[0][0], call
        return INT, call

    def on_ord(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        return INT, self.rebuilt_call(node, residual, args, keywords)

    def on_bool(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        return BOOL, self.rebuilt_call(node, residual, args, keywords)

    def on_round(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind = args[0][0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if len(args) == 1 and isinstance(widen(kind), Number) and widen(kind).weak:  # type: ignore[attr-defined, union-attr]
            return INT, call
        return set_varied(widen(kind), False), call

    def on_any_all(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        return BOOL, self.rebuilt_call(node, residual, args, keywords)

    def on_stop_gradient(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = args[0]
        operand = operand if isinstance(operand, gast.Name) else self.hoist(kind, operand, "value")
        stopped = self.memo(("stopped", id(node)), lambda: name_node(operand.id, node))
        return only_varied(kind, False), stopped

    def on_made_when_generating(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        """`srcgrad.grad(f)`: the gradient is made now, once."""
        kinds = [k for k, _ in args] + [k for k, _ in keywords.values()]
        values = [
            k.value if isinstance(k, Const) else tuple(i.value for i in k.items)  # type: ignore[attr-defined]
            for k in kinds
            if self.is_constant_kind(k)
        ]  # type: ignore[attr-defined]
        if len(values) < len(kinds):
            raise CannotTell("a derivative of a function made inside the program")
        maker = self.function_of(residual)
        names = list(keywords)
        made = self.memo(
            (
                "made",
                id(maker),
                *(repr(v) if not callable(v) else id(v) for v in values),
                *names,
            ),
            lambda: maker(*values[: len(args)], **dict(zip(names, values[len(args) :]))),
        )
        return Const(made), self.rebuilt_call(node, residual, args, keywords)

    def is_constant_kind(self, kind: Kind) -> bool:
        return isinstance(kind, Const) or isinstance(kind, Tuple) and all(isinstance(k, Const) for k in kind.items)

    def function_of(self, residual: gast.expr) -> Any:
        kind = self.function.kinds.get(id(residual))
        if kind is None:
            kind, _ = self.evaluate(residual)
        assert isinstance(kind, Const), "a handler is called for a known function"
        return kind.value

    # Numbers

    def on_float(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        if args and is_number(args[0][0]) and varied(args[0][0]):
            return None
        if args and holds_text(args[0][0]):
            raise self.lost(node)
        if args and isinstance(args[0][0], Const) and isinstance(args[0][0].value, str):
            return Const(float(args[0][0].value)), self.rebuilt_call(node, residual, args, keywords)
        return Number(np.dtype(np.float64)), self.rebuilt_call(node, residual, args, keywords)

    def on_sum(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = self.listed(args[0], node)
        start = args[1] if len(args) > 1 else keywords.get("start")
        if not varied(kind) and not (start and varied(start[0])):
            call = self.rebuilt_call(node, residual, [(kind, operand), *args[1:]], keywords)
            item = self.any_member(kind)
            return (
                set_varied(widen(item), False)
                if is_number(item) and not isinstance(item, Bottom)
                else INT
                if isinstance(item, Bottom)
                else Unknown()
            ), call
        if start is None:
            zero = self.memo(("zero", id(node)), lambda: constant_node(0, node))
            self.record(zero, Const(0))
            start = (Const(0), zero)
        return self.template(
            node,
            "t = start\nfor v in a: t = t + v",
            "t",
            a=(kind, operand),
            start=start,
        )

    def any_member(self, kind: Kind) -> Kind:
        if isinstance(kind, Tuple):
            found = join_all([widen(k) for k in kind.items])
        elif isinstance(kind, List):
            found = widen(kind.item)
        elif isinstance(kind, Array) and kind.sizes:
            return self.infer.subscript(kind, INT)
        else:
            return self.passive_element(kind)
        return self.session.told_apart(self.session.loosen_all(found), "member", self.infer.site)

    def on_max(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        return self.extreme(">", residual, args, keywords, node)

    def on_min(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        return self.extreme("<", residual, args, keywords, node)

    def extreme(
        self,
        sign: str,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        """Python's max and min: the first of the largest."""
        if len(args) == 1:
            args = [self.listed(args[0], node)]
        default = keywords.get("default")
        if (
            default is not None
            and len(args) == 1
            and set(keywords) == {"default"}
            and (varied(default[0]) or varied(args[0][0]))
        ):
            text = f"if len(a):\n    m = a[0]\n    for i in range(1, len(a)):\n        if a[i] {sign} m: m = a[i]\nelse:\n    m = d"
            return self.template(node, text, "m", a=args[0], d=default)
        if not any(varied(k) for k, _ in [*args, *keywords.values()]) and not self.any_functions(keywords):
            kinds = [k for k, _ in args] if len(args) > 1 else [self.any_member(args[0][0])]
            joined = join_all([widen(k) for k in kinds])
            return (joined if is_number(joined) else Unknown()), self.rebuilt_call(node, residual, args, keywords)
        key = keywords.get("key")
        if "default" in keywords or set(keywords) - {"key", "default"}:
            raise self.refusal(
                "E202",
                "max and min with `default`",
                node,
                "test for the empty case first",
            )
        if len(args) > 1:
            display = self.memo(
                ("display", id(node)),
                lambda: gast.copy_location(gast.List([], gast.Load()), node),
            )
            if key is None:
                holes = {f"a{i}": self.held_value(v, node, i) for i, v in enumerate(args)}
                lines = ["m = a0"] + [f"if a{i} {sign} m: m = a{i}" for i in range(1, len(args))]
                return self.template(node, "\n".join(lines), "m", **holes)
            args = [self.list_display(args, display)]
        if key is None:
            text = f"m = a[0]\nfor i in range(1, len(a)):\n    if a[i] {sign} m: m = a[i]"
            return self.template(node, text, "m", a=args[0])
        self.env["key function"] = key[0]
        return self.with_function(
            node, f"m = a[0]\nk = f(m)\nfor i in range(1, len(a)):\n    n = f(a[i])\n    if n {sign} k:\n        m = a[i]\n        k = n",
            "m", key, a=args[0],
        )  # fmt: skip

    def held_value(self, value: Value, node: gast.expr, i: int) -> Value:
        kind, residual = value
        return (
            kind,
            residual if isinstance(residual, gast.Name) else self.hoist(kind, residual, "operand"),
        )

    def any_functions(self, keywords: dict[str, Value]) -> bool:
        return any(isinstance(k, (Closure, LocalFunction)) for k, _ in keywords.values())

    def with_function(self, node: gast.expr, text: str, result: str, function: Value, **holes: Value) -> Value:
        """A template that calls a function value by the name `f`."""
        kind, residual = function
        name = self.temporary(node, "function")
        if isinstance(kind, Closure):
            self.emit(self.assign(name, residual, kind, node))
        self.env[name] = kind
        self.local_names.add(name)
        return self.template(
            node,
            text,
            result,
            f=(kind, self.memo(("function", id(node)), lambda: name_node(name, node))),
            **holes,
        )

    # Sequences

    def listed(self, value: Value, node: gast.AST) -> Value:
        """An operand that is looped over: dict views and the like as lists."""
        kind, residual = value
        if isinstance(kind, Dict):
            call = self.keep(gast.copy_location(gast.Call(name_node("list", node), [residual], []), node))
            cell = self.session.cell("keys", id(node), self.copies)
            self.session.put_item(cell, join_all([widen(Const(k)) for k in kind.cell.keys]))
            self.record(call, List(cell))
            return List(cell), call
        if isinstance(kind, Tuple) and varied(kind):
            shell = self.memo(
                ("listed", id(node), id(residual)),
                lambda: gast.copy_location(gast.List([], gast.Load()), node),
            )
            return self.list_display(self.members(kind, residual), shell)
        return kind, residual

    def on_list(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        if not args:
            return self.list_display([], node)
        kind, operand = args[0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Tuple):
            return self.list_display(self.members(kind, operand), node)
        if isinstance(kind, (List, Array)) and (varied(kind) or isinstance(kind, Array) and len(kind.sizes or ()) > 1):
            return self.template(node, "t = []\nfor v in a: t.append(v)", "t", a=(kind, operand))
        cell = self.session.cell("listed", id(node), self.copies)
        if isinstance(kind, List):
            if kind.cell.items is not None and cell.items is None and cell.whole and isinstance(cell.item, Bottom):
                cell.items, cell.length = list(kind.cell.items), kind.cell.length
            else:
                self.session.put_item(cell, kind.item)
        elif isinstance(kind, Dict):
            self.session.put_item(
                cell,
                join_all([widen(Const(k)) for k in kind.cell.keys])
                if isinstance(kind.cell.item, Bottom)
                else Unknown(),
            )
        else:
            if varied(kind):
                raise CannotTell("a list of this")
            self.session.put_item(
                cell,
                self.passive_element(kind) if not isinstance(kind, Array) else self.any_member(kind),
            )
        return List(cell), call

    def on_tuple(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        if not args:
            return Const(()), self.rebuilt_call(node, residual, args, keywords)
        kind, operand = args[0]
        if isinstance(kind, Tuple) and kind.cls is None:
            return kind, operand
        try:
            members = self.members(kind, operand)
            return self.display(
                members,
                self.memo(
                    ("tuple", id(node)),
                    lambda: gast.copy_location(gast.Tuple([], gast.Load()), node),
                ),
            )
        except CannotTell:
            if varied(kind):
                return self.on_list(residual, args, keywords, node)
        return Unknown(), self.rebuilt_call(node, residual, args, keywords)

    def on_dict(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        given: dict[Any, Value] = dict(keywords)
        if not args:
            return self.dict_display(given, node)
        kind, operand = args[0]
        if isinstance(kind, Dict) and has_known_keys(kind):
            return self.dict_display({**self.parts(kind, operand, node), **given}, node)
        if not isinstance(kind, (Dict, List)):
            if varied(kind) or any(varied(k) for k, _ in given.values()):
                raise CannotTell("a dict of this")
            return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        text = "t = {}\n" + ("for k in a: t[k] = a[k]" if isinstance(kind, Dict) else "for k, v in a: t[k] = v")
        result = self.template(node, text, "t", a=(kind, operand))
        for name, value in given.items():
            self.set_key(result[0], result[1], self.constant(name, node), Const(name), value, node)  # type: ignore[arg-type]
        return result

    def on_zip(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        if not any(varied(k) or isinstance(k, (List, Tuple, Array)) for k, _ in args) or keywords:
            if any(varied(k) for k, _ in args):
                raise CannotTell("zip with keywords")
            members = Tuple(tuple(self.member_kind(k) for k, _ in args))
            return self.iterable(members, "zip", node), self.rebuilt_call(node, residual, args, keywords)
        known = [self.known_members(k, r) for k, r in args]
        if all(m is not None for m in known) and min(len(m) for m in known if m is not None) <= 24:
            shell = self.memo(
                ("zip", id(node)),
                lambda: gast.copy_location(gast.List([], gast.Load()), node),
            )
            pairs = []
            for i, parts in enumerate(zip(*[m for m in known if m is not None])):
                inner = self.memo(
                    ("pair", id(node), i),
                    lambda: gast.copy_location(gast.Tuple([], gast.Load()), node),
                )
                kind, display = self.display(list(parts), inner)
                self.record(display, kind)
                pairs.append((kind, display))
            return self.list_display(pairs, shell)
        names = [f"a{i}" for i in range(len(args))]
        values = [self.as_list(k, r, node) if not isinstance(k, (List, Array)) else (k, r) for k, r in args]
        text = f"t = []\nfor {', '.join('v' + n for n in names)}, in zip({', '.join(names)}): t.append(({', '.join('v' + n for n in names)},))"
        return self.template(node, text, "t", **dict(zip(names, values)))

    def on_enumerate(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = self.listed(args[0], node)
        start = args[1] if len(args) > 1 else keywords.get("start")
        if not isinstance(kind, (List, Array)):
            if varied(kind):
                raise CannotTell("enumerate of this")
            return self.iterable(Tuple((INT, self.member_kind(kind))), "enumerate", node), self.rebuilt_call(
                node, residual, args, keywords
            )
        if start is None:
            return self.template(
                node,
                "t = []\nfor i in range(len(a)): t.append((i, a[i]))",
                "t",
                a=(kind, operand),
            )
        return self.template(
            node,
            "t = []\nfor i in range(len(a)): t.append((i + b, a[i]))",
            "t",
            a=(kind, operand),
            b=start,
        )

    def on_reversed(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = args[0]
        if isinstance(kind, (List, Array)):
            return self.template(
                node,
                "t = []\nfor i in reversed(range(len(a))): t.append(a[i])",
                "t",
                a=(kind, operand),
            )
        if isinstance(kind, Tuple):
            shell = self.memo(
                ("reversed", id(node)),
                lambda: gast.copy_location(gast.Tuple([], gast.Load()), node),
            )
            return self.display(list(reversed(self.members(kind, operand))), shell)
        if varied(kind):
            raise CannotTell("reversed of this")
        return self.iterable(self.member_kind(kind), "reversed", node), self.rebuilt_call(
            node, residual, args, keywords
        )

    def on_map(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        function, *sequences = args
        sequences = [self.listed(s, node) for s in sequences]
        if (
            not any(varied(k) for k, _ in sequences)
            and not varied(function[0])
            and not isinstance(function[0], (Closure, LocalFunction))
        ):
            if all(not isinstance(k, (List, Tuple, Array)) for k, _ in sequences):
                return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        names = [f"a{i}" for i in range(len(sequences))]
        values = [self.as_list(k, r, node) if not isinstance(k, (List, Array)) else (k, r) for k, r in sequences]
        if len(names) == 1:
            text = "t = []\nfor v in a0: t.append(f(v))"
        else:
            inner = ", ".join("v" + n for n in names)
            text = f"t = []\nfor {inner} in zip({', '.join(names)}): t.append(f({inner}))"
        return self.with_function(node, text, "t", function, **dict(zip(names, values)))

    def on_filter(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        function, sequence = args[0], self.listed(args[1], node)
        if not varied(sequence[0]) and not isinstance(function[0], (Closure, LocalFunction)):
            return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        if not isinstance(sequence[0], (List, Array)):
            sequence = self.as_list(sequence[0], sequence[1], node)
        if function[0] == Const(None):
            return self.template(node, "t = []\nfor v in a:\n    if v: t.append(v)", "t", a=sequence)
        return self.with_function(
            node,
            "t = []\nfor v in a:\n    if f(v): t.append(v)",
            "t",
            function,
            a=sequence,
        )

    def on_getitem(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`operator.getitem(x, i)` is `x[i]`."""
        (kind, base), (index_kind, index) = args
        place = self.place(kind, base, "part")
        part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
        self.at(node)
        return self.element(kind, index_kind, node), part

    def on_iter(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = args[0]
        if isinstance(kind, (List, Tuple, Array)):
            return kind, operand
        if varied(kind):
            raise CannotTell("an iterator over this")
        return None

    def on_reduce(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        function, sequence = args[0], self.listed(args[1], node)
        start = args[2] if len(args) > 2 else keywords.get("initial")
        if not isinstance(sequence[0], (List, Array)):
            sequence = self.as_list(sequence[0], sequence[1], node)
        if start is None:
            return self.with_function(
                node,
                "t = a[0]\nfor i in range(1, len(a)): t = f(t, a[i])",
                "t",
                function,
                a=sequence,
            )
        return self.with_function(node, "t = s\nfor v in a: t = f(t, v)", "t", function, a=sequence, s=start)

    def on_sorted(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = self.listed(args[0], node)
        if not varied(kind) and not self.any_functions(keywords):
            item = self.any_member(kind)
            cell = self.session.cell("sorted", id(node), self.copies)
            self.session.put_item(cell, self.session.loosen_all(item))
            return List(cell), self.rebuilt_call(node, residual, args, keywords)
        reverse = keywords.get("reverse")
        holes: dict[str, Value] = {"a": (kind, operand)}
        flag = ""
        if reverse is not None:
            holes["r"] = reverse
            flag = ", reverse=r"
        tail = f"\norder = sorted(range(len(k)), key=k.__getitem__{flag})\nt = []\nfor i in order: t.append(a[i])"
        key = keywords.get("key")
        if key is None or key[0] == Const(None):
            return self.template(node, "k = []\nfor v in a: k.append(v)" + tail, "t", **holes)
        return self.with_function(node, "k = []\nfor v in a: k.append(f(v))" + tail, "t", key, **holes)

    def on_partial(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        function = args[0][0]
        if not isinstance(function, (Const, Closure)):
            raise CannotTell("partial of this")
        inner = (
            [
                (n, v)
                for n, v in zip(
                    [n for n, _ in function.captured],
                    self.members(Tuple(tuple(k for _, k in function.captured)), args[0][1]),
                )
            ]
            if isinstance(function, Closure)
            else []
        )
        definition = self.memo(
            (
                "partial",
                id(node),
                function if isinstance(function, Const) else id(function.definition),
            ),
            lambda: PartialOf(function, len(args) - 1, tuple(keywords)),
        )
        definition.function = function
        values = [*args[1:], *keywords.values(), *[v for _, v in inner]]
        captured = tuple((f"argument {i}", k) for i, (k, _) in enumerate(values))
        display = self.keep(gast.copy_location(gast.Tuple([r for _, r in values], gast.Load()), node))
        return Closure(definition, captured), display

    def on_copy(
        self,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value | None:
        kind, operand = args[0]
        if isinstance(kind, (Const, Number)):
            return kind, operand
        if isinstance(kind, Array):
            attribute = self.keep(gast.copy_location(gast.Attribute(operand, "copy", gast.Load()), node))
            call = self.memo(
                ("copy", id(node)),
                lambda: gast.copy_location(gast.Call(attribute, [], []), node),
            )
            if call.func is not attribute:
                call = self.keep(gast.copy_location(gast.Call(attribute, [], []), node))
            return self.array_method(kind, operand, attribute, "copy", [], {}, call)
        if isinstance(kind, (List, Dict)) and not is_memory(
            self.any_member(kind) if isinstance(kind, List) else kind.item
        ):
            return (self.on_list if isinstance(kind, List) else self.on_dict)(name_node("list", node), args, {}, node)
        raise CannotTell("a copy of this container")

    # Statements that are calls

    def statement_call(self, call: gast.Call, statement: gast.Expr) -> bool:
        """A call whose result is not used; True if it is done with."""
        if self.watched(call):
            for name in self.names_in(call):
                self.use_name(name)
            self.note_written(call)
            if self.has_user_call(call):
                for part in [*call.args, *(k.value for k in call.keywords)]:
                    self.aside(lambda p=part: self.evaluate(p))  # type: ignore[misc]
            self.emit(core.Effect(statement.lineno, self.renamed_statement(statement)))
            return True
        before = len(self.block)
        kind, residual = self.evaluate(call)
        last = self.block[-1] if len(self.block) > before else None
        if (
            isinstance(residual, gast.Name)
            and isinstance(last, core.Call)
            and last.targets
            and last.targets[0].id == residual.id
        ):
            self.drop_target()
            return True
        if (
            isinstance(residual, gast.Name)
            and isinstance(last, core.ListOp)
            and last.target is not None
            and last.target.id == residual.id
        ):
            last.target = None
            return True
        if isinstance(residual, gast.Name) and isinstance(last, core.Assign) and isinstance(last.value, gast.Call):
            self.block.pop()
            self.check_effect(last.value, statement)
            self.emit(
                core.Effect(
                    statement.lineno,
                    self.keep(gast.copy_location(gast.Expr(last.value), statement)),
                )
            )
            return True
        if isinstance(residual, gast.Call):
            self.check_effect(residual, statement)
            same = residual is call
            self.emit(
                core.Effect(
                    statement.lineno,
                    statement if same else self.keep(gast.copy_location(gast.Expr(residual), statement)),
                )
            )
        return True

    def note_written(self, call: gast.Call) -> None:
        """What a message is written to (`print(x, file=buffer)`) may hold text of differentiable values from now on."""
        if self.mentions_varied(call) or self.mentions_text(call):
            for name in self.names_in(call):
                kind = self.env.get(name)
                if name in self.local_names and isinstance(kind, (Unknown, Object)) and not varied(kind):
                    self.env[name] = Text()

    def check_effect(self, call: gast.Call, statement: gast.AST) -> None:
        """A call for its effect, which is not known: it might write into its arguments."""
        owner = call.func.value if isinstance(call.func, gast.Attribute) else None
        found = self.function.kinds.get(id(owner))
        if isinstance(found, (Iterable, Text)) or isinstance(found, Const) and isinstance(found.value, str):
            return
        kinds = [self.function.kinds.get(id(a)) for a in [*call.args, *(k.value for k in call.keywords)]]
        if any(isinstance(k, (Array, List, Dict, Object)) for k in kinds):
            raise self.refusal(
                "E402", "this call may change its arguments in a way srcgrad can't see", statement,
                "assign its result, or do the change with `x[...] = ...`",
            )  # fmt: skip

    def watched(self, call: gast.Call) -> bool:
        """print, logging, warnings: what they are given has no derivative."""
        if isinstance(call.func, gast.Name):
            return call.func.id == "print" and self.use_name("print")[0] == Const(print)
        if isinstance(call.func, gast.Attribute) and call.func.attr in WATCHED:
            kind, _, _ = self.aside(lambda: self.evaluate(call.func.value))  # type: ignore[attr-defined]
            module = getattr(
                kind.value if isinstance(kind, Const) else getattr(kind, "cls", None),
                "__module__",
                None,
            )
            name = getattr(kind.value, "__name__", "") if isinstance(kind, Const) else ""
            return str(module or name).split(".")[0] in (
                "logging",
                "warnings",
                "sys",
                "_io",
                "io",
            ) or isinstance(kind, Unknown)
        return False

    def has_user_call(self, node: gast.AST) -> bool:
        return any(isinstance(n, gast.Call) for n in nodes_in(node) if n is not node)

    # Methods of lists and dicts

    def list_method(
        self,
        kind: List,
        base: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        place = self.place(kind, base, "part")
        cell = kind.cell
        if name == "append":
            self.session.merge_items(cell)
            self.session.put_item(cell, args[0][0])
            self.emit(core.ListOp(node.lineno, place, "append", [args[0][1]]))
            return Const(None), self.keep(constant_node(None, node))
        if name == "insert":
            self.session.merge_items(cell)
            self.session.put_item(cell, args[1][0])
            self.emit(core.ListOp(node.lineno, place, "insert", [r for _, r in args]))
            return Const(None), self.keep(constant_node(None, node))
        if name == "extend":
            self.extend(kind, place, *args[0], node)
            return Const(None), self.keep(constant_node(None, node))
        if name == "pop":
            return self.list_pop(kind, place, args, node, wanted=True)
        if name in ("reverse", "clear"):
            self.session.merge_items(cell)
            self.emit(core.ListOp(node.lineno, place, name, []))
            return Const(None), self.keep(constant_node(None, node))
        if name == "copy":
            return self.on_list(name_node("list", node), [(kind, place)], {}, node) or (
                kind,
                place,
            )
        if name in ("index", "count"):
            attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
            return INT, self.rebuilt_call(node, attribute, args, keywords)
        if name in ("sort", "remove"):
            if varied(kind) and name == "sort":
                return self.sort(kind, place, keywords, node)
            if varied(kind):
                return self.remove(kind, place, args[0], node)
            self.session.merge_items(cell)
            attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
            call = self.rebuilt_call(node, attribute, args, keywords)
            self.emit(core.Effect(node.lineno, self.keep(gast.copy_location(gast.Expr(call), node))))
            return Const(None), self.keep(constant_node(None, node))
        raise CannotTell(f"the list method {name!r}")

    def list_pop(
        self,
        kind: List,
        base: gast.expr,
        args: list[Value],
        node: gast.AST,
        wanted: bool,
    ) -> Value:
        place = self.place(kind, base, "part")
        self.session.merge_items(kind.cell)
        result = self.session.told_apart(kind.item, "pop", id(node), self.copies)
        name = self.temporary(node, "popped")
        target = (
            self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
            if wanted or (varied(result) and not is_scalar(result))
            else None
        )
        if target is not None:
            self.record(target, result)
            self.env[name] = result
        self.emit(core.ListOp(node.lineno, place, "pop", [r for _, r in args], target))
        return result, self.keep(name_node(name, node))

    def extend(
        self,
        kind: List,
        place: gast.expr,
        other: Kind,
        residual: gast.expr,
        node: gast.AST,
    ) -> None:
        if isinstance(residual, gast.Name) and isinstance(place, gast.Name) and residual.id == place.id:
            raise self.refusal("E302", "a list extended by itself", node)
        self.session.merge_items(kind.cell)
        if not isinstance(other, (List, Tuple, Array)):
            if varied(other):
                raise CannotTell("extending a list by this")
            other, residual = self.as_list(
                other,
                residual,
                self.memo(("extended", id(node)), lambda: copy.copy(residual)),
            )
        members = self.known_members(other, residual) if isinstance(residual, (gast.List, gast.Tuple)) else None
        if members is not None:
            for member, r in members:
                self.session.put_item(kind.cell, member)
                self.emit(core.ListOp(node.lineno, place, "append", [r]))
            return
        self.template(
            node,
            "for v in a: b.append(v)\nt = 0",
            "t",
            a=self.listed((other, residual), node),
            b=(kind, place),
        )

    def dict_method(
        self,
        kind: Dict,
        base: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        cell = kind.cell
        place = self.place(kind, base, "part")
        attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
        call = self.rebuilt_call(node, attribute, args, keywords)
        if name == "get" and isinstance(args[0][0], Const) and isinstance(cell.item, Bottom):
            index = args[0]
            part = self.keep(gast.copy_location(gast.Subscript(place, index[1], gast.Load()), node))
            if index[0].value in cell.keys and cell.read is None and self.is_argument(place):  # type: ignore[attr-defined]
                return cell.keys[index[0].value], part  # type: ignore[attr-defined]
            if not cell.keys.get(index[0].value) and self.is_argument(place):  # type: ignore[attr-defined]
                return args[1] if len(args) > 1 else (Const(None), self.constant(None, node))
        if name == "get":
            default = args[1] if len(args) > 1 else (Const(None), self.constant(None, node))
            if not varied(kind) and not varied(default[0]):
                return self.session.joined(self.element(kind, args[0][0], node), default[0], "get", id(node)), call
            holes = {"a": (kind, place), "k": args[0], "d": default}
            return self.template(node, "t = a[k] if k in a else d", "t", **holes)
        if name in ("keys", "values", "items"):
            if name == "keys" or not varied(kind):
                return self.plain_view(kind, name, node), call
            text = (
                "t = []\nfor k in a: t.append(a[k])" if name == "values" else "t = []\nfor k in a: t.append((k, a[k]))"
            )
            return self.template(node, text, "t", a=(kind, place))
        if name == "copy":
            return self.on_dict(name_node("dict", node), [(kind, place)], {}, node) or (
                kind,
                place,
            )
        changed = self.dict_change(kind, place, name, args, keywords, node)
        if changed is not None:
            return changed
        if not varied(kind) and not any(varied(k) for k, _ in args):
            if name in ("pop", "setdefault", "clear", "popitem"):
                return self.impure(Unknown(), call)
            return Unknown(), call
        raise self.refusal("E302", f"the dict method {name!r} on differentiable values", node)

    def is_argument(self, place: gast.expr) -> bool:
        """Is this dict, unchanged, one that came from outside with known keys?"""
        return (
            isinstance(place, gast.Name)
            and not any(
                isinstance(n, gast.Subscript)
                and isinstance(n.ctx, gast.Store)
                and isinstance(n.value, gast.Name)
                and n.value.id == place.id
                for n in nodes_in(self.tree)
            )
            and place.id
            in {a.id for a in self.tree.args.args}
            | {a.id for a in self.tree.args.kwonlyargs}
            | ({self.tree.args.kwarg.id} if self.tree.args.kwarg else set())
        )

    def plain_view(self, kind: Dict, name: str, node: gast.AST) -> Kind:
        if name == "values":
            return self.plain_values(kind, node)
        key = self.passive_element(kind)
        return self.iterable(key if name == "keys" else Tuple((key, self.any_member(kind))), name, node)

    def plain_values(self, kind: Dict, node: gast.AST) -> Kind:
        cell = self.session.cell("values", id(node), self.copies)
        self.session.put_item(cell, self.session.loosen_all(widen(kind.item)))
        return List(cell)

    def set_key(
        self,
        kind: Dict,
        place: gast.expr,
        index: gast.expr,
        key: Const,
        value: Value,
        node: gast.AST,
    ) -> None:
        self.session.put_new_key(kind.cell, key.value, value[0])
        slot = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Store()), node))
        self.record(slot, kind.cell.keys[key.value])
        self.emit(core.Store(node.lineno, slot, "", value[1]))


def ast_name(node: gast.expr) -> str:
    return node.id if isinstance(node, gast.Name) else getattr(node, "attr", "this function")


HANDLERS: dict[Any, str] = {
    **ITERATORS,
    len: "on_len", isinstance: "on_isinstance", hasattr: "on_hasattr", getattr: "on_getattr", setattr: "on_setattr",
    type: "on_type", int: "on_int", bool: "on_bool", round: "on_round", ord: "on_ord", any: "on_any_all", all: "on_any_all",
    float: "on_float", sum: "on_sum", max: "on_max", min: "on_min", list: "on_list", tuple: "on_tuple", dict: "on_dict",
    zip: "on_zip", enumerate: "on_enumerate", reversed: "on_reversed", map: "on_map", filter: "on_filter",
    functools.reduce: "on_reduce", sorted: "on_sorted", iter: "on_iter", operator.getitem: "on_getitem", functools.partial: "on_partial", copy.copy: "on_copy",
    copy.deepcopy: "on_copy", stop_gradient: "on_stop_gradient", **{getattr(builtins, n): "on_lost" for n in LOST},
}  # fmt: skip

__all__ = ["HANDLERS", "BuiltinCalls", "OneOf", "Size"]
