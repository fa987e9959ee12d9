"""Are the gradients of all programs right, and the hopeless ones refused?"""

import os

import numpy as np
import pytest

from tests import programs
from tests.check import check_gradient

programs.load()

# Right or refused: these are refused today, with an error that says so, and never wrong.
REFUSED_TODAY = {
    "collected.default_of_arrays_and_dicts",
    "captures.function_attribute_read",
    "closures.function_rebound_to_its_own_composition",
    "index_forms.real_numbers_stored_into_integers",
    "joined.linked_pairs",
    "joined.tuple_grown_in_a_loop",
    "joined.tuple_grown_over_an_array",
    "objects.class_defined_inside",
    "unpacking.deletions",
    "without_axes.appended_again_and_again",
    "without_axes.beside_numbers_in_a_list",
    "without_axes.in_a_dict_twice",
    "without_axes.in_a_list_twice",
    "without_axes.list_repeated",
    "without_axes.members_of_an_argument",
    "without_axes.members_of_containers",
    "without_axes.parameters_in_containers",
    "without_axes.two_attributes",
    "without_axes.loop_over_both",
    "without_axes.number_or_array",
    "without_axes.number_then_array",
    "chosen_functions.decorated_function_calls_itself",
}


# SRCGRAD_SHARE=1/3: every third program, from the second on.
FIRST, STEP = map(int, os.environ.get("SRCGRAD_SHARE", "0/1").split("/"))


@pytest.mark.parametrize("case", programs.PROGRAMS[FIRST::STEP], ids=lambda case: case.name)
def test_gradient(case):
    import srcgrad

    if case.name == "straight.single_and_double" and np.__version__.startswith("1."):
        pytest.skip("NumPy 1 takes a double scalar down to the precision of the array it meets")
    if case.name in REFUSED_TODAY:
        with pytest.raises(srcgrad.SrcgradError):
            srcgrad.value_and_grad(case.function, case.wrt)(*case.make_args())
        return
    check_gradient(case.function, case.make_args(), case.wrt)


@pytest.mark.parametrize("case", programs.REFUSED, ids=lambda case: case.name)
def test_refusal(case):
    import srcgrad

    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.value_and_grad(case.function, case.wrt)(*case.make_args())
    code = str(getattr(caught.value, "code", ""))
    assert code.startswith(case.code), f"refused with {code!r}, not {case.code!r}"
    assert str(caught.value).strip(), "a refusal without words"


def test_names_are_unique():
    names = [case.name for case in programs.PROGRAMS + programs.REFUSED]
    assert len(names) == len(set(names))
