"""Where may a derivative be infinite, and its adjoint exactly zero?  There nothing is given on, rather than 0 * inf.

`r = np.sqrt(d); r[r == 0] = 1.0` overwrites the places in which the root has no slope: what comes back to them is zero.
So does what is not chosen, by `r[d > 0]`.  The block of a result that is discarded in part
divides by `np.where(r_bar == 0, 1, r)`.
"""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import BOOL, Array, is_number, is_scalar
from srcgrad.analysis.live import is_whole
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.product import Term, product
from srcgrad.transform.program import Program, walk


def discarded_in_part(program: Program) -> set[str]:
    """The names of arrays of which some elements are stored into, or are not chosen."""
    found = set()
    for step in walk(program.function.steps):
        if (
            isinstance(step, core.Store)
            and isinstance(step.target, gast.Subscript)
            and not is_whole(step, program.kinds)
        ):
            found.add(tree.root(step.target) or "")
        for node in nodes_in(*(v for v in vars(step).values() if isinstance(v, gast.AST))):
            if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name) and is_mask(program, node.slice):
                found.add(node.value.id)
    return found


def is_summand(node: gast.expr, value: gast.expr) -> bool:
    """Is an expression the value, or one of those that it is the sum of?"""
    if isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub)):
        return is_summand(node, value.left) or is_summand(node, value.right)
    return is_summand(node, value.operand) if isinstance(value, gast.UnaryOp) else node is value


def indexed(program: Program) -> set[str]:
    """The names of arrays of which only a part may be read, and in a pair the result, of which a caller may read a part."""
    steps = walk(program.function.steps)
    found = {
        node.value.id
        for step in steps
        for node in nodes_in(*(v for v in vars(step).values() if isinstance(v, gast.AST)))
        if isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name)
    }
    returned = {s.value.id for s in steps if isinstance(s, core.Return) and isinstance(s.value, gast.Name)}
    if program.pair:
        found |= {n for n in returned if program.public or not is_scalar(program.kind_of_name(n))}
    return found


def is_mask(program: Program, index: gast.expr) -> bool:
    kind = program.kinds.of(index)
    return isinstance(kind, Array) and kind.dtype.kind == "b"


def divided_by(partial: gast.expr) -> set[str]:
    """The names in what a rule's partial divides by."""
    divisions = [n for n in nodes_in(partial) if isinstance(n, gast.BinOp) and isinstance(n.op, gast.Div)]
    return {n.id for d in divisions for n in nodes_in(d.right) if isinstance(n, gast.Name)}


def singular_in(partial: gast.expr) -> set[str]:
    """The names at whose zeros a rule's partial may be infinite: what it divides by, or takes a power of."""
    found = set()
    for node in nodes_in(partial):
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Div) and isinstance(node.right, gast.Name):
            found.add(node.right.id)
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Pow) and isinstance(node.left, gast.Name):
            found.add(node.left.id)
    return found


def without_zeros(program: Program, value: gast.expr, term: Term) -> gast.expr:
    """The value, or 1 where the adjoint is zero."""
    kind = program.kinds.of(value)
    if isinstance(value, gast.Constant) or not is_number(kind):
        return value
    if is_scalar(kind):
        if not is_scalar(program.kinds.of(product(term))):
            return value  # one number divides a whole array: it is zero for all of it or for none
        return program.kinds.record(gast.IfExp(product(term), value, tree.constant(1)), kind)
    if not isinstance(kind, Array):
        return value
    compared = gast.Compare(product(term), [gast.Eq()], [tree.constant(0)])
    program.kinds.record(compared, Array(BOOL.dtype, kind.sizes))
    return program.kinds.record(program.numpy("where", compared, tree.constant(1), value), kind)
