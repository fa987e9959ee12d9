"""Does every form in which a function is called come through the whole engine?"""

from __future__ import annotations

import operator
import re

import numpy as np
import pytest

import srcgrad
from tests.rules.call_forms import OPERANDS, arguments, check_form, check_second_order, forms, like, module

NEW_KEYWORDS = ("copy=True", "copy=None", "stable=", "shape=(", "upper=")


def available(form: str) -> bool:
    """Not every version of NumPy has every function and every keyword."""
    if np.__version__.startswith("1.") and any(word in form for word in NEW_KEYWORDS):
        return False
    try:
        for path in re.findall(r"\bnp\.([a-zA-Z_][\w.]*)", form):
            operator.attrgetter(path)(np)
    except AttributeError:
        return False
    return True


CASES = [
    pytest.param(form, single, id=f"{form}{' single' if single else ''}")
    for form in forms("definitions")
    if available(form)
    for single in (False, True)
]


TOPICS = (
    "unary", "binary", "reductions", "cumulative", "shape", "join", "indexing", "products", "linalg", "fft", "complex",
    "polynomials", "ufunc_methods", "random", "in_place", "keywords", "empty",
)  # fmt: skip
GRID = [pytest.param(form, id=form) for topic in TOPICS for form in forms(topic) if available(form)]
SECOND = [pytest.param(form, id=form) for form in forms("second_order") if available(form)]
SCIPY = [pytest.param(form, id=form) for form in forms("scipy")]
SINGLE = [pytest.param(form, id=form) for form in forms("single") if available(form)]
REFUSED = [pytest.param(form, id=form) for form in forms("refused") if available(form)]


@pytest.mark.parametrize("form", GRID)
@pytest.mark.filterwarnings("ignore")
def test_grid(form, tmp_path):
    """Functions and methods over scalars, arrays of every rank, empty ones and lists, in all ways of calling them."""
    check_form(form, tmp_path / "form.py", whole=False)


@pytest.mark.parametrize("form", SECOND)
@pytest.mark.filterwarnings("ignore")
def test_second_order(form, tmp_path):
    """What a rule's or a definition's adjoint calls is differentiated as well."""
    check_second_order(form, tmp_path / "form.py")


@pytest.mark.parametrize("form", SCIPY)
@pytest.mark.filterwarnings("ignore")
def test_scipy(form, tmp_path):
    pytest.importorskip("scipy")
    check_form(form, tmp_path / "form.py", whole=False)


@pytest.mark.parametrize("form", SINGLE)
@pytest.mark.filterwarnings("ignore")
def test_single_precision(form, tmp_path):
    if "scipy" in form:
        pytest.importorskip("scipy")
    check_form(form, tmp_path / "form.py", single=True, whole=False)


@pytest.mark.parametrize("form", REFUSED)
@pytest.mark.filterwarnings("ignore")
def test_refused(form, tmp_path):
    with pytest.raises(srcgrad.SrcgradError):
        check_form(form, tmp_path / "form.py", whole=False)


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ("np.linalg.qr(S, mode='full')", "with mode='full'"),
        ("scipy.linalg.solve_triangular(P, v, trans=1, overwrite_b=True)", "'overwrite_b'"),
        ("scipy.linalg.eigh(P, eigvals_only=True, driver='ev')", "'driver'"),
    ],
)
def test_a_refusal_names_the_argument(form, named, tmp_path):
    """Of all the ways in which a function is known, it is the one that takes most."""
    if "scipy" in form:
        pytest.importorskip("scipy")
    with pytest.raises(srcgrad.SrcgradError, match=named):
        check_form(form, tmp_path / "form.py", whole=False)


COMPLETED = (
    "np.linalg.svd(L[:, :2])[1]", "np.linalg.svd(L[:2])[1]", "(lambda u, s, vh: u[:, :2] * s @ vh)(*np.linalg.svd(L[:, :2]))",
    "(lambda u, s, vh: vh[2:].T @ vh[2:])(*np.linalg.svd(L[:2]))", "np.linalg.svd(T[:, :1])[1]", "np.linalg.svd(E)[1]",
    "np.linalg.qr(L[:, :2], 'complete')[1]", "(lambda q, r: q[:, 2:] @ q[:, 2:].T)(*np.linalg.qr(L[:, :2], 'complete'))",
)  # fmt: skip


@pytest.mark.parametrize("form", COMPLETED)
def test_what_holds_for_every_basis(form, tmp_path):
    """Of several columns that complete a basis only the span is determined: what it takes has derivatives."""
    check_form(form, tmp_path / "form.py", whole=False, forward=False)


