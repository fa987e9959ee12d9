"""Is every rule right? Its tangent against differences, its adjoint against its tangent, without the engine."""

from __future__ import annotations

import contextlib
import copy
import importlib
import inspect
import math
import operator

import gast
import numpy as np
import pytest

from srcgrad.rules import conditions, registry
from srcgrad.rules.language import Rule
from srcgrad.rules.texts import names_in
from srcgrad.runtime import FUNCTIONS
from srcgrad.transform.walk import has_shape_of_operand

# The rules of a library are there once it is.
LIBRARIES = {}
with contextlib.suppress(ImportError):
    for library in registry.LIBRARIES:
        importlib.import_module(library)
    LIBRARIES["scipy"] = importlib.import_module("scipy")

RULES = registry.all_rules()
BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
          "%": operator.mod, "**": operator.pow, "@": operator.matmul, "unary -": operator.neg,
          "unary +": operator.pos}  # fmt: skip
POINTS_1 = ["F()", "A(3)", "A(2, 3)", "A(2, 3, 4)", "A(0)"]
POINTS_2 = ["F(), F()", "A(3), A(3)", "A(2, 3), A(3)", "F(), A(3)", "A(2, 1), A(1, 3)", "A(2, 3, 4), F()"]


def points(rule: Rule) -> list[str]:
    """The arguments at which a rule is tested."""
    if rule.at:
        return list(rule.at)
    scalar_only = callable(rule.target) and getattr(rule.target, "__module__", "") == "math"
    if len(rule.parameters) == 1:
        return POINTS_1[:1] if scalar_only else POINTS_1
    if len(rule.parameters) == 2:
        return POINTS_2[:1] if scalar_only else POINTS_2
    raise AssertionError(f"{rule.text} needs test points")


OLD = np.__version__.startswith("1.")
NEW_KEYWORDS = {"copy", "stable", "rtol"} if OLD else set()
CASES = [
    pytest.param(r, at, id=f"{r.text} | {at}") for r in RULES for at in points(r) if not (OLD and "copy=None" in at)
]


def arguments(rule: Rule, at: str, dtype: type = np.float64) -> tuple[list, dict]:
    """The arguments of a test point: A(2, 3) is a generic array, F() a number, P(3) positive definite, C complex, H(3)
    Hermitian."""
    rng = np.random.default_rng(7)
    low, high = rule.between

    def real(*shape):
        return rng.uniform(low, high, shape).astype(dtype)

    def definite(n):
        m = rng.uniform(-1, 1, (n, n))
        return (m @ m.T + n * np.eye(n) + 0.1 * rng.uniform(-1, 1, (n, n))).astype(dtype)

    def hermitian(n):
        m = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
        return m @ np.conj(m.T) + np.eye(n)

    space = {
        "A": real, "H": hermitian, "F": lambda: dtype(rng.uniform(low, high)), "P": definite,
        "C": lambda *shape: rng.normal(size=shape) + 1j * rng.normal(size=shape),
        "X3": np.array([0.3, 0.5, 0.7]), "np": np, **LIBRARIES,
        "_": lambda *args, **keywords: (list(args), keywords),
    }  # fmt: skip
    return eval(f"_({at})", space)


def bound(rule: Rule, args: list, keywords: dict) -> dict:
    values, args = {}, list(args)
    for parameter in rule.parameters:
        if parameter.kind == "variadic":
            values[parameter.name], args = tuple(args), []
        elif parameter.kind != "keyword" and args:
            values[parameter.name] = args.pop(0)
        elif parameter.name in keywords:
            values[parameter.name] = keywords[parameter.name]
        else:
            values[parameter.name] = run_expression(parameter.default, {})
    assert not args
    return values


SPACE = {**LIBRARIES, "np": np, "math": math, "copy": copy, **FUNCTIONS}


def run_expression(tree, values):
    code = compile(gast.gast_to_ast(gast.fix_missing_locations(gast.Expression(copy.deepcopy(tree)))), "rule", "eval")
    # comprehensions look names up in the globals
    return eval(code, {**SPACE, **values})


def run(statements, values):
    """Execute statements; what is contributed is returned by target, as a list."""
    values, contributions = dict(values), {}
    for statement in statements:
        value = run_expression(statement.value, values)
        if isinstance(statement, gast.AugAssign):
            sign = -1 if isinstance(statement.op, gast.Sub) else 1
            contributions.setdefault(statement.target.id, []).append((sign, value))
        else:
            values[statement.targets[0].id] = value
    return values, contributions


# Values of any nesting of lists and tuples


def leaves(value, structure):
    """The members of a value where the structure has numbers, as arrays; None where it has none."""
    if isinstance(structure, (list, tuple)):
        assert not isinstance(value, (list, tuple)) or len(value) == len(structure)
        return [leaf for i, part in enumerate(structure) for leaf in leaves(value[i], part)]
    return [np.asarray(value)]


