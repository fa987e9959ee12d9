"""Factorisations and solves written out as loops over rows and elements."""

import numpy as np

from benchmarks.problems import problem


def spd(n):
    def make(rng):
        b = rng.normal(size=(n, n))
        return (b @ b.T + n * np.eye(n),)

    return make


def cholesky(a):
    n = len(a)
    l = np.zeros((n, n))
    for j in range(n):
        l[j, j] = np.sqrt(a[j, j] - np.sum(l[j, :j] ** 2))
        for i in range(j + 1, n):
            l[i, j] = (a[i, j] - np.sum(l[i, :j] * l[j, :j])) / l[j, j]
    return np.sum(l)


def cholesky_adjoint(a):
    n = len(a)
    l = np.zeros((n, n))
    for j in range(n):
        l[j, j] = np.sqrt(a[j, j] - np.sum(l[j, :j] ** 2))
        for i in range(j + 1, n):
            l[i, j] = (a[i, j] - np.sum(l[i, :j] * l[j, :j])) / l[j, j]
    l_bar, a_bar = np.ones((n, n)), np.zeros((n, n))
    for j in range(n - 1, -1, -1):
        for i in range(n - 1, j, -1):
            part = l_bar[i, j] / l[j, j]
            a_bar[i, j] = part
            l_bar[i, :j] -= part * l[j, :j]
            l_bar[j, :j] -= part * l[i, :j]
            l_bar[j, j] -= part * l[i, j]
        part = 0.5 * l_bar[j, j] / l[j, j]
        a_bar[j, j] = part
        l_bar[j, :j] -= 2 * part * l[j, :j]
    return (a_bar,)


def cholesky_by_loops(a):
    n = len(a)
    l = np.zeros((n, n))
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= l[j, k] * l[j, k]
        l[j, j] = np.sqrt(s)
        for i in range(j + 1, n):
            s = a[i, j]
            for k in range(j):
                s -= l[i, k] * l[j, k]
            l[i, j] = s / l[j, j]
    l_bar, a_bar = np.ones((n, n)), np.zeros((n, n))
    for j in range(n - 1, -1, -1):
        for i in range(n - 1, j, -1):
            part = l_bar[i, j] / l[j, j]
            a_bar[i, j] = part
            for k in range(j):
                l_bar[i, k] -= part * l[j, k]
                l_bar[j, k] -= part * l[i, k]
            l_bar[j, j] -= part * l[i, j]
        part = 0.5 * l_bar[j, j] / l[j, j]
        a_bar[j, j] = part
        for k in range(j):
            l_bar[j, k] -= 2 * part * l[j, k]
    return (a_bar,)


problem(cholesky, spd(30), (0,), cholesky_adjoint, cholesky_by_loops)


def lu(a):
    a = a.copy()
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(np.log(np.abs(np.diag(a))))


def lu_adjoint(a):
    a = a.copy()
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    a_bar = np.diag(1 / np.diag(a))
    for k in range(n - 2, -1, -1):
        for i in range(n - 1, k, -1):
            a_bar[i, k] -= np.sum(a_bar[i, k + 1 :] * a[k, k + 1 :])
            a_bar[k, k + 1 :] -= a[i, k] * a_bar[i, k + 1 :]
            a_bar[i, k] /= a[k, k]
            a_bar[k, k] -= a_bar[i, k] * a[i, k]
    return (a_bar,)


def lu_by_loops(a):
    a = a.copy()
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    a_bar = np.zeros((n, n))
    for k in range(n):
        a_bar[k, k] = 1 / a[k, k]
    for k in range(n - 2, -1, -1):
        for i in range(n - 1, k, -1):
            s = a_bar[i, k]
            for j in range(k + 1, n):
                s -= a_bar[i, j] * a[k, j]
                a_bar[k, j] -= a[i, k] * a_bar[i, j]
            a_bar[i, k] = s / a[k, k]
            a_bar[k, k] -= a_bar[i, k] * a[i, k]
    return (a_bar,)


problem(lu, spd(30), (0,), lu_adjoint, lu_by_loops)


def triangular_solve(l, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = (b[i] - l[i, :i] @ x[:i]) / l[i, i]
    return np.sum(x**2)


def triangular_solve_adjoint(l, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = (b[i] - l[i, :i] @ x[:i]) / l[i, i]
    x_bar, l_bar, b_bar = 2 * x, np.zeros_like(l), np.zeros_like(b)
    for i in range(len(b) - 1, -1, -1):
        part = x_bar[i] / l[i, i]
        b_bar[i] = part
        l_bar[i, :i] = -part * x[:i]
        x_bar[:i] -= part * l[i, :i]
        l_bar[i, i] = -part * x[i]
    return l_bar, b_bar


def triangular_solve_by_loops(l, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        s = b[i]
        for k in range(i):
            s -= l[i, k] * x[k]
        x[i] = s / l[i, i]
    x_bar, l_bar, b_bar = 2 * x, np.zeros_like(l), np.zeros_like(b)
    for i in range(n - 1, -1, -1):
        part = x_bar[i] / l[i, i]
        b_bar[i] = part
        for k in range(i):
            l_bar[i, k] = -part * x[k]
            x_bar[k] -= part * l[i, k]
        l_bar[i, i] = -part * x[i]
    return l_bar, b_bar


problem(
    triangular_solve, lambda rng: (np.tril(0.1 * rng.normal(size=(100, 100))) + 2 * np.eye(100), rng.normal(size=100)),
    (0, 1), triangular_solve_adjoint, triangular_solve_by_loops,
)  # fmt: skip
