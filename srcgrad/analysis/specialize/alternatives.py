"""Which function does a call mean, if it is one of a few?  A chain of tests, `if f is square: ... else: ...`.

A function that is known when generating is told by `is`.  One that was made inside the program is in generated code the
tuple of what it captured; where several meet, that begins with a word by which they are told apart.
"""

from __future__ import annotations

import copy
import inspect
import types
from typing import Any

import gast

from srcgrad.analysis.kinds import (
    BOOL,
    Bottom,
    Closure,
    Const,
    Dict,
    Kind,
    List,
    Object,
    OneOf,
    Tuple,
    is_number,
    options,
    varied,
)
from srcgrad.analysis.specialize.definitions import Definition
from srcgrad.analysis.specialize.plain_functions import PlainFunctions
from srcgrad.analysis.specialize.session import is_function_value, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core


def signature_of(spec: gast.arguments) -> inspect.Signature:
    kinds = inspect.Parameter
    positional = [(a, kinds.POSITIONAL_OR_KEYWORD) for a in spec.args]
    positional = [*((a, kinds.POSITIONAL_ONLY) for a in spec.posonlyargs), *positional]  # type: ignore[list-item]
    defaults = [kinds.empty] * (len(positional) - len(spec.defaults)) + [None] * len(spec.defaults)
    found = [kinds(a.id, kind, default=default) for (a, kind), default in zip(positional, defaults)]
    if spec.vararg is not None:
        found.append(kinds(spec.vararg.id, kinds.VAR_POSITIONAL))
    for a, given in zip(spec.kwonlyargs, spec.kw_defaults):
        found.append(kinds(a.id, kinds.KEYWORD_ONLY, default=kinds.empty if given is None else None))
    if spec.kwarg is not None:
        found.append(kinds(spec.kwarg.id, kinds.VAR_KEYWORD))
    return inspect.Signature(found)


class Alternatives(PlainFunctions):
    """Calls of a function that is known when the program runs."""

    def call_one_of(
        self, kind: OneOf, residual: gast.expr, args: list[Value], keywords: dict[str, Value], node: gast.expr
    ) -> Value | None:
        """A call of one of a few functions; None if they are not known."""
        found = [k for k in options(kind) if self.may_be_called(k)]
        known = all(isinstance(k, (Closure, Object)) or is_function_value(k) for k in found)
        made = [k for k in found if isinstance(k, Closure)]
        if not known or not found:
            return None
        if not made and not any(varied(k) for k, _ in [*args, *keywords.values()]) and not varied(kind):
            return self.passive_call(residual, args, keywords, node, "a function that can't be told")
        if len(made) > 1:
            for closure in made:
                self.session.tag(closure.definition)
        args = [(k, self.simple(k, r)) for k, r in args]
        keywords = {n: (k, self.simple(k, r)) for n, (k, r) in keywords.items()}
        chosen = residual if isinstance(residual, gast.Name) else self.hoist(kind, residual, "function")
        target = self.temporary(node, "choice")
        result: Kind = Bottom()
        steps: list[core.Step] = []
        order = sorted(found, key=lambda k: [Const, Object, Closure].index(type(k)))
        for i, option in enumerate(reversed(order)):
            text = (
                self.canonical(option.value, chosen, node)
                if isinstance(option, Const)
                else self.narrowed(chosen, option)
            )
            # each way is a call of its own, which makes objects of its own
            way = self.memo(("way", id(node), i), lambda: copy.copy(node))
            if self.fits(option, args, keywords):
                value, residual_value, inner = self.aside(
                    lambda o=option, t=text, n=way: self.call_value(o, t, args, keywords, n)  # type: ignore[misc]
                )
                inner.append(self.assign(target, residual_value, value, node))
            else:
                value, inner = Bottom(), [self.misfit(node)]
            result = self.session.joined(result, value, "one of", id(node), self.copies)
            if i == 0:
                steps = inner
            else:
                steps = [core.If(node.lineno, self.test_for(option, chosen, text, node), inner, steps)]
        for step in steps:
            self.emit(step)
        self.env[target] = result
        return result, self.keep(name_node(target, node))

    def may_be_called(self, kind: Kind) -> bool:
        """What can't be called raises, here as there."""
        never = is_number(kind) or isinstance(kind, (Tuple, List, Dict, Bottom))
        return not never and not (isinstance(kind, Const) and not callable(kind.value))

    def fits(self, option: Kind, args: list[Value], keywords: dict[str, Value]) -> bool:
        """Does a function take as many arguments, of these names?"""
        try:
            if isinstance(option, Const):
                inspect.signature(option.value).bind(*args, **keywords)
            elif isinstance(option, Closure) and isinstance(option.definition, Definition):
                signature_of(option.definition.tree.args).bind(*args, **keywords)
        except TypeError:
            return False
        except ValueError:
            pass  # it does not say what it takes
        return True

    def misfit(self, node: gast.expr) -> core.Step:
        """What a call with other arguments than a function takes does: it raises."""
        statement = self.memo(("misfit", id(node)), lambda: gast.parse("raise TypeError('other arguments')").body[0])
        for child in gast.walk(statement):
            if isinstance(child, (gast.expr, gast.stmt)):
                gast.copy_location(child, node)
        return core.Effect(node.lineno, statement)

    def narrowed(self, chosen: gast.Name, option: Kind) -> gast.Name:
        """The name once more, where it is known which of the alternatives it is."""
        node = self.keep(name_node(chosen.id, chosen))
        self.record(node, option)
        return node

    def test_for(self, option: Kind, chosen: gast.Name, text: gast.expr, node: gast.expr) -> gast.expr:
        """Is the function this one?"""
        left: gast.expr = self.narrowed(chosen, option)
        sign: gast.cmpop = gast.Is()
        if isinstance(option, Closure):
            left = self.keep(gast.copy_location(gast.Subscript(left, self.constant(0, node), gast.Load()), node))
            self.record(left, Const(option.definition.tag))
            text, sign = self.constant(option.definition.tag, node), gast.Eq()
        elif isinstance(option, Object):
            kind_of = self.keep(name_node("type", node))
            left = self.keep(gast.copy_location(gast.Call(kind_of, [left], []), node))
            self.record(kind_of, Const(type))
            self.record(left, Const(option.cls))
            text = self.keep(name_node(self.global_name(option.cls.__name__, option.cls), node))
            self.record(text, Const(option.cls))
        else:
            assert isinstance(option, Const), "what may be called is known"
            self.record(text, option)
            if not self.is_one_object(option.value):
                sign = gast.Eq()
        test = self.keep(gast.copy_location(gast.Compare(left, [sign], [text]), node))
        self.record(test, BOOL)
        return test

    def is_one_object(self, value: Any) -> bool:
        """Is a function the same object whenever it is asked for?  `Class.method` and `np.add.reduce` are made anew."""
        bound = getattr(value, "__self__", None)
        return bound is None or isinstance(bound, types.ModuleType)
