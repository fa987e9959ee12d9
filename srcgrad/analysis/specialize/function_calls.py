"""What does a call of a function with source give?"""

from __future__ import annotations

import copy
import types
from typing import Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import Bottom, Closure, Const, Kind, Tuple, is_container, is_memory, varied
from srcgrad.analysis.specialize.binding import Binding, residual_of
from srcgrad.analysis.specialize.definitions import Definition, LocalFunction
from srcgrad.analysis.specialize.library import is_of_library
from srcgrad.analysis.specialize.made_functions import Made
from srcgrad.analysis.specialize.session import Same, Variant, constant_node, is_function_value, name_node
from srcgrad.analysis.specialize.session import plain as plain_kind
from srcgrad.analysis.specialize.syntax import fixed_names, free_names, stored_names
from srcgrad.analysis.specialize.values import Value
from srcgrad.analysis.specialize.variants import definition_of, holds_closure, is_ours, specialize_variant
from srcgrad.analysis.specialize.writes import bound_anew_at_first, written
from srcgrad.errors import SrcgradError
from srcgrad.lang import core
from srcgrad.lang.desugar import desugar
from srcgrad.lang.names import Names, plain
from srcgrad.lang.nodes import nodes_in
from srcgrad.lang.source import LAMBDA


class FunctionCalls(Binding):
    """Calls of functions, closures and functions made inside the program."""

    def definition(self, node: Any, name: str = LAMBDA) -> Definition:
        """The definition of a function made inside the program; `name` if it is a lambda."""
        return self.memo(("definition", id(node)), lambda: self.make_definition(node, name))

    def make_definition(self, node: Any, name: str) -> Definition:
        outer = self.definition_of_frame
        if isinstance(node, gast.Lambda):
            returned = gast.copy_location(gast.Return(node.body), node)
            tree = gast.FunctionDef(name, node.args, [returned], [], None, None, [])
            gast.copy_location(tree, node)
        else:
            tree = node
        own = stored_names(tree)
        nonlocals = [n for s in nodes_in(tree) if isinstance(s, gast.Nonlocal) for n in s.names if n not in own]
        tree = desugar(tree, Names.of(tree))
        read = free_names(tree)
        outer_names = self.local_names | set(outer.captured)
        captured = [n for n in read if n in outer_names] + [n for n in nonlocals if n not in read]
        return Definition(
            tree.name, tree, outer.source, outer.globals, outer.cells,
            captured, owner=self.owner, nonlocals=nonlocals,
            key=("inner", id(node), self.copies), line=node.lineno, outer=outer,
        )  # fmt: skip

    def call_local(self, local: LocalFunction, args: list[Value], keywords: dict[str, Value], node: gast.expr) -> Value:
        """A call by name: the captured variables are passed as they are now."""
        definition = local.definition
        captured: list[tuple[str, Value]] = []
        for name in self.reached(definition, node):
            kind = self.env.get(name)
            if isinstance(kind, LocalFunction):
                captured.append((name, (kind, name_node(name, node))))
            else:
                if kind is None and name in self.local_names and not self.facts.scopes:
                    raise self.refusal(
                        "E305", f"{name!r}, which {definition.name} may read, has no value yet", node,
                        "assign it before the call",
                    )  # fmt: skip
                load = self.memo(("captured", id(node), name), lambda n=name: name_node(n, node))
                captured.append((name, self.evaluate(load)))
        defaults = {}
        for parameter, temporary in definition.default_names.items():
            load = self.memo(("default", id(node), parameter), lambda t=temporary: name_node(t, node))
            defaults[parameter] = self.evaluate(load)
        return self.call_definition(definition, captured, defaults, args, keywords, node, None)

    def call_closure(
        self, kind: Closure, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        """A call of a function value: what it captured is taken out of it."""
        if kind.definition.nonlocals:
            raise self.refusal(
                "E304", "a function with `nonlocal` variables is called through a value", node, "call it by its name"
            )
        definition = kind.definition
        if isinstance(definition, Definition) and not definition.default_names:
            if all(self.at_hand(definition, name) for name in definition.captured):
                return self.call_local(LocalFunction(definition), args, keywords, node)
        captured, defaults = [], {}
        for name, value in self.captured_values(kind, residual, node):
            if name.startswith("default "):
                defaults[name[8:]] = value
            else:
                captured.append((name, value))
        if isinstance(kind.definition, Made):
            return kind.definition.call(self, [v for _, v in captured], args, keywords, node)
        return self.call_definition(kind.definition, captured, defaults, args, keywords, node, None)

    def captured_values(self, kind: Closure, residual: gast.expr, node: gast.expr) -> list[tuple[str, Value]]:
        """What a function value captured: variables that are at hand, the others as parts of the value."""
        place: gast.expr | None = residual if isinstance(residual, gast.Tuple) else None
        start = 1 if kind.definition.tag else 0
        found: list[tuple[str, Value]] = []
        for i, (name, k) in enumerate(kind.captured, start):
            if isinstance(k, LocalFunction) or is_function_value(k):
                found.append((name, (k, name_node(name, node))))
            elif self.at_hand(kind.definition, name):
                load = self.memo(("captured", id(node), name), lambda n=name: name_node(n, node))
                found.append((name, self.evaluate(load)))
            elif isinstance(place, gast.Tuple):
                found.append((name, (k, place.elts[i])))
            else:
                place = place or self.place(plain_kind(kind), residual, "function")
                index = self.memo(("index", id(node), i), lambda i=i: constant_node(i, node))
                self.record(index, Const(i))
                part = self.keep(gast.copy_location(gast.Subscript(place, index, gast.Load()), node))
                self.record(part, k)
                found.append((name, (k, part)))
        return found

    def at_hand(self, definition: Any, name: str) -> bool:
        """Does a variable that a function captured still mean here what it meant there?

        It does if it is bound once, in the function that is differentiated: of any other, several calls may have
        made functions that are kept.
        """
        if definition.outer is not self.definition_of_frame or not self.is_main or name not in self.env:
            return False
        return name in self.memo(("fixed",), lambda: fixed_names(self.tree))

    def call_function(
        self,
        function: types.FunctionType,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
        owner: type | None = None,
    ) -> Value:
        """A call of a user's function."""
        moving = any(varied(k) for k, _ in [*args, *keywords.values()])
        text = None if is_ours(function) else residual
        try:
            definition = self.definition_of(function)
        except SrcgradError as error:
            if moving or writes_globals(error):
                raise
            return self.passive_call(residual, args, keywords, node)
        if moving:
            return self.call_definition(definition, [], {}, args, keywords, node, text)
        block, length, env = self.block, len(self.block), dict(self.env)
        try:
            return self.call_definition(definition, [], {}, args, keywords, node, text)
        except (SrcgradError, CannotTell) as error:
            if writes_globals(error) or is_ours(function):
                raise
            # Without differentiable arguments it need not be understood, unless it holds the values of others.
            self.block, self.env = block, env
            del self.block[length:]
            return self.passive_call(residual, args, keywords, node)

    def definition_of(self, function: types.FunctionType) -> Definition:
        table = self.session.definitions
        if id(function) not in table:
            self.session.alive.append(function)
            table[id(function)] = definition_of(self.session, function)
        return table[id(function)]

    def check_given_is_kept(
        self, definition: Definition, variant: Variant, kept: list[str], given: set[str], node: gast.expr
    ) -> None:
        """What SciPy gives a function of the user's is its own: what a change of it does to the method is told nowhere."""
        by_scipy = str(self.definition_of_frame.globals.get("__name__")).startswith("srcgrad.rules.scipy")
        if not by_scipy or is_of_library(definition.globals):
            return
        changed = {kept[i] for i in written(variant.function) if 0 <= i < len(kept)} & given
        changed -= bound_anew_at_first(variant.function)
        if changed:
            name = min(changed)
            raise self.refusal(
                "E405", f"{definition.name} changes {name!r}, which SciPy gave it and goes on with", node,
                f"change a copy of it: {name} = {name}.copy()",
            )  # fmt: skip

    def call_definition(
        self, definition: Definition, captured: list[tuple[str, Value]], defaults: dict[str, Value], args: list[Value],
        keywords: dict[str, Value], node: gast.expr, text: gast.expr | None,
    ) -> Value:  # fmt: skip
        if any(id(r) in self.session.perhaps for _, r in keywords.values()):
            text = None  # the call as it was written is not known
        bound = self.bind_arguments(definition, defaults, args, keywords, node)
        named = [*bound, *[(n, v) for n, v in captured if n not in {b for b, _ in bound}]]
        try:
            variant = self.session_variant(definition, [(n, k) for n, (k, _) in named])
            same = self.given_twice(variant, named)
            if same:
                named = [n for n in named if n[0] not in dict(same)]
                variant = self.session_variant(definition, [(n, k) for n, (k, _) in named], same)
        except SrcgradError as error:
            if error.where is not None and error.where.is_ours:
                error.where = self.definition_of_frame.source.location(node)  # the line to look at is the user's
            raise
        self.check_given_is_kept(definition, variant, [named[i][0] for i in variant.kept], {n for n, _ in bound}, node)
        result = self.session.escaping(variant.result, ("call", id(variant)), "result", id(node), self.copies)
        result = self.session.escaping(result, ("params", definition.key), "result", id(node), self.copies)
        values = [named[i] for i in variant.kept]
        outside = [self.capture_again(c, node) for c in list(variant.captures.values())]
        moving = varied(result) or any(varied(k) for _, (k, _) in named)
        always_raises = variant.raises and not variant.recursive
        given = [k for k, _ in [*args, *keywords.values()]]
        pure = not written(variant.function) and not definition.nonlocals and not always_raises
        if variant.recursive and not variant.function.steps:
            pure = not any(is_memory(k) for _, (k, _) in named)  # it calls itself, and what it stores is not known yet
        pure = pure and not (is_container(result) and is_memory(result))  # two members may share memory
        if variant.returns is not None:
            at = variant.returns
            kind, residual = values[at][1]
            if not isinstance(residual, gast.Name):
                values[at] = (values[at][0], (kind, self.hoist(kind, residual, "given")))
        elif (
            not varied(result)
            and pure
            and text is not None
            and not any(holds_closure(k) or isinstance(k, LocalFunction) for k in [result, *given])
            and not self.is_variable(text)
        ):
            if isinstance(result, Const) and is_function_value(result):
                return result, residual_of(self, result.value, node)
            call = self.rebuilt_call(node, text, args, keywords)
            operands = [r for _, (_, r) in values] + [r for _, r in outside]
            self.session.pure_calls[id(call)] = core.Call(node.lineno, [], variant.function, operands, self.keep(call))
            return (result, call) if not moving or not is_memory(result) else self.impure(result, call)
        residuals = [r for _, (_, r) in values] + [r for _, r in outside]
        for i, (name, (kind, r)) in enumerate(values):
            if name in variant.varied_params and is_memory(kind) and not varied(kind):
                if not isinstance(r, (gast.Name, gast.Subscript, gast.Attribute)):
                    residuals[i] = r = self.hoist(kind, r, name)
                self.make_varied(r, node)
        base = plain(definition.name)
        name = self.temporary(node, f"{base}_value")
        whole: gast.expr | None = None
        if text is not None and not any(holds_closure(k) or isinstance(k, LocalFunction) for k in [result, *given]):
            whole = self.rebuilt_call(node, text, args, keywords)
            self.record(whole, result)
        if definition.nonlocals:
            return self.call_with_nonlocals(definition, variant, result, residuals, name, whole, node)
        if always_raises:
            self.emit(core.Call(node.lineno, [], variant.function, residuals, whole))
            self.dead = True
            return Bottom(), self.keep(constant_node(None, node))
        target = self.memo(("target", id(node), name), lambda: name_node(name, node, store=True))
        self.record(target, result)
        if variant.returns is not None:
            self.emit(core.Call(node.lineno, [], variant.function, residuals, whole))
            taken = self.memo(("returned", id(node)), lambda: copy.copy(values[variant.returns][1][1]))
            taken.id = values[variant.returns][1][1].id
            return self.use_name(taken.id)[0], taken
        self.link(name, result, residuals)
        self.emit(core.Call(node.lineno, [target], variant.function, residuals, whole))
        self.env[name] = result
        if isinstance(result, Const) and is_function_value(result):
            return result, residual_of(self, result.value, node)
        return result, self.keep(name_node(name, node))

    def given_twice(self, variant: Variant, named: list[tuple[str, Value]]) -> Same:
        """The parameters that are given a name that an earlier one is given too, where the function changes either."""
        changed = {named[variant.kept[i]][0] for i in written(variant.function) if 0 <= i < len(variant.kept)}
        first: dict[str, str] = {}
        found = []
        for name, (kind, residual) in named:
            if isinstance(residual, gast.Name) and is_memory(kind):
                other = first.setdefault(residual.id, name)
                if other != name and changed & {name, other}:
                    found.append((name, other))
        return tuple(found)

    def call_with_nonlocals(
        self,
        definition: Definition,
        variant: Variant,
        result: Kind,
        residuals: list[gast.expr],
        name: str,
        whole: gast.expr | None,
        node: gast.expr,
    ) -> Value:
        """The function gives back, with its result, what it assigned to variables of this one."""
        if not isinstance(result, Tuple):
            return result, self.keep(constant_node(None, node))
        targets = []
        for target, kind in zip([name, *definition.nonlocals], result.items):
            store = self.memo(
                ("target", id(node), target), lambda t=target: name_node(self.local_text(t), node, store=True)
            )
            self.record(store, kind)
            targets.append(store)
            self.env[target] = kind
        self.bound_by_calls.update(definition.nonlocals)
        self.emit(core.Call(node.lineno, targets, variant.function, residuals, whole))
        return result.items[0], self.keep(name_node(name, node))

    def callee_type(self) -> Any:
        raise NotImplementedError

    def session_variant(self, definition: Definition, params: list[tuple[str, Kind]], same: Same = ()) -> Variant:
        return specialize_variant(self.session, self.callee_type(), definition, params, same)


def writes_globals(error: Exception) -> bool:
    """Was a function refused for what it does to others, which have read its globals before?"""
    return isinstance(error, SrcgradError) and error.code == "E104"
