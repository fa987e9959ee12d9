"""Which definition in the text of a file is a running code object?  The one that compiles to it."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_FAR = 1_000_000  # further down than any line of a real file
_FORM = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_COROUTINE
_FORM |= inspect.CO_ASYNC_GENERATOR

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Found:
    """A definition in a parsed file: `top` is the statement of the module that holds it."""

    node: Definition
    top: ast.stmt
    module: ast.Module
    qualname: str
    class_name: str


def definition_of(code: types.CodeType, text: str) -> Found | None:
    """The definition in `text` that compiles to `code`."""
    try:
        candidates = _definitions(text).get((code.co_firstlineno, code.co_name), ())
    except (SyntaxError, ValueError, RecursionError):
        return None
    matching: list[tuple[Found, types.CodeType]] = []
    for found in candidates:
        for around in _surroundings(found):
            fresh = _compiled(found, around, code, alone=len(candidates) == 1)
            if fresh is not None and (_program(fresh) == _program(code) or _rewritten_by_pytest(code, fresh)):
                matching.append((found, fresh))
                break
    # Lambdas on one line: equal code is an equal meaning (defaults and cells are the function object's), so any of
    # them is right; the columns, kept from 3.11 on, say which one it is.
    for found, fresh in matching:
        if _columns(fresh) == _columns(code):
            return found
    return matching[0][0] if matching else None


@functools.lru_cache(maxsize=32)
def _definitions(text: str) -> dict[tuple[int, str], list[Found]]:
    """All definitions in a file, by first line (a decorator's, if there is one) and name, as code objects have them."""
    found: dict[tuple[int, str], list[Found]] = {}
    module = ast.parse(text)
    # (node, statement of the module it is in, prefix of names in its scope, its class), in the order of the text
    stack: list[tuple[ast.AST, ast.stmt, str, str]] = [(part, part, "", "") for part in reversed(module.body)]
    while stack:
        node, top, scope, class_name = stack.pop()
        inner, inner_class = scope, class_name
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            decorators = getattr(node, "decorator_list", [])
            line = decorators[0].lineno if decorators else node.lineno
            found.setdefault((line, name), []).append(Found(node, top, module, scope + name, class_name))
            inner = f"{scope}{name}.<locals>."
        elif isinstance(node, ast.ClassDef):
            inner, inner_class = f"{scope}{node.name}.", node.name
        body = getattr(node, "body", ())
        inside = {id(part) for part in (body if isinstance(body, list) else [body])}
        for child in reversed(list(ast.iter_child_nodes(node))):
            if id(child) in inside:
                stack.append((child, top, inner, inner_class))
            else:  # decorators, defaults and bases belong to the scope outside
                stack.append((child, top, scope, class_name))
    return found


def _surroundings(found: Found) -> Iterator[tuple[ast.stmt, ...]]:
    """Other statements of the module on which a function's code may depend; the cheapest that will do comes first.

    A method of an imported name is not called as other methods are; notebooks compile one statement at a time; and a
    module that says `super` outside its classes has other calls of it inside.
    """
    yield tuple(_imports(found.module))
    yield ()
    yield tuple(
        part for part in found.module.body
        if part is not found.top and not (isinstance(part, ast.ImportFrom) and part.module == "__future__")
    )  # fmt: skip


def _imports(node: ast.AST) -> Iterator[ast.stmt]:
    """The imports of a module itself; those from __future__ are flags of the code."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import) or (isinstance(child, ast.ImportFrom) and child.module != "__future__"):
            yield child
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            yield from _imports(child)


def _compiled(found: Found, around: tuple[ast.stmt, ...], code: types.CodeType, alone: bool) -> types.CodeType | None:
    """The definition compiled where it stands, so that free variables and mangled names are what they were."""
    top, line = found.top, code.co_firstlineno
    if not alone:
        # the whole lambda is moved far down, in a copy, to be told from its neighbours
        memo: dict[int, Any] = {}
        top = copy.deepcopy(top, memo)
        for part in ast.walk(memo[id(found.node)]):
            if isinstance(part, (ast.expr, ast.arg, ast.keyword)):
                part.lineno += _FAR
                part.end_lineno = (part.end_lineno or part.lineno) + _FAR
        line += _FAR
    # `annotations` is the feature imported above: a flag of the code if its file imports it, too
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | (code.co_flags & annotations.compiler_flag)
    try:
        module = _compile_top((*around, top), flags)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return next((part for part in _codes(module) if (part.co_firstlineno, part.co_name) == (line, code.co_name)), None)


@functools.lru_cache(maxsize=8)
def _compile_top(statements: tuple[ast.stmt, ...], flags: int) -> types.CodeType:
    return compile(ast.Module([*statements], []), "<source>", "exec", flags, dont_inherit=True)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code objects inside a code object, outer ones first."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _program(code: types.CodeType) -> tuple[Any, ...]:
    """What a code object does, without where it stands."""
    return (
        code.co_name, code.co_flags & _FORM, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount,
        code.co_code, tuple(map(_constant, code.co_consts)), code.co_names, code.co_varnames, code.co_cellvars,
        code.co_freevars, getattr(code, "co_exceptiontable", b""),
    )  # fmt: skip


def _constant(value: Any) -> Any:
    """A key that tells 1, 1.0 and True apart, and 0.0 from -0.0."""
    if isinstance(value, types.CodeType):
        return _program(value)
    if isinstance(value, tuple):
        return (tuple, *map(_constant, value))
    if isinstance(value, frozenset):
        return frozenset(map(_constant, value))
    return type(value), repr(value)


def _rewritten_by_pytest(code: types.CodeType, fresh: types.CodeType) -> bool:
    """Is `code` what pytest made of a function with asserts in it?  Then it can only be compared loosely."""
    parts = [code, *_codes(code)]
    return (
        any(name.startswith("@py") for part in parts for name in (*part.co_varnames, *part.co_cellvars, *part.co_names))
        and code.co_varnames[: _parameters(code)] == fresh.co_varnames[: _parameters(fresh)]
        and set(fresh.co_names) <= set(code.co_names)
        and set(fresh.co_varnames) <= set(code.co_varnames)
        and code.co_freevars == fresh.co_freevars
    )


def _parameters(code: types.CodeType) -> int:
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + stars


def _columns(code: types.CodeType) -> list[tuple[int | None, int | None]]:
    positions: Any = getattr(code, "co_positions", tuple)()
    return [(start, end) for _, _, start, end in positions]
