"""The derivatives of scipy.sparse.

A matrix that the program is given is kept as it is: products and solutions with it are linear in the vectors.  One
that the program makes of differentiable values is told by its entries (`sparse_entries`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg

from srcgrad.rules.objects import find
from srcgrad.rules.registry import constant, data_class, definition, passive, rule, stand_in, static
from srcgrad.rules.scipy.sparse_entries import Entries, entries_of
from srcgrad.runtime.matrices import sparse_solution
from srcgrad.runtime.structures import stop_gradient

FORMATS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
MATRICES = tuple(f"scipy.sparse.{name}_matrix" for name in FORMATS)
CLASSES = (*MATRICES, *(f"scipy.sparse.{name}_array" for name in FORMATS))
CHANGING = "setdiag resize eliminate_zeros sum_duplicates sort_indices prune __setitem__"


def methods(*names: str, of: tuple[str, ...] = CLASSES) -> list[str]:
    """The different functions that methods of these names are in the classes."""
    found: dict[int, str] = {}
    for path in (f"{cls}.{name}" for cls in of for name in names):
        if find(path) is not None:
            found.setdefault(id(find(path)), path)
    return list(found.values())


# Matrices that the program is given


@data_class(*CLASSES, fields="shape dtype", changing=CHANGING,
            data_sized="data indices indptr row col coords offsets nonzero")  # fmt: skip
def matrix_like(cls, shape, dtype):
    return cls(np.ones(shape, dtype) + np.eye(*shape, dtype=dtype) * (max(shape) + 1))


@data_class("scipy.sparse.linalg.SuperLU", fields="shape", data_sized="perm_r perm_c nnz")
def factors_like(cls, shape):
    return scipy.sparse.linalg.splu(scipy.sparse.eye(shape[0], format="csc"))


@data_class("np.matrix", fields="shape dtype", changing="fill sort put resize partition itemset __setitem__")
def dense_like(cls, shape, dtype):
    return cls(np.ones(shape, dtype))


SMALL = "scipy.sparse.csr_array(A(3, 4))"
for path in methods("__matmul__"):
    rule(
        f"y = {path}(self, other)",
        when="isinstance(other, np.ndarray)",
        tangent="y_dot = self @ other_dot",
        adjoint="other_bar += self.T @ y_bar",
        at=(f"{SMALL}, A(4)", f"{SMALL}, A(4, 2)"),
    )
for path in methods("__rmatmul__"):
    rule(
        f"y = {path}(self, other)",
        when="isinstance(other, np.ndarray)",
        tangent="y_dot = other_dot @ self",
        adjoint="other_bar += y_bar @ self.T",
        at=(f"{SMALL}, A(3)", f"{SMALL}, A(2, 3)"),
    )
for path in methods("dot"):
    rule(
        f"y = {path}(self, other)",
        when="isinstance(other, np.ndarray)",
        tangent="y_dot = self.dot(other_dot)",
        adjoint="other_bar += self.T @ y_bar",
        at=(f"{SMALL}, A(4)", f"{SMALL}, A(4, 2)"),
    )
# Of the older classes, `*` is the product of matrices.
for path in methods("__mul__", of=MATRICES):
    rule(
        f"y = {path}(self, other)",
        when="isinstance(other, np.ndarray) and other.ndim > 0",
        tangent="y_dot = self * other_dot",
        adjoint="other_bar += self.T * y_bar",
        at=("scipy.sparse.csr_matrix(A(3, 4)), A(4)", "scipy.sparse.csr_matrix(A(3, 4)), A(4, 2)"),
    )
for how, when in (("", " and permc_spec is None and use_umfpack"), (", permc_spec, use_umfpack", "")):
    rule(
        "x = scipy.sparse.linalg.spsolve(A, b, permc_spec=None, use_umfpack=True)",
        when=f"isinstance(b, np.ndarray){when}",
        tangent=f"x_dot = scipy.sparse.linalg.spsolve(A, b_dot{how})",
        adjoint=f"b_bar += scipy.sparse.linalg.spsolve(A.T, x_bar{how})",
        at=("scipy.sparse.csc_array(P(3)), A(3)", "scipy.sparse.csr_array(P(3)), A(3, 2)"),
    )
rule(
    "x = scipy.sparse.linalg.spsolve_triangular(A, b, lower=True)",
    when="isinstance(b, np.ndarray)",
    tangent="x_dot = scipy.sparse.linalg.spsolve_triangular(A, b_dot, lower)",
    adjoint="b_bar += scipy.sparse.linalg.spsolve_triangular(A.T, x_bar, not lower)",
    at=("scipy.sparse.csr_array(np.tril(P(3))), A(3)", "scipy.sparse.csr_array(np.triu(P(3))), A(3), False"),
)
for way, back in (("N", "T"), ("T", "N")):
    rule(
        "x = scipy.sparse.linalg.SuperLU.solve(self, rhs, trans='N')",
        when=f"trans == {way!r}",
        tangent="x_dot = self.solve(rhs_dot, trans)",
        adjoint=f"rhs_bar += self.solve(x_bar{f', {back!r}' if back != 'N' else ''})",
        at=f"scipy.sparse.linalg.splu(scipy.sparse.csc_array(P(3))), A(3), {way!r}",
    )
rule(
    "y = scipy.sparse.linalg.expm_multiply(A, B)",
    tangent="y_dot = scipy.sparse.linalg.expm_multiply(A, B_dot)",
    adjoint="B_bar += scipy.sparse.linalg.expm_multiply(A.T, y_bar)",
    at=("scipy.sparse.csr_array(P(3)), A(3)", "scipy.sparse.csr_array(P(3)), A(3, 2)"),
)

# Matrices that it makes
for axes, total in ((1, "{}"), (2, "np.sum({}, axis=-1)")):
    x = ("A(4)", "A(4, 2)")[axes - 1]
    entry = total.format("y_bar[rows] * x[columns]")
    rule(
        "y = sparse_product(entries, rows, columns, shape, x)",
        when=f"x.ndim == {axes}",
        tangent="y_dot = sparse_product(entries_dot, rows, columns, shape, x) + sparse_product(entries, rows, columns, shape, x_dot)",
        adjoint=[f"entries_bar += {entry}", "x_bar += sparse_product(entries, columns, rows, shape[::-1], y_bar)"],
        at=f"A(3), np.array([0, 1, 1]), np.array([2, 0, 0]), (2, 4), {x}",
    )
    entry = total.format("b_term_bar[rows] * y[columns]")
    rule(
        "y = sparse_solution(entries, rows, columns, shape, b)",
        when=f"b.ndim == {axes}",
        tangent="y_dot = sparse_solution(entries, rows, columns, shape, b_dot - sparse_product(entries_dot, rows, columns, shape, y))",
        adjoint=[
            "b_term_bar = sparse_solution(entries, columns, rows, shape, y_bar)",
            "b_bar += b_term_bar",
            f"entries_bar -= {entry}",
        ],
        at=f"A(4), np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]), (2, 2), {x.replace('4', '2', 1)}",
    )


@definition(*methods("__matmul__", "dot"))
def matmul(A, x):
    return entries_of(A) @ x


@definition(*methods("__rmatmul__"))
def rmatmul(A, x):
    return x @ entries_of(A)


@definition(*methods("__mul__"))
def mul(A, x):
    return entries_of(A) * x


@definition(*methods("__rmul__"))
def rmul(A, x):
    return x * entries_of(A)


@definition(*methods("__truediv__"))
def truediv(A, x):
    return entries_of(A) / x


@definition(*methods("__add__", "__radd__"))
def add(A, other):
    return entries_of(A) + other


@definition(*methods("__sub__"))
def sub(A, other):
    return entries_of(A) - other


@definition(*methods("__rsub__"))
def rsub(A, other):
    return other + (-entries_of(A))


@definition(*methods("multiply"))
def multiply(A, other):
    return entries_of(A).multiply(other)


def made(arg, shape, star, by_column):
    if isinstance(arg, np.ndarray):
        places = np.indices(np.shape(arg))
        return Entries(np.ravel(arg), np.ravel(places[0]), np.ravel(places[1]), np.shape(arg), star, False)
    if not isinstance(arg, tuple):
        return entries_of(arg)
    if isinstance(arg, Entries):
        return Entries(arg.entries, arg.rows, arg.columns, arg.form, star, False)
    if len(arg) == 2:
        entries = np.asarray(arg[0])
        rows: Any = np.reshape(np.asarray(arg[1][0]), (len(entries),))
        columns: Any = np.reshape(np.asarray(arg[1][1]), (len(entries),))
        if shape is None:
            shape = (int(np.max(rows)) + 1, int(np.max(columns)) + 1)
        return Entries(entries, rows, columns, shape, star, by_column is None)
    if by_column is None:
        raise TypeError("the form of this matrix")
    entries, inner, ends = np.asarray(arg[0]), np.asarray(arg[1]), np.asarray(arg[2])
    outer: Any = np.reshape(np.repeat(np.arange(len(ends) - 1), np.diff(ends)), (len(entries),))
    if shape is None:
        other = int(np.max(inner)) + 1
        shape = (other, len(ends) - 1) if by_column else (len(ends) - 1, other)
    if by_column:
        return Entries(entries, inner, outer, shape, star, True)
    return Entries(entries, outer, inner, shape, star, True)


@definition("scipy.sparse.csr_matrix")
def csr_matrix(arg1, shape=None):
    return made(arg1, shape, True, False)


@definition("scipy.sparse.csr_array")
def csr_array(arg1, shape=None):
    return made(arg1, shape, False, False)


@definition("scipy.sparse.csc_matrix")
def csc_matrix(arg1, shape=None):
    return made(arg1, shape, True, True)


@definition("scipy.sparse.csc_array")
def csc_array(arg1, shape=None):
    return made(arg1, shape, False, True)


@definition("scipy.sparse.coo_matrix")
def coo_matrix(arg1, shape=None):
    return made(arg1, shape, True, None)


@definition("scipy.sparse.coo_array")
def coo_array(arg1, shape=None):
    return made(arg1, shape, False, None)


@static
def distance(offset):
    return abs(offset)


def on_diagonals(diagonals, offsets, shape, star):
    spread = shape is not None  # a single number then stands for a whole diagonal
    if isinstance(offsets, int):
        if offsets == 0 and not spread:
            places = np.arange(len(diagonals))
            return Entries(np.asarray(diagonals), places, places, (len(diagonals), len(diagonals)), star, False)
        diagonals, offsets = [np.atleast_1d(diagonals)], [offsets]
    if shape is None:
        size = len(diagonals[0]) + distance(offsets[0])
        shape = (size, size)
    entries, rows, columns = [], [], []
    for i in range(len(offsets)):
        k, diagonal = offsets[i], np.asarray(diagonals[i])
        if spread:
            diagonal = diagonal + np.zeros(min(shape[0] + min(k, 0), shape[1] - max(k, 0)))
        entries.append(diagonal)
        rows.append(np.arange(len(diagonal)) + max(-k, 0))
        columns.append(np.arange(len(diagonal)) + max(k, 0))
    joined = np.concatenate(entries)
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    return Entries(joined, np.reshape(rows, (len(joined),)), np.reshape(columns, (len(joined),)), shape, star, False)


@definition("scipy.sparse.diags")
def diags(diagonals, offsets=0, shape=None, format=None):
    return on_diagonals(diagonals, offsets, shape, True)


@definition("scipy.sparse.diags_array")
def diags_array(diagonals, /, *, offsets=0, shape=None, format=None):
    return on_diagonals(diagonals, offsets, shape, False)


@definition("scipy.sparse.kron")
def kron(A, B, format=None):
    a, b = entries_of(A), entries_of(B)
    rows = np.reshape(a.rows, (-1, 1)) * b.form[0] + b.rows
    columns = np.reshape(a.columns, (-1, 1)) * b.form[1] + b.columns
    entries = np.reshape(a.entries, (-1, 1)) * b.entries
    form = (a.form[0] * b.form[0], a.form[1] * b.form[1])
    return Entries(np.ravel(entries), np.ravel(rows), np.ravel(columns), form, a.star, False)


# Solutions


@definition("scipy.sparse.linalg.spsolve")
def spsolve(A, b, permc_spec=None, use_umfpack=True):
    a = entries_of(A)
    return np.reshape(sparse_solution(a.entries, a.rows, a.columns, a.form, b), np.shape(b))


@stand_in
class Factors(NamedTuple):
    """What solves systems with one matrix."""

    matrix: Any

    @property
    def shape(self):
        return self.matrix.form

    def solve(self, rhs, trans="N"):
        return scipy.sparse.linalg.spsolve(self.matrix if trans == "N" else self.matrix.T, rhs)


@definition("scipy.sparse.linalg.splu")
def splu(A):
    return Factors(entries_of(A))


@definition("scipy.sparse.linalg.factorized")
def factorized(A):
    a = entries_of(A)
    return lambda rhs: scipy.sparse.linalg.spsolve(a, rhs)


@definition("scipy.sparse.linalg.norm")
def norm(x, ord=None, axis=None):
    return np.linalg.norm(entries_of(x).toarray(), ord, axis)


def kept_still(A):
    if not isinstance(A, Entries):
        return stop_gradient(A) if isinstance(A, np.ndarray) else A
    return scipy.sparse.csr_matrix((stop_gradient(A.entries), (A.rows, A.columns)), A.form)


def as_found(x, A, b):
    """The solution that was found; it has the derivatives of the exact one."""
    exact = np.linalg.solve(A, b) if isinstance(A, np.ndarray) else scipy.sparse.linalg.spsolve(A, b)
    return x + (exact - stop_gradient(exact))


def iterative(name: str) -> Any:
    """What a solver that approaches the solution gives."""
    solver = getattr(scipy.sparse.linalg, name)

    def solve(A, b, x0=None, *, rtol=1e-05, atol=0.0, maxiter=None, M=None):
        x, info = solver(kept_still(A), stop_gradient(b), x0, rtol=rtol, atol=atol, maxiter=maxiter, M=M)
        return as_found(x, A, b), info

    return definition(f"scipy.sparse.linalg.{name}")(solve)


for name in ("cg", "bicg", "bicgstab", "cgs"):
    iterative(name)


@definition("scipy.sparse.linalg.gmres")
def gmres(A, b, x0=None, *, rtol=1e-05, atol=0.0, restart=None, maxiter=None, M=None):
    x, info = scipy.sparse.linalg.gmres(
        kept_still(A), stop_gradient(b), x0, rtol=rtol, atol=atol, restart=restart, maxiter=maxiter, M=M
    )
    return as_found(x, A, b), info


@definition("scipy.sparse.linalg.minres")
def minres(A, b, x0=None, *, rtol=1e-05, maxiter=None, M=None):
    x, info = scipy.sparse.linalg.minres(kept_still(A), stop_gradient(b), x0, rtol=rtol, maxiter=maxiter, M=M)
    return as_found(x, A, b), info


@definition("scipy.sparse.linalg.expm_multiply")
def expm_multiply(A, B):
    return scipy.linalg.expm(entries_of(A).toarray()) @ B


@definition("scipy.sparse.vstack")
def vstack(blocks):
    below, columns = 0, 0
    entries, rows, places = [], [], []
    for block in blocks:
        a = entries_of(block)
        entries.append(a.entries)
        rows.append(a.rows + below)
        places.append(a.columns)
        below, columns = below + a.form[0], a.form[1]
    joined = np.concatenate(entries)
    at: Any = np.reshape(np.concatenate(rows), (len(joined),))
    along: Any = np.reshape(np.concatenate(places), (len(joined),))
    return Entries(joined, at, along, (below, columns), True, False)


@definition("scipy.sparse.block_diag")
def block_diag(mats):
    below, beside = 0, 0
    entries, rows, columns = [], [], []
    for block in mats:
        a = made(block, None, True, False)
        entries.append(a.entries)
        rows.append(a.rows + below)
        columns.append(a.columns + beside)
        below, beside = below + a.form[0], beside + a.form[1]
    joined = np.concatenate(entries)
    at: Any = np.reshape(np.concatenate(rows), (len(joined),))
    along: Any = np.reshape(np.concatenate(columns), (len(joined),))
    return Entries(joined, at, along, (below, beside), True, False)


@definition("scipy.sparse.hstack")
def hstack(blocks):
    return scipy.sparse.vstack([entries_of(block).T for block in blocks]).T


passive(
    *(f"scipy.sparse.{name}" for name in (
        "bmat", "block_array", "block_diag", "spdiags", "tril", "triu", "find", "kronsum",
    )),
    *(f"scipy.sparse.linalg.{name}" for name in (
        "splu", "spilu", "norm", "inv", "expm", "eigsh", "eigs", "svds", "lsqr", "lsmr", "onenormest", "matrix_power",
    )),
)  # fmt: skip
constant("scipy.sparse.eye", "scipy.sparse.identity", "scipy.sparse.eye_array", "scipy.sparse.issparse",
         *(f"scipy.sparse.isspmatrix{name}" for name in ("", "_csr", "_csc", "_coo")))  # fmt: skip
