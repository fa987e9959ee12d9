"""Does the condition of a rule hold for these operands?"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from srcgrad.rules.language import Rule


class Undecided(Exception):
    """It depends on something that is not known when generating."""


class Unknown:
    """A value of which the type and some attributes may be known: `Unknown(int)`, `Unknown(np.ndarray, ndim=2)`."""

    def __init__(self, type: type | None = None, **attributes: Any) -> None:
        self.type = type
        self.attributes = attributes

    def settled(self) -> Any:
        """The value, if it can be asked for after all."""
        raise Undecided

    def __bool__(self) -> bool:
        return bool(self.settled())


COMPARE: dict[type, Any] = {
    gast.Eq: lambda a, b: a == b,
    gast.NotEq: lambda a, b: a != b,
    gast.Lt: lambda a, b: a < b,
    gast.LtE: lambda a, b: a <= b,
    gast.Gt: lambda a, b: a > b,
    gast.GtE: lambda a, b: a >= b,
    gast.In: lambda a, b: a in b,
    gast.NotIn: lambda a, b: a not in b,
}
CALLS: dict[str, Any] = {
    "len": len,
    "min": min,
    "max": max,
    "abs": abs,
    "all": all,
    "distinct": lambda axes, ndim: len({axis % ndim for axis in axes}) == len(axes),
    "np.ndim": np.ndim,
    "np.shape": np.shape,
}


def holds(rule: Rule, values: Mapping[str, Any]) -> bool:
    """Does the rule apply?  `values`: parameter -> its value, or what is known of it (`Unknown`).

    A condition that can't be decided does not hold: the next rule is tried.
    """
    if rule.when is None:
        return True
    try:
        return bool(known(evaluate(rule.when, values)))
    except Undecided:
        return False


def may_hold(rule: Rule, values: Mapping[str, Any]) -> bool:
    """May the rule apply, whatever is not known of these operands?"""
    try:
        return rule.when is None or bool(known(evaluate(rule.when, values)))
    except Undecided:
        return True


def evaluate(tree: gast.expr, values: Mapping[str, Any]) -> Any:
    """The value of a condition's text; Undecided if it is not known."""
    if isinstance(tree, gast.Constant):
        return tree.value
    if isinstance(tree, gast.Name):
        return np if tree.id == "np" else values[tree.id]
    if isinstance(tree, gast.Tuple):
        return tuple(evaluate(e, values) for e in tree.elts)
    if isinstance(tree, gast.UnaryOp) and isinstance(tree.op, gast.Not):
        return not known(evaluate(tree.operand, values))
    if isinstance(tree, gast.UnaryOp) and isinstance(tree.op, gast.USub):
        return -known(evaluate(tree.operand, values))
    if isinstance(tree, gast.BoolOp):
        return _all_or_any(tree, values)
    if isinstance(tree, gast.Compare):
        return _compare(tree, values)
    if isinstance(tree, gast.Subscript):
        return known(evaluate(tree.value, values))[known(evaluate(tree.slice, values))]
    if isinstance(tree, gast.Attribute):
        return _attribute(evaluate(tree.value, values), tree.attr)
    if isinstance(tree, gast.Call):
        return _call(tree, values)
    raise Undecided


def known(value: Any) -> Any:
    return value.settled() if isinstance(value, Unknown) else value


def rank(value: Any) -> int:
    """The number of axes of a value."""
    return known(_attribute(value, "ndim"))


def _all_or_any(tree: gast.BoolOp, values: Mapping[str, Any]) -> bool:
    """One operand that decides is enough, wherever it stands."""
    deciding = isinstance(tree.op, gast.Or)
    undecided = False
    for operand in tree.values:
        try:
            if bool(known(evaluate(operand, values))) is deciding:
                return deciding
        except Undecided:
            undecided = True
        except TypeError:
            # A later operand may not make sense where an earlier one decides: `axis is not None and axis >= 0`.
            if not undecided:
                raise
    if undecided:
        raise Undecided
    return not deciding


def _compare(tree: gast.Compare, values: Mapping[str, Any]) -> bool:
    left = evaluate(tree.left, values)
    for operator, operand in zip(tree.ops, tree.comparators):
        right = evaluate(operand, values)
        if isinstance(operator, (gast.Is, gast.IsNot)):
            same = left is right
            if isinstance(left, Unknown) and (left.type is None or isinstance(right, bool)):
                raise Undecided
            result = same is isinstance(operator, gast.Is)
        else:
            result = COMPARE[type(operator)](known(left), known(right))
        if not result:
            return False
        left = right
    return True


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, Unknown):
        if name not in value.attributes:
            raise Undecided
        return value.attributes[name]
    if isinstance(value, (int, float, complex, list, tuple)):
        return {"ndim": np.ndim, "shape": np.shape, "size": np.size}[name](_settled(value))  # type: ignore[operator]
    return getattr(value, name)


def _settled(value: Any) -> Any:
    """A number, or a list of numbers: what is not known among them stands for a number too."""
    if isinstance(value, Unknown):
        if value.attributes.get("ndim") != 0:
            raise Undecided
        return 0.0
    return [_settled(v) for v in value] if isinstance(value, (list, tuple)) else value


def _call(tree: gast.Call, values: Mapping[str, Any]) -> Any:
    name = tree.func.id if isinstance(tree.func, gast.Name) else f"np.{tree.func.attr}"
    if name == "isinstance":
        value = evaluate(tree.args[0], values)
        classes = tuple(_classes(tree.args[1]))
        if isinstance(value, Unknown):
            if value.type is None:
                raise Undecided
            return issubclass(value.type, classes)
        return isinstance(value, classes)
    arguments = [evaluate(a, values) for a in tree.args]
    if name == "np.iscomplexobj":
        if isinstance(arguments[0], Unknown):
            return np.dtype(_attribute(arguments[0], "dtype")).kind == "c"
        return np.iscomplexobj(arguments[0])
    if name == "floating":
        return np.dtype(known(arguments[0])).kind in "fc"
    if name == "np.ndim" and isinstance(arguments[0], Unknown):
        return _attribute(arguments[0], "ndim")
    return CALLS[name](*(known(a) for a in arguments))


def _classes(tree: gast.expr) -> list[type]:
    if isinstance(tree, gast.Tuple):
        return [cls for element in tree.elts for cls in _classes(element)]
    if isinstance(tree, gast.Attribute):
        return [getattr(np, tree.attr)]
    numbers: dict[str, list[type]] = {"int": [int, np.integer], "float": [float, np.floating]}
    return numbers.get(tree.id) or [getattr(builtins, tree.id)]
