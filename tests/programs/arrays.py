"""Reading arrays: indexing in every form, methods, reshaping, joining."""

import numpy as np

from tests.programs import normal, positive, program

PICK = np.array([2, 0, 2, 1])
MASK = np.array([True, False, True, True, False])


@program(normal(5))
def integer_indices(x):
    return x[0] * x[-1] + x[2] ** 2 - x[-2]


@program(normal(5), 1, -1)
def variable_indices(x, i, j):
    return x[i] * x[j] + x[i + 1] * x[len(x) - 2]


@program(normal(6))
def slices(x):
    return np.sum(x[1:] * x[:-1]) + np.sum(x[2:5] ** 2) - np.sum(x[-3:])


@program(normal(7))
def slices_with_steps(x):
    return np.sum(x[::2] ** 2) + np.sum(x[1::3] * x[5:1:-2]) + np.sum(x[::-1] * x)


@program(normal(6), 1, 5, 2)
@program(normal(6), None, None, -1)
@program(normal(6), 4, 4, 1)
def slices_by_variables(x, start, stop, step):
    return np.sum(x[start:stop:step] ** 2) * x[0]


@program(normal(5))
def slice_beyond_the_end(x):
    return np.sum(x[3:100] ** 2) + np.sum(x[-100:2]) + np.sum(x[7:])


@program(normal(5))
def ellipsis_and_none(x):
    return np.sum(x[..., None] * x[None, ...]) + np.sum(x[...] ** 2)


@program(normal(3, 4))
def two_dimensional(A):
    return A[1, 2] * A[-1, 0] + A[0][3] ** 2 + np.sum(A[1] * A[2])


@program(normal(3, 4))
def two_dimensional_slices(A):
    return np.sum(A[:, 1] * A[:, -1]) + np.sum(A[1:, ::2] ** 2) + np.sum(A[0, 1:3])


@program(normal(2, 3, 4))
def three_dimensional(A):
    return np.sum(A[0, ..., 1] * A[1, :, 2]) + np.sum(A[:, 1] ** 2) + A[1, 2, 3] ** 3


@program(normal(3, 4))
def none_inside(A):
    B = A[:, None, :] - A[None, :, :]
    return np.sum(B**2 * A[:, np.newaxis])


@program(normal(3))
def repeated_integer_array(x):
    return np.sum(x[PICK] ** 2) + np.sum(np.sin(x)[np.array([0, 0, 1])])


@program(normal(3))
def list_index(x):
    return np.sum(x[[0, 0, 2]] * x[[1, 2, 2]])


@program(normal(3), np.array([0, 0, 1]), wrt=0)
def index_argument(x, idx):
    return np.sum(x[idx] ** 2)


@program(normal(3), np.array([[0, 2], [2, 2]]), wrt=0)
def matrix_of_indices(x, idx):
    return np.sum(x[idx] ** 2 * np.array([[1.0, 2.0], [3.0, 4.0]]))


@program(normal(5))
def boolean_mask(x):
    return np.sum(x[MASK] ** 3) + np.sum(x[~MASK])


@program(normal(5))
def mask_from_values(x):
    return np.sum(x[x > 0] ** 2) - np.sum(x[(x < 0) & (x > -1)] ** 3)


@program(normal(3, 4))
def mask_in_two_dimensions(A):
    return np.sum(A[A > 0] ** 2) + np.sum(A[np.array([True, False, True])] ** 3)


@program(normal(3, 4))
def pairs_of_index_arrays(A):
    rows = np.array([0, 1, 1, 2])
    columns = np.array([3, 0, 0, 1])
    return np.sum(A[rows, columns] ** 2) + np.sum(A[rows] * 0.1)


@program(normal(3, 4))
def mixed_indices(A):
    k = np.array([0, 2, 2])
    return np.sum(A[k, 1] ** 2) + np.sum(A[1:, k] ** 3) + np.sum(A[k, ::2])


@program(normal(3, 4))
def picked_per_row(A):
    labels = np.array([1, 3, 0])
    return -np.sum(np.log(np.exp(A)[np.arange(3), labels]))


@program(normal(4))
def index_of_index(x):
    return np.sum(x[1:][1:] * x[:-1][:2]) + x[1:][0] * x[::-1][0]


@program(normal(4), normal(4))
def index_of_expression(x, y):
    return (x * y)[1] + np.sum((x + y)[::2]) * np.exp(x)[0]


@program(normal(5))
def index_by_argmax(x):
    return x[np.argmax(x)] * x[np.argmin(x)] + np.sum(x[np.argsort(x)[:2]] ** 2)


@program(normal(4), 2)
def where_indices(x, k):
    (places,) = np.where(x > -0.5)
    return np.sum(x[places] ** 2) + x.nonzero()[0].size * x[k]


@program(normal(4))
def sum_of_slices_in_loop(x):
    y = 0.0
    for i in range(len(x) + 1):
        y += np.sum(x[:i] ** 2) * np.sum(x[i:])
    return y


@program(normal(2, 3))
def transposes(A):
    return np.sum((A.T @ A) ** 2) + np.sum(A.transpose()[1] * np.transpose(A)[0])


