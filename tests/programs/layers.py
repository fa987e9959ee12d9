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
