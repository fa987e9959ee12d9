"""How does generated text become functions that debuggers can show, and whose errors name the user's line?"""

from __future__ import annotations

import ast
import itertools
import linecache
import types
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from srcgrad.errors import Location, refused_when_run

_numbers = itertools.count(1)


def compile_source(text: str, namespace: dict[str, Any], name: str, run: str | None = None) -> dict[str, Any]:
    """Run generated text in `namespace`, which is returned, as a file of its own called `<srcgrad name 1>`.

    run: the text to run if it is not that to show, with the same lines.

    The text can be seen by pdb, tracebacks and inspect.getsource for as long as one of its functions is alive.

    >>> square_grad = compile_source("def square_grad(x): return 2 * x", {}, "square_grad")["square_grad"]
    >>> square_grad(3.0)
    6.0
    """
    file = f"<srcgrad {name} {next(_numbers)}>"
    module = compile(text if run is None else run, file, "exec", dont_inherit=True)
    namespace.setdefault("__name__", "<srcgrad>")
    _register(file, text, module)
    exec(module, namespace)
    return namespace


def annotate(error: BaseException, line_map: Mapping[str, Mapping[int, Location]]) -> None:
    """Note on an exception raised in generated code which line of the user's was at work (PEP 678); raise what it stands
    for, if that is a refusal.

    line_map: generated file name -> first line of a generated statement -> the user's line that it comes from.  The
    innermost frame of a file in the map counts.
    """
    where = None
    for file, line in _frames(error.__traceback__):
        if file in line_map:
            where = _user_line(file, line, line_map[file]) or where
    refusal = refused_when_run(error, where)
    if refusal is not None:
        raise refusal from None
    if where is None:
        return
    note = f"while differentiating {where}: {where.text.strip()}"
    if note not in getattr(error, "__notes__", ()):  # the caller may be generated code, too
        _add_note(error, note)


def _register(file: str, text: str, module: types.CodeType) -> None:
    """Give the text to linecache until the last function in it is gone."""
    # without a time of modification, linecache.checkcache leaves an entry alone
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    # Code objects, not functions, since other functions may be made of them, and since a pullback outlives its maker.
    alive = [part for part in module.co_consts if isinstance(part, types.CodeType)]
    count = len(alive)

    def release() -> None:
        nonlocal count
        count -= 1
        if count == 0:
            linecache.cache.pop(file, None)

    for part in alive:
        weakref.finalize(part, release).atexit = False


def _frames(traceback: types.TracebackType | None) -> Iterator[tuple[str, int]]:
    """(file, line) of every frame, the innermost last."""
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _user_line(file: str, line: int, lines: Mapping[int, Location]) -> Location | None:
    """The user's line of a generated line, which may be a later line of its statement."""
    if line in lines:
        return lines[line]
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return None
    spans = [
        (part.lineno, part.end_lineno)
        for part in ast.walk(tree)
        if isinstance(part, ast.stmt) and part.lineno <= line <= (part.end_lineno or part.lineno)
    ]
    innermost = max((start for start, _ in spans), default=line)
    return lines.get(innermost)


def _add_note(error: BaseException, note: str) -> None:
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:  # Python 3.10, where a later reader of the notes still finds them
        error.__notes__ = [*getattr(error, "__notes__", []), note]  # type: ignore[attr-defined]
