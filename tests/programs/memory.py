"""Hard cases of shared memory: views, aliases, swaps and lists of them, with stores."""

import numpy as np

from tests.programs import normal, program


@program(normal(5))
def view_of_copy(x):
    x = x.copy()
    y = x[1:-1]
    y *= 2
    return np.sum(y * x[1:-1]) + np.sum(x**3)


@program(normal(5))
def view_of_argument(x):
    y = x[1:-1]
    y *= y
    y *= x[0]
    return np.sum(y * x[1:-1]) + np.sum(x**3)


@program(normal(6), 0.3, 3)
@program(normal(6), 0.3, 0)
@program(normal(6), 0.3, 2)
def swap_of_buffers(u, nu, n):
    u = u.copy()
    u_new = u.copy()
    for t in range(n):
        u_new[1:-1] = u[1:-1] + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, u_new = u_new, u
    return np.sum(u**2) + np.sum(u_new[::2])


@program(normal(6), 0.3, 3)
@program(normal(6), 0.3, 0)
def swap_of_one_buffer(u, nu, n):
    u = u.copy()
    u_new = u
    for t in range(n):
        u_new[1:-1] = u[1:-1] + nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u, u_new = u_new, u
    return np.sum(u**2) + np.sum(u_new[::2])


@program(normal(4), True)
@program(normal(4), False)
def alias_or_copy(z, flag):
    z = z * 1.5
    y = z if flag else z.copy()
    y += 1
    return np.sum(y * z)


@program(normal(4), True)
@program(normal(4), False)
def alias_or_copy_by_statement(z, flag):
    z = z * 1.5
    if flag:
        y = z
    else:
        y = z * 2
    y[1:] *= z[:-1]
    return np.sum(y * z)


@program(normal(3), 3)
@program(normal(3), 0)
@program(normal(3), 1)
def alias_dead_after_rebinding(x, n):
    a = np.zeros(3)
    for i in range(n):
        b = a
        b[i] = x[i] ** 2
        a = a * 2
    return np.sum(a**2)


@program(normal(3), 3)
@program(normal(3), 2)
def alias_read_after_loop(x, n):
    a = np.zeros(3)
    for i in range(n):
        b = a
        b[i] = x[i] ** 2
        a = a * 2
    return np.sum(a**2) + np.sum(b**3)


@program(normal(3), 3, 0)
@program(normal(3), 3, 1)
@program(normal(3), 3, 7)
def one_iteration_kept(x, n, k):
    a = np.zeros(3)
    keep = a
    for i in range(n):
        if i == k:
            keep = a
        b = a
        b[i] = x[i] ** 2
        a = a * 2
    return np.sum(a**2) + np.sum(keep**2)


@program(normal(3, 2))
def list_of_rows(A):
    A = A.copy()
    rows = [A[i] for i in range(3)]
    rows[1] *= rows[0]
    return np.sum(A**2)


@program(normal(3), 3)
def list_of_buffers_appended(x, n):
    rows = []
    a = np.zeros(3)
    for i in range(n):
        rows.append(a)
        a = a + x
        rows[i][i] = x[i] ** 2
    return np.sum(rows[0] * rows[1]) + np.sum(rows[2] ** 2) + np.sum(a)


@program(normal(3), 2)
def one_buffer_appended_often(x, n):
    rows = []
    a = x * x
    for i in range(n):
        rows.append(a)
        a[i] *= x[i]
    return np.sum(rows[0] * rows[-1]) + np.sum(a)


def fill(buf, x, s):
    buf[:] = s * x
    buf[0] = x[0] ** 2 * buf[0]
    return buf[1:]


@program(normal(3), 0.7)
def scratch_of_helper(x, s):
    scratch = np.empty(x.size)
    total = 0.0
    for i in range(3):
        r = fill(scratch, x, s + i)
        total += np.sum(r**2) * scratch[0]
    return total


@program(normal(3), 0.7)
def view_from_helper_then_store(x, s):
    scratch = np.empty(x.size)
    total = 0.0
    for i in range(3):
        r = fill(scratch, x, s + i)
        scratch[1] *= s
        total += np.sum(r**2) * scratch[0]
    return total


@program(normal(4))
def overlapping_stores(x):
    x = x.copy()
    x[1:] = x[:-1]
    x[1:] = x[:-1] * x[1:]
    return np.sum(x**3)


