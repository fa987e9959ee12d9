"""What does each statement do to the environment, and which core statements stand for it?"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.cannot_tell import CannotTell, NoValue
from srcgrad.analysis.kinds import Bottom, Closure, Const, Dict, Kind, List, Object, Unknown, varied
from srcgrad.analysis.specialize.definitions import LocalFunction
from srcgrad.analysis.specialize.handlers import Handlers
from srcgrad.analysis.specialize.session import constant_node, name_node
from srcgrad.analysis.specialize.syntax import bindings_of
from srcgrad.analysis.specialize.values import Value
from srcgrad.lang import core
from srcgrad.lang.desugar.build import located
from srcgrad.lang.nodes import nodes_in

REPLAYED = {np.errstate}


class Statements(Handlers):
    """Visitors of statements."""

    def execute(self, statements: list[gast.stmt]) -> None:
        for statement in statements:
            if self.dead:
                return
            method = getattr(self, f"do_{type(statement).__name__}", None)
            if method is None:
                raise self.refusal("E101", f"{type(statement).__name__} statements can't be differentiated", statement)
            outer = self.statement, self.made_in_statement
            self.statement, self.made_in_statement = statement, 0
            try:
                method(statement)
                self.note_reached()
            except NoValue:
                continue
            except CannotTell as error:
                text = f"what this does can't be told: {error}"
                raise self.refusal("E301", text, statement, error.advice) from error
            finally:
                self.statement, self.made_in_statement = outer

    def run_statements(self, statements: list[gast.stmt], target: str, node: gast.AST) -> Value:
        self.execute(statements)
        kind = self.env.get(target, Bottom())
        return kind, self.keep(name_node(target, node))

    def is_held(self, base: Any) -> bool:
        """Is the array one of several in a list, dict or object, some of which may vary and others not?"""
        while isinstance(base, (gast.Subscript, gast.Attribute)):
            base = base.value
            if isinstance(self.function.kinds.get(id(base)), (List, Dict, Object)):
                return True
        return False

    def do_With(self, statement: gast.With) -> None:
        replay = True
        items: list[gast.withitem] = []
        inner = statement.body
        for i, item in enumerate(statement.items):
            if items and self.is_manager(self.aside(lambda e=item.context_expr: self.evaluate(e))[0]):  # type: ignore[misc]
                inner = self.nested_with(statement, i)
                break
            if self.suppresses(item.context_expr):
                inner = self.memo(("suppressed", id(item)), lambda i=i: self.suppressed(statement, i))  # type: ignore[misc]
                if not items:
                    self.execute(inner)
                    return
                break
            kind, context = self.evaluate(item.context_expr)
            if self.is_manager(kind):
                self.managed(item, kind, context, self.nested_with(statement, i + 1))
                return
            called = item.context_expr.func if isinstance(item.context_expr, gast.Call) else item.context_expr
            called_kind = self.function.kinds.get(id(called))
            replay &= isinstance(called_kind, Const) and called_kind.value in REPLAYED
            variable = item.optional_vars
            if isinstance(variable, gast.Name):
                if isinstance(kind, Object):
                    kind = self.entered(kind)
                if varied(kind):
                    raise self.refusal(
                        "E302",
                        "a differentiable value bound by `with`",
                        item.context_expr,
                        "use the value itself, or call the methods one by one",
                    )
                self.env[variable.id] = kind
                self.record(variable, kind)
            items.append(item if context is item.context_expr else self.keep(gast.withitem(context, variable)))
        block, self.block = self.block, []
        self.execute(inner)
        body, self.block = self.block, block
        self.emit(core.With(statement.lineno, items, body, replay))

    def entered(self, kind: Object) -> Kind:
        return Unknown() if not varied(kind) else kind

    def is_manager(self, kind: Kind) -> bool:
        """A context manager whose class has its methods written in Python."""
        return isinstance(kind, Object) and self.has_method(kind, "__enter__") and self.has_method(kind, "__exit__")

    def suppresses(self, context: gast.expr) -> bool:
        """`contextlib.suppress(ValueError)`"""
        if not isinstance(context, gast.Call) or context.keywords:
            return False
        return self.aside(lambda: self.evaluate(context.func))[0] == Const(contextlib.suppress)

    def suppressed(self, statement: gast.With, first: int) -> list[gast.stmt]:
        """`try: ... except (ValueError,): pass`"""
        context: Any = statement.items[first].context_expr
        kinds = gast.Tuple(context.args, gast.Load())
        handler = gast.ExceptHandler(kinds, None, [gast.Pass()])
        return [located(gast.Try(self.nested_with(statement, first + 1), [handler], [], []), context)]

    def nested_with(self, statement: gast.With, first: int) -> list[gast.stmt]:
        """The body, in a `with` of the items from this one on."""
        items = statement.items[first:]
        if not items:
            return statement.body
        return self.memo(
            ("with", id(statement), first),
            lambda: [gast.copy_location(gast.With(items, statement.body, None), statement)],
        )

    def managed(self, item: gast.withitem, kind: Kind, context: gast.expr, body: list[gast.stmt]) -> None:
        """`with manager as v:` is `v = manager.__enter__()`, the body, and `manager.__exit__(None, None, None)`."""
        node = item.context_expr
        manager = context if isinstance(context, gast.Name) else self.hoist(kind, context, "manager")
        before = len(self.block)
        entered, residual = self.call_method(kind, manager, "__enter__", [], {}, self.shell(node, "__enter__"))
        if isinstance(item.optional_vars, gast.Name):
            self.bind(item.optional_vars, entered, residual, node, before)
        else:
            self.drop_target()
        unknown = (Unknown(), self.keep(constant_node(None, node)))
        left, *_ = self.aside(
            lambda: self.call_method(kind, manager, "__exit__", [unknown] * 3, {}, self.shell(node, "asked"))
        )
        if self.tried or self.truth(left) is not False:
            self.execute(self.memo(("left", id(node)), lambda: self.left_by_exit(manager.id, body, node)))
            return
        block, self.block = self.block, []
        self.execute(body)
        steps, self.block = self.block, block
        self.emit(self.cleaned_up(manager, steps, node))
        if self.dead:
            return
        none = (Const(None), self.keep(constant_node(None, node)))
        self.call_method(kind, manager, "__exit__", [none] * 3, {}, self.shell(node, "__exit__"))
        self.drop_target()

    def left_by_exit(self, manager: str, body: list[gast.stmt], node: gast.expr) -> list[gast.stmt]:
        """The body, and `__exit__` of the manager, which may keep an exception in."""
        failed, error, kept = self.caught_names()
        text = f"""\
{failed} = False
try:
    pass
