"""Members that the text tells apart have names of their own: for Numba, which has no dicts, lists and objects of unlike members.

Before: p_bar = {"w": np.zeros_like(p["w"]), "b": 0.0}        After: p_bar_w = np.zeros_like(p_w)
        p_bar["w"] += s * x                                          p_bar_b = 0.0
        p_bar["b"] += s                                              p_bar_w += s * x
                                                                     p_bar_b += s

This is done where a container is met by its members alone, and nothing else may hold it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.backends.liveness import leaves
from srcgrad.backends.sites import is_append, is_call_of, is_empty_list, is_plain, own_nodes, rebuilt, sites
from srcgrad.lang import tree
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import FIELDS, children, nodes_in

MOST = 24  # members of a list that get names


@dataclass
class Parts:
    """The members of a container: their keys in order, and how one of them is read."""

    keys: list[Any]
    form: str  # "dict", "list" or "object"


def with_members_apart(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function with names for the members of what it makes itself."""
    while has_plain_blocks(function):
        apart = Apart(prepared(function))
        made = apart.told_apart()
        if made is None:
            return function
        function = without_unread(made, set(apart.fresh.values()))
    return function


def has_plain_blocks(function: gast.FunctionDef) -> bool:
    """Are loops and branches the only statements with blocks?"""
    others = (gast.Try, gast.With, gast.FunctionDef, gast.ClassDef)
    return not any(isinstance(n, others) for n in nodes_in(*function.body))


def prepared(function: gast.FunctionDef, given: set[str] = frozenset()) -> gast.FunctionDef:  # type: ignore[assignment]
    """The function with one name for each container, and each node in one place."""
    function = without_unread_lists(function)
    before = None
    while function is not before:
        before, function = function, with_one_name(function, given)
    return unshared(function)  # type: ignore[no-any-return]


def unshared(node: Any) -> Any:
    """The tree with each node in one place."""
    result = copy.copy(node)
    for field in FIELDS[node.__class__]:
        value = node.__dict__.get(field)
        if isinstance(value, list):
            setattr(result, field, [unshared(v) if isinstance(v, gast.AST) else v for v in value])
        elif isinstance(value, gast.AST):
            setattr(result, field, unshared(value))
    return result


