"""What does srcgrad say when it cannot do something?  One family: a code, the user's line with a caret, and advice."""

from __future__ import annotations

import os
from dataclasses import dataclass

CODES = {
    # E1xx: forms of Python that no function to differentiate may contain
    "E101": "generator",
    "E102": "async code",
    "E103": "code that reads or runs names at run time",
    "E104": "write to a global variable",
    "E105": "class defined inside the function",
    "E106": "except* handler",
    "E107": "del of a captured variable",
    "E108": "type alias statement",
    # E2xx: what the rule book does not know
    "E201": "call of something with neither source nor rule",
    "E202": "keyword or form of call that the rule does not cover",
    "E203": "function without a derivative rule",
    "E204": "attribute or method without a derivative rule",
    "E205": "derivative lost in a conversion",
    "E206": "derivative lost in an array that cannot hold it",
    "E207": "differentiable value where the rule takes a constant",
    "E208": "differentiable value as a key or in a set",
    "E209": "rule whose text is wrong",
    # E3xx: what is not known before the program runs
    "E301": "value of unknown kind",
    "E302": "expression that cannot be differentiated",
    "E303": "object of a class that is not supported",
    "E304": "function value that cannot be followed",
    "E305": "variable that is one kind of thing here and another there",
    "E306": "call that changes what the expression has read",
    "E307": "too many variants of a function",
    "E308": "statement that cannot be reversed",
    # E4xx: memory
    "E401": "store that is seen through another name",
    "E402": "arguments that share memory",
    "E403": "store into something that cannot be followed",
    "E405": "store into data that outlives the call",
    # E5xx: use of the API
    "E501": "result that is not a scalar",
    "E502": "result that is not a real number",
    "E503": "argument that cannot be differentiated",
    "E504": "unknown argument",
    "E505": "argnums of the wrong type",
    "E506": "has_aux without a pair",
    "E507": "not a function",
    "E508": "arguments that do not fit the function",
    "E509": "tangent or cotangent of another structure",
    "E510": "unknown option",
    "E511": "Numba can't compile it",
    # E6xx: source
    "E601": "no source",
    "E602": "source that changed after it was imported",
}


@dataclass(frozen=True)
class Location:
    """A place in the user's source; columns count characters of `text`, the whole line, from 0."""

    file: str
    line: int
    function: str
    text: str
    column: int
    end_column: int

    @property
    def is_ours(self) -> bool:
        """Is it in a file of srcgrad, or in generated text, rather than in one of the user's?"""
        return self.file.startswith(("<srcgrad ", os.path.dirname(__file__) + os.sep))

    def __str__(self) -> str:
        return f"{short_path(self.file)}:{self.line}"


class SrcgradError(Exception):
    """Every refusal.  `code` is a section of docs/errors.md.

    >>> print(SrcgradError("E203", "np.roots has no derivative rule", advice="give it one with srcgrad.rule"))
    E203: np.roots has no derivative rule
      what to do: give it one with srcgrad.rule
      See docs/errors.md#e203
    """

    def __init__(self, code: str, message: str, *, advice: str = "", where: Location | None = None) -> None:
        super().__init__(code, message)  # `args` is what pickle calls the class with; the rest is in `__dict__`
        self.code = code
        self.message = message
        self.advice = advice
        self.where = where

    def __str__(self) -> str:
        lines = [f"{self.code}: {self.message}"]
        if self.where is not None:
            lines += [f"  {self.where}, in {self.where.function}", *_underlined(self.where)]
        if self.advice:
            lines.append(f"  what to do: {self.advice}")
        lines.append(f"  See docs/errors.md#{self.code.lower()}")
        return "\n".join(lines)


class NotDifferentiable(SrcgradError, TypeError):
    """There is no gradient of this result, or with respect to this argument: it is not made of real numbers."""


class RefusedWhenRun(SrcgradError, ValueError):
    """What generated code itself refuses, since only values tell; where it stands alone it raises a plain ValueError."""


# How the messages of generated code begin or go on, and what comes after ": " or "; " is what to do.
WHEN_RUN = (
    "a deep copy of what is held in two places has no derivative here",
    "fewer than three points",
    "fewer than four points",
    "of this real matrix is complex",
    "eigenvalues of this real matrix are complex",
    "of several columns that complete a basis only the span is determined",
    "the adjoint of a reshaped array is laid out differently",
)


def refused_when_run(error: BaseException, where: Location | None) -> RefusedWhenRun | None:
    """The refusal that an exception raised in generated code stands for, if it is one."""
    text = str(error)
    if type(error) not in (ValueError, TypeError) or not any(known in text for known in WHEN_RUN):
        return None
    message, _, advice = text.replace("; ", ": ", 1).partition(": ")
    return RefusedWhenRun("E302", message, advice=advice, where=where)


class ArgumentError(SrcgradError, TypeError):
    """A public function of srcgrad was called with something it does not take."""


def short_path(file: str) -> str:
    """A path relative to the working directory where that is shorter, as compilers print it."""
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; a working directory that is gone
        return file
    return relative if os.path.isabs(file) and not relative.startswith(os.pardir) else file


def _underlined(where: Location) -> list[str]:
    """The line, and a row of carets under the part that is meant."""
    text = where.text.rstrip()
    stripped = text.lstrip()
    if not stripped:
        return []
    indent = len(text) - len(stripped)
    start = max(where.column, indent)
    end = min(max(where.end_column, start + 1), max(len(text), start + 1))
    # a tab in the text is a tab under it, so that the carets stay in place
    padding = "".join("\t" if character == "\t" else " " for character in text[indent:start])
    return [f"      {stripped}", f"      {padding}{'^' * (end - start)}"]
