"""Which generated functions are written out where they are called?  Small ones, so that their loops meet those around them.

Before: y, saved = f_forward(x, k)             After: y_term = np.sin(x[0])
        f_saved.append(saved)                         y = k * y_term
                                                      y_term_saved.append(y_term)

What a pair of functions hands on in a tuple has a name, or a list, for each of its members.
"""

from __future__ import annotations

import collections
import copy
from typing import Any

import gast
import numpy as np

from srcgrad.backends.liveness import leaves
from srcgrad.backends.sites import (
    Site,
    blocks,
    is_append,
    is_call_of,
    is_empty_list,
    is_plain,
    own_nodes,
    rebuilt,
    sites,
)
from srcgrad.backends.webs import with_names_apart
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.printer import Blank, Comment

MOST = 40  # statements of a function that is written out, if it is called in several places
GROWTH = 160  # statements that all its calls together may become


def inlined(functions: list[gast.FunctionDef]) -> list[gast.FunctionDef]:
    """The functions without those that are written out; the last one is the one that is called from outside."""
    done: dict[str, gast.FunctionDef] = {}
    functions = [with_trees_apart(f) for f in functions]
    calls = collections.Counter(n for f in functions for n in calls_in(f))
    for function in functions:
        for name in [n for n in called_in(function) if n in done and is_simple(done[n], calls[n])]:
            function = with_calls_written_out(function, done[name], functions)
        done[function.name] = without_unread(with_names_for_members(with_names_apart(function)))
    main = done[functions[-1].name]
    wanted, queue = {main.name}, [main]
    for function in queue:
        for name in called_in(function):
            if name in done and name not in wanted:
                wanted.add(name)
                queue.append(done[name])
    return [f for f in done.values() if f.name in wanted]


def with_trees_apart(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function with trees of its own in each statement: a name may become another one in one place alone."""

    def apart(block: list[Any]) -> list[Any]:
        result = []
        for statement in block:
            if isinstance(statement, (gast.For, gast.While, gast.If)):
                made = copy.copy(statement)
                for head in ("target", "iter", "test"):
                    if hasattr(made, head):
                        setattr(made, head, copy.deepcopy(getattr(made, head)))
                made.body, made.orelse = apart(made.body), apart(made.orelse)
            else:
                made = copy.deepcopy(statement)
            result.append(made)
        return result

    made = copy.copy(function)
    made.body = apart(function.body)
    return made


def calls_in(function: Any) -> list[str]:
    return [n.func.id for n in nodes_in(*function.body) if isinstance(n, gast.Call) and isinstance(n.func, gast.Name)]


def without_unread(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function without numbers that nobody reads: the result of a forward pass, once it is written out."""
    if any(isinstance(n, (gast.Try, gast.With)) for n in nodes_in(*function.body)):
        return function  # what fails is computed to fail
    read = {n.id for n in nodes_in(*function.body) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)}
    read |= {n.target.id for n in nodes_in(*function.body) if isinstance(n, gast.AugAssign) and isinstance(n.target, gast.Name)}
    unread = [
        s.statement for s in sites(function.body, ())
        if is_plain(s.statement) and s.statement.targets[0].id not in read and is_arithmetic(s.statement.value)
    ]  # fmt: skip
    if not unread:
        return function
    made = copy.copy(function)
    made.body = rebuilt(function.body, {id(s): [] for s in unread})
    return without_unread(made)


def is_arithmetic(node: Any) -> bool:
    """Does it do nothing but give a value?"""
    calls = [n.func for n in gast.walk(node) if isinstance(n, gast.Call)]
    return all(tree.root(f) == "math" or isinstance(getattr(np, getattr(f, "attr", ""), None), np.ufunc) for f in calls)


def called_in(function: Any) -> list[str]:
    return list(dict.fromkeys(calls_in(function)))


def size_of(function: Any) -> int:
    return sum(isinstance(n, gast.stmt) and not isinstance(n, (Comment, Blank)) for n in nodes_in(*function.body))


def is_simple(function: gast.FunctionDef, calls: int) -> bool:
    """Does it return at its end alone, or nothing, not call itself, and is it small for the number of its calls?"""
    returns = [n for n in nodes_in(*function.body) if isinstance(n, gast.Return)]
    last = function.body[-1]
    if returns and (not isinstance(last, gast.Return) or len(returns) != 1 or last.value is None):
        return False
    if any(isinstance(n, (gast.Try, gast.With, gast.FunctionDef, gast.Lambda)) for n in nodes_in(*function.body)):
        return False
    return size_of(function) <= (MOST if calls > 1 else GROWTH) and function.name not in called_in(function)


