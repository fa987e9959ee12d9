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


@program(normal(3), normal(3))
def named_before_and_after(x, y):
    """Cosines have a name before one sine's line and after the other's."""
    c = np.cos(x)
    s = np.sin(x)
    t = np.sin(y)
    d = np.cos(y)
    return np.sum(c * s * t * d)


@program(normal(3), normal(3))
def both_in_one_line(x, a):
    total = 0.0
    for i in range(3):
        x = 0.5 * np.sin(x * a) + 0.2 * np.cos(x * a) * i
        total += np.sum(x**2)
    return total


@program(normal(4))
def both_of_what_is_stored_into(x):
    x = x.copy()
    c = np.cos(x)
    for i in range(len(x)):
        x[i] = np.sin(x[i]) * np.cos(x[i])
    return np.sum(np.sin(x) * c)


@program(normal(4), normal(3, 4))
def scratch_filled_anew(w, xs):
    total = 0.0
    n = len(w)
    scratch = np.zeros(n)
    for i in range(len(xs)):
        for j in range(n):
            scratch[j] = np.exp(w[j] * xs[i, j])
        total += np.log(np.sum(scratch**2))
    return total


@program(normal(4), normal(3, 4))
def scratch_filled_in_part(w, xs):
    total = 0.0
    n = len(w)
    scratch = np.zeros(n)
    for i in range(len(xs)):
        for j in range(1, n):
            scratch[j] = scratch[j - 1] + np.exp(w[j] * xs[i, j])
        total += np.log(np.sum(scratch**2))
    return total


@program(normal(4), normal(3, 4))
def scratch_read_after(w, xs):
    total = 0.0
    scratch = np.zeros(len(w))
    for i in range(len(xs)):
        for j in range(len(w)):
            scratch[j] = np.exp(w[j] * xs[i, j])
        total += np.log(np.sum(scratch**2))
    return total * scratch[0]


@program(normal(4), normal(5))
def list_of_states(x, w):
    states = []
    for i in range(len(w)):
        x = np.tanh(x * w[i])
        states.append(x)
    return np.sum(np.array(states) ** 3)


@program(0.3, normal(5))
def list_of_numbers(x, w):
    states = [x]
    for v in w:
        x = x * v + 0.1 * np.sin(x)
        states.append(x)
    return np.sum(np.array(states) ** 2) + states[2]


@program(normal(4, 3))
def quotients_twice(x):
    s = np.sqrt(np.sum(x**2, axis=1, keepdims=True) + 1.0)
    return np.sum((x / s) ** 3 * np.cos(x / s))
