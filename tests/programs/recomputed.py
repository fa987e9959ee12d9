"""Values of a turn of a loop that may be computed again, and those that may not: what they are made of has changed."""

import math

import numpy as np

from tests.programs import normal, positive, program


@program(normal(4, 2), positive(4), 3)
def pairs_of_points(x, m, steps):
    v = np.zeros_like(x)
    for _ in range(steps):
        d = x[None, :, :] - x[:, None, :]
        r2 = np.sum(d**2, axis=2) + 0.1
        v = v + 0.1 * np.sum((m * r2**-1.5)[:, :, None] * d, axis=1)
        x = x + 0.1 * v
    return np.sum(x**2)


@program(normal(3), 3)
def pairs_of_what_is_stored_into(x, steps):
    x = x.copy()
    total = 0.0
    for i in range(steps):
        d = x[None, :] - x[:, None]
        x[i] = math.sin(x[i])
        total += np.sum(d**3 * x) + np.sum(d**2)
    return total


@program(normal(3), 3)
def pairs_of_what_is_bound_between(x, steps):
    total = 0.0
    for _ in range(steps):
        d = x[None, :] - x[:, None]
        x = np.sin(x)
        total += np.sum(d**3 * x)
    return total


@program(normal(3), 4)
def pairs_used_in_a_branch(x, steps):
    total = 0.0
    for i in range(steps):
        d = x[None, :] - x[:, None]
        if i % 2:
            total += np.sum(d**4)
        else:
            for k in range(2):
                total += k * np.sum(np.sin(d) ** 2)
        x = x * 0.9 + np.cos(x)
    return total


@program(normal(3), 4)
def pairs_used_where_x_changes(x, steps):
    total = 0.0
    for i in range(steps):
        d = x[None, :] - x[:, None]
        if i % 2:
            x = x + np.sum(d**3, axis=0)
            total += np.sum(d**2 * x)
    return total + np.sum(x)


@program(normal(3), 4)
def pairs_that_outlive_the_loop(x, steps):
    total = 0.0
    for i in range(steps):
        d = x[None, :] - x[:, None]
        total += np.sum(d**3)
        x = np.sin(x) + 0.1 * i
    return total + np.sum(d**4)


@program(0.4, 0.7, 5)
def scalars_again(x, a, n):
    total = 0.0
    for t in range(n):
        s = math.sin(x)
        c = s + a * t
        total += s * c * c
        x = a * s + 0.1 * c * x
    return total * x


@program(0.4, 0.7)
def scalars_until(x, a):
    k = 0
    while k < 6:
        s = math.exp(-a * x)
        if s * x > 0.5:
            break
        x = x + s * s
        k += 1
    return x * s


@program(normal(5), 0.3)
def one_operation_of_arrays(x, a):
    total = 0.0
    for t in range(3):
        e = np.exp(-x * a)
        q = 1 - e
        w = x * q
        x = x + 0.1 * q * w
        total += np.sum(w**2 * q)
    return total


def one_turn(x, n):
    for _ in range(n):
        d = x[None, :] - x[:, None]
        x = x + 0.1 * np.sum(np.sin(d) * d, axis=0)
    return x


@program(normal(3))
def pairs_in_functions(x):
    return np.sum(one_turn(one_turn(x, 2) * 1.1, 3) ** 2)
