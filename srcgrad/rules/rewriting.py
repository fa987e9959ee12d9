"""What function is a method or an attribute of a class, or another function: `x.sum(axis=None)` is `np.sum(x, axis=axis)`?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.rules import language, texts
from srcgrad.rules.objects import find, resolve
from srcgrad.rules.texts import Parameter, RuleError


@dataclass(frozen=True)
class Method:
    """`x.sum(axis=None)` is `np.sum(x, axis=axis)`: an expression over the receiver and the parameters.

    An attribute is a method without a call; its `parameters` are empty.
    """

    text: str
    receiver: str
    parameters: tuple[Parameter, ...]
    value: gast.expr

    def rewrite(
        self, receiver: gast.expr, args: list[gast.expr], keywords: Mapping[str, gast.expr]
    ) -> tuple[Any, list[gast.expr], dict[str, gast.expr]]:
        """The function that the method is, with its arguments: (np.sum, [x], {"axis": ...})."""
        assert isinstance(self.value, gast.Call), "a method is a call of a function"
        bound = language.bind(self.parameters, args, keywords, defaults=False)
        for parameter in self.parameters:
            if parameter.kind == "variadic":
                given = bound[parameter.name].elts
                if len(given) < 2:
                    bound[parameter.name] = given[0] if given else gast.Constant(None, None)
        bound[self.receiver] = receiver
        known = {p.name for p in self.parameters} | {self.receiver}

        def fill(value: gast.expr) -> gast.expr | None:
            if isinstance(value, gast.Name) and value.id in known:
                return bound.get(value.id)
            return value

        filled = [fill(value) for value in self.value.args]
        named = {k.arg: fill(k.value) for k in self.value.keywords}
        return (
            resolve(texts.path_of(self.value.func)),
            [value for value in filled if value is not None],
            {name: value for name, value in named.items() if value is not None},
        )


@dataclass(frozen=True)
class Other:
    """`np.add.reduce(array, axis=0)` is `np.sum(array, axis=axis)`: a function that is a call of another.

    filled: the parameters whose default is not the other function's, and is passed on.
    """

    path: str
    parameters: tuple[Parameter, ...]
    value: gast.Call
    filled: frozenset[str]

    def rewrite(
        self, args: list[Any], keywords: Mapping[str, Any], is_default: Callable[[Any, gast.expr], bool]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of the other function: those given, and expressions for defaults and constants.

        What is given as its default is left out, as `is_default` tells.
        """
        bound = language.bind(self.parameters, args, keywords, defaults=False)
        for parameter in self.parameters:
            name, default = parameter.name, parameter.default
            if default is not None and (name not in bound or is_default(bound[name], default)):
                bound.pop(name, None)
                if name in self.filled:
                    bound[name] = default
        known = {p.name for p in self.parameters}
        dropped = bound.keys() - texts.names_in(self.value)
        if dropped:  # as `out`, which must be stored into
            raise language.BindError(f"the other function does not take {', '.join(sorted(dropped))}")

        def is_left_out(value: gast.expr) -> bool:
            return isinstance(value, gast.Name) and value.id in known and value.id not in bound

        def fill(value: gast.expr) -> Any:
            return bound[value.id] if isinstance(value, gast.Name) and value.id in known else value

        given = [fill(value) for value in self.value.args]
        return given, {k.arg: fill(k.value) for k in self.value.keywords if not is_left_out(k.value)}


def parse_method(text: str) -> Method:
    """Of `x.sum(axis=None)=np.sum(x, axis=axis)`."""
    pattern, _, value = text.partition(")=")
    receiver, _, call = pattern.partition(".")
    parameters, tree = texts.parse_signature(call.partition("(")[2]), texts.expression(value)
    by_position = set().union(*map(texts.names_in, tree.args))
    # Were one left out, the next would take its place.
    if any(p.default is not None and p.name in by_position for p in parameters):
        raise RuleError(f"{text}: optional arguments are passed on by keyword")
    return Method(text, receiver, parameters, tree)


def parse_other(text: str) -> Other:
    """Of `np.add.reduce(array, axis=0)=np.sum(array, axis=axis)`."""
    pattern, _, value = text.partition(")=")
    parameters, tree = texts.parse_signature(pattern.partition("(")[2]), texts.expression(value)
    path = texts.path_of(tree.func)
    own = inspect.signature(find(path)).parameters
    passed = {k.value.id: own[k.arg] for k in tree.keywords if isinstance(k.value, gast.Name)}
    filled = {p.name for p in parameters if p.name in passed and _differs(p.default, passed[p.name].default)}
    return Other(path, parameters, tree, frozenset(filled))


def _differs(default: gast.expr | None, other: Any) -> bool:
    """Is a default another one than that of the function behind?  One that NumPy does not tell is the same."""
    return default is not None and type(other).__name__ != "_NoValueType" and gast.literal_eval(default) != other
