"""Arguments that are lists and dicts, which hold other members in the end than in the beginning."""

import numpy as np

from tests.programs import program


@program([0.3, 0.9], 0.5)
def one_appended(values, s):
    values.append(s)
    total = 0.0
    for v in values:
        total = total + v * v
    return total


@program([0.3, 0.9, 0.5])
def one_popped(values):
    last = values.pop()
    return last * values[0]


@program([0.3, 0.9, 0.5])
def first_popped_by_a_helper(values):
    return _taken(values) * values[1]


def _taken(values):
    return values.pop(0) * 2


@program([0.3, 0.9, 0.5], 0.7)
def cleared_and_filled(values, s):
    first = values[0]
    values.clear()
    values.append(s)
    return values[0] * first


@program([0.3, 0.9, 0.5], np.array([0.2, 0.4]))
def number_replaced_by_an_array(values, v):
    values[0] = v * values[1]
    return np.sum(values[0] * values[2])


@program([0.3, 0.9, 0.5], 0.7)
def several_names(values, s):
    same = values
    same.insert(0, s)
    same += [s * s]
    return values[0] * values[1] * values[-1] ** 2


@program([np.array([0.2, 0.4]), np.array([0.3, 0.5])], np.array([0.7, 0.1]))
def arrays_exchanged_and_changed(rows, v):
    rows.append(v * 2)
    rows[0] *= rows[2]
    gone = rows.pop(1)
    return np.sum(rows[0] * rows[1] * gone)


@program([0.3, 0.9, 0.5, 0.8])
def merged_until_one_is_left(values):
    while len(values) > 1:
        values.append(values.pop(0) * values.pop(0) + 0.5)
    return values[0]


@program({"a": 0.3, "b": 0.4}, 0.5)
def key_added(d, s):
    d["n"] = s
    return d["n"] * d["a"]


@program({"a": 0.3, "b": 0.4}, 0.5)
def keys_in_another_order(d, s):
    a = d.pop("a")
    d["n"] = s * a
    d["a"] = d["n"] * s
    return d["a"] * d["b"]


@program({"a": 0.3, "b": np.array([0.4, 0.2])}, 0.5)
def number_becomes_an_array(d, s):
    d["a"] = d["a"] * d["b"] * s
    return np.sum(d["a"] * d["b"])


@program([0.3, 0.9, 0.5], 0.7)
def slice_held_in_a_variable(values, s):
    part = slice(0, 2)
    values[part] = [values[1] * s]
    return values[0] * values[1]


@program([0.3, 0.9, 0.5], 0.7)
def arguments_of_an_inner_function(values, s):
    def longer(items):
        items.append(s)
        return items

    total = 0.0
    for v in longer(values):
        total += v * v
    return total


@program([np.array([0.2, 0.4]), np.array([0.3, 0.5]), np.array([0.1, 0.6])], np.array([0.7, 0.1]), 2, wrt=(0, 1))
def arrays_moved_within_a_list_and_changed(rows, v, k):
    rows.insert(1, v * 2)
    first = rows[0]
    first *= v
    gone = rows.pop(k)
    gone *= rows[0]
    rows.insert(k - 1, gone)
    return np.sum(rows[0] * rows[1] * gone) + np.sum(rows[-1] ** 2)


@program([np.array([0.2, 0.4]), np.array([0.3, 0.5]), np.array([0.1, 0.6])], np.array([0.7, 0.1]))
def arrays_moved_from_the_end_of_a_list_and_changed(rows, v):
    rows.insert(-1, v * 2)
    first = rows[0]
    first *= v
    gone = rows.pop(len(rows) - 2)
    gone *= rows[0]
    rows.insert(7, gone)
    return np.sum(rows[0] * rows[1] * gone) + np.sum(rows[-1] ** 2)