@program(normal(2, 3, 4))
def axes_moved(A):
    B = A.transpose(2, 0, 1)
    C = np.swapaxes(A, 0, 2)
    D = np.moveaxis(A, 0, -1)
    return np.sum(B[1] ** 2) + np.sum(C[:, 0] ** 3) + np.sum(D[..., 1] * D[..., 0])


@program(normal(6))
def reshapes(x):
    A = x.reshape(2, 3)
    B = np.reshape(x, (3, 2))
    flat = A.reshape(-1)
    return np.sum(A @ B) + np.sum(flat**2 * x) + A.ravel()[1] * B.flatten()[2]


@program(normal(2, 3))
def reshape_of_transpose(A):
    y = A.T.reshape(-1)
    return y[0] * y[1] + np.sum(y[2:] ** 2)


@program(normal(4))
def dimensions_added(x):
    a = np.expand_dims(x, 0)
    b = x.reshape(-1, 1)
    return np.sum(a * b) + np.sum(np.squeeze(a) ** 2) + b.squeeze()[1]


@program(positive(3, 4))
def reduction_methods(A):
    return A.sum() * A.mean() + A.max() - A.min() + np.sum(A.sum(axis=0) ** 2) * A.std()


@program(normal(3, 4))
def reduction_axes(A):
    a = A.sum(axis=(0, 1)) + np.sum(A.mean(axis=-1) ** 2)
    return a * np.sum(A.max(axis=1)) + np.sum(A.min(axis=0, keepdims=True) * A)


@program(positive(4))
def products_and_cumulatives(x):
    return np.prod(x) + np.sum(np.cumsum(x) ** 2) + np.sum(np.diff(x) ** 2) + x.prod()


@program(normal(3), normal(3))
def joined(x, y):
    a = np.concatenate([x, y * 2])
    b = np.stack([x, y])
    c = np.vstack([x, y]) * np.hstack([x, y]).reshape(2, 3)
    return np.sum(a**2) + np.sum(b[0] * b[1]) + np.sum(c)


@program(0.4, 0.9)
def array_from_floats(x, y):
    v = np.array([x, y, x * y, 1.0])
    A = np.array([[x, 0.0], [y, x]])
    return np.sum(v**2) + A[0, 0] * A[1, 0] + np.sum(A @ A)


@program(normal(3))
def array_of_elements(x):
    v = np.array([x[i] ** (i + 1) for i in range(3)])
    return np.sum(v * x)


@program(normal(3), 0.5)
def filled_arrays(x, c):
    a = np.full(3, c)
    b = np.full_like(x, c * c)
    d = np.ones_like(x) * c + np.zeros(3) + np.arange(3) * c
    return np.sum(a * x + b) * np.sum(d)


@program(normal(4))
def flips_and_rolls(x):
    return np.sum(np.flip(x) * x * np.roll(x, 1)) + np.sum(x[::-1][1:] ** 2)


@program(normal(3), normal(2))
def repeated_and_tiled(x, y):
    return np.sum(np.repeat(x, 2) * np.tile(y, 3)) + np.sum(np.outer(x, y) ** 2)


@program(normal(3, 3))
def diagonals(A):
    return np.sum(np.diag(A) ** 2) * np.trace(A) + np.sum(np.diag(A[0]) @ A)


@program(normal(3, 3), normal(3))
def linear_algebra(A, b):
    M = A @ A.T + np.eye(3)
    x = np.linalg.solve(M, b)
    return b @ x + np.log(np.linalg.det(M)) + np.linalg.norm(x)


@program(normal(3, 4), normal(4))
def einsum(A, x):
    return np.einsum("ij,j->i", A, x) @ np.ones(3) + np.einsum("ij,ij->", A, A)


@program(normal(4))
def elementwise_methods(x):
    y = x.copy()
    z = y.clip(-0.5, 0.8)
    return np.sum(z * x) + x.dot(y) + y.astype(float)[0] + x.item(1) ** 2


@program(normal(4))
def shape_attributes(x):
    A = np.outer(x, x)
    n, m = A.shape
    return np.sum(A) / (n * m) + x.size * x[0] + A.ndim * len(A) * x[1]


@program(normal(2, 3))
def rows_as_list(A):
    rows = list(A)
    rows.append(A[0] * A[1])
    return np.sum(rows[2] * rows[0])


@program(normal(4))
def out_of_order_reads(x):
    y = x[3] * x[0]
    z = x[1:3]
    y = y * z[0] + z[1]
    z = x[::2]
    return y * z[1]


@program(normal(2, 3, 4))
def nested_loops_over_axes(A):
    total = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            total += np.sum(A[i, j, :-1] * A[i, j, 1:]) * A[i, j - 1, 0]
    return total


@program(normal(3), 0.2)
def mask_by_active_threshold(x, t):
    keep = x > t
    return np.sum(x[keep]) * t + np.sum(np.where(keep, x * t, t))


@program(normal(4), normal(2, 3))
def reductions_at_a_precision(v, m):
    return np.sum(v, dtype=np.float64) * v[0] + m.item(1, 2) * m.item(0) * m.item((1, 1))
