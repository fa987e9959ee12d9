"""Whole programs of matrix kernels: products with in-place updates, statistics of data."""

import numpy as np

from tests.programs import normal, positive, program


@program(1.5, 1.2, normal(3, 4), normal(3, 3), normal(3, 4))
def symm(alpha, beta, C, A, B):
    temp2 = np.empty((C.shape[1],))
    C *= beta
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * temp2
    return np.sum(C**2)


@program(1.5, 1.2, normal(4, 4), normal(4, 3))
def syrk(alpha, beta, C, A):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    return np.sum(C**2)


@program(1.5, 1.2, normal(4, 4), normal(4, 3), normal(4, 3))
def syr2k(alpha, beta, C, A, B):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += A[: i + 1, k] * alpha * B[i, k] + B[: i + 1, k] * alpha * A[i, k]
    return np.sum(C**2)


@program(1.5, normal(4, 4), normal(4, 3))
def trmm(alpha, A, B):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha
    return np.sum(B**2)


@program(1.5, 1.2, normal(4, 3), normal(3, 5), normal(4, 5))
def gemm(alpha, beta, A, B, C):
    C[:] = alpha * A @ B + beta * C
    return np.sum(C**2)


@program(1.5, 1.2, normal(2, 3), normal(3, 4), normal(4, 2), normal(2, 2))
def two_products(alpha, beta, A, B, C, D):
    D[:] = alpha * A @ B @ C + beta * D
    return np.sum(D**3)


@program(
    1.5, 1.2, normal(4, 4), normal(4), normal(4), normal(4), normal(4),
    normal(4), normal(4), normal(4), normal(4),
)  # fmt: skip
def gemver(alpha, beta, A, u1, v1, u2, v2, w, x, y, z):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x
    return np.sum(w**2) + np.sum(A * x)


@program(1.5, 1.2, normal(3, 3), normal(3, 3), normal(3))
def gesummv(alpha, beta, A, B, x):
    y = alpha * A @ x + beta * B @ x
    return np.sum(y**2)


@program(normal(3), normal(3), normal(3), normal(3), normal(3, 3))
def mvt(x1, x2, y_1, y_2, A):
    x1 += A @ y_1
    x2 += y_2 @ A
    return np.sum(x1**2) + np.sum(x2**3)


@program(normal(4, 3), normal(3))
def atax(A, x):
    return np.sum(((A @ x) @ A) ** 2)


@program(normal(4, 3), normal(3), normal(4))
def bicg(A, p, r):
    s = np.empty(3)
    q = np.empty(4)
    s[:] = r @ A
    q[:] = A @ p
    return np.sum(s**2) + np.sum(q**3)


@program(normal(2, 3, 4), normal(4, 4))
def doitgen(A, C4):
    for r in range(A.shape[0]):
        for q in range(A.shape[1]):
            A[r, q, :] = A[r, q, :] @ C4
    return np.sum(A**2)


@program(normal(2, 3, 4), normal(4, 4))
def doitgen_reshaped(A, C4):
    r, q, p = A.shape
    A[:] = np.reshape(np.reshape(A, (r, q, 1, p)) @ C4, (r, q, p))
    return np.sum(A**2)


@program(5.0, normal(5, 3))
def covariance(float_n, data):
    mean = np.mean(data, axis=0)
    data -= mean
    m = data.shape[1]
    cov = np.zeros((m, m))
    for i in range(m):
        cov[i:, i] = cov[i, i:] = data[:, i] @ data[:, i:] / (float_n - 1.0)
    return np.sum(cov**2)


@program(5.0, normal(5, 3))
def correlation(float_n, data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(data.shape[1])
    for i in range(data.shape[1] - 1):
        corr[i + 1 :, i] = corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
    return np.sum(corr**3)


@program(lambda rng: (np.c_[rng.normal(size=(5, 2)), np.full(5, 0.7)],))
def correlation_with_a_constant_column(data):
    data = data - data.mean(axis=0)
    scale = np.sum(data**2, axis=0)
    scale[scale < 1e-9] = 1.0
    data /= np.sqrt(scale)
    C = data.T @ data
    np.fill_diagonal(C, 1.0)
    return np.sum(C**2)


@program(positive(4, 4))
def floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return np.sum(path**2)


@program(positive(4, 4))
def floyd_warshall_by_loops(D):
    D = D.copy()
    n = len(D)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if D[i, k] + D[k, j] < D[i, j]:
                    D[i, j] = D[i, k] + D[k, j]
    return np.sum(D**2)


@program(normal(3, 4), normal(4, 5), normal(5, 4), normal(4, 3))
def products_in_work_arrays(A, B, C, D):
    E = np.empty((3, 5))
    F = np.empty((5, 3))
    G = np.zeros((3, 3))
    for i in range(3):
        for j in range(5):
            E[i, j] = 0.0
            for k in range(4):
                E[i, j] += A[i, k] * B[k, j]
    for i in range(5):
        F[i] = 0.0
        for k in range(4):
            F[i] += C[i, k] * D[k]
    for i in range(3):
        G[i, :] += E[i] @ F
    return np.sum(G**2)


@program(normal(6, 2), 2)
def k_means(points, k):
    centres = points[:k].copy()
    for step in range(3):
        d = np.sum((points[:, None, :] - centres[None]) ** 2, axis=2)
        label = np.argmin(d, axis=1)
        for c in range(k):
            if np.any(label == c):
                centres[c] = points[label == c].mean(axis=0)
    return np.sum(centres**2)


@program(positive(5), normal(5))
def weighted_moments_streaming(w, x):
    total = 0.0
    mean = 0.0
    m2 = 0.0
    history = np.zeros((len(x), 2))
    for i in range(len(x)):
        total += w[i]
        delta = x[i] - mean
        mean += w[i] / total * delta
        m2 += w[i] * delta * (x[i] - mean)
        history[i] = mean, m2
    return np.sum(history**2)