def with_calls_written_out(function: Any, callee: Any, functions: list[Any]) -> Any:
    kind = gast.Assign if isinstance(callee.body[-1], gast.Return) else gast.Expr
    if kind is gast.Assign:
        function = with_named_results(function, callee.name)
    calls = [
        s.statement for s in sites(function.body, ())
        if isinstance(s.statement, kind) and tree.is_call(s.statement.value, callee.name)
    ]  # fmt: skip
    if len(calls) * size_of(callee) > GROWTH:
        return function
    names = Names.of(function)
    names.used |= {f.name for f in functions} | {"np", "math"}
    changes: dict[int, Any] = {}
    for call in calls:
        body = written_out(call, callee, names)
        if body is not None:
            changes[id(call)] = body
    if not changes:
        return function
    made = copy.copy(function)
    made.body = rebuilt(function.body, changes)
    return made


def with_named_results(function: Any, name: str) -> Any:
    """`part = f(a)` and `x += part` for `x += f(a)`."""
    changes: dict[int, Any] = {}
    names = Names.of(function)
    for site in sites(function.body, ()):
        statement = site.statement
        if isinstance(statement, gast.AugAssign) and tree.is_place(statement.target):
            root = tree.root(statement.target) or ""
            if tree.is_call(statement.value, name) and not {root} & set(tree.names_read(statement.value)):
                part = names.fresh(f"{root}_part")
                update = gast.AugAssign(statement.target, statement.op, tree.name(part))
                changes[id(statement)] = [tree.assign(part, statement.value), update]
    if not changes:
        return function
    made = copy.copy(function)
    made.body = rebuilt(function.body, changes)
    return made


def written_out(statement: gast.Assign | gast.Expr, callee: gast.FunctionDef, names: Names) -> list[Any] | None:
    """The body of a function for `y = f(a, b)`, or `f(a, b)`, under names of its own."""
    call: Any = statement.value
    parameters = [a.id for a in callee.args.args]
    if call.keywords or len(call.args) != len(parameters) or any(isinstance(a, gast.Starred) for a in call.args):
        return None
    body = copy.deepcopy(callee.body)
    if body and isinstance(body[0], gast.Expr) and isinstance(body[0].value, gast.Constant):
        del body[0]  # what the function is for
    bound = {n.id for n in nodes_in(*body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    before: list[Any] = []
    given: dict[str, Any] = {}
    for name, value in zip(parameters, call.args):
        if isinstance(value, (gast.Name, gast.Constant)) and name not in bound:
            given[name] = value
        else:
            given[name] = tree.name(names.fresh(name))
            before.append(tree.assign(given[name].id, value))
    for name in sorted(bound - given.keys()):
        given[name] = tree.name(names.fresh(name))
    changes = {id(n): renamed(n, given[n.id]) for n in nodes_in(*body) if isinstance(n, gast.Name) and n.id in given}
    body = rebuilt(body, changes)
    while body and isinstance(body[-2] if len(body) > 1 else None, Blank):
        del body[-2]
    if isinstance(statement, gast.Expr):
        return [*before, *(s for s in body if not isinstance(s, gast.Pass))]
    return [*before, *body[:-1], *bindings(statement.targets[0], body[-1].value)]


def renamed(node: gast.Name, value: Any) -> Any:
    return gast.Name(value.id, node.ctx, None, None) if isinstance(value, gast.Name) else value


def bindings(target: Any, value: Any) -> list[Any]:
    """`a, b = x, y` as two assignments, in an order in which no value is read too late."""
    both = isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple) and len(target.elts) == len(value.elts)
    if both and all(isinstance(t, (gast.Name, gast.Tuple)) for t in target.elts):
        left = list(zip(target.elts, value.elts))
        bound = [bound_by(t) for t in target.elts]
        result: list[Any] = []
        while left and len(set().union(*bound)) == sum(map(len, bound)):
            free = (p for p in left if not any(bound_by(p[0]) & tree.names_read(v) for t, v in left if t is not p[0]))
            pair = next(free, None)
            if pair is None:
                break
            result += bindings(*pair)
            left.remove(pair)
        if not left:
            return result
    return [gast.Assign([target], value, None)]


def bound_by(target: Any) -> set[str]:
    return {n.id for n in gast.walk(target) if isinstance(n, gast.Name)}


def with_names_for_members(function: Any) -> Any:
    """The function with names for the members of tuples that are only taken apart, through lists too."""
    while True:
        function = without_copies_taken_apart(function)
        parts = Members(function)
        made = parts.told_apart()
        if made is None:
            return function
        function = made


def without_copies_taken_apart(function: Any) -> Any:
    """The function without `a = b` before `x, y = a` or `a[0]`, where both names are bound once, in one block."""
    if any(isinstance(n, (gast.Try, gast.With)) for n in nodes_in(*function.body)):
        return function
    stores: dict[str, int] = {}
    for node in nodes_in(*function.body):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            stores[node.id] = stores.get(node.id, 0) + 1
    unpacked = names_taken_apart(function)
    changes: dict[int, Any] = {}
    for block in blocks(function.body):
        bound: dict[str, int] = {}
        for place, statement in enumerate(block):
            if is_plain_copy(statement) and isinstance(statement.targets[0], gast.Name):
                name, value = statement.targets[0].id, statement.value.id
                if name in unpacked and value in bound and stores[name] == stores[value] == 1:
                    after = [
                        n for s in block[place + 1 :] for n in nodes_in(s) if isinstance(n, gast.Name) and n.id == name
                    ]
                    uses = sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*function.body))
                    if len(after) == uses - 1 and not any(map(leaves, block[bound[value] : place])):
                        changes |= {id(statement): []} | {id(n): tree.name(value) for n in after}
                        break
            if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Name):
                bound[statement.targets[0].id] = place
        if changes:
            made = copy.copy(function)
            made.body = rebuilt(function.body, changes)
            return without_copies_taken_apart(made)
    return function


