"""Is text left out where sizes are reasoned out, and nothing saved of what is found where it was stored?"""

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient
from tests.programs import sizes, stores


def source_of(function, *args, wrt=0):
    df = srcgrad.grad(function, wrt)
    df(*args)
    return df.source


A = np.random.default_rng(0).normal
CASES = {
    "convolved": (sizes.convolved, A(size=(2, 2)), A(size=(4, 5))),
    "square_kernel": (sizes.square_kernel, A(size=(2, 2)), A(size=(4, 5))),
    "moving_window": (sizes.moving_window, A(size=7), A(size=3)),
    "batches": (sizes.batches, A(size=7), A(size=7), A(size=7), 3),
    "heads": (sizes.heads, A(size=(5, 4)), *A(size=(3, 4, 4))),
    "half_a_spectrum": (sizes.half_a_spectrum, A(size=6), A(size=4)),
    "states_in_an_array": (sizes.states_in_an_array, A(size=3), A(size=(4, 3)), A(size=(3, 3))),
    "roots_in_place": (sizes.quotients_in_place, A(size=5) ** 2, A(size=5) ** 2 + 1),
}


@pytest.mark.parametrize("name", CASES)
def test_equal_sizes_are_known(name):
    source = source_of(*CASES[name])
    assert "unbroadcast" not in source and "broadcast_to" not in source


def test_stored_values_are_not_saved():
    assert "saved" not in source_of(*CASES["states_in_an_array"])
    assert "h[t + 1] = np.tanh(W @ h[t] + xs[t])" in source_of(*CASES["states_in_an_array"])


def test_values_that_are_overwritten_are_saved():
    assert "saved" in source_of(sizes.states_that_are_stored_twice, A(size=3), A(size=(4, 3)))


def stored_as_single(x):
    y = np.zeros(len(x), np.float32)
    y[:] = np.tanh(x)
    return np.sum(y.astype(float) * x)


def test_values_that_lose_digits_are_not_read_again():
    x = A(size=3)
    exact = np.tanh(x) + x * (1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(srcgrad.grad(stored_as_single)(x), exact, rtol=1e-6)
    assert "1 - y_term ** 2" in source_of(stored_as_single, x)


def window(x, n):
    total = 0.0
    for i in range(len(x) - n + 1):
        total += np.sum(x[i : i + n]) ** 2
    return total


def test_what_is_asked_of_sizes_is_asked_again():
    """A window that is longer than the array makes another entry: its size is then not known."""
    df, x = srcgrad.grad(window), np.arange(4.0)
    np.testing.assert_array_equal(df(x, 2), [2, 8, 16, 10])
    np.testing.assert_array_equal(df(x, 5), np.zeros(4))
    np.testing.assert_array_equal(df(x, 4), np.full(4, 12.0))


def shifted(x, y, n):
    return np.sum((x[n:] - y[: len(y) - n]) ** 2)


def test_differences_of_sizes_may_be_negative():
    df, x, y = srcgrad.grad(shifted), np.arange(5.0), np.arange(5.0) ** 2
    np.testing.assert_array_equal(df(x, y, 2)[2:], 2 * (x[2:] - y[:3]))
    np.testing.assert_array_equal(df(x, y[:4], 7), np.zeros(5))


def one_in_each_row(x, labels):
    return np.sum(x[np.arange(len(labels)), labels] ** 2)


def one_of_one_row(x, labels):
    return np.sum(x[np.arange(1), labels] ** 2)


def test_an_element_of_each_row_is_added_plainly():
    x, labels = A(size=(3, 2)), np.array([1, 0, 1])
    assert "np.add.at" not in source_of(one_in_each_row, x, labels)
    one, several = x[:1], np.array([0, 1, 0, 0])
    expected = np.array([[6.0, 2.0]]) * one
    np.testing.assert_allclose(srcgrad.grad(one_of_one_row)(one, several), expected)


@pytest.mark.parametrize("function", [sizes.neighbourhoods, sizes.means_of_selected_rows])
def test_no_shape_is_asked_of_what_would_have_to_be_made(function):
    args = (A(size=(7, 8)), 1.2) if function is sizes.neighbourhoods else (A(size=(5, 4)), A(size=4))
    source = source_of(function, *args)
    assert "unbroadcast" not in source and "].shape" not in source


def trimmed(x):
    total = 0.0
    for i in range(3):
        total += np.sum(x[i : i + len(x) - 4] ** 2)
    return total


def test_a_slice_that_may_end_before_the_array_makes_another_entry():
    df, x = srcgrad.grad(trimmed), np.arange(1.0, 7.0)
    np.testing.assert_array_equal(df(x), [2, 8, 12, 8, 0, 0])
    np.testing.assert_array_equal(df(x[:3]), [2, 4, 0])


def test_elements_of_memory_that_is_new_in_each_pass_are_not_saved():
    assert "append(c[i])" not in source_of(stores.new_memory_in_each_pass, A(size=5), 0.4, 3)
    assert "append(c[i])" in source_of(stores.the_same_memory_in_each_pass, A(size=5), 0.4, 3)
    assert "append(c[i])" in source_of(stores.new_memory_in_some_passes, A(size=5), 0.4, 3)


def steps_of_heun(k, y0, end):
    t, y, h = 0.0, y0, 0.1
    while t < end:
        slope = -k * y * y
        new = y + h * slope
        if np.max(np.abs(h * slope)) < 0.2:
            t, y, h = t + h, new, h * 1.2
        else:
            h = h * 0.5
    return np.sum(y)


def test_zeros_in_a_while_loop_are_those_of_an_array():
    source = source_of(steps_of_heun, 1.3, A(size=3) ** 2, 1.0, wrt=(0, 1))
    assert "np.zeros_like(new)" in source and "def zeros_like" not in source


def chosen_log_probability(z, labels):
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def test_what_is_made_only_for_its_shape_is_not_made():
    source = source_of(chosen_log_probability, A(size=(4, 3)), np.array([0, 2, 1, 1]))
    assert "log_p = " not in source.replace("# log_p = ", "")
    assert "log_p_bar = np.zeros_like(z)" in source


def full_of_its_own_size(x):
    y = np.exp(x)
    return np.sum(y) + np.sum(np.full_like(y, y[0]))


def shape_and_value(x):
    y = x * x
    return np.mean((y - x) ** 2)


@pytest.mark.parametrize("function", [full_of_its_own_size, shape_and_value])
def test_what_is_read_beside_its_shape_is_made(function):
    check_gradient(function, (A(size=4),), (0,))
    assert "\n    y = " in source_of(function, A(size=4))


def losses_of_a_batch(w, X, y):
    residuals = X @ w
    residuals = residuals - y
    losses = np.sum(residuals**2, axis=1)
    return np.mean(losses)


def test_what_is_asked_only_for_its_length_is_not_made():
    args = (A(size=(3, 2)), A(size=(5, 3)), A(size=(5, 2)))
    source = source_of(losses_of_a_batch, *args)
    assert "losses = " not in source.replace("# losses", "") and "result_bar / len(residuals)" in source
    check_gradient(losses_of_a_batch, args, (0,))
