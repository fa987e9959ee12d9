"""`while` loops: tests on floats and counters, nesting, Newton, continue."""

import numpy as np

from tests.programs import normal, program


@program(3.0, 2.0)
@program(0.9, 2.0)
def cool(x, k):
    y = x
    t = 0.0
    while t < 1.0:
        if y > 1.0:
            y = y - 0.1 * k * y**2
        else:
            y = y - 0.1 * k * y
        t += 0.1
    return y


@program(0.7, 0)
@program(0.7, 4)
def count_down(x, n):
    y = x
    while n > 0:
        y = y * x + n
        n -= 1
    return y


@program(0.7, 4)
def count_down_by_truth(x, n):
    y = x
    while n:
        y = np.sin(y) + x
        n = n - 1
    return y


@program(0.7)
@program(5.0)
def until_large(x):
    y = x
    while y < 3.3:
        y = y * 1.5 + x**2
    return y


@program(2.3)
@program(70.0)
def newton_square_root(a):
    y = a
    while abs(y * y - a) > 1e-3:
        y = 0.5 * (y + a / y)
    return y


@program(0.9, 0.3)
def kepler(M, e):
    E = M
    error = 1.0
    steps = 0
    while abs(error) > 1e-12 and steps < 20:
        error = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E = E - error
        steps += 1
    return E


@program(normal(4))
def index_walks(x):
    i = 0
    y = 0.0
    while i < len(x):
        y = y * 0.5 + x[i] ** 2
        i += 1
    return y * x[i - 1]


@program(0.8)
def true_with_break(x):
    y = x
    while True:
        y = y * y + x
        if y > 4.0:
            break
    return y


@program(0.8)
def break_in_the_middle(x):
    y = x
    k = 0
    while True:
        y = y + x**2
        if k == 3:
            break
        y = y * 0.9
        k += 1
    return y


@program(0.8)
@program(2.8)
def break_before_anything(x):
    y = x
    while True:
        if y > 2.0:
            break
        y = y * 1.7
    return y * x


@program(0.4, 6)
def with_continue(x, n):
    y = x
    i = 0
    while i < n:
        i += 1
        if i % 3 == 0:
            continue
        y = np.sin(y) * i * x
    return y


@program(0.4, 3)
@program(0.4, 0)
def nested_varying(x, n):
    y = x
    i = 0
    while i < n:
        j = 0
        while j < i:
            y = y * np.cos(x * j)
            j += 1
        y = y + x
        i += 1
    return y


@program(1.4)
def nested_by_values(x):
    y = x
    outer = 0
    while outer < 3:
        z = y
        while z < 5.2:
            z = z * 1.6
        y = y + 0.1 * z * outer
        outer += 1
    return y


@program(0.6, 3)
def while_in_for(x, n):
    y = x
    for i in range(n):
        k = i
        while k > 0:
            y = y * x + np.sin(y)
            k -= 1
    return y


@program(0.6)
def for_in_while(x):
    y = x
    n = 1
    while n < 8:
        for i in range(n):
            y = np.sin(y + i) + x
        n *= 2
    return y


@program(0.6)
def test_has_a_call(x):
    y = x
    while np.sin(y) < 0.95 and y < 3:
        y = y + 0.2 * np.cos(x * y)
    return y


@program(0.8, 27)
@program(0.8, 1)
def collatz(x, n):
    y = x
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            y = y * np.cos(0.1 * y)
        else:
            n = 3 * n + 1
            y = y + x * 0.01
    return y


@program(normal(3))
def array_until_small(v):
    while np.sum(v**2) > 0.01:
        v = v * np.array([0.3, 0.5, 0.4])
    return np.sum(v)


@program(normal(3, 3))
def power_iteration(A):
    S = A @ A.T
    v = np.ones(3)
    k = 0
    while k < 6:
        w = S @ v
        norm = np.sqrt(w @ w)
        v = w / norm
        k += 1
    return norm


@program(2.2, 0.4)
def bisect(a, slope):
    low = 0.0
    high = a
    while high - low > 0.3 * a:
        middle = (low + high) / 2
        if slope * middle < 0.5:
            low = middle
        else:
            high = middle
    return low + high * slope


@program(0.3)
def while_else(x):
    y = x
    k = 0
    while k < 3:
        y = y * x + 1
        k += 1
    else:
        y = y**2
    return y


@program(0.7)
@program(1.7)
def while_else_or_break(x):
    y = x
    k = 0
    while k < 4:
        if y > 2.5:
            break
        y = y * 1.3
        k += 1
    else:
        y = y * y
    return y * x


@program(0.7)
def continue_and_break(x):
    y = x
    k = 0
    while True:
        k += 1
        if k % 2:
            y = y + x
            continue
        y = y * x
        if k > 5:
            break
        y = y + 0.5
    return y


@program(1.5, 1.0)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-9:
        a, b = (a + b) / 2, np.sqrt(a * b)
    return a


@program(0.7)
def walrus_in_test(x):
    y = x
    while (z := y * y) < 2.0:
        y = y + 0.5 * x * z
    return y * z


@program(0.4)
def continued_fraction(x):
    k = 5
    y = 1.0
    while k >= 1:
        y = k + x / y
        k -= 1
    return y


@program(0.4, 3)
def counter_used_in_body(x, n):
    y = 0.0
    k = n
    while k:
        y += x**k / k
        k -= 1
    return y + k


@program(0.9, 0.4)
def float_counter_is_active(x, dt):
    t = 0.0
    y = x
    while t < 1.0:
        y = y + dt * (t - y)
        t = t + dt
    return y * t