@pytest.mark.parametrize(
    "form", ["np.linalg.svd(L[:, :2])[0]", "np.linalg.svd(L[:2])[2]", "np.linalg.qr(np.ones((4, 2)) * L[:, :2], 'complete')"]
)
@pytest.mark.parametrize("forward", [False, True])
def test_bases_that_are_not_determined(form, forward, tmp_path):
    f = module(form, tmp_path / "form.py").f
    with pytest.raises(ValueError, match="only the span is determined"):
        if forward:
            srcgrad.jvp(f, (OPERANDS["L"],), (OPERANDS["L"] ** 2,))
        else:
            rng = np.random.default_rng(1)
            value, pullback = srcgrad.vjp(f, OPERANDS["L"])
            pullback(like(value, rng))


@pytest.mark.parametrize(
    "form", ["np.insert(v, 7, s)", "np.gradient(o)", "np.gradient(M, axis=0, edge_order=2)", "np.average(v, weights=0 * w)"]
)
def test_what_numpy_refuses(form, tmp_path):
    """A definition is as strict as what it tells."""
    f = module(form, tmp_path / "form.py").f
    args = arguments(form, False)
    with pytest.raises((IndexError, ValueError, ZeroDivisionError)) as plain:
        f(*args)
    with pytest.raises(plain.type):
        srcgrad.vjp(f, *args)


def widened_maximum(v):
    return np.maximum.reduce(v, dtype=np.float64)


def test_the_extreme_in_another_precision():
    v = np.array([1.0, 3.0, 2.0], np.float32)
    for found in srcgrad.jvp(widened_maximum, (v,), (v,)):
        assert np.asarray(found).dtype == np.float64 and found == 3


def test_eigenvalues_that_are_complex(tmp_path):
    with pytest.raises(ValueError, match="give the matrix as `a \\+ 0j`"):
        check_form("np.linalg.eigvals(s * np.array([[0.0, 1.0], [-1.0, 0.0]]))", tmp_path / "form.py", whole=False)


@pytest.mark.parametrize(("form", "single"), CASES)
@pytest.mark.filterwarnings("ignore")
def test_form(form, single, tmp_path):
    check_form(form, tmp_path / "form.py", single)


VALUES = (
    "np.quantile(M, 0.2, axis=0)", "np.quantile(M, 0.2, axis=1, weights=[1, 2, 1], method='inverted_cdf')",
    "np.percentile(M, 20)", "np.nanmax(M, axis=0)", "np.nanmin(M, axis=0)", "np.cov(M)", "np.cov(E)",
)  # fmt: skip


@pytest.mark.parametrize("form", VALUES)
@pytest.mark.filterwarnings("ignore")
def test_values_that_are_no_numbers(form, tmp_path):
    """What is not a number in the plain call is none in the generated one."""
    f = module(form, tmp_path / "form.py").f
    argument = np.array([[0.3, np.nan, 0.6], [0.4, np.nan, 0.1]]) if "M" in form else OPERANDS["E"]
    np.testing.assert_allclose(srcgrad.vjp(f, argument)[0], f(argument))


OF_NOTHING = (
    "np.median(E)", "np.median(E, axis=0)", "np.median(M[:, :0], axis=1, keepdims=True)", "np.median(T[:0], axis=(0, 2))",
    "np.nanmedian(M[:, :0], axis=1)", "np.nanquantile(e, 0.3)", "np.nanquantile(np.where(v > 1, v, np.nan), 0.0, method='lower')",
    "np.nanstd(M[:, :0], axis=1, correction=1)", "np.var(M[:, :0], axis=1, where=M[:, :0] > 0, ddof=1)",
    "np.logaddexp.reduce(E)", "np.linalg.norm(e, -1)", "scipy.special.logsumexp(E, axis=0, b=E)", "scipy.stats.median_abs_deviation(e)",
)  # fmt: skip


@pytest.mark.parametrize("form", OF_NOTHING)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_number_of_nothing(form, tmp_path):
    """It depends on nothing."""
    if "scipy" in form:
        pytest.importorskip("scipy")
    f = module(form, tmp_path / "form.py").f
    args = arguments(form, False)
    value, pullback = srcgrad.vjp(f, *args)
    np.testing.assert_array_equal(value, f(*args))
    assert np.shape(value) == np.shape(f(*args))
    for gradient, arg in zip(pullback(np.ones_like(value)), args):
        assert gradient.shape == arg.shape and not np.any(gradient)
    _, tangent = srcgrad.jvp(f, tuple(args), tuple(args))
    assert np.shape(tangent) == np.shape(value)


@pytest.mark.parametrize("form", ["np.median(M, axis=2)", "np.quantile(M, 0.5, axis=-3)", "np.gradient(M, axis=2)"])
def test_axes_that_are_not_there(form, tmp_path):
    f = module(form, tmp_path / "form.py").f
    with pytest.raises(np.exceptions.AxisError, match="out of bounds for array of dimension 2"):
        srcgrad.vjp(f, OPERANDS["M"])
