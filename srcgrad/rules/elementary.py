"""The derivatives of NumPy's elementary functions."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import elementwise, rule

elementwise("y = np.exp(x)", dx="y")
elementwise("y = np.exp2(x)", dx="y * math.log(2)")
elementwise("y = np.expm1(x)", dx="y + 1")
elementwise("y = np.log(x)", dx="1 / x")
elementwise("y = np.log2(x)", dx="1 / (x * math.log(2))")
elementwise("y = np.log10(x)", dx="1 / (x * math.log(10))")
elementwise("y = np.log1p(x)", dx="1 / (1 + x)")
elementwise("y = np.sqrt(x)", dx="0.5 / y")
elementwise("y = np.cbrt(x)", dx="1 / (3 * y ** 2)")
elementwise("y = np.square(x)", dx="2 * x")
elementwise("y = np.reciprocal(x)", dx="-y ** 2")

elementwise("y = np.sin(x)", dx="np.cos(x)")
elementwise("y = np.cos(x)", dx="-np.sin(x)")
elementwise("y = np.tan(x)", dx="1 + y ** 2")
elementwise("y = np.arcsin(x)", "y = np.asin(x)", dx="1 / np.sqrt(1 - x ** 2)")
elementwise("y = np.arccos(x)", "y = np.acos(x)", dx="-1 / np.sqrt(1 - x ** 2)")
elementwise("y = np.arctan(x)", "y = np.atan(x)", dx="1 / (1 + x ** 2)")
elementwise("y = np.sinh(x)", dx="np.cosh(x)")
elementwise("y = np.cosh(x)", dx="np.sinh(x)")
elementwise("y = np.tanh(x)", dx="1 - y ** 2")
elementwise("y = np.arcsinh(x)", "y = np.asinh(x)", dx="1 / np.sqrt(x ** 2 + 1)")
# The root of a product of complex numbers may be on the other side of the cut than the product of the roots.
elementwise("y = np.arccosh(x)", "y = np.acosh(x)", when="np.iscomplexobj(x)", dx="1 / (np.sqrt(x - 1) * np.sqrt(x + 1))",
            at=("C(3)", "C()", "C(3) - 2"))  # fmt: skip
elementwise("y = np.arccosh(x)", "y = np.acosh(x)", dx="1 / np.sqrt(x ** 2 - 1)", between=(1.2, 2.5))
elementwise("y = np.arctanh(x)", "y = np.atanh(x)", dx="1 / (1 - x ** 2)")

elementwise("z = np.arctan2(x, y)", "z = np.atan2(x, y)", dx="y / (x ** 2 + y ** 2)", dy="-x / (x ** 2 + y ** 2)")
elementwise("z = np.hypot(x, y)", dx="x / z", dy="y / z")
elementwise("z = np.logaddexp(x, y)", dx="np.exp(x - z)", dy="np.exp(y - z)")
elementwise("z = np.logaddexp2(x, y)", dx="2 ** (x - z)", dy="2 ** (y - z)")

elementwise("y = np.deg2rad(x)", "y = np.radians(x)", dx="math.pi / 180")
elementwise("y = np.rad2deg(x)", "y = np.degrees(x)", dx="180 / math.pi")
elementwise("z = np.nextafter(x, y)", dx="1", dy="0")
elementwise("z = np.copysign(x, y)", dx="np.sign(x) * np.sign(z)", dy="0")
elementwise("z = np.ldexp(x, n)", dx="2.0 ** n", at=("A(3), 3", "0.4, np.array([1, 2])"))
elementwise("y = np.nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)", when="copy is True", dx="np.isfinite(x)",
            at=("A(3)", "F()", "np.array([np.nan, 0.3]), nan=2.0"))  # fmt: skip
elementwise("y = np.i0(x)", dx="bessel_i(1, x)", at=("A(3)", "F()"))
elementwise("y = bessel_i(n, x)", dx="(bessel_i(n - 1, x) + bessel_i(n + 1, x)) / 2", at=("1, A(3)", "0, F()"))
rule(
    "m, e = np.frexp(x, /)",
    "m, e = math.frexp(x)",
    tangent=["m_dot = x_dot * 2.0 ** -e", "e_dot = np.zeros_like(e)"],
    adjoint="x_bar += m_bar * 2.0 ** -e",
    at="2.3",
)
elementwise("y = np.sinc(x)", dx="sinc_slope(x)")

# Complex numbers, in JAX's convention: df = Re(y_bar * y_dot), without conjugation.
rule(
    "y = abs(x, /)",
    "y = np.abs(x)",
    "y = operator.abs(x)",
    when="np.iscomplexobj(x)",
    tangent="y_dot = np.real(np.conj(x) * x_dot) / (y + (y == 0))",
    adjoint="x_bar += y_bar * np.conj(x) / (y + (y == 0))",
    at=("C(3)", "C()"),
)
elementwise("y = abs(x)", "y = np.abs(x)", "y = np.fabs(x)", "y = operator.abs(x)", dx="np.sign(x)")
if not np.__version__.startswith("1."):
    rule(
        "y = np.sign(x)",  # of complex numbers it is x / abs(x) since NumPy 2; of real ones it is a constant
        when="np.iscomplexobj(x)",
        tangent="y_dot = 1j * y * np.imag(np.conj(y) * x_dot) / (np.abs(x) + (x == 0))",
        adjoint="x_bar += np.imag(y_bar * y) * 1j * np.conj(y) / (np.abs(x) + (x == 0))",
        at=("C(3)", "C()"),
    )
rule(
    "y = np.real(val)",
    when="np.iscomplexobj(val)",
    tangent="y_dot = np.real(val_dot)",
    adjoint="val_bar += y_bar + 0j",
    shares="val",
    at=("C(3)", "C(2, 3)"),
)
rule(
    "y = np.imag(val)",
    when="np.iscomplexobj(val)",
    tangent="y_dot = np.imag(val_dot)",
    adjoint="val_bar -= 1j * y_bar",
    shares="val!",  # its adjoint is not that part of the other's, but less it
    at="C(3)",
)
elementwise("y = np.real(val)", dval="1", shares="val")
elementwise("y = np.imag(val)", dval="0", shares="val")
rule(
    "y = np.conj(x)",
    when="np.iscomplexobj(x)",
    tangent="y_dot = np.conj(x_dot)",
    adjoint="x_bar += np.conj(y_bar)",
    shares="x?",
    at="C(3)",
)
elementwise("y = np.conj(x)", dx="1", shares="x?")
rule(
    "y = np.angle(z, deg=False)",
    when="np.iscomplexobj(z) and not deg",
    tangent="y_dot = np.imag(z_dot / z)",
    adjoint="z_bar -= 1j * y_bar / z",
    at="C(3)",
)
rule(
    "y = np.angle(z, deg=False)",
    when="np.iscomplexobj(z)",
    tangent="y_dot = 180 / math.pi * np.imag(z_dot / z)",
    adjoint="z_bar -= 180j / math.pi * y_bar / z",
    at="C(3), True",
)
elementwise("y = np.angle(z, deg=False)", dz="0", at="A(3)")
elementwise("y = np.real_if_close(a, tol=100)", when="not np.iscomplexobj(a)", da="1", shares="a?", at="A(3)")
