"""What does a program look like after normalising?  The core form: about a dozen statement shapes.

A core statement keeps the user's whole expression trees, shared and never copied: the identity of an expression node
links it to its kind (`Function.kinds`) and to the rule that differentiates it (`Function.matches`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad.lang.nodes import nodes_in


@dataclass(eq=False)
class Step:
    """A statement; `lineno` is the user's line, used for headings and errors."""

    lineno: int


@dataclass(eq=False)
class Assign(Step):
    """`y = e`, or `a, b = e` where e is a tuple display of that length (parallel) or has a tuple kind.

    Binds names only.  `y = x[1:]` and `y = x` bind views.
    """

    targets: list[gast.Name]
    value: gast.expr
    augmented: str = ""  # `t += e` on a number: the value is `t + e`, printed as the user wrote it
    printed: gast.expr | None = None  # what the forward pass assigns instead, until a Guarded step says otherwise


@dataclass(eq=False)
class Store(Step):
    """`x[i] = e`, `x[i] += e`, `p.a = e`, `p.a += e`, and `x += e` where x is an array: memory changes, no name is bound.

    The target is a place: a name followed by subscripts and attributes.  `op` is "+", "-", "*", ... or "", or "+at" and
    "-at" for `np.add.at` and `np.subtract.at`, which update an element as often as the index selects it.
    `scalar_slot`: the slot holds an immutable value (`x[i]` of a vector, a float attribute), so it is rebound, not
    updated, by an augmented store.
    """

    target: gast.expr
    op: str
    value: gast.expr


@dataclass(eq=False)
class ListOp(Step):
    """A method that changes a list: append, insert, pop, reverse, clear; `v = s.pop()` has a target.  Or `v = d.pop(key)` of a dict."""

    place: gast.expr
    method: str
    args: list[gast.expr]
    target: gast.Name | None = None


@dataclass(eq=False)
class Call(Step):
    """`y = g(a, b)`, `y, z = g(a)`, `g(a)`: g is a user's function; every parameter is given, in order."""

    targets: list[gast.Name]
    callee: Function
    args: list[gast.expr]
    text: (
        gast.expr | None
    )  # the call as the user wrote it, to print if nothing in it is differentiated; None if it can't be


@dataclass(eq=False)
class If(Step):
    test: gast.expr
    body: list[Step]
    orelse: list[Step]


@dataclass(eq=False)
class Guarded(If):
    """A statement of a try block, which is done unless an exception comes first; then the name `flag` becomes true.

    The forward pass prints the body, and `flag = True`; to all else it is `if flag: body`.
    """

    flag: str = ""


@dataclass(eq=False)
class For(Step):
    """`for i in iterable`.  `counted`: the iterable is a `range`, evaluated once, that can be asked again backwards."""

    target: gast.Name
    iterable: gast.expr
    body: list[Step]
    counted: bool


@dataclass(eq=False)
class While(Step):
    test: gast.expr
    body: list[Step]


@dataclass(eq=False)
class Break(Step):
    """Leaves the innermost loop; always the last statement of its branch, with nothing after the branch."""


@dataclass(eq=False)
class With(Step):
    """`replay`: the backward pass runs under the same context (np.errstate); else the context is for the forward pass."""

    items: list[gast.withitem]
    body: list[Step]
    replay: bool


@dataclass(eq=False)
class Try(Step):
    """try/except; what is differentiated in its body is Guarded, and its handlers only note which of them was entered.

    `leaves`: the handlers end in `raise`, so that what comes after the statement comes after the whole body.
    """

    body: list[Step]
    handlers: list[tuple[gast.expr | None, str | None, list[Step]]]
    orelse: list[Step]
    finalbody: list[Step]
    leaves: bool = False


@dataclass(eq=False)
class Effect(Step):
    """A statement with no derivative, kept as it is in the forward pass: print, assert, raise, import, a passive call."""

    statement: gast.stmt


@dataclass(eq=False)
class Return(Step):
    """The last statement of a function, and only there."""

    value: gast.expr


@dataclass(frozen=True)
class Match:
    """How an expression node is differentiated: a rule, and the expression that stands for each of its parameters."""

    rule: Any
    operands: dict[str, gast.expr]


@dataclass(eq=False)
class Function:
    """A function for one combination of argument kinds.

    kinds: id of expression node (loads and stores of names too) -> Kind.
    matches: id of an active call or operator node -> Match.
    namespace: global name in the text -> the object it stands for (modules, functions, classes).
    headings: user's line -> the text of its first line, for comments.
    """

    name: str
    params: list[gast.Name] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    kinds: dict[int, Any] = field(default_factory=dict)
    matches: dict[int, Match] = field(default_factory=dict)
    namespace: dict[str, Any] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    names: Any = None
    source: Any = None
    result: Any = None
    again: bool = False  # its backward pass should run it again, and keep its arguments alone

    def kind(self, node: gast.AST) -> Any:
        return self.kinds[id(node)]


BLOCKS = ("body", "orelse", "finalbody")


def copy_steps(steps: list[Step]) -> list[Step]:
    """Steps of our own, which share the user's trees."""
    result = []
    for step in steps:
        changes: dict[str, Any] = {part: copy_steps(getattr(step, part)) for part in BLOCKS if hasattr(step, part)}
        if isinstance(step, Try):
            changes["handlers"] = [(kind, name, copy_steps(body)) for kind, name, body in step.handlers]
        result.append(replace(step, **changes))
    return result


def blocks_of(step: Step) -> list[list[Step]]:
    """The blocks inside a step."""
    values = step.__dict__
    if "body" not in values:
        return []
    found = [values[part] for part in BLOCKS if part in values]
    if isinstance(step, Try):
        found[1:1] = [body for _, _, body in step.handlers]
    return found


def walk(steps: list[Step]) -> list[Step]:
    found: list[Step] = []
    _add_steps(steps, found)
    return found


def _add_steps(steps: list[Step], found: list[Step]) -> None:
    for step in steps:
        found.append(step)
        if "body" in step.__dict__:
            for block in blocks_of(step):
                _add_steps(block, found)


def all_functions(function: Function) -> list[Function]:
    """A function and those it calls, directly or not."""
    found: list[Function] = []
    stack = [function]
    while stack:
        one = stack.pop()
        if not any(one is other for other in found):
            found.append(one)
            stack += [s.callee for s in walk(one.steps) if isinstance(s, Call)]
    return found


def bound_names(step: Step) -> list[gast.Name]:
    """The names a step itself binds."""
    if isinstance(step, (Assign, Call)):
        return list(step.targets)
    if isinstance(step, (For, ListOp)):
        return [step.target] if step.target is not None else []
    if isinstance(step, With):
        return [
            n
            for item in step.items
            if item.optional_vars is not None
            for n in nodes_in(item.optional_vars)
            if isinstance(n, gast.Name)
        ]
    if isinstance(step, Effect):
        return [n for n in nodes_in(step.statement) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)]
    return []
