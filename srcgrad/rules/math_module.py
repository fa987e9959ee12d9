"""The derivatives of Python's math module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from srcgrad.rules.language import Rule
from srcgrad.rules.registry import build, constant, elementwise, rule

elementwise("y = math.exp(x)", dx="y")
elementwise("y = math.exp2(x)", dx="y * math.log(2)")
elementwise("y = math.expm1(x)", dx="y + 1")
elementwise("y = math.log(x)", dx="1 / x")
elementwise("y = math.log(x, base)", dx="1 / (x * math.log(base))", dbase="-y / (base * math.log(base))", at="0.3, 1.7")
elementwise("y = math.log2(x)", dx="1 / (x * math.log(2))")
elementwise("y = math.log10(x)", dx="1 / (x * math.log(10))")
elementwise("y = math.log1p(x)", dx="1 / (1 + x)")
elementwise("y = math.sqrt(x)", dx="0.5 / y")
elementwise("y = math.cbrt(x)", dx="1 / (3 * y ** 2)")

elementwise("y = math.sin(x)", dx="math.cos(x)")
elementwise("y = math.cos(x)", dx="-math.sin(x)")
elementwise("y = math.tan(x)", dx="1 + y ** 2")
elementwise("y = math.asin(x)", dx="1 / math.sqrt(1 - x ** 2)")
elementwise("y = math.acos(x)", dx="-1 / math.sqrt(1 - x ** 2)")
elementwise("y = math.atan(x)", dx="1 / (1 + x ** 2)")
elementwise("y = math.sinh(x)", dx="math.cosh(x)")
elementwise("y = math.cosh(x)", dx="math.sinh(x)")
elementwise("y = math.tanh(x)", dx="1 - y ** 2")
elementwise("y = math.asinh(x)", dx="1 / math.sqrt(x ** 2 + 1)")
elementwise("y = math.acosh(x)", dx="1 / math.sqrt(x ** 2 - 1)", between=(1.2, 2.5))
elementwise("y = math.atanh(x)", dx="1 / (1 - x ** 2)")

elementwise("z = math.atan2(x, y)", dx="y / (x ** 2 + y ** 2)", dy="-x / (x ** 2 + y ** 2)")
elementwise("z = math.remainder(x, y)", dx="1", dy="-round((x - z) / y)")
elementwise("y = math.fabs(x)", dx="np.sign(x)")
elementwise("z = math.nextafter(x, y)", dx="1", dy="0")
elementwise("z = math.copysign(x, y)", dx="np.sign(x) * np.sign(z)", dy="0")
elementwise("z = math.ldexp(x, n)", dx="2.0 ** n", at="0.4, 3")
elementwise("y = math.radians(x)", dx="math.pi / 180")
elementwise("y = math.degrees(x)", dx="180 / math.pi")
elementwise("y = math.erf(x)", dx="2 / math.sqrt(math.pi) * math.exp(-x ** 2)")
elementwise("y = math.erfc(x)", dx="-2 / math.sqrt(math.pi) * math.exp(-x ** 2)")
elementwise("y = math.lgamma(x)", dx="digamma(x)")
elementwise("y = math.gamma(x)", dx="y * digamma(x)")


def hypot(values: Mapping[str, Any]) -> Rule:
    """The rule for as many coordinates as there are."""
    names = [f"x{i}" for i in range(len(values["coordinates"]))]
    return build(
        f"y = math.hypot({', '.join(names)})",
        tangent=f"y_dot = {' + '.join(f'{n} / y * {n}_dot' for n in names)}",
        adjoint=[f"{n}_bar += y_bar * {n} / y" for n in names],
    )


rule(
    "y = math.hypot(*coordinates)",
    tangent="y_dot = coordinates_dot",
    adjoint="coordinates_bar += y_bar",
    sequences=("coordinates",),
    expand=hypot,
    at=("0.3, 0.7", "0.3, 0.7, 0.4"),
)
rule(
    "y = math.dist(p, q)",
    tangent="y_dot = sum([(v - w) * v_dot for v, w, v_dot in zip(p, q, p_dot)]) / y"
    " - sum([(v - w) * w_dot for v, w, w_dot in zip(p, q, q_dot)]) / y",
    adjoint=[
        "p_bar += [y_bar * (v - w) / y for v, w in zip(p, q)]",
        "q_bar += [y_bar * (w - v) / y for v, w in zip(p, q)]",
    ],
    sequences=("p", "q"),
    at="[0.3, 0.7], [0.4, 0.9]",
)
rule(
    "y = math.fsum(seq)",
    tangent="y_dot = math.fsum(seq_dot)",
    adjoint="seq_bar += [y_bar] * len(seq)",
    sequences=("seq",),
    at="[0.3, 0.7, 0.2]",
)
rule(
    "y = math.prod(iterable, /, *, start=1)",
    tangent="y_dot = start * sum(other_products(np.array(iterable)) * np.array(iterable_dot))"
    " + math.prod(iterable) * start_dot",
    adjoint=[
        "iterable_bar += y_bar * start * other_products(np.array(iterable))",
        "start_bar += y_bar * math.prod(iterable)",
    ],
    sequences=("iterable",),
    at=("[0.3, 0.7, 0.2]", "[0.3, 0.0, 0.2], start=3.0"),
)
rule(
    "y = math.sumprod(p, q)",
    tangent="y_dot = math.sumprod(p_dot, q) + math.sumprod(p, q_dot)",
    adjoint=["p_bar += [y_bar * v for v in q]", "q_bar += [y_bar * v for v in p]"],
    sequences=("p", "q"),
    at="[0.3, 0.7], [0.4, 0.9]",
)

constant("math.floor", "math.ceil", "math.trunc", "math.isnan", "math.isinf", "math.isfinite", "math.isclose")
constant("math.factorial", "math.comb", "math.perm", "math.gcd", "math.lcm", "math.isqrt", "math.ulp")
