"""What is a deep copy?  New containers and objects, with copies of the arrays that they hold.

q = copy.deepcopy(p)        q = Point.__new__(Point)
                            q.x = p.x.copy()
                            q.log = [v.copy() for v in p.log]

What is held twice is copied once, but by these lines twice: where that may be, they raise an error if it is.
"""

from __future__ import annotations

import copy
import itertools

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Object,
    OneOf,
    Tuple,
    has_known_keys,
    is_memory,
    options,
)
from srcgrad.analysis.specialize.constructors import is_generated
from srcgrad.analysis.specialize.snapshots import Lines, Snapshots, is_there
from srcgrad.analysis.specialize.structures import indented
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.nodes import nodes_in

TWICE = "raise ValueError('a deep copy of what is held in two places has no derivative here: put a copy in one of them')"
HOOKS = ("__deepcopy__", "__copy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")
FEW = 8  # members of a list that are written one by one


class Copies(Snapshots):
    """Calls of `copy.copy` and `copy.deepcopy` of containers and objects."""

    def on_copy(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        kind = args[0][0]
        # dataclasses.asdict copies what it finds, without a name of this function
        deep = residual is args[0][1] or self.function_of(residual) is copy.deepcopy
        if len(args) > 1 or keywords or not isinstance(kind, (Tuple, List, Dict, Object)) or self.is_data(kind):
            return super().on_copy(residual, args, keywords, node)
        if isinstance(kind, Tuple) and not (deep and is_memory(kind)):
            return args[0]
        lines, text = Copying(self, deep).lines_of("a", kind)
        return self.template(node, "\n".join([*lines, f"t = {text}"]), "t", a=args[0])  # type: ignore[no-any-return]

    def is_set_at_once(self, kind: Object, name: str) -> bool:
        """Has the object the attribute as soon as it is made?"""
        if self.has_attribute(kind, name) == Const(True):
            return True
        init = self.class_attribute(kind.cls, "__init__")
        if is_generated(init):
            return name in getattr(kind.cls, "__dataclass_fields__", {})
        if not hasattr(init, "__code__"):
            return False
        tree = self.definition_of(init).tree
        own = tree.args.args[0].id
        stored = [t for s in tree.body if isinstance(s, gast.Assign) for t in s.targets]
        places = [n for t in stored for n in nodes_in(t) if isinstance(n, gast.Attribute)]
        return any(p.attr == name and isinstance(p.value, gast.Name) and p.value.id == own for p in places)


class Copying:
    """The lines that make one copy."""

    def __init__(self, frame: Copies, deep: bool) -> None:
        self.frame, self.deep = frame, deep
        self.names = (f"made{i}" for i in itertools.count())
        self.copied: list[str] = []  # places that are copied, whatever the run does
        self.in_loops = False  # are others copied in loops and branches?

    def lines_of(self, place: str, kind: Kind) -> tuple[Lines, str]:
        lines, text = self.whole(place, kind, ())
        found = [f"id({p})" for p in self.copied if p != place]
        if self.in_loops:
            test = ["if len(set(ids)) < len(ids):", f"    {TWICE}"]
            return [f"ids = [{', '.join(found)}]", *lines, *test], text
        test = [f"if len({{{', '.join(found)}}}) < {len(found)}:", f"    {TWICE}"] if len(found) > 1 else []
        return [*test, *lines], text

    def part(self, place: str, kind: Kind, above: tuple[int, ...], certain: bool = True) -> tuple[Lines, str]:
        """Lines, and the text of what a copy holds in the place of this."""
        if not self.deep or not is_memory(kind) or isinstance(kind, (Closure, Const)):
            return [], place
        if isinstance(kind, OneOf):
            able = [k for k in options(kind) if k != Const(None)]
            if len(able) != 1:
                raise CannotTell("a copy of one of several things")
            inner, text = self.part(place, able[0], above, False)
            held = next(self.names)
            return [f"{held} = None", f"if {place} is not None:", *indented([*inner, f"{held} = {text}"])], held
        lines, text = self.whole(place, kind, above, certain)
        if certain:
            self.copied.append(place)
        else:
            self.in_loops = True
            lines = [f"ids.append(id({place}))", *lines]
        return lines, text

    def whole(self, place: str, kind: Kind, above: tuple[int, ...], certain: bool = True) -> tuple[Lines, str]:
        """Lines, and the text of a copy."""
        if isinstance(kind, Array):
            return [], f"{place}.copy()"
        if isinstance(kind, Tuple):
            return self.together({i: k for i, k in enumerate(kind.items)}, place, kind, above, certain)
        if not isinstance(kind, (List, Dict, Object)) or id(kind.cell) in above:
            raise CannotTell("a copy of this")
        above = (*above, id(kind.cell))
        if isinstance(kind, Object):
            return self.of_object(place, kind, above, certain)
        if kind.cell.made_as is not None or kind.cell.factory is not None:
            raise CannotTell(f"a copy of a {getattr(kind.cell.made_as, '__name__', 'container')}")
        members = [k for k in kind.cell.members() if not isinstance(k, Bottom)]
        if isinstance(kind, Dict) and has_known_keys(kind):
            return self.together(kind.cell.keys, place, kind, above, certain)
        if isinstance(kind, List) and kind.cell.items is not None and len(kind.cell.items) <= FEW:
            return self.together(dict(enumerate(kind.cell.items)), place, kind, above, certain)
        if not self.deep or not any(map(is_memory, members)):
            made = next(self.names)
            return [], f"[{made} for {made} in {place}]" if isinstance(kind, List) else f"dict({place})"
        if len(members) > 1:
            raise CannotTell("a copy of a container of which not all is known")
        made, key, value = (next(self.names) for _ in range(3))
        inner, text = self.part(value, members[0], above, False)
        if isinstance(kind, Dict):
            head, start, put = f"for {key}, {value} in {place}.items():", "{}", f"{made}[{key}] = {text}"
        else:
            head, start, put = f"for {value} in {place}:", "[]", f"{made}.append({text})"
        return [f"{made} = {start}", head, *indented([*inner, put])], made

    def together(
        self, members: dict, place: str, kind: Kind, above: tuple[int, ...], certain: bool
    ) -> tuple[Lines, str]:
        """The copy of what holds these members, written as a display."""
        lines: Lines = []
        parts = {}
        for key, member in members.items():
            inner, parts[key] = self.part(f"{place}[{key!r}]", member, above, certain)
            lines += inner
        if isinstance(kind, Dict):
            return lines, f"{{{', '.join(f'{k!r}: {p}' for k, p in parts.items())}}}"
        if isinstance(kind, List):
            return lines, f"[{', '.join(parts.values())}]"
        assert isinstance(kind, Tuple), "of what has members in an order"
        if kind.cls is None:
            return lines, f"({', '.join(parts.values())},)"
        fields = zip(kind.cls._fields, parts.values())  # type: ignore[attr-defined]
        return lines, f"{place}._replace({', '.join(f'{n}={p}' for n, p in fields)})"

    def of_object(self, place: str, kind: Object, above: tuple[int, ...], certain: bool) -> tuple[Lines, str]:
        frame, cls = self.frame, kind.cls
        hooks = [name for name in HOOKS if frame.has_method(kind, name)]
        if hooks or frame.is_data(kind) or not all(name.isidentifier() for name in kind.cell.keys):
            raise CannotTell(f"a copy of a {cls.__name__}{', which has its own ' + hooks[0] if hooks else ''}")
        name = frame.global_name(cls.__name__, cls)
        frame.env[name] = Const(cls)
        made = next(self.names)
        lines = [f"{made} = {name}.__new__({name})"]
        for attribute, member in list(kind.cell.keys.items()):
            sure = frame.is_set_at_once(kind, attribute)
            inner, text = self.part(f"{place}.{attribute}", member, above, certain and sure)
            store = f"{made}.{attribute} = {text}"
            if cls.__setattr__ is not object.__setattr__:
                store = f"object.__setattr__({made}, {attribute!r}, {text})"
            inner = [*inner, store]
            lines += inner if sure else [f"if {is_there(place, attribute, kind)}:", *indented(inner)]
        return lines, made
