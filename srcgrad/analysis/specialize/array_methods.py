"""What does a method of an array give?"""

from __future__ import annotations

import copy
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Array, Const, Kind, Tuple, Unknown, set_varied, varied
from srcgrad.analysis.specialize.library import CONSTANT_METHODS, counts, method_caller
from srcgrad.analysis.specialize.parts import Parts
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.rules import registry
from srcgrad.rules.language import BindError


class ArrayMethods(Parts):
    """Methods of arrays, differentiated as the functions they stand for."""

    def match_method(
        self,
        residual: gast.expr,
        rewriting: Any,
        receiver: Value,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        what: str,
    ) -> tuple[Any, dict[str, Value], Any]:
        """An ndarray method is differentiated as the function it stands for."""
        function, args, keywords = self.as_function(rewriting, receiver, args, keywords, node, what)
        rule, bound = self.match(residual, registry.rules_for(function), keywords, args, node, what)
        return rule, bound, function

    def as_function(
        self, rewriting: Any, receiver: Value, args: list[Value], keywords: dict[str, Value], node: gast.expr, what: str
    ) -> tuple[Any, list[Value], dict[str, Value]]:
        """The function that a method is, and what that is given."""
        values = {id(r): v for v in [receiver, *args, *keywords.values()] for r in [v[1]]}
        try:
            function, trees, named = rewriting.rewrite(
                receiver[1], [r for _, r in args], {n: r for n, (_, r) in keywords.items()}
            )
        except BindError as error:
            advice = "leave that argument out, or write the operation another way"
            raise self.refusal("E202", f"{what}: {error}", node, advice) from error

        def value(tree: gast.expr) -> Value:
            if id(tree) in values:
                return values[id(tree)]
            if isinstance(tree, gast.Tuple):
                parts = [value(e) for e in tree.elts]
                return Tuple(tuple(k for k, _ in parts)), tree
            return self.evaluate(tree)

        return function, [value(t) for t in trees], {n: value(t) for n, t in named.items()}

    def item_at(self, receiver: Value, args: list[Value], node: gast.expr) -> Value:
        """`x.item(i, j)` is `float(x[i, j])`."""
        kind = receiver[0]
        cls = complex if isinstance(kind, Array) and kind.dtype.kind == "c" else float
        holes = {"f": (Const(cls), name_node(cls.__name__, node)), "a": receiver}
        holes |= {f"i{n}": value for n, value in enumerate(args)}
        return self.expression(node, f"f(a[{', '.join(f'i{n}' for n in range(len(args)))}])", holes)

    def reshaped(self, receiver: Kind, name: str, args: list[Value], keywords: dict[str, Value]) -> Kind | None:
        """What `x.reshape(...)` gives, if its arguments tell: no example is of the right size by chance."""
        if name != "reshape" or not isinstance(receiver, Array) or not args or keywords:
            return None
        shape = args[0][0] if len(args) == 1 else Tuple(tuple(k for k, _ in args))
        sizes = self.infer.asked_for(shape, receiver.sizes)
        return None if sizes is None else Array(receiver.dtype, sizes)

    def array_method(
        self,
        receiver: Kind,
        base: gast.expr,
        residual: gast.expr,
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.Call,
    ) -> Value:
        call = self.rebuilt_call(node, residual, args, keywords)
        moving = any(varied(k) for k, _ in [(receiver, base), *args, *keywords.values()])
        found = self.in_place_method((receiver, base), name, args, keywords, node)
        if found is not None:
            return found
        if name == "item" and len(args) > 1 and moving and not keywords:
            return self.item_at((receiver, base), args, node)
        if name in ("resize", "itemset", "setflags", "setfield", "byteswap"):
            if moving or isinstance(receiver, Array):
                raise self.refusal(
                    "E204",
                    f"the method {name!r} changes an array in place",
                    node,
                    f"use np.{name}(...), which returns a new array" if hasattr(np, name) else "make a new array",
                )
        if not moving:
            try:
                self.at(node)
                kind = self.reshaped(receiver, name, args, keywords) or self.infer.probe(
                    method_caller(name),
                    [receiver, *(k for k, _ in args)],
                    {n: k for n, (k, _) in keywords.items()},
                    name in ("nonzero", "compress", "repeat"),
                )
            except CannotTell:
                kind = Unknown()
            passive = registry.method_for(np.ndarray, name)
            if passive is not None and isinstance(kind, Array) and kind.dtype.kind in "fc":
                self.note_view(
                    call, lambda: self.match_method(call, passive, (receiver, base), args, keywords, node, name)
                )
            return set_varied(kind, False), call
        rewriting = registry.method_for(np.ndarray, name)
        if rewriting is None:
            if name in CONSTANT_METHODS:
                self.at(node)
                return set_varied(
                    self.infer.probe(
                        method_caller(name), [receiver, *(k for k, _ in args)], {n: k for n, (k, _) in keywords.items()}
                    ),
                    False,
                ), call
            raise self.refusal(
                "E204", f"the derivative of a value would be lost in, or is not known for, the method {name!r}", node,
                "compute with the array itself, or use srcgrad.stop_gradient(...) on it",
            )  # fmt: skip
        converting = name == "astype" and counts(np.ndarray.astype, [(receiver, base), *args], keywords)
        if converting or registry.is_constant(getattr(np, name, None)):
            self.at(node)
            kind = self.infer.probe(
                method_caller(name), [receiver, *(k for k, _ in args)], {n: k for n, (k, _) in keywords.items()}, not converting
            )  # fmt: skip
            return set_varied(kind, False), call
        what = f"the method {name!r}"
        function, plain, named = self.as_function(rewriting, (receiver, base), args, keywords, node, what)
        definition = registry.definition_for(function)
        if self.is_told(definition, registry.rules_for(function), plain, named):
            text = self.memo(("function", id(node)), lambda: gast.copy_location(copy.copy(rewriting.value.func), node))
            return self.call_definition_of(definition, text, plain, named, node)
        rule, _, _ = self.match_method(call, rewriting, (receiver, base), args, keywords, node, what)
        self.at(node)
        if isinstance(receiver, Array) and receiver.sizes is None and not rule.elementwise:
            return set_varied(self.of_any_rank(function, rule, plain, named, node), True), call
        if (reshaped := self.reshaped(receiver, name, args, keywords)) is not None:
            return set_varied(reshaped, True), call
        try:
            kind = self.infer.probe(
                method_caller(name),
                [receiver, *(k for k, _ in args)],
                {n: k for n, (k, _) in keywords.items()},
                rule.sizes == "data",
            )
        except CannotTell:
            if name == "reshape" and isinstance(receiver, Array) and args and not keywords:
                shape = args[0][0] if len(args) == 1 else Tuple(tuple(k for k, _ in args))
                kind = Array(receiver.dtype, self.infer.laid_out(shape))
            elif isinstance(receiver, Array) and receiver.sizes is None:
                kind = receiver
            else:
                raise
        return set_varied(kind, True), call
