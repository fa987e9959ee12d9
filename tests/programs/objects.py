"""Programs with classes of every make: protocols, inheritance, records, dataclasses, slots, enums, managers."""

# ruff: noqa - unusual forms are what is tested here

import dataclasses
import enum
import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np

from tests.programs import normal, program

# -- operators and protocols ----------------------------------------------------------


class Vec:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        if not isinstance(other, Vec):
            return Vec(self.x + other, self.y + other)
        return Vec(self.x + other.x, self.y + other.y)

    __radd__ = __add__

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def __rmul__(self, k):
        return self * k

    def __sub__(self, other):
        return self + (-other)

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self.x, self.y))

    def __bool__(self):
        return self.x != 0.0

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __pow__(self, n):
        return Vec(self.x**n, self.y**n)

    def __truediv__(self, k):
        return Vec(self.x / k, self.y / k)

    def __contains__(self, v):
        return v == self.x or v == self.y


@program(0.7, 1.2)
def vector_arithmetic(x, y):
    a, b = Vec(x, y), Vec(y, 2.0)
    c = 2.0 * a + b * x - a / y
    return c @ a + abs(c) * len(c)


@program(0.7, 1.2)
def vector_reflected_and_sum(x, y):
    a, b = Vec(x, y), Vec(y, 2.0)
    total = sum([a, b, a + b])
    return total.x * (1.0 + a).y


@program(0.7, 1.2)
def vector_compared(x, y):
    a, b = Vec(x, y), Vec(y, x * y)
    smaller = a if a < b else b
    same = a == Vec(x, y)
    return smaller.x * y + (a.x if same else a.y) + (x if a else y)


@program(0.7, 1.2)
def vector_iterated_and_indexed(x, y):
    a = Vec(x, y)
    total = 0.0
    for t in a:
        total += t * t
    p, q = a
    return total * a[0] + a[-1] * p + sum(a) * max(a) * q


@program(0.7, 1.2)
def vector_changed_in_place(x, y):
    a = Vec(x, y)
    alias = a
    a += Vec(y, y)
    a += a
    return alias.x * a.y


@program(0.7, 3)
def vector_rebound_in_a_loop(x, n):
    v = Vec(x, 0.5)
    for k in range(n):
        v = v + v * 0.1 - Vec(0.1, k * x)
    return v @ v


@program(0.7, 1.2)
def vectors_sorted(x, y):
    vs = [Vec(y, y), Vec(x, 0.1), Vec(x, y)]
    vs = sorted(vs, key=abs)
    return vs[0].x + 2 * vs[1].x + 3 * vs[2].y + max(vs, key=abs).x


class Matrix:
    def __init__(self, rows):
        self.data = np.array(rows)

    def __matmul__(self, other):
        return Matrix(self.data @ other.data)

    def __getitem__(self, index):
        return self.data[index]

    def __setitem__(self, index, value):
        self.data[index] = value

    def __call__(self, v):
        return self.data @ v

    @property
    def T(self):
        return Matrix(self.data.T)

    def __len__(self):
        return len(self.data)


@program(lambda rng: (rng.normal(size=(2, 2)), rng.normal(size=2)))
def matrix_wrapper(a, v):
    m = Matrix(a)
    g = m.T @ m
    g[0, 0] = v[0] * 2
    g[1] *= v
    return np.sum(g(v)) * len(g) + g[0, 1]


@program(0.7, 1.2)
def matrix_of_scalars(x, y):
    m = Matrix([[x, y], [1.0, x * y]])
    return (m @ m)[0, 1] + m[1, 1]


class Table:
    def __init__(self):
        self.items = {}

    def __setitem__(self, key, value):
        self.items[key] = value

    def __getitem__(self, key):
        return self.items[key]

    def __contains__(self, key):
        return key in self.items

    def __delitem__(self, key):
        del self.items[key]


@program(0.7, 1.2)
def table_of_values(x, y):
    t = Table()
    t["a"] = x * y
    t["b"] = t["a"] + x
    if "b" in t:
        t["a"] *= y
    return t["a"] * t["b"]


class Computed:
    def __init__(self, base):
        self.base = base

    def __getattr__(self, name):
        if name == "twice":
            return 2 * self.base
        raise AttributeError(name)


@program(0.7)
def attribute_computed_by_getattr(x):
    c = Computed(x)
    return c.twice * c.base


# -- inheritance ----------------------------------------------------------------------