except BaseException as {error}:
    {failed} = True
    {kept} = {error}
if {failed}:
    if not {manager}.__exit__({kept}.__class__, {kept}, {kept}.__traceback__):
        raise {kept}
else:
    {manager}.__exit__(None, None, None)
"""
        statements = gast.parse(text).body
        for child in [c for s in statements for c in gast.walk(s)]:
            if isinstance(child, (gast.expr, gast.stmt, gast.ExceptHandler)):
                gast.copy_location(child, node)
        statements[1].body = body
        return statements

    def shell(self, node: gast.expr, name: str) -> gast.expr:
        """The place in the text of a call that is not written there."""
        return self.memo((name, id(node)), lambda: gast.copy_location(gast.Call(node, [], []), node))

    def cleaned_up(self, manager: gast.Name, body: list[core.Step], node: gast.expr) -> core.Try:
        """The body; an exception leaves it by way of the manager's `__exit__`."""

        def make() -> tuple[gast.expr, str, list[gast.stmt]]:
            error = self.names.fresh("error")
            text = f"{manager.id}.__exit__(type({error}), {error}, {error}.__traceback__)\nraise"
            statements = gast.parse(text).body
            for child in [c for s in statements for c in gast.walk(s)]:
                if isinstance(child, (gast.expr, gast.stmt)):
                    gast.copy_location(child, node)
            return name_node("BaseException", node), error, statements

        kind, error, statements = self.memo(("cleaned up", id(node)), make)
        self.record(kind, Const(BaseException))
        steps: list[core.Step] = [core.Effect(node.lineno, s) for s in statements]
        return core.Try(node.lineno, body, [(kind, error, steps)], [], [], leaves=True)

    def do_Return(self, statement: gast.Return) -> None:
        kind, residual = (
            self.evaluate(statement.value)
            if statement.value is not None
            else (Const(None), constant_node(None, statement))
        )
        if isinstance(kind, (Closure, LocalFunction)) or self.is_function(kind):
            pass
        self.record(residual, kind)
        self.returned = kind
        self.emit(core.Return(statement.lineno, residual))

    def do_Break(self, statement: gast.Break) -> None:
        self.emit(core.Break(statement.lineno))
        self.breaks[-1].append(dict(self.env))
        self.dead = True

    def do_Pass(self, statement: gast.Pass) -> None:
        pass

    def do_Nonlocal(self, statement: gast.Nonlocal) -> None:
        pass

    def do_Global(self, statement: gast.Global) -> None:
        pass

    def do_Import(self, statement: gast.Import) -> None:
        for alias in statement.names:
            try:
                module = importlib.import_module(alias.name)
            except ImportError as error:
                self.raise_again(error, statement)
                return
            whole = alias.asname is not None or "." not in alias.name
            first = alias.name.split(".")[0]
            self.import_name(alias.asname or first, module if whole else importlib.import_module(first))

    def do_ImportFrom(self, statement: gast.ImportFrom) -> None:
        package = self.definition_of_frame.globals.get("__package__") if statement.level else None
        try:
            module = importlib.import_module("." * (statement.level or 0) + (statement.module or ""), package)
            found = [(alias.asname or alias.name, getattr(module, alias.name)) for alias in statement.names]
        except (ImportError, AttributeError) as error:
            self.raise_again(error if isinstance(error, ImportError) else ImportError(str(error)), statement)
            return
        for name, value in found:
            self.import_name(name, value)

    def raise_again(self, error: Exception, statement: gast.stmt) -> None:
        """What an import raises is raised in generated code as well, where the user may catch it."""

        def make() -> gast.stmt:
            raised = gast.parse(f"raise {type(error).__name__}({str(error)!r})").body[0]
            for child in nodes_in(raised):
                if isinstance(child, (gast.expr, gast.stmt)):
                    gast.copy_location(child, statement)
            return raised

        self.execute([self.memo(("raised", id(statement)), make)])

    def import_name(self, name: str, value: Any) -> None:
        text = self.global_name(name, value)
        if text != name:
            raise self.refusal(
                "E305",
                f"the import of {name!r} clashes with another use of that name",
                self.tree,
                "import it under another name, or at the top of the module",
            )
        self.env[name] = Const(value)

    def do_Expr(self, statement: gast.Expr) -> None:
        if isinstance(statement.value, gast.Constant):
            return
        if isinstance(statement.value, gast.Call) and self.statement_call(statement.value, statement):
            return
        before = len(self.block)
        kind, residual = self.evaluate(statement.value)
        if isinstance(residual, gast.Name) and len(self.block) > before:
            return
        if isinstance(residual, (gast.Name, gast.Constant, gast.Attribute, gast.Subscript)):
            return
        same = residual is statement.value
        kept = statement if same else self.keep(gast.copy_location(gast.Expr(residual), statement))
        self.emit(core.Effect(statement.lineno, kept))

    def renamed_statement(self, statement: gast.stmt) -> gast.stmt:
        changes = {}
        for name in self.names_in(statement):
            _, text = self.use_name(name)
            if text != name:
                changes[name] = text
        if not changes:
            return statement
        from srcgrad.analysis.specialize.syntax import rename

        return self.memo(("renamed", id(statement)), lambda: rename(statement, changes))  # type: ignore[arg-type]

    def do_FunctionDef(self, statement: gast.FunctionDef) -> None:
        self.define(statement.name, statement)

    def define(self, name: str, node: Any) -> None:
        """`def name(...)` or `name = lambda ...`: the function is known by its name."""
        definition = self.definition(node, name)
        self.evaluate_defaults(definition, node, name)
        self.env[name] = LocalFunction(definition)
        if self.memo(("bound", name), lambda: bindings_of(self.tree, name)) > 1:
            # Which function it is may depend on the way taken.
            kind, residual = self.close(LocalFunction(definition), node)
            target = self.memo(("target", id(node)), lambda: name_node(name, node, store=True))
            self.bind(target, kind, residual, node, len(self.block))

    def evaluate_defaults(self, definition: Any, node: Any, name: str) -> None:
        """Defaults are evaluated where the function is made."""
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        pairs = list(zip(positional[len(positional) - len(args.defaults) :], args.defaults))
        pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None]
        for parameter, default in pairs:
            if not isinstance(default, gast.Constant):
                kind, residual = self.evaluate(default)
                temporary = self.temporary(default, f"{name}_{parameter.id}")
                self.emit(self.assign(temporary, residual, kind, default))
                self.env[temporary] = kind
                definition.default_names[parameter.id] = temporary
