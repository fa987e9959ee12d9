"""Which value does each parameter of a called function get?"""

from __future__ import annotations

import copy
import math
import types
from collections.abc import Iterable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Bottom, Const, Dict, Kind, has_known_keys
from srcgrad.analysis.specialize.array_methods import ArrayMethods
from srcgrad.analysis.specialize.definitions import Definition, is_function_like
from srcgrad.analysis.specialize.lift import lift
from srcgrad.analysis.specialize.session import Capture, constant_node, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang.nodes import nodes_in


def residual_of(frame: Any, value: Any, node: gast.AST) -> gast.expr:
    """The text of a function in generated code."""
    variable = gast.Subscript(name_node("_", node), constant_node(0, node), gast.Load())
    return frame.canonical(value, variable, node)


class Binding(ArrayMethods):
    """Arguments, defaults and captured data."""

    def spread_dict(self, node: gast.expr) -> Value:
        """The d of `f(**d)`, of which the keys are to be known."""
        known = self.as_display(node, alike=True) if isinstance(node, gast.DictComp) else None
        return known or self.evaluate(node)

    def arguments(
        self, node: gast.Call, receiver: gast.expr | None = None, rest: bool = False
    ) -> tuple[list[Value], dict[str, Value]]:
        """Those of a call; `rest`: `*s`, of which it is not known how many it stands for, may be among them."""
        before = len(self.block)
        args = self.evaluate_all(node.args, rest)
        keywords: dict[str, Value] = {}
        for keyword in node.keywords:
            given = [*args, *keywords.values()]
            kind, residual = self.evaluate_next(keyword.value, given, self.spread_dict if keyword.arg is None else None)
            args, keywords = given[: len(args)], dict(zip(keywords, given[len(args) :]))
            if keyword.arg is not None:
                keywords[keyword.arg] = (kind, residual)
                continue
            if not isinstance(kind, Dict) or not isinstance(kind.cell.item, Bottom):
                raise CannotTell("`**` of something whose keys are not known")
            place = self.place(kind, residual, "options")
            for key, member in kind.cell.keys.items():
                index = self.keep(constant_node(key, node))
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                self.record(part, member)
                if not has_known_keys(kind):
                    self.session.perhaps[id(part)] = (key, (kind, place))
                    if key in keywords:
                        raise CannotTell(f"the argument {key!r} may be given twice")
                keywords[key] = (member, part)
        if receiver is not None:
            self.check_order(self.block[before:], [receiver], node)
        return args, keywords

    def all_given(self, values: Iterable[Value]) -> None:
        """Refuse an argument from `**d` that may not be there, where no default stands in for it."""
        for _, residual in values:
            if id(residual) in self.session.perhaps:
                raise CannotTell("`**` of a dict that has a key only on some ways")

    def perhaps_given(self, value: Value, default: Value, node: gast.expr) -> Value:
        """`d[k] if k in d else default`"""
        key, holder = self.session.perhaps[id(value[1])]
        way = self.memo(("perhaps", id(node), key), lambda: copy.copy(node))
        return self.template(way, f"t = a[{key!r}] if {key!r} in a else d", "t", a=holder, d=default)

    def bind_arguments(
        self,
        definition: Definition,
        defaults: dict[str, Value],
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> list[tuple[str, Value]]:
        """Parameters in order with their values, as Python binds them."""
        spec = definition.tree.args
        positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
        varargs: Value | None = None
        if any(isinstance(r, gast.Starred) for _, r in args):
            open_ended = bool(spec.defaults) or any(name in keywords for name in positional)
            args, varargs = self.spread(definition.name, positional, open_ended, spec.vararg, args, node)
        bound: dict[str, Value] = dict(zip(positional, args))
        extra = args[len(positional) :]
        if extra and spec.vararg is None:
            raise CannotTell(f"{definition.name} takes {len(positional)} arguments, and {len(args)} are given")
        named = [*positional[len(spec.posonlyargs) :], *(a.id for a in spec.kwonlyargs)]
        rest: dict[str, Value] = {}
        for name, value in keywords.items():
            if name in named and name not in bound:
                bound[name] = value
            elif id(value[1]) in self.session.perhaps and name not in named and spec.kwarg is None:
                way = self.memo(("not given", id(node), name), lambda: copy.copy(node))  # noqa: B023
                text = f"if {name!r} in a: raise TypeError({name!r})\nt = 0"
                self.template(way, text, "t", a=self.session.perhaps[id(value[1])][1])
            elif spec.kwarg is not None and name not in named:
                rest[name] = value
            else:
                raise CannotTell(f"{definition.name} does not take the argument {name!r} here")
        trees = dict(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults))
        trees.update({a.id: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults) if d is not None})
        result: list[tuple[str, Value]] = []
        for name in [*positional, *(a.id for a in spec.kwonlyargs)]:
            has_default = name in defaults or name in definition.defaults or name in trees
            if name not in bound:
                bound[name] = self.default(definition, defaults, name, trees, node)
            elif id(bound[name][1]) in self.session.perhaps and has_default:
                default = self.default(definition, defaults, name, trees, node)
                bound[name] = self.perhaps_given(bound[name], default, node)
            if name in positional:
                result.append((name, bound[name]))
        if varargs is not None:
            result.append((spec.vararg.id, varargs))
        elif spec.vararg is not None:
            shell = self.memo(("varargs", id(node)), lambda: gast.copy_location(gast.Tuple([], gast.Load()), node))
            kind, display = self.display(list(extra), shell, None)
            self.record(display, kind)
            result.append((spec.vararg.id, (kind, display)))
        result += [(a.id, bound[a.id]) for a in spec.kwonlyargs]
        if spec.kwarg is not None:
            self.all_given(rest.values())
            cell = self.session.cell("kwargs", id(node), self.copies)
            keys = []
            for name, (kind, _) in rest.items():
                self.session.put_key(cell, name, kind)
                keys.append(self.keep(constant_node(name, node)))
                self.record(keys[-1], Const(name))
            display = self.keep(gast.copy_location(gast.Dict(keys, [r for _, r in rest.values()]), node))
            self.record(display, Dict(cell))
            result.append((spec.kwarg.id, (Dict(cell), display)))
        return result

    def spread(
        self,
        name: str,
        positional: list[str],
        open_ended: bool,
        vararg: gast.Name | None,
        args: list[Value],
        node: gast.expr,
    ) -> tuple[list[Value], Value | None]:
        """The arguments of `f(x, *s)`, where only the run can tell how many s stands for, and what `*args` gets.

        open_ended: may some of the parameters be left out here?
        """
        first = next(i for i, (_, r) in enumerate(args) if isinstance(r, gast.Starred))
        plain, rest = args[:first], [*args[len(positional) : first], *args[first:]]
        count = len(positional[len(plain) :])
        if open_ended and count:
            raise CannotTell("how many members this has")
        holes = {
            f"a{i}": (k, getattr(r, "value", r) if isinstance(r, gast.Starred) else r) for i, (k, r) in enumerate(rest)
        }
        lines = [f"t.{'extend' if isinstance(r, gast.Starred) else 'append'}(a{i})" for i, (_, r) in enumerate(rest)]
        lines[:1] = ["t = list(a0)"] if lines[0].startswith("t.extend") else ["t = [a0]"]
        if count or vararg is None:
            test = f"len(t) {'<' if vararg is not None else '!='} {count}"
            message = f"{name} takes {len(positional)} positional arguments"
            lines.append(f"if {test}: raise TypeError({message!r})")
        kind, items = self.template(node, "\n".join(lines), "t", **holes)
        values = plain[: len(positional)]
        for i in range(count):
            index = self.keep(constant_node(i, node))
            part = self.keep(gast.copy_location(gast.Subscript(items, index, gast.Load()), node))
            values.append((self.record(part, self.element(kind, Const(i), part)), part))
            self.record(index, Const(i))
        if vararg is None:
            return values, None
        if count:
            kind, items = self.template(node, f"t = a[{count}:]", "t", a=(kind, items))
        kind.cell.made_as = tuple  # type: ignore[attr-defined]
        return values, (kind, items)

    def default(
        self,
        definition: Definition,
        defaults: dict[str, Value],
        name: str,
        trees: dict[str, gast.expr],
        node: gast.expr,
    ) -> Value:
        if name in defaults:
            return defaults[name]
        if name in definition.defaults:
            path, value = definition.defaults[name]
            return self.outside_value(value, path, name, node)
        if definition.outer is not None and isinstance(trees.get(name), gast.Constant):
            constant = self.keep(constant_node(trees[name].value, node))  # type: ignore[attr-defined]
            self.record(constant, Const(constant.value))
            return Const(constant.value), constant
        raise CannotTell(f"{definition.name} needs the argument {name!r}")

    def outside_value(self, value: Any, path: str, name: str, node: gast.AST) -> Value:
        """A value from outside the program, such as a default: a constant in the text, or a parameter."""
        if (
            value is None
            or isinstance(value, (str, bool))
            or isinstance(value, (int, float))
            and not isinstance(value, np.generic)
        ):
            kind: Kind = Const(value)
            if isinstance(value, float) and not math.isfinite(value):
                result, text = self.not_finite(value, node), self.facts.name_value(value, "value")
            else:
                result, text = self.keep(constant_node(value, node)), repr(value)
            cls = type(value).__name__
            same = f"{path} == {text}" if value == value else f"{path} != {path}"
            self.facts.guard(f"type({path}) is {cls} and {same}" if value is not None else f"{path} is None")
        elif isinstance(value, (type, types.ModuleType)) or is_function_like(value):
            kind = Const(value)
            self.facts.guard(f"{path} is {self.facts.name_value(value, 'value')}")
            result = residual_of(self, value, node)
        else:
            kind = lift(self.session, value, path)
            result = self.keep(name_node(self.capture(Capture(path, kind, name)), node))
        self.record(result, kind)
        return kind, result

    def not_finite(self, value: float, node: gast.AST) -> gast.expr:
        """np.inf, -np.inf or np.nan"""
        self.global_name("np", np)
        text = "np.nan" if value != value else "np.inf" if value > 0 else "-np.inf"
        made = self.memo((text, id(node)), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(made):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return made

    def capture_again(self, capture: Capture, node: gast.AST) -> Value:
        name = self.capture(Capture(capture.path, capture.kind, capture.name))
        load = self.keep(name_node(name, node))
        self.record(load, capture.kind)
        return capture.kind, load
