"""Which values are run over only once, and which functions do that?"""

from __future__ import annotations

import functools
import math

from srcgrad.analysis.kinds import ITERATOR, Kind, List

ITERATORS = (map, filter, zip, enumerate, reversed)
ASKING = (next, iter, len, isinstance, type, callable, print)  # these take nothing of an iterator, or one element
USING_UP = (sum, list, tuple, sorted, max, min, set, frozenset, dict, functools.reduce, math.fsum, math.prod)


def is_iterator(kind: Kind) -> bool:
    return isinstance(kind, List) and kind.cell.made_as is ITERATOR
