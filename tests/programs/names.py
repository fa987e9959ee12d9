"""Names of the user's that generated code also likes, or that hide Python's own."""

import numpy as n
import types

import numpy as np
from numpy import sin as sine
from numpy import sum as sum_
from numpy.linalg import norm

from tests.programs import normal, program


@program(0.4)
def bars(x):
    x_bar = x * x
    y_bar = x_bar * x
    x = y_bar + x_bar
    return x * x_bar


@program(0.4, 3)
def saves(x, n):
    x_saved = x
    saved = 0.0
    for i in range(n):
        saved = saved + x_saved * x
        x = np.sin(x)
        x_saved = x * saved
    return x * saved


@program(0.4)
def results(x):
    result = x * x
    result_bar = result + x
    y = result * result_bar
    result = y
    return result * 2


@program(0.4, 0.8)
def terms(x, y):
    x_term = np.exp(-x) * y
    y_term_bar = np.exp(-x) / (1 + np.exp(-x))
    result_term = x_term * y_term_bar
    return result_term / (1 + np.exp(-x * y))


@program(0.4, 3)
def records(x, loops):
    test = x > 0
    exit_code = 0
    for i in range(loops):
        if test:
            x = x * np.cos(x)
        else:
            break
        exit_code += 1
    test_saved = x
    k = 0
    while k < 2:
        test = x > 0.1
        if test:
            x = x * 0.7
        k += 1
    return x * test_saved * exit_code


@program(0.4)
def dots(x):
    x_dot = x * 2
    y_dot = x_dot * x
    return y_dot + x_dot


@program(normal(3))
def np_under_other_names(x):
    return n.sum(sine(x) ** 2) * norm(x) + sum_(x)


@program(0.4, 0.9)
def np_is_a_variable(x, np):
    y = x * np
    return y**2 + np


@program(0.4)
def np_assigned(x):
    np = x * 2
    return np * np


@program(normal(3))
def builtins_as_variables(x):
    list = x[0] * x[1]
    sum = list + x[2]
    len = sum * sum
    max = len
    type = max * 2
    return type * list


@program(normal(3))
def more_builtins(x):
    range = 3
    id = 0.0
    for i in (0, 1, 2):
        id = id + x[i] * range
    float = id * id
    int = float + 1
    reversed = int
    return reversed * id


@program(0.4, 0.8)
def underscores(_, __):
    _x = _ * __
    __y = _x + _
    return _x * __y


@program(0.4, 0.8)
def unicode_letters(α, β):
    γ = α * β
    δ = np.sin(γ) + α
    return γ * δ


@program(0.4)
def own_name_as_variable(x):
    own_name_as_variable = x * x
    return own_name_as_variable * x


def helper_forward(x):
    return x * x


def helper_backward(x):
    return np.sin(x)


def helper(x):
    return helper_forward(x) * helper_backward(x)


@program(0.4)
def functions_named_like_generated(x):
    return helper(x) + helper_forward(x) * helper_backward(x)


def helper_grad(x):
    return x**3


@program(0.4)
def function_named_grad(x):
    y = helper_grad(x)
    return helper(y) * y


@program(0.4, 2)
def accumulators_named_bar(x, n):
    total_bar = 0.0
    x_bar = x
    for i in range(n):
        total_bar += x_bar * x
        x_bar = x_bar * total_bar
    return total_bar * x_bar


@program(normal(4))
def stacks_of_the_user(x):
    y_saved = []
    y = x[0]
    for i in range(4):
        y_saved.append(y)
        y = y * x[i] + 1
    while y_saved:
        y = y * y_saved.pop()
    return y


@program(0.4)
def unbroadcast(x):
    unbroadcast = np.ones(3) * x
    zeros_like = unbroadcast * x
    return np.sum(unbroadcast * zeros_like)


@program(0.4)
def self_and_cls(self):
    cls = self * self
    return cls * self


@program(0.4)
def numbered_names(x):
    x_1 = x * x
    x_2 = x_1 * x
    x_bar_2 = x_2 + x_1
    x_bar2 = x_bar_2 * x
    return x_bar2 * x_2


def by_exp(x):
    return f(x) * 2  # noqa: F821


def by_sin(x):
    return f(x) * 3  # noqa: F821


by_exp = types.FunctionType(by_exp.__code__, {"f": np.exp}, "by_exp")
by_sin = types.FunctionType(by_sin.__code__, {"f": np.sin}, "by_sin")


@program(normal(3))
def one_name_in_two_modules(x):
    return np.sum(by_exp(x) + by_sin(x)) + np.sum(by_exp(x)) * by_sin(x)[0]


def pair_of_adjoints(x):
    x_bar = x * 0.5
    y_bar = np.sin(x_bar)
    return x_bar, y_bar


@program(normal(3))
def helper_with_variables_named_like_adjoints(x):
    for _ in range(2):
        y, z = pair_of_adjoints(x)
        x = x - y * z
    return np.sum(x * x)


slope = np.array([1.0, 2.0, 3.0])


@program(normal(3))
def function_inside_named_like_an_array_outside(x):
    y = x * x

    def slope(a):
        return np.sum(a * y)

    return slope(x) + slope(y)


@program(0.4, 3)
def underscore_in_a_loop_that_is_left(_, n):
    s = 0.0
    k = 0
    while k < n:
        s = s + _ * k
        k += 1
        if s > 100:
            break
    return s * _
