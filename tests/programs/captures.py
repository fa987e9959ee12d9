"""Programs whose functions capture variables that change, live on, or call themselves."""

# ruff: noqa - unusual forms are what is tested here

import math

import numpy as np

from tests.programs import program, refused

# -- nonlocal, escaping ---------------------------------------------------------------


def _accumulator(start):
    total = start

    def add(value):
        nonlocal total
        total += value
        return total

    return add


def _counter():
    n = 0

    def tick(t):
        nonlocal n
        n += 1
        return n * t

    return tick


@program(0.7, 1.2)
def accumulators_of_a_factory(x, y):
    a, b = _accumulator(x), _accumulator(0.0)
    a(y)
    b(x * x)
    b(a(x))
    return a(1.0) * b(y)


@program(0.7, 4)
def accumulator_called_in_a_loop(x, n):
    add = _accumulator(1.0)
    last = 0.0
    for k in range(n):
        last = add(x * k) * 0.5
    return last * add(x)


@program(0.7)
def passive_counter_of_a_factory(x):
    tick = _counter()
    return tick(x) * tick(x * x) + tick(1.0)


@program(0.7, 1.2)
def pair_of_functions_sharing_a_variable(x, y):
    def account(balance):
        def deposit(amount):
            nonlocal balance
            balance = balance + amount * amount

        def get():
            return balance

        return deposit, get

    deposit, get = account(x)
    before = get()
    deposit(y)
    deposit(x)
    return get() * before


@program(0.7, 1.2)
def dict_of_functions_sharing_a_variable(x, y):
    state = x

    def put(v):
        nonlocal state
        state = v * state

    def get():
        return state

    api = {"put": put, "get": get}
    api["put"](y)
    api["put"](x)
    return api["get"]() + state


@program(0.7, 1.2)
def nonlocal_function_passed_as_an_argument(x, y):
    total = 0.0

    def note(t):
        nonlocal total
        total += t * t
        return total

    def twice(f, t):
        f(t)
        return f(t * y)

    last = twice(note, x)
    return total * last + twice(note, y)


@program([0.7, 1.2, 0.3])
def nonlocal_through_map(v):
    running = 0.0

    def add(t):
        nonlocal running
        running += t
        return running * running

    squares = list(map(add, v))
    return sum(squares) + running


@program(0.7, 1.2)
def nonlocal_two_levels_up(x, y):
    total = x

    def outer():
        def inner(t):
            nonlocal total
            total = total * t

        inner(y)
        inner(x)

    outer()
    outer()
    return total


@program(0.7, 1.2)
def nonlocal_and_a_recursion(x, y):
    depth_sum = 0.0

    def descend(t, n):
        nonlocal depth_sum
        depth_sum += t
        if n > 0:
            descend(t * y, n - 1)

    descend(x, 3)
    return depth_sum * x


@program(lambda rng: (rng.normal(size=3), 0.7))
def nonlocal_array_through_a_factory(v, x):
    def smoother(state):
        def step(k):
            nonlocal state
            state = 0.5 * state + k * np.roll(state, 1)
            return np.sum(state**2)

        return step

    step = smoother(v)
    return step(x) * step(0.3) + step(x * x)


@program(lambda rng: (rng.normal(size=3),))
def captured_array_stored_into(v):
    buffer = np.zeros(3)

    def put(i, t):
        buffer[i] = t * t

    for i in range(3):
        put(i, v[i])
    put(0, v[2])
    return np.sum(buffer * v)


@program(0.7, 3)
def memo_dict_captured(x, n):
    memo = {}

    def f(k):
        if k in memo:
            return memo[k]
        value = x if k < 2 else f(k - 1) * x + f(k - 2)
        memo[k] = value
        return value

    return f(n)


@program(0.7, 1.2)
def log_list_captured(x, y):
    log = []

    def note(t):
        log.append(t * t)
        return t

    z = note(x) * note(y)
    note(z)
    return sum(log) * len(log) + z


# -- captured and assigned again ------------------------------------------------------


