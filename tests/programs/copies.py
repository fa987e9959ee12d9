"""Programs that copy containers and objects, and change one of the two."""

# ruff: noqa - unusual forms are what is tested here

import copy
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.programs import normal, program


@dataclass
class Params:
    a: float
    b: np.ndarray
    notes: dict = field(default_factory=dict)

    def scaled(self, k):
        other = copy.deepcopy(self)
        other.a *= k
        other.b *= k
        return other


@program(normal(), normal(3))
def dataclass_copied_by_its_method(a, b):
    p = Params(a, b, {"n": 3, "name": "x"})
    q = p.scaled(2.0)
    q.notes["n"] += 1
    return q.a * q.notes["n"] * np.sum(q.b * p.b) + p.a


class Log:
    def __init__(self, a, b):
        self.a = a
        self.b = b
        self.lines = []
        self.found = {}


@program(normal(), normal(3))
def object_with_empty_containers(a, b):
    p = Log(a, b)
    q = copy.deepcopy(p)
    q.a *= 2
    q.b *= 3
    q.lines.append(q.a)
    q.found["k"] = q.a * p.a
    return q.a * np.sum(q.b) + p.a * p.b[0] + q.found["k"] + q.lines[0] + len(p.lines)


class Layer:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def run(self, x):
        self.seen = x
        return np.tanh(self.W @ x + self.b)


class Net:
    def __init__(self, weights):
        self.layers = [Layer(W.copy(), np.zeros(2)) for W in weights]
        self.best = None


@program(lambda rng: ([rng.normal(size=(2, 2)), rng.normal(size=(2, 2))], rng.normal(size=2)))
def model_kept_before_a_step(weights, x):
    net = Net(weights)
    y = x
    for layer in net.layers:
        y = layer.run(y)
    old = copy.deepcopy(net)
    for layer in net.layers:
        layer.W *= 0.9
        layer.b += 0.1 * layer.seen
    z = x
    for layer in net.layers:
        z = layer.run(z)
    for layer in old.layers:
        z = layer.run(z) + layer.seen
    return np.sum(z * y)


class Pair(NamedTuple):
    x: np.ndarray
    k: int


@program(normal(2), normal(2))
def state_saved_before_steps(x, v):
    state = {"x": x, "v": v, "t": 0.0, "path": [x * 2], "pair": Pair(x + v, 3)}
    saved = copy.deepcopy(state)
    for _ in range(2):
        state["v"] -= 0.1 * state["x"]
        state["x"] += 0.1 * state["v"]
        state["t"] += 0.1
        state["path"].append(state["x"].copy())
        state["pair"].x[0] *= 2
    total = np.sum(state["x"] * saved["x"]) + np.sum(saved["v"] ** 2) + sum(np.sum(h) for h in state["path"])
    return total + len(saved["path"]) * saved["path"][0][0] + np.sum(saved["pair"].x * state["pair"].x) * saved["pair"].k


@program(normal(3))
def list_grown_in_a_loop_copied(x):
    parts = [x * k for k in range(3)]
    kept = copy.deepcopy(parts)
    parts[0] += 1
    parts[1] *= 2
    return sum(np.sum(p * q) for p, q in zip(parts, kept))


@program(normal(3))
def shallow_copies_share(x):
    a = [x * 1.0, x * 2.0]
    b = copy.copy(a)
    b[0] = x * 5
    b[1] *= 3
    p = Params(x[0], x * 4)
    q = copy.copy(p)
    q.a *= 2
    q.b *= 3
    q.b = q.b * 2
    return np.sum(a[0] * a[1] * b[0]) + q.a * np.sum(q.b) + p.a * p.b[0]
