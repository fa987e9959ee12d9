"""What is the adjoint of a list method?"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Dict, List, is_scalar, varied
from srcgrad.lang import core, names, tree
from srcgrad.transform.bars import is_minus_one
from srcgrad.transform.block import Add, Birth, Block, Do, Let
from srcgrad.transform.finish import fold_lets, merge_equal
from srcgrad.transform.product import Term
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse_store import ReverseStore


class ReverseList(ReverseStore):
    """Lists that grow and shrink."""

    def list_operation(self, step: core.ListOp, block: Block, after: set[str], before: set[str]) -> Block | None:
        place, walker = step.place, self.walker
        root = tree.root(place)
        if root not in before:
            return None
        walker.begin(block, root, {})
        for index in tree.indices(place):
            walker.mention(index)
        if self.is_shared(step, ""):
            return None
        if self.shadows is not None and (id(step), "") in self.shadows.taken:
            value = step.args[-1]
            taken = self.program.kinds.record(tree.name(self.shadows.taken[id(step), ""]), self.kind(value))
            walker.back(value, Term(1, taken, self.kind(value)))
            fold_lets(block)
            merge_equal(self.program, block)
            return block
        bars = self.bar_place(place)
        # Born as long as the list is after the step; what follows brings it to its length before.
        block.items.append(Birth(root, self.zero_of(root)))
        if step.method in ("append", "insert"):
            value = step.args[-1]
            if step.method == "insert":
                popped = tree.method(bars, "pop", self.position(step, walker.mention(step.args[0])))
            else:
                popped = tree.method(bars, "pop")
            if walker.is_active(value):
                self.program.kinds.record(popped, self.kind(value))
                name = self.program.placeholder(names.bar(names.term(root)))
                node = self.program.kinds.record(tree.name(name), self.kind(value))
                block.items.append(Let(name, None, popped, fixed=True))
                walker.back(value, Term(1, node, self.kind(value)))
                onto_itself = any(isinstance(i, Add) and tree.root(i.place) == root for i in block.items)
                fold_lets(block, also="" if onto_itself else name)
                merge_equal(self.program, block)
            else:
                block.items.append(Do(tree.statement(popped)))
        elif step.method == "pop":
            given: gast.expr
            if step.target is not None and step.target.id in after and varied(self.kind(step.target)):
                given = self.bar_of(step.target.id, self.kind(step.target))
            elif step.target is not None and varied(self.kind(step.target)):
                given = self.zero_like_new(step.target, block)
            else:
                kind = self.kind(place)
                number = step.target is None and isinstance(kind, List) and is_scalar(kind.item) and varied(kind.item)
                given = tree.constant(0.0 if number else None)
            position = step.args[0] if step.args else None
            if isinstance(self.kind(place), Dict):
                block.items.append(Do(tree.assign(tree.subscript(bars, walker.mention(step.args[0])), given)))
            elif position is None or is_minus_one(position):
                block.items.append(Do(tree.statement(tree.method(bars, "append", given))))
            else:
                walker.mention(position)
                if not (isinstance(position, gast.Constant) and position.value >= 0):
                    length = tree.binary(tree.call("len", bars), "+", tree.constant(1))
                    position = tree.binary(position, "%", length)
                block.items.append(Do(tree.statement(tree.method(bars, "insert", position, given))))
        elif step.method == "reverse":
            block.items.append(Do(tree.statement(tree.method(bars, "reverse"))))
        elif step.method == "clear":
            whole = gast.Subscript(bars, gast.Slice(None, None, None), gast.Load())
            block.items.append(Do(tree.assign(whole, self.program.helper("zeros_like", place))))
        else:
            raise Refusal(
                "E302",
                f"the list method {step.method!r} of a list of differentiable values",
                step.lineno,
                "make a new list",
            )
        if self.shadows is not None and root in self.shadows.group:
            # The list of adjoints outlives this call of the backward pass: its length is put back at the end.
            for item in block.items:
                if isinstance(item, (Do, Let)):
                    item.changes = bars
        return block

    def position(self, step: core.ListOp, position: gast.expr) -> gast.expr:
        if isinstance(position, gast.Constant) and position.value == 0:
            return position
        bars = self.bar_place(step.place)
        rest = tree.binary(tree.call("len", bars), "-", tree.constant(1))
        where = tree.method(tree.call("slice", position, tree.constant(None)), "indices", rest)
        return tree.subscript(where, tree.constant(0))
