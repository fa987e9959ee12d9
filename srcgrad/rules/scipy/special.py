"""The derivatives of scipy.special.

Formulas: NIST Digital Library of Mathematical Functions (DLMF).  A parameter whose derivative SciPy can't evaluate,
most orders and degrees, has none, and a call that varies it is refused.
"""

from __future__ import annotations

import numpy as np
import scipy.special

from srcgrad.rules.registry import constant, definition, elementwise, rule
from srcgrad.rules.scipy import draws as draws  # of shapes, by the quantiles here
from srcgrad.rules.scipy.table import table
from srcgrad.runtime.structures import held

LIBRARY = "scipy.special"

# Exponentials, logistic functions, entropies and losses
table(LIBRARY, "", """
expit(x): dx=y * (1 - y)
log_expit(x): dx=1 - np.exp(y)
logit(x): dx=1 / (x * (1 - x))
expm1(x): dx=np.exp(x)
exp2(x): dx=y * math.log(2)
exp10(x): dx=y * math.log(10)
exprel(x): dx=F.hyp1f1(2, 3, x) / 2
log1p(x): dx=1 / (1 + x)
cosm1(x): dx=-np.sin(x)
powm1(x, p): dx=p * x ** (p - 1); dp=(y + 1) * np.log(x)
softplus(x): dx=F.expit(x)
cbrt(x): dx=1 / (3 * y ** 2)
sindg(x): dx=math.pi / 180 * F.cosdg(x)
cosdg(x): dx=-math.pi / 180 * F.sindg(x)
tandg(x): dx=math.pi / 180 * (1 + y ** 2)
cotdg(x): dx=-math.pi / 180 * (1 + y ** 2)
entr(x): dx=-(np.log(x) + 1)
xlogy(x, z): dx=np.log(z); dz=x / z
xlog1py(x, z): dx=np.log1p(z); dz=x / (1 + z)
rel_entr(x, z): dx=np.log(x / z) + 1; dz=-x / z
kl_div(x, z): dx=np.log(x / z); dz=1 - x / z
huber(delta, r): ddelta=np.maximum(np.abs(r) - delta, 0); dr=np.clip(r, -delta, delta)
pseudo_huber(delta, r): ddelta=2 * y / delta - r ** 2 / (delta + y / delta); dr=r / (1 + y / delta ** 2)
boxcox(x, k): dx=x ** (k - 1); dk=np.where(k == 0, np.log(x) ** 2 / 2, ((1 + k * y) * np.log(x) - y) / np.where(k == 0, 1, k))
boxcox1p(x, k): dx=(1 + x) ** (k - 1); dk=np.where(k == 0, np.log1p(x) ** 2 / 2, ((1 + k * y) * np.log1p(x) - y) / np.where(k == 0, 1, k))
inv_boxcox(x, k): dx=y ** (1 - k); dk=y * np.where(k == 0, -x ** 2 / 2, (x / (1 + k * x) - np.log(y)) / np.where(k == 0, 1, k))
inv_boxcox1p(x, k): dx=(1 + y) ** (1 - k); dk=(1 + y) * np.where(k == 0, -x ** 2 / 2, (x / (1 + k * x) - np.log1p(y)) / np.where(k == 0, 1, k))
""")  # fmt: skip

# Error functions, the normal distribution and related integrals
table(LIBRARY, "DLMF 7", """
erf(x): dx=2 / math.sqrt(math.pi) * np.exp(-x ** 2)
erfc(x): dx=-2 / math.sqrt(math.pi) * np.exp(-x ** 2)
erfi(x): dx=2 / math.sqrt(math.pi) * np.exp(x ** 2)
erfcx(x): dx=2 * x * y - 2 / math.sqrt(math.pi)
wofz(x): dx=2j / math.sqrt(math.pi) - 2 * x * y
dawsn(x): dx=1 - 2 * x * y
erfinv(x): dx=math.sqrt(math.pi) / 2 * np.exp(y ** 2)
erfcinv(x): dx=-math.sqrt(math.pi) / 2 * np.exp(y ** 2)
ndtr(x): dx=np.exp(-x ** 2 / 2) / math.sqrt(2 * math.pi)
log_ndtr(x): dx=np.exp(-x ** 2 / 2 - y) / math.sqrt(2 * math.pi)
ndtri(x): dx=math.sqrt(2 * math.pi) * np.exp(y ** 2 / 2)
owens_t(h, a): dh=-F.erf(a * h / math.sqrt(2)) * np.exp(-h ** 2 / 2) / math.sqrt(8 * math.pi); da=np.exp(-h ** 2 * (1 + a ** 2) / 2) / (2 * math.pi * (1 + a ** 2))
""")  # fmt: skip
table(LIBRARY, "", "ndtri_exp(x): dx=math.sqrt(2 * math.pi) * np.exp(x + y ** 2 / 2)", between=(-0.85, -0.25))
table(LIBRARY, "DLMF 6 and 25.12", """
exp1(x): dx=-np.exp(-x) / x
expi(x): dx=np.exp(x) / x
expn(n, x): dx=-np.where(n == 0, y + y / x, F.expn(np.maximum(n - 1, 0), x))
spence(x): dx=np.log(x) / (1 - x)
""")  # fmt: skip

