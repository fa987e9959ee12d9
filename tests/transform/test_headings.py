"""Does each block of a backward pass stand under the line that it undoes?"""

import numpy as np

import srcgrad


def text_of(f, *args):
    df = srcgrad.grad(f)
    df(*args)
    return df.source


def headed(source, comment):
    """The first line of code under a comment."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return lines[lines.index(f"# {comment}") + 1]


def test_of_several_returns_the_one_that_is_left():
    def part(x, power):
        if power is None:
            return x
        if power == 3:
            return x**3
        return x**2

    source = text_of(lambda x: np.sum(part(x, None)), np.ones(2))
    assert headed(source, "return x") == "x_bar = result_bar"
    assert "# return x ** 2" not in source


def test_what_follows_a_loop_that_may_be_left():
    def f(x):
        for i in range(3):
            if x > 5.0 * i + 3.0:
                return x * i
            x = x * 1.5
        return x**2

    source = text_of(f, 1.0)
    assert headed(source, "return x ** 2") == "if test:"
    assert headed(source, "for i in range(3):") == "for i in reversed(range(3)[:loops]):"
    assert headed(source, "if x > 5.0 * i + 3.0:") == "if test_saved.pop():"


def test_several_lines_that_follow_a_loop_that_may_be_left():
    def f(x):
        for i in range(3):
            if x > 5.0 * i + 3.0:
                return x * i
            x = x * 1.5
        y = np.sin(x)
        return y**2

    source = text_of(f, 1.0)
    assert headed(source, "return y ** 2") == "y_bar = result_bar * 2 * y"
    assert headed(source, "y = np.sin(x)") == "x_bar = y_bar * np.cos(x)"


def test_statements_on_one_line():
    def f(x):
        a = x**2; b = np.sin(a)  # fmt: skip  # noqa: E702
        return a * b

    source = text_of(f, 2.0)
    assert headed(source, "return a * b") == "a_bar = result_bar * b"
    assert headed(source, "a = x ** 2; b = np.sin(a)") == "a_bar += b_bar * np.cos(a)"
