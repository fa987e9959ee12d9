"""When does `(y := e)` bind?  The binding becomes a statement of its own, and all keeps its order."""

from __future__ import annotations

import copy
from typing import Any

import gast

from srcgrad.lang.desugar.build import (
    SCOPES,
    Block,
    assign,
    branch,
    constant,
    load,
    locals_of,
    located,
    map_blocks,
    map_statements,
    negation,
    replaced,
    store,
    stored,
    walk_own,
)
from srcgrad.lang.desugar.comprehensions import Comprehensions
from srcgrad.lang.desugar.operands import operands, with_operands
from srcgrad.lang.names import Names
from srcgrad.lang.nodes import nodes_in

COLLECTIONS = (gast.ListComp, gast.SetComp, gast.DictComp)
# Functions that consume a generator on the spot, all of it.
CONSUMERS = {"list", "tuple", "set", "frozenset", "dict", "sum", "max", "min", "sorted"}
CONSUMERS |= {"fsum", "prod", "join", "extend"}
# Parts of an expression that are no values by themselves.
PARTS = (gast.Starred, gast.Slice, gast.FormattedValue, gast.JoinedStr)


def hoist_named(function: gast.FunctionDef, names: Names) -> gast.FunctionDef:
    """The function without named expressions.

    before                              after
        while (y := f(x)) > 0:              while True:
            x = x - y                           y = f(x)
                                                if y > 0:
                                                    x = x - y
                                                else:
                                                    break
    """
    hoister = _Hoister(function, names)
    return replaced(function, body=hoister.block(function.body))


def has_named(tree: gast.AST | None) -> bool:
    return tree is not None and any(isinstance(node, gast.NamedExpr) for node in walk_own([tree]))


