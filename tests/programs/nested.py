"""Containers in containers, known by several names or held in several places."""

import numpy as np

from tests.programs import program


@program([0.3, 0.7, 1.1])
def changed_through_one_place(x):
    m = [x, x]
    m[0][1] = m[1][0] * 2
    return m[1][1] * m[0][2] + x[1]


@program([0.3, 0.7, 1.1])
def argument_appended_to_by_an_alias(x):
    y = x
    y.append(x[0] * x[1])
    y[0] *= 2
    return sum(a * b for a, b in zip(x, y)) + len(x)


@program([0.3, 0.7, 1.1])
def list_and_its_copy_in_a_dict(x):
    m = {"a": x, "b": list(x)}
    m["a"][0] = 5 * m["b"][1]
    m["b"][2] += x[0]
    return x[0] * m["b"][2] + m["a"][1]


class N:
    def __init__(self, v, nxt=None):
        self.v, self.nxt = v, nxt


@program(0.5, 0.7)
def two_nodes_before_one(a, b):
    t = N(a)
    l = N(b, t)
    r = N(a * b, t)
    l.nxt.v += b
    return r.nxt.v * t.v * l.v + r.v


@program(0.5, 0.7)
def object_that_holds_itself(a, b):
    n = N(a)
    n.nxt = n
    n.nxt.nxt.v *= b
    return n.v * n.nxt.v


@program(np.array([0.3, 0.7, 1.1]), 0.5)
def array_twice_in_a_list(v, b):
    m = [v, v]
    m[0][1] = b
    m[1] *= b
    return m[0].sum() * v[0]


@program(np.array([0.3, 0.7, 1.1]), 0.5)
def row_repeated_and_replaced(v, b):
    rows = [v] * 3
    rows[1] = rows[1] * b
    rows[2][0] = b * b
    return sum(r.sum() * (i + 1) for i, r in enumerate(rows))


@program([[1.0, 2.0], [3.0, 4.0]])
def rows_copied_and_kept(g):
    h = [row[:] for row in g]
    k = [row for row in g]
    h[0][0] = k[1][1] * g[0][1]
    k[0][1] = h[0][0] ** 2
    return g[0][1] * h[0][0] + h[0][1] * g[1][0]


@program([[1.0, 2.0], [3.0, 4.0]])
def rows_exchanged(g):
    g[0], g[1] = g[1], g[0]
    g[0][0] *= g[1][1]
    return g[0][0] * 3 + g[1][0] * g[0][1]


@program({"l": [1.0, 2.0], "s": 0.5})
def dict_copied_flat(p):
    q = dict(p)
    q["l"][0] *= p["s"]
    q["s"] = q["l"][0]
    r = {**p, "s": q["s"] ** 2}
    return r["l"][0] * p["s"] * r["s"] + p["l"][1]


@program([0.3, 0.7, 1.1])
def list_given_back_by_a_helper(x):
    def add(l, a):
        l.append(a)
        return l

    m = add(x, x[0])
    m = add(m, m[-1] * 2)
    return sum(x) * m[3]


@program([0.3, 0.7, 1.1])
def list_and_its_slice(x):
    a, b = x[:], x
    for i in range(len(a)):
        b[i] = a[i - 1] * b[i]
        a[i] += b[i]
    return sum(a) * x[1]


@program([0.3, 0.7, 1.1])
def list_in_two_tuples_changed(x):
    s = [(x, 1.0), (x, 2.0)]
    t = 0.0
    for l, c in s:
        l[0] = l[0] * c + l[1]
        t += l[0] * c
    return t + x[0]


@program([0.3, 0.7, 1.1])
def best_so_far_keeps_the_list(x):
    best = None
    for i, a in enumerate(x):
        if best is None or a * (i + 1) > best[0]:
            best = (a * (i + 1), i, x)
    return best[0] * best[2][best[1] - 1]


@program([0.3, 0.7, 1.1])
def stack_of_values(x):
    st = [x[0]]
    out = 0.0
    while st:
        a = st.pop()
        out += a * a
        if len(st) < 2 and out < 3:
            st.append(a * x[1] + 0.4)
            st.append(a * x[2])
    return out


@program([[0.3, 0.7, 1.1], [0.1, 0.2, 0.4]])
def rows_transposed(m):
    t = list(zip(*m))
    return sum(a * b**2 for a, b in t)


@program([0.3, 0.7, 1.1])
def tree_of_lists(x):
    a = [x[0], [x[1], [x[2]]]]

    def tot(t):
        return sum(tot(s) if isinstance(s, list) else s * s for s in t)

    return tot(a)


@program([0.3, 0.7, 1.1])
def table_filled(x):
    acc = [[0.0] * 3 for _ in range(2)]
    for i in range(2):
        for j in range(3):
            acc[i][j] += x[j] * (acc[i][j - 1] + i + 1)
    return sum(map(sum, acc))


@program([0.3, 0.7, 1.1])
def table_of_one_row(x):
    acc = [[0.0] * 3] * 2
    for i in range(2):
        for j in range(3):
            acc[i][j] += x[j] * (acc[i][j - 1] + i + 1)
    return sum(map(sum, acc))
