"""Can a call be asked again, or left out?  Only if it is known to change nothing and to give the same again."""

from __future__ import annotations

import builtins
import functools
import math
import operator
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.draws import sources
from srcgrad.analysis.kinds import Array, Const, Object, Unknown, is_number
from srcgrad.rules import registry

# Their methods change nothing but what they draw next, and that is never drawn again.
BUILTINS = {
    abs, all, any, bool, complex, divmod, enumerate, float, int, isinstance, len, list, max, min, pow, range, reversed, round,
    sorted, str, sum, tuple, type, zip, getattr, hasattr, dict, set, frozenset, slice, repr, callable, issubclass, map, filter,
    ord, chr, hash, id, format, vars,
}  # fmt: skip
IMMUTABLE = (str, bytes, int, float, complex, tuple, frozenset, range)  # their methods change nothing
TEXT_METHODS = {
    "startswith", "endswith", "lower", "upper", "split", "join", "strip", "lstrip", "rstrip", "isdigit", "isalpha",
}  # fmt: skip
READING_METHODS = {
    "copy", "get", "keys", "values", "items", "index", "count", "format", "replace", "is_integer", "bit_length", "union",
    "intersection", "difference", "issubset", *TEXT_METHODS,
}  # fmt: skip
WRITING_ARRAY_METHODS = {"sort", "fill", "partition", "resize", "put", "itemset", "setfield", "setflags", "byteswap"}
CHANGING = {
    "put",
    "give_back",
    "put_back",
    "put_all",
    "note",
    "reset",
    "assign_to",
    "taken",
    "fill",
    "put_attribute",
    "remember",
    "take_back",
    "add_to",
    "add_at",
}  # of runtime
WRITING_FUNCTIONS = {
    "copyto",
    "put",
    "place",
    "putmask",
    "fill_diagonal",
    "put_along_axis",
    "save",
    "savetxt",
    "savez",
    "seterr",
}


def keeps_memory(call: gast.Call, kinds: Any, matches: dict[int, Any]) -> bool:
    """Is it known that the call stores into nothing it is given?"""
    function = kinds.of(call.func)
    if isinstance(function, Const) and function.value is print:
        return True
    owner = kinds.of(call.func.value) if isinstance(call.func, gast.Attribute) else None
    draws = isinstance(owner, Object) and issubclass(owner.cls, sources())
    return draws or is_pure(call, kinds, matches)


def is_pure(call: gast.Call, kinds: Any, matches: dict[int, Any]) -> bool:
    if id(call) in matches:
        return not any(k.arg == "out" for k in call.keywords)
    if any(k.arg == "out" for k in call.keywords):
        return False
    function = kinds.of(call.func)
    if isinstance(function, Const):
        return is_pure_function(function.value)
    if data_of(function) is not None:
        return True
    if isinstance(call.func, gast.Attribute):
        base = kinds.of(call.func.value)
        data = data_of(base)
        if data is not None:
            return call.func.attr not in data.changing | data.drawing
        if is_number(base) or isinstance(base, Array):
            return call.func.attr not in WRITING_ARRAY_METHODS
        if isinstance(base, Unknown):
            return call.func.attr in TEXT_METHODS
        return call.func.attr in READING_METHODS
    if isinstance(call.func, gast.Name):
        return getattr(builtins, call.func.id, None) in BUILTINS
    return False


def data_of(kind: Any) -> registry.DataClass | None:
    """What is known of an object of a library that is data."""
    return registry.data_class_of(kind.cls) if isinstance(kind, Object) else None


def is_namedtuple(cls: type) -> bool:
    return cls.__bases__ == (tuple,) and hasattr(cls, "_fields")


def is_pure_function(value: Any) -> bool:
    try:
        if value in BUILTINS:
            return True
    except TypeError:
        return False
    if isinstance(value, np.ufunc) or isinstance(getattr(value, "__self__", None), IMMUTABLE):
        return True
    module = getattr(value, "__module__", None) or ""
    name = getattr(value, "__name__", "")
    if module in (math.__name__, operator.__name__, "_operator", "cmath"):
        return not name.startswith("i") or name in (
            "isnan",
            "isinf",
            "isfinite",
            "isclose",
            "isqrt",
            "index",
            "is_",
            "is_not",
            "inv",
            "invert",
        )
    if isinstance(value, type) and (issubclass(value, np.generic) or is_namedtuple(value)):
        return True
    if module.split(".")[0] == "numpy" and not module.startswith("numpy.random"):
        return name not in WRITING_FUNCTIONS
    if module.split(".")[0] == "scipy":
        return True
    if module.startswith("srcgrad.rules."):
        return True  # what definitions of library functions need besides
    return value is functools.partial or module.startswith("srcgrad.runtime.") and name not in CHANGING
