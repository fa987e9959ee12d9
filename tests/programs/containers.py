"""Programs that hold values in lists, tuples, dicts, sets and records."""

# ruff: noqa - unusual forms are what is tested here

import math
from collections import namedtuple
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from tests.programs import program

# -- lists ----------------------------------------------------------------------------


@program(1.3, 0.7)
def list_display_by_index(x, y):
    terms = [x * y, math.sin(x), y ** 2]
    return terms[0] * terms[2] - terms[1]


@program(1.3, 0.7)
def list_negative_index_and_slice(x, y):
    terms = [x, y, x * y, x - y]
    tail = terms[1:]
    return tail[-1] * tail[0] + len(tail) * terms[-2] + sum(terms[::2])


@program(0.4, 5)
@program(0.4, 0)
@program(0.4, 1)
def list_of_powers(x, n):
    powers = [1.0]
    for _ in range(n):
        powers.append(powers[-1] * x)
    return sum(powers)


@program(lambda rng: (rng.normal(size=4),))
def list_read_after_append(v):
    states = [v]
    for k in range(3):
        states.append(np.sin(states[-1]) + 0.1 * k)
    states.append(states[0] * states[2])
    return np.sum(states[-1] * states[1])


@program(0.8)
def list_appended_to_while_old_element_is_read(x):
    kept = [x]
    first = kept[0] * x
    kept.append(first)
    second = kept[1] * kept[0]
    kept.append(second)
    return kept[2] + kept[1]


@program(0.8, 1.1)
def list_alias(x, y):
    a = [x, y]
    b = a
    b.append(x * y)
    a[0] = y * y
    return b[0] * a[2] + b[1]


@program(0.8, 1.1)
def list_copy_is_not_an_alias(x, y):
    a = [x, y]
    b = list(a)
    c = a[:]
    d = a.copy()
    a[0] = y * y
    return a[0] * b[0] + c[0] * d[1]


@program(0.8, 1.1)
def list_extend_and_plus(x, y):
    a = [x]
    a.extend([y, x * y])
    a += [y ** 3]
    b = a + [x - y]
    return sum(t * t for t in b) + len(b)


@program(0.8, 1.1)
def list_pop_and_insert(x, y):
    stack = [x, y, x + y]
    top = stack.pop()
    first = stack.pop(0)
    stack.insert(0, top * first)
    stack.insert(1, math.exp(first))
    return stack[0] * stack[1] - stack[2] ** 2


@program(lambda rng: (rng.normal(size=5),))
def stack_machine(v):
    stack = []
    for i in range(len(v)):
        stack.append(v[i])
        if len(stack) > 2:
            a = stack.pop()
            b = stack.pop()
            stack.append(a * b)
    total = 0.0
    while stack:
        total = 0.5 * total + stack.pop()
    return total


@program(0.3, 0.9)
def list_item_assignment(x, y):
    a = [x, y, 0.0]
    a[2] = a[0] * a[1]
    a[0] = a[2] + a[1]
    a[-1] += a[0] ** 2
    return a[0] * a[2]


@program(0.3)
def list_repeated(x):
    a = [x, x * x] * 3
    a[0] = 2.0
    return sum(a) * a[3]


@program(lambda rng: (rng.normal(size=(3, 4)),))
def list_of_rows_swapped(m):
    rows = [m[i] for i in range(len(m))]
    rows[0], rows[2] = rows[2], rows[0]
    return np.sum(rows[0] * rows[1]) + np.sum(rows[2] ** 3)


@program(0.3, 0.9)
def list_slice_assignment(x, y):
    a = [x, y, x, y]
    a[1:3] = [x * y, x + y]
    return a[0] * a[1] + a[2] * a[3]


@program(0.3, 0.9)
def list_reversed_in_place_and_copied(x, y):
    a = [x, y, x * y]
    b = a[::-1]
    a.reverse()
    return a[0] * b[2] + a[1] * b[0] + sum(w * t for w, t in zip([1, 2, 3], a))