@program(0.7, 1.2)
def lambda_sees_the_later_value(x, y):
    a = x
    f = lambda t: a * t
    g = f
    a = a * y
    return g(y) + f(x)


@program(0.7, 1.2)
def escaped_function_sees_the_later_value(x, y):
    def make():
        k = x

        def f(t):
            return k * t

        k = k * y
        return f

    return make()(x) * y


@program(0.7, 1.2)
def list_of_functions_sees_the_later_value(x, y):
    a = x
    functions = [lambda t: a * t, lambda t: a + t]
    first = functions[0](y)
    a = x * y
    return first + functions[0](y) * functions[1](x)


@program(0.7, 3)
def captured_loop_variable_late(x, n):
    functions = []
    for k in range(n):
        functions.append(lambda t: t**k + x)
    total = 0.0
    for f in functions:
        total += f(x)
    return total


@program(0.7)
def captured_comprehension_variable_late(x):
    functions = [lambda t: t * k for k in (1.0, 2.0, 3.0)]
    return functions[0](x) + functions[2](x * x)


@program([0.7, 1.2, 0.3], 0.4)
def captured_active_loop_variable_late(v, x):
    functions = []
    for t in v:
        functions.append(lambda s: s * t)
    return functions[0](x) + functions[1](x * x)


@program([0.7, 1.2, 0.3], 0.4)
def captured_active_loop_variable_by_a_factory(v, x):
    def times(t):
        return lambda s: s * t

    functions = [times(t) for t in v]
    return functions[0](x) * functions[1](x) + functions[2](functions[0](x))


@program(0.7, 4)
def function_of_the_state_called_in_the_loop(x, n):
    state = x
    step = lambda t: state * t
    apply = lambda f, t: f(t) + 0.1
    for _ in range(n):
        state = apply(step, x)
    return state


@program(0.7, 1.2)
def captured_parameter_assigned(x, y):
    f = lambda t: x * t
    g = [f]
    x = x * y
    return g[0](y)


@program(0.7, 1.2)
def captured_variable_augmented_after(x, y):
    total = x
    read = lambda: total
    readers = (read, lambda: 2 * total)
    total += y
    total *= x
    return readers[0]() * readers[1]()


@program(0.7, 1.2)
def captured_variable_deleted_and_made_again(x, y):
    a = x
    f = lambda t: a * t
    first = f(y)
    del a
    a = y
    return first + f(y)


# -- composition, recursion of values -------------------------------------------------


@program(0.7, 1.2)
def composed_by_a_fold(x, y):
    def compose(*fs):
        def run(t):
            for f in fs:
                t = f(t)
            return t

        return run

    return compose(lambda t: t * y, math.sin, compose(lambda t: t + x, math.exp))(x)


@program(0.7, 1.2)
def y_combinator_by_hand(x, y):
    def fact(self, n):
        return 1.0 if n == 0 else x * n * self(self, n - 1)

    return fact(fact, 4) * y


@program(0.7, 4)
def recursive_function_as_a_value(x, n):
    def descend(k):
        return x if k == 0 else math.sin(descend(k - 1)) * x

    apply = lambda f, k: f(k)
    return apply(descend, n)


@program(0.7, 4)
def mutually_recursive_inner_functions(x, n):
    def even(k):
        return x if k == 0 else x * odd(k - 1)

    def odd(k):
        return 1.0 if k == 0 else math.sin(even(k - 1)) + x

    return even(n) + odd(n)


@program(0.7, 1.2)
def inner_function_uses_another_defined_later(x, y):
    def first(t):
        return second(t) * x

    def second(t):
        return t * y

    return first(x) + second(first(y))


@program(0.7, 1.2)
def inner_functions_of_one_name(x, y):
    def f(t):
        return t * y

    a = f(x)

    def f(t):
        return t * t + y

    return a * f(x)


@program(0.7, 1.2)
def inner_function_shadows_a_global(x, y):
    def math_sin(t):
        return t * y

    sum = lambda a: a * a
    np = math_sin
    return np(x) + sum(x)


