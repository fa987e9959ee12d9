"""Can generated functions be shown by Python's tools, and do their errors name the user's line?"""

import copy
import gc
import inspect
import linecache
import math
import pickle
import traceback
import types

import pytest

from srcgrad.errors import Location
from srcgrad.lang.compile import annotate, compile_source
from srcgrad.lang.source import source_of

TEXT = '''def cube_grad(x):
    """The gradient of cube."""
    return helper(3, x, x)


def helper(*factors):
    product = 1
    for factor in factors:
        product = (product
                   * factor)
    return product
'''


def compiled():
    return compile_source(TEXT, {}, "cube_grad")


def test_runs():
    namespace = {"k": 2}
    assert compile_source("def f(x): return k * x", namespace, "f") is namespace
    assert namespace["f"](3.0) == 6.0


def test_file_names_are_unique():
    first, second = (compiled()["cube_grad"].__code__.co_filename for _ in range(2))
    assert first != second
    assert first.startswith("<srcgrad cube_grad ")


def test_source_can_be_shown():
    cube_grad = compiled()["cube_grad"]
    assert inspect.getsource(cube_grad) == TEXT.partition("\n\n\n")[0] + "\n"
    linecache.checkcache()
    assert inspect.getsource(cube_grad).startswith("def cube_grad")


def test_source_can_be_differentiated_again():
    assert (
        source_of(compiled()["helper"]).heading_line(source_of(compiled()["helper"]).tree.body[1])
        == "for factor in factors:"
    )


def test_traceback_shows_the_line():
    with pytest.raises(TypeError) as caught:
        compiled()["cube_grad"](None)
    assert "return helper(3, x, x)" in "".join(
        traceback.format_exception(None, caught.value, caught.value.__traceback__)
    )


def test_text_lives_as_long_as_a_function():
    namespace = compiled()
    file = namespace["helper"].__code__.co_filename
    other = types.FunctionType(namespace["helper"].__code__, {})
    del namespace["cube_grad"]
    namespace.clear()
    gc.collect()
    assert file in linecache.cache, "a function made of the same code is still there"
    del other
    gc.collect()
    assert file not in linecache.cache


def test_the_callers_flags_are_not_inherited():
    namespace = compile_source("def f(x: int): pass", {}, "f")
    assert namespace["f"].__annotations__ == {"x": int}


def test_syntax_error_leaves_nothing_behind():
    before = set(linecache.cache)
    with pytest.raises(SyntaxError):
        compile_source("def f(:", {}, "f")
    assert set(linecache.cache) == before


# -- notes ----------------------------------------------------------------------------

WHERE = Location("model.py", 12, "energy", "    y = np.log(x)  ", 4, 17)
OTHER = Location("model.py", 15, "energy", "    return y", 4, 12)


def error_of(call):
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("no error")


def notes(error):
    return getattr(error, "__notes__", [])


def test_note_names_the_users_line():
    f = compile_source("def f(x):\n    y = log(x)\n    return y\n", {"log": math.log}, "f")["f"]
    error = error_of(lambda: f(-1.0))
    annotate(error, {f.__code__.co_filename: {2: WHERE, 3: OTHER}})
    assert notes(error) == ["while differentiating model.py:12: y = np.log(x)"]
    assert error.args == error_of(lambda: math.log(-1.0)).args
    annotate(error, {f.__code__.co_filename: {2: WHERE}})
    assert len(notes(error)) == 1


def test_innermost_frame_counts():
    namespace = compiled()
    file = namespace["helper"].__code__.co_filename
    error = error_of(lambda: namespace["cube_grad"](None))
    annotate(error, {file: {3: OTHER, 9: WHERE}})
    assert notes(error) == ["while differentiating model.py:12: y = np.log(x)"]


def test_line_inside_a_statement():
    namespace = compiled()
    file = namespace["helper"].__code__.co_filename
    error = error_of(lambda: namespace["helper"](None))
    for number in (8, 10, 11):
        annotate(error, {file: {number: WHERE}})
    assert notes(error) == []
    text = "def f(x):\n    return (1 /\n            (2 /\n            x))\n"
    f = compile_source(text, {}, "f")["f"]
    error = error_of(lambda: f(0))
    annotate(error, {f.__code__.co_filename: {2: WHERE}})
    assert notes(error) == ["while differentiating model.py:12: y = np.log(x)"]


def test_no_note_without_a_known_frame():
    error = error_of(lambda: math.log(-1.0))
    annotate(error, {"<srcgrad f 0>": {1: WHERE}})
    annotate(error, {})
    assert notes(error) == []
    annotate(ValueError("never raised"), {"<srcgrad f 0>": {1: WHERE}})


def test_notes_of_others_are_kept():
    f = compile_source("def f(x):\n    return 1 / x\n", {}, "f")["f"]
    error = error_of(lambda: f(0))
    error.__notes__ = ["first"]
    annotate(error, {f.__code__.co_filename: {2: OTHER}})
    assert notes(error) == ["first", "while differentiating model.py:15: return y"]


def test_locations_can_be_copied():
    assert copy.deepcopy(WHERE) == pickle.loads(pickle.dumps(WHERE)) == WHERE
