"""Are the gradients of all programs right, and the hopeless ones refused?"""

import numpy as np
import pytest

from tests import programs
from tests.check import check_gradient

programs.load()

# Right or refused: these are refused today, with an error that says so, and never wrong.
REFUSED_TODAY = {
    "arrays.elementwise_methods",
    "assign.augmented_matmul",
    "assign.deleted_elements",
    "calls.operator_module",
    "calls.bound_method_as_a_value",
    "calls.function_defined_after_use_of_its_name",
    "classes.method_mutates_self_and_chains",
    "classes.frozen_dataclass_replaced",
    "closures.late_binding_in_a_loop",
    "closures.counters_made_by_a_factory",
    "closures.function_rebound_to_its_own_composition",
    "containers.list_slice_assignment",
    "containers.set_comprehension_is_passive",
    "containers.list_sort_in_place",
    "containers.dict_get_pop_and_setdefault",
    "containers.dict_update_and_merge",
    "memory.split_gives_views",
    "statements.with_passive_user_manager",
    "statements.with_as_an_active_value",
    "statements.try_inside_a_loop",
    "statements.f_strings_and_formatting",
    "statements.strings_are_passive",
    "stores.repeated_index_multiplied_once",
    "stores.add_at",
    "stores.output_arguments",
    "stores.array_methods_that_store",
}


@pytest.mark.parametrize("case", programs.PROGRAMS, ids=lambda case: case.name)
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
