"""Which of the user's lines is it that Numba can't compile?  The one that the generated line it names was made of."""

from __future__ import annotations

import ast
import re
from typing import Any

import gast

from srcgrad.backends.lowering import OURS
from srcgrad.backends.outside import SUFFIX
from srcgrad.lang.nodes import nodes_in

# `File "srcgrad_compiled_1a.py", line 12`, `defined at srcgrad_compiled_1a.py (12)`
PLACE = re.compile(r'srcgrad_compiled_\w+\.py"?(?:, line |\s*\()(\d+)')
COMPOUND = (gast.If, gast.For, gast.While, gast.With, gast.Try, gast.FunctionDef, gast.ClassDef)


def users_statement(said: str, text: str, main: str, tree: Any) -> Any:
    """The statement of the user's function that an error in a compiled text is about; the function if it is not known.

    main: the name of the generated function.  tree: the user's function.
    """
    functions = [f for f in ast.parse(text).body if isinstance(f, ast.FunctionDef)] if text else []
    places = [
        (int(place), f) for place in PLACE.findall(said) for f in functions if f.lineno <= int(place) <= (f.end_lineno or 0)
    ]
    # What a helper can't do is asked of it by a line of the function that calls it.
    line, around = next(((n, f) for n, f in places if f.name not in OURS), (0, None))
    statements = [s for s in nodes_in(*tree.body) if isinstance(s, gast.stmt)]
    if around is None or not statements:
        return tree
    if around.name not in (main, main + SUFFIX):  # in a function that was made for a call
        return with_call_of(around.name, tree)
    comment = comment_above(text.splitlines(), line, around.lineno)
    ours = names_in(innermost(around, line)) | set(re.findall(r"\w+", comment))
    if isinstance(innermost(around, line), ast.Try):
        statements = [s for s in statements if isinstance(s, gast.Try)] or statements
        return statements[0]
    best = max(statements, key=lambda s: likeness(names_in(s), ours))
    return best if likeness(names_in(best), ours) > 0 else tree


def with_call_of(made: str, tree: Any) -> Any:
    """The last statement of the user's that calls what a generated function was made for; the function if there is none."""
    statements = [s for s in nodes_in(*tree.body) if isinstance(s, gast.stmt) and not isinstance(s, gast.FunctionDef)]
    calls = [s for s in statements if any(made.startswith(f"{n.strip('_')}_") for n in names_in(s))]
    return calls[-1] if calls else tree


def innermost(function: ast.FunctionDef, line: int) -> ast.stmt:
    """The statement that a line belongs to."""
    inside = [
        s for s in ast.walk(function) if isinstance(s, ast.stmt) and s.lineno <= line <= (s.end_lineno or s.lineno)
    ]
    return max(inside, key=lambda s: s.lineno)


def comment_above(lines: list[str], line: int, first: int) -> str:
    """In a backward pass, the user's statement stands above what was made of it."""
    place = line - 1
    while place > first and not lines[place].lstrip().startswith("#"):
        place -= 1
    text = lines[place].strip().lstrip("# ")
    return text if text not in ("Forward pass", "Backward pass") and place > first else ""


def names_in(statement: Any) -> set[str]:
    """The names in a statement, without those in the blocks inside it."""
    blocks = ("body", "orelse", "handlers", "finalbody") if isinstance(statement, (*COMPOUND, ast.stmt)) else ()
    found: set[str] = set()
    queue = [v for f, v in statement.__dict__.items() if f not in blocks]
    for value in queue:
        if isinstance(value, list):
            queue += value
        elif isinstance(value, (ast.AST, gast.AST)):
            found |= {n for n in (getattr(value, "id", None), getattr(value, "attr", None)) if n}
            queue += list(value.__dict__.values())
    return found


def likeness(theirs: set[str], ours: set[str]) -> float:
    """How much of a statement's names is in a generated one, and of these in it; what all lines have counts little."""
    common = (theirs & ours) - {"np"}
    return len(common) ** 2 / (len(theirs | ours) or 1)
