"""What do ranges, sets and the functions of itertools give?  Over values that do not vary, something of which the members'
kind is known; over differentiable ones, a list, filled by the loop that a function of itertools stands for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import INT, Array, Const, Iterable, Kind, List, Tuple, is_scalar, varied, widen
from srcgrad.analysis.specialize.iterating import ASKING, USING_UP, is_iterator
from srcgrad.analysis.specialize.objects import Objects
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.desugar.build import assign, constant, load

# What stands for a call, where an argument varies: `t` is the list of results.
LOOPS = {
    itertools.chain.from_iterable: "for g in a0:\n    for v in g: t.append(v)",
    itertools.pairwise: "for i in range(len(a0) - 1): t.append((a0[i], a0[i + 1]))",
    itertools.islice: "for i in range(len(a0))[slice({rest})]: t.append(a0[i])",
    itertools.repeat: "for i in range(a1): t.append(a0)",
}
LOOPS_WITH_FUNCTION = {
    itertools.takewhile: "for v in a0:\n    if f(v): t.append(v)\n    else: break",
    itertools.dropwhile: "d = True\nfor v in a0:\n    d = d and f(v)\n    if not d: t.append(v)",
    itertools.filterfalse: "for v in a0:\n    if not f(v): t.append(v)",
    itertools.starmap: "for v in a0: t.append(f(*v))",
}
CHOICES = (itertools.combinations, itertools.permutations)


class Iterators(Objects):
    """Handlers of functions that give something to run over."""

    def on_range(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.iterable(INT, "range", node), self.rebuilt_call(node, residual, args, keywords)

    def on_set(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if any(varied(k) for k, _ in args):
            raise self.refusal("E208", "a differentiable value in a set", node, "use a list")
        members = [self.member_kind(args[0][0])] if args else []
        return self.iterable_of(members, self.function_of(residual).__name__, node), self.rebuilt_call(
            node, residual, args, keywords
        )

    def on_next(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = args[0]
        asked = node.args[0] if isinstance(node, gast.Call) and len(args) == 1 else None
        if isinstance(asked, gast.Name) and asked.id in self.counters:
            return self.next_counted(asked.id, self.counters[asked.id], node)
        if is_iterator(kind):
            if len(args) == 1:
                return self.list_pop(kind, operand, [(Const(0), self.constant(0, node))], node, wanted=True)
            return self.template(node, "if len(a): t = a.pop(0)\nelse: t = d", "t", a=args[0], d=args[1])
        if isinstance(kind, (Array, List, Tuple)) or varied(kind):
            raise self.refusal("E203", "next has no derivative rule", node, "use an index or a loop")
        return None

    def next_counted(self, name: str, counter: str, node: gast.expr) -> Value:
        """`item = it[i]`, `i = i + 1`"""
        target = self.temporary(node, "item")
        self.local_names.add(target)

        def taken() -> list[gast.stmt]:
            member = gast.Subscript(load(name), load(counter), gast.Load())
            more = gast.BinOp(load(counter), gast.Add(), constant(1))
            return [assign(target, member, node), assign(counter, more, node)]

        return self.run_statements(self.memo(("next", id(node)), taken), target, node)

    def run_over(self, callee: Kind, args: list[Value], node: gast.Call) -> list[Value]:
        """The arguments of a call, where an iterator kept under a name is used up by what runs over it."""
        if len(args) != len(node.args):
            return args
        result = []
        for value, asked in zip(args, node.args):
            if is_iterator(value[0]) and not self.is_used_once(asked):
                function = callee.value if isinstance(callee, Const) else None
                if any(function is f for f in USING_UP):
                    value = self.used_up(value, asked, node)
                elif function is zip:
                    return args
                elif not any(function is f for f in ASKING):
                    raise self.refusal("E305", "an iterator that is used in several places", node, "make it a list")
            result.append(value)
        return result

    def zip_used_up(self, args: list[Value], node: gast.Call) -> Value:
        """`zip(it, s)`, where `it` is used in other places too: what is not taken of it remains."""
        text = "t.append(({parts},))\ni = i + 1".format(parts=", ".join(f"v{j}" for j in range(len(args))))
        for j, (kind, _) in reversed(list(enumerate(args))):
            there, take = (f"len(a{j})", f"a{j}.pop(0)") if is_iterator(kind) else (f"i < len(a{j})", f"a{j}[i]")
            inner = "\n".join("    " + line for line in [f"v{j} = {take}", *text.split("\n")])
            text = f"if {there}:\n{inner}\nelse: break"
        text = "\n".join("    " + line for line in text.split("\n"))
        holes = {f"a{j}": self.indexed(self.listed(a, node), node) for j, a in enumerate(args)}
        found = self.template(node, f"t = []\ni = 0\nwhile True:\n{text}", "t", **holes)
        return self.used_once(found)  # type: ignore[no-any-return]

    def on_itertools(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function = self.function_of(residual)
        call = self.rebuilt_call(node, residual, args, keywords)
        if function in LOOPS_WITH_FUNCTION:
            if not varied(args[1][0]) and isinstance(args[0][0], Const):
                return None
            sequence = self.listed(args[1], node)
            sequence = self.indexed(sequence, node)
            return self.with_function(node, "t = []\n" + LOOPS_WITH_FUNCTION[function], "t", args[0], a0=sequence)
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            if function is itertools.zip_longest:
                return self.zipped_to_the_longest(args, keywords, node)
            return self.listed_results(function, residual, args, keywords, node)
        if function is itertools.accumulate and (len(args) > 1 or keywords):
            return self.accumulated(args, keywords, node)
        if self.any_functions(keywords) or any(self.any_functions({"": a}) for a in args):
            return None
        kinds = [k for k, _ in args]
        if function is itertools.chain:
            return self.iterable_of([self.member_kind(k) for k in kinds], "chain", node), call
        kind = self.passive_result(function, kinds, keywords)
        if kind is None:
            return None
        endless = function in (itertools.count, itertools.cycle) or function is itertools.repeat and len(args) == 1
        return replace(self.iterable(kind, "iterator", node), endless=endless), call

    def passive_result(self, function: Any, kinds: list[Kind], keywords: dict[str, Value]) -> Kind | None:
        """What an iterator gives, one after another; None if that is not known."""
        if function is itertools.product:
            repeat = self.repeated(keywords)
            return None if repeat is None else Tuple(tuple(self.member_kind(k) for k in kinds) * repeat)
        if function is itertools.pairwise:
            return Tuple((self.member_kind(kinds[0]),) * 2)
        if function in CHOICES and len(kinds) == 2 and isinstance(kinds[1], Const):
            return Tuple((self.member_kind(kinds[0]),) * kinds[1].value)
        if function is itertools.count and all(widen(k) == INT for k in kinds):
            return INT
        if function is itertools.accumulate and len(kinds) == 1 and not keywords and self.member_kind(kinds[0]) == INT:
            return INT
        if function in (itertools.islice, itertools.cycle):
            return self.member_kind(kinds[0])
        return widen(kinds[0]) if function is itertools.repeat else None

    def on_ndindex(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kinds = [k for k, _ in args]
        if len(kinds) == 1 and isinstance(kinds[0], Tuple):
            kinds = list(kinds[0].items)
        if not all(is_scalar(k) for k in kinds):
            return None
        return self.iterable(Tuple((INT,) * len(kinds)), "ndindex", node), self.rebuilt_call(
            node, residual, args, keywords
        )

    def listed_results(
        self, function: Any, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """The list of what an iterator gives over differentiable values."""
        if function is itertools.accumulate:
            return self.accumulated(args, keywords, node)
        repeat = self.repeated(keywords) if function is itertools.product else 1
        if repeat is None or keywords and function is not itertools.product:
            raise CannotTell("an iterator with keywords")
        sequences = [self.listed(a, node) for a in args] * repeat
        holes = {f"a{i}": a for i, a in enumerate(sequences)}
        names = list(holes)
        if function is itertools.chain:
            text = "\n".join(f"for v in {name}: t.append(v)" for name in names)
        elif function is itertools.product:
            text, indent = "", ""
            for name in names:
                text += f"{indent}for v{name} in {name}:\n"
                indent += "    "
            text += f"{indent}t.append(({', '.join('v' + n for n in names)},))"
        elif function in CHOICES and isinstance(args[1][0], Const):
            count = args[1][0].value
            indices = [f"i{k}" for k in range(count)]
            target = ", ".join(indices) + ","
            text = f"for {target} in f(range(len(a0)), a1): t.append(({', '.join(f'a0[{i}]' for i in indices)},))"
            holes["f"] = (Const(function), residual)
        elif function in LOOPS:
            text = LOOPS[function].format(rest=", ".join(names[1:]))
            if function is itertools.repeat and len(args) == 1:
                return None
        else:
            return None
        return self.template(node, "t = []\n" + text, "t", **holes)

    def repeated(self, keywords: dict[str, Value]) -> int | None:
        """How often `itertools.product` goes over the same; None if that is not known."""
        kind = keywords.get("repeat", (Const(1), None))[0]
        return kind.value if isinstance(kind, Const) else None

    def accumulated(self, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value:
        """`itertools.accumulate`: the list of the totals so far, by `+` or a function of two."""
        given = {**dict(zip(("iterable", "func"), args)), **keywords}
        function, start = (self.unless_none(given.get(name)) for name in ("func", "initial"))
        holes = {"a0": self.indexed(self.listed(given["iterable"], node), node)}
        if start is not None:
            holes["s"] = start
        if start is None:
            text = "t = []\nfor i in range(len(a0)): t.append(a0[i] if i == 0 else {next})"
        else:
            text = "t = [s]\nfor i in range(len(a0)): t.append({next})"
        before = "t[i - 1]" if start is None else "t[i]"
        text = text.format(next=f"{before} + a0[i]" if function is None else f"f({before}, a0[i])")
        if function is None:
            return self.template(node, text, "t", **holes)
        return self.with_function(node, text, "t", function, **holes)

    def unless_none(self, value: Value | None) -> Value | None:
        return None if value is None or value[0] == Const(None) else value

    def zipped_to_the_longest(self, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value:
        fill = keywords.get("fillvalue", (Const(None), self.constant(None, node)))
        holes = {f"a{i}": self.indexed(self.listed(a, node), node) for i, a in enumerate(args)}
        sizes = ", ".join(f"len({name})" for name in holes)
        parts = ", ".join(f"{name}[i] if i < len({name}) else d" for name in holes)
        return self.template(
            node, f"t = []\nfor i in range(max({sizes}, 0)): t.append(({parts},))", "t", d=fill, **holes
        )

    def transposed(self, kind: Kind, residual: gast.expr, node: gast.Call) -> Value:
        """`zip(*rows)`, of rows of which it is not known how many there are."""
        if isinstance(kind, Array):
            size = "len(a[0]) if len(a) else 0"
        elif isinstance(kind, List):
            size = "min([len(v) for v in a], default=0)"
        else:
            raise CannotTell("how many members this has")
        text = f"t = []\nfor i in range({size}):\n    w = []\n    for v in a: w.append(v[i])\n    t.append(w)"
        return self.template(node, text, "t", a=(kind, residual))

    def on_ndenumerate(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`np.ndenumerate(a)`: pairs of an index and an element."""
        return self.template(node, "t = []\nfor i in np.ndindex(a.shape): t.append((i, a[i]))", "t", a=args[0])

    # Kinds

    def iterable(self, member: Kind, what: str, node: gast.AST) -> Iterable:
        return self.iterable_of([member], what, node)

    def iterable_of(self, members: list[Kind], what: str, node: gast.AST) -> Iterable:
        """Something to run over, of which no member varies."""
        cell = self.session.cell(what, id(node), self.copies)
        for member in members:
            self.session.put_item(cell, self.session.loosen_all(widen(member)))
        return Iterable(cell, is_set=what == "set")

    def member_kind(self, kind: Kind) -> Kind:
        return self.any_member(kind) if isinstance(kind, (Array, List)) else self.passive_element(kind)


HANDLERS: dict[Any, str] = {
    next: "on_next",
    range: "on_range",
    np.ndindex: "on_ndindex",
    np.ndenumerate: "on_ndenumerate",
    set: "on_set",
    frozenset: "on_set",
    **dict.fromkeys(
        [
            itertools.accumulate, itertools.chain, itertools.chain.from_iterable, itertools.combinations, itertools.count,
            itertools.cycle, itertools.islice, itertools.pairwise, itertools.permutations, itertools.product,
            itertools.repeat, itertools.zip_longest, *LOOPS_WITH_FUNCTION,
        ],
        "on_itertools",
    ),
}  # fmt: skip
