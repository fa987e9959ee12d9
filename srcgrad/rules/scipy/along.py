"""What is linear along one axis: the tangent is the function itself, the adjoint its transpose.

Of the matrix the function is, the columns are what it gives of unit vectors.
"""

from __future__ import annotations

from srcgrad.rules.registry import rule
from srcgrad.rules.texts import parse_signature


def linear_along(
    call: str, operand: str, *, at: tuple[str, ...] | str, when: str | None = None, without: str = "", sizes: str | None = None
) -> None:  # fmt: skip
    """`scipy.signal.filtfilt(b, a, x, axis=-1)`, linear in x along `axis`.

    without: parameters that add a constant to the result, which tangents leave out.
    """
    name, _, rest = call.partition("(")
    parameters = [p for p in parse_signature(rest.rpartition(")")[0]) if p.name not in without.split()]

    def called(value: str, axis: str) -> str:
        first = [value if p.name == operand else p.name for p in parameters if p.default is None]
        named = [f"{p.name}={axis if p.name == 'axis' else p.name}" for p in parameters if p.default is not None]
        return f"{name}({', '.join([*first, *named])})"

    rule(
        f"y = {call}",
        when=" and ".join(filter(None, [when, "isinstance(axis, int)"])),
        tangent=f"y_dot = {called(f'{operand}_dot', 'axis')}",
        adjoint=[
            f"matrix = {called(f'np.eye({operand}.shape[axis])', '0')}",
            f"{operand}_bar += np.moveaxis(np.tensordot(matrix, np.moveaxis(y_bar, axis, 0), ([0], [0])), 0, axis)",
        ],
        at=at,
        sizes=sizes,
    )
