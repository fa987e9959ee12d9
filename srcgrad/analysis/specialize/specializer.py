"""How is a function specialised to the arguments of a call?  The entry of this folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.kinds import Array, Bottom, Closure, Const, Kind, Object, Tuple, dtype_of, is_inexact, is_memory
from srcgrad.analysis.specialize.builtin_calls import BuiltinCalls
from srcgrad.analysis.specialize.definitions import Definition, LocalFunction
from srcgrad.analysis.specialize.frame import Frame
from srcgrad.analysis.specialize.session import (
    Capture,
    Same,
    Session,
    Variant,
    constant_node,
    is_function_value,
    name_node,
)
from srcgrad.analysis.specialize.variants import definition_of
from srcgrad.analysis.specialize.varying import begin_to_vary
from srcgrad.errors import SrcgradError
from srcgrad.lang import core
from srcgrad.lang.desugar import desugar
from srcgrad.lang.nodes import nodes_in


class Specializer(BuiltinCalls):
    """One function, specialised to kinds of its parameters."""

    keep_all = is_main = False

    def callee_type(self) -> type[Specializer]:
        return Specializer

    def run(self, params: list[tuple[str, Kind]], same: Same = ()) -> None:
        """Execute the body abstractly; the variant's function gets parameters, steps and result.

        `same`: of parameters that are given one object, each with the one that stands for both.
        """
        variant = self.variant
        function = variant.function
        function.params = []  # the steps of the pass before stay until there are new ones: they tell what it stores into
        variant.kept = []
        for i, (name, kind) in enumerate(params):
            self.local_names.add(name)
            self.env[name] = kind = kind if self.session.stack else self.as_given_mask(name, kind)
            if self.keep_all or not is_function_value(kind):
                variant.kept.append(i)
                function.params.append(self.parameter(name, kind))
        self.returned: Kind = Bottom()
        for capture in variant.captures.values():
            self.env.setdefault(capture.name, capture.kind)
        for name, other in same:
            self.bind_same(name, other)
        self.execute(self.tree.body)
        for capture in variant.captures.values():
            function.params.append(self.parameter(capture.name, capture.kind))
        variant.nonlocals = self.definition_of_frame.nonlocals
        if variant.nonlocals:
            self.return_nonlocals()
        elif self.session.stack and not variant.recursive:  # it has a caller: not so that of which a derivative is made
            self.give_back_parameter()
        function.steps = self.block
        variant.raises = not self.block or not isinstance(self.block[-1], core.Return)
        result = self.returned
        variant.result = (
            self.session.joined(variant.result, result, "result", self.copies) if variant.recursive else result
        )
        function.result = variant.result

    def parameter(self, name: str, kind: Kind) -> gast.Name:
        node = self.memo(("parameter", name), lambda: name_node(self.local_text(name), self.tree, store=True))
        self.record(node, kind)
        return node

    def bind_same(self, name: str, other: str) -> None:
        """`name = other`, of two parameters that are one object."""
        load = self.memo(("same", name), lambda: name_node(self.local_text(other), self.tree))
        self.record(load, self.env[other])
        self.env[name] = self.env[other]
        self.local_names.add(name)
        if self.is_one_with(name, self.env[name], load):
            self.one_with[name] = other
            return
        self.emit(self.assign(self.local_text(name), load, self.env[name], self.tree))

    def give_back_parameter(self) -> None:
        """`return self`: the caller has it already, so that nothing is returned."""
        last, variant = self.block[-1] if self.block else None, self.variant
        if not isinstance(last, core.Return) or not isinstance(last.value, gast.Name) or not is_memory(self.returned):
            return
        bound = {n.id for step in core.walk(self.block) for n in core.bound_names(step)}
        given = [p.id for p in variant.function.params[: len(variant.kept)]]
        if last.value.id not in given or last.value.id in bound:
            return
        variant.returns = given.index(last.value.id)
        self.returned = Const(None)
        nothing = self.memo(("nothing",), lambda: constant_node(None, last.value))
        self.record(nothing, self.returned)
        self.block[-1] = core.Return(last.lineno, nothing)

    def return_nonlocals(self) -> None:
        """`return result, count`: what was assigned to variables of the enclosing function goes back to it."""
        last = self.block[-1]
        assert isinstance(last, core.Return), "a function ends in a return"
        items: list[gast.expr] = [last.value]
        kinds = [self.returned]
        for name in self.variant.nonlocals:
            node = self.memo(("nonlocal", name), lambda n=name: name_node(self.local_text(n), self.tree))
            self.record(node, self.env[name])
            items.append(node)
            kinds.append(self.env[name])
        display = self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), last.value))
        self.returned = Tuple(tuple(kinds))
        self.record(display, self.returned)
        self.block[-1] = core.Return(last.lineno, display)

    def desugared(self, statements: list[gast.stmt]) -> list[gast.stmt]:
        """Statements made while specialising, in normal form."""
        shell = gast.FunctionDef("shell", self.tree.args, statements, [], None, None, [])
        gast.copy_location(shell, statements[0])
        result = desugar(shell, self.names).body
        if result and isinstance(result[-1], gast.Return):
            result = result[:-1]
        for statement in result:
            for node in nodes_in(statement):
                if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
                    self.local_names.add(node.id)
        return result


class MainSpecializer(Specializer):
    """The function that is differentiated: it keeps all its parameters, and is called once."""

    keep_all = is_main = True


@dataclass
class Specialized:
    """A function in core form, with what its callers must give it besides its arguments."""

    function: core.Function
    session: Session
    captures: list[Capture]
    result: Kind
    parameters: list[str]  # the names of the parameters in the user's text
    axes: int = 0  # of a result that is an array of one element

    def has_other_types(self) -> bool:
        """Is there a float of another precision than double, or in an array without axes, in what this function computes?

        In what it calls too.
        """
        functions = [self.function, *(v.function for v in self.session.variants.values())]
        found = {k for f in functions for k in f.kinds.values() if is_inexact(k)}
        if any(isinstance(kind, Array) and kind.sizes == () for kind in found):
            return True
        return not {dtype_of(kind) for kind in found} <= {np.dtype(float), np.dtype(complex)}


def specialize(
    function: Any,
    params: Callable[[Session], list[tuple[str, Kind]]],
    session: Session | None = None,
    definition: Definition | None = None,
    keep_all: bool = True,
) -> Specialized:
    """`function` for parameters of the kinds that `params(session)` gives; run until nothing that cells hold grows.

    keep_all: also the parameters that are functions, known when generating.
    """
    session = session or Session()
    definition = definition or definition_of(session, function)
    kinds = params(session)
    for _ in range(30):
        version = session.version
        session.variants.clear()
        core_function = core.Function(
            definition.name, names=session.names_of(session.first - 1, definition.tree), source=definition.source
        )
        previous = session.main_captures
        variant = Variant(core_function, captures=dict(previous))
        frame = (MainSpecializer if keep_all else Specializer)(session, definition, variant, session.first - 1)
        frame.run(kinds)
        session.main_captures = variant.captures
        if session.version == version and len(previous) == len(variant.captures):
            functions = functions_made(core_function, session)
            if not note_varying(session, begin_to_vary(functions, session.infer), functions):
                break
    captures = list(variant.captures.values())
    return Specialized(core_function, session, captures, variant.result, [kinds[i][0] for i in variant.kept])


def note_varying(session: Session, found: dict[int, set[str]], functions: list[core.Function]) -> bool:
    """Names found to vary by a store seen through another; True if the functions must be specialised again."""
    for function in functions:
        names = found.get(id(function), set())
        known = session.begin_to_vary.setdefault(session.numbers[id(function)], set())
        if names & known:
            where = function.source.location(function.source.tree)
            text = f"{min(names & known)!r} shares memory with what a differentiable value is stored into"
            raise SrcgradError("E403", f"{text}, in a way that can't be followed", where=where)
        known |= names
    return bool(found)


def functions_made(function: core.Function, session: Session) -> list[core.Function]:
    """A function and all that were specialised with it: what is called where nothing seems to vary yet is one of them."""
    found = core.all_functions(function)
    for variant in session.variants.values():
        if variant.done:
            found += [f for f in core.all_functions(variant.function) if not any(f is other for other in found)]
    return found


__all__ = [
    "Const",
    "Closure",
    "Frame",
    "LocalFunction",
    "Object",
    "Specialized",
    "constant_node",
    "specialize",
]
