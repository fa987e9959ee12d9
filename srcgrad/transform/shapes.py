"""Which name is asked for a shape?  One that the backward pass reads anyway, else an argument, else any."""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Array, varied
from srcgrad.analysis.reads import value_reads
from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.block import Block, expressions, read_trees
from srcgrad.transform.product import number
from srcgrad.transform.program import Program, Question
from srcgrad.transform.terms import replace_in_block


def answer_questions(program: Program, blocks: dict[int, Block]) -> None:
    """Put names in the place of questions."""
    read: set[str] = set()
    stable = program.stable_names()
    for block in blocks.values():
        for item in block.items:
            for expression in read_trees(item):
                read |= value_reads(expression, stable)
    params = [p.id for p in program.function.params]
    changes: dict[int, gast.expr] = {}
    for block in blocks.values():
        for item in block.items:
            for expression in expressions(item):
                for node in nodes_in(expression):
                    if isinstance(node, gast.Name) and node.id in program.questions:
                        changes[id(node)] = answer(program, program.questions[node.id], read, params, block)
                for node in nodes_in(expression):
                    if size := size_asked(program, node, changes):
                        changes[id(node)] = size
    for block in blocks.values():
        replace_in_block(program, block, changes)


def answer(program: Program, question: Question, read: set[str], params: list[str], block: Block) -> gast.expr:
    wanted = program.sizes(question.kind)
    if isinstance(question.expression, gast.Name):
        own = question.expression
        if own.id in read or own.id in params or program.is_stable(own.id):
            return own
    inside = [n for n in tree.name_nodes(question.expression) if program.sizes(program.kinds.of(n)) == wanted]
    inside = [n for n in inside if n.id in program.definitions]
    inside.sort(key=lambda n: not varied(program.kinds.of(n)))
    steady = [p for p in params if program.is_stable(p) and program.sizes(program.kind_of_name(p)) == wanted]
    for node in inside:
        if node.id in read and (program.is_stable(node.id) or program.is_local(node.id)):
            return node
    for node in inside:
        if node.id in steady:
            return node
    if steady:
        return tree.name(steady[0])
    if inside:
        return inside[0]
    for name in program.definitions:
        if program.is_stable(name) and name in program.certain and program.sizes(program.kind_of_name(name)) == wanted:
            return tree.name(name)
    parts = [n for n in nodes_in(question.expression) if isinstance(n, (gast.Subscript, gast.BinOp))]
    same = [n for n in parts if program.sizes(program.kinds.of(n)) == wanted]
    return min(same, key=lambda n: len(tree.text(n)), default=question.expression)


def size_asked(program: Program, node: gast.AST, changes: dict[int, gast.expr]) -> gast.expr | None:
    """`i.shape[0]` for `x[i].shape[0]`: an element of a shape, of a variable in the expression that has such an axis."""
    shape = node.value if isinstance(node, gast.Subscript) else None
    if not isinstance(shape, gast.Attribute) or shape.attr != "shape" or not isinstance(shape.value, gast.Name):
        return None
    axis, question = number(node.slice), program.questions.get(shape.value.id)  # type: ignore[attr-defined]
    found = program.sizes(question.kind) if question is not None else None
    if question is None or not found or axis is None or isinstance(changes[id(shape.value)], gast.Name):
        return None
    wanted = found[int(axis)] if -len(found) <= axis < len(found) else None  # type: ignore[arg-type, operator]
    for name in tree.name_nodes(question.expression):
        own = program.sizes(kind) if isinstance(kind := program.kinds.of(name), Array) else None
        if own and wanted is not None and wanted in own and not program.varies(wanted) and program.is_stable(name.id):
            return tree.subscript(tree.attribute(tree.name(name.id), "shape"), tree.constant(own.index(wanted)))
    return None
