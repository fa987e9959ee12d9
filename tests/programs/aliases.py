"""Small programs in which one memory has several names: views, containers, buffers, calls."""

import numpy as np

from tests.programs import normal, program


@program(normal(4))
def one_assignment_two_names(x):
    a = b = x * 2
    b[1] = x[0] ** 2
    a *= b
    return np.sum(a * b)


@program(normal(4))
def alias_then_own_memory(x):
    a = x * 2
    b = a
    a = a + b
    b[0] = a[1]
    a[0] *= b[0]
    return np.sum(a * b)


@program(normal(4))
def augmented_name_keeps_the_alias(x):
    a = x * 2
    b = a
    a += 1.0
    a *= b
    return np.sum(b**2) + a[0]


@program(0.7)
def augmented_number_rebinds(s):
    a = s * 2
    b = a
    a += 1.0
    a *= b
    return a * b


@program(normal(4), True)
@program(normal(4), False)
def conditional_alias_in_loop(z, flag):
    z = z * 1.5
    y = z if flag else z.copy()
    for i in range(3):
        y[i] *= z[i + 1]
        z[0] += y[i]
    return np.sum(y * z)


@program(normal(4))
def alias_decided_by_data(x):
    a = x * 2
    b = x * 3
    c = a if x[0] > 0 else b
    c[1:] *= a[:-1]
    b[0] += c[3]
    return np.sum(a**2) + np.sum(b * c)


@program(normal(4), 3)
def alias_decided_in_each_turn(x, n):
    a = x * 2
    b = x * 3
    for i in range(n):
        c = a if x[i] > 0 else b
        c[i] = a[i] * b[i + 1]
    return np.sum(a**2) + np.sum(b**2) + c[0]


@program(normal(4), 3)
@program(normal(4), 2)
def three_buffers_in_rotation(x, n):
    a, b, c = x * 1.0, x * 2.0, np.zeros(4)
    for i in range(n):
        c[:] = a * b
        c[i] = x[0]
        a, b, c = b, c, a
    return np.sum(a**2) + np.sum(b) + np.sum(c**3)


@program(normal(4), 3)
def buffers_swapped_through_a_temporary(x, n):
    old = x.copy()
    new = np.empty_like(old)
    for i in range(n):
        new[:] = np.sin(old) * x
        tmp = old
        old = new
        new = tmp
    return np.sum(old**2) + np.sum(new)


@program(normal(4), 3)
def buffers_in_a_list_by_parity(x, n):
    u = [x.copy(), np.zeros(4)]
    for t in range(n):
        u[(t + 1) % 2][1:] = u[t % 2][:-1] * u[t % 2][1:]
        u[(t + 1) % 2][0] = u[t % 2][0]
    return np.sum(u[0] ** 2) + np.sum(u[1] ** 3)


@program(normal(4), 3)
def planes_of_one_array_by_parity(x, n):
    u = np.zeros((2, 4))
    u[0] = x
    for t in range(n):
        now, then = u[t % 2], u[(t + 1) % 2]
        then[1:] = now[:-1] * now[1:]
        then[0] = now[0]
    return np.sum(u**2)


@program(normal(6))
def views_kept_in_a_list(x):
    y = x * 2
    parts = [y[:2], y[2:4], y[4:]]
    for p in parts:
        p *= p[0]
    parts[1][:] = parts[0] + parts[2]
    return np.sum(y**2) + parts[2][1]


@program(normal(6))
def views_kept_in_a_dict(x):
    y = x * 2
    half = {"left": y[:3], "right": y[3:]}
    half["left"] *= half["right"]
    half["right"][0] = half["left"][0] ** 2
    return np.sum(y**2)


@program(normal(6))
def views_kept_in_a_tuple(x):
    y = x * 2
    pair = (y[::2], y[1::2])
    even, odd = pair
    even += odd
    pair[1][0] *= even[0]
    return np.sum(y**2)


class Field:
    def __init__(self, data):
        self.data = data
        self.inside = data[1:-1]

    def relax(self, c):
        self.inside[:] = self.inside + c * (self.data[2:] - self.data[:-2])


