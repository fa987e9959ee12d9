"""Does every rule come through the whole engine? A one-line program around each, at the rule's own test points."""

from __future__ import annotations

import importlib.util
import re

import numpy as np
import pytest

from srcgrad.rules.texts import callee, split
from srcgrad.runtime import FUNCTIONS
from tests.check import check_gradient
from tests.rules.test_rules import CASES, arguments

DRAW = re.compile(r"\b([AFP])\(([^()]*)\)|(?<![\w.])(0\.\d+)")

# The engine refuses these: results that are lists, conditions that compare sizes, functions flat in an operand.
NOT_YET = {"np.broadcast_arrays", "np.split", "np.array_split", "np.vsplit", "np.dsplit", "np.hsplit", "np.unstack",
           "np.meshgrid", "np.correlate", "np.linalg.qr", "np.interp", "np.imag", "np.heaviside"}  # fmt: skip


def programs():
    for case in CASES:
        rule, at = case.values
        name = callee(split(rule.text)[1])
        if not rule.at and not at.startswith(("F", "A(3)", "A(2, 3)")) or "C(" in at or "A(0)" in at:
            continue
        if name is not None and (
            name in FUNCTIONS
            or name.startswith(("scipy", "np.float", "np.longdouble", "np.complex"))
            or name == "complex"
        ):
            continue
        if name in NOT_YET or "np.array([0.3, 1.4" in at or "np.array([0.0" in at:
            continue
        yield pytest.param(rule, at, id=case.id)


def program(rule, at, path):
    """`def f(a0, a1): return weighted(np.dot(a0, a1))`, and its arguments."""
    values = []

    def parameter(match):
        if match.group(3):
            values.append(float(match.group(3)))
        else:
            values.append(arguments(rule, match.group(0))[0][0])
            rng = np.random.default_rng(len(values))
            if match.group(1) != "P":
                values[-1] = values[-1] + 0.01 * rng.uniform(size=np.shape(values[-1]))
            if match.group(1) == "F":
                values[-1] = float(values[-1])
        return f"a{len(values) - 1}"

    text = DRAW.sub(parameter, at).replace("X3", "np.array([0.3, 0.5, 0.7])")
    outputs, right = split(rule.text)
    name = callee(right)
    if name is not None:
        call = f"{name}({text})"
    elif right[0] in "-+":
        call = f"{right[0]}({text})"
    else:
        call = f" {right.split()[1]} ".join(text.split(", "))
    names = ", ".join(outputs)
    listed = outputs == ("ys",)
    terms = [
        f"np.sum(np.real({n} * {n}) * 0.5 + np.real({n}) + np.imag({n}))"
        if ".fft." in right
        else f"np.sum({n} * {n} * 0.5 + {n})"
        for n in (("ys[0]", "ys[-1]") if listed else outputs)
    ]
    lines = [f"    {names} = {call}", f"    return {' + '.join(terms)}"]
    params = ", ".join(f"a{i}" for i in range(len(values)))
    source = "\n".join(["import copy", "import functools", "import math", "import operator", "", "import numpy as np", "", "",
                        f"def f({params}):", *lines, ""])  # fmt: skip
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f, tuple(values)


@pytest.mark.parametrize(("rule", "at"), programs())
def test_rule_through_grad(rule, at, tmp_path):
    f, values = program(rule, at, tmp_path / "program.py")
    if not values:
        pytest.skip("its operands are spelled out")
    with np.errstate(all="ignore"):
        check_gradient(f, values, tuple(range(len(values))))
