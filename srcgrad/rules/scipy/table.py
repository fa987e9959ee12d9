"""How a table of derivatives is read: one function a line."""

from __future__ import annotations

from typing import Any

from srcgrad.rules.registry import elementwise


def table(library: str, source: str, rows: str, between: tuple[float, float] = (0.25, 0.85)) -> None:
    """`jn(n, x): dx=F.jvp(n, x)`: the result is y, F stands for the library, and a parameter without `d` has none."""
    for row in rows.strip().splitlines():
        call, _, texts = row.partition(": ")
        partials: dict[str, Any] = dict(text.split("=", 1) for text in texts.replace("F.", f"{library}.").split("; "))
        parameters = [p.strip() for p in call.partition("(")[2].rstrip(")").split(",")]
        elementwise(
            f"y = {library}.{call}", at=points(parameters, partials), between=between, source=source, **partials
        )


def points(parameters: list[str], partials: dict[str, Any]) -> tuple[str, ...]:
    """Where a function is tested: orders at 2, what has a derivative anywhere; () for the points of all rules."""
    if len(parameters) == len(partials) <= 2:
        return ()
    shapes = ("F()", "A(3)", "A(2, 3)")
    return tuple(
        ", ".join(shape if f"d{p}" in partials else "2" for p in parameters if "=" not in p) for shape in shapes
    )