@program(normal(6), 0.3)
def view_kept_in_an_attribute(x, c):
    f = Field(x.copy())
    f.relax(c)
    f.data[1] *= 2.0
    f.relax(c)
    return np.sum(f.data**2) + np.sum(f.inside)


@program(normal(6), 0.3)
def view_kept_in_a_closure(x, c):
    y = x.copy()
    middle = y[1:-1]

    def scale(k):
        middle[k] *= c
        return middle

    scale(0)[1] += x[0]
    y[1] **= 2
    scale(2)
    return np.sum(y**2) + np.sum(middle)


def interior(a):
    return a[1:-1]


def first_row(a, k=0):
    row = a[k]
    row += 1.0
    return row


@program(normal(5))
def view_returned_by_a_helper(x):
    y = x.copy()
    v = interior(y)
    v *= x[0]
    interior(y)[0] = v[2] ** 2
    interior(interior(y))[:] += v[0]
    return np.sum(y**2)


@program(normal(3, 2))
def row_returned_by_a_helper(A):
    B = A * 1.0
    r = first_row(B)
    s = first_row(B, 1)
    r *= s
    B[1, 0] = r[1]
    return np.sum(B**2) + np.sum(s)


def blend(a, b, w):
    a *= w
    b += a
    return np.sum(b)


@program(normal(4), 0.4)
def same_array_passed_twice(x, w):
    y = x.copy()
    t = blend(y, y, w)
    u = blend(y[1:], y[:-1].copy(), w)
    return np.sum(y**2) + t * u


@program(normal(4), 0.4)
def overlapping_views_passed(x, w):
    y = x.copy()
    t = blend(y[1:], y[:-1], w)
    return np.sum(y**2) * t


@program(normal(4), 0.4)
def updates_its_own_argument(x, w):
    x *= w
    x[1:] += x[:-1]
    x[0] = w
    return np.sum(x**2)


def axpy(a, x, y):
    y += a * x


def halve(x):
    x[...] = x / 2
    return x


@program(normal(4), normal(4), 0.3)
def helpers_that_write_their_arguments(x, y, a):
    axpy(a, x, y)
    axpy(y[0], y, x)
    z = halve(x)
    axpy(a, halve(z), y[:])
    return np.sum(x * y) + np.sum(z)


def scratch_product(x, work):
    work[:] = x
    for i in range(1, len(x)):
        work[i] *= work[i - 1]
    return work[-1]


@program(normal(4))
def scratch_passed_down(x):
    work = np.empty(len(x))
    p = scratch_product(x, work)
    q = scratch_product(x[::-1] * p, work)
    return p * q + np.sum(work)


@program(normal(4))
def garbage_never_reaches_the_result(x):
    junk = np.empty(4)
    junk.fill(np.nan)
    junk[:2] = x[:2] * x[2:]
    junk[2:] = junk[:2] ** 2
    other = np.full(4, np.nan)
    other[1] = x[0] ** 3
    return np.sum(junk) + other[1]


@program(normal(3))
def garbage_in_a_reused_buffer(x):
    buffer = np.full((2, 3), np.nan)
    total = 0.0
    for i in range(3):
        buffer[0] = x * i
        buffer[1, : i + 1] = x[: i + 1] ** 2
        total += np.sum(buffer[0]) * np.sum(buffer[1, : i + 1])
        buffer[:] = np.nan
    return total


@program(normal(3))
def garbage_multiplied_then_overwritten(x):
    y = np.full(3, np.nan)
    z = y * x
    z[:] = x**2
    y[...] = z * x
    return np.sum(y)


@program(normal(3))
def garbage_in_a_branch(x):
    y = np.empty(3)
    y[:] = np.nan
    for i in range(3):
        if x[i] > 0:
            y[i] = x[i] ** 2
    return np.sum(y[x > 0])


@program(normal(3, 4))
def views_of_every_kind(A):
    B = A * 1.0
    B.T[0] *= A[:, 0]
    B.reshape(-1)[3] = A[0, 0] ** 2
    B.ravel()[4:6] += A[1, :2]
    B.swapaxes(0, 1)[1:3, 0] *= 2.0
    np.transpose(B)[2] -= A[:, 1]
    B[:, None, :][1, 0] *= A[2]
    B.view()[2, 2] = A[0, 3]
    return np.sum(B**3)


