"""What do the containers of `collections` become?  Dicts and lists, with what sets them apart written out."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import INT, Array, Cell, Closure, Const, Dict, List, Number, Tuple, Unknown, varied
from srcgrad.analysis.specialize.records import Records
from srcgrad.analysis.specialize.session import constant_node, is_function_value, name_node
from srcgrad.analysis.specialize.values import Value

# What stands for a call of a deque's method: `a` is the list, `b` the argument.
DEQUE_METHODS = {
    "appendleft": "a.insert(0, b)\n{shorten}",
    "extend": "for v in b: a.append(v)",
    "extendleft": "for v in b:\n    a.insert(0, v)\n    {shorten}",
    "popleft": "t = a.pop(0)",
    "rotate": "if len(a):\n    for k in range(b % len(a)): a.insert(0, a.pop())",
}
NEW = {float: "0.0", int: "0", list: "[]", dict: "{}"}  # what a factory gives, as a literal
COUNTER_METHODS = {
    "update": ("for k in b: a[k] += 1", "for k in b: a[k] += b[k]"),
    "subtract": ("for k in b: a[k] -= 1", "for k in b: a[k] -= b[k]"),
}


class Collections(Records):
    """Handlers of the classes of `collections`."""

    # Dicts

    def on_fromkeys(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        default = args[1] if len(args) > 1 else (Const(None), self.constant(None, node))
        keys = self.known_members(*args[0])
        if keys is not None and all(isinstance(k, Const) for k, _ in keys):
            held = (default[0], self.simple(*default))
            return self.dict_display({k.value: held for k, _ in keys}, node)  # type: ignore[attr-defined]
        return self.template(node, "t = {}\nfor k in a: t[k] = d", "t", a=self.listed(args[0], node), d=default)

    def on_ordered_dict(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return self.filled(OrderedDict, self.rebuilt_call(node, residual, [], {}), args, keywords, node)

    def on_defaultdict(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        factory = args[0][0] if args else Const(None)
        if isinstance(factory, Closure) and not factory.captured:
            made: gast.expr = self.keep(gast.copy_location(gast.Dict([], []), node))
        elif isinstance(factory, Const) and (factory.value is None or is_function_value(factory)):
            made = self.rebuilt_call(node, residual, args[:1], {})
        else:
            raise CannotTell("what this defaultdict gives for a new key")
        kind, place = self.filled(defaultdict, made, args[1:], keywords, node)
        assert isinstance(kind, Dict), "a dict has been made"
        kind.cell.factory = None if factory == Const(None) else factory
        return kind, place

    def copy_of_class(self, kind: Dict, place: gast.expr, node: gast.Call) -> Value:
        """`d.copy()`, of an ordered dict or one with defaults: a new one is filled with its members."""
        cls, factory = kind.cell.made_as, kind.cell.factory or Const(None)
        given: list[Value] = [(kind, place)]
        if cls is defaultdict and isinstance(factory, Const):
            given.insert(0, (factory, self.by_name(factory.value, node)))
        elif cls is not OrderedDict:
            raise CannotTell(f"a copy of a {getattr(cls, '__name__', 'dict')}")
        make = self.on_ordered_dict if cls is OrderedDict else self.on_defaultdict
        return make(self.by_name(cls, node), given, {}, node) or given[-1]

    def by_name(self, value: Any, node: gast.AST) -> gast.expr:
        """A class or a function by its name, or None."""
        if value is None:
            return self.constant(None, node)  # type: ignore[no-any-return]
        name = name_node(self.global_name(value.__name__, value), node)
        self.record(name, Const(value))
        return self.keep(name)  # type: ignore[no-any-return]

    def on_counter(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        if keywords or any(varied(k) for k, _ in args):
            raise CannotTell("a Counter of differentiable values")
        return self.counted(self.rebuilt_call(node, residual, args, keywords), node)

    def counted(self, made: gast.expr, node: gast.expr) -> Value:
        """A Counter of integers."""
        kind, place = self.filled(Counter, made, [], {}, node)
        assert isinstance(kind, Dict), "a dict has been made"
        kind.cell.factory, kind.cell.inserts = Const(int), False
        self.session.unsettle(kind.cell)
        self.session.put_item(kind.cell, INT)
        return kind, place

    def filled(
        self, cls: type, made: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A dict of this class, into which is put what it is given."""
        kind = Dict(self.session.cell(cls.__name__, id(node), self.copies))
        kind.cell.made_as = cls
        self.record(made, Dict(Cell()))
        place = self.hoist(kind, made, cls.__name__.lower())
        self.update(kind, place, args, keywords, node)
        return kind, place

    def fill_missing(self, kind: Dict, place: gast.expr, index: Value, node: gast.AST) -> None:
        """`if k not in d: d[k] = factory()`, before a key of a defaultdict is read."""
        factory = kind.cell.factory
        assert factory is not None, "a defaultdict has a factory"
        value = NEW.get(factory.value, "f()") if isinstance(factory, Const) else "f()"
        text = f"if k not in a: a[k] = {value}\nt = None"
        shell = self.memo(("missing", id(node)), lambda: constant_node(None, node))
        holes: dict[str, Value] = {"a": (kind, place), "k": index}
        if value != "f()":
            self.template(shell, text, "t", **holes)
            return
        nothing = self.keep(gast.copy_location(gast.Tuple([], gast.Load()), node))
        self.with_function(shell, text, "t", (factory, self.keep(nothing)), **holes)

    def counter_method(
        self, kind: Dict, place: gast.expr, name: str, args: list[Value], call: gast.expr, node: gast.expr
    ) -> Value | None:
        """A method of a Counter that is not one of a dict, or not the same."""
        if name == "copy" and not varied(kind):
            return self.counted(call, node)
        if name in COUNTER_METHODS and len(args) == 1 and type(args[0][0]) is not Unknown:  # who knows if it is a mapping
            text = COUNTER_METHODS[name][isinstance(args[0][0], Dict)]
            other = args[0] if isinstance(args[0][0], (Dict, List)) else self.as_list(*args[0], node)
            return self.template(node, text + "\nt = None", "t", a=(kind, place), b=other)
        if name == "most_common" and not varied(kind):
            cell = self.session.cell("most common", id(node), self.copies)
            self.session.put_item(cell, Tuple((Unknown(), INT)))
            return List(cell), call
        if name in ("update", "subtract", "elements", "total", "most_common", "copy"):
            raise CannotTell(f"the method {name!r} of a Counter")
        return None

    # Double-ended queues

    def on_deque(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """A deque is a list whose first element may be taken too."""
        limit = args[1][0] if len(args) > 1 else keywords["maxlen"][0] if "maxlen" in keywords else Const(None)
        if isinstance(limit, Number) and limit.size is not None:
            self.infer.ask_for([limit.size])
            size = self.facts.canonical(limit.size)
            limit = Const(size.offset) if size.symbol is None else limit
        if not isinstance(limit, Const) or set(keywords) - {"maxlen"}:
            raise CannotTell("how long this deque may become")
        given = self.iterated(args[0], node) if args else (Tuple(()), gast.Tuple([], gast.Load()))
        known = self.known_members(*given)
        found = self.list_display(known, node) if known is not None else None
        found = found or self.on_list(name_node("list", node), [given], {}, node)
        assert found is not None, "a list has been made"
        kind, made = found[0], found[1]
        assert isinstance(kind, List), "a list has been made"
        kind.cell.made_as, kind.cell.limit = deque, limit.value
        if limit.value is None or known is not None and len(known) <= limit.value:
            return kind, made
        place = made if isinstance(made, gast.Name) else self.hoist(kind, made, "queue")
        text = f"while len(a) > {limit.value}: a.pop(0)\nt = None"
        self.template(self.memo(("too long", id(node)), lambda: constant_node(None, node)), text, "t", a=(kind, place))
        return kind, place

    def deque_method(self, kind: List, place: gast.expr, name: str, args: list[Value], node: gast.expr) -> Value | None:
        """A method of a deque that a list has not; None if it has."""
        if name == "copy":
            raise CannotTell("a copy of a deque")
        if name not in DEQUE_METHODS:
            return None
        if name == "rotate" and not args:
            args = [(Const(1), self.constant(1, node))]
        if name.startswith("extend"):
            other = self.listed(args[0], node)
            args = [other if isinstance(other[0], (List, Array)) else self.as_list(*other, node)]
        text = DEQUE_METHODS[name].format(shorten=self.shortened(kind, "a.pop()"))
        if name != "popleft":
            text += "\nt = None"
        return self.template(node, text, "t", a=(kind, place), **dict(zip("b", args)))

    def shortened(self, kind: List, take: str) -> str:
        """The statement by which what is too much leaves a deque at the other end."""
        return "pass" if kind.cell.limit is None else f"if len(a) > {kind.cell.limit}: {take}"

    def shorten(self, kind: List, place: gast.expr, node: gast.AST) -> None:
        """A deque that has grown at its right end."""
        if kind.cell.limit is not None:
            shell = self.memo(("too long", id(node)), lambda: constant_node(None, node))
            self.template(shell, self.shortened(kind, "a.pop(0)") + "\nt = None", "t", a=(kind, place))


HANDLERS: dict[Any, str] = {
    dict.fromkeys: "on_fromkeys", OrderedDict: "on_ordered_dict", defaultdict: "on_defaultdict", Counter: "on_counter",
    deque: "on_deque",
}  # fmt: skip
