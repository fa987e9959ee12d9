"""Whole small programs of numerical work: learning, physics, statistics, algebra."""

import math

import numpy as np

from tests.programs import program

# -- learning -------------------------------------------------------------------------


@program(lambda rng: ([(rng.normal(size=(4, 5)), rng.normal(size=5)),
                       (rng.normal(size=(5, 3)), rng.normal(size=3))],
                      rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])), wrt=0)
def mlp_cross_entropy(params, x, labels):
    for w, b in params[:-1]:
        x = np.tanh(x @ w + b)
    w, b = params[-1]
    logits = x @ w + b
    logits = logits - logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


@program(lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(6, 4)),
                      np.eye(3)[rng.integers(0, 3, size=6)]), wrt=(0, 1))
def softmax_cross_entropy(w, x, targets):
    scores = x @ w
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.sum(targets * np.log(p)) / len(x)


@program(lambda rng: (rng.normal(size=3), 0.1, rng.normal(size=(8, 3)),
                      (rng.random(8) > 0.5).astype(float), 0.05), wrt=(0, 1, 4))
def logistic_regression(w, b, x, y, strength):
    z = x @ w + b
    loss = np.mean(np.logaddexp(0.0, z) - y * z)
    return loss + 0.5 * strength * np.dot(w, w)


@program(lambda rng: (rng.normal(size=(4, 5, 3)) * 0.5, rng.normal(size=(4, 3)),
                      rng.normal(size=(6, 2))))
def lstm_last_output(weights, bias, xs):
    def sigmoid(t):
        return 1 / (1 + np.exp(-t))

    h = np.zeros(3)
    c = np.zeros(3)
    for x in xs:
        z = np.concatenate([x, h])
        i = sigmoid(z @ weights[0] + bias[0])
        f = sigmoid(z @ weights[1] + bias[1])
        o = sigmoid(z @ weights[2] + bias[2])
        g = np.tanh(z @ weights[3] + bias[3])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h * c)


@program(lambda rng: ({"z": rng.normal(size=(5, 3)), "r": rng.normal(size=(5, 3)),
                       "h": rng.normal(size=(5, 3))}, rng.normal(size=(4, 2))))
def gru_cell(params, xs):
    h = np.zeros(3)
    for t in range(xs.shape[0]):
        v = np.hstack([xs[t], h])
        z = 1 / (1 + np.exp(-(v @ params["z"])))
        r = 1 / (1 + np.exp(-(v @ params["r"])))
        candidate = np.tanh(np.hstack([xs[t], r * h]) @ params["h"])
        h = (1 - z) * h + z * candidate
    return np.mean(h ** 2)


@program(lambda rng: (rng.normal(size=(5, 4)), rng.normal(size=(4, 3)),
                      rng.normal(size=(4, 3)), rng.normal(size=(4, 2))))
def attention_with_causal_mask(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = q @ k.T / np.sqrt(k.shape[-1])
    mask = np.tril(np.ones(scores.shape, dtype=bool))
    scores = np.where(mask, scores, -1e9)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ v) ** 2)


@program(lambda rng: (rng.normal(size=(4, 6)), rng.normal(size=6), rng.normal(size=6)))
def layer_norm(x, gain, shift):
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    y = gain * (x - mean) / np.sqrt(variance + 1e-5) + shift
    return np.sum(y ** 3) / y.size


@program(lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(10, 2))))
def kmeans_objective(centres, points):
    total = 0.0
    for p in points:
        distances = np.sum((centres - p) ** 2, axis=1)
        total += np.min(distances)
    return total / len(points)


@program(lambda rng: (rng.normal(size=3), rng.normal(size=3), rng.normal(size=3),
                      rng.normal(size=7)))
