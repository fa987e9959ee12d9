"""Are values that are saved on both ways of a test saved once, and only where that changes nothing?"""

import textwrap

import gast
import pytest

from srcgrad.lang.printer import print_module
from srcgrad.optimize.saves import saved_once


def after(text):
    return print_module(saved_once(gast.parse(textwrap.dedent(text)).body)).strip()


def same(text):
    return print_module(gast.parse(textwrap.dedent(text)).body).strip()


def test_saved_before_the_test():
    before = """
        for i in range(n):
            x = f(x)
            if x > 1:
                found = True
                x_saved.append(x)
                i_saved.append(i)
                break
            y = g(x)
            i_saved.append(i)
            x_saved.append(x)
    """
    expected = """
        for i in range(n):
            x = f(x)
            x_saved.append(x)
            i_saved.append(i)
            if x > 1:
                found = True
                break
            y = g(x)
    """
    assert after(before) == same(expected)


@pytest.mark.parametrize("between", ["x = g(x)", "x_saved.append(0)", "if y:\n        x = 2"])
def test_what_changes_meanwhile_stays(between):
    text = f"""
for i in range(n):
    if x > 1:
        x_saved.append(x)
        break
    {between}
    x_saved.append(x)
"""
    assert after(text) == same(text)


def test_try_statements_stay():
    text = """
        try:
            if x > 1:
                x_saved.append(x)
                break
            x_saved.append(x)
        except ValueError:
            pass
    """
    assert after(f"while True:\n{textwrap.indent(textwrap.dedent(text), '    ')}").count("append") == 2


def test_breaks_inside_the_other_branch():
    before = """
        while True:
            if test:
                test_saved.append(test)
                break
            else:
                x = f(x)
                if x > 1:
                    x_saved.append(x)
                    test_saved.append(test)
                    break
                x_saved.append(x)
            test_saved.append(test)
    """
    expected = """
        while True:
            test_saved.append(test)
            if test:
                break
            else:
                x = f(x)
                x_saved.append(x)
                if x > 1:
                    break
    """
    assert after(before) == same(expected)


def test_break_that_cannot_do_without_stays():
    text = """
        while True:
            if test:
                x_saved.append(x)
                break
            elif other:
                break
            x_saved.append(x)
    """
    assert after(text) == same(text)
