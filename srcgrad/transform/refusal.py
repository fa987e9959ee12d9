"""What is raised where a program can't be differentiated rightly?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gast

from srcgrad.errors import Location, SrcgradError
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in


class Refusal(Exception):
    """The pipeline turns it into a SrcgradError with the user's file and line."""

    def __init__(self, code: str, message: str, lineno: int, advice: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.lineno, self.advice = (code, message, lineno, advice)
        self.function: core.Function | None = None  # in which that line is


@contextmanager
def refused_in(function: core.Function) -> Iterator[None]:
    """What is refused in here is refused in a line of this function."""
    try:
        yield
    except Refusal as refusal:
        refusal.function = refusal.function or function
        raise


def users_error(refusal: Refusal, functions: list[core.Function]) -> SrcgradError:
    """The error that is shown: with a line of the user's, where the function refused is not one of his, of its call."""
    first = [f for f in functions if refusal.function is not None and f.source is refusal.function.source]
    where, function = None, None
    for candidate in [*first, *functions]:
        where = where or statement_at(candidate, refusal.lineno)
        function = function or (candidate if where is not None else None)
    if where is not None and where.is_ours:
        function = refusal.function or function  # the line may be that of a function written out in it
    while where is not None and where.is_ours:
        calls = [(f, s) for f in functions for s in core.walk(f.steps) if isinstance(s, core.Call)]
        callers = [(f, s) for f, s in calls if function and s.callee.source is function.source is not f.source]
        if not callers:
            break
        function, call = callers[0]
        above = statement_at(function, call.lineno)
        if above is None:
            break
        where = above
    return SrcgradError(refusal.code, refusal.message, advice=refusal.advice, where=where)


def statement_at(function: core.Function, lineno: int) -> Location | None:
    for node in nodes_in(function.source.tree):
        if isinstance(node, gast.stmt) and node.lineno == lineno:
            return function.source.location(node)  # type: ignore[no-any-return]
    return None
