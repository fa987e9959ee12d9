"""One adjoint under several names: nothing may be added into another's array."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(3))
def result_doubled(x):
    y = x + x
    return np.sum(y * y)


@program(normal(3))
def two_names_of_one(x):
    y = x
    z = x
    return np.sum(y * z) + np.sum(y) * z[0]


@program(normal(3), normal(3))
def shared_adjoint_of_sum(x, z):
    p = x * x
    y = x + z
    return np.sum(y * y + p)


@program(normal(3), normal(3), normal(3))
def one_sum_three_ways(a, b, c):
    s = a + b + c
    t = a - b
    return np.sum(s**3) + np.sum(t * a) + np.sum(c * c)


@program(normal(3), normal(3))
def identity_chain(x, z):
    a = x
    b = a
    c = b + z
    d = c
    return np.sum(d * b) + np.sum(a * a)


@program(normal(3), normal(3))
def sum_then_reuse_in_loop(x, z):
    y = x
    for i in range(3):
        y = y + z
        z = z + x
    return np.sum(y * y) + np.sum(z)


@program(normal(3), normal(3))
def swapped_arguments(x, z):
    a, b = z, x
    c = a + b
    a = a * 2
    return np.sum(c * c + a * b)


@program(normal(3), normal(3))
def both_are_the_seed(x, y):
    return np.sum(x + y)


@program(normal(1), normal(1))
def array_result_is_sum(x, y):
    return x + y


@program(normal(1))
def array_result_is_argument(x):
    return x


@program(0.3, 0.4)
def floats_share_nothing(x, y):
    s = x + y
    t = s
    s = s + x
    return s * t + s


@program(normal(3), True)
@program(normal(3), False)
def alias_by_branch(x, flag):
    y = x if flag else x * 2
    z = y + x
    return np.sum(z * z) + np.sum(y)


@program([np.array([1.1, -0.3, 0.6]), np.array([0.2, 0.4, -0.7])])
def list_members_shared(values):
    a, b = values
    c = a + b
    pair = [c, a]
    return np.sum(pair[0] * pair[1]) + np.sum(c)


@program(normal(3))
def list_holds_one_array_twice(x):
    y = x * x
    both = [y, y]
    both.append(y + x)
    return np.sum(both[0] * both[1] * both[2])


@program(normal(3), normal(3))
def reshaped_sum(x, z):
    y = (x + z).reshape(3, 1)
    w = y.T
    return np.sum(y @ w) + np.sum(x * z)


@program(normal(3))
def copy_then_store(x):
    y = x
    z = y.copy()
    z[0] = 2.0 * y[1]
    return np.sum(z * z) + np.sum(y * x)


@program(normal(3))
def store_into_product_then_reuse(x):
    p = x * x
    q = p
    r = p.copy()
    r[1] = q[0]
    return np.sum(r * q) + np.sum(p)


@program(normal(3), normal(3))
def sum_with_later_store(x, z):
    s = x + z
    t = s + x
    s[0] = z[1]
    return np.sum(s * t)


@program(normal(3))
def negated_and_added(x):
    y = -x
    z = +x
    w = y + z * 3
    return np.sum(w * w) + np.sum(y * z)


@program(positive(3), 2)
def accumulates_itself(x, n):
    y = x
    for i in range(n):
        y = y + y
    return np.sum(np.log(y) * x)


def pair_of(x, z):
    return x, z


@program(normal(3), normal(3))
def arguments_handed_back(x, z):
    a, b = pair_of(x, z)
    c = a + b
    a = a + c
    return np.sum(a * b * c)


def plain(x):
    return x


@program(normal(3))
def identity_calls(x):
    a = plain(x)
    b = plain(a)
    c = a + b
    return np.sum(c * a) + np.sum(plain(c))


@program(normal(2, 3))
def rows_of_one_matrix(A):
    a = A[0]
    b = A[0]
    c = A[1]
    d = a + c
    return np.sum(d * d * b) + np.sum(a)


@program(normal(3))
def broadcast_adjoint_is_not_writable(x):
    s = np.sum(x)
    y = x + 0.0
    z = y - s
    return np.sum(y) + np.sum(z) * s


@program(normal(3, 3))
def transpose_shares(A):
    B = A.T
    C = A + B
    D = B + C
    return np.sum(C * D) + np.sum(A)


# -- one array where a function is given, or gives, two ---------------------------------


def _twice_the_same(t):
    array = np.array([t])
    return array, array


def _whole_and_part(t):
    array = np.array([t, t * t])
    return array, array[1:]


def _square_into(target, t):
    target[0] = target[0] + t * t


def _store_and_read(target, source, t):
    _square_into(target, t)
    return source[0] * source[0]


@program(0.7, 1.2)
def result_that_is_one_array_twice(x, y):
    first, second = _twice_the_same(x)
    _square_into(first, y)
    return second[0] * x


@program(0.7, 1.2)
def result_that_is_one_array_twice_in_a_tuple(x, y):
    both = _twice_the_same(x)
    _square_into(both[0], y)
    return both[1][0] * x


@program(0.7, 1.2)
def result_that_is_an_array_and_its_part(x, y):
    whole, part = _whole_and_part(x)
    _square_into(part, y)
    return whole[1] * x


@program(0.7, 1.2)
def one_array_given_twice(x, y):
    array = np.array([x])
    return _store_and_read(array, array, y) * x


@program(lambda rng: (rng.normal(size=3), 1.2))
def array_and_its_part_given(v, y):
    array = v * y
    return _store_and_read(array, array[:2], y) * np.sum(array)


# What is in a container twice has an adjoint for each place.


@program([0.3, 0.7, 1.1])
def list_twice_in_a_list(x):
    m = [x, x]
    return m[0][0] * m[1][1]


@program([0.3, 0.7, 1.1])
def list_appended_again(x):
    m = []
    for k in range(3): m.append(x)
    return m[0][0] * m[1][1] * m[2][0]


@program([0.3, 0.7, 1.1])
def list_in_tuples(x):
    m = []
    for k in range(3): m.append((x, k))
    t = 1.
    for a, k in m: t *= a[k]
    return t


@program([0.3, 0.7, 1.1])
def list_in_tuples_of_a_comprehension(x):
    m = [(x, k) for k in range(3)]
    return m[0][0][0] * m[1][0][1] ** 2 + m[2][0][0]


@program([0.3, 0.7, 1.1])
def list_captured_twice(x):
    f = [lambda t: t * x[0], lambda t: t + x[1]]
    return f[0](x[2]) * f[1](x[1])


@program([0.3, 0.7, 1.1])
def list_in_a_dict_twice(x):
    d = {k: x for k in range(3)}
    return d[0][0] * d[1][1]


@program([0.3, 0.7, 1.1])
def list_captured_in_a_loop(x):
    fs = []
    for k in range(3): fs.append(lambda t, k=k: t * x[k])
    r = 1.
    for f in fs: r = f(r)
    return r


@program({"a": 0.3, "b": 0.5})
def dict_captured_in_a_loop(p):
    fs = [lambda t, n=n: t * p["a"] + p["b"] for n in range(3)]
    r = 1.
    for f in fs: r = f(r)
    return r


class Held:
    def __init__(self, a): self.a = a


@program(Held(0.7))
def object_captured_in_a_loop(q):
    fs = [lambda t, n=n: t * q.a + n for n in range(3)]
    r = 1.
    for f in fs: r = f(r)
    return r


@program(Held(0.7))
def object_repeated_and_changed(q):
    l = [q] * 3
    l[0].a += 1
    return l[1].a * l[2].a


@program([0.3, 0.7, 1.1])
def list_in_tuples_reversed(x):
    m = [(x, k) for k in range(3)]
    n = m[::-1]
    return sum(a[k] * 2 ** k for a, k in n)


@program([0.3, 0.7, 1.1])
def list_repeated(x):
    m = [x] * 3
    return sum(a[k] * 2 ** k for k, a in enumerate(m))


@program([0.3, 0.7, 1.1])
def list_beside_its_members(x):
    m = [[x, y] for y in x]
    return sum(a[1] * b for a, b in m)


@program([0.3, 0.7, 1.1], 0.5)
def list_captured_by_made_functions(x, w):
    def make(k):
        def g(t): return t * x[k] + w
        return g
    gs = [make(k) for k in range(3)]
    return sum(g(w) for g in gs)


def hundredth_first(rows):
    for row in rows:
        row[0] *= 0.01
    return rows[0]


def pair_beside(x):
    return x * 1.0, x + 1.0


@program(normal(3))
def values_in_a_list_changed_one_by_one(x):
    rows = [x * 1.0, x + 1.0]
    for i in range(2):
        rows[i][i] = x[2] ** 2
    return np.sum(rows[0] * rows[1] * x) + np.sum(x**2)


@program(normal(3))
def values_given_in_a_list_and_changed(x):
    return np.sum(hundredth_first([x * 1.0, x + 1.0]) * x) + np.sum(x**2)


@program(normal(3))
def values_returned_together_and_changed(x):
    a, b = pair_beside(x)
    a[0] = 3.0
    b[1] *= 2
    return np.sum(a * b * x) + np.sum(x**2)


@program(normal(3))
def values_in_containers_changed(x):
    d = {"a": x + 1.0, "b": [[1.0 * x]], "c": (x - 1.0, 2)}
    d["a"][0] = 3.0
    d["b"][0][0][1] *= 2
    d["c"][0][2] = x[0] * x[1]
    return np.sum(d["a"] * d["b"][0][0] * d["c"][0]) + np.sum(x**2)


@program(normal(3), normal(3), wrt=0)
def one_expression_kept_twice(x, c):
    both = [c * 2.0, c * 2.0]
    both[0][0] = x[0] * x[1]
    more = {"a": x.copy(), "b": (x.copy(), 1)}
    more["a"][1] = both[0][0] * x[2]
    return np.sum(both[0] * both[1] * x) + np.sum(more["a"] * more["b"][0])


@program(normal(4))
def diagonal_given_before_another_contribution(x):
    """NumPy's diagonals are for reading only."""
    return np.sum(np.diag(x) @ np.diag(x, 1)[:4, :4])
