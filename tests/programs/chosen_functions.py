"""Programs that choose among functions by data, and whose functions are methods, getters, partials and operators."""

# ruff: noqa - unusual forms are what is tested here

import functools
import math
import operator

import numpy as np

from tests.programs import program, refused


class Line:
    def __init__(self, a):
        self.a = a

    def f(self, t):
        return self.a * t

    def __call__(self, t):
        return self.a + t

    @classmethod
    def make(cls, t):
        return t * 2


class Curve:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def f(self, t):
        return self.b * t + self.a

    def __call__(self, t):
        return self.a * t * self.b

    @classmethod
    def make(cls, t):
        return t * t


def vectors(rng):
    return rng.normal(size=3), np.array([1.3, 0.4, 2.0])


def shifted(rng):
    return rng.normal(size=3), np.array([0.2, -0.7, 0.9])


# -- what a function value is tested for ----------------------------------------------


@program(2.0, 1.5)
@program(1.5, 2.0)
def function_or_none_by_truth(x, y):
    g = (lambda t: t * t) if x > y else None
    if g:
        return g(x) * y
    return x


@program(2.0, 1.5)
@program(1.5, 2.0)
def function_or_another(x, y):
    g = (lambda t: t * t) if x > y else None
    h = g or (lambda t: t * y)
    return h(x) * y


@program(2.0, 1.5)
def function_is_no_tuple(x, y):
    def apply(g, z):
        if isinstance(g, tuple) or not callable(g):
            return z
        return g(z)

    return apply(lambda t: t * t, x) * y + apply(x, y) * apply((x, y), x)


@refused("E304", 2.0, 1.5)
def functions_compared(x, y):
    g = lambda t: t * t
    h = lambda t: t * t
    k = [g, h]
    return g(x) * y if k[0] is k[1] else g(y)


@refused("E304", 2.0, 1.5)
def function_asked_whether_it_is_an_empty_tuple(x, y):
    def apply(g, z):
        return z if g == () else g(z)

    return apply(lambda t: t * t, x) * y


@refused("E304", 2.0, 1.5)
def functions_as_keys(x, y):
    g, h = (lambda t: t * t), (lambda t: t * t * t)
    table = {g: 2.0, h: 3.0}
    return table[g] * x * y


@refused("E304", 2.0, 1.5)
def functions_in_a_set(x, y):
    g, h = (lambda t: t * t), (lambda t: t * t * t)
    return len({g, h}) * x * y


@refused("E304", 2.0, 1.5)
def function_sought_in_a_list(x, y):
    fs = [lambda t: t * t, lambda t: t * t * t]
    return fs[fs.index(fs[1])](x) * y


@refused("E304", 2.0, 1.5)
def any_of_functions(x, y):
    g = lambda t: t * t
    return g(x) if any([g, None]) else y


@program(1.3, 2.0)
@program(0.3, 2.0)
def truth_asked_by_name(x, y):
    g = (lambda t: t * t) if x > 1 else None
    return g(x) * y if bool(g) else x * y


@program(1.3, 2.0)
def loop_while_there_is_a_function(x, y):
    f = lambda t: t * 1.1
    n = 0
    while f and n < 4:
        x = f(x) * y
        n += 1
        if n == 3:
            f = None
    return x


@program(1.3, 2.0)
def entry_or_another_function(x, y):
    d = {"k": lambda t: t * t}
    known = x if "k" in d else y
    return known * d.get("k", math.sin)(x) * (d.get("z") or math.cos)(x) * d.get("z", lambda t: t * y)(x)


@program(1.3, 2.0)
def functions_passed_in_every_way(x, y):
    def apply(v, f=None, *fs, post=lambda t: t):
        v = v if f is None else f(v)
        for q in fs:
            v = q(v)
        return post(v)

    first = apply(x) + apply(x, math.sin)
    return first + apply(y, lambda t: t * x, math.cos, lambda t: t + y, post=lambda t: t * t)


@program(1.3, 2.0)
def functions_of_several_calls_of_one_function(x, y):
    fs = []

    def keep(k):
        g = lambda t: t * k
        fs.append(g)
        return fs[0](y) * g(x)

    return keep(x) * keep(y) * keep(x * y)


