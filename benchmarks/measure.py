"""How long does each way to a gradient take?  All ways of one problem in turn, many times over; the shortest counts."""

from __future__ import annotations

import importlib.util
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import srcgrad
from benchmarks.peers import PEERS, peers_of
from benchmarks.problems import Problem

HAND, OURS = "hand NumPy", "srcgrad"
HAND_LOOPS, OURS_LOOPS = "hand Numba", "srcgrad Numba"
WAYS = [HAND, OURS, HAND_LOOPS, OURS_LOOPS, *PEERS]


@dataclass
class Measured:
    """One problem: seconds of the function, of a gradient by each way, to transform and to compile; peaks in bytes."""

    problem: Problem
    primal: float = 0.0
    times: dict[str, float] = field(default_factory=dict)
    transform: float = 0.0
    compile: float | None = None
    peaks: dict[str, int] = field(default_factory=dict)

    def ratio(self, way: str, other: str) -> float | None:
        """How many times as long as another way this one takes."""
        if way not in self.times or other not in self.times:
            return None
        return self.times[way] / self.times[other]


def measure(problem: Problem, ways: list[str], seconds: float = 1.0, rounds: int = 15) -> Measured:
    """Every way that there is, each checked against the adjoint written by hand before any is timed.

    seconds: about how long the measurement of one problem takes, without preparations.
    """
    measured = Measured(problem)
    args = problem.arguments()
    calls: dict[str, Callable[[], Any]] = {
        "primal": lambda: problem.function(*args),
        HAND: lambda: problem.adjoint(*args),
    }
    start = time.perf_counter()
    ours = srcgrad.grad(problem.function, problem.wrt).specialize(*args)
    measured.transform = time.perf_counter() - start
    calls[OURS] = lambda: ours(*args)
    if importlib.util.find_spec("numba") is not None:
        add_compiled(measured, calls, args, ways)
    calls |= peers_of(problem, [way for way in ways if way in PEERS])
    expected = problem.adjoint(*args)
    for name, call in calls.items():
        if name != "primal":
            check(f"{name}, {problem.name}", call(), expected)
    measured.peaks = {name: peak(calls[name]) for name in (HAND, OURS)}
    times = interleaved(calls, seconds, rounds)
    measured.primal = times.pop("primal")
    measured.times = times
    return measured


def add_compiled(
    measured: Measured, calls: dict[str, Callable[[], Any]], args: tuple[Any, ...], ways: list[str]
) -> None:
    """The ways that Numba compiles."""
    import numba

    problem = measured.problem
    if HAND_LOOPS in ways:
        loops = numba.njit(problem.loops)
        calls[HAND_LOOPS] = lambda: loops(*args)
    if OURS_LOOPS in ways:
        try:
            start = time.perf_counter()
            compiled = srcgrad.grad(problem.function, problem.wrt, backend="numba").specialize(*args)
            compiled(*args)
        except srcgrad.SrcgradError as error:
            print(f"  backend='numba' does not take {problem.name}: {error}")
            return
        measured.compile = time.perf_counter() - start
        calls[OURS_LOOPS] = lambda: compiled(*args)


def check(name: str, result: Any, expected: tuple[Any, ...]) -> None:
    """A way that gives another gradient is no way."""
    found = result if isinstance(result, tuple) else (result,)
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(got), wanted, rtol=1e-7, atol=1e-9, err_msg=name)


def interleaved(calls: dict[str, Callable[[], Any]], seconds: float, rounds: int) -> dict[str, float]:
    """The shortest time of each call, in seconds; what disturbs one round disturbs all ways alike."""
    share = seconds / rounds / len(calls)
    numbers = {name: max(1, int(share / once(call))) for name, call in calls.items()}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            number = numbers[name]
            start = time.perf_counter()
            for _ in range(number):
                call()
            best[name] = min(best[name], (time.perf_counter() - start) / number)
    return best


def once(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak(call: Callable[[], Any]) -> int:
    """The most memory that a call has in use beyond what was in use before it, in bytes."""
    call()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