def changed(structure, change):
    if isinstance(structure, (list, tuple)):
        return [changed(part, change) for part in structure]
    return change(structure)


def is_inexact(value):
    if isinstance(value, (list, tuple)):
        return any(is_inexact(v) for v in value)
    return (
        isinstance(value, (float, complex))
        or getattr(getattr(value, "dtype", None), "kind", "") in "fc"
        and (hasattr(value, "dtype"))
    )


def random_like(structure, rng):
    def one(x):
        x = np.asarray(x)
        value = rng.normal(size=x.shape)
        if x.dtype.kind == "c":
            value = value + 1j * rng.normal(size=x.shape)
        return value if x.shape else value[()]

    return changed(structure, one)


def call(rule, args, keywords):
    function = BINARY[rule.target] if isinstance(rule.target, str) else rule.target
    result = function(*args, **keywords)
    return tuple(result) if len(rule.outputs) > 1 else (result,)


def call_bound(rule, values, given):
    args, keywords = [], {}
    for parameter in rule.parameters:
        if parameter.kind == "variadic":
            args += values[parameter.name]
        elif parameter.kind == "keyword" or (args is None):
            if parameter.name in given:
                keywords[parameter.name] = values[parameter.name]
        else:
            args.append(values[parameter.name])
    if rule.target is np.einsum or not isinstance(rule.target, str):
        return call(rule, args, keywords)
    return call(rule, args, keywords)


def prepared(rule, at, dtype=np.float64):
    args, keywords = arguments(rule, at, dtype)
    values = bound(rule, args, keywords)
    given = keywords
    if rule.expand:
        expanded = rule.expand(values)
        assert expanded is not None
        values = bound(expanded, args, keywords)
        rule = expanded
    return rule, values, given


@pytest.mark.parametrize(("rule", "at"), CASES)
@np.errstate(all="ignore")
def test_rule(rule, at):
    assert conditions.holds(rule, bound(rule, *arguments(rule, at))), "the rule does not apply at its own test point"
    rule, values, given = prepared(rule, at)
    rng = np.random.default_rng(3)
    outputs = call_bound(rule, values, given)
    values.update(zip(rule.outputs, outputs))
    operands = [name for name in rule.operands if is_inexact(values[name])]
    assert operands
    dots = {name: random_like(values[name], rng) for name in operands}
    bars = {name: random_like(values[name], rng) for name in rule.outputs}
    body = rule.tangent_of(operands)
    after, _ = run(body, {**values, **{f"{n}_dot": v for n, v in dots.items()}})
    tangents = [after.get(f"{name}_dot", 0.0) for name in rule.outputs]

    # the tangent against differences
    h = 1e-6
    ends = []
    for sign in (1, -1):
        moved = dict(values)
        for name in operands:
            moved[name] = moved_by(values[name], dots[name], sign * h)
        ends.append(call_bound(rule, moved, given))
    for output, plus, minus, tangent in zip(outputs, *ends, tangents):
        structure = list(output) if isinstance(output, (list, tuple)) else output
        for p, m, t in zip(leaves(plus, structure), leaves(minus, structure), leaves(tangent, structure)):
            if p.dtype.kind in "fc":
                difference = (p - m) / (2 * h)
                single = p.dtype == np.float32
                np.testing.assert_allclose(
                    np.broadcast_to(t, difference.shape), difference, rtol=2e-6, atol=0.1 if single else 2e-7
                )

    # the adjoint against the tangent
    _, contributions = run(rule.adjoint_of(operands), {**values, **{f"{n}_bar": v for n, v in bars.items()}})
    left = sum(pairing(bars[n], t, values[n]) for n, t in zip(rule.outputs, tangents) if is_inexact(values[n]))
    right = 0.0
    for name in operands:
        for sign, value in contributions[f"{name}_bar"]:
            right += sign * contribution(rule, value, dots[name], values[name])
    np.testing.assert_allclose(right, left, rtol=1e-9, atol=1e-11)
    empty = not isinstance(outputs[0], (list, tuple)) and 0 in np.shape(outputs[0])
    assert left != 0.0 or empty or at in ZERO or rule.text in FLAT, "a point that tests nothing"

    # each operand alone
    for name in operands:
        alone, _ = run(rule.tangent_of([name]), {**values, f"{name}_dot": dots[name]})
        full = {f"{n}_dot": v if n == name else changed(v, lambda x: 0 * x) for n, v in dots.items()}
        expected, _ = run(body, {**values, **full})
        for output in rule.outputs:
            key = f"{output}_dot"
            if is_inexact(values[output]) and key in expected:
                structure = values[output]
                zero = changed(structure, np.zeros_like)
                pairs = zip(leaves(alone.get(key, zero), structure), leaves(expected[key], structure))
                for a, b in pairs:
                    a, b = np.broadcast_arrays(a, b)
                    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        _, one = run(rule.adjoint_of([name]), {**values, **{f"{n}_bar": v for n, v in bars.items()}})
        assert list(one) == [f"{name}_bar"]


