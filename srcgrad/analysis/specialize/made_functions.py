"""Which function values are there besides functions with source?  Each says what a call of it is.

As a value in generated code, any of them is the tuple of what it captured.
"""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

import gast

from srcgrad.analysis.kinds import Const
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.values import Value


class Made:
    """What stands where a function has its definition."""

    name = "function"
    cls: type = object
    tag = ""
    outer: Any = None
    nonlocals: tuple[()] = ()

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        raise NotImplementedError


class PartialOf(Made):
    """`partial(f, a, k=b)`: what it captures is f, unless that is known, a and b."""

    name = "partial"
    cls = functools.partial

    def __init__(self, function: Any, count: int, names: tuple[str, ...]) -> None:
        self.function, self.count, self.names = function, count, names

    def parts(self, frame: Any, captured: list[Value], node: gast.expr) -> tuple[Value, list[Value], dict[str, Value]]:
        """The function, its arguments, and its keywords."""
        if self.function is not None:
            function: Value = (Const(self.function), residual_of(frame, self.function, node))
        else:
            function, *captured = captured
        return function, captured[: self.count], dict(zip(self.names, captured[self.count :]))

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        function, first, more = self.parts(frame, captured, node)
        return frame.call_value(*function, [*first, *args], {**more, **keywords}, node)


class Frozen(Made):
    """`norm(mu, sigma)`: what it captures is the parameters, which come after the other arguments of a method."""

    name = "frozen"

    def __init__(self, owner: Any, count: int, names: tuple[str, ...]) -> None:
        self.owner, self.count, self.names = owner, count, names

    def call_method(
        self,
        frame: Any,
        captured: list[Value],
        name: str,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        method = getattr(self.owner, name)
        more = dict(zip(self.names, captured[self.count :]))
        args, keywords = [*args, *captured[: self.count]], {**keywords, **more}
        return frame.call_constant(method, residual_of(frame, method, node), args, keywords, node)


class BoundMethod(Made):
    """`b.f`: what it captures is b; `outer` is the function in which b is a variable that is bound once."""

    cls = types.MethodType

    def __init__(self, name: str, outer: Any) -> None:
        self.name, self.outer = name, outer

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        return frame.method_call(captured[0], self.name, args, keywords, node)


class Getter(Made):
    """`operator.itemgetter(i)`, `attrgetter("a")`, `methodcaller("f", a, k=b)`: what it captures is what it was given."""

    def __init__(self, function: Any, count: int, names: tuple[str, ...]) -> None:
        self.cls, self.name = function, function.__name__
        self.count, self.names = count, names

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        first, more = captured[: self.count], dict(zip(self.names, captured[self.count :]))
        return frame.got(self.cls, first, more, args[0], node)


class Unchanged(Made):
    """`functools.wraps(f)`, `lru_cache(8)`: what it is given is the same function to us."""

    def call(
        self, frame: Any, captured: list[Value], args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        return args[0]


UNCHANGED = Unchanged()


def parts_of_getter(value: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """What a getter from outside was made with."""
    made, given = value.__reduce__()
    if isinstance(made, functools.partial):
        return made.func, (*made.args, *given), made.keywords
    return made, given, {}


WRAPPERS = (functools.wraps, functools.update_wrapper, functools.lru_cache, functools.cache)
GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
# What a function of the operator module is, where `a`, `b` and `c` are its arguments.
BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
    "and_": "&", "or_": "|", "xor": "^", "lshift": "<<", "rshift": ">>", "concat": "+",
}  # fmt: skip
COMPARISONS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "ge": ">=", "gt": ">", "is_": "is", "is_not": "is not"}
EXPRESSIONS: dict[Any, tuple[int, str]] = {
    **{getattr(operator, name): (2, f"a {sign} b") for name, sign in {**BINARY, **COMPARISONS}.items()},
    # what these change in place, where that is an array or a list, has been seen to before
    **{getattr(operator, f"i{name.strip('_')}"): (2, f"a {sign} b") for name, sign in BINARY.items()},
    operator.neg: (1, "-a"), operator.pos: (1, "+a"), operator.inv: (1, "~a"), operator.not_: (1, "not a"),
    operator.contains: (2, "b in a"), operator.getitem: (2, "a[b]"), operator.indexOf: (2, "a.index(b)"),
    operator.countOf: (2, "a.count(b)"),
}  # fmt: skip
SPECIAL_METHODS = {
    **{f"__{name.strip('_')}__": f"a {sign} b" for name, sign in BINARY.items() if name != "concat"},
    **{f"__r{name.strip('_')}__": f"b {sign} a" for name, sign in BINARY.items() if name != "concat"},
    **{f"__{name}__": f"a {sign} b" for name, sign in COMPARISONS.items() if "is" not in name},
    "__neg__": "-a", "__pos__": "+a", "__getitem__": "a[b]", "__contains__": "b in a",
}  # fmt: skip
