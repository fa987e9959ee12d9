"""The public function that gives time for memory: checkpoint."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from srcgrad.callables import as_function


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, of which a backward pass keeps the arguments alone: what else it needs is there when f has run again.

    It gives what f gives, and may decorate a function or a method.  A function that changes its arguments, prints, or
    draws random numbers is not run again.

    >>> import numpy as np
    >>> from srcgrad import grad
    >>> def step(u, k):
    ...     v = np.sin(k * u)
    ...     return u + v * v
    >>> def rollout(u, k):
    ...     for _ in range(100):
    ...         u = checkpoint(step)(u, k)
    ...     return np.sum(u)
    >>> grad(rollout, argnums=1)(np.array([0.1, 0.2]), 0.5).shape
    ()
    """

    @functools.wraps(f)
    def again(*args: Any, **keywords: Any) -> Any:
        return f(*args, **keywords)

    again.checkpointed = again.told = as_function(f)  # type: ignore[attr-defined]
    return again


__all__ = ["checkpoint"]
