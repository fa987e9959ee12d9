"""Which programs over containers, objects and functions does chance write?

Floats `a b c`, arrays `u v` of four numbers, a list `xs` of floats, a list `rows` of arrays, a dict `d`, a pair `t`, an
object `o` and another `q`, a function `h`; a list `nest` of lists and a dict `table` that hold others of these. Every name
is set before the first statement.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import strategies as st

from tests.random_programs import Chance

HEADER = """\
import dataclasses
import functools
import math
from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    x: float
    y: float

    def product(self):
        return self.x * self.y


class Body:
    count = 2

    def __init__(self, mass, place):
        self.mass = mass
        self.place = place
        self.log = []

    @property
    def momentum(self):
        return self.mass * self.place

    def move(self, step):
        self.place = self.place + step * self.mass
        self.log.append(step)
        return self

    def __call__(self, x):
        return np.tanh(x * self.mass)

    def __add__(self, other):
        return Body(self.mass + other.mass, self.place - other.place)

    @staticmethod
    def square(x):
        return x * x

    @classmethod
    def unit(cls, x):
        return cls(x, np.ones(4) * x)


class Heavy(Body):
    def move(self, step):
        super().move(step * 0.5)
        self.mass = self.mass * 1.1
        return self


@dataclasses.dataclass
class Pair:
    left: float
    right: float = 0.5

    def swap(self):
        self.left, self.right = self.right, self.left


def scale(x, *, by=0.5, **more):
    for value in more.values():
        by = by * value
    return x * by


def total(*values, start=0.0):
    for value in values:
        start = start + np.sum(value)
    return start


def collect(x, into):
    into.append(x * 0.5)
    return into[-1]


def checked(x, y):
    if y > 0.3:
        raise ValueError("too large")
    return x * y


def depth(x, n):
    return x if n <= 0 else np.sin(depth(x * 0.9, n - 1)) + x


def compose(f, g):
    return lambda x: f(g(x))


def counter(start):
    value = start

    def step(by):
        nonlocal value
        value = value + by
        return value

    return step


