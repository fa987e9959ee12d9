"""The in-place API of NumPy: `out=`, `where=`, functions and methods that store."""

import numpy as np

from tests.programs import normal, positive, program


@program(normal(4), positive(4))
def ufuncs_with_out(x, w):
    y = np.empty(4)
    np.multiply(x, w, out=y)
    np.sin(y, out=y)
    np.add(y, 1.0, y)
    np.divide(y, w, out=y)
    np.exp(x, y)
    np.sqrt(y, out=y)
    np.subtract(x, y, out=(y,))
    np.multiply(y, w, out=y)
    return np.sum(y**2)


@program(normal(5))
def out_is_a_view(x):
    y = np.zeros(7)
    np.multiply(x, 2.0, out=y[1:-1])
    np.add(y[1:-1], y[2:], out=y[1:-1])
    np.negative(y[::2], out=y[::2])
    v = y[:3]
    np.tanh(v, out=v)
    return np.sum(y**2)


@program(normal(4))
def value_of_out_is_the_array(x):
    y = np.empty(4)
    z = np.sin(x, out=y)
    z[0] = x[1] ** 2
    w = np.add(y, z, out=z)
    w *= 2
    return np.sum(y**2) + np.sum(z * w)


@program(normal(4))
def out_used_in_an_expression(x):
    y = np.empty(4)
    s = np.sum(np.multiply(x, x, out=y)) + y[0]
    return s * np.sum(np.exp(y, out=y))


@program(normal(3, 4), normal(4, 3))
def products_with_out(A, B):
    C = np.empty((3, 3))
    np.matmul(A, B, out=C)
    D = np.zeros((3, 3))
    np.dot(C, C, out=D)
    np.einsum("ij,jk->ik", C, D, out=C)
    np.outer(A[0, :3], B[0], out=D)
    return np.sum(C * D)


@program(normal(3, 4))
def reductions_with_out(A):
    s = np.empty(4)
    np.sum(A, axis=0, out=s)
    t = np.empty(3)
    A.mean(axis=1, out=t)
    m = np.zeros((3, 1))
    np.max(A, axis=1, keepdims=True, out=m)
    A.prod(0, out=s[:])
    return np.sum(s**2) + np.sum(t**3) + np.sum(m * A)


@program(normal(5))
def scans_and_clips_with_out(x):
    y = np.empty(5)
    np.cumsum(x, out=y)
    np.clip(y, -1.0, 1.0, out=y)
    z = np.empty(5)
    np.cumprod(y + 2, out=z)
    x.clip(0.0, None, out=y)
    np.maximum(y, z, out=z)
    np.abs(z, out=z)
    return np.sum(z**2) + np.sum(y)


@program(normal(5))
def selections_with_out(x):
    y = np.empty(3)
    np.take(x, [0, 2, 4], out=y)
    z = np.empty((2, 3))
    np.stack([y, y * 2], out=z)
    w = np.empty(8)
    np.concatenate([x, y], out=w)
    return np.sum(z**2) + np.sum(w**3)


@program(positive(5), normal(5))
def ufuncs_with_where_and_out(x, v):
    y = v.copy()
    np.log(x, out=y, where=x > 1.0)
    z = np.zeros(5)
    np.divide(v, x, out=z, where=v > 0)
    np.add(z, 1.0, out=z, where=np.array([True, False, True, False, False]))
    return np.sum(y**2) + np.sum(z**3)


@program(normal(5))
def division_guarded_by_where(x):
    d = np.maximum(x, 0.0)
    q = np.divide(x**2, d, out=np.zeros_like(x), where=d != 0)
    r = np.sqrt(d, out=np.zeros_like(d), where=d > 0)
    return np.sum(q**2) + np.sum(r)


@program(normal(3, 4))
def reductions_with_where(A):
    s = np.sum(A, where=A > 0)
    t = A.sum(axis=0, where=np.array([[True], [False], [True]]))
    m = np.mean(A, axis=1, where=A > -1.0)
    return s + np.sum(t**2) + np.sum(m**3)


