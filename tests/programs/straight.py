"""Expressions without control flow: operators, broadcasting, scalars, dtypes."""

import math

import numpy as np

from tests.programs import normal, positive, program

GAIN = 1.7
WEIGHTS = np.array([0.5, -1.5, 2.0])
single = np.array([0.4, -1.3, 0.8], dtype=np.float32)


@program(0.7)
def identity(x):
    return x


@program(0.7)
def polynomial(x):
    return 3 * x**3 - 2 * x**2 + x - 5


@program(1.3, 0.4)
def four_operations(x, y):
    return (x + y) * (x - y) / (x * y + 2.0)


@program(1.3, 0.4)
def subtraction_order(x, y):
    return x - (y - (x * y - (y - x * x)))


@program(1.3, 0.4, 2.2)
def division_chain(a, b, c):
    return a / b / c * a / (b / (c + a))


@program(1.3, 0.4, 2.2)
def product_chain(a, b, c):
    return 2 * a * b * 3 * c * a / 4 * b


@program(1.3, 0.6)
def power_both(x, y):
    return x**y + y**x + x**-2 + 2**y + (x * y) ** 0.5


@program(0.3, 1.1)
def unary_signs(x, y):
    return -x + +y - -(x * -y) - -(x**2)


@program(5.3, 2.2)
def modulo_and_floor(x, y):
    return x % y * x + x // y * y + divmod(x, 1.5)[1] * y


@program(0.3, 1.1)
def math_functions(x, y):
    return math.sin(x) * math.exp(y) + math.log(y) * math.sqrt(x) + math.atan2(x, y)


@program(0.3, 1.1)
def numpy_on_floats(x, y):
    return np.sin(x) * np.exp(y) + np.log(y) * np.sqrt(x) + np.hypot(x, y)


@program(0.4)
def nested_calls(x):
    return np.exp(np.sin(np.exp(np.cos(x) * x) / 3))


@program(0.4)
def same_variable_often(x):
    return x * x * x + x / (x + x) - x * np.sin(x) * x


@program(0.4)
def same_subexpression_twice(x):
    return np.exp(-x) / (1 + np.exp(-x)) ** 2


@program(0.4, 2.0)
def unused_argument(x, y):
    return x**2


@program(0.4, 2.0)
def constant_result(x, y):
    return 3.0


@program(0.4)
def constant_then_none_of_it(x):
    y = x * 0.0 + 2.0
    return y


@program(0.4, 3, True, "name", None, wrt=0)
def passive_arguments(x, n, flag, name, nothing):
    return x**n * flag + len(name) * x


@program(0.4, 3)
@program(0.4, 0)
@program(-0.4, -2)
def integer_exponent(x, n):
    return x**n


@program(0.7, normal(3))
def module_constants(x, v):
    return GAIN * x * np.sum(WEIGHTS * v**2)


@program(0.7)
def local_constants(x):
    half = 1 / 2
    table = [1.0, half, 3]
    scale = table[1] * table[2]
    return scale * x**2 + half


@program(0.7, 1.2)
def renamed_many_times(x, y):
    x = x * y
    x = x + y
    x = np.sin(x) * x
    y = x * y
    x = y
    return x * y


@program(0.7)
def straight_overwrites(x):
    y = x
    y = y * y
    z = y
    y = np.cos(y)
    z = z * y
    y = 2.0
    return z * y + x


@program(normal(4))
def sum_of_squares(x):
    return np.sum(x**2)


@program(normal(4), normal(4))
def dot_product(x, y):
    return x @ y + np.dot(x, x)


@program(normal(3, 4), normal(4), normal(3))
def bilinear(A, x, y):
    return y @ A @ x


@program(normal(3, 4), normal(4, 2))
def matrix_product(A, B):
    return np.sum((A @ B) ** 2)


@program(normal(3, 4), normal(4), normal(3))
def matrix_vector_sum(A, x, y):
    return np.sum(A @ x) + np.sum(y @ A)


@program(normal(2, 3, 4), normal(4, 2))
def batched_matmul(A, B):
    return np.sum(np.sin(A @ B))


# -- broadcasting: scalar, vector, matrix, three axes, each with each -----------------


@program(0.7, 1.2, id="0-0")
@program(0.7, normal(4), id="0-1")
@program(0.7, normal(3, 4), id="0-2")
@program(0.7, normal(2, 3, 4), id="0-3")
@program(normal(4), 0.7, id="1-0")
@program(normal(4), normal(4), id="1-1")
@program(normal(4), normal(1), id="1-one")
@program(normal(1), normal(4), id="one-1")
@program(normal(4), normal(3, 4), id="1-2")
@program(normal(3, 4), normal(4), id="2-1")
@program(normal(3, 1), normal(4), id="column-1")
@program(normal(3, 1), normal(1, 4), id="column-row")
@program(normal(3, 4), normal(3, 1), id="2-column")
@program(normal(1, 1), normal(3, 4), id="one_one-2")
@program(normal(2, 3, 4), normal(4), id="3-1")
@program(normal(2, 3, 4), normal(3, 4), id="3-2")
@program(normal(2, 3, 4), normal(3, 1), id="3-column")
@program(normal(2, 1, 4), normal(1, 3, 1), id="3-3")
def broadcast(x, y):
    z = x * y + np.sin(x) - y / 3
    return np.sum(z * z)


