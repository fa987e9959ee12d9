"""Does the normal form of a function do what the function does, and is it normal?"""

from __future__ import annotations

import ast
import copy
import inspect
import os
import textwrap

import gast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srcgrad.errors import SrcgradError
from srcgrad.lang.desugar import desugar
from srcgrad.lang.desugar.form import breaches
from srcgrad.lang.names import Names, bar, dot, saved, term
from tests.lang import (
    desugar_exit_programs,  # noqa: F401
    desugar_handling_programs,  # noqa: F401
    desugar_pattern_programs,  # noqa: F401
    desugar_programs,
)
from tests.lang.desugar_programs import PROGRAMS


def tree_of(text):
    return gast.parse(textwrap.dedent(text)).body[0]


def text_of(function):
    module = gast.fix_missing_locations(gast.Module([function], []))
    return ast.unparse(gast.gast_to_ast(module))


def normal(text):
    """The text of the normal form; checked to be one, and made without changing the tree given."""
    function = tree_of(text)
    function.decorator_list = []
    before = gast.dump(function, include_attributes=True)
    new = desugar(function, Names.of(function))
    assert gast.dump(function, include_attributes=True) == before
    assert list(breaches(new)) == [], text_of(new)
    seen = [id(node) for node in gast.walk(new) if isinstance(node, (gast.expr, gast.stmt))]
    assert len(seen) == len(set(seen)), "a node stands in two places"
    return text_of(new)


def compiled(text, name, names=None):
    namespace = dict(vars(desugar_programs) if names is None else names)
    exec(compile(text, "<desugared>", "exec"), namespace)
    return namespace[name]


def outcome(function, args):
    log = []
    args = copy.deepcopy(args)
    try:
        result = function(*args, log)
    except Exception as error:
        return repr((type(error), log, args))
    return repr((result, log, args))


def agree(text, name, inputs, names=None):
    """names: what the text may use besides what all programs may."""
    new = normal(text)
    original = compiled(textwrap.dedent(text), name, names)
    desugared = compiled(new, name, names)
    for args in inputs:
        assert outcome(desugared, args) == outcome(original, args), f"{args}\n{new}"


@pytest.mark.parametrize("function, inputs", PROGRAMS, ids=[function.__name__ for function, _ in PROGRAMS])
def test_same_meaning(function, inputs):
    lines = inspect.getsource(function).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("def "))
    agree("\n".join(lines[start:]) + "\n", function.__name__, inputs, function.__globals__)