# The gamma function and its relatives
table(LIBRARY, "DLMF 5", """
gamma(x): dx=y * F.digamma(x)
gammaln(x): dx=F.digamma(x)
loggamma(x): dx=F.digamma(x)
rgamma(x): dx=-y * F.digamma(x)
polygamma(n, x): dx=F.polygamma(n + 1, x)
poch(x, m): dx=y * (F.digamma(x + m) - F.digamma(x)); dm=y * F.digamma(x + m)
beta(a, b): da=y * (F.digamma(a) - F.digamma(a + b)); db=y * (F.digamma(b) - F.digamma(a + b))
betaln(a, b): da=F.digamma(a) - F.digamma(a + b); db=F.digamma(b) - F.digamma(a + b)
binom(n, k): dn=y * (F.digamma(n + 1) - F.digamma(n - k + 1)); dk=y * (F.digamma(n - k + 1) - F.digamma(k + 1))
""")  # fmt: skip
elementwise(
    "y = scipy.special.digamma(x)", when="not np.iscomplexobj(x)", dx="scipy.special.polygamma(1, x)", source="DLMF 5"
)
table(LIBRARY, "DLMF 8", """
gammainc(a, x): da=gamma_integral(a, x, 1); dx=np.exp(F.xlogy(a - 1, x) - x - F.gammaln(a))
gammaincc(a, x): da=-gamma_integral(a, x, 1); dx=-np.exp(F.xlogy(a - 1, x) - x - F.gammaln(a))
betainc(a, b, x): da=beta_integral(a, b, x, 1, 0); db=beta_integral(a, b, x, 0, 1); dx=np.exp(F.xlogy(a - 1, x) + F.xlog1py(b - 1, -x) - F.betaln(a, b))
betaincc(a, b, x): da=-beta_integral(a, b, x, 1, 0); db=-beta_integral(a, b, x, 0, 1); dx=-np.exp(F.xlogy(a - 1, x) + F.xlog1py(b - 1, -x) - F.betaln(a, b))
gammaincinv(a, x): da=-gamma_integral(a, y, 1) * np.exp(F.gammaln(a) + y - F.xlogy(a - 1, y)); dx=np.exp(F.gammaln(a) + y - F.xlogy(a - 1, y))
gammainccinv(a, x): da=-gamma_integral(a, y, 1) * np.exp(F.gammaln(a) + y - F.xlogy(a - 1, y)); dx=-np.exp(F.gammaln(a) + y - F.xlogy(a - 1, y))
betaincinv(a, b, x): da=-beta_integral(a, b, y, 1, 0) * np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y)); db=-beta_integral(a, b, y, 0, 1) * np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y)); dx=np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y))
betainccinv(a, b, x): da=-beta_integral(a, b, y, 1, 0) * np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y)); db=-beta_integral(a, b, y, 0, 1) * np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y)); dx=-np.exp(F.betaln(a, b) - F.xlogy(a - 1, y) - F.xlog1py(b - 1, -y))
""")  # fmt: skip
# Of their parameters, by integrals of the density's derivatives, which SciPy does not have
elementwise(
    "y = gamma_integral(a, x, n)",
    da="gamma_integral(a, x, n + 1)",
    dx="gamma_density(a, x, n)",
    at=("F(), F(), 1", "A(3), A(3), 1", "A(3) + 2, 4 * A(3), 2"),
)
elementwise(
    "y = gamma_density(a, x, n)",
    when="n == 0",
    da="gamma_density(a, x, 1)",
    dx="y * ((a - 1) / x - 1)",
    at="A(3), A(3), 0",
)
elementwise(
    "y = gamma_density(a, x, n)",
    da="gamma_density(a, x, n + 1)",
    dx="y * ((a - 1) / x - 1) + n * gamma_density(a, x, n - 1) / x",
    at=("A(3), A(3), 1", "A(3), A(3), 2"),
)
elementwise(
    "y = beta_integral(a, b, x, n, m)",
    da="beta_integral(a, b, x, n + 1, m)",
    db="beta_integral(a, b, x, n, m + 1)",
    dx="beta_density(a, b, x, n, m)",
    at=("A(3), A(3), A(3), 1, 0", "A(3) + 2, A(3), A(3), 0, 1", "A(3), A(3), F(), 1, 1"),
)
SLOPE = "y * ((a - 1) / x - (b - 1) / (1 - x))"
IN_A, IN_B = "n * beta_density(a, b, x, n - 1, m) / x", "m * beta_density(a, b, x, n, m - 1) / (1 - x)"
for when, more, at in (
    ("n == 0 and m == 0", "", "0, 0"), ("m == 0", f" + {IN_A}", "1, 0"), ("n == 0", f" - {IN_B}", "0, 1"),
    (None, f" + {IN_A} - {IN_B}", "1, 1"),
):  # fmt: skip
    elementwise(
        "y = beta_density(a, b, x, n, m)",
        when=when,
        da="beta_density(a, b, x, n + 1, m)",
        db="beta_density(a, b, x, n, m + 1)",
        dx=f"{SLOPE}{more}",
        at=f"A(3), A(3), A(3), {at}",
    )
