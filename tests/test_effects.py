"""Is the derivative right where an expression does more than give a value: it assigns, stores, appends?"""

import numpy as np
import pytest

import srcgrad

X = np.array([0.3, 0.2, -0.7])


def in_a_comprehension(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total * 0.5 + v
        return total

    sums = [add(v) for v in x]
    return sums[0] * sums[1] + total


def in_a_generator_and_a_dict(x):
    total, count = 0.0, 0

    def add(v):
        nonlocal total, count
        total, count = total * 0.5 + v, count + 1
        return total / count

    first = sum(add(v) for v in x)
    second = {i: add(v * first) for i, v in enumerate(x)}
    return total * second[1]


def in_a_choice(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total * 0.5 + v
        return total

    y = add(x[0]) if x[0] > 0 else 0.0
    chosen = x[0] > 0 and add(x[1]) > -10
    return total * y + chosen


def in_rows_of_rows(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total * 0.5 + v
        return total

    rows = [[add(v * w) for v in x] for w in x]
    return total + rows[0][0]


def filled_in_a_choice(x):
    y = np.zeros(3)
    y.fill(x[0] ** 2) if x[0] > 0 else None
    x[0] > 0 and np.copyto(y[1:], x[1:] * 2)
    z = np.multiply(x, y, out=y) if x[0] > 0 else x
    return y[0] * y[1] + np.sum(z)


def stored_in_a_comprehension(x):
    y = np.zeros(3)
    [np.add.at(y, i, v * v) for i, v in enumerate(x)]
    [np.copyto(y, y * v) for v in x]
    return y[0] * y[1]


def appended_in_a_comprehension(x):
    out, found = [], {}
    [out.append(v * v) for v in x]
    [found.update({i: v * v}) for i, v in enumerate(x)]
    some = {out.append(v * 2) for v in x}
    return sum(out) + found[0] * found[1] + len(some)


def counted_in_a_test(x):
    y = np.zeros(3)
    while count(y, x[0]) > 5:
        pass
    while not count(y, x[1]):
        pass
    return y[0] * sum(count(y, v) for v in x) * y[0]


FUNCTIONS = [
    counted_in_a_test,
    in_a_comprehension,
    in_a_generator_and_a_dict,
    in_a_choice,
    in_rows_of_rows,
    filled_in_a_choice,
    stored_in_a_comprehension,
    appended_in_a_comprehension,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_effects_inside_expressions(function):
    srcgrad.check_grads(function, (X,), order=1)


def count(y, v):
    y[0] = y[0] + v * v
    return 1


def stopped_early(x):
    y = np.zeros(3)
    for c in (count(y, v) for v in x):
        if c > 0:
            break
    return y[0]


def stopped_at_the_first(x):
    total = 0.0

    def add(v):
        nonlocal total
        total = total * 0.5 + v
        return total

    found = any(add(v) > 0 for v in x)
    return total * found


def run_over_later(x):
    y = np.zeros(3)
    counts = map(lambda v: count(y, v), x)
    y[0] = 5.0
    return y[0] * sum(counts)


def changed_before_it_is_run_over(x):
    y = x.copy()
    products = (v * y[0] for v in x)
    y[0] = 7 * x[1]
    return sum(products)


def pairs_of_a_list_that_grows(x):
    weights = [1.0, 2.0]
    pairs = zip(x, weights)
    weights.append(9 * x[0])
    return sum(a * b for a, b in pairs)


def reversed_and_changed(x):
    y = 2 * x
    last_first = reversed(y)
    y[0] = 5 * x[1]
    return sum(i * v for i, v in enumerate(last_first))


@pytest.mark.parametrize(
    "function",
    [
        stopped_early, stopped_at_the_first, run_over_later, changed_before_it_is_run_over, pairs_of_a_list_that_grows,
        reversed_and_changed,
    ],
)  # fmt: skip
def test_iterators_that_change_variables_are_refused(function):
    with pytest.raises(srcgrad.SrcgradError, match="an iterator (that changes|over)") as error:
        srcgrad.grad(function)(X)
    assert error.value.code == "E305"


def fill(y, v):
    y[0] = v
    return v


class Sum:
    def __init__(self):
        self.value = 0.0

    def add(self, v):
        self.value += v
        return self.value


def stored_for_a_text(x):
    y = np.zeros(3)
    text = f"{fill(y, x[0] ** 2)}"
    return y[0] * len(text)


def stored_for_a_print(x):
    y = np.zeros(3)
    print(fill(y, x[0] ** 2))
    return y[0]


def summed_for_a_print(x):
    held = Sum()
    print("now", held.add(x[0] ** 2))
    return held.value


@pytest.mark.parametrize("function", [stored_for_a_text, stored_for_a_print, summed_for_a_print])
@pytest.mark.parametrize("mode", ["rev", "fwd"])
def test_what_messages_change_is_refused(function, mode):
    with pytest.raises(srcgrad.SrcgradError, match="message changes a differentiable value") as error:
        srcgrad.grad(function)(X) if mode == "rev" else srcgrad.jvp(function, (X,), (X,))
    assert error.value.code == "E403"


class Settings:
    def __init__(self):
        self.scale = 2.0


def printed_beside_what_varies(x):
    settings = Settings()
    print("scale", settings.scale, x[0])
    return x[0] * settings.scale


def test_what_is_printed_is_still_there():
    assert srcgrad.grad(printed_beside_what_varies)(X)[0] == 2.0