@program(normal(3, 4), normal(4))
def copyto(A, v):
    B = np.empty((3, 4))
    np.copyto(B, A)
    np.copyto(B[1], v**2)
    np.copyto(B[:, 0], v[0])
    np.copyto(B, v, where=A > 0)
    np.copyto(B, -1.0, where=np.array([True, False, False, False]))
    return np.sum(B**3)


@program(normal(6), normal(3))
def put_and_place(x, v):
    y = x * 2
    np.put(y, [0, 2, 4], v)
    y.put([5], v[0] * v[1])
    np.place(y, x > 0, v[:1])
    np.putmask(y, x < -0.5, x**2)
    return np.sum(y**3)


@program(normal(2, 3), normal(2, 3))
def put_along_axis(A, V):
    B = A * 1.0
    order = np.argsort(A, axis=1)
    np.put_along_axis(B, order, V, axis=1)
    np.put_along_axis(B, np.argmax(A, axis=1)[:, None], 9.0, axis=1)
    return np.sum(B**3)


@program(normal(3, 3), normal(3), 0.4)
def fill_diagonal(A, d, c):
    B = A.copy()
    np.fill_diagonal(B, d)
    C = B @ A
    np.fill_diagonal(C, c)
    np.fill_diagonal(C[1:, :2], 0.0)
    return np.sum(C**2)


@program(normal(4), normal(5))
def ufunc_at(y, v):
    where = np.array([0, 1, 1, 3, 0])
    y = y.copy()
    np.add.at(y, where, v)
    np.subtract.at(y, [2, 2], v[:2] ** 2)
    np.add.at(y, where, y[0])
    np.multiply.at(y, [0, 1], 2.0)
    return np.sum(y**3)


@program(normal(4), positive(5))
def ufunc_at_with_repeated_products(y, v):
    y = y.copy()
    np.multiply.at(y, np.array([0, 1, 1, 3, 0]), v)
    return np.sum(y**3)


@program(normal(3, 3), normal(4))
def add_at_in_two_dimensions(A, v):
    B = A.copy()
    np.add.at(B, ([0, 1, 1, 0], [2, 0, 0, 2]), v)
    np.add.at(B, (slice(None), [0, 0]), 1.5 * v[0])
    np.add.at(B, np.s_[0, 1:], v[:2])
    return np.sum(B**3)


@program(normal(5), 0.3)
def filled(x, c):
    y = x.copy()
    y.fill(c)
    y[1:3].fill(x[0] ** 2)
    y *= x
    return np.sum(y**2)


@program(normal(5))
def sorted_in_place(x):
    y = x.copy()
    y.sort()
    z = x * 2
    z[1:4].sort()
    z[::-1].sort()
    return np.sum(y**2 * np.arange(5)) + np.sum(z * x)


@program(normal(3, 4))
def sorted_along_axes(A):
    B = A.copy()
    B.sort(axis=0)
    B.sort(1)
    B[:, 0].sort()
    return np.sum(B**2 * np.arange(12).reshape(3, 4))


@program(normal(5))
def partitioned_in_place(x):
    y = x.copy()
    y.partition(2)
    return y[2] ** 2 + np.sum(y[:2]) * 3


@program(normal(2, 3))
def shape_assigned(A):
    B = A * 1.0
    B.shape = (3, 2)
    B[0, 1] = A[1, 2] ** 2
    B.shape = 6
    B[4] *= A[0, 0]
    return np.sum(B**2 * np.arange(6))


@program(normal(2, 3))
def flat_stores(A):
    B = A * 1.0
    B.flat[2] = A[0, 0] ** 2
    B.flat[3:] *= A[0]
    B.flat[[0, 1]] += A[1, :2]
    B.flat = B.flat[0] if A.size == 0 else A.ravel()[::-1] * B.ravel()
    return np.sum(B**3)


@program(normal(2, 3))
def transpose_stores(A):
    B = A * 1.0
    B.T[1] = A[:, 0] ** 2
    B.T[2, 0] *= A[1, 1]
    B.T[...] *= 2.0
    return np.sum(B**3)


@program(normal(3))
def real_part_stores(x):
    z = np.zeros(3, dtype=complex)
    z.real[...] = x
    z.imag[1:] = x[:2] ** 2
    z.real = z.real * x
    return np.sum(np.abs(z) ** 2)


