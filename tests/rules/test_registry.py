"""Are rules found by the object, bound to the arguments, and refused when their text is wrong?"""

from __future__ import annotations

import ast
import ctypes
import math
import operator
import pathlib

import gast
import numpy as np
import pytest

import srcgrad
from srcgrad.rules import conditions, coverage, registry
from srcgrad.rules import texts as parsing
from srcgrad.rules.conditions import Unknown
from srcgrad.rules.language import BindError
from srcgrad.rules.texts import RuleError
from srcgrad.runtime import FUNCTIONS


def text(tree: gast.AST) -> str:
    return ast.unparse(gast.gast_to_ast(gast.fix_missing_locations(tree)))


def texts(body: list[gast.stmt]) -> list[str]:
    return [text(statement) for statement in body]


def tree(source: str) -> gast.expr:
    return gast.parse(source, mode="eval").body


def test_found_by_identity():
    assert registry.rules_for(np.absolute) is not None
    assert registry.rules_for(np.abs) == registry.rules_for(np.absolute)
    assert registry.rules_for(math.sin) != registry.rules_for(np.sin)
    assert registry.operator_rules("unary -") and registry.operator_rules("@")
    assert registry.rules_for(operator.mul) is not None

    def sin(x):
        return x

    assert registry.rules_for(sin) is None


def test_constants():
    for found in (len, np.argsort, np.zeros, np.sign, math.floor, int, np.zeros_like, operator.lt):
        assert registry.is_constant(found), found
    for found in (np.sin, np.sum, float, str, repr, max):
        assert not registry.is_constant(found), found


def test_nothing_is_constant_and_differentiable():
    for rule in registry.all_rules():
        assert isinstance(rule.target, str) or not registry.is_constant(rule.target) or of_complex(rule), rule.text


def of_complex(rule):
    """What is constant of real numbers need not be of complex ones."""
    return rule.when is not None and text(rule.when) == "np.iscomplexobj(x)"


def test_keywords():
    assert registry.known_keywords(np.sum) == {"a", "axis", "keepdims"}
    assert registry.known_keywords(np.sin) == frozenset()


def test_bind():
    rule = registry.rules_for(np.sum)[0]
    bound = rule.bind([tree("v")], {"axis": tree("1")})
    assert {name: text(value) for name, value in bound.items()} == {"a": "v", "axis": "1", "keepdims": "False"}
    for args, keywords in ((["v", "0", "None"], {}), (["v"], {"where": "m"}), ([], {}), (["v", "0"], {"axis": "1"})):
        with pytest.raises(BindError):
            rule.bind([tree(a) for a in args], {n: tree(v) for n, v in keywords.items()})


@pytest.mark.parametrize(
    ("name", "args", "keywords", "function", "positional", "named"),
    [
        ("sum", [], {"axis": "0"}, np.sum, ["x"], {"axis": "0"}),
        ("reshape", ["2", "3"], {}, np.reshape, ["x", "(2, 3)"], {}),
        ("reshape", ["s"], {}, np.reshape, ["x", "s"], {}),
        ("transpose", [], {}, np.transpose, ["x", "None"], {}),
        ("transpose", ["1", "0"], {}, np.transpose, ["x", "(1, 0)"], {}),
        ("clip", [], {"max": "1"}, np.clip, ["x"], {"a_max": "1"}),
        ("clip", ["0"], {}, np.clip, ["x"], {"a_min": "0"}),
        ("astype", ["float"], {}, np.ndarray.astype, ["x", "float"], {}),
    ],
)
def test_methods(name, args, keywords, function, positional, named):
    found = registry.method_for(np.ndarray, name).rewrite(
        tree("x"), [tree(a) for a in args], {n: tree(v) for n, v in keywords.items()}
    )
    assert found[0] is function
    assert [text(a) for a in found[1]] == positional
    assert {n: text(v) for n, v in found[2].items()} == named


def test_every_method_leads_to_a_rule():
    registry.load()
    for table in (registry._methods, registry._attributes):
        for cls, name in table:
            found = registry._rewriting(table, cls, name)
            if found is None:
                continue
            function = registry.resolve(parsing.path_of(found.value.func))
            assert registry.rules_for(function) or registry.is_constant(function) or registry.definition_for(function), name


def test_only_what_is_wanted():
    rule = registry.rules_for(np.linalg.solve)[0]
    assert texts(rule.adjoint_of(["b"])) == ["b_term_bar = np.linalg.solve(a.T, x_bar)", "b_bar += b_term_bar"]
    assert texts(rule.tangent_of(["b"])) == ["x_dot = np.linalg.solve(a, b_dot)"]
    assert texts(rule.tangent_of(["a"])) == ["x_dot = np.linalg.solve(a, -(a_dot @ x))"]
    matmul = registry.operator_rules("@")[0]
    assert texts(matmul.tangent_of(["A"])) == ["z_dot = A_dot @ B"]
    where = registry.rules_for(np.where)[1]
    assert texts(where.tangent_of(["x"])) == ["z_dot = np.where(condition, x_dot, 0)"]


