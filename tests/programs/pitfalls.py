"""The smallest programs that break a naive reverse pass, one for each way."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(4))
def view_and_store(x):
    y = x * x
    v = y[1:]
    z = v * v
    y[2] = 5.0
    return np.sum(z) + np.sum(v**3)


@program(normal(4), 3)
def view_and_store_in_loop(x, n):
    y = x * x
    total = 0.0
    for i in range(n):
        v = y[1:]
        total += np.sum(v * v)
        y[i] = total * 0.1
        total += v[0]
    return total


@program(normal(3), normal(3))
def shared_adjoint(x, z):
    p = x * x
    y = x + z
    return np.sum(y * y + p)


@program(0.4, normal(3))
def lazy_adjoint_summed(k, a):
    return np.sum(k + a)


@program(normal(3, 4), normal(4))
def lazy_adjoint_meets_matmul(A, w):
    return np.sum(A @ w)


@program(normal(3, 4), normal(4, 2))
def lazy_adjoint_meets_matrices(A, B):
    return np.mean(A @ B) + np.sum((A @ B).T)


@program(normal(5), 2)
def own_view_read_after_write(u, n):
    u = u.copy()
    for t in range(n):
        u[1:-1] += u[2:] + u[:-2]
    return np.sum(u**2)


@program(0.7, 3)
def old_and_new_in_one(x, n):
    y = x
    for i in range(n):
        y = np.sqrt(y**2 + 1.0)
    return y


@program(0.7, 0.4, 3)
def old_and_new_apart(w, h, n):
    for i in range(n):
        h = np.tanh(w * h)
    return h


@program(0.7, 3)
@program(0.7, 0)
@program(0.7, 1)
def local_with_an_earlier_life(x, n):
    s = 2 * x
    y = s**2
    for i in range(n):
        s = y * x
        y = y + s**2
    return y


@program(1.7, 3)
@program(0.7, 3)
def local_in_one_branch(x, n):
    e = 0.0
    for i in range(n):
        if x > 1:
            s = x * i
            e = e + s**2
    return e + x


@program(np.array([0.53, -1.17, 2.03]))
def loop_variable_twice(x):
    e = 0.0
    for i in range(3):
        e += x[i] ** 2
    for i in range(2):
        e = e * np.sin(x[i]) + x[i]
    return e


@program(0.4, (2, 0, 3, 1))
@program(0.4, ())
@program(0.4, (0, 0))
def inner_counts_vary(x, counts):
    y = x
    i = 0
    while i < len(counts):
        j = 0
        while j < counts[i]:
            y = y * np.cos(y) + x
            j += 1
        y = y * 0.9
        i += 1
    return y


def stretch(d, rest):
    r = d - rest
    return np.sqrt(r**2 + 1.0)


@program(0.4, 0.9)
def two_calls_of_one_function(x, rest):
    a = stretch(x, rest)
    b = stretch(a * x, rest)
    return a * b + stretch(b, x)


@program(normal(6), 0.7, 1.3)
def chain_energy(x, rest, k):
    e = 0.0
    for i in range(len(x) - 1):
        s = stretch(x[i + 1] - x[i], rest)
        e += k * s**2
    return e


@program(normal(4))
def shape_keeps_a_value_alive(x):
    z = x * 2.0
    return np.sum(z)


@program(0.4, 0.9)
@program(0.4, -0.9)
def branch_kills(x, c):
    y = x * x
    if c > 0:
        y = c * c
    return y * x


@program(normal(3), np.array([0, 0, 1]), wrt=0)
def repeated_index(x, idx):
    return np.sum(x[idx] ** 2)


@program(0.4, normal(3))
def one_name_of_two_kinds(a, b):
    t = a
    u = t * t
    t = a * b
    return np.sum(t) * u


@program(0.4, normal(3))
def unbroadcast_reads_a_shape(c, b):
    acc = np.zeros(3)
    for i in range(3):
        acc = acc + c * b
        acc = acc * np.cos(acc)
    return np.sum(acc)


@program(normal(3))
def same_subexpression_twice(x):
    y = np.exp(-x) / (1 + np.exp(-x))
    return np.sum(y * y)


@program(0.4, 3)
def test_asked_again(x, n):
    y = x
    for i in range(n):
        if i > 1:
            y = y * y
        if y > 0.2:
            y = y - 0.1 * x
    return y


@program(0.4, 3)
def dead_loop(x, n):
    e = x
    for i in range(n):
        e += x * i
        for j in range(2):
            e += j * x
    return e


@program(0.4, 0.9, 1.4)
def result_read_by_its_block(a, b, c):
    return a * b / c


@program(0.4, 3)
def cheap_local(x, n):
    e = 0.0
    for i in range(n):
        s = x * i
        e += s**2
    return e


@program(normal(4, 3), normal(3), np.array([1.0, 0.0, 1.0, 1.0]), wrt=(0, 1))
def logistic_loss(X, w, y):
    z = X @ w
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@program(normal(3))
def store_then_alias_of_dead_name(x):
    y = x * x
    z = y
    z[0] = x[1]
    return np.sum(z * x)


@program(normal(3))
def useless_looking_store(x):
    y = x * x
    v = y[:2]
    y[0] = x[2] ** 2
    return np.sum(v**2)


@program(positive(3), 3)
def saved_by_reference_then_stored(x, n):
    y = x * 1.0
    total = 0.0
    for i in range(n):
        z = y
        total += np.sum(np.log(z) * x)
        y = y * 1.1
        y[i] = x[i] ** 2
    return total


@program(normal(3))
def inactive_array_becomes_active(x):
    a = np.ones(3)
    b = np.sum(a * x)
    a[1] = x[1]
    c = np.sum(a * x)
    a[:] = 2.0
    return b * c + np.sum(a * x)


@program(normal(3), 0.7)
def reset_inside_loop(x, c):
    total = 0.0
    for i in range(3):
        acc = 0.0
        for j in range(i + 1):
            acc += x[j] * c
        total += acc**2
    return total


@program(0.7, 3)
def first_contribution_in_a_branch(x, n):
    y = x * x
    total = x
    for i in range(n):
        if i == 1:
            total = total + y * i
        total = total * np.cos(x)
    return total
