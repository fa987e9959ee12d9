"""Assignment in all forms: tuples, stars, swaps, chains, augmented, del."""

import numpy as np

from tests.programs import normal, program


@program(0.4, 0.9)
def tuple_assignment(x, y):
    a, b = x * y, x + y
    c, d = a * b, a - b
    return c * d


@program(0.4, 0.9)
def swap(x, y):
    x, y = y, x
    return x**2 * y


@program(0.4, 0.9, 1.4)
def rotate(a, b, c):
    a, b, c = b, c, a * b
    a, b, c = c, a, b
    return a - b**2 * c


@program(normal(3))
def unpack_array(p):
    x, y, z = p
    return x * y - z**2


@program(normal(3, 2))
def unpack_rows(A):
    a, b, c = A
    return np.sum(a * b) * c[0] + c[1]


@program(normal(2, 2))
def unpack_nested(A):
    (a, b), (c, d) = A
    return a * d - b * c


@program(0.4, (0.9, (1.2, 0.3)))
def nested_targets(x, t):
    a, (b, c) = t
    (u, v), w = (a * x, b), c
    return u * v - w


@program(normal(5))
def star_unpacking(x):
    first, *middle, last = x
    total = first * last
    for m in middle:
        total += m**2
    return total + len(middle)


@program([0.3, 0.8, 1.1])
def star_at_the_end(values):
    head, *tail = values
    return head * tail[0] * tail[1] + tail[-1]


@program([0.3, 0.8])
def star_of_nothing(values):
    a, b, *rest = values
    return a * b + len(rest)


@program([0.3, 0.8, 1.1])
def list_target(values):
    [a, b, c] = values
    return a * b - c * a


@program(0.4)
def chained_targets(x):
    a = b = x * x
    a = a * 2
    c = d = e = a * b
    d = d + x
    return a + b * c - d * e


@program(normal(3))
def chained_arrays(x):
    a = b = x * x
    a = a + b
    return np.sum(a * b)


@program(normal(3))
def chained_arrays_stored(x):
    a = b = x * x
    a[0] = x[1]
    b[1] *= 3.0
    return np.sum(a * b * x)


@program(0.4, 0.9)
def augmented_names(x, y):
    z = x
    z += y
    z *= x
    z -= y**2
    z /= 2 + x
    z **= 2
    return z


@program(0.4)
def augmented_by_itself(x):
    x += x
    x *= x
    x -= x / 3
    x /= 1 + x
    return x


@program(5.3)
def augmented_modulo(x):
    y = x * x
    y %= 3.0
    y //= 0.7
    return y + x


@program(normal(4))
def augmented_subscripts(x):
    y = np.zeros(4)
    y[0] += x[0]
    y[1] -= x[1] * x[2]
    y[2] = 1.0
    y[2] *= x[3]
    y[3] = 3.0
    y[3] /= x[0]
    y[0] **= 2
    return np.sum(y * x)


@program(normal(4))
def augmented_slices(x):
    y = x.copy()
    y[1:] += x[:-1]
    y[:2] *= x[2:]
    y[::2] -= 1.5 * x[1::2]
    return np.sum(y**2)


@program(normal(3), normal(3, 3))
def augmented_matmul(v, A):
    B = A.copy()
    B @= A
    B += np.outer(v, v)
    return np.sum(B @ v)


@program(normal(3))
def augmented_array_is_a_store(x):
    y = x * 2
    z = y
    y += x
    return np.sum(z**2) + np.sum(y)


@program(0.3)
def augmented_scalar_is_a_rebinding(x):
    y = x * 2
    z = y
    y += x
    return z**2 + y


@program([0.3, 0.9])
def augmented_list_elements(values):
    kept = [v for v in values]
    kept[0] *= kept[1]
    kept[1] += kept[0] ** 2
    return kept[0] * kept[1]


@program({"a": 0.3, "b": 1.3})
def augmented_dict_elements(params):
    kept = dict(params)
    kept["a"] *= kept["b"]
    kept["b"] -= kept["a"]
    return kept["a"] ** 2 * kept["b"]


@program(0.3)
def deleted_names(x):
    y = x * x
    z = y * x
    del y
    y = z + x
    del z
    return y * x


@program(normal(3))
def deleted_elements(x):
    values = [x[0], x[1] * 2, x[2]]
    del values[1]
    table = {"a": x[0], "b": x[1]}
    del table["a"]
    return values[0] * values[1] + table["b"]


@program(0.3)
def annotated(x: float) -> float:
    y: float = x * x
    z: float
    z = y + x
    n: int = 3
    return z * y**n


@program(normal(3))
def tuple_of_elements(x):
    y = x.copy()
    y[0], y[1] = x[1], x[0] * 2
    i, y[2] = 1, x[2] ** 2
    return np.sum(y**2) + y[i]


@program(normal(3))
def swap_of_elements(x):
    y = x.copy()
    y[0], y[2] = y[2], y[0]
    y[1], y[0] = y[0], y[1]
    return y[0] + 2 * y[1] ** 2 + 3 * y[2] ** 3


@program(normal(3, 2))
def swap_of_rows_by_copy(A):
    B = A.copy()
    t = B[0].copy()
    B[0] = B[1]
    B[1] = t
    return np.sum(B[0] ** 2) + np.sum(B[1] ** 3) + np.sum(B[2])


@program(normal(3, 2))
def swap_of_rows_without_copy(A):
    B = A.copy()
    B[0], B[1] = B[1], B[0]
    return np.sum(B[0] ** 2) + np.sum(B[1] ** 3) + np.sum(B[2])


@program(normal(3, 2))
def swap_of_rows_by_index(A):
    B = A.copy()
    B[[0, 1]] = B[[1, 0]]
    return np.sum(B[0] ** 2) + np.sum(B[1] ** 3) + np.sum(B[2])


@program(0.4, 3)
def target_index_evaluated_late(x, n):
    y = np.zeros(4)
    i, y[n] = n - 1, x
    i, y[i] = 0, x * x
    return y[3] * 2 + y[2] * 3 + y[i]


@program(0.4)
def tuple_kept_whole(x):
    pair = x * x, np.sin(x)
    a, b = pair
    return a * pair[1] + b * pair[0] ** 2


@program(normal(3))
def names_rebound_to_other_kinds(x):
    t = x
    s = np.sum(t * t)
    t = s * 2
    u = t * x
    t = [u, x]
    return np.sum(t[0] * t[1]) * s


@program(0.7, normal(3))
def scalar_name_becomes_array(a, b):
    t = a
    u = t * t
    t = a * b
    return np.sum(t) * u


@program(0.4)
def assigned_and_never_used(x):
    y = x * 3
    y = x * 4  # noqa: F841
    unused = [y, x]  # noqa: F841
    z, _ = x**2, x**3
    return z


@program(0.4)
def semicolons(x):
    y = x * 2
    z = y * x
    y = z + 1  # noqa: E702  # fmt: skip
    return y * z


@program(0.4, 0.7, 1.3)
def one_name_bound_twice(a, b, c):
    a, a, c = b, c, a * b
    for b, b in [(a * c, b), (c, a * b)]:
        c = c + b * a
    return a * b + c**2


@program(normal(2), 0.7)
def one_name_bound_twice_and_an_index_between(x, a):
    y = x * a
    k, y[k], k = 0, a**2, 1
    _, y[0], _ = x[0], x[k], a
    return np.sum(y * x) + y[k]
