"""Programs in which functions are values: chosen when the program runs, partial, operators, keys, decorators."""

# ruff: noqa - unusual forms are what is tested here

import functools
import math
import operator
from functools import partial, reduce

import numpy as np

from tests.programs import program


def square(x):
    return x * x


def cube(x):
    return x**3


def shifted(x, by=0.5, *, scale=2.0):
    return scale * (x + by)


def power_of(x, /, n=2, *rest, **more):
    total = x**n
    for r in rest:
        total = total + r * x
    for name in more:
        total = total * more[name]
    return total


# -- chosen when the program runs -----------------------------------------------------


TABLE = [square, math.sin, cube]
BY_NAME = {"square": square, "sin": math.sin, "scaled": lambda t: 3.0 * t}


@program(0.7, [0, 2, 1, 1])
def list_indexed_by_data(x, order):
    for i in order:
        x = TABLE[i](x) + 0.1
    return x


@program(0.7, 1)
@program(0.7, -1)
def list_indexed_by_an_argument(x, i):
    functions = [math.exp, square, lambda t: t * x]
    return functions[i](x) * x


@program(0.7, ["sin", "scaled", "square"])
def dict_by_key_from_data(x, names):
    for name in names:
        x = BY_NAME[name](x)
    return x


@program(0.7, 1.2)
def list_indexed_by_a_comparison(x, y):
    return [square, cube][int(x < y)](x) * [math.sin, math.cos][x > y](y)


@program(lambda rng: (rng.normal(size=5),))
def function_chosen_for_each_element(v):
    total = 0.0
    for i in range(len(v)):
        f = TABLE[i % 3]
        total += f(v[i])
    return total


@program(lambda rng: (rng.normal(size=5),))
def function_chosen_by_the_largest(v):
    k = int(np.argmax(v))
    return TABLE[k % 3](v[k]) * np.sum(v)


@program(0.7, 1.2)
def dict_of_two_arities(x, y):
    ops = {"neg": lambda a: -a, "mul": lambda a, b: a * b, "mix": lambda a, b=x: a + b * b}
    return ops["neg"](x) + ops["mul"](x, y) * ops["mix"](y) + ops["mix"](x, y)


@program(lambda rng: ([("push", 0.7), ("push", 1.2), ("mul", None), ("push", 0.3), ("add", None)],), wrt=0)
def stack_machine(commands):
    binary = {"mul": operator.mul, "add": operator.add}
    stack = []
    for name, value in commands:
        if name == "push":
            stack.append(value)
        else:
            b = stack.pop()
            a = stack.pop()
            stack.append(binary[name](a, b))
    return stack[-1]


@program(0.7, 3)
def next_function_is_returned(x, n):
    def start(t):
        return t * t, middle

    def middle(t):
        return math.sin(t), end

    def end(t):
        return t + x, start

    f = start
    for _ in range(n):
        x, f = f(x)
    return x


@program(0.7, 5)
def alternating_pair(x, n):
    f, g = math.sin, square
    for _ in range(n):
        x = f(x) + 0.2
        f, g = g, f
    return x


@program(0.7, 4)
def swapped_lambdas_with_captures(x, n):
    a = x * 2
    f, g = (lambda t: a * t), (lambda t: t - a)
    y = x
    for _ in range(n):
        y = f(y)
        f, g = g, f
    return y


@program(0.7, 1.2)
def default_function_or_given(x, y):
    def apply(v, f=None):
        f = f or square
        return f(v)

    return apply(x) + apply(y, math.sin) + apply(x * y, f=lambda t: t * x)


@program(0.7, 1.2)
def callable_tested_for_none(x, y):
    def apply(v, f):
        if f is None:
            return v
        return f(v)

    return apply(x, None) * apply(y, cube) * apply(x, math.cos)


@program(0.7, 1.2)
def or_of_functions_kept_in_a_variable(x, y):
    chosen = (square if x > y else None) or math.exp
    return chosen(x * y)


@program(0.7)
def functions_in_a_tuple_zipped_with_weights(x):
    total = 0.0
    for w, f in zip([0.1, 0.2, x], (math.sin, square, math.exp)):
        total += w * f(x)
    return total


@program(0.7)
def functions_enumerated(x):
    total = 0.0
    for i, f in enumerate([math.sin, square, lambda t: t * x]):
        total += (i + 1) * f(x)
    return total