@program(0.7, normal(4))
@program(normal(4), 0.7)
@program(normal(3, 1), normal(4))
def broadcast_add_only(x, y):
    return np.sum(x + y)


@program(positive(4), 0.7)
@program(1.3, normal(4))
@program(positive(3, 1), normal(4))
def broadcast_power_and_division(x, y):
    return np.sum(x**y / (2 + y * y) - y / x)


@program(normal(4), 0.7)
def mean_minus_scalar(x, c):
    return np.mean(x - c) + np.mean((x - c) ** 2) * c


@program(0.3, normal(5))
def lazy_sum_of_scalar_plus_array(k, a):
    return np.sum(k + a) + np.mean(k * np.ones(3))


@program(normal(3, 4))
def centre_rows(A):
    B = A - np.mean(A, axis=1, keepdims=True)
    C = B - np.mean(B, axis=0)
    return np.sum(C**3)


@program(normal(3, 4))
def reductions_of_reductions(A):
    return np.sum(np.sum(A**2, axis=0) * np.mean(A, axis=0)) + np.max(np.min(A, axis=1))


@program(normal(3, 4))
def softmax_rows(A):
    e = np.exp(A - np.max(A, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.mean(np.log(p[:, 1]))


@program(normal(4), normal(4))
def outer_by_newaxis(x, y):
    D = x[:, None] - y[None, :]
    return np.sum(np.exp(-(D**2)))


@program(positive(4))
def variance_by_hand(x):
    n = x.size
    mean = np.sum(x) / n
    return np.sum((x - mean) ** 2) / (n - 1) + x.shape[0] * mean


# -- dtypes, 0-d arrays, sizes --------------------------------------------------------


@program(single)
def single_precision(x):
    return np.sum(x * x + np.sin(x))


@program(single, 0.5)
def single_with_float(x, c):
    return np.sum(c * x**2)


@program(single, normal(3))
def single_and_double(x, y):
    return np.sum(x * y) + np.mean(x) * np.mean(y)


@program(np.float32(0.7), np.float64(1.2))
def numpy_scalars(x, y):
    return x * x * y + np.sin(y)


@program(np.array(0.7))
def zero_dimensional(x):
    return x * x + np.sin(x)


@program(np.array(0.7), normal(3))
def zero_dimensional_and_vector(x, v):
    return np.sum(x * v) * x


@program(normal(1))
def size_one_result(x):
    return x * x


@program(normal(1, 1))
def size_one_matrix_result(x):
    return np.sin(x) * 2.0


@program(normal(0))
def empty_array(x):
    return np.sum(x * x) + 1.0


@program(normal(3), np.array([1, 2, 3]), wrt=0)
def integer_array_argument(x, k):
    return np.sum(x**k) + np.sum(k) * x[0]


@program(normal(4), np.array([True, False, True, True]), wrt=0)
def boolean_array_argument(x, keep):
    return np.sum(x * keep) + np.sum(np.where(keep, x, 0.0) ** 2)


@program(2.6)
def casts_keep_their_slope(x):
    return float(x) * x + int(x) * x + np.float64(x) ** 2


@program(0.2, 3)
def integer_arithmetic_stays_passive(x, n):
    m = n // 2 + n % 2
    k = (n << 1) | 1
    return x * m + k * x**2


@program(normal(4))
def long_expression(x):
    return np.sum(
        np.tanh(x) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        + np.log1p(x**2) * np.arctan(x)
        - np.maximum(x, 0.1) * np.minimum(x, 0.3)
        + np.abs(x) ** 1.5 / (1 + np.cosh(x))
    )


@program(0.3, 0.5, 0.7, 0.9, 1.1, 1.3)
def many_arguments(a, b, c, d, e, f):
    t = a * b + c * d
    u = t * e - f / a
    v = u * u + t
    w = v / (1 + t * t)
    return w * a + v * b + u * c + t * d + e * f


@program(normal(3, 5), normal(5), normal(3))
def gates_cut_from_one_vector(w, b, x):
    n = len(b) // 2
    h = np.zeros(n)
    c = np.ones(n)
    for _ in range(3):
        z = x @ w + b
        c = c * np.tanh(z[:n]) + z[n : 2 * n] * h
        h = np.sin(z[-n:]) * c
    return np.sum(h * c)


@program(normal(4), normal(6), normal(7))
@program(normal(1), normal(6), normal(7))
def halves_of_unequal_length(x, y, z):
    k = len(y) // 2
    joined = np.concatenate((x, y[:k]))
    return np.sum(joined * z[: len(x) + k]) + np.sum(y[k:] * y[:k]) * np.sum(y[: len(z) % 3] ** 2)


@program(normal(6), 3)
@program(normal(6), 1)
@program(normal(6), 0)
@program(normal(6), 9)
@program(normal(6), -2)
def part_up_to_an_argument(x, n):
    total = np.sum(x[:n] * np.exp(x)[:n]) + x[0] ** 2
    for i in range(2):
        total += np.sum(x[n : 2 * n] * (i + 2.0)) ** 2
    return total


@program(normal(4, 9), normal(4, 3))
def columns_between_constants(a, b):
    p = np.cross(a[:, 3:6], b) + a[:, 6:]
    return np.sum(p[:, :2] ** 2 * p[:, 2:])
