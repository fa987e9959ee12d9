"""Programs that run over things in every form that a `for` statement takes."""

# ruff: noqa - unusual forms are what is tested here

import itertools
from itertools import accumulate, chain, product

import numpy as np

from tests.programs import normal, positive, program

# -- ranges ---------------------------------------------------------------------------


@program(normal(6))
def range_object_in_a_variable(x):
    turns = range(5, 0, -2)
    y = x[0]
    for i in turns:
        y = np.sin(y) * x[i]
    for i in turns:
        y = y + x[i] ** 2
    return y


@program(normal(6), 2)
def range_variable_rebound_in_its_loop(x, n):
    turns = range(n)
    y = 1.0
    for i in turns:
        turns = range(i)
        y = y * x[i] + len(turns)
    for i in turns:
        y = y * x[i + 2]
    return y


@program(normal(6), 5, 0)
@program(normal(6), 0, 5)
@program(normal(6), 4, 4)
def range_downwards_with_bounds_of_arguments(x, start, stop):
    y = x[0]
    for i in range(start, stop, -1):
        y = y * x[i] + np.cos(y)
    return y


@program(normal(5))
def range_bound_is_a_length_of_a_growing_list(x):
    parts = [x[0]]
    for i in range(len(parts), 5):
        parts.append(parts[-1] * x[i])
    total = 0.0
    for i in range(len(parts) - 1, -1, -2):
        total += parts[i] ** 2
    return total


@program(2.7, 1.2)
def range_bound_from_a_value_that_changes(x, y):
    n = int(x)
    for i in range(n + 1):
        x = x * y
        n = int(x) + i
    return x * n


@program(normal(4))
def loop_variable_kept_after_two_loops(x):
    y = 0.0
    for i in range(3):
        y += x[i] ** 2
    for j in range(i, 4):
        y *= x[j] + i
    return y * x[i] * x[j]


@program(normal(7), 6)
def loop_variable_stepped_by_hand(x, n):
    y = 1.0
    for i in range(0, n, 2):
        i += 1
        y = y * x[i] + x[i - 1]
        i = i * 1
    return y * x[i]


@program(0.7, 4)
@program(0.7, 0)
def loop_variable_becomes_a_value(x, n):
    i = x * 2.0
    y = i * i
    for i in range(n):
        y = y + np.sin(x * i)
    return y * i


@program(1.1, 3)
def loop_variable_reused_as_a_value_inside(x, n):
    y = x
    for i in range(1, n + 1):
        i = x * i
        y = y * i + i ** 2
    return y + i


@program(normal(4))
def range_len_minus_one_and_neighbours(x):
    total = 0.0
    for i in range(1, len(x) - 1):
        total += x[i - 1] * x[i + 1] - x[i] ** 2
    return total


@program(normal(3, 4))
def triangular_with_inner_bounds_from_two_loops(A):
    total = 0.0
    m, n = A.shape
    for i in range(m):
        for j in range(i, n):
            for k in range(i, j + 1):
                total += A[i, j] * A[i, k] * (j - k + 1)
    return total


@program(normal(3))
def six_levels_with_carried_values(x):
    y = x[0]
    for a in range(2):
        for b in range(a, 2):
            y = np.sin(y) + x[1]
            for c in range(2):
                z = y * x[2]
                for d in range(c + 1):
                    z = z * x[0] + y
                    for e in range(2 - d):
                        y = y + 0.1 * z * x[e]
                        for f in range(e + 1):
                            z = np.cos(z) * y + f
    return y * z


@program(normal(5))
def range_attributes_are_numbers(x):
    r = range(1, 5, 2)
    y = 0.0
    for k in r:
        y += x[k] * (r.start + r.stop + r.step) * (k in r)
    return y * r[-1] * len(r)


@program(normal(4))
def list_of_a_range_and_a_reversed_range(x):
    order = list(range(4))
    y = x[0]
    for i in order[::-1]:
        y = y * x[i] + i
    for i in reversed(range(0, 4, 3)):
        y = y + x[i] ** 3
    return y


