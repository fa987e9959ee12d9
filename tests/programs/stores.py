"""Writing into arrays: elements, slices, masks, overlaps, stencils, factorisations."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(4))
def elements(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i] ** 2
    return np.sum(y * x)


@program(normal(4))
def elements_of_empty(x):
    y = np.empty_like(x)
    for i in range(len(x)):
        y[i] = np.sin(x[i]) * x[i - 1]
    return np.sum(y**2)


@program(normal(4))
def elements_added(x):
    y = np.ones(4)
    for i in range(4):
        y[i] += x[i]
        y[i - 1] *= x[i]
    return np.sum(y**2)


@program(normal(4))
def element_killed(x):
    y = x * x
    y[1] = 0.0
    y[2] = 3.0
    return np.sum(y * x)


@program(normal(4))
def element_stored_twice(x):
    y = x * x
    y[1] = y[0] * y[1]
    y[1] = y[1] * y[1] + x[2]
    return np.sum(y * y)


@program(normal(3), 0.8)
def scalar_into_slice(x, c):
    y = np.zeros(6)
    y[:3] = c
    y[3:] = x * c
    y[1:5] += c
    return np.sum(y**2)


@program(normal(3), 0.8)
def scalar_into_everything(x, c):
    y = x * x
    z = y * c
    y[:] = c
    y[...] += x[0]
    return np.sum(y * z)


@program(normal(3))
def vector_into_matrix(x):
    A = np.zeros((2, 3))
    A[:] = x
    A[1] *= x
    A[:, 0] += x[:2]
    return np.sum(A**2)


@program(normal(3, 4))
def two_dimensional_elements(A):
    B = np.zeros((3, 4))
    for i in range(3):
        for j in range(4):
            B[i, j] = A[i, j] * A[i, j - 1]
            B[i][j] += i * A[0, j]
    return np.sum(B**2)


@program(normal(3, 4))
def rows_and_columns(A):
    B = A.copy()
    B[0] = A[1] * A[2]
    B[:, 1] = A[:, 2] ** 2
    B[-1, ::2] = 0.5
    B[1:, 2:] *= A[:2, :2]
    return np.sum(B**2)


@program(normal(2, 3, 2))
def three_dimensional_stores(A):
    B = np.zeros((2, 3, 2))
    B[0, ..., 1] = A[1, :, 0] ** 2
    B[:, 1] = A[:, 0] * A[:, 2]
    B[1, 2, 0] -= A[0, 0, 0]
    return np.sum(B**2 * A)


@program(normal(5))
def by_mask(x):
    y = x.copy()
    y[x > 0] = 0.0
    y[x < -0.5] *= 3.0
    return np.sum(y**2 + y * x)


@program(normal(5))
def by_mask_of_itself(x):
    y = x * 1.5
    y[y > 0] *= 2
    y[y < 0] = y[y < 0] ** 2
    return np.sum(y**2)


@program(normal(5))
def by_mask_with_array(x):
    keep = np.array([True, False, True, False, True])
    y = np.ones(5)
    y[keep] = x[keep] ** 2
    y[~keep] += x[:2]
    return np.sum(y**2)


@program(normal(5))
def index_reads_what_is_stored(x):
    y = x * x
    y[np.argmax(y)] = y[0] * 0.5
    y[np.argmin(y)] *= x[1]
    return np.sum(y**2)


@program(normal(3))
def by_integer_array(x):
    y = np.zeros(5)
    y[np.array([3, 0, 4])] = x**2
    y[[1, 2]] += x[:2]
    return np.sum(y**2)


@program(normal(3))
def repeated_index_last_wins(x):
    y = np.ones(3)
    y[np.array([0, 0, 2])] = x * 2
    return np.sum(y**2 * x)


@program(normal(3))
def repeated_index_added_once(x):
    y = np.ones(3) * x[0]
    y[np.array([0, 0, 2])] += x**2
    return np.sum(y**2)


@program(normal(3))
def repeated_index_multiplied_once(x):
    y = x + 1.0
    y[np.array([1, 1, 2])] *= x
    return np.sum(y**2)


@program(normal(3))
def repeated_scalar_store(x):
    y = x * x
    y[[0, 0, 1]] = x[2]
    return np.sum(y**2)


@program(normal(4))
def add_at(x):
    y = np.zeros(3)
    np.add.at(y, np.array([0, 0, 2, 1]), x**2)
    return np.sum(y**2)


@program(normal(4))
def histogram_by_loop(x):
    y = np.zeros(3)
    for i, place in enumerate([0, 0, 2, 1]):
        y[place] += x[i] ** 2
    return np.sum(y**3)


@program(normal(4))
def shifted_into_itself(x):
    x = x.copy()
    x[1:] = x[:-1]
    x[1:] = x[:-1] * x[1:]
    return np.sum(x**3)


@program(normal(5))
def shifted_back_and_forth(x):
    y = x * 2
    y[:-1] = y[1:]
    y[2:] += y[:-2]
    y[::2] = y[::-2]
    return np.sum(y**2 * x)


@program(normal(5))
def reversed_into_itself(x):
    y = x.copy()
    y[:] = y[::-1]
    y[1:4] = y[3:0:-1] * y[1:4]
    y += y[::-1]
    return np.sum(y**2 * x)


@program(normal(6), 0.2, 4)
@program(normal(6), 0.2, 0)
def heat(u, nu, n):
    u = u.copy()
    for t in range(n):
        u[1:-1] += nu * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(normal(6), 2)
def stencil_added_in_place(u, n):
    u = u.copy()
    for t in range(n):
        u[1:-1] += u[2:] + u[:-2]
    return np.sum(u**2)


@program(normal(6), 3)
def gauss_seidel(u, n):
    u = u.copy()
    for t in range(n):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * np.sin(u[i - 1]) * u[i] + 0.3 * u[i + 1]
    return np.sum(u**2)


@program(normal(4, 5), 2)
def jacobi_two_dimensional(u, n):
    u = u.copy()
    for t in range(n):
        u[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] * u[1:-1, :-2])
    return np.sum(u**2)


@program(normal(6), 0.3, 3)
@program(normal(6), 0.3, 0)
def two_buffers(u, nu, n):
    u = u.copy()
    u_new = u.copy()
    for t in range(n):
        u_new[1:-1] = u[1:-1] + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, u_new = u_new, u
    return np.sum(u**2) + np.sum(u_new[::2])


@program(normal(6), normal(6), 0.3, 3)
def wave(u, previous, c, n):
    u = u.copy()
    previous = previous.copy()
    new = np.zeros_like(u)
    for t in range(n):
        new[1:-1] = 2 * u[1:-1] - previous[1:-1] + c * (u[2:] - 2 * u[1:-1] + u[:-2])
        previous, u, new = u, new, previous
    return np.sum(u**2) + previous[2] * new[3]


@program(normal(5), 3)
def nonlinear_two_buffers(u, n):
    u = u.copy()
    new = np.zeros_like(u)
    for t in range(n):
        new[1:-1] = u[1:-1] * u[2:]
        u, new = new, u
    return np.sum(u**2) + np.sum(new)


@program(normal(5), 2)
def buffer_copied_each_step(u, n):
    for t in range(n):
        old = u.copy()
        u = np.zeros_like(old)
        u[1:] = old[:-1] * old[1:]
        u[0] = old[0]
    return np.sum(u**2)


@program(0.4, 6)
def recurrence(x, n):
    y = np.zeros(n + 1)
    y[0] = x
    for i in range(n):
        y[i + 1] = np.sin(y[i]) + x * y[i - 1]
    return np.sum(y**2)


@program(0.4, 0.9, 6)
def two_term_recurrence(a, b, n):
    y = np.empty(n)
    y[0], y[1] = a, b
    for i in range(2, n):
        y[i] = y[i - 1] * y[i - 2] + a
    return y[-1] + y[n // 2] ** 2


@program(normal(3, 3), normal(3), 4)
def states_in_rows(W, h, n):
    H = np.zeros((n + 1, 3))
    H[0] = h
    for t in range(n):
        H[t + 1] = np.tanh(W @ H[t])
    return np.sum(H**2)


@program(normal(4), normal(3))
def table_of_two_indices(x, y):
    D = np.zeros((5, 4))
    for i in range(4):
        for j in range(3):
            step = 0.1 * D[i, j + 1] * D[i + 1, j]
            D[i + 1, j + 1] = (x[i] - y[j]) ** 2 + D[i, j] + step
    return D[4, 3]


@program(normal(3))
def in_place_operators(x):
    y = x.copy()
    y *= x
    y += 2
    y /= 1 + x**2
    y -= y * y
    y **= 2
    return np.sum(y)


@program(normal(3))
def in_place_by_itself(x):
    y = x + 1
    y *= y
    y += y
    y -= y / 3
    y /= y * y + 1
    return np.sum(y * x)


@program(normal(3), 0.4)
def in_place_with_scalar_and_row(x, c):
    A = np.ones((2, 3))
    A *= x
    A += c
    A *= c * x
    return np.sum(A**2)


@program(normal(4))
def view_of_copy_multiplied(x):
    x = x.copy()
    y = x[1:-1]
    y *= 2
    return np.sum(y * x[1:-1]) + np.sum(x**3)


@program(normal(4))
def row_view_filled(x):
    A = np.zeros((2, 4))
    row = A[1]
    row[:] = x**2
    row[0] += x[3]
    return np.sum(A**2) + row[1] * x[0]


@program(normal(3, 3))
def transpose_view_filled(A):
    B = np.zeros((3, 3))
    T = B.T
    T[0] = A[1] ** 2
    B[1] += A[2]
    return np.sum(B * A) + np.sum(T[0] ** 2)


@program(normal(4))
def view_read_before_store(x):
    y = x * 2
    v = y[1:]
    s = np.sum(v**2)
    y[2] = 5.0
    return s + y[1]


@program(normal(4))
def copy_read_after_store(x):
    y = x * 2
    v = y[1:].copy()
    y[2] = x[0] ** 2
    return np.sum(v**2) + np.sum(y**3)


@program(normal(4))
def argument_stored_into(x):
    x[1] = x[0] ** 2
    x[2:] *= x[:2]
    return np.sum(x**2)


@program(normal(4))
def argument_view_stored_into(x):
    y = x[1:-1]
    y *= y
    y *= x[0]
    return np.sum(y * x[1:-1]) + np.sum(x**3)


@program(normal(4, 4))
def lu(A):
    n = A.shape[0]
    A = A.copy()
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A**3)


@program(normal(3, 3))
def cholesky(B):
    A = B @ B.T + np.eye(3)
    n = A.shape[0]
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = A[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, j] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return np.sum(L**3)


@program(normal(3, 3))
def cholesky_in_place(B):
    A = B @ B.T + np.eye(3)
    n = len(A)
    for j in range(n):
        A[j, j] = np.sqrt(A[j, j] - A[j, :j] @ A[j, :j])
        A[j + 1 :, j] = (A[j + 1 :, j] - A[j + 1 :, :j] @ A[j, :j]) / A[j, j]
    return np.sum(np.diag(A) ** 3) + A[2, 0] * A[2, 1]


@program(normal(4))
def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.size):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y**2)


@program(normal(3, 3), normal(3))
def triangular_solve(A, b):
    x = np.zeros(3)
    for i in range(3):
        x[i] = (b[i] - A[i, :i] @ x[:i]) / (2 + A[i, i] ** 2)
    return np.sum(x**2)


@program(normal(3, 3), normal(3))
def gaussian_elimination(A, b):
    A = A + 4 * np.eye(3)
    b = b.copy()
    for k in range(2):
        for i in range(k + 1, 3):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            b[i] -= factor * b[k]
    for k in range(2, -1, -1):
        b[k] = (b[k] - A[k, k + 1 :] @ b[k + 1 :]) / A[k, k]
    return np.sum(b**2)


@program(normal(3, 3))
def floyd_warshall(B):
    D = B**2
    for k in range(3):
        for i in range(3):
            for j in range(3):
                D[i, j] = min(D[i, j], D[i, k] + D[k, j])
    return np.sum(D)


@program(positive(4))
def thomas(d):
    n = 4
    c = np.zeros(n)
    x = d * d
    for i in range(n):
        m = 2.5 - (c[i - 1] if i > 0 else 0.0) * 0.5
        c[i] = 0.5 * d[i] / m
        x[i] = (x[i] - (0.5 * x[i - 1] if i > 0 else 0.0)) / m
    for i in range(n - 2, -1, -1):
        x[i] -= c[i] * x[i + 1]
    return np.sum(x**2)


@program(normal(4), 1.2)
@program(normal(4), 0.2)
def store_in_branch(x, limit):
    y = x.copy()
    for i in range(4):
        if y[i] > limit:
            y[i] = limit * y[i - 1]
        elif i % 2:
            y[i] += x[i - 1]
    return np.sum(y**2)


@program(normal(4))
def bubble_sort(x):
    x = x.copy()
    for i in range(3):
        for j in range(3 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x * np.array([1.0, 2.0, 4.0, 8.0]))


@program(normal(3))
def while_with_stores(x):
    y = x.copy()
    k = 0
    while k < 5:
        y[k % 3] = y[k % 3] * y[(k + 1) % 3] + 0.5
        k += 2
    return np.sum(y**2)


@program(normal(4), 2)
def moving_index(x, k):
    y = x.copy()
    for i in range(5):
        y[k] = np.sin(y[k]) + x[i % 4]
        k = (k + i) % 4
        y[k] *= 1.5
    return np.sum(y**2) * y[k]


@program(normal(4))
def integer_memory_as_index(x):
    order = np.array([0, 1, 2, 3])
    y = np.ones(4)
    for i in range(4):
        y[order[i]] = x[order[i - 1]] ** 2
        order[i] = (order[i] * 3 + 2) % 4
        y[order[i]] *= x[i]
    return np.sum(y**2)


@program(normal(3))
def output_arguments(x):
    y = np.empty(3)
    np.multiply(x, x, out=y)
    np.add(y, x, out=y)
    np.sin(y, out=y)
    return np.sum(y * x)


@program(normal(4))
def array_methods_that_store(x):
    y = x * x
    y.fill(x[0])
    y[2] = x[3]
    z = x * 2
    z.sort()
    return np.sum(y**2) + z[0] * z[-1] ** 2


@program(normal(3))
def fresh_buffer_each_iteration(x):
    total = 0.0
    for i in range(3):
        row = np.zeros(3)
        row[i] = x[i]
        row[: i + 1] += x[0]
        total += np.sum(row**2)
    return total


@program(normal(3))
def one_buffer_reused(x):
    row = np.zeros(3)
    total = 0.0
    for i in range(3):
        row[:] = x * i
        row[i] = x[i] ** 2
        total += np.sum(row**3)
    return total


@program(normal(3))
def buffers_in_a_list(x):
    rows = [np.zeros(3) for _ in range(3)]
    for i in range(3):
        rows[i][:] = x * (i + 1)
        rows[i][i] = rows[i - 1][i] ** 2
    return np.sum(rows[0] * rows[1] * rows[2])


@program(np.array([0.3, -1.2, 0.9], dtype=np.float32))
def stores_in_single_precision(x):
    y = np.zeros_like(x)
    for i in range(3):
        y[i] = x[i] * x[i - 1]
    y *= x
    return np.sum(y**2)


@program(normal(2, 3))
def store_through_reshape(A):
    B = A.copy()
    flat = B.reshape(-1)
    flat[1] = 5.0 * flat[0]
    flat[2:] *= A[0, 0]
    return np.sum(B**2) + flat[3]


@program(normal(3))
def value_stored_used_afterwards(x):
    y = np.zeros(3)
    v = x * x
    y[:] = v
    v = v + y
    y += v
    return np.sum(y * v)


@program(normal(5), 0.4, 3)
def new_memory_in_each_pass(d, a, n):
    total = 0.0
    for t in range(n):
        c = np.zeros(len(d))
        for i in range(1, len(d)):
            c[i] = a * c[i - 1] ** 2 + d[i]
        total += np.sum(c * c[t + 1])
        a = a + 0.1 * c[-1]
    return total


@program(normal(5), 0.4, 3)
def the_same_memory_in_each_pass(d, a, n):
    buffer = np.zeros(len(d))
    total = 0.0
    for t in range(n):
        c = buffer
        for i in range(1, len(d)):
            c[i] = a * c[i - 1] ** 2 + d[i] * c[i]
        c[0] = np.sin(c[t + 1]) + a
        total += np.sum(c * buffer)
    return total


@program(normal(5), 0.4, 4)
def new_memory_in_some_passes(d, a, n):
    c = np.zeros(len(d))
    total = 0.0
    for t in range(n):
        if t % 2 == 0:
            c = np.full(len(d), a)
        for i in range(1, len(d)):
            c[i] = a * c[i - 1] ** 2 + d[i] * c[i]
        total += np.sum(c * c[1])
    return total