@program(0.7)
def functions_of_a_dict_iterated(x):
    total = 0.0
    for name, f in BY_NAME.items():
        total += len(name) * f(x)
    return total


@program(0.7)
def functions_reversed_and_sliced(x):
    pipeline = [math.sin, square, math.exp, cube]
    for f in reversed(pipeline[1:]):
        x = 0.5 * f(x)
    for f in pipeline[:2]:
        x = f(x)
    return x


@program(0.7, 1.2)
def functions_appended_in_branches(x, y):
    steps = []
    if x < y:
        steps.append(math.sin)
    else:
        steps.append(math.cos)
    steps.append(lambda t: t * y)
    steps += [square]
    for f in steps:
        x = f(x)
    return x


@program(0.7, 1.2)
def closures_appended_with_their_captures(x, y):
    def make(k):
        return lambda t: k * t + k

    steps = [make(x), make(y), make(x * y)]
    z = 1.0
    for step in steps:
        z = step(z)
    return z


@program(0.7, 3)
def closures_appended_in_a_loop(x, n):
    def make(k):
        return lambda t: k * t + k

    steps = []
    for i in range(n):
        steps.append(make(x + i))
    z = x
    for step in steps:
        z = step(z)
    return z


@program(0.7, 1.2)
def registry_filled_by_a_decorator_like_call(x, y):
    table = {}

    def register(name, f):
        table[name] = f
        return f

    register("a", lambda t: t * y)
    register("b", square)
    return table["a"](x) + table["b"](y)


# -- partial --------------------------------------------------------------------------


@program(0.7, 1.2)
def partial_of_a_partial(x, y):
    f = partial(shifted, by=y)
    g = partial(f, scale=x)
    return g(x) + g(y, scale=3.0) + f(1.0)


@program(0.7, 1.2)
def partial_overrides_a_keyword(x, y):
    f = partial(shifted, scale=x)
    return f(x, scale=y) * f(y, by=x)


@program(0.7, 1.2)
def partial_of_star_args(x, y):
    f = partial(power_of, x, 3, y)
    return f(x, a=y) + f(b=x)


@program(0.7, 1.2)
def partial_of_a_lambda_with_captures(x, y):
    f = partial(lambda a, b, c=y: a * b + c, x)
    return f(y) * f(b=x, c=1.0)


@program(0.7, 1.2)
def partials_in_a_list(x, y):
    steps = [partial(shifted, by=x), partial(operator.mul, y), partial(math.pow, x)]
    z = 1.0
    for step in steps:
        z = step(z)
    return z


@program(lambda rng: (rng.normal(size=(3, 2)),))
def partial_of_numpy(m):
    total = partial(np.sum, axis=0)
    scale = partial(np.multiply, 2.0)
    return np.sum(total(m) ** 2) * np.max(scale(m))


_module_partial = partial(shifted, by=1.5)
_module_partial_2 = partial(_module_partial, scale=0.3)


@program(0.7)
def partial_made_at_module_level(x):
    return _module_partial(x) * _module_partial_2(x) * _module_partial(x, by=x)


@program(0.7, 1.2)
def attributes_of_a_partial(x, y):
    f = partial(shifted, by=2.0)
    return f.func(x) * y + f.keywords["by"] * x


# -- reduce, map, filter, sorted, min, max --------------------------------------------


@program([0.7, 1.2, 0.3])
def reduce_with_operators(v):
    return reduce(operator.mul, v) + reduce(operator.add, v, 2.0) * reduce(lambda a, b: a - b * a, v)


@program(0.7, [0.5, 1.2, 0.3])
def reduce_captures(x, v):
    return reduce(lambda total, t: total * x + t, v, 0.0)


@program(0.7)
def reduce_composes_functions(x):
    return reduce(lambda value, f: f(value), [math.sin, square, math.exp], x)


@program([0.7, 1.2, 0.3], [2.0, 0.1, 0.4])
def map_of_two_sequences(u, v):
    products = list(map(operator.mul, u, v))
    return sum(map(square, products)) + sum(map(lambda a, b: a / b, u, v))


@program([0.7, -1.2, 0.3, -0.2])
def filter_then_map(v):
    positive = list(filter(lambda t: t > 0, v))
    return sum(map(cube, positive)) * len(positive)


@program([0.7, -1.2, 0.3, -0.2])
def sorted_by_a_function(v):
    ordered = sorted(v, key=lambda t: t * t)
    backwards = sorted(v, key=abs, reverse=True)
    return ordered[0] * 2 + ordered[-1] * 3 + backwards[1] * ordered[1]


