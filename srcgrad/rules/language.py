"""What does the text of a rule say?  Parses rules, and refuses those that mention a name they should not."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gast

BINARY = {
    gast.Add: "+",
    gast.Sub: "-",
    gast.Mult: "*",
    gast.Div: "/",
    gast.FloorDiv: "//",
    gast.Mod: "%",
    gast.Pow: "**",
    gast.MatMult: "@",
}
UNARY = {gast.USub: "unary -", gast.UAdd: "unary +"}
CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)$", re.DOTALL)
MODULES = frozenset({"np", "math", "copy"})
CONDITIONS = frozenset({"floating"})


class RuleError(Exception):
    """The text of a rule is not in the rule language."""


class BindError(TypeError):
    """The arguments of a call do not fit the parameters of a rule."""


@dataclass(frozen=True)
class Parameter:
    """`kind`: "positional" (by position only), "standard", "keyword" (by keyword only), "variadic" (`*xs`)."""

    name: str
    default: gast.expr | None = None
    kind: str = "standard"


@dataclass(frozen=True, eq=False)
class Rule:
    """One way to differentiate one primitive.

    target: the function object, or an operator such as "@" or "unary -".
    operands: the parameters that may be active; `sequences` those of them that are a list or tuple of operands.
    when: the rule applies if this holds for the ranks of the operands and the values of the other parameters.
    tangent, adjoint: statements; `y_dot = ...`, `x_bar += ...` or `x_bar -= ...`, and temporaries before their use.
    partials: operand -> derivative of the result with respect to it, elementwise; {} if tangent and adjoint were given.
    shares: operands whose memory the result shares; with a question mark if that depends on their layout.
    sizes: "data" if the shape of the result depends on values.
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
        return _needed(self.adjoint, bars, {f"{name}_bar" for name in self.operands})

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
        return _needed(statements, dots, dots)


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


# Parsing


def expression(text: str) -> gast.expr:
    return gast.parse(text.strip(), mode="eval").body


def parse_signature(text: str) -> tuple[Parameter, ...]:
    """The parameters of `x, axis=None, *, keepdims=False`."""
    arguments = expression(f"lambda {text}: 0").args
    parameters = []
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    for i, name in enumerate([*arguments.posonlyargs, *arguments.args]):
        default = arguments.defaults[i - required] if i >= required else None
        kind = "positional" if i < len(arguments.posonlyargs) else "standard"
        parameters.append(Parameter(name.id, default, kind))
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.id, None, "variadic"))
    for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        parameters.append(Parameter(name.id, default, "keyword"))
    return tuple(parameters)


def split(text: str) -> tuple[tuple[str, ...], str]:
    """Outputs and right-hand side: "q, r = divmod(x, y)" -> (("q", "r"), "divmod(x, y)")."""
    left, equals, right = text.partition("=")
    if not equals or right.startswith("="):
        raise RuleError(f"a rule reads `y = f(x)`: {text!r}")
    return tuple(name.strip() for name in left.split(",") if name.strip()), right.strip()


def callee(right: str) -> str | None:
    """The dotted name of the function in a right-hand side; None if it is an operator."""
    found = CALL.match(right)
    return found.group(1) if found else None


def pattern(right: str) -> tuple[str | None, tuple[Parameter, ...]]:
    """The operator (None for a call) and the parameters of a right-hand side."""
    found = CALL.match(right)
    if found:
        return None, parse_signature(found.group(2))
    tree = expression(right)
    if isinstance(tree, gast.BinOp) and isinstance(tree.left, gast.Name) and isinstance(tree.right, gast.Name):
        names = (tree.left.id, tree.right.id)
        return BINARY[type(tree.op)], tuple(Parameter(n, None, "positional") for n in names)
    if isinstance(tree, gast.UnaryOp) and isinstance(tree.operand, gast.Name):
        return UNARY[type(tree.op)], (Parameter(tree.operand.id, None, "positional"),)
    raise RuleError(f"a rule is about one call or one operator: {right!r}")


def statements(text: str | Iterable[str]) -> tuple[gast.stmt, ...]:
    lines = [text] if isinstance(text, str) else list(text)
    return tuple(statement for line in lines for statement in gast.parse(line).body)


def names_in(tree: gast.AST) -> set[str]:
    return {node.id for node in gast.walk(tree) if isinstance(node, gast.Name)}


def operator_of(right: str) -> str:
    """The operator of a right-hand side that is not a call, without parsing."""
    words = right.split()
    if len(words) == 3:
        return words[1]
    return f"unary {right[0]}"


# Building


def elementwise_statements(
    outputs: tuple[str, ...], partials: Mapping[str, gast.expr]
) -> tuple[tuple[gast.stmt, ...], tuple[gast.stmt, ...]]:
    """Tangent and adjoint that follow from the partial derivatives."""
    (output,) = outputs
    terms = [scaled(f"{name}_dot", partial) for name, partial in partials.items()]
    total, first_sign = terms[0]
    if first_sign is gast.Sub:
        total = gast.UnaryOp(gast.USub(), total)
    for term, sign in terms[1:]:
        total = gast.BinOp(total, sign(), term)
    tangent = gast.Assign([gast.Name(f"{output}_dot", gast.Store(), None, None)], total, None)
    adjoint = []
    for name, partial in partials.items():
        value, sign = scaled(f"{output}_bar", partial)
        adjoint.append(gast.AugAssign(gast.Name(f"{name}_bar", gast.Store(), None, None), sign(), value))
    return (tangent,), tuple(adjoint)


