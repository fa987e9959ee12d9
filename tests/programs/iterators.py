"""Iterators kept under a name: taken from one by one, in loops that stop early, in zip, and used up."""

import functools
import itertools

import numpy as np

from tests.programs import normal, positive, program, refused


@program(normal(5), 1.2)
def next_and_the_rest(x, y):
    it = iter(x)
    total = next(it) * y
    for v in it:
        total += v * v
        if v > 0.3:
            break
    for v in it:
        total *= 1.0 + v * y
    return total + next(it, y)


@program(0.7)
def next_of_a_list_iterator(x):
    return next(iter([0.5, 1.5])) * x


@program(normal(3), 1.2)
def generator_used_up(x, y):
    g = (v * y for v in x)
    a = sum(g)
    return a + 3.0 * sum(g)


@program(normal(3), 1.2)
def map_and_filter_used_up(x, y):
    m = map(lambda v: v * y, x)
    f = filter(lambda v: v > -5.0, x)
    a = next(m) + next(f) ** 2
    return a * sum(m) + max(f) * y + sum(m) + sum(f)


@program(normal(4), 1.2)
def zip_and_enumerate_used_up(x, y):
    pairs = zip(x, x[::-1])
    total = 0.0
    for a, b in pairs:
        total += a * b * y
        if a > 0.0:
            break
    for a, b in pairs:
        total += a - b
    numbered = enumerate(x, 1)
    i, v = next(numbered)
    for i, w in numbered:
        total += i * w * v
    return total + i


@program(normal(6))
def taken_in_pairs(x):
    it = iter(x)
    total = 0.0
    for a, b in zip(it, it):
        total += a * b
    return total


@program(normal(5), normal(2))
def zip_leaves_what_it_did_not_take(x, y):
    it = iter(x)
    total = 0.0
    for a, b in zip(it, y):
        total += a * b
    return total * sum(it)


@program(normal(5))
def iterator_given_on(x):
    def head(it):
        return next(it) * 2.0

    def rest(it):
        total = 0.0
        for v in it:
            total += v * v
        return total

    return head(iter(x)) * rest(v * 2 for v in x) + rest(map(np.sin, x))


class Feed:
    def __init__(self, values):
        self.source = iter(values)
        self.last = 1.0

    def step(self):
        self.last = next(self.source) * self.last
        return self.last


@program(normal(3))
def iterator_in_an_object(x):
    feed = Feed([x[0], x[1], x[2] * x[0]])
    total = feed.step() + feed.step() ** 2
    for v in feed.source:
        total *= v
    return total + feed.last


@program(normal(4))
def loops_over_iter_and_reversed(x):
    total = 0.0
    for v in iter(x):
        total = total * 0.5 + v
    back = reversed([x[0], x[1] * x[2]])
    for v in back:
        total = total * v
    for v in back:
        total = 100.0 * v
    return total


@program(normal(5))
def made_in_each_turn(x):
    total = 0.0
    for k in range(3):
        g = (v * v for v in x)
        total += next(g) + sum(g) ** 2
        h = (v + 1.0 for v in x[:2])
        for v in h:
            total += v * v
    return total


@program(normal(5), positive(3))
def endless_among_others(x, w):
    total = 0.0
    for v, k, (i, u) in zip(x, itertools.count(2, 3), enumerate(w)):
        total += v**2 * k + u * i
    for s, v in zip(itertools.cycle([1.0, -1.0, w[0]]), x):
        total += s * v
    for v, y in zip(x, itertools.repeat(total * w[1])):
        total += v * y
    return total


@program(normal(6))
def chosen_while_they_hold(x):
    items = [v**2 for v in x]
    kept = list(itertools.takewhile(lambda v: v < 1.5, items))
    rest = list(itertools.dropwhile(lambda v: v < 0.2, items))
    other = [v for v in itertools.filterfalse(lambda v: v > 0.5, items)]
    return sum(kept) + 2.0 * sum(rest) + 3.0 * sum(other) + len(kept)


