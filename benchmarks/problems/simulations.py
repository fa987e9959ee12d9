"""Steps in time: particles, fields, ordinary differential equations."""

import numpy as np

from benchmarks.problems import problem


def slope(y, a, b):
    prey, predators = y
    return np.array([a * prey - b * prey * predators, b * prey * predators - predators])


def rk4(y, a, b, n):
    h = 0.05
    for _ in range(n):
        k1 = slope(y, a, b)
        k2 = slope(y + 0.5 * h * k1, a, b)
        k3 = slope(y + 0.5 * h * k2, a, b)
        k4 = slope(y + h * k3, a, b)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y**2)


def slope_adjoint(y, a, b, k_bar):
    """Adjoints of y, a and b."""
    met_bar = b * (k_bar[1] - k_bar[0])
    y_bar = np.array([a * k_bar[0] + met_bar * y[1], met_bar * y[0] - k_bar[1]])
    return y_bar, k_bar[0] * y[0], (k_bar[1] - k_bar[0]) * y[0] * y[1]


def rk4_adjoint(y, a, b, n):
    h = 0.05
    states = []
    for _ in range(n):
        k1 = slope(y, a, b)
        y2 = y + 0.5 * h * k1
        k2 = slope(y2, a, b)
        y3 = y + 0.5 * h * k2
        k3 = slope(y3, a, b)
        y4 = y + h * k3
        k4 = slope(y4, a, b)
        states.append((y, y2, y3, y4))
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    y_bar, a_bar, b_bar = 2 * y, 0.0, 0.0
    for i in range(n - 1, -1, -1):
        y, y2, y3, y4 = states[i]
        k_bar = h / 6 * y_bar
        y4_bar, a4, b4 = slope_adjoint(y4, a, b, k_bar)
        y3_bar, a3, b3 = slope_adjoint(y3, a, b, 2 * k_bar + h * y4_bar)
        y2_bar, a2, b2 = slope_adjoint(y2, a, b, 2 * k_bar + 0.5 * h * y3_bar)
        y1_bar, a1, b1 = slope_adjoint(y, a, b, k_bar + 0.5 * h * y2_bar)
        y_bar = y_bar + y4_bar + y3_bar + y2_bar + y1_bar
        a_bar += a1 + a2 + a3 + a4
        b_bar += b1 + b2 + b3 + b4
    return y_bar, a_bar, b_bar


def rk4_by_loops(y, a, b, n):
    h = 0.05
    places = np.empty((n, 4, 2))  # where the slopes of each step are asked
    k = np.empty(2)
    u, v = y
    for t in range(n):
        du = dv = 0.0
        for s in range(4):
            reach = 0.0 if s == 0 else 0.5 * h if s < 3 else h
            p, q = u, v
            if s > 0:
                p, q = u + reach * k[0], v + reach * k[1]
            places[t, s, 0], places[t, s, 1] = p, q
            k[0], k[1] = a * p - b * p * q, b * p * q - q
            weight = h / 6 if s == 0 or s == 3 else h / 3
            du += weight * k[0]
            dv += weight * k[1]
        u, v = u + du, v + dv
    u_bar, v_bar, a_bar, b_bar = 2 * u, 2 * v, 0.0, 0.0
    for t in range(n - 1, -1, -1):
        p_bar = q_bar = reach = du_bar = dv_bar = 0.0
        for s in range(3, -1, -1):
            weight = h / 6 if s == 0 or s == 3 else h / 3
            k0_bar, k1_bar = weight * u_bar + reach * p_bar, weight * v_bar + reach * q_bar
            p, q = places[t, s, 0], places[t, s, 1]
            met_bar = b * (k1_bar - k0_bar)
            p_bar, q_bar = a * k0_bar + met_bar * q, met_bar * p - k1_bar
            a_bar += k0_bar * p
            b_bar += (k1_bar - k0_bar) * p * q
            du_bar += p_bar
            dv_bar += q_bar
            reach = h if s == 3 else 0.5 * h
        u_bar += du_bar
        v_bar += dv_bar
    return np.array([u_bar, v_bar]), a_bar, b_bar


problem(rk4, lambda rng: (np.array([1.0, 0.5]), 1.2, 0.8, 100), (0, 1, 2), rk4_adjoint, rk4_by_loops)


def n_body(x, v, m, n):
    for _ in range(n):
        d = x[None, :, :] - x[:, None, :]
        r2 = np.sum(d**2, axis=2) + 0.01
        a = np.sum((m * r2**-1.5)[:, :, None] * d, axis=1)
        v = v + 0.01 * a
        x = x + 0.01 * v
    return 0.5 * np.sum(m * np.sum(v**2, axis=1))