def _keep(k, fs, y):
    g = lambda t: t * k
    fs.append(g)
    return fs[0](y) * fs[-1](y * k)


@program(1.3, 2.0)
def functions_kept_by_a_helper(x, y):
    fs = []
    a = _keep(x, fs, y)
    b = _keep(y, fs, x)
    c = _keep(x * y, fs, x)
    return a * b * c * fs[1](x)


@program(1.3, 2.0)
@program(2.3, 2.0)
def class_methods_chosen(x, y):
    g = Line.make if x < y else Curve.make
    return g(x) * y


@program(1.3, 2.0)
@program(2.3, 2.0)
def methods_of_ufuncs_chosen(x, y):
    g = np.add.reduce if x < y else np.max
    return g(np.array([x, y])) * y


@program(1.3, 2.0)
def default_of_a_function_called_by_another(x, y):
    def a(t, k=x):
        return t * k

    def b(t):
        return a(t) * y

    def down(n, k=x * y):
        return k if n == 0 else down(n - 1) * k

    kept = [down, down]
    return b(y) + down(2) * kept[1](1)


@program(vectors)
@program(shifted)
def one_tuple_in_two_places(v, w):
    pairs = [(v[0], w[0]), (v[1], w[1]), (v[2], w[2])]
    pairs[1] = pairs[0]
    total = 0.0
    for i in range(3):
        total += pairs[i][0] * w[i] + pairs[i][1] * v[i]
    return total


# -- closures over arrays that are stored into ----------------------------------------


@program(vectors)
def captured_array_changed_between_calls(v, w):
    a = v * 2
    g = lambda t: a * t
    h = [g, lambda t: t + a]
    a[0] = 1.0
    s = np.sum(h[0](w))
    a[1] = w[0]
    return s + np.sum(h[1](v) * h[0](w))


@program(vectors)
@program(shifted)
def chosen_closures_over_a_changed_array(v, w):
    a = v * 2
    if w[0] > 1:
        g = lambda t: a * t
    else:
        g = lambda t: a + t
    a[0] = w[1]
    r = g(w)
    a[1] = w[2]
    return np.sum(r * g(v))


@program(vectors)
@program(shifted)
def chosen_closures_over_an_array_of_each_turn(v, w):
    r = 0.0
    for k in range(3):
        a = v * (k + 1)
        if w[k] > 1:
            g = lambda t: a * t
        else:
            g = lambda t: a + t * k
        a[0] = w[1] * k
        r += np.sum(g(w) * g(v))
        a[1] = w[2]
    return r + np.sum(g(w))


@program(vectors)
@program(shifted)
def functions_with_other_captures_kept_and_moved(v, w):
    fs = []
    for k in range(3):
        if w[k] > 1:
            fs.append(lambda t, a=v * (k + 1): a * t)
        else:
            fs.append(lambda t, b=w[k], c=v[k]: b + t * c)
    r = 0.0
    for g in fs:
        r += np.sum(g(w) * g(v))
    fs[1] = fs[0]
    for i in range(2):
        r *= np.sum(fs[i](v))
    return r


# -- alternatives ---------------------------------------------------------------------


@program(1.3, 2.0)
@program(0.3, 0.2)
def factory_of_two_functions(x, y):
    def outer(k):
        if k > x:
            return lambda t: t * k
        return lambda t: t + k * x

    g, h = outer(y), outer(x * 0.5)
    return g(x) * h(y) * outer(x * y)(g(h(x)))


@program(1.3, 2.0)
@program(0.3, 2.0)
def entry_of_a_dict_replaced(x, y):
    d = {"a": lambda t: t * y}
    if x > 1:
        d["a"] = lambda t: t + x * y
    r = d["a"](x)
    y = y * 2
    return r * d["a"](y)


@program(0.3, 2.0)
@program(1.3, 0.2)
def activations_by_name(x, y):
    act = {
        "relu": lambda t: t if t > 0 else 0.0,
        "tanh": math.tanh,
        "leaky": functools.partial(lambda s, t: t if t > 0 else s * t, y),
    }
    h = x
    for name in ["relu", "tanh", "leaky", "tanh", "leaky"]:
        h = act[name](h * y - 0.5)
    return h


