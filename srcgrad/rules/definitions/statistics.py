"""Covariances and what counts."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import definition
from srcgrad.runtime.arrays import untake

# To some versions of NumPy, one row of samples is one variable even if the columns are the variables.
TURNS_A_ROW = np.ndim(np.cov([[0.0, 1.0]], rowvar=False, bias=True)) == 2


@definition("np.cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    m = np.asarray(m)
    if dtype is not None or not np.iscomplexobj(m):
        m = np.array(m, float if dtype is None else dtype)
    rows = np.atleast_2d(m)
    if not rowvar and np.ndim(m) == 2 and (TURNS_A_ROW or np.shape(m)[0] != 1):
        rows = np.transpose(rows)
    if y is not None:
        others = np.atleast_2d(np.asarray(y) if dtype is None else np.array(y, dtype))
        if not rowvar and np.shape(others)[0] != 1:
            others = np.transpose(others)
        rows = np.concatenate([rows, others])
    lost = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        deviation = rows - np.mean(rows, axis=1, keepdims=True)
        return np.squeeze(deviation @ np.conj(np.transpose(deviation)) / max(rows.shape[1] - lost, 0))
    weights = np.asarray(1.0 if fweights is None else fweights) * np.asarray(1.0 if aweights is None else aweights)
    total = 1.0 * np.sum(weights)
    freedom = total - lost
    if aweights is not None:
        freedom = total - lost * np.sum(weights * np.asarray(aweights)) / total
    deviation = rows - np.sum(rows * weights, axis=1, keepdims=True) / total
    return np.squeeze(deviation * weights @ np.conj(np.transpose(deviation)) / freedom)


@definition("np.corrcoef")
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return c / deviation[:, None] / deviation[None, :]


@definition("np.bincount")
def bincount(x, weights=None, minlength=0):
    if np.iscomplexobj(weights):
        raise TypeError("complex weights")
    length = max(int(np.max(x, initial=-1)) + 1, minlength)
    return untake(np.asarray(weights, float), np.asarray(x), 0, (length,))
