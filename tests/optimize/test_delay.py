"""Is a loop of independent iterations run beside its reverse, and only such a loop?"""

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient
from tests.optimize.test_extremes import source


@pytest.mark.parametrize("name", ["errors_summed_by_case", "log_of_a_sum_by_rows", "two_loops_with_one_head"])
def test_nothing_is_kept(name):
    assert "Forward pass" not in source(name)
    assert "_saved" in source(name, optimize={"delay": False})


def test_lists_of_inner_loops_are_made_anew():
    text = source("cases_with_loops_and_branches")
    assert "Forward pass" not in text
    assert text.count("        z_saved = []\n        z = xs[i]\n") == 1


@pytest.mark.parametrize(
    "name", ["cases_that_need_the_one_before", "cases_of_what_is_changed_later", "cases_that_store_into_scratch"]
    + ["cases_kept_in_a_list"],
)
def test_others_stay(name):
    assert "Forward pass" in source(name)
    assert source(name) == source(name, optimize={"delay": False})


def bound_by_samples(mu, log_sigma, draws, X, y):
    total = 0.0
    for k in range(len(draws)):
        w = mu + log_sigma * draws[k]
        z = X @ w
        total += np.sum(y * z - np.logaddexp(0, z)) - 0.5 * np.sum(w**2)
    return total


def test_nothing_is_computed_twice_in_one_iteration():
    draw = np.random.default_rng(0).normal
    args = draw(size=3), draw(size=3), draw(size=(4, 3)), draw(size=(5, 3)), draw(size=5)
    df = srcgrad.grad(bound_by_samples, (0, 1))
    check_gradient(bound_by_samples, args, (0, 1))
    df(*args)
    assert "Forward pass" not in df.source
    assert df.source.count("\n        w = mu + log_sigma * draws[k]\n") == 1