class Base:
    gain = 2.0

    def __init__(self, a):
        self.a = a

    def f(self, t):
        return self.a * t

    def g(self, t):
        return self.f(t) + self.gain

    @classmethod
    def make(cls, a):
        return cls(a)

    @property
    def doubled(self):
        return 2 * self.a


class Left(Base):
    gain = 3.0

    def f(self, t):
        return super().f(t) + t * t


class Right(Base):
    def __init__(self, a, b=0.5):
        super().__init__(a)
        self.b = b

    def f(self, t):
        return super().f(t) * self.b

    @property
    def doubled(self):
        return super().doubled + self.b


class Diamond(Left, Right):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def f(self, t):
        return super().f(t) - self.b


@program(0.7, 1.2)
def diamond_of_classes(x, y):
    d = Diamond(x, y)
    return d.g(y) * d.doubled + Left(x).g(y) + Right.make(y).g(x)


class Mixin:
    def describe(self):
        return self.area() * self.factor


class Shape(ABC):
    factor = 1.0

    @abstractmethod
    def area(self):
        ...

    def twice(self):
        return self.area() * 2


class Circle(Mixin, Shape):
    factor = 3.0

    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r**2


class Rect(Shape, Mixin):
    def __init__(self, w, h):
        self.w, self.h = w, h

    def area(self):
        return self.w * self.h

    def twice(self):
        return Shape.twice(self) + super().twice()


@program(0.7, 1.2)
def shapes_with_mixins(x, y):
    total = 0.0
    for shape in (Circle(x), Rect(x, y), Circle(y)):
        total += shape.twice() * shape.describe()
    return total


@program(0.7, 1.2, True)
@program(0.7, 1.2, False)
def class_chosen_when_running(x, y, round_):
    make = Circle if round_ else (lambda r: Rect(r, y))
    return make(x).twice()


@program(0.7, 1.2)
def class_from_a_dict_of_classes(x, y):
    classes = {"l": Left, "r": Right}
    return classes["l"](x).g(y) + classes["r"](y).g(x)


@program(0.7, 1.2)
def class_chosen_by_data(x, y):
    cls = Left if x < y else Right
    return cls(x).g(y)


@program(0.7, 1.2)
def object_chosen_by_data(x, y):
    shape = Circle(x) if x < y else Rect(x, y)
    return shape.area() * x


@program(0.7, [0, 1, 1, 0])
def objects_indexed_by_data(x, order):
    shapes = [Circle(x), Rect(x, 2.0)]
    total = 0.0
    for i in order:
        total = total * 0.5 + shapes[i].area()
    return total


@program(0.7, 1.2)
def objects_of_one_class_indexed_by_data(x, y):
    shapes = [Circle(x), Circle(y), Circle(x * y)]
    total = 0.0
    for k in range(5):
        total = total * 0.9 + shapes[(k * 2) % 3].area()
    return total


# -- methods as values ----------------------------------------------------------------


@program(0.7, 1.2)
def bound_methods_in_a_list(x, y):
    b = Base(x)
    fs = [b.f, b.g, Left(y).f]
    total = y
    for f in fs:
        total = f(total)
    return total


@program(0.7, 1.2)
def bound_method_passed_as_an_argument(x, y):
    def twice(f, t):
        return f(f(t))

    return twice(Right(x, y).f, y) * twice(Base(y).g, x)


@program(0.7, 1.2)
def bound_method_sees_the_later_attribute(x, y):
    b = Base(x)
    f = b.f
    b.a = y * b.a
    return f(x)


@program(0.7, 1.2)
def unbound_methods(x, y):
    f = Base.f
    return f(Base(x), y) + Base.g(Left(y), x)


@program(0.7, 1.2)
def class_and_static_methods_as_values(x, y):
    make = Right.make
    halve = Tools.halve
    return make(x).f(y) * halve(x) + Tools().halve(y)


class Tools:
    @staticmethod
    def halve(t):
        return t / 2


@program(0.7, 1.2)
def method_given_to_map(x, y):
    b = Base(x)
    return sum(map(b.f, [x, y, 1.0]))


@program(lambda rng: (Base(0.7), 1.2))
def method_of_an_argument_as_a_value(b, t):
    f = b.g
    return f(t) * f(b.a)


class Callback:
    def __init__(self, f):
        self.f = f

    def run(self, t):
        return self.f(t) * 2

    def __call__(self, t):
        return self.run(t) + 1


