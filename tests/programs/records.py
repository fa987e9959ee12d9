"""Dataclasses, namespaces, enums, cached properties: made, replaced, taken apart and put together, also in loops."""

import dataclasses
import enum
import functools
import math
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tests.programs import normal, program, refused


@dataclass(frozen=True)
class State:
    q: Any
    p: Any
    log: tuple = ()

    def step(self, dt):
        return replace(self, q=self.q + dt * self.p, p=self.p - dt * self.q)

    @property
    def energy(self):
        return 0.5 * (self.q**2 + self.p**2)

    def __post_init__(self):
        if self.q is None:
            raise ValueError("no place")


@dataclass(frozen=True, slots=True)
class Pair:
    a: Any
    b: Any = 1.0


@dataclass(frozen=True)
class Derived:
    a: float
    twice: float = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "twice", 2.0 * self.a)


@dataclass
class Tree:
    value: float
    children: list = field(default_factory=list)
    weights: dict = field(default_factory=dict)


@program(0.7, 1.2, 4)
def frozen_state_replaced_in_a_loop(q, p, n):
    s = State(q, p)
    total = 0.0
    for _ in range(n):
        s = s.step(0.1)
        total += s.energy * s.q
    return total * s.p


@program(0.7, 1.2)
def frozen_state_chosen_in_a_branch(q, p):
    s = State(q, p)
    t = replace(s, p=2.0 * q) if p > 1.0 else s
    u = s if t.p > p else replace(t, q=t.p * t.q)
    return t.energy * u.q + s.p


@program(normal(3), 1.2)
def frozen_object_holds_an_array(v, k):
    s = State(v * k, k)
    t = replace(s, p=s.q)
    t.p[1] = k * v[0]
    return np.sum(s.q**2) + np.sum(t.q * t.p)


@program(0.7, 1.2)
def frozen_with_slots(x, y):
    pairs = [Pair(x), Pair(x * y, y), Pair(y, Pair(x, y))]
    total = pairs[0].a * pairs[1].b + pairs[2].b.a
    inner = replace(pairs[2].b, b=total)
    return inner.b * pairs[0].b + pairs[1].a


@program(0.7)
def frozen_sets_itself_after_init(x):
    d = Derived(x)
    e = replace(d, a=d.twice * x)
    return d.twice * e.twice + e.a


@program(lambda rng: (Pair(0.7, np.array([0.2, -0.4], np.float32)), 1.1), id="single precision")
@program(lambda rng: (Pair(0.7, np.array([0.2, -0.4])), 1.1))
def frozen_argument_with_slots(pair, x):
    other = replace(pair, a=pair.a * x)
    return other.a * np.sum(other.b * pair.b) + pair.a


@program(0.7, 1.2)
def fields_walked(x, y):
    s = State(x, y, (x * y,))
    total = 0.0
    for f in dataclasses.fields(s):
        if f.name != "log":
            total += getattr(s, f.name) ** 2
    return total * s.log[0] * len(dataclasses.fields(State))


@program(0.7, 1.2)
def dataclass_as_nested_dict(x, y):
    tree = Tree(x, [Tree(y), Tree(x * y, [Tree(y * y)])], {"w": x})
    d = dataclasses.asdict(tree)
    tree.value = 0.0
    tree.children[0].value = 5.0
    tree.weights["w"] = y
    return d["value"] * d["children"][0]["value"] + d["children"][1]["children"][0]["value"] * d["weights"]["w"]


@program(normal(3), 1.2)
def dataclass_as_dict_copies_arrays(v, x):
    s = State(v * x, x)
    d = dataclasses.asdict(s)
    d["q"][0] = x * x
    t = dataclasses.astuple(s)
    t[0][1] *= x
    return np.sum(s.q**2) + np.sum(d["q"] ** 3) * np.sum(t[0])


class Settings(NamedTuple):
    rate: float
    decay: float = 0.5

    def __mul__(self, k):
        return Settings(self.rate * k, self.decay * k)

    def __rmul__(self, k):
        return self * k

    def __neg__(self):
        return Settings(-self.rate, -self.decay)


@program(0.7, 1.2)
def namedtuple_with_operators(x, y):
    s = Settings(x, y)
    t = -(2.0 * s * y)
    u = s + t
    s *= 3.0
    return t.rate * t.decay + len(u) * u[2] * s.rate


@program(0.7, 1.2)
def namedtuple_made_of_a_list(x, y):
    s = Settings._make([x * y, x])
    d = s._asdict()
    d["rate"] = d["rate"] * y
    return d["rate"] * s.rate + sum(d.values()) * s._replace(decay=y).decay


class Gain(float, enum.Enum):
    LOW = 0.5
    HIGH = 2.0


class Level(enum.IntEnum):
    ONE = 1
    TWO = 2


class Scheme(enum.Enum):
    EULER = "euler"
    MIDPOINT = "midpoint"

    @property
    def order(self):
        return 1 if self is Scheme.EULER else 2

    def step(self, x, h):
        if self is Scheme.EULER:
            return x + h * math.sin(x)
        middle = x + 0.5 * h * math.sin(x)
        return x + h * math.sin(middle)


@program(0.7, [0.3, 1.2, -0.4])
def enum_members_index_and_scale(x, values):
    total = Gain.LOW * x
    for level in Level:
        total = total * values[level] + x**level
    return total * Gain(2.0) * values[Level.ONE]


@program(0.7, Scheme.EULER)
@program(0.7, Scheme.MIDPOINT)
def enum_methods_and_properties(x, scheme):
    y = x
    for _ in range(3):
        y = scheme.step(y, 0.1)
    return y**scheme.order


