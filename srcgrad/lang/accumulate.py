"""What else is a statement while the backward pass is being written?  Contributions whose form is still open."""

from __future__ import annotations

import gast


class Accumulate(gast.stmt):  # type: ignore[misc]
    """`target += value`: printed so, or as `x_bar = x_bar + value` where x_bar's memory is not ours alone."""

    _fields = ("target", "value")

    def __init__(self, target: gast.expr, op: str, value: gast.expr) -> None:
        super().__init__()
        self.target, self.op, self.value = target, op, value
