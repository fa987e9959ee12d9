"""Are the gradients of all programs right, and the hopeless ones refused?"""

import numpy as np
import pytest

from tests import programs
from tests.check import check_gradient

programs.load()

# Right or refused: these are refused today, with an error that says so, and never wrong.
REFUSED_TODAY = {
    "chosen_functions.decorated_function_calls_itself",
    "in_place.reductions_with_where",
    "index_forms.real_numbers_stored_into_integers",
    "without_axes.appended_again_and_again",
    "without_axes.asarray_and_reshape",
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
    "captures.function_attribute_read",
    "captures.nonlocal_function_passed_as_an_argument",
    "captures.nonlocal_through_map",
    "classes.frozen_dataclass_replaced",
    "closures.function_rebound_to_its_own_composition",
    "handling.manager_gives_an_active_value",
    "handling.nested_tries",
    "handling.nested_tries[2]",
    "handling.try_with_compound_body",
    "handling.words_direct_the_work",
    "iteration.iter_and_next",
    "iteration.ndindex_and_ndenumerate",
    "iteration.repeat_and_cycle",
    "iteration.zip_longest_and_takewhile",
    "iteration.zip_of_unlike_things",
    "iteration.zip_starred_transposes",
    "joined.linked_pairs",
    "joined.none_until_set",
    "joined.training_loop_over_a_dict",
    "joined.tuple_grown_in_a_loop",
    "mappings.counter_of_passive_things",
    "mappings.defaultdict_of_lists_and_floats",
    "mappings.dict_built_in_four_ways",
    "mappings.memo_of_a_recursion",
    "objects.attribute_computed_by_getattr",
    "objects.cached_property_read",
    "objects.class_chosen_by_data",
    "objects.class_chosen_when_running",
    "objects.class_chosen_when_running[2]",
    "objects.class_defined_inside",
    "objects.dataclass_as_tuple_and_dict",
    "objects.dataclass_child",
    "objects.dataclass_compared_and_listed",
    "objects.dataclass_frozen_argument_replaced",
    "objects.dataclass_frozen_made_and_replaced",
    "objects.diamond_of_classes",
    "objects.enum_in_a_dict_and_a_loop",
    "objects.enum_members_as_numbers",
    "objects.manager_of_a_user_class",
    "objects.match_on_classes",
    "objects.namedtuple_stepped",
    "objects.object_chosen_by_data",
    "objects.objects_indexed_by_data",
    "objects.running_mean_object",
    "objects.vector_iterated_and_indexed",
    "sequences.double_ended_queue",
    "sequences.isinstance_type_callable_len",
    "sequences.sets_of_passive_values",
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
