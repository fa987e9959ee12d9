"""How does a tree read as source a colleague could have written?

    expression_text(tree)   x ** 2 / (a - b)           one line, fewest parentheses
    heading(statement)      for t in range(n):         its first line, for a comment
    statement_text(tree)    the statement with its blocks, within 88 columns
    print_module(parts)     a whole file; `Comment` and `Blank` may stand in any body

The statements and expressions are written as tokens: strings, and marks where a line may be broken. A mark is itself a
string, the text it has on one line, so the flat text of a statement is its tokens joined, and only a statement that is
too long is laid out, in the manner of black: an opened bracket first gets all its items on one indented line, then one
line each; a long formula is put in parentheses and broken before its operators.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

import gast

from srcgrad.lang.expressions import ExpressionPrinter
from srcgrad.lang.layout import CLOSE, OPEN, fit
from srcgrad.lang.literals import docstring_lines, wrapped
from srcgrad.lang.precedence import ATOM, OPERATORS, TEST, TUPLE, field, kind_of

DEFINITIONS = {"FunctionDef", "AsyncFunctionDef", "ClassDef"}


class Comment(gast.stmt):  # type: ignore[misc]
    """`# text`, as a statement of a body."""

    _fields = ("text",)

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.text = text


class Blank(gast.stmt):  # type: ignore[misc]
    """An empty line, as a statement of a body."""

    _fields = ()


def expression_text(expression: ast.expr) -> str:
    """The expression on one line, as it may stand anywhere: `a - (b - c)`, `x[1:-1, None]`, `(a, b)`."""
    return Printer().text(expression, TEST)


def heading(statement: ast.stmt) -> str:
    """The statement's first line, without its decorators: `for t in range(n):`, `y = y - 0.1 * k * y`."""
    printer = Printer(width=10**9, headings=True)
    printer.dispatch(statement)
    return next((line for line in printer.finished() if not line.startswith("@")), "")


def statement_text(statement: ast.stmt, width: int = 88) -> str:
    """The statement with its blocks, without a final newline."""
    printer = Printer(width)
    printer.dispatch(statement)
    return "\n".join(printer.finished())


def print_module(parts: Iterable[ast.stmt], width: int = 88) -> str:
    """A file of these statements: two empty lines round its functions, one newline at its end."""
    printer = Printer(width)
    printer.body(list(parts), docstring=True)
    lines = printer.finished()
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines) + "\n" if lines else ""


