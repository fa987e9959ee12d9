"""What does a decorated function inside a function mean?  The function, and a call of the decorator."""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang.desugar.build import assign, call, load
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in


def apply_decorators(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The function with each decorator inside it called by name.

    before                after
        @twice                def f_undecorated(t):
        def f(t):                 ...
            ...               f = twice(f_undecorated)
    """
    if not any(isinstance(n, gast.FunctionDef) and n.decorator_list and n is not function for n in nodes_in(function)):
        return function
    function = copy.deepcopy(function)
    function.body = [result for statement in function.body for result in listed(Undecorated(names).visit(statement))]
    return function


def listed(result: Any) -> list[gast.stmt]:
    return result if isinstance(result, list) else [result]


class Undecorated(gast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self.names = names

    def visit_FunctionDef(self, node: gast.FunctionDef) -> Any:
        self.generic_visit(node)
        if not node.decorator_list:
            return node
        name, decorators = node.name, node.decorator_list
        node.name, node.decorator_list = self.names.fresh(f"{name}_undecorated"), []
        value: gast.expr = load(node.name)
        for decorator in reversed(decorators):
            value = call(decorator, value)
        return [node, assign(name, value, node)]
