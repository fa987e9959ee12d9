"""Programs that choose: conditions, boolean operators, match, walrus, whiles and exits that are hard to follow."""

# ruff: noqa - unusual forms are what is tested here

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.programs import normal, program

# -- and, or, not, chained comparisons ------------------------------------------------


@program(0.7, 1.3)
def or_value_used_twice(x, y):
    z = x or y * 2.0
    w = (x and y) or (z and x + y)
    return z * z + w * y


@program(0.7, 1.3, None)
@program(0.7, 1.3, 2.0)
def or_with_none_and_zero(x, y, scale):
    s = scale or y
    t = (None or x) * (0.0 or y) * (s and 3.0)
    return s * t


@program(normal(3))
def or_of_lists_and_emptiness(x):
    found = [v for v in x if v > 100.0] or [x[0], x[1]]
    rest = found and found[1] * x[2]
    return found[0] * rest + len([] or found)


@program(0.7, 1.3)
def operand_of_and_calls_once(x, y):
    log = []

    def note(v):
        log.append(v * 2.0)
        return v * v

    z = x > 0 and note(y) or note(x)
    w = x < 0 and note(y) or note(x * y)
    return z * w * len(log) + log[0] * log[-1]


@program(0.7, 1.3, 0.9)
def chained_comparison_with_calls(x, y, z):
    total = 0.0
    if 0 < x < y > z != 0.1:
        total += x * y * z
    if not (x < y < z) or x == y == z:
        total *= x + 1
    total += (x < y) * x + (z <= z) * z * (x is not None)
    return total


@program(0.7, -0.4)
@program(-0.7, 0.4)
def conditional_expressions_everywhere(x, y):
    a = [x if x > 0 else -x, y if y > x else x * y]
    b = (a[0] if y > 0 else a[1]) ** (2 if x > 0 else 3)
    c = np.sin(x if x > y else y) * (lambda t: t if t > 0 else t * x)(b)
    return b * c + a[x > 0] if x else y


@program(0.7, 1.3)
def conditional_target_and_index(x, y):
    v = np.zeros(3)
    v[0 if x > y else 2] = x * y
    v[1 if x < y else 0] += x
    (p, q) = (x, y) if x < y else (y, x)
    return v[2] * v[1] + p * q ** 2


@program(0.7)
@program(-0.7)
def xor_of_tests(x):
    y = x * x if (x > 0) ^ (x > 0.5) else x ** 3
    return y * (1 + (x > 0) - (x < 0)) + (not x) + (not not x) * y


@program(0.7, normal(3))
def number_or_array_by_condition(x, v):
    y = v if x > 0.5 else x
    z = x if x > 0.5 else v
    return np.sum(y * z) + np.sum(np.sin(y)) + np.sum(z)


# -- match ----------------------------------------------------------------------------


class Shift(NamedTuple):
    amount: float


@dataclass
class Scale:
    factor: float
    power: int = 1


@dataclass
class Twice:
    first: object
    second: object


def _applied(step, x):
    match step:
        case Shift(amount=a):
            return x + a
        case Scale(factor, power=2):
            return x * factor ** 2
        case Scale(factor=f):
            return x * f
        case Twice(first, second):
            return _applied(second, _applied(first, x))
        case _:
            raise TypeError(step)


@program(0.7, 1.3)
def match_classes(x, y):
    plan = Twice(Shift(x), Scale(y, 2))
    return _applied(Twice(plan, Scale(x)), y)


@program(0.7, 1.3, ("add", 1))
@program(0.7, 1.3, ("scale", 2, 3))
@program(0.7, 1.3, ("none",))
@program(0.7, 1.3, ())
def match_sequences_of_words(x, y, command):
    match command:
        case ["add", n]:
            return x + y * n
        case ("scale", first, *rest) if first > 1:
            return x * y ** first + sum(rest) * x
        case [("none" | "never") as word]:
            return x * len(word) + y
        case []:
            return x - y * x
    return x


@program(0.7, 1.3)
@program(-0.7, 1.3)
def match_values_and_captures(x, y):
    match (x > 0, y):
        case (True, value) if value > 5:
            z = value
        case (True, value):
            z = value * x
        case (False, _):
            z = x ** 2 * y
        case other:
            z = other[1]
    match z:
        case 0.0 | 1.0:
            z = z + 1
        case float() as w:
            z = w * x
        case _:
            z = z * 3
    return z


@program({"kind": "line", "a": 0.7, "b": 1.3, "more": 2.0}, 0.4)
@program({"kind": "point", "a": 0.7}, 0.4)
def match_mapping_with_rest(shape, x):
    match shape:
        case {"kind": "line", "a": a, "b": b, **rest}:
            return a * x + b * len(rest) + rest["more"] * a
        case {"kind": "point", "a": a}:
            return a * a * x
        case _:
            return x


@program([0.7, 1.3, 0.2, -0.5])
def match_star_in_the_middle(values):
    match values:
        case [first, *middle, last]:
            return first * last + sum(m ** 2 for m in middle) * first
        case _:
            return 0.0


