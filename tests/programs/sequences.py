"""Programs that change, slice, nest and compare lists, tuples and sets; what Python's own functions make of them."""

# ruff: noqa - unusual forms are what is tested here

import math
from collections import deque
from functools import reduce

import numpy as np

from tests.programs import normal, positive, program

# -- lists ----------------------------------------------------------------------------


@program(normal(4))
def slices_stored_and_deleted(x):
    items = [x[0], x[1], x[2], x[3]]
    items[1:3] = [x[0] * x[1]]
    del items[0]
    items[:0] = [x[3] ** 2, x[2]]
    items[::2] = [items[1], items[0]]
    del items[-1:]
    return items[0] * items[1] + len(items) * sum(items)


@program(normal(4))
def insert_remove_index_count_clear(x):
    items = [x[0], x[1]]
    items.insert(0, x[2] * x[3])
    items.insert(-1, x[3])
    tags = ["a", "b", "a"]
    k = tags.index("b")
    items.reverse()
    tags.remove("a")
    copy = items.copy()
    items.clear()
    items.append(copy[k] * tags.count("a"))
    return items[0] * copy[0] + copy[-1] * len(tags)


@program(normal(4))
def pop_from_everywhere(x):
    items = [x[0], x[1], x[2], x[3], x[0] * x[1]]
    a = items.pop()
    b = items.pop(0)
    c = items.pop(-2)
    items.append(a * c)
    d = items.pop(1)
    return a * b + c * d + sum(items) ** 2


@program(normal(4))
def sorted_in_place_by_key(x):
    items = [x[0], x[1], x[2], x[3]]
    items.sort(key=lambda v: -v)
    total = items[0] * 2 + items[1] * items[3]
    items.sort()
    total += items[0] ** 2
    items.sort(reverse=True)
    return total * items[2]


@program(normal(4))
def sorted_pairs(x):
    pairs = sorted([(3, x[0]), (1, x[1]), (2, x[2] * x[3])])
    total = 0.0
    for weight, value in pairs:
        total = total * value + weight * value
    best = max(pairs, key=lambda p: p[1])
    return total + best[1] ** 2 + pairs[0][1]


@program(normal(3))
def plus_times_and_aliases(x):
    row = [x[0], x[1]]
    table = [row] * 2 + [[x[2]]]
    table[0][0] = x[1] * x[2]
    more = row + row
    row += [x[0] ** 2]
    more *= 2
    return table[1][0] * row[2] + sum(more) + len(table[1]) * table[2][0]


@program(normal(3))
def list_in_a_list_in_a_loop(x):
    grid = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            grid[i][j] = x[i] * x[j] + (grid[i - 1][j] if i else 0.0)
    grid[1], grid[2] = grid[2], grid[1]
    return sum(sum(row) * (i + 1) for i, row in enumerate(grid)) + grid[1][2] ** 2


@program(normal(4))
def list_as_stack_in_a_while(x):
    stack = [(0, 4)]
    total = 1.0
    while stack:
        low, high = stack.pop()
        if high - low == 1:
            total = total * x[low] + 1.0
            continue
        middle = (low + high) // 2
        stack.append((low, middle))
        stack.append((middle, high))
    return total


@program(normal(4))
def recursion_over_slices_of_lists(x):
    def tree(items):
        if len(items) == 1:
            return items[0]
        half = len(items) // 2
        return tree(items[:half]) * np.sin(tree(items[half:]))

    return tree([x[0], x[1], x[2], x[3], x[0] * x[3]])


@program(normal(4))
def equality_membership_and_identity(x):
    items = [x[0], x[1]]
    other = items
    same = [x[0], x[1]]
    y = x[2]
    if other is items and same is not items and same == items:
        y = y * x[0]
    if 3 not in [1, 2] and x[3] in (x[3], 5.0) and not (items != same):
        y = y * x[3]
    return y


@program(normal(3), normal(3))
def list_of_arrays_swapped_and_shifted(u, v):
    a, b = u * 1.0, v * 1.0
    layers = [a, b]
    layers[0], layers[1] = layers[1], layers[0]
    layers[0] += a
    layers.append(layers.pop(0) * 2.0)
    layers[0][1:] = layers[1][:-1] ** 2
    return np.sum(layers[0] * a) + np.sum(b * layers[1])


@program(normal(3))
def list_of_arrays_overwritten_in_a_loop(x):
    history = [x]
    y = x * 1.0
    for k in range(3):
        y[k] = y[k - 1] * y[k] + 0.1
        history.append(y.copy())
        history[0] = history[0] + y
    return sum(np.sum(h * h) for h in history)


@program(normal(3))
def double_ended_queue(x):
    window = deque([x[0], x[1]], maxlen=3)
    window.append(x[2])
    window.append(x[0] * x[2])
    window.appendleft(x[1] ** 2)
    a = window.popleft()
    b = window.pop()
    return a * b + sum(window) * window[0]


