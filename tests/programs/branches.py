"""Branches: if, conditional expressions, and/or/not, match, half-defined names."""

import numpy as np

from tests.programs import normal, program


@program(0.4)
@program(-0.4)
def if_else(x):
    if x > 0:
        y = x**2
    else:
        y = np.exp(x)
    return y * x


@program(0.4)
@program(-0.4)
def if_without_else(x):
    y = x * 3
    if x < 0:
        y = y * x
    return y


@program(0.4)
@program(1.4)
@program(-2.4)
@program(7.4)
def elif_chain(x):
    if x < -1:
        y = -3 * x
    elif x < 1:
        y = x * x
    elif x < 5:
        y = 2 * x - 1
    else:
        y = np.log(x)
    return y + x


@program(0.4, 0.9)
@program(0.4, -0.9)
def nested_ifs(x, y):
    if x > 0:
        z = x * y
        if y > 0:
            z = z + x
        else:
            z = z * z
            if z > 100:
                z = 0.0
    else:
        z = y
    return z * y


@program(0.4)
@program(-0.4)
def conditional_expression(x):
    y = x * x if x > 0 else 3 * x
    return y + (x if x < 1 else 1.0) * (0.5 if x < 0 else y)


@program(0.4, -0.2)
@program(-0.4, 0.2)
def nested_conditional_expression(x, y):
    return x * y if x > 0 else (y * y if y > 0.5 else x - y**3)


@program(0.4, True)
@program(0.4, False)
def flag(x, squared):
    if squared:
        x = x * x
    if not squared:
        x = np.sin(x)
    return x * 2


@program(0.4, "sin")
@program(0.4, "cos")
@program(0.4, "other")
def by_name(x, kind):
    if kind == "sin":
        return np.sin(x)
    if kind in ("cos", "cosine"):
        return np.cos(x)
    return x * len(kind)


@program(0.4, None)
@program(0.4, 2.5)
def optional_argument(x, scale):
    if scale is None:
        scale = x
    return x * scale


@program(0.4, 0.7)
@program(0.0, 0.7)
def or_gives_an_operand(x, y):
    z = x or y
    return z * z + y


@program(0.4, 0.7)
@program(-0.3, 0.7)
def and_gives_an_operand(x, y):
    z = (x and y) * 2
    return z * y + y


@program(0.4, 0.7)
def not_of_active(x, y):
    z = x * y
    if not z > 1.0:
        z = z + x
    return z * (not x) + z


@program(0.4, 0.7, 0.9)
def and_or_in_tests(a, b, c):
    y = a
    if a < b and b < c or c < 0:
        y = y * b
    if not (a > b or c > 2) and y < 10:
        y = y * c
    return y


@program(0.4, 0.7, 0.9)
@program(0.4, 1.7, 0.9)
def chained_comparison(a, b, c):
    if 0 < a < b < c <= 2:
        return a * b * c
    return a + b * c


@program(1.5, 0.3)
def comparisons_as_numbers(x, y):
    return (x > y) * x + (x < y) * y + (x == y) + (x > 1) ** 2 * y


@program(0.4, 1)
@program(0.4, 2)
@program(0.4, 5)
def match_numbers(x, k):
    match k:
        case 1:
            return x * x
        case 2 | 3:
            y = np.sin(x)
        case _:
            y = np.cos(x)
    return y * x


@program(0.4, "linear")
@program(0.4, "square")
@program(0.4, "what")
def match_strings(x, kind):
    match kind:
        case "linear":
            y = 3 * x
        case "square":
            y = x**2
        case other:
            y = x * len(other)
    return y


@program((0.4, 0.7))
@program((0.4, 0.7, 0.9))
@program((0.4,))
def match_sequences(point):
    match point:
        case (x, y):
            return x * y
        case (x, y, z):
            return x * y * z
        case (x, *rest):
            return x**2 + len(rest)


@program({"kind": "disc", "radius": 0.7})
@program({"kind": "box", "width": 0.7, "height": 0.2})
def match_mapping(shape):
    match shape:
        case {"kind": "disc", "radius": r}:
            return np.pi * r**2
        case {"kind": "box", "width": w, "height": h}:
            return w * h


@program(0.4, 3)
@program(0.4, -3)
def match_with_guard(x, n):
    match n:
        case k if k > 0:
            return x * k
        case k:
            return x**2 * k


@program(0.8)
@program(0.2)
def walrus(x):
    if (y := x * x) > 0.5:
        return y * 2
    return y + (z := np.sin(y)) * z


@program(0.8)
def walrus_in_expression(x):
    return (y := x + 1) * y + np.sin(z := y * x) * z


@program(0.5, 2.0, 1.0)
@program(0.5, 2.0, -1.0)
def branch_kills(x, c, test):
    y = x * x
    if test > 0:
        y = c * c
    return y * x


