"""Which terms are the same in all passes of a loop?  They are computed once, before it, and need no list.

Before: for i in range(n):                     After: y_term = np.exp(k)
            y_term = np.exp(k)                        for i in range(n):
            y = y_term * y + x[i]                         y = y_term * y + x[i]
"""

from __future__ import annotations

from srcgrad.analysis.alias import Alias
from srcgrad.analysis.harmless import Harmless
from srcgrad.analysis.kinds import is_scalar
from srcgrad.analysis.touched import touched
from srcgrad.lang import core, tree
from srcgrad.transform.program import Program, blocks_of, bound_names, walk
from srcgrad.transform.terms import Naming, step_trees


class EarlyTerms:
    """Of the loops of one function."""

    def __init__(self, program: Program, naming: Naming, alias: Alias) -> None:
        self.program, self.alias = program, alias
        self.terms = {id(t): t.targets[0].id for t in naming.terms}
        self.harmless = Harmless(program.kinds.of, program.globals, lambda node: not naming.is_pure(node))

    def bring_out(self, steps: list[core.Step], bound: set[str]) -> None:
        """Moves such terms before the loops in a block.  bound: what surely has a value at its beginning."""
        bound = set(bound)
        for step in list(steps):
            counters = set()
            if isinstance(step, core.For):
                counters = {n.id for n in bound_names(step)}
            for block in blocks_of(step):
                self.bring_out(block, bound | counters)
            if isinstance(step, (core.For, core.While)):
                for term in self.same_in_all(step, bound):
                    step.body.remove(term)
                    steps.insert(tree.index_of(steps, step), term)
                    bound.add(term.targets[0].id)
            if isinstance(step, (core.Assign, core.Call)):
                bound |= {n.id for n in bound_names(step)}

    def same_in_all(self, loop: core.For | core.While, bound: set[str]) -> list[core.Assign]:
        """The terms in a loop that read nothing which it changes."""
        local = set(self.program.definitions)
        varying = self.changed_in(loop) | (local - bound)
        found: list[core.Assign] = []
        for step in loop.body:
            if id(step) not in self.terms or not isinstance(step, core.Assign):
                continue
            read = tree.names_read(step.value)
            if not read & varying and self.harmless.is_harmless(step.value) and self.is_only_read(step, loop):
                found.append(step)
                varying -= {step.targets[0].id}
        return found

    def changed_in(self, loop: core.For | core.While) -> set[str]:
        """The names that it binds, and those whose memory it may change."""
        found = {n.id for step in [loop, *walk(loop.body)] for n in bound_names(step)}
        for step in walk(loop.body):
            if id(step) in self.alias.before:
                for nodes, place, _ in touched(step, self.alias):
                    found |= {tree.root(place) or "", *(n for n, _ in nodes)}
        return found

    def is_only_read(self, term: core.Assign, loop: core.For | core.While) -> bool:
        """Do the steps of the loop take its value for operations only, not its memory?"""
        name = term.targets[0].id
        if is_scalar(self.program.kind_of_name(name)):
            return True
        trees = [t for step in walk(loop.body) for t in step_trees(step)]
        taken = {id(node) for t in trees for node in self.harmless.operands(t, False)}
        return all(id(n) in taken for t in trees for n in tree.name_nodes(t) if n.id == name)
