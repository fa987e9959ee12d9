"""Which core steps stand for a change of a list or a dict: sorting, deleting, storing into a slice, merging?

Those with a step of their own are append, insert, pop and a store into one place; the others are written with these.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Const, Dict, Kind, List, Slice, has_known_keys, varied
from srcgrad.analysis.specialize.iterators import Iterators
from srcgrad.analysis.specialize.session import name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core

# `a` is the dict, `k` a key, `d` a default or another dict; `t` the result.
DICT_METHODS = {
    ("pop", 2): "if k in a: t = a.pop(k)\nelse: t = d",
    ("setdefault", 2): "if k not in a: a[k] = d\nt = a[k]",
    ("popitem", 0): "key = list(a)[-1]\nv = a.pop(key)\nt = (key, v)",
    ("move_to_end", 1): "t = a.pop(k)\na[k] = t\nt = None",
    ("clear", 0): "for key in list(a): a.pop(key)\nt = None",
}


class Changes(Iterators):
    """Visitors and handlers of changes."""

    # Lists

    def sort(self, kind: List, place: gast.expr, keywords: dict[str, Value], node: gast.Call) -> Value:
        """`a.sort(key=f)`: the elements in order, stored one by one."""
        holes: dict[str, Value] = {"a": (kind, place)}
        given = ""
        if "reverse" in keywords:
            holes["r"], given = keywords["reverse"], ", reverse=r"
        text = "s = sorted(a{key}" + given + ")\nfor i in range(len(a)): a[i] = s[i]\nt = None"
        key = keywords.get("key")
        if key is None or key[0] == Const(None):
            return self.template(node, text.format(key=""), "t", **holes)
        return self.with_function(node, text.format(key=", key=f"), "t", key, **holes)

    def bounds(self, index: Slice, residual: gast.Slice, holes: dict[str, Value]) -> str:
        """`slice(l, u, s)`, with what stands for its parts among the holes; or a name that holds one."""
        if not isinstance(residual, gast.Slice):
            holes["k"] = (index, residual)
            return "k"
        names = []
        for name, part, tree in zip(
            "lus", (index.lower, index.upper, index.step), (residual.lower, residual.upper, residual.step)
        ):
            names.append("None" if tree is None else name)
            if tree is not None:
                holes[name] = (part, tree)
        return f"slice({', '.join(names)})"

    def store_slice(
        self, kind: List, place: gast.expr, index: Slice, residual: gast.Slice, value: Value, node: gast.stmt
    ) -> None:
        """`a[l:u] = b`: what stands there is taken out, and b put in its place."""
        holes: dict[str, Value] = {"a": (kind, place), "b": self.listed(value, node)}
        if not isinstance(holes["b"][0], List):
            holes["b"] = self.as_list(*value, residual)
        text = f"w = []\nfor v in b: w.append(v)\nr = range(len(a))[{self.bounds(index, residual, holes)}]\n"
        stepped = residual.step is not None if isinstance(residual, gast.Slice) else index.step not in (None, Const(None))
        if isinstance(residual, gast.Slice) and residual.lower is residual.upper is residual.step is None:
            text = "w = []\nfor v in b: w.append(v)\nfor i in range(len(a)): a.pop()\nfor v in w: a.append(v)\n"
            holes = {name: holes[name] for name in "ab"}
        elif not stepped:
            text += "for i in range(len(r)): a.pop(r.start)\nfor i in range(len(w)): a.insert(r.start + i, w[i])\n"
        else:
            text += "for i in range(len(r)): a[r[i]] = w[i]\n"
        self.template(node, text + "t = None", "t", **holes)

    def delete_slice(self, kind: List, place: gast.expr, index: Slice, residual: gast.Slice, node: gast.stmt) -> None:
        holes: dict[str, Value] = {"a": (kind, place)}
        text = (
            f"for i in sorted(range(len(a))[{self.bounds(index, residual, holes)}], reverse=True): a.pop(i)\nt = None"
        )
        self.template(node, text, "t", **holes)

    def remove(self, kind: List, place: gast.expr, value: Value, node: gast.Call) -> Value:
        return self.template(node, "i = a.index(v)\na.pop(i)\nt = None", "t", a=(kind, place), v=value)

    # Dicts

    def dict_pop(self, kind: Dict, place: gast.expr, key: Value, node: gast.AST) -> Value:
        """`a.pop(k)`, and `del a[k]`, whose target nobody reads."""
        result = self.element(kind, key[0], node)
        self.session.unsettle(kind.cell)
        name = self.temporary(node, "popped")
        target = self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
        self.record(target, result)
        self.env[name] = result
        self.emit(core.ListOp(node.lineno, place, "pop", [key[1]], target))  # type: ignore[attr-defined]
        return result, self.keep(name_node(name, node))

    def dict_change(
        self, kind: Dict, place: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.Call
    ) -> Value | None:
        """A method that changes a dict; None if it is another one."""
        if name == "update":
            return self.update(kind, place, args, keywords, node)
        if name == "pop" and len(args) == 1:
            return self.dict_pop(kind, place, args[0], node)
        if name == "setdefault" and len(args) == 1:
            args = [*args, (Const(None), self.constant(None, node))]
        text = DICT_METHODS.get((name, len(args)))
        if name == "popitem" and "last" in keywords and isinstance(keywords["last"][0], Const):
            position = "-1" if keywords.pop("last")[0].value else "0"  # type: ignore[attr-defined]
            text = DICT_METHODS["popitem", 0].replace("-1", position)
        if text is None or keywords:
            return None
        return self.template(node, text, "t", a=(kind, place), **dict(zip("kd", args)))

    def update(
        self, kind: Dict, place: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.AST
    ) -> Value:
        """`a.update(b, k=v)`"""
        for other, residual in args:
            if isinstance(other, Dict) and has_known_keys(other):
                for key, (member, part) in self.parts(other, residual, node).items():
                    self.set_key(kind, place, self.constant(key, node), Const(key), (member, part), node)
            elif isinstance(other, Dict):
                self.template(node, "for k in b: a[k] = b[k]\nt = None", "t", a=(kind, place), b=(other, residual))
            else:
                self.template(node, "for k, v in b: a[k] = v\nt = None", "t", a=(kind, place), b=(other, residual))
        for key, value in zip(keywords, self.taken_first(list(keywords.values()), "value")):
            self.set_key(kind, place, self.constant(key, node), Const(key), value, node)
        return Const(None), self.constant(None, node)

    def merge(self, dicts: list[Value], node: gast.expr) -> Value:
        """`a | b`, `{**a, **b}`: a display of all keys, or a new dict filled by loops."""
        if all(isinstance(k, Dict) and has_known_keys(k) for k, _ in dicts):
            parts: dict[Any, Value] = {}
            for kind, residual in dicts:
                if isinstance(residual, gast.Dict):
                    parts.update(self.shown(kind, residual))
                else:
                    parts.update(self.parts(kind, residual, node))
            return self.dict_display(parts, node)
        holes = {f"d{i}": value for i, value in enumerate(dicts)}
        text = "t = {}\n" + "\n".join(f"for k in {name}: t[k] = {name}[k]" for name in holes)
        return self.template(node, text, "t", **holes)

    def parts(self, kind: Kind, residual: gast.expr, node: gast.AST) -> dict[Any, Value]:
        """Key -> `d[key]`, of a dict whose keys are known."""
        assert isinstance(kind, Dict), "its keys are known"
        place = self.place(kind, residual, "part")
        found: dict[Any, Value] = {}
        for key, member in kind.cell.keys.items():
            part = self.keep(gast.copy_location(gast.Subscript(place, self.constant(key, node), gast.Load()), node))
            found[key] = (self.record(part, member), part)
        return found

    def shown(self, kind: Kind, display: gast.Dict) -> dict[Any, Value]:
        """Key -> value, of a display."""
        kinds = [self.function.kinds[id(key)] for key in display.keys]
        if not all(isinstance(k, Const) for k in kinds):
            raise CannotTell("a key of this dict")
        return {k.value: (kind.cell.keys[k.value], v) for k, v in zip(kinds, display.values)}  # type: ignore[attr-defined]

    def dict_display(self, parts: dict[Any, Value], node: gast.AST) -> Value:
        cell = self.session.cell("merged", id(node), self.copies)
        for key, (kind, _) in parts.items():
            self.session.put_key(cell, key, kind)
        keys = [self.constant(key, node) for key in parts]
        return Dict(cell), self.keep(gast.copy_location(gast.Dict(keys, [r for _, r in parts.values()]), node))

    # Deleting

    def delete_part(self, target: gast.Subscript, statement: gast.Delete) -> None:
        """`del a[i]`"""
        kind, base = self.evaluate(target.value)
        index_kind, index = self.index(target.slice)
        if isinstance(kind, List):
            place = self.place(kind, base, "part")
            if isinstance(index_kind, Slice):
                self.delete_slice(kind, place, index_kind, index, statement)  # type: ignore[arg-type]
            else:
                self.list_pop(kind, place, [(index_kind, index)], target, wanted=False)
        elif isinstance(kind, Dict):
            self.dict_pop(kind, self.place(kind, base, "part"), (index_kind, index), target)
        elif varied(kind):
            raise self.refusal("E302", "`del` of a part of a differentiable value", target, "make a new one without it")
        else:
            self.emit(core.Effect(statement.lineno, statement))
