"""Is a number of the result read back from text or from an exception, where derivatives are lost?"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.analysis.kinds import Dict, Kind, List, Object, OneOf, Text, Tuple, holds_text
from srcgrad.errors import SrcgradError


def check_read_back(kind: Kind, value: Any, name: str) -> None:
    """Refuse such a number; texts and exceptions themselves may be returned."""
    if not holds_text(kind):
        return
    if isinstance(kind, Text) or isinstance(kind, OneOf) and any(isinstance(k, Text) for k in kind.options):
        if isinstance(value, (float, complex, np.inexact)) or isinstance(value, np.ndarray) and value.dtype.kind in "fc":
            raise SrcgradError(
                "E205", f"{name} returns a number that it may have read back from text, or from an exception",
                advice="return the number itself, or srcgrad.stop_gradient of it",
            )  # fmt: skip
        return
    if isinstance(kind, OneOf):
        for option in kind.options:
            check_read_back(option, value, name)
    elif isinstance(kind, Tuple) and isinstance(value, tuple):
        for member, item in zip(kind.items, value):
            check_read_back(member, item, name)
    elif isinstance(kind, List) and isinstance(value, list):
        items = kind.cell.items or [kind.cell.item] * len(value)
        for member, item in zip(items, value):
            check_read_back(member, item, name)
    elif isinstance(kind, Dict) and isinstance(value, dict):
        for key, item in value.items():
            check_read_back(kind.cell.keys.get(key, kind.cell.item), item, name)
    elif isinstance(kind, Object):
        for attribute, member in kind.cell.keys.items():
            check_read_back(member, getattr(value, attribute, None), name)
