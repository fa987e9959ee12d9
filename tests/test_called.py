"""Is the gradient of every program the same where another function calls it, as a pair of functions?"""

import os

import numpy as np
import pytest

import srcgrad
from srcgrad.lang.compile import compile_source
from tests import programs
from tests.check import float_leaves
from tests.test_programs import FIRST, REFUSED_TODAY, STEP

programs.load()
# A member of an argument of the callee becomes an array: its adjoint, a number, raises TypeError today.
RAISES_TODAY = {"restructured.number_becomes_an_array"}
# A third of them, unless SRCGRAD_ALL=1.
STRIDE = STEP if os.environ.get("SRCGRAD_ALL") else 3 * STEP
CASES = [case for case in programs.PROGRAMS if case.name not in REFUSED_TODAY][FIRST::STRIDE]
CASES += [case for case in programs.PROGRAMS if case.name == "ownership.list_holds_one_array_twice" and case not in CASES]
CASES = [case for case in CASES if case.name not in RAISES_TODAY]


def caller(case):
    """A function that calls the program, and does something with its result."""
    given = ", ".join(f"x{i}" for i in range(len(case.make_args())))
    text = f"def caller({given}):\n    value = program({given})\n    return value * 2.0\n"
    return compile_source(text, {"program": case.function}, "caller")["caller"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient_of_a_caller(case):
    expected = dict(float_leaves(srcgrad.grad(case.function, case.wrt)(*case.make_args())))
    found = dict(float_leaves(srcgrad.grad(caller(case), case.wrt)(*case.make_args())))
    assert found.keys() == expected.keys()
    for path, leaf in found.items():
        np.testing.assert_allclose(leaf, 2.0 * np.asarray(expected[path]), rtol=1e-6, atol=1e-9, err_msg=str(path))
