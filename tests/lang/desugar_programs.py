"""Functions whose normal form must do what they do: `log` is a list that each leaves its trace in."""

from __future__ import annotations

import contextlib


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Point({self.x!r}, {self.y!r})"

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)


class Color:
    RED = 1
    BLUE = 2


class Manager:
    """A context manager that logs; it swallows KeyError, and may fail on leaving."""

    def __init__(self, log, fails=False):
        self.log = log
        self.fails = fails

    def __enter__(self):
        self.log.append("enter")
        return (1, 2)

    def __exit__(self, kind, error, trace):
        self.log.append("leave")
        if self.fails:
            raise ValueError("leaving")
        return kind is KeyError


def note(log, value):
    log.append(value)
    return value


NUMBERS = [(n,) for n in range(-1, 7)]
PROGRAMS = []


def program(*inputs):
    def add(function):
        PROGRAMS.append((function, list(inputs) or NUMBERS))
        return function

    return add


# -- nothing to do ------------------------------------------------------------------


@program()
def straight(n, log):
    """Untouched."""
    x = n * 2
    x += 1
    return x


@program()
def no_return(n, log):
    log.append(n)


@program()
def bare_return(n, log):
    log.append(n)
    return


@program()
def raises(n, log):
    if n > 2:
        raise ValueError(n)
    log.append(n)
    return n


# -- assignments --------------------------------------------------------------------


@program()
def chained(n, log):
    a = b = note(log, n)
    c = d = 0.0
    e = f = [a]
    f.append(b)
    return a, b, c, d, e


@program()
def chained_places(n, log):
    x = [0, 0, 0]
    p = Point(0, 0)
    i = x[i] = p.x = 2
    x[0] = p.y = y = note(log, n)
    return x, p, i, y


@program()
def chained_name_is_changed(n, log):
    a = [1, n]
    a, b = c = a
    d = (d, e) = f = [n, n]
    return a, b, c, d, e, f


@program()
def chained_value_is_index(n, log):
    x = [5, 6, 7]
    i = 1
    i = x[i] = i + 1
    return x, i


@program()
def swap(n, log):
    a, b = n, 2
    a, b = b, a
    [a, b] = [b, a + 1]
    return a, b


@program()
def swap_items(n, log):
    x = [n, 2, 3]
    x[0], x[2] = x[2], x[0]
    i, x[i] = 1, n
    x[i], i = i, 2
    return x, i


@program()
def nested_targets(n, log):
    (a, b), c = (n, 2), 3
    d, (e, (f, g)) = 1, (2, [n, 4])
    [(h, i), *j] = [(1, 2), 3, n]
    return a, b, c, d, e, f, g, h, i, j


@program()
def attributes_in_tuple(n, log):
    p = Point(0, 0)
    p.x, p.y = n, 2
    p.x, p.y = p.y, p.x
    p.x, n = n, p.x
    return p, n


@program(([],), ([1],), ([1, 2],), ((1, 2, 3),), ("abcd",), ({1: 2, 3: 4},))
def starred(e, log):
    a, *rest = e
    *head, b = e
    c, *middle, d = e
    return a, rest, head, b, c, middle, d


@program(([],), ([1],), ([(1, 2), 3],), ([(1, 2), (3,), 4, [5, 6]],))
def starred_nested(e, log):
    x = [0, 0]
    (a, b), *x[1], (c, *d) = e
    return x, a, b, c, d


@program()
def starred_display(n, log):
    a, *b = n, 2, 3
    *c, d = [n]
    a, *a = b, n, a
    (*e,) = "ab"
    return a, b, c, d, e


@program(([1, 2, 3],))
def builtins_are_variables(list, log):
    len = 3
    a, *b = list
    return a, b, len


@program()
def repeated_names(n, log):
    a, a = n, 2
    p = Point(a, n)
    p.x, a, a = 1, 2, n
    return a, p