@program(normal(3, 3))
def lu_by_crout(A):
    n = A.shape[0]
    A = A + 3 * np.eye(n)
    for j in range(n):
        for i in range(j, n):
            A[i, j] -= A[i, :j] @ A[:j, j]
        for i in range(j + 1, n):
            A[j, i] = (A[j, i] - A[j, :j] @ A[:j, i]) / A[j, j]
    return np.sum(A**3)


def add_to(s, v):
    s += v
    return s


@program(0.7, normal(3))
def augmented_argument_of_helper(a, x):
    p = add_to(a, 2 * a)
    y = x.copy()
    q = add_to(y, x * a)
    return p * a + np.sum(q * y)


@program(normal(3), 0.9)
@program(normal(3), 3.5)
@program(np.array([1.4, 0.9, 1.1]), 50.0)
@program(np.array([-2.1, 0.4, 0.8]), 3.5)
def stores_and_exits(x, limit):
    u = x.copy()
    s = 0.0
    k = 0
    while k < 6:
        if u[k % 3] > limit:
            break
        u[k % 3] = u[k % 3] ** 2 + 0.5 * u[(k + 1) % 3]
        s += u[k % 3] * x[0]
        if s > 3.0:
            return s * u[0]
        if s < -1.0:
            u[0] = s
            break
        k += 1
    return s + np.sum(u**2)


class Recurrent:
    def __init__(self, W, state):
        self.W = W
        self.state = state

    def energy(self):
        for k in range(1, len(self.state)):
            self.state[k] = np.tanh(self.W @ self.state[k - 1])
        return np.sum(self.state**2)


@program(lambda rng: (Recurrent(rng.normal(size=(2, 2)), rng.normal(size=(4, 2))),))
def state_of_object(net):
    return net.energy()


@program(normal(2, 2), normal(2))
def state_of_object_made_inside(W, h):
    net = Recurrent(W, np.zeros((4, 2)))
    net.state[0] = h
    return net.energy() + np.sum(net.state[1])


@program(normal(2, 3))
def reshape_that_copies(A):
    A = A * 1.0
    y = A.T.reshape(-1)
    y[0] = 5.0 * y[1]
    return np.sum(y**2) + np.sum(A**3)


@program(normal(2, 3))
def reshape_that_views(A):
    A = A * 1.0
    y = A.reshape(-1)
    y[0] = 5.0 * y[1]
    return np.sum(y**2) + np.sum(A**3)


@program(normal(2, 3))
@program(lambda rng: (rng.normal(size=(3, 2)).T,), id="fortran")
def reshape_by_layout_of_argument(A):
    A = A + 0.0
    y = A.reshape(-1)
    y[0] = 5.0 * y[1]
    y[2] *= y[3]
    return np.sum(y**2) + np.sum(A**3)


@program(normal(2, 3))
@program(lambda rng: (rng.normal(size=(3, 2)).T,), id="fortran")
def ravel_by_layout_of_argument(A):
    B = A.copy(order="K")
    y = B.ravel()
    y *= A[0, 0]
    y[1] = A[1, 2] ** 2
    return np.sum(B**2) + y[2]


@program(normal(3), normal(3))
def seeds_stay_untouched(x, z):
    y = x + z
    y = y + x
    return np.sum(y)


@program(normal(5), 3)
@program(normal(5), 0)
def products_of_neighbours(u, n):
    u = u.copy()
    u_new = np.zeros_like(u)
    for t in range(n):
        u_new[1:-1] = u[1:-1] * u[2:]
        u, u_new = u_new, u
    return np.sum(u**2)


@program(normal(4))
def view_of_view(x):
    a = x * 2
    b = a[1:]
    c = b[::2]
    c *= x[0]
    b[0] = x[1] ** 2
    a[2] += c[1] * c[0]
    return np.sum(a**2) + np.sum(b * x[1:]) + c[0] ** 3


@program(normal(4))
def two_overlapping_views(x):
    a = x * 2
    b = a[:3]
    c = a[1:]
    b *= x[0]
    c += b
    return np.sum(b**2) + np.sum(c**3) + a[1]


@program(normal(4))
def alias_swapped_with_view(x):
    a = x * 1.0
    b = x * 2.0
    v = a[1:]
    a, b = b, a
    a[1] = x[0]
    v *= x[3]
    return np.sum(a**2) + np.sum(b**3) + np.sum(v)


