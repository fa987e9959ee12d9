"""Maxima taken out of exponentials, of which the result is independent or only looks so; sums over independent cases."""

import math

import numpy as np

from tests.programs import normal, positive, program


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


@program(normal(5), normal(5))
def softmax_in_a_call(w, x):
    return np.sum(softmax(w) * x)


@program(normal(3, 4))
def softmax_in_place(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    return np.sum(e**2)


@program(normal(3, 4))
def log_of_a_sum_of_columns(z):
    m = z.max(axis=0)
    return np.sum((np.log(np.exp(z - m).sum(axis=0)) + m) ** 2)


@program(normal(4, 3), normal(3, 3))
def attention_in_blocks(z, v):
    m = np.max(z, axis=1)[:, None]
    p = np.exp(z - m)
    return np.sum((p / np.sum(p, axis=1)[:, np.newaxis]) @ v)


@program(normal(3, 4), positive(3, 4))
def cross_entropy(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.sum(y * log_p)


@program(normal(3, 4))
def log_of_a_sum_by_rows(z):
    total = 0.0
    for i in range(len(z)):
        m = np.max(z[i])
        total += m + np.log(np.sum(np.exp(z[i] - m)))
    return total


@program(normal(3, 4))
def maximum_counted_twice(z):
    m = z.max(axis=0)
    return np.sum(np.log(np.exp(z - m).sum(axis=0)) + 2 * m)


@program(normal(3, 3))
def summed_along_the_maxima(z):
    m = z.max(axis=0)
    return np.sum(np.log(np.exp(z - m).sum(axis=1)))


@program(normal(4))
def seen_under_two_names(z):
    e = np.exp(z - z.max())
    q = e
    e /= e.sum()
    return np.sum(q / np.exp(z - z.max()) * e**2)


@program(normal(3, 3))
def maxima_along_the_wrong_axis(z):
    e = np.exp(z - z.max(axis=1))
    return np.sum((e / e.sum(axis=1, keepdims=True)) ** 2)


@program(normal(3, 4))
def maximum_of_the_row_before(z):
    total, m = 0.0, 0.0
    for i in range(len(z)):
        total += m
        m = np.max(z[i])
        total += m + np.log(np.sum(np.exp(z[i] - m)))
    return total


@program(normal(3, 4))
def maximum_read_in_a_branch(z):
    m = z.max()
    e = np.exp(z - m)
    if len(z) > 2:
        return np.sum(e / e.sum()) + m**2
    return np.sum(e**2 / e.sum())


# Sums of independent cases


@program(normal(3, 3), normal(4, 3), normal(4, 3))
def errors_summed_by_case(w, xs, ys):
    total = 0.0
    for i in range(len(xs)):
        h = np.tanh(w @ xs[i])
        e = np.exp(h - ys[i])
        total += np.sum(e * h)
    return total


@program(0.7, normal(5), wrt=(0, 1))
def cases_with_loops_and_branches(w, xs):
    total = 0.0
    for i in range(len(xs)):
        z = xs[i]
        for _ in range(3):
            z = np.sin(w * z)
        if z > 0:
            total += z**2
        else:
            total -= z
    return total


@program(0.7, normal(4))
def cases_that_need_the_one_before(w, xs):
    total, s = 0.0, 1.0
    for i in range(len(xs)):
        y = np.sin(s * xs[i] * w)
        s = y * w
        total += y
    return total * s


@program(normal(4), normal(4), wrt=(0, 1))
def cases_of_what_is_changed_later(w, xs):
    total = 0.0
    for i in range(len(xs)):
        y = np.sin(xs[i] * w[i])
        total += y * y
    for i in range(len(xs)):
        xs[i] = xs[i] * w[i]
    return total + np.sum(xs**2)


@program(normal(4), normal(4), wrt=(0, 1))
def cases_that_store_into_scratch(w, xs):
    total = 0.0
    scratch = np.zeros(4)
    for i in range(len(xs)):
        scratch[i] = xs[i] * w[i]
        total += np.sum(np.sin(scratch))
    return total


@program(normal(4))
def each_read_by_the_other(xs):
    total = 0.5
    for i in range(len(xs)):
        before = total
        total = before * xs[i] + 1.0
    return total


@program(positive(4, 5), normal(6))
def fields_that_are_overwritten(eps, source):
    e, h = np.zeros((4, 5)), np.zeros((4, 4))
    for t in range(len(source)):
        h -= 0.5 * (e[:, 1:] - e[:, :-1])
        e[:, 1:-1] += 0.3 / eps[:, 1:-1] * (h[:, 1:] - h[:, :-1])
        e[2, 2] += source[t]
    return np.sum(e**2)


@program(positive(4, 5), normal(6))
def fields_read_elsewhere_too(eps, source):
    e, h = np.zeros((4, 5)), np.zeros((4, 4))
    for t in range(len(source)):
        h -= 0.5 * (e[:, 1:] - e[:, :-1]) * h[0, 0]
        e[:, 1:-1] += 0.3 / eps[:, 1:-1] * (h[:, 1:] - h[:, :-1])
        h[1:] *= h[:-1] + source[t]
    return np.sum(e**2)


@program(normal(2, 3), normal(2, 4), normal(2, 1))
def joined_along_columns(a, b, c):
    whole = np.concatenate([a, 2 * b, c, a], axis=-1)
    return np.sum(np.sin(whole) * np.concatenate((b, a, b), axis=1))


@program(0.7, normal(4))
def two_loops_with_one_head(w, xs):
    total = 0.0
    for i in range(len(xs)):
        y = np.sin(xs[i] * w)
        total += y * y
    for i in range(len(xs)):
        y = np.exp(xs[i] * w)
        total -= y * w
    return total


@program(normal(3, 4), 0.7)
def soft_maximum_with_temperature(z, temperature):
    m = np.max(z, axis=1, keepdims=True)
    total = np.sum(np.exp((z - m) / temperature), axis=1)
    return np.sum(temperature * np.log(total) + m[:, 0])


@program(normal(3, 4), 0.7)
def temperature_that_changes(z, temperature):
    m = z.max()
    p = np.exp((z - m) / temperature)
    temperature = 2.0 * temperature
    return np.sum(p * np.exp(m / temperature))


@program(normal(3, 4))
def sum_with_a_start(z):
    m = np.max(z)
    return m + np.log(np.sum(np.exp(z - m), initial=2.0))


@program(normal(3, 3))
def numbers_taken_out(z):
    m = np.max(z[0])
    return m + math.log(math.exp(z[0, 0] - m) + math.exp(z[0, 1] - m) + math.exp(2 * (z[0, 2] - m)))


@program(normal(2, 2), normal(4, 5))
def shapes_of_what_is_bound_anew(kernel, image):
    out = np.zeros((3, 4))
    for i in range(2):
        for j in range(2):
            out = out + kernel[i, j] * image[i : i + 3, j : j + 4]
    return np.sum(np.maximum(out, 0.0) ** 2)


@program(normal(3, 4), np.array([1, 0, 2]))
def cross_entropy_of_rebound(scores, labels):
    scores = scores * 2
    scores = scores - scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    return -np.mean(logs[np.arange(len(labels)), labels])


@program(normal(4), normal(3, 4))
def maximum_kept_under_the_same_name(z, xs):
    """In the next pass z is what the maximum was taken from in this one."""
    total = 0.0
    for i in range(len(xs)):
        total += np.sum(z**2)
        z = z + xs[i]
        z = z - np.max(z)
        total += np.log(np.sum(np.exp(z))) - z[0]
    return total


@program(normal(4), normal(3, 4))
def rebound_in_each_pass(w, xs):
    total = 0.0
    for i in range(len(xs)):
        z = w * xs[i]
        z = z - np.max(z)
        p = np.exp(z)
        p = p / np.sum(p)
        total += np.sum(p**2)
    return total


@program(normal(3), normal(3, 3), normal(4, 3))
def forward_algorithm(start, moves, seen):
    alpha = start + seen[0]
    for t in range(1, len(seen)):
        m = alpha[:, None] + moves
        top = m.max(axis=0)
        alpha = top + np.log(np.sum(np.exp(m - top), axis=0)) + seen[t]
    top = alpha.max()
    return top + np.log(np.sum(np.exp(alpha - top)))


@program(normal(3), normal(3, 3), normal(4, 3))
def forward_algorithm_that_keeps_a_maximum(start, moves, seen):
    alpha = start + seen[0]
    top = 0.0
    for t in range(1, len(seen)):
        m = alpha[:, None] + moves + top
        top = m.max(axis=0)
        alpha = top + np.log(np.sum(np.exp(m - top), axis=0)) + seen[t]
    return np.sum(alpha) + np.sum(top)


@program(normal(2), normal(3, 2))
def cases_kept_in_a_list(w, xs):
    kept = []
    for x in xs:
        y = np.sin(w * x)
        z = np.exp(y * x)
        kept.append(z * np.tanh(z * y) + w)
    return np.sum(np.vstack(kept) ** 2)


@program(lambda rng: ([(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)], rng.normal(size=3)))
def outputs_of_the_last_layer(layers, x):
    for W, b in layers:
        outputs = W @ x + b
        x = np.tanh(outputs)
    return np.sum(outputs**2)
