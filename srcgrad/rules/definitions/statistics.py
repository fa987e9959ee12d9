"""Covariances and what counts."""

from __future__ import annotations

import numpy as np

from srcgrad.rules.registry import definition
from srcgrad.runtime import untake


@definition("np.cov")
def cov(m, y=None, rowvar=True, bias=False, ddof=None, *, fweights=None, aweights=None):
    if fweights is not None or aweights is not None:
        raise TypeError("weighted observations")
    rows = np.array(np.atleast_2d(m), float)
    if not rowvar and np.shape(m)[0] != 1 and np.ndim(m) == 2:
        rows = np.transpose(rows)
    if y is not None:
        others = np.atleast_2d(y)
        if not rowvar and np.shape(others)[0] != 1:
            others = np.transpose(others)
        rows = np.concatenate([rows, others])
    freedom = rows.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    deviation = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(deviation @ np.conj(np.transpose(deviation)) / freedom)


@definition("np.corrcoef")
def corrcoef(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return c / deviation[:, None] / deviation[None, :]


@definition("np.bincount")
def bincount(x, weights=None, minlength=0):
    length = max(int(np.max(x, initial=-1)) + 1, minlength)
    return untake(np.asarray(weights, float), np.asarray(x), 0, (length,))
