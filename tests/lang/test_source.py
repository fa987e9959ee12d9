"""Is the tree of a function the tree of that function, wherever and however it was defined?"""

# ruff: noqa - unusual layout is what is tested here

import ast
import doctest
import functools
import gc
import importlib
import inspect
import itertools
import json
import linecache
import sys
import textwrap
import types
import weakref

import gast
import pytest

from srcgrad.errors import SrcgradError
from srcgrad.lang import source as source_module
from srcgrad.lang.source import Source, source_of

_numbers = itertools.count()


def text_of(function):
    """The function's tree as text again."""
    tree = source_of(function).tree
    assert isinstance(tree, gast.FunctionDef)
    return ast.unparse(ast.fix_missing_locations(gast.gast_to_ast(tree)))


def check(function, expected):
    """The source is `expected`, and the tree's lines and columns are those of the file."""
    assert text_of(function) == textwrap.dedent(expected).strip()
    source = source_of(function)
    with open(source.file) as file:
        lines = file.read().split("\n")
    assert list(source.lines) == lines[source.first_line - 1 : source.first_line - 1 + len(source.lines)]
    for node in gast.walk(source.tree):
        if isinstance(node, gast.Name):
            where = source.location(node)
            if "\n" not in where.text and where.column < where.end_column and node.annotation is None:
                assert where.text[where.column : where.end_column].lstrip("*").startswith(node.id)


def run(text, file=None, **namespace):
    """Run text as a notebook does: as a file that is known to linecache only."""
    text = textwrap.dedent(text)
    file = file or f"<cell {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec", dont_inherit=True), namespace)
    return namespace


# -- functions ------------------------------------------------------------------------


def plain(x, /, y=1, *rest, key: int = 2, **more) -> float:
    """Words."""
    return x * y  # a comment


def test_plain():
    check(plain, '''
        def plain(x, /, y=1, *rest, key: int=2, **more) -> float:
            """Words."""
            return x * y
    ''')
    source = source_of(plain)
    assert source.name == source.qualname == "plain"
    assert source.lines[0].startswith("def plain")
    assert source.tree.lineno == source.first_line
    assert source.file == __file__
    assert source.captured == ()


def passing(*args, **kwargs):
    def decorate(function):
        return function
    return decorate


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper


@passing(
    1,
    key=lambda x: x,
)
@passing()
def decorated(x):
    return x + 1


@wrapping
def wrapped(x):
    return x + 2


def test_decorators():
    check(decorated, """
        def decorated(x):
            return x + 1
    """)
    assert source_of(decorated).lines[0] == "def decorated(x):"
    check(wrapped, """
        def wrapper(*args):
            return function(*args)
    """)
    assert source_of(wrapped).captured == ("function",)
    check(wrapped.__wrapped__, """
        def wrapped(x):
            return x + 2
    """)


class Model:
    @property
    def slope(self):
        return self.__hidden + self.__dunder__

    @staticmethod
    def cost(x): return x

    @classmethod
    def make(cls, x): return cls(x)

    def __private(self, __x, y=3):
        def __inner(t):
            return t * __x
        return self.__other(__y=__inner(y))

    class Inner:
        def energy(self):
            return (lambda k: self.__k * k)


class __Odd_:
    def method(self): return self.__x


def test_methods():
    check(Model.cost, "def cost(x):\n    return x")
    check(Model.make, "def make(cls, x):\n    return cls(x)")
    assert source_of(Model.make).qualname == "Model.make"
    assert source_of(Model().make).qualname == "Model.make"


def test_private_names_say_their_class():
    assert text_of(Model.__dict__["slope"].fget) == "def slope(self):\n    return self._Model__hidden + self.__dunder__"
    names = Model._Model__private.__code__
    tree = source_of(Model._Model__private).tree
    used = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name)}
    assert set(names.co_varnames) | set(names.co_cellvars) <= used | {"_Model__inner"}
    assert "_Model__other" in {n.attr for n in gast.walk(tree) if isinstance(n, gast.Attribute)}
    assert text_of(Model.Inner().energy()) == "def lambda_(k):\n    return self._Inner__k * k"
    assert source_of(Model.Inner().energy()).location().function == "<lambda>"
    assert text_of(__Odd_.method) == "def method(self):\n    return self._Odd___x"


def test_private_names_match_what_runs():
    class Account:
        def __init__(self):
            self.__sum = 3.0

        def call(self, __a):
            return self.__add(__b=__a)

        def __add(self, __b):
            return self.__sum + __b

    for function in (Account.call, Account._Account__add):
        tree = source_of(function).tree
        namespace = {}
        module = gast.Module([tree], [])
        exec(compile(ast.fix_missing_locations(gast.gast_to_ast(module)), "x", "exec"), namespace)
        assert namespace[tree.name](Account(), 2.0) == 5.0


