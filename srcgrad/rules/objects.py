"""What object does a name in a rule stand for, and what identifies it?"""

from __future__ import annotations

import builtins
import copy
import functools
import math
import operator
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from srcgrad.rules.texts import RuleError
from srcgrad.runtime import FUNCTIONS

ROOTS: dict[str, Any] = {"np": np, "math": math, "operator": operator, "functools": functools, "copy": copy}
_pending: dict[str, list[Callable[[], None]]] = {}


def key(found: Any) -> Any:
    """What identifies a callable; bound methods are new objects whenever asked for."""
    owner = getattr(found, "__self__", None)
    if isinstance(found, types.BuiltinMethodType) and owner is not None and not isinstance(owner, types.ModuleType):
        return (id(owner) if isinstance(owner, np.ufunc) else type(owner), found.__name__)
    if isinstance(found, types.MethodType) and not isinstance(owner, type):
        return (type(owner), found.__name__)
    return id(found)


def when_available(name: str, functions: Mapping[str, Any], action: Callable[[Any], Any]) -> None:
    """Act on the object of this name: never, if this version has none; later, if its module is not loaded."""
    if name in functions:
        action(functions[name])
        return
    root = name.partition(".")[0]
    found = find(name)
    if found is not None:
        action(found)
        return
    if root in ROOTS or "." not in name:
        return
    module = name.rpartition(".")[0]

    def later() -> None:
        found = getattr(sys.modules[module], name.rpartition(".")[2], None)
        if found is not None:
            action(found)

    _pending.setdefault(module, []).append(later)


def find(name: str) -> Any:
    """The object of a dotted name, None if there is none in this version."""
    root, *path = name.split(".")
    found = ROOTS.get(root)
    if found is None:
        found = FUNCTIONS.get(root) or getattr(builtins, root, None) or sys.modules.get(root)
    for part in path:
        found = getattr(found, part, None)
    return found


def is_there(name: str) -> bool:
    """Does a dotted name stand for something?  Of a module that is not loaded, it is not known yet."""
    root, *path = name.split(".")
    if root not in ROOTS and name.rpartition(".")[0] not in sys.modules:
        return "." in name or find(name) is not None
    found = ROOTS.get(root) or sys.modules[root]
    for part in path:
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def resolve(name: str) -> Any:
    """The object that a name in a rule text stands for."""
    found = find(name)
    if found is None:
        raise RuleError(f"there is no {name}")
    return found


def home(value: Any, name: str = "") -> str:
    """The public module from which a function is imported, or another object by its name."""
    name = getattr(value, "__name__", name)
    if isinstance(value, np.ufunc):
        return "numpy" if getattr(np, name, None) is value else "scipy.special"
    module = getattr(value, "__module__", None) or ""
    parts = module.split(".")
    public = ".".join(parts[: next((i for i, part in enumerate(parts) if i and part.startswith("_")), len(parts))])
    found = getattr(sys.modules.get(public), name, None)
    # A frozen distribution holds one of its own, which is like the public one.
    like = found is value or (not hasattr(value, "__name__") and type(found) is type(value))
    return public if like else module


def modules() -> dict[str, types.ModuleType]:
    """The modules that the text of a rule may name, as far as they are loaded."""
    return {"np": np, "math": math, **({"scipy": sys.modules["scipy"]} if "scipy" in sys.modules else {})}


def act_on_loaded() -> None:
    """Enter the rules of those libraries that have been imported since."""
    for name in [name for name in _pending if name in sys.modules]:
        for action in _pending.pop(name):
            action()
