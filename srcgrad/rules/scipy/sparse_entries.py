"""What is a sparse matrix that a program makes of differentiable values?  Its entries, and where they are.

Several entries may belong to one element, as in SciPy's coordinate form: the element is their sum.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

from srcgrad.rules.registry import stand_in
from srcgrad.runtime.matrices import sparse_product


@stand_in
class Entries(NamedTuple):
    """A matrix by its entries and where they are; `star`: is `*` the product of matrices?  `kept`: are they its data?"""

    entries: Any
    rows: Any
    columns: Any
    form: Any
    star: Any
    kept: Any

    @property
    def shape(self):
        return self.form

    @property
    def data(self):
        if not self.kept:
            raise TypeError("the data of a matrix in another order")
        return self.entries

    @property
    def T(self):
        return Entries(self.entries, self.columns, self.rows, (self.form[1], self.form[0]), self.star, False)

    def transpose(self):
        return self.T

    def tocsr(self):
        return Entries(self.entries, self.rows, self.columns, self.form, self.star, False)

    def tocsc(self):
        return self.tocsr()

    def tocoo(self):
        return self.tocsr()

    def asformat(self, format):
        return self.tocsr()

    def copy(self):
        return self

    def tolil(self):
        return self.tocsr()

    def todense(self):
        if self.star:
            raise TypeError("an np.matrix")
        return self.toarray()

    def __getitem__(self, index):
        row, column = index if isinstance(index, tuple) else (index, slice(None))
        i, j = np.arange(self.form[0])[row], np.arange(self.form[1])[column]
        if np.ndim(i) == 0 and np.ndim(j) == 0:
            return np.sum(self.entries[np.nonzero((self.rows == i) & (self.columns == j))[0]])
        if not isinstance(row, slice) and not isinstance(column, slice):
            raise TypeError("elements one by one")
        if not self.star and (np.ndim(i) == 0 or np.ndim(j) == 0):
            raise TypeError("a sparse vector")
        below = product_of(selection(np.atleast_1d(i), self.form[0], self.star), self)
        return product_of(below, selection(np.atleast_1d(j), self.form[1], self.star).T)

    def getrow(self, i):
        return self[i : i + 1]

    def getcol(self, j):
        return self[:, j : j + 1]

    def mean(self, axis=None):
        if axis is None:
            return np.sum(self.entries) / (self.form[0] * self.form[1])
        return self.sum(axis) / self.form[axis]

    def trace(self):
        return np.sum(self.entries[np.nonzero(self.rows == self.columns)[0]])

    def toarray(self):
        return times_array(self.entries, self.rows, self.columns, self.form, np.eye(self.form[1]))

    def diagonal(self):
        on = np.nonzero(self.rows == self.columns)[0]
        ones = np.ones(1)
        length = (min(self.form), 1)
        return times_array(self.entries[on], self.rows[on], 0 * self.rows[on], length, ones)

    def sum(self, axis=None):
        if axis is None:
            return np.sum(self.entries)
        if self.star:
            raise TypeError("a sum that is an np.matrix")
        if axis in (0, -2):
            return times_array(self.entries, self.columns, self.rows, self.form[::-1], np.ones(self.form[0]))
        return times_array(self.entries, self.rows, self.columns, self.form, np.ones(self.form[1]))

    def __matmul__(self, x):
        if isinstance(x, np.ndarray):
            return times_array(self.entries, self.rows, self.columns, self.form, x)
        return product_of(self, entries_of(x))

    def __rmatmul__(self, x):
        if isinstance(x, np.ndarray):
            return np.transpose(times_array(self.entries, self.columns, self.rows, self.form[::-1], np.transpose(x)))
        return product_of(entries_of(x), self)

    def dot(self, x):
        return self @ x

    def __mul__(self, x):
        if np.ndim(x) == 0 if is_plain(x) else False:
            return scaled(self, x)
        return self @ x if self.star else self.multiply(x)

    def __rmul__(self, x):
        if np.ndim(x) == 0:
            return scaled(self, x)
        return x @ self if self.star else self.multiply(x)

    def __truediv__(self, x):
        if np.ndim(x) > 0:
            raise TypeError("a quotient by an array")
        return scaled(self, 1 / x)

    def __neg__(self):
        return scaled(self, -1.0)

    def multiply(self, x):
        if isinstance(x, np.ndarray):
            spread = np.broadcast_to(x, self.form)
            return Entries(
                self.entries * spread[self.rows, self.columns], self.rows, self.columns, self.form, self.star, False
            )
        if is_plain(x):
            return scaled(self, x)
        raise TypeError("the product by elements with a sparse matrix")

    def __add__(self, other):
        if isinstance(other, np.ndarray):
            if self.star:
                raise TypeError("a sum that is an np.matrix")
            return self.toarray() + other
        return sum_of(self, entries_of(other))

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other


def selection(places, size, star):
    """The matrix that takes these rows of another."""
    ones, order = np.ones(len(places)), np.arange(len(places))
    return Entries(ones, order, np.reshape(places, (len(places),)), (len(places), size), star, False)


def is_plain(x):
    return isinstance(x, (int, float, complex, np.floating, np.integer, np.complexfloating, np.ndarray))


def scaled(a, x):
    return Entries(a.entries * x, a.rows, a.columns, a.form, a.star, a.kept)


def sum_of(a, b):
    if a.form != b.form:
        raise ValueError("inconsistent shapes")
    entries: Any = np.concatenate([a.entries, b.entries])
    rows: Any = np.concatenate([a.rows, b.rows])
    columns: Any = np.concatenate([a.columns, b.columns])
    return Entries(entries, rows, columns, a.form, a.star, False)


def times_array(entries, rows, columns, form, x):
    return np.reshape(sparse_product(entries, rows, columns, form, x), (form[0], *np.shape(x)[1:]))


def product_of(a, b):
    """Every entry of a with those of b in the row that is its column."""
    order: Any = np.argsort(b.rows, kind="stable")
    starts: Any = np.searchsorted(b.rows[order], a.columns, side="left")
    counts: Any = np.searchsorted(b.rows[order], a.columns, side="right") - starts
    ours: Any = np.repeat(np.arange(len(a.rows)), counts)
    first: Any = np.cumsum(counts) - counts
    theirs = order[np.arange(len(ours)) - first[ours] + starts[ours]]
    entries, rows, columns = a.entries[ours] * b.entries[theirs], a.rows[ours], b.columns[theirs]
    return Entries(entries, rows, columns, (a.form[0], b.form[1]), a.star, False)


def entries_of(a):
    """A matrix that is given, by its entries."""
    if isinstance(a, Entries):
        return a
    star = isinstance(a, scipy.sparse.spmatrix)
    found = a.tocoo()
    entries = found.data
    rows: Any = np.reshape(found.row, (len(entries),))
    columns: Any = np.reshape(found.col, (len(entries),))
    return Entries(entries, rows, columns, a.shape, star, False)