def n_body_adjoint(x, v, m, n):
    places = []
    for _ in range(n):
        places.append(x)
        d = x[None, :, :] - x[:, None, :]
        r2 = np.sum(d * d, axis=2) + 0.01
        a = np.sum((m * r2**-1.5)[:, :, None] * d, axis=1)
        v = v + 0.01 * a
        x = x + 0.01 * v
    m_bar = 0.5 * np.sum(v * v, axis=1)
    v_bar, x_bar = m[:, None] * v, np.zeros_like(x)
    for i in range(n - 1, -1, -1):
        x = places[i]
        d = x[None, :, :] - x[:, None, :]
        r2 = np.sum(d * d, axis=2) + 0.01
        force = r2**-1.5
        v_bar = v_bar + 0.01 * x_bar
        a_bar = 0.01 * v_bar
        along = np.sum(a_bar[:, None, :] * d, axis=2)
        m_bar += np.sum(along * force, axis=0)
        d_bar = (m * force)[:, :, None] * a_bar[:, None, :] - (3 * along * m * force / r2)[:, :, None] * d
        x_bar = x_bar + np.sum(d_bar, axis=0) - np.sum(d_bar, axis=1)
    return x_bar, v_bar, m_bar


def n_body_by_loops(x, v, m, n):
    places = np.zeros((n, *x.shape))
    count = len(m)
    x, v = x.copy(), v.copy()
    for t in range(n):
        places[t] = x
        for i in range(count):
            for j in range(count):
                dx, dy, dz = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                f = 0.01 * m[j] / (r2 * np.sqrt(r2))
                v[i, 0] += f * dx
                v[i, 1] += f * dy
                v[i, 2] += f * dz
        x += 0.01 * v
    m_bar = np.zeros(count)
    v_bar, x_bar = np.zeros_like(x), np.zeros_like(x)
    for i in range(count):
        for k in range(3):
            m_bar[i] += 0.5 * v[i, k] * v[i, k]
            v_bar[i, k] = m[i] * v[i, k]
    for t in range(n - 1, -1, -1):
        x = places[t]
        v_bar += 0.01 * x_bar
        for i in range(count):
            for j in range(count):
                dx, dy, dz = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + 0.01
                f = 0.01 / (r2 * np.sqrt(r2))
                along = v_bar[i, 0] * dx + v_bar[i, 1] * dy + v_bar[i, 2] * dz
                m_bar[j] += along * f
                c = 3 * along * m[j] * f / r2
                bx = m[j] * f * v_bar[i, 0] - c * dx
                by = m[j] * f * v_bar[i, 1] - c * dy
                bz = m[j] * f * v_bar[i, 2] - c * dz
                x_bar[j, 0] += bx
                x_bar[j, 1] += by
                x_bar[j, 2] += bz
                x_bar[i, 0] -= bx
                x_bar[i, 1] -= by
                x_bar[i, 2] -= bz
    return x_bar, v_bar, m_bar


problem(
    n_body, lambda rng: (rng.normal(size=(30, 3)), rng.normal(size=(30, 3)), rng.uniform(0.5, 1, 30), 20),
    (0, 1, 2), n_body_adjoint, n_body_by_loops,
)  # fmt: skip


def heat_2d(u, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
    return np.sum(u**2)


def heat_2d_adjoint(u, n):
    u = u.copy()
    for _ in range(n):
        u[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
    u_bar = 2 * u
    for _ in range(n):
        part = 0.25 * u_bar[1:-1, 1:-1]
        u_bar[1:-1, 1:-1] = 0
        u_bar[2:, 1:-1] += part
        u_bar[:-2, 1:-1] += part
        u_bar[1:-1, 2:] += part
        u_bar[1:-1, :-2] += part
    return (u_bar,)


def heat_2d_by_loops(u, n):
    rows, columns = u.shape
    u = u.copy()
    v = u.copy()
    for _ in range(n):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                v[i, j] = 0.25 * (u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1])
        u, v = v, u
    u_bar = 2 * u
    for _ in range(n):
        part = u_bar.copy()
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                u_bar[i, j] = 0.0
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                p = 0.25 * part[i, j]
                u_bar[i + 1, j] += p
                u_bar[i - 1, j] += p
                u_bar[i, j + 1] += p
                u_bar[i, j - 1] += p
    return (u_bar,)


problem(heat_2d, lambda rng: (rng.normal(size=(150, 150)), 50), (0,), heat_2d_adjoint, heat_2d_by_loops)


def burgers_3d(u, n):
    c = 0.05
    for _ in range(n):
        v = u.copy()
        v[1:-1, 1:-1, 1:-1] = u[1:-1, 1:-1, 1:-1] + c * (
            u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
            + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2] - 6 * u[1:-1, 1:-1, 1:-1]
            - u[1:-1, 1:-1, 1:-1] * (u[2:, 1:-1, 1:-1] - u[:-2, 1:-1, 1:-1])
        )  # fmt: skip
        u = v
    return np.sum(u**2)


