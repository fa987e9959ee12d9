"""Which arguments are differentiated, and what kinds have the arguments of a call?"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcgrad.analysis.kinds import Kind, Tuple
from srcgrad.analysis.specialize.lift import lift
from srcgrad.analysis.specialize.session import Session
from srcgrad.callables import Parameter
from srcgrad.dispatch import guard_name
from srcgrad.errors import ArgumentError, NotDifferentiable
from srcgrad.runtime.structures import attributes, like

Place = tuple[int, Any]  # a parameter's position, and the index or key in `*args` or `**kwargs`


@dataclass(frozen=True)
class Wanted:
    """The places of the differentiated arguments, in the order asked for; `single` if one was asked for by itself."""

    places: tuple[Place, ...]
    single: bool

    @classmethod
    def all_floats(cls, parameters: list[Parameter], values: list[Any]) -> Wanted:
        return cls(tuple((i, None) for i, v in enumerate(values) if has_floats(v)), False)

    def parameters(self, names: list[str]) -> list[str]:
        """The names of the parameters that are differentiated, each once, in their own order if there are several."""
        positions: dict[int, None] = {}
        for position, _ in self.places:
            positions[position] = None
        return [names[i] for i in positions]

    def selection(self, mode: str, has_aux: bool, settle: bool = False) -> Callable[..., Any] | None:
        """What turns the generated function's result into that asked for; None if it is that already.

        settle: the gradients' dtypes or keys may differ from their arguments', since precisions are mixed, or dicts changed.
        """
        order = list(dict.fromkeys(position for position, _ in self.places))
        simple = all(key is None for _, key in self.places)
        simple = simple and len(order) == len(self.places) and self.places == tuple(sorted(self.places))
        tuple_of_one = not self.single and len(order) == 1
        if mode == "pair" or (simple and not tuple_of_one and not settle):
            return None

        def pick(bars: Any, args: tuple[Any, ...]) -> Any:
            found = dict(zip(order, bars if len(order) > 1 else (bars,)))
            parts = []
            for i, key in self.places:
                bar, primal = found[i], args[i]
                if key is not None:
                    bar, primal = bar[key], primal[key]
                parts.append(like(primal, bar) if settle else bar)
            return parts[0] if self.single else tuple(parts)

        if mode == "grad" and not has_aux:
            return lambda result, *args: pick(result, args)
        if mode == "grad":
            return lambda result, *args: (pick(result[0], args), result[1])
        return lambda result, *args: (result[0], pick(result[1], args))


def may_gain_members(value: Any) -> bool:
    """Is there a dict or an object in this value, which may get keys or attributes that it was not given with?"""
    if isinstance(value, (list, tuple)):
        return any(map(may_gain_members, value))
    return isinstance(value, dict) or is_record(value)


def is_record(value: Any) -> bool:
    return hasattr(value, "__dict__") and not isinstance(value, (type, types.FunctionType, types.ModuleType, np.ufunc))


def mixed_precision(value: Any, seen: frozenset[int] = frozenset()) -> bool:
    """Is there a number in this value whose adjoint may be of another type?

    One that is not of double precision, a complex one, or an array without axes, whose adjoint is a scalar.
    """
    if isinstance(value, np.ndarray) and not value.shape:
        return value.dtype.kind in "fc"
    if isinstance(value, (np.ndarray, np.inexact)):
        return value.dtype.kind in "fc" and value.dtype != np.float64
    if id(value) in seen:
        return False
    seen = seen | {id(value)}
    if isinstance(value, (list, tuple)):
        return any(mixed_precision(v, seen) for v in value)
    if isinstance(value, dict):
        return any(mixed_precision(v, seen) for v in value.values())
    if isinstance(value, (type, float, int, str)):
        return False
    return isinstance(value, complex) or any(mixed_precision(v, seen) for v in attributes(value).values())


def resolve_argnums(
    argnums: Any, parameters: list[Parameter], name: str, shown: list[Parameter] | None = None
) -> Wanted:
    """Positions and names as places; ArgumentError for what f does not have.

    shown: the parameters of the function that f wraps, by `*args, **kwargs`.
    """
    single = isinstance(argnums, (int, str, np.integer)) and not isinstance(argnums, bool)
    if not single and not isinstance(argnums, (tuple, list)):
        raise ArgumentError("E505", f"argnums is {argnums!r}", advice="give a position, a name, or a tuple of those")
    asked = [argnums] if single else list(argnums)
    if not asked:
        raise ArgumentError("E505", "argnums is empty", advice="give a position, a name, or a tuple of those")
    wraps = shown is not None and [p.name for p in shown] != [p.name for p in parameters]
    places = tuple(
        _place_inside(a, parameters, shown, name) if wraps else _place(a, parameters, name) for a in asked
    )  # fmt: skip
    if len(set(places)) < len(places):
        raise ArgumentError("E505", f"argnums names an argument twice: {argnums!r}", advice="name each once")
    return Wanted(places, single)


def _place_inside(asked: Any, parameters: list[Parameter], shown: Any, name: str) -> Place:
    """The member of `*args` or `**kwargs` that a parameter of the wrapped function is."""
    position, key = _place(asked, shown, name)
    kind = "args" if shown[position].kind in ("plain", "args") else "kwargs"
    kinds = [p.kind for p in parameters]
    if kind not in kinds:
        return _place(asked, parameters, name)
    if shown[position].kind in ("args", "kwargs"):
        return kinds.index(kind), key if kind == "kwargs" or key is None else position + key
    return kinds.index(kind), position if kind == "args" else shown[position].name


def _place(asked: Any, parameters: list[Parameter], name: str) -> Place:
    names = [p.name for p in parameters]
    kinds = [p.kind for p in parameters]
    if isinstance(asked, str):
        if asked in names:
            return names.index(asked), None
        if "kwargs" in kinds:
            return kinds.index("kwargs"), asked
        raise ArgumentError("E504", f"{name} has no argument {asked!r}; it has {', '.join(names) or 'none'}")
    if isinstance(asked, bool) or not isinstance(asked, (int, np.integer)):
        raise ArgumentError("E505", f"argnums has {asked!r} in it", advice="give positions or names")
    positional = [i for i, k in enumerate(kinds) if k == "plain"]
    index = int(asked)
    if index < 0:
        index += len(positional)
    if 0 <= index < len(positional):
        return positional[index], None
    if "args" in kinds and asked >= 0:
        return kinds.index("args"), int(asked) - len(positional)
    count = f"{len(positional)} positional argument{'' if len(positional) == 1 else 's'}"
    raise ArgumentError("E504", f"{name} has no argument {asked}, counted from 0; it has {count}")


def chosen_kinds(
    session: Session, names: list[str], values: list[Any], wanted: Wanted, name: str
) -> list[tuple[str, Kind]]:
    """The kinds of the arguments; those asked for vary."""
    keys: dict[int, set[Any]] = {}
    for position, key in wanted.places:
        keys.setdefault(position, set()).add(key)
    result = []
    for i, (parameter, value) in enumerate(zip(names, values)):
        path = guard_name(parameter)
        if i not in keys:
            result.append((parameter, lift(session, value, path)))
        elif keys[i] == {None}:
            check_floats(value, parameter, name)
            result.append((parameter, lift(session, value, path, True)))
        else:
            result.append((parameter, members_kind(session, value, path, keys[i], name)))
    return result


def members_kind(session: Session, value: Any, parameter: str, keys: set[Any], name: str) -> Kind:
    """Of `*args` or `**kwargs`, of which only some members are differentiated."""
    if isinstance(value, dict):
        missing = [k for k in keys if k not in value]
        if missing:
            raise ArgumentError("E504", f"{name} was not given the argument {missing[0]!r}")
        for key in keys:
            check_floats(value[key], key, name)
        for key, member in value.items():
            lift(session, member, f"{parameter}[{key!r}]", key in keys)
            session.lifted[f"{parameter}[{key!r}] False"] = session.lifted.get(f"{parameter}[{key!r}] {key in keys}")  # type: ignore[assignment]
        return lift(session, value, parameter)
    for key in keys:
        if key >= len(value):
            raise ArgumentError("E504", f"{name} was given only {len(value)} arguments in *{parameter}")
        check_floats(value[key], f"{parameter}[{key}]", name)
    session.facts.guard(f"len({parameter}) == {len(value)}")
    return Tuple(tuple(lift(session, v, f"{parameter}[{i}]", i in keys) for i, v in enumerate(value)))


def check_floats(value: Any, parameter: Any, name: str) -> None:
    """An argument to differentiate must be made of floats or complex numbers."""
    if has_floats(value):
        return
    what = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"of type {type(value).__name__}"
    members = [value]
    if isinstance(value, (list, tuple, dict)):
        members = list(value.values() if isinstance(value, dict) else value)
        what = f"a {type(value).__name__} of {' and '.join(sorted({type(m).__name__ for m in members}))}"
    advice = "differentiate with respect to a float or an array of floats"
    if isinstance(value, np.ndarray):
        advice = f"pass floats: {parameter}.astype(float)"
    elif all(isinstance(m, (int, np.integer)) for m in members):
        advice = "pass a float" if value is members[0] else "pass floats: 1.0 for 1"
    raise NotDifferentiable(
        "E503", f"the argument {parameter!r} of {name} is {what}, which has no gradient", advice=advice
    )


def has_floats(value: Any, seen: frozenset[int] = frozenset()) -> bool:
    """Is there a float or a complex number in this value?"""
    if isinstance(value, (float, complex, np.inexact)):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fc"
    if id(value) in seen:
        return False
    seen = seen | {id(value)}
    if isinstance(value, (list, tuple)):
        return any(has_floats(v, seen) for v in value) or (isinstance(value, (list, tuple)) and not value)
    if isinstance(value, dict):
        return any(has_floats(v, seen) for v in value.values()) or not value
    if isinstance(value, type) or callable(value) and not hasattr(value, "__dict__"):
        return False
    held = list(getattr(value, "__dict__", {}).values())
    held += [getattr(value, n) for c in type(value).__mro__ for n in getattr(c, "__slots__", ()) if hasattr(value, n)]
    return any(has_floats(v, seen) for v in held)