def test_elementwise_texts():
    division = registry.operator_rules("/")[0]
    assert texts(division.tangent) == ["z_dot = x_dot / y - y_dot * z / y"]
    assert texts(division.adjoint) == ["x_bar += z_bar / y", "y_bar -= z_bar * z / y"]


VECTOR, MATRIX = Unknown(np.ndarray, ndim=1, dtype=np.dtype(float)), Unknown(np.ndarray, ndim=2, dtype=np.dtype(float))


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("axis is None and not keepdims", {"axis": None, "keepdims": False}, True),
        ("axis is not None", {"axis": Unknown(int)}, True),
        ("axis is None", {"axis": Unknown()}, conditions.Undecided),
        ("isinstance(axis, int)", {"axis": Unknown(np.int64)}, True),
        ("isinstance(axis, int)", {"axis": (0, 1)}, False),
        ("keepdims", {"keepdims": Unknown(bool)}, conditions.Undecided),
        ("A.ndim == 2 and B.ndim == 1", {"A": MATRIX, "B": VECTOR}, True),
        ("A.ndim >= 2", {"A": Unknown(np.ndarray)}, conditions.Undecided),
        ("A.ndim == 0", {"A": 2.0}, True),
        ("np.iscomplexobj(A)", {"A": VECTOR}, False),
        ("dtype is None or floating(dtype)", {"dtype": np.float32}, True),
        ("dtype is None or floating(dtype)", {"dtype": int}, False),
        ("y != 0", {"y": Unknown(float)}, conditions.Undecided),
        ("ord == np.inf", {"ord": np.inf}, True),
        ("order == 'C' or order == 'F'", {"order": "F"}, True),
    ],
)
def test_conditions(condition, values, expected):
    if expected is conditions.Undecided:
        with pytest.raises(expected):
            if isinstance(found := conditions.evaluate(tree(condition), values), Unknown):
                raise conditions.Undecided
    else:
        assert conditions.evaluate(tree(condition), values) is expected


def op(x):
    return 3 * x


@pytest.mark.parametrize(
    ("enter", "message"),
    [
        (lambda f: registry.elementwise("y = op(x)", dx="3 * q", functions=f), "mentions q"),
        (lambda f: registry.elementwise("y = op(x)", dz="3", functions=f), "z is not a parameter"),
        (
            lambda f: registry.rule("y = op(x)", tangent="y_dot = x_dot", adjoint="x_bar = y_bar", functions=f),
            "assigned",
        ),
        (lambda f: registry.rule("y = op(x)", tangent="y_dot = x_bar", adjoint="x_bar += y_bar", functions=f), "x_bar"),
        (
            lambda f: registry.rule("y = op(x)", tangent="t = x_dot", adjoint="x_bar += y_bar", functions=f),
            "y_dot gets",
        ),
        (lambda f: registry.rule("y = op(x)", tangent="y_dot = x_dot", adjoint="x_bar += (", functions=f), "op"),
        (lambda f: registry.elementwise("y = op(x)", dx="slope(x)", functions=f), "a partial mentions slope, which is not known"),
        (
            lambda f: registry.rule("y = op(x)", tangent="y_dot = np.lnalg.inv(x_dot)", adjoint="x_bar += y_bar", functions=f),
            "y_dot = ... mentions np.lnalg, which is not known",
        ),
        (lambda f: registry.elementwise("y = np.opp(x)", dx="3", functions=f), "no function np.opp"),
        (lambda f: registry.constant("np.levle", functions=f), "no function np.levle"),
        (lambda f: registry.constant("levle", functions=f), "no function levle"),
    ],
)
def test_wrong_texts_are_refused(enter, message):
    def fresh(x):
        return op(x)

    with pytest.raises(RuleError, match=message):
        enter({"op": fresh})
    assert registry.rules_for(fresh) is None


def test_rules_of_functions_hold_for_the_functions_themselves():
    foreign = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x**3)

    def spring(x, k=2.0):
        return k * foreign(x)

    registry.elementwise("y = foreign(x)", dx="3 * x ** 2", functions={"foreign": foreign})
    registry.elementwise("y = spring(x, k)", dx="3 * k * x ** 2", dk="x ** 3", functions={"spring": spring})
    assert srcgrad.grad(lambda x: foreign(x))(2.0) == srcgrad.grad(foreign)(2.0) == 12.0
    assert srcgrad.grad(spring, ("x", "k"))(2.0) == (24.0, 8.0)
    assert srcgrad.grad(lambda x: spring(x, 3.0))(2.0) == 36.0