class Apart:
    """The containers of one function.

    given: of parameters that are containers, their members.  returned: containers may be in the tuple that is returned.
    """

    def __init__(
        self, function: gast.FunctionDef, given: dict[str, Parts] | None = None, returned: bool = False
    ) -> None:
        self.function, self.given, self.returned = function, given or {}, returned
        self.names = Names.of(function)
        self.parameters = {a.id for a in function.args.args}
        self.above: dict[int, Any] = {}  # node -> the node that it is in
        self.uses: dict[str, list[Any]] = {}
        self.bindings: dict[str, list[Any]] = {}
        self.next: dict[int, list[Any]] = {}  # statement -> those after it in its block
        for site in sites(function.body, ()):
            block = next(
                b for b in tree.blocks_of(site.around[-1] if site.around else function) if holds(b, site.statement)
            )
            self.next[id(site.statement)] = block[[s is site.statement for s in block].index(True) + 1 :]
            for node in own_nodes(site.statement):
                for child in children(node):
                    self.above[id(child)] = node
                if isinstance(node, gast.Name):
                    self.uses.setdefault(node.id, []).append(node)
            if is_plain(site.statement) and len(site.statement.targets) == 1:
                self.bindings.setdefault(site.statement.targets[0].id, []).append(site.statement)
        self.parts: dict[str, Parts] = {}
        self.fresh: dict[tuple[str, Any], str] = {}  # container and key -> the member's name

    def told_apart(self) -> gast.FunctionDef | None:
        """The function with the members of some containers apart; None if there are none."""
        self.find()
        if not self.parts:
            return None
        fresh = self.fresh = {
            (name, key): self.names.fresh(f"{name}_{word(key)}")
            for name, parts in self.parts.items()
            for key in parts.keys
        }
        changes: dict[int, Any] = {}
        for name in self.parts:
            for use in self.uses.get(name, []):
                self.change(use, fresh, changes)
            for statement in self.bindings.get(name, []):
                changes[id(statement)] = self.bound(statement, name, fresh)
        made = copy.copy(self.function)
        made.body = rebuilt(self.function.body, changes)
        return made

    # Which

    def find(self) -> None:
        """The containers that are met by their members alone."""
        self.parts = dict(self.given)
        again = True
        while again:  # what is made like another has its members
            again = False
            for name, bindings in self.bindings.items():
                if name not in self.parts and name not in self.parameters:
                    found = next(filter(None, (self.made_of(s.value) for s in bindings)), None)
                    if found is not None:
                        self.parts[name] = found
                        again = True
        for name, parts in self.parts.items():
            if parts.form == "object":
                parts.keys = list(dict.fromkeys([*parts.keys, *self.attributes(name)]))
        again = True
        while again:
            again = False
            for name in list(self.parts):
                if not self.fits(name):
                    del self.parts[name]
                    again = True

    def made_of(self, value: Any) -> Parts | None:
        """The members of what an expression makes."""
        if isinstance(value, gast.Dict):
            if value.keys and all(isinstance(k, gast.Constant) for k in value.keys):
                return Parts([k.value for k in value.keys], "dict")
        elif isinstance(value, gast.List):
            if 0 < len(value.elts) <= MOST and not any(isinstance(e, gast.Starred) for e in value.elts):
                return Parts(list(range(len(value.elts))), "list")
        elif isinstance(value, gast.Call):
            text = tree.text(value.func)
            if text.endswith(".__new__") and len(value.args) == 1 and f"{tree.text(value.args[0])}.__new__" == text:
                return Parts([], "object")
            if text == "types.SimpleNamespace" and not value.args:
                return Parts([k.arg for k in value.keywords], "object")
            if text == "add_to" and all(isinstance(a, gast.Name) and a.id in self.parts for a in value.args):
                some, others = (self.parts[a.id] for a in value.args)
                return (
                    Parts(list(some.keys), some.form) if (some.keys, some.form) == (others.keys, others.form) else None
                )
            if text == "zeros_like" and len(value.args) == 1 and isinstance(value.args[0], gast.Name):
                other = self.parts.get(value.args[0].id)
                return Parts(list(other.keys), other.form) if other is not None else None
        elif isinstance(value, gast.Name) and value.id in self.parts:
            other = self.parts[value.id]
            return Parts(list(other.keys), other.form)
        elif is_zeros(value):
            other = self.parts.get(value.right.args[0].id)
            return Parts(list(other.keys), "list") if other is not None and other.form == "list" else None
        return None

    def attributes(self, name: str) -> list[str]:
        """The attributes by which an object is met."""
        found = [self.above.get(id(use)) for use in self.uses.get(name, [])]
        set_ = [attribute_set(self.above.get(id(n))) for n in found if isinstance(n, gast.Call)]
        return [*(n.attr for n in found if isinstance(n, gast.Attribute)), *(s[1] for s in set_ if s is not None)]

    def fits(self, name: str) -> bool:
        parts = self.parts[name]
        bindings = self.bindings.get(name, [])
        if name in self.given:
            if bindings:
                return False
        elif not bindings or name in self.parameters:
            return False
        for statement in bindings:
            found = self.made_of(statement.value)
            if found is None or found.form != parts.form or not self.is_whole(statement, found, parts):
                return False
        targets = {id(s.targets[0]) for s in bindings}
        return all(id(use) in targets or self.is_apart(use, parts, name in self.given) for use in self.uses.get(name, []))

    def is_whole(self, statement: Any, found: Parts, parts: Parts) -> bool:
        """Has what is made here all the members?  May it be told that the other name means nothing from here on?"""
        value = statement.value
        if isinstance(value, gast.Name):
            return value.id not in self.given and found.keys == parts.keys and self.is_moved(statement, value.id)
        if tree.is_call(value, "add_to"):
            total = value.args[0].id
            name = statement.targets[0].id
            return (
                found.keys == parts.keys
                and (total == name or self.is_last(statement, total))
                and value.args[1].id != total
            )
        if found.form == "object":
            if tree.is_call(value, "zeros_like"):
                return set(parts.keys) <= set(self.parts[value.args[0].id].keys)
            known = {*found.keys, *self.stored_first(statement)}
            return set(parts.keys) <= known
        return found.keys == parts.keys

    def is_moved(self, statement: Any, name: str) -> bool:
        """`x = name`, after which `name` is bound anew before it is read."""
        for later in self.next[id(statement)]:
            if any(isinstance(n, gast.Name) and n.id == name for n in nodes_in(later)):
                return is_plain(later) and later.targets[0].id == name and name not in tree.names_read(later.value)
            if leaves(later):
                return False
        return False

    def is_last(self, statement: Any, name: str) -> bool:
        """Is this name not met after a statement, before it is bound anew?"""
        bindings = self.bindings.get(name, [])
        rest = self.next[id(statement)]
        if name in self.given or len(bindings) != 1 or not any(s is statement for s in self.next[id(bindings[0])]):
            return False
        after = {id(n) for n in nodes_in(*rest)}
        before = {id(n) for s in [bindings[0], *self.next[id(bindings[0])]] for n in nodes_in(s)} - after
        return all(id(use) in before for use in self.uses.get(name, []))

    def stored_first(self, statement: Any) -> list[str]:
        """The attributes that are set in this block before they are read; those of the class are of no account then."""
        name = statement.targets[0].id
        stored: list[str] = []
        read: set[str] = set()
        for later in self.next[id(statement)]:
            found = attribute_set(later)
            for node in nodes_in(later if found is None else found[2]):
                if isinstance(node, gast.Attribute) and tree.text(node.value) == name:
                    read.add(node.attr)
            if found is not None and found[0] == name and found[1] not in read:
                stored.append(found[1])
            if leaves(later):
                break
        return stored

    def is_apart(self, use: Any, parts: Parts, is_given: bool) -> bool:
        """Is only one member met here, or all of them in a way that is known?"""
        above = self.above.get(id(use))
        if self.member(use) is not None:
            key, place = self.member(use)  # type: ignore[misc]
            plain = isinstance(getattr(place, "ctx", gast.Load()), gast.Load)
            return key in parts.keys and not isinstance(place.ctx, gast.Del) and (plain or not is_given)
        if isinstance(above, gast.Tuple) and self.returned:
            return isinstance(self.above.get(id(above)), gast.Return)
        if isinstance(above, gast.Call):
            if tree.is_call(above, "len"):
                return parts.form != "object"
            around: Any = self.above.get(id(above))
            if parts.form == "object" and not is_given and above.args[0] is use and attribute_set(around) is not None:
                return True
            if tree.is_call(above, "zeros_like") and is_plain(around):
                return around.targets[0].id in self.parts and around.targets[0].id != use.id
            if tree.is_call(above, "add_to") and is_plain(around):
                return around.targets[0].id in self.parts and all(tree.root(a) in self.parts for a in above.args)
            if tree.is_call(above, "getattr") and above.args[0] is use:
                return isinstance(above.args[1], gast.Constant) and above.args[1].value in parts.keys
        if isinstance(above, gast.Assign) and above.value is use:
            target = above.targets[0]
            if isinstance(target, gast.Name):
                return target.id in self.parts
            return isinstance(target, gast.Tuple) and parts.form == "list" and len(target.elts) == len(parts.keys)
        return False

    def member(self, use: Any) -> tuple[Any, Any] | None:
        """The key and the expression, where a member is met: `p["w"]`, `p[0]`, `p.w`."""
        above = self.above.get(id(use))
        parts = self.parts[use.id]
        if isinstance(above, gast.Attribute) and parts.form == "object":
            return above.attr, above
        if isinstance(above, gast.Subscript) and above.value is use and parts.form != "object":
            key = constant_of(above.slice)
            if parts.form == "list":
                if type(key) is not int:
                    return None
                key = key + len(parts.keys) if key < 0 else key
            return None if key is None else (key, above)
        return None

    # What becomes of them

    def change(self, use: Any, fresh: dict[Any, str], changes: dict[int, Any]) -> None:
        """What stands for one use of a container."""
        parts, above = self.parts[use.id], self.above.get(id(use))
        found = self.member(use)
        if found is not None:
            key, place = found
            changes[id(place)] = gast.Name(fresh[use.id, key], place.ctx, None, None)
        elif tree.is_call(above, "len"):
            changes[id(above)] = tree.constant(len(parts.keys))
        elif isinstance(above, gast.Call) and (stored := attribute_set(self.above.get(id(above)))) is not None:
            changes[id(self.above[id(above)])] = [tree.assign(fresh[use.id, stored[1]], stored[2])]
        elif tree.is_call(above, "getattr"):
            changes[id(above)] = tree.name(fresh[use.id, above.args[1].value])  # type: ignore[union-attr]
        elif isinstance(above, gast.Assign) and isinstance(above.targets[0], gast.Tuple) and above.value is use:
            changes[id(use)] = tree.display([tree.name(fresh[use.id, k]) for k in parts.keys])

    def bound(self, statement: Any, name: str, fresh: dict[Any, str]) -> list[Any]:
        """A name for each member that is made here."""
        keys, value = self.parts[name].keys, statement.value
        values: dict[Any, gast.expr]
        if isinstance(value, gast.Dict):
            values = dict(zip(keys, value.values))
        elif isinstance(value, gast.List):
            values = dict(zip(keys, value.elts))
        elif isinstance(value, gast.Name):
            values = {k: tree.name(fresh[value.id, k]) for k in keys}
        elif tree.is_call(value, "zeros_like"):
            values = {k: tree.call("zeros_like", tree.name(fresh[value.args[0].id, k])) for k in keys}
        elif tree.is_call(value, "add_to"):
            some, others = (a.id for a in value.args)
            values = {k: tree.call("add_to", tree.name(fresh[some, k]), tree.name(fresh[others, k])) for k in keys}
        elif is_zeros(value):
            values = {k: tree.constant(0.0) for k in keys}
        else:
            values = {k.arg: k.value for k in value.keywords}
            asked = {n.args[1].value for n in nodes_in(*self.function.body) if tree.is_call(n, "getattr")}
            values |= {k: tree.constant(None) for k in keys if k not in values and k in asked}
        targets = {fresh[name, k] for k in keys}
        if (
            len(values) > 1
            and not tree.is_call(value, "add_to")
            and any(n in targets or n == name for v in values.values() for n in tree.names_read(v))
        ):
            first = {k: self.names.fresh(f"{fresh[name, k]}_term") for k in values}
            before = [tree.assign(first[k], v) for k, v in values.items()]
            return [*before, *(tree.assign(fresh[name, k], tree.name(n)) for k, n in first.items())]
        return [tree.assign(fresh[name, k], v) for k, v in values.items()]