@program(1.3, 2.0)
@program(2.3, 2.0)
def objects_functions_and_methods_by_index(x, y):
    gs = [Line(x), Curve(x, y), math.sin, lambda t: t * x, Line(y).f, None]
    r = 1.0
    for i in [0, 1, 2, 3, 4, 0, 2]:
        r = gs[i](r) * 1.1
    return r


@program(1.3, 2.0)
@program(2.3, 2.0)
def callable_object_of_either_class(x, y):
    g = Line(x) if x < y else Curve(x, y)
    return g(x) * g(y)


@program(0.7, ["neg", "mul", "neg", "mix"])
def alternatives_of_other_arity(x, names):
    ops = {"neg": lambda a: -a, "mul": lambda a, b: a * b, "mix": lambda a, b=x: a + b * b}
    total = x
    for name in names:
        total = ops[name](total, x) if name == "mul" else ops[name](total)
    return total


@program(1.3, 2.0)
def function_or_none_in_a_loop(x, y):
    g = None
    for k in range(3):
        if g is not None:
            x = g(x)
        if k == 0:
            g = lambda t: t * y
        elif k == 1:
            g = math.sin
    return g(x) if g else x


@program(1.3, 2.0)
def function_kept_in_a_state(x, y):
    state = {"f": lambda t: t}
    for k in range(3):
        x = state["f"](x) * y
        state["f"] = (lambda t: t * t) if k % 2 else (lambda t, c=x: t + c)
    return x


@program(1.3, 2.0)
def recursion_that_gives_functions(x, y):
    def rec(k, z):
        w = z * k
        g = lambda t: t * w + k
        if k == 0:
            return g
        h = rec(k - 1, z)
        return h if k == 2 else g

    return rec(3, x)(y) * rec(2, x)(y) * rec(1, y)(x)


@program(1.3, 2.0)
def recursion_that_is_given_functions(x, y):
    def rec(k, g):
        if k == 0:
            return g(x)
        h = (lambda t: g(t) * k) if k % 2 else g
        return rec(k - 1, g) + h(y)

    return rec(4, lambda t: t * t * y)


# -- methods --------------------------------------------------------------------------


@program(1.3, 2.0)
def bound_methods_and_later_attributes(x, y):
    a, c = Line(x), Line(y)
    g, h = a.f, c.f
    a.a = y
    r = g(x) * h(x)
    a = c
    return r + g(y) * a.f(x)


@program(1.3, 2.0)
def bound_methods_of_a_comprehension(x, y):
    ms = [Line(k * x).f for k in range(3)]
    return sum(m(y) for m in ms) * ms[1](x)


@program(1.3, 2.0)
def methods_of_lists_and_dicts_as_values(x, y):
    xs = []
    add, pop = xs.append, xs.pop
    add(x)
    add(y * x)
    add(x * x)
    list.append(xs, y)
    d = {"a": x}
    get = d.get
    return pop() * pop() * sum(xs) + get("a") * get("b", y) + dict.get(d, "a")


@program(lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=4)))
def methods_of_arrays_as_values(a, b):
    d = a.dot
    t = d(b)
    s = np.ndarray.dot(a, b)
    m = a.T.__matmul__(t)
    return np.sum(t) + np.sum(s * s) + np.sum(m * b) * a.__getitem__((0, 1)) + a.item(1) * a.item(2, 1)


@program(vectors)
def reductions_in_a_dict(v, w):
    fs = {"n": np.linalg.norm, "s": np.ndarray.sum, "z": lambda z: z[0] * w[1], "m": v.max, "b": v.dot}
    total = fs["m"]()
    for name in ["n", "s", "z", "b"]:
        total = total * 1.1 + fs[name](w)
    return total


# -- the operator module, and methods of ufuncs ---------------------------------------


@program(1.3, 2.0)
def operators_in_place(x, y):
    xs = [x, y]
    ys = operator.iadd(xs, [x * y])
    ys.append(x)
    z = operator.iadd(x, y)
    return sum(xs) * x + z


@program(vectors)
def operators_in_place_on_arrays(v, w):
    c = v * 2
    d = operator.imul(c, w)
    d[0] = 1.0
    return np.sum(c * w)


@program(1.3, 2.0)
def operators_of_truth_and_sequences(x, y):
    joined = operator.concat([x], [y])[1] * operator.countOf([1, 2, 1], 1) * x
    return joined + operator.truth(x) * y + (operator.not_(x) or y) + operator.xor(True, False) * x


