"""Functions that run again in the backward pass: `checkpoint`."""

import numpy as np

from srcgrad import checkpoint
from tests.programs import normal, program


def step(u, k):
    v = np.sin(k * u)
    for i in range(3):
        v = np.sin(v * u) + k
        v[0] = v[1] * k
    return u + v * v


@program(normal(3), 0.4)
def run_again_in_a_loop(u, k):
    for _ in range(3):
        u = checkpoint(step)(u, k)
    return np.sum(u)


@program(normal(3), 0.4)
def arguments_changed_after_the_call(u, k):
    u = u * k
    y = checkpoint(step)(u, k)
    u[1] = y[0] * k
    z = checkpoint(step)(u, k)
    u *= 2.0
    return np.sum(u * y * z)


@checkpoint
def inside(v, k):
    v = v * 1.0
    v[1:] += k * v[:-1] ** 2
    w = v[1:]
    w *= v[1]
    return v * np.sum(w)


@checkpoint
def around(v, k, scale=2.0):
    total = v
    while np.sum(total**2) < 4.0:
        total = inside(total, k) + v * scale
    return total, np.sum(v)


@program(normal(3), 0.4)
def nested_and_decorated(u, k):
    y, s = around(u, k=k)
    z, t = checkpoint(around)(u * k, k, scale=s)
    return np.sum(y) * t + np.sum(z)


@program(normal(3), 0.4)
def of_a_closure(u, k):
    @checkpoint
    def inner(v):
        if v[0] > 0:
            v = v * k
        return np.exp(-v) * u

    again = checkpoint(lambda v: v * np.tanh(k * v))
    return np.sum(again(inner(u))) + np.sum(inner(k * u))


class Layer:
    def __init__(self, w):
        self.w = w

    @checkpoint
    def apply(self, x):
        return np.tanh(self.w @ x)


@program(normal(2, 2), normal(2))
def of_a_method(w, x):
    layer = Layer(w)
    return np.sum(layer.apply(layer.apply(x))) + np.sum(checkpoint(layer.apply)(x))


def changes_its_argument(a, k):
    a[0] *= k
    return a * a


@program(normal(3), 0.4)
def not_run_again(u, k):
    y = u * 1.0
    z = checkpoint(changes_its_argument)(y, k)
    return np.sum(y * z) + checkpoint(lambda v: v[1:])(y)[0]


def weighted(parts, x):
    total = 0.0
    for w, b in parts["layers"]:
        total = total + np.sum(np.sin(w * x) + b)
    return total


@program(lambda rng: ({"layers": [(rng.normal(size=2), 0.3), (rng.normal(size=2), 0.1)]}, rng.normal(size=2)))
def of_containers(parts, x):
    return checkpoint(weighted)(parts, x) * checkpoint(weighted)(parts, 2 * x)


def halved(x, n):
    if n == 0:
        return x * x
    return np.sin(checkpoint(halved)(0.5 * x, n - 1)) + x


@program(normal(3))
def calls_itself(x):
    return np.sum(checkpoint(halved)(x, 3)) + np.sum(checkpoint(np.sin)(x))
