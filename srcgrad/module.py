"""What does a generated file hold?  Imports, the functions, and below them the helpers that they call."""

from __future__ import annotations

import functools
import inspect
import sys
import textwrap
import types
from typing import Any

import gast

from srcgrad.analysis.specialize.syntax import free_names
from srcgrad.errors import Location
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import heading, print_module
from srcgrad.lang.tree import names_read
from srcgrad.rules import registry
from srcgrad.rules.objects import home
from srcgrad.runtime import FUNCTIONS, MODULES

KEPT_DECORATORS = ("property", "staticmethod", "classmethod")


def print_file(functions: list[gast.FunctionDef], space: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """The text to show, the text to run (where the user's own objects are not imported again), and the names it needs.

    space: global name in the functions -> the object it stands for.
    """
    body = print_module(functions)
    wanted = {n for f in functions for n in free_names(f)}
    lines: list[tuple[str, str]] = []  # what is imported, and how
    copied: list[str] = []
    namespace: dict[str, Any] = {}
    queue = sorted(n for n in wanted if n in space or n in FUNCTIONS)
    seen: set[str] = set()
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.add(name)
        value: Any = space.get(name, FUNCTIONS.get(name))
        if isinstance(value, types.ModuleType):
            lines.append((value.__name__, import_line(name, value)))
            namespace[name] = value
        elif is_told(value):
            text, read = helper_text(value)
            copied.append(text)
            namespace[name] = value
            around = vars(sys.modules[value.__module__])
            known = {n: around[n] for n in read if isinstance(around.get(n), types.ModuleType) or callable(around.get(n))}
            space = {**known, **space}
            queue += sorted(known)
        elif FUNCTIONS.get(value.__name__ if hasattr(value, "__name__") else "") is value:  # type: ignore[union-attr]
            text, read = helper_text(value)  # type: ignore[arg-type]
            if value.__name__ != name:  # type: ignore[union-attr]
                text = text.replace(f"def {value.__name__}(", f"def {name}(", 1)  # type: ignore[union-attr]
            copied.append(text)
            namespace[name] = value  # type: ignore[assignment]
            queue += sorted(n for n in read if n in FUNCTIONS or n in MODULES)
            space = {**{n: MODULES[n] for n in read if n in MODULES}, **space}
        elif hasattr(value, "lifted") or is_part_of_definition(value):
            text, needed = lifted_text(name, value)
            copied.append(text)
            namespace[name] = value  # type: ignore[assignment]
            space = {**{n: v for n, v in value.__globals__.items() if n in needed}, **space}  # type: ignore[union-attr]
            queue += sorted(n for n in needed if n in space)
        elif is_result(value):
            made = f'{name} = namedtuple("{name}", "{" ".join(value._fields)}")'  # type: ignore[union-attr]
            copied.append(print_module(gast.parse(made).body).rstrip("\n"))
            lines.append(("collections", "from collections import namedtuple"))
            namespace[name] = value  # type: ignore[assignment]
        else:
            line = own_line(name, value)
            lines.append((line.split()[1] if line.startswith("from ") else "", line))
            namespace[name] = value
    shown = grouped(lines)
    top = shown + "\n\n\n" if shown else ""
    below = "".join(f"\n\n{text}\n" for text in copied)
    # What is imported or copied in the text is already there when it runs: the very objects, found by their rules.
    return top + body + below, "\n" * top.count("\n") + body, namespace


def grouped(lines: list[tuple[str, str]]) -> str:
    """Imports in three groups: the standard library's, NumPy's and SciPy's, and the user's own."""
    groups: tuple[set[str], ...] = (set(), set(), set())
    for module, line in lines:
        package = module.split(".")[0]
        groups[0 if package in sys.stdlib_module_names else 1 if package in ("numpy", "scipy") else 2].add(line)
    sorted_groups = ["\n".join(sorted(g, key=lambda line: (not line.startswith("import "), line))) for g in groups]
    return "\n\n".join(group for group in sorted_groups if group)


def import_line(name: str, module: types.ModuleType) -> str:
    whole = module.__name__
    if whole == name:
        return f"import {whole}"
    package, _, last = whole.rpartition(".")
    if package and last == name:
        return f"from {package} import {last}"
    return f"import {whole} as {name}"


def own_line(name: str, value: Any) -> str:
    """A function, class or object of the user's or of a library: imported from where it is."""
    module, real = home(value, name) or "__main__", getattr(value, "__name__", name)
    if not hasattr(value, "__name__"):
        module, real = held_as(value) or (module, real)
    if not real.isidentifier():
        return f"{name} = None  # {real}, made in {module}"
    return f"from {module} import {real}" + (f" as {name}" if real != name else "")


def held_as(value: Any) -> tuple[str, str] | None:
    """The module that holds an object, and its name there; a frozen distribution of SciPy has one like the public one."""
    parts = type(value).__module__.split(".")
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        for name, held in vars(sys.modules.get(module, None) or types.ModuleType("")).items():
            if held is value or (type(held) is type(value) and parts[0] == "scipy"):
                return module, name
    return None


def is_result(value: Any) -> bool:
    """A class that a definition has for the result of the function it tells."""
    return isinstance(value, type) and hasattr(value, "_fields") and value.__module__.startswith("srcgrad.rules.")


def is_part_of_definition(value: Any) -> bool:
    return isinstance(value, types.FunctionType) and (value.__module__ or "").startswith("srcgrad.rules.")


def lifted_text(name: str, function: Any) -> tuple[str, frozenset[str]]:
    """A function that a library calls, and was made inside the program, or that a definition calls; the names it reads."""
    if not hasattr(function, "lifted"):
        return helper_text(function)
    named = gast.FunctionDef(**dict(gast.iter_fields(function.lifted)))
    named.name = name
    return print_module([named]).rstrip("\n"), frozenset(names_read(named))


def is_told(value: Any) -> bool:
    """A function that a definition of a library's function calls, or a class that stands for one of a library's."""
    module = getattr(value, "__module__", None) or ""
    told = isinstance(value, types.FunctionType) and module.startswith("srcgrad.rules.")
    return told or (isinstance(value, type) and registry.is_stand_in(value))


@functools.cache
def helper_text(function: Any) -> tuple[str, frozenset[str]]:
    """A helper as generated files hold it, without annotations, which need imports; and the names it reads."""
    tree = gast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in nodes_in(tree):
        if isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            node.decorator_list = [d for d in node.decorator_list if getattr(d, "id", "") in KEPT_DECORATORS]
        if isinstance(node, gast.FunctionDef):
            node.returns = None
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Param):
            node.annotation = None
    tree.body[0].body = plain(tree.body[0].body)
    one = tree.body[0]
    read = {*free_names(one), *names_read(one.args)} if isinstance(one, gast.FunctionDef) else names_read(one)
    return print_module(tree.body).rstrip("\n"), frozenset(read)


