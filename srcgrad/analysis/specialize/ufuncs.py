"""What is a call of a ufunc with keyword arguments, of its methods, or of another function under a name of its own?"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Const, Kind, dtype_of, is_number, rank, widen
from srcgrad.analysis.specialize.alternatives import Alternatives
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.rules import registry
from srcgrad.rules.language import BindError

SAY_NOTHING = {"casting": None, "order": None, "subok": None, "where": True, "dtype": None, "out": None}


class Ufuncs(Alternatives):
    """Calls that are rewritten to the plain call of a ufunc, or of another function."""

    def as_other(self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value | None:
        """The call of which the rules know, in place of one that means the same; None if it is one already."""
        if isinstance(value, np.ufunc):
            return self.plain_ufunc(value, args, keywords, node)
        ufunc = getattr(value, "__self__", None)
        if isinstance(ufunc, np.ufunc):
            if value.__name__ == "__call__":
                return self.call_constant(ufunc, residual_of(self, ufunc, node), args, keywords, node)
            if keywords.get("out", (Const(None), None))[0] != Const(None):
                return None
            if value.__name__ == "outer":
                return self.outer(ufunc, args, keywords, node)
        other = registry.other_for(value)
        if other is None:
            return None

        def is_default(given: Value, default: gast.expr) -> bool:
            return given[0] == Const(gast.literal_eval(default))

        try:
            positional, named = other.rewrite(args, keywords, is_default)
        except BindError:
            return None

        def evaluated(given: Value | gast.expr) -> Value:
            return given if isinstance(given, tuple) else self.literal(given, node)

        call = self.parsed(other.path, node)
        given = {name: evaluated(value) for name, value in named.items()}
        return self.call_constant(registry.resolve(other.path), call, [evaluated(v) for v in positional], given, node)

    def literal(self, tree: gast.expr, node: gast.expr) -> Value:
        value = gast.literal_eval(tree)
        return Const(value), self.constant(value, node)

    def plain_ufunc(
        self, ufunc: np.ufunc, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """`np.sin(x, casting="unsafe", order="F")` is `np.sin(x)`, and `np.sin(x, dtype=t)` is `np.sin(np.asarray(x, t))`."""
        if "out" in keywords and keywords["out"][0] != Const(None):
            return None
        rest = {n: v for n, v in keywords.items() if not says_nothing(n, v[0])}
        dtype = asked_dtype(ufunc, rest)
        if dtype is not None:
            rest = {n: v for n, v in rest.items() if n not in ("dtype", "sig", "signature")}
            # What follows the operands is written into.
            args = [*self.converted(ufunc, args[: ufunc.nin], dtype, node), *args[ufunc.nin :]]
        if rest == keywords:
            return None
        return self.call_constant(ufunc, residual_of(self, ufunc, node), args, rest, node)

    def converted(self, ufunc: np.ufunc, args: list[Value], dtype: np.dtype, node: gast.expr) -> list[Value]:
        """The arguments in the precision of the result; Python numbers take that of what they meet, in NumPy's ufuncs."""
        numpys = getattr(np, ufunc.__name__, None) is ufunc
        weak = [numpys and is_weak(k) for k, _ in args]
        if all(weak) and dtype == np.float64:
            return args
        name = self.literal(gast.Constant(dtype.name, None), node)
        np_ = (Const(np), name_node(self.global_name("np", np), node))
        done = []
        for i, (kind, residual) in enumerate(args):
            if dtype_of(widen(kind)) == dtype or weak[i] and not all(weak):
                done.append((kind, residual))
                continue
            done.append(
                self.expression(self.marked(node, i), "np.asarray(a, t)", {"np": np_, "a": (kind, residual), "t": name})
            )
        return done

    def marked(self, node: gast.expr, i: int) -> gast.expr:
        """A node of its own for the expression that stands for argument i of a call."""
        return self.memo(("argument", id(node), i), lambda: gast.copy_location(gast.Constant(None, None), node))

    def outer(self, ufunc: np.ufunc, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value | None:
        """`np.add.outer(a, b)` is `np.add(a[..., None], b)`, with an axis for each of b."""
        if len(args) != 2:
            return None
        args = [self.as_array(v, node, i, True) for i, v in enumerate(args)]
        np_ = (Const(np), name_node(self.global_name("np", np), node))
        for i, (kind, _) in enumerate(args):
            if is_weak(kind):  # here, it does not take the precision of what it meets
                args[i] = self.expression(self.marked(node, i), "np.asarray(a)", {"np": np_, "a": args[i]})
        first, second = (rank(widen(k)) for k, _ in args)
        if first is None or second is None:
            raise CannotTell("the number of axes of an operand is not known")
        if first and second:
            axes = ", ".join(["...", *["None"] * second])
            args[0] = self.expression(self.marked(node, 0), f"a[{axes}]", {"a": args[0]})
        return self.call_constant(ufunc, residual_of(self, ufunc, node), args, keywords, node)


def is_weak(kind: Kind) -> bool:
    """A number of Python's, which takes the precision of what it meets."""
    return is_number(kind) and bool(getattr(widen(kind), "weak", False))


def says_nothing(name: str, kind: Kind) -> bool:
    """Does this argument of a ufunc leave the values as they are?"""
    if name not in SAY_NOTHING:
        return False
    value = SAY_NOTHING[name]
    return name in ("casting", "order", "subok") or kind == Const(value)


def asked_dtype(ufunc: np.ufunc, keywords: dict[str, Value]) -> np.dtype | None:
    """The dtype in which a ufunc is to compute, if it has a loop that is in this dtype throughout."""
    asked = [keywords[name][0] for name in ("dtype", "sig", "signature") if name in keywords]
    if len(asked) != 1 or not isinstance(asked[0], Const):
        return None
    value = asked[0].value
    if isinstance(value, str) and "->" in value:
        value = value[-1]
    try:
        dtype = np.dtype(value)
    except TypeError:
        return None
    loop = f"{dtype.char * ufunc.nin}->{dtype.char}"
    return dtype if any(one.startswith(loop) for one in ufunc.types) else None