@program(normal(4), normal(3))
def filled_to_the_longest(x, y):
    total = 0.0
    for a, b in itertools.zip_longest(x, y[:2], fillvalue=y[2]):
        total += a * b
    pairs = list(itertools.zip_longest([x[0]], y, fillvalue=1.0))
    return total * pairs[2][0] * pairs[1][1]


@program(normal(4), normal(4))
def functions_of_pairs(x, y):
    total = sum(itertools.starmap(lambda a, b: a * b**2, zip(x, y)))
    for p in itertools.starmap(pow, [(x[0], 2), (y[0], 3)]):
        total += p
    return total


@program(normal(2, 3))
def columns_by_zip(A):
    columns = list(zip(*A))
    rows = [[A[0, 0], A[0, 1]], [A[1, 0], A[1, 1]]]
    turned = [list(r) for r in zip(*rows)]
    turned[0][1] *= 2.0
    total = 0.0
    for first, second in zip(*rows):
        total += first * second**2
    return total + columns[2][0] * columns[1][1] + turned[0][1] * turned[1][0]


@program([[0.3, 1.2], [0.7, -0.4], [0.2, 0.9]])
def ragged_rows_by_zip(given):
    rows = [list(row) for row in given]
    rows[0].append(rows[1][0])
    total = 0.0
    for column in zip(*rows):
        total = total * 0.5 + sum(column) * column[0]
    return total


@program(normal(3, 2))
def elements_with_their_places(A):
    B = A * 1.0
    total = 0.0
    for (i, j), v in np.ndenumerate(B):
        total += v * (i + 1)
        B[i, j] = total * v
    for index, v in np.ndenumerate(B[0]):
        total += v * (index[0] + 1) ** 2
    return total + sum(v * v for v in B.T.flat) + np.sum(B)


@program(normal(2, 3))
def flat_elements_of_a_transpose(A):
    total = 0.0
    for k, v in enumerate(A.T.ravel()):
        total = total * 0.9 + v * k
    for v in A.T.flat:
        total = total * 0.9 + v**2
    return total


@refused("E305", normal(3), 1.2)
def array_changed_while_it_is_run_over(x, y):
    a = x * 1.0
    it = iter(a)
    total = next(it)
    a[1] = y
    return total * next(it)


@refused("E305", {"a": 0.7, "b": 0.3})
def view_of_a_dict_that_grows(d):
    values = d.values()
    d["c"] = d["a"] * d["b"]
    return sum(values)


@refused("E305", normal(4))
def any_stops_early(x):
    it = iter(x)
    found = any(v > 0.0 for v in it) or any(it)
    return sum(it) * (2.0 if found else 1.0)


class Counting:
    def __init__(self, v):
        self.v = v

    def __iter__(self):
        return self

    def __next__(self):
        self.v *= 0.5
        if self.v < 0.1:
            raise StopIteration
        return self.v


@refused("E301", 0.7)
def object_that_gives_its_elements(x):
    total = 0.0
    for v in Counting(x):
        total += v
    return total


@refused("E305", normal(4), 1.3)
def pairs_of_what_the_loop_changes(v, k):
    v = v.copy()
    s = 0.0
    for a, b in itertools.pairwise(v):
        v *= k
        s += a * b
    return s


@refused("E305", normal(4), 1.3)
def going_round_what_the_loop_changes(v, k):
    w = v[::-1]
    s = 0.0
    for i, a in zip(range(6), itertools.cycle(v)):
        w *= k
        s += a * i
    return s


@refused("E305", normal(4), 1.3)
def map_over_what_a_function_changes(v, k):
    w = v.copy()

    def scale(a):
        w[:] = w * a

    s = 0.0
    for a in map(lambda t: t * w[0], v):
        scale(k)
        s += a
    return s


