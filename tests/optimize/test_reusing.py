"""Do adjoints take the names and the memory of what they are made of, and only where that is theirs alone?"""

import numpy as np
import pytest

import srcgrad
from tests.check import check_gradient

X, C = np.random.default_rng(0).normal(size=(2, 3))


def backward_of(function, args, **options):
    """The lines of the backward pass."""
    check_gradient(function, args, tuple(range(len(args))))
    df = srcgrad.grad(function, tuple(range(len(args))), **options)
    df(*args)
    lines = df.source.partition("    # Backward pass\n")[2].partition("\n    return")[0].splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def changed_in_turn(x, c):
    y = np.sin(x)
    y = y * 3 + c
    y = y / c
    return np.sum(y**2)


def test_what_takes_the_place_of_itself_is_changed_in_place():
    expected = ["y_bar = result_bar * 2 * y", "y_bar /= c", "c_bar = -y_bar * y", "c_bar += y_bar", "y_bar *= 3"]
    assert backward_of(changed_in_turn, (X, C + 3))[:5] == expected
    assert "y_bar = y_term_bar" in backward_of(changed_in_turn, (X, C + 3), optimize={"reuse": False})


def scaled(x, c):
    y = x * c / np.sqrt(2.0)
    return np.sum(y**3)


def test_an_adjoint_is_scaled_in_place():
    assert "y_bar /= y_term" in backward_of(scaled, (X, C))


def kept_in_a_list(x, c):
    kept = []
    for _ in range(3):
        x = x * c
        kept.append(x)
        x = x / 3
    return sum(np.sum(v**3) for v in kept)


def held_by_another(x, c):
    y = x * c
    z = y
    y = y * 3
    z = z / 2
    return np.sum(y * z)


def seen_through_a_view(x, c):
    y = x * 1.0
    v = y[1:]
    v *= c[1:]
    y = y * c
    return np.sum(y**2) + np.sum(v)


def broadened(x, c):
    y = np.sum(x) * c
    for _ in range(2):
        y = y * x[:, None]
        y = np.sum(y, axis=0) / 2
    return np.sum(y**2)


def of_two_types(x, c):
    y = x.astype(np.float32)
    y = y * c
    return np.sum(y**2)


@pytest.mark.parametrize("optimize", [True, "speed"])
@pytest.mark.parametrize("function", [kept_in_a_list, held_by_another, seen_through_a_view, broadened])
def test_memory_of_others_is_left_alone(function, optimize):
    check_gradient(function, (X, C), (0, 1))
    found = srcgrad.grad(function, (0, 1), optimize=optimize)(X, C)
    expected = srcgrad.grad(function, (0, 1), optimize={"reuse": False})(X, C)
    np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-12)


def test_a_type_is_not_narrowed():
    x_bar, c_bar = srcgrad.grad(of_two_types, (0, 1))(X, C)
    expected = srcgrad.grad(of_two_types, (0, 1), optimize=False)(X, C)
    np.testing.assert_array_equal(x_bar, expected[0])
    np.testing.assert_array_equal(c_bar, expected[1])


def softmax(x, c):
    e = np.exp(x * c)
    p = e / np.sum(e)
    return np.sum(p**2)


def test_for_speed_what_is_read_no_more_is_taken():
    assert "e_bar *= e" in backward_of(softmax, (X, C), optimize="speed")
    assert not any("*=" in line for line in backward_of(softmax, (X, C)))


def test_second_derivatives_find_nothing_changed_in_place():
    source = srcgrad.grad(lambda x: np.sum(srcgrad.grad(changed_in_turn)(x, C) * C))
    source(X)
    assert "y_bar /= C" not in source.source
    srcgrad.check_grads(changed_in_turn, (X, C + 3), order=2)
