"""Do errors say where, what and what to do, and does the page of errors agree with the table?"""

import itertools
import linecache
import pathlib
import pickle
import re
import sys

import numpy as np
import pytest

import srcgrad
from srcgrad.errors import CODES, ArgumentError, Location, NotDifferentiable, SrcgradError
from srcgrad.lang.accept import accept
from srcgrad.lang.source import source_of
from srcgrad.rules import registry

ROOT = pathlib.Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "errors.md").read_text()
SECTIONS = dict(re.findall(r"^### (E\d+)\n(.*?)(?=^###? |\Z)", PAGE, re.M | re.S))
WHERE = Location("file.py", 12, "energy", "    y = np.roots(x)", 8, 19)


def test_text():
    error = SrcgradError("E203", "np.roots has no derivative rule", advice="add one", where=WHERE)
    assert str(error) == (
        "E203: np.roots has no derivative rule\n"
        "  file.py:12, in energy\n"
        "      y = np.roots(x)\n"
        "          ^^^^^^^^^^^\n"
        "  what to do: add one\n"
        "  See docs/errors.md#e203"
    )


def test_traceback_leaves_out_how_a_refusal_was_found():
    with pytest.raises(SrcgradError, match="E205") as caught:
        srcgrad.grad(lambda x: float(str(x)))(1.0)
    assert [entry.name for entry in caught.traceback][1:] == ["call", "miss"]


def test_text_without_place_or_advice():
    assert str(SrcgradError("E501", "no")) == "E501: no\n  See docs/errors.md#e501"


@pytest.mark.parametrize(("text", "part"), [
    ("\ty = f(x)", "f(x)"), ("y =\tf(x)", "f(x)"), ("    return λ(x) + 1", "λ(x)"), ("x", "x"),
])  # fmt: skip
def test_carets_are_under_the_part(text, part):
    start = text.index(part)
    where = Location("f.py", 1, "f", text, start, start + len(part))
    _, _, line, carets, _ = str(SrcgradError("E302", "no", where=where)).split("\n")
    first = carets.index("^")
    assert line[first : first + len(part)] == part
    assert carets[first:] == "^" * len(part)
    assert [c == "\t" for c in carets[:first]] == [c == "\t" for c in line[:first]]


def test_line_that_is_not_known():
    where = Location("f.py", 3, "f", "", 0, 0)
    assert str(SrcgradError("E302", "no", where=where)).split("\n")[1:] == [
        "  f.py:3, in f",
        "  See docs/errors.md#e302",
    ]


def test_path_is_relative_in_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    inside = Location(str(tmp_path / "a" / "f.py"), 1, "f", "x", 0, 1)
    outside = Location(str(tmp_path.parent / "f.py"), 1, "f", "x", 0, 1)
    assert str(inside).replace("\\", "/") == "a/f.py:1"
    assert str(outside) == f"{outside.file}:1"
    assert str(Location("<stdin>", 1, "f", "x", 0, 1)) == "<stdin>:1"


@pytest.mark.parametrize("kind", [SrcgradError, NotDifferentiable, ArgumentError])
def test_pickle(kind):
    error = kind("E501", "no", advice="do", where=WHERE)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert (copy.code, copy.message, copy.advice, copy.where) == ("E501", "no", "do", WHERE)


def test_family():
    for kind in (NotDifferentiable, ArgumentError):
        assert issubclass(kind, SrcgradError)
        assert issubclass(kind, TypeError)
    assert not issubclass(SrcgradError, TypeError)


# -- the page -------------------------------------------------------------------------


def test_page_and_table_agree():
    assert list(SECTIONS) == list(CODES)
    for code, title in CODES.items():
        heading = SECTIONS[code].partition("\n")[0].replace("\\*", "*")
        assert heading.startswith(f"**{title}**"), code
        assert "```python" in SECTIONS[code], f"{code} has no example"


def test_codes_in_use_are_those_of_the_table():
    used = set()
    for path in (ROOT / "srcgrad").rglob("*.py"):
        if path.name != "errors.py":
            used |= set(re.findall(r"\"(E[1-9]\d\d)\"", path.read_text()))
    assert used == set(CODES)


def examples():
    """The examples that this Python can parse."""
    for code, text in SECTIONS.items():
        for version, example in re.findall(r"```python(?:-3\.(\d+))?\n(.*?)```", text, re.S):
            if sys.version_info[1] >= int(version or 0):
                yield code, example


_numbers = itertools.count()


def run(example, namespace):
    file = f"<example {next(_numbers)}>"
    linecache.cache[file] = (len(example), None, example.splitlines(keepends=True), file)
    exec(compile(example, file, "exec", dont_inherit=True), namespace)


@pytest.mark.parametrize(("code", "example"), [
    case for case in examples() if case[0] < "E2"
])  # fmt: skip
def test_forms_on_the_page_are_not_accepted(code, example):
    def refuse(function):
        accept(source_of(function), function.__globals__)
        raise AssertionError("accepted")

    with pytest.raises(SrcgradError) as caught:
        run(example, {"grad": refuse})
    assert caught.value.code == code
    assert "^" in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize(("code", "example"), list(examples()), ids=lambda x: x if x in CODES else "")
def test_examples_on_the_page_are_refused(code, example, monkeypatch):
    registry.load()
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))  # the rules of the examples go again
    if 'backend="numba"' in example:
        pytest.importorskip("numba")
    with pytest.raises(SrcgradError) as caught:
        run(example, {"np": np, "grad": srcgrad.grad, "vjp": srcgrad.vjp})
    assert caught.value.code == code
