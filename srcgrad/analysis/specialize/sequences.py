"""What do list, tuple, dict, zip, map and partial give?"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    INT,
    ITERATOR,
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Iterable,
    List,
    Number,
    OneOf,
    Tuple,
    Unknown,
    has_known_keys,
    is_scalar,
    is_value,
    varied,
)
from srcgrad.analysis.specialize.definitions import LocalFunction
from srcgrad.analysis.specialize.folds import Folds
from srcgrad.analysis.specialize.iterating import is_iterator
from srcgrad.analysis.specialize.made_functions import PartialOf
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.syntax import changed_names, taken_one_by_one, used_once
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import tree
from srcgrad.lang.desugar.build import assign, constant


class Sequences(Folds):
    """Builtins that make a container of another."""

    def listed(self, value: Value, node: gast.AST) -> Value:
        """An operand that is looped over: dict views and the like as lists."""
        kind, residual = value = self.iterated(value, node)
        if isinstance(kind, Dict):
            call = self.keep(gast.copy_location(gast.Call(name_node("list", node), [residual], []), node))
            cell = self.session.cell("keys", id(node), self.copies)
            self.session.put_item(cell, kind.cell.any_key())
            self.record(call, List(cell))
            return List(cell), call
        if isinstance(kind, Tuple) and varied(kind):
            shell = self.memo(
                ("listed", id(node), id(residual)), lambda: gast.copy_location(gast.List([], gast.Load()), node)
            )
            return self.list_display(self.members(kind, residual), shell)
        return kind, residual

    def iterated(self, value: Value, node: gast.AST) -> Value:
        """What is run over, of an object whose class has `__iter__`."""
        kind, residual = value
        if isinstance(kind, OneOf):
            able = [k for k in self.able(kind) if not is_scalar(k)]  # over anything else a loop raises an error
            if len(able) == 1:
                return self.iterated((able[0], self.narrowed_to(able[0], residual)), node)
        if not self.has_method(kind, "__iter__"):
            return value
        shell = self.memo(("iterated", id(node), gast.dump(residual)), lambda: copy.copy(node))
        found = self.call_method(kind, residual, "__iter__", [], {}, shell)
        if found[0] == kind:
            raise CannotTell("a loop over an object that gives its own elements one by one")
        if isinstance(found[0], (List, Tuple, Array, Iterable)) and not varied(found[0]):
            # The method itself is called, and gives an iterator.
            return self.as_list(self.iterable(self.member_kind(found[0]), "iterated", shell), found[1], node)  # type: ignore[no-any-return]
        return self.iterated(found, node)

    def on_list(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if not args:
            return self.list_display([], node)
        args = [self.iterated(args[0], node)]
        kind, operand = args[0]
        call = self.rebuilt_call(node, residual, args, keywords)
        if isinstance(kind, Tuple):
            return self.list_display(self.members(kind, operand), node)
        if isinstance(kind, (List, Array)) and (varied(kind) or isinstance(kind, Array) and len(kind.sizes or ()) > 1):
            return self.template(node, "t = []\nfor v in a: t.append(v)", "t", a=(kind, operand))
        cell = self.session.cell("listed", id(node), self.copies)
        if isinstance(kind, List):
            if kind.cell.items is not None and cell.items is None and cell.whole and isinstance(cell.item, Bottom):
                cell.items, cell.length = list(kind.cell.items), kind.cell.length
            else:
                self.session.put_item(cell, kind.item)
        elif isinstance(kind, Dict):
            self.session.put_item(cell, kind.cell.any_key())
        else:
            if varied(kind):
                raise CannotTell("a list of this")
            self.session.put_item(
                cell, self.passive_element(kind) if not isinstance(kind, Array) else self.any_member(kind)
            )
        return List(cell), call

    def on_tuple(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if not args:
            return Const(()), self.rebuilt_call(node, residual, args, keywords)
        args = [self.iterated(args[0], node)]
        kind, operand = args[0]
        if isinstance(kind, Tuple) and kind.cls is None:
            return kind, operand
        try:
            members = self.members(kind, operand)
            return self.display(
                members, self.memo(("tuple", id(node)), lambda: gast.copy_location(gast.Tuple([], gast.Load()), node))
            )
        except CannotTell:
            if varied(kind):
                found = self.on_list(residual, args, keywords, node)
                if found is not None and isinstance(found[0], List):
                    found[0].cell.made_as = tuple
                return found
        call = self.rebuilt_call(node, residual, args, keywords)
        return self.iterable(self.member_kind(kind), "tuple", node), call

    def on_dict(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        given: dict[Any, Value] = dict(keywords)
        if not args:
            return self.dict_display(given, node)
        kind, operand = args[0]
        if isinstance(kind, Dict) and has_known_keys(kind):
            return self.dict_display({**self.parts(kind, operand, node), **given}, node)
        if not isinstance(kind, (Dict, List)):
            if varied(kind) or any(varied(k) for k, _ in given.values()):
                raise CannotTell("a dict of this")
            return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        text = "t = {}\n" + ("for k in a: t[k] = a[k]" if isinstance(kind, Dict) else "for k, v in a: t[k] = v")
        result = self.template(node, text, "t", a=(kind, operand))
        for name, value in given.items():
            self.set_key(result[0], result[1], self.constant(name, node), Const(name), value, node)  # type: ignore[arg-type]
        return result

    def on_zip(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if not any(varied(k) or isinstance(k, (List, Tuple, Array)) for k, _ in args):
            members = Tuple(tuple(self.member_kind(k) for k, _ in args))
            return self.iterable(members, "zip", node), self.rebuilt_call(node, residual, args, keywords)
        self.check_kept(node)
        if keywords:
            self.check_strict(keywords["strict"][0], args, node)
        known = [self.known_members(k, r) for k, r in args]
        if all(m is not None for m in known) and min(len(m) for m in known if m is not None) <= 24:
            shell = self.memo(("zip", id(node)), lambda: gast.copy_location(gast.List([], gast.Load()), node))
            pairs = []
            for i, parts in enumerate(zip(*[m for m in known if m is not None])):
                inner = self.memo(("pair", id(node), i), lambda: gast.copy_location(gast.Tuple([], gast.Load()), node))
                kind, display = self.display(list(parts), inner)
                self.record(display, kind)
                pairs.append((kind, display))
            return self.list_display(pairs, shell)
        names = [f"a{i}" for i in range(len(args))]
        values = [self.as_list(k, r, node) if not isinstance(k, (List, Array)) else (k, r) for k, r in args]
        text = f"t = []\nfor {', '.join('v' + n for n in names)}, in zip({', '.join(names)}): t.append(({', '.join('v' + n for n in names)},))"
        return self.template(node, text, "t", **dict(zip(names, values)))

    def on_enumerate(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        self.check_kept(node)
        kind, operand = self.listed(self.iterated(args[0], node), node)
        start = args[1] if len(args) > 1 else keywords.get("start")
        if is_value(kind):
            self.emit(self.misfit(node))
            self.dead = True
            return Bottom(), self.keep(constant_node(None, node))
        if not isinstance(kind, (List, Array)):
            if varied(kind):
                raise CannotTell("enumerate of this")
            return self.iterable(Tuple((INT, self.member_kind(kind))), "enumerate", node), self.rebuilt_call(
                node, residual, args, keywords
            )
        if start is None:
            return self.template(node, "t = []\nfor i in range(len(a)): t.append((i, a[i]))", "t", a=(kind, operand))
        return self.template(
            node, "t = []\nfor i in range(len(a)): t.append((i + b, a[i]))", "t", a=(kind, operand), b=start
        )

    def on_reversed(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        self.check_kept(node)
        kind, operand = args[0]
        if isinstance(kind, (List, Array)):
            return self.template(
                node, "t = []\nfor i in reversed(range(len(a))): t.append(a[i])", "t", a=(kind, operand)
            )
        if isinstance(kind, Tuple):
            shell = self.memo(("reversed", id(node)), lambda: gast.copy_location(gast.List([], gast.Load()), node))
            return self.list_display(list(reversed(self.members(kind, operand))), shell)
        if varied(kind):
            raise CannotTell("reversed of this")
        return self.iterable(self.member_kind(kind), "reversed", node), self.rebuilt_call(
            node, residual, args, keywords
        )

    def on_map(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function, *sequences = args
        sequences = [self.listed(s, node) for s in sequences]
        if (
            not any(varied(k) for k, _ in sequences)
            and not varied(function[0])
            and not isinstance(function[0], (Closure, LocalFunction))
        ):
            if all(not isinstance(k, (List, Tuple, Array)) for k, _ in sequences):
                return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        names = [f"a{i}" for i in range(len(sequences))]
        values = [self.as_list(k, r, node) if not isinstance(k, (List, Array)) else (k, r) for k, r in sequences]
        if len(names) == 1:
            text = "t = []\nfor v in a0: t.append(f(v))"
        else:
            inner = ", ".join("v" + n for n in names)
            text = f"t = []\nfor {inner} in zip({', '.join(names)}): t.append(f({inner}))"
        return self.lazily(node, lambda: self.with_function(node, text, "t", function, **dict(zip(names, values))))

    def on_filter(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function, sequence = args[0], self.listed(args[1], node)
        if not varied(sequence[0]) and not isinstance(function[0], (Closure, LocalFunction)):
            return Unknown(), self.rebuilt_call(node, residual, args, keywords)
        if not isinstance(sequence[0], (List, Array)):
            sequence = self.as_list(sequence[0], sequence[1], node)
        if function[0] == Const(None):
            return self.template(node, "t = []\nfor v in a:\n    if v: t.append(v)", "t", a=sequence)
        text = "t = []\nfor v in a:\n    if f(v): t.append(v)"
        return self.lazily(node, lambda: self.with_function(node, text, "t", function, a=sequence))

    def on_iter(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = self.iterated(args[0], node)
        inside = self.tree.name == "__iter__"  # what is run over is taken from it at once
        if inside and isinstance(kind, (List, Tuple, Array)) or is_iterator(kind):
            return kind, operand
        if inside and isinstance(kind, Iterable):
            return kind, self.rebuilt_call(node, residual, args, keywords)
        if isinstance(operand, gast.List):
            return self.used_once((kind, operand))
        if isinstance(kind, (List, Tuple, Array)):
            root = tree.root(operand)
            if root is not None and root in changed_names(self.tree):
                raise self.refusal(
                    "E305", f"an iterator over {root!r}, which is changed here", node, "run over it, or over a copy"
                )
            if self.is_taken_one_by_one(node):
                return self.counted_from_zero((kind, operand))
            members = self.known_members(kind, operand) if isinstance(kind, Tuple) else None
            if members is not None:
                made: Value | None = self.list_display(members, node)
            else:
                made = self.template(node, "t = []\nfor v in a: t.append(v)", "t", a=(kind, operand))
            return self.used_once(made)
        if varied(kind):
            raise CannotTell("an iterator over this")
        return None

    def is_taken_one_by_one(self, node: gast.expr) -> bool:
        """Is this bound to a name of which no more is asked than the next?"""
        statement = self.statement
        if not isinstance(statement, gast.Assign) or statement.value is not node:
            return False
        if self.use_name("next")[0] != Const(next):
            return False  # a function of the user's, which is given the iterator
        names = self.memo(("one by one",), lambda: taken_one_by_one(self.tree))
        return isinstance(statement.targets[0], gast.Name) and statement.targets[0].id in names

    def counted_from_zero(self, value: Value) -> Value:
        """The sequence itself stands for such an iterator, with a counter beside it: `next(it)` is `it[i]; i += 1`."""
        name = self.statement.targets[0].id  # type: ignore[union-attr]
        counter = self.counters[name] = self.memo(("counter of", name), lambda: self.names.fresh("i"))
        self.local_names.add(counter)
        self.execute(self.memo(("begins", id(self.statement)), lambda: [assign(counter, constant(0), self.statement)]))
        return value

    def used_once(self, value: Value | None) -> Value | None:
        """A list that stands for an iterator."""
        if value is not None and isinstance(value[0], List):
            value[0].cell.made_as = ITERATOR
        return value

    def used_up(self, value: Value, asked: gast.expr, node: gast.expr) -> Value:
        """What a function of a library is given that runs over it: of an iterator kept under a name, nothing remains."""
        if not is_iterator(value[0]) or self.is_used_once(asked):
            return value
        text = "t = []\nfor i in range(len(a)): t.append(a[i])\na.clear()"
        shell = self.memo(("used up", id(node), id(asked)), lambda: copy.copy(node))
        return self.template(shell, text, "t", a=value)

    def is_used_once(self, asked: gast.expr) -> bool:
        """Is an iterator made where it is used, or used in one place only, as often as it is made?"""
        if isinstance(asked, gast.Name):
            return self.memo(("used once",), lambda: used_once(self.tree)).get(asked.id, True)
        return not isinstance(asked, (gast.Attribute, gast.Subscript))

    def on_partial(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        function = args[0][0]
        known = function.value if isinstance(function, Const) else None
        if isinstance(function, Unknown):
            raise CannotTell("partial of this")
        definition = self.memo(("partial", id(node), known), lambda: PartialOf(known, len(args) - 1, tuple(keywords)))
        return self.made(definition, [*args[known is not None :], *keywords.values()], node)

    def on_copy(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind, operand = args[0]
        if isinstance(kind, (Const, Number)):
            return kind, operand
        if isinstance(kind, Array):
            attribute = self.keep(gast.copy_location(gast.Attribute(operand, "copy", gast.Load()), node))
            call = self.memo(("copy", id(node)), lambda: gast.copy_location(gast.Call(attribute, [], []), node))
            if call.func is not attribute:
                call = self.keep(gast.copy_location(gast.Call(attribute, [], []), node))
            return self.array_method(kind, operand, attribute, "copy", [], {}, call)
        raise CannotTell("a copy of this")
