"""What is the adjoint of every step?  One block per step, from the last to the first."""

from __future__ import annotations

from typing import Any

from srcgrad.lang import core, tree
from srcgrad.transform.block import Birth, Block, Item, Mark
from srcgrad.transform.finish import finish_births
from srcgrad.transform.program import blocks_of, bound_names, walk
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse_call import ReverseCall


class Reverse(ReverseCall):
    """Plans the backward pass; `blocks` has the block of every step that has one."""

    def plan(self, steps: list[core.Step], born: set[str]) -> set[str]:
        for step in reversed(list(steps)):
            if isinstance(step, Mark) or (self.shadows is not None and id(step) in self.shadows.twins):
                continue
            after, before = self.live.after[id(step)], self.live.before[id(step)]
            if isinstance(step, (core.If, core.For, core.While, core.With, core.Try)):
                born = self.plan_compound(steps, step, born, before)
            else:
                block = self.simple(step, after, before)
                if block is not None:
                    finish_births(self, block, born, before)
                    self.blocks[id(self.given_by(step))] = block
                born = set(before)
        return born

    def plan_compound(self, steps: list[core.Step], step: Any, born: set[str], before: set[str]) -> set[str]:
        if isinstance(step, core.If):
            branches = [step.body, step.orelse]
            starts = [self.start_of(branch, self.live.after[id(step)]) for branch in branches]
            first = {n for n in before - born if any(n not in start for start in starts)}
            self.mark_after(steps, step, first)
            for branch in branches:
                reached = self.plan(branch, born | first)
                changed = {n.id for inner in walk(branch) for n in bound_names(inner)}
                self.mark_start(branch, step, before - reached - (first - changed))
            return set(before)
        if isinstance(step, (core.For, core.While)):
            self.mark_after(steps, step, before - born)
            reached = self.plan(step.body, born | before)
            self.mark_start(step.body, step, before - reached)
            return set(before)
        if isinstance(step, core.With):
            return self.plan(step.body, born)
        assert isinstance(step, core.Try), "the compound steps are five"
        if step.leaves or any(isinstance(s, core.Guarded) for s in step.body):
            return self.plan(step.body, born)
        if before - self.live.after[id(step)] or any(self.live.before[id(s)] & before for s in self.inside(step)):
            self.plan_try(step, born, before)
        return set(before)

    def plan_try(self, step: core.Try, born: set[str], before: set[str]) -> None:
        blocks = dict(self.blocks)
        for block in blocks_of(step):
            self.plan(block, born | before)
        added = [b for k, b in self.blocks.items() if k not in blocks and b.items]
        if added:
            raise Refusal(
                "E305",
                "differentiable statements inside try",
                added[0].step.lineno,
                "move them out of the try statement",
            )

    def inside(self, step: core.Step) -> list[core.Step]:
        return [s for block in blocks_of(step) for s in block]

    def start_of(self, steps: list[core.Step], after: set[str]) -> set[str]:
        return self.live.before[id(steps[0])] if steps else after

    def mark_after(self, steps: list[core.Step], step: core.Step, names_: set[str]) -> None:
        if names_:
            steps.insert(tree.index_of(steps, step) + 1, self.mark(step.lineno, names_))

    def mark_start(self, steps: list[core.Step], step: core.Step, names_: set[str]) -> None:
        if names_:
            steps.insert(0, self.mark(step.lineno, names_))

    def mark(self, lineno: int, names_: set[str]) -> Mark:
        step = Mark(lineno)
        order = sorted(names_, key=self.program.position.__getitem__)
        items: list[Item] = [Birth(n, self.zero_of(n)) for n in order]
        self.blocks[id(step)] = Block(step, items)
        return step

    def simple(self, step: core.Step, after: set[str], before: set[str]) -> Block | None:
        block = Block(step)
        if isinstance(step, core.Assign):
            return self.assign(step, block, after)
        if isinstance(step, core.Store) and tree.root(step.target) in after:
            return self.store(step, block)
        if isinstance(step, core.ListOp):
            return self.list_operation(step, block, after, before)
        if isinstance(step, core.Call) and self.live.is_reversed(step, after):
            return self.call(step, block, after)
        return None
