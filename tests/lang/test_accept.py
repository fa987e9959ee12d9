"""Are forms that have no derivative refused, with their line, and all others let through?"""

import itertools
import linecache
import sys
import textwrap

import pytest

from srcgrad.errors import CODES, SrcgradError
from srcgrad.lang.accept import REFUSED_NODES, accept
from srcgrad.lang.source import source_of

_numbers = itertools.count()


def function(text, **namespace):
    """The function f that the text defines; `@make` around it is called."""
    text = textwrap.dedent(text).lstrip("\n")
    file = f"<accept {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec", dont_inherit=True), namespace)
    return namespace["f"]


def check_refused(code, part, text, **namespace):
    f = function(text, **namespace)
    with pytest.raises(SrcgradError) as caught:
        accept(source_of(f), f.__globals__)
    error = caught.value
    assert error.code == code
    assert error.advice
    assert error.where.text[error.where.column : error.where.end_column] == part
    assert "f" in error.message


def check_accepted(text, **namespace):
    f = function(text, **namespace)
    accept(source_of(f), f.__globals__)


# code, the part with carets, the body of f(x)
BODIES = [
    ("E101", "yield x", "yield x"),
    ("E101", "yield", "y = (yield) + 1"),
    ("E101", "yield from [x]", "yield from [x]"),
    ("E101", "yield t", "def g(t):\n    yield t\nreturn g(x)"),
    ("E101", "(yield x)", "return lambda: (yield x)"),
    ("E102", "async def g():", "async def g():\n    await x\nreturn x"),
    ("E103", "eval('x')", "return eval('x')"),
    ("E103", "exec('y = x')", "exec('y = x')"),
    ("E103", "compile('x', '', 'eval')", "compile('x', '', 'eval')"),
    ("E103", "locals()", "return locals()['x']"),
    ("E103", "globals()", "y = [globals() for _ in range(2)]"),
    ("E103", "vars()", "return vars()"),
    ("E103", "dir()", "return dir()"),
    ("E103", "__import__('math')", "return __import__('math').sin(x)"),
    ("E103", "builtins.eval('x')", "import builtins\nreturn builtins.eval('x')"),
    ("E103", "eval('t')", "return (lambda t: eval('t'))(x)"),
    ("E103", "eval('1')", "def g(t=eval('1')):\n    return t\nreturn g(x)"),
    ("E103", "eval('x')", "global eval\nreturn eval('x')"),
    ("E104", "G", "global G\nG = x"),
    ("E104", "G", "global G\nG += x"),
    ("E104", "G", "global G\n(a, [*G]) = x"),
    ("E104", "G", "global G\nfor G in x: pass"),
    ("E104", "G", "global G\nwith x as G: pass"),
    ("E104", "G", "global G\ndel G"),
    ("E104", "G", "global G\nreturn (G := x)"),
    ("E104", "import G", "global G\nimport G"),
    ("E104", "from a import b as G", "global G\nfrom a import b as G"),
    ("E104", "def G(): pass", "global G\ndef G(): pass"),
    ("E104", "case [G]:", "global G\nmatch x:\n    case [G]:\n        pass"),
    ("E104", "G", "def g():\n    global G\n    G = x\ng()\nreturn x"),
    ("E105", "class A: pass", "class A: pass"),
    ("E105", "class A:", "def g():\n    class A:\n        pass\nreturn x"),
    ("E107", "y", "y = x\ndef g():\n    nonlocal y\n    del y\nreturn x"),
]
if sys.version_info >= (3, 11):
    BODIES.append(("E106", "try:", "try:\n    pass\nexcept* ValueError:\n    pass\nreturn x"))
if sys.version_info >= (3, 12):
    BODIES.append(("E108", "type A = int", "type A = int\nreturn x"))


@pytest.mark.parametrize(("code", "part", "body"), BODIES, ids=lambda t: t.replace("\n", "; "))
def test_refused(code, part, body):
    f = function("def f(x):\n" + textwrap.indent(body, "    "))
    with pytest.raises(SrcgradError) as caught:
        accept(source_of(f), f.__globals__)
    error = caught.value
    assert error.code == code
    assert error.advice
    assert error.message.startswith("f: ")
    marked = error.where.text[error.where.column : error.where.end_column]
    # a yield in brackets, and a pattern, are marked without what is around them
    assert marked and marked in part or part in marked


@pytest.mark.parametrize("text", [
    "async def f(x): return x",
    "async def f(x): await x",
    "async def f(x):\n    async for y in x: pass",
    "async def f(x):\n    async with x: pass",
    "async def f(x): return [y async for y in x]",
    "async def f(x): yield x",
])  # fmt: skip
def test_async(text):
    f = function(text)
    with pytest.raises(SrcgradError) as caught:
        accept(source_of(f))
    assert caught.value.code == "E102"


@pytest.mark.parametrize("text", [
    # names of the user's own
    "def f(x, eval): return eval(x)",
    "def f(x):\n    def exec(t): return t\n    return exec(x)",
    "def f(x):\n    from numexpr import evaluate as eval\n    return eval(x)",
    "def f(x):\n    vars = len\n    return (lambda: vars())()",
    "def make():\n    def eval(t): return t\n    return lambda x: eval(x)\nf = make()",
    "def make():\n    dir = len\n    def f(x):\n        def g(): return dir()\n        return g()\n    return f\nf = make()",
    "def eval(t): return t\ndef f(x): return eval(x)",
    "def f(x): return x.eval() + x.compile(x)",
    # forms that are harmless
    "def f(x): return vars(x), dir(x)",
    "def f(x): return eval",
    "def f(x):\n    global G\n    return G * x",
    "def f(x):\n    global G\n    def g(G): G = 1; return G\n    return g(x)",
    "def f(x):\n    def g():\n        global G\n        return G\n    G = 2\n    return g() + G",
    "def f(x):\n    y = x\n    del y\n    return x",
    "def f(x):\n    y = x\n    def g():\n        nonlocal y\n        y = 2\n    g()\n    return y",
    "def f(x): return sum(t * t for t in x)",
    "def f(x):\n    try: pass\n    except ValueError as e: pass\n    finally: pass\n    return x",
    "def f(x):\n    import math\n    from os import path\n    return math.sin(x)",
    "def f(x):\n    match x:\n        case [a, *b] | {'k': a, **b}: return a\n        case int(real=r) as s: return r\n    return x",
    "def f(x):\n    with x as y, x: return [lambda k=k: k for k in y]",
    "def f(x, *a, k=1, **b):\n    '''Words.'''\n    assert x\n    return f'{x!r:>{k}}'",
])  # fmt: skip
def test_accepted(text):
    check_accepted(text)


def test_captured_name_of_the_builtin_itself():
    check_refused("E103", "eval('x')", "def f(x): return eval('x')", eval=eval)


def test_place_in_the_file():
    check_refused(
        "E103",
        "eval(t)",
        """
        def g(x): return x


        def f(x):
            y = g(x); z = [eval(t) for t in y]
            return z
    """,
    )


def test_first_of_several_is_named():
    check_refused("E103", "locals()", "def f(x):\n    y = locals()\n    global G\n    G = eval('x')\n")


def test_table_has_known_codes():
    assert {code for code, _, _ in REFUSED_NODES.values()} <= set(CODES)
