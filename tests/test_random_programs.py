"""Is the gradient of a program that chance wrote right, or refused?

SRCGRAD_RANDOM=20000 runs that many programs, other ones each time, and prints what was
compared and what was refused, and why. A program that fails is shown made smaller.
"""

import collections
import copy
import linecache
import os
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings

from tests.check import central_differences, check_gradient
from tests.random_programs import programs
from tests.random_structures import structures
from tests.shrink import shrunk

NUMBER = int(os.environ.get("SRCGRAD_RANDOM", "0"))
ALL = (0, 1, 2, 3)


def arguments() -> tuple:
    rng = np.random.default_rng(12)
    return 0.437, -0.861, rng.normal(size=4), rng.normal(size=4)


def function_of(text: str, filename: str):
    """The function `f` of this text, with its source where inspect finds it."""
    module = types.ModuleType("random_program")
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), module.__dict__)
    return module.f


def is_tame(f, args: tuple) -> bool:
    """Are values moderate, and differences the same for two steps?"""
    with np.errstate(all="ignore"):
        value = f(*copy.deepcopy(args))
        if not np.isfinite(value) or abs(value) > 1e3:
            return False
        fine = central_differences(f, args, ALL)
        coarse = central_differences(f, args, ALL, h=3e-6)
    slopes = np.array([[s.slope, t.slope] for s, t in zip(fine, coarse, strict=True)])
    if not np.all(np.isfinite(slopes)) or np.max(np.abs(slopes)) > 1e4:
        return False
    return np.allclose(slopes[:, 0], slopes[:, 1], rtol=1e-6, atol=2e-9)


def verdict(text: str, filename: str = "<random program>") -> tuple[str, str]:
    """`wild`, `right`, `refused` or `wrong`, and what was said about it."""
    import srcgrad

    try:
        f, args = function_of(text, filename), arguments()
        if not is_tame(f, args):
            return "wild", ""
    except Exception as error:  # only a program made smaller does not even run
        return "wild", repr(error)
    try:
        check_gradient(f, args, ALL, rtol=2e-5)
    except srcgrad.SrcgradError as error:
        return "refused", f"{getattr(error, 'code', '')} {error}".splitlines()[0]
    except Exception as error:  # whatever it is, it is not a refusal
        return "wrong", f"{type(error).__name__}: {error}"
    finally:
        linecache.cache.pop(filename, None)
    return "right", ""


@pytest.mark.parametrize("source", [programs, structures], ids=["memory", "structures"])
def test_random_programs(source):
    outcomes = collections.Counter()

    @settings(
        max_examples=NUMBER or 60,
        derandomize=not NUMBER,
        database=None,
        deadline=None,
        # hypothesis would shrink by its own choices; leaving out lines is faster
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(text=source())
    def compare(text):
        outcome, said = verdict(text, f"<random program {outcomes.total()}>")
        outcomes[outcome] += 1
        event(outcome)
        assume(outcome != "wild")
        if outcome == "refused":
            outcomes[f"refused: {said[:100]}"] += 1
        if outcome == "wrong":
            kind = said.partition(":")[0]

            def fails(smaller, kind=kind):
                outcome, said = verdict(smaller)
                return outcome == "wrong" and said.partition(":")[0] == kind

            small = shrunk(text, fails)
            said = verdict(small)[1]
            raise AssertionError(f"{said}\n\n{small}\nwhich was found in\n\n{text}")

    try:
        compare()
    finally:
        if NUMBER:
            for outcome, count in outcomes.most_common(40):
                print(f"{count:7} {outcome}")
    assert outcomes["right"] > 0