@program([0.7, -1.2, 0.3, -0.2], 0.4)
def extremes_by_a_function(v, x):
    return min(v, key=lambda t: (t - x) ** 2) * x + max(v, key=abs) + max(v, key=square) * min(v)


@program([(0.7, 2), (1.2, 0), (0.3, 1)])
def sorted_by_itemgetter(pairs):
    ordered = sorted(pairs, key=operator.itemgetter(1))
    total = 0.0
    for k, pair in enumerate(ordered):
        total += (k + 1) * pair[0] ** 2
    return total


@program([(0.7, 2.0), (1.2, 0.5), (0.3, 1.0)])
def max_by_itemgetter(pairs):
    best = max(pairs, key=operator.itemgetter(0))
    return best[0] * best[1] + min(pairs, key=lambda p: p[1])[0]


# -- the operator module --------------------------------------------------------------


@program({"a": 0.7, "b": [1.2, 0.3]})
def itemgetters(data):
    first = operator.itemgetter("a")
    both = operator.itemgetter("a", "b")
    a, b = both(data)
    return first(data) * a + operator.itemgetter(0, 1)(b)[1] * b[0]


class _Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def norm(self, p=2.0):
        return (abs(self.x) ** p + abs(self.y) ** p) ** (1 / p)


@program(0.7, 1.2)
def attrgetter_and_methodcaller(x, y):
    p = _Point(x, y)
    get = operator.attrgetter("x")
    norm = operator.methodcaller("norm", 3.0)
    return get(p) * norm(p) + operator.methodcaller("norm", p=y)(p)


@program(0.7, 1.2)
def attrgetter_of_two(x, y):
    a, b = operator.attrgetter("x", "y")(_Point(x, y))
    return a * b + a


@program(0.7, 1.2)
def every_arithmetic_operator(x, y):
    total = operator.sub(operator.neg(x), operator.pos(y))
    total = operator.truediv(total, operator.pow(y, x))
    total += operator.abs(operator.sub(x, y)) + operator.mod(y, x)
    return operator.iadd(total, x) if operator.lt(x, y) else operator.isub(total, y)


@program(lambda rng: (rng.normal(size=(2, 2)), rng.normal(size=2)))
def operators_on_arrays(m, v):
    w = operator.matmul(m, v)
    operator.setitem(w, 0, operator.getitem(v, 1))
    return operator.getitem(w, 0) * w[1] + np.sum(operator.mul(m, m))


@program(0.7, 1.2)
def operators_in_a_dict_by_symbol(x, y):
    ops = {"+": operator.add, "*": operator.mul, "-": operator.sub}
    total = x
    for symbol in "+*-+":
        total = ops[symbol](total, y)
    return total


@program(lambda rng: (("+", ("*", 0.7, 1.2), ("sin", 0.3)),))
def expression_tree_evaluated(tree):
    ops = {"+": operator.add, "*": operator.mul, "sin": math.sin}

    def value(t):
        if isinstance(t, tuple):
            return ops[t[0]](*[value(a) for a in t[1:]])
        return t

    return value(tree)


# -- decorators -----------------------------------------------------------------------


def traced(f):
    calls = []

    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        calls.append(f.__name__)
        return f(*args, **kwargs)

    return wrapper


class Scaled:
    """A decorator that is a class."""

    def __init__(self, f):
        self.f = f
        self.factor = 1.5

    def __call__(self, *args):
        return self.factor * self.f(*args)


