"""How do generated functions become machine code?  Lowered, written to a module of a cache folder, compiled by Numba.

The compiled code is kept on disk beside the module, so that the next process has nothing to compile.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import logging
import os
import re
import shutil
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gast
import numpy as np

from srcgrad.backends.blame import users_statement, with_call_of
from srcgrad.backends.lowering import module_text
from srcgrad.backends.outside import SUFFIX
from srcgrad.backends.recursion import Untyped, check_saved, recursive
from srcgrad.errors import ArgumentError, SrcgradError
from srcgrad.lang.tree import SCOPES

logger = logging.getLogger("srcgrad")
DECORATOR = '@njit(error_model="numpy"{options})\n'
OPTIONS = {
    # NaN and infinity stay what they are: sums start from them, and tests ask for them.
    "fastmath": ', fastmath={"reassoc", "arcp", "contract", "afn", "nsz"}',
    # Only the loops that are known to be independent, not what Numba makes of array expressions by itself.
    "parallel": ', parallel={"prange": True, "comprehension": False, "fusion": False, "numpy": False, "reduction": False, "setitem": False, "stencil": False}',
}
SLOW = 1.0  # seconds, after which a compilation is told of


def import_numba() -> Any:
    try:
        import numba
    except ImportError:
        raise ArgumentError(
            "E510", 'backend="numba" needs Numba, which is not installed', advice="pip install srcgrad[numba]"
        ) from None
    return numba


def decorated(
    functions: list[Any], space: dict[str, Any], requests: frozenset[str] = frozenset()
) -> tuple[str, dict[str, Any]]:
    """The module to compile; what calls functions of the user's, which may change, is not kept on disk.

    requests: "fastmath", "parallel".
    """
    if any(isinstance(node, SCOPES) for function in functions for node in gast.walk(function)):
        # Beside one of these Numba drops stores through views of arrays in lists.
        raise NotImplementedError("there is a comprehension or a lambda in it")
    check_saved(functions)
    asked = "".join(OPTIONS[name] for name in sorted(requests))
    kept = "" if recursive(functions) else ", cache=True"  # Numba can't load what calls itself
    text, own = module_text(functions, space, DECORATOR.format(options=asked + kept))
    if own and kept:
        text, own = module_text(functions, space, DECORATOR.format(options=asked))
    names = "njit, prange" if "prange(" in text else "njit"
    return text.replace("import numpy as np\n", f"import numpy as np\nfrom numba import {names}\n", 1), own


def cache_folder() -> Path:
    """Where compiled code is kept: SRCGRAD_CACHE_DIR, or the user's cache folder."""
    chosen = os.environ.get("SRCGRAD_CACHE_DIR")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "srcgrad"


