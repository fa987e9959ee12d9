"""Which generated function serves a call?  Entries with guards, newest first; a miss makes a new entry."""

from __future__ import annotations

import copy
import inspect
import os
import re
import threading
import types
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcgrad.callables import Parameter
from srcgrad.errors import Location, SrcgradError
from srcgrad.lang.compile import annotate
from srcgrad.rules import registry
from srcgrad.runtime.structures import attributes

MOST_ENTRIES = 64
MAY_BE_GONE = re.compile(r"\.(?!dtype|ndim|shape|size)[A-Za-z_]|\[")
OWN = "_\N{MIDDLE DOT}"  # before names that are not the user's: no user's name has this character
# One program is transformed at a time: Python's own syntax trees are not made by two threads at once without harm.
TRANSFORMING = threading.RLock()
FULL_TRACEBACKS = bool(os.environ.get("SRCGRAD_FULL_TRACEBACKS"))
GUARDED_FIRST = 8  # entries looked at before the others, which are behind a lock


@dataclass(eq=False)
class Entry:
    """One specialisation: its guards, and the function that they lead to.

    extra: text, over the guards' names, of the data given to the function besides the arguments.
    anew: what runs where an array without elements made it fail.
    refused: what becomes of an error of a compiled function, which is compiled anew for arrays that lie otherwise in memory.
    """

    guards: list[str]
    values: dict[str, Any]
    function: Callable[..., Any]
    source: str
    extra: list[str] = field(default_factory=list)
    finish: Callable[..., Any] | None = None
    stores: bool = False
    line_map: dict[str, dict[int, Location]] = field(default_factory=dict)
    refused: Callable[[BaseException], bool] | None = None
    anew: Callable[[BaseException, list[Any]], Any] | None = None
    instead: Callable[..., Any] | None = None

    def may_run_anew(self, error: BaseException, *values: Any) -> bool:
        """Has an array without elements, or a division of Python's by zero, made it fail?

        What has been stored before would be stored again: not into nothing.
        """
        if self.anew is None or self.stores and not all(map(is_nothing, values)):
            return False
        return holds_nothing(*values) or isinstance(error, ZeroDivisionError)

    def arguments(self, parameters: list[Parameter], values: list[Any]) -> list[Any]:
        """What the function is given: the arguments, and the data from outside."""
        names = [guard_name(p.name) for p in parameters]
        space = {**self.values, **dict(zip(names, values))}
        return [*values, *(eval(text, space) for text in self.extra)]


_dispatchers: weakref.WeakSet[Dispatcher] = weakref.WeakSet()


def _forget_all() -> None:
    for dispatcher in list(_dispatchers):
        dispatcher.forget()


registry.forgetting.append(_forget_all)