@program(0.5, True)
@program(0.5, False)
def branch_makes_constant(x, freeze):
    y = np.sin(x)
    if freeze:
        y = 1.0
    z = y * y
    return z + x


@program(0.5, True)
@program(0.5, False)
def none_then_set(x, flag):
    y = None
    if flag:
        y = x * x
    if y is None:
        return x
    return y * x


@program(normal(3), 3)
def none_then_set_in_loop(x, n):
    best = None
    for i in range(n):
        if best is None or x[i] > best:
            best = x[i] * 1.5
    return best * best


@program(0.5, True)
@program(0.5, False)
def defined_in_one_branch(x, flag):
    y = x
    if flag:
        extra = x * 3
    if flag:
        y = y + extra**2
    return y


@program(0.5, 1)
@program(0.5, 2)
def different_names_per_branch(x, k):
    if k == 1:
        a = x * x
        b = a + 1
        out = b * a
    else:
        c = np.sin(x)
        out = c
    return out * x


@program(0.5, normal(3), True)
@program(0.5, normal(3), False)
def scalar_or_array(x, v, flag):
    y = v * x if flag else x
    return np.sum(y * 2) * x


@program(normal(3), True)
@program(normal(3), False)
def swap_in_branch(x, flag):
    a = x[0] * x[1]
    b = x[2]
    if flag:
        a, b = b, a
    return a - b**2


@program(0.5, 0.8)
@program(0.8, 0.5)
def maximum_by_hand(x, y):
    big = x if x > y else y
    small = min(x, y)
    return big**2 * small + max(x, y, 0.1) * abs(x - y)


@program(normal(4))
def clipped_by_where(x):
    y = np.where(x > 0, x**2, 0.1 * x)
    return np.sum(np.where(np.abs(y) < 0.5, y, 1.0) * x)


@program(normal(4))
def any_and_all(x):
    if (x > 5).any() or np.all(x < -5):
        return np.sum(x)
    if any(v > 0.1 for v in x) and not all(v > 0 for v in x):
        return np.sum(x**2)
    return np.sum(x**3)


@program(0.4, 2)
def test_on_kind(x, n):
    if isinstance(x, float) and not isinstance(n, float):
        return x**n
    return x + n


@program(0.4)
@program(normal(3))
@program([0.4, 0.9])
def by_type_of_argument(x):
    if isinstance(x, list):
        return x[0] * x[1]
    if isinstance(x, np.ndarray):
        return np.sum(x**3)
    return x * x


@program(0.5)
def pass_branches(x):
    if x > 0:
        pass
    else:
        x = x * 2
    if x > 1:
        x = 0.0
    elif x > 0.2:
        pass
    return x * x


@program(0.7)
@program(0.2)
def test_variable_changed_inside(x):
    y = x * 2
    if y > 1:
        y = y - x
        x = x * 0.1
    else:
        y = y + 10
    return x * y


@program(0.7, 0.3)
def test_is_a_variable(x, y):
    close = abs(x - y) < 0.1
    z = x
    if close:
        z = y
    close = True
    if close:
        z = z * x
    return z


@program(1.2, 4)
@program(0.6, 4)
def two_branches_with_common_tail(x, n):
    if x > 1:
        y = x
        n = 2
    else:
        y = 1 / x
    for i in range(n):
        y = y * x + 0.1
    return y


@program(0.4)
def if_constant(x):
    if True:
        y = x * x
    if False:
        y = y * 100
    if 0:
        y = 3.0
    return y


@program(normal(3), normal(3), False, wrt=(0, 1))
@program(normal(3), normal(3), True, wrt=(0, 1), id="array_made_in_one_branch_and_used_in_another[2]")
def array_made_in_one_branch_and_used_in_another(u, v, chosen):
    c = 0.0
    if chosen:
        p = u * v
        c = c + p[0]
    c = c * u[1]
    if chosen:
        c = c - p[1] * p[0]
    return c + v[0]


@program(normal(3), normal(3), False, wrt=(0, 1))
def list_made_in_a_branch_that_is_not_taken(u, v, chosen):
    if chosen:
        xs = [u[0], v[0]]
    s = u[1] * v[1]
    if chosen:
        s = s + xs[0] * xs[1]
    return s


@program(0.4, 0.7)
def array_of_a_statement_that_an_exception_skips(a, b):
    def checked(x, y):
        if y > 0.3:
            raise ValueError
        return x * y

    c = a * b
    r = 0.0
    try:
        r = checked(a, 0.5)
        c -= np.array([b, -0.7])[1 % 2]
    except ValueError:
        b -= a * b
    n = 0
    while n < 1:
        n += 1
        a, b = a * 2.0, c
    return a * b + c + r


@program(0.5, normal(3))
@program(0.1, normal(3))
def number_or_array_by_a_value(x, v):
    if x > 0.2:
        y = v * x
    else:
        y = x
    return np.sum(y * 2) * x
