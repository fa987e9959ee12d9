"""Programs with functions that capture: nested defs, lambdas, factories, nonlocal."""

# ruff: noqa - unusual forms are what is tested here

import math

import numpy as np

from tests.programs import program, refused

# -- captured at module level ---------------------------------------------------------


def _make_spring(stiffness, rest):
    def energy(x):
        return 0.5 * stiffness * (x - rest) ** 2

    return energy


def _make_linear(weights):
    def predict(x):
        return np.tanh(x @ weights)

    return predict


_soft = _make_spring(0.5, 1.0)
_stiff = _make_spring(8.0, 0.3)
_linear = _make_linear(np.array([0.3, -0.7, 0.2]))

program(0.7, id="closure_over_floats_soft")(_soft)
program(0.7, id="closure_over_floats_stiff")(_stiff)


@program(0.7)
def closures_of_one_code_with_other_cells(x):
    return _soft(x) * _stiff(x) + _soft(_stiff(x))


@program(lambda rng: (rng.normal(size=(4, 3)),))
def closure_over_an_array(inputs):
    return np.sum(_linear(inputs) ** 2)


# -- captured locals ------------------------------------------------------------------


@program(0.7, 1.2)
def closure_over_an_active_argument(x, k):
    def scale(t):
        return k * t * t

    return scale(x) + scale(k)


@program(0.7, 1.2)
def closure_over_an_active_local(x, y):
    product = x * y

    def shifted(t):
        return t + product * t

    return shifted(x) * shifted(product)


@program(lambda rng: (rng.normal(size=3), rng.normal(size=(3, 3))))
def closure_over_active_arrays(v, m):
    symmetric = m + m.T

    def quadratic(u):
        return u @ symmetric @ u

    return quadratic(v) + quadratic(2.0 * v + 1.0)


@program(0.7, 1.2)
def closure_sees_the_latest_value(x, y):
    k = x

    def scale(t):
        return k * t

    first = scale(y)
    k = x * y
    second = scale(y)
    return first * second


@program(0.7, 1.2)
def closure_defined_before_its_variable(x, y):
    def scale(t):
        return k * t

    k = math.sin(y)
    return scale(x)


@program(0.7)
def late_binding_in_a_loop(x):
    functions = []
    for k in range(1, 4):
        functions.append(lambda t: t * k)
    return sum(f(x) for f in functions)


@program(0.7)
def early_binding_by_default(x):
    functions = []
    for k in range(1, 4):
        functions.append(lambda t, k=k: t ** k)
    return sum(f(x) for f in functions)


@program(0.7)
def early_binding_of_active_values(x):
    functions = []
    scale = x
    for _ in range(3):
        functions.append(lambda t, scale=scale: t * scale)
        scale = scale * x
    return sum(f(x) for f in functions)


@program(0.7, 1.2)
def closure_two_levels_deep(x, y):
    def outer(a):
        def inner(b):
            return a * b + x

        return inner(a) + inner(y)

    return outer(x * y) * outer(y)


@program(0.7, 4)
def nested_recursive_function(x, n):
    def descend(k):
        if k == 0:
            return x
        return x * descend(k - 1) + k

    return descend(n)


# -- nonlocal -------------------------------------------------------------------------


@program(0.7, 1.2)
def nonlocal_accumulator(x, y):
    total = 0.0

    def add(t):
        nonlocal total
        total += t * t

    add(x)
    add(x * y)
    total = total * y
    add(y)
    return total


@program(0.7, 3)
@program(0.7, 0)
def nonlocal_state_in_a_loop(x, n):
    state = x

    def step():
        nonlocal state
        state = state + 0.1 * math.sin(state)
        return state

    path = 0.0
    for _ in range(n):
        path += step()
    return path + state


@program(lambda rng: (rng.normal(size=4),))
def nonlocal_array_rebound(v):
    def smooth():
        nonlocal v
        v = 0.5 * (v + np.roll(v, 1))

    before = np.sum(v ** 3)
    smooth()
    smooth()
    return before * np.sum(v ** 2)


@program(0.7)
def nonlocal_counter_is_passive(x):
    calls = 0

    def f(t):
        nonlocal calls
        calls += 1
        return t * calls

    return f(x) + f(x * x) + calls


def _make_counter(step):
    count = 0.0

    def advance():
        nonlocal count
        count += step
        return count

    return advance


@program(0.7, 1.2)
def counters_made_by_a_factory(x, y):
    a = _make_counter(x)
    b = _make_counter(y)
    a()
    return a() * b() + a()


@program(0.7)
def list_cell_instead_of_nonlocal(x):
    best = [0.0]

    def see(t):
        if t > best[0]:
            best[0] = t

    see(x * x)
    see(math.sin(x))
    see(0.1 * x)
    return best[0] * x


# -- lambdas and functions returned ---------------------------------------------------


_cube, _half = lambda t: t ** 3, lambda t: t / 2


