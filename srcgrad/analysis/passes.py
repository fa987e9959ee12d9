"""Which of the passes that make generated code shorter or faster are done?  All of them, unless it is asked otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from srcgrad.errors import ArgumentError

PASSES = {
    "calls": "small functions by which the rule book tells others are written out where they are called",
    "lists": "lists that are made only to be gone through once, or to be taken apart, are not made",
    "counters": "counters of loops that are written out are read as numbers",
    "temporaries": "names made on the way to core form that nobody needs are left out",
    "sink": "what one branch alone reads is computed there",
    "extremes": "a maximum on which the result does not depend (softmax, logsumexp) is not differentiated",
    "terms": "costly expressions that forward and backward pass share are computed once",
    "recompute": "what is cheap, or larger than what it is made of, is computed again in a reversed loop, not saved",
    "scatter": "adjoints of what arrays of integers select in arrays of several axes are added up by `add_at`, not `np.add.at`",
    "hoist": "what is the same in all passes of a reversed loop is computed before it",
    "delay": "a loop whose iterations do not need each other is run beside its reverse, and keeps nothing",
    "defer": "what the backward pass alone reads, once, is computed there",
    "reuse": "an adjoint that takes the place of what it is made of takes its name and its memory",
    "spread": "an adjoint that is broadcast only to meet whole arrays stays as it is",
    "free": "for speed, arrays that are read no more are let go of (`del`), and their memory is taken again",
    "dead": "statements that nobody reads are dropped, in both passes together",
    "saves": "what is saved on both ways, before a break and after, is saved once",
    "elements": "loops over positions, which are only used to read elements, are loops over elements",
    "fold": "an adjoint that is named only to be used once, in the next line, is written there",
    "merge": "pairs of functions that read the same are one",
}

REQUESTS = {
    "fastmath": "sums are reordered, divisions are products by inverses (Numba only)",
    "parallel": "loops whose passes do not meet each other run on all cores (Numba only)",
}


@dataclass(frozen=True)
class Passes:
    """speed: where readability and speed part ways, speed.  requests: what is done only where it is asked for."""

    off: frozenset[str] = frozenset()
    speed: bool = False
    requests: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        assert name in PASSES, "passes have names"
        return name not in self.off

    def without(self, name: str) -> Passes:
        return replace(self, off=self.off | {name})


Optimize = bool | str | Mapping[str, bool]


def passes_of(optimize: Optimize) -> Passes:
    """True, False, "speed", or a dict of single passes and requests, {"fold": False, "fastmath": True}."""
    if optimize is True or optimize is False:
        return Passes() if optimize else Passes(frozenset(PASSES))
    if optimize == "speed":
        return Passes(speed=True)
    if not isinstance(optimize, Mapping):
        raise ArgumentError(
            "E510", f"optimize is {optimize!r}", advice='give True, False, "speed", or a dict like {"fold": False}'
        )
    known = {**PASSES, **REQUESTS}
    unknown = [name for name in optimize if name not in known]
    if unknown:
        raise ArgumentError("E510", f"there is no pass {unknown[0]!r}", advice=f"use one of {', '.join(known)}")
    off = frozenset(name for name, on in optimize.items() if name in PASSES and not on)
    return Passes(off, requests=frozenset(name for name, on in optimize.items() if name in REQUESTS and on))