def plain(statements: list[gast.stmt]) -> list[gast.stmt]:
    """`x: T = e` as `x = e`, at any depth, and nothing for `x: T`."""
    result: list[gast.stmt] = []
    for statement in statements:
        if isinstance(statement, gast.AnnAssign):
            if statement.value is not None:
                result.append(gast.Assign([statement.target], statement.value, None))
            continue
        for part in ("body", "orelse"):
            if isinstance(getattr(statement, part, None), list):
                setattr(statement, part, plain(getattr(statement, part)))
        result.append(statement)
    return result


def line_map(text: str, file: str, functions: list[core.Function]) -> dict[str, dict[int, Location]]:
    """First line of each generated statement -> the user's line, found by what the statement and the comment say."""
    by_heading: dict[str, Location] = {}
    for function in functions:
        for node in nodes_in(function.source.tree):
            if isinstance(node, gast.stmt) and node.lineno in function.headings:
                location, line = function.source.location(node), function.headings[node.lineno].strip()
                by_heading.setdefault(line, location)
                if "; " in line:
                    by_heading.setdefault(heading(node).strip(), location)
    found: dict[int, Location] = {}
    current: Location | None = None
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("def "):
            current = None
        if stripped.startswith("# ") and stripped[2:] in by_heading:
            current = by_heading[stripped[2:]]
        elif stripped in by_heading:
            found[number] = by_heading[stripped]
        elif f"return {stripped.partition(' = ')[2]}" in by_heading:
            found[number] = by_heading[f"return {stripped.partition(' = ')[2]}"]
        elif stripped and current is not None and not stripped.startswith("#"):
            found[number] = current
    following: Location | None = None
    for number, line in reversed(list(enumerate(text.splitlines(), 1))):
        stripped = line.strip()
        if stripped.startswith("def "):
            following = None
        elif number in found:
            following = found[number]
        elif stripped and not stripped.startswith(("#", '"')) and following is not None:
            found[number] = following  # a named part, or a save, of the statement that follows
    return {file: found}
