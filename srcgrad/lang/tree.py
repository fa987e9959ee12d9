"""How are expression trees built, searched and rewritten?  Trees are shared: nothing here changes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gast

from srcgrad.lang.nodes import changed_fields, children, nodes_in, with_fields
from srcgrad.lang.printer import expression_text

SCOPES = (gast.ListComp, gast.SetComp, gast.GeneratorExp, gast.DictComp, gast.Lambda)
OPERATORS = {
    "+": gast.Add, "-": gast.Sub, "*": gast.Mult, "/": gast.Div, "//": gast.FloorDiv, "%": gast.Mod, "**": gast.Pow,
    "@": gast.MatMult, "<<": gast.LShift, ">>": gast.RShift, "&": gast.BitAnd, "|": gast.BitOr, "^": gast.BitXor,
}  # fmt: skip
SYMBOLS = {node: symbol for symbol, node in OPERATORS.items()}
UNARY = {gast.USub: "-", gast.UAdd: "+", gast.Invert: "~", gast.Not: "not"}


def name(id: str) -> gast.Name:
    return gast.Name(id, gast.Load(), None, None)


def target(id: str) -> gast.Name:
    return gast.Name(id, gast.Store(), None, None)


def constant(value: Any) -> gast.Constant:
    return gast.Constant(value, None)


def binary(left: gast.expr, op: str, right: gast.expr) -> gast.BinOp:
    return gast.BinOp(left, OPERATORS[op](), right)


def negative(value: gast.expr) -> gast.expr:
    return gast.UnaryOp(gast.USub(), value)


def attribute(value: gast.expr, attr: str) -> gast.Attribute:
    return gast.Attribute(value, attr, gast.Load())


def subscript(value: gast.expr, index: gast.expr) -> gast.Subscript:
    return gast.Subscript(value, index, gast.Load())


def is_full_slice(index: gast.expr) -> bool:
    return isinstance(index, gast.Slice) and not (index.lower or index.upper or index.step)


def at_axes(value: gast.expr, axes: Iterable[int], item: gast.expr) -> gast.expr:
    """`value[:, item]`: the item at each of these axes, all of the others."""
    items: list[gast.expr] = [gast.Slice(None, None, None) for _ in range(max(axes) + 1)]
    for axis in axes:
        items[axis] = item
    return subscript(value, items[0] if len(items) == 1 else display(items))


def axis_of(axes: Iterable[int]) -> gast.expr:
    """Axes as the argument `axis`: one number, or a tuple."""
    items: list[gast.expr] = [constant(axis) for axis in axes]
    return items[0] if len(items) == 1 else display(items)


def call(function: gast.expr | str, *args: gast.expr, **keywords: gast.expr) -> gast.Call:
    function = name(function) if isinstance(function, str) else function
    return gast.Call(function, list(args), [gast.keyword(k, v) for k, v in keywords.items()])


def is_call(value: gast.AST, function: str) -> bool:
    """Is it a call of the function of this name?"""
    return isinstance(value, gast.Call) and isinstance(value.func, gast.Name) and value.func.id == function


def method(value: gast.expr, attr: str, *args: gast.expr) -> gast.Call:
    return call(attribute(value, attr), *args)


def copied(value: gast.expr) -> gast.Call:
    """`x.copy()`; all of x, `x[:]`, is x."""
    index = value.slice if isinstance(value, gast.Subscript) else None
    if isinstance(index, gast.Slice) and index.lower is index.upper is index.step is None:
        value = value.value  # type: ignore[attr-defined]
    return method(value, "copy")


def display(items: list[gast.expr]) -> gast.Tuple:
    return gast.Tuple(items, gast.Load())


def assign(place: gast.expr | str, value: gast.expr) -> gast.Assign:
    return gast.Assign([target(place) if isinstance(place, str) else as_store(place)], value, None)


def augment(place: gast.expr | str, op: str, value: gast.expr) -> gast.AugAssign:
    return gast.AugAssign(target(place) if isinstance(place, str) else as_store(place), OPERATORS[op](), value)


def statement(value: gast.expr) -> gast.Expr:
    return gast.Expr(value)


def as_store(place: gast.expr) -> gast.expr:
    if isinstance(place, gast.Tuple):
        return gast.Tuple([as_store(e) for e in place.elts], gast.Store())
    return with_fields(place, {"ctx": gast.Store()})  # type: ignore[no-any-return]


def as_load(place: gast.expr) -> gast.expr:
    return with_fields(place, {"ctx": gast.Load()})  # type: ignore[no-any-return]


def text(expression: gast.expr) -> str:
    return expression_text(expression)


def is_place(expression: gast.AST) -> bool:
    """A name, or a subscript or attribute of a place."""
    while isinstance(expression, (gast.Subscript, gast.Attribute)):
        expression = expression.value
    return isinstance(expression, gast.Name)


def root(place: gast.AST) -> str | None:
    """The name a place begins with."""
    while isinstance(place, (gast.Subscript, gast.Attribute)):
        place = place.value
    return place.id if isinstance(place, gast.Name) else None


def rebase(place: gast.expr, base: gast.expr) -> gast.expr:
    """`x[i].a` with x replaced by another expression; the indices are shared."""
    if isinstance(place, gast.Name):
        return base
    result = with_fields(place, {})
    result.value = rebase(place.value, base)  # type: ignore[attr-defined]
    result.ctx = gast.Load()  # type: ignore[attr-defined]
    return result


def rebase_top(place: gast.expr, container: gast.expr) -> gast.expr:
    """`p.x` or `p[i]` with another expression for p."""
    result = as_load(place)
    result.value = container  # type: ignore[attr-defined]
    return result


def indices(place: gast.AST) -> Iterator[gast.expr]:
    """The subscripts of a place, innermost first."""
    if isinstance(place, (gast.Subscript, gast.Attribute)):
        yield from indices(place.value)
        if isinstance(place, gast.Subscript):
            yield place.slice


def replace(node: Any, changes: dict[int, gast.expr]) -> Any:
    """The tree with some nodes, given by identity, replaced; what does not change is shared."""
    if id(node) in changes:
        return changes[id(node)]
    if not changes:
        return node
    fields = changed_fields(node, lambda inner: replace(inner, changes))
    return with_fields(node, fields) if fields else node


def contains(node: gast.AST, ids: set[int]) -> bool:
    return id(node) in ids or any(contains(child, ids) for child in children(node))


def name_nodes(node: Any, bound: frozenset[str] = frozenset()) -> list[gast.Name]:
    """The names an expression reads, in the order of the text; those bound by a comprehension or lambda inside it do
    not count.
    """
    found: list[gast.Name] = []
    waiting = [node]
    while waiting:
        node = waiting.pop()
        kind = node.__class__
        if kind is gast.Name:
            if node.id not in bound and node.ctx.__class__ is gast.Load:
                found.append(node)
        elif kind in SCOPES:
            found += _names_of_scope(node, bound)
        else:
            waiting += children(node)[::-1]
    return found


def _names_of_scope(node: Any, bound: frozenset[str]) -> list[gast.Name]:
    if isinstance(node, gast.Lambda):
        return name_nodes(node.body, bound | {n.id for n in nodes_in(node.args) if isinstance(n, gast.Name)})
    found = name_nodes(node.generators[0].iter, bound)
    bound = bound | {n.id for g in node.generators for n in nodes_in(g.target) if isinstance(n, gast.Name)}
    for i, generator in enumerate(node.generators):
        for part in [generator.iter, *generator.ifs] if i else generator.ifs:
            found += name_nodes(part, bound)
    for part in [node.key, node.value] if isinstance(node, gast.DictComp) else [node.elt]:
        found += name_nodes(part, bound)
    return found


def names_read(node: gast.AST) -> set[str]:
    return {n.id for n in name_nodes(node)}


BLOCKS = ("body", "orelse", "finalbody")


def blocks_of(statement: gast.AST) -> list[list[gast.stmt]]:
    """The blocks inside a statement; none of one that stands alone."""
    return [getattr(statement, part) for part in BLOCKS if hasattr(statement, part)]


def statements_in(statements: Iterable[Any]) -> list[Any]:
    """The statements and all those inside them, the outer before the inner ones."""
    found = list(statements)
    for statement in found:
        for block in blocks_of(statement):
            found += block
        for handler in getattr(statement, "handlers", ()):
            found += handler.body
    return found


def index_of(items: list[Any], item: Any) -> int:
    """The position of this very statement or step, and not of one that is equal to it."""
    return next(i for i, one in enumerate(items) if one is item)


def with_blocks(statement: Any, change: Callable[[list[gast.stmt]], list[gast.stmt]]) -> Any:
    """A compound statement with its blocks changed; another one as it is."""
    changes: dict[str, Any] = {part: change(getattr(statement, part)) for part in BLOCKS if hasattr(statement, part)}
    if not changes:
        return statement
    return type(statement)(**{**dict(gast.iter_fields(statement)), **changes})


def made_of_range(node: Any) -> bool:
    """`range(...)`, its first numbers, or reversed."""
    if isinstance(node, gast.Subscript) and isinstance(node.slice, gast.Slice):
        part = node.slice
        return part.lower is None and part.step is None and part.upper is not None and made_of_range(node.value)
    if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
        if node.func.id == "reversed" and len(node.args) == 1:
            return made_of_range(node.args[0])
        return node.func.id == "range"
    return False


def range_of(node: Any) -> Any:
    """The call of `range` in what is `made_of_range`."""
    while isinstance(node, gast.Subscript) or node.func.id != "range":
        node = node.value if isinstance(node, gast.Subscript) else node.args[0]
    return node