EXPECTED = {
    "early returns": (
        """
        def f(x):
            if x < 0:
                return -x
            y = x * x
            return y
        """,
        """
        def f(x):
            if x < 0:
                result = -x
            else:
                y = x * x
                result = y
            return result
        """,
    ),
    "a return from a loop": (
        """
        def f(x, n):
            for i in range(n):
                x = x * x
                if x > 9:
                    return x
            return x
        """,
        """
        def f(x, n):
            for i in range(n):
                x = x * x
                if x > 9:
                    break
            return x
        """,
    ),
    "break and continue": (
        """
        def f(x):
            for i in range(9):
                if i == x:
                    continue
                x += i
                if x > 9:
                    break
                x += 1
            return x
        """,
        """
        def f(x):
            for i in range(9):
                if not i == x:
                    x += i
                    if x > 9:
                        break
                    else:
                        x += 1
            return x
        """,
    ),
    "while with a walrus": (
        """
        def f(x):
            while (y := g(x)) > 0:
                x = x - y
            return x
        """,
        """
        def f(x):
            while True:
                y = g(x)
                if y > 0:
                    x = x - y
                else:
                    break
            return x
        """,
    ),
    "assignments": (
        """
        def f(p, x, e):
            p.w, p.b = x, e
            x[0], x[1] = x[1], x[0]
            a = b = x @ e
            for i, (u, v) in e:
                a += u * v
            return a
        """,
        """
        def f(p, x, e):
            p.w = x
            p.b = e
            x_item, x_item_2 = (x[1], x[0])
            x[0] = x_item
            x[1] = x_item_2
            a = x @ e
            b = a
            for i, part in e:
                u, v = part
                a += u * v
            return a
        """,
    ),
    "match": (
        """
        def f(s):
            match s:
                case Circle(r=r):
                    area = 3 * r * r
                case (w, h) if w > 0:
                    area = w * h
                case _:
                    area = 0.0
            return area
        """,
        """
        def f(s):
            if isinstance(s, Circle) and hasattr(s, 'r'):
                r = s.r
                area = 3 * r * r
            else:
                matched = False
                if isinstance(s, (list, tuple, range)) and len(s) == 2:
                    w = s[0]
                    h = s[1]
                    matched = w > 0
                if matched:
                    area = w * h
                else:
                    area = 0.0
            return area
        """,
    ),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_text(case):
    before, after = EXPECTED[case]
    assert normal(before) == ast.unparse(ast.parse(textwrap.dedent(after)))


def test_normal_functions_keep_their_nodes():
    function = tree_of(
        """
        def f(x, n):
            a, b = x
            for i in range(n):
                with g() as c:
                    x[i] += a if c else b
                while x[i] > 1:
                    try:
                        x[i] = x[i] / 2
                    except ValueError:
                        pass
            return x
        """
    )
    assert desugar(function, Names.of(function)) is function


def test_new_statements_have_the_place_of_the_users():
    function = tree_of("def f(x):\n    a, (b, *c) = x\n    if a:\n        return b\n    return c\n")
    new = desugar(function, Names.of(function))
    lines = [statement.lineno for statement in gast.walk(new) if isinstance(statement, gast.stmt)]
    assert set(lines) == {1, 2, 3, 4, 5}
    assert all(hasattr(node, "end_col_offset") for node in gast.walk(new) if isinstance(node, gast.expr))


@pytest.mark.parametrize("leave", ["return x", "for i in x:\n    try:\n      f()\n    finally:\n      break"])
def test_exit_from_finally_is_refused(leave):
    function = tree_of(
        "def f(x):\n  try:\n    f()\n  finally:\n    " + leave.replace("\n", "\n    ") + "\n  return 1\n"
    )
    with pytest.raises(SrcgradError, match="finally"):
        desugar(function, Names.of(function))


def test_names():
    names = Names.of(tree_of("def f(x, *args):\n    import a.b as c, d.e\n    x_2 = x.attribute\n"))
    assert [names.fresh("x"), names.fresh("x"), names.fresh("y"), names.fresh("y")] == ["x_3", "x_4", "y", "y_2"]
    assert names.fresh("f") == "f_2" and names.fresh("args") == "args_2" and names.fresh("list") == "list_2"
    assert names.fresh("c") == "c_2" and names.fresh("d") == "d_2" and names.fresh("attribute") == "attribute"
    assert (bar("x"), bar("x", 2), dot("x"), saved("x"), term("x")) == ("x_bar", "x_bar2", "x_dot", "x_saved", "x_term")


# -- random programs ----------------------------------------------------------------
# The names a, b, c are numbers; each loop has a budget, so that all programs end.

TESTS = ["a % 2", "a % 3 == b % 2", "b > a", "(a := a + 1) % 3", "c and (b := b + 2) % 4", "note(log, a) % 2", "True"]
EFFECTS = ["a += 1", "b = a + b", "c = a = b + 1", "a, b = b, a", "log.append((a, b))", "a, *d = (b, c, a)", "pass"]


@st.composite
def blocks(draw, depth, in_loop):
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        lines += draw(statements(depth, in_loop))
    return lines


@st.composite
def statements(draw, depth, in_loop):
    kinds = ["effect", "effect", "return"] + ["break", "continue"] * in_loop
    if depth:
        kinds += ["if", "if", "if", "for", "while", "with", "try"]
    kind = draw(st.sampled_from(kinds))

    def block(inside=in_loop):
        return ["    " + line for line in draw(blocks(depth - 1, inside))]

    if kind == "effect":
        return [draw(st.sampled_from(EFFECTS))]
    if kind == "return":
        return [draw(st.sampled_from(["return a", "return b, c", "return", "raise KeyError", "raise IndexError"]))]
    if kind in ("break", "continue"):
        return [kind]
    test = draw(st.sampled_from(TESTS))
    if kind == "if":
        return [f"if {test}:", *block(), *(["else:", *block()] if draw(st.booleans()) else [])]
    if kind == "with":
        return [
            draw(st.sampled_from(["with nullcontext():", "with Manager(log):", "with Manager(log, a % 4 == 0):"])),
            *block(),
        ]
    if kind == "try":
        lines = ["try:", *block()]
        handled = draw(st.booleans())
        if handled:
            lines += ["except (KeyError, ValueError):", *block()]
            if draw(st.booleans()):
                lines += ["else:", *block()]
        if draw(st.booleans()) or not handled:
            lines += [
                "finally:",
                "    log.append('finally')",
                *([draw(st.sampled_from(["    a += 1", "    if b % 3 == 0: raise ValueError"]))]),
            ]
        return lines
    if kind == "for":
        head = draw(
            st.sampled_from(
                ["for c in range(a % 4):", "for a, (b, c) in [(b, (c, a)), (1, (2, 3))]:", "for _ in 'ab':"]
            )
        )
    else:
        head = f"while {test}:"
    spend = ["    fuel.append(1)", "    if len(fuel) > 60: raise IndexError"]
    orelse = ["else:", *block()] if draw(st.booleans()) else []
    return [head, *spend, *block(True), *orelse]


@settings(max_examples=int(os.environ.get("SRCGRAD_EXAMPLES", "150")), deadline=None)
@given(blocks(3, False))
def test_random_programs(lines):
    text = "def f(a, b, c, log):\n    fuel = []\n" + "\n".join("    " + line for line in lines) + "\n"
    text = text.replace("nullcontext", "contextlib.nullcontext")
    agree(text, "f", [(0, 0, 0), (1, 2, 3), (4, 1, 0), (3, 3, 7)])
