"""What do chained, nested and starred assignments do?  They become assignments to one place, or to a tuple of names."""

from __future__ import annotations

import copy
from collections import Counter

import gast

from srcgrad.lang.desugar.build import (
    Block,
    assign,
    branch,
    builtin,
    call,
    constant,
    length,
    load,
    locals_of,
    located,
    map_blocks,
    map_statements,
    replaced,
    store,
    stored,
    subscript,
    walk_own,
)
from srcgrad.lang.names import Names, identifiers

Pair = tuple[gast.expr, gast.expr]  # a target and the value that goes there


def simplify_assignments(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The function with every target a name, an attribute, a subscript, or a tuple of names.

    before                          after
        a = b = f(x)                    a = f(x)
                                        b = a
        p.y, (a, *rest) = e             p_y, part = e
                                        p.y = p_y
                                        items = list(part)
                                        if len(items) < 1:
                                            raise ValueError(...)
                                        a = items[0]
                                        rest = items[1:]
        for i, (a, b) in pairs:         for i, part in pairs:
            ...                             a, b = part
                                            ...
    """
    return replaced(function, body=Assignments(function, names).block(function.body))


class Assignments:
    """The assignments of one function."""

    def __init__(self, function: gast.FunctionDef, names: Names) -> None:
        self.names = names
        self.bound = locals_of(function)
        self.read = {
            node.id for node in gast.walk(function) if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load)
        }
        # An exception half-way through an assignment is seen only by who catches it.
        self.caught = any(isinstance(node, (gast.Try, gast.With)) for node in walk_own(function.body))

    def block(self, block: Block) -> Block:
        return map_statements(block, self.statement)

    def statement(self, statement: gast.stmt) -> Block:
        statement = map_blocks(statement, self.block)
        if isinstance(statement, gast.AnnAssign):
            return self.annotated(statement)
        if isinstance(statement, gast.Assign):
            return self.chained(statement)
        if isinstance(statement, gast.For) and not self.is_plain(statement.target, gast.Name):
            target, first = self.bind(statement.target, "item", statement)
            return [replaced(statement, target=target, body=first + statement.body)]
        if isinstance(statement, gast.With):
            return [self.managed(statement)]
        return [statement]

    def annotated(self, statement: gast.AnnAssign) -> Block:
        target = statement.target
        if statement.value is not None:
            return self.single(target, statement.value, statement)
        if isinstance(target, gast.Name):
            return []
        parts = [target.value, target.slice] if isinstance(target, gast.Subscript) else [target.value]
        return [located(gast.Expr(part), statement) for part in parts if not isinstance(part, (gast.Name, gast.Slice))]

    def chained(self, statement: gast.Assign) -> Block:
        if len(statement.targets) == 1:
            target = statement.targets[0]
            if self.is_plain(target):
                return [statement]
            return self.single(target, statement.value, statement)
        value, targets = statement.value, statement.targets
        made: Block = []
        if isinstance(value, gast.Name) and value.id not in stored(targets[:-1]):
            name = value.id
        elif isinstance(targets[0], gast.Name) and targets[0].id not in stored(targets[1:-1]):
            made, name = [assign(targets[0], value, statement)], targets[0].id
            targets = targets[1:]
        elif not isinstance(value, gast.Constant):
            name = self.names.fresh("value")
            made = [assign(name, value, statement)]
        for target in targets:
            again = copy.copy(value) if isinstance(value, gast.Constant) else load(name)
            made += self.single(target, again, statement)
        return made

    def managed(self, statement: gast.With) -> gast.With:
        """`with` binds names only; an item that needs more than its own line gets a `with` of its own."""
        for index, item in enumerate(statement.items):
            target = item.optional_vars
            if target is not None and not isinstance(target, gast.Name):
                others = statement.items[index + 1 :]
                inner = [self.managed(replaced(statement, items=others))] if others else statement.body
                name = self.names.fresh(_base(target, "entered"))
                item = gast.withitem(item.context_expr, located(store(name), statement))
                body = self.single(target, load(name), statement) + inner
                return replaced(statement, items=[*statement.items[:index], item], body=body)
        return statement

    def single(self, target: gast.expr, value: gast.expr, at: gast.stmt) -> Block:
        """`target = value`"""
        if not isinstance(target, (gast.Tuple, gast.List)):
            return [assign(target, value, at)]
        stars = [index for index, member in enumerate(target.elts) if isinstance(member, gast.Starred)]
        if not stars:
            return self.members(target.elts, value, at)
        members, star = target.elts, stars[0]
        before, rest, after = members[:star], members[star].value, members[star + 1 :]
        fixed = len(before) + len(after)
        if _is_display(value) and len(value.elts) >= fixed:
            stop = len(value.elts) - len(after)
            middle = gast.List(value.elts[star:stop], gast.Load())
            elements = [*value.elts[:star], middle, *value.elts[stop:]]
            return self.members([*before, rest, *after], gast.Tuple(elements, gast.Load()), at)
        made = self.listed(value)
        if not fixed:
            return self.single(rest, made, at)
        items = self.names.fresh("items")
        made_of = [assign(items, made, at), self.enough(items, fixed, at)]
        for index, member in enumerate(before):
            made_of += self.single(member, subscript(load(items), index), at)
        end = gast.UnaryOp(gast.USub(), constant(len(after))) if after else None
        piece = gast.Slice(constant(star) if star else None, end, None)
        made_of += self.single(rest, gast.Subscript(load(items), piece, gast.Load()), at)
        for index, member in enumerate(after):
            made_of += self.single(member, subscript(load(items), index - len(after)), at)
        return made_of

    def listed(self, value: gast.expr) -> gast.expr:
        """The members of a value in a new list: `[a] + list(b)` for `(a, *b)`."""
        stars = isinstance(value, (gast.Tuple, gast.List)) and any(isinstance(e, gast.Starred) for e in value.elts)
        if not stars:
            return call(builtin("list", self.bound), value)
        parts: list[gast.expr] = []
        for element in value.elts:  # type: ignore[attr-defined]
            if isinstance(element, gast.Starred):
                parts.append(call(builtin("list", self.bound), element.value))
            elif parts and isinstance(parts[-1], gast.List):
                parts[-1].elts.append(element)
            else:
                parts.append(gast.List([element], gast.Load()))
        whole = parts[0]
        for part in parts[1:]:
            whole = gast.BinOp(whole, gast.Add(), part)
        return whole

    def enough(self, items: str, fixed: int, at: gast.stmt) -> gast.stmt:
        short = gast.Compare(length(load(items), self.bound), [gast.Lt()], [constant(fixed)])
        message = constant(f"not enough values to unpack (expected at least {fixed})")
        return branch(short, [located(gast.Raise(call("ValueError", message), None), at)], [], at)

    def members(self, targets: list[gast.expr], value: gast.expr, at: gast.stmt) -> Block:
        """`a, b.c, (d, e) = value`: the value is taken apart first, then the places are assigned from left to right."""
        if self.is_plain(gast.Tuple(targets, gast.Store())):
            return [assign(gast.Tuple(targets, gast.Store()), value, at)]
        names, later = self.apart(targets)
        if not _is_display(value) or len(value.elts) != len(targets):
            made: Block = [assign(gast.Tuple(names, gast.Store()), value, at)]
        else:
            # What no target changes need not be taken apart: `self.w, self.b = w, b` is two assignments.
            changed = stored(targets) | {name.id for name in names}
            taken: list[Pair] = []
            for name, element in zip(names, value.elts):
                direct = later.get(name.id)
                kept = isinstance(element, gast.Name) and element.id not in changed
                if direct is not None and (kept or isinstance(element, gast.Constant)):
                    later[name.id] = (direct[0], element)
                else:
                    taken.append((name, element))
            made = _parallel(taken, at)
        for target, element in later.values():
            made += self.single(target, element, at)
        return made

    def apart(self, targets: list[gast.expr]) -> tuple[list[gast.Name], dict[str, Pair]]:
        """A name for each target, and what is then to be assigned, by name, in order."""
        places = [target for target in targets if not isinstance(target, gast.Name)]
        mentioned = {name for place in places for name in identifiers(place)}
        count = Counter(target.id for target in targets if isinstance(target, gast.Name))
        names: list[gast.Name] = []
        later: dict[str, Pair] = {}
        for target in targets:
            direct = isinstance(target, gast.Name) and target.id not in mentioned
            if direct:
                count[target.id] -= 1
            if direct and count[target.id]:  # bound again before anyone reads it
                names.append(store(self.names.fresh(target.id)))
                continue
            if direct and not (self.caught and later):
                names.append(target)
                continue
            name = self.names.fresh(_base(target, "part"))
            names.append(store(name))
            later[name] = (target, load(name))
        return names, later

    def bind(self, target: gast.expr, base: str, at: gast.stmt) -> tuple[gast.expr, Block]:
        """The plain target that takes what `target` takes, and the assignments that hand it on."""
        tuple_of = isinstance(target, (gast.Tuple, gast.List))
        if tuple_of and not any(isinstance(member, gast.Starred) for member in target.elts):
            names, later = self.apart(target.elts)
            rest = [made for place, value in later.values() for made in self.single(place, value, at)]
            return located(gast.Tuple(names, gast.Store()), at), rest
        name = self.names.fresh(_base(target, base))
        return located(store(name), at), self.single(target, load(name), at)

    def is_plain(self, target: gast.expr, *single: type) -> bool:
        """One place, or a tuple of names; a name that is read stands there once (`a, a = pair` keeps the second alone)."""
        if not isinstance(target, gast.Tuple):
            return isinstance(target, single or (gast.Name, gast.Attribute, gast.Subscript))
        if not all(isinstance(member, gast.Name) for member in target.elts):
            return False
        count = Counter(member.id for member in target.elts)
        return all(times == 1 or name not in self.read for name, times in count.items())


def _parallel(pairs: list[Pair], at: gast.stmt) -> Block:
    if len(pairs) < 2:
        return [assign(target, value, at) for target, value in pairs]
    targets = gast.Tuple([target for target, _ in pairs], gast.Store())
    return [assign(targets, gast.Tuple([value for _, value in pairs], gast.Load()), at)]


def _is_display(value: gast.expr) -> bool:
    """A tuple or list written out, so that its length is known."""
    plain = isinstance(value, (gast.Tuple, gast.List))
    return plain and not any(isinstance(member, gast.Starred) for member in value.elts)


def _base(target: gast.expr, default: str) -> str:
    """What a name for the value on its way to `target` may be called."""
    if isinstance(target, gast.Attribute):
        return f"{target.value.id}_{target.attr}" if isinstance(target.value, gast.Name) else target.attr
    if isinstance(target, gast.Subscript):
        return f"{target.value.id}_item" if isinstance(target.value, gast.Name) else "item"
    return target.id if isinstance(target, gast.Name) else default
