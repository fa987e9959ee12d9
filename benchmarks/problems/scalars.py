"""Numbers in loops, and sums over slices."""

import math

import numpy as np

from benchmarks.problems import problem


def recurrence(x, a, n):
    for _ in range(n):
        x = a * math.sin(x) + 0.1 * x * x
    return x


def recurrence_adjoint(x, a, n):
    states = []
    for _ in range(n):
        states.append(x)
        x = a * math.sin(x) + 0.1 * x * x
    x_bar, a_bar = 1.0, 0.0
    for i in range(n - 1, -1, -1):
        x = states[i]
        a_bar += x_bar * math.sin(x)
        x_bar = x_bar * (a * math.cos(x) + 0.2 * x)
    return x_bar, a_bar


problem(recurrence, lambda rng: (0.7, 1.3, 1000), (0, 1), recurrence_adjoint, recurrence_adjoint)


def newton(a, n):
    total = 0.0
    for i in range(n):
        c = a + i
        x = c
        while abs(x * x * x - c) > 1e-10:
            x = x - (x * x * x - c) / (3 * x * x)
        total += x
    return total


def newton_adjoint(a, n):
    a_bar = 0.0
    for i in range(n - 1, -1, -1):
        c = a + i
        x = c
        states = []
        while abs(x * x * x - c) > 1e-10:
            states.append(x)
            x = x - (x * x * x - c) / (3 * x * x)
        x_bar = 1.0
        for k in range(len(states) - 1, -1, -1):
            x = states[k]
            a_bar += x_bar / (3 * x * x)
            x_bar = x_bar * 2 / 3 * (1 - c / (x * x * x))
        a_bar += x_bar
    return (a_bar,)


problem(newton, lambda rng: (2.0, 100), (0,), newton_adjoint, newton_adjoint)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_adjoint(x):
    t = 200 * (x[1:] - x[:-1] ** 2)
    x_bar = np.zeros_like(x)
    x_bar[1:] = t
    x_bar[:-1] -= 2 * t * x[:-1] + 2 * (1 - x[:-1])
    return (x_bar,)


def rosenbrock_by_loops(x):
    x_bar = np.zeros_like(x)
    for i in range(len(x) - 1):
        t = 200 * (x[i + 1] - x[i] ** 2)
        x_bar[i + 1] += t
        x_bar[i] -= 2 * t * x[i] + 2 * (1 - x[i])
    return (x_bar,)


problem(rosenbrock, lambda rng: (rng.normal(size=10000),), (0,), rosenbrock_adjoint, rosenbrock_by_loops)