# -- comprehensions -------------------------------------------------------------------


@program(normal(3, 3))
def nested_with_conditions_on_both(A):
    kept = [A[i, j] * i for i in range(3) if i != 1 for j in range(3) if j >= i]
    flat = [v for row in A for v in row if v > 0]
    return sum(kept) * sum(v ** 2 for v in flat)


@program(normal(3))
def names_shadowed_by_comprehensions(x):
    v = x[0] * 2.0
    i = 5
    items = [v * x[i] for i in range(3)]
    v_list = [v ** 2 for v in items]
    x_sum = sum(x for x in v_list)
    return v * x_sum + i * x[1]


@program(normal(3))
def comprehension_inside_a_comprehension(x):
    table = [[a * b for b in x] for a in x]
    columns = [[row[k] for row in table] for k in range(len(table))]
    return sum(sum(c) * c[0] for c in columns) + table[1][2]


@program(normal(3))
def functions_made_in_comprehensions(x):
    made = [lambda t, k=k: t ** k * x[k] for k in range(3)]
    return sum(f(x[0]) for f in made) * made[2](x[1])


@program(normal(4), 2)
def comprehension_with_conditional_element(x, n):
    parts = [v if v > 0 else v * v for v in x]
    pairs = [(a, b) for a, b in zip(parts, parts[1:])]
    powers = [p for _ in range(n) for p in parts]
    return sum(a * b for a, b in pairs) + sum(powers) * parts[-1]


@program(normal(3))
def dict_and_set_comprehensions(x):
    named = {f"k{i}": v * i for i, v in enumerate(x)}
    turned = {k: v ** 2 for k, v in named.items() if k != "k0"}
    lengths = {len(k) for k in turned}
    return sum(turned.values()) * max(lengths) + named["k2"] * len({i % 2 for i in range(5)})


@program(normal(4))
def generators_consumed_on_the_spot(x):
    total = sum(v * v for v in x) + max(v for v in x) * min(abs(v) for v in x)
    if any(v > 0 for v in x) and all(abs(v) < 100 for v in x):
        total *= math.prod(v + 2.0 for v in x)
    arr = np.array([v for v in x]) + np.array(list(v * 2 for v in x))
    return total + np.sum(arr ** 2) + sum(tuple(v for v in x))


# -- tuples ---------------------------------------------------------------------------


@program(normal(3))
def tuples_added_repeated_and_compared(x):
    t = (x[0], x[1]) + (x[2],)
    t += (t[0] * t[2],)
    u = (x[1],) * 3
    y = sum(t) * u[2] + t[-1]
    if (1, "a") < (1, "b") and len(t) == 4 and t[0] == x[0]:
        y = y * t[1]
    return y * (x[0], x[2])[int(x[0] > 100)]


@program(normal(3))
def tuple_of_arrays_unpacked_in_calls(x):
    def pair(a, b=1.0, *rest, scale=1.0, **more):
        return (a * b, scale * sum(rest), more.get("extra", 2.0))

    p, q, r = pair(x[0], x[1], *(x[1], x[2]), **{"scale": x[2], "extra": x[0]})
    s, *_ = pair(*[p, q])
    return p * q + r * s


# -- builtins -------------------------------------------------------------------------


@program(normal(4), positive(4))
def max_min_in_every_form(x, y):
    a = max(x[0], x[1], x[2]) * min(x)
    b = max([x[0] * y[0], x[1] * y[1]], key=abs)
    c = min((v for v in y), default=0.0)
    d = max(x.max(), y.min(), 0.3)
    e = min(max(x[3], -0.5), 0.5)
    return a * b + c * d + e


@program(normal(4))
def sum_map_zip_abs_round(x):
    a = sum(map(abs, x)) + sum(map(lambda u, v: u * v, x, x[1:]))
    b = list(map(float, x))
    c = sum([b], start=[x[0]])[1] * round(2.6)
    d = abs(min(b)) + pow(abs(x[0]), 2.5) + pow(3, 2)
    q, r = divmod(7.3 * abs(x[1]) + 1.0, 0.75)
    return a + b[1] * c + d * r + q


@program(normal(4))
def reduce_and_partial_forms(x):
    a = reduce(lambda u, v: u * v + 1.0, x)
    b = reduce(lambda u, v: u + v * a, [x[0], x[1]], x[2])
    c = reduce(max, x, -5.0)
    return a * b + c


@program(positive(3))
def math_module(x):
    a = math.sqrt(x[0]) * math.exp(x[1]) + math.log(x[2]) + math.log(x[0], 2) + math.log1p(x[1])
    b = math.sin(x[0]) * math.atan2(x[1], x[2]) + math.hypot(x[0], x[1]) + math.tanh(x[2])
    c = math.pow(x[0], x[1]) + math.fabs(-x[2]) + math.degrees(x[0]) * math.pi / 180
    d = math.floor(x[0]) + math.ceil(x[1]) * x[2] + math.fsum([x[0], x[1]])
    return a * b + c * d + math.copysign(x[0], -1.0) + math.erf(x[1]) + math.gamma(x[2])


