"""Which loops over subscripts does chance write? Stores into arrays that are read again.

`x`, `y` and `A` have `n + 6` numbers along each axis; indices and bounds are sums of loop
variables and numbers, as in recurrences, factorisations and stencils.
"""

from __future__ import annotations

import random

HEADER = """\
import numpy as np


def put(x, i, c):
    x[i] = np.sin(c * x[i])


def last(x):
    return x[-1] * x[0]


"""


class Writer:
    """One program; `self.loops` are the variables of the loops around a statement."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = list("ijkml")
        self.loops: list[str] = []
        self.views = False

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def program(self) -> str:
        lines = [self.pick("n = len(x) - 6", "n = A.shape[0] - 6", "n = x.size - 6", "n = size")]
        lines += ["x = x.copy()", "y = y.copy()", "A = A.copy()"]
        lines += self.block(0)
        if self.chance(2):
            lines += self.block(0)
        lines += ["return np.sum(np.sin(x)) + np.sum(y ** 2) * 0.5 + np.sum(np.sin(A))"]
        body = "".join(f"    {line}\n" for line in lines)
        return HEADER + "def f(x, y, A, size):\n" + body

    def block(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(8)
            if kind < (4 if depth == 0 else 2) and depth < 3:
                lines += self.loop(depth)
            elif kind == 7 and depth:
                lines += self.branch(depth)
            else:
                lines += self.store()
        return lines

    def loop(self, depth: int) -> list[str]:
        variable = self.names[depth] if self.chance(3) else self.pick(*self.names)
        head = f"for {variable} in {self.range()}:"
        lines = []
        if self.chance(8):
            variable = f"w{depth}"  # no other statement binds it, so that the loop ends
            head, lines = f"while {variable} < 3:", [f"{variable} = 0"]
        shadowed = variable in self.loops
        self.loops.append(variable)
        body = []
        if self.chance(4):
            name = self.pick(*self.names)
            body.append(f"{name} = {self.index()}")
            self.loops.append(name)
        body += self.block(depth + 1)
        if head.startswith("while"):
            body.append(f"{variable} += 1")
        elif self.chance(20):
            body.append("break")
        del self.loops[len(self.loops) - (2 if body[0].startswith(tuple(f"{n} = " for n in self.names)) else 1) :]
        if not shadowed and self.chance(6):
            self.loops.append(variable)
        return [*lines, head, *(f"    {line}" for line in body)]

    def branch(self, depth: int) -> list[str]:
        lines = [f"if {self.loops[-1] if self.loops else 'n'} % 2 == {self.pick('0', '1')}:"]
        lines += [f"    {line}" for line in self.block(depth + 1)]
        if self.chance(2):
            lines += ["else:", *(f"    {line}" for line in self.block(depth + 1))]
        return lines

    def variable(self) -> str:
        return self.pick(*self.loops) if self.loops else self.pick("0", "1", "n - 1")

    def range(self) -> str:
        i = self.variable()
        return self.pick(
            "range(n)", "range(1, n)", "range(n - 1)", "range(2, n)", "range(n - 1, -1, -1)", "range(n - 2, 0, -1)",
            "reversed(range(n))", "reversed(range(1, n - 1))", "range(0, n, 2)", "range(1, n, 2)", "range(3)",
            f"range({i})", f"range({i} + 1)", f"range({i}, n)", f"range({i} + 1, n)", f"range({i} - 1, -1, -1)",
            f"reversed(range({i}))", f"reversed(range({i} + 1, n))", f"range(1, {i})", f"range(n - {i})",
            f"range(max(0, {i} - 1), min(n, {i} + 2))", "range(n - 1, 0, -2)", "reversed(range(0, n, 2))",
        )  # fmt: skip

    def index(self) -> str:
        i, j = self.variable(), self.variable()
        return self.pick(
            i, i, i, i, f"{i} - 1", f"{i} - 1", f"{i} + 1", f"{i} + 1", f"{i} - 2", f"n - 1 - {i}", f"-1 - {i}", f"-{i}",
            "0", "1", "-1", "2", "n - 1", "n // 2", f"{i} // 2", f"({i} + 1) % n", f"{i} % 2", f"2 * {i}", f"{i} - {j}",
            f"{i} + {j}", f"min({i}, {j})", f"max({i}, {j})", f"2 * {i} + 1",
        )  # fmt: skip

    def slice(self) -> str:
        i = self.variable()
        return self.pick(
            ":", f":{i}", f"{i}:", f"{i} + 1:", f":{i} + 1", "1:", ":-1", "1:-1", "::2", "1::2", f"{i} - 1:{i} + 2",
            f"{i}:{i} + 2", ":n // 2", "n // 2:", f":{self.index()}", f"{self.index()}:", "::-1", f"{i}::2",
        )  # fmt: skip

    def element(self) -> str:
        if self.chance(3):
            return self.pick("A[{}, {}]", "A[{}, {}]", "A[{}][{}]").format(self.index(), self.index())
        return f"{self.pick('x', 'x', 'y')}[{self.index()}]"

    def line_of(self) -> str:
        return self.pick(f"x[{self.slice()}]", f"A[{self.index()}, {self.slice()}]", f"A[{self.slice()}, {self.index()}]",
                         f"y[{self.slice()}]", f"A[{self.index()}]", "x")  # fmt: skip

    def value(self) -> str:
        kind = self.random.randrange(7)
        a = self.element()
        if kind == 0:
            return f"np.sin({a})"
        if kind == 1:
            return f"{a} * {self.element()}"
        if kind == 2:
            return f"0.3 * {self.element()} - 0.5 * {a}"
        if kind == 3:
            return f"np.tanh({a}) * {self.element()}"
        if kind == 4:
            return f"0.1 * np.sum({self.line_of()} ** 2)"
        if kind == 5:
            i = self.variable()
            return self.pick(f"0.2 * (x[:{i}] @ A[{i}, :{i}])", f"0.2 * (A[{i}, :{i}] @ A[:{i}, {self.index()}])",
                             "0.2 * last(x)", f"0.1 * np.dot(x[{i}:], y[{i}:])")  # fmt: skip
        return f"np.cos({a} + {self.element()})"

    def store(self) -> list[str]:
        kind = self.random.randrange(16)
        if kind < 9:
            return [f"{self.element()} {self.pick('=', '=', '+=', '-=', '*=')} {self.value()}"]
        if kind == 9:
            return [f"{self.element()} /= 1.5 + {self.element()} ** 2"]
        if kind < 13:
            operator = self.pick("=", "+=", "*=", "-=")
            return [f"{self.line_of()} {operator} {self.pick(self.value(), f'np.sin({self.line_of()})')}"]
        if kind == 13:
            return [
                self.pick(
                    "x = x * 1.1", "x, y = y, x", "y = x[::-1]", "y = x", "x = A[1]", "y = np.sin(y)", "x = y.copy()"
                )
            ]
        if kind == 14:
            return [f"put(x, {self.index()}, {self.element()})"]
        return [
            self.pick(
                f"x[1:] = x[:-1] * {self.element()}",
                "x[1:-1] = x[2:] * x[:-2]",
                "x *= np.sin(y)",
                "x[1:] += x[:-1] ** 2",
            )
        ]


def subscript_program(seed: int) -> str:
    """The text of a module that defines `f(x, y, A, size)`, with a float result."""
    return Writer(seed).program()