@program(normal(5))
def for_over_set_of_integers(x):
    chosen = {1, 3, 4}
    y = 1.0
    for i in chosen:
        y *= x[i] + 2.0
    for i in sorted({0, 2} | chosen):
        y += np.sin(y * x[i])
    return y


# -- members --------------------------------------------------------------------------


@program(normal(3, 4))
def rows_are_views_stored_into(A):
    B = A * 1.0
    for row in B:
        row[1:] += row[:-1] ** 2
        row[0] = row[-1] * row[0]
    return np.sum(B ** 2) + np.sum(np.sin(A))


@program(normal(3, 4))
def rows_kept_after_the_loop(A):
    B = np.sin(A)
    kept = []
    for row in B:
        kept.append(row)
    B[1] = B[0] * 2.0
    return np.sum(kept[1] * kept[2]) + np.sum(row ** 3)


@program(normal(2, 3, 2))
def nested_rows_and_elements(T):
    y = 0.0
    for M in T:
        for row in M:
            for v in row:
                y = y * 0.5 + v * np.sum(row) + np.sum(M) * v
    return y


@program(normal(4))
def array_rebound_while_it_is_run_over(x):
    y = 0.0
    for v in x:
        x = x * 0.5
        y += v * np.sum(x)
    return y + np.sum(x)


@program(normal(4))
def elements_and_sum_of_the_same_name(x):
    for x_i in x:
        x = x + x_i * np.sin(x)
    return np.sum(x * x)


@program(normal(4))
def loop_target_is_a_subscript(x):
    y = np.zeros(2)
    total = 0.0
    for y[1] in x:
        y[0] += y[1] ** 2
        total += y[0] * y[1]
    return total + y[1]


@program(normal(4), normal(4), normal(4))
def nested_targets_of_enumerate_and_zip(x, y, z):
    total = 0.0
    for i, (a, (b, c)) in enumerate(zip(x, zip(y, z)), start=1):
        total += a * b ** 2 * np.sin(c) * i
    return total * a + b * c


@program(normal(4), normal(3, 4), [0.5, -1.5, 0.2])
def enumerate_of_zip(x, A, weights):
    total = 0.0
    for i, (row, w) in enumerate(zip(A, weights)):
        total += (i + 1) * w * np.dot(row, x)
    for i, pair in enumerate(zip(x, x[1:]), start=2):
        total += pair[0] * pair[1] ** 2 * i
    for i, (a, x) in enumerate(zip(x, A)):
        i = 2 * i
        total *= 1.0 + a * np.sum(x[:2]) * i
    return total + i * a


@program(normal(4), [0.3, -0.8, 1.2], (2, 5, 1, 7))
def zip_of_unlike_things(x, values, numbers):
    total = 1.0
    for a, v, n, k, s in zip(x, values, numbers, itertools.count(3), "abcd"):
        total = total * (a + v) + n * k * a + (s == "b") * v
    return total


@program(normal(3), normal(5))
def zip_of_unequal_lengths(x, y):
    total = 0.0
    for a, b in zip(x, y[::-1]):
        total += a * b
        total *= 1.1 + b
    return total


@program(normal(3, 2), normal(2, 3))
def zip_of_matrices_and_columns(A, B):
    total = 0.0
    for row, column in zip(A, B.T):
        total += row @ column * np.sum(row)
        row = row * 2.0
        total += np.sum(row * column)
    return total


@program(normal(4))
def zip_of_neighbours(x):
    total = 0.0
    for left, right in zip(x, x[1:]):
        total += (right - left) ** 2 * left
    for left, right in zip(x[:-1], x[1:]):
        total *= 1.0 + 0.1 * left * right
    return total


@program(normal(4))
def zip_starred(x):
    pairs = [(x[0], x[1]), (x[2], x[3]), (x[1] * x[2], x[0])]
    firsts, seconds = zip(*pairs)
    total = 0.0
    for a, b in zip(firsts, seconds):
        total += a * b * b
    return total + sum(firsts)


@program(normal(3, 3))
def zip_starred_transposes(A):
    total = 0.0
    for i, column in enumerate(zip(*A)):
        total += column[0] * column[2] * (i + 1)
    return total


