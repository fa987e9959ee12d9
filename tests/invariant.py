"""Do adjoints share memory as the variables do, and is all that was saved used up?  Generated code, run line by line.

At every store of the forward pass two variables that have adjoints in memory share it if and only if their adjoints do.  When a gradient is done, every list that it appended to is empty.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import re
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

STORE = re.compile(r"^\w+(\[|\.| [-+*/]+= ).*=")


class Broken(AssertionError):
    """The invariant does not hold."""


def lines_of(code: types.CodeType) -> list[str]:
    return linecache.getlines(code.co_filename)


def pairs(variables: dict[str, Any]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Variables that are arrays and have an adjoint of their shape."""
    for name, value in variables.items():
        bar = variables.get(f"{name}_bar")
        if isinstance(value, np.ndarray) and isinstance(bar, np.ndarray) and bar.shape == value.shape:
            yield name, value, bar


def check(variables: dict[str, Any], where: str) -> None:
    for (a, x, x_bar), (b, y, y_bar) in itertools.combinations(pairs(variables), 2):
        if np.shares_memory(x, y) != np.shares_memory(x_bar, y_bar):
            raise Broken(f"{a} and {b} share memory and their adjoints do not, or the reverse, at {where}")


def start_of_backward(code: types.CodeType) -> int:
    """The line at which the backward pass begins; 0 if there is none."""
    lines = lines_of(code)
    for number in range(code.co_firstlineno, len(lines) + 1):
        if lines[number - 1].strip() == "# Backward pass":
            return number
    return 0


@contextmanager
def checked() -> Iterator[list[int]]:
    """Generated code that runs inside is checked; the list holds how many stores were looked at."""
    seen = [0]

    def enter(frame: types.FrameType, event: str, argument: Any) -> Callable | None:
        code = frame.f_code
        if not code.co_filename.startswith("<srcgrad") or not code.co_name.endswith(("_grad", "_forward")):
            return None
        lines, last = lines_of(code), start_of_backward(code)

        def line(frame: types.FrameType, event: str, argument: Any) -> Callable:
            number = frame.f_lineno
            text = lines[number - 1].strip() if number <= len(lines) else ""
            if event == "line" and (not last or number < last) and STORE.match(text):
                seen[0] += 1
                check(frame.f_locals, text)
            if event == "return" and argument is not None and code.co_name.endswith("_grad"):
                all_used(frame, code)
            return line

        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield seen
    finally:
        sys.settrace(before)


def all_used(frame: types.FrameType, code: types.CodeType) -> None:
    text = "".join(lines_of(code)[code.co_firstlineno - 1 :])
    for name, value in frame.f_locals.items():
        if isinstance(value, list) and value and re.search(r"_saved(_\d+)?$", name) and f" {name}.append(" in text:
            raise Broken(f"{len(value)} things are left in {name}")


def balance(source: str) -> None:
    """For each place of a function that saves into a list there is one, as deep in loops, that takes out of it.

    What is saved before a break may stand for what is saved after it.
    """
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name.endswith("_grad"):
            found: dict[str, tuple[Counter, Counter, Counter]] = {}
            for method, name, depth, leaves in list_calls(function.body, 0):
                if re.search(r"_saved(_\d+)?$", name):
                    saves, leaving, uses = found.setdefault(name, (Counter(), Counter(), Counter()))
                    (uses if method == "pop" else leaving if leaves else saves)[depth] += 1
            for name, (saves, leaving, uses) in found.items():
                if saves - uses or uses - saves - leaving:
                    raise Broken(f"{name} is appended to {dict(saves + leaving)} and popped {dict(uses)} loops deep")


def list_calls(statements: list[ast.stmt], depth: int) -> Iterator[tuple[str, str, int, bool]]:
    """`x.append(...)` and `x.pop()`: the method, the name, the loops around it, and whether a break follows."""
    leaves = bool(statements) and isinstance(statements[-1], ast.Break)
    for statement in statements:
        blocks = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in getattr(statement, "handlers", [])]
        inside = {id(n) for block in blocks for s in block for n in ast.walk(s)}
        for node in ast.walk(statement):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in inside
            if called and isinstance(node.func.value, ast.Name) and node.func.attr in ("append", "pop"):
                yield node.func.attr, node.func.value.id, depth, leaves
        for block in blocks:
            yield from list_calls(block, depth + isinstance(statement, (ast.For, ast.While)))
