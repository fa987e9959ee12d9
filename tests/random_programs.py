"""Which programs does chance write? Source text over a few floats, arrays and views.

Every name is set before the first statement, so any statement may stand anywhere:
floats `a b c`, arrays `u v w` of four numbers, views `s t` of three, a list `rows` of
arrays, counters `i j k`. Names are rebound, aliased and stored into without restraint.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

HEADER = """\
import numpy as np


def blend(x, y):
    z = x * y
    if y > 0.3:
        return np.sin(z) + x
    return z - y


def smooth(x, c):
    y = x * c
    for m in range(2):
        y = np.tanh(y + x)
    return y


def put(x, c):
    x[1] = c
    x[2] *= x[0]


def scaled(x, c):
    x *= c
    return x


def tail(x):
    return x[1:]


def pair(x, y):
    return np.sin(y), x * y


def same(x):
    return x


def damped(x, k):
    y = x[k:]
    y *= 0.9
    return y


def mix(x, y):
    x += y * 0.5
    y *= 0.7
    return np.sum(x)


def keep(held, x):
    held.append(x)
    x[0] *= 0.8
    return held


def descend(x, n):
    if n > 0:
        x[n] *= x[n - 1]
        descend(x, n - 1)


def both(x):
    y = x * 0.5
    return y, y[1:]


