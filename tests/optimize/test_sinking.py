"""Is what one branch alone reads computed there, and nothing else moved?"""

import numpy as np

import srcgrad


def source_of(function, *args):
    df = srcgrad.grad(function)
    df(*args)
    return df.source


def one_way(x):
    y = np.sqrt(x)
    if x < 0:
        return x**2
    return 3 * y


def test_a_root_moves_into_its_branch():
    assert (
        """
    if not x < 0:
        y = np.sqrt(x)
"""
        in source_of(one_way, 4.0)
    )
    assert srcgrad.grad(one_way)(-1.0) == -2.0


def both_ways(x):
    y = np.sqrt(x)
    if x > 5:
        return x * y
    return 3 * y


def test_not_what_both_read():
    forward = source_of(both_ways, 4.0).split("# Backward")[0]
    assert "y = np.sqrt(x)" in forward
    assert "if " not in forward


def changed_between(x, n):
    y = x * x
    x = x + 1
    if n > 0:
        return y * x
    return x


def test_not_past_a_change_of_what_it_reads():
    forward = source_of(changed_between, 4.0, 1).split("# Backward")[0]
    assert forward.index("y = x * x") < forward.index("x = x + 1")
    assert srcgrad.grad(changed_between)(4.0, 1) == 2 * 4.0 * 5 + 16


def announced(x, n):
    y = np.sin(x)
    print("now")
    if n > 0:
        return y * x
    return x


def test_not_past_an_effect(capsys):
    forward = source_of(announced, 4.0, 1).split("# Backward")[0]
    assert forward.index("y = np.sin(x)") < forward.index("print")
