"""What does a rule's text say of these operands?  Operands are put in for its names, and constants folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from srcgrad.analysis.generated import sizes_of
from srcgrad.analysis.kinds import Const, Tuple, rank
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.transform.product import number

ASKED = {"shape", "size", "ndim", "dtype"}
FOLDED: dict[type, Callable[[Any, Any], Any]] = {
    gast.Add: lambda a, b: a + b,
    gast.Sub: lambda a, b: a - b,
    gast.Mult: lambda a, b: a * b,
}


def fill(
    node: Any, operands: dict[str, gast.expr], ask: Callable[[gast.expr, str], gast.expr], modules: dict[str, str]
) -> Any:
    """A new tree; the nodes of operands are shared.  `ask(x, "shape")` answers what only needs an operand's shape."""
    if isinstance(node, gast.Name):
        if node.id in operands:
            return operands[node.id]
        return tree.name(modules.get(node.id, node.id))
    asked = question(node, operands)
    if asked is not None:
        return ask(*asked)
    if isinstance(node, tree.SCOPES):
        bound = {n.id for g in getattr(node, "generators", []) for n in nodes_in(g.target) if isinstance(n, gast.Name)}
        if isinstance(node, gast.Lambda):
            bound = {n.id for n in nodes_in(node.args) if isinstance(n, gast.Name)}
        operands = {k: v for k, v in operands.items() if k not in bound}
    fields: dict[str, Any] = {}
    for field, value in gast.iter_fields(node):
        if isinstance(value, list):
            fields[field] = [fill(v, operands, ask, modules) if isinstance(v, gast.AST) else v for v in value]
        elif isinstance(value, (gast.expr_context, gast.operator, gast.unaryop, gast.cmpop)):
            fields[field] = value
        elif isinstance(value, gast.AST):
            fields[field] = fill(value, operands, ask, modules)
        else:
            fields[field] = value
    return fold(type(node)(**fields))


def own_names(text: Any, names: Names) -> dict[str, str]:
    """New names for the variables of comprehensions and lambdas in a rule's text that the user's program has too."""
    found = {
        n.id
        for part in (text if isinstance(text, (list, tuple)) else [text])
        for scope in nodes_in(part)
        if isinstance(scope, tree.SCOPES)
        for place in [
            *(g.target for g in getattr(scope, "generators", [])),
            *([scope.args] if isinstance(scope, gast.Lambda) else []),
        ]
        for n in nodes_in(place)
        if isinstance(n, gast.Name)
    }
    return {name: names.fresh(name) for name in sorted(found & names.used)}


def question(node: gast.AST, operands: dict[str, gast.expr]) -> tuple[gast.expr, str] | None:
    """`x.shape`, `np.shape(x)`, `x.size`, `np.size(x)`, `np.ndim(x)`: about an operand's shape, not its value."""
    if isinstance(node, gast.Attribute) and node.attr in ASKED:
        base, attr = node.value, node.attr
    elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and len(node.args) == 1:
        base, attr = node.args[0], node.func.attr
        if not (isinstance(node.func.value, gast.Name) and node.func.value.id == "np" and attr in ASKED - {"dtype"}):
            return None
    else:
        return None
    if isinstance(base, gast.Name) and base.id in operands:
        return operands[base.id], attr
    return None


def is_minus(node: gast.AST) -> bool:
    return isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub)


def integer_or_float(node: gast.AST) -> int | float | None:
    """The value of `3`, `2.5` or `-1`."""
    found = number(node.operand) if isinstance(node, gast.UnaryOp) and is_minus(node) else number(node)
    if not isinstance(found, (int, float)):
        return None
    return -found if is_minus(node) else found


def backwards(order: gast.expr) -> gast.expr | None:
    """The permutation that undoes `np.mod(order, n)`, if that is known."""
    if not isinstance(order, gast.Call) or getattr(order.func, "attr", "") != "mod" or len(order.args) != 2:
        return None
    count = integer_or_float(order.args[1])
    axes = [integer_or_float(e) for e in getattr(order.args[0], "elts", [])]
    if not isinstance(count, int) or not axes:
        return None
    places = [a % count for a in axes if isinstance(a, int)]
    if sorted(places) != list(range(count)):
        return None
    return tree.display([tree.constant(places.index(i)) for i in range(count)])


def respelled(node: Any, kinds: Any) -> Any:
    """`np.expand_dims(x, 1)` -> `x[:, None]`, `(A.T @ B).T` -> `B.T @ A`, and `unbroadcast(y, x.shape)` -> `y`, where ranks
    and sizes are known."""
    changes: dict[int, gast.expr] = {}
    for part in nodes_in(node):
        if isinstance(part, gast.Call) and getattr(part.func, "attr", "") == "expand_dims":
            new: gast.expr | None = with_new_axes(part, kinds)
        elif isinstance(part, gast.Attribute) and part.attr == "T" and isinstance(part.value, gast.BinOp):
            new = transposed(part.value, kinds)
        elif isinstance(part, gast.Call) and getattr(part.func, "id", "").startswith("unbroadcast"):
            new = of_that_shape(part, kinds)
        else:
            continue
        if new is not None:
            changes[id(part)] = kinds.record(new, kinds.of(part))
    return kinds.replace(node, changes) if changes else node


