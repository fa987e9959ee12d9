"""Programs in which containers made at different places meet: in branches, loops, calls."""

# ruff: noqa - unusual forms are what is tested here

from types import SimpleNamespace

import numpy as np

from tests.programs import normal, program


@program(normal(4))
def list_rebound_to_a_longer_one_in_a_loop(x):
    items = []
    for v in x:
        items = items + [v * v]
    return sum(items) * items[-1] * items[0]


@program(normal(4))
def list_rebound_to_a_comprehension_in_a_loop(x):
    items = [x[0], x[1], x[2]]
    for k in range(3):
        items = [np.sin(v) + x[3] * k for v in items]
    return sum(items) * items[1]


@program(normal(4))
def list_rebound_to_its_slice_in_a_while(x):
    items = [v * 1.0 for v in x]
    total = 1.0
    while len(items) > 1:
        total = total * items[0] + items[-1]
        items = items[1:]
    return total * items[0]


@program(normal(4))
def pairwise_reduction_in_a_while(x):
    items = list(x)
    while len(items) > 1:
        items = [a * b + a for a, b in zip(items[::2], items[1::2])]
    return items[0] * x[1]


@program(normal(4), True)
@program(normal(4), False)
def list_from_either_branch(x, flag):
    if flag:
        items = [x[0], x[1] * x[2]]
    else:
        items = [x[3]] * 2
    items.append(x[1])
    return sum(items) * items[1] * items[-1]


@program(normal(4))
def list_from_a_branch_on_a_value(x):
    items = [x[0], x[1]] if x[2] > 100 else [x[3], x[2], x[0]]
    other = [x[1]] or items
    y = 0.0
    for v in items + other:
        y = y * v + v ** 2
    items[0] = y
    return sum(items) * y


@program(normal(4))
def sum_of_lists_starts_from_a_list(x):
    groups = [[x[0], x[1]], [x[2]], [x[3], x[0]]]
    flat = sum(groups, [])
    more = sum(groups, start=[x[1] * x[2]])
    return sum(flat) * flat[2] + more[0] * more[3]


@program(normal(4))
def lists_swapped_in_a_loop(x):
    a, b = [x[0], x[1]], [x[2], x[3], x[0]]
    for k in range(3):
        a[0] = a[0] * b[-1] + k
        a, b = b, a
    return sum(a) * b[0] + a[1]


@program(normal(3))
def dict_rebound_in_a_loop(x):
    state = {"p": x[0], "q": x[1]}
    for _ in range(3):
        state = {"p": state["q"] * x[2], "q": state["p"] + state["q"]}
    return state["p"] * state["q"]


@program(normal(3), True)
@program(normal(3), False)
def dict_from_either_branch(x, flag):
    d = {"a": x[0]} if flag else {"a": x[1], "b": x[2]}
    if "b" in d:
        d["a"] = d["a"] * d["b"]
    d["c"] = d["a"] ** 2
    return d["a"] * d["c"] * len(d)


@program(normal(3))
def tuple_rebound_in_a_loop(x):
    state = (x[0], 1.0, 0)
    for k in range(3):
        p, q, n = state
        state = (q * p + k, p + x[1], n + 1)
    return state[0] * state[1] * state[2]


@program(normal(3))
def state_of_lists_and_numbers(x):
    state = ([x[0], x[1]], x[2])
    for k in range(3):
        items, v = state
        state = ([items[1], items[0] * v], v + items[0])
    return state[0][0] * state[0][1] * state[1]


@program(normal(4))
def linked_pairs(x):
    node = None
    for v in x:
        node = (v, node)
    return node[0] * node[1][0] + node[1][1][0] ** 2 * node[1][1][1][0]


@program(normal(4))
def tuple_grown_in_a_loop(x):
    t = ()
    for k in range(4):
        t = t + (x[k] * k,)
    return sum(t) * t[2]


@program(normal(3), 0.7)
def tuple_grown_over_an_array(x, s):
    t = (s,)
    for v in x:
        t = t + (v * s,)
    return t[-1] * t[0]


def _longer(items, v):
    return items + [v]