@program(0.7, 3)
def match_in_a_loop(x, n):
    y = x
    for i in range(n):
        match i % 3:
            case 0:
                y = np.sin(y)
            case 1 if y > 0.1:
                y = y * x
                continue
            case _:
                y = y + x
                if y > 2:
                    break
        y = y * 1.1
    return y


# -- walrus ---------------------------------------------------------------------------


@program(0.7, 1.3)
def walrus_in_conditions(x, y):
    if (a := x * y) > 0.5 and (b := a * x) < 5:
        return a * b
    return a


@program(normal(4))
def walrus_in_comprehensions(v):
    squares = [s for t in v if (s := t * t) > 0.01]
    total = sum(u * last for t in v if (u := (last := t) + 1.0))
    return total + sum(squares) * last


@program(0.7, 1.3)
def walrus_in_calls_and_subscripts(x, y):
    v = np.array([x, y, x * y])
    z = np.sin(a := x * y) * v[(i := 1)] + v[i + 1] * (b := a + 1.0)
    t = (c := x, c * y, d := c + z)
    return z * a * b + t[1] * d


@program(0.7)
def walrus_in_a_while(x):
    y = x
    n = 0
    while (y := y * 0.8 + 0.01 * x) > 0.3 and (n := n + 1) < 20:
        x = x + y * 0.1
    return x * y + n


@program(0.7, 1.3)
def walrus_shadows_and_conditional(x, y):
    z = (x := x * 2) if (y := y + 1) > 2 else (x := x * 3)
    return x * y * z


@program(0.7, 1.3)
def walrus_under_and_is_not_always_done(x, y):
    w = 1.0
    x > 5 and (w := x * y)
    y > 0 and (w := w + y)
    return w * x


# -- whiles and exits -----------------------------------------------------------------


@program(0.7, 1.3)
def while_true_with_three_ways_out(x, y):
    n = 0
    while True:
        n += 1
        x = x * y
        if x > 10:
            return x * n
        if n > 4:
            break
        if n % 2:
            continue
        y = y * 1.05
    return x - y


@program(normal(3, 3), 0.9)
@program(normal(3, 3), 1e9)
@program(normal(3, 3), -1e9)
def return_from_the_third_loop(A, limit):
    total = 0.0
    for i in range(3):
        for row in A:
            k = 0
            while k < 3:
                total = total + row[k] ** 2 * A[i, k]
                if total > limit:
                    return total * row[k]
                k += 1
            else:
                total *= 1.01
        else:
            total += A[i, i]
    return total


@program(0.7, 5)
@program(0.7, 0)
def while_else_with_continue(x, n):
    k = 0
    while k < n:
        k += 1
        if k == 2:
            continue
        x = np.sin(x) + 0.1 * k
        if x > 1.2:
            break
    else:
        x = x * 2
    return x * k


@program(0.7, 4)
def break_of_inner_sets_state_of_outer(x, n):
    total = 0.0
    for i in range(n):
        y = x
        for j in range(n):
            y = y * x + 0.1 * j
            if j > i:
                last = y
                break
        else:
            last = y * 2
            continue
        total += last * y * i
    return total + last


@program(0.3, 0.047)
def while_with_two_carried_and_one_passive(x, h):
    t, v = 0.0, 1.0
    steps = 0
    while t < 0.5 and not steps > 30:
        a = -np.sin(x) * v
        x, v = x + h * v, v + h * a
        t += h
        steps = steps + 1
    return x * v + steps * x


@program(normal(5))
def flags_and_sentinels(v):
    found, best = False, None
    for i, t in enumerate(v):
        if best is None or t > best:
            best, found = t, i > 0
            where = i
    return best * v[where - 1] if found else best ** 2


@program(normal(5), 3)
def defined_in_a_branch_of_a_loop(v, n):
    total = 0.0
    for i in range(5):
        if i == 1:
            kept = v[i] * 2
        elif i == n:
            kept = kept * v[i]
        if i >= 1:
            total += kept ** 2
    return total


@program(0.7, 6)
def if_with_pass_and_nested_elses(x, n):
    for i in range(n):
        if i == 0:
            pass
        elif i == 1:
            x = x * 2
        else:
            if i % 2:
                pass
            else:
                if x > 1:
                    x = np.sqrt(x)
                else:
                    x = x ** 2
                    continue
            x = x + 0.1
    else:
        x = x * 3
    return x


@program(0.7)
def constant_conditions_and_dead_code(x):
    if False:
        x = unknown_name * 2
    while False:
        x = another_unknown
    if True:
        y = x * x
    else:
        y = nothing(x)
    while 1:
        y = y * x
        break
    return y
    return y * 2


@program(0.7, True)
@program(0.7, False)
def return_none_on_no_way_taken(x, flag):
    def inner(t):
        if flag:
            return t * t
        elif t > 0:
            return t * 3

    value = inner(x)
    return value * x


@program(0.4, 0.7)
def larger_of_two_looked_up(x, y):
    d = {"p": x, "q": y}
    return max(d["p"], d.get("none", 0.5) * 0.5) + min(y * y, d.get("p", 0.5) * 0.9)
