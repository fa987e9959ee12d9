"""What is a call given, and which of it is known?"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad.analysis.kinds import Const, Tuple


def arguments(node: gast.Call) -> dict[Any, Any] | None:
    """What is given, by position and by name."""
    if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return None
    return {**dict(enumerate(node.args)), **{k.arg: k.value for k in node.keywords}}


def constant(node: Any, lowering: Any) -> Any:
    """The number that an expression always is, or True or None; NotImplemented if it may be others."""
    kind = lowering.flow.of(node) if node is not None else None
    return kind.value if isinstance(kind, Const) else NotImplemented


def value_of(kind: Any) -> Any:
    """The numbers that a kind tells of, in tuples; None among them for others."""
    if isinstance(kind, Tuple):
        return tuple(map(value_of, kind.items))
    return kind.value if isinstance(kind, Const) else None
