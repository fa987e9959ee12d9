"""Why can the kind of a result not be told?"""

from __future__ import annotations


class CannotTell(Exception):
    """The kind of a result can't be found out; `advice` is for the user, if it is refused for that."""

    def __init__(self, message: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UnknownOperand(CannotTell):
    """Of one of two operands the kind is not known."""


class NoValue(CannotTell):
    """An operand has no value: code not reached, or the result of a recursion not yet known."""