def names_taken_apart(function: Any) -> set[str]:
    """The variables of which the members alone are used, `x, y = a`, `a[0]`, `a.pop()`, or that are added to lists."""
    whole: dict[str, int] = {}
    found: set[str] = set()
    for node in nodes_in(*function.body):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
            whole[node.id] = whole.get(node.id, 0) + 1
        name = held_by(node)
        if name is not None:
            whole[name] = whole.get(name, 0) - 1
            found.add(name)
    return {name for name in found if not whole[name]}


def held_by(node: Any) -> str | None:
    """The a of `x, y = a`, of `a[0]`, of `a.pop()`, of `s.append(a)`."""
    value = None
    if isinstance(node, gast.Subscript) and isinstance(node.ctx, gast.Load):
        by_place = isinstance(node.slice, gast.Constant) and type(node.slice.value) is int
        value = node.value if by_place else None
    elif is_plain_copy(node) and isinstance(node.targets[0], gast.Tuple) or isinstance(node, gast.Attribute) and node.attr == "pop":
        value = node.value
    elif isinstance(node, gast.Expr) and is_append(node, tree.root(getattr(node.value, "func", node)) or ""):
        value = node.value.args[0]
    return value.id if isinstance(value, gast.Name) else None


def is_plain_copy(statement: Any) -> bool:
    return isinstance(statement, gast.Assign) and len(statement.targets) == 1 and isinstance(statement.value, gast.Name)