@program(0.7, 1.2)
def function_in_an_attribute(x, y):
    c = Callback(lambda t: t * y)
    d = Callback(math.sin)
    return c.run(x) + d(c(x)) + c.f(y)


@program(0.7, 1.2)
def callable_objects_chained(x, y):
    pipeline = [Callback(math.sin), Callback(lambda t: t * y), math.exp]
    for step in pipeline:
        x = step(x) * 0.3
    return x


class Builder:
    def __init__(self):
        self.total = 1.0
        self.parts = []

    def times(self, t):
        self.total *= t
        return self

    def add(self, t):
        self.parts.append(t)
        self.total += t
        return self

    def done(self):
        return self.total * sum(self.parts)


@program(0.7, 1.2)
def builder_with_chained_calls(x, y):
    return Builder().times(x).add(y).times(y).add(x * x).done()


@program(0.7, 1.2)
def builder_called_in_statements(x, y):
    b = Builder()
    b.times(x)
    b.add(y).times(y)
    b.add(x)
    return b.done()


# -- properties -----------------------------------------------------------------------


class Celsius:
    def __init__(self, t):
        self._t = t

    @property
    def kelvin(self):
        return self._t + 273.15

    @kelvin.setter
    def kelvin(self, k):
        self._t = k - 273.15

    @functools.cached_property
    def square(self):
        return self._t**2


@program(0.7)
def property_set_and_augmented(x):
    c = Celsius(x)
    c.kelvin = 300.0 * x
    c.kelvin += x * x
    c.kelvin *= 0.5
    return c._t * 0.01


@program(0.7)
def cached_property_read(x):
    c = Celsius(x)
    return c.square * c.square


class Private:
    def __init__(self, v):
        self.__v = v

    def get(self):
        return self.__v * 2

    def __helper(self, t):
        return t * self.__v

    def run(self, t):
        return self.__helper(t) + self.get()


@program(0.7, 1.2)
def private_names(x, y):
    return Private(x).run(y)


# -- dataclasses ----------------------------------------------------------------------


@dataclass
class Body:
    position: float
    velocity: float = 0.0
    history: list = field(default_factory=list)
    scale: ClassVar[float] = 0.5

    def move(self, dt):
        self.position += self.velocity * dt * self.scale
        self.history.append(self.position)


@dataclass(frozen=True)
class Setting:
    rate: float
    weights: tuple = (1.0, 2.0)

    def apply(self, t):
        return self.rate * t * self.weights[1]

    def faster(self):
        return dataclasses.replace(self, rate=self.rate * 2)


@dataclass
class Derived:
    a: float
    b: float = dataclasses.field(kw_only=True, default=2.0)
    product: float = field(init=False)

    def __post_init__(self):
        self.product = self.a * self.b


@dataclass
class Child(Body):
    mass: float = 1.0

    def energy(self):
        return 0.5 * self.mass * self.velocity**2 + self.position


@program(0.7, 1.2, 3)
def dataclass_moved(x, v, n):
    b = Body(x, v)
    for _ in range(n):
        b.move(0.1)
        b.velocity *= 0.9
    return b.position * sum(b.history)


@program(0.7, 1.2)
def dataclass_frozen_made_and_replaced(x, y):
    s = Setting(x)
    t = s.faster()
    u = dataclasses.replace(t, weights=(y, x))
    return s.apply(y) + t.apply(x) * u.apply(y)


@program(lambda rng: (Setting(0.7), 1.2))
def dataclass_frozen_argument_replaced(s, y):
    return s.faster().apply(y) * s.rate


@program(0.7, 1.2)
def dataclass_with_post_init(x, y):
    d = Derived(x, b=y)
    e = Derived(a=y)
    return d.product * e.product + d.b


@program(0.7, 1.2)
def dataclass_child(x, y):
    c = Child(x, y, mass=2.0)
    c.move(x)
    d = dataclasses.replace(c, velocity=x * y)
    return c.energy() * d.energy() + d.position


@program(0.7, 1.2)
def dataclass_compared_and_listed(x, y):
    a, b = Setting(x), Setting(y)
    if a == b:
        return a.rate
    return sum(s.apply(x) for s in [a, b])


@program(0.7, 1.2)
def dataclass_as_tuple_and_dict(x, y):
    d = dataclasses.asdict(Body(x, y))
    t = dataclasses.astuple(Setting(x, (y, y)))
    return d["position"] * d["velocity"] + t[0] * t[1][0]


