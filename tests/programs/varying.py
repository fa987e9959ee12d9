"""Arrays that begin to vary by a store that is seen through another name, a container or a choice."""

import numpy as np

from tests.programs import normal, program


@program(normal(3))
def name_of_a_list_element(x):
    a = np.ones(3)
    rows = [a, x * 2]
    rows[0][0] = x[1] ** 2
    return np.sum(a**2) + np.sum(rows[1])


@program(normal(3), 2)
def name_of_an_element_by_variable(x, n):
    a = np.ones(3)
    rows = [x * 2, a]
    for i in range(n):
        rows[i][i] = x[1] ** 2
    return np.sum(a**2) + np.sum(rows[0])


@program(normal(3))
def name_of_an_appended_element(x):
    a = np.ones(3)
    rows = []
    rows.append(a)
    rows.append(x * 1.0)
    for r in rows:
        r[0] *= x[1]
        r[1] = x[2] ** 2
    return np.sum(a**2)


@program(normal(3))
def name_of_a_dict_value(x):
    a = np.ones(3)
    box = {"a": a}
    box["a"][1] = x[0] ** 2
    return np.sum(a**2) + np.sum(box["a"])


@program(normal(3))
def member_of_a_tuple(x):
    a, b = np.ones(3), np.ones(2)
    pair = (a, b)
    pair[0][1] = x[0] ** 2
    first, second = pair
    second[0] = x[1] * first[1]
    return np.sum(a**2) + np.sum(b**2)


class Holder:
    def __init__(self, data):
        self.data = data


@program(normal(3))
def attribute_of_an_object(x):
    a = np.ones(3)
    h = Holder(a)
    h.data[1] = x[0] ** 2
    return np.sum(a**2) + h.data[2]


@program(normal(3))
def choice_of_one_that_varies_and_one_that_does_not(x):
    a = x * 2
    b = np.ones(3)
    c = a if x[0] > 100 else b
    c[1] = x[0] ** 2
    return np.sum(a**2) + np.sum(b**2)


@program(normal(3))
def choice_by_branches(x):
    a = x * 2
    b = np.ones(3)
    if x[0] > 100:
        c = a
    else:
        c = b
    d = c[1:]
    d[0] = x[0] ** 2
    return np.sum(a**2) + np.sum(b**2)


@program(normal(3), 3)
def choice_in_a_loop(x, n):
    a = x * 2
    b = np.ones(3)
    now = a
    for i in range(n):
        now[i] = x[i] ** 2
        now = b
    return np.sum(b**2) + np.sum(a)


@program(normal(3), 3)
def swap_of_one_that_varies_and_one_that_does_not(x, n):
    a = x * 2
    b = np.ones(3)
    keep = b
    for i in range(n):
        a[i] = x[i] ** 2
        a, b = b, a
    return np.sum(keep**2) + np.sum(b)


def fill(target, v):
    target[0] = v


@program(normal(3))
def helper_through_another_name(x):
    a = np.ones(3)
    b = a[1:]
    fill(b, x[0] ** 2)
    rows = [np.ones(2), x[:2] * 1.0]
    first = rows[0]
    for i in range(2):
        fill(rows[i], x[1] * x[2])
    return np.sum(a**2) + np.sum(first**3)


@program(normal(3))
def view_of_work_array_made_before(x):
    work = np.zeros((2, 3))
    top, bottom = work
    flat = work.reshape(-1)
    top[:] = x
    bottom += top * x
    return np.sum(work**2) + np.sum(flat * np.arange(6))


@program(normal(3))
def buffer_from_a_function(x):
    def make():
        a = np.zeros(3)
        return a, a[1:]

    whole, part = make()
    part[:] = x[1:] ** 2
    return np.sum(whole**2)


@program(normal(3))
def swap_inside_a_list(x):
    u = [np.zeros(3), np.ones(3), x * 1.0]
    first = u[0]
    u[0], u[2] = u[2], u[0]
    for k in range(3):
        u[k][k] = x[k] ** 2
    return np.sum(first**2) + np.sum(u[1])


def doubled(x):
    y = np.zeros(3)
    held = [y]
    held.append(held[0])
    held[0] += x**2
    held.pop()
    return 2 * y


@program(normal(3))
def held_in_a_helper(x):
    return np.sum(doubled(x))
