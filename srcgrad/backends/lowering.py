"""What is the text of a derivative as explicit loops?  Lowered functions, and the file that holds them."""

from __future__ import annotations

import types
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.infer import Inference
from srcgrad.analysis.kinds import FLOAT, Kind, Number
from srcgrad.analysis.specialize.syntax import free_names
from srcgrad.backends import compiled_runtime
from srcgrad.backends.comprehensions import without_comprehensions
from srcgrad.backends.few import tell_few
from srcgrad.backends.flow import Flow
from srcgrad.backends.inlining import inlined
from srcgrad.backends.lacking import without_silence
from srcgrad.backends.lower import lowered
from srcgrad.backends.members import with_members_apart
from srcgrad.backends.outside import is_around, with_arguments_apart
from srcgrad.backends.unchanging import without_lists_of_one
from srcgrad.backends.webs import with_names_apart
from srcgrad.lang import tree
from srcgrad.lang.printer import print_module
from srcgrad.module import helper_text, import_line
from srcgrad.runtime import FUNCTIONS, MODULES

OURS = {**FUNCTIONS, **{f.__name__: f for f in compiled_runtime.FUNCTIONS}}


def lower(
    functions: list[gast.FunctionDef],
    kinds: list[Kind],
    given: list[Any],
    infer: Inference,
    space: dict[str, Any],
    parallel: bool = False,
) -> list[Any]:
    """The functions as explicit loops; the last one is given arguments of these kinds, and a seed of its own type.

    parallel: independent loops may run on several cores.
    """
    if any("may_share_memory" in tree.text(n) for f in functions for n in gast.walk(f) if isinstance(n, gast.Call)):
        # Loops fill arrays in the order of C; what is a view and what a copy may be another matter then.
        raise NotImplementedError("whether two arrays share memory depends on how they are laid out")
    functions = [without_lists_of_one(f) for f in inlined([without_silence(f) for f in functions])]
    kinds = [*kinds, *(Number(np.dtype(type(v)), weak=False) for v in given[len(kinds) :])]
    main_function, kinds, around = with_arguments_apart(with_names_apart(functions[-1]), kinds)
    tell_few(kinds, infer.facts)
    functions = [*functions[:-1], main_function]
    functions = [with_names_apart(without_comprehensions(with_members_apart(f))) for f in functions]
    known = {n: v for n, v in space.items() if isinstance(v, types.ModuleType) or hasattr(v, "_fields")}
    flow = Flow(infer, functions, {**FUNCTIONS, **known})
    main = flow.callees[functions[-1].name]
    count = len(main.tree.args.args)
    flow.call(main, [*kinds, *[FLOAT] * (count - len(kinds))])
    result = []
    for function in functions:
        callee = flow.callees[function.name]
        result.append(lowered(flow, callee, callee is main, parallel) if callee.params else function)
    return [*result, around] if around is not None else result


def module_text(
    functions: list[gast.FunctionDef], space: dict[str, Any], decorator: str = ""
) -> tuple[str, dict[str, Any]]:
    """A module with the functions and helpers to compile, and the user's own functions that they call.

    The function around a compiled one, and the helpers that it alone calls, are left to Python.
    """
    imports, own = {"import numpy as np"}, {}
    seen = {f.name for f in functions}
    texts: list[str] = []
    for outside in (False, True):
        part = [f for f in functions if is_around(f, functions) == outside]
        queue = sorted({n for f in part for n in free_names(f)})
        mark = "" if outside else decorator
        while queue:
            name = queue.pop(0)
            if name in seen:
                continue
            seen.add(name)
            value = space.get(name, OURS.get(name, MODULES.get(name)))
            if name in FUNCTIONS and value is FUNCTIONS[name]:
                value = value if outside else OURS[name]
            if isinstance(value, types.ModuleType):
                imports.add(import_line(name, value))
            elif value is not None and value in (OURS.get(getattr(value, "__name__", "")), FUNCTIONS.get(name)):
                text, read = helper_text(value)  # type: ignore[arg-type]
                texts.append(mark + text.strip("\n"))
                queue += sorted(read)
            elif value is not None and name in space:
                own[name] = value
        texts += [mark + print_module([f]).strip("\n") for f in part]
    head = "\n".join(sorted(imports, key=lambda line: ("numpy" in line, line)))
    return "\n\n\n".join([head, *texts]) + "\n", own