@program()
def caught_half_way(n, log):
    x = [0, 0]
    a = b = 0
    try:
        a, x[n], b = 1, 2, 3
    except IndexError:
        log.append((a, b))
    return x, a, b


@program()
def annotations(n, log):
    a: int = n
    b: float
    p = Point(1, 2)
    p.x: int = a
    p.y: int
    note(log, p).x: int
    (c): int = 4
    return a, p, c


@program()
def loop_targets(n, log):
    total = 0
    p = Point(0, 0)
    for i, (a, b) in enumerate([(1, 2), (3, n)]):
        total += i * a + b
    for p.x in range(n):
        log.append(p.x)
    for a, *rest in [(1, 2, 3), (4,)]:
        log.append((a, rest))
    for [a, b] in [[1, 2]]:
        total += a * b
    for p.x, p.y in [(1, 2), (3, 4)]:
        if p.x > n:
            continue
        log.append(p.y)
    return total, p


@program()
def with_targets(n, log):
    p = Point(0, 0)
    with Manager(log) as (a, b), Manager(log) as p.x, Manager(log) as c:
        log.append((a, b, p.x, c))
    return a, b, p, c


@program()
def augmented(n, log):
    x = [1, 2]
    x[0] += n
    p = Point(1, 2)
    p.x *= n
    x += [3]
    del x[1]
    del n
    return x, p


# -- returns ------------------------------------------------------------------------


@program()
def early_return(n, log):
    if n < 0:
        return -1
    log.append(n)
    return n


@program()
def many_returns(n, log):
    if n < 0:
        return -1
    elif n == 0:
        log.append("zero")
    elif n == 1:
        return 1
    else:
        if n == 2:
            return 2
        log.append("many")
    log.append("end")
    return n * 2


@program()
def one_name(n, log):
    y = n
    for i in range(n):
        y = y + i
        if y > 4:
            return y
        log.append(y)
    if y < 2:
        return y
    y += 1
    return y


@program()
def return_none_or_value(n, log):
    if n > 2:
        return n
    log.append("falls")


@program()
def return_bare_early(n, log):
    if n > 2:
        return
    log.append(n)


@program()
def both_branches_return(n, log):
    if n > 2:
        return 1
    else:
        return 2


@program()
def return_or_raise(n, log):
    if n > 2:
        raise KeyError(n)
    elif n > 0:
        return n
    raise ValueError(n)


@program()
def return_in_loop(n, log):
    for i in range(n):
        log.append(i)
        if i == 3:
            return "three"
    return "none"


@program()
def return_in_nested_loops(n, log):
    for i in range(n):
        for j in range(i):
            for k in range(j):
                if i + j + k > 5:
                    return i, j, k
                log.append((i, j, k))
            log.append(j)
        log.append(i)
    log.append("end")
    return None


@program()
def return_every_level(n, log):
    for i in range(n):
        if i == 4:
            return "outer"
        for j in range(i):
            if j == 2:
                return "inner"
            if j == 1:
                break
        else:
            log.append(i)
            if i == 1 and n == 2:
                return "else"
        log.append("after")
    else:
        return "end"
    return "never"


@program()
def return_while_true(n, log):
    while True:
        n += 1
        if n > 4:
            return n
        log.append(n)


@program()
def return_while_true_nested(n, log):
    for i in range(3):
        while True:
            n += 1
            if n > 4:
                return n
            if n % 2:
                if n > 2:
                    return "odd"
                log.append("odd")
            log.append(n)
    return "no"


@program()
def return_while_true_inside_loop(n, log):
    while True:
        while True:
            n += 1
            if n % 3 == 0:
                break
            if n > 6:
                return n
        log.append(n)
        if n > 9:
            return "far"


@program()
def unconditional_return_in_loop(n, log):
    for i in range(n):
        log.append(i)
        return i
    return "empty"


@program()
def return_before_rest(n, log):
    if n > 1:
        if n > 3:
            return "big"
        log.append("middle")
    log.append("rest")
    if n == 2:
        log.append(2)
        if n > 0:
            return "two"
        else:
            log.append("never")
    log.append("more")
    return "small"