def burgers_3d_adjoint(u, n):
    c = 0.05
    states = []
    inside = slice(1, -1), slice(1, -1), slice(1, -1)
    for _ in range(n):
        states.append(u)
        v = u.copy()
        v[inside] = u[inside] + c * (
            u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1] + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
            + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2] - 6 * u[inside]
            - u[inside] * (u[2:, 1:-1, 1:-1] - u[:-2, 1:-1, 1:-1])
        )  # fmt: skip
        u = v
    u_bar = 2 * u
    for i in range(n - 1, -1, -1):
        u = states[i]
        part = c * u_bar[inside]
        steep = part * u[inside]
        u_bar[inside] -= part * (6 + u[2:, 1:-1, 1:-1] - u[:-2, 1:-1, 1:-1])
        u_bar[2:, 1:-1, 1:-1] += part - steep
        u_bar[:-2, 1:-1, 1:-1] += part + steep
        u_bar[1:-1, 2:, 1:-1] += part
        u_bar[1:-1, :-2, 1:-1] += part
        u_bar[1:-1, 1:-1, 2:] += part
        u_bar[1:-1, 1:-1, :-2] += part
    return (u_bar,)


def burgers_3d_by_loops(u, n):
    c = 0.05
    p, q, r = u.shape
    states = np.empty((n + 1, p, q, r))
    states[0] = u
    for t in range(n):
        u, v = states[t], states[t + 1]
        v[:] = u
        for i in range(1, p - 1):
            for j in range(1, q - 1):
                for k in range(1, r - 1):
                    a, b = u[i + 1, j, k], u[i - 1, j, k]
                    around = a + b + u[i, j + 1, k] + u[i, j - 1, k] + u[i, j, k + 1] + u[i, j, k - 1]
                    v[i, j, k] += c * (around - 6 * u[i, j, k] - u[i, j, k] * (a - b))
    u_bar = 2 * states[n]
    for t in range(n - 1, -1, -1):
        u = states[t]
        v_bar = u_bar.copy()
        for i in range(1, p - 1):
            for j in range(1, q - 1):
                for k in range(1, r - 1):
                    part = c * v_bar[i, j, k]
                    steep = part * u[i, j, k]
                    u_bar[i, j, k] -= part * (6 + u[i + 1, j, k] - u[i - 1, j, k])
                    u_bar[i + 1, j, k] += part - steep
                    u_bar[i - 1, j, k] += part + steep
                    u_bar[i, j + 1, k] += part
                    u_bar[i, j - 1, k] += part
                    u_bar[i, j, k + 1] += part
                    u_bar[i, j, k - 1] += part
    return (u_bar,)


problem(burgers_3d, lambda rng: (rng.normal(size=(24, 24, 24)), 10), (0,), burgers_3d_adjoint, burgers_3d_by_loops)