def gaussian_mixture_log_likelihood(logits, means, log_spreads, data):
    log_weights = logits - np.log(np.sum(np.exp(logits)))
    z = (data[:, None] - means) / np.exp(log_spreads)
    terms = log_weights - 0.5 * z ** 2 - log_spreads - 0.5 * np.log(2 * np.pi)
    top = np.max(terms, axis=1)
    return np.sum(top + np.log(np.sum(np.exp(terms - top[:, None]), axis=1)))


@program(lambda rng: (0.4, 0.8, rng.normal(size=(5, 1)), rng.normal(size=5)))
def gaussian_process_evidence(log_scale, log_noise, x, y):
    squared = (x - x.T) ** 2
    kernel = np.exp(-0.5 * squared / np.exp(2 * log_scale))
    kernel = kernel + np.exp(2 * log_noise) * np.eye(len(y))
    lower = np.linalg.cholesky(kernel)
    alpha = np.linalg.solve(kernel, y)
    return -0.5 * y @ alpha - np.sum(np.log(np.diag(lower)))


@program(lambda rng: (rng.normal(size=4), 0.05, rng.normal(size=(9, 4)),
                      rng.normal(size=9), 5), wrt=(0, 1))
def unrolled_gradient_descent(w, rate, x, y, steps):
    velocity = np.zeros_like(w)
    for _ in range(steps):
        gradient = x.T @ (x @ w - y) / len(y)
        velocity = 0.9 * velocity - rate * gradient
        w = w + velocity
    return np.mean((x @ w - y) ** 2)


# -- differential equations and physics -----------------------------------------------


def rk4(rate, y, dt, steps):
    t = 0.0
    for _ in range(steps):
        k1 = rate(t, y)
        k2 = rate(t + dt / 2, y + dt / 2 * k1)
        k3 = rate(t + dt / 2, y + dt / 2 * k2)
        k4 = rate(t + dt, y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += dt
    return y


@program(lambda rng: (np.array([1.0, 0.2]), 1.5, 0.3))
def van_der_pol_rk4(start, mu, drive):
    def rate(t, y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0] + drive * t])

    end = rk4(rate, start, 0.1, 8)
    return end[0] * end[1]


@program(0.6, 0.0, 9.81, 1.2)
def pendulum_symplectic(angle, speed, g, length):
    swept = 0.0
    for _ in range(12):
        speed -= 0.05 * g / length * math.sin(angle)
        angle += 0.05 * speed
        swept += abs(angle) * 0.05
    return swept


@program(lambda rng: (rng.normal(size=(4, 3)), rng.random(4) + 0.5))
def nbody_potential(positions, masses):
    energy = 0.0
    n = len(masses)
    for i in range(n):
        for j in range(i + 1, n):
            separation = positions[i] - positions[j]
            distance = np.sqrt(np.sum(separation ** 2) + 0.01)
            energy -= masses[i] * masses[j] / distance
    return energy


@program(lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)),
                      rng.random(3) + 0.5))
def nbody_leapfrog(x, v, m):
    def acceleration(x):
        a = np.zeros_like(x)
        for i in range(len(m)):
            for j in range(len(m)):
                if i != j:
                    d = x[j] - x[i]
                    a[i] += m[j] * d / (d @ d + 0.1) ** 1.5
        return a

    dt = 0.05
    a = acceleration(x)
    for _ in range(3):
        v = v + dt / 2 * a
        x = x + dt * v
        a = acceleration(x)
        v = v + dt / 2 * a
    return 0.5 * np.sum(m[:, None] * v ** 2) + np.sum(x ** 2)


@program(lambda rng: (np.arange(6.0) + 0.2 * rng.normal(size=6), 2.0, 0.9))
def spring_chain(x, k, rest):
    stretch = np.diff(x) - rest
    bend = x[2:] - 2 * x[1:-1] + x[:-2]
    return 0.5 * k * np.sum(stretch ** 2) + 0.1 * np.sum(bend ** 4)