@program([0.3, 1.2, -0.7], 0.9)
def reversed_enumerate_of_a_list(values, x):
    y = x
    for i, v in reversed(list(enumerate(values))):
        y = y * v + np.sin(x * i)
    return y


@program({"a": 0.4, "b": 1.3, "c": -0.6}, 0.5)
def dict_items_keys_values_together(params, x):
    y = x
    for name, value in params.items():
        y = y * value + len(name)
    for i, name in enumerate(params):
        y += params[name] ** 2 * i
    for value in reversed(list(params.values())):
        y = np.sin(y) * value
    return y


@program({"w": np.array([0.3, 0.9]), "b": np.array([1.1, -0.4])}, normal(2))
def dict_items_sorted(params, x):
    y = x
    for name, value in sorted(params.items()):
        y = y * value if name == "w" else y + value
    return np.sum(y ** 2)


@program({"a": {"x": 0.4, "y": 1.3}, "b": {"x": -0.6, "y": 0.2}})
def dict_of_dicts(params):
    total = 0.0
    for outer, group in params.items():
        for inner, value in group.items():
            total += value ** 2 * (2.0 if outer == "a" else params["a"][inner])
    return total


@program(normal(4))
def list_extended_while_it_is_run_over(x):
    work = [x[0], x[1]]
    total = 0.0
    for v in list(work):
        work.append(v * x[2])
        total += v
    for v in work:
        total = total * v + x[3]
    return total


@program(normal(4))
def list_of_tuples_with_strings(x):
    plan = [("add", x[0]), ("mul", x[1]), ("add", x[2] * x[3])]
    y = x[3]
    for what, value in plan:
        if what == "add":
            y = y + value
        else:
            y = y * value
    return y


@program(0.8)
def tuple_of_functions_and_numbers(x):
    y = x
    for function, weight in ((np.sin, 0.5), (np.exp, 0.1), (abs, 2.0)):
        y = function(y) * weight + x
    return y


@program(normal(3))
def characters_choose_elements(x):
    y = 1.0
    for letter in "acb":
        y = y * x["abc".index(letter)] + ord(letter) / 100
    return y


# -- itertools ------------------------------------------------------------------------


@program(normal(3), normal(2))
def product_of_ranges_and_arrays(x, y):
    total = 0.0
    for i, j in product(range(3), range(2)):
        total += x[i] * y[j] * (i + 2 * j)
    for a, b in itertools.product(x, y):
        total *= 1.0 + 0.1 * a * b
    return total


@program(normal(3), normal(2))
def chain_of_arrays_and_lists(x, y):
    total = 0.1
    for v in chain(x, y, [x[0] * y[1]]):
        total = total * v + 1.0
    return total


@program([[0.4, 1.2], [0.7], [-0.3, 0.9, 1.1]])
def chain_from_iterable(parts):
    total = 1.0
    for v in chain.from_iterable(parts):
        total = total * 0.7 + v ** 2 * total
    return total


@program(normal(4))
def accumulate_from_a_start(x):
    totals = list(accumulate(x, initial=x[1] * 2))
    states = accumulate(range(3), lambda s, k: np.sin(s) * k + x[k], initial=x[0])
    largest = list(accumulate(x, func=max))
    return sum(t**2 for t in totals) + sum(states) * largest[-1] + sum(x[i] for i in accumulate([0, 1, 1]))


@program(normal(3))
def product_with_itself(x):
    total = sum(a * b**2 for a, b in product(x, repeat=2))
    for p, q in product(np.linspace(-1, 1, 3), repeat=2):
        d = np.array([p, q, 1.0])
        total += (d / np.linalg.norm(d) @ x) ** 2
    return total + sum(x[i] * x[j] ** 2 for i, j in product(range(3), repeat=2))


class Arm:
    def __init__(self, lengths):
        self.lengths, self.names = list(lengths), ["a", "b", "c"]


@program(normal(3), normal(3))
def strict_zip_of_attributes(x, y):
    arm = Arm(x)
    total = 0.0
    for length, angle in zip(arm.lengths, y, strict=True):
        total = total + length * np.cos(angle)
    table = dict(zip(arm.names, x, strict=True))
    return total * table["b"] + sum(a * b for a, b, _ in list(zip(x, y, range(3), strict=True)))


