"""Names that are bound anew in one block are told apart for Numba; a list that holds one thing for a while is a name.

Before: q = R @ p              After: q_2 = R @ p
        q_saved = []                  q_saved = q_2
        q_saved.append(q)             q = R @ q_2
        q = R @ q                     ...
        ...                           q = q_saved
        q = q_saved.pop()

Loops can be merged, and arrays become numbers, where a name means one thing.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.backends.liveness import leaves
from srcgrad.backends.sites import blocks, is_append, is_call_of, is_empty_list, is_plain, own_nodes, rebuilt
from srcgrad.backends.turns import leaves_early
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in

Path = tuple[tuple[int, int], ...]  # the blocks around a statement, and its places in them


def with_names_apart(function: gast.FunctionDef) -> gast.FunctionDef:
    made = copy.copy(function)
    names = Names.of(function)
    made.body = with_blocks_apart(function, names)
    made.body = block(made.body, lambda b, f: without_short_lists(b, names, f), made)
    made.body = with_lists_apart(made.body, names)
    # Sizes are those of parameters, which keep their names for that.
    given = {a.id for a in function.args.args}
    made.body = block(made.body, lambda b, _: told_apart(b, names, given), made)
    return made


def with_blocks_apart(function: gast.FunctionDef, names: Names) -> list[Any]:
    """A name of its own for what a variable is in each of several blocks, if each binds it before it is used there."""
    uses: dict[str, list[tuple[gast.Name, Path, Any]]] = {}

    def note(statements: list[Any], path: Path) -> None:
        for place, statement in enumerate(statements):
            here = (*path, (id(statements), place))
            for node in own_nodes(statement):
                if isinstance(node, gast.Name):
                    uses.setdefault(node.id, []).append((node, here, statement))
            for inner in tree.blocks_of(statement):
                note(inner, here)

    note(function.body, ())
    changes: dict[int, Any] = {}
    given = {a.id for a in function.args.args}
    for name in [n for n in uses if n not in given]:
        for node, fresh in names_by_block(name, uses[name], names):
            changes[id(node)] = gast.Name(fresh, node.ctx, None, None)
    return rebuilt(function.body, changes) if changes else function.body


def names_by_block(name: str, uses: list[tuple[gast.Name, Path, Any]], names: Names) -> list[tuple[gast.Name, str]]:
    """The places where a variable is used, with their new names; those of the first block keep theirs."""
    first: dict[int, int] = {}  # block -> the place of the statement that binds the variable first
    for node, path, statement in uses:
        if isinstance(statement, gast.Assign) and isinstance(node.ctx, gast.Store):
            first.setdefault(*path[-1])
    own: list[int] = []
    for node, path, _ in uses:
        found = [(b, k) for b, k in path if b in first]
        if len(found) != 1 or found[0][1] < first[found[0][0]]:
            return []
        if found[0] == (found[0][0], first[found[0][0]]) and not isinstance(node.ctx, gast.Store):
            return []  # `x = x + 1`
        own.append(found[0][0])
    of_node: dict[int, set[int]] = {}
    for (node, _, _), block_ in zip(uses, own):
        of_node.setdefault(id(node), set()).add(block_)
    if len(first) < 2 or any(len(blocks_) > 1 for blocks_ in of_node.values()):  # one tree may stand in two places
        return []
    fresh = {b: names.fresh(name) for b in list(first)[1:]}
    return [(node, fresh[b]) for (node, _, _), b in zip(uses, own) if b in fresh]


def block(statements: list[Any], change: Any, function: Any) -> list[Any]:
    result = []
    for statement in change(statements, function):
        if isinstance(statement, (gast.For, gast.While, gast.If)):
            statement = copy.copy(statement)
            statement.body = block(statement.body, change, function)
            statement.orelse = block(statement.orelse, change, function)
        result.append(statement)
    return result


def without_short_lists(statements: list[Any], names: Names, function: Any) -> list[Any]:
    """A name for each thing in a list that is bound, added to and taken from in this block alone."""
    changes: dict[int, Any] = {}
    for made in [s for s in statements if is_empty_list(s)]:
        name = made.targets[0].id
        users = [s for s in statements if mentions(s, name)]
        count = sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*function.body))
        if users[0] is not made or count != len(users) or any(isinstance(s, gast.While) for s in users):
            continue
        found: dict[int, Any] = {id(made): []}
        held: list[str] = []
        free = [name]
        for user in users[1:]:
            pop = next((n for n in own_nodes(user) if is_call_of(n, name, "pop") and not n.args), None)
            if is_append(user, name):
                held.append(free.pop() if free else names.fresh(name))
                found[id(user)] = [tree.assign(held[-1], user.value.args[0])]
            elif pop is not None and held:
                found[id(pop)] = tree.name(held.pop())
            else:
                break
        else:
            changes |= found
    return rebuilt(statements, changes) if changes else statements


def with_lists_apart(body: list[Any], names: Names) -> list[Any]:
    """A list for each of the values that one block adds, and another one takes in turn: `s.append(p)`, `s.append(q)`."""
    changes: dict[int, Any] = {}
    for made in [s for b in blocks(body) for s in b if is_empty_list(s)]:
        name = made.targets[0].id
        found = [b for b in blocks(body) if any(mentions(s, name) for s in b)]
        users = [[s for s in b if mentions(s, name)] for b in found]
        if len(found) != 3 or users[0] != [made] or any(leaves_early(s) for b in found[1:] for s in b):
            continue
        _, added, taken = users
        pops = [[n for n in own_nodes(s) if is_call_of(n, name, "pop") and not n.args] for s in taken]
        if not all(is_append(s, name) for s in added) or any(isinstance(s, gast.While) for s in taken):
            continue
        count = sum(mentions(s, name) for users_of_one in users for s in users_of_one)
        if len(added) != len(taken) or count != 1 + 2 * len(added) or any(len(p) != 1 for p in pops):
            continue
        apart = [name, *(names.fresh(name) for _ in added[1:])]
        changes[id(made)] = [tree.assign(n, gast.List([], gast.Load())) for n in apart]
        for own, put, (pop,) in zip(apart, added, reversed(pops)):
            changes[id(put.value.func.value)] = changes[id(pop.func.value)] = tree.name(own)
    return rebuilt(body, changes) if changes else body


def mentions(statement: Any, name: str) -> int:
    """How often does a statement name a variable, not counting the blocks inside it?"""
    return sum(isinstance(n, gast.Name) and n.id == name for n in own_nodes(statement))


def told_apart(statements: list[Any], names: Names, given: set[str]) -> list[Any]:
    """A name of its own for what a variable is between two assignments to it."""
    bound: dict[str, list[int]] = {}
    for place, statement in enumerate(statements):
        if is_plain(statement) and statement.targets[0].id not in given:
            bound.setdefault(statement.targets[0].id, []).append(place)
    statements = list(statements)
    for name, places in bound.items():
        for first, last in zip(places, places[1:]):
            between = statements[first + 1 : last]
            if any(map(leaves, between)):
                continue
            fresh = names.fresh(name)
            for place in range(first, last + 1):
                statements[place] = with_name(statements[place], name, fresh, place == first, place == last)
    return statements


def with_name(statement: Any, name: str, fresh: str, first: bool, last: bool) -> Any:
    """The statement with another name; of the first only what it binds, of the last only what it reads."""
    parts = nodes_in(*statement.targets) if first else nodes_in(statement.value) if last else nodes_in(statement)
    changes: dict[int, Any] = {
        id(n): gast.Name(fresh, n.ctx, None, None) for n in parts if isinstance(n, gast.Name) and n.id == name
    }
    return rebuilt([statement], changes)[0] if changes else statement