# Distribution functions by their densities
table(LIBRARY, "DLMF 8", """
chdtr(v, x): dv=gamma_integral(v / 2, x / 2, 1) / 2; dx=np.exp(F.xlogy(v / 2 - 1, x / 2) - x / 2 - F.gammaln(v / 2)) / 2
chdtrc(v, x): dv=-gamma_integral(v / 2, x / 2, 1) / 2; dx=-np.exp(F.xlogy(v / 2 - 1, x / 2) - x / 2 - F.gammaln(v / 2)) / 2
stdtr(v, t): dv=-np.sign(t) / 4 * beta_integral(v / 2, 0.5, v / (v + t ** 2), 1, 0) - t / (2 * v) * np.exp(-F.betaln(v / 2, 0.5) - (v + 1) / 2 * np.log1p(t ** 2 / v)) / np.sqrt(v); dt=np.exp(-F.betaln(v / 2, 0.5) - (v + 1) / 2 * np.log1p(t ** 2 / v)) / np.sqrt(v)
stdtrit(v, p): dv=np.sign(y) / 4 * beta_integral(v / 2, 0.5, v / (v + y ** 2), 1, 0) * np.sqrt(v) * np.exp(F.betaln(v / 2, 0.5) + (v + 1) / 2 * np.log1p(y ** 2 / v)) + y / (2 * v); dp=np.sqrt(v) * np.exp(F.betaln(v / 2, 0.5) + (v + 1) / 2 * np.log1p(y ** 2 / v))
pdtr(k, m): dm=-np.exp(F.xlogy(np.floor(k), m) - m - F.gammaln(np.floor(k) + 1))
pdtrc(k, m): dm=np.exp(F.xlogy(np.floor(k), m) - m - F.gammaln(np.floor(k) + 1))
""")  # fmt: skip

