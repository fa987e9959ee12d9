"""`for` loops: ranges, bounds, nesting, what they run over, what outlives them."""

import numpy as np

from tests.programs import normal, positive, program


@program(0.9, 0)
@program(0.9, 1)
@program(0.9, 5)
def power_by_loop(x, n):
    y = 1.0
    for i in range(n):
        y = y * x
    return y


@program(normal(5))
@program(normal(0))
def sum_by_index(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2
    return total


@program(normal(6), 1, 5, 2)
@program(normal(6), 5, 0, -2)
@program(normal(6), 3, 3, 1)
@program(normal(6), 4, 1, 1)
@program(normal(6), -1, -4, -1)
def range_forms(x, start, stop, step):
    total = 0.0
    for i in range(start, stop, step):
        total = total * 0.5 + x[i] ** 2 * (i + 1)
    return total


@program(normal(5))
def descending(x):
    y = 0.0
    for i in range(len(x) - 1, -1, -1):
        y = np.sin(y + x[i])
    return y


@program(normal(5))
def reversed_range(x):
    y = 0.3
    for i in reversed(range(x.shape[0])):
        y = y * x[i] + i
    return y


@program(normal(5), normal(5))
def horner_with_growing_power(c, x):
    total = 0.0
    p = np.ones(5)
    for i in range(5):
        total = total + np.sum(c[i] * p)
        p = p * x
    return total


@program(0.6, 3, 4)
@program(0.6, 0, 4)
@program(0.6, 3, 0)
def nested_two(x, m, n):
    y = x
    for i in range(m):
        for j in range(n):
            y = np.sin(y) + x * i - j * 0.1
        y = y * 0.9
    return y


@program(0.6, 4)
@program(0.6, 1)
@program(0.6, 0)
def triangular(x, n):
    y = 0.1
    for i in range(n):
        for j in range(i):
            y = y * x + np.cos(y * j)
        y = y + x
    return y


@program(0.6, 4)
def upper_triangular(x, n):
    y = 0.1
    for i in range(n):
        for j in range(i + 1, n):
            y += np.sin(x * i) * y / j
    return y


@program(0.6)
def six_deep(x):
    y = x
    for a in range(2):
        for b in range(a, 2):
            for c in range(1):
                for d in range(2):
                    for e in range(d + 1):
                        for f in range(2):
                            y = y * 0.9 + np.sin(y * x) * 0.1 + (a + b - e * f) * 0.01
                    y = y * x
                y = y + c
        y = y - x * y
    return y


@program(0.8, 3)
def bound_changed_in_body(x, n):
    y = x
    for i in range(n):
        n = 1
        y = y * x + n
    return y * n


@program(2.7)
def bound_from_active_value(x):
    y = 1.0
    for i in range(int(x * 2)):
        y = y * x / (i + 1)
    return y


@program(0.8, 4)
def bound_overwritten_after_loop(x, n):
    y = x
    for i in range(n):
        y = y * np.cos(y)
    n = 0
    for i in range(n):
        y = y * 100
    return y + n


@program(normal(4))
def loop_variable_after_loop(x):
    y = 0.0
    for i in range(3):
        y += x[i] ** 2
    return y * x[i] + i


@program(normal(3))
def loop_variable_reused_by_next_loop(x):
    e = 0.0
    for i in range(3):
        e += x[i] ** 2
    for i in range(2):
        e += x[i] ** 3 * e
    return e


@program(normal(4))
def loop_variable_overwritten(x):
    y = 0.0
    for i in range(4):
        i = (i * 3 + 1) % 4
        y = y * 0.7 + x[i] ** 2
    return y * x[i]


@program(normal(4))
def loop_variable_also_before(x):
    i = 2
    y = x[i] ** 2
    for i in range(2):
        y = y * x[i]
    return y


@program(normal(4))
def loop_variable_before_zero_trips(x):
    i = 3
    y = x[0]
    for i in range(0):
        y = y * 2
    return y * x[i] ** 2


@program(normal(4))
def inner_loop_same_variable(x):
    y = 0.5
    for i in range(3):
        for i in range(2):
            y = y * np.sin(x[i])
        y = y + x[i + 1] * i
    return y


@program(normal(4))
def over_array(x):
    y = 0.0
    for v in x:
        y = y * 0.5 + v**2
    return y


@program(normal(3, 2))
def over_rows(A):
    y = 1.0
    for row in A:
        y = y * np.sin(row[0]) + np.sum(row**2)
    return y


@program(normal(3, 2))
def over_rows_and_elements(A):
    y = 0.0
    for row in A:
        for v in row:
            y = np.tanh(y + v)
    return y


@program(normal(3), 0.4)
def over_list_display(x, s):
    y = 0.0
    for v in [x[0], s * s, x[1] * x[2], 2.0]:
        y = y * s + v
    return y


@program([0.3, 0.7, -1.1], 0.6)
@program([], 0.6, wrt=(0, 1))
def over_list_argument(values, x):
    y = x
    for v in values:
        y = y * np.cos(v)
    return y


@program((0.3, 0.7, -1.1), 0.5)
def over_tuple_argument(values, x):
    y = x
    for v in values:
        y = y * v + x
    return y


@program(0.3, 0.8)
def over_strings(x, y):
    z = 1.0
    for kind in ("sin", "cos", "sin"):
        if kind == "sin":
            z = z * np.sin(x)
        else:
            z = z * np.cos(y)
    return z


@program(normal(4))
def over_enumerate(x):
    y = 0.0
    for i, v in enumerate(x):
        y += v**2 * (i + 1) * x[-1 - i]
    return y


@program(normal(4))
def over_enumerate_from(x):
    y = 0.0
    for k, v in enumerate(x, start=2):
        y += v**k
    return y


@program(normal(4), normal(4))
def over_zip(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += a * b**2
    return total


@program(normal(4), normal(3), [1.0, 2.0, 3.0, 4.0], wrt=(0, 1))
def over_zip_of_three(x, y, w):
    total = 0.0
    for a, b, c in zip(x[1:], y, w):
        total += c * a * b**2
    return total


@program(normal(4), normal(4))
def over_enumerate_zip(x, y):
    total = 0.0
    for i, (a, b) in enumerate(zip(x, y)):
        total = total * 0.5 + a * b * (i + x[i])
    return total


@program(normal(4))
def over_pairs(x):
    total = 0.0
    for a, b in zip(x[:-1], x[1:]):
        total += (b - a) ** 2 * a
    return total


@program(normal(4))
def over_reversed(x):
    y = 0.2
    for v in reversed(x):
        y = y * v + 1
    return y


@program([0.4, 0.9, -0.3])
def over_reversed_list(values):
    y = 0.2
    for v in reversed(values):
        y = y * v + 1
    return y


@program({"a": 0.3, "b": 0.8, "c": -1.2})
def over_dict_values(params):
    y = 1.0
    for v in params.values():
        y = y * (1 + v**2)
    return y


@program({"a": 0.3, "b": 0.8})
def over_dict_items(params):
    y = 1.0
    for name, v in params.items():
        y = y * (1 + v**2) if name == "a" else y + v
    return y


@program({"a": 0.3, "b": 0.8})
def over_dict_keys(params):
    y = 1.0
    for name in params:
        y = y + params[name] ** 2
    for name in params.keys():
        y = y * params[name]
    return y


@program(normal(5), np.array([3, 0, 3, 1]), wrt=0)
def over_integer_array(x, order):
    y = 0.3
    for i in order:
        y = y * x[i] + x[i] ** 2
    return y


@program(normal(3), normal(4, 3))
def accumulator_becomes_array(w, rows):
    acc = 0.0
    for row in rows:
        acc = acc + row * w
    return np.sum(acc**2)


@program(normal(3), 2)
def accumulator_from_zero_integer(w, n):
    acc = 0
    for i in range(n):
        acc += w**2
    return np.sum(acc * w)


@program(normal(3), 2)
def accumulator_of_zeros(w, n):
    acc = np.zeros(3)
    for i in range(n):
        acc = acc + np.sin(w) * (i + 1)
    return np.sum(acc**2)


@program(normal(3), 0.3, 2)
def scalar_becomes_array_in_loop(v, s, n):
    y = s
    for i in range(n):
        y = y * v
    return np.sum(y)


@program(0.6, 3)
def several_accumulators(x, n):
    s = 0.0
    p = 1.0
    q = x
    for i in range(n):
        s += p * x
        p *= x + s
        q = q * p - s
    return s + p + q


@program(0.6, 0.9, 4)
def fibonacci_like(a, b, n):
    for i in range(n):
        a, b = b, a * b + a
    return a * b


@program(0.6, 4)
def shift_register(x, n):
    a = x
    b = 2 * x
    c = x * x
    for i in range(n):
        t = a * b
        a = b
        b = c
        c = np.sin(t)
    return a + b * c


@program(0.6, 3)
@program(0.6, 1)
def local_of_loop_used_after(x, n):
    y = x
    for i in range(n):
        last = y * x + i
        y = np.sin(last)
    return y * last


@program(0.6, 3)
@program(0.6, 0)
def local_with_earlier_life(x, n):
    s = 2 * x
    y = s**2
    for i in range(n):
        s = y * x
        y = y + s**2
    return y * s


@program(0.6, 3)
def defined_in_first_iteration(x, n):
    y = 0.0
    for i in range(n):
        if i == 0:
            base = x**2
        y = y * 0.5 + base * x
    return y


@program(1.4, 3)
@program(0.4, 3)
def local_in_one_branch(x, n):
    e = 0.0
    for i in range(n):
        if x > 1:
            s = x * i
            e = e + s**2
        e = e + x
    return e


@program(0.4, 5)
def branch_on_counter(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            t = y * y
            y = np.sin(t)
        else:
            t = x - 3 * y
            y = y * t + x
    return y * t


@program(0.4, 5)
def branch_on_value(x, n):
    y = x
    for i in range(n):
        if y > 0.5:
            y = y * x
        elif y > 0.3:
            y = y + x * y
        else:
            y = np.exp(y)
    return y


@program(0.4, 4)
def value_needed_then_overwritten(x, n):
    y = x
    total = 0.0
    for i in range(n):
        total = total + y**3
        y = x * (i + 1)
        total = total * y
        y = total
    return total + y


@program(0.4, 3)
def old_and_new_value_together(x, n):
    y = x
    for i in range(n):
        y = np.sqrt(y**2 + 1.0)
    return y


@program(normal(3, 3), normal(3), 3)
def recurrent_net(W, h, n):
    for t in range(n):
        h = np.tanh(W @ h)
    return np.sum(h**2)


@program(normal(4, 3), normal(3), 0.1, 3)
def gradient_descent(X, w, rate, n):
    for i in range(n):
        r = X @ w - 1.0
        w = w - rate * (X.T @ r)
    return np.sum(w**2)


@program(positive(4), 3)
def normalise_repeatedly(x, n):
    for i in range(n):
        x = x / np.sum(x**2)
        x = x + 0.1
    return x[0] * x[1]


@program(normal(3), 3)
def argument_rebound_in_loop(x, n):
    y = 0.0
    for i in range(n):
        x = x * np.cos(x)
        y = y + np.sum(x)
    return y


@program(0.7, 3)
def loop_over_dead_values(x, n):
    unused = 0.0
    for i in range(n):
        unused = unused + x * i
    return x**2


@program(0.7, 3)
def constant_loop(x, n):
    c = 1.0
    for i in range(n):
        c = c * 1.1 + i
    return c * x


@program(0.7, 3)
def two_loops_one_name(x, n):
    y = x
    for i in range(n):
        y = y * y - x
    z = y
    for i in range(n + 1):
        y = np.sin(y) * z
    return y + z


@program(0.7)
def loops_in_branches(x):
    y = x
    if x > 0.5:
        for i in range(3):
            y = y * x
    else:
        for i in range(2):
            y = y + x
    for i in range(2):
        if i == 1:
            for j in range(3):
                y = np.sin(y) * (j + 1)
    return y


@program(normal(2), 4)
def step_in_two_dimensions(p, n):
    x, v = p
    for i in range(n):
        a = -np.sin(x)
        v = v + 0.1 * a
        x = x + 0.1 * v
    return x**2 + v


@program(0.5, 3)
def power_series(x, n):
    total = 1.0
    term = 1.0
    for k in range(1, n + 1):
        term = term * x / k
        total += term
    return total


@program(normal(3))
def empty_range_keeps_values(x):
    y = x * 2
    for i in range(5, 2):
        y = y * 0
    return np.sum(y * x)


@program(normal(4))
def index_arithmetic(x):
    n = len(x)
    y = 0.0
    for i in range(2 * n):
        y += x[i % n] * x[(i + 1) % n] * (i // n + 1)
    return y


@program(normal(4))
def counter_kept_by_hand(x):
    k = 0
    y = 0.0
    for v in x:
        y += v * x[k] * k
        k += 1
    return y * k


@program(normal(4))
def running_index_changes_at_random(x):
    k = 1
    y = 0.2
    for i in range(5):
        y = y * np.cos(x[k])
        k = (k * 3 + i) % 4
        y += x[k]
    return y


@program(0.3)
def nested_trip_counts_vary(x):
    y = x
    for n in [2, 0, 3, 1]:
        for j in range(n):
            y = y * np.cos(y + j)
        y = y + 0.5
    return y


@program([0.3, 0.8, 1.1, -0.2])
def test_of_the_element_before(xs):
    y = 0.0
    for i in range(len(xs)):
        if i > 0 and previous > 0.5:  # noqa: F821
            y = y + xs[i] ** 2
        previous = xs[i]
    return y


@program([0.3, 0.8, 1.1, -0.2], 0.7)
def element_read_then_replaced(xs, w):
    ys = list(xs)
    total = 0.0
    for i in range(len(ys)):
        v = ys[i]
        ys[i] = v * w
        total += v**2 * ys[i]
    return total


@program(normal(3, 2), [0.4, -0.7, 1.2])
def rows_named_in_turn(A, weights):
    total = 0.0
    for i in range(len(A)):
        row = A[i]
        for j in range(len(row)):
            element = row[j]
            scale = weights[i] * element
            total = total + scale * element**2
    for i in range(len(A)):
        row = A[i]
        total = total * row[0] + np.sum(row**2)
    return total


@program([0.3, 0.8, -1.1], 0.7)
def sums_of_sums(xs, w):
    inner = sum([w * x for x in xs if x > 0])
    both = sum(x * y for x in xs for y in xs)
    chained = sum(v**2 for v in [u * w for u in xs])
    return inner * both + chained


@program([0.3, 0.8, -1.1, 0.5], 2)
def parts_of_a_list(xs, k):
    ys = [x**2 for x in xs]
    return sum(ys[1:]) * sum(ys[:-1]) + sum(v * u for v, u in zip(ys[:9], ys[1:3])) + sum(ys[:-6]) + ys[k:][0]