@program(normal(4), 3)
def view_of_latest_buffer(x, n):
    a = x * 1.0
    for i in range(n):
        v = a[i:]
        a[i] = x[i] ** 2
        v *= 1.5
        a = a + v[0]
    return np.sum(a**2) + np.sum(v)


@program(normal(4))
def base_rebound_while_view_lives(x):
    a = x * 2
    v = a[1:3]
    v[0] = x[0] ** 2
    a = a * a
    v[1] *= x[3]
    return np.sum(a) + np.sum(v**2)


@program(normal(4), 1)
@program(normal(4), 2)
def index_rebound_while_view_lives(x, k):
    a = x * 2
    v = a[k:]
    k = 0
    v *= x[k]
    a[k] = v[-1] ** 2
    return np.sum(a**2) + np.sum(v)


@program(normal(4))
def diagonal_view_by_einsum(x):
    A = np.outer(x, x)
    d = np.einsum("ii->i", A)
    d *= x[0]
    return np.sum(A**2) + d[1]


@program(normal(3))
def real_part_is_the_array(x):
    a = x * 2
    b = a.conj()
    b[0] = x[1] ** 2
    return np.sum(a**2) + b[2]


@program(normal(3))
def asarray_is_the_array(x):
    a = x * 2
    b = np.asarray(a)
    c = np.atleast_1d(b)
    c[0] = x[1] ** 2
    return np.sum(a**2) + b[2]


@program(normal(3))
def array_is_a_copy(x):
    a = x * 2
    b = np.array(a)
    c = a.astype(float)
    b[0] = x[1] ** 2
    c *= x[0]
    return np.sum(a**2) + b[0] * b[2] + np.sum(c**2)


@program(normal(4))
def split_gives_views(x):
    a = x * 2
    left, right = np.split(a, 2)
    left *= x[0]
    right[0] = left[1]
    return np.sum(a**2) + right[1]


@program(normal(3, 2))
def iteration_gives_views(A):
    B = A * 1.0
    for row in B:
        row *= row[0]
        row[1] += 1.0
    return np.sum(B**2)


@program(normal(3, 2))
def unpacking_gives_views(A):
    B = A * 1.0
    a, b, c = B
    a *= b
    c[0] = a[1] ** 2
    return np.sum(B**2) + np.sum(a) + c[1]


@program(normal(4))
def container_shares_what_it_holds(x):
    a = x * 2
    box = {"a": a, "half": a[:2]}
    box["half"][0] = x[3] ** 2
    a[1] *= x[0]
    return np.sum(box["a"] ** 2) + np.sum(box["half"]) + a[2]


def scale_first(v, c):
    v[0] *= c


@program(normal(4), 0.7)
def helper_stores_and_returns_nothing(x, c):
    y = x.copy()
    scale_first(y, c)
    scale_first(y[1:], c)
    for i in range(3):
        scale_first(y[i:], y[3])
    return np.sum(y**2)


def energy(u):
    return np.sum(u**3)


@program(normal(4), 3)
def helper_keeps_what_is_overwritten(x, n):
    u = x.copy()
    e = 0.0
    for i in range(n):
        e += energy(u)
        u *= 0.9
        u[i] = e
    return e * u[1]


@program(normal(4))
def broadcast_view_read_only(x):
    a = x * 2
    w = np.broadcast_to(a, (3, 4))
    s = np.sum(w**2)
    a[0] = x[1]
    return s + np.sum(a**2)


@program(normal(4))
def flipped_view_stored(x):
    a = x * 2
    r = a[::-1]
    r[0] = x[0] ** 2
    a[1:3] *= r[1:3]
    return np.sum(a**2) + np.sum(r * x)


@program(normal(4), normal(4))
def argument_alias_stored(x, z):
    y = x
    y[0] = z[1] ** 2
    x[1] *= y[0]
    return np.sum(x * y) + np.sum(z * x)


@program(normal(4), normal(4))
def buffer_kept_by_a_loop_and_stored_into_after_it(u, v):
    w = u * v
    s = w[1:].copy()
    t = v[:-1] * 1.5
    for c in v:
        b = np.tanh(c) * s[1]
        t = t
        s[:] = np.tanh(t * s)
    t[1] = np.sin(1.5)
    return b + c + w[1]
