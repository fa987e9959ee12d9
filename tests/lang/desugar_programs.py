"""Functions whose normal form must do what they do: `log` is a list that each leaves its trace in."""

from __future__ import annotations


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
