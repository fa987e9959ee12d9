"""Whole programs of mechanics and integration in time, with histories and scratch arrays."""

import numpy as np

from tests.programs import normal, positive, program


def accelerations(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    dx = x.T - x
    dy = y.T - y
    inv_r3 = dx**2 + dy**2 + softening**2
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    return np.hstack((ax, ay))


def energies(pos, vel, mass, G):
    kinetic = 0.5 * np.sum(mass * vel**2)
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    dx = x.T - x
    dy = y.T - y
    r = np.sqrt(dx**2 + dy**2)
    r[r > 0] = 1.0 / r[r > 0]
    potential = G * np.sum(np.triu(-(mass * mass.T) * r, 1))
    return kinetic, potential


@program(positive(3, 1), normal(3, 2), normal(3, 2), 0.05, 0.4, 0.3)
def n_body_with_histories(mass, pos, vel, dt, G, softening):
    steps = 2
    vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = accelerations(pos, mass, G, softening)
    KE = np.ndarray(steps + 1, dtype=np.float64)
    PE = np.ndarray(steps + 1, dtype=np.float64)
    KE[0], PE[0] = energies(pos, vel, mass, G)
    for i in range(steps):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc[:] = accelerations(pos, mass, G, softening)
        vel += acc * dt / 2.0
        KE[i + 1], PE[i + 1] = energies(pos, vel, mass, G)
    return np.sum(KE**2) + np.sum(PE)


@program(normal(3, 2), positive(3))
def distances_with_zero_diagonal(pos, charge):
    d = pos[:, None, :] - pos[None, :, :]
    r = np.sqrt(np.sum(d**2, axis=-1))
    np.fill_diagonal(r, 1.0)
    e = charge[:, None] * charge[None] / r
    e[np.diag_indices(3)] = 0.0
    return 0.5 * np.sum(e)


@program(normal(3, 2))
def powers_with_zeros_overwritten(pos):
    d = np.sum((pos[:, None] - pos[None]) ** 2, axis=-1)
    r = d**0.5
    r[np.diag_indices(3)] = 2.0
    q = np.abs(d) ** 0.25
    q[d == 0] = 0.0
    return np.sum(1 / r) + np.sum(q)


@program(normal(4, 2), normal(4, 2), 0.05)
def velocity_verlet(x, v, dt):
    x = x.copy()
    v = v.copy()
    f = np.empty_like(x)
    f_new = np.empty_like(x)

    def force(x, out):
        out[:] = -x
        for i in range(len(x)):
            for j in range(i):
                d = x[i] - x[j]
                pull = d / (1.0 + d @ d)
                out[i] -= pull
                out[j] += pull

    force(x, f)
    for step in range(2):
        x += v * dt + 0.5 * f * dt**2
        force(x, f_new)
        v += 0.5 * (f + f_new) * dt
        f, f_new = f_new, f
    return np.sum(x**2) + np.sum(v**2)


def lorenz(s, sigma, rho, beta, out):
    out[0] = sigma * (s[1] - s[0])
    out[1] = s[0] * (rho - s[2]) - s[1]
    out[2] = s[0] * s[1] - beta * s[2]


@program(normal(3), 10.0, 28.0, 8 / 3)
def runge_kutta_with_scratch(s, sigma, rho, beta):
    h = 0.01
    s = s.copy()
    k1, k2, k3, k4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for step in range(3):
        lorenz(s, sigma, rho, beta, k1)
        lorenz(s + 0.5 * h * k1, sigma, rho, beta, k2)
        lorenz(s + 0.5 * h * k2, sigma, rho, beta, k3)
        lorenz(s + h * k3, sigma, rho, beta, k4)
        s += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(s**2)


@program(normal(3), 10.0, 28.0, 8 / 3)
def runge_kutta_with_one_table(s, sigma, rho, beta):
    h = 0.02
    A = np.array([[0, 0, 0], [0.5, 0, 0], [-1.0, 2.0, 0]])
    b = np.array([1 / 6, 2 / 3, 1 / 6])
    k = np.zeros((3, 3))
    stage = np.empty(3)
    for step in range(2):
        for i in range(3):
            stage[:] = s
            for j in range(i):
                stage += h * A[i, j] * k[j]
            lorenz(stage, sigma, rho, beta, k[i])
        s = s + h * b @ k
    return np.sum(s**2)


@program(normal(2), 1.2, 0.02)
def trajectory_written_row_by_row(y0, mu, h):
    path = np.empty((5, 2))
    path[0] = y0
    for n in range(4):
        x, v = path[n]
        path[n + 1, 0] = x + h * v
        path[n + 1, 1] = v + h * (mu * (1 - x**2) * v - x)
    return np.sum(path[-1] ** 2) + np.sum(path[:, 0])


@program(normal(4), 0.1)
def adams_bashforth(y, h):
    f = np.zeros((3, 4))
    y = y.copy()
    for n in range(4):
        f[1:] = f[:-1].copy()
        f[0] = np.sin(y) * y[::-1]
        if n == 0:
            y += h * f[0]
        else:
            y += h * (1.5 * f[0] - 0.5 * f[1])
    return np.sum(y**2)


@program(normal(4), 0.1)
def adams_bashforth_with_rotation(y, h):
    old, new = np.zeros(4), np.zeros(4)
    y = y.copy()
    for n in range(3):
        new[:] = np.sin(y) * y[::-1]
        y += h * (1.5 * new - 0.5 * old)
        old, new = new, old
    return np.sum(y**2) + np.sum(old * new)


@program(positive(3), 0.05, 1.3)
def implicit_euler_by_newton(y, h, k):
    y = y.copy()
    for step in range(2):
        z = y.copy()
        for it in range(20):
            r = z - y + h * k * z**3
            if np.max(np.abs(r)) < 1e-13:
                break
            z -= r / (1 + 3 * h * k * z**2)
        y[:] = z
    return np.sum(y**2)


@program(normal(5, 2), 2.0, 0.8)
def cloth_strip(p, k, rest):
    p = p.copy()
    v = np.zeros_like(p)
    for step in range(2):
        f = np.zeros_like(p)
        for i in range(len(p) - 1):
            d = p[i + 1] - p[i]
            length = np.sqrt(np.sum(d * d))
            pull = k * (length - rest) * d / length
            f[i] += pull
            f[i + 1] -= pull
        f[:, 1] -= 0.98
        v += 0.05 * f
        v[0] = 0
        p += 0.05 * v
        p[p < -2.0] = -2.0
    return np.sum(p**2)


class Particle:
    def __init__(self, position, velocity):
        self.position = position
        self.velocity = velocity

    def step(self, dt, k):
        self.velocity -= dt * k * self.position
        self.position += dt * self.velocity


@program(normal(2), normal(2), 1.5)
def oscillator_object_updated_in_place(x, v, k):
    p = Particle(x.copy(), v.copy())
    path = np.zeros((3, 2))
    for n in range(3):
        p.step(0.1, k)
        path[n] = p.position
    return np.sum(path**2) + np.sum(p.velocity**3)


@program(positive(5), 0.8)
def radiative_transfer(tau, s):
    n = len(tau)
    up = np.zeros(n + 1)
    down = np.zeros(n + 1)
    trans = np.exp(-tau)
    for i in range(n):
        down[i + 1] = down[i] * trans[i] + s * (1 - trans[i])
    up[n] = 0.3 * down[n]
    for i in range(n - 1, -1, -1):
        up[i] = up[i + 1] * trans[i] + s * (1 - trans[i])
    heating = np.diff(down - up)
    heating[heating < 0] *= 0.5
    return np.sum(heating**2) + up[0]


@program(normal(3, 3), 0.7)
def rotation_composed_in_place(R, angle):
    c, s = np.cos(angle), np.sin(angle)
    R = R.copy()
    for k in range(2):
        row0 = R[0].copy()
        R[0] = c * R[0] - s * R[1]
        R[1] = s * row0 + c * R[1]
        R[:, 2] += R[:, 0] * R[:, 1]
    return np.sum(R**2)


@program(normal(5), normal(5), 0.4)
def hamiltonian_monte_carlo_leapfrog(q, p, eps):
    grad = np.empty_like(q)

    def potential_slope(q, out):
        out[:] = q
        out[1:] += 0.5 * (q[1:] - q[:-1])
        out[:-1] -= 0.5 * (q[1:] - q[:-1])
        return out

    q, p = q.copy(), p.copy()
    p -= 0.5 * eps * potential_slope(q, grad)
    for i in range(2):
        q += eps * p
        if i < 1:
            p -= eps * potential_slope(q, grad)
    p -= 0.5 * eps * potential_slope(q, grad)
    return 0.5 * np.sum(q**2) + 0.5 * np.sum(p**2)


@program(positive(4), positive(4, 4))
def population_with_ages(n, survival):
    n = n.copy()
    for year in range(3):
        births = 0.4 * np.sum(n[1:])
        n[1:] = n[:-1] * survival[year, :-1] / 2
        n[0] = births
    return np.sum(n**2)


@program(positive(6), 0.3)
def advection_with_limiter(u, c):
    u = u.copy()
    for t in range(2):
        d = np.zeros(len(u) + 1)
        d[1:-1] = u[1:] - u[:-1]
        slope = np.where(d[:-1] * d[1:] > 0, np.minimum(np.abs(d[:-1]), np.abs(d[1:])), 0.0)
        slope *= np.sign(d[1:])
        edge = u + 0.5 * (1 - c) * slope
        u[1:] -= c * (edge[1:] - edge[:-1])
        u[0] = edge[0] * 0.5
    return np.sum(u**2)


@program(normal(3), normal(4))
def mandelbrot_like_escape(cx, cy):
    total = 0.0
    zr = np.zeros((4, 3))
    zi = np.zeros((4, 3))
    alive = np.ones((4, 3), dtype=bool)
    for n in range(4):
        new_r = zr**2 - zi**2 + cx[None, :]
        new_i = 2 * zr * zi + cy[:, None]
        zr[alive] = new_r[alive]
        zi[alive] = new_i[alive]
        alive[zr**2 + zi**2 > 4.0] = False
        total += np.sum(zr[alive])
    return total + np.sum(zi * 0.1)
