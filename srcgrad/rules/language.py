"""What is a rule, how is it bound to a call, and which texts are refused?"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad.lang.nodes import nodes_in
from srcgrad.rules.derive import needed, without
from srcgrad.rules.objects import is_there
from srcgrad.rules.texts import Parameter, RuleError, names_in, path_of

MODULES = frozenset({"np", "math", "copy", "scipy"})
CONDITIONS = frozenset({"floating", "distinct"})


class BindError(TypeError):
    """The arguments of a call do not fit the parameters of a rule."""


@dataclass(frozen=True, eq=False)
class Rule:
    """One way to differentiate one primitive.

    target: the function object, or an operator such as "@" or "unary -".
    operands: the parameters that may be active; `sequences` those of them that are a list or tuple of operands.
    when: the rule applies if this holds for the ranks of the operands and the values of the other parameters.
    tangent, adjoint: statements; `y_dot = ...`, `x_bar += ...` or `x_bar -= ...`, and temporaries before their use.
    partials: operand -> derivative of the result with respect to it, elementwise; {} if tangent and adjoint were given.
    shares: operands whose memory the result shares; with a question mark if that depends on their
        layout, an exclamation mark if one place in memory may be several elements of the result.
    sizes: "data" if the shape of the result depends on values; the operand that the result is like, where no example
        of the arguments can be made.
    expand: for rules that depend on values known when generating: values -> the rule to use instead.
    """

    text: str
    outputs: tuple[str, ...]
    target: Any
    parameters: tuple[Parameter, ...]
    operands: tuple[str, ...]
    sequences: tuple[str, ...]
    when: gast.expr | None
    tangent: tuple[gast.stmt, ...]
    adjoint: tuple[gast.stmt, ...]
    partials: Mapping[str, gast.expr]
    elementwise: bool
    shares: str | None = None
    sizes: str | None = None
    at: tuple[str, ...] = ()
    between: tuple[float, float] = (0.25, 0.85)
    source: str = ""
    expand: Callable[[Mapping[str, Any]], Rule | None] | None = None

    @property
    def passive(self) -> tuple[str, ...]:
        """The parameters that must not be active."""
        return tuple(p.name for p in self.parameters if p.name not in self.operands)

    def bind(self, args: Iterable[gast.expr], keywords: Mapping[str, gast.expr]) -> dict[str, gast.expr]:
        """Parameter -> the expression that stands for it, defaults included; BindError if the call does not fit."""
        return bind(self.parameters, args, keywords)

    def adjoint_of(self, wanted: Iterable[str]) -> list[gast.stmt]:
        """The statements that contribute to these operands, with the temporaries they need."""
        bars = {f"{name}_bar" for name in wanted}
        return needed(self.adjoint, bars, {f"{name}_bar" for name in self.operands})

    def tangent_of(self, active: Iterable[str]) -> list[gast.stmt]:
        """The tangent when the other operands have none: terms with their `_dot` are left out."""
        gone = {f"{name}_dot" for name in self.operands if name not in set(active)}
        statements = []
        for statement in self.tangent:
            value = without(statement.value, gone)
            if value is None:
                gone.add(statement.targets[0].id)
            else:
                statements.append(gast.Assign(statement.targets, value, None))
        dots = {f"{name}_dot" for name in self.outputs}
        return needed(statements, dots, dots)


# Binding


def bind(
    parameters: tuple[Parameter, ...],
    args: Iterable[gast.expr],
    keywords: Mapping[str, gast.expr],
    defaults: bool = True,
) -> dict[str, gast.expr]:
    """Parameter -> expression; those given to a variadic parameter become a tuple."""
    bound: dict[str, gast.expr] = {}
    args = list(args)
    for parameter in parameters:
        if parameter.kind == "variadic":
            bound[parameter.name] = gast.Tuple(args, gast.Load())
            args = []
        elif parameter.kind != "keyword" and args:
            bound[parameter.name] = args.pop(0)
    if args:
        raise BindError("too many positional arguments")
    by_keyword = {p.name for p in parameters if p.kind in ("standard", "keyword")}
    for name, value in keywords.items():
        if name not in by_keyword:
            raise BindError(f"the keyword {name!r} is not known")
        if name in bound:
            raise BindError(f"{name!r} is given twice")
        bound[name] = value
    for parameter in parameters:
        if parameter.name not in bound:
            if parameter.default is None:
                raise BindError(f"{parameter.name!r} is missing")
            if defaults:
                bound[parameter.name] = parameter.default
    return bound


# Checking


def missing_in(tree: gast.AST) -> set[str]:
    """The names of functions that their modules do not have."""
    paths = {path_of(node) for node in nodes_in(tree) if isinstance(node, gast.Attribute)}
    missing = {path for path in paths if path.partition(".")[0] in MODULES and not is_there(path)}
    return {path for path in missing if path.rpartition(".")[0] not in missing}


def check(rule: Rule, functions: Mapping[str, Any]) -> Rule:
    """The rule, if its texts mention only what they may; else RuleError."""
    parameters = {p.name for p in rule.parameters}
    common = parameters | set(rule.outputs) | MODULES | set(dir(builtins)) | set(functions)
    problems = []

    def look(tree: gast.AST, allowed: set[str], where: str) -> None:
        bound = {n.id for n in nodes_in(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        unknown = (names_in(tree) - allowed - bound) | missing_in(tree)
        if unknown:
            problems.append(f"{where} mentions {', '.join(sorted(unknown))}, which is not known")

    if rule.when is not None:
        look(rule.when, (common | CONDITIONS) - set(rule.outputs), "when")
    for partial in rule.partials.values():
        look(partial, common, "a partial")
    for name in {*rule.partials, *rule.sequences} - parameters:
        problems.append(f"{name} is not a parameter")
    for body, prefix, final in ((rule.tangent, "dot", rule.outputs), (rule.adjoint, "bar", rule.operands)):
        given = rule.operands if prefix == "dot" else rule.outputs
        allowed = common | {f"{name}_{prefix}" for name in given}
        results = {f"{name}_{prefix}" for name in final}
        reached: set[str] = set()
        for statement in body:
            if isinstance(statement, gast.AugAssign) and isinstance(statement.op, (gast.Add, gast.Sub)):
                target = statement.target
            elif isinstance(statement, gast.Assign):
                target = statement.targets[0]
            else:
                problems.append(f"{prefix}: only assignments and contributions")
                continue
            if not rule.partials:  # else its names are those of the partials
                look(statement.value, allowed, f"{target.id} = ...")
            if isinstance(statement, gast.Assign) and prefix == "bar" and target.id in results:
                problems.append(f"{target.id} is assigned, where it should be contributed to")
            (reached if target.id in results else allowed).add(target.id)
        if body and reached != results:
            problems.append(f"{', '.join(sorted(results - reached))} gets nothing")
    if problems:
        raise RuleError(f"{rule.text}: {'; '.join(problems)}")
    return rule
