"""Is it known that a mask selects as many elements of one array as of another?"""

import numpy as np
import pytest

import srcgrad
from tests.programs import masks


def source(function, *args):
    df = srcgrad.grad(function, (0, 1))
    df(*args)
    return df.source


@pytest.mark.parametrize("function", [masks.two_parts, masks.of_two_axes, masks.of_each_turn])
def test_parts_selected_by_one_mask_need_no_unbroadcast(function):
    shape = (3, 3) if function is masks.of_two_axes else 4
    assert "unbroadcast" not in source(function, np.ones(shape), np.ones(shape))


def test_nor_by_one_that_is_given():
    assert "unbroadcast" not in source(masks.given, np.ones(4), np.ones(4), ~masks.LAST)


@pytest.mark.parametrize("function", [masks.stored_into_between, masks.changed_in_place, masks.inverted_into_itself])
def test_a_mask_that_changes_selects_what_it_will(function):
    assert "unbroadcast" in source(function, masks.X.copy(), np.ones(4))