@program(normal(2, 3))
def views_by_functions(A):
    B = A * 1.0
    np.moveaxis(B, 0, 1)[1] *= A[:, 0]
    np.squeeze(B[None])[0] += A[1]
    np.expand_dims(B, 0)[0, 1, 1] = A[0, 0] ** 2
    np.flip(B, 1)[0, 0] *= 3.0
    np.rot90(B)[0] += A[:, 0]
    np.atleast_3d(B)[1, 2, 0] -= A[0, 1]
    np.rollaxis(B, 1)[2, 0] = A[1, 1]
    return np.sum(B**3)


@program(normal(3, 3))
def diagonal_and_traces(A):
    B = A.copy()
    d = B.diagonal()
    B[0, 0] = d[1] * d[2]
    e = np.diag(B).copy()
    e *= d
    B.flat[::4] = e
    return np.sum(B**2) + np.sum(d)


@program(normal(6))
def pieces_by_split(x):
    y = x * 2
    a, b, c = np.split(y, 3)
    a *= b
    c[0] = a[1] ** 2
    parts = np.array_split(y, 4)
    parts[0][1] += x[0]
    for p in np.hsplit(y, 2):
        p[0] *= p[1]
    return np.sum(y**2) + c[1]


@program(normal(2, 3))
def rows_as_loop_variables(A):
    B = A * 1.0
    for i, row in enumerate(B):
        row[i] = row[2] * row[0]
        for k in range(3):
            row[k] *= A[i, k]
    for r, s in zip(B, A, strict=True):
        r += s[::-1]
    return np.sum(B**2)


@program(normal(4))
def view_read_after_its_base_changed(x):
    y = x * 2
    v = y[1:]
    s = np.sum(v**2)
    y[2] = x[0]
    return s + np.sum(v**3) + np.sum(y)


@program(normal(4))
def copy_made_between_stores(x):
    y = x * 2
    c = y.copy()
    y[0] = c[1] * y[1]
    c[0] = y[0]
    z = y[:]
    z[1] = c[0]
    return np.sum(y * c) + np.sum(z**2)


@program(normal(4))
def view_in_a_branch(x):
    y = x * 2
    if x[0] > 0:
        v = y[:2]
    else:
        v = y[2:]
    v *= y[1]
    y[1] = v[0]
    return np.sum(y**2) + np.sum(v)


@program(normal(5), 4)
def moving_window(x, n):
    y = x.copy()
    for i in range(n):
        w = y[i : i + 2]
        w[0] = w[1] ** 2
        w *= x[i]
    return np.sum(y**2) + w[0]


@program(normal(5))
def shrinking_view(x):
    y = x.copy()
    v = y
    while len(v) > 1:
        v[0] *= v[-1]
        v = v[1:]
    return np.sum(y**2)


@program(normal(5), 3)
def view_carried_to_the_next_turn(x, n):
    y = x.copy()
    prev = y[:1]
    for i in range(1, n + 1):
        cur = y[i : i + 1]
        cur *= prev[0]
        prev = cur
    prev += 1.0
    return np.sum(y**2)


def keep_last(store, v):
    store["last"] = v
    v[0] *= 2


@program(normal(3))
def argument_kept_by_a_helper(x):
    y = x.copy()
    box = {"last": x}
    keep_last(box, y)
    y[1] = x[0] ** 2
    return np.sum(box["last"] ** 3)


@program(normal(3))
def list_extended_with_aliases(x):
    y = x * 2
    held = [y]
    held.append(y[1:])
    held += [held[0]]
    y[0] = x[1]
    held[1][0] *= held[2][0]
    return np.sum(held[0] * held[2]) + np.sum(held[1])


@program(normal(3))
def list_element_replaced(x):
    rows = [x * 1.0, x * 2.0]
    first = rows[0]
    rows[0] = rows[1]
    rows[0][0] = x[2] ** 2
    first *= rows[1]
    return np.sum(first**2) + np.sum(rows[0] * rows[1])


