"""srcgrad's own API inside a differentiated function: derivatives generated for the kinds that are known there."""

from __future__ import annotations

import functools
import types

from srcgrad.analysis.kinds import Kind
from srcgrad.analysis.specialize.builtin_calls import HANDLERS
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.derivatives import TOOLS, Generated
from srcgrad.analysis.specialize.session import Session
from srcgrad.api import grad, value_and_grad, vjp
from srcgrad.callables import as_function
from srcgrad.checkpoints import checkpoint
from srcgrad.forward_api import generate_tangent, jvp
from srcgrad.lang.compile import compile_source
from srcgrad.pipeline import generate


def inner_derivative(
    session: Session, definition: Definition, params: list[tuple[str, Kind]], wrt: list[str], mode: str, has_aux: bool
) -> Generated:
    """The derivative of a function, for parameters of these kinds, as functions that can be differentiated again."""
    if mode == "jvp":
        made = generate_tangent(None, lambda _: params, wrt, session, definition, has_aux)
    else:
        made = generate(None, lambda _: params, wrt, mode=mode, session=session, has_aux=has_aux, definition=definition)
    functions = [made.functions[name] for name in made.names]
    return Generated(functions, made.specialized.captures, made.stores, made.specialized.result)


@functools.cache
def caller(count: int, named: tuple[str, ...] = ()) -> types.FunctionType:
    """`def call(function, a, k): return function(a, k=k)`"""
    names = [f"x{i}" for i in range(count)]
    listed = ", ".join(["function", *names, *named])
    text = f"def call({listed}):\n    return function({', '.join([*names, *(f'{n}={n}' for n in named)])})\n"
    function: types.FunctionType = compile_source(text, {}, "call")["call"]
    return function


TOOLS.generate, TOOLS.as_function, TOOLS.caller = inner_derivative, as_function, caller
TOOLS.vjp, TOOLS.checkpoint = vjp, checkpoint
TOOLS.gradients = {grad: "grad", value_and_grad: "value_and_grad"}
HANDLERS.update({vjp: "on_vjp", jvp: "on_jvp", grad: "on_grad", value_and_grad: "on_grad", checkpoint: "on_checkpoint"})
