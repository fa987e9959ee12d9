"""Are the gradients of all programs right, and the hopeless ones refused?"""

import pytest

from tests import programs
from tests.check import check_gradient

programs.load()


@pytest.mark.parametrize("case", programs.PROGRAMS, ids=lambda case: case.name)
def test_gradient(case):
    check_gradient(case.function, case.make_args(), case.wrt)


@pytest.mark.parametrize("case", programs.REFUSED, ids=lambda case: case.name)
def test_refusal(case):
    import srcgrad

    with pytest.raises(srcgrad.SrcgradError) as caught:
        srcgrad.value_and_grad(case.function, case.wrt)(*case.make_args())
    code = str(getattr(caught.value, "code", ""))
    assert code.startswith(case.code), f"refused with {code!r}, not {case.code!r}"
    assert str(caught.value).strip(), "a refusal without words"


def test_names_are_unique():
    names = [case.name for case in programs.PROGRAMS + programs.REFUSED]
    assert len(names) == len(set(names))
