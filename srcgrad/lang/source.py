"""What are the tree and the text of a function?"""

from __future__ import annotations

import ast
import inspect
import linecache
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.errors import Location, SrcgradError
from srcgrad.lang.locate import Found, definition_of
from srcgrad.lang.nodes import nodes_in

LAMBDA = "lambda_"


@dataclass(frozen=True, eq=False)
class Source:
    """A function's tree and text.

    tree: a gast.FunctionDef without decorators, with the file's line numbers; a lambda is a function named `lambda_`
    with one return.  (An `async def` keeps its class, for `accept` to refuse.)
    lines: the lines of the function, the first of which is line `first_line` of the file.
    captured: the variables of enclosing functions that it uses.
    """

    tree: gast.FunctionDef
    file: str
    first_line: int
    lines: tuple[str, ...]
    name: str
    qualname: str
    captured: tuple[str, ...] = ()

    def line(self, number: int) -> str:
        """The text of a line of the file, "" outside the function."""
        position = number - self.first_line
        return self.lines[position] if 0 <= position < len(self.lines) else ""

    def location(self, node: gast.AST | None = None) -> Location:
        """The place of a node of the tree (of the function itself if none is given), for an error."""
        place = _placed(node) or self.tree
        text = self.line(place.lineno)
        start = _characters(text, place.col_offset)
        if place.end_lineno == place.lineno:
            end = _characters(text, place.end_col_offset)
        else:  # only the first line is shown
            end = len(text.rstrip())
        return Location(self.file, place.lineno, self._title(), text, start, end)

    def heading_line(self, node: gast.AST) -> str:
        """The first line of a statement as the user wrote it, without its comment, and of a compound statement
        without the body: `for x in xs: y += x  # total` is `for x in xs:`."""
        place = _placed(node) or self.tree
        text = self.line(place.lineno)
        start = _characters(text, place.col_offset)
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        if isinstance(body, list) and isinstance(node, (gast.stmt, gast.ExceptHandler)):
            end = self._header_end(text, place, body[0])
        elif place.end_lineno == place.lineno:
            end = _characters(text, place.end_col_offset)
        else:
            end = len(text)
        words = text[start:end].strip()
        # a lambda's only statement is one that the user did not spell out
        return f"return {words}" if self.name == LAMBDA and isinstance(node, gast.Return) else words

    def _header_end(self, text: str, place: Any, first: gast.AST) -> int:
        body = _placed(first)
        if body is not None and body.lineno == place.lineno:
            return _characters(text, body.col_offset)
        # a `#` inside the header is inside an expression, so the comment starts after the last of them
        ends = [
            part.end_col_offset
            for part in nodes_in(place)
            if getattr(part, "end_lineno", None) == place.lineno and part is not place
        ]
        colon = text.find(":", _characters(text, max(ends, default=place.col_offset)))
        return colon + 1 if colon >= 0 else len(text)

    def _title(self) -> str:
        """The name to show: `Model.energy`, `inner`, `<lambda>`."""
        return self.qualname.rpartition("<locals>.")[2]


def source_of(function: Callable[..., Any] | types.CodeType, name: str | None = None) -> Source:
    """The source of a function, or of a code object called `name`; refused if it can't be had for certain."""
    function = function.__func__ if isinstance(function, types.MethodType) else function
    code = function if isinstance(function, types.CodeType) else getattr(function, "__code__", None)
    name = name or getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or repr(function)
    if not isinstance(code, types.CodeType):
        raise _no_source(f"{name} is not written in Python")
    known = _SOURCES.get(id(code))
    if known is not None and known[0]() is code:
        return known[1]
    source = _find(code, getattr(function, "__globals__", None), name)
    _remember(code, source)
    return source


# What has been found, by the identity of the code object: equal code objects of two files compare equal.
_SOURCES: dict[int, tuple[weakref.ref[types.CodeType], Source]] = {}


