"""Programs of networks, layers and optimisers that are objects, with derivatives written by hand as far as a lesson goes."""

# ruff: noqa - unusual forms are what is tested here

import numpy as np

from tests.programs import normal, program


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.dW = self.x.T @ g
        self.db = np.sum(g, axis=0)
        return g @ self.W.T


class Tanh:
    def __init__(self):
        self.y = None

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


@program(normal(2, 2), normal(2), normal(3, 2), normal(3, 2))
def layers_that_learn(W, b, x, target):
    layers = [Dense(W, b), Tanh()]
    for _ in range(2):
        h = x
        for layer in layers:
            h = layer.forward(h)
        g = h - target
        for layer in layers[::-1]:
            g = layer.backward(g)
        layers[0].W = layers[0].W - 0.1 * layers[0].dW
    return np.sum(layers[0].W ** 2) + np.sum(layers[0].db)


class Curved:
    def __init__(self, W):
        self.W = W
        self.x = None

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)

    def backward(self, g):
        return (g * (1 - np.tanh(self.x @ self.W) ** 2)) @ self.W.T


class Network:
    def __init__(self, layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


@program(normal(2, 2), normal(2, 2), normal(3, 2))
def network_called_and_followed_backwards(W, V, x):
    network = Network([Curved(W), Curved(V)])
    y = network(x)
    g = y
    for layer in reversed(network.layers):
        g = layer.backward(g)
    return np.sum(g**2)


class Momentum:
    def __init__(self, params, rate):
        self.params, self.rate = params, rate
        self.velocities = [np.zeros_like(p) for p in params]

    def step(self, slopes):
        for p, g, v in zip(self.params, slopes, self.velocities):
            v *= 0.9
            v += g
            p -= self.rate * v


@program(normal(2, 2), normal(2), normal(3, 2))
def momentum_in_place(W, b, x):
    params = [W.copy(), b.copy()]
    optimiser = Momentum(params, 0.1)
    for _ in range(2):
        h = np.tanh(x @ params[0] + params[1])
        optimiser.step([x.T @ (h * (1 - h * h)), np.sum(h * (1 - h * h), axis=0)])
    return np.sum(params[0] ** 2) + np.sum(params[1] ** 3)


class Mixture:
    def __init__(self, parts):
        self.parts = parts

    def step(self, k):
        for i in range(len(self.parts)):
            self.parts[i] = self.parts[i] * k
        return self.parts[0]


@program(0.3, normal(3))
def numbers_beside_arrays_in_an_object(a, x):
    mixture = Mixture([a, x, x * a])
    total = 0.0
    for _ in range(3):
        total = total + np.sum(mixture.step(1.5 + a) * mixture.parts[1])
    return total + np.sum(mixture.parts[2])


class Adam:
    def __init__(self, rate):
        self.rate = rate
        self.means = self.squares = None

    def step(self, params, slopes):
        if self.means is None:
            self.means = [np.zeros_like(p) for p in params]
            self.squares = [np.zeros_like(p) for p in params]
        self.means = [0.9 * m + 0.1 * g for m, g in zip(self.means, slopes)]
        self.squares = [0.99 * s + 0.01 * g**2 for s, g in zip(self.squares, slopes)]
        return [p - self.rate * m / (np.sqrt(s) + 1e-3) for p, m, s in zip(params, self.means, self.squares)]


@program(normal(2, 2), normal(2), normal(3, 2))
def adam(W, b, x):
    params = [W, b]
    optimiser = Adam(0.1)
    for _ in range(2):
        h = np.tanh(x @ params[0] + params[1])
        params = optimiser.step(params, [x.T @ (h * (1 - h * h)), np.sum(h * (1 - h * h), axis=0)])
    return np.sum(params[0] ** 2) + np.sum(params[1] ** 3)


class Two:
    def __init__(self, W, V):
        self.first, self.second = Curved(W), Curved(V)

    def forward(self, x):
        return self.second.forward(self.first.forward(x))

    def backward(self, g):
        return self.first.backward(self.second.backward(g))


@program(normal(2, 2), normal(2, 2), normal(3, 2))
def layers_called_in_one_expression(W, V, x):
    two = Two(W, V)
    return np.sum(two.backward(two.forward(x)) ** 2)


@program(normal(2, 2), normal(2))
def comprehensions_over_a_matrix_and_a_vector(W, b):
    doubled = [p * 2 for p in (W, b)]
    scaled = [p * k for k, p in enumerate(doubled)]
    for k in range(3):
        doubled = [np.tanh(p * (k + 1)) for p in doubled]
    V, c = [p**2 for p in doubled]
    return np.sum(doubled[0] @ scaled[1]) + np.sum(V @ c)