ZERO = {"P(3), 0", "A(3), 0", "np.array([[0.3, 0.0, 0.0]])"}
FLAT = {"y = np.imag(val)", "y = np.angle(z, deg=False)", "z = np.heaviside(x, h)"}


def moved_by(value, dot, step):
    if isinstance(value, (list, tuple)):
        return type(value)(moved_by(v, d, step) for v, d in zip(value, dot))
    return value + step * dot


def pairing(bar, dot, structure):
    pairs = zip(leaves(bar, structure), leaves(dot, structure))
    return sum(np.sum(np.real(a * b)) if np.ndim(b) or not np.ndim(a) else np.sum(np.real(a * b)) for a, b in pairs)


def contribution(rule, value, dot, operand):
    """<value, dot>, where the value may be smaller than the operand; the engine sums elementwise ones."""
    if not isinstance(operand, (list, tuple)):
        if rule.elementwise:
            value = np.sum(np.real(np.asarray(value) * dot)) if np.ndim(value) >= np.ndim(operand) else None
            assert value is not None
            return value
        assert np.broadcast_shapes(np.shape(value), np.shape(operand)) == np.shape(operand), "larger than the operand"
        return np.sum(np.real(np.broadcast_to(value, np.shape(operand)) * dot))
    if not isinstance(value, (list, tuple)) and not np.ndim(value):
        raise AssertionError("the contribution to a sequence is a sequence")
    total = 0.0
    for i, part in enumerate(operand):
        if isinstance(part, (list, tuple)):
            total += contribution(rule, value[i], dot[i], part)
        else:
            assert np.shape(value[i]) in (np.shape(part), ()), "member"
            total += np.sum(np.real(value[i] * dot[i]))
    return total


def shaped(statement):
    return isinstance(statement, gast.AugAssign) and has_shape_of_operand(statement.value)


PRODUCTS = [c for c in CASES if any(map(shaped, c.values[0].adjoint))]


@pytest.mark.parametrize(("rule", "at"), PRODUCTS)
def test_a_product_has_the_shape_of_the_operand(rule, at):
    """What the engine takes for granted where it knows the sizes of neither."""
    rule, values, given = prepared(rule, at)
    values.update(zip(rule.outputs, call_bound(rule, values, given)))
    bars = {f"{name}_bar": random_like(values[name], np.random.default_rng(3)) for name in rule.outputs}
    for statement in filter(shaped, rule.adjoint):
        name = statement.target.id
        _, found = run(rule.adjoint_of([name.removesuffix("_bar")]), {**values, **bars})
        assert {np.shape(value) for _, value in found[name]} == {np.shape(values[name.removesuffix("_bar")])}


COMPLEX = [
    r for r in RULES
    if r.elementwise and r.partials and isinstance(r.target, np.ufunc) and "D->D" in r.target.types + ["D->D"] * (
        "DD->D" in r.target.types) and not names_in(r.partials[r.operands[0]]) & {"abs"} and r.target.__name__ not in (
        "maximum", "minimum", "fmax", "fmin", "sign", "absolute", "conjugate")
]  # fmt: skip


@pytest.mark.parametrize("rule", COMPLEX, ids=lambda r: r.text)
def test_analytic(rule):
    """Partial derivatives hold for complex operands too: the complex step."""
    values = {p.name: np.array([0.4 + 0.3j, 0.6 - 0.2j]) for p in rule.parameters}
    if not conditions.holds(rule, values) or rule.when and "isinstance" in ast_text(rule.when):
        pytest.skip("not for arrays")
    output = rule.outputs[0]
    values[output] = rule.target(*values.values())
    for name, partial in rule.partials.items():
        h = 1e-7j
        moved = {p.name: values[p.name] + h * (p.name == name) for p in rule.parameters}
        difference = (rule.target(*moved.values()) - values[output]) / h
        np.testing.assert_allclose(np.broadcast_to(run_expression(partial, values), (2,)), difference, rtol=1e-5)


def ast_text(tree):
    import ast

    return ast.unparse(gast.gast_to_ast(tree))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.text)
def test_signature(rule):
    """The parameters of a rule are those of the function, in its order and with its defaults."""
    if isinstance(rule.target, str) or isinstance(rule.target, type):
        return
    try:
        actual = list(inspect.signature(rule.target).parameters.values())
    except ValueError:
        return
    if isinstance(rule.target, np.ufunc) or type(rule.target).__name__ in (
        "method_descriptor",
        "builtin_function_or_method",
    ):
        return
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in actual):
        return
    positional = [p for p in actual if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for i, parameter in enumerate(rule.parameters):
        if parameter.kind == "positional":
            continue
        if parameter.kind == "standard":
            names = {positional[i].name, {"shape": "newshape"}.get(parameter.name)}
            assert parameter.name == positional[i].name or "newshape" in names
        else:
            assert parameter.name in {p.name for p in actual} | NEW_KEYWORDS
