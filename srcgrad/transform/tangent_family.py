"""Which functions get tangents together, and what are they called?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import Const, Kind, is_memory
from srcgrad.analysis.twins import Twins
from srcgrad.lang import core, tree
from srcgrad.lang.core import blocks_of
from srcgrad.lang.names import Names, derived
from srcgrad.lang.printer import print_module
from srcgrad.transform.family import copy_function, renamed_function
from srcgrad.transform.program import Program, bound_names, walk

ARGUMENTS = "@arguments"


@dataclass
class Tangent:
    """Functions, those that are called before those that call them, and the names they use that they do not define."""

    functions: list[gast.FunctionDef]
    globals: dict[str, Any]
    name: str


@dataclass
class Family:
    """All functions generated together."""

    infer: Inference
    twins: Twins
    copies: dict[int, core.Function]  # by the function, and by the copy itself
    programs: dict[int, Program]
    names: dict[int, str]
    guarded: set[int]  # functions that may be called inside a try statement
    unwritten: set[int]  # functions that the user's text can't call from where it will stand
    globals: dict[str, Any] = field(default_factory=dict)


def merge_equal(functions: list[gast.FunctionDef], keep: str) -> list[gast.FunctionDef]:
    """Functions that read the same but for their own names are one."""
    while True:
        known: dict[str, str] = {}
        renamed: dict[str, str] = {}
        for function in functions:
            if function.name == keep:
                continue
            text = print_module([renamed_function(function, {function.name: "f_jvp"})])
            if text in known:
                renamed[function.name] = known[text]
            known.setdefault(text, function.name)
        if not renamed:
            return functions
        functions = [renamed_function(f, renamed) for f in functions if f.name not in renamed]


def new_family(function: core.Function, infer: Inference) -> Family:
    functions = core.all_functions(function)
    used = {n for f in functions for n in (f.names.used if f.names is not None else ())}
    namespace: dict[str, Any] = {}
    for f in functions:
        used |= {n.id for s in walk(f.steps) for n in bound_names(s)} | set(f.namespace)
        namespace |= f.namespace
    copies = {id(f): copy_function(f) for f in functions}
    for f in functions:
        for step in walk(copies[id(f)].steps):
            if isinstance(step, core.Call):
                step.callee = copies[id(step.callee)]
    copies |= {id(c): c for c in list(copies.values())}
    files = Names(used)
    own = [copies[id(f)] for f in functions]
    for f in own:
        name_result(f, Names(files.used))
    while True:
        programs = {}
        for f in own:
            local = Names(files.used | {n.id for s in walk(f.steps) for n in bound_names(s)})
            programs[id(f)] = Program(f, infer, local, namespace=namespace)
        twins = Twins(own, {k: p.kinds for k, p in programs.items()}, walk)
        if not any([name_arguments(f, twins, programs[id(f)].names) for f in own]):
            break
    calls = [s for f in own for s in walk(f.steps) if isinstance(s, core.Call)]
    unwritten = {id(s.callee) for s in calls if s.text is None}
    names = {}
    for f in own:
        has_tangent = f is own[0] or twins.is_called_with_tangents(f)
        names[id(f)] = files.fresh(derived(f.name, "jvp") if has_tangent else f.name)
    return Family(infer, twins, copies, programs, names, guarded_functions(own), unwritten)


def is_generated(function: core.Function, twins: Twins, unwritten: set[int]) -> bool:
    return twins.is_called_with_tangents(function) or id(function) in unwritten


def ordered(function: core.Function) -> list[core.Function]:
    """Callees before callers."""
    found: list[core.Function] = []
    seen: set[int] = set()

    def visit(one: core.Function) -> None:
        if id(one) in seen:
            return
        seen.add(id(one))
        for step in walk(one.steps):
            if isinstance(step, core.Call):
                visit(step.callee)
        found.append(one)

    visit(function)
    return found


def guarded_functions(functions: list[core.Function]) -> set[int]:
    """The functions that are called, directly or not, in the body of a try statement."""
    queue = [
        s.callee
        for f in functions
        for t in walk(f.steps)
        if isinstance(t, core.Try)
        for s in walk(t.body)
        if isinstance(s, core.Call)
    ]
    found: set[int] = set()
    while queue:
        one = queue.pop()
        if id(one) not in found:
            found.add(id(one))
            queue += [s.callee for s in walk(one.steps) if isinstance(s, core.Call)]
    return found


def name_result(function: core.Function, names: Names) -> None:
    """`return e` -> `result = e; return result`."""
    last = function.steps[-1] if function.steps else None
    if not isinstance(last, core.Return) or isinstance(last.value, gast.Name):
        return
    kind = function.kinds.get(id(last.value))
    if kind is None or isinstance(kind, Const):
        return
    assign, node = named_value(function, last.value, kind, names.fresh("result"), last.lineno)
    function.steps[-1:] = [assign, core.Return(last.lineno, node)]


def name_arguments(function: core.Function, twins: Twins, names: Names) -> bool:
    """`f(a + b)` -> `x = a + b; f(x)`, if how x lies in memory decides what is a view of it: its tangent is to lie alike."""
    found = False
    for block in [function.steps, *(b for s in walk(function.steps) for b in blocks_of(s))]:
        for at, step in reversed(list(enumerate(block))):
            if not isinstance(step, core.Call):
                continue
            for i in twins.tangent_params(step.callee):
                param, value = step.callee.params[i].id, step.args[i]
                kind = twins.kinds[id(function)].of(value)
                fresh = is_memory(kind) and not twins.names_behind(function, value)
                if fresh and twins.layout_matters(step.callee, [param]):
                    assign, step.args[i] = named_value(function, value, kind, names.fresh(param), step.lineno)
                    block.insert(at, assign)
                    found = True
    return found


def named_value(function: core.Function, value: gast.expr, kind: Kind, name: str, lineno: int) -> tuple[core.Assign, gast.Name]:
    """A step that gives a value a name, and the name where it is read."""
    target, node = tree.target(name), tree.name(name)
    function.kinds[id(target)] = function.kinds[id(node)] = kind
    function.names = Names({*(function.names.used if function.names else ()), name})
    assign = core.Assign(lineno, [target], value)
    assign.kept = (target, node)  # type: ignore[attr-defined]
    return assign, node