def load(text: str, own: dict[str, Any]) -> types.ModuleType:
    """The text as a module from a file of the cache, found by what it says and by the versions at work."""
    numba = import_numba()
    versions = f"{sys.version_info[:3]} {np.__version__} {numba.__version__}"
    digest = hashlib.sha256(f"{versions}\n{text}".encode()).hexdigest()[:24]
    name = f"srcgrad_compiled_{digest}"
    if name in sys.modules and not own:
        return sys.modules[name]
    folder = cache_folder() / digest
    try:
        path = written(folder, name, text)
    except OSError:  # a home that can't be written to: nothing is kept
        path = written(Path(tempfile.mkdtemp(prefix="srcgrad-")), name, text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a file of Python source has a loader"
    module = importlib.util.module_from_spec(spec)
    for key, value in own.items():
        plain = isinstance(value, types.FunctionType)
        setattr(module, key, numba.njit(value, error_model="numpy") if plain else value)
    if not own:
        sys.modules[name] = module  # Numba looks compiled functions up by the name of their module
    spec.loader.exec_module(module)
    return module


def written(folder: Path, name: str, text: str) -> Path:
    """The file with this text.  It appears at once and whole, so that processes may do this at the same time."""
    path = folder / f"{name}.py"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    return path


def compiled(text: str, own: dict[str, Any], name: str, values: list[Any]) -> Callable[..., Any]:
    """The function of the module, compiled for arguments like these."""
    numba = import_numba()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = load(text, own)
        around = getattr(module, name)
        if isinstance(around, types.FunctionType):
            name, values = called_by(text, name, around, values)
        function = getattr(module, name)
        defaults = (function.py_func.__defaults__ or ())[
            -(function.py_func.__code__.co_argcount - len(values)) or None :
        ]
        try:
            given = (*map(numba.typeof, values), *map(numba.types.Omitted, defaults))
        except ValueError as error:
            raise NotImplementedError(str(error)) from None
        given = given[: function.py_func.__code__.co_argcount]
        start = time.perf_counter()
        try:
            function.compile(given)
        except refusals():
            raise
        except Exception as error:
            # An entry of the cache that is damaged, or was made by something else: made anew, without it.
            logger.info("the cache entry of %s can't be used (%s): compiled again", name, error)
            sys.modules.pop(module.__name__, None)
            shutil.rmtree(Path(str(module.__file__)).parent / "__pycache__", ignore_errors=True)
            module = load(text, own)
            around = getattr(module, name.removesuffix(SUFFIX))
            function = getattr(module, name)
            start = time.perf_counter()
            try:
                function.compile(given)
            except Exception as again:
                raise NotImplementedError(str(again)) from again
    seconds = time.perf_counter() - start
    loaded = sum(function.stats.cache_hits.values())
    if seconds > SLOW and not loaded:
        logger.info("Numba took %.1f s to compile %s", seconds, name)
    return around if isinstance(around, types.FunctionType) else function  # type: ignore[no-any-return]


def called_by(text: str, name: str, around: Any, values: list[Any]) -> tuple[str, list[Any]]:
    """The compiled function that the one around it calls, and what it gives it for these values."""
    function = next(s for s in ast.parse(text).body if isinstance(s, ast.FunctionDef) and s.name == name)
    call = next(n for n in ast.walk(function) if isinstance(n, ast.Call) and ast.unparse(n.func) == name + SUFFIX)
    space = inspect.signature(around).bind(*values)
    space.apply_defaults()
    return name + SUFFIX, [eval(ast.unparse(a), {}, space.arguments) for a in call.args]


def refusals() -> tuple[type[Exception], ...]:
    """What tells that Numba can't compile something."""
    errors = import_numba().core.errors
    return errors.NumbaError, errors.UnsupportedBytecodeError, NotImplementedError


def refusal(error: BaseException, function: Any, text: str, main: str) -> SrcgradError:
    """What Numba can't compile, in one line of its own words, and the user's line that it is in."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = next((ln for ln in lines if ln and not ln.startswith(("Failed in", "File", "-"))), type(error).__name__)
    called = next((ln for ln in lines if ln.startswith(">>> ")), "")
    if said.startswith("No implementation of function") and called:
        said = f"it has no {called.removeprefix('>>> ')}"
    said = re.sub(r"[.,]* (?:defined at|Raised from) \S+ \(\d+\)", "", said)  # a file of the cache
    untyped = re.match(r"Untyped global name '(\w+)'", said)
    if untyped and untyped[1] in ("id", "vars"):  # in a function of ours that follows any structure
        said = "it has no types for a list, dict or object that is used as a whole here"
    elif untyped and "<class 'type'>" in said:
        said = f"it has no types for objects of the class {untyped[1]} that are used as a whole"
    unlike = re.match(r"Cannot unify (.+) and (.+) for '([^']+)'$", said)
    if unlike:
        name = unlike[3].split(".")[0]
        told = f"`{name}` is" if name.isidentifier() else "a value is"
        said = f"{told} of one type here and of another there: {unlike[1]} and {unlike[2]}"
    if "exception_match" in said:
        said = "it can tell no class of errors from another in `except`, and takes `except Exception` alone"
    if isinstance(error, Untyped):
        statement = with_call_of(error.of, function.source.tree)
    else:
        statement = users_statement(str(error), text, main, function.source.tree)
    return SrcgradError(
        "E511", f"Numba can't compile the gradient of {function.name}: {said}",
        advice='use backend="numpy", or backend="auto", which falls back to it',
        where=function.source.location(statement),
    )  # fmt: skip