def _remember(code: types.CodeType, source: Source) -> None:
    key = id(code)

    def forget(reference: weakref.ref[types.CodeType]) -> None:
        # by then the number may belong to another code object, which has an entry of its own
        if key in _SOURCES and _SOURCES[key][0] is reference:
            del _SOURCES[key]

    _SOURCES[key] = (weakref.ref(code, forget), source)


def _no_source(reason: str) -> SrcgradError:
    return SrcgradError(
        "E601",
        f"{reason}, and srcgrad reads source",
        advice="define it in a file or a notebook cell, or give it a derivative with srcgrad.rule",
    )


def _find(code: types.CodeType, names: dict[str, Any] | None, name: str) -> Source:
    seen = False
    for text in _texts(code, names):
        seen = True
        found = definition_of(code, text)
        if found is not None:
            try:
                return _make(code, text, found)
            except RecursionError as error:
                raise SrcgradError(
                    "E302", f"an expression in {name} is nested too deeply", advice="split it into several statements"
                ) from error
    if not seen:
        raise _no_source(f"the source of {name} can't be found ({code.co_filename!r} is not a file that can be read)")
    raise SrcgradError(
        "E602",
        f"the source of {name} at {code.co_filename}:{code.co_firstlineno} is not what is running",
        advice="the file was edited after the import, or a tool rewrote the function: reload the module",
    )


def _texts(code: types.CodeType, names: dict[str, Any] | None) -> Iterator[str]:
    """The text of the file, as it was when last read and then as it is now."""
    file = code.co_filename
    before = "".join(linecache.getlines(file, names))
    if before:
        yield before
        linecache.checkcache(file)
        now = "".join(linecache.getlines(file, names))
        if now and now != before:
            yield now
        return
    try:  # from 3.13 on, what is typed at the prompt is found by the code object
        typed = "".join(inspect.findsource(code)[0])
    except (OSError, TypeError, IndexError, SyntaxError):
        return
    if typed:
        yield typed


# Making the tree


def _make(code: types.CodeType, text: str, found: Found) -> Source:
    node = found.node
    tree = gast.ast_to_gast(node)
    if isinstance(node, ast.Lambda):
        result = gast.copy_location(gast.Return(tree.body), tree.body)
        function = gast.FunctionDef(LAMBDA, tree.args, [result], [], None, None, [])
        tree = gast.copy_location(function, tree)
    else:
        tree.decorator_list = []  # this tree was made here
    if found.class_name.strip("_"):
        _Mangle(found.class_name).visit(tree)
    lines = text.split("\n")  # not splitlines, which also splits at form feeds
    last = node.end_lineno or node.lineno
    return Source(
        tree=tree,
        file=code.co_filename,
        first_line=node.lineno,
        lines=tuple(line.rstrip("\r") for line in lines[node.lineno - 1 : last]),
        name=tree.name,
        qualname=found.qualname,
        captured=code.co_freevars,
    )


class _Mangle(gast.NodeVisitor):
    """`self.__x` in a class Model is `self._Model__x`, which generated code outside of the class must say."""

    def __init__(self, class_name: str) -> None:
        self.prefix = "_" + class_name.lstrip("_")

    def mangled(self, name: str) -> str:
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return self.prefix + name if private else name

    def generic_visit(self, node: gast.AST) -> None:
        for field in ("id", "attr", "arg", "name", "asname", "rest"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, self.mangled(getattr(node, field)))
        if isinstance(node, (gast.Global, gast.Nonlocal)):
            node.names = [self.mangled(name) for name in node.names]
        super().generic_visit(node)

    def visit_ClassDef(self, node: gast.ClassDef) -> None:
        """A class in the function mangles for itself."""


def _placed(node: gast.AST | None) -> Any:
    """The node, or the first one in it, that has a place in the text."""
    if node is None:
        return None
    return next((part for part in nodes_in(node) if isinstance(getattr(part, "lineno", None), int)), None)


def _characters(text: str, offset: int | None) -> int:
    """The column in characters of an offset in bytes of UTF-8."""
    return len(text.encode()[: offset or 0].decode(errors="ignore"))
