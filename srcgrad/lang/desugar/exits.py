"""Where do early returns, breaks and continues go?  The rest of the block moves into the other branch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import gast

from srcgrad.errors import SrcgradError
from srcgrad.lang.desugar.build import (
    Block,
    assign,
    both,
    branch,
    constant,
    either,
    load,
    located,
    map_blocks,
    negation,
    replaced,
    same,
    walk_own,
)
from srcgrad.lang.desugar.ways import BREAK, CONTINUE, RETURN, Ways, is_endless
from srcgrad.lang.names import Names

Flag = tuple[str, int]  # the exit, and the depth of the loop that it leaves
FLAG_NAMES = {RETURN: "returned", BREAK: "broken", CONTINUE: "skipped"}


@dataclass(frozen=True)
class Leave:
    """What to do to leave: set flags, and break out of the loop, if what follows is not skipped by itself."""

    flags: tuple[Flag, ...] = ()
    jump: bool = False


@dataclass(frozen=True)
class Plan:
    """How each exit is spelled at a place that nothing follows but what the flags skip."""

    returns: Leave = Leave()
    breaks: Leave = Leave()
    continues: Leave = Leave()
    depth: int = 0  # of loops
    ready: frozenset[Flag] = frozenset()  # flags known to be False here

    def leave(self, kind: str) -> Leave:
        return {RETURN: self.returns, BREAK: self.breaks, CONTINUE: self.continues}[kind]

    def with_leaves(self, leaves: dict[str, Leave]) -> Plan:
        return replace(
            self,
            returns=leaves.get(RETURN, self.returns),
            breaks=leaves.get(BREAK, self.breaks),
            continues=leaves.get(CONTINUE, self.continues),
        )


def simplify_exits(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The function with one return, at its end; no `continue`; no loop `else`; a `break` that nothing follows.

    before                      after
        for x in xs:                broken = False
            if x > 1:               for x in xs:
                if x > 2:               if x > 1:
                    break                   if x > 2:
                y = x                           broken = True
            z = x                           else:
        return z                                y = x
                                        if not broken:
                                            z = x
                                        else:
                                            break
                                    return z

    A flag is there only where code follows a branch that may be left early or not.
    """
    return _Exits(names).function(function)