@program()
def return_in_both_arms(n, log):
    if n > 1:
        if n > 3:
            return "big"
        log.append("middle")
    else:
        if n < 0:
            return "negative"
        log.append("small")
    return "rest"


@program()
def dead_code(n, log):
    if n > 1:
        return 1
        log.append("dead")
    while True:
        log.append(n)
        break
        log.append("dead")
    raise ValueError(n)
    return 3


# -- break and continue -------------------------------------------------------------


@program()
def breaks(n, log):
    for i in range(n):
        if i == 2:
            break
        log.append(i)
    return i


@program()
def continues(n, log):
    for i in range(n):
        if i % 2:
            continue
        log.append(i)
    return n


@program()
def breaks_and_continues(n, log):
    i = 0
    while i < n:
        i += 1
        if i == 2:
            continue
        if i == 4:
            break
        log.append(i)
        if i == 3:
            log.append("three")
            continue
        log.append("end")
    return i


@program()
def flagged_break(n, log):
    for i in range(n):
        if i > 0:
            if i > 2:
                break
            log.append("low")
        log.append(i)
    return n


@program()
def flagged_continue(n, log):
    for i in range(n):
        if i > 0:
            if i % 2:
                continue
            log.append("even")
        log.append(i)
    return n


@program()
def flagged_all(n, log):
    for i in range(n):
        if i > 0:
            if i == 1:
                continue
            elif i == 4 and n == 6:
                return "out"
            elif i == 4:
                break
            log.append("low")
        log.append(i)
    log.append("done")
    return n


@program()
def flagged_twice(n, log):
    for i in range(n):
        if i > 0:
            if i == 1:
                continue
            log.append("a")
        log.append(i)
        if i > 1:
            log.append("b")
            if i == 3:
                continue
            if i == 4:
                break
            log.append("c")
        log.append("d")
    return n


@program()
def flagged_inside_flagged(n, log):
    for i in range(n):
        if i > 0:
            if i > 1:
                if i == 3:
                    break
                log.append("x")
            log.append("y")
        log.append("z")
    return n


@program()
def nested_single_ifs(n, log):
    for i in range(n):
        if i > 1:
            if i > 3:
                break
        log.append(i)
    return n


@program()
def last_is_continue(n, log):
    for i in range(n):
        log.append(i)
        if i > 2:
            log.append("big")
        else:
            continue
    for i in range(n):
        continue
    return n


@program()
def while_else(n, log):
    while n > 0:
        n -= 2
        if n == 3:
            break
        log.append(n)
    else:
        log.append("else")
    return n


@program()
def for_else(n, log):
    for i in range(n):
        if i == 3:
            log.append("found")
            break
    else:
        log.append("else")
        n += 10
    return n


@program()
def for_else_without_break(n, log):
    for i in range(n):
        log.append(i)
    else:
        log.append("else")
    return n


@program()
def for_else_with_return(n, log):
    for i in range(n):
        if i == 3:
            return "found"
        if i == 2 and n == 3:
            break
    else:
        log.append("else")
        if n == 1:
            return "else"
    log.append("end")
    return n


@program()
def else_breaks_outer(n, log):
    for i in range(n):
        for j in range(i):
            if j == 2:
                break
            log.append(j)
        else:
            if i == 1:
                continue
            if i == 2 and n == 3:
                break
            log.append("else")
        log.append(i)
    else:
        log.append("outer else")
    return n


@program()
def flagged_break_with_else(n, log):
    for i in range(n):
        if i > 0:
            if i == 4:
                break
            if i == 2:
                continue
            log.append("low")
        log.append(i)
    else:
        return "else"
    return n


@program()
def while_true_else(n, log):
    while True:
        n += 1
        if n > 3:
            break
    else:
        log.append("never")
    return n


@program()
def while_false(n, log):
    while 0:
        return n
    else:
        log.append("else")


