"""Is a function in the syntactic normal form?"""

from __future__ import annotations

from collections.abc import Iterator

import gast

from srcgrad.lang.desugar.build import Block, walk_own

REMOVED = (gast.AnnAssign, gast.Match, gast.Continue)


def is_normal(function: gast.FunctionDef) -> bool:
    return not any(True for _ in breaches(function))


def breaches(function: gast.FunctionDef) -> Iterator[str]:
    """What is not normal in a function that has been desugared."""
    returns = [node for node in walk_own(function.body) if isinstance(node, gast.Return)]
    if len(returns) != 1 or function.body[-1] is not returns[0] or returns[0].value is None:
        yield "one return, last, with a value"
    for node in walk_own(function.body):
        yield from _statement(node)
    yield from _breaks(function.body, False)


def _statement(node: gast.AST) -> Iterator[str]:
    if isinstance(node, REMOVED):
        yield f"{node.lineno}: {type(node).__name__}"
    elif isinstance(node, gast.Assign):
        if len(node.targets) != 1:
            yield f"{node.lineno}: chained targets"
        elif not _is_target(node.targets[0]):
            yield f"{node.lineno}: nested target"
    elif isinstance(node, gast.For) and not _is_target(node.target, (gast.Name,)):
        yield f"{node.lineno}: nested loop target"
    elif isinstance(node, gast.withitem) and not isinstance(node.optional_vars, (gast.Name, type(None))):
        yield "with binds a name"
    elif isinstance(node, (gast.For, gast.While)) and node.orelse:
        yield f"{node.lineno}: loop else"
    if isinstance(node, gast.stmt) and not hasattr(node, "lineno"):
        yield f"{type(node).__name__}: no line"


def _is_target(target: gast.expr, single: tuple[type, ...] = (gast.Name, gast.Attribute, gast.Subscript)) -> bool:
    if isinstance(target, gast.Tuple):
        return all(isinstance(member, gast.Name) for member in target.elts)
    return isinstance(target, single)


def _breaks(block: Block, allowed: bool) -> Iterator[str]:
    """`allowed`: the block is a branch in a loop's body, with nothing of the body after it."""
    for index, statement in enumerate(block):
        last = index == len(block) - 1
        if isinstance(statement, gast.Break):
            if not (allowed and last):
                yield f"{statement.lineno}: break with something after it"
        elif isinstance(statement, (gast.For, gast.While)):
            if isinstance(statement.body[-1], gast.Break):
                yield f"{statement.lineno}: break that is not in a branch"
            yield from _breaks(statement.body, True)
        elif isinstance(statement, gast.If):
            yield from _breaks(statement.body, allowed and last)
            yield from _breaks(statement.orelse, allowed and last)
        elif isinstance(statement, (gast.With, gast.Try)):
            for part in [statement, *getattr(statement, "handlers", [])]:
                for name in ("body", "orelse", "finalbody"):
                    yield from _breaks(getattr(part, name, []), False)