@program(1.0, 0.0, 0.0, 1.1, 0.01)
def gravity_assist(x, y, vx, vy, drag):
    closest = x
    for _ in range(10):
        r2 = x * x + y * y
        r = math.sqrt(r2)
        vx, vy = (vx - 0.1 * x / (r2 * r) - drag * vx,
                  vy - 0.1 * y / (r2 * r) - drag * vy)
        x, y = x + 0.1 * vx, y + 0.1 * vy
        closest = min(closest, r)
    return closest + 0.5 * (vx ** 2 + vy ** 2) - 1 / math.hypot(x, y)


@program(1.0, 0.5, [0.9, 0.6, 0.8, 0.7])
def lotka_volterra_euler(prey, predator, rates):
    birth, eaten, growth, death = rates
    trajectory = [(prey, predator)]
    for _ in range(10):
        a, b = trajectory[-1]
        trajectory.append((a + 0.1 * a * (birth - eaten * b),
                           b + 0.1 * b * (growth * a - death)))
    return sum(a * b for a, b in trajectory)


@program(lambda rng: (rng.normal(size=8), 0.2))
def heat_equation_in_place(u, nu):
    u = u.copy()
    for _ in range(5):
        u[1:-1] = u[1:-1] + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[0] = u[1]
        u[-1] = u[-2]
    return np.sum(u ** 2)


@program(lambda rng: (rng.normal(size=(5, 5)), 0.1))
def heat_equation_2d(u, nu):
    for _ in range(3):
        laplacian = np.zeros_like(u)
        laplacian[1:-1, 1:-1] = (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:]
                                 + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
        u = u + nu * laplacian
    return np.sum(u ** 2) + u[2, 2]


@program(lambda rng: (rng.normal(size=8), 0.5))
def wave_equation_three_buffers(u, c):
    previous = u.copy()
    current = u.copy()
    following = np.zeros_like(u)
    for _ in range(5):
        following[1:-1] = (2 * current[1:-1] - previous[1:-1]
                           + c ** 2 * (current[2:] - 2 * current[1:-1] + current[:-2]))
        previous, current, following = current, following, previous
    return np.sum(current ** 2)


@program(lambda rng: (rng.normal(size=8), 0.05))
def burgers_upwind(u, dt):
    for _ in range(4):
        forward = np.roll(u, -1) - u
        backward = u - np.roll(u, 1)
        u = u - dt * np.where(u > 0, u * backward, u * forward)
    return np.sum(u ** 3)