class Members:
    """The tuples of one function that are made from names, kept, and taken apart."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.names = Names.of(function)
        self.sites: dict[str, list[Site]] = {}
        self.stores = {a.id: 1 for a in function.args.args}  # a parameter is bound to begin with
        for site in sites(function.body, ()):
            for node in own_nodes(site.statement):
                if isinstance(node, gast.Name):
                    self.sites.setdefault(node.id, []).append(site)
                    self.stores[node.id] = self.stores.get(node.id, 0) + (not isinstance(node.ctx, gast.Load))

    def told_apart(self) -> Any:
        """The function with one tuple fewer; None if there is none."""
        for site in sites(self.function.body, ()):
            statement = site.statement
            if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Name):
                continue
            if not isinstance(statement.value, gast.Tuple):
                continue
            changes = self.changes(statement.targets[0].id, statement)
            if changes is not None:
                made = copy.copy(self.function)
                made.body = rebuilt(self.function.body, changes)
                return made
        return None

    def changes(self, name: str, made: Any) -> dict[int, Any] | None:
        """What becomes of the statements that name a tuple."""
        if self.stores[name] != 1 or any(isinstance(e, gast.Starred) for e in made.value.elts):
            return None
        kept: list[Any] = []
        first: list[Any] = []
        for k, member in enumerate(made.value.elts):
            if isinstance(member, gast.Name) and self.stores.get(member.id, 0) <= 1:
                kept.append(member)
            else:
                base = member.id if isinstance(member, gast.Name) else f"{name}_{k}"
                kept.append(tree.name(self.names.fresh(base)))
                first.append(tree.assign(kept[-1].id, member))
        changes: dict[int, Any] = {id(made): first}
        if len(self.sites[name]) == 2:
            through = self.added_where_made(name, made)
            if through is not None:
                return through
        for site in self.sites[name]:
            statement = site.statement
            if statement is made:
                continue
            parts = taken_apart(statement, name, kept)
            if parts is not None:
                changes |= parts
            elif is_append(statement, tree.root(getattr(getattr(statement, "value", None), "func", made)) or ""):
                through = self.through_a_list(statement, kept)
                if through is None:
                    return None
                changes |= through
            else:
                return None
        return changes

    def added_where_made(self, name: str, made: gast.Assign) -> dict[int, Any] | None:
        """The members are added to lists where the tuple was made, under the names that they have there."""
        append = self.sites[name][1].statement
        if not is_append(append, tree.root(getattr(getattr(append, "value", None), "func", made)) or ""):
            return None
        around = self.sites[name][0].around
        block = next((b for b in tree.blocks_of(around[-1]) if any(s is made for s in b)), []) if around else []
        places = [k for statement in (made, append) for k, s in enumerate(block) if s is statement]
        if len(places) != 2 or any(map(leaves, block[places[0] : places[1]])):
            return None
        members = made.value.elts  # type: ignore[attr-defined]
        if not all(isinstance(m, gast.Name) for m in members):
            return None
        through = self.through_a_list(append, members)
        if through is None:
            return None
        through[id(made)] = through[id(append)]
        through[id(append)] = []
        return through

    def through_a_list(self, append: Any, kept: list[Any]) -> dict[int, Any] | None:
        """What becomes of a list of tuples: it is bound, added to and taken from in one place each."""
        holder = tree.root(append.value.func) or ""
        if len(self.sites.get(holder, [])) != 3:
            return None
        made, added, taken = (s.statement for s in self.sites[holder])
        if not is_empty_list(made) or added is not append or not isinstance(append.value.args[0], gast.Name):
            return None
        if not isinstance(taken, gast.Assign) or not is_call_of(taken.value, holder, "pop") or taken.value.args:
            return None
        target = taken.targets[0]
        lists = [self.names.fresh(f"{m.id}_saved") for m in kept]
        changes: dict[int, Any] = {
            id(made): [tree.assign(n, gast.List([], gast.Load())) for n in lists],
            id(append): [tree.statement(tree.method(tree.name(n), "append", m)) for n, m in zip(lists, kept)],
        }
        pops = [tree.call(tree.attribute(tree.name(n), "pop")) for n in lists]
        if isinstance(target, gast.Tuple) and is_taken_apart(taken, None, len(kept)):
            changes[id(taken)] = [tree.assign(t.id, p) for t, p in zip(target.elts, pops)]
            return changes
        if not isinstance(target, gast.Name) or self.stores[target.id] != 1:
            return None
        members = [self.names.fresh(m.id) for m in kept]
        changes[id(taken)] = [tree.assign(n, p) for n, p in zip(members, pops)]
        for use in [s.statement for s in self.sites[target.id] if s.statement is not taken]:
            parts = taken_apart(use, target.id, [tree.name(n) for n in members])
            if parts is None:
                return None
            changes |= parts
        return changes


def taken_apart(statement: Any, name: str, kept: list[Any]) -> dict[int, Any] | None:
    """What becomes of a statement that uses a tuple's members alone: `a, b = name`, `name[0]`."""
    if is_taken_apart(statement, name, len(kept)):
        return {id(statement): [tree.assign(t.id, v) for t, v in zip(statement.targets[0].elts, kept)]}
    parts = [n for n in own_nodes(statement) if isinstance(n, gast.Subscript) and tree.text(n.value) == name]
    places = [n.slice.value if isinstance(n.slice, gast.Constant) else None for n in parts]
    whole = sum(isinstance(n, gast.Name) and n.id == name for n in own_nodes(statement))
    if len(parts) < whole or not all(type(k) is int and 0 <= k < len(kept) for k in places):
        return None
    return {id(n): kept[k] for n, k in zip(parts, places) if k is not None}


def is_taken_apart(statement: Any, name: str | None, count: int) -> bool:
    """`a, b = name`"""
    if not isinstance(statement, gast.Assign) or not isinstance(statement.targets[0], gast.Tuple):
        return False
    parts = statement.targets[0].elts
    whole = name is None or (isinstance(statement.value, gast.Name) and statement.value.id == name)
    return whole and len(parts) == count and all(isinstance(t, gast.Name) for t in parts)
