"""What follows from the texts of a rule: the statements of partial derivatives, and those that some operands need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import gast

from srcgrad.rules.texts import RuleError, names_in, path_of


def elementwise_statements(
    outputs: tuple[str, ...], partials: Mapping[str, gast.expr]
) -> tuple[tuple[gast.stmt, ...], tuple[gast.stmt, ...]]:
    """Tangent and adjoint that follow from the partial derivatives."""
    (output,) = outputs
    terms = [scaled(f"{name}_dot", partial) for name, partial in partials.items()]
    total, first_sign = terms[0]
    if first_sign is gast.Sub:
        total = gast.UnaryOp(gast.USub(), total)
    for term, sign in terms[1:]:
        total = gast.BinOp(total, sign(), term)
    tangent = gast.Assign([gast.Name(f"{output}_dot", gast.Store(), None, None)], total, None)
    adjoint = []
    for name, partial in partials.items():
        value, sign = scaled(f"{output}_bar", partial)
        adjoint.append(gast.AugAssign(gast.Name(f"{name}_bar", gast.Store(), None, None), sign(), value))
    return (tangent,), tuple(adjoint)


def scaled(name: str, partial: gast.expr) -> tuple[gast.expr, type]:
    """`name * partial`, with the sign taken out."""
    sign: type = gast.Add
    if isinstance(partial, gast.UnaryOp) and isinstance(partial.op, gast.USub):
        sign, partial = gast.Sub, partial.operand
    value: gast.expr = gast.Name(name, gast.Load(), None, None)
    if isinstance(partial, gast.BinOp) and isinstance(partial.op, (gast.Mult, gast.Div)):
        left, inner = scaled(name, partial.left)
        return gast.BinOp(left, partial.op, partial.right), sign if inner is gast.Add else _other(sign)
    if isinstance(partial, gast.Constant) and partial.value == 1:
        return value, sign
    return gast.BinOp(value, gast.Mult(), partial), sign


def _other(sign: type) -> type:
    return gast.Sub if sign is gast.Add else gast.Add


def without(tree: gast.expr, gone: set[str]) -> gast.expr | None:
    """A tree that is linear in some names, when these are zero; None if nothing is left."""
    if not names_in(tree) & gone:
        return tree
    if isinstance(tree, gast.Name):
        return None
    if isinstance(tree, gast.UnaryOp):
        operand = without(tree.operand, gone)
        return None if operand is None else gast.UnaryOp(tree.op, operand)
    if isinstance(tree, gast.BinOp):
        left, right = without(tree.left, gone), without(tree.right, gone)
        if isinstance(tree.op, (gast.Add, gast.Sub)):
            if left is None:
                negative = isinstance(tree.op, gast.Sub) and right is not None
                return gast.UnaryOp(gast.USub(), right) if negative else right
            return left if right is None else gast.BinOp(left, tree.op, right)
        return None if left is None or right is None else gast.BinOp(left, tree.op, right)
    if isinstance(tree, gast.IfExp):
        body, orelse = without(tree.body, gone), without(tree.orelse, gone)
        if body is None and orelse is None:
            return None
        nothing = gast.Constant(0.0, None)
        return gast.IfExp(tree.test, body or nothing, orelse or nothing)
    if isinstance(tree, (gast.Subscript, gast.Attribute, gast.ListComp, gast.GeneratorExp)):
        return None
    if isinstance(tree, gast.Call):
        args = [without(a, gone) for a in tree.args]
        if not any(_is_dot(name) for a in args if a is not None for name in names_in(a)):
            return None
        if path_of(tree.func) == "np.where":
            # It broadcasts, so that the zero need have no shape.
            args = [gast.Constant(0, None) if a is None else a for a in args]
        filled = [zero(old) if new is None else new for old, new in zip(tree.args, args)]
        return gast.Call(tree.func, filled, tree.keywords)
    raise RuleError(f"a tangent is linear in its `_dot`s: {gast.dump(tree)}")


def zero(tree: gast.expr) -> gast.expr:
    """The zero that stands in a call for a tangent that is not there."""
    if not isinstance(tree, gast.Name):
        return gast.Constant(0.0, None)
    function = gast.parse("np.zeros_like").body[0].value
    operand = gast.Name(tree.id.removesuffix("_dot"), gast.Load(), None, None)
    return gast.Call(function, [operand], [])


def _is_dot(name: str) -> bool:
    return name.endswith("_dot")


def needed(body: Iterable[gast.stmt], wanted: set[str], final: set[str]) -> list[gast.stmt]:
    """The statements that assign wanted names or temporaries that such statements read."""
    kept: list[gast.stmt] = []
    wanted = set(wanted)
    for statement in reversed(list(body)):
        target = statement.target if isinstance(statement, gast.AugAssign) else statement.targets[0]
        if target.id in wanted:
            kept.append(statement)
            wanted |= names_in(statement.value) - final
    return kept[::-1]
