"""Does every form in which a function is called come through the whole engine?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.rules.call_forms import check_form, forms, letters


def available(form: str) -> bool:
    """Not every version of NumPy has every function."""
    try:
        eval(f"lambda {', '.join(letters(form))}: {form}", {"np": np})
    except AttributeError:
        return False
    return all(hasattr(np, name) for name in NEW if f"np.{name}(" in form) and (
        "np.linalg." not in form or hasattr(np.linalg, form.partition("np.linalg.")[2].partition("(")[0])
    )


NEW = ("trapezoid", "cumulative_sum", "cumulative_prod", "vecdot", "matvec", "vecmat", "unstack", "matrix_transpose")
CASES = [
    pytest.param(form, single, id=f"{form}{' single' if single else ''}")
    for form in forms("definitions")
    if available(form)
    for single in (False, True)
]


@pytest.mark.parametrize(("form", "single"), CASES)
@pytest.mark.filterwarnings("ignore")
def test_form(form, single, tmp_path):
    check_form(form, tmp_path / "form.py", single)