@program(0.7)
def two_lambdas_on_one_line(x):
    f, g = lambda t: t * t, lambda t: math.sin(t)
    return f(x) * g(x) + _cube(x) - _half(x)


program(0.7, id="lambda_as_a_program")(lambda t: t * math.exp(-t))


@program(0.7, 1.2)
def lambda_called_at_once(x, y):
    return (lambda a, b=2.0: a ** b)(x) + (lambda: x * y)()


@program(0.7, 1.2)
def lambda_with_a_conditional(x, y):
    relu = lambda t: t if t > 0 else 0.1 * t
    return relu(x - y) * relu(x) + relu(y)


@program(0.7, 1.2)
def curried(x, y):
    add = lambda a: lambda b: lambda c: a * b + c
    return add(x)(y)(x * y)


@program(0.7, 1.2)
def factory_with_active_captures(x, y):
    f = _make_spring(x, y)
    g = _make_spring(y, 0.2)
    return f(1.5) + g(f(0.4))


@program(0.7, 1.2)
def functions_returned_as_a_tuple(x, y):
    def make(k):
        def up(t):
            return t * k

        def down(t):
            return t / k

        return up, down

    up, down = make(y)
    return up(x) ** 2 + down(up(x) * x)


@program(0.7, 1.2)
def functions_returned_in_a_dict(x, y):
    def make(k):
        return {"value": lambda t: k * t * t, "slope": lambda t: 2 * k * t}

    model = make(y)
    return model["value"](x) + model["slope"](x) * x


@program(0.7, 3)
def function_rebound_to_its_own_composition(x, n):
    f = math.sin
    for _ in range(n):
        previous = f

        def f(t, previous=previous):
            return previous(t) * x + t

    return f(x)


@program(lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=3)))
def fixed_point_solver_takes_a_closure(m, b):
    def iterate(step, start, count):
        state = start
        for _ in range(count):
            state = step(state)
        return state

    solution = iterate(lambda s: 0.2 * np.tanh(m @ s) + b, np.zeros(3), 6)
    return np.sum(solution ** 2)


@program(0.7, 1.2)
def integrator_takes_a_closure(x, k):
    def rate(t, y):
        return -k * y + math.sin(t)

    def euler(f, y, dt, steps):
        t = 0.0
        for _ in range(steps):
            y = y + dt * f(t, y)
            t += dt
        return y

    return euler(rate, x, 0.1, 5)


@program(0.7)
def comprehension_captures_the_surroundings(x):
    scale = x * x
    table = [[scale * i + j for j in range(3)] for i in range(2)]
    scale = 1.0
    return sum(sum(row) for row in table) * scale * x


@program(0.7, 1.2)
def same_names_inside_and_outside(x, y):
    def f(y):
        x = y * y
        return x

    return f(x) * y + x


def composed(f, g):
    return lambda x: f(g(x))


class Scale:
    def __init__(self, factor):
        self.factor = factor

    @classmethod
    def of(cls, factor):
        return cls(factor)

    @staticmethod
    def double(x):
        return 2 * x


@program(0.4, 0.7)
def composition_of_library_functions(a, b):
    return composed(np.sin, np.tanh)(a) * b


@program(0.4, 0.7)
def composition_of_compositions(a, b):
    h = composed(composed(np.sin, lambda m: m * b), np.cos)
    g = composed(h, Scale.double)
    return h(a) * g(b)


@program(0.4, 0.7)
def classmethod_of_a_constant(a, b):
    return Scale.of(2.5).factor * Scale.of(a).factor * b * Scale.double(3.0)


@program(lambda rng: (rng.normal(size=(2, 2)), rng.normal(size=2)))
def layers_whose_parameter_has_a_local_name(w, b):
    def dense(w, b, activation):
        return lambda h: activation(h @ w + b)

    network = [dense(w, b, np.tanh), dense(w.T, b * 2, lambda t: t * t)]
    h = np.ones(2)
    for layer in network:
        h = layer(h)
    return np.sum(h)


@program(0.7, 1.2)
def factory_of_factories(x, y):
    def transform(f):
        return lambda g: lambda t: f(g(t)) * x

    return transform(math.sin)(lambda t: t * y)(x)


@program(0.7, 1.2)
def comprehension_variable_with_a_local_name(x, y):
    def total(items):
        return sum([t * y for t in items]) + sum(k * x for k in items)

    result = total([x, y])
    t = x * y
    k = t * 2
    return result * t + k


@refused("E303", 0.7, 1.3)
def function_kept_where_it_looks(x, y):
    """What `times` looks up is, for a while, `times` itself."""

    def times(t):
        return t * y

    y = times
    y = x
    return times(1.0) * x


@refused("E305", 0.7)
def variable_bound_after_the_call(x):
    def twice(t):
        return y if t > 100 else t * 2

    y = twice(x)
    return y * x
