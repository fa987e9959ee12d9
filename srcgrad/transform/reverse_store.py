"""What is the adjoint of a store?"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import holds_itself, is_number
from srcgrad.analysis.updates import operation_of
from srcgrad.lang import core, tree
from srcgrad.transform.bars import as_read
from srcgrad.transform.block import Add, Block
from srcgrad.transform.finish import finish_store, fold_lets, merge_equal
from srcgrad.transform.indices import as_object
from srcgrad.transform.product import Term
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse_assign import ReverseAssign
from srcgrad.transform.selections import may_select_twice
from srcgrad.transform.stored import Stored, may_be_read


class ReverseStore(ReverseAssign):
    """Stores, plain and augmented."""

    def store(self, step: core.Store, block: Block) -> Block | None:
        place, value, op = step.target, step.value, step.op
        if self.walker.is_part_of_number(place):
            place = place.value  # type: ignore[attr-defined]  # the adjoint of an array without axes is a number
        slot = self.kind(place)
        root = tree.root(place)
        assert root is not None, "stores go into places"
        walker, program = self.walker, self.program
        walker.begin(block, root, self.stored_results(step, block))
        if self.is_shared(step, ""):
            return None
        if holds_itself(self.kind(value)):
            raise Refusal(
                "E303", "what is stored holds itself: its adjoint would have no end", step.lineno, "store a copy"
            )
        if self.shadows is not None and (id(step), "") in self.shadows.taken:
            taken = self.program.kinds.record(tree.name(self.shadows.taken[id(step), ""]), slot)
            walker.down(value, Term(1, taken, slot), place)
            fold_lets(block)
            merge_equal(self.program, block)
            return block
        base = self.bar_place(place)
        for index in tree.indices(place):
            walker.mention(index)
        active = walker.is_active(value)
        if isinstance(place, gast.Subscript) and is_number(self.kind(place.value)):
            if walker.copies(place.value):
                raise Refusal(
                    "E403",
                    "a store through two subscripts, of which the first makes a copy",
                    step.lineno,
                    "use one subscript",
                )
            repeats = may_select_twice(program, place.slice) and not op.endswith("at")
            if repeats and (active or op not in ("", "+", "-")):
                if op not in ("", "+", "-"):
                    raise Refusal(
                        "E403",
                        "an update of elements that may be selected twice",
                        step.lineno,
                        "use np.multiply.at, or a loop",
                    )
                inner = self.bar_place(place.value)
                base = program.kinds.record(program.helper("last_stored", inner, as_object(place.slice)), slot)
        if not walker.is_place(place):
            raise Refusal(
                "E403",
                f"srcgrad can't follow a store into `{tree.text(place)}`",
                step.lineno,
                "give what is stored into a name of its own first",
            )
        term = Term(1, base, slot)
        parent = place
        if op in ("", "+", "-", "+at", "-at"):
            if active:
                walker.down(value, term.negated() if op[:1] == "-" else term, parent)
        elif op in ("*", "/"):
            self.scale(step, place, term, active)
        else:
            self.update_by_rule(step, term)
        fold_lets(block)
        merge_equal(self.program, block)
        finish_store(self, block, step, place, base)
        return block

    def stored_results(self, step: core.Store, block: Block) -> dict[int, list[str]]:
        """A name for the value that is stored, which may be read there; of `x[i] /= e`, for the quotient."""
        program, value = self.program, step.value
        if step.op == "/":
            value = tree.binary(as_read(program, step.target), "/", step.value)
            program.kinds.record(value, self.kind(step.target))
        if step.op not in ("", "/") or not may_be_read(program, step.target, value) or self.shadows is not None:
            return {}
        name = program.placeholder("stored")
        self.stored.append(Stored(step, block, name, value))
        return {id(step.value): [name]}

    def scale(self, step: core.Store, slot: gast.expr, term: Term, active: bool) -> None:
        """`x[i] *= e` and `x[i] /= e`."""
        walker, value = self.walker, step.value
        place = as_read(self.program, step.target)
        walker.mention(value)
        if active:
            if step.op == "*":
                walker.down(value, term.times([("*", place)]), slot)
            else:
                divided = walker.shared(term.times([("/", value)]), slot)
                held = walker.results.get(id(value))
                quotient = [("*", walker.result(value))] if held else [("*", place), ("/", value)]
                walker.down(value, divided.negated().times(quotient), slot)
                walker.block.items.append(Add(slot, divided))
                return
        walker.block.items.append(Add(slot, term.times([(step.op, value)])))

    def update_by_rule(self, step: core.Store, term: Term) -> None:
        """`x[i] **= e` and the like, by the rule of the operator."""
        program = self.program
        node = operation_of(program.function, as_read(program, step.target), step, program.kinds)
        if node is None:
            raise Refusal("E302", f"an update by {step.op}= of a differentiable array", step.lineno, "write x = x op e")
        self.walker.back(node, term)
