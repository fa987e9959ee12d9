"""Random draws inside the program: each is made once, and the backward pass uses what was drawn."""

import numpy as np
from numpy.random import default_rng

from tests.programs import normal, program


@program(0.3, 0.8)
def noisy_walk(drift, noise):
    rng = np.random.default_rng(3)
    x = 1.0
    total = 0.0
    for _ in range(5):
        x = x + drift * 0.1 * x + rng.normal(0.0, noise) * x
        total += x * x
    return total


@program(0.3, np.array([0.8, 0.6, 1.1]))
def draws_in_branches(mean, spread):
    np.random.seed(5)
    total = 0.0
    for i in range(4):
        if np.random.rand() < 0.5:
            total += np.sum(np.random.normal(mean, spread) ** 2)
        else:
            total += np.sum(np.random.exponential(spread)) * mean
    return total


@program(lambda rng: (rng.normal(size=6), rng.normal(size=(3, 2))))
def dropout(x, w):
    rng = np.random.default_rng(2)
    mask = rng.random(6) < 0.7
    rows = rng.permutation(3)
    return np.sum(np.tanh(np.where(mask, x, 0.0)[:3] @ w[rows])) + rng.choice(x) ** 2


def jittered(rng, x):
    return rng.normal(x, 0.1)


@program(lambda rng: (rng.normal(size=3),))
def draws_in_a_helper(x):
    rng = default_rng(7)
    while rng.random() < 0.8:
        x = jittered(rng, x) * rng.uniform(0.9, 1.1)
    return np.sum(jittered(rng, x) ** 2)


@program(normal(3))
def generator_of_each_pass(x):
    total = 0.0
    for seed in range(1, 4):
        rng = np.random.default_rng(seed)
        total = total + np.mean(rng.normal(size=seed)) * x[0] + np.mean(np.random.default_rng(seed).normal(x, 0.1)) ** 2
    return total
