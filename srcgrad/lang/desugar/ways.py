"""How may a statement be left: at its end, by return, break or continue, or never?"""

from __future__ import annotations

import gast

from srcgrad.lang.desugar.build import SCOPES, Block, walk_own

RETURN, BREAK, CONTINUE = "return", "break", "continue"
# Context managers known to let exceptions through; after any other `with`, control may arrive without the body's end.
TRANSPARENT = {"errstate", "printoptions", "catch_warnings", "nullcontext", "localcontext", "closing", "open"}


class Ways:
    """The ways out of the statements of one function; each statement is looked at once."""

    def __init__(self) -> None:
        self.exits: dict[int, frozenset[str]] = {}
        self.ends: dict[int, bool] = {}
        self.kept: list[gast.AST] = []  # so that the ids in `exits` and `ends` stay theirs

    def exits_of_block(self, block: Block) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for statement in block:
            found |= self.exits_of(statement)
            if not self.goes_on(statement):
                break
        return found

    def exits_of(self, statement: gast.stmt) -> frozenset[str]:
        """How control may leave this statement other than at its end or by an exception."""
        if id(statement) not in self.exits:
            self.exits[id(statement)] = self.find_exits(statement)
            self.kept.append(statement)
        return self.exits[id(statement)]

    def find_exits(self, statement: gast.stmt) -> frozenset[str]:
        if isinstance(statement, gast.Return):
            return frozenset({RETURN})
        if isinstance(statement, gast.Break):
            return frozenset({BREAK})
        if isinstance(statement, gast.Continue):
            return frozenset({CONTINUE})
        if isinstance(statement, (gast.For, gast.While)):
            orelse = [] if is_endless(statement) else statement.orelse
            inside = self.exits_of_block(statement.body) & {RETURN}
            return inside | self.exits_of_block(orelse)
        if isinstance(statement, SCOPES):
            return frozenset()
        parts = [statement, *getattr(statement, "handlers", [])]
        blocks = [getattr(part, name, []) for part in parts for name in ("body", "orelse", "finalbody")]
        return frozenset().union(*[self.exits_of_block(block) for block in blocks])

    def may_fail_leaving(self, block: Block) -> bool:
        """May an exit from this block raise, after it was asked for: in a `finally`, or when leaving a `with`?"""
        for node in walk_own(block):
            opaque = isinstance(node, gast.With) and not all(map(_is_transparent, node.items))
            if (opaque or isinstance(node, gast.Try) and node.finalbody) and self.exits_of(node):
                return True
        return False

    def falls(self, block: Block) -> bool:
        """May control reach the end of the block?"""
        return all(self.goes_on(statement) for statement in block)

    def goes_on(self, statement: gast.stmt) -> bool:
        if id(statement) not in self.ends:
            self.ends[id(statement)] = self.find_end(statement)
            self.kept.append(statement)
        return self.ends[id(statement)]

    def find_end(self, statement: gast.stmt) -> bool:
        if isinstance(statement, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
            return False
        if isinstance(statement, gast.If):
            return self.falls(statement.body) or self.falls(statement.orelse)
        if isinstance(statement, (gast.For, gast.While)):
            if BREAK in self.exits_of_block(statement.body):
                return True
            return not is_endless(statement) and self.falls(statement.orelse)
        if isinstance(statement, gast.With):
            return self.falls(statement.body) or not all(map(_is_transparent, statement.items))
        if isinstance(statement, gast.Try):
            through = self.falls(statement.body) and self.falls(statement.orelse)
            through = through or any(self.falls(handler.body) for handler in statement.handlers)
            return through and self.falls(statement.finalbody)
        return True


def is_endless(statement: gast.stmt) -> bool:
    if not isinstance(statement, gast.While):
        return False
    return isinstance(statement.test, gast.Constant) and bool(statement.test.value)


def _is_transparent(item: gast.withitem) -> bool:
    context = item.context_expr
    callee = context.func if isinstance(context, gast.Call) else context
    return getattr(callee, "attr", getattr(callee, "id", "")) in TRANSPARENT
