"""Which functions can never be differentiated, by their syntax alone?"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import gast

from srcgrad.errors import SrcgradError
from srcgrad.lang.nodes import children
from srcgrad.lang.source import Source

_ASYNC = ("E102", "async code cannot be differentiated", "await its results outside, and pass them as arguments")
_YIELD = ("E101", "a generator cannot be differentiated", "collect the values in a list and return it")

# Node class -> code, what it is, what to do.
REFUSED_NODES: dict[str, tuple[str, str, str]] = {
    "Yield": _YIELD,
    "YieldFrom": _YIELD,
    "AsyncFunctionDef": _ASYNC,
    "Await": _ASYNC,
    "AsyncFor": _ASYNC,
    "AsyncWith": _ASYNC,
    "ClassDef": ("E105", "a class is defined inside the function", "define it outside, at the level of the module"),
    "TryStar": ("E106", "except* cannot be differentiated", "use except"),
    "TypeAlias": ("E108", "a type alias inside the function", "define it outside, at the level of the module"),
}

_RUN = ("runs code that is not in the source", "write the code out, or pass a function")
_NAMES = ("reads variables by their names at run time", "name the variables, or use a dict of your own")

# Builtin -> what a call of it does, what to do, and whether it may be called with arguments.
REFUSED_CALLS: dict[str, tuple[str, str, bool]] = {
    "exec": (*_RUN, False),
    "eval": (*_RUN, False),
    "compile": (*_RUN, False),
    "__import__": ("imports a module by its name", "use an import statement", False),
    "locals": (*_NAMES, False),
    "globals": (*_NAMES, False),
    "vars": (*_NAMES, True),
    "dir": (*_NAMES, True),
}

FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def accept(source: Source, namespace: Mapping[str, Any] | None = None) -> None:
    """Refuse the function if it holds, at any depth, what has no derivative.

    `namespace` is the function's globals, in which `eval` and its like may be something of the user's own.
    """
    ours = {name for name in REFUSED_CALLS if name in (namespace or {}) and not _is_builtin(name, namespace)}
    _accept_scope(source, source.tree, ours | set(source.captured))


def _is_builtin(name: str, namespace: Mapping[str, Any] | None) -> bool:
    return namespace is not None and namespace[name] is getattr(builtins, name)


def _accept_scope(source: Source, function: gast.AST, outer: set[str]) -> None:
    """Look at one function; `outer` are the variables of the functions around it."""
    if isinstance(function, gast.AsyncFunctionDef):
        _refuse(source, function, *_ASYNC)
    nodes = list(_own_nodes(function))
    global_names = {name for node in nodes if isinstance(node, gast.Global) for name in node.names}
    nonlocal_names = {name for node in nodes if isinstance(node, gast.Nonlocal) for name in node.names}
    bound = {name for node in nodes for name, _ in bindings(node)} - global_names
    visible = (outer - global_names) | bound | nonlocal_names
    for node in nodes:
        kind = type(node).__name__
        if kind in REFUSED_NODES:
            _refuse(source, node, *REFUSED_NODES[kind])
        if isinstance(node, COMPREHENSIONS) and any(generator.is_async for generator in node.generators):
            _refuse(source, node, *_ASYNC)
        if isinstance(node, gast.Call):
            _accept_call(source, node, visible)
        for name, verb in bindings(node):
            if name in global_names:
                _refuse(
                    source, node, "E104", f"{verb} the global variable {name!r}",
                    f"return the new value of {name!r}, and assign it outside",
                )  # fmt: skip
            if verb == "deletes" and name in nonlocal_names:
                _refuse(
                    source, node, "E107", f"deletes {name!r}, a variable of the function around it",
                    f"assign None to {name!r}",
                )  # fmt: skip
    for node in nodes:
        if isinstance(node, FUNCTIONS) and node is not function:
            _accept_scope(source, node, visible)


def _accept_call(source: Source, call: gast.Call, visible: set[str]) -> None:
    function = call.func
    if isinstance(function, gast.Name) and function.id not in visible:
        name = function.id
    elif isinstance(function, gast.Attribute) and getattr(function.value, "id", "") == "builtins":
        name = function.attr
    else:
        return
    if name in REFUSED_CALLS:
        does, advice, with_arguments = REFUSED_CALLS[name]
        if not (with_arguments and (call.args or call.keywords)):
            _refuse(source, call, "E103", f"{name}() {does}", advice)


def _refuse(source: Source, node: gast.AST, code: str, message: str, advice: str) -> None:
    raise SrcgradError(code, f"{source.qualname}: {message}", advice=advice, where=source.location(node))


def _own_nodes(function: gast.AST) -> Iterator[gast.AST]:
    """The nodes of a function's own scope, parents first, in the order of the text.

    An inner function is one node, with its decorators and defaults, which are evaluated here.
    """

    parameters = getattr(function, "args", None)
    body = getattr(function, "body", [])
    stack = list(reversed(body if isinstance(body, list) else [body]))
    if parameters is not None:
        yield from _parameters(parameters)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            parts: Iterable[gast.AST] = _evaluated_outside(node)
        elif isinstance(node, gast.ClassDef):
            parts = ()
        else:
            parts = children(node)
        stack.extend(reversed(list(parts)))


def _evaluated_outside(function: Any) -> list[gast.AST]:
    defaults = [*function.args.defaults, *function.args.kw_defaults, *getattr(function, "decorator_list", [])]
    return [part for part in defaults if part is not None]


def _parameters(arguments: Any) -> list[gast.Name]:
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [parameter for parameter in every if parameter is not None]


def bindings(node: gast.AST) -> Iterator[tuple[str, str]]:
    """The variables that a node, without the nodes inside it, binds or unbinds: (name, "assigns" or the like)."""
    if isinstance(node, gast.Name):
        if isinstance(node.ctx, (gast.Store, gast.Param)):
            yield node.id, "assigns"
        elif isinstance(node.ctx, gast.Del):
            yield node.id, "deletes"
    elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
        yield node.name, "defines"
    elif isinstance(node, (gast.Import, gast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0], "imports"
    elif isinstance(node, (gast.MatchAs, gast.MatchStar)):
        if node.name:
            yield node.name, "assigns"
    elif isinstance(node, gast.MatchMapping):
        if node.rest:
            yield node.rest, "assigns"
