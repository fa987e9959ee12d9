"""How is a function put before it is planned?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import gast

from srcgrad.analysis.kinds import Const, Tuple, Unknown, is_number, varied
from srcgrad.lang import core, tree
from srcgrad.lang.names import Names
from srcgrad.optimize.extremes import without_extremes
from srcgrad.optimize.rewriting import count_names
from srcgrad.transform.family import copy_function
from srcgrad.transform.program import Program, blocks_of, bound_names, walk
from srcgrad.transform.shadows import Shadows

if TYPE_CHECKING:
    from srcgrad.transform.family import Family, Signature


class Preparation:
    """The result and the arguments of calls get names."""

    def __init__(self, function: core.Function, family: Family, pair: bool, signature: Signature | None = None) -> None:
        self.original, self.family, self.is_pair = function, family, pair
        self.public = signature is not None
        self.function = copy_function(function)
        own = function.names.used if function.names is not None else ()
        pairs = {n for s in family.signatures.values() for n in (s.forward, s.backward)}
        self.names = Names(
            {*own, *family.namespace, *pairs} | {n.id for s in walk(function.steps) for n in bound_names(s)}
        )
        self.signature = signature or (family.signature(function) if pair else None)
        self.shadows: Shadows | None = None
        self.final_reads: tuple[core.Step | None, set[str]] = (None, set())
        self.computed_again: set[str] = set()  # what is not saved though the backward pass reads it
        self.prepare()
        if "extremes" in family.passes:
            without_extremes(self.function, family.infer)
        self.program = Program(
            self.function, family.infer, self.names, pair=pair, namespace=family.namespace, speed=family.passes.speed
        )
        self.program.scatters = "scatter" in family.passes
        self.program.public = self.public
        self.program.kinds.alive.append(function)
        if self.signature is not None:
            self.program.shadows = {self.function.params[i].id for i in self.signature.shadows}

    def prepare(self) -> None:
        function = self.function
        last = function.steps[-1] if function.steps else None
        self.result: str | None = None
        self.aux: str | None = None  # what a pair gives besides
        params = {p.id for p in function.params}
        if isinstance(last, core.Return):
            value = last.value
            kind = function.kinds.get(id(value), Unknown())
            plain = (
                isinstance(value, gast.Name)
                and value.id not in params
                and any(n.id == value.id for s in walk(function.steps) for n in bound_names(s))
            )
            if plain:
                self.result = value.id
            elif not (isinstance(kind, Const) and kind.value is None):
                self.result = self.names.fresh("result")
                target, node = tree.target(self.result), tree.name(self.result)
                function.kinds[id(target)] = function.kinds[id(node)] = kind
                self.kept = (target, node)
                function.steps[-1:] = [core.Assign(last.lineno, [target], value), core.Return(last.lineno, node)]
        if self.signature is not None:
            for i in self.signature.shadows:
                self.rename_if_assigned(i)
        for block in [function.steps]:
            self.hoist_displays(block)

    def rename_if_assigned(self, position: int) -> None:
        """A parameter whose adjoint is passed in keeps its name for itself: `p = p_given` comes first."""
        function = self.function
        param = function.params[position]
        if not any(n.id == param.id for s in walk(function.steps) for n in bound_names(s)):
            return
        given = self.names.fresh(f"{param.id}_given")
        target, value, new = tree.target(param.id), tree.name(given), tree.target(given)
        for node in (target, value, new):
            function.kinds[id(node)] = function.kinds[id(param)]
        function.params[position] = new
        lineno = function.steps[0].lineno if function.steps else 0
        function.steps.insert(0, core.Assign(lineno, [target], value))

    def hoist_displays(self, steps: list[core.Step]) -> None:
        """Arguments whose adjoints are updated in place have names."""
        function = self.function
        for step in list(steps):
            for block in blocks_of(step):
                self.hoist_displays(block)
            if not isinstance(step, core.Call):
                continue
            signature = self.family.summaries.get(id(step.callee))
            assert signature is not None, "all functions have been summarised"
            for i, arg in enumerate(step.args):
                kind = function.kinds.get(id(arg), Unknown())
                param = step.callee.kinds[id(step.callee.params[i])] if i < len(step.callee.params) else kind
                container = varied(param) and not is_number(param)
                if (container or i in signature.active_writes) and (
                    not tree.is_place(arg) or id(arg) in function.matches
                ):
                    name = self.names.fresh(f"{step.callee.name}_{step.callee.params[i].id}")
                    target, node = tree.target(name), tree.name(name)
                    function.kinds[id(target)] = function.kinds[id(node)] = kind
                    at = next(j for j, s in enumerate(steps) if s is step)
                    steps.insert(at, core.Assign(step.lineno, [target], arg))
                    step.args = [node if a is arg else a for a in step.args]
                    step.text = step.text and tree.replace(step.text, {id(arg): node})

    def whole_result(self) -> gast.expr:
        """What the function returns: the value that is differentiated, and what else it gives."""
        value = tree.name(self.result) if self.result is not None else tree.constant(None)
        return value if self.aux is None else tree.display([value, tree.name(self.aux)])

    def split_aux(self) -> str:
        """`return value, aux`: the value alone is differentiated; the name of the rest."""
        function, program = self.function, self.program
        assert self.result is not None, "the result is a pair"
        kind = program.kind_of_name(self.result)
        assert isinstance(kind, Tuple), "the result is a pair"
        names = (self.names.fresh("value"), self.names.fresh("aux"))
        last = function.steps.pop()
        if not self.set_apart(self.result, names):
            parts: list[gast.expr] = []
            for i, k in enumerate(kind.items):
                pair = tree.name(self.result)
                parts.append(tree.subscript(pair, tree.constant(i)))
                function.kinds[id(pair)], function.kinds[id(parts[-1])] = kind, k
                program.kinds.alive.append(parts[-1])
            function.steps += self.assigned_apart(last.lineno, names, parts)
        if self.result in program.certain:
            program.certain |= set(names)
        self.result = names[0]
        value = program.kinds.record(tree.name(self.result), kind.items[0])
        function.steps.append(core.Return(last.lineno, value))
        return names[1]

    def set_apart(self, pair: str, names: tuple[str, str]) -> bool:
        """Each `pair = value, aux` becomes two steps, if nothing else is done with the pair: then what is in the rest alone
        has no adjoint."""
        steps = self.function.steps
        made = [s for s in walk(steps) if any(n.id == pair for n in bound_names(s))]
        displays = [s for s in made if isinstance(s, core.Assign) and s.printed is None and is_pair(s.value)]
        if len(displays) != len(made) or count_names(steps)[pair] != len(made):
            return False
        for block in [steps, *(b for s in walk(steps) for b in blocks_of(s))]:
            for step in [s for s in displays if s in block]:
                at = block.index(step)
                block[at : at + 1] = self.assigned_apart(step.lineno, names, step.value.elts)
        return True

    def assigned_apart(self, lineno: int, names: tuple[str, str], parts: list[gast.expr]) -> list[core.Step]:
        """One step for each of the names."""
        kinds, steps = self.program.kinds, list[core.Step]()
        for name, part in zip(names, parts):
            target = kinds.record(tree.target(name), kinds.of(part))
            self.program.define(target)
            steps.append(core.Assign(lineno, [target], part))
        return steps


def is_pair(node: gast.expr) -> TypeGuard[gast.Tuple]:
    """A display of two members."""
    return isinstance(node, gast.Tuple) and [isinstance(e, gast.Starred) for e in node.elts] == [False, False]
