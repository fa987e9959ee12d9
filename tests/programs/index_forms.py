"""Stores with every form of index and every operator, into copies and into arguments."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(4), normal(3))
def negative_and_numpy_integers(x, v):
    y = x.copy()
    y[-1] = v[0]
    y[np.int64(1)] *= v[1]
    y[-3] -= v[2] * y[-1]
    return np.sum(y**3)


@program(normal(8), normal(3))
def slices_with_steps(x, v):
    y = x.copy()
    y[1:7:2] = v
    y[::-3] *= v
    y[6:0:-2] += v**2
    y[-3:] -= v[::-1]
    return np.sum(y**3)


@program(normal(8), 1, 6, 2)
@program(normal(8), None, None, -1)
@program(normal(8), -4, None, 3)
def slices_by_arguments(x, start, stop, step):
    y = x * 1.5
    y[start:stop:step] *= x[start:stop:step]
    y[slice(start, stop, step)] += x[0]
    return np.sum(y**2)


@program(normal(6))
def empty_slices(x):
    y = x * 2
    y[3:3] = x[1:1]
    y[5:2] *= 4.0
    y[:0] += x[0]
    return np.sum(y**2)


@program(normal(2, 3, 2), normal(3, 2))
def ellipsis_and_new_axes(A, B):
    C = A.copy()
    C[..., 0] = B[:, 1]
    C[..., 1:] *= B[:, 0, None]
    C[None, 1] = B
    C[0, None, :, None, 1] += B[:, :1]
    C[...] *= 1.5
    C[(0, 1)] = B[0] * B[1]
    return np.sum(C**3)


@program(normal(3, 4), normal(4))
def masks_of_several_forms(A, v):
    B = A * 2
    B[B > 1] = 0.5
    B[np.array([True, False, True])] *= v
    B[:, np.array([True, False, False, True])] += v[:2]
    B[np.array([False, True, False]), 1:] = v[1:] ** 2
    B[[True, False, False], 0] -= v[3]
    return np.sum(B**3)


@program(normal(5), normal(5))
def mask_computed_from_what_is_stored(x, v):
    y = x.copy()
    y[y < 0] *= -v[y < 0]
    y[y > v] = v[y > v] ** 2
    y[~(y > 0.5)] += 1.0
    return np.sum(y**2)


@program(normal(5), 0.3)
def mask_of_all_and_none(x, c):
    y = x * c
    y[x > 100] = x[0]
    y[x < 100] *= x[1]
    y[x != x] = c
    return np.sum(y**2)


@program(normal(4), normal(3))
def integer_arrays_with_repeats(x, v):
    y = x * 2
    y[np.array([0, 2, 0])] = v
    y[[3, 3, 1]] += v**2
    y[(np.array([1, 1, 2]),)] -= v
    return np.sum(y**3)


@program(normal(4), normal(3))
def every_operator_with_repeats(x, v):
    y = x + 3.0
    i = np.array([0, 2, 0])
    y[i] *= v
    y[i] /= v + 4
    y[i] -= v * y[i]
    y[[1, 1]] **= 2
    return np.sum(y**2)


@program(normal(4), normal(2, 2))
def index_of_two_dimensions(x, V):
    y = x * x
    y[np.array([[0, 1], [3, 2]])] = V
    y[np.array([[0, 1], [1, 3]])] += V**2
    return np.sum(y**3)


@program(normal(3, 4), normal(3))
def pairs_of_integer_arrays(A, v):
    B = A * 2
    B[np.arange(3), [1, 0, 1]] = v
    B[[0, 0, 2], [3, 3, 3]] += v**2
    B[np.ix_([0, 2], [0, 2])] *= v[0]
    B[np.tril_indices(3)] -= 0.5
    B[np.diag_indices(3)] = v
    return np.sum(B**3)


@program(normal(3, 4, 2), normal(2))
def mixed_integers_slices_arrays(A, v):
    B = A.copy()
    B[0, [1, 3]] = v
    B[:, [0, 2], 1] *= v
    B[[0, 2], :, 0] += v[:, None]
    B[[2, 1], 1:, 1] -= v[0]
    B[1, ..., np.array([0, 1])] = v[:, None] ** 2
    return np.sum(B**3)


@program(normal(3, 4), normal(4))
def arrays_and_masks_together(A, v):
    B = A * 1.0
    B[[0, 2], B[1] > 0] = 0.7 if np.sum(B[1] > 0) != 2 else v[0]
    B[B[:, 0] > 0, 1] *= v[1]
    B[np.nonzero(B < -0.5)] = v[2]
    B[np.where(B > 1.0)] += v[3]
    return np.sum(B**2)


@program(normal(4), positive(4))
def every_augmented_operator(x, w):
    y = x.copy() + 3.0
    y[0] += w[0]
    y[1] -= w[1] * x[0]
    y[2] *= w[2]
    y[3] /= w[3]
    y[1:3] **= 2
    y[:2] %= 2.7
    y += w
    y -= w * x
    y *= w
    y /= w + 1
    y **= 1.5
    return np.sum(y)


@program(normal(3, 3), normal(3, 3))
def augmented_matrix_product(A, B):
    C = A * 1.0
    C @= B
    C[:2, :2] @= B[1:, 1:]
    return np.sum(C**2)


@program(normal(4))
def floor_division_has_no_slope(x):
    y = x * 3
    y[:2] //= 0.7
    return np.sum(y**2) + np.sum(y * x)


@program(normal(3), normal(3))
def augmented_by_itself(x, v):
    y = x.copy()
    y += y
    y *= y
    y[1:] -= y[:-1] * y[1:]
    y[::-1] += y * v
    y[0] *= y[0]
    return np.sum(y**2)


@program(normal(4))
def chained_stores(x):
    a = np.zeros(4)
    b = np.zeros(4)
    a[0] = b[1] = x[0] * x[1]
    a[1:3] = b[2:] = c = x[1:3] ** 2
    c[0] = x[3]
    b[0] = a[3] = x[2]
    return np.sum(a**2 * b) + np.sum(c * b[2:])


def sine_and_cosine(t):
    return np.sin(t), np.cos(t)


@program(normal(6))
def tuple_stores(x):
    s = x.copy()
    for i in range(0, 6, 2):
        s[i], s[i + 1] = sine_and_cosine(x[i] * s[i - 1])
    s[0], s[1] = s[1], s[0] * 2
    (s[2], s[3]), s[4] = (s[3], s[4]), s[2]
    [s[-1], *rest] = x[0], x[1], x[2]
    return np.sum(s**2) + rest[0]


@program(normal(2, 3))
def tuple_stores_of_rows(A):
    A = A * 1.0
    A[0], A[1] = A[1], A[0]
    B = A.copy()
    B[0], B[1] = B[1].copy(), B[0].copy() * 2
    B[[0, 1]] = B[[1, 0]]
    return np.sum(A**2) + np.sum(B**3)


@program(normal(6))
def overlapping_right_sides(x):
    y = x.copy()
    y[1:] = y[:-1]
    y[:-2] = y[2:] * y[:-2]
    y[:3] += x[0] * np.flip(y[:3])
    y[::2] = y[1::2]
    y[:] = y[::-1] * x
    y[1:-1] = y[2:] - y[:-2]
    return np.sum(y**2)


@program(normal(3, 4))
def overlapping_boundaries(p):
    p[:, -1] = p[:, -2]
    p[0, :] = p[1, :] * p[0, :]
    p[:, 0] = p[:, 1]
    p[-1] = 0
    p[1:] = p[:-1]
    return np.sum(p**2)


@program(normal(3, 3))
def transposed_right_side(A):
    A = A.copy()
    A[:] = A.T
    A += A.T
    A[1:, :2] = A[:2, 1:].T * A[0, 0]
    return np.sum(A**3)


@program(normal(3), 0.4)
def everything_assigned(x, c):
    y = np.empty(3)
    y[:] = x
    y[...] = y * c
    y[:] = y[0]
    y[()] = y + x
    return np.sum(y**3)


@program(normal(3), 0.4)
def scalar_arrays_stored(x, c):
    s = np.zeros(())
    s[()] = x[0] * c
    s += x[1]
    s[...] *= x[2]
    return s * s


@program(normal(2, 3), normal(3), normal(2, 1), 0.5)
def broadcasting_stores(A, row, column, c):
    B = A.copy()
    B[:] = row
    B += column
    B[:, 1:] *= column
    B[1] -= c
    B[:, :1] = column * c
    B[...] = B * row + column
    B[0:1] = row[None]
    return np.sum(B**3)


@program(lambda rng: (rng.normal(size=4).astype(np.float32), rng.normal(size=4)))
def double_stored_into_single(x, v):
    y = x.copy()
    y[1:3] = v[:2] * 2
    y[0] += np.float32(0.5) * v[3]
    y *= 1.5
    return np.sum(y**2)


@program(lambda rng: (rng.normal(size=4).astype(np.float32), rng.normal(size=4)))
def single_stored_into_double(x, v):
    y = v.copy()
    y[:2] = x[:2]
    y[2:] *= x[2:]
    return np.sum(y**3)


@program(normal(4))
def real_numbers_stored_into_integers(x):
    n = np.zeros(4, dtype=int)
    n[:] = x * 10
    n[0] = x[1]
    return np.sum(n * x)


@program(normal(4))
def booleans_stored(x):
    m = np.zeros(4, dtype=bool)
    m[x > 0] = True
    m[1] = x[0] > x[1]
    return np.sum(x[m] ** 2) + np.sum(m * x)


@program(normal(5), 2)
@program(normal(5), 0)
def index_changes_between_stores(x, k):
    y = x.copy()
    i = k
    y[i] = x[0] ** 2
    i += 1
    y[i] *= x[1]
    idx = [i, 0]
    y[idx] += x[:2]
    idx[0] = 4
    y[idx] *= x[3]
    return np.sum(y**2)


@program(normal(5))
def index_array_stored_into_later(x):
    y = x.copy()
    where = np.array([0, 1, 2])
    y[where] *= x[:3]
    where += 1
    y[where] = y[where] ** 2
    where[0] = 4
    y[where] -= x[0]
    return np.sum(y**2)


@program(normal(5))
def mask_stored_into_later(x):
    y = x.copy()
    m = x > 0
    y[m] *= 2
    m[0] = not m[0]
    y[m] = y[m] ** 2
    m &= y > 0.1
    y[m] += x[1]
    return np.sum(y**2)


@program(normal(3, 4))
def stores_through_two_subscripts(A):
    B = A * 1.0
    B[1][2] = A[0, 0] ** 2
    B[0][1:] *= A[1][:3]
    B[:, 1:][0] += A[2, :3]
    B[1:][0][0] -= A[0, 1]
    B[2][:][::2] = A[0, :2]
    return np.sum(B**3)


@program(normal(4))
def store_of_a_conditional(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i] ** 2 if x[i] > 0 else -x[i] * x[0]
        y[i if x[i] > 0 else 0] += x[1]
    return np.sum(y**2)


@program(normal(4))
def deleted_and_remade_name(x):
    y = x * 2
    v = y[1:]
    del y
    v *= v
    y = v[::-1]
    y[0] = x[0]
    return np.sum(v**2)


@program(normal(4), positive(3))
def functions_as_subscripts(x, w):
    y = x.copy()
    y[int(np.floor(w[0]))] = w[1]
    y[np.argsort(x)[:2]] *= w[:2]
    y[np.argmax(w) :] -= w[2]
    y[len(y) // 2] **= 3
    return np.sum(y**2)


@program(normal(3))
def walrus_and_store(x):
    y = x.copy()
    y[(k := 1)] = (s := x[0] * x[1]) ** 2
    y[k + 1] += s
    return np.sum(y**2)


@program(normal(2, 2, 2))
def strided_corners(A):
    A = A.copy()
    A[::2, ::-1, 1] = A[1, ::-1, ::-1][:1]
    A[::-1, 0, ::-1] *= A[:, 1, :]
    return np.sum(A**3)


@program(lambda rng: (np.array(0.55), rng.normal(size=3)))
def subscripts_of_an_array_without_axes(z, v):
    y = z[...] * v[0] + z[()] ** 2
    return np.sum(z[None] * v) + np.sum(z[..., None] * v[1:]) + y


@program(lambda rng: (rng.uniform(0.5, 1.5, size=(2, 3)),))
def axis_given_as_a_numpy_integer(x):
    return np.sum(np.prod(x, axis=np.int64(1)) ** 2) + np.sum(np.mean(x, axis=np.int64(0)) ** 2)


@program(positive(4), positive(3), 0.7)
def powers_in_place_of_an_exponent_that_varies(x, p, s):
    y = x + 0.5
    y[1] **= s
    y[2:] **= p[:2]
    y **= s * p[2]
    y[[0, 3]] **= p[1:]
    y[1:3] %= p[0] + 0.1
    return np.sum(y * x)


@program(normal(7, 3))
def rows_of_many_bonds(x):
    i, j = np.arange(400) * 5 % 7, np.arange(400) * 3 % 6 - 7
    d = x[i] - x[j]
    return np.sum(np.sqrt(np.sum(d**2, axis=1) + 1.0)) / 400


@program(normal(5, 4), normal(3, 4))
def rows_selected_by_tables(x, w):
    table = np.arange(300, dtype=np.uint8).reshape(100, 3) % 5
    chosen = x[table]
    return np.mean(np.tanh(np.sum(chosen * w, axis=1)) * chosen[:, 0])


@program(normal(4, 6), normal(3, 2, 4))
def many_elements_rows_and_columns(x, y):
    i, j = np.arange(500) * 3 % 4, np.arange(500) * 7 % 6 - 6
    pairs = np.mean(x[i, j] * x[i, 0] ** 2)
    columns = np.mean(x[:, j] ** 3)
    planes = np.mean(y[i % 3 - 3] * y[1, i % 2][:, None]) + np.mean(y[:, :, i] ** 2)
    return pairs + columns + planes


@program(normal(3, 4))
def rows_of_a_transposed_array(x):
    index = np.arange(400) % 4
    y = np.asfortranarray(x.T)
    return np.mean(np.sin(y[index]) * np.cos(index)[:, None]) + np.mean(x.T[index, index % 3] ** 2)


@program(np.array([1.0, 0.5, 3.0, -2.0]), normal(4))
def one_place_where(x, y):
    i = np.where(x > 2)[0]
    return np.sum(x[i] * y * (i + 1))


@program(normal(4, 5), normal(4, 5))
def masks_of_two_axes(x, y):
    m = x > 0
    z = y.copy()
    z[m] = x[m] * y[m]
    z[~m] *= 3.0
    z[z > 2] = 1.5
    return np.sum(z**2) + np.mean(x[m & (y > 0)]) + np.sum(x[x > 50])


@program(normal(4, 5, 3), np.array([0, 2, 2]), 1)
def arrays_beside_integers_and_slices(x, i, k):
    total = np.sum(x[i, :, k] ** 2) + np.sum(x[:, i, k] ** 3) + np.sum(x[k, i] ** 2)
    return total + np.sum(x[k, :, i] ** 2 * np.arange(3)[:, None])


@program(normal(4, 5), normal(4), np.array([0, 2]), np.array([1, 3, 4]))
def meshes_and_places(x, y, i, j):
    rows, columns = np.nonzero(x > 0)
    block = x[np.ix_(i, j)]
    z = np.zeros((4, 5))
    z[np.ix_(i, j)] = block**2
    z[np.ix_(i, j)] += block
    return np.sum(z**3) + np.sum(block @ block.T) + np.sum(x[rows, columns] * y[rows])


@program(normal(6, 3), np.array([0, 1, 5, 1]), np.array([0, 1, 2, 1]), normal(4))
def added_at_pairs(v, i, j, w):
    y = v.copy()
    np.add.at(y, (i, j), w)
    np.subtract.at(y, (i, j), 2 * w * w)
    return np.sum(y**2)


@program(normal(6, 6), normal(3, 3))
def corners_by_lengths(x, v):
    corner = x[: len(v), len(v) :].copy()
    rest = (x * x)[len(v) :, len(v) :] * 1.0
    return np.sum(corner**2 * v) + np.sum(np.sin(rest) * rest)
