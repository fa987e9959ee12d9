"""What is the adjoint of an assignment?"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import dtype_of, varied
from srcgrad.lang import core, tree
from srcgrad.transform.bars import Bars
from srcgrad.transform.block import Add, Block
from srcgrad.transform.finish import finish_assignment, fold_lets, merge_equal
from srcgrad.transform.product import Term
from srcgrad.transform.refusal import Refusal


class ReverseAssign(Bars):
    """Assignments, of one value and of several."""

    def assign(self, step: core.Assign, block: Block, after: set[str]) -> Block | None:
        live = [t for t in step.targets if t.id in after and varied(self.kind(t)) and not self.is_shared(step, t.id)]
        if not live:
            return None
        ids = [t.id for t in step.targets]
        value = step.value
        walker = self.walker
        if len(ids) == 1:
            walker.begin(block, ids[0], {id(value): ids})
            walker.back(value, self.given(step, step.targets[0], value))
        elif isinstance(value, (gast.Tuple, gast.List)) and len(value.elts) == len(ids):
            results = {} if set(ids) & tree.names_read(value) else {id(e): [n] for n, e in zip(ids, value.elts)}
            for target, member in zip(step.targets, value.elts):
                if target in live:
                    walker.begin(block, target.id, results)
                    walker.back(member, self.given(step, target, member))
        else:
            self.unpack(step, block, live)
        fold_lets(block)
        merge_equal(self.program, block)
        finish_assignment(self, block, self.own_targets(step.targets))
        return block

    def given(self, step: core.Assign, target: gast.Name, value: gast.expr) -> Term:
        """The adjoint of the value; a real one of a variable that is complex elsewhere."""
        bar, kind = self.adjoint_of(step, target), self.kind(value)
        dtypes = [dtype_of(k) for k in (kind, self.program.kind_of_name(target.id))]
        if [d.kind for d in dtypes if d is not None] == ["f", "c"]:
            bar = self.program.kinds.record(self.program.numpy("real", bar), kind)
        return Term(1, bar, kind)

    def unpack(self, step: core.Assign, block: Block, live: list[gast.Name]) -> None:
        """`a, b = e` where e is one tuple."""
        value, ids = step.value, [t.id for t in step.targets]
        match = self.program.function.matches.get(id(value))
        self.walker.begin(block, ids[0], {id(value): ids})
        if match is not None:
            outputs = match.rule.outputs
            terms = {}
            for output, target in zip(outputs, step.targets):
                node = self.adjoint_of(step, target)
                if target not in live:
                    node = self.zero_like_new(target, block)
                terms[output] = Term(1, node, self.kind(target))
            if len(outputs) == 1:
                raise Refusal("E201", f"`{tree.text(value)}` can't be unpacked", step.lineno, "index its result")
            self.walker.by_text(value, match, terms)
            return
        if not tree.is_place(value):
            raise Refusal("E201", f"`{tree.text(value)}` can't be unpacked", step.lineno, "give it a name first")
        for i, target in enumerate(step.targets):
            if target in live:
                part = tree.subscript(value, tree.constant(i))
                self.program.kinds.record(part, self.kind(target))
                self.program.function.kinds[id(part)] = self.kind(target)
                self.program.kinds.alive.append(part)
                block.items.append(Add(part, Term(1, self.adjoint_of(step, target), self.kind(target))))