# Bessel functions
table(LIBRARY, "DLMF 10.6, 10.29", """
j0(x): dx=-F.j1(x)
j1(x): dx=(F.j0(x) - F.jv(2, x)) / 2
y0(x): dx=-F.y1(x)
y1(x): dx=(F.y0(x) - F.yn(2, x)) / 2
i0(x): dx=F.i1(x)
i1(x): dx=(F.i0(x) + F.iv(2, x)) / 2
k0(x): dx=-F.k1(x)
k1(x): dx=-(F.k0(x) + F.kn(2, x)) / 2
i0e(x): dx=F.i1e(x) - np.sign(x) * y
i1e(x): dx=(F.i0e(x) + F.ive(2, x)) / 2 - np.sign(x) * y
k0e(x): dx=y - F.k1e(x)
k1e(x): dx=y - (F.k0e(x) + F.kve(2, x)) / 2
jv(v, x): dx=(F.jv(v - 1, x) - F.jv(v + 1, x)) / 2
yn(n, x): dx=(F.yv(np.trunc(n) - 1, x) - F.yv(np.trunc(n) + 1, x)) / 2
yv(v, x): dx=(F.yv(v - 1, x) - F.yv(v + 1, x)) / 2
iv(v, x): dx=(F.iv(v - 1, x) + F.iv(v + 1, x)) / 2
kn(n, x): dx=-(F.kv(np.trunc(n) - 1, x) + F.kv(np.trunc(n) + 1, x)) / 2
kv(v, x): dx=-(F.kv(v - 1, x) + F.kv(v + 1, x)) / 2
kve(v, x): dx=y - (F.kve(v - 1, x) + F.kve(v + 1, x)) / 2
hankel1(v, x): dx=(F.hankel1(v - 1, x) - F.hankel1(v + 1, x)) / 2
hankel2(v, x): dx=(F.hankel2(v - 1, x) - F.hankel2(v + 1, x)) / 2
hankel1e(v, x): dx=(F.hankel1e(v - 1, x) - F.hankel1e(v + 1, x)) / 2 - 1j * y
hankel2e(v, x): dx=(F.hankel2e(v - 1, x) - F.hankel2e(v + 1, x)) / 2 + 1j * y
jvp(v, z, n=1): dz=F.jvp(v, z, n + 1)
yvp(v, z, n=1): dz=F.yvp(v, z, n + 1)
ivp(v, z, n=1): dz=F.ivp(v, z, n + 1)
kvp(v, z, n=1): dz=F.kvp(v, z, n + 1)
h1vp(v, z, n=1): dz=F.h1vp(v, z, n + 1)
h2vp(v, z, n=1): dz=F.h2vp(v, z, n + 1)
""")  # fmt: skip
# Scaled by the modulus of an exponential, these are not analytic.
for name, partial in (
    ("ive", "(scipy.special.ive(v - 1, x) + scipy.special.ive(v + 1, x)) / 2 - np.sign(x) * y"),
    ("jve", "(scipy.special.jve(v - 1, x) - scipy.special.jve(v + 1, x)) / 2"),
    ("yve", "(scipy.special.yve(v - 1, x) - scipy.special.yve(v + 1, x)) / 2"),
):
    elementwise(
        f"y = scipy.special.{name}(v, x)",
        when="not np.iscomplexobj(x)",
        dx=partial,
        at=("2, F()", "2, A(3)"),
        source="DLMF 10.6, 10.29",
    )
for name, sign in (("spherical_jn", "+"), ("spherical_yn", "+"), ("spherical_in", "-"), ("spherical_kn", "-")):
    elementwise(
        f"y = scipy.special.{name}(n, z, derivative=False)",
        when="not derivative",
        dz=f"scipy.special.{name}(n, z, True)",
        at=("2, F()", "2, A(3)"),
    )
    curvature = f"(n * (n + 1) / z ** 2 - {sign}1) * scipy.special.{name}(n, z) - 2 / z * y".replace("- -1", "+ 1")
    elementwise(
        f"y = scipy.special.{name}(n, z, derivative=False)",
        when="derivative",
        dz=curvature.replace("- +1", "- 1"),
        at=("2, F(), True", "2, A(3), True"),
        source="DLMF 10.47",
    )

