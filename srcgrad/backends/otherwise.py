"""Which calls are said otherwise for Numba, and by which words?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from srcgrad.backends import lacking, rearranging
from srcgrad.backends.calls import arguments
from srcgrad.backends.rearranging import by_ours
from srcgrad.runtime.arrays import last_stored, unpad

Change = Callable[[dict[Any, Any], Any], Any]
FUNCTIONS: dict[Any, Change] = {
    np.roll: lacking.rolled,
    np.diff: lacking.differences,
    np.pad: lacking.padded,
    np.var: lacking.variance,
    np.std: lacking.deviation,
    np.linalg.norm: lacking.norm,
    np.max: lacking.extreme("max"),
    np.min: lacking.extreme("min"),
    np.cross: lacking.crossed,
    np.inner: lacking.inner,
    np.clip: lacking.clipped,
    np.squeeze: lacking.squeezed,
    np.stack: lacking.stacked,
    np.array: lacking.made_array,
    np.concatenate: lacking.joined,
    unpad: lacking.unpadded,
    last_stored: lacking.last,
    np.flip: rearranging.flipped,
    np.rot90: rearranging.turned,
    np.repeat: rearranging.repeated,
    np.tile: rearranging.tiled,
    np.cumsum: by_ours("sums_along"),
    np.cumprod: by_ours("products_along"),
    np.sort: rearranging.sorted_,
    np.argsort: rearranging.argsorted,
    sorted: rearranging.order_of_numbers,
    np.reshape: rearranging.reshaped,
    np.ix_: rearranging.open_mesh,
    np.linspace: rearranging.spaced,
    np.ndarray.item: rearranging.item,
}
METHODS: dict[str, Change] = {
    **{n: FUNCTIONS[getattr(np, n)] for n in ("var", "std", "clip", "squeeze", "repeat", "cumsum", "cumprod", "argsort")},
    "reshape": rearranging.reshaped,
    "item": rearranging.item,
}


def said_otherwise(node: gast.Call, function: Any, lowering: Any) -> Any:
    """Another expression for the call of a NumPy function or of an array's method; None if there is nothing to change.

    lowering: of the function that the call is in, which takes the statements that come before.
    """
    given = arguments(node)
    if given is None:
        return None
    if isinstance(node.func, gast.Attribute) and lowering.elements.is_array(node.func.value):
        given = {0: node.func.value, **{k + 1 if type(k) is int else k: v for k, v in given.items()}}
        change = METHODS.get(node.func.attr)
    else:
        change = FUNCTIONS.get(function) if callable(function) else None
    return change(given, lowering) if change is not None else None
