"""Has an array no elements?  Definitions ask this where a formula needs some, and generated code does not."""

from __future__ import annotations

import numpy as np


def is_nothing(x):
    """Answered when generating: yes only for arrays that are known to have no elements, which is known once a derivative
    that knows nothing of it has failed."""
    return np.size(x) == 0
