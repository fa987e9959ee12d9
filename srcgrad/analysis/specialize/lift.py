"""What kind has a real object?  Arguments, cells, globals and attributes are read, and what is used becomes a guard."""

from __future__ import annotations

import enum
import functools
import types
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np

from srcgrad.analysis.draws import is_source
from srcgrad.analysis.kinds import (
    NONE,
    PYTHON,
    Array,
    Const,
    Dict,
    Kind,
    List,
    Number,
    Object,
    Tuple,
    Unknown,
    join_all,
)
from srcgrad.analysis.specialize.definitions import is_derivative
from srcgrad.analysis.specialize.library import is_of_library
from srcgrad.analysis.specialize.session import Session
from srcgrad.errors import SrcgradError
from srcgrad.rules import registry

WRITTEN_IN_PYTHON = 1 << 9  # the flag of a class that a class statement made (Py_TPFLAGS_HEAPTYPE)
POSITIONS = 32  # the members of a longer list are not told apart
SINGLE = (
    types.ModuleType,
    type,
    types.BuiltinFunctionType,
    np.ufunc,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
)


def lift(session: Session, value: Any, path: str, varied: bool = False) -> Kind:
    """The kind of the object found at `path`; float leaves vary if `varied`."""
    key = f"{path} {varied}"
    if key not in session.lifted:
        session.alive.append(value)
        session.lifted[key] = _lift(session, value, path, varied)
    return session.lifted[key]


