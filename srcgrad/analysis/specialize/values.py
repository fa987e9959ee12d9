"""What does evaluating an expression give?  Its kind, and the expression in core form."""

from __future__ import annotations

import gast

from srcgrad.analysis.kinds import Kind

Value = tuple[Kind, gast.expr]


class Operand(gast.expr):
    """An operand that has been evaluated, in the text of a statement made while specialising."""

    _fields = ()
    kind: Kind
    residual: gast.expr