def fdtd(eps, source, n):
    rows, columns = eps.shape
    ez = np.zeros((rows, columns))
    hx = np.zeros((rows, columns - 1))
    hy = np.zeros((rows - 1, columns))
    for t in range(n):
        hx -= 0.5 * (ez[:, 1:] - ez[:, :-1])
        hy += 0.5 * (ez[1:, :] - ez[:-1, :])
        ez[1:-1, 1:-1] += 0.5 / eps[1:-1, 1:-1] * (hy[1:, 1:-1] - hy[:-1, 1:-1] - hx[1:-1, 1:] + hx[1:-1, :-1])
        ez[rows // 2, columns // 2] += source[t]
    return np.sum(ez**2)


def fdtd_adjoint(eps, source, n):
    rows, columns = eps.shape
    ez, hx, hy = np.zeros((rows, columns)), np.zeros((rows, columns - 1)), np.zeros((rows - 1, columns))
    factor = 0.5 / eps[1:-1, 1:-1]
    curls = np.empty((n, rows - 2, columns - 2))
    for t in range(n):
        hx -= 0.5 * (ez[:, 1:] - ez[:, :-1])
        hy += 0.5 * (ez[1:, :] - ez[:-1, :])
        curls[t] = hy[1:, 1:-1] - hy[:-1, 1:-1] - hx[1:-1, 1:] + hx[1:-1, :-1]
        ez[1:-1, 1:-1] += factor * curls[t]
        ez[rows // 2, columns // 2] += source[t]
    ez_bar, hx_bar, hy_bar = 2 * ez, np.zeros_like(hx), np.zeros_like(hy)
    factor_bar, source_bar = np.zeros_like(factor), np.zeros_like(source)
    for t in range(n - 1, -1, -1):
        source_bar[t] = ez_bar[rows // 2, columns // 2]
        factor_bar += ez_bar[1:-1, 1:-1] * curls[t]
        part = factor * ez_bar[1:-1, 1:-1]
        hy_bar[1:, 1:-1] += part
        hy_bar[:-1, 1:-1] -= part
        hx_bar[1:-1, 1:] -= part
        hx_bar[1:-1, :-1] += part
        half = 0.5 * hy_bar
        ez_bar[1:, :] += half
        ez_bar[:-1, :] -= half
        half = 0.5 * hx_bar
        ez_bar[:, 1:] -= half
        ez_bar[:, :-1] += half
    eps_bar = np.zeros_like(eps)
    eps_bar[1:-1, 1:-1] = -factor_bar * factor / eps[1:-1, 1:-1]
    return eps_bar, source_bar


def fdtd_by_loops(eps, source, n):
    rows, columns = eps.shape
    ez, hx, hy = np.zeros((rows, columns)), np.zeros((rows, columns - 1)), np.zeros((rows - 1, columns))
    factor = 0.5 / eps
    curls = np.empty((n, rows, columns))
    for t in range(n):
        for i in range(rows):
            for j in range(columns - 1):
                hx[i, j] -= 0.5 * (ez[i, j + 1] - ez[i, j])
        for i in range(rows - 1):
            for j in range(columns):
                hy[i, j] += 0.5 * (ez[i + 1, j] - ez[i, j])
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                curls[t, i, j] = hy[i, j] - hy[i - 1, j] - hx[i, j] + hx[i, j - 1]
                ez[i, j] += factor[i, j] * curls[t, i, j]
        ez[rows // 2, columns // 2] += source[t]
    ez_bar, hx_bar, hy_bar = 2 * ez, np.zeros_like(hx), np.zeros_like(hy)
    eps_bar, source_bar = np.zeros_like(eps), np.zeros_like(source)
    for t in range(n - 1, -1, -1):
        source_bar[t] = ez_bar[rows // 2, columns // 2]
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                eps_bar[i, j] -= ez_bar[i, j] * curls[t, i, j]
                part = factor[i, j] * ez_bar[i, j]
                hy_bar[i, j] += part
                hy_bar[i - 1, j] -= part
                hx_bar[i, j] -= part
                hx_bar[i, j - 1] += part
        for i in range(rows - 1):
            for j in range(columns):
                half = 0.5 * hy_bar[i, j]
                ez_bar[i + 1, j] += half
                ez_bar[i, j] -= half
        for i in range(rows):
            for j in range(columns - 1):
                half = 0.5 * hx_bar[i, j]
                ez_bar[i, j + 1] -= half
                ez_bar[i, j] += half
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            eps_bar[i, j] *= factor[i, j] / eps[i, j]
    return eps_bar, source_bar


problem(fdtd, lambda rng: (rng.uniform(1, 2, (80, 80)), rng.normal(size=50), 50), (0, 1), fdtd_adjoint, fdtd_by_loops)


def gauss_seidel(u, f, n):
    u = u.copy()
    for _ in range(n):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j])
    return np.sum(u * u)


def gauss_seidel_adjoint(u, f, n):
    u = u.copy()
    for _ in range(n):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j])
    u_bar, f_bar = 2 * u, np.zeros_like(f)
    for _ in range(n):
        for i in range(u.shape[0] - 2, 0, -1):
            for j in range(u.shape[1] - 2, 0, -1):
                part = 0.25 * u_bar[i, j]
                u_bar[i, j] = 0.0
                u_bar[i - 1, j] += part
                u_bar[i + 1, j] += part
                u_bar[i, j - 1] += part
                u_bar[i, j + 1] += part
                f_bar[i, j] -= part
    return u_bar, f_bar


problem(gauss_seidel, lambda rng: (rng.normal(size=(20, 20)), rng.normal(size=(20, 20)), 5), (0, 1), gauss_seidel_adjoint, gauss_seidel_adjoint)  # fmt: skip
