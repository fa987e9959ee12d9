"""Which functions are generated together, and how are their pairs called?"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.analysis.alias import Summary
from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import Kind, OneOf, is_exact, is_number, is_scalar, varied
from srcgrad.analysis.passes import Passes
from srcgrad.analysis.touched import summarise
from srcgrad.lang import core, names, tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import print_module
from srcgrad.transform.program import Program, bound_names, copy_steps, walk


@dataclass
class Signature:
    """How a function's pair is called; parameters by position."""

    forward: str
    backward: str
    shadows: list[int]  # adjoints passed in and updated in place: containers, and arrays that are stored into
    returned: list[int]  # adjoints returned
    has_result: bool


@dataclass
class Family:
    """All functions generated together."""

    infer: Inference
    names: Names
    passes: Passes = Passes()
    repeatable: bool = False  # f_backward may be called again with the same record
    summaries: dict[int, Summary] = field(default_factory=dict)
    signatures: dict[int, Signature] = field(default_factory=dict)
    wanted: list[core.Function] = field(default_factory=list)
    globals: dict[str, Any] = field(default_factory=dict)
    namespace: dict[str, Any] = field(default_factory=dict)
    makes: Callable[[core.Function], list[gast.FunctionDef]] | None = None  # a pair
    fresh: dict[str, frozenset[int]] = field(default_factory=dict)  # f_backward -> which of its results are new memory
    _made: dict[int, list[gast.FunctionDef] | None] = field(default_factory=dict)  # None: about to be made

    def pair(self, function: core.Function) -> list[gast.FunctionDef]:
        if id(function) not in self._made:
            self._made[id(function)] = None
            assert self.makes is not None, "it is known how pairs are made"
            self._made[id(function)] = self.makes(function)
        return self._made[id(function)] or []

    def fresh_results(self, backward: str) -> frozenset[int]:
        """Of what f_backward returns, what is new memory; nothing is known of a function that is about to be made."""
        for function in self.wanted:
            if self.signatures[id(function)].backward == backward:
                self.pair(function)
        return self.fresh.get(backward, frozenset())

    def signature(self, function: core.Function) -> Signature:
        """Names are given before the function is generated, so that it may call itself."""
        if id(function) not in self.signatures:
            summary = self.summaries[id(function)]
            kinds = [function.kinds[id(p)] for p in function.params]
            shadows, returned = [], []
            for i, kind in enumerate(kinds):
                if i in summary.active_writes or (varied(kind) and not is_number(kind) and not may_be_number(kind)):
                    shadows.append(i)
                elif varied(kind):
                    returned.append(i)
            base = names.plain(function.name)
            pair = (self.names.fresh(f"{base}_forward"), self.names.fresh(f"{base}_backward"))
            has_result = function.result is not None and varied(function.result)
            self.signatures[id(function)] = Signature(*pair, shadows, returned, has_result)
            self.wanted.append(function)
        return self.signatures[id(function)]


def may_be_number(kind: Kind) -> bool:
    """Is it a container at one time, and at another a number, whose adjoint can't be updated in place?"""
    return isinstance(kind, OneOf) and any(varied(k) and (is_scalar(k) or not is_exact(k)) for k in kind.options)


def new_family(function: core.Function, infer: Inference, passes: Passes) -> Family:
    functions = core.all_functions(function)
    used = {n for f in functions for n in (f.names.used if f.names is not None else ())}
    for f in functions:
        used |= {n.id for s in walk(f.steps) for n in bound_names(s)} | set(f.namespace)
    family = Family(infer, Names(used), passes)
    for f in functions:
        family.namespace |= f.namespace

    def kinds_of(f: core.Function) -> Any:
        return Program(copy_function(f), infer, Names(used), namespace=family.namespace).kinds

    family.summaries = summarise(functions, kinds_of)
    return family


def is_recursive(function: core.Function) -> bool:
    """Does a function call itself, perhaps through others?"""
    callees = [s.callee for s in walk(function.steps) if isinstance(s, core.Call)]
    return any(f is function for callee in callees for f in core.all_functions(callee))


def merge_equal(functions: list[gast.FunctionDef], keep: tuple[str, ...]) -> list[gast.FunctionDef]:
    """Pairs that read the same but for their own names are one."""
    while True:
        known: dict[str, tuple[str, str]] = {}
        renamed: dict[str, str] = {}
        halves = [f for f in functions if f.name not in keep]
        for first, second in zip(halves[::2], halves[1::2]):
            text = print_module(
                [renamed_function(f, {first.name: "f_forward", second.name: "f_backward"}) for f in (first, second)]
            )
            if text in known:
                renamed |= dict(zip((first.name, second.name), known[text]))
            known.setdefault(text, (first.name, second.name))
        if not renamed:
            return numbered(functions, keep)
        functions = [renamed_function(f, renamed) for f in functions if f.name not in renamed]


def numbered(functions: list[gast.FunctionDef], keep: tuple[str, ...]) -> list[gast.FunctionDef]:
    """Pairs of one name are numbered in the order of the text."""
    halves = [f.name for f in functions if f.name not in keep]
    pairs = list(zip(halves[::2], halves[1::2]))
    if not pairs:
        return functions
    taken = set(keep) | {n for f in functions for n in names.identifiers(f)} - set(halves)
    changes: dict[str, str] = {}
    for forward, backward in pairs:
        bases = [re.sub(r"_\d+$", "", name) for name in (forward, backward)]
        spellings = bases
        for n in itertools.count(2):
            if not taken & set(spellings):
                break
            spellings = [f"{base}_{n}" for base in bases]
        taken |= set(spellings)
        changes |= zip((forward, backward), spellings)
    return [renamed_function(f, changes) for f in functions]


def renamed_function(function: gast.FunctionDef, changes: dict[str, str]) -> gast.FunctionDef:
    nodes = {
        id(n): tree.name(changes[n.id]) for n in nodes_in(function) if isinstance(n, gast.Name) and n.id in changes
    }
    result = gast.FunctionDef(**dict(gast.iter_fields(tree.replace(function, nodes))))
    result.name = changes.get(function.name, function.name)
    return result


def copy_function(function: core.Function) -> core.Function:
    """A function of our own: steps and tables may be changed, trees are shared."""
    return replace(
        function, params=list(function.params), steps=copy_steps(function.steps), kinds=dict(function.kinds),
        matches=dict(function.matches), namespace=dict(function.namespace),
    )  # fmt: skip
