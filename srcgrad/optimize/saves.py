"""Which values are saved on both ways, before a break and after?  They are saved once, before the test.

Before: if total > limit:                  After: total_saved.append(total)
            total_saved.append(total)             if total > limit:
            break                                     break
        total_saved.append(total)
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in

BLOCKS = ("body", "orelse", "finalbody")
Block = list[gast.stmt]


def saved_once(statements: Block) -> Block:
    """The statements of a forward pass, with such saves in one place."""
    block = [with_blocks(s) for s in statements]
    for at in reversed(range(len(block))):
        branch = leaving(block[at])
        for save in list(branch):
            name = saved_name(save)
            if name is None:
                continue
            other = next((s for s in block[at + 1 :] if saved_name(s) and tree.text(s) == tree.text(save)), None)
            if other is None:
                continue
            between = block[at + 1 : block.index(other)]
            before_break = [s for s in branch if s is not save]
            if not touches([*before_break, *between], name, save.value.func.value.id):  # type: ignore[attr-defined]
                branch.remove(save)
                block.remove(other)
                block.insert(at, other)
                at += 1
    return block


def with_blocks(statement: gast.stmt) -> gast.stmt:
    """What a try statement holds stays: a value must not be saved by what raises before it is done."""
    changes: dict[str, Any] = {p: saved_once(getattr(statement, p)) for p in BLOCKS if hasattr(statement, p)}
    if not changes or isinstance(statement, gast.Try):
        return statement
    return type(statement)(**{**dict(gast.iter_fields(statement)), **changes})


def leaving(statement: gast.stmt) -> Block:
    """The branch of an `if` that ends in a break, if only one does."""
    branches = (statement.body, statement.orelse) if isinstance(statement, gast.If) else ()
    found = [b for b in branches if b and isinstance(b[-1], gast.Break)]
    return found[0] if len(found) == 1 else []


def saved_name(statement: Any) -> str | None:
    """v of `v_saved.append(v)`."""
    call = statement.value if isinstance(statement, gast.Expr) else None
    if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) and call.func.attr == "append":
        given = call.args[0]
        return given.id if isinstance(given, gast.Name) and isinstance(call.func.value, gast.Name) else None
    return None


def touches(statements: Block, value: str, saves: str) -> bool:
    """Is the variable bound anew, or the list of saves used?"""
    for node in nodes_in(*statements):
        if isinstance(node, gast.Name) and (node.id == saves or (node.id == value and isinstance(node.ctx, gast.Store))):
            return True
    return False