@program(normal(4))
def enumerate_zip_sorted_as_lists(x):
    pairs = list(enumerate(x, 1))
    both = list(zip(x, x[::-1]))
    ranked = sorted(enumerate(x), key=lambda p: p[1], reverse=True)
    total = pairs[2][0] * pairs[2][1] + both[0][1] * both[3][0]
    for rank, (i, v) in enumerate(ranked):
        total += rank * v * x[i]
    return total


@program(normal(4))
def order_of_indices(x):
    order = sorted(range(4), key=lambda i: x[i])
    total = x[order[0]] * 2.0
    for i, k in enumerate(order):
        total += x[k] ** 2 * i
    best = max(range(4), key=x.__getitem__)
    return total * x[best]


@program(normal(3))
def isinstance_type_callable_len(x):
    total = 0.0
    for item in [x, x[0], [x[1], x[2]], (x[0],), 3, "text", None, np.sin]:
        if isinstance(item, np.ndarray):
            total += np.sum(item ** 2)
        elif isinstance(item, (float, np.floating)):
            total += item * 3
        elif isinstance(item, (list, tuple)):
            total += sum(item) * len(item)
        elif callable(item):
            total += item(x[0])
        elif item is None:
            total *= x[1]
        elif type(item) is int:
            total += item
    return total


@program(0.7, [1.2, 0.4])
def list_argument_is_grown_and_shrunk(x, values):
    values.append(x * values[0])
    values[1] *= x
    last = values.pop()
    values.extend([last, last * x])
    return sum(values) * last


@program(normal(3))
def sets_of_passive_values(x):
    seen = set()
    total = 0.0
    for k in [1, 0, 1, 2, 0]:
        if k in seen:
            continue
        seen.add(k)
        total += x[k] * len(seen)
    seen |= {7}
    seen.discard(7)
    seen.update([2, 3])
    return total * len(seen & {0, 3}) * len(frozenset([1, 1, 2]))


@program(normal(4))
def popped_at_places_that_change(x):
    items = [x[0], x[1], x[2], x[3]]
    total = items[1] * items[3] + items[0] ** 2
    k = 0
    while len(items) > 1:
        k = (k + 2) % len(items)
        items.pop(k)
    k = 0
    items.insert(k, 5.0)
    k = 3
    return total * len(items) * k


@program(normal(4, 4), normal(4))
def beam_search_over_tuples(scores, bonus):
    beams = [((0,), 0.0)]
    for _ in range(3):
        candidates = []
        for path, score in beams:
            for v in range(4):
                if v == path[-1]:
                    continue
                candidates.append((path + (v,), score + np.tanh(scores[path[-1], v]) + bonus[v]))
        candidates.sort(key=lambda c: c[1], reverse=True)
        beams = candidates[:2]
    return sum(score * (k + 1) for k, (path, score) in enumerate(beams))


@program(normal(5, 5))
def path_that_becomes_longer(m):
    path = (0,)
    total = 0.0
    for k in range(4):
        seen = np.array([-9.0 if j in path else 0.0 for j in range(5)])
        following = int(np.argmax(m[path[-1]] + seen))
        total += m[path[-1], following] * (k + 1)
        path = path + (following,)
    return total + sum(m[i, 0] for i in path[1:])


def _leaves(prefix, depth):
    if depth == 0:
        return [prefix]
    return [leaf for k in range(2) for leaf in _leaves(prefix + (k,), depth - 1)]


@program(normal(3))
def prefixes_of_a_recursion(x):
    return sum(np.prod([x[d] ** (k + 1) for d, k in enumerate(leaf)]) for leaf in _leaves((), 3))


@program(normal(3), 0.7)
def sums_of_what_does_not_vary(x, s):
    nothing = sum([], np.ones(3))
    numbers = sum([1.0, 2.0], np.ones(3))
    arrays = sum((np.eye(3)[i] for i in range(2)), 1.5)
    count = sum([True, False, True])
    return np.sum(np.sin(s * nothing + x) + np.cos(s * numbers) + np.exp(s * arrays)) * x[count]


@program(normal(3), normal(3))
def products_of_arrays(x, y):
    table = {k: x * k + y for k in range(1, 4)}
    grown = []
    for k in range(3):
        grown.append(y * k + 1)
    first = math.prod([x, 2.0, y], start=np.ones(3)) + math.prod(table[k] for k in (1, 3))
    return np.sum(first + math.prod(grown) + math.prod(np.outer(x, y))) + math.prod([2.0, 3.0], start=x)[1] ** 2