@program(lambda rng: (rng.normal(size=(4, 3)),))
def list_mutated_by_helper(m):
    def record(into, row):
        into.append(np.sum(row ** 2))
        into.append(np.mean(row))

    found = []
    for row in m:
        record(found, row)
    return sum(found[::2]) * found[1]


def _scale_all(items, factor):
    for i in range(len(items)):
        items[i] = items[i] * factor
    return items[-1]


@program(0.6, 1.4)
def list_items_scaled_by_helper(x, k):
    items = [x, x * x, math.sin(x)]
    last = _scale_all(items, k)
    return items[0] * items[1] + last


@program(lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def list_of_arrays_stored_into(u, v):
    fields = [np.zeros(3), np.ones(3)]
    fields[0][1:] = u[:-1] * v[1:]
    fields[1] += u
    fields[1][0] *= v[0]
    return np.sum(fields[0] * fields[1]) + fields[1][0]


@program(lambda rng: (rng.normal(size=3),))
def nested_list_of_scalars(v):
    table = [[v[i] * v[j] for j in range(3)] for i in range(3)]
    table[1][2] = table[0][0] + table[2][1]
    return sum(table[i][2 - i] for i in range(3)) + table[1][2] ** 2


@program(0.4, 1.2)
def list_membership_and_lookup_stay_passive(x, y):
    names = ["drift", "noise", "drift"]
    weight = names.count("drift") + names.index("noise")
    if "jump" in names:
        return x
    return weight * x * y


# -- comprehensions and generator expressions -----------------------------------------


@program(lambda rng: (rng.normal(size=6),))
def comprehension_with_condition(v):
    squares = [t * t for t in v if t > 0.05]
    return sum(squares) + sum(math.exp(t) for t in v if t < -0.05)


@program(lambda rng: (rng.normal(size=3), rng.normal(size=2)))
def comprehension_nested(u, v):
    products = [a * math.sin(b) for a in u for b in v if a != b]
    return sum(products) * products[0]


@program(lambda rng: (rng.normal(size=4), 0.3))
def comprehension_variable_does_not_leak(v, x):
    doubled = [2 * x for x in v]
    return sum(doubled) * x


@program(lambda rng: (rng.normal(size=5),))
def generator_in_max_and_min(v):
    return max(t * t for t in v) - min(math.cos(t) for t in v)


@program(lambda rng: (rng.normal(size=5),))
def generator_in_all_and_any(v):
    if all(abs(t) < 100.0 for t in v) and not any(t > 50.0 for t in v):
        return sum(t ** 3 for t in v)
    return 0.0 * v[0]


@program(lambda rng: ({"a": 0.4, "b": 1.3, "c": -0.2},))
def dict_comprehension(params):
    squared = {name: value ** 2 for name, value in params.items()}
    return squared["a"] * squared["b"] + math.exp(squared["c"])


@program(lambda rng: (rng.normal(size=(3, 2)),))
def array_from_comprehension(m):
    norms = np.array([np.sum(row ** 2) for row in m])
    return np.sum(np.sqrt(norms + 1.0)) * norms[1]


@program(0.7, 4)
def comprehension_over_enumerate_and_zip(x, n):
    coefficients = [1.0 / (k + 1) for k in range(n)]
    powers = [x ** k for k in range(n)]
    total = sum(c * p for c, p in zip(coefficients, powers))
    return total + sum(i * p for i, p in enumerate(powers, 1))


@program(0.7, 1.9)
def set_comprehension_is_passive(x, y):
    degrees = {k % 3 for k in range(7)}
    degrees.add(5)
    return sum(x ** k for k in sorted(degrees)) * y if 5 in degrees else y


# -- builtins over containers ---------------------------------------------------------


@program(0.7, 1.9, -0.4)
def max_and_min_of_values(x, y, z):
    return max(x, y, z) * min([x, y, z]) + abs(z) * max(x * y, 0.1)


@program(0.7, 1.9, -0.4)
def max_with_key_and_default(x, y, z):
    largest = max([x, y, z], key=abs)
    return largest * x + max([], default=z) + min((x, y), key=lambda t: -t)


@program(lambda rng: (rng.normal(size=4),))
def map_and_filter(v):
    positive = list(filter(lambda t: t > 0.0, v))
    curved = list(map(math.sin, v))
    mixed = list(map(lambda a, b: a * b, curved, v))
    return sum(positive) + sum(mixed)


@program(0.7, 1.9, -0.4)
def sorted_values(x, y, z):
    low, middle, high = sorted([x, y, z])
    down = sorted((x, y, z), reverse=True)
    return low * middle - high ** 2 + down[0] * x


@program(0.7, 1.9, -0.4)
def sorted_by_key(x, y, z):
    pairs = sorted([(x, "x"), (y, "y"), (z, "z")], key=lambda p: p[0] ** 2)
    return sum(i * value for i, (value, _) in enumerate(pairs)) * x


@program(0.7, 1.9)
def list_sort_in_place(x, y):
    values = [y, x, x * y]
    values.sort()
    return values[0] * 3.0 + values[1] * values[2]


@program(7.3, 2.1)
def divmod_pow_and_round(x, y):
    quotient, rest = divmod(x, y)
    return quotient * rest + pow(x, 2) + pow(x, y) + round(x) * y


@program(0.7)
def float_keeps_slope_and_int_does_not(x):
    return float(x) ** 2 + int(3 * x) * x + float(np.sin(x))


@program(lambda rng: (rng.normal(size=4),))
def reduce_product(v):
    return reduce(lambda a, b: a * b, [t + 2.0 for t in v], 1.0)


@program(lambda rng: ([rng.normal(size=(2, 2)) for _ in range(3)],))
def reduce_matrix_chain(matrices):
    return np.trace(reduce(np.matmul, matrices))


@program(lambda rng: (rng.normal(size=3), rng.normal(size=3)))
def sum_with_start_and_strict_zip(u, v):
    return sum([a * b for a, b in zip(u, v)], u[0]) + math.prod([u[1], v[2], 2.0])


@program(lambda rng: ([rng.normal(size=3), rng.normal(size=3)],))
def sum_of_arrays(parts):
    return np.sum(sum(parts) ** 2)


@program(lambda rng: (rng.normal(size=(2, 3)), 0.5))
def isinstance_chooses_a_path(m, k):
    total = 0.0
    for item in [m, k, "text", 3]:
        if isinstance(item, np.ndarray):
            total = total + np.sum(item ** 2)
        elif isinstance(item, float):
            total = total + item ** 3
        elif isinstance(item, (int, str)):
            total = total * 1.5
    return total


# -- tuples ---------------------------------------------------------------------------


@program(0.6, 1.7)
def tuple_packing(x, y):
    pair = x * y, x + y
    a, b = pair
    triple = pair + (a * b,)
    return triple[2] * triple[0] + len(triple)


@program(0.6, 1.7)
def tuple_in_loop_carried_state(x, y):
    state = (x, y)
    for _ in range(4):
        position, velocity = state
        state = (position + 0.1 * velocity, velocity - 0.1 * math.sin(position))
    return state[0] ** 2 + state[1] ** 2


@program(0.6, 1.7)
def tuple_star_unpacking(x, y):
    first, *rest = (x, y, x * y, x / y)
    *head, last = rest
    return first * last + sum(head)


Point = namedtuple("Point", ["x", "y"])


@program(0.6, 1.7)
def namedtuple_created_inside(a, b):
    p = Point(a, y=b * b)
    q = p._replace(x=p.y * a)
    x, y = q
    return p.x * q.x + y * x


# -- dicts ----------------------------------------------------------------------------


@program(0.6, 1.7)
def dict_of_intermediates(x, y):
    cache = {"product": x * y, "ratio": x / y}
    cache["sum"] = cache["product"] + cache["ratio"]
    cache["product"] *= 2.0
    return cache["sum"] * cache["product"]


@program(0.6, 1.7)
def dict_get_pop_and_setdefault(x, y):
    d = {"a": x}
    missing = d.get("b", y) * d.get("a")
    first = d.setdefault("c", x * y)
    d.setdefault("a", 100.0)
    taken = d.pop("a")
    return missing + first * taken + len(d)


@program(0.6, 1.7)
def dict_loops(x, y):
    d = {"a": x, "b": y, "c": x * y}
    total = 0.0
    for value in d.values():
        total += value ** 2
    for name, value in d.items():
        if name != "b":
            total *= value
    for name in d:
        total += d[name]
    return total


@program(0.6, 1.7)
def dict_update_and_merge(x, y):
    d = {"a": x}
    d.update({"b": y, "a": x * x})
    d.update(c=x + y)
    e = {**d, "a": y}
    f = d | {"c": y ** 3}
    return d["a"] * e["a"] + e["b"] * f["c"] + d["c"]


@program(0.45, 6)
def dict_as_memo(x, n):
    seen = {0: 1.0, 1: x}
    for k in range(2, n):
        if k not in seen:
            seen[k] = 2 * x * seen[k - 1] - seen[k - 2]
    return seen[n - 1] + seen[2]


@program(lambda rng: (rng.normal(size=3),))
def dict_with_tuple_keys(v):
    pair = {}
    for i in range(3):
        for j in range(i):
            pair[i, j] = v[i] * v[j]
    return sum(pair.values()) + pair[2, 1] ** 2


# -- containers as arguments ----------------------------------------------------------


@program(lambda rng: ([rng.normal(size=3), rng.normal(size=(2, 3)), 0.5],))
def argument_list_of_arrays(parts):
    v, m, k = parts
    return k * np.sum(np.tanh(m @ v))


@program(lambda rng: ({"w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)},
                      rng.normal(size=(4, 3))), wrt=0)
def argument_dict_of_parameters(params, inputs):
    return np.mean(np.tanh(inputs @ params["w"] + params["b"]) ** 2)


@program(lambda rng: (tuple((rng.normal(size=(a, b)), rng.normal(size=b))
                            for a, b in [(2, 3), (3, 3), (3, 1)]),
                      rng.normal(size=(5, 2))), wrt=0)
def argument_tuple_of_layers(layers, x):
    for w, b in layers:
        x = np.tanh(x @ w + b)
    return np.sum(x)


class Line(NamedTuple):
    slope: float
    offset: float


@program(lambda rng: (Line(0.7, -0.2), rng.normal(size=4)))
def argument_namedtuple(line, t):
    return np.sum((line.slope * t + line.offset) ** 2) + line[0] * line.offset


@dataclass
class Oscillator:
    mass: float
    stiffness: np.ndarray
    name: str = "spring"


@program(lambda rng: (Oscillator(1.5, rng.random(3) + 0.5), rng.normal(size=3)))
def argument_dataclass(system, x):
    kinetic = system.mass * np.sum(x ** 2)
    return kinetic + np.sum(np.sqrt(system.stiffness / system.mass))


@program(lambda rng: ({"layers": [{"w": rng.normal(size=(2, 2))},
                                  {"w": rng.normal(size=(2, 2))}],
                       "scale": 0.3}, rng.normal(size=2)), wrt=0)
def argument_nested(params, x):
    for layer in params["layers"]:
        x = np.sin(layer["w"] @ x)
    return params["scale"] * np.sum(x)


@program(lambda rng: ([0.3, 0.9, -0.4],))
def argument_list_loop_over_floats(weights):
    total = 0.0
    for i, w in enumerate(weights):
        total += (i + 1) * w * weights[-1 - i]
    return total


@program(lambda rng: ((0.3, (0.9, rng.normal(size=2))), 2.0))
def argument_unused_leaves(pair, k):
    a, (_, v) = pair
    return k * a + v[0]


@program(lambda rng: ([], 0.4))
def argument_empty_list(items, x):
    total = x * x
    for item in items:
        total += item
    return total
