"""Whole programs on grids: relaxation, diffusion, waves, flow, multigrid."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(8), normal(8), 3)
def jacobi_1d(A, B, steps):
    A = A.copy()
    B = B.copy()
    for t in range(1, steps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A**2) + np.sum(B * np.sin(A))


@program(normal(8), normal(8), 3)
def jacobi_1d_of_arguments(A, B, steps):
    for t in range(1, steps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] * B[2:] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A**2)


@program(normal(5, 6), normal(5, 6), 3)
def jacobi_2d(A, B, steps):
    for t in range(1, steps):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return np.sum(A * B)


@program(normal(4, 4, 5), 0.125, 2)
def heat_3d(u, c, steps):
    A = u.copy()
    B = np.zeros_like(u)
    for t in range(steps):
        for source, target in ((A, B), (B, A)):
            target[1:-1, 1:-1, 1:-1] = (
                c * (source[2:, 1:-1, 1:-1] - 2.0 * source[1:-1, 1:-1, 1:-1] + source[:-2, 1:-1, 1:-1])
                + c * (source[1:-1, 2:, 1:-1] - 2.0 * source[1:-1, 1:-1, 1:-1] + source[1:-1, :-2, 1:-1])
                + c * (source[1:-1, 1:-1, 2:] - 2.0 * source[1:-1, 1:-1, 1:-1] + source[1:-1, 1:-1, :-2])
                + source[1:-1, 1:-1, 1:-1]
            )
    return np.sum(A**2) + np.sum(B)


@program(normal(5, 6), normal(5, 6), normal(5, 6), normal(3), 0.5)
def fdtd_2d(ex, ey, hz, source, c):
    for t in range(len(source)):
        ey[0, :] = source[t]
        ey[1:, :] -= c * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= c * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz**2) + np.sum(ex * ey)


@program(normal(5, 5), 2)
def seidel_2d(A, steps):
    n = A.shape[0]
    for t in range(steps):
        for i in range(1, n - 1):
            A[i, 1:-1] += (
                A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:]
                + A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            )  # fmt: skip
            for j in range(1, n - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0
    return np.sum(A**2)


@program(normal(6), normal(4), 1.4)
def successive_over_relaxation(u, f, omega):
    u = u.copy()
    for sweep in range(3):
        for parity in (0, 1):
            for i in range(1 + parity, len(u) - 1, 2):
                gauss = 0.5 * (u[i - 1] + u[i + 1] + f[i - 1])
                u[i] = (1 - omega) * u[i] + omega * gauss
    return np.sum(u**3)


@program(normal(6, 6), normal(6, 6), 1.2)
def red_black_by_strides(u, f, omega):
    u = u.copy()
    for sweep in range(2):
        for s in (0, 1):
            for i in (1, 2):
                j = 1 + (i + s) % 2
                old = u[i:-1:2, j:-1:2]
                near = u[i - 1 : -2 : 2, j:-1:2] + u[i + 1 :: 2, j:-1:2]
                near = near + u[i:-1:2, j - 1 : -2 : 2] + u[i:-1:2, j + 1 :: 2]
                u[i:-1:2, j:-1:2] = (1 - omega) * old + 0.25 * omega * (near + f[i:-1:2, j:-1:2])
    return np.sum(u**2)


@program(normal(5, 5), 2)
def alternating_directions(u, steps):
    n = u.shape[0]
    v = np.zeros((n, n))
    p = np.zeros((n, n))
    q = np.zeros((n, n))
    mul1, mul2 = 1.7, 0.9
    a, b, c = -mul1 / 2, 1 + mul1, -mul1 / 2
    d, e, f = -mul2 / 2, 1 + mul2, -mul2 / 2
    for t in range(1, steps + 1):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -c / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (-d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - f * u[j, 2:] - a * q[1:-1, j - 1]) / (
                a * p[1:-1, j - 1] + b
            )
        v[n - 1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -f / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (-a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - c * v[2:, j] - d * q[1:-1, j - 1]) / (
                d * p[1:-1, j - 1] + e
            )
        u[1:-1, n - 1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u**2)


@program(normal(8), 0.4, 3)
def lax_wendroff(u, c, steps):
    u = u.copy()
    unew = np.empty_like(u)
    for n in range(steps):
        unew[1:-1] = u[1:-1] - 0.5 * c * u[1:-1] * (u[2:] - u[:-2]) + 0.5 * c**2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        unew[0] = u[-2]
        unew[-1] = u[1]
        u[:] = unew
    return np.sum(u**2)


@program(normal(7), 0.3, 3)
def wave_with_three_levels(u0, c, steps):
    n = len(u0)
    u_prev = u0.copy()
    u = np.zeros(n)
    u_next = np.zeros(n)
    u[1:-1] = u_prev[1:-1] + 0.5 * c * (u_prev[2:] - 2 * u_prev[1:-1] + u_prev[:-2])
    for t in range(steps):
        u_next[1:-1] = 2 * u[1:-1] - u_prev[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
        u_next[0] = u_next[1]
        u_next[-1] = 0
        u_prev, u, u_next = u, u_next, u_prev
    return np.sum(u**2) + np.sum(u_prev * u_next)


def build_up_b(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx) + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)) ** 2
    )


def pressure_poisson(nit, p, dx, dy, b):
    pn = np.empty_like(p)
    pn[:] = p.copy()
    for q in range(nit):
        pn[:] = p.copy()
        p[1:-1, 1:-1] = ((pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2 + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2) / (
            2 * (dx**2 + dy**2)
        ) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0


@program(normal(4, 5), normal(4, 5), normal(4, 5), 1.1, 0.3)
def cavity_flow(u, v, p, rho, nu):
    dt, dx, dy = 0.05, 0.4, 0.5
    un = np.empty_like(u)
    vn = np.empty_like(v)
    b = np.zeros_like(u)
    for n in range(2):
        un[:] = u.copy()
        vn[:] = v.copy()
        build_up_b(b, rho, dt, u, v, dx, dy)
        pressure_poisson(2, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu * dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, :-2])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu * dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
        )
        u[0, :] = 0
        u[:, 0] = 0
        u[-1, :] = 1
        v[:, -1] = 0
    return np.sum(u**2) + np.sum(v**2) + np.sum(p * u)


@program(positive(3, 4), 0.8, 0.5)
def channel_flow_until_steady(u, F, nu):
    u = u.copy()
    un = np.empty_like(u)
    udiff = 1.0
    stepcount = 0
    while udiff > 0.05 and stepcount < 6:
        un[:] = u
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - 0.1 * un[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[1:-1, :-2])
            + nu * 0.1 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[:-2, 1:-1])
            + F * 0.1
        )
        u[1:-1, -1] = un[1:-1, -1] - 0.1 * un[1:-1, -1] * (un[1:-1, -1] - un[1:-1, -2]) + F * 0.1
        u[1:-1, 0] = un[1:-1, 0] - 0.1 * un[1:-1, 0] * (un[1:-1, 0] - un[1:-1, -1]) + F * 0.1
        u[0, :] = 0
        u[-1, :] = 0
        udiff = (np.sum(u) - np.sum(un)) / np.sum(u)
        stepcount += 1
    return np.sum(u**2)


def restrict(r):
    coarse = np.zeros((len(r) + 1) // 2)
    coarse[1:-1] = 0.25 * (r[1:-3:2] + 2 * r[2:-2:2] + r[3:-1:2])
    return coarse


def prolong(e, n):
    fine = np.zeros(n)
    fine[::2] = e
    fine[1::2] = 0.5 * (e[:-1] + e[1:])
    return fine


def smooth(u, f, h, sweeps):
    for s in range(sweeps):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + h * h * f[i])


def v_cycle(u, f, h):
    smooth(u, f, h, 1)
    if len(u) > 3:
        r = np.zeros_like(u)
        r[1:-1] = f[1:-1] + (u[:-2] - 2 * u[1:-1] + u[2:]) / h**2
        e = np.zeros((len(u) + 1) // 2)
        v_cycle(e, restrict(r), 2 * h)
        u += prolong(e, len(u))
    smooth(u, f, h, 1)


@program(normal(9), normal(9))
def multigrid(u, f):
    u = u.copy()
    v_cycle(u, f, 0.5)
    return np.sum(u**2)


@program(normal(6), 0.2, 3)
def crank_nicolson(u, r, steps):
    n = len(u)
    u = u.copy()
    cp = np.empty(n)
    dp = np.empty(n)
    for t in range(steps):
        d = np.zeros(n)
        d[1:-1] = r * u[:-2] + (1 - 2 * r) * u[1:-1] + r * u[2:]
        d[0] = u[0]
        d[-1] = u[-1]
        cp[0] = 0.0
        dp[0] = d[0]
        for i in range(1, n - 1):
            m = 1 + 2 * r + r * cp[i - 1]
            cp[i] = -r / m
            dp[i] = (d[i] + r * dp[i - 1]) / m
        u[-1] = d[-1]
        for i in range(n - 2, -1, -1):
            u[i] = dp[i] - cp[i] * u[i + 1]
    return np.sum(u**2)


@program(normal(3, 3, 6), normal(3, 3, 6), normal(3, 3, 6), positive(3, 3, 6), 0.3)
def vertical_advection(u_stage, u_pos, utens, wcon, dtr):
    I, J, K = u_stage.shape
    ccol = np.empty((I, J, K))
    dcol = np.empty((I, J, K))
    data = np.empty((I, J))
    for k in range(1):
        gcv = 0.25 * (wcon[:, :, k + 1] + wcon[:, :, k])
        cs = gcv * -0.4
        ccol[:, :, k] = gcv * 0.6
        bcol = dtr + 3.0 - ccol[:, :, k]
        correction = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = dtr * u_pos[:, :, k] + utens[:, :, k] + correction
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided
    for k in range(1, K - 1):
        gav = -0.25 * (wcon[:, :, k] + wcon[:, :, k - 1])
        gcv = 0.25 * (wcon[:, :, k + 1] + wcon[:, :, k])
        acol = gav * 0.6
        ccol[:, :, k] = gcv * 0.6
        bcol = dtr + 3.0 - acol - ccol[:, :, k]
        correction = -0.4 * gav * (u_stage[:, :, k - 1] - u_stage[:, :, k])
        correction += 0.4 * gcv * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = dtr * u_pos[:, :, k] + utens[:, :, k] + correction
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * acol) * divided
    for k in range(K - 1, K):
        acol = -0.15 * (wcon[:, :, k] + wcon[:, :, k - 1])
        bcol = dtr + 3.0 - acol
        dcol[:, :, k] = dtr * u_pos[:, :, k] + utens[:, :, k]
        dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * acol) / (bcol - ccol[:, :, k - 1] * acol)
    utens_stage = np.empty_like(utens)
    for k in range(K - 1, K - 2, -1):
        datacol = dcol[:, :, k]
        data[:] = datacol
        utens_stage[:, :, k] = dtr * (datacol - u_pos[:, :, k])
    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * data[:, :]
        data[:] = datacol
        utens_stage[:, :, k] = dtr * (datacol - u_pos[:, :, k])
    return np.sum(utens_stage**2)


@program(normal(5, 5, 3), normal(3, 3, 3), 0.4)
def horizontal_diffusion(u, coeff, c):
    lap = 4.0 * u[1:-1, 1:-1] - (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2])
    flux = np.empty((2, 3, 3))
    flux[:] = lap[1:] - lap[:-1]
    mask = flux * (u[2:-1, 1:-1] - u[1:-2, 1:-1]) > 0
    flux[mask] = 0.0
    out = u[1:-1, 1:-1].copy()
    out[1] -= coeff[1] * (flux[1] - flux[0]) * c
    return np.sum(out**2) + np.sum(flux)


@program(normal(6, 6), 1.1, 3)
def ising_energy_relaxed(s, beta, sweeps):
    s = s.copy()
    parity = np.indices(s.shape).sum(axis=0) % 2
    for k in range(sweeps):
        near = np.roll(s, 1, 0) + np.roll(s, -1, 0) + np.roll(s, 1, 1) + np.roll(s, -1, 1)
        mask = parity == k % 2
        s[mask] = np.tanh(beta * near[mask])
    return -np.sum(s * np.roll(s, 1, 0)) - np.sum(s * np.roll(s, 1, 1))


@program(positive(6), normal(6), 3)
def shallow_water(h, hu, steps):
    h = h.copy()
    hu = hu.copy()
    dt = 0.05
    f1 = np.empty(len(h) - 1)
    f2 = np.empty(len(h) - 1)
    for t in range(steps):
        vel = hu / h
        g1 = hu
        g2 = hu * vel + 0.5 * 9.8 * h**2
        f1[:] = 0.5 * (g1[1:] + g1[:-1]) - 0.5 / dt * 0.1 * (h[1:] - h[:-1])
        f2[:] = 0.5 * (g2[1:] + g2[:-1]) - 0.5 / dt * 0.1 * (hu[1:] - hu[:-1])
        h[1:-1] -= dt * (f1[1:] - f1[:-1])
        hu[1:-1] -= dt * (f2[1:] - f2[:-1])
        h[0], hu[0] = h[1], -hu[1]
        h[-1], hu[-1] = h[-2], -hu[-2]
    return np.sum(h**2) + np.sum(hu**2)


@program(normal(4, 4), normal(4, 4), 3)
def gray_scott(U, V, steps):
    F, k = 0.04, 0.06
    U, V = U.copy(), V.copy()
    u, v = U[1:-1, 1:-1], V[1:-1, 1:-1]
    for i in range(steps):
        Lu = U[:-2, 1:-1] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1] + U[1:-1, 2:] + U[2:, 1:-1]
        Lv = V[:-2, 1:-1] + V[1:-1, :-2] - 4 * V[1:-1, 1:-1] + V[1:-1, 2:] + V[2:, 1:-1]
        uvv = u * v * v
        u += 0.16 * Lu - uvv + F * (1 - u)
        v += 0.08 * Lv + uvv - (F + k) * v
    return np.sum(V**2) + np.sum(U)


@program(normal(7), 2)
def periodic_by_padding(u, steps):
    for t in range(steps):
        w = np.empty(len(u) + 2)
        w[1:-1] = u
        w[0] = w[-2]
        w[-1] = w[1]
        u = u + 0.1 * (w[2:] - 2 * w[1:-1] + w[:-2]) - 0.2 * u * (w[2:] - w[:-2])
    return np.sum(u**3)
