"""Which calls are written out at their place?  Those of the rule book's small functions, and of what one of them alone calls.

Before: def percentile(a, q):                        After: def percentile(a, q):
            return quantile(a, q / 100)                         ...  # the steps of quantile, of q / 100
        p = percentile(x, 30)                               p = percentile(x, 30)

The rule book tells what NumPy and SciPy do in Python, in several functions where that reads best.  A reader of generated
code is glad of one pair for each of their functions that is more than a line or two, and of no other.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any

import gast

import srcgrad
from srcgrad.analysis.inline import calls_itself, inline, read_as
from srcgrad.analysis.kinds import Kind, Tuple, is_container, is_number
from srcgrad.lang import core
from srcgrad.lang.headings import headings_of
from srcgrad.lang.names import Names
from srcgrad.optimize.rewriting import count_names
from srcgrad.optimize.unread import without_unread

FEW = 3  # steps of a function that is written out wherever it is called
PACKAGE = os.path.dirname(srcgrad.__file__) + os.sep


def with_calls_written_out(function: core.Function) -> list[Any]:
    """A function, and those it calls, call none that is better read where it is called; the nodes that must stay alive."""
    alive: list[Any] = []
    functions = core.all_functions(function)
    done: set[int] = set()
    sites = Counter(id(call.callee) for function in functions for call in calls_of(function))

    def visit(function: core.Function) -> None:
        if id(function) in done:
            return
        done.add(id(function))
        for call in calls_of(function):
            visit(call.callee)
        names = names_of(function)
        for call in calls_of(function):
            if reads_better_here(function, call, sites[id(call.callee)]):
                same_file = function.source.file == call.callee.source.file
                _, copier = inline(function, call, names, own_lines=same_file)
                if same_file:
                    function.headings |= {**headings_of(call.callee), **call.callee.headings}
                alive.append(copier)
        if of_rule_book(function):
            without_unread(function)

    for function in functions:
        visit(function)
    return alive


def unwrapped(function: core.Function) -> tuple[core.Function, list[Any]]:
    """A function that we made of a callable (a method with its object, a derivative) is what it calls, if that is all it
    does; the nodes that must stay alive.

    Before: def loss(x, model):                          After: def loss(x, self):
                return Model.loss(model, x)                         ...  # the steps of Model.loss
    """
    call = function.steps[0] if len(function.steps) == 2 and is_made(function) else None
    returned = getattr(getattr(function.steps[-1], "value", None), "id", None) if function.steps else None
    if not isinstance(call, core.Call) or [t.id for t in call.targets] != [returned] or calls_itself(call.callee):
        return function, []
    steps = core.copy_steps(call.callee.steps)
    found = replace(call.callee, name=function.name, steps=steps, headings=dict(call.callee.headings))
    bound = {n.id for s in core.walk(steps) for n in core.bound_names(s)}
    params: dict[str, gast.Name] = {}
    alive: list[Any] = [function, call.callee]
    for param, arg in zip(call.callee.params, call.args):
        if isinstance(arg, gast.Name) and arg.id not in params:
            params[arg.id] = param
        elif isinstance(arg, gast.Constant) and param.id not in bound:
            found.kinds[id(arg)] = function.kinds[id(arg)]
            alive.append(read_as(found, param.id, arg))
        else:
            return function, []
    if set(params) != {p.id for p in function.params}:
        return function, []
    found.params = [params[p.id] for p in function.params]
    return found, alive


def is_made(function: core.Function) -> bool:
    return bool(function.source.location().is_ours) and not of_rule_book(function)


def calls_of(function: core.Function) -> list[core.Call]:
    return [s for s in core.walk(function.steps) if isinstance(s, core.Call)]


def reads_better_here(function: core.Function, call: core.Call, sites: int) -> bool:
    callee = call.callee
    if not of_rule_book(callee) or callee.again or calls_itself(callee) or in_try(function, call):
        return False
    # What containers share with those of the caller is followed better by a call.
    read = count_names(callee.steps)
    kinds = [callee.kinds[id(p)] for p in callee.params if read[p.id]]
    if any(is_container(kind) and not is_tuple_of_arrays(kind) for kind in kinds):
        return False
    if of_rule_book(function) and sites == 1:
        return True
    return len(callee.steps) <= FEW and not any(core.blocks_of(s) for s in callee.steps)


def is_tuple_of_arrays(kind: Kind) -> bool:
    return isinstance(kind, Tuple) and all(is_number(k) or is_tuple_of_arrays(k) for k in kind.items)


def of_rule_book(function: core.Function) -> bool:
    return bool(function.source.file.startswith(PACKAGE))


def in_try(function: core.Function, call: core.Call) -> bool:
    """Is it inside a statement that an exception may leave?"""
    tries: list[core.Step] = [s for s in core.walk(function.steps) if isinstance(s, (core.Try, core.Guarded))]
    return any(call is s for s in core.walk(tries))


def names_of(function: core.Function) -> Names:
    return Names({*count_names(function.steps), *(p.id for p in function.params), *function.namespace})
