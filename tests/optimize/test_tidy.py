"""Is generated source free of temporaries, numbers and helpers that nobody needs?"""

import re
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

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


def weighted_rows(w, X):
    total = 0.0
    for i, (row, c) in enumerate(zip(X, w), 1):
        total += i * c * np.sum(row**2)
    return total


def test_pairs_that_are_counted_are_read_by_position():
    text = source(weighted_rows, np.ones(3), np.ones((3, 2)), argnums=(0, 1))
    assert "row, c = X[i_2], w[i_2]" in text and "append" not in text and "list(" not in text


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


def spread(x):
    return np.percentile(x, 30) * np.std(x)


def root_squared(a):
    return brentq(lambda z: z**3 + a * z - 1.0, 0.0, 1.0) ** 2


class Dense:
    def __init__(self, W, b):
        self.W = W
        self.b = b


@dataclass
class Line:
    slope: float
    offsets: np.ndarray


def network_of_objects(layers, x):
    for layer in layers:
        x = np.tanh(x @ layer.W + layer.b)
    return np.sum(x)


def heights(line, x):
    return np.sum((line.slope * x + line.offsets) ** 2)


def network_of_lists(weights, biases, x):
    for W, b in zip(weights, biases):
        x = np.tanh(x @ W + b)
    return np.sum(x)


def pairs_in(text):
    return re.findall(r"^def (\w+)_backward", text, re.MULTILINE)


def test_what_the_rule_book_tells_in_several_functions_is_one_pair():
    text = source(spread, np.array([0.3, -0.5, 0.9, 1.4]))
    assert pairs_in(text) == ["percentile"]
    assert "percentile_forward(a):" in text and "percentile_forward(x)" in text  # the rest is known, or not read


def test_a_function_without_adjoints_is_no_pair():
    text = source(root_squared, 2.0)
    assert "jvp(" in text and "jvp_forward" not in text and "    pass\n" not in text


def test_nothing_is_written_out_if_it_is_not_asked_for():
    df = grad(spread, optimize={"calls": False})
    df(np.array([0.3, -0.5, 0.9, 1.4]))
    assert len(pairs_in(df.source)) > 1


def test_objects_are_told_by_their_attributes():
    x = np.ones((4, 3))
    text = source(network_of_objects, [Dense(np.ones((3, 3)), np.ones(3)), Dense(np.ones((3, 2)), np.ones(2))], x)
    assert "types.SimpleNamespace(W=np.zeros_like(v.W), b=np.zeros_like(v.b)) for v in layers" in " ".join(text.split())
    assert "with_attributes(v, W=v_bar.W, b=v_bar.b)" in text and "def like(" not in text
    text = source(heights, Line(0.5, np.ones(3)), np.ones(3))
    assert "return Line(slope=line_bar.slope, offsets=line_bar.offsets)" in text and text.count("def ") == 1


def test_an_object_with_another_attribute_is_of_another_structure():
    df, dense = grad(lambda p: np.sum(p.W**2)), Dense(np.ones(2), 3)
    assert vars(df(dense)).keys() == {"W", "b"} and df(dense).b is None
    dense.scale = 2.0
    assert df(dense).scale == 0.0


def test_products_of_matrices_have_the_shapes_of_their_operands():
    weights, biases = [np.ones((3, 4)), np.ones((4, 2))], [np.ones(4), np.ones(2)]
    text = source(network_of_lists, weights, biases, np.ones((5, 3)), argnums=(0, 1))
    assert "W_bar = x.T @ x_term_bar" in text and "broadcast_to" not in text and "(x @ W).shape" not in text
