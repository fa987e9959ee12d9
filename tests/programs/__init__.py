"""Which functions are differentiated by the tests, and on which arguments?"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pkgutil
import types
from collections.abc import Callable
from typing import Any

import numpy as np

SEED = 20


@dataclasses.dataclass(frozen=True)
class Program:
    """A function, fresh arguments for it, and the arguments to differentiate."""

    function: Callable
    make_args: Callable[[], tuple]
    wrt: tuple[int, ...]
    name: str


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A function that must be refused with an error whose code starts so."""

    function: Callable
    code: str
    make_args: Callable[[], tuple]
    wrt: tuple[int, ...]
    name: str


@dataclasses.dataclass(frozen=True)
class Draw:
    """An argument to be drawn afresh: `draw(rng, shape)`."""

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple], Any]


PROGRAMS: list[Program] = []
REFUSED: list[Refusal] = []


def normal(*shape: int) -> Draw:
    """A normally distributed array of this shape; a float without a shape."""
    return Draw(shape, lambda rng, shape: rng.normal(size=shape))


def positive(*shape: int) -> Draw:
    """An array of numbers between 0.5 and 2; a float without a shape."""
    return Draw(shape, lambda rng, shape: rng.uniform(0.5, 2.0, size=shape))


def program(
    *args: Any, wrt: tuple[int, ...] | int | None = None, id: str | None = None
) -> Callable[[Callable], Callable]:
    """List the function below, with these arguments.

    `args` are values (copied for each use; `normal(3)` and `positive(3)` are drawn),
    or one function from a random generator to the tuple of all arguments.
    """

    def register(function: Callable) -> Callable:
        make_args = maker(args)
        argnums = float_arguments(make_args()) if wrt is None else as_tuple(wrt)
        name = unused_name(function, id, PROGRAMS)
        PROGRAMS.append(Program(function, make_args, argnums, name))
        return function

    return register


def refused(
    code: str, *args: Any, wrt: tuple[int, ...] | int | None = None
) -> Callable[[Callable], Callable]:
    """List the function below as one to be refused; `code` starts its error's code."""

    def register(function: Callable) -> Callable:
        make_args = maker(args)
        argnums = float_arguments(make_args()) if wrt is None else as_tuple(wrt)
        name = unused_name(function, None, REFUSED)
        REFUSED.append(Refusal(function, code, make_args, argnums or (0,), name))
        return function

    return register


def load(leave_out: tuple[str, ...] = ()) -> None:
    """Import every module of this folder, which fills the two lists."""
    for module in pkgutil.iter_modules(__path__):
        if module.name in leave_out:
            continue
        importlib.import_module(f"{__name__}.{module.name}")


def maker(args: tuple) -> Callable[[], tuple]:
    """A function that makes the same fresh arguments each time it is called."""
    if len(args) == 1 and isinstance(args[0], types.FunctionType):
        return lambda: tuple(args[0](np.random.default_rng(SEED)))
    return lambda: drawn(args, np.random.default_rng(SEED))


def drawn(args: tuple, rng: np.random.Generator) -> tuple:
    """The arguments, copied, with a number or an array for every `Draw`."""
    values = []
    # one deepcopy of all, so that two arguments that are one array stay so
    for arg in copy.deepcopy(args):
        if isinstance(arg, Draw):
            arg = arg.draw(rng, arg.shape) if arg.shape else float(arg.draw(rng, ()))
        values.append(arg)
    return tuple(values)


def float_arguments(args: tuple) -> tuple[int, ...]:
    """The positions of the arguments that hold a float or an array of floats."""
    return tuple(i for i, arg in enumerate(args) if holds_float(arg, set()))


def holds_float(value: Any, seen: set[int]) -> bool:
    if isinstance(value, float | np.floating):
        return True
    if isinstance(value, np.ndarray) and value.dtype != object:
        return np.issubdtype(value.dtype, np.floating)
    if id(value) in seen or callable(value) and not hasattr(value, "__dict__"):
        return False
    if isinstance(value, type | types.FunctionType | types.ModuleType):
        return False
    seen.add(id(value))
    if isinstance(value, dict):
        members = list(value.values())
    elif isinstance(value, list | tuple):
        members = list(value)
    elif dataclasses.is_dataclass(value):
        members = [getattr(value, f.name) for f in dataclasses.fields(value)]
    else:
        members = list(getattr(value, "__dict__", {}).values())
    return any(holds_float(member, seen) for member in members)


def as_tuple(wrt: tuple[int, ...] | int) -> tuple[int, ...]:
    return (wrt,) if isinstance(wrt, int) else tuple(wrt)


def unused_name(function: Callable, id: str | None, listed: list) -> str:
    """`module.function`, with the id or a number where that is taken."""
    base = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
    if id is not None:
        return f"{base}[{id}]"
    taken = {entry.name for entry in listed}
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}[{number}]"
    return name
