"""Whole programs of linear algebra: factorisations, solves, recursions on Toeplitz matrices."""

import numpy as np

from tests.programs import normal, positive, program


def definite(n):
    """A function that draws a symmetric positive definite matrix and a vector."""

    def draw(rng):
        A = rng.normal(size=(n, n))
        return A @ A.T + n * np.eye(n), rng.normal(size=n)

    return draw


def dominant(n):
    """A function that draws a diagonally dominant matrix and a vector."""
    return lambda rng: (rng.normal(size=(n, n)) + n * np.eye(n), rng.normal(size=n))


@program(definite(4), wrt=0)
def cholesky_in_place(A, b):
    n = A.shape[0]
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, n):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return np.sum(np.tril(A) ** 2) + A[3, 0]


@program(definite(4))
def cholesky_and_two_solves(A, b):
    n = len(b)
    L = np.zeros_like(A)
    for j in range(n):
        s = A[j, j] - L[j, :j] @ L[j, :j]
        L[j, j] = s**0.5
        for i in range(j + 1, n):
            L[i, j] = (A[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
    y = np.empty(n)
    for i in range(n):
        y[i] = (b[i] - L[i, :i] @ y[:i]) / L[i, i]
    x = np.empty(n)
    for i in reversed(range(n)):
        x[i] = (y[i] - L[i + 1 :, i] @ x[i + 1 :]) / L[i, i]
    return np.sum(x**2)


@program(definite(4), wrt=0)
def cholesky_by_rank_one_updates(A, b):
    A = A.copy()
    n = len(A)
    for k in range(n):
        A[k, k] = np.sqrt(A[k, k])
        A[k + 1 :, k] /= A[k, k]
        for j in range(k + 1, n):
            A[j:, j] -= A[j:, k] * A[j, k]
    return np.sum(np.log(np.diag(A))) + A[2, 1] ** 2


@program(dominant(4), wrt=0)
def lu_in_place(A, b):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A**2)


@program(dominant(4))
def lu_with_solves(A, b):
    n = A.shape[0]
    x = np.zeros_like(b)
    y = np.zeros_like(b)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    for i in range(n):
        y[i] = b[i] - A[i, :i] @ y[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program(normal(4, 4), normal(4))
def elimination_with_pivoting(A, b):
    A = A.copy()
    b = b.copy()
    n = len(b)
    for k in range(n - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(A[i, i + 1 :], x[i + 1 :])) / A[i, i]
    return np.sum(np.sin(x))


@program(dominant(3), wrt=0)
def determinant_by_outer_products(A, b):
    U = A.copy()
    det = 1.0
    for k in range(U.shape[0]):
        det *= U[k, k]
        U[k + 1 :, k + 1 :] -= np.outer(U[k + 1 :, k], U[k, k + 1 :]) / U[k, k]
    return det


@program(normal(4, 3))
def gram_schmidt(A):
    n = A.shape[1]
    Q = np.zeros_like(A)
    R = np.zeros((n, n))
    for k in range(n):
        nrm = np.dot(A[:, k], A[:, k])
        R[k, k] = np.sqrt(nrm)
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]
    return np.sum(R**3) + np.sum(Q * A)


@program(normal(4, 3))
def householder(A):
    R = A.copy()
    m, n = R.shape
    for k in range(n):
        v = R[k:, k].copy()
        v[0] += np.copysign(np.sqrt(np.sum(v**2)), v[0])
        v /= np.sqrt(np.sum(v**2))
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
    return np.sum(np.triu(R) ** 3)


@program(normal(4, 4), 0.6)
def givens_rotations(A, w):
    A = A.copy()
    for i in range(1, 4):
        r = np.sqrt(A[0, 0] ** 2 + A[i, 0] ** 2)
        c, s = A[0, 0] / r, A[i, 0] / r
        top = A[0].copy()
        A[0] = c * top + s * A[i]
        A[i] = w * (c * A[i] - s * top)
    return np.sum(A**2 * np.arange(4))


@program(lambda rng: (0.3 * rng.normal(size=5),))
def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y**2)


@program(lambda rng: (np.array([2.0, 0.6, -0.3, 0.2]), rng.normal(size=4)))
def levinson(t, y):
    n = len(t)
    f = np.zeros(n)
    b = np.zeros(n)
    x = np.zeros(n)
    f[0] = b[0] = 1.0 / t[0]
    x[0] = y[0] / t[0]
    for k in range(1, n):
        ef = np.sum(t[k:0:-1] * f[:k])
        eb = np.sum(t[1 : k + 1] * b[:k])
        d = 1.0 - ef * eb
        f_old = f[: k + 1].copy()
        b_old = np.zeros(k + 1)
        b_old[1:] = b[:k]
        f[: k + 1] = (f_old - ef * b_old) / d
        b[: k + 1] = (b_old - eb * f_old) / d
        ex = np.sum(t[k:0:-1] * x[:k])
        x[: k + 1] += (y[k] - ex) * b[: k + 1]
    return np.sum(x**2)