@program(3.6, 0.3, 7)
@program(3.6, 0.3, 0)
def logistic_map(r, x, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


@program(lambda rng: (rng.normal(size=(3, 3)) * 0.4 + np.eye(3),))
def matrix_exponential_by_series(a):
    total = np.eye(3)
    term = np.eye(3)
    k = 0
    while np.max(np.abs(term)) > 1e-12:
        k += 1
        term = term @ a / k
        total = total + term
    return np.sum(total * a)


# -- finance and statistics -----------------------------------------------------------


def _normal_cdf(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


@program(100.0, 95.0, 0.02, 0.3, 0.75)
def black_scholes_call(spot, strike, rate, volatility, expiry):
    root = volatility * math.sqrt(expiry)
    d1 = (math.log(spot / strike) + (rate + volatility ** 2 / 2) * expiry) / root
    d2 = d1 - root
    return spot * _normal_cdf(d1) - strike * math.exp(-rate * expiry) * _normal_cdf(d2)


@program(lambda rng: (100.0, 0.05, 0.2, rng.normal(size=(6, 4))), wrt=(0, 1, 2))
def asian_option_on_geometric_brownian_paths(spot, rate, volatility, draws):
    dt = 0.25
    payoff = 0.0
    for path in draws:
        s = spot
        mean = 0.0
        for z in path:
            s *= np.exp((rate - volatility ** 2 / 2) * dt
                        + volatility * np.sqrt(dt) * z)
            mean += s / len(path)
        payoff += max(mean - 98.0, 0.0)
    return payoff / len(draws) * math.exp(-rate)


@program(100.0, 102.0, 0.03, 0.25, 5)
def american_put_on_a_tree(spot, strike, rate, volatility, n):
    dt = 1.0 / n
    up = math.exp(volatility * math.sqrt(dt))
    p = (math.exp(rate * dt) - 1 / up) / (up - 1 / up)
    values = [max(strike - spot * up ** (2 * i - n), 0.0) for i in range(n + 1)]
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            held = math.exp(-rate * dt) * (p * values[i + 1] + (1 - p) * values[i])
            values[i] = max(held, strike - spot * up ** (2 * i - step))
    return values[0]


@program(lambda rng: (0.3, 1.2, 0.5, rng.normal(size=8)))
def kalman_filter(q, r, start, observations):
    x, p = start, 1.0
    log_likelihood = 0.0
    for z in observations:
        p = p + q
        innovation = z - x
        s = p + r
        gain = p / s
        log_likelihood -= 0.5 * (np.log(2 * np.pi * s) + innovation ** 2 / s)
        x = x + gain * innovation
        p = (1 - gain) * p
    return log_likelihood


@program(lambda rng: (rng.normal(size=2), np.eye(2) + 0.1, rng.normal(size=(2, 2)),
                      np.eye(2) * 0.5, np.array([[1.0, 0.3]]), np.array([[0.4]]),
                      rng.normal(size=1)))
def kalman_step_with_matrices(x, p, f, q, h, r, z):
    x = f @ x
    p = f @ p @ f.T + q
    s = h @ p @ h.T + r
    k = p @ h.T @ np.linalg.inv(s)
    x = x + k @ (z - h @ x)
    p = (np.eye(2) - k @ h) @ p
    return x @ x + np.trace(p)


@program(lambda rng: (0.3, rng.normal(size=9)))
def exponential_smoothing(alpha, series):
    level = series[0]
    error = 0.0
    for value in series[1:]:
        error += (value - level) ** 2
        level = alpha * value + (1 - alpha) * level
    return error


@program(lambda rng: (0.5, 0.3, 0.1, rng.normal(size=9)))
def arma_residuals(phi, theta, mean, series):
    residuals = np.zeros_like(series)
    residuals[0] = series[0] - mean
    for t in range(1, len(series)):
        residuals[t] = (series[t] - mean - phi * (series[t - 1] - mean)
                        - theta * residuals[t - 1])
    return np.sum(residuals ** 2)


@program(lambda rng: (0.1, 0.15, 0.8, rng.normal(size=9)))
def garch_likelihood(omega, alpha, beta, returns):
    variance = np.var(returns)
    total = 0.0
    for r in returns:
        total += np.log(variance) + r ** 2 / variance
        variance = omega + alpha * r ** 2 + beta * variance
    return total / 2


@program(lambda rng: (rng.normal(size=(5, 3)), rng.normal(size=(3, 3))))
def viterbi_smoothed(emissions, transitions):
    scores = emissions[0]
    for t in range(1, len(emissions)):
        paths = scores[:, None] + transitions
        top = np.max(paths, axis=0)
        scores = emissions[t] + top + np.log(np.sum(np.exp(paths - top), axis=0))
    return np.max(scores) + np.log(np.sum(np.exp(scores - np.max(scores))))


@program(lambda rng: (rng.normal(size=3), rng.normal(size=(3, 3)),
                      rng.normal(size=(3, 4)), [0, 3, 1, 1, 2]), wrt=(0, 1, 2))
def hmm_forward(start, transition, emission, symbols):
    def softmax(a):
        e = np.exp(a)
        return e / e.sum(axis=-1, keepdims=True)

    pi, a, b = softmax(start), softmax(transition), softmax(emission)
    log_likelihood = 0.0
    alpha = pi * b[:, symbols[0]]
    for symbol in symbols[1:]:
        scale = alpha.sum()
        log_likelihood += np.log(scale)
        alpha = (alpha / scale) @ a * b[:, symbol]
    return log_likelihood + np.log(alpha.sum())


@program(lambda rng: (rng.normal(size=5), rng.normal(size=4)))
def dynamic_time_warping(a, b):
    n, m = len(a), len(b)
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (a[i - 1] - b[j - 1]) ** 2
            cost[i, j] = d + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
    return cost[n, m]


# -- roots, series and quadrature -----------------------------------------------------


@program(2.0, 1.0)
def newton_square_root(a, x):
    while abs(x * x - a) > 1e-13:
        x = x - (x * x - a) / (2 * x)
    return x


@program(0.8, 0.3)
def kepler_equation(mean_anomaly, eccentricity):
    e = mean_anomaly
    for _ in range(20):
        step = (e - eccentricity * math.sin(e) - mean_anomaly) / (
            1 - eccentricity * math.cos(e))
        e -= step
        if abs(step) < 1e-14:
            break
    return math.tan(e / 2) * math.sqrt((1 + eccentricity) / (1 - eccentricity))


@program(0.1, 2.1, 1.7)
def bisection_with_a_newton_step(low, high, a):
    def f(x):
        return x ** 3 - a

    while high - low > 0.05:
        middle = (low + high) / 2
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    x = (low + high) / 2
    return x - f(x) / (3 * x ** 2)


@program(1.3, 0.7)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-13:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return a


@program(0.7, 8)
def continued_fraction_of_tan(x, n):
    tail = 0.0
    for k in range(2 * n + 1, 0, -2):
        tail = x * x / (k - tail)
    return tail / x


@program(lambda rng: (rng.normal(size=5), 0.7))
def horner(coefficients, x):
    total = 0.0
    slope = 0.0
    for c in coefficients:
        slope = slope * x + total
        total = total * x + c
    return total * slope


@program(lambda rng: (np.sort(rng.normal(size=4)), rng.normal(size=4), 0.3))
def lagrange_interpolation(nodes, values, x):
    total = 0.0
    for i in range(len(nodes)):
        weight = 1.0
        for j in range(len(nodes)):
            if j == i:
                continue
            weight *= (x - nodes[j]) / (nodes[i] - nodes[j])
        total += weight * values[i]
    return total


def _bump(x, k):
    return math.exp(-k * x * x) * math.cos(x)


@program(0.1, 1.4, 0.8)
def simpson_rule(a, b, k):
    n = 6
    h = (b - a) / n
    total = _bump(a, k) + _bump(b, k)
    for i in range(1, n):
        total += (4 if i % 2 else 2) * _bump(a + i * h, k)
    return total * h / 3


@program(lambda rng: (0.1, 1.4, 0.8))
def trapezoid_rule(a, b, k):
    x = a + (b - a) * np.linspace(0.0, 1.0, 9)
    y = np.exp(-k * x ** 2)
    return np.sum((y[1:] + y[:-1]) * np.diff(x)) / 2


@program(0.1, 1.4, 0.8)
def romberg(a, b, k):
    rows = [[0.5 * (b - a) * (_bump(a, k) + _bump(b, k))]]
    n, h = 1, b - a
    for i in range(1, 4):
        h /= 2
        n *= 2
        inner = sum(_bump(a + j * h, k) for j in range(1, n, 2))
        row = [0.5 * rows[-1][0] + h * inner]
        for j in range(1, i + 1):
            row.append(row[j - 1] + (row[j - 1] - rows[-1][j - 1]) / (4 ** j - 1))
        rows.append(row)
    return rows[-1][-1]


@program(0.9, 40)
def series_until_small(x, limit):
    term = total = 1.0
    n = 0
    while n < limit:
        n += 1
        term *= -x * x / (2 * n * (2 * n - 1))
        if abs(term) < 1e-15:
            break
        total += term
    else:
        return 0.0
    return total


# -- linear algebra -------------------------------------------------------------------


@program(lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3),))
def power_iteration(m):
    v = np.ones(3) / np.sqrt(3)
    for _ in range(6):
        v = m @ v
        v = v / np.linalg.norm(v)
    return v @ m @ v


