"""Objects, classes and functions of which is known only when running which they are; objects that methods give back."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.programs import normal, positive, program, refused


class Linear:
    def __init__(self, k):
        self.k = k
        self.calls = 0

    def __call__(self, t):
        self.calls += 1
        return self.k * t

    def slope(self, t):
        return self.k

    @property
    def scale(self):
        return 2.0 * self.k

    def __add__(self, other):
        return self.k + (other.k if hasattr(other, "k") else other)

    def __radd__(self, other):
        return other - self.k


class Square(Linear):
    def __call__(self, t):
        return super().__call__(t) * t

    def slope(self, t):
        return 2.0 * self.k * t

    @property
    def scale(self):
        return self.k**2


class Sine:
    def __init__(self, k, phase):
        self.k = k
        self.phase = phase

    def __call__(self, t):
        return math.sin(self.k * t + self.phase)

    def slope(self, t):
        return self.k * math.cos(self.k * t + self.phase)

    scale = 3.0


class Point(NamedTuple):
    x: float
    y: float

    def norm(self):
        return self.x**2 + self.y**2


@dataclass
class Circle:
    r: float

    def norm(self):
        return math.pi * self.r


@program(0.7, 1.2, [0, 2, 1, 1, 0])
def layers_in_an_order_given_by_data(x, k, order):
    layers = [Linear(k), Square(x), Sine(k, x)]
    y = x
    for i in order:
        y = layers[i](y) * 0.5
    return y + layers[0].calls * layers[1].calls * k


@program(0.7, 1.2)
def attribute_of_one_of_several(x, y):
    f = Linear(x) if x > y else Sine(y, x)
    g = Square(y) if x < y else Linear(x)
    f.k = f.k * y
    return f.k * g.k + f.scale * g.scale + f.slope(g.slope(x))


@program(0.7, 1.2)
def three_ways_and_none(x, y):
    f = None
    for t in (x, y, x + y):
        if t > 1.5:
            f = Sine(t, y)
        elif t > 1.0:
            f = Linear(t)
        elif t > 5.0:
            f = Square(t)
    if f is None:
        return x
    return f(y) * f.k


@program(normal(4))
def changed_in_each_turn(v):
    f = Linear(v[0])
    total = 0.0
    for t in v:
        total += f(t) * f.k
        f = Square(f.k * t) if t > 0 else Linear(f.k + t)
    return total * f.slope(v[1])


@program(0.7, 1.2)
def function_or_object(x, y):
    f = math.sin if x > y else Linear(y)
    g = Linear(x) if x < y else (lambda t: t * x)
    return f(x) * g(y) + f(g(x))


@program(0.7, 1.2)
def tuple_or_object(x, y):
    shape = Point(x, y) if x < y else Circle(x)
    other = Circle(y) if x < y else Point(y, x)
    return shape.norm() * other.norm()


@program(0.7, 1.2)
def operators_of_one_of_several(x, y):
    f = Linear(x) if x < y else Square(y)
    g = Square(y) if x < y else Linear(x)
    return (f + g) * (f + x) * (y + g)


@program(0.7, 1.2)
def made_in_branches_and_changed(x, y):
    f = Linear(x) if x < y else Square(x)
    kept = f
    f.k *= y
    g = f if y > 1.0 else Sine(x, y)
    g.k += x
    return kept(y) * g(x)


class Chain:
    def __init__(self, v):
        self.v = v
        self.parts = []

    def add(self, t):
        self.v = self.v + t
        self.parts.append(self.v)
        return self

    def scale(self, k):
        if k > 1.0:
            self.v = self.v * k
            return self
        self.v = self.v + k
        return self

    def copied(self):
        return Chain(self.v)

    def maybe(self, t):
        if t > 1.0:
            return self
        return self.copied()

    def merge(self, other):
        self.v = self.v * other.v
        other.parts.append(self.v)
        return other


@program(0.7, 1.2)
def chained_and_named(x, y):
    a = Chain(x)
    b = a.add(y).scale(y)
    b.add(x)
    a.scale(x).add(b.v)
    return a.v * b.parts[0] + sum(a.parts)


@program(0.7, 1.2, 3)
def chained_in_a_loop(x, y, n):
    a = Chain(x)
    for i in range(n):
        a = a.add(y * i).scale(y)
        a.add(a.v * 0.1)
    return a.v + a.parts[1] * a.parts[-1]


@program(0.7, 1.2)
@program(1.7, 0.2)
def given_back_or_copied(x, y):
    a = Chain(x)
    b = a.maybe(y)
    b.add(x * y)
    return a.v * b.v + len(a.parts) * x


@program(0.7, 1.2)
def merged_with_itself(x, y):
    a, b = Chain(x), Chain(y)
    c = a.merge(b).merge(a)
    c.merge(c).add(y)
    return a.v * b.v + sum(a.parts) * sum(b.parts) + c.v


def relax(u, k):
    u[1:-1] += k * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def axpy(y, x, k):
    y += k * x
    return y


@program(normal(6), 0.1)
def array_given_back(x, k):
    u = x * 1.0
    v = relax(u, k)
    w = relax(relax(v, k * k), 0.2)
    return np.sum(u**2) * w[2] + np.sum(v)


@program(normal(4), 0.7)
def array_added_to_itself_by_a_helper(x, k):
    u = np.sin(x)
    axpy(u, u, k)
    v = axpy(u, x, 2.0)
    return np.sum(u * v) + np.sum(axpy(v, v, -k))


def swap(items, others):
    items[0], others[1] = others[0], items[1] * 2.0
    others.append(items[0])


@program(normal(3))
def list_given_twice(x):
    items = [x[0], x[1]]
    swap(items, items)
    other = [x[2], x[0]]
    swap(other, items)
    return sum(items) * items[0] + other[0] * other[1] * len(other)


def number_or_members(p):
    if isinstance(p, (list, tuple)):
        total = 0.0
        for member in p:
            total += number_or_members(member) * 1.5
        return total
    return p * p


@program(0.7, True, id="a list")
@program(0.7, False, id="a number")
def given_a_number_or_a_list(x, flag):
    p = [x, x * 2] if flag else x
    return number_or_members(p) * x


@program(0.7)
def given_numbers_beside_lists(x):
    members = []
    for i in range(3):
        members.append(x * i if i % 2 else [x, (x * 3, x)])
    total = 0.0
    for member in members:
        total += number_or_members(member) * x
    return total + number_or_members(members)


@program(0.7)
def number_that_becomes_a_list(x):
    p = x
    for i in range(3):
        s = number_or_members(p)
        p = [s, x] if i % 2 else s * 2
    return number_or_members(p)


@program(0.7, 1.3)
def captured_list_that_becomes_a_number(x, y):
    def times(t):
        return t * y

    y = [x]
    y = number_or_members(y) * x
    return number_or_members(y) * times(2.0)


def with_one_argument_changed(f, position):
    def changed(*args):
        args = list(args)
        args[position] = 0.5 * (args[position] + np.swapaxes(args[position], -1, -2))
        return f(*args)

    return changed


@program(normal(3), normal(3), positive(3, 3))
def argument_of_another_shape_at_a_captured_position(x, m, c):
    def form(x, m, c):
        return (x - m) @ np.linalg.solve(c + 3 * np.eye(3), x - m)

    return with_one_argument_changed(form, 2)(x, m, c)


@program(lambda rng: ([rng.normal(size=3), 0.5, rng.normal(size=(2, 3))], 2))
@program(lambda rng: ((rng.normal(size=3), 0.5, rng.normal(size=(2, 3))), 1), id="of_a_tuple")
def member_of_another_shape_at_a_position_given(parts, i):
    return np.sum(parts[i] ** 2) + np.sum(parts[0] * parts[i])


class Best:
    def __init__(self):
        self.found = None


@program(normal(3), 2)
@program(normal(3), 3)
def array_beside_none_is_updated_in_place(v, n):
    best = Best()
    if n > 1:
        best.found = 2 * v
    seen = best.found
    seen += v**2
    return np.sum(best.found**2 * v)


@program(normal(3), normal(3), 2)
def attributes_of_two_objects_are_updated_in_place_and_bound_anew(p, g, n):
    first, second = Best(), Best()
    for one in (first, second):
        one.found = p
    total = 0.0
    for i in range(n):
        for one in (first, second):
            seen = one.found
            one.found = seen * g
            one.found += p * i
            total = total + np.sum(one.found**2 * first.found)
    return total


@program(normal(4))
def steps_from_what_came_before(x):
    total, before = 0.0, None
    for i, v in enumerate(x):
        if i > 0:
            total += (v - before) ** 3
        before = v * x[0]
    return total


@program(normal(3))
def arrays_that_are_there_from_the_second_turn_on(v):
    kept = {"sum": None}
    for i in range(3):
        if i > 0:
            kept["sum"] += v * i
            seen = kept["sum"]
            seen *= v
        else:
            kept["sum"] = v.copy()
    return np.sum(kept["sum"] ** 2)


@refused("E401", 0.7, normal(2), 1, wrt=(0, 1))
def number_or_array_that_is_changed_under_another_name(x, v, k):
    w = v.copy()
    p = x * 2 if k else w
    w *= x
    q = p
    w *= 2
    return np.sum(q**2) + np.sum(w)


@refused("E401", 0.7, normal(2), 1, wrt=(0, 1))
def number_or_list_in_a_dict_beside_it(x, v, k):
    w = [v, v * 2]
    p = x if k else w
    box = {"p": p, "w": w}
    box["w"][0] = box["w"][0] * x
    q = box["p"]
    return np.sum(q[0] ** 2) if isinstance(q, list) else q * q
