"""What is `x[i] op= e` as an expression, and which rule of its operator fits it?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.kinds import Const, dtype_of, rank
from srcgrad.lang import core, tree
from srcgrad.rules import conditions, registry


def operation_of(function: core.Function, place: gast.expr, step: core.Store, kinds: Any) -> gast.expr | None:
    """`x[i] op e`, matched with its rule, where `place` reads the target; None if the operator has no rule for it."""
    node = tree.binary(place, step.op, step.value)
    for rule in registry.operator_rules(step.op) or ():
        operands = dict(zip((p.name for p in rule.parameters), (place, step.value)))
        values = {name: _known(kinds.of(operand)) for name, operand in operands.items()}
        if rule.elementwise and len(operands) == 2 and conditions.holds(rule, values):
            kind = kinds.of(step.target)
            kinds.record(node, kind)
            function.kinds[id(node)] = kind
            function.matches[id(node)] = core.Match(rule, operands)
            return node
    return None


def _known(kind: Any) -> Any:
    """What the condition of a rule may ask of an operand: its value, if it is known, or its axes."""
    if isinstance(kind, Const):
        return kind.value
    return conditions.Unknown(None, ndim=rank(kind), dtype=dtype_of(kind))
