"""Functions that bind names in expressions and patterns, whose normal form must do what they do."""

from __future__ import annotations

from tests.lang.desugar_programs import Color, Manager, Point, note, program

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
