"""How is a function in core form made plain, before it is differentiated?"""

from __future__ import annotations

from typing import Any

from srcgrad import runtime
from srcgrad.analysis.passes import Passes
from srcgrad.lang import core
from srcgrad.lang.names import Names
from srcgrad.optimize.calls import with_calls_written_out
from srcgrad.optimize.constants import with_known_counters
from srcgrad.optimize.displays import without_displays
from srcgrad.optimize.fusion import fused
from srcgrad.optimize.gathering import gathered
from srcgrad.optimize.parameters import with_few_parameters
from srcgrad.optimize.renaming import with_plain_names
from srcgrad.optimize.rewriting import count_names
from srcgrad.optimize.sinking import sink
from srcgrad.optimize.temporaries import without_temporaries

# The modules and helpers that rules may bring in.
HELPERS = {*runtime.FUNCTIONS, *runtime.MODULES, "math", "scipy"}


def tidy(function: core.Function, passes: Passes) -> list[Any]:
    """A function and those it calls, without temporaries that nobody needs and numbers that tell nothing apart.

    Facts are told apart by the identity of nodes: those returned must stay alive as long as the functions.
    """
    alive: list[Any] = []
    if "calls" in passes:
        alive += with_calls_written_out(function)
        alive += with_few_parameters(function)
    for one in core.all_functions(function):
        alive += tidied(one, passes)
    return alive


def tidied(function: core.Function, passes: Passes) -> list[Any]:
    alive: list[Any] = []
    if "lists" in passes:
        alive += fused(function)
        alive += gathered(function)
    if "counters" in passes:
        alive += with_known_counters(function)
    if "lists" in passes:
        alive += without_displays(function)
    if "temporaries" in passes:
        alive += without_temporaries(function)
        if "lists" in passes and (apart := without_displays(function)):  # copies of displays have become displays
            alive += apart
            alive += without_temporaries(function)
    if "sink" in passes:
        sink(function)
    alive += with_plain_names(function, HELPERS)
    settle_return(function)
    used = set(count_names(function.steps)) | {p.id for p in function.params}
    function.names = Names(used | set(function.namespace))
    return alive


def settle_return(function: core.Function) -> None:
    """What is returned was computed by the step before: the heading is that of its line, of several `return`s."""
    steps = function.steps
    if len(steps) > 1 and isinstance(steps[-1], core.Return) and isinstance(steps[-2], core.Assign):
        returned = getattr(steps[-1].value, "id", None)
        if returned in {t.id for t in steps[-2].targets}:
            steps[-1].lineno = steps[-2].lineno
