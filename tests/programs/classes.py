"""Programs with classes: methods, attributes, operators, inheritance, records."""

# ruff: noqa - unusual forms are what is tested here

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.programs import program

# -- attributes and methods -----------------------------------------------------------


class Pendulum:
    gravity = 9.81

    def __init__(self, length, damping):
        self.length = length
        self.damping = damping

    def acceleration(self, angle, speed):
        return -self.gravity / self.length * math.sin(angle) - self.damping * speed

    def step(self, state, dt):
        angle, speed = state
        return angle + dt * speed, speed + dt * self.acceleration(angle, speed)

    @property
    def period(self):
        return 2 * math.pi * math.sqrt(self.length / self.gravity)

    @staticmethod
    def energy_of(speed, height):
        return 0.5 * speed ** 2 + Pendulum.gravity * height

    @classmethod
    def undamped(cls, length):
        return cls(length, 0.0)

    def energy(self, state):
        angle, speed = state
        return self.energy_of(self.length * speed,
                              self.length * (1 - math.cos(angle)))


@program(1.3, 0.2)
def object_created_inside(length, damping):
    p = Pendulum(length, damping)
    state = (0.5, 0.0)
    for _ in range(4):
        state = p.step(state, 0.05)
    return state[0] * p.period


@program(1.3)
def class_and_static_methods(length):
    p = Pendulum.undamped(length)
    return p.energy((length * 0.3, 0.7)) + Pendulum.energy_of(length, 1.0)


@program(lambda rng: (Pendulum(1.3, 0.2), 0.5))
def object_as_argument(p, angle):
    return p.energy((angle, 0.1)) + p.acceleration(angle, 0.3) * p.period


@program(lambda rng: (Pendulum(1.3, 0.2),))
def class_constant_is_read(p):
    return p.gravity * p.length + Pendulum.gravity * p.damping ** 2


@program(0.7, 1.2)
def attributes_read_and_written(x, y):
    p = Pendulum(x, y)
    p.length = p.length * p.damping
    p.damping += p.length
    p.length **= 2
    return p.length * p.damping


@program(0.7, 1.2)
def attribute_added_later(x, y):
    p = Pendulum(x, y)
    p.total = p.length + p.damping
    alias = p
    alias.total *= x
    return p.total * y


@program(0.7, 4)
def attribute_accumulated_in_a_loop(x, n):
    p = Pendulum(x, 0.0)
    for k in range(n):
        p.damping = p.damping * p.length + k
        p.length = math.sin(p.length)
    return p.damping * p.length


def _lengthen(p, factor):
    p.length = p.length * factor


@program(0.7, 1.2)
def object_mutated_by_a_function(x, y):
    p = Pendulum(x, y)
    before = p.length
    _lengthen(p, y)
    _lengthen(p, p.damping)
    return p.length * before


class Accumulator:
    def __init__(self):
        self.total = 0.0
        self.history = []

    def add(self, value):
        self.total += value * value
        self.history.append(value)
        return self


@program(0.7, 1.2)
def method_mutates_self_and_chains(x, y):
    a = Accumulator()
    a.add(x).add(x * y).add(y)
    return a.total * a.history[1] + len(a.history)


class Meter:
    def __init__(self, value):
        self._value = value

    @property
    def value(self):
        return 2.0 * self._value

    @value.setter
    def value(self, new):
        self._value = new * new


@program(0.7)
def property_with_a_setter(x):
    m = Meter(x)
    first = m.value
    m.value = first + x
    return m.value * first


# -- operator methods -----------------------------------------------------------------


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return self + (-other)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __setitem__(self, i, value):
        if i == 0:
            self.x = value
        else:
            self.y = value

    def __len__(self):
        return 2

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y


@program(0.7, 1.2)
def operators_of_a_vector(x, y):
    a = Vector(x, y)
    b = Vector(y, x * x)
    c = a + 2.0 * b - b * x
    return (c @ a) * abs(b) + c[0] * len(c)


@program(0.7, 1.2)
def comparison_of_objects(x, y):
    a, b = Vector(x, y), Vector(y, y)
    if a < b and not a == b:
        return abs(a) * x
    return abs(b)


