"""Which rule of a function fits a call?  Its parameters are bound, and its condition is asked of the kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.examples import is_data
from srcgrad.analysis.facts import Facts
from srcgrad.analysis.kinds import (
    Array,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Tuple,
    dtype_of,
    varied,
    widen,
)
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import conditions, registry
from srcgrad.rules.language import Rule

Value = tuple[Kind, gast.expr]
NO_SLOPE: dict[Any, list[str]] = {
    np.full_like: ["a"],
    np.arange: ["stop"],
    np.where: ["condition"],
}  # the values do not depend on these
PYTHON_TYPES = {"i": int, "u": int, "b": bool, "f": float, "c": complex}


def choose(
    rules: tuple[Rule, ...],
    args: list[Value],
    keywords: dict[str, Value],
    facts: Facts,
    default_value: Callable[[gast.expr], Value],
) -> tuple[Rule | None, dict[str, Value], str]:
    """The first rule that fits, with a value for each parameter; or None and the reason."""
    reason = no_rule_fits(keywords)
    for rule in rules:
        bound = bind(rule, args, keywords, default_value)
        if isinstance(bound, str):
            reason = bound
            continue
        doubt = next((n for n, (k, _) in bound.items() if may_be_none(k) and decides(n, rules) and not asks(rule, n)), None)
        if doubt is not None:
            reason = f"it is not known whether {doubt!r} is None"
            continue
        values = {name: known(kind, facts) for name, (kind, _) in bound.items()}
        try:
            fits = conditions.holds(rule, values)
        except TypeError:
            continue
        if not fits:
            continue
        data = [k.cls.__name__ for n, (k, _) in bound.items() if n in rule.operands and is_data(k)]  # type: ignore[attr-defined]
        if data:
            reason = f"there is no derivative for an operand that is a {data[0]}"
            continue
        lost = [n for n, (k, _) in bound.items() if n not in rule.operands and varied(k)]
        if lost and lost != NO_SLOPE.get(rule.target):
            reason = f"there is no derivative with respect to the argument {lost[0]!r}"
            continue
        if rule.expand is None:
            return rule, bound, ""
        expanded = rule.expand(values)
        if expanded is None:
            continue
        again = bind(expanded, args, keywords, default_value)
        if not isinstance(again, str):
            return expanded, again, ""
        reason = again
    return None, {}, reason


def no_rule_fits(keywords: dict[str, Value]) -> str:
    """Said of a call, with the arguments that are given by name."""
    plain = (type(None), bool, int, float, str)
    given = [f"{n}={k.value!r}" if isinstance(k, Const) and isinstance(k.value, plain) else n for n, (k, _) in keywords.items()]
    return f"no rule fits these arguments{', with ' if given else ''}{', '.join(given)}"


def may_be_none(kind: Kind) -> bool:
    return isinstance(kind, OneOf) and Const(None) in kind.options


def asks(rule: Rule, name: str) -> bool:
    """Does the condition of a rule ask for a parameter?"""
    return rule.when is not None and name in tree.names_read(rule.when)


def decides(name: str, rules: tuple[Rule, ...]) -> bool:
    """Does it depend on a parameter which rule is right?"""
    return any(asks(rule, name) for rule in rules)


def takes_none(rules: tuple[Rule, ...], place: int | str) -> bool:
    """May an argument, by position or by name, be None: is that the default, or asked for, or no operand?"""
    for rule in rules:
        named = [p for i, p in enumerate(rule.parameters) if place in (i, p.name)]
        for p in named or rule.parameters[-1:]:
            if p.name not in rule.operands or p.default is not None or p.kind == "variadic":
                return True
            whens = [n for n in nodes_in(rule.when) if isinstance(n, gast.Compare)] if rule.when is not None else []
            if any(isinstance(n.left, gast.Name) and n.left.id == p.name for n in whens):
                return True
    return not rules


def bind(
    rule: Rule, args: list[Value], keywords: dict[str, Value], default_value: Callable[[gast.expr], Value]
) -> dict[str, Value] | str:
    """The rule's parameters by name, or why the call does not fit."""
    bound: dict[str, Value] = {}
    rest = list(args)
    for parameter in rule.parameters:
        if parameter.kind == "variadic":
            display = gast.Tuple([r for _, r in rest], gast.Load())
            bound[parameter.name] = (Tuple(tuple(k for k, _ in rest)), display)
            rest = []
        elif rest and parameter.kind != "keyword":
            bound[parameter.name] = rest.pop(0)
    if rest:
        return f"it is given {len(args)} arguments, more than a rule knows"
    named = {p.name for p in rule.parameters if p.kind in ("standard", "keyword")}
    for name, value in keywords.items():
        if name not in named:
            return f"the argument {name!r} is not known to a derivative rule"
        if name in bound:
            return f"the argument {name!r} is given twice"
        bound[name] = value
    for parameter in rule.parameters:
        if parameter.name not in bound:
            if parameter.default is None:
                return f"the argument {parameter.name!r} is missing"
            bound[parameter.name] = default_value(parameter.default)
    return bound