"""

FLOATS = ("a", "b", "c")
ARRAYS = ("u", "v", "w")
VIEWS = ("s", "t")
COUNTERS = ("i", "j", "k")


class Chance:
    """Where choices come from: a seeded generator, or hypothesis, which can shrink."""

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer

    def pick(self, choices: Sequence) -> Any:
        return choices[self.integer(0, len(choices) - 1)]

    def flag(self) -> bool:
        return self.integer(0, 1) == 1

    def two(self, choices: Sequence) -> tuple:
        first = self.integer(0, len(choices) - 1)
        second = (first + self.integer(1, len(choices) - 1)) % len(choices)
        return choices[first], choices[second]


@st.composite
def shrinking_programs(draw: Callable) -> str:
    return program(Chance(lambda low, high: draw(st.integers(low, high))))


def seeded_program(seed: int) -> str:
    return program(Chance(random.Random(seed).randint))


def programs() -> st.SearchStrategy[str]:
    """Half are built by hypothesis (which varies what it found), half from seeds."""
    seeds = st.integers(0, 2**40)
    return st.one_of(shrinking_programs(), seeds.map(seeded_program))


def program(chance: Chance) -> str:
    """The text of a module that defines `f(a, b, u, v)`, with a float result."""
    lines = ["c = a * b", "w = u * v"]
    if chance.flag():
        lines += ["u = u.copy()", "v = v.copy()"]
    copied = chance.flag()  # fewer names share memory from the start
    lines += ["s = w[1:].copy()" if copied else "s = w[1:]", "t = v[:-1] * 1.5"]
    lines += ["rows = [u * 0.5, w * 0.5]" if copied else "rows = [u * 0.5, w]"]
    lines += ["i = j = k = 1"]
    lines += block(chance, depth=0, size=chance.integer(2, 7), exits=())
    if chance.integer(0, 3):
        lines += ["c = c + np.sum(rows[0] * rows[-1]) + np.sum(s * t)"]
    lines += [f"return {result(chance)}"]
    return HEADER + "def f(a, b, u, v):\n" + "".join(f"    {x}\n" for x in lines)


def result(chance: Chance) -> str:
    return "a * b + c + np.sum(u * v) + " + chance.pick(("np.sum(w ** 2)", "np.mean(w) * a", "w[1]", "np.sum(u + w)"))


def block(chance: Chance, depth: int, size: int, exits: tuple[str, ...]) -> list[str]:
    """Statements at one depth; `exits` are the ways out that are allowed here."""
    lines = []
    for _ in range(size):
        lines += statement(chance, depth, exits)
    return lines


def statement(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    simple = [
        assign_float, assign_float, augment_float, assign_array, assign_array, alias,
        swap, swap, store_element, store_element, store_slice, store_slice,
        augment_array, bind_view, store_view, store_view, store_counted, store_mask,
        call, call_memory, call_memory, use_list, use_list, use_pieces,
    ]  # fmt: skip
    compound = [for_loop, for_loop, while_loop, branch, branch]
    if exits and chance.integer(0, 5) == 0:
        return leave(chance, depth, exits)
    if depth < 3 and chance.integer(0, 3) == 0:
        return chance.pick(compound)(chance, depth, exits)
    return chance.pick(simple)(chance)


# -- expressions ---------------------------------------------------------------------


def index(chance: Chance) -> str:
    return chance.pick(("0", "1", "2", "-1", "i % 3", "k % 3", "(j + 1) % 3", "-2"))


def number(chance: Chance) -> str:
    return chance.pick(("0.5", "1.5", "-0.7", "2.0", "0.3"))


def float_atom(chance: Chance) -> str:
    kind = chance.integer(0, 7)
    if kind <= 2:
        return chance.pick(FLOATS)
    if kind <= 4:
        return f"{chance.pick(ARRAYS + VIEWS)}[{index(chance)}]"
    if kind == 5:
        return f"np.mean({chance.pick(ARRAYS + VIEWS)})"
    if kind == 6:
        return f"rows[{chance.pick(('0', '1', '-1'))}][{index(chance)}]"
    return number(chance)


def float_expression(chance: Chance, depth: int = 2) -> str:
    kind = chance.integer(0, 9)
    if depth == 0 or kind <= 1:
        return float_atom(chance)
    x, y = float_expression(chance, depth - 1), float_atom(chance)
    if kind == 2:
        return f"np.sin({x})"
    if kind == 3:
        return f"np.tanh({x}) * {y}"
    if kind == 4:
        return f"blend({x}, np.tanh({y}))"
    if kind == 5:
        return f"np.tanh({chance.pick(ARRAYS)} @ {chance.pick(ARRAYS)})"
    if kind == 6:
        return f"({x} if {test(chance)} else {y})"
    return f"({x} {chance.pick(('+', '-', '*'))} {y})"


def vector(chance: Chance, names: tuple[str, ...], depth: int = 2) -> str:
    """An expression that is a new array, of the shape that `names` have."""
    x = chance.pick(names)
    kind = chance.integer(0, 9)
    if depth == 0 or kind == 0:
        return f"{x} * {number(chance)}"
    if kind == 1:
        return f"np.sin({vector(chance, names, depth - 1)})"
    if kind == 2:
        return f"np.tanh({x} * {chance.pick(names)})"
    if kind == 3:
        return f"{x} * {float_atom(chance)}"
    if kind == 4:
        return f"smooth({x}, {float_atom(chance)})"
    if kind == 5:
        return f"{x} + {x}[::-1] * 0.5"
    if kind == 6:
        return f"{float_atom(chance)} - {x}"
    operator = chance.pick(("+", "-", "*"))
    return f"({vector(chance, names, depth - 1)}) {operator} {chance.pick(names)}"


def test(chance: Chance) -> str:
    """A condition: on counters, or on a value that chance keeps off the threshold."""
    kind = chance.integer(0, 5)
    if kind <= 2:
        counter = chance.pick(COUNTERS)
        return f"{counter} {chance.pick(('<', '==', '>'))} {chance.integer(0, 2)}"
    if kind == 3:
        return f"{chance.pick(COUNTERS)} % 2"
    if kind == 4:
        return f"{chance.pick(FLOATS)} > {chance.pick(('0.137', '-0.211', '0.619'))}"
    return f"{chance.pick(ARRAYS)}[{index(chance)}] < {chance.pick(('0.137', '0.619'))}"


# -- simple statements ---------------------------------------------------------------


def assign_float(chance: Chance) -> list[str]:
    return [f"{chance.pick(FLOATS)} = {float_expression(chance)}"]


def augment_float(chance: Chance) -> list[str]:
    operator = chance.pick(("+=", "-=", "*="))
    value = float_expression(chance, 1)
    value = f"np.tanh({value})" if operator == "*=" else value
    return [f"{chance.pick(FLOATS)} {operator} {value}"]


def assign_array(chance: Chance) -> list[str]:
    return [f"{chance.pick(ARRAYS)} = {vector(chance, ARRAYS)}"]


def alias(chance: Chance) -> list[str]:
    names = chance.pick((ARRAYS, ARRAYS, VIEWS))
    value = chance.pick(names)
    form = chance.pick(("{}", "{}", "{}[::-1]", "{}.copy()", "same({})", "{}[:]"))
    return [f"{chance.pick(names)} = {form.format(value)}"]


def swap(chance: Chance) -> list[str]:
    names = chance.pick((FLOATS, ARRAYS, ARRAYS, VIEWS))
    x, y = chance.two(names)
    return [f"{x}, {y} = {y}, {x}"]


def store_element(chance: Chance) -> list[str]:
    target = f"{chance.pick(ARRAYS + VIEWS)}[{index(chance)}]"
    operator = chance.pick(("=", "=", "+=", "*="))
    return [f"{target} {operator} {float_expression(chance, 1)}"]


def store_slice(chance: Chance) -> list[str]:
    target = f"{chance.pick(ARRAYS)}[{chance.pick(('1:', ':-1'))}]"
    source = f"{chance.pick(ARRAYS)}[{chance.pick(('1:', ':-1', ':0:-1'))}]"
    operator = chance.pick(("=", "+=", "*=", "-="))
    kind = chance.integer(0, 3)
    if kind == 0:
        return [f"{target} {operator} {source}"]
    if kind == 1:
        return [f"{target} {operator} np.tanh({source}) * {float_atom(chance)}"]
    if kind == 2:
        return [f"{target} {operator} {float_atom(chance)}"]
    return [f"{target} {operator} {source} * {chance.pick(VIEWS)}"]


def store_counted(chance: Chance) -> list[str]:
    x, y = chance.pick(ARRAYS), chance.pick(ARRAYS)
    return [f"{x}[i % 4] = np.sin({y}[(i + 1) % 4]) * {x}[k % 4]"]


def store_mask(chance: Chance) -> list[str]:
    x, y = chance.pick(ARRAYS), chance.pick(ARRAYS)
    form = chance.pick(("{}[{} > 0.137] *= 0.5", "{}[{} < 0.211] = {}"))
    return [form.format(x, y, float_atom(chance))]


def augment_array(chance: Chance) -> list[str]:
    operator = chance.pick(("+=", "-=", "*="))
    value = vector(chance, ARRAYS, 1)
    value = f"np.tanh({value})" if operator == "*=" else value
    return [f"{chance.pick(ARRAYS)} {operator} {value}"]


def bind_view(chance: Chance) -> list[str]:
    form = chance.pick(("{}[1:]", "{}[:-1]", "{}[:0:-1]", "tail({})", "{}[1:].copy()"))
    return [f"{chance.pick(VIEWS)} = {form.format(chance.pick(ARRAYS))}"]


def store_view(chance: Chance) -> list[str]:
    name = chance.pick(VIEWS)
    kind = chance.integer(0, 3)
    if kind == 0:
        return [f"{name} *= np.tanh({float_atom(chance)})"]
    if kind == 1:
        return [f"{name}[:] = {vector(chance, VIEWS, 1)}"]
    if kind == 2:
        return [f"{name} += {vector(chance, VIEWS, 1)}"]
    return [f"{name}[{index(chance)}] = {float_expression(chance, 1)}"]


def call(chance: Chance) -> list[str]:
    kind = chance.integer(0, 6)
    if kind == 5:
        x, y = chance.two(FLOATS)
        return [f"{x}, {y} = pair({float_atom(chance)}, {float_atom(chance)})"]
    if kind == 6:
        x, y = chance.two(FLOATS)
        return [f"h = lambda x: np.tanh(x) * {y}", f"{x} = h({float_atom(chance)})"]
    if kind == 0:
        return [f"put({chance.pick(ARRAYS + VIEWS)}, {float_expression(chance, 1)})"]
    if kind == 1:
        x = chance.pick(ARRAYS)
        return [f"{chance.pick(ARRAYS)} = scaled({x}, np.tanh({float_atom(chance)}))"]
    if kind == 2:
        c = chance.pick(FLOATS)
        return [f"{chance.pick(FLOATS)} = scaled({c}, np.tanh({float_atom(chance)}))"]
    if kind == 3:
        name = chance.pick(VIEWS)
        return [f"{chance.pick(VIEWS)} = smooth({name}, {number(chance)})"]
    x, y = float_atom(chance), float_atom(chance)
    return [f"{chance.pick(FLOATS)} = blend({x}, {y})"]


def call_memory(chance: Chance) -> list[str]:
    """Calls that return, keep or store into the memory they are given."""
    kind = chance.integer(0, 7)
    x, y = chance.pick(ARRAYS), chance.pick(ARRAYS)
    if kind == 0:
        return [f"{chance.pick(VIEWS)} = damped({x}, 1)"]
    if kind <= 2:
        return [f"{chance.pick(FLOATS)} = np.tanh(mix({x}, {y}))"]
    if kind == 3:
        return [f"rows = keep(rows, {x})"]
    if kind == 4:
        return [f"descend({x}, {chance.integer(0, 3)})"]
    if kind == 5:
        return [f"{x}, {chance.pick(VIEWS)} = both({y})"]
    if kind == 6:
        return [f"np.add.at({x}, [0, i % 4, 1], {chance.pick(VIEWS)} * 0.5)"]
    z = chance.pick(ARRAYS)
    return [f"for p, q in (({x}, {y}), ({y}, {z})):", f"    p[1:] += q[{chance.pick(('1:', ':-1'))}] * 0.5"]


def use_pieces(chance: Chance) -> list[str]:
    """Pieces of an array, windows on it, and its elements one after another."""
    x, y = chance.pick(ARRAYS), chance.pick(ARRAYS)
    kind = chance.integer(0, 4)
    if kind == 0:
        return [f"p, q = np.split({x}, 2)", "p *= np.tanh(q)", f"{y}[0] = q[1]"]
    if kind == 1:
        return [f"m = np.broadcast_to({x}, (2, 4))", f"{y}[1] = {float_expression(chance, 1)}", "c = c + np.sum(m * m)"]
    if kind == 2:
        return [f"{x}.flat[{index(chance)}] = {float_expression(chance, 1)}"]
    if kind == 3:
        return [f"{x}.reshape(2, 2)[1] *= np.tanh({y}[:2])"]
    return ["q = slice(1, 3)", f"{x}[q] = {y}[q] * {float_atom(chance)}"]


def use_list(chance: Chance) -> list[str]:
    kind = chance.integer(0, 5)
    x, place = chance.pick(ARRAYS), chance.pick(("0", "1", "-1"))
    if kind == 0:
        return [f"rows = [{x}, {chance.pick(ARRAYS)}]"]
    if kind == 1:
        return [f"rows.append({chance.pick((x, x + ' * 0.5'))})"]
    if kind == 2:
        return [f"{x} = rows[{place}]"]
    if kind == 3:
        return [f"rows[{place}] = {chance.pick((x, f'np.sin({x})'))}"]
    if kind == 4:
        return [f"rows[{place}][{index(chance)}] = {float_expression(chance, 1)}"]
    return [f"rows[{place}] *= np.tanh({float_atom(chance)})"]


# -- compound statements -------------------------------------------------------------


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def body(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    return indented(block(chance, depth + 1, chance.integer(1, 3), exits))


def for_loop(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    inside = (*(e for e in exits if e == "return"), "break", "continue")
    over = chance.integer(0, 5)
    counter = COUNTERS[depth]
    if over == 0:
        head = f"for {chance.pick(FLOATS)} in {chance.pick(ARRAYS + VIEWS)}:"
    elif over == 1:
        name = chance.pick(ARRAYS)
        head = f"for {counter}, {chance.pick(FLOATS)} in enumerate({name}):"
    else:
        bounds = ("0", "1", "2", "3", "1, 3", "2, -1, -1", "k % 3", "i + 1")
        head = f"for {counter} in range({chance.pick(bounds)}):"
    lines = [head, *body(chance, depth, inside)]
    if chance.integer(0, 7) == 0:
        lines += ["else:", *body(chance, depth, exits)]
    return lines


def while_loop(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    inside = (*(e for e in exits if e == "return"), "break", "continue")
    counter = f"n{depth}"  # no other statement writes it, so that the loop ends
    condition = f"{counter} < {chance.integer(0, 3)}"
    if chance.flag():
        condition += f" and {chance.pick(FLOATS)} < {chance.pick(('1.137', '0.619'))}"
    lines = [f"{counter} = 0", f"while {condition}:", f"    {counter} += 1"]
    return lines + body(chance, depth, inside)


def branch(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    exits = (*exits, "return") if chance.integer(0, 5) == 0 else exits
    lines = [f"if {test(chance)}:", *body(chance, depth, exits)]
    if chance.integer(0, 3) == 0:
        lines += [f"elif {test(chance)}:", *body(chance, depth, exits)]
    if chance.flag():
        lines += ["else:", *body(chance, depth, exits)]
    return lines


def leave(chance: Chance, depth: int, exits: tuple[str, ...]) -> list[str]:
    way = chance.pick(exits)
    if way == "return":
        way = f"return {result(chance)}"
    return [f"if {test(chance)}:", f"    {way}"]
