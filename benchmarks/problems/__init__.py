"""Which problems are measured?  Plain NumPy functions as users write them, each with adjoints written by hand.

A problem is a function, arguments for it, the arguments to differentiate, and `adjoint`: what one would write by hand
on NumPy.  `loops` is the adjoint one would write by hand for Numba.  All of them return a tuple.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Problem:
    """One function, and its gradient written by hand in NumPy and in loops."""

    name: str
    function: Callable[..., Any]
    make: Callable[[np.random.Generator], tuple[Any, ...]]
    wrt: tuple[int, ...]
    adjoint: Callable[..., tuple[Any, ...]]
    loops: Callable[..., tuple[Any, ...]]

    def arguments(self) -> tuple[Any, ...]:
        return self.make(np.random.default_rng(0))


PROBLEMS: list[Problem] = []


def problem(
    function: Callable[..., Any],
    make: Callable[[np.random.Generator], tuple[Any, ...]],
    wrt: tuple[int, ...],
    adjoint: Callable[..., tuple[Any, ...]],
    loops: Callable[..., tuple[Any, ...]],
) -> None:
    """List a problem under its function's name."""
    PROBLEMS.append(Problem(function.__name__, function, make, wrt, adjoint, loops))


def load() -> list[Problem]:
    """All problems, in the order of the files' names."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
    return PROBLEMS