def without_unread(function: gast.FunctionDef, names: set[str]) -> gast.FunctionDef:
    """The function without members that nobody reads, where it takes nothing to make them."""
    statements = [site.statement for site in sites(function.body, ())]
    made_only = {id(s.targets[0]) for s in statements if is_plain(s)}
    used = {n.id for n in nodes_in(*function.body) if isinstance(n, gast.Name) and id(n) not in made_only}
    changes: dict[int, Any] = {}
    for statement in statements:
        if is_plain(statement) and statement.targets[0].id in names - used:
            if not any(isinstance(n, (gast.Call, gast.Subscript, gast.BinOp)) for n in nodes_in(statement.value)):
                changes[id(statement)] = []
    made = copy.copy(function)
    made.body = rebuilt(function.body, changes)
    return made


def with_one_name(function: gast.FunctionDef, given: set[str]) -> gast.FunctionDef:
    """The function without second names for containers: `layer = p_layers_0` where both are bound once.

    A list that holds the same one, over and over, needs not hold it.
    """
    stores: dict[str, int] = {}
    for node in nodes_in(*function.body):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            stores[node.id] = stores.get(node.id, 0) + 1
    first = {n for n in given if n not in stores}
    others: dict[str, str] = {}
    changes: dict[int, Any] = {}
    top = {id(s) for s in function.body}
    for site in sites(function.body, ()):
        statement = site.statement
        if not is_plain(statement) or stores[statement.targets[0].id] != 1:
            continue
        name, value = statement.targets[0].id, statement.value
        if isinstance(value, gast.Name) and others.get(value.id, value.id) in first:
            others[name] = others.get(value.id, value.id)
            changes[id(statement)] = []
        elif (
            tree.is_call(value, "add_to")
            and isinstance(value.args[0], gast.Name)
            and id(statement) in top
            and (others.get(value.args[0].id, value.args[0].id) in first - given)
        ):  # that is changed in place
            total = others[name] = others.get(value.args[0].id, value.args[0].id)
            changes[id(statement)] = [tree.assign(total, value)]
        elif id(statement) in top and (isinstance(value, (gast.Dict, gast.List)) or is_maker(value)):
            first.add(name)
        elif id(statement) in top and tree.is_call(value, "zeros_like") and tree.root(value.args[0]) in first:
            first.add(name)
    changes |= held_over_and_over(function, first)
    for node in nodes_in(*function.body):
        if isinstance(node, gast.Name) and node.id in others and isinstance(node.ctx, gast.Load):
            changes[id(node)] = tree.name(others[node.id])
    return with_changes(function, changes)