"""

FLOATS = ("a", "b", "c")
ARRAYS = ("u", "v")


@st.composite
def shrinking_structures(draw: Callable) -> str:
    return program(Chance(lambda low, high: draw(st.integers(low, high))))


def seeded_structures(seed: int) -> str:
    return program(Chance(random.Random(seed).randint))


def structures() -> st.SearchStrategy[str]:
    return st.one_of(shrinking_structures(), st.integers(0, 2**40).map(seeded_structures))


def program(chance: Chance) -> str:
    """The text of a module that defines `f(a, b, u, v)`, with a float result."""
    lines = [
        "c = a * b", "i = j = k = 1", "xs = [a, b * 0.5, c]", "rows = [u * 0.5, v]", 'd = {"p": a, "q": b * 0.7}',
        "t = (a, u)", "o = Body(a, u * 0.3)", "q = Heavy(b, v)", "p = Point(a, b)", "w = Pair(a)", "h = np.sin",
        "nest = [xs, [a, b]]", 'table = {"l": xs, "o": o}',
    ]  # fmt: skip
    lines += block(chance, 0, chance.integer(1, 5), False)
    lines += [f"return {result(chance)}"]
    return HEADER + "def f(a, b, u, v):\n" + "".join(f"    {x}\n" for x in lines)


def result(chance: Chance) -> str:
    parts = ("sum(xs)", "xs[0] * xs[-1]", "np.sum(rows[0] * rows[-1])", 'd["p"] * d["q"]', "t[0] * np.mean(t[1])",
             "o.mass * np.sum(o.place)", "np.sum(q.momentum)", "h(a)", "w.left * 2 - w.right", "p.product()", "c",
             "nest[0][0] * nest[-1][-1]", "sum(sum(m) for m in nest)", 'table["l"][0] * table["o"].mass', "sum(o.log)")  # fmt: skip
    return "a * b + np.sum(u * v)" + "".join(f" + {chance.pick(parts)}" for _ in range(4))


def block(chance: Chance, depth: int, size: int, loop: bool) -> list[str]:
    lines: list[str] = []
    for _ in range(size):
        lines += statement(chance, depth, loop)
    return lines


def statement(chance: Chance, depth: int, loop: bool) -> list[str]:
    if loop and chance.integer(0, 7) == 0:
        return [f"if {test(chance)}:", f"    {chance.pick(('break', 'continue', f'return {result(chance)}'))}"]
    if depth < 2 and chance.integer(0, 3) == 0:
        return chance.pick((for_loop, for_loop, while_loop, branch, branch, attempt))(chance, depth, loop)
    kinds = (floats, lists, lists, dicts, objects, objects, functions, functions, unpacking, nested, nested)
    return [chance.pick(kinds)(chance)]


# -- expressions ---------------------------------------------------------------------


def number(chance: Chance) -> str:
    return chance.pick(("0.5", "1.5", "-0.7", "2.0", "0.3"))


def atom(chance: Chance) -> str:
    return chance.pick(
        (
            *FLOATS, *FLOATS, number(chance), "xs[0]", "xs[-1]", "xs[i % len(xs)]", 'd["p"]', 'd["q"]', "t[0]",
            "np.mean(t[1])", "u[i % 4]", "v[-1]", "np.sum(rows[0])", "o.mass", "q.place[1]", "np.mean(o.momentum)",
            "w.left", "w.right", "p.x", "p.product()", 'd.get("p", 0.5)', 'd.get("none", 0.5)',
        )
    )  # fmt: skip


def value(chance: Chance) -> str:
    x, y = atom(chance), atom(chance)
    form = chance.pick(
        (
            "{x}", "{x} * {y}", "{x} - {y}", "np.tanh({x}) * {y}", "math.sin({x})", "({x} if {test} else {y})",
            "max({x}, {y} * 0.5)", "min([{x}, {y}])", "abs({x})", "h(np.tanh({x}))", "depth(np.tanh({x}), i % 3)",
            "scale({x}, by={y})", "scale({x}, by=0.5, also={y})", "total({x}, u, start={y})", "total(*xs)",
            "total(*rows, {x})", "sum(z * {x} for z in xs)", "sum([z * z for z in xs if z > 0.137])",
            "functools.reduce(lambda m, n: m * 0.5 + n, xs, {x})", "sum(map(math.tanh, xs))", "o({x})",
            "Body.square(np.tanh({x}))", "sorted([{x}, {y}, 0.137])[1]", "({x} and {y})", "({x} or {y})",
            "(lambda m, n={y}: np.tanh(m) * n)({x})", "sum(m * n for m, n in zip(xs, u))", "float({x})",
            "(z := {x}) * z", "next(iter([{x}, {y}]))", "sum(d.values())", "np.array([{x}, {y}])[i % 2]",
            "np.sum(np.stack(rows) * {x})", "divmod({x}, 0.7)[1]", "collect({x}, xs)", "Point({x}, {y}).product()",
            "sum(k * m for k, m in enumerate(xs))",
        )
    )  # fmt: skip
    return form.format(x=x, y=y, test=test(chance))


def array(chance: Chance) -> str:
    form = chance.pick(
        ("{r} * {x}", "np.tanh({r} + {x})", "{r} - {s}", "np.array([m * {x} for m in {r}])", "rows[i % 2] * 0.5")
    )
    return form.format(r=chance.pick((*ARRAYS, "t[1]", "o.place")), s=chance.pick(ARRAYS), x=atom(chance))


def test(chance: Chance) -> str:
    return chance.pick(
        ("i % 2", "k > 1", "a > 0.137", "xs[0] > 0.619", "len(xs) > 3", '"r" in d', "o.mass < 0.211 and b < 0.3",
         "not c > 0.25", "-0.5 < c < 0.137", "isinstance(o, Heavy)", "i == 1 or a > 0.9")
    )  # fmt: skip


# -- statements ----------------------------------------------------------------------


def floats(chance: Chance) -> str:
    name = chance.pick(FLOATS)
    return f"{name} {chance.pick(('=', '=', '+=', '-='))} {value(chance)}"


def lists(chance: Chance) -> str:
    form = chance.pick(
        (
            "xs.append({x})", "xs[{i}] = {x}", "xs[{i}] += {x}", "{n} = xs.pop()", "xs.append({x}); {n} = xs.pop(0)",
            "xs = [m * {y} for m in xs]", "xs = xs + [{x}]", "xs = xs[::-1]", "xs.extend([{x}, {y}])", "rows.append({r})",
            "rows[i % 2] = {r}", "{u} = rows[-1]", "xs.reverse()", "xs = list(map(lambda m: m * {y}, xs))",
            "xs = [m + n for m in xs[:2] for n in (a, b)]", "xs = sorted(xs)", "rows = [m * {y} for m in rows]",
            "xs[1:] = [{x}, {y}]", "xs = [*xs[:2], {x}]", "xs = [m if m > 0.137 else {y} for m in xs]", "ys = xs; ys[0] = {x}",
            "rows[0] = rows[0] + {r}", "xs *= 1", "xs = [{x}] * 3",
        )
    )  # fmt: skip
    return form.format(
        x=value(chance),
        y=atom(chance),
        i=chance.pick(("0", "-1", "i % 2")),
        r=array(chance),
        u=chance.pick(ARRAYS),
        n=chance.pick(FLOATS),
    )


def dicts(chance: Chance) -> str:
    form = chance.pick(
        (
            'd["p"] = {x}', 'd["q"] += {x}', 'd["r"] = {x}', "d = {{**d, 'p': {x}}}", "d = {{m: n * {y} for m, n in d.items()}}",
            'd.update(q={x})', 'd["p"], d["q"] = d["q"], d["p"]', 'd = dict(p={x}, q={y})', 'c = d.pop("r", {y})',
            "d = d | {{'q': {x}}}", "d = dict(zip(('p', 'q'), ({x}, {y})))", "d.setdefault('s', {x})",
        )
    )  # fmt: skip
    return form.format(x=value(chance), y=atom(chance))


def objects(chance: Chance) -> str:
    form = chance.pick(
        (
            "o.mass = {x}", "o.mass += {x}", "o.place = {r}", "o.place = o.place * {y}", "o.move(np.tanh({x}))",
            "q.move(np.tanh({x})).move({y} * 0.1)", "o = o + q", "q = Heavy({x}, {r})", "o = Body.unit({x})", "w.left = {x}",
            "w.swap()", "w = Pair({x}, {y})", "w = dataclasses.replace(w, right={x})", "p = Point({x}, p.x)",
            "p = p._replace(y={x})", "t = ({x}, {r})", "t = (t[0] * 0.5, t[1] + {y})", "o.extra = {x}; a = o.extra * 0.5",
            "setattr(o, 'mass', {x})", "o, q = Body(q.mass, q.place), q", "o.log.append({x})",
        )
    )  # fmt: skip
    return form.format(x=value(chance), y=atom(chance), r=array(chance))


def functions(chance: Chance) -> str:
    form = chance.pick(
        (
            "h = lambda m: np.tanh(m) * {n}", "h = np.cos", "h = compose(np.sin, o)", "h = functools.partial(scale, by={y})",
            "s = counter({x}); {n} = s(0.5) + s({y})", "{n} = [np.sin, np.cos, math.tanh][i % 3]({y})",
            "{n} = {{'f': np.sin, 'g': h}}['f']({y})", "h = o if i % 2 else np.tanh", "g = lambda *m, **n: m[0] * n['z']; {n} = g({x}, z={y})",
            "fs = [lambda m, z=z: m * z for z in xs]; {n} = fs[1]({y})", "h = q.__call__ if i % 2 else h",
            "g = compose(np.tanh, lambda m: m * {n}); {n} = g({y})", "{n} = compose(compose(np.sin, np.tanh), np.cos)({y})",
            "h = Body.square", "{n} = (np.sin if {test} else np.cos)({y})",
        )
    )  # fmt: skip
    return form.format(x=value(chance), y=atom(chance), n=chance.pick(FLOATS), test=test(chance))


def nested(chance: Chance) -> str:
    """Containers in containers, and the same one in two of them or twice in one."""
    form = chance.pick(
        (
            "nest = [xs, xs]", "nest = [xs] * 2", "nest = [xs, list(xs)]", "nest.append(xs)", "nest.append([{x}, {y}])",
            "nest[0][i % 2] = {x}", "nest[-1][0] += {x}", "xs = nest[0]", "xs = nest[i % 2]", "nest = [list(m) for m in nest]",
            "nest = nest[::-1]", "nest[0], nest[-1] = nest[-1], nest[0]", "nest = [[m * {y} for m in r] for r in nest]",
            "nest[0] = nest[-1]", "nest[-1] = [{x}, {y}]", "{n} = nest[i % 2][0]", "nest[0] = xs", "nest = [m for m in nest]",
            "fs = [lambda m, k=k: m * xs[k] for k in range(2)]; {n} = fs[0]({x}) * fs[1]({y})", "o.log = xs", "q.log = o.log",
            "pairs = [(xs, k) for k in range(2)]; {n} = sum(m[k] * {x} for m, k in pairs)", 'table["l"][0] *= {y}',
            'table["o"].mass = {x}', 'table["l"] = [{x}, {y}]', 'xs = table["l"]', 'table = dict(table, l=xs)', "nest[0].append({x})",
            'table["o"] = o', "{n} = sum(m * n for m, n in zip(*nest[:2]))", "{n} = sum(m[0] * {x} for m in nest)",
            'm = {{"a": xs, "b": xs}}; m["a"][0] = {x}; {n} = m["b"][0]', "ms = [d, d]; {n} = ms[0]['p'] * ms[1]['q']",
        )
    )  # fmt: skip
    return form.format(x=value(chance), y=atom(chance), n=chance.pick(FLOATS))


def unpacking(chance: Chance) -> str:
    form = chance.pick(
        (
            "a, b = b, a", "a, *z = xs; b = b + z[-1]", "(a, b), c = ({x}, {y}), c", "xs[0], xs[-1] = xs[-1], xs[0]", "a = c = {x}",
            "m, n = t; a = m * np.sum(n)", "x, y = p; b = x - y * a", "*z, c = ({x}, {y}, a)", "[a, b] = [{x}, {y}]",
            "o.mass, w.left = w.left, {x}", "a, xs[0] = {x}, a", "i, a = i + 1, {x}", "z = a if {test} else b; c = z * z",
        )
    )  # fmt: skip
    return form.format(x=value(chance), y=atom(chance), test=test(chance))


# -- compound statements -------------------------------------------------------------


def body(chance: Chance, depth: int, loop: bool) -> list[str]:
    return [f"    {line}" for line in block(chance, depth + 1, chance.integer(1, 3), loop)]


def for_loop(chance: Chance, depth: int, loop: bool) -> list[str]:
    counter = ("i", "j", "k")[depth]
    head = chance.pick(
        (
            f"for {counter} in range({chance.integer(0, 3)}):", "for a in list(xs):", f"for {counter}, c in enumerate(tuple(xs)):",
            "for m, n in zip(list(xs), u):\n    a = a + m * n", "for r in rows[:2]:\n    b = b + np.tanh(np.sum(r))",
            "for name, z in list(d.items()):\n    c = c + z", "for o in [o, q]:\n    o.mass = o.mass * 0.5",
            "for h in (np.sin, math.tanh, h):\n    a = h(a)", "for z in reversed(list(xs)):\n    c = z - 0.5 * c",
            "for r in nest:\n    r[0] = r[0] * 0.5", "for r in nest:\n    a = a + r[0] * r[-1]",
        )
    )  # fmt: skip
    return [*head.split("\n"), *body(chance, depth, True)]


def while_loop(chance: Chance, depth: int, loop: bool) -> list[str]:
    name = f"n{depth}"
    lines = [f"{name} = 0", f"while {name} < {chance.integer(0, 3)}:", f"    {name} += 1", *body(chance, depth, True)]
    return lines + (["else:", *body(chance, depth, loop)] if chance.integer(0, 5) == 0 else [])


def branch(chance: Chance, depth: int, loop: bool) -> list[str]:
    lines = [f"if {test(chance)}:", *body(chance, depth, loop)]
    if chance.integer(0, 3) == 0:
        lines += [f"elif {test(chance)}:", *body(chance, depth, loop)]
    return lines + (["else:", *body(chance, depth, loop)] if chance.flag() else [])


def attempt(chance: Chance, depth: int, loop: bool) -> list[str]:
    lines = ["try:", f"    a = checked({value(chance)}, {chance.pick(('c', '0.1', '0.5'))})"]
    lines += [f"    {floats(chance)}", "except ValueError:", f"    {floats(chance)}"]
    if chance.flag():
        lines += ["else:", f"    {floats(chance)}"]
    return lines + (["finally:", f"    {floats(chance)}"] if chance.flag() else [])
