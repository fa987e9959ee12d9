"""What stands for a function, or `super()`, while its caller is specialised?"""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.kinds import Const, Kind
from srcgrad.rules import registry


@dataclass(frozen=True)
class LocalFunction(Kind):
    """A function made by a `def` inside the program, called by its name: it sees its variables as they are then."""

    definition: Definition


@dataclass(frozen=True)
class Super(Kind):
    """`super()` inside a method of `owner`."""

    owner: type
    receiver: Kind


@dataclass(eq=False)
class Definition:
    """A function's tree with what is needed to give meaning to its free names."""

    cls = types.FunctionType
    name: str
    tree: gast.FunctionDef
    source: Any
    globals: dict[str, Any]
    cells: dict[str, Any] = field(default_factory=dict)  # real cells: name -> cell
    captured: list[str] = field(default_factory=list)  # variables of the enclosing specialised function
    default_names: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, tuple[str, Any]] = field(default_factory=dict)  # of a real function: path, value
    nonlocals: list[str] = field(default_factory=list)
    owner: type | None = None
    key: Any = None
    line: int = 0
    outer: Definition | None = None  # the function that it is made in
    again: bool = False  # it is called through `checkpoint`
    generated: bool = False  # our own text: what it reads of an object is what the object holds
    tag: str = ""  # begins the tuple that stands for a function which is told from others when the program runs


def is_function_like(value: Any) -> bool:
    """Functions and what wraps them, as against objects of a class with `__call__`."""
    import functools

    kinds = (
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodType,
        functools.partial,
        functools._lru_cache_wrapper,
    )
    libraries = ("numpy", "scipy", "functools", "operator", "numba")
    if registry.data_class_of(type(value)) is not None:
        return False
    of_library = callable(value) and type(value).__module__.split(".")[0] in libraries
    ruled = callable(value) and (registry.rules_for(value) is not None or registry.is_constant(value))
    return is_derivative(value) or is_told_of(value) or isinstance(value, kinds) or of_library or ruled


def plain_function(function: Any) -> Any:
    """The Python function of one that Numba compiles."""
    python = getattr(function, "py_func", None)
    return python if python is not None and type(function).__module__.startswith("numba.") else function


def is_prange(kind: Any) -> bool:
    """Numba's `prange`."""
    value = kind.value if isinstance(kind, Const) else None
    return getattr(value, "__name__", "") == "prange" and str(getattr(value, "__module__", "")).startswith("numba.")


def is_derivative(value: Any) -> bool:
    """What `grad` and `value_and_grad` give."""
    return hasattr(type(value), "asked_inside")


def told_of(value: Any) -> Any:
    """The function in Python that tells what `checkpoint` gives; None for what it has not given."""
    return getattr(value, "told", None) if isinstance(value, types.FunctionType) else None


def is_told_of(value: Any) -> bool:
    """What `jacobian` and its kin give."""
    return hasattr(type(value), "asked_of")
