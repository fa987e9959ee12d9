"""Functions that read a number back from text made of differentiable values, and must be refused."""

# ruff: noqa - unusual forms are what is tested here

import ast
import io
import json
from decimal import Decimal
from fractions import Fraction

import numpy as np

from tests.programs import refused


def _label(t):
    return f"{t:.17g}"


@refused("E2", 0.7)
def from_str(x):
    return float(str(x * x)) * x


@refused("E2", 0.7)
def from_percent(x):
    return float("%.17g" % (x * x)) * x


@refused("E2", 0.7)
def from_format(x):
    return float("{:.17g}".format(x * x)) + x


@refused("E2", 0.7)
def from_a_helper(x):
    return float(_label(x * x)) + x


@refused("E2", 0.7)
def from_a_list_of_text(x):
    lines = []
    for k in range(3):
        lines.append(repr(x * k))
    return sum([float(line) for line in lines]) * x


@refused("E2", 0.7)
def from_joined_and_split_text(x):
    text = ", ".join([str(x), str(x * x)])
    parts = text.split(", ")
    return float(parts[1]) * x + float(text[:3])


@refused("E2", 0.7)
def from_a_dict_of_text(x):
    table = {"a": str(x), "b": "0.5"}
    return float(table["a"].strip()) * x


@refused("E", 0.7)
def from_text_in_a_branch(x):
    text = str(x * x) if x > 0 else "1.0"
    return float(text) * x


@refused("E", 0.7)
def from_the_largest_text(x):
    return float(max([str(x), "0.1"])) * x


@refused("E", 0.7)
def from_numpy_reading(x):
    return np.float64(f"{x}") * x


@refused("E", 0.7)
def from_an_array_of_text(x):
    return np.sum(np.array([str(x), "1.5"]).astype(float)) * x


@refused("E", 0.7)
def from_decimal(x):
    return float(Decimal(str(x))) * x


@refused("E", 0.7)
def from_fraction(x):
    return float(Fraction(f"{x:.6f}")) * x


@refused("E", 0.7)
def from_literal_eval(x):
    return ast.literal_eval(repr(x)) * x


@refused("E", 0.7)
def from_json_text(x):
    return json.loads("[" + str(x) + "]")[0] * x


@refused("E", 0.7)
def from_text_in_a_while(x):
    text = "0.5"
    n = 0
    while n < 3:
        text = f"{float(text) + x}"
        n += 1
    return float(text) * x


@refused("E", 0.7)
def from_digits(x):
    return int(str(x).replace(".", "")) * x


@refused("E", 0.7)
def from_mapped_text(x):
    return sum(map(float, [str(x), str(x * x)])) * x


@refused("E", 0.7)
def from_text_as_an_attribute(x):
    class_ = type("Holder", (), {})
    holder = class_()
    holder.text = str(x)
    return float(holder.text) * x


@refused("E", 0.7)
def from_fromstring(x):
    return np.sum(np.fromstring(f"{x} {x * x}", sep=" ")) * x


@refused("E", 0.7)
def from_a_buffer(x):
    buffer = io.StringIO()
    buffer.write(str(x))
    return float(buffer.getvalue()) * x


@refused("E", 0.7)
def from_a_buffer_that_was_printed_to(x):
    buffer = io.StringIO()
    print(x, file=buffer)
    return float(buffer.getvalue()) * x