def held_over_and_over(function: gast.FunctionDef, first: set[str]) -> dict[int, Any]:
    """What becomes of lists to which one container alone is added."""
    changes: dict[int, Any] = {}
    found = list(sites(function.body, ()))
    for made in [s.statement for s in found if is_empty_list(s.statement)]:
        name = made.targets[0].id
        uses = [n for n in nodes_in(*function.body) if isinstance(n, gast.Name) and n.id == name]
        adding = [s.statement for s in found if is_append(s.statement, name)]
        popped = [n for n in nodes_in(*function.body) if is_call_of(n, name, "pop") and not n.args]
        if len(adding) != 1 or not popped or len(uses) != 2 + len(popped):
            continue
        value = adding[0].value.args[0]
        if isinstance(value, gast.Name) and value.id in first:
            changes |= {id(made): [], id(adding[0]): []} | {id(p): tree.name(value.id) for p in popped}
    return changes


def without_unread_lists(function: gast.FunctionDef) -> gast.FunctionDef:
    """The function without lists that are added to and never read."""
    changes: dict[int, Any] = {}
    found = [s.statement for s in sites(function.body, ())]
    for made in filter(is_empty_list, found):
        name = made.targets[0].id
        uses = sum(isinstance(n, gast.Name) and n.id == name for n in nodes_in(*function.body))
        added = [s for s in found if is_append(s, name)]
        if uses == 1 + len(added) and not any(
            isinstance(n, gast.Call) for s in added for n in nodes_in(s.value.args[0])
        ):
            changes |= {id(made): []} | {id(s): [] for s in added}
    return with_changes(function, changes)