class Printer(ExpressionPrinter):
    """Writes statements as lines. `fill` begins one; `write` adds a token to it; `dispatch` prints a statement."""

    def fill(self, text: str = "") -> None:
        self.finished()
        self.margin = 4 * self._indent
        if text:
            self.write(text)

    def finished(self) -> list[str]:
        if self.tokens:
            self.lines += fit(self.tokens, self.margin, self.width)
            self.tokens.clear()
        return self.lines

    def _Module(self, tree: Any) -> None:
        self.body(tree.body, docstring=True)

    def body(self, statements: list[Any], docstring: bool = False) -> None:
        if self.headings:
            return
        self.finished()
        kinds = [kind_of(statement) for statement in statements]
        real = [position for position, kind in enumerate(kinds) if kind not in ("Comment", "Blank")]
        apart = 1 if self._indent else 2
        for position, statement in enumerate(statements):
            # a comment right above a definition belongs to it
            ahead = kinds[position]
            if ahead == "Comment":
                ahead = next((kind for kind in kinds[position:] if kind != "Comment"), "")
            behind = kinds[position - 1] if position else ""
            starts = ahead in DEFINITIONS and behind != "Comment"
            if behind in DEFINITIONS or position and starts:
                self.blank(apart)
            if not (docstring and [position] == real[:1] and self.docstring(statement)):
                self.dispatch(statement)
        if not real and self._indent:
            self.fill("pass")

    def docstring(self, statement: Any) -> bool:
        constant = field(statement, "value")
        if kind_of(statement) != "Expr" or not isinstance(getattr(constant, "value", None), str):
            return False
        lines = docstring_lines(constant.value, 4 * self._indent, self.width)
        if lines is None or field(constant, "kind") or kind_of(constant) != "Constant":
            return False
        self.finished().extend(lines)
        return True

    def blank(self, count: int = 1) -> None:
        lines = self.finished()
        while lines and any(lines[-count:]):
            lines.append("")

    def _Comment(self, tree: Comment) -> None:
        start = " " * (4 * self._indent) + "# "
        for line in tree.text.split("\n"):
            self.finished().extend(wrapped(line, start, start, self.width))

    def _Blank(self, tree: Blank) -> None:
        self.blank()

    def _Expr(self, tree: Any) -> None:
        self.fill()
        self.value(tree.value)

    def _Assign(self, tree: Any) -> None:
        self.fill()
        for target in tree.targets:
            self.expression(target, TUPLE)
            self.write(" = ")
        self.value(tree.value)

    def _AugAssign(self, tree: Any) -> None:
        self.fill()
        self.expression(tree.target, ATOM)
        self.write(f" {OPERATORS[kind_of(tree.op)][0]}= ")
        self.value(tree.value)

    def _AnnAssign(self, tree: Any) -> None:
        self.fill()
        bracketed = kind_of(tree.target) == "Name" and not tree.simple
        self.write("(" if bracketed else "")
        self.expression(tree.target, ATOM)
        self.write("): " if bracketed else ": ")
        self.expression(tree.annotation, TEST)
        if field(tree, "value") is not None:
            self.write(" = ")
            self.value(tree.value)

    def _Return(self, tree: Any) -> None:
        self.fill("return")
        if field(tree, "value") is not None:
            self.write(" ")
            self.value(tree.value, TUPLE)

    def _Raise(self, tree: Any) -> None:
        self.fill("raise")
        for keyword, part in ((" ", field(tree, "exc")), (" from ", field(tree, "cause"))):
            if part is not None:
                self.write(keyword)
                self.value(part, TEST)

    def _Assert(self, tree: Any) -> None:
        self.fill("assert ")
        self.value(tree.test, TEST)
        if field(tree, "msg") is not None:
            self.write(", ")
            self.value(tree.msg, TEST)

    def _ImportFrom(self, tree: Any) -> None:
        self.fill(f"from {'.' * (tree.level or 0)}{tree.module or ''} import ")
        if tree.names[0].name == "*":
            self.write("*")
        else:
            self.bracket(OPEN, tree.names, CLOSE, self.write_tree)

    def _TypeAlias(self, tree: Any) -> None:
        self.fill("type " + tree.name.id)
        self.type_params(tree)
        self.write(" = ")
        self.value(tree.value, TEST)

    def header(self, keyword: str, tests: Sequence[Any]) -> None:
        """`keyword`, and a value that may be put in parentheses to be broken."""
        self.fill(keyword)
        for test in tests:
            self.value(test, TEST)

    def block(self, body: list[Any], docstring: bool = False) -> None:
        self.enter()
        self.body(body, docstring)
        self.leave()

    def orelse(self, body: list[Any] | None) -> None:
        if body:
            self.fill("else")
            self.block(body)

    def _If(self, tree: Any) -> None:
        keyword = "if "
        while True:
            self.header(keyword, [tree.test])
            self.block(tree.body)
            if [kind_of(inner) for inner in field(tree, "orelse") or ()] != ["If"]:
                break
            keyword, tree = "elif ", tree.orelse[0]
        self.orelse(field(tree, "orelse"))

    def _While(self, tree: Any) -> None:
        self.header("while ", [tree.test])
        self.block(tree.body)
        self.orelse(field(tree, "orelse"))

    def _For(self, tree: Any, keyword: str = "for ") -> None:
        self.fill(keyword)
        self.expression(tree.target, TUPLE)
        self.write(" in ")
        self.value(tree.iter, TEST)
        self.block(tree.body)
        self.orelse(field(tree, "orelse"))

    def _AsyncFor(self, tree: Any) -> None:
        self._For(tree, "async for ")

    def _With(self, tree: Any, keyword: str = "with ") -> None:
        self.fill(keyword)
        first = tree.items[0]
        if len(tree.items) > 1:
            self.bracket(OPEN, tree.items, CLOSE, self.write_tree)
        elif field(first, "optional_vars") is None and kind_of(first.context_expr) == "Tuple":
            # `with (a, b):` would be two items
            self.parentheses(first.context_expr)
        else:
            self.write_tree(first)
        self.block(tree.body)

    def _AsyncWith(self, tree: Any) -> None:
        self._With(tree, "async with ")

    def _withitem(self, tree: Any) -> None:
        self.expression(tree.context_expr, TEST)
        if field(tree, "optional_vars") is not None:
            self.write(" as ")
            self.expression(tree.optional_vars, TEST)

    def _ExceptHandler(self, tree: Any, keyword: str = "except") -> None:
        self.fill(keyword)
        if field(tree, "type") is not None:
            self.write(" ")
            self.expression(tree.type, TEST)
        if field(tree, "name") is not None:
            self.write(f" as {getattr(tree.name, 'id', tree.name)}")
        self.block(tree.body)

    def _TryStar(self, tree: Any) -> None:
        self.fill("try")
        self.block(tree.body)
        for handler in tree.handlers:
            self._ExceptHandler(handler, "except*")
        self.orelse(field(tree, "orelse"))
        if tree.finalbody:
            self.fill("finally")
            self.block(tree.finalbody)

    def _Match(self, tree: Any) -> None:
        self.header("match ", [tree.subject])
        self.enter()
        for case in [] if self.headings else tree.cases:
            self.fill("case " + ast.unparse(gast.gast_to_ast(case.pattern)))
            if case.guard is not None:
                self.write(" if ")
                self.value(case.guard, TEST)
            self.block(case.body)
        self.leave()

    def _FunctionDef(self, tree: Any, keyword: str = "def ") -> None:
        self.decorators(tree)
        self.fill(keyword + tree.name)
        self.type_params(tree)
        self.bracket("(", self.parameters(tree.args), ")", self.parameter)
        if field(tree, "returns") is not None:
            self.write(" -> ")
            self.expression(tree.returns, TEST)
        self.block(tree.body, docstring=True)

    def _AsyncFunctionDef(self, tree: Any) -> None:
        self._FunctionDef(tree, "async def ")

    def _ClassDef(self, tree: Any) -> None:
        self.decorators(tree)
        self.fill("class " + tree.name)
        self.type_params(tree)
        if tree.bases or tree.keywords:
            self.bracket("(", [*tree.bases, *tree.keywords], ")", self.dispatch)
        self.block(tree.body, docstring=True)

    def decorators(self, tree: Any) -> None:
        for decorator in field(tree, "decorator_list") or ():
            self.fill("@")
            self.expression(decorator, TEST)

    def parameters(self, arguments: Any) -> list[tuple[str, Any, Any]]:
        """(what stands before it, the parameter, its default) for each entry between the parentheses."""
        names = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(names) - len(arguments.defaults)) + arguments.defaults
        entries = [("", name, default) for name, default in zip(names, defaults)]
        if arguments.posonlyargs:
            entries.insert(len(arguments.posonlyargs), ("/", None, None))
        if arguments.vararg is not None or arguments.kwonlyargs:
            entries.append(("*", arguments.vararg, None))
        entries += [("", name, default) for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
        if arguments.kwarg is not None:
            entries.append(("**", arguments.kwarg, None))
        return entries

    def parameter(self, entry: tuple[str, Any, Any]) -> None:
        stars, name, default = entry
        self.write(stars)
        if name is not None:
            self.write(name.id if hasattr(name, "id") else name.arg)
            if field(name, "annotation") is not None:
                self.write(": ")
                self.expression(name.annotation, TEST)
        if default is not None:
            self.write("=" if field(name, "annotation") is None else " = ")
            self.expression(default, TEST)

    def type_params(self, tree: Any) -> None:
        if field(tree, "type_params"):
            self.bracket("[", tree.type_params, "]", self.type_param)

    def type_param(self, tree: Any) -> None:
        self.write({"TypeVarTuple": "*", "ParamSpec": "**"}.get(kind_of(tree), "") + tree.name)
        for sign, part in ((": ", "bound"), (" = ", "default_value")):
            if field(tree, part) is not None:
                self.write(sign)
                self.expression(getattr(tree, part), TEST)
