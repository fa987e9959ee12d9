"""What scipy.stats says of samples: means, moments, correlations and regressions, told in NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.special
import scipy.stats

from srcgrad.rules.registry import definition


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


@definition("scipy.stats.zmap")
def zmap(scores, compare, axis=0, ddof=0):
    return (scores - np.mean(compare, axis=axis, keepdims=True)) / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


@definition("scipy.stats.moment")
def moment(a, order=1, axis=0, *, center=None):
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