class ScaledBy:
    """A decorator that is a class with arguments."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, f):
        @functools.wraps(f)
        def wrapper(*args):
            return self.factor * f(*args)

        return wrapper


def repeated(times):
    def decorate(f):
        def wrapper(x):
            for _ in range(times):
                x = f(x)
            return x

        return wrapper

    return decorate


@Scaled
def _by_class(x, y):
    return x * math.sin(y)


@ScaledBy(0.25)
def _by_class_with_arguments(x):
    return x**3


@repeated(3)
def _three_times(x):
    return 0.5 * x + math.sin(x)


@functools.lru_cache(maxsize=None)
def _cached(x):
    return x * math.exp(-x)


@functools.cache
def _cached_table(n):
    return tuple(1.0 / (k + 1) for k in range(n))


@program(0.7, 1.2)
def decorated_by_a_class(x, y):
    return _by_class(x, y) + _by_class_with_arguments(x * y)


@program(0.7)
def decorated_to_repeat(x):
    return _three_times(x) * x


@program(0.7)
def cached_with_a_differentiable_argument(x):
    return _cached(x) + _cached(x * x)


@program(0.7, 3)
def cached_passive_tuple(x, n):
    table = _cached_table(n)
    total = 0.0
    for k in range(n):
        total += table[k] * x**k
    return total


@program(0.7, 1.2)
def decorated_inside(x, y):
    def doubled(f):
        def wrapper(t):
            return 2.0 * f(t) + y

        return wrapper

    @doubled
    def inner(t):
        return t * t * y

    return inner(x)


@program(0.7, 1.2)
def decorated_inside_with_arguments(x, y):
    @ScaledBy(3.0)
    def inner(t):
        return t * y

    @repeated(2)
    def again(t):
        return t * t

    return inner(x) + again(x)


@program(0.7, 1.2)
def wrapped_by_hand(x, y):
    f = ScaledBy(2.0)(square)
    g = Scaled(lambda t: t * y)
    return f(x) + g(x)


# -- arguments passed on --------------------------------------------------------------


def _logged(f, *args, **kwargs):
    return f(*args, **kwargs)


@program(0.7, 1.2)
def passed_on_twice(x, y):
    return _logged(_logged, shifted, x, scale=y) + _logged(power_of, x, 2, y, z=x)


@program(0.7, 1.2)
def kwargs_changed_and_passed_on(x, y):
    def outer(t, **kwargs):
        kwargs["scale"] = kwargs.get("scale", 1.0) * x
        return shifted(t, **kwargs)

    return outer(x, by=y) + outer(y, scale=2.0)


@program(0.7, 1.2)
def kwargs_popped(x, y):
    def outer(t, **kwargs):
        by = kwargs.pop("by", 0.3)
        return shifted(t, **kwargs) * by

    return outer(x, by=y) + outer(y, scale=x)


@program(0.7, 1.2)
def args_unpacked_at_the_callee(x, y):
    def outer(*args):
        first, *rest = args
        if not rest:
            return first
        return first * outer(*rest) + len(rest)

    return outer(x, y, x * y)


@program(0.7, 1.2, 0.4)
def dict_merged_at_the_call(x, y, z):
    options = {"by": y}
    more = {"scale": z}
    return shifted(x, **options, **more) + shifted(*[x], **{**options, "scale": x})


@program((0.7, 1.2), {"by": 0.4})
def everything_from_the_arguments(args, options):
    return shifted(*args) + shifted(args[1], **options)


@program(0.7, 1.2)
def mutable_default_is_a_list(x, y):
    def outer(t, seen=[1.0, 2.0]):
        return t * seen[0] + seen[1]

    return outer(x) * outer(y, [x, y])


@program(0.7, 1.2)
def keyword_named_like_the_function(x, y):
    def f(f, g=2.0):
        return f * g

    return f(x) + f(f=y, g=x)


# -- callables without source that have a rule ----------------------------------------


@program(lambda rng: (rng.normal(size=4),))
def ufunc_methods(v):
    return np.add.reduce(v) * np.multiply.reduce(v) + np.add.reduce(np.add.accumulate(v)) + np.sum(np.multiply.outer(v, v))


@program(lambda rng: (rng.normal(size=4),))
def unbound_array_methods(v):
    return np.ndarray.sum(v * v) + np.ndarray.dot(v, v) * np.ndarray.mean(v)


@program(lambda rng: (rng.normal(size=4),))
def bound_array_methods(v):
    total = v.sum
    return total() * v.dot(v) + (v * v).mean()


@program(0.7)
def builtins_as_values(x):
    apply = [abs, float, math.fabs, lambda t: max(t, 0.0)]
    total = 0.0
    for f in apply:
        total += f(x - 1.0) * x
    return total


@program(0.7, 1.2)
def pow_and_divmod_as_values(x, y):
    f = pow
    g = divmod
    q, r = g(y, x)
    return f(x, 3) + r * q + f(y, x)


@program([0.7, 1.2, 0.3])
def max_min_sum_as_values(v):
    total = 1.0
    for f in (max, min, sum):
        total = total * f(v)
    return total + sum(f(v) for f in (max, sum))


@program(0.7, 1.2)
def float_methods_by_name(x, y):
    return float.__mul__(x, y) + x.__add__(y) * (x).__pow__(2)
