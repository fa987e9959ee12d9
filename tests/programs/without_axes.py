"""Arrays without axes: `x += y` changes them for all their names."""

import numpy as np

from tests.programs import program

A = np.array


@program(A(0.7), A(0.4))
def one_name_more(x, y):
    z = x
    z *= 2
    z += y
    return z * z


@program(A(0.7), A(0.4))
def three_names(x, y):
    z = x
    z += y
    w = z
    w *= y
    return z * x + w


@program(A(0.7), A(0.4))
def arguments_augmented(x, y):
    x += y
    y *= x
    return x * y


@program(A(0.7), A(0.4))
def in_a_list_twice(x, y):
    l = [x, y, x]
    l[0] *= y
    l[2] += 1
    return l[0] * l[2] * l[1] + x


@program(A(0.7), A(0.4))
def zeros_without_axes(x, y):
    s = np.zeros(())
    t = s
    for i in range(3):
        s += x * y
        t *= y
    return s


@program(A(0.7), A(0.4))
def stored_by_ellipsis(x, y):
    s = np.array(x)
    t = s
    s[...] = y * s
    t[()] = t * x
    return s * x


@program(A(0.7), A(0.4))
def in_a_dict_twice(x, y):
    d = {"a": x}
    d["a"] *= y
    d["b"] = x
    d["b"] += y * y
    return x * d["a"]


def helper(s, v):
    s += v
    s *= v
    return s


@program(A(0.7), A(0.4))
def given_to_a_helper(x, y):
    p = helper(x, y)
    return x * p


@program(A(0.7), A(0.4))
def given_to_a_helper_again(x, y):
    helper(x, y)
    helper(x, y * x)
    return x * y


@program(A(0.7), np.array([1.0, 2.0, 3.0]))
def augmented_in_a_loop(x, v):
    for a in v:
        x += a * x
    return x


class Holder:
    pass


@program(A(0.7), A(0.4))
def two_attributes(x, y):
    o = Holder()
    o.a = o.b = x
    o.a += y
    o.b *= y
    return x * o.a


@program(A(0.7), A(0.4))
def given_as_out(x, y):
    np.multiply(x, y, out=x)
    return x * y


@program(A(0.7), A(0.4))
def alias_in_a_branch(x, y):
    if x > 0:
        z = x
    else:
        z = y
    z *= y
    return x + z


@program(A(0.7), A(0.4))
def captured_and_augmented(x, y):

    def f(s):
        return s * x

    x += y
    return f(y)


@program(A(0.7), A(0.4))
def asarray_and_reshape(x, y):
    z = np.asarray(x)
    z += y
    w = x.reshape(1)
    w *= 3
    return x * z


@program(A(0.7), A(0.4))
def view_by_ellipsis(x, y):
    z = x[...]
    z += y
    u = x.copy()
    u *= y
    return x * z + u


@program(A(0.7), A(0.4))
def number_from_arithmetic(x, y):
    z = x + 0
    z += y
    w = z
    w *= 2
    return z * w


@program(A(0.7), A(0.4))
def while_on_the_value(x, y):
    n = 0
    while x < 5:
        x += y
        x *= 1 + y
        n += 1
    return x * n


@program([A(0.7), A(0.4)])
def members_of_an_argument(l):
    a, b = l
    a += b
    return l[0] * b


@program(A(0.7), A(0.4))
def augmented_by_an_inner_function(x, y):
    def g(s):
        s += y
        return s * s

    return g(x) + x


@program((A(0.7), 2.0), {"k": A(0.4)})
def members_of_containers(t, d):
    a = t[0]
    a += d["k"]
    d["k"] *= a
    return a * d["k"] + t[0] * t[1]


@program([A(0.7), 2.0, A(0.3)], A(0.4))
def beside_numbers_in_a_list(l, y):
    a = l[0]
    for i in range(3):
        l[i] *= y
    return a * l[0] + l[1] * l[2]


@program(A(0.7), A(0.4), 1)
def number_or_array(x, y, k):
    z = x if k else 2.0
    z *= y
    return x * z


@program(A(0.7), A(0.4))
def number_then_array(x, y):
    z = 1.0
    for i in range(3):
        z *= y
        if i == 1:
            z = x
    return x * z


@program(A(0.7), A(0.4))
def loop_over_both(x, y):
    t = 0.0
    for a in [x, y, x * y]:
        a += 1
        t += a * a
    return t * x


@program(A(0.7), A(0.4))
def appended_again_and_again(x, y):
    l = []
    for i in range(3):
        l.append(x)
        l[-1] += y
    return l[0] * l[1] + l[2]


@program(A(0.7), A(0.4))
def two_names_at_once(x, y):
    a, b = x, x
    a -= y
    b /= y
    return a * b


@program(A(0.7), A(0.4))
def list_repeated(x, y):
    a = [x] * 2
    a[0] += y
    return a[1] * a[0] * x


@program({"p": [A(0.7), A(0.2)], "q": A(1.5)}, A(0.4))
def parameters_in_containers(d, y):
    for k, p in enumerate(d["p"]):
        p -= y * d["q"]
    d["q"] *= d["p"][0]
    return d["p"][0] * d["p"][1] + d["q"]


@program(A(0.7), A(0.4))
def augmented_then_rebound(x, y):
    for i in range(3):
        x += 1
        x = x * y
    return x * y


@program(A(0.7), A(0.4))
def started_from_a_float(x, y):
    s = 0.0
    for i in range(3):
        s += x * y
        s *= y
    return s


@program(A(0.7), A(0.4))
def alias_left_behind(x, y):
    s = x
    while s < 20:
        s = s * 2
        s -= y
    return s * x


def scaled_and_shifted(s, v):
    s *= v
    s += v
    return s


@program(A(0.7), A(0.4))
def array_changed_by_a_number(x, y):
    scaled_and_shifted(x, y)
    scaled_and_shifted(x, y * x)
    return x * y


@program(0.7, 1.2)
def numbers_as_columns(s, t):
    return np.sum(np.c_[s, t] ** 3 * np.r_[s, 2.0])
