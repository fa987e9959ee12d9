"""Is a loop of independent iterations run beside its reverse, and only such a loop?"""

import pytest

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
)
def test_others_stay(name):
    assert "Forward pass" in source(name)
    assert source(name) == source(name, optimize={"delay": False})
