"""Do the explicit loops of the Numba backend give what the NumPy backend gives?  They are Python, and need no Numba."""

import copy
import os

import numpy as np
import pytest

from srcgrad import SrcgradError, api
from srcgrad.backends import lowering
from tests import programs
from tests.check import float_leaves

programs.load()


def lowered_text(function, argnums, args):
    """The generated function, its text in loops, and what its names stand for."""
    derivative = api.value_and_grad(function, argnums)
    args = api.bind(derivative._parameters, args, {}, "f")
    session, generated, entry = api.build(
        derivative._function, derivative._parameters, derivative._wanted, list(args), "value_and_grad", False
    )
    core = generated.specialized.function
    kinds = [core.kinds[id(p)] for p in core.params]
    given = entry.arguments(derivative._parameters, list(args))
    trees = lowering.lower(generated.trees, kinds, given, session.infer, generated.globals)
    text, own = lowering.module_text(trees, generated.globals)
    return generated, text, own, given


NOT_LOWERED = {"signal.small_cnn"}  # Numba refuses what is printed for it


# SRCGRAD_ALL=1 asks this of all programs; every fourth is enough for a daily run.
CASES = programs.PROGRAMS[:: 1 if os.environ.get("SRCGRAD_ALL") else 4]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_loops_give_the_same(case):
    if case.name in NOT_LOWERED:
        pytest.xfail("an array of unknown rank is filled element by element")
    args = case.make_args()
    try:
        generated, text, own, given = lowered_text(case.function, case.wrt, args)
    except (SrcgradError, NotImplementedError):
        pytest.skip("refused")
    expected = generated.main(*copy.deepcopy(given))
    space = dict(own)
    exec(compile(text, "<lowered>", "exec"), space)
    found = space[generated.names[0]](*copy.deepcopy(given))
    ours, theirs = list(float_leaves(found)), list(float_leaves(expected))
    assert [p for p, _ in ours] == [p for p, _ in theirs]
    for (path, a), (_, b) in zip(ours, theirs):
        assert np.shape(a) == np.shape(b), path
        coarse = np.asarray(b).dtype == np.float32
        scale = np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(
            a, b, rtol=1e-4 if coarse else 1e-9, atol=(1e-5 if coarse else 1e-11) * (1 + scale), err_msg=str(path)
        )
