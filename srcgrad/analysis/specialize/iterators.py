"""What do ranges, sets and the functions of itertools give?  Over values that do not vary, something of which the members'
kind is known; over differentiable ones, a list, filled by the loop that a function of itertools stands for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import CannotTell
from srcgrad.analysis.kinds import INT, Array, Const, Iterable, Kind, List, Tuple, is_scalar, varied, widen
from srcgrad.analysis.specialize.objects import Objects
from srcgrad.analysis.specialize.values import Value

# What stands for a call, where an argument varies: `t` is the list of results.
LOOPS = {
    itertools.chain.from_iterable: "for g in a0:\n    for v in g: t.append(v)",
    itertools.pairwise: "for i in range(len(a0) - 1): t.append((a0[i], a0[i + 1]))",
    itertools.islice: "for i in range(len(a0))[slice({rest})]: t.append(a0[i])",
    itertools.repeat: "for i in range(a1): t.append(a0)",
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
        return self.iterable_of(members, self.function_of(residual).__name__, node), self.rebuilt_call(node, residual, args, keywords)

    def on_next(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """What runs over a list is that list here, and has no place of its own."""
        if isinstance(args[0][0], (Array, List, Tuple)) or varied(args[0][0]):
            raise self.refusal("E203", "next has no derivative rule", node, "use an index or a loop")
        return None

    def on_itertools(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function = self.function_of(residual)
        call = self.rebuilt_call(node, residual, args, keywords)
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            if keywords:
                raise CannotTell("an iterator with keywords")
            return self.listed_results(function, residual, args, node)
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
        if function is itertools.product and not keywords:
            return Tuple(tuple(self.member_kind(k) for k in kinds))
        if function is itertools.pairwise:
            return Tuple((self.member_kind(kinds[0]),) * 2)
        if function in CHOICES and len(kinds) == 2 and isinstance(kinds[1], Const):
            return Tuple((self.member_kind(kinds[0]),) * kinds[1].value)
        if function is itertools.count and all(widen(k) == INT for k in kinds):
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

    def listed_results(self, function: Any, residual: gast.expr, args: list[Value], node: gast.expr) -> Value | None:
        """The list of what an iterator gives over differentiable values."""
        sequences = [self.listed(a, node) for a in args]
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
        elif function is itertools.accumulate:
            total = "a0[i]" if len(args) == 1 else "f"
            text = "for i in range(len(a0)): t.append(a0[i] if i == 0 else " + (
                "t[i - 1] + a0[i])" if total != "f" else "f(t[i - 1], a0[i]))"
            )
            if len(args) == 2:
                return self.with_function(node, "t = []\n" + text, "t", args[1], a0=sequences[0])
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
    set: "on_set",
    frozenset: "on_set",
    **dict.fromkeys(
        [
            itertools.accumulate, itertools.chain, itertools.chain.from_iterable, itertools.combinations, itertools.count,
            itertools.cycle, itertools.islice, itertools.pairwise, itertools.permutations, itertools.product,
            itertools.repeat,
        ],
        "on_itertools",
    ),
}  # fmt: skip
