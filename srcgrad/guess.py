"""What would a function's arguments be like, before it is ever called?  For text to read, which is never run.

Typed by annotations, defaults and use: a bound of `range` or an index is an int, what is subscripted or has a length is
a vector, two subscripts or `.T` make a matrix; the rest are floats if used with elements only, else vectors.
"""

from __future__ import annotations

import inspect
import types
from typing import Any

import gast
import numpy as np

from srcgrad.callables import Parameter
from srcgrad.lang.nodes import nodes_in

SIZE = 5


def example_arguments(tree: gast.FunctionDef, function: types.FunctionType, parameters: list[Parameter]) -> list[Any]:
    """A value of the likely kind for every parameter."""
    annotations = {name: str(found) for name, found in getattr(function, "__annotations__", {}).items()}
    values: list[Any] = []
    for parameter in parameters:
        if parameter.kind in ("args", "kwargs"):
            values.append(() if parameter.kind == "args" else {})
        elif parameter.default is not inspect.Parameter.empty:
            values.append(parameter.default)
        else:
            values.append(_example(annotations.get(parameter.name, ""), uses(tree, parameter.name)))
    return values


def _example(annotation: str, found: set[str]) -> Any:
    if "int" in annotation or "int" in found and "float" not in annotation:
        return 3
    if "float" in annotation:
        return 0.5
    if "matrix" in found:
        return np.linspace(0.2, 0.8, SIZE * SIZE).reshape(SIZE, SIZE)
    if "vector" in found or "ndarray" in annotation:
        return np.linspace(0.2, 0.8, SIZE)
    return 0.5


def uses(tree: gast.FunctionDef, name: str) -> set[str]:
    """How a parameter is used: "int", "vector", "matrix"."""
    found: set[str] = set()

    def is_name(node: Any) -> bool:
        return isinstance(node, gast.Name) and node.id == name

    for node in nodes_in(tree):
        if isinstance(node, gast.Call):
            called = node.func.id if isinstance(node.func, gast.Name) else getattr(node.func, "attr", "")
            given = [n for a in node.args for n in nodes_in(a)]
            if called in ("range", "zeros", "ones", "empty", "eye") and any(map(is_name, given)):
                inside = any(isinstance(n, gast.Call) or isinstance(n, gast.Attribute) for n in given)
                found.add("vector" if inside else "int")
            elif called in ("sum", "mean", "dot", "copy", "max", "min", "norm", "len", "cumsum") and any(
                map(is_name, given)
            ):
                found.add("vector")
            if isinstance(node.func, gast.Attribute) and is_name(node.func.value):
                found.add("vector")
        elif isinstance(node, gast.Subscript):
            if is_name(node.value):
                count = len(node.slice.elts) if isinstance(node.slice, gast.Tuple) else 1
                found.add("matrix" if count > 1 else "vector")
            if any(map(is_name, nodes_in(node.slice))):
                found.add("int")
        elif isinstance(node, gast.Attribute) and is_name(node.value):
            found.add("matrix" if node.attr == "T" else "vector")
        elif isinstance(node, gast.BinOp) and isinstance(node.op, gast.MatMult):
            if is_name(node.left):
                found.add("matrix")
            elif is_name(node.right):
                found.add("vector")
        elif isinstance(node, (gast.For, gast.comprehension)) and is_name(node.iter):
            found.add("vector")
    return found
