"""What do the methods of a dict do?"""

from __future__ import annotations

from collections import Counter

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import UNLIKE, Bottom, Const, Dict, Kind, Unknown, varied, widen
from srcgrad.analysis.specialize.list_methods import ListMethods
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core


class DictMethods(ListMethods):
    """Methods of dicts."""

    def dict_method(
        self, kind: Dict, base: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value:
        cell = kind.cell
        place = self.place(kind, base, "part")
        attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
        call = self.rebuilt_call(node, attribute, args, keywords)
        if cell.made_as is UNLIKE:
            raise CannotTell(f"the method {name!r} of a dict of one class or another")
        if cell.made_as is Counter:
            counted = self.counter_method(kind, place, name, args, call, node)
            if counted is not None:
                return counted
        if cell.made_as is not None and name == "copy":
            return self.copy_of_class(kind, place, node)
        if name == "get" and isinstance(args[0][0], Const) and isinstance(cell.item, Bottom):
            index = args[0]
            part = self.keep(gast.copy_location(gast.Subscript(place, index[1], gast.Load()), node))
            if index[0].value in cell.keys and cell.read is None and self.is_argument(place):  # type: ignore[attr-defined]
                return cell.keys[index[0].value], part  # type: ignore[attr-defined]
            if not cell.keys.get(index[0].value) and self.is_argument(place):  # type: ignore[attr-defined]
                return args[1] if len(args) > 1 else (Const(None), self.constant(None, node))
        if name == "get":
            default = args[1] if len(args) > 1 else (Const(None), self.constant(None, node))
            if not varied(kind) and not varied(default[0]):
                return self.session.joined(self.element(kind, args[0][0], node), default[0], "get", id(node)), call
            holes = {"a": (kind, place), "k": args[0], "d": default}
            return self.template(node, "t = a[k] if k in a else d", "t", **holes)
        if name in ("keys", "values", "items"):
            if name == "keys" or not varied(kind):
                return self.plain_view(kind, name, node), call
            text = (
                "t = []\nfor k in a: t.append(a[k])" if name == "values" else "t = []\nfor k in a: t.append((k, a[k]))"
            )
            return self.template(node, text, "t", a=(kind, place))
        if name == "copy":
            return self.on_dict(name_node("dict", node), [(kind, place)], {}, node) or (kind, place)
        changed = self.dict_change(kind, place, name, args, keywords, node)
        if changed is not None:
            return changed
        if not varied(kind) and not any(varied(k) for k, _ in args):
            if name in ("pop", "setdefault", "clear", "popitem"):
                return self.impure(Unknown(), call)
            if name == "get" and args and not keywords:
                absent: Kind = args[1][0] if len(args) > 1 else Const(None)
                return self.session.together([widen(k) for k in [*kind.cell.members(), absent]]), call
            return Unknown(), call
        raise self.refusal("E302", f"the dict method {name!r} on differentiable values", node, "read and store by keys")

    def set_key(self, kind: Dict, place: gast.expr, index: gast.expr, key: Const, value: Value, node: gast.AST) -> None:
        self.session.put_new_key(kind.cell, key.value, value[0])
        slot = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Store()), node))
        self.record(slot, kind.cell.keys[key.value])
        self.emit(core.Store(node.lineno, slot, "", value[1]))
