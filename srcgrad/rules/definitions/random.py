"""Random draws, as functions of their parameters and of draws that have none: those are made once, and kept.

`self` is the generator, or np.random; the size of a draw is that of its parameters, if it is not given.  Parameters that a draw is no smooth function of have no derivative here.
"""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import definition


def drawn(*names):
    """The definition of a draw of both kinds of generators."""
    return definition(*(f"np.random.{cls}.{name}" for cls in ("Generator", "RandomState") for name in names))


@drawn("normal")
def normal(self, loc=0.0, scale=1.0, size=None):
    if size is None and np.ndim(loc + scale) > 0:
        size = np.shape(loc + scale)
    return loc + scale * self.standard_normal(size)


@drawn("lognormal")
def lognormal(self, mean=0.0, sigma=1.0, size=None):
    if size is None and np.ndim(mean + sigma) > 0:
        size = np.shape(mean + sigma)
    return np.exp(mean + sigma * self.standard_normal(size))


@drawn("uniform")
def uniform(self, low=0.0, high=1.0, size=None):
    if size is None and np.ndim(low + high) > 0:
        size = np.shape(low + high)
    return low + (high - low) * self.uniform(size=size)


@drawn("exponential")
def exponential(self, scale=1.0, size=None):
    if size is None and np.ndim(scale) > 0:
        size = np.shape(scale)
    return scale * self.standard_exponential(size)


@drawn("gamma")
def gamma(self, shape, scale=1.0, size=None):
    if size is None and np.ndim(shape + scale) > 0:
        size = np.shape(shape + scale)
    return scale * self.standard_gamma(shape, size)


@drawn("laplace")
def laplace(self, loc=0.0, scale=1.0, size=None):
    if size is None and np.ndim(loc + scale) > 0:
        size = np.shape(loc + scale)
    return loc + scale * self.laplace(size=size)


@drawn("logistic")
def logistic(self, loc=0.0, scale=1.0, size=None):
    if size is None and np.ndim(loc + scale) > 0:
        size = np.shape(loc + scale)
    return loc + scale * self.logistic(size=size)


@drawn("gumbel")
def gumbel(self, loc=0.0, scale=1.0, size=None):
    if size is None and np.ndim(loc + scale) > 0:
        size = np.shape(loc + scale)
    return loc + scale * self.gumbel(size=size)


@drawn("rayleigh")
def rayleigh(self, scale=1.0, size=None):
    if size is None and np.ndim(scale) > 0:
        size = np.shape(scale)
    return scale * self.rayleigh(size=size)


@drawn("weibull")
def weibull(self, a, size=None):
    if size is None and np.ndim(a) > 0:
        size = np.shape(a)
    return self.standard_exponential(size) ** (1 / a)


@drawn("pareto")
def pareto(self, a, size=None):
    if size is None and np.ndim(a) > 0:
        size = np.shape(a)
    return np.expm1(self.standard_exponential(size) / a)


@drawn("power")
def power(self, a, size=None):
    if size is None and np.ndim(a) > 0:
        size = np.shape(a)
    return (-np.expm1(-self.standard_exponential(size))) ** (1 / a)


@drawn("triangular")
def triangular(self, left, mode, right, size=None):
    if size is None and np.ndim(left + mode + right) > 0:
        size = np.shape(left + mode + right)
    share, width = self.uniform(size=size), right - left
    rising, falling = np.sqrt(share * (mode - left) * width), np.sqrt((1 - share) * (right - mode) * width)
    return np.where(share <= (mode - left) / width, left + rising, right - falling)[()]


@definition("np.random.Generator.multivariate_normal")
def multivariate_normal(self, mean, cov, size=None, *, method="svd"):
    if size is None:
        z = self.standard_normal(len(mean))
    elif isinstance(size, int):
        z = self.standard_normal((size, len(mean)))
    else:
        z = self.standard_normal((*size, len(mean)))
    if method == "cholesky":
        return mean + z @ np.linalg.cholesky(cov).T
    if method == "eigh":
        values, vectors = np.linalg.eigh(cov)
    else:
        vectors, values, _ = np.linalg.svd(cov)
    return mean + z @ (vectors * np.sqrt(values)).T


@definition("np.random.Generator.permutation")
def permutation(self, x, axis=0):
    return np.take(x, self.permutation(np.shape(x)[axis]), axis)


@definition("np.random.Generator.permuted")
def permuted(self, x, *, axis=None):
    return np.take(x, self.permuted(np.reshape(np.arange(np.size(x)), np.shape(x)), axis=axis))


@definition("np.random.RandomState.permutation")
def permutation_of_rows(self, x):
    return np.take(x, self.permutation(len(x)), 0)


@definition("np.random.Generator.choice")
def choice(self, a, size=None, replace=True, p=None, axis=0, shuffle=True):
    return np.take(a, self.choice(np.shape(a)[axis], size, replace, p, shuffle=shuffle), axis)


@definition("np.random.RandomState.choice")
def choice_of_elements(self, a, size=None, replace=True, p=None):
    return np.take(a, self.choice(len(a), size, replace, p), 0)