@program(lambda rng: (rng.normal(size=(4, 3)),))
def gram_schmidt(a):
    q = np.zeros_like(a)
    for j in range(a.shape[1]):
        v = a[:, j].copy()
        for i in range(j):
            v -= (q[:, i] @ a[:, j]) * q[:, i]
        q[:, j] = v / np.sqrt(v @ v)
    return np.sum(q[0] * q[1]) + q[2, 2]


@program(lambda rng: (rng.normal(size=(4, 4)) + 6 * np.eye(4), rng.normal(size=4)))
def jacobi_iteration(a, b):
    d = np.diag(a)
    rest = a - np.diag(d)
    x = np.zeros_like(b)
    for _ in range(8):
        x = (b - rest @ x) / d
    return np.sum(x ** 2)


@program(lambda rng: (rng.normal(size=(4, 4)) + 6 * np.eye(4), rng.normal(size=4)))
def gauss_seidel_in_place(a, b):
    x = np.zeros(4)
    for _ in range(4):
        for i in range(4):
            x[i] = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1:] @ x[i + 1:]) / a[i, i]
    return np.sum(x * b)


@program(lambda rng: (rng.normal(size=(4, 4)), rng.normal(size=4)))
def conjugate_gradient(root, b):
    a = root @ root.T + 4 * np.eye(4)
    x = np.zeros_like(b)
    r = b - a @ x
    p = r
    rr = r @ r
    for _ in range(3):
        ap = a @ p
        alpha = rr / (p @ ap)
        x = x + alpha * p
        r = r - alpha * ap
        new = r @ r
        p = r + new / rr * p
        rr = new
    return x @ b


