"""What does something give that is asked of one of a few values, of which is known only when running which it is?

A chain of tests: `if type(shape) is Circle: ... else: ...`, with what is asked in each branch.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell
from srcgrad.analysis.kinds import BOOL, Array, Bottom, Closure, Const, Dict, Kind, List, Object, OneOf, Tuple, Unknown
from srcgrad.analysis.specialize.binding import residual_of
from srcgrad.analysis.specialize.function_values import FunctionValues
from srcgrad.analysis.specialize.session import is_function_value, name_node
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core


class ObjectChoices(FunctionValues):
    """Branches on which of a few values something is."""

    def able(self, kind: Kind) -> list[Kind]:
        """The alternatives other than None, of which everything that is asked raises an error."""
        options = kind.options if isinstance(kind, OneOf) else (kind,)
        return [k for k in options if k != Const(None)]

    def of_each(self, kind: OneOf, place: gast.expr, node: Any, ask: Callable[[Kind, gast.expr, Any], Value]) -> Value:
        """`ask(option, place, node)` in a branch for each alternative."""
        place = place if isinstance(place, gast.Name) else self.hoist(kind, place, "chosen")
        options = sorted(self.able(kind), key=lambda k: self.told_by(k, node) is None)
        unknown = [k for k in options if self.told_by(k, node) is None]
        tests = {gast.dump(t) for k in options if (t := self.told_by(k, node)) is not None}
        if len(unknown) > 1 or len(tests) + len(unknown) < len(options):
            raise CannotTell("which of several values of one type this is")
        target = self.temporary(node, "choice")
        result: Kind = Bottom()
        steps: list[core.Step] = []
        for i, option in enumerate(reversed(options)):
            # each way is an expression of its own, which makes objects of its own
            way = self.memo(("way", id(node), i), lambda: copy.copy(node))
            taken = self.keep(name_node(place.id, node))
            self.record(taken, option)
            found, value, inner = self.aside(lambda o=option, t=taken, n=way: ask(o, t, n))  # type: ignore[misc]
            inner.append(self.assign(target, value, found, node))
            result = self.session.joined(result, found, "one of", id(node), self.copies)
            steps = inner if i == 0 else [core.If(node.lineno, self.test_of(place, option, node), inner, steps)]
        for step in steps:
            self.emit(step)
        self.env[target] = result
        return result, self.keep(name_node(target, node))

    def told_by(self, kind: Kind, node: gast.AST) -> gast.expr | None:
        """The type or the function that tells an alternative from the others; None if there is none."""
        if isinstance(kind, Const) and is_function_value(kind):
            return residual_of(self, kind.value, node)
        types: dict[type, Any] = {List: list, Dict: dict, Tuple: getattr(kind, "cls", None) or tuple, Closure: tuple}
        types |= {Object: getattr(kind, "cls", None), Array: np.ndarray}
        cls = types.get(type(kind))
        if cls is None:
            return None
        return residual_of(self, cls, node)

    def test_of(self, place: gast.Name, kind: Kind, node: gast.AST) -> gast.expr:
        """`f is np.sin`, `type(shape) is Circle`"""
        text = self.keep(self.told_by(kind, node))
        self.record(text, kind if isinstance(kind, Const) else Const(getattr(kind, "cls", None)))
        asked = self.keep(name_node(place.id, node))
        self.record(asked, Unknown())
        if not isinstance(kind, Const):
            asked = self.keep(gast.copy_location(gast.Call(name_node("type", node), [asked], []), node))
            self.record(asked, Unknown())
        test = self.keep(gast.copy_location(gast.Compare(asked, [gast.Is()], [text]), node))
        self.record(test, BOOL)
        return test
