"""What do the objects of a library that are data give: splines, sparse matrices?

They are kept as they are.  Of what they do, SciPy is asked on examples what kind it gives; if something that varies
takes part, a rule or a definition of the method says what its derivative is.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.asked import OPERATORS
from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.examples import is_data
from srcgrad.analysis.kinds import Const, Kind, Object, Unknown, set_varied, varied
from srcgrad.analysis.specialize.constructors import Constructors, residual_method
from srcgrad.analysis.specialize.library import method_caller
from srcgrad.analysis.specialize.matching import choose
from srcgrad.analysis.specialize.values import Value
from srcgrad.rules import registry


class DataObjects(Constructors):
    """Methods, attributes and operators of data of a library."""

    def is_data(self, kind: Kind) -> bool:
        return is_data(kind)

    def data_method(
        self, kind: Object, base: gast.expr, name: str, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """`spline(x)`, `matrix.dot(x)`."""
        held = self.stored_attribute(kind, name)
        if held is not None:
            part = self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
            self.record(part, held)
            return self.call_value(held, part, args, keywords, node)
        data, found = registry.data_class_of(kind.cls), getattr(kind.cls, name, None)
        if found is None:
            raise CannotTell(f"{kind.cls.__name__} has no attribute {name!r}")
        if data is not None and name in data.changing:
            raise self.refusal(
                "E204", f"the method {name!r} changes the {kind.cls.__name__} in place", node,
                "make a new one, before the function that is differentiated",
            )  # fmt: skip
        func = base if name == "__call__" else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        call = self.rebuilt_call(node, func, args, keywords)
        values = [(kind, base), *args]
        if not any(varied(k) for k, _ in [*values, *keywords.values()]):
            found = self.data_given(method_caller(name), values, keywords, node, self.is_data_sized(kind, name))
            return self.impure(found, call) if data is not None and name in data.drawing else (found, call)
        self.check_is_given(kind, node)
        rules = registry.rules_for(found)
        if not self.is_told(registry.definition_for(found), rules, values, keywords):
            values = [values[0], *(self.as_array(v, node, i) for i, v in enumerate(args))]
            call = self.rebuilt_call(node, func, values[1:], keywords)
        return self.data_ruled(found, rules, call, residual_method(self, kind.cls, name, node), values, keywords, node,
                               f"the method {name!r} of {kind.cls.__name__}")  # fmt: skip

    def data_operator(
        self, op: str, left: Kind, a: gast.expr, right: Kind, b: gast.expr, method: str, node: gast.expr
    ) -> Value:
        """`matrix @ x`, `x @ matrix`; `method` is what the class calls the operator, with the matrix on the left."""
        residual = self.rebuilt(node, a, op, b)
        values = [(left, a), (right, b)]
        if not varied(left) and not varied(right):
            return self.data_given(OPERATORS[op], values, {}, node), residual
        ours = 0 if self.is_data(left) else 1
        self.check_is_given(values[ours][0], node)
        cls: Any = values[ours][0].cls  # type: ignore[attr-defined]
        name = f"__{'r' if ours else ''}{method}__"
        found = getattr(cls, name, None)
        rules = registry.rules_for(found) if found is not None else None
        values = [values[ours], values[1 - ours]]
        return self.data_ruled(
            found, rules, residual, residual_method(self, cls, name, node), values, {}, node, f"{cls.__name__}.{name}"
        )

    def data_ruled(
        self, found: Any, rules: Any, call: gast.expr, function: gast.expr, values: list[Value],
        keywords: dict[str, Value], node: gast.expr, what: str,
    ) -> Value:  # fmt: skip
        """What varies takes part: by a rule, in which `call` stays as it is, or by the definition."""
        definition = registry.definition_for(found) if found is not None else None
        if rules and choose(rules, values, keywords, self.facts, self.default_value)[0] is not None:
            rule, bound = self.match(call, rules, keywords, values, node, what)
            kind = self.ruled_kind(found, rule, bound, values, keywords, node)
            if not self.is_data(kind):
                return kind, call
            rules = None  # of what is data no part varies: the rule is for something else
        if self.is_told(definition, None, values, keywords):
            return self.call_definition_of(definition, function, values, keywords, node)
        if rules:
            self.match(call, rules, keywords, values, node, what)
        if definition is not None:
            raise self.refusal(
                "E202", f"{what}: a derivative is not known for these arguments", node,
                "leave that argument out, or write the operation another way",
            )  # fmt: skip
        raise self.refusal(
            "E203", f"{what} has no derivative rule", node,
            "write the operation another way, or use srcgrad.stop_gradient(...) on its arguments",
        )  # fmt: skip

    def data_attribute(self, kind: Object, base: gast.expr, name: str, node: gast.expr) -> Value:
        """`matrix.T`, `matrix.nnz`: no part of a matrix that is data varies."""
        same = isinstance(node, gast.Attribute) and base is node.value
        residual = node if same else self.keep(gast.copy_location(gast.Attribute(base, name, gast.Load()), node))
        held = self.stored_attribute(kind, name)
        if held is not None:
            return held, residual
        if callable(getattr(kind.cls, name, None)):
            return self.method_value((kind, base), name, node)
        self.check_is_given(kind, node)
        sized = self.is_data_sized(kind, name)
        return self.data_given(lambda x: getattr(x, name), [(kind, base)], {}, node, sized), residual

    def check_is_given(self, kind: Kind, node: gast.expr) -> None:
        if varied(kind):
            name = kind.cls.__name__  # type: ignore[attr-defined]
            raise self.refusal(
                "E204", f"there is no derivative with respect to what a {name} holds", node,
                "make it inside the function, of what it depends on; or capture it, if it is a constant",
            )  # fmt: skip

    def is_data_sized(self, kind: Object, name: str) -> bool:
        data = registry.data_class_of(kind.cls)
        return data is not None and name in data.data_sized

    def data_given(
        self, function: Any, values: list[Value], keywords: dict[str, Value], node: gast.expr, sized: bool = False
    ) -> Kind:
        """The kind of what the object gives where nothing varies."""
        self.at(node)
        try:
            kind = self.infer.probe(function, [k for k, _ in values], {n: k for n, (k, _) in keywords.items()}, sized)
        except CannotTell:
            return Unknown()
        return self.known_again(set_varied(kind, False), node) if kind != Const(None) else Unknown()

    def known_again(self, kind: Kind, node: gast.expr) -> Kind:
        """The same object each time a place is looked at: what is known of it is the latest."""
        if not self.is_data(kind):
            return kind
        cell = self.session.cell("data", id(node), self.copies)
        cell.keys = dict(kind.cell.keys)  # type: ignore[attr-defined]
        return Object(kind.cls, cell)  # type: ignore[attr-defined]
