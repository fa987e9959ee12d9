"""How are statements written and rebuilt, without changing a tree that was given?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import gast

from srcgrad.lang.nodes import children

Node = TypeVar("Node", bound=gast.AST)
Block = list[gast.stmt]
SCOPES = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Lambda)
PLACES = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def load(name: str) -> gast.Name:
    return gast.Name(name, gast.Load(), None, None)


def store(name: str) -> gast.Name:
    return gast.Name(name, gast.Store(), None, None)


def constant(value: Any) -> gast.Constant:
    return gast.Constant(value, None)


def call(function: gast.expr | str, *args: gast.expr) -> gast.Call:
    return gast.Call(load(function) if isinstance(function, str) else function, list(args), [])


def subscript(value: gast.expr, index: gast.expr | int) -> gast.Subscript:
    index = constant(index) if isinstance(index, int) else index
    if isinstance(index, gast.Constant) and index.value < 0:
        index = gast.UnaryOp(gast.USub(), constant(-index.value))
    return gast.Subscript(value, index, gast.Load())


OPPOSITE = {gast.Is: gast.IsNot, gast.IsNot: gast.Is, gast.In: gast.NotIn, gast.NotIn: gast.In}


def negation(test: gast.expr) -> gast.expr:
    """`not test`; an order or an equality is not turned round, since neither side of nan holds."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    if isinstance(test, gast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in OPPOSITE:
        return replaced(test, ops=[OPPOSITE[type(test.ops[0])]()])
    return gast.UnaryOp(gast.Not(), test)


def both(tests: list[gast.expr]) -> gast.expr:
    """All the tests, as one expression."""
    return tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)


def either(tests: list[gast.expr]) -> gast.expr:
    """Any of the tests, as one expression."""
    return tests[0] if len(tests) == 1 else gast.BoolOp(gast.Or(), tests)


def builtin(name: str, bound: Iterable[str]) -> gast.expr:
    """A builtin type, also where the user's function has a variable of that name."""
    if name not in bound:
        return load(name)
    empty = {"list": gast.List([], gast.Load()), "tuple": gast.Tuple([], gast.Load()), "dict": gast.Dict([], [])}
    return gast.Attribute(empty[name], "__class__", gast.Load())


def length(value: gast.expr, bound: Iterable[str]) -> gast.expr:
    """`len(value)`, also where `len` is a variable of the user's."""
    if "len" not in bound:
        return call("len", value)
    return call(gast.Attribute(value, "__len__", gast.Load()))


def assign(target: gast.expr | str, value: gast.expr, at: gast.AST) -> gast.Assign:
    target = store(target) if isinstance(target, str) else target
    return located(gast.Assign([target], value, None), at)


def branch(test: gast.expr, body: Block, orelse: Block, at: gast.AST) -> gast.If:
    """`if test: body else: orelse`; the first line is that of `at`."""
    return located(gast.If(test, body or [located(gast.Pass(), at)], orelse), at)


def located(node: Node, at: gast.AST) -> Node:
    """The node, with the place of `at` for itself and for what is new in it."""
    if hasattr(node, "lineno"):
        return node
    if node._attributes:
        for place in PLACES:
            setattr(node, place, getattr(at, place))
    for child in gast.iter_child_nodes(node):
        located(child, at)
    return node


def replaced(node: Node, **fields: Any) -> Node:
    """A copy of a node with other fields; the node itself if they are what it has."""
    if all(getattr(node, name) is value for name, value in fields.items()):
        return node
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def map_blocks(statement: gast.stmt, rewrite: Callable[[Block], Block]) -> gast.stmt:
    """The statement with its blocks rewritten; nested functions and classes are left alone."""
    if isinstance(statement, SCOPES):
        return statement
    if isinstance(statement, gast.Match):
        return replaced(statement, cases=_map_parts(statement.cases, rewrite))
    fields = {}
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            fields[name] = rewrite(block)
    if isinstance(statement, gast.Try):
        fields["handlers"] = _map_parts(statement.handlers, rewrite)
    return replaced(statement, **fields)


def _map_parts(parts: list[Any], rewrite: Callable[[Block], Block]) -> list[Any]:
    new = [replaced(part, body=rewrite(part.body)) for part in parts]
    return parts if same(new, parts) else new


def map_statements(block: Block, rewrite: Callable[[gast.stmt], Block]) -> Block:
    """The block with each statement rewritten; the same list if nothing has changed."""
    new = [result for statement in block for result in rewrite(statement)]
    return block if same(new, block) else new


def same(new: list[Any], old: list[Any]) -> bool:
    """Have the two lists the same nodes?"""
    return len(new) == len(old) and all(a is b for a, b in zip(new, old))


def walk_own(nodes: Iterable[gast.AST]) -> Iterator[gast.AST]:
    """The nodes of a function's own text, in no order: not those of functions, lambdas and classes inside it."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, SCOPES):
            pending += children(node)


def stored(nodes: Iterable[gast.AST]) -> set[str]:
    """The names that these trees bind."""
    found = set()
    for node in walk_own(nodes):
        if isinstance(node, gast.Name) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(node.id)
        elif isinstance(node, (gast.FunctionDef, gast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, gast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def locals_of(function: gast.FunctionDef) -> set[str]:
    """The parameters and the names that the function's body binds."""
    args = function.args
    params = [*args.args, *args.posonlyargs, *args.kwonlyargs, args.vararg, args.kwarg]
    return {param.id for param in params if param is not None} | stored(function.body)