@program([0.5, -0.3], normal(2))
def list_argument_stored_into(values, x):
    values[0] = values[1] * x[0]
    values[1] += values[0]
    return values[0] * values[1] + x[1]


@program(lambda rng: ({"w": rng.normal(size=3), "b": 0.4},))
def dict_argument_stored_into(p):
    p["w"] *= p["b"]
    p["w"][0] = p["b"] ** 2
    p["b"] = np.sum(p["w"])
    return p["b"] * p["w"][1]


@program(normal(3), normal(3))
def argument_aliases_swapped(x, z):
    a, b = x, z
    a, b = b, a
    a[0] = b[1] ** 2
    b *= a
    return np.sum(x * z)


@program(normal(4))
def view_of_temporary(x):
    v = (x * 2)[1:]
    w = v[::-1]
    w[0] = x[0]
    return np.sum(v**2) + w[2]


@program(normal(3))
def result_is_a_stored_element(x):
    out = np.empty(2)
    out[0] = np.sum(x**2)
    out[1] = out[0] * x[0]
    return out[1]


@program(normal(3))
def result_is_the_array_itself(x):
    out = np.zeros(1)
    for v in x:
        out += v**2
    return out


@program(normal(2, 3))
def broadcast_view_read_after_store(A):
    row = A[0] * 1.0
    wide = np.broadcast_to(row, (2, 3))
    s = np.sum(wide * A)
    row[1] = A[1, 0] ** 2
    return s + np.sum(wide * A)


@program(normal(5))
def sliding_windows_after_store(x):
    y = x * 1.0
    w = np.lib.stride_tricks.sliding_window_view(y, 2)
    a = np.sum(w[:, 0] * w[:, 1])
    y[1] = x[0] ** 2
    return a + np.sum(w**2)


@program(normal(3))
def recursion_on_a_shared_buffer(x):
    buffer = x.copy()

    def descend(k):
        if k == 0:
            return buffer[0]
        buffer[k] *= buffer[k - 1]
        return descend(k - 1) + buffer[k]

    return descend(2) * np.sum(buffer)


@program(normal(3), 2)
def inner_function_rebinding_outer_buffer(x, n):
    u = x.copy()
    v = np.zeros(3)

    def step():
        nonlocal u, v
        v[:] = u * x
        v[0] += 1.0
        u, v = v, u

    for i in range(n):
        step()
    return np.sum(u**2) + np.sum(v)


@program(normal(3), normal(3))
def default_buffer_of_a_helper(x, z):
    def add(v, into=None):
        if into is None:
            into = np.zeros(3)
        into += v**2
        return into

    a = add(x)
    b = add(z, a)
    b[0] *= 2
    c = add(z)
    return np.sum(a * c)


def damp(a, k):
    inner = a[k:]
    inner *= 0.9


def damped_part(a, k):
    inner = a[k:]
    inner *= 0.9
    return inner


def keep_and_halve(held, a):
    held.append(a)
    a[0] *= 0.5
    return held


@program(normal(4))
def helper_stores_through_a_view(x):
    damp(x, 1)
    return np.sum(x**2)


@program(normal(4))
def helper_stores_through_a_view_it_returns(x):
    y = x * 2
    t = damped_part(y, 1)
    damped_part(y, 2)
    return np.sum(y) + np.sum(t**2)


@program(normal(4))
def part_returned_and_not_used(x):
    t = damped_part(x, 1)
    return np.sum(x)


@program(normal(3))
def list_that_keeps_an_argument(x):
    held = [x * 0.5, x * 0.5]
    held = keep_and_halve(held, x)
    return np.sum(x) + np.sum(held[-1] * held[0])


@program(normal(3))
def imaginary_part_read_after_a_store(x):
    z = x * (1 + 2j)
    w = z.imag
    z[0] = x[1] * (2 + 1j)
    return np.sum(w**2)


@program(normal(3))
def real_part_stored_through_its_view(x):
    z = x * (1 + 2j)
    w = np.real(z)
    z[0] = x[1] * (2 + 1j)
    w[1] = x[2] ** 2
    return np.sum(np.abs(z) ** 2) + np.sum(w**3)


