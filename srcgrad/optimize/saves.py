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

Block = list[gast.stmt]


def saved_once(statements: Block) -> Block:
    """The statements of a forward pass, with such saves in one place."""
    block = [with_blocks(s) for s in statements]
    for at in reversed(range(len(block))):
        branches = leaving(block[at])
        for save in list(branches[0]) if branches else []:
            name = saved_name(save)
            copies = [copy_of(save, b) for b in [*branches, block[at + 1 :]]]
            if name is None or None in copies:
                continue
            other = copies[-1]
            between = block[at:][: block[at:].index(other)]
            if not touches(between, name, save.value.func.value.id, copies):  # type: ignore[attr-defined]
                for branch, copy in zip(branches, copies):
                    branch.remove(copy)
                block.remove(other)
                block.insert(at, other)
                at += 1
    return block


def with_blocks(statement: gast.stmt) -> gast.stmt:
    """What a try statement holds stays: a value must not be saved by what raises before it is done."""
    if not tree.blocks_of(statement) or isinstance(statement, gast.Try):
        return statement
    return tree.with_blocks(statement, saved_once)  # type: ignore[no-any-return]


def leaving(statement: gast.stmt) -> list[Block]:
    """The branches of an `if`, and of those inside it, that end in a break of the loop it stands in."""
    found: list[Block] = []
    for block in (statement.body, statement.orelse) if isinstance(statement, gast.If) else ():
        if block and isinstance(block[-1], gast.Break):
            found.append(block)
        for inner in block:
            found += leaving(inner)
    return found


def copy_of(save: gast.stmt, block: Block) -> Any:
    """The same save in another block."""
    return next((s for s in block if saved_name(s) and tree.text(s) == tree.text(save)), None)


def saved_name(statement: Any) -> str | None:
    """v of `v_saved.append(v)`."""
    call = statement.value if isinstance(statement, gast.Expr) else None
    if isinstance(call, gast.Call) and isinstance(call.func, gast.Attribute) and call.func.attr == "append":
        given = call.args[0]
        return given.id if isinstance(given, gast.Name) and isinstance(call.func.value, gast.Name) else None
    return None


def touches(statements: list[Any], value: str, saves: str, copies: list[Any]) -> bool:
    """Is the variable bound anew, or the list used otherwise than by these saves?"""
    for node in (n for s in statements for n in nodes_in(s)):
        if isinstance(node, gast.Name) and node.id == value and isinstance(node.ctx, gast.Store):
            return True
    uses = sum(isinstance(n, gast.Name) and n.id == saves for s in statements for n in nodes_in(s))
    return uses > len(copies) - 1
