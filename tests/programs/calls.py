"""Programs that call: user functions, recursion, signatures, functions as values."""

# ruff: noqa - unusual forms are what is tested here

import math
import operator
from functools import lru_cache, partial, wraps

import numpy as np

from tests.programs import normal, program


def square(x):
    return x * x


def damped(t, rate=0.5, *, frequency=2.0):
    return np.exp(-rate * t) * np.cos(frequency * t)


def norm_squared(v):
    return np.sum(v ** 2)


# -- plain calls ----------------------------------------------------------------------


@program(0.7, 1.2)
def calls_one_function_several_times(x, y):
    return square(x) * square(y) + square(square(x + y))


@program(0.7, 5)
@program(0.7, 0)
def calls_in_a_loop(x, n):
    for k in range(n):
        x = square(x) * 0.9 + k * 0.01
    return x * x


@program(lambda rng: (0.7, rng.normal(size=3)))
def calls_with_scalar_then_array(x, v):
    return square(x) * np.sum(square(v)) + norm_squared(x * v)


@program(0.7, 1.2)
def call_result_of_one_as_argument_of_another(x, y):
    return max(square(x), math.sin(y)) - square(math.cos(square(y)))


@program(0.7, 1.2)
def call_in_a_test(x, y):
    if square(x) < square(y):
        return square(x) * y
    return square(y) * x


@program(0.7)
def call_in_a_while_test(x):
    while square(x) < 5.0:
        x = 1.5 * x + square(x)
    return x


@program(lambda rng: (rng.normal(size=4),))
def call_in_a_comprehension(v):
    return sum([square(t) * t for t in v if square(t) > 0.01])


@program(0.7)
def call_under_and_or(x):
    ok = square(x) > 0.1 and square(x) < 0.9
    y = (ok and square(x)) or 1.0
    return y * x


def _stats(v):
    mean = np.mean(v)
    return mean, np.mean((v - mean) ** 2)


@program(lambda rng: (rng.normal(size=5),))
def call_returns_a_tuple(v):
    mean, variance = _stats(v)
    both = _stats(v * v)
    return mean * variance + both[1]


def _moments(v):
    return {"first": np.mean(v), "second": np.mean(v ** 2), "count": len(v)}


@program(lambda rng: (rng.normal(size=5),))
def call_returns_a_dict(v):
    m = _moments(v)
    return m["second"] - m["first"] ** 2 + m["count"]


def _remember(log, value):
    log.append(value)


@program(0.7)
def call_returns_none(x):
    log = []
    nothing = _remember(log, x * x)
    _remember(log, math.sin(x))
    if nothing is None:
        return log[0] * log[1]
    return x


def _maybe(x):
    if x > 1.0:
        return None
    return x * x


@program(0.7, 1.2)
def call_returns_none_or_a_value(x, y):
    total = 0.0
    for value in (_maybe(x), _maybe(y), _maybe(x * y)):
        if value is not None:
            total += value
    return total


def _fill(target, value):
    target[:] = value
    target[0] += 1.0


@program(lambda rng: (rng.normal(size=3),))
def call_writes_into_an_array(v):
    buffer = np.zeros(3)
    _fill(buffer, v * v)
    first = buffer[0] * buffer[1]
    _fill(buffer, np.sin(v))
    return first + np.sum(buffer)


def _identity(a):
    return a


@program(lambda rng: (rng.normal(size=3),))
def call_returns_its_argument(v):
    a = v * 2.0
    b = _identity(a)
    b[1] = 0.5
    return np.sum(a * b) + np.sum(v)


@program(0.7, 1.2)
def call_ignores_an_argument(x, y):
    def second(a, b):
        return b * b

    return second(x, y) + second(y, 3.0) + x


# -- recursion ------------------------------------------------------------------------


def _power(x, n):
    if n == 0:
        return 1.0
    return x * _power(x, n - 1)


@program(0.7, 4)
@program(0.7, 0)
def recursion(x, n):
    return _power(x, n) + x


