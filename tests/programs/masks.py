"""What masks select: as much from one array as from another, unless the mask has changed between.

Where it has, one of the two has a single element, which is broadcast.
"""

import numpy as np

from tests.programs import normal, program

X = np.array([0.5, -1.0, 2.0, -0.3])
LAST = np.array([False, False, False, True])


@program(X, normal(4))
def two_parts(x, y):
    good = x > 0
    r = x[good] * y[good]
    return np.sum(r * np.exp(x[good])) / np.sum(good)


@program(X, normal(4), ~LAST)
def given(x, y, good):
    r = x[good] - y[good] ** 2
    return np.sum(r**2) / good.sum()


@program(normal(4, 3), normal(4), normal(3), X)
def rows_and_columns(a, y, z, x):
    rows = np.abs(x) > 0.4
    columns = z > -5
    return np.sum((a[rows] * y[rows][:, None]) ** 2) + np.sum(a[:, columns] * z[columns])


@program(normal(3, 3), normal(3, 3))
def of_two_axes(a, b):
    upper = np.triu(a) > 0
    b[upper] = a[upper] * b[upper] ** 2
    return np.sum(b)


@program(X, normal(4), wrt=(0, 1))
def stored_into_between(x, y):
    good = x > -5
    a = x[good]
    good[1:] = False
    return np.sum(a * y[good])


@program(X, normal(4))
def stored_through_another_name(x, y):
    good = x > -5
    tail = good[1:]
    a = x[good]
    tail[:] = False
    return np.sum(a * y[good])


@program(X, normal(4))
def changed_in_place(x, y):
    good = x > -5
    a = x[good]
    good &= x > 1.0
    return np.sum(a * y[good])


@program(X, normal(4))
def changed_by_a_function(x, y):
    def clear(flags):
        flags[:3] = False

    good = x > -5
    a = x[good]
    clear(good)
    return np.sum(a * y[good])


@program(X, normal(4))
def inverted_into_itself(x, y):
    good = x > 1.0
    a = x[good]
    np.logical_not(good, out=good)
    return np.sum(a * y[good])


@program(X, normal(4))
def bound_anew(x, y):
    good = x > -5
    a = x[good]
    good = x > 1.0
    return np.sum(a * y[good])


@program(X, normal(4))
def on_two_ways(x, y):
    if x[0] > 0:
        good = x > 1.0
    else:
        good = x > -5
    a = x[good]
    return np.sum(a * y[good] + a)


@program(X, normal(4))
def of_each_turn(x, y):
    total, before = 0.0, x
    for i in range(3):
        good = x > i - 0.6
        now = x[good] * y[good]
        total = total + np.sum(now)
        before = x[good]
    return total + np.sum(before)


@program(X, normal(4))
def of_the_turn_before(x, y):
    """Masks that select one element and four in turn."""
    total = 0.0
    limit = np.array([1.0, -5.0, 1.0])
    good = x > -5
    for i in range(3):
        old = x[good]
        good = x > limit[i]
        total = total + np.sum(old * y[good])
    return total


@program(X, normal(4))
def held_in_a_list(x, y):
    total = 0.0
    masks = [x > -5, x > 1.0]
    masks[0][1:3] = False
    parts = [x[m] for m in masks]
    for m, p in zip(masks, parts):
        total = total + np.sum(p * y[m])
    return total


@program(X, normal(4))
def captured(x, y):
    good = x > -5
    a = x[good]

    def part(v):
        return v[good]

    good = x > 1.0
    return np.sum(a * part(y))


@program(X, normal(4))
def not_the_same(x, y):
    good = x > -5
    a = x[good]
    return np.sum(a * y[~(x <= 1.0) & good]) + np.sum(x[~good])


@program(X, normal(4))
def while_some_are_left(x, y):
    left = x > -5
    level, total = 0.0, 0.0
    while np.any(left):
        total = total + np.sum(x[left] * y[left]) * (1.0 + level)
        level = level + 0.9
        left = x > level
    return total
