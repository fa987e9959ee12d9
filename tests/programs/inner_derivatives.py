"""Programs as they are written with a derivative inside: optimisers, integrators, residuals of equations."""

import numpy as np

from srcgrad import (
    checkpoint,
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from tests.programs import normal, program

X, V = np.array([0.3, 0.7, 1.1]), np.array([1.0, -2.0, 0.5])
W = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.3]])


def energy(x):
    return np.sum(np.sin(x) * x**2)


def waves(x):
    return np.sin(x) * x * np.sum(x)


# Optimisers


@program(X, 0.9)
def momentum(x, beta):
    m = np.zeros_like(x)
    for _ in range(3):
        m = beta * m + grad(energy)(x)
        x = x - 0.05 * m
    return energy(x)


@program(X, 0.1)
def descent_until_flat(x, rate):
    g, n = grad(energy)(x), 0
    while np.sum(g**2) > 1e-3 and n < 3:
        x = x - rate * g
        g = grad(energy)(x)
        n += 1
    return np.sum(x * x)


@program(X, 0.5)
def line_search(x, shrink):
    for _ in range(2):
        value, g = value_and_grad(energy)(x)
        t = 1.0
        while energy(x - t * g) > value - 0.1 * t * np.sum(g * g):
            t = t * shrink
        x = x - t * g
    return energy(x)


@program(X, 0.2)
def newton(x, a):
    def f(y):
        return np.sum(y**4) * a + np.sum((y - 1.0) ** 2)

    for _ in range(2):
        x = x - np.linalg.solve(hessian(f)(x), grad(f)(x))
    return np.sum(x * x)


@program(X, V)
def conjugate_gradients(x, v):
    def f(y):
        return np.sum(y**4) + np.sum((y - v) ** 2)

    r = grad(f)(x)
    p, step = r, np.zeros_like(x)
    for _ in range(2):
        curved = hessian_vector_product(f)(x, p)
        a = np.sum(r * r) / np.sum(p * curved)
        step = step + a * p
        left = r - a * curved
        p = left + np.sum(left * left) / np.sum(r * r) * p
        r = left
    return np.sum(step * x)


@program({"w": W, "b": np.array([0.1, 0.2])}, V, 0.1)
def adapted_to_a_task(p, x, rate):
    def loss(p):
        return np.mean((np.tanh(p["w"] @ x) + p["b"]) ** 2)

    g = grad(loss)(p)
    return loss({k: p[k] - rate * g[k] for k in p})


@program(X, V)
def descent_in_place(x, v):
    x = x.copy()
    for _ in range(2):
        x -= 0.01 * grad(lambda y: np.sum((y - v) ** 4))(x)
    return np.sum(x**2)


# Equations


def net(p, t):
    return np.sum(p["w2"] * np.tanh(p["w1"] * t + p["b1"]))


NET = {"w1": X, "b1": V, "w2": X * V}


@program(NET)
def residual_of_second_order(params):
    total = 0.0
    for t in np.linspace(0.0, 1.0, 3):
        slope = grad(lambda t: net(params, t))(t)
        bend = grad(grad(lambda t: net(params, t)))(t)
        total = total + (slope + net(params, t)) ** 2 + 0.1 * bend**2
    return total


@program(NET)
def residual_mapped_over_points(params):
    def u(t):
        return net(params, t)

    residuals = np.array([grad(u)(t) + u(t) for t in np.linspace(0.1, 0.9, 3)])
    return np.mean(residuals**2) + np.sum(np.array(list(map(grad(u), [0.1, 0.2]))))


@program(NET)
def residual_by_tangents(params):
    ts = np.linspace(0.0, 1.0, 4)

    def u(t):
        return np.tanh(np.outer(t, params["w1"]) + params["b1"]) @ params["w2"]

    ones = np.ones_like(ts)
    value, slope = jvp(u, (ts,), (ones,))
    _, bend = jvp(lambda t: jvp(u, (t,), (ones,))[1], (ts,), (ones,))
    return np.mean((slope + value) ** 2 + bend**2)


@program(X, V, 1.3)
def leapfrog(q, p, k):
    def hamiltonian(q, p):
        return 0.5 * np.sum(p**2) + k * np.sum(np.cos(q) * q)

    by_q, by_p = grad(hamiltonian, 0), grad(hamiltonian, 1)
    for _ in range(2):
        p = p - 0.05 * by_q(q, p)
        q = q + 0.1 * by_p(q, p)
        p = p - 0.05 * by_q(q, p)
    return hamiltonian(q, p) + q[0]


