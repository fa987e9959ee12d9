"""Programs in which arrays of integers stand where real ones stand too: the first of a list, the start of a state."""

# ruff: noqa - unusual forms are what is tested here

import numpy as np

from tests.programs import normal, program


@program(normal(3))
def joined_after_a_comprehension(x):
    parts = [np.atleast_1d(p) for p in [np.arange(3), x]]
    return np.sum(np.concatenate(parts) ** 2 * np.arange(6))


@program(normal(3))
def history_from_integers(x):
    rows = [np.array([1, 0, 0])]
    for i in range(3):
        rows.append(rows[-1] * 0.5 + x)
    return np.sum(np.array(rows) ** 2) + sum(row[0] for row in rows)


@program(normal(3))
def chosen_by_a_counter(x):
    parts = [np.arange(3), x]
    total = 0.0
    for i in range(2):
        total += parts[i][0] * x[i] + np.sum(parts[i] * x)
    return total


@program(normal(3))
def in_a_dict_that_is_gone_through(x):
    table = {"a": np.arange(3), "b": x}
    total = 0.0
    for key in table:
        total += table[key][0] * x[1] + np.sum(table[key] * x)
    return total


@program(normal(3), np.array([True, False, True]))
def mask_among_arrays(x, mask):
    return sum(np.sum(v * x**2) for v in [mask, x])


@program(normal(3))
def in_pairs(x):
    total = 0.0
    for i, p in [(0, np.arange(3)), (1, x)]:
        total += np.sum(p * x) * (i + 1)
    return total


@program(normal(3))
def put_in_the_place_of_a_real_one(x):
    parts = [x, x * 2]
    parts[0] = np.arange(3)
    return sum(np.sum(v * x) for v in parts)


@program(normal(3), 0)
@program(normal(3), 1)
def taken_by_an_argument(x, k):
    p = [np.arange(3), x][k]
    return p[0] * x[1] + np.sum(p * x)


@program(normal(3), 0)
@program(normal(3), 1)
def perhaps_of_integers(x, flag):
    y = np.arange(3)
    if flag:
        y = x * 2
    return np.sum(y * x) + y[0] * x[1]


class Walker:
    def __init__(self):
        self.position = np.zeros(3, int)
        self.path = [self.position]

    def go(self, step):
        self.position = self.position + step
        self.path.append(self.position)


@program(normal(3), 0)
@program(normal(3), 3)
def attribute_that_starts_from_integers(x, n):
    walker = Walker()
    for i in range(n):
        walker.go(x * i)
    return np.sum(walker.position * x) + sum(p[1] * x[0] for p in walker.path)
