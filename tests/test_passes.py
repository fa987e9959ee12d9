"""Does it change a gradient, but for rounding, when a pass is switched off?"""

import copy
import os
import pathlib
import pickle

import numpy as np
import pytest

import srcgrad
from srcgrad.analysis.passes import PASSES
from tests import programs
from tests.check import float_leaves
from tests.test_programs import REFUSED_TODAY

programs.load()
ALL = bool(os.environ.get("SRCGRAD_ALL"))
# SRCGRAD_ALL=1 asks this of all programs and of each single pass; else of a share, with a pass each that takes turns.
EVERY = [case for case in programs.PROGRAMS if case.name not in REFUSED_TODAY]
FOUND = ("likelihoods.outputs_of_the_last_layer", "distributions.related")  # programs that a pass, or "speed", has got wrong
CASES = EVERY if ALL else EVERY[::24] + [case for i, case in enumerate(EVERY) if i % 24 and case.name in FOUND]
NEED_A_PASS = {
    # the zero adjoint of what an early return leaves out meets a slope that is no number, where nothing sinks
    "discarded.root_on_one_way",
    "discarded.roots_on_no_way",
    # without shared terms, the test at the end is done again: refused, for what it reads has changed
    "statements.strings_are_passive",
}


def leaves_of(case, optimize):
    gradients = srcgrad.grad(case.function, case.wrt, optimize=optimize)(*copy.deepcopy(case.make_args()))
    return dict(float_leaves(gradients))


def assert_same(found, expected, what):
    assert found.keys() == expected.keys(), what
    for path, leaf in found.items():
        wanted = np.asarray(expected[path])
        coarse = np.asarray(leaf).dtype.name in ("float32", "complex64", "float16")
        scale = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
        tolerance = (2e-3 if coarse else 1e-8) * scale
        np.testing.assert_allclose(leaf, wanted, rtol=1e-3 if coarse else 1e-7, atol=tolerance, err_msg=what)


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[case.name for case in CASES])
def test_passes_change_nothing(number, case):
    if case.name in NEED_A_PASS:
        pytest.skip("it needs a pass")
    with np.errstate(all="ignore"):
        expected = leaves_of(case, True)
        names = list(PASSES) if ALL else [list(PASSES)[number % len(PASSES)]]
        for optimize in [False, "speed", *({name: False} for name in names)]:
            assert_same(leaves_of(case, optimize), expected, f"with optimize={optimize}")


def cube(x):
    y = x * x
    return y * x


def adjoint_like(x):
    x_bar = np.sin(x)
    return x_bar, x_bar * x


def named_like_adjoints(x):
    for _ in range(2):
        y, z = adjoint_like(x)
        x = x - y * z
    return x * x


def test_what_is_written_out_does_not_take_the_names_of_adjoints():
    assert srcgrad.grad(named_like_adjoints, optimize="speed")(0.4) == pytest.approx(srcgrad.grad(named_like_adjoints)(0.4))


def made_in_a_branch(u, v, chosen):
    c = 0.0
    if chosen:
        p = u * v
        c = c + p[0]
    c = c * u[1]
    if chosen:
        c = c - p[1] * p[0]
    return c + v[0]


@pytest.mark.parametrize("chosen", [True, False])
def test_zeros_for_speed_are_made_of_what_is_there(chosen):
    u, v = np.array([0.5, -1.0]), np.array([2.0, 0.3])
    found, wanted = (srcgrad.grad(made_in_a_branch, (0, 1), optimize=o)(u, v, chosen) for o in ("speed", True))
    np.testing.assert_allclose(found, wanted)


def test_unknown_pass_is_an_error():
    with pytest.raises(srcgrad.SrcgradError, match="there is no pass 'fuse'"):
        srcgrad.grad(cube, optimize={"fuse": False})
    with pytest.raises(srcgrad.SrcgradError, match="optimize is 'fast'"):
        srcgrad.grad(cube, optimize="fast")


def test_passes_are_documented():
    page = (pathlib.Path(__file__).parents[1] / "docs" / "performance.md").read_text()
    assert all(f"| `{name}` | {text} |" in page for name, text in PASSES.items())


def test_options_are_kept_by_pickles():
    df = pickle.loads(pickle.dumps(srcgrad.value_and_grad(cube, optimize={"dead": False})))
    assert df(2.0) == (8.0, 12.0)
    assert df._options[-1] == {"dead": False}


def rows_along(x, axes):
    if len(axes) == 0:
        return x
    return rows_along(np.moveaxis(x, axes[0], 0)[1:3] * 2, axes[1:])


def test_ways_of_one_function_are_told_apart_where_one_is_written_out():
    x = np.ones((4, 5))
    found = srcgrad.grad(lambda x: np.sum(rows_along(x, (0, 1))), optimize="speed")(x)
    np.testing.assert_allclose(found, srcgrad.grad(lambda x: np.sum(rows_along(x, (0, 1))))(x))
    assert np.sum(found) == 16.0