class System:
    def __init__(self, k):
        self.k = k

    def energy(self, q, p):
        return 0.5 * np.sum(p**2) + self.k * np.sum(np.cos(q) * q)

    def step(self, q, p, h):
        p = p - h * grad(self.energy)(q, p)
        return q + h * grad(self.energy, 1)(q, p), p


@program(X, V, 1.3)
def steps_of_a_system(q, p, k):
    system = System(k)
    for _ in range(2):
        q, p = system.step(q, p, 0.1)
    return system.energy(q, p) + q[0]


@program(W, X)
def score_matching(w, x):
    def score(x):
        return np.tanh(w.T @ np.tanh(w @ x))

    total = 0.0
    for e in np.eye(3):
        _, slope = jvp(score, (x,), (e,))
        total += np.sum(slope * e)
    return total + 0.5 * np.sum(score(x) ** 2)


@program(W, X)
def trace_by_a_probe(w, x):
    score = grad(lambda x: np.sum(np.tanh(w @ x)))
    probe = np.array([1.0, -1.0, 1.0])
    return np.sum(probe * jvp(score, (x,), (probe,))[1])


@program(W, X)
def laplacian(w, x):
    return np.trace(hessian(lambda x: np.sum(np.tanh(w @ x)))(x))


@program(X, 0.7)
def implicit_by_pullbacks(a, k):
    def g(y, a):
        return np.tanh(k * y) * 0.3 + a * 0.3

    y = np.zeros_like(a)
    for _ in range(4):
        y = g(y, a)
    _, by_y = vjp(lambda y: g(y, a), y)
    u = np.ones_like(y)
    for _ in range(3):
        u = np.ones_like(y) + by_y(u)[0]
    _, by_a = vjp(lambda a: g(y, a), a)
    return np.sum(by_a(u)[0] * a)


@program(X, 0.7)
def implicit_by_a_jacobian(a, k):
    def g(y):
        return np.tanh(k * y) * 0.3 + a

    y = np.zeros_like(a)
    for _ in range(3):
        y = g(y)
    return np.sum(np.linalg.solve(np.eye(3) - jacobian(g)(y), a))


@program(X, 0.5)
def checkpoints_in_checkpoints(x, k):
    @checkpoint
    def inner(u):
        return np.sin(k * u) * u

    @checkpoint
    def outer(u):
        for _ in range(2):
            u = inner(u)
        return u * k

    for _ in range(2):
        x = outer(x)
    return np.sum(x)


@program(X, 0.5)
def gradient_of_what_runs_again(x, k):
    return np.sum(grad(checkpoint(lambda u: np.sum(np.sin(k * u) * u)))(x) * x)


# Forms of call


@program(X, V)
def pullbacks_through_layers(x, v):
    pullbacks = []
    for i in range(2):
        y, pullback = vjp(waves, x * (i + 1.0))
        pullbacks.append(pullback)
        x = y * 0.1
    seed = v
    for pullback in reversed(pullbacks):
        (seed,) = pullback(seed)
    return np.sum(seed * v)


@program(X, V, "b")
def pullbacks_of_several_points(x, v, which):
    pullbacks = {}
    for key in ("a", "b"):
        pullbacks[key] = vjp(waves, x if key == "a" else 2 * x)[1]
    return sum(np.sum(p(v)[0]) for p in pullbacks.values()) + np.sum(pullbacks[which](x)[0])


@program(X, V)
def derivatives_of_a_chosen_function(x, v):
    f = (lambda z: v * z * z) if x[0] > 0 else (lambda z: np.sin(z * v))
    y, pullback = vjp(f, x)
    steep, flat = (lambda z: np.sum(v * z**3)), (lambda z: np.sum(np.sin(z * v)))
    slope = grad(steep) if x[0] > 1 else grad(flat)
    slopes = [grad(steep), grad(flat), grad(lambda z: np.sum(f(z)))]
    return np.sum(pullback(y)[0]) + np.sum(slope(x)) + sum(np.sum(g(x)) for g in slopes)


@program(X, V)
def gradient_of_a_chosen_function(x, v):
    f = (lambda z: np.sum(v * z * z)) if x[0] > 0 else (lambda z: np.sum(np.sin(z * v)))
    return np.sum(grad(f)(x) * x)


@program(X, V)
def jacobians_by_several_arguments(x, v):
    def f(a, b):
        return a * np.sum(b * b)

    by_a, by_b = jacobian(f, (0, 1))(x, v)
    return np.sum(by_a * np.outer(x, v)) + np.sum(by_b @ v) + np.sum(jacobian(f, "b")(x, v) @ x)


@program(X)
def jacobian_of_a_container(x):
    found = jacobian(lambda a: {"u": a * np.sum(a), "s": (np.sum(a**2), a[0])})(x)
    return np.sum(found["u"] ** 2) + np.sum(found["s"][0] * x) + found["s"][1][0]


