"""What is raised where a program can't be differentiated rightly?"""

from __future__ import annotations


class Refusal(Exception):
    """The pipeline turns it into a SrcgradError with the user's file and line."""

    def __init__(self, code: str, message: str, lineno: int, advice: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.lineno, self.advice = (code, message, lineno, advice)
