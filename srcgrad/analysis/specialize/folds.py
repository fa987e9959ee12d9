"""What do sum, max, min, reduce and sorted give?"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import (
    INT,
    Array,
    Bottom,
    Closure,
    Const,
    Kind,
    List,
    Object,
    Tuple,
    Unknown,
    is_number,
    is_scalar,
    join_all,
    varied,
    widen,
)
from srcgrad.analysis.specialize.definitions import LocalFunction
from srcgrad.analysis.specialize.inspection import Inspection
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.values import Value


class Folds(Inspection):
    """Builtins that go through a sequence to one value, or order it."""

    def on_sum(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = self.listed(args[0], node)
        start = args[1] if len(args) > 1 else keywords.get("start")
        if not varied(kind) and not (start and varied(start[0])):
            call = self.rebuilt_call(node, residual, [(kind, operand), *args[1:]], keywords)
            item, first = self.any_member(kind), start[0] if start is not None else Const(0)
            if isinstance(item, Bottom):
                return widen(first), call
            self.at(node)
            numbers = is_number(item) and is_number(first)
            return self.infer.binary("+", widen(first), widen(item)) if numbers else Unknown(), call
        if start is None:
            zero = self.memo(("zero", id(node)), lambda: constant_node(0, node))
            self.record(zero, Const(0))
            start = (Const(0), zero)
        numbers = is_scalar(self.any_member(kind)) and is_scalar(start[0])
        text = "total = start\nfor v in a: " + ("total += v" if numbers else "total = total + v")
        return self.template(node, text, "total", a=(kind, operand), start=start)

    def on_prod(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`math.prod` of arrays is a loop; of numbers it has a rule."""
        kind, start = args[0][0], keywords.get("start")
        if not any(varied(k) for k, _ in [*args, *keywords.values()]) or not isinstance(kind, (List, Tuple, Array)):
            return None
        members = self.known_members(kind, args[0][1])
        kinds = [k for k, _ in members] if members is not None else [self.any_member(kind)]
        if all(map(is_scalar, kinds)) and (start is None or is_scalar(start[0])):
            return None
        start = start or (Const(1), self.constant(1, node))
        return self.template(node, "total = start\nfor v in a: total = total * v", "total", a=args[0], start=start)

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
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.extreme(">", residual, args, keywords, node)

    def on_min(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.extreme("<", residual, args, keywords, node)

    def extreme(
        self, sign: str, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
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
            told = is_number(joined) or isinstance(joined, Tuple)
            return (joined if told else Unknown()), self.rebuilt_call(node, residual, args, keywords)
        key = keywords.get("key")
        if "default" in keywords or set(keywords) - {"key", "default"}:
            raise self.refusal("E202", "max and min with `default`", node, "test for the empty case first")
        if len(args) > 1:
            display = self.memo(("display", id(node)), lambda: gast.copy_location(gast.List([], gast.Load()), node))
            if key is None:
                holes = {f"a{i}": self.held_value(v, node, i) for i, v in enumerate(args)}
                lines = ["m = a0"] + [f"if a{i} {sign} m: m = a{i}" for i in range(1, len(args))]
                return self.template(node, "\n".join(lines), "m", **holes)
            args = [self.list_display(args, display)]
        args = [self.indexed(args[0], node)]
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
        return (kind, residual if isinstance(residual, gast.Name) else self.hoist(kind, residual, "operand"))

    def any_functions(self, keywords: dict[str, Value]) -> bool:
        return any(isinstance(k, (Closure, LocalFunction)) for k, _ in keywords.values())

    def with_function(self, node: gast.expr, text: str, result: str, function: Value, **holes: Value) -> Value:
        """A template that calls a function value by the name `f`."""
        kind, residual = function
        if isinstance(kind, Object):
            return self.template(node, text, result, f=(kind, self.place(kind, residual, "function")), **holes)
        name = self.temporary(node, "function")
        if isinstance(kind, Closure):
            self.emit(self.assign(name, residual, kind, node))
        self.env[name] = kind
        self.local_names.add(name)
        return self.template(
            node, text, result, f=(kind, self.memo(("function", id(node)), lambda: name_node(name, node))), **holes
        )

    def on_reduce(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function, sequence = args[0], self.listed(args[1], node)
        start = args[2] if len(args) > 2 else keywords.get("initial")
        if not isinstance(sequence[0], (List, Array)):
            sequence = self.as_list(sequence[0], sequence[1], node)
        if start is None:
            return self.with_function(
                node, "t = a[0]\nfor i in range(1, len(a)): t = f(t, a[i])", "t", function, a=sequence
            )
        return self.with_function(node, "t = s\nfor v in a: t = f(t, v)", "t", function, a=sequence, s=start)

    def on_sorted(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
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