@program(0.7, 1.2)
def item_assignment_on_an_object(x, y):
    a = Vector(x, y)
    a[0] = a[1] * a[0]
    a[1] += a[0]
    return a[0] * a[1]


@program(lambda rng: (Vector(0.4, 0.9), Vector(-0.3, 0.2)))
def objects_with_operators_as_arguments(a, b):
    return (a + b) @ (a - 3.0 * b)


@program(0.7, 1.2, 5)
def orbit_of_vectors(x, y, n):
    position, velocity = Vector(x, 0.0), Vector(0.0, y)
    for _ in range(n):
        r = abs(position)
        velocity = velocity + position * (-0.1 / r ** 3)
        position = position + velocity * 0.1
    return velocity @ velocity / 2 - 1 / abs(position)


class Dual:
    def __init__(self, value, slope):
        self.value = value
        self.slope = slope

    def __add__(self, other):
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.slope + other.slope)
        return Dual(self.value + other, self.slope)

    __radd__ = __add__

    def __mul__(self, other):
        if isinstance(other, Dual):
            return Dual(self.value * other.value,
                        self.value * other.slope + self.slope * other.value)
        return Dual(self.value * other, self.slope * other)

    __rmul__ = __mul__

    def __pow__(self, n):
        return Dual(self.value ** n, n * self.value ** (n - 1) * self.slope)

    def __truediv__(self, other):
        return self * other ** -1


@program(0.7)
def dual_numbers_by_hand(x):
    d = Dual(x, 1.0)
    y = 3 * d ** 2 + d * d / (d + 2.0) + 1
    return y.slope * y.value


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.coefficients):
            total = total * x + c
        return total

    def derivative(self):
        return Polynomial([k * c for k, c in enumerate(self.coefficients)][1:])

    def __iter__(self):
        return iter(self.coefficients)

    def __contains__(self, degree):
        return degree < len(self.coefficients)


@program(0.7, [0.2, -1.0, 0.5])
def callable_object(x, coefficients):
    p = Polynomial(coefficients)
    slope = p.derivative()
    return p(x) * slope(x) + slope.derivative()(x)


@program(0.7, [0.2, -1.0, 0.5])
def object_that_is_iterated(x, coefficients):
    p = Polynomial(coefficients)
    total = sum(c * c for c in p)
    return total * x if 2 in p else total


@program(lambda rng: (Polynomial([0.3, 0.8, -0.2]), 0.6))
def callable_object_as_argument(p, x):
    return p(x) + p(p(x))


# -- inheritance ----------------------------------------------------------------------


class Shape:
    density = 1.0

    def __init__(self, size):
        self.size = size

    def area(self):
        raise NotImplementedError

    def mass(self):
        return self.density * self.area()


class Disc(Shape):
    def area(self):
        return math.pi * self.size ** 2


class Square(Shape):
    density = 2.5

    def area(self):
        return self.size ** 2

    def mass(self):
        return super().mass() * 1.1


class Plate(Square):
    def __init__(self, size, thickness):
        super().__init__(size)
        self.thickness = thickness

    def mass(self):
        return super().mass() * self.thickness


@program(0.7, 1.2)
def inheritance_and_super(x, y):
    return Disc(x).mass() + Square(y).mass() * Plate(x, y).mass()


@program(0.7, 1.2)
def list_of_objects_of_several_classes(x, y):
    total = 0.0
    for shape in [Disc(x), Square(y), Plate(y, x)]:
        total += shape.mass() * x
        if isinstance(shape, Square):
            total += shape.size
    return total


@program(lambda rng: ([Disc(0.7), Plate(1.2, 0.4)],))
def list_of_objects_as_argument(shapes):
    return sum(shape.mass() ** 2 for shape in shapes)


# -- records --------------------------------------------------------------------------


@dataclass
class Particle:
    position: np.ndarray
    velocity: np.ndarray
    mass: float = 1.0
    trail: list = field(default_factory=list)

    def kinetic(self):
        return 0.5 * self.mass * np.sum(self.velocity ** 2)

    def move(self, dt):
        self.position = self.position + dt * self.velocity
        self.trail.append(self.position[0])


