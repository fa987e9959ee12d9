"""What kind has each expression, and what stands for it in core form?

`evaluate` gives the kind of an expression and the expression to use in its place: the user's own tree wherever that
can stay, a name where something had to become statements of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.kinds import Bottom, Closure, Const, Dict, Kind, OneOf, Text, Unknown, holds_text, varied
from srcgrad.analysis.specialize.attributes import Attributes
from srcgrad.analysis.specialize.definitions import LocalFunction
from srcgrad.analysis.specialize.session import constant_node, is_function_value, name_node
from srcgrad.analysis.specialize.syntax import stored_names
from srcgrad.analysis.specialize.writes import walk_steps, written
from srcgrad.errors import NotDifferentiable, SrcgradError
from srcgrad.lang import core
from srcgrad.lang.desugar.cells import UNSET
from srcgrad.lang.nodes import nodes_in

if TYPE_CHECKING:
    from srcgrad.analysis.specialize.values import Value


MOST_LEVELS = 5


class Expressions(Attributes):
    """Visitors of expressions."""

    def evaluate(self, node: gast.expr) -> Value:
        method = getattr(self, f"visit_{type(node).__name__}", None)
        if method is None:
            return self.opaque(node)
        try:
            kind, residual = method(node)
        except NoValue:
            kind, residual = Bottom(), node
        except CannotTell as error:
            if self.mentions_varied(node):
                text = f"what this expression gives can't be told: {error}"
                raise self.refusal("E301", text, node, error.advice) from error
            return self.opaque(node)
        if type(kind) is Unknown and self.made_of_text(node):
            kind = Text()
        return self.record(residual, kind), residual

    def made_of_text(self, node: gast.AST) -> bool:
        return self.mentions_text(node) or any(
            isinstance(self.function.kinds.get(id(child)), Text) for child in gast.walk(node)
        )

    def passive(self, node: gast.expr) -> Value:
        """Evaluate where only the value matters, such as a test or a message."""
        kind, residual = self.evaluate(node)
        return kind, residual

    def opaque(self, node: gast.expr) -> Value:
        """An expression kept as it stands, of which only is known that it does not vary."""
        if self.mentions_varied(node):
            raise self.refusal(
                "E302",
                "srcgrad does not know how to differentiate this expression",
                node,
                "write it another way, or as several statements",
            )
        for name in self.names_in(node):
            self.use_name(name)
        residual = self.renamed(node)
        kind = self.text_of(node)
        self.record(residual, kind)
        return kind, residual

    def visit_Constant(self, node: gast.Constant) -> Value:
        return (Bottom() if node.kind == UNSET else Const(node.value)), node

    def visit_JoinedStr(self, node: gast.JoinedStr) -> Value:
        for name in self.names_in(node):
            self.use_name(name)
        for part in node.values:
            if isinstance(part, gast.FormattedValue) and any(isinstance(n, gast.Call) for n in nodes_in(part.value)):
                try:
                    self.check_message(part.value, node)
                except SrcgradError as error:
                    if error.code == "E403":
                        raise
                except CannotTell:
                    pass  # text of it can be made all the same
        return self.text_of(node), self.renamed(node)

    def check_message(self, part: gast.expr, node: gast.AST) -> None:
        """What is called for a text or a message is not followed: it must change nothing that varies."""
        _, _, steps = self.aside(lambda: self.evaluate(part))
        for step in walk_steps(steps):
            if isinstance(step, core.Call):
                writes = written(step.callee)
                changed = [a for i, a in enumerate(step.args) if i in writes] + step.targets[1:]
                if any(varied(self.function.kinds.get(id(n), Unknown())) for n in changed):
                    raise self.refusal(
                        "E403",
                        "what is called for a message changes a differentiable value",
                        node,
                        "call it in a statement of its own, before this one",
                    )

    def text_of(self, node: gast.AST) -> Kind:
        """The kind of text that an expression gives."""
        return Text() if self.mentions_varied(node) or self.mentions_text(node) else Unknown()

    def mentions_text(self, node: gast.AST) -> bool:
        return any(holds_text(self.env[n]) for n in self.names_in(node) if n in self.env)

    def visit_Lambda(self, node: gast.Lambda) -> Value:
        definition = self.definition(node)
        self.evaluate_defaults(definition, node, "lambda")
        return self.close(LocalFunction(definition), node)

    def visit_Name(self, node: gast.Name) -> Value:
        kind, text = self.use_name(node.id, node)
        if isinstance(kind, LocalFunction):
            return self.close(kind, node)
        if node.id in self.env and isinstance(kind, Const) and callable(kind.value):
            # a variable that is a function, or a class, need not exist when the program runs
            return kind, self.canonical(kind.value, node, node)
        if text != node.id:
            return kind, self.memo(("spelled", id(node), text), lambda: name_node(text, node))
        return kind, node

    def close(self, local: LocalFunction, node: gast.expr) -> Value:
        """A function made here, as a value: the tuple of what it captures."""
        definition = local.definition
        captured: list[tuple[str, Kind]] = []
        items: list[gast.expr] = []
        if definition.tag:
            items.append(self.keep(constant_node(definition.tag, node)))
            self.record(items[0], Const(definition.tag))
        recursive = self.refers_to(definition, definition, set())
        for name in self.reached(definition, node) if recursive else definition.captured:
            inner = self.env.get(name)
            if recursive and isinstance(inner, LocalFunction):
                # It is called by its name, also by the functions that this one calls.
                value: Value = inner, node
            else:
                value = self.evaluate(name_node(name, node))
            captured.append((name, value[0]))
            # A function that is known when generating is no parameter: there is no variable to capture.
            items.append(self.keep(constant_node(None, node)) if is_function_value(value[0]) else value[1])
        for name, default in definition.default_names.items():
            value = self.evaluate(name_node(default, node))
            captured.append((f"default {name}", value[0]))
            items.append(value[1])
        display = self.keep(gast.copy_location(gast.Tuple(items, gast.Load()), node))
        closure = Closure(definition, tuple(captured))
        if depth(closure) > MOST_LEVELS:
            raise self.refusal(
                "E304", "functions that hold functions, many levels deep", node, "keep them in a list, and call each"
            )
        return closure, display

    def reached(self, definition: Any, node: gast.expr) -> list[str]:
        """What a function and the functions that it calls by their names capture."""
        found: dict[str, None] = {}
        pending = list(definition.captured)
        while pending:
            name = pending.pop(0)
            kind = self.env.get(name)
            if (
                name in found
                or not isinstance(kind, LocalFunction)
                and not (name in self.local_names or name in self.env)
            ):
                continue
            found[name] = None
            if not isinstance(kind, LocalFunction):
                continue
            # A function it calls: that sees its own variables, which are handed on under their names.
            inner = kind.definition
            hidden = set(inner.captured) & (stored_names(definition.tree) - set(definition.nonlocals))
            if hidden - {inner.name} or inner.nonlocals and inner is not definition:
                raise self.refusal(
                    "E304", f"the function {name!r} is called from one with variables of the same name", node,
                    "rename them",
                )  # fmt: skip
            pending += [*inner.captured, *inner.default_names.values()]
        return list(found)

    def refers_to(self, definition: Any, sought: Any, seen: set[str]) -> bool:
        """Does a function made here call another, or one that does?"""
        for name in definition.captured:
            inner = self.env.get(name)
            if name not in seen and isinstance(inner, LocalFunction):
                seen.add(name)
                if inner.definition is sought or self.refers_to(inner.definition, sought, seen):
                    return True
        return False

    def lost(self, node: gast.AST) -> SrcgradError:
        return NotDifferentiable(
            "E205", "the derivative of a value was lost when text or an exception was made of it",
            advice="compute with the value itself, or use srcgrad.stop_gradient(...) on it",
            where=self.definition_of_frame.source.location(node),
        )  # fmt: skip

    def dict_of_dicts(self, node: gast.Dict) -> Value:
        """`{**a, "k": v, **b}`"""
        dicts: list[Value] = []
        for key, group in itertools.groupby(zip(node.keys, node.values), key=lambda pair: pair[0] is None):
            pairs = list(group)
            if key:
                dicts += [self.evaluate_after(value, [r for _, r in dicts]) for _, value in pairs]
                continue
            shell = self.memo(
                ("display", id(node), id(pairs[0][1])),
                lambda p=pairs: gast.copy_location(gast.Dict([k for k, _ in p], [v for _, v in p]), node),
            )
            dicts.append(self.evaluate_after(shell, [r for _, r in dicts]))
        if not all(isinstance(kind, Dict) for kind, _ in dicts):
            raise CannotTell("`**` of something that is not a dict")
        return self.merge(dicts, node)

    def evaluate_next(
        self, node: gast.expr, values: list[Value], evaluate: Callable[[gast.expr], Value] | None = None
    ) -> Value:
        """Evaluate an operand; earlier ones that this would change are taken before, under names of their own."""
        before = len(self.block)
        value = (evaluate or self.evaluate)(node)
        added = self.block[before:]
        for i, (kind, residual) in enumerate(values if added else []):
            if not self.disturbs(added, residual):
                continue
            if isinstance(kind, LocalFunction) or is_function_value(kind):
                self.check_order(added, [residual], node)
            values[i] = self.taken_before((kind, residual), before, node, i)
            before += 1
        return value

    def taken_before(self, value: Value, at: int, node: gast.AST, number: int = 0) -> Value:
        """A value that is taken, under a name of its own, before the statements that begin at a place of the block."""
        kind, residual = value
        name = self.memo(("taken before", id(node), number), lambda: self.names.fresh("operand"))
        self.block.insert(at, self.assign(name, residual, kind, node))
        self.env[name] = kind
        taken = self.keep(name_node(name, node))
        return self.record(taken, kind), taken

    def evaluate_all(self, nodes: list[gast.expr], rest: bool = False) -> list[Value]:
        """Operands in order; `*s` is replaced by its members.

        rest: if it is not known how many there are, it stays one value, as it is written.
        """
        values: list[Value] = []
        for node in nodes:
            if isinstance(node, gast.Starred) and rest and not self.is_counted(node.value):
                kind, residual = self.listed(self.evaluate_after(node.value, [v for _, v in values]), node)
                values.append((kind, self.keep(gast.copy_location(gast.Starred(residual, gast.Load()), node))))
            elif isinstance(node, gast.Starred):
                values += self.starred_after(node.value, [v for _, v in values])
            else:
                values.append(self.evaluate_next(node, values))
        return values

    def evaluate_after(self, node: gast.expr, earlier: list[gast.expr]) -> Value:
        """Evaluate an operand; if that takes statements which may change what earlier operands read, refuse."""
        before = len(self.block)
        value = self.evaluate(node)
        if len(self.block) > before and earlier:
            self.check_order(self.block[before:], earlier, node)
        return value

    def starred_after(self, node: gast.expr, earlier: list[gast.expr]) -> list[Value]:
        before = len(self.block)
        values = self.starred(node)
        if len(self.block) > before and earlier:
            self.check_order(self.block[before:], earlier, node)
        return values

    def visit_Starred(self, node: gast.Starred) -> Value:
        raise self.refusal("E302", "a starred expression here", node, "write the members out")

    def visit_NamedExpr(self, node: Any) -> Value:
        raise self.refusal("E302", "an assignment expression in this position", node, "assign on a line of its own")


def depth(kind: Kind) -> int:
    """How many functions inside one another does a function value hold?"""
    if isinstance(kind, OneOf):
        return max(map(depth, kind.options))
    return 1 + max((depth(k) for _, k in kind.captured), default=0) if isinstance(kind, Closure) else 0