@dataclass
class Params:
    w: np.ndarray
    b: float

    def __add__(self, other):
        return Params(self.w + other.w, self.b + other.b)

    def scaled(self, k):
        return Params(k * self.w, k * self.b)


@program(lambda rng: (Params(rng.normal(size=3), 0.4), rng.normal(size=3)))
def dataclass_of_parameters(p, x):
    q = p + p.scaled(0.5)
    return np.tanh(q.w @ x + q.b)


@dataclass(order=True)
class Ranked:
    key: float
    value: float = field(compare=False, default=0.0)


@program(0.7, 1.2)
def dataclass_ordered(x, y):
    a, b = Ranked(x, y), Ranked(y, x * y)
    low = a if a < b else b
    return low.value * max(a, b).key


# -- NamedTuples, enums, managers -----------------------------------------------------


class Phase(NamedTuple):
    q: float
    p: float = 0.0

    def step(self, dt):
        return Phase(self.q + dt * self.p, self.p - dt * self.q)

    @property
    def energy(self):
        return (self.q**2 + self.p**2) / 2

    def __add__(self, other):
        return Phase(self.q + other.q, self.p + other.p)

    @classmethod
    def at_rest(cls, q):
        return cls(q)

    @staticmethod
    def half(t):
        return t / 2


@program(0.7, 4)
def namedtuple_stepped(x, n):
    s = Phase.at_rest(x)
    for _ in range(n):
        s = s.step(0.1)
    t = s + s
    return t.energy * Phase.half(s.q) + s._replace(p=x).energy + s._asdict()["q"]


class Mode(enum.Enum):
    LINEAR = 1
    SQUARE = 2


class Gain(float, enum.Enum):
    LOW = 0.5
    HIGH = 2.0


class Level(enum.IntEnum):
    ONE = 1
    TWO = 2


@program(0.7, Mode.LINEAR)
@program(0.7, Mode.SQUARE)
def enum_decides(x, mode):
    if mode is Mode.SQUARE:
        return x * x
    return x * mode.value


@program(0.7)
def enum_members_as_numbers(x):
    total = x * Gain.HIGH + x * Mode.SQUARE.value
    return total ** Level.TWO + Level(1) * x


@program(0.7)
def enum_in_a_dict_and_a_loop(x):
    table = {Mode.LINEAR: x, Mode.SQUARE: x * x}
    total = 0.0
    for mode in Mode:
        total += table[mode] * mode.value
    return total


@program(0.7, "b")
def match_on_classes(x, name):
    total = 0.0
    for shape in [Circle(x), Rect(x, 2.0), Setting(x)]:
        match shape:
            case Circle(r=r):
                total += r * r
            case Rect(w=w, h=h):
                total += w / h
            case Setting(rate=rate):
                total += rate
    return total


class Scope:
    def __init__(self, factor):
        self.factor = factor
        self.entered = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *exc):
        self.factor = 0.0
        return False

    def scale(self, t):
        return self.factor * t


@program(0.7, 1.2)
def manager_of_a_user_class(x, y):
    with Scope(y) as s:
        z = s.scale(x) + s.entered
    return z * x + s.factor


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def total(self):
        s = self.value**2
        if self.left is not None:
            s += self.left.total()
        if self.right:
            s += 0.5 * self.right.total()
        return s


@program(0.7, 1.2)
def tree_made_inside(x, y):
    root = Node(x, Node(y), Node(x * y, Node(1.0)))
    return root.total() * root.left.value


class Linked:
    def __init__(self):
        self.head = None
        self.size = 0

    def push(self, v):
        self.head = (v, self.head)
        self.size += 1

    def total(self):
        s, cell = 0.0, self.head
        while cell is not None:
            v, cell = cell
            s = s * 0.5 + v
        return s


@program(0.7, 1.2)
def linked_list_of_tuples(x, y):
    l = Linked()
    l.push(x)
    l.push(y * x)
    return l.total() * l.size


class np_like:
    zeros = 3.0

    def __init__(self, x_bar):
        self.x_bar = x_bar
        self.saved = x_bar * 2

    def forward(self, result_bar):
        return result_bar * self.saved + self.x_bar


@program(0.7, 1.2)
def names_of_generated_code(x_bar, y_saved):
    forward = np_like(x_bar)
    np_sum = forward.forward(y_saved)
    return np_sum * forward.x_bar * np_like.zeros