class Dispatcher:
    """Calls a generated function: guards and call are one Python function, made anew whenever an entry is added.

    plain: calls the function itself with these arguments.
    publish: told of each such function, for an object to be called by it without a step between.
    """

    def __init__(
        self,
        name: str,
        parameters: list[Parameter],
        build: Callable[..., Entry],
        plain: Callable[[list[Any]], Any],
        publish: Callable[[Callable[..., Any]], None] = lambda call: None,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.build = build
        self.publish = publish
        self.plain = plain
        self.entries: list[Entry] = []
        _dispatchers.add(self)
        self.renew()

    def forget(self) -> None:
        """What was generated relies on a rule that is another now."""
        self.entries = []
        self.renew()

    def renew(self) -> None:
        self.call = self.compile()
        self.publish(self.call)

    def miss(self, values: list[Any]) -> Any:
        """No entry fits: make one.  A refusal tells the user's line, and not the way through srcgrad on which it was found."""
        try:
            self.entry(values)
        except SrcgradError as refusal:
            if FULL_TRACEBACKS:
                raise
            raise refusal.with_traceback(None) from refusal.__cause__
        return self.run(values)

    def find(self, values: list[Any]) -> Entry | None:
        for entry in self.entries:
            if entry.test(*values):  # type: ignore[attr-defined]
                return entry
        return None

    def entry(self, values: list[Any]) -> Entry:
        """The entry for these values, made if need be."""
        with TRANSFORMING:
            found = self.find(values)
            if found is None:
                found = self.added(self.built(values))
        return found

    def added(self, entry: Entry) -> Entry:
        self.make_ready(entry)  # before other threads see it
        self.entries = [entry, *self.entries[: MOST_ENTRIES - 1]]
        self.renew()
        return entry

    def built(self, values: list[Any]) -> Entry:
        """A new entry; where none can be made for an array without elements, one for such arrays alone."""
        try:
            entry = self.build(values)
        except SrcgradError:
            if not holds_nothing(*values):
                raise
            try:
                return self.build(values, of_nothing=True)
            except SrcgradError:
                pass
            raise
        entry.anew = self.anew
        return entry

    def anew(self, error: BaseException, values: list[Any]) -> Any:
        """What a call gives that failed, where arrays without elements are known as such: nothing depends on them.

        A mean of nothing is nan, and its gradient, of no elements, divides by zero.
        """
        if not holds_nothing(*values):
            return self.divided_by_zero(error, values)
        with TRANSFORMING:
            try:
                entry = self.added(self.build(values, of_nothing=True))
            except SrcgradError:
                raise error from None
        return entry.run(*values)  # type: ignore[attr-defined]

    def divided_by_zero(self, error: BaseException, values: list[Any]) -> Any:
        """Where the function has a value and its derivative divides by zero: as for NumPy's floats, infinite or nan."""
        try:
            self.plain(copy.deepcopy(values))
        except Exception:  # the error is its own
            entry = self.find(values)
            if entry is not None:
                annotate(error, entry.line_map)
            raise error from None
        given = [of_numpy(v) for v in values]
        if repr([type(v) for v in leaves(given)]) == repr([type(v) for v in leaves(values)]):
            raise SrcgradError(
                "E302", f"{self.name} divides by zero, where the function has a value: the derivative is infinite, or not defined",
                advice="leave this point out, or give it a value by np.where",
            ) from error  # fmt: skip
        return self.entry(given).run(*given)  # type: ignore[attr-defined]

    def make_ready(self, entry: Entry) -> None:
        """The entry gets its functions `test` and `run`, if it has none yet."""
        if not hasattr(entry, "run"):
            safe = [guard_name(p.name) for p in self.parameters]
            entry.test = made(entry, safe, [*test_lines(entry, OWN), f"return fits{OWN}"])  # type: ignore[attr-defined]
            entry.run = made(entry, safe, call_lines(entry, OWN, safe))  # type: ignore[attr-defined]

    def run(self, values: list[Any]) -> Any:
        entry = self.find(values)
        if entry is None:
            raise SrcgradError("E508", f"the guards of {self.name} do not hold for the arguments they were made from")
        return entry.run(*values)  # type: ignore[attr-defined]

    def compile(self) -> Callable[..., Any]:
        """`def call(x, y=default): if guards: try: return f_grad(x, y) ...; return miss([x, y])`."""
        names = [p.name for p in self.parameters]
        safe = [guard_name(n) for n in names]
        space: dict[str, Any] = {"miss": self.miss}
        lines = []
        for i, entry in enumerate(self.entries):
            self.make_ready(entry)
            if i < GUARDED_FIRST:
                prefix = f"e{i}{OWN}"
                space |= meanings(entry, prefix)
                lines += [f"    {line}" for line in test_lines(entry, prefix)]
                lines.append(f"    if fits{OWN}:")
                lines += [f"        {line}" for line in call_lines(entry, prefix, safe)]
        lines.append(f"    return miss([{', '.join(safe)}])")
        head, starred = [], False
        for parameter, name in zip(self.parameters, names):
            if parameter.kind == "keyword" and not starred:
                head.append("*")
                starred = True
            if parameter.kind in ("args", "kwargs"):
                starred = True
            stars = {"args": "*", "kwargs": "**"}.get(parameter.kind, "")
            if parameter.default is not inspect.Parameter.empty and not stars:
                space[f"default_{name}"] = parameter.default
                head.append(f"{name}=default_{name}")
            else:
                head.append(stars + name)
        if safe == names:
            exec(f"def call({', '.join(head)}):\n" + "\n".join(lines), space)
        else:  # guards call builtins that have the names of parameters
            exec(f"def guarded{OWN}({', '.join(safe)}):\n" + "\n".join(lines), space)
            exec(f"def call({', '.join(head)}):\n    return guarded{OWN}({', '.join(names)})", space)
        space["call"].__qualname__ = self.name
        return space["call"]  # type: ignore[no-any-return]


def guard_name(parameter: str) -> str:
    """A parameter's name in guards, which call some builtins."""
    return f"{parameter}_" if parameter in TAKEN else parameter


MEMBER = re.compile(r"type\((\w+[^\w ()][^ ()]*)\) is (\w+)")  # of a member, not of an argument itself
DTYPE = re.compile(r"([^ ]+\.dtype) == (\w+)")
TAKEN = {
    "type",
    "len",
    "list",
    "set",
    "map",
    "miss",
    "float",
    "int",
    "bool",
    "complex",
    "dict",
    "annotate",
    "str",
    "range",
    "hasattr",
}


def test_lines(entry: Entry, prefix: str) -> list[str]:
    """The guards as one expression; names of values get the entry's prefix.  What was deleted fits no guard."""
    text = " and ".join(prefixed(guard, entry, prefix) for guard in read_once(entry.guards)) or "True"
    tested = f"fits{OWN} = {text}"
    if not any(MAY_BE_GONE.search(guard) for guard in entry.guards):
        return [tested]
    return ["try:", f"    {tested}", "except (AttributeError, LookupError, TypeError):", f"    fits{OWN} = False"]


def read_once(guards: list[str]) -> list[str]:
    """The guards, in which a member of a container that several in a row ask for is read once, and an equal dtype is
    mostly the same object.

    before                                     after
        type(p['w']) is ndarray                    type(member := p['w']) is ndarray
        p['w'].dtype == float64                    (member.dtype is float64 or member.dtype == float64)
    """
    result: list[str] = []
    path = ""
    for guard in guards:
        asked = MEMBER.fullmatch(guard)
        if asked:
            path = asked.group(1)
            guard = f"type(member{OWN} := {path}) is {asked.group(2)}"
        elif path and guard.startswith(f"{path}."):
            guard = f"member{OWN}{guard[len(path) :]}"
        else:
            path = ""
        dtype = DTYPE.fullmatch(guard)
        result.append(f"({dtype.group(1)} is {dtype.group(2)} or {guard})" if dtype else guard)
    return result


def prefixed(text: str, entry: Entry, prefix: str) -> str:
    def spell(match: re.Match[str]) -> str:
        return prefix + match.group() if match.group() in entry.values else match.group()

    return re.sub(r"(?<![\w.'\"])[A-Za-z_]\w*(?![\w'\"])", spell, text)


def call_lines(entry: Entry, prefix: str, safe: list[str]) -> list[str]:
    """The call of the generated function, with data from outside, and with the user's line noted on exceptions.

    A `try` costs nothing where no exception is raised, and a function round the call would.
    """
    given = ", ".join(safe)
    result = f"{prefix}function({', '.join([*safe, *(prefixed(e, entry, prefix) for e in entry.extra)])})"
    lines = [f"{prefix}check_disjoint({given})"] if entry.stores else []
    if entry.stores and entry.finish is not None:
        # The gradient has the structure that the arguments had before the call.
        lines.append(f"{prefix}before = {prefix}outline([{given}])")
        result = f"{prefix}finish({result}, *{prefix}before)"
    elif entry.finish is not None:
        result = f"{prefix}finish({result}, {given})"
    again = result.replace(f"{prefix}function(", f"{prefix}instead(")
    refused = [f"    if {prefix}refused(error):", f"        return {again}"] if entry.refused is not None else []
    if entry.anew is not None:
        refused += [f"    if {prefix}may_run_anew(error, {given}):", f"        return {prefix}anew(error, [{given}])"]
    return [
        *lines,
        "try:",
        f"    return {result}",
        "except Exception as error:",
        *refused,
        f"    {prefix}annotate(error, {prefix}lines)",
        "    raise",
    ]


def meanings(entry: Entry, prefix: str) -> dict[str, Any]:
    """What the names in the guards and the call of an entry stand for."""
    names = {
        **entry.values,
        "function": entry.function,
        "finish": entry.finish,
        "lines": entry.line_map,
        "refused": entry.refused,
        "instead": entry.instead,
        "anew": entry.anew,
        "may_run_anew": entry.may_run_anew,
        "annotate": annotate,
        "check_disjoint": check_disjoint,
        "outline": outline,
    }
    return {prefix + name: value for name, value in names.items()}


def made(entry: Entry, safe: list[str], lines: list[str]) -> Callable[..., Any]:
    """A function of the arguments with these lines."""
    space = meanings(entry, OWN)
    exec(f"def run({', '.join(safe)}):\n" + "\n".join(f"    {line}" for line in lines), space)
    return space["run"]  # type: ignore[no-any-return]


def outline(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A copy of the containers of a value: what they hold now, when they have been changed."""
    memo = {} if memo is None else memo
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, (list, dict)):
        result = memo[id(value)] = copy.copy(value)
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            result[key] = outline(member, memo)
        return result
    if isinstance(value, tuple):
        members = [outline(member, memo) for member in value]
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)
    if isinstance(value, (type, types.ModuleType, types.FunctionType)) or not attributes(value):
        return value
    result = memo[id(value)] = copy.copy(value)
    for name, member in attributes(value).items():
        object.__setattr__(result, name, outline(member, memo))
    return result


def holds_nothing(*values: Any) -> bool:
    """Is there an array of floats without elements in these values?"""
    return any(
        holds_nothing(*(v.values() if isinstance(v, dict) else v))
        if isinstance(v, (list, tuple, dict))
        else isinstance(v, np.ndarray) and v.size == 0 and v.dtype.kind in "fc"
        for v in values
    )


def of_numpy(value: Any) -> Any:
    """The floats of a value as NumPy's, which divide by zero."""
    if type(value) is float:
        return np.float64(value)
    if type(value) in (list, tuple):
        return type(value)(map(of_numpy, value))
    return {k: of_numpy(v) for k, v in value.items()} if type(value) is dict else value


def leaves(value: Any) -> list[Any]:
    """What lists, tuples and dicts hold."""
    if type(value) is dict:
        value = list(value.values())
    return [leaf for v in value for leaf in leaves(v)] if type(value) in (list, tuple) else [value]


def is_nothing(value: Any) -> bool:
    """A number, or an array without elements."""
    return isinstance(value, (bool, int, float, complex, np.generic)) or isinstance(value, np.ndarray) and value.size == 0


def check_disjoint(*values: Any) -> None:
    """A function that stores into its arguments is refused arguments that share memory."""
    found: list[np.ndarray] = []
    seen: set[int] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, np.ndarray):
            for other in found:
                if np.may_share_memory(value, other) and (value is other or np.shares_memory(value, other)):
                    raise SrcgradError(
                        "E402", "two arguments share memory, and the function stores into an argument",
                        advice="pass a copy of one of them",
                    )  # fmt: skip
            found.append(value)
        elif isinstance(value, (list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            stack += value
        elif isinstance(value, dict) and id(value) not in seen:
            seen.add(id(value))
            stack += value.values()
        elif hasattr(value, "__dict__") and not isinstance(value, (type, types.ModuleType)) and id(value) not in seen:
            seen.add(id(value))
            stack += vars(value).values()