def test_functions_of_scipy_are_differentiated_as_they_are():
    special = pytest.importorskip("scipy.special")
    linalg = pytest.importorskip("scipy.linalg")
    np.testing.assert_allclose(srcgrad.grad(special.logsumexp)(np.ones(4)), 0.25 * np.ones(4))
    np.testing.assert_allclose(srcgrad.grad(linalg.det)(np.diag([2.0, 3.0])), np.diag([3.0, 2.0]))


def test_users_rule():
    def cube(x):
        return x**3

    registry.elementwise("y = cube(x)", dx="3 * x ** 2", functions={"cube": cube})
    (rule,) = registry.rules_for(cube)
    assert rule.operands == ("x",)
    assert texts(rule.adjoint) == ["x_bar += y_bar * (3 * x ** 2)"] or texts(rule.adjoint) == [
        "x_bar += y_bar * 3 * x ** 2"
    ]


# Functions that rule texts call on values which do not move: positions, flags, counts.
PASSIVE = {"np.iscomplexobj", "zip", "enumerate", "tuple", "list", "sorted", "dict", "reversed"}


@pytest.mark.parametrize("rule", registry.all_rules(), ids=lambda r: r.text)
def test_texts_can_be_differentiated_again(rule):
    """What a rule's text calls has a rule, is constant, is Python, or is a function of runtime."""
    bodies = [*rule.tangent, *rule.adjoint, *rule.partials.values()]
    for node in (n for body in bodies for n in gast.walk(body)):
        if isinstance(node, gast.Call):
            name = parsing.path_of(node.func)
            if name in PASSIVE or name in FUNCTIONS or rule.outputs == ("ys",):
                continue
            if name.partition(".")[0] == "self":  # an object of a library that is data: its own method
                name = f"{parsing.callee(rule.text.partition('=')[2].strip()).rpartition('.')[0]}.{name[5:] or '__call__'}"
            function = registry.resolve(name)
            assert (
                registry.rules_for(function) or registry.is_constant(function) or registry.definition_for(function)
            ), f"{rule.text}: {name}"


def test_parameters():
    symbol, parameters = parsing.pattern("f(a, /, axis=None, *, keepdims=False)")
    assert symbol is None
    assert [(p.name, p.kind) for p in parameters] == [
        ("a", "positional"),
        ("axis", "standard"),
        ("keepdims", "keyword"),
    ]


def test_coverage_page_is_up_to_date():
    page = (pathlib.Path(__file__).parents[2] / "docs/coverage.md").read_text()
    if f"for NumPy {'.'.join(np.__version__.split('.')[:2])}." not in page:
        pytest.skip("written for another version of NumPy")
    assert coverage.page() == page, "run python -m srcgrad.rules.coverage > docs/coverage.md"


def test_check_rule():
    def fourth(x):
        return x**4

    def wrong(x):
        return x**4

    srcgrad.elementwise("y = fourth(x)", dx="4 * x ** 3", functions={"fourth": fourth})
    srcgrad.elementwise("y = wrong(x)", dx="4 * x ** 2", functions={"wrong": wrong})
    srcgrad.check_rule(fourth, np.array([0.3, 0.7]))
    srcgrad.check_rule(np.cumsum, np.array([[0.3, 0.7]]), 1)
    with pytest.raises(AssertionError, match="differences give"):
        srcgrad.check_rule(wrong, np.array([0.3, 0.7]))
    with pytest.raises(srcgrad.SrcgradError, match="has no rule"):
        srcgrad.check_rule(np.busday_count, np.array([1.0, 2.0]))


def test_rules_of_nothing_are_refused():
    def known(x):
        return x

    for text in ("y = known(x", "y = knwon(x)", "y = known", "known(x)", "y = ", "y = known[x]"):
        with pytest.raises(srcgrad.SrcgradError, match="E209"):
            srcgrad.elementwise(text, dx="1", functions={"known": known})
    with pytest.raises(srcgrad.SrcgradError, match="functions="):
        srcgrad.rule("y = unheard_of(x)", tangent="y_dot = x_dot", adjoint="x_bar += y_bar")


def slowed(x):
    return 3.0 * x


def test_a_rule_given_again_takes_the_place_of_the_first():
    functions = {"slowed": slowed}
    srcgrad.elementwise("y = slowed(x)", dx="2.0 + 0 * x", functions=functions)
    df = srcgrad.grad(lambda x: slowed(x) * 1.0)
    assert df(1.5) == 2.0
    srcgrad.elementwise("y = slowed(x)", dx="3.0 + 0 * x", functions=functions)
    assert df(1.5) == 3.0
    assert srcgrad.grad(lambda x: slowed(x) * 1.0)(1.5) == 3.0