@program(lambda rng: (rng.normal(size=4), 4 + rng.random(5), rng.normal(size=4),
                      rng.normal(size=5)))
def thomas_tridiagonal_solve(lower, diagonal, upper, rhs):
    n = len(rhs)
    c = np.zeros(n - 1)
    d = np.zeros(n)
    c[0] = upper[0] / diagonal[0]
    d[0] = rhs[0] / diagonal[0]
    for i in range(1, n):
        m = diagonal[i] - lower[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = upper[i] / m
        d[i] = (rhs[i] - lower[i - 1] * d[i - 1]) / m
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d ** 2)


@program(lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)))
def gaussian_elimination_with_pivots(a, b):
    a = a.copy()
    b = b.copy()
    n = len(b)
    for k in range(n):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        if pivot != k:
            a[[k, pivot]] = a[[pivot, k]]
            b[k], b[pivot] = b[pivot], b[k]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(a[i, i + 1:], x[i + 1:])) / a[i, i]
    return np.sum(x ** 3)


@program(lambda rng: (rng.normal(size=(5, 6)), rng.normal(size=(2, 3))))
def convolution_by_slices(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    out = np.zeros((rows, columns))
    for i in range(h):
        for j in range(w):
            out += kernel[i, j] * image[i:i + rows, j:j + columns]
    return np.sum(np.maximum(out, 0.0) ** 2)


@program(lambda rng: (rng.normal(size=8), rng.normal(size=3)))
def causal_filter_by_elements(signal, taps):
    out = np.empty_like(signal)
    for n in range(len(signal)):
        acc = 0.0
        for k in range(min(n + 1, len(taps))):
            acc += taps[k] * signal[n - k]
        out[n] = acc
    return np.sum(out * np.sin(out))


# -- test functions of optimisation ---------------------------------------------------


@program(lambda rng: (rng.normal(size=5),))
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@program(lambda rng: (rng.normal(size=4),))
def ackley(x):
    a = -20 * np.exp(-0.2 * np.sqrt(np.mean(x ** 2)))
    return a - np.exp(np.mean(np.cos(2 * np.pi * x))) + 20 + np.e


@program(0.7, 1.2)
def himmelblau(x, y):
    return (x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2
