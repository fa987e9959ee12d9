"""Programs around odeint and solve_ivp: fits of parameters, neural right hand sides, times that vary, methods, closures."""

import numpy as np
import scipy.integrate
from scipy.integrate import odeint, solve_ivp

from tests.programs import normal, positive, program, refused

TIGHT = dict(rtol=1e-10, atol=1e-10)
OBSERVED = np.array([[1.0, 0.5], [1.3, 0.4], [1.9, 0.6], [2.0, 1.1]])


def lotka_volterra(t, y, birth, catch, growth, death):
    prey, predators = y
    return [birth * prey - catch * prey * predators, growth * prey * predators - death * predators]


def decay(y, t, rate):
    return -rate * y + np.sin(t)


class Pendulum:
    def __init__(self, length, friction):
        self.length, self.friction = length, friction

    def motion(self, t, y):
        return np.array([y[1], -9.81 / self.length * np.sin(y[0]) - self.friction * y[1]])


@program(lambda rng: (rng.uniform(0.3, 0.6, size=4), np.array([1.0, 0.5])))
def fit_of_populations(parameters, y0):
    times = np.linspace(0.0, 3.0, 4)
    found = solve_ivp(lotka_volterra, (0.0, 3.0), y0, t_eval=times, args=tuple(parameters), **TIGHT)
    return np.sum((found.y.T - OBSERVED) ** 2)


@program(lambda rng: (0.5 * rng.normal(size=(3, 2)), 0.1 * rng.normal(size=3), 0.5 * rng.normal(size=(2, 3))))
def neural_equation(W, b, V):
    def flow(t, y):
        return V @ np.tanh(W @ y + b) - 0.1 * t * y

    found = solve_ivp(flow, (0.0, 1.0), np.array([1.0, 0.5]), method="DOP853", rtol=1e-10, atol=1e-10)
    return np.sum(found.y[:, -1] ** 2)


@program(0.8, 1.2)
def concentrations(rate, dose):
    times = np.array([0.0, 0.5, 1.5])
    y = odeint(decay, np.array([dose, 2.0 * dose]), times, args=(rate,), **TIGHT)
    return np.sum(y[1:] ** 2)


@program(lambda rng: (np.array([0.1, 0.6, 1.5]), 1.2))
def times_that_vary(times, y0):
    return np.sum(odeint(lambda y, t: -y * np.cos(t), y0, times, **TIGHT)[:, 0] ** 2)


@program(0.8, 1.7)
def span_that_varies(start, stop):
    found = scipy.integrate.solve_ivp(lambda t, y: -(y**2) * t, [start, stop], [1.0], **TIGHT)
    return found.y[0, -1] + found.t[-1]


@program(1.1, 0.3, 0.2)
def method_of_an_object(length, friction, angle):
    pendulum = Pendulum(length, friction)
    found = solve_ivp(pendulum.motion, (0.0, 1.0), np.array([angle, 0.0]), **TIGHT)
    return found.y[0, -1] if found.success else 0.0


@program(normal(2), 0.4)
def time_first(y0, k):
    def oscillation(t, y, k):
        return np.array([y[1], -k * y[0]])

    return odeint(oscillation, y0, np.array([0.0, 1.0]), (k,), tfirst=True, **TIGHT)[-1] @ np.array([1.0, 2.0])


@program(positive(2))
def one_after_the_other(rates):
    y = np.array([1.0])
    for i in range(2):
        y = solve_ivp(lambda t, y: -rates[i] * y, (0.0, 1.0), y, **TIGHT).y[:, -1]
    return y[0]


@refused("E202", 0.4)
def events(k):
    found = solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0], events=lambda t, y: y[0] - 0.5)
    return found.y[0, -1]


@refused("E202", 0.4)
def dense_output(k):
    return solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0], dense_output=True).sol(0.3)[0]


@program(0.8, 1.3)
def stiff_equation(k, y0):
    def flow(t, y):
        return np.array([-500.0 * (y[0] - np.cos(k * t)), y[0] - k * y[1]])

    found = solve_ivp(flow, (0.0, 1.0), [1.0, y0], method="Radau", rtol=1e-9, atol=1e-9)
    return found.y[1, -1] * found.y[0, -1]


@program(lambda rng: ({"W": 0.4 * rng.normal(size=(3, 2)), "b": np.zeros(3), "V": 0.4 * rng.normal(size=(2, 3))},))
def parameters_in_a_dict(p):
    def f(t, y):
        return p["V"] @ np.tanh(p["W"] @ y + p["b"])

    return np.sum(solve_ivp(f, (0.0, 1.0), [1.0, 0.0], t_eval=[0.5, 1.0], **TIGHT).y ** 2)


@program(lambda rng: ([(0.4 * rng.normal(size=(2, 2)), np.zeros(2)) for _ in range(2)],))
def layers_in_a_list(layers):
    def network(y):
        for W, b in layers:
            y = np.tanh(W @ y + b)
        return y

    return np.sum(odeint(lambda y, t: network(y), np.array([1.0, 0.5]), [0.0, 1.0], **TIGHT)[-1] ** 2)


@program(0.7, np.array([1.0, 0.5]))
def state_copied_and_changed(k, start):
    def slope(t, y):
        y = y.copy()
        y[0] *= k
        dy = np.empty(2)
        dy[:] = -k * y
        return dy

    return np.sum(solve_ivp(slope, (0.0, 1.0), start, rtol=1e-10, atol=1e-12).y[:, -1] ** 2)
