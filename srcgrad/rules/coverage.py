"""What is differentiated, and how?  The page docs/coverage.md, written from the registry: `python -m srcgrad.rules.coverage`."""

from __future__ import annotations

import importlib
import inspect
import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcgrad.rules import registry

HEAD = """# What srcgrad differentiates

Written from the registry by `python -m srcgrad.rules.coverage`, for NumPy {version}. Every function below has both
modes, reverse and forward, and derivatives of any order.

- **rule**: a formula of its own, in `srcgrad/rules/`; **definition**: told in Python in terms of functions that have
  rules, in `srcgrad/rules/definitions/`; **rule, definition**: the second for the calls that no rule fits.
- **as another function**: the same by another name, or called in another way.
- **constant**: its derivative is zero wherever there is one, or its result is nothing to differentiate.
- **arguments refused**: a call that gives one of these is refused, never differentiated as if it were not there.
  `out=` is taken by all functions that have it, as a store; so is `where=` of a ufunc that is given `out=`: without it
  what is left out has no value, and is refused. `dtype=`, `casting=`, `order=`, `subok=` and the methods `reduce`,
  `accumulate`, `reduceat`, `outer` and `at` are taken of all ufuncs.
- Of SciPy, what has rules stands here (`srcgrad/rules/scipy/`). Distributions have `pdf`, `logpdf` (`pmf`, `logpmf`),
  `cdf`, `logcdf`, `sf`, `logsf`, `ppf` and `isf`, frozen ones too, as far as the rows under `scipy.stats` say.
- Random draws, of a `numpy.random.Generator`, a `RandomState` or `np.random` itself, whose parameters vary are those
  under `srcgrad/rules/definitions/random.py`: told by standard draws, which are made once and kept.
- **as a store**: it changes an array, and is differentiated as the assignment that it stands for.

What stands nowhere on this page is refused by name (E203) when a differentiable value is passed to it.
"""
MODULES: tuple[tuple[str, Any], ...] = (
    ("np", np),
    ("np.linalg", np.linalg),
    ("np.fft", np.fft),
    ("math", math),
    ("operator", operator),
)
METHODS = ("pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")
IN_PLACE = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}
IGNORED = {"out", "like", "device", "order", "subok", "casting", "kwargs", "args", "signature", "extobj"}


def page() -> str:
    """The text of docs/coverage.md."""
    libraries = tuple((name, importlib.import_module(name)) for name in registry.LIBRARIES)
    registry.load()
    parts = [HEAD.format(version=".".join(np.__version__.split(".")[:2]))]
    for prefix, module in (*MODULES, *libraries):
        rows, constants, absent = [], [], []
        for names, found in functions(module):
            how, listed = kind(found), ", ".join(f"`{n}`" for n in names)
            row = ", ".join(f"`{prefix}.{n}`" for n in names)
            if names[0] in IN_PLACE:
                rows.append(f"| {row} | as a store |  |  |")
            elif how == "constant":
                constants.append(listed)
            elif how is None:
                absent.append(listed)
            else:
                rows.append(f"| {row} | {how} | {refused(found)} | {sources(found)} |")
        parts.append(f"## {prefix}\n")
        parts.append("| function | how | arguments refused | source of the formula |\n| --- | --- | --- | --- |")
        parts.append("\n".join(rows) + "\n")
        told, data = objects(module) if prefix.startswith("scipy") else ([], [])
        if told:
            parts.append(f"Objects, made of what varies: {', '.join(told)}.\n")
        if data:
            parts.append(f"Objects that are given, at what varies: {', '.join(data)}.\n")
        if constants:
            parts.append(f"Constant: {', '.join(constants)}.\n")
        if absent and prefix.startswith(("np", "scipy")):
            parts.append(f"Refused: {', '.join(absent)}.\n")
    parts.append("## Distributions of scipy.stats\n\n" + "\n".join(distributions()) + "\n")
    methods = sorted(f"`{name}`" for (cls, name) in registry.methods() if cls is np.ndarray and name[0] != "_")
    parts.append(f"## Methods of arrays\n\nAs the functions that they are: {', '.join(methods)}.\n")
    return "\n".join(parts)


def distributions() -> Iterator[str]:
    """The methods of each distribution, with the parameters in which they have derivatives."""
    stats = importlib.import_module("scipy.stats")
    for name in sorted(dir(stats)):
        owner = getattr(stats, name)
        found = {method: getattr(owner, method, None) for method in METHODS}
        rules = {method: registry.rules_for(f) for method, f in found.items()}
        told = [f"`{method}`({', '.join(r[0].operands)})" for method, r in rules.items() if r]
        told += [f"`{method}`" for method, f in found.items() if registry.definition_for(f) is not None]
        if told:
            yield f"- `{name}`: {', '.join(told)}"


def functions(module: Any) -> list[tuple[list[str], Any]]:
    """The public functions of a module, each with all its names there."""
    every: dict[int, tuple[list[str], Any]] = {}
    for name in sorted(n for n in dir(module) if not n.startswith("_")):
        found = getattr(module, name, None)
        if (isinstance(found, np.ufunc) or inspect.isroutine(found)) and callable(found):
            every.setdefault(id(found), ([], found))[0].append(name)
    return list(every.values())


def objects(module: Any) -> tuple[list[str], list[str]]:
    """The classes of a library that are told when made of what varies, and those whose objects are known as data."""
    classes = {name: c for name, c in sorted(vars(module).items()) if isinstance(c, type) and name[0] != "_"}
    told = [f"`{name}`" for name, c in classes.items() if registry.definition_for(c) is not None]
    return told, [f"`{name}`" for name, c in classes.items() if registry.data_class_of(c) is not None]


def kind(found: Any) -> str | None:
    """Rule, definition, both, constant; None if a function is refused."""
    if registry.is_constant(found):
        return "constant"
    other = registry.other_for(found)
    if other is not None:
        return f"as `{other.path}`"
    ways = [
        "rule" if registry.rules_for(found) else "",
        "definition" if registry.definition_for(found) is not None else "",
    ]
    return ", ".join(filter(None, ways)) or None


def refused(found: Any) -> str:
    """The parameters of a function that neither a rule nor its definition has."""
    try:
        own = list(inspect.signature(found).parameters)
    except (TypeError, ValueError):
        return ""
    if isinstance(found, np.ufunc):
        return ""
    other = registry.other_for(found)
    known = {p.name for p in other.parameters} if other is not None else set()
    known |= {p.name for rule in registry.rules_for(found) or () for p in rule.parameters}
    definition = registry.definition_for(found)
    if definition is not None:
        known |= set(inspect.signature(definition).parameters)
    by_position = {n for n, p in inspect.signature(found).parameters.items() if p.kind is p.POSITIONAL_ONLY}
    return ", ".join(f"`{n}`" for n in own if n not in known | IGNORED | by_position)


def sources(found: Any) -> str:
    texts = {rule.source for rule in registry.rules_for(found) or () if rule.source}
    return "; ".join(sorted(texts))


if __name__ == "__main__":
    print(page(), end="")