@program(normal(4))
def accumulate_sums_and_products(x):
    total = 0.0
    for s in accumulate(x):
        total += s ** 2
    for p in accumulate(x, lambda a, b: a * b):
        total += np.sin(p)
    return total


@program(normal(4))
def combinations_and_permutations(x):
    total = 0.0
    for i, j in itertools.combinations(range(4), 2):
        total += (x[i] - x[j]) ** 2 * x[i]
    for a, b in itertools.combinations(x, 2):
        total += np.cos(a * b)
    for i, j in itertools.permutations(range(3), 2):
        total *= 1.0 + 0.05 * x[i] * i
    return total


@program(normal(5))
def islice_and_pairwise(x):
    total = 0.0
    for v in itertools.islice(x, 1, 4):
        total += v ** 3
    for a, b in itertools.pairwise(x):
        total += a * b
    return total


@program(0.8)
def count_with_break(x):
    term, total = 1.0, 0.0
    for n in itertools.count(1):
        term = term * x / n
        if abs(term) < 1e-3:
            break
        total += term
    return total


@program(0.8, normal(3))
def repeat_and_cycle(x, v):
    y = x
    for k in itertools.repeat(x, 3):
        y = y * k + 1.0
    for i, w in zip(range(5), itertools.cycle(v)):
        y = y + w * i * y
    return y


@program(normal(4))
def zip_longest_and_takewhile(x):
    total = 0.0
    for i in itertools.takewhile(lambda k: k < 3, range(10)):
        total += x[i] ** 2
    for a, b in itertools.zip_longest(x, x[:2], fillvalue=0.5):
        total += a * b
    return total


# -- iterators by hand ----------------------------------------------------------------


@program(normal(4))
def iter_and_next(x):
    parts = iter([x[0], x[1] * x[2], x[3]])
    first = next(parts)
    total = first ** 2
    for v in parts:
        total = total * v + first
    return total


@program(normal(4))
def map_over_two_and_filter(x):
    total = 0.0
    for v in map(lambda a, b: a * b, x, x[::-1]):
        total += v ** 2
    for v in filter(lambda a: a > 0, x):
        total *= 1.0 + v
    return total


@program(normal(3), positive(3))
def sum_of_generator_over_zip(x, w):
    return sum(a * b for a, b in zip(x, w)) / sum(w) + sum(a ** i for i, a in enumerate(x))


@program(normal(2, 3))
def ndindex_and_ndenumerate(A):
    total = 0.0
    for i, j in np.ndindex(2, 3):
        total += A[i, j] ** 2 * (i + j)
    for (i, j), v in np.ndenumerate(A):
        total += np.sin(v) * i * j
    return total


@program(normal(2, 3))
def flat_iterator(A):
    total = 0.0
    for v in A.flat:
        total = total * 0.9 + v ** 2
    for v in A.ravel():
        total = total * 0.9 + v
    return total


# -- leaving a loop over unlike members -----------------------------------------------


@program(0.7, 1.2)
@program(1.7, 0.2)
def break_between_functions(x, y):
    z = x
    for h in (np.sin, lambda v: v * y, abs, np.exp):
        z = h(z) + y
        if z > 1.6:
            break
        z = z * x
    else:
        z = z + 10.0 * y
    return z * x


@program(0.7, normal(3))
@program(-0.7, normal(3))
def return_from_a_loop_over_unlike_members(x, v):
    total = x
    for part in (x, v, [x, v[0] * x], x * 2):
        if isinstance(part, list):
            if x > 0:
                return total * part[1]
            continue
        total = total + np.sum(part) * x
    return total


@program(0.7)
@program(-0.7)
def break_out_of_both_loops(x):
    z = x
    for scale, h in ((1.0, np.sin), (2.0, np.cos), (3.0, np.tanh)):
        for k in range(3):
            z = z + scale * h(z) * k
            if z < 0.1:
                break
        else:
            z = z * 0.5
            continue
        z = z - x
        break
    return z
