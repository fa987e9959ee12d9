"""Is generated source free of temporaries, numbers and helpers that nobody needs?"""

import numpy as np

from srcgrad import grad


def source(f, *args, argnums=0):
    df = grad(f, argnums)
    df(*args)
    return df.source


def sum_over_a_filter(xs, w):
    return sum(w * x**2 for x in xs if x > 0)


def rows_listed(A):
    rows = list(A)
    rows.append(A[0] * A[1])
    return np.sum(rows[2] * rows[0])


def rest_of_a_list(values):
    head, *tail = values
    return head * tail[0] + tail[-1]


def two_sums(xs):
    return sum(x**2 for x in xs) * sum(x**3 for x in xs)


def row_changed_after(A):
    total = 0.0
    for i in range(len(A)):
        v = A[i, 0]
        A[i, 0] = v * 2.0
        total = total + v**2
    return total


def parameters(params, x):
    return np.sum(np.tanh(x @ params["w"] + params["b"]))


def pairs(layers):
    return sum(np.sum(w * w) * b for w, b in layers)


def network(x, w):
    squash = lambda z: np.tanh(z * w)  # noqa: E731
    return np.sum(squash(x) * squash(2 * x))


def test_a_sum_keeps_no_list():
    text = source(sum_over_a_filter, [0.3, -0.5], 0.7, argnums=(0, 1))
    assert "append" not in text and "pop" not in text and "_saved" not in text


def test_a_list_is_filled_under_the_name_it_gets():
    text = source(rows_listed, np.ones((2, 3)))
    assert "rows.append(A[i])" in text and "items" not in text and "value" not in text


def test_the_rest_of_a_list_is_a_plain_range():
    text = source(rest_of_a_list, [0.3, 0.8, 1.1])
    assert "for i in range(1, len(items)):" in text and "slice" not in text


def test_variables_of_loops_apart_are_named_alike():
    text = source(two_sums, [0.3, 0.8])
    assert "i_2" not in text and "x_2" not in text


def test_what_changes_later_is_saved():
    assert "v_saved.append(v)" in source(row_changed_after, np.ones((2, 3)))


def test_zeros_are_written_out():
    text = source(parameters, {"w": np.ones((3, 2)), "b": np.ones(2)}, np.ones((4, 3)))
    assert 'params_bar = {"w": np.zeros_like(params["w"]), "b": np.zeros_like(params["b"])}' in text
    assert text.rstrip().endswith("return params_bar") and text.count("def ") == 1
    text = source(pairs, [(np.ones(2), 0.5), (np.ones(3), 0.7)])
    assert "layers_bar = [[np.zeros_like(v[0]), 0.0] for v in layers]" in text
    assert "return [tuple(v) for v in layers_bar]" in text


def test_a_lambda_has_its_variables_name():
    text = source(network, np.ones(3), 0.7, argnums=(0, 1))
    assert "def squash_forward(" in text and "squash_saved_2" in text
