"""Functions that have no derivative here, and must say so by name."""

# ruff: noqa - unusual forms are what is tested here

import contextlib
import ctypes
import itertools
import json

import numpy as np
from scipy.integrate import odeint
from scipy.optimize import fsolve

from tests.programs import refused

COUNT = 0
LIBM_SQRT = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(abs)
STATE = {"calls": 0.0}

# -- syntax ---------------------------------------------------------------------------


@refused("E1", 0.7)
def generator_function(x):
    yield x
    yield x * x


@refused("E1", 0.7)
def yield_from(x):
    yield from [x, x * x]


@refused("E1", 0.7)
async def coroutine(x):
    return x * x


def _numbers(x):
    for k in range(3):
        yield x ** k


@refused("E", 0.7)
def calls_a_generator(x):
    return sum(_numbers(x))


@refused("E1", 0.7)
def runs_exec(x):
    exec("y = x * x")
    return x


@refused("E1", 0.7)
def runs_eval(x):
    return eval("x * x")


@refused("E1", 0.7)
def reads_locals(x):
    y = x * x
    return locals()["y"] * x


@refused("E1", 0.7)
def reads_globals(x):
    return globals()["COUNT"] + x


@refused("E1", 0.7)
def writes_a_global(x):
    global COUNT
    COUNT = COUNT + 1
    return x * x


@refused("E1", 0.7)
def writes_a_global_from_a_nested_function(x):
    def inner(t):
        global COUNT
        COUNT += 1
        return t * t

    return inner(x)


def _count(x):
    global COUNT
    COUNT = x


@refused("E104", 0.7)
def calls_what_writes_a_global(x):
    _count(2 * x)
    return COUNT * x


@refused("E104", 0.7)
def calls_what_writes_a_global_number(x):
    _count(2.0)
    return COUNT * x


def _last_is_returned(x):
    yield 1.0
    return [x, x]


@refused("E101", 0.7)
def runs_over_a_generator_that_returns(x):
    return sum([t * x for t in _last_is_returned(x)])


@refused("E", 0.7)
def writes_into_a_global_container(x):
    STATE["calls"] = x * x
    return STATE["calls"] * x


@refused("E1", 0.7)
def defines_a_class(x):
    class Local:
        value = x

    return Local.value * x


# -- functions ------------------------------------------------------------------------


@refused("E", 0.7)
def calls_a_foreign_function(x):
    return LIBM_SQRT(x) * x


@refused("E", lambda rng: (rng.normal(size=3),))
def itertools_without_a_rule(v):
    return sum(itertools.compress(v, [1, 0, 1]))


@refused("E2", lambda rng: (rng.normal(size=3),))
def library_function_without_a_rule(v):
    return np.sum(np.lib.stride_tricks.as_strided(v * v, (2,), (8,)))


@refused("E2", lambda rng: (rng.normal(size=4),))
def polynomial_roots_without_a_rule(v):
    return np.sum(np.abs(np.roots(v)))


@refused("E2", lambda rng: (rng.normal(size=4),))
def keyword_that_no_rule_knows(v):
    return np.sum(np.pad(v, 1, "empty"))


# -- values whose slope would be lost -------------------------------------------------


@refused("E2", lambda rng: (rng.normal(size=4),))
def slope_lost_in_bytes(v):
    return np.sum(np.frombuffer((v * v).tobytes()))


@refused("E2", 0.7)
def slope_lost_in_a_string(x):
    return float(str(x * x)) * x


@refused("E2", 0.7)
def slope_lost_in_formatting(x):
    return float(f"{x * x}") + x


@refused("E2", 0.7)
def slope_lost_in_json(x):
    return json.loads(json.dumps({"x": x * x}))["x"] * x


@refused("E", 1.7)
def slope_lost_in_an_integer_array(x):
    a = np.zeros(3, int)
    a[0] = x * x
    return a[0] * x


@refused("E", lambda rng: (rng.normal(size=3),))
def slope_lost_in_an_integer_array_by_slice(v):
    a = np.arange(4)
    a[1:] = 10 * v
    return np.sum(a) * v[0]


@refused("E2", lambda rng: (rng.normal(size=3),))
def slope_lost_in_an_object_array(v):
    boxes = np.empty(3, dtype=object)
    for i in range(3):
        boxes[i] = v[i] * v[i]
    return boxes.sum()


@refused("E", 0.7)
def active_value_as_a_dict_key(x):
    table = {x * x: 1.0}
    return sum(table) * x


@refused("E", lambda rng: (rng.normal(size=3),))
def active_values_in_a_set(v):
    return sum({t * t for t in v})


@refused("E304", 0.7)
def function_given_to_an_object_of_the_library(x):
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: None)
        y = x * 2.0
    return y


@refused("E405", 0.7, np.array([1.0, 0.5]))
def state_of_the_integration_changed(k, start):
    def slope(y, t):
        y *= k
        return -y

    return np.sum(odeint(slope, start, [0.0, 1.0])[-1] ** 2)


@refused("E405", 0.7)
def unknowns_of_the_solver_changed(k):
    def excess(x):
        x[0] = np.maximum(x[0], 0.0)
        return x**2 - k

    return np.sum(fsolve(excess, np.ones(2)))