@program()
def test_is_asked_once(n, log):
    while note(log, n) > 0:
        n -= 1
        if n == 2:
            log.append("leave")
            if note(log, "ask"):
                break
            log.append("never")
        log.append("body")
    return n


@program()
def unconditional_break(n, log):
    for i in range(n):
        log.append(i)
        break
    while n:
        if n > 3:
            n -= 1
            continue
        log.append(n)
        break
    return n


# -- with and try -------------------------------------------------------------------


@program()
def return_in_with(n, log):
    with Manager(log):
        log.append(n)
        return n


@program()
def return_in_swallowing_with(n, log):
    with Manager(log):
        if n == 3:
            raise KeyError(n)
        if n > 1:
            return n
        log.append("inside")
    log.append("after")
    return "end"


@program()
def break_in_with(n, log):
    for i in range(n):
        with Manager(log), contextlib.nullcontext():
            if i == 1:
                continue
            if i == 3:
                break
            log.append(i)
        log.append("after")
    else:
        log.append("else")
    return n


@program()
def return_in_transparent_with(n, log):
    for i in range(n):
        with contextlib.nullcontext():
            if i == 3:
                return "three"
            log.append(i)
    with contextlib.nullcontext(n) as m:
        if m > 0:
            return m
        return -m


@program()
def always_breaks_in_with(n, log):
    for i in range(n):
        with contextlib.nullcontext():
            log.append(i)
            break
    return n


@program()
def return_in_try(n, log):
    try:
        log.append("try")
        if n == 0:
            return "zero"
        if n == 1:
            raise KeyError(n)
        if n == 2:
            raise IndexError(n)
        log.append("end")
    except KeyError:
        return "key"
    except IndexError as error:
        log.append(error.args)
    else:
        log.append("else")
        if n == 3:
            return "else"
    finally:
        log.append("finally")
    log.append("after")
    return n


@program()
def try_returns_always(n, log):
    try:
        return 6 / n
    except ZeroDivisionError:
        return "infinite"
    finally:
        n = 7
        log.append(n)


@program()
def return_value_before_finally(n, log):
    try:
        return n
    finally:
        n = n + 1


@program()
def loop_in_try_in_loop(n, log):
    for i in range(n):
        try:
            for j in range(3):
                if i == 1:
                    continue
                if j == 2:
                    break
                if i == 4:
                    raise KeyError
                log.append(j)
            if i == 2:
                continue
            if i == 3 and n == 5:
                break
        except KeyError:
            log.append("caught")
            break
        finally:
            log.append("finally")
        log.append(i)
    return n


@program()
def leaving_fails(n, log):
    for i in range(3):
        try:
            with Manager(log, fails=n > 2):
                if n % 2:
                    return "out"
                if n == 4:
                    break
                log.append("inside")
            log.append("end")
        except ValueError:
            log.append("caught")
        log.append(i)
    return "last"


@program()
def retry(n, log):
    attempts = 0
    while True:
        attempts += 1
        try:
            if attempts < n:
                raise ValueError(attempts)
            return attempts
        except ValueError as error:
            log.append(error.args)
            continue
        finally:
            log.append("finally")


# -- walrus -------------------------------------------------------------------------


@program()
def walrus_if(n, log):
    if (y := note(log, n)) > 2:
        log.append(y)
    elif (z := note(log, y + 1)) > 1:
        return z
    else:
        log.append(z)
    return y


@program()
def walrus_while(n, log):
    while (y := note(log, n)) > 0:
        n -= 1
        if y == 3:
            continue
        if y == 2:
            log.append("two")
    return y


@program()
def walrus_while_and(n, log):
    i = 0
    while i < 4 and (y := note(log, n - i)) > 0 and (z := y % 5) != 3:
        i += 1
        log.append(z)
    return i


@program()
def walrus_while_else(n, log):
    while (n := n - 1) > 0:
        if n == 3:
            break
        if n == 5:
            return "five"
    else:
        log.append("else")
    while i := n:
        n = 0
    else:
        log.append(i)
    return n