def test_nested_and_indented():
    if True:
        def inner(x):
            text = """
not indented
            """
            return text, x
    tree = source_of(inner).tree
    assert tree.body[0].value.value == "\nnot indented\n            "
    assert source_of(inner).qualname == "test_nested_and_indented.<locals>.inner"
    assert source_of(inner).location().function == "inner"


def test_same_name_twice():
    def f(x): return x + 1
    first = f
    def f(x): return x + 2
    assert text_of(first).endswith("x + 1")
    assert text_of(f).endswith("x + 2")


def test_deep_expressions():
    f = run("def g(x): return " + " + ".join(["x"] * 900) + "\ndef f(x): return " + " + ".join(["x"] * 100))["f"]
    assert text_of(f).startswith("def f")
    g = run("def g(x): return " + " + ".join(["x"] * 900))["g"]
    assert refusal(g).code == "E302"


def test_tests_with_asserts_that_pytest_rewrites():
    def f(x):
        assert x > 0, "positive"
        y = x.real if hasattr(x, "real") else x
        assert isinstance(y, float) and y != 3 or not [y]
        return y

    assert f(2.0) == 2.0
    assert text_of(f).endswith("return y")
    assert "assert x > 0" in text_of(f)


def test_long_conditions():
    def f(
        x,
        y=(lambda t:
           t),
    ): return (x +
               y(x))
    check(f, "def f(x, y=lambda t: t):\n    return x + y(x)")
    check(f.__defaults__[0], "def lambda_(t):\n    return t")


# -- lambdas --------------------------------------------------------------------------


def test_lambda():
    f = lambda x, y=2: x * y
    check(f, "def lambda_(x, y=2):\n    return x * y")
    source = source_of(f)
    assert (source.name, source.location().function) == ("lambda_", "<lambda>")
    assert source.qualname == "test_lambda.<locals>.<lambda>"


def test_lambdas_on_one_line():
    f, g = lambda x: x * 2, lambda x: x * 3
    check(f, "def lambda_(x):\n    return x * 2")
    check(g, "def lambda_(x):\n    return x * 3")
    f, g = (lambda x: x * 2), (lambda x: x * 2.0)
    check(f, "def lambda_(x):\n    return x * 2")
    check(g, "def lambda_(x):\n    return x * 2.0")
    f, g, h = lambda x: -0.0 * x, lambda x: 0.0 * x, lambda x: False * x
    check(f, "def lambda_(x):\n    return -0.0 * x")
    check(g, "def lambda_(x):\n    return 0.0 * x")
    check(h, "def lambda_(x):\n    return False * x")


def test_equal_lambdas_on_one_line():
    f, g = lambda x, k=1: x * k, lambda x, k=2: x * k
    assert text_of(f).endswith("return x * k")
    assert text_of(g).endswith("return x * k")
    if sys.version_info >= (3, 11):
        assert source_of(f).location().column < source_of(g).location().column


def test_lambdas_in_lambdas():
    f = lambda x: (lambda y: (lambda z: x * y * z))
    check(f, "def lambda_(x):\n    return lambda y: lambda z: x * y * z")
    check(f(1), "def lambda_(y):\n    return lambda z: x * y * z")
    check(f(1)(2), "def lambda_(z):\n    return x * y * z")
    same = [lambda x: lambda x: lambda x: x][0]
    check(same(1)(1), "def lambda_(x):\n    return x")
    check(same(1), "def lambda_(x):\n    return lambda x: x")


def test_lambdas_in_calls():
    keep = []
    passing(
        keep.append(lambda a: a
                    + 1),
        [keep.append(g) for g in (lambda b: b, lambda c: (
            c))],
        keep.append(lambda d: f"{(lambda e: e)(d)} {d!r}"),
    )
    check(keep[0], "def lambda_(a):\n    return a + 1")
    check(keep[1], "def lambda_(b):\n    return b")
    check(keep[2], "def lambda_(c):\n    return c")
    assert text_of(keep[3]).startswith("def lambda_(d):\n    return f")


def test_lambda_as_default_and_in_decorator():
    def f(x, g=lambda t: t * t, *, h=lambda t: t + 1): return g(h(x))
    check(f.__defaults__[0], "def lambda_(t):\n    return t * t")
    check(f.__kwdefaults__["h"], "def lambda_(t):\n    return t + 1")


def test_lambdas_capture():
    k, m = 2, 3
    f, g = lambda x: x * k, lambda x: x * m
    assert source_of(f).captured == ("k",)
    check(g, "def lambda_(x):\n    return x * m")


# -- where the text comes from --------------------------------------------------------