def of_that_shape(call: gast.Call, kinds: Any) -> gast.expr | None:
    """What is summed to the shape of something, if it has that shape."""
    value, shape = call.args
    if not isinstance(shape, gast.Attribute) or shape.attr != "shape":
        return None
    value = respelled(value, kinds)
    sizes, wanted = (sizes_of(kinds.of(n), kinds.infer) for n in (value, shape.value))
    return value if sizes and sizes == wanted and not any(s.symbol == "*" for s in sizes) else None


def with_new_axes(call: gast.Call, kinds: Any) -> gast.expr | None:
    value, axis = call.args
    inner = respelled(value, kinds)
    found, known = kinds.of(axis), rank(kinds.of(inner))
    if not isinstance(found, (Const, Tuple)) or not known:
        return None
    axes = found.value if isinstance(found, Const) else tuple(getattr(k, "value", None) for k in found.items)
    axes = axes if isinstance(axes, tuple) else (axes,)
    if not axes:
        return inner
    if not all(type(a) is int for a in axes):
        return None
    if not axes:
        return inner
    return tree.at_axes(inner, sorted(a % (known + len(axes)) for a in axes), tree.constant(None))


def transposed(product: gast.BinOp, kinds: Any) -> gast.expr | None:
    """The transpose of a product of matrices, if it saves one."""
    left, right = respelled(product.left, kinds), respelled(product.right, kinds)
    is_transpose = isinstance(left, gast.Attribute) and left.attr == "T"
    if not isinstance(product.op, gast.MatMult) or not is_transpose or rank(kinds.of(left)) != 2:
        return None
    if rank(kinds.of(right)) != 2:
        return None
    return tree.binary(fold(tree.attribute(right, "T")), "@", left.value)


def fold(node: gast.expr) -> gast.expr:
    """`x ** 1` -> `x`, `1 * x` -> `x`, `0 + x` -> `x`, `2 - 1` -> `1`, `--1` -> `1`, `x.T.T` -> `x`, `min(0, 1)` -> `0`,
    `tuple(range(2))` -> `(0, 1)`.
    """
    if is_minus(node) and is_minus(node.operand) and number(node.operand.operand) is not None:  # type: ignore[attr-defined]
        return node.operand.operand  # type: ignore[attr-defined, no-any-return]
    if tree.is_call(node, "tuple") and tree.is_call(node.args[0], "range"):  # type: ignore[attr-defined]
        bounds = [number(a) for a in node.args[0].args]  # type: ignore[attr-defined]
        if all(isinstance(v, int) for v in bounds):
            return tree.display([tree.constant(i) for i in range(*bounds)])  # type: ignore[call-overload]
    if tree.is_call(node, "min"):
        values = [number(a) for a in node.args]  # type: ignore[attr-defined]
        if all(isinstance(v, (int, float)) for v in values):
            return tree.constant(min(values))  # type: ignore[type-var]
    if isinstance(node, gast.Call) and getattr(node.func, "attr", "") == "argsort" and len(node.args) == 1:
        return backwards(node.args[0]) or node
    if isinstance(node, gast.BinOp):
        a, b = number(node.left), number(node.right)
        if a is not None and b is not None and type(node.op) in FOLDED:
            return tree.constant(FOLDED[type(node.op)](a, b))
        negative = integer_or_float(node.left)
        if is_minus(node.left) and negative is not None and isinstance(b, (int, float)) and type(node.op) in FOLDED:
            value = FOLDED[type(node.op)](negative, b)
            return tree.constant(value) if value >= 0 else tree.negative(tree.constant(-value))
        if isinstance(node.op, gast.Pow) and b is not None and b in (0, 1):
            return node.left if b == 1 else tree.constant(1)
        if isinstance(node.op, gast.Mult):
            if a is not None and a == 1:
                return node.right
            if b is not None and b == 1:
                return node.left
            if (a is not None and a == 0) or (b is not None and b == 0):
                return tree.constant(0)
        if isinstance(node.op, gast.Div) and b is not None and b == 1:
            return node.left
        if isinstance(node.op, (gast.Add, gast.Sub)) and b is not None and b == 0:
            return node.left
        if isinstance(node.op, gast.Add) and a is not None and a == 0:
            return node.right
        if (
            isinstance(node.op, gast.Add)
            and isinstance(node.right, gast.UnaryOp)
            and isinstance(node.right.op, gast.USub)
        ):
            return tree.binary(node.left, "-", node.right.operand)
    if isinstance(node, gast.Attribute) and node.attr == "T" and isinstance(node.value, gast.Attribute):
        if node.value.attr == "T":
            return node.value.value
    return node