@program(normal(3))
def real_part_of_reals(x):
    y = x * 2
    y.real[0] = x[1] ** 2
    y.real *= x
    return np.sum(y**2)


@program(normal(4))
def functions_that_shuffle_in_place(x):
    y = x.copy()
    y[:] = np.roll(y, 1)
    y[:2], y[2:] = y[2:].copy(), y[:2].copy()
    np.nan_to_num(y, copy=False)
    return np.sum(y**2 * np.arange(4))


@program(normal(4), normal(4))
def operator_functions(x, v):
    import operator

    y = x.copy()
    operator.iadd(y, v)
    y = operator.imul(y, v)
    operator.setitem(y, 0, v[1] ** 2)
    return np.sum(y**2)


@program(normal(4))
def dunder_methods(x):
    y = x.copy()
    y.__setitem__(0, x[1] ** 2)
    y.__iadd__(x)
    return np.sum(y**2)


@program(normal(4), normal(2, 2))
def buffers_reused_with_out(x, W):
    work = np.empty((2, 2))
    total = 0.0
    for i in range(3):
        np.multiply(W, x[i], out=work)
        np.tanh(work, out=work)
        total += np.sum(work @ x[:2])
        np.copyto(W, work)
    return total


@program(normal(5))
def horner_in_one_buffer(x):
    y = np.ones_like(x)
    for c in (0.5, -0.2, 0.1):
        np.multiply(y, x, out=y)
        np.add(y, c, out=y)
    return np.sum(y)


@program(normal(5), 3)
def diffusion_without_temporaries(u, n):
    u = u.copy()
    flux = np.empty(len(u) - 1)
    for t in range(n):
        np.subtract(u[1:], u[:-1], out=flux)
        np.multiply(flux, flux, out=flux)
        flux *= 0.1
        np.add(u[1:-1], flux[1:], out=u[1:-1])
        np.subtract(u[1:-1], flux[:-1], out=u[1:-1])
    return np.sum(u**2)


@program(positive(5))
def errors_ignored_around_out(x):
    y = np.empty_like(x)
    with np.errstate(divide="ignore"):
        np.log(x, out=y)
    return np.sum(y**2)


@program(normal(4))
def out_given_none(x):
    y = np.sin(x, out=None)
    z = np.sum(y, axis=0, out=None)
    return z * y[0]


@program(lambda rng: (rng.normal(size=4).astype(np.float32), rng.normal(size=4)))
def out_of_another_precision(x, v):
    y = np.empty(4)
    np.multiply(x, x, out=y)
    z = np.empty(4)
    np.add(v, v, out=z, casting="same_kind")
    return np.sum(y * v) + np.sum(z)


@program(normal(2, 3))
def out_broadcasts_the_inputs(A):
    B = np.empty((4, 2, 3))
    np.multiply(A, 2.0, out=B)
    np.add(A[0], 0.5, out=B[0])
    return np.sum(B**3)


def normalise(v, out):
    np.divide(v, np.sqrt(np.sum(v**2)), out=out)
    return out


@program(normal(3), normal(3))
def out_in_a_helper(x, z):
    buffer = np.empty(3)
    a = normalise(x, buffer)
    s = a[0]
    b = normalise(z, out=buffer)
    return s * np.sum(b) + a[1]


@program(positive(2, 3), positive(3))
def updates_one_after_another(A, v):
    B = A * 2
    np.multiply.at(B, ([0, 1, 0], [1, 2, 1]), v)
    np.maximum.at(B, (0, [0, 0, 2]), v + 0.3)
    np.power.at(B, [[0, 1], [1, 0]], v[:2, None, None])
    np.sqrt.at(B[1], [0, 0, 1])
    np.sin.at(B, A > 0.5)
    return np.sum(B * A)


@program(positive(4), positive(4))
def two_results_with_out(x, w):
    parts = np.empty((2, 4))
    fraction, whole = np.modf(3 * x, out=(parts[0], None))
    q, r = np.divmod(3 * x, w, parts[1], np.empty(4))
    r *= x
    return np.sum(parts[0] * x + r * fraction + whole * x + q * w)