@program()
def walrus_and_or(n, log):
    a = b = c = 0
    if n > 1 and (a := note(log, n)) > 2 and (b := note(log, a + 1)) > 5:
        log.append("and")
    if n > 3 or (c := note(log, n)) < 1:
        log.append("or")
    else:
        log.append("neither")
    d = n and (e := note(log, n - 1)) or note(log, "last")
    f = note(log, 0) or n == 1 or (a := 7)
    if (g := n) and (h := g - 1):
        log.append(h)
    return a, b, c, d, f, g


@program()
def walrus_order(n, log):
    x = note(log, 1) + (y := note(log, 2)) * note(log, y)
    z = n + (n := 4) + n
    w = [n, (n := 5), n, *(q := [n]), *q]
    v = note(log, 8) if (t := n - 5) else (t := 9)
    u = {note(log, "k"): note(log, 1), note(log, "l"): (s := note(log, 2)), "m": s}
    return x, y, z, w, v, t, u


@program()
def walrus_calls(n, log):
    items = [1, 2]
    items.append(a := note(log, n))
    r = note(log, note(log, n) + (b := 2))
    f = max(note(log, 3), (c := n), key=lambda value: value - c)
    g = f"{note(log, n)!r} {(d := n + 1):>{(e := 3)}} {d}{e}"
    print(a, end=(h := ""))
    return items, r, f, g, h


@program()
def walrus_compare(n, log):
    a = b = 0
    c = 0 < (a := note(log, n)) < 3
    d = 0 < note(log, n) < (b := note(log, 4))
    e = 0 < n < 9 < (f := 10)
    return a, b, c, d, e


@program()
def walrus_choice(n, log):
    a = 0
    b = (a := note(log, n)) if n > 2 else note(log, a)
    return a, b


@program()
def walrus_index(n, log):
    x = [1, 2, 3, 4]
    x[(i := 1)] = note(log, n)
    x[(i := 2)] += (j := note(log, 5))
    x[i] += x.pop() if n > 3 else (k := 4)
    y = x[i : (m := 3)], x[(i := 0) : m]
    n += (n := 3)
    n += (p := n)
    for i in (q := [1, 2]):
        q.append(3) if len(q) < 5 else None
    del x[(i := 0)], x[i]
    return x, y, n, q


@program()
def walrus_statements(n, log):
    (a := n)
    assert (b := a) < 5, (c := "big")
    with Manager(log) as m, Manager(log, fails=(d := n > 3)) as o:
        log.append(d)
    if n == 3:
        raise KeyError((e := n)) from (f := None)
    return (g := b) + g


@program()
def walrus_comprehensions(n, log):
    a = [y for x in range(n) if (y := note(log, x * 2)) > 2]
    b = {(z := x): note(log, z) for x in range(n)}
    c = {(z := x % 2) for x in range(n)}
    d = [[(w := i + j) for j in range(2)] for i in range(n)]
    e = [(v := i + j) for i in range(n) if i for j in range(i) if j != 1]
    return a, b, c, d, e


@program()
def walrus_comprehension_names(n, log):
    x = n
    a = [x + (y := x) for x in range(n) if x]
    return a, x


@program()
def walrus_any(n, log):
    if any((y := note(log, x)) > 2 for x in range(n)):
        log.append(y)
    b = all((z := note(log, i + j)) < 4 for i in range(n) for j in range(i))
    c = any((z := i * j) == 4 for i in range(n) if i > 1 for j in range(i) if j)
    d = sum((w := x) for x in range(n))
    return b, c, d


@program()
def walrus_in_flagged_loop(n, log):
    for i in range(n):
        if (y := i * 2) > 2:
            if (z := y - 3) > 2:
                break
            log.append(z)
        log.append(y)
    return n


@program()
def walrus_and_nonlocal(n, log):
    def change():
        nonlocal n
        n += 1
        return n

    return n + (y := change()) + n + y


@program()
def walrus_in_lambda(n, log):
    f = lambda x: (y := x + n) * y
    return f(2)