def scaled(name: str, partial: gast.expr) -> tuple[gast.expr, type]:
    """`name * partial`, with the sign taken out."""
    sign: type = gast.Add
    if isinstance(partial, gast.UnaryOp) and isinstance(partial.op, gast.USub):
        sign, partial = gast.Sub, partial.operand
    value: gast.expr = gast.Name(name, gast.Load(), None, None)
    if isinstance(partial, gast.BinOp) and isinstance(partial.op, (gast.Mult, gast.Div)):
        left, inner = scaled(name, partial.left)
        return gast.BinOp(left, partial.op, partial.right), sign if inner is gast.Add else _other(sign)
    if isinstance(partial, gast.Constant) and partial.value == 1:
        return value, sign
    return gast.BinOp(value, gast.Mult(), partial), sign


def _other(sign: type) -> type:
    return gast.Sub if sign is gast.Add else gast.Add


def without(tree: gast.expr, gone: set[str]) -> gast.expr | None:
    """A tree that is linear in some names, when these are zero; None if nothing is left."""
    if not names_in(tree) & gone:
        return tree
    if isinstance(tree, gast.Name):
        return None
    if isinstance(tree, gast.UnaryOp):
        operand = without(tree.operand, gone)
        return None if operand is None else gast.UnaryOp(tree.op, operand)
    if isinstance(tree, gast.BinOp):
        left, right = without(tree.left, gone), without(tree.right, gone)
        if isinstance(tree.op, (gast.Add, gast.Sub)):
            if left is None:
                negative = isinstance(tree.op, gast.Sub) and right is not None
                return gast.UnaryOp(gast.USub(), right) if negative else right
            return left if right is None else gast.BinOp(left, tree.op, right)
        return None if left is None or right is None else gast.BinOp(left, tree.op, right)
    if isinstance(tree, (gast.Subscript, gast.Attribute, gast.ListComp, gast.GeneratorExp)):
        return None
    if isinstance(tree, gast.Call):
        args = [without(a, gone) for a in tree.args]
        if not any(_is_dot(name) for a in args if a is not None for name in names_in(a)):
            return None
        filled = [zero(old) if new is None else new for old, new in zip(tree.args, args)]
        return gast.Call(tree.func, filled, tree.keywords)
    raise RuleError(f"a tangent is linear in its `_dot`s: {gast.dump(tree)}")


def zero(tree: gast.expr) -> gast.expr:
    """The zero that stands in a call for a tangent that is not there."""
    if not isinstance(tree, gast.Name):
        return gast.Constant(0.0, None)
    function = gast.parse("np.zeros_like").body[0].value
    operand = gast.Name(tree.id.removesuffix("_dot"), gast.Load(), None, None)
    return gast.Call(function, [operand], [])


def _is_dot(name: str) -> bool:
    return name.endswith("_dot")


def _needed(body: Iterable[gast.stmt], wanted: set[str], final: set[str]) -> list[gast.stmt]:
    """The statements that assign wanted names or temporaries that such statements read."""
    kept: list[gast.stmt] = []
    wanted = set(wanted)
    for statement in reversed(list(body)):
        target = statement.target if isinstance(statement, gast.AugAssign) else statement.targets[0]
        if target.id in wanted:
            kept.append(statement)
            wanted |= names_in(statement.value) - final
    return kept[::-1]


# Checking


def check(rule: Rule, functions: Mapping[str, Any]) -> Rule:
    """The rule, if its texts mention only what they may; else RuleError."""
    parameters = {p.name for p in rule.parameters}
    common = parameters | set(rule.outputs) | MODULES | set(dir(builtins)) | set(functions)
    problems = []

    def look(tree: gast.AST, allowed: set[str], where: str) -> None:
        bound = {n.id for n in gast.walk(tree) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
        unknown = names_in(tree) - allowed - bound
        if unknown:
            problems.append(f"{where} mentions {', '.join(sorted(unknown))}")

    if rule.when is not None:
        look(rule.when, (common | CONDITIONS) - set(rule.outputs), "when")
    for partial in rule.partials.values():
        look(partial, common, "a partial")
    for name in [*rule.operands]:
        if name not in parameters:
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
            look(statement.value, allowed, f"{target.id} = ...")
            if isinstance(statement, gast.Assign) and prefix == "bar" and target.id in results:
                problems.append(f"{target.id} is assigned, where it should be contributed to")
            (reached if target.id in results else allowed).add(target.id)
        if body and reached != results:
            problems.append(f"{', '.join(sorted(results - reached))} gets nothing")
    if problems:
        raise RuleError(f"{rule.text}: {'; '.join(problems)}")
    return rule
