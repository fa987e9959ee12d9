"""Programs with the other statements: with, try, assert, raise, print, imports."""

# ruff: noqa - unusual forms are what is tested here

from __future__ import annotations

import contextlib
import logging
import math
import sys
import warnings

import numpy as np

from tests.programs import program

LOGGER = logging.getLogger(__name__)
LOGGER.addHandler(logging.NullHandler())
RATE = 0.35
TABLE = np.array([0.3, 0.9, -0.4])
CONFIG = {"scale": 1.7, "steps": 3}
NAMES = ("drift", "noise")


class Doubler:
    """A context manager that hands out the value it was given, doubled."""

    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value * 2

    def __exit__(self, *error):
        return False


class Level:
    def __init__(self):
        self.depth = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, kind, error, trace):
        self.depth -= 1


# -- with -----------------------------------------------------------------------------


@program(lambda rng: (rng.random(4) + 0.1,))
def with_errstate(v):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(v) / v
        total = np.sum(ratio)
    return total


@program(lambda rng: (rng.random(4) + 0.1,))
def return_inside_with(v):
    with np.errstate(all="ignore"):
        return np.sum(v / (1 + v))


@program(0.7)
def with_catch_warnings(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = math.sin(x)
    return y * x


@program(0.7)
def with_suppress(x):
    y = x
    with contextlib.suppress(KeyError):
        y = y * x
    return y * y


@program(0.7)
def with_passive_user_manager(x):
    level = Level()
    with level:
        y = x * x * level.depth
    return y * math.exp(y) + level.depth


@program(0.7)
def with_as_an_active_value(x):
    with Doubler(x * x) as y:
        z = y * x
    return z


@program(0.7, 3)
def with_inside_a_loop(x, n):
    for _ in range(n):
        with np.errstate(over="ignore"), Level():
            x = x + 0.1 * x * x
    return x


# -- try ------------------------------------------------------------------------------


@program(0.7, 0.0, wrt=0)
@program(0.7, 2.0, wrt=0)
def try_except(x, y):
    try:
        z = x / y
    except ZeroDivisionError:
        z = x * x
    return z * x


@program(0.7, "a")
@program(0.7, "b")
def try_key_error(x, name):
    table = {"a": x * x}
    try:
        return table[name] * x
    except KeyError as error:
        return x + len(error.args)


@program(0.7)
def try_finally(x):
    y = x
    try:
        y = y * x
    finally:
        y = math.sin(y)
    return y


@program(0.7)
@program(1.7)
def try_except_else_finally(x):
    total = x
    try:
        if x > 1.0:
            raise ValueError("too large")
        y = x * x
    except ValueError:
        total = total * 3.0
    else:
        total = total + y
    finally:
        total = total * x
    return total


def _checked_log(x):
    if x <= 0:
        raise ValueError(f"log of {x}")
    return math.log(x)


@program(0.7)
@program(-0.7)
def exception_from_a_callee(x):
    try:
        return _checked_log(x) * x
    except ValueError:
        return x ** 2


@program(0.7, 4)
def try_inside_a_loop(x, n):
    weights = [1.0, 0.5]
    total = 0.0
    for k in range(n):
        try:
            w = weights[k]
        except IndexError:
            w = 0.1
        total += w * x ** (k + 1)
    return total


# -- assert and raise -----------------------------------------------------------------


@program(lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=3)))
def asserts(m, v):
    assert m.shape == (3, 3), "square matrices only"
    assert m.ndim == 2 and len(v) == m.shape[1]
    r = m @ v
    assert np.all(np.isfinite(r))
    return np.sum(r * v)


@program(0.7, "square")
@program(0.7, "sine")
def raise_on_a_passive_condition(x, kind):
    if kind == "square":
        return x * x
    elif kind == "sine":
        return math.sin(x)
    else:
        raise ValueError(f"unknown kind {kind!r}")


@program(0.7)
def raise_on_an_active_condition(x):
    if x < 0:
        raise ValueError("negative")
    if math.isnan(x):
        raise ArithmeticError
    return math.sqrt(x) * x


# -- output ---------------------------------------------------------------------------


@program(0.7, 2)
def prints(x, n):
    for k in range(n):
        x = x * x + 0.1
        print("step", k, x, file=sys.stderr)
    print(f"done: {x:.3f}", end="", file=sys.stderr)
    return x


@program(0.7)
def f_strings_and_formatting(x):
    label = f"x = {x:.2f}, {x!r}, {2 * x:>{8}}"
    other = "value %g" % x + " of {}".format(x * x)
    return x * x if label and other else x


@program(0.7)
def logs(x):
    LOGGER.debug("called with %s", x)
    y = math.sin(x)
    LOGGER.info(f"sine is {y}")
    return y * x


@program(0.7)
def strings_are_passive(x):
    names = "a,b,c".split(",")
    total = 0.0
    for name in names:
        total += x ** (ord(name) - 96)
    return total if "-".join(names).upper() == "A-B-C" else x


# -- the rest -------------------------------------------------------------------------


@program(0.7)
def docstring_pass_and_ellipsis(x):
    """A docstring.

    Of two paragraphs.
    """
    if x > 100.0:
        pass
    elif x > 50.0:
        ...
    "a string that does nothing"
    return x * x


@program(0.7)
def imports_inside(x):
    import math as m
    from math import cos, exp as exponential

    import numpy

    return m.sin(x) * cos(x) + exponential(x) * numpy.tanh(x)


@program(0.7, 1.2)
def type_annotations(x: float, y: float) -> float:
    product: float = x * y
    total: float
    total = product + x
    items: list[float] = [total, product]
    return items[0] * items[1]


@program(lambda rng: (rng.normal(size=3),))
def globals_are_read(v):
    scaled = CONFIG["scale"] * v * TABLE
    for _ in range(CONFIG["steps"]):
        scaled = scaled - RATE * np.sin(scaled)
    return np.sum(scaled) * len(NAMES)


@program(0.7)
def global_declared_but_only_read(x):
    global RATE
    return RATE * x * x


@program(0.7, 1.2)
def semicolons_and_one_line_bodies(x, y):
    a = x * y; b = a + x
    if b > 0: a = a * b
    for _ in range(2): a += b * 0.1
    return a


@program(0.7, 1.2)
def expression_over_several_lines(x, y):
    total = (
        x * y  # the product
        + math.sin(x)
        - (
            y ** 2
            / (1 + x)
        )
    )
    return total \
        * 2.0


@program(0.7)
def unreachable_code(x):
    return x * x
    return x * 100.0


@program(0.7)
def constant_conditions(x):
    debug = False
    if debug:
        x = undefined_name(x)
    if not __debug__ and x > 0:
        x = x * 10
    while True:
        x = x * 1.5
        if x > 3.0:
            break
    return x


@program(0.7, None)
@program(0.7, 2.0)
def none_as_a_default(x, scale):
    if scale is None:
        scale = x
    return scale * x


@program(0.7, 1.2)
def ternary_chain_and_boolean_values(x, y):
    flag = x < y
    sign = 1.0 if flag else -1.0 if x > y else 0.0
    return sign * x * y + flag * x + (not flag) * y


@program(0.7)
def bit_operations_are_passive(x):
    mask = (5 & 3) | (1 << 2) ^ 1
    return x ** (mask % 4) + ~mask * x + (mask >> 1)


@program(0.7)
def scope_of_loop_and_except_names(x):
    e = x * 2.0
    for i in range(3):
        e = e * x + i
    try:
        _ = [1][i]
    except IndexError as error:
        e = e + len(str(error)) * 0.0
    return e * i
