"""Which memory does a tangent have: its own, or that of another?"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcgrad.analysis.filling import is_new_object
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Const,
    Dict,
    Kind,
    List,
    Object,
    Tuple,
    Unknown,
    is_among_arrays,
    is_container,
    is_memory,
    is_scalar,
    items_at,
    members_of,
    varied,
)
from srcgrad.analysis.twins import Twins
from srcgrad.lang import core, names, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry
from srcgrad.rules.objects import resolve
from srcgrad.rules.texts import RuleError, path_of
from srcgrad.runtime.shadows import shadow
from srcgrad.runtime.structures import stop_gradient
from srcgrad.transform.product import split_sign
from srcgrad.transform.program import Program
from srcgrad.transform.refusal import Refusal

Parts = list[tuple[int, gast.expr]]  # a sum: sign and product


BY_LAYOUT = (np.reshape, np.ravel, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)


VIEWS = {f.__name__: f for f in (np.reshape, np.ravel, np.transpose, np.swapaxes, np.squeeze, np.diagonal)} | {
    f.__name__: f for f in (np.asarray, np.expand_dims, np.moveaxis, np.atleast_1d, np.atleast_2d)
}


ALLOCATIONS = (np.zeros, np.ones, np.empty)


def summands(value: gast.expr) -> Parts:
    """`a - b + c` -> +a, -b, +c."""
    found: Parts = []
    while isinstance(value, gast.BinOp) and isinstance(value.op, (gast.Add, gast.Sub)):
        sign, right = split_sign(value.right)
        found.insert(0, (sign if isinstance(value.op, gast.Add) else -sign, right))
        value = value.left
    return [split_sign(value), *found]


class TangentMemory:
    """Views, copies and zeros among tangents."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The methods are spread over a few files, and call each other."""

    def __init__(self, program: Program, twins: Twins, function: core.Function) -> None:
        self.program, self.twins, self.function = program, twins, function
        self.dots: dict[str, str] = {}
        self.names_of: dict[str, str] = {}  # x_dot -> x
        self.discarded: set[str] | None = None  # arrays of which a part is discarded
        self.begin(0, "result", {})

    def begin(self, lineno: int, base: str, results: dict[int, list[str]]) -> None:
        """A new step; `results`: expressions whose values have names when the tangent is computed."""
        self.lineno, self.base, self.results = lineno, base, results
        self.result_nodes: set[int] = set()
        self.before: list[gast.stmt] = []  # lines that the tangent reads, next to it
        self.holders: tuple[core.Function, list[str]] = self.function, []  # what the value is put into: variables there

    def kind(self, node: Any) -> Kind:
        kind = self.program.kinds.of(node)
        if isinstance(kind, Unknown) and isinstance(node, gast.Name):
            return self.program.kind_of_name(node.id) if node.id in self.program.definitions else kind
        return kind

    def record(self, node: Any, kind: Kind) -> Any:
        return self.program.kinds.record(node, kind)

    def refuse(self, code: str, message: str, advice: str = "") -> Refusal:
        return Refusal(code, message, self.lineno, advice)

    def dot(self, name: str) -> str:
        if name not in self.dots:
            self.dots[name] = self.program.names.fresh(names.dot(name))
            self.names_of[self.dots[name]] = name
        return self.dots[name]

    def has_tangent(self, name: str | None) -> bool:
        return name is not None and self.twins.has_tangent(self.function, name)

    def dot_of(self, node: gast.Name) -> gast.Name:
        kind = self.kind(node)
        return self.record(tree.name(self.dot(node.id)), kind)

    def dot_place(self, place: gast.expr) -> gast.expr:
        """`x_dot[i].a` for `x[i].a`."""
        if isinstance(place, gast.Name):
            return self.dot_of(place)
        inner = self.dot_place(place.value)  # type: ignore[attr-defined]
        if isinstance(place, gast.Subscript):
            result: gast.expr = tree.subscript(inner, place.slice)
        else:
            result = tree.attribute(inner, place.attr)  # type: ignore[attr-defined]
        return self.record(result, self.kind(place))

    def is_active(self, node: gast.expr) -> bool:
        kind = self.kind(node)
        if varied(kind):
            return True
        return is_memory(kind) and not self.is_stopped(node) and self.shares_tangent(node)

    def is_stopped(self, node: gast.expr) -> bool:
        """`stop_gradient(x)` may be the memory of what has a tangent, and has none."""
        match = self.function.matches.get(id(node))
        return match is not None and match.rule.target is stop_gradient

    def shares_tangent(self, node: gast.expr) -> bool:
        """Is the value part of memory that has a tangent, and into which varied values are stored?"""
        behind = self.twins.names_behind(self.function, node)
        held = [n for n in behind if self.has_tangent(n)]
        return bool(held) and self.twins.must_share(self.function, held)

    def numeric(self, node: gast.expr) -> Parts:
        """The tangent of an operand of arithmetic: of a list too, as an array."""
        parts = self.parts(node)
        if parts and is_container(self.kind(node)):
            return [(s, self.program.numpy("array", e)) for s, e in parts]
        return parts

    def is_place(self, node: gast.expr) -> bool:
        matches = self.function.matches
        while isinstance(node, (gast.Subscript, gast.Attribute)):
            if id(node) in matches:
                return False
            node = node.value
        return isinstance(node, gast.Name)

    def view(self, node: gast.Call) -> gast.expr:
        """`a_dot.reshape(2, 3)` for a view of memory that does not vary yet."""
        made: gast.expr | None = None
        function = self.kind(node.func)
        if isinstance(function, Const) and node.args:
            if any(function.value is f for f in VIEWS.values()):
                args = [self.bound(node.args[0]), *node.args[1:]]
                made = gast.Call(node.func, args, node.keywords)
        elif isinstance(node.func, gast.Attribute) and node.func.attr in VIEWS:
            if isinstance(self.kind(node.func.value), Array):
                inner = tree.attribute(self.bound(node.func.value), node.func.attr)
                made = gast.Call(inner, node.args, node.keywords)
        if made is None:
            raise self.refuse("E403", f"what `{tree.text(node)}` refers to is not known")
        return self.record(made, self.kind(node))

    def owned(self, node: gast.expr, value: gast.expr, target: gast.Name | None) -> gast.expr:
        """A copy, if the value has memory of its own, the tangent has not, and it is stored into."""
        shown = {self.names_of[n] for n in tree.names_read(value) if n in self.names_of}
        behind = self.twins.names_behind(self.function, node)
        involved = shown | behind | ({target.id} if target is not None else set())
        if not self.twins.is_stored(self.function, involved) and not self.twins.is_stored(*self.holders):
            return value
        if behind:
            self.check_view(node)
            return value
        if self.twins.layout_matters(self.function, involved) or self.twins.layout_matters(*self.holders):
            return self.laid_out(node, value, target)
        if self.may_share(value):
            return self.record(tree.method(value, "copy"), self.kind(node))
        return value

    def laid_out(self, node: gast.expr, value: gast.expr, target: gast.Name | None) -> gast.expr:
        """The tangent in memory that lies as the value's does; that has no name where it is bound to one that it reads."""
        made = self.program.numpy("full_like", node if target is None else self.result_name(target), value)
        return self.record(made, self.kind(node))

    def may_share(self, value: gast.expr) -> bool:
        """May a generated expression be a view of a tangent?"""
        if isinstance(value, gast.Name):
            return True
        if isinstance(value, (gast.Subscript, gast.Attribute)):
            return self.may_share(value.value)
        if isinstance(value, gast.IfExp):
            return self.may_share(value.body) or self.may_share(value.orelse)
        if not isinstance(value, gast.Call):
            return False
        path = path_of(value.func)
        if not path and isinstance(value.func, gast.Attribute):
            return value.func.attr not in ("copy", "astype")
        base = {v: k for k, v in self.program.modules.items()}
        first, _, rest = path.partition(".")
        path = f"{base.get(first, first)}.{rest}" if rest else first
        try:
            found = resolve(path)
        except RuleError:
            return isinstance(value.func, gast.Attribute) and value.func.attr not in ("copy", "astype")
        rules = registry.rules_for(found)
        return rules is None or any(r.shares for r in rules)

    def check_view(self, node: gast.expr) -> None:
        """Is the tangent a view where the value is?  A rule that says perhaps must ask the same function."""
        for inner in nodes_in(node):
            match = self.function.matches.get(id(inner))
            if match is None or not (match.rule.shares or "").endswith("?"):
                continue
            if not any(match.rule.target is f for f in BY_LAYOUT):
                raise self.refuse(
                    "E401",
                    f"whether `{tree.text(inner)}` is a copy can't be told, and it is stored into",
                    "take a copy first",
                )

    def display(self, node: Any, others: Collection[Kind] = ()) -> gast.expr:
        """A tuple, list or dict of tangents; a tuple may stand beside others."""
        members = node.values if isinstance(node, gast.Dict) else node.elts
        if any(isinstance(m, gast.Starred) for m in members):
            raise self.refuse("E201", f"a star in `{tree.text(node)}`")
        beside = [[*members_of(self.kind(node)), *items_at(others, i)] for i in range(len(members))]
        found = [self.member(m, b) for m, b in zip(members, beside)]
        if isinstance(node, gast.Dict):
            if any(k is None for k in node.keys):
                raise self.refuse("E201", f"`**` in `{tree.text(node)}`")
            made: gast.expr = gast.Dict(list(node.keys), found)
        elif isinstance(node, gast.Tuple):
            made = tree.display(found)
        else:
            made = gast.List(found, gast.Load())
        return self.record(made, self.kind(node))

    def member(self, node: gast.expr, others: Collection[Kind]) -> gast.expr:
        """The tangent of what stands beside others in a container."""
        if is_among_arrays(self.kind(node), others):
            return self.record(self.program.numpy("zeros", self.ask(node, "shape")), self.kind(node))
        if isinstance(node, gast.Tuple):
            return self.display(node, others)
        return self.bound(node)

    def zero(self, node: gast.expr, target: gast.Name | None = None) -> gast.expr:
        """Zero in the structure of a value; None for what is no number."""
        program, kind = self.program, self.kind(node)
        if isinstance(node, (gast.Tuple, gast.List, gast.Dict)):
            return self.display(node)
        if is_scalar(kind) and not isinstance(kind, Array):
            return self.record(tree.constant(0.0), kind)
        if isinstance(kind, Const):
            return tree.constant(None)
        if isinstance(kind, Bottom) and any(isinstance(n, gast.Call) for n in nodes_in(node)):
            raise self.refuse("E301", f"the value of `{tree.text(node)}` is not known")
        if is_new_object(node, kind):
            made = tree.call(tree.attribute(self.types, "SimpleNamespace"))
            return self.record(made, kind)
        value = node if target is None else self.result_name(target)
        if isinstance(node, gast.Call) and self.kind(node.func) == Const(shadow):
            return self.record(program.helper("shadow", value), kind)
        if isinstance(kind, Array) and kind.dtype.kind not in "fc":
            if kind.sizes is None or target is None:
                return tree.constant(None)
            return self.record(program.numpy("zeros", self.ask(value, "shape")), kind)
        if isinstance(kind, Array) and kind.sizes is not None:
            allocated = self.allocation(node) if target is None else None
            if allocated is not None:
                return self.record(allocated, kind)
            return program.zeros(value, kind)
        if isinstance(kind, Tuple):
            return self.zero_tuple(value, kind)
        if isinstance(kind, (Array, List, Dict, Object)) or varied(kind):
            return self.record(program.helper("zeros_like", value), kind)
        if is_container(kind) or is_memory(kind):
            return self.record(program.helper("zeros_like", value), kind)
        return tree.constant(None)

    def zero_tuple(self, value: gast.expr, kind: Tuple) -> gast.expr:
        members = []
        for i, item in enumerate(kind.items):
            part = self.record(tree.subscript(value, tree.constant(i)), item)
            members.append(self.zero(part))
        if kind.cls is None:
            return self.record(tree.display(members), kind)
        made = tree.call(tree.call("type", value), *members)
        return self.record(made, kind)

    def allocation(self, node: gast.expr) -> gast.expr | None:
        """`np.zeros(n)` for the tangent of `np.ones(n)`, unless its shape is asked of a name."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
            return None
        function = self.kind(node.func)
        if not isinstance(function, Const):
            return None
        if not any(function.value is f for f in ALLOCATIONS):
            return None
        if any(isinstance(n, gast.Call) for a in node.args for n in nodes_in(a)):
            return None
        zeros = tree.attribute(self.program.np, "zeros")
        return gast.Call(zeros, node.args, node.keywords)

    @property
    def types(self) -> gast.Name:
        return tree.name(self.program.modules["types"])
