"""Ranges backwards and what their numbers are greater than."""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.backends.fuse import plus_number
from srcgrad.lang import tree


def forwards(node: Any) -> Any:
    """`reversed(range(n))` as a range that descends, `range(n)[:m]` as a shorter one."""
    if isinstance(node, gast.Subscript):
        return shortened(forwards(node.value), node.slice.upper)
    if node.func.id == "range":
        return node
    inner = forwards(node.args[0])
    args = list(inner.args)
    one = tree.constant(1)
    if len(args) == 1 or (len(args) > 1 and (len(args) == 2 or is_step(args[2], 1))):
        first = args[0] if len(args) > 1 else tree.constant(0)
        last = args[1] if len(args) > 1 else args[0]
        return tree.call("range", minus_one(last), minus_one(first), tree.constant(-1))
    if is_step(args[2], -1):
        return tree.call("range", gast.BinOp(args[1], gast.Add(), one), gast.BinOp(args[0], gast.Add(), one))
    start, _, step = args
    passes = gast.BinOp(tree.call("len", tree.call("range", *args)), gast.Sub(), one)
    last = gast.BinOp(start, gast.Add(), gast.BinOp(passes, gast.Mult(), step))
    return tree.call("range", last, gast.BinOp(start, gast.Sub(), step), tree.negative(step))


def shortened(whole: Any, count: Any) -> Any:
    """The first numbers of a range."""
    start = whole.args[0] if len(whole.args) > 1 else None
    if len(whole.args) < 3:
        end = count if start is None else gast.BinOp(start, gast.Add(), count)
        stop = tree.call("min", whole.args[-1 if start is None else 1], end)
        return tree.call("range", *([] if start is None else [start]), stop)
    step = whole.args[2]
    passes = tree.call("min", tree.call("len", whole), count)
    stop = gast.BinOp(start, gast.Add(), gast.BinOp(passes, gast.Mult(), step))
    return tree.call("range", start, stop, step)


def minus_one(node: Any) -> Any:
    if isinstance(node, gast.Constant):
        return tree.constant(node.value - 1)
    if isinstance(node, gast.BinOp) and isinstance(node.op, (gast.Add, gast.Sub)) and isinstance(node.right, gast.Constant):  # fmt: skip
        return plus_number(node.left, (1 if isinstance(node.op, gast.Add) else -1) * node.right.value - 1)
    return gast.BinOp(node, gast.Sub(), tree.constant(1))


def below(call: Any) -> gast.expr | None:
    """The integer that all numbers of `range(k + 1, n)` or of `range(n, k, -1)` are greater than."""
    args = call.args
    if len(args) == 2 or (len(args) == 3 and is_step(args[2], 1)):
        return minus_one(args[0])
    return args[1] if len(args) == 3 and is_step(args[2], -1) else None


def is_step(node: Any, value: int) -> bool:
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and isinstance(node.operand, gast.Constant):
        return bool(-node.operand.value == value)
    return isinstance(node, gast.Constant) and node.value == value
