"""Programs with distributions and with what is said of samples, of scipy.stats and scipy.special."""

import numpy as np
from scipy import special, stats

from tests.programs import positive, program, refused

SEEN = np.array([0.3, 0.8, 1.4, 2.2])
OTHERS = np.array([0.9, 0.1, 1.7, 1.2])
given = stats.multivariate_normal(np.array([0.1, 0.2]), np.array([[2.0, 0.3], [0.3, 1.0]]))
density = stats.gaussian_kde(SEEN)


@program(1.7, 2.4, 3.1)
def censored(a, b, df):
    total = np.sum(stats.gamma.logsf(SEEN, a, scale=b)) + np.sum(stats.beta.logcdf(SEEN / 3, a, b))
    return total + np.sum(stats.t.cdf(SEEN - 1, df, loc=0.1)) + np.sum(stats.chi2.logsf(SEEN, df))


@program(1.7, 2.4)
def quantiles(a, b):
    levels = np.array([0.1, 0.5, 0.9])
    total = np.sum(stats.gamma.ppf(levels, a, scale=b) ** 2) + np.sum(stats.beta(a, b).ppf(levels))
    return total + np.sum(stats.t.isf(levels, a)) + special.gammaincinv(a, 0.3) + special.betaincinv(a, b, 0.4)


@program(positive(3), positive(3))
def incomplete(a, x):
    return np.sum(special.gammainc(a, 4 * x) * special.gammaincc(x, a)) + np.sum(special.betainc(a, x, 0.4))


@program(2.3, 0.4)
def counts(n, p):
    k = np.array([0, 2, 5])
    total = np.sum(stats.nbinom.logpmf(k, n, p)) + np.sum(stats.nbinom.cdf(k, n, p))
    return total + stats.multinomial.logpmf([1, 2, 3], 6, np.array([p, 0.5 - p / 2, 0.5 - p / 2]))


@program(1.3, 2.1)
def moments(a, scale):
    model = stats.gamma(a, scale=scale)
    return model.mean() * model.var() + model.entropy() + stats.norm.entropy(0.0, scale) + stats.beta.std(a, scale)


@program(SEEN)
def said_of_samples(x):
    total = stats.gmean(x) + stats.hmean(x) + stats.skew(x) + stats.kurtosis(x, bias=False) + stats.variation(x)
    return total + stats.sem(x) + np.sum(stats.zscore(x) ** 3) + stats.entropy(x) + stats.entropy(x, OTHERS, base=2)


@program(SEEN, OTHERS)
def related(x, y):
    r, p = stats.pearsonr(x, y)
    line = stats.linregress(x, y)
    return r**2 + p + line.slope * line.intercept + line.pvalue + line.stderr + stats.pearsonr(y, x).statistic


@program(SEEN[:2], np.array([[1.5, 0.2], [0.2, 0.9]]))
def in_the_plane(x, cov):
    total = given.logpdf(x) + stats.multivariate_normal.logpdf(x, cov=cov @ cov.T)
    return total + stats.multivariate_normal(x, 2.0).logpdf(np.ones(2)) + np.sum(density.logpdf(x)) + np.sum(density(x))


@program(positive(3))
def counted(x):
    return np.sum(special.factorial(x) * special.comb(5.0, x)) + special.comb(5, 2) * x[0]


@refused("E207", 0.4)
def of_an_order(v):
    return special.jv(v, 1.3)
