"""Operands that are changed while others are evaluated: Python's order, and who owns an adjoint that a callee updates."""

import numpy as np

from tests.programs import normal, program, refused


def store_both(x, c):
    x[1] = c
    x[2] *= x[0]


@program(0.4, 0.7, normal(4))
def adjoint_shared_with_one_that_a_callee_updates(a, b, v):
    t = v * a
    s = v * b
    store_both(t, a)
    y = t + s
    return np.sum(y * y)


@program(0.4, normal(4), normal(4))
def broadcast_adjoint_that_a_callee_updates(a, u, v):
    w = u
    t = v[:-1] * 1.5
    store_both(t, a)
    w[:-1] = u[:0:-1] * t
    return np.sum(u * v)


@program(normal(4), normal(4))
def store_through_the_last_of_a_list_that_grows_later(u, v):
    w = u
    rows = [u * 0.5, w]
    rows[-1][1] = w @ v
    rows.append(v)
    return np.sum(u * v)


@program(0.4, 0.7)
def list_extended_by_its_own_last(a, b):
    xs = [a, b]
    xs.extend([b * 2, xs[-1]])
    xs += [a * 3, xs[-1]]
    return xs[3] * xs[5]


@program(0.4, 0.7)
def dict_updated_from_itself(a, b):
    d = {"p": a, "q": b}
    d.update(p=d["q"], q=d["p"] * 2)
    d |= {"p": d["q"], "q": d["p"]}
    d.update({"p": d["q"] * 3, "q": d["p"]})
    return d["p"] * d["p"] * d["q"]


@program(0.4, 0.7)
def popped_twice_in_a_row(a, b):
    xs = [a, b, a * b]
    x, y = xs.pop(), xs[-1]
    return x * y * len(xs)


@program(0.4, 0.7)
def walrus_between_operands(a, b):
    y = a
    y = y * (y := y + b) * y
    y += (y := y * 2)
    return y


@program(0.4, 0.7)
def popped_after_it_was_read(a, b):
    xs = [a, b, a * b]
    y = xs[-1] * xs.pop()
    return y * xs[-1]


@program(0.4, 0.7)
def element_changed_while_it_is_increased(a, b):
    xs = [a, b]

    def change():
        xs[0] = b * 3
        return a

    xs[0] += change()
    xs[1] *= xs[0] - change()
    return xs[0] * xs[1]


@refused("E306", 0.4, 0.7)
def list_replaced_while_its_element_is_increased(a, b):
    xs = [a, b]

    def change():
        nonlocal xs
        xs = [b, a]
        return a

    xs[0] += change()
    return xs[0] * xs[1]


@refused("E306", 0.4, 0.7)
def variable_changed_while_it_is_increased(a, b):
    t = a

    def change(x):
        nonlocal t
        t = t * x
        return x

    t += change(b)
    return t * b


def scaled_in_place(b):
    b[0] = b[0] * b[1]
    return b * 1.0


@program(normal(3))
def array_of_a_list_changed_by_what_is_added_to_it(x):
    held, stack = [x * 1.0, x * 2.0], [x**2, x**3]
    held[0] += scaled_in_place(held[0])
    held[1] += stack.pop()
    held[1] += stack.pop() * held[0]
    return np.sum(held[0] * held[1])


@program(normal(3), 2)
def real_name_becomes_complex_in_a_loop(x, n):
    for _ in range(n):
        x = x * (1 + 2j)
    return np.sum(np.abs(x) ** 2)


@program(lambda rng: (rng.normal(size=3) + 1j * rng.normal(size=3), rng.normal(size=3)), wrt=1)
def real_member_beside_a_complex_one(z, x):
    total = 0.0
    for v in [z, x]:
        total = total + np.sum(np.abs(v[1:] * (1 + 1j)) ** 2)
    return total
