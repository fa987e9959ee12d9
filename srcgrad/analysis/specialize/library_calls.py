"""What does a call of a library function give?"""

from __future__ import annotations

import builtins
import inspect
import math
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.asked import integers_in
from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.draws import is_global_source, made_by
from srcgrad.analysis.examples import ANY_RANK
from srcgrad.analysis.kinds import (
    Array,
    Bottom,
    Closure,
    Const,
    Kind,
    List,
    Number,
    Object,
    OneOf,
    Size,
    Text,
    Tuple,
    Unknown,
    dtype_of,
    holds_text,
    is_number,
    set_varied,
    varied,
    widen,
)
from srcgrad.analysis.specialize.definitions import LocalFunction
from srcgrad.analysis.specialize.library import (
    TAKES_LISTS,
    counts,
    draw,
    hashable,
    library_name,
    number_of_axes,
    owner_name,
)
from srcgrad.analysis.specialize.loops import Loops
from srcgrad.analysis.specialize.matching import choose, no_rule_fits, takes_none
from srcgrad.analysis.specialize.values import Value
from srcgrad.errors import SrcgradError
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.rules import registry


class LibraryCalls(Loops):
    """Calls of functions that have rules, or no derivative."""

    def library_call(
        self,
        value: Any,
        rules: Any,
        residual: gast.expr,
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:
        name = library_name(value)
        args = [self.as_operand(v, rules, i) for i, v in enumerate(args)]
        keywords = {n: self.as_operand(v, rules, n) for n, v in keywords.items()}
        text = self.canonical(value, residual, node)
        if value is callable and len(args) == 1 and self.is_function_kind(args[0][0]) is not None:
            return Const(self.is_function_kind(args[0][0])), self.rebuilt_call(node, text, args, keywords)
        definition = registry.definition_for(value)
        if any(varied(k) for k, _ in [*args, *keywords.values()]) and not self.has_rule(rules, args, keywords):
            args, keywords = without_defaults(value, args, keywords)
        if not rules and self.is_told(definition, rules, args, keywords):
            return self.call_definition_of(definition, text, args, keywords, node)
        told = None
        if any(isinstance(k, (Closure, LocalFunction)) or is_users_function(k) for k, _ in [*args, *keywords.values()]):
            told = self.kind_told(definition, text, args, keywords, node)
            if calls_at_once(value):
                args, keywords = self.with_plain_functions(args, keywords, value, name, node)
            moving = any(varied(k) for k, _ in [*args, *keywords.values()])
            if moving and not rules and not registry.is_constant(value):
                raise self.refusal_untold(definition, name, args, keywords, node)
            if definition is not None and holds_function([*args, *keywords.values()]):
                return self.call_definition_of(definition, text, args, keywords, node)
            self.check_no_functions(args, keywords, name, node)
        call = self.rebuilt_call(node, text, args, keywords)
        if told is not None and not any(varied(k) for k, _ in [*args, *keywords.values()]):
            return self.impure(told, call)
        if registry.is_constant(value) and any(isinstance(k, Unknown) or is_users_function(k) for k, _ in args):
            return self.impure(Unknown(), call)
        if any(lacks_a_value(k) for k, _ in [*args, *keywords.values()]):
            return Bottom(), call
        if value is np.ndim and len(args) == 1:
            axes = number_of_axes(widen(args[0][0]))
            if axes is not None:
                return Const(axes), call
        if value is np.iscomplexobj and len(args) == 1 and is_number(args[0][0]):
            return Const(getattr(dtype_of(widen(args[0][0])), "kind", "") == "c"), call
        if value in (np.shape, np.size) and len(args) == 1 and isinstance(args[0][0], Array):
            asked = self.infer.attribute(args[0][0], "shape" if value is np.shape else "size")
            if asked is not None:
                return set_varied(asked, False), call
        moving = any(varied(k) for k, _ in [*args, *keywords.values()])
        if not moving and any(holds_text(k) for k, _ in [*args, *keywords.values()]):
            return Text(), call
        if not moving:
            generator = made_by(value)
            if generator is not None:
                cell = self.memo(("generator", id(node)), self.session.new_cell)
                return self.impure(Object(generator, cell), call)
            return self.passive_library(value, call, args, keywords, node)
        steps = registry.is_constant(value) or counts(value, args, keywords)
        if steps and not self.has_rule(rules, args, keywords):
            kind = self.library_kind(value, args, keywords, node, not hashable(value))
            return set_varied(kind, False), call
        if rules is None:
            raise self.refusal_untold(definition, name, args, keywords, node)
        if value not in TAKES_LISTS and not any(rule.sequences for rule in rules):
            wrapped = [self.as_array(v, node, i) if may_vary(rules, i) else v for i, v in enumerate(args)]
            if any(a is not b for a, b in zip(wrapped, args)):
                args = wrapped
                call = self.rebuilt_call(node, text, args, keywords)
        if self.is_told(definition, rules, args, keywords):
            return self.call_definition_of(definition, text, args, keywords, node)
        rule, bound = self.match(call, rules, keywords, args, node, name)
        if value not in TAKES_LISTS and not rule.sequences:
            # The rule computes with its operands: a list that does not vary is an array for it as well.
            operands = [bound[n][1] for n in rule.operands if n in bound]
            chosen = [rule.elementwise or any(r is o for o in operands) for _, r in args]
            wrapped = [self.as_array(v, node, i, True) if c else v for i, (v, c) in enumerate(zip(args, chosen))]
            listed = {
                n: self.as_array(v, node, n, True) if any(v[1] is o for o in operands) else v
                for n, v in keywords.items()
            }
            if any(a is not b for a, b in zip([*wrapped, *listed.values()], [*args, *keywords.values()])):
                args, keywords = wrapped, listed
                call = self.rebuilt_call(node, text, args, keywords)
                rule, bound = self.match(call, rules, keywords, args, node, name)
        return self.ruled_kind(value, rule, bound, args, keywords, node), call

    def has_rule(self, rules: Any, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Has what is constant of real numbers a derivative of these?  So it is with the sign of a complex number."""
        return bool(rules) and choose(rules, args, keywords, self.facts, self.default_value)[0] is not None

    def as_array(self, value: Value, node: gast.expr, i: int | str, passive: bool = False) -> Value:
        """A list of numbers where a rule takes an array: `np.sum([x, y])` is `np.sum(np.array([x, y]))`."""
        kind, residual = value
        if not isinstance(kind, (List, Tuple)) or not (varied(kind) or passive):
            return value
        func = self.memo(("np.array", id(node), i), lambda: gast.parse("np.array", mode="eval").body)
        self.global_name("np", np)
        for child in nodes_in(func):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        shell = self.memo(("as array", id(node), i), lambda: gast.copy_location(gast.Call(func, [], []), node))
        found, call = self.library_call(np.array, registry.rules_for(np.array), func, [value], {}, shell)
        self.record(call, found)
        return self.held_as(found, call, "array", shell)

    def ruled_kind(
        self,
        value: Any,
        rule: Any,
        bound: dict[str, Value],
        args: list[Value],
        keywords: dict[str, Value],
        node: gast.expr,
    ) -> Kind:
        self.at(node)
        kinds = [k for k, _ in args]
        if any(isinstance(k, Array) and k.sizes is None for k in kinds) and not rule.elementwise:
            kind = self.of_any_rank(value, rule, args, keywords, node)
            return set_varied(kind, any(varied(bound[n][0]) for n in rule.operands if n in bound))
        if rule.elementwise and not keywords and all(is_number(k) for k in kinds):
            kind = self.infer.elementwise(value, kinds)
        elif rule.sizes in bound:
            kind = bound[rule.sizes][0]
        else:
            kind = self.library_kind(value, args, keywords, node, rule.sizes == "data")
        operands = [bound[name][0] for name in rule.operands if name in bound]
        if isinstance(kind, List) and any(varied(k) for k in operands):
            raise CannotTell("a list of results, of which no derivative is followed")
        return set_varied(kind, any(varied(k) for k in operands))

    def of_any_rank(
        self, value: Any, rule: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Kind:
        """The kind of a call whose operand has any number of axes, if that makes no difference.

        So it is for `np.sum(x)`, and for `np.copy(x)`, which has as many.
        """
        unknown = CannotTell("the number of axes of an operand is not known")
        if value is np.ravel and isinstance(args[0][0], Array):
            return Array(args[0][0].dtype, (self.facts.fresh(self.infer.site, "ravel"),))
        rules = registry.rules_for(value) or ()
        for sizes in ANY_RANK:
            tried = [(replace(k, sizes=sizes) if isinstance(k, Array) and k.sizes is None else k, r) for k, r in args]
            if choose(rules, tried, keywords, self.facts, self.default_value)[0] is not rule:
                raise unknown
        return self.library_kind(value, args, keywords, node, False)

    def library_kind(
        self, value: Any, args: list[Value], keywords: dict[str, Value], node: gast.expr, data: bool
    ) -> Kind:
        self.at(node)
        return self.infer.probe(value, [k for k, _ in args], {n: k for n, (k, _) in keywords.items()}, data)

    def passive_library(
        self, value: Any, call: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value:
        library = (getattr(value, "__module__", None) or "").split(".")[0]
        known = registry.is_constant(value) or registry.rules_for(value) is not None or registry.is_passive(value)
        known = known or (library == "scipy" and registry.definition_for(value) is not None)
        known = known or isinstance(getattr(value, "__self__", None), np.ufunc) and value.__name__ in UFUNC_METHODS
        pure = known or library in ("numpy", "math", "builtins", "operator") or isinstance(value, np.ufunc)
        kind: Kind = Unknown()
        if any(isinstance(k, Unknown) or is_users_function(k) for k, _ in [*args, *keywords.values()]):
            return self.impure(kind, call)  # who knows what a function gives of made-up numbers, and when
        if pure:
            try:
                kind = self.library_kind(value, args, keywords, node, not known)
                kind = self.known_again(set_varied(kind, False), node)
            except CannotTell:
                kind = self.like_an_operand(value, args, keywords)
        if not pure:
            return self.impure(kind, call)
        if isinstance(kind, Number) and isinstance(value, type) and issubclass(value, np.integer):
            given = args[0][0] if args else None
            if isinstance(given, Const) and type(given.value) is int:
                kind = replace(kind, size=Size(None, given.value))  # it may be an axis: it is known which
        rules = registry.rules_for(value) if isinstance(kind, Array) and kind.dtype.kind in "fc" else None
        if rules and any(rule.shares for rule in rules):
            self.note_view(call, lambda: self.match(call, rules, keywords, args, node, library_name(value)))
        return kind, call

    def like_an_operand(self, value: Any, args: list[Value], keywords: dict[str, Value]) -> Kind:
        """The kind of a call that can't be tried on examples: some rule may say which operand the result is like."""
        rule, bound, _ = choose(registry.rules_for(value) or (), args, keywords, self.facts, self.default_value)
        return bound[rule.sizes][0] if rule is not None and rule.sizes in bound else Unknown()

    def known_again(self, kind: Kind, node: gast.expr) -> Kind:
        raise NotImplementedError

    def random_call(
        self, cls: type, receiver: Value, residual: gast.expr, name: str, args: list[Value], keywords: dict[str, Value],
        node: gast.expr,
    ) -> Value:  # fmt: skip
        """A random draw: it is stored, never drawn again.  With parameters that vary, it is what its definition tells."""
        if name == "shuffle" or "out" in keywords:
            raise self.refusal(
                "E202", f"the random draw {name!r} changes an array in place", node, "use what it returns: permutation"
            )
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            definition = registry.definition_for(getattr(cls, name, None))
            if definition is None:
                raise self.refusal(
                    "E203", f"the random draw {name!r} has no derivative rule", node,
                    "scale and shift a standard draw; import scipy.special for the shape of gamma and chi-square draws",
                )  # fmt: skip
            if not self.is_told(definition, None, [receiver, *args], keywords):
                raise self.refusal(
                    "E202",
                    f"{name}: {misfit(definition, [receiver, *args], keywords)}",
                    node,
                    "leave that argument out, or write the operation another way",
                )
            return self.call_definition_of(definition, residual, [receiver, *args], keywords, node)
        call = self.rebuilt_call(node, residual, args, keywords)
        try:
            kind = self.infer.probe(draw(cls, name), [k for k, _ in args], {n: k for n, (k, _) in keywords.items()})
        except CannotTell:
            kind = Unknown()
        return self.impure(kind, call)

    def impure(self, kind: Kind, call: gast.expr) -> Value:
        """A call that must be made once only: it gets a name."""
        self.record(call, kind)
        return self.held_as(kind, call, "value")

    def passive_call(
        self, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr, what: str = ""
    ) -> Value:
        """A call that is kept as it stands; `what` tells more of what is called than its name does."""
        if any(varied(k) for k, _ in [*args, *keywords.values()]):
            called = f"`{tree.text(node.func if isinstance(node, gast.Call) else residual)}`"
            raise self.refusal(
                "E201", f"{called}{what and f', {what},'} is called with differentiable values, and has no derivative rule", node,
                "write the rule with srcgrad.rule(...), or use srcgrad.stop_gradient(...) on its arguments",
            )  # fmt: skip
        name = tree.text(node.func if isinstance(node, gast.Call) else residual)
        self.check_no_functions(args, keywords, f"`{name}`", node)
        return self.impure(Unknown(), self.rebuilt_call(node, residual, args, keywords))

    def is_function_kind(self, kind: Kind) -> bool | None:
        """Is this a function?  None if that can't be told."""
        if isinstance(kind, (Closure, LocalFunction)):
            return True
        if isinstance(kind, Const):
            return callable(kind.value)
        return False if is_number(kind) else None

    def refusal_untold(
        self, definition: Any, name: str, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> SrcgradError:
        """Of a call that no definition tells."""
        if definition is not None and definition not in self.session.telling:
            return self.refusal(
                "E202", f"{name}: {misfit(definition, args, keywords)}", node,
                "leave that argument out, or write the operation another way",
            )  # fmt: skip
        return self.refusal(
            "E203", f"{name} has no derivative rule", node,
            "write the rule with srcgrad.rule(...), or use srcgrad.stop_gradient(...) on its arguments",
        )  # fmt: skip

    def kind_told(
        self, definition: Any, text: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Kind | None:
        """The kind of what a library's function gives that calls functions of the program, by its definition."""
        if definition is None or definition in self.session.telling:
            return None
        try:
            kind = self.aside(lambda: self.call_definition_of(definition, text, args, keywords, node))[0]
        except (SrcgradError, CannotTell):
            return None
        members = kind.items if isinstance(kind, Tuple) and kind.cls is None else (kind,)
        return kind if all(map(is_number, members)) else None  # the library's own objects are others

    def with_plain_functions(
        self, args: list[Value], keywords: dict[str, Value], value: Any, name: str, node: gast.expr
    ) -> tuple[list[Value], dict[str, Value]]:
        """The arguments of a solver's call, with real functions, which it calls now and does not keep."""
        values = [*args, *keywords.values()]
        if any(varied(k) for k, _ in values) and not registry.is_constant(value):
            return args, keywords
        found = self.for_library(values, name, node)
        return found[: len(args)], dict(zip(keywords, found[len(args) :]))

    def for_library(self, values: list[Value], name: str, node: gast.expr) -> list[Value]:
        raise NotImplementedError

    def check_no_functions(self, args: list[Value], keywords: dict[str, Value], name: str, node: gast.AST) -> None:
        if holds_function([*args, *keywords.values()]):
            raise self.refusal_of_function(name, node)

    def refusal_of_function(self, name: str, node: gast.AST) -> Any:
        return self.refusal(
            "E304",
            f"{name} is given a function made inside the program",
            node,
            "write the steps out, as examples/pendulum.py does; or define the function outside, if it can be given "
            "what it needs as arguments; or give the function around this call a rule",
        )

    def rebuilt_call(
        self, node: gast.expr, func: gast.expr, args: list[Value], keywords: dict[str, Value]
    ) -> gast.expr:
        """The call with its operands' core form; the user's own node if nothing changed."""
        self.all_given(keywords.values())
        residuals = [r for _, r in args]
        if isinstance(node, gast.Call) and func is node.func and len(residuals) == len(node.args):
            if all(a is b for a, b in zip(residuals, node.args)) and len(keywords) == len(node.keywords):
                if all(k.arg in keywords and keywords[k.arg][1] is k.value for k in node.keywords):
                    return node
        pairs = [gast.keyword(name, r) for name, (_, r) in keywords.items()]
        return self.keep(gast.copy_location(gast.Call(func, residuals, pairs), node))

    def as_operand(self, value: Value, rules: Any, place: int | str) -> Value:
        """An argument as a number, if it must be one: where it may be None, that may be an option, such as an axis."""
        if isinstance(value[0], OneOf) and (varied(value[0]) or not takes_none(rules or (), place)):
            return self.as_number(value)
        return value

    def match(
        self, residual: gast.expr, rules: Any, keywords: dict[str, Value], args: list[Value], node: gast.expr, what: str
    ) -> tuple[Any, dict[str, Value]]:
        """Choose the rule for an active call, and note it."""
        if not rules:
            raise self.refusal("E203", f"{what} has no derivative rule", node, "write it with other functions")
        rule, bound, reason = choose(rules, args, keywords, self.facts, self.default_value)
        asked = self.asked_for(args, keywords) if rule is None else None
        if asked is not None:
            rule, bound, reason = choose(rules, *asked, self.facts, self.default_value)
        if rule is None:
            if "derivative with respect" in reason:
                raise self.refusal(
                    "E207", f"{what}: {reason}", node, "use srcgrad.stop_gradient(...) on it if it is a constant"
                )
            definition = registry.definition_for(rules[0].target)
            if definition is not None and definition not in self.session.telling:
                reason = misfit(definition, args, keywords, reason)  # it takes more than the rules do
            raise self.refusal(
                "E202", f"{what}: {reason}", node, "leave that argument out, or write the operation another way"
            )
        operands = {n: r if n in rule.operands else self.as_literal(k, r, node) for n, (k, r) in bound.items()}
        self.function.matches[id(residual)] = core.Match(rule, operands)
        return rule, bound

    def as_literal(self, kind: Kind, residual: gast.expr, node: gast.expr) -> gast.expr:
        """An axis that is known, but given as an integer of NumPy, is a literal in the text of a rule."""
        if isinstance(kind, Number) and not kind.weak and kind.size is not None and kind.size.symbol is None:
            return self.constant(kind.size.offset, node)  # type: ignore[no-any-return]
        return residual

    def with_known_options(
        self,
        call: Callable[[list[Value], dict[str, Value]], Value],
        args: list[Value],
        keywords: dict[str, Value],
    ) -> Value:
        """A call; where it fails, one in which integers and truth values, such as an axis, are asked for."""
        try:
            return call(args, keywords)
        except (SrcgradError, CannotTell):
            asked = self.asked_for(args, keywords)
            if asked is None:
                raise
        return call(*asked)

    def asked_for(
        self, args: list[Value], keywords: dict[str, Value]
    ) -> tuple[list[Value], dict[str, Value]] | None:
        """The arguments with the values of integers and truth values that guards can ask for; None if there are none."""
        kinds = [k for k, _ in [*args, *keywords.values()]]
        learnt = self.infer.ask_for(integers_in(kinds))
        known = list(map(self.known, kinds))
        if not learnt and known == kinds:
            return None
        values = list(zip(known, [r for _, r in [*args, *keywords.values()]]))
        return values[: len(args)], dict(zip(keywords, values[len(args) :]))

    def known(self, kind: Kind) -> Kind:
        """A kind with the values that have been asked for."""
        if isinstance(kind, Tuple):
            return replace(kind, items=tuple(map(self.known, kind.items)))
        size = self.facts.canonical(kind.size) if isinstance(kind, Number) and kind.size is not None else None
        if size is None or size.symbol is not None:
            return kind
        value = bool(size.offset) if kind.dtype.kind == "b" else size.offset  # type: ignore[attr-defined]
        return Const(value if kind.weak else kind.dtype.type(value))  # type: ignore[attr-defined]

    def note_view(self, call: gast.expr, match: Any) -> None:
        """A view of an array that does not vary, or not yet: the rule tells of what it is a view."""
        try:
            match()
        except (SrcgradError, CannotTell):
            return
        found = self.function.matches.get(id(call))
        if found is not None and not found.rule.shares:
            del self.function.matches[id(call)]

    def default_value(self, default: gast.expr) -> Value:
        kind, residual = self.evaluate(default)
        return kind, residual

    def simple(self, kind: Kind, residual: gast.expr) -> gast.expr:
        return residual if isinstance(residual, (gast.Name, gast.Constant)) else self.hoist(kind, residual, "argument")

    def canonical(self, value: Any, residual: gast.expr, node: gast.AST) -> gast.expr:
        """The text by which a function is known everywhere, if the user's is a variable."""
        if not self.is_variable(residual):
            return residual
        name = getattr(value, "__name__", None)
        text = None
        owner = getattr(value, "__self__", None)
        if isinstance(owner, type):
            text = f"{self.global_name(owner.__name__, owner)}.{name}"
        elif is_global_source(owner):
            text = f"{self.global_name('np', np)}.random.{name}"
        elif isinstance(value, types.MethodType):
            text = f"{self.global_name(owner_name(owner), owner)}.{name}"
        elif isinstance(owner, np.ufunc):
            known = getattr(np, str(owner.__name__), None) is owner
            text = f"{self.global_name('np', np)}.{owner.__name__}.{name}" if known else None
        if getattr(builtins, str(name), None) is value:
            text = name
        for module, prefix in ((np, "np"), (math, "math"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
            if name and vars(module).get(name) is value:
                self.global_name(prefix.split(".")[0], np if prefix.startswith("np") else math)
                text = text or f"{prefix}.{name}"
        if text is None:
            text = self.global_name(name if name and name.isidentifier() else "function", value)
        result = self.memo(("canonical", id(node), text), lambda: gast.parse(text, mode="eval").body)
        for child in nodes_in(result):
            if isinstance(child, gast.expr):
                gast.copy_location(child, node)
        return result

    def is_variable(self, residual: gast.expr) -> bool:
        inner = residual
        while isinstance(inner, (gast.Attribute, gast.Subscript)):
            if isinstance(inner, gast.Subscript):
                return True
            inner = inner.value
        return not isinstance(inner, gast.Name) or inner.id in self.env or inner.id in self.local_names


def calls_at_once(value: Any) -> bool:
    """Does a function call those that it is given now, and not keep them?"""
    module = getattr(value, "__module__", None) or ""
    return not isinstance(value, type) and module.startswith(("scipy.", "srcgrad.rules."))


def is_users_function(kind: Kind) -> bool:
    return isinstance(kind, Const) and isinstance(kind.value, (types.FunctionType, types.MethodType))


def without_defaults(value: Any, args: list[Value], keywords: dict[str, Value]) -> tuple[list[Value], dict[str, Value]]:
    """The arguments of a call but for those that are given as what they are when left out."""
    try:
        own = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return args, keywords
    if not hashable(value):
        return args, keywords

    def is_default(name: str, kind: Kind) -> bool:
        if name not in own or not isinstance(kind, Const):
            return False
        default = NEUTRAL.get((value, name), NEUTRAL.get((None, name), own[name].default))
        return type(kind.value) is type(default) and isinstance(default, PLAIN) and kind.value == default

    args, names = list(args), [n for n, p in own.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    while 1 < len(args) <= len(names) and is_default(names[len(args) - 1], args[-1][0]):
        args.pop()
    return args, {n: v for n, v in keywords.items() if not is_default(n, v[0])}


PLAIN = (type(None), bool, int, float, str)
UFUNC_METHODS = ("reduce", "accumulate", "outer", "reduceat")  # that give a new array
# Defaults of NumPy that its signatures do not tell.
NEUTRAL: dict[Any, Any] = {
    (None, "where"): True,
    (None, "keepdims"): False,
    (np.sum, "initial"): 0,
    (np.prod, "initial"): 1,
}


def may_vary(rules: Any, position: int) -> bool:
    """Is this argument an operand of some rule?  What is none is left to the function's definition."""
    names = [[p.name for p in rule.parameters[position : position + 1]] for rule in rules]
    return any(not name or name[0] in rule.operands for name, rule in zip(names, rules))


def misfit(definition: Any, args: list[Value], keywords: dict[str, Value], otherwise: str = "") -> str:
    """Why the arguments of a call are not those of the function's definition."""
    try:
        inspect.signature(definition).bind(*args, **keywords)
    except TypeError as error:
        return f"a derivative is not known for this call: {error}"
    return otherwise or no_rule_fits(keywords)


def lacks_a_value(kind: Kind) -> bool:
    """Has it no value yet, or holds it what has none: the result of a recursive call that was not followed to its end?"""
    inside = kind.items if isinstance(kind, Tuple) else (kind.cell.items or ()) if isinstance(kind, List) else ()
    return isinstance(kind, Bottom) or any(map(lacks_a_value, inside))


def holds_function(values: list[Value]) -> bool:
    """Is one of them a function made inside the program?"""
    return any(isinstance(k, (Closure, LocalFunction)) for k, _ in values)
