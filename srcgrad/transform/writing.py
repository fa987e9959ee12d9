"""How is a generated function put together?"""

from __future__ import annotations

import gast

from srcgrad.analysis.definite import bound_at_end
from srcgrad.analysis.kinds import Array, Bottom, Kind, is_number, is_scalar
from srcgrad.lang import core, tree
from srcgrad.lang.nodes import nodes_in
from srcgrad.optimize.folding import folded
from srcgrad.optimize.freeing import freed
from srcgrad.optimize.saves import saved_once
from srcgrad.transform.refusal import Refusal
from srcgrad.transform.spelling import spell
from srcgrad.transform.sweeping import Sweeping


def exposed_names(statements: list[gast.stmt]) -> set[str]:
    """Names that may be read before they are assigned."""
    exposed: set[str] = set()
    bound_at_end(statements, set(), exposed)
    return exposed


ROOM = 88 - 4 - 6  # for a docstring on one line


def docstring(text: str, call: str = "") -> gast.stmt:
    """The text as a docstring, with the function's name alone for its call where a line has no room for that."""
    if len(text) > ROOM and call:
        text = text.replace(call, call.partition("(")[0], 1)
    return gast.Expr(gast.Constant(text, None))


def listed(words: list[str]) -> str:
    """`x`, `x and y`, `x, y and z`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def is_term(name: str) -> bool:
    base, made, _ = name.partition("·")
    return bool(made) and base.endswith("_term")


class Writing(Sweeping):
    """Parameters, docstrings and names of generated functions."""

    def result_kind(self) -> Kind:
        """The kind of what is returned, not of all that its name stands for before."""
        last = self.function.steps[-1]
        assert isinstance(last, core.Return), "there is a result"
        return self.program.kinds.of(last.value)

    def is_one_number(self) -> bool:
        """Is the result a number, if there ever is one?"""
        kind = self.result_kind()
        return is_scalar(kind) or isinstance(kind, Bottom)

    def saving_once(self, forward: list[gast.stmt]) -> list[gast.stmt]:
        return saved_once(forward) if "saves" in self.family.passes else forward

    def moved(self, param: str, target: str, source: str) -> gast.stmt:
        """The content of one adjoint becomes that of another, in the same memory."""
        if isinstance(self.program.kind_of_name(param), Array):
            return tree.assign(
                gast.Subscript(tree.name(target), tree.constant(Ellipsis), gast.Load()), tree.name(source)
            )
        return tree.statement(self.program.helper("assign_to", tree.name(target), tree.name(source)))

    def added(self, result: str, target: str, source: str) -> gast.stmt:
        """What is given is added to the adjoint of a result or an argument, which may be a part of that of another."""
        if is_number(self.program.kind_of_name(result)):
            return tree.augment(target, "+", tree.name(source))
        return tree.assign(target, self.program.helper("add_to", tree.name(target), tree.name(source)))

    def free_names(self, statements: list[gast.stmt], given: set[str]) -> list[str]:
        """The names of the forward pass that the backward pass reads: arguments first, the result last."""
        read: set[str] = set()
        for statement in statements:
            read |= {n.id for n in nodes_in(statement) if isinstance(n, gast.Name)}
        program = self.program
        known = {**dict.fromkeys(p.id for p in self.function.params)}
        for node in [
            n for s in self.forward for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        ]:
            known.setdefault(node.id)
        exposed = exposed_names(statements)
        found = [n for n in known if n in read and n in exposed and n not in given]
        if self.result in found and self.result is not None and not program.is_parameter(self.result):
            found = [n for n in found if n != self.result] + [self.result]
        return found

    def popped(self, statements: list[gast.stmt]) -> set[str]:
        return {
            n.func.value.id
            for s in statements
            for n in nodes_in(s)
            if isinstance(n, gast.Call)
            and isinstance(n.func, gast.Attribute)
            and n.func.attr == "pop"
            and isinstance(n.func.value, gast.Name)
        }

    def backward_docstring(self, shadows: list[str], returned: list[str]) -> str:
        text = ""
        if returned:
            text = f"Adjoints of {listed(returned)}, from the adjoint of {self.call_text()}"
            text = text.replace("Adjoints", "Adjoint") if len(returned) == 1 else text
            return text + (f"; that of {listed(shadows)} is updated in place." if shadows else ".")
        return (
            f"Bring the adjoint of {listed(shadows)} up to date for {self.call_text()}."
            if shadows
            else f"Undo {self.call_text()}."
        )

    def call_text(self) -> str:
        return f"{self.original.name}({', '.join(p.id for p in self.original.params)})"

    def is_adjoint(self, name: str) -> bool:
        base, made, _ = name.partition("·")
        return base.endswith("_bar") if made else name in self.program.bars.values()

    def definition(
        self, name: str, params: list[str], defaults: list[gast.expr], body: list[gast.stmt]
    ) -> gast.FunctionDef:
        arguments = gast.arguments(
            [gast.Name(p, gast.Param(), None, None) for p in params], [], None, [], [], None, defaults
        )
        used = set(self.names.used) | set(params)
        if "fold" in self.family.passes:
            body = folded(body, lambda n: n not in params and self.is_adjoint(n), is_term)
        if "free" in self.family.passes and self.family.passes.speed:
            body = freed(body, self.program.kinds.of)
        spelled = spell(body, used)
        self.collect_globals(spelled, set(params))
        return gast.FunctionDef(name, arguments, spelled, [], None, None, [])

    def collect_globals(self, body: list[gast.stmt], params: set[str]) -> None:
        bound = params | {
            n.id for s in body for n in nodes_in(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
        }
        read = {n for s in body for n in tree.names_read(s)} - bound
        family = {n for s in self.family.signatures.values() for n in (s.forward, s.backward)}
        spaces = [self.program.globals, self.function.namespace]
        for name in sorted(read - family):
            value = next((space[name] for space in spaces if name in space), None)
            if value is None:
                continue
            known = self.family.globals.setdefault(name, value)
            if known is not value:
                raise Refusal("E306", f"{name!r} means different things in two functions", 0, "rename one of them")