class Singleton:
    rate = 0.5
    table = {"a": 2.0}
    weights = np.array([1.0, 2.0])

    @classmethod
    def apply(cls, t):
        return cls.rate * t + cls.table["a"] + np.sum(cls.weights * t)


@program(0.7)
def class_attributes_of_every_kind(x):
    return Singleton.apply(x) * Singleton.rate * Singleton.weights[1]


@program(lambda rng: ([Base(0.7), Left(1.2), Right(0.3, 0.4)],))
def objects_in_a_list_argument(objects):
    total = 1.0
    for o in objects:
        total = total * o.g(0.5)
    return total + objects[0].a


@program(lambda rng: ({"a": Base(0.7), "b": Circle(1.2)},))
def objects_in_a_dict_argument(objects):
    return objects["a"].g(objects["b"].area())


@program(0.7, 1.2)
def class_defined_inside(x, y):
    class Local:
        def __init__(self, a):
            self.a = a

        def f(self, t):
            return self.a * t + y

    return Local(x).f(x)


@program(0.7, 1.2)
def attribute_shared_by_two_objects(x, y):
    shared = Base(x)
    a, b = Node(1.0, shared), Node(2.0, shared)
    a.left.a *= y
    return b.left.a * a.left.f(y)


@program(0.7, 1.2)
def generic_attribute_access(x, y):
    b = Base(x)
    for name in ("a", "b"):
        setattr(b, name, getattr(b, "a") * y)
    return b.b * getattr(b, "c", y) * (1.0 if hasattr(b, "a") else x)


@program(lambda rng: (rng.normal(size=3),))
def array_attribute_is_shared(v):
    a = Base(v * 1.0)
    b = Base(a.a)
    b.a[1] = 0.5 * v[0]
    return np.sum(a.a * b.f(2.0))


class Optimizer:
    def __init__(self, rate, momentum=0.9):
        self.rate, self.momentum, self.v = rate, momentum, None

    def step(self, w, g):
        if self.v is None:
            self.v = np.zeros_like(w)
        self.v = self.momentum * self.v - self.rate * g
        return w + self.v


@program(lambda rng: (0.1, rng.normal(size=3)))
def optimizer_with_a_state(rate, w):
    opt = Optimizer(rate)
    for _ in range(3):
        w = opt.step(w, 2 * w)
    return np.sum(w**2)


class RunningMean:
    def __init__(self):
        self.n = 0
        self.mean = 0.0

    def __call__(self, t):
        self.n += 1
        self.mean += (t - self.mean) / self.n
        return self.mean


@program([0.7, 1.2, 0.3])
def running_mean_object(v):
    mean = RunningMean()
    out = [mean(t) for t in v]
    return out[1] * out[2] + mean.mean


class Placed:
    def __init__(self, mass, place):
        self.mass = mass
        self.place = place

    @classmethod
    def unit(cls, x):
        return cls(x, x * x)


@program(0.4, 0.7)
def loop_variable_rebound_to_a_new_object(x, y):
    p = Placed(x, y)
    q = Placed(y, x)
    for p in [p, q]:
        p.mass = p.mass * 0.5
        p = Placed.unit(p.mass * y)
    return x * y + p.mass * p.place + q.mass


@program(normal(4), 1.3)
def ranges_given_to_setitem(x, k):
    m = Matrix(np.outer(x, x))
    m[1:] = k
    m[:, 2] *= x
    m[..., :1] += k * x[0]
    m[::2, None] -= 0.5 * k
    return np.sum(m[1:, ::-1] * m[:-1])


class Gathering:
    """What it is given is added to what it has: a view changed in place is seen twice."""

    def __init__(self, values):
        self.values = values
        self.parts = [values[0], values[1]]

    def __getitem__(self, index):
        return self.values[index]

    def __setitem__(self, index, value):
        self.values[index] = self.values[index] + value

    @property
    def tail(self):
        return self.values[1:]

    @tail.setter
    def tail(self, value):
        self.values[1:] = self.values[1:] * value

    @property
    def longer(self):
        return self.parts

    @longer.setter
    def longer(self, value):
        self.parts = value + [1.0]  # noqa: RUF005 - of a list that has grown


@program(normal(4), 1.3)
def updates_in_place_of_what_methods_give(x, k):
    g = Gathering(x.copy())
    parts = g.longer
    g[2:] *= k
    g[0] -= k
    g.tail += x[1:]
    g.longer += [k]
    return np.sum(g.values**2) + sum(g.longer) * parts[2] + len(parts)
