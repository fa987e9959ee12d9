"""Programs that bind in every way: unpacking, chains, augmentation, deletion; and names that clash with generated ones."""

# ruff: noqa - unusual forms are what is tested here

from types import SimpleNamespace

import numpy as np

from tests.programs import normal, program

# -- targets --------------------------------------------------------------------------


@program(normal(5))
def stars_in_every_position(x):
    a, *b = x
    *c, d = [x[0] * x[1], x[2], x[3]]
    e, *f, g = (x[4], *b, d)
    (h, *_), [i, j] = [x[0], x[1], x[2]], (x[3], x[4])
    return a * d + np.sum(b) * c[1] + e * g + sum(f) + h * i * j


@program(normal(4))
def swaps_and_rotations_with_elements(x):
    y = x * 1.0
    y[0], y[1] = y[1], y[0] * y[2]
    y[2], z = y[0], y[2]
    a, b, y[3] = y[3], z, y[1]
    a, b = b, a + b
    return a * b + np.sum(y ** 2) + z


@program(normal(4))
def chained_targets_of_all_kinds(x):
    s = SimpleNamespace()
    items = [0.0, 0.0]
    y = np.zeros(3)
    s.a = items[1] = y[2] = z = x[0] * x[1]
    (p, q) = r = (x[2], x[3])
    y[:2] = w = x[2:] * z
    w[0] = 5.0
    return s.a * items[1] + y[2] * z + p * q + r[0] * np.sum(y) + w[1]


@program(normal(4))
def target_subscript_depends_on_earlier_target(x):
    i, y = 0, np.zeros(4)
    i, y[i] = 2, x[0]
    i = y[i] = 1
    y[i] += x[1]
    k, y[k + 1 if False else 3] = 1, x[3] * x[2]
    return np.sum(y * np.arange(1.0, 5.0)) * x[k]


@program(normal(4))
def augmented_in_every_form(x):
    a = x[0]
    a += x[1]
    a *= a
    a -= a * x[2]
    a /= 2.0 + x[3] ** 2
    a **= 2
    s = SimpleNamespace(v=a, w=[a, x[1]])
    s.v *= x[0]
    s.w[0] -= s.v
    s.w[-1] **= 3
    y = np.ones(3)
    y[1:] *= x[:2]
    y[0] /= x[3]
    y -= x[1:]
    a //= 0.25
    return s.v * s.w[0] + s.w[1] + np.sum(y ** 2) + a


@program(normal(3, 3), normal(3))
def augmented_matrix_products(A, v):
    B = A.copy()
    B @= A
    v = v * 1.0
    w = v
    v @= B
    return np.sum(B * A) + np.sum(v ** 2) + np.sum(w)


@program(normal(3))
def augmented_names_of_views(x):
    y = x * 2.0
    z = y[1:]
    z += y[:2]
    z *= 2.0
    w = y
    w = w + z[0]
    w -= 1.0
    return np.sum(y * y) + np.sum(w * x)


@program(normal(4), True)
@program(normal(4), False)
def defined_in_one_branch_used_under_the_same_test(x, flag):
    if flag:
        extra = x[0] * x[1]
    y = x[2]
    if flag and y > -100:
        y = y * extra
    return y * x[3]


@program(normal(3))
def deletions(x):
    a, b = x[0] * x[1], x[2]
    c = a * b
    del a
    del (b)
    items = [c, x[0], x[1]]
    table = {"p": c, "q": x[2]}
    del items[1], table["p"]
    a = items[1] * table["q"]
    s = SimpleNamespace(m=a, n=c)
    del s.m
    return a * c + s.n * len(items)


@program(normal(3))
def annotations_and_bare_annotations(x):
    a: float = x[0] * x[1]
    b: "np.ndarray"
    b = np.sin(x)
    s = SimpleNamespace()
    s.c: float = a * 2.0
    b[0]: float = a
    return np.sum(b) * s.c


@program(normal(3, 2))
def unpack_rows_then_store(A):
    B = A * 1.0
    first, second, third = B
    first[0] = third[1] * 2.0
    (p, q), r = second, third
    r += first
    return np.sum(B ** 2) * p + q


@program(normal(3))
def unpack_string_range_and_dict(x):
    a, b, c = "xyz"
    i, j, k = range(3)
    first, second = {"u": 1, "v": 2}
    m, n = {"u": x[0], "v": x[1]}.values()
    return x[i] * x[j] * len(a + b + first + second) + x[k] * m * n


