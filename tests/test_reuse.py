"""Is a derivative right for other arguments than those it was made from?

What was generated for one call is asked again for arrays of other sizes, laid out in memory otherwise, of one element or
none, for numbers that are arrays without axes, for other integers, for longer lists: the guards must notice, or the text
must not depend on it.
"""

from __future__ import annotations

import copy
import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

import srcgrad
from tests import programs
from tests.check import assert_close, assert_slopes, assert_structure, central_differences, same

programs.load()
# Each change is tried on one program of so many; SRCGRAD_ALL=1 tries it on all.
SHARE = 1 if os.environ.get("SRCGRAD_ALL") else 20
# Raises an error where the program has a value: the elements of a cycle are taken by `i % len(v)`.
RAISES = {("iteration.repeat_and_cycle", "empty arrays")}


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of the value with its numbers, arrays and containers changed, from the leaves up."""
    if isinstance(value, list):
        return change([mapped(v, change) for v in value])
    if isinstance(value, tuple):
        members = [mapped(v, change) for v in value]
        return type(value)(*members) if hasattr(value, "_fields") else tuple(members)
    if type(value) is dict:
        return {k: mapped(v, change) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        result = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(result, field.name, mapped(getattr(value, field.name), change))
        return result
    return change(copy.deepcopy(value))


def is_array_of_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def resized(size: Callable[[int], int]) -> Callable[[Any], Any]:
    """Arrays of other sizes, equal ones staying equal; floats are drawn from between the old ones."""

    def change(value: Any) -> Any:
        if not isinstance(value, np.ndarray) or not value.ndim or not value.size:
            return value
        shape = tuple(map(size, value.shape))
        if not is_array_of_floats(value):
            return np.resize(value, shape)
        rng = np.random.default_rng(3)
        return rng.uniform(value.min(), value.max(), shape).astype(value.dtype)

    return change


def laid_out_otherwise(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or not value.ndim:
        return value
    return np.repeat(value, 2)[::2] if value.ndim == 1 else np.asfortranarray(value)


def moved(value: Any) -> Any:
    """Other numbers, so that branches go other ways."""
    if is_array_of_floats(value) and value.ndim:
        return value[::-1].copy()
    return value * 1.3 - 0.2 if isinstance(value, float) else not value if isinstance(value, bool) else value


CHANGES: dict[str, Callable[[Any], Any]] = {
    "larger arrays": resized(lambda n: n + 1),
    "arrays of one element": resized(lambda n: 1),
    "square arrays": resized(lambda n: 3),
    "empty arrays": resized(lambda n: 0),
    "other layout": laid_out_otherwise,
    "other numbers": moved,
    "other integers": lambda v: v + 1 if type(v) is int else v,
    "arrays without axes": lambda v: np.array(v) if type(v) is float else v,
    "numbers of NumPy": lambda v: np.float64(v) if type(v) is float else v,
    "longer lists": lambda v: [*v, mapped(v[0], moved)] if isinstance(v, list) and v else v,
}


def cases() -> Iterator[Any]:
    for i, case in enumerate(programs.PROGRAMS):
        args = case.make_args()
        for j, change in enumerate(CHANGES):
            if i % SHARE == j % SHARE and (case.name, change) not in RAISES and not same(changed(args, change), args):
                yield pytest.param(case, change, id=f"{case.name}-{change}")


def changed(args: tuple, change: str) -> tuple:
    return tuple(mapped(arg, CHANGES[change]) for arg in args)


@dataclasses.dataclass
class TooLong:
    """A program that does not end for the changed arguments is stopped after some seconds."""

    seconds: int = 5

    def __enter__(self) -> None:
        def stop(*_: Any) -> None:
            raise TimeoutError

        self.old = signal.signal(signal.SIGALRM, stop)
        signal.alarm(self.seconds)

    def __exit__(self, *_: Any) -> None:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, self.old)


def unwritten(make: Callable) -> Callable:
    """np.empty and its like, with NaN for what the program has not written: reading it is then seen."""

    def filled(*args: Any, **keywords: Any) -> np.ndarray:
        result = make(*args, **keywords)
        if result.dtype.kind in "fc":
            result[...] = np.nan
        return result

    return filled


def slopes_of(f: Callable, args: tuple, wrt: tuple[int, ...]) -> tuple[Any, list] | None:
    """The value and the differences; nothing where the program fails, or is not smooth or not moderate there."""
    try:
        with (
            TooLong(),
            np.errstate(all="ignore"),
            patch.object(np, "empty", unwritten(np.empty)),
            patch.object(np, "empty_like", unwritten(np.empty_like)),
        ):
            value = f(*copy.deepcopy(args))
            fine, coarse = (central_differences(f, args, wrt, h=h) for h in (1e-6, 3e-6))
    except Exception:  # whatever the user's program raises for arguments it was not written for
        return None
    found = np.array([[s.slope, t.slope] for s, t in zip(fine, coarse)]).reshape(-1, 2)
    tame = np.size(value) == 1 and np.all(np.isfinite(found)) and abs(float(np.ravel(value)[0])) < 1e6
    return (value, fine) if tame and np.allclose(found[:, 0], found[:, 1], rtol=1e-5, atol=1e-7) else None


@pytest.mark.slow
@pytest.mark.parametrize(("case", "change"), list(cases()))
def test_other_arguments(case, change):
    args = case.make_args()
    other = changed(args, change)
    expected = slopes_of(case.function, other, case.wrt)
    if expected is None:
        pytest.skip("the program is not for these arguments")
    value, slopes = expected
    df = srcgrad.value_and_grad(case.function, case.wrt)
    try:
        df(*copy.deepcopy(args))
        with np.errstate(all="ignore"):
            result, gradients = df(*copy.deepcopy(other))
    except srcgrad.SrcgradError as error:
        pytest.skip(f"refused: {str(error).splitlines()[0]}")
    assert_close(result, value, "value")
    for argnum, gradient in zip(case.wrt, gradients):
        assert_structure(gradient, other[argnum], f"gradient {argnum}")
    assert_slopes(dict(zip(case.wrt, gradients)), other, slopes, result, 1e-4)
