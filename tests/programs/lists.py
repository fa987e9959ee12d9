"""Lists that grow, shrink and are handed on whole; loops left early over bounds that change."""

import numpy as np

from tests.programs import normal, positive, program


@program(0.437, -0.861)
def popped_and_never_read_again(a, b):
    xs = [a, b * 0.5, a * b]
    m = xs.pop()
    return m * a


@program(0.437, -0.861)
def popped_from_the_front_then_appended(a, b):
    xs = [a, b * 0.5]
    a = xs.pop(0)
    xs.append(a * b)
    return a * b + xs[-1]


@program(0.437, -0.861)
def rest_unpacked_then_popped(a, b):
    xs = [a, b * 0.5, a * b]
    a, *rest = xs
    b = b + rest[-1]
    a = xs.pop()
    return a * b


@program(0.4, normal(3), normal(3))
def stack_subtracted(a, u, v):
    rows = [u * 0.5, v]
    a = a - np.sum(np.stack(rows) * a)
    return a + np.sum(rows[0] * rows[-1])


@program(0.4, normal(3), normal(3))
def concatenation_subtracted(a, u, v):
    rows = [u, v]
    return a - np.sum(np.concatenate(rows) ** 2)


@program(0.4, normal(3), normal(3))
def negated_stacks_multiplied(a, u, v):
    rows = [u, v]
    x = -np.stack(rows)
    x = -np.vstack(rows) * x
    return a * np.sum(x)


@program(0.437)
def list_as_array_subtracted(a):
    xs = [a] + [a, a * a]
    return a - sum(xs) - np.sum(np.array(xs) * 2) - np.mean(xs)


@program(0.31, 9)
def break_from_range_whose_bound_changes(x, n):
    s = 1.0
    for i in range(n):
        n = n - 2
        s = s + x * i * s
        if s > 100.0:
            break
    return s * n


@program(0.437, 5)
def break_from_reversed_range(x, n):
    s = x
    for i in reversed(range(n)):
        if i < 1:
            break
        s = s * x + i * s * s
    return s * i


@program(0.437, 5)
def reversed_range_whose_bound_changes(x, n):
    s = x
    for i in reversed(range(n)):
        n = n - 1
        s = s * x + i * s * s * 0.1
    return s * n


@program(0.437, -0.861)
def return_from_reversed_list(a, b):
    xs = [a, b]
    c = 0.0
    for z in reversed(list(xs)):
        c = z - 0.5 * c
        if not c > 0.25:
            return a * b + xs[0] + c
    return c


@program(positive(3), 0.7)
def list_repeated_in_place(x, a):
    xs = [x[0], x[1] * a]
    for i in range(2):
        xs *= 2
        a = a + xs[i] * xs[-1]
    return a * len(xs)


@program(0.4, 0.7)
def list_repeated_through_an_alias(a, b):
    xs = [a, b]
    ys = xs
    xs *= 2
    return ys[3] * a + xs[1]


@program(0.4, 0.7)
def element_stored_through_an_alias_then_popped(a, b):
    xs = [a, b, a * b]
    ys = xs
    ys[0] = a * a
    c = xs.pop()
    return xs[0] * xs[1] * c


@program(0.4, 0.7)
def integers_among_floats(a, b):
    xs = [a, 0, b]
    s = xs[1] + a
    xs.append(sum([]))
    for x in xs:
        a = a * 0.5 + x
    return s * b * sum(xs) * a


@program(0.4, 0.7)
def list_name_that_becomes_a_number(a, b):
    xs = [a, b, a * b]
    a, *rest = xs
    c = a * b
    c -= (rest := c) * rest
    return c * rest


@program(normal(3), normal(3))
def array_taken_out_of_a_list_that_shares_it(u, v):
    a, b = u * 1.0, v * 1.0
    layers = [a, b]
    layers[0][1:] = b[1:] ** 2
    layers[0] += a
    t = layers.pop(0) * 2.0
    return np.sum(t * a)


@program(normal(4))
def arrays_taken_out_unread(x):
    rows = [x * i for i in range(4)]
    rows.pop()
    rows.pop(0)
    return np.sum(rows[0] * rows[1])


@program(normal(4))
def numbers_taken_out_unread(x):
    rows = [x[i] * i for i in range(4)]
    rows.pop()
    rows.pop(0)
    rows.pop(-2)
    return rows[0] ** 2


@program(normal(4))
def numbers_taken_out_of_a_dict(x):
    d = {i: x[i] * i for i in range(4)}
    d.pop(0)
    d.pop(2, None)
    d.pop(7, 0.0)
    return sum(d.values()) ** 2


@program(normal(4))
def arrays_taken_out_of_a_dict(x):
    d = {i: x * i for i in range(4)}
    d.pop(0)
    del d[1]
    return sum(np.sum(v) for v in d.values()) ** 2


@program(normal(4))
def members_deleted(x):
    d = [x * i for i in range(4)]
    del d[0]
    del d[-1]
    e = [x[i] ** 2 for i in range(4)]
    del e[1]
    del e[:1]
    return np.sum(d[0] * d[1]) + sum(e)


