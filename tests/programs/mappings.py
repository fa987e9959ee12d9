"""Programs that hold values by key: dicts and their relatives."""

# ruff: noqa - unusual forms are what is tested here

from collections import Counter, OrderedDict, defaultdict
from types import SimpleNamespace

import numpy as np

from tests.programs import normal, positive, program


@program(normal(3))
def get_setdefault_pop_popitem(x):
    d = {"a": x[0], "b": x[1] * x[2]}
    y = d.get("a") * d.get("missing", x[2]) + d.get("b", 0.0)
    z = d.setdefault("c", x[1]) * d.setdefault("a", 5.0)
    w = d.pop("b") * d.pop("nothing", x[0])
    return y * z + w * len(d) + sum(d.values())


@program(normal(3))
def get_in_a_loop_counts_up(x):
    totals = {}
    for i, v in enumerate(x):
        key = "even" if i % 2 == 0 else "odd"
        totals[key] = totals.get(key, 0.0) + v ** 2
    return totals["even"] * totals["odd"]


@program(normal(3))
def update_merge_and_unpack(x):
    base = {"a": x[0], "b": x[1]}
    more = {"b": x[2], "c": x[0] * x[1]}
    merged = {**base, **more, "d": x[1] ** 2}
    joined = base | more
    base.update(more)
    base.update(a=x[2] * 2.0)
    base |= {"e": x[0]}
    return merged["b"] * merged["d"] + joined["c"] * joined["b"] + base["a"] * base["e"] + sum(base.values())


@program(normal(3))
def dict_built_in_four_ways(x):
    a = dict(u=x[0], v=x[1])
    b = dict([("u", x[2]), ("w", x[0])])
    c = dict(zip(["u", "v", "w"], x))
    d = dict(a, v=x[2])
    e = dict.fromkeys(["u", "v"], x[1])
    return a["u"] * b["w"] + c["v"] * d["v"] + e["u"] * d["u"] + len(c)


@program(normal(3))
def dict_deleted_copied_and_asked(x):
    d = {1: x[0], (2, 3): x[1], "s": x[2]}
    c = d.copy()
    d[1] = d[1] * d["s"]
    del d[(2, 3)]
    y = 0.0
    if (2, 3) not in d and 1 in d and "s" in d.keys():
        y = c[(2, 3)] * d[1] + c[1]
    d.clear()
    return y + len(d) + len(c)


@program(normal(3))
def dict_of_lists_and_arrays(x):
    groups = {"low": [], "high": []}
    for v in x:
        groups["high" if v > 0 else "low"].append(v * 2.0)
    fields = {"p": x * 1.0, "q": np.zeros(3)}
    fields["q"][1:] = fields["p"][:-1] ** 2
    fields["p"] *= 0.5
    return sum(groups["low"]) * 2 + sum(v * v for v in groups["high"]) + np.sum(fields["p"] * fields["q"])


@program(normal(3))
def defaultdict_of_lists_and_floats(x):
    groups = defaultdict(list)
    sums = defaultdict(float)
    for i, v in enumerate(x):
        groups[i % 2].append(v)
        sums[i % 2] += v * v
    return groups[0][1] * sums[0] + sums[1] * groups[1][0]


@program(normal(3))
def counter_of_passive_things(x):
    counts = Counter("abracadabra")
    order = OrderedDict([("a", x[0]), ("b", x[1])])
    order["c"] = x[2]
    total = 0.0
    for name, value in order.items():
        total += counts[name] * value ** 2
    return total


@program(normal(3))
def namespace_with_attributes(x):
    state = SimpleNamespace(p=x[0], q=x[1])
    for _ in range(3):
        state.p, state.q = state.q, state.p * x[2]
    state.extra = state.p * 2.0
    return state.extra * state.q


@program({"layers": [{"w": np.array([[0.3, -0.2], [0.5, 0.1]]), "b": np.array([0.1, 0.2])}], "scale": 0.7}, normal(2))
def nested_parameters_walked(params, x):
    h = x
    for layer in params["layers"]:
        h = np.tanh(h @ layer["w"] + layer["b"])
    penalty = sum(np.sum(layer[k] ** 2) for layer in params["layers"] for k in layer)
    return np.sum(h) * params["scale"] + 0.1 * penalty


@program({"a": 0.4, "b": 1.3})
def argument_dict_changed_in_place(params):
    params["a"] *= params["b"]
    params["c"] = params["a"] ** 2
    y = params.pop("b")
    return params["c"] * y + params["a"]


@program({"a": 0.4, "b": np.array([1.3, 0.2])})
def tree_map_by_recursion(params):
    def norm(tree):
        if isinstance(tree, dict):
            return sum(norm(v) for v in tree.values())
        if isinstance(tree, (list, tuple)):
            return sum(norm(v) for v in tree)
        return np.sum(tree ** 2)

    return norm(params) * norm([params, (params["a"],)])


@program(normal(3))
def keys_made_of_loop_variables(x):
    table = {}
    for i in range(3):
        for j in range(i + 1):
            table[i, j] = x[i] * x[j] + (table[i - 1, j] if (i - 1, j) in table else 0.0)
    return sum(table.values()) * table[2, 0]


