"""Are captured variables that change kept in cells, and only those, without a change of meaning?"""

from __future__ import annotations

import ast
import textwrap

import gast
import pytest

from srcgrad.lang.desugar.cells import CannotShare, share_cells
from srcgrad.lang.names import Names
from srcgrad.lang.source import source_of
from tests import programs
from tests.check import same

programs.load()


def shared(text, outside=None):
    tree = gast.parse(textwrap.dedent(text)).body[0]
    return text_of(share_cells(tree, Names.of(tree), outside or {}))


def text_of(tree):
    return ast.unparse(gast.gast_to_ast(gast.fix_missing_locations(gast.Module([tree], []))))


def text(source):
    return ast.unparse(ast.parse(textwrap.dedent(source)))


def test_a_variable_assigned_after_it_was_captured():
    before = """
    def f(x, y):
        k = x
        g = [lambda t: k * t]
        k = x * y
        return g[0](y) + k
    """
    after = """
    def f(x, y):
        k_cell = [x]
        g = [lambda t: k_cell[0] * t]
        k_cell[0] = x * y
        return g[0](y) + k_cell[0]
    """
    assert shared(before) == text(after)


def test_a_loop_variable():
    before = """
    def f(v):
        g = []
        for k in v:
            g.append(lambda t: k * t)
        return g
    """
    after = """
    def f(v):
        g = []
        k_cell = [None]
        for k in v:
            k_cell[0] = k
            g.append(lambda t: k_cell[0] * t)
        return g
    """
    assert shared(before) == text(after)


def test_a_parameter_that_inner_functions_share():
    before = """
    def account(balance):
        def put(amount):
            nonlocal balance
            balance += amount
        def get():
            return balance
        return put, get
    """
    after = """
    def account(balance):
        balance_cell = [balance]
        def put(amount):
            pass
            balance_cell[0] += amount
        def get():
            return balance_cell[0]
        return put, get
    """
    assert shared(before) == text(after)


def test_a_comprehension_has_variables_of_its_own():
    before = "def f(v, k):\n    return [lambda t: k * t for k in v]"
    after = "def f(v, k):\n    return [lambda t: k_cell[0] * t for k_cell in [[None]] for k_cell[0] in v]"
    assert shared(before) == text(after)


def test_a_name_that_means_several_functions():
    before = """
    def f(x):
        g = lambda t: h(t)
        def h(t):
            return t
        use(g)
        def h(t):
            return t * x
        return g
    """
    after = """
    def f(x):
        h_cell = [None]
        g = lambda t: h_cell[0](t)
        def h(t):
            return t
        h_cell[0] = h
        use(g)
        def h(t):
            return t * x
        h_cell[0] = h
        return g
    """
    assert shared(before) == text(after)


UNCHANGED = {
    "called by its name": "def f(x):\n    k = x\n    g = lambda t: k * t\n    k = g(x)\n    return g(k)",
    "nothing changes": "def f(x):\n    k = x\n    return [lambda t: k * t + x]",
    "made after the change": "def f(x):\n    k = x\n    k = k * x\n    return [lambda t: k * t]",
    "called at once": "def f(v, k):\n    for k in v:\n        v = sorted(v, key=lambda t: t * k)\n    return v",
    "consumed at once": "def f(v, k):\n    for k in v:\n        v = list(map(lambda t: t * k, v))\n    return v",
    "a default": "def f(v):\n    return [lambda t, k=k: t * k for k in v]",
    "only called by what is called": "def f(x):\n    def g():\n        nonlocal x\n        x = x + 1\n    g()\n    return x",
    "another variable of the name": "def f(x):\n    g = [lambda x: x]\n    x = 2\n    return g",
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_no_cell_where_none_is_needed(name):
    assert shared(UNCHANGED[name]) == text(UNCHANGED[name])


def test_a_name_that_hides_a_function():
    before = "def f(v, k, sorted):\n    g = sorted(v, key=lambda t: t * k)\n    k = 2\n    return g"
    assert "k_cell" in shared(before)
    before = "def f(v, k):\n    g = sorted(v, key=lambda t: t * k)\n    k = 2\n    return g"
    assert "k_cell" not in shared(before)
    assert "k_cell" in shared(before, {"sorted": print})


def test_what_a_cell_can_not_follow():
    with pytest.raises(CannotShare):
        shared("def f(k):\n    g = [lambda t: k * t]\n    with open(k) as k:\n        return g")
    with pytest.raises(CannotShare):
        shared("def f(k):\n    g = [lambda t: k * t]\n    del k\n    return g")


def with_functions_inside(case):
    """Is it a function whose text stands alone, in which others are made?"""
    code = getattr(case.function, "__code__", None)
    if code is None or code.co_freevars or code.co_name == "<lambda>":
        return False
    if case.name.startswith("inner_derivatives."):
        return False  # what is differentiated inside needs a source
    tree = source_of(case.function).tree
    return any(isinstance(node, (gast.Lambda, gast.FunctionDef)) for node in gast.walk(tree) if node is not tree)


CASES = [case for case in programs.PROGRAMS if with_functions_inside(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_meaning_stays(case):
    function = case.function
    tree = source_of(function).tree
    new = share_cells(tree, Names.of(tree), function.__globals__)
    space = dict(function.__globals__)
    exec(compile(text_of(new), "<shared>", "exec"), space)
    made = space[function.__name__]
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    assert same(made(*case.make_args()), function(*case.make_args()))