@program(0.7)
def enum_called_by_value_and_name(x):
    total = 0.0
    for scheme in Scheme:
        total += scheme.step(x, 0.1) * scheme.order
    table = {s: x * s.order for s in Scheme}
    return total * table[Scheme("midpoint")] * Scheme["EULER"].order


class Lens:
    def __init__(self, focus):
        self.focus = focus
        self.count = 0

    @functools.cached_property
    def power(self):
        self.count += 1
        return 1.0 / self.focus


@program(0.7, 1.2)
def cached_property_keeps_the_first_value(x, y):
    a = Lens(x)
    p = a.power
    a.focus = y
    return p * a.power + a.focus * a.count


@program(0.7, 1.2)
@program(0.7, 0.2)
def cached_property_read_in_a_branch(x, y):
    a = Lens(x)
    if y > 1.0:
        y = y * a.power
    a.focus = a.focus * y
    return a.power * a.power + a.count * y


@program(0.7, [0.3, 1.2])
def cached_property_in_a_loop(x, values):
    lenses = [Lens(x), Lens(x * x)]
    total = 0.0
    for v in values:
        for a in lenses:
            total += a.power * v
            a.focus = v
    return total + sum(a.count * a.focus for a in lenses)


@program(lambda rng: (Lens(0.7), 1.2))
def cached_property_of_an_argument(a, x):
    return a.power * x * a.power


@program(0.7, 1.2)
def cached_property_deleted_by_assignment(x, y):
    a = Lens(x)
    z = a.power
    a.power = z * y
    return a.power * a.focus + z


class Defaults:
    def __init__(self, base):
        self.base = base

    def __getattr__(self, name):
        if name.startswith("x"):
            return self.base * len(name)
        raise AttributeError(name)


@program(0.7)
def attributes_computed_from_their_names(x):
    d = Defaults(x)
    y = d.xy * d.base
    d.base = y
    return d.xyz + y


@program(0.7, 1.2)
def namespace_nested_and_shared(x, y):
    inner = SimpleNamespace(w=x, log=[])
    a, b = SimpleNamespace(child=inner, k=2.0), SimpleNamespace(child=inner, k=y)
    for owner in (a, b, a):
        owner.child.w *= owner.k
        owner.child.log.append(owner.child.w)
    b.extra = a.child.w
    return inner.w * inner.log[1] + sum(b.child.log) * b.extra


@program(lambda rng: (SimpleNamespace(w=np.array([0.3, -0.2]), b=0.4), np.array([1.0, 0.5])))
def namespace_as_an_argument(params, x):
    before = params.b
    params.b *= 2.0
    return np.tanh(params.w @ x + params.b) * before


class Quantity:
    unit = 2.0

    def __init__(self, v):
        self.v = v

    @property
    def scaled(self):
        return self.v * self.unit

    def plus(self, t):
        return self.v + t


class Shifted(Quantity):
    unit = 3.0

    @property
    def scaled(self):
        return super().scaled + super().unit * super().plus(self.v)


class Twice(Shifted):
    @property
    def scaled(self):
        return super().scaled * self.v


@program(0.7, 1.2)
def properties_through_super(x, y):
    return Twice(x).scaled * Shifted(y).scaled


class Row:
    def __init__(self, *values):
        self.values = list(values)

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]

    def __setitem__(self, i, v):
        self.values[i] = v


@program(0.7, 1.2)
def object_with_iteration_unpacked(x, y):
    row = Row(x, y, x * y)
    a, *rest = row
    row[1] = a * 3.0
    b, c = rest
    first, second, third = row
    pairs = [u * v for u, v in zip(row, [1.0, 2.0, y])]
    return a * b + c * second + third * sum(pairs) + sum(row) * len(row) + max(row) + first


@program(0.7, 1.2)
def object_updated_by_subscript(x, y):
    row = Row(x, y)
    row[0] += y
    row[1] *= row[0]
    for i in range(len(row)):
        row[i] = row[i] * x
    return row[0] * row[1] + [*row][0]


class Counter:
    def __init__(self):
        self.total = 1.0

    def add(self, t):
        self.total += t
        return self.total


@program(0.7, 1.2)
def operands_that_change_what_others_have_read(x, y):
    c = Counter()
    z = c.total * c.add(x) + c.total * c.add(y)
    w = [c.total, c.add(x), c.total, c.add(y)]
    t = (c.total + 1.0) * y < c.add(x * x) < c.total * 10.0
    return z + w[0] * w[1] + w[2] * w[3] + math.pow(c.total, c.add(0.1)) * (1.0 if t else y)


@program(normal(3))
def operands_that_change_an_array(v):
    a = v * 1.0

    def bump(k):
        a[k] = a[k] * 2.0
        return a[k]

    z = a[0] * bump(0) + a[0] * bump(1) * a[1]
    d = {"first": a[2], "second": bump(2), "third": a[2]}
    return z + d["first"] * d["second"] + d["third"] * max(a[0], bump(0))


class Motion(NamedTuple):
    place: np.ndarray
    speed: np.ndarray


@program(lambda rng: (Motion(rng.normal(size=3), rng.normal(size=3)), 3))
def record_made_anew_by_a_helper(state, n):
    def step(state):
        return Motion(state.place + 0.1 * state.speed, state.speed - 0.1 * state.place**3)

    for _ in range(n):
        state = step(state)
    return np.sum(state.place) * state.speed[0]


@refused("E401", 0.7, [0.3, 1.2])
def number_or_list_beside_shared_objects(x, values):
    given = [x, values]
    x = given.pop(0)
    values = given.pop(0)
    lenses = [Lens(x), Lens(x * x)]
    total = 0.0
    for v in values:
        for a in lenses:
            total += a.power * v
            a.focus = v
    return total + sum(a.count * a.focus for a in lenses)
