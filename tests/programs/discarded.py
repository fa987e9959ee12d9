"""Programs whose discarded values have no slope, or are not numbers: what is not used gives nothing on."""

# ruff: noqa - unusual forms are what is tested here

import numpy as np

from tests.programs import program

POINTS = np.array([0.0, 1.0, 4.0, 0.5])


@program(POINTS)
def roots_of_the_positive(x):
    with np.errstate(all="ignore"):
        return np.sum(np.where(x > 0.1, np.sqrt(x), 0.0))


@program(np.array([-2.0, 1.0, 4.0, 0.5]))
def roots_of_what_has_one(x):
    with np.errstate(all="ignore"):
        y = np.sqrt(x)
        z = np.where(x > 0, 3 * y, x)
        return np.sum(z**2 * x)


@program(POINTS)
def roots_under_a_mask(x):
    with np.errstate(all="ignore"):
        y = np.sqrt(x)
        return np.sum(y[x > 0.1] * 2)


@program(np.array([-2.0, 1.0, 4.0, 0.5]), 0.5)
def powers_and_logarithms(x, p):
    with np.errstate(all="ignore"):
        return np.sum(np.where(x > 0, x**p + np.log(x) * x, np.where(x < -1, x, 1 / (x + 2))))


@program(np.array([0.0, 1.5, 4.0, -0.5]))
def quotient_that_is_not_chosen(x):
    with np.errstate(all="ignore"):
        return np.sum(np.where(np.abs(x) > 0.1, np.sin(x) / x, 1 - x**2 / 6))


@program(np.array([-2.0, 1.0, 4.0, 0.5]), 3)
def chosen_in_a_loop(x, n):
    total = 0.0
    with np.errstate(all="ignore"):
        for i in range(n):
            y = np.sqrt(x) + i
            y = np.where(x > 0, y, x)
            total += np.sum(y * x)
    return total


@program(np.array([0.3, -0.4, 1.2]))
def mask_changed_after_it_has_chosen(x):
    chosen = x > 0
    y = np.where(chosen, x, 0.0)
    chosen[1] = not chosen[1]
    z = y * y / (1 + x**2)
    return np.sum(np.where(chosen, z, x) / (2 + x))


@program(-1.0, 1.5)
def root_on_one_way(x, p):
    y = np.sqrt(x + 2 * (x > 0) - 0.5)
    if x < 0:
        return x**2 * p
    return y * p


def roots_on_two_ways(x):
    r = np.sqrt(x) * x
    total = 0.0
    for i in range(3):
        total += np.sum(x) * i
    a = np.arccos(x)
    if np.sum(x) > 100:
        return np.sum(r)
    elif np.sum(x) < -100:
        return np.sum(a) * total
    return total**2


@program(np.array([-2.0, 0.0, 0.5]))
def roots_on_no_way(x):
    with np.errstate(all="ignore"):
        return roots_on_two_ways(x)


@program(np.array([-2.0, 0.5]), 3)
def read_on_the_way_and_after_a_store(x, n):
    y = x * 2
    z = y * x
    if n > 2:
        y[0] = 5.0
        z = z + 1
        return np.sum(z * y)
    return np.sum(x)


@program(np.array([0.0, 0.7, 1.1]), np.array([0.4, 1.3, -0.6]))
def quotients_overwritten_where_they_are_infinite(x, y):
    with np.errstate(all="ignore"):
        q = y / x
        q[0] = 1.0
        r = 2.0 / x * y
        r[:1] = y[1]
        s = np.sqrt(x)
        s[0] = y[0] ** 2
    return np.sum(q**2) + np.sum(r * q) * np.sum(s * y)