_second_and_first = operator.itemgetter(1, 0)
_call_dot = operator.methodcaller("dot", np.array([1.0, 2.0]))


@program(1.3, 2.0)
def getters_of_the_module(x, y):
    return _second_and_first([x, y])[0] * _second_and_first((x, y))[1] * _call_dot(np.array([x, y]))


@program(lambda rng: (rng.normal(size=(3, 4)),))
def ufunc_reductions_along_axes(m):
    kept = np.add.reduce(m, 1, keepdims=True)
    total = np.sum(np.add.reduce(m, axis=1) ** 2) + np.add.reduce(m, axis=None) ** 2
    return total + np.sum(np.add.reduce(m) ** 2) + np.sum(kept * m) + np.sum(np.maximum.reduce(m, axis=0) * m[0])


@program(lambda rng: (rng.normal(size=(3, 4)), rng.normal(size=3)))
def ufunc_outer_and_accumulate(m, v):
    total = np.sum(np.subtract.outer(m, v) ** 2) + np.sum(np.multiply.outer(m, 2.0) ** 2)
    return total + np.sum(np.multiply.accumulate(m) ** 2) * np.sum(np.power.outer(2.0, v))


# -- decorators, wrappers, keywords ---------------------------------------------------


def _noted(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) * 1.5

    return wrapper


@program(1.3, 2.0)
def decorators_stacked_inside(x, y):
    def scaled(k):
        def decorate(f):
            @functools.wraps(f)
            def wrapper(t):
                return k * f(t)

            return wrapper

        return decorate

    @_noted
    @scaled(y)
    @functools.lru_cache(maxsize=None)
    def inner(t):
        return t * t + x

    return inner(x) + inner(y)


@program(1.3, 2.0)
def decorated_function_calls_itself(x, y):
    def counted(f):
        def wrapper(n):
            return f(n) * y

        return wrapper

    @counted
    def down(n):
        return x if n == 0 else down(n - 1) * 0.5

    return down(3)


def _layer(x, w=1.0, *, bias=0.0, act=None):
    z = w * x + bias
    return z if act is None else act(z)


@program(1.3, 2.0)
def keywords_taken_out_before_the_call(x, y):
    def outer(t, **kw):
        twice = kw.pop("twice", False)
        kw.setdefault("bias", y)
        z = _layer(t, **kw)
        return z * 2 if twice else z

    return outer(x, w=y) + outer(y, twice=True, act=math.sin) * outer(x, bias=x, w=0.5)


@program(1.3, 2.0)
def parts_of_a_partial_made_inside(x, y):
    p = functools.partial(lambda a, b, k=1.0: a * b * k, x, k=y)
    return p(x) * p.keywords["k"] * p.args[0] * p.func(x, y)


@program(1.3, 2.0)
def star_of_a_comprehension(x, y):
    g = lambda t: t * y
    return _layer(*[g(t) for t in (x, y)]) + math.pow(*(t * t for t in [x, y]))


# -- one value in two places ----------------------------------------------------------


@program(1.3, 2.0)
def one_list_in_two_places(x, y):
    d = [x * x, y]
    t = (d, d)
    return t[0][0] * t[1][0] * t[1][1]


@program(1.3, 2.0)
def one_dict_of_functions_in_two_places(x, y):
    def make(k):
        return {"g": lambda t: t * k, "h": (lambda t: t + k * k, k)}

    d, e = make(x), make(y)
    r = 0.0
    for c in (d, e, d):
        r = r * c["h"][1] + c["g"](y) * c["h"][0](x)
    return r


# -- methods that change what they are bound to, functions kept in objects -------------


class Total:
    def __init__(self, a):
        self.a = a
        self.log = []

    def add(self, t):
        self.a = self.a + t * t
        self.log.append(self.a)
        return self.a

    def put(self, i, t):
        self.a[i] = t


class Unit:
    def __init__(self, act, w):
        self.act, self.w = act, w

    def forward(self, x):
        return self.act(self.w * x)


@program(1.3, 2.0)
def bound_method_that_changes_its_object(x, y):
    a = Total(x)
    add = a.add
    add(y)
    add(x)
    for k in range(2):
        add(a.a * 0.5)
    return a.a * sum(a.log)