@program({"a": X, "b": 0.5})
def jacobian_by_a_container(p):
    found = jacobian(lambda p: p["a"] * p["b"] ** 2)(p)
    return np.sum(found["a"] ** 2) + np.sum(found["b"] ** 3)


@program(X, V)
def hessians_by_several_arguments(x, v):
    (aa, ab), (ba, bb) = hessian(lambda a, b: np.sum(a * b * b * a[0]), (0, 1))(x, v)
    return np.sum(aa) + np.sum(ab @ v) + np.sum(ba @ x) + np.trace(bb)


@program(X, V)
def keyword_only_arguments(x, v):
    def f(a, *, k=2.0):
        return np.sum(a**3) * k

    along = hessian(f)(x, k=v[0]) @ v
    return np.sum(along) + np.sum(grad(f, "k")(x, k=v[0]) * x) + np.sum(jacobian(f)(x, k=v[1]) * v)


@program(X, V)
def jacobian_of_complex_numbers(x, v):
    return np.sum(np.abs(jacobian(lambda a: np.exp(1j * a) * np.sum(a))(x) @ v) ** 2)


@program(X, V)
def slopes_of_elements(x, v):
    turned = elementwise_grad(lambda a: np.exp(1j * a * v))(x)
    by_a, by_b = elementwise_grad(lambda a, b: np.sin(a) * b * b, (0, 1))(x, v)
    return np.sum(np.abs(turned - 0.5) ** 2) + np.sum(by_a * by_b)


two = jacobian(lambda a, b: a * np.sum(b * b), (0, 1))
named = jacobian(lambda a, b: np.exp(1j * a) * np.sum(b), "b")
curved = hessian(lambda a, *, k: np.sum(a**3) * k)
along_energy = hessian_vector_product(energy)
slope_of_slope = elementwise_grad(elementwise_grad(np.tanh))


@program(X, V)
def made_outside(x, v):
    by_a, by_b = two(x, v)
    total = np.sum(np.abs(named(x, v) @ v) ** 2) + np.sum(by_a @ x) + np.sum(by_b)
    return total + np.sum(curved(x, k=v[0]) @ v) + np.sum(along_energy(x, v) * x) + np.sum(slope_of_slope(x) * v)


@program(X, V)
def comparisons_beside_values(x, v):
    (y, first), (y_dot, zero) = jvp(lambda a: (a * a, a[0] > 0.1), (x,), (v,))
    large, none = jvp(lambda a: a > 0.5, (x,), (v,))
    (nothing,) = vjp(lambda a: a > 0.5, x)[1](v)
    return np.sum(y_dot * y) + zero * x[0] + np.sum(np.where(large, x, v)) + np.sum((none + nothing) * x)


@program(X, V)
def counts_in_containers(x, v):
    _, dots = jvp(lambda a: [a * a, len(a), {"n": 2, "first": (a[0], a > 0.5)}], (x,), (v,))
    inner = dots[2]["first"]
    return np.sum(dots[0] * x) + dots[1] * x[0] + dots[2]["n"] + inner[0] * x[1] + np.sum(inner[1] * x)


@program(X, V)
def derivatives_of_the_identity(x, v):
    y, pullback = vjp(lambda y: y, x)
    z, along = jvp(lambda y: y, (x,), (v,))
    ((a, b),) = vjp(lambda p: p, [x, v])[1]([v, x])
    (c,) = vjp(lambda p: p["k"], {"k": x})[1](v)
    total = np.sum(pullback(v)[0] * x * y) + np.sum(along * z) + np.sum(a * b) + np.sum(c["k"] * x)
    return total + np.sum(jacobian(lambda y: y)(x) @ v)


@program(X, V)
def argnums_in_a_list(x, v):
    by_a, by_b = grad(lambda a, b: np.sum(a * b * a), [0, 1])(x, v)
    return np.sum(by_a * by_b)


@program(X, V)
def third_order(x, v):
    return grad(grad(grad(lambda t: np.sum(np.sin(x * t) * v))))(0.7)


def loss_of(params, x, target):
    for W, b in params:
        x = np.tanh(x @ W + b)
    return np.sum((x - target) ** 2)


@program(normal(2, 2), normal(2), normal(3, 2), normal(3, 2))
def trained_with_gradients_of_pairs(W, b, x, target):
    params = [(W, b), (W * 0.5, b * 2)]
    for _ in range(2):
        slopes = grad(loss_of)(params, x, target)
        params = [(W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in zip(params, slopes)]
    return loss_of(params, x, target)
