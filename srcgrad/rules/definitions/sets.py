"""Sets of numbers: which values there are depends on the values, and they are taken from where they first stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcgrad.rules.registry import definition
from srcgrad.runtime.structures import stop_gradient


@definition("np.unique")
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None):
    fixed = np.asarray(stop_gradient(ar))
    places = np.unique(fixed, return_index=True, axis=axis)[1]
    values = np.ravel(np.asarray(ar))[places] if axis is None else np.take(ar, places, axis)
    if return_index or return_inverse or return_counts:
        return values, *np.unique(fixed, return_index, return_inverse, return_counts, axis)[1:]
    return values


@definition("np.union1d")
def union1d(ar1, ar2):
    return np.unique(np.concatenate([np.ravel(np.asarray(ar1)), np.ravel(np.asarray(ar2))]))


@definition("np.intersect1d")
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    found = np.intersect1d(stop_gradient(ar1), stop_gradient(ar2), assume_unique, True)
    values = np.ravel(np.asarray(ar1))[found[1]]
    return (values, found[1], found[2]) if return_indices else values


@definition("np.setdiff1d")
def setdiff1d(ar1, ar2, assume_unique=False):
    values = np.ravel(np.asarray(ar1)) if assume_unique else np.unique(ar1)
    return values[~np.isin(stop_gradient(values), stop_gradient(ar2))]


@definition("np.setxor1d")
def setxor1d(ar1, ar2, assume_unique=False):
    first = np.ravel(np.asarray(ar1)) if assume_unique else np.unique(ar1)
    second = np.ravel(np.asarray(ar2)) if assume_unique else np.unique(ar2)
    values = np.sort(np.concatenate([first, second]))
    fixed = np.concatenate([[np.nan], stop_gradient(values), [np.nan]])
    return values[(fixed[1:-1] != fixed[:-2]) & (fixed[1:-1] != fixed[2:])]


@definition("np.histogram_bin_edges")
def histogram_bin_edges(a, bins: Any = 10, range: Any = None, weights=None):
    if not isinstance(bins, (int, np.integer, str)):
        return np.asarray(bins)
    a = np.ravel(np.asarray(a))
    if isinstance(bins, str):
        bins = len(np.histogram_bin_edges(stop_gradient(a), bins, range)) - 1
    if range is not None:
        first, last = range
    elif len(a) == 0:
        first, last = 0.0, 1.0
    else:
        first, last = np.min(a), np.max(a)  # type: ignore[var-annotated]
    apart = np.where(first == last, 0.5, 0.0)
    return np.linspace(first - apart, last + apart, bins + 1, dtype=np.result_type(a, 0.0))


@definition("np.histogram")
def histogram(a, bins=10, range=None, density=None, weights=None):
    if np.iscomplexobj(a):
        raise TypeError("complex samples")
    edges = np.histogram_bin_edges(a, bins, range)
    values, fixed = stop_gradient(np.ravel(np.asarray(a))), stop_gradient(edges)
    if weights is None:
        counts = np.histogram(values, fixed)[0]
    else:
        inside = (values >= fixed[0]) & (values <= fixed[-1])
        places = np.minimum(np.searchsorted(fixed, values, "right"), len(fixed) - 1) - 1
        weights = np.ravel(np.asarray(weights))
        counts = np.zeros(len(fixed) - 1, weights.dtype)
        np.add.at(counts, places, np.where(inside, weights, 0))
    if density:
        return counts / np.array(np.diff(edges), float) / np.sum(counts), edges
    return counts, edges