def test_notebook_cell():
    f = run("""
        import math
        def f(x):
            return math.sin(x)
    """)["f"]
    assert text_of(f) == "def f(x):\n    return math.sin(x)"


def test_notebook_statements_are_compiled_one_by_one():
    text = "import math\ndef f(x):\n    return math.sin(x) + math.cos(x)\n"
    file = f"<cell {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), file, "exec", dont_inherit=True), namespace)
    assert text_of(namespace["f"]).startswith("def f")


def test_future_features():
    f = run("""
        from __future__ import annotations
        def f(x: unknown):
            y: also.unknown = x
            self.y: unknown = x
            def g(t: unknown) -> unknown: return t
            return g(y)
    """)["f"]
    assert text_of(f).startswith("def f")


def test_module_with_imports_everywhere():
    f = run("""
        try:
            import json
        except ImportError:
            json = None
        if True:
            from os import path
        super_ = super
        class A:
            def f(self, x):
                json.dumps(x)
                super().f(x)
                return path.join(x, x)
    """)["A"].f
    assert text_of(f).startswith("def f")


def test_doctest():
    outcome = {}

    def f():
        """
        >>> def g(x):
        ...     return x * 2
        >>> keep("g", text_of(g)); keep("two", text_of(lambda x: 3))
        """

    def keep(name, text):
        outcome[name] = text

    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    for test in finder.find(f, "f", globs={"keep": keep, "text_of": text_of}):
        runner.run(test)
    assert outcome == {"g": "def g(x):\n    return x * 2", "two": "def lambda_(x):\n    return 3"}


def test_code_object():
    assert source_of(plain.__code__, "plain") is source_of(plain)
    assert source_of(Model().make) is source_of(Model.make)


def test_standard_library():
    for function in [functools.partial.__new__, textwrap.dedent, json.dumps, inspect.getsource, functools.wraps]:
        if isinstance(function, types.FunctionType):
            assert source_of(function).tree.name == function.__code__.co_name


def test_async_is_left_to_be_refused():
    async def f(x): return x
    assert isinstance(source_of(f).tree, gast.AsyncFunctionDef)


def test_carriage_returns_and_form_feeds(tmp_path):
    path = tmp_path / "odd.py"
    path.write_bytes(b"import os\r\n\x0c\r\ndef f(x):\r\n    y = '\x0c'\r\n    return x\r\n")
    namespace = {"__file__": str(path)}
    exec(compile(path.read_bytes(), str(path), "exec"), namespace)
    source = source_of(namespace["f"])
    assert source.lines == ("def f(x):", "    y = '\x0c'", "    return x")


def test_latin_source(tmp_path):
    path = tmp_path / "latin.py"
    path.write_bytes("# -*- coding: latin-1 -*-\ndef f(é): return é * sin(é)\n".encode("latin-1"))
    namespace = {}
    exec(compile(path.read_bytes(), str(path), "exec"), namespace)
    source = source_of(namespace["f"])
    call = source.tree.body[0].value.right
    where = source.location(call)
    assert where.text[where.column : where.end_column] == "sin(é)"


# -- refusals -------------------------------------------------------------------------


def refusal(function):
    with pytest.raises(SrcgradError) as caught:
        source_of(function)
    return caught.value


def test_no_source():
    namespace = {}
    exec("def hidden(x): return x", namespace)
    error = refusal(namespace["hidden"])
    assert error.code == "E601"
    assert "hidden" in error.message
    assert error.advice
    assert refusal(eval("lambda x: x")).code == "E601"


@pytest.mark.parametrize("function", [print, int, "text".join, functools.partial(print)])
def test_not_python(function):
    assert refusal(function).code == "E601"


