"""Which adjoints are given a name only to take the place of what they are made of?  They have that name at once.

Before: y_term_bar = y_bar / c         After: y_bar = y_bar / c
        c_bar = -y_term_bar * y               c_bar = -y_bar * y
        y_bar = y_term_bar

Which terms are an adjoint, that nobody reads any more, times a number?  They take its place.

Before: y_term_bar = y_bar / 3         After: y_bar /= 3
        x_bar = y_term_bar * a                x_bar = y_bar * a

And for speed: which are made of others that nobody reads any more?  They take their memory.

Before: s_bar = e_bar * e              After: e_bar *= e
                                              s_bar = e_bar
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import gast

from srcgrad.lang import tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.deferring import named
from srcgrad.optimize.folding import name_of

Statements = list[gast.stmt]
UPDATES = (gast.Add, gast.Sub, gast.Mult, gast.Div)


def named_at_once(statements: Statements, may: Callable[[gast.Name, gast.Name], bool]) -> Statements:
    """The statements without such names.  may: may one name, of what was just made, be another?"""
    counts = Counter(n.id for n in nodes_in(*statements) if isinstance(n, gast.Name))

    def block(statements: Statements) -> Statements:
        result = [tree.with_blocks(s, block) for s in statements]
        at = 0
        while at < len(result):
            first = start(result, at)
            if first is not None:
                target, made = result[at].targets[0], result[at].value  # type: ignore[attr-defined]
                uses = named(result[first:at], made.id)
                if len(uses) + 1 == counts[made.id] and may(target, made):
                    changes = {id(n): type(target)(target.id, n.ctx, None, None) for n in uses}
                    result[first:at] = [tree.replace(s, changes) for s in result[first:at]]
                    del result[at]
                    continue
            at += 1
        return result

    return block(statements)


Alone = Callable[[gast.stmt, str], bool]
Alike = Callable[[gast.expr, gast.expr], bool]


def taking_over(
    statements: Statements, read: set[str], alone: Alone, alike: Alike, may: Callable[[gast.expr], bool]
) -> Statements:
    """The statements, in which a term that is made of an adjoint alone takes its place.

    may: is what the adjoint is multiplied or divided by a reason to do that?  The others are those of `in_place_of`.
    """
    counts = Counter(n.id for n in nodes_in(*statements) if isinstance(n, gast.Name))
    counts.update(read)

    def is_made(statement: gast.stmt, name: str) -> bool:
        return name_of(statement) == name and len(named([statement], name)) == 1

    def block(statements: Statements) -> Statements:
        result = [tree.with_blocks(s, block) for s in statements]
        for i, statement in enumerate(result):
            made = name_of(statement)
            old, chain = operations(statement) if made is not None else (None, [])  # type: ignore[arg-type]
            if old is None or made is None or len(chain) != 1 or not is_term_of(made, old.id):
                continue
            uses = named(result[i + 1 :], made)
            last = max((k for k in range(i + 1, len(result)) if named([result[k]], made)), default=i)
            later = next((s for s in result[i + 1 :] if named([s], old.id)), None)
            before = next(s for s in result if named([s], old.id))
            apart = not named(result[i + 1 : last + 1], old.id) and (later is None or is_made(later, old.id))
            whole = len(named(result, old.id)) == counts[old.id] - (later is not None and old.id in read)
            if not (apart and whole and is_made(before, old.id) and len(uses) + 1 == counts[made]):
                continue
            if may(chain[0][2]) and alone(statement, old.id) and alike(old, chain[0][0]):
                changes = {id(n): type(n)(old.id, n.ctx, None, None) for n in uses}
                result[i] = gast.AugAssign(tree.target(old.id), chain[0][1], chain[0][2])
                result[i + 1 :] = [tree.replace(s, changes) for s in result[i + 1 :]]
        return result

    return block(statements)


def is_term_of(term: str, adjoint: str) -> bool:
    """`y_term_bar`, `y_bar`: are these adjoints of a variable, and of a part of what it is made of?"""
    names = [name.partition("·")[0].removesuffix("_bar").removesuffix("_term") for name in (term, adjoint)]
    return "·" in term and names[0] == names[1]


def in_place_of(statements: Statements, read: set[str], alone: Alone, alike: Alike) -> Statements:
    """The statements, in which operations store into arrays that are read no more.

    read: what is read after them.  alone: is the memory of a name ours alone at a statement?  alike: have two arrays one
    shape and one type?
    """
    counts = Counter(n.id for n in nodes_in(*statements) if isinstance(n, gast.Name))
    counts.update(read)

    def block(statements: Statements) -> Statements:
        result: Statements = []
        seen: Counter[str] = Counter()
        made: set[str] = set()
        for statement in statements:
            names = [n.id for n in nodes_in(statement) if isinstance(n, gast.Name)]
            seen.update(names)
            old, chain = operations(statement) if isinstance(statement, gast.Assign) else (None, [])
            target = name_of(statement)
            if old is None or old.id not in made or seen[old.id] < counts[old.id] or names.count(old.id) != reads(chain, old) + 1:
                result.append(tree.with_blocks(statement, block))
            elif alone(statement, old.id) and all(alike(old, whole) for whole, _, _ in chain):
                result += [gast.AugAssign(tree.target(old.id), op, other) for _, op, other in chain]
                result.append(gast.Assign(statement.targets, old, None))
            else:
                result.append(statement)
            if target is not None and seen[target] == names.count(target):
                made.add(target)
        return result

    return block(statements)


def operations(statement: gast.Assign) -> tuple[Any, list[tuple[gast.BinOp, gast.operator, gast.expr]]]:
    """`t = a * b / c`: the name a, and what is done with it, one after the other."""
    chain, value = [], statement.value
    while isinstance(value, gast.BinOp) and isinstance(value.op, UPDATES):
        chain.append((value, value.op, value.right))
        value = value.left
    if isinstance(value, gast.Name) or not chain:
        return value if chain else None, chain[::-1]
    first, op, other = chain.pop()
    swapped = isinstance(op, (gast.Mult, gast.Add)) and isinstance(other, gast.Name)
    return (other, [(first, op, first.left), *chain[::-1]]) if swapped else (None, [])


def reads(chain: list[tuple[gast.BinOp, gast.operator, gast.expr]], old: gast.Name) -> int:
    """How often the operands of the first operation read the name, which has its old value only for them."""
    return sum(n.id == old.id for n in nodes_in(chain[0][2]) if isinstance(n, gast.Name)) if chain else 0


def start(statements: Statements, at: int) -> int | None:
    """Where what a statement gives another name was made, if that name is not met from there on."""
    target, value = name_of(statements[at]), getattr(statements[at], "value", None)
    if target is None or not isinstance(value, gast.Name) or "·" not in value.id:
        return None
    for i in reversed(range(at)):
        if name_of(statements[i]) == value.id:
            return i
        if target in {n.id for n in nodes_in(statements[i]) if isinstance(n, gast.Name)}:
            return None
    return None
