"""Is the source generated for every program clean, able to stand alone, and always the same?"""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import srcgrad
from tests import programs

programs.load()
ROOT = pathlib.Path(__file__).parent.parent
# Names that the user chose (`l`), or bound without reading them (`with f() as s`), stay.
IGNORED = "E741,F841"

# Runs in a process in which srcgrad cannot be imported; reads name -> source, its function, value.
ALONE = """
import contextlib, inspect, io, json, sys
sys.modules["srcgrad"] = None
import numpy as np
from tests import programs
programs.load(leave_out=("checkpoints", "inner_derivatives"))  # which call srcgrad
cases = {case.name: case for case in programs.PROGRAMS}
called, wrong = 0, []
for name, (source, entry, expected) in json.load(sys.stdin).items():
    if name not in cases:
        continue
    namespace = {}
    args = cases[name].make_args()
    try:
        exec(compile(source, name, "exec"), namespace)
        function = namespace[entry]
        required = function.__code__.co_argcount - len(function.__defaults__ or ())
        own = inspect.signature(cases[name].function, follow_wrapped=False).parameters.values()
        if required != len(args) or any(p.kind is p.VAR_POSITIONAL for p in own):
            continue  # data in cells and globals are further parameters, `*args` is one
        called += 1
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            value, _ = function(*args)
        if not np.array_equal(np.ravel(value), np.ravel(expected), equal_nan=True):
            wrong.append(f"{name}: {value!r}, not {expected!r}")
    except Exception as error:
        wrong.append(f"{name}: {error!r}")
json.dump([called, wrong], sys.stdout)
"""

# Runs in a process of its own; prints name -> source of every eighth program.
AGAIN = """
import json, sys
from tests.test_output import generate
from tests import programs
json.dump({name: made[0] for name, made in generate(programs.PROGRAMS[::8]).items()}, sys.stdout)
"""


def generate(cases):
    """For each program the source, the name of the function that was asked for, and the value that gives."""
    made = {}
    for case in cases:
        df = srcgrad.value_and_grad(case.function, case.wrt)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                value, _ = df(*case.make_args())
        except srcgrad.SrcgradError:
            continue
        entry = df.specialize(*case.make_args()).__name__
        made[case.name] = df.source, entry, np.asarray(value).tolist()
    return made


def run(code, given="", **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=True,
    )


@pytest.fixture(scope="module")
def made():
    return generate(programs.PROGRAMS)


# A branch that is never reached, since the call before it always raises, keeps the user's text: it names `outer`.  The
# other reads a name that is only bound later in the loop, as its user wrote it.
UNREACHED = {"function_values.args_unpacked_at_the_callee", "loops.test_of_the_element_before"}
# Nested so deeply that no break keeps its lines within 88 columns.
TOO_DEEP = {"handling.comprehensions_and_choices_in_a_try", "handling.comprehensions_and_choices_in_a_try[2]"}


def test_source_is_clean(made, tmp_path):
    assert made.keys() >= UNREACHED | TOO_DEEP
    for name, (source, _, _) in made.items():
        if name in UNREACHED | TOO_DEEP:
            continue
        (tmp_path / f"{name}.py").write_text(source.rstrip() + "\n")
    check = ["ruff", "check", "--isolated", "--select", "E,F,W", "--line-length", "88", "--output-format", "concise"]
    done = subprocess.run(
        [sys.executable, "-m", *check, "--extend-ignore", IGNORED, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_source_stands_alone(made):
    called, wrong = json.loads(run(ALONE, json.dumps(made)).stdout)
    assert not wrong, "\n".join(wrong)
    assert called > 0.9 * len(made)


def test_source_is_the_same_in_every_process(made):
    first = json.loads(run(AGAIN, PYTHONHASHSEED="1").stdout)
    second = json.loads(run(AGAIN, PYTHONHASHSEED="2").stdout)
    assert first.keys() == second.keys()
    for name, source in first.items():
        assert source == second[name], name
        assert source == made[name][0], f"{name} depends on what was generated before it"