def _fast_power(x, n):
    if n == 1:
        return x
    half = _fast_power(x, n // 2)
    return half * half * x if n % 2 else half * half


@program(1.1, 11)
def recursion_by_halving(x, n):
    return _fast_power(x, n)


def _fibonacci_like(x, y, n):
    if n < 2:
        return x if n == 0 else y
    return (_fibonacci_like(x, y, n - 1) * 0.5
            + math.sin(_fibonacci_like(x, y, n - 2)))


@program(0.7, 1.2, 5)
def recursion_twice(x, y, n):
    return _fibonacci_like(x, y, n)


def _rise(x, n):
    return x if n == 0 else _fall(x * 1.3, n - 1) + 0.1


def _fall(x, n):
    return x * x if n == 0 else math.sin(_rise(x, n - 1))


@program(0.4, 5)
def recursion_mutual(x, n):
    return _rise(x, n) * _fall(x, 2)


def _tree_sum(tree):
    if isinstance(tree, tuple):
        left, right = tree
        return _tree_sum(left) * 0.5 + _tree_sum(right) ** 2
    return tree


@program((0.3, (0.5, (0.7, 0.2))))
def recursion_on_nested_tuples(tree):
    return _tree_sum(tree)


def _pairwise(v):
    if len(v) == 1:
        return v[0]
    middle = len(v) // 2
    return _pairwise(v[:middle]) * _pairwise(v[middle:])


@program(lambda rng: (rng.normal(size=5),))
def recursion_on_slices(v):
    return _pairwise(v + 2.0)


def _adaptive(a, b, k):
    middle = (a + b) / 2
    coarse = (b - a) * math.exp(-k * middle * middle)
    if b - a < 0.3:
        return coarse
    return _adaptive(a, middle, k) + _adaptive(middle, b, k)


@program(0.0, 1.0, 0.8, wrt=2)
def recursion_adaptive_quadrature(a, b, k):
    return _adaptive(a, b, k)


# -- signatures -----------------------------------------------------------------------


@program(0.7)
@program(0.7, 1.5)
def default_argument(x, k=3.0):
    return k * x * x


@program(0.7, 1.2)
def keyword_arguments(x, y):
    return (damped(x) + damped(x, y) + damped(rate=y, t=x)
            + damped(x, frequency=y))


@program(lambda rng: (rng.normal(size=3), 0.4))
def keyword_only_default_is_active(v, k):
    def weighted(v, *, weight=k):
        return np.sum(weight * v ** 2)

    return weighted(v) + weighted(v, weight=k * k)


def _polynomial(x, *coefficients):
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total


@program(0.7, 1.2)
def star_args_at_the_callee(x, y):
    return _polynomial(x, 1.0, y, x) * _polynomial(y) + _polynomial(x, y)


@program(0.7, [1.0, -0.3, 0.6])
def star_args_at_the_caller(x, coefficients):
    return _polynomial(x, *coefficients) + _polynomial(x, 1.0, *coefficients[1:])


@program(0.7, 1.2, 0.3)
def star_args_of_the_program_itself(*values):
    x, *rest = values
    return x * sum(t * t for t in rest) + len(values)


def _weighted_total(**terms):
    return sum(len(name) * value for name, value in terms.items())


@program(0.7, 1.2)
def kwargs_at_the_callee(x, y):
    return _weighted_total(a=x, bb=y * x) + _weighted_total(abc=y)


@program(0.7, 1.2)
def kwargs_at_the_caller(x, y):
    options = {"rate": y, "frequency": x}
    return damped(x, **options)


def _forward_everything(function, *args, **kwargs):
    return 2.0 * function(*args, **kwargs)


@program(0.7, 1.2)
def args_and_kwargs_passed_on(x, y):
    return _forward_everything(damped, x, y, frequency=1.0 + x) * y


def _positional_only(x, /, y, *, z=2.0):
    return x * y ** z


@program(0.7, 1.2)
def positional_only_parameters(x, y):
    return _positional_only(x, y) + _positional_only(y, y=x, z=3.0)


# -- functions as values --------------------------------------------------------------


def _twice(function, x):
    return function(function(x))


@program(0.7, 1.2)
def function_as_argument(x, y):
    return _twice(square, x) + _twice(math.sin, y) + _twice(lambda t: t * y, x)


@program(lambda rng: (np.tanh, rng.normal(size=3)), wrt=1)
@program(lambda rng: (square, rng.normal(size=3)), wrt=1)
def function_as_argument_of_the_program(activation, v):
    return np.sum(activation(v) * v)


@program(lambda rng: (rng.normal(size=3),))
def functions_in_a_list(v):
    for function in [np.sin, square, np.exp, lambda t: 0.1 * t]:
        v = function(v)
    return np.sum(v)


@program(lambda rng: (rng.normal(size=3), "tanh"))
@program(lambda rng: (rng.normal(size=3), "square"))
def functions_in_a_dict(v, name):
    table = {"tanh": np.tanh, "square": square, "none": lambda t: t}
    return np.sum(table[name](v) * table["none"](v))


@program(0.7, True)
@program(0.7, False)
def function_chosen_by_a_branch(x, curved):
    f = math.sin if curved else square
    return f(x) * x


@program(0.7, 1.2)
def function_chosen_by_the_data(x, y):
    f = math.exp if x < y else math.cos
    return f(x) * f(y)


@program(0.7, 1.2)
def partial_of_a_function(x, y):
    slow = partial(damped, rate=0.1)
    bound = partial(damped, x)
    return slow(x) + bound(y) + bound(frequency=y)


@program(0.7, 1.2)
def operator_module(x, y):
    total = operator.add(operator.mul(x, y), operator.truediv(x, y))
    total = operator.sub(total, operator.neg(x))
    pick = operator.itemgetter(1)
    return total * operator.pow(x, 2) + pick([x, y])


@program(lambda rng: (rng.normal(size=(2, 2)), rng.normal(size=2)))
def operator_matmul_and_getitem(m, v):
    product = operator.matmul(m, v)
    return operator.getitem(product, 0) * np.sum(product)


@program(lambda rng: (rng.normal(size=4), rng.normal(size=4)))
def numpy_functions_passed_as_values(u, v):
    def combine(op, reduce_):
        return reduce_(op(u, v))

    return (combine(np.multiply, np.sum) + combine(np.maximum, np.mean)
            + combine(np.subtract, np.max))


@program(lambda rng: (rng.normal(size=(3, 3)),))
def bound_method_as_a_value(m):
    total = m.sum
    row = m[1]
    dot = row.dot
    return total() * dot(row)


def _compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


@program(0.7)
def composition(x):
    return _compose(math.sin, square, math.exp)(x) + _compose()(x)


# -- decorators -----------------------------------------------------------------------


def doubled(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def scaled(by):
    def decorate(function):
        @wraps(function)
        def wrapper(x):
            return by * function(x)

        return wrapper

    return decorate


@doubled
def _decorated(x, y=2.0):
    return x * x * y


@scaled(by=0.5)
@doubled
def _decorated_twice(x):
    return math.sin(x)


@program(0.7, 1.2)
def decorated_callees(x, y):
    return _decorated(x) + _decorated(x, y=y) + _decorated_twice(x * y)


@program(0.7, 1.2)
@doubled
def decorated_program(x, y):
    return x * y + math.sin(x)


@lru_cache(maxsize=None)
def _binomial(n, k):
    if k == 0 or k == n:
        return 1
    return _binomial(n - 1, k - 1) + _binomial(n - 1, k)


@program(0.7, 6)
def cached_passive_callee(x, n):
    return sum(_binomial(n, k) * x ** k * (1 - x) ** (n - k) for k in range(3))


@program(0.7, 1.2)
def function_defined_after_use_of_its_name(x, y):
    if x < y:
        def blend(a, b):
            return a * b
    else:
        def blend(a, b):
            return a / b
    return blend(x, y) + blend(y, y)


@program(lambda rng: (rng.normal(size=6), rng.normal(size=6)))
def call_chain_of_small_helpers(u, v):
    def centre(a):
        return a - np.mean(a)

    def covariance(a, b):
        return np.mean(centre(a) * centre(b))

    return covariance(u, v) / np.sqrt(covariance(u, u) * covariance(v, v))


# -- results that are not used ---------------------------------------------------------


def filled(x, value):
    x[0] = value
    return x


class Chained:
    def __init__(self, mass, place):
        self.mass = mass
        self.place = place

    def move(self, step):
        self.place = self.place + step * self.mass
        return self


def grown(items, value):
    items.append(value)
    return items


@program(0.4, 0.7)
def stored_array_handed_back_and_dropped(a, b):
    y = np.ones(3) * a
    filled(y, a * b)
    return np.sum(y) * b


@program(0.4, 0.7)
def object_handed_back_and_dropped(a, b):
    body = Chained(a, b)
    body.move(a * b)
    body.move(a).move(b)
    return body.place * body.mass


@program(0.4, 0.7)
def list_handed_back_and_dropped(a, b):
    items = [a, b]
    grown(items, a * b)
    grown(items, b)
    return items[0] * items[-1] * items[-2] * len(items)


# -- a tuple of one -------------------------------------------------------------------


def packed(x):
    return (x * 2,)


def unpacked(t):
    (y,) = t
    return np.sum(y * y)


@program(normal(3))
def handed_on_in_a_tuple_of_one(x):
    return unpacked(packed(x)) * 3.0


@program(normal(3), 0.7)
def tuple_of_one_within_another(x, k):
    (y,), z = packed(x), k
    [n] = [k]
    return np.sum(y * z) * n


@program(normal(3))
def joined_with_integers(x):
    return np.sum(np.concatenate([np.arange(3), x, [1]]) ** 2 * np.arange(7))


def _transform(a):
    n = len(a)
    if n == 1:
        return a
    even, odd = _transform(a[::2]), _transform(a[1::2])
    w = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even + w * odd, even - w * odd])


@program(normal(8))
def halves_in_a_recursion(x):
    return np.sum(np.abs(_transform(x)) ** 2 * np.arange(8)) + np.angle(_transform(x.astype(complex))[1])


def _product(a, b):
    n = len(a)
    if n == 1:
        return a * b
    h = n // 2
    p, q, r, s = a[:h, :h], a[:h, h:], a[h:, :h], a[h:, h:]
    t, u, v, w = b[:h, :h], b[:h, h:], b[h:, :h], b[h:, h:]
    return np.block(
        [
            [_product(p, t) + _product(q, v), _product(p, u) + _product(q, w)],
            [_product(r, t) + _product(s, v), _product(r, u) + _product(s, w)],
        ]
    )


@program(normal(4, 4), normal(4, 4))
def quarters_in_a_recursion(a, b):
    return np.sum(_product(a, b) ** 2)


@program(normal(3), 0)
@program(normal(3), 1)
def real_or_complex(x, flag):
    y = x * 1.0
    if flag:
        r = y
    else:
        r = y * (1 + 2j)
    total = np.sum(np.abs(r * (2 + 1j) + 1) ** 2)
    y[0] *= 2
    return total + np.sum(y**2)
