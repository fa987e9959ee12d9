"""Functions of SciPy that are those of NumPy: they have the same derivatives, said of the other name."""

from __future__ import annotations

import re
from typing import Any

from srcgrad.rules.registry import resolve, rule, texts_of


def alike(call: str, other: str, words: dict[str, str] | None = None, when: str = "") -> None:
    """`alike("scipy.linalg.inv(a, *, check_finite=True)", "np.linalg.inv")`: the rules of the one for the other.

    words: what is called otherwise there, as the operand of a Fourier transform: {"a": "x"}.
    when: what is asked beside.
    """
    renamed = {f"{other}(": call.partition("(")[0] + "(", **(words or {})}
    # Of `a`, `a_dot` and `a_bar` follow; `axis` and `x.a` do not.
    known = re.compile("|".join(rf"(?<![\w.]){old}(?![A-Za-z0-9])" if old.isidentifier() else re.escape(old) for old in renamed))

    def said(value: Any) -> Any:
        if isinstance(value, str):
            return known.sub(lambda found: renamed[found.group()], value)
        return type(value)(map(said, value))

    for text, fields in texts_of(resolve(other)):
        asked = " and ".join(filter(None, (when, said(fields["when"] or ""))))
        rule(
            f"{text.partition('=')[0]}= {call}",
            when=asked or None,
            tangent=said(fields["tangent"]),
            adjoint=said(fields["adjoint"]),
            at=said(fields["at"]),
            source=fields["source"],
        )