def _lift(session: Session, value: Any, path: str, varied: bool) -> Kind:
    facts = session.facts
    kind = type(value)
    if value is None:
        facts.guard(f"{path} is None")
        return Const(None)
    if kind is bool or kind is float or kind is complex:
        facts.guard(f"type({path}) is {kind.__name__}")
        if kind is bool:  # a condition of a rule may ask for it
            return Number(PYTHON[bool].dtype, size=facts.symbol(int(value), path))
        return Number(PYTHON[kind].dtype, varied=varied)
    if kind is int:
        facts.guard(f"type({path}) is int")
        size = facts.symbol(value, path) if abs(value) < 10**6 else None
        if size is not None and value < 0:
            facts.signed(size)
        return Number(PYTHON[int].dtype, size=size)
    if isinstance(value, enum.Enum):
        facts.guard(f"{path} is {facts.name_value(value, value.name)}")
        return Const(value)
    if kind is str:
        facts.guard(f"{path} == {value!r}")
        return Const(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        facts.guard(f"type({path}) is {facts.name_value(kind, kind.__name__)}")
        asked = facts.symbol(int(value), path) if value.dtype.kind == "b" else None
        return Number(value.dtype, weak=False, varied=varied and value.dtype.kind in "fc", size=asked)
    if isinstance(value, np.ndarray):
        return _lift_array(session, value, path, varied)
    if isinstance(value, tuple):
        cls = kind if hasattr(kind, "_fields") else None
        if kind is not tuple and cls is None:
            return _lift_object(session, value, path, varied)
        facts.guard(f"type({path}) is {facts.name_value(kind, kind.__name__)}")
        facts.guard(f"len({path}) == {len(value)}")
        return Tuple(tuple(lift(session, v, f"{path}[{i}]", varied) for i, v in enumerate(value)), cls)
    if kind is list:
        return _lift_list(session, value, path, varied)
    if kind in (dict, OrderedDict, defaultdict):
        return _lift_dict(session, value, path, varied)
    if isinstance(value, (types.FunctionType, functools.partial, types.MethodType)) or is_derivative(value):
        return _lift_function(session, value, path)
    if (
        isinstance(value, SINGLE)
        or callable(value)
        and kind.__module__ in ("numpy", "builtins", "functools", "operator")
        and registry.data_class_of(kind) is None
        or kind.__name__ == "cython_function_or_method"
        or registry.freezes(value)
    ):
        facts.guard(f"{path} is {facts.name_value(value, getattr(value, '__name__', 'function').replace('.', '_'))}")
        return Const(value)
    if isinstance(value, (slice, np.dtype, type(Ellipsis))):
        facts.guard(f"{path} == {facts.name_value(value, 'value')}")
        return Const(value)
    if hasattr(value, "__dict__") or hasattr(kind, "__slots__") or is_source(value) or registry.data_class_of(kind):
        return _lift_object(session, value, path, varied)
    facts.guard(f"type({path}) is {facts.name_value(kind, kind.__name__)}")
    return Unknown()


def _lift_array(session: Session, value: np.ndarray, path: str, varied: bool) -> Kind:
    facts = session.facts
    if type(value) is not np.ndarray:
        raise SrcgradError(
            "E303", f"{path} is a {type(value).__name__}, a subclass of ndarray", advice="pass np.asarray(...) of it"
        )
    if value.dtype.kind not in "biufc":
        facts.guard(f"type({path}) is {facts.name_value(np.ndarray, 'ndarray')}")
        return Unknown()
    dtype = facts.name_value(value.dtype, str(value.dtype))
    facts.guard(f"type({path}) is {facts.name_value(np.ndarray, 'ndarray')}")
    facts.guard(f"{path}.dtype == {dtype}")
    facts.guard(f"{path}.ndim == {value.ndim}")
    sizes = tuple(facts.symbol(n, f"{path}.shape[{i}]") for i, n in enumerate(value.shape))
    if facts.of_nothing and value.size == 0:
        for i in (i for i, n in enumerate(value.shape) if n == 0):
            facts.guard(f"{path}.shape[{i}] == 0")
            sizes = (*sizes[:i], NONE, *sizes[i + 1 :])
    return Array(value.dtype, sizes, varied and value.dtype.kind in "fc" and NONE not in sizes)


def _shared(session: Session, value: Any, path: str, kind: Kind) -> Kind:
    """Two paths that lead to one object have one kind, and that is guarded."""
    if id(value) in session.shared:
        other, known = session.shared[id(value)]
        session.facts.guard(f"{path} is {other}")
        if isinstance(known, (List, Dict, Object)):
            session.in_two_places[id(known.cell)] = (other, path)
        return known
    session.shared[id(value)] = (path, kind)
    return kind


def _lift_list(session: Session, value: list[Any], path: str, varied: bool) -> Kind:
    facts = session.facts
    facts.guard(f"type({path}) is list")
    cell = session.new_cell()
    kind = _shared(session, value, path, List(cell))
    if kind != List(cell):
        return kind
    if len(value) <= POSITIONS:
        facts.guard(f"len({path}) == {len(value)}")
        cell.items = [lift(session, v, f"{path}[{i}]", varied) for i, v in enumerate(value)]
        cell.length = facts.symbol(len(value), f"len({path})")
        return kind
    types_ = {type(v) for v in value}
    if types_ <= {float, int, bool}:
        names = ", ".join(sorted(t.__name__ for t in types_))
        facts.guard(f"set(map(type, {path})) == {{{names}}}")
        cell.item = join_all([Number(PYTHON[t].dtype, varied=varied and t is float) for t in types_])
    else:
        facts.guard(f"len({path}) == {len(value)}")
        for i, v in enumerate(value):
            session.put_item(cell, session.loosen_all(lift(session, v, f"{path}[{i}]", varied)))
    cell.length = facts.symbol(len(value), f"len({path})")
    return kind


def _lift_dict(session: Session, value: dict[Any, Any], path: str, varied: bool) -> Kind:
    facts = session.facts
    cls = type(value)
    facts.guard(f"type({path}) is {'dict' if cls is dict else facts.name_value(cls, cls.__name__)}")
    cell = session.new_cell()
    cell.made_as = None if cls is dict else cls
    if isinstance(value, defaultdict) and value.default_factory is not None:
        cell.factory = lift(session, value.default_factory, f"{path}.default_factory", False)
    kind = _shared(session, value, path, Dict(cell))
    if kind != Dict(cell):
        return kind
    if not all(isinstance(k, (str, int, float, bool, tuple, type(None))) for k in value):
        return Unknown()
    facts.guard(f"list({path}) == {list(value)!r}")
    for key, member in value.items():
        cell.keys[key] = lift(session, member, f"{path}[{key!r}]", varied)
    return kind


def _lift_function(session: Session, value: Any, path: str) -> Kind:
    facts = session.facts
    if isinstance(value, types.FunctionType):
        facts.guard(f"{path} is {facts.name_value(value, value.__name__.strip('<>'))}")
        guard_code(session, value)
    else:
        facts.guard(f"{path} is {facts.name_value(value, 'function')}")
    return Const(value)


def guard_code(session: Session, function: types.FunctionType) -> None:
    """A function that is redefined in place (autoreload) is another function."""
    name = session.facts.name_value(function, function.__name__.strip("<>"))
    session.facts.guard(f"{name}.__code__ is {session.facts.name_value(function.__code__, 'code')}")


def guard_defaults(session: Session, function: Any) -> None:
    """The defaults of the function that is called from outside, which the generated function gives in its place."""
    facts = session.facts
    while isinstance(function, (types.MethodType, functools.partial)):
        if isinstance(function, functools.partial):
            path = f"{facts.name_value(function, 'partial')}.keywords"
            facts.guard(f"len({path}) == {len(function.keywords)}")
            for key, value in function.keywords.items():
                facts.guard(f"{path}[{key!r}] is {facts.name_value(value, key)}")
        function = function.func if isinstance(function, functools.partial) else function.__func__
    if not isinstance(function, types.FunctionType):
        return
    path = facts.name_value(function, function.__name__.strip("<>"))
    if function.__defaults__:
        facts.guard(f"{path}.__defaults__ is {facts.name_value(function.__defaults__, 'defaults')}")
    for key, value in (function.__kwdefaults__ or {}).items():
        facts.guard(f"{path}.__kwdefaults__[{key!r}] is {facts.name_value(value, key)}")


def guard_module(session: Session, module: types.ModuleType, name: str) -> None:
    """A module of the user's may be given another function, or another one may be bound there."""
    found = vars(module).get(name)
    if found is not None and not is_of_library(vars(module)):
        path = f"{session.facts.name_value(module, module.__name__.rpartition('.')[2])}.{name}"
        session.facts.guard(f"{path} is {session.facts.name_value(found, name)}")


def guard_member(session: Session, cls: type, name: str) -> None:
    """A class written in Python may be given another method, property or function."""
    facts = session.facts
    found = getattr(cls, name, None)
    path = f"{facts.name_value(cls, cls.__name__)}.{name}"
    same = found is getattr(cls, name, None)  # bound methods are made anew at every look
    if isinstance(found, types.MethodType):
        path, found, same = f"{path}.__func__", found.__func__, True
    own = isinstance(found, (types.FunctionType, property)) or (callable(found) and not hasattr(found, "__get__"))
    if own and same and cls.__flags__ & WRITTEN_IN_PYTHON:
        facts.guard(f"{path} is {facts.name_value(found, getattr(found, '__name__', name).strip('<>'))}")


def _lift_object(session: Session, value: Any, path: str, varied: bool) -> Kind:
    cls = type(value)
    session.facts.guard(f"type({path}) is {session.facts.name_value(cls, cls.__name__)}")
    cell = session.new_cell()
    kind = _shared(session, value, path, Object(cls, cell))
    if kind != Object(cls, cell):
        return kind

    data = registry.data_class_of(cls)

    def read(name: str) -> Kind | None:
        if data is not None and name in data.fields:
            field = getattr(value, name)
            if isinstance(field, (bool, int, str)):
                session.facts.guard(f"{path}.{name} == {field!r}")
                return Const(field)
            return lift(session, getattr(value, name), f"{path}.{name}", varied)
        own = getattr(value, "__dict__", None)
        if name in (own or ()) or any(
            name in getattr(c, "__slots__", ()) and hasattr(value, name) for c in cls.__mro__
        ):
            return lift(session, getattr(value, name), f"{path}.{name}", varied)
        computed = hasattr(cls, "__getattr__")  # then the object seems to have what it has not
        if not hasattr(cls, name):
            asked = session.facts.name_value(cls, cls.__name__) if computed else path
            session.facts.guard(f"not hasattr({asked}, {name!r})")
        if own is not None and (computed or hasattr(cls, name)):  # which an attribute of the object would hide
            session.facts.guard(f"{name!r} not in {path}.__dict__")
        return None

    cell.read = read
    if varied:
        names = list(getattr(value, "__dict__", {}))
        if hasattr(value, "__dict__"):  # its gradient has these attributes and no others
            session.facts.guard(f"list({path}.__dict__) == {names!r}")
        names += [n for c in cls.__mro__ for n in getattr(c, "__slots__", ()) if isinstance(n, str)]
        for name in names:
            if hasattr(value, name) and name not in cell.keys:
                cell.keys[name] = lift(session, getattr(value, name), f"{path}.{name}", varied)
    return kind
