"""How is a function of `checkpoint` made a pair?  Its forward half keeps the arguments alone, and its backward half begins
with the forward pass.

    def f_forward(x, k):                        def f_backward(saved, y_bar):
        y = np.sin(x) * k                           x, k = saved
        return y, (x, k)                            # Forward pass ... # Backward pass
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.definite import with_initial_values
from srcgrad.analysis.generated import Generated
from srcgrad.analysis.pure import keeps_memory
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment
from srcgrad.transform.program import bound_names, walk
from srcgrad.transform.writing import Writing

if TYPE_CHECKING:
    from srcgrad.transform.family import Family, Signature


def runs_again(function: core.Function, family: Family) -> bool:
    """Is it asked for, and does the function do the same when it runs again?

    It does if it changes nothing that it is given, draws and prints nothing, and gives new memory.  Any other has an
    ordinary pair: that takes more memory, and gives the same.
    """
    if not function.again:
        return False
    summary = family.summaries[id(function)]
    if summary.writes or summary.effects or summary.shares or summary.links:
        return False
    for one in core.all_functions(function):
        kinds = Generated(one, family.infer, one.namespace)
        texts = {id(s.text) for s in walk(one.steps) if isinstance(s, core.Call)}
        for step in walk(one.steps):
            for part in (v for v in step.__dict__.values() if isinstance(v, gast.expr) and id(v) not in texts):
                calls = [n for n in nodes_in(part) if isinstance(n, gast.Call)]
                if not all(keeps_memory(call, kinds, one.matches) for call in calls):
                    return False
    return True


def without(statements: list[gast.stmt], left_out: set[int]) -> list[gast.stmt]:
    """The statements but for some, by identity."""
    kept: list[gast.stmt] = []
    for statement in statements:
        changes: dict[str, Any] = {p: without(getattr(statement, p, []), left_out) for p in core.BLOCKS}
        fields = {**dict(gast.iter_fields(statement)), **{p: b for p, b in changes.items() if b}}
        if id(statement) not in left_out:
            kept.append(type(statement)(**fields) if any(changes.values()) else statement)
    return kept


class RunAgain(Writing):
    """The two halves of such a pair."""

    def __init__(self, function: core.Function, family: Family, pair: bool, signature: Signature | None = None) -> None:
        super().__init__(function, family, pair, signature)
        self.again = pair and signature is None and runs_again(function, family)

    def given_arguments(self) -> tuple[list[gast.stmt], dict[str, str]]:
        """What the forward half does first, so that it can keep its arguments, and the names that hold them at its end."""
        bound = {n.id for s in walk(self.function.steps) for n in bound_names(s)}
        held = {
            p.id: self.program.placeholder(f"{p.id}_given") if p.id in bound else p.id for p in self.function.params
        }
        return [tree.assign(name, tree.name(p)) for p, name in held.items() if name != p], held

    def halves_run_again(
        self, backward: list[gast.stmt], unbound: set[str], answered: list[gast.stmt], given: set[str]
    ) -> tuple[list[gast.stmt], list[gast.stmt], list[str]]:
        """The bodies of the forward and the backward half, and the arguments that are kept."""
        params = {p.id for p in self.function.params}
        dead, steps = self.dead(), self.saving_once(self.forward)
        again, _ = dead.clean(steps, {n for s in [*backward, *answered] for n in tree.names_read(s)} | unbound)
        again = with_initial_values(again, params, self.lists, self.saving, self.program.is_integer, unbound)
        saved = [n for n in self.free_names([*again, *backward, *answered], given) if n in params]
        result = self.whole_result()
        first, held = self.given_arguments()
        final = gast.Return(tree.display([result, tree.display([tree.name(held[n]) for n in saved])]))
        forward, _ = dead.clean([*first, *without(self.forward, self.saving)], tree.names_read(final))
        forward = with_initial_values([*forward, final], params, self.lists, {*self.saving, id(final)}, self.program.is_integer)
        body = [Blank(), Comment("Forward pass"), *again] if again else []
        return forward, [*body, Blank(), Comment("Backward pass"), *backward], saved