@program(lambda rng: (np.tril(rng.normal(size=(4, 4))) + 3 * np.eye(4), rng.normal(size=4)))
def forward_substitution(L, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x**2)


@program(lambda rng: (np.triu(rng.normal(size=(4, 4))) + 3 * np.eye(4), rng.normal(size=4)))
def back_substitution_in_place(U, x):
    for j in range(len(x) - 1, -1, -1):
        x[j] /= U[j, j]
        x[:j] -= x[j] * U[:j, j]
    return np.sum(x**3)


@program(positive(4), positive(5), positive(4), normal(5))
def thomas(a, b, c, d):
    n = len(d)
    b = b + 3.0
    w = np.zeros(n - 1)
    g = np.zeros(n)
    w[0] = c[0] / b[0]
    g[0] = d[0] / b[0]
    for i in range(1, n - 1):
        w[i] = c[i] / (b[i] - a[i - 1] * w[i - 1])
    for i in range(1, n):
        g[i] = (d[i] - a[i - 1] * g[i - 1]) / (b[i] - a[i - 1] * w[i - 1])
    p = np.zeros(n)
    p[n - 1] = g[n - 1]
    for i in range(n - 1, 0, -1):
        p[i - 1] = g[i - 1] - w[i - 1] * p[i]
    return np.sum(p**2)


@program(positive(4), positive(5), positive(4), normal(5))
def thomas_in_place(a, b, c, d):
    b += 3.0
    for i in range(1, len(d)):
        m = a[i - 1] / b[i - 1]
        b[i] -= m * c[i - 1]
        d[i] -= m * d[i - 1]
    d[-1] /= b[-1]
    for i in range(len(d) - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return np.sum(d**2)


@program(definite(3))
def conjugate_gradients(A, b):
    x = np.zeros_like(b)
    r = b.copy()
    p = r.copy()
    rs = r @ r
    for i in range(2):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        rs_new = r @ r
        p *= rs_new / rs
        p += r
        rs = rs_new
    return np.sum(x**2)


@program(definite(3))
def power_iteration(A, v):
    v = v / np.sqrt(v @ v)
    for i in range(4):
        v = A @ v
        v /= np.linalg.norm(v)
    return v @ A @ v


@program(definite(3))
def jacobi_iteration_with_swap(A, b):
    D = np.diag(A)
    R = A - np.diagflat(D)
    x = np.zeros_like(b)
    x_new = np.empty_like(b)
    for k in range(3):
        x_new[:] = (b - R @ x) / D
        x, x_new = x_new, x
    return np.sum(x * x_new)


@program(definite(3))
def gauss_seidel_solver(A, b):
    x = np.zeros(3)
    for sweep in range(2):
        for i in range(3):
            s = 0.0
            for j in range(3):
                if j != i:
                    s += A[i, j] * x[j]
            x[i] = (b[i] - s) / A[i, i]
    return np.sum(x**2)


@program(dominant(3), wrt=0)
def inverse_by_gauss_jordan(A, b):
    n = len(A)
    M = np.empty((n, 2 * n))
    M[:, :n] = A
    M[:, n:] = np.eye(n)
    for i in range(n):
        M[i] /= M[i, i]
        for k in range(n):
            if k != i:
                M[k] -= M[k, i] * M[i]
    return np.sum(M[:, n:] ** 2)


@program(definite(3), wrt=0)
def newton_schulz_inverse(A, b):
    X = A.T / (np.sum(np.abs(A)) ** 2)
    for k in range(4):
        X[...] = X @ (2 * np.eye(3) - A @ X)
    return np.sum(X**2)


@program(normal(5), normal(5))
def lanczos(d, q):
    A = np.diag(d) + 0.3 * np.ones((5, 5))
    Q = np.zeros((5, 4))
    alpha = np.zeros(3)
    beta = np.zeros(4)
    Q[:, 0] = q / np.sqrt(np.sum(q**2))
    for j in range(3):
        w = A @ Q[:, j]
        alpha[j] = w @ Q[:, j]
        w -= alpha[j] * Q[:, j]
        if j > 0:
            w -= beta[j] * Q[:, j - 1]
        beta[j + 1] = np.sqrt(w @ w)
        Q[:, j + 1] = w / beta[j + 1]
    return np.sum(alpha**2) + np.sum(beta)


@program(normal(4, 4))
def hessenberg_by_givens_on_views(A):
    H = A.copy()
    n = H.shape[0]
    for k in range(n - 2):
        x = H[k + 1 :, k]
        v = x.copy()
        v[0] += np.sign(x[0]) * np.linalg.norm(x)
        v = v / np.linalg.norm(v)
        H[k + 1 :, k:] -= 2 * np.outer(v, v @ H[k + 1 :, k:])
        H[:, k + 1 :] -= 2 * np.outer(H[:, k + 1 :] @ v, v)
    return np.sum(np.diag(H, -1) ** 2) + np.sum(np.diag(H) ** 3)