# -- match --------------------------------------------------------------------------

THINGS = [
    0, range(2), 1, 2, -1, 1.0, 2.5, True, None, "a", "go", [], [1], [1, 2], (1, 2), [0, 5], [0, 5, 6, 7], (3, [4, 5]),
    {}, {"a": 1}, {"a": 2, "b": 3}, {"kind": "x", "v": 4}, Point(0, 0), Point(0, 3), Point(3, 0), Point(4, 4),
    Point([1, 2], None), 1j, "ab", b"x", [Point(1, 2), 3],
]  # fmt: skip
EACH = [(thing,) for thing in THINGS]


@program(*EACH)
def match_literals(s, log):
    match s:
        case 0:
            return "zero"
        case 1 | 2:
            r = "small"
        case -1:
            r = "minus"
        case None:
            r = "none"
        case True:
            r = "true"
        case "go":
            r = "go"
        case 0 + 1j:
            r = "complex"
        case _:
            r = "other"
    log.append(r)
    return r


@program(*EACH)
def match_no_wildcard(s, log):
    match note(log, s):
        case 2.5:
            log.append("float")
        case Color.RED:
            log.append("red")
    return s


@program(*EACH)
def match_sequences(s, log):
    match s:
        case []:
            return "empty"
        case [x]:
            return "one", x
        case [0, *rest]:
            return "zero", rest
        case (1 | 3 as a, ([_, b] | b)):
            return "first", a, b
        case [_, *_, y]:
            return "last", y
        case [*all_of]:
            return all_of
    return "no"


@program(*EACH)
def match_classes(s, log):
    match s:
        case Point(x=0, y=0):
            r = "origin"
        case Point(0, y=b) | Point(b, 0):
            r = b
        case Point(x=[c, d], y=None):
            r = c, d
        case Point(a, b) if a == b:
            r = "diagonal"
        case float(f) | int(f):
            r = "number", f
        case str() as t:
            r = t
        case Point(z=3):
            r = "never"
        case Point():
            r = "point"
        case [Point(x, y), int()]:
            r = x + y
        case _:
            r = "other"
    return r


@program(*EACH)
def match_mappings(s, log):
    match s:
        case {"a": 1, **rest}:
            return rest
        case {"a": x, "b": y}:
            return x, y
        case {"kind": "x" | "y" as kind, **more}:
            return kind, more
        case {}:
            return "dict"
    return "no"


@program(*EACH)
def match_guards(s, log):
    x = "old"
    match s:
        case x if note(log, x) == 0:
            r = "zero"
        case [x, y] if (z := x) == y:
            r = "same", z
        case [x, y] if x == 0:
            r = "zero", y
        case 1 | 2 if note(log, "guard") and x == 2:
            r = 2
        case str(x) if len(x) > 1:
            r = x
        case _:
            r = "other"
    return r, x


@program(*EACH)
def match_rebinds_subject(s, log):
    match s:
        case [s, t]:
            return s, t
        case {"a": s}:
            return s
        case float(s) if s > 2:
            return "float"
    match s, 2:
        case (0, y):
            return y
        case (a, b):
            return a, b


@program()
def match_in_loop(n, log):
    for i in range(n):
        match i:
            case 0:
                continue
            case 1:
                log.append("one")
            case 3 if n == 4:
                return "three"
            case 4:
                break
        log.append(i)
    else:
        log.append("else")
    return n


# -- nested functions ---------------------------------------------------------------


@program()
def nested_functions(n, log):
    def inner(x):
        for i in range(x):
            if i > 2:
                return i
        return -1

    f = lambda x: x + 1
    if n > 2:
        return inner(n)
    g = [inner(i) for i in range(n)]
    return f(n), g


@program()
def clashing_names(n, log):
    result = returned = broken = 1
    for i in range(n):
        if i > 0:
            if i == 3:
                break
            if i == 5:
                return "no"
            log.append(result)
        log.append(returned)
    else:
        log.append(broken)
    return result