def _same(items, v):
    items.append(v)
    return items


@program(normal(4))
def lists_through_helpers(x):
    a = [x[0]]
    b = _longer(a, x[1])
    c = _same(b, x[2])
    d = _longer(c, x[3])
    c[0] = c[0] * d[-1]
    return sum(a) + b[0] * b[2] + sum(d) * d[0]


@program(normal(4))
def lists_through_helpers_in_a_loop(x):
    items = [x[0]]
    for v in x:
        items = _longer(items, v) if v > 0 else _same(items, v * v)
    return sum(items) * items[-1]


@program(normal(3), True)
@program(normal(3), False)
def array_from_either_branch_then_stored(x, flag):
    a, b = x * 1.0, np.sin(x)
    c = a if flag else b
    c[0] = x[1] * x[2]
    return np.sum(a * b) + np.sum(c ** 2)


@program(normal(3))
def array_or_list(x):
    items = [x[0], x[1]]
    for k in range(2):
        values = np.array(items)
        items = [values[1] * values[0], np.sum(values ** 2)]
    return np.sum(np.array(items) * x[:2]) * items[0]


@program(normal(3))
def object_rebound_in_a_loop(x):
    state = SimpleNamespace(p=x[0], q=[x[1]])
    for k in range(3):
        state = SimpleNamespace(p=state.p * x[2], q=state.q + [state.p])
    return state.p * sum(state.q)


@program(normal(3))
def none_until_set(x):
    best, items = None, None
    for v in x:
        if best is None:
            best, items = v, [v]
        elif v > best:
            best = v * 2.0
            items.append(best)
    return best * sum(items)


@program(normal(4))
def list_of_lists_filled_in_branches(x):
    bins = [[], [], []]
    for k, v in enumerate(x):
        bins[k % 3].append(v * k)
    merged = []
    for group in bins:
        if group:
            merged.extend(group)
            merged.append(sum(group) * group[0])
    return sum(m * m for m in merged)


@program(normal(4))
def nested_lists_share_memory(x):
    row = [x[0], x[1]]
    table = [row, row, [x[2], x[3]]]
    for r in table:
        r[0] = r[0] * r[1]
    other = table[1:]
    other[0][1] = x[3] ** 2
    return row[0] * row[1] + sum(map(sum, table))


@program(normal(3))
def list_multiplied_then_elements_replaced(x):
    items = [x[0]] * 3
    items[1] = items[1] * x[1]
    rows = [items[:] for _ in range(2)]
    rows[0][2] = x[2]
    return sum(items) + rows[0][2] * rows[1][2] * rows[1][1]


@program(normal(3))
def maximum_of_lists_and_tuples(x):
    best = max([x[0], 1.0], [x[1], 2.0], [x[2], 3.0])
    first = min((v, i) for i, v in enumerate(x))
    return best[0] * best[1] + first[0] ** 2 + first[1]


@program(normal(4))
def sorting_by_hand(x):
    items = list(x)
    for i in range(len(items)):
        for j in range(len(items) - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    return sum(v * (i + 1) for i, v in enumerate(items)) * items[1]


@program(normal(3), normal(3))
def arrays_in_containers_replaced_and_updated(u, v):
    params = [u, v]
    velocity = [np.zeros(3), np.zeros(3)]
    for step in range(3):
        grads = [np.sin(p) * step for p in params]
        velocity = [0.9 * m + g for m, g in zip(velocity, grads)]
        params = [p - 0.1 * m for p, m in zip(params, velocity)]
    return sum(np.sum(p * p) for p in params)


@program({"w": np.array([0.3, -0.8]), "b": 0.4}, normal(2))
def training_loop_over_a_dict(params, x):
    state = {k: v * 0.0 for k, v in params.items()}
    for step in range(3):
        grads = {"w": params["w"] * np.sum(x), "b": np.sin(params["b"])}
        state = {k: 0.9 * state[k] + grads[k] for k in params}
        params = {k: params[k] - 0.1 * state[k] for k in params}
    return np.sum(params["w"] ** 2) * params["b"]
