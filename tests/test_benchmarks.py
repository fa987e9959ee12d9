"""Are the gradients of the benchmarks' problems those written by hand?"""

import numpy as np
import pytest

import srcgrad
from benchmarks.problems import load


@pytest.mark.parametrize("problem", load(), ids=lambda problem: problem.name)
def test_gradient_is_that_written_by_hand(problem):
    args = problem.arguments()
    expected = problem.adjoint(*args)
    found = srcgrad.grad(problem.function, problem.wrt)(*args)
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-8, atol=1e-9)