@program(0.7, 1.2)
def one_factory_two_kinds(x, y):
    def make(k):
        def f(t):
            return k * t

        return f

    array = make(np.array([x, y]))
    return make(x)(y) + np.sum(array(2.0)) * np.sum(array(np.array([y, x])))


@program(0.7, 1.2)
def church_numerals(x, y):
    zero = lambda f: lambda t: t
    succ = lambda n: lambda f: lambda t: f(n(f)(t))
    two = succ(succ(zero))
    return two(lambda t: t * x + y)(x)


@program(0.7, 1.2)
def pairs_as_functions(x, y):
    def pair(a, b):
        return lambda pick: pick(a, b)

    p = pair(x, y)
    first = p(lambda a, b: a)
    second = p(lambda a, b: b)
    return first * second + first


@program(0.7, 3)
def function_chosen_in_a_loop_and_kept(x, n):
    f = lambda t: t * x
    for k in range(n):
        if k == 1:
            f = lambda t: t + x
    return f(x) * x


@program(0.7, 1.2)
def branch_gives_closures_with_other_captures(x, y):
    if x < y:
        f = lambda t: t * y
    else:
        f = lambda t: t + x * y
    return f(x) + f(y)


@program(0.7, 1.2)
def def_in_both_branches_kept(x, y):
    if x > y:
        def f(t, k=x):
            return t * k
    else:
        k2 = y * y

        def f(t):
            return t + k2
    g = [f, f]
    return g[0](x) * g[1](y)


@program(lambda rng: (rng.normal(size=3), 0.4))
def line_search_on_a_closure(v, rate):
    def loss(w):
        return np.sum((w - 1.0) ** 2)

    def slope(w):
        return 2 * (w - 1.0)

    def descend(loss, slope, w):
        for _ in range(3):
            step = rate
            while loss(w - step * slope(w)) > loss(w):
                step = step / 2
            w = w - step * slope(w)
        return w

    return loss(descend(loss, slope, v))


@program(0.7, 1.2)
def closure_over_a_tuple_and_a_dict(x, y):
    pair = (x, y)
    table = {"a": x * y}

    def f(t):
        a, b = pair
        return a * t + b * table["a"]

    g = f
    table["a"] = y
    return f(x) + g(y)


@program(0.7, 1.2)
def closure_in_a_default(x, y):
    def f(t, g=lambda s: s * x):
        return g(t) * y

    return f(x) + f(y, math.sin)


@program(0.7, 1.2)
def lambda_in_a_conditional_expression(x, y):
    f = (lambda t: t * x) if x < y else (lambda t: t * y)
    return f(x) * (math.sin if y < x else math.cos)(f(y))


@program(0.7, 1.2)
def lambdas_with_the_same_text(x, y):
    fs = [lambda t: t * x, lambda t: t * y, lambda t: t * x]
    return fs[0](1.0) * fs[1](2.0) + fs[2](fs[0](y))


@program(0.7, 1.2)
def clashing_names(x_bar, x_saved):
    def f(x_bar):
        result_bar = x_bar * x_saved
        return result_bar

    f_value = f(x_bar)
    f_saved = f(f_value)
    return f_saved + f_value * x_bar


@program(0.7, 1.2)
def function_attribute_read(x, y):
    def f(t):
        return t * y

    f.scale = 3.0
    return f(x)


# -- not used up where they stand -----------------------------------------------------


@refused("E304", 0.7, 1.2)
def map_after_a_change(x, y):
    k = x
    m = map(lambda t: k * t, [x, y])
    k = k * y
    return sum(m)


@refused("E304", 0.7, 1.2)
def generator_after_a_change(x, y):
    k = x
    m = (k * t for t in [x, y])
    k = k * y
    return sum(m)


@program(0.7, 1.2)
def generator_kept_for_later(x, y):
    m = (x * t for t in [x, y])
    n = map(lambda t: t * y, [x, y])
    return sum(m) * sum(n)