@program(normal(4), 1.3)
def stores_beside_what_is_run_over(v, k):
    out = np.zeros_like(v)
    w = v * k
    for i, (a, b) in enumerate(itertools.pairwise(v)):
        out[i] = a * b
        w[i] *= out[i - 1]
    for i, a in enumerate(t * w[0] for t in v):
        out[i] += a
    for i, a in enumerate(list(map(lambda t: t * w[0], v))):
        w[i] += a
    return np.sum(out * w)


# -- of which only the next is asked ----------------------------------------------------


class Dense:
    def __init__(self, W, b=None):
        self.W, self.b = W, b

    def __call__(self, x):
        y = x @ self.W
        return y if self.b is None else y + self.b


class Tanh:
    def __call__(self, x):
        return np.tanh(x)


LAYERS = {"dense": Dense, "tanh": Tanh}


def built(spec, params):
    it = iter(params)
    layers = []
    for name in spec.split("-"):
        cls = LAYERS[name]
        layers.append(cls(next(it), b=next(it)) if cls is Dense else cls())
    return layers


@program(lambda rng: ([rng.normal(size=s) for s in [(3, 4), (4,), (4, 2), (2,)]], rng.normal(size=(5, 3))))
def layers_built_of_a_text(params, x):
    for layer in built("dense-tanh-dense", params):
        x = layer(x)
    return np.mean(x**2)


@program(lambda rng: ([rng.normal(size=s) for s in [(3,), (), (3, 3)]], 3))
def parameters_one_by_one(params, n):
    total = 0.0
    for _ in range(n):
        it = iter(params)
        v, k, A = next(it), next(it), next(it)
        total = k * total + v @ A @ v
    return total


@program(normal(14), 1.2)
def next_where_it_is_asked(x, y):
    other = x * y
    it = iter(x)
    pair = iter(other)
    total = next(it) - next(it) / y if y > 1 else next(it)
    while total < 0.5:
        total = total + next(it) ** 2 + 0.3
        if total > 0.2:
            total = total * next(it) + next(pair)
    return total * np.sum(other) + next(pair) ** 2 + sum([next(it), next(pair)])


@program(normal(4), normal(3, 2))
def rows_one_by_one(x, A):
    rows = iter(A)
    first = next(rows)
    first[0] = x[0] ** 2
    last = [next(rows) for _ in range(2)][-1]
    return np.sum(A**2 * first) + last @ first


@program(normal(3))
def keywords_made_of_others(x):
    def scaled(a, b, c=1.0):
        return a * b**2 + c

    given = {"a": 2.0, "b": x[0]}
    return scaled(**{k: v * x[1] for k, v in given.items()}, c=x[2]) + scaled(**{k: x[0] for k in given if k != "c"})


@refused("E305", normal(4))
def iterator_given_to_a_function_inside(x):
    def next(values):
        total = 0.0
        for v in values:
            total += v
            if total > 0:
                break
        return total

    it = iter(x)
    return next(it) * next(it)


class Grid:
    def __init__(self, n):
        self.x = np.linspace(0.0, 1.0, n)
        self.weights = {"a": 1.0, "b": 2.0}

    def __iter__(self):
        return iter(self.x)


class Weights(Grid):
    def __iter__(self):
        return iter(self.weights.values())


@program(0.7)
def objects_that_do_not_vary_run_over(s):
    total = 0.0
    for t in Grid(3):
        total += np.sin(s * t)
    total += sum(s * t * i for i, t in enumerate(Grid(3))) + sum(a * b * s for a, b in zip(Grid(2), Weights(2)))
    return total + s**2 * max(Grid(4)) * sum(Weights(1))


@program(0.7)
def values_of_a_dict_that_do_not_vary(s):
    table = {k: np.ones(4) * k for k in range(3)}
    whole = functools.reduce(lambda a, b: a + b, table.values())
    first, *rest = table.values()
    least, key = min((np.sum(v), k) for k, v in table.items())
    best = max(table.values(), key=np.sum)
    return np.sum(np.sin(s * whole)) + np.sum(s**2 * sum(rest)) + np.sum(s * best) + s * (least + 1) * table[key + 1][1]