def attribute_set(statement: Any) -> tuple[str, str, Any] | None:
    """Object, attribute and value of `p.rate = x`, or of `object.__setattr__(p, "rate", x)`."""
    if isinstance(statement, gast.Assign) and isinstance(statement.targets[0], gast.Attribute):
        target = statement.targets[0]
        return tree.text(target.value), target.attr, statement.value
    call = statement.value if isinstance(statement, gast.Expr) else None
    if isinstance(call, gast.Call) and tree.text(call.func) == "object.__setattr__" and len(call.args) == 3:
        if isinstance(call.args[0], gast.Name) and isinstance(call.args[1], gast.Constant):
            return call.args[0].id, call.args[1].value, call.args[2]
    return None


def with_changes(function: gast.FunctionDef, changes: dict[int, Any]) -> gast.FunctionDef:
    if not changes:
        return function
    made = copy.copy(function)
    made.body = rebuilt(function.body, changes)
    return made


def is_maker(value: Any) -> bool:
    """`C.__new__(C)`, `types.SimpleNamespace(w=0.0)`"""
    text = tree.text(value.func) if isinstance(value, gast.Call) else ""
    return text.endswith(".__new__") or text == "types.SimpleNamespace"


def holds(block: list[Any], statement: Any) -> bool:
    return any(s is statement for s in block)


def constant_of(node: Any) -> Any:
    """The key that a text tells: `"w"`, `0`, `-1`."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) and isinstance(node.operand, gast.Constant):
        return -node.operand.value if type(node.operand.value) is int else None
    return node.value if isinstance(node, gast.Constant) else None


def is_zeros(value: Any) -> bool:
    """`[0.0] * len(x)`"""
    if not isinstance(value, gast.BinOp) or not isinstance(value.op, gast.Mult) or not tree.is_call(value.right, "len"):
        return False
    zero = isinstance(value.left, gast.List) and len(value.left.elts) == 1 and constant_of(value.left.elts[0]) == 0.0
    return zero and isinstance(value.right.args[0], gast.Name)


def word(key: Any) -> str:
    """A key as a part of names."""
    return "".join(c if c.isalnum() else "_" for c in str(key))
