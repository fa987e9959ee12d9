"""Are maxima left alone where the result does not depend on them, and only there?"""

import pytest

from srcgrad import grad
from tests import programs

programs.load()
BY_NAME = {case.name: case for case in programs.PROGRAMS}
INDEPENDENT = [
    "softmax_in_a_call", "softmax_in_place", "log_of_a_sum_of_columns", "attention_in_blocks", "cross_entropy",
    "log_of_a_sum_by_rows", "soft_maximum_with_temperature", "cross_entropy_of_rebound", "rebound_in_each_pass",
    "forward_algorithm",
]  # fmt: skip
DEPENDENT = [
    "maximum_counted_twice", "summed_along_the_maxima", "seen_under_two_names", "maxima_along_the_wrong_axis",
    "maximum_of_the_row_before", "maximum_read_in_a_branch",
    "temperature_that_changes", "sum_with_a_start", "numbers_taken_out", "maximum_kept_under_the_same_name",
    "forward_algorithm_that_keeps_a_maximum",
]  # fmt: skip


def source(name, **options):
    case = BY_NAME[f"likelihoods.{name}"]
    df = grad(case.function, case.wrt, **options)
    df(*case.make_args())
    return df.source


@pytest.mark.parametrize("name", INDEPENDENT)
def test_is_not_differentiated(name):
    assert "mask" not in source(name)
    assert "mask" in source(name, optimize={"extremes": False})


@pytest.mark.parametrize("name", DEPENDENT)
def test_is_differentiated(name):
    assert "mask" in source(name)
