"""What draws random numbers?  numpy.random is asked only if the program has imported it: that takes time."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def sources() -> tuple[type, ...]:
    """The classes of generators."""
    return (np.random.Generator, np.random.RandomState) if "numpy.random" in sys.modules else ()


def is_source(value: Any) -> bool:
    return isinstance(value, sources())


def made_by(value: Any) -> type | None:
    """The class of generators that a function or a class makes."""
    found = next((cls for cls in sources() if cls is value), None)
    return np.random.Generator if sources() and value is np.random.default_rng else found


def is_global_source(value: Any) -> bool:
    """What the functions of np.random are methods of."""
    return bool(sources()) and value is np.random.mtrand._rand