def edited(tmp_path, monkeypatch, before, after):
    """A module that is edited after its import."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    name = f"edited_{next(_numbers)}"
    path = tmp_path / f"{name}.py"
    path.write_text(before)
    module = importlib.import_module(name)
    linecache.checkcache()
    path.write_text(after)
    return module


@pytest.mark.parametrize("after", [
    "def f(x): return 3 * x\n",
    "def f(x): return 2.0 * x\n",
    "def f(x): return 2 + x\n",
    "def f(y): return 2 * y\n",
    "def f(x, y): return 2 * x\n",
    "def f(x): return g(2 * x)\n",
    "def g(x): return 2 * x\n",
    "\ndef f(x): return 2 * x\n",
    "def f(x): return\x00",
    "def f(x: return",
])  # fmt: skip
def test_edited_source_is_refused(tmp_path, monkeypatch, after):
    module = edited(tmp_path, monkeypatch, "def f(x): return 2 * x\n", after)
    error = refusal(module.f)
    assert error.code in ("E602", "E601")
    assert "f" in error.message


def test_edit_elsewhere_does_no_harm(tmp_path, monkeypatch):
    module = edited(tmp_path, monkeypatch, "def f(x): return 2 * x\nz = 1\n", "def f(x): return 2 * x  # two\nz = 3\n")
    assert text_of(module.f).endswith("2 * x")


def test_edited_after_reading(tmp_path, monkeypatch):
    module = edited(tmp_path, monkeypatch, "def f(x): return 2 * x\ndef g(x): return x\n", "")
    path = tmp_path / f"{module.__name__}.py"
    path.write_text("def f(x): return 2 * x\ndef g(x): return x\n")
    assert text_of(module.f).endswith("2 * x")
    path.write_text("def f(x): return 3 * x\ndef g(x): return 5 * x\n")
    assert text_of(module.g).endswith("return x"), "the text that was read before is that of the function"
    module = importlib.reload(module)
    assert text_of(module.f).endswith("3 * x")
    assert text_of(module.g).endswith("5 * x")


def test_code_that_a_tool_has_replaced():
    def f(x): return x + 1
    def g(x): return x + 2
    f.__code__ = f.__code__.replace(co_consts=g.__code__.co_consts, co_code=g.__code__.co_code)
    assert refusal(f).code == "E602"


# -- places ---------------------------------------------------------------------------


def layout(xs, λ):
    y = 0; z = λ * 1  # two
    for x in xs: y += x  # total
    while y < {"#:": 1}["#:"]:  # a: b
        y = (y +
             1)
    if y: y = 1
    elif z: pass
    else: y = 2
    with open("f") as f, open("g"): pass
    try: pass
    except E as e: pass
    def g(a: int = {1: 2}[1]) -> int:  # :
        return a
    é = layout(xs, λ); return é


def test_headings():
    source = source_of(layout)
    body = source.tree.body
    assert [source.heading_line(node) for node in body] == [
        "y = 0", "z = λ * 1", "for x in xs:", 'while y < {"#:": 1}["#:"]:', "if y:",
        'with open("f") as f, open("g"):', "try:", "def g(a: int = {1: 2}[1]) -> int:", "é = layout(xs, λ)", "return é",
    ]
    assert source.heading_line(body[3].body[0]) == "y = (y +"
    assert source.heading_line(body[4].orelse[0]) == "elif z:"
    assert source.heading_line(body[6].handlers[0]) == "except E as e:"
    assert source.heading_line(source.tree) == "def layout(xs, λ):"


def test_heading_of_a_lambda():
    source = source_of(lambda x: x * 2)
    assert source.heading_line(source.tree.body[0]) == "return x * 2"


def test_location():
    source = source_of(layout)
    call = source.tree.body[-2].value
    where = source.location(call)
    assert where.text == "    é = layout(xs, λ); return é"
    assert where.text[where.column : where.end_column] == "layout(xs, λ)"
    assert where.function == "layout"
    assert (where.file, where.line) == (__file__, source.first_line + len(source.lines) - 1)
    several = source.location(source.tree.body[3].body[0].value)
    assert several.text[several.column : several.end_column] == "y +"


def test_location_of_a_node_without_a_place():
    source = source_of(layout)
    loop = source.tree.body[2]
    assert source.location(gast.Load()) == source.location() == source.location(source.tree)
    comprehension = gast.comprehension(loop.target, loop.iter, [], 0)
    assert source.location(comprehension).line == loop.lineno


# -- the memory of what was found -----------------------------------------------------


def test_found_once():
    assert source_of(plain) is source_of(plain)
    functions = [plain_maker() for _ in range(3)]
    assert len({id(source_of(f)) for f in functions}) == 1


def plain_maker():
    def made(x): return x
    return made


def test_equal_code_of_two_files():
    text = "def f(x): return x\n"
    f = run(text, file="<cell a>")["f"]
    g = run(text, file="<cell b>")["f"]
    assert (source_of(f).file, source_of(g).file) == ("<cell a>", "<cell b>")


def test_forgotten_with_the_code():
    f = run("def f(x): return x\n")["f"]
    assert isinstance(source_of(f), Source)
    key, alive = id(f.__code__), weakref.ref(f.__code__)
    before = source_module._SOURCES[key]
    del f
    gc.collect()
    assert alive() is None
    assert source_module._SOURCES.get(key) is not before


def test_the_tree_is_kept_apart_from_the_parser():
    import srcgrad.lang.locate as locate
    text = "".join(linecache.getlines(__file__))
    before = ast.dump(locate._definitions(text)[plain.__code__.co_firstlineno, "plain"][0].node)
    source_of(decorated), source_of(plain)
    assert ast.dump(locate._definitions(text)[plain.__code__.co_firstlineno, "plain"][0].node) == before
