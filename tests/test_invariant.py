"""Does the invariant of shared memory hold at every store of the programs that store?"""

import numpy as np
import pytest

import srcgrad
from tests import programs
from tests.invariant import Broken, balance, check, checked
from tests.test_programs import REFUSED_TODAY

programs.load()
TOPICS = (
    "aliases", "memory", "stores", "in_place", "varying", "ownership", "stencils", "algorithms", "factorisations", "blas",
    "signal", "index_forms", "unpacking", "loops",
)  # fmt: skip
OWN_NAMES = {"unpacking.names_like_adjoints"}  # its own variables are called as ours are
CASES = [
    c
    for c in programs.PROGRAMS
    if c.name.partition(".")[0] in TOPICS and c.name not in {*REFUSED_TODAY, *OWN_NAMES}
]


@pytest.mark.parametrize("topic", TOPICS)
def test_invariant(topic):
    stores = 0
    for case in CASES:
        if case.name.partition(".")[0] == topic:
            df = srcgrad.grad(case.function, case.wrt)
            df(*case.make_args())  # generated before it is watched, which is slow
            with checked() as seen:
                try:
                    df(*case.make_args())
                except Broken as error:
                    raise AssertionError(f"{case.name}: {error}") from error
            balance(df.source)
            stores += seen[0]
    assert stores > 0


def test_what_is_broken_is_found():
    x, x_bar = np.zeros(3), np.zeros(3)
    check({"x": x, "x_bar": x_bar, "y": x[1:], "y_bar": x_bar[1:]}, "here")
    with pytest.raises(Broken):
        check({"x": x, "x_bar": x_bar, "y": x[1:], "y_bar": np.zeros(2)}, "here")
    with pytest.raises(Broken):
        balance("def f_grad(x):\n    x_saved = []\n    x_saved.append(x)\n    return x\n")