@program(normal(3))
def memo_of_a_recursion(x):
    memo = {}

    def value(n):
        if n < 2:
            return x[n]
        if n not in memo:
            memo[n] = value(n - 1) * x[2] + value(n - 2)
        return memo[n]

    return value(6) * value(4)


@program(0.7)
def size_of_a_dict_before_a_new_key(x):
    d = {"a": x}
    y = x * x * len(d)
    d["b"] = y
    return d["b"] * d["a"]


@program(0.7)
def size_of_a_dict_while_it_grows(x):
    d = {}
    y = x
    for k in range(3):
        y = y * x * (len(d) + 1) if k not in d else y
        d[k] = y
    return d[2] * d[1]


@program(0.7)
def dict_used_up_in_a_while(x):
    d = {"a": x, "b": x * x}
    y = 1.0
    while d:
        k = list(d)[0]
        y = y * (len(d) + d[k]) * x
        v = d.pop(k)
        y = y * v
    return y


@program(normal(3))
def default_for_a_key_of_another_kind(x):
    groups = {}
    groups.setdefault("k", []).append(x[0])
    groups.setdefault("k", []).append(x[1])
    if "z" in groups:
        return groups["z"] * 2.0
    return groups["k"][0] * groups["k"][1] + groups.get("z", x[2])


@program(normal(5), [0, 1, 0, 2, 1])
def sums_by_label(x, labels):
    groups = {}
    for v, label in zip(x, labels):
        groups[label] = groups.get(label, 0.0) + v
    total = 0.0
    for label in sorted(groups):
        total = total + groups[label] ** 2 * (label + 1) * x[label]
    return total + sum(x[label] for label in groups)


@program(normal(4, 3), normal(3, 3))
def messages_along_a_graph(h, w):
    graph = {0: [1, 2], 1: [2], 2: [0, 3], 3: []}
    inbox = defaultdict(list)
    for node, neighbours in graph.items():
        for other in neighbours:
            inbox[other].append(np.tanh(h[node] @ w))
    new = h.copy()
    for node, messages in inbox.items():
        new[node] = h[node] + np.mean(messages, axis=0)
    return np.sum(new**2)


@program(normal(3), normal(), positive(3))
def keys_that_pick_among_unlike_members(w, b, x):
    p = {"w": w, "b": b}
    m = {k: 0 * v for k, v in p.items()}
    for _ in range(2):
        r = p["w"] * x + p["b"] - 1
        g = {"w": r * x, "b": np.sum(r)}
        for k in p:
            m[k] = 0.9 * m[k] + g[k]
        for k in sorted(p.keys()):
            p[k] = p[k] - 0.1 * m[k] * g[k]
    for k in ("b", "w"):
        m[k] = m[k] * p[k]
    return np.sum(m["w"]) + m["b"]


@program(normal(3, 2))
def nodes_by_letters_in_order(feats):
    h = {v: feats[i] * 2 for i, v in enumerate("abc")}
    for _ in range(2):
        h = {v: np.tanh(h[v]) for v in h}
    pooled = np.mean([h[v] for v in sorted(h)], axis=0)
    return np.sum(pooled**2) + h["c"][0]


@program(normal(3))
def items_of_what_does_not_vary(x):
    table = {}
    for i in range(3):
        table[i] = np.arange(3) * 0.5 * i
    total = 0.0
    for k, v in list(table.items()):
        total += x[k] * np.sum(v * x)
    weights = {i: 0.5 * i + 0.25 for i in range(3)}
    largest = max(weights.items(), key=lambda pair: pair[1])
    for i, (k, w) in enumerate(sorted(weights.items())):
        total += x[k] * w**2 * (i + 1)
    return total + x[largest[0]] ** 2 * largest[1]


@program(normal(4), "abcab")
def counts_of_pairs_of_letters(x, text):
    counts = {}
    for i in range(len(text) - 1):
        pair = text[i] + text[i + 1]
        counts[pair] = counts.get(pair, 0) + 1
    return sum(x[i] * c for i, (_, c) in enumerate(sorted(counts.items()))) ** 2


@program(normal(5, 2))
def neighbours_in_cells(x):
    cells = {}
    for i, p in enumerate(x):
        cells.setdefault(int(p[0] // 0.5), []).append(i)
    density = np.zeros(len(x))
    for cell, members in cells.items():
        for step in (-1, 0, 1):
            for j in cells.get(cell + step, ()):
                for i in members:
                    density[i] += np.exp(-np.sum((x[i] - x[j]) ** 2))
    order = (2, 0) if x[0, 0] > 0 else [1, 2, 0]
    return np.sum(density**2) + sum(x[i, 1] * (k + 1) for k, i in enumerate(order))


@program(normal(3))
def popped_and_changed_through_another_name(v):
    d = {"a": v * 2, "b": np.sin(v)}
    e = d
    x = d.pop("a")
    x *= v
    e["c"] = x
    y = e.pop("b")
    y += v
    return np.sum(d["c"] * y)


@program(normal(3))
def cache_of_a_layer(v):
    cache = {}

    def layer(name, x):
        cache[name] = x
        return np.tanh(x * v)

    y = layer("b", v * 2)
    cache["b"] *= y
    return np.sum(cache["b"] * y)
