"""Which callables belong to libraries, and what is known of them?"""

from __future__ import annotations

import functools
import math
import sys
import types
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Array, Bottom, Const, Kind, List, Number, Object, OneOf, Tuple, is_number
from srcgrad.errors import SrcgradError
from srcgrad.lang.desugar import desugar
from srcgrad.lang.desugar.cells import CannotShare, share_cells
from srcgrad.lang.desugar.decorators import apply_decorators
from srcgrad.lang.names import Names
from srcgrad.lang.source import Source
from srcgrad.rules import registry
from srcgrad.rules.objects import home

TAKES_LISTS = (np.array, np.asarray, np.ascontiguousarray, np.asanyarray, np.asfortranarray)


LIBRARIES = (
    "numpy",
    "scipy",
    "math",
    "cmath",
    "builtins",
    "operator",
    "itertools",
    "functools",
    "collections",
    "random",
)


WATCHED = ("print", "warn", "debug", "info", "warning", "error", "critical", "log", "exception", "write", "flush")


@functools.cache
def method_caller(name: str) -> Any:
    return lambda x, *args, **keywords: getattr(x, name)(*args, **keywords)


CONSTANT_METHODS = {"argmax", "argmin", "argsort", "any", "all", "nonzero", "searchsorted", "argpartition"}


def normal_form(source: Source, outside: dict[str, Any]) -> gast.FunctionDef:
    """The tree of a function, desugared, with the variables that its inner functions share in cells."""
    names = Names.of(source.tree)
    try:
        return desugar(share_cells(apply_decorators(source.tree, names), names, outside), names)
    except CannotShare as error:
        raise SrcgradError(
            "E304",
            str(error),
            advice=f"give what {error.name!r} becomes another name",
            where=source.location(error.node),
        ) from None


CONVERTING = (np.ndarray.astype, np.array, np.asarray, np.asanyarray)


def counts(value: Any, args: list[Any], keywords: dict[str, Any]) -> bool:
    """Is this a conversion to integers or booleans?  As `int` and `np.floor` it has steps, whose slope is zero."""
    if not any(value is known for known in CONVERTING):
        return False
    kind, _ = keywords.get("dtype") or (args[1] if len(args) > 1 else (None, None))
    try:
        return isinstance(kind, Const) and kind.value is not None and np.dtype(kind.value).kind in "iub"
    except TypeError:
        return False


def number_of_axes(kind: Kind) -> int | None:
    if isinstance(kind, Number):
        return 0
    return len(kind.sizes) if isinstance(kind, Array) and kind.sizes is not None else None


def is_plain(value: Any) -> bool:
    """Can the value be written as a literal, to be read again as the same?"""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, str)) or isinstance(value, float) and math.isfinite(value)


def static_value(kind: Kind) -> Any:
    """The value of a constant, or of a tuple of constants."""
    if isinstance(kind, Const):
        return kind.value
    if isinstance(kind, Tuple) and kind.cls is None:
        return tuple(static_value(k) for k in kind.items)
    if isinstance(kind, List) and kind.cell.items is not None and isinstance(kind.cell.item, Bottom):
        return [static_value(k) for k in kind.cell.items]
    raise CannotTell("a value that is not known")


def only_number(kind: Kind) -> Kind:
    """Of alternatives such as None or an array, the one that a numerical function takes without raising."""
    if isinstance(kind, OneOf):
        numbers = [k for k in kind.options if is_number(k)]
        others = [k for k in kind.options if not is_number(k)]
        if len(numbers) == 1 and all(k == Const(None) or isinstance(k, Object) for k in others):
            return numbers[0]
    return kind


def draw(cls: type, name: str) -> Any:
    return _draws(cls, name)


@functools.cache
def _draws(cls: type, name: str) -> Any:
    generator = np.random.default_rng(0) if cls is np.random.Generator else np.random.RandomState(0)
    return lambda *args, **keywords: getattr(generator, name)(*args, **keywords)


def is_library(value: Any) -> bool:
    """Does a callable belong to a library that is not differentiated through its source?"""
    if registry.is_followed(value):
        return False
    if isinstance(value, (np.ufunc, types.BuiltinFunctionType, types.MethodWrapperType, types.MethodDescriptorType)):
        return True
    if isinstance(value, type):
        root = (value.__module__ or "").split(".")[0]
        return root in LIBRARIES or (root in sys.stdlib_module_names and root != "__main__")
    module = getattr(value, "__module__", None) or ""
    if module.split(".")[0] in sys.stdlib_module_names:
        return True
    return module.split(".")[0] in LIBRARIES or type(value).__module__.split(".")[0] in ("numpy", "operator")


def is_of_library(names: dict[str, Any]) -> bool:
    """Are these the names of a library's module, or of srcgrad's own text, which nobody binds anew?"""
    root = str(names.get("__name__", "")).split(".")[0]
    return root in (*LIBRARIES, "srcgrad") or root in sys.stdlib_module_names and root != "__main__"


def owner_name(owner: Any) -> str:
    """The name of an object of a library: distributions have one."""
    return getattr(owner, "name", None) or type(owner).__name__


def library_name(value: Any) -> str:
    module = home(value).replace("numpy", "np")
    name = getattr(value, "__name__", type(value).__name__)
    if isinstance(value, types.MethodType):
        module = f"{module.partition('._')[0]}.{owner_name(value.__self__)}"
    return f"{module}.{name}".replace("builtins.", "").lstrip(".")


def hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