# Hypergeometric functions, elliptic integrals, orthogonal polynomials and others
table(LIBRARY, "DLMF 13, 15, 16", """
hyp0f1(b, x): dx=F.hyp0f1(b + 1, x) / b
hyp1f1(a, b, x): dx=a / b * F.hyp1f1(a + 1, b + 1, x)
hyperu(a, b, x): dx=-a * F.hyperu(a + 1, b + 1, x)
""")  # fmt: skip
elementwise(
    "y = scipy.special.hyp2f1(a, b, c, x)",
    dx="a * b / c * scipy.special.hyp2f1(a + 1, b + 1, c + 1, x)",
    at=("0.5, 1.5, 2.5, F()", "0.5, 1.5, 2.5, A(3)"),
    source="DLMF 15.5.1",
)
table(LIBRARY, "DLMF 19.4, 19.18", """
ellipk(m): dm=F.elliprd(0, 1, 1 - m) / 6
ellipe(m): dm=-F.elliprd(0, 1 - m, 1) / 6
ellipkm1(p): dp=-F.elliprd(0, 1, p) / 6
elliprf(a, b, c): da=-F.elliprd(b, c, a) / 6; db=-F.elliprd(a, c, b) / 6; dc=-F.elliprd(a, b, c) / 6
ellipkinc(phi, m): dphi=1 / np.sqrt(1 - m * np.sin(phi) ** 2); dm=(F.ellipeinc(phi, m) / (1 - m) - y - m / (1 - m) * np.sin(2 * phi) / 2 / np.sqrt(1 - m * np.sin(phi) ** 2)) / (2 * m)
ellipeinc(phi, m): dphi=np.sqrt(1 - m * np.sin(phi) ** 2); dm=(y - F.ellipkinc(phi, m)) / (2 * m)
""")  # fmt: skip
# Of a complete integral one argument of elliprd is 0.
ALONG_X = "(scipy.special.elliprd(z, y, x) - r) / (2 * (x - z))"
ALONG_Y = "(scipy.special.elliprd(x, z, y) - r) / (2 * (y - z))"
elementwise(
    "r = scipy.special.elliprd(x, y, z)",
    when="x == 0",
    dy=ALONG_Y,
    dz=f"(-1.5 * r - y * {ALONG_Y}) / z",
    at="0, A(3), A(3) + 1",
    source="DLMF 19.18",
)
elementwise(
    "r = scipy.special.elliprd(x, y, z)",
    dx=ALONG_X,
    dy=ALONG_Y,
    dz=f"(-1.5 * r - y * {ALONG_Y} - x * {ALONG_X}) / z",
    at="A(3), A(3) + 2, A(3) + 1",
    source="DLMF 19.18",
)
table(LIBRARY, "DLMF 18.9", """
eval_jacobi(n, a, b, x): dx=(n + a + b + 1) / 2 * F.eval_jacobi(n - 1, a + 1, b + 1, x)
eval_legendre(n, x): dx=(n + 1) / 2 * F.eval_jacobi(n - 1, 1, 1, x)
eval_gegenbauer(n, a, x): dx=2 * a * F.eval_gegenbauer(n - 1, a + 1, x)
eval_chebyt(n, x): dx=n * F.eval_chebyu(n - 1, x)
eval_chebyu(n, x): dx=2 * F.eval_gegenbauer(n - 1, 2, x)
eval_hermite(n, x): dx=2 * n * F.eval_hermite(np.maximum(n - 1, 0), x)
eval_hermitenorm(n, x): dx=n * F.eval_hermitenorm(np.maximum(n - 1, 0), x)
eval_laguerre(n, x): dx=-F.eval_genlaguerre(n - 1, 1, x)
eval_genlaguerre(n, a, x): dx=-F.eval_genlaguerre(n - 1, a + 1, x)
""")  # fmt: skip
table(LIBRARY, "DLMF 4.13, 11.4, 25.11", """
lambertw(z, k=0, tol=1e-8): dz=np.exp(-y) / (1 + y)
wrightomega(x): dx=y / (1 + y)
struve(v, x): dx=F.struve(v - 1, x) - v / x * y
modstruve(v, x): dx=F.modstruve(v - 1, x) - v / x * y
zeta(x, q): dq=-x * F.zeta(x + 1, q)
multigammaln(a, d): da=np.sum(F.digamma(np.expand_dims(a, -1) - np.arange(d) / 2), axis=-1)
""", between=(1.25, 1.85))  # fmt: skip