@program(normal(4), 0.7)
def counters_of_the_same_names_as_those_of_a_loop_for_at(x, k):
    y = x * 1.0
    np.multiply.at(y, np.array([0, 1, 1]), x[:3])
    np.add.at(y, [0, 0, 1], x[:3])
    return np.sum(y**2) * k


@program(normal(8))
def windows_on_an_array(v):
    return np.sum(np.lib.stride_tricks.sliding_window_view(v, 3) ** 2)


@program(normal(3), 0.7)
def name_bound_to_the_sum_of_its_array(x, c):
    b = c + x
    r = x * 2 + b
    r = np.sum(r)
    return r * r


@program(normal(3), 0.7)
def filled_array_added_before_its_name_is_a_sum(x, c):
    b = np.full_like(x, c * c)
    r = x + b
    r = np.sum(r)
    return r * r


@program(normal(3), 0.7)
def conflict_seen_through_the_stores_of_another(x, r):
    y = x * 2
    total = np.zeros_like(y)
    z = y
    same = total
    y += x
    same += r * 2 * z
    total += r
    return np.sum(total * total)


def scaled_through_swapped_names(a, b):
    u, w = a, b
    u, w = w, u
    u[0] = w[1] ** 2
    w *= u


@program(normal(3), normal(3))
def helper_swaps_names_of_its_arguments(x, z):
    a = x * 1.5
    b = z * 2.0
    scaled_through_swapped_names(a, b)
    return np.sum(a * b)


@program(normal(4), normal(4))
def argument_kept_and_read_in_its_list(u, v):
    held = [u, u * 0.5]
    held = keep_and_halve(held, v)
    return np.sum(held[-1] * held[0])


@program(normal(4), 1)
def argument_kept_on_one_way(u, k):
    held = [u * 0.5, u * 0.7]
    if k > 0:
        held = keep_and_halve(held, u)
    return np.sum(held[0] * held[-1])


@program(normal(3))
def name_of_a_real_array_bound_to_a_complex_one(x):
    z = x * (1 + 2j)
    w = z.imag
    z[0] = x[1] * (2 + 1j)
    x = z
    return np.sum(w**3)


class Holding:
    def __init__(self):
        self.data = None
        self.items = []


@program(normal(3))
def attribute_that_was_none_changed_under_a_view(x):
    h = Holding()
    h.data = x.copy()
    v = h.data[1:]
    h.data += x * x
    return np.sum(v**2)


@program(normal(3))
def entry_that_was_none_changed_under_a_view(x):
    d = {"a": None}
    if x[0] > -100.0:
        d["a"] = x * 2
    v = d["a"]
    d["a"] *= x
    return np.sum(v**2)


@program(normal(3))
def lists_in_containers_extended_in_place(x):
    h = Holding()
    h.items.append(x[0])
    first = h.items
    h.items += [x[1] * x[2]]
    d = {"a": [x[0]], "b": [[x[1]]]}
    second, third = d["a"], d["b"][0]
    d["a"] += [x[1] * x[2]]
    d["b"][0] += first
    return first[0] * first[1] + second[1] * third[2]


@program(normal(3))
def attribute_that_was_none_stored_into_under_a_view(x):
    h = Holding()
    h.data = x.copy()
    v = h.data[1:]
    h.data[:] = h.data * x
    v[0] *= 3.0
    h.data[1:] += x[0] * v
    return np.sum(v**2) + np.sum(h.data * x)


@program(normal(3))
def windows_taken_before_what_they_see_varies(x):
    y = np.ones(4)
    w = np.lib.stride_tricks.sliding_window_view(y[1:], 2)
    row = np.zeros(3)
    wide = np.broadcast_to(row, (2, 3))
    y[2] = x[0] ** 2
    row[1:] = x[1:] * y[2]
    return np.sum(w**2) + np.sum(wide**3)

def first_tripled(result):
    flat = np.reshape(result, -1)
    flat[0] = flat[1] * 3.0
    return np.sum(result**2)


@program(normal(3, 2), normal(3, 2), wrt=(0, 1))
def flattened_by_a_function(A, B):
    return first_tripled(A.T * B.T) + first_tripled(A + B)
