"""Are the gradients of all programs right, and the hopeless ones refused?"""

import numpy as np
import pytest

from tests import programs
from tests.check import check_gradient

programs.load()

# Right or refused: these are refused today, with an error that says so, and never wrong.
REFUSED_TODAY = {
    "collected.default_of_arrays_and_dicts",
    "in_place.reductions_with_where",
    "algorithms.running_extremes",
    "index_forms.real_numbers_stored_into_integers",
    "arrays.elementwise_methods",
    "calls.bound_method_as_a_value",
    "calls.function_defined_after_use_of_its_name",
    "calls.operator_module",
    "captures.accumulator_called_in_a_loop",
    "captures.branch_gives_closures_with_other_captures",
    "captures.def_in_both_branches_kept",
    "captures.function_attribute_read",
    "captures.function_chosen_in_a_loop_and_kept",
    "captures.lambda_in_a_conditional_expression",
    "captures.nonlocal_through_map",
    "captures.recursive_function_as_a_value",
    "closures.function_rebound_to_its_own_composition",
    "function_values.attrgetter_and_methodcaller",
    "function_values.attrgetter_of_two",
    "function_values.attributes_of_a_partial",
    "function_values.bound_array_methods",
    "function_values.cached_passive_tuple",
    "function_values.decorated_inside",
    "function_values.decorated_inside_with_arguments",
    "function_values.every_arithmetic_operator",
    "function_values.expression_tree_evaluated",
    "function_values.float_methods_by_name",
    "function_values.itemgetters",
    "function_values.kwargs_changed_and_passed_on",
    "function_values.kwargs_popped",
    "function_values.max_by_itemgetter",
    "function_values.next_function_is_returned",
    "function_values.sorted_by_itemgetter",
    "function_values.swapped_lambdas_with_captures",
    "function_values.ufunc_methods",
    "function_values.unbound_array_methods",
    "function_values.wrapped_by_hand",
    "handling.manager_gives_an_active_value",
    "handling.nested_tries",
    "handling.nested_tries[2]",
    "handling.try_with_compound_body",
    "handling.words_direct_the_work",
    "joined.linked_pairs",
    "joined.training_loop_over_a_dict",
    "joined.tuple_grown_in_a_loop",
    "objects.bound_method_passed_as_an_argument",
    "objects.bound_method_sees_the_later_attribute",
    "objects.bound_methods_in_a_list",
    "objects.class_defined_inside",
    "objects.manager_of_a_user_class",
    "objects.method_given_to_map",
    "objects.method_of_an_argument_as_a_value",
    "sequences.order_of_indices",
    "statements.try_inside_a_loop",
    "statements.with_as_an_active_value",
    "statements.with_passive_user_manager",
    "unpacking.deletions",
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
