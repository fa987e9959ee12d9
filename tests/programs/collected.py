"""The containers of `collections`, and sets: made, filled, changed and read in loops and branches."""

from collections import Counter, OrderedDict, defaultdict, deque

import numpy as np

from tests.programs import normal, positive, program


@program(normal(6), 3)
def moving_average(x, n):
    window = deque(maxlen=3)
    total = 0.0
    for v in x:
        window.append(v * v)
        if len(window) == 3:
            total += sum(window) / len(window) * window[0]
    return total * window[-1] + n


@program(normal(5))
def queue_of_pairs(x):
    queue = deque([(x[0], 0)])
    total = 0.0
    while queue:
        v, depth = queue.popleft()
        total += v * (depth + 1)
        if depth < 2:
            queue.append((v * x[depth + 1], depth + 1))
            queue.appendleft((v + x[4], depth + 2))
    return total


@program(normal(4))
def queue_rotated_and_extended(x):
    q = deque(x, 5)
    q.rotate(1)
    q.extend([x[0] * x[1], x[2] ** 2])
    q.rotate(-2)
    q.extendleft([q[0] * 2.0, x[3]])
    alias = q
    alias[1] = alias[1] * x[0]
    q.reverse()
    return sum(v * (i + 1) for i, v in enumerate(q)) + alias.pop() * len(q)


@program(normal(3))
def queue_longer_than_it_may_be(x):
    q = deque([x[0], x[1], x[2], x[0] * x[1]], maxlen=2)
    r = deque([q[0], q[1]])
    r.append(q[0])
    return q[0] * q[1] + sum(r) * (2.0 if isinstance(r, list) else 3.0) * (1 if type(q) is deque else 5)


@program(normal(5))
def breadth_first_over_a_tree(x):
    children = {0: [1, 2], 1: [3], 2: [4], 3: [], 4: []}
    weight = {0: x[0]}
    queue, seen = deque([0]), {0}
    while queue:
        node = queue.popleft()
        for child in children[node]:
            if child not in seen:
                seen.add(child)
                weight[child] = weight[node] * x[child] + len(seen)
                queue.append(child)
    return weight[3] * weight[4]


@program(normal(6))
def grouped_by_a_default(x):
    groups = defaultdict(list)
    for i, v in enumerate(x):
        groups["even" if i % 2 == 0 else "odd"].append(v * i)
    means = {k: sum(vs) / len(vs) for k, vs in groups.items()}
    return means["even"] * means["odd"] + len(groups)


@program(normal(4))
def default_made_by_a_lambda(x):
    table = defaultdict(lambda: [1.0, 0])
    for i, v in enumerate(x):
        table[i // 2][0] *= v
        table[i // 2][1] += 1
    pair = table[7]
    pair[0] = x[0]
    return table[0][0] * table[1][0] * table[1][1] + table[7][0] * len(table)


@program(normal(4))
def default_of_arrays_and_dicts(x):
    sums = defaultdict(lambda: np.zeros(2))
    nested = defaultdict(dict)
    for i in range(4):
        sums[i % 2] += x[:2] * i
        nested[i % 2][i] = x[i] ** 2
    return np.sum(sums[0] * sums[1]) + nested[0][2] * nested[1][3] * len(nested[0])


@program(normal(4))
def default_read_is_put_in(x):
    d = defaultdict(float)
    d["a"] += x[0]
    y = d["a"] * x[1] + d["b"]
    z = d.get("c", x[2])
    d["d"] = d["a"] * y
    return (d["d"] + z) * len(d) + (x[3] if "b" in d else 1.0) * (2.0 if "c" in d else 3.0)


def _tally(d, key, v):
    d[key] += v
    return d[key]


@program(normal(3))
def default_changed_by_a_helper(x):
    d = defaultdict(float)
    total = _tally(d, "a", x[0]) * _tally(d, "b", x[1])
    total += _tally(d, "a", x[2]) ** 2
    return total * d["a"] * d["b"]


@program(normal(3), "abacab")
def counted_letters_weigh(x, word):
    counts = Counter(word)
    counts["z"] += 2
    counts.update("aab")
    total = 0.0
    for i, letter in enumerate("abc"):
        total += x[i] ** counts[letter] + counts["q"]
    for letter, n in counts.most_common(2):
        total = total * n
    return total * counts["z"]


@program(normal(3))
def counter_of_differentiable_values(x):
    c = Counter()
    for i, v in enumerate(x):
        c[i % 2] += v * v
    return len(c) * x[0]


@program(normal(3))
def ordered_dict_moved_and_popped(x):
    d = OrderedDict(a=x[0], b=x[1])
    d["c"] = x[2]
    d.move_to_end("a")
    total = 0.0
    for i, (k, v) in enumerate(d.items()):
        total += v * (i + 1)
    first, v = d.popitem(last=False)
    last, w = d.popitem()
    return total * v * w + sum(d.values()) * (1.0 if first == "b" and last == "a" else 7.0)


@program(normal(4))
def dict_from_keys_shares_its_value(x):
    a = dict.fromkeys(["p", "q"], x[0])
    a["p"] *= x[1]
    row = [x[2]]
    b = dict.fromkeys(range(3), row)
    b[1].append(x[3])
    return a["p"] * a["q"] + sum(b[0]) * b[2][1]


@program(normal(5))
def set_changed_in_a_loop(x):
    seen, total = {1}, 0.0
    other = seen
    for k in range(5):
        if k % 2:
            seen |= {k, k + 1}
        else:
            seen -= {k}
        total += x[k] * len(other)
    seen &= {1, 3, 4}
    seen ^= {3, 9}
    for k in sorted(other):
        total = total * (x[1] if k in seen else 2.0) + k
    return total


@program(normal(4))
def set_in_an_object_and_a_list(x):
    state = {"done": set(), "order": []}
    total = 0.0
    for k in (2, 0, 2, 3):
        if k not in state["done"]:
            state["done"].add(k)
            state["order"].append(x[k] * len(state["done"]))
    for v in state["order"]:
        total = total * 0.5 + v**2
    return total * len(state["done"])


@program(positive(3))
def frozen_set_is_made_anew(x):
    a = frozenset([0, 1])
    b = a
    a |= {2}
    total = 1.0
    for k in sorted(a):
        total *= x[k] + len(b)
    return total


@program({"w": np.array([0.3, -0.8]), "b": 0.4, "log": [0.1, 0.2]}, normal(2))
def parameters_stepped_by_comprehension(params, x):
    params = {k: v for k, v in params.items() if k != "log"}
    for step in range(2):
        grads = {"w": params["w"] * np.sum(x), "b": np.sin(params["b"])}
        params = {k: params[k] - 0.1 * grads[k] for k in params}
    return np.sum(params["w"] ** 2) * params["b"]


@program(normal(6), 2)
@program(normal(6), 3)
def means_of_a_window(x, width):
    window = deque(maxlen=width)
    total = 0.0
    for v in x:
        window.append(v * x[0])
        total = total + (sum(window) / len(window)) ** 2
    return total
