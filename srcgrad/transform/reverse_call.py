"""What is the adjoint of a call?"""

from __future__ import annotations

import gast

from srcgrad.analysis.alias import Summary, saved_name
from srcgrad.analysis.kinds import Tuple, is_number, is_scalar, varied
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Add, Birth, Block, Do, Let, Unpack, Zero
from srcgrad.transform.family import may_be_number
from srcgrad.transform.finish import finish_assignment, fold_lets, merge_equal
from srcgrad.transform.product import Term
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.reverse_list import ReverseList


class ReverseCall(ReverseList):
    """Calls of functions that have a pair of their own."""

    def call(self, step: core.Call, block: Block, after: set[str]) -> Block:
        program, walker = self.program, self.walker
        signature = self.signatures(step.callee)
        summary = self.live.summaries.get(id(step.callee), Summary())
        base = step.targets[0].id if step.targets else step.callee.name
        walker.begin(block, base, {})
        args: list[gast.expr] = [tree.name(saved_name(step))]
        block.new_nodes.add(id(args[0]))
        roots: list[str] = []
        for i in signature.shadows:
            arg = step.args[i]
            if not (varied(self.kind(arg)) or i in summary.active_writes):
                args.append(tree.constant(None))
                continue
            if not walker.is_place(arg) or walker.copies(arg):
                raise Refusal(
                    "E303",
                    f"`{tree.text(arg)}` is updated by the function it is given to",
                    step.lineno,
                    "give it a name first",
                )
            if may_be_number(self.kind(arg)):
                raise Refusal(
                    "E303",
                    f"`{tree.text(arg)}` may be a number, or hold others, and a function is given it",
                    step.lineno,
                    "give the number another name",
                )
            for index in tree.indices(arg):
                walker.mention(index)
            roots.append(tree.root(arg) or "")
            args.append(self.bar_place(arg))
        if signature.has_result:
            args.append(self.result_bar(step, block, after))
        own = {t.id for t in step.targets}
        for root in dict.fromkeys(roots):
            if root in own and (self.shadows is None or root not in self.shadows.group):
                self.renew(block, root, args)
            else:
                block.items.append(Birth(root, self.zero_of(root)))
        called = tree.call(signature.backward, *args)
        outs: list[tuple[str, gast.expr]] = []
        for i in signature.returned:
            arg = step.args[i]
            text = names.bar(f"{base}_{arg.id}") if isinstance(arg, gast.Name) else names.bar(names.term(base))
            outs.append((program.placeholder(text), arg))
        if len(outs) == 1:
            program.kinds.record(called, self.kind(outs[0][1]))
            block.items.append(Let(outs[0][0], None, called, fixed=True))
        elif outs:
            program.kinds.record(called, Tuple(tuple(self.kind(arg) for _, arg in outs)))
            block.items.append(Unpack([n for n, _ in outs], called))
        else:
            block.items.append(Do(tree.statement(called)))
        for name, arg in outs:
            node = program.kinds.record(tree.name(name), self.kind(arg))
            walker.back(arg, Term(1, node, self.kind(arg)))
        # `t_bar[i] += g_backward(saved, t_bar)` would read t_bar[i] before the call changes it.
        early = bool(roots) and any(isinstance(i, Add) and not isinstance(i.place, gast.Name) for i in block.items)
        fold_lets(block, also=outs[0][0] if len(outs) == 1 and not early else "")
        merge_equal(self.program, block)
        finish_assignment(self, block, self.own_targets(step.targets))
        return block

    def renew(self, block: Block, name: str, args: list[gast.expr]) -> None:
        """`s = g(s)` where g updates the adjoint of its argument in place: that of the result is kept under another name."""
        kind = self.program.kind_of_name(name)
        text = self.program.placeholder(names.bar(names.term(name)))
        block.items.append(Let(text, None, self.bar_of(name, kind), fixed=True))
        taken = self.program.kinds.record(tree.name(text), kind)
        last = args[-1]
        bar = self.program.bar(name)
        changes = {id(n): taken for n in nodes_in(last) if isinstance(n, gast.Name) and n.id == bar}
        args[-1] = self.program.kinds.replace(last, changes)
        block.items.append(Zero(tree.name(name), self.zero_of(name)))
        block.kept.add(name)

    def given_adjoint(self, step: core.Call, target: gast.Name) -> gast.expr:
        """The adjoint of a result.  A pullback keeps its twins for the next time: the callee may take a copy apart."""
        bar, kind = self.adjoint_of(step, target), self.kind(target)
        if self.shadows is None or not self.shadows.repeatable or target.id not in self.shadows.group:
            return bar
        if is_number(kind):
            return bar
        program = self.program
        return program.kinds.record(program.helper("add_to", program.helper("zeros_like", bar), bar), kind)

    def result_bar(self, step: core.Call, block: Block, after: set[str]) -> gast.expr:
        parts: list[gast.expr] = []
        for target in step.targets:
            if not varied(self.kind(target)):
                parts.append(tree.constant(None))
            elif target.id in after and not self.is_shared(step, target.id):
                parts.append(self.given_adjoint(step, target))
            else:
                parts.append(self.zero_like_new(target, block))
        if not step.targets:
            kind = step.callee.result
            if kind is None or not is_scalar(kind):
                raise Refusal("E303", "a differentiable result is thrown away", step.lineno, "give the result a name")
            return tree.constant(0.0)
        if len(parts) == 1:
            return parts[0]
        return tree.display(parts)