class _Exits:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.result: str | None = None  # where a return leaves its value; None: its value is that name already
        self.ways = Ways()
        self.flag_names: dict[Flag, str] = {}
        self.used: set[Flag] = set()  # flags of the loops around, if anything sets or asks them

    def function(self, function: gast.FunctionDef) -> gast.FunctionDef:
        body = function.body
        returns = [node for node in walk_own(body) if isinstance(node, gast.Return)]
        last = body[-1]
        if not returns or len(returns) == 1 and returns[0] is last:
            head, end = (body[:-1], last) if returns else (body, located(gast.Return(None), last))
            if end.value is None:
                end = replaced(end, value=located(constant(None), end))
            new = self.block(head, Plan())
            return function if end is last and same(new, head) else replaced(function, body=[*new, end])
        final = max(returns, key=lambda statement: (statement.lineno, statement.col_offset))
        if self.ways.falls(body):
            body = [*body, located(gast.Return(constant(None)), last)]
            returns.append(body[-1])
        name = _common_name(returns, function)
        if name is None:
            name = self.result = self.names.fresh("result")
        elif body[-1] is last and isinstance(last, gast.Return):
            body = body[:-1]
        new = self.block(body, Plan())
        return replaced(function, body=[*new, located(gast.Return(load(name)), final)])

    # -- blocks --------------------------------------------------------------------

    def block(self, block: Block, plan: Plan) -> Block:
        """The statements, in a place where an exit is spelled as the plan says."""
        new = self.statements(block, plan)
        return block if same(new, block) else new

    def statements(self, block: Block, plan: Plan) -> Block:
        made: Block = []
        for index, statement in enumerate(block):
            exits = self.ways.exits_of(statement)
            rest = block[index + 1 :] if self.ways.goes_on(statement) else []  # else it is never run
            if isinstance(statement, (gast.For, gast.While)):
                return made + self.loop(statement, rest, plan)
            if not exits:
                made.append(map_blocks(statement, lambda inner: self.block(inner, plan)))
                if not self.ways.goes_on(statement):
                    return made
            elif isinstance(statement, gast.Return):
                return made + self.set_result(statement) + self.go(plan.returns, statement)
            elif isinstance(statement, (gast.Break, gast.Continue)):
                kind = BREAK if isinstance(statement, gast.Break) else CONTINUE
                return made + self.go(plan.leave(kind), statement)
            elif isinstance(statement, gast.If):
                return made + self.branches(statement, rest, plan)
            else:
                return made + self.guarded(statement, rest, plan)
        return made

    def set_result(self, statement: gast.Return) -> Block:
        if self.result is None:
            return []
        return [assign(self.result, statement.value or constant(None), statement)]

    def go(self, leave: Leave, at: gast.stmt) -> Block:
        made: Block = [self.set(flag, True, at) for flag in leave.flags]
        self.used.update(leave.flags)
        return [*made, located(gast.Break(), at)] if leave.jump else made

    def branches(self, statement: gast.If, rest: Block, plan: Plan) -> Block:
        """An `if` with an exit inside: what follows moves into the branch that goes on, if one of them does not."""
        test, body, orelse = statement.test, statement.body, statement.orelse
        if rest and self.ways.falls(body) and self.ways.falls(orelse):
            inner = body[0]
            if orelse or len(body) > 1 or not isinstance(inner, gast.If) or inner.orelse or self.ways.falls(inner.body):
                return self.flagged(statement, rest, plan)
            # `if a: if b: <leave>` is `if a and b: <leave>`.
            test, body = located(both([test, inner.test]), statement), inner.body
        if not self.ways.falls(body):
            orelse = orelse + rest if self.ways.falls(orelse) else orelse
        elif not self.ways.falls(orelse):
            body = body + rest
        body, orelse = self.block(body, plan), self.block(orelse, plan)
        if not body and orelse:
            return [branch(negation(test), orelse, [], statement)]
        return [branch(test, body, orelse, statement)]

    def guarded(self, statement: gast.stmt, rest: Block, plan: Plan) -> Block:
        """A `with` or a `try` with an exit inside: it is left at its end, and the exit follows it."""
        exits = self.ways.exits_of(statement)
        goes_on = self.ways.goes_on(statement)
        skips = False
        if isinstance(statement, gast.Try):
            skips = bool(statement.orelse and self.ways.exits_of_block(statement.body))
            if self.ways.exits_of_block(statement.finalbody):
                message = f"an exit from a finally block (line {statement.finalbody[0].lineno})"
                raise SrcgradError("E308", message, advice="return, break or continue after the try statement")
        if not skips and not goes_on and len(exits) == 1:
            (kind,) = exits
            return self.inside(statement, plan.with_leaves({kind: Leave()})) + self.go(plan.leave(kind), statement)
        if not skips and not rest and not any(plan.leave(kind).jump for kind in exits):
            return self.inside(statement, plan)
        return self.flagged(statement, rest, plan)

    def inside(self, statement: gast.stmt, plan: Plan) -> Block:
        """The statement with its blocks written by the plan; an exit skips the `else` of its `try`."""
        if not isinstance(statement, gast.Try):
            return [self.mapped(statement, plan)]
        exits = self.ways.exits_of_block(statement.body)
        orelse = statement.orelse
        if exits and self.ways.may_fail_leaving(statement.body):
            # The exception that a handler has caught has called the exit off.
            flags = sorted({flag for kind in exits for flag in plan.leave(kind).flags})
            off = [self.set(flag, False, statement) for flag in flags]
            handlers = [replaced(handler, body=off + handler.body) for handler in statement.handlers]
            statement = replaced(statement, handlers=handlers)
        if not self.ways.falls(statement.body):
            orelse = []
        new = self.mapped(replaced(statement, orelse=[]), plan)
        orelse = self.block(orelse, plan)
        if exits and orelse:
            orelse = [branch(negation(self.any(exits, plan)), orelse, [], statement)]
        return [replaced(new, orelse=orelse)]

    def mapped(self, statement: gast.stmt, plan: Plan) -> gast.stmt:
        return map_blocks(statement, lambda inner: self.block(inner, plan) or [located(gast.Pass(), statement)])

    def flagged(self, statement: gast.stmt, rest: Block, plan: Plan) -> Block:
        """A statement that may be left or not, and what follows it: an exit sets a flag, which is then asked."""
        kinds = sorted(self.ways.exits_of(statement))
        flags = {kind: _flag(kind, plan) for kind in kinds}
        new = [flag for kind, flag in flags.items() if flag not in plan.ready]
        ready = replace(plan, ready=plan.ready | set(flags.values()))
        self.used.update(flags.values())
        inner = ready.with_leaves({kind: Leave((flag,)) for kind, flag in flags.items()})
        made: Block = [self.set(flag, False, statement) for flag in new]
        made += self.inside(statement, inner)
        return made + self.then(kinds, rest, ready, statement)

    def then(self, kinds: list[str], rest: Block, plan: Plan, at: gast.stmt) -> Block:
        """`if not left: rest`, `else:` what is still to be done to leave."""
        actions: dict[Leave, list[str]] = {}
        for kind in kinds:
            leave = plan.leave(kind)
            still = tuple(flag for flag in leave.flags if flag != _flag(kind, plan))
            actions.setdefault(Leave(still, leave.jump), []).append(kind)
        silent = actions.pop(Leave(), [])
        orelse: Block = []
        for position, (leave, those) in enumerate(actions.items()):
            orelse_now = self.go(leave, at)
            if position == 0 and not silent and rest:
                orelse = orelse_now
            else:
                test = self.any(those, plan)
                orelse = [branch(test, orelse_now, orelse, at)]
        if not rest:
            return orelse
        return [branch(negation(self.any(kinds, plan)), self.block(rest, plan), orelse, rest[0])]

    # -- loops ---------------------------------------------------------------------

    def loop(self, statement: gast.stmt, rest: Block, plan: Plan) -> Block:
        """A loop and what follows it."""
        exits = self.ways.exits_of_block(statement.body)
        goes_on = self.ways.goes_on(replaced(statement, orelse=[]))
        orelse = [] if is_endless(statement) else statement.orelse
        tells = goes_on and bool(rest or orelse or plan.returns != Leave())  # is it asked why the loop has ended?
        inner = replace(plan, depth=plan.depth + 1)
        broken = _flag(BREAK, inner)
        flags = (broken,) if orelse and BREAK in exits else ()
        returned = _flag(RETURN, plan) if RETURN in exits and tells else None
        known = plan.ready | {broken} | ({returned} if returned else set())
        inner = replace(
            inner,
            returns=Leave((returned,) if returned else (), True),
            breaks=Leave(flags, True),
            continues=Leave(),
            ready=frozenset(known - {_flag(CONTINUE, inner)}),
        )
        outer, self.used = self.used, set()
        body = self.block(statement.body, inner) or [located(gast.Pass(), statement)]
        if isinstance(body[-1], gast.Break):
            body = [*body[:-1], branch(constant(True), [body[-1]], [], body[-1])]
        made: Block = []
        if returned and returned not in plan.ready:
            made.append(self.set(returned, False, statement))
        used = broken in self.used
        if used:
            made.append(self.set(broken, False, statement))
        self.used = outer | self.used - {broken}
        new = statement if same(body, statement.body) and not statement.orelse else None
        made.append(new or replaced(statement, body=body, orelse=[]))
        if flags and used:
            after = [branch(negation(load(self.flag_name(broken))), orelse, [], orelse[0]), *rest]
        else:
            after = orelse + rest
        if returned:
            ready = replace(plan, ready=plan.ready | {returned})
            return made + self.then([RETURN], after, ready, statement)
        if RETURN in exits and not tells:
            return made + self.go(plan.returns, statement)
        return made + self.block(after, plan)

    def set(self, flag: Flag, value: bool, at: gast.stmt) -> gast.stmt:
        return assign(self.flag_name(flag), constant(value), at)

    def flag_name(self, flag: Flag) -> str:
        if flag not in self.flag_names:
            self.flag_names[flag] = self.names.fresh(FLAG_NAMES[flag[0]])
        return self.flag_names[flag]

    def any(self, kinds: Iterable[str], plan: Plan) -> gast.expr:
        """`returned or broken`"""
        return either([load(self.flag_name(_flag(kind, plan))) for kind in sorted(kinds)])


def _flag(kind: str, plan: Plan) -> Flag:
    """What is set when control leaves by `kind`: one flag for the function, one for each depth of loops."""
    return kind, 0 if kind == RETURN else plan.depth


def _common_name(returns: list[gast.Return], function: gast.FunctionDef) -> str | None:
    """The name that every return gives back, if it still has that value at the end."""
    found = {statement.value.id if isinstance(statement.value, gast.Name) else None for statement in returns}
    if len(found) > 1 or any(isinstance(node, gast.Try) for node in walk_own(function.body)):
        return None
    return found.pop()
