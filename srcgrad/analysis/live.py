"""Whose adjoint matters where?  Backwards over the steps: a name is live where its adjoint may be other than zero."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.alias import Summary
from srcgrad.analysis.kinds import Array, varied
from srcgrad.analysis.reads import active_reads
from srcgrad.lang import core, tree


class Live:
    """The live names before and after every step."""

    def __init__(
        self,
        function: core.Function,
        steps: list[core.Step],
        exit: set[str],
        summaries: dict[int, Summary],
        kinds: Any,
        always: set[str],
    ) -> None:
        self.function, self.summaries, self.kinds = function, summaries, kinds
        self.always = always  # names whose adjoint is there all the time
        self.before: dict[int, set[str]] = {}
        self.after: dict[int, set[str]] = {}
        self.entry = self.block(steps, set(exit))

    def reads(self, node: gast.AST) -> set[str]:
        return active_reads(self.function, node, self.kinds)

    def block(self, steps: list[core.Step], live: set[str]) -> set[str]:
        live = live | self.always
        for step in reversed(steps):
            self.after[id(step)] = self.after.get(id(step), set()) | live
            live = self.step(step, set(live)) | self.always
            self.before[id(step)] = self.before.get(id(step), set()) | live
        return live

    def step(self, step: core.Step, live: set[str]) -> set[str]:
        if isinstance(step, core.Assign):
            return self.assign(step, live)
        if isinstance(step, core.Store):
            root = tree.root(step.target)
            if root not in live:
                return live
            return (live - {root} if is_whole(step, self.kinds) else live) | self.reads(step.value)
        if isinstance(step, core.ListOp):
            place = tree.root(step.place)
            target = step.target.id if step.target is not None else None
            if target in live:
                live = live - {target} | ({place} if place and varied(self.kinds.of(step.target)) else set())
            if place in live:
                for arg in step.args:
                    live |= self.reads(arg)
            return live
        if isinstance(step, core.Call):
            if self.is_reversed(step, live):
                live = live - {t.id for t in step.targets}
                for arg in step.args:
                    live |= self.reads(arg)
                return live | self.written(step)
            return live - {t.id for t in step.targets}
        if isinstance(step, core.If):
            return self.block(step.body, set(live)) | self.block(step.orelse, set(live))
        if isinstance(step, (core.For, core.While)):
            head = set(live)
            while True:
                inner = self.block(step.body, set(head))
                if isinstance(step, core.For):
                    inner = inner - {step.target.id}
                if inner <= head:
                    return head
                head |= inner
        if isinstance(step, core.With):
            return self.block(step.body, live)
        if isinstance(step, core.Try):
            after = self.block(step.finalbody, set(live))
            reached = set()
            for _, _, body in step.handlers:
                reached |= self.block(body, set() if step.leaves else set(after))
            live = self.block(step.orelse, set(after)) | reached
            for inner_step in reversed(step.body):
                live = self.block([inner_step], live) | reached
            return live
        return live

    def assign(self, step: core.Assign, live: set[str]) -> set[str]:
        names = [t.id for t in step.targets]
        found: set[str] = set()
        if isinstance(step.value, (gast.Tuple, gast.List)) and len(names) > 1 and len(step.value.elts) == len(names):
            for name, member in zip(names, step.value.elts):
                if name in live:
                    found |= self.reads(member)
        elif any(t.id in live and varied(self.kinds.of(t)) for t in step.targets):
            found |= self.reads(step.value)
        return live - set(names) | found

    # Calls

    def written(self, step: core.Call) -> set[str]:
        """Names whose adjoint the callee updates in place because it stores into them."""
        summary = self.summaries.get(id(step.callee), Summary())
        roots = {tree.root(step.args[i]) for i in summary.active_writes}
        return {r for r in roots if r}

    def is_reversed(self, step: core.Call, live: set[str]) -> bool:
        """Does the adjoint of this call matter?"""
        active = any(t.id in live and varied(self.kinds.of(t)) for t in step.targets)
        return active or bool(self.written(step) & live)


def is_whole(step: core.Step, kinds: Any) -> bool:
    """`x[:] = e`, `x[...] = e`: of what was in x, nothing is left."""
    if not isinstance(step, core.Store) or step.op:
        return False
    place = step.target
    if not isinstance(place, gast.Subscript) or not isinstance(place.value, gast.Name):
        return False
    index = place.slice
    everything = isinstance(index, gast.Constant) and index.value is ...
    if isinstance(index, gast.Slice):
        everything = index.lower is index.upper is index.step is None
    return everything and isinstance(kinds.of(place.value), Array)
