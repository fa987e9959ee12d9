"""What is the smallest program that still fails? Statements are left out in turn."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator


def shrunk(text: str, fails: Callable[[str], bool], tries: int = 400) -> str:
    """A smaller text for which `fails` is true, by leaving out statements.

    Also tries the body of a compound statement in its place, and one operand in the
    place of an operation. `fails` must be false for a text that does not run.
    """
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in candidates(text):
            tries -= 1
            if len(candidate) < len(text) and fails(candidate):
                text, smaller = candidate, True
                break
            if tries <= 0:
                break
    return text


def candidates(text: str) -> Iterator[str]:
    """The texts that are one step smaller; large steps first."""
    count = sum(1 for _ in blocks(ast.parse(text)))
    for number in range(count):
        size = len(list(blocks(ast.parse(text)))[number])
        for place in range(size):
            for change in (removed, unwrapped):
                tree = ast.parse(text)
                statements = list(blocks(tree))[number]
                if change(statements, place):
                    yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    yield from simpler_expressions(text)


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if isinstance(statements, list) and statements:
                yield statements


def removed(statements: list[ast.stmt], place: int) -> bool:
    if len(statements) == 1 and isinstance(statements[0], ast.Pass):
        return False
    if counts(statements[place]):
        return False
    del statements[place]
    if not statements:
        statements.append(ast.Pass())
    return True


def counts(statement: ast.stmt) -> bool:
    """Does a `while` perhaps end by it: `n0 += 1`?"""
    return isinstance(statement, ast.AugAssign) and ast.unparse(statement.value) == "1"


def unwrapped(statements: list[ast.stmt], place: int) -> bool:
    statement = statements[place]
    if not isinstance(statement, ast.If | ast.For | ast.While):
        return False
    statements[place : place + 1] = statement.body
    return True


def simpler_expressions(text: str) -> Iterator[str]:
    operations = (ast.BinOp, ast.Call, ast.IfExp)
    count = sum(isinstance(node, operations) for node in ast.walk(ast.parse(text)))
    for number in range(count):
        for part in range(2):
            tree = ast.parse(text)
            found = [node for node in ast.walk(tree) if isinstance(node, operations)]
            parts = operands(found[number])
            if part < len(parts):
                tree = Replace(found[number], parts[part]).visit(tree)
                yield ast.unparse(tree) + "\n"


def operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return list(node.args)


class Replace(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().generic_visit(node)