@program(normal(3))
def multiple_results_taken_apart(x):
    def both(t):
        return t * t, (np.sin(t), [t, t + 1.0])

    square, (sine, [same, more]) = both(x[0])
    _, rest = both(x[1])
    *_, last = both(x[2])
    return square * sine + same * more + rest[0] * rest[1][1] + last[0]


# -- names ----------------------------------------------------------------------------


@program(normal(3))
def names_like_adjoints(x):
    x_bar = x * 2.0
    x_saved = [x_bar[0]]
    e_bar = 1.0
    for loops in range(3):
        test = x_bar[loops] > 0
        if test:
            e_bar = e_bar * x_bar[loops] + x_saved[-1]
        x_saved.append(e_bar)
    result = x_saved[1]
    result_bar = result * e_bar
    x_term = np.sum(x ** 2) * np.sum(x ** 2)
    return result_bar + x_term * x_saved[2]


@program(normal(3))
def names_like_records(x):
    saved, exit_, done, caught, flag = x[0], 1, True, 0, x[1]
    test_saved = [saved]
    loops = 0
    while loops < 4:
        saved = saved * flag + 0.1
        loops += 1
        if saved > 2.0:
            done = False
            break
        flag = np.sin(flag) + saved
    forward = backward = saved * loops
    return forward * backward * (2 if done else 3) + test_saved[0]


@program(normal(3))
def names_of_builtins(x):
    sum = x[0] * x[1]
    list = [sum, x[2]]
    len = list[0] * list[1]
    range = 3
    float = np.sin(len) * range
    max, min, abs = float, sum, x[0]
    dict = {"zip": max}
    reversed = dict["zip"] * min
    return reversed * abs + float


@program(normal(3))
def names_of_helpers(x):
    unbroadcast = x[0] * x
    zeros_like = np.sum(unbroadcast)
    add = zeros_like + x
    like = (add + x[1]) ** 2
    np_ = np.sum(like * unbroadcast)
    f_grad = np_ * 2
    e = f_grad ** 2
    return e + f_grad


@program(normal(3), normal(3))
def names_differing_by_suffix(x, x_bar):
    x_bar2 = x * x_bar
    x_bar_bar = x_bar2 ** 2
    x_dot = x_bar_bar[0] * x_bar
    x_saved2, x_new = x_dot[1], x_dot * 2
    x_new[0] = x_saved2
    return np.sum(x_new * x_bar_bar) + np.sum(x_dot)


@program(normal(3))
def names_of_comprehension_variables_and_temporaries(x):
    items = [i * 1.0 for i in x]
    value = [item * 2 for item in items]
    best = max(value)
    t = sum(v for v in value)
    i = value[0]
    for item in value:
        i = i * item
    return best * t + i


@program(0.7)
def keywords_soft_and_dunder(_):
    match = _ * 2
    case = match ** 2
    type = case + _
    __x = type * case
    __file__ = __x * 2
    return __file__ * type


# -- stars before what has no known length --------------------------------------------


def _grown(x, n):
    xs = [x]
    for k in range(n):
        xs.append(xs[-1] * (x + k))
    return xs


@program(0.7, 3)
def list_built_of_parts_of_unknown_length(x, n):
    xs = _grown(x, n)
    ys = [*xs[:2], x * x, *xs, 1.0]
    zs = [0.5, *ys[1:], *(v * v for v in xs)]
    return sum(a * b for a, b in zip(ys, reversed(zs))) * len(zs)


@program(0.7, 3)
def all_arguments_from_a_list(x, n):
    def total(*values, start=0.0):
        for value in values:
            start = start + np.sin(value) * len(values)
        return start if isinstance(values, tuple) else start * 7.0

    def weighted(scale, *values):
        return scale * sum(k * v for k, v in enumerate(values))

    xs = _grown(x, n)
    return total(*xs) * weighted(*xs) * total(*xs, x, *xs[:2]) + weighted(x, 2.0, *xs) + total(*xs[1:], start=x)


@program(0.7, 1)
def fixed_parameters_from_a_list(x, n):
    def product(a, b):
        return a * b + a

    xs = _grown(x, n)
    first = product(*xs)
    xs.append(x)
    try:
        second = product(*xs)
    except TypeError:
        second = product(2.0, *xs[:1])
    return first * second


@program(0.7, 4)
def tuple_of_a_list_of_unknown_length(x, n):
    pair = tuple(_grown(x, n))
    scale = 2.0 if isinstance(pair, tuple) and not isinstance(pair, list) else 3.0
    first, *rest = pair
    return sum(rest) * first * scale * (1 + pair.count(100.0))
