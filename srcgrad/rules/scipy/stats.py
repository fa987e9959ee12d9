"""The derivatives of the distributions of scipy.stats, from one line of each: that of the logarithm of its density.

The others follow: with f the density, dF = f dx, d log F = f / F dx, and F(ppf(q)) = q.  Location and scale are told
for all at once.  Of a shape after no bar the distribution function has no derivative that is known: it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats

from srcgrad.rules.registry import data_class, definition, elementwise, followed, freezing, stand_in
from srcgrad.rules.scipy import samples as samples  # what is said of samples is entered with it
from srcgrad.runtime.structures import stop_gradient

# distribution(shapes): the derivative of log f with respect to the standardised z, and to the shapes; a shape after a
# bar: d F / d shape, over f, which may be too small to be divided by
CONTINUOUS = """
norm(): -z
expon(): -1
gamma(a): (a - 1) / z - 1; a=np.log(z) - F.digamma(a) | a=gamma_integral(a, z, 1) / np.maximum(scipy.stats.gamma.pdf(z, a), 1e-300)
beta(a, b): (a - 1) / z - (b - 1) / (1 - z); a=np.log(z) - F.digamma(a) + F.digamma(a + b); b=np.log1p(-z) - F.digamma(b) + F.digamma(a + b) | a=beta_integral(a, b, z, 1, 0) / np.maximum(scipy.stats.beta.pdf(z, a, b), 1e-300); b=beta_integral(a, b, z, 0, 1) / np.maximum(scipy.stats.beta.pdf(z, a, b), 1e-300)
chi2(df): (df / 2 - 1) / z - 1 / 2; df=(np.log(z / 2) - F.digamma(df / 2)) / 2 | df=gamma_integral(df / 2, z / 2, 1) / 2 / np.maximum(scipy.stats.chi2.pdf(z, df), 1e-300)
t(df): -(df + 1) * z / (df + z ** 2); df=(F.digamma((df + 1) / 2) - F.digamma(df / 2) - 1 / df - np.log1p(z ** 2 / df) + (df + 1) * z ** 2 / (df * (df + z ** 2))) / 2 | df=-np.sign(z) / 4 * beta_integral(df / 2, 0.5, df / (df + z ** 2), 1, 0) / np.maximum(scipy.stats.t.pdf(z, df), 1e-300) - z / (2 * df)
f(dfn, dfd): (dfn / 2 - 1) / z - (dfn + dfd) / 2 * dfn / (dfd + dfn * z); dfn=(np.log(dfn * z / (dfd + dfn * z)) + 1 - (dfn + dfd) * z / (dfd + dfn * z) - F.digamma(dfn / 2) + F.digamma((dfn + dfd) / 2)) / 2; dfd=(np.log(dfd / (dfd + dfn * z)) + 1 - (dfn + dfd) / (dfd + dfn * z) - F.digamma(dfd / 2) + F.digamma((dfn + dfd) / 2)) / 2
laplace(): -np.sign(z)
logistic(): -np.tanh(z / 2)
lognorm(s): -(1 + np.log(z) / s ** 2) / z; s=np.log(z) ** 2 / s ** 3 - 1 / s | s=-F.xlogy(z, np.abs(z)) / s
uniform(): 0 * z
cauchy(): -2 * z / (1 + z ** 2)
halfcauchy(): -2 * z / (1 + z ** 2)
halfnorm(): -z
rayleigh(): 1 / z - z
maxwell(): 2 / z - z
gumbel_r(): np.exp(-z) - 1
gumbel_l(): 1 - np.exp(z)
weibull_min(c): (c - 1) / z - c * z ** (c - 1); c=1 / c + np.log(z) - z ** c * np.log(z) | c=F.xlogy(z, np.abs(z)) / c
pareto(b): -(b + 1) / z; b=1 / b - np.log(z) | b=F.xlogy(z, np.abs(z)) / b
powerlaw(a): (a - 1) / z; a=1 / a + np.log(z) | a=F.xlogy(z, np.abs(z)) / a
fisk(c): (c - 1) / z - 2 * c * z ** (c - 1) / (1 + z ** c); c=1 / c + np.log(z) - 2 * z ** c * np.log(z) / (1 + z ** c) | c=F.xlogy(z, np.abs(z)) / c
invgamma(a): 1 / z ** 2 - (a + 1) / z; a=-np.log(z) - F.digamma(a) | a=-gamma_integral(a, 1 / z, 1) / np.maximum(scipy.stats.invgamma.pdf(z, a), 1e-300)
invgauss(mu): (1 / z ** 2 - 1 / mu ** 2 - 3 / z) / 2; mu=(z - mu) / mu ** 3
skewnorm(a): a * np.exp(-(a * z) ** 2 / 2 - F.log_ndtr(a * z)) / math.sqrt(2 * math.pi) - z; a=z * np.exp(-(a * z) ** 2 / 2 - F.log_ndtr(a * z)) / math.sqrt(2 * math.pi)
truncnorm(a, b): -z; a=scipy.stats.truncnorm.pdf(a, a, b); b=-scipy.stats.truncnorm.pdf(b, a, b)
vonmises(kappa): -kappa * np.sin(z); kappa=np.cos(z) - F.i1e(kappa) / F.i0e(kappa)
"""
UNBOUNDED = {"norm", "t", "laplace", "logistic", "cauchy", "gumbel_r", "gumbel_l", "skewnorm", "vonmises"}
# Where they are tested: shapes, location and scale
SHAPES = {"truncnorm": "-0.5, 1.5", "f": "3.0, 5.0", "beta": "1.5, 2.5"}
PLACES = {"uniform": "0.1, 0.9", "beta": "0.1, 0.9", "powerlaw": "0.1, 0.9", "pareto": "-1.9, 1.2"}
# distribution(parameters): the derivative of log p; after a bar: of F
DISCRETE = """
poisson(mu): mu=k / mu - 1 | mu=-scipy.stats.poisson.pmf(np.floor(k), mu)
bernoulli(p): p=(k - p) / (p * (1 - p)) | p=-np.where(np.floor(k) == 0, 1.0, 0.0)
binom(n, p): p=k / p - (n - k) / (1 - p) | p=-n * scipy.stats.binom.pmf(np.floor(k), n - 1, p)
geom(p): p=1 / p - (k - 1) / (1 - p) | p=np.maximum(np.floor(k), 0) * (1 - p) ** (np.floor(k) - 1)
nbinom(n, p): n=F.digamma(k + n) - F.digamma(n) + np.log(p); p=n / p - k / (1 - p) | n=beta_integral(n, np.floor(k) + 1, p, 1, 0); p=beta_density(n, np.floor(k) + 1, p, 0, 0)
"""


def partials(texts: str) -> dict[str, str]:
    """`-z; a=np.log(z)`: what has no name is the derivative with respect to z."""
    found = {}
    for text in texts.split("; ") if texts else []:
        name, equals, value = text.partition("=")
        found.update({name: value} if equals and name.isidentifier() else {"z": text})
    return found


def parsed(table: str) -> Iterator[tuple[str, list[str], dict[str, str], dict[str, str]]]:
    """Name, shapes, derivatives of the logarithm, derivatives of the distribution function."""
    for row in table.strip().splitlines():
        head, _, texts = row.replace("F.", "scipy.special.").partition(": ")
        name, _, shapes = head.rstrip(")").partition("(")
        of_log, _, of_cdf = texts.partition(" | ")
        yield name, shapes.split(", ") if shapes else [], partials(of_log), partials(of_cdf)


def enter(text: str, at: str, partials: dict[str, str], z: str = "") -> None:
    """A rule; z in its partial derivatives stands for a standardised variable."""
    filled: dict[str, Any] = {f"d{name}": re.sub(r"\bz\b", z, value) for name, value in partials.items()}
    elementwise(text, at=at, source="the logarithmic derivative of the density", **filled)


def continuous(name: str, shapes: list[str], of_log: dict[str, str], of_cdf: dict[str, str]) -> None:
    """The rules of the methods of a continuous distribution."""
    score = of_log.pop("z")
    path, given = f"scipy.stats.{name}", ", ".join([*shapes, "loc", "scale"])
    signature = ", ".join([*shapes, "loc=0", "scale=1"])
    at = ", ".join(["A(3)", *([SHAPES.get(name, "1.5")] if shapes else []), PLACES.get(name, "-0.9, 1.2")])
    log = {"x": f"({score}) / scale", "loc": f"-({score}) / scale", "scale": f"-(1 + z * ({score})) / scale", **of_log}
    cdf = {"x": "", "loc": "-", "scale": "-z * ", **{s: f"scale * ({t}) * " for s, t in of_cdf.items()}}
    quantile = {"loc": "1", "scale": "z", **{s: f"-scale * ({t})" for s, t in of_cdf.items()}}

    def on_support(value: str, outside: str) -> str:
        return value if name in UNBOUNDED else f"np.where({outside}, 0, {value})"

    def entered(method: str, partials: dict[str, str]) -> None:
        enter(f"y = {path}.{method}(x, {signature})", at, partials, "((x - loc) / scale)")

    entered("logpdf", {p: on_support(t, "np.isinf(y)") for p, t in log.items()})
    entered("pdf", {p: f"y * {on_support(f'({t})', 'y == 0')}" for p, t in log.items()})
    density = f"{path}.pdf(x, {given})"
    entered("cdf", {p: f"{t}{density}" for p, t in cdf.items()})
    entered("sf", {p: f"-{t}{density}".replace("--", "") for p, t in cdf.items()})
    # Far out the density is too small to be divided by.
    ratio = f"np.exp({path}.logpdf(x, {given}) - y)"
    entered("logcdf", {p: f"{t}{ratio}" for p, t in cdf.items()})
    entered("logsf", {p: f"-{t}{ratio}".replace("--", "") for p, t in cdf.items()})
    for method, sign in (("ppf", ""), ("isf", "-")):
        slope = f"{sign}1 / {path}.pdf(y, {given})"
        enter(f"y = {path}.{method}(q, {signature})", at, {"q": slope, **quantile}, "((y - loc) / scale)")


def discrete(name: str, shapes: list[str], of_log: dict[str, str], of_cdf: dict[str, str]) -> None:
    """The rules of the methods of a discrete distribution."""
    moved = {s: re.sub(r"\bk\b", "(k - loc)", t) for s, t in of_log.items()}
    inside = {s: f"np.where(np.isinf(y), 0, {t})" for s, t in moved.items()}
    path, signature = f"scipy.stats.{name}", ", ".join(["k", *shapes, "loc=0"])
    at = {1: "np.array([1.0, 0.0, 1.0]), A(3)", 2: "np.array([1.0, 2.0, 4.0]), 5, A(3)"}[len(shapes)]
    at = at if name != "geom" else "np.array([1.0, 2.0, 4.0]), A(3)"
    enter(f"y = {path}.logpmf({signature})", at, inside)
    enter(
        f"y = {path}.pmf({signature})", at, {s: f"y * {t}".replace("np.isinf(y)", "y == 0") for s, t in inside.items()}
    )
    for method, text in (
        ("cdf", "{}"),
        ("sf", "-({})"),
        ("logcdf", "({}) / np.exp(y)"),
        ("logsf", "-({}) / np.exp(y)"),
    ):
        if of_cdf:
            flows = {s: text.format(re.sub(r"\bk\b", "(k - loc)", t)) for s, t in of_cdf.items()}
            enter(f"y = {path}.{method}({signature})", at.replace("4.0", "3.0").replace("1.0, 0.0, 1.0", "0.0, 0.5, 0.2"), flows)
    # Quantiles are integers, and move with the location alone.
    still = {s: f"0 * {s}" for s in of_log}
    for method in ("ppf", "isf"):
        at = ", ".join(["0.37", *(["5"] if len(shapes) == 2 else []), "A(3), A(3)"])
        enter(f"y = {path}.{method}({signature.replace('k', 'q', 1)})", at, {"q": "0 * q", **still, "loc": "1"})


for row in parsed(CONTINUOUS):
    continuous(*row)
for row in parsed(DISCRETE):
    discrete(*row)

# distribution(shapes): the derivatives of the mean; of the variance; of the entropy, with respect to the shapes
MOMENTS = """
norm(): ; ;
expon(): ; ;
laplace(): ; ;
logistic(): ; ;
uniform(): ; ;
rayleigh(): ; ;
gumbel_r(): ; ;
gamma(a): a=1; a=1; a=1 + (1 - a) * F.polygamma(1, a)
chi2(df): df=1; df=2; df=1 / 2 + (1 - df / 2) * F.polygamma(1, df / 2) / 2
beta(a, b): a=b / (a + b) ** 2, b=-a / (a + b) ** 2; a=v * (1 / a - 2 / (a + b) - 1 / (a + b + 1)), b=v * (1 / b - 2 / (a + b) - 1 / (a + b + 1)); a=(a + b - 2) * F.polygamma(1, a + b) - (a - 1) * F.polygamma(1, a), b=(a + b - 2) * F.polygamma(1, a + b) - (b - 1) * F.polygamma(1, b)
lognorm(s): s=s * np.exp(s ** 2 / 2); s=2 * s * np.exp(s ** 2) * (2 * np.exp(s ** 2) - 1); s=1 / s
"""
for line in MOMENTS.strip().splitlines():
    head, _, texts = line.replace("F.", "scipy.special.").partition(": ")
    name, _, shapes = head.rstrip(")").partition("(")
    listed = shapes.split(", ") if shapes else []
    of_mean, of_variance, of_entropy = (
        dict(t.strip().split("=", 1) for t in re.split(r", (?=\w+=)", part) if t.strip()) for part in texts.split(";")
    )
    signature = ", ".join([*listed, "loc=0", "scale=1"])
    at = ", ".join([*(["1.7, 2.4"[: 3 if len(listed) == 1 else None]] if listed else []), "-0.9, 1.2"])
    variance = {s: t.replace("v *", "y / scale ** 2 *") for s, t in of_variance.items()}
    spread = {s: t.replace("v *", "(y / scale) ** 2 *") for s, t in of_variance.items()}
    for method, partials_of in (
        ("mean", {"loc": "1", "scale": "(y - loc) / scale", **{s: f"scale * ({t})" for s, t in of_mean.items()}}),
        ("var", {"loc": "0 * loc", "scale": "2 * y / scale", **{s: f"scale ** 2 * ({t})" for s, t in variance.items()}}),
        ("std", {"loc": "0 * loc", "scale": "y / scale", **{s: f"scale ** 2 / (2 * y) * ({t})" for s, t in spread.items()}}),
        ("entropy", {"loc": "0 * loc", "scale": "1 / scale", **of_entropy}),
    ):
        enter(f"y = scipy.stats.{name}.{method}({signature})", at, partials_of)

def quantiles(name: str) -> None:
    """What is told by quantiles: the median, and the interval that holds a part in the middle."""
    family = getattr(scipy.stats, name)

    def median(*shapes, **keywords):
        return family.ppf(0.5, *shapes, **keywords)

    def interval(confidence, *shapes, **keywords):
        low, high = (1 - confidence) / 2, (1 + confidence) / 2
        return family.ppf(low, *shapes, **keywords), family.ppf(high, *shapes, **keywords)

    definition(f"scipy.stats.{name}.median")(median)
    definition(f"scipy.stats.{name}.interval")(interval)


for row in parsed(CONTINUOUS):
    quantiles(row[0])

freezing("scipy.stats.rv_continuous.__call__", "scipy.stats.rv_discrete.__call__")
freezing(*(f"scipy.stats._multivariate.{name}_gen.__call__" for name in ("multivariate_normal", "dirichlet", "multinomial")))
# A frozen distribution hands what it was given over to its distribution.
for method in ("pdf", "logpdf", "pmf", "logpmf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "mean", "var", "std", "entropy", "median", "interval"):
    followed(
        *(
            f"scipy.stats._distn_infrastructure.{cls}.{method}"
            for cls in ("rv_frozen", "rv_continuous_frozen", "rv_discrete_frozen")
        )
    )


# Of a covariance the lower triangle is read.
@definition("scipy.stats.multivariate_normal.logpdf")
def logpdf_of_vectors(x, mean=None, cov=1, allow_singular=False):
    centred = x if mean is None else x - mean
    if np.ndim(cov) == 0:
        cov = cov * np.eye(np.shape(centred)[-1] if np.ndim(centred) > 0 else 1)
    elif np.ndim(cov) == 1:
        cov = np.diag(cov)
    if allow_singular:
        return logpdf_on_a_subspace(centred, np.tril(cov) + np.tril(cov, -1).T)
    factor = np.linalg.cholesky(cov)
    scaled = scipy.linalg.solve_triangular(factor, centred.T, lower=True)
    constant = len(factor) * np.log(2 * np.pi) / 2 + np.sum(np.log(np.diag(factor)))
    return -np.sum(scaled**2, axis=0) / 2 - constant


def logpdf_on_a_subspace(centred, cov):
    """Of a normal distribution whose covariance may be singular: it lives where that is not zero."""
    spread = np.linalg.eigvalsh(cov)
    least = 2.2e-10 * np.max(np.abs(stop_gradient(spread)))
    inverse = np.linalg.pinv(cov, least / np.max(np.abs(stop_gradient(spread))))
    constant = np.sum(np.where(spread > least, np.log(2 * np.pi * np.where(spread > least, spread, 1)), 0)) / 2
    outside = np.linalg.norm(stop_gradient(centred - centred @ inverse @ cov), axis=-1)
    return np.where(outside > 1e3 * least, -np.inf, -np.sum(centred @ inverse * centred, axis=-1) / 2 - constant)


@definition("scipy.stats.multivariate_normal.pdf")
def pdf_of_vectors(x, mean=None, cov=1, allow_singular=False):
    return np.exp(logpdf_of_vectors(x, mean, cov, allow_singular))


@definition("scipy.stats.multivariate_normal.entropy")
def entropy_of_vectors(mean=None, cov=1):
    cov = np.atleast_2d(cov)
    return np.linalg.slogdet(2 * np.pi * np.e * (np.tril(cov) + np.tril(cov, -1).T))[1] / 2


@definition("scipy.stats.dirichlet.logpdf")
def logpdf_of_shares(x, alpha):
    norm = scipy.special.gammaln(np.sum(alpha)) - np.sum(scipy.special.gammaln(alpha))
    return norm + np.sum((alpha - 1) * np.log(x).T, axis=-1)


@definition("scipy.stats.dirichlet.pdf")
def pdf_of_shares(x, alpha):
    return np.exp(logpdf_of_shares(x, alpha))


@definition("scipy.stats.multinomial.logpmf")
def logpmf_of_counts(x, n, p):
    x = np.asarray(x)
    norm = scipy.special.gammaln(n + 1) - np.sum(scipy.special.gammaln(x + 1), axis=-1)
    return norm + np.sum(scipy.special.xlogy(x, p), axis=-1)


@definition("scipy.stats.multinomial.pmf")
def pmf_of_counts(x, n, p):
    return np.exp(logpmf_of_counts(x, n, p))


# Objects that the program is given


@data_class("scipy.stats._multivariate.multivariate_normal_frozen", fields="mean cov", drawing="rvs")
def normal_like(cls, mean, cov):
    return scipy.stats.multivariate_normal(mean, cov)


@definition("scipy.stats._multivariate.multivariate_normal_frozen.logpdf")
def logpdf_of_given(self, x):
    return scipy.stats.multivariate_normal.logpdf(x, self.mean, self.cov)


@definition("scipy.stats._multivariate.multivariate_normal_frozen.pdf")
def pdf_of_given(self, x):
    return np.exp(scipy.stats.multivariate_normal.logpdf(x, self.mean, self.cov))


@data_class("scipy.stats.gaussian_kde", fields="dataset weights covariance", changing="set_bandwidth", drawing="resample")
def density_like(cls, dataset, weights, covariance):
    return cls(np.random.default_rng(0).normal(size=(len(dataset), max(dataset.shape[1], len(dataset) + 2))))


@stand_in
class Density(NamedTuple):
    """A sum of normal densities about samples that vary."""

    dataset: Any
    weights: Any
    covariance: Any

    def __call__(self, points):
        return np.exp(self.logpdf(points))

    def evaluate(self, points):
        return np.exp(self.logpdf(points))

    def pdf(self, x):
        return np.exp(self.logpdf(x))

    def logpdf(self, x):
        return log_density(self.dataset, self.weights, self.covariance, x)


@definition("scipy.stats.gaussian_kde")
def gaussian_kde(dataset, bw_method=None, weights=None):
    samples: Any = np.atleast_2d(dataset)
    d, n = samples.shape
    shares = np.full(n, 1 / n) if weights is None else weights / np.sum(weights)
    count = 1 / np.sum(shares**2)
    if bw_method is None or bw_method == "scott":
        width = count ** (-1 / (d + 4))
    elif bw_method == "silverman":
        width = (count * (d + 2) / 4) ** (-1 / (d + 4))
    elif isinstance(bw_method, (int, float)):
        width = bw_method
    else:
        raise TypeError("a bandwidth that is a function")
    apart = samples - np.reshape(samples @ shares, (d, 1))
    spread = (shares * apart) @ apart.T / (1 - np.sum(shares**2))
    return Density(samples, shares, spread * width**2)


@definition("scipy.stats.gaussian_kde.__call__", "scipy.stats.gaussian_kde.evaluate", "scipy.stats.gaussian_kde.pdf")
def density_at(self, points):
    return np.exp(log_density(self.dataset, self.weights, self.covariance, points))


@definition("scipy.stats.gaussian_kde.logpdf")
def log_density_at(self, x):
    return log_density(self.dataset, self.weights, self.covariance, x)


def log_density(dataset, weights, covariance, points):
    at: Any = np.reshape(points, (len(dataset), -1))
    apart = np.expand_dims(at, 2) - np.expand_dims(dataset, 1)
    energy = np.sum(apart * np.tensordot(np.linalg.inv(covariance), apart, 1), axis=0) / 2
    norm = np.linalg.slogdet(2 * np.pi * covariance)[1] / 2
    return scipy.special.logsumexp(np.log(weights) - energy, axis=1) - norm