@program(normal(4))
def pairs_taken_out_unread(x):
    d = [(x[i], x * i) for i in range(4)]
    d.pop()
    d.pop(0)
    a, b = d.pop()
    q = {"a": (x[0], [x[1]]), "b": (x[2], [x[3]])}
    q.pop("a")
    return a * np.sum(b) * q["b"][0]


@program(normal(4))
def containers_emptied(x):
    d = {i: x[i] * i for i in range(4)}
    d.popitem()
    e = {"k": x * 2}
    e.clear()
    e["k"] = x * 3
    L = [x[0], x[1]]
    L.clear()
    L.append(x[2])
    return sum(d.values()) ** 2 + np.sum(e["k"]) + L[0] ** 2


@program(normal(4))
def last_two_are_kept(x):
    L = []
    for i in range(6):
        L.append(x[i % 4] * i)
        if len(L) > 2:
            L.pop(0)
    M = []
    for i in range(6):
        M.append(x * i)
        if len(M) > 2:
            M.pop(0)
    return L[0] * L[1] + np.sum(M[0] * M[1])


@program(normal(4))
def generators_taken_apart_in_a_loop(x):
    s = 0.0
    for t in range(3):
        a, b = (x[k] * t for k in range(2))
        c, d = map(lambda v: v * a, (b, x[2]))
        [e, f] = (q for q in (a * t, c))
        s += a * b + c * d + e * f
        y = x * t
        u, *w = (v * t for v in y)
        s += u * w[1]
    return s


@program(normal(4), normal(2, 3))
def lists_made_of_arrays(v, A):
    rows = (A * 2).tolist()
    squares = (v * v).tolist()
    return sum(np.array(squares)) + rows[0][1] * rows[1][2] * squares[-1]


@program(normal(3))
def list_run_over_before_it_has_members(x):
    squares = []
    total = 0.0
    for s in squares:
        total = total + s
    for i in range(3):
        for s in squares:
            total = total + s * x[i]
        squares.append(x[i] ** 2)
    return total * sum(squares)


DENSE = (np.array([[0.3, -0.7], [0.2, 0.9]]), np.array([0.1, -0.4]))
READ_OUT = (np.array([[0.8], [-0.5]]), np.array([0.2]))


@program([DENSE, DENSE, READ_OUT], normal(4, 2))
def all_layers_but_the_last(layers, x):
    for W, b in layers[:-1]:
        x = np.tanh(x @ W + b)
    W, b = layers[-1]
    return np.sum((x @ W + b) ** 2)


@program([DENSE, READ_OUT], normal(4, 2))
def one_layer_and_the_last(layers, x):
    for W, b in layers[:-1]:
        x = np.tanh(x @ W + b)
    W, b = layers[-1]
    return np.sum((x @ W + b) ** 2)


@program(normal(5), [0.3, 0.7, -0.4])
def all_elements_but_some_at_the_ends(y, ws):
    total = 0.0
    for t in y[1:]:
        total += t**3
    for w in ws[1:-1]:
        total = total * w
    for w in ws[2:-2]:
        total = total * w
    return total


@program([0.3, 0.7, -0.4], 0.9)
def list_changed_while_its_slice_is_run_over(ws, x):
    alias = ws
    for w in ws[:-1]:
        x = x * w
        alias[1] = x
    return x * ws[1]


@program(normal(2, 3), normal(3))
def members_of_unlike_ranks_copied_and_changed(W, b):
    params = [W, b]
    made = []
    for i in range(2):
        p = params[i].copy()
        p -= 0.1 * np.tanh(p)
        made.append(np.copy(p) * 3)
    return sum(np.sum(p**2) for p in made) + sum(np.sum(np.flip(p) * p) + p.max() for p in params)


@program(normal(3))
def number_among_arrays(x):
    total = 0.0
    for v in [1.0, x]:
        total = total + np.sum(v * x[0])
    grown = []
    grown.append(2.0)
    grown.append(x * 2)
    for v in grown:
        total = total + np.sum(v * x[1])
    return total + sum(np.sum(v * x[2]) * i for i, v in enumerate((2.0, x, x[0])))


@program(0.7)
def accumulated_and_reduced_by_ufuncs(s):
    rows = np.add.reduce(np.ones((3, 2)), axis=1)
    highest = np.maximum.accumulate([1.0, 3.0, 2.0])
    table = np.multiply.outer([1.0, 2.0], np.ones(3))
    return np.sum(np.sin(s * rows)) + np.sum(s * highest) + np.sum(s**2 * table)


@program(normal(4))
def counts_beside_parts(x):
    """A list of new arrays, made of one of views, does not share memory with it."""
    parts = [x[:2] ** 2, x[2:]]
    counts = [np.zeros_like(v) for v in parts]
    counts[0] += 1.0
    counts[1][0] = 2.0
    return np.sum(parts[0] * counts[0]) * x[0] + np.sum(parts[1] * counts[1])