class _Hoister:
    def __init__(self, function: gast.FunctionDef, names: Names) -> None:
        self.names = names
        self.bound = locals_of(function)
        self.comprehensions = Comprehensions(function, names)
        # Names that a call may rebind.
        self.shared = {
            name for node in nodes_in(function) if isinstance(node, (gast.Nonlocal, gast.Global)) for name in node.names
        }

    # -- statements ----------------------------------------------------------------

    def block(self, block: Block) -> Block:
        return map_statements(block, self.statement)

    def statement(self, statement: gast.stmt) -> Block:
        statement = map_blocks(statement, self.block)
        if isinstance(statement, SCOPES):
            return [statement]
        rewrite = getattr(self, f"visit_{type(statement).__name__}", None)
        return rewrite(statement) if rewrite else [statement]

    def visit_value(self, statement: gast.stmt) -> Block:
        before, value = self.lift(statement.value)
        return [*before, replaced(statement, value=value)]

    visit_Expr = visit_Return = visit_value

    def visit_Assign(self, statement: gast.Assign) -> Block:
        before, value = self.lift(statement.value)
        target = statement.targets[0]
        if not has_named(target):
            return [*before, replaced(statement, value=value)]
        name = self.names.fresh("value")
        inside, target = self.lift(target)
        return [*before, assign(name, value, statement), *inside, assign(target, load(name), statement)]

    def visit_AugAssign(self, statement: gast.AugAssign) -> Block:
        target = statement.target
        before, value = self.lift(statement.value)
        place: Block = []
        if not before and not has_named(target):
            return [statement]
        if isinstance(target, gast.Name):
            if self.is_stable(target, before):
                return [*before, replaced(statement, value=value)]
            found = target.id
        else:
            fields = ["value", "slice"] if isinstance(target, gast.Subscript) else ["value"]
            place, parts = self.lift_all([getattr(target, field) for field in fields])
            for index, part in enumerate(parts if before else []):
                extra, parts[index] = self.settle(part, before, once=True)
                place += extra
            target = replaced(target, **dict(zip(fields, parts)))
            found = ""
        if not before:
            return [*place, replaced(statement, target=target)]
        # The old value is read first, then the right-hand side is evaluated.
        old = copy.deepcopy(target) if not found else load(found)
        old.ctx = gast.Load()
        name = self.names.fresh(found or "value")
        return [
            *place,
            assign(name, old, statement),
            *before,
            located(gast.AugAssign(store(name), statement.op, value), statement),
            assign(target, load(name), statement),
        ]

    def visit_If(self, statement: gast.If) -> Block:
        test = statement.test
        if isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And) and not statement.orelse:
            head, tail = _split(test, 1)
            if tail:
                before, head = self.lift(head)
                inner = self.visit_If(replaced(statement, test=tail))
                return [*before, replaced(statement, test=head, body=inner)]
        before, test = self.lift(test)
        return [*before, replaced(statement, test=test)]

    def visit_While(self, statement: gast.While) -> Block:
        if not has_named(statement.test):
            return [statement]
        test, orelse, body = statement.test, statement.orelse, statement.body
        first, leave, last = [], [located(gast.Break(), statement)], orelse
        if orelse and _breaks(body):
            exhausted = self.names.fresh("exhausted")
            first = [assign(exhausted, constant(False), statement)]
            leave = [assign(exhausted, constant(True), statement), *leave]
            last = [branch(load(exhausted), orelse, [], statement)]
        head: gast.expr = located(constant(True), statement)
        if isinstance(test, gast.BoolOp) and isinstance(test.op, gast.And) and not orelse:
            start, tail = _split(test, 0)
            head, test = start or head, tail
        before, test = self.lift(test)
        body = [*before, branch(test, body, leave, statement)]
        return [*first, replaced(statement, test=head, body=body, orelse=[]), *last]

    def visit_For(self, statement: gast.For) -> Block:
        before, iterable = self.lift(statement.iter)
        return [*before, replaced(statement, iter=iterable)]

    def visit_With(self, statement: gast.With) -> Block:
        for index, item in enumerate(statement.items):
            if has_named(item.context_expr):
                before, context = self.lift(item.context_expr)
                items = [replaced(item, context_expr=context), *statement.items[index + 1 :]]
                inner = [*before, *self.visit_With(replaced(statement, items=items))]
                return [replaced(statement, items=statement.items[:index], body=inner)] if index else inner
        return [statement]

    def visit_Raise(self, statement: gast.Raise) -> Block:
        before, (exc, cause) = self.lift_all([statement.exc, statement.cause])
        return [*before, replaced(statement, exc=exc, cause=cause)]

    def visit_Assert(self, statement: gast.Assert) -> Block:
        before, test = self.lift(statement.test)
        if not has_named(statement.msg):
            return [*before, replaced(statement, test=test)]
        inside, message = self.lift(statement.msg)
        fail = replaced(statement, test=located(constant(False), statement), msg=message)
        return [*before, branch(negation(test), [*inside, fail], [], statement)]

    def visit_Delete(self, statement: gast.Delete) -> Block:
        if not has_named(statement):
            return [statement]
        made: Block = []
        for target in statement.targets:
            before, target = self.lift(target)
            made += [*before, replaced(statement, targets=[target])]
        return made

    # -- expressions ---------------------------------------------------------------

    def lift(self, value: Any) -> tuple[Block, Any]:
        """The statements that bind what the expression binds, and the expression without them."""
        if not has_named(value) or isinstance(value, gast.Lambda):
            return [], value
        if isinstance(value, gast.NamedExpr):
            before, bound = self.lift(value.value)
            return [*before, assign(value.target, bound, value)], located(load(value.target.id), value)
        if isinstance(value, gast.BoolOp):
            return self.lift_boolean(value)
        if isinstance(value, gast.IfExp):
            return self.lift_choice(value)
        if isinstance(value, gast.Compare) and any(map(has_named, value.comparators[1:])):
            return self.lift_comparison(value)
        if isinstance(value, COLLECTIONS):
            before, value = self.comprehensions.collection(value)
            return self.block(before), value
        if isinstance(value, gast.GeneratorExp):
            return [], value
        if isinstance(value, gast.Call) and value.args and isinstance(value.args[0], gast.GeneratorExp):
            name = value.func.id if isinstance(value.func, gast.Name) else getattr(value.func, "attr", "")
            generator = value.args[0]
            if name in ("any", "all") and isinstance(value.func, gast.Name) and name not in self.bound:
                before, value = self.comprehensions.search(generator, name == "any")
                return self.block(before), value
            if name in CONSUMERS and name not in self.bound and has_named(generator):
                items = located(gast.ListComp(generator.elt, generator.generators), generator)
                value = replaced(value, args=[items, *value.args[1:]])
        slots = operands(value)
        before, parts = self.lift_all([part for _, _, part in slots], isinstance(value, gast.Call))
        return before, with_operands(value, slots, parts)

    def lift_all(self, values: list[Any], called: bool = False) -> tuple[Block, list[Any]]:
        """The same for expressions that are evaluated one after the other; `called`: the first one is called."""
        lifted = [self.lift(value) for value in values]
        before: Block = []
        parts = []
        for index, (statements, part) in enumerate(lifted):
            later = [statement for others, _ in lifted[index + 1 :] for statement in others]
            before += statements
            if later and not (called and index == 0 and self.is_callee(part, later)):
                extra, part = self.settle(part, later)
                before += extra
            parts.append(part)
        return before, parts

    def settle(self, value: Any, later: Block, once: bool = False) -> tuple[Block, Any]:
        """A form of the value that means the same after the statements `later`; with `once`, at no cost."""
        if value is None or self.is_stable(value, later, once):
            return [], value
        sliced = isinstance(value, gast.Tuple) and any(isinstance(member, gast.Slice) for member in value.elts)
        if sliced or isinstance(value, PARTS):
            slots = operands(value)
            settled = [self.settle(part, later, once) for _, _, part in slots]
            before = [statement for extra, _ in settled for statement in extra]
            return before, with_operands(value, slots, [part for _, part in settled])
        name = self.names.fresh("value")
        return [assign(name, value, value)], located(load(name), value)

    def is_stable(self, value: gast.expr, later: Block, once: bool = False) -> bool:
        if isinstance(value, gast.Constant):
            return True
        if isinstance(value, gast.Name):
            return value.id not in self.shared and value.id not in stored(later)
        if isinstance(value, gast.Lambda):
            return not once and not value.args.defaults and not any(value.args.kw_defaults)
        if isinstance(value, gast.UnaryOp):
            return isinstance(value.operand, gast.Constant)
        if isinstance(value, gast.Attribute):
            return self.is_callee(value, later) and not stored([value]) and _root(value) not in self.bound
        if isinstance(value, gast.Tuple):
            return all(self.is_stable(member, later, once) for member in value.elts)
        return False

    def is_callee(self, value: gast.expr, later: Block) -> bool:
        """Is this a name, or an attribute of one, that is the same function after `later`?"""
        root = _root(value)
        return root is not None and root not in self.shared and root not in stored(later)

    def lift_boolean(self, value: gast.BoolOp) -> tuple[Block, gast.expr]:
        head, tail = _split(value, 1)
        if tail is None:
            before, first = self.lift(value.values[0])
            return before, replaced(value, values=[first, *value.values[1:]])
        before, head = self.lift(head)
        name = self.names.fresh("test")
        inside, last = self.lift(tail)
        go_on = load(name) if isinstance(value.op, gast.And) else negation(load(name))
        return [
            *before,
            assign(name, head, value),
            branch(go_on, [*inside, assign(name, last, value)], [], value),
        ], located(load(name), value)

    def lift_choice(self, value: gast.IfExp) -> tuple[Block, gast.expr]:
        before, test = self.lift(value.test)
        if not has_named(value.body) and not has_named(value.orelse):
            return before, replaced(value, test=test)
        name = self.names.fresh("value")
        blocks = []
        for option in (value.body, value.orelse):
            inside, result = self.lift(option)
            blocks.append([*inside, assign(name, result, option)])
        return [*before, branch(test, blocks[0], blocks[1], value)], located(load(name), value)

    def lift_comparison(self, value: gast.Compare) -> tuple[Block, gast.expr]:
        """`a < b < (c := d)` is `a < (t := b) and t < (c := d)`."""
        cut = next(index for index, part in enumerate(value.comparators) if index and has_named(part))
        middle = value.comparators[cut - 1]
        if isinstance(middle, gast.Constant):
            again, named = copy.copy(middle), middle
        else:
            name = self.names.fresh("value")
            again = located(load(name), middle)
            named = located(gast.NamedExpr(store(name), middle), middle)
        left = replaced(value, ops=value.ops[:cut], comparators=[*value.comparators[: cut - 1], named])
        right = replaced(value, left=again, ops=value.ops[cut:], comparators=value.comparators[cut:])
        return self.lift(located(gast.BoolOp(gast.And(), [left, right]), value))


def _root(value: gast.expr) -> str | None:
    while isinstance(value, gast.Attribute):
        value = value.value
    return value.id if isinstance(value, gast.Name) else None


def _split(test: gast.BoolOp, start: int) -> tuple[gast.expr | None, gast.expr | None]:
    """The operands before the first that binds, from number `start` on; and the others."""
    count = len(test.values)
    cut = next((index for index in range(start, count) if has_named(test.values[index])), count)

    def joined(values: list[gast.expr]) -> gast.expr | None:
        if len(values) > 1:
            return replaced(test, values=values)
        return values[0] if values else None

    return joined(test.values[:cut]), joined(test.values[cut:])


def _breaks(body: Block) -> bool:
    """Does a break in this body of a loop leave that loop?"""
    for statement in body:
        if isinstance(statement, gast.Break):
            return True
        if isinstance(statement, (gast.For, gast.While)):
            if _breaks(statement.orelse):
                return True
        elif not isinstance(statement, SCOPES):
            parts = [statement, *getattr(statement, "handlers", [])]
            blocks = [getattr(part, name, []) for part in parts for name in ("body", "orelse", "finalbody")]
            if any(_breaks(block) for block in blocks):
                return True
    return False