# Several results
rule(
    "si, ci = scipy.special.sici(x)",
    tangent=["si_dot = x_dot * np.sin(x) / x", "ci_dot = x_dot * np.cos(x) / x"],
    adjoint="x_bar += (si_bar * np.sin(x) + ci_bar * np.cos(x)) / x",
    at=("F()", "A(3)", "A(2, 3)"),
    source="DLMF 6.2",
)
rule(
    "shi, chi = scipy.special.shichi(x)",
    tangent=["shi_dot = x_dot * np.sinh(x) / x", "chi_dot = x_dot * np.cosh(x) / x"],
    adjoint="x_bar += (shi_bar * np.sinh(x) + chi_bar * np.cosh(x)) / x",
    at=("F()", "A(3)", "A(2, 3)"),
    source="DLMF 6.2",
)
rule(
    "s, c = scipy.special.fresnel(x)",
    tangent=["s_dot = x_dot * np.sin(math.pi / 2 * x ** 2)", "c_dot = x_dot * np.cos(math.pi / 2 * x ** 2)"],
    adjoint="x_bar += s_bar * np.sin(math.pi / 2 * x ** 2) + c_bar * np.cos(math.pi / 2 * x ** 2)",
    at=("F()", "A(3)", "A(2, 3)"),
    source="DLMF 7.2",
)
rule(
    "ai, aip, bi, bip = scipy.special.airy(x)",
    tangent=["ai_dot = x_dot * aip", "aip_dot = x_dot * x * ai", "bi_dot = x_dot * bip", "bip_dot = x_dot * x * bi"],
    adjoint="x_bar += ai_bar * aip + aip_bar * x * ai + bi_bar * bip + bip_bar * x * bi",
    at=("F()", "A(3)", "A(2, 3)"),
    source="DLMF 9.2",
)
rule(
    "sn, cn, dn, ph = scipy.special.ellipj(u, m)",
    tangent=[
        "sn_dot = u_dot * cn * dn",
        "cn_dot = -u_dot * sn * dn",
        "dn_dot = -u_dot * m * sn * cn",
        "ph_dot = u_dot * dn",
    ],
    adjoint="u_bar += unbroadcast((sn_bar * cn - cn_bar * sn + ph_bar) * dn - dn_bar * m * sn * cn, np.shape(u))",
    at=("F(), 0.3", "A(3), 0.3", "A(2, 3), np.array([0.2, 0.3, 0.4])"),
    source="DLMF 22.13",
)

# Sums of exponentials
rule(
    "y = scipy.special.logsumexp(a, axis=None, *, keepdims=False)",
    when="axis is None or keepdims",
    tangent="y_dot = np.sum(a_dot * np.exp(a - y), axis=axis, keepdims=keepdims)",
    adjoint="a_bar += y_bar * np.exp(a - y)",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1, keepdims=True", "A(2, 3), keepdims=True"),
)
rule(
    "y = scipy.special.logsumexp(a, axis=None, *, keepdims=False)",
    when="axis is not None and not keepdims",
    tangent="y_dot = np.sum(a_dot * np.exp(a - np.expand_dims(y, axis)), axis=axis)",
    adjoint="a_bar += np.expand_dims(y_bar, axis) * np.exp(a - np.expand_dims(y, axis))",
    at=("A(3), 0", "A(2, 3), axis=1", "A(2, 3, 4), (0, 2)"),
)
rule(
    "y = scipy.special.softmax(x, axis=None)",
    tangent="y_dot = y * (x_dot - np.sum(y * x_dot, axis=axis, keepdims=True))",
    adjoint="x_bar += y * (y_bar - np.sum(y * y_bar, axis=axis, keepdims=True))",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1"),
)
rule(
    "y = scipy.special.log_softmax(x, axis=None)",
    tangent="y_dot = x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)",
    adjoint="x_bar += y_bar - np.exp(y) * np.sum(y_bar, axis=axis, keepdims=True)",
    at=("A(3)", "A(2, 3)", "A(2, 3), axis=1"),
)


@definition("scipy.special.logsumexp")
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign and np.iscomplexobj(a):
        raise TypeError("the direction of a complex sum")
    top = held(np.max(a, axis=axis, keepdims=True, initial=-np.inf))
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    total = np.sum(terms, axis=axis, keepdims=keepdims)
    y = np.log(np.abs(total) if return_sign else total) + np.sum(top, axis=axis, keepdims=keepdims)
    return (y, np.sign(total)) if return_sign else y


@definition("scipy.special.factorial")
def factorial(n):
    return np.where(n < 0, 0.0, scipy.special.gamma(np.where(n < 0, 0.0, n) + 1))


@definition("scipy.special.comb")
def comb(N, k):
    return np.where((k <= N) & (N >= 0) & (k >= 0), scipy.special.binom(N, k), 0.0)


@definition("scipy.special.perm")
def perm(N, k):
    return np.where((k <= N) & (N >= 0) & (k >= 0), scipy.special.poch(N - k + 1, k), 0.0)


constant(*(f"scipy.special.{name}" for name in ("gammasgn", "round")))