@program(lambda rng: (rng.normal(size=2), rng.normal(size=2), 1.4))
def dataclass_created_and_moved(position, velocity, mass):
    p = Particle(position, velocity, mass)
    for _ in range(3):
        p.move(0.1)
        p.velocity *= 0.9
    return p.kinetic() + sum(p.trail) * p.position[1]


@dataclass(frozen=True)
class Settings:
    rate: float
    width: float = 2.0
    steps: int = 3


@program(lambda rng: (Settings(0.4), 0.7))
def frozen_dataclass_as_argument(settings, x):
    for _ in range(settings.steps):
        x = x - settings.rate * math.sin(settings.width * x)
    return x


@program(0.7, 1.2)
def frozen_dataclass_replaced(x, y):
    s = Settings(x)
    t = replace(s, width=y * s.rate)
    return s.width * t.width + t.rate * t.steps


class State(NamedTuple):
    angle: float
    speed: float

    def energy(self):
        return 0.5 * self.speed ** 2 - math.cos(self.angle)

    @property
    def flipped(self):
        return State(-self.angle, self.speed)


@program(lambda rng: (State(0.4, 1.1), 0.1))
def namedtuple_with_methods(state, dt):
    for _ in range(4):
        angle, speed = state
        state = State(angle + dt * speed, speed - dt * math.sin(angle))
    return state.energy() * state.flipped.angle


# -- networks of objects --------------------------------------------------------------


class Dense:
    def __init__(self, weights, bias, activation=np.tanh):
        self.weights = weights
        self.bias = bias
        self.activation = activation

    def __call__(self, x):
        return self.activation(x @ self.weights + self.bias)


class Network:
    def __init__(self, layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def penalty(self, strength=0.01):
        return strength * sum(np.sum(layer.weights ** 2) for layer in self.layers)


def _relu(z):
    return np.maximum(z, 0.0)


def _network(rng):
    return Network([
        Dense(rng.normal(size=(3, 4)), rng.normal(size=4)),
        Dense(rng.normal(size=(4, 4)), rng.normal(size=4), _relu),
        Dense(rng.normal(size=(4, 1)), rng.normal(size=1), lambda z: z),
    ])


@program(lambda rng: (_network(rng), rng.normal(size=(5, 3)), rng.normal(size=(5, 1))),
         wrt=0)
def network_of_layers(network, x, y):
    return np.mean((network(x) - y) ** 2) + network.penalty()


class Gaussian:
    """Density with a spread that is stored as its logarithm."""

    def __init__(self, mean, log_spread):
        self.mean, self.log_spread = mean, log_spread

    def log_density(self, x):
        z = (x - self.mean) / np.exp(self.log_spread)
        return -0.5 * z ** 2 - self.log_spread - 0.5 * np.log(2 * np.pi)


@program(lambda rng: (Gaussian(0.3, -0.2), rng.normal(size=6)))
def log_likelihood_of_an_object(model, data):
    return np.sum(model.log_density(data))


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def total(self):
        result = self.value ** 2
        if self.left is not None:
            result += self.left.total() * self.value
        if self.right is not None:
            result += self.right.total()
        return result


@program(lambda rng: (Node(0.5, Node(0.8, right=Node(0.3)), Node(-0.4)),))
def tree_of_objects(root):
    return root.total()


class Timer:
    __slots__ = ("start", "rate")

    def __init__(self, start, rate):
        self.start = start
        self.rate = rate

    def at(self, t):
        return self.start + self.rate * t


@program(lambda rng: (Timer(0.3, 1.2), 0.5))
def object_with_slots(timer, t):
    return timer.at(t) * timer.at(2 * t)


class Buffer:
    def __init__(self, n):
        self.data = np.zeros(n)

    def push(self, i, value):
        self.data[i] = value
        self.data[i + 1:] += 0.5 * value


@program(lambda rng: (rng.normal(size=4),))
def array_attribute_stored_into(v):
    b = Buffer(4)
    for i in range(4):
        b.push(i, v[i] * (b.data[i] + 1.0))
    return np.sum(b.data ** 2)