@program(0.3, 0.7)
def changing_methods_by_index(x, y):
    a, b = Total(x), Total(y)
    fs = [a.add, b.add, a.add]
    for i in range(5):
        fs[i % 3](x * y)
    return a.a * b.a + sum(a.log)


@program(vectors)
def bound_method_that_stores_into_an_array(v, w):
    a = Total(v * 2)
    put = a.put
    put(0, w[1])
    put(1, w[2] * w[0])
    return np.sum(a.a * w)


@program(1.3, 2.0)
def changing_method_given_to_a_function(x, y):
    a = Total(x)

    def run(g, n):
        for _ in range(n):
            g(y)

    run(a.add, 2)
    run(lambda t: a.add(t * x), 2)
    return a.a


@program(vectors)
def storing_function_called_by_another_in_a_list(v, w):
    a = v * 2

    def put(i, t):
        a[i] = t * t

    fs = [put, lambda i, t: put(i, t * 2)]
    for k in range(2):
        fs[k](k, w[k])
    return np.sum(a * w)


@program(1.3, 2.0)
@program(0.1, 0.2)
def functions_held_by_objects(x, y):
    units = [Unit(math.tanh, y), Unit(lambda t: t * x, x), Unit(math.sin, x * y)]
    h = x
    for u in units:
        h = u.forward(h)
    n = Unit(math.tanh, y)
    r = n.forward(x)
    n.act = lambda t: t * t * y
    r += n.forward(x)
    n.act = math.sin if r > 1 else n.act
    return r + n.forward(y) + h


@program(1.3, 2.0)
def pairs_of_functions_of_a_factory(x, y):
    def make(k):
        def g(t):
            return t * k

        def h(t):
            return t + k * k

        return g, h

    g, h = make(x)
    g2, h2 = make(y)
    p = make(x * y)
    return g(h2(x)) * h(g2(y)) + p[0](x) * p[1](y)


@program(1.3, 2.0)
@program(0.3, 0.2)
def best_of_candidates(x, y):
    best, largest = None, -1e9
    for c in [lambda t: t * y, lambda t: t + x * 0.9, math.sin]:
        value = c(x)
        if value > largest:
            best, largest = c, value
    return best(y) * largest


@program(1.3, 2.0)
def queue_of_functions(x, y):
    queue = [(0, lambda t: t * y), (1, lambda t: t + x)]
    out = x
    while queue:
        k, g = queue.pop()
        out = g(out) * 1.1
        if k == 1 and len(queue) < 3:
            queue.append((2, lambda t: t * t * y))
    return out


@program(1.3, 2.0)
def functions_that_see_the_running_total(x, y):
    m = 0.0
    gs = []
    for k in range(4):
        c = x * k
        gs.append((lambda t: t * c) if k % 2 else (lambda t: t + m))
        m = m + gs[k](y)
    return m * gs[0](y) * gs[1](x)


@program(1.3, 2.0)
def table_of_functions_that_call_each_other(x, y):
    ops = {}

    def value(t):
        if isinstance(t, tuple):
            return ops[t[0]](*[value(u) for u in t[1:]])
        return t

    ops["+"] = lambda a, b: a + b
    ops["square"] = lambda a: value(("*", a, a))
    ops["*"] = lambda a, b: a * b
    return value(("+", x, ("square", ("*", x, y))))


@program(1.3, 2.0)
def function_rebound_to_one_that_calls_the_old(x, y):
    def g(t):
        return t * y

    h = g

    def g(t):
        return h(t) * x

    f1 = lambda t: t * y
    f2 = f1
    f1 = lambda t: f2(t) * x
    f2 = math.sin
    return g(x) * h(y) + f1(y)


@program(0.7, 0.45)
def known_functions_swapped(x, y):
    f = lambda t: t * y
    g = lambda t, q=x: t - 0.3 * q
    for k in range(2):
        f, g = g, f
        y = f(y) + 0.1
    f, g = g, f
    return g(y) * 0.5 + f(x)


@program(0.7, 0.45)
def known_function_and_a_library_function_swapped(x, y):
    f, g = (lambda t: t * y), math.cos
    if x > 0.6:
        f, g = g, f
    return g(y) * 0.5 + f(x) ** 2
