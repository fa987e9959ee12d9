"""What scipy.stats says of samples: means, moments, correlations and regressions, told in NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.special
import scipy.stats

from srcgrad.rules.definitions.nothing import is_nothing
from srcgrad.rules.registry import constant, definition


@definition("scipy.stats.gmean")
def gmean(a, axis=0, dtype=None, weights=None):
    return np.exp(np.average(np.log(a), axis=axis, weights=weights))


@definition("scipy.stats.hmean")
def hmean(a, axis=0, dtype=None, *, weights=None):
    return 1 / np.average(1 / a, axis=axis, weights=weights)


@definition("scipy.stats.pmean")
def pmean(a, p, *, axis=0, dtype=None, weights=None):
    return np.average(a**p, axis=axis, weights=weights) ** (1 / p)


@definition("scipy.stats.zscore")
def zscore(a, axis=0, ddof=0):
    return (a - np.mean(a, axis=axis, keepdims=True)) / np.std(a, axis=axis, ddof=ddof, keepdims=True)


@definition("scipy.stats.gzscore")
def gzscore(a, *, axis=0, ddof=0):
    return scipy.stats.zscore(np.log(a), axis, ddof)


@definition("scipy.stats.gstd")
def gstd(a, axis=0, ddof=1):
    return np.exp(np.std(np.log(a), axis=axis, ddof=ddof))


@definition("scipy.stats.zmap")
def zmap(scores, compare, axis=0, ddof=0):
    return (scores - np.mean(compare, axis=axis, keepdims=True)) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@definition("scipy.stats.moment")
def moment(a, order=1, axis=0, *, center=None):
    if isinstance(order, (list, tuple)):
        raise TypeError("several moments at once")
    middle = np.mean(a, axis=axis, keepdims=True) if center is None else center
    return np.mean((a - middle) ** order, axis=axis)


@definition("scipy.stats.skew")
def skew(a, axis=0, bias=True):
    n = a.size if axis is None else np.shape(a)[axis]
    centred = a - np.mean(a, axis=axis, keepdims=True)
    found = np.mean(centred**3, axis=axis) / np.mean(centred**2, axis=axis) ** 1.5
    return found if bias else found * np.sqrt(n * (n - 1)) / (n - 2)


@definition("scipy.stats.kurtosis")
def kurtosis(a, axis=0, fisher=True, bias=True):
    n = a.size if axis is None else np.shape(a)[axis]
    centred = a - np.mean(a, axis=axis, keepdims=True)
    found = np.mean(centred**4, axis=axis) / np.mean(centred**2, axis=axis) ** 2
    if not bias:
        found = ((n**2 - 1) * found - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3
    return found - 3 if fisher else found


@definition("scipy.stats.variation")
def variation(a, axis=0, nan_policy="propagate", ddof=0, *, keepdims=False):
    if nan_policy != "propagate":
        raise TypeError("what is done about NaN")
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / np.mean(a, axis=axis, keepdims=keepdims)


@definition("scipy.stats.sem")
def sem(a, axis=0, ddof=1):
    n = a.size if axis is None else np.shape(a)[axis]
    return np.std(a, axis=axis, ddof=ddof) / np.sqrt(n)


@definition("scipy.stats.entropy")
def entropy(pk, qk=None, base=None, axis=0):
    p = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        found = np.sum(scipy.special.entr(p), axis=axis)
    else:
        found = np.sum(scipy.special.rel_entr(p, qk / np.sum(qk, axis=axis, keepdims=True)), axis=axis)
    return found if base is None else found / np.log(base)


# Ranges and middles
@definition("scipy.stats.iqr")
def iqr(x, axis=None, rng=(25, 75), scale=1.0, *, interpolation="linear", keepdims=False):
    if isinstance(scale, str):
        raise TypeError("a scale that is named")
    first = np.percentile(x, rng[0], axis=axis, method=interpolation, keepdims=keepdims)
    last = np.percentile(x, rng[1], axis=axis, method=interpolation, keepdims=keepdims)
    return np.abs(last - first) / scale


@definition("scipy.stats.median_abs_deviation")
def median_abs_deviation(x, axis=0, *, scale=1.0):
    if isinstance(scale, str):
        raise TypeError("a scale that is named")
    return np.median(np.abs(x - np.median(x, axis=axis, keepdims=True)), axis=axis) / scale


@definition("scipy.stats.trim_mean")
def trim_mean(a, proportiontocut, axis=0):
    ordered = np.moveaxis(np.sort(a, axis), axis, 0)
    cut = int(proportiontocut * len(ordered))
    return np.mean(ordered[cut : len(ordered) - cut], axis=0)


@definition("scipy.stats.tmean")
def tmean(a, *, axis=None):
    return np.mean(a, axis=axis)


@definition("scipy.stats.tvar")
def tvar(a, *, axis=0, ddof=1):
    return np.var(a, axis=axis, ddof=ddof)


@definition("scipy.stats.tstd")
def tstd(a, *, axis=0, ddof=1):
    return np.std(a, axis=axis, ddof=ddof)


@definition("scipy.stats.boxcox")
def boxcox(x, lmbda):
    return scipy.special.boxcox(x, lmbda)


@definition("scipy.stats.boxcox_llf")
def boxcox_llf(lmb, data):
    spread = np.var(scipy.special.boxcox(data, lmb), axis=0)
    return (lmb - 1) * np.sum(np.log(data), axis=0) - len(data) / 2 * np.log(spread)


constant("scipy.stats.rankdata")


# Correlations, regressions and tests
class PearsonRResult(NamedTuple):
    statistic: Any
    pvalue: Any


@definition("scipy.stats.pearsonr")
def pearsonr(x, y):
    if np.ndim(x) != 1 or np.ndim(y) != 1:
        raise TypeError("more than one axis")
    a, b = x - np.mean(x), y - np.mean(y)
    r = np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))
    half = len(x) / 2 - 1
    return PearsonRResult(r, 2 * scipy.special.betainc(half, half, (1 - np.abs(r)) / 2))


class LinregressResult(NamedTuple):
    slope: Any
    intercept: Any
    rvalue: Any
    pvalue: Any
    stderr: Any


@definition("scipy.stats.linregress")
def linregress(x, y):
    a, b = x - np.mean(x), y - np.mean(y)
    spread: Any = np.sum(a**2)
    slope = np.sum(a * b) / spread
    r = np.sum(a * b) / np.sqrt(spread * np.sum(b**2))
    free = len(x) - 2
    t = r * np.sqrt(free / ((1 - r) * (1 + r)))
    stderr = np.sqrt((1 - r**2) * np.sum(b**2) / spread / free)
    return LinregressResult(slope, np.mean(y) - slope * np.mean(x), r, 2 * scipy.stats.t.sf(np.abs(t), free), stderr)


class TtestResult(NamedTuple):
    statistic: Any
    pvalue: Any


def compared(difference, error, free):
    """The test of a mean that is zero but for chance."""
    t = difference / error
    return TtestResult(t, 2 * scipy.stats.t.sf(np.abs(t), free))


@definition("scipy.stats.ttest_1samp")
def ttest_1samp(a, popmean, axis=0):
    return compared(np.mean(a, axis=axis) - popmean, scipy.stats.sem(a, axis), np.shape(a)[axis] - 1)


@definition("scipy.stats.ttest_rel")
def ttest_rel(a, b, axis=0):
    return compared(np.mean(a - b, axis=axis), scipy.stats.sem(a - b, axis), np.shape(a)[axis] - 1)


@definition("scipy.stats.ttest_ind")
def ttest_ind(a, b, *, axis=0, equal_var=True):
    m, n = np.shape(a)[axis], np.shape(b)[axis]
    of_a, of_b = np.var(a, axis=axis, ddof=1), np.var(b, axis=axis, ddof=1)
    difference = np.mean(a, axis=axis) - np.mean(b, axis=axis)
    if is_nothing(a) or is_nothing(b):
        return TtestResult(np.nan * difference, np.nan * difference)
    if equal_var:
        pooled = ((m - 1) * of_a + (n - 1) * of_b) / (m + n - 2)
        return compared(difference, np.sqrt(pooled * (1 / m + 1 / n)), m + n - 2)
    p, q = of_a / m, of_b / n
    return compared(difference, np.sqrt(p + q), (p + q) ** 2 / (p**2 / (m - 1) + q**2 / (n - 1)))
