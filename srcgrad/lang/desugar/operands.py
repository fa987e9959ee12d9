"""In which order are the operands of an expression evaluated, and how are they exchanged?"""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang.desugar.build import replaced

Slot = tuple[str, int | None, Any]
VALUES = (gast.expr, gast.Slice)


def operands(value: gast.expr) -> list[Slot]:
    """The operands of an expression, in the order in which they are evaluated: field, index, operand."""
    if isinstance(value, gast.Dict):
        pairs = zip(range(len(value.keys)), value.keys, value.values)
        return [slot for i, key, item in pairs for slot in (("keys", i, key), ("values", i, item))]
    slots: list[Slot] = []
    for field in value._fields:
        part = getattr(value, field)
        if field == "keywords":
            slots += [(field, index, keyword.value) for index, keyword in enumerate(part)]
        elif isinstance(part, list):
            slots += [(field, index, item) for index, item in enumerate(part) if isinstance(item, VALUES)]
        elif isinstance(part, VALUES):
            slots.append((field, None, part))
    return slots


def with_operands(value: Any, slots: list[Slot], parts: list[Any]) -> Any:
    """A copy of the expression with other operands."""
    new = copy.copy(value)
    for (field, index, old), part in zip(slots, parts):
        if part is old:
            continue
        if index is None:
            setattr(new, field, part)
            continue
        items = list(getattr(new, field))
        items[index] = replaced(items[index], value=part) if field == "keywords" else part
        setattr(new, field, items)
    return new
