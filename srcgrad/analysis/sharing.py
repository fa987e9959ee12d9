"""Does what a function of a library gives share memory with what it is given?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Kind, List, Tuple, is_scalar
from srcgrad.lang import core
from srcgrad.rules import registry
from srcgrad.rules.conditions import Unknown as NotKnown
from srcgrad.rules.conditions import may_hold
from srcgrad.runtime.structures import zeros_like


def shares_of(match: core.Match) -> str:
    """Does the result of a rule share memory with an operand: "" no, "?" perhaps, else yes."""
    rule = match.rule
    if "np.einsum(" in rule.text and len(rule.operands) == 1 and not rule.shares:
        subscripts = match.operands.get("subscripts")
        if isinstance(subscripts, gast.Constant) and "->" in str(subscripts.value):
            before, _, after = str(subscripts.value).replace(" ", "").partition("->")
            return "x" if set(before) == set(after) else ""
    return may_share(rule)


def may_share(rule: Any) -> str:
    """The same, whatever its operands are."""
    if rule.shares:
        return str(rule.shares)
    unsaid = ("np.float64(", "np.float32(", "np.linalg.matrix_power(", "unbroadcast(", "unpad(")
    one_operand = "np.einsum(" in rule.text and len(rule.operands) == 1
    return "?" if one_operand or any(name in rule.text for name in unsaid) else ""


def may_repeat(value: Any) -> bool:
    """May what a function gives hold one place in memory several times, or be for reading only, as NumPy's diagonals are?"""
    return any("!" in may_share(rule) for rule in registry.rules_for(value) or ())


def is_fresh_function(value: Any) -> bool:
    """Functions that always make new memory."""
    if isinstance(value, np.ufunc) or value is zeros_like:
        return True
    fresh = ("zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like", "arange", "linspace", "eye",
             "identity", "copy", "sum", "mean", "dot", "outer", "where", "concatenate", "stack", "argsort", "sort", "cumsum",
             "argmax", "argmin", "max", "min", "clip", "unique", "nonzero", "flatnonzero", "tile", "repeat", "roll", "diff", "log1p")  # fmt: skip
    return any(value is getattr(np, name, ()) for name in fresh)


def makes_memory(value: Any, kinds: Sequence[Kind] = (), keywords: Collection[str | None] | None = None) -> bool:
    """Is what a function of a library gives always new memory?

    kinds: of its arguments, where they are known.  keywords: those given, if all that is given is known; the rest of the
    parameters have their defaults, such as `copy=True` of np.array.
    """
    rules = registry.rules_for(value)
    if is_fresh_function(value) or rules is None:
        return is_fresh_function(value)
    for rule in rules:
        values: dict[str, Any] = {p.name: NotKnown() for p in rule.parameters}
        for name, kind in zip(list(values), kinds):
            if isinstance(kind, Array) and kind.sizes is not None:
                values[name] = NotKnown(np.ndarray, ndim=len(kind.sizes))
        for parameter in rule.parameters[len(kinds) :] if keywords is not None and None not in keywords else ():
            if parameter.name not in keywords and isinstance(parameter.default, gast.Constant):  # type: ignore[operator]
                values[parameter.name] = parameter.default.value
        if may_share(rule) and may_hold(rule, values):
            return False
    return True


def is_copying(index: Kind | None) -> bool:
    """Does an array at such an index give elements anew, rather than a view?"""
    items = index.items if isinstance(index, Tuple) else [index]
    return any(isinstance(k, List) or (isinstance(k, Array) and not is_scalar(k)) for k in items)
