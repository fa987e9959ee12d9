"""What do the methods of a list do?"""

from __future__ import annotations

import copy

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import (
    INT,
    ITERATOR,
    UNLIKE,
    Array,
    Const,
    Dict,
    Kind,
    List,
    Tuple,
    is_scalar,
    varied,
    widen,
)
from srcgrad.analysis.specialize.sequences import Sequences
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.analysis.specialize.variants import holds_closure
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in


class ListMethods(Sequences):
    """Methods of lists."""

    def list_method(
        self, kind: List, base: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value:
        place = self.place(kind, base, "part")
        cell = kind.cell
        if cell.made_as not in (None, tuple, ITERATOR):
            done = self.deque_method(kind, place, name, args, node) if cell.made_as is not UNLIKE else None
            if done is not None:
                return done
            if cell.made_as is UNLIKE:
                raise CannotTell(f"the method {name!r} of a list, or of a deque")
        if name == "append":
            self.session.merge_items(cell)
            self.session.put_item(cell, args[0][0])
            self.emit(core.ListOp(node.lineno, place, "append", [args[0][1]]))
            self.shorten(kind, place, node)
            return Const(None), self.keep(constant_node(None, node))
        if name == "insert":
            self.session.merge_items(cell)
            self.session.put_item(cell, args[1][0])
            self.emit(core.ListOp(node.lineno, place, "insert", [r for _, r in args]))
            return Const(None), self.keep(constant_node(None, node))
        if name == "extend":
            self.extend(kind, place, *args[0], node)
            return Const(None), self.keep(constant_node(None, node))
        if name == "pop":
            return self.list_pop(kind, place, args, node, wanted=True)
        if name in ("reverse", "clear"):
            self.session.merge_items(cell)
            self.emit(core.ListOp(node.lineno, place, name, []))
            return Const(None), self.keep(constant_node(None, node))
        if name == "copy":
            return self.on_list(name_node("list", node), [(kind, place)], {}, node) or (kind, place)
        if name in ("index", "count", "remove") and holds_closure(kind) and not self.equals_no_function(args[0][0]):
            raise self.function_compared(node)
        if name in ("index", "count"):
            attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
            return INT, self.rebuilt_call(node, attribute, args, keywords)
        if name in ("sort", "remove"):
            if varied(kind) and name == "sort":
                return self.sort(kind, place, keywords, node)
            if varied(kind):
                return self.remove(kind, place, args[0], node)
            self.session.merge_items(cell)
            attribute = self.keep(gast.copy_location(gast.Attribute(place, name, gast.Load()), node))
            call = self.rebuilt_call(node, attribute, args, keywords)
            self.emit(core.Effect(node.lineno, self.keep(gast.copy_location(gast.Expr(call), node))))
            return Const(None), self.keep(constant_node(None, node))
        raise CannotTell(f"the list method {name!r}")

    def list_pop(self, kind: List, base: gast.expr, args: list[Value], node: gast.AST, wanted: bool) -> Value:
        place = self.place(kind, base, "part")
        self.session.merge_items(kind.cell)
        result = self.session.told_apart(kind.item, "pop", id(node), self.copies)
        name = self.temporary(node, "popped")
        target = (
            self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
            if wanted or (varied(result) and not is_scalar(result))
            else None
        )
        if target is not None:
            self.record(target, result)
            self.env[name] = result
        self.emit(core.ListOp(node.lineno, place, "pop", [r for _, r in args], target))
        return result, self.keep(name_node(name, node))

    def extend(self, kind: List, place: gast.expr, other: Kind, residual: gast.expr, node: gast.AST) -> None:
        if isinstance(residual, gast.Name) and isinstance(place, gast.Name) and residual.id == place.id:
            raise self.refusal("E302", "a list extended by itself", node, "write `a = a + a`")
        self.session.merge_items(kind.cell)
        if not isinstance(other, (List, Tuple, Array)):
            if varied(other):
                raise CannotTell("extending a list by this")
            other, residual = self.as_list(
                other, residual, self.memo(("extended", id(node)), lambda: copy.copy(residual))
            )
        members = self.known_members(other, residual) if isinstance(residual, (gast.List, gast.Tuple)) else None
        if members is not None:
            for member, r in self.taken_first(members, "more"):
                self.session.put_item(kind.cell, member)
                self.emit(core.ListOp(node.lineno, place, "append", [r]))
            return
        self.template(
            node, "for v in a: b.append(v)\nt = 0", "t", a=self.listed((other, residual), node), b=(kind, place)
        )

    def is_argument(self, place: gast.expr) -> bool:
        """Is this dict, unchanged, one that came from outside with known keys?"""
        return (
            isinstance(place, gast.Name)
            and not any(
                isinstance(n, gast.Subscript)
                and isinstance(n.ctx, gast.Store)
                and isinstance(n.value, gast.Name)
                and n.value.id == place.id
                for n in nodes_in(self.tree)
            )
            and place.id
            in {a.id for a in self.tree.args.args}
            | {a.id for a in self.tree.args.kwonlyargs}
            | ({self.tree.args.kwarg.id} if self.tree.args.kwarg else set())
        )

    def any_value(self, kind: Dict) -> Kind:
        """The kind of every value of a dict."""
        return self.session.loosen_all(self.session.together([widen(k) for k in kind.cell.members()]))  # type: ignore[no-any-return]
