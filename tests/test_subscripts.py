"""Is nothing saved that survives, and everything that does not?

SRCGRAD_SUBSCRIPTS=20000 runs that many programs of chance, other ones each time.
"""

import os
import random
import re

import numpy as np

import srcgrad
from tests.subscript_programs import subscript_program
from tests.test_random_programs import function_of

NUMBER = int(os.environ.get("SRCGRAD_SUBSCRIPTS", "0"))
SIZE = 5


def slope_by_complex_step(f, args, direction):
    moved = [a + 1e-30j * d for a, d in zip(args, direction)]
    with np.errstate(all="ignore"):
        return f(*moved, SIZE).imag / 1e-30


def verdict(text: str, name: str) -> str:
    """ "" if the gradient is right, else why there is none to compare, or what is wrong."""
    f = function_of(text, name)
    rng = np.random.default_rng(5)
    length = SIZE + 6
    args = [rng.normal(size=length), rng.normal(size=length), rng.normal(size=(length, length))]
    direction = [rng.normal(size=a.shape) for a in args]
    try:
        with np.errstate(all="ignore"):
            value = f(*args, SIZE)
            slope = slope_by_complex_step(f, args, direction)
    except (IndexError, ValueError, NameError):
        return "raises"
    if not np.isfinite(value) or not 1e-12 < abs(slope) < 1e8:
        return "wild"
    df = srcgrad.grad(f, argnums=(0, 1, 2))
    try:
        with np.errstate(all="ignore"):
            gradient = df(*args, SIZE)
    except srcgrad.SrcgradError as error:
        return f"refused {error.code}"
    except Exception as error:
        return f"CRASH: {error!r}"
    got = sum(np.sum(g * d) for g, d in zip(gradient, direction))
    if not abs(got - slope) <= 1e-9 * max(1.0, sum(np.sum(np.abs(g * d)) for g, d in zip(gradient, direction))):
        return f"WRONG: gradient {got}, complex step {slope}"
    return "saves" if re.search("_saved", str(df)) else "saves nothing"


def test_programs_of_chance():
    first = random.randrange(2**32) if NUMBER else 0
    counts: dict[str, int] = {}
    wrong = []
    for seed in range(first, first + (NUMBER or 250)):
        text = subscript_program(seed)
        found = verdict(text, f"<subscripts {seed}>")
        counts[found[:12]] = counts.get(found[:12], 0) + 1
        if found.startswith(("WRONG", "CRASH")):
            wrong.append(f"{seed}: {found}\n{text}")
    print(counts)
    assert not wrong, f"{len(wrong)} wrong\n" + "\n".join(wrong[:3])
