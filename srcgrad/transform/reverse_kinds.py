"""May a value carry a derivative?"""

from __future__ import annotations

from srcgrad.analysis.kinds import Array, Const, Kind, Number, OneOf, dtype_of, is_memory


def may_differentiate(kind: Kind) -> bool:
    """May a value of this kind carry a derivative, before or after a store?"""
    if isinstance(kind, (Number, Array)) or (isinstance(kind, Const) and dtype_of(kind) is not None):
        dtype = dtype_of(kind)
        return dtype is not None and dtype.kind in "fc"
    return is_memory(kind) or isinstance(kind, OneOf)