def known(kind: Kind, facts: Facts) -> Any:
    """What a rule's condition may ask of an operand: its value, or its type, axes, shape and dtype."""
    if isinstance(kind, Const):
        return kind.value
    if isinstance(kind, Tuple):
        return tuple(known(k, facts) for k in kind.items)
    if isinstance(kind, List):
        if kind.cell.items is not None:
            return [known(k, facts) for k in kind.cell.items]
        return conditions.Unknown(list)
    wide = widen(kind)
    dtype = dtype_of(wide)
    if isinstance(wide, Number):
        found = PYTHON_TYPES[wide.dtype.kind] if wide.weak else wide.dtype.type
        if wide.size is not None and wide.dtype.kind == "b":
            return FlagValue(found, wide.size, facts, dtype)
        if wide.size is not None:
            size = facts.canonical(wide.size)
            if size.symbol is None:
                return size.offset
            return SizeValue(found, Extent(wide.size, facts), dtype)
        return conditions.Unknown(found, ndim=0, shape=(), size=1, dtype=dtype)
    if isinstance(wide, Array):
        if wide.sizes is None:
            return conditions.Unknown(np.ndarray, dtype=dtype)
        shape = tuple(Extent(s, facts) for s in wide.sizes)
        return conditions.Unknown(np.ndarray, ndim=len(shape), shape=shape, dtype=dtype)
    if isinstance(wide, Dict):
        return conditions.Unknown(dict)
    if isinstance(wide, Object):
        data = registry.data_class_of(wide.cls)
        kinds = {} if data is None else {name: wide.cell.attribute(name) for name in data.fields}
        return conditions.Unknown(wide.cls, **{name: known(k, facts) for name, k in kinds.items() if k is not None})
    return conditions.Unknown()


class FlagValue(conditions.Unknown):
    """A truth value that can be asked for, and is then guarded."""

    def __init__(self, found: type, size: Size, facts: Facts, dtype: Any) -> None:
        super().__init__(found, ndim=0, shape=(), size=1, dtype=dtype)
        self.flag, self.facts = size, facts

    def settled(self) -> bool:
        value = self.facts.value(self.flag)
        if not self.facts.equal(self.flag, Size(None, value)):
            raise conditions.Undecided
        return bool(value)


class SizeValue(conditions.Unknown):
    """An integer of which the value can be asked, and is then guarded."""

    def __init__(self, found: type, extent: Extent, dtype: Any) -> None:
        super().__init__(found, ndim=0, shape=(), size=1, dtype=dtype)
        self.extent = extent

    def __eq__(self, other: object) -> bool:
        return self.extent == other

    __hash__ = None  # type: ignore[assignment]


class Extent:
    """A size as a rule's condition sees it: a comparison is a fact that is asked for."""

    def __init__(self, size: Size, facts: Facts) -> None:
        self.size, self.facts = size, facts

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Extent):
            return self.facts.equal(self.size, other.size)
        if isinstance(other, int):
            return self.facts.equal(self.size, Size(None, other))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]
