"""What do Python's own functions and the methods of lists and dicts give?  Those that take differentiable values apart
become loops and branches."""

from __future__ import annotations

import builtins
import copy
import functools
import math
from typing import Any

import gast

from srcgrad.analysis.kinds import (
    INT,
    Array,
    Const,
    Dict,
    Iterable,
    Kind,
    List,
    Object,
    Slice,
    Text,
    Tuple,
    Unknown,
    is_scalar,
    varied,
)
from srcgrad.analysis.specialize.collections_calls import HANDLERS as COLLECTIONS
from srcgrad.analysis.specialize.derivatives import Derivatives
from srcgrad.analysis.specialize.inspection import LOST
from srcgrad.analysis.specialize.iterators import HANDLERS as ITERATORS
from srcgrad.analysis.specialize.library import WATCHED
from srcgrad.analysis.specialize.made_functions import GETTERS, WRAPPERS
from srcgrad.analysis.specialize.records import HANDLERS as RECORDS
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.lang.nodes import nodes_in
from srcgrad.runtime.shadows import fit, shadow
from srcgrad.runtime.structures import add_to, attributes, held, like, stop_gradient, with_attributes, zeros_like
from srcgrad.runtime.undo import contents, put_back, refill


class BuiltinCalls(Derivatives):
    """Handlers: `handle(residual, args, keywords, node)` gives a value, or None to go the general way."""

    def handler(self, value: Any) -> Any:
        try:
            name = HANDLERS.get(value)
        except TypeError:
            return None
        return getattr(self, name) if name else None

    def on_ord(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        return INT, self.rebuilt_call(node, residual, args, keywords)

    def on_slice(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """A slice as a value: what it selects is known by its bounds."""
        none = Const(None)
        kinds = [k for k, _ in args]
        bounds = (none, kinds[0], none) if len(kinds) == 1 else (*kinds, none)[:3]
        if keywords or not 0 < len(kinds) <= 3 or not all(k == none or is_scalar(k) for k in bounds):
            return None
        return Slice(*bounds), self.rebuilt_call(node, residual, args, keywords)

    def statement_call(self, call: gast.Call, statement: gast.Expr) -> bool:
        """A call whose result is not used; True if it is done with."""
        if self.watched(call):
            for name in self.names_in(call):
                self.use_name(name)
            self.note_written(call)
            if self.has_user_call(call):
                for part in [*call.args, *(k.value for k in call.keywords)]:
                    self.check_message(part.value if isinstance(part, gast.Starred) else part, statement)
            self.emit(core.Effect(statement.lineno, self.renamed_statement(statement)))
            return True
        before = len(self.block)
        kind, residual = self.evaluate(call)
        last = self.block[-1] if len(self.block) > before else None
        if (
            isinstance(residual, gast.Name)
            and isinstance(last, core.Call)
            and last.targets
            and last.targets[0].id == residual.id
        ):
            self.drop_target()
            return True
        if (
            isinstance(residual, gast.Name)
            and isinstance(last, core.ListOp)
            and last.target is not None
            and last.target.id == residual.id
        ):
            if not varied(kind) or is_scalar(kind) and not isinstance(self.function.kinds[id(last.place)], Dict):
                last.target = None  # else the zeros that its adjoint is are made in its shape
            return True
        if isinstance(residual, gast.Name) and isinstance(last, core.Assign) and isinstance(last.value, gast.Call):
            self.block.pop()
            self.check_effect(last.value, statement)
            self.emit(core.Effect(statement.lineno, self.keep(gast.copy_location(gast.Expr(last.value), statement))))
            return True
        if id(residual) in self.session.pure_calls:
            self.emit(self.session.pure_calls[id(residual)])
            return True
        if isinstance(residual, gast.Call):
            self.check_effect(residual, statement)
            same = residual is call
            self.emit(
                core.Effect(
                    statement.lineno,
                    statement if same else self.keep(gast.copy_location(gast.Expr(residual), statement)),
                )
            )
        return True

    def note_written(self, call: gast.Call) -> None:
        """What a message is written to (`print(x, file=buffer)`) may hold text of differentiable values from now on."""
        if self.mentions_varied(call) or self.mentions_text(call):
            written_to = [call.func, *(k.value for k in call.keywords if k.arg == "file")]
            for name in (n for part in written_to for n in self.names_in(part)):
                kind = self.env.get(name)
                if name in self.local_names and isinstance(kind, (Unknown, Object)) and not varied(kind):
                    self.env[name] = Text()

    def check_effect(self, call: gast.Call, statement: gast.AST) -> None:
        """A call for its effect, which is not known: it might write into its arguments."""
        owner = call.func.value if isinstance(call.func, gast.Attribute) else None
        found = self.function.kinds.get(id(owner))
        if isinstance(found, (Iterable, Text)) or isinstance(found, Const) and isinstance(found.value, str):
            return
        kinds = [self.function.kinds.get(id(a)) for a in [*call.args, *(k.value for k in call.keywords)]]
        if any(isinstance(k, (Array, List, Dict, Object)) for k in kinds):
            raise self.refusal(
                "E403", "this call may change its arguments in a way srcgrad can't see", statement,
                "assign its result, or do the change with `x[...] = ...`",
            )  # fmt: skip

    def watched(self, call: gast.Call) -> bool:
        """print, logging, warnings: what they are given has no derivative."""
        if isinstance(call.func, gast.Name):
            return call.func.id == "print" and self.use_name("print")[0] == Const(print)
        if isinstance(call.func, gast.Attribute) and call.func.attr in WATCHED:
            kind, _, _ = self.aside(lambda: self.evaluate(call.func.value))  # type: ignore[attr-defined]
            module = getattr(kind.value if isinstance(kind, Const) else getattr(kind, "cls", None), "__module__", None)
            name = getattr(kind.value, "__name__", "") if isinstance(kind, Const) else ""
            return str(module or name).split(".")[0] in ("logging", "warnings", "sys", "_io", "io") or isinstance(
                kind, Unknown
            )
        return False

    def has_user_call(self, node: gast.AST) -> bool:
        return any(isinstance(n, gast.Call) for n in nodes_in(node) if n is not node)

    def plain_view(self, kind: Dict, name: str, node: gast.AST) -> Kind:
        if name == "values":
            return self.iterable(self.any_value(kind), name, node)
        key = self.passive_element(kind)
        return self.iterable(key if name == "keys" else Tuple((key, self.any_value(kind))), name, node)


HANDLERS: dict[Any, str] = {
    **ITERATORS,
    **RECORDS,
    **COLLECTIONS,
    len: "on_len", isinstance: "on_isinstance", issubclass: "on_issubclass", hasattr: "on_hasattr", getattr: "on_getattr", setattr: "on_setattr", object.__setattr__: "on_setattr",
    type: "on_type", int: "on_int", bool: "on_bool", round: "on_round", ord: "on_ord", slice: "on_slice", any: "on_any_all", all: "on_any_all",
    float: "on_float", sum: "on_sum", math.prod: "on_prod", max: "on_max", min: "on_min", list: "on_list", tuple: "on_tuple", dict: "on_dict",
    zip: "on_zip", enumerate: "on_enumerate", reversed: "on_reversed", map: "on_map", filter: "on_filter",
    id: "on_ord", **dict.fromkeys(GETTERS, "on_getter"), **dict.fromkeys(WRAPPERS, "on_wrapper"), callable: "on_callable",
    functools.reduce: "on_reduce", sorted: "on_sorted", iter: "on_iter", functools.partial: "on_partial", copy.copy: "on_copy",
    copy.deepcopy: "on_copy", stop_gradient: "on_stop_gradient", held: "on_held", zeros_like: "on_zeros_like", shadow: "on_shadow", like: "on_like", with_attributes: "on_with_attributes",
    contents: "on_contents", put_back: "on_put_back", refill: "on_refill", fit: "on_fit", attributes: "on_held_attributes", vars: "on_attributes", add_to: "on_add_to", object.__new__: "on_new",
    **{getattr(builtins, n): "on_lost" for n in LOST},
}  # fmt: skip
